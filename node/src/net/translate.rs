//! Between libp2p and the core: events become inputs, commands become calls.
//!
//! A device is *connected* for the core from its first connection to its last. Every token and number that stands for
//! something under way is kept in a table with a bound, and is answered before the device is reported gone.

mod listening;
mod nearby;
mod orders;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use bivouac_core::{
    io::{Input, Topic, Verdict},
    wire::{MAX_ENVELOPE, MAX_RESPONSE, WINDOW},
};
use bivouac_crypto::DeviceId;
use data_encoding::HEXLOWER;
use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm,
    core::{ConnectedPoint, transport::ListenerId},
    gossipsub::{self, MessageAcceptance, MessageId, TopicHash},
    identify,
    identity::Keypair,
    ping,
    request_response::{self, InboundRequestId, OutboundRequestId, ResponseChannel},
    swarm::{
        ConnectionId, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::sync::watch;

use super::{
    Book, NetError, NetOut, NetStatus, PeerStatus, Streams, Transport, address,
    device::{device_of, peer_of},
    dial::{Dial, Dialer, Source},
    link::Link,
    listened::Listened,
    status::{Failed, Failure, TRYING_MAX, Trying},
    swarm::{self, Behaviour, BehaviourEvent, ID_PROTOCOL},
};
use crate::os;

/// Gossip messages waiting for the core's judgement; the oldest is ignored when there are more.
const GOSSIP_MAX: usize = 4_096;
/// Requests of peers waiting for the core's answer, in all; of one device with those whose answer it has not read. More
/// are refused. Beside [`WINDOW`] nobody has more than a handful to ask at once.
const ASKED_MAX: usize = 512;
const ASKED_PER_DEVICE_MAX: usize = 2 * WINDOW;
/// Answers on their way, in bytes, in all and to one device; beyond that there is none, and who asked asks anew. One who
/// reads asks for [`WINDOW`] at once; one who does not read makes us keep so much.
const UNREAD_MAX: usize = 8 * UNREAD_PER_DEVICE_MAX;
const UNREAD_PER_DEVICE_MAX: usize = WINDOW * MAX_RESPONSE;
/// An answer no larger than this is always given, and so is one to a device that has read all before it: those who do not
/// read must not keep others from being told anything.
const SMALL: usize = 16 * 1024;
/// Requests of ours under way; more fail at once.
const ASKING_MAX: usize = 2_048;
/// Peers turned away because they speak another protocol.
const FOREIGN_MAX: usize = 1_024;
/// How long the link of a dropped device stands on, in milliseconds: long enough to learn why.
const DROPPED_MS: u64 = 10_000;
/// How long a dropped device that comes back by itself is suffered, in milliseconds: long enough to present an invite.
const VISIT_MS: u64 = 60_000;
/// How often the small duties are looked after at the least, in milliseconds.
const HOUSEKEEPING_MS: u64 = 1_000;
/// A gap between two rounds of housekeeping after which we were asleep, in milliseconds.
const SLEPT_MS: u64 = 5_000;
/// How long addresses are waited for at the start.
const SETTLE: Duration = Duration::from_millis(1_500);

/// What the network needs to know to start.
pub(crate) struct Settings {
    /// The device's key.
    pub(crate) key: Keypair,
    /// Where to listen; empty: everywhere, on the ports of the last run or free ones.
    pub(crate) listen: Vec<String>,
    /// Whether to find peers by multicast.
    pub(crate) mdns: bool,
    /// What was remembered.
    pub(crate) book: Book,
}

/// A request of a peer, until it is answered or its stream has ended.
struct Asked {
    from: DeviceId,
    request: InboundRequestId,
    channel: ResponseChannel<Vec<u8>>,
}

/// The network of one device.
pub(crate) struct Net {
    swarm: Swarm<Behaviour>,
    me: DeviceId,
    dialer: Dialer,
    links: BTreeMap<DeviceId, Link>,
    dials: HashMap<ConnectionId, Option<DeviceId>>,
    dials_made: u64,
    asking: HashMap<OutboundRequestId, (u64, DeviceId)>,
    asked: HashMap<u64, Asked>,
    unread: HashMap<InboundRequestId, (DeviceId, usize)>,
    gossip: BTreeMap<u64, (MessageId, PeerId)>,
    listened: Listened,
    tokens: u64,
    silent: HashSet<ListenerId>,
    /// When the local network is listened to again that was too crowded.
    nearby_at: Option<u64>,
    addresses: Vec<String>,
    out: VecDeque<NetOut>,
    status: watch::Sender<Arc<NetStatus>>,
    housekeeping_at: u64,
    housekept_wall: u64,
}

impl Net {
    /// Starts listening.
    pub(crate) fn start(settings: Settings, status: watch::Sender<Arc<NetStatus>>) -> Result<Self, NetError> {
        let Settings { key, listen, mdns, book } = settings;
        let listened = Listened::default();
        let swarm = swarm::build(key, mdns, os::noise(), listened.clone())?;
        let me =
            device_of(swarm.local_peer_id()).ok_or_else(|| NetError::Setup("the device key is unusable".into()))?;
        let mut net = Self {
            swarm,
            me,
            dialer: Dialer::new(me, os::noise()),
            links: BTreeMap::new(),
            dials: HashMap::new(),
            dials_made: 0,
            asking: HashMap::new(),
            asked: HashMap::new(),
            unread: HashMap::new(),
            gossip: BTreeMap::new(),
            listened,
            tokens: 0,
            silent: HashSet::new(),
            nearby_at: None,
            addresses: Vec::new(),
            out: VecDeque::new(),
            status,
            housekeeping_at: 0,
            housekept_wall: os::wall_ms(),
        };
        if listen.is_empty() {
            net.listen_everywhere(book.ports())?
        } else {
            net.listen_on(&listen, book.ports())?
        }
        let known: Vec<_> = book.addresses().collect();
        known.chunks(16).for_each(|some| net.dialer.found(os::mono_ms(), Source::Book, some.iter().cloned()));
        Ok(net)
    }

    /// Streams of bytes to devices, beside the messages.
    pub(crate) fn streams(&self) -> Streams {
        Streams::new(self.swarm.behaviour().streams.new_control())
    }

    /// Waits for the next thing to happen and takes note of it. Nothing is lost when the future is dropped.
    pub(crate) async fn step(&mut self) {
        let wait = Duration::from_millis(self.next_at().saturating_sub(os::mono_ms()));
        tokio::select! {
            event = self.swarm.select_next_some() => self.happened(event),
            () = tokio::time::sleep(wait) => self.housekeep(),
        }
    }

    /// The next thing to tell.
    pub(crate) fn pop(&mut self) -> Option<NetOut> {
        self.out.pop_front()
    }

    /// What to remember for the next run.
    pub(crate) fn book(&self) -> Book {
        Book::new(&self.ports(), self.dialer.book())
    }

    fn gossip(&mut self) -> &mut swarm::Gossip {
        &mut self.swarm.behaviour_mut().gossip
    }

    fn tell(&mut self, input: Input) {
        self.out.push_back(NetOut::Input(input));
    }

    fn happened(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.behaved(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.opened(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(orderly = cause.is_none(), "connection closed");
                tracing::trace!(?cause, "connection closed");
                let why = if cause.is_none() { Failure::Left } else { Failure::Lost };
                self.closed(&peer_id, connection_id, why);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                tracing::trace!(%error, "dial failed");
                if let Some(device) = self.dials.remove(&connection_id) {
                    if let Some(device) = &device {
                        self.dialer.blame(os::mono_ms(), device, Failure::of(&error));
                    }
                    self.dialer.failed(os::mono_ms(), device);
                    self.status_changed();
                }
            }
            SwarmEvent::NewListenAddr { listener_id, .. } => {
                self.silent.remove(&listener_id);
                self.addresses_changed();
                self.dialer.network_changed(os::mono_ms());
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                self.addresses_changed();
                self.lost_address(&address);
            }
            SwarmEvent::ExternalAddrConfirmed { .. } | SwarmEvent::ExternalAddrExpired { .. } => {
                self.addresses_changed()
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                tracing::warn!(error = reason.is_err(), "a listener closed");
                self.silent.remove(&listener_id);
                self.addresses_changed();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::trace!(%error, "a listener had an error"),
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::trace!(%error, "a connection came to nothing")
            }
            _ => {}
        }
        self.dial_due();
    }

    fn behaved(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Gossip(event) => self.gossiped(event),
            BehaviourEvent::Sync(event) => self.synced(event),
            BehaviourEvent::Mdns(event) => self.seen_nearby(event),
            BehaviourEvent::Identify(identify::Event::Received { connection_id, peer_id, info }) => {
                self.identified(connection_id, peer_id, &info);
            }
            BehaviourEvent::Ping(event) => self.pinged(&event),
            BehaviourEvent::Identify(_)
            | BehaviourEvent::Limits(_)
            | BehaviourEvent::Door(_)
            | BehaviourEvent::Memory(_)
            | BehaviourEvent::Blocked(_)
            | BehaviourEvent::Streams(()) => {}
        }
    }

    fn opened(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let now = os::mono_ms();
        let dial = self.dials.remove(&id);
        let Some(device) = device_of(&peer) else {
            if let Some(named) = dial {
                self.dialer.failed(now, named);
            }
            let _ = self.swarm.disconnect_peer_id(peer);
            return;
        };
        let remote = endpoint.get_remote_address().clone();
        tracing::debug!(transport = ?address::transport(&remote), dialled = endpoint.is_dialer(), "connection opened");
        if dial == Some(None) {
            self.dialer.failed(now, None);
        }
        self.dialer.connected(now, device, dial.is_some().then(|| remote.clone()));
        let link = self.links.entry(device).or_insert_with(|| Link::new(now, os::wall_ms()));
        if link.opened(now, id, remote, endpoint.is_listener()) {
            return self.begin_anew(peer);
        }
        if self.dialer.dropped_at(&device).is_some() {
            self.gossip().blacklist_peer(&peer);
        }
    }

    fn closed(&mut self, peer: &PeerId, id: ConnectionId, why: Failure) {
        let Some(device) = device_of(peer) else { return };
        let Some(link) = self.links.get_mut(&device) else { return };
        let path = link.path();
        if !link.closed(id) {
            return self.status_changed();
        }
        let announced = link.announced;
        self.links.remove(&device);
        // Or its next link would hear nothing of what we listen to.
        self.gossip().remove_blacklisted_peer(peer);
        self.dialer.blame(os::mono_ms(), &device, why);
        self.dialer.disconnected(os::mono_ms(), &device);
        let lost: Vec<_> = self.asking.extract_if(|_, (_, to)| *to == device).map(|(_, (id, _))| id).collect();
        for id in lost {
            self.tell(Input::Response { id, from: device, bytes: None });
        }
        if announced {
            self.tell(Input::Disconnected(device));
            self.out.push_back(NetOut::PeerDisconnected(device, path));
            self.status_changed();
        }
    }

    /// Closes everything to a peer that has forgotten what was said; the dialer comes back to it at once.
    fn begin_anew(&mut self, peer: PeerId) {
        tracing::debug!("a peer came back without having left");
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    /// An address of ours is gone, and with it the connections that stood on it: rather than wait until they have failed,
    /// all that may have are made again.
    fn lost_address(&mut self, address: &Multiaddr) {
        let Some(gone) = address::ip(address).filter(|ip| !ip.is_loopback() && address::is_dialable(address)) else {
            return;
        };
        tracing::debug!("an address is gone");
        let links = self.links.iter().filter(|(_, link)| link.may_use(gone));
        for peer in links.filter_map(|(device, _)| peer_of(device)).collect::<Vec<_>>() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    /// Tells the core of a link, the first time there is a reason to.
    fn announce(&mut self, device: DeviceId) {
        let Some(link) = self.links.get_mut(&device).filter(|link| !link.announced) else { return };
        link.announced = true;
        let (path, near) = (link.path(), link.is_near());
        self.tell(Input::Connected(device));
        if near {
            self.tell(Input::Nearby(device));
        }
        self.out.push_back(NetOut::PeerConnected(device, path));
        self.status_changed();
    }

    fn gossiped(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                let from = device_of(&propagation_source);
                let topic = topic_of(&message.topic);
                let (Some(from), Some(topic), true) = (from, topic, message.data.len() <= MAX_ENVELOPE) else {
                    let verdict = MessageAcceptance::Reject;
                    self.gossip().report_message_validation_result(&message_id, &propagation_source, verdict);
                    return;
                };
                self.announce(from);
                let token = self.token();
                self.gossip.insert(token, (message_id, propagation_source));
                if self.gossip.len() > GOSSIP_MAX
                    && let Some((oldest, _)) = self.gossip.first_key_value()
                {
                    self.judge(*oldest, Verdict::Ignore);
                }
                self.tell(Input::Gossip { from, topic, bytes: message.data, token });
            }
            gossipsub::Event::Subscribed { peer_id, .. } => {
                if let Some(device) = device_of(&peer_id) {
                    self.announce(device);
                }
            }
            _ => {}
        }
    }

    fn synced(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        use request_response::{Event, Message};
        match event {
            Event::Message { peer, message: Message::Request { request_id, request, channel }, .. } => {
                let Some(from) = device_of(&peer) else { return };
                let of_device = self.asked.values().filter(|asked| asked.from == from).count()
                    + self.unread.values().filter(|(to, _)| *to == from).count();
                if self.asked.len() >= ASKED_MAX || of_device >= ASKED_PER_DEVICE_MAX {
                    return;
                }
                self.announce(from);
                let token = self.token();
                self.asked.insert(token, Asked { from, request: request_id, channel });
                self.tell(Input::Request { from, bytes: request, token });
            }
            Event::Message { message: Message::Response { request_id, response }, .. } => {
                if let Some((id, from)) = self.asking.remove(&request_id) {
                    self.tell(Input::Response { id, from, bytes: Some(response) });
                }
            }
            Event::OutboundFailure { request_id, error, .. } => {
                tracing::debug!(%error, "a request failed");
                if let Some((id, from)) = self.asking.remove(&request_id) {
                    self.tell(Input::Response { id, from, bytes: None });
                }
            }
            // It took too long, or its connection is gone; an answer that comes now finds nobody.
            Event::InboundFailure { request_id, error, .. } => {
                tracing::debug!(%error, "a peer's request failed");
                self.asked.retain(|_, asked| asked.request != request_id);
                self.unread.remove(&request_id);
            }
            Event::ResponseSent { request_id, .. } => drop(self.unread.remove(&request_id)),
        }
    }

    fn identified(&mut self, connection: ConnectionId, peer: PeerId, info: &identify::Info) {
        let Some(device) = device_of(&peer) else { return };
        if info.protocol_version != ID_PROTOCOL {
            tracing::debug!("a peer of another program was turned away");
            self.dialer.is_foreign(&device);
            let blocked = &mut self.swarm.behaviour_mut().blocked;
            if blocked.blocked_peers().len() < FOREIGN_MAX {
                blocked.block_peer(peer);
            } else {
                self.swarm.close_connection(connection);
            }
            return;
        }
        let Some(link) = self.links.get_mut(&device) else { return };
        if link.identified(connection, &info.agent_version) {
            return self.begin_anew(peer);
        }
        let here = self.links.get(&device).is_some_and(Link::is_loopback);
        let told = info.listen_addrs.iter().filter_map(address::split).map(|(address, _)| address);
        let told = told.filter(|a| here || !address::is_loopback(a)).map(|a| (device, a)).collect::<Vec<_>>();
        self.dialer.found(os::mono_ms(), Source::Identify, told);
    }

    fn pinged(&mut self, event: &ping::Event) {
        let Some(device) = device_of(&event.peer) else { return };
        let Some(link) = self.links.get_mut(&device) else { return };
        match &event.result {
            Ok(rtt) => {
                let forgiven = link.forgiven();
                let rtt_ms = u64::try_from(rtt.as_millis()).ok();
                if std::mem::replace(&mut link.rtt_ms, rtt_ms) != rtt_ms {
                    self.status_changed();
                }
                if forgiven && self.dialer.dropped_at(&device).is_none() {
                    self.gossip().remove_blacklisted_peer(&event.peer);
                }
            }
            Err(ping::Failure::Unsupported) => {}
            // The first failure is not reported: this is the second in a row.
            Err(_) => {
                tracing::debug!("a connection is dead");
                self.swarm.close_connection(event.connection);
            }
        }
    }

    fn dial_due(&mut self) {
        for Dial { device, addresses } in self.dialer.due(os::mono_ms()) {
            let Some(options) = dial_opts(device, addresses) else {
                self.dialer.failed(os::mono_ms(), device);
                continue;
            };
            let id = options.connection_id();
            match self.swarm.dial(options) {
                Ok(()) => {
                    self.dials.insert(id, device);
                    self.dials_made += 1;
                    self.status_changed();
                }
                Err(error) => {
                    tracing::trace!(%error, "not dialled");
                    self.dialer.failed(os::mono_ms(), device);
                }
            }
        }
    }

    fn next_at(&mut self) -> u64 {
        let dial = self.dialer.next_at();
        let hellos = self.links.values().filter_map(Link::hello_at);
        let spares = self.links.iter().filter(|(d, _)| self.me < **d).filter_map(|(_, link)| link.spare_at());
        hellos.chain(spares).chain(dial).fold(self.housekeeping_at, u64::min)
    }

    fn housekeep(&mut self) {
        let now = os::mono_ms();
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now);
        let hellos: Vec<_> = self.links.iter().filter(|(_, l)| due(l.hello_at())).map(|(d, _)| *d).collect();
        hellos.into_iter().for_each(|device| self.announce(device));
        let spares: Vec<_> = self
            .links
            .iter()
            .filter(|(device, link)| self.me < **device && due(link.spare_at()))
            .flat_map(|(_, link)| link.spare())
            .collect();
        for connection in spares {
            self.swarm.close_connection(connection);
        }
        if now >= self.housekeeping_at {
            self.look_for_sleep(now);
            self.show_out_dropped(now);
            self.look_nearby_again(now);
            self.housekeeping_at = now + HOUSEKEEPING_MS;
        }
        self.dial_due();
    }

    /// A machine that slept, or a process that was stopped, finds a changed network.
    fn look_for_sleep(&mut self, now: u64) {
        let wall = os::wall_ms();
        let gap = wall.abs_diff(self.housekept_wall).max(now.saturating_sub(self.housekeeping_at));
        if self.housekeeping_at != 0 && gap > SLEPT_MS {
            tracing::debug!(gap, "woke up");
            self.dialer.network_changed(now);
        }
        self.housekept_wall = wall;
    }

    fn show_out_dropped(&mut self, now: u64) {
        let over = self.links.iter().filter(|(device, link)| {
            let Some(dropped) = self.dialer.dropped_at(device) else { return false };
            let since_drop = now.saturating_sub(dropped);
            let patience = if link.age(now) > since_drop { DROPPED_MS } else { VISIT_MS };
            link.age(now).min(since_drop) > patience
        });
        for peer in over.filter_map(|(device, _)| peer_of(device)).collect::<Vec<_>>() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    fn status_changed(&mut self) {
        let peers = self.links.iter().filter(|(_, link)| link.announced).map(|(device, link)| PeerStatus {
            device: *device,
            path: link.path(),
            transport: link.transport(),
            rtt_ms: link.rtt_ms,
            since: link.since_wall,
        });
        let (now, wall) = (os::mono_ms(), os::wall_ms());
        let trying = self.dialer.trying().take(TRYING_MAX).map(|attempt| Trying {
            device: attempt.device,
            addresses: attempt.addresses.iter().map(ToString::to_string).collect(),
            dialling: attempt.dialling,
            failures: attempt.failures,
            last: attempt.last.map(|(why, at)| Failed { why, at: wall.saturating_sub(now.saturating_sub(at)) }),
            next_at: attempt.next_at.map(|at| wall + at.saturating_sub(now)),
        });
        self.status.send_replace(Arc::new(NetStatus {
            peer_id: self.swarm.local_peer_id().to_string(),
            addresses: self.addresses.clone(),
            peers: peers.collect(),
            trying: trying.collect(),
            dials: self.dials_made,
        }));
    }

    fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }
}

/// How to dial a device, or whoever answers, at addresses of one transport.
///
/// QUIC leaves from the port it listens on: an endpoint for each dial would cost a socket and megabytes of buffers. TCP
/// takes a port of its own: two sides that dial each other from their listening ports would meet in one half-open
/// connection.
fn dial_opts(device: Option<DeviceId>, addresses: Vec<Multiaddr>) -> Option<DialOpts> {
    let first = addresses.first()?.clone();
    let own_port = address::transport(&first) == Transport::Tcp;
    Some(match device {
        Some(device) => {
            let to = DialOpts::peer_id(peer_of(&device)?)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses);
            if own_port { to.allocate_new_port().build() } else { to.build() }
        }
        None => {
            let to = DialOpts::unknown_peer_id().address(first);
            if own_port { to.allocate_new_port().build() } else { to.build() }
        }
    })
}

fn topic_of(hash: &TopicHash) -> Option<Topic> {
    HEXLOWER.decode(hash.as_str().as_bytes()).ok()?.try_into().ok().map(Topic)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::net::NetCommand;

    fn net() -> Net {
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        let settings = Settings { key: Keypair::generate_ed25519(), listen, mdns: false, book: Book::default() };
        Net::start(settings, watch::channel(Arc::default()).0).unwrap()
    }

    /// Lets both do what they have to until it holds.
    async fn both(a: &mut Net, b: &mut Net, mut holds: impl FnMut(&mut Net, &mut Net) -> bool) {
        let all = async {
            while !holds(a, b) {
                tokio::select! {
                    () = a.step() => {}
                    () = b.step() => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    }

    fn heard(net: &mut Net, wanted: impl Fn(&Input) -> bool) -> bool {
        std::iter::from_fn(|| net.pop()).any(|out| matches!(out, NetOut::Input(input) if wanted(&input)))
    }

    #[tokio::test]
    async fn a_request_that_is_not_answered_is_forgotten_with_its_stream_or_its_connection() {
        let (mut a, mut b) = (net(), net());
        b.settle().await;
        a.carry(NetCommand::Dial(b.addresses.clone()));
        let (to, from) = (b.me, a.me);
        both(&mut a, &mut b, |a, _| heard(a, |input| *input == Input::Connected(to))).await;
        let ask = |a: &mut Net, id| a.carry(NetCommand::Request { to, id, bytes: vec![7] });
        let asked = |b: &mut Net| heard(b, |input| matches!(input, Input::Request { .. }));

        ask(&mut a, 1);
        both(&mut a, &mut b, |_, b| asked(b)).await;
        assert_eq!(b.asked.len(), 1);
        both(&mut a, &mut b, |_, b| b.asked.is_empty()).await;
        assert!(b.links.contains_key(&from), "the connection stands");

        ask(&mut a, 2);
        both(&mut a, &mut b, |_, b| asked(b)).await;
        a.leave();
        both(&mut a, &mut b, |_, b| !b.links.contains_key(&from) && b.asked.is_empty()).await;
    }

    #[tokio::test]
    async fn all_topics_are_heard_of_and_the_largest_envelopes_pass_on_each_others_heels() {
        let (mut a, mut b) = (net(), net());
        b.settle().await;
        let topic = |n: usize| Topic(std::array::from_fn(|at| (n >> (8 * (at % 4))) as u8));
        for n in 0..swarm::TOPICS_MAX {
            a.carry(NetCommand::Subscribe(topic(n)));
            b.carry(NetCommand::Subscribe(topic(n)));
        }
        a.carry(NetCommand::Dial(b.addresses.clone()));
        let known = |a: &mut Net| a.gossip().all_peers().any(|(_, topics)| topics.len() == swarm::TOPICS_MAX);
        both(&mut a, &mut b, |a, b| known(a) && known(b)).await;
        let mut left = 60_usize;
        for n in 0..left {
            a.carry(NetCommand::Publish(topic(7), vec![n as u8; MAX_ENVELOPE]));
        }
        a.carry(NetCommand::Publish(topic(8), b"a word more".to_vec()));
        let mut last = false;
        both(&mut a, &mut b, |_, b| {
            for out in std::iter::from_fn(|| b.pop()) {
                if let NetOut::Input(Input::Gossip { bytes, .. }) = out {
                    left -= usize::from(bytes.len() == MAX_ENVELOPE);
                    last |= bytes.as_slice() == b"a word more";
                }
            }
            left == 0 && last
        })
        .await;
    }

    #[tokio::test]
    async fn a_port_is_not_shared_with_another_node() {
        let mut first = net();
        first.settle().await;
        let port = first.ports()[1];
        let listen = |address: String| {
            let settings = Settings {
                key: Keypair::generate_ed25519(),
                listen: vec![address],
                mdns: false,
                book: Book::default(),
            };
            Net::start(settings, watch::channel(Arc::default()).0)
        };
        for taken in [format!("/ip4/127.0.0.1/tcp/{port}"), format!("/ip4/0.0.0.0/tcp/{port}")] {
            let Err(NetError::Listen(named, error)) = listen(taken.clone()) else { panic!("{taken} is shared") };
            assert_eq!((named, error.kind()), (taken, io::ErrorKind::AddrInUse));
        }
        // What was listened on in the last run, and is somebody else's now.
        let settings = Settings {
            key: Keypair::generate_ed25519(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            mdns: false,
            book: Book::new(&first.ports(), std::iter::empty()),
        };
        let mut second = Net::start(settings, watch::channel(Arc::default()).0).unwrap();
        second.settle().await;
        assert_ne!(second.ports()[1], port);
    }
}
