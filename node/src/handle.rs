//! The typed way into a node. Cloneable; every clone speaks to the same node.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bivouac_core::{
    Core,
    io::{Answer, Command, CommandError, ErrorKind, Event, Query, Reply},
};
use bivouac_crypto::{DeviceId, KdfParams, StorageKey, UserId};
use libp2p::identity::Keypair;
use tokio::sync::{Notify, RwLock, oneshot, watch};

use crate::{
    actor::{Actor, Job, Parts},
    config::Config,
    event::{Events, Hub, NodeEvent},
    folder::{Folder, FolderError},
    guilds,
    identity::{DeviceIdentity, IdentityFileError},
    net::{Book, Net, NetError, NetStatus, Settings},
    os,
    store::{self, Store},
    vault::{self, VaultError},
};

/// When this program was written, in milliseconds since the epoch. A clock that shows less was never set: messages
/// would stand in the wrong order for good, and libraries of ours give up before 1970.
const WRITTEN: u64 = 1_767_225_600_000;

/// Why a node could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The clock was never set.
    #[error("this machine's clock shows a time before 2026; set its date and time, then start again")]
    Clock,
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The storage key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The identity file.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// There is an identity already.
    #[error("there is an identity in this folder already; choose another folder with --data to make a second one")]
    Exists,
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// The store can't be written.
    #[error(transparent)]
    Write(#[from] store::WriteError),
    /// The core refuses what the store holds.
    #[error(transparent)]
    Core(#[from] bivouac_core::OpenError),
    /// The network can't be started.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The system has no thread to give.
    #[error("the system has no room for another thread: {0}")]
    Thread(#[source] std::io::Error),
    /// The node has shut down.
    #[error("the node has shut down")]
    Closed,
}

/// Why a request to a node came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no identity yet.
    #[error("there is no identity yet; make one with identity.create or `bivouac id --create NAME`")]
    NoIdentity,
    /// The core refuses.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The node has shut down.
    #[error("the node has shut down")]
    Closed,
}

/// Time after which a store that could not be rebuilt is tried again.
const MEND_AGAIN: Duration = Duration::from_secs(5);
/// How often a store is rebuilt while the node runs.
const MENDED_MAX: usize = 3;

/// Who this device is, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The user.
    pub user: UserId,
    /// This device.
    pub device: DeviceId,
    /// The user's name.
    pub name: String,
    /// The user's live devices with their names.
    pub devices: Vec<(DeviceId, String)>,
}

/// A fresh identity.
#[derive(Debug)]
pub struct Created {
    /// Who it is.
    pub profile: Profile,
    /// 24 words, shown this once.
    pub recovery: Vec<&'static str>,
}

/// An answer that is on its way.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, CommandError>>);

impl<T> Pending<T> {
    /// Waits for it.
    ///
    /// # Errors
    /// The core's, as [`CallError::Command`].
    pub async fn answer(self) -> Result<T, CallError> {
        Ok(self.0.await.map_err(|_| CallError::Closed)??)
    }
}

/// A node.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    config: Config,
    folder: Folder,
    key: Arc<StorageKey>,
    hub: Arc<Hub>,
    /// The first subscription, open since before anything could happen.
    first: Mutex<Option<Events>>,
    status: watch::Sender<Arc<NetStatus>>,
    /// Told when the store must be rebuilt.
    damaged: Arc<Notify>,
    state: RwLock<State>,
}

enum State {
    Nameless,
    Running(Box<Running>),
    /// The store is being rebuilt.
    Mending(Profile),
    Closed,
}

struct Running {
    actor: Actor,
    profile: Profile,
}

impl Handle {
    /// Opens the data folder and, where it has an identity, starts the node.
    ///
    /// # Errors
    /// See [`StartError`]; each is a sentence that says what to do.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        if os::wall_ms() < WRITTEN {
            return Err(StartError::Clock);
        }
        let folder = Folder::take(&config.data)?;
        let passphrase = config.passphrase.as_ref().map(|p| p.0.as_slice());
        let key = Arc::new(vault::unlock(&folder, passphrase, KdfParams::STRONG)?);
        let (status, _) = watch::channel(Arc::default());
        let identity = DeviceIdentity::load(&folder.identity(), &key)?;
        let hub = Arc::<Hub>::default();
        let first = Mutex::new(Some(hub.subscribe()));
        let (damaged, state) = (Arc::new(Notify::new()), RwLock::new(State::Nameless));
        let inner = Inner { config, folder, key, hub, first, status, damaged: damaged.clone(), state };
        match identity {
            Some(identity) => {
                let running = inner.start(identity, false).await?;
                *inner.state.write().await = State::Running(Box::new(running));
            }
            // What could not be listened on is said now, not once there is an identity.
            None => Net::check(&inner.config.listen)?,
        }
        let inner = Arc::new(inner);
        tokio::spawn(mend_when_told(damaged, Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    /// Makes an identity and starts the node.
    ///
    /// # Errors
    /// [`StartError::Exists`], [`StartError::Identity`] for a bad name, and what starting can meet.
    pub async fn create_identity(&self, name: &str) -> Result<Created, StartError> {
        let mut state = self.0.state.write().await;
        match *state {
            State::Nameless => {}
            State::Running(_) | State::Mending(_) => return Err(StartError::Exists),
            State::Closed => return Err(StartError::Closed),
        }
        if self.0.folder.identity().exists() {
            return Err(StartError::Exists);
        }
        // Whatever store is here belonged to an identity whose file is gone.
        if self.0.folder.store().exists() {
            let aside = store::set_aside(&self.0.folder.store()).map_err(store::OpenError::Failed)?;
            self.0.warn(format!(
                "There was a store without its identity. It was set aside in {} and an empty one begun.",
                aside.display()
            ));
        }
        let (identity, recovery) = DeviceIdentity::create(&self.0.folder.identity(), name)?;
        identity.save(&self.0.folder.identity(), &self.0.key)?;
        let running = match self.0.start(identity, false).await {
            Ok(running) => running,
            Err(error) => {
                // Its words were shown to nobody: it must not stand.
                let _ = std::fs::remove_file(self.0.folder.identity());
                return Err(error);
            }
        };
        let profile = running.profile.clone();
        *state = State::Running(Box::new(running));
        Ok(Created { profile, recovery })
    }

    /// Who this device is.
    ///
    /// # Errors
    /// [`CallError::NoIdentity`], [`CallError::Closed`].
    pub async fn profile(&self) -> Result<Profile, CallError> {
        match &*self.0.state.read().await {
            State::Running(running) => Ok(running.profile.clone()),
            State::Mending(profile) => Ok(profile.clone()),
            State::Nameless => Err(CallError::NoIdentity),
            State::Closed => Err(CallError::Closed),
        }
    }

    /// Does something; answers when it is durable.
    ///
    /// # Errors
    /// The core's, as [`CallError::Command`].
    pub async fn command(&self, command: Command) -> Result<Reply, CallError> {
        self.begin_command(command).await?.answer().await
    }

    /// Hands a command in, so that it is carried out before any handed in later; the answer may be waited for
    /// elsewhere.
    ///
    /// # Errors
    /// [`CallError::NoIdentity`], [`CallError::Closed`].
    pub async fn begin_command(&self, command: Command) -> Result<Pending<Reply>, CallError> {
        let (sender, answer) = oneshot::channel();
        self.hand_in(Job::Command(command, sender)).await?;
        Ok(Pending(answer))
    }

    /// Asks something.
    ///
    /// # Errors
    /// The core's, as [`CallError::Command`].
    pub async fn query(&self, query: Query) -> Result<Answer, CallError> {
        self.begin_query(query).await?.answer().await
    }

    /// Hands a question in, as [`Self::begin_command`] does.
    ///
    /// # Errors
    /// [`CallError::NoIdentity`], [`CallError::Closed`].
    pub async fn begin_query(&self, query: Query) -> Result<Pending<Answer>, CallError> {
        let (sender, answer) = oneshot::channel();
        self.hand_in(Job::Query(query, sender)).await?;
        Ok(Pending(answer))
    }

    /// Subscribes to everything that happens from here on; the first time, to everything since the node was opened.
    #[must_use]
    pub fn events(&self) -> Events {
        let first = self.0.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.0.hub.subscribe())
    }

    /// The network as it is, and as it becomes.
    #[must_use]
    pub fn net(&self) -> watch::Receiver<Arc<NetStatus>> {
        self.0.status.subscribe()
    }

    /// Stops the node. Returns with everything stored.
    pub async fn shutdown(&self) {
        let state = std::mem::replace(&mut *self.0.state.write().await, State::Closed);
        if let State::Running(running) = state {
            running.actor.stop().await;
        }
        self.0.hub.close();
    }

    async fn hand_in(&self, job: Job) -> Result<(), CallError> {
        let jobs = match &*self.0.state.read().await {
            State::Running(running) => running.actor.jobs.clone(),
            State::Mending(_) => {
                let message = "The store is damaged and being rebuilt; try again in a moment.".to_owned();
                return Err(CommandError { kind: ErrorKind::StoreDamaged, message, param: None }.into());
            }
            State::Nameless => return Err(CallError::NoIdentity),
            State::Closed => return Err(CallError::Closed),
        };
        jobs.send(job).await.map_err(|_| CallError::Closed)
    }
}

impl Inner {
    async fn start(&self, mut identity: DeviceIdentity, damaged: bool) -> Result<Running, StartError> {
        let (core, store) = self.open_core(&mut identity, damaged)?;
        let mut seed = identity.device_seed();
        let key = Keypair::ed25519_from_bytes(seed.as_mut_slice())
            .map_err(|_| StartError::Identity(IdentityFileError::Damaged(self.folder.identity())))?;
        let book = Book::load(&self.folder.peers(), &self.key);
        let settings = Settings { key, listen: self.config.listen.clone(), mdns: self.config.mdns, book };
        let mut net = Net::start(settings, self.status.clone())?;
        net.settle().await;
        let parts = Parts {
            core,
            store: Arc::new(store),
            net,
            hub: self.hub.clone(),
            book: self.folder.peers(),
            guilds: self.folder.guilds(),
            damaged: self.damaged.clone(),
            key: self.key.clone(),
        };
        let actor = Actor::start(parts).map_err(StartError::Thread)?;
        Ok(Running { actor, profile: profile(&identity) })
    }

    /// Opens the store and the core on it. A damaged store is rebuilt, and the user is told.
    fn open_core(&self, identity: &mut DeviceIdentity, damaged: bool) -> Result<(Core, Store), StartError> {
        let guilds = guilds::load(&self.folder.guilds(), &self.key);
        let dir = self.folder.store();
        if !damaged
            && let Some(store) = Store::open(&dir, self.key.clone())?
            && self.settle_incarnation(identity, &store, identity.was_loaded())?
        {
            match Core::open(identity.secrets(guilds.clone()), &store) {
                Err(bivouac_core::OpenError::Damaged(_)) => {}
                core => return Ok((core?, store)),
            }
        }
        let index = |store: &Store| bivouac_core::rebuild(identity.secrets(guilds.clone()), store, os::wall_ms());
        let (store, aside) = store::salvage(&dir, &self.key, index)?;
        self.warn(format!(
            "The store was damaged. What could be read of it was kept, the rest is fetched from the other members; the damaged files are in {}.",
            aside.display()
        ));
        self.settle_incarnation(identity, &store, false)?;
        Ok((Core::open(identity.secrets(guilds), &store)?, store))
    }

    /// A store that was not begun for the identity's incarnation, or elsewhere, gets a new incarnation, so that this
    /// device never signs two things at one place: the identity file first, so that a crash in between only wastes a
    /// number. Whether the store could be read.
    fn settle_incarnation(
        &self,
        identity: &mut DeviceIdentity,
        store: &Store,
        expected: bool,
    ) -> Result<bool, StartError> {
        let (Ok(begun), Ok(written)) = (store.begun(), bivouac_core::incarnation(store)) else { return Ok(false) };
        match begun {
            Some(begun) if begun.here && begun.incarnation == identity.incarnation() => return Ok(true),
            Some(begun) if begun.incarnation == identity.incarnation() => self.warn(
                "This data folder is a copy, or was put back from one. If the other is still in use, stop one of the two: each device needs an identity of its own.".to_owned(),
            ),
            _ if expected => self.warn(
                "The store of this identity is gone, or another one is in its place: a new one was begun. The guilds it held are asked for from their other members.".to_owned(),
            ),
            _ => {}
        }
        identity.renew(written.unwrap_or(0));
        identity.save(&self.folder.identity(), &self.key)?;
        store.begin(identity.incarnation())?;
        Ok(true)
    }

    /// Ends the node, rebuilds its store and starts it again. Commands wait meanwhile.
    async fn mend(&self) {
        let mut state = self.state.write().await;
        let profile = match &*state {
            State::Running(running) => running.profile.clone(),
            _ => return,
        };
        if let State::Running(running) = std::mem::replace(&mut *state, State::Mending(profile)) {
            running.actor.stop().await;
        }
        while let State::Mending(_) = *state {
            let error = match DeviceIdentity::load(&self.folder.identity(), &self.key) {
                Ok(Some(identity)) => match self.start(identity, true).await {
                    Ok(running) => {
                        *state = State::Running(Box::new(running));
                        return;
                    }
                    Err(error) => error.to_string(),
                },
                Ok(None) => "the identity file is gone".to_owned(),
                Err(error) => error.to_string(),
            };
            self.warn(format!("The store is damaged and could not be rebuilt yet: {error}. It is tried again."));
            drop(state);
            tokio::time::sleep(MEND_AGAIN).await;
            state = self.state.write().await;
        }
    }

    fn warn(&self, message: String) {
        self.hub.publish(&NodeEvent::Core(Arc::new(Event::Warning { kind: "store_damaged", message })));
    }
}

/// Rebuilds the store each time it turns out to be damaged, up to a bound: a disk that fails on and on is to be replaced.
async fn mend_when_told(damaged: Arc<Notify>, node: Weak<Inner>) {
    for _ in 0..MENDED_MAX {
        damaged.notified().await;
        match node.upgrade() {
            Some(inner) => inner.mend().await,
            None => return,
        }
    }
    damaged.notified().await;
    if let Some(inner) = node.upgrade() {
        inner.warn(
            "The store keeps getting damaged. Check the disk and the memory of this machine, then start again."
                .to_owned(),
        );
    }
}

fn profile(identity: &DeviceIdentity) -> Profile {
    let folded = identity.identity();
    let live = folded.devices().iter().filter(|(_, info)| !info.revoked);
    Profile {
        user: identity.user(),
        device: identity.device(),
        name: folded.name().to_string(),
        devices: live.map(|(device, info)| (*device, info.name.to_string())).collect(),
    }
}
