//! Data folders that can't be used, and clocks that are wrong: a sentence that says what to do, and nothing is touched.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use bivouac_node::lab::{Launch, Rpc};
use serde_json::json;

use crate::{
    cast::{Node, PATIENCE, agree, folder, loopback, settled, skip, until},
    spy::contents,
};

/// Moves the clock of whatever is started with it by `OFFSET` seconds.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *at) {
    int result = syscall(SYS_clock_gettime, id, at);
    const char *offset = getenv("OFFSET");
    if (id == CLOCK_REALTIME && offset) at->tv_sec += atol(offset);
    return result;
}
"#;

/// A year, in seconds.
const YEAR: i64 = 365 * 24 * 3_600;
/// A day after the first that a clock may show, in seconds since the epoch.
const SET_SINCE: i64 = 1_767_225_600 + 24 * 3_600;

/// The program by another command, such as one that takes rights away.
fn by(before: &[&str], data: &Path, args: &[&str]) -> Command {
    let argv: Vec<&str> =
        before.iter().copied().chain([env!("CARGO_BIN_EXE_bivouac")]).chain(args.iter().copied()).collect();
    let mut command = Command::new(argv[0]);
    command.args(&argv[1..]).arg("--data").arg(data).arg("--no-mdns");
    command.stdin(Stdio::null()).env_remove("BIVOUAC_LOG");
    command
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// One sentence for the user, with what to do in its second half, and status 1.
fn refused(what: &str, out: &Output, names: &str) {
    let words = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{what}: {words}");
    assert!(out.stdout.is_empty(), "{what}: {}", String::from_utf8_lossy(&out.stdout));
    let sentence = words.trim().strip_prefix("bivouac: ").unwrap_or_else(|| panic!("{what}: {words}"));
    assert!(!sentence.contains('\n') && sentence.contains("; ") && !sentence.contains("panicked"), "{what}: {words}");
    assert!(sentence.contains(names), "{what}: does not name {names}: {words}");
}

type Damage = fn(&Path);

#[test]
fn a_folder_that_is_damaged_is_refused_with_a_sentence_and_left_as_it_is() {
    let stores = folder();
    let good = stores.path().join("good");
    let mut ada = Node::start("Ada", loopback(&good));
    let (_, channel) = ada.guild("Camp");
    ada.say(&channel, "the first");
    ada.rpc.stop(PATIENCE).unwrap();
    let table: &[(&str, &str, Damage)] = &[
        ("an identity without bytes", "identity", |d| fs::write(d.join("identity"), "").unwrap()),
        ("an identity cut short", "identity", |d| {
            let bytes = fs::read(d.join("identity")).unwrap();
            fs::write(d.join("identity"), &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("an identity of zeros", "identity", |d| fs::write(d.join("identity"), [0; 3_000]).unwrap()),
        ("an identity of rubbish", "identity", |d| fs::write(d.join("identity"), "rubbish ".repeat(400)).unwrap()),
        ("an identity too large", "identity", |d| fs::write(d.join("identity"), vec![7; 2 << 20]).unwrap()),
        ("no identity", "identity", |d| fs::remove_file(d.join("identity")).unwrap()),
        ("a folder for an identity", "identity", |d| {
            fs::remove_file(d.join("identity")).unwrap();
            fs::create_dir(d.join("identity")).unwrap();
        }),
        ("a key without bytes", "key", |d| fs::write(d.join("key"), "").unwrap()),
        ("a key cut short", "key", |d| fs::write(d.join("key"), [1; 31]).unwrap()),
        ("a key too long", "key", |d| fs::write(d.join("key"), [1; 33]).unwrap()),
        ("another folder's key", "key", |d| fs::write(d.join("key"), [1; 32]).unwrap()),
        ("no key", "key", |d| fs::remove_file(d.join("key")).unwrap()),
        ("a vault beside the key", "passphrase", |d| fs::write(d.join("vault"), "rubbish").unwrap()),
        ("a newer version", "newer", |d| fs::write(d.join("VERSION"), "2\n").unwrap()),
        ("a version without bytes", "VERSION", |d| fs::write(d.join("VERSION"), "").unwrap()),
        ("a version of rubbish", "VERSION", |d| fs::write(d.join("VERSION"), [0xff; 40]).unwrap()),
        ("a version too long", "VERSION", |d| fs::write(d.join("VERSION"), "1 ".repeat(400)).unwrap()),
        ("a version that is negative", "VERSION", |d| fs::write(d.join("VERSION"), "-1").unwrap()),
        ("a folder for a version", "folder", |d| {
            fs::remove_file(d.join("VERSION")).unwrap();
            fs::create_dir(d.join("VERSION")).unwrap();
        }),
        ("a folder for a lock", "folder", |d| {
            fs::remove_file(d.join("lock")).unwrap();
            fs::create_dir(d.join("lock")).unwrap();
        }),
        ("a file for a store", "store", |d| {
            fs::remove_dir_all(d.join("store")).unwrap();
            fs::write(d.join("store"), "a file").unwrap();
        }),
    ];
    for (nth, (what, names, damage)) in table.iter().enumerate() {
        let data = stores.path().join(nth.to_string());
        copy(&good, &data);
        damage(&data);
        let before = contents(&data);
        for args in [&["rpc"][..], &["guild", "list"], &["id", "--create", "Eve"]] {
            refused(&format!("{what}, {args:?}"), &by(&[], &data, args).output().unwrap(), names);
        }
        let mut after = contents(&data);
        // The lock is no content, and may be made.
        after.retain(|path, _| before.contains_key(path) || !path.ends_with("lock"));
        assert!(after == before, "{what}: something was touched");
    }
    // The address book alone may be lost.
    fs::write(good.join("peers"), "rubbish").unwrap();
    let out = by(&[], &good, &["guild", "list"]).output().unwrap();
    assert!(out.status.success() && String::from_utf8_lossy(&out.stdout).contains("Camp"));
}

#[test]
fn a_folder_that_is_taken_or_no_folder_is_refused_with_a_sentence() {
    let stores = folder();
    let data = stores.path().join("a");
    let ada = Node::start("Ada", loopback(&data));
    let file = stores.path().join("file");
    fs::write(&file, "a file").unwrap();
    for args in [&["rpc"][..], &["guild", "list"], &["id", "--create", "Eve"]] {
        refused("taken", &by(&[], &data, args).output().unwrap(), "in use");
        refused("a file", &by(&[], &file, args).output().unwrap(), "not a folder");
        refused("below a file", &by(&[], &file.join("x"), args).output().unwrap(), "not a folder");
        refused("where none can be", &by(&[], Path::new("/proc/bivouac"), args).output().unwrap(), "/proc/bivouac");
    }
    assert_eq!(fs::read(&file).unwrap(), b"a file");
    drop(ada);
}

#[test]
fn a_folder_without_rights_is_refused_with_a_sentence() {
    // Root may do anything; without this, only what the owner may.
    let lowered: &[&str] =
        &["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let before = if is_root { lowered } else { &[] };
    if is_root
        && !Command::new(lowered[0]).args(&lowered[1..]).arg("true").status().is_ok_and(|status| status.success())
    {
        return skip("damage-rights", "root, and no setpriv to be less");
    }
    let stores = folder();
    for (nth, (place, mode, names)) in [
        ("", 0o555, "folder"),
        ("", 0o000, "folder"),
        ("identity", 0o000, "identity"),
        ("key", 0o000, "key"),
        ("store", 0o000, "store"),
        ("VERSION", 0o000, "folder"),
    ]
    .into_iter()
    .enumerate()
    {
        let data = stores.path().join(nth.to_string());
        Node::start("Ada", loopback(&data)).rpc.stop(PATIENCE).unwrap();
        let place = data.join(place);
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        let out = by(before, &data, &["rpc"]).output().unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
        refused(&format!("{} with mode {mode:o}", place.display()), &out, names);
        assert!(by(&[], &data, &["id"]).output().unwrap().status.success(), "with its rights back it works");
    }
    let closed = stores.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    refused("in a folder without rights", &by(before, &closed.join("new"), &["rpc"]).output().unwrap(), "closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_passphrase_file_or_an_address_that_is_wrong_is_refused_with_a_sentence() {
    let stores = folder();
    let data = stores.path().join("a");
    let none = stores.path().join("none");
    let none = none.to_str().unwrap();
    let sealed = |file: &str| by(&[], &data, &["rpc", "--passphrase-file", file]).output().unwrap();
    refused("no file", &sealed(none), none);
    refused("a folder", &sealed("/tmp"), "/tmp");
    refused("without end", &sealed("/dev/zero"), "/dev/zero");
    refused("empty", &sealed("/dev/null"), "empty");
    // A vault that is not what was written, though the passphrase is right.
    let words = stores.path().join("words");
    fs::write(&words, "correct horse").unwrap();
    let guarded = stores.path().join("guarded");
    let open = || by(&[], &guarded, &["guild", "list", "--passphrase-file", words.to_str().unwrap()]).output().unwrap();
    let made = by(&[], &guarded, &["id", "--create", "Eve", "--passphrase-file", words.to_str().unwrap()]).output();
    assert!(made.unwrap().status.success() && open().status.success());
    let vault = fs::read(guarded.join("vault")).unwrap();
    for (what, bytes) in [("empty", vec![]), ("cut short", vault[..vault.len() / 2].to_vec()), ("rubbish", vec![7; 90])]
    {
        fs::write(guarded.join("vault"), bytes).unwrap();
        refused(&format!("a vault that is {what}"), &open(), "vault");
    }
    fs::write(guarded.join("vault"), vault).unwrap();
    assert!(open().status.success());
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let held_at = format!("/ip4/127.0.0.1/tcp/{}", held.local_addr().unwrap().port());
    for identity in [false, true] {
        for address in ["rubbish", "/ip4/127.0.0.1", "/dns4/localhost/tcp/1", "/ip4/127.0.0.1/udp/1", &held_at] {
            let out = by(&[], &data, &["rpc", "--listen", address]).output().unwrap();
            refused(&format!("{address}, with an identity: {identity}"), &out, address);
        }
        if !identity {
            assert!(by(&[], &data, &["id", "--create", "Ada"]).output().unwrap().status.success());
        }
    }
}

#[test]
fn two_nodes_do_not_share_a_port() {
    let stores = folder();
    let launch = |name: &str, address: &str| {
        bivouac_node::lab::Launch::new(env!("CARGO_BIN_EXE_bivouac"), stores.path().join(name))
            .arg("--no-mdns")
            .arg("--listen")
            .arg(address)
    };
    for (nth, transport) in ["tcp/PORT", "udp/PORT/quic-v1"].into_iter().enumerate() {
        let mut first = Node::start(
            "Ada",
            launch(&format!("a{nth}"), &format!("/ip4/127.0.0.1/{}", transport.replace("PORT", "0"))),
        );
        let shown = first.call("net.status", json!({}))["addresses"][0].as_str().unwrap().to_owned();
        let taken = shown.split("/p2p/").next().unwrap().to_owned();
        let data = stores.path().join(format!("b{nth}"));
        Node::start("Bo", loopback(&data)).rpc.stop(PATIENCE).unwrap();
        for address in [taken.clone(), taken.replace("127.0.0.1", "0.0.0.0")] {
            let out = by(&[], &data, &["rpc", "--listen", &address]).output().unwrap();
            refused("the second on one port", &out, &address);
        }
        first.call("net.status", json!({}));
    }
}

/// What moves a clock, where there is a compiler to make it.
fn shim(stores: &Path) -> Option<PathBuf> {
    let (source, shim) = (stores.join("clock.c"), stores.join("clock.so"));
    fs::write(&source, CLOCK).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&shim, &source]).status();
    if built.is_ok_and(|status| status.success()) {
        return Some(shim);
    }
    skip("damage-clock", "no C compiler to move a clock with");
    None
}

/// Seconds since the epoch.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs().cast_signed()
}

/// A clock that is off by so many seconds.
fn off(launch: Launch, shim: &Path, seconds: i64) -> Launch {
    launch.by(["env".to_owned(), format!("LD_PRELOAD={}", shim.display()), format!("OFFSET={seconds}")])
}

#[test]
fn a_clock_unlike_the_others_makes_things_wait_and_loses_none() {
    let stores = folder();
    let Some(shim) = shim(stores.path()) else { return };
    // An hour and a year; a year back, or as far as a clock may show.
    for seconds in [3_600, -3_600, YEAR, -YEAR.min(now() - SET_SINCE)] {
        let data = |name: &str| stores.path().join(format!("{name} {seconds}"));
        let mut ada = Node::start("Ada", settled(&data("Ada")));
        let mut bo = Node::start("Bo", settled(&data("Bo")));
        let (guild, channel) = ada.guild("Camp");
        let link = ada.invite(&guild);
        bo.join(&link);
        bo.say(&channel, "what time is it?");
        agree(&mut [&mut ada, &mut bo], &guild, &channel);

        let right = bo.rpc.launch().clone();
        bo.rpc.stop(PATIENCE).unwrap();
        bo.rpc = Rpc::start(off(right.clone(), &shim, seconds)).unwrap();
        bo.rpc.ready(PATIENCE).unwrap();
        let lines = |name: &str| (0..10).map(|nth| format!("{name}, line {nth}")).collect::<Vec<_>>();
        let mut said = ada.burst(&channel, &lines("Ada"));
        if seconds > 0 {
            said.extend(bo.burst(&channel, &lines("Bo")));
        } else {
            let refusal = bo.refused("message.send", json!({"channel": channel, "text": "late already?"}));
            assert!(refusal.message.contains("clock"), "{refusal}");
        }
        // Whoever is behind is told so, and what comes from ahead waits.
        let behind = if seconds > 0 { &mut ada } else { &mut bo };
        let told = |event: &serde_json::Value| event["type"] == "warning" && event["kind"] == "clock";
        let words = behind.rpc.wait("a warning", PATIENCE, told).unwrap().event["message"].clone();
        println!("{seconds} s: {words}");
        until("it to wait", || behind.status(&guild)["parked"].as_u64() >= Some(10));
        let late = behind.list(&channel);
        assert!(!late.iter().any(|row| said[said.len() - 10..].contains(&row.message)), "{late:#?}");

        // Once both show the same.
        let agreed = if seconds > 0 { off(ada.rpc.launch().clone(), &shim, seconds) } else { right };
        let behind = if seconds > 0 { &mut ada } else { &mut bo };
        behind.rpc.stop(PATIENCE).unwrap();
        behind.rpc = Rpc::start(agreed).unwrap();
        behind.rpc.ready(PATIENCE).unwrap();
        let rows = agree(&mut [&mut ada, &mut bo], &guild, &channel);
        assert!(said.iter().all(|id| rows.iter().any(|row| row.message == *id)), "{seconds} s: {rows:#?}");
        assert_eq!(rows.len(), said.len() + 1);
    }
}

#[test]
fn a_clock_that_is_wrong_loses_nothing() {
    let stores = folder();
    let Some(shim) = shim(stores.path()) else { return };
    let data = stores.path().join("a");
    let at = |offset: i64, args: &[&str]| {
        by(&[], &data, args).env("LD_PRELOAD", &shim).env("OFFSET", offset.to_string()).output().unwrap()
    };
    let ok = |what: &str, out: Output| {
        assert!(out.status.success(), "{what}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    ok("made", at(0, &["id", "--create", "Ada"]));
    ok("made", at(0, &["guild", "create", "Camp"]));
    ok("said", at(0, &["send", "Camp/general", "the first", "--wait-s", "0"]));
    let before = contents(&data);
    // Before 1970, and before there was such a program: nobody set it.
    for year in [1960, 1970, 2000, 2025] {
        refused(&year.to_string(), &at((year - 1970) * YEAR - now() + 60, &["guild", "list"]), "clock");
    }
    assert!(contents(&data) == before, "something was touched");
    // A year ahead everything works; after that, what others would not see is refused until the clock is right.
    assert!(ok("ahead", at(YEAR, &["guild", "list"])).contains("Camp"));
    ok("ahead", at(YEAR, &["send", "Camp/general", "from the future", "--wait-s", "0"]));
    for args in [&["send", "Camp/general", "again", "--wait-s", "0"][..], &["invite", "Camp"]] {
        let out = at(0, args);
        let words = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{words}");
        assert!(words.contains("clock"), "{words}");
    }
    let shown = ok("back", at(0, &["log", "Camp"]));
    assert!(shown.contains("0 known to be missing, 0 waiting"), "{shown}");
    ok("right again", at(YEAR, &["send", "Camp/general", "the last", "--wait-s", "0"]));
}
