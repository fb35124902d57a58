//! Sealing under a shared key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce.
//!
//! ```text
//! sealed = nonce (24) || ciphertext || tag (16)
//! ```
//!
//! The nonce is long enough to be drawn at random for ever, so that no counter has to survive a crash or a restore.

use std::fmt;

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// How many bytes sealing adds: nonce and tag.
pub const SEAL_OVERHEAD: usize = NONCE_LEN + TAG_LEN;

/// Sealed bytes do not open: wrong key, wrong associated data, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open")]
pub struct BadSeal;

/// Symmetric key of 32 bytes. Zeroized on drop, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Takes the key as it is; it must be uniformly random.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for storing it sealed.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    /// Derives a key for one purpose: HKDF-SHA256 (RFC 5869) without salt.
    pub fn derive(secret: &[u8], info: &[u8]) -> Self {
        let mut key = Self([0; 32]);
        expand(secret, info, &mut key.0);
        key
    }

    /// Seals bytes; `aad` is authenticated with them and must be given again to open.
    #[expect(clippy::expect_used, reason = "the cipher refuses only more than 256 GiB, which cannot be in memory")]
    pub fn seal(&self, rng: &mut dyn CryptoRng, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        // Room for everything at once: a vector that grew would leave plaintext behind in freed memory.
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&XNonce::from(nonce), aad, (&mut sealed[NONCE_LEN..]).into())
            .expect("plaintext within the cipher's limit");
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Opens sealed bytes.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadSeal> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(BadSeal)?;
        let (body, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(BadSeal)?;
        let mut plain = Zeroizing::new(body.to_vec());
        self.cipher()
            .decrypt_inout_detached(&XNonce::from(*nonce), aad, plain.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| BadSeal)?;
        Ok(plain)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.0).into())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

/// HKDF-SHA256 (RFC 5869) without salt, into 32 bytes.
#[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, and 32 are asked for")]
pub(crate) fn expand(secret: &[u8], info: &[u8], out: &mut [u8; 32]) {
    Hkdf::<Sha256>::new(None, secret).expand(info, out).expect("32 bytes from HKDF-SHA256");
}
