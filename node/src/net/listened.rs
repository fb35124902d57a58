//! What gossip takes in: messages on the topics listened to, and subscriptions to what could be one.
//!
//! Gossipsub remembers every message it has read for seconds, whatever its topic is, so as to hand it on. Nobody here
//! hands on what it does not listen to, and whoever knows no topic of ours is not to fill our memory. Names of
//! topics that a neighbour subscribes to are remembered too, and a frame has room for one of 80 KiB.

use std::{
    collections::{HashSet, VecDeque},
    io,
    sync::{Arc, PoisonError, RwLock},
};

use libp2p::gossipsub::{DataTransform, Message, RawMessage, TopicHash, TopicSubscriptionFilter};

/// Length of a topic's name: 32 bytes in hexadecimal.
const NAME: usize = 64;

/// Topics left last: what still comes on them, from those who have not heard of it, is held against nobody.
const LEFT_MAX: usize = 64;

/// Topics that messages are taken in on, shared with gossip.
#[derive(Clone, Debug, Default)]
pub(super) struct Listened(Arc<RwLock<Topics>>);

#[derive(Debug, Default)]
struct Topics {
    now: HashSet<TopicHash>,
    left: VecDeque<TopicHash>,
}

impl Listened {
    /// Listens.
    pub(super) fn insert(&self, topic: TopicHash) {
        // Whoever panicked here left at worst a topic too many or too few.
        let mut topics = self.0.write().unwrap_or_else(PoisonError::into_inner);
        topics.left.retain(|left| *left != topic);
        topics.now.insert(topic);
    }

    /// Listens no more.
    pub(super) fn remove(&self, topic: &TopicHash) {
        let mut topics = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.now.take(topic) {
            topics.left.push_back(topic);
            if topics.left.len() > LEFT_MAX {
                topics.left.pop_front();
            }
        }
    }

    fn takes(&self, topic: &TopicHash) -> bool {
        let topics = self.0.read().unwrap_or_else(PoisonError::into_inner);
        topics.now.contains(topic) || topics.left.contains(topic)
    }
}

impl DataTransform for Listened {
    fn inbound_transform(&self, raw: RawMessage) -> io::Result<Message> {
        if !self.takes(&raw.topic) {
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
