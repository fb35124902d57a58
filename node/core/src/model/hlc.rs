//! Hybrid logical clocks (Kulkarni et al., 2014): 48 bits of milliseconds, 16 of counter, so that order agrees with
//! causality and stays close to wall time.

use std::fmt;

use minicbor::{Decode, Encode};

/// A hybrid logical timestamp. Larger is later.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Hlc(#[n(0)] pub u64);

impl Hlc {
    /// How far ahead of the local clock an op may be and still be shown or cited, in milliseconds.
    pub const AHEAD_MS: u64 = 5 * 60 * 1000;

    /// The first timestamp of a millisecond.
    #[must_use]
    pub fn at(wall_ms: u64) -> Self {
        Self(wall_ms << 16)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// The smallest timestamp above both this one and the wall clock's.
    #[must_use]
    pub fn next(self, wall_ms: u64) -> Self {
        Self((self.0.saturating_add(1)).max(Self::at(wall_ms.min(u64::MAX >> 16)).0))
    }

    /// Whether the op must wait: it claims to be from more than [`Self::AHEAD_MS`] after `wall_ms`.
    #[must_use]
    pub fn is_future(self, wall_ms: u64) -> bool {
        self.ms() > wall_ms.saturating_add(Self::AHEAD_MS)
    }
}

impl fmt::Debug for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.ms(), self.0 & 0xffff)
    }
}
