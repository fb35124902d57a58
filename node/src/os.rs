//! What the operating system alone can give: randomness and the clocks, which the core is handed, and room on a disk.

use std::{
    fs::File,
    io,
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

/// Sets room on the disk aside for a file, in bytes from its beginning, without making it longer. Nothing happens where
/// the system or the file system has no such thing.
///
/// # Errors
/// The file system's, that it is full among them.
#[cfg(target_os = "linux")]
pub(crate) fn reserve(file: &File, from: u64, len: u64) -> io::Result<()> {
    use rustix::{
        fs::{FallocateFlags, fallocate},
        io::{Errno, retry_on_intr},
    };
    match retry_on_intr(|| fallocate(file, FallocateFlags::KEEP_SIZE, from, len)) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn reserve(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// Both clocks.
#[must_use]
pub(crate) fn now() -> Now {
    Now { wall_ms: wall_ms(), mono_ms: mono_ms() }
}
