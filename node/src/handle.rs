//! The typed way into a node. Cloneable; every clone speaks to the same node.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bivouac_core::{
    io::{Answer, Command, CommandError, Query, Reason, Reply},
    model::{FileId, GuildId},
    op::Attachment,
};
use bivouac_crypto::{DeviceId, KdfParams, UserId};
use libp2p::identity::Keypair;
use tokio::sync::{Notify, RwLock, oneshot, watch};

use crate::{
    actor::{self, Actor, Job, Parts},
    config::{Config, Passphrase},
    disk::Disk,
    event::{self, Events, Hub},
    files::{FileError, Files, Source},
    folder::{Folder, FolderError},
    guilds,
    identity::{DeviceIdentity, IdentityFileError},
    keeper::{Keeper, Opened},
    net::{Book, Net, NetError, NetStatus, Settings},
    os,
    report::Report,
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
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// There is no identity yet.
    #[error("there is no identity yet; make one with identity.create or `bivouac id --create NAME`")]
    NoIdentity,
    /// The core refuses.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A file can't be taken in or had.
    #[error(transparent)]
    File(Arc<FileError>),
    /// The node has shut down.
    #[error("the node has shut down")]
    Closed,
}

impl From<FileError> for CallError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Command(error) => Self::Command(error),
            FileError::Closed => Self::Closed,
            error => Self::File(Arc::new(error)),
        }
    }
}

/// Time after which a node whose store was damaged tries again to start.
const MEND_AGAIN: Duration = Duration::from_secs(5);
/// How long a lost store is left alone before it is opened again: it may be lost again at once.
const LOST_PAUSE: Duration = Duration::from_secs(1);
/// How often a store is rebuilt while the node runs: a disk that fails on and on is to be replaced.
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
    /// Whether strangers see the user, and whether they may knock, as was said last.
    nearby: Mutex<(bool, bool)>,
    keeper: Arc<Keeper>,
    /// Held while the passphrase is changed.
    changing: Mutex<()>,
    /// The first subscription, open since before anything could happen.
    first: Mutex<Option<Events>>,
    status: watch::Sender<Arc<NetStatus>>,
    state: RwLock<State>,
}

enum State {
    Nameless,
    Running(Box<Running>),
    /// The store is rebuilt or opened again: what to tell whoever asks.
    Halted(Profile, CommandError),
    Closed,
}

struct Running {
    actor: Actor,
    files: Files,
    profile: Profile,
    incarnation: u64,
    store: Weak<Store>,
    /// Told when the store must be rebuilt, or opened again.
    damaged: Arc<Notify>,
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
        if identity.is_none() && folder.store().exists() {
            return Err(IdentityFileError::Gone(folder.identity()).into());
        }
        let hub = Arc::<Hub>::default();
        let first = Mutex::new(Some(hub.subscribe()));
        let keeper = Arc::new(Keeper { folder, key, hub });
        let nearby = Mutex::new((config.visible, config.visible));
        let inner = Arc::new(Inner {
            nearby,
            config,
            keeper,
            changing: Mutex::default(),
            first,
            status,
            state: RwLock::new(State::Nameless),
        });
        match identity {
            Some(identity) => {
                let running = inner.start(identity, false).await?;
                // Before anything new is taken in.
                running.files.sweep().await;
                *inner.state.write().await = State::Running(Box::new(running));
                inner.watch();
            }
            // What could not be listened on is said now, not once there is an identity.
            None => Net::check(&inner.config.listen)?,
        }
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
            State::Running(_) | State::Halted(..) => return Err(StartError::Exists),
            State::Closed => return Err(StartError::Closed),
        }
        let Keeper { folder, key, .. } = &*self.0.keeper;
        if folder.identity().exists() {
            return Err(StartError::Exists);
        }
        self.0.keeper.clear()?;
        let (identity, recovery) = DeviceIdentity::create(&folder.identity(), name)?;
        identity.save(&folder.identity(), key)?;
        let running = match self.0.start(identity, false).await {
            Ok(running) => running,
            Err(error) => {
                // Its words were shown to nobody: it must not stand, nor what was begun for it.
                let _ = std::fs::remove_file(folder.identity());
                let _ = std::fs::remove_dir_all(folder.store());
                return Err(error);
            }
        };
        let profile = running.profile.clone();
        *state = State::Running(Box::new(running));
        drop(state);
        self.0.watch();
        Ok(Created { profile, recovery })
    }

    /// Who this device is.
    ///
    /// # Errors
    /// [`CallError::NoIdentity`], [`CallError::Closed`].
    pub async fn profile(&self) -> Result<Profile, CallError> {
        match &*self.0.state.read().await {
            State::Running(running) => Ok(running.profile.clone()),
            State::Halted(profile, _) => Ok(profile.clone()),
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
        if let Command::Nearby { visible, knocks } = command {
            *self.0.nearby.lock().unwrap_or_else(PoisonError::into_inner) = (visible, knocks);
        }
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

    /// Takes a file of this machine in, to be named by a command; whatever becomes of that, [`Self::settle`] is to be told.
    /// Where one command is all, [`Self::command_with`] does both.
    ///
    /// # Errors
    /// [`CallError::File`], and what every call can meet.
    pub async fn take_in(&self, path: PathBuf) -> Result<Attachment, CallError> {
        Ok(self.files().await?.take_in(Source::Path(path), |_| true).await?)
    }

    /// Takes files in and does what they are for: a message they hang on, or the picture of a guild, an emoji or oneself. `told`
    /// hears how many of all their bytes are taken in, and says whether to go on; nothing is done with only some of them.
    ///
    /// # Errors
    /// [`CallError::File`], of [`FileError::Withdrawn`] where `told` would not go on; and those of [`Self::command`].
    pub async fn command_with(
        &self,
        mut command: Command,
        files: Vec<Source>,
        told: impl Fn(u64) -> bool + Send + Sync + 'static,
    ) -> Result<Reply, CallError> {
        let (told, mut before, mut taken) = (Arc::new(told), 0, BTreeSet::new());
        let done = async {
            for file in files {
                let told = told.clone();
                let file = self.files().await?.take_in(file, move |read| told(before + read)).await?;
                before += file.size;
                taken.extend(file.ids());
                hang(&mut command, file);
            }
            if !told(before) {
                return Err(FileError::Withdrawn.into());
            }
            self.command(command).await
        };
        let done = done.await;
        self.settle(taken).await;
        done
    }

    /// Has a file, from whoever holds it, and saves it at a path, or in a folder under its own name made safe. Gives where,
    /// and how long it is in bytes. Calling again goes on where it was broken off.
    ///
    /// # Errors
    /// [`CallError::File`], and what every call can meet.
    pub async fn get_file(&self, file: FileId, to: PathBuf) -> Result<(PathBuf, u64), CallError> {
        Ok(self.files().await?.get(file, to).await?)
    }

    /// Has a file, from whoever holds it, and gives what is in it; nothing of it is written to the disk unsealed. For pictures.
    ///
    /// # Errors
    /// [`CallError::File`], of [`FileError::Long`] where it is longer than `max` bytes and before any of it is fetched; and
    /// what every call can meet.
    pub async fn read_file(&self, file: FileId, max: u64) -> Result<Vec<u8>, CallError> {
        Ok(self.files().await?.read(file, max).await?)
    }

    /// How many bytes of a file are here: all of a whole one, about so many of one in part (exactly while it is fetched),
    /// `None` where there are none. Nothing is fetched for it, and nobody asked whether there is such a file.
    ///
    /// # Errors
    /// What every call can meet.
    pub async fn held_file(&self, file: FileId) -> Result<Option<u64>, CallError> {
        Ok(self.files().await?.bytes_here(file).await?)
    }

    /// Ends the fetch of a file, if it is under way: whoever waits for it is told [`FileError::Stopped`]. What came of it is
    /// kept, and asking for the file again goes on there. Returns once it has ended.
    ///
    /// # Errors
    /// What every call can meet.
    pub async fn stop_file(&self, file: FileId) -> Result<(), CallError> {
        self.files().await?.stop(file).await;
        Ok(())
    }

    /// Deletes those of the files that were taken in which came to hang on no message.
    pub async fn settle(&self, taken: BTreeSet<FileId>) {
        if let Ok(files) = self.files().await {
            files.settle(taken).await;
        }
    }

    async fn files(&self) -> Result<Files, CallError> {
        match &*self.0.state.read().await {
            State::Running(running) => Ok(running.files.clone()),
            State::Halted(_, why) => Err(why.clone().into()),
            State::Nameless => Err(CallError::NoIdentity),
            State::Closed => Err(CallError::Closed),
        }
    }

    /// Subscribes to everything that happens from here on; the first time, to everything since the node was opened.
    #[must_use]
    pub fn events(&self) -> Events {
        let first = self.0.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.0.keeper.hub.subscribe())
    }

    /// The network as it is, and as it becomes.
    #[must_use]
    pub fn net(&self) -> watch::Receiver<Arc<NetStatus>> {
        self.0.status.subscribe()
    }

    /// How the node is connected, what fails and why, and what to do about it: to be handed to somebody else, without ids,
    /// names and addresses.
    pub async fn report(&self) -> Report {
        Report::of(self, self.0.config.mdns).await
    }

    /// What the node takes of the disk.
    ///
    /// # Errors
    /// [`CallError::Closed`].
    pub async fn disk(&self) -> Result<Disk, CallError> {
        let (keeper, keep) = (self.0.keeper.clone(), self.0.config.keep_files);
        let looked = tokio::task::spawn_blocking(move || Disk::of(&keeper.folder, keep)).await;
        looked.map_err(|_| CallError::Closed)
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.keeper.folder.path()
    }

    /// Whether the data folder opens by a passphrase.
    pub async fn has_passphrase(&self) -> bool {
        let vault = self.0.keeper.folder.vault();
        tokio::task::spawn_blocking(move || vault.exists()).await.unwrap_or_default()
    }

    /// Has the data folder opened by another passphrase from now on, or by none. Crash-safe; the data is not sealed anew: who has
    /// an older copy of the folder and its passphrase reads that copy.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::Locked`] and [`VaultError::NoPassphrase`] where `old` is not the one so
    /// far, [`VaultError::Empty`] where the new one is, and the file system's.
    pub async fn change_passphrase(&self, old: Option<Passphrase>, new: Option<Passphrase>) -> Result<(), VaultError> {
        let inner = self.0.clone();
        let changed = tokio::task::spawn_blocking(move || {
            let _one_at_a_time = inner.changing.lock().unwrap_or_else(PoisonError::into_inner);
            let bytes = |passphrase: &Option<Passphrase>| passphrase.as_ref().map(|it| it.0.clone());
            let (old, new) = (bytes(&old), bytes(&new));
            let Keeper { folder, key, .. } = &*inner.keeper;
            let (old, new) = (old.as_ref().map(|it| it.as_slice()), new.as_ref().map(|it| it.as_slice()));
            vault::change(folder, key, old, new, KdfParams::STRONG)
        });
        changed.await.unwrap_or_else(|panic| Err(VaultError::Io(std::io::Error::other(panic.to_string()))))
    }

    /// The guilds this user is in, as kept apart from the store: those it lacks are being asked for.
    #[must_use]
    pub fn guilds_kept(&self) -> BTreeSet<GuildId> {
        guilds::load(&self.0.keeper.folder.guilds(), &self.0.keeper.key)
    }

    /// Stops the node. Returns with everything stored that was begun.
    pub async fn shutdown(&self) {
        let state = std::mem::replace(&mut *self.0.state.write().await, State::Closed);
        if let State::Running(running) = state {
            let incarnation = running.incarnation;
            running.actor.stop().await;
            let keeper = self.0.keeper.clone();
            if tokio::task::spawn_blocking(move || keeper.close(incarnation)).await.is_err() {
                tracing::error!("the store could not be closed");
            }
        }
        self.0.keeper.hub.close();
    }

    async fn hand_in(&self, mut job: Job) -> Result<(), CallError> {
        loop {
            let jobs = match &*self.0.state.read().await {
                State::Running(running) => running.actor.jobs.clone(),
                State::Halted(_, why) => return Err(why.clone().into()),
                State::Nameless => return Err(CallError::NoIdentity),
                State::Closed => return Err(CallError::Closed),
            };
            match jobs.send(job).await {
                Ok(()) => return Ok(()),
                // It has come to its end meanwhile; what it is in now is said at its end's beginning.
                Err(back) => job = back.0,
            }
        }
    }
}

impl Inner {
    async fn start(&self, identity: DeviceIdentity, lost: bool) -> Result<Running, StartError> {
        let keeper = self.keeper.clone();
        let opened = tokio::task::spawn_blocking(move || keeper.open(identity, lost)).await;
        let Opened { core, store, identity } =
            opened.map_err(|panic| StartError::Thread(std::io::Error::other(panic.to_string())))??;
        let (profile, incarnation) = (profile(&identity), identity.incarnation());
        let net = match self.listen(&identity).await {
            Ok(net) => net,
            Err(error) => {
                drop((core, store));
                self.keeper.close(incarnation);
                return Err(error);
            }
        };
        let (store, damaged) = (Arc::new(store), Arc::new(Notify::new()));
        let weak = Arc::downgrade(&store);
        let streams = net.streams();
        let (visible, knocks) = *self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = Parts {
            core: core.nearby(visible, knocks),
            store,
            net,
            hub: self.keeper.hub.clone(),
            book: self.keeper.folder.peers(),
            guilds: self.keeper.folder.guilds(),
            files: self.keeper.folder.files(),
            damaged: damaged.clone(),
            key: self.keeper.key.clone(),
        };
        let actor = Actor::start(parts).map_err(StartError::Thread)?;
        let folder = self.keeper.folder.files();
        let keep = self.config.keep_files;
        let files = Files::start(folder, keep, streams, self.keeper.hub.clone(), actor.jobs.clone());
        Ok(Running { actor, files, profile, incarnation, store: weak, damaged })
    }

    async fn listen(&self, identity: &DeviceIdentity) -> Result<Net, StartError> {
        let folder = &self.keeper.folder;
        let mut seed = identity.device_seed();
        let key = Keypair::ed25519_from_bytes(seed.as_mut_slice())
            .map_err(|_| StartError::Identity(IdentityFileError::Damaged(folder.identity())))?;
        let book = Book::load(&folder.peers(), &self.keeper.key);
        let settings = Settings { key, listen: self.config.listen.clone(), mdns: self.config.mdns, book };
        let mut net = Net::start(settings, self.status.clone())?;
        net.settle().await;
        Ok(net)
    }

    /// Rebuilds the store each time it turns out to be damaged, and opens it again each time it is lost.
    fn watch(self: &Arc<Self>) {
        let node = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut rebuilt = 0;
            while damage(&node).await {
                let Some(inner) = node.upgrade() else { return };
                let lost = match &*inner.state.read().await {
                    State::Running(running) => running.store.upgrade().is_some_and(|store| store.is_lost()),
                    _ => return,
                };
                rebuilt += usize::from(!lost);
                if rebuilt > MENDED_MAX {
                    return inner.give_up().await;
                }
                inner.mend(lost).await;
            }
        });
    }

    /// Takes a node whose store is of no use out of service. `None` where there is none.
    async fn halt(&self, why: CommandError) -> Option<()> {
        let mut state = self.state.write().await;
        let State::Running(running) = &*state else { return None };
        let halted = State::Halted(running.profile.clone(), why);
        let State::Running(running) = std::mem::replace(&mut *state, halted) else { return None };
        drop(state);
        running.actor.stop().await;
        Some(())
    }

    /// Ends the node, opens its store again, rebuilt unless it was only lost, and starts it again.
    async fn mend(&self, lost: bool) {
        let why = if lost { actor::disk_full() } else { actor::being_rebuilt() };
        if self.halt(why).await.is_none() {
            return;
        }
        if lost {
            self.keeper.hub.publish(&event::lagged());
            tokio::time::sleep(LOST_PAUSE).await;
        } else {
            self.keeper.distrust();
        }
        let mut told = String::new();
        loop {
            let folder = &self.keeper.folder;
            let error = match DeviceIdentity::load(&folder.identity(), &self.keeper.key) {
                Ok(Some(identity)) => match self.start(identity, lost).await {
                    Ok(running) => {
                        let mut state = self.state.write().await;
                        if let State::Halted(..) = *state {
                            *state = State::Running(Box::new(running));
                            return;
                        }
                        drop(state);
                        return running.actor.stop().await;
                    }
                    Err(error) => error.to_string(),
                },
                Ok(None) => "the identity file is gone".to_owned(),
                Err(error) => error.to_string(),
            };
            tracing::debug!(error, "the node can't start yet");
            // Whoever asks of a lost store is told why there is no answer.
            if error != told && !lost {
                self.keeper.warn(format!("The node can't start yet: {error}. It is tried again."));
                told = error;
            }
            tokio::time::sleep(MEND_AGAIN).await;
            if !matches!(*self.state.read().await, State::Halted(..)) {
                return;
            }
        }
    }

    async fn give_up(&self) {
        if self.halt(Reason::StoreFails.into()).await.is_some() {
            self.keeper.distrust();
            self.keeper.warn(Reason::StoreFails.to_string());
        }
    }
}

/// Names a file where a command has room for one.
fn hang(command: &mut Command, file: Attachment) {
    match command {
        Command::Post { files, .. } => files.push(file),
        Command::Emoji { picture, .. } | Command::Avatar { picture, .. } => *picture = Some(file),
        Command::UpdateGuild { icon, .. } => *icon = Some(Some(file)),
        _ => {}
    }
}

/// Waits for damage. Whether the node is still there.
async fn damage(node: &Weak<Inner>) -> bool {
    let damaged = match node.upgrade() {
        Some(inner) => match &*inner.state.read().await {
            State::Running(running) => running.damaged.clone(),
            _ => return false,
        },
        None => return false,
    };
    damaged.notified().await;
    true
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

#[cfg(test)]
mod tests;
