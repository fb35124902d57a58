//! What the operating system alone can give: randomness and the clocks. The core is handed both.

use std::{
    sync::OnceLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use bivouac_core::io::Now;
use bivouac_crypto::CryptoRng;
use getrandom::{SysRng, rand_core::UnwrapErr};

/// The system's random generator. It panics where the system has no randomness to give: nothing safe can be done then.
#[must_use]
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Random bits for what is no secret: spreading waits, telling sessions apart.
pub(crate) fn noise() -> u64 {
    let mut bytes = [0; 8];
    <dyn CryptoRng>::fill_bytes(&mut rng(), &mut bytes);
    u64::from_be_bytes(bytes)
}

/// Milliseconds since the epoch.
#[must_use]
pub(crate) fn wall_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds since some moment of this process.
#[must_use]
pub(crate) fn mono_ms() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(ORIGIN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Both clocks.
#[must_use]
pub(crate) fn now() -> Now {
    Now { wall_ms: wall_ms(), mono_ms: mono_ms() }
}
