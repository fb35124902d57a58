//! Who is let in: so many from one address, so many that nobody knows.
//!
//! The limits on connections are limits for all together. Without a share for each address, one machine that opens
//! handshakes and leaves them, or that comes as three hundred devices, takes all there is, and a member who comes in
//! the ordinary way finds the door full. Devices that are to be kept are not counted once they have shown who they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    swarm::{
        ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
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
/// with an invite are among them, a household of them behind one address.
const STRANGERS_MAX: usize = 192;
const STRANGERS_PER_ADDRESS_MAX: usize = 48;

/// What somebody is told who is not let in.
#[derive(Debug, thiserror::Error)]
#[error("too many connections from this address or of strangers")]
struct Full;

/// Refuses connections that would leave no room for others.
#[derive(Debug, Default)]
pub(super) struct Door {
    members: BTreeSet<PeerId>,
    pending: BTreeMap<ConnectionId, Option<IpAddr>>,
    inside: BTreeMap<ConnectionId, (PeerId, Option<IpAddr>)>,
}

impl Door {
    /// Those who are no strangers, from now on.
    pub(super) fn know(&mut self, members: BTreeSet<PeerId>) {
        self.members = members;
    }

    fn begins(&mut self, id: ConnectionId, from: Option<IpAddr>) -> Result<(), Full> {
        let of_address = self.pending.values().filter(|other| **other == from).count();
        if self.pending.len() >= PENDING_MAX || of_address >= PENDING_PER_ADDRESS_MAX {
            return Err(Full);
        }
        self.pending.insert(id, from);
        Ok(())
    }

    fn enters(&mut self, id: ConnectionId, peer: PeerId, from: Option<IpAddr>) -> Result<(), Full> {
        self.pending.remove(&id);
        if self.members.contains(&peer) {
            return Ok(());
        }
        let strangers = || self.inside.values().filter(|(other, _)| !self.members.contains(other));
        let of_address = strangers().filter(|(_, other)| *other == from).count();
        if strangers().count() >= STRANGERS_MAX || of_address >= STRANGERS_PER_ADDRESS_MAX {
            return Err(Full);
        }
        Ok(())
    }
}

/// Whose connection it is, as far as an address tells: an IPv6 network is one household as an IPv4 address is.
fn household(address: &Multiaddr) -> Option<IpAddr> {
    match address::ip(address)?.to_canonical() {
        IpAddr::V6(ip) => Some(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64))),
        ip => Some(ip),
    }
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
        self.begins(id, household(remote)).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.enters(id, peer, household(remote)).map_err(ConnectionDenied::new)?;
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
                self.inside.insert(connection_id, (peer_id, household(send_back_addr)));
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
        Poll::Pending
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
        let (here, there) = (ip("/ip4/10.0.0.1/tcp/1"), ip("/ip4/10.0.0.2/tcp/1"));
        let mut door = Door::default();
        let mut ids = (0..).map(ConnectionId::new_unchecked);
        let held: Vec<_> = ids.by_ref().take(300).filter(|id| door.begins(*id, here).is_ok()).collect();
        assert_eq!(held.len(), PENDING_PER_ADDRESS_MAX);
        let id = ids.next().unwrap();
        assert!(door.begins(id, there).is_ok());
        assert!(door.enters(id, PeerId::random(), there).is_ok());
        assert_eq!(door.pending.len(), held.len());
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
    fn strangers_leave_room_for_members() {
        let (here, member) = (ip("/ip4/10.0.0.1/tcp/1"), PeerId::random());
        let mut door = Door::default();
        for id in (0..100).map(ConnectionId::new_unchecked) {
            let stranger = PeerId::random();
            if door.enters(id, stranger, here).is_ok() {
                door.inside.insert(id, (stranger, here));
            }
        }
        assert_eq!(door.inside.len(), STRANGERS_PER_ADDRESS_MAX);
        let id = ConnectionId::new_unchecked(1_000);
        assert!(door.enters(id, member, here).is_err());
        door.know([member].into());
        assert!(door.enters(id, member, here).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_household() {
        assert_eq!(ip("/ip6/2001:db8::1/tcp/1"), ip("/ip6/2001:db8::ffff:2/udp/1/quic-v1"));
        assert_ne!(ip("/ip6/2001:db8::1/tcp/1"), ip("/ip6/2001:db8:0:1::1/tcp/1"));
        assert_eq!(ip("/ip6/::ffff:10.0.0.1/tcp/1"), ip("/ip4/10.0.0.1/tcp/1"));
    }
}
