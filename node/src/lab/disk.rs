//! A small disk of one's own, to be filled: a tmpfs in a mount namespace.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    LabError,
    net::{Entry, Space},
};

/// The flag that `nsenter` and `unshare` have for mounts.
const MOUNTS: &str = "-m";
/// Mounts a disk of `$1` bytes at `$2` and does the rest.
const MOUNT: &str = r#"mount -t tmpfs -o size="$1",mode=700 disk "$2" && shift 2 && exec "$@""#;

/// A disk, gone when dropped. Only what is started by [`Disk::on`] has it in its place.
#[derive(Debug)]
pub struct Disk {
    entry: Entry,
    space: Space,
    at: PathBuf,
}

impl Disk {
    /// A disk of so many bytes on this folder.
    ///
    /// # Errors
    /// [`LabError::Unavailable`] with the reason where the machine gives no mount namespaces.
    pub fn new(at: &Path, bytes: u64) -> Result<Self, LabError> {
        let size = bytes.to_string();
        let Some(place) = at.to_str() else {
            return Err(LabError::Unavailable(format!("{} is no text", at.display())));
        };
        let hold = |unshare: &[&str]| Space::new(&[], &[unshare, &["sh", "-c", MOUNT, "sh", &size, place]].concat());
        let (entry, space) = match hold(&["unshare", MOUNTS]) {
            Ok(space) => (Entry::Root, space),
            Err(as_root) => match hold(&["unshare", "-Ur", MOUNTS]) {
                Ok(space) => (Entry::User, space),
                Err(as_user) => return Err(LabError::Unavailable(format!("{as_root}; {as_user}"))),
            },
        };
        Ok(Self { entry, space, at: at.to_owned() })
    }

    /// What goes in front of a command to run it with this disk in its place.
    pub fn on(&self) -> Vec<OsString> {
        self.entry.argv(&self.space, MOUNTS)
    }

    /// Where everybody else finds the disk.
    pub fn path(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.space.id()));
        root.join(self.at.strip_prefix("/").unwrap_or(&self.at))
    }
}
