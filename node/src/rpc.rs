//! JSON-RPC 2.0 over lines, for scripts, bots and tests.
//!
//! ```text
//!  stdin ─▶ reader thread ─▶ serve: parse, begin each call in the order it came ─▶ tasks ─┐
//!                                                                     node events ─▶ pump ─┴▶ writer thread ─▶ stdout
//! ```
//!
//! Calls are begun in order, so that what is piped in is also done in that order; answers come when they are ready.
//! Reading stops while too many calls are under way or output is not read.

mod error;
mod line;
mod methods;
mod params;
mod request;
mod shapes;
#[cfg(test)]
mod tests;

use std::{
    io::{BufRead, Write},
    sync::Arc,
    time::Duration,
};

use bivouac_core::io::{Answer, Query};
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

use self::{
    error::RpcError,
    line::Line,
    request::{Incoming, Request},
};
use crate::{Config, EventsEnded, Handle, NodeEvent, StartError};

/// Lines read and not yet looked at.
const READ_MAX: usize = 16;
/// Lines waiting to be written.
const WRITE_MAX: usize = 1_024;
/// Calls under way at once.
const CALLS_MAX: usize = 256;
/// How long calls under way may take to finish after the end of input.
const LINGER: Duration = Duration::from_secs(5);

/// Runs a node and serves it until the input ends, `node.shutdown` is called or `stop` resolves. Returns with
/// everything stored.
///
/// # Errors
/// The node can't be started; nothing was written then.
pub async fn serve(
    config: Config,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let handle = Handle::open(config).await?;
    let (out, lines_out) = mpsc::channel(WRITE_MAX);
    let writer = line::spawn_writer(output, lines_out).map_err(StartError::Thread)?;
    let (lines_in, mut lines) = mpsc::channel(READ_MAX);
    line::spawn_reader(input, lines_in).map_err(StartError::Thread)?;

    write(&out, &shapes::ready(&handle).await).await;
    let pump = tokio::spawn(pump(handle.clone(), out.clone()));
    let mut server =
        Server { handle: handle.clone(), out, permits: Arc::new(Semaphore::new(CALLS_MAX)), calls: JoinSet::new() };
    let mut asked_to_stop = None;
    tokio::pin!(stop);
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                None => break,
                Some(line) => if let Some(shutdown) = server.take(line).await {
                    asked_to_stop = Some(shutdown);
                    break;
                }
            },
            () = server.out.closed() => break,
            () = &mut stop => break,
        }
    }
    server.finish().await;
    handle.shutdown().await;
    // The pump ends with the last event, then the writer with the last line.
    let _ = pump.await;
    if let Some(shutdown) = asked_to_stop {
        server.write_answer(shutdown).await;
    }
    drop(server);
    let _ = tokio::task::spawn_blocking(move || writer.join()).await;
    Ok(())
}

/// One call without a line around it, for the command line: the same method, parameters and result.
///
/// # Errors
/// The sentence of the error the call would have been answered with.
pub async fn call_once(handle: &Handle, method: &str, params: Value) -> Result<Value, String> {
    let params = match params {
        Value::Object(params) => params::Params::new(params),
        _ => params::Params::default(),
    };
    let result = async { methods::begin(handle, method, params).await?.result().await };
    result.await.map_err(RpcError::into_message)
}

/// An event as the notification's `params`, without the lookup of whose device it is.
#[must_use]
pub fn event_shape(event: &NodeEvent) -> Value {
    shapes::event(event, None)["params"].take()
}

struct Server {
    handle: Handle,
    out: mpsc::Sender<String>,
    permits: Arc<Semaphore>,
    calls: JoinSet<()>,
}

impl Server {
    /// Takes a line. A call of `node.shutdown` comes back as the answer to give once everything is stored.
    async fn take(&mut self, line: Line) -> Option<Value> {
        while self.calls.try_join_next().is_some() {}
        let incoming = match line {
            Line::Text(text) => request::parse(&text),
            Line::TooLong => Err(RpcError::parse("the line is longer than 1 MiB; send shorter ones")),
        };
        match incoming {
            Err(error) => self.write_answer(error.response(Value::Null)).await,
            Ok(Incoming::One(Ok(request))) if request.method == "node.shutdown" => return self.shutdown(request).await,
            Ok(Incoming::One(request)) => self.begin(vec![request], false).await,
            Ok(Incoming::Batch(requests)) => self.begin(requests, true).await,
        }
        None
    }

    async fn shutdown(&mut self, request: Request) -> Option<Value> {
        let id = request.id.clone();
        match request.params.and_then(params::Params::finish) {
            Ok(()) => Some(id.map_or(Value::Null, |id| response(&id, &json!({})))),
            Err(error) => {
                if let Some(id) = id {
                    self.write_answer(error.response(id)).await;
                }
                None
            }
        }
    }

    /// Begins calls here and now, so that they reach the node in the order they came, and waits for their results
    /// elsewhere.
    async fn begin(&mut self, requests: Vec<Result<Request, (Value, RpcError)>>, is_batch: bool) {
        // The semaphore is never closed.
        let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
        let mut begun = Vec::with_capacity(requests.len());
        for request in requests {
            begun.push(match request {
                Err((id, error)) => (Some(id), Err(error)),
                Ok(Request { id, method, params }) => match params {
                    Ok(params) => (id, methods::begin(&self.handle, &method, params).await),
                    Err(error) => (id, Err(error)),
                },
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
                if let Some(id) = id {
                    answers.push(result.map_or_else(|error| error.response(id.clone()), |value| response(&id, &value)));
                }
            }
            match is_batch {
                true if answers.is_empty() => {}
                true => write(&out, &Value::Array(answers)).await,
                false => {
                    for answer in answers {
                        write(&out, &answer).await;
                    }
                }
            }
            drop(permit);
        });
    }

    async fn write_answer(&self, answer: Value) {
        if !answer.is_null() {
            write(&self.out, &answer).await;
        }
    }

    /// Lets calls under way finish, but not for ever.
    async fn finish(&mut self) {
        let all = async { while self.calls.join_next().await.is_some() {} };
        if tokio::time::timeout(LINGER, all).await.is_err() {
            tracing::debug!("calls under way were cut short");
        }
    }
}

fn response(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

async fn write(out: &mpsc::Sender<String>, value: &Value) {
    // Without a reader there is nobody to tell.
    let _ = out.send(value.to_string()).await;
}

/// Turns events into notifications until the node has shut down.
async fn pump(handle: Handle, out: mpsc::Sender<String>) {
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
                    NodeEvent::Core(_) => None,
                };
                shapes::event(&event, user)
            }
            Err(EventsEnded::Lagged) => {
                events = handle.events();
                shapes::warning("lagged", &EventsEnded::Lagged.to_string())
            }
            Err(EventsEnded::Closed) => break,
        };
        write(&out, &shape).await;
    }
}
