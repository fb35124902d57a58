//! The contract of effects, held against a real store that fails when told to.

use std::{collections::BTreeSet, time::Duration};

use bivouac_core::io::ErrorKind;
use tempfile::TempDir;

use super::*;
use crate::{Events, identity::DeviceIdentity, net::Settings};

struct Stage {
    dir: TempDir,
    identity: DeviceIdentity,
    key: Arc<StorageKey>,
}

impl Stage {
    fn new() -> Self {
        let (identity, _) = DeviceIdentity::create(std::path::Path::new("identity"), "Ada").unwrap();
        Self { dir: tempfile::tempdir().unwrap(), identity, key: Arc::new(StorageKey::from_bytes(&[7; 32])) }
    }

    fn start(&self) -> (Actor, Arc<Store>, Events) {
        let store = Arc::new(Store::open_again(&self.dir.path().join("store"), self.key.clone()).unwrap());
        let core = Core::open(self.identity.secrets(BTreeSet::new()), &*store).unwrap();
        let settings = Settings {
            key: libp2p::identity::Keypair::ed25519_from_bytes(self.identity.device_seed().as_mut_slice()).unwrap(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            mdns: false,
            book: Book::default(),
        };
        let net = Net::start(settings, watch::channel(Arc::default()).0).unwrap();
        let hub = Arc::<Hub>::default();
        let events = hub.subscribe();
        let book = self.dir.path().join("peers");
        let guilds = self.dir.path().join("guilds");
        let damaged = Arc::new(Notify::new());
        let files = self.dir.path().join("files");
        let parts = Parts { core, store: store.clone(), net, hub, book, guilds, files, damaged, key: self.key.clone() };
        (Actor::start(parts).unwrap(), store, events)
    }
}

async fn make(actor: &Actor, name: &str) -> Result<Reply, CommandError> {
    let (sender, answer) = oneshot::channel();
    actor.jobs.send(Job::Command(Command::CreateGuild { name: name.to_owned() }, sender)).await.unwrap();
    answer.await.unwrap()
}

async fn names(actor: &Actor) -> Vec<String> {
    let (sender, answer) = oneshot::channel();
    actor.jobs.send(Job::Query(Query::Guilds, sender)).await.unwrap();
    match answer.await.unwrap() {
        Ok(Answer::Guilds(guilds)) => guilds.into_iter().map(|(_, name)| name).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_answered_is_there_after_a_restart() {
    let stage = Stage::new();
    let (actor, store, _) = stage.start();
    make(&actor, "Lab").await.unwrap();
    actor.stop().await;
    drop(store);
    let (actor, ..) = stage.start();
    assert_eq!(names(&actor).await, ["Lab"]);
    actor.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_that_depends_on_a_failed_write_is_told_and_writing_resumes() {
    let stage = Stage::new();
    let (actor, store, mut events) = stage.start();
    make(&actor, "Before").await.unwrap();
    store.poison();
    assert_eq!(make(&actor, "Lost").await.unwrap_err().kind, ErrorKind::DiskFull);
    assert_eq!(make(&actor, "Refused").await.unwrap_err().kind, ErrorKind::DiskFull);
    let resumed = async {
        while make(&actor, "After").await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), resumed).await.unwrap();
    assert_eq!(names(&actor).await, ["Before", "After"]);
    actor.stop().await;
    let mut told = Vec::new();
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_millis(200), events.next()).await {
        if let NodeEvent::Core(event) = event
            && let bivouac_core::io::Event::Guild { name, .. } = &*event
        {
            told.push(name.clone());
        }
    }
    told.dedup();
    assert_eq!(told, ["Before", "After"]);
}
