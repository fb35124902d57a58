//! What a restart must not change.

use bivouac_core::{
    io::{Answer, Command, Query, Reply},
    model::{ChannelId, GuildId},
    sim::World,
};

use crate::smoke::{found, invite, join, post, texts};

fn hash(world: &World, who: usize, guild: GuildId) -> [u8; 32] {
    match world.query(who, Query::LogStatus(guild)) {
        Some(Answer::LogStatus(status)) => status.state_hash,
        other => panic!("{other:?}"),
    }
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
    let renamed = world.want(1, Command::UpdateGuild { guild, name: Some("renamed".to_owned()) });
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
    let mut world = World::of(4, 3);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    join(&mut world, 2, &link);
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
    let mut world = World::of(5, 3);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    join(&mut world, 2, &link);
    for n in 0..30 {
        post(&mut world, n % 3, channel, &format!("word {n}"));
    }
    world.run(5_000);
    // The owner and a member, one after the other.
    for who in [0, 1] {
        world.lose_disk(who);
        world.start(who);
        world.run(20_000);
        post(&mut world, who, channel, "here again");
        world.run(5_000);
        alike(&world, guild, channel);
    }
    assert!(world.facts.violations.is_empty(), "{:?}", world.facts.violations);
}

#[test]
fn who_was_removed_and_lost_the_store_is_given_nothing() {
    let mut world = World::of(6, 2);
    world.run(1_000);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
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
