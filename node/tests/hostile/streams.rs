//! On streams: what a stranger can do who speaks the protocols, and speaks them badly.

use std::time::Duration;

use bivouac_core::wire::{MAX_REQUEST, Request, Response};
use bivouac_crypto::Bounded;
use futures::{AsyncReadExt, AsyncWriteExt, future::join_all};
use libp2p::identity::Keypair;
use serde_json::json;

use crate::{
    cast::Node,
    siege::{Case, Field, besiege, case},
    wire::{GOSSIP, IDENTIFY, Line, Manners, PING, PUSH, SOON, SYNC, ended, framed, line, pb, select, shout},
};

/// How long a stream may stay open on which something impossible was said.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn nobody_is_hurt_by_bad_manners() {
    besiege("streams", CASES);
}

const CASES: &[Case] = &[
    case!("unknown-protocols", "streams of two hundred protocols that are not spoken", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for nth in 0..200 {
            let refused = line.open(&format!("/nobody/speaks/{nth}")).await.err();
            assert_eq!(refused.map(|e| e.to_string()).as_deref(), Some("na"));
        }
        speaks(&line).await;
    }),
    case!("giant-request", "requests that claim 4 GiB", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for claimed in [u32::MAX, 1 << 31, 1 << 20, MAX_REQUEST as u32 + 1] {
            let mut stream = line.open(SYNC).await.unwrap();
            stream.write_all(&claimed.to_be_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            assert!(ended(&mut stream, AT_ONCE).await, "{claimed} bytes are waited for");
        }
        speaks(&line).await;
    }),
    case!("held-requests", "as large requests as may be, all but their last byte, from forty strangers", |f| {
        let (mut held, mut lines) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let line = Line::plain(f.targets[0]).await.unwrap();
            for _ in 0..30 {
                let Ok(mut stream) = line.open(SYNC).await else { break };
                let most = (MAX_REQUEST as u32).to_be_bytes();
                shout(&mut stream, &[&most[..], &vec![1; MAX_REQUEST - 1]].concat()).await;
                held.push(stream);
            }
            lines.push(line);
        }
        speaks(&member_line(&f).await).await;
    }),
    case!("truncated", "requests that end amid their length or their bytes", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for said in [&[][..], &[0, 0], &[0, 0, 0, 9, 1, 2]] {
            let mut stream = line.open(SYNC).await.unwrap();
            stream.write_all(said).await.unwrap();
            stream.close().await.unwrap();
            assert!(ended(&mut stream, AT_ONCE).await);
        }
        speaks(&line).await;
    }),
    case!("empty", "requests of no bytes", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        assert_eq!(line.ask_bytes(&[]).await.unwrap(), Response::Refused);
    }),
    case!("unknown-requests", "kinds and versions that are not", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for said in [&[1, 0x82, 0x18, 99, 0x80][..], &[2, 0x82, 0, 0x81, 0x80], &[0; 9], &[1], &[255; 300]] {
            assert_eq!(line.ask_bytes(said).await.unwrap(), Response::Refused, "{said:?}");
        }
    }),
    case!("nested", "forty thousand lists within each other, and numbers that are lengths of nothing", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for deep in [0x81, 0x9f, 0xc1, 0xa1, 0x5f] {
            let said = [&[1][..], &vec![deep; 40_000]].concat();
            assert_eq!(line.ask_bytes(&said).await.unwrap(), Response::Refused);
        }
        let giant = [1, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(line.ask_bytes(&giant).await.unwrap(), Response::Refused);
    }),
    case!("not-canonical", "a hello whose length is written the long way, or is followed by more", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        assert!(matches!(line.ask(&hello()).await.unwrap(), Response::Hello(_)));
        let plain = hello().to_bytes();
        assert_eq!(line.ask_bytes(&[&plain[..], &[0]].concat()).await.unwrap(), Response::Refused);
        assert_eq!(line.ask_bytes(&[1, 0x82, 0x18, 0, 0x81, 0x80]).await.unwrap(), Response::Refused);
    }),
    case!("too-many-requests", "more requests than anybody may make in a second", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let (mut refused, hello) = (0, hello());
        for _ in 0..100 {
            let answers = join_all((0..12).map(|_| line.ask(&hello))).await;
            refused += answers.iter().filter(|answer| !matches!(answer, Ok(Response::Hello(_)))).count();
        }
        assert!(refused > 100, "only {refused} were refused");
        speaks(&member_line(&f).await).await;
    }),
    case!("unread-answers", "requests on hundreds of streams whose answers are never read", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..60 {
            let Ok(mut stream) = line.open(SYNC).await else { break };
            let _ = stream.write_all(&framed(&hello().to_bytes())).await;
            let _ = stream.flush().await;
            held.push(stream);
        }
        assert!(!held.is_empty());
        speaks(&member_line(&f).await).await;
    }),
    case!("reset-requests", "requests whose streams are dropped as soon as they are sent", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        f.keep(1_000, async |_| {
            if let Ok(mut stream) = line.open(SYNC).await {
                let _ = stream.write_all(&framed(&hello().to_bytes())).await;
                let _ = stream.flush().await;
            }
        })
        .await;
        speaks(&member_line(&f).await).await;
    }),
    case!("unfinished-streams", "streams that stop amid the name of a protocol; the connection's others go on", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..40 {
            let mut stream = line.stream().await.unwrap();
            stream.write_all(&self::line("/multistream/1.0.0")[..5]).await.unwrap();
            stream.flush().await.unwrap();
            held.push(stream);
        }
        speaks(&line).await;
    }),
    case!("too-many-streams", "two hundred streams at once on one connection", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..200 {
            let Ok(mut stream) = line.stream().await else { break };
            let _ = stream.write_all(&[0x13]).await;
            let _ = stream.flush().await;
            held.push(stream);
        }
        assert!(line.ends(AT_ONCE).await, "{} streams are suffered", held.len());
    }),
    case!("identify-giant", "an introduction of a megabyte", |f| {
        let line = introduced(&f, vec![b'x'; 1 << 20]).await;
        speaks(&line).await;
    }),
    case!("identify-addresses", "an introduction with thousands of addresses: few are dialled", |f| {
        let before = dials(&f);
        let addresses: Vec<u8> = (1..60u8).flat_map(|nth| pb::bytes(2, &[4, 127, 9, 9, nth, 6, 4, nth])).collect();
        let line = introduced(&f, [identity(), addresses.clone()].concat()).await;
        for _ in 0..20 {
            push(&line, &[identity(), addresses.clone()].concat()).await;
        }
        tokio::time::sleep(f.span).await;
        speaks(&line).await;
        drop(line);
        tokio::time::sleep(f.span).await;
        let made = dials(&f) - before;
        assert!(made <= 4, "{made} dials");
    }),
    case!("identify-observed", "lies about the address a node is seen at: it does not pass them on", |f| {
        let before = addresses(&f);
        let lie = pb::bytes(4, &[4, 6, 6, 6, 6, 6, 0x1f, 0x90]);
        for _ in 0..6 {
            let line = introduced(&f, [identity(), lie.clone()].concat()).await;
            push(&line, &[identity(), lie.clone()].concat()).await;
            speaks(&line).await;
        }
        assert_eq!(addresses(&f), before);
    }),
    case!("identify-other-program", "a peer of another program is turned away", |f| {
        let other = [pb::bytes(5, b"/other/1"), pb::bytes(6, b"other/9")].concat();
        let key = Keypair::generate_ed25519();
        let manners = Manners { identify: Some(pb::delimited(&[other, public(&key)].concat())), ..Manners::default() };
        let line = Line::tcp(f.targets[0], &key, 1, manners).await.unwrap();
        assert!(line.ends(SOON).await, "still connected");
        assert!(Line::plain(f.targets[0]).await.is_ok());
    }),
    case!("identify-pushes", "introductions without end", |f| {
        let line = introduced(&f, identity()).await;
        f.keep(300, async |nth| push(&line, &[identity(), pb::bytes(3, &nth.to_be_bytes())].concat()).await).await;
        speaks(&member_line(&f).await).await;
    }),
    case!("pings", "pings without pause, on many streams", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        f.keep(2_000, async |_| {
            if let Ok(mut stream) = line.open(PING).await {
                let _ = stream.write_all(&[7; 32]).await;
                let _ = stream.flush().await;
            }
        })
        .await;
        speaks(&member_line(&f).await).await;
    }),
    case!("ping-garbage", "a ping stream that carries anything but pings", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(PING).await.unwrap();
        shout(&mut stream, &[9; 400_000]).await;
        speaks(&line).await;
    }),
    case!("wrong-pongs", "pings of the node answered with something else", |f| {
        let manners = Manners { numb: true, ..Manners::default() };
        let line = Line::tcp(f.targets[0], &Keypair::generate_ed25519(), 1, manners).await.unwrap();
        speaks(&line).await;
    }),
    case!("every-protocol-twice", "the same stream agreed on again and again", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for protocol in [SYNC, GOSSIP, IDENTIFY, PING] {
            let mut stream = line.open(protocol).await.unwrap();
            shout(&mut stream, &self::line(protocol).repeat(20)).await;
        }
        speaks(&line).await;
    }),
    case!("sessions", "two sessions of one device by turns, each ending the other", |f| {
        let key = Keypair::generate_ed25519();
        for nth in 0..6 {
            let agent = pb::bytes(6, format!("bivouac/{nth:016x}").as_bytes());
            let said = [pb::bytes(5, b"/bivouac/id/1"), agent, public(&key)].concat();
            let manners = Manners { identify: Some(pb::delimited(&said)), ..Manners::default() };
            let line = Line::tcp(f.targets[0], &key, 1, manners).await;
            let _ = tokio::time::timeout(f.span, async { speaks(&line.unwrap()).await }).await;
        }
        speaks(&member_line(&f).await).await;
    }),
];

fn hello() -> Request {
    Request::Hello(Bounded::default())
}

/// The connection must still be good for a question.
async fn speaks(line: &Line) {
    let answer = line.ask(&Request::Knock([3; 16])).await.expect("an answer");
    assert!(matches!(answer, Response::Knock(None) | Response::Refused), "{answer:?}");
}

/// Somebody else's connection.
async fn member_line(f: &Field) -> Line {
    Line::plain(f.targets[0]).await.expect("let in")
}

fn public(key: &Keypair) -> Vec<u8> {
    pb::bytes(1, &key.public().encode_protobuf())
}

/// What identify must say for a peer to count as one of ours.
fn identity() -> Vec<u8> {
    [pb::bytes(5, b"/bivouac/id/1"), pb::bytes(6, b"bivouac/0000000000000001")].concat()
}

/// A connection of a peer that introduces itself so.
async fn introduced(f: &Field, said: Vec<u8>) -> Line {
    let key = Keypair::generate_ed25519();
    let manners = Manners { identify: Some(pb::delimited(&[said, public(&key)].concat())), ..Manners::default() };
    Line::tcp(f.targets[0], &key, 1, manners).await.unwrap()
}

async fn push(line: &Line, said: &[u8]) {
    if let Ok(mut stream) = line.stream().await
        && select(&mut stream, PUSH).await.is_ok()
    {
        let _ = stream.write_all(&pb::delimited(said)).await;
        let _ = stream.close().await;
        let mut end = [0; 8];
        let _ = tokio::time::timeout(AT_ONCE, stream.read(&mut end)).await;
    }
}

fn dials(f: &Field) -> u64 {
    let status = |node: &mut Node| node.call("net.status", json!({}))["dials"].as_u64().unwrap();
    status(&mut f.camp().nodes[0])
}

fn addresses(f: &Field) -> serde_json::Value {
    f.camp().nodes[0].call("net.status", json!({}))["addresses"].take()
}
