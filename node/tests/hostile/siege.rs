//! A siege: two camps of honest nodes, of which one is attacked, case after case, while the members of both talk.
//!
//! The camp that is left alone says how long a line takes on this machine while the attacker works: both camps share
//! its processors with the attacker, so what the attacked one is slower by is what the attack costs *it*. Everything
//! else that must hold is looked at after each case, and once more at the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    net::{IpAddr, SocketAddr},
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use bivouac_core::model::{ChannelId, GuildId};
use bivouac_crypto::{DeviceId, PublicKey};
use bivouac_node::lab::{Launch, Ticket, Vitals};
use data_encoding::HEXLOWER;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    cast::{Node, PATIENCE, folder, loopback, until},
    member::Member,
    wire::Target,
};

/// How much larger than before an attacked node may ever be, KiB, beside what the talk itself makes a node grow by.
const GROWTH_KIB: u64 = 64 * 1024;
/// How much talk alone may make a node grow by, KiB.
const TALK_KIB: u64 = 24 * 1024;
/// Descriptors that come and go: a file being written, a connection that is being closed.
const PASSING: usize = 8;
/// How long anything may take that an attack must not prevent.
pub(crate) const COMES: Duration = Duration::from_secs(20);
/// How often somebody says something, in each camp.
const PACE: Duration = Duration::from_millis(40);
/// How often it is looked how large the nodes are.
pub(crate) const LOOK: Duration = Duration::from_millis(40);
/// The 99th percentile of what a line takes in the attacked camp, as a multiple of the other's: what it must not exceed
/// where it is measured at length, and where it is not and the machine is busy with other things.
const STRICT: f64 = 2.0;
const LOOSE: f64 = 10.0;
/// A line that takes no longer than this is not slow, whatever the other camp takes: some attacks keep both cores busy.
const PROMPT: Duration = Duration::from_secs(1);

/// Where attackers come from: an address a case, from this one on.
const FIRST_ADDRESS: u8 = 20;

/// What is done in a case.
pub(crate) type Run = Pin<Box<dyn Future<Output = ()>>>;

/// One hostile deed.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// In one line.
    pub(crate) does: &'static str,
    pub(crate) run: fn(Field) -> Run,
}

/// Shorthand for a case.
macro_rules! case {
    ($name:literal, $does:literal, |$field:ident| $body:expr) => {
        crate::siege::Case { name: $name, does: $does, run: |$field| Box::pin(async move { $body }) }
    };
}
pub(crate) use case;

/// Three members of a guild. Without multicast the second and the third know where the first is and not each other, so
/// that what one says reaches the other through the first: the one that is attacked most.
pub(crate) struct Camp {
    pub(crate) nodes: Vec<Node>,
    pub(crate) guild: String,
    pub(crate) channel: String,
    pub(crate) link: String,
    /// What each cost before.
    before: Vec<Vitals>,
}

/// What is waited for beside the cases that follow: whose case, what, and whether it came.
type Late = Arc<Mutex<Vec<(&'static str, JoinHandle<bool>)>>>;

/// What a case has to do with.
#[derive(Clone)]
pub(crate) struct Field {
    camp: Arc<Mutex<Camp>>,
    /// The attacked nodes.
    pub(crate) targets: [Target; 3],
    pub(crate) guild: GuildId,
    pub(crate) channel: ChannelId,
    late: Late,
    /// The last byte of an address of loopback that no other case attacks from, nor anybody honest has.
    pub(crate) from: u8,
    /// For how long an attack goes on that has no end of its own.
    pub(crate) span: Duration,
}

impl Field {
    /// The attacked camp.
    pub(crate) fn camp(&self) -> MutexGuard<'_, Camp> {
        held(&self.camp)
    }

    /// Something that takes its time must have come true when all cases are done.
    pub(crate) fn in_time(&self, what: &'static str, comes: impl Future<Output = bool> + Send + 'static) {
        self.late.lock().unwrap().push((what, tokio::spawn(comes)));
    }

    /// A fresh member of the guild, admitted by the first node and known to all.
    pub(crate) async fn member(&self) -> Member {
        let link = self.camp().link.clone();
        Member::join(self, &link).await.unwrap()
    }

    /// Does something again and again for as long as attacks last, about so many times a second.
    pub(crate) async fn keep(&self, rate: u32, mut deed: impl AsyncFnMut(u64)) -> u64 {
        let (began, mut times) = (Instant::now(), 0);
        while began.elapsed() < self.span {
            deed(times).await;
            times += 1;
            let due = began + Duration::from_secs_f64(times as f64 / f64::from(rate));
            tokio::time::sleep_until(due.into()).await;
        }
        times
    }

    /// What the nodes of the guild say they hold: parked ops, holes, logs, ops, of each node.
    pub(crate) fn figures(&self, key: &str) -> Vec<u64> {
        let mut camp = self.camp();
        let guild = camp.guild.clone();
        camp.nodes.iter_mut().map(|node| node.status(&guild)[key].as_u64().unwrap()).collect()
    }

    /// Waits, without stopping the attacker's other work, until it holds.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + COMES;
        while !holds() {
            assert!(Instant::now() < end, "{what}: not within {COMES:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether any attacked node lists a message with this text.
    pub(crate) fn shows(&self, text: &str) -> Vec<bool> {
        let mut camp = self.camp();
        let channel = camp.channel.clone();
        let shown = |node: &mut Node| node.newest(&channel, 200).iter().any(|row| row.text.as_deref() == Some(text));
        camp.nodes.iter_mut().map(shown).collect()
    }
}

/// A line under way.
struct Said {
    camp: usize,
    text: String,
    case: usize,
    speaker: usize,
    ticket: Ticket,
}

/// Attacks a camp with all cases of a group and sees whether it stands.
pub(crate) fn besiege(group: &'static str, cases: &[Case]) {
    let soak = env::var_os("BIVOUAC_SOAK").is_some();
    let (rounds, span) = if soak { (3, Duration::from_secs(4)) } else { (1, Duration::from_millis(300)) };
    let only = env::var("BIVOUAC_CASE").ok();
    let stores = folder();
    let camps = pitch_both(&stores);
    let field = Field::of(&camps[0], span);
    let (stop, now, peaks) = (AtomicBool::new(false), AtomicUsize::new(0), [const { AtomicU64::new(0) }; 3]);
    // One thread for the attacker: it may take one processor, not all.
    let attacker = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut slow, mut fallen) = (Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    thread::scope(|scope| {
        let stopped = Stop(&stop);
        scope.spawn(|| look(&camps[0], &stop, &peaks));
        for round in 0..rounds {
            stop.store(false, Relaxed);
            let talk = scope.spawn(|| talk(&camps, &stop, &now));
            for (nth, case) in cases
                .iter()
                .enumerate()
                .filter(|(_, case)| only.as_deref().is_none_or(|only| only.split(',').any(|name| name == case.name)))
            {
                now.store(nth, Relaxed);
                peaks.iter().for_each(|peak| peak.store(0, Relaxed));
                let began = Instant::now();
                println!("{group} {} – {}", case.name, case.does);
                // What goes wrong in one case is kept until all have been seen.
                let seen = panic::catch_unwind(AssertUnwindSafe(|| {
                    let from = FIRST_ADDRESS + nth as u8;
                    attacker.block_on((case.run)(Field { from, ..field.clone() }));
                    let talk = held(&camps[1]).answers();
                    assert!(talk <= TALK_KIB, "those who only talked grew by {talk} KiB");
                    held(&camps[0]).stands(&peaks, talk)
                }));
                match seen {
                    Ok(grown) => println!("    {:.2?}, RSS {:+.1} MiB", began.elapsed(), grown as f64 / 1024.0),
                    Err(_) => fallen.push(case.name),
                }
            }
            let late = std::mem::take(&mut *field.late.lock().unwrap());
            for (what, comes) in late {
                if !attacker.block_on(comes).unwrap_or(false) {
                    fallen.push(what);
                }
            }
            stopped.0.store(true, Relaxed);
            let said = talk.join().unwrap();
            let (ratio, culprits) = judge(group, round, cases, &camps, &said);
            ratios.push(ratio);
            slow.extend(culprits);
        }
    });
    drop(attacker);
    assert_eq!(fallen, Vec::<&str>::new(), "cases that were not withstood");
    for camp in &camps {
        held(camp).is_whole();
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    if soak {
        assert!(median <= STRICT, "a line takes {median:.2} times as long under attack");
    }
    assert_eq!(slow, Vec::<String>::new(), "lines were slow");
}

/// A camp is as it is, whatever a case that went wrong was about to do.
fn held(camp: &Mutex<Camp>) -> MutexGuard<'_, Camp> {
    camp.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the threads beside a siege however it ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

fn pitch_both(stores: &TempDir) -> [Arc<Mutex<Camp>>; 2] {
    thread::scope(|scope| {
        ["a", "b"]
            .map(|name| scope.spawn(move || Arc::new(Mutex::new(Camp::pitch(&stores.path().join(name))))))
            .map(|camp| camp.join().unwrap())
    })
}

impl Field {
    fn of(camp: &Arc<Mutex<Camp>>, span: Duration) -> Self {
        let mut pitched = held(camp);
        let targets: Vec<Target> = pitched.nodes.iter_mut().map(target).collect();
        let (guild, channel) = (pitched.guild.parse().unwrap(), pitched.channel.parse().unwrap());
        drop(pitched);
        Self {
            camp: camp.clone(),
            targets: targets.try_into().unwrap(),
            guild,
            channel,
            late: Late::default(),
            from: 0,
            span,
        }
    }
}

/// Where a node listens.
fn target(node: &mut Node) -> Target {
    let status = node.call("net.status", json!({}));
    let port = |what: &str| {
        let addresses = status["addresses"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned());
        let parts: Vec<Vec<String>> = addresses.map(|a| a.split('/').map(str::to_owned).collect()).collect();
        let found = parts.iter().find(|parts| parts[3] == what).unwrap_or_else(|| panic!("{parts:?}"));
        SocketAddr::new(IpAddr::from([127, 0, 0, 1]), found[4].parse().unwrap())
    };
    let device = HEXLOWER.decode(node.device.as_bytes()).unwrap();
    let device = DeviceId(PublicKey::from_bytes(device.try_into().unwrap()));
    Target { device, tcp: port("tcp"), udp: port("udp") }
}

/// A node on loopback, over TCP and QUIC.
pub(crate) fn launch(data: &std::path::Path) -> Launch {
    // Our own words, as a user's node logs them: libraries say something of each odd thing they meet.
    loopback(data)
        .arg("--listen")
        .arg("/ip4/127.0.0.1/udp/0/quic-v1")
        .log("off,bivouac=warn,bivouac_node=warn,bivouac_core=warn")
}

impl Camp {
    fn pitch(store: &std::path::Path) -> Self {
        let start = |name: &'static str| Node::start(name, launch(&store.join(name)));
        let mut nodes: Vec<Node> = thread::scope(|scope| {
            let nodes = ["Ada", "Bo", "Cy"].map(|name| scope.spawn(move || start(name)));
            nodes.map(|node| node.join().unwrap()).into()
        });
        let (guild, channel) = nodes[0].guild("Camp");
        let link = nodes[0].invite(&guild);
        thread::scope(|scope| {
            for node in &mut nodes[1..] {
                scope.spawn(|| node.join(&link));
            }
        });
        let mut camp = Self { nodes, guild, channel, link, before: Vec::new() };
        // What everybody needs once is there before it is measured: pages of lists, threads, buffers.
        for nth in 0..30 {
            let speaker = &mut camp.nodes[nth % 3];
            let id = speaker.say(&camp.channel, &format!("good evening {nth}"));
            camp.nodes.iter().for_each(|node| node.told(&[id.clone()].into()));
        }
        camp.agrees();
        camp.before = camp.nodes.iter().map(|node| node.rpc.vitals().unwrap()).collect();
        camp
    }

    /// Looks whether all nodes live, answer, and have not outgrown their bound. Gives the largest growth, KiB, beyond what
    /// those grew by who only talked.
    fn stands(&mut self, peaks: &[AtomicU64; 3], talk: u64) -> u64 {
        self.answers();
        let grown = |(nth, before): (usize, &Vitals)| peaks[nth].load(Relaxed).saturating_sub(before.rss_kib + talk);
        let grown: Vec<u64> = self.before.iter().enumerate().map(grown).collect();
        assert!(grown.iter().all(|kib| *kib <= GROWTH_KIB), "nodes grew by {grown:?} KiB");
        grown.into_iter().max().unwrap_or(0)
    }

    /// Looks whether all nodes live and answer. Gives the least that any of them has grown by, KiB.
    fn answers(&mut self) -> u64 {
        for node in &mut self.nodes {
            node.call("net.status", json!({}));
            let log = node.rpc.stderr();
            assert!(!log.contains("panic") && !log.contains("ERROR"), "{}: {log}", node.name);
            assert_eq!(node.rpc.noise(), Vec::<String>::new(), "{}", node.name);
        }
        let now = self.nodes.iter().map(|node| node.rpc.vitals().unwrap().rss_kib);
        now.zip(&self.before).map(|(now, before)| now.saturating_sub(before.rss_kib)).min().unwrap_or(0)
    }

    /// Whether all hold the same ops and the same law. What a liar left parked or never showed is no disagreement.
    pub(crate) fn is_agreed(&mut self) -> bool {
        let guild = self.guild.clone();
        let status: Vec<_> = self.nodes.iter_mut().map(|node| node.status(&guild)).collect();
        ["digest", "state_hash"].iter().all(|key| status.iter().all(|s| s[key] == status[0][key]))
    }

    fn agrees(&mut self) {
        until("agreement", || self.is_agreed());
    }

    /// After the siege: all agree, list the same, and have given back what they held.
    fn is_whole(&mut self) {
        self.agrees();
        let channel = self.channel.clone();
        let lists: Vec<_> = self.nodes.iter_mut().map(|node| node.list(&channel)).collect();
        for (node, list) in self.nodes.iter().zip(&lists) {
            assert!(*list == lists[0], "{} and {} list different messages", node.name, self.nodes[0].name);
            let distinct: BTreeSet<&str> = list.iter().map(|row| row.message.as_str()).collect();
            assert_eq!(distinct.len(), list.len(), "{} lists a message twice", node.name);
            assert_eq!(node.doubles(), Vec::<String>::new(), "{}: told twice", node.name);
        }
        for (node, before) in self.nodes.iter().zip(&self.before) {
            let what = format!("{} has no more descriptors than before", node.name);
            until(&what, || node.rpc.vitals().unwrap().descriptors <= before.descriptors + PASSING);
        }
    }
}

/// Watches how large the nodes get.
fn look(camp: &Arc<Mutex<Camp>>, stop: &AtomicBool, peaks: &[AtomicU64; 3]) {
    let pids: Vec<u32> = held(camp).nodes.iter().map(|node| node.rpc.pid()).collect();
    let mut idle = 0;
    // Between two rounds nobody talks for a moment; it is over when that lasts.
    while idle < 50 {
        for (pid, peak) in pids.iter().zip(peaks) {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let rss =
                status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
            peak.fetch_max(rss.unwrap_or(0), Relaxed);
        }
        idle = if stop.load(Relaxed) { idle + 1 } else { 0 };
        thread::sleep(LOOK);
    }
}

/// Lets everybody talk by turns.
fn talk(camps: &[Arc<Mutex<Camp>>; 2], stop: &AtomicBool, case: &AtomicUsize) -> Vec<Said> {
    let (began, mut said) = (Instant::now(), Vec::new());
    for nth in 0.. {
        for (camp, pitched) in camps.iter().enumerate() {
            let mut pitched = held(pitched);
            let (speaker, channel) = (nth % 3, pitched.channel.clone());
            let text = format!("line {nth} of {began:?}");
            let ticket = pitched.nodes[speaker].send(&channel, &text).unwrap();
            said.push(Said { camp, text, case: case.load(Relaxed), speaker, ticket });
        }
        if stop.load(Relaxed) {
            break;
        }
        thread::sleep((began + PACE * (nth as u32 + 1)).saturating_duration_since(Instant::now()));
    }
    said
}

/// Waits until everybody has been told everything, once; shows what it took. Gives the ratio of the 99th percentiles, and
/// says so where lines were slow.
fn judge(
    group: &str,
    round: usize,
    cases: &[Case],
    camps: &[Arc<Mutex<Camp>>; 2],
    said: &[Said],
) -> (f64, Vec<String>) {
    let mut took: [Vec<(usize, Duration)>; 2] = [Vec::new(), Vec::new()];
    for (camp, pitched) in camps.iter().enumerate() {
        let pitched = held(pitched);
        let mine = || said.iter().filter(|said| said.camp == camp);
        let acknowledged = |said: &Said| {
            let answer = pitched.nodes[said.speaker].rpc.answer(&said.ticket, PATIENCE).unwrap();
            answer.value["message"].as_str().unwrap().to_owned()
        };
        let ids: BTreeSet<String> = mine().map(acknowledged).collect();
        let lines: BTreeMap<&str, &Said> = mine().map(|said| (said.text.as_str(), said)).collect();
        for (nth, node) in pitched.nodes.iter().enumerate() {
            node.told(&ids);
            for seen in node.rpc.events(0).iter().filter(|seen| seen.event["type"] == "message") {
                let line = seen.event["text"].as_str().and_then(|text| lines.get(text));
                if let Some(said) = line.filter(|said| said.speaker != nth) {
                    took[camp].push((said.case, seen.at.saturating_duration_since(said.ticket.sent)));
                }
            }
        }
    }
    let at = |camp: usize, case: Option<usize>, percent: usize| {
        let of = |(nth, took): &(usize, Duration)| case.is_none_or(|case| case == *nth).then_some(*took);
        let mut all: Vec<Duration> = took[camp].iter().filter_map(of).collect();
        all.sort();
        all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let show = |camp, case| (at(camp, case, 50), at(camp, case, 99));
    for (nth, case) in cases.iter().enumerate() {
        let ((p50, p99), (quiet50, quiet99)) = (show(0, Some(nth)), show(1, Some(nth)));
        if p99 > 2 * quiet99 {
            println!("    slower: {} – p50 {p50:.1?} p99 {p99:.1?}, beside it {quiet50:.1?} {quiet99:.1?}", case.name);
        }
    }
    let ((p50, p99), (quiet50, quiet99)) = (show(0, None), show(1, None));
    let ratio = p99.as_secs_f64() / quiet99.as_secs_f64().max(0.001);
    println!(
        "{group}, round {round}: {} lines; under attack p50 {p50:.1?} p99 {p99:.1?}, beside it p50 {quiet50:.1?} p99 {quiet99:.1?}: {ratio:.2}",
        said.len()
    );
    let slow = ratio > LOOSE && p99 > PROMPT;
    (ratio, slow.then(|| format!("{group}: {p99:?}, {quiet99:?} beside it")).into_iter().collect())
}
