//! The latest view of the network, for whoever wants to show it.

use std::{fmt, io};

use bivouac_crypto::DeviceId;
use libp2p::{TransportError, swarm::DialError};

use super::{Path, Transport};

/// Devices told of that are not connected.
pub const TRYING_MAX: usize = 128;

/// The network as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetStatus {
    /// Our libp2p peer id; empty while there is no identity.
    pub peer_id: String,
    /// Where we can be reached, as multiaddresses with our peer id.
    pub addresses: Vec<String>,
    /// Who is connected, in order of device id.
    pub peers: Vec<PeerStatus>,
    /// Members' devices that are not connected, and what is tried: in order of device id, at most [`TRYING_MAX`].
    pub trying: Vec<Trying>,
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

/// A device that ought to be connected and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trying {
    /// Which.
    pub device: DeviceId,
    /// Where it is tried, the likeliest first, as multiaddresses; none: it is looked for on the local network alone.
    pub addresses: Vec<String>,
    /// It is dialled at this moment.
    pub dialling: bool,
    /// Dials that failed in a row.
    pub failures: u32,
    /// What went wrong last.
    pub last: Option<Failed>,
    /// When it is tried again, milliseconds since the epoch; `None` while it is dialled, or where there is nowhere to dial.
    pub next_at: Option<u64>,
}

/// A dial that came to nothing, or a connection that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Why.
    pub why: Failure,
    /// When, milliseconds since the epoch.
    pub at: u64,
}

/// Why a device is not connected. `Display` is half a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// Another device answers at its address.
    Another,
    /// The machine is there, and no Bivouac listens on it.
    Refused,
    /// Nothing answered in time.
    Silent,
    /// There is no way from this machine to the address.
    NoRoute,
    /// This node has as many connections as it takes.
    Full,
    /// The connection came to nothing in another way.
    Broken,
    /// The connection stood, and was lost.
    Lost,
    /// The connection stood, and the other side closed it.
    Left,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Another => "another device answers at its address",
            Self::Refused => "its machine answers, but Bivouac does not run there, or on another port",
            Self::Silent => "nothing answers at its addresses; it is off, elsewhere, or behind a firewall",
            Self::NoRoute => "this machine has no way to its addresses",
            Self::Full => "this node has as many connections as it takes",
            Self::Broken => "the connection came to nothing",
            Self::Lost => "the connection was lost",
            Self::Left => "it closed the connection",
        })
    }
}

impl Failure {
    /// What a failed dial says; of several addresses what tells the most.
    pub(super) fn of(error: &DialError) -> Self {
        match error {
            DialError::WrongPeerId { .. } | DialError::LocalPeerId { .. } => Self::Another,
            DialError::Denied { .. } => Self::Full,
            DialError::Transport(errors) => {
                errors.iter().map(|(_, error)| Self::of_transport(error)).min().unwrap_or(Self::Broken)
            }
            _ => Self::Broken,
        }
    }

    fn of_transport(error: &TransportError<io::Error>) -> Self {
        let error = match error {
            TransportError::MultiaddrNotSupported(_) => return Self::NoRoute,
            TransportError::Other(error) => error,
        };
        match error.kind() {
            io::ErrorKind::ConnectionRefused => return Self::Refused,
            io::ErrorKind::TimedOut => return Self::Silent,
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => return Self::NoRoute,
            io::ErrorKind::HostUnreachable => return Self::Silent,
            _ => {}
        }
        // The transports wrap the system's errors, and have some of their own.
        let told = format!("{error:?}").to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
        match () {
            () if says(&["refused"]) => Self::Refused,
            () if says(&["networkunreachable", "addrnotavailable"]) => Self::NoRoute,
            () if says(&["timedout", "timed out", "timeout", "unreachable"]) => Self::Silent,
            () => Self::Broken,
        }
    }
}
