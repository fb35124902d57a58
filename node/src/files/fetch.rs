//! Getting a file: from all who hold it at once, in pieces that are verified before they are kept.
//!
//! Each holder has a stream of its own and takes the next piece from what is left, so that who is faster gives more. When
//! nothing is left but what others are still asked for, that is asked for again: the slow do not hold up the end. Who gives
//! a wrong piece is asked for nothing more. Many files take turns at a holder.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bivouac_core::{io::Event, model::FileId};
use bivouac_crypto::DeviceId;
use futures::{AsyncReadExt, AsyncWriteExt};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

use super::{
    FILE_MAX, FileError, Files,
    blob::{BadPiece, ENCODED_MAX, PIECE, Part, pieces},
    blocking,
};
use crate::{event::NodeEvent, net::Stream};

/// Pieces asked of one holder before the first is there.
const AHEAD: usize = 4;
/// Streams open to one holder at once, for all files.
pub(super) const LANES: usize = 4;
/// Pieces asked of a holder before other files have their turn.
const TURN: usize = 64;
/// How long a holder may take for a piece, and for a stream to be opened.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked who holds the file.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long nobody may give anything before it is given up.
const GIVE_UP: Duration = Duration::from_secs(30);
/// How long a holder is left alone that turned out not to have the file, or went away.
const AGAIN: Duration = Duration::from_secs(5);
/// How long where it only closed the stream: it may have had too many of them at that moment.
const SOON: Duration = Duration::from_millis(250);
/// Least time between two reports.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// Holders asked at once.
const HOLDERS_MAX: usize = 8;

/// A file to be fetched.
pub(super) struct Fetch {
    pub(super) files: Files,
    pub(super) id: FileId,
    pub(super) size: u64,
    /// Who may hold it, as far as is known.
    pub(super) holders: Vec<DeviceId>,
    /// Where to note how many bytes are here.
    pub(super) have: Arc<AtomicU64>,
    /// Told when it is to end.
    pub(super) stop: Arc<Notify>,
}

/// What is left to do.
struct Work {
    todo: VecDeque<u64>,
    /// Asked for, of how many holders.
    flying: BTreeMap<u64, usize>,
    have: Arc<AtomicU64>,
    reported: Instant,
    given: Instant,
    part: Option<Part>,
    /// The disk takes no more.
    broken: Option<std::io::Error>,
}

type Shared = Arc<(Mutex<Work>, Notify)>;

impl Fetch {
    pub(super) async fn run(self) -> Result<(), FileError> {
        let (id, size, blobs, room) = (self.id, self.size, self.files.0.blobs.clone(), self.files.0.room.clone());
        let _holding = room.hold(id);
        if blobs.is_whole(id) {
            return Ok(());
        }
        if size > FILE_MAX {
            return Err(FileError::Unreachable);
        }
        let (part, missing) = blocking(move || {
            let part = blobs.begin(id, size).map_err(FileError::Full)?;
            let missing = part.missing(size).map_err(FileError::Full)?;
            room.make(size).map_err(FileError::Full)?;
            Ok((part, missing))
        })
        .await?;
        let absent: u64 = missing.iter().map(|piece| length(size, *piece)).sum();
        self.have.store(size - absent, Ordering::Relaxed);
        // On a slow line the first piece may be long in coming, and much may be here from before.
        self.files.report(id, size - absent, size);
        let work = Work {
            todo: missing.into(),
            flying: BTreeMap::new(),
            have: self.have.clone(),
            reported: Instant::now(),
            given: Instant::now(),
            part: Some(part),
            broken: None,
        };
        let shared: Shared = Arc::new((Mutex::new(work), Notify::new()));
        let gathered = tokio::select! {
            gathered = self.gather(&shared) => gathered,
            () = self.stop.notified() => Err(FileError::Stopped),
        };
        // From here on nothing is put in and nothing told of it but its end, whoever still draws.
        let part = lock(&shared).part.take();
        gathered?;
        let (blobs, Some(part)) = (self.files.0.blobs.clone(), part) else { return Err(FileError::Closed) };
        blocking(move || blobs.finish(id, &part).map_err(FileError::Full)).await?;
        self.files.report(id, size, size);
        Ok(())
    }

    /// Sets holders to work until nothing is left.
    async fn gather(&self, shared: &Shared) -> Result<(), FileError> {
        let mut working = tokio::task::JoinSet::new();
        let mut busy: BTreeSet<DeviceId> = BTreeSet::new();
        let mut wrong: BTreeSet<DeviceId> = BTreeSet::new();
        let mut rest: BTreeMap<DeviceId, Instant> = BTreeMap::new();
        let mut known = Some(self.holders.clone());
        loop {
            {
                let mut work = lock(shared);
                if let Some(error) = work.broken.take() {
                    return Err(FileError::Full(error));
                }
                if work.todo.is_empty() && work.flying.is_empty() {
                    return Ok(());
                }
                if busy.is_empty() && work.given.elapsed() > GIVE_UP {
                    return Err(FileError::Unreachable);
                }
            }
            // The message may be gone meanwhile, and with it the right to what hangs on it.
            let holders = match known.take() {
                Some(holders) => holders,
                None => self.files.held(self.id).await?.holders,
            };
            let now = Instant::now();
            rest.retain(|_, until| *until > now);
            for device in holders {
                let idle = !busy.contains(&device) && !wrong.contains(&device) && !rest.contains_key(&device);
                if idle && busy.len() < HOLDERS_MAX {
                    busy.insert(device);
                    let (files, id, size, shared) = (self.files.clone(), self.id, self.size, shared.clone());
                    working.spawn(async move { (device, draw(&files, device, id, size, &shared).await) });
                }
            }
            tokio::select! {
                Some(Ok((device, end))) = working.join_next() => {
                    busy.remove(&device);
                    match end {
                        End::Done => {}
                        End::Gone => drop(rest.insert(device, Instant::now() + AGAIN)),
                        End::Closed => drop(rest.insert(device, Instant::now() + SOON)),
                        End::Wrong => {
                            wrong.insert(device);
                            self.files.accuse();
                        }
                    }
                }
                () = shared.1.notified() => {}
                () = tokio::time::sleep(if rest.is_empty() { LOOK_EVERY } else { SOON }) => {}
            }
        }
    }
}

/// How it went with a holder.
enum End {
    Done,
    Gone,
    /// It closed the stream.
    Closed,
    Wrong,
}

/// Draws pieces from one holder until nothing is left.
async fn draw(files: &Files, device: DeviceId, id: FileId, size: u64, shared: &Shared) -> End {
    let began = Instant::now();
    let Ok(_lane) = files.lane(device).acquire_owned().await else { return End::Gone };
    {
        let mut work = lock(shared);
        if work.todo.is_empty() && work.flying.is_empty() {
            return End::Done;
        }
        // It was not for want of a holder that it waited.
        work.given += began.elapsed();
    }
    let Ok(Some(mut stream)) = timeout(PATIENCE, files.0.streams.open(device)).await else { return End::Gone };
    let (mut asked, mut left): (VecDeque<u64>, _) = (VecDeque::new(), TURN);
    let end = loop {
        while asked.len() < AHEAD && left > 0 {
            left -= 1;
            let next = lock(shared).next(&asked);
            let Some(piece) = next else { break };
            asked.push_back(piece);
            let ask = [&id.0[..], &piece.to_be_bytes()].concat();
            if !matches!(timeout(PATIENCE, stream.write_all(&ask)).await, Ok(Ok(()))) {
                break;
            }
        }
        let _ = timeout(PATIENCE, stream.flush()).await;
        let Some(piece) = asked.front().copied() else { break End::Done };
        let encoded = match timeout(PATIENCE, receive(&mut stream)).await {
            Ok(Some(encoded)) if !encoded.is_empty() => encoded,
            Ok(Some(_)) => {
                // Where only this piece is damaged there, it is not to be in the way of the others.
                asked.pop_front();
                lock(shared).back(piece, true);
                break End::Gone;
            }
            Ok(None) => break End::Closed,
            Err(_) => break End::Gone,
        };
        if encoded.len() as u64 > ENCODED_MAX {
            break End::Wrong;
        }
        asked.pop_front();
        let taken = {
            let shared = shared.clone();
            tokio::task::spawn_blocking(move || lock(&shared).take(size, piece, &encoded)).await
        };
        match taken {
            Ok(Ok(report)) => {
                shared.1.notify_one();
                let work = lock(shared);
                if let Some(have) = report.filter(|_| work.part.is_some()) {
                    files.report(id, have, size);
                }
            }
            Ok(Err(BadPiece::Wrong)) => {
                lock(shared).back(piece, false);
                break End::Wrong;
            }
            Ok(Err(BadPiece::Disk(error))) => {
                lock(shared).broken = Some(error);
                break End::Gone;
            }
            Err(_) => break End::Gone,
        }
    };
    asked.into_iter().rev().for_each(|piece| lock(shared).back(piece, false));
    shared.1.notify_one();
    end
}

/// One answer; `None` where it is none.
async fn receive(stream: &mut Stream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.ok()?;
    let length = u64::from(u32::from_be_bytes(length));
    // Of one that is too long the beginning tells as much.
    let mut encoded = vec![0; usize::try_from(length.min(ENCODED_MAX + 1)).ok()?];
    stream.read_exact(&mut encoded).await.ok()?;
    Some(encoded)
}

impl Work {
    /// A piece to ask for: one that nobody is asked for, else one that another is.
    fn next(&mut self, mine: &VecDeque<u64>) -> Option<u64> {
        let again =
            || self.flying.iter().find(|(piece, by)| **by < 2 && !mine.contains(piece)).map(|(piece, _)| *piece);
        let piece = match self.todo.pop_front() {
            Some(piece) => piece,
            None if mine.is_empty() => again()?,
            None => return None,
        };
        *self.flying.entry(piece).or_default() += 1;
        Some(piece)
    }

    /// Takes a piece that came. Gives how much is here, if that is to be told.
    fn take(&mut self, size: u64, piece: u64, encoded: &[u8]) -> Result<Option<u64>, BadPiece> {
        if !self.flying.contains_key(&piece) {
            // Another gave it meanwhile.
            return Ok(None);
        }
        let Some(part) = &mut self.part else { return Ok(None) };
        part.put(size, piece, encoded)?;
        self.flying.remove(&piece);
        let have = self.have.fetch_add(length(size, piece), Ordering::Relaxed) + length(size, piece);
        self.given = Instant::now();
        let due = self.reported.elapsed() >= REPORT_EVERY && have < size;
        if due {
            self.reported = Instant::now();
        }
        Ok(due.then_some(have))
    }

    /// A piece that did not come is to be asked for again: next, or after all others.
    fn back(&mut self, piece: u64, last: bool) {
        match self.flying.get_mut(&piece) {
            Some(by) if *by > 1 => *by -= 1,
            Some(_) => {
                self.flying.remove(&piece);
                if last { self.todo.push_back(piece) } else { self.todo.push_front(piece) }
            }
            None => {}
        }
    }
}

impl Files {
    /// The places for streams to a holder.
    fn lane(&self, device: DeviceId) -> Arc<Semaphore> {
        let mut lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        lanes.entry(device).or_insert_with(|| Arc::new(Semaphore::new(LANES))).clone()
    }

    fn report(&self, file: FileId, have: u64, size: u64) {
        self.0.hub.publish(&NodeEvent::Transfer { file, have, size });
    }

    fn accuse(&self) {
        let message =
            "A member's device gave bytes that are not those of the file; others are asked for it.".to_owned();
        self.0.hub.publish(&NodeEvent::Core(Arc::new(Event::Warning { kind: "garbage_file", message })));
    }
}

/// Bytes in a piece.
fn length(size: u64, piece: u64) -> u64 {
    debug_assert!(piece < pieces(size), "within the file");
    PIECE.min(size.saturating_sub(piece * PIECE))
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, Work> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}
