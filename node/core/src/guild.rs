//! One guild as this node holds it: the law and its DAG, the logs, the keys, and the one way in for every op.
//!
//! My own op and a peer's take the same path: [`Guild::take`] checks, stores, opens, folds and tells. What leaves the
//! process follows the write in the effects, so it waits until that is durable.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, VecDeque},
};

use bivouac_crypto::{Blob, Bounded, Context, DeviceId, EpochId, EpochSecret, UserId, canonical, hash};
use minicbor::{Decode, Encode};

use crate::{
    authority::{self, Membership, Settled, Void, settle},
    dag::{Dag, Offer, Place},
    fold,
    io::{Effect, Event, MemberChange, Topic},
    keys::{Giver, Keys},
    log::{Log, MAX_GAP, SEGMENT},
    me::{Cx, Me, wrap_place},
    model::{
        ChannelId, GuildId, Hlc, Invite, InviteId, Law, LogId, Message, MessageId, MessageState, OpId, Permissions,
        RoleId,
    },
    op::{self, Act, Acting, Audience, Entry, Epoch, Header, MAX_REFS, Op, Proved, Ref, VERSION},
    park::{Need, Parking},
    table::{Damaged, Read, Table},
    timeline::{self, Row},
    tx::Tx,
    wire::{Envelope, Evidence, Head, MAX_WRAP, MAX_WRAPS},
};

/// What became of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Stored for the first time.
    New,
    /// Here already, or parked.
    Known,
    /// Waits for something.
    Parked,
    /// Refused: breaks a rule.
    Bad,
    /// Not taken, nobody's fault: a bound is reached.
    Full,
    /// Of a branch that left the one held here further down: what it follows must be seen first.
    Strayed,
}

/// The row that makes this node a holder of the guild.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct GuildRow {
    /// When this node joined, milliseconds since the epoch.
    #[n(0)]
    pub(crate) joined_ms: u64,
    /// When this node last opened it.
    #[n(1)]
    pub(crate) run_ms: u64,
}

/// What the user was last told, to tell only changes.
#[derive(Debug, Default)]
struct Told {
    name: String,
    member: bool,
    members: BTreeMap<UserId, (String, BTreeSet<RoleId>, usize)>,
    channels: BTreeMap<ChannelId, (String, String)>,
    invites: BTreeMap<InviteId, Invite>,
    bans: BTreeSet<UserId>,
    forked: BTreeSet<DeviceId>,
}

/// A guild.
pub(crate) struct Guild {
    pub(crate) id: GuildId,
    pub(crate) dag: Dag,
    pub(crate) settled: Settled,
    pub(crate) law: Law,
    /// Control logs, by branch number of the DAG.
    control: Vec<Log>,
    pub(crate) content: BTreeMap<LogId, Log>,
    stores: BTreeMap<u32, LogId>,
    pub(crate) keys: Keys,
    pub(crate) parking: Parking,
    pub(crate) row: GuildRow,
    /// Only messages from after this time are told as they arrive.
    live_from_ms: u64,
    /// Newest content op of each log that no op here cites.
    uncited: BTreeMap<LogId, Ref>,
    latest: Hlc,
    sealed: BTreeMap<EpochId, Vec<u32>>,
    /// Ops whose wait is over, to be taken next.
    woken: Vec<Proved>,
    witness: Witness,
    stale: bool,
    law_changed: bool,
    /// A secret came: peers may have sent under it before we listened to its topic.
    pub(crate) rekeyed: bool,
    unsaved: BTreeSet<(bool, u32)>,
    told: Told,
    /// Messages to tell at the end of the call, when the law is folded that says whether they are shown.
    untold: Vec<(OpId, ChannelId, Entry)>,
    /// Messages that were not shown when they came.
    unshown: VecDeque<(OpId, ChannelId, Entry)>,
    subscribed: BTreeSet<Topic>,
    /// Content logs of which something is known to be missing.
    pub(crate) gaps: BTreeSet<LogId>,
    /// The user was told that this device's identity is in use elsewhere.
    elsewhere: bool,
}

/// Messages kept that the law does not show yet.
const UNSHOWN_MAX: usize = 64;
/// Ops read at once where a whole log is read.
const INDEXED: usize = 1_024;

/// Up to where each log of a user without standing is cited by shown ops.
#[derive(Debug, Default)]
struct Witness {
    upto: BTreeMap<LogId, u64>,
    /// What the ops of such users cite themselves: followed once they are cited.
    cites: BTreeMap<LogId, BTreeMap<u64, Vec<Ref>>>,
    without: BTreeSet<UserId>,
    /// By what membership each author's ops were judged: where it changed, all are judged again.
    judged: BTreeMap<UserId, Membership>,
    /// Content came of a user without standing of whom there was none.
    unheard: bool,
}

impl Guild {
    pub(crate) fn new(id: GuildId, now_ms: u64) -> Self {
        Self {
            id,
            dag: Dag::new(id),
            settled: Settled::default(),
            law: Law::default(),
            control: Vec::new(),
            content: BTreeMap::new(),
            stores: BTreeMap::new(),
            keys: Keys::default(),
            parking: Parking::default(),
            row: GuildRow { joined_ms: now_ms, run_ms: now_ms },
            live_from_ms: now_ms,
            uncited: BTreeMap::new(),
            latest: Hlc(0),
            sealed: BTreeMap::new(),
            woken: Vec::new(),
            witness: Witness::default(),
            stale: false,
            law_changed: false,
            rekeyed: false,
            unsaved: BTreeSet::new(),
            told: Told::default(),
            untold: Vec::new(),
            unshown: VecDeque::new(),
            subscribed: BTreeSet::new(),
            gaps: BTreeSet::new(),
            elsewhere: false,
        }
    }

    /// Reads a guild from the store: its law whole, of its content only the heads. Gives the number of logs beside it.
    pub(crate) fn open(db: &dyn Read, id: GuildId, row: GuildRow, me: &Me) -> Result<(Self, usize), Damaged> {
        let mut guild = Self::new(id, 0);
        guild.live_from_ms = row.joined_ms.max(row.run_ms);
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
                    guild.uncited.insert(log.id, Ref { log: log.id, seq, id: head });
                }
                if log.missing() > 0 {
                    guild.gaps.insert(log.id);
                }
                guild.stores.insert(log.store, log.id);
                guild.content.insert(log.id, log);
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
        guild.told = guild.snapshot(me.user);
        guild.recount_witness(db)?;
        let heads: Vec<LogId> = guild.uncited.keys().copied().collect();
        for id in heads {
            if !guild.may_cite(db, &id)? {
                guild.uncited.remove(&id);
            }
        }
        guild.law_changed = false;
        Ok((guild, logs))
    }

    /// Lists every message of the store in its channel again, or notes that its key is missing.
    pub(crate) fn index(&self, tx: &mut Tx<'_>) -> Result<(), Damaged> {
        for log in self.content.values() {
            for (first, last) in log.have.runs() {
                for from in (*first..=*last).step_by(INDEXED) {
                    for entry in log.range(tx, from, (*last).min(from + INDEXED as u64 - 1))? {
                        self.index_one(tx, log.store, &entry, entry.header.id())?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Lists a message in its channel, and gives that; or notes that its key is missing.
    fn index_one(&self, tx: &mut Tx<'_>, store: u32, entry: &Entry, id: OpId) -> Result<Option<ChannelId>, Damaged> {
        let h = &entry.header;
        match (self.says(entry), h.epoch) {
            (None, Some(epoch)) if entry.payload.is_some() => {
                tx.put(Table::Checkpoint, unopened_key(self.id, epoch, store, h.seq), Vec::new());
                Ok(None)
            }
            (Some(Op::Post(post)), _) => {
                let place = MessageId { hlc: h.hlc, op: id };
                timeline::insert(tx, (self.id, post.channel), Row { id: place, store, seq: h.seq })?;
                Ok(Some(post.channel))
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
                if matches!(self.dag.node(n).op, Some(Op::Epoch(_))) {
                    self.learn_stored(tx)?;
                }
            }
            if waiting.is_empty() || waiting.len() == before {
                self.woken.extend(waiting.into_iter().map(|(op, _)| op));
                return Ok(());
            }
            entries = waiting;
        }
    }

    /// Whether the newest op of a content log is of a member in good standing, and so to be cited.
    fn may_cite(&self, db: &dyn Read, id: &LogId) -> Result<bool, Damaged> {
        let Some(user) = self.dag.user_of(&id.device).filter(|user| self.is_member(user)) else { return Ok(false) };
        let Some((log, (seq, _))) = self.content.get(id).and_then(|log| Some((log, log.head?))) else {
            return Ok(false);
        };
        Ok(log.get(db, seq)?.is_some_and(|entry| self.content_stands(&user, &entry.header)))
    }

    pub(crate) fn save_row(&self, tx: &mut Tx<'_>) {
        tx.put(Table::Secret, guild_key(self.id), canonical::encode(&self.row));
    }

    // ── the way in ────────────────────────────────────────────────────────────────────────────────────────────────

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
            Audience::Guild => self.take_content(cx, op)?,
            Audience::Channel(_) => Taken::Full,
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
        self.judge(n);
        if matches!(self.dag.node(n).op, Some(Op::Epoch(_))) {
            for (id, secret) in self.keys.ready(self.id) {
                self.offer_secret(cx, id, secret)?;
            }
        }
        self.wake_devices(self.dag.devices_of(n));
        let waited = self.parking.wake(Need::Op(op.id));
        self.woken.extend(waited.into_iter().rev());
        Ok(Taken::New)
    }

    /// What waited for these devices to be known is taken next.
    fn wake_devices(&mut self, devices: Vec<DeviceId>) {
        for device in devices {
            let waited = self.parking.wake(Need::Device(device));
            self.woken.extend(waited.into_iter().rev());
        }
    }

    /// Puts an op in the DAG and notes what it means for logs and keys.
    fn place(&mut self, op: &Proved, says: Option<Op>, place: Place, store: u32) -> u32 {
        let sealed = says.is_none();
        let n = self.dag.insert(op, says, place, store);
        if self.control.len() < self.dag.branches().len() {
            self.control.push(Log::new(store, Audience::Control, op.entry.header.log));
        }
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

    fn refold(&mut self) {
        self.dag.resolve();
        self.settled = settle(&self.dag, self.id);
        self.law = fold::fold(&self.dag, &self.settled, self.id);
        self.stale = false;
        self.law_changed = true;
    }

    /// What an entry says with the keys held; `None` while its key is missing.
    fn says(&self, entry: &Entry) -> Option<Op> {
        let payload = entry.payload.as_ref()?;
        match entry.header.epoch {
            None => Some(op::open(&entry.header, payload, None)),
            Some(epoch) => self.keys.secret(&epoch).map(|secret| op::open(&entry.header, payload, Some(secret))),
        }
    }

    fn take_content(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<Taken, Damaged> {
        let h = op.entry.header.clone();
        // Nothing erases payloads yet: one that is missing was taken out by whoever passed the op on.
        if op.entry.payload.is_none() {
            return Ok(Taken::Bad);
        }
        let Some(user) = self.dag.user_of(&h.log.device) else {
            return Ok(self.park(Need::Device(h.log.device), op));
        };
        let auth = match self.dag.clock_of(&h.auth) {
            Ok(clock) => clock,
            Err(missing) => return Ok(self.park(Need::Op(missing), op)),
        };
        self.content_log(cx, h.log);
        let Some(log) = self.content.get_mut(&h.log) else { return Ok(Taken::Bad) };
        if log.cut.as_ref().is_some_and(|(seq, _)| h.seq >= *seq) {
            return Ok(Taken::Known);
        }
        if h.seq > log.have.last().unwrap_or(0) + MAX_GAP {
            return Ok(Taken::Full);
        }
        if let Some(other) = contradiction(log, &cx.tx, &op)? {
            let same = other.header.seq == h.seq && other.header.id() == op.id;
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
        let stands = self.settled.stands(&self.dag, &user, &auth);
        if stands && self.law.members.contains_key(&user) {
            for cited in &*h.deps {
                if self.uncited.get(&cited.log).is_some_and(|r| r.seq <= cited.seq) {
                    self.uncited.remove(&cited.log);
                }
            }
            if self.uncited.get(&h.log).is_none_or(|r| r.seq < h.seq) {
                self.uncited.insert(h.log, h.reference(op.id));
            }
        }
        self.note_citations(user, stands, &h);
        self.open_content(cx, store, &op.entry, op.id)?;
        Ok(Taken::New)
    }

    /// Makes a content log where there is none. It is saved even if nothing comes into it: every number given stands for
    /// a log.
    fn content_log(&mut self, cx: &mut Cx<'_>, id: LogId) {
        if !self.content.contains_key(&id) {
            let store = cx.store_number();
            self.stores.insert(store, id);
            self.content.insert(id, Log::new(store, Audience::Guild, id));
            self.unsaved.insert((false, store));
        }
    }

    /// Opens a content op into the timeline and tells of it, or notes that its key is missing.
    fn open_content(&mut self, cx: &mut Cx<'_>, store: u32, entry: &Entry, id: OpId) -> Result<(), Damaged> {
        let h = &entry.header;
        let Some(channel) = self.index_one(&mut cx.tx, store, entry, id)? else { return Ok(()) };
        if h.log == cx.me.log() || h.hlc.ms() >= self.live_from_ms {
            self.untold.push((id, channel, entry.clone()));
        }
        Ok(())
    }

    // ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes a secret somebody offers for an epoch: kept if it is the one committed to, with all it opens. `false` if
    /// it is not.
    pub(crate) fn offer_secret(&mut self, cx: &mut Cx<'_>, id: EpochId, secret: EpochSecret) -> Result<bool, Damaged> {
        self.offer_given(cx, None, id, secret)
    }

    /// The same by the word of a peer, while the epoch is not known.
    fn offer_given(
        &mut self,
        cx: &mut Cx<'_>,
        giver: Giver,
        id: EpochId,
        secret: EpochSecret,
    ) -> Result<bool, Damaged> {
        let mut offered = vec![(id, secret)];
        let mut good = true;
        while let Some((id, secret)) = offered.pop() {
            if self.keys.secret(&id).is_some() {
                continue;
            }
            match self.keys.check(self.id, &id, &secret) {
                None => offered.extend(self.keys.claim(self.id, giver, id, secret)),
                Some(false) => good = false,
                Some(true) => {
                    cx.tx.put(Table::Secret, secret_key(self.id, id), secret.to_bytes().to_vec());
                    offered.extend(self.keys.hold(&self.dag, self.id, id, secret));
                    self.rekeyed = true;
                    self.unseal(&mut cx.tx, id)?;
                    self.open_waiting(cx, id)?;
                }
            }
        }
        Ok(good)
    }

    /// Opens control ops whose key has come; what waited for the devices they certify is tried again.
    fn unseal(&mut self, tx: &mut Tx<'_>, epoch: EpochId) -> Result<(), Damaged> {
        for n in self.sealed.remove(&epoch).unwrap_or_default() {
            let node = self.dag.node(n);
            let (branch, seq) = (node.branch, node.seq);
            let Some(entry) = self.control[branch as usize].get(tx, seq)? else { continue };
            if let Some(says) = self.says(&entry) {
                self.dag.unseal(n, says);
                self.wake_devices(self.dag.devices_of(n));
                self.stale = true;
                self.law_changed = true;
            }
        }
        Ok(())
    }

    /// Opens content that waited for a key.
    fn open_waiting(&mut self, cx: &mut Cx<'_>, epoch: EpochId) -> Result<(), Damaged> {
        let (start, end) = (unopened_key(self.id, epoch, 0, 0), unopened_key(self.id, epoch, u32::MAX, u64::MAX));
        for (key, _) in cx.tx.scan(Table::Checkpoint, &start..&end, false, usize::MAX)? {
            let Some((store, seq)) = unopened_place(&key) else { continue };
            cx.tx.delete(Table::Checkpoint, key);
            let Some(log) = self.stores.get(&store).and_then(|id| self.content.get(id)) else { continue };
            if let Some(entry) = log.get(&cx.tx, seq)? {
                let id = entry.header.id();
                self.open_content(cx, store, &entry, id)?;
            }
        }
        Ok(())
    }

    /// After opening: secrets on disk are held as if they had just come.
    fn learn_stored(&mut self, tx: &mut Tx<'_>) -> Result<(), Damaged> {
        loop {
            let ready = self.keys.ready(self.id);
            if ready.is_empty() {
                return Ok(());
            }
            for (id, secret) in ready {
                for (earlier, secret) in self.keys.hold(&self.dag, self.id, id, secret) {
                    if self.keys.secret(&earlier).is_none() {
                        self.keys.claim_stored(earlier, secret);
                    }
                }
                self.unseal(tx, id)?;
            }
        }
    }

    /// Takes the secrets of a peer that says we are a member, in place of those it gave before. Nothing of them is
    /// written until the law names their epochs.
    pub(crate) fn given(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        keys: Bounded<(EpochId, Blob<MAX_WRAP>), MAX_REFS>,
    ) -> Result<(), Damaged> {
        self.keys.forget(&from);
        for (epoch, wrapped) in keys.into_vec() {
            if let Some(secret) = cx.me.unwrap(self.id, epoch, &wrapped) {
                self.offer_given(cx, Some(from), epoch, secret)?;
            }
        }
        Ok(())
    }

    /// The wrap of an epoch for a user who reads the guild now, if the secret is held.
    pub(crate) fn wrap_for(&self, cx: &mut Cx<'_>, epoch: EpochId, user: &UserId) -> Option<Blob<MAX_WRAP>> {
        let member = self.law.members.get(user)?;
        let secret = self.keys.secret(&epoch)?;
        let (info, aad) = wrap_place(self.id, epoch, *user);
        let wrapped = bivouac_crypto::wrap(cx.rng, &member.kem, &info, &aad, &secret.to_bytes()[..]).ok()?;
        Blob::try_from(wrapped).ok()
    }

    /// The newest secrets, wrapped to a user who reads the guild now.
    pub(crate) fn keys_for(&self, cx: &mut Cx<'_>, user: &UserId) -> Vec<(EpochId, Blob<MAX_WRAP>)> {
        let heads = self.keys.heads().into_iter();
        heads.filter_map(|epoch| Some((epoch, self.wrap_for(cx, epoch, user)?))).collect()
    }

    /// Mints an epoch: commits to it, and hands its secret to the readers.
    pub(crate) fn mint(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        self.refresh();
        let secret = EpochSecret::generate(cx.rng);
        let parents = self.keys.heads();
        let id = secret.id(&self.id.0, &op::epoch_place(Audience::Guild, cx.me.log()), &parents);
        let earlier: Vec<(EpochId, &EpochSecret)> =
            parents.iter().filter_map(|p| Some((*p, self.keys.secret(p)?))).collect();
        let link = if earlier.is_empty() {
            None
        } else {
            secret.link(cx.rng, &id, &earlier).ok().and_then(|link| Blob::try_from(link).ok())
        };
        let parents = Bounded::try_from(parents).unwrap_or_default();
        let epoch = Epoch { audience: Audience::Guild, id, parents, link };
        self.keys.minted(id, &self.settled);
        self.author_control(cx, &Op::Epoch(epoch))?;
        self.offer_secret(cx, id, secret)?;
        self.publish_wraps(cx, id);
        Ok(())
    }

    fn publish_wraps(&self, cx: &mut Cx<'_>, epoch: EpochId) {
        let readers: Vec<UserId> = self.law.members.keys().filter(|user| **user != cx.me.user).copied().collect();
        if readers.is_empty() || readers.len() > MAX_WRAPS {
            return;
        }
        let wraps: Vec<_> =
            readers.into_iter().filter_map(|user| Some((user, self.wrap_for(cx, epoch, &user)?))).collect();
        if let Ok(wraps) = Bounded::try_from(wraps) {
            let bytes = Envelope::Wraps { guild: self.id, epoch, wraps }.to_bytes();
            let topics = self.keys.topics_before(&epoch);
            cx.out.extend(topics.into_iter().map(|topic| Effect::Publish(topic, bytes.clone())));
        }
    }

    // ── authoring ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Writes a control op and publishes it. Rotates first where no epoch can be sent on.
    pub(crate) fn act(&mut self, cx: &mut Cx<'_>, acting: Acting, act: Act) -> Result<OpId, Damaged> {
        if self.keys.sending(&self.dag, &self.settled).is_none() {
            self.mint(cx)?;
        }
        self.author_control(cx, &Op::Act(acting, act))
    }

    pub(crate) fn author_control(&mut self, cx: &mut Cx<'_>, says: &Op) -> Result<OpId, Damaged> {
        while self.heads_read().len() > MAX_REFS {
            self.author_one(cx, &Op::Merge)?;
        }
        self.author_one(cx, says)
    }

    /// What an own op cites: the newest ops whose whole past could be read here. To cite an act that is still sealed
    /// would be to claim to have seen it: an epoch would count as minted after a removal whose target it is wrapped to.
    /// Nor is a fork cited that nobody had built upon: others may not follow that branch.
    fn heads_read(&self) -> Vec<u32> {
        let mut shunned: Vec<u32> = self.sealed.values().flatten().copied().collect();
        if !self.dag.forks().is_empty() {
            shunned.extend(self.dag.ordered().filter(|n| self.settled.of(*n) == Err(Void::Forked)));
        }
        if shunned.is_empty() { self.dag.heads() } else { self.dag.heads_without(&shunned) }
    }

    fn author_one(&mut self, cx: &mut Cx<'_>, says: &Op) -> Result<OpId, Damaged> {
        let log = cx.me.log();
        let heads = self.heads_read();
        let auth: Vec<Ref> = heads.iter().take(MAX_REFS).map(|n| self.dag.reference(*n)).collect();
        let last = self.dag.branches_of(&log).last().and_then(|b| b.nodes.last()).map(|n| self.dag.node(*n));
        let (seq, prev) = last.map_or((0, OpId([0; 32])), |node| (node.seq + 1, node.id));
        let genesis = matches!(says, Op::Genesis(_));
        let header = Header {
            version: VERSION,
            guild: if genesis { GuildId([0; 32]) } else { self.id },
            audience: Audience::Control,
            log,
            seq,
            prev,
            hlc: self.latest.next(cx.now.wall_ms),
            auth: Bounded::try_from(auth).unwrap_or_default(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let sending = if Op::is_plain(says.kind()) { None } else { self.keys.sending(&self.dag, &self.settled) };
        let op = op::author(cx.rng, &cx.me.key, header, says, sending);
        self.own(cx, op)
    }

    /// Writes the genesis op of a new guild; its id is the guild's.
    pub(crate) fn found(cx: &mut Cx<'_>) -> Result<Self, Damaged> {
        let mut nonce = [0; 32];
        cx.rng.fill_bytes(&mut nonce);
        let says = Op::Genesis(op::Genesis { owner: cx.me.chain.clone(), nonce });
        let header = Header {
            version: VERSION,
            guild: GuildId([0; 32]),
            audience: Audience::Control,
            log: cx.me.log(),
            seq: 0,
            prev: OpId([0; 32]),
            hlc: Hlc::at(cx.now.wall_ms),
            auth: Bounded::default(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let op = op::author(cx.rng, &cx.me.key, header, &says, None);
        let mut guild = Self::new(GuildId(op.id.0), cx.now.wall_ms);
        guild.save_row(&mut cx.tx);
        guild.own(cx, op)?;
        guild.refresh();
        Ok(guild)
    }

    /// Posts on an epoch that can be sent on; `None` where there is none.
    pub(crate) fn post(&mut self, cx: &mut Cx<'_>, says: &Op) -> Result<Option<MessageId>, Damaged> {
        let Some(sending) = self.keys.sending(&self.dag, &self.settled) else { return Ok(None) };
        let log = cx.me.log();
        let heads = self.heads_read();
        let auth: Vec<Ref> = heads.iter().rev().take(MAX_REFS).map(|n| self.dag.reference(*n)).collect();
        let mut deps: Vec<Ref> = self.uncited.values().filter(|r| r.log != log).copied().collect();
        if let Op::Notice(user) = says {
            deps.retain(|r| self.dag.user_of(&r.log.device) == Some(*user));
            let heads = self.content.values().filter_map(|log| Some((log.id, log.head?, log.cut.is_none())));
            for (id, (seq, head), whole) in heads {
                if whole && self.dag.user_of(&id.device) == Some(*user) && !deps.iter().any(|r| r.log == id) {
                    deps.push(Ref { log: id, seq, id: head });
                }
            }
        }
        let newest = deps.len().saturating_sub(MAX_REFS);
        let deps = deps.split_off(newest);
        let (seq, prev) = match self.content.get(&log).and_then(|log| log.head) {
            Some((seq, id)) => (seq + 1, id),
            None => (0, OpId([0; 32])),
        };
        let header = Header {
            version: VERSION,
            guild: self.id,
            audience: Audience::Guild,
            log,
            seq,
            prev,
            hlc: self.latest.next(cx.now.wall_ms),
            auth: Bounded::try_from(auth).unwrap_or_default(),
            deps: Bounded::try_from(deps).unwrap_or_default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let op = op::author(cx.rng, &cx.me.key, header, says, Some(sending));
        let place = MessageId { hlc: op.entry.header.hlc, op: op.id };
        self.own(cx, op)?;
        Ok(Some(place))
    }

    /// My own op takes the same path as a peer's, then goes out.
    fn own(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<OpId, Damaged> {
        let (id, entry) = (op.id, op.entry.clone());
        // What is not stored here must not be published, nor be said to be.
        if self.take(cx, op)? != Taken::New {
            return Err(Damaged);
        }
        self.refresh();
        // A new epoch is announced where its predecessors are heard; everything else under its own epoch.
        let plain = Op::decode(entry.header.kind, entry.payload.as_deref().unwrap_or(&[]));
        let topics: Vec<Topic> = match (entry.header.epoch, plain) {
            (Some(epoch), _) => self.keys.topic(&epoch).into_iter().collect(),
            (None, Op::Epoch(epoch)) => epoch.parents.iter().filter_map(|parent| self.keys.topic(parent)).collect(),
            (None, _) => self.keys.topics().into_iter().collect(),
        };
        let bytes = Envelope::Op(entry).to_bytes();
        cx.out.extend(topics.into_iter().map(|topic| Effect::Publish(topic, bytes.clone())));
        Ok(id)
    }

    // ── forks of content logs ─────────────────────────────────────────────────────────────────────────────────────

    /// Cuts a content log at a proven contradiction.
    pub(crate) fn accuse(&mut self, cx: &mut Cx<'_>, evidence: &Evidence) -> Result<Taken, Damaged> {
        let Some(at) = proven(evidence, self.id) else { return Ok(Taken::Bad) };
        let id = evidence.a.header.log;
        self.content_log(cx, id);
        let Some(log) = self.content.get_mut(&id) else { return Ok(Taken::Bad) };
        if log.cut.as_ref().is_some_and(|(seq, _)| *seq <= at) {
            return Ok(Taken::Known);
        }
        let removed = log.cut(&mut cx.tx, at, evidence.clone())?;
        let store = log.store;
        if id == cx.me.log() {
            cx.renew();
        }
        self.unsaved.insert((false, store));
        self.uncited.remove(&id);
        for entry in removed {
            if let Some(Op::Post(post)) = self.says(&entry) {
                let place = MessageId { hlc: entry.header.hlc, op: entry.header.id() };
                timeline::remove(&mut cx.tx, (self.id, post.channel), place)?;
            }
        }
        let name = self.dag.user_of(&id.device).and_then(|u| self.law.members.get(&u)).map_or("?", |m| m.name.as_str());
        cx.out.push(Effect::Event(Event::Warning {
            kind: "fork",
            message: format!("A device of {name} signed two different things at one place of its log; what it wrote from there on is not shown."),
        }));
        Ok(Taken::New)
    }

    /// The proof that a content log forked.
    pub(crate) fn evidence(&self, log: &LogId) -> Option<Evidence> {
        self.content.get(log)?.cut.as_ref().map(|(_, evidence)| evidence.clone())
    }

    // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// One page of a channel.
    pub(crate) fn messages(
        &self,
        db: &dyn Read,
        channel: ChannelId,
        before: Option<MessageId>,
        after: Option<MessageId>,
        limit: usize,
        me: &UserId,
    ) -> Result<(Vec<Message>, bool), Damaged> {
        let (rows, more) = timeline::list(db, (self.id, channel), before, after, limit)?;
        let mut segments: BTreeMap<(u32, u64), Vec<Entry>> = BTreeMap::new();
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(log) = self.stores.get(&row.store).and_then(|id| self.content.get(id)) else { continue };
            let Some(user) = self.dag.user_of(&log.id.device) else { continue };
            let block = row.seq / SEGMENT;
            if let std::collections::btree_map::Entry::Vacant(vacant) = segments.entry((row.store, block)) {
                vacant.insert(log.range(db, block * SEGMENT, block * SEGMENT + SEGMENT - 1)?);
            }
            let segment = segments.get(&(row.store, block)).map(Vec::as_slice).unwrap_or_default();
            if let Some(entry) = segment.iter().find(|entry| entry.header.seq == row.seq) {
                messages.push(self.message(entry, row.id.op, channel, user, me));
            }
        }
        Ok((messages, more))
    }

    fn message(&self, entry: &Entry, id: OpId, channel: ChannelId, author: UserId, me: &UserId) -> Message {
        let h = &entry.header;
        // Who is removed can still read their own words; members all see the same.
        let shown = self.is_shown(&author, h) || author == *me && !self.is_member(me);
        let (text, reply_to, state) = match (self.says(entry), shown) {
            (_, false) => (None, None, MessageState::Hidden),
            (Some(Op::Post(post)), true) => (Some(post.text.into_string()), post.reply_to, MessageState::Open),
            _ if entry.payload.is_none() => (None, None, MessageState::Erased),
            _ => (None, None, MessageState::NoKey),
        };
        let id = MessageId { hlc: h.hlc, op: id };
        Message { id, guild: self.id, channel, author, device: h.log.device, text, state, reply_to }
    }

    /// Whether content is shown: its author stands, or another user's shown op has it in its past.
    fn is_shown(&self, user: &UserId, h: &Header) -> bool {
        self.content_stands(user, h) || self.witness.upto.get(&h.log).is_some_and(|upto| h.seq <= *upto)
    }

    fn content_stands(&self, user: &UserId, h: &Header) -> bool {
        self.dag.clock_of(&h.auth).is_ok_and(|auth| self.settled.stands(&self.dag, user, &auth))
    }

    /// Whether this device wrote so far ahead of the clock that others would not show what it writes next.
    pub(crate) fn is_ahead(&self, wall_ms: u64) -> bool {
        self.latest.is_future(wall_ms)
    }

    /// Roles that an invite of this user's promised to guests who never were given them, or anything else.
    pub(crate) fn owed_roles(&self, me: &UserId) -> Vec<(UserId, RoleId)> {
        self.settled.owed_roles(&self.dag, me)
    }

    /// Whether there was traffic in the last half minute.
    pub(crate) fn busy(&self, wall_ms: u64) -> bool {
        self.latest.ms() + 30_000 > wall_ms
    }

    /// Control ops whose key is missing.
    pub(crate) fn sealed_ops(&self) -> u64 {
        self.sealed.values().map(|ops| ops.len() as u64).sum()
    }

    /// Control ops whose key is missing, by epoch.
    #[cfg(any(test, feature = "sim"))]
    pub(crate) fn sealed_by(&self) -> impl Iterator<Item = (&EpochId, u64)> {
        self.sealed.iter().map(|(epoch, ops)| (epoch, ops.len() as u64))
    }

    /// Ops known to exist and not here.
    pub(crate) fn holes(&self) -> u64 {
        self.content.values().map(Log::missing).sum()
    }

    /// Ops here.
    pub(crate) fn ops(&self) -> u64 {
        self.dag.len() as u64 + self.content.values().map(|log| log.have.count()).sum::<u64>()
    }

    /// The heads of an audience's logs, sorted.
    pub(crate) fn heads_of(&self, audience: Audience) -> Vec<Head> {
        let mut heads: Vec<Head> = match audience {
            Audience::Control => self.control.iter().filter_map(head).collect(),
            Audience::Guild => self.content.values().filter_map(head).collect(),
            Audience::Channel(_) => Vec::new(),
        };
        heads.sort();
        heads
    }

    /// Digest over every log of the audiences I may read. Of a forked control log only what counts is in it, and where
    /// it forked: which of its other branches are here may differ from node to node.
    pub(crate) fn digest(&self) -> ([u8; 32], u64) {
        let mut control = Vec::new();
        for (branch, log) in self.dag.branches().iter().zip(&self.control) {
            if self.dag.forks().contains_key(&branch.log) {
                let counts = |n: &&u32| self.settled.of(**n) != Err(Void::Forked);
                let last = branch.nodes.iter().take_while(counts).last().map(|n| self.dag.node(*n));
                control.extend(last.map(|node| Head { log: branch.log, seq: node.seq, id: node.id }));
            } else {
                control.extend(head(log));
            }
        }
        control.extend(self.dag.forks().iter().map(|(log, at)| Head { log: *log, seq: *at, id: OpId([0; 32]) }));
        control.sort();
        let content = self.heads_of(Audience::Guild).into_iter().map(|head| (Audience::Guild, head));
        let all: Vec<(Audience, Head)> =
            control.into_iter().map(|head| (Audience::Control, head)).chain(content).collect();
        (hash(Context::Digest, &canonical::encode(&all)), all.len() as u64)
    }

    /// The ops `from..=to` of a control log, along the branches that lead to `head`.
    pub(crate) fn control_range(
        &self,
        db: &dyn Read,
        log: LogId,
        head: &OpId,
        from: u64,
        to: u64,
    ) -> Result<Vec<Entry>, Damaged> {
        let Some(node) = self.dag.find(head).map(|n| self.dag.node(n)) else { return Ok(Vec::new()) };
        let (mut found, mut last, mut on) = (Vec::new(), to.min(node.seq), Some(node.branch));
        while let Some(b) = on {
            let branch = &self.dag.branches()[b as usize];
            if branch.log != log {
                return Ok(Vec::new());
            }
            if last >= branch.first && last >= from {
                let run = self.control[b as usize].range(db, from.max(branch.first), last)?;
                found.splice(0..0, run);
            }
            if branch.first <= from {
                break;
            }
            (on, last) = (branch.parent, last.min(branch.first - 1));
        }
        Ok(found)
    }

    /// The last place of a control log that is here, on any branch.
    pub(crate) fn control_last(&self, log: &LogId) -> Option<u64> {
        self.dag.branches_of(log).map(|b| b.first + b.nodes.len() as u64 - 1).max()
    }

    pub(crate) fn channel(&self, id: &ChannelId) -> Option<&crate::model::Channel> {
        self.law.channels.get(id)
    }

    /// Keys of the invites that have effect.
    pub(crate) fn invite_keys(&self) -> impl Iterator<Item = (InviteId, &bivouac_crypto::PublicKey)> {
        self.settled.invites.iter().filter_map(|(id, record)| match &self.dag.node(record.node).op {
            Some(Op::Act(_, Act::Invite { key, .. })) => Some((*id, key)),
            _ => None,
        })
    }

    /// Notes that this node joins, or joins again.
    pub(crate) fn joined(&mut self, cx: &mut Cx<'_>) {
        self.row = GuildRow { joined_ms: cx.now.wall_ms, run_ms: cx.now.wall_ms };
        self.live_from_ms = cx.now.wall_ms;
        self.save_row(&mut cx.tx);
    }

    pub(crate) fn is_member(&self, user: &UserId) -> bool {
        self.law.members.contains_key(user)
    }

    /// Whether the law as far as it is here does not speak of a user's membership: neither that they are in, nor that
    /// they were and were removed or left.
    pub(crate) fn knows_not(&self, user: &UserId) -> bool {
        !self.is_member(user) && !self.settled.was_admitted(user)
    }

    /// The member a device belongs to.
    pub(crate) fn member_of(&self, device: &DeviceId) -> Option<UserId> {
        self.dag.user_of(device).filter(|user| self.law.members.get(user).is_some_and(|m| m.devices.contains(device)))
    }

    /// All devices of members.
    pub(crate) fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.law.members.values().flat_map(|member| member.devices.iter().copied())
    }

    /// What a user may do in the guild as a whole.
    pub(crate) fn permissions(&self, user: &UserId) -> Permissions {
        if self.law.owner == Some(*user) {
            return Permissions::ALL;
        }
        let Some(member) = self.law.members.get(user) else { return Permissions::default() };
        let base = authority::everyone(self.id);
        let bits = member.roles.iter().chain([&base]).filter_map(|role| self.law.roles.get(role));
        let all = bits.fold(Permissions::default(), |sum, role| sum | role.permissions);
        if all.allows(Permissions::ADMINISTRATOR) { Permissions::ALL } else { all }
    }

    // ── after a batch ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether the law changed in this call.
    pub(crate) fn has_news(&self) -> bool {
        self.law_changed
    }

    /// Grants a role, if I may.
    pub(crate) fn give(&mut self, cx: &mut Cx<'_>, user: UserId, role: RoleId) -> Result<(), Damaged> {
        let acting = self.settled.role_for(&self.dag, &cx.me.user, Permissions::MANAGE_ROLES, None);
        let rank = acting.and_then(|acting| self.settled.rank(acting));
        match acting {
            Some(acting) if self.settled.roles().get(&role).map(|role| role.rank) < rank && self.is_member(&user) => {
                self.act(cx, acting, Act::Grant { role, user }).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Folds what came, if it could not be folded op by op.
    pub(crate) fn refresh(&mut self) {
        if self.stale {
            self.refold();
        }
    }

    /// Ends a call: saves logs, recounts what removals hide, tells the user what changed. Returns whether the set of
    /// members may have changed.
    pub(crate) fn finish(&mut self, cx: &mut Cx<'_>) -> Result<bool, Damaged> {
        self.refresh();
        for (control, key) in std::mem::take(&mut self.unsaved) {
            let log = if control {
                self.control.get(key as usize)
            } else {
                self.stores.get(&key).and_then(|id| self.content.get(id))
            };
            let Some(log) = log else { continue };
            log.save(&mut cx.tx, self.id);
            if !control {
                if log.missing() == 0 {
                    self.gaps.remove(&log.id);
                } else {
                    self.gaps.insert(log.id);
                }
            }
        }
        let law_changed = std::mem::take(&mut self.law_changed);
        if law_changed || self.witness.unheard {
            self.recount_witness(&cx.tx)?;
        }
        if law_changed {
            self.tell(cx);
            self.tune(cx);
        }
        let mut news = std::mem::take(&mut self.untold);
        if law_changed || !news.is_empty() {
            // What the law did not show is told once it does: it may have been on its way.
            news.splice(0..0, std::mem::take(&mut self.unshown));
        }
        for (id, channel, entry) in news {
            let Some(user) = self.dag.user_of(&entry.header.log.device) else { continue };
            let here = self.dag.find(&OpId(channel.0)).is_some();
            if !(here && self.is_shown(&user, &entry.header)) {
                self.unshown.push_back((id, channel, entry));
                if self.unshown.len() > UNSHOWN_MAX {
                    self.unshown.pop_front();
                }
            } else {
                let message = self.message(&entry, id, channel, user, &cx.me.user);
                cx.out.push(Effect::Event(Event::Message { own: user == cx.me.user, message }));
            }
        }
        Ok(law_changed)
    }

    /// Listens to the topics of the current epochs and of those they follow.
    pub(crate) fn tune(&mut self, cx: &mut Cx<'_>) {
        let wanted = if self.is_member(&cx.me.user) { self.keys.topics() } else { BTreeSet::new() };
        cx.out.extend(self.subscribed.difference(&wanted).map(|topic| Effect::Unsubscribe(*topic)));
        cx.out.extend(wanted.difference(&self.subscribed).map(|topic| Effect::Subscribe(*topic)));
        self.subscribed = wanted;
    }

    /// Goes on where the same guild left off in this run: topics listened to, what counts as live.
    pub(crate) fn resume(&mut self, before: Self) {
        self.subscribed = before.subscribed;
        self.live_from_ms = before.live_from_ms;
    }

    fn snapshot(&self, me: UserId) -> Told {
        let law = &self.law;
        Told {
            name: law.name.clone(),
            member: law.members.contains_key(&me),
            members: law
                .members
                .iter()
                .map(|(u, m)| (*u, (m.name.clone(), m.roles.clone(), m.devices.len())))
                .collect(),
            channels: law.channels.iter().map(|(id, c)| (*id, (c.name.clone(), c.topic.clone()))).collect(),
            invites: law.invites.clone(),
            bans: law.bans.clone(),
            forked: law.forked.clone(),
        }
    }

    fn tell(&mut self, cx: &mut Cx<'_>) {
        let now = self.snapshot(cx.me.user);
        let was = std::mem::take(&mut self.told);
        let guild = self.id;
        let mut events = Vec::new();
        if now.name != was.name || now.member != was.member {
            events.push(Event::Guild { guild, name: now.name.clone(), member: now.member });
        }
        let mut member = |user: UserId, change| events.push(Event::Member { guild, user, change });
        for user in now.members.keys().filter(|user| !was.members.contains_key(user)) {
            member(*user, MemberChange::Joined);
        }
        for user in was.members.keys().filter(|user| !now.members.contains_key(user)) {
            member(*user, MemberChange::Left);
        }
        for (user, new) in &now.members {
            if was.members.get(user).is_some_and(|old| (&old.0, old.2) != (&new.0, new.2)) {
                member(*user, MemberChange::Updated);
            }
        }
        for user in now.bans.symmetric_difference(&was.bans) {
            member(*user, if now.bans.contains(user) { MemberChange::Banned } else { MemberChange::Unbanned });
        }
        for (user, new) in &now.members {
            if was.members.get(user).is_some_and(|old| old.1 != new.1) {
                events.push(Event::Role { guild, user: *user });
            }
        }
        for (channel, shown) in &now.channels {
            if was.channels.get(channel) != Some(shown) {
                events.push(Event::Channel { guild, channel: *channel, name: Some(shown.0.clone()) });
            }
        }
        for channel in was.channels.keys().filter(|id| !now.channels.contains_key(id)) {
            events.push(Event::Channel { guild, channel: *channel, name: None });
        }
        for (invite, state) in &now.invites {
            if was.invites.get(invite) != Some(state) {
                events.push(Event::Invite { guild, invite: *invite, state: Some(state.clone()) });
            }
        }
        for invite in was.invites.keys().filter(|id| !now.invites.contains_key(id)) {
            events.push(Event::Invite { guild, invite: *invite, state: None });
        }
        for device in now.forked.difference(&was.forked) {
            let name = self.dag.user_of(device).and_then(|u| self.law.members.get(&u)).map_or("?", |m| m.name.as_str());
            let message = format!(
                "A device of {name} signed two different acts at one place of its log; only what others had already built upon counts."
            );
            events.push(Event::Warning { kind: "fork", message });
        }
        cx.out.extend(events.into_iter().map(Effect::Event));
        self.told = now;
    }

    // ── witnesses ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Notes what a content op cites of logs whose author has no standing.
    fn note_citations(&mut self, user: UserId, stands: bool, h: &Header) {
        self.witness.judged.entry(user).or_insert_with(|| self.settled.membership(&user));
        if self.witness.without.is_empty() {
            return;
        }
        // Nobody is a witness for themselves.
        let counts =
            |r: &&Ref| self.dag.user_of(&r.log.device).is_some_and(|u| u != user && self.witness.without.contains(&u));
        let cites: Vec<Ref> = h.deps.iter().filter(counts).copied().collect();
        if cites.is_empty() {
            return;
        }
        let shown = stands || self.witness.upto.get(&h.log).is_some_and(|upto| h.seq <= *upto);
        if shown {
            self.witness.follow(cites);
        } else {
            self.witness.cites.entry(h.log).or_default().insert(h.seq, cites);
        }
    }

    /// Reads all citations again if the standing of an author changed. Rare: on a removal or a return, or when acts come
    /// after the content that followed them.
    fn recount_witness(&mut self, db: &dyn Read) -> Result<(), Damaged> {
        let authors: BTreeSet<UserId> = self.content.keys().filter_map(|log| self.dag.user_of(&log.device)).collect();
        let without: BTreeSet<UserId> = authors.into_iter().filter(|user| self.settled.was_removed(user)).collect();
        let same = |(user, was): (&UserId, &Membership)| self.settled.membership(user) == *was;
        let unchanged = without.is_empty() || self.witness.judged.iter().all(same);
        if without == self.witness.without && unchanged {
            return Ok(());
        }
        self.witness = Witness { without, ..Witness::default() };
        let logs: Vec<LogId> = self.content.keys().copied().collect();
        for id in logs {
            let Some(log) = self.content.get(&id) else { continue };
            let Some(user) = self.dag.user_of(&id.device) else { continue };
            let runs = log.have.runs().to_vec();
            for (first, last) in runs {
                let mut from = first;
                while from <= last {
                    let to = last.min(from + INDEXED as u64 - 1);
                    let entries =
                        self.content.get(&id).map(|log| log.range(db, from, to)).transpose()?.unwrap_or_default();
                    for entry in entries {
                        let stands = self.content_stands(&user, &entry.header);
                        self.note_citations(user, stands, &entry.header);
                    }
                    from = to + 1;
                }
            }
        }
        Ok(())
    }
}

impl Witness {
    /// Raises what a shown op cites, and follows what thereby becomes shown.
    fn follow(&mut self, mut work: Vec<Ref>) {
        while let Some(cited) = work.pop() {
            if self.upto.get(&cited.log).is_some_and(|upto| *upto >= cited.seq) {
                continue;
            }
            self.upto.insert(cited.log, cited.seq);
            if let Some(waiting) = self.cites.get_mut(&cited.log) {
                let rest = waiting.split_off(&(cited.seq + 1));
                let shown = std::mem::replace(waiting, rest);
                work.extend(shown.into_values().flatten());
            }
        }
    }
}

fn head(log: &Log) -> Option<Head> {
    log.head.map(|(seq, id)| Head { log: log.id, seq, id })
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
        && (a.audience, b.audience) == (Audience::Guild, Audience::Guild)
        && (a.log, a.seq, a.prev) == (b.log, b.seq, b.prev)
        && a.id() != b.id();
    (siblings && evidence.a.is_signed() && evidence.b.is_signed()).then_some(a.seq)
}

fn guild_key(guild: GuildId) -> Vec<u8> {
    [&b"g"[..], &guild.0].concat()
}

fn secret_key(guild: GuildId, epoch: EpochId) -> Vec<u8> {
    [&b"e"[..], &guild.0, &epoch.0].concat()
}

fn unopened_key(guild: GuildId, epoch: EpochId, store: u32, seq: u64) -> Vec<u8> {
    [&b"u"[..], &guild.0, &epoch.0, &store.to_be_bytes(), &seq.to_be_bytes()].concat()
}

fn unopened_place(key: &[u8]) -> Option<(u32, u64)> {
    let (store, seq) = key.get(65..)?.split_at_checked(4)?;
    Some((u32::from_be_bytes(store.try_into().ok()?), u64::from_be_bytes(seq.try_into().ok()?)))
}

/// Guilds in the store.
pub(crate) fn load_rows(db: &dyn Read) -> Result<Vec<(GuildId, GuildRow)>, Damaged> {
    let rows = db.scan(Table::Secret, &b"g"[..]..&b"h"[..], false, usize::MAX)?;
    rows.into_iter()
        .map(|(key, row)| {
            let id = key[1..].try_into().map(GuildId).map_err(|_| Damaged)?;
            Ok((id, canonical::decode(&row, usize::MAX).map_err(|_| Damaged)?))
        })
        .collect()
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
