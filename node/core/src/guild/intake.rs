//! The way in: every op is checked, stored, opened and folded here, whoever it comes from.

use bivouac_crypto::DeviceId;

use super::{Guild, Taken};
use crate::{
    authority::settle,
    dag::{Offer, Place},
    fold,
    io::{Effect, Event},
    keys,
    log::{Log, MAX_GAP},
    me::Cx,
    model::{GuildId, History, LogId, OpId},
    op::{self, Audience, Entry, Line, Op, Proved},
    park::Need,
    table::{Damaged, Read},
    wire::Evidence,
};

impl Guild {
    /// Takes an op whose author is proved, and whatever waited for it.
    pub(crate) fn take(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<Taken, Damaged> {
        let taken = self.take_one(cx, op)?;
        self.take_woken(cx)?;
        Ok(taken)
    }

    /// A log of this device's that it has not begun itself: a copy of its data folder is in use, or was.
    fn notice_elsewhere(&mut self, cx: &mut Cx<'_>, log: LogId) {
        if log.device == cx.me.device && log > cx.me.log() && !std::mem::replace(&mut self.elsewhere, true) {
            cx.out.push(Effect::Event(Event::Warning {
                kind: "elsewhere",
                message: "A copy of this data folder writes too. Stop one of the two: each device needs an identity of its own.".to_owned(),
            }));
        }
    }

    /// Takes ops that waited for the time that has come.
    pub(crate) fn wake(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        let due = self.parking.wake_until(cx.now.wall_ms);
        self.woken.extend(due.into_iter().rev());
        self.take_woken(cx)
    }

    /// Takes what is left over from an earlier call, and from opening.
    pub(crate) fn take_woken(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        while let Some(op) = self.woken.pop() {
            self.take_one(cx, op)?;
        }
        Ok(())
    }

    fn take_one(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<Taken, Damaged> {
        // A clock that was set back is no reason to keep quiet until it has caught up.
        self.live_from_ms = self.live_from_ms.min(cx.now.wall_ms);
        let h = &op.entry.header;
        if h.guild_of(op.id) != self.id {
            return Ok(Taken::Bad);
        }
        let known = self.dag.user_of(&h.log.device).is_some();
        if known && h.hlc.is_future(cx.now.wall_ms) && h.log.device != cx.me.device {
            let need = Need::Time(h.hlc);
            return Ok(self.park(need, op));
        }
        let log = h.log;
        let taken = match h.audience {
            Audience::Control => self.take_control(cx, op)?,
            Audience::Guild | Audience::Channel(_) => self.take_content(cx, op)?,
        };
        if matches!(taken, Taken::New) {
            self.notice_elsewhere(cx, log);
        }
        Ok(taken)
    }

    fn park(&mut self, need: Need, op: Proved) -> Taken {
        if self.parking.park(need, op) { Taken::Parked } else { Taken::Full }
    }

    fn take_control(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<Taken, Damaged> {
        let Some(payload) = &op.entry.payload else { return Ok(Taken::Bad) };
        let place = match self.dag.offer(&op) {
            Offer::Ready(place) => place,
            Offer::Known => return Ok(Taken::Known),
            Offer::Malformed => return Ok(Taken::Bad),
            // One more branch than is followed by itself, but another's op stands on it.
            Offer::Beyond if self.parking.cites(&op) => Place::Fork,
            Offer::Beyond => return Ok(Taken::Full),
            Offer::Wait(need) => {
                let (plain, log) = (Op::decode(op.entry.header.kind, payload), op.entry.header.log);
                // Parked first: what the epoch opens may be what the op waits for.
                let parked = self.park(need, op);
                if let Op::Epoch(epoch) = plain {
                    for (giver, id, secret) in self.keys.foresee(self.id, log, epoch) {
                        self.offer_given(cx, giver, id, secret)?;
                    }
                }
                return Ok(parked);
            }
        };
        let says = self.says(&op.entry);
        let store = match place {
            Place::Extend(branch) => self.control[branch as usize].store,
            Place::First | Place::Fork => cx.store_number(),
        };
        if place == Place::Fork && op.entry.header.log == cx.me.log() {
            cx.renew();
        }
        let n = self.place(&op, says, place, store);
        let branch = self.dag.node(n).branch;
        self.control[branch as usize].put(&mut cx.tx, &op)?;
        self.unsaved.insert((true, branch));
        self.latest = self.latest.max(op.entry.header.hlc);
        self.law_latest = self.law_latest.max(op.entry.header.hlc);
        self.judge(n);
        if let Some(Op::Epoch(epoch)) = &self.dag.node(n).op {
            let id = epoch.id;
            if let Some(secret) = self.keys.ready(self.id, &id) {
                self.offer_secret(cx, id, secret)?;
            }
        }
        self.wake_devices(self.dag.devices_of(n));
        let waited = self.parking.wake(Need::Op(op.id));
        self.woken.extend(waited.into_iter().rev());
        Ok(Taken::New)
    }

    /// What waited for these devices to be known is taken next.
    pub(super) fn wake_devices(&mut self, devices: Vec<DeviceId>) {
        for device in devices {
            let waited = self.parking.wake(Need::Device(device));
            self.woken.extend(waited.into_iter().rev());
        }
    }

    /// Puts an op in the DAG and notes what it means for logs and keys.
    pub(super) fn place(&mut self, op: &Proved, says: Option<Op>, place: Place, store: u32) -> u32 {
        let sealed = says.is_none();
        let n = self.dag.insert(op, says, place, store);
        if self.control.len() < self.dag.branches().len() {
            self.control.push(Log::new(store, Audience::Control, op.entry.header.log));
        }
        self.note_forgetful(n);
        if let (true, Some(epoch)) = (sealed, op.entry.header.epoch) {
            self.sealed.entry(epoch).or_default().push(n);
        }
        if let Some(Op::Epoch(epoch)) = self.dag.node(n).op.clone() {
            self.keys.learn(&self.dag, n, op.entry.header.log, &epoch);
        }
        n
    }

    fn judge(&mut self, n: u32) {
        self.law_changed = true;
        if !self.stale
            && !self.dag.clashed()
            && self.dag.saw_all(n)
            && !self.settled.needs_whole(&self.dag, n)
            && self.dag.len() > 1
        {
            self.settled.judge_next(&self.dag, n);
            fold::advance(&mut self.law, &self.dag, &self.settled, self.id, n);
        } else {
            self.stale = true;
        }
    }

    pub(super) fn refold(&mut self) {
        self.dag.resolve();
        self.settled = settle(&self.dag, self.id);
        self.law = fold::fold(&self.dag, &self.settled, self.id);
        self.stale = false;
        self.law_changed = true;
    }

    /// What an entry says with the keys held; `None` while its key is missing.
    pub(super) fn says(&self, entry: &Entry) -> Option<Op> {
        let payload = entry.payload.as_ref()?;
        match entry.header.epoch {
            None => Some(op::open(&entry.header, payload, None)),
            Some(epoch) => self.keys.secret(&epoch).map(|secret| op::open(&entry.header, payload, Some(secret))),
        }
    }

    fn take_content(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<Taken, Damaged> {
        let h = op.entry.header.clone();
        let Some(user) = self.dag.user_of(&h.log.device) else {
            return Ok(self.park(Need::Device(h.log.device), op));
        };
        let auth = match self.dag.clock_of(&h.auth) {
            Ok(clock) => clock,
            Err(missing) => return Ok(self.park(Need::Op(missing), op)),
        };
        // A payload that nothing had to forget, and nobody deleted, was taken out by whoever passed the op on.
        if op.entry.payload.is_none() && !self.may_be_bare(h.audience, h.hlc, cx.now.wall_ms) {
            self.refresh();
            // What newcomers never read says nothing to them; and of a log that is cut the deletion may be beyond the cut. An
            // epoch that is only not known yet is no such reason.
            let kept_back = |epoch| self.keys.secret(&epoch).is_none() && !self.lacking.contains(&epoch);
            let partly = keys::history(&self.dag, h.audience) != History::Whole;
            let sealed = partly && h.epoch.is_some_and(kept_back);
            let cut = self.content.get(&h.line()).is_some_and(|log| log.cut.is_some());
            if !sealed && !cut && self.deleted(&cx.tx, &h, op.id)?.is_none() {
                return Ok(Taken::Bad);
            }
        }
        let last = self.content.get(&h.line()).and_then(|log| log.have.last()).unwrap_or(0);
        if h.seq > last + MAX_GAP || !self.reads_now(&cx.me.user, h.audience) {
            return Ok(Taken::Full);
        }
        self.content_log(cx, h.line());
        let past = h.audience.channel().is_some_and(|channel| self.due(&channel, h.hlc) <= cx.now.wall_ms);
        let Some(log) = self.content.get_mut(&h.line()) else { return Ok(Taken::Bad) };
        if log.cut.as_ref().is_some_and(|(seq, _)| h.seq >= *seq) {
            return Ok(Taken::Known);
        }
        if let Some(other) = contradiction(log, &cx.tx, &op)? {
            let same = other.header.seq == h.seq && other.header.id() == op.id;
            let gone = self.deleted(&cx.tx, &h, op.id)?.is_some();
            let Some(log) = self.content.get_mut(&h.line()) else { return Ok(Taken::Bad) };
            if same && other.payload.is_none() && op.entry.payload.is_some() && !past && !gone {
                // It came without its payload before, or was erased by a law that turned out different.
                log.fill(&mut cx.tx, &op.entry)?;
                let store = log.store;
                self.open_content(cx, store, &op.entry, op.id)?;
                self.forget_in_time(&h);
                return Ok(Taken::Known);
            }
            if same {
                return Ok(Taken::Known);
            }
            let evidence = Evidence { a: bare(other), b: bare(op.entry) };
            return Ok(match self.accuse(cx, &evidence)? {
                Taken::Bad => Taken::Strayed,
                taken => taken,
            });
        }
        if !log.put(&mut cx.tx, &op)? {
            return Ok(Taken::Full);
        }
        let store = log.store;
        self.unsaved.insert((false, store));
        self.latest = self.latest.max(h.hlc);
        // What cites a user without standing is only noted once the user is known as such.
        self.witness.unheard |= self.settled.was_removed(&user) && !self.witness.without.contains(&user);
        let stands = self.settled.stands(&self.dag, &user, &auth, h.hlc);
        if stands && self.law.members.contains_key(&user) {
            for cited in &*h.deps {
                let line = (h.audience, cited.log);
                if self.uncited.get(&line).is_some_and(|r| r.seq <= cited.seq) {
                    self.uncited.remove(&line);
                }
            }
            if self.uncited.get(&h.line()).is_none_or(|r| r.seq < h.seq) {
                self.uncited.insert(h.line(), h.reference(op.id));
            }
        }
        self.note_held(cx, &h);
        self.witness.hasty |= self.stale;
        self.note_citations(user, stands, &h);
        self.open_content(cx, store, &op.entry, op.id)?;
        self.forget_in_time(&h);
        Ok(Taken::New)
    }

    /// Makes a content log where there is none. It is saved even if nothing comes into it: every number given stands for
    /// a log.
    fn content_log(&mut self, cx: &mut Cx<'_>, line: Line) {
        if !self.content.contains_key(&line) {
            let store = cx.store_number();
            self.stores.insert(store, line);
            self.content.insert(line, Log::new(store, line.0, line.1));
            self.unsaved.insert((false, store));
        }
    }

    /// Opens a content op into the timeline and tells of it, or notes that its key is missing.
    pub(super) fn open_content(&mut self, cx: &mut Cx<'_>, store: u32, entry: &Entry, id: OpId) -> Result<(), Damaged> {
        let h = &entry.header;
        let Some((channel, says)) = self.index_one(&mut cx.tx, store, entry, id, &cx.me.user)? else { return Ok(()) };
        if self.due(&channel, h.hlc) <= cx.now.wall_ms {
            return Ok(());
        }
        self.doom(&cx.tx, &says, id)?;
        if h.log == cx.me.log() || h.hlc.ms() >= self.live_from_ms {
            self.untold.push((id, channel, entry.clone()));
        }
        Ok(())
    }

    // ── forks of content logs ─────────────────────────────────────────────────────────────────────────────────────────

    /// Cuts a content log at a proven contradiction.
    pub(crate) fn accuse(&mut self, cx: &mut Cx<'_>, evidence: &Evidence) -> Result<Taken, Damaged> {
        let Some(at) = proven(evidence, self.id) else { return Ok(Taken::Bad) };
        let line @ (audience, id) = evidence.a.header.line();
        if !self.reads_now(&cx.me.user, audience) {
            return Ok(Taken::Full);
        }
        self.content_log(cx, line);
        let Some(log) = self.content.get_mut(&line) else { return Ok(Taken::Bad) };
        if log.cut.as_ref().is_some_and(|(seq, _)| *seq <= at) {
            return Ok(Taken::Known);
        }
        let removed = log.cut(&mut cx.tx, at, evidence.clone())?;
        let store = log.store;
        if id == cx.me.log() {
            cx.renew();
        }
        self.unsaved.insert((false, store));
        self.uncited.remove(&line);
        for entry in removed {
            self.unlist(cx, store, &entry)?;
        }
        // What was pushed out of the lists by what is gone is listed again.
        let log = self.content.get(&line).map(|log| log.present(&cx.tx, 0, at)).transpose()?.unwrap_or_default();
        for entry in log.iter().filter(|entry| entry.payload.is_some()) {
            self.index_one(&mut cx.tx, store, entry, entry.header.id(), &cx.me.user)?;
        }
        let name = self.dag.user_of(&id.device).and_then(|u| self.law.members.get(&u)).map_or("?", |m| m.name.as_str());
        cx.out.push(Effect::Event(Event::Warning {
            kind: "fork",
            message: format!("A device of {name} signed two different things at one place of its log; what it wrote from there on is not shown."),
        }));
        Ok(Taken::New)
    }

    /// The proof that a content log forked.
    pub(crate) fn evidence(&self, line: &Line) -> Option<Evidence> {
        self.content.get(line)?.cut.as_ref().map(|(_, evidence)| evidence.clone())
    }
}

fn bare(entry: Entry) -> Entry {
    Entry { payload: None, ..entry }
}

/// A stored op that the new one contradicts, or the very same op.
fn contradiction(log: &Log, db: &dyn Read, op: &Proved) -> Result<Option<Entry>, Damaged> {
    let h = &op.entry.header;
    if log.have.contains(h.seq) {
        return log.get(db, h.seq);
    }
    if let Some(before) = h.seq.checked_sub(1).filter(|seq| log.have.contains(*seq))
        && let Some(entry) = log.get(db, before)?
        && entry.header.id() != h.prev
    {
        return Ok(Some(entry));
    }
    if log.have.contains(h.seq + 1)
        && let Some(entry) = log.get(db, h.seq + 1)?
        && entry.header.prev != op.id
    {
        return Ok(Some(entry));
    }
    Ok(None)
}

/// Where a content log contradicts itself: two ops, signed by its device, that follow the same one. Nothing less
/// proves it, so that every proof of one fork names one place.
fn proven(evidence: &Evidence, guild: GuildId) -> Option<u64> {
    let (a, b) = (&evidence.a.header, &evidence.b.header);
    let siblings = a.guild == guild
        && b.guild == guild
        && a.audience != Audience::Control
        && (a.line(), a.seq, a.prev) == (b.line(), b.seq, b.prev)
        && a.id() != b.id();
    (siblings && evidence.a.is_signed() && evidence.b.is_signed()).then_some(a.seq)
}
