//! What gossip takes in: messages on the topics listened to, and subscriptions to what could be one.
//!
//! Gossipsub remembers every message it has read for seconds, whatever its topic is, so as to hand it on. Nobody here
//! hands on what it does not listen to, and whoever knows no topic of ours is not to fill our memory. Names of
//! topics that a neighbour subscribes to are remembered too, and a frame has room for one of 50 KiB.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, PoisonError, RwLock},
};

use libp2p::gossipsub::{DataTransform, Message, RawMessage, TopicHash, TopicSubscriptionFilter};

/// Length of a topic's name: 32 bytes in hexadecimal.
const NAME: usize = 64;

/// A set of topics, shared with gossip.
#[derive(Clone, Debug, Default)]
pub(super) struct Listened(Arc<RwLock<HashSet<TopicHash>>>);

impl Listened {
    /// Listens.
    pub(super) fn insert(&self, topic: TopicHash) {
        // One insertion or removal: there is no half of it.
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(topic);
    }

    /// Listens no more.
    pub(super) fn remove(&self, topic: &TopicHash) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(topic);
    }
}

impl DataTransform for Listened {
    fn inbound_transform(&self, raw: RawMessage) -> io::Result<Message> {
        if !self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&raw.topic) {
            return Err(io::Error::other("nobody listens to this topic"));
        }
        let RawMessage { source, data, sequence_number, topic, .. } = raw;
        Ok(Message { source, data, sequence_number, topic })
    }

    fn outbound_transform(&self, _: &TopicHash, data: Vec<u8>) -> io::Result<Vec<u8>> {
        Ok(data)
    }
}

/// Hears of subscriptions to what could be a topic of ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Named;

impl TopicSubscriptionFilter for Named {
    fn can_subscribe(&mut self, topic: &TopicHash) -> bool {
        topic.as_str().len() == NAME
    }
}
