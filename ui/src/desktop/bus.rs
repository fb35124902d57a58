//! The session bus: reached within a time, its errors told as what they mean to a person.

use std::{future::Future, time::Duration};

use zbus::{Connection, fdo};

use super::{Unavailable, text};

/// What a program on the bus has to answer within, where no person is asked.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
/// Longest sentence of another program that is shown, in characters.
const SENTENCE: usize = 200;

/// Connects to the session bus, for the sake of `what`.
pub(super) async fn session(what: &'static str) -> Result<Connection, Unavailable> {
    // A bus that lets nobody in, or hangs, is none.
    let bus = tokio::time::timeout(ANSWER, Connection::session()).await;
    bus.ok().and_then(Result::ok).ok_or(Unavailable::NoBus(what))
}

/// Waits for an answer, but not for ever.
pub(super) async fn answer<T, E: Into<fdo::Error>>(
    what: &'static str,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    match tokio::time::timeout(ANSWER, call).await {
        Ok(result) => result.map_err(|error| why(what, error)),
        Err(_) => Err(Unavailable::Silent(what)),
    }
}

/// What an error means.
pub(super) fn why(what: &'static str, error: impl Into<fdo::Error>) -> Unavailable {
    match error.into() {
        fdo::Error::ServiceUnknown(_)
        | fdo::Error::NameHasNoOwner(_)
        | fdo::Error::UnknownObject(_)
        | fdo::Error::UnknownInterface(_)
        | fdo::Error::UnknownMethod(_)
        | fdo::Error::SpawnExecFailed(_)
        | fdo::Error::SpawnChildExited(_)
        | fdo::Error::SpawnChildSignaled(_)
        | fdo::Error::SpawnServiceNotFound(_) => Unavailable::NoService(what),
        fdo::Error::NoReply(_) | fdo::Error::Timeout(_) | fdo::Error::TimedOut(_) => Unavailable::Silent(what),
        fdo::Error::Disconnected(_)
        | fdo::Error::ZBus(
            zbus::Error::Address(_)
            | zbus::Error::InputOutput(_)
            | zbus::Error::Connection(..)
            | zbus::Error::Handshake(_),
        ) => Unavailable::NoBus(what),
        other => Unavailable::Refused(what, text::line(&other.to_string(), SENTENCE)),
    }
}
