//! A guild read from the store.

use std::{cmp::Reverse, collections::BTreeMap};

use bivouac_crypto::{EpochId, EpochSecret, UserId};

use super::{Guild, GuildRow, INDEXED, marks::load_spared, secret_key, unopened_key};
use crate::{
    dag::{Offer, Place},
    io::Scope,
    log::Log,
    me::Me,
    model::{ChannelId, GuildId, LogId, MessageId, OpId},
    op::{Audience, Entry, Line, Op, Proved, Ref, Says},
    search::{self, Doc},
    table::{Damaged, Read, Table},
    timeline::{self, Row},
    tx::Tx,
};

impl Guild {
    /// Reads a guild from the store: its law whole, of its content only the heads. Gives the number of logs beside it.
    pub(crate) fn open(db: &dyn Read, id: GuildId, row: GuildRow, me: &Me) -> Result<(Self, usize), Damaged> {
        let mut guild = Self::new(id, 0);
        guild.live_from_ms = row.run_ms;
        let row_run_ms = row.run_ms;
        guild.row = row;
        for (epoch, secret) in load_secrets(db, id)? {
            guild.keys.claim_stored(epoch, secret);
        }
        let mut entries: Vec<(Proved, u32)> = Vec::new();
        let mut own_head = None;
        let mut logs = 0;
        for log in Log::load_all(db, id)? {
            logs += 1;
            if (log.audience, log.id) == (Audience::Control, me.log()) {
                own_head = own_head.max(log.head.map(|(seq, _)| seq));
            }
            guild.latest = guild.latest.max(log.latest);
            if log.audience == Audience::Control {
                for (first, last) in log.have.runs() {
                    for entry in log.range(db, *first, *last)? {
                        let id = entry.header.id();
                        entries.push((Proved { entry, id, signed: true }, log.store));
                    }
                }
            } else {
                if let (Some((seq, head)), None) = (log.head, &log.cut) {
                    guild.uncited.insert(log.line(), Ref { log: log.id, seq, id: head });
                }
                guild.stores.insert(log.store, log.line());
                guild.content.insert(log.line(), log);
            }
        }
        // After damage a log may have been fetched again under a newer number.
        entries.sort_by_key(|(op, store)| (op.entry.header.hlc, op.id, Reverse(*store)));
        entries.dedup_by_key(|(op, _)| op.id);
        guild.restore(&mut Tx::new(db), entries)?;
        // To write on after losing the end of one's own log would be to contradict it.
        if own_head > guild.control_last(&me.log()) {
            return Err(Damaged);
        }
        guild.refold();
        // What ended while nobody looked is told.
        guild.end_channels(row_run_ms);
        guild.told = guild.snapshot(me.user);
        guild.reading = guild.audiences(&me.user).filter_map(|of| Some((of.channel()?, 0))).collect();
        guild.recount_witness(db)?;
        guild.spared = load_spared(db, id)?;
        guild.load_holders(db)?;
        guild.seek(&me.user, 0);
        let heads: Vec<Line> = guild.uncited.keys().copied().collect();
        for id in heads {
            if !guild.may_cite(db, &id)? {
                guild.uncited.remove(&id);
            }
        }
        guild.law_changed = false;
        Ok((guild, logs))
    }

    /// Lists every message of the store in its channel again, or notes that its key is missing.
    pub(crate) fn index(&self, tx: &mut Tx<'_>, me: &UserId) -> Result<(), Damaged> {
        // What became of those without a payload, the others tell.
        for bare in [false, true] {
            for log in self.content.values() {
                for (first, last) in log.have.runs() {
                    for from in (*first..=*last).step_by(INDEXED) {
                        for entry in log.range(tx, from, (*last).min(from + INDEXED as u64 - 1))? {
                            if entry.payload.is_none() == bare {
                                self.index_one(tx, log.store, &entry, entry.header.id(), me)?;
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Lists a message in its channel, or what is said about one, and gives that with what it says; or notes that its key is
    /// missing.
    pub(super) fn index_one(
        &self,
        tx: &mut Tx<'_>,
        store: u32,
        entry: &Entry,
        id: OpId,
        me: &UserId,
    ) -> Result<Option<(ChannelId, Op)>, Damaged> {
        let h = &entry.header;
        let place = MessageId { hlc: h.hlc, op: id };
        match (self.says(entry), h.epoch) {
            (None, Some(epoch)) if entry.payload.is_some() => {
                tx.put(Table::Checkpoint, unopened_key(self.id, epoch, store, h.seq), Vec::new());
                Ok(None)
            }
            (None, _) => {
                self.list_bare(tx, store, entry, id)?;
                Ok(None)
            }
            (Some(Op::Post(post)), _) if self.belongs(h.audience, &post.channel) => {
                let channel = post.channel;
                let row = Row { id: place, store, seq: h.seq, aside: post.thread.is_some() };
                timeline::insert(tx, (self.id, channel), row)?;
                if let Some(root) = post.thread {
                    timeline::insert(tx, self.timeline_of(channel, Scope::Thread(root)), row)?;
                }
                // An answer to somebody else's calls on nobody.
                let answered =
                    post.reply_to.map(|id| timeline::find(tx, (self.id, channel), id)).transpose()?.flatten();
                let mine = answered.is_none_or(|row| self.author(row.store) == Some(*me));
                self.note_mentions(tx, channel, place, &post.text, post.reply_to.filter(|_| mine), me);
                self.note_files(tx, &post, place);
                search::add(tx, Doc { hlc: h.hlc, store, seq: h.seq });
                if !post.files.is_empty() {
                    // An edit that came before it is found by what hangs on it, too.
                    for doc in self.edits(tx, channel, place)? {
                        search::add(tx, doc);
                    }
                }
                Ok(Some((channel, Op::Post(post))))
            }
            (Some(Op::Mark(mark)), _) if self.belongs(h.audience, &mark.channel) => {
                self.note_mark(tx, &mark, h, id, store)?;
                let target = timeline::find(tx, (self.id, mark.channel), mark.target)?;
                if let Says::Edit(text) = &mark.says
                    && target.is_none_or(|row| self.author(row.store) == self.author(store))
                {
                    self.note_mentions(tx, mark.channel, mark.target, text, None, me);
                }
                let may = target.is_none_or(|row| self.author(row.store) == self.author(store));
                if let (Says::Edit(_), true) = (&mark.says, may && mark.target.hlc < h.hlc) {
                    search::add(tx, Doc { hlc: mark.target.hlc, store, seq: h.seq });
                }
                Ok(Some((mark.channel, Op::Mark(mark))))
            }
            (Some(Op::Password(_)), _) => {
                self.note_password(tx, store, h, id)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Puts stored control ops back, each on the branch it is stored under. Who an op's author is may be sealed, so
    /// keys are learnt as their epochs come up, and what had to wait is tried again. What then is left over follows
    /// something that was lost to damage: it is taken anew.
    fn restore(&mut self, tx: &mut Tx<'_>, mut entries: Vec<(Proved, u32)>) -> Result<(), Damaged> {
        let mut branches: BTreeMap<u32, u32> = BTreeMap::new();
        let mut places: BTreeMap<(LogId, u64), u32> = BTreeMap::new();
        for (op, _) in &entries {
            *places.entry((op.entry.header.log, op.entry.header.seq)).or_default() += 1;
        }
        loop {
            let (before, mut waiting) = (entries.len(), Vec::new());
            for (op, store) in entries {
                let place = match (self.dag.offer(&op), branches.get(&store)) {
                    (Offer::Wait(_), _) => {
                        waiting.push((op, store));
                        continue;
                    }
                    (Offer::Ready(_) | Offer::Beyond, Some(branch)) => Place::Extend(*branch),
                    (Offer::Ready(_), None) if self.dag.branches_of(&op.entry.header.log).next().is_none() => {
                        Place::First
                    }
                    (Offer::Ready(_), None) if places.get(&(op.entry.header.log, op.entry.header.seq)) == Some(&1) => {
                        self.woken.push(op);
                        continue;
                    }
                    (Offer::Ready(_) | Offer::Beyond, None) => Place::Fork,
                    _ => continue,
                };
                let says = self.says(&op.entry);
                let n = self.place(&op, says, place, store);
                let branch = self.dag.node(n).branch;
                branches.insert(store, branch);
                self.control[branch as usize].restore(&op);
                if let Some(Op::Epoch(epoch)) = &self.dag.node(n).op {
                    self.learn_stored(tx, epoch.id)?;
                }
            }
            if waiting.is_empty() || waiting.len() == before {
                self.keys.measure(&self.dag);
                self.woken.extend(waiting.into_iter().map(|(op, _)| op));
                return Ok(());
            }
            entries = waiting;
        }
    }

    /// Whether the newest op of a content log is of a member in good standing, and so to be cited.
    fn may_cite(&self, db: &dyn Read, id: &Line) -> Result<bool, Damaged> {
        let Some(user) = self.dag.user_of(&id.1.device).filter(|user| self.is_member(user)) else { return Ok(false) };
        let Some((log, (seq, _))) = self.content.get(id).and_then(|log| Some((log, log.head?))) else {
            return Ok(false);
        };
        Ok(log.get(db, seq)?.is_some_and(|entry| self.content_stands(&user, &entry.header)))
    }
}

fn load_secrets(db: &dyn Read, guild: GuildId) -> Result<Vec<(EpochId, EpochSecret)>, Damaged> {
    let (start, end) = (secret_key(guild, EpochId([0; 32])), secret_key(guild, EpochId([255; 32])));
    let rows = db.scan(Table::Secret, &start..&end, false, usize::MAX)?;
    rows.into_iter()
        .map(|(key, row)| {
            let id = key[33..].try_into().map(EpochId).map_err(|_| Damaged)?;
            Ok((id, EpochSecret::from_bytes(&row).map_err(|_| Damaged)?))
        })
        .collect()
}
