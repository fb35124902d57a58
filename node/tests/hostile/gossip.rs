//! Gossip: what can be shouted, by strangers who know no topic of the guild's and by members who know it.

use bivouac_core::{
    op::Audience,
    wire::{Envelope, MAX_ENVELOPE},
};
use libp2p::{PeerId, identity::Keypair};

use crate::{
    member::Member,
    siege::{Case, Field, besiege, case},
    wire::{GOSSIP, Line, Manners, pb, shout, varint},
};

#[test]
fn nobody_is_drowned_out() {
    besiege("gossip", CASES);
}

const CASES: &[Case] = &[
    case!("giant-frame", "a frame that claims 2^63 bytes, and one of a megabyte", |f| {
        for claimed in [varint(u64::MAX >> 1), varint(1 << 20), vec![0xff; 20]] {
            let line = Line::plain(f.targets[0]).await.unwrap();
            let mut stream = line.open(GOSSIP).await.unwrap();
            shout(&mut stream, &[claimed, vec![7; 1 << 20]].concat()).await;
        }
        hears(&f).await;
    }),
    case!("not-protobuf", "frames of noise", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        let noise = pb::delimited(&[0xff; 1_000]);
        f.keep(500, async |_| shout(&mut stream, &noise).await).await;
        hears(&f).await;
    }),
    case!("never-ending-frame", "a frame of which a byte comes now and then", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        shout(&mut stream, &varint(40_000)).await;
        f.keep(50, async |_| shout(&mut stream, &[9]).await).await;
        hears(&f).await;
    }),
    case!("foreign-topics", "megabytes on topics that nobody listens to", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        f.keep(2_000, async |nth| {
            let data = blake3::hash(&nth.to_be_bytes()).as_bytes().repeat(1_500);
            shout(&mut stream, &pb::delimited(&pb::publish("nobody's", &data))).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("stranger-on-topic", "a stranger who somehow knows the topic shouts noise there", |f| {
        let member = f.member().await;
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        f.keep(1_000, async |nth| {
            let noise = blake3::hash(&nth.to_be_bytes());
            shout(&mut stream, &member.gossiped(noise.as_bytes())).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("garbage-flood", "noise of the largest size on the guild's topic, from a member", |f| {
        let (member, line, mut stream) = shouter(&f).await;
        f.keep(1_000, async |nth| {
            let noise = blake3::hash(&nth.to_be_bytes()).as_bytes().repeat(1_400);
            shout(&mut stream, &member.gossiped(&noise)).await;
        })
        .await;
        drop(line);
        hears(&f).await;
    }),
    case!("too-large", "an op in an envelope above the bound: shown by nobody", |f| {
        let (mut member, _line, mut stream) = shouter(&f).await;
        let op = member.post("too large");
        let entry = member.forge(Audience::Guild, &op, |_| {}).entry;
        let mut bytes = Envelope::Op(entry).to_bytes();
        bytes.resize(MAX_ENVELOPE + 1, 0);
        shout(&mut stream, &member.gossiped(&bytes)).await;
        bytes.resize(MAX_ENVELOPE + 8_192, 0);
        shout(&mut stream, &member.gossiped(&bytes)).await;
        hears(&f).await;
        assert_eq!(f.shows("too large"), [false; 3]);
    }),
    case!("duplicates", "the same op thousands of times: told once", |f| {
        let (mut member, _line, mut stream) = shouter(&f).await;
        let op = member.post("the same again");
        let told = {
            let entry = member.write(Audience::Guild, &op);
            member.told(&entry)
        };
        f.keep(2_000, async |_| shout(&mut stream, &told).await).await;
        f.until("it is shown", || f.shows("the same again") == [true; 3]).await;
    }),
    case!("near-duplicates", "the same op in frames that differ: told once", |f| {
        let (mut member, _line, mut stream) = shouter(&f).await;
        let op = member.post("nearly the same again");
        let entry = member.write(Audience::Guild, &op);
        let bytes = Envelope::Op(entry).to_bytes();
        f.keep(500, async |nth| {
            let extra = [bytes.clone(), nth.to_be_bytes().to_vec()].concat();
            shout(&mut stream, &member.gossiped(if nth == 0 { &bytes } else { &extra })).await;
        })
        .await;
        f.until("it is shown", || f.shows("nearly the same again") == [true; 3]).await;
    }),
    case!("subscriptions", "subscriptions to a hundred thousand topics", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        f.keep(400, async |nth| {
            let topics = (0..100).flat_map(|n| pb::subscribe(&format!("{:064x}", nth * 100 + n), true));
            shout(&mut stream, &pb::delimited(&topics.collect::<Vec<_>>())).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("long-topics", "subscriptions to topics whose names are as long as a frame may be", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        let mut stream = line.open(GOSSIP).await.unwrap();
        f.keep(2_000, async |nth| {
            let name = format!("{nth:064x}").repeat(780);
            shout(&mut stream, &pb::delimited(&pb::subscribe(&name, true))).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("wavering", "subscribing and unsubscribing without pause", |f| {
        let (member, _line, mut stream) = shouter(&f).await;
        f.keep(2_000, async |nth| {
            shout(&mut stream, &pb::delimited(&pb::subscribe(&member.topic(), nth % 2 == 0))).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("ihave", "promises of a hundred thousand messages that do not exist", |f| {
        let (member, line, mut stream) = shouter(&f).await;
        f.keep(200, async |nth| {
            let ids = (0..500u64).flat_map(|n| pb::bytes(2, blake3::hash(&(nth * 500 + n).to_be_bytes()).as_bytes()));
            let entry = [pb::bytes(1, member.topic().as_bytes()), ids.collect()].concat();
            shout(&mut stream, &pb::delimited(&pb::control(1, &[entry]))).await;
        })
        .await;
        let heard = line.manners.heard.load(std::sync::atomic::Ordering::Relaxed);
        assert!(heard < 8 << 20, "{heard} bytes are asked for");
        hears(&f).await;
    }),
    case!("iwant", "the same messages asked for again and again: given a few times each", |f| {
        let (mut member, line, mut stream) = shouter(&f).await;
        let op = member.post(&"wanted ".repeat(500));
        let entry = member.write(Audience::Guild, &op);
        let bytes = Envelope::Op(entry).to_bytes();
        shout(&mut stream, &member.gossiped(&bytes)).await;
        let id = blake3::hash(&bytes);
        let asked = f
            .keep(2_000, async |_| {
                let entry = (0..20).flat_map(|_| pb::bytes(1, id.as_bytes())).collect();
                shout(&mut stream, &pb::delimited(&pb::control(2, &[entry]))).await;
            })
            .await;
        hears(&f).await;
        let heard = line.manners.heard.load(std::sync::atomic::Ordering::Relaxed);
        assert!(heard < 2 << 20, "{heard} bytes given for {asked} frames");
    }),
    case!("graft-prune", "joining and leaving the mesh without pause", |f| {
        let (member, _line, mut stream) = shouter(&f).await;
        let topic = pb::bytes(1, member.topic().as_bytes());
        f.keep(2_000, async |nth| {
            let which = if nth % 2 == 0 { 3 } else { 4 };
            shout(&mut stream, &pb::delimited(&pb::control(which, std::slice::from_ref(&topic)))).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("prune-exchange", "leaving with a list of thousands of peers and a pause of centuries", |f| {
        let (member, _line, mut stream) = shouter(&f).await;
        let peers: Vec<u8> =
            (0..1_000).flat_map(|_| pb::bytes(2, &pb::bytes(1, &PeerId::random().to_bytes()))).collect();
        let entry = [pb::bytes(1, member.topic().as_bytes()), peers, pb::number(3, u64::MAX)].concat();
        shout(&mut stream, &pb::delimited(&pb::control(4, &[entry]))).await;
        hears(&f).await;
    }),
    case!("idontwant", "refusals of a hundred thousand messages", |f| {
        let (_member, _line, mut stream) = shouter(&f).await;
        f.keep(200, async |nth| {
            let ids = (0..500u64).flat_map(|n| pb::bytes(1, blake3::hash(&(nth * 500 + n).to_be_bytes()).as_bytes()));
            shout(&mut stream, &pb::delimited(&pb::control(5, &[ids.collect()]))).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("many-streams", "a hundred streams of gossip, one after another", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        for _ in 0..100 {
            let Ok(mut stream) = line.open(GOSSIP).await else { break };
            shout(&mut stream, &pb::delimited(&pb::subscribe("x", true))).await;
        }
        hears(&f).await;
    }),
    case!("deaf", "members who subscribe and read nothing, while large ops are told", |f| {
        let deaf = Manners { deaf: true, ..Manners::default() };
        let mut held = Vec::new();
        for _ in 0..3 {
            let member = f.member().await;
            let line = member.meet(f.targets[0], deaf.clone()).await.unwrap();
            let stream = member.gossip(&line).await.unwrap();
            held.push((line, stream));
        }
        large_ops(&f, 400).await;
        hears(&f).await;
    }),
    case!("large-flood", "as many ops of the largest size as there is time for", |f| {
        large_ops(&f, 600).await;
        hears(&f).await;
    }),
];

/// A member connected to the first node, with a stream for gossip.
async fn shouter(f: &Field) -> (Member, Line, libp2p::core::muxing::SubstreamBox) {
    let member = f.member().await;
    let line = member.meet(f.targets[0], Manners::default()).await.unwrap();
    let stream = member.gossip(&line).await.unwrap();
    (member, line, stream)
}

/// What a well-behaved member says now must be shown by all.
pub(crate) async fn hears(f: &Field) {
    let (mut member, _line, mut stream) = shouter(f).await;
    let text = format!("still here {}", Keypair::generate_ed25519().public().to_peer_id());
    let op = member.post(&text);
    let entry = member.write(Audience::Guild, &op);
    let line = member.meet(f.targets[1], Manners::default()).await.unwrap();
    let mut other = member.gossip(&line).await.unwrap();
    let told = member.told(&entry);
    shout(&mut stream, &told).await;
    shout(&mut other, &told).await;
    f.until("what is said is shown", || f.shows(&text) == [true; 3]).await;
}

/// A member says things as large as an op may be, about so many a second.
async fn large_ops(f: &Field, rate: u32) {
    let (mut member, _line, mut stream) = shouter(f).await;
    f.keep(rate, async |nth| {
        let mut header = member.header(Audience::Guild);
        // Of a kind that nobody knows: stored and handed on all the same.
        (header.kind, header.seq, header.prev) = (99, 0, bivouac_core::model::OpId([0; 32]));
        header.log.incarnation += nth + 1;
        let payload = blake3::hash(&nth.to_be_bytes()).as_bytes().repeat(1_400);
        let entry = member.sign(header, &payload);
        shout(&mut stream, &member.told(&entry)).await;
    })
    .await;
}
