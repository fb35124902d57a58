//! Strangers on one network, none of whom was given an address: they see each other, knock, and come in.

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, hosted, lab, until};

/// The names of who is seen.
fn seen(node: &mut Node) -> Vec<String> {
    let people = node.call("nearby.list", json!({}))["people"].clone();
    let mut names: Vec<String> =
        people.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn strangers_on_one_network_see_each_other_and_are_let_in() {
    let Some(mut lab) = lab("nearby") else { return };
    let stores = folder();
    let mut host = |name: &'static str| {
        let host = lab.host().unwrap();
        Node::start(name, hosted(&stores.path().join(name), &lab, host))
    };
    let (mut ada, mut bo, mut cy) = (host("Ada"), host("Bo"), host("Cy"));
    until("all see all", || seen(&mut ada) == ["Bo", "Cy"] && seen(&mut bo) == ["Ada", "Cy"]);
    until("all see all", || seen(&mut cy) == ["Ada", "Bo"]);
    ada.rpc.wait("the event", PATIENCE, |event| event["type"] == "nearby").unwrap();

    // Somebody has a guild, which nobody can tell; somebody knocks.
    let (guild, _) = ada.guild("Camp");
    let knock = bo.rpc.send("nearby.knock", json!({"device": ada.device, "text": "hi, it's Bo"})).unwrap();
    let of_bo = |event: &Value| event["type"] == "knock" && event["device"] == bo.device.as_str();
    let told = ada.rpc.wait("the knock", PATIENCE, of_bo).unwrap().event;
    assert_eq!((&told["user"], &told["name"], &told["text"]), (&json!(bo.user), &json!("Bo"), &json!("hi, it's Bo")));
    ada.call("nearby.answer", json!({"device": bo.device, "guild": guild}));
    let into = bo.rpc.answer(&knock, PATIENCE).unwrap().value;
    assert_eq!(into["name"], "Camp");
    bo.join(into["link"].as_str().unwrap());
    until("who is in is no stranger", || seen(&mut ada) == ["Cy"] && seen(&mut bo) == ["Cy"]);

    // Turned away; hidden, nobody is seen.
    let knock = cy.rpc.send("nearby.knock", json!({"device": bo.device})).unwrap();
    bo.rpc.wait("the knock", PATIENCE, |event| event["type"] == "knock").unwrap();
    bo.call("nearby.answer", json!({"device": cy.device}));
    let refusal = cy.rpc.answer(&knock, PATIENCE).unwrap_err();
    assert!(refusal.to_string().contains("did not let you in"), "{refusal}");
    cy.call("nearby.visible", json!({"visible": false}));
    until("who hides is gone", || seen(&mut ada).is_empty() && seen(&mut bo).is_empty());
    assert_eq!(seen(&mut cy), Vec::<String>::new());
    assert_eq!(cy.refused("nearby.knock", json!({"device": ada.device})).code, -32005);
    cy.call("nearby.visible", json!({"visible": true}));
    until("and back", || seen(&mut ada) == ["Cy"] && seen(&mut cy) == ["Ada", "Bo"]);
    assert_eq!(cy.refused("nearby.knock", json!({"device": "zz"})).code, -32602);
}
