//! Room for what is fetched: so much of it is kept, to be given on and saved again, and no more.
//!
//! What was sent from here is not counted: it stays as long as its messages do. Beyond the bound what was begun and left
//! lying goes first, then what was not used for longest. A file that is larger than the bound by itself is fetched all the
//! same; it counts for nothing, and goes once it is saved. What is being fetched or saved stays.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bivouac_core::model::FileId;

use super::blob::{Blobs, Lying, Place};

/// What is left on the disk for the store, in bytes.
const SPARE: u64 = 64 << 20;
/// Once it is too much, this part of the bound is made free at once: not every file is to have all of them looked at.
const SLACK: u64 = 16;

/// Keeps what is fetched within its bound.
pub(super) struct Room {
    blobs: Blobs,
    max: u64,
    /// What is being fetched or saved, by how many.
    busy: Mutex<BTreeMap<FileId, usize>>,
    /// No less than what is kept, once that was looked at.
    kept: Mutex<Option<u64>>,
}

/// Holds a file in place while it lives.
pub(super) struct Holding {
    room: Arc<Room>,
    id: FileId,
}

impl Room {
    pub(super) fn new(blobs: Blobs, max: u64) -> Self {
        Self { blobs, max, busy: Mutex::default(), kept: Mutex::default() }
    }

    /// Keeps a file from going.
    pub(super) fn hold(self: &Arc<Self>, id: FileId) -> Holding {
        *lock(&self.busy).entry(id).or_default() += 1;
        Holding { room: self.clone(), id }
    }

    /// Makes room for a file of this length that was just begun and is held.
    ///
    /// # Errors
    /// The disk has not that much.
    pub(super) fn make(&self, size: u64) -> io::Result<()> {
        {
            let mut kept = lock(&self.kept);
            let then = kept.map(|kept| kept + cost(size)).filter(|then| *then <= self.max);
            *kept = Some(then.unwrap_or_else(|| self.evict(&[Place::Part, Place::Got])));
        }
        self.ask(self.promised())
    }

    /// Sees to it that the disk has so many bytes to give, beside what the store needs.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn ask(&self, bytes: u64) -> io::Result<()> {
        std::fs::create_dir_all(self.blobs.folder())?;
        let free = fs2::available_space(self.blobs.folder())?;
        if free >= bytes.saturating_add(SPARE) {
            return Ok(());
        }
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        let why = format!("{} MiB are needed and {} MiB are free", mib(bytes.saturating_add(SPARE)), free >> 20);
        Err(io::Error::new(io::ErrorKind::StorageFull, why))
    }

    /// Lets go what was fetched beyond the bound. What is in part stays: it is most likely to be gone on with.
    pub(super) fn tidy(&self) {
        self.evict(&[Place::Got]);
    }

    /// A file was saved: it is not needed here any more where it is larger than all that may be kept.
    pub(super) fn saved(&self, id: FileId, size: u64) {
        if size > self.max {
            self.remove(Place::Got, id);
        }
    }

    /// Lets go what is too much. Gives what is kept, with what was promised to files under way.
    fn evict(&self, places: &[Place]) -> u64 {
        let mut all = Vec::new();
        for place in places {
            all.extend(self.blobs.list(*place).into_iter().map(|file| (*place, file)));
        }
        let busy = lock(&self.busy).clone();
        // What is under way is going to take its whole length.
        let takes = |(place, file): &(Place, Lying)| match place {
            Place::Part if busy.contains_key(&file.id) => cost(file.size),
            _ => file.takes,
        };
        let mut kept: u64 = all.iter().map(takes).filter(|takes| *takes <= self.max).sum();
        let goal = if kept > self.max { self.max - self.max / SLACK } else { self.max };
        all.sort_by_key(|(place, file)| (*place, file.used));
        for file in &all {
            let takes = takes(file);
            let counts = takes <= self.max;
            if counts && kept <= goal {
                continue;
            }
            if self.remove(file.0, file.1.id) && counts {
                kept -= takes;
            }
        }
        kept
    }

    /// Deletes a file, unless it is held. Whether it did.
    fn remove(&self, place: Place, id: FileId) -> bool {
        let busy = lock(&self.busy);
        let free = !busy.contains_key(&id);
        if free {
            self.blobs.remove(place, id);
        }
        free
    }

    /// What files under way are still going to take of the disk.
    fn promised(&self) -> u64 {
        let busy: Vec<FileId> = lock(&self.busy).keys().copied().collect();
        let left = |id| self.blobs.lying(Place::Part, id).map_or(0, |file| cost(file.size).saturating_sub(file.takes));
        busy.into_iter().map(left).sum()
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut busy = lock(&self.room.busy);
        if let Some(by) = busy.get_mut(&self.id) {
            *by -= 1;
            if *by == 0 {
                busy.remove(&self.id);
            }
        }
    }
}

/// What a file of this length takes of a disk, with its tree and what is rounded up.
const fn cost(size: u64) -> u64 {
    size + size / 128 + 8 * 1024
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    use super::*;

    const KIB: usize = 1024;

    struct Disk(tempfile::TempDir, Arc<Room>);

    impl Disk {
        fn new(max: usize) -> Self {
            let dir = tempfile::tempdir().unwrap();
            ["got", "part"].iter().for_each(|place| fs::create_dir(dir.path().join(place)).unwrap());
            let room = Arc::new(Room::new(Blobs::new(dir.path().to_owned()), max as u64));
            Self(dir, room)
        }

        /// Puts a file there that was used so many minutes ago.
        fn put(&self, place: &str, nth: u8, len: usize, ago: u64) {
            let path = self.0.path().join(place).join(format!("{}.data", id(nth)));
            fs::write(&path, vec![1; len]).unwrap();
            let used = SystemTime::now() - Duration::from_secs(60 * ago);
            fs::File::open(path).unwrap().set_modified(used).unwrap();
        }

        fn has(&self) -> Vec<u8> {
            let here = |nth: &u8| {
                ["", "got", "part"]
                    .iter()
                    .any(|place| self.0.path().join(place).join(format!("{}.data", id(*nth))).exists())
            };
            (0..20).filter(here).collect()
        }

        /// Begins a file, as a fetch does.
        fn begin(&self, nth: u8, len: usize) -> Holding {
            let holding = self.1.hold(id(nth));
            drop(self.1.blobs.begin(id(nth), len as u64).unwrap());
            self.1.make(len as u64).unwrap();
            holding
        }
    }

    fn id(nth: u8) -> FileId {
        FileId([nth; 32])
    }

    #[test]
    fn what_was_left_lying_goes_first_then_what_was_not_used_for_longest() {
        let disk = Disk::new(1000 * KIB);
        disk.put("", 0, 900 * KIB, 1000);
        disk.put("got", 1, 200 * KIB, 30);
        disk.put("got", 2, 200 * KIB, 50);
        disk.put("got", 3, 200 * KIB, 10);
        disk.put("part", 4, 100 * KIB, 5);
        disk.put("part", 5, 100 * KIB, 8);
        // Room for this one there is.
        let first = disk.begin(6, 100 * KIB);
        assert_eq!(disk.has(), [0, 1, 2, 3, 4, 5, 6]);
        // Of what is under way the whole length counts, though nothing of it has come yet.
        let second = disk.begin(7, 100 * KIB);
        assert_eq!(disk.has(), [0, 1, 2, 3, 4, 6, 7]);
        let _third = disk.begin(8, 200 * KIB);
        assert_eq!(disk.has(), [0, 1, 3, 6, 7, 8]);
        let held = disk.1.hold(id(1));
        let _fourth = disk.begin(9, 200 * KIB);
        assert_eq!(disk.has(), [0, 1, 6, 7, 8, 9], "what is being saved stays");
        drop((held, first, second));
        let _fifth = disk.begin(10, 500 * KIB);
        assert_eq!(disk.has(), [0, 8, 9, 10]);
    }

    #[test]
    fn a_file_larger_than_all_that_is_kept_costs_the_others_nothing() {
        let disk = Disk::new(1000 * KIB);
        disk.put("got", 1, 400 * KIB, 30);
        disk.put("got", 2, 400 * KIB, 20);
        let held = disk.begin(3, 5000 * KIB);
        assert_eq!(disk.has(), [1, 2, 3]);
        fs::rename(
            disk.0.path().join(format!("part/{}.data", id(3))),
            disk.0.path().join(format!("got/{}.data", id(3))),
        )
        .unwrap();
        disk.1.saved(id(3), 5000 * KIB as u64);
        assert_eq!(disk.has(), [1, 2, 3], "another saves it still");
        drop(held);
        disk.1.saved(id(3), 5000 * KIB as u64);
        assert_eq!(disk.has(), [1, 2]);
        // At a start the bound may have become another; what was begun is not what goes.
        disk.put("part", 4, 900 * KIB, 90);
        Room::new(Blobs::new(disk.0.path().to_owned()), 500 * KIB as u64).tidy();
        assert_eq!(disk.has(), [2, 4]);
    }

    #[test]
    fn what_the_disk_has_not_got_is_not_begun() {
        let disk = Disk::new(1000 * KIB);
        let held = disk.1.hold(id(1));
        drop(disk.1.blobs.begin(id(1), 1 << 42).unwrap());
        let error = disk.1.make(1 << 42).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().ends_with(" MiB are free"), "{error}");
        drop(held);
    }
}
