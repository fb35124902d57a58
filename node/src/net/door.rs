//! Who is let in: so many from one address, so many that nobody knows.
//!
//! The limits on connections are limits for all together. Without a share for each address, one machine that opens
//! handshakes and leaves them, or that comes as three hundred devices, takes all there is, and a member who comes in
//! the ordinary way finds the door full. Devices that are to be kept are not counted once they have shown who they are.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        CloseConnection, ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
        behaviour::{ConnectionEstablished, ListenFailure},
        dummy,
    },
};

use super::address;

/// Connections being set up by others, and of them those from one address. Each is a socket and a few KiB, and is gone
/// with its handshake, a few round trips later or when the time for that is over.
const PENDING_MAX: usize = 256;
const PENDING_PER_ADDRESS_MAX: usize = 32;
/// Connections of devices that are nobody's fellow member, opened by them, and of them those from one address. Guests
/// with an invite are among them, a household of them behind one address. One more, and whoever of the same address, or
/// of the one that has most, has been here longest is shown out.
const STRANGERS_MAX: usize = 192;
const STRANGERS_PER_ADDRESS_MAX: usize = 48;

/// What somebody is told who is not let in.
#[derive(Debug, thiserror::Error)]
#[error("too many handshakes, in all or from this address")]
struct Full;

/// Whose connection it is, as far as an address tells, and whether over UDP: there an address may be anybody's word until
/// the handshake is over, and is not to keep its owner from coming by TCP.
type From = (Option<IpAddr>, bool);

/// Refuses handshakes that would leave no room for others, and shows out strangers who do.
#[derive(Debug, Default)]
pub(super) struct Door {
    members: BTreeSet<PeerId>,
    pending: BTreeMap<ConnectionId, From>,
    /// In the order in which they came.
    inside: BTreeMap<ConnectionId, (PeerId, Option<IpAddr>)>,
    leaving: VecDeque<(PeerId, ConnectionId)>,
}

impl Door {
    /// Those who are no strangers, from now on.
    pub(super) fn know(&mut self, members: BTreeSet<PeerId>) {
        self.members = members;
    }

    fn begins(&mut self, id: ConnectionId, from: From) -> Result<(), Full> {
        let of_address = self.pending.values().filter(|other| **other == from).count();
        if self.pending.len() >= PENDING_MAX || of_address >= PENDING_PER_ADDRESS_MAX {
            return Err(Full);
        }
        self.pending.insert(id, from);
        Ok(())
    }

    fn enters(&mut self, id: ConnectionId, peer: PeerId, from: Option<IpAddr>) {
        self.inside.insert(id, (peer, from));
        if let Some(id) = self.one_too_many(from)
            && let Some((peer, _)) = self.inside.remove(&id)
        {
            self.leaving.push_back((peer, id));
        }
    }

    /// The stranger who has been here longest of the address that was just come from, where there are too many of it, or
    /// else, where there are too many in all, of the one that has most.
    fn one_too_many(&self, from: Option<IpAddr>) -> Option<ConnectionId> {
        let strangers = || self.inside.iter().filter(|(_, (peer, _))| !self.members.contains(peer));
        let oldest = |of: Option<IpAddr>| strangers().find(|(_, (_, from))| *from == of).map(|(id, _)| *id);
        let mut counts: BTreeMap<Option<IpAddr>, usize> = BTreeMap::new();
        strangers().for_each(|(_, (_, from))| *counts.entry(*from).or_default() += 1);
        if counts.get(&from).is_some_and(|count| *count > STRANGERS_PER_ADDRESS_MAX) {
            return oldest(from);
        }
        let (most, _) = counts.iter().max_by_key(|(_, count)| **count)?;
        if counts.values().sum::<usize>() > STRANGERS_MAX { oldest(*most) } else { None }
    }
}

/// Whose connection it is, as far as an address tells: a network of IPv6 is one household as an IPv4 address is. On a
/// network of our own each machine has an address of its own.
fn household(address: &Multiaddr) -> Option<IpAddr> {
    match address::ip(address)?.to_canonical() {
        IpAddr::V6(ip) if !ip.is_unicast_link_local() && !ip.is_unique_local() => {
            Some(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)))
        }
        ip => Some(ip),
    }
}

fn over_udp(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::Udp(_)))
}

impl NetworkBehaviour for Door {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.begins(id, (household(remote), over_udp(remote))).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending.remove(&id);
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint: ConnectedPoint::Listener { send_back_addr, .. },
                ..
            }) => {
                self.enters(connection_id, peer_id, household(send_back_addr));
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) => {
                self.inside.remove(&connection_id);
            }
            FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.pending.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.leaving.pop_front() {
            Some((peer_id, id)) => {
                Poll::Ready(ToSwarm::CloseConnection { peer_id, connection: CloseConnection::One(id) })
            }
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        household(&text.parse().unwrap())
    }

    #[test]
    fn one_address_does_not_take_the_place_of_others() {
        let from = |text: &str| (ip(text), over_udp(&text.parse().unwrap()));
        let (here, there) = (from("/ip4/10.0.0.1/udp/1/quic-v1"), from("/ip4/10.0.0.2/tcp/1"));
        let mut door = Door::default();
        let mut ids = (0..).map(ConnectionId::new_unchecked);
        let held: Vec<_> = ids.by_ref().take(300).filter(|id| door.begins(*id, here).is_ok()).collect();
        assert_eq!(held.len(), PENDING_PER_ADDRESS_MAX);
        assert!(door.begins(ids.next().unwrap(), there).is_ok());
        assert!(door.begins(ids.next().unwrap(), (here.0, false)).is_ok(), "the same address over TCP");
        door.on_swarm_event(FromSwarm::ListenFailure(ListenFailure {
            local_addr: &Multiaddr::empty(),
            send_back_addr: &Multiaddr::empty(),
            error: &libp2p::swarm::ListenError::Aborted,
            connection_id: held[0],
            peer_id: None,
        }));
        assert!(door.begins(ids.next().unwrap(), here).is_ok());
    }

    #[test]
    fn strangers_leave_room_for_others() {
        let address = |n: usize| ip(&format!("/ip4/10.0.0.{n}/tcp/1"));
        let mut door = Door::default();
        let mut ids = (0..).map(ConnectionId::new_unchecked);
        let member = (ids.next().unwrap(), PeerId::random());
        door.know([member.1].into());
        door.enters(member.0, member.1, address(1));
        let many: Vec<_> = ids.by_ref().take(100).collect();
        many.iter().for_each(|id| door.enters(*id, PeerId::random(), address(1)));
        let gone: Vec<_> = door.leaving.iter().map(|(_, id)| *id).collect();
        assert_eq!(gone, many[..100 - STRANGERS_PER_ADDRESS_MAX], "the oldest of that address go");
        door.leaving.clear();
        for n in 2..182 {
            door.enters(ids.next().unwrap(), PeerId::random(), address(n));
        }
        assert_eq!(door.inside.len(), STRANGERS_MAX + 1);
        let crowded = door.inside.values().filter(|(_, from)| *from == address(1)).count();
        assert_eq!(crowded, 1 + STRANGERS_MAX - 180, "those of the address that has most go");
        assert!(door.inside.contains_key(&member.0));
    }

    #[test]
    fn a_network_of_ipv6_is_one_household() {
        assert_eq!(ip("/ip6/2001:db8::1/tcp/1"), ip("/ip6/2001:db8::ffff:2/udp/1/quic-v1"));
        assert_ne!(ip("/ip6/2001:db8::1/tcp/1"), ip("/ip6/2001:db8:0:1::1/tcp/1"));
        assert_ne!(ip("/ip6/fd00::1/tcp/1"), ip("/ip6/fd00::2/tcp/1"));
        assert_eq!(ip("/ip6/::ffff:10.0.0.1/tcp/1"), ip("/ip4/10.0.0.1/tcp/1"));
    }
}
