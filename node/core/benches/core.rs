//! What the core costs, without disk and network: posting, taking a backlog in, opening, reading a page. Each beside one
//! strict check of a signature, the unit in which this can be compared between machines.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bivouac_core::{
    Core,
    io::{Command, Effect, Input, Now, Query, Reply, Scope},
    model::{ChannelId, GuildId},
    sim::{Dice, Disk, Node, World},
};
use bivouac_crypto::{Domain, SigningKey};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Messages missed.
const BACKLOG: usize = 5_000;

/// Somebody who was away while another talked, and all that is said to his core until he has it.
struct Absence {
    node: Node,
    before: Disk,
    inputs: Vec<(Now, Input)>,
    guild: GuildId,
    channel: ChannelId,
}

fn absence() -> Absence {
    let mut world = World::of(1, 2);
    world.nodes.iter_mut().for_each(Node::index_as_in_life);
    world.run(1_000);
    let (guild, channel) = match world.want(0, Command::CreateGuild { name: "camp".to_owned() }) {
        Some(Ok(Reply::Guild { guild, channel })) => (guild, channel),
        other => panic!("{other:?}"),
    };
    let invite = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: Vec::new() };
    let link = match world.want(0, invite) {
        Some(Ok(Reply::Invite { link, .. })) => link,
        other => panic!("{other:?}"),
    };
    assert!(matches!(world.want(1, Command::Join { link, timeout_ms: 20_000 }), Some(Ok(_))));
    world.run(5_000);
    world.crash(1);
    for n in 0..BACKLOG {
        let text = format!("message {n}: a line of ordinary length, as people write them when they are in no hurry");
        world.want(0, Command::Post { channel, text, reply_to: None, thread: None, files: Vec::new() });
    }
    let before = world.nodes[1].disk.clone();
    world.record = Some((1, Vec::new()));
    world.start(1);
    world.run(60_000);
    let (_, inputs) = world.record.take().unwrap();
    assert_eq!(listed(&world.nodes[1], channel), 200);
    let node = world.nodes.remove(1);
    Absence { node, before, inputs, guild, channel }
}

fn listed(node: &Node, channel: ChannelId) -> usize {
    let query = Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 200 };
    match node.core.as_ref().unwrap().query(&node.disk, query) {
        Ok(bivouac_core::io::Answer::Messages(page)) => page.messages.len(),
        other => panic!("{other:?}"),
    }
}

impl Absence {
    fn core(&self, disk: &Disk) -> Core {
        Core::open(self.node.person.secrets(self.node.incarnation, [self.guild].into()), disk).unwrap()
    }

    /// Hands the core everything again. Gives how many ops it has then.
    fn again(&self, mut core: Core, mut disk: Disk) -> usize {
        let mut dice = Dice::new(1);
        for (now, input) in &self.inputs {
            for effect in core.handle(*now, dice.rng(), &disk, input.clone()) {
                if let Effect::Write(batch) = effect {
                    disk.write(batch);
                }
            }
            disk.sync();
        }
        match core.query(&disk, Query::LogStatus(self.guild)) {
            Ok(bivouac_core::io::Answer::LogStatus(status)) => usize::try_from(status.ops).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn core(c: &mut Criterion) {
    let absence = absence();
    let mut group = c.benchmark_group("core");
    group.sample_size(10);

    let key = SigningKey::from_seed(&[1; 32]);
    let signature = key.sign(Domain::Op, b"32 bytes or so, as an op's id is");
    group.throughput(Throughput::Elements(1));
    group.bench_function("signature checked", |b| {
        b.iter(|| key.public().verify(Domain::Op, b"32 bytes or so, as an op's id is", &signature).unwrap());
    });

    group.throughput(Throughput::Elements(BACKLOG as u64));
    group.bench_function("backlog taken in", |b| {
        b.iter_batched(
            || (absence.core(&absence.before), absence.before.clone()),
            |(core, disk)| assert!(absence.again(core, disk) > BACKLOG),
            BatchSize::PerIteration,
        );
    });

    group.throughput(Throughput::Elements(1));
    let disk = &absence.node.disk;
    group.bench_function("opened", |b| b.iter(|| absence.core(disk)));
    let core = absence.core(disk);
    let page = |before| Query::Messages { channel: absence.channel, scope: Scope::All, before, after: None, limit: 50 };
    group.bench_function("page read", |b| b.iter(|| core.query(disk, page(None)).unwrap()));

    let mut poster = absence.core(disk);
    let mut written = disk.clone();
    let mut dice = Dice::new(2);
    let (mut now, mut id) = (absence.inputs.last().unwrap().0, 0);
    group.bench_function("message posted", |b| {
        b.iter(|| {
            (now.wall_ms, now.mono_ms, id) = (now.wall_ms + 1, now.mono_ms + 1, id + 1);
            let text = "a line of ordinary length, as people write them when they are in no hurry".to_owned();
            let command =
                Command::Post { channel: absence.channel, text, reply_to: None, thread: None, files: Vec::new() };
            for effect in poster.handle(now, dice.rng(), &written, Input::Command(id, command)) {
                if let Effect::Write(batch) = effect {
                    written.write(batch);
                }
            }
            written.sync();
        });
    });
    group.finish();
}

criterion_group!(benches, core);
criterion_main!(benches);
