//! Storms: every second a random cable is pulled or put back while everybody talks. Afterwards everything said has been
//! told to everyone once, and the nodes come to rest: connected, not dialling, no larger than before. And calm: what nodes
//! cost that have nothing to do.
//!
//! With `BIVOUAC_SOAK` set it is twenty nodes for two minutes, otherwise a few for a few seconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs, iter, mem,
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Host, Lab, Seen, Ticket, Traffic, Vitals};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cast::{Dice, Node, PATIENCE, agree, folder, hosted, lab, until};

const NAMES: [&str; 20] = [
    "Ada", "Bo", "Cy", "Dee", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou", "Max", "Nan", "Ole", "Pam",
    "Quin", "Roy", "Sue", "Tom",
];
/// Descriptors and threads that come and go: a file being written, a worker that has just become idle.
const PASSING: usize = 6;
/// How much larger a node may be after the storm than amid it, percent.
const GROWTH: u64 = 10;
/// How long a connection may be dead before both ends have noticed.
const UNNOTICED: Duration = Duration::from_secs(20);
/// How often it is looked how large the nodes are.
const LOOK: Duration = Duration::from_secs(1);
/// The share of a processor a node at rest may take, percent: ten times what it should, so that a busy machine does not
/// matter, and a loop does.
const IDLE_CPU: f64 = 2.0;
/// Who sleeps and who moves, where somebody does.
const SLEEPER: usize = 1;
const MOVER: usize = 2;

/// How hard it blows.
#[derive(Debug)]
struct Weather {
    nodes: usize,
    /// How long cables are pulled, seconds.
    storm: usize,
    /// Everybody says a line once in so many seconds. What is said is remembered: at one line each in 4 s twenty nodes
    /// grow by 7 % in the second minute of a storm, where silent ones grow by 2 %, and it is those that are looked for.
    pause: usize,
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

/// What a node cost while it had nothing to do.
struct Cost {
    /// At the end.
    vitals: Vitals,
    /// Resident memory at the most, KiB.
    peak_kib: u64,
    /// Share of a processor, percent.
    cpu: f64,
    /// What went over its cable, a second.
    bytes: f64,
    packets: f64,
    /// Dials it began.
    dials: u64,
    /// Connections it lost.
    lost: usize,
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
    let weather = |nodes, storm, pause, calm, sleeps, moves| Weather { nodes, storm, pause, calm, sleeps, moves };
    let forecast = if soak {
        let heavy = |sleeps, moves| weather(NAMES.len(), 120, 12, 30, sleeps, moves);
        vec![heavy(false, false), heavy(true, false), heavy(false, true)]
    } else {
        vec![weather(8, 14, 4, 5, true, true)]
    };
    let mut grown = Vec::new();
    for weather in forecast {
        let Some(lab) = lab("storm") else { return };
        println!("{weather:?}");
        grown.extend(see_through(&weather, lab));
    }
    assert_eq!(grown, Vec::<String>::new(), "larger after the storm than it may be");
}

/// Pitches a camp, lets it storm, and looks whether all is well. Gives the nodes that have grown too much, so that all
/// weathers are seen.
fn see_through(weather: &Weather, lab: Lab) -> Vec<String> {
    let mut camp = Camp::pitch(lab, weather.nodes);
    let mut dice = Dice::thrown();
    let before = camp.dials();
    let (said, amid) = camp.storm(weather, &mut dice);
    let blew = camp.dials() - before;
    println!("{} lines said in {} s; {blew} dials, by {} nodes", said.len(), weather.storm, weather.nodes);
    // A dial that finds nobody takes three seconds over QUIC alone, so that every other second of each other node is a loop.
    let loops = weather.storm * weather.nodes * (weather.nodes - 1) / 2;
    assert!(blew < loops as u64, "dialled in a loop: {blew} dials");

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
    thread::sleep(UNNOTICED);
    camp.settle(weather.calm);
    let costs = camp.watch(weather.calm);
    camp.show(&costs, Some(&amid));
    camp.at_rest(&costs);
    for node in &camp.nodes {
        assert_eq!(node.doubles(), Vec::<String>::new(), "{}: told twice", node.name);
        assert_eq!(node.rpc.noise(), Vec::<String>::new());
        assert!(node.warnings("fork").is_empty());
    }
    // Only now: to list everything takes memory that the allocator keeps.
    let rows = agree(&mut camp.nodes.iter_mut().collect::<Vec<_>>(), &camp.guild, &camp.channel);
    assert_eq!(rows.len(), all.len(), "what is listed is what was said");

    let grown = |(node, (amid, cost)): (&Node, (&Vitals, &Cost))| {
        let (before, after) = (amid.rss_kib, cost.peak_kib);
        (after > before * (100 + GROWTH) / 100).then(|| format!("{}: {after} KiB, {before} in the storm", node.name))
    };
    camp.nodes.iter().zip(amid.iter().zip(&costs)).filter_map(grown).collect()
}

#[test]
fn a_node_at_rest_costs_next_to_nothing() {
    let soak = env::var_os("BIVOUAC_SOAK").is_some();
    let Some(lab) = lab("rest") else { return };
    if soak { rest(lab, NAMES.len(), 60) } else { rest(lab, 4, 5) }
}

/// Lets some nodes rest for so many seconds, and shows what they cost; then how soon one that starts meets another.
pub(crate) fn rest(lab: Lab, nodes: usize, calm: u64) {
    let mut camp = Camp::pitch(lab, nodes);
    camp.says(0, "good night");
    camp.settle(calm);
    let (costs, bare) = thread::scope(|scope| {
        let bare = scope.spawn(|| wakings(calm));
        (camp.watch(calm), bare.join().unwrap())
    });
    camp.show(&costs, None);
    println!("  beside it, a thread that wakes {WAKINGS} times a second and does nothing: {bare:.2} % of a processor");
    camp.at_rest(&costs);

    for nth in 1..nodes.min(6) {
        let node = &mut camp.nodes[nth];
        node.rpc.stop(PATIENCE).unwrap();
        let began = Instant::now();
        node.rpc.restart(PATIENCE).unwrap();
        let ready = began.elapsed();
        let met = |event: &Value| event["type"] == "peer.connected";
        let met = node.rpc.wait("a peer", PATIENCE, met).unwrap();
        println!("  {:5} ready after {ready:?}, first peer after {:?}", node.name, met.at.duration_since(began));
    }
}

/// How often a node at rest wakes, in all its threads: about 17 times for the network, 6 for timers, 7 for the database.
const WAKINGS: u32 = 30;

/// What it costs here to wake that often for so many seconds, in percent of a processor.
fn wakings(seconds: u64) -> f64 {
    let busy = || {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
    };
    let (before, began) = (busy(), Instant::now());
    while began.elapsed() < Duration::from_secs(seconds) {
        thread::sleep(Duration::from_secs(1) / WAKINGS);
    }
    (busy() - before).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0
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
            for who in (0..self.nodes.len()).filter(|who| (who + second) % weather.pause == 0) {
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

    /// Waits until nobody has dialled for so many seconds.
    fn settle(&mut self, calm: u64) {
        let mut dials = self.dials();
        until("calm", || {
            thread::sleep(Duration::from_secs(calm));
            let before = mem::replace(&mut dials, self.dials());
            dials == before
        });
    }

    /// What each node costs in so many seconds.
    fn watch(&mut self, calm: u64) -> Vec<Cost> {
        let marks: Vec<usize> = self.nodes.iter().map(|node| node.rpc.mark()).collect();
        let dials: Vec<u64> = self.nodes.iter_mut().map(dials).collect();
        let (before, wires, began) = (self.vitals(), self.traffic(), Instant::now());
        let mut peaks: Vec<u64> = before.iter().map(|vitals| vitals.rss_kib).collect();
        let end = began + Duration::from_secs(calm);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            thread::sleep(left.min(LOOK));
            for (peak, vitals) in peaks.iter_mut().zip(self.vitals()) {
                *peak = vitals.rss_kib.max(*peak);
            }
        }
        let (after, wires_after, seconds) = (self.vitals(), self.traffic(), began.elapsed().as_secs_f64());
        let restless = |seen: &Seen| seen.event["type"] == "peer.disconnected";
        let cost = |(nth, node): (usize, &mut Node)| Cost {
            vitals: after[nth],
            peak_kib: peaks[nth],
            cpu: (after[nth].cpu - before[nth].cpu).as_secs_f64() / seconds * 100.0,
            bytes: (wires_after[nth].bytes - wires[nth].bytes) as f64 / seconds,
            packets: (wires_after[nth].packets - wires[nth].packets) as f64 / seconds,
            dials: self::dials(node) - dials[nth],
            lost: node.rpc.events(marks[nth]).iter().filter(|seen| restless(seen)).count(),
        };
        self.nodes.iter_mut().enumerate().map(cost).collect()
    }

    fn show(&mut self, costs: &[Cost], amid: Option<&[Vitals]>) {
        let over_quic = |node: &mut Node| {
            let peers = status(node)["peers"].as_array().unwrap().clone();
            peers.iter().filter(|peer| peer["transport"] == "quic").count()
        };
        let quic: usize = self.nodes.iter_mut().map(over_quic).sum();
        println!("connections over QUIC: {quic} of {}", self.nodes.len() * (self.nodes.len() - 1));
        println!("        RSS amid the storm, at rest      fds threads       CPU      cable");
        let mib = |kib: u64| kib as f64 / 1024.0;
        for (nth, (node, cost)) in self.nodes.iter().zip(costs).enumerate() {
            let amid = amid.map_or_else(|| "–".to_owned(), |amid| format!("{:.1} MB", mib(amid[nth].rss_kib)));
            println!(
                "  {:5} {:>17} {:>7.1} MB {:>6} {:>7} {:>7.2} % {:>6.0} B/s {:>4.0} packets/s",
                node.name,
                amid,
                mib(cost.peak_kib),
                cost.vitals.descriptors,
                cost.vitals.threads,
                cost.cpu,
                cost.bytes,
                cost.packets,
            );
        }
        let mean = |of: fn(&Cost) -> f64| costs.iter().map(of).sum::<f64>() / costs.len() as f64;
        println!("  on average {:.2} % of a processor, {:.0} B/s", mean(|c| c.cpu), mean(|c| c.bytes));
    }

    /// Whether nobody dials, loses a connection, holds what it should have given back or is busy.
    fn at_rest(&self, costs: &[Cost]) {
        for (Node { name, .. }, Cost { vitals, dials, lost, cpu, .. }) in self.nodes.iter().zip(costs) {
            assert_eq!((*dials, *lost), (0, 0), "{name}: dials made and connections lost in the calm");
            // A connection is one socket at most.
            let most = self.alone.descriptors + self.nodes.len() - 1 + PASSING;
            assert!(vitals.descriptors <= most, "{name}: {} descriptors, expected {most}", vitals.descriptors);
            let most = self.alone.threads + PASSING as u64;
            assert!(vitals.threads <= most, "{name}: {} threads, expected {most}", vitals.threads);
            assert!(*cpu <= IDLE_CPU, "{name}: busy for {cpu:.2} % of the calm");
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
        self.nodes.iter_mut().map(dials).sum()
    }

    fn vitals(&self) -> Vec<Vitals> {
        self.nodes.iter().map(|node| node.rpc.vitals().unwrap()).collect()
    }

    fn traffic(&self) -> Vec<Traffic> {
        self.hosts.iter().map(|host| self.lab.traffic(*host).unwrap()).collect()
    }
}

/// Dials a node has begun so far.
fn dials(node: &mut Node) -> u64 {
    status(node)["dials"].as_u64().unwrap()
}

fn status(node: &mut Node) -> Value {
    node.call("net.status", json!({}))
}
