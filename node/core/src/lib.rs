//! Bivouac's protocol as a deterministic state machine.
//!
//! One door: [`Core::handle`] takes a value in and gives values out; [`Core::query`] reads. The core never sleeps,
//! reads a clock, draws randomness or touches a socket or a file: time and randomness are arguments, and the store is
//! a [`table::Read`] it is handed with each call.

pub mod act;
pub mod authority;
mod budget;
pub mod clock;
mod command;
pub mod dag;
mod enter;
pub mod fold;
mod guild;
pub mod io;
mod join;
mod kept;
pub mod keys;
pub mod log;
pub mod mark;
mod me;
pub mod mention;
pub mod model;
mod nearby;
pub mod op;
pub mod park;
mod presence;
mod query;
mod rebuild;
mod recall;
mod search;
mod session;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
mod state;
mod sync;
pub mod table;
mod timeline;
mod tx;
#[cfg(test)]
mod vectors;
pub mod wire;

use std::collections::BTreeSet;

use bivouac_crypto::{CryptoRng, DeviceId, IdentityChain, KemSecret, SigningKey, UserId};
use guild::Guild;
use io::{Answer, CommandError, Effect, Input, Now, Query};
pub use me::incarnation;
use me::{Cx, Me};
use model::GuildId;
pub use rebuild::rebuild;
use search::Search;
use state::{State, Timer};
use table::{Damaged, Read, Table};

/// What only this device knows, read from its identity file before the core is opened.
pub struct Secrets {
    /// The user this device belongs to.
    pub user: UserId,
    /// The user's public identity.
    pub chain: IdentityChain,
    /// This device's signing key; its public half is the device id and the libp2p peer id.
    pub device: SigningKey,
    /// The user's key-encapsulation secrets, generation 0 first.
    pub user_kem: Vec<KemSecret>,
    /// When this store was made, milliseconds since the epoch: part of every log id.
    pub incarnation: u64,
    /// The guilds of the last [`io::Effect::Guilds`]: those that the store does not hold are asked for.
    pub guilds: BTreeSet<GuildId>,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The identity chain does not verify, or does not certify this device.
    #[error("the identity file does not belong to this device; restore the identity from its recovery words")]
    Identity,
    /// A record without which nothing can be read is damaged.
    #[error("the store is damaged; it will be set aside and rebuilt from what can be read and from peers")]
    Damaged(#[from] Damaged),
}

/// The protocol state machine of one device.
pub struct Core {
    me: Me,
    state: State,
    numbers: Numbers,
    opened: bool,
    /// A record could not be read: what is in memory may be half of a change.
    broken: bool,
}

impl Core {
    /// Opens what a store holds: the law of every guild, and of its content the heads.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(secrets: Secrets, db: &dyn Read) -> Result<Self, OpenError> {
        let wanted = secrets.guilds.clone();
        let me = Me::new(secrets, db)?;
        let mut state = State::default();
        let mut logs = 0;
        for (id, row) in guild::load_rows(db)? {
            let (guild, held) = Guild::open(db, id, row, &me)?;
            logs += held;
            state.guilds.insert(id, guild);
        }
        // Every number ever given stands for a log that is here: else the store has lost some.
        let numbers = Numbers::read(db)?;
        if logs + numbers.unused as usize != numbers.next as usize {
            return Err(OpenError::Damaged(Damaged));
        }
        // A guild whose law was not read so far that we are in it is no better than one that is lost whole.
        state.lost = wanted.into_iter().chain(state.guilds.keys().copied()).collect();
        state.search = Search::open(db)?;
        state.lost.retain(|id| state.guilds.get(id).is_none_or(|guild| guild.knows_not(&me.user)));
        Ok(Self { me, state, numbers, opened: false, broken: false })
    }

    /// Hides from strangers on the local network, or not, before anything happens; later [`io::Command::Nearby`] says so.
    #[must_use]
    pub fn nearby(mut self, visible: bool, knocks: bool) -> Self {
        self.state.nearby.show(visible, knocks);
        self
    }

    /// Takes one input and says what is to be done about it, in order: the write, if any, comes first.
    pub fn handle(&mut self, now: Now, rng: &mut dyn CryptoRng, db: &dyn Read, input: Input) -> Vec<Effect> {
        let refusal = state::refusal(&input);
        if self.broken {
            return refusal.into_iter().collect();
        }
        let before = self.numbers.next;
        let mut cx = Cx { now, rng, tx: tx::Tx::new(db), me: &self.me, out: Vec::new(), numbers: &mut self.numbers };
        if !self.opened {
            self.opened = true;
            self.state.start(&mut cx);
        }
        if self.state.handle(&mut cx, input).is_err() {
            self.broken = true;
            let unanswered = self.state.unanswered(&cx.out, refusal);
            return unanswered.into_iter().chain([Effect::Rebuild]).collect();
        }
        if cx.numbers.next > before {
            cx.tx.put(Table::Checkpoint, NEXT_STORE.to_vec(), cx.numbers.to_bytes());
        }
        let write = cx.tx.take().map(Effect::Write);
        write.into_iter().chain(cx.out).collect()
    }

    /// The monotonic time at which [`Input::Tick`] is wanted next.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        // Whoever can do nothing more needs no waking.
        self.state.timers.first().map(|(at, _)| *at).filter(|_| !self.broken)
    }

    /// Answers a question without changing anything.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] for what is not known, [`io::ErrorKind::Invalid`] for a bad parameter.
    pub fn query(&self, db: &dyn Read, query: Query) -> Result<Answer, CommandError> {
        self.state.query(&self.me, db, query)
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.me.device
    }

    /// The user it belongs to.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.me.user
    }
}

/// Where the [`Numbers`] are kept.
const NEXT_STORE: &[u8] = b"n";

/// Log numbers of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    /// The next one to give.
    next: u32,
    /// How many of those below stand for no log: it was lost.
    unused: u32,
}

impl Numbers {
    fn read(db: &dyn Read) -> Result<Self, Damaged> {
        let Some(row) = db.get(Table::Checkpoint, NEXT_STORE)? else { return Ok(Self::default()) };
        let [a, b, c, d, e, f, g, h] = row.try_into().map_err(|_| Damaged)?;
        Ok(Self { next: u32::from_be_bytes([a, b, c, d]), unused: u32::from_be_bytes([e, f, g, h]) })
    }

    fn to_bytes(self) -> Vec<u8> {
        [self.next.to_be_bytes(), self.unused.to_be_bytes()].concat()
    }
}

impl State {
    /// At the first input after opening: topics, connections to keep, timers.
    fn start(&mut self, cx: &mut Cx<'_>) {
        let ids: Vec<_> = self.guilds.keys().copied().collect();
        for (delay, id) in (1_000..).step_by(100).zip(ids) {
            if let Some(guild) = self.guilds.get_mut(&id) {
                guild.opened(cx);
                guild.tune(cx);
            }
            self.set(cx.now.mono_ms + delay, Timer::Compare(id));
        }
        self.members_changed(cx);
        self.recall_all(cx);
    }
}
