//! The durable store: the only file that names the database (sled 0.34).
//!
//! One tree; a key is the table's byte and the core's key, a value is sealed for exactly that place, so that neither a
//! flipped byte nor a record moved elsewhere goes unnoticed. What sled leaves open is closed here:
//!
//! - its `flush` survives a killed process but not a power cut: [`Store::sync`] adds `fdatasync` on the file;
//! - what is larger than a quarter of its segments it puts into files of their own, also while it only reads, and where
//!   that fails it hangs: a large record is cut into [pieces](PIECE) here, so that no page of it becomes so large;
//! - an I/O error, a full disk among them, poisons it until it is opened again: room for what it has in flight is set
//!   aside behind its file, a write is refused while there is still a little more, and [`Store::revive`] opens anew.
//!   Where something can't be read although no file is damaged, the store [is lost](Store::is_lost);
//! - damaged files make it fail or panic. Panics are caught at this border, because what sled holds in memory afterwards
//!   is only ever read or dropped. A store that does not open, or in which a record cannot be read, is rebuilt: `salvage`.

mod salvage;

use std::{
    cell::Cell,
    fs::{self, File, OpenOptions},
    io,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use bivouac_core::table::{Batch, Damaged, Read, Rows, Table};
use bivouac_crypto::StorageKey;

pub(crate) use self::salvage::{salvage, set_aside};
use crate::os;

/// Memory for pages read lately, in bytes as sled counts them: what it really takes is up to seven times that.
const CACHE: u64 = 8 * 1024 * 1024;
/// What sled has in flight, in bytes: so much room is set aside for it, and no batch is written where so much more is not
/// left on the disk.
const RESERVE: u64 = 4 * 1024 * 1024;
/// Room beyond that, in bytes, before a store that was full is written again.
const HEADROOM: u64 = 512 * 1024;
/// Room that has to be free for it to be written, in bytes.
pub(crate) const NEEDED: u64 = RESERVE + HEADROOM;
/// How often, and how long after each other, what failed for reasons that pass is tried again.
const READ_AGAIN: u32 = 40;
const OPEN_AGAIN: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// What Linux says where a disk or its file system cannot be read: EIO, EBADMSG, EUCLEAN.
const DISK_ERRORS: [i32; 3] = [5, 74, 117];
/// What of a sealed record stands in one row of sled's, in bytes. A page of it holds up to 20 rows, and must stay below
/// 128 KiB.
const PIECE: usize = 5 * 1024;
/// Byte in front of the shell's own keys; the core's tables start at 1.
const OWN: u8 = 0;
const _: () = assert!(OWN < Table::Segment as u8);
/// Byte in front of the keys of pieces: the record's place and two bytes of number. At the place itself stands how many
/// there are, in two bytes, which no sealed record has.
const PIECES: u8 = 255;
const _: () = assert!(PIECES > Table::Search as u8);
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
    lost: AtomicBool,
}

struct Open {
    db: sled::Db,
    file: File,
    reserved: Mutex<Reserved>,
    #[cfg(test)]
    poisoned: bool,
    #[cfg(test)]
    drowned: bool,
}

/// Room set aside behind the database file, which only that file can use.
#[derive(Default)]
struct Reserved {
    /// Length of the file when it was last looked at, bytes: where it has become shorter, the room behind it is gone.
    len: u64,
    /// Where the room ends, from the file's beginning, bytes.
    end: u64,
}

impl Store {
    /// Opens the store in a folder, making it where there is none. `None` where it is damaged: see [`salvage()`].
    ///
    /// # Errors
    /// Where the disk, our rights or another process are in the way.
    pub(crate) fn open(dir: &Path, key: Arc<StorageKey>) -> Result<Option<Self>, OpenError> {
        salvage::finish(dir).map_err(open_error)?;
        match open_patiently(dir) {
            Ok(open) => Ok(Some(Self::of(dir, key, open))),
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
        Ok(Self::of(dir, key, open))
    }

    fn of(dir: &Path, key: Arc<StorageKey>, open: Open) -> Self {
        Self { dir: dir.to_owned(), key, open: RwLock::new(Some(open)), lost: AtomicBool::new(false) }
    }

    /// Whether something could not be read although no file is at fault: what is on disk is sound, and behind what was
    /// told to have been written. The store is to be dropped and opened again.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
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
                let (place, row) = row?;
                let value = match contained(|| whole(db, &place, row.clone())) {
                    Ok(sealed) => self.unseal(&place, &sealed).ok(),
                    // It costs this row, not the rest of its page.
                    Err(error) if is_damage(&error) => None,
                    Err(error) => return Err(error.into()),
                };
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
        let mut sealed = Vec::with_capacity(batch.0.len());
        let mut size = 0;
        for ((table, key), value) in &batch.0 {
            let place = place(*table, key);
            let value = value.as_ref().map(|value| self.key.seal_record(&mut rng, &place, value));
            size += (place.len() + value.as_ref().map_or(0, Vec::len)) as u64;
            sealed.push((place, value));
        }
        self.room_for(size)?;
        self.write(|db| {
            let mut writes = sled::Batch::default();
            for (place, value) in &sealed {
                put(db, &mut writes, place, value.as_deref())?;
            }
            db.apply_batch(writes)
        })
    }

    /// Makes everything applied so far durable, against a power cut too.
    ///
    /// # Errors
    /// After an error it is not known what is durable.
    pub(crate) fn sync(&self) -> Result<(), WriteError> {
        self.write(|db| db.flush().map(drop))?;
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or_else(closed)?;
        open.file.sync_data().map_err(write_error)
    }

    /// Tries whether the store takes writes, opening the database again where an error has poisoned it.
    ///
    /// # Errors
    /// The store still refuses writes; try again later.
    pub(crate) fn revive(&self) -> Result<(), WriteError> {
        if self.free() < NEEDED {
            return Err(WriteError::Full);
        }
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

    /// Makes every reading fail until the database is opened again, as after a disk was filled under a write.
    #[cfg(test)]
    pub(crate) fn drown(&self) {
        if let Some(open) = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner) {
            open.drowned = true;
        }
    }

    fn probe(&self) -> Result<(), WriteError> {
        self.write(|db| db.insert([OWN], b"probe").map(drop))?;
        self.sync()
    }

    /// Sees to it that so many bytes, and what is in flight, have room, whoever else fills the disk meanwhile.
    fn room_for(&self, size: u64) -> Result<(), WriteError> {
        let wanted = RESERVE + 2 * size;
        let free = self.free();
        if free < wanted {
            return Err(WriteError::Full);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or_else(closed)?;
        let len = open.file.metadata().map_err(write_error)?.len();
        let mut reserved = open.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        if len < reserved.len || reserved.end < len + wanted {
            // A step more where there is plenty, so that not every write asks for it.
            let room = if free < wanted + RESERVE { wanted } else { wanted + RESERVE };
            os::reserve(&open.file, len, room).map_err(write_error)?;
            reserved.end = len + room;
        }
        reserved.len = len;
        Ok(())
    }

    /// Room left on the disk, bytes; plenty where the system does not say.
    fn free(&self) -> u64 {
        fs2::available_space(&self.dir).unwrap_or(u64::MAX)
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
            if !is_damage(&error) {
                self.lost.store(true, Ordering::Relaxed);
            }
            Damaged
        })
    }

    /// Reads; again and again for a while where the reason may pass, as that the system is short of file handles.
    fn try_read<T>(&self, mut read: impl FnMut(&sled::Db) -> sled::Result<T>) -> io::Result<T> {
        let mut tries = 0;
        loop {
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            let Some(there) = &*open else { return Err(io::Error::other("the database is closed")) };
            tries += 1;
            #[cfg(test)]
            if there.drowned {
                return Err(io::ErrorKind::StorageFull.into());
            }
            match contained(|| read(&there.db)) {
                Err(error) if !is_damage(&error) && !is_full(&error) && tries < READ_AGAIN => {
                    tracing::debug!(%error, "reading is tried again");
                }
                result => return result,
            }
            drop(open);
            thread::sleep(PAUSE);
        }
    }

    fn value(&self, place: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        let row = self.read(|db| db.get(place)?.map(|row| whole(db, place, row)).transpose())?;
        let Some(sealed) = row else { return Ok(None) };
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
            let whole = |row: sled::Result<(sled::IVec, sled::IVec)>| {
                let (place, row) = row?;
                let sealed = whole(db, &place, row)?;
                Ok((place, sealed))
            };
            if reverse {
                rows.rev().take(max).map(whole).collect()
            } else {
                rows.take(max).map(whole).collect::<sled::Result<_>>()
            }
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

/// A record as it was sealed, of what stands at its place. Where pieces are missing it does not open.
fn whole(db: &sled::Db, place: &[u8], row: sled::IVec) -> sled::Result<Vec<u8>> {
    let Some(pieces) = pieces(&row) else { return Ok(row.to_vec()) };
    let mut sealed = Vec::with_capacity(usize::from(pieces) * PIECE);
    for nth in 0..pieces {
        if let Some(piece) = db.get(piece(place, nth))? {
            sealed.extend_from_slice(&piece);
        }
    }
    Ok(sealed)
}

/// Puts a sealed record at its place, or nothing.
fn put(db: &sled::Db, writes: &mut sled::Batch, place: &[u8], sealed: Option<&[u8]>) -> sled::Result<()> {
    let before = db.get(place)?.and_then(|row| pieces(&row)).unwrap_or(0);
    let mut after = 0;
    match sealed {
        None => writes.remove(place),
        Some(sealed) if sealed.len() <= PIECE => writes.insert(place, sealed),
        Some(sealed) => {
            for part in sealed.chunks(PIECE) {
                writes.insert(piece(place, after), part);
                after += 1;
            }
            writes.insert(place, &after.to_be_bytes());
        }
    }
    for nth in after..before {
        writes.remove(piece(place, nth));
    }
    Ok(())
}

/// In how many pieces a record is, by what stands at its place; `None` where it stands there itself.
fn pieces(row: &[u8]) -> Option<u16> {
    row.try_into().ok().map(u16::from_be_bytes)
}

fn piece(place: &[u8], nth: u16) -> Vec<u8> {
    [&[PIECES], place, &nth.to_be_bytes()].concat()
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
    let file = OpenOptions::new().read(true).write(true).open(dir.join("db"))?;
    Ok(Open {
        db,
        file,
        reserved: Mutex::default(),
        #[cfg(test)]
        poisoned: false,
        #[cfg(test)]
        drowned: false,
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
            Err(error) if !is_damage(&error) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    open_dir(dir)
}

/// Whether the files, or the disk under them, are surely at fault. Anything else (the disk, our rights, another process that has the store
/// open, no more file handles) may be gone at the next start, so nothing is touched for it.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
        || error.raw_os_error().is_some_and(|code| DISK_ERRORS.contains(&code))
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
        let large = |n: usize| (0..n).map(|i| (i / 7) as u8).collect::<Vec<_>>();
        let sizes = [0, 1, PIECE - 41, PIECE - 40, PIECE - 39, PIECE, 2 * PIECE - 40, 2 * PIECE - 39, 3 << 20];
        for n in sizes {
            put(&store, Table::Segment, &n.to_be_bytes(), &large(n));
        }
        store.sync().unwrap();
        drop(store);
        let store = opened(dir.path());
        for n in sizes {
            assert_eq!(store.get(Table::Segment, &n.to_be_bytes()).unwrap().unwrap(), large(n), "{n}");
        }
        let rows = store.scan(Table::Segment, &[0]..&[255], false, 99).unwrap();
        assert_eq!(rows.iter().map(|(_, value)| value.len()).collect::<Vec<_>>(), sizes);
        let big = 3_usize << 20;
        assert_eq!(store.scan(Table::Segment, &[0]..&[255], true, 1).unwrap()[0].1, large(big));
        // The database puts no row into a file of its own, and keeps no piece of what is gone.
        assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
        for (n, now) in [(big, 2 * PIECE), (2 * PIECE - 39, 1)] {
            put(&store, Table::Segment, &n.to_be_bytes(), &large(now));
            assert_eq!(store.get(Table::Segment, &n.to_be_bytes()).unwrap().unwrap(), large(now));
        }
        for n in sizes {
            store.apply(&Batch([((Table::Segment, n.to_be_bytes().to_vec()), None)].into())).unwrap();
        }
        let left = store.try_read(|db| db.iter().keys().collect::<sled::Result<Vec<_>>>()).unwrap();
        assert_eq!(left, Vec::<sled::IVec>::new());
    }

    #[test]
    fn a_record_with_a_piece_missing_or_exchanged_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        let large = vec![7; 4 * PIECE];
        let place = place(Table::Segment, b"a");
        for spoil in [
            &(|db: &sled::Db| db.remove(piece(&place, 1)).map(drop)) as &dyn Fn(&sled::Db) -> sled::Result<()>,
            &|db| {
                let first = db.get(piece(&place, 0))?.unwrap();
                db.insert(piece(&place, 1), first).map(drop)
            },
            &|db| db.insert(&place, &2_u16.to_be_bytes()).map(drop),
        ] {
            put(&store, Table::Segment, b"a", &large);
            assert_eq!(store.get(Table::Segment, b"a").unwrap().unwrap(), large);
            store.write(spoil).unwrap();
            assert_eq!(store.get(Table::Segment, b"a"), Err(Damaged));
        }
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
    fn what_cannot_be_read_for_want_of_room_is_lost_and_no_damage() {
        let dir = tempfile::tempdir().unwrap();
        let store = opened(dir.path());
        put(&store, Table::Tail, b"a", b"one");
        store.sync().unwrap();
        assert!(!store.is_lost());
        store.drown();
        assert_eq!(store.get(Table::Tail, b"a"), Err(Damaged));
        assert!(store.is_lost());
        drop(store);
        assert_eq!(opened(dir.path()).get(Table::Tail, b"a").unwrap().unwrap(), b"one");
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
