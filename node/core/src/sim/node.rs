//! A simulated process: a core, its disk, the committer between them, and what the user was told.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::Arc,
};

use bivouac_crypto::DeviceId;

use super::{dice::Dice, disk::Disk, people::Person};
use crate::{
    Core, OpenError,
    io::{Command, CommandError, Effect, Event, Now, Reply, Topic},
    model::{ChannelId, FileId, GuildId, MessageId},
    search::Sizes,
};

/// The wall clock when a run begins.
pub const EPOCH_MS: u64 = 1_750_000_000_000;

/// What a malicious node answers instead of its core: `None` leaves it to the core, `Some(None)` keeps silent.
pub type Tamper = Box<dyn FnMut(DeviceId, &[u8]) -> Option<Option<Vec<u8>>> + Send>;

/// What a user asked for that is not answered yet, and since when.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What.
    pub command: Command,
    /// In which run of the process.
    pub run: u64,
}

/// A message whose author was told that it is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its author.
    pub node: usize,
    /// Its id.
    pub id: MessageId,
    /// Where.
    pub channel: ChannelId,
    /// What.
    pub text: String,
    /// When, in virtual time.
    pub at: u64,
}

/// A process on a machine with a clock of its own.
pub struct Node {
    /// Whose.
    pub person: &'static Person,
    /// The state machine; `None` while the process is not running.
    pub core: Option<Core>,
    /// Its disk.
    pub disk: Disk,
    /// When its store was made.
    pub incarnation: u64,
    /// The guilds it is in, as kept apart from the disk.
    pub guilds: BTreeSet<GuildId>,
    /// How often it was started.
    pub run: u64,
    /// When it was started last: the origin of its monotonic clock.
    pub booted: u64,
    /// What its wall clock said then.
    pub booted_wall: u64,
    /// What its wall clock is off by.
    pub skew: i64,
    /// The core's randomness.
    pub(super) dice: Dice,
    /// Effects behind the sync, in order.
    pub(super) waiting: VecDeque<Effect>,
    pub(super) syncing: bool,
    pub(super) wake_at: Option<u64>,
    /// What it listens to.
    pub topics: BTreeSet<Topic>,
    pub(super) seen: BTreeSet<[u8; 32]>,
    /// Peers that the core was told of, with the number of the connection.
    pub(super) peers: BTreeMap<usize, u64>,
    /// Requests without answer yet.
    pub(super) outstanding: BTreeMap<u64, usize>,
    /// Gossip not judged yet.
    pub(super) unjudged: BTreeMap<u64, (usize, Topic, Arc<[u8]>)>,
    /// Requests of others not answered yet: who asked, on which connection, under which number.
    pub(super) asking: BTreeMap<u64, (usize, u64, u64)>,
    pub(super) next_token: u64,
    pub(super) next_command: u64,
    /// Commands without answer.
    pub asked: BTreeMap<u64, Asked>,
    /// Answers to commands.
    pub done: BTreeMap<u64, Result<Reply, CommandError>>,
    /// Messages told in this run of the process, and when, in virtual time.
    pub told: BTreeMap<MessageId, u64>,
    /// Warnings told, of all runs.
    pub warnings: Vec<(&'static str, String)>,
    /// When the guilds were joined, by the wall clock of the node.
    pub joined: BTreeMap<GuildId, u64>,
    /// When a guild was joined last, in virtual time.
    pub joined_at: u64,
    /// Guilds of which it was told that it is in them no more.
    pub out: BTreeSet<GuildId>,
    /// Files whose bytes it was told to delete.
    pub discarded: BTreeSet<FileId>,
    /// Every event of this run.
    pub events: Vec<Event>,
    /// A liar's own answers.
    pub tamper: Option<Tamper>,
    /// Nothing that the core publishes leaves the process.
    pub mute: bool,
    /// The disk was lost, and the guild has not been given back.
    pub(super) lost: bool,
    /// The disk is damaged.
    pub(super) spoilt: bool,
    /// How much is indexed at once.
    pub(super) sizes: Sizes,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}, run {})", self.person.user, self.run)
    }
}

impl Node {
    pub(super) fn new(person: &'static Person, skew: i64, dice: Dice) -> Self {
        Self {
            person,
            core: None,
            disk: Disk::default(),
            incarnation: EPOCH_MS,
            guilds: BTreeSet::new(),
            run: 0,
            booted: 0,
            booted_wall: 0,
            skew,
            dice,
            waiting: VecDeque::new(),
            syncing: false,
            wake_at: None,
            topics: BTreeSet::new(),
            seen: BTreeSet::new(),
            peers: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            asking: BTreeMap::new(),
            next_token: 0,
            next_command: 0,
            asked: BTreeMap::new(),
            done: BTreeMap::new(),
            told: BTreeMap::new(),
            warnings: Vec::new(),
            joined: BTreeMap::new(),
            joined_at: 0,
            out: BTreeSet::new(),
            discarded: BTreeSet::new(),
            events: Vec::new(),
            tamper: None,
            mute: false,
            spoilt: false,
            lost: false,
            sizes: Sizes { run: 6, fan: 3 },
        }
    }

    /// Forgets which gossip it has seen, as a neighbour does after a while.
    pub fn forget_gossip(&mut self) {
        self.seen.clear();
    }

    /// Has as much indexed at once as a real node does.
    pub fn index_as_in_life(&mut self) {
        self.sizes = Sizes::default();
        self.core.iter_mut().for_each(|core| core.state.search.sizes = self.sizes);
    }

    /// The wall clock of this machine.
    #[must_use]
    pub fn wall(&self, now: u64) -> u64 {
        EPOCH_MS.saturating_add(now).saturating_add_signed(self.skew)
    }

    pub(super) fn clocks(&self, now: u64) -> Now {
        Now { wall_ms: self.wall(now), mono_ms: now - self.booted + 1_000 }
    }

    /// The virtual time of a moment of this run's monotonic clock.
    pub(super) fn when(&self, mono_ms: u64) -> u64 {
        (mono_ms + self.booted).saturating_sub(1_000)
    }

    /// Opens the core on what the disk holds.
    pub(super) fn open(&self) -> Result<Core, OpenError> {
        let mut core = Core::open(self.person.secrets(self.incarnation, self.guilds.clone()), &self.disk)?;
        core.state.search.sizes = self.sizes;
        Ok(core)
    }

    /// An empty disk: what is kept apart from it, the identity and the list of guilds, stays.
    pub(super) fn replace_disk(&mut self) {
        self.disk = Disk::default();
        // Above whatever a rebuilding made of it on the disk that is gone.
        self.incarnation += 1_000;
        self.lost = true;
    }

    /// Brings what can be read of a damaged disk to a new one, as the real node does.
    pub(super) fn salvage(&mut self, now: u64) -> Result<(), OpenError> {
        self.disk = self.disk.salvage();
        self.spoilt = false;
        self.lost = true;
        let secrets = self.person.secrets(self.incarnation, self.guilds.clone());
        match crate::rebuild(secrets, &self.disk, self.wall(now)) {
            Ok(batch) => self.disk.write(batch),
            Err(OpenError::Damaged(_)) => self.replace_disk(),
            Err(error) => return Err(error),
        }
        self.disk.sync();
        if let Err(OpenError::Damaged(_)) = self.open() {
            self.replace_disk();
        }
        Ok(())
    }

    /// Forgets what a process that ends forgets.
    pub(super) fn forget(&mut self) {
        self.core = None;
        self.waiting.clear();
        self.syncing = false;
        self.wake_at = None;
        self.topics.clear();
        self.seen.clear();
        self.peers.clear();
        self.outstanding.clear();
        self.unjudged.clear();
        self.asking.clear();
        self.asked.clear();
        self.told.clear();
        self.events.clear();
        self.run += 1;
    }
}
