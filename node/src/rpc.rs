//! JSON-RPC 2.0 over lines, for scripts, bots and tests.
//!
//! ```text
//!  stdin ─▶ reader thread ─▶ serve: parse, begin each call in the order it came ─▶ tasks ─┐
//!                                                                     node events ─▶ pump ─┴▶ writer thread ─▶ stdout
//! ```
//!
//! Calls are begun in order, so that what is piped in is also done in that order; answers come when they are ready.
//! Reading stops while too many calls are under way or output is not read. Whoever neither reads nor lets go can't keep
//! the process from ending: each wait at the end has a bound.

mod error;
mod line;
mod methods;
mod out;
mod params;
mod request;
mod shapes;
#[cfg(test)]
mod tests;

use std::{
    io::{self, BufRead, Write},
    sync::Arc,
    time::Duration,
};

use bivouac_core::io::{Answer, Query};
use serde_json::{Value, value::RawValue};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
};

use self::{
    error::RpcError,
    line::Line,
    methods::Begun,
    out::Out,
    params::Params,
    request::{Id, Incoming, Request},
};
use crate::{CallError, Config, EventsEnded, Handle, NodeEvent, StartError};

pub use methods::methods;

/// Lines read and not yet looked at.
const READ_MAX: usize = 16;
/// Calls under way at once.
const CALLS_MAX: usize = 256;
/// How long calls under way may take once the process is to end.
const LINGER: Duration = Duration::from_secs(2);

/// Why serving ended otherwise than asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The node could not be started; nothing was written.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The output failed for another reason than that nobody reads it any more. Everything is stored.
    #[error("standard output can't be written: {0}; everything is stored, start again once there is room")]
    Output(#[source] io::Error),
}

/// Runs a node and serves it until the input ends, `node.shutdown` is called, the output is closed or `stop` resolves.
/// Returns with everything stored. `hung_up` may resolve once nobody writes to the input any more, before all of it is
/// read: from then on, output that nobody reads is not waited for.
///
/// # Errors
/// See [`ServeError`].
pub async fn serve(
    config: Config,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
    hung_up: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let handle = Handle::open(config).await?;
    let (out, writer) = out::begin(output).map_err(StartError::Thread)?;
    let (lines_in, mut lines) = mpsc::channel(READ_MAX);
    line::spawn_reader(input, lines_in).map_err(StartError::Thread)?;

    out.send(shapes::ready(&handle).await.to_string()).await;
    let pump = tokio::spawn(pump(handle.clone(), out.clone()));
    let (ending, mut phase) = watch::channel(Phase::Serving);
    let ending = Arc::new(ending);
    let bounds = tokio::spawn(bound(ending.clone(), writer.give_up_when_unread(), stop, hung_up));
    let permits = Arc::new(Semaphore::new(CALLS_MAX));
    let mut server = Server { handle: handle.clone(), out, permits, calls: JoinSet::new(), phase: phase.clone() };
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            () = server.out.closed() => None,
            _ = phase.wait_for(|phase| *phase == Phase::Stopping) => None,
        };
        let Some(line) = line else { break };
        if server.take(line).await {
            break;
        }
    }
    ending.send_replace(Phase::Stopping);
    let mut last = server.finish().await;
    handle.shutdown().await;
    // What was begun is done now, or refused: nothing is waited for but the output.
    while let Some(answer) = server.calls.join_next().await {
        last.extend(answer.ok().flatten());
    }
    // The pump ends with the last event, then the writer with the last line.
    let _ = pump.await;
    for line in last {
        server.out.send(line).await;
    }
    drop(server);
    let written = writer.end().await;
    bounds.abort();
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(ServeError::Output(error)),
        _ => Ok(()),
    }
}

/// One call without a line around it, for the command line: the same method, parameters and result.
///
/// # Errors
/// The sentence of the error the call would have been answered with.
pub async fn call_once(handle: &Handle, method: &str, params: Value) -> Result<Value, String> {
    let result = async { methods::begin(handle, method, Params::of(&params)?).await?.result().await };
    result.await.map_err(RpcError::into_message)
}

/// An event as the notification's `params`, without the lookup of whose device it is.
#[must_use]
pub fn event_shape(event: &NodeEvent) -> Value {
    shapes::event(event, None)["params"].take()
}

/// How far the process is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    /// Nobody asks for more: what was asked is done.
    Draining,
    /// What was begun is finished, no more is begun.
    Stopping,
}

/// Takes note that the process is to end, and from then on bounds the wait for a reader.
async fn bound(
    ending: Arc<watch::Sender<Phase>>,
    give_up: impl Future<Output = ()>,
    stop: impl Future<Output = ()>,
    hung_up: impl Future<Output = ()>,
) {
    let mut phase = ending.subscribe();
    let stopping = async {
        tokio::select! {
            () = stop => drop(ending.send_replace(Phase::Stopping)),
            _ = phase.wait_for(|phase| *phase == Phase::Stopping) => {}
        }
    };
    tokio::pin!(stopping);
    tokio::select! {
        () = &mut stopping => return give_up.await,
        () = hung_up => drop(ending.send_replace(Phase::Draining)),
    }
    tokio::join!(stopping, give_up);
}

struct Server {
    handle: Handle,
    out: Out,
    permits: Arc<Semaphore>,
    /// Each gives the line to write once everything is stored, where it asked for the end.
    calls: JoinSet<Option<String>>,
    phase: watch::Receiver<Phase>,
}

impl Server {
    /// Takes a line. Whether it asks for the end.
    async fn take(&mut self, line: Line) -> bool {
        while self.calls.try_join_next().is_some() {}
        let incoming = match line {
            Line::Text(text) => request::parse(&text),
            Line::TooLong => Err(RpcError::parse("the line is longer than 1 MiB; send shorter ones")),
        };
        match incoming {
            Err(error) => {
                self.out.send(error.response(RawValue::NULL)).await;
                false
            }
            Ok(Incoming::One(request)) => self.begin(vec![request], false).await,
            Ok(Incoming::Batch(requests)) => self.begin(requests, true).await,
        }
    }

    /// Begins calls here and now, so that they reach the node in the order they came, and waits for their results
    /// elsewhere. Whether one of them asks for the end.
    async fn begin(&mut self, requests: Vec<Result<Request, (Id, RpcError)>>, is_batch: bool) -> bool {
        let permit = tokio::select! {
            permit = self.permits.clone().acquire_owned() => permit.ok(),
            () = late(self.phase.clone()) => None,
        };
        let mut begun = Vec::with_capacity(requests.len());
        let mut ends = false;
        for request in requests {
            begun.push(match request {
                Err((id, error)) => (Some(id), Err(error)),
                Ok(Request { id, method, params }) => {
                    let result = match params {
                        Ok(_) if permit.is_none() => Err(CallError::Closed.into()),
                        Ok(params) => methods::begin(&self.handle, &method, params).await,
                        Err(error) => Err(error),
                    };
                    ends |= matches!(result, Ok(Begun::Shutdown));
                    (id, result)
                }
            });
        }
        let out = self.out.clone();
        self.calls.spawn(async move {
            let mut answers = Vec::with_capacity(begun.len());
            for (id, begun) in begun {
                let result = match begun {
                    Ok(begun) => begun.result().await,
                    Err(error) => Err(error),
                };
                // Without an id it is a notification, which gets no answer.
                answers.extend(id.map(|id| match result {
                    Ok(value) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{value}}}"#),
                    Err(error) => error.response(&id),
                }));
            }
            let line = match is_batch {
                true if answers.is_empty() => None,
                true => Some(format!("[{}]", answers.join(","))),
                false => answers.pop(),
            };
            if ends {
                return line;
            }
            if let Some(line) = line {
                out.send(line).await;
            }
            drop(permit);
            None
        });
        ends
    }

    /// Lets calls under way finish, for a while. What is to be written last of all.
    async fn finish(&mut self) -> Vec<String> {
        let mut last = Vec::new();
        let end = tokio::time::Instant::now() + LINGER;
        while let Ok(Some(answer)) = tokio::time::timeout_at(end, self.calls.join_next()).await {
            last.extend(answer.ok().flatten());
        }
        last
    }
}

/// Resolves a while after the process began to end.
async fn late(mut phase: watch::Receiver<Phase>) {
    match phase.wait_for(|phase| *phase != Phase::Serving).await {
        Ok(_) => {}
        Err(_) => return std::future::pending().await,
    }
    tokio::time::sleep(LINGER).await;
}

/// Turns events into notifications until the node has shut down.
async fn pump(handle: Handle, out: Out) {
    let mut events = handle.events();
    loop {
        let shape = match events.next().await {
            Ok(event) => {
                let user = match &event {
                    NodeEvent::PeerConnected { device, .. } | NodeEvent::PeerDisconnected { device, .. } => {
                        match handle.query(Query::User(*device)).await {
                            Ok(Answer::User(user)) => user,
                            _ => None,
                        }
                    }
                    NodeEvent::Core(_) | NodeEvent::Transfer { .. } | NodeEvent::TransferOver { .. } => None,
                };
                shapes::event(&event, user)
            }
            Err(EventsEnded::Lagged) => {
                events = handle.events();
                shapes::warning("lagged", &EventsEnded::Lagged.to_string())
            }
            Err(EventsEnded::Closed) => break,
        };
        out.send(shape.to_string()).await;
    }
}
