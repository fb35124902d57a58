//! Bivouac's protocol as a deterministic state machine.
//!
//! One door: [`Core::handle`] takes a value in and gives values out; [`Core::query`] reads. The core never sleeps,
//! reads a clock, draws randomness or touches a socket or a file: time and randomness are arguments, and the store is
//! a [`table::Read`] it is handed with each call.

pub mod io;
pub mod model;
pub mod table;
pub mod wire;

use bivouac_crypto::{CryptoRng, DeviceId, IdentityChain, KemSecret, SigningKey, UserId};
use io::{Answer, CommandError, Effect, Input, Now, Query};
use table::Read;

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
pub struct Core {}

impl Core {
    /// Opens what a store holds.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(_secrets: Secrets, _db: &dyn Read) -> Result<Self, OpenError> {
        Ok(Self {})
    }

    /// Takes one input and says what is to be done about it, in order.
    pub fn handle(&mut self, _now: Now, _rng: &mut dyn CryptoRng, _db: &dyn Read, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    /// The monotonic time at which [`Input::Tick`] is wanted next.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        None
    }

    /// Answers a question without changing anything.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] for what is not known, [`io::ErrorKind::Invalid`] for a bad parameter.
    pub fn query(&self, _db: &dyn Read, _query: Query) -> Result<Answer, CommandError> {
        Ok(Answer::Guilds(Vec::new()))
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        todo!()
    }
}
