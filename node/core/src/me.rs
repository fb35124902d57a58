//! This device, and the context a call of the core works in.

use bivouac_crypto::{
    CryptoRng, DeviceId, EpochId, EpochSecret, IdentityChain, KemSecret, SigningKey, UserId, canonical,
};

use crate::{
    io::{Effect, Now},
    model::{GuildId, LogId},
    tx::Tx,
};

/// Who this node is.
pub(crate) struct Me {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) kem: Vec<KemSecret>,
    pub(crate) chain: IdentityChain,
    pub(crate) incarnation: u64,
}

impl Me {
    /// The log this device writes in every audience.
    pub(crate) fn log(&self) -> LogId {
        LogId { device: self.device, incarnation: self.incarnation }
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
    pub(crate) fn store_number(&mut self) -> u32 {
        let n = *self.next_store;
        *self.next_store += 1;
        n
    }
}
