//! What is said about messages, again and slowly: the rules of docs/protocol.md over all ops of a disk, for those whom the law
//! never touched.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::UserId;

use super::{naive::History, world::World};
use crate::{
    mark::{MAX_REACTIONS, Says},
    model::{ChannelId, GuildId, Message, MessageId, MessageState},
    op::{self, Op},
};

impl World {
    /// Where what a node shows of a channel is not what the ops on its disk say about its messages. Messages about which
    /// somebody spoke who ever was removed are left out, and what takes a permission.
    #[must_use]
    pub fn judge_marks(
        &self,
        i: usize,
        (guild, channel): (GuildId, ChannelId),
        shown: &[Message],
        history: &History,
    ) -> Vec<String> {
        let secrets = self.secrets(i, guild);
        let mut said: BTreeMap<MessageId, BTreeMap<MessageId, (UserId, Says)>> = BTreeMap::new();
        let mut unclear = BTreeSet::new();
        for entry in self.ops_on_disk(i, guild) {
            let h = &entry.header;
            let place = MessageId { hlc: h.hlc, op: h.id() };
            let (Some(payload), Some(epoch)) = (&entry.payload, h.epoch) else { continue };
            let Some(by) = self.node_of(&h.log.device) else { continue };
            let user = self.nodes[by].person.user;
            let Some(Op::Mark(mark)) = secrets.get(&epoch).map(|secret| op::open(h, payload, Some(secret))) else {
                continue;
            };
            if mark.channel == channel {
                if self.liars.contains(&by) || !history.never_gone(user) {
                    unclear.insert(mark.target);
                }
                said.entry(mark.target).or_default().insert(place, (user, mark.says));
            }
        }
        let mut wrong = Vec::new();
        for message in shown.iter().filter(|m| !unclear.contains(&m.id) && history.never_gone(m.author)) {
            let marks = said.remove(&message.id).unwrap_or_default();
            let (mut text, mut gone, mut on, mut clear) = (None, false, BTreeMap::new(), true);
            for (user, says) in marks.into_values() {
                match says {
                    Says::Edit(new) if user == message.author => text = Some(new.into_string()),
                    Says::Delete { .. } if user == message.author => gone = true,
                    // By somebody who may, or may not.
                    Says::Delete { .. } => clear = false,
                    Says::React { emoji, on: put } => drop(on.insert((emoji.into_string(), user), put)),
                    _ => {}
                }
            }
            if !clear {
                continue;
            }
            if gone != (message.state == MessageState::Erased) {
                wrong.push(format!("node {i}: {:?} is {:?}, deleted {gone}", message.id, message.state));
            }
            if message.state != MessageState::Open {
                continue;
            }
            if text.is_some() && message.text != text {
                wrong.push(format!("node {i}: {:?} reads {:?} instead of {text:?}", message.id, message.text));
            }
            on.retain(|_, put| *put);
            let on: BTreeSet<(String, UserId)> = on.into_keys().collect();
            let emoji: BTreeSet<&str> = on.iter().map(|(emoji, _)| emoji.as_str()).collect();
            let bears: BTreeSet<(String, UserId)> = (message.reactions.iter())
                .flat_map(|reaction| reaction.users.iter().map(|user| (reaction.emoji.clone(), *user)))
                .collect();
            if emoji.len() < MAX_REACTIONS && bears != on {
                wrong.push(format!("node {i}: {:?} bears {bears:?} instead of {on:?}", message.id));
            }
        }
        wrong
    }
}
