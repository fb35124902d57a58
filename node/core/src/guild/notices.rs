//! What happened around a channel, told between its messages: read off the law and off what is said about messages, so that
//! nobody writes it.

use std::collections::BTreeSet;

use super::{Guild, show::Shelf};
use crate::{
    act::Act,
    io::{Happened, Notice},
    mark::Sort,
    model::{ChannelId, ChannelKind, History, Hlc, MessageId, OpId},
    op::Op,
    table::{Damaged, Read},
};

impl Guild {
    /// The newest that happened in a span of time, oldest first.
    pub(crate) fn notices(
        &self,
        db: &dyn Read,
        channel: ChannelId,
        (since_ms, until_ms): (u64, u64),
        limit: usize,
    ) -> Result<Vec<Notice>, Damaged> {
        let within = |at: u64| (since_ms..until_ms).contains(&at);
        let first = self.first_channel() == Some(channel);
        let mut notices = Vec::new();
        // The first name is no change of it.
        let named = self
            .dag
            .ordered()
            .find(|n| matches!(self.dag.node(*n).op, Some(Op::Act(_, Act::Guild { name: Some(_), .. }))));
        let joined = if first { self.arrivals() } else { BTreeSet::new() };
        let acts = self.dag.ordered().rev().map(|n| (n, self.dag.node(n)));
        for (n, node) in acts.filter(|(_, node)| within(node.hlc.ms())) {
            let (what, author) = match &node.op {
                Some(Op::Act(_, Act::Admit { guest, .. })) if joined.contains(&n) => (Happened::Joined, guest.user()),
                Some(Op::Act(_, Act::Guild { name: Some(name), .. })) if first && Some(n) != named => {
                    (Happened::GuildRenamed(name.to_string()), node.author)
                }
                Some(Op::Act(_, Act::ChannelUpdate { channel: of, change })) if *of == channel => {
                    match (&change.name, &change.topic) {
                        (Some(name), _) => (Happened::Renamed(name.to_string()), node.author),
                        (None, Some(topic)) => (Happened::Topic(topic.to_string()), node.author),
                        (None, None) => continue,
                    }
                }
                _ => continue,
            };
            if self.settled.of(n).is_ok() {
                notices.push(Notice { at: node.hlc.ms(), author, what });
            }
            if notices.len() >= limit {
                break;
            }
        }
        notices.reverse();
        // A mark is later than its message.
        let below = MessageId { hlc: Hlc(until_ms.saturating_mul(1 << 16)), op: OpId([0; 32]) };
        let mut shelf = Shelf::default();
        notices.extend(self.listed_below(db, Sort::Pin, channel, (below, 1), |row| {
            let said = self.said(db, &mut shelf, channel, &[row])?.remove(&row.id).unwrap_or_default();
            let by = said.pinned_by.filter(|(at, _)| said.pinned && !said.deleted && within(at.ms()));
            Ok(by.map(|(at, author)| Notice { at: at.ms(), author, what: Happened::Pinned(row.id) }))
        })?);
        notices.extend(self.listed_below(db, Sort::Thread, channel, (below, 1), |row| {
            let said = self.said(db, &mut shelf, channel, &[row])?.remove(&row.id).unwrap_or_default();
            let began = said.thread.filter(|began| within(began.at.hlc.ms()));
            Ok(began.map(|began| Notice {
                at: began.at.hlc.ms(),
                author: began.creator,
                what: Happened::Thread(row.id, began.name),
            }))
        })?);
        notices.sort_by_key(|notice| notice.at);
        let over = notices.len().saturating_sub(limit);
        Ok(notices.split_off(over))
    }

    /// The acts by which somebody came in who was not in before.
    fn arrivals(&self) -> BTreeSet<u32> {
        let (mut inside, mut joined) = (BTreeSet::new(), BTreeSet::new());
        for n in self.dag.ordered().filter(|n| self.settled.of(*n).is_ok()) {
            let node = self.dag.node(n);
            match &node.op {
                Some(Op::Act(_, Act::Admit { guest, .. })) if inside.insert(guest.user()) => drop(joined.insert(n)),
                Some(Op::Act(_, Act::Kick { user, .. } | Act::Ban { user, .. })) => drop(inside.remove(user)),
                Some(Op::Act(_, Act::Leave)) => drop(inside.remove(&node.author)),
                _ => {}
            }
        }
        joined
    }

    /// The first channel by position that all may read.
    fn first_channel(&self) -> Option<ChannelId> {
        let open = self.law.channels.iter().filter(|(id, channel)| {
            let nature = &channel.nature;
            nature.kind == ChannelKind::Text
                && !nature.private
                && nature.history == History::Whole
                && !self.over.contains(id)
        });
        open.min_by_key(|(id, channel)| (channel.position, channel.created, **id)).map(|(id, _)| *id)
    }
}
