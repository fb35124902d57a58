//! The latest view of the network, for whoever wants to show it.

use bivouac_crypto::DeviceId;

use super::{Path, Transport};

/// The network as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetStatus {
    /// Our libp2p peer id; empty while there is no identity.
    pub peer_id: String,
    /// Where we can be reached, as multiaddresses with our peer id.
    pub addresses: Vec<String>,
    /// Who is connected, in order of device id.
    pub peers: Vec<PeerStatus>,
    /// Dials begun since the start, whatever became of them.
    pub dials: u64,
}

/// A connected device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Which.
    pub device: DeviceId,
    /// How it is reached.
    pub path: Path,
    /// Over what.
    pub transport: Transport,
    /// Round trip, milliseconds, once measured.
    pub rtt_ms: Option<u64>,
    /// Connected since, milliseconds since the epoch.
    pub since: u64,
}
