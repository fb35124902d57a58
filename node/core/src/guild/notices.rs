//! What happened around a channel, told between its messages: read off the law and off what is said about messages, so that
//! nobody writes it and nobody can forge it.

use super::Guild;
use crate::{
    act::Act,
    io::{Happened, Notice},
    mark::Sort,
    model::{ChannelId, ChannelKind, History},
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
        let acts = self.dag.ordered().rev().map(|n| (n, self.dag.node(n)));
        for (n, node) in acts.filter(|(_, node)| within(node.hlc.ms())) {
            let (what, author) = match &node.op {
                Some(Op::Act(_, Act::Admit { guest, .. })) if first => (Happened::Joined, guest.user()),
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
        notices.extend(self.listed(db, Sort::Pin, channel, |row| {
            let by = self.said_of(db, channel, row)?;
            let by = by.pinned_by.filter(|(at, _)| by.pinned && !by.deleted && within(at.ms()));
            Ok(by.map(|(at, author)| Notice { at: at.ms(), author, what: Happened::Pinned(row.id) }))
        })?);
        notices.extend(self.listed(db, Sort::Thread, channel, |row| {
            let began = self.said_of(db, channel, row)?.thread.filter(|began| within(began.at.hlc.ms()));
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
