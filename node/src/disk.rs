//! What a node takes of the disk.

use std::{fs, path::Path};

use serde::Serialize;

use crate::{files, folder::Folder};

/// What a node takes of the disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// The database.
    pub store: u64,
    /// Damaged databases that were set aside, and are never deleted by the node.
    pub aside: u64,
    /// Files that were sent from here: they stay as long as their messages do.
    pub files_own: u64,
    /// Files that were fetched, whole and in part.
    pub files_fetched: u64,
    /// How much of those is kept at most.
    pub files_keep: u64,
    /// What is free; `None` where the system does not tell.
    pub free: Option<u64>,
}

impl Disk {
    /// Looks. It takes as long as there are files.
    pub(crate) fn of(folder: &Folder, keep: u64) -> Self {
        let store = folder.store();
        let (files_own, files_fetched) = files::taken(&folder.files());
        let beside = store.parent().and_then(|data| fs::read_dir(data).ok()).into_iter().flatten().flatten();
        let is_aside = |name: &str| name.starts_with("store.damaged");
        let aside = beside.filter(|entry| entry.file_name().to_str().is_some_and(is_aside));
        Self {
            store: size(&store),
            aside: aside.map(|entry| size(&entry.path())).sum(),
            files_own,
            files_fetched,
            files_keep: keep,
            free: store.parent().and_then(|data| fs2::available_space(data).ok()),
        }
    }
}

/// What a folder takes, with what is in it. Links are not followed.
fn size(folder: &Path) -> u64 {
    let (mut sum, mut left) = (0, vec![folder.to_owned()]);
    while let Some(path) = left.pop() {
        let Ok(at) = fs::symlink_metadata(&path) else { continue };
        sum += std::os::unix::fs::MetadataExt::blocks(&at) * 512;
        if at.is_dir() {
            left.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
    }
    sum
}
