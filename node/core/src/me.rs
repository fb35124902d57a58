//! This device, and the context a call of the core works in.

use bivouac_crypto::{
    CryptoRng, DeviceId, EpochId, EpochSecret, IdentityChain, KemSecret, SigningKey, UserId, canonical,
};

use std::cell::Cell;

use crate::{
    io::{Effect, Event, Now},
    model::{GuildId, LogId},
    table::Table,
    tx::Tx,
};

/// Who this node is.
pub(crate) struct Me {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) kem: Vec<KemSecret>,
    pub(crate) chain: IdentityChain,
    /// Which of this device's logs it writes now. A new one begins when the current turns out to contradict itself: a
    /// store that was put back from a copy knows nothing of what it signed since.
    pub(crate) incarnation: Cell<u64>,
}

impl Me {
    /// The log this device writes in every audience.
    pub(crate) fn log(&self) -> LogId {
        LogId { device: self.device, incarnation: self.incarnation.get() }
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
    /// The next unused log number of the store.
    pub(crate) next_store: &'a mut u32,
}

impl Cx<'_> {
    /// Begins a new log, because what this device wrote in the current one contradicts itself.
    pub(crate) fn renew(&mut self) {
        let incarnation = self.now.wall_ms.max(self.me.incarnation.get() + 1);
        self.me.incarnation.set(incarnation);
        self.tx.put(Table::Secret, INCARNATION.to_vec(), incarnation.to_be_bytes().to_vec());
        self.out.push(Effect::Event(Event::Warning {
            kind: "store_damaged",
            message: "This device's data had been put back from a copy, so that it signed two different things at one place. It writes a new log from here on; what others received of the old one before stays.".to_owned(),
        }));
    }

    pub(crate) fn store_number(&mut self) -> u32 {
        let n = *self.next_store;
        *self.next_store += 1;
        n
    }
}

/// Where the current incarnation is kept, once it is not the store's first.
pub(crate) const INCARNATION: &[u8] = b"i";
