//! What real nodes cost, on hosts of a lab, each figure beside something that was measured in the same run. Not a test:
//! nothing is asserted but that what was measured was done.
//!
//! `make figures` runs all; `cargo bench -p bivouac-node --bench figures -- send million` some. `BIVOUAC_OPS` sets how many
//! messages the large store has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

#[path = "../tests/it/cast.rs"]
mod cast;
#[allow(unused_imports)]
#[path = "../tests/it/storm.rs"]
mod storm;

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Host, Lab};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cast::{Node, PATIENCE, agree, folder, hosted, until};

/// Measured in turns with what stands beside it, so many times.
const ROUNDS: usize = 6;
/// A message of ordinary length.
const LINE: &str = "a line of ordinary length, as people write them when they are in no hurry";
/// Messages missed by who was away.
const MISSED: usize = 10_000;
/// Messages sent before the answers and events of them are forgotten here.
const CHUNK: usize = 10_000;
/// As long as a large store may take to be passed on.
const LONG: Duration = Duration::from_secs(1_200);

/// Two members of a guild, each on a host.
struct Pair {
    lab: Lab,
    hosts: [Host; 2],
    ada: Node,
    bo: Node,
    guild: String,
    channel: String,
    stores: TempDir,
}

fn main() {
    type Figure = fn();
    let figures: [(&str, Figure); 6] = [
        ("send", send),
        ("presence", presence),
        ("rejoin", rejoin),
        ("rest", rest),
        ("million", million),
        ("search", search),
    ];
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, figure) in figures {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("── {name}");
            figure();
        }
    }
}

// ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/// From `message.send` to the peer's event, beside a write of 4 KiB that is put on the same disk.
fn send() {
    let mut pair = Pair::meet();
    let mut file = File::create(pair.stores.path().join("beside")).unwrap();
    let (mut heard, mut stored, mut synced) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (mut to_peer, mut to_disk, mut to_file) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..200 {
            let since = pair.bo.rpc.mark();
            let ticket = pair.ada.send(&pair.channel, LINE).unwrap();
            let seen = pair.bo.rpc.wait_since(since, "the line", PATIENCE, |event| event["type"] == "message").unwrap();
            to_disk.push(pair.ada.rpc.answer(&ticket, PATIENCE).unwrap().at - ticket.sent);
            to_peer.push(seen.at - ticket.sent);
            let began = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            to_file.push(began.elapsed());
        }
        // The first warms up.
        if round > 0 {
            heard.push(to_peer);
            stored.push(to_disk);
            synced.push(to_file);
        }
    }
    for (what, rounds) in [
        ("message.send → event at the peer", &heard),
        ("message.send → answer", &stored),
        ("beside it: 4 KiB written and fdatasync", &synced),
    ] {
        show(what, rounds);
    }
    let beside = |rounds: &[Vec<Duration>]| {
        median(rounds.iter().zip(&synced).map(|(of, sync)| ratio(quantile(of, 50), quantile(sync, 50))).collect())
    };
    println!("p50, in fdatasyncs: {:.2} to the event, {:.2} to the answer", beside(&heard), beside(&stored));
}

/// From a peer's going or coming to the event, beside a message to the same peer.
fn presence() {
    let mut pair = Pair::meet();
    let (mut gone, mut come, mut said) = (Vec::new(), Vec::new(), Vec::new());
    let (device, channel) = (pair.bo.device.clone(), pair.channel.clone());
    let turned = |event: &Value, online: bool| {
        event["type"] == "presence" && event["device"] == device.as_str() && event["online"] == online
    };
    let mut busy = Vec::new();
    for round in 0..10 * ROUNDS {
        let since = pair.bo.rpc.mark();
        let ticket = pair.ada.send(&channel, LINE).unwrap();
        let heard = |event: &Value| event["type"] == "message";
        said.push(pair.bo.rpc.wait_since(since, "the line", PATIENCE, heard).unwrap().at - ticket.sent);

        // What was said last is given a moment to leave: every other time there is nothing.
        let rests = round % 2 == 0;
        if rests {
            thread::sleep(Duration::from_millis(500));
        }
        let since = pair.ada.rpc.mark();
        let began = Instant::now();
        pair.bo.rpc.stop(PATIENCE).unwrap();
        let seen = pair.ada.rpc.wait_since(since, "Bo's going", PATIENCE, |event| turned(event, false)).unwrap();
        if rests { &mut gone } else { &mut busy }.push(seen.at - began);

        let since = pair.ada.rpc.mark();
        pair.bo.rpc.restart(PATIENCE).unwrap();
        let met = pair.bo.rpc.wait("a peer", PATIENCE, |event| event["type"] == "peer.connected").unwrap();
        let seen = pair.ada.rpc.wait_since(since, "Bo's coming", PATIENCE, |event| turned(event, true)).unwrap();
        come.push(seen.at.saturating_duration_since(met.at));
    }
    show("end of Bo's input → presence, offline, after half a second of silence", &[gone]);
    show("… right after a line", &[busy]);
    show("Bo's peer.connected → presence, online", &[come]);
    show("beside it: a message to Bo", &[said]);
}

/// Who was away comes back.
fn rejoin() {
    let mut pair = Pair::meet();
    let mut whole = |missed: usize| {
        pair.bo.rpc.stop(PATIENCE).unwrap();
        fill(&mut pair.ada, &pair.channel, missed);
        let wanted = pair.ada.status(&pair.guild)["digest"].clone();
        let began = Instant::now();
        pair.bo.rpc.restart(PATIENCE).unwrap();
        let cpu = pair.bo.rpc.vitals().unwrap().cpu;
        until("Bo has it all", || has(&mut pair.bo, &pair.guild, &wanted));
        let took = began.elapsed();
        (took, pair.bo.rpc.vitals().unwrap().cpu - cpu)
    };
    for _ in 0..ROUNDS / 2 {
        let ((one, _), (many, cpu)) = (whole(1), whole(MISSED));
        println!(
            "from the start of the process to all of {MISSED} missed messages: {many:?}, {:.0} a second, {:.0} a second of Bo's processor time; beside it, one missed: {one:?}",
            MISSED as f64 / many.as_secs_f64(),
            MISSED as f64 / cpu.as_secs_f64(),
        );
    }
    agree(&mut [&mut pair.ada, &mut pair.bo], &pair.guild, &pair.channel);
}

/// Twenty nodes with nothing to do.
fn rest() {
    storm::rest(Lab::new().unwrap(), 20, 60);
}

/// A store of a million messages: filled, opened cold, paged through, passed on, compared.
fn million() {
    let ops: usize = env::var("BIVOUAC_OPS").map_or(1_000_000, |ops| ops.parse().expect("a number of messages"));
    let mut pair = Pair::meet();
    let empty = [pair.reconnect(|_| {}), pair.reconnect(|_| {}), pair.reconnect(|_| {})];
    pair.bo.rpc.stop(PATIENCE).unwrap();
    let data = pair.ada.rpc.launch().data().to_owned();
    let at_first = open(&mut pair.ada, &pair.channel);

    let began = Instant::now();
    let cpu = pair.ada.rpc.vitals().unwrap().cpu;
    fill(&mut pair.ada, &pair.channel, ops);
    let (took, vitals) = (began.elapsed(), pair.ada.rpc.vitals().unwrap());
    println!(
        "filled with {ops} messages: {:.0} a second, {:.0} a second of processor time; {} on disk, {:.0} bytes each; {} resident",
        ops as f64 / took.as_secs_f64(),
        ops as f64 / (vitals.cpu - cpu).as_secs_f64(),
        mib(size(&data)),
        size(&data) as f64 / ops as f64,
        mib(vitals.rss_kib << 10),
    );

    for _ in 0..ROUNDS / 2 {
        let (ready, page) = open(&mut pair.ada, &pair.channel);
        let vitals = pair.ada.rpc.vitals().unwrap();
        println!(
            "opened cold: ready after {ready:?}, the newest 200 after {page:?}; {} resident; beside it, the empty store: {:?}, {:?}",
            mib(vitals.rss_kib << 10),
            at_first.0,
            at_first.1,
        );
    }

    let (began, mut pages, mut before, mut rows) = (Instant::now(), Vec::new(), None::<String>, 0);
    loop {
        let mut params = json!({"channel": pair.channel, "limit": 200});
        if let Some(before) = &before {
            params["before"] = json!(before);
        }
        let asked = Instant::now();
        let page = pair.ada.call("message.list", params);
        pages.push(asked.elapsed());
        let listed = page["messages"].as_array().unwrap();
        rows += listed.len();
        before = listed.first().map(|row| row["message"].as_str().unwrap().to_owned());
        if page["more"] != true {
            break;
        }
    }
    assert!(rows >= ops);
    println!(
        "paged back through {rows} in {:?}; {} resident",
        began.elapsed(),
        mib(pair.ada.rpc.vitals().unwrap().rss_kib << 10)
    );
    show("a page of 200", &[pages]);

    let wanted = pair.ada.status(&pair.guild)["digest"].clone();
    let (wire, began) = (pair.lab.traffic(pair.hosts[1]).unwrap(), Instant::now());
    pair.bo.rpc.restart(PATIENCE).unwrap();
    while !has(&mut pair.bo, &pair.guild, &wanted) {
        assert!(began.elapsed() < LONG, "Bo is not done: {}", pair.bo.status(&pair.guild));
        thread::sleep(Duration::from_millis(100));
        pair.bo.rpc.forget();
    }
    let (took, wire) = (began.elapsed(), pair.lab.traffic(pair.hosts[1]).unwrap().bytes - wire.bytes);
    println!(
        "passed on in {took:?}: {:.0} a second, {} on the cable, {:.0} bytes each; {} and {} resident",
        ops as f64 / took.as_secs_f64(),
        mib(wire),
        wire as f64 / ops as f64,
        mib(pair.ada.rpc.vitals().unwrap().rss_kib << 10),
        mib(pair.bo.rpc.vitals().unwrap().rss_kib << 10),
    );

    let equal = [pair.reconnect(|_| {}), pair.reconnect(|_| {}), pair.reconnect(|_| {})];
    let differ = |pair: &mut Pair| {
        pair.ada.say(&pair.channel, LINE);
    };
    let one = [pair.reconnect(differ), pair.reconnect(differ), pair.reconnect(differ)];
    println!(
        "bytes on the cable of one that comes back, in its first ten seconds: {equal:?} where both hold the same {ops}, {one:?} where they differ in one; beside it, {empty:?} where the guild is empty",
    );
}

/// Messages that people wrote: the comments of the libraries this program is made of. Words of theirs are looked for, once
/// each right after a start, and once more.
fn search() {
    let ops: usize = env::var("BIVOUAC_OPS").map_or(1_000_000, |ops| ops.parse().expect("a number of messages"));
    let lines = comments(ops);
    let mut pair = Pair::meet();
    pair.bo.rpc.stop(PATIENCE).unwrap();
    let began = Instant::now();
    for chunk in lines.chunks(CHUNK) {
        pair.ada.burst(&pair.channel, chunk);
        pair.ada.rpc.forget();
    }
    let (count, took) = (lines.len(), began.elapsed());
    println!("filled with {count} messages: {:.0} a second", count as f64 / took.as_secs_f64());
    let words: Vec<&str> =
        lines.iter().step_by(lines.len() / 150 + 1).filter_map(|line| line.split(' ').nth(1)).collect();
    open(&mut pair.ada, &pair.channel);
    for what in ["a word looked for right after a start, cold", "the same words again"] {
        let mut took = Vec::new();
        for word in words.iter().filter(|word| !word.trim().is_empty()) {
            let asked = Instant::now();
            let found = pair.ada.call("message.search", json!({"query": word}));
            took.push(asked.elapsed());
            assert_ne!(found["messages"], json!([]), "{word}");
        }
        show(what, &[took]);
    }
    println!("{} resident", mib(pair.ada.rpc.vitals().unwrap().rss_kib << 10));
}

/// So many lines of comments, or as many as there are.
fn comments(most: usize) -> Vec<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"))).expect("a home");
    let (mut folders, mut lines) = (vec![home.join("registry/src")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && lines.len() < most {
                let text = fs::read_to_string(path).unwrap_or_default();
                let said = text.lines().filter_map(|line| line.trim().strip_prefix("//"));
                let said = said.map(|line| line.trim_start_matches(['/', '!', ' ']).trim());
                lines.extend(said.filter(|line| (8..1_000).contains(&line.len())).map(str::to_owned));
            }
        }
    }
    lines.truncate(most);
    lines
}

// ── how ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

impl Pair {
    fn meet() -> Self {
        let mut lab = Lab::new().unwrap();
        let stores = folder();
        let hosts = [lab.host().unwrap(), lab.host().unwrap()];
        let start = |nth: usize, name| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
        let (mut ada, mut bo) = (start(0, "Ada"), start(1, "Bo"));
        let (guild, channel) = ada.guild("Camp");
        let link = ada.invite(&guild);
        bo.join(&link);
        let greeting = bo.say(&channel, "hello");
        ada.told(&BTreeSet::from([greeting]));
        Self { lab, hosts, ada, bo, guild, channel, stores }
    }

    /// Bytes on Bo's cable from his start until ten seconds later, by when he holds what Ada does. Something may happen
    /// while he is away.
    fn reconnect(&mut self, meanwhile: impl FnOnce(&mut Self)) -> u64 {
        self.bo.rpc.stop(PATIENCE).unwrap();
        meanwhile(self);
        let began = Instant::now();
        let before = self.lab.traffic(self.hosts[1]).unwrap().bytes;
        self.bo.rpc.restart(PATIENCE).unwrap();
        self.bo.rpc.wait("Ada", PATIENCE, |event| event["type"] == "peer.connected").unwrap();
        let wanted = self.ada.status(&self.guild)["digest"].clone();
        until("Bo has it", || has(&mut self.bo, &self.guild, &wanted));
        thread::sleep(Duration::from_secs(10).saturating_sub(began.elapsed()));
        self.lab.traffic(self.hosts[1]).unwrap().bytes - before
    }
}

/// Whether a node holds every op of the logs that this digest names.
fn has(node: &mut Node, guild: &str, digest: &Value) -> bool {
    let status = node.status(guild);
    status["digest"] == *digest && status["holes"] == 0 && status["parked"] == 0
}

/// Has a node say so many lines.
fn fill(node: &mut Node, channel: &str, lines: usize) {
    for first in (0..lines).step_by(CHUNK) {
        let chunk: Vec<String> = (first..lines.min(first + CHUNK)).map(|n| format!("{n}: {LINE}")).collect();
        node.burst(channel, &chunk);
        node.rpc.forget();
    }
}

/// Starts a node again with nothing of its store in memory, where the system allows that; how long until it is ready,
/// and until it has shown the newest page.
fn open(node: &mut Node, channel: &str) -> (Duration, Duration) {
    node.rpc.stop(PATIENCE).unwrap();
    if let Err(error) = fs::write("/proc/sys/vm/drop_caches", "3") {
        println!("not cold: {error}");
    }
    let began = Instant::now();
    node.rpc.restart(PATIENCE).unwrap();
    let ready = began.elapsed();
    assert!(!node.newest(channel, 200).is_empty());
    (ready, began.elapsed())
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| if e.path().is_dir() { size(&e.path()) } else { e.metadata().unwrap().len() }).sum()
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn show(what: &str, rounds: &[Vec<Duration>]) {
    let at = |percent| quantile(&rounds.concat(), percent);
    println!("{what}: p50 {:?}, p90 {:?}, p99 {:?} of {}", at(50), at(90), at(99), rounds.concat().len());
}

fn quantile(of: &[Duration], percent: usize) -> Duration {
    let mut sorted = of.to_vec();
    sorted.sort();
    sorted[(sorted.len() - 1) * percent / 100]
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
