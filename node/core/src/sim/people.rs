//! Who takes part: identities that are made once and reused by every run, since making one is slow.

use std::{collections::BTreeSet, sync::OnceLock};

use bivouac_crypto::{
    Bounded, CHAIN_MAX, DeviceId, IdentityAct, IdentityChain, KemSecret, NewIdentity, SigningKey, Text, UserId,
    countersign,
};

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

    /// The same user on several devices, each certified by the first.
    #[must_use]
    pub fn household(seed: u64, name: &str, devices: usize) -> Vec<Self> {
        let first = Self::new(seed, name);
        let mut dice = Dice::new(0x6465_7669_6365_7300 ^ seed);
        let mut ops = first.chain.ops.clone().into_vec();
        let mut seeds = vec![first.device_seed];
        for _ in 1..devices {
            let chain =
                IdentityChain { genesis: first.chain.genesis.clone(), ops: ops.clone().try_into().unwrap_or_default() };
            let Ok(identity) = chain.verify() else { break };
            let device_seed = dice.bytes();
            let (key, kem) = (SigningKey::from_seed(&device_seed), KemSecret::generate(&mut dice.0).public());
            let act = IdentityAct::AddDevice {
                device: DeviceId(key.public()),
                countersign: countersign(&first.user, &key, &kem),
                kem,
                manage: false,
                name: Text::default(),
            };
            ops.push(identity.next(&first.key(), act));
            seeds.push(device_seed);
        }
        let ops: Bounded<_, CHAIN_MAX> = ops.try_into().unwrap_or_default();
        let on = |device_seed: [u8; 32]| Self {
            user: first.user,
            device: DeviceId(SigningKey::from_seed(&device_seed).public()),
            chain: IdentityChain { genesis: first.chain.genesis.clone(), ops: ops.clone() },
            device_seed,
            kem_seed: first.kem_seed,
        };
        seeds.into_iter().map(on).collect()
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
