//! The connections to one device, seen as one link.
//!
//! Two devices that dial each other at the same moment end up with two connections. The one with the smaller id alone
//! closes the spare one, after a moment, so that the two sides can't close one each.
//!
//! A peer that crashed, or lost its side of a connection, comes back while our side of the old one still seems to
//! stand. It knows nothing of what was said before, and gossip introduces itself only on the first connection to a
//! peer: so then everything is closed and begun anew. Two things give it away: another session, and a dial that did not
//! cross one of ours, because nobody dials a peer it is connected to.

use std::net::IpAddr;

use libp2p::{Multiaddr, swarm::ConnectionId};

use super::address::{self, Path, Transport};

/// How long the core is not told of a new link unless the peer speaks first, in milliseconds: until its topics are
/// known, what is published would miss it, so catching up must begin after that.
const HELLO_MS: u64 = 300;
/// How long a spare connection is left open, in milliseconds: what was sent on it in the first moments must arrive.
const SPARE_MS: u64 = 3_000;
/// How long after each other two dials may have come to something and still have crossed, in milliseconds.
const MOMENT_MS: u64 = 2_000;

/// Invalid messages of gossip after which a peer is not listened to, less one for each ping since.
const REJECTED_MAX: u8 = 5;

/// All connections to a device.
pub(super) struct Link {
    /// The oldest first.
    connections: Vec<Connection>,
    /// Whether the core was told.
    pub(super) announced: bool,
    /// Round trip, milliseconds.
    pub(super) rtt_ms: Option<u64>,
    /// Since when, milliseconds since the epoch.
    pub(super) since_wall: u64,
    since: u64,
    /// What it handed us in gossip that nobody honest hands on, forgiven with time.
    rejected: u8,
}

struct Connection {
    id: ConnectionId,
    remote: Multiaddr,
    opened: u64,
    by_peer: bool,
    session: Option<String>,
}

impl Link {
    /// A link without connections, as yet.
    pub(super) fn new(now: u64, wall_ms: u64) -> Self {
        Self { connections: Vec::new(), announced: false, rtt_ms: None, since_wall: wall_ms, since: now, rejected: 0 }
    }

    /// A connection was opened, by us or by the peer. Whether the link must be begun anew.
    #[must_use]
    pub(super) fn opened(&mut self, now: u64, id: ConnectionId, remote: Multiaddr, by_peer: bool) -> bool {
        let crossed = |c: &Connection| !c.by_peer && now.saturating_sub(c.opened) <= MOMENT_MS;
        let stale = by_peer && !self.connections.iter().all(crossed);
        self.connections.push(Connection { id, remote, opened: now, by_peer, session: None });
        stale
    }

    /// The peer named its session on a connection. Whether the link must be begun anew.
    #[must_use]
    pub(super) fn identified(&mut self, id: ConnectionId, session: &str) -> bool {
        let stale = self.connections.iter().any(|c| c.session.as_deref().is_some_and(|known| known != session));
        if let Some(connection) = self.connections.iter_mut().find(|c| c.id == id) {
            connection.session = Some(session.to_owned());
        }
        stale
    }

    /// The peer handed on what nobody honest does. Whether it is listened to no more.
    #[must_use]
    pub(super) fn rejected(&mut self) -> bool {
        self.rejected = (self.rejected + 1).min(REJECTED_MAX);
        self.rejected == REJECTED_MAX
    }

    /// Time has passed. Whether it is listened to again.
    #[must_use]
    pub(super) fn forgiven(&mut self) -> bool {
        let again = self.rejected == REJECTED_MAX;
        self.rejected = self.rejected.saturating_sub(1);
        again
    }

    /// A connection was closed. Whether it was the last.
    pub(super) fn closed(&mut self, id: ConnectionId) -> bool {
        self.connections.retain(|c| c.id != id);
        self.connections.is_empty()
    }

    /// When the core is to be told at the latest; `None` once it was.
    pub(super) fn hello_at(&self) -> Option<u64> {
        (!self.announced).then_some(self.since + HELLO_MS)
    }

    /// When the spare connection is to be closed.
    pub(super) fn spare_at(&self) -> Option<u64> {
        self.connections.get(1..)?.iter().map(|c| c.opened + SPARE_MS).max()
    }

    /// The connections to close once one is enough: all but the best one, which is direct rather than relayed, then
    /// the oldest, because gossip goes on using that.
    pub(super) fn spare(&self) -> Vec<ConnectionId> {
        let best = self.connections.iter().min_by_key(|c| (address::path(&c.remote) == Path::Relay, c.opened));
        self.connections.iter().map(|c| c.id).filter(|id| best.is_some_and(|b| b.id != *id)).collect()
    }

    /// Whether the device is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.connections.iter().any(|c| address::is_loopback(&c.remote))
    }

    /// Whether a connection may stand on an address of this machine that is gone. Which one each leaves from is not known,
    /// but it is one of the same family.
    pub(super) fn may_use(&self, gone: IpAddr) -> bool {
        let remotes = self.connections.iter().filter_map(|c| address::ip(&c.remote));
        remotes.filter(|ip| !ip.is_loopback()).any(|ip| ip.is_ipv4() == gone.is_ipv4())
    }

    /// How long the link has stood, milliseconds.
    pub(super) fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.since)
    }

    /// How the device is reached.
    pub(super) fn path(&self) -> Path {
        self.connections.first().map_or(Path::Direct, |c| address::path(&c.remote))
    }

    /// Whether the device is on this machine's network.
    pub(super) fn is_near(&self) -> bool {
        self.connections.first().is_some_and(|c| address::is_near(&c.remote))
    }

    /// Over what.
    pub(super) fn transport(&self) -> Transport {
        self.connections.first().map_or(Transport::Quic, |c| address::transport(&c.remote))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_direct_connection_is_kept() {
        let id = ConnectionId::new_unchecked;
        let relay = "/ip4/1.2.3.4/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit";
        let mut link = Link::new(0, 0);
        assert!(!link.opened(0, id(1), relay.parse().unwrap(), false));
        assert_eq!((link.spare_at(), link.spare()), (None, vec![]));
        assert!(!link.opened(10, id(2), "/ip4/10.0.0.1/udp/1/quic-v1".parse().unwrap(), true));
        assert!(!link.opened(20, id(3), "/ip4/10.0.0.1/tcp/1".parse().unwrap(), false));
        assert_eq!(link.spare_at(), Some(20 + SPARE_MS));
        assert_eq!(link.spare(), [id(1), id(3)]);
        assert!(!link.closed(id(1)));
        assert_eq!(link.path(), Path::Lan);
        assert!(!link.closed(id(3)));
        assert!(link.closed(id(2)));
    }

    #[test]
    fn a_lost_address_concerns_connections_of_its_family_that_leave_this_machine() {
        let (gone, other): (IpAddr, IpAddr) = ("10.0.0.7".parse().unwrap(), "fd00::7".parse().unwrap());
        for (remote, concerned) in [("/ip4/10.0.0.1/tcp/1", true), ("/ip4/127.0.0.1/tcp/1", false)] {
            let mut link = Link::new(0, 0);
            assert!(!link.opened(0, ConnectionId::new_unchecked(1), remote.parse().unwrap(), false));
            assert_eq!((link.may_use(gone), link.may_use(other)), (concerned, false), "{remote}");
        }
    }

    #[test]
    fn a_peer_that_forgot_us_is_noticed() {
        let id = ConnectionId::new_unchecked;
        let address: Multiaddr = "/ip4/10.0.0.1/tcp/1".parse().unwrap();
        let mut link = Link::new(0, 0);
        assert!(!link.opened(0, id(1), address.clone(), false));
        assert!(!link.identified(id(1), "a"));
        assert!(!link.opened(MOMENT_MS, id(2), address.clone(), true), "two dials that crossed");
        assert!(!link.identified(id(2), "a"));
        assert!(!link.closed(id(1)));
        assert!(link.opened(MOMENT_MS, id(3), address.clone(), true), "it dialled, and dials again");
        assert!(link.identified(id(3), "b"));
        let mut link = Link::new(0, 0);
        assert!(!link.opened(0, id(1), address.clone(), false));
        assert!(link.opened(MOMENT_MS + 1, id(2), address, true), "too late to have crossed");
    }
}
