//! Recovery words: the root of an identity on paper.
//!
//! 32 bytes of entropy are shown as 24 English words (BIP 39). Everything a person needs to become themselves again on
//! a new device is derived from them with HKDF-SHA256; the root's secret key itself is kept nowhere.
//!
//! ```text
//!   entropy ──"root" n──▶ n-th root key      (0: first, 1: the one committed to in the genesis, …)
//!           ──"user kem"─▶ first user KEM key
//!           ──"backup"───▶ key that seals backups
//! ```

use std::fmt;

use bip39::{Language, Mnemonic};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    kem::KemSecret,
    seal::{SealKey, expand},
    sign::SigningKey,
};

const WORDS: usize = 24;
const ROOT_INFO: &[u8] = b"bivouac v1 recovery root";
const USER_KEM_INFO: &[u8] = b"bivouac v1 recovery user kem";
const BACKUP_INFO: &[u8] = b"bivouac v1 recovery backup";

/// Text that is not 24 recovery words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWords {
    /// Not 24 words.
    #[error("{0} words instead of 24")]
    Count(usize),
    /// A word that is not in the list; words are counted from 1.
    #[error("word {0} is not a recovery word")]
    Unknown(usize),
    /// All words are known, but together they are wrong: one is mistaken or two are swapped.
    #[error("the words do not fit together")]
    Checksum,
}

/// 32 bytes of entropy behind 24 words. Zeroized on drop, never printed.
pub struct RecoveryWords(Zeroizing<[u8; 32]>);

impl RecoveryWords {
    /// Fresh words.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut entropy = Zeroizing::new([0; 32]);
        rng.fill_bytes(entropy.as_mut_slice());
        Self(entropy)
    }

    /// Words of given entropy.
    pub fn from_entropy(entropy: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*entropy))
    }

    /// The entropy.
    pub fn entropy(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// Reads 24 words, in any case and with any white space between them.
    pub fn parse(text: &str) -> Result<Self, BadWords> {
        let count = text.split_whitespace().count();
        if count != WORDS {
            return Err(BadWords::Count(count));
        }
        // The longest word has 8 letters; the capacity keeps secret text from being left behind by a growing string.
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        for word in text.split_whitespace() {
            if !plain.is_empty() {
                plain.push(' ');
            }
            plain.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &plain).map_err(|error| match error {
            bip39::Error::UnknownWord(index) => BadWords::Unknown(index + 1),
            _ => BadWords::Checksum,
        })?;
        let (bytes, _) = mnemonic.to_entropy_array();
        let bytes = Zeroizing::new(bytes);
        let entropy = bytes.first_chunk::<32>().ok_or(BadWords::Checksum)?;
        Ok(Self::from_entropy(entropy))
    }

    /// The 24 words, in order.
    #[expect(clippy::expect_used, reason = "BIP 39 takes 16 to 32 bytes in steps of 4, and these are 32")]
    pub fn words(&self) -> Vec<&'static str> {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, self.0.as_slice()).expect("32 bytes of entropy");
        mnemonic.words().collect()
    }

    /// The first root key.
    pub fn root(&self) -> SigningKey {
        self.root_at(0)
    }

    /// The root key that the genesis commits to as the next one.
    pub fn next_root(&self) -> SigningKey {
        self.root_at(1)
    }

    /// The root key after `rotations` rotations.
    pub fn root_at(&self, rotations: u32) -> SigningKey {
        SigningKey::from_seed(&self.derive(&[ROOT_INFO, &[0], &rotations.to_be_bytes()].concat()))
    }

    /// The user's KEM key of generation 0. Later generations are random.
    pub fn user_kem(&self) -> KemSecret {
        KemSecret::from_seed(&self.derive(USER_KEM_INFO))
    }

    /// The key that seals backups.
    pub fn backup_key(&self) -> SealKey {
        SealKey::derive(self.0.as_slice(), BACKUP_INFO)
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        expand(self.0.as_slice(), info, &mut seed);
        seed
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(redacted)")
    }
}
