//! This device, and the context a call of the core works in.

use bivouac_crypto::{
    CryptoRng, DeviceId, EpochId, EpochSecret, IdentityChain, KemSecret, SigningKey, Text, UserId, canonical,
};

use std::cell::Cell;

use crate::{
    Numbers, OpenError, Secrets,
    io::{Effect, Event, Now},
    model::{GuildId, LogId},
    table::{Damaged, Read, Table},
    tx::Tx,
};

/// Who this node is.
pub(crate) struct Me {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) kem: Vec<KemSecret>,
    pub(crate) chain: IdentityChain,
    /// What the user is called.
    pub(crate) name: Text<64>,
    /// Which of this device's logs it writes now. A new one begins when the current turns out to contradict itself: a
    /// store that was put back from a copy knows nothing of what it signed since.
    pub(crate) incarnation: Cell<u64>,
}

impl Me {
    /// Who the identity file says this is, in the incarnation that the store was last written in.
    pub(crate) fn new(secrets: Secrets, db: &dyn Read) -> Result<Self, OpenError> {
        let identity = secrets.chain.verify().map_err(|_| OpenError::Identity)?;
        let device = DeviceId(secrets.device.public());
        if identity.user() != secrets.user || identity.live(&device).is_none() {
            return Err(OpenError::Identity);
        }
        let renewed = incarnation(db)?;
        Ok(Self {
            user: secrets.user,
            device,
            key: secrets.device,
            kem: secrets.user_kem,
            chain: secrets.chain,
            name: identity.name().clone(),
            incarnation: secrets.incarnation.max(renewed.unwrap_or(0)).into(),
        })
    }

    /// The log this device writes in every audience.
    pub(crate) fn log(&self) -> LogId {
        LogId { device: self.device, incarnation: self.incarnation.get() }
    }

    /// Begins new logs.
    pub(crate) fn renew(&self, wall_ms: u64, tx: &mut Tx<'_>) {
        let incarnation = wall_ms.max(self.incarnation.get() + 1);
        self.incarnation.set(incarnation);
        tx.put(Table::Secret, INCARNATION.to_vec(), incarnation.to_be_bytes().to_vec());
    }

    /// Opens a wrap made for this user, with any generation of the key.
    pub(crate) fn unwrap(&self, guild: GuildId, epoch: EpochId, wrapped: &[u8]) -> Option<EpochSecret> {
        let (info, aad) = wrap_place(guild, epoch, self.user);
        self.kem
            .iter()
            .rev()
            .find_map(|secret| bivouac_crypto::unwrap(secret, &info, &aad, wrapped).ok())
            .and_then(|bytes| EpochSecret::from_bytes(&bytes).ok())
    }
}

/// HPKE `info` and `aad` of a wrap: (guild, epoch) and the recipient.
pub(crate) fn wrap_place(guild: GuildId, epoch: EpochId, user: UserId) -> (Vec<u8>, Vec<u8>) {
    (canonical::encode(&(guild, epoch)), canonical::encode(&user))
}

/// What one call works with.
pub(crate) struct Cx<'a> {
    pub(crate) now: Now,
    pub(crate) rng: &'a mut dyn CryptoRng,
    pub(crate) tx: Tx<'a>,
    pub(crate) me: &'a Me,
    pub(crate) out: Vec<Effect>,
    /// The log numbers of the store.
    pub(crate) numbers: &'a mut Numbers,
}

impl Cx<'_> {
    /// Begins a new log, because what this device wrote in the current one contradicts itself.
    pub(crate) fn renew(&mut self) {
        self.me.renew(self.now.wall_ms, &mut self.tx);
        self.out.push(Effect::Event(Event::Warning {
            kind: "store_damaged",
            message: "This device's data had been put back from a copy, so that it signed two different things at one place. It writes a new log from here on; what it said since the copy was made may be lost.".to_owned(),
        }));
    }

    pub(crate) fn store_number(&mut self) -> u32 {
        let n = self.numbers.next;
        self.numbers.next += 1;
        n
    }
}

/// The incarnation a store was last written in, where it is not the first.
///
/// # Errors
/// [`Damaged`] where the record does not open.
pub fn incarnation(db: &dyn Read) -> Result<Option<u64>, Damaged> {
    let row = db.get(Table::Secret, INCARNATION)?;
    row.map(|row| row.try_into().map(u64::from_be_bytes).map_err(|_| Damaged)).transpose()
}

/// Where the current incarnation is kept, once it is not the store's first.
const INCARNATION: &[u8] = b"i";
