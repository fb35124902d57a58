//! A node as a child process, spoken to over its JSON-RPC: requests may be pipelined, events are kept in order with
//! the moment each arrived.

use std::{
    ffi::OsString,
    io::{BufReader, Write},
    process::{Child, ChildStdin, ExitStatus, Stdio},
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    LabError, Launch, Refusal, Seen, Vitals,
    heard::{Heard, State},
    net,
};

/// How much of a node's log an error shows.
const LAST_WORDS: usize = 2000;

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

    /// What it costs now.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn vitals(&self) -> Result<Vitals, LabError> {
        Vitals::of(self.pid())
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

    /// Forget the events that have come, where a million of them would fill the memory.
    pub fn forget(&self) {
        self.heard.lock().events.clear();
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
        // Whoever reads of a failure is to see what its nodes had said.
        if thread::panicking() {
            eprintln!("the log of {} ends with:\n{}", self.launch.data().display(), self.last_words());
        }
    }
}
