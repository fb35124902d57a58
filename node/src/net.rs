//! The network: a libp2p swarm behind plain values.
//!
//! `swarm` puts the behaviours together, `translate` turns their events into inputs of the core and commands into calls
//! of theirs, `dial` decides whom to dial. Nothing here knows what the bytes mean.

mod address;
mod book;
mod codec;
mod device;
mod dial;
mod door;
mod link;
mod listened;
mod pulse;
mod status;
mod streams;
mod swarm;
mod tcp;
mod translate;

use std::io;

use bivouac_core::io::{Topic, Verdict};
use bivouac_crypto::DeviceId;
use std::collections::BTreeSet;

pub(crate) use address::kind_of;
pub use address::{Path, Transport, can_listen};
pub(crate) use book::Book;
pub use status::{Failed, Failure, NetStatus, PeerStatus, TRYING_MAX, Trying};
pub(crate) use streams::{Stream, Streams};
pub(crate) use translate::{Net, Settings};

/// Why the network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// An address given by the user is no multiaddress we can listen on.
    #[error("{0} is not an address to listen on; write it like /ip4/0.0.0.0/udp/4001/quic-v1 or /ip4/0.0.0.0/tcp/4001")]
    Address(String),
    /// An address given by the user can't be listened on.
    #[error("can't listen on {0}: {1}; choose another address or a free port")]
    Listen(String, #[source] io::Error),
    /// No address can be listened on.
    #[error("can't listen on any address: {0}; check that this machine has a network")]
    NoAddress(#[source] io::Error),
    /// A transport or behaviour could not be set up.
    #[error("the network could not be set up: {0}")]
    Setup(String),
}

/// What the network is asked to do.
#[derive(Debug)]
pub(crate) enum NetCommand {
    /// Publish on a topic.
    Publish(Topic, Vec<u8>),
    /// Ask a device; answered by one `Input::Response` with this number.
    Request { to: DeviceId, id: u64, bytes: Vec<u8> },
    /// Answer a device's request; without bytes it fails at once on the other side.
    Respond(u64, Option<Vec<u8>>),
    /// Judge a gossip message.
    Judge(u64, Verdict),
    /// Listen to a topic.
    Subscribe(Topic),
    /// Stop listening to a topic.
    Unsubscribe(Topic),
    /// Stay connected to these and no others.
    Keep(BTreeSet<DeviceId>),
    /// Close connections to these.
    Drop(BTreeSet<DeviceId>),
    /// Try these addresses once.
    Dial(Vec<String>),
}

/// What the network tells.
#[derive(Debug)]
pub(crate) enum NetOut {
    /// For the core.
    Input(bivouac_core::io::Input),
    /// For the user: a first connection to a device stands.
    PeerConnected(DeviceId, Path),
    /// For the user: the last connection to a device is gone.
    PeerDisconnected(DeviceId, Path),
}
