//! Standard input, output and error that are full, closed, or that nobody reads.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, loopback, until};

/// How long ending may take where nobody reads: a couple of seconds on a machine that does nothing else.
const ENDING: Duration = Duration::from_secs(15);

/// The program on a folder, alone on loopback.
fn bivouac(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bivouac"));
    command.args(args).arg("--data").arg(data).args(["--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"]);
    command.stdin(Stdio::null()).env_remove("BIVOUAC_LOG");
    command
}

/// A folder with an identity, a guild and a message; the channel.
fn settled(data: &Path) -> String {
    let mut ada = Node::start("Ada", loopback(data));
    let (_, channel) = ada.guild("Camp");
    ada.say(&channel, "the first");
    ada.rpc.stop(PATIENCE).unwrap();
    channel
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe that nobody reads any more.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn ended(child: &mut Child, within: Duration) -> ExitStatus {
    let end = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it goes on after {within:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// A node that is asked without end and whose answers nobody reads, as the one who asks notices that it reads no more.
fn unread(data: &Path, channel: &str) -> (Child, Child) {
    let request =
        json!({"jsonrpc": "2.0", "id": 1, "method": "message.send", "params": {"channel": channel, "text": "x"}});
    let mut asker = Command::new("yes").arg(request.to_string()).stdout(Stdio::piped()).spawn().unwrap();
    let questions = asker.stdout.take().unwrap();
    let node = bivouac(data, &["rpc"]).stdin(questions).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let written = || {
        let counters = fs::read_to_string(format!("/proc/{}/io", asker.id())).unwrap();
        counters.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap().parse::<u64>().unwrap()
    };
    let (mut before, mut still) = (0, 0);
    until("the end of reading", || {
        let now = written();
        // More than a pipe holds, and for a second no more.
        still = if now == before && now > 1 << 17 { still + 1 } else { 0 };
        before = now;
        still > 50
    });
    (asker, node)
}

fn ends_unread(how: &str, end: impl FnOnce(&mut Child, &Child)) {
    let stores = folder();
    let data = stores.path().join("a");
    let channel = settled(&data);
    let (mut asker, mut node) = unread(&data, &channel);
    let began = Instant::now();
    end(&mut asker, &node);
    let status = ended(&mut node, ENDING);
    println!("{how}: ended after {:?}", began.elapsed());
    let _ = asker.kill();
    let _ = asker.wait();
    let mut words = String::new();
    node.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(status.success(), "{how}: {status}: {words}");
    // What could be read of the answers is stored.
    let answered = BufReader::new(node.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok()?["result"]["message"].as_str().map(str::to_owned))
        .collect::<Vec<_>>();
    let mut ada = bivouac_node::lab::Rpc::start(loopback(&data)).unwrap();
    ada.ready(PATIENCE).unwrap();
    let page = ada.call("message.list", json!({"channel": channel, "limit": 200}), PATIENCE).unwrap();
    assert!(page["messages"].as_array().unwrap().len() > 100);
    for message in answered {
        let reply = json!({"channel": channel, "before": message, "limit": 1});
        ada.call("message.list", reply, PATIENCE).unwrap();
    }
}

#[test]
fn a_node_whose_output_nobody_reads_ends_at_a_signal() {
    ends_unread("term", |_, node| {
        Command::new("kill").arg(node.id().to_string()).status().unwrap();
    });
}

#[test]
fn a_node_whose_output_nobody_reads_ends_with_its_input() {
    ends_unread("eof", |asker, _| {
        asker.kill().unwrap();
        asker.wait().unwrap();
    });
}

#[test]
fn output_that_cannot_be_written_fails_the_command_with_a_sentence() {
    let stores = folder();
    let data = stores.path().join("a");
    settled(&data);
    let commands: [&[&str]; 18] = [
        &["completions", "bash"],
        &["completions", "zsh"],
        &["man"],
        &["help"],
        &["help", "send"],
        &["--help"],
        &["--version"],
        &["id"],
        &["id", "--json"],
        &["guild", "list"],
        &["guild", "show", "Camp"],
        &["guild", "create", "Another"],
        &["invite", "Camp"],
        &["send", "Camp/general", "hello", "--wait-s", "0"],
        &["tail", "Camp/general"],
        &["log", "Camp"],
        &["net", "--wait-s", "0"],
        &["demo", "--lines", "12", "--seconds", "0"],
    ];
    for args in commands {
        let mut command = if matches!(args[0], "completions" | "man" | "help" | "--help" | "--version" | "demo") {
            let mut command = Command::new(env!("CARGO_BIN_EXE_bivouac"));
            command.args(args);
            command
        } else {
            bivouac(&data, args)
        };
        let out = command.stdout(full()).output().unwrap();
        let words = said(&out);
        assert_eq!(out.status.code(), Some(1), "{args:?}: {words}");
        assert!(words.starts_with("bivouac: standard output can't be written: "), "{args:?}: {words}");
        assert_eq!(words.trim().lines().count(), 1, "{args:?}: {words}");
        let out = command.stdout(closed()).output().unwrap();
        assert_eq!((out.status.code(), said(&out).as_str()), (Some(1), ""), "{args:?} to a closed pipe");
        let status = command.stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{args:?} with nowhere to complain");
    }
    let out = bivouac(&data, &["rpc"]).stdin(Stdio::piped()).stdout(full()).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(said(&out).contains("standard output can't be written"), "{}", said(&out));
    // Whoever has left has seen enough.
    let out = bivouac(&data, &["rpc"]).stdin(Stdio::piped()).stdout(closed()).output().unwrap();
    assert_eq!((out.status.code(), said(&out).as_str()), (Some(0), ""));
}

#[test]
fn a_refused_command_line_needs_no_standard_error() {
    for stderr in [Stdio::piped(), full().into(), closed()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bivouac"));
        let out = command.arg("--no-such-option").stderr(stderr).output().unwrap();
        assert_eq!(out.status.code(), Some(2));
    }
}

#[test]
fn a_log_that_cannot_be_written_changes_nothing() {
    let stores = folder();
    let data = stores.path().join("a");
    settled(&data);
    for (what, stderr) in [("full", full().into()), ("closed", closed()), ("unread", Stdio::piped())] {
        let mut node = bivouac(&data, &["rpc"])
            .env("BIVOUAC_LOG", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut input = node.stdin.take().unwrap();
        let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
        for id in 0..50 {
            writeln!(input, r#"{{"jsonrpc":"2.0","id":{id},"method":"guild.create","params":{{"name":"x"}}}}"#)
                .unwrap();
        }
        for id in 0..500 {
            writeln!(input, r#"{{"jsonrpc":"2.0","id":{},"method":"net.status","params":{{}}}}"#, 1_000 + id).unwrap();
            let wanted = Some(json!(1_000 + id));
            assert!(
                lines.any(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap().get("id").cloned() == wanted)
            );
        }
        drop(input);
        let rest = thread::spawn(move || lines.count());
        assert_eq!(ended(&mut node, ENDING).code(), Some(0), "{what}");
        rest.join().unwrap();
        let out = bivouac(&data, &["guild", "list"]).env("BIVOUAC_LOG", "trace").stderr(full()).output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{what}");
        // A failure is told by the status where the sentence finds nobody.
        let status = bivouac(&data, &["guild", "show", "nowhere"]).stderr(closed()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{what}");
    }
}
