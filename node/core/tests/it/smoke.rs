//! The smallest whole thing: two people meet, join and talk.

use bivouac_core::{
    io::{Answer, Command, Query, Reply, Scope},
    model::{ChannelId, GuildId, MessageState},
    op::Audience,
    sim::{World, person},
};

use crate::camp::Camp;

pub(crate) fn found(world: &mut World, owner: usize) -> (GuildId, ChannelId) {
    match world.want(owner, Command::CreateGuild { name: "camp".to_owned() }) {
        Some(Ok(Reply::Guild { guild, channel })) => (guild, channel),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn invite(world: &mut World, by: usize, guild: GuildId) -> String {
    let ask = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: Vec::new() };
    match world.want(by, ask) {
        Some(Ok(Reply::Invite { link, .. })) => link,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn join(world: &mut World, who: usize, link: &str) {
    let answer = world.want(who, Command::Join { link: link.to_owned(), timeout_ms: 20_000 });
    assert!(matches!(answer, Some(Ok(Reply::Joined(_)))), "{answer:?}");
}

pub(crate) fn post(world: &mut World, who: usize, channel: ChannelId, text: &str) {
    let answer = world
        .want(who, Command::Post { channel, text: text.to_owned(), reply_to: None, thread: None, files: Vec::new() });
    assert!(matches!(answer, Some(Ok(Reply::Posted(_)))), "{answer:?}");
}

pub(crate) fn texts(world: &World, who: usize, channel: ChannelId) -> Vec<String> {
    match world.query(who, Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 200 }) {
        Some(Answer::Messages(page)) => page
            .messages
            .into_iter()
            .map(|m| if m.state == MessageState::Open { m.text.unwrap() } else { format!("{:?}", m.state) })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_people_meet_join_and_talk() {
    let mut world = World::of(1, 2);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    post(&mut world, 0, channel, "is anybody there?");
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    world.run(5_000);
    assert_eq!(texts(&world, 1, channel), ["is anybody there?"]);
    post(&mut world, 1, channel, "here I am");
    world.run(100);
    post(&mut world, 0, channel, "welcome");
    world.run(5_000);
    for who in 0..2 {
        assert_eq!(texts(&world, who, channel), ["is anybody there?", "here I am", "welcome"]);
        world.crash(who);
        world.start(who);
        world.run(5_000);
        assert_eq!(texts(&world, who, channel), ["is anybody there?", "here I am", "welcome"]);
    }
    assert_eq!(world.facts.violations, Vec::<String>::new());
}

#[test]
fn who_joins_with_a_clock_that_is_ahead_is_told_what_is_said() {
    let mut world = World::new(2);
    world.add(person(0), 0);
    world.add(person(1), 3_600_000);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    post(&mut world, 0, channel, "before you came");
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    world.run(5_000);
    assert_eq!(world.nodes[1].told.len(), 0);
    post(&mut world, 0, channel, "welcome");
    world.run(5_000);
    assert_eq!(world.nodes[1].told.len(), 1);
    // What is said while they are away is told when they are back.
    world.crash(1);
    post(&mut world, 0, channel, "are you there?");
    world.start(1);
    world.run(20_000);
    assert_eq!(world.nodes[1].told.len(), 1);
    assert_eq!(texts(&world, 1, channel), ["before you came", "welcome", "are you there?"]);
}

#[test]
fn after_rotations_the_newest_epoch_is_listened_to_and_the_one_before() {
    let mut camp = Camp::new(6);
    for gone in [5, 4, 3] {
        camp.kick(0, gone);
        camp.world.run(3_000);
        camp.say(1, "closer");
        camp.world.run(1_000);
    }
    assert!(camp.world.epochs_of(0, camp.guild, Audience::Guild).len() >= 4);
    for i in [0, 1, 2] {
        assert_eq!(camp.world.nodes[i].topics.len(), 2, "node {i}");
    }
}

#[test]
fn whoever_holds_a_role_may_give_it_up() {
    let mut world = World::of(5, 2);
    world.run(1_000);
    let (guild, _) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    world.run(1_000);
    let role = bivouac_core::authority::admin(guild);
    for who in [0, 1] {
        let user = world.nodes[who].person.user;
        let mut assign = |by: usize, held: bool| {
            assert_eq!(world.want(by, Command::AssignRole { guild, role, user, held }), Some(Ok(Reply::Unit)));
            world.run(1_000);
            [0, 1].map(|i| world.law(i, guild).unwrap().members[&user].roles.contains(&role))
        };
        assert_eq!(assign(0, true), [true; 2]);
        assert_eq!(assign(who, false), [false; 2]);
        assert_eq!(assign(0, true), [true; 2]);
    }
}
