//! What is said about messages: where it is noted, what of it counts, and what it takes off the disk.
//!
//! ```text
//!  m guild channel message sort log mark ─▶ place in the log      what is said about a message
//!  l sort  guild channel message         ─▶ nothing               messages ever pinned; messages with a thread
//!  x guild op mark                       ─▶ channel, root, place  ops that a deletion names
//!  d guild channel message               ─▶ the same              deletions that do not count, as the law is
//!  @ guild channel message               ─▶ nothing               messages that may call on me
//!  f file guild channel message          ─▶ nothing               what a file hangs on
//! ```
//!
//! A row tells where an op rests, not what it says: reading opens the op itself and asks the law again, so that whatever
//! comes later changes nothing here.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{UserId, canonical};
use minicbor::{Decode, Encode};

use super::{Guild, show::Shelf};
use crate::{
    io::{Effect, Scope},
    log::read,
    mark::{MAX_MARKS, MAX_REACTIONS, Mark, Says, Sort, is_emoji},
    me::Cx,
    mention::{Mention, mentions},
    model::{Attachment, ChannelId, FileId, GuildId, Hlc, MessageId, OpId, Permissions, Reaction, Thread},
    op::{self, Entry, Header, Op, Post, Ref},
    search::{self, Doc},
    table::{Damaged, Read, Table},
    timeline::{self, Row},
    tx::Tx,
};

/// Rows read at once.
const ROWS: usize = 1_024;
/// Pins and threads of a channel that are listed, the newest; and how many times [`ROWS`] are looked through for them.
const LISTED: usize = 1_000;
const LOOKED: usize = 16;
/// Tombs of one op that are looked at, and of them those by one log.
const TOMBS: usize = 256;
const TOMBS_OF_LOG: usize = 4;
/// Messages looked at that one file hangs on.
const HUNG: usize = 64;
/// Messages remembered whose deletion does not count as the law is.
const SPARED_MAX: usize = 1_024;

/// What counts of what is said about a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// What it reads now, and since when.
    pub(super) edit: Option<(Hlc, String)>,
    pub(super) deleted: bool,
    /// Where the edits are that go with it.
    gone: BTreeSet<Ref>,
    pub(super) reactions: Vec<Reaction>,
    pub(super) pinned: bool,
    /// Since when, and by whom.
    pub(super) pinned_by: Option<(Hlc, UserId)>,
    pub(super) thread: Option<Began>,
}

/// A thread as far as marks tell.
#[derive(Clone, Debug)]
pub(super) struct Began {
    pub(super) name: String,
    pub(super) creator: UserId,
    pub(super) at: MessageId,
    /// Put away by which mark.
    archived: Option<MessageId>,
}

/// An op that a deletion names.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Tomb {
    #[n(0)]
    doomed: Doomed,
    /// Where the deletion is.
    #[n(1)]
    store: u32,
    #[n(2)]
    seq: u64,
}

/// Where a message is.
pub(crate) struct Places {
    pub(crate) at: Ref,
    /// In which thread.
    pub(crate) thread: Option<MessageId>,
    /// Its edits, the newest first.
    pub(crate) edits: Vec<Ref>,
}

/// Deletions that do not count, as the law is.
pub(super) type Spared = BTreeMap<(ChannelId, MessageId), Doomed>;

/// A message that a deletion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Doomed {
    #[n(0)]
    channel: ChannelId,
    #[n(1)]
    target: MessageId,
    /// Where it is, as the deletion says.
    #[n(2)]
    at: Ref,
    /// Its thread, likewise.
    #[n(3)]
    thread: Option<MessageId>,
}

impl Guild {
    // ── noting ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Notes what is said about a message.
    pub(super) fn note_mark(
        &self,
        tx: &mut Tx<'_>,
        mark: &Mark,
        h: &Header,
        id: OpId,
        store: u32,
    ) -> Result<(), Damaged> {
        let place = MessageId { hlc: h.hlc, op: id };
        let Mark { channel, target, says } = mark;
        let sort = says.sort();
        let of_log = [&mark_key(self.id, *channel, *target)[..], &[sort as u8], &store.to_be_bytes()].concat();
        tx.put(Table::Mark, [&of_log[..], &place_key(place)].concat(), canonical::encode(&h.seq));
        let (first, last) = ([&of_log[..], &[0; 40]].concat(), [&of_log[..], &[255; 40]].concat());
        // The oldest beyond the bound counts no more; of deletions the newest, since nobody takes one back.
        let mut rows = tx.scan(Table::Mark, &first..&last, sort == Sort::Delete, MAX_MARKS + 1)?;
        if rows.len() > MAX_MARKS {
            tx.delete(Table::Mark, rows.swap_remove(0).0);
        }
        match says {
            Says::Delete { at, thread, edits } => {
                let doomed = Doomed { channel: *channel, target: *target, at: *at, thread: *thread };
                let tomb = canonical::encode(&Tomb { doomed, store, seq: h.seq });
                for gone in [target.op].into_iter().chain(edits.iter().map(|edit| edit.id)) {
                    let of_log = [&tomb_key(self.id, gone)[..], &store.to_be_bytes()].concat();
                    tx.put(Table::Mark, [&of_log[..], &place_key(place)].concat(), tomb.clone());
                    let end = [&of_log[..], &[255]].concat();
                    let mut rows = tx.scan(Table::Mark, &of_log..&end, true, TOMBS_OF_LOG + 1)?;
                    if rows.len() > TOMBS_OF_LOG {
                        tx.delete(Table::Mark, rows.swap_remove(0).0);
                    }
                }
            }
            Says::Pin(true) | Says::Thread { .. } => {
                tx.put(Table::Mark, list_key(sort, self.id, *channel, *target), Vec::new());
            }
            Says::Edit(_) | Says::React { .. } | Says::Pin(false) => {}
        }
        Ok(())
    }

    /// Notes a message that may call on me, by what it or an edit of it says.
    pub(super) fn note_mentions(
        &self,
        tx: &mut Tx<'_>,
        channel: ChannelId,
        id: MessageId,
        text: &str,
        reply_to: Option<MessageId>,
        me: &UserId,
    ) {
        let may = |mention: &Mention| !matches!(mention, Mention::User(user) if user != me);
        if reply_to.is_some() || mentions(text).iter().any(may) {
            tx.put(Table::Mark, mention_key(self.id, channel, id), Vec::new());
        }
    }

    /// Notes what hangs on a message.
    pub(super) fn note_files(&self, tx: &mut Tx<'_>, post: &Post, id: MessageId) {
        for file in post.files.iter().flat_map(Attachment::ids) {
            tx.put(Table::Mark, hung_key(file, self.id, post.channel, id), Vec::new());
        }
    }

    /// Takes what hung on a message off. What hangs on no other is to be discarded.
    pub(super) fn unhang(&self, cx: &mut Cx<'_>, post: &Post, id: MessageId) -> Result<(), Damaged> {
        let mut gone = BTreeSet::new();
        for file in post.files.iter().flat_map(Attachment::ids) {
            cx.tx.delete(Table::Mark, hung_key(file, self.id, post.channel, id));
            if hung(&cx.tx, file)?.is_empty() {
                gone.insert(file);
            }
        }
        if !gone.is_empty() {
            cx.out.push(Effect::Discard(gone));
        }
        Ok(())
    }

    /// Takes what a log that contradicts itself said out of the lists again.
    pub(super) fn unlist(&self, cx: &mut Cx<'_>, store: u32, entry: &Entry) -> Result<(), Damaged> {
        if let Some(Op::Post(post)) = self.says(entry) {
            self.unhang(cx, &post, MessageId { hlc: entry.header.hlc, op: entry.header.id() })?;
        }
        let tx = &mut cx.tx;
        let place = MessageId { hlc: entry.header.hlc, op: entry.header.id() };
        let says = self.says(entry);
        if let Some(doc) = says.as_ref().and_then(|says| Self::doc(says, store, entry)) {
            let words = says.as_ref().and_then(|says| self.words_of_post(says, self.author(store)));
            search::take_out(tx, doc, words.as_ref());
        }
        match says {
            Some(Op::Post(post)) => {
                timeline::remove(tx, (self.id, post.channel), place)?;
                if let Some(root) = post.thread {
                    timeline::remove(tx, self.timeline_of(post.channel, Scope::Thread(root)), place)?;
                }
            }
            Some(Op::Mark(Mark { channel, target, says })) => {
                let of_log =
                    [&mark_key(self.id, channel, target)[..], &[says.sort() as u8], &store.to_be_bytes()].concat();
                tx.delete(Table::Mark, [&of_log[..], &place_key(place)].concat());
                if let Says::Delete { edits, .. } = says {
                    for gone in [target.op].into_iter().chain(edits.iter().map(|edit| edit.id)) {
                        let of_log = [&tomb_key(self.id, gone)[..], &store.to_be_bytes()].concat();
                        tx.delete(Table::Mark, [&of_log[..], &place_key(place)].concat());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The ops that have a message read differently, as the index names them.
    pub(super) fn edits(&self, db: &dyn Read, channel: ChannelId, target: MessageId) -> Result<Vec<Doc>, Damaged> {
        let start = [&mark_key(self.id, channel, target)[..], &[Sort::Edit as u8]].concat();
        let end = [&start[..], &[255]].concat();
        let rows = db.scan(Table::Mark, &start..&end, false, ROWS)?;
        let doc = |(key, seq): &(Vec<u8>, Vec<u8>)| {
            let (_, store, _) = mark_of(key).ok_or(Damaged)?;
            Ok(Doc { hlc: target.hlc, store, seq: read(seq)? })
        };
        rows.iter().map(doc).collect()
    }

    // ── what counts ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// What counts of what is said about the messages of these rows of a channel.
    pub(super) fn said(
        &self,
        db: &dyn Read,
        shelf: &mut Shelf,
        channel: ChannelId,
        rows: &[Row],
    ) -> Result<BTreeMap<MessageId, Said>, Damaged> {
        let mut all = BTreeMap::new();
        for row in rows {
            let Some(author) = self.author(row.store) else { continue };
            let start = mark_key(self.id, channel, row.id);
            let end = [&start[..], &[255]].concat();
            let mut marks: BTreeSet<(MessageId, u32, u64)> = BTreeSet::new();
            for (key, seq) in db.scan(Table::Mark, &start..&end, false, usize::MAX)? {
                let (_, store, place) = mark_of(&key).ok_or(Damaged)?;
                // Nobody speaks of a message before it is there.
                if place > row.id {
                    marks.insert((place, store, read(&seq)?));
                }
            }
            let mut said = Said::default();
            for (place, store, seq) in marks {
                let (Some(user), Some(entry)) = (self.author(store), shelf.entry(self, db, store, seq)?) else {
                    continue;
                };
                if let Some(says) = self.marked(entry, &user, (channel, row.id)) {
                    said.take(self, (place, &user, &entry.header), (channel, &author), says);
                }
            }
            all.insert(row.id, said);
        }
        Ok(all)
    }

    /// What an op says about a message, if that is shown.
    fn marked(&self, entry: &Entry, user: &UserId, (channel, target): (ChannelId, MessageId)) -> Option<Says> {
        match self.says(entry) {
            Some(Op::Mark(mark)) if (mark.channel, mark.target) == (channel, target) => {
                self.is_shown(user, &channel, &entry.header, mark.says.needs()).then_some(mark.says)
            }
            _ => None,
        }
    }

    /// What counts of what is said about one message.
    pub(super) fn said_of(&self, db: &dyn Read, channel: ChannelId, row: Row) -> Result<Said, Damaged> {
        let mut said = self.said(db, &mut Shelf::default(), channel, &[row])?;
        Ok(said.remove(&row.id).unwrap_or_default())
    }

    /// Of the messages of a channel that somebody ever pinned, or began a thread on, what `take` makes of them: the newest so
    /// many. Whoever may do neither can make it look at some in vain.
    pub(super) fn listed<T>(
        &self,
        db: &dyn Read,
        sort: Sort,
        channel: ChannelId,
        take: impl FnMut(Row) -> Result<Option<T>, Damaged>,
    ) -> Result<Vec<T>, Damaged> {
        self.listed_below(db, sort, channel, (LAST, LOOKED), take)
    }

    /// The same of messages before one, of so many times [`ROWS`].
    pub(super) fn listed_below<T>(
        &self,
        db: &dyn Read,
        sort: Sort,
        channel: ChannelId,
        (below, looks): (MessageId, usize),
        mut take: impl FnMut(Row) -> Result<Option<T>, Damaged>,
    ) -> Result<Vec<T>, Damaged> {
        let (first, mut last) = (list_key(sort, self.id, channel, FIRST), list_key(sort, self.id, channel, below));
        let mut taken = Vec::new();
        for _ in 0..looks {
            let found = db.scan(Table::Mark, &first..&last, true, ROWS)?;
            for (key, _) in &found {
                let id = key.get(key.len().saturating_sub(40)..).and_then(place_of).ok_or(Damaged)?;
                if let Some(row) = timeline::find(db, (self.id, channel), id)? {
                    taken.extend(take(row)?);
                }
                if taken.len() >= LISTED {
                    return Ok(taken);
                }
            }
            match found.last() {
                Some((key, _)) if found.len() == ROWS => last.clone_from(key),
                _ => break,
            }
        }
        Ok(taken)
    }

    /// The thread of a message, if it has one.
    pub(crate) fn thread(&self, db: &dyn Read, channel: ChannelId, row: Row) -> Result<Option<Thread>, Damaged> {
        let Some(began) = self.said_of(db, channel, row)?.thread else { return Ok(None) };
        let place = self.timeline_of(channel, Scope::Thread(row.id));
        let (newest, _) = timeline::list(db, place, None, None, ROWS / 16, |_| true)?;
        // Of what nobody is shown nothing comes.
        let mut shelf = Shelf::default();
        let mut last = None;
        for row in newest.iter().rev() {
            let (Some(user), Some(entry)) = (self.author(row.store), shelf.entry(self, db, row.store, row.seq)?) else {
                continue;
            };
            if self.is_shown(&user, &channel, &entry.header, Permissions::SEND_IN_THREADS) {
                last = Some(row.id);
                break;
            }
        }
        Ok(Some(Thread {
            id: row.id,
            channel,
            name: began.name,
            creator: began.creator,
            created_ms: began.at.hlc.ms(),
            archived: began.archived.is_some_and(|at| last.is_none_or(|last| last < at)),
            last,
        }))
    }

    // ── deletion ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Notes what may have to be erased: the message that a deletion names, or one that is named by one that came before it.
    pub(super) fn doom(&mut self, db: &dyn Read, says: &Op, id: OpId) -> Result<(), Damaged> {
        match says {
            Op::Mark(Mark { channel, target, says: Says::Delete { at, thread, edits } }) => {
                self.doomed.insert(Doomed { channel: *channel, target: *target, at: *at, thread: *thread });
                let audience = self.audience_of(channel);
                let missing = |place: &Ref| {
                    self.content.get(&(audience, place.log)).is_some_and(|log| !log.have.contains(place.seq))
                };
                self.unbarred |= [at].into_iter().chain(edits.iter()).any(missing);
            }
            Op::Post(_) | Op::Mark(Mark { says: Says::Edit(_), .. }) => {
                self.doomed.extend(self.tombs(db, id)?.into_iter().map(|tomb| tomb.doomed));
            }
            _ => {}
        }
        Ok(())
    }

    /// Erases what the law says is deleted.
    pub(super) fn carry_out(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        for doomed in std::mem::take(&mut self.doomed) {
            let Doomed { channel, target, .. } = doomed;
            let Some(row) = timeline::find(&cx.tx, (self.id, channel), target)? else {
                // It comes after its deletion, and is judged then; or it came without what it says before.
                let log = self.content.get(&(self.audience_of(&channel), doomed.at.log));
                let here = log.map(|log| Ok((log.store, log.get(&cx.tx, doomed.at.seq)?))).transpose()?;
                if let Some((store, Some(entry))) = here.filter(|(_, entry)| entry.as_ref().is_some_and(is_bare)) {
                    self.list_bare(&mut cx.tx, store, &entry, entry.header.id())?;
                }
                continue;
            };
            let mut shelf = Shelf::default();
            let said = self.said(&cx.tx, &mut shelf, channel, &[row])?.remove(&target).unwrap_or_default();
            if !said.deleted {
                if self.spared.len() < SPARED_MAX {
                    cx.tx.put(Table::Mark, spared_key(self.id, channel, target), canonical::encode(&doomed));
                    self.spared.insert((channel, target), doomed);
                }
                continue;
            }
            if let Some(entry) = shelf.entry(self, &cx.tx, row.store, row.seq)?.cloned() {
                self.erase(cx, channel, row.store, &entry)?;
            }
            cx.tx.delete(Table::Mark, spared_key(self.id, channel, target));
            for place in said.gone {
                let line = (self.audience_of(&channel), place.log);
                let Some(log) = self.content.get(&line) else { continue };
                let (store, entry) = (log.store, log.get(&cx.tx, place.seq)?.filter(|e| e.header.id() == place.id));
                let edits = |entry: &Entry| {
                    matches!(self.says(entry), Some(Op::Mark(mark))
                        if mark.target == target && matches!(mark.says, Says::Edit(_)))
                };
                if let Some(entry) = entry.filter(edits) {
                    self.erase(cx, channel, store, &entry)?;
                }
            }
        }
        Ok(())
    }

    /// Lists a message of which only the header is here, where the deletion says it was.
    pub(super) fn list_bare(&self, tx: &mut Tx<'_>, store: u32, entry: &Entry, id: OpId) -> Result<(), Damaged> {
        let h = &entry.header;
        let place = MessageId { hlc: h.hlc, op: id };
        // It was taken because a deletion allowed it, though the law that says so may have been lost with a store.
        let by = match self.deleted(tx, h, id)? {
            None => self.tombs(tx, id)?.into_iter().map(|tomb| tomb.doomed).find(|by| by.target == place),
            known => known.filter(|by| by.target == place),
        };
        if let Some(Doomed { channel, thread, .. }) = by.filter(|by| self.belongs(h.audience, &by.channel)) {
            let row = Row { id: place, store, seq: h.seq, aside: thread.is_some() };
            timeline::insert(tx, (self.id, channel), row)?;
            if let Some(root) = thread {
                timeline::insert(tx, self.timeline_of(channel, Scope::Thread(root)), row)?;
            }
        }
        Ok(())
    }

    /// What deletion took the payload of an op, if one here may have: by its author, or by somebody who by all they knew managed
    /// messages there. Whether it still counts does not matter: whoever erased by it has only this left.
    pub(crate) fn deleted(&self, db: &dyn Read, h: &Header, id: OpId) -> Result<Option<Doomed>, Damaged> {
        let author = self.dag.user_of(&h.log.device);
        for Tomb { doomed, store, seq } in self.tombs(db, id)? {
            let kind = if doomed.target.op == id { op::kind::POST } else { op::kind::MARK };
            let Some(by) = self.author(store).filter(|_| h.kind == kind) else { continue };
            if !self.belongs(h.audience, &doomed.channel) {
                continue;
            }
            if Some(by) == author {
                return Ok(Some(doomed));
            }
            let log = self.stores.get(&store).and_then(|line| self.content.get(line));
            let entry = log.map(|log| log.get(db, seq)).transpose()?.flatten();
            let manages = |h: &Header| self.might(&by, &doomed.channel, h, Permissions::MANAGE_MESSAGES);
            if entry.is_some_and(|entry| manages(&entry.header)) {
                return Ok(Some(doomed));
            }
        }
        Ok(None)
    }

    fn tombs(&self, db: &dyn Read, id: OpId) -> Result<Vec<Tomb>, Damaged> {
        let start = tomb_key(self.id, id);
        let end = [&start[..], &[255]].concat();
        db.scan(Table::Mark, &start..&end, false, TOMBS)?.iter().map(|(_, row)| read(row)).collect()
    }

    /// Where a message is, and its edits that are here.
    pub(crate) fn places(&self, db: &dyn Read, channel: ChannelId, row: Row) -> Result<Option<Places>, Damaged> {
        let of = |store, seq, id| Some(Ref { log: self.stores.get(&store)?.1, seq, id });
        let start = [&mark_key(self.id, channel, row.id)[..], &[Sort::Edit as u8]].concat();
        let end = [&start[..], &[255]].concat();
        let mut edits = BTreeMap::new();
        for (key, seq) in db.scan(Table::Mark, &start..&end, false, usize::MAX)? {
            let (_, store, place) = mark_of(&key).ok_or(Damaged)?;
            edits.extend(of(store, read(&seq)?, place.op).map(|edit| (place, edit)));
        }
        let mut shelf = Shelf::default();
        let thread = match shelf.entry(self, db, row.store, row.seq)?.and_then(|entry| self.says(entry)) {
            Some(Op::Post(post)) => post.thread,
            _ => None,
        };
        let edits = edits.into_values().rev().collect();
        Ok(of(row.store, row.seq, row.id.op).map(|at| Places { at, thread, edits }))
    }

    /// Messages after this one that may call on me.
    pub(super) fn may_call(
        &self,
        db: &dyn Read,
        channel: ChannelId,
        after: MessageId,
        most: usize,
    ) -> Result<BTreeSet<MessageId>, Damaged> {
        let mut start = mention_key(self.id, channel, after);
        start.push(0);
        let end = mention_key(self.id, channel, LAST);
        let rows = db.scan(Table::Mark, &start..&end, false, most)?;
        rows.iter().map(|(key, _)| place_of(&key[key.len() - 40..]).ok_or(Damaged)).collect()
    }
}

impl Said {
    /// Takes what is said next, by whom, about a message of this author.
    fn take(
        &mut self,
        guild: &Guild,
        (place, user, h): (MessageId, &UserId, &Header),
        (channel, author): (ChannelId, &UserId),
        says: Says,
    ) {
        let manages = || guild.might(user, &channel, h, Permissions::MANAGE_MESSAGES);
        match says {
            Says::Edit(text) if user == author => self.edit = Some((place.hlc, text.into_string())),
            Says::Delete { edits, .. } if user == author || guild.still_manages(user, &channel, h) => {
                self.deleted = true;
                self.gone.extend(edits.iter());
            }
            Says::React { emoji, on } if is_emoji(&emoji) => self.react(&emoji, *user, on),
            Says::Pin(on) => {
                if on && !self.pinned {
                    self.pinned_by = Some((place.hlc, *user));
                }
                self.pinned = on;
            }
            Says::Thread { name, archived } => match &mut self.thread {
                None => {
                    let Some(name) = name else { return };
                    let archived = archived.filter(|archived| *archived).map(|_| place);
                    self.thread = Some(Began { name: name.into_string(), creator: *user, at: place, archived });
                }
                Some(thread) if thread.creator == *user || manages() => {
                    thread.name = name.map_or_else(|| std::mem::take(&mut thread.name), |name| name.into_string());
                    if let Some(archived) = archived {
                        thread.archived = archived.then_some(place);
                    }
                }
                Some(_) => {}
            },
            Says::Edit(_) | Says::Delete { .. } | Says::React { .. } => {}
        }
    }

    fn react(&mut self, emoji: &str, user: UserId, on: bool) {
        let here = self.reactions.iter().position(|reaction| reaction.emoji == emoji);
        match here {
            Some(at) => {
                let users = &mut self.reactions[at].users;
                users.retain(|other| *other != user || on);
                if on && !users.contains(&user) {
                    users.push(user);
                }
                if users.is_empty() {
                    self.reactions.remove(at);
                }
            }
            None if on && self.reactions.len() < MAX_REACTIONS => {
                self.reactions.push(Reaction { emoji: emoji.to_owned(), users: vec![user] });
            }
            None => {}
        }
    }
}

fn is_bare(entry: &Entry) -> bool {
    entry.payload.is_none()
}

// ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const FIRST: MessageId = MessageId { hlc: Hlc(0), op: OpId([0; 32]) };
const LAST: MessageId = MessageId { hlc: Hlc(u64::MAX), op: OpId([255; 32]) };

fn place_key(id: MessageId) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&id.hlc.0.to_be_bytes());
    key[8..].copy_from_slice(&id.op.0);
    key
}

fn place_of(key: &[u8]) -> Option<MessageId> {
    let (hlc, op) = key.split_at_checked(8)?;
    Some(MessageId { hlc: Hlc(u64::from_be_bytes(hlc.try_into().ok()?)), op: OpId(op.try_into().ok()?) })
}

fn mark_key(guild: GuildId, channel: ChannelId, target: MessageId) -> Vec<u8> {
    [&b"m"[..], &guild.0, &channel.0, &place_key(target)].concat()
}

/// Target, log and place of a mark.
fn mark_of(key: &[u8]) -> Option<(MessageId, u32, MessageId)> {
    let (target, rest) = key.get(65..)?.split_at_checked(40)?;
    let (store, place) = rest.get(1..)?.split_at_checked(4)?;
    Some((place_of(target)?, u32::from_be_bytes(store.try_into().ok()?), place_of(place)?))
}

fn list_key(sort: Sort, guild: GuildId, channel: ChannelId, target: MessageId) -> Vec<u8> {
    [&b"l"[..], &[sort as u8], &guild.0, &channel.0, &place_key(target)].concat()
}

fn tomb_key(guild: GuildId, op: OpId) -> Vec<u8> {
    [&b"x"[..], &guild.0, &op.0].concat()
}

fn hung_key(file: FileId, guild: GuildId, channel: ChannelId, message: MessageId) -> Vec<u8> {
    [&b"f"[..], &file.0, &guild.0, &channel.0, &place_key(message)].concat()
}

/// The messages a file hangs on.
pub(crate) fn hung(db: &dyn Read, file: FileId) -> Result<Vec<(GuildId, ChannelId, MessageId)>, Damaged> {
    let (start, end) = ([&b"f"[..], &file.0].concat(), [&b"f"[..], &file.0, &[255; 105]].concat());
    let place = |key: &[u8]| {
        let (guild, rest) = key.get(33..)?.split_at_checked(32)?;
        let (channel, message) = rest.split_at_checked(32)?;
        Some((GuildId(guild.try_into().ok()?), ChannelId(channel.try_into().ok()?), place_of(message)?))
    };
    let rows = db.scan(Table::Mark, &start..&end, false, HUNG)?;
    rows.iter().map(|(key, _)| place(key).ok_or(Damaged)).collect()
}

fn spared_key(guild: GuildId, channel: ChannelId, target: MessageId) -> Vec<u8> {
    [&b"d"[..], &guild.0, &channel.0, &place_key(target)].concat()
}

/// The deletions that did not count when they came.
pub(super) fn load_spared(db: &dyn Read, guild: GuildId) -> Result<Spared, Damaged> {
    let (start, end) = ([&b"d"[..], &guild.0].concat(), [&b"d"[..], &guild.0, &[255; 73]].concat());
    let rows = db.scan(Table::Mark, &start..&end, false, SPARED_MAX)?;
    let doomed = rows.iter().map(|(_, row)| read::<Doomed>(row));
    doomed.map(|doomed| doomed.map(|doomed| ((doomed.channel, doomed.target), doomed))).collect()
}

fn mention_key(guild: GuildId, channel: ChannelId, message: MessageId) -> Vec<u8> {
    [&b"@"[..], &guild.0, &channel.0, &place_key(message)].concat()
}
