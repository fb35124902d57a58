//! Who is away misses things: what becomes of those who were removed meanwhile, or left before anybody heard of it.

use bivouac_core::{
    io::{Command, Event, Reply},
    sim::World,
};

use crate::camp::Camp;

/// Whether a node was told that it is in the guild no more.
fn told_out(camp: &Camp, who: usize) -> bool {
    let told = |event: &Event| matches!(event, Event::Guild { guild, member: false, .. } if *guild == camp.guild);
    camp.world.nodes[who].events.iter().any(told)
}

fn thinks_in(camp: &Camp, who: usize) -> bool {
    camp.world.law(who, camp.guild).is_some_and(|law| law.members.contains_key(&camp.user(who)))
}

fn rejoin(camp: &mut Camp, who: usize, link: &str) -> Option<Result<Reply, bivouac_core::io::CommandError>> {
    camp.world.want(who, Command::Join { link: link.to_owned(), timeout_ms: 20_000 })
}

/// A camp in which the last of three was away while somebody was removed: the last itself, unless `before` was first.
fn removed_while_away(before: Option<usize>) -> Camp {
    let people = if before.is_some() { 4 } else { 3 };
    let mut camp = Camp::new(people);
    camp.world.crash(2);
    camp.world.run(2_000);
    if let Some(other) = before {
        // The keys change while they are away: the act that removes them is under a key they never had.
        camp.kick(0, other);
        camp.world.run(2_000);
    }
    camp.kick(0, 2);
    camp.say(0, "behind their back");
    let secret = Command::UpdateGuild {
        guild: camp.guild,
        name: Some("without them".to_owned()),
        description: None,
        icon: None,
    };
    camp.order(0, secret);
    camp.world.run(2_000);
    camp.world.start(2);
    camp
}

#[test]
fn who_was_removed_while_away_is_told_so_and_no_more() {
    for before in [None, Some(3)] {
        let mut camp = removed_while_away(before);
        assert!(thinks_in(&camp, 2));
        camp.world.run(5_000);
        assert!(!thinks_in(&camp, 2) && told_out(&camp, 2), "{before:?}: {}", camp.world.explain(2, camp.guild));
        let law = camp.world.law(2, camp.guild).unwrap();
        assert_eq!(law.name, "camp");
        camp.world.run(60_000);
        assert!(!camp.world.timeline(2, camp.channel).iter().any(|m| m.text.as_deref() == Some("behind their back")));
        let post = Command::Post {
            channel: camp.channel,
            text: "still here?".to_owned(),
            reply_to: None,
            thread: None,
            files: Vec::new(),
        };
        assert!(matches!(camp.world.want(2, post), Some(Err(_))));
    }
}

#[test]
fn a_new_invite_lets_in_again_who_does_not_know_yet_that_they_are_out() {
    let mut camp = removed_while_away(None);
    let link = camp.invite(0, None, None);
    // Before anybody could tell them.
    let answer = rejoin(&mut camp, 2, &link);
    assert!(matches!(answer, Some(Ok(Reply::Joined(_)))), "{answer:?}");
    camp.world.run(2_000);
    assert!(camp.has(2) && thinks_in(&camp, 2));
    camp.say(2, "back again");
    camp.peace();
}

#[test]
fn who_left_unheard_can_join_again() {
    let mut camp = Camp::new(3);
    camp.world.split(&[2].into());
    camp.order(2, Command::LeaveGuild { guild: camp.guild });
    camp.world.run(1_000);
    let link = camp.invite(0, None, None);
    camp.world.split(&[].into());
    let answer = rejoin(&mut camp, 2, &link);
    assert!(matches!(answer, Some(Ok(Reply::Joined(_)))), "{answer:?}");
    camp.world.run(2_000);
    assert!(camp.has(2) && thinks_in(&camp, 2));
    camp.peace();
}

/// A dead connection is not known as one for a while. What is missing is asked of who was just heard.
#[test]
fn who_is_gone_unnoticed_keeps_nobody_from_what_is_missing() {
    for [reader, author, gone] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut camp = Camp::new(3);
        let holes = |world: &World, guild| world.status(reader, guild).unwrap().holes;
        let loss = |camp: &mut Camp, other, loss| camp.world.net.link(reader, other).weather.loss = loss;
        loss(&mut camp, gone, 1_000);
        camp.world.net.link(author, gone).weather.loss = 1_000;
        loss(&mut camp, author, 1_000);
        camp.say(author, "unheard");
        camp.world.run(100);
        loss(&mut camp, author, 0);
        camp.say(author, "heard");
        let guild = camp.guild;
        assert!(camp.world.run_until(1_000, |world| holes(world, guild) == 1));
        assert!(camp.world.run_until(1_000, |world| holes(world, guild) == 0), "{reader} {author} {gone}");
    }
}
