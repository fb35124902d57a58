//! People at terminals: the commands, as typed.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
};

use crate::cast::{PATIENCE, folder};

/// Somebody with a data folder and a fixed address on loopback.
struct Person {
    data: PathBuf,
    listen: String,
}

/// `bivouac chat`, running.
struct Chat {
    child: Child,
    typed: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Person {
    fn new(data: PathBuf, name: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let person = Self { data, listen: format!("/ip4/127.0.0.1/tcp/{port}") };
        assert!(person.does(&["id", "--create", name]).contains("24 words"));
        person
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bivouac"));
        command.args(args).arg("--data").arg(&self.data).arg("--listen").arg(&self.listen).arg("--no-mdns");
        if !args.contains(&"--wait-s") {
            command.args(["--wait-s", "1"]);
        }
        command.env_remove("BIVOUAC_LOG");
        command
    }

    /// What it prints; it must work.
    fn does(&self, args: &[&str]) -> String {
        let out = self.command(args).stdin(Stdio::null()).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// The sentence it refuses with.
    fn fails(&self, args: &[&str]) -> String {
        let out = self.command(args).stdin(Stdio::null()).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        String::from_utf8(out.stderr).unwrap().trim().to_owned()
    }

    fn chat(&self, channel: &str) -> Chat {
        let mut child = self.command(&["chat", channel]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Chat { typed: child.stdin.take(), child, lines }
    }
}

impl Chat {
    fn types(&mut self, line: &str) {
        writeln!(self.typed.as_mut().unwrap(), "{line}").unwrap();
    }

    fn shows(&self, wanted: &str) {
        assert_eq!(self.lines.recv_timeout(PATIENCE).expect(wanted), wanted);
    }

    fn ends(self) {
        assert!(self.ended());
    }

    /// Whether all was said.
    fn ended(mut self) -> bool {
        drop(self.typed.take());
        self.child.wait().unwrap().success()
    }
}

fn stores(dir: &Path) -> (Person, Person) {
    (Person::new(dir.join("ada"), "Ada"), Person::new(dir.join("bo"), "Bo"))
}

#[test]
fn two_people_meet_talk_and_part_by_commands_alone() {
    let dir = folder();
    let (ada, bo) = stores(dir.path());
    ada.does(&["guild", "create", "Camp"]);
    let link = ada.does(&["invite", "Camp", "--max-uses", "2"]);
    assert!(ada.does(&["invite", "Camp", "--list"]).ends_with("used 0 of 2"));
    let mut at_ada = ada.chat("Camp/general");
    at_ada.types("is anybody there?");
    assert!(bo.does(&["join", &link]).starts_with("joined Camp "));
    let mut at_bo = bo.chat("general");
    at_bo.shows("Ada: is anybody there?");
    at_bo.types("I am, \u{1b}[31mand in no colour");
    at_ada.shows("Bo: I am, \u{fffd}[31mand in no colour");
    at_ada.types("");
    at_ada.types(&"x".repeat(4_001));
    at_ada.types("welcome");
    at_bo.shows("Ada: welcome");
    at_bo.ends();
    assert!(!at_ada.ended(), "a line was too long");

    let stored = "stored; no member can be reached now, it is handed over at the next meeting";
    assert!(ada.does(&["channel", "create", "Camp", "food", "--topic", "what to eat"]).ends_with(stored));
    assert_eq!(ada.does(&["channel", "update", "Camp/food", "--name", "meals"]), stored);
    assert!(ada.does(&["guild", "show", "Camp"]).contains("#meals"));
    assert_eq!(ada.does(&["channel", "delete", "meals"]), stored);
    assert!(ada.fails(&["send", "meals", "hello?"]).starts_with("bivouac: there is no channel meals; "));
    assert!(ada.fails(&["member", "kick", "Camp", "Cy"]).starts_with("bivouac: there is no member Cy; "));
    assert!(ada.fails(&["guild", "leave", "Camp"]).contains("owner"));

    let at_ada = ada.chat("Camp/general");
    assert_eq!(bo.does(&["guild", "leave", "Camp"]), "stored and handed to a connected device");
    at_ada.ends();
    assert!(bo.does(&["guild", "show", "Camp"]).ends_with("you are not a member any more"));
    assert_eq!(
        ada.does(&["member", "ban", "Camp", &user(&bo), "--reason", "rude"]),
        "stored; nobody else is in this guild yet"
    );
    assert_eq!(ada.does(&["member", "unban", "Camp", &user(&bo)]), "stored; nobody else is in this guild yet");
    assert_eq!(ada.does(&["guild", "rename", "Camp", "Camp II"]), "stored; nobody else is in this guild yet");
    assert!(ada.does(&["guild", "list"]).ends_with("Camp II"));
}

#[test]
fn a_guild_that_was_lost_with_the_store_is_waited_for() {
    let dir = folder();
    let (ada, bo) = stores(dir.path());
    ada.does(&["guild", "create", "Camp"]);
    let link = ada.does(&["invite", "Camp"]);
    let at_ada = ada.chat("Camp/general");
    bo.does(&["join", &link]);
    std::fs::remove_dir_all(bo.data.join("store")).unwrap();
    let sent = bo.does(&["send", "Camp/general", "here again", "--wait-s", "60"]);
    assert_eq!(sent, "stored and handed to a connected device");
    at_ada.shows("Bo: here again");
    at_ada.ends();
}

#[test]
fn what_is_called_like_an_id_does_not_take_its_place() {
    let dir = folder();
    let ada = Person::new(dir.path().join("ada"), "Ada");
    let made: serde_json::Value = serde_json::from_str(&ada.does(&["guild", "create", "Camp", "--json"])).unwrap();
    let (guild, channel) = (made["guild"].as_str().unwrap(), made["channel"].as_str().unwrap());
    ada.does(&["guild", "create", guild]);
    ada.does(&["channel", "create", "Camp", channel]);
    assert!(ada.does(&["guild", "show", guild]).starts_with("Camp "));
    ada.does(&["send", channel, "to general", "--wait-s", "0"]);
    assert!(ada.fails(&["send", "general", "to which?"]).contains("more than one channel"));
}

#[test]
fn who_runs_a_guild_sees_what_channels_are_and_what_was_done() {
    let dir = folder();
    let (ada, _) = stores(dir.path());
    ada.does(&["guild", "create", "Camp"]);
    ada.does(&["channel", "create", "Camp", "den", "--private", "--history", "since_join", "--retention-s", "3600"]);
    ada.does(&["role", "create", "Camp", "cook", "--rank", "10", "--allow", "send,attach"]);
    ada.does(&["member", "role", "Camp", "Ada", "cook"]);
    ada.does(&["member", "nick", "Camp", "Ada", "Adele"]);
    ada.does(&["channel", "overwrite", "Camp/den", "--role", "cook", "--allow", "view"]);
    let shown = ada.does(&["guild", "show", "Camp"]);
    let line = |start: &str| shown.lines().find(|line| line.trim_start().starts_with(start)).expect(start).to_owned();
    assert!(line("#den").starts_with("  #den text, private, since_join, forgets after 3600 s "), "{shown}");
    assert!(line("Ada").ends_with(", here “Adele”, owner, cook"), "{shown}");
    let record = ada.does(&["audit", "Camp"]);
    let newest = record.lines().next().unwrap();
    // Like 2026-11-22T14:06:24Z
    let (at, what) = newest.split_once("  ").unwrap();
    assert!(at.len() == 20 && at.ends_with('Z') && at.as_bytes()[10] == b'T', "{newest}");
    assert_eq!(what, "Ada: channel.overwrite den");
    assert!(record.contains("Ada: role.create cook"), "{record}");
}

fn user(person: &Person) -> String {
    let shown: serde_json::Value = serde_json::from_str(&person.does(&["id", "--json"])).unwrap();
    shown["user"].as_str().unwrap().to_owned()
}

#[test]
fn a_link_says_where_its_maker_listens_however_early_it_is_made() {
    let dir = folder();
    let ada = Person::new(dir.path().join("ada"), "Ada");
    ada.does(&["guild", "create", "Camp"]);
    let lengths: Vec<usize> = (0..10).map(|_| ada.does(&["invite", "Camp"]).len()).collect();
    // An address is a hundred characters of a link.
    assert!(lengths.iter().all(|len| *len > 200 && *len == lengths[0]), "{lengths:?}");
}

#[test]
fn files_are_sent_shown_and_had_by_commands() {
    let dir = folder();
    let (ada, bo) = stores(dir.path());
    ada.does(&["guild", "create", "Camp"]);
    let link = ada.does(&["invite", "Camp"]);
    let at_ada = ada.chat("Camp/general");
    bo.does(&["join", &link]);
    at_ada.ends();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let notes = "what to bring\n".repeat(200);
    std::fs::write(at("notes.txt"), &notes).unwrap();
    std::fs::write(at("od\u{202e}d\u{1b}[31m"), [0, 1, 2]).unwrap();
    ada.does(&[
        "send",
        "general",
        "look\n  + no.txt, 1 byte",
        "--file",
        &at("notes.txt"),
        "--file",
        &at("od\u{202e}d\u{1b}[31m"),
    ]);
    let missing = ada.fails(&["send", "general", "look", "--file", &at("none")]);
    assert!(missing.starts_with("bivouac: ") && missing.contains("none can't be read"), "{missing}");
    let many = ["send", "general", "x"].into_iter().chain(["--file", "/dev/null"].repeat(11));
    assert!(ada.fails(&many.collect::<Vec<_>>()).contains("at most 10"));

    let mut at_ada = ada.chat("Camp/general");
    at_ada.shows("Ada: look");
    at_ada.shows("      + no.txt, 1 byte");
    let mut id = String::new();
    for wanted in ["  + notes.txt, 2.7 KiB, ", "  + odd_[31m, 3 bytes, "] {
        let line = at_ada.lines.recv_timeout(PATIENCE).unwrap();
        let (shown, its) = line.split_at(wanted.len());
        assert!(shown == wanted && its.len() == 64, "{line}");
        if id.is_empty() {
            id = its.to_owned();
        }
    }
    let mut at_bo = bo.chat("general");
    at_bo.types("I see");
    at_ada.shows("Bo: I see");
    at_bo.ends();
    at_ada.types("do you?");
    assert_eq!(bo.does(&["get", &id, &at("got.txt")]), format!("saved {}, 2.7 KiB", at("got.txt")));
    assert_eq!(std::fs::read_to_string(at("got.txt")).unwrap(), notes);
    let shown: serde_json::Value = serde_json::from_str(&bo.does(&["get", &id, &at(""), "--json"])).unwrap();
    assert_eq!((shown["size"].as_u64(), shown["path"].as_str()), (Some(2_800), Some(&*at("notes.txt"))));
    assert!(bo.fails(&["get", &id, &at("od\u{202e}d\u{1b}[31m")]).contains("there is another file at"));
    assert!(bo.fails(&["get", "7", &at("x")]).contains("file id"));
    at_ada.ends();
    // What was said is found, by its words and by what hangs on it.
    let line = bo.does(&["search", "SEE"]);
    assert!(line.ends_with("Z  Bo: I see"), "{line}");
    let found = bo.does(&["search", "notes", "look", "--channel", "general", "--files"]);
    assert!(found.contains("  Ada: look") && found.contains("  + notes.txt, 2.7 KiB, "), "{found}");
    assert_eq!(bo.does(&["search", "nothing of the kind"]), "");
    assert!(bo.fails(&["search", "x", "-n", "0"]).contains("limit"));
}
