//! Making a new identity with its first device.

use rand_core::CryptoRng;

use super::{
    DeviceId,
    act::{Genesis, IdentityAct, IdentityOp, countersign, root_commitment},
    chain::IdentityChain,
};
use crate::{
    canonical::{Bounded, Text},
    kem::KemSecret,
    recovery::RecoveryWords,
    sign::{Domain, SigningKey},
    signed::Signed,
};

/// A new identity and the secrets its owner gets. Keep the KEM keys sealed; show the recovery words once and forget
/// them.
#[derive(Debug)]
pub struct NewIdentity {
    /// The identity: the first device with the manage right, and the name.
    pub chain: IdentityChain,
    /// The words behind the root key.
    pub recovery: RecoveryWords,
    /// The user's KEM key of generation 0, which every device of the user holds.
    pub user_kem: KemSecret,
    /// The first device's own KEM key.
    pub device_kem: KemSecret,
}

impl NewIdentity {
    /// Draws recovery words, derives the root from them, and certifies the first device. The root's secret key is gone
    /// when this returns.
    #[expect(clippy::expect_used, reason = "a chain holds 64 operations, and these are two")]
    pub fn create(rng: &mut dyn CryptoRng, name: Text<64>, device_name: Text<32>, device: &SigningKey) -> Self {
        let recovery = RecoveryWords::generate(rng);
        let device_kem = KemSecret::generate(rng);
        let user_kem = recovery.user_kem();
        let root = recovery.root();
        let genesis = Genesis {
            version: Genesis::VERSION,
            root: root.public(),
            next_root: root_commitment(&recovery.next_root().public()),
            kem: user_kem.public(),
        };
        let user = genesis.user();
        let kem = device_kem.public();
        let add = IdentityOp {
            user,
            seq: 1,
            prev: user.0,
            act: IdentityAct::AddDevice {
                device: DeviceId(device.public()),
                countersign: countersign(&user, device, &kem),
                kem,
                manage: true,
                name: device_name,
            },
        };
        let profile = IdentityOp { user, seq: 2, prev: add.hash(), act: IdentityAct::Profile { name } };
        let signed = [add, profile].map(|op| Signed::sign(Domain::Identity, &root, op));
        let ops = Bounded::try_from(signed.to_vec()).expect("two operations");
        Self { chain: IdentityChain { genesis, ops }, recovery, user_kem, device_kem }
    }
}
