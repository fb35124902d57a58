//! A node as a child process, spoken to over its JSON-RPC: requests may be pipelined, events are kept in order with
//! the moment each arrived.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Host, Lab, LabError, net};

/// How much of a node's log is kept: its end.
const MAX_STDERR: usize = 64 * 1024;
/// How much of it an error shows.
const LAST_WORDS: usize = 2000;
/// How often a wait looks whether it has been called off.
const CALLED_OFF: Duration = Duration::from_millis(100);

/// How to start a node: the same again after it was killed.
#[derive(Clone, Debug)]
pub struct Launch {
    enter: Vec<OsString>,
    program: PathBuf,
    data: PathBuf,
    args: Vec<OsString>,
    log: Option<String>,
    halt: Arc<AtomicBool>,
}

/// A running node and everything it has said.
#[derive(Debug)]
pub struct Rpc {
    launch: Launch,
    child: Child,
    stdin: Option<ChildStdin>,
    heard: Arc<Heard>,
    next: u64,
}

/// A request sent and not yet answered.
#[derive(Clone, Debug)]
pub struct Ticket {
    id: u64,
    method: String,
    /// When it was handed to the node.
    pub sent: Instant,
}

/// A result, and when it came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The `result`.
    pub value: Value,
    /// When the line was read.
    pub at: Instant,
}

/// The `error` of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As docs/rpc.md lists them.
    pub code: i64,
    /// The sentence for people.
    pub message: String,
    /// `data.kind`, empty where there is none.
    pub kind: String,
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
struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    answers: BTreeMap<u64, (Instant, Result<Value, Refusal>)>,
    events: Vec<Seen>,
    /// Responses to lines that named no id.
    strays: Vec<Refusal>,
    /// Lines that are not JSON-RPC. There should be none.
    noise: Vec<String>,
    stderr: Vec<u8>,
    closed: bool,
}

impl Launch {
    /// `bivouac rpc --data DIR` with `program` as the binary.
    pub fn new(program: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            enter: Vec::new(),
            program: program.into(),
            data: data.into(),
            args: Vec::new(),
            log: None,
            halt: Arc::default(),
        }
    }

    /// On a host of a lab.
    #[must_use]
    pub fn on(mut self, lab: &Lab, host: Host) -> Self {
        self.enter = lab.on(host);
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With a log filter, as `BIVOUAC_LOG` takes it.
    #[must_use]
    pub fn log(mut self, filter: impl Into<String>) -> Self {
        self.log = Some(filter.into());
        self
    }

    /// With a flag that, once set, ends every wait with [`LabError::CalledOff`].
    #[must_use]
    pub fn halted_by(mut self, halt: Arc<AtomicBool>) -> Self {
        self.halt = halt;
        self
    }

    /// Where the node keeps what it has.
    pub fn data(&self) -> &Path {
        &self.data
    }

    fn argv(&self) -> Vec<OsString> {
        let mut argv = self.enter.clone();
        argv.extend([self.program.clone().into(), "rpc".into(), "--data".into(), self.data.clone().into()]);
        argv.extend(self.args.iter().cloned());
        argv
    }
}

impl Rpc {
    /// Start a node. It answers once [`Rpc::ready`] has returned, and takes requests before.
    ///
    /// # Errors
    /// When the program can't be started.
    pub fn start(launch: Launch) -> Result<Self, LabError> {
        let argv = launch.argv();
        let mut command = net::command(&argv);
        if let Some(filter) = &launch.log {
            command.env("BIVOUAC_LOG", filter);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| LabError::Io { what: net::shown(&argv), source })?;
        let heard = Arc::new(Heard::default());
        let stdin = child.stdin.take();
        if let Some(out) = child.stdout.take() {
            let heard = Arc::clone(&heard);
            thread::spawn(move || heard.read_lines(BufReader::new(out)));
        }
        if let Some(err) = child.stderr.take() {
            let heard = Arc::clone(&heard);
            thread::spawn(move || heard.read_log(err));
        }
        Ok(Self { launch, child, stdin, heard, next: 1 })
    }

    /// Wait for the `ready` event and give it.
    ///
    /// # Errors
    /// When it does not come.
    pub fn ready(&self, timeout: Duration) -> Result<Value, LabError> {
        self.wait("ready", timeout, |event| event["type"] == "ready").map(|seen| seen.event)
    }

    /// Start again on the same folder, after ending what still runs, and wait until it is ready. Events and answers
    /// of the former run are gone.
    ///
    /// # Errors
    /// When it can't be started or does not become ready.
    pub fn restart(&mut self, timeout: Duration) -> Result<Value, LabError> {
        self.kill();
        *self = Self::start(self.launch.clone())?;
        self.ready(timeout)
    }

    /// How it was started.
    pub const fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Call and wait for the result.
    ///
    /// # Errors
    /// When the node refuses, ends or does not answer in time.
    pub fn call(&mut self, method: &str, params: Value, timeout: Duration) -> Result<Value, LabError> {
        let ticket = self.send(method, params)?;
        self.answer(&ticket, timeout).map(|answer| answer.value)
    }

    /// Call and do not wait.
    ///
    /// # Errors
    /// When the node no longer reads.
    pub fn send(&mut self, method: &str, params: Value) -> Result<Ticket, LabError> {
        let id = self.next;
        self.next += 1;
        let mut line = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        line.push('\n');
        let sent = Instant::now();
        self.raw(line.as_bytes())?;
        Ok(Ticket { id, method: method.to_owned(), sent })
    }

    /// For the answer to a request that was written with [`Rpc::raw`] under a number of its own.
    pub fn ticket(id: u64, method: &str) -> Ticket {
        Ticket { id, method: method.to_owned(), sent: Instant::now() }
    }

    /// Wait for the answer to a request sent before.
    ///
    /// # Errors
    /// As for [`Rpc::call`].
    pub fn answer(&self, ticket: &Ticket, timeout: Duration) -> Result<Answer, LabError> {
        let what = format!("the answer to {}", ticket.method);
        let (at, result) = self.until(&what, timeout, |state| state.answers.remove(&ticket.id))?;
        match result {
            Ok(value) => Ok(Answer { value, at }),
            Err(refusal) => Err(LabError::Refused { method: ticket.method.clone(), refusal }),
        }
    }

    /// Whether a request has been answered with a result by now, even if the node has ended since.
    pub fn answered(&self, ticket: &Ticket) -> bool {
        matches!(self.heard.lock().answers.get(&ticket.id), Some((_, Ok(_))))
    }

    /// Write bytes as they are.
    ///
    /// # Errors
    /// When the node no longer reads.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), LabError> {
        let Some(stdin) = self.stdin.as_mut() else {
            return Err(self.ended());
        };
        stdin.write_all(bytes).and_then(|()| stdin.flush()).map_err(|_| self.ended())
    }

    /// Close its input: it is to store everything and exit.
    pub fn eof(&mut self) {
        self.stdin = None;
    }

    /// Wait for the next error response that names no request, as a line that can't be read gets.
    ///
    /// # Errors
    /// When none comes.
    pub fn stray(&self, timeout: Duration) -> Result<Refusal, LabError> {
        self.until("an error that names no request", timeout, |state| {
            if state.strays.is_empty() { None } else { Some(state.strays.remove(0)) }
        })
    }

    /// Wait for an event, among those already here and those to come.
    ///
    /// # Errors
    /// When none comes.
    pub fn wait(&self, what: &str, timeout: Duration, wanted: impl FnMut(&Value) -> bool) -> Result<Seen, LabError> {
        self.wait_since(0, what, timeout, wanted)
    }

    /// Wait for an event that is not among the first `since`.
    ///
    /// # Errors
    /// When none comes.
    pub fn wait_since(
        &self,
        since: usize,
        what: &str,
        timeout: Duration,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Result<Seen, LabError> {
        let mut next = since;
        self.until(what, timeout, |state| {
            let found = state.events.get(next..).unwrap_or_default().iter().find(|seen| wanted(&seen.event)).cloned();
            next = next.max(state.events.len());
            found
        })
    }

    /// How many events have come: to wait for later ones.
    pub fn mark(&self) -> usize {
        self.heard.lock().events.len()
    }

    /// The events after the first `since`.
    pub fn events(&self, since: usize) -> Vec<Seen> {
        self.heard.lock().events.get(since..).unwrap_or_default().to_vec()
    }

    /// Lines it has written that are not JSON-RPC.
    pub fn noise(&self) -> Vec<String> {
        self.heard.lock().noise.clone()
    }

    /// The end of its log.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().stderr).into_owned()
    }

    /// Send a signal by name, such as `TERM`, `STOP` or `CONT`.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, name: &str) -> Result<(), LabError> {
        let argv = ["sh", "-c", "kill -s \"$0\" \"$1\"", name, &self.pid().to_string()].map(OsString::from);
        let status =
            net::command(&argv).status().map_err(|source| LabError::Io { what: format!("kill -{name}"), source })?;
        if status.success() { Ok(()) } else { Err(self.ended()) }
    }

    /// Kill it as a power cut would: SIGKILL, at once. Returns when it is gone and all it wrote has been read.
    pub fn kill(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stdin = None;
        let _ = self.heard.until(Duration::from_secs(10), |state| state.closed.then_some(()));
    }

    /// Wait until it has ended by itself.
    ///
    /// # Errors
    /// When it goes on.
    pub fn exited(&mut self, timeout: Duration) -> Result<ExitStatus, LabError> {
        // Its output closes when it ends.
        let closed = self.heard.until(timeout, |state| state.closed.then_some(()));
        if closed.is_none() {
            return Err(self.timeout("its end", timeout));
        }
        self.child.wait().map_err(|source| LabError::Io { what: "wait".to_owned(), source })
    }

    /// Ask it to stop, and wait until it has.
    ///
    /// # Errors
    /// When it does not, or with a status other than 0.
    pub fn stop(&mut self, timeout: Duration) -> Result<(), LabError> {
        self.eof();
        let status = self.exited(timeout)?;
        if status.success() { Ok(()) } else { Err(self.ended()) }
    }

    fn until<T>(
        &self,
        what: &str,
        timeout: Duration,
        mut found: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<T, LabError> {
        let halt = &self.launch.halt;
        let mut closed = false;
        let hit = self.heard.until(timeout, |state| match found(state) {
            Some(hit) => Some(Some(hit)),
            None => {
                closed = state.closed;
                (closed || halt.load(Ordering::Relaxed)).then_some(None)
            }
        });
        match hit.flatten() {
            Some(hit) => Ok(hit),
            None if halt.load(Ordering::Relaxed) => Err(LabError::CalledOff),
            None if closed => Err(self.ended()),
            None => Err(self.timeout(what, timeout)),
        }
    }

    fn timeout(&self, what: &str, after: Duration) -> LabError {
        LabError::Timeout { what: what.to_owned(), after, stderr: self.last_words() }
    }

    fn ended(&self) -> LabError {
        // The log may still be on its way when the pipe breaks.
        let _ = self.heard.until(Duration::from_secs(2), |state| state.closed.then_some(()));
        LabError::Ended { status: format!("process {}", self.pid()), stderr: self.last_words() }
    }

    fn last_words(&self) -> String {
        let log = self.stderr();
        let from = log.char_indices().rev().nth(LAST_WORDS).map_or(0, |(at, _)| at);
        log.get(from..).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.message, self.code, self.kind)
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A reader that panicked has at worst left out a line.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Look at the state whenever it has changed, until something is found or time is up.
    fn until<T>(&self, timeout: Duration, mut found: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
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

    fn read_lines(&self, mut out: impl BufRead) {
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

    fn read_log(&self, mut err: impl Read) {
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
