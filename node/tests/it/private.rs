//! Channels with keys of their own, between real nodes: who is outside holds nothing of them, on disk or cable.

use serde_json::{Value, json};

use crate::{
    cast::{Node, PATIENCE, Row, agree, folder, hosted, lab, same_law, until},
    spy::{Wire, no_plaintext},
};

/// Stands in every line said in private, and nowhere else.
const SECRET: &str = "xylophone-of-the-few";

/// Wait until two who read a channel list the same, and so many messages.
fn listed(nodes: [&mut Node; 2], channel: &str, count: usize) -> Vec<Row> {
    let [one, other] = nodes;
    let mut rows = Vec::new();
    until("both list the same", || {
        rows = one.list(channel);
        rows.len() == count && rows == other.list(channel)
    });
    rows
}

fn channel(node: &mut Node, params: Value) -> String {
    node.call("channel.create", params)["channel"].as_str().unwrap().to_owned()
}

#[test]
fn a_private_channel_is_nothing_to_who_is_outside() {
    let Some(mut lab) = lab("private") else { return };
    let stores = folder();
    let hosts: Vec<_> = (0..3).map(|_| lab.host().unwrap()).collect();
    let wire = Wire::tap("private-wire", &lab.on(hosts[2]), "eth0", stores.path().join("cy.pcap"));
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let (mut ada, mut bo, mut cy) = (start(0, "Ada"), start(1, "Bo"), start(2, "Cy"));
    let (guild, general) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    cy.join(&link);
    let den = channel(&mut ada, json!({"guild": guild, "name": "den", "kind": "text", "private": true}));
    ada.say(&den, &format!("{SECRET} one"));
    ada.call("channel.overwrite", json!({"channel": den, "user": bo.user, "allow": ["view"]}));
    until("Bo reads it", || bo.rpc.call("message.list", json!({"channel": den}), PATIENCE).is_ok());
    listed([&mut ada, &mut bo], &den, 1);
    let id = bo.say(&den, &format!("{SECRET} two"));
    ada.told(&[id].into());
    listed([&mut ada, &mut bo], &den, 2);
    cy.say(&general, "all is quiet here");
    // The law is the same for all; of the channel Cy has its name, and is refused whatever else.
    same_law([&mut ada, &mut bo, &mut cy], &guild);
    for (method, params) in [
        ("message.list", json!({"channel": den})),
        ("message.send", json!({"channel": den, "text": "?"})),
        ("channel.update", json!({"channel": den, "name": "mine"})),
        ("channel.overwrite", json!({"channel": den, "user": cy.user, "allow": ["view"]})),
    ] {
        let refusal = cy.refused(method, params);
        assert_eq!((refusal.code, refusal.kind.as_str()), (-32005, "forbidden"), "{method}");
    }
    agree(&mut [&mut ada, &mut bo], &guild, &general);
    until("Cy has all but the den", || {
        let ops = |node: &mut Node| node.status(&guild)["ops"].as_u64().unwrap();
        ops(&mut ada) == ops(&mut cy) + 2
    });

    // Bo is let out: what is said from then on is for Ada alone.
    ada.call("channel.overwrite", json!({"channel": den, "user": bo.user}));
    let last = ada.say(&den, &format!("{SECRET} three"));
    until("Bo is out", || bo.rpc.call("message.list", json!({"channel": den}), PATIENCE).is_err());
    bo.rpc.restart(PATIENCE).unwrap();
    agree(&mut [&mut bo, &mut cy], &guild, &general);
    assert!(!bo.has_told(0, &last));

    cy.rpc.stop(PATIENCE).unwrap();
    no_plaintext(&cy, wire, &[SECRET]);
}

#[test]
fn whoever_knows_the_password_comes_in() {
    let Some(mut lab) = lab("password") else { return };
    let stores = folder();
    let hosts: Vec<_> = (0..3).map(|_| lab.host().unwrap()).collect();
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let (mut ada, mut bo, mut cy) = (start(0, "Ada"), start(1, "Bo"), start(2, "Cy"));
    let (guild, _) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    cy.join(&link);
    let bar = channel(&mut ada, json!({"guild": guild, "name": "bar", "kind": "text", "password": SECRET}));
    ada.say(&bar, "welcome");
    until("Bo knows the bar", || {
        let shown = bo.call("guild.show", json!({"guild": guild}));
        shown["channels"].as_array().unwrap().iter().any(|row| row["channel"] == *bar && row["password"] == true)
    });
    let refusal = bo.refused("channel.enter", json!({"channel": bar, "password": "sesame"}));
    assert_eq!((refusal.code, refusal.param.as_deref()), (-32005, Some("password")));
    bo.call("channel.enter", json!({"channel": bar, "password": SECRET}));
    listed([&mut ada, &mut bo], &bar, 1);
    // Also by somebody who came in by it, while who set it is away.
    ada.rpc.stop(PATIENCE).unwrap();
    until("Cy knows the bar", || {
        cy.rpc.call("channel.enter", json!({"channel": bar, "password": SECRET}), PATIENCE).is_ok()
    });
    cy.say(&bar, "cheers");
    listed([&mut bo, &mut cy], &bar, 2);
    for node in [&mut bo, &mut cy] {
        node.rpc.stop(PATIENCE).unwrap();
        no_plaintext(node, None, &[SECRET]);
    }
}

#[test]
fn an_ephemeral_channel_forgets() {
    let stores = folder();
    let mut ada = Node::start("Ada", crate::cast::loopback(&stores.path().join("Ada")));
    let (guild, _) = ada.guild("Camp");
    let params = json!({"guild": guild, "name": "smoke", "kind": "text", "history": "ephemeral", "retention_s": 2});
    let smoke = channel(&mut ada, params);
    let said = ada.say(&smoke, "up in");
    let shown = ada.call("guild.show", json!({"guild": guild}));
    let row = shown["channels"].as_array().unwrap().iter().find(|row| row["channel"] == *smoke).unwrap();
    assert_eq!(
        (&row["history"], &row["retention_s"], &row["private"]),
        (&json!("ephemeral"), &json!(2), &json!(false))
    );
    let gone = |event: &Value| event["type"] == "message.deleted" && event["message"] == *said;
    ada.rpc.wait("that it is forgotten", PATIENCE, gone).unwrap();
    let page = ada.call("message.list", json!({"channel": smoke}));
    assert_eq!((&page["messages"][0]["state"], &page["messages"][0]["text"]), (&json!("erased"), &Value::Null));
    let refusal = ada.refused("channel.update", json!({"channel": smoke, "retention_s": 0}));
    assert_eq!((refusal.code, refusal.param.as_deref()), (-32602, Some("retention_s")));
}
