//! What a node has said: answers by their number, events in order, each with the moment it came.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, BufRead, Read},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How much of a node's log is kept: its end.
const MAX_STDERR: usize = 64 * 1024;
/// How often a wait looks whether it has been called off.
const CALLED_OFF: Duration = Duration::from_millis(100);

/// The `error` of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As docs/rpc.md lists them.
    pub code: i64,
    /// The sentence for people.
    pub message: String,
    /// `data.kind`, empty where there is none.
    pub kind: String,
    /// `data.param`.
    pub param: Option<String>,
}

/// An event, and when it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its `params`.
    pub event: Value,
    /// When the line was read.
    pub at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) answers: BTreeMap<u64, (Instant, Result<Value, Refusal>)>,
    pub(super) events: Vec<Seen>,
    /// Responses to lines that named no id.
    pub(super) strays: Vec<Refusal>,
    /// Lines that are not JSON-RPC. There should be none.
    pub(super) noise: Vec<String>,
    pub(super) stderr: Vec<u8>,
    pub(super) closed: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.message, self.code, self.kind)
    }
}

impl Heard {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A reader that panicked has at worst left out a line.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Look at the state whenever it has changed, until something is found or time is up.
    pub(super) fn until<T>(&self, timeout: Duration, mut found: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let end = Instant::now() + timeout;
        let mut state = self.lock();
        loop {
            if let Some(hit) = found(&mut state) {
                return Some(hit);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left.min(CALLED_OFF)).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn read_lines(&self, mut out: impl BufRead) {
        let mut line = Vec::new();
        while matches!(out.read_until(b'\n', &mut line), Ok(1..)) {
            let at = Instant::now();
            let value: Option<Value> = serde_json::from_slice(&line).ok();
            let mut state = self.lock();
            state.take(at, value, &line);
            drop(state);
            self.changed.notify_all();
            line.clear();
        }
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub(super) fn read_log(&self, mut err: impl Read) {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = retry(|| err.read(&mut part)) {
            let mut state = self.lock();
            state.stderr.extend_from_slice(part.get(..read).unwrap_or_default());
            let excess = state.stderr.len().saturating_sub(MAX_STDERR);
            state.stderr.drain(..excess);
        }
    }
}

impl State {
    fn take(&mut self, at: Instant, value: Option<Value>, line: &[u8]) {
        let noise = |state: &mut Self| state.noise.push(String::from_utf8_lossy(line).trim_end().to_owned());
        let Some(mut value) = value else {
            return noise(self);
        };
        if value["method"] == "event" {
            self.events.push(Seen { event: value["params"].take(), at });
            return;
        }
        let outcome = match (value.get_mut("result").map(Value::take), value.get("error")) {
            (Some(result), None) => Ok(result),
            (None, Some(error)) => Err(Refusal {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
                kind: error["data"]["kind"].as_str().unwrap_or_default().to_owned(),
                param: error["data"]["param"].as_str().map(str::to_owned),
            }),
            _ => return noise(self),
        };
        match (value["id"].as_u64(), outcome) {
            (Some(id), outcome) => {
                self.answers.insert(id, (at, outcome));
            }
            (None, Err(refusal)) => self.strays.push(refusal),
            (None, Ok(_)) => noise(self),
        }
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
