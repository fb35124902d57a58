//! Logs told in two ways.

use bivouac_core::{
    io::Command,
    model::{Hlc, OpId},
    op::{Act, Audience, Entry, Epoch, Op},
    sim::person,
    wire::{Head, Part, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId, Signature, SigningKey, Text};

use crate::{
    camp::Camp,
    liars::{act, post, shown},
};

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
    let says = act(&camp, 1, Act::Guild { name: Text::try_from("mine").ok(), description: None, icon: None });
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
        Request::Frontier { part: Part::Content, .. } => {
            let heads = Bounded::try_from(vec![Head { audience: Audience::Guild, log, seq, id: head }]).ok()?;
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
