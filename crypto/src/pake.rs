//! Proving to know a password to somebody who knows it, by which neither an onlooker nor the other side learns it: SPAKE2
//! (Abdalla, Pointcheval 2005; RFC 9382) over Ed25519, with key confirmation by both sides.
//!
//! ```text
//!   guest ── X ──▶ host
//!   guest ◀── Y ── host
//!   guest ── proof of the guest ──▶ host       a wrong one is a guess, and the only one this exchange allows
//!   guest ◀── proof of the host ── host
//! ```

use std::fmt;

use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use spake2::{Ed25519Group, Identity, Password, Spake2};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::hash::{Context, hash, keyed};

/// Length of what each side sends first.
pub const MESSAGE_LEN: usize = 33;

/// A password, hashed with the place where it is good: two places with one password have unlike keys. Whoever has it can
/// pass for somebody who knows the password, and try passwords against it.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(transparent)]
pub struct PasswordKey(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl PasswordKey {
    /// The key of a password at a place.
    #[must_use]
    pub fn new(place: &[u8], password: &str) -> Self {
        let length = u64::try_from(place.len()).unwrap_or(u64::MAX).to_be_bytes();
        let input = Zeroizing::new([&length[..], place, password.as_bytes()].concat());
        Self(hash(Context::Password, &input))
    }
}

impl fmt::Debug for PasswordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordKey(..)")
    }
}

/// Not what the other side sends in this exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed message of a password exchange")]
pub struct BadExchange;

/// One side of an exchange that waits for what the other side sends.
pub struct Exchange(Spake2<Ed25519Group>);

/// The proofs that both sides know the same password.
#[derive(Debug, Zeroize, ZeroizeOnDrop)]
pub struct Proofs {
    guest: [u8; 32],
    host: [u8; 32],
}

impl Exchange {
    /// Begins as who wants to be let in, or as who lets in. Both sides name the same two devices (or whatever tells them apart).
    #[must_use]
    pub fn begin(
        rng: &mut dyn CryptoRng,
        key: &PasswordKey,
        guest: &[u8],
        host: &[u8],
        as_guest: bool,
    ) -> (Self, [u8; MESSAGE_LEN]) {
        let (password, a, b) = (Password::new(key.0), Identity::new(guest), Identity::new(host));
        let (state, sent) = if as_guest {
            Spake2::start_a_with_rng(&password, &a, &b, rng)
        } else {
            Spake2::start_b_with_rng(&password, &a, &b, rng)
        };
        let mut message = [0; MESSAGE_LEN];
        message.copy_from_slice(&sent);
        (Self(state), message)
    }

    /// What both sides have to prove.
    ///
    /// # Errors
    /// [`BadExchange`] for a message of another length or side, or that is no point of the curve.
    pub fn finish(self, received: &[u8]) -> Result<Proofs, BadExchange> {
        let shared = Zeroizing::new(self.0.finish(received).map_err(|_| BadExchange)?);
        let key = Zeroizing::new(hash(Context::Password, &shared));
        Ok(Proofs { guest: keyed(&key, b"guest"), host: keyed(&key, b"host") })
    }
}

impl Proofs {
    /// What the guest sends.
    #[must_use]
    pub fn of_guest(&self) -> [u8; 32] {
        self.guest
    }

    /// What the host sends once it has seen the guest's.
    #[must_use]
    pub fn of_host(&self) -> [u8; 32] {
        self.host
    }

    /// Whether this is the guest's proof. In constant time.
    #[must_use]
    pub fn is_guest(&self, proof: &[u8; 32]) -> bool {
        blake3::Hash::from(self.guest) == blake3::Hash::from(*proof)
    }

    /// Whether this is the host's proof. In constant time.
    #[must_use]
    pub fn is_host(&self, proof: &[u8; 32]) -> bool {
        blake3::Hash::from(self.host) == blake3::Hash::from(*proof)
    }
}
