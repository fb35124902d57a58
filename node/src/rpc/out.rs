//! Lines out, on a thread of its own: writing can't be interrupted.
//!
//! Whoever does not read is waited for while the node serves. Once it is to end, they are waited for as long as they go
//! on reading; then what is left is dropped.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::sync::{mpsc, oneshot, watch};

/// Lines waiting to be written.
const WAITING_MAX: usize = 1_024;
/// Bytes written at once, so that slow reading is told from none.
const CHUNK: usize = 8 * 1024;
/// How long nothing may be read at the end.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// The way out. Cloneable.
#[derive(Clone)]
pub(super) struct Out {
    lines: mpsc::Sender<String>,
    given_up: watch::Receiver<bool>,
}

/// The thread that writes.
pub(super) struct Writer {
    progress: Arc<Progress>,
    given_up: watch::Sender<bool>,
    end: oneshot::Receiver<io::Result<()>>,
}

#[derive(Default)]
struct Progress {
    busy: AtomicBool,
    chunks: AtomicU64,
}

/// Begins writing. It ends when every [`Out`] is gone, or at an error.
///
/// # Errors
/// The system has no thread to give.
pub(super) fn begin(output: impl Write + Send + 'static) -> io::Result<(Out, Writer)> {
    let (lines, waiting) = mpsc::channel(WAITING_MAX);
    let (given_up, is_given_up) = watch::channel(false);
    let (ended, end) = oneshot::channel();
    let progress = Arc::new(Progress::default());
    let shared = progress.clone();
    // Where nobody waits for the end any more, it does not matter.
    let run = move || drop(ended.send(write(output, waiting, &shared)));
    thread::Builder::new().name("rpc-out".to_owned()).spawn(run)?;
    Ok((Out { lines, given_up: is_given_up }, Writer { progress, given_up, end }))
}

impl Out {
    /// Hands a line over. It is dropped where nobody reads any more.
    pub(super) async fn send(&self, line: String) {
        let mut given_up = self.given_up.clone();
        tokio::select! {
            _ = self.lines.send(line) => {}
            _ = given_up.wait_for(|given_up| *given_up) => {}
        }
    }

    /// Resolves when writing has failed.
    pub(super) async fn closed(&self) {
        self.lines.closed().await;
    }
}

impl Writer {
    /// Waits until nothing was read for a while, from here on, and then drops what is left.
    pub(super) fn give_up_when_unread(&self) -> impl Future<Output = ()> + use<> {
        let (progress, given_up) = (self.progress.clone(), self.given_up.clone());
        async move {
            let mut before = progress.chunks.load(Ordering::Relaxed);
            loop {
                tokio::time::sleep(PATIENCE).await;
                let now = progress.chunks.load(Ordering::Relaxed);
                if now == before && progress.busy.load(Ordering::Relaxed) {
                    break;
                }
                before = now;
            }
            tracing::warn!("standard output is not read; what was left to write is dropped");
            given_up.send_replace(true);
        }
    }

    /// Waits for the last line, once every [`Out`] is gone.
    ///
    /// # Errors
    /// The output's.
    pub(super) async fn end(self) -> io::Result<()> {
        let mut given_up = self.given_up.subscribe();
        tokio::select! {
            end = self.end => end.unwrap_or(Ok(())),
            _ = given_up.wait_for(|given_up| *given_up) => Ok(()),
        }
    }
}

fn write(mut output: impl Write, mut lines: mpsc::Receiver<String>, progress: &Progress) -> io::Result<()> {
    while let Some(line) = lines.blocking_recv() {
        progress.busy.store(true, Ordering::Relaxed);
        let mut burst = line.into_bytes();
        burst.push(b'\n');
        while let Ok(line) = lines.try_recv() {
            burst.extend_from_slice(line.as_bytes());
            burst.push(b'\n');
        }
        for chunk in burst.chunks(CHUNK) {
            output.write_all(chunk)?;
            progress.chunks.fetch_add(1, Ordering::Relaxed);
        }
        output.flush()?;
        progress.busy.store(false, Ordering::Relaxed);
    }
    Ok(())
}
