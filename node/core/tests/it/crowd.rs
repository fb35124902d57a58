//! A large guild with people coming and going: a thousand in a soak, a hundred otherwise.
//!
//! Nobody is connected to more than a few; everything goes by gossip along these few, and what was missed by sync.

use std::collections::BTreeSet;

use bivouac_core::{
    io::{Answer, Command, Query, Reply},
    model::{ChannelId, GuildId, MessageId},
    sim::{Weather, World, person},
};

use crate::smoke::{found, invite, join};

/// How long it is talked, in milliseconds.
const TALK_MS: u64 = 120_000;
/// Time between two messages, in milliseconds.
const PAUSE_MS: u64 = 1_500;
/// Who goes is back after so long, in milliseconds.
const AWAY_MS: u64 = 20_000;
/// Within this time whoever is there has a message, in milliseconds.
const LATEST_MS: u64 = 30_000;
/// A link far from fair: milliseconds, and chances of a thousand.
const WEATHER: Weather = Weather { loss: 5, twice: 0, latency: 20, jitter: 60 };

struct Crowd {
    world: World,
    guild: GuildId,
    channel: ChannelId,
    /// Who is there since when; `None`: away.
    since: Vec<Option<u64>>,
    said: Vec<(MessageId, u64, usize)>,
}

/// A ring, and on average three more links each: five neighbours, as gossip keeps.
fn ring_and_shortcuts(world: &mut World, people: usize) -> Vec<BTreeSet<usize>> {
    let mut reach = vec![BTreeSet::new(); people];
    let mut link = |a: usize, b: usize| {
        if a != b {
            reach[a.max(b)].insert(a.min(b));
        }
    };
    for node in 0..people {
        link(node, (node + 1) % people);
        for _ in 0..1 + node % 2 {
            link(node, world.dice.below(people as u64) as usize);
        }
    }
    reach
}

impl Crowd {
    fn gather(seed: u64, people: usize) -> Self {
        let mut world = World::new(seed);
        for i in 0..people {
            world.add(person(i), 0);
        }
        // They join one by one while only the founder is there.
        world.run(100);
        let (guild, channel) = found(&mut world, 0);
        let link = invite(&mut world, 0, guild);
        for i in 1..people {
            world.crash(i);
        }
        for i in 1..people {
            world.start(i);
            join(&mut world, i, &link);
            world.crash(i);
        }
        let reach = ring_and_shortcuts(&mut world, people);
        for (high, lows) in reach.iter().enumerate() {
            for low in lows {
                world.net.link(high, *low).weather = WEATHER;
            }
        }
        world.crash(0);
        world.reach = Some(reach);
        for i in 0..people {
            world.start(i);
        }
        world.run(60_000);
        let since = vec![Some(world.now); people];
        Self { world, guild, channel, since, said: Vec::new() }
    }

    fn pick(&mut self) -> usize {
        loop {
            let who = self.world.dice.below(self.since.len() as u64) as usize;
            if self.since[who].is_some() {
                return who;
            }
        }
    }

    fn say(&mut self) {
        let who = self.pick();
        let text = format!("message {}", self.said.len());
        let at = self.world.now;
        let ask = Command::Post { channel: self.channel, text, reply_to: None, thread: None, files: Vec::new() };
        match self.world.want(who, ask) {
            Some(Ok(Reply::Posted(message))) => self.said.push((message, at, who)),
            other => panic!("{who}: {other:?}"),
        }
    }

    /// One in ten a minute goes, at a random time, and comes back.
    fn talk(&mut self) {
        let end = self.world.now + TALK_MS;
        let gap = 60_000 * 10 / self.since.len() as u64;
        let (mut goes, mut says) = (self.world.now + gap, self.world.now);
        let mut returns: Vec<(u64, usize)> = Vec::new();
        while self.world.now < end {
            let next = returns.iter().map(|(at, _)| *at).chain([goes, says]).min().unwrap_or(end);
            self.world.run(next.saturating_sub(self.world.now));
            let now = self.world.now;
            for (_, who) in returns.extract_if(.., |(at, _)| *at <= now) {
                self.world.start(who);
                self.since[who] = Some(now);
            }
            if goes <= now {
                let who = self.pick();
                self.world.crash(who);
                self.since[who] = None;
                returns.push((now + AWAY_MS, who));
                goes += gap;
            }
            if says <= now {
                self.say();
                says = self.world.now + PAUSE_MS;
            }
        }
        for (_, who) in returns {
            self.world.start(who);
        }
    }

    fn digest(&self, who: usize) -> [u8; 32] {
        match self.world.query(who, Query::LogStatus(self.guild)) {
            Some(Answer::LogStatus(status)) => status.digest,
            other => panic!("{who}: {other:?}"),
        }
    }
}

#[test]
fn a_crowd_with_churn_hears_everything_soon_and_not_too_often() {
    let people = if std::env::var_os("BIVOUAC_SOAK").is_some() { 1_000 } else { 100 };
    let mut crowd = Crowd::gather(1, people);
    let before = crowd.world.gossip;
    crowd.talk();
    let after = crowd.world.gossip;
    let mut waits = Vec::new();
    let (mut owed, mut late) = (0_u64, 0_u64);
    crowd.world.run(LATEST_MS);
    for (message, at, author) in &crowd.said {
        for (who, since) in crowd.since.iter().enumerate() {
            // Who was there before and stayed.
            if who == *author || since.is_none_or(|since| since > *at) {
                continue;
            }
            owed += 1;
            match crowd.world.nodes[who].told.get(message) {
                Some(told) if told - at <= LATEST_MS => waits.push(told - at),
                _ => late += 1,
            }
        }
    }
    waits.sort_unstable();
    let quantile = |share: usize| waits[(waits.len() - 1) * share / 1_000];
    let copies = (after.came - before.came) as f64 / (after.new - before.new) as f64;
    println!(
        "{people} people, {} messages: {} of {owed} delivered to who was there, p50 {} ms, p99 {} ms, slowest {} ms; {copies:.2} copies of each",
        crowd.said.len(),
        owed - late,
        quantile(500),
        quantile(990),
        quantile(1_000),
    );
    assert!(late * 1_000 <= owed, "{late} of {owed} messages late or lost");
    assert!(quantile(990) <= 5_000, "p99 {} ms", quantile(990));
    assert!(copies <= 4.0, "{copies} copies of each message");
    crowd.world.run(120_000);
    let digest = crowd.digest(0);
    let behind: Vec<usize> = (1..people).filter(|who| crowd.digest(*who) != digest).collect();
    assert!(behind.is_empty(), "{behind:?} lack something");
    assert_eq!(crowd.world.facts.violations, Vec::<String>::new());
}
