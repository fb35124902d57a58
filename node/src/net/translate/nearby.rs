//! Who is seen on the local network, by multicast DNS.
//!
//! libp2p remembers everybody who was ever named there for as long as they were said to last, and looks through all of
//! them for each name. Whoever makes names up could fill memory and processor with them: when there are too many, all
//! are forgotten, and after a pause it begins anew. Those who are there still answer then. Its tasks end when they next
//! hear of somebody.

use std::collections::HashSet;

use libp2p::{
    Multiaddr, mdns,
    swarm::{FromSwarm, NetworkBehaviour, NewListenAddr, behaviour::toggle::Toggle},
};

use super::Net;
use crate::{
    net::{address, device::device_of, dial::Source, swarm},
    os,
};

/// Addresses remembered at once: some hundred devices with a handful each.
const NEARBY_MAX: usize = 2_048;
/// How long nobody is listened to after that, in milliseconds.
const PAUSE_MS: u64 = 3_000;

impl Net {
    pub(super) fn seen_nearby(&mut self, event: mdns::Event) {
        match event {
            mdns::Event::Discovered(found) => {
                let found = found.into_iter().filter_map(|(peer, address)| {
                    let (address, _) = address::split(&address)?;
                    Some((device_of(&peer)?, address))
                });
                self.dialer.found(os::mono_ms(), Source::Mdns, found);
                if self.nearby().is_some_and(|nearby| nearby.discovered_nodes().len() > NEARBY_MAX) {
                    self.look_away();
                }
            }
            mdns::Event::Expired(gone) => {
                let still: HashSet<_> =
                    self.nearby().map(|nearby| nearby.discovered_nodes().copied().collect()).unwrap_or_default();
                for device in gone.iter().filter(|(peer, _)| !still.contains(peer)).filter_map(|(p, _)| device_of(p)) {
                    self.dialer.faded(&device);
                }
            }
        }
    }

    fn nearby(&self) -> Option<&mdns::tokio::Behaviour> {
        self.swarm.behaviour().mdns.as_ref()
    }

    /// Forgets who was seen, and looks away for a while.
    fn look_away(&mut self) {
        tracing::warn!(
            "more devices are named on the local network than there can be; it is searched again in a moment"
        );
        self.swarm.behaviour_mut().mdns = Toggle::from(None);
        self.dialer.all_faded();
        self.nearby_at = Some(os::mono_ms() + PAUSE_MS);
    }

    /// Looks for others again, once it is time.
    pub(super) fn look_nearby_again(&mut self, now: u64) {
        if self.nearby_at.is_none_or(|at| at > now) {
            return;
        }
        match swarm::nearby(*self.swarm.local_peer_id()) {
            Ok(mut nearby) => {
                // It answers with the addresses it was told of since it was made.
                let addresses: Vec<Multiaddr> = self.swarm.listeners().cloned().collect();
                for addr in &addresses {
                    let listener_id = libp2p::core::transport::ListenerId::next();
                    nearby.on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }));
                }
                self.swarm.behaviour_mut().mdns = Toggle::from(Some(nearby));
                self.nearby_at = None;
            }
            Err(error) => {
                tracing::debug!(%error, "the local network cannot be searched");
                self.nearby_at = Some(now + PAUSE_MS);
            }
        }
    }
}
