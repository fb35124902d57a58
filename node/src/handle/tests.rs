//! A node whose store is damaged while it runs.

use std::{net::TcpListener, path::Path};

use bivouac_core::{model::ChannelId, table::Table};

use super::*;
use crate::store::Store;

/// Longer than a rebuilding that failed waits.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(dir: &Path, port: u16) -> Config {
    let mut config = Config::new(dir.to_owned());
    config.listen = vec![format!("/ip4/127.0.0.1/tcp/{port}")];
    config.mdns = false;
    config
}

/// A folder whose timeline cannot be read; its core opens all the same.
async fn spoilt(dir: &Path, port: u16) -> ChannelId {
    let node = Handle::open(config(dir, port)).await.unwrap();
    node.create_identity("Ada").await.unwrap();
    let made = node.command(Command::CreateGuild { name: "Camp".to_owned() }).await;
    let Ok(Reply::Guild { channel, .. }) = made else { panic!("{made:?}") };
    for n in 0..20 {
        let post = Command::Post { channel, text: format!("line {n}"), reply_to: None };
        node.command(post).await.unwrap();
    }
    node.shutdown().await;
    Store::open_again(&node.0.keeper.folder.store(), node.0.keeper.key.clone()).unwrap().spoil(Table::Message);
    channel
}

fn set_aside(dir: &Path) -> usize {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("store.damaged")).count()
}

async fn readable(node: &Handle, channel: ChannelId) {
    let read = async {
        loop {
            let page = Query::Messages { channel, before: None, after: None, limit: 50 };
            match node.query(page).await {
                Ok(Answer::Messages(page)) => return assert_eq!(page.messages.len(), 20),
                Err(CallError::Command(CommandError { kind: ErrorKind::StoreDamaged, .. }) | CallError::Closed) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_meet_the_same_damage_mend_it_once() {
    let dir = tempfile::tempdir().unwrap();
    let channel = spoilt(dir.path(), 0).await;
    let node = Handle::open(config(dir.path(), 0)).await.unwrap();
    let mut asked = Vec::new();
    for _ in 0..4 {
        asked.push(node.begin_query(Query::Messages { channel, before: None, after: None, limit: 50 }).await.unwrap());
    }
    for asked in asked {
        let answer = asked.answer().await;
        assert!(
            matches!(answer, Err(CallError::Command(ref error)) if error.kind == ErrorKind::StoreDamaged),
            "{answer:?}"
        );
    }
    readable(&node, channel).await;
    node.shutdown().await;
    assert_eq!(set_aside(dir.path()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_does_not_come_up_again_costs_no_second_rebuilding() {
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let channel = spoilt(dir.path(), port).await;
    let node = Handle::open(config(dir.path(), port)).await.unwrap();
    let mut events = node.events();
    // Somebody takes the port the moment it is free.
    let taker = std::thread::spawn(move || {
        loop {
            if let Ok(taken) = TcpListener::bind(("127.0.0.1", port)) {
                return taken;
            }
        }
    });
    assert!(node.query(Query::Messages { channel, before: None, after: None, limit: 50 }).await.is_err());
    let mut told = Vec::new();
    while !told.iter().any(|message: &String| message.contains("can't start yet")) {
        let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap();
        if let crate::NodeEvent::Core(event) = event
            && let bivouac_core::io::Event::Warning { message, .. } = &*event
        {
            told.push(message.clone());
        }
    }
    // It is tried again meanwhile.
    tokio::time::sleep(MEND_AGAIN + Duration::from_secs(1)).await;
    drop(taker.join().unwrap());
    readable(&node, channel).await;
    node.shutdown().await;
    assert_eq!(set_aside(dir.path()), 1);
}
