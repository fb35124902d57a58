//! How often a peer is asked whether it is there. A ping costs both sides four packets and as many wakings, and that is most
//! of what a node at rest does. QUIC keeps its connections alive with two, and ends one that is silent; over TCP nothing
//! ends by itself.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    ping,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm,
    },
};

use super::address::{self, Path, Transport};

/// How long after an answered ping the next one is sent, and how long its answer may take.
const INTERVAL: Duration = Duration::from_secs(15);
const TIMEOUT: Duration = Duration::from_secs(4);
/// The same where silence tells already: for the round trip, and to forgive.
const LEISURELY: Duration = Duration::from_secs(60);

/// Pings, often where only they tell.
pub(super) struct Pulse {
    often: ping::Behaviour,
    seldom: ping::Behaviour,
}

impl Default for Pulse {
    fn default() -> Self {
        let every = |interval| ping::Behaviour::new(ping::Config::new().with_interval(interval).with_timeout(TIMEOUT));
        Self { often: every(INTERVAL), seldom: every(LEISURELY) }
    }
}

impl Pulse {
    fn pings(&mut self, address: &Multiaddr) -> &mut ping::Behaviour {
        let silence_tells = address::transport(address) == Transport::Quic && address::path(address) != Path::Relay;
        if silence_tells { &mut self.seldom } else { &mut self.often }
    }
}

impl NetworkBehaviour for Pulse {
    type ConnectionHandler = THandler<ping::Behaviour>;
    type ToSwarm = ping::Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pings(local).handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        remote: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pings(remote).handle_established_outbound_connection(id, peer, remote, role, port)
    }

    // Neither of the two keeps anything of a connection: whichever is told hands on what came of it.
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.often.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, id: ConnectionId, event: THandlerOutEvent<Self>) {
        self.often.on_connection_handler_event(peer, id, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.often.poll(cx)
    }
}
