//! The words scenarios are told in: nodes with names, that join, say, list and agree.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    net::TcpListener,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Host, Lab, LabError, Launch, Refusal, Rpc, Ticket};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// How long it is watched that nothing happens.
pub(crate) const WATCH: Duration = Duration::from_secs(3);
/// Requests under way at once when a burst is sent.
const WINDOW: usize = 256;

/// A node and what is known of it.
pub(crate) struct Node {
    pub(crate) name: &'static str,
    pub(crate) rpc: Rpc,
    pub(crate) user: String,
    pub(crate) device: String,
}

/// A message as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) message: String,
    pub(crate) author: String,
    pub(crate) text: Option<String>,
}

/// A lab, or `None` and a note where this machine gives none.
pub(crate) fn lab(test: &str) -> Option<Lab> {
    match Lab::new() {
        Ok(lab) => Some(lab),
        Err(LabError::Unavailable(why)) => {
            skip(test, &why);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Note that a test could not run here.
pub(crate) fn skip(test: &str, why: &str) {
    println!("skipped: {why}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(test), why).unwrap();
}

/// A folder for stores, gone at the end of the test.
pub(crate) fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// A node on loopback alone, that finds nobody by itself.
pub(crate) fn loopback(data: &Path) -> Launch {
    plain(data).arg("--no-mdns").arg("--listen").arg("/ip4/127.0.0.1/tcp/0")
}

/// The same on a port that stays from start to start, so that others find it again.
pub(crate) fn settled(data: &Path) -> Launch {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    plain(data).arg("--no-mdns").arg("--listen").arg(format!("/ip4/127.0.0.1/tcp/{port}"))
}

/// A node on a host, with no address given to it.
pub(crate) fn hosted(data: &Path, lab: &Lab, host: Host) -> Launch {
    plain(data).on(lab, host)
}

/// A node as it comes.
pub(crate) fn plain(data: &Path) -> Launch {
    let launch = Launch::new(env!("CARGO_BIN_EXE_bivouac"), data);
    // A log is kept by the lab and shown when something fails.
    if std::env::var_os("BIVOUAC_LOG").is_some() { launch } else { launch.log("warn") }
}

/// Keep looking until it holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

impl Node {
    pub(crate) fn start(name: &'static str, launch: Launch) -> Self {
        let mut rpc = Rpc::start(launch).unwrap();
        rpc.ready(PATIENCE).unwrap();
        let made = rpc.call("identity.create", json!({"name": name}), PATIENCE).unwrap();
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        Self { name, user: text("user"), device: text("device"), rpc }
    }

    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.rpc.call(method, params, PATIENCE).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    pub(crate) fn refused(&mut self, method: &str, params: Value) -> Refusal {
        match self.rpc.call(method, params.clone(), PATIENCE) {
            Err(LabError::Refused { refusal, .. }) => refusal,
            Ok(result) => panic!("{}: {method} {params} was not refused but gave {result}", self.name),
            Err(error) => panic!("{}: {method} {params}: {error}", self.name),
        }
    }

    /// A guild and its first channel.
    pub(crate) fn guild(&mut self, name: &str) -> (String, String) {
        let made = self.call("guild.create", json!({"name": name}));
        (made["guild"].as_str().unwrap().to_owned(), made["channel"].as_str().unwrap().to_owned())
    }

    /// A link for as many guests as like.
    pub(crate) fn invite(&mut self, guild: &str) -> String {
        self.call("invite.create", json!({"guild": guild}))["link"].as_str().unwrap().to_owned()
    }

    pub(crate) fn join(&mut self, link: &str) {
        self.call("invite.join", json!({"link": link}));
    }

    /// Say one thing; its id.
    pub(crate) fn say(&mut self, channel: &str, text: &str) -> String {
        self.call("message.send", json!({"channel": channel, "text": text}))["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn send(&mut self, channel: &str, text: &str) -> Result<Ticket, LabError> {
        self.rpc.send("message.send", json!({"channel": channel, "text": text}))
    }

    /// Say many things, without waiting for one before the next; their ids.
    pub(crate) fn burst(&mut self, channel: &str, lines: &[String]) -> Vec<String> {
        let (mut under_way, mut ids) = (VecDeque::new(), Vec::new());
        for line in lines {
            if under_way.len() == WINDOW {
                ids.push(self.settle(under_way.pop_front()));
            }
            under_way.push_back(self.send(channel, line).unwrap());
        }
        while !under_way.is_empty() {
            ids.push(self.settle(under_way.pop_front()));
        }
        ids
    }

    fn settle(&self, ticket: Option<Ticket>) -> String {
        let answer = self.rpc.answer(&ticket.unwrap(), PATIENCE).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        answer.value["message"].as_str().unwrap().to_owned()
    }

    /// Wait until an event has told of each message, and that none was told twice.
    pub(crate) fn told(&self, wanted: &BTreeSet<String>) {
        let mut seen = 0;
        let mut left = wanted.clone();
        let what = format!("{}: events of {} messages", self.name, wanted.len());
        if !left.is_empty() {
            self.rpc
                .wait(&what, PATIENCE, |event| {
                    seen += 1;
                    event["type"] == "message" && left.remove(event["message"].as_str().unwrap()) && left.is_empty()
                })
                .unwrap_or_else(|e| panic!("{e}"));
        }
        assert_eq!(self.doubles(), Vec::<String>::new(), "{}: told twice, among {seen} events", self.name);
    }

    /// Whether an event after the first `since` has told of a message by now.
    pub(crate) fn has_told(&self, since: usize, message: &str) -> bool {
        self.rpc.events(since).iter().any(|seen| seen.event["type"] == "message" && seen.event["message"] == message)
    }

    /// Messages that more than one event told of.
    pub(crate) fn doubles(&self) -> Vec<String> {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for seen in self.rpc.events(0) {
            if seen.event["type"] == "message" {
                *times.entry(seen.event["message"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        times.into_iter().filter(|(_, times)| *times > 1).map(|(message, _)| message).collect()
    }

    /// Warnings it gave, by kind.
    pub(crate) fn warnings(&self, kind: &str) -> Vec<Value> {
        let events = self.rpc.events(0).into_iter().map(|seen| seen.event);
        events.filter(|event| event["type"] == "warning" && event["kind"] == kind).collect()
    }

    /// A channel from its first message to its last.
    pub(crate) fn list(&mut self, channel: &str) -> Vec<Row> {
        self.list_after(channel, None)
    }

    /// A channel after a message.
    pub(crate) fn list_after(&mut self, channel: &str, after: Option<&str>) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut at = after.map(str::to_owned);
        if at.is_none() {
            // Without bounds a page is the newest: walk back from there.
            loop {
                let mut params = json!({"channel": channel, "limit": 200});
                if let Some(first) = rows.first() {
                    params["before"] = json!(first.message);
                }
                let page = self.call("message.list", params);
                let older = page_rows(&page);
                let done = page["more"] != true || older.is_empty();
                rows.splice(0..0, older);
                if done {
                    return rows;
                }
            }
        }
        while let Some(after) = at.take() {
            let page = self.call("message.list", json!({"channel": channel, "limit": 200, "after": after}));
            rows.extend(page_rows(&page));
            if page["more"] == true {
                at = rows.last().map(|row| row.message.clone());
            }
        }
        rows
    }

    pub(crate) fn newest(&mut self, channel: &str, limit: usize) -> Vec<Row> {
        page_rows(&self.call("message.list", json!({"channel": channel, "limit": limit})))
    }

    pub(crate) fn status(&mut self, guild: &str) -> Value {
        self.call("log.status", json!({"guild": guild}))
    }

    pub(crate) fn members(&mut self, guild: &str) -> BTreeSet<String> {
        let shown = self.call("guild.show", json!({"guild": guild}));
        shown["members"].as_array().unwrap().iter().map(|member| member["user"].as_str().unwrap().to_owned()).collect()
    }

    /// Wait until it and the other are connected.
    pub(crate) fn meets(&self, other: &Self) {
        let what = format!("a connection of {} to {}", self.name, other.name);
        let met = |event: &Value| event["type"] == "peer.connected" && event["device"] == other.device.as_str();
        self.rpc.wait(&what, PATIENCE, met).unwrap_or_else(|e| panic!("{e}"));
    }
}

fn page_rows(page: &Value) -> Vec<Row> {
    let text = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
    let rows = page["messages"].as_array().unwrap().iter();
    rows.map(|row| Row {
        message: text(row, "message").unwrap(),
        author: text(row, "author").unwrap(),
        text: text(row, "text"),
    })
    .collect()
}

/// Wait until all hold the same ops and the same law, with nothing known to be missing, and list the same: keys may come
/// after the ops. Gives the list.
pub(crate) fn agree(nodes: &mut [&mut Node], guild: &str, channel: &str) -> Vec<Row> {
    let end = Instant::now() + PATIENCE;
    let rows = loop {
        let status: Vec<Value> = nodes.iter_mut().map(|node| node.status(guild)).collect();
        let whole = status.iter().all(|s| s["parked"] == 0 && s["holes"] == 0);
        let same = |key: &str| status.iter().all(|s| s[key] == status[0][key]);
        if whole && same("digest") && same("state_hash") {
            let mut lists = nodes.iter_mut().map(|node| node.list(channel));
            let first = lists.next().unwrap();
            if lists.all(|list| list == first) {
                break first;
            }
        }
        assert!(Instant::now() < end, "no agreement within {PATIENCE:?}: {status:#?}");
        thread::sleep(Duration::from_millis(50));
    };
    let distinct: BTreeSet<&str> = rows.iter().map(|row| row.message.as_str()).collect();
    assert_eq!(distinct.len(), rows.len(), "a message is listed twice");
    rows
}

/// Wait until all fold the same law.
pub(crate) fn same_law<'a>(nodes: impl IntoIterator<Item = &'a mut Node>, guild: &str) {
    let mut nodes: Vec<&mut Node> = nodes.into_iter().collect();
    until("the law is the same everywhere", || {
        let laws: Vec<Value> = nodes.iter_mut().map(|node| node.status(guild)["state_hash"].clone()).collect();
        laws.iter().all(|law| *law == laws[0])
    });
}

/// The texts of some rows, sorted.
pub(crate) fn texts(rows: &[Row]) -> Vec<String> {
    let mut texts: Vec<String> = rows.iter().map(|row| row.text.clone().expect("readable")).collect();
    texts.sort();
    texts
}

/// A small generator of numbers for choosing when to strike: a test prints its seed, and `BIVOUAC_SEED` replays it.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn thrown() -> Self {
        let fresh = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            now.as_nanos() as u64
        };
        let seed = std::env::var("BIVOUAC_SEED").ok().map_or_else(fresh, |seed| seed.parse().expect("a number"));
        println!("BIVOUAC_SEED={seed}");
        Self(seed)
    }

    /// Less than `n`. SplitMix64 (Steele, Lea, Flood 2014).
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}
