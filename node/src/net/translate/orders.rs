//! What the core orders, carried out.

use std::collections::BTreeSet;

use bivouac_core::{
    io::{Input, Topic, Verdict},
    wire::{MAX_REQUEST, MAX_RESPONSE},
};
use bivouac_crypto::DeviceId;
use data_encoding::HEXLOWER;
use libp2p::{
    Multiaddr,
    gossipsub::{IdentTopic, MessageAcceptance, PublishError},
};

use super::{ASKING_MAX, Asked, Net, SMALL, UNREAD_MAX, UNREAD_PER_DEVICE_MAX};
use crate::{
    net::{
        NetCommand,
        device::{device_of, peer_of},
        link::Link,
    },
    os,
};

impl Net {
    /// Does what is asked.
    pub(crate) fn carry(&mut self, command: NetCommand) {
        match command {
            NetCommand::Publish(topic, bytes) => self.publish(topic, bytes),
            NetCommand::Request { to, id, bytes } => self.ask(to, id, bytes),
            NetCommand::Respond(token, bytes) => self.answer(token, bytes),
            NetCommand::Judge(token, verdict) => self.judge(token, verdict),
            NetCommand::Subscribe(topic) => self.subscribe(topic),
            NetCommand::Unsubscribe(topic) => self.unsubscribe(topic),
            NetCommand::Keep(devices) => self.keep(devices),
            NetCommand::Drop(devices) => {
                self.dialer.drop(os::mono_ms(), &devices);
                self.status_changed();
            }
            NetCommand::Dial(addresses) => {
                let addresses = addresses.iter().filter_map(|a| a.parse::<Multiaddr>().ok());
                self.dialer.try_once(os::mono_ms(), addresses);
            }
        }
        self.dial_due();
    }

    /// Takes leave of everybody, so that nobody waits for us in vain.
    pub(crate) fn leave(&mut self) {
        for peer in self.swarm.connected_peers().copied().collect::<Vec<_>>() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        match self.gossip().publish(ident(topic), bytes) {
            Ok(_) | Err(PublishError::NoPeersSubscribedToTopic | PublishError::Duplicate) => {}
            Err(error) => tracing::debug!(%error, "not published; peers will fetch it"),
        }
    }

    fn subscribe(&mut self, topic: Topic) {
        let topic = ident(topic);
        self.listened.insert(topic.hash());
        if let Err(error) = self.gossip().subscribe(&topic) {
            tracing::warn!(%error, "a topic was not subscribed to");
        }
    }

    fn unsubscribe(&mut self, topic: Topic) {
        let topic = ident(topic);
        self.listened.remove(&topic.hash());
        self.gossip().unsubscribe(&topic);
    }

    fn ask(&mut self, to: DeviceId, id: u64, bytes: Vec<u8>) {
        let peer = self.links.get(&to).and_then(|_| peer_of(&to));
        match peer.filter(|_| self.asking.len() < ASKING_MAX && bytes.len() <= MAX_REQUEST) {
            Some(peer) => {
                let request = self.swarm.behaviour_mut().sync.send_request(&peer, bytes);
                self.asking.insert(request, (id, to));
            }
            None => self.tell(Input::Response { id, from: to, bytes: None }),
        }
    }

    fn answer(&mut self, token: u64, bytes: Option<Vec<u8>>) {
        // Dropping the channel ends the stream: the asker sees at once that there is no answer.
        let Some(Asked { from, request, channel }) = self.asked.remove(&token) else { return };
        let Some(mut bytes) = bytes.filter(|b| b.len() <= MAX_RESPONSE) else { return };
        // It may stay for as long as the asker pleases.
        bytes.shrink_to_fit();
        let (to_it, to_all) = self.unread.values().fold((bytes.len(), bytes.len()), |(its, all), (device, len)| {
            (its + if *device == from { *len } else { 0 }, all + len)
        });
        let first = to_it == bytes.len();
        if bytes.len() > SMALL && !first && (to_it > UNREAD_PER_DEVICE_MAX || to_all > UNREAD_MAX) {
            return tracing::debug!("no answer: those before it are not read");
        }
        self.unread.insert(request, (from, bytes.len()));
        if self.swarm.behaviour_mut().sync.send_response(channel, bytes).is_err() {
            self.unread.remove(&request);
            tracing::trace!("the asker is gone");
        }
    }

    pub(super) fn judge(&mut self, token: u64, verdict: Verdict) {
        let Some((message, from)) = self.gossip.remove(&token) else { return };
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        self.gossip().report_message_validation_result(&message, &from, acceptance);
        let link = device_of(&from).and_then(|device| self.links.get_mut(&device));
        if verdict == Verdict::Reject && link.is_some_and(Link::rejected) {
            tracing::debug!("a peer hands on what is invalid, and is listened to no more for a while");
            self.gossip().blacklist_peer(&from);
        }
    }

    fn keep(&mut self, devices: BTreeSet<DeviceId>) {
        let back = devices.iter().filter(|device| self.dialer.dropped_at(device).is_some());
        for peer in back.filter_map(peer_of).collect::<Vec<_>>() {
            self.gossip().remove_blacklisted_peer(&peer);
        }
        self.swarm.behaviour_mut().door.know(devices.iter().filter_map(peer_of).collect());
        self.dialer.keep(os::mono_ms(), devices);
        self.status_changed();
    }
}

fn ident(topic: Topic) -> IdentTopic {
    IdentTopic::new(HEXLOWER.encode(&topic.0))
}
