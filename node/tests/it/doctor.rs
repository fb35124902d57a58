//! What is told of those who are not connected, and what a doctor says: everything but who and where.

use std::process::Command;

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, settled, until};

fn trying(node: &mut Node) -> Vec<Value> {
    node.call("net.status", json!({}))["trying"].as_array().unwrap().clone()
}

#[test]
fn who_is_away_is_said_to_be_and_a_report_names_nobody() {
    let stores = folder();
    let data = stores.path().join("a");
    let mut ada = Node::start("Ada", settled(&data));
    let mut bo = Node::start("Bo", settled(&stores.path().join("b")));
    let (guild, channel) = ada.guild("Campfire");
    let link = ada.invite(&guild);
    bo.join(&link);
    ada.say(&channel, "hello");
    until("nobody is missed", || trying(&mut ada).is_empty());
    let well = ada.call("net.report", json!({}));
    assert_eq!((&well["peers"][0]["peer"], &well["peers"][0]["path"]), (&json!("peer-1"), &json!("lan")));
    assert_eq!(well["peers"][0]["guilds"], json!(["guild-1"]));
    assert_eq!((&well["listening"], &well["mdns"]), (&json!(["this machine tcp"]), &json!(false)));
    assert!(well["disk"]["store"].as_u64() > Some(0) && well["disk"]["free"].as_u64() > Some(0));

    bo.rpc.stop(PATIENCE).unwrap();
    let why = |ada: &mut Node| trying(ada).first().map(|it| it["last"]["why"].as_str().unwrap_or_default().to_owned());
    until("it is said why", || why(&mut ada).is_some_and(|why| why.contains("Bivouac does not run there")));
    let missed = trying(&mut ada)[0].clone();
    assert_eq!((&missed["device"], &missed["user"]), (&json!(bo.device), &json!(bo.user)));
    assert!(missed["addresses"][0].as_str().unwrap().contains("127.0.0.1"), "{missed}");
    until("it is said when it is tried again", || {
        trying(&mut ada)[0]["next_at"].as_u64() > trying(&mut ada)[0]["last"]["at"].as_u64()
    });
    let report = ada.call("net.report", json!({}));
    let tries = &report["peers"][0]["tries"];
    assert_eq!(tries["addresses"], json!(["this machine tcp"]));
    assert!(tries["failures"].as_u64() > Some(0) && tries["last"].is_string(), "{tries}");
    let worst = &report["findings"][0];
    assert_eq!(worst["severity"], "problem");
    assert!(worst["what"].is_string() && worst["todo"].is_string());
    let peer_id = ada.call("net.status", json!({}))["peer_id"].as_str().unwrap().to_owned();
    let names = ["Ada", "Bo", "Campfire", "127.0.0.1", "general", "hello", &peer_id, &guild, &channel];
    let nobody = |text: &str| {
        for named in names.into_iter().chain([ada.user.as_str(), &ada.device, &bo.user, &bo.device]) {
            assert!(!text.contains(named), "{named} is named in {text}");
        }
        assert!(!text.contains(stores.path().to_str().unwrap()), "the folder is named in {text}");
    };
    nobody(&report.to_string());

    // The same at a terminal, and for who has no identity yet.
    ada.rpc.stop(PATIENCE).unwrap();
    for (data, wanted) in [(data, "guild-1: 2 members"), (stores.path().join("c"), "no identity")] {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_bivouac"));
        doctor.args(["doctor", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--wait-s", "0", "--data"]).arg(data);
        let said = doctor.output().unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(said.status.success() && text.contains(wanted), "{text}");
        nobody(&text);
        let said = doctor.arg("--json").output().unwrap();
        let json: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
        assert!(json["findings"].is_array());
    }
    ada.rpc.restart(PATIENCE).unwrap();
    bo.rpc.restart(PATIENCE).unwrap();
    until("who is back is not missed", || trying(&mut ada).is_empty());
}
