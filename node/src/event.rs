//! What a node tells without being asked: lossless and in order, to each subscriber.

use std::sync::{Arc, Mutex, PoisonError};

use bivouac_core::{io::Event, model::FileId};
use bivouac_crypto::DeviceId;
use tokio::sync::mpsc;

use crate::net::Path;

/// Events a subscriber may leave unread. One that falls further behind is cut off and told so; nothing is skipped
/// silently. Large, because a guild that catches up tells a lot at once.
const UNREAD_MAX: usize = 65_536;

/// An event of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeEvent {
    /// Something in a guild.
    Core(Arc<Event>),
    /// A first connection to a device stands.
    PeerConnected {
        /// Which.
        device: DeviceId,
        /// How it is reached.
        path: Path,
    },
    /// A file is being fetched: at most four times a second, and once it is whole.
    Transfer {
        /// Which.
        file: FileId,
        /// Bytes here.
        have: u64,
        /// Its length in bytes.
        size: u64,
    },
    /// A fetch ended before the file was whole: it was stopped, or failed. What came of it is kept.
    TransferOver {
        /// Which.
        file: FileId,
        /// Bytes here.
        have: u64,
        /// Its length in bytes.
        size: u64,
    },
    /// The last connection to a device is gone.
    PeerDisconnected {
        /// Which.
        device: DeviceId,
        /// How it was reached.
        path: Path,
    },
}

/// That events were held back of which it was not known whether what they tell is stored.
pub(crate) fn lagged() -> NodeEvent {
    let message = "The disk took no writes for a while, and some events may not have been told; ask for the messages.";
    NodeEvent::Core(Arc::new(Event::Warning { kind: "lagged", message: message.to_owned() }))
}

/// Why a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventsEnded {
    /// The node has shut down.
    #[error("the node has shut down")]
    Closed,
    /// Too much was left unread; subscribe again and ask for what was missed.
    #[error("events were not read in time and some were lost; ask for the messages again")]
    Lagged,
}

/// A subscription.
#[derive(Debug)]
pub struct Events {
    receiver: mpsc::Receiver<NodeEvent>,
    closed: bool,
    hub: Arc<Hub>,
}

impl Events {
    /// The next event.
    ///
    /// # Errors
    /// [`EventsEnded`], after every event that came before has been given.
    pub async fn next(&mut self) -> Result<NodeEvent, EventsEnded> {
        match self.receiver.recv().await {
            Some(event) => Ok(event),
            None if self.closed || self.hub.is_closed() => Err(EventsEnded::Closed),
            None => Err(EventsEnded::Lagged),
        }
    }

    /// An event that has been told already, without waiting.
    pub fn waiting(&mut self) -> Option<NodeEvent> {
        self.receiver.try_recv().ok()
    }
}

/// Hands events to subscribers.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    subscribers: Vec<mpsc::Sender<NodeEvent>>,
    closed: bool,
}

impl Hub {
    /// Subscribes from here on.
    pub(crate) fn subscribe(self: &Arc<Self>) -> Events {
        let (sender, receiver) = mpsc::channel(UNREAD_MAX);
        let mut state = self.state();
        let closed = state.closed;
        if !closed {
            state.subscribers.push(sender);
        }
        drop(state);
        Events { receiver, closed, hub: self.clone() }
    }

    /// Tells every subscriber; one that has no room left is cut off.
    pub(crate) fn publish(&self, event: &NodeEvent) {
        self.state().subscribers.retain(|subscriber| subscriber.try_send(event.clone()).is_ok());
    }

    /// Ends every subscription, once what was told is read.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.subscribers.clear();
    }

    fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(message: &str) -> NodeEvent {
        NodeEvent::Core(Arc::new(Event::Warning { kind: "test", message: message.to_owned() }))
    }

    #[tokio::test]
    async fn events_come_in_order_and_then_the_end() {
        let hub = Arc::new(Hub::default());
        let mut events = hub.subscribe();
        hub.publish(&warning("a"));
        hub.publish(&warning("b"));
        hub.close();
        assert_eq!(events.next().await, Ok(warning("a")));
        assert_eq!(events.next().await, Ok(warning("b")));
        assert_eq!(events.next().await, Err(EventsEnded::Closed));
        assert_eq!(hub.subscribe().next().await, Err(EventsEnded::Closed));
    }

    #[tokio::test]
    async fn a_subscriber_that_lags_is_told() {
        let hub = Arc::new(Hub::default());
        let mut events = hub.subscribe();
        for _ in 0..=UNREAD_MAX {
            hub.publish(&warning("x"));
        }
        for _ in 0..UNREAD_MAX {
            assert!(events.next().await.is_ok());
        }
        assert_eq!(events.next().await, Err(EventsEnded::Lagged));
    }
}
