//! Standard error, written by a thread of its own: whoever does not read it must not stop the node, and where it is
//! full or closed nobody is left to tell.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, Write},
    panic,
    sync::{
        OnceLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crate::stdout::printable;

/// Lines waiting to be written; what comes beyond is dropped.
const WAITING_MAX: usize = 1_024;
/// How long the last of them may take.
const FAREWELL: Duration = Duration::from_millis(500);

static WAITING: OnceLock<SyncSender<Word>> = OnceLock::new();

enum Word {
    Text(Vec<u8>),
    /// Tell when everything before is written.
    Flush(SyncSender<()>),
}

/// Where log lines go: never waits, never fails.
#[derive(Clone, Copy)]
pub(crate) struct Stderr;

/// Begins writing, and lets a panic be told here too.
pub(crate) fn begin() {
    let (sender, waiting) = sync_channel(WAITING_MAX);
    if thread::Builder::new().name("stderr".to_owned()).spawn(move || write(&waiting)).is_ok() {
        let _ = WAITING.set(sender);
    }
    panic::set_hook(Box::new(|panic| {
        if bivouac_node::panic_is_contained() {
            return;
        }
        let mut text = format!("thread '{}' {panic}\n", thread::current().name().unwrap_or("?"));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            text += &trace.to_string();
        }
        put(text.into_bytes());
        flush();
    }));
}

/// Says a sentence to the user.
pub(crate) fn say(sentence: &str) {
    let sentence: String = sentence.chars().map(printable).collect();
    put(format!("bivouac: {sentence}\n").into_bytes());
}

/// Writes text as it is.
pub(crate) fn put(text: Vec<u8>) {
    match WAITING.get() {
        Some(waiting) => drop(waiting.try_send(Word::Text(text))),
        None => drop(io::stderr().write_all(&text)),
    }
}

/// Waits a moment for what was put to be written.
pub(crate) fn flush() {
    let (sender, done) = sync_channel(1);
    if WAITING.get().is_some_and(|waiting| waiting.try_send(Word::Flush(sender)).is_ok()) {
        let _ = done.recv_timeout(FAREWELL);
    }
}

impl Write for Stderr {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        put(text.to_vec());
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(waiting: &Receiver<Word>) {
    for word in waiting {
        match word {
            Word::Text(text) => drop(io::stderr().write_all(&text)),
            Word::Flush(done) => drop(done.try_send(())),
        }
    }
}
