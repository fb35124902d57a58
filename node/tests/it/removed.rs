//! Who is removed reads nothing newer, who is banned stays out, who was only kicked may be invited again.

use std::thread;

use bivouac_node::lab::Host;
use serde_json::{Value, json};

use crate::{
    cast::{Node, PATIENCE, WATCH, agree, folder, hosted, lab, until},
    spy::{Wire, no_plaintext},
};

/// Stands in every line said behind the removed member's back, and nowhere else.
const SECRET: &str = "xylophone-of-the-removed";

#[test]
fn a_removed_member_reads_nothing_newer() {
    let Some(mut lab) = lab("removed") else { return };
    let stores = folder();
    let hosts: Vec<Host> = (0..3).map(|_| lab.host().unwrap()).collect();
    let wire = Wire::tap("removed-wire", &lab.on(hosts[2]), "eth0", stores.path().join("cy.pcap"));
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
    no_plaintext(&cy, wire, &[SECRET, "of the open evening"]);

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

#[test]
fn who_was_removed_while_away_is_told_and_may_come_back() {
    let Some(mut lab) = lab("away") else { return };
    let stores = folder();
    let hosts: Vec<Host> = (0..2).map(|_| lab.host().unwrap()).collect();
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let (mut ada, mut cy) = (start(0, "Ada"), start(1, "Cy"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    cy.join(&link);
    for told in [true, false] {
        cy.rpc.stop(PATIENCE).unwrap();
        ada.call("member.kick", json!({"guild": guild, "user": cy.user}));
        ada.say(&channel, SECRET);
        let back = ada.invite(&guild);
        cy.rpc.restart(PATIENCE).unwrap();
        if told {
            let out = |event: &Value| event["type"] == "guild" && event["guild"] == *guild && event["member"] == false;
            cy.rpc.wait("that Cy is told", PATIENCE, out).unwrap();
            nothing_newer(&mut cy, &channel);
        }
        // Also where Cy does not know yet that the invite is needed.
        cy.join(&back);
        agree(&mut [&mut cy, &mut ada], &guild, &channel);
        cy.say(&channel, "back again");
        agree(&mut [&mut cy, &mut ada], &guild, &channel);
    }
}

fn nothing_newer(cy: &mut Node, channel: &str) {
    for row in cy.list(channel) {
        assert!(!row.text.as_deref().unwrap_or_default().contains(SECRET), "{row:?}");
    }
    for seen in cy.rpc.events(0) {
        assert!(!seen.event.to_string().contains(SECRET), "{}", seen.event);
    }
}
