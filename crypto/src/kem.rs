//! Wrapping a secret for one holder of a key: X-Wing through HPKE.
//!
//! X-Wing (draft-connolly-cfrg-xwing-kem) is X25519 and ML-KEM-768 at once: a wrap recorded today stays closed unless
//! both are broken. HPKE base mode (RFC 9180; KEM 0x647a, HKDF-SHA256, ChaCha20-Poly1305) turns the shared secret
//! into one sealed message:
//!
//! ```text
//! wrap = enc (1120) || ciphertext || tag (16)
//! ```
//!
//! Base mode says nothing about who wrapped; what is wrapped is signed for, or checked against an id, elsewhere.

use std::{cmp::Ordering, fmt};

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::XWing,
    single_shot_open, single_shot_seal_with_rng,
};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Length of a public key in bytes: 1184 of ML-KEM-768 and 32 of X25519.
pub const KEM_PUBLIC_LEN: usize = 1216;

/// Length of the encapsulated key in bytes: 1088 of ML-KEM-768 and 32 of X25519.
const ENC_LEN: usize = 1120;

/// How many bytes wrapping adds: encapsulated key and tag.
pub const WRAP_OVERHEAD: usize = ENC_LEN + 16;

/// Bytes that are no public key one can wrap to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable key-wrapping key")]
pub struct BadKey;

/// A wrap does not open: not for this key, wrong info or associated data, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wrapped secret does not open")]
pub struct BadWrap;

/// X-Wing public key. Only its length is known to be right; [`wrap`] checks the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct KemPublic(Box<[u8; KEM_PUBLIC_LEN]>);

impl KemPublic {
    /// The bytes: ML-KEM-768 encapsulation key, then X25519 public key.
    pub fn as_bytes(&self) -> &[u8; KEM_PUBLIC_LEN] {
        &self.0
    }

    /// Whether [`wrap`] would accept the key (FIPS 203 section 7.2, modulus check).
    pub fn is_usable(&self) -> bool {
        self.parse().is_ok()
    }

    fn parse(&self) -> Result<<XWing as Kem>::PublicKey, BadKey> {
        <XWing as Kem>::PublicKey::from_bytes(self.0.as_slice()).map_err(|_| BadKey)
    }
}

impl TryFrom<&[u8]> for KemPublic {
    type Error = BadKey;

    fn try_from(bytes: &[u8]) -> Result<Self, BadKey> {
        <[u8; KEM_PUBLIC_LEN]>::try_from(bytes).map(|bytes| Self(Box::new(bytes))).map_err(|_| BadKey)
    }
}

impl PartialOrd for KemPublic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KemPublic {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemPublic(")?;
        crate::bytes::write_hex(f, &self.0[..4])?;
        f.write_str(")")
    }
}

impl<C> Encode<C> for KemPublic {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for KemPublic {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::try_from(d.bytes()?).map_err(DecodeError::message)
    }
}

/// X-Wing secret key, kept as its 32-byte seed. Zeroized on drop, never printed.
pub struct KemSecret(Zeroizing<[u8; 32]>);

impl KemSecret {
    /// A fresh key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self(seed)
    }

    /// The key of a seed (the draft's decapsulation key).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*seed))
    }

    /// The seed, for storing it sealed.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The public key.
    #[expect(clippy::expect_used, reason = "hpke refuses only seeds that are not 32 bytes, and keys that are not 1216")]
    pub fn public(&self) -> KemPublic {
        let secret = self.parse().expect("a seed of 32 bytes");
        let public = XWing::sk_to_pk(&secret).to_bytes();
        KemPublic::try_from(public.as_slice()).expect("an X-Wing key of 1216 bytes")
    }

    fn parse(&self) -> Result<<XWing as Kem>::PrivateKey, BadWrap> {
        <XWing as Kem>::PrivateKey::from_bytes(self.0.as_slice()).map_err(|_| BadWrap)
    }
}

impl fmt::Debug for KemSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemSecret(redacted)")
    }
}

/// Wraps a secret so that only the holder of `to` opens it, and only with the same `info` and `aad`.
pub fn wrap(
    rng: &mut dyn CryptoRng,
    to: &KemPublic,
    info: &[u8],
    aad: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, BadKey> {
    // `single_shot_seal_with_rng` wants a sized generator; a `&mut dyn CryptoRng` is one.
    let mut rng = rng;
    let (enc, sealed) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &to.parse()?,
        info,
        secret,
        aad,
        &mut rng,
    )
    .map_err(|_| BadKey)?;
    let mut wrapped = enc.to_bytes().to_vec();
    wrapped.extend_from_slice(&sealed);
    Ok(wrapped)
}

/// Opens what [`wrap`] made.
pub fn unwrap(secret: &KemSecret, info: &[u8], aad: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadWrap> {
    let (enc, sealed) = wrapped.split_at_checked(ENC_LEN).ok_or(BadWrap)?;
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| BadWrap)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeR::Base, &secret.parse()?, &enc, info, sealed, aad)
        .map(Zeroizing::new)
        .map_err(|_| BadWrap)
}
