//! What the removed, the demoted and the sock puppets still try.

use bivouac_core::{
    io::{Answer, Command, Query, RoleEdit},
    model::{Hlc, MessageState, OpId, Overwrite, Permissions, Target},
    op::{Act, Audience, Epoch, Op, Ref},
    wire::{Part, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId, SigningKey, Text, canonical};

use crate::{
    camp::Camp,
    liars::{act, post, shown},
};

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
        act(&camp, 1, Act::Guild { name: Text::try_from("mine").ok(), description: None, icon: None }),
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
fn a_promotion_that_saw_a_kick_does_not_undo_it() {
    let mut camp = Camp::new(5);
    camp.make_admin(1);
    let before = camp.world.header(2, camp.guild, Audience::Guild);
    camp.kick(1, 2);
    camp.world.run(3_000);
    camp.link = camp.invite(0, None, None);
    camp.join(2);
    camp.world.run(2_000);
    camp.make_admin(2);
    // Of the time before the kick, and nobody had heard it then.
    let says = post(&camp, "said before the kick");
    let late = camp.world.forge(2, camp.guild, Audience::Guild, &says, |h| *h = before).entry;
    camp.world.tell(2, &[0, 1, 3], &late);
    camp.world.run(2_000);
    assert!(camp.has(2));
    for i in [0, 1, 3] {
        // What was judged op by op is judged whole.
        camp.world.crash(i);
        camp.world.start(i);
        let said = shown(&camp.world, i, camp.channel);
        assert!(!said.contains(&"said before the kick".to_owned()), "{i}: {said:?}");
    }
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
    camp.order(2, Command::UpdateGuild { guild, name: Some("mine".to_owned()), description: None, icon: None });
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
    let held = camp.world.secrets_on_disk(liar, camp.guild);
    for i in 0..3 {
        let ask = Request::Keys { guild: camp.guild, epochs: Bounded::try_from(epochs.clone()).unwrap() };
        let Some(Response::Keys(keys)) = camp.world.probe(i, from, &ask) else { panic!("node {i}") };
        // That of the act that removed him, which he was to have, lest he never learn of it.
        assert!(keys.len() == 1 && held.contains_key(&keys[0].0));
        let ask = Request::Frontier { guild: camp.guild, part: Part::Content, prints: Bounded::default() };
        assert_eq!(camp.world.probe(i, from, &ask), Some(Response::Refused));
    }
    let after = camp.world.secrets_on_disk(0, camp.guild);
    assert!(held.len() < after.len());
    assert!(matches!(camp.world.query(liar, Query::Guild(camp.guild)), Some(Answer::Guild(_))));
    camp.peace_after_restart();
}

#[test]
fn who_may_not_post_somewhere_is_not_shown_there() {
    for by_role in [false, true] {
        let mut camp = Camp::new(3);
        let (guild, channel) = (camp.guild, camp.channel);
        let everyone = bivouac_core::authority::everyone(guild);
        let (none, send) = (Permissions::default(), Permissions::SEND);
        camp.order(
            0,
            if by_role {
                let permissions = Some(Permissions::EVERYONE.without(send));
                let edit = RoleEdit::default();
                Command::UpdateRole { guild, role: everyone, rank: None, permissions, edit }
            } else {
                let over = Overwrite { allow: none, deny: send };
                Command::Overwrite { channel, target: Target::Role(everyone), over }
            },
        );
        camp.world.run(2_000);
        let op = camp.world.forge(camp.liar, guild, Audience::Guild, &post(&camp, "all the same"), |_| {});
        camp.world.tell(camp.liar, &camp.honest(), &op.entry);
        camp.world.run(2_000);
        for reader in camp.honest() {
            let came = camp.world.ops_on_disk(reader, guild).iter().any(|entry| entry.header.id() == op.id);
            let shown = shown(&camp.world, reader, channel).contains(&"all the same".to_owned());
            assert_eq!((came, shown), (true, false), "by a role: {by_role}");
        }
        camp.order(
            0,
            Command::Post {
                channel,
                text: "quiet, please".to_owned(),
                reply_to: None,
                thread: None,
                files: Vec::new(),
            },
        );
        camp.world.run(2_000);
        assert!(shown(&camp.world, 1, channel).contains(&"quiet, please".to_owned()));
    }
}

#[test]
fn a_silence_covers_what_is_said_until_it_is_over() {
    let mut camp = Camp::new(3);
    let (guild, user, channel) = (camp.guild, camp.user(camp.liar), camp.channel);
    let silence = |for_ms| Command::Timeout { guild, user, for_ms, reason: None };
    let forged = |camp: &mut Camp, text: &str| {
        let says = post(camp, text);
        let op = camp.world.forge(camp.liar, guild, Audience::Guild, &says, |_| {});
        camp.world.tell(camp.liar, &camp.honest(), &op.entry);
        // Long enough for their own node to know of it too, or the next would contradict it.
        camp.world.run(50_000);
        shown(&camp.world, 1, channel).contains(&text.to_owned())
    };
    assert!(forged(&mut camp, "before"));
    camp.order(0, silence(120_000));
    camp.world.run(2_000);
    assert!(!forged(&mut camp, "during") && camp.world.law(1, guild).unwrap().members[&user].timeout_ms.is_some());
    camp.world.run(130_000);
    assert!(forged(&mut camp, "after"));
    camp.order(0, silence(3_600_000));
    camp.world.run(2_000);
    assert!(!forged(&mut camp, "again"));
    // Taken back.
    camp.order(0, silence(0));
    camp.world.run(2_000);
    assert_eq!(camp.world.law(1, guild).unwrap().members[&user].timeout_ms, None);
    assert!(forged(&mut camp, "at last"));
    assert!(camp.world.law(1, guild).unwrap().forked.is_empty());
    let called = |nick: Option<&str>| Command::Nick { guild, user, nick: nick.map(str::to_owned) };
    for nick in [Some("Cy"), Some("Cyd"), None] {
        camp.order(0, called(nick));
        camp.world.run(1_000);
        assert_eq!(camp.world.law(1, guild).unwrap().members[&user].nick.as_deref(), nick);
    }
}
