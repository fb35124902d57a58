//! Cryptography of Bivouac: one canonical encoding, hashes with a purpose, signatures, key wrapping, sealing, epochs
//! of keys, identities and the vault at rest.
//!
//! Nothing here does I/O, reads a clock or reaches for the system's randomness: bytes, keys and a random generator
//! come in as arguments and values go out, so that every test can be replayed from its seed. All algorithms are
//! public standards from well-kept crates; this crate only chooses among them, fixes the byte layouts and makes the
//! wrong use hard to write down.
//!
//! | purpose | algorithm |
//! |---|---|
//! | encoding | CBOR (RFC 8949), one canonical form |
//! | hash, MAC | BLAKE3 in its derive-key and keyed modes |
//! | signature | Ed25519 (RFC 8032), strict verification |
//! | wrapping | X-Wing (X25519 + ML-KEM-768) through HPKE base mode (RFC 9180) |
//! | sealing | XChaCha20-Poly1305, HKDF-SHA256 (RFC 5869); of files ChaCha20 (RFC 8439) beside BLAKE3 |
//! | passphrases | Argon2id (RFC 9106) |
//! | passwords between two devices | SPAKE2 (RFC 9382) over Ed25519 |

mod bytes;
pub mod canonical;
mod epoch;
mod file;
mod hash;
mod identity;
mod kem;
mod pake;
mod recovery;
mod seal;
mod sign;
mod signed;
mod vault;

pub use canonical::{Blob, Bounded, DecodeError, Text, TooLong};
pub use epoch::{BadLength, EpochId, EpochSecret, LINK_MAX, TooManyEpochs};
pub use file::{FILE_MAX, FileKey};
pub use hash::{Context, hash, keyed};
pub use identity::{
    CHAIN_MAX, DeviceId, DeviceInfo, Genesis, Identity, IdentityAct, IdentityChain, IdentityError, IdentityOp,
    LIVE_DEVICES_MAX, NewIdentity, UserId, countersign, root_commitment,
};
pub use kem::{BadKey, BadWrap, KEM_PUBLIC_LEN, KemPublic, KemSecret, WRAP_OVERHEAD, unwrap, wrap};
pub use pake::{BadExchange, Exchange, MESSAGE_LEN, PasswordKey, Proofs};
pub use rand_core::CryptoRng;
pub use recovery::{BadWords, RecoveryWords};
pub use seal::{BadSeal, SEAL_OVERHEAD, SealKey};
pub use sign::{BadSignature, Domain, PublicKey, Signature, SigningKey};
pub use signed::{Signed, Verified};
pub use vault::{BadKdf, KdfParams, StorageKey};
pub use zeroize::Zeroizing;
