//! Rebuilding a damaged store from what can be read of it.
//!
//! ```text
//!  store ──rows that open──▶ store.part ──indexes──▶ store.part, durable ──▶ store.new
//!  store ──▶ store.damaged-…                          store.new ──▶ store
//! ```
//!
//! The damaged one is kept as it was found. A crash in between is gone on from: `store.new` is whole.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bivouac_core::table::{Batch, Table};
use bivouac_crypto::StorageKey;

use super::{OpenError, RESERVE, Store, Walk, WriteError, open_error};
use crate::os;

/// Rows written at once.
const ROWS: usize = 256;
/// How often a stretch of which neither end can be read is halved to find a readable middle.
const HALVINGS: u32 = 5;

/// Rebuilds the store in a folder. `index` is asked for what the rows that were saved do not say themselves. Gives the new
/// store and where the damaged one is now.
///
/// # Errors
/// Where no new store can be made; the damaged one is as it was.
pub(crate) fn salvage(
    dir: &Path,
    key: &Arc<StorageKey>,
    index: impl FnOnce(&Store) -> Result<Batch, bivouac_core::OpenError>,
) -> Result<(Store, PathBuf), OpenError> {
    let (part, whole, copy) = (beside(dir, "part"), beside(dir, "new"), beside(dir, "copy"));
    let made = gather(dir, key, index, &part, &copy);
    // Nothing of it is needed any more, and the room may be.
    let _ = remove(&copy);
    if made.is_err() {
        let _ = remove(&part);
    }
    made?;
    fs::rename(&part, &whole).map_err(open_error)?;
    let aside = set_aside(dir).map_err(open_error)?;
    finish(dir).map_err(open_error)?;
    Ok((Store::open_again(dir, key.clone())?, aside))
}

/// Makes a new store in `part` of what can be read of the damaged one.
fn gather(
    dir: &Path,
    key: &Arc<StorageKey>,
    index: impl FnOnce(&Store) -> Result<Batch, bivouac_core::OpenError>,
    part: &Path,
    copy: &Path,
) -> Result<(), OpenError> {
    // A database that runs out of room may look like a damaged one, and what it holds would be left behind.
    let size = size(dir).map_err(open_error)?;
    room_for(dir, size)?;
    let fresh = empty(part, key)?;
    match Store::open_or_damaged(dir, key.clone())? {
        Some(old) => take_over(&fresh, &old)?,
        None => {
            // Without its snapshot the database goes by its log alone, and gives what stands before the damage; its
            // settings are the default ones.
            remove(copy).map_err(open_error)?;
            room_for(dir, 2 * size)?;
            copy_log(dir, copy).map_err(open_error)?;
            if let Some(old) = Store::open_or_damaged(copy, key.clone())? {
                take_over(&fresh, &old)?;
            }
        }
    }
    let fresh = match index(&fresh) {
        Ok(batch) => {
            write(&fresh, batch)?;
            fresh
        }
        // Rows without an index would be in the way of new ones: begin with nothing, and be given it by others.
        Err(_) if fresh.is_lost() => return Err(OpenError::Full),
        Err(error) => {
            tracing::warn!(%error, "nothing could be saved of the damaged store");
            drop(fresh);
            empty(part, key)?
        }
    };
    fresh.sync().map_err(write_failed)
}

fn empty(part: &Path, key: &Arc<StorageKey>) -> Result<Store, OpenError> {
    remove(part).map_err(open_error)?;
    Store::open_again(part, key.clone())
}

/// Goes on with a rebuilding that was cut short after the new store was whole.
pub(super) fn finish(dir: &Path) -> io::Result<()> {
    let whole = beside(dir, "new");
    if !whole.exists() {
        return Ok(());
    }
    if dir.exists() {
        set_aside(dir)?;
    }
    fs::rename(&whole, dir)?;
    match dir.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Moves a store out of the way, keeping it. Gives where it is.
pub(crate) fn set_aside(dir: &Path) -> io::Result<PathBuf> {
    let mut at = os::wall_ms();
    loop {
        let aside = beside(dir, &format!("damaged-{at}"));
        if !aside.exists() {
            fs::rename(dir, &aside)?;
            return Ok(aside);
        }
        at += 1;
    }
}

fn beside(dir: &Path, what: &str) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// How many bytes a folder holds; none where there is no folder.
fn size(dir: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let sizes = entries.map(|entry| {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() { size(&entry.path()) } else { Ok(metadata.len()) }
    });
    sizes.sum()
}

/// Whether there is room for so many bytes beside a store.
fn room_for(dir: &Path, bytes: u64) -> Result<(), OpenError> {
    match dir.parent().map(fs2::available_space) {
        Some(Ok(free)) if free < RESERVE + bytes => Err(OpenError::Full),
        _ => Ok(()),
    }
}

/// Copies a database without its snapshots and settings.
fn copy_log(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            copy_log(&entry.path(), &place)?;
        } else if name != "conf" && !name.to_string_lossy().starts_with("snap.") {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

/// Copies every row of truth that opens, and which incarnation the store was begun for.
fn take_over(fresh: &Store, old: &Store) -> Result<(), OpenError> {
    for table in [Table::Secret, Table::Segment, Table::Tail] {
        let mut rows = Batch::default();
        let mut keep = |key: Vec<u8>, value: Vec<u8>| {
            rows.0.insert((table, key), Some(value));
            if rows.0.len() < ROWS { Ok(()) } else { write(fresh, std::mem::take(&mut rows)) }
        };
        stretch(old, table, (&[], &[255; 80]), HALVINGS, &mut keep)?;
        write(fresh, rows)?;
    }
    match old.begun() {
        Ok(Some(begun)) => fresh.begin(begun.incarnation).map_err(write_failed),
        _ => Ok(()),
    }
}

/// Gives every readable row of a stretch of keys. A page that cannot be read ends a walk, so it is walked from both ends,
/// and what is left between halved.
fn stretch(
    old: &Store,
    table: Table,
    (from, to): (&[u8], &[u8]),
    halvings: u32,
    keep: &mut impl FnMut(Vec<u8>, Vec<u8>) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let (mut first, mut last) = (from.to_vec(), to.to_vec());
    let mut found = false;
    for reverse in [false, true] {
        loop {
            let Walk { rows, whole } = old.walk(table, &first..&last, reverse, ROWS).map_err(open_error)?;
            if let Some((key, _)) = rows.last() {
                found = true;
                if reverse {
                    last = key.clone();
                } else {
                    first = [key.as_slice(), &[0]].concat();
                }
            }
            let count = rows.len();
            for (key, row) in rows {
                if let Some(row) = row {
                    keep(key, row)?;
                }
            }
            match (whole, count) {
                (true, ROWS) => {}
                (true, _) => return Ok(()),
                (false, _) => break,
            }
        }
    }
    let Some(left) = (if found { Some(HALVINGS) } else { halvings.checked_sub(1) }) else { return Ok(()) };
    let middle = middle(&first, &last);
    if first < middle && middle < last {
        stretch(old, table, (&first, &middle), left, keep)?;
        stretch(old, table, (&middle, &last), left, keep)?;
    }
    Ok(())
}

/// A key about half way between two.
fn middle(a: &[u8], b: &[u8]) -> Vec<u8> {
    let number = |key: &[u8]| {
        let mut bytes = [0; 16];
        let n = key.len().min(16);
        bytes[..n].copy_from_slice(&key[..n]);
        u128::from_be_bytes(bytes)
    };
    let (a, b) = (number(a), number(b));
    (a + b.saturating_sub(a) / 2).to_be_bytes().to_vec()
}

fn write(store: &Store, batch: Batch) -> Result<(), OpenError> {
    let mut rows = batch.0.into_iter();
    loop {
        let some = Batch(rows.by_ref().take(ROWS).collect());
        if some.0.is_empty() {
            return Ok(());
        }
        store.apply(&some).map_err(write_failed)?;
    }
}

fn write_failed(error: WriteError) -> OpenError {
    match error {
        WriteError::Full => OpenError::Full,
        WriteError::Failed(error) => OpenError::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn key() -> Arc<StorageKey> {
        Arc::new(StorageKey::from_bytes(&[7; 32]))
    }

    fn rows(store: &Store) -> BTreeSet<Vec<u8>> {
        use bivouac_core::table::Read as _;
        store.scan(Table::Tail, &[0]..&[255; 9], false, usize::MAX).unwrap().into_iter().map(|(key, _)| key).collect()
    }

    /// A store of many pages, every row its own key three times over.
    fn filled(dir: &Path) -> BTreeSet<Vec<u8>> {
        let store = Store::open(dir, key()).unwrap().unwrap();
        store.begin(5).unwrap();
        for n in 0..2_000_u32 {
            let place = [&1_u32.to_be_bytes()[..], &u64::from(n).to_be_bytes()].concat();
            store.apply(&Batch([((Table::Tail, place), Some(n.to_be_bytes().repeat(60)))].into())).unwrap();
        }
        store.sync().unwrap();
        let all = rows(&store);
        drop(store);
        // Opening writes a snapshot.
        drop(Store::open_again(dir, key()).unwrap());
        all
    }

    /// Whether somebody who opens the store and reads all of it is told of damage.
    fn is_damaged(dir: &Path) -> bool {
        match Store::open(dir, key()).unwrap() {
            None => true,
            Some(store) => !store.walk(Table::Tail, &[]..&[255; 9], false, usize::MAX).unwrap().whole,
        }
    }

    fn flip(dir: &Path, at: u64) {
        use std::os::unix::fs::FileExt;
        let file = fs::OpenOptions::new().read(true).write(true).open(dir.join("db")).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
    }

    #[test]
    fn one_damaged_page_costs_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("base");
        let all = filled(&base);
        let len = fs::metadata(base.join("db")).unwrap().len();
        let (mut damaged, mut least) = (0, all.len());
        for page in 0..24 {
            let store_dir = dir.path().join("store");
            remove(&store_dir).unwrap();
            copy_whole(&base, &store_dir);
            flip(&store_dir, page * len / 24 + 1_000);
            if !is_damaged(&store_dir) {
                continue;
            }
            damaged += 1;
            let (store, aside) = salvage(&store_dir, &key(), |_| Ok(Batch::default())).unwrap();
            assert!(aside.join("db").exists());
            let saved = rows(&store);
            assert!(saved.is_subset(&all));
            assert_eq!(store.begun().unwrap().map(|begun| begun.incarnation), Some(5));
            least = least.min(saved.len());
        }
        println!("{damaged} of 24 flipped bytes were noticed; at least {least} of {} rows were saved", all.len());
        assert!(damaged >= 2, "no damage that matters was done");
        assert!(least > all.len() * 9 / 10, "only {least} of {} rows were saved", all.len());
    }

    fn copy_whole(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                copy_whole(&entry.path(), &to.join(entry.file_name()));
            } else {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }

    #[test]
    fn settings_of_rubbish_cost_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store_dir = dir.path().join("store");
        let all = filled(&store_dir);
        fs::write(store_dir.join("conf"), [0xff; 64]).unwrap();
        assert!(Store::open(&store_dir, key()).unwrap().is_none());
        let (store, aside) = salvage(&store_dir, &key(), |_| Ok(Batch::default())).unwrap();
        assert!(aside.join("db").exists());
        assert_eq!(rows(&store), all);
    }

    #[test]
    fn rows_that_cannot_be_indexed_are_not_kept_half() {
        let dir = tempfile::tempdir().unwrap();
        let store_dir = dir.path().join("store");
        filled(&store_dir);
        let failing = |_: &Store| Err(bivouac_core::OpenError::Damaged(bivouac_core::table::Damaged));
        let (store, aside) = salvage(&store_dir, &key(), failing).unwrap();
        assert!(aside.join("db").exists());
        assert!(rows(&store).is_empty());
        assert!(store.begun().unwrap().is_none());
    }

    #[test]
    fn a_truncated_snapshot_or_database_costs_only_what_is_gone() {
        for (what, share) in [("snap.", 2), ("db", 2), ("db", 50)] {
            let dir = tempfile::tempdir().unwrap();
            let store_dir = dir.path().join("store");
            let all = filled(&store_dir);
            for entry in fs::read_dir(&store_dir).unwrap().map(Result::unwrap) {
                if entry.file_name().to_string_lossy().starts_with(what) {
                    let len = entry.metadata().unwrap().len();
                    let file = fs::OpenOptions::new().write(true).open(entry.path()).unwrap();
                    file.set_len(len - len / share).unwrap();
                }
            }
            if !is_damaged(&store_dir) {
                // The end of a file may be room not yet used.
                assert_eq!(rows(&Store::open_again(&store_dir, key()).unwrap()), all, "{what} shorter by 1/{share}");
                continue;
            }
            let (store, _) = salvage(&store_dir, &key(), |_| Ok(Batch::default())).unwrap();
            let saved = rows(&store);
            println!("{what} shorter by 1/{share}: {} of {} rows", saved.len(), all.len());
            assert!(saved.is_subset(&all));
            assert!(what == "db" || saved == all, "a snapshot is only an index");
        }
    }

    #[test]
    fn a_rebuilding_that_was_cut_short_is_gone_on_with() {
        let dir = tempfile::tempdir().unwrap();
        let store_dir = dir.path().join("store");
        let all = filled(&store_dir);
        fs::rename(&store_dir, beside(&store_dir, "new")).unwrap();
        fs::create_dir(&store_dir).unwrap();
        let store = Store::open(&store_dir, key()).unwrap().unwrap();
        assert_eq!(rows(&store), all);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "the store, and what was in its place");
    }
}
