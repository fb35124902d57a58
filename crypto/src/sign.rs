//! Signatures: Ed25519 (RFC 8032), verified strictly and for one purpose.
//!
//! Replicas must agree for ever on which signatures count, so there is one way to verify: `verify_strict` (no small-
//! order points, canonical `R` and `s`) and canonical public keys. Batch verification accepts signatures that this
//! refuses and is never used. The signed message is `domain || 0x00 || bytes`: a signature given for one purpose proves
//! nothing for another.

use std::fmt;

use ed25519_dalek::Signer;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::bytes::byte_value;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// Operation header in a log.
    Op,
    /// Operation of an identity.
    Identity,
    /// A device's consent to join an identity.
    Device,
    /// Proof of holding an invite.
    Invite,
    /// What is said and not kept: that somebody is writing.
    Passing,
}

impl Domain {
    /// The string put before the signed bytes; none contains a zero byte.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Op => "bivouac v1 op",
            Self::Identity => "bivouac v1 identity",
            Self::Device => "bivouac v1 device",
            Self::Invite => "bivouac v1 invite",
            Self::Passing => "bivouac v1 passing",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.as_str().as_bytes(), &[0], bytes].concat()
    }
}

/// A signature does not prove what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature does not verify")]
pub struct BadSignature;

/// Ed25519 public key, as 32 bytes. Any bytes can be one; those that are no usable key verify nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

byte_value!(PublicKey, 32);

impl PublicKey {
    /// Checks a signature over `bytes` made for `domain`.
    pub fn verify(&self, domain: Domain, bytes: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        if !self.is_canonical() {
            return Err(BadSignature);
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&domain.message(bytes), &signature).map_err(|_| BadSignature)
    }

    /// Whether the y coordinate is below 2^255 − 19, as RFC 8032 section 5.1.3 demands. Dalek accepts larger ones
    /// (ZIP 215), and then one key would have two encodings.
    fn is_canonical(&self) -> bool {
        let [low, middle @ .., high] = &self.0;
        *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
    }
}

/// Ed25519 signature, as `R || s`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

byte_value!(Signature, 64);

/// Ed25519 secret key. Zeroized on drop, compared with nothing, never printed.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A fresh key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The key of an RFC 8032 seed (its 32-byte "secret key").
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for storing it sealed.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes for one purpose.
    pub fn sign(&self, domain: Domain, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(&domain.message(bytes)).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::PublicKey;

    fn with(low: u8, high: u8) -> PublicKey {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (low, high);
        PublicKey(bytes)
    }

    #[test]
    fn coordinates_from_the_field_size_up_are_foreign() {
        // p − 1, p, p + 1 and 2^255 − 1, with either sign.
        for sign in [0, 0x80] {
            assert!(with(0xec, 0x7f | sign).is_canonical());
            assert!(!with(0xed, 0x7f | sign).is_canonical());
            assert!(!with(0xee, 0x7f | sign).is_canonical());
            assert!(!with(0xff, 0x7f | sign).is_canonical());
            assert!(with(0xff, 0x7e | sign).is_canonical());
        }
        assert!(PublicKey([0; 32]).is_canonical());
    }
}
