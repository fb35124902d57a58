//! A large guild whose members have three devices each: 500 in a soak, 40 otherwise. Somebody is removed from it.

use bivouac_core::{
    io::{Command, Reply},
    model::{ChannelId, GuildId},
    op::Audience,
    sim::{Person, World},
};

use crate::smoke::{found, invite, join};

/// Devices of each.
const DEVICES: usize = 3;
/// Members whose devices are there when it happens; the others are asleep, as most are.
const AWAKE: usize = 10;

struct Houses {
    world: World,
    guild: GuildId,
    channel: ChannelId,
    members: usize,
}

impl Houses {
    /// The first devices join, one by one while only the founder is there; of the others those of the first so many members
    /// are given the guild by fellow members, as after a loss. Node `device * members + member`.
    fn gather(members: usize) -> Self {
        let mut world = World::new(3);
        let mut people: Vec<Vec<&'static Person>> = vec![Vec::new(); DEVICES];
        for member in 0..members {
            let house = Person::household(10_000 + member as u64, &format!("member {member}"), DEVICES);
            house.into_iter().zip(&mut people).for_each(|(person, nth)| nth.push(Box::leak(Box::new(person))));
        }
        for (nth, devices) in people.iter().enumerate() {
            for person in devices {
                let node = world.add(person, 0);
                if (nth, node) != (0, 0) {
                    world.crash(node);
                }
            }
        }
        world.run(100);
        let (guild, channel) = found(&mut world, 0);
        let link = invite(&mut world, 0, guild);
        for node in 1..members {
            world.start(node);
            join(&mut world, node, &link);
            world.crash(node);
        }
        let mut houses = Self { world, guild, channel, members };
        for member in 0..AWAKE {
            for device in 0..DEVICES {
                let node = houses.node(member, device);
                houses.world.nodes[node].guilds.insert(guild);
                houses.world.start(node);
            }
        }
        houses
    }

    fn node(&self, member: usize, device: usize) -> usize {
        device * self.members + member
    }

    fn awake(&self) -> Vec<usize> {
        (0..DEVICES * AWAKE).map(|nth| self.node(nth % AWAKE, nth / AWAKE)).collect()
    }

    fn reads(&self, node: usize, text: &str) -> bool {
        self.world.timeline(node, self.channel).iter().any(|message| message.text.as_deref() == Some(text))
    }
}

#[test]
fn one_of_many_with_three_devices_each_is_removed() {
    let members = if std::env::var_os("BIVOUAC_SOAK").is_some() { 500 } else { 40 };
    let mut houses = Houses::gather(members);
    let all = houses.awake();
    let in_it = |world: &World, guild| {
        all.iter().all(|node| world.law(*node, guild).is_some_and(|law| law.members.len() == members))
    };
    let guild = houses.guild;
    assert!(houses.world.run_until(300_000, |world| in_it(world, guild)), "all devices have the law");
    let law = houses.world.law(0, guild).unwrap();
    assert!(law.members.values().all(|member| member.devices.len() == DEVICES));
    // Any device speaks for its user.
    let (channel, other) = (houses.channel, houses.node(7, 2));
    let post =
        |text: &str| Command::Post { channel, text: text.to_owned(), reply_to: None, thread: None, files: Vec::new() };
    assert!(matches!(houses.world.want(other, post("from the third")), Some(Ok(Reply::Posted(_)))));
    houses.world.run(10_000);
    assert!(all.iter().all(|node| houses.reads(*node, "from the third")));

    // The removal, and a word at once: it waits for nobody.
    let (gone, user) = (AWAKE - 1, houses.world.nodes[AWAKE - 1].person.user);
    let began = houses.world.now;
    assert!(matches!(houses.world.want(0, Command::Kick { guild, user, reason: None }), Some(Ok(_))));
    assert!(matches!(houses.world.want(0, post("without them")), Some(Ok(Reply::Posted(_)))));
    let waited = houses.world.now - began;
    assert!(waited < 1_000, "sending waited for {waited} ms");
    let left: Vec<usize> = all.iter().copied().filter(|node| node % members != gone).collect();
    let heard = |world: &World| {
        let reads = |node: &usize| {
            world.timeline(*node, channel).iter().any(|message| message.text.as_deref() == Some("without them"))
        };
        left.iter().all(reads)
    };
    let asked = houses.world.now;
    assert!(houses.world.run_until(60_000, heard), "not all could read it");
    println!(
        "{members} members: sending waited {waited} ms, all {} devices read it {} ms later",
        left.len(),
        houses.world.now - asked
    );
    let epochs = houses.world.epochs_of(0, guild, Audience::Guild);
    for device in 0..DEVICES {
        let node = houses.node(gone, device);
        assert!(!houses.reads(node, "without them"));
        let held = houses.world.secrets_on_disk(node, guild);
        assert!(epochs.iter().any(|epoch| !held.contains_key(epoch)), "they hold every key");
    }
    // Who slept catches up.
    let late = houses.node(AWAKE + 3, 0);
    houses.world.start(late);
    assert!(houses.world.run_until(60_000, |world| {
        world.timeline(late, channel).iter().any(|message| message.text.as_deref() == Some("without them"))
    }));
    assert_eq!(houses.world.facts.violations, Vec::<String>::new());
}

#[test]
fn when_all_have_something_to_say_and_no_key_few_keys_are_made() {
    let mut houses = Houses::gather(14);
    let guild = houses.guild;
    let all = houses.awake();
    assert!(houses.world.run_until(300_000, |world| {
        all.iter().all(|node| world.law(*node, guild).is_some_and(|law| law.members.len() == 14))
    }));
    // Somebody leaves, who makes no new keys; then all speak at once.
    let gone = AWAKE - 1;
    assert!(matches!(houses.world.want(gone, Command::LeaveGuild { guild }), Some(Ok(_))));
    houses.world.run(5_000);
    let before = houses.world.epochs_of(0, guild, Audience::Guild).len();
    let speakers: Vec<usize> = all.iter().copied().filter(|node| node % 14 != gone).collect();
    let channel = houses.channel;
    let asked: Vec<(usize, u64)> = speakers
        .iter()
        .map(|node| {
            let post = Command::Post {
                channel,
                text: format!("said by {node}"),
                reply_to: None,
                thread: None,
                files: Vec::new(),
            };
            (*node, houses.world.ask(*node, post).unwrap())
        })
        .collect();
    houses.world.run(10_000);
    for (node, id) in &asked {
        assert!(matches!(houses.world.nodes[*node].done.get(id), Some(Ok(Reply::Posted(_)))), "node {node}");
    }
    let minted = houses.world.epochs_of(0, guild, Audience::Guild).len() - before;
    println!("{} devices at once minted {minted} epochs", speakers.len());
    assert!((1..=8).contains(&minted), "{minted} epochs");
    houses.world.run(60_000);
    for node in &speakers {
        assert!(speakers.iter().all(|other| houses.reads(*node, &format!("said by {other}"))), "node {node}");
    }
    // It is over: what is said next needs no new key.
    let settled = houses.world.epochs_of(0, guild, Audience::Guild).len();
    for node in speakers.iter().take(8) {
        let post =
            Command::Post { channel, text: "and again".to_owned(), reply_to: None, thread: None, files: Vec::new() };
        assert!(matches!(houses.world.want(*node, post), Some(Ok(_))));
    }
    assert_eq!(houses.world.epochs_of(0, guild, Audience::Guild).len(), settled);
}
