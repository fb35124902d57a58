//! Between real nodes: it is known within seconds who has what one said, and after a kill.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, settled, until};

/// On how many devices a message is known to be, and of how many.
fn kept(node: &mut Node, message: &str) -> (usize, u64) {
    let told = node.call("message.kept", json!({"messages": [message]}));
    let kept = &told["kept"][0];
    (kept["on"].as_array().unwrap().len(), kept["of"].as_u64().unwrap())
}

#[test]
fn it_is_known_soon_who_has_what_one_said_and_after_a_kill() {
    let stores = folder();
    let mut ada = Node::start("Ada", settled(&stores.path().join("a")));
    let mut bo = Node::start("Bo", settled(&stores.path().join("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let first = ada.say(&channel, "do you read?");
    let said = Instant::now();
    until("it is known that Bo has it", || kept(&mut ada, &first) == (2, 2));
    println!("known after {:?}", said.elapsed());
    assert!(said.elapsed() < Duration::from_secs(20), "not soon");
    let told = |event: &Value| event["type"] == "kept" && event["guild"] == guild.as_str();
    ada.rpc.wait("the event", PATIENCE, told).unwrap();

    bo.rpc.stop(PATIENCE).unwrap();
    let second = ada.say(&channel, "and now?");
    assert_eq!(kept(&mut ada, &second), (1, 2));
    ada.rpc.kill();
    ada.rpc.restart(PATIENCE).unwrap();
    assert_eq!((kept(&mut ada, &first), kept(&mut ada, &second)), ((2, 2), (1, 2)));
    bo.rpc.restart(PATIENCE).unwrap();
    until("it is known that Bo has it, too", || kept(&mut ada, &second) == (2, 2));

    let refused = |ada: &mut Node, messages: Value| ada.refused("message.kept", json!({"messages": messages})).code;
    assert_eq!(refused(&mut ada, json!(["zz"])), -32602);
    let many: Vec<String> = (0..201).map(|n| format!("{n:080x}")).collect();
    assert_eq!(refused(&mut ada, json!(many)), -32602);
    assert_eq!(ada.call("message.kept", json!({"messages": many[..200]}))["kept"], json!([]));
}
