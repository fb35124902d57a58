//! Who is removed reads nothing newer, who is banned stays out, who was only kicked may be invited again.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use bivouac_node::lab::{Host, Lab};
use serde_json::json;

use crate::cast::{Node, PATIENCE, WATCH, agree, folder, hosted, lab, skip, until};

/// Stands in every line said behind the removed member's back, and nowhere else.
const SECRET: &str = "xylophone-of-the-removed";

#[test]
fn a_removed_member_reads_nothing_newer() {
    let Some(mut lab) = lab("removed") else { return };
    let stores = folder();
    let hosts: Vec<Host> = (0..3).map(|_| lab.host().unwrap()).collect();
    let wire = Wire::tap(&lab, hosts[2], stores.path().join("cy.pcap"));
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let (mut ada, mut bo, mut cy) = (start(0, "Ada"), start(1, "Bo"), start(2, "Cy"));
    let (guild, channel) = ada.guild("Camp");
    let old_link = ada.invite(&guild);
    bo.join(&old_link);
    cy.join(&old_link);
    bo.meets(&cy);
    for line in 0..20 {
        [&mut ada, &mut bo, &mut cy][line % 3].say(&channel, &format!("line {line} of the open evening"));
    }
    let before = agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &channel);
    assert_eq!(before.len(), 20);

    ada.call("member.kick", json!({"guild": guild, "user": cy.user, "reason": "too loud"}));
    until("Bo knows", || !bo.members(&guild).contains(&cy.user));
    for line in 0..20 {
        let id = [&mut ada, &mut bo][line % 2].say(&channel, &format!("{SECRET} {line}"));
        [&bo, &ada][line % 2].told(&[id].into());
    }
    let after = agree(&mut [&mut ada, &mut bo], &guild, &channel);
    assert_eq!(after.len(), 40);

    // Cy's node knows it is out, keeps what it had, and can no longer act.
    until("Cy is refused", || {
        let params = json!({"channel": channel, "text": "hello?"});
        cy.rpc.call("message.send", params, PATIENCE).is_err()
    });
    let refusal = cy.refused("message.send", json!({"channel": channel, "text": "hello?"}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32005, "forbidden"));
    thread::sleep(WATCH);
    nothing_newer(&mut cy, &channel);
    // A fresh start asks everyone anew, and is told nothing.
    cy.rpc.restart(PATIENCE).unwrap();
    thread::sleep(WATCH);
    nothing_newer(&mut cy, &channel);
    cy.rpc.stop(PATIENCE).unwrap();
    let (files, bytes) = search(cy.rpc.launch().data(), SECRET);
    println!("searched {bytes} bytes in {files} files of Cy's");
    assert!(bytes > 10_000, "the store is elsewhere");
    if let Some(capture) = wire {
        let carried = capture.end();
        println!("searched {} bytes of Cy's cable", carried.len());
        // The capture works: service discovery is in the open.
        assert!(contains(&carried, b"_p2p"));
        assert!(!contains(&carried, SECRET.as_bytes()));
        assert!(!contains(&carried, b"of the open evening"));
    }

    // A new invite brings a kicked member back, to all that was said meanwhile.
    cy.rpc.restart(PATIENCE).unwrap();
    let new_link = ada.invite(&guild);
    cy.join(&new_link);
    let rows = agree(&mut [&mut cy, &mut ada, &mut bo], &guild, &channel);
    assert!(rows.len() >= 40);
    cy.say(&channel, "sorry about that");
    agree(&mut [&mut cy, &mut ada, &mut bo], &guild, &channel);

    // A ban closes the door to every invite, old or new, by whomever.
    ada.call("member.ban", json!({"guild": guild, "user": cy.user}));
    until("Bo knows", || !bo.members(&guild).contains(&cy.user));
    until("Cy knows", || cy.rpc.call("message.send", json!({"channel": channel, "text": "?"}), PATIENCE).is_err());
    let fresh = bo.invite(&guild);
    for link in [&old_link, &new_link, &fresh] {
        let refusal = cy.refused("invite.join", json!({"link": link}));
        assert_eq!(refusal.code, -32005, "{refusal}");
    }
    ada.call("member.unban", json!({"guild": guild, "user": cy.user}));
    until("Bo knows", || bo.status(&guild)["digest"] == ada.status(&guild)["digest"]);
    cy.join(&fresh);
    agree(&mut [&mut cy, &mut ada, &mut bo], &guild, &channel);
}

fn nothing_newer(cy: &mut Node, channel: &str) {
    for row in cy.list(channel) {
        assert!(!row.text.as_deref().unwrap_or_default().contains(SECRET), "{row:?}");
    }
    for seen in cy.rpc.events(0) {
        assert!(!seen.event.to_string().contains(SECRET), "{}", seen.event);
    }
}

/// How many files and bytes a folder holds; none of them may hold the text.
fn search(folder: &Path, text: &str) -> (usize, usize) {
    let (mut files, mut bytes) = (0, 0);
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            let (more, larger) = search(&path, text);
            files += more;
            bytes += larger;
        } else {
            let content = fs::read(&path).unwrap();
            assert!(!contains(&content, text.as_bytes()), "{} holds it", path.display());
            files += 1;
            bytes += content.len();
        }
    }
    (files, bytes)
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// What a host's cable carries, by tcpdump.
struct Wire {
    tcpdump: Child,
    file: PathBuf,
}

impl Wire {
    /// `None` and a note where there is no tcpdump, or it may not: in a user namespace it can't become another user.
    fn tap(lab: &Lab, host: Host, file: PathBuf) -> Option<Self> {
        let argv = lab.on(host);
        let mut tcpdump = Command::new(&argv[0])
            .args(&argv[1..])
            .args(["tcpdump", "-i", "eth0", "-U", "-s", "0", "-Z", "root", "-w"])
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(tcpdump.stderr.take().unwrap()).read_line(&mut said).unwrap();
        let wire = Self { tcpdump, file };
        if said.contains("listening on") {
            return Some(wire);
        }
        skip("removed-wire", said.trim());
        None
    }

    fn end(mut self) -> Vec<u8> {
        self.tcpdump.kill().unwrap();
        self.tcpdump.wait().unwrap();
        fs::read(&self.file).unwrap()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
    }
}
