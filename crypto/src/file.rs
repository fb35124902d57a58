//! Sealing files: ChaCha20 (RFC 8439) under a key of the file's own, so with a nonce of zeroes.
//!
//! A stream cipher, without tags: the sealed bytes are as long as the file, any part of them opens by itself, and what they
//! are is verified chunk by chunk against the BLAKE3 that names the file, which is signed for together with the key.

use std::fmt;

use chacha20::{
    ChaCha20,
    cipher::{KeyIvInit, StreamCipher, StreamCipherSeek},
};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Largest file in bytes: the cipher counts blocks of 64 bytes with 32 bits, and does not use the last.
pub const FILE_MAX: u64 = (1 << 38) - 64;

/// The key of one file. Zeroized on drop, never printed.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(transparent)]
pub struct FileKey(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl FileKey {
    /// A fresh key. It seals one file and no other.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut key = Self([0; 32]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// Seals or opens what stands at `offset` of the file, in bytes below [`FILE_MAX`].
    pub fn apply(&self, offset: u64, bytes: &mut [u8]) {
        debug_assert!(offset.saturating_add(bytes.len() as u64) <= FILE_MAX, "beyond the cipher's counter");
        let mut cipher = ChaCha20::new((&self.0).into(), &[0; 12].into());
        cipher.seek(offset);
        cipher.apply_keystream(bytes);
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 8439, appendix A.1, the first two vectors: a key and a nonce of zeroes, blocks 0 and 1.
    #[test]
    fn the_keystream_is_that_of_the_rfc() {
        let mut bytes = [0; 128];
        FileKey([0; 32]).apply(0, &mut bytes);
        let first = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586";
        let second = "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f";
        assert_eq!(HEXLOWER.encode(&bytes), format!("{first}{second}"));
    }

    #[test]
    fn any_part_opens_by_itself() {
        let key = FileKey([7; 32]);
        let plain: Vec<u8> = (0..1_000u32).map(|n| n as u8).collect();
        let mut sealed = plain.clone();
        key.apply(0, &mut sealed);
        assert_ne!(sealed, plain);
        for (from, to) in [(0, 1), (1, 64), (63, 65), (64, 128), (500, 1_000)] {
            let mut part = sealed[from..to].to_vec();
            key.apply(from as u64, &mut part);
            assert_eq!(part, plain[from..to]);
        }
        let mut far = [0; 64];
        key.apply(FILE_MAX - 64, &mut far);
        assert_ne!(far, [0; 64]);
    }
}
