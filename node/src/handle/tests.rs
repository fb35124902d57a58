//! A node whose store is damaged, or lost, while it runs.

use std::{net::TcpListener, path::Path};

use bivouac_core::{
    io::{ErrorKind, Scope},
    model::ChannelId,
    table::Table,
};

use super::*;
use crate::event::NodeEvent;

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
        let post =
            Command::Post { channel, text: format!("line {n}"), reply_to: None, thread: None, files: Vec::new() };
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

fn page(channel: ChannelId) -> Query {
    Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 50 }
}

/// Asks several times at once, of a store that cannot be read.
async fn refused(node: &Handle, channel: ChannelId, why: ErrorKind) {
    let mut asked = Vec::new();
    for _ in 0..4 {
        // Whoever comes late is refused at the door.
        asked.push(node.begin_query(page(channel)).await);
    }
    for asked in asked {
        let answer = match asked {
            Ok(pending) => pending.answer().await,
            Err(error) => Err(error),
        };
        assert!(matches!(answer, Err(CallError::Command(ref error)) if error.kind == why), "{answer:?}");
    }
}

async fn readable(node: &Handle, channel: ChannelId) {
    let read = async {
        loop {
            match node.query(page(channel)).await {
                Ok(Answer::Messages(page)) => return assert_eq!(page.messages.len(), 20),
                Err(CallError::Command(CommandError { kind: ErrorKind::StoreDamaged, .. })) => {
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
    refused(&node, channel, ErrorKind::StoreDamaged).await;
    readable(&node, channel).await;
    node.shutdown().await;
    assert_eq!(set_aside(dir.path()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_cannot_be_read_for_want_of_room_is_opened_again_and_taken_for_sound() {
    let dir = tempfile::tempdir().unwrap();
    let node = Handle::open(config(dir.path(), 0)).await.unwrap();
    node.create_identity("Ada").await.unwrap();
    let made = node.command(Command::CreateGuild { name: "Camp".to_owned() }).await;
    let Ok(Reply::Guild { channel, .. }) = made else { panic!("{made:?}") };
    node.command(Command::Post { channel, text: "kept".to_owned(), reply_to: None, thread: None, files: Vec::new() })
        .await
        .unwrap();
    let mut events = node.events();
    // More often than a store is rebuilt.
    for _ in 0..=MENDED_MAX {
        match &*node.0.state.read().await {
            State::Running(running) => running.store.upgrade().unwrap().drown(),
            _ => panic!("not running"),
        }
        refused(&node, channel, ErrorKind::DiskFull).await;
        let read = async {
            loop {
                match node.query(page(channel)).await {
                    Ok(Answer::Messages(page)) => return assert_eq!(page.messages.len(), 1),
                    Err(CallError::Command(CommandError { kind: ErrorKind::DiskFull, .. })) => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap();
    }
    node.command(Command::Post { channel, text: "and on".to_owned(), reply_to: None, thread: None, files: Vec::new() })
        .await
        .unwrap();
    node.shutdown().await;
    assert_eq!(set_aside(dir.path()), 0);
    let mut warned: Vec<&str> = Vec::new();
    while let Ok(event) = events.next().await {
        if let NodeEvent::Core(event) = event
            && let bivouac_core::io::Event::Warning { kind, .. } = *event
        {
            warned.push(kind);
        }
    }
    assert_eq!(warned, ["lagged"; MENDED_MAX + 1]);
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
    assert!(
        node.query(Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 50 }).await.is_err()
    );
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_taken_in_whole_told_of_and_let_go_when_withdrawn() {
    let dir = tempfile::tempdir().unwrap();
    let node = Handle::open(config(dir.path(), 0)).await.unwrap();
    node.create_identity("Ada").await.unwrap();
    let made = node.command(Command::CreateGuild { name: "Camp".to_owned() }).await;
    let Ok(Reply::Guild { channel, .. }) = made else { panic!("{made:?}") };
    let post = Command::Post { channel, text: String::new(), reply_to: None, thread: None, files: Vec::new() };
    let bytes: Arc<[u8]> = vec![7; 600_000].into();
    let files = vec![Source::Bytes("a.bin".to_owned(), bytes.clone()), Source::Bytes("b.bin".to_owned(), bytes)];
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sent = node.command_with(post.clone(), files.clone(), {
        let heard = heard.clone();
        move |read| {
            heard.lock().unwrap().push(read);
            true
        }
    });
    sent.await.unwrap();
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    assert!(heard.is_sorted() && heard.last() == Some(&1_200_000), "{heard:?}");
    let Ok(Answer::Messages(said)) = node.query(page(channel)).await else { panic!() };
    let named: Vec<_> = said.messages.iter().flat_map(|said| &said.files).map(|file| file.name.as_str()).collect();
    assert_eq!(named, ["a.bin", "b.bin"]);

    let own = || std::fs::read_dir(dir.path().join("files")).unwrap().count();
    let before = own();
    let refused = node.command_with(post, files, |read| read < 700_000).await;
    assert!(
        matches!(refused, Err(CallError::File(ref error)) if matches!(**error, FileError::Withdrawn)),
        "{refused:?}"
    );
    assert_eq!(own(), before, "nothing is left of what was not sent");
    let Ok(Answer::Messages(said)) = node.query(page(channel)).await else { panic!() };
    assert_eq!(said.messages.len(), 1);
    node.shutdown().await;
}
