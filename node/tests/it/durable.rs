//! Durable before anybody hears of it: a node watched by strace, which also makes each sync take its time, so that what
//! does not wait for one is seen to run ahead.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::Command,
};

use bivouac_node::lab::{Launch, Rpc, Ticket};
use serde_json::json;

use crate::cast::{Node, PATIENCE, agree, folder, loopback, plain, skip, until};

/// Length of a line, so that what carries one stands out from all else.
const LINE: usize = 3_000;
/// What comes around a line on disk or on the wire, at most.
const AROUND: usize = 1_500;
/// What a connection at rest may send during a burst, bytes.
const CHATTER: usize = 30_000;
/// Lines said one at a time, each way.
const SINGLE: usize = 20;
/// Lines said at once.
const BURST: usize = 300;
/// How much longer a sync takes, microseconds.
const SLOWER: u64 = 30_000;
/// Number of the first request.
const FIRST: usize = 1_000_000;

/// A system call as strace saw it.
struct Call {
    name: String,
    /// Its arguments: descriptors with what they are, and the bytes that were read or written.
    args: String,
    result: i64,
    /// When it was entered and when it returned: places in the trace, which is in causal order.
    begun: usize,
    ended: usize,
}

/// Everything a node asked of the system.
struct Trace {
    calls: Vec<Call>,
    store: String,
}

impl Trace {
    fn read(file: &Path, store: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let (mut calls, mut open) = (Vec::new(), BTreeMap::new());
        for (at, line) in text.lines().enumerate() {
            let (thread, rest) = line.split_once(' ').unwrap();
            let rest = rest.trim_start();
            if let Some(begin) = rest.strip_suffix(" <unfinished ...>") {
                open.insert(thread, (begin.to_owned(), at));
                continue;
            }
            let (whole, begun) = match rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
                Some((_, end)) => {
                    let (begin, begun) =
                        open.remove(thread).unwrap_or_else(|| panic!("resumed out of nothing: {line}"));
                    (begin + end, begun)
                }
                None => (rest.to_owned(), at),
            };
            // Lines that end a thread or tell of a signal are none.
            let (Some((name, args)), Some((_, result))) = (whole.split_once('('), whole.rsplit_once(" = ")) else {
                continue;
            };
            // A call that never returned has no number.
            let Some(Ok(result)) = result.split(' ').next().map(str::parse) else { continue };
            calls.push(Call { name: name.to_owned(), args: args.to_owned(), result, begun, ended: at });
        }
        calls.sort_by_key(|call| call.ended);
        Self { calls, store: store.join("db").to_str().unwrap().to_owned() }
    }

    /// Calls of these names that worked.
    fn of<'a>(&'a self, names: &'a [&str]) -> impl DoubleEndedIterator<Item = &'a Call> {
        self.calls.iter().filter(|call| call.result >= 0 && names.contains(&call.name.as_str()))
    }

    /// Every sync of the database file.
    fn syncs(&self) -> Vec<&Call> {
        let file = format!("<{}>)", self.store);
        self.of(&["fdatasync", "fsync"]).filter(|call| call.args.contains(&file)).collect()
    }

    /// Bytes written to the database file between two moments.
    fn stored(&self, from: usize, to: usize) -> usize {
        let file = format!("<{}>,", self.store);
        let writes = self.of(&["pwrite64", "write", "writev"]).filter(|call| call.args.contains(&file));
        writes.filter(|call| from < call.begun && call.ended < to).map(|call| call.result as usize).sum()
    }

    /// What was sent: when that began, and how many bytes.
    fn sent(&self) -> Vec<(usize, usize)> {
        let sends = self.of(&["sendto", "sendmsg", "sendmmsg", "write", "writev"]);
        sends
            .filter(|call| ["<TCP:", "<UDP:"].iter().any(|kind| call.args.split(',').next().unwrap().contains(kind)))
            .map(|call| (call.begun, if call.name == "sendmmsg" { lengths(&call.args) } else { call.result as usize }))
            .collect()
    }

    /// When texts that stand in this order in all that went through a descriptor had been read, or began to be written.
    fn moments(&self, name: &str, descriptor: &str, texts: impl Iterator<Item = String>) -> Vec<usize> {
        let (mut all, mut ends) = (String::new(), Vec::new());
        for call in self.of(&[name]).filter(|call| call.args.starts_with(descriptor)) {
            let data = call.args.split_once('"').and_then(|(_, data)| Some(data.rsplit_once('"')?.0));
            all += data.unwrap_or_default();
            ends.push((all.len(), if name == "read" { call.ended } else { call.begun }));
        }
        texts
            .map(|text| {
                let at = all.find(&text).unwrap_or_else(|| panic!("{name}({descriptor}…: no {text}")) + text.len();
                ends[ends.partition_point(|(end, _)| *end < at)].1
            })
            .collect()
    }

    /// When each of these requests had been read, and when its answer began to be written.
    fn asked_and_answered(&self, requests: impl Iterator<Item = usize> + Clone) -> Vec<(usize, usize)> {
        let id = |nth: usize| format!(r#"\"id\":{},"#, FIRST + nth);
        let asked = self.moments("read", "0<", requests.clone().map(id));
        let answered = self.moments("write", "1<", requests.map(id));
        asked.into_iter().zip(answered).collect()
    }
}

/// The end of a file.
fn tail(file: &Path) -> String {
    let mut file = fs::File::open(file).unwrap();
    file.seek(SeekFrom::End(-1_000)).unwrap();
    let mut text = Vec::new();
    file.read_to_end(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// The lengths of messages that were sent by one call.
fn lengths(args: &str) -> usize {
    args.split("msg_len=").skip(1).map(|rest| rest.split(['}', ',']).next().unwrap().parse::<usize>().unwrap()).sum()
}

fn line(of: &str, nth: usize) -> String {
    let mut line = format!("{of} {nth:04} ");
    line.extend((line.len()..LINE).map(|at| char::from(b'a' + (at % 26) as u8)));
    line
}

/// Asks a node to say a line, under a number that can be found.
fn ask(node: &mut Node, channel: &str, nth: usize, text: &str) -> Ticket {
    let params = json!({"channel": channel, "text": text});
    let id = FIRST + nth;
    let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"message.send","params":{params}}}"#);
    node.rpc.raw((request + "\n").as_bytes()).unwrap();
    Rpc::ticket(id as u64, "message.send")
}

#[test]
fn a_line_is_on_disk_before_it_is_answered_sent_or_told_over_tcp() {
    durable_first("tcp", loopback);
}

#[test]
fn a_line_is_on_disk_before_it_is_answered_sent_or_told_over_quic() {
    durable_first("quic", |data| plain(data).arg("--no-mdns").arg("--listen").arg("/ip4/127.0.0.1/udp/0/quic-v1"));
}

fn durable_first(transport: &str, launch: impl Fn(&Path) -> Launch) {
    let strace = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    match strace {
        Ok(out) if out.status.success() => {}
        Ok(out) => return skip(&format!("durable-{transport}"), String::from_utf8_lossy(&out.stderr).trim()),
        Err(error) => return skip(&format!("durable-{transport}"), &format!("strace: {error}")),
    }
    let stores = folder();
    let (file, data) = (stores.path().join("trace"), stores.path().join("Ada"));
    let slower = format!("inject=fdatasync:delay_exit={SLOWER}");
    let calls = "trace=read,write,writev,pwrite64,sendto,sendmsg,sendmmsg,fsync,fdatasync";
    let watched = ["strace", "-D", "-f", "-yy", "-s", "70000", "-e", calls, "-e", &slower, "-o"];
    let mut ada = Node::start("Ada", launch(&data).by(watched).by([&file]));
    let mut bo = Node::start("Bo", launch(&stores.path().join("Bo")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    agree(&mut [&mut ada, &mut bo], &guild, &channel);
    let peers = ada.call("net.status", json!({}))["peers"].clone();
    assert_eq!(peers[0]["transport"], transport, "{peers}");

    for nth in 0..SINGLE {
        let ticket = ask(&mut ada, &channel, nth, &line("single", nth));
        let answer = ada.rpc.answer(&ticket, PATIENCE).unwrap();
        bo.told(&[answer.value["message"].as_str().unwrap().to_owned()].into());
    }
    for nth in 0..SINGLE {
        let id = bo.say(&channel, &line("heard", nth));
        ada.told(&[id].into());
    }
    let tickets: Vec<_> =
        (SINGLE..SINGLE + BURST).map(|nth| ask(&mut ada, &channel, nth, &line("burst", nth))).collect();
    let answers = tickets.iter().map(|ticket| ada.rpc.answer(ticket, PATIENCE).unwrap().value);
    let said: BTreeSet<String> = answers.map(|answer| answer["message"].as_str().unwrap().to_owned()).collect();
    bo.told(&said);
    let rows = agree(&mut [&mut ada, &mut bo], &guild, &channel);
    assert_eq!(rows.len(), 2 * SINGLE + BURST);
    let pid = ada.rpc.pid().to_string();
    let ended = [pid.as_str(), "+++", "exited", "with", "0", "+++"];
    ada.rpc.stop(PATIENCE).unwrap();
    // Short numbers are padded.
    until("the end of the trace", || tail(&file).lines().any(|line| line.split_whitespace().eq(ended)));

    let trace = Trace::read(&file, &data.join("store"));
    println!("{transport}: {} calls traced", trace.calls.len());
    one_at_a_time(&trace);
    heard(&trace);
    at_once(&trace);
}

/// Each line is written, then synced, and only then answered and sent.
fn one_at_a_time(trace: &Trace) {
    let moments = trace.asked_and_answered(0..SINGLE);
    let (syncs, sent) = (trace.syncs(), trace.sent());
    let volume = |from: usize, to: usize| -> usize {
        sent.iter().filter(|(at, _)| from < *at && *at < to).map(|(_, bytes)| bytes).sum()
    };
    let (mut during, mut ahead, mut least) = (0, 0, usize::MAX);
    for (nth, (asked, answered)) in moments.iter().enumerate() {
        let within: Vec<_> = syncs.iter().filter(|sync| *asked < sync.begun && sync.ended < *answered).collect();
        let Some(sync) = within.iter().find(|sync| trace.stored(*asked, sync.begun) >= LINE) else {
            panic!("line {nth} was answered and is not on disk: {} syncs in between", within.len());
        };
        during += within.len();
        let early = volume(*asked, sync.ended);
        assert!(early < LINE, "line {nth}: {early} bytes were sent before it was on disk");
        ahead = ahead.max(early);
        let next = moments.get(nth + 1).map_or(usize::MAX, |(asked, _)| *asked);
        let after = volume(sync.ended, next);
        assert!(after >= LINE, "line {nth}: only {after} bytes were sent after it was on disk");
        least = least.min(after);
    }
    println!(
        "{SINGLE} lines one at a time: {during} syncs between request and answer; sent before the sync returned at most {ahead} bytes, after it at least {least}"
    );
    assert!(during <= SINGLE + SINGLE / 4, "{during} syncs for {SINGLE} lines");
}

/// Each line of somebody else's is written, then synced, and only then told.
fn heard(trace: &Trace) {
    let told = trace.moments("write", "1<", (0..SINGLE).map(|nth| line("heard", nth)));
    let syncs = trace.syncs();
    for (nth, pair) in told.windows(2).enumerate() {
        let mut within = syncs.iter().filter(|sync| pair[0] < sync.begun && sync.ended < pair[1]);
        assert!(within.any(|sync| trace.stored(pair[0], sync.begun) >= LINE), "line {} was told too early", nth + 1);
    }
    println!("{SINGLE} lines heard: each told after a sync of its own");
}

/// Lines said at once are synced by groups, and none is answered or sent before its own.
fn at_once(trace: &Trace) {
    let moments = trace.asked_and_answered(SINGLE..SINGLE + BURST);
    let (first, last) = (moments[0].0, moments.iter().map(|(_, answered)| *answered).max().unwrap());
    let syncs: Vec<_> = trace.syncs().into_iter().filter(|sync| first < sync.begun && sync.ended < last).collect();
    let mut groups = BTreeMap::<usize, usize>::new();
    for (nth, (asked, answered)) in moments.iter().enumerate() {
        let group = syncs.iter().rposition(|sync| sync.ended < *answered && *asked < sync.begun);
        let Some(group) = group else { panic!("line {nth} of the burst was answered before a sync") };
        *groups.entry(group).or_default() += 1;
    }
    let mut volume = 0;
    for (at, bytes) in trace.sent().into_iter().filter(|(at, _)| first < *at) {
        volume += bytes;
        let synced = syncs.iter().rfind(|sync| sync.ended < at).map_or(0, |sync| sync.begun);
        let covered = moments.iter().filter(|(asked, _)| *asked < synced).count();
        let most = covered * (LINE + AROUND) + CHATTER;
        assert!(volume <= most, "{volume} bytes were sent when {covered} lines were on disk");
    }
    assert!(volume >= BURST * LINE, "only {volume} bytes were sent");
    let sizes: Vec<_> = groups.values().collect();
    println!("{BURST} lines at once: {} group commits with answers ({sizes:?}), {} syncs", groups.len(), syncs.len());
    // How answers fall between syncs is up to who reads them; but whatever was synced twice had nothing new in it.
    let idle = syncs.windows(2).filter(|pair| trace.stored(pair[0].begun, pair[1].begun) == 0).count();
    assert!(idle <= 2, "{idle} syncs with nothing to sync: more than one a group commit");
    // How many lines come while one sync lasts is up to how busy the machine is; without groups each would have its own.
    assert!(syncs.len() <= BURST / 2, "no groups");
}
