//! How a node is to run.

use std::path::PathBuf;

use zeroize::Zeroizing;

/// Settings of a node.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Multiaddresses to listen on; empty: QUIC and TCP on every interface, on the ports of the last run or free ones.
    pub listen: Vec<String>,
    /// Whether to find peers on the local network by multicast DNS.
    pub mdns: bool,
    /// Whether strangers on the local network see the user's name and may knock, until [`Command::Nearby`] says otherwise.
    ///
    /// [`Command::Nearby`]: crate::core::io::Command::Nearby
    pub visible: bool,
    /// What the data folder is sealed with; `None`: a key file.
    pub passphrase: Option<Passphrase>,
    /// How much is kept of files that were fetched from others, in bytes.
    pub keep_files: u64,
}

/// How much is kept of files that were fetched, where nothing else is said, in MiB.
pub const KEEP_FILES_MIB: u64 = 10_240;

/// A passphrase. Zeroized on drop, never printed.
#[derive(Clone)]
pub struct Passphrase(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

impl Config {
    /// The settings of a node whose folder this is, everything else as it comes.
    #[must_use]
    pub fn new(data: PathBuf) -> Self {
        Self { data, listen: Vec::new(), mdns: true, visible: true, passphrase: None, keep_files: KEEP_FILES_MIB << 20 }
    }
}
