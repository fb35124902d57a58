//! TCP with Noise and Yamux, whose connections end when we end them.
//!
//! Closing one politely means to wait until the peer has taken everything that was sent. Where the peer is gone without
//! a word, the system waits for that for a quarter of an hour, and for so long the swarm would take the peer for
//! connected: gossip would not introduce itself to it when it comes back. So there is a limit to politeness.

use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    PeerId, Transport,
    core::{
        muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerEvent, SubstreamBox},
        transport::Boxed,
        upgrade::Version,
    },
    identity::Keypair,
    noise, tcp, yamux,
};
use tokio::time::{Sleep, sleep};

use super::swarm::STREAMS_MAX;

/// How long the end of a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The transport of a device.
pub(super) fn transport(key: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Box<dyn Error + Send + Sync>> {
    let mut multiplexer = yamux::Config::default();
    multiplexer.set_max_num_streams(STREAMS_MAX);
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(key)?)
        .multiplex(multiplexer);
    let brief = |muxer| StreamMuxerBox::new(Brief { muxer: StreamMuxerBox::new(muxer), farewell: None });
    Ok(tcp.map(move |(peer, muxer), _| (peer, brief(muxer))).boxed())
}

/// A connection that is closed in time, politely or not.
struct Brief {
    muxer: StreamMuxerBox,
    farewell: Option<Pin<Box<Sleep>>>,
}

impl StreamMuxer for Brief {
    type Substream = SubstreamBox;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
        Pin::new(&mut self.muxer).poll_inbound(cx)
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
        Pin::new(&mut self.muxer).poll_outbound(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(closed) = Pin::new(&mut self.muxer).poll_close(cx) {
            return Poll::Ready(closed);
        }
        let farewell = self.farewell.get_or_insert_with(|| Box::pin(sleep(FAREWELL)));
        farewell.as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        Pin::new(&mut self.muxer).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use libp2p::core::muxing::StreamMuxerExt;

    use super::*;

    /// A connection whose peer takes nothing any more.
    struct Stuck;

    impl StreamMuxer for Stuck {
        type Substream = SubstreamBox;
        type Error = io::Error;

        fn poll_inbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
            Poll::Pending
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_connection_ends_though_the_peer_is_gone() {
        let brief = Brief { muxer: StreamMuxerBox::new(Stuck), farewell: None };
        tokio::time::timeout(20 * FAREWELL, brief.close()).await.unwrap().unwrap();
    }
}
