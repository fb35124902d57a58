//! Verifying an identity: folding the chain from its genesis, one operation at a time.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{
    DeviceId, UserId,
    act::{Genesis, IdentityAct, IdentityOp, consent, root_commitment},
};
use crate::{
    canonical::{Bounded, Text},
    kem::KemPublic,
    sign::{BadSignature, Domain, PublicKey, Signature, SigningKey},
    signed::Signed,
};

/// How many operations an identity may have.
pub const CHAIN_MAX: usize = 64;

/// How many devices of a user may be live at once.
pub const LIVE_DEVICES_MAX: usize = 16;

/// An identity as it travels: genesis and operations, unproven. In CBOR `[genesis, [op, …]]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct IdentityChain {
    /// The beginning.
    #[n(0)]
    pub genesis: Genesis,
    /// Everything since, in order.
    #[n(1)]
    pub ops: Bounded<Signed<IdentityOp>, CHAIN_MAX>,
}

/// Why a chain or an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A version this program does not know.
    #[error("identity of unknown version {0}")]
    Version(u8),
    /// An operation of somebody else's identity.
    #[error("operation of another identity")]
    OtherUser,
    /// Not the next place in the chain.
    #[error("operation {found} where {expected} comes next")]
    Seq {
        /// The place that comes next.
        expected: u32,
        /// The place the operation claims.
        found: u32,
    },
    /// Does not follow the head of the chain: a fork, or another history.
    #[error("operation does not follow the head of the chain")]
    Prev,
    /// The chain is full.
    #[error("identity with more than 64 operations")]
    Full,
    /// The signature is wrong.
    #[error("operation is not signed by its signer")]
    Signature(#[from] BadSignature),
    /// The signer is neither the root nor a live device with the manage right, or this act is the root's alone.
    #[error("signer has no right to this act")]
    NotAllowed,
    /// The device's consent is wrong.
    #[error("device did not countersign its certificate")]
    Countersign,
    /// The device was already added, be it live or revoked, or its key is the root's.
    #[error("device key is already in use")]
    DuplicateDevice,
    /// No live device of that key.
    #[error("no such device")]
    NoSuchDevice,
    /// More live devices than [`LIVE_DEVICES_MAX`].
    #[error("more than 16 devices")]
    TooManyDevices,
    /// A KEM key nobody could wrap to.
    #[error("unusable key-wrapping key")]
    BadKem,
    /// A KEM generation that is not one above the present one.
    #[error("KEM generation {found} where {expected} comes next")]
    Generation {
        /// The generation that comes next.
        expected: u32,
        /// The generation the operation claims.
        found: u32,
    },
    /// Not the root key that was committed to, or one that a device uses.
    #[error("root key is not the committed one")]
    Commitment,
}

/// What is known of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What its owner calls it.
    pub name: Text<32>,
    /// Whether it may change the identity.
    pub manage: bool,
    /// Its own KEM key.
    pub kem: KemPublic,
    /// Whether its certificate was taken back.
    pub revoked: bool,
}

/// A verified identity: the result of its chain up to the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    user: UserId,
    name: Text<64>,
    root: PublicKey,
    next_root: [u8; 32],
    kem_generation: u32,
    kem: KemPublic,
    devices: BTreeMap<DeviceId, DeviceInfo>,
    prekeys: BTreeMap<PublicKey, Vec<u8>>,
    seq: u32,
    head: [u8; 32],
}

impl IdentityChain {
    /// The user the chain claims to be; it needs no proof, being the genesis' hash.
    pub fn user(&self) -> UserId {
        self.genesis.user()
    }

    /// Checks the whole chain.
    pub fn verify(&self) -> Result<Identity, IdentityError> {
        let mut identity = Identity::begin(&self.genesis)?;
        self.ops.iter().try_for_each(|op| identity.apply(op))?;
        Ok(identity)
    }
}

impl Identity {
    /// An identity that has nothing but its genesis.
    pub fn begin(genesis: &Genesis) -> Result<Self, IdentityError> {
        if genesis.version != Genesis::VERSION {
            return Err(IdentityError::Version(genesis.version));
        }
        if !genesis.kem.is_usable() {
            return Err(IdentityError::BadKem);
        }
        let user = genesis.user();
        Ok(Self {
            user,
            name: Text::default(),
            root: genesis.root,
            next_root: genesis.next_root,
            kem_generation: 0,
            kem: genesis.kem.clone(),
            devices: BTreeMap::new(),
            prekeys: BTreeMap::new(),
            seq: 0,
            head: user.0,
        })
    }

    /// Takes one more operation, or refuses it and stays as it was.
    pub fn apply(&mut self, op: &Signed<IdentityOp>) -> Result<(), IdentityError> {
        let IdentityOp { user, seq, prev, act } = &op.value;
        if *user != self.user {
            return Err(IdentityError::OtherUser);
        }
        if self.seq as usize >= CHAIN_MAX {
            return Err(IdentityError::Full);
        }
        let expected = self.seq + 1;
        if *seq != expected {
            return Err(IdentityError::Seq { expected, found: *seq });
        }
        if *prev != self.head {
            return Err(IdentityError::Prev);
        }
        if !self.may_manage(&op.signer) {
            return Err(IdentityError::NotAllowed);
        }
        op.check(Domain::Identity)?;
        self.act(&op.signer, act)?;
        self.seq = expected;
        self.head = op.value.hash();
        Ok(())
    }

    /// The next operation of this identity, signed by a key that has the right to it.
    pub fn next(&self, key: &SigningKey, act: IdentityAct) -> Signed<IdentityOp> {
        let op = IdentityOp { user: self.user, seq: self.seq + 1, prev: self.head, act };
        Signed::sign(Domain::Identity, key, op)
    }

    /// Who this is.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The name last set, empty if none was.
    pub fn name(&self) -> &Text<64> {
        &self.name
    }

    /// The present root key.
    pub fn root(&self) -> PublicKey {
        self.root
    }

    /// Generation of the user's KEM key, from 0.
    pub fn kem_generation(&self) -> u32 {
        self.kem_generation
    }

    /// The user's present KEM key.
    pub fn kem(&self) -> &KemPublic {
        &self.kem
    }

    /// All devices there ever were.
    pub fn devices(&self) -> &BTreeMap<DeviceId, DeviceInfo> {
        &self.devices
    }

    /// A device that is certified and not revoked.
    pub fn live(&self, device: &DeviceId) -> Option<&DeviceInfo> {
        self.devices.get(device).filter(|info| !info.revoked)
    }

    /// The prekeys last published by a key, root or device.
    pub fn prekeys(&self, by: &PublicKey) -> Option<&[u8]> {
        self.prekeys.get(by).map(Vec::as_slice)
    }

    /// How many operations were applied.
    pub fn seq(&self) -> u32 {
        self.seq
    }

    /// Hash of the last operation, or the user id.
    pub fn head(&self) -> [u8; 32] {
        self.head
    }

    fn may_manage(&self, signer: &PublicKey) -> bool {
        *signer == self.root || self.live(&DeviceId(*signer)).is_some_and(|info| info.manage)
    }

    fn act(&mut self, signer: &PublicKey, act: &IdentityAct) -> Result<(), IdentityError> {
        match act {
            IdentityAct::AddDevice { device, kem, manage, name, countersign } => {
                let info = DeviceInfo { name: name.clone(), manage: *manage, kem: kem.clone(), revoked: false };
                self.add(*device, info, countersign)
            }
            IdentityAct::RevokeDevice { device } => self.revoke(device),
            IdentityAct::RotateRoot { root, next_root } => self.rotate(signer, root, next_root),
            IdentityAct::UserKem { generation, kem } => self.renew(*generation, kem),
            IdentityAct::Prekeys { bytes } => {
                self.prekeys.insert(*signer, bytes.to_vec());
                Ok(())
            }
            IdentityAct::Profile { name } => {
                self.name = name.clone();
                Ok(())
            }
        }
    }

    fn add(&mut self, device: DeviceId, info: DeviceInfo, countersign: &Signature) -> Result<(), IdentityError> {
        let is_root = device.0 == self.root || root_commitment(&device.0) == self.next_root;
        if is_root || self.devices.contains_key(&device) {
            return Err(IdentityError::DuplicateDevice);
        }
        if self.devices.values().filter(|info| !info.revoked).count() >= LIVE_DEVICES_MAX {
            return Err(IdentityError::TooManyDevices);
        }
        if !info.kem.is_usable() {
            return Err(IdentityError::BadKem);
        }
        let consent = consent(&self.user, &device, &info.kem);
        device.0.verify(Domain::Device, &consent, countersign).map_err(|_| IdentityError::Countersign)?;
        self.devices.insert(device, info);
        Ok(())
    }

    fn revoke(&mut self, device: &DeviceId) -> Result<(), IdentityError> {
        let info = self.devices.get_mut(device).filter(|info| !info.revoked).ok_or(IdentityError::NoSuchDevice)?;
        info.revoked = true;
        self.prekeys.remove(&device.0);
        Ok(())
    }

    fn rotate(&mut self, signer: &PublicKey, root: &PublicKey, next_root: &[u8; 32]) -> Result<(), IdentityError> {
        if *signer != self.root {
            return Err(IdentityError::NotAllowed);
        }
        if root_commitment(root) != self.next_root || self.devices.contains_key(&DeviceId(*root)) {
            return Err(IdentityError::Commitment);
        }
        self.prekeys.remove(&self.root);
        self.root = *root;
        self.next_root = *next_root;
        Ok(())
    }

    fn renew(&mut self, generation: u32, kem: &KemPublic) -> Result<(), IdentityError> {
        let expected = self.kem_generation.saturating_add(1);
        if generation != expected {
            return Err(IdentityError::Generation { expected, found: generation });
        }
        if !kem.is_usable() {
            return Err(IdentityError::BadKem);
        }
        self.kem_generation = generation;
        self.kem = kem.clone();
        Ok(())
    }
}
