//! The committer: durable first, then out.
//!
//! It takes everything that is waiting, syncs the store once if any of it wrote, and then releases it in order. Where
//! the sync fails, everything from the first write on is refused, and the store is tried again every few seconds. Once it
//! takes writes again the core looks anew what is in it; what it did before that is still refused.

use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap},
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use bivouac_core::{
    io::{CommandError, Effect, Input, Reply},
    model::FileId,
};
use bivouac_crypto::StorageKey;
use tokio::sync::{mpsc, oneshot};

use super::{Job, disk_full};
use crate::{
    event::{self, Hub, NodeEvent},
    files, guilds,
    net::NetCommand,
    store::Store,
};

/// Calls of the core whose effects wait to be committed.
const WAITING_MAX: usize = 1_024;
/// Of them, those committed by one sync.
const GROUP_MAX: usize = 1_024;
/// How often a store that refuses writes is tried again.
const PROBE_EVERY: Duration = Duration::from_secs(3);

/// What the core thread hands over, in order.
pub(super) enum Commit {
    /// A command with this number is going to be answered.
    Expect(u64, oneshot::Sender<Result<Reply, CommandError>>),
    /// Effects of one call, to be released once what was written before is durable.
    Release {
        /// Whether the call wrote.
        wrote: bool,
        /// Without writes and judgements.
        effects: Vec<Effect>,
    },
    /// Effects that must not be carried out, because a write failed.
    Refuse {
        /// Whether the call wrote something before.
        wrote: bool,
        /// Without writes.
        effects: Vec<Effect>,
    },
    /// The core has been told that the store takes writes again; what comes after this goes by what is in it.
    Resume,
}

/// What the committer tells the core: looked at before each job, so that it needs no room in the queue.
#[derive(Default)]
pub(super) struct Feedback(Mutex<Vec<Input>>);

impl Feedback {
    /// Takes what has gathered.
    pub(super) fn take(&self) -> Vec<Input> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn leave(&self, input: Input) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(input);
    }
}

/// Ends the process when the thread that holds it panics: a node without its core or committer would only pretend.
pub(super) struct AbortOnPanic(pub(super) &'static str);

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!(thread = self.0, "a thread of the node panicked; this is a bug, please report it");
            std::process::abort();
        }
    }
}

/// What the committer works with.
pub(super) struct Committer {
    pub(super) store: Arc<Store>,
    pub(super) released: mpsc::Sender<NetCommand>,
    pub(super) hub: Arc<Hub>,
    pub(super) jobs: mpsc::WeakSender<Job>,
    pub(super) feedback: Arc<Feedback>,
    /// Where the list of guilds is kept, sealed with the key.
    pub(super) guilds: PathBuf,
    /// Where files are kept.
    pub(super) files: PathBuf,
    pub(super) key: Arc<StorageKey>,
    /// Whether events were held back of which it is not known whether what they tell is stored.
    pub(super) withheld: Cell<bool>,
}

impl Committer {
    /// Runs until the sender is gone and everything that came is released.
    pub(super) fn spawn(self) -> io::Result<(SyncSender<Commit>, thread::JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let thread = thread::Builder::new().name("committer".to_owned()).spawn(move || self.run(&receiver))?;
        Ok((sender, thread))
    }

    fn run(self, waiting: &Receiver<Commit>) {
        let _loud = AbortOnPanic("committer");
        let mut expected = HashMap::new();
        let mut probe_at: Option<Instant> = None;
        let mut refusing = false;
        loop {
            if probe_at.is_some_and(|at| at <= Instant::now()) {
                probe_at = if self.revive() { None } else { Some(Instant::now() + PROBE_EVERY) };
            }
            let first = match probe_at {
                Some(at) => waiting.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => waiting.recv().map_err(RecvTimeoutError::from),
            };
            match first {
                Ok(first) => {
                    let mut group = vec![first];
                    group.extend(waiting.try_iter().take(GROUP_MAX - 1));
                    if refusing && let Some(at) = group.iter().position(|commit| matches!(commit, Commit::Resume)) {
                        let rest = group.split_off(at);
                        if !self.commit(std::mem::replace(&mut group, rest), &mut expected, true) {
                            probe_at.get_or_insert_with(|| Instant::now() + PROBE_EVERY);
                        }
                        self.tell_of_withheld();
                        // A store that has failed again since is still to be tried.
                        refusing = probe_at.is_some();
                    }
                    if !self.commit(group, &mut expected, refusing) {
                        refusing = true;
                        probe_at.get_or_insert_with(|| Instant::now() + PROBE_EVERY);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // What was not answered by a core whose store is lost never will be.
        if self.store.is_lost() {
            for waiting in expected.into_values() {
                let _ = waiting.send(Err(disk_full()));
            }
        }
    }

    /// Makes a group durable and releases it, unless the store is `refusing`: what was applied before is not known to be
    /// durable then. Whether the store took everything.
    fn commit(
        &self,
        group: Vec<Commit>,
        expected: &mut HashMap<u64, oneshot::Sender<Result<Reply, CommandError>>>,
        refusing: bool,
    ) -> bool {
        let wrote = |c: &Commit| matches!(c, Commit::Release { wrote: true, .. } | Commit::Refuse { wrote: true, .. });
        let _span = tracing::trace_span!("commit", calls = group.len()).entered();
        // Whatever dies from here on, the next start finds what is to be deleted.
        if !refusing && let Err(error) = files::loosen(&self.files, &doomed(&group)) {
            tracing::warn!(%error, "files to be deleted were not noted; should this node die now, they stay");
        }
        let synced = if !refusing && group.iter().any(wrote) { self.store.sync() } else { Ok(()) };
        let mut sound = true;
        let mut lost = refusing;
        if let Err(error) = &synced {
            tracing::warn!(%error, "the store could not be made durable; nothing that depended on it is sent");
            sound = false;
            self.feedback.leave(Input::WriteFailed);
        }
        for commit in group {
            lost |= synced.is_err() && wrote(&commit);
            match commit {
                Commit::Expect(id, answer) => drop(expected.insert(id, answer)),
                Commit::Resume => {}
                Commit::Release { effects, .. } if !lost => {
                    effects.into_iter().for_each(|effect| self.release(effect, expected));
                }
                Commit::Release { effects, .. } => effects.into_iter().for_each(|e| self.refuse(e, expected)),
                Commit::Refuse { effects, .. } => {
                    sound = false;
                    effects.into_iter().for_each(|effect| self.refuse(effect, expected));
                }
            }
        }
        if !sound {
            self.nudge();
        }
        sound
    }

    fn release(&self, effect: Effect, expected: &mut HashMap<u64, oneshot::Sender<Result<Reply, CommandError>>>) {
        let order = match effect {
            Effect::Publish(topic, bytes) => NetCommand::Publish(topic, bytes),
            Effect::Request { to, id, bytes } => NetCommand::Request { to, id, bytes },
            Effect::Respond(token, bytes) => NetCommand::Respond(token, Some(bytes)),
            Effect::Judge(token, verdict) => NetCommand::Judge(token, verdict),
            Effect::Subscribe(topic) => NetCommand::Subscribe(topic),
            Effect::Unsubscribe(topic) => NetCommand::Unsubscribe(topic),
            Effect::Keep(devices) => NetCommand::Keep(devices),
            Effect::Drop(devices) => NetCommand::Drop(devices),
            Effect::Dial(addresses) => NetCommand::Dial(addresses),
            Effect::Event(event) => return self.hub.publish(&NodeEvent::Core(Arc::new(event))),
            Effect::Discard(gone) => return files::discard(&self.files, gone),
            Effect::Done(id, result) => return answer(id, result, expected),
            Effect::Guilds(list) => {
                if let Err(error) = guilds::save(&list, &self.guilds, &self.key) {
                    tracing::warn!(%error, "the list of guilds was not written");
                }
                return;
            }
            // Carried out by the core thread before it came here.
            Effect::Write(_) | Effect::Rebuild => return,
        };
        // The network ends after this thread.
        let _ = self.released.blocking_send(order);
    }

    /// What depends on a write that failed is not sent. What only says whom to talk to still is.
    fn refuse(&self, effect: Effect, expected: &mut HashMap<u64, oneshot::Sender<Result<Reply, CommandError>>>) {
        match effect {
            Effect::Done(id, Ok(_)) => answer(id, Err(disk_full()), expected),
            Effect::Request { to, id, .. } => self.feedback.leave(Input::Response { id, from: to, bytes: None }),
            Effect::Respond(token, _) => {
                let _ = self.released.blocking_send(NetCommand::Respond(token, None));
            }
            Effect::Event(_) => self.withheld.set(true),
            Effect::Write(_) | Effect::Publish(..) | Effect::Discard(_) => {}
            other => self.release(other, expected),
        }
    }

    /// Says that events were held back, once none of that time is to come any more.
    fn tell_of_withheld(&self) {
        if self.withheld.take() {
            self.hub.publish(&event::lagged());
        }
    }

    fn revive(&self) -> bool {
        match self.store.revive() {
            Ok(()) => {
                self.feedback.leave(Input::StoreWritable);
                self.nudge();
                true
            }
            Err(error) => {
                tracing::debug!(%error, "the store still refuses writes");
                false
            }
        }
    }

    /// Wakes the core thread. Where its queue is full it is awake.
    fn nudge(&self) {
        if let Some(jobs) = self.jobs.upgrade() {
            let _ = jobs.try_send(Job::Nudge);
        }
    }
}

/// Files that nothing refers to once a group is durable.
fn doomed(group: &[Commit]) -> BTreeSet<FileId> {
    let mut doomed = BTreeSet::new();
    for commit in group {
        let Commit::Release { effects, .. } = commit else { continue };
        for effect in effects {
            if let Effect::Discard(gone) = effect {
                doomed.extend(gone);
            }
        }
    }
    doomed
}

fn answer(
    id: u64,
    result: Result<Reply, CommandError>,
    expected: &mut HashMap<u64, oneshot::Sender<Result<Reply, CommandError>>>,
) {
    match expected.remove(&id) {
        // Whoever asked may have given up meanwhile.
        Some(sender) => drop(sender.send(result)),
        None => tracing::error!("the core answered a command twice"),
    }
}
