//! Messages as a reader sees them.

use std::collections::{BTreeMap, btree_map};

use bivouac_crypto::{Context, UserId, canonical, hash};

use super::{Guild, marks::Said};
use crate::{
    io::{Effect, Event, Scope},
    log::SEGMENT,
    mark::Sort,
    me::Cx,
    mention::{Mention, mentions},
    model::{ChannelId, FileId, Message, MessageId, MessageState, OpId, Permissions, Thread},
    op::{Attachment, Audience, Entry, Header, Op, Says},
    table::{Damaged, Read},
    timeline::{self, Place, Row},
};

/// Messages looked through at once for one's own last.
const PAGE: usize = 200;

/// Segments held at once.
const SHELF: usize = 48;

/// Ops taken from the store for one answer, by segment.
#[derive(Default)]
pub(crate) struct Shelf(BTreeMap<(u32, u64), Vec<Entry>>);

impl Guild {
    /// The timeline that a part of a channel is in.
    pub(crate) fn timeline_of(&self, channel: ChannelId, scope: Scope) -> Place {
        match scope {
            Scope::All | Scope::Main => (self.id, channel),
            // Unlike any channel: what names a channel is an op's id.
            Scope::Thread(root) => {
                (self.id, ChannelId(hash(Context::Thread, &canonical::encode(&(self.id, channel, root)))))
            }
        }
    }

    /// One page of a channel, or of a thread in it.
    pub(crate) fn messages(
        &self,
        db: &dyn Read,
        (channel, scope): (ChannelId, Scope),
        (before, after): (Option<MessageId>, Option<MessageId>),
        limit: usize,
        me: &UserId,
    ) -> Result<(Vec<Message>, bool), Damaged> {
        let wanted = |row: &Row| scope != Scope::Main || !row.aside;
        let (rows, more) = timeline::list(db, self.timeline_of(channel, scope), before, after, limit, wanted)?;
        Ok((self.show(db, channel, &rows, me)?, more))
    }

    /// The messages of these rows of a channel, in their order.
    pub(super) fn show(
        &self,
        db: &dyn Read,
        channel: ChannelId,
        rows: &[Row],
        me: &UserId,
    ) -> Result<Vec<Message>, Damaged> {
        self.show_from(db, &mut Shelf::default(), channel, rows, me)
    }

    /// The same, of ops that may have been taken from the store already.
    pub(super) fn show_from(
        &self,
        db: &dyn Read,
        shelf: &mut Shelf,
        channel: ChannelId,
        rows: &[Row],
        me: &UserId,
    ) -> Result<Vec<Message>, Damaged> {
        let said = self.said(db, shelf, channel, rows)?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(user), Some(entry)) = (self.author(row.store), shelf.entry(self, db, row.store, row.seq)?) else {
                continue;
            };
            messages.push(self.message(db, entry, row.id.op, channel, user, me, said.get(&row.id))?);
        }
        Ok(messages)
    }

    /// One message.
    pub(crate) fn one(
        &self,
        db: &dyn Read,
        channel: ChannelId,
        row: Row,
        me: &UserId,
    ) -> Result<Option<Message>, Damaged> {
        Ok(self.show(db, channel, &[row], me)?.pop())
    }

    /// A file of a message that is shown, and who may hold it.
    pub(crate) fn file(
        &self,
        db: &dyn Read,
        (channel, message): (ChannelId, MessageId),
        id: FileId,
        me: &UserId,
    ) -> Result<Option<(Attachment, UserId)>, Damaged> {
        let Some(row) = timeline::find(db, (self.id, channel), message)? else { return Ok(None) };
        let shown = self.one(db, channel, row, me)?.filter(|m| !m.files.is_empty());
        let mut shelf = Shelf::default();
        let entry = shelf.entry(self, db, row.store, row.seq)?;
        let post = match entry.and_then(|entry| self.says(entry)) {
            Some(Op::Post(post)) => post,
            _ => return Ok(None),
        };
        let file = post.files.iter().find_map(|file| file.called(id));
        Ok(shown.zip(file).map(|(message, file)| (file, message.author)))
    }

    /// The pinned messages of a channel, the newest first.
    pub(crate) fn pins(&self, db: &dyn Read, channel: ChannelId, me: &UserId) -> Result<Vec<Message>, Damaged> {
        self.listed(db, Sort::Pin, channel, |row| {
            Ok(self.one(db, channel, row, me)?.filter(|m| m.pinned && m.state == MessageState::Open))
        })
    }

    /// The threads of a channel, the newest first.
    pub(crate) fn threads(&self, db: &dyn Read, channel: ChannelId) -> Result<Vec<Thread>, Damaged> {
        self.listed(db, Sort::Thread, channel, |row| self.thread(db, channel, row))
    }

    /// Tells of something said that came, if it is what counts.
    pub(super) fn tell_content(
        &self,
        cx: &mut Cx<'_>,
        id: MessageId,
        channel: ChannelId,
        user: UserId,
        says: Op,
    ) -> Result<(), Damaged> {
        let (guild, me) = (self.id, cx.me.user);
        let (target, says) = match says {
            Op::Mark(mark) => (mark.target, Some(mark.says)),
            _ => (id, None),
        };
        let Some(row) = timeline::find(&cx.tx, (self.id, channel), target)? else { return Ok(()) };
        let Some(message) = self.show(&cx.tx, channel, &[row], &me)?.pop() else { return Ok(()) };
        let event = match says {
            None if message.state == MessageState::Erased => return Ok(()),
            None => Event::Message { own: user == me, message },
            Some(Says::Edit(_)) if user == message.author && message.edited == Some(id.hlc.ms()) => {
                Event::Edited(message)
            }
            Some(Says::React { emoji, on }) => {
                let emoji = emoji.into_string();
                let here = message.reactions.iter().any(|r| r.emoji == emoji && r.users.contains(&user));
                if here != on || message.state != MessageState::Open {
                    return Ok(());
                }
                Event::Reaction { guild, channel, message: target, user, emoji, on }
            }
            Some(Says::Pin(on)) if message.pinned == on => Event::Pinned { guild, channel, message: target, user, on },
            Some(Says::Thread { name, archived }) => match self.thread(&cx.tx, channel, row)? {
                Some(thread)
                    if name.is_none_or(|name| name.as_str() == thread.name)
                        && archived.is_none_or(|archived| archived == thread.archived) =>
                {
                    Event::Thread { guild, thread }
                }
                _ => return Ok(()),
            },
            // What is deleted is told of as it is erased; what does not count is no news.
            Some(_) => return Ok(()),
        };
        cx.out.push(Effect::Event(event));
        Ok(())
    }

    /// Whose log it is.
    pub(crate) fn author(&self, store: u32) -> Option<UserId> {
        self.stores.get(&store).and_then(|(_, log)| self.dag.user_of(&log.device))
    }

    /// When a user posted in a channel last, if since then; milliseconds since the epoch.
    pub(crate) fn last_post(
        &self,
        db: &dyn Read,
        channel: &ChannelId,
        user: &UserId,
        since_ms: u64,
    ) -> Result<Option<u64>, Damaged> {
        let mut before = None;
        loop {
            let (rows, more) = timeline::list(db, (self.id, *channel), before, None, PAGE, |_| true)?;
            if let Some(row) = rows.iter().rev().find(|row| self.author(row.store) == Some(*user)) {
                return Ok(Some(row.id.hlc.ms()));
            }
            before = rows.first().map(|row| row.id).filter(|oldest| more && oldest.hlc.ms() >= since_ms);
            if before.is_none() {
                return Ok(None);
            }
        }
    }

    /// A message, with what is said about it.
    #[expect(clippy::too_many_arguments, reason = "all of it is known to whoever has the entry")]
    pub(super) fn message(
        &self,
        db: &dyn Read,
        entry: &Entry,
        id: OpId,
        channel: ChannelId,
        author: UserId,
        me: &UserId,
        said: Option<&Said>,
    ) -> Result<Message, Damaged> {
        let h = &entry.header;
        let says = self.says(entry).filter(|says| !matches!(says, Op::Post(post) if post.channel != channel));
        let needs = says.as_ref().map_or(Permissions::SEND, needs);
        // Who is removed can still read their own words; members all see the same.
        let shown = self.is_shown(&author, &channel, h, needs) || author == *me && !self.is_member(me);
        let post = match says {
            Some(Op::Post(post)) => Some(post),
            _ => None,
        };
        let state = match shown {
            // It is to be forgotten, whether or not that is done.
            _ if self.due(&channel, h.hlc) <= self.now_ms => MessageState::Erased,
            _ if said.is_some_and(|said| said.deleted) => MessageState::Erased,
            false => MessageState::Hidden,
            true if post.is_some() => MessageState::Open,
            true if entry.payload.is_none() => MessageState::Erased,
            true => MessageState::NoKey,
        };
        let said = said.cloned().unwrap_or_default();
        let mut message = Message {
            id: MessageId { hlc: h.hlc, op: id },
            guild: self.id,
            channel,
            author,
            device: h.log.device,
            text: None,
            state,
            reply_to: None,
            edited: None,
            thread: None,
            reactions: Vec::new(),
            files: Vec::new(),
            pinned: said.pinned,
            mention: false,
        };
        if let (MessageState::Open, Some(post)) = (state, post) {
            message.edited = said.edit.as_ref().map(|(at, _)| at.ms());
            let text = said.edit.map_or_else(|| post.text.into_string(), |(_, text)| text);
            message.mention = author != *me && self.calls_on(db, me, &author, channel, h, &text, post.reply_to)?;
            message.text = Some(text);
            if self.might(&author, &channel, h, Permissions::ATTACH) {
                message.files = post.files.iter().map(Attachment::file).collect();
            }
            message.reply_to = post.reply_to;
            message.thread = post.thread;
            message.reactions = said.reactions;
        }
        Ok(message)
    }

    /// Whether a message of somebody else's calls on me.
    #[expect(clippy::too_many_arguments, reason = "as above")]
    fn calls_on(
        &self,
        db: &dyn Read,
        me: &UserId,
        author: &UserId,
        channel: ChannelId,
        h: &Header,
        text: &str,
        reply_to: Option<MessageId>,
    ) -> Result<bool, Damaged> {
        let roles = self.law.members.get(me).map(|member| &member.roles);
        let mut many = false;
        for mention in mentions(text) {
            match mention {
                Mention::User(user) if user == *me => return Ok(true),
                Mention::User(_) => {}
                Mention::Role(role) => many |= roles.is_some_and(|roles| roles.contains(&role)),
                Mention::Everyone => many = true,
            }
        }
        if many && self.might(author, &channel, h, Permissions::MENTION_EVERYONE) {
            return Ok(true);
        }
        let answered = reply_to.map(|id| timeline::find(db, (self.id, channel), id)).transpose()?.flatten();
        Ok(answered.is_some_and(|row| self.author(row.store) == Some(*me)))
    }

    /// Whether content is shown: its author stands, or another user's shown op has it in its past; and by what its author
    /// knew they might say it there.
    pub(super) fn is_shown(&self, user: &UserId, channel: &ChannelId, h: &Header, needs: Permissions) -> bool {
        let stands =
            self.content_stands(user, h) || self.witness.upto.get(&h.line()).is_some_and(|upto| h.seq <= *upto);
        let known = self.dag.nature(channel).is_some();
        known && stands && self.belongs(h.audience, channel) && self.might(user, channel, h, needs)
    }

    /// Whether the author of an op managed messages in a channel, as all that is known of it has it: what they did not know
    /// counts too. Who was demoted is not to delete for ever by citing the law of before.
    pub(super) fn still_manages(&self, user: &UserId, channel: &ChannelId, h: &Header) -> bool {
        let held = |auth| self.settled.has(&self.dag, user, channel, &auth).allows(Permissions::MANAGE_MESSAGES);
        self.dag.clock_of(&h.auth).is_ok_and(held)
    }

    /// Whether, by what an op had seen of the law, its author might do this in a channel.
    pub(super) fn might(&self, user: &UserId, channel: &ChannelId, h: &Header, needs: Permissions) -> bool {
        let restricted = h.audience != Audience::Guild || self.settled.restricts(channel, needs);
        let knew = |auth| self.settled.knew(&self.dag, user, channel, &auth).allows(needs);
        !restricted || self.dag.clock_of(&h.auth).is_ok_and(knew)
    }
}

/// What who says this needs to be allowed.
pub(super) fn needs(says: &Op) -> Permissions {
    match says {
        Op::Post(post) if post.thread.is_some() => Permissions::SEND_IN_THREADS,
        Op::Mark(mark) => mark.says.needs(),
        _ => Permissions::SEND,
    }
}

impl Shelf {
    /// The op at a place.
    pub(super) fn entry(
        &mut self,
        guild: &Guild,
        db: &dyn Read,
        store: u32,
        seq: u64,
    ) -> Result<Option<&Entry>, Damaged> {
        let Some(log) = guild.stores.get(&store).and_then(|line| guild.content.get(line)) else { return Ok(None) };
        let block = seq / SEGMENT;
        if self.0.len() >= SHELF && !self.0.contains_key(&(store, block)) {
            self.0.clear();
        }
        let segment = match self.0.entry((store, block)) {
            btree_map::Entry::Occupied(held) => held.into_mut(),
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(log.present(db, block * SEGMENT, block * SEGMENT + SEGMENT - 1)?)
            }
        };
        Ok(segment.iter().find(|entry| entry.header.seq == seq))
    }
}
