//! The data folder: one process at a time, one format.
//!
//! ```text
//!  DIR/VERSION    format of everything beside it
//!      lock       held while a node runs
//!      key        storage key, where there is no passphrase        vault   salt and cost, where there is one
//!      identity   who this device is (sealed)
//!      store/     the database (every record sealed)               store.damaged-*  set aside, never deleted
//!      store.closed  that the database was closed in order
//!      guilds     which guilds one is in (sealed), to ask for them should the store be lost
//!      files/     sealed files, sent and fetched, whole and in part
//!      peers      addresses of fellow members (sealed, can be lost)
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::file;

/// The format this program reads and writes.
const FORMAT: u32 = 1;

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has it.
    #[error("the folder {0} is in use by another Bivouac; close that one first or choose another folder with --data")]
    InUse(PathBuf),
    /// Something else is in its place.
    #[error("{0} is not a folder, or is in something that is none; choose another with --data")]
    NotFolder(PathBuf),
    /// It can't be made or written.
    #[error(
        "the folder {0} can't be written: {1}; check its owner, its permissions and the room on its disk, or choose another with --data"
    )]
    NotWritable(PathBuf, #[source] io::Error),
    /// It was written by a newer program.
    #[error("the folder {0} was written by a newer Bivouac (format {1}); update this program to open it")]
    Newer(PathBuf, u32),
    /// Its version can't be told.
    #[error("the file {0} is not what Bivouac writes; restore it from a backup or choose another folder with --data")]
    NotOurs(PathBuf),
}

/// What is found in a data folder without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No identity, or nothing at all: one is to be made.
    Empty,
    /// An identity that opens without a passphrase.
    Open,
    /// It takes a passphrase.
    Locked,
    /// Another process has it.
    InUse,
}

/// Looks at a data folder, to know what to ask for before it is opened. Nothing is made or changed.
///
/// # Errors
/// [`FolderError`], of a folder that can't be used.
pub fn look(data: &Path) -> Result<Found, FolderError> {
    let not_readable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotADirectory => FolderError::NotFolder(data.to_owned()),
        _ => FolderError::NotWritable(data.to_owned(), error),
    };
    match fs::metadata(data) {
        Ok(at) if !at.is_dir() => return Err(FolderError::NotFolder(data.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Empty),
        Err(error) => return Err(not_readable(error)),
    }
    match File::open(data.join("lock")) {
        Ok(lock) => match lock.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Found::InUse),
            Err(TryLockError::Error(error)) => return Err(not_readable(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(not_readable(error)),
    }
    if let Some(version) = version(data).map_err(not_readable)? {
        version_is_ours(data, version)?;
    }
    let there = |name: &str| fs::exists(data.join(name)).map_err(not_readable);
    Ok(match (there("vault")?, there("identity")?) {
        (true, _) => Found::Locked,
        (false, true) => Found::Open,
        (false, false) => Found::Empty,
    })
}

/// The format of a folder as it is written; `None` where it is not, within where it is none.
fn version(data: &Path) -> io::Result<Option<Option<u32>>> {
    match file::read(&data.join("VERSION"), 64) {
        Ok(text) => Ok(text.map(|text| std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()))),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Some(None)),
        Err(error) => Err(error),
    }
}

fn version_is_ours(data: &Path, version: Option<u32>) -> Result<(), FolderError> {
    match version {
        Some(FORMAT) => Ok(()),
        Some(newer) if newer > FORMAT => Err(FolderError::Newer(data.to_owned(), newer)),
        _ => Err(FolderError::NotOurs(data.join("VERSION"))),
    }
}

/// A data folder that is ours while this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, making it where there is none.
    ///
    /// # Errors
    /// See [`FolderError`].
    pub(crate) fn take(path: &Path) -> Result<Self, FolderError> {
        let not_writable = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => FolderError::NotFolder(path.to_owned()),
            _ => FolderError::NotWritable(path.to_owned(), error),
        };
        create_private(path).map_err(not_writable)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.join("lock"));
        let lock = lock.map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(not_writable(error)),
        }
        match version(path).map_err(not_writable)? {
            None => {
                let text = format!("{FORMAT}\n");
                file::replace(&path.join("VERSION"), text.as_bytes()).map_err(not_writable)?;
            }
            Some(version) => {
                version_is_ours(path, version)?;
                check_writable(path).map_err(not_writable)?;
            }
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is, as it was said.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The storage key, where no passphrase is used.
    #[must_use]
    pub(crate) fn key(&self) -> PathBuf {
        self.path.join("key")
    }

    /// How the storage key is derived, where a passphrase is used.
    #[must_use]
    pub(crate) fn vault(&self) -> PathBuf {
        self.path.join("vault")
    }

    /// The identity file.
    #[must_use]
    pub(crate) fn identity(&self) -> PathBuf {
        self.path.join("identity")
    }

    /// The folder of the database.
    #[must_use]
    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// The list of guilds.
    #[must_use]
    pub(crate) fn guilds(&self) -> PathBuf {
        self.path.join("guilds")
    }

    /// How the store was left.
    #[must_use]
    pub(crate) fn mark(&self) -> PathBuf {
        self.path.join("store.closed")
    }

    /// Sealed files.
    #[must_use]
    pub(crate) fn files(&self) -> PathBuf {
        self.path.join("files")
    }

    /// The address book.
    #[must_use]
    pub(crate) fn peers(&self) -> PathBuf {
        self.path.join("peers")
    }
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn check_writable(path: &Path) -> io::Result<()> {
    let probe = path.join("probe");
    match OpenOptions::new().write(true).create(true).truncate(true).open(&probe) {
        Ok(_) => fs::remove_file(probe),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let first = Folder::take(&path).unwrap();
        assert!(matches!(Folder::take(&path), Err(FolderError::InUse(_))));
        drop(first);
        Folder::take(&path).unwrap();
    }

    #[test]
    fn what_is_in_a_folder_is_told_without_opening_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert_eq!(look(&path).unwrap(), Found::Empty);
        assert!(!path.exists(), "nothing was made");
        let folder = Folder::take(&path).unwrap();
        assert_eq!(look(&path).unwrap(), Found::InUse);
        drop(folder);
        assert_eq!(look(&path).unwrap(), Found::Empty);
        fs::write(path.join("identity"), "x").unwrap();
        assert_eq!(look(&path).unwrap(), Found::Open);
        fs::write(path.join("vault"), "x").unwrap();
        assert_eq!(look(&path).unwrap(), Found::Locked);
        fs::write(path.join("VERSION"), "2\n").unwrap();
        assert!(matches!(look(&path), Err(FolderError::Newer(_, 2))));
        assert!(matches!(look(&path.join("identity")), Err(FolderError::NotFolder(_))));
    }

    #[test]
    fn a_newer_format_and_a_foreign_one_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(Folder::take(dir.path()).unwrap());
        fs::write(dir.path().join("VERSION"), "2\n").unwrap();
        assert!(matches!(Folder::take(dir.path()), Err(FolderError::Newer(_, 2))));
        fs::write(dir.path().join("VERSION"), "two").unwrap();
        assert!(matches!(Folder::take(dir.path()), Err(FolderError::NotOurs(_))));
    }

    #[test]
    fn a_file_in_the_way_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "").unwrap();
        assert!(matches!(Folder::take(&path), Err(FolderError::NotFolder(_))));
        assert!(matches!(Folder::take(&path.join("below")), Err(FolderError::NotFolder(_))));
    }
}
