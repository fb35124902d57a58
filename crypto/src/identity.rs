//! Identities: who somebody is, whatever device they use.
//!
//! ```text
//!   genesis ◀─prev─ op 1 ◀─prev─ op 2 ◀─prev─ …       a linear chain of signed operations
//!      │
//!   user id = hash(genesis) = hash(root key, commitment to the next root key, KEM key)
//! ```
//!
//! The root key stays behind the recovery words. It certifies the first device; from then on devices with the *manage*
//! right act for it. Only the root rotates the root, and only to the key committed to beforehand. Everything here is a
//! function of the chain alone: no clock, and nobody asked.

mod act;
mod chain;
mod create;

use crate::{bytes::byte_value, sign::PublicKey};
pub use act::{Genesis, IdentityAct, IdentityOp, countersign, root_commitment};
pub use chain::{CHAIN_MAX, DeviceInfo, Identity, IdentityChain, IdentityError, LIVE_DEVICES_MAX};
pub use create::NewIdentity;

/// Who somebody is: the hash of their identity's genesis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub [u8; 32]);

byte_value!(UserId, 32);

/// A device: its signing key, which is also its network identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct DeviceId(#[n(0)] pub PublicKey);

impl DeviceId {
    /// The device's public key.
    pub const fn key(&self) -> &PublicKey {
        &self.0
    }

    /// The bytes of the device's public key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl From<PublicKey> for DeviceId {
    fn from(key: PublicKey) -> Self {
        Self(key)
    }
}

impl std::fmt::Display for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceId(")?;
        crate::bytes::write_hex(f, &self.0.as_bytes()[..4])?;
        f.write_str(")")
    }
}
