//! At the door: what can be done to a node before any of its protocols is spoken.

use std::{
    io,
    time::{Duration, Instant},
};

use futures::{AsyncReadExt, AsyncWriteExt, future::join_all};
use libp2p::identity::Keypair;
use tokio::net::UdpSocket;

use crate::{
    cast::Node,
    member::Person,
    siege::{Case, Field, besiege, case, launch},
    wire::{self, Line, Manners, SYNC, ended, frame, frames, line, plain, secret, select, varint},
};

/// How long a node may let somebody stand at its door who does not come in.
const DOOR: Duration = Duration::from_secs(8);

#[test]
fn nobody_breaks_the_door() {
    besiege("door", CASES);
}

const CASES: &[Case] = &[
    case!("knock-and-run", "connections from one address, dropped at once", |f| {
        let made = f.keep(1_000, async |_| drop(plain(f.targets[0], f.from).await)).await;
        assert!(made > 0);
        enters(&f).await;
    }),
    case!("half-open", "200 connections that never begin the handshake; others still come in", |f| {
        let idle = half_open(&f, 200, b"").await;
        enters(&f).await;
        gone(&f, "half-open connections are ended", idle);
    }),
    case!("half-noise", "200 connections that stop after the name of the handshake", |f| {
        let idle = half_open(&f, 200, &[line("/multistream/1.0.0"), line("/noise")].concat()).await;
        enters(&f).await;
        gone(&f, "half-open connections are ended", idle);
    }),
    case!("half-noise-message", "200 connections that stop amid the first message of the handshake", |f| {
        let hello = [line("/multistream/1.0.0"), line("/noise"), vec![0, 32, 1, 2, 3]].concat();
        let idle = half_open(&f, 200, &hello).await;
        enters(&f).await;
        gone(&f, "half-open connections are ended", idle);
    }),
    case!("byte-a-second", "handshakes that go on for ever, a byte at a time", |f| {
        let mut slow = half_open(&f, 16, &varint(1_000)).await;
        assert!(!slow.is_empty());
        f.in_time("handshakes of a byte at a time are ended", async move {
            let began = Instant::now();
            while began.elapsed() < DOOR {
                for socket in &mut slow {
                    let _ = socket.write_all(b"/").await;
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            join_all(slow.iter_mut().map(|socket| ended(socket, f.span))).await.into_iter().all(|ended| ended)
        });
    }),
    case!("garbage", "random bytes instead of a handshake", |f| {
        for nth in 0..50u8 {
            refused(&f, &vec![nth.wrapping_mul(37) | 0x40; 600]).await;
        }
    }),
    case!("http", "a web browser", |f| {
        let get = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a browser that asks for a web page\r\n\r\n";
        refused(&f, get).await;
    }),
    case!("giant-line", "a line of multistream that claims 2^63 bytes", |f| {
        refused(&f, &[varint(u64::MAX >> 1), vec![b'/'; 4_000]].concat()).await;
        refused(&f, &[0xff; 64]).await;
    }),
    case!("endless-protocols", "names of protocols without end", |f| {
        let mut socket = plain(f.targets[0], f.from).await.unwrap();
        socket.write_all(&line("/multistream/1.0.0")).await.unwrap();
        f.in_time("names of protocols without end are listened to no more", async move {
            let (mut reader, mut writer) = socket.split();
            let mut nth = 0;
            let write = async {
                while writer.write_all(&line(&format!("/none/{nth}"))).await.is_ok() {
                    nth += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::select! {
                () = write => true,
                ended = ended(&mut reader, DOOR) => ended,
            }
        });
    }),
    case!("garbage-handshake", "a handshake message of 64 KiB of noise", |f| {
        let hello = [line("/multistream/1.0.0"), line("/noise"), vec![0xff; 65_537]].concat();
        refused(&f, &hello).await;
    }),
    case!("replayed-handshake", "the handshake's first message, sent back as the second", |f| {
        let mut socket = plain(f.targets[0], f.from).await.unwrap();
        select(&mut socket, "/noise").await.unwrap();
        socket.write_all(&[&[0, 32][..], &[9; 32]].concat()).await.unwrap();
        let mut answer = vec![0; 64];
        let read = socket.read(&mut answer).await.unwrap();
        let _ = socket.write_all(&answer[..read]).await;
        f.in_time("a replayed handshake is ended", async move { ended(&mut socket, DOOR).await });
    }),
    case!("no-multiplexer", "handshakes after which nothing comes", |f| {
        let key = Keypair::generate_ed25519();
        let idle = join_all((0..20).map(|_| secret(f.targets[0], &key, f.from))).await;
        enters(&f).await;
        let mut idle: Vec<_> = idle.into_iter().flatten().collect();
        assert!(!idle.is_empty());
        f.in_time("connections without a multiplexer are ended", async move {
            join_all(idle.iter_mut().map(|idle| ended(idle, DOOR))).await.into_iter().all(|ended| ended)
        });
    }),
    case!("reset", "connections that are reset after the handshake", |f| {
        let key = Keypair::generate_ed25519();
        f.keep(200, async |_| {
            let mut socket = plain(f.targets[0], f.from).await.unwrap();
            if select(&mut socket, "/noise").await.is_ok() {
                let _ = socket.0.set_zero_linger();
            }
        })
        .await;
        assert!(Line::tcp(f.targets[0], &key, f.from, Manners::default()).await.is_ok());
    }),
    case!("one-identity", "fifty connections of one identity at once", |f| {
        let key = Keypair::generate_ed25519();
        let lines = join_all((0..50).map(|_| Line::tcp(f.targets[0], &key, f.from, Manners::default()))).await;
        let lines: Vec<Line> = lines.into_iter().flatten().collect();
        f.until("few of one identity are left", || lines.iter().filter(|line| !line.is_over()).count() <= 4).await;
        enters(&f).await;
    }),
    case!("many-identities", "three hundred identities from one address, who stay; others still come in", |f| {
        let lines = crowd(&f, 300).await;
        enters(&f).await;
        f.until("most strangers of one address are turned away", || {
            lines.iter().filter(|line| !line.is_over()).count() <= 64
        })
        .await;
    }),
    case!("many-quic-identities", "two hundred identities over QUIC, who stay", |f| {
        let dials = (0..200).map(|_| {
            let (target, from) = (f.targets[0], f.from);
            async move { Line::quic(target, &Keypair::generate_ed25519(), from, Manners::default()).await }
        });
        let lines: Vec<Line> = batches(dials).await.into_iter().flatten().collect();
        f.until("most are turned away", || lines.iter().filter(|line| !line.is_over()).count() <= 64).await;
        enters(&f).await;
    }),
    case!("yamux-garbage", "noise where frames of the multiplexer are due", |f| {
        cut_off(&f, &[0xff; 4_096]).await;
    }),
    case!("yamux-version", "frames of another version of the multiplexer", |f| {
        let mut odd = frame(0, 1, 1, 0);
        odd[0] = 9;
        cut_off(&f, &odd).await;
    }),
    case!("yamux-giant-frame", "a frame of data that claims 4 GiB", |f| {
        cut_off(&f, &[&frame(0, 1, 1, u32::MAX)[..], &[0; 4_096]].concat()).await;
    }),
    case!("yamux-beyond-window", "more data on a stream than was allowed", |f| {
        let chunk = [&frame(0, 0, 1, 60_000)[..], &vec![0; 60_000]].concat();
        let mut flood = frame(1, 1, 1, 0).to_vec();
        (0..20).for_each(|_| flood.extend(&chunk));
        let mut secret = opened(&f).await;
        let _ = secret.write_all(&flood).await;
        let _ = secret.flush().await;
        enters(&f).await;
    }),
    case!("yamux-window-overflow", "windows that grow past all numbers", |f| {
        let mut secret = opened(&f).await;
        let mut flood = frame(1, 1, 1, 0).to_vec();
        (0..1_000).for_each(|_| flood.extend(frame(1, 0, 1, u32::MAX)));
        let _ = secret.write_all(&flood).await;
        let _ = secret.flush().await;
        enters(&f).await;
    }),
    case!("yamux-streams", "twenty thousand streams opened on one connection", |f| {
        let flood: Vec<u8> = (0..20_000).flat_map(|nth| frame(1, 1, nth * 2 + 1, 0)).collect();
        cut_off(&f, &flood).await;
    }),
    case!("yamux-rapid-reset", "forty thousand streams opened and reset at once", |f| {
        let mut secret = opened(&f).await;
        for round in 0..20u32 {
            let ids = (0..2_000).map(|nth| (round * 2_000 + nth) * 2 + 1);
            let flood: Vec<u8> = ids.flat_map(|id| [frame(1, 1, id, 0), frame(1, 8, id, 0)].concat()).collect();
            if secret.write_all(&flood).await.is_err() || secret.flush().await.is_err() {
                break;
            }
        }
        enters(&f).await;
    }),
    case!("yamux-pings", "a hundred thousand pings whose answers are never read", |f| {
        let mut secret = opened(&f).await;
        let flood: Vec<u8> = (0..10_000).flat_map(|nth| frame(2, 1, 0, nth)).collect();
        let write = async {
            for _ in 0..10 {
                secret.write_all(&flood).await?;
            }
            secret.flush().await
        };
        let _ = tokio::time::timeout(f.span * 4, write).await;
        enters(&f).await;
    }),
    case!("never-reads", "twenty connections that say hello and read nothing ever after", |f| {
        let mut held = Vec::new();
        for _ in 0..20 {
            held.push(opened(&f).await);
        }
        tokio::time::sleep(f.span).await;
        enters(&f).await;
    }),
    case!("unread-streams", "256 KiB on each of 320 streams that are not begun, on four connections", |f| {
        let mut held = Vec::new();
        for _ in 0..4 {
            let mut secret = opened(&f).await;
            let chunk = [&[0x7f][..], &vec![b'/'; 16_000]].concat();
            let write = async {
                for nth in 0..320u32 {
                    let id = nth * 2 + 1;
                    secret.write_all(&frame(0, 1, id, 1)).await?;
                    secret.write_all(&[0x13]).await?;
                    // The first ones are never gone on with, so that the others wait to be looked at.
                    for _ in 0..if nth < 64 { 0 } else { 15 } {
                        secret.write_all(&frame(0, 0, id, chunk.len() as u32)).await?;
                        secret.write_all(&chunk).await?;
                    }
                }
                secret.flush().await
            };
            let _ = tokio::time::timeout(Duration::from_secs(3), write).await;
            held.push(secret);
        }
        enters(&f).await;
    }),
    case!("quic-garbage", "datagrams of noise", |f| {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        f.keep(2_000, async |nth| {
            let bytes = blake3::hash(&nth.to_be_bytes());
            let _ = socket.send_to(&bytes.as_bytes().repeat(40), f.targets[0].udp).await;
        })
        .await;
        enters_quic(&f).await;
    }),
    case!("quic-initials", "first packets of QUIC connections that are never gone on with", |f| {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        f.keep(2_000, async |nth| {
            let _ = socket.send_to(&initial(1, nth), f.targets[0].udp).await;
        })
        .await;
        enters_quic(&f).await;
    }),
    case!("quic-versions", "QUIC packets of a thousand unknown versions: what comes back is no larger", |f| {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let sent = f
            .keep(1_000, async |nth| {
                let _ = socket.send_to(&initial(0x0a0a_0a0a + nth as u32, nth), f.targets[0].udp).await;
            })
            .await;
        let (mut back, mut buffer) = (0, vec![0; 2_048]);
        while let Ok(read) = socket.try_recv(&mut buffer) {
            back += read as u64;
        }
        assert!(back <= sent * 1_200, "{back} bytes for {}", sent * 1_200);
        enters_quic(&f).await;
    }),
    case!("quic-short", "QUIC packets of connections that are not: little comes back", |f| {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let sent = f
            .keep(1_000, async |nth| {
                let bytes = [&[0x40][..], &blake3::hash(&nth.to_be_bytes()).as_bytes()[..]].concat();
                let _ = socket.send_to(&bytes, f.targets[0].udp).await;
            })
            .await;
        let (mut back, mut buffer) = (0, vec![0; 2_048]);
        while let Ok(read) = socket.try_recv(&mut buffer) {
            back += read as u64;
        }
        assert!(back <= sent * 33, "{back} bytes for {}", sent * 33);
        enters_quic(&f).await;
    }),
    case!("quic-abandoned", "QUIC handshakes that are dropped half-way", |f| {
        f.keep(100, async |_| {
            let key = Keypair::generate_ed25519();
            let dial = Line::quic(f.targets[0], &key, f.from, Manners::default());
            let _ = tokio::time::timeout(Duration::from_millis(3), dial).await;
        })
        .await;
        enters_quic(&f).await;
    }),
    case!("quic-streams", "streams over QUIC, opened and dropped", |f| {
        let line = Line::quic(f.targets[0], &Keypair::generate_ed25519(), f.from, Manners::default()).await.unwrap();
        f.keep(2_000, async |_| drop(line.stream().await)).await;
        enters_quic(&f).await;
    }),
    case!("newcomer", "a real guest joins while two hundred connections stand half-open at every door", |f| {
        let mut held = Vec::new();
        for target in f.targets {
            for _ in 0..200 {
                held.push(plain(target, f.from).await);
            }
        }
        let link = f.camp().link.clone();
        let joined = tokio::task::spawn_blocking(move || {
            let folder = crate::cast::folder();
            let began = Instant::now();
            let mut guest = Node::start("Dee", launch(folder.path()));
            guest.join(&link);
            guest.rpc.stop(crate::cast::PATIENCE).unwrap();
            began.elapsed()
        });
        let took = joined.await.unwrap();
        assert!(took < Duration::from_secs(6), "it took {took:?}");
        drop(held);
    }),
];

/// Connections from one address on which so much is said and no more.
async fn half_open(f: &Field, count: usize, said: &[u8]) -> Vec<libp2p::tcp::tokio::TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        let Ok(mut socket) = plain(f.targets[0], f.from).await else { continue };
        let _ = socket.write_all(said).await;
        held.push(socket);
    }
    held
}

/// The node must have ended them all before long.
fn gone(f: &Field, what: &'static str, mut held: Vec<libp2p::tcp::tokio::TcpStream>) {
    assert!(!held.is_empty());
    f.in_time(what, async move {
        join_all(held.iter_mut().map(|socket| ended(socket, DOOR))).await.into_iter().all(|ended| ended)
    });
}

/// The node must end a connection on which this is said.
async fn refused(f: &Field, said: &[u8]) {
    let mut socket = plain(f.targets[0], f.from).await.unwrap();
    let _ = socket.write_all(said).await;
    assert!(ended(&mut socket, DOOR).await, "still listened to");
}

/// A connection with a multiplexer, whose frames are ours to write.
async fn opened(f: &Field) -> wire::Secret {
    frames(f.targets[0], &Keypair::generate_ed25519(), f.from).await.unwrap()
}

/// The node must end a multiplexed connection on which this is said.
async fn cut_off(f: &Field, said: &[u8]) {
    let mut secret = opened(f).await;
    let _ = secret.write_all(said).await;
    let _ = secret.flush().await;
    assert!(ended(&mut secret, DOOR).await, "still listened to");
}

/// Somebody who means well, from an address of its own, must be let in and answered at once.
async fn enters(f: &Field) {
    let began = Instant::now();
    let person = Person::new("Nell");
    let line = Line::tcp(f.targets[0], &person.keypair(), 1, Manners::default()).await.expect("let in");
    line.open(SYNC).await.expect("listened to");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "it took {took:?}");
}

async fn enters_quic(f: &Field) {
    let began = Instant::now();
    let line = Line::quic(f.targets[0], &Keypair::generate_ed25519(), 1, Manners::default()).await.expect("let in");
    line.open(SYNC).await.expect("listened to");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "it took {took:?}");
}

/// So many strangers from one address, as far as they are let in.
async fn crowd(f: &Field, count: usize) -> Vec<Line> {
    let (target, from) = (f.targets[0], f.from);
    let dials = (0..count)
        .map(|_| async move { Line::tcp(target, &Keypair::generate_ed25519(), from, Manners::default()).await });
    batches(dials).await.into_iter().flatten().collect()
}

/// Does many things, some at a time.
async fn batches<T>(deeds: impl Iterator<Item = impl Future<Output = io::Result<T>>>) -> Vec<io::Result<T>> {
    let (mut done, mut batch) = (Vec::new(), Vec::new());
    for deed in deeds {
        batch.push(deed);
        if batch.len() == 16 {
            done.extend(join_all(batch.drain(..)).await);
        }
    }
    done.extend(join_all(batch).await);
    done
}

/// A first packet of QUIC (RFC 9000, 17.2.2) with noise for what is protected.
fn initial(version: u32, nth: u64) -> Vec<u8> {
    let noise = blake3::hash(&nth.to_be_bytes());
    let mut bytes = vec![0xc3];
    bytes.extend(version.to_be_bytes());
    bytes.push(8);
    bytes.extend(&noise.as_bytes()[..8]);
    bytes.push(8);
    bytes.extend(&noise.as_bytes()[8..16]);
    bytes.push(0);
    bytes.extend([0x44, 0x80]);
    bytes.extend(noise.as_bytes().repeat(40));
    bytes.truncate(1_200);
    bytes
}
