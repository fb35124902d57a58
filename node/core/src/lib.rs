//! Bivouac's protocol as a deterministic state machine.
//!
//! One door: [`Core::handle`] takes a value in and gives values out; [`Core::query`] reads. The core never sleeps,
//! reads a clock, draws randomness or touches a socket or a file: time and randomness are arguments, and the store is
//! a [`table::Read`] it is handed with each call.

pub mod authority;
pub mod clock;
mod command;
pub mod dag;
pub mod fold;
mod guild;
pub mod io;
mod join;
pub mod keys;
pub mod log;
mod me;
pub mod model;
pub mod op;
pub mod park;
mod query;
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

use bivouac_crypto::{CryptoRng, DeviceId, IdentityChain, KemSecret, SigningKey, UserId};
use guild::Guild;
use io::{Answer, CommandError, Effect, Input, Now, Query};
use me::{Cx, Me};
use state::{State, Timer};
use table::{Read, Table};

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
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The identity chain does not verify, or does not certify this device.
    #[error("the identity file does not belong to this device; restore the identity from its recovery words")]
    Identity,
    /// A record without which nothing can be read is damaged.
    #[error("the store is damaged; it will be set aside and rebuilt from peers")]
    Damaged(#[from] table::Damaged),
}

/// The protocol state machine of one device.
pub struct Core {
    me: Me,
    state: State,
    next_store: u32,
    opened: bool,
}

impl Core {
    /// Opens what a store holds: the law of every guild, and of its content the heads.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(secrets: Secrets, db: &dyn Read) -> Result<Self, OpenError> {
        let identity = secrets.chain.verify().map_err(|_| OpenError::Identity)?;
        let device = DeviceId(secrets.device.public());
        if identity.user() != secrets.user || identity.live(&device).is_none() {
            return Err(OpenError::Identity);
        }
        let renewed = db.get(Table::Secret, me::INCARNATION)?;
        let renewed = renewed.and_then(|row| Some(u64::from_be_bytes(row.try_into().ok()?)));
        let me = Me {
            user: secrets.user,
            device,
            key: secrets.device,
            kem: secrets.user_kem,
            chain: secrets.chain,
            incarnation: secrets.incarnation.max(renewed.unwrap_or(0)).into(),
        };
        let mut state = State::default();
        for (id, row) in guild::load_rows(db)? {
            state.guilds.insert(id, Guild::open(db, id, row, &me)?);
        }
        let next_store = db
            .get(Table::Checkpoint, NEXT_STORE)?
            .and_then(|row| Some(u32::from_be_bytes(row.try_into().ok()?)))
            .unwrap_or(0);
        Ok(Self { me, state, next_store, opened: false })
    }

    /// Takes one input and says what is to be done about it, in order: the write, if any, comes first.
    pub fn handle(&mut self, now: Now, rng: &mut dyn CryptoRng, db: &dyn Read, input: Input) -> Vec<Effect> {
        let before = self.next_store;
        let mut cx =
            Cx { now, rng, tx: tx::Tx::new(db), me: &self.me, out: Vec::new(), next_store: &mut self.next_store };
        if !self.opened {
            self.opened = true;
            self.state.start(&mut cx);
        }
        self.state.handle(&mut cx, input);
        if *cx.next_store != before {
            cx.tx.put(Table::Checkpoint, NEXT_STORE.to_vec(), cx.next_store.to_be_bytes().to_vec());
        }
        let write = cx.tx.take().map(Effect::Write);
        write.into_iter().chain(cx.out).collect()
    }

    /// The monotonic time at which [`Input::Tick`] is wanted next.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        self.state.timers.first().map(|(at, _)| *at)
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

/// Where the next unused log number is kept.
const NEXT_STORE: &[u8] = b"n";

impl State {
    /// At the first input after opening: topics, connections to keep, timers.
    fn start(&mut self, cx: &mut Cx<'_>) {
        let ids: Vec<_> = self.guilds.keys().copied().collect();
        for (delay, id) in (1_000..).step_by(100).zip(ids) {
            if let Some(guild) = self.guilds.get_mut(&id) {
                guild.row.run_ms = cx.now.wall_ms;
                guild.save_row(&mut cx.tx);
                guild.tune(cx);
            }
            self.set(cx.now.mono_ms + delay, Timer::Compare(id));
        }
        self.members_changed(cx);
    }
}
