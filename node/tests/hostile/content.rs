//! Content: what a member can write, and what it can say and leave unsaid when it is asked.

use std::time::Duration;

use bivouac_core::{
    model::{Hlc, LogId, OpId},
    op::{Audience, Entry, Epoch, Op, Ref, epoch_place, kind},
    wire::{Envelope, Evidence, Head, MAX_FRONTIER, Part, Request, Response},
};
use bivouac_crypto::{Blob, Bounded, DeviceId, Domain, EpochId, EpochSecret, PublicKey, Signature, UserId};
use futures::AsyncWriteExt;
use libp2p::core::muxing::SubstreamBox;

use crate::{
    gossip::hears,
    member::{Member, rng, wall_ms},
    siege::{Case, Field, besiege, case},
    wire::{Answer, Line, Manners},
};

#[test]
fn nobody_is_led_astray() {
    besiege("content", CASES);
}

const CASES: &[Case] = &[
    case!("forged", "ops with signatures of others, of nobody, or none", |f| {
        let mut liar = Liar::enter(&f).await;
        for nth in 0..3 {
            let says = liar.member.post("forged");
            let mut entry = liar.member.forge(Audience::Guild, &says, |h| h.hlc = Hlc(h.hlc.0 + nth)).entry;
            entry.signature = [None, Some(Signature::from_bytes([7; 64])), other_key(&entry)][nth as usize];
            liar.tell_all(&entry).await;
        }
        hears(&f).await;
        assert_eq!(f.shows("forged"), [false; 3]);
    }),
    case!("in-anothers-name", "an op in the log of an honest member's device", |f| {
        let mut liar = Liar::enter(&f).await;
        let says = liar.member.post("in your name");
        let victim = f.targets[1].device;
        let entry = liar.member.forge(Audience::Guild, &says, |h| h.log.device = victim).entry;
        liar.tell_all(&entry).await;
        hears(&f).await;
        assert_eq!(f.shows("in your name"), [false; 3]);
    }),
    case!("fork", "two stories told to two halves: both cut it, and say so", |f| {
        let mut liar = Liar::enter(&f).await;
        let first = liar.member.post("before the fork");
        let entry = liar.member.write(Audience::Guild, &first);
        liar.tell_all(&entry).await;
        let (seq, prev) = (1, entry.header.id());
        for (story, half) in [("black", &[0][..]), ("white", &[1, 2])] {
            let says = liar.member.post(story);
            let entry = liar.member.forge(Audience::Guild, &says, |h| (h.seq, h.prev) = (seq, prev)).entry;
            for to in half {
                liar.tell(*to, &entry).await;
            }
        }
        f.until("all warn of the fork", || warned(&f, "fork")).await;
        f.until("nobody shows either story", || f.shows("black") == [false; 3] && f.shows("white") == [false; 3]).await;
        f.until("all show what came before", || f.shows("before the fork") == [true; 3]).await;
        agree(&f).await;
    }),
    case!("law-fork", "two acts of law at one place, told to two halves: judged alike", |f| {
        let mut liar = Liar::enter(&f).await;
        for nth in 0..2 {
            let entry = liar.member.forge(Audience::Control, &Op::Merge, |h| h.hlc = Hlc(h.hlc.0 + nth)).entry;
            for to in if nth == 0 { 0..1 } else { 1..3 } {
                liar.tell(to, &entry).await;
            }
        }
        hears(&f).await;
        agree(&f).await;
    }),
    case!("future", "ops of tomorrow and of the end of time: not shown, and nobody's clock follows", |f| {
        let mut liar = Liar::enter(&f).await;
        for at in [Hlc::at(wall_ms() + 86_400_000), Hlc(u64::MAX - 1)] {
            let says = liar.member.post("tomorrow");
            let entry = liar.member.forge(Audience::Guild, &says, |h| h.hlc = at).entry;
            liar.tell_all(&entry).await;
        }
        hears(&f).await;
        assert_eq!(f.shows("tomorrow"), [false; 3]);
        let at = f.camp().nodes[0].rpc.call("log.status", serde_json::json!({"guild": f.guild.to_string()}), SECONDS);
        assert!(at.unwrap()["parked"].as_u64().unwrap() <= 16_384);
    }),
    case!("past", "ops of long ago", |f| {
        let mut liar = Liar::enter(&f).await;
        let entry = liar.member.forge(Audience::Control, &Op::Merge, |h| h.hlc = Hlc(1)).entry;
        let before = f.figures("ops");
        liar.tell_all(&entry).await;
        let says = liar.member.post("long ago");
        let entry = liar.member.forge(Audience::Guild, &says, |h| h.hlc = Hlc(1)).entry;
        liar.tell_all(&entry).await;
        hears(&f).await;
        assert!(f.figures("ops")[0] >= before[0]);
        agree(&f).await;
    }),
    case!("parked", "thousands of ops that wait for what never comes: so many are kept and no more", |f| {
        let mut liar = Liar::enter(&f).await;
        let count = f
            .keep(4_000, async |nth| {
                let says = liar.member.post("waiting");
                let cited =
                    Ref { log: liar.member.log(), seq: 7, id: OpId(*blake3::hash(&nth.to_be_bytes()).as_bytes()) };
                let entry = liar
                    .member
                    .forge(Audience::Guild, &says, |h| {
                        h.auth = Bounded::try_from(vec![cited]).unwrap();
                        h.log.incarnation = nth;
                    })
                    .entry;
                liar.tell(0, &entry).await;
            })
            .await;
        assert!(count > 0);
        hears(&f).await;
        assert!(f.figures("parked").iter().all(|parked| *parked <= 4_096 * 2), "{:?}", f.figures("parked"));
    }),
    case!("parked-strangers", "ops of thousands of devices that nobody has certified", |f| {
        let mut liar = Liar::enter(&f).await;
        f.keep(2_000, async |nth| {
            let key = bivouac_crypto::SigningKey::from_seed(blake3::hash(&nth.to_be_bytes()).as_bytes());
            let mut header = liar.member.header(Audience::Guild);
            (header.kind, header.log.device) = (99, DeviceId(key.public()));
            let mut entry = liar.member.sign(header, &vec![1; 8_000]);
            entry.signature = Some(key.sign(Domain::Op, &entry.header.id().0));
            liar.tell(0, &entry).await;
        })
        .await;
        hears(&f).await;
        assert!(f.figures("parked")[0] <= 4_096 * 3);
    }),
    case!("far-places", "ops at the end of a log of four thousand million: no such holes are filled", |f| {
        let mut liar = Liar::enter(&f).await;
        for seq in [u64::from(u32::MAX) - 1, 1 << 31, 1 << 16, u64::MAX - 1] {
            let says = liar.member.post("far out");
            let entry = liar.member.forge(Audience::Guild, &says, |h| (h.seq, h.prev) = (seq, OpId([5; 32]))).entry;
            liar.tell_all(&entry).await;
        }
        hears(&f).await;
        agree(&f).await;
    }),
    case!("many-logs", "a log for every op", |f| {
        let mut liar = Liar::enter(&f).await;
        f.keep(1_000, async |nth| {
            let says = liar.member.post("scattered");
            let entry = liar.member.forge(Audience::Guild, &says, |h| h.log.incarnation = nth).entry;
            liar.tell(0, &entry).await;
        })
        .await;
        hears(&f).await;
        agree(&f).await;
    }),
    case!("op-flood", "messages without pause, all in order", |f| {
        let mut liar = Liar::enter(&f).await;
        f.keep(500, async |nth| {
            let says = liar.member.post(&format!("flood {nth}"));
            let entry = liar.member.write(Audience::Guild, &says);
            liar.tell(0, &entry).await;
        })
        .await;
        hears(&f).await;
        agree(&f).await;
    }),
    case!("law-flood", "acts of law without pause", |f| {
        let mut liar = Liar::enter(&f).await;
        f.keep(200, async |_| {
            let entry = liar.member.write(Audience::Control, &Op::Merge);
            liar.tell(0, &entry).await;
        })
        .await;
        hears(&f).await;
        agree(&f).await;
    }),
    case!("unlawful", "acts that the member has no right to: no effect", |f| {
        use bivouac_core::op::{Act, Acting};
        let mut liar = Liar::enter(&f).await;
        let owner = f.camp().nodes[0].user.clone();
        let user = UserId(data_encoding::HEXLOWER.decode(owner.as_bytes()).unwrap().try_into().unwrap());
        for acting in [Acting::Owner(0), Acting::Owner(9)] {
            let entry = liar.member.write(Audience::Control, &Op::Act(acting, Act::Kick { user, reason: None }));
            liar.tell_all(&entry).await;
        }
        hears(&f).await;
        let (guild, mut camp) = (f.guild.to_string(), f.camp());
        assert!(camp.nodes.iter_mut().all(|node| node.members(&guild).contains(&owner)));
    }),
    case!("junk-kinds", "kinds nobody knows, and payloads that are not what they say", |f| {
        let mut liar = Liar::enter(&f).await;
        for (nth, what) in [99, 0, u16::MAX, kind::ACT, kind::POST, kind::EPOCH, kind::GENESIS].into_iter().enumerate()
        {
            for audience in [Audience::Control, Audience::Guild] {
                let mut header = liar.member.header(audience);
                (header.kind, header.log.incarnation) = (what, nth as u64);
                header.epoch = (nth % 2 == 0).then_some(liar.member.epoch.0);
                let entry = liar.member.sign(header, &[0x81; 20_000]);
                liar.tell_all(&entry).await;
            }
        }
        hears(&f).await;
        agree(&f).await;
    }),
    case!("junk-epochs", "epochs that nobody can open, one after another: nobody sends on them", |f| {
        let mut liar = Liar::enter(&f).await;
        for _ in 0..30 {
            let (secret, log) = (EpochSecret::generate(&mut rng()), liar.member.log());
            let parents = vec![liar.member.epoch.0];
            let id = secret.id(&f.guild.0, &epoch_place(Audience::Guild, log), &parents);
            let parents = Bounded::try_from(parents).unwrap();
            let epoch =
                Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Blob::try_from(vec![1; 200]).ok() });
            let entry = liar.member.write(Audience::Control, &epoch);
            liar.tell_all(&entry).await;
        }
        let channel = f.camp().channel.clone();
        let said = f.camp().nodes[0].say(&channel, "said though none of those opens");
        assert!(!said.is_empty());
        f.until("all read it", || f.shows("said though none of those opens") == [true; 3]).await;
    }),
    case!("junk-wraps", "envelopes of keys for nobody, of epochs that are not", |f| {
        let mut liar = Liar::enter(&f).await;
        f.keep(200, async |nth| {
            let epoch = EpochId(*blake3::hash(&nth.to_be_bytes()).as_bytes());
            let wraps = (0..30).map(|n| (UserId([n; 32]), Blob::try_from(vec![n; 1_200]).unwrap())).collect::<Vec<_>>();
            let wraps = Bounded::try_from(wraps).unwrap();
            let bytes = Envelope::Wraps { guild: f.guild, epoch, wraps }.to_bytes();
            let frame = liar.member.gossiped(&bytes);
            liar.shout(0, &frame).await;
        })
        .await;
        hears(&f).await;
    }),
    case!("replays", "everything the guild ever said, told again", |f| {
        let mut liar = Liar::enter(&f).await;
        let heads = liar.member.heads(&liar.lines[0], Audience::Guild).await;
        let before = f.figures("ops");
        let mut told = 0;
        for head in heads.into_iter().filter(|head| head.id.0 != [0; 32]).take(12) {
            let (from, to) = (head.seq.saturating_sub(50), head.seq);
            let ask =
                Request::Range { guild: f.guild, audience: Audience::Guild, log: head.log, head: head.id, from, to };
            let Response::Range(entries) = liar.lines[0].ask(&ask).await.unwrap() else { panic!("no range") };
            for entry in entries.into_vec() {
                told += 1;
                liar.tell_all(&entry).await;
            }
        }
        assert!(told > 10 && f.figures("ops")[0] >= before[0]);
        hears(&f).await;
    }),
    case!("false-heads", "four thousand heads that are not, whenever it is asked", |f| {
        asked(&f, |request| match request {
            Request::Frontier { part, .. } => {
                Answer::With(Response::Frontier(false_heads(part, MAX_FRONTIER as u64, 9)))
            }
            Request::Hello(_) => Answer::No,
            _ => Answer::With(Response::Range(Bounded::default())),
        })
        .await;
    }),
    case!("giant-places", "heads at the largest places there are", |f| {
        asked(&f, |request| match request {
            Request::Frontier { part, .. } => {
                Answer::With(Response::Frontier(false_heads(part, 500, u64::from(u32::MAX) - 1)))
            }
            _ => Answer::With(Response::Range(Bounded::default())),
        })
        .await;
    }),
    case!("endless-sync", "always one more head, and a range that begins anew each time", |f| {
        let turn = std::sync::atomic::AtomicU64::new(0);
        asked(&f, move |request| match request {
            Request::Frontier { part, .. } => {
                let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Answer::With(Response::Frontier(false_heads(part, 3, turn)))
            }
            _ => Answer::With(Response::Split),
        })
        .await;
    }),
    case!("split-without-end", "always told to ask in more detail", |f| {
        asked(&f, |_| Answer::With(Response::Split)).await;
    }),
    case!("silence", "asked, and never answering", |f| {
        asked(&f, |_| Answer::Never).await;
    }),
    case!("wrong-kinds", "answers to other questions", |f| {
        asked(&f, |request| match request {
            Request::Frontier { .. } => Answer::With(Response::Keys(Bounded::default())),
            Request::Range { .. } => Answer::With(Response::Frontier(false_heads(Part::Law, 9, 1))),
            _ => Answer::With(Response::Knock(None)),
        })
        .await;
    }),
    case!("giant-answers", "answers that claim 4 GiB", |f| {
        asked(&f, |_| Answer::Raw([&u32::MAX.to_be_bytes()[..], &[1; 70_000]].concat())).await;
    }),
    case!("endless-answers", "answers of the largest size allowed, and on without end", |f| {
        asked(&f, |_| Answer::Endless(1 << 20)).await;
    }),
    case!("truncated-answers", "answers that end amid their bytes", |f| {
        asked(&f, |_| Answer::Raw(vec![0, 0, 1, 0, 1, 0x82])).await;
    }),
    case!("nested-answers", "answers of lists within lists", |f| {
        asked(&f, |_| Answer::Raw(crate::wire::framed(&[&[1][..], &vec![0x81; 900_000]].concat()))).await;
    }),
    case!("false-evidence", "accusations of honest members: nobody is cut off", |f| {
        let accused = LogId { device: f.targets[1].device, incarnation: 1 };
        asked(&f, move |request| match request {
            Request::Frontier { .. } => {
                let head = Head { audience: Audience::Guild, log: accused, seq: 0, id: OpId([0; 32]) };
                Answer::With(Response::Frontier(Bounded::try_from(vec![head]).unwrap()))
            }
            Request::Evidence { .. } => Answer::With(Response::Evidence(evidence(accused))),
            _ => Answer::No,
        })
        .await;
        let channel = f.camp().channel.clone();
        f.camp().nodes[1].say(&channel, "I am not cut off");
        f.until("all read it", || f.shows("I am not cut off") == [true; 3]).await;
    }),
    case!("odd-questions", "questions about places that are not, backwards, and of other guilds", |f| {
        let liar = Liar::enter(&f).await;
        let (guild, audience, log) = (f.guild, Audience::Guild, liar.member.log());
        for (from, to) in [(9, 3), (0, u64::MAX), (u64::MAX, u64::MAX), (u64::MAX - 1, 0)] {
            let ask = Request::Range { guild, audience, log, head: OpId([1; 32]), from, to };
            let answer = liar.lines[0].ask(&ask).await.unwrap();
            assert!(matches!(&answer, Response::Range(entries) if entries.is_empty()), "{answer:?}");
        }
        let other = bivouac_core::model::GuildId([9; 32]);
        let ask = Request::Keys { guild: other, epochs: Bounded::default() };
        assert_eq!(liar.lines[0].ask(&ask).await.unwrap(), Response::Refused);
    }),
    case!("largest-answers", "the largest answers there are, asked for on many streams and never read", |f| {
        let mut liar = Liar::enter(&f).await;
        let log = LogId { incarnation: 3, ..liar.member.log() };
        let mut last = (0, OpId([0; 32]));
        for seq in 0..30u64 {
            let mut header = liar.member.header(Audience::Guild);
            (header.log, header.seq, header.prev, header.kind) = (log, seq, last.1, 99);
            let entry = liar.member.sign(header, &vec![seq as u8; 44_000]);
            last = (seq, entry.header.id());
            liar.tell(0, &entry).await;
        }
        let ask = Request::Range { guild: f.guild, audience: Audience::Guild, log, head: last.1, from: 0, to: last.0 };
        let served = || async { matches!(liar.lines[0].ask(&ask).await, Ok(Response::Range(all)) if all.len() > 8) };
        let end = std::time::Instant::now() + crate::cast::PATIENCE;
        while !served().await {
            assert!(std::time::Instant::now() < end, "the log is not served");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut held = Vec::new();
        for _ in 0..60 {
            let Ok(mut stream) = liar.lines[0].open(crate::wire::SYNC).await else { break };
            let _ = stream.write_all(&crate::wire::framed(&ask.to_bytes())).await;
            let _ = stream.flush().await;
            held.push(stream);
        }
        tokio::time::sleep(f.span).await;
        hears(&f).await;
    }),
];

const SECONDS: Duration = Duration::from_secs(30);

/// A member connected to all three nodes, with a voice at each.
struct Liar {
    member: Member,
    lines: Vec<Line>,
    voices: Vec<SubstreamBox>,
}

impl Liar {
    async fn enter(f: &Field) -> Self {
        Self::answering(f, Manners::default()).await
    }

    async fn answering(f: &Field, manners: Manners) -> Self {
        let member = f.member().await;
        let (mut lines, mut voices) = (Vec::new(), Vec::new());
        for target in f.targets {
            let line = member.meet(target, manners.clone()).await.unwrap();
            voices.push(member.gossip(&line).await.unwrap());
            lines.push(line);
        }
        Self { member, lines, voices }
    }

    async fn shout(&mut self, to: usize, frame: &[u8]) {
        let voice = &mut self.voices[to];
        let write = async {
            voice.write_all(frame).await?;
            voice.flush().await
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), write).await;
    }

    async fn tell(&mut self, to: usize, entry: &Entry) {
        let frame = self.member.told(entry);
        self.shout(to, &frame).await;
    }

    async fn tell_all(&mut self, entry: &Entry) {
        for to in 0..3 {
            self.tell(to, entry).await;
        }
    }
}

/// A member who answers so is asked at least something by everybody, and for no longer than it helps.
async fn asked(f: &Field, answer: impl Fn(Request) -> Answer + Send + Sync + 'static) {
    let liar = Liar::answering(f, Manners::answering(answer)).await;
    f.until("it is asked", || liar.lines.iter().any(|line| Member::asked(line) > 0)).await;
    let before: usize = liar.lines.iter().map(Member::asked).sum();
    tokio::time::sleep(f.span).await;
    let times = liar.lines.iter().map(Member::asked).sum::<usize>() - before;
    // Sixteen heads that are not there, and no more are asked for, of the law and of content, until the next comparison,
    // of which there are a few after somebody has come: not the thousands that were named.
    let most = 3 * (200 + 40 * f.span.as_secs() as usize);
    assert!(times <= most, "asked {times} times in {:?}", f.span);
    hears(f).await;
    agree(f).await;
}

/// All nodes must come to hold the same ops and the same law.
async fn agree(f: &Field) {
    f.until("agreement", || f.camp().is_agreed()).await;
}

fn warned(f: &Field, what: &str) -> bool {
    f.camp().nodes.iter().all(|node| !node.warnings(what).is_empty())
}

fn other_key(entry: &Entry) -> Option<Signature> {
    let key = bivouac_crypto::SigningKey::generate(&mut rng());
    Some(key.sign(Domain::Op, &entry.header.id().0))
}

/// Heads of logs that are not.
fn false_heads(part: Part, count: u64, seq: u64) -> Bounded<Head, MAX_FRONTIER> {
    let audience = if part == Part::Law { Audience::Control } else { Audience::Guild };
    let head = |nth: u64| {
        let noise = blake3::hash(&[nth.to_be_bytes(), seq.to_be_bytes()].concat());
        let log = LogId { device: DeviceId(PublicKey::from_bytes(*noise.as_bytes())), incarnation: nth };
        Head { audience, log, seq, id: OpId(*noise.as_bytes()) }
    };
    Bounded::try_from((0..count).map(head).collect::<Vec<_>>()).unwrap()
}

/// Two ops that somebody else is said to have signed.
fn evidence(log: LogId) -> Option<Evidence> {
    let key = bivouac_crypto::SigningKey::generate(&mut rng());
    let entry = |nth: u8| {
        let header = bivouac_core::op::Header {
            version: 1,
            guild: bivouac_core::model::GuildId([1; 32]),
            audience: Audience::Guild,
            log,
            seq: 0,
            prev: OpId([0; 32]),
            hlc: Hlc(u64::from(nth)),
            auth: Bounded::default(),
            deps: Bounded::default(),
            kind: 99,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let signature = Some(key.sign(Domain::Op, &header.id().0));
        Entry { header, signature, payload: None }
    };
    Some(Evidence { a: entry(1), b: entry(2) })
}
