//! How far I have read each channel: mine alone, and shared with no one but my own devices.

use bivouac_crypto::{UserId, canonical};
use minicbor::{Decode, Encode};

use super::Guild;
use crate::{
    io::{Effect, Event},
    log,
    me::Cx,
    model::{ChannelId, GuildId, Hlc, MessageId, MessageState, OpId, Unread},
    table::{Damaged, Read, Table},
    timeline::{self, Row},
    wire::Marked,
};

/// How many times [`Unread::MOST`] messages are looked through.
const LOOKED: usize = 10;

/// Up to where a channel is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Marker {
    /// When that was said, milliseconds since the epoch: the newest of my devices' words counts, for one can go back.
    #[n(0)]
    pub(crate) set_ms: u64,
    /// The last message that was read.
    #[n(1)]
    pub(crate) read: MessageId,
}

impl Guild {
    /// What of a channel I have not read.
    pub(crate) fn unread(&self, db: &dyn Read, channel: ChannelId, me: &UserId) -> Result<Unread, Damaged> {
        let marker = self.marker(db, channel)?;
        let after = marker.map_or(MessageId { hlc: Hlc::at(self.row.joined_ms), op: OpId([0; 32]) }, |m| m.read);
        let others = |row: &Row| !row.aside && self.author(row.store) != Some(*me);
        let (mut messages, mut mentions, mut at) = (0, 0, after);
        for _ in 0..LOOKED {
            let (rows, more) = timeline::list(db, (self.id, channel), None, Some(at), Unread::MOST, others)?;
            let shown = self.show(db, channel, &rows, me)?;
            messages += shown.iter().filter(|message| message.state == MessageState::Open).count();
            at = rows.last().map_or(at, |row| row.id);
            if !more || messages >= Unread::MOST {
                break;
            }
        }
        at = after;
        for _ in 0..LOOKED {
            let ids = self.may_call(db, channel, at, Unread::MOST)?;
            let mut calls = Vec::new();
            for id in &ids {
                calls.extend(timeline::find(db, (self.id, channel), *id)?.filter(others));
            }
            mentions += self.show(db, channel, &calls, me)?.iter().filter(|message| message.mention).count();
            at = ids.last().copied().unwrap_or(at);
            if ids.len() < Unread::MOST || mentions >= Unread::MOST {
                break;
            }
        }
        let read = marker.map(|marker| marker.read);
        Ok(Unread { read, messages: messages.min(Unread::MOST), mentions: mentions.min(Unread::MOST) })
    }

    pub(crate) fn marker(&self, db: &dyn Read, channel: ChannelId) -> Result<Option<Marker>, Damaged> {
        db.get(Table::Secret, &key(self.id, channel))?.map(|row| log::read(&row)).transpose()
    }

    /// All markers, of channels that there are.
    pub(crate) fn markers(&self, db: &dyn Read) -> Result<Vec<Marked>, Damaged> {
        let (start, end) = (key(self.id, ChannelId([0; 32])), key(self.id, ChannelId([255; 32])));
        let mut all = Vec::new();
        for (row_key, row) in db.scan(Table::Secret, &start..&end, false, usize::MAX)? {
            let channel = row_key.get(33..).and_then(|id| id.try_into().ok()).map(ChannelId).ok_or(Damaged)?;
            let Marker { set_ms, read } = log::read(&row)?;
            if self.law.channels.contains_key(&channel) {
                all.push(Marked { guild: self.id, channel, set_ms, read });
            }
        }
        Ok(all)
    }

    /// Notes up to where a channel is read, if nothing newer was said of that. Gives what is to be told to my other devices.
    pub(crate) fn mark_read(
        &self,
        cx: &mut Cx<'_>,
        channel: ChannelId,
        marker: Marker,
    ) -> Result<Option<Marked>, Damaged> {
        let known = self.marker(&cx.tx, channel)?;
        if known.is_some_and(|known| known >= marker) {
            return Ok(None);
        }
        let Marker { set_ms, read } = marker;
        cx.tx.put(Table::Secret, key(self.id, channel), canonical::encode(&marker));
        if known.is_none_or(|known| known.read != read) {
            cx.out.push(Effect::Event(Event::Read { guild: self.id, channel, message: read }));
        }
        Ok(Some(Marked { guild: self.id, channel, set_ms, read }))
    }

    /// The newest message of a channel and its threads.
    pub(crate) fn newest(&self, db: &dyn Read, channel: ChannelId) -> Result<Option<MessageId>, Damaged> {
        let (rows, _) = timeline::list(db, (self.id, channel), None, None, 1, |_| true)?;
        Ok(rows.first().map(|row| row.id))
    }
}

fn key(guild: GuildId, channel: ChannelId) -> Vec<u8> {
    [&b"r"[..], &guild.0, &channel.0].concat()
}
