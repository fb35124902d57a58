//! Where one's own messages are known to be.

use std::collections::BTreeSet;

use bivouac_core::{
    io::{Answer, Command, Event, Input, Kept, Query, Reply},
    model::{ChannelKind, LogId, MessageId, Nature, OpId, Overwrite, Permissions, Target},
    op::Audience,
    sim::{Person, World},
    wire::{Holding, Request, Response},
};
use bivouac_crypto::Bounded;

use crate::{
    camp::Camp,
    smoke::{found, invite, join},
};

/// How soon it is to be known who has a message, in virtual milliseconds.
const SOON: u64 = 3_000;

fn say(camp: &mut Camp, who: usize, text: &str) -> MessageId {
    let channel = camp.channel;
    let ask = Command::Post { channel, text: text.to_owned(), reply_to: None, thread: None, files: Vec::new() };
    match camp.world.want(who, ask) {
        Some(Ok(Reply::Posted(id))) => id,
        other => panic!("{other:?}"),
    }
}

/// On which nodes one knows a message to be, and of how many.
fn kept(world: &World, who: usize, id: MessageId) -> (BTreeSet<usize>, usize) {
    match world.query(who, Query::Kept([id].into())) {
        Some(Answer::Kept(all)) => {
            let Kept { on, of } = &all[&id];
            (on.iter().map(|device| world.node_of(device).unwrap()).collect(), *of)
        }
        other => panic!("{other:?}"),
    }
}

fn events(world: &World, who: usize) -> usize {
    world.nodes[who].events.iter().filter(|event| matches!(event, Event::Kept { .. })).count()
}

#[test]
fn it_is_known_soon_and_for_long_who_has_what_one_said() {
    let mut camp = Camp::new(4);
    camp.world.run(SOON);
    let before = events(&camp.world, 0);
    let first = say(&mut camp, 0, "everybody hears this");
    let all: BTreeSet<usize> = (0..4).collect();
    assert!(camp.world.run_until(SOON, |world| kept(world, 0, first) == (all.clone(), 4)));
    camp.world.run(SOON);
    assert!((1..=3).contains(&(events(&camp.world, 0) - before)), "it is told, and not for each");

    // Who is away has not got it, and what is known outlasts a restart among nobody.
    camp.world.isolate(3, true);
    let second = say(&mut camp, 0, "one is away");
    let here: BTreeSet<usize> = [0, 1, 2].into();
    assert!(camp.world.run_until(SOON, |world| kept(world, 0, second) == (here.clone(), 4)));
    camp.world.run(2_000);
    camp.world.isolate(0, true);
    camp.world.crash(0);
    camp.world.start(0);
    assert_eq!(kept(&camp.world, 0, first), (all.clone(), 4));
    assert_eq!(kept(&camp.world, 0, second), (here, 4));
    let third = say(&mut camp, 0, "said to nobody");
    camp.world.run(60_000);
    assert_eq!(kept(&camp.world, 0, third), ([0].into(), 4));

    // All come back.
    camp.world.isolate(0, false);
    camp.world.isolate(3, false);
    let known = |world: &World| [first, second, third].iter().all(|id| kept(world, 0, *id) == (all.clone(), 4));
    assert!(camp.world.run_until(30_000, known));
    camp.world.run(SOON);
    // When nothing is said nothing is told.
    let before = events(&camp.world, 0);
    camp.world.run(120_000);
    assert_eq!(events(&camp.world, 0), before);
    // Of what others say it is known that it is here, and with them.
    let theirs = say(&mut camp, 1, "mine");
    camp.world.run(SOON);
    assert_eq!(kept(&camp.world, 0, theirs), ([0, 1].into(), 4));
    assert_eq!(camp.world.query(0, Query::Kept([MessageId { op: OpId([1; 32]), ..theirs }].into())), {
        Some(Answer::Kept(Default::default()))
    });
}

#[test]
fn who_is_met_through_others_alone_is_known_by_what_they_cite() {
    let mut camp = Camp::new(3);
    camp.world.run(SOON);
    camp.world.cut(0, 2, true);
    let id = say(&mut camp, 0, "hear me, through the other");
    camp.world.run(SOON);
    assert_eq!(kept(&camp.world, 0, id), ([0, 1].into(), 3));
    say(&mut camp, 2, "I do");
    assert!(camp.world.run_until(SOON, |world| kept(world, 0, id) == ([0, 1, 2].into(), 3)));
}

#[test]
fn of_a_private_channel_its_readers_count_and_of_a_user_all_devices() {
    let mut camp = Camp::new(4);
    let guild = camp.guild;
    let nature = Nature { private: true, ..Nature::public(ChannelKind::Text) };
    let edit = bivouac_core::io::ChannelEdit { name: Some("two".to_owned()), ..Default::default() };
    let made = camp.world.want(0, Command::CreateChannel { guild, nature, edit, password: None });
    let Some(Ok(Reply::Channel(channel))) = made else { panic!("{made:?}") };
    let over = Overwrite { allow: Permissions::VIEW, deny: Permissions::default() };
    let target = Target::User(camp.user(1));
    camp.order(0, Command::Overwrite { channel, target, over });
    camp.world.run(2_000);
    camp.channel = channel;
    let id = say(&mut camp, 0, "between us");
    assert!(camp.world.run_until(SOON, |world| kept(world, 0, id) == ([0, 1].into(), 2)));

    let mut world = World::new(5);
    let house = Person::household(77, "Ada", 2);
    for person in house {
        world.add(Box::leak(Box::new(person)), 0);
    }
    world.add(bivouac_core::sim::person(1), 0);
    world.crash(1);
    world.run(500);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 2, &link);
    world.nodes[1].guilds.insert(guild);
    world.start(1);
    world.run(10_000);
    let post = Command::Post { channel, text: "x".to_owned(), reply_to: None, thread: None, files: Vec::new() };
    let Some(Ok(Reply::Posted(id))) = world.want(0, post) else { panic!("not posted") };
    let everywhere = |world: &World| [0, 1].iter().all(|who| kept(world, *who, id) == ([0, 1, 2].into(), 3));
    assert!(world.run_until(2 * SOON, everywhere), "{:?} {:?}", kept(&world, 0, id), kept(&world, 1, id));
}

#[test]
fn nobody_speaks_for_others_and_holes_are_not_taken_for_what_is_there() {
    let mut camp = Camp::new(3);
    camp.world.run(SOON);
    camp.world.isolate(2, true);
    let ids: Vec<MessageId> = (0..3).map(|n| say(&mut camp, 0, &format!("{n}"))).collect();
    camp.world.run(SOON);
    let (guild, device) = (camp.guild, camp.world.device(2));
    let log = LogId { device: camp.world.device(0), incarnation: camp.world.nodes[0].incarnation };
    let holds = |log: LogId, audience: Audience, runs: &[(u64, u64)]| {
        let runs = Bounded::try_from(runs.to_vec()).unwrap();
        let logs = Bounded::try_from(vec![Holding { audience, log, runs }]).unwrap();
        Request::Holds { guild, logs }
    };
    camp.world.isolate(2, false);
    assert!(camp.world.run_until(30_000, |world| ids.iter().all(|id| kept(world, 0, *id).0.contains(&2))));
    camp.world.run(10_000);
    // At place 0 stands a greeting, then these three.
    let noted = Some(Response::Noted);
    assert_eq!(camp.world.probe(0, device, &holds(log, Audience::Guild, &[(0, 1), (3, 3)])), noted);
    let here = |camp: &Camp| -> Vec<bool> { ids.iter().map(|id| kept(&camp.world, 0, *id).0.contains(&2)).collect() };
    assert_eq!(here(&camp), [true, false, true]);
    // Runs that are none, logs of others, audiences that are not read: no effect.
    for odd in [&[(3, 2)][..], &[(0, 1), (2, 3)], &[(2, 3), (0, 0)], &[(0, u64::MAX), (1, 2)]] {
        camp.world.probe(0, device, &holds(log, Audience::Guild, odd));
        assert_eq!(here(&camp), [true, false, true]);
    }
    let theirs = LogId { device: camp.world.device(1), ..log };
    camp.world.probe(0, device, &holds(theirs, Audience::Guild, &[(0, 9)]));
    camp.world.probe(0, device, &holds(log, Audience::Control, &[(0, 9)]));
    assert_eq!(here(&camp), [true, false, true]);
    // It lost what it had.
    assert_eq!(camp.world.probe(0, device, &holds(log, Audience::Guild, &[(0, 0)])), noted);
    assert_eq!(here(&camp), [false, false, false]);
    // Logs made up without end are not written, and keep none that there are from being noted; a stranger's are refused.
    let size = camp.world.nodes[0].disk.size();
    for n in 0..600 {
        let made_up = LogId { incarnation: n, ..log };
        camp.world.probe(0, device, &holds(made_up, Audience::Guild, &[(0, n)]));
    }
    camp.world.run(2_000);
    let size = camp.world.nodes[0].disk.size() - size;
    assert!(size < 1_000, "{size}");
    assert_eq!(camp.world.probe(0, device, &holds(log, Audience::Guild, &[(0, 3)])), noted);
    assert_eq!(here(&camp), [true, true, true]);
    let stranger = bivouac_core::sim::person(9).device;
    camp.world.input(0, Input::Connected(stranger));
    let said = holds(log, Audience::Guild, &[(0, 3)]);
    assert_eq!(camp.world.probe(0, stranger, &said), Some(Response::Refused));
}
