//! Stores that are damaged, lost or copied: the node comes back by itself, as who it was, with all that anybody has.

use std::{
    env,
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::Path,
};

use bivouac_node::lab::LabError;
use serde_json::json;

use crate::cast::{Dice, Node, PATIENCE, agree, folder, loopback, settled, texts, until};

/// Size of a page of a disk, bytes.
const PAGE: u64 = 4_096;
/// Lines spoken before the damage.
const LINES: usize = 400;

/// Something done to a store's folder.
type Damage<'a> = &'a dyn Fn(&Path);

/// Two nodes in one guild, both with all of it; Bo is stopped, and what he has is kept beside.
struct Stage {
    stores: tempfile::TempDir,
    ada: Node,
    bo: Node,
    guild: String,
    channel: String,
}

impl Stage {
    fn new(lines: usize) -> Self {
        let stores = folder();
        let mut ada = Node::start("Ada", settled(&stores.path().join("Ada")));
        let mut bo = Node::start("Bo", loopback(&stores.path().join("Bo")));
        let (guild, channel) = ada.guild("Camp");
        let link = ada.invite(&guild);
        bo.join(&link);
        let spoken = |who: &str| (0..lines / 2).map(|n| format!("{who}, line {n}")).collect::<Vec<_>>();
        ada.burst(&channel, &spoken("Ada"));
        bo.burst(&channel, &spoken("Bo"));
        agree(&mut [&mut ada, &mut bo], &guild, &channel);
        bo.rpc.stop(PATIENCE).unwrap();
        put(&stores.path().join("Bo"), &stores.path().join("kept"));
        Self { stores, ada, bo, guild, channel }
    }

    fn data(&self) -> std::path::PathBuf {
        self.stores.path().join("Bo")
    }

    /// Bo starts on what is there, and soon has all that Ada has.
    fn comes_back(&mut self, what: &str) {
        self.bo.rpc.restart(PATIENCE).unwrap_or_else(|e| panic!("{what}: {e}"));
        self.ada.say(&self.channel, what);
        until("his guild again", || self.bo.call("guild.list", json!({}))["guilds"][0]["guild"] == *self.guild);
        // Whoever reads what is damaged is told so, and to try again.
        until("all to be readable", || self.can_read());
        let rows = agree(&mut [&mut self.ada, &mut self.bo], &self.guild, &self.channel);
        assert!(rows.iter().all(|row| row.text.is_some()), "{what}: unreadable lines");
        let who = self.bo.call("identity.show", json!({}));
        assert_eq!((&who["user"], &who["device"]), (&self.bo.user.as_str().into(), &self.bo.device.as_str().into()));
        assert!(self.ada.warnings("fork").is_empty() && self.bo.warnings("fork").is_empty(), "{what}: a fork");
    }

    /// Bo is told so once.
    fn is_warned(&self, kind: &str) {
        let told = |event: &serde_json::Value| event["type"] == "warning" && event["kind"] == kind;
        self.bo.rpc.wait(kind, PATIENCE, told).unwrap();
        assert_eq!(self.bo.warnings(kind).len(), 1);
    }

    /// Whether everything can be read; what cannot must be called damaged or unknown.
    fn can_read(&mut self) -> bool {
        let mut calls = vec![("log.status", json!({"guild": self.guild}))];
        while let Some((method, params)) = calls.pop() {
            match self.bo.rpc.call(method, params, PATIENCE) {
                Ok(page) if page["more"] == true => {
                    let before = &page["messages"][0]["message"];
                    calls.push(("message.list", json!({"channel": self.channel, "limit": 200, "before": before})));
                }
                Ok(_) if method == "log.status" => {
                    calls.push(("message.list", json!({"channel": self.channel, "limit": 200})));
                }
                Ok(_) => {}
                // Damaged; or lost, and being fetched.
                Err(LabError::Refused { refusal, .. }) if [-32012, -32004].contains(&refusal.code) => return false,
                Err(error) => panic!("{error}"),
            }
        }
        true
    }

    fn put_back(&mut self) {
        self.bo.rpc.stop(PATIENCE).unwrap();
        for entry in fs::read_dir(self.stores.path()).unwrap().map(Result::unwrap) {
            if entry.file_name() == "Bo" {
                let extra = fs::read_dir(entry.path()).unwrap().map(Result::unwrap);
                for beside in extra.filter(|e| e.file_name().to_string_lossy().starts_with("store.damaged")) {
                    fs::remove_dir_all(beside.path()).unwrap();
                }
            }
        }
        put(&self.stores.path().join("kept"), &self.data());
    }
}

/// Makes a folder hold what another does, writing into the files that are there: they stay the same files.
fn put(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(to).unwrap().map(Result::unwrap) {
        let there = from.join(entry.file_name());
        if !there.exists() && entry.path().is_file() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            put(&entry.path(), &place);
        } else {
            fs::write(&place, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn flip(db: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(db).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x40], at).unwrap();
}

#[test]
fn a_flipped_byte_costs_nothing_wherever_it_is() {
    let mut dice = Dice::thrown();
    let mut stage = Stage::new(LINES);
    let db = stage.data().join("store/db");
    let pages = fs::metadata(&db).unwrap().len() / PAGE;
    let struck: Vec<u64> = match env::var_os("BIVOUAC_SOAK") {
        Some(_) => (0..pages).collect(),
        None => (0..100).map(|_| dice.below(pages)).collect(),
    };
    let mut noticed = 0;
    for page in &struck {
        flip(&db, page * PAGE + dice.below(PAGE));
        stage.comes_back(&format!("page {page}"));
        noticed += usize::from(!stage.bo.warnings("store_damaged").is_empty());
        stage.put_back();
    }
    println!(
        "{} of {pages} pages struck, {noticed} of the flips noticed and mended, the others in unused room",
        struck.len()
    );
    // Few pages are unused: nine in ten flips are noticed.
    assert!(2 * noticed > struck.len(), "damage went unnoticed");
}

/// What was written since the database was last opened is covered by no index of its own: damage there may look like the
/// end of what was ever written.
#[test]
fn a_crash_and_a_flipped_byte_together_make_nobody_contradict_himself() {
    let mut dice = Dice::thrown();
    let mut stage = Stage::new(200);
    for round in 0..10 {
        stage.bo.rpc.restart(PATIENCE).unwrap();
        let lines: Vec<String> = (0..50).map(|n| format!("round {round}, line {n}")).collect();
        let said = stage.bo.burst(&stage.channel, &lines);
        stage.ada.told(&said.into_iter().collect());
        stage.bo.rpc.kill();
        let db = stage.data().join("store/db");
        let len = fs::metadata(&db).unwrap().len();
        flip(&db, dice.below(len));
        stage.bo.rpc.restart(PATIENCE).unwrap();
        // Said before he has heard from anybody what is missing.
        stage.bo.rpc.call("message.send", json!({"channel": stage.channel, "text": "first thing"}), PATIENCE).ok();
        stage.bo.rpc.stop(PATIENCE).unwrap();
        stage.comes_back(&format!("round {round}"));
        let rows = agree(&mut [&mut stage.ada, &mut stage.bo], &stage.guild, &stage.channel);
        let texts = texts(&rows);
        assert!(lines.iter().all(|line| texts.contains(line)), "round {round}: lines are lost");
        stage.bo.rpc.stop(PATIENCE).unwrap();
    }
}

#[test]
fn a_store_that_is_cut_short_or_gone_is_fetched_again_by_the_same_identity() {
    let mut stage = Stage::new(LINES);
    let cut = |what: &'static str, share: u64| {
        move |store: &Path| {
            for entry in fs::read_dir(store).unwrap().map(Result::unwrap) {
                if entry.file_name().to_string_lossy().starts_with(what) {
                    let len = entry.metadata().unwrap().len();
                    OpenOptions::new().write(true).open(entry.path()).unwrap().set_len(len / share).unwrap();
                }
            }
        }
    };
    let table: &[(&str, Damage<'_>)] = &[
        ("a snapshot cut in half", &cut("snap.", 2)),
        ("a database cut in half", &cut("db", 2)),
        ("a database without bytes", &cut("db", u64::MAX)),
        ("settings of rubbish", &|store| fs::write(store.join("conf"), [0xff; 64]).unwrap()),
        ("a database of zeros", &|store| {
            let len = fs::metadata(store.join("db")).unwrap().len();
            fs::write(store.join("db"), vec![0; usize::try_from(len).unwrap()]).unwrap();
        }),
        ("no store at all", &|store| fs::remove_dir_all(store).unwrap()),
        ("an empty folder for a store", &|store| {
            fs::remove_dir_all(store).unwrap();
            fs::create_dir(store).unwrap();
        }),
    ];
    for (what, damage) in table {
        damage(&stage.data().join("store"));
        stage.comes_back(what);
        stage.is_warned("store_damaged");
        stage.put_back();
    }
}

#[test]
fn a_copied_folder_writes_a_log_of_its_own_and_nothing_is_lost() {
    let mut stage = Stage::new(20);
    // The copy is started where the original was: to the others it is the same device.
    let copy = stage.stores.path().join("copy");
    put(&stage.data(), &copy);
    let mut rpc = bivouac_node::lab::Rpc::start(loopback(&copy)).unwrap();
    rpc.ready(PATIENCE).unwrap();
    std::mem::swap(&mut stage.bo.rpc, &mut rpc);
    stage.is_warned("store_damaged");
    stage.bo.say(&stage.channel, "by the copy");
    agree(&mut [&mut stage.ada, &mut stage.bo], &stage.guild, &stage.channel);
    stage.bo.rpc.stop(PATIENCE).unwrap();
    std::mem::swap(&mut stage.bo.rpc, &mut rpc);
    stage.bo.rpc.restart(PATIENCE).unwrap();
    stage.bo.say(&stage.channel, "by the original");
    let rows = agree(&mut [&mut stage.ada, &mut stage.bo], &stage.guild, &stage.channel);
    let texts = texts(&rows);
    assert_eq!(texts.len(), 22);
    assert!(["by the copy", "by the original"].iter().all(|text| texts.contains(&(*text).to_owned())));
    assert!(stage.ada.warnings("fork").is_empty() && stage.bo.warnings("fork").is_empty());
    stage.is_warned("elsewhere");
}
