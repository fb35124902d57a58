//! The vault: everything on disk is sealed under a storage key, each record at its place.
//!
//! The storage key comes from the OS keyring, a key file, or a passphrase through Argon2id (RFC 9106). A record's place
//! (tree and key, say) is its associated data: a record copied elsewhere does not open.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use minicbor::{Decode, Decoder, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::seal::{BadSeal, SealKey};

/// Cost of turning a passphrase into a key. Bounded, so that a hostile file can ask neither for a terabyte nor for a
/// key that costs nothing to guess. In CBOR `[memory, iterations, lanes]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode)]
#[cbor(array)]
pub struct KdfParams {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over the memory.
    #[n(1)]
    pub iterations: u32,
    /// Lanes. They are computed one after another here.
    #[n(2)]
    pub lanes: u32,
}

impl KdfParams {
    /// For a person at a desktop: 256 MiB, three passes.
    pub const STRONG: Self = Self { memory_kib: 256 * 1024, iterations: 3, lanes: 1 };

    /// The least accepted: 8 MiB, one pass. For tests; four times below what is advised for logins.
    pub const LEAST: Self = Self { memory_kib: 8 * 1024, iterations: 1, lanes: 1 };

    /// The most accepted: 1 GiB, 16 passes, 4 lanes.
    pub const MOST: Self = Self { memory_kib: 1024 * 1024, iterations: 16, lanes: 4 };

    /// Checks the bounds.
    pub fn check(self) -> Result<Self, BadKdf> {
        let within = |value, least, most| (least..=most).contains(&value);
        if within(self.memory_kib, Self::LEAST.memory_kib, Self::MOST.memory_kib)
            && within(self.iterations, Self::LEAST.iterations, Self::MOST.iterations)
            && within(self.lanes, Self::LEAST.lanes, Self::MOST.lanes)
        {
            Ok(self)
        } else {
            Err(BadKdf::OutOfBounds(self))
        }
    }
}

impl<'b, C> Decode<'b, C> for KdfParams {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(3) {
            return Err(minicbor::decode::Error::message("KDF parameters are not a triple"));
        }
        let params = Self { memory_kib: d.u32()?, iterations: d.u32()?, lanes: d.u32()? };
        params.check().map_err(minicbor::decode::Error::custom)
    }
}

/// A passphrase could not be turned into a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKdf {
    /// Cost outside of the accepted bounds.
    #[error("passphrase cost out of bounds: {0:?}")]
    OutOfBounds(KdfParams),
    /// The memory could not be had.
    #[error("no memory to work on the passphrase")]
    OutOfMemory,
    /// Longer than Argon2 takes (4 GiB).
    #[error("passphrase too long")]
    TooLong,
}

/// The key that seals everything at rest. Zeroized on drop, never printed.
pub struct StorageKey(SealKey);

impl StorageKey {
    /// A fresh key, for the OS keyring or a key file.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self::from_bytes(&bytes)
    }

    /// The key of a key file or keyring entry.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SealKey::from_bytes(*bytes))
    }

    /// The key's bytes, for a key file or keyring entry.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// The key of a passphrase: Argon2id version 0x13 (RFC 9106), 32 bytes out. The salt is random and kept beside
    /// the sealed data.
    pub fn from_passphrase(pass: &[u8], salt: &[u8; 16], params: KdfParams) -> Result<Self, BadKdf> {
        let KdfParams { memory_kib, iterations, lanes } = params.check()?;
        let cost = Params::new(memory_kib, iterations, lanes, Some(32)).map_err(|_| BadKdf::OutOfBounds(params))?;
        let mut memory = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(cost.block_count()).map_err(|_| BadKdf::OutOfMemory)?;
        memory.resize(cost.block_count(), Block::default());
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
            .hash_password_into_with_memory(pass, salt, key.as_mut_slice(), memory.as_mut_slice())
            .map_err(|_| BadKdf::TooLong)?;
        Ok(Self::from_bytes(&key))
    }

    /// Seals a record for its place.
    pub fn seal_record(&self, rng: &mut dyn CryptoRng, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.0.seal(rng, place, plain)
    }

    /// Opens a record found at a place.
    pub fn open_record(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadSeal> {
        self.0.open(place, sealed)
    }
}

impl fmt::Debug for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StorageKey(redacted)")
    }
}
