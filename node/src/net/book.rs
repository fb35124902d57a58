//! What the network remembers from run to run: our ports, so that addresses in invite links stay good, and where fellow
//! members were, so that a restart finds them without multicast. Sealed; losing it costs a little time.

use std::{io, path::Path};

use bivouac_crypto::{Bounded, DeviceId, StorageKey, Text, canonical};
use libp2p::Multiaddr;
use minicbor::{Decode, Encode};

use crate::{file, os};

/// Place of the sealed file.
const PLACE: &[u8] = b"peers";
/// Largest file, in bytes.
const MAX: usize = 1024 * 1024;
/// Devices remembered.
const DEVICES_MAX: usize = 1_024;
/// Addresses of a device.
const ADDRESSES_MAX: usize = 12;
/// Ports remembered: TCP and UDP, IPv4 and IPv6.
const PORTS_MAX: usize = 4;

/// Ports and addresses of an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Book {
    #[n(0)]
    ports: Bounded<u16, PORTS_MAX>,
    #[n(1)]
    entries: Bounded<Entry, DEVICES_MAX>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Entry {
    #[n(0)]
    device: DeviceId,
    #[n(1)]
    addresses: Bounded<Text<128>, ADDRESSES_MAX>,
}

impl Book {
    /// A book of these; what does not fit is left out.
    pub(super) fn new<'a>(ports: &[u16], entries: impl Iterator<Item = (DeviceId, &'a [Multiaddr])>) -> Self {
        let mut book = Self::default();
        for port in ports {
            let _ = book.ports.push(*port);
        }
        for (device, addresses) in entries {
            let mut entry = Entry { device, addresses: Bounded::new() };
            for address in addresses.iter().filter_map(|a| Text::try_from(a.to_string()).ok()) {
                let _ = entry.addresses.push(address);
            }
            let _ = book.entries.push(entry);
        }
        book
    }

    /// The ports to try again, in the order they were given in.
    pub(super) fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// Devices with an address each.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (DeviceId, Multiaddr)> {
        self.entries.iter().flat_map(|e| e.addresses.iter().filter_map(|a| Some((e.device, a.parse().ok()?))))
    }

    /// Reads the book; an absent or damaged one is empty.
    pub(crate) fn load(path: &Path, key: &StorageKey) -> Self {
        let sealed = match file::read(path, 2 * MAX as u64) {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return Self::default(),
            Err(error) => {
                tracing::debug!(%error, "the address book can't be read");
                return Self::default();
            }
        };
        let plain = key.open_record(PLACE, &sealed).ok();
        plain.and_then(|plain| canonical::decode(&plain, MAX).ok()).unwrap_or_else(|| {
            tracing::debug!("the address book is damaged; beginning a new one");
            Self::default()
        })
    }

    /// Writes the book.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn save(&self, path: &Path, key: &StorageKey) -> io::Result<()> {
        file::replace(path, &key.seal_record(&mut os::rng(), PLACE, &canonical::encode(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_read_as_written_and_a_damaged_one_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("peers");
        let key = StorageKey::from_bytes(&[1; 32]);
        assert_eq!(Book::load(&path, &key), Book::default());
        let address: Multiaddr = "/ip4/10.0.0.1/tcp/5".parse().unwrap();
        let device = DeviceId::from(bivouac_crypto::PublicKey::from_bytes([4; 32]));
        let book = Book::new(&[1, 2], [(device, std::slice::from_ref(&address))].into_iter());
        book.save(&path, &key).unwrap();
        let read = Book::load(&path, &key);
        assert_eq!(read, book);
        assert_eq!(read.addresses().collect::<Vec<_>>(), [(device, address)]);
        std::fs::write(&path, b"rubbish").unwrap();
        assert_eq!(Book::load(&path, &key), Book::default());
    }
}
