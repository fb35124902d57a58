//! Files: sealed bytes in a folder beside the store, named by the BLAKE3 that their messages sign for, and fetched in verified
//! pieces from whoever of the readers holds them.
//!
//! `blob` keeps them, `room` bounds what is kept, `serve` gives them, `fetch` gets them, `name` makes what a stranger calls a
//! file safe to save. The core says what there is, who may have it and who may hold it; it never sees the bytes.

mod blob;
mod fetch;
mod name;
mod preview;
mod room;
mod serve;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bivouac_core::{
    io::{Answer, CommandError, Held, Query},
    model::{FileId, Preview},
    op::Attachment,
};
use bivouac_crypto::{DeviceId, FileKey, Text};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};

pub(crate) use self::name::safe as safe_name;
use self::{
    blob::{Blobs, Place},
    fetch::Fetch,
    room::Room,
};
use crate::{
    actor::Job,
    event::{Hub, NodeEvent},
    net::Streams,
    os,
};

/// Largest file, in bytes.
pub const FILE_MAX: u64 = 16 << 30;

/// Why a file could not be taken in or had.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What is to be sent can't be read.
    #[error("{0} can't be read: {1}; name a file that this node may read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("{0} is no ordinary file; a folder is sent file by file, or as an archive")]
    NotAFile(PathBuf),
    /// It is larger than [`FILE_MAX`].
    #[error("{0} is larger than 16 GiB; split it")]
    TooLarge(PathBuf),
    /// Its name can't be told.
    #[error("{0} has no file name that is text; rename it")]
    Nameless(PathBuf),
    /// The data folder can't be written.
    #[error("the data folder can't be written: {0}; free some room and try again")]
    Full(#[source] io::Error),
    /// Something else is where the file is to be saved.
    #[error("there is another file at {0}; choose another path")]
    Exists(PathBuf),
    /// It can't be saved there.
    #[error("{0} can't be written: {1}; choose another path")]
    Unsavable(PathBuf, #[source] io::Error),
    /// What is kept of it is not what it was.
    #[error("the disk has damaged what this node keeps of the file; check the disk, and have the file sent again")]
    Rotten,
    /// It is longer than whoever asked for its bytes takes.
    #[error("the file has {size} bytes and no more than {max} are taken; save it to the disk instead")]
    Long {
        /// Its length, in bytes.
        size: u64,
        /// What is taken, in bytes.
        max: u64,
    },
    /// Its fetch was stopped.
    #[error("the fetch was stopped; what was fetched is kept, and asking again goes on there")]
    Stopped,
    /// Taking it in was stopped.
    #[error("sending it was stopped before it was whole; nothing of it was sent")]
    Withdrawn,
    /// Nobody who holds it could be reached.
    #[error("nobody who has this file can be reached now; what was fetched of it is kept, so try again later")]
    Unreachable,
    /// The core refuses.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The node is shutting down.
    #[error("the node is shutting down; start it again and retry")]
    Closed,
}

/// What a file that is sent is made of.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of this machine.
    Path(PathBuf),
    /// What lies nowhere, and what it is to be called: something pasted.
    Bytes(String, Arc<[u8]>),
}

impl Source {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Path(path) => path.file_name()?.to_str(),
            Self::Bytes(name, _) => Some(name),
        }
    }

    /// Its length, in bytes, as far as that can be told.
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::Path(path) => Ok(path.metadata()?.len()),
            Self::Bytes(_, bytes) => Ok(bytes.len() as u64),
        }
    }
}

// What is sent is nobody's business but its readers'.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// Told how many bytes of a file are taken in; whether to go on.
pub(crate) type Told<'a> = &'a dyn Fn(u64) -> bool;

/// How a fetch stands.
#[derive(Clone, Debug)]
enum Outcome {
    Under,
    Whole,
    Failed(Arc<FileError>),
}

/// A fetch under way.
#[derive(Clone)]
struct Underway {
    outcome: watch::Receiver<Outcome>,
    /// Bytes that are here.
    have: Arc<AtomicU64>,
    stop: Arc<Notify>,
}

impl Underway {
    fn is_over(&self) -> bool {
        !matches!(*self.outcome.borrow(), Outcome::Under) || self.outcome.has_changed().is_err()
    }
}

/// The files of a node. Cloneable.
#[derive(Clone)]
pub(crate) struct Files(Arc<Inner>);

struct Inner {
    blobs: Blobs,
    room: Arc<Room>,
    streams: Streams,
    hub: Arc<Hub>,
    jobs: mpsc::Sender<Job>,
    /// What is being fetched.
    fetching: Mutex<BTreeMap<FileId, Underway>>,
    /// Streams to each holder that may be open at once.
    lanes: Mutex<BTreeMap<DeviceId, Arc<Semaphore>>>,
}

impl Files {
    /// Begins giving files to those who may have them. Of what was fetched it keeps `keep` bytes.
    pub(crate) fn start(folder: PathBuf, keep: u64, streams: Streams, hub: Arc<Hub>, jobs: mpsc::Sender<Job>) -> Self {
        let blobs = Blobs::new(folder);
        let room = Arc::new(Room::new(blobs.clone(), keep));
        tokio::task::spawn_blocking({
            let room = room.clone();
            move || room.tidy()
        });
        let inner = Inner { blobs, room, streams, hub, jobs, fetching: Mutex::default(), lanes: Mutex::default() };
        let files = Self(Arc::new(inner));
        serve::spawn(&files);
        files
    }

    /// Deletes what a process left that died before it could: what it had marked, and hangs on nothing.
    pub(crate) async fn sweep(&self) {
        let blobs = self.0.blobs.clone();
        let loose = blocking(move || {
            blobs.tidy();
            Ok(blobs.loose())
        });
        self.settle(loose.await.unwrap_or_default()).await;
    }

    /// Seals a file and keeps it, to be hung on a message.
    pub(crate) async fn take_in(
        &self,
        source: Source,
        told: impl Fn(u64) -> bool + Send + 'static,
    ) -> Result<Attachment, FileError> {
        let (blobs, room) = (self.0.blobs.clone(), self.0.room.clone());
        blocking(move || {
            let nameless = || match &source {
                Source::Path(path) => FileError::Nameless(path.clone()),
                Source::Bytes(name, _) => FileError::Nameless(name.into()),
            };
            let name = source.name().and_then(|name| Text::try_from(name::safe(name)).ok()).ok_or_else(nameless)?;
            let key = FileKey::generate(&mut os::rng());
            room.ask(source.size().unwrap_or(0).min(FILE_MAX)).map_err(FileError::Full)?;
            let taken = match &source {
                Source::Path(path) => blobs.take_in(path, &key, &told)?,
                Source::Bytes(_, bytes) => blobs.take_in_bytes(bytes, &key, &told)?,
            };
            let mime = Text::try_from(name::sniff(&taken.start).to_owned()).unwrap_or_default();
            let image = imagesize::blob_size(&taken.start)
                .ok()
                .and_then(|size| Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?)))
                .filter(|(width, height)| *width > 0 && *height > 0);
            let preview = image.and_then(|size| {
                let small = preview::of(&source, size)?;
                let key = FileKey::generate(&mut os::rng());
                let kept = blobs.take_in_bytes(&small.bytes, &key, &|_| true).ok()?;
                let mime = Text::try_from(small.mime.to_owned()).ok()?;
                Some(Preview { id: kept.id, key, size: kept.size, mime, image: small.size })
            });
            Ok(Attachment { id: taken.id, key, size: taken.size, name, mime, image, preview })
        })
        .await
    }

    /// Has a file whole and saves it: at a path, or in a folder under its own name, made safe. Gives where, and its length.
    pub(crate) async fn get(&self, id: FileId, to: PathBuf) -> Result<(PathBuf, u64), FileError> {
        let held = self.held(id).await?;
        self.have(&held, move |blobs, file| blobs.save(file, &to)).await
    }

    /// Has a file whole and gives what is in it, unless that is longer than `max` bytes.
    pub(crate) async fn read(&self, id: FileId, max: u64) -> Result<Vec<u8>, FileError> {
        let held = self.held(id).await?;
        let size = held.file.size;
        if size > max {
            return Err(FileError::Long { size, max });
        }
        self.have(&held, Blobs::read).await
    }

    /// How many bytes of a file are here; `None` where there are none.
    pub(crate) async fn bytes_here(&self, id: FileId) -> Result<Option<u64>, FileError> {
        let under = self.fetching().get(&id).filter(|under| !under.is_over()).cloned();
        if let Some(under) = under {
            return Ok(Some(under.have.load(Ordering::Relaxed)));
        }
        let blobs = self.0.blobs.clone();
        blocking(move || Ok(blobs.bytes_here(id))).await
    }

    /// Ends a fetch, if it is under way. Returns once it has ended; what came of it is kept.
    pub(crate) async fn stop(&self, id: FileId) {
        let under = self.fetching().get(&id).filter(|under| !under.is_over()).cloned();
        if let Some(mut under) = under {
            under.stop.notify_one();
            let _ = under.outcome.wait_for(|outcome| !matches!(outcome, Outcome::Under)).await;
        }
    }

    /// Has a file whole and does something with it; should the disk have let it rot, once more with bytes fetched anew.
    async fn have<T: Send + 'static>(
        &self,
        held: &Held,
        take: impl Fn(&Blobs, &Attachment) -> Result<T, FileError> + Send + Sync + 'static,
    ) -> Result<T, FileError> {
        let (id, take) = (held.file.id, Arc::new(take));
        match self.have_once(held, take.clone()).await {
            Err(FileError::Rotten) => {
                let blobs = self.0.blobs.clone();
                blocking(move || {
                    blobs.remove(Place::Got, id);
                    Ok(())
                })
                .await?;
                self.have_once(held, take).await
            }
            had => had,
        }
    }

    async fn have_once<T: Send + 'static>(
        &self,
        held: &Held,
        take: Arc<impl Fn(&Blobs, &Attachment) -> Result<T, FileError> + Send + Sync + 'static>,
    ) -> Result<T, FileError> {
        let file = held.file.clone();
        let holding = self.0.room.hold(file.id);
        let mut under = self.fetch(held).outcome;
        let outcome = under.wait_for(|outcome| !matches!(outcome, Outcome::Under)).await;
        match outcome.map(|outcome| outcome.clone()) {
            Ok(Outcome::Whole) => {}
            Ok(Outcome::Failed(error)) => {
                return Err(match &*error {
                    FileError::Full(error) => FileError::Full(io::Error::new(error.kind(), error.to_string())),
                    FileError::Command(error) => FileError::Command(error.clone()),
                    FileError::Unreachable => FileError::Unreachable,
                    FileError::Stopped => FileError::Stopped,
                    _ => FileError::Closed,
                });
            }
            Ok(Outcome::Under) | Err(_) => return Err(FileError::Closed),
        }
        let (blobs, room) = (self.0.blobs.clone(), self.0.room.clone());
        blocking(move || {
            let taken = take(&blobs, &file);
            drop(holding);
            room.saved(file.id, file.size);
            taken
        })
        .await
    }

    /// Looks at files that are marked as loose: those that hang on a message stay, the others are deleted.
    pub(crate) async fn settle(&self, loose: BTreeSet<FileId>) {
        if loose.is_empty() {
            return;
        }
        let Ok(Answer::Files(hung)) = self.ask(Query::Files(loose.clone())).await else { return };
        let blobs = self.0.blobs.clone();
        let _ = blocking(move || {
            for id in loose {
                if hung.contains(&id) { blobs.fasten(id) } else { blobs.discard(id) }
            }
            Ok(())
        })
        .await;
    }

    /// What is known of a file, and who may hold it.
    async fn held(&self, id: FileId) -> Result<Held, FileError> {
        match self.ask(Query::File(id)).await? {
            Answer::File(held) => Ok(*held),
            _ => Err(FileError::Closed),
        }
    }

    async fn ask(&self, query: Query) -> Result<Answer, FileError> {
        let (sender, answer) = oneshot::channel();
        self.0.jobs.send(Job::Query(query, sender)).await.map_err(|_| FileError::Closed)?;
        Ok(answer.await.map_err(|_| FileError::Closed)??)
    }

    /// Fetches a file, unless that is under way or done.
    fn fetch(&self, Held { file, holders }: &Held) -> Underway {
        let mut fetching = self.fetching();
        fetching.retain(|_, under| !under.is_over());
        if let Some(under) = fetching.get(&file.id) {
            return under.clone();
        }
        let (tell, outcome) = watch::channel(Outcome::Under);
        let under = Underway { outcome, have: Arc::default(), stop: Arc::default() };
        fetching.insert(file.id, under.clone());
        let fetch = Fetch {
            files: self.clone(),
            id: file.id,
            size: file.size,
            holders: holders.clone(),
            have: under.have.clone(),
            stop: under.stop.clone(),
        };
        let (hub, id, size, have) = (self.0.hub.clone(), file.id, file.size, under.have.clone());
        tokio::spawn(async move {
            let outcome = match fetch.run().await {
                Ok(()) => Outcome::Whole,
                Err(error) => {
                    let have = have.load(Ordering::Relaxed);
                    hub.publish(&NodeEvent::TransferOver { file: id, have, size });
                    Outcome::Failed(Arc::new(error))
                }
            };
            tell.send_replace(outcome);
        });
        under
    }

    fn fetching(&self) -> MutexGuard<'_, BTreeMap<FileId, Underway>> {
        self.0.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What files take of the disk, in bytes: those sent from here, and those fetched.
pub(crate) fn taken(folder: &Path) -> (u64, u64) {
    let blobs = Blobs::new(folder.to_owned());
    let of = |place| blobs.list(place).iter().map(|file| file.takes).sum::<u64>();
    (of(Place::Own), of(Place::Got) + of(Place::Part))
}

/// Marks, durably, those of these files that are here: nothing refers to them once what is being written is on disk.
pub(crate) fn loosen(folder: &Path, files: &BTreeSet<FileId>) -> io::Result<()> {
    let blobs = Blobs::new(folder.to_owned());
    let here: BTreeSet<FileId> = files.iter().copied().filter(|id| blobs.is_here(*id)).collect();
    if here.is_empty() { Ok(()) } else { blobs.loosen(&here) }
}

/// Deletes files that nothing refers to any more.
pub(crate) fn discard(folder: &Path, files: impl IntoIterator<Item = FileId>) {
    let blobs = Blobs::new(folder.to_owned());
    files.into_iter().for_each(|id| blobs.discard(id));
}

/// Runs what waits for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(FileError::Closed))
}
