//! All randomness of a run: one ChaCha stream, or streams forked from it.

use std::convert::Infallible;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng},
};

/// A source of draws that replays from its seed.
#[derive(Debug)]
pub struct Dice(pub(super) ChaCha8Rng);

impl Dice {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The stream itself.
    pub fn rng(&mut self) -> &mut dyn bivouac_crypto::CryptoRng {
        &mut self.0
    }

    /// An independent stream, drawn from this one.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(ChaCha8Rng::from_rng(&mut self.0))
    }

    /// A number below `n`; 0 for 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.next_u64() % n }
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// Whether something with this many chances in a thousand happens.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of these; `None` of none.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let i = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of.get(i).cloned()
    }

    /// Puts these in a random order.
    pub fn shuffle<T>(&mut self, of: &mut [T]) {
        for i in (1..of.len()).rev() {
            let j = usize::try_from(self.below(i as u64 + 1)).unwrap_or(0);
            of.swap(i, j);
        }
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Dice {}
