//! The core on its own thread: one input after another, writes applied at once, everything else handed to the
//! committer.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    sync::{Arc, mpsc::SyncSender},
    thread,
};

use bivouac_core::{
    Core,
    io::{CommandError, Effect, ErrorKind, Input},
};
use tokio::sync::{Notify, mpsc, watch};

use super::{
    Job, being_rebuilt,
    commit::{AbortOnPanic, Commit, Feedback},
    disk_full,
};
use crate::{net::NetCommand, os, store::Store};

/// The core and what it works with.
pub(super) struct Machine {
    pub(super) core: Core,
    pub(super) store: Arc<Store>,
    pub(super) commits: SyncSender<Commit>,
    pub(super) released: mpsc::Sender<NetCommand>,
    pub(super) feedback: Arc<Feedback>,
    pub(super) wake: watch::Sender<Option<u64>>,
    /// Told when the store must be rebuilt, or opened again.
    pub(super) damaged: Arc<Notify>,
    /// Nothing more is begun.
    pub(super) halt: Arc<AtomicBool>,
}

impl Machine {
    /// Runs until told to stop, or until nobody can tell it anything any more.
    pub(super) fn spawn(self, inbox: mpsc::Receiver<Job>) -> io::Result<thread::JoinHandle<()>> {
        thread::Builder::new().name("core".to_owned()).spawn(move || self.run(inbox))
    }

    fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let _loud = AbortOnPanic("core");
        let (mut commands, mut broken) = (0, false);
        // The core begins with its first input: it says whom to keep and what to listen to.
        broken |= self.handle(Input::Tick);
        self.wake.send_replace(self.core.next_wake());
        while let Some(job) = inbox.blocking_recv() {
            for input in self.feedback.take() {
                broken |= self.handle(input);
            }
            let mut ticked = false;
            match job {
                Job::Command(..) | Job::Query(..) if self.halt.load(Ordering::Relaxed) => self.decline(job, broken),
                Job::Input(input) => {
                    ticked = input == Input::Tick;
                    broken |= self.handle(input);
                }
                Job::Command(command, answer) => {
                    commands += 1;
                    self.commit(Commit::Expect(commands, answer));
                    broken |= self.handle(Input::Command(commands, command));
                }
                Job::Query(query, answer) => {
                    let answered = self.core.query(&*self.store, query);
                    if answered.as_ref().is_err_and(|error| error.kind == ErrorKind::StoreDamaged) {
                        broken = true;
                        self.damaged.notify_one();
                    }
                    // Whoever asked may have given up meanwhile.
                    let _ = answer.send(answered.map_err(|error| self.explained(error)));
                }
                Job::Nudge => {}
                Job::Stop => break,
            }
            let next = self.core.next_wake();
            self.wake.send_if_modified(|wake| std::mem::replace(wake, next) != next || ticked);
        }
        inbox.close();
        while let Some(job) = inbox.blocking_recv() {
            self.decline(job, broken);
        }
    }

    /// Tells whoever waits for an answer why there is none, or that there is none.
    fn decline(&self, job: Job, broken: bool) {
        match job {
            Job::Command(_, answer) if broken => drop(answer.send(Err(self.explained(being_rebuilt())))),
            Job::Query(_, answer) if broken => drop(answer.send(Err(self.explained(being_rebuilt())))),
            _ => {}
        }
    }

    /// The core takes for damage whatever can't be read.
    fn explained(&self, error: CommandError) -> CommandError {
        if error.kind == ErrorKind::StoreDamaged && self.store.is_lost() { disk_full() } else { error }
    }

    /// Gives whether the store turned out to be damaged.
    fn handle(&mut self, input: Input) -> bool {
        if input == Input::StoreWritable {
            self.commit(Commit::Resume);
        }
        let _span = tracing::trace_span!("input", kind = kind(&input)).entered();
        let mut effects = self.core.handle(os::now(), &mut os::rng(), &*self.store, input);
        for effect in &mut effects {
            if let Effect::Done(_, Err(error)) = effect {
                *error = self.explained(error.clone());
            }
        }
        tracing::trace!(effects = effects.len());
        let (mut wrote, mut broken) = (false, false);
        let mut waiting = Vec::with_capacity(effects.len());
        let mut effects = effects.into_iter();
        while let Some(effect) = effects.next() {
            match effect {
                Effect::Write(batch) => {
                    if let Err(error) = self.store.apply(&batch) {
                        tracing::warn!(%error, "a write failed; nothing that depended on it is sent");
                        waiting.extend(effects);
                        return broken | self.refuse(wrote, waiting);
                    }
                    wrote = true;
                }
                Effect::Rebuild => {
                    broken = true;
                    self.damaged.notify_one();
                }
                Effect::Judge(token, verdict) => {
                    let _ = self.released.blocking_send(NetCommand::Judge(token, verdict));
                }
                other => waiting.push(other),
            }
        }
        if wrote || !waiting.is_empty() {
            self.commit(Commit::Release { wrote, effects: waiting });
        }
        broken
    }

    /// A write failed: what waited for it is refused, and the core is told. As [`Self::handle`].
    fn refuse(&mut self, wrote: bool, effects: Vec<Effect>) -> bool {
        let effects = effects.into_iter().filter(|effect| !matches!(effect, Effect::Write(_))).collect();
        self.commit(Commit::Refuse { wrote, effects });
        self.handle(Input::WriteFailed)
    }

    fn commit(&self, commit: Commit) {
        // The committer outlives this thread: it ends when this sender is gone.
        let _ = self.commits.send(commit);
    }
}

/// What kind of input it is, for the log: its content is nobody's business.
fn kind(input: &Input) -> &'static str {
    match input {
        Input::Command(..) => "command",
        Input::Connected(_) => "connected",
        Input::Nearby(_) => "nearby",
        Input::Disconnected(_) => "disconnected",
        Input::Gossip { .. } => "gossip",
        Input::Request { .. } => "request",
        Input::Response { .. } => "response",
        Input::Tick => "tick",
        Input::Addresses(_) => "addresses",
        Input::WriteFailed => "write_failed",
        Input::StoreWritable => "store_writable",
    }
}
