//! Streams of bytes between two devices, beside the messages: for files.

use bivouac_crypto::DeviceId;
use futures::StreamExt;
use libp2p::StreamProtocol;
use libp2p_stream::{Control, IncomingStreams};

use super::device::{device_of, peer_of};

/// What is spoken on them.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/bivouac/file/1");

/// A stream; both sides may close it at any time.
pub(crate) type Stream = libp2p::Stream;

/// Opens and takes streams. Cloneable.
#[derive(Clone)]
pub(crate) struct Streams(Control);

/// Streams that others open.
pub(crate) struct Incoming(IncomingStreams);

impl Streams {
    pub(super) fn new(control: Control) -> Self {
        Self(control)
    }

    /// A stream to a connected device; `None` where there is none to be had.
    pub(crate) async fn open(&self, device: DeviceId) -> Option<Stream> {
        self.0.clone().open_stream(peer_of(&device)?, PROTOCOL).await.ok()
    }

    /// What others open; `None` from the second time on.
    pub(crate) fn incoming(&self) -> Option<Incoming> {
        self.0.clone().accept(PROTOCOL).ok().map(Incoming)
    }
}

impl Incoming {
    /// The next stream, and who opened it.
    pub(crate) async fn next(&mut self) -> Option<(DeviceId, Stream)> {
        loop {
            let (peer, stream) = self.0.next().await?;
            if let Some(device) = device_of(&peer) {
                return Some((device, stream));
            }
        }
    }
}
