//! What an identity is made of: its genesis and the operations that may follow.

use minicbor::{Decode, Encode};

use super::{DeviceId, UserId};
use crate::{
    canonical::{self, Blob, Text},
    hash::{Context, hash},
    kem::KemPublic,
    sign::{Domain, PublicKey, Signature, SigningKey},
};

/// The beginning of an identity. Its hash is the user id. In CBOR `[version, root, next_root, kem]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Genesis {
    /// Version of the format: [`Genesis::VERSION`].
    #[n(0)]
    pub version: u8,
    /// The first root key.
    #[n(1)]
    pub root: PublicKey,
    /// [`root_commitment`] to the root key after this one.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub next_root: [u8; 32],
    /// The user's KEM key of generation 0.
    #[n(3)]
    pub kem: KemPublic,
}

impl Genesis {
    /// The one version there is.
    pub const VERSION: u8 = 1;

    /// The user id.
    pub fn user(&self) -> UserId {
        UserId(hash(Context::User, &canonical::encode(self)))
    }
}

/// Commitment to a root key that is not in use yet.
pub fn root_commitment(root: &PublicKey) -> [u8; 32] {
    hash(Context::Root, root.as_bytes())
}

/// One step in the life of an identity, carried as `Signed<IdentityOp>` in [`Domain::Identity`]. In CBOR
/// `[user, seq, prev, act]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct IdentityOp {
    /// Whose identity.
    #[n(0)]
    pub user: UserId,
    /// Place in the chain, counted from 1.
    #[n(1)]
    pub seq: u32,
    /// [`IdentityOp::hash`] of the operation before, or the user id for the first.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub prev: [u8; 32],
    /// What happens.
    #[n(3)]
    pub act: IdentityAct,
}

impl IdentityOp {
    /// Hash of the operation without its signature.
    pub fn hash(&self) -> [u8; 32] {
        hash(Context::Identity, &canonical::encode(self))
    }
}

/// What an identity operation does. In CBOR `[number, field, …]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum IdentityAct {
    /// Certifies a device.
    #[n(0)]
    AddDevice {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// The device's own KEM key.
        #[n(1)]
        kem: KemPublic,
        /// Whether it may change the identity in the root's stead.
        #[n(2)]
        manage: bool,
        /// What its owner calls it.
        #[n(3)]
        name: Text<32>,
        /// The device's consent: see [`countersign`].
        #[n(4)]
        countersign: Signature,
    },
    /// Takes a device's certificate back, for ever.
    #[n(1)]
    RevokeDevice {
        /// The device.
        #[n(0)]
        device: DeviceId,
    },
    /// Puts the committed key in the root's place.
    #[n(2)]
    RotateRoot {
        /// The new root key.
        #[n(0)]
        root: PublicKey,
        /// [`root_commitment`] to the one after it.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        next_root: [u8; 32],
    },
    /// Replaces the user's KEM key.
    #[n(3)]
    UserKem {
        /// One above the present generation.
        #[n(0)]
        generation: u32,
        /// The new key.
        #[n(1)]
        kem: KemPublic,
    },
    /// Publishes one-time keys for direct messages; opaque here.
    #[n(4)]
    Prekeys {
        /// The keys, as the direct-message layer encodes them.
        #[n(0)]
        bytes: Blob<4096>,
    },
    /// Sets the user's name.
    #[n(5)]
    Profile {
        /// The name.
        #[n(0)]
        name: Text<64>,
    },
}

/// A device's consent to join `user` with its KEM key: its signature in [`Domain::Device`] over `[user, device, kem]`.
pub fn countersign(user: &UserId, device: &SigningKey, kem: &KemPublic) -> Signature {
    device.sign(Domain::Device, &consent(user, &DeviceId(device.public()), kem))
}

/// The bytes of a device's consent.
pub(super) fn consent(user: &UserId, device: &DeviceId, kem: &KemPublic) -> Vec<u8> {
    canonical::encode(&(user, device, kem))
}
