//! Nodes as the desktop app meets them: in one process, by their typed way in.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bivouac_node::{
    CallError, Config, FileError, Found, Handle, NodeEvent, Passphrase, StartError, VaultError,
    core::{
        io::{Answer, Command, Query, Reply, Scope},
        model::{Attachment, ChannelId, FileId, GuildId},
    },
    look,
};

use crate::cast::{PATIENCE, folder};

/// A node on loopback, named.
async fn open(data: &Path, name: &str) -> Handle {
    let node = Handle::open(config(data)).await.unwrap();
    node.create_identity(name).await.unwrap();
    node
}

/// Ada's guild with its channel, and Bo in it.
async fn met(ada: &Handle, bo: &Handle) -> (GuildId, ChannelId) {
    let made = ada.command(Command::CreateGuild { name: "Camp".to_owned() }).await.unwrap();
    let Reply::Guild { guild, channel } = made else { panic!("{made:?}") };
    let invite = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: Vec::new() };
    let Reply::Invite { link, .. } = ada.command(invite).await.unwrap() else { panic!("no link") };
    bo.command(Command::Join { link, timeout_ms: 60_000 }).await.unwrap();
    (guild, channel)
}

async fn send(node: &Handle, channel: ChannelId, path: PathBuf) -> Attachment {
    let file = node.take_in(path).await.unwrap();
    let post =
        Command::Post { channel, text: "here".to_owned(), reply_to: None, thread: None, files: vec![file.clone()] };
    node.command(post).await.unwrap();
    node.settle(file.ids().collect()).await;
    file
}

fn config(data: &Path) -> Config {
    let mut config = Config::new(data.to_owned());
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    config.mdns = false;
    config
}

/// Waits until it holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let all = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn has_message(node: &Handle, channel: ChannelId, file: FileId) -> bool {
    let page = Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 50 };
    let Ok(Answer::Messages(page)) = node.query(page).await else { return false };
    page.messages.iter().any(|message| message.files.iter().any(|it| it.id == file))
}

/// Every file below a folder.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(all_in(&path)) } else { all.push(path) }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_read_into_memory_and_a_fetch_can_be_stopped_and_gone_on_with() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let (ada, bo) = (open(&at("a"), "Ada").await, open(&at("b"), "Bo").await);
    let (_, channel) = met(&ada, &bo).await;
    let line = b"in the clear on no disk but Ada's: ";
    let size = 192 << 20;
    let bytes: Vec<u8> = line.iter().copied().cycle().take(size).collect();
    fs::write(at("source.txt"), &bytes).unwrap();
    let file = send(&ada, channel, at("source.txt")).await.id;
    until("Bo hears of it", async || has_message(&bo, channel, file).await).await;
    assert_eq!(bo.held_file(file).await.unwrap(), None);
    assert_eq!(ada.held_file(file).await.unwrap(), Some(size as u64));

    // Refused before anything is fetched.
    let refused = bo.read_file(file, size as u64 - 1).await;
    let is_long = |error: &FileError| matches!(error, FileError::Long { size: length, .. } if *length == size as u64);
    assert!(matches!(&refused, Err(CallError::File(error)) if is_long(error)), "{:?}", refused.err());
    assert_eq!(bo.held_file(file).await.unwrap(), None);

    // Stopped in its midst: whoever waits is told, and what came is kept.
    let mut events = bo.events();
    let fetching = tokio::spawn({
        let (bo, to) = (bo.clone(), at("saved"));
        async move { bo.get_file(file, to).await }
    });
    while !matches!(events.next().await, Ok(NodeEvent::Transfer { have: 1.., .. })) {}
    bo.stop_file(file).await.unwrap();
    let stopped = fetching.await.unwrap();
    assert!(
        matches!(&stopped, Err(CallError::File(error)) if matches!(**error, FileError::Stopped)),
        "it was whole before it was stopped: {stopped:?}"
    );
    let over = loop {
        match events.next().await.unwrap() {
            NodeEvent::TransferOver { file: of, have, size: whole } if of == file => break (have, whole),
            _ => {}
        }
    };
    let here = bo.held_file(file).await.unwrap().unwrap();
    assert!((1 << 20..size as u64).contains(&over.0) && over.1 == size as u64, "{over:?}");
    assert!(here >= 1 << 20 && here < size as u64, "{here}");
    // What is not under way is stopped all the same.
    bo.stop_file(file).await.unwrap();

    assert!(bo.read_file(file, size as u64).await.unwrap() == bytes);
    assert_eq!(bo.held_file(file).await.unwrap(), Some(size as u64));
    for path in all_in(&at("b")) {
        let kept = fs::read(&path).unwrap();
        assert!(!kept.windows(line.len()).any(|window| window == line), "{} is in the clear", path.display());
    }
    ada.shutdown().await;
    bo.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passphrase_is_set_changed_and_taken_off_and_what_was_said_stays() {
    let stores = folder();
    let data = stores.path().join("a");
    let pass = |text: &str| Some(Passphrase(text.as_bytes().to_vec().into()));
    assert_eq!(look(&data).unwrap(), Found::Empty);
    let ada = open(&data, "Ada").await;
    let user = ada.profile().await.unwrap().user;
    let made = ada.command(Command::CreateGuild { name: "Camp".to_owned() }).await.unwrap();
    let Reply::Guild { channel, .. } = made else { panic!("{made:?}") };
    let source = stores.path().join("source");
    fs::write(&source, vec![7; 100_000]).unwrap();
    let file = send(&ada, channel, source).await.id;
    let disk = ada.disk().await.unwrap();
    assert!(disk.store > 0 && disk.files_own >= 100_000 && disk.files_fetched == 0, "{disk:?}");
    assert!(disk.aside == 0 && disk.files_keep == config(&data).keep_files && disk.free > Some(0), "{disk:?}");
    assert_eq!(look(&data).unwrap(), Found::InUse);
    let refused = ada.change_passphrase(pass("guess"), pass("one")).await;
    assert!(matches!(refused, Err(VaultError::NoPassphrase)), "{refused:?}");
    ada.change_passphrase(None, pass("one")).await.unwrap();
    ada.shutdown().await;
    drop(ada);
    let mut at_last = None;
    for (old, new, found) in [("one", Some("two"), Found::Locked), ("two", None, Found::Locked)] {
        assert_eq!(look(&data).unwrap(), found);
        let refused = Handle::open(config(&data)).await.err();
        assert!(matches!(refused, Some(StartError::Vault(VaultError::Locked))), "{refused:?}");
        let ada = Handle::open(Config { passphrase: pass(old), ..config(&data) }).await.unwrap();
        assert_eq!(ada.profile().await.unwrap().user, user);
        assert_eq!(ada.read_file(file, 100_000).await.unwrap(), vec![7; 100_000]);
        let refused = ada.change_passphrase(pass("wrong"), None).await;
        assert!(matches!(refused, Err(VaultError::WrongPassphrase)), "{refused:?}");
        ada.change_passphrase(pass(old), new.and_then(pass)).await.unwrap();
        ada.shutdown().await;
        at_last = Some(look(&data));
    }
    assert_eq!(at_last.unwrap().unwrap(), Found::InUse, "until the last handle is gone");
    assert_eq!(look(&data).unwrap(), Found::Open);
    let ada = Handle::open(config(&data)).await.unwrap();
    assert!(has_message(&ada, channel, file).await);
    ada.shutdown().await;
}
