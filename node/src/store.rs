//! The durable store: the only file that names the database (sled 0.34).
//!
//! One tree; a key is the table's byte and the core's key, a value is sealed for exactly that place, so that neither a
//! flipped byte nor a record moved elsewhere goes unnoticed. What sled leaves open is closed here:
//!
//! - its `flush` survives a killed process but not a power cut: [`Store::sync`] adds `fdatasync` on the file, and fsync
//!   of large records, which sled puts into files of their own and never syncs;
//! - an I/O error, a full disk among them, poisons it until it is opened again: a write is refused while there is still
//!   a little room, and [`Store::revive`] opens anew;
//! - damaged files make it fail or panic. Panics are caught at this border, because what sled holds in memory afterwards
//!   is only ever read or dropped. A store that does not open, or in which a record cannot be read, is rebuilt: `salvage`.

mod salvage;

use std::{
    cell::Cell,
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use bivouac_core::table::{Batch, Damaged, Read, Rows, Table};
use bivouac_crypto::StorageKey;

pub(crate) use self::salvage::{salvage, set_aside};
use crate::os;

/// Memory for pages read lately, in bytes as sled counts them: what it really takes is up to seven times that.
const CACHE: u64 = 8 * 1024 * 1024;
/// Room left on the disk, in bytes, below which nothing is written: enough for what sled has in flight.
const RESERVE: u64 = 4 * 1024 * 1024;
/// Room beyond that, in bytes, before a store that was full is written again.
const HEADROOM: u64 = 512 * 1024;
/// How often, and how long after each other, what failed for reasons that pass is tried again.
const READ_AGAIN: u32 = 40;
/// How often while the database is closed, to be opened again: for half a minute.
const CLOSED_AGAIN: u32 = 600;
const OPEN_AGAIN: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// What the system says where a disk cannot be read: EIO.
const DISK_ERROR: i32 = 5;
/// How coarse the file system's clock may be.
const STILL: Duration = Duration::from_millis(100);
/// Byte in front of the shell's own keys; the core's tables start at 1.
const OWN: u8 = 0;
const _: () = assert!(OWN < Table::Segment as u8);
/// Key of the record that says for whom the store was begun.
const BEGUN: &[u8] = b"begun";

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk is full, or nearly.
    #[error("the disk is full; free some room and try again")]
    Full,
    /// The disk or the database failed.
    #[error("the store could not be written: {0}; check the disk, and the owner and permissions of the data folder")]
    Failed(#[source] io::Error),
}

/// Why a store could not be opened, not even an empty one.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No room for an empty store.
    #[error("the disk is full; free some room and try again")]
    Full,
    /// The folder can't be used.
    #[error(
        "the folder `store` in the data folder could not be opened: {0}; check its owner and permissions, and that it is a folder"
    )]
    Failed(#[source] io::Error),
}

/// For whom a store was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The incarnation of the device's logs.
    pub(crate) incarnation: u64,
    /// Whether the files are still the ones it was begun in, and not a copy of them.
    pub(crate) here: bool,
}

/// A stretch of rows.
#[derive(Default)]
struct Walk {
    rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Whether no damaged page was in the way.
    whole: bool,
}

/// The store of one device.
pub(crate) struct Store {
    dir: PathBuf,
    key: Arc<StorageKey>,
    open: RwLock<Option<Open>>,
}

struct Open {
    db: sled::Db,
    file: File,
    blobs: Mutex<Blobs>,
    #[cfg(test)]
    poisoned: bool,
}

/// Large records already made durable.
#[derive(Default)]
struct Blobs {
    /// By file name.
    names: BTreeSet<OsString>,
    /// When their folder had last changed when it was read, if it had been still for a moment then: while it stays the
    /// same, nothing was added.
    unchanged_since: Option<SystemTime>,
}

impl Store {
    /// Opens the store in a folder, making it where there is none. `None` where it is damaged: see [`salvage()`].
    ///
    /// # Errors
    /// Where the disk, our rights or another process are in the way.
    pub(crate) fn open(dir: &Path, key: Arc<StorageKey>) -> Result<Option<Self>, OpenError> {
        salvage::finish(dir).map_err(open_error)?;
        match open_dir(dir) {
            Ok(open) => Ok(Some(Self { dir: dir.to_owned(), key, open: RwLock::new(Some(open)) })),
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the store does not open");
                // Without room it may be sound: the database does not always say what it lacks.
                if fs2::available_space(dir).is_ok_and(|free| free < RESERVE) {
                    return Err(OpenError::Full);
                }
                Ok(None)
            }
            Err(error) => Err(open_error(error)),
        }
    }

    /// As [`Self::open`], of a store that was closed a moment ago, and leaving a rebuilding alone.
    fn open_or_damaged(dir: &Path, key: Arc<StorageKey>) -> Result<Option<Self>, OpenError> {
        match Self::open_again(dir, key) {
            Ok(store) => Ok(Some(store)),
            Err(OpenError::Failed(error)) if is_damage(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a store that was closed a moment ago.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_again(dir: &Path, key: Arc<StorageKey>) -> Result<Self, OpenError> {
        let open = open_patiently(dir).map_err(open_error)?;
        Ok(Self { dir: dir.to_owned(), key, open: RwLock::new(Some(open)) })
    }

    /// For whom this store was begun; `None` in a new one.
    ///
    /// # Errors
    /// [`Damaged`] where the record does not open.
    pub(crate) fn begun(&self) -> Result<Option<Begun>, Damaged> {
        let Some(bytes) = self.value(&own(BEGUN))? else { return Ok(None) };
        let (incarnation, home) = bytes.split_first_chunk().ok_or(Damaged)?;
        Ok(Some(Begun { incarnation: u64::from_be_bytes(*incarnation), here: home == self.home() }))
    }

    /// Says durably for whom this store is.
    ///
    /// # Errors
    /// As [`Self::apply`] and [`Self::sync`].
    pub(crate) fn begin(&self, incarnation: u64) -> Result<(), WriteError> {
        let key = own(BEGUN);
        let value = [&incarnation.to_be_bytes()[..], &self.home()].concat();
        let value = self.key.seal_record(&mut os::rng(), &key, &value);
        self.write(|db| db.insert(&key, value).map(drop))?;
        self.sync()
    }

    /// What tells the database file from a copy of it: its number and when it was made, as far as the system says.
    fn home(&self) -> [u8; 16] {
        let mut home = [0; 16];
        let Ok(metadata) = fs::metadata(self.dir.join("db")) else { return home };
        #[cfg(unix)]
        home[..8].copy_from_slice(&std::os::unix::fs::MetadataExt::ino(&metadata).to_be_bytes());
        if let Some(made) = metadata.created().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()) {
            home[8..].copy_from_slice(&u64::try_from(made.as_nanos()).unwrap_or(u64::MAX).to_be_bytes());
        }
        home
    }

    /// Up to `max` rows of a stretch of a table, as far as the first damaged page. A row that does not open has no value.
    fn walk(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> io::Result<Walk> {
        let (start, end) = (place(table, range.start), place(table, range.end));
        let mut walk = Walk { whole: true, ..Walk::default() };
        if start >= end {
            return Ok(walk);
        }
        let read = self.try_read(|db| {
            let rows: &mut dyn Iterator<Item = _> =
                if reverse { &mut db.range(&start[..]..&end).rev() } else { &mut db.range(&start[..]..&end) };
            walk.rows.clear();
            for row in rows.take(max) {
                let (place, sealed) = row?;
                let value = self.unseal(&place, &sealed).ok();
                walk.rows.push((place[1..].to_vec(), value));
            }
            Ok(())
        });
        match read {
            Ok(()) => Ok(walk),
            Err(error) if is_damage(&error) => Ok(Walk { whole: false, ..walk }),
            Err(error) => Err(error),
        }
    }

    /// Applies a batch: all of it or nothing, visible at once, durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// After an error nothing of it is visible.
    pub(crate) fn apply(&self, batch: &Batch) -> Result<(), WriteError> {
        let mut rng = os::rng();
        let mut writes = sled::Batch::default();
        let mut size = 0;
        for ((table, key), value) in &batch.0 {
            let place = place(*table, key);
            match value {
                Some(value) => {
                    let sealed = self.key.seal_record(&mut rng, &place, value);
                    size += (place.len() + sealed.len()) as u64;
                    writes.insert(place, sealed);
                }
                None => writes.remove(place),
            }
        }
        self.room_for(size)?;
        self.write(|db| db.apply_batch(writes))
    }

    /// Makes everything applied so far durable, against a power cut too.
    ///
    /// # Errors
    /// After an error it is not known what is durable.
    pub(crate) fn sync(&self) -> Result<(), WriteError> {
        self.write(|db| db.flush().map(drop))?;
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or_else(closed)?;
        sync_blobs(&self.dir.join("blobs"), &open.blobs).map_err(write_error)?;
        open.file.sync_data().map_err(write_error)
    }

    /// Tries whether the store takes writes, opening the database again where an error has poisoned it.
    ///
    /// # Errors
    /// The store still refuses writes; try again later.
    pub(crate) fn revive(&self) -> Result<(), WriteError> {
        self.room_for(HEADROOM)?;
        if self.probe().is_ok() {
            return Ok(());
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *open = None;
        *open = Some(open_patiently(&self.dir).map_err(write_error)?);
        drop(open);
        self.probe()
    }

    /// Damages every row of a table.
    #[cfg(test)]
    pub(crate) fn spoil(&self, table: Table) {
        let spoilt = self.write(|db| {
            let keys = db.scan_prefix([table as u8]).keys().collect::<sled::Result<Vec<_>>>()?;
            keys.into_iter().try_for_each(|key| db.insert(key, b"bad").map(drop))
        });
        spoilt.and_then(|()| self.sync()).unwrap();
    }

    /// Makes every write fail until the database is opened again, as after an I/O error.
    #[cfg(test)]
    pub(crate) fn poison(&self) {
        if let Some(open) = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner) {
            open.poisoned = true;
        }
    }

    fn probe(&self) -> Result<(), WriteError> {
        self.write(|db| db.insert([OWN], b"probe").map(drop))?;
        self.sync()
    }

    fn room_for(&self, size: u64) -> Result<(), WriteError> {
        match fs2::available_space(&self.dir) {
            Ok(free) if free < RESERVE + 2 * size => Err(WriteError::Full),
            _ => Ok(()),
        }
    }

    fn write(&self, write: impl FnOnce(&sled::Db) -> sled::Result<()>) -> Result<(), WriteError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or_else(closed)?;
        #[cfg(test)]
        if open.poisoned {
            return Err(WriteError::Failed(io::Error::other("poisoned by a test")));
        }
        contained(|| write(&open.db)).map_err(write_error)
    }

    fn read<T>(&self, read: impl FnMut(&sled::Db) -> sled::Result<T>) -> Result<T, Damaged> {
        self.try_read(read).map_err(|error| {
            tracing::warn!(%error, "a record could not be read");
            Damaged
        })
    }

    /// Reads, again and again for a while where not the files are at fault: the system may be short of file handles, or
    /// the database be opened anew.
    fn try_read<T>(&self, mut read: impl FnMut(&sled::Db) -> sled::Result<T>) -> io::Result<T> {
        let (mut failed, mut closed) = (0, 0);
        while failed < READ_AGAIN && closed < CLOSED_AGAIN {
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            // While the disk is full it may not open again; that is no fault of the files, and is tried until it does.
            let result = match &*open {
                Some(open) => {
                    failed += 1;
                    contained(|| read(&open.db))
                }
                None => {
                    closed += 1;
                    Err(io::Error::other("the database is closed"))
                }
            };
            match result {
                Err(error) if !is_damage(&error) => tracing::debug!(%error, "reading is tried again"),
                result => return result,
            }
            drop(open);
            std::thread::sleep(PAUSE);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some(open) => contained(|| read(&open.db)),
            None => Err(io::Error::other("the database is closed")),
        }
    }

    fn value(&self, place: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        let Some(sealed) = self.read(|db| db.get(place))? else { return Ok(None) };
        self.unseal(place, &sealed).map(Some)
    }

    fn unseal(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
        let mut plain = self.key.open_record(place, sealed).map_err(|_| Damaged)?;
        Ok(std::mem::take(&mut *plain))
    }
}

impl Read for Store {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        self.value(&place(table, key))
    }

    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
        let (start, end) = (place(table, range.start), place(table, range.end));
        if start >= end {
            return Ok(Rows::new());
        }
        let sealed: Vec<_> = self.read(|db| {
            // An iterator that met an error repeats it for ever; collecting stops at the first.
            let rows = db.range(&start[..]..&end);
            if reverse { rows.rev().take(max).collect() } else { rows.take(max).collect::<sled::Result<_>>() }
        })?;
        sealed.into_iter().map(|(place, value)| Ok((place[1..].to_vec(), self.unseal(&place, &value)?))).collect()
    }
}

fn place(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table as u8], key].concat()
}

fn own(key: &[u8]) -> Vec<u8> {
    [&[OWN], key].concat()
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread now would be caught and answered as damage: there is no need to tell anybody.
#[must_use]
pub fn panic_is_contained() -> bool {
    CONTAINED.get()
}

/// Runs a call of sled's and turns a panic of its into an error: damaged files can make it panic, and an error is
/// something the caller can answer.
fn contained<T>(call: impl FnOnce() -> sled::Result<T>) -> io::Result<T> {
    let outer = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    CONTAINED.set(outer);
    match result {
        Ok(result) => result.map_err(|error| match error {
            sled::Error::Io(error) => error,
            // A header that is rubbish looks to sled like one of a version it does not know.
            damage @ (sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) | sled::Error::Unsupported(_)) => {
                io::Error::new(io::ErrorKind::InvalidData, damage.to_string())
            }
            other => io::Error::other(other.to_string()),
        }),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "the database gave up on a damaged file")),
    }
}

fn open_dir(dir: &Path) -> io::Result<Open> {
    fs::create_dir_all(dir)?;
    drop_unfinished(dir)?;
    let config =
        sled::Config::default().path(dir).cache_capacity(CACHE).mode(sled::Mode::HighThroughput).flush_every_ms(None);
    let db = contained(|| config.open())?;
    let file = File::open(dir.join("db"))?;
    Ok(Open {
        db,
        file,
        blobs: Mutex::default(),
        #[cfg(test)]
        poisoned: false,
    })
}

/// Removes what there is of an index that sled could not finish, for want of room or for a crash: it would take that for
/// its newest, and the store for damaged.
fn drop_unfinished(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Opens a folder that was closed a moment ago: threads of sled's may still hold its lock.
fn open_patiently(dir: &Path) -> io::Result<Open> {
    for _ in 0..OPEN_AGAIN {
        match open_dir(dir) {
            Err(error) if !is_damage(&error) => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
    open_dir(dir)
}

/// Whether the files, or the disk under them, are surely at fault. Anything else (the disk, our rights, another process that has the store
/// open, no more file handles) may be gone at the next start, so nothing is touched for it.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
        || error.raw_os_error() == Some(DISK_ERROR)
}

fn sync_blobs(dir: &Path, blobs: &Mutex<Blobs>) -> io::Result<()> {
    let changed = match fs::metadata(dir) {
        Ok(metadata) => metadata.modified()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut blobs = blobs.lock().unwrap_or_else(PoisonError::into_inner);
    if blobs.unchanged_since == Some(changed) {
        return Ok(());
    }
    let still = changed.elapsed().is_ok_and(|ago| ago > STILL);
    let names = fs::read_dir(dir)?.map(|entry| entry.map(|e| e.file_name())).collect::<io::Result<BTreeSet<_>>>()?;
    let mut added = false;
    for name in names.difference(&blobs.names) {
        match File::open(dir.join(name)) {
            Ok(file) => file.sync_all()?,
            // Sled collects a blob once nothing refers to it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        added = true;
    }
    if added {
        File::open(dir)?.sync_all()?;
    }
    *blobs = Blobs { names, unchanged_since: still.then_some(changed) };
    Ok(())
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn open_error(error: io::Error) -> OpenError {
    if is_full(&error) { OpenError::Full } else { OpenError::Failed(error) }
}

fn write_error(error: io::Error) -> WriteError {
    if is_full(&error) { WriteError::Full } else { WriteError::Failed(error) }
}

fn closed() -> WriteError {
    WriteError::Failed(io::Error::other("the store is being opened again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Arc<StorageKey> {
        Arc::new(StorageKey::from_bytes(&[7; 32]))
    }

    fn opened(dir: &Path) -> Store {
        Store::open_again(dir, key()).unwrap()
    }

    fn put(store: &Store, table: Table, key: &[u8], value: &[u8]) {
        store.apply(&Batch([((table, key.to_vec()), Some(value.to_vec()))].into())).unwrap();
    }

    fn keys(rows: Rows) -> Vec<Vec<u8>> {
        rows.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn what_was_written_is_read_at_once_and_after_a_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Tail, b"a", b"one");
        assert_eq!(store.get(Table::Tail, b"a").unwrap().unwrap(), b"one");
        assert_eq!(store.get(Table::Segment, b"a").unwrap(), None);
        store.sync().unwrap();
        drop(store);
        let store = opened(dir.path());
        assert_eq!(store.get(Table::Tail, b"a").unwrap().unwrap(), b"one");
        store.apply(&Batch([((Table::Tail, b"a".to_vec()), None)].into())).unwrap();
        assert_eq!(store.get(Table::Tail, b"a").unwrap(), None);
    }

    #[test]
    fn a_scan_keeps_to_its_table_its_range_and_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        for n in 0..5_u8 {
            put(&store, Table::Tail, &[n], &[n]);
            put(&store, Table::Secret, &[n], &[n]);
        }
        let scan = |range: Range<&[u8]>, reverse, max| keys(store.scan(Table::Tail, range, reverse, max).unwrap());
        assert_eq!(scan(&[1]..&[4], false, 9), [[1], [2], [3]]);
        assert_eq!(scan(&[1]..&[4], true, 2), [[3], [2]]);
        assert_eq!(scan(&[0]..&[255], false, 9).len(), 5);
        assert!(scan(&[4]..&[1], false, 9).is_empty());
    }

    #[test]
    fn nothing_readable_stands_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Message, b"k", b"a sentence nobody else may read");
        store.sync().unwrap();
        drop(store);
        let bytes = fs::read(dir.path().join("db")).unwrap();
        assert!(!bytes.windows(10).any(|w| w == b"a sentence"));
    }

    #[test]
    fn a_flipped_byte_or_a_record_moved_elsewhere_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Tail, b"a", b"one");
        put(&store, Table::Tail, b"b", b"two");
        let (a, b) = (place(Table::Tail, b"a"), place(Table::Tail, b"b"));
        store
            .write(|db| {
                let mut flipped = db.get(&a)?.unwrap().to_vec();
                flipped[30] ^= 1;
                db.insert(&a, flipped.as_slice())?;
                Ok(())
            })
            .unwrap();
        assert_eq!(store.get(Table::Tail, b"a"), Err(Damaged));
        assert_eq!(store.scan(Table::Tail, b"a"..b"z", false, 9), Err(Damaged));
        store.write(|db| db.get(&b)?.map(|v| db.insert(&a, v)).transpose().map(drop)).unwrap();
        assert_eq!(store.get(Table::Tail, b"a"), Err(Damaged));
        assert_eq!(store.get(Table::Tail, b"b").unwrap().unwrap(), b"two");
    }

    #[test]
    fn large_records_survive_too() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        let large = vec![9; 3 * 1024 * 1024];
        put(&store, Table::Segment, b"large", &large);
        store.sync().unwrap();
        drop(store);
        assert_eq!(opened(dir.path()).get(Table::Segment, b"large").unwrap().unwrap(), large);
    }

    #[test]
    fn a_store_knows_for_whom_it_was_begun_and_that_it_was_copied() {
        let dir = tempfile::tempdir().unwrap();
        let (here, there) = (dir.path().join("here"), dir.path().join("there"));
        let store = opened(&here);
        assert_eq!(store.begun(), Ok(None));
        store.begin(77).unwrap();
        drop(store);
        assert_eq!(opened(&here).begun(), Ok(Some(Begun { incarnation: 77, here: true })));
        fs::create_dir(&there).unwrap();
        for file in ["conf", "db"] {
            fs::copy(here.join(file), there.join(file)).unwrap();
        }
        assert_eq!(opened(&there).begun(), Ok(Some(Begun { incarnation: 77, here: false })));
        fs::rename(&here, dir.path().join("moved")).unwrap();
        assert_eq!(opened(&dir.path().join("moved")).begun(), Ok(Some(Begun { incarnation: 77, here: true })));
    }

    #[test]
    fn an_index_that_was_not_finished_is_no_damage() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Tail, b"a", b"one");
        store.sync().unwrap();
        drop(store);
        fs::write(dir.path().join("snap.FFFFFFFFFFFFFFFF.generating"), "half").unwrap();
        let store = Store::open(dir.path(), key()).unwrap().unwrap();
        assert_eq!(store.get(Table::Tail, b"a").unwrap().unwrap(), b"one");
    }

    #[test]
    fn a_store_can_be_opened_again_under_its_readers() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Tail, b"a", b"one");
        store.sync().unwrap();
        store.poison();
        assert!(store.apply(&Batch::default()).is_err());
        assert_eq!(store.get(Table::Tail, b"a").unwrap().unwrap(), b"one");
        store.revive().unwrap();
        store.apply(&Batch::default()).unwrap();
        assert_eq!(store.get(Table::Tail, b"a").unwrap().unwrap(), b"one");
    }
}
