//! Storms: every second a random cable is pulled or put back while everybody talks. Afterwards everything said has been
//! told to everyone once, and the nodes come to rest: connected, not dialling, no larger than before.
//!
//! With `BIVOUAC_SOAK` set it is twenty nodes for two minutes, otherwise a few for a few seconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, iter, mem,
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Host, Lab, Ticket, Traffic, Vitals};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cast::{Dice, Node, PATIENCE, agree, folder, hosted, lab, until};

const NAMES: [&str; 20] = [
    "Ada", "Bo", "Cy", "Dee", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou", "Max", "Nan", "Ole", "Pam",
    "Quin", "Roy", "Sue", "Tom",
];
/// Everybody says a line once in so many seconds: what is said is remembered, and must not grow faster than connections
/// that are not given back would.
const PAUSE: usize = 4;
/// Descriptors and threads that come and go: a file being written, a worker that has just become idle.
const PASSING: usize = 6;
/// How much larger a node may be after the storm than amid it, percent.
const GROWTH: u64 = 10;
/// Who sleeps and who moves, where somebody does.
const SLEEPER: usize = 1;
const MOVER: usize = 2;

/// How hard it blows.
#[derive(Debug)]
struct Weather {
    nodes: usize,
    /// How long cables are pulled, seconds.
    storm: usize,
    /// For how long nothing may happen any more afterwards, seconds.
    calm: u64,
    /// One node is stopped for half of the storm.
    sleeps: bool,
    /// The address of one host changes twice.
    moves: bool,
}

/// A guild whose members are all connected.
struct Camp {
    lab: Lab,
    hosts: Vec<Host>,
    nodes: Vec<Node>,
    channel: String,
    guild: String,
    /// What a node costs that knows nobody.
    alone: Vitals,
    _stores: TempDir,
}

/// Lines that were acknowledged: by whom they were said, and when that was.
type Lines = BTreeMap<String, (usize, Instant)>;

/// A line somebody said.
struct Said {
    who: usize,
    ticket: Ticket,
}

#[test]
fn cables_are_pulled_while_all_talk_and_one_sleeps_and_one_moves() {
    let soak = env::var_os("BIVOUAC_SOAK").is_some();
    let weather = |nodes, storm, calm, sleeps, moves| Weather { nodes, storm, calm, sleeps, moves };
    let forecast = if soak {
        let heavy = |sleeps, moves| weather(NAMES.len(), 120, 30, sleeps, moves);
        vec![heavy(false, false), heavy(true, false), heavy(false, true)]
    } else {
        vec![weather(8, 14, 5, true, true)]
    };
    for weather in forecast {
        let Some(lab) = lab("storm") else { return };
        println!("{weather:?}");
        see_through(&weather, lab);
    }
}

/// Pitches a camp, lets it storm, and looks whether all is well.
fn see_through(weather: &Weather, lab: Lab) {
    let mut camp = Camp::pitch(lab, weather.nodes);
    let mut dice = Dice::thrown();
    let before = camp.dials();
    let (said, amid) = camp.storm(weather, &mut dice);
    let blew = camp.dials() - before;
    println!("{} lines said in {} s; {blew} dials, by {} nodes", said.len(), weather.storm, weather.nodes);
    // One dial of each other node a second would be a loop.
    assert!(blew < (weather.storm * weather.nodes * (weather.nodes - 1)) as u64, "dialled in a loop: {blew} dials");

    let began = Instant::now();
    camp.connected();
    println!("all connected {:?} after the storm", began.elapsed());
    let last = (0..weather.nodes).map(|who| camp.says(who, "the sky is clear")).collect();
    let (stormy, clear) = (camp.heard(said), camp.heard(last));
    let all: BTreeSet<String> = stormy.keys().chain(clear.keys()).cloned().collect();
    for node in &camp.nodes {
        node.told(&all);
    }
    println!("all told {:?} after the storm", began.elapsed());
    camp.show_latency("in the storm", &stormy);
    camp.show_latency("after it", &clear);
    let rows = agree(&mut camp.nodes.iter_mut().collect::<Vec<_>>(), &camp.guild, &camp.channel);
    assert_eq!(rows.len(), all.len(), "what is listed is what was said");

    camp.rest(weather, &amid);
    for node in &camp.nodes {
        assert_eq!(node.rpc.noise(), Vec::<String>::new());
        assert!(node.warnings("fork").is_empty());
    }
}

impl Camp {
    fn pitch(mut lab: Lab, nodes: usize) -> Self {
        let stores = folder();
        let hosts: Vec<Host> = (0..nodes).map(|_| lab.host().unwrap()).collect();
        let start = |nth: usize| Node::start(NAMES[nth], hosted(&stores.path().join(NAMES[nth]), &lab, hosts[nth]));
        let mut ada = start(0);
        let (guild, channel) = ada.guild("Camp");
        let link = ada.invite(&guild);
        let alone = ada.rpc.vitals().unwrap();
        let guest = |nth| {
            let mut guest = start(nth);
            guest.join(&link);
            guest
        };
        let nodes = thread::scope(|scope| {
            let guests: Vec<_> = (1..nodes).map(|nth| scope.spawn(move || guest(nth))).collect();
            iter::once(ada).chain(guests.into_iter().map(|guest| guest.join().unwrap())).collect()
        });
        let mut camp = Self { lab, hosts, nodes, channel, guild, alone, _stores: stores };
        camp.connected();
        camp
    }

    /// Lets it storm. Gives what was said, and what each node cost amid it.
    fn storm(&mut self, weather: &Weather, dice: &mut Dice) -> (Vec<Said>, Vec<Vitals>) {
        let mut down: BTreeSet<Host> = BTreeSet::new();
        let (mut said, mut amid) = (Vec::new(), Vec::new());
        let began = Instant::now();
        for second in 0..weather.storm {
            let host = self.hosts[dice.below(self.hosts.len() as u64) as usize];
            if down.remove(&host) {
                self.lab.restore(host).unwrap();
            } else {
                down.insert(host);
                self.lab.cut(host).unwrap();
            }
            self.mishap(weather, second);
            if second == weather.storm / 2 {
                amid = self.vitals();
            }
            for who in (0..self.nodes.len()).filter(|who| (who + second) % PAUSE == 0) {
                said.push(self.says(who, &format!("second {second}")));
            }
            let next = began + Duration::from_secs(second as u64 + 1);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        down.into_iter().for_each(|host| self.lab.restore(host).unwrap());
        (said, amid)
    }

    fn mishap(&self, weather: &Weather, second: usize) {
        let at = |percent: usize| second == weather.storm * percent / 100;
        let moves_to = |last| self.lab.readdress(self.hosts[MOVER], Ipv4Addr::new(10, 77, 0, last)).unwrap();
        if weather.sleeps && at(20) {
            self.nodes[SLEEPER].rpc.signal("STOP").unwrap();
        } else if weather.sleeps && at(70) {
            self.nodes[SLEEPER].rpc.signal("CONT").unwrap();
        } else if weather.moves && at(30) {
            moves_to(201);
        } else if weather.moves && at(80) {
            moves_to(202);
        }
    }

    /// Waits until nobody has dialled for a while; then watches that nobody does, nor loses a connection, and what that
    /// costs.
    fn rest(&mut self, weather: &Weather, amid: &[Vitals]) {
        let calm = Duration::from_secs(weather.calm);
        let mut dials = self.dials();
        until("calm", || {
            thread::sleep(calm);
            let before = mem::replace(&mut dials, self.dials());
            dials == before
        });
        let marks: Vec<usize> = self.nodes.iter().map(|node| node.rpc.mark()).collect();
        let (before, wires, began) = (self.vitals(), self.traffic(), Instant::now());
        thread::sleep(calm);
        let (after, seconds) = (self.vitals(), began.elapsed().as_secs_f64());
        let dials = self.dials() - dials;
        let over_quic = |node: &mut Node| {
            let peers = status(node)["peers"].as_array().unwrap().clone();
            peers.iter().filter(|peer| peer["transport"] == "quic").count()
        };
        let quic: usize = self.nodes.iter_mut().map(over_quic).sum();
        println!("connections over QUIC: {quic} of {}", self.nodes.len() * (self.nodes.len() - 1));
        println!("        RSS amid the storm, after it    fds threads       CPU      cable");
        for (nth, (node, now)) in self.nodes.iter().zip(&after).enumerate() {
            let wire = self.lab.traffic(self.hosts[nth]).unwrap();
            println!(
                "  {:5} {:>14.1} MB {:>7.1} MB {:>6} {:>7} {:>7.2} % {:>6.0} B/s {:>4.0} packets/s",
                node.name,
                amid[nth].rss_kib as f64 / 1024.0,
                now.rss_kib as f64 / 1024.0,
                now.descriptors,
                now.threads,
                (now.cpu - before[nth].cpu).as_secs_f64() / seconds * 100.0,
                (wire.bytes - wires[nth].bytes) as f64 / seconds,
                (wire.packets - wires[nth].packets) as f64 / seconds,
            );
        }
        assert_eq!(dials, 0, "all are connected, and yet dialled");
        for (nth, (node, now)) in self.nodes.iter().zip(&after).enumerate() {
            let (name, restless) = (node.name, |event: &Value| event["type"] == "peer.disconnected");
            let lost = node.rpc.events(marks[nth]).into_iter().filter(|seen| restless(&seen.event)).count();
            assert_eq!(lost, 0, "{name}: connections lost in the calm");
            let most = amid[nth].rss_kib * (100 + GROWTH) / 100;
            let rss = now.rss_kib.max(before[nth].rss_kib);
            assert!(rss <= most, "{name}: {rss} KiB after the storm, {} in it", amid[nth].rss_kib);
            // A connection is one socket at most.
            let most = self.alone.descriptors + self.nodes.len() - 1 + PASSING;
            assert!(now.descriptors <= most, "{name}: {} descriptors, expected {most}", now.descriptors);
            let most = self.alone.threads + PASSING as u64;
            assert!(now.threads <= most, "{name}: {} threads, expected {most}", now.threads);
        }
    }

    fn says(&mut self, who: usize, what: &str) -> Said {
        let node = &mut self.nodes[who];
        let ticket = node.send(&self.channel, &format!("{}: {what}", node.name)).unwrap();
        Said { who, ticket }
    }

    /// Waits for what was said to be acknowledged: who said it, and when that was, by message.
    fn heard(&self, said: Vec<Said>) -> Lines {
        let acknowledged = |Said { who, ticket }: Said| {
            let answer = self.nodes[who].rpc.answer(&ticket, PATIENCE).unwrap();
            (answer.value["message"].as_str().unwrap().to_owned(), (who, answer.at))
        };
        said.into_iter().map(acknowledged).collect()
    }

    /// How long it took from a line's acknowledgement until each of the others was told of it.
    fn show_latency(&self, when: &str, lines: &Lines) {
        let mut took = Vec::new();
        for (nth, node) in self.nodes.iter().enumerate() {
            for seen in node.rpc.events(0).iter().filter(|seen| seen.event["type"] == "message") {
                let line = lines.get(seen.event["message"].as_str().unwrap());
                took.extend(line.filter(|(who, _)| *who != nth).map(|(_, at)| seen.at.saturating_duration_since(*at)));
            }
        }
        took.sort();
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        println!("stored → heard {when}: p50 {:?}, p90 {:?}, p99 {:?}, of {}", at(50), at(90), at(99), took.len());
    }

    /// Waits until each is connected to all others.
    fn connected(&mut self) {
        let others = self.nodes.len() - 1;
        for node in &mut self.nodes {
            let what = format!("{} has {others} connections", node.name);
            until(&what, || status(node)["peers"].as_array().unwrap().len() == others);
        }
    }

    fn dials(&mut self) -> u64 {
        self.nodes.iter_mut().map(|node| status(node)["dials"].as_u64().unwrap()).sum()
    }

    fn vitals(&self) -> Vec<Vitals> {
        self.nodes.iter().map(|node| node.rpc.vitals().unwrap()).collect()
    }

    fn traffic(&self) -> Vec<Traffic> {
        self.hosts.iter().map(|host| self.lab.traffic(*host).unwrap()).collect()
    }
}

fn status(node: &mut Node) -> Value {
    node.call("net.status", json!({}))
}
