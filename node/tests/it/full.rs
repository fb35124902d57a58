//! Disks that are full: a sentence that says so, reading goes on, and writing as soon as there is room again.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    thread,
};

use bivouac_node::lab::{Disk, LabError, Launch, Refusal, Rpc};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cast::{Node, PATIENCE, Row, WATCH, agree, folder, settled, skip, until};

/// Size of the disk, bytes.
const DISK: u64 = 32 << 20;
const KIB: u64 = 1 << 10;
/// Room that is left where it is to run out at one place or another, bytes.
const LEFT: [u64; 8] = [0, 4 * KIB, 64 * KIB, 256 * KIB, 1_024 * KIB, 4_096 * KIB, 8_192 * KIB, 16_384 * KIB];

/// A disk and all but what is on it.
struct Room {
    disk: Disk,
    stores: TempDir,
}

impl Room {
    fn new(test: &str) -> Option<Self> {
        let stores = folder();
        let place = stores.path().join("disk");
        fs::create_dir(&place).unwrap();
        match Disk::new(&place, DISK) {
            Ok(disk) => Some(Self { disk, stores }),
            Err(LabError::Unavailable(why)) => {
                skip(test, &why);
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A node with its folder on the disk.
    fn launch(&self, name: &str) -> Launch {
        settled(&self.stores.path().join("disk").join(name)).by(self.disk.on())
    }

    /// Its folder, seen from outside.
    fn data(&self, name: &str) -> PathBuf {
        self.disk.path().join(name)
    }

    fn filler(&self) -> PathBuf {
        self.disk.path().join("filler")
    }

    /// Takes all room but so many bytes.
    fn fill(&self, left: u64) {
        let mut file = File::create(self.filler()).unwrap();
        let block = [0xaa; 4 * KIB as usize];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        let len = file.metadata().unwrap().len();
        file.set_len(len - left.min(len)).unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

fn is_full(what: &str, refusal: &Refusal) {
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32011, "disk_full"), "{what}: {refusal}");
    sentence(what, &refusal.message);
}

/// How a node comes to its end; its folder.
type End = fn(&mut Node, &Path);

/// Says what is wrong and what to do.
fn sentence(what: &str, words: &str) {
    let plain = !words.contains('\n') && !words.contains("panicked") && words.len() > 20;
    assert!(plain && (words.contains("room") || words.contains("space")), "{what}: {words}");
}

/// What a node was asked to say.
struct Asked {
    /// On disk, it said; texts.
    kept: Vec<String>,
    refused: usize,
}

/// Says many things while something else is done.
fn while_talking(node: &mut Node, channel: &str, lines: &[String], act: impl FnOnce()) -> Asked {
    let tickets: Vec<_> = lines.iter().map(|line| node.send(channel, line).unwrap()).collect();
    act();
    let mut asked = Asked { kept: Vec::new(), refused: 0 };
    for (line, ticket) in lines.iter().zip(&tickets) {
        match node.rpc.answer(ticket, PATIENCE) {
            Ok(_) => asked.kept.push(line.clone()),
            Err(LabError::Refused { refusal, .. }) => {
                is_full("in a burst", &refusal);
                asked.refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    asked
}

fn holds(what: &str, rows: &[Row], wanted: &[String]) {
    let lost = wanted.iter().find(|line| !rows.iter().any(|row| row.text.as_ref() == Some(line)));
    assert!(lost.is_none(), "{what}: “{}” was acknowledged and is lost", &lost.unwrap()[..40]);
}

#[test]
fn a_disk_that_fills_up_stops_writing_alone_and_room_is_all_it_takes() {
    let Some(room) = Room::new("full") else { return };
    let mut ada = Node::start("Ada", room.launch("Ada"));
    let mut bo = Node::start("Bo", settled(&room.stores.path().join("Bo")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let mut kept = Vec::new();
    for round in 0..2 {
        let lines: Vec<String> =
            (0..200).map(|nth| format!("round {round}, line {nth} {}", "x".repeat(3_000))).collect();
        // The room goes while lines are under way, so that it ends anywhere.
        let gossip: Vec<String> = lines.iter().map(|line| line.replace("line", "gossip")).collect();
        let before = ada.rpc.mark();
        let heard = thread::scope(|scope| {
            let talk = scope.spawn(|| bo.burst(&channel, &gossip));
            let asked = while_talking(&mut ada, &channel, &lines, || room.fill(0));
            kept.extend(asked.kept.iter().cloned());
            println!("round {round}: {} lines acknowledged, {} refused", asked.kept.len(), asked.refused);
            talk.join().unwrap()
        });

        for (method, params) in [
            ("message.send", json!({"channel": channel, "text": "is there room?"})),
            ("invite.create", json!({"guild": guild})),
            ("channel.create", json!({"guild": guild, "name": "attic", "kind": "text"})),
            ("guild.create", json!({"name": "Another"})),
        ] {
            is_full(method, &ada.refused(method, params));
        }
        // A store that has to be opened again is read a moment later.
        until("reading goes on", || readable(&mut ada, &channel));
        holds("while full", &ada.list(&channel), &kept);
        assert_eq!(ada.call("guild.show", json!({"guild": guild}))["name"], "Camp");
        let news: Vec<String> = (0..20).map(|nth| format!("round {round}, news {nth}")).collect();
        let ids = bo.burst(&channel, &news);
        thread::sleep(WATCH);
        assert!(!ids.iter().any(|id| ada.has_told(before, id)), "told of what is not on disk");
        let shown = ada.list(&channel);
        assert!(!shown.iter().any(|row| ids.contains(&row.message)), "shows what is not on disk");
        is_full("still", &ada.refused("message.send", json!({"channel": channel, "text": "and now?"})));

        room.free();
        let after = format!("round {round}, room again");
        until("writing goes on", || {
            match ada.rpc.call("message.send", json!({"channel": channel, "text": after}), PATIENCE) {
                Ok(_) => true,
                Err(LabError::Refused { refusal, .. }) => {
                    is_full("not yet", &refusal);
                    false
                }
                Err(error) => panic!("{error}"),
            }
        });
        kept.push(after);
        kept.extend(news);
        ada.told(&ids.into_iter().collect());
        let rows = agree(&mut [&mut ada, &mut bo], &guild, &channel);
        holds("with room again", &rows, &kept);
        assert_eq!(ada.doubles(), Vec::<String>::new());
        kept.extend(gossip);
        let all: BTreeSet<String> = heard.into_iter().collect();
        let told = |node: &Node| all.iter().all(|id| node.has_told(before, id));
        until("all to be told, or that something was lost", || told(&ada) || !ada.warnings("lagged").is_empty());
        println!(
            "round {round}: {} lines there that were refused; all of Bo's told: {}; syncs that failed: {}",
            rows.len() - kept.len(),
            told(&ada),
            ada.rpc.stderr().matches("could not be made durable").count()
        );
        // Now: what a node has told is forgotten with its process.
        sound(&[&ada, &bo]);
        if round == 0 {
            ada.rpc.stop(PATIENCE).unwrap()
        } else {
            ada.rpc.kill()
        }
        ada.rpc.restart(PATIENCE).unwrap();
        assert!(agree(&mut [&mut ada, &mut bo], &guild, &channel) == rows, "another list after a new start");
        sound(&[&ada, &bo]);
    }
}

fn readable(node: &mut Node, channel: &str) -> bool {
    match node.rpc.call("message.list", json!({"channel": channel}), PATIENCE) {
        Ok(_) => true,
        Err(LabError::Refused { refusal, .. }) => {
            is_full("reading", &refusal);
            false
        }
        Err(error) => panic!("{error}"),
    }
}

/// Nobody takes a full disk for a damaged store, or says two things at one place.
fn sound(nodes: &[&Node]) {
    for (node, kind) in nodes.iter().flat_map(|node| ["store_damaged", "fork"].map(|kind| (node, kind))) {
        assert_eq!(node.warnings(kind), Vec::<Value>::new(), "{}", node.name);
    }
}

/// What a node said to its user as it ended.
fn last_words(rpc: &Rpc) -> String {
    let mut words = None;
    until("a sentence", || {
        words = rpc.stderr().lines().find_map(|line| line.strip_prefix("bivouac: ").map(str::to_owned));
        words.is_some()
    });
    words.unwrap()
}

/// Starts on a disk with so little room: either it works, or it is refused with a sentence. Whether it works.
fn starts(what: &str, node: &mut Node) -> bool {
    match node.rpc.restart(PATIENCE) {
        Ok(_) => true,
        Err(LabError::Ended { .. }) => {
            assert_eq!(node.rpc.exited(PATIENCE).unwrap().code(), Some(1), "{what}");
            sentence(what, &last_words(&node.rpc));
            false
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn a_start_without_room_is_refused_with_a_sentence_and_costs_nothing() {
    let Some(room) = Room::new("full-start") else { return };
    let mut ada = Node::start("Ada", room.launch("Ada"));
    let mut bo = Node::start("Bo", settled(&room.stores.path().join("Bo")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let lines: Vec<String> = (0..200).map(|nth| format!("line {nth} {}", "x".repeat(1_000))).collect();
    ada.burst(&channel, &lines);
    let rows = agree(&mut [&mut ada, &mut bo], &guild, &channel);
    let ends: [(&str, End); 3] = [
        ("closed in order", |ada, _| ada.rpc.stop(PATIENCE).unwrap()),
        ("killed", |ada, _| ada.rpc.kill()),
        ("damaged", |ada, data| {
            ada.rpc.stop(PATIENCE).unwrap();
            fs::write(data.join("store/conf"), [0xff; 64]).unwrap();
        }),
    ];
    for (end, act) in ends {
        act(&mut ada, &room.data("Ada"));
        let mut works = Vec::new();
        for left in LEFT {
            let what = format!("{end}, with {left} bytes left");
            room.fill(left);
            let started = starts(&what, &mut ada);
            if started {
                // Reading goes on; of a damaged store the rest may still be on its way.
                let sound = ada.warnings("store_damaged").is_empty();
                assert!(end == "damaged" || sound, "{what}: taken for damaged");
                assert!(end == "damaged" || ada.list(&channel) == rows, "{what}");
                ada.rpc.stop(PATIENCE).unwrap();
            }
            works.push(started);
            room.free();
        }
        println!("{end}: starts with {LEFT:?} bytes left: {works:?}");
        ada.rpc.restart(PATIENCE).unwrap();
        // What a damaged store lost is fetched.
        let page = json!({"channel": channel});
        until("the channel", || ada.rpc.call("message.list", page.clone(), PATIENCE).is_ok());
        assert!(agree(&mut [&mut ada, &mut bo], &guild, &channel) == rows, "{end}");
        sound(&[&ada, &bo]);
        assert!(works.last() == Some(&true), "{end}: half of the disk is not enough");
    }
    ada.say(&channel, "made it");
    agree(&mut [&mut ada, &mut bo], &guild, &channel);
}

#[test]
fn an_identity_that_finds_no_room_is_not_made_and_is_once_there_is() {
    let Some(room) = Room::new("full-identity") else { return };
    for (nth, left) in LEFT.into_iter().enumerate() {
        let what = format!("with {left} bytes left");
        // In a folder that is not there yet.
        room.fill(left);
        let mut fresh = Rpc::start(room.launch(&format!("fresh {nth}"))).unwrap();
        let ready = fresh.ready(PATIENCE).is_ok();
        if !ready {
            assert_eq!(fresh.exited(PATIENCE).unwrap().code(), Some(1), "{what}");
            sentence(&what, &last_words(&fresh));
        }
        drop(fresh);
        room.free();

        // In one that is.
        let mut ada = Rpc::start(room.launch(&nth.to_string())).unwrap();
        ada.ready(PATIENCE).unwrap();
        room.fill(left);
        let create = json!({"name": "Ada"});
        let made = match ada.call("identity.create", create.clone(), PATIENCE) {
            Ok(_) => true,
            Err(LabError::Refused { refusal, .. }) => {
                is_full(&what, &refusal);
                let refused = ada.call("identity.show", json!({}), PATIENCE).unwrap_err();
                assert!(matches!(&refused, LabError::Refused { refusal, .. } if refusal.kind == "no_identity"));
                false
            }
            Err(error) => panic!("{what}: {error}"),
        };
        println!("{what}: a new folder opens: {ready}; an identity is made: {made}");
        assert!(left > 0 || (!ready && !made), "there was room");
        room.free();
        if !made {
            ada.call("identity.create", create, PATIENCE).unwrap();
        }
        until("it can write", || ada.call("guild.create", json!({"name": "Camp"}), PATIENCE).is_ok());
        let who = ada.call("identity.show", json!({}), PATIENCE).unwrap();
        let warned = ada.events(0).into_iter().find(|seen| seen.event["type"] == "warning");
        assert!(warned.is_none(), "{what}: {warned:?}");
        ada.restart(PATIENCE).unwrap();
        assert_eq!(ada.call("identity.show", json!({}), PATIENCE).unwrap(), who);
        drop(ada);
        fs::remove_dir_all(room.data(&nth.to_string())).unwrap();
        let _ = fs::remove_dir_all(room.data(&format!("fresh {nth}")));
    }
}
