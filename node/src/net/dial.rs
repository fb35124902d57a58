//! The one place that decides whom to dial and when.
//!
//! Pure state: events and the time go in, dials come out, so that storms can be replayed in a test. Kept devices (those
//! of fellow members) are dialled until they are connected; devices seen on the local network are dialled too, a
//! bounded number of them; an invite link's addresses are tried once. QUIC comes first, TCP once that has failed: were
//! both tried at the same time, the other side could take for the connection the one that we are about to let go. A
//! failed dial waits twice as long as the last one, with jitter; anything that says the network changed ends the waiting.
//!
//! ```text
//!            found, kept                due                     connected
//!  unknown ─────────────▶ Idle{next_at} ───▶ Dialling ────────────────────▶ Connected
//!                              ▲                │ failed: wait 1, 2, 4 … s       │ disconnected: wait a moment,
//!                              └────────────────┴────────────────────────────────┘ longer where it did not last
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bivouac_crypto::DeviceId;
use libp2p::Multiaddr;

use super::{
    address::{self, Transport},
    status::Failure,
};

/// Dials under way at once to devices that are nobody's: whoever hands us addresses must not make us a source of floods.
const IN_FLIGHT_MAX: usize = 4;
/// Dials under way at once to kept devices and those a link names. Many of them are switched off, and a dial to one of
/// those takes seconds: it must not stand in the way of the others for long.
const KEPT_IN_FLIGHT_MAX: usize = 16;
/// Addresses taken from one event.
const PER_EVENT_MAX: usize = 32;
/// Addresses remembered for one device.
const ADDRESSES_MAX: usize = 12;
/// Devices remembered that are nobody's fellow member: what a hostile local network can make us hold.
const STRANGERS_KNOWN_MAX: usize = 256;
/// Connections to such devices that we open ourselves.
const STRANGERS_DIALLED_MAX: usize = 32;
/// How often such a device is dialled, in milliseconds, once this many were dialled at once: those who come to a LAN
/// party meet soon, and names made up without end are not dialled without end.
const STRANGER_EVERY: u64 = 250;
const STRANGERS_AT_ONCE: u64 = 32;
/// Kept devices that we dial; beyond this a guild is well enough connected by the gossip mesh.
const KEPT_MAX: usize = 200;
/// Wait after the first failure, in milliseconds.
const BACKOFF_MIN: u64 = 1_000;
/// Longest wait between two dials of a device, in milliseconds.
const BACKOFF_MAX: u64 = 60_000;
/// Longest wait where an address is on the local network, where a dial costs next to nothing, in milliseconds.
const BACKOFF_MAX_LAN: u64 = 8_000;
/// Both sides learn of each other at about the same time. The one with the larger id waits this long, in
/// milliseconds, so that there is one connection and not two.
const YIELD: u64 = 300;
/// The addresses of a device come one by one. Waiting this long, in milliseconds, lets the best of them be chosen.
const GATHER: u64 = 30;
/// A connection that lasted less than this, in milliseconds, counts as a failed dial.
const LASTING: u64 = 5_000;

/// A time that does not come.
const NEVER: u64 = u64::MAX;

/// Where an address was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Multicast DNS: the device is on the local network now.
    Mdns,
    /// The device's own word, over an authenticated connection.
    Identify,
    /// The address book of an earlier run.
    Book,
}

/// One dial to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dial {
    /// Who must answer; `None`: anybody.
    pub(super) device: Option<DeviceId>,
    /// Where, the likeliest first; all over the same transport.
    pub(super) addresses: Vec<Multiaddr>,
}

/// The connection manager's state.
pub(super) struct Dialer {
    me: DeviceId,
    peers: BTreeMap<DeviceId, Peer>,
    keep: BTreeSet<DeviceId>,
    /// Devices in the book of an earlier run, until it is told whom to keep: a run that ends before loses none of them.
    booked: BTreeSet<DeviceId>,
    dropped: BTreeMap<DeviceId, u64>,
    /// Addresses from links that name no peer, each tried once.
    nameless: VecDeque<Multiaddr>,
    nameless_in_flight: usize,
    /// Until when the dials to nobody's devices so far would have taken, one every [`STRANGER_EVERY`].
    strangers_until: u64,
    noise: u64,
    /// When the next dial is due; `None` where that is to be found out anew.
    next: Option<u64>,
}

#[derive(Default)]
struct Peer {
    addresses: Vec<Multiaddr>,
    state: State,
    /// QUIC has just failed: TCP is next.
    tcp_next: bool,
    failures: u32,
    /// On the local network now.
    nearby: bool,
    /// To be dialled once, whoever it is.
    asked: bool,
    /// Speaks libp2p, but not with us.
    foreign: bool,
    /// What went wrong last, and when.
    last: Option<(Failure, u64)>,
}

/// What is tried of a device that is to be connected and is not. Times as everywhere here.
pub(super) struct Attempt<'a> {
    pub(super) device: DeviceId,
    pub(super) addresses: &'a [Multiaddr],
    pub(super) dialling: bool,
    pub(super) failures: u32,
    pub(super) last: Option<(Failure, u64)>,
    pub(super) next_at: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not before `next_at`.
    Idle {
        next_at: u64,
    },
    /// `then_tcp`: should this fail, there are TCP addresses left to try.
    Dialling {
        then_tcp: bool,
    },
    Connected {
        since: u64,
    },
}

/// Why a device is dialled, the most urgent first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Asked,
    Kept,
    Nearby,
}

/// A device that wants a dial; ordered by how soon it deserves one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    class: Class,
    away: bool,
    failures: u32,
    at: u64,
    device: DeviceId,
}

impl Default for State {
    fn default() -> Self {
        Self::Idle { next_at: NEVER }
    }
}

impl Dialer {
    /// A dialer that knows nobody. `seed` only spreads waits, so that many nodes do not move in step.
    pub(super) fn new(me: DeviceId, seed: u64) -> Self {
        Self {
            me,
            peers: BTreeMap::new(),
            keep: BTreeSet::new(),
            booked: BTreeSet::new(),
            dropped: BTreeMap::new(),
            nameless: VecDeque::new(),
            nameless_in_flight: 0,
            strangers_until: 0,
            noise: seed | 1,
            next: None,
        }
    }

    /// Addresses were learned. A new one ends the wait for its device.
    pub(super) fn found(&mut self, now: u64, source: Source, found: impl IntoIterator<Item = (DeviceId, Multiaddr)>) {
        self.next = None;
        for (device, address) in found.into_iter().take(PER_EVENT_MAX) {
            if device == self.me || !address::is_dialable(&address) || !self.has_room_for(&device) {
                continue;
            }
            let patience = self.patience(&device);
            let peer = self.peers.entry(device).or_default();
            let news = (source == Source::Mdns && !peer.nearby) || !peer.addresses.contains(&address);
            peer.nearby |= source == Source::Mdns;
            if source == Source::Book {
                self.booked.insert(device);
            }
            remember(&mut peer.addresses, address);
            if news && source != Source::Book {
                peer.hurry(now + patience + GATHER);
            }
        }
    }

    /// Multicast DNS has not heard of the device for a while.
    pub(super) fn faded(&mut self, device: &DeviceId) {
        self.next = None;
        if let Some(peer) = self.peers.get_mut(device) {
            peer.nearby = false;
        }
        self.forget_if_useless(device);
    }

    /// Nobody is known to be on the local network any more.
    pub(super) fn all_faded(&mut self) {
        self.peers.values_mut().for_each(|peer| peer.nearby = false);
        self.peers.keys().copied().collect::<Vec<_>>().iter().for_each(|device| self.forget_if_useless(device));
        self.next = None;
    }

    /// The devices to stay connected to from now on. What was dropped and is kept again is welcome again.
    pub(super) fn keep(&mut self, now: u64, keep: BTreeSet<DeviceId>) {
        self.next = None;
        for device in keep.difference(&self.keep) {
            let patience = self.patience(device);
            self.dropped.remove(device);
            self.peers.entry(*device).or_default().hurry(now + patience);
        }
        let gone: Vec<_> = self.keep.difference(&keep).copied().collect();
        self.keep = keep;
        self.keep.remove(&self.me);
        self.booked.clear();
        gone.iter().for_each(|device| self.forget_if_useless(device));
    }

    /// Devices not to dial until they are kept again or a link names them.
    pub(super) fn drop(&mut self, now: u64, devices: &BTreeSet<DeviceId>) {
        self.next = None;
        for device in devices {
            self.keep.remove(device);
            self.dropped.insert(*device, now);
            self.forget_if_useless(device);
        }
    }

    /// When the device was dropped, if it was not kept since.
    pub(super) fn dropped_at(&self, device: &DeviceId) -> Option<u64> {
        self.dropped.get(device).copied()
    }

    /// Tries addresses once, now: somebody was handed a link.
    pub(super) fn try_once(&mut self, now: u64, addresses: impl IntoIterator<Item = Multiaddr>) {
        self.next = None;
        for address in addresses.into_iter().take(PER_EVENT_MAX) {
            match address::split(&address) {
                Some((_, Some(device))) if device == self.me => {}
                Some((bare, Some(device))) if address::is_dialable(&bare) => {
                    let peer = self.peers.entry(device).or_default();
                    remember(&mut peer.addresses, bare);
                    peer.asked = true;
                    peer.hurry(now);
                }
                Some((bare, None)) if address::is_dialable(&bare) && self.nameless.len() < PER_EVENT_MAX => {
                    self.nameless.push_back(bare);
                }
                _ => {}
            }
        }
    }

    /// A connection stands. `dialled` is the address where it was we who dialled.
    pub(super) fn connected(&mut self, now: u64, device: DeviceId, dialled: Option<Multiaddr>) {
        self.next = None;
        let alone = !self.peers.values().any(|p| matches!(p.state, State::Connected { .. }));
        let peer = self.peers.entry(device).or_default();
        if !matches!(peer.state, State::Connected { .. }) {
            peer.state = State::Connected { since: now };
        }
        peer.asked = false;
        peer.tcp_next = false;
        if let Some((address, _)) = dialled.as_ref().and_then(address::split) {
            peer.addresses.retain(|known| *known != address);
            peer.addresses.insert(0, address);
            peer.addresses.truncate(ADDRESSES_MAX);
        }
        if alone {
            self.network_changed(now);
        }
    }

    /// A dial came to nothing.
    pub(super) fn failed(&mut self, now: u64, device: Option<DeviceId>) {
        self.next = None;
        let Some(device) = device else {
            self.nameless_in_flight = self.nameless_in_flight.saturating_sub(1);
            return;
        };
        if let Some(peer) = self.peers.get_mut(&device)
            && let State::Dialling { then_tcp } = peer.state
        {
            if then_tcp {
                peer.tcp_next = true;
                peer.state = State::Idle { next_at: now };
            } else {
                peer.asked = false;
                peer.failures = peer.failures.saturating_add(1);
                let wait = peer.backoff(&mut self.noise);
                peer.state = State::Idle { next_at: now + wait };
            }
        }
        self.forget_if_useless(&device);
    }

    /// The last connection to a device is gone.
    pub(super) fn disconnected(&mut self, now: u64, device: &DeviceId) {
        self.next = None;
        let patience = self.patience(device);
        let Some(peer) = self.peers.get_mut(device) else { return };
        let State::Connected { since } = peer.state else { return };
        let wait = if now.saturating_sub(since) >= LASTING {
            peer.failures = 0;
            patience + random(&mut self.noise, YIELD)
        } else {
            peer.failures = peer.failures.saturating_add(1);
            patience + peer.backoff(&mut self.noise)
        };
        peer.state = State::Idle { next_at: now + wait };
        self.forget_if_useless(device);
    }

    /// The device speaks another protocol than ours: leave it alone.
    pub(super) fn is_foreign(&mut self, device: &DeviceId) {
        self.next = None;
        if let Some(peer) = self.peers.get_mut(device) {
            peer.foreign = true;
        }
    }

    /// An interface came up, the machine woke, or a first peer answered: whoever could not be reached may be now.
    pub(super) fn network_changed(&mut self, now: u64) {
        self.next = None;
        let (me, noise) = (self.me, &mut self.noise);
        for (device, peer) in &mut self.peers {
            peer.failures = 0;
            let patience = if me < *device { 0 } else { YIELD };
            peer.hurry(now + patience + random(noise, YIELD));
        }
    }

    /// What to dial now. Each is answered by [`Self::connected`] or [`Self::failed`], a nameless one always by the
    /// latter.
    pub(super) fn due(&mut self, now: u64) -> Vec<Dial> {
        let mut dials = Vec::new();
        if self.next_at().is_none_or(|at| at > now) {
            return dials;
        }
        self.next = None;
        while self.nameless_in_flight < IN_FLIGHT_MAX
            && let Some(address) = self.nameless.pop_front()
        {
            self.nameless_in_flight += 1;
            dials.push(Dial { device: None, addresses: vec![address] });
        }
        let ours = |candidate: &Candidate| candidate.class < Class::Nearby;
        let (ours, others): (Vec<_>, Vec<_>) = self.candidates().into_iter().filter(|c| c.at <= now).partition(ours);
        let (ours_busy, others_busy) = self.dialling();
        let ours = ours.into_iter().take(KEPT_IN_FLIGHT_MAX.saturating_sub(ours_busy));
        let others = others.into_iter().take(IN_FLIGHT_MAX.saturating_sub(others_busy));
        for Candidate { class, device, .. } in ours.chain(others) {
            if class == Class::Nearby {
                if self.stranger_at() > now {
                    break;
                }
                self.strangers_until = self.strangers_until.max(now) + STRANGER_EVERY;
            }
            if let Some(peer) = self.peers.get_mut(&device) {
                dials.push(Dial { device: Some(device), addresses: peer.dial() });
            }
        }
        dials
    }

    /// When [`Self::due`] will have something, unless something happens before.
    pub(super) fn next_at(&mut self) -> Option<u64> {
        let next = match self.next {
            Some(next) => next,
            None => self.find_next(),
        };
        self.next = Some(next);
        (next != NEVER).then_some(next)
    }

    fn find_next(&self) -> u64 {
        if !self.nameless.is_empty() && self.nameless_in_flight < IN_FLIGHT_MAX {
            return 0;
        }
        let (ours_busy, others_busy) = self.dialling();
        let room = |c: &Candidate| match c.class {
            Class::Asked | Class::Kept => ours_busy < KEPT_IN_FLIGHT_MAX,
            Class::Nearby => others_busy < IN_FLIGHT_MAX,
        };
        self.candidates().iter().filter(|c| room(c)).map(|c| c.at).min().unwrap_or(NEVER)
    }

    /// How many dials are under way: to kept devices and those asked for, and to others.
    fn dialling(&self) -> (usize, usize) {
        let dialling = self.peers.iter().filter(|(_, peer)| matches!(peer.state, State::Dialling { .. }));
        let (ours, others): (Vec<_>, Vec<_>) = dialling.partition(|(d, peer)| peer.asked || self.keep.contains(d));
        (ours.len(), others.len())
    }

    /// Notes why a device could not be reached, or was lost.
    pub(super) fn blame(&mut self, now: u64, device: &DeviceId, why: Failure) {
        if let Some(peer) = self.peers.get_mut(device) {
            peer.last = Some((why, now));
        }
    }

    /// Kept devices that are not connected.
    pub(super) fn trying(&self) -> impl Iterator<Item = Attempt<'_>> {
        self.keep.iter().filter_map(|device| {
            let peer = self.peers.get(device)?;
            let next_at = match peer.state {
                State::Connected { .. } => return None,
                State::Dialling { .. } => None,
                State::Idle { next_at } => Some(next_at).filter(|at| *at != NEVER && !peer.addresses.is_empty()),
            };
            Some(Attempt {
                device: *device,
                addresses: &peer.addresses,
                dialling: matches!(peer.state, State::Dialling { .. }),
                failures: peer.failures,
                last: peer.last,
                next_at,
            })
        })
    }

    /// The addresses of kept devices, for the address book.
    pub(super) fn book(&self) -> impl Iterator<Item = (DeviceId, &[Multiaddr])> {
        let kept = self
            .keep
            .union(&self.booked)
            .filter_map(|device| Some((*device, self.peers.get(device)?.addresses.as_slice())));
        kept.filter(|(_, addresses)| !addresses.is_empty())
    }

    /// Devices that want a dial, the likeliest to answer first.
    fn candidates(&self) -> Vec<Candidate> {
        let busy = self.peers.iter().filter(|(_, peer)| !matches!(peer.state, State::Idle { .. }));
        let (kept, strangers): (Vec<_>, Vec<_>) = busy.partition(|(device, _)| self.keep.contains(device));
        let kept_full = kept.len() >= KEPT_MAX;
        let strangers_full = strangers.len() >= STRANGERS_DIALLED_MAX;
        let wanted = |device: &DeviceId, peer: &Peer| {
            if peer.asked {
                Some(Class::Asked)
            } else if self.keep.contains(device) && !kept_full {
                Some(Class::Kept)
            } else if peer.nearby && !peer.foreign && !strangers_full && !self.dropped.contains_key(device) {
                Some(Class::Nearby)
            } else {
                None
            }
        };
        let mut ready: Vec<_> = self
            .peers
            .iter()
            .filter_map(|(device, peer)| {
                let State::Idle { next_at: at } = peer.state else { return None };
                let class = wanted(device, peer).filter(|_| !peer.addresses.is_empty() && at != NEVER)?;
                let at = if class == Class::Nearby { at.max(self.stranger_at()) } else { at };
                Some(Candidate { class, away: !peer.nearby, failures: peer.failures, at, device: *device })
            })
            .collect();
        ready.sort_unstable();
        ready
    }

    /// When the next device may be dialled that is nobody's.
    fn stranger_at(&self) -> u64 {
        self.strangers_until.saturating_sub(STRANGERS_AT_ONCE * STRANGER_EVERY)
    }

    /// How long to let the other side go first.
    fn patience(&self, device: &DeviceId) -> u64 {
        if self.me < *device { 0 } else { YIELD }
    }

    /// Makes room for a device that is nobody's, at the expense of one that was not reached, or of any not connected.
    fn has_room_for(&mut self, device: &DeviceId) -> bool {
        if self.peers.contains_key(device) || self.keep.contains(device) {
            return true;
        }
        let strangers = || self.peers.iter().filter(|(device, _)| !self.keep.contains(device));
        if strangers().count() < STRANGERS_KNOWN_MAX {
            return true;
        }
        let idle = |peer: &Peer| !peer.asked && matches!(peer.state, State::Idle { .. });
        let idle: Vec<(u32, DeviceId)> =
            strangers().filter(|(_, peer)| idle(peer)).map(|(device, peer)| (peer.failures, *device)).collect();
        let worst = idle.iter().map(|(failures, _)| *failures).max();
        let worst: Vec<DeviceId> = idle.iter().filter(|(f, _)| Some(*f) == worst).map(|(_, device)| *device).collect();
        let Some(last) = worst.len().checked_sub(1) else { return false };
        let chosen = random(&mut self.noise, last as u64);
        usize::try_from(chosen).is_ok_and(|chosen| self.peers.remove(&worst[chosen]).is_some())
    }

    fn forget_if_useless(&mut self, device: &DeviceId) {
        let useless = |p: &Peer| !p.nearby && !p.asked && matches!(p.state, State::Idle { .. });
        let noted = self.keep.contains(device) || self.booked.contains(device);
        if !noted && self.peers.get(device).is_some_and(useless) {
            self.peers.remove(device);
        }
    }
}

impl Peer {
    /// Dial at `at`, if that is sooner than intended.
    fn hurry(&mut self, at: u64) {
        if let State::Idle { next_at } = &mut self.state {
            self.failures = 0;
            *next_at = at.min(*next_at);
        }
    }

    /// The addresses to dial now.
    fn dial(&mut self) -> Vec<Multiaddr> {
        let over = |wanted| self.addresses.iter().filter(move |a| address::transport(a) == wanted).cloned().collect();
        let (quic, tcp): (Vec<_>, Vec<_>) = (over(Transport::Quic), over(Transport::Tcp));
        let now_tcp = quic.is_empty() || std::mem::take(&mut self.tcp_next) && !tcp.is_empty();
        self.state = State::Dialling { then_tcp: !now_tcp && !tcp.is_empty() };
        if now_tcp { tcp } else { quic }
    }

    /// How long to wait after the failures so far: half of it fixed, half of it random.
    fn backoff(&self, noise: &mut u64) -> u64 {
        let lan = self.addresses.iter().any(|a| address::path(a) == address::Path::Lan);
        let max = if lan { BACKOFF_MAX_LAN } else { BACKOFF_MAX };
        let full = (BACKOFF_MIN << self.failures.saturating_sub(1).min(6)).min(max);
        full / 2 + random(noise, full / 2)
    }
}

/// Puts an address first among those that were never dialled with success, and forgets the last.
fn remember(known: &mut Vec<Multiaddr>, address: Multiaddr) {
    if known.contains(&address) {
        return;
    }
    known.insert(known.len().min(1), address);
    known.truncate(ADDRESSES_MAX);
}

/// xorshift64*: spreads waits, nothing more.
fn random(noise: &mut u64, below: u64) -> u64 {
    *noise ^= *noise >> 12;
    *noise ^= *noise << 25;
    *noise ^= *noise >> 27;
    noise.wrapping_mul(0x2545_F491_4F6C_DD1D) % (below + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from(bivouac_crypto::PublicKey::from_bytes([n; 32]))
    }

    fn lan(n: u8) -> Multiaddr {
        format!("/ip4/10.0.0.{n}/tcp/4000").parse().unwrap()
    }

    fn wan(n: u8) -> Multiaddr {
        format!("/ip4/203.0.113.{n}/tcp/4000").parse().unwrap()
    }

    fn kept(dialer: &mut Dialer, devices: &[u8]) {
        dialer.keep(0, devices.iter().map(|n| device(*n)).collect());
    }

    /// Lets every dial fail for a while; gives the times of the dials.
    fn fail_until(dialer: &mut Dialer, mut now: u64, end: u64) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(at) = dialer.next_at().filter(|at| *at <= end) {
            now = now.max(at);
            for dial in dialer.due(now) {
                times.push(now);
                dialer.failed(now, dial.device);
            }
        }
        times
    }

    #[test]
    fn a_kept_device_is_dialled_ever_more_slowly_and_at_once_when_an_address_is_new() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2]);
        dialer.found(0, Source::Identify, [(device(2), wan(2))]);
        let times = fail_until(&mut dialer, 0, 600_000);
        let waits: Vec<_> = times.windows(2).map(|w| w[1] - w[0]).collect();
        assert!((500..=1_000).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|w| *w <= BACKOFF_MAX), "{waits:?}");
        assert!(waits[8..].iter().all(|w| *w >= BACKOFF_MAX / 2), "{waits:?}");
        dialer.found(600_000, Source::Identify, [(device(2), wan(3))]);
        assert_eq!(dialer.next_at(), Some(600_000 + GATHER));
    }

    #[test]
    fn tcp_is_tried_at_once_where_quic_fails_and_only_then_is_waited() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2]);
        let quic: Multiaddr = "/ip4/10.0.0.2/udp/4000/quic-v1".parse().unwrap();
        dialer.found(0, Source::Book, [(device(2), lan(2)), (device(2), quic.clone())]);
        assert_eq!(dialer.due(0), [Dial { device: Some(device(2)), addresses: vec![quic.clone()] }]);
        dialer.failed(5_000, Some(device(2)));
        assert_eq!(dialer.due(5_000), [Dial { device: Some(device(2)), addresses: vec![lan(2)] }]);
        dialer.failed(6_000, Some(device(2)));
        assert!(dialer.next_at().unwrap() >= 6_000 + BACKOFF_MIN / 2);
        assert_eq!(dialer.due(60_000)[0].addresses, [quic]);
    }

    #[test]
    fn the_book_of_an_earlier_run_is_kept_until_it_is_known_whom_to_keep() {
        let mut dialer = Dialer::new(device(1), 7);
        dialer.found(0, Source::Book, [(device(2), lan(2)), (device(3), lan(3))]);
        let booked = |dialer: &Dialer| dialer.book().map(|(device, _)| device).collect::<Vec<_>>();
        assert_eq!(booked(&dialer), [device(2), device(3)]);
        kept(&mut dialer, &[3]);
        assert_eq!(booked(&dialer), [device(3)]);
    }

    #[test]
    fn the_local_network_is_tried_more_often() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2]);
        dialer.found(0, Source::Identify, [(device(2), lan(2))]);
        let times = fail_until(&mut dialer, 0, 300_000);
        assert!(times.windows(2).all(|w| w[1] - w[0] <= BACKOFF_MAX_LAN));
    }

    #[test]
    fn the_smaller_id_goes_first() {
        let mut small = Dialer::new(device(1), 7);
        let mut large = Dialer::new(device(2), 7);
        small.found(1_000, Source::Mdns, [(device(2), lan(2))]);
        large.found(1_000, Source::Mdns, [(device(1), lan(1))]);
        assert_eq!(small.due(1_000 + GATHER).len(), 1);
        assert!(large.due(1_000 + GATHER).is_empty());
        large.connected(1_010, device(1), None);
        assert_eq!(large.next_at(), None);
        assert!(large.due(10_000).is_empty());
    }

    #[test]
    fn few_strangers_are_dialled_at_once_and_they_do_not_delay_kept_devices() {
        let mut dialer = Dialer::new(device(1), 7);
        dialer.found(0, Source::Mdns, (2..30).map(|n| (device(n), lan(n))));
        let first = dialer.due(10_000);
        assert_eq!(first.len(), IN_FLIGHT_MAX);
        assert_eq!(dialer.next_at(), None);
        assert!(dialer.due(10_000).is_empty());
        dialer.failed(10_000, first[0].device);
        assert_eq!(dialer.due(10_000).len(), 1);
        kept(&mut dialer, &[29]);
        assert_eq!(dialer.due(10_000)[0].device, Some(device(29)));
    }

    #[test]
    fn devices_that_are_switched_off_do_not_delay_the_others_for_long() {
        let mut dialer = Dialer::new(device(0), 7);
        let all: Vec<u8> = (1..=100).collect();
        kept(&mut dialer, &all);
        for some in all.chunks(30) {
            dialer.found(0, Source::Identify, some.iter().map(|n| (device(*n), wan(*n))));
        }
        let lost = dialer.due(1_000);
        assert_eq!(lost.len(), KEPT_IN_FLIGHT_MAX);
        lost.iter().for_each(|dial| dialer.failed(5_000, dial.device));
        dialer.found(5_000, Source::Mdns, [(device(100), lan(100))]);
        assert_eq!(dialer.due(5_000 + GATHER)[0].device, Some(device(100)));
    }

    #[test]
    fn strangers_are_bounded_and_kept_devices_come_first() {
        let mut dialer = Dialer::new(device(0), 7);
        for batch in (1..=250).collect::<Vec<u8>>().chunks(30) {
            dialer.found(0, Source::Mdns, batch.iter().map(|n| (device(*n), lan(*n))));
        }
        kept(&mut dialer, &[250]);
        let mut now = GATHER;
        assert_eq!(dialer.due(now)[0].device, Some(device(250)));
        dialer.connected(now, device(250), None);
        loop {
            now += 1_000;
            let dials = dialer.due(now);
            if dials.is_empty() {
                break;
            }
            dials.iter().for_each(|d| dialer.connected(now, d.device.unwrap(), Some(d.addresses[0].clone())));
        }
        let connected = dialer.peers.values().filter(|p| matches!(p.state, State::Connected { .. })).count();
        assert!(connected <= STRANGERS_DIALLED_MAX + 5, "{connected}");
    }

    #[test]
    fn names_made_up_without_end_are_not_dialled_without_end_and_leave_room_for_others() {
        let mut dialer = Dialer::new(device(0), 7);
        let made_up = |n: u32| {
            let bytes: [u8; 32] = std::array::from_fn(|at| n.to_be_bytes()[at % 4]);
            DeviceId::from(bivouac_crypto::PublicKey::from_bytes(bytes))
        };
        let mut dials = 0;
        for now in 0..20_000 {
            match now {
                ..10_000 => dialer.found(now, Source::Mdns, [(made_up(1_000 + now as u32), lan(9))]),
                10_000 => dialer.found(now, Source::Mdns, [(device(7), lan(7))]),
                _ => {}
            }
            for dial in dialer.due(now) {
                dials += 1;
                dialer.failed(now, dial.device);
            }
        }
        assert!(dials <= STRANGERS_AT_ONCE + 20_000 / STRANGER_EVERY + 1, "{dials} dials");
        assert!(dialer.peers.len() <= STRANGERS_KNOWN_MAX && dialer.peers.contains_key(&device(7)));
        dialer.all_faded();
        assert!(dialer.peers.is_empty() && dialer.next_at().is_none());
        dialer.found(30_000, Source::Mdns, [(device(7), lan(7))]);
        assert_eq!(dialer.due(30_000 + GATHER)[0].device, Some(device(7)));
    }

    #[test]
    fn a_dropped_device_is_left_alone_until_it_is_kept_or_a_link_names_it() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2]);
        dialer.found(0, Source::Mdns, [(device(2), lan(2))]);
        dialer.drop(0, &BTreeSet::from([device(2)]));
        assert_eq!(dialer.next_at(), None);
        dialer.found(0, Source::Mdns, [(device(2), lan(3))]);
        assert_eq!(dialer.next_at(), None);
        kept(&mut dialer, &[2]);
        assert_eq!(dialer.due(1_000).len(), 1);
    }

    #[test]
    fn a_connection_that_does_not_last_is_no_reason_to_dial_in_a_loop() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2, 3]);
        dialer.found(0, Source::Identify, [(device(2), wan(2))]);
        dialer.connected(0, device(3), None);
        let mut now = 0;
        let mut dials = 0;
        while now < 60_000 {
            now = now.max(dialer.next_at().unwrap());
            for dial in dialer.due(now) {
                dials += 1;
                dialer.connected(now, device(2), Some(dial.addresses[0].clone()));
                dialer.disconnected(now + 10, &device(2));
            }
        }
        assert!(dials < 12, "{dials}");
    }

    #[test]
    fn a_lasting_connection_that_breaks_is_made_again_at_once() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2]);
        dialer.found(0, Source::Identify, [(device(2), wan(2))]);
        let dial = dialer.due(0).remove(0);
        dialer.connected(0, device(2), Some(dial.addresses[0].clone()));
        dialer.disconnected(60_000, &device(2));
        assert!(dialer.next_at().unwrap() <= 60_000 + YIELD);
    }

    #[test]
    fn the_first_answer_after_silence_wakes_every_other_dial() {
        let mut dialer = Dialer::new(device(1), 7);
        kept(&mut dialer, &[2, 3]);
        dialer.found(0, Source::Identify, [(device(2), wan(2)), (device(3), wan(3))]);
        fail_until(&mut dialer, 0, 300_000);
        dialer.connected(300_000, device(2), None);
        assert!(dialer.next_at().unwrap() <= 300_000 + 2 * YIELD);
    }

    #[test]
    fn links_are_tried_once_and_never_ourselves() {
        let mut dialer = Dialer::new(device(1), 7);
        dialer.try_once(5, [wan(9)]);
        assert_eq!(dialer.next_at(), Some(0));
        assert_eq!(dialer.due(5), [Dial { device: None, addresses: vec![wan(9)] }]);
        dialer.failed(6, None);
        assert_eq!(dialer.next_at(), None);
    }
}
