//! Who takes part: identities that are made once and reused by every run, since making one is slow.

use std::{collections::BTreeSet, sync::OnceLock};

use bivouac_crypto::{DeviceId, IdentityChain, KemSecret, NewIdentity, SigningKey, Text, UserId};

use super::dice::Dice;
use crate::{Secrets, model::GuildId};

/// How many there are.
pub const PEOPLE: usize = 1_024;

/// A user with one device.
#[derive(Debug)]
pub struct Person {
    /// The user.
    pub user: UserId,
    /// The only device.
    pub device: DeviceId,
    /// The public identity.
    pub chain: IdentityChain,
    device_seed: [u8; 32],
    kem_seed: [u8; 32],
}

impl Person {
    /// Makes one from a seed.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let mut dice = Dice::new(0x6269_766f_7561_6300 ^ seed);
        let device_seed = dice.bytes();
        let key = SigningKey::from_seed(&device_seed);
        let name = Text::try_from(name).unwrap_or_default();
        let made = NewIdentity::create(&mut dice.0, name, Text::default(), &key);
        Self {
            user: made.chain.user(),
            device: DeviceId(key.public()),
            chain: made.chain,
            device_seed,
            kem_seed: *made.user_kem.seed(),
        }
    }

    /// The device's signing key.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        SigningKey::from_seed(&self.device_seed)
    }

    /// What the person's core is opened with.
    #[must_use]
    pub fn secrets(&self, incarnation: u64, guilds: BTreeSet<GuildId>) -> Secrets {
        Secrets {
            user: self.user,
            chain: self.chain.clone(),
            device: self.key(),
            user_kem: vec![KemSecret::from_seed(&self.kem_seed)],
            incarnation,
            guilds,
        }
    }
}

/// The person of a number below [`PEOPLE`].
#[must_use]
pub fn person(i: usize) -> &'static Person {
    static ALL: [OnceLock<Person>; PEOPLE] = [const { OnceLock::new() }; PEOPLE];
    ALL[i % PEOPLE].get_or_init(|| Person::new(i as u64, &format!("person {i}")))
}
