//! What a restart must not change.

use std::{collections::BTreeMap, ops::Range};

use bivouac_core::{
    authority,
    io::{Answer, Command, Effect, Input, Now, Query, Reply},
    model::{ChannelId, GuildId},
    op::{Audience, Entry},
    sim::{Dice, World},
    table::{Batch, Damaged, Read, Rows, Table},
    wire::{Recalled, Request, Response, Shared},
};
use bivouac_crypto::{Blob, Bounded, DeviceId, EpochId, EpochSecret, canonical};

use crate::smoke::{found, invite, join, post, texts};

fn hash(world: &World, who: usize, guild: GuildId) -> [u8; 32] {
    match world.query(who, Query::LogStatus(guild)) {
        Some(Answer::LogStatus(status)) => status.state_hash,
        other => panic!("{other:?}"),
    }
}

/// A guild of a first person, whose link these others have come in by.
fn met(seed: u64, people: usize, guests: &[usize]) -> (World, GuildId, ChannelId, String) {
    let mut world = World::of(seed, people);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    guests.iter().for_each(|guest| join(&mut world, *guest, &link));
    (world, guild, channel, link)
}

#[test]
fn an_admin_by_invite_acts_and_is_an_admin_after_every_restart() {
    let mut world = World::of(3, 2);
    world.run(1_000);
    let (guild, _) = found(&mut world, 0);
    let role = match world.query(0, Query::Guild(guild)) {
        Some(Answer::Guild(view)) => *view.law.roles.iter().find(|(_, role)| role.name == "admin").unwrap().0,
        other => panic!("{other:?}"),
    };
    let create = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: vec![role] };
    let link = match world.want(0, create) {
        Some(Ok(Reply::Invite { link, .. })) => link,
        other => panic!("{other:?}"),
    };
    join(&mut world, 1, &link);
    world.run(5_000);
    let renamed =
        world.want(1, Command::UpdateGuild { guild, name: Some("renamed".to_owned()), description: None, icon: None });
    assert_eq!(renamed, Some(Ok(Reply::Unit)));
    world.run(5_000);
    let before = hash(&world, 0, guild);
    assert_eq!(before, hash(&world, 1, guild));
    for who in [0, 1] {
        world.crash(who);
        world.start(who);
        world.run(5_000);
        assert_eq!(before, hash(&world, who, guild));
    }
}

#[test]
fn what_is_hidden_stays_hidden_after_a_restart() {
    let (mut world, guild, channel, _) = met(4, 3, &[1, 2]);
    world.run(5_000);
    let user = match world.query(2, Query::Guild(guild)) {
        Some(Answer::Guild(view)) => view.me,
        other => panic!("{other:?}"),
    };
    world.cut(0, 2, true);
    world.cut(0, 1, true);
    assert_eq!(world.want(0, Command::Kick { guild, user, reason: None }), Some(Ok(Reply::Unit)));
    world.run(5_000);
    post(&mut world, 2, channel, "late word of the removed");
    world.cut(0, 2, false);
    world.cut(0, 1, false);
    world.run(60_000);
    world.crash(0);
    world.start(0);
    world.run(5_000);
    post(&mut world, 0, channel, "after the restart");
    world.run(10_000);
    for who in [0, 1] {
        let shown = texts(&world, who, channel);
        assert!(shown.contains(&"after the restart".to_owned()), "{shown:?}");
        assert!(!shown.contains(&"late word of the removed".to_owned()), "{shown:?}");
    }
}

#[test]
fn who_is_kicked_can_still_read_what_they_said() {
    let (mut world, guild, channel, _) = met(6, 2, &[1]);
    for text in ["my first words", "my last words"] {
        post(&mut world, 1, channel, text);
    }
    world.run(5_000);
    let user = world.nodes[1].person.user;
    assert_eq!(world.want(0, Command::Kick { guild, user, reason: None }), Some(Ok(Reply::Unit)));
    world.run(20_000);
    for _ in 0..2 {
        assert!(!world.is_member(1, guild));
        assert_eq!(texts(&world, 1, channel), ["my first words", "my last words"]);
        world.crash(1);
        world.start(1);
        world.run(5_000);
    }
}

/// Everyone's channel, as one shows it.
fn alike(world: &World, guild: GuildId, channel: ChannelId) {
    let (first, texts_of_first) = (hash(world, 0, guild), texts(world, 0, channel));
    assert!(texts_of_first.len() > 20);
    for who in 1..world.nodes.len() {
        assert_eq!((hash(world, who, guild), texts(world, who, channel)), (first, texts_of_first.clone()));
    }
}

#[test]
fn who_lost_the_whole_store_is_given_the_guild_again_without_an_invite() {
    let (mut world, guild, channel, _) = met(5, 3, &[1, 2]);
    for n in 0..30 {
        post(&mut world, n % 3, channel, &format!("word {n}"));
    }
    world.run(5_000);
    // The owner and a member, one after the other.
    for who in [0, 1] {
        world.lose_disk(who);
        world.start(who);
        world.run(20_000);
        assert!(world.nodes[who].told.is_empty(), "what was told before is not told again");
        post(&mut world, who, channel, "here again");
        world.run(5_000);
        alike(&world, guild, channel);
    }
    assert!(world.facts.violations.is_empty(), "{:?}", world.facts.violations);
}

#[test]
fn who_was_removed_and_lost_the_store_is_given_nothing() {
    let (mut world, guild, channel, _) = met(6, 2, &[1]);
    post(&mut world, 0, channel, "before");
    world.run(5_000);
    let user = world.nodes[1].person.user;
    // Not told of the kick, so that the list kept apart still names the guild.
    world.cut(0, 1, true);
    world.run(1_000);
    assert_eq!(world.want(0, Command::Kick { guild, user, reason: None }), Some(Ok(Reply::Unit)));
    world.lose_disk(1);
    world.start(1);
    world.cut(0, 1, false);
    world.run(120_000);
    assert!(world.query(1, Query::Guild(guild)).is_none());
    assert!(world.secrets_on_disk(1, guild).is_empty());
}

/// What a stranger who knows nothing but the guild's id and 1's identity answers: made-up secrets of made-up epochs, the
/// lowest there are, by which it then passes for a member.
fn lie_about(world: &mut World, guild: GuildId, liar: usize, to: usize) {
    let person = world.nodes[to].person;
    let kem = person.chain.verify().unwrap().kem().clone();
    let (user, asker, asked) = (person.user, person.device, world.device(liar));
    let secret = || EpochSecret::from_bytes(&[7; 64]).unwrap();
    let place = |from: DeviceId, to: DeviceId| [&b"hello"[..], from.as_bytes(), to.as_bytes()].concat();
    let (mut n, mut rng) = (0_u64, Dice::new(1));
    world.nodes[liar].tamper = Some(Box::new(move |_, bytes| {
        let answer = match Request::from_bytes(bytes)? {
            Request::Recall(tags) => {
                let mut made_up = || {
                    n += 1;
                    let mut id = [0; 32];
                    id[24..].copy_from_slice(&n.to_be_bytes());
                    let (info, aad) = (canonical::encode(&(guild, EpochId(id))), canonical::encode(&user));
                    let wrap = bivouac_crypto::wrap(&mut rng, &kem, &info, &aad, &secret().to_bytes()[..]).unwrap();
                    (EpochId(id), Blob::try_from(wrap).unwrap())
                };
                assert!(!tags.is_empty());
                let mut keys = || Bounded::try_from((0..8).map(|_| made_up()).collect::<Vec<_>>()).unwrap();
                let again = (0..16).map(|_| Recalled { index: 0, keys: keys() }).collect::<Vec<_>>();
                Response::Recall(Bounded::try_from(again).unwrap())
            }
            Request::Hello(tags) => {
                let theirs = secret().tag(&place(asker, asked));
                let index = u8::try_from(tags.iter().position(|tag| **tag == theirs)?).unwrap();
                let tag = secret().tag(&place(asked, asker));
                Response::Hello(Bounded::try_from(vec![Shared { index, tag, control: 1, content: 1 }]).unwrap())
            }
            _ => return Some(None),
        };
        Some(Some(answer.to_bytes()))
    }));
}

fn secret_rows(world: &World, who: usize) -> usize {
    world.nodes[who].disk.rows(Table::Secret).count()
}

#[test]
fn a_stranger_who_answers_for_a_lost_guild_neither_fills_the_store_nor_keeps_it_away() {
    let (mut world, guild, channel, _) = met(6, 3, &[1]);
    post(&mut world, 0, channel, "before");
    world.run(5_000);
    lie_about(&mut world, guild, 2, 1);
    world.lose_disk(1);
    // The stranger is met first, and for long.
    world.cut(0, 1, true);
    world.start(1);
    world.run(600_000);
    assert!(secret_rows(&world, 1) <= 2, "{}", secret_rows(&world, 1));
    world.cut(0, 1, false);
    world.run(60_000);
    assert_eq!(texts(&world, 1, channel), ["before"]);
    post(&mut world, 1, channel, "here again");
    world.run(5_000);
    assert_eq!(texts(&world, 0, channel), ["before", "here again"]);
    let honest = secret_rows(&world, 0);
    assert!(secret_rows(&world, 1) <= honest, "{} of {honest}", secret_rows(&world, 1));
    assert!(world.facts.violations.is_empty(), "{:?}", world.facts.violations);
}

#[test]
fn who_fell_right_after_being_admitted_is_in_without_the_link() {
    let mut outside = 0;
    for after in [0, 3, 6, 10, 15, 20, 30] {
        let (mut world, guild, channel, link) = met(6, 3, &[2]);
        post(&mut world, 0, channel, "before");
        world.run(5_000);
        world.ask(1, Command::Join { link, timeout_ms: 20_000 });
        let admitted = |world: &World| world.nodes[1].disk.rows(Table::Secret).any(|(key, _)| key.starts_with(b"g"));
        assert!(world.run_until(20_000, admitted));
        world.run(world.sync_ms + after);
        world.crash(1);
        assert!(admitted(&world));
        world.start(1);
        outside += u32::from(!world.is_member(1, guild));
        assert!(world.run_until(60_000, |world| world.is_member(1, guild)), "{after}");
        world.run(5_000);
        assert_eq!(texts(&world, 1, channel), ["before"]);
    }
    assert!(outside > 1, "{outside}");
}

/// Whether a node was asked for lost guilds since it is recorded.
fn recalls(world: &mut World) -> usize {
    let (_, inputs) = world.record.take().unwrap();
    let asks = |bytes: &[u8]| matches!(Request::from_bytes(bytes), Some(Request::Recall(_)));
    inputs.iter().filter(|(_, input)| matches!(input, Input::Request { bytes, .. } if asks(bytes))).count()
}

#[test]
fn who_was_removed_or_has_left_asks_for_the_guild_no_more() {
    for leaves in [false, true] {
        let (mut world, guild, channel, _) = met(6, 3, &[1, 2]);
        post(&mut world, 0, channel, "before");
        world.run(5_000);
        let user = world.nodes[1].person.user;
        let (by, command) =
            if leaves { (1, Command::LeaveGuild { guild }) } else { (0, Command::Kick { guild, user, reason: None }) };
        assert_eq!(world.want(by, command), Some(Ok(Reply::Unit)));
        world.run(20_000);
        for _ in 0..2 {
            world.record = Some((0, Vec::new()));
            world.crash(1);
            world.start(1);
            world.run(120_000);
            assert!(world.nodes[1].guilds.is_empty(), "{:?}", world.nodes[1].guilds);
            assert_eq!(recalls(&mut world), 0);
        }
    }
}

/// A store of which nothing can be read.
struct Unreadable;

impl Read for Unreadable {
    fn get(&self, _: Table, _: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        Err(Damaged)
    }

    fn scan(&self, _: Table, _: Range<&[u8]>, _: bool, _: usize) -> Result<Rows, Damaged> {
        Err(Damaged)
    }
}

#[test]
fn a_core_that_waits_for_a_new_store_wants_no_tick() {
    let mut world = World::of(6, 1);
    world.run(1_000);
    let (_, channel) = found(&mut world, 0);
    post(&mut world, 0, channel, "before");
    let mut core = world.nodes[0].core.take().unwrap();
    assert!(core.next_wake().is_some());
    let now = Now { wall_ms: world.nodes[0].wall(world.now), mono_ms: world.now };
    let says = Command::Post { channel, text: "after".to_owned(), reply_to: None, thread: None, files: Vec::new() };
    let effects = core.handle(now, &mut Dice::new(1), &Unreadable, Input::Command(9, says));
    assert!(effects.contains(&Effect::Rebuild), "{effects:?}");
    assert_eq!(core.next_wake(), None);
}

#[test]
fn more_lost_guilds_than_a_request_holds_are_asked_for_by_turns() {
    let (mut world, _, channel, _) = met(6, 2, &[1]);
    post(&mut world, 0, channel, "before");
    world.run(5_000);
    world.lose_disk(1);
    // Of the others nobody knows any more.
    let gone = |first: u8| (0..300_u32).map(move |n| [[first; 28].as_slice(), &n.to_be_bytes()].concat());
    world.nodes[1].guilds.extend(gone(0).chain(gone(255)).map(|id| GuildId(id.try_into().unwrap())));
    world.start(1);
    world.run(120_000);
    assert_eq!(texts(&world, 1, channel), ["before"]);
    assert_eq!(world.nodes[1].guilds.len(), 601);
}

#[test]
fn ops_left_over_from_damage_outlast_a_disk_that_takes_no_writes() {
    let (mut world, guild, channel, _) = met(6, 2, &[1]);
    let (role, user) = (authority::admin(guild), world.nodes[1].person.user);
    let promote = Command::AssignRole { guild, role, user, held: true };
    assert_eq!(world.want(0, promote), Some(Ok(Reply::Unit)));
    world.run(5_000);
    post(&mut world, 0, channel, "before");
    // Nobody else has what 1 does now, and the promotion that it rests on is lost from 1's disk.
    world.cut(0, 1, true);
    world.run(1_000);
    let rename = Command::UpdateGuild { guild, name: Some("renamed".to_owned()), description: None, icon: None };
    assert_eq!(world.want(1, rename), Some(Ok(Reply::Unit)));
    world.run(1_000);
    world.crash(1);
    let owner = world.device(0);
    let laws = world.nodes[1].disk.rows(Table::Tail).filter_map(|(key, row)| {
        let header = minicbor::decode::<Entry>(row).unwrap().header;
        (header.log.device == owner && header.audience == Audience::Control).then(|| (header.seq, key.to_vec()))
    });
    let (_, promotion) = laws.max().unwrap();
    let node = &mut world.nodes[1];
    node.disk = node.disk.salvage();
    node.disk.write(Batch(BTreeMap::from([((Table::Tail, promotion), None)])));
    let secrets = node.person.secrets(node.incarnation, node.guilds.clone());
    let indexes = bivouac_core::rebuild(secrets, &node.disk, node.wall(world.now)).unwrap();
    node.disk.write(indexes);
    node.disk.sync();
    world.start(1);
    world.run(1_000);
    world.input(1, Input::WriteFailed);
    world.run(1_000);
    world.input(1, Input::StoreWritable);
    world.cut(0, 1, false);
    world.run(60_000);
    for who in 0..2 {
        assert_eq!(world.law(who, guild).unwrap().name, "renamed", "{}", world.explain(who, guild));
    }
}

#[test]
fn who_is_let_in_while_somebody_is_away_is_known_to_them_without_those_who_let_them_in() {
    for (seed, comes_back) in [(41, true), (42, false)] {
        let (mut world, guild, channel, link) = met(seed, 3, if comes_back { &[1, 2] } else { &[1] });
        if comes_back {
            // The next key is minted when there is something to say.
            assert_eq!(world.want(2, Command::LeaveGuild { guild }), Some(Ok(Reply::Unit)));
        } else {
            let unused = invite(&mut world, 1, guild);
            drop(unused);
        }
        world.run(5_000);
        world.crash(0);
        if comes_back {
            post(&mut world, 1, channel, "who stays");
        } else {
            let invites = match world.query(1, Query::Guild(guild)) {
                Some(Answer::Guild(view)) => view.law.invites,
                other => panic!("{other:?}"),
            };
            let mine = world.nodes[1].person.user;
            let (invite, _) = invites.iter().find(|(_, invite)| invite.author == mine).unwrap();
            let revoke = Command::RevokeInvite { guild, invite: *invite };
            assert_eq!(world.want(1, revoke), Some(Ok(Reply::Unit)));
            post(&mut world, 1, channel, "a key of its own");
        }
        world.run(2_000);
        join(&mut world, 2, &link);
        world.run(5_000);
        world.crash(1);
        world.start(0);
        world.run(10_000);
        post(&mut world, 0, channel, "from who was away");
        post(&mut world, 2, channel, "from who came");
        world.run(5_000);
        assert_eq!(hash(&world, 0, guild), hash(&world, 2, guild));
        for who in [0, 2] {
            let texts = texts(&world, who, channel);
            for said in ["from who was away", "from who came"] {
                assert!(texts.iter().any(|text| text == said), "{who}: {texts:?}");
            }
        }
    }
}
