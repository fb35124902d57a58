//! Every lie we could think of, each a test: nobody panics, honest members agree and go on, memory stays bounded.

use bivouac_core::{
    io::{Answer, Command, ErrorKind, Query},
    model::{Hlc, MessageState, OpId},
    op::{Act, Audience, Entry, Epoch, Op, Post, Ref, epoch_place, kind},
    sim::{Dice, Person, World, person},
    wire::{Admission, Envelope, Head, Request, Response},
};
use bivouac_crypto::{
    Blob, Bounded, DeviceId, Domain, EpochId, EpochSecret, PublicKey, Signature, SigningKey, Text, canonical,
};

use crate::camp::Camp;

fn post(camp: &Camp, text: &str) -> Op {
    Op::Post(Post { channel: camp.channel, text: Text::try_from(text).unwrap(), reply_to: None })
}

fn act(camp: &Camp, rank: usize, act: Act) -> Op {
    let (everyone, admin, owner) = camp.world.acting(camp.guild);
    Op::Act([everyone, admin, owner][rank], act)
}

fn shown(world: &World, who: usize, camp_channel: bivouac_core::model::ChannelId) -> Vec<String> {
    world.timeline(who, camp_channel).into_iter().filter_map(|m| m.text).collect()
}

/// Tells everybody and checks that nobody shows or keeps it.
fn refused(camp: &mut Camp, entry: &Entry) {
    let before: Vec<u64> = camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().ops).collect();
    camp.world.tell(camp.liar, &camp.honest(), entry);
    camp.world.run(500);
    let after: Vec<u64> = camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().ops).collect();
    assert_eq!(before, after);
}

// ── ops ───────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn forged_signatures_are_refused() {
    let mut camp = Camp::new(4);
    for (who, audience) in [(0, Audience::Guild), (1, Audience::Guild), (0, Audience::Control)] {
        let says = if audience == Audience::Guild { post(&camp, "not me") } else { Op::Merge };
        let mut entry = camp.world.forge(who, camp.guild, audience, &says, |_| {}).entry;
        entry.signature = Some(Signature::from_bytes([7; 64]));
        refused(&mut camp, &entry);
        entry.signature = None;
        refused(&mut camp, &entry);
        // By a key that is not the log's.
        let id = entry.header.id();
        entry.signature = Some(camp.world.nodes[camp.liar].person.key().sign(Domain::Op, &id.0));
        refused(&mut camp, &entry);
    }
    camp.peace();
}

#[test]
fn an_op_told_again_is_told_to_the_user_once() {
    let mut camp = Camp::new(4);
    let ops = camp.world.ops_on_disk(0, camp.guild);
    for entry in &ops {
        camp.world.tell(camp.liar, &camp.honest(), entry);
    }
    camp.peace_after_restart();
}

#[test]
fn a_payload_cannot_be_taken_over_or_moved() {
    let mut camp = Camp::new(4);
    let theirs = camp.world.forge(1, camp.guild, Audience::Guild, &post(&camp, "mine"), |_| {}).entry;
    let payload = theirs.payload.clone().unwrap();
    // Under the liar's own name, in another audience, in another guild, under another epoch.
    let mut header = camp.world.header(camp.liar, camp.guild, Audience::Guild);
    (header.kind, header.epoch) = (kind::POST, theirs.header.epoch);
    let stolen = camp.world.sign(camp.liar, header.clone(), &payload);
    camp.world.tell(camp.liar, &camp.honest(), &stolen);
    camp.world.run(1_000);
    let mut control = camp.world.header(camp.liar, camp.guild, Audience::Control);
    (control.kind, control.epoch) = (kind::ACT, theirs.header.epoch);
    let moved = camp.world.sign(camp.liar, control, &payload);
    camp.world.tell(camp.liar, &camp.honest(), &moved);
    let other = match camp.world.want(camp.liar, Command::CreateGuild { name: "other".to_owned() }) {
        Some(Ok(bivouac_core::io::Reply::Guild { guild, .. })) => guild,
        other => panic!("{other:?}"),
    };
    header.guild = other;
    let elsewhere = camp.world.sign(camp.liar, header, &payload);
    refused(&mut camp, &elsewhere);
    // Control ops that cite another guild.
    let foreign = camp.world.header(camp.liar, other, Audience::Control).auth;
    let citing = camp.world.forge(camp.liar, camp.guild, Audience::Control, &Op::Merge, |h| h.auth = foreign).entry;
    camp.world.tell(camp.liar, &camp.honest(), &citing);
    camp.world.run(1_000);
    for i in camp.honest() {
        assert!(!shown(&camp.world, i, camp.channel).iter().any(|text| text == "mine"));
    }
    camp.peace_after_restart();
}

#[test]
fn oversized_noncanonical_and_nested_bytes_are_refused() {
    let mut camp = Camp::new(4);
    let honest = camp.honest();
    let good = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, "x"), |_| {}).entry;
    let bytes = Envelope::Op(good).to_bytes();
    let mut odd: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![1],
        vec![2; 100],
        [&bytes[..], &[0]].concat(),
        bytes[..bytes.len() - 1].to_vec(),
        vec![0; 49 * 1024],
        [&[1][..], &vec![0x81; 40_000]].concat(),
        [&[1][..], &vec![0x9f; 40_000]].concat(),
        [&[1][..], &vec![0xc1; 40_000]].concat(),
        vec![1, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![1, 0x82, 0, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    // Every byte once changed in a way that may still decode.
    for i in 0..bytes.len().min(400) {
        let mut changed = bytes.clone();
        changed[i] ^= 1 << (i % 8);
        odd.push(changed);
    }
    let from = camp.world.device(camp.liar);
    for bytes in &odd {
        camp.world.tell_bytes(camp.liar, &honest, bytes);
        for i in &honest {
            let answer = camp.world.probe_bytes(*i, from, bytes.clone());
            assert!(matches!(answer, Some(Response::Refused | Response::Knock(_) | Response::Hello(_))), "{answer:?}");
        }
        camp.world.run(20);
    }
    // Signed and canonical outside, nested or too long inside.
    for payload in [vec![0x81; 40_000], vec![0xff; 44 * 1024], [&[0x83][..], &vec![0x41; 30_000]].concat()] {
        for (audience, kind) in [
            (Audience::Control, kind::EPOCH),
            (Audience::Control, kind::GENESIS),
            (Audience::Control, kind::MERGE),
            (Audience::Control, kind::ACT),
            (Audience::Guild, kind::POST),
        ] {
            let mut header = camp.world.header(camp.liar, camp.guild, audience);
            header.kind = kind;
            let entry = camp.world.sign(camp.liar, header, &payload);
            camp.world.tell(camp.liar, &honest, &entry);
        }
        camp.world.run(500);
    }
    camp.peace_after_restart();
}

#[test]
fn unknown_kinds_and_acts_have_no_effect_and_stall_nothing() {
    let mut camp = Camp::new(4);
    let (mut control, mut content) = (None::<(u64, OpId)>, None::<(u64, OpId)>);
    let epoch = camp.world.epoch(camp.liar, camp.guild).map(|(id, _)| id);
    for (n, kind) in [99, 0, u16::MAX, kind::ACT, kind::POST, kind::EPOCH].into_iter().enumerate() {
        for (audience, last) in [(Audience::Control, &mut control), (Audience::Guild, &mut content)] {
            let mut header = camp.world.header(camp.liar, camp.guild, audience);
            header.hlc = Hlc(header.hlc.0 + 10 + n as u64);
            if let Some((seq, id)) = *last {
                (header.seq, header.prev) = (seq + 1, id);
            }
            header.kind = kind;
            header.epoch = if n % 2 == 0 { epoch } else { None };
            let entry = camp.world.sign(camp.liar, header, b"what is this?");
            *last = Some((entry.header.seq, entry.header.id()));
            camp.world.tell(camp.liar, &[0], &entry);
            camp.world.run(100);
        }
    }
    let kept = |i: usize| camp.world.ops_on_disk(i, camp.guild).iter().filter(|e| e.header.kind == 99).count();
    assert_eq!(kept(0), 2);
    camp.peace_after_restart();
    for i in camp.honest() {
        assert_eq!(camp.world.ops_on_disk(i, camp.guild).iter().filter(|e| e.header.kind == 99).count(), 2);
    }
}

#[test]
fn a_later_version_stalls_nobody() {
    let mut camp = Camp::new(4);
    for audience in [Audience::Control, Audience::Guild] {
        let says = if audience == Audience::Guild { post(&camp, "from the future") } else { Op::Merge };
        let entry = camp.world.forge(camp.liar, camp.guild, audience, &says, |h| h.version = 2).entry;
        camp.world.tell(camp.liar, &camp.honest(), &entry);
        let (seq, prev) = (entry.header.seq, entry.header.id());
        let next = camp.world.forge(camp.liar, camp.guild, audience, &says, |h| {
            (h.seq, h.prev) = (seq + 1, prev);
            h.hlc = Hlc(h.hlc.0 + 9);
        });
        camp.world.tell(camp.liar, &camp.honest(), &next.entry);
    }
    camp.peace_after_restart();
}

#[test]
fn what_is_dated_hours_ahead_waits_for_its_time() {
    let mut camp = Camp::new(4);
    let hour = 3_600_000;
    let ahead = Hlc::at(camp.world.nodes[0].wall(camp.world.now) + hour);
    let late = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, "tomorrow"), |h| h.hlc = ahead);
    let law = act(&camp, 0, Act::Leave);
    let leave = camp.world.forge(camp.liar, camp.guild, Audience::Control, &law, |h| h.hlc = ahead);
    camp.world.tell(camp.liar, &camp.honest(), &late.entry);
    camp.world.tell(camp.liar, &camp.honest(), &leave.entry);
    let silent = |_: DeviceId, _: &[u8]| Some(None);
    camp.world.nodes[camp.liar].tamper = Some(Box::new(silent));
    camp.world.run(5_000);
    for i in camp.honest() {
        assert!(!shown(&camp.world, i, camp.channel).contains(&"tomorrow".to_owned()));
        assert!(camp.world.nodes[i].warnings.iter().any(|(kind, _)| *kind == "clock"));
    }
    camp.say(0, "what honest people say is dated today");
    camp.world.run(2_000);
    let dated = camp.world.timeline(1, camp.channel).last().unwrap().id.hlc;
    assert!(dated < ahead);
    camp.world.run(hour);
    assert!(!camp.has(camp.liar));
    for i in camp.honest() {
        assert!(shown(&camp.world, i, camp.channel).contains(&"tomorrow".to_owned()));
    }
    camp.peace_after_restart();
}

#[test]
fn a_timestamp_not_above_what_it_cites_is_refused() {
    let mut camp = Camp::new(4);
    for back in [0, 1, 1_000_000] {
        let newest = camp.world.header(camp.liar, camp.guild, Audience::Control).hlc;
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &Op::Merge, |h| {
            h.hlc = Hlc(newest.0.saturating_sub((10 << 32) + back));
        });
        refused(&mut camp, &op.entry);
    }
    // Of content the law asks nothing of the kind: it is shown where it says that it belongs.
    let says = post(&camp, "long ago");
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| h.hlc = Hlc(1));
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    camp.peace_after_restart();
}

/// `R` of small order and `s` zero: holds for such a key wherever order is not looked at.
fn small_signature(r: [u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r);
    Signature::from_bytes(bytes)
}

#[test]
fn keys_of_small_order_prove_nothing() {
    let mut camp = Camp::new(4);
    let small: [[u8; 32]; 3] = [
        [0; 32],
        std::array::from_fn(|i| u8::from(i == 0)),
        std::array::from_fn(|i| {
            if i == 0 {
                0xec
            } else if i == 31 {
                0x7f
            } else {
                0xff
            }
        }),
    ];
    for bytes in small {
        let key = PublicKey::from_bytes(bytes);
        let mut header = camp.world.header(camp.liar, camp.guild, Audience::Guild);
        header.log.device = DeviceId(key);
        (header.seq, header.prev) = (0, OpId([0; 32]));
        let mut entry = camp.world.sign(camp.liar, header, b"");
        entry.signature = Some(small_signature(bytes));
        refused(&mut camp, &entry);
        // An invite of such a key admits nobody.
        let invite = Act::Invite { key, max_uses: None, expires_ms: None, roles: Bounded::default() };
        let made = camp.world.forge(camp.liar, camp.guild, Audience::Control, &act(&camp, 0, invite), |h| {
            h.hlc = Hlc(h.hlc.0 + 1);
        });
        camp.world.tell(camp.liar, &camp.honest(), &made.entry);
        camp.world.run(500);
        let guest = person(9).chain.clone();
        let proof = small_signature(bytes);
        let from = person(9).device;
        camp.world.input(0, bivouac_core::io::Input::Connected(from));
        let answer = camp.world.probe(0, from, &Request::Join { key, guest, proof });
        assert!(matches!(answer, Some(Response::Join(Admission::Invalid))), "{answer:?}");
        camp.world.input(0, bivouac_core::io::Input::Disconnected(from));
    }
    // Its control log forked by the repeated place: that is its own affair.
    camp.peace_after_restart();
}

// ── forks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_forked_content_log_told_to_two_halves_is_cut_alike() {
    let mut camp = Camp::new(5);
    let stories: Vec<Vec<Entry>> = ["black", "white"]
        .into_iter()
        .map(|story| {
            let mut last: Option<(u64, OpId)> = None;
            (0..5u64)
                .map(|n| {
                    let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, story), |h| {
                        h.hlc = Hlc(h.hlc.0 + n);
                        if let Some((seq, id)) = last {
                            (h.seq, h.prev) = (seq + 1, id);
                        }
                    });
                    last = Some((op.entry.header.seq, op.id));
                    op.entry
                })
                .collect()
        })
        .collect();
    for entry in &stories[0] {
        camp.world.tell(camp.liar, &[0, 1], entry);
    }
    for entry in &stories[1] {
        camp.world.tell(camp.liar, &[2, 3], entry);
    }
    camp.world.run(100);
    camp.peace_after_restart();
    for i in camp.honest() {
        let texts = shown(&camp.world, i, camp.channel);
        assert!(texts.contains(&"hello from 4".to_owned()), "what came before the fork stays");
        assert!(!texts.iter().any(|text| text == "black" || text == "white"));
        assert!(camp.world.nodes[i].warnings.iter().any(|(kind, _)| *kind == "fork"));
    }
    // Who makes the indexes of a store anew, where alone the proof stood, is given it again.
    camp.world.crash(1);
    let node = &mut camp.world.nodes[1];
    node.disk = node.disk.salvage();
    let secrets = node.person.secrets(node.incarnation, node.guilds.clone());
    let indexes = bivouac_core::rebuild(secrets, &node.disk, node.wall(camp.world.now)).unwrap();
    node.disk.write(indexes);
    node.disk.sync();
    node.warnings.clear();
    camp.world.start(1);
    camp.peace();
    assert!(camp.world.nodes[1].warnings.iter().any(|(kind, _)| *kind == "fork"));
    // A newcomer learns of it too.
    let late = camp.world.add(person(8), 0);
    camp.world.run(1_000);
    camp.join(late);
    camp.peace();
    assert!(shown(&camp.world, late, camp.channel).contains(&"hello from 4".to_owned()));
}

#[test]
fn a_forked_control_log_told_to_two_halves_is_judged_alike() {
    let mut camp = Camp::new(5);
    camp.make_admin(camp.liar);
    let epoch = |n: u8| {
        Op::Epoch(Epoch { audience: Audience::Guild, id: EpochId([n; 32]), parents: Bounded::default(), link: None })
    };
    let says = [
        vec![act(&camp, 1, Act::Kick { user: camp.user(1), reason: None }), epoch(1)],
        vec![act(&camp, 1, Act::Ban { user: camp.user(2), reason: None }), epoch(2)],
    ];
    for (story, half) in says.iter().zip([[0, 1], [2, 3]]) {
        let mut last: Option<(u64, OpId)> = None;
        for says in story {
            let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, says, |h| {
                if let Some((seq, id)) = last {
                    (h.seq, h.prev) = (seq + 1, id);
                    h.hlc = Hlc(h.hlc.0 + 1);
                }
            });
            last = Some((op.entry.header.seq, op.id));
            camp.world.tell(camp.liar, &half, &op.entry);
        }
    }
    camp.world.run(100);
    camp.peace_after_restart();
    for i in camp.honest() {
        if camp.has(i) {
            let forked = camp.world.law(i, camp.guild).unwrap().forked;
            assert!(forked.contains(&camp.world.device(camp.liar)));
        }
    }
}

#[test]
fn a_log_forked_twenty_ways_is_judged_alike() {
    let mut camp = Camp::new(5);
    let ops: Vec<Entry> = (0..20)
        .map(|n| {
            let key = SigningKey::from_seed(&[n; 32]).public();
            let says = act(&camp, 0, Act::Invite { key, max_uses: None, expires_ms: None, roles: Bounded::default() });
            camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |_| {}).entry
        })
        .collect();
    for (n, entry) in ops.iter().enumerate() {
        camp.world.tell(camp.liar, &[n % 4], entry);
    }
    for (n, entry) in ops.iter().rev().enumerate() {
        camp.world.tell(camp.liar, &[n % 4], entry);
    }
    camp.world.run(100);
    camp.peace_after_restart();
}

#[test]
fn a_removed_admin_cannot_fork_to_undo_his_own_acts() {
    let mut camp = Camp::new(5);
    camp.make_admin(camp.liar);
    let before = camp.world.header(camp.liar, camp.guild, Audience::Control);
    let (user, guild) = (camp.user(1), camp.guild);
    camp.order(camp.liar, Command::Ban { guild, user, reason: None });
    camp.world.run(3_000);
    assert!(!camp.has(1));
    camp.kick(0, camp.liar);
    camp.world.run(3_000);
    // The same place again, with something harmless.
    let says = act(&camp, 1, Act::Guild { name: Text::try_from("mine").unwrap() });
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |h| *h = before);
    camp.world.tell(camp.liar, &[0, 2, 3], &op.entry);
    camp.world.run(3_000);
    assert!(!camp.has(1), "the ban stands: others had built upon it");
    assert!(camp.world.law(0, camp.guild).unwrap().bans.contains(&user));
    camp.peace_after_restart();
    assert_eq!(camp.world.law(0, camp.guild).unwrap().name, "camp");
}

#[test]
fn places_beyond_all_bounds_are_bounded() {
    let mut camp = Camp::new(5);
    for seq in [1 << 31, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::MAX, 4_000_000, 7_999_990, 11_999_000] {
        let says = post(&camp, "far away");
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| {
            (h.seq, h.prev) = (seq, OpId([3; 32]));
        });
        camp.world.tell(camp.liar, &[0, 1], &op.entry);
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &Op::Merge, |h| {
            (h.seq, h.prev) = (seq, OpId([3; 32]));
        });
        camp.world.tell(camp.liar, &[2, 3], &op.entry);
    }
    camp.world.run(5_000);
    // Every other place, so that no two ops touch.
    for n in 0..400u64 {
        let says = post(&camp, "holes");
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| {
            (h.seq, h.prev) = (2 * n + 10, OpId([3; 32]));
        });
        camp.world.tell(camp.liar, &[usize::try_from(n % 4).unwrap()], &op.entry);
        camp.world.run(10);
    }
    camp.world.crash(camp.liar);
    camp.world.run(5_000);
    for i in camp.honest() {
        let size = camp.world.nodes[i].disk.size();
        assert!(size < 2 << 20, "{size} bytes on disk");
    }
    camp.peace_after_restart();
}

#[test]
fn junk_inner_signatures_are_not_passed_on_as_proof() {
    let mut camp = Camp::new(4);
    let mut last: Option<(u64, OpId)> = None;
    let entries: Vec<Entry> = (0..6u64)
        .map(|n| {
            let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, "inner"), |h| {
                h.hlc = Hlc(h.hlc.0 + n);
                if let Some((seq, id)) = last {
                    (h.seq, h.prev) = (seq + 1, id);
                }
            });
            last = Some((op.entry.header.seq, op.id));
            let mut entry = op.entry;
            if n < 5 {
                entry.signature = Some(Signature::from_bytes([9; 64]));
            }
            entry
        })
        .collect();
    let (log, head) = (entries[0].header.log, entries[5].header.id());
    let seq = entries[5].header.seq;
    let served = entries.clone();
    camp.world.nodes[camp.liar].tamper = Some(Box::new(move |_, bytes| match Request::from_bytes(bytes)? {
        Request::Frontier { audience: Audience::Guild, .. } => {
            let heads = Bounded::try_from(vec![Head { log, seq, id: head }]).ok()?;
            Some(Some(Response::Frontier(heads).to_bytes()))
        }
        Request::Range { log: asked, from, to, .. } if asked == log => {
            let range = served.iter().filter(|e| (from..=to).contains(&e.header.seq)).cloned().collect::<Vec<_>>();
            Some(Some(Response::Range(Bounded::try_from(range).ok()?).to_bytes()))
        }
        _ => None,
    }));
    // Only node 0 can ask the liar.
    camp.world.cut(camp.liar, 1, true);
    camp.world.cut(camp.liar, 2, true);
    camp.world.run(60_000);
    let texts = |i: usize| shown(&camp.world, i, camp.channel).iter().filter(|text| *text == "inner").count();
    assert_eq!((texts(0), texts(1), texts(2)), (6, 6, 6));
    camp.peace_after_restart();
}

// ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn an_epoch_that_nobody_can_open_is_used_by_nobody() {
    let mut camp = Camp::new(4);
    let (parent, _) = camp.world.epoch(camp.liar, camp.guild).unwrap();
    let parents = Bounded::try_from(vec![parent]).unwrap();
    let junk = Blob::try_from(vec![5; 300]).unwrap();
    let id = EpochId([0xab; 32]);
    let epoch = Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Some(junk) });
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &epoch, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    let wraps: Vec<_> =
        camp.honest().iter().map(|i| (camp.user(*i), Blob::try_from(vec![1; 1_200]).unwrap())).collect();
    let wraps = Envelope::Wraps { guild: camp.guild, epoch: id, wraps: Bounded::try_from(wraps).unwrap() };
    camp.world.tell_bytes(camp.liar, &camp.honest(), &wraps.to_bytes());
    camp.world.run(500);
    // Acts and messages sealed under it.
    let secret = EpochSecret::generate(&mut bivouac_core_rng(&mut camp));
    let mut unread = Vec::new();
    for (audience, says) in
        [(Audience::Guild, post(&camp, "sealed for ever")), (Audience::Control, act(&camp, 0, Act::Leave))]
    {
        let under = Some((id, secret.duplicate()));
        let (seq, prev) = (op.entry.header.seq + 1, op.id);
        let sealed = camp.world.forge_under(camp.liar, camp.guild, audience, &says, under, |h| {
            h.hlc = Hlc(h.hlc.0 + 5);
            if audience == Audience::Control {
                (h.seq, h.prev) = (seq, prev);
            }
        });
        camp.world.tell(camp.liar, &camp.honest(), &sealed.entry);
        unread.push(sealed.id);
    }
    camp.world.run(1_000);
    // To cite what could not be read would be to claim to have seen it.
    let name = Some("Sealed Sands".to_owned());
    camp.order(0, Command::UpdateGuild { guild: camp.guild, name });
    camp.say(0, "citing what I could read");
    let held = camp.world.ops_on_disk(0, camp.guild);
    assert!(unread.iter().all(|id| held.iter().any(|entry| entry.header.id() == *id)), "the sealed ops are here");
    let citing = held.iter().filter(|entry| entry.header.log.device == camp.world.device(0));
    assert!(citing.flat_map(|entry| entry.header.auth.iter()).all(|cited| !unread.contains(&cited.id)));
    camp.peace_after_restart();
    let user = camp.user(camp.liar);
    assert!(camp.world.law(0, camp.guild).unwrap().members.contains_key(&user), "what nobody can read has no effect");
    // Newcomers read on, and a removal still rotates the keys.
    let late = camp.world.add(person(8), 0);
    camp.world.cut(late, camp.liar, true);
    camp.world.run(1_000);
    camp.join(late);
    camp.kick(0, camp.liar);
    camp.peace();
    let texts = shown(&camp.world, late, camp.channel);
    assert!(texts.contains(&"hello from 1".to_owned()), "{texts:?} {}", camp.world.explain(late, camp.guild));
}

fn bivouac_core_rng(camp: &mut Camp) -> Dice {
    camp.world.lies()
}

#[test]
fn an_epoch_wrapped_to_some_reaches_all() {
    let mut camp = Camp::new(5);
    let (parent, held) = camp.world.epoch(camp.liar, camp.guild).unwrap();
    let mut rng = bivouac_core_rng(&mut camp);
    let secret = EpochSecret::generate(&mut rng);
    let log = camp.world.header(camp.liar, camp.guild, Audience::Control).log;
    let id = secret.id(&camp.guild.0, &epoch_place(Audience::Guild, log), &[parent]);
    let link = Blob::try_from(secret.link(&mut rng, &id, &[(parent, &held)]).unwrap()).unwrap();
    let parents = Bounded::try_from(vec![parent]).unwrap();
    let epoch = Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Some(link) });
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &epoch, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    // A wrap for node 1, garbage for node 2, nothing for the others.
    let (info, aad) = (canonical::encode(&(camp.guild, id)), canonical::encode(&camp.user(1)));
    let kem = camp.world.law(0, camp.guild).unwrap().members[&camp.user(1)].kem.clone();
    let wrap = bivouac_crypto::wrap(&mut rng, &kem, &info, &aad, &secret.to_bytes()[..]).unwrap();
    let wraps =
        vec![(camp.user(1), Blob::try_from(wrap).unwrap()), (camp.user(2), Blob::try_from(vec![3; 1_200]).unwrap())];
    let wraps = Envelope::Wraps { guild: camp.guild, epoch: id, wraps: Bounded::try_from(wraps).unwrap() };
    camp.world.tell_bytes(camp.liar, &[1, 2], &wraps.to_bytes());
    camp.world.nodes[camp.liar].tamper = Some(Box::new(|_, _| Some(None)));
    camp.world.run(2_000);
    camp.say(1, "on the new key");
    camp.peace_after_restart();
    for i in camp.honest() {
        assert!(shown(&camp.world, i, camp.channel).contains(&"on the new key".to_owned()));
    }
}

#[test]
fn claimed_secrets_of_unknown_epochs_are_bounded() {
    let mut camp = Camp::new(3);
    let mut rng = bivouac_core_rng(&mut camp);
    let before = camp.world.nodes[0].disk.size();
    let user = camp.user(0);
    let kem = camp.world.law(0, camp.guild).unwrap().members[&user].kem.clone();
    for n in 0..2_000u32 {
        let mut id = [1; 32];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let id = EpochId(id);
        let secret = EpochSecret::generate(&mut rng);
        let (info, aad) = (canonical::encode(&(camp.guild, id)), canonical::encode(&user));
        let wrap = bivouac_crypto::wrap(&mut rng, &kem, &info, &aad, &secret.to_bytes()[..]).unwrap();
        let wraps = Bounded::try_from(vec![(user, Blob::try_from(wrap).unwrap())]).unwrap();
        camp.world.tell_bytes(camp.liar, &[0], &Envelope::Wraps { guild: camp.guild, epoch: id, wraps }.to_bytes());
        camp.world.run(5);
    }
    assert!(camp.world.nodes[0].disk.size() < before + 4_096);
    // Real keys still come through.
    camp.kick(0, camp.liar);
    camp.peace_after_restart();
}

#[test]
fn a_key_withheld_does_not_keep_the_removed_on_later_epochs() {
    let mut camp = Camp::new(4);
    camp.make_admin(1);
    // The owner is away when the key of the epoch after the first removal is told, and is not given it later.
    for who in [1, 2] {
        let owner = camp.world.device(0);
        let keys = |bytes: &[u8]| matches!(Request::from_bytes(bytes), Some(Request::Keys { .. }));
        camp.world.nodes[who].tamper = Some(Box::new(move |by, bytes| (by == owner && keys(bytes)).then_some(None)));
    }
    camp.world.isolate(0, true);
    camp.world.run(1_000);
    camp.kick(1, 3);
    camp.world.run(1_000);
    camp.world.isolate(0, false);
    camp.world.run(20_000);
    // The second removal is sealed under it, and no epoch follows.
    let kick = act(&camp, 1, Act::Kick { user: camp.user(2), reason: None });
    let kick = camp.world.forge(1, camp.guild, Audience::Control, &kick, |_| {}).entry;
    camp.world.tell(1, &[0], &kick);
    camp.world.run(1_000);
    assert_eq!((camp.has(2), camp.has(3)), (true, false));
    let epoch = |camp: &Camp| {
        let (ops, device) = (camp.world.ops_on_disk(0, camp.guild), camp.world.device(0));
        let own = ops.iter().filter(|op| op.header.log.device == device && op.header.audience == Audience::Guild);
        own.max_by_key(|op| op.header.seq).unwrap().header.epoch.unwrap()
    };
    let holds = |camp: &Camp, who: usize, epoch| camp.world.secrets_on_disk(who, camp.guild).contains_key(&epoch);
    camp.say(0, "with the second still in");
    camp.world.run(5_000);
    let with = epoch(&camp);
    assert!(holds(&camp, 2, with));

    camp.world.nodes[2].tamper = None;
    camp.world.flap(0, 2);
    camp.world.run(120_000);
    assert!(!camp.has(2));
    camp.say(0, "without");
    camp.world.run(20_000);
    let without = epoch(&camp);
    assert_ne!(with, without);
    assert_eq!([1, 2, 3].map(|who| holds(&camp, who, without)), [true, false, false]);
}

// ── sync ──────────────────────────────────────────────────────────────────────────────────────────────────────────

fn lies(camp: &mut Camp, mut answer: impl FnMut(&Request) -> Option<Response> + Send + 'static) {
    let tamper = move |_: DeviceId, bytes: &[u8]| {
        let request = Request::from_bytes(bytes)?;
        answer(&request).map(|response| Some(response.to_bytes()))
    };
    camp.world.nodes[camp.liar].tamper = Some(Box::new(tamper));
    for i in camp.honest() {
        camp.world.flap(i, camp.liar);
    }
}

#[test]
fn heads_that_are_never_served_stall_nobody() {
    let mut camp = Camp::new(4);
    let known: Vec<Head> = (0..4)
        .map(|i| camp.world.header(i, camp.guild, Audience::Guild))
        .flat_map(|h| {
            [0, 1, 1 << 31, u64::MAX - 1, u64::MAX].map(|seq| Head { log: h.log, seq, id: OpId([seq as u8; 32]) })
        })
        .collect();
    let mut made_up = Vec::new();
    for n in 0..4_000u32 {
        let mut head = known[0];
        head.log.incarnation = u64::from(n);
        head.seq = u64::from(n) << 20;
        made_up.push(head);
    }
    let mut heads: Vec<Head> = known.into_iter().chain(made_up).collect();
    heads.sort();
    lies(&mut camp, move |request| match request {
        Request::Frontier { .. } => Some(Response::Frontier(Bounded::try_from(heads.clone()).ok()?)),
        Request::Range { .. } => Some(Response::Range(Bounded::default())),
        _ => None,
    });
    let before = camp.world.handled;
    camp.world.run(60_000);
    let handled = camp.world.handled - before;
    assert!(handled < 6_000, "{handled} inputs in a minute");
    camp.peace_after_restart();
}

#[test]
fn heads_that_are_answered_by_silence_stall_nobody() {
    let mut camp = Camp::new(4);
    let header = camp.world.header(0, camp.guild, Audience::Guild);
    let heads: Vec<Head> =
        (0..2_000u64).map(|n| Head { log: header.log, seq: n + 5, id: OpId([n as u8; 32]) }).collect();
    let tamper = move |_: DeviceId, bytes: &[u8]| match Request::from_bytes(bytes)? {
        Request::Frontier { .. } => Some(Some(Response::Frontier(Bounded::try_from(heads.clone()).ok()?).to_bytes())),
        Request::Hello(_) => None,
        _ => Some(None),
    };
    camp.world.nodes[camp.liar].tamper = Some(Box::new(tamper));
    for i in camp.honest() {
        camp.world.flap(i, camp.liar);
    }
    camp.world.run(60_000);
    camp.peace();
}

#[test]
fn ranges_of_anything_but_what_was_asked_are_dropped() {
    let mut camp = Camp::new(4);
    let all = camp.world.ops_on_disk(0, camp.guild);
    let mut turn = 0usize;
    let head = Head { seq: 40, id: OpId([1; 32]), log: camp.world.header(1, camp.guild, Audience::Guild).log };
    lies(&mut camp, move |request| {
        turn += 1;
        match request {
            Request::Frontier { .. } => Some(Response::Frontier(Bounded::try_from(vec![head]).ok()?)),
            Request::Range { .. } => {
                let mut entries = all.clone();
                match turn % 4 {
                    0 => entries.reverse(),
                    1 => entries = entries.iter().cycle().take(256).cloned().collect(),
                    2 => entries.iter_mut().for_each(|entry| entry.signature = None),
                    _ => entries.iter_mut().for_each(|entry| entry.header.seq = head.seq),
                }
                Some(Response::Range(Bounded::try_from(entries).ok()?))
            }
            _ => None,
        }
    });
    camp.world.run(60_000);
    camp.peace_after_restart();
}

#[test]
fn answers_of_the_wrong_sort_are_dropped() {
    let mut camp = Camp::new(4);
    let mut turn = 0usize;
    lies(&mut camp, move |_| {
        turn += 1;
        Some(match turn % 9 {
            0 => Response::Refused,
            1 => Response::Split,
            2 => Response::Knock(Some([1; 16].into())),
            3 => Response::Frontier(Bounded::default()),
            4 => Response::Range(Bounded::default()),
            5 => Response::Keys(Bounded::default()),
            6 => Response::Evidence(None),
            7 => Response::Join(Admission::Admitted { keys: Bounded::default() }),
            _ => Response::Hello(Bounded::default()),
        })
    });
    camp.world.run(60_000);
    camp.peace_after_restart();
    // Bytes that are no answer at all.
    let mut turn = 0u8;
    camp.world.nodes[camp.liar].tamper = Some(Box::new(move |_, _| {
        turn = turn.wrapping_add(1);
        Some(Some(vec![turn; usize::from(turn) * 40]))
    }));
    camp.world.run(60_000);
    camp.peace();
}

#[test]
fn splits_without_end_stall_nobody() {
    let mut camp = Camp::new(4);
    lies(&mut camp, |request| matches!(request, Request::Frontier { .. }).then_some(Response::Split));
    let before = camp.world.handled;
    camp.world.run(10_000);
    assert!(camp.world.handled - before < 20_000, "{} inputs in ten seconds", camp.world.handled - before);
    camp.peace();
}

#[test]
fn odd_requests_are_answered_or_refused() {
    let mut camp = Camp::new(3);
    let from = camp.world.device(camp.liar);
    let header = camp.world.header(1, camp.guild, Audience::Guild);
    let places = [0, 1, 63, 64, 1 << 31, u64::MAX - 256, u64::MAX - 1, u64::MAX];
    for audience in [Audience::Control, Audience::Guild, Audience::Channel(camp.channel)] {
        for first in places {
            for to in places {
                let head = camp.world.header(1, camp.guild, audience).prev;
                let request = Request::Range { guild: camp.guild, audience, log: header.log, head, from: first, to };
                assert!(camp.world.probe(0, from, &request).is_some());
                camp.world.run(20);
            }
        }
        for prints in [0, 1, 2, 255, 256] {
            let prints = Bounded::try_from(vec![7; prints]).unwrap();
            assert!(camp.world.probe(0, from, &Request::Frontier { guild: camp.guild, audience, prints }).is_some());
        }
    }
    let epochs = Bounded::try_from(vec![EpochId([4; 32]); 16]).unwrap();
    assert!(camp.world.probe(0, from, &Request::Keys { guild: camp.guild, epochs }).is_some());
    // A stranger gets nothing.
    let stranger = person(9).device;
    camp.world.input(0, bivouac_core::io::Input::Connected(stranger));
    let prints = Bounded::try_from(vec![7]).unwrap();
    for audience in [Audience::Control, Audience::Guild] {
        let ask = Request::Frontier { guild: camp.guild, audience, prints: prints.clone() };
        assert_eq!(camp.world.probe(0, stranger, &ask), Some(Response::Refused));
    }
    camp.peace();
}

#[test]
fn a_flood_of_requests_is_refused_in_time() {
    let mut camp = Camp::new(3);
    let from = camp.world.device(camp.liar);
    let ask = Request::Knock([0; 16]);
    let answered = (0..5_000).filter(|_| camp.world.probe(0, from, &ask) == Some(Response::Knock(None))).count();
    assert!(answered < 1_000, "{answered}");
    camp.peace();
}

// ── joining ───────────────────────────────────────────────────────────────────────────────────────────────────────

fn seed_of(link: &str) -> SigningKey {
    let bytes =
        data_encoding::BASE64URL_NOPAD.decode(link.strip_prefix("bivouac://join/").unwrap().as_bytes()).unwrap();
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.array().unwrap();
    decoder.u8().unwrap();
    decoder.bytes().unwrap();
    SigningKey::from_seed(decoder.bytes().unwrap().try_into().unwrap())
}

fn join_request(camp: &Camp, link: &str, guest: &Person) -> Request {
    let key = seed_of(link);
    let bytes = bivouac_core::op::invite_proof(camp.guild, guest.user);
    Request::Join { key: key.public(), guest: guest.chain.clone(), proof: key.sign(Domain::Invite, &bytes) }
}

fn ask_to_join(camp: &mut Camp, from: DeviceId, request: &Request) -> Admission {
    camp.world.input(0, bivouac_core::io::Input::Connected(from));
    let answer = camp.world.probe(0, from, request);
    camp.world.input(0, bivouac_core::io::Input::Disconnected(from));
    match answer {
        Some(Response::Join(admission)) => admission,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stolen_proof_admits_nobody() {
    let mut camp = Camp::new(3);
    let (victim, thief) = (person(8), person(9));
    let link = camp.link.clone();
    let stolen = join_request(&camp, &link, victim);
    assert_eq!(ask_to_join(&mut camp, thief.device, &stolen), Admission::Invalid);
    let Request::Join { key, proof, .. } = stolen else { panic!() };
    let mine = Request::Join { key, guest: thief.chain.clone(), proof };
    assert_eq!(ask_to_join(&mut camp, thief.device, &mine), Admission::Invalid);
    camp.peace();
    assert!(!camp.world.law(0, camp.guild).unwrap().members.contains_key(&thief.user));
}

#[test]
fn spent_expired_and_revoked_invites_admit_nobody() {
    let mut camp = Camp::new(3);
    let spent = camp.invite(0, Some(1), None);
    let short = camp.invite(0, None, Some(1_000));
    let first = join_request(&camp, &spent, person(8));
    assert!(matches!(ask_to_join(&mut camp, person(8).device, &first), Admission::Admitted { .. }));
    assert!(matches!(ask_to_join(&mut camp, person(8).device, &first), Admission::Admitted { .. }), "asked again");
    let second = join_request(&camp, &spent, person(9));
    assert_eq!(ask_to_join(&mut camp, person(9).device, &second), Admission::Used);
    camp.world.run(2_000);
    let late = join_request(&camp, &short, person(9));
    assert_eq!(ask_to_join(&mut camp, person(9).device, &late), Admission::Expired);
    // A member who ignores all that cannot admit by the spent one either.
    let law = camp.world.law(0, camp.guild).unwrap();
    let (invite, _) = law.invites.iter().find(|(_, i)| i.max_uses == Some(1)).unwrap();
    let Request::Join { guest, proof, .. } = second else { panic!() };
    let says = act(&camp, 0, Act::Admit { invite: *invite, guest, proof });
    camp.world.run(3_000);
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    camp.world.run(2_000);
    assert!(!camp.world.law(0, camp.guild).unwrap().members.contains_key(&person(9).user));
    camp.peace_after_restart();
}

#[test]
fn the_banned_do_not_come_back_by_an_old_invite() {
    let mut camp = Camp::new(4);
    let (user, guild, link) = (camp.user(2), camp.guild, camp.link.clone());
    camp.order(0, Command::Ban { guild, user, reason: None });
    camp.world.run(3_000);
    for who in [1, 0] {
        if who == 1 {
            camp.world.cut(0, 2, true);
        } else {
            camp.world.cut(0, 2, false);
            camp.world.cut(1, 2, true);
        }
        camp.world.run(3_000);
        let answer = camp.world.want(2, Command::Join { link: link.clone(), timeout_ms: 5_000 });
        let refused = answer.map(|answer| answer.map_err(|error| error.kind));
        assert_eq!(refused, Some(Err(ErrorKind::Forbidden)));
    }
    camp.peace();
    assert!(!camp.has(2));
}

#[test]
fn a_sock_puppet_cannot_readmit_the_removed() {
    for saw in [false, true] {
        let mut camp = Camp::new(5);
        let stale = camp.world.header(camp.liar, camp.guild, Audience::Control);
        let removed = 2;
        camp.kick(0, removed);
        camp.world.run(3_000);
        let link = camp.link.clone();
        let Request::Join { guest, proof, .. } = join_request(&camp, &link, person(removed)) else { panic!() };
        let invite = *camp.world.law(0, camp.guild).unwrap().invites.keys().next().unwrap();
        let says = act(&camp, 0, Act::Admit { invite, guest, proof });
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |h| {
            if !saw {
                *h = stale;
            }
        });
        camp.world.tell(camp.liar, &camp.honest(), &op.entry);
        camp.world.run(3_000);
        assert!(!camp.has(removed), "saw the removal: {saw}");
        camp.peace_after_restart();
    }
}

// ── authority ─────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn what_a_removed_admin_dates_back_falls_with_him() {
    let mut camp = Camp::new(5);
    camp.make_admin(camp.liar);
    let stale = camp.world.header(camp.liar, camp.guild, Audience::Control);
    let epoch = camp.world.epoch(camp.liar, camp.guild);
    camp.kick(0, camp.liar);
    camp.world.run(3_000);
    let (_, secret) = camp.world.epoch(camp.liar, camp.guild).unwrap();
    let key = SigningKey::from_seed(&[4; 32]).public();
    let says = [
        act(&camp, 1, Act::Kick { user: camp.user(1), reason: None }),
        act(&camp, 1, Act::Ban { user: camp.user(2), reason: None }),
        act(&camp, 1, Act::Grant { role: bivouac_core::authority::everyone(camp.guild), user: camp.user(camp.liar) }),
        act(&camp, 0, Act::Invite { key, max_uses: None, expires_ms: None, roles: Bounded::default() }),
        act(&camp, 1, Act::Guild { name: Text::try_from("mine").unwrap() }),
        Op::Epoch(Epoch {
            audience: Audience::Guild,
            id: secret.id(&camp.guild.0, &canonical::encode(&Audience::Guild), &[]),
            parents: Bounded::default(),
            link: None,
        }),
    ];
    let mut last: Option<(u64, OpId)> = None;
    for (n, says) in says.iter().enumerate() {
        let under = if Op::is_plain(says.kind()) { None } else { epoch.as_ref().map(|(id, s)| (*id, s.duplicate())) };
        let op = camp.world.forge_under(camp.liar, camp.guild, Audience::Control, says, under, |h| {
            *h = stale.clone();
            h.hlc = Hlc(h.hlc.0 + n as u64);
            if let Some((seq, id)) = last {
                (h.seq, h.prev) = (seq + 1, id);
            }
        });
        last = Some((op.entry.header.seq, op.id));
        camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    }
    camp.world.run(5_000);
    let law = camp.world.law(0, camp.guild).unwrap();
    assert!(camp.has(1) && camp.has(2) && !camp.has(camp.liar));
    assert_eq!((law.name.as_str(), law.bans.len(), law.invites.len()), ("camp", 0, 1));
    camp.peace_after_restart();
}

#[test]
fn two_admins_who_kick_each_other_both_stay() {
    let mut camp = Camp::new(5);
    camp.make_admin(camp.liar);
    camp.make_admin(1);
    let each = [(camp.liar, 1), (1, camp.liar)]
        .map(|(by, whom)| (by, act(&camp, 1, Act::Kick { user: camp.user(whom), reason: None })));
    let ops = each.map(|(by, says)| camp.world.forge(by, camp.guild, Audience::Control, &says, |_| {}));
    camp.world.nodes[1].mute = true;
    camp.world.liars.insert(1);
    for (n, op) in ops.iter().enumerate() {
        camp.world.tell(camp.liar, &[0, 2 + n], &op.entry);
    }
    camp.world.isolate(1, true);
    camp.world.run(5_000);
    assert!(camp.has(1) && camp.has(camp.liar));
    camp.peace_after_restart();
}

#[test]
fn a_demotion_beats_an_act_that_had_not_seen_it() {
    let mut camp = Camp::new(4);
    camp.make_admin(2);
    camp.world.isolate(2, true);
    camp.world.run(1_000);
    let (guild, role, user, target) =
        (camp.guild, bivouac_core::authority::admin(camp.guild), camp.user(2), camp.user(1));
    camp.order(0, Command::AssignRole { guild, role, user, held: false });
    camp.order(2, Command::Ban { guild, user: target, reason: None });
    camp.order(2, Command::UpdateGuild { guild, name: Some("mine".to_owned()) });
    camp.world.isolate(2, false);
    camp.world.run(30_000);
    assert!(camp.has(1) && camp.has(2));
    camp.peace_after_restart();
    assert_eq!(camp.world.law(2, camp.guild).unwrap().name, "camp");
}

#[test]
fn a_ban_withheld_for_weeks_falls_if_its_author_fell_meanwhile() {
    let mut camp = Camp::new(4);
    camp.make_admin(camp.liar);
    let says = act(&camp, 1, Act::Ban { user: camp.user(1), reason: None });
    let withheld = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |_| {});
    let (guild, role, user) = (camp.guild, bivouac_core::authority::admin(camp.guild), camp.user(camp.liar));
    camp.order(0, Command::AssignRole { guild, role, user, held: false });
    camp.world.run(14 * 24 * 3_600_000);
    camp.world.tell(camp.liar, &camp.honest(), &withheld.entry);
    camp.world.run(5_000);
    assert!(camp.has(1));
    camp.peace_after_restart();
}

#[test]
fn late_messages_of_the_removed_are_shown_only_where_another_cites_them() {
    let mut camp = Camp::new(5);
    let liar = camp.liar;
    // Together with node 3 the liar is cut off; node 3 hears him and answers.
    camp.world.split(&[3, liar].into());
    camp.world.run(2_000);
    camp.say(liar, "witnessed");
    camp.world.run(2_000);
    camp.say(3, "I heard that");
    camp.world.run(500);
    camp.world.nodes[3].mute = false;
    camp.kick(0, liar);
    camp.world.isolate(liar, true);
    camp.world.run(1_000);
    camp.say(liar, "unwitnessed");
    camp.world.split(&[].into());
    camp.world.run(40_000);
    let backdated = camp.world.ops_on_disk(liar, camp.guild);
    let device = camp.world.device(liar);
    for entry in backdated.iter().filter(|e| e.header.log.device == device) {
        camp.world.tell(liar, &camp.honest(), entry);
    }
    camp.world.run(5_000);
    for i in camp.honest() {
        let all = camp.world.timeline(i, camp.channel);
        let texts: Vec<_> = all.iter().filter_map(|m| m.text.as_deref()).collect();
        assert!(texts.contains(&"witnessed") && texts.contains(&"I heard that"), "node {i}: {texts:?}");
        assert!(!texts.contains(&"unwitnessed"));
        assert!(all.iter().any(|m| m.state == MessageState::Hidden), "it is there, and hidden");
    }
    camp.peace_after_restart();
}

#[test]
fn nobody_is_a_witness_for_himself() {
    let mut camp = Camp::new(4);
    let liar = camp.liar;
    let stale = camp.world.header(liar, camp.guild, Audience::Guild);
    camp.kick(0, liar);
    camp.world.run(3_000);
    let mut last: Option<(u64, OpId)> = None;
    for n in 0..4u64 {
        let epoch = camp.world.epoch(liar, camp.guild);
        let op = camp.world.forge_under(liar, camp.guild, Audience::Guild, &post(&camp, "me again"), epoch, |h| {
            *h = stale.clone();
            h.hlc = Hlc(h.hlc.0 + n);
            if let Some((seq, id)) = last {
                (h.seq, h.prev) = (seq + 1, id);
                h.deps = Bounded::try_from(vec![Ref { log: h.log, seq, id }]).unwrap();
            }
        });
        last = Some((op.entry.header.seq, op.id));
        camp.world.tell(liar, &camp.honest(), &op.entry);
    }
    camp.world.run(3_000);
    for i in camp.honest() {
        assert!(!shown(&camp.world, i, camp.channel).contains(&"me again".to_owned()));
    }
    camp.peace_after_restart();
}

#[test]
fn the_joined_wrapped_and_kicked_reads_nothing_that_comes_after() {
    let mut camp = Camp::new(4);
    let liar = camp.liar;
    camp.kick(0, liar);
    camp.world.run(3_000);
    camp.say(0, "he is gone");
    camp.say(1, "at last");
    camp.world.run(3_000);
    let from = camp.world.device(liar);
    let epochs: Vec<EpochId> = camp.world.secrets_on_disk(0, camp.guild).into_keys().collect();
    for i in 0..3 {
        let ask = Request::Keys { guild: camp.guild, epochs: Bounded::try_from(epochs.clone()).unwrap() };
        assert_eq!(camp.world.probe(i, from, &ask), Some(Response::Refused));
    }
    let held = camp.world.secrets_on_disk(liar, camp.guild);
    let after = camp.world.secrets_on_disk(0, camp.guild);
    assert!(held.len() < after.len());
    assert!(matches!(camp.world.query(liar, Query::Guild(camp.guild)), Some(Answer::Guild(_))));
    camp.peace_after_restart();
}

// ── identities ────────────────────────────────────────────────────────────────────────────────────────────────────

/// Admits these identities, each told to another half first.
fn admit_to_halves(camp: &mut Camp, chains: [bivouac_crypto::IdentityChain; 2]) {
    let key = seed_of(&camp.link);
    let invite = *camp.world.law(0, camp.guild).unwrap().invites.keys().next().unwrap();
    let mut last: Option<(u64, OpId)> = None;
    let ops = chains.map(|chain| {
        let proof = key.sign(Domain::Invite, &bivouac_core::op::invite_proof(camp.guild, chain.user()));
        let says = act(camp, 0, Act::Admit { invite, guest: chain, proof });
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |h| {
            if let Some((seq, id)) = last {
                // A log of its own, so that the two are concurrent.
                (h.seq, h.prev, h.log.incarnation) = (seq, id, h.log.incarnation + 1);
                (h.seq, h.prev) = (0, OpId([0; 32]));
            }
        });
        last = Some((op.entry.header.seq, op.id));
        op.entry
    });
    for (entry, half) in ops.iter().zip([[0, 1], [2, 3]]) {
        camp.world.tell(camp.liar, &half, entry);
    }
    camp.world.run(30_000);
}

#[test]
fn a_device_that_two_identities_claim_is_judged_alike() {
    let mut camp = Camp::new(5);
    // Two users who share one device key: both chains carry its countersignature.
    let key = person(9).key();
    let twins = [41, 42].map(|seed| identity(seed, &key));
    assert_ne!(twins[0].user(), twins[1].user());
    admit_to_halves(&mut camp, twins);
    // What the shared device says has one author everywhere.
    let header = camp.world.header(0, camp.guild, Audience::Guild);
    let epoch = camp.world.epoch(0, camp.guild).unwrap();
    let mut rng = bivouac_core_rng(&mut camp);
    let mut mine = header.clone();
    mine.log.device = DeviceId(key.public());
    (mine.seq, mine.prev) = (0, OpId([0; 32]));
    let said = bivouac_core::op::author(&mut rng, &key, mine, &post(&camp, "who am I?"), Some((epoch.0, &epoch.1)));
    camp.world.tell(camp.liar, &camp.honest(), &said.entry);
    let mut law = header;
    law.audience = Audience::Control;
    law.log.device = DeviceId(key.public());
    (law.seq, law.prev) = (0, OpId([0; 32]));
    let says = act(&camp, 0, Act::Leave);
    let left = bivouac_core::op::author(&mut rng, &key, law, &says, Some((epoch.0, &epoch.1)));
    camp.world.tell(camp.liar, &camp.honest(), &left.entry);
    camp.world.run(3_000);
    camp.peace_after_restart();
}

#[test]
fn an_identity_told_in_two_ways_is_judged_alike() {
    let mut camp = Camp::new(5);
    let chain = person(9).chain.clone();
    // The root key of somebody who made two chains of one length: here, one with a name and one with another.
    let chains = ["Alice", "Mallory"].map(|name| renamed(&chain, name));
    assert_eq!(chains[0].user(), chains[1].user());
    admit_to_halves(&mut camp, chains);
    camp.peace_after_restart();
}

fn identity(seed: u64, device: &SigningKey) -> bivouac_crypto::IdentityChain {
    let mut rng = Dice::new(seed);
    bivouac_crypto::NewIdentity::create(&mut rng, Text::default(), Text::default(), device).chain
}

/// The chain with one more op by its device: another name.
fn renamed(chain: &bivouac_crypto::IdentityChain, name: &str) -> bivouac_crypto::IdentityChain {
    let last = &chain.ops.last().unwrap().value;
    let op = bivouac_crypto::IdentityOp {
        user: chain.user(),
        seq: last.seq + 1,
        prev: last.hash(),
        act: bivouac_crypto::IdentityAct::Profile { name: Text::try_from(name).unwrap() },
    };
    let mut ops = chain.ops.to_vec();
    ops.push(bivouac_crypto::Signed::sign(Domain::Identity, &person(9).key(), op));
    bivouac_crypto::IdentityChain { genesis: chain.genesis.clone(), ops: Bounded::try_from(ops).unwrap() }
}

#[test]
fn a_staircase_of_places_told_to_one_is_held_by_all() {
    let mut camp = Camp::new(4);
    for seq in [4_000_000, 7_999_990, 11_999_000] {
        let says = post(&camp, "far away");
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| {
            (h.seq, h.prev) = (seq, OpId([3; 32]));
        });
        camp.world.tell(camp.liar, &[0], &op.entry);
        camp.world.run(5);
    }
    camp.world.isolate(camp.liar, true);
    camp.world.run(5_000);
    camp.peace_after_restart();
}
