//! Someone who was away for ten thousand messages catches up: newest first, with progress.

use std::time::Instant;

use serde_json::Value;

use crate::{
    cast::{Node, PATIENCE, agree, folder, hosted, lab},
    text,
};

const MISSED: usize = 10_000;
const FIRST: usize = 100;

#[test]
fn away_for_ten_thousand_messages() {
    let Some(mut lab) = lab("absent") else { return };
    let stores = folder();
    let mut host = |name: &'static str| {
        let host = lab.host().unwrap();
        Node::start(name, hosted(&stores.path().join(name), &lab, host))
    };
    let (mut ada, mut bo) = (host("Ada"), host("Bo"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let seen = bo.say(&channel, "I am off to bed.");
    ada.told(&[seen].into());
    bo.rpc.stop(PATIENCE).unwrap();

    let lines: Vec<String> = text::lines(0, 1000).iter().cycle().take(MISSED).cloned().collect();
    let began = Instant::now();
    let ids = ada.burst(&channel, &lines);
    println!("{MISSED} lines acknowledged after {:?}", began.elapsed());

    let began = Instant::now();
    bo.rpc.restart(PATIENCE).unwrap();
    println!("ready after {:?}", began.elapsed());
    let done = |event: &Value, phase: &str| {
        event["type"] == "sync.progress"
            && event["guild"] == guild.as_str()
            && event["phase"] == phase
            && event["have"] == event["want"]
    };
    bo.rpc.wait("the newest messages", PATIENCE, |event| done(event, "recent")).unwrap();
    let page: Vec<String> = bo.newest(&channel, FIRST).into_iter().map(|row| row.message).collect();
    println!("the last {FIRST} after {:?}, {} holes left", began.elapsed(), bo.status(&guild)["holes"]);
    assert_eq!(page, ids[MISSED - FIRST..], "the newest page is whole when `recent` is done");
    bo.rpc.wait("the rest", PATIENCE, |event| done(event, "history")).unwrap();
    println!("all of it after {:?}", began.elapsed());

    let progress: Vec<Value> =
        bo.rpc.events(0).into_iter().map(|seen| seen.event).filter(|event| event["type"] == "sync.progress").collect();
    let first = |phase| progress.iter().position(|event| done(event, phase)).unwrap();
    assert!(first("recent") < first("history"), "the newest come first: {progress:#?}");
    for event in &progress {
        assert!(event["have"].as_u64().unwrap() <= event["want"].as_u64().unwrap(), "{event}");
    }
    let rows = agree(&mut [&mut bo, &mut ada], &guild, &channel);
    assert_eq!(rows.len(), MISSED + 1);
    assert!(rows[1..].iter().map(|row| &row.message).eq(&ids));
    assert_eq!(bo.doubles(), Vec::<String>::new());
}
