//! What an address says about the way to it, and which of our own are worth telling others.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use bivouac_crypto::DeviceId;
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};
use socket2::{Domain, Socket, Type};

use super::device::device_of;

/// How a peer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Over loopback, a private or a link-local network.
    Lan,
    /// Over the internet, without a relay.
    Direct,
    /// Through a relay.
    Relay,
}

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// QUIC over UDP.
    Quic,
    /// TCP with Noise and Yamux.
    Tcp,
}

/// How a connection to this remote address travels.
pub(super) fn path(remote: &Multiaddr) -> Path {
    if remote.iter().any(|p| matches!(p, Protocol::P2pCircuit)) {
        return Path::Relay;
    }
    match ip(remote) {
        Some(ip) if is_local(ip) => Path::Lan,
        _ => Path::Direct,
    }
}

/// Whether whoever is there is on a network of this house: strangers behind one carrier's NAT are not.
pub(super) fn is_near(remote: &Multiaddr) -> bool {
    let shared = |ip| matches!(ip, IpAddr::V4(ip) if is_shared(ip));
    path(remote) == Path::Lan && ip(remote).is_some_and(|ip| !shared(ip))
}

/// What carries a connection to this remote address.
pub(super) fn transport(remote: &Multiaddr) -> Transport {
    if remote.iter().any(|p| matches!(p, Protocol::QuicV1)) { Transport::Quic } else { Transport::Tcp }
}

/// What kind of address it is, without telling which.
pub(crate) fn kind_of(address: &str) -> String {
    let Ok(address) = address.parse::<Multiaddr>() else { return "something else".to_owned() };
    let host = match ip(&address) {
        Some(ip) if ip.is_loopback() => "this machine",
        Some(IpAddr::V4(ip)) => match ip.octets() {
            [10, ..] => "10.x.x.x",
            [192, 168, ..] => "192.168.x.x",
            [169, 254, ..] => "169.254.x.x",
            _ if ip.is_private() => "172.x.x.x",
            _ if is_shared(ip) => "100.64.x.x",
            _ => "public IPv4",
        },
        Some(IpAddr::V6(ip)) if ip.is_unicast_link_local() => "fe80::x",
        Some(IpAddr::V6(ip)) if is_unique_local(ip) => "fd::x",
        Some(IpAddr::V6(_)) => "public IPv6",
        None => "a name",
    };
    let over = match (path(&address), transport(&address)) {
        (Path::Relay, _) => "relay",
        (_, Transport::Quic) => "quic",
        (_, Transport::Tcp) => "tcp",
    };
    format!("{host} {over}")
}

/// The first part, where it is an IP address.
pub(super) fn ip(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
        _ => None,
    }
}

/// Whether this is written as an address that a node can listen on, like `/ip4/0.0.0.0/udp/4001/quic-v1`. Whether the
/// machine has it and nobody else uses it turns out when the node starts.
#[must_use]
pub fn can_listen(address: &str) -> bool {
    address.parse().is_ok_and(|address| is_listenable(&address))
}

/// Whether there is a transport to listen on the address.
pub(super) fn is_listenable(address: &Multiaddr) -> bool {
    let mut rest = address.iter().skip(1);
    let carried = match (rest.next(), rest.next()) {
        (Some(Protocol::Tcp(_)), None) => true,
        (Some(Protocol::Udp(_)), Some(Protocol::QuicV1)) => rest.next().is_none(),
        _ => false,
    };
    ip(address).is_some() && carried
}

/// The socket of an address that is IP and TCP and nothing else.
pub(super) fn tcp(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match (parts.next()?, parts.next()) {
        (Protocol::Tcp(port), None) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// Whether we alone could listen there.
///
/// # Errors
/// The system's: among others, that somebody else does.
pub(super) fn try_tcp(address: SocketAddr) -> io::Result<()> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Elsewhere this would let us in beside another.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(1)
}

/// Whether the address is on this machine.
pub(super) fn is_loopback(address: &Multiaddr) -> bool {
    ip(address).is_some_and(|ip| ip.is_loopback())
}

/// Whether anybody could dial the address: an IP that names a host, then TCP or QUIC.
///
/// Link-local IPv6 is left out: it says nothing without the interface, which a multiaddress of a peer can't name.
pub(super) fn is_dialable(address: &Multiaddr) -> bool {
    let host = match ip(address) {
        Some(IpAddr::V4(ip)) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        Some(IpAddr::V6(ip)) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
        None => false,
    };
    let mut rest = address.iter().skip(1);
    let carried = match (rest.next(), rest.next()) {
        (Some(Protocol::Tcp(port)), None | Some(Protocol::P2p(_))) => port != 0,
        (Some(Protocol::Udp(port)), Some(Protocol::QuicV1)) => port != 0,
        _ => false,
    };
    host && carried
}

/// Takes `/p2p/…` off the end: the address alone, and the device it names.
///
/// `None` where it names a peer that is no device.
pub(super) fn split(address: &Multiaddr) -> Option<(Multiaddr, Option<DeviceId>)> {
    let mut address = address.clone();
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => {
            address.pop();
            Some((address, Some(device_of(&peer)?)))
        }
        _ => Some((address, None)),
    }
}

/// The addresses to tell others, from those the listeners report: loopback only where there is nothing else, each with
/// our peer id at its end, QUIC first.
pub(super) fn shown<'a>(listeners: impl Iterator<Item = &'a Multiaddr>, me: PeerId) -> Vec<String> {
    let (here, away): (Vec<_>, Vec<_>) = listeners.filter(|a| is_dialable(a)).cloned().partition(is_loopback);
    let mut kept = if away.is_empty() { here } else { away };
    kept.sort_by_key(|a| (transport(a) == Transport::Tcp, matches!(ip(a), Some(IpAddr::V6(_))), a.to_string()));
    kept.dedup();
    kept.into_iter().map(|a| a.with(Protocol::P2p(me)).to_string()).collect()
}

fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared(ip),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || is_unique_local(ip),
    }
}

/// 100.64.0.0/10 (RFC 6598): carrier NAT and most overlay networks.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    a == 100 && (64..128).contains(&b)
}

/// fc00::/7 (RFC 4193).
fn is_unique_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xfe00 == 0xfc00
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn addr(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn private_addresses_are_lan_and_global_ones_direct() {
        for lan in ["/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.2/tcp/1", "/ip4/169.254.3.4/tcp/1", "/ip6/fd00::1/tcp/1"] {
            assert_eq!(path(&addr(lan)), Path::Lan, "{lan}");
        }
        assert_eq!(path(&addr("/ip4/8.8.8.8/udp/4001/quic-v1")), Path::Direct);
        assert_eq!(transport(&addr("/ip4/8.8.8.8/udp/4001/quic-v1")), Transport::Quic);
        assert_eq!(transport(&addr("/ip4/8.8.8.8/tcp/4001")), Transport::Tcp);
    }

    #[test]
    fn who_is_behind_one_carriers_nat_is_not_near() {
        for near in ["/ip4/192.168.1.2/tcp/1", "/ip4/169.254.1.2/tcp/1", "/ip6/fd00::1/tcp/1", "/ip4/127.0.0.1/tcp/1"] {
            assert!(is_near(&addr(near)), "{near}");
        }
        for far in ["/ip4/100.64.0.1/tcp/1", "/ip4/203.0.113.1/tcp/1", "/ip6/2001:db8::1/tcp/1"] {
            assert!(!is_near(&addr(far)), "{far}");
        }
    }

    #[test]
    fn what_names_no_host_is_not_dialled() {
        for bad in ["/ip4/0.0.0.0/tcp/1", "/ip4/224.0.0.1/udp/1/quic-v1", "/ip6/fe80::1/tcp/1", "/ip4/1.2.3.4/udp/5"] {
            assert!(!is_dialable(&addr(bad)), "{bad}");
        }
        assert!(!is_dialable(&addr("/ip4/1.2.3.4/tcp/0")));
        assert!(!is_dialable(&addr("/dns4/example.org/tcp/1")));
        assert!(is_dialable(&addr("/ip4/1.2.3.4/tcp/5")));
    }

    #[test]
    fn loopback_is_told_only_where_there_is_nothing_else() {
        let me = Keypair::generate_ed25519().public().to_peer_id();
        let all = [addr("/ip4/127.0.0.1/tcp/1"), addr("/ip4/10.0.0.1/tcp/1"), addr("/ip4/10.0.0.1/udp/2/quic-v1")];
        let told = shown(all.iter(), me);
        assert_eq!(told, [format!("/ip4/10.0.0.1/udp/2/quic-v1/p2p/{me}"), format!("/ip4/10.0.0.1/tcp/1/p2p/{me}")]);
        assert_eq!(shown(all[..1].iter(), me).len(), 1);
        let (bare, device) = split(&addr(&told[1])).unwrap();
        assert_eq!((bare, device), (all[1].clone(), device_of(&me)));
    }
}
