//! Which guilds this user is in, apart from the store: should that be lost, fellow members are asked for them. Sealed.

use std::{collections::BTreeSet, io, path::Path};

use bivouac_core::model::GuildId;
use bivouac_crypto::{Bounded, StorageKey, canonical};

use crate::{file, os};

/// Place of the sealed file.
const PLACE: &[u8] = b"guilds";
/// Largest file, in bytes.
const MAX: usize = 64 * 1024;
/// Guilds listed.
const GUILDS_MAX: usize = 256;

/// Reads the list; an absent or damaged one is empty.
pub(crate) fn load(path: &Path, key: &StorageKey) -> BTreeSet<GuildId> {
    let sealed = file::read(path, 2 * MAX as u64).ok().flatten();
    let plain = sealed.and_then(|sealed| key.open_record(PLACE, &sealed).ok());
    let list = plain.and_then(|plain| canonical::decode::<Bounded<GuildId, GUILDS_MAX>>(&plain, MAX).ok());
    list.map(|list| list.iter().copied().collect()).unwrap_or_default()
}

/// Writes the list.
///
/// # Errors
/// The file system's.
pub(crate) fn save(guilds: &BTreeSet<GuildId>, path: &Path, key: &StorageKey) -> io::Result<()> {
    let list: Vec<GuildId> = guilds.iter().copied().take(GUILDS_MAX).collect();
    let list = Bounded::<GuildId, GUILDS_MAX>::try_from(list).unwrap_or_default();
    file::replace(path, &key.seal_record(&mut os::rng(), PLACE, &canonical::encode(&list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_as_written_and_a_damaged_one_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guilds");
        let key = StorageKey::from_bytes(&[1; 32]);
        assert!(load(&path, &key).is_empty());
        let guilds = BTreeSet::from([GuildId([1; 32]), GuildId([2; 32])]);
        save(&guilds, &path, &key).unwrap();
        assert_eq!(load(&path, &key), guilds);
        std::fs::write(&path, b"rubbish").unwrap();
        assert!(load(&path, &key).is_empty());
    }
}
