//! What an attacker writes with: connections that are as rude as each case wants them, byte by byte where libp2p itself
//! would be too polite.
//!
//! ```text
//!  TCP ─▶ [multistream] noise ─▶ [multistream] yamux ─▶ streams ─▶ [multistream] a protocol ─▶ bytes
//!         `plain`         `secret`               `Line`           `Line::open`
//! ```
//!
//! multistream-select is a length (varint) and a line; it is written by hand here, so that any of it can be left out.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bivouac_core::wire::{Request, Response};
use bivouac_crypto::{DeviceId, PublicKey};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{
    Multiaddr, Transport,
    core::{
        muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerExt, SubstreamBox},
        transport::{DialOpts, ListenerId, PortUse},
        upgrade::OutboundConnectionUpgrade,
    },
    identity::Keypair,
    noise, quic,
    tcp::tokio::TcpStream,
    yamux,
};
use tokio::{
    net::TcpSocket,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

/// Protocols the node speaks.
pub(crate) const SYNC: &str = "/bivouac/sync/1";
pub(crate) const GOSSIP: &str = "/meshsub/1.1.0";
pub(crate) const IDENTIFY: &str = "/ipfs/id/1.0.0";
pub(crate) const PUSH: &str = "/ipfs/id/push/1.0.0";
pub(crate) const FILE: &str = "/bivouac/file/1";
pub(crate) const PING: &str = "/ipfs/ping/1.0.0";
/// How long an answer may take that is expected.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Where a node is to be found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) device: DeviceId,
    pub(crate) tcp: SocketAddr,
    pub(crate) udp: SocketAddr,
}

/// A connection of which the peer has been authenticated, before anything is multiplexed.
pub(crate) type Secret = noise::Output<TcpStream>;

/// A socket to a node from an address of loopback.
pub(crate) async fn plain(to: Target, from: u8) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, from)), 0))?;
    let stream = timeout(SOON, socket.connect(to.tcp)).await??;
    stream.set_nodelay(true)?;
    Ok(TcpStream(stream))
}

/// After the Noise handshake.
pub(crate) async fn secret(to: Target, key: &Keypair, from: u8) -> io::Result<Secret> {
    let mut socket = plain(to, from).await?;
    select(&mut socket, "/noise").await?;
    let config = noise::Config::new(key).map_err(io::Error::other)?;
    let upgraded = timeout(SOON, config.upgrade_outbound(socket, "/noise")).await?;
    Ok(upgraded.map_err(io::Error::other)?.1)
}

/// After yamux was agreed on: its frames are for the caller to write.
pub(crate) async fn frames(to: Target, key: &Keypair, from: u8) -> io::Result<Secret> {
    let mut secret = secret(to, key, from).await?;
    select(&mut secret, "/yamux/1.0.0").await?;
    Ok(secret)
}

/// A frame of yamux: type 0 data, 1 window, 2 ping, 3 go away; flags 1 SYN, 2 ACK, 4 FIN, 8 RST.
pub(crate) fn frame(kind: u8, flags: u16, stream: u32, length: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[1] = kind;
    bytes[2..4].copy_from_slice(&flags.to_be_bytes());
    bytes[4..8].copy_from_slice(&stream.to_be_bytes());
    bytes[8..].copy_from_slice(&length.to_be_bytes());
    bytes
}

pub(crate) fn varint(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

/// A line of multistream-select.
pub(crate) fn line(text: &str) -> Vec<u8> {
    [&varint(text.len() as u64 + 1)[..], text.as_bytes(), b"\n"].concat()
}

pub(crate) async fn read_line(io: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let (mut len, mut shift) = (0usize, 0);
    loop {
        let mut byte = [0];
        io.read_exact(&mut byte).await?;
        len |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] < 0x80 {
            break;
        }
    }
    let mut text = vec![0; len];
    io.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
}

/// Agrees on a protocol, as the side that asks for it.
pub(crate) async fn select(io: &mut (impl AsyncRead + AsyncWrite + Unpin), protocol: &str) -> io::Result<()> {
    io.write_all(&[line("/multistream/1.0.0"), line(protocol)].concat()).await?;
    io.flush().await?;
    let agreed = async {
        read_line(io).await?;
        read_line(io).await
    };
    match timeout(SOON, agreed).await?? {
        answer if answer == protocol => Ok(()),
        answer => Err(io::Error::other(answer)),
    }
}

/// Reads until the other side ends it; whether it did in time.
pub(crate) async fn ended(io: &mut (impl AsyncRead + Unpin), within: Duration) -> bool {
    let mut sink = vec![0; 64 * 1024];
    timeout(within, async { while matches!(io.read(&mut sink).await, Ok(1..)) {} }).await.is_ok()
}

/// Says something; whether anybody takes it is for others to say.
pub(crate) async fn shout(stream: &mut (impl AsyncWrite + Unpin), said: &[u8]) {
    let write = async {
        stream.write_all(said).await?;
        stream.flush().await
    };
    let _ = timeout(Duration::from_millis(500), write).await;
}

/// How a request of the node's is answered.
pub(crate) enum Answer {
    /// Properly framed.
    With(Response),
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
    /// Bytes without end, after this many are claimed.
    Endless(u32),
    /// Never; the stream stays open.
    Never,
    /// The stream is dropped.
    No,
}

type Answerer = dyn Fn(Request) -> Answer + Send + Sync;

/// What is given for a piece of a file.
type Giver = dyn Fn([u8; 32], u64) -> Vec<u8> + Send + Sync;

/// How streams are treated that a node opens.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) answer: Arc<Answerer>,
    /// What is given for pieces of files; nothing: the stream is refused.
    pub(crate) give: Option<Arc<Giver>>,
    /// Streams on which files were asked for.
    pub(crate) fetched: Arc<std::sync::atomic::AtomicUsize>,
    /// What identify says; nothing: the stream is refused.
    pub(crate) identify: Option<Vec<u8>>,
    /// Gossip is not read.
    pub(crate) deaf: bool,
    /// Pings are not answered.
    pub(crate) numb: bool,
    /// What gossip was heard, counted in bytes.
    pub(crate) heard: Arc<std::sync::atomic::AtomicUsize>,
    /// Requests that the node made.
    pub(crate) asked: Arc<std::sync::atomic::AtomicUsize>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            answer: Arc::new(|_| Answer::No),
            give: None,
            fetched: Arc::default(),
            identify: None,
            deaf: false,
            numb: false,
            heard: Arc::default(),
            asked: Arc::default(),
        }
    }
}

impl Manners {
    pub(crate) fn answering(answer: impl Fn(Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), ..Self::default() }
    }

    async fn receive(self, mut stream: SubstreamBox) -> io::Result<()> {
        use std::sync::atomic::Ordering::Relaxed;
        read_line(&mut stream).await?;
        let protocol = loop {
            let wanted = read_line(&mut stream).await?;
            let known = [SYNC, GOSSIP, PING].contains(&wanted.as_str());
            if known || wanted == IDENTIFY && self.identify.is_some() || wanted == FILE && self.give.is_some() {
                break wanted;
            }
            stream.write_all(&[line("/multistream/1.0.0"), line("na")].concat()).await?;
            stream.flush().await?;
        };
        stream.write_all(&[line("/multistream/1.0.0"), line(&protocol)].concat()).await?;
        stream.flush().await?;
        let mut sink = vec![0; 16 * 1024];
        match protocol.as_str() {
            IDENTIFY => {
                stream.write_all(&self.identify.unwrap_or_default()).await?;
                stream.close().await?;
            }
            SYNC => {
                let mut prefix = [0; 4];
                stream.read_exact(&mut prefix).await?;
                let mut bytes = vec![0; u32::from_be_bytes(prefix) as usize];
                stream.read_exact(&mut bytes).await?;
                self.asked.fetch_add(1, Relaxed);
                let Some(request) = Request::from_bytes(&bytes) else { return Ok(()) };
                match (self.answer)(request) {
                    Answer::With(response) => stream.write_all(&framed(&response.to_bytes())).await?,
                    Answer::Raw(bytes) => stream.write_all(&bytes).await?,
                    Answer::Endless(claimed) => {
                        stream.write_all(&claimed.to_be_bytes()).await?;
                        while stream.write_all(&sink).await.is_ok() {}
                    }
                    Answer::Never => std::future::pending().await,
                    Answer::No => {}
                }
                stream.close().await?;
            }
            FILE => {
                self.fetched.fetch_add(1, Relaxed);
                let mut ask = [0; 40];
                while let (Some(give), Ok(())) = (&self.give, stream.read_exact(&mut ask).await) {
                    let (id, piece) = ask.split_first_chunk().unwrap();
                    let given = give(*id, u64::from_be_bytes(piece.try_into().unwrap()));
                    stream.write_all(&framed(&given)).await?;
                    stream.flush().await?;
                }
            }
            _ if self.deaf && protocol == GOSSIP || self.numb && protocol == PING => std::future::pending().await,
            _ => {
                while let Ok(read @ 1..) = stream.read(&mut sink).await {
                    self.heard.fetch_add(read, Relaxed);
                    if protocol == PING {
                        stream.write_all(&sink[..read]).await?;
                        stream.flush().await?;
                    }
                }
            }
        }
        Ok(())
    }
}

type Opened = oneshot::Sender<io::Result<SubstreamBox>>;

/// A multiplexed connection to a node. It ends when dropped.
pub(crate) struct Line {
    pub(crate) me: DeviceId,
    pub(crate) manners: Manners,
    asks: mpsc::UnboundedSender<Opened>,
    over: watch::Receiver<bool>,
    task: JoinHandle<()>,
    /// Over QUIC: the socket it stands on.
    endpoint: Option<quic::tokio::Transport>,
}

impl Line {
    /// Over TCP, from an address of loopback.
    pub(crate) async fn tcp(to: Target, key: &Keypair, from: u8, manners: Manners) -> io::Result<Self> {
        let secret = frames(to, key, from).await?;
        let mut config = yamux::Config::default();
        config.set_max_num_streams(4_096);
        let muxer = config.upgrade_outbound(secret, "/yamux/1.0.0").await?;
        Ok(Self::on(key, StreamMuxerBox::new(muxer), manners))
    }

    /// Over QUIC, from an address of loopback.
    pub(crate) async fn quic(to: Target, key: &Keypair, from: u8, manners: Manners) -> io::Result<Self> {
        let mut transport = quic::tokio::Transport::new(quic::Config::new(key));
        let address: Multiaddr = format!("/ip4/{}/udp/{}/quic-v1", to.udp.ip(), to.udp.port()).parse().unwrap();
        // Who listens dials from there.
        let here = format!("/ip4/127.0.0.{from}/udp/0/quic-v1").parse().unwrap();
        transport.listen_on(ListenerId::next(), here).map_err(io::Error::other)?;
        let role = libp2p::core::Endpoint::Dialer;
        let dial = transport.dial(address, DialOpts { role, port_use: PortUse::Reuse }).map_err(io::Error::other)?;
        let (_, connection) = timeout(SOON, dial).await?.map_err(io::Error::other)?;
        let mut line = Self::on(key, StreamMuxerBox::new(connection), manners);
        line.endpoint = Some(transport);
        Ok(line)
    }

    /// Over TCP from an address that nobody honest has, with no manners in particular.
    pub(crate) async fn plain(to: Target) -> io::Result<Self> {
        Self::tcp(to, &Keypair::generate_ed25519(), 2, Manners::default()).await
    }

    fn on(key: &Keypair, muxer: StreamMuxerBox, manners: Manners) -> Self {
        let (asks, opened) = mpsc::unbounded_channel();
        let (tell, over) = watch::channel(false);
        let task = tokio::spawn({
            let manners = manners.clone();
            async move {
                drive(muxer, opened, manners).await;
                tell.send_replace(true);
            }
        });
        let me = DeviceId(PublicKey::from_bytes(key.public().try_into_ed25519().unwrap().to_bytes()));
        Self { me, manners, asks, over, task, endpoint: None }
    }

    /// A stream on which nothing has been said.
    pub(crate) async fn stream(&self) -> io::Result<SubstreamBox> {
        let (tell, opened) = oneshot::channel();
        self.asks.send(tell).map_err(|_| io::ErrorKind::BrokenPipe)?;
        timeout(SOON, opened).await?.map_err(|_| io::ErrorKind::BrokenPipe)?
    }

    /// A stream of a protocol.
    pub(crate) async fn open(&self, protocol: &str) -> io::Result<SubstreamBox> {
        let mut stream = self.stream().await?;
        select(&mut stream, protocol).await?;
        Ok(stream)
    }

    /// Asks; an error where the stream ends without an answer.
    pub(crate) async fn ask(&self, request: &Request) -> io::Result<Response> {
        self.ask_bytes(&request.to_bytes()).await
    }

    pub(crate) async fn ask_bytes(&self, bytes: &[u8]) -> io::Result<Response> {
        let mut stream = self.open(SYNC).await?;
        stream.write_all(&framed(bytes)).await?;
        stream.flush().await?;
        let answer = async {
            let mut prefix = [0; 4];
            stream.read_exact(&mut prefix).await?;
            let mut bytes = vec![0; u32::from_be_bytes(prefix) as usize];
            stream.read_exact(&mut bytes).await?;
            Response::from_bytes(&bytes).ok_or_else(|| io::Error::other("no response"))
        };
        timeout(SOON, answer).await?
    }

    /// Whether the node has ended it.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Waits for the node to end it; whether it did.
    pub(crate) async fn ends(&self, within: Duration) -> bool {
        let mut over = self.over.clone();
        timeout(within, over.wait_for(|over| *over)).await.is_ok()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn drive(mut muxer: StreamMuxerBox, mut asks: mpsc::UnboundedReceiver<Opened>, manners: Manners) {
    let mut wanted: VecDeque<Opened> = VecDeque::new();
    poll_fn(|cx: &mut Context<'_>| {
        loop {
            match asks.poll_recv(cx) {
                Poll::Ready(Some(ask)) => wanted.push_back(ask),
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        loop {
            match Pin::new(&mut muxer).poll(cx) {
                Poll::Ready(Ok(_)) => continue,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
            match muxer.poll_inbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => {
                    tokio::spawn(manners.clone().receive(stream));
                    continue;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
            if !wanted.is_empty() {
                match muxer.poll_outbound_unpin(cx) {
                    Poll::Ready(Ok(stream)) => {
                        let _ = wanted.pop_front().map(|ask| ask.send(Ok(stream)));
                        continue;
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => {}
                }
            }
            return Poll::Pending;
        }
    })
    .await;
}

/// A message of the sync protocol as it crosses the stream.
pub(crate) fn framed(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

/// Protobuf, as far as it is needed here (gossipsub's `RPC`, identify's `Identify`).
pub(crate) mod pb {
    use super::varint;

    /// A field with bytes.
    pub(crate) fn bytes(tag: u64, value: &[u8]) -> Vec<u8> {
        [&varint(tag << 3 | 2)[..], &varint(value.len() as u64), value].concat()
    }

    /// A field with a number.
    pub(crate) fn number(tag: u64, value: u64) -> Vec<u8> {
        [varint(tag << 3), varint(value)].concat()
    }

    /// With its length in front, as messages stand on a stream.
    pub(crate) fn delimited(message: &[u8]) -> Vec<u8> {
        [&varint(message.len() as u64)[..], message].concat()
    }

    /// `RPC.publish`: a message on a topic.
    pub(crate) fn publish(topic: &str, data: &[u8]) -> Vec<u8> {
        self::bytes(2, &[self::bytes(2, data), self::bytes(4, topic.as_bytes())].concat())
    }

    /// `RPC.subscriptions`.
    pub(crate) fn subscribe(topic: &str, on: bool) -> Vec<u8> {
        self::bytes(1, &[number(1, on.into()), self::bytes(2, topic.as_bytes())].concat())
    }

    /// `RPC.control`: 1 IHAVE, 2 IWANT, 3 GRAFT, 4 PRUNE, 5 IDONTWANT.
    pub(crate) fn control(which: u64, entries: &[Vec<u8>]) -> Vec<u8> {
        let entries: Vec<u8> = entries.iter().flat_map(|entry| self::bytes(which, entry)).collect();
        self::bytes(3, &entries)
    }
}
