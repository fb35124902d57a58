//! The JSON-RPC surface against whatever is put into it.

use std::{
    collections::BTreeSet,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use bivouac_node::{
    lab::{LabError, Refusal, Rpc},
    rpc,
};
use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, loopback, until};

/// Longer than a line may be.
const TOO_LONG: usize = 2 << 20;

fn still_there(rpc: &mut Rpc) {
    match rpc.call("identity.show", json!({}), PATIENCE) {
        Err(LabError::Refused { refusal, .. }) => assert_eq!(refusal.kind, "no_identity"),
        other => panic!("{other:?}"),
    }
}

fn stray(rpc: &mut Rpc, line: &[u8]) -> Refusal {
    rpc.raw(line).unwrap();
    rpc.raw(b"\n").unwrap();
    let refusal =
        rpc.stray(PATIENCE).unwrap_or_else(|e| panic!("{}: {e}", String::from_utf8_lossy(&line[..line.len().min(80)])));
    still_there(rpc);
    refusal
}

#[test]
fn lines_that_are_no_requests_are_refused_and_the_process_goes_on() {
    let stores = folder();
    let mut rpc = Rpc::start(loopback(&stores.path().join("a"))).unwrap();
    let ready = rpc.ready(PATIENCE).unwrap();
    assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
    assert!(ready["addresses"].is_array());

    let deep = "[".repeat(100_000);
    let deep_params =
        format!(r#"{{"jsonrpc":"2.0","id":7,"method":"net.status","params":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let long =
        format!(r#"{{"jsonrpc":"2.0","id":8,"method":"net.status","params":{{"x":"{}"}}}}"#, "x".repeat(TOO_LONG));
    let unparsable: [&[u8]; 7] = [
        b"hello",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,",
        b"\xff\xfe\x00 not UTF-8",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"net.\xc3\x28\"}",
        deep.as_bytes(),
        deep_params.as_bytes(),
        long.as_bytes(),
    ];
    for line in unparsable {
        let refusal = stray(&mut rpc, line);
        assert_eq!(refusal.code, -32700, "{}", String::from_utf8_lossy(&line[..line.len().min(80)]));
        assert!(refusal.message.len() > 10, "a sentence: {refusal}");
    }
    for line in ["7", "\"x\"", "null", "[]", r#"{"jsonrpc":"2.0","id":{},"method":"net.status"}"#] {
        assert_eq!(stray(&mut rpc, line.as_bytes()).code, -32600, "{line}");
    }
    assert_eq!(rpc.noise(), Vec::<String>::new());
    rpc.stop(PATIENCE).unwrap();
}

#[test]
fn requests_that_are_wrong_are_answered_with_what_is_wrong() {
    let stores = folder();
    let mut rpc = Rpc::start(loopback(&stores.path().join("a"))).unwrap();
    rpc.ready(PATIENCE).unwrap();
    let mut id = 1_000_000;
    let mut raw = |rpc: &mut Rpc, request: Value| {
        id += 1;
        let mut request = request;
        request["id"] = json!(id);
        rpc.raw(format!("{request}\n").as_bytes()).unwrap();
        match rpc.answer(&Rpc::ticket(id, "a raw request"), PATIENCE) {
            Err(LabError::Refused { refusal, .. }) => refusal,
            other => panic!("{request}: {other:?}"),
        }
    };
    assert_eq!(raw(&mut rpc, json!({"jsonrpc": "2.0"})).code, -32600, "no method");
    assert_eq!(raw(&mut rpc, json!({"jsonrpc": "1.0", "method": "net.status"})).code, -32600, "another version");
    assert_eq!(raw(&mut rpc, json!({"jsonrpc": "2.0", "method": 5})).code, -32600, "a method that is a number");
    assert_eq!(raw(&mut rpc, json!({"jsonrpc": "2.0", "method": "net.status", "params": 5})).code, -32602);
    // A notification is carried out and not answered; what follows is.
    rpc.raw(b"{\"jsonrpc\":\"2.0\",\"method\":\"net.status\",\"params\":{}}\n").unwrap();
    still_there(&mut rpc);
    assert!(rpc.stray(Duration::from_millis(300)).is_err(), "a notification was answered");

    let mut node = |method: &str, params: Value| match rpc.call(method, params.clone(), PATIENCE) {
        Err(LabError::Refused { refusal, .. }) => refusal,
        other => panic!("{method} {params}: {other:?}"),
    };
    for method in ["", "nothing", "net", "net.", "role.grant", "dm.send", "call.start", "rpc.discover"] {
        assert_eq!(node(method, json!({})).code, -32601, "{method}");
    }
    for (method, params) in [
        ("identity.show", json!({})),
        ("guild.create", json!({"name": "Camp"})),
        ("guild.list", json!({})),
        ("invite.join", json!({"link": "bivouac://join/x"})),
        ("message.send", json!({"channel": "x", "text": "y"})),
    ] {
        let refusal = node(method, params);
        assert_eq!((refusal.code, refusal.kind.as_str()), (-32001, "no_identity"), "{method} before identity.create");
    }
    for name in [json!(""), json!("x".repeat(65)), json!("a\u{7}b"), json!(5), json!(null), json!(["x"])] {
        assert_eq!(node("identity.create", json!({"name": name})).code, -32602, "{name}");
    }
    assert_eq!(node("identity.create", json!({})).code, -32602, "a parameter is missing");
    assert_eq!(node("identity.create", json!({"name": "Ada", "nam": "Ada"})).code, -32602, "an unknown parameter");
}

#[test]
fn values_that_break_a_rule_are_refused_by_name() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let (guild, channel) = ada.guild("Camp");
    let message = ada.say(&channel, &"é".repeat(4000));
    let again = ada.refused("identity.create", json!({"name": "Ada"}));
    assert_eq!((again.code, again.kind.as_str()), (-32002, "exists"));
    let other = ada.call("channel.create", json!({"guild": guild, "name": "other", "kind": "text"}));
    let elsewhere = ada.say(other["channel"].as_str().unwrap(), "here");
    let unknown = |id: &str| id.chars().rev().collect::<String>();
    for (method, params) in [
        ("guild.create", json!({"name": ""})),
        ("guild.create", json!({"name": "x".repeat(101)})),
        ("guild.create", json!({"name": "a\nb"})),
        ("message.send", json!({"channel": channel, "text": ""})),
        ("message.send", json!({"channel": channel, "text": "x".repeat(4001)})),
        ("message.send", json!({"channel": channel, "text": "x", "colour": "red"})),
        ("message.send", json!({"channel": channel, "text": "x", "reply_to": elsewhere})),
        ("message.list", json!({"channel": channel, "limit": 0})),
        ("message.list", json!({"channel": channel, "limit": 201})),
        ("message.list", json!({"channel": channel, "limit": -1})),
        ("message.list", json!({"channel": channel, "before": elsewhere})),
        ("message.list", json!({"channel": channel, "before": message, "after": message})),
        ("invite.create", json!({"guild": guild, "max_uses": 0})),
        ("invite.create", json!({"guild": guild, "max_uses": "many"})),
        ("invite.join", json!({"link": "https://example.org/"})),
        ("invite.join", json!({"link": "bivouac://join/"})),
        ("channel.create", json!({"guild": guild, "name": "x", "kind": "smell"})),
        ("channel.create", json!({"guild": guild, "name": "", "kind": "text"})),
    ] {
        let shown: String = params.to_string().chars().take(100).collect();
        let refusal = ada.refused(method, params);
        assert_eq!(refusal.code, -32602, "{method} {shown}: {refusal}");
    }
    for (method, params) in [
        ("guild.show", json!({"guild": unknown(&guild)})),
        ("log.status", json!({"guild": unknown(&guild)})),
        ("message.send", json!({"channel": unknown(&channel), "text": "x"})),
        ("message.list", json!({"channel": unknown(&channel)})),
        ("member.kick", json!({"guild": guild, "user": unknown(&ada.user)})),
        ("invite.revoke", json!({"guild": guild, "invite": "nonsense"})),
    ] {
        let refusal = ada.refused(method, params.clone());
        assert!([-32004, -32602].contains(&refusal.code), "{method} {params}: {refusal}");
    }
    // None of it left a trace.
    let rows = ada.list(&channel);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].text.as_deref(), Some("é".repeat(4000).as_str()));
    ada.rpc.call("node.shutdown", json!({}), PATIENCE).unwrap();
    assert!(ada.rpc.exited(PATIENCE).unwrap().success());
}

#[test]
fn a_folder_that_cannot_be_used_ends_the_process_with_a_sentence() {
    let stores = folder();
    let used = stores.path().join("used");
    let ada = Node::start("Ada", loopback(&used));
    let file = stores.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    for data in [used, file.clone(), file.join("below")] {
        let mut second = Rpc::start(loopback(&data)).unwrap();
        let status = second.exited(PATIENCE).unwrap();
        assert_eq!(status.code(), Some(1), "{}", data.display());
        assert!(second.events(0).is_empty(), "it said ready");
        let said = second.stderr();
        assert!(said.contains(' ') && !said.contains("panicked"), "no sentence: {said}");
    }
    drop(ada);
    let out = Command::new(env!("CARGO_BIN_EXE_bivouac")).args(["rpc", "--no-such-option"]).output().unwrap();
    assert!(!out.status.success());
}

#[test]
fn everything_answered_before_the_end_of_input_is_stored() {
    ends_well("eof", |node| node.rpc.eof());
}

#[test]
fn everything_answered_before_a_signal_is_stored() {
    ends_well("term", |node| node.rpc.signal("TERM").unwrap());
}

/// Bursts, an end asked for in the midst of each, a new start on the same folder.
fn ends_well(how: &str, end: impl Fn(&mut Node)) {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join(how)));
    let (_, channel) = ada.guild("Camp");
    let mut bo = Node::start("Bo", loopback(&stores.path().join("Bo")));
    let (elsewhere, _) = bo.guild("Elsewhere");
    let nowhere = bo.invite(&elsewhere);
    bo.rpc.stop(PATIENCE).unwrap();
    let mut kept = 0;
    for (round, after) in [0, 1, 20, 150, 399].into_iter().enumerate() {
        let tickets: Vec<_> =
            (0..400).map_while(|nth| ada.send(&channel, &format!("{round}: line {nth}")).ok()).collect();
        let joined = ada.rpc.send("invite.join", json!({"link": nowhere, "timeout_s": 3_600})).unwrap();
        if after > 0 {
            until("an answer", || ada.rpc.answered(&tickets[after]));
        }
        let began = Instant::now();
        end(&mut ada);
        let status = ada.rpc.exited(PATIENCE).unwrap();
        let took = began.elapsed();
        assert_eq!(status.code(), Some(0), "{how}: {}", ada.rpc.stderr());
        assert!(took < Duration::from_secs(20), "{how}: it took {took:?}");
        let answered: Vec<String> = (0..tickets.len())
            .filter(|nth| ada.rpc.answered(&tickets[*nth]))
            .map(|nth| format!("{round}: line {nth}"))
            .collect();
        // What was read was answered, and what can't be done in time is refused.
        match ada.rpc.answer(&joined, PATIENCE) {
            Err(LabError::Refused { refusal, .. }) => assert_eq!(refusal.kind, "busy"),
            Err(LabError::Ended { .. }) if how == "term" => {}
            other => panic!("{how}: {other:?}"),
        }
        assert!(how == "term" || answered.len() == 400, "{how}: {} of 400 answered", answered.len());
        println!("{how}: {} of 400 answered, ended after {took:?}", answered.len());
        ada.rpc.restart(PATIENCE).unwrap();
        let log = ada.rpc.stderr();
        assert!(!log.contains("WARN"), "{how}: the folder opens as if nothing had been: {log}");
        let rows = ada.list(&channel);
        for text in &answered {
            assert!(rows.iter().any(|row| row.text.as_ref() == Some(text)), "{how}: “{text}” was answered and is lost");
        }
        kept += answered.len();
        assert!(rows.len() >= kept);
    }
}

#[test]
fn the_page_and_the_code_name_the_same_methods_events_and_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(root.join("docs/rpc.md")).unwrap();
    let source = |file: &str| std::fs::read_to_string(root.join("node/src").join(file)).unwrap();
    // The first cell of every row of the section.
    let rows = |section: &str| -> BTreeSet<String> {
        let text = page.split(&format!("\n## {section}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
        let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        cells.flat_map(|cell| cell.split(", ")).map(str::to_owned).collect()
    };
    let mut methods = rows("Methods");
    assert!(methods.remove("method"), "the heading");
    assert_eq!(methods, rpc::methods().map(str::to_owned).collect());

    let events = rows("Events");
    for part in source("rpc/shapes.rs").split("\"type\": \"").skip(1) {
        let event = part.split('"').next().unwrap();
        assert!(events.contains(event), "the event {event} is in the code and not on the page");
    }
    for part in source("rpc/error.rs").split("(-32").skip(1) {
        let (code, rest) = part.split_once(", \"").unwrap();
        let kind = rest.split('"').next().unwrap();
        let row = format!("| −32{code} | {kind} |");
        assert!(page.contains(&row), "the error {row} is in the code and not on the page");
    }
}
