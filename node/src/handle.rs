//! The typed way into a node. Cloneable; every clone speaks to the same node.

use std::sync::{Arc, Mutex, PoisonError};

use bivouac_core::{
    Core,
    io::{Answer, Command, CommandError, Event, Query, Reply},
};
use bivouac_crypto::{DeviceId, KdfParams, StorageKey, UserId};
use libp2p::identity::Keypair;
use tokio::sync::{RwLock, oneshot, watch};

use crate::{
    actor::{Actor, Job, Parts},
    config::Config,
    event::{Events, Hub, NodeEvent},
    folder::{Folder, FolderError},
    identity::{DeviceIdentity, IdentityFileError},
    net::{Book, Net, NetError, NetStatus, Settings},
    os,
    store::{self, Repair, Store},
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
    state: RwLock<State>,
}

enum State {
    Nameless,
    Running(Box<Running>),
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
        let inner = Inner { config, folder, key, hub, first, status, state: RwLock::new(State::Nameless) };
        match identity {
            Some(identity) => {
                let running = inner.start(identity).await?;
                *inner.state.write().await = State::Running(Box::new(running));
            }
            // What could not be listened on is said now, not once there is an identity.
            None => Net::check(&inner.config.listen)?,
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Makes an identity and starts the node.
    ///
    /// # Errors
    /// [`StartError::Exists`], [`StartError::Identity`] for a bad name, and what starting can meet.
    pub async fn create_identity(&self, name: &str) -> Result<Created, StartError> {
        let mut state = self.0.state.write().await;
        match *state {
            State::Nameless => {}
            State::Running(_) => return Err(StartError::Exists),
            State::Closed => return Err(StartError::Closed),
        }
        if self.0.folder.identity().exists() {
            return Err(StartError::Exists);
        }
        // Whatever store is here belonged to an identity whose file is gone.
        if self.0.folder.store().exists() {
            let (store, _) = Store::open(&self.0.folder.store(), self.0.key.clone())?;
            let (store, repair) = store.quarantine()?;
            drop(store);
            self.0.report(&repair);
        }
        let (identity, recovery) = DeviceIdentity::create(&self.0.folder.identity(), name)?;
        identity.save(&self.0.folder.identity(), &self.0.key)?;
        let running = match self.0.start(identity).await {
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
            State::Nameless => return Err(CallError::NoIdentity),
            State::Closed => return Err(CallError::Closed),
        };
        jobs.send(job).await.map_err(|_| CallError::Closed)
    }
}

impl Inner {
    async fn start(&self, mut identity: DeviceIdentity) -> Result<Running, StartError> {
        let (core, store) = self.open_core(&mut identity)?;
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
            key: self.key.clone(),
        };
        let actor = Actor::start(parts).map_err(StartError::Thread)?;
        Ok(Running { actor, profile: profile(&identity) })
    }

    /// Opens the store and the core on it. What can't be read is set aside, and the user is told.
    fn open_core(&self, identity: &mut DeviceIdentity) -> Result<(Core, Store), StartError> {
        let (mut store, repair) = Store::open(&self.folder.store(), self.key.clone())?;
        if let Some(repair) = &repair {
            self.report(repair);
        }
        let expected = identity.was_loaded() && !matches!(repair, Some(Repair::Quarantine(_)));
        let readable = self.settle_incarnation(identity, &store, expected)?;
        if readable {
            match Core::open(identity.secrets(), &store) {
                Err(bivouac_core::OpenError::Damaged(_)) => {}
                core => return Ok((core?, store)),
            }
        }
        let (fresh, repair) = store.quarantine()?;
        self.report(&repair);
        store = fresh;
        self.settle_incarnation(identity, &store, false)?;
        Ok((Core::open(identity.secrets(), &store)?, store))
    }

    /// A store that was not begun for the identity's incarnation is a new one, and gets a new incarnation: the identity
    /// file first, so that a crash in between only wastes a number. Whether the store could be read.
    fn settle_incarnation(
        &self,
        identity: &mut DeviceIdentity,
        store: &Store,
        expected: bool,
    ) -> Result<bool, StartError> {
        match store.incarnation() {
            Ok(Some(found)) if found == identity.incarnation() => Ok(true),
            Ok(_) => {
                if expected {
                    self.report(&Repair::Lost);
                }
                identity.renew();
                identity.save(&self.folder.identity(), &self.key)?;
                store.begin(identity.incarnation())?;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    fn report(&self, repair: &Repair) {
        let message = match repair {
            Repair::Snapshot => {
                "The store's index was damaged and set aside; it was rebuilt from what could be read. What could not is fetched from the other members.".to_owned()
            }
            Repair::Lost => {
                "The store of this identity is gone, or another one is in its place: a new one was begun. What guilds it held must be joined again, by a new invite where need be.".to_owned()
            }
            Repair::Quarantine(aside) => format!(
                "The store was damaged. It was set aside in {} and is being rebuilt from the other members.",
                aside.display()
            ),
        };
        tracing::warn!("{message}");
        self.hub.publish(&NodeEvent::Core(Arc::new(Event::Warning { kind: "store_damaged", message })));
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
