//! Sealed files on disk.
//!
//! ```text
//!  files/ID.data, ID.tree       sent from here: the sealed bytes, and the tree of BLAKE3 over groups of 16 KiB
//!  files/got/ID.data, ID.tree   fetched, whole: kept while there is room for it
//!  files/part/ID.data, …        what of it is here; which pieces are, the tree tells, so that a kill at any moment loses nothing
//!  files/part/in-N              a file being taken in
//!  files/loose/ID               it may hang on nothing: should the process die now, it is to be looked at and deleted
//! ```
//!
//! A mark of a loose file is on disk before its bytes are in place, and before the erasing of what it hung on is: whatever
//! dies when, no bytes stay that nothing refers to.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Write},
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use bao_tree::{
    BaoTree, BlockSize, ChunkNum, ChunkRanges, blake3,
    io::{
        DecodeError,
        outboard::PreOrderOutboard,
        sync::{self, CreateOutboard},
    },
};
use bivouac_core::{model::FileId, op::Attachment};
use bivouac_crypto::FileKey;

use super::{FILE_MAX, FileError, Told, name};

/// What is hashed as one leaf: 16 KiB.
const GROUP: BlockSize = BlockSize::from_chunk_log(4);
/// What is asked for at once, in bytes.
pub(super) const PIECE: u64 = 1 << 20;
/// Chunks of BLAKE3 in a piece.
const CHUNKS: u64 = PIECE / 1024;
/// Largest encoded piece: its bytes, the hashes of its groups, and those on the way down to it.
pub(super) const ENCODED_MAX: u64 = PIECE + 64 * 2 * (PIECE >> 14) + 64 * 64;
/// Bytes of a file that tell what is in it.
const START: usize = 64 * 1024;
/// Bytes sealed and written at once.
const BLOCK: usize = 256 * 1024;

/// Where files are kept.
#[derive(Clone, Debug)]
pub(super) struct Blobs {
    folder: PathBuf,
}

/// In what state a file is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In part.
    Part,
    /// Whole, fetched from others.
    Got,
    /// Whole, sent from here.
    Own,
}

/// A file as it lies on the disk.
pub(super) struct Lying {
    pub(super) id: FileId,
    /// Its length, in bytes.
    pub(super) size: u64,
    /// What it takes of the disk, in bytes: of a file in part less than its length.
    pub(super) takes: u64,
    /// When it was used last.
    pub(super) used: SystemTime,
}

/// A file that was taken in.
pub(super) struct Taken {
    pub(super) id: FileId,
    pub(super) size: u64,
    /// How it begins, in plain.
    pub(super) start: Vec<u8>,
}

/// A file of which pieces are here.
pub(super) struct Part {
    data: File,
    tree: PreOrderOutboard<File>,
}

/// Why a piece is not taken.
#[derive(Debug)]
pub(super) enum BadPiece {
    /// It is not what the id names.
    Wrong,
    /// It can't be written.
    Disk(io::Error),
}

impl Blobs {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn place(&self, place: Place) -> PathBuf {
        match place {
            Place::Own => self.folder.clone(),
            Place::Got => self.folder.join("got"),
            Place::Part => self.folder.join("part"),
        }
    }

    fn path(&self, place: Place, id: FileId, what: &str) -> PathBuf {
        self.place(place).join(format!("{id}.{what}"))
    }

    /// Opens what is kept of a whole file; `None` where it is not here.
    fn open(&self, id: FileId, what: &str) -> io::Result<Option<File>> {
        for place in [Place::Own, Place::Got] {
            match File::open(self.path(place, id, what)) {
                Ok(file) => return Ok(Some(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Seals a file and keeps it under a new id.
    pub(super) fn take_in(&self, path: &Path, key: &FileKey, told: Told<'_>) -> Result<Taken, FileError> {
        let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
        // A pipe would be waited for, and a device might never end.
        let kind = fs::metadata(path).map_err(unreadable)?;
        if !kind.is_file() {
            return Err(FileError::NotAFile(path.to_owned()));
        }
        if kind.len() > FILE_MAX {
            return Err(FileError::TooLarge(path.to_owned()));
        }
        self.keep(File::open(path).map_err(unreadable)?, key, path, told)
    }

    /// Seals bytes and keeps them, likewise.
    pub(super) fn take_in_bytes(&self, bytes: &[u8], key: &FileKey, told: Told<'_>) -> Result<Taken, FileError> {
        self.keep(bytes, key, Path::new("a picture"), told)
    }

    fn keep(&self, plain: impl Read, key: &FileKey, path: &Path, told: Told<'_>) -> Result<Taken, FileError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let sealed = self.folder.join("part").join(format!("in-{}-{number}", std::process::id()));
        let taken = self.seal(plain, key, &sealed, path, told);
        if taken.is_err() {
            let _ = fs::remove_file(&sealed);
        }
        taken
    }

    fn seal(
        &self,
        mut plain: impl Read,
        key: &FileKey,
        sealed: &Path,
        path: &Path,
        told: Told<'_>,
    ) -> Result<Taken, FileError> {
        let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
        fs::create_dir_all(self.folder.join("part")).map_err(FileError::Full)?;
        let mut data = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(sealed);
        let data = data.as_mut().map_err(|error| FileError::Full(io::Error::new(error.kind(), error.to_string())))?;
        let (mut start, mut size, mut block) = (Vec::new(), 0, vec![0; BLOCK]);
        loop {
            let read = read_full(&mut plain, &mut block).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            let bytes = &mut block[..read];
            start.extend_from_slice(&bytes[..read.min(START.saturating_sub(start.len()))]);
            key.apply(size, bytes);
            data.write_all(bytes).map_err(FileError::Full)?;
            size += read as u64;
            if size > FILE_MAX {
                return Err(FileError::TooLarge(path.to_owned()));
            }
            // Hashing what is sealed is half of the work.
            if !told(size / 2) {
                return Err(FileError::Withdrawn);
            }
        }
        let hashes = sealed.with_extension("tree");
        let made = (|| {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&hashes)?;
            let (root, tree) = (blake3::hash(&[]), BaoTree::new(size, GROUP));
            let mut tree = PreOrderOutboard { root, tree, data: file };
            let read = Counted { from: File::open(sealed)?, read: 0, told: &|read| _ = told((size + read) / 2) };
            tree.init_from(BufReader::with_capacity(BLOCK, read))?;
            let id = FileId(*tree.root.as_bytes());
            data.sync_all()?;
            tree.data.sync_all()?;
            self.loosen(&BTreeSet::from([id]))?;
            fs::rename(&hashes, self.path(Place::Own, id, "tree"))?;
            fs::rename(sealed, self.path(Place::Own, id, "data"))?;
            File::open(&self.folder)?.sync_all()?;
            Ok(id)
        })();
        let id = made.inspect_err(|_| drop(fs::remove_file(&hashes))).map_err(FileError::Full)?;
        Ok(Taken { id, size, start })
    }

    /// Whether a file is here whole.
    pub(super) fn is_whole(&self, id: FileId) -> bool {
        [Place::Own, Place::Got].iter().any(|place| self.path(*place, id, "data").exists())
    }

    /// A piece of a whole file with the hashes that verify it; `None` where it is not here.
    pub(super) fn piece(&self, id: FileId, piece: u64) -> io::Result<Option<Vec<u8>>> {
        let (Some(data), Some(tree)) = (self.open(id, "data")?, self.open(id, "tree")?) else { return Ok(None) };
        let size = data.metadata()?.len();
        if piece >= pieces(size) {
            return Ok(None);
        }
        let tree = outboard(id, size, tree);
        let mut encoded = Vec::new();
        // A disk that lies is found out here, before anybody is told.
        let done = sync::encode_ranges_validated(&data, &tree, &ranges(size, piece), &mut encoded);
        used(&data);
        Ok(done.is_ok().then_some(encoded))
    }

    /// Goes on with a file of this length, or begins it.
    pub(super) fn begin(&self, id: FileId, size: u64) -> io::Result<Part> {
        fs::create_dir_all(self.folder.join("part"))?;
        let open = |what| {
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.path(
                Place::Part,
                id,
                what,
            ))
        };
        let data = open("data")?;
        data.set_len(size)?;
        let tree = outboard(id, size, open("tree")?);
        tree.data.set_len(tree.tree.outboard_size())?;
        Ok(Part { data, tree })
    }

    /// Makes a file of which all pieces are here a whole one.
    pub(super) fn finish(&self, id: FileId, part: &Part) -> io::Result<()> {
        fs::create_dir_all(self.place(Place::Got))?;
        part.data.sync_all()?;
        part.tree.data.sync_all()?;
        for what in ["tree", "data"] {
            fs::rename(self.path(Place::Part, id, what), self.path(Place::Got, id, what))?;
        }
        File::open(self.place(Place::Got))?.sync_all()
    }

    /// Opens a whole file into one of its own: at a path that is free or holds the same already, or in a folder.
    pub(super) fn save(&self, file: &Attachment, to: &Path) -> Result<(PathBuf, u64), FileError> {
        let unsavable = |at: &Path, error| FileError::Unsavable(at.to_owned(), error);
        let sealed = self.open(file.id, "data").map_err(FileError::Full)?.ok_or(FileError::Unreachable)?;
        used(&sealed);
        let own = name::safe(&file.name);
        let places: Vec<PathBuf> = match to.is_dir() {
            true => (0..1_000).map(|nth| to.join(name::numbered(&own, nth))).collect(),
            false => vec![to.to_owned()],
        };
        let folder =
            if to.is_dir() { to } else { to.parent().filter(|at| *at != Path::new("")).unwrap_or(Path::new(".")) };
        let mut beside = None;
        for place in &places {
            if place.symlink_metadata().is_ok() {
                if is_same(&sealed, file, place).unwrap_or(false) {
                    return Ok((place.clone(), file.size));
                }
                continue;
            }
            // Written beside, and put there whole.
            if beside.is_none() {
                let made = Beside::new(folder, file.id);
                open_into(&sealed, file, &made.0).map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => FileError::Rotten,
                    _ => unsavable(place, error),
                })?;
                beside = Some(made);
            }
            match beside.as_ref().map(|beside| put(&beside.0, place)) {
                Some(Err(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                    // Somebody was faster; most likely it was this file.
                    if is_same(&sealed, file, place).unwrap_or(false) {
                        return Ok((place.clone(), file.size));
                    }
                }
                Some(Err(error)) => return Err(unsavable(place, error)),
                Some(Ok(())) | None => return Ok((place.clone(), file.size)),
            }
        }
        Err(FileError::Exists(places.into_iter().next().unwrap_or_default()))
    }

    /// What is in a whole file, in plain. Of a length that whoever asks has looked at before.
    pub(super) fn read(&self, file: &Attachment) -> Result<Vec<u8>, FileError> {
        let sealed = self.open(file.id, "data").map_err(FileError::Full)?.ok_or(FileError::Unreachable)?;
        used(&sealed);
        let mut plain = Vec::new();
        let read = each(&sealed, file, |bytes| {
            plain.extend_from_slice(bytes);
            Ok(true)
        });
        // Nothing but the disk is in the way of reading, and only one that fails gives something else.
        read.map_err(|_| FileError::Rotten)?;
        Ok(plain)
    }

    /// How many bytes of a file are here, `None` where there are none. Of a file in part what the disk has taken, which is
    /// no more than about right: to be exact all of it would have to be hashed.
    pub(super) fn bytes_here(&self, id: FileId) -> Option<u64> {
        let whole = [Place::Own, Place::Got].into_iter().find_map(|place| self.lying(place, id));
        let part = || {
            let data = fs::metadata(self.path(Place::Part, id, "data")).ok()?;
            Some((data.blocks() * 512).min(data.len().saturating_sub(1))).filter(|here| *here > 0)
        };
        whole.map(|file| file.size).or_else(part)
    }

    /// Deletes a file, and its mark.
    pub(super) fn discard(&self, id: FileId) {
        [Place::Own, Place::Got, Place::Part].into_iter().for_each(|place| self.remove(place, id));
        self.fasten(id);
    }

    /// Deletes what is in one place of a file.
    pub(super) fn remove(&self, place: Place, id: FileId) {
        for what in ["data", "tree"] {
            let _ = fs::remove_file(self.path(place, id, what));
        }
    }

    /// Marks files, durably: they may hang on nothing.
    pub(super) fn loosen(&self, ids: &BTreeSet<FileId>) -> io::Result<()> {
        let folder = self.folder.join("loose");
        fs::create_dir_all(&folder)?;
        for id in ids {
            File::create(folder.join(id.to_string()))?;
        }
        File::open(folder)?.sync_all()
    }

    /// Takes the mark off again.
    pub(super) fn fasten(&self, id: FileId) {
        let _ = fs::remove_file(self.folder.join("loose").join(id.to_string()));
    }

    /// Files that are marked.
    pub(super) fn loose(&self) -> BTreeSet<FileId> {
        names(&self.folder.join("loose")).filter_map(|name| name.parse().ok()).collect()
    }

    /// Whether anything of a file is here.
    pub(super) fn is_here(&self, id: FileId) -> bool {
        [Place::Own, Place::Got, Place::Part].iter().any(|place| self.path(*place, id, "data").exists())
    }

    /// What lies in a place.
    pub(super) fn list(&self, place: Place) -> Vec<Lying> {
        let folder = self.place(place);
        let ids = names(&folder).filter_map(|name| name.strip_suffix(".data")?.parse().ok());
        ids.filter_map(|id| self.lying(place, id)).collect()
    }

    /// What lies there of a file.
    pub(super) fn lying(&self, place: Place, id: FileId) -> Option<Lying> {
        let data = fs::metadata(self.path(place, id, "data")).ok()?;
        let tree = fs::metadata(self.path(place, id, "tree")).map_or(0, |tree| tree.blocks());
        let used = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Lying { id, size: data.len(), takes: (data.blocks() + tree) * 512, used })
    }

    /// Removes what a process left that died: files half taken in, trees of nothing, and bytes of others without their tree.
    /// Only where nothing is under way.
    pub(super) fn tidy(&self) {
        for place in [Place::Own, Place::Got, Place::Part] {
            let folder = self.place(place);
            let here: BTreeSet<String> = names(&folder).collect();
            let is_left = |name: &str| match name.rsplit_once('.') {
                _ if name.starts_with("in-") => place == Place::Part,
                Some((id, "tree")) => !here.contains(&format!("{id}.data")),
                Some((id, "data")) => place != Place::Own && !here.contains(&format!("{id}.tree")),
                _ => false,
            };
            here.iter().filter(|name| is_left(name)).for_each(|name| drop(fs::remove_file(folder.join(name))));
        }
    }
}

/// Names of what is in a folder.
fn names(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// Notes that a file was of use.
fn used(data: &File) {
    // Where that can't be noted it only goes a little sooner.
    let _ = data.set_modified(SystemTime::now());
}

impl Part {
    /// The pieces that are not here. Reads and hashes all that is.
    pub(super) fn missing(&self, size: u64) -> io::Result<Vec<u64>> {
        let mut here = ChunkRanges::empty();
        for range in sync::valid_ranges(&self.tree, &self.data, &ChunkRanges::all()) {
            here |= ChunkRanges::from(range?);
        }
        Ok((0..pieces(size)).filter(|piece| !here.is_superset(&ranges(size, *piece))).collect())
    }

    /// Takes a piece, if it is what the id names.
    pub(super) fn put(&mut self, size: u64, piece: u64, encoded: &[u8]) -> Result<(), BadPiece> {
        let ranges = ranges(size, piece);
        let data = Writer(&self.data);
        let mut tree = PreOrderOutboard { root: self.tree.root, tree: self.tree.tree, data: Writer(&self.tree.data) };
        sync::decode_ranges(encoded, &ranges, data, &mut tree).map_err(|error| match error {
            DecodeError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => BadPiece::Disk(error),
            _ => BadPiece::Wrong,
        })
    }
}

/// How many pieces a file has.
pub(super) fn pieces(size: u64) -> u64 {
    size.div_ceil(PIECE)
}

fn ranges(size: u64, piece: u64) -> ChunkRanges {
    let end = ((piece + 1) * CHUNKS).min(BaoTree::new(size, GROUP).chunks().0);
    ChunkRanges::from(ChunkNum(piece * CHUNKS)..ChunkNum(end))
}

fn outboard<D>(id: FileId, size: u64, data: D) -> PreOrderOutboard<D> {
    PreOrderOutboard { root: blake3::Hash::from_bytes(id.0), tree: BaoTree::new(size, GROUP), data }
}

/// Writing at a place of a file that others read meanwhile.
struct Writer<'a>(&'a File);

impl sync::WriteAt for Writer<'_> {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(self.0, bytes, at)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl sync::ReadAt for Writer<'_> {
    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self.0, bytes, at)
    }
}

/// Tells how much of it was read.
struct Counted<'a> {
    from: File,
    read: u64,
    told: &'a dyn Fn(u64),
}

impl Read for Counted<'_> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(block)?;
        self.read += read as u64;
        (self.told)(self.read);
        Ok(read)
    }
}

/// Fills as much as there is.
fn read_full(from: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match from.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Goes through a file in plain, block by block, until `take` says no. At its end it is known whether it is what its id
/// names: a disk may have let it rot.
fn each(sealed: &File, file: &Attachment, mut take: impl FnMut(&[u8]) -> io::Result<bool>) -> io::Result<()> {
    let (mut at, mut block, mut hasher) = (0, vec![0; BLOCK], blake3::Hasher::new());
    while at < file.size {
        let want = usize::try_from(file.size - at).unwrap_or(BLOCK).min(BLOCK);
        sealed.read_exact_at(&mut block[..want], at)?;
        hasher.update(&block[..want]);
        file.key.apply(at, &mut block[..want]);
        if !take(&block[..want])? {
            return Ok(());
        }
        at += want as u64;
    }
    if hasher.finalize() == blake3::Hash::from_bytes(file.id.0) {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

fn open_into(sealed: &File, file: &Attachment, to: &Path) -> io::Result<()> {
    let mut out = File::create(to)?;
    each(sealed, file, |bytes| out.write_all(bytes).map(|()| true))?;
    out.sync_all()
}

/// A file on its way into a folder; gone with this value, unless it was put in place.
struct Beside(PathBuf);

impl Beside {
    fn new(folder: &Path, id: FileId) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(folder.join(format!(".bivouac-{}-{}-{number}", &id.to_string()[..8], std::process::id())))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Moves a file to a place where there is none.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can: those that can't are simple ones, on cards and sticks.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => fs::rename(from, to),
        moved => Ok(moved?),
    }
}

/// Whether this very file stands there already.
fn is_same(sealed: &File, file: &Attachment, place: &Path) -> io::Result<bool> {
    let there = fs::metadata(place)?;
    if !there.is_file() || there.len() != file.size {
        return Ok(false);
    }
    let (mut other, mut block, mut same) = (File::open(place)?, vec![0; BLOCK], true);
    each(sealed, file, |bytes| {
        other.read_exact(&mut block[..bytes.len()])?;
        same = block[..bytes.len()] == *bytes;
        Ok(same)
    })?;
    Ok(same)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: usize = 2 * PIECE as usize + 70_000;

    /// A file that is here, and the same to be fetched.
    fn held(dir: &Path) -> (Vec<u8>, Blobs, FileId) {
        let plain: Vec<u8> = (0..SIZE).map(|n| (n * n / 7) as u8).collect();
        let (blobs, key) = (Blobs::new(dir.join("held")), FileKey::generate(&mut crate::os::rng()));
        let id = blobs.take_in_bytes(&plain, &key, &|_| true).unwrap().id;
        let sealed = fs::read(dir.join("held").join(format!("{id}.data"))).unwrap();
        (sealed, blobs, id)
    }

    /// What a holder may make of a piece that it is asked for.
    fn spoilt() -> impl Strategy<Value = (u64, u8, usize, Vec<u8>)> {
        (0..pieces(SIZE as u64), 0..5_u8, any::<usize>(), prop::collection::vec(any::<u8>(), 1..200))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_a_holder_gives_nothing_wrong_is_kept((piece, how, at, junk) in spoilt()) {
            let dir = tempfile::tempdir().unwrap();
            let (sealed, blobs, id) = held(dir.path());
            let right = blobs.piece(id, piece).unwrap().unwrap();
            let (mut given, at) = (right.clone(), at % right.len());
            match how {
                0 => given[at] ^= junk[0] | 1,
                1 => given.truncate(at),
                2 => given = junk,
                3 => drop(given.splice(at..right.len().min(at + junk.len()), junk)),
                _ => given = blobs.piece(id, (piece + 1) % pieces(SIZE as u64)).unwrap().unwrap(),
            }
            let other = Blobs::new(dir.path().join("other"));
            let mut part = other.begin(id, SIZE as u64).unwrap();
            let taken = part.put(SIZE as u64, piece, &given);
            prop_assert_eq!(taken.is_ok(), given == right, "{} {}", how, at);
            prop_assert!(!matches!(taken, Err(BadPiece::Disk(_))));
            let here = fs::read(dir.path().join("other/part").join(format!("{id}.data"))).unwrap();
            prop_assert!(here.iter().zip(&sealed).all(|(here, right)| here == right || *here == 0));
            // And it can be had from another all the same.
            for piece in 0..pieces(SIZE as u64) {
                part.put(SIZE as u64, piece, &blobs.piece(id, piece).unwrap().unwrap()).unwrap();
            }
            prop_assert_eq!(part.missing(SIZE as u64).unwrap(), Vec::<u64>::new());
        }
    }
}
