//! Epochs of a shared key: what an audience reads with between two changes of its readers.
//!
//! ```text
//!   S ──HKDF(log)──▶ message key of a log        id = hash(guild, audience, parents, S, H)
//!   S ──HKDF──▶ MAC key for tags
//!   H ──HKDF──▶ key that seals the link: up to 8 earlier (id, S, H)
//! ```
//!
//! `S` opens messages and `H` the link to earlier epochs, so that a policy may give away one without the other. The id
//! commits to both: whoever was given a secret that does not hash to the id of the epoch knows it is garbage.

use std::fmt;

use minicbor::{Decode, Encode, bytes::ByteSlice};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    bytes::byte_value,
    canonical::{self, Bounded},
    hash::{Context, hash, keyed},
    seal::{BadSeal, SEAL_OVERHEAD, SealKey, expand},
};

/// How many earlier epochs a link carries at most.
pub const LINK_MAX: usize = 8;

/// Length of a link's plaintext at most: 8 pairs of two byte strings, with their CBOR heads.
const LINK_PLAIN_MAX: usize = 1 + LINK_MAX * (1 + 34 + 66);

const MESSAGE_INFO: &[u8] = b"bivouac v1 epoch message";
const TAG_INFO: &[u8] = b"bivouac v1 epoch tag";
const LINK_INFO: &[u8] = b"bivouac v1 epoch link";

/// Commitment to an epoch's secret, its place and its parents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochId(pub [u8; 32]);

byte_value!(EpochId, 32);

/// Bytes of the wrong length for an epoch secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("epoch secret of {0} bytes instead of 64")]
pub struct BadLength(pub usize);

/// More earlier epochs than a link may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link to {0} epochs where at most 8 are allowed")]
pub struct TooManyEpochs(pub usize);

/// The secret of an epoch: `S` for messages and `H` for history. Zeroized on drop, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct EpochSecret {
    s: [u8; 32],
    h: [u8; 32],
}

#[derive(Encode)]
#[cbor(array)]
struct IdInput<'a> {
    #[n(0)]
    guild: &'a ByteSlice,
    #[n(1)]
    audience: &'a ByteSlice,
    #[n(2)]
    parents: Vec<EpochId>,
    #[n(3)]
    s: &'a ByteSlice,
    #[n(4)]
    h: &'a ByteSlice,
}

/// One earlier epoch in a link.
struct LinkEntry {
    id: EpochId,
    secret: Zeroizing<[u8; 64]>,
}

impl<C> Encode<C> for LinkEntry {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        self.id.encode(e.array(2)?, ctx)?;
        e.bytes(self.secret.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for LinkEntry {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("link entry is not a pair"));
        }
        let id = EpochId::decode(d, ctx)?;
        let secret = <[u8; 64]>::try_from(d.bytes()?).map_err(minicbor::decode::Error::message)?;
        Ok(Self { id, secret: Zeroizing::new(secret) })
    }
}

impl EpochSecret {
    /// A fresh secret.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Self { s: [0; 32], h: [0; 32] };
        rng.fill_bytes(&mut secret.s);
        rng.fill_bytes(&mut secret.h);
        secret
    }

    /// `S || H`, for wrapping it or storing it sealed.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
        let mut bytes = Zeroizing::new([0; 64]);
        let (s, h) = bytes.split_at_mut(32);
        s.copy_from_slice(&self.s);
        h.copy_from_slice(&self.h);
        bytes
    }

    /// From `S || H`. Whether it is the secret of some epoch only [`EpochSecret::id`] tells.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadLength> {
        let bad = BadLength(bytes.len());
        let (s, h) = bytes.split_first_chunk::<32>().ok_or(bad)?;
        let h = h.try_into().map_err(|_| bad)?;
        Ok(Self { s: *s, h })
    }

    /// A second copy in memory: explicit, so that copies are counted.
    pub fn duplicate(&self) -> Self {
        Self { s: self.s, h: self.h }
    }

    /// The id of this secret as an epoch of an audience after `parents`, which are a set: their order is of no account.
    pub fn id(&self, guild: &[u8; 32], audience: &[u8], parents: &[EpochId]) -> EpochId {
        let mut parents = parents.to_vec();
        parents.sort_unstable();
        parents.dedup();
        let input = IdInput {
            guild: guild.as_slice().into(),
            audience: audience.into(),
            parents,
            s: self.s.as_slice().into(),
            h: self.h.as_slice().into(),
        };
        // CBOR heads of at most 9 bytes: one before each of the five fields and the whole, and two bytes before a parent.
        let max = 6 * 9 + 32 + audience.len() + input.parents.len() * 34 + 64;
        EpochId(hash(Context::Epoch, &canonical::encode_secret(&input, max)))
    }

    /// The key of messages in one log.
    pub fn message_key(&self, log: &[u8]) -> SealKey {
        SealKey::derive(&self.s, &[MESSAGE_INFO, &[0], log].concat())
    }

    /// A MAC over bytes that only holders of `S` can make or check: how they recognise one another.
    pub fn tag(&self, bytes: &[u8]) -> [u8; 16] {
        let mut key = Zeroizing::new([0; 32]);
        expand(&self.s, TAG_INFO, &mut key);
        let [tag @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = keyed(&key, bytes);
        tag
    }

    /// Seals earlier epochs, at most [`LINK_MAX`], for those who come to hold this one under `id`.
    pub fn link(
        &self,
        rng: &mut dyn CryptoRng,
        id: &EpochId,
        earlier: &[(EpochId, &EpochSecret)],
    ) -> Result<Vec<u8>, TooManyEpochs> {
        let entries = earlier.iter().map(|(id, secret)| LinkEntry { id: *id, secret: secret.to_bytes() });
        let entries = Bounded::<_, LINK_MAX>::try_from(entries.collect::<Vec<_>>());
        let entries = entries.map_err(|_| TooManyEpochs(earlier.len()))?;
        let plain = canonical::encode_secret(&entries, LINK_PLAIN_MAX);
        Ok(self.link_key().seal(rng, &id.0, &plain))
    }

    /// Opens a link. What it holds is only claimed: check each secret against the id of its epoch.
    pub fn open_link(&self, id: &EpochId, sealed: &[u8]) -> Result<Vec<(EpochId, EpochSecret)>, BadSeal> {
        if sealed.len() > LINK_PLAIN_MAX + SEAL_OVERHEAD {
            return Err(BadSeal);
        }
        let plain = self.link_key().open(&id.0, sealed)?;
        let entries: Bounded<LinkEntry, LINK_MAX> = canonical::decode(&plain, LINK_PLAIN_MAX).map_err(|_| BadSeal)?;
        let secret = |entry: LinkEntry| Ok((entry.id, Self::from_bytes(entry.secret.as_slice()).map_err(|_| BadSeal)?));
        entries.into_iter().map(secret).collect()
    }

    fn link_key(&self) -> SealKey {
        SealKey::derive(&self.h, LINK_INFO)
    }
}

impl fmt::Debug for EpochSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EpochSecret(redacted)")
    }
}
