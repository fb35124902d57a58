//! Strangers on one local network: they see each other, knock, and are let in; and what liars make of that.

use bivouac_core::{
    io::{Answer, Command, CommandError, ErrorKind, Event, Input, Neighbour, Query, Reply},
    model::GuildId,
    sim::{World, person},
    wire::{self, Request, Response},
};
use bivouac_crypto::{DeviceId, Text, UserId};

use crate::smoke::{found, invite, join};

/// How soon strangers see each other, in virtual milliseconds.
const SOON: u64 = 3_000;

/// People on one network, none of whom shares anything with another.
fn street(seed: u64, people: usize) -> World {
    let mut world = World::new(seed);
    world.nearby = true;
    for i in 0..people {
        world.add(person(i), 0);
    }
    world.run(SOON);
    world
}

fn seen(world: &World, who: usize) -> Vec<usize> {
    list(world, who).iter().map(|it| world.node_of(&it.device).unwrap()).collect()
}

fn list(world: &World, who: usize) -> Vec<Neighbour> {
    match world.query(who, Query::Nearby) {
        Some(Answer::Nearby(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn knock(world: &mut World, who: usize, at: usize) -> u64 {
    let device = world.device(at);
    world.ask(who, Command::Knock { device, text: Some("it's me".to_owned()) }).unwrap()
}

/// Who has knocked at somebody's, from their events.
fn knocks(world: &World, who: usize) -> Vec<(usize, UserId, String)> {
    let events = world.nodes[who].events.iter();
    let knocks = events.filter_map(|event| match event {
        Event::Knock { device, user, name, .. } => Some((world.node_of(device).unwrap(), *user, name.clone())),
        _ => None,
    });
    knocks.collect()
}

fn count(world: &World, who: usize, wanted: impl Fn(&Event) -> bool) -> usize {
    world.nodes[who].events.iter().filter(|event| wanted(event)).count()
}

fn answer(world: &mut World, who: usize, to: usize, guild: Option<GuildId>) -> Result<Reply, CommandError> {
    let device = world.device(to);
    world.want(who, Command::Answer { device, guild }).unwrap()
}

fn refused(answer: Option<Result<Reply, CommandError>>, kind: ErrorKind) {
    assert!(matches!(&answer, Some(Err(error)) if error.kind == kind), "{answer:?}, not {kind:?}");
}

#[test]
fn a_newcomer_sees_who_is_here_knocks_and_is_let_in() {
    let mut world = street(1, 3);
    let [ada, bo, cy] = [0, 1, 2];
    for who in [ada, bo, cy] {
        assert_eq!(seen(&world, who).len(), 2, "{who}");
        for Neighbour { device, user, name, knockable } in list(&world, who) {
            let other = world.node_of(&device).unwrap();
            assert_eq!((user, knockable), (person(other).user, true));
            assert_eq!(name, format!("person {other}"));
        }
    }
    let (guild, _) = found(&mut world, ada);
    let waits = knock(&mut world, bo, ada);
    world.run(SOON);
    assert_eq!(knocks(&world, ada), [(bo, person(bo).user, format!("person {bo}"))]);
    let device = world.device(ada);
    refused(world.want(bo, Command::Knock { device, text: None }), ErrorKind::Exists);
    assert_eq!(world.nodes[bo].done.get(&waits), None);
    assert_eq!(answer(&mut world, ada, bo, Some(guild)), Ok(Reply::Unit));
    world.run(SOON);
    let Some(Ok(Reply::Invited { name, link })) = world.nodes[bo].done.get(&waits).cloned() else {
        panic!("not let in")
    };
    assert_eq!(name, "camp");
    join(&mut world, bo, &link);
    world.run(SOON);
    // They are no strangers any more; the third is. The invite is used up, and what was answered is answered.
    assert_eq!((seen(&world, ada), seen(&world, bo)), (vec![cy], vec![cy]));
    refused(world.want(cy, Command::Join { link, timeout_ms: 5_000 }), ErrorKind::InviteUsed);
    assert_eq!(answer(&mut world, ada, bo, None).unwrap_err().kind, ErrorKind::NotFound);

    // Turned away; and nobody answers; and who is knocked at goes away.
    let waits = knock(&mut world, cy, bo);
    world.run(SOON);
    assert_eq!(answer(&mut world, bo, cy, None), Ok(Reply::Unit));
    world.run(SOON);
    refused(world.nodes[cy].done.get(&waits).cloned(), ErrorKind::Forbidden);
    let waits = knock(&mut world, cy, bo);
    world.run(110_000);
    assert_eq!(world.nodes[cy].done.get(&waits), None);
    world.run(20_000);
    refused(world.nodes[cy].done.get(&waits).cloned(), ErrorKind::Unreachable);
    assert_eq!(count(&world, bo, |event| matches!(event, Event::KnockOver { .. })), 1);
    let waits = knock(&mut world, cy, bo);
    world.run(SOON);
    world.crash(bo);
    world.run(SOON);
    refused(world.nodes[cy].done.get(&waits).cloned(), ErrorKind::Unreachable);
    assert!(!seen(&world, cy).contains(&bo));
}

#[test]
fn who_may_not_have_heard_that_they_are_let_in_can_be_answered_again() {
    let mut world = street(6, 2);
    let [ada, bo] = [0, 1];
    let (guild, _) = found(&mut world, ada);
    knock(&mut world, bo, ada);
    world.run(SOON);
    assert_eq!(answer(&mut world, ada, bo, Some(guild)), Ok(Reply::Unit));
    let from = world.device(bo);
    for id in 0..1_000 {
        world.input(ada, Input::Response { id, from, bytes: None });
    }
    assert_eq!(knocks(&world, ada).len(), 2, "they still knock");
    assert_eq!(answer(&mut world, ada, bo, Some(guild)), Ok(Reply::Unit));
    world.run(SOON);
    assert_eq!(knocks(&world, ada).len(), 2);
    assert_eq!(answer(&mut world, ada, bo, None).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn a_crowd_that_says_nothing_hides_nobody() {
    let mut world = street(7, 1);
    for who in 100..400 {
        let device: DeviceId = person(who).device;
        world.input(0, Input::Connected(device));
        world.input(0, Input::Nearby(device));
    }
    let device: DeviceId = person(400).device;
    world.input(0, Input::Connected(device));
    world.input(0, Input::Nearby(device));
    let name = Text::try_from("Ada".to_owned()).unwrap();
    let says = Request::Neighbour(Some(wire::Neighbour { user: UserId([3; 32]), name, knocks: true }));
    assert!(matches!(world.probe(0, device, &says), Some(Response::Neighbour(_))));
    assert_eq!(list(&world, 0).into_iter().map(|it| it.device).collect::<Vec<_>>(), [device]);
}

#[test]
fn who_is_hidden_is_not_seen_and_sees_nobody() {
    let mut world = street(2, 3);
    let show = |world: &mut World, who, visible, knocks| {
        assert_eq!(world.want(who, Command::Nearby { visible, knocks }), Some(Ok(Reply::Unit)));
        world.run(SOON);
    };
    show(&mut world, 0, false, true);
    assert_eq!((seen(&world, 0), seen(&world, 1), seen(&world, 2)), (vec![], vec![2], vec![1]));
    let device = world.device(1);
    refused(world.want(0, Command::Knock { device, text: None }), ErrorKind::Forbidden);
    let device = world.device(0);
    refused(world.want(1, Command::Knock { device, text: None }), ErrorKind::NotFound);
    // Shown again, but with the door closed.
    show(&mut world, 0, true, false);
    assert_eq!((seen(&world, 0).len(), seen(&world, 1).len()), (2, 2));
    assert!(list(&world, 1).iter().all(|it| it.knockable == (it.device != device)));
    refused(world.want(1, Command::Knock { device, text: None }), ErrorKind::Forbidden);
    // What is asked of a node in spite of that it refuses.
    let from = world.device(1);
    let guest = person(1).chain.clone();
    assert_eq!(world.probe(0, from, &Request::Ring { guest, text: None }), Some(Response::Refused));
    // Not on the local network: neither is told anything.
    let mut world = World::of(3, 2);
    world.run(SOON);
    assert_eq!((seen(&world, 0), seen(&world, 1)), (vec![], vec![]));
    let from = world.device(1);
    assert_eq!(world.probe(0, from, &Request::Neighbour(None)), Some(Response::Refused));
}

#[test]
fn who_is_banned_or_may_not_invite_lets_nobody_in() {
    let mut world = street(4, 3);
    let (guild, _) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    world.run(SOON);
    let user = person(2).user;
    assert_eq!(world.want(0, Command::Ban { guild, user, reason: None }), Some(Ok(Reply::Unit)));
    let waits = knock(&mut world, 2, 0);
    world.run(SOON);
    assert_eq!(answer(&mut world, 0, 2, Some(guild)).unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(world.nodes[2].done.get(&waits), None, "it can still be answered");
    assert_eq!(world.want(0, Command::Unban { guild, user }), Some(Ok(Reply::Unit)));
    let role = bivouac_core::authority::everyone(guild);
    let permissions = Some(bivouac_core::model::Permissions::default());
    let edit = Default::default();
    let closed = Command::UpdateRole { guild, role, rank: None, permissions, edit };
    assert_eq!(world.want(0, closed), Some(Ok(Reply::Unit)));
    let second = knock(&mut world, 2, 1);
    world.run(SOON);
    assert_eq!(answer(&mut world, 1, 2, Some(guild)).unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(answer(&mut world, 1, 2, Some(GuildId([7; 32]))).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(answer(&mut world, 0, 2, Some(guild)), Ok(Reply::Unit));
    world.run(SOON);
    assert!(matches!(world.nodes[2].done.get(&waits), Some(Ok(Reply::Invited { .. }))));
    assert_eq!(world.nodes[2].done.get(&second), None);
}

#[test]
fn floods_of_strangers_are_bounded_and_nobody_knocks_in_anothers_name() {
    let mut world = street(5, 3);
    let from = world.device(1);
    let says = |name: &str| {
        Request::Neighbour(Some(wire::Neighbour {
            user: UserId([3; 32]),
            name: Text::try_from(name.to_owned()).unwrap(),
            knocks: true,
        }))
    };
    // Whatever they say, the user is told once a second.
    let told = |world: &World| count(world, 0, |event| *event == Event::Nearby);
    let before = told(&world);
    for n in 0..2_000 {
        world.probe(0, from, &says(&format!("name {n}")));
        world.run(1);
        world.input(0, Input::Tick);
    }
    assert!((1..=4).contains(&(told(&world) - before)), "told {} times", told(&world) - before);
    // What can't be shown is not shown; what is too long is no message at all.
    world.run(SOON);
    for bad in ["a\u{202e}b", "\u{1b}[1m", " ", "a\nb"] {
        world.probe(0, from, &says(bad));
        world.input(0, Input::Tick);
        assert_eq!(seen(&world, 0), [2], "{bad:?}");
    }
    let long = says(&"n".repeat(64)).to_bytes();
    let text = long.windows(64).position(|at| at == "n".repeat(64).as_bytes()).unwrap();
    let mut longer = long.clone();
    longer.insert(text, b'n');
    longer[text - 1] += 1;
    assert_eq!(world.probe_bytes(0, from, longer), Some(Response::Refused));
    assert_ne!(world.probe_bytes(0, from, long), Some(Response::Refused));

    // Rung at in another's name, by a device that the identity does not certify.
    let guest = |who: usize| person(who).chain.clone();
    let ring = |who: usize| Request::Ring { guest: guest(who), text: Text::try_from("x\u{7}".to_owned()).ok() };
    assert_eq!(world.probe(0, from, &ring(2)), Some(Response::Refused));
    assert_eq!(knocks(&world, 0), []);
    assert_eq!(world.probe(0, from, &ring(1)), Some(Response::Noted));
    assert_eq!(world.probe(0, from, &ring(1)), Some(Response::Refused), "one at a time");
    let silent = |event: &Event| matches!(event, Event::Knock { text: None, .. });
    assert_eq!(count(&world, 0, silent), 1, "what would drive a terminal is not told");
    // Device after device, each with an identity: some are heard, and no more.
    let crowd: Vec<usize> = (100..160).collect();
    let mut heard = 0;
    for who in &crowd {
        let device: DeviceId = person(*who).device;
        world.input(0, Input::Connected(device));
        world.input(0, Input::Nearby(device));
        heard += usize::from(world.probe(0, device, &ring(*who)) == Some(Response::Noted));
        world.input(0, Input::Disconnected(device));
    }
    assert!(heard <= 8, "{heard}");
    // An invite that nobody asked for, or that is none.
    let into = |name: &str, link: &str| {
        let name = Text::try_from(name.to_owned()).unwrap();
        Request::LetIn(Some(wire::Invitation { name, link: Text::try_from(link.to_owned()).unwrap() }))
    };
    assert_eq!(world.probe(0, from, &into("camp", "bivouac://join/AA")), Some(Response::Refused));
    let waits = knock(&mut world, 0, 2);
    world.run(SOON);
    let other = world.device(2);
    assert_eq!(world.probe(0, other, &into("camp", "https://example.org")), Some(Response::Noted));
    world.run(100);
    refused(world.nodes[0].done.get(&waits).cloned(), ErrorKind::Forbidden);
}
