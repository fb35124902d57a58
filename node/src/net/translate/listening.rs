//! Where a node listens: on the ports of its last run where they are free.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use bivouac_core::io::Input;
use libp2p::{Multiaddr, TransportError, core::transport::ListenerId, multiaddr::Protocol};

use super::{Net, SETTLE};
use crate::net::{NetError, address};

impl Net {
    /// Whether these could be listened on now.
    ///
    /// # Errors
    /// As [`Self::start`], as far as it can be told without listening.
    pub(crate) fn check(listen: &[String]) -> Result<(), NetError> {
        for text in listen {
            let address: Multiaddr = text.parse().map_err(|_| NetError::Address(text.clone()))?;
            if !address::is_listenable(&address) {
                return Err(NetError::Address(text.clone()));
            }
            if let Some(address) = address::tcp(&address) {
                address::try_tcp(address).map_err(|error| NetError::Listen(text.clone(), error))?;
            }
        }
        Ok(())
    }

    /// Waits until every listener has said where it listens, but not for long.
    pub(crate) async fn settle(&mut self) {
        let listening = async {
            while !self.silent.is_empty() {
                self.step().await;
            }
        };
        if tokio::time::timeout(SETTLE, listening).await.is_err() {
            tracing::debug!("some listeners have no address yet");
        }
        // The interfaces of one listener are reported one after another.
        let _ = tokio::time::timeout(Duration::from_millis(50), async {
            loop {
                self.step().await;
            }
        })
        .await;
    }

    pub(super) fn listen_everywhere(&mut self, ports: &[u16]) -> Result<(), NetError> {
        let hosts = [Protocol::Ip4(Ipv4Addr::UNSPECIFIED), Protocol::Ip6(Ipv6Addr::UNSPECIFIED)];
        let addresses = hosts.into_iter().flat_map(|host| {
            let host = Multiaddr::from(host);
            [host.clone().with(Protocol::Udp(0)).with(Protocol::QuicV1), host.with(Protocol::Tcp(0))]
        });
        let mut last = None;
        for address in addresses {
            match self.listen(&address, ports) {
                Ok(()) => {}
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) if self.silent.is_empty() => Err(NetError::NoAddress(io::Error::other(error.to_string()))),
            _ => Ok(()),
        }
    }

    pub(super) fn listen_on(&mut self, addresses: &[String], ports: &[u16]) -> Result<(), NetError> {
        for text in addresses {
            let address = text.parse().map_err(|_| NetError::Address(text.clone()))?;
            self.listen(&address, ports).map_err(|error| match error {
                TransportError::MultiaddrNotSupported(_) => NetError::Address(text.clone()),
                TransportError::Other(error) => NetError::Listen(text.clone(), error),
            })?;
        }
        Ok(())
    }

    /// Listens. Where any free port will do, the one of the last run does best: others remember it.
    fn listen(&mut self, address: &Multiaddr, ports: &[u16]) -> Result<(), TransportError<io::Error>> {
        let before = port_kind(address).filter(|(_, port)| *port == 0).and_then(|(kind, _)| ports.get(kind).copied());
        let known = before.filter(|port| *port != 0).map(|port| with_port(address, port));
        let listener = match known.map(|known| self.listen_alone(known)) {
            Some(Ok(listener)) => listener,
            _ => self.listen_alone(address.clone())?,
        };
        self.silent.insert(listener);
        Ok(())
    }

    /// Listens where nobody else does. The TCP transport would share a port with any process that lets it, and the
    /// system would hand each of the two about half of the connections.
    fn listen_alone(&mut self, address: Multiaddr) -> Result<ListenerId, TransportError<io::Error>> {
        if let Some(address) = address::tcp(&address).filter(|address| address.port() != 0) {
            address::try_tcp(address).map_err(TransportError::Other)?;
        }
        self.swarm.listen_on(address)
    }

    /// The ports listened on, by [`port_kind`]; 0 where there is none.
    pub(super) fn ports(&self) -> [u16; 4] {
        let mut ports = [0; 4];
        for (kind, port) in self.swarm.listeners().filter_map(port_kind) {
            ports[kind] = port;
        }
        ports
    }

    pub(super) fn addresses_changed(&mut self) {
        let me = *self.swarm.local_peer_id();
        let addresses = address::shown(self.swarm.listeners().chain(self.swarm.external_addresses()), me);
        if addresses != self.addresses {
            self.addresses.clone_from(&addresses);
            self.tell(Input::Addresses(addresses));
            self.status_changed();
        }
    }
}

/// Which port an address has: 0 QUIC and 1 TCP of IPv4, 2 and 3 of IPv6.
fn port_kind(address: &Multiaddr) -> Option<(usize, u16)> {
    let mut parts = address.iter();
    let version = match parts.next()? {
        Protocol::Ip4(_) => 0,
        Protocol::Ip6(_) => 2,
        _ => return None,
    };
    match parts.next()? {
        Protocol::Udp(port) => Some((version, port)),
        Protocol::Tcp(port) => Some((version + 1, port)),
        _ => None,
    }
}

fn with_port(address: &Multiaddr, port: u16) -> Multiaddr {
    let parts = address.iter().map(|part| match part {
        Protocol::Udp(_) => Protocol::Udp(port),
        Protocol::Tcp(_) => Protocol::Tcp(port),
        other => other,
    });
    parts.collect()
}
