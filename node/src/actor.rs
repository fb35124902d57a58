//! The node at work: three parts that share nothing but queues.
//!
//! ```text
//!               Job                      Commit                      Released
//!  handle ───────────▶ ┌─────────────┐ ───────────▶ ┌───────────┐ ───────────▶ sinks: network, events, answers
//!  network ──Input───▶ │ core thread │              │ committer │ ── one fdatasync for all that is waiting
//!  timer ────Tick────▶ └─────────────┘ ◀──────────── └───────────┘
//!                        writes at once    a failed write
//! ```
//!
//! `machine` runs the core on a plain thread, `commit` makes durable and releases on another; neither is on tokio. Here
//! is the only select loop: it turns what happens in the network and the passing of time into inputs, and carries out
//! what was released. It goes on carrying out while the core's queue is full, so the three never wait in a circle.

mod commit;
mod machine;

use std::{
    cell::Cell,
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bivouac_core::{
    Core,
    io::{Answer, Command, CommandError, ErrorKind, Input, Query, Reason, Reply},
};
use bivouac_crypto::StorageKey;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use self::{
    commit::{Committer, Feedback},
    machine::Machine,
};
use crate::{
    event::{Hub, NodeEvent},
    net::{Book, Net, NetCommand, NetOut},
    os,
    store::{self, Store},
};

/// Inputs that wait for the core. Beyond this the network is not read and commands wait with their callers. What waits
/// here is in front of whatever comes next, and may be as large as an answer: a flood is to wait with whoever makes it.
const JOBS_MAX: usize = 128;
/// Released commands that wait for the network.
const RELEASED_MAX: usize = 4_096;
/// Inputs from the network held here while the core's queue is full.
const HELD_MAX: usize = 64;
/// How often the address book is written, when it has changed.
const BOOK_EVERY: Duration = Duration::from_secs(1);
/// How long what was ordered may take to leave, at the end.
const FAREWELL: Duration = Duration::from_millis(60);

/// What the core thread is handed.
pub(crate) enum Job {
    /// Something happened.
    Input(Input),
    /// The user wants something.
    Command(Command, oneshot::Sender<Result<Reply, CommandError>>),
    /// The user asks something.
    Query(Query, oneshot::Sender<Result<Answer, CommandError>>),
    /// Nothing; the committer has left something to be looked at.
    Nudge,
    /// Stop, once everything before this is durable.
    Stop,
}

/// What a node is put together from.
pub(crate) struct Parts {
    pub(crate) core: Core,
    pub(crate) store: Arc<Store>,
    pub(crate) net: Net,
    pub(crate) hub: Arc<Hub>,
    pub(crate) book: PathBuf,
    pub(crate) guilds: PathBuf,
    pub(crate) files: PathBuf,
    /// Told when the store must be rebuilt, or opened again.
    pub(crate) damaged: Arc<Notify>,
    pub(crate) key: Arc<StorageKey>,
}

/// A node at work.
pub(crate) struct Actor {
    /// The way in.
    pub(crate) jobs: mpsc::Sender<Job>,
    halt: Arc<AtomicBool>,
    machine: thread::JoinHandle<()>,
    committer: thread::JoinHandle<()>,
    sources: tokio::task::JoinHandle<()>,
}

impl Actor {
    /// Starts the three parts.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(crate) fn start(parts: Parts) -> std::io::Result<Self> {
        let Parts { core, store, net, hub, book, guilds, files, damaged, key } = parts;
        let (jobs, inbox) = mpsc::channel(JOBS_MAX);
        let (released, orders) = mpsc::channel(RELEASED_MAX);
        let (wake, waking) = watch::channel(core.next_wake());
        let feedback = Arc::new(Feedback::default());
        let committer = Committer {
            store: store.clone(),
            released: released.clone(),
            hub: hub.clone(),
            jobs: jobs.downgrade(),
            feedback: feedback.clone(),
            guilds,
            files,
            key: key.clone(),
            withheld: Cell::default(),
        };
        let (commits, committer) = committer.spawn()?;
        let halt = Arc::new(AtomicBool::new(false));
        let machine = Machine { core, store, commits, released, feedback, wake, damaged, halt: halt.clone() };
        let machine = machine.spawn(inbox)?;
        let mut sources = Sources { net, hub, jobs: jobs.clone(), orders, waking, book, key, ordered: Instant::now() };
        // First of all the core is told where this node listens: the first command may ask for a link.
        let mut held = VecDeque::new();
        sources.hear(&mut held);
        while let (Ok(permit), Some(input)) = (jobs.try_reserve(), held.pop_front()) {
            permit.send(Job::Input(input));
        }
        Ok(Self { jobs, halt, machine, committer, sources: tokio::spawn(sources.run(held)) })
    }

    /// Stops, with everything stored that was begun.
    pub(crate) async fn stop(self) {
        let Self { jobs, halt, machine, committer, sources } = self;
        halt.store(true, Ordering::Relaxed);
        let _ = jobs.send(Job::Stop).await;
        drop(jobs);
        let joined = tokio::task::spawn_blocking(move || (machine.join().is_ok(), committer.join().is_ok())).await;
        if !matches!(joined, Ok((true, true))) {
            tracing::error!("a thread of the node ended by a panic");
        }
        // The orders' last sender went with the committer; the loop ends by itself after carrying out the rest.
        let _ = sources.await;
    }
}

/// The sources of inputs and the sink of orders.
struct Sources {
    net: Net,
    hub: Arc<Hub>,
    jobs: mpsc::Sender<Job>,
    orders: mpsc::Receiver<NetCommand>,
    waking: watch::Receiver<Option<u64>>,
    book: PathBuf,
    key: Arc<StorageKey>,
    /// When something was ordered last.
    ordered: Instant,
}

impl Sources {
    async fn run(mut self, mut held: VecDeque<Input>) {
        let mut stored = Book::default();
        let mut book_timer = tokio::time::interval(BOOK_EVERY);
        let mut wake_at = *self.waking.borrow_and_update();
        loop {
            self.hear(&mut held);
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => {
                        self.ordered = Instant::now();
                        self.net.carry(order);
                    }
                    None => break,
                },
                permit = self.jobs.reserve(), if !held.is_empty() => match (permit, held.pop_front()) {
                    (Ok(permit), Some(input)) => permit.send(Job::Input(input)),
                    _ => held.clear(),
                },
                () = self.net.step(), if held.len() < HELD_MAX => {}
                () = until(wake_at), if wake_at.is_some() => {
                    // The core says anew when it wants to be woken, once it has seen this.
                    wake_at = None;
                    held.push_back(Input::Tick);
                }
                changed = self.waking.changed() => match changed {
                    Ok(()) => wake_at = *self.waking.borrow_and_update(),
                    Err(_) => break,
                },
                _ = book_timer.tick() => {
                    let book = self.net.book();
                    if book != stored {
                        stored = book.clone();
                        let (path, key) = (self.book.clone(), self.key.clone());
                        tokio::task::spawn_blocking(move || remember(&book, &path, &key));
                    }
                }
            }
        }
        self.finish().await;
    }

    /// The core thread is gone: what it ordered is still carried out, and gets a moment to leave.
    async fn finish(mut self) {
        let mut last = self.orders.recv().await;
        while let Some(order) = last {
            self.net.carry(order);
            last = self.orders.recv().await;
            self.ordered = Instant::now();
        }
        self.linger(FAREWELL.saturating_sub(self.ordered.elapsed())).await;
        self.net.leave();
        self.linger(FAREWELL).await;
        remember(&self.net.book(), &self.book, &self.key);
    }

    fn hear(&mut self, held: &mut VecDeque<Input>) {
        while let Some(out) = self.net.pop() {
            match out {
                NetOut::Input(input) => held.push_back(input),
                NetOut::PeerConnected(device, path) => self.hub.publish(&NodeEvent::PeerConnected { device, path }),
                NetOut::PeerDisconnected(device, path) => {
                    self.hub.publish(&NodeEvent::PeerDisconnected { device, path });
                }
            }
        }
    }

    async fn linger(&mut self, how_long: Duration) {
        let _ = tokio::time::timeout(how_long, async {
            loop {
                self.net.step().await;
                while self.net.pop().is_some() {}
            }
        })
        .await;
    }
}

/// Why nothing is answered while the store is rebuilt.
pub(crate) fn being_rebuilt() -> CommandError {
    let message = "The store is damaged and being rebuilt; try again in a moment.";
    CommandError::new(ErrorKind::StoreDamaged, None, message)
}

/// Why nothing is written, and, while the store is opened again, nothing is answered.
pub(crate) fn disk_full() -> CommandError {
    Reason::DiskNeeds(store::NEEDED).into()
}

fn remember(book: &Book, path: &std::path::Path, key: &StorageKey) {
    if let Err(error) = book.save(path, key) {
        tracing::debug!(%error, "the address book was not written");
    }
}

/// Sleeps until a moment of the monotonic clock; for ever where there is none.
async fn until(mono_ms: Option<u64>) {
    match mono_ms {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.saturating_sub(os::mono_ms()).max(1))).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
