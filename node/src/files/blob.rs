//! Sealed files on disk.
//!
//! ```text
//!  files/ID.data, ID.tree   whole: the sealed bytes, and the tree of BLAKE3 over groups of 16 KiB
//!  files/part/ID.data, …    what of it is here; which pieces are, the tree tells, so that a kill at any moment loses nothing
//!  files/part/in-N          a file being taken in
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
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

use super::{FILE_MAX, FileError, name};

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

    fn path(&self, id: FileId, what: &str) -> PathBuf {
        self.folder.join(format!("{id}.{what}"))
    }

    fn part(&self, id: FileId, what: &str) -> PathBuf {
        self.folder.join("part").join(format!("{id}.{what}"))
    }

    /// Seals a file and keeps it under a new id.
    pub(super) fn take_in(&self, path: &Path, key: &FileKey) -> Result<Taken, FileError> {
        let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
        // A pipe would be waited for, and a device might never end.
        let kind = fs::metadata(path).map_err(unreadable)?;
        if !kind.is_file() {
            return Err(FileError::NotAFile(path.to_owned()));
        }
        if kind.len() > FILE_MAX {
            return Err(FileError::TooLarge(path.to_owned()));
        }
        self.keep(File::open(path).map_err(unreadable)?, key, path)
    }

    /// Seals bytes and keeps them, likewise.
    pub(super) fn take_in_bytes(&self, bytes: &[u8], key: &FileKey) -> Result<Taken, FileError> {
        self.keep(bytes, key, Path::new("a preview"))
    }

    fn keep(&self, plain: impl Read, key: &FileKey, path: &Path) -> Result<Taken, FileError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let sealed = self.folder.join("part").join(format!("in-{}-{number}", std::process::id()));
        let taken = self.seal(plain, key, &sealed, path);
        if taken.is_err() {
            let _ = fs::remove_file(&sealed);
        }
        taken
    }

    fn seal(&self, mut plain: impl Read, key: &FileKey, sealed: &Path, path: &Path) -> Result<Taken, FileError> {
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
        }
        let hashes = sealed.with_extension("tree");
        let made = (|| {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&hashes)?;
            let (root, tree) = (blake3::hash(&[]), BaoTree::new(size, GROUP));
            let mut tree = PreOrderOutboard { root, tree, data: file };
            tree.init_from(BufReader::with_capacity(BLOCK, File::open(sealed)?))?;
            let id = FileId(*tree.root.as_bytes());
            data.sync_all()?;
            tree.data.sync_all()?;
            fs::rename(&hashes, self.path(id, "tree"))?;
            fs::rename(sealed, self.path(id, "data"))?;
            File::open(&self.folder)?.sync_all()?;
            Ok(id)
        })();
        let id = made.inspect_err(|_| drop(fs::remove_file(&hashes))).map_err(FileError::Full)?;
        Ok(Taken { id, size, start })
    }

    /// Whether a file is here whole.
    pub(super) fn is_whole(&self, id: FileId) -> bool {
        self.path(id, "data").exists()
    }

    /// A piece of a whole file with the hashes that verify it; `None` where it is not here.
    pub(super) fn piece(&self, id: FileId, piece: u64) -> io::Result<Option<Vec<u8>>> {
        let (data, tree) = match (File::open(self.path(id, "data")), File::open(self.path(id, "tree"))) {
            (Ok(data), Ok(tree)) => (data, tree),
            (Err(error), _) | (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let size = data.metadata()?.len();
        if piece >= pieces(size) {
            return Ok(None);
        }
        let tree = outboard(id, size, tree);
        let mut encoded = Vec::new();
        // A disk that lies is found out here, before anybody is told.
        let done = sync::encode_ranges_validated(&data, &tree, &ranges(size, piece), &mut encoded);
        Ok(done.is_ok().then_some(encoded))
    }

    /// Goes on with a file of this length, or begins it.
    pub(super) fn begin(&self, id: FileId, size: u64) -> io::Result<Part> {
        fs::create_dir_all(self.folder.join("part"))?;
        let open =
            |what| OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.part(id, what));
        let data = open("data")?;
        data.set_len(size)?;
        let tree = outboard(id, size, open("tree")?);
        tree.data.set_len(tree.tree.outboard_size())?;
        Ok(Part { data, tree })
    }

    /// Makes a file of which all pieces are here a whole one.
    pub(super) fn finish(&self, id: FileId, part: &Part) -> io::Result<()> {
        part.data.sync_all()?;
        part.tree.data.sync_all()?;
        fs::rename(self.part(id, "tree"), self.path(id, "tree"))?;
        fs::rename(self.part(id, "data"), self.path(id, "data"))?;
        File::open(&self.folder)?.sync_all()
    }

    /// Opens a whole file into one of its own: at a path that is free or holds the same already, or in a folder.
    pub(super) fn save(&self, file: &Attachment, to: &Path) -> Result<(PathBuf, u64), FileError> {
        let unsavable = |at: &Path, error| FileError::Unsavable(at.to_owned(), error);
        let sealed = File::open(self.path(file.id, "data")).map_err(FileError::Full)?;
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
                open_into(&sealed, file, &made.0).map_err(|error| unsavable(place, error))?;
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

    /// Deletes a file.
    pub(super) fn discard(&self, id: FileId) {
        for what in ["data", "tree"] {
            let _ = fs::remove_file(self.path(id, what));
            let _ = fs::remove_file(self.part(id, what));
        }
    }
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

/// Goes through a file in plain, block by block, until `take` says no.
fn each(sealed: &File, file: &Attachment, mut take: impl FnMut(&[u8]) -> io::Result<bool>) -> io::Result<()> {
    let (mut at, mut block) = (0, vec![0; BLOCK]);
    while at < file.size {
        let want = usize::try_from(file.size - at).unwrap_or(BLOCK).min(BLOCK);
        sealed.read_exact_at(&mut block[..want], at)?;
        file.key.apply(at, &mut block[..want]);
        if !take(&block[..want])? {
            break;
        }
        at += want as u64;
    }
    Ok(())
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
