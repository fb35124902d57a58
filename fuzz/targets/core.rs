//! A core in a guild, and whatever a fellow member's connection can bring it, in any order.
#![no_main]

use std::sync::OnceLock;

use bivouac_core::{
    Core,
    io::{Command, Effect, Input, Now, Reply, Topic},
    sim::{Dice, Disk, World, person},
};
use libfuzzer_sys::fuzz_target;

/// Somebody in a guild, as on disk, and the topics listened to.
struct Camp {
    disk: Disk,
    incarnation: u64,
    now: Now,
    topics: Vec<Topic>,
}

fn camp() -> &'static Camp {
    static CAMP: OnceLock<Camp> = OnceLock::new();
    CAMP.get_or_init(|| {
        let mut world = World::of(1, 2);
        world.run(1_000);
        let made = world.want(0, Command::CreateGuild { name: "camp".to_owned() });
        let Some(Ok(Reply::Guild { guild, channel })) = made else { panic!("{made:?}") };
        let invite = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: Vec::new() };
        let Some(Ok(Reply::Invite { link, .. })) = world.want(0, invite) else { panic!("no link") };
        assert!(matches!(world.want(1, Command::Join { link, timeout_ms: 20_000 }), Some(Ok(_))));
        world.want(0, Command::Post { channel, text: "a word".to_owned(), reply_to: None });
        world.run(10_000);
        let node = &world.nodes[0];
        let mut camp = Camp {
            disk: node.disk.clone(),
            incarnation: node.incarnation,
            now: Now { wall_ms: node.wall(world.now), mono_ms: world.now },
            topics: Vec::new(),
        };
        let (mut core, mut dice) = (open(&camp), Dice::new(1));
        for effect in core.handle(camp.now, dice.rng(), &camp.disk, Input::Addresses(Vec::new())) {
            if let Effect::Subscribe(topic) = effect {
                camp.topics.push(topic);
            }
        }
        camp
    })
}

fn open(camp: &Camp) -> Core {
    Core::open(person(0).secrets(camp.incarnation, Default::default()), &camp.disk).expect("a sound disk")
}

fuzz_target!(|messages: Vec<(u8, &[u8])>| {
    let camp = camp();
    let (mut core, mut disk, mut dice) = (open(camp), camp.disk.clone(), Dice::new(1));
    let from = person(1).device;
    let mut now = camp.now;
    let mut asked = Vec::new();
    let opening = std::iter::once(Input::Connected(from));
    let inputs = messages.iter().take(16).enumerate().map(|(nth, (what, bytes))| {
        let (bytes, token) = (bytes.to_vec(), nth as u64);
        match what % 4 {
            0 => Input::Request { from, bytes, token },
            1 => Input::Response { id: u64::from(what / 4), from, bytes: Some(bytes) },
            2 if !camp.topics.is_empty() => {
                let topic = camp.topics[usize::from(what / 4) % camp.topics.len()];
                Input::Gossip { from, topic, bytes, token }
            }
            _ => Input::Tick,
        }
    });
    for input in opening.chain(inputs) {
        now = Now { wall_ms: now.wall_ms + 100, mono_ms: now.mono_ms + 100 };
        let answers = match &input {
            Input::Request { .. } | Input::Gossip { .. } => 1,
            _ => 0,
        };
        let mut answered = 0;
        for effect in core.handle(now, dice.rng(), &disk, input) {
            match effect {
                Effect::Write(batch) => disk.write(batch),
                Effect::Respond(..) | Effect::Judge(..) => answered += 1,
                Effect::Request { id, .. } => asked.push(id),
                Effect::Rebuild => panic!("what a peer sends is no damage"),
                _ => {}
            }
        }
        assert!(answered >= answers, "a request or gossip message was not answered at once");
    }
    drop(open(&Camp { disk, incarnation: camp.incarnation, now, topics: Vec::new() }));
});
