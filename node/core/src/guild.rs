//! One guild as this node holds it: the law and its DAG, the logs, the keys, and the one way in for every op.
//!
//! My own op and a peer's take the same path: [`Guild::take`] checks, stores, opens, folds and tells. What leaves the
//! process follows the write in the effects, so it waits until that is durable.

mod audit;
mod author;
mod forget;
mod intake;
mod kept;
mod marks;
mod notices;
mod open;
pub(crate) mod password;
mod secrets;
mod show;
mod unread;
mod view;
mod witness;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bivouac_crypto::{DeviceId, EpochId, UserId, canonical};
use minicbor::{Decode, Encode};

use self::{
    kept::Holders,
    marks::{Doomed, Spared},
    witness::Witness,
};
pub(crate) use self::{
    kept::TELL_EVERY_MS,
    marks::{Places, hung},
    show::Shelf,
    unread::Marker,
    view::Reach,
};
use crate::{
    authority::Settled,
    dag::Dag,
    io::{Effect, Event, MemberChange, Topic},
    keys::Keys,
    log::Log,
    me::Cx,
    model::{
        Attachment, Channel, ChannelId, FileId, GuildId, Hlc, Invite, InviteId, Law, Member, MessageId, OpId, Role,
        RoleId,
    },
    op::{Act, Audience, Entry, Header, Line, Op, Proved, Ref},
    park::Parking,
    table::{Damaged, Read, Table},
    tx::Tx,
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
    /// The newest op that was known when this node joined or last opened it, likewise.
    #[n(1)]
    pub(crate) run_ms: u64,
}

/// What the user was last told, to tell only changes.
#[derive(Debug, Default)]
struct Told {
    name: String,
    looks: (String, Option<Attachment>, BTreeMap<String, Attachment>, Option<UserId>),
    member: bool,
    members: BTreeMap<UserId, Seen>,
    roles: BTreeMap<RoleId, Role>,
    channels: BTreeMap<ChannelId, Channel>,
    invites: BTreeMap<InviteId, Invite>,
    bans: BTreeSet<UserId>,
    forked: BTreeSet<DeviceId>,
}

/// A member as last told: without their key, which is larger than all the rest.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    roles: BTreeSet<RoleId>,
    other: (String, Option<String>, BTreeSet<DeviceId>, Option<u64>, Option<FileId>),
}

impl Seen {
    fn of(member: &Member) -> Self {
        let Member { name, roles, devices, nick, timeout_ms, avatar, kem_generation: _, kem: _ } = member;
        let avatar = avatar.as_ref().map(|picture| picture.id);
        Self { roles: roles.clone(), other: (name.clone(), nick.clone(), devices.clone(), *timeout_ms, avatar) }
    }
}

/// A guild.
pub(crate) struct Guild {
    pub(crate) id: GuildId,
    pub(crate) dag: Dag,
    pub(crate) settled: Settled,
    pub(crate) law: Law,
    /// Control logs, by branch number of the DAG.
    control: Vec<Log>,
    pub(crate) content: BTreeMap<Line, Log>,
    stores: BTreeMap<u32, Line>,
    pub(crate) keys: Keys,
    pub(crate) parking: Parking,
    pub(crate) row: GuildRow,
    /// Only messages from after this time are told as they arrive.
    live_from_ms: u64,
    /// Newest content op of each log that no op here cites.
    uncited: BTreeMap<Line, Ref>,
    latest: Hlc,
    sealed: BTreeMap<EpochId, Vec<u32>>,
    /// Ops whose wait is over, to be taken next.
    woken: Vec<Proved>,
    witness: Witness,
    /// Who holds what of my user's.
    pub(crate) holders: Holders,
    /// Something came that could not be folded by itself.
    stale: bool,
    law_changed: bool,
    /// Secrets came, of epochs minted by these: they may have sent under them before we listened to their topics.
    pub(crate) rekeyed: BTreeSet<DeviceId>,
    unsaved: BTreeSet<(bool, u32)>,
    told: Told,
    /// Channels whose time is over.
    pub(crate) over: BTreeSet<ChannelId>,
    /// When the next one ends, milliseconds since the epoch; 0 to find out.
    pub(crate) next_end: Option<u64>,
    /// When something is to be forgotten, likewise.
    pub(crate) forget_at: Option<u64>,
    /// The time of the last call, milliseconds since the epoch.
    now_ms: u64,
    /// Until when nothing is, after a start: the law may have changed meanwhile; 0 to find out.
    mindful_until: u64,
    /// It was.
    clocked: bool,
    /// The least time that any act, with effect or not, ever was to have a channel keep messages, in seconds.
    forgetful: BTreeMap<ChannelId, u32>,
    /// Messages to tell at the end of the call, when the law is folded that says whether they are shown.
    untold: Vec<(OpId, ChannelId, Entry)>,
    /// Messages that were not shown when they came.
    unshown: VecDeque<(OpId, ChannelId, Entry)>,
    /// Messages that a deletion names, to be erased at the end of the call if it counts.
    doomed: BTreeSet<Doomed>,
    /// Those whose deletion did not: another law may say otherwise.
    spared: Spared,
    /// A deletion came, by which others may give without their payload what was refused so.
    pub(crate) unbarred: bool,
    subscribed: BTreeSet<Topic>,
    /// Content logs that I may read and of which something is known to be missing.
    pub(crate) gaps: BTreeSet<Line>,
    /// Epochs whose secret I am to have and do not.
    pub(crate) lacking: BTreeSet<EpochId>,
    /// Channels with keys of their own that I read, and from what time on what is said in them is told.
    reading: BTreeMap<ChannelId, u64>,
    /// Of the law's newest op.
    law_latest: Hlc,
    /// The user was told that this device's identity is in use elsewhere.
    elsewhere: bool,
}

/// Topics of one guild, at most: what a neighbour may subscribe to is bounded, for all guilds together.
const TOPICS_MAX: usize = 256;
/// Messages kept that the law does not show yet.
const UNSHOWN_MAX: usize = 64;
/// Ops read at once where a whole log is read.
const INDEXED: usize = 1_024;

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
            holders: Holders::default(),
            stale: false,
            law_changed: false,
            rekeyed: BTreeSet::new(),
            unsaved: BTreeSet::new(),
            told: Told::default(),
            over: BTreeSet::new(),
            next_end: Some(0),
            forget_at: Some(0),
            now_ms,
            mindful_until: now_ms,
            clocked: false,
            forgetful: BTreeMap::new(),
            untold: Vec::new(),
            unshown: VecDeque::new(),
            doomed: BTreeSet::new(),
            spared: Spared::new(),
            unbarred: false,
            subscribed: BTreeSet::new(),
            gaps: BTreeSet::new(),
            lacking: BTreeSet::new(),
            reading: BTreeMap::new(),
            law_latest: Hlc(0),
            elsewhere: false,
        }
    }

    pub(crate) fn save_row(&self, tx: &mut Tx<'_>) {
        tx.put(Table::Secret, guild_key(self.id), canonical::encode(&self.row));
    }

    // ── after a batch ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether the law changed in this call.
    pub(crate) fn has_news(&self) -> bool {
        self.law_changed
    }

    /// Grants a role, if I may.
    pub(crate) fn give(&mut self, cx: &mut Cx<'_>, user: UserId, role: RoleId) -> Result<(), Damaged> {
        let act = Act::Grant { role, user };
        match self.settled.acting_for(&self.dag, &cx.me.user, &act) {
            // What cannot be read yet may be what gives me the right, or them the role.
            Ok(acting) if self.is_member(&user) && self.sealed.is_empty() => self.act(cx, acting, act).map(drop),
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
        self.now_ms = cx.now.wall_ms;
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
                    self.gaps.remove(&log.line());
                } else {
                    self.gaps.insert(log.line());
                }
            }
        }
        let ended = self.clock_changed(cx.now.wall_ms);
        let law_changed = std::mem::take(&mut self.law_changed) || ended;
        if law_changed || self.witness.unheard {
            self.recount_witness(&cx.tx)?;
        }
        if law_changed {
            self.come_to_read(&cx.me.user);
            self.tell(cx);
            self.tune(cx);
            self.forget_at = Some(0);
            self.seek(&cx.me.user, cx.now.wall_ms);
        }
        if law_changed || std::mem::take(&mut self.witness.raised) {
            self.doomed.extend(std::mem::take(&mut self.spared).into_values());
        }
        self.carry_out(cx)?;
        let mut news = std::mem::take(&mut self.untold);
        if law_changed || !news.is_empty() {
            // What the law did not show is told once it does: it may have been on its way.
            news.splice(0..0, std::mem::take(&mut self.unshown));
        }
        for (id, channel, entry) in news {
            let Some(user) = self.dag.user_of(&entry.header.log.device) else { continue };
            let (Some(says), h) = (self.says(&entry), &entry.header) else { continue };
            let here = self.dag.find(&OpId(channel.0)).is_some();
            if !(here && self.is_shown(&user, &channel, h, show::needs(&says))) {
                if matches!(says, Op::Mark(_)) {
                    continue;
                }
                self.unshown.push_back((id, channel, entry));
                if self.unshown.len() > UNSHOWN_MAX {
                    self.unshown.pop_front();
                }
            } else if self.sees(&cx.me.user, &channel) && self.is_news(&channel, h) {
                self.tell_content(cx, MessageId { hlc: h.hlc, op: id }, channel, user, says)?;
            }
        }
        Ok(law_changed)
    }

    /// Notes since when I read which channel. Who comes to one that was there before is not told what was said in it.
    fn come_to_read(&mut self, me: &UserId) {
        let mut reading = BTreeMap::new();
        for channel in self.audiences(me).filter_map(Audience::channel) {
            let new = !self.told.channels.contains_key(&channel);
            let created = self.law.channels.get(&channel).map_or(0, |channel| channel.created.ms());
            let since = if new { created } else { self.law_latest.ms() };
            reading.insert(channel, self.reading.get(&channel).copied().unwrap_or(since));
        }
        self.reading = reading;
    }

    fn is_news(&self, channel: &ChannelId, h: &Header) -> bool {
        self.reading.get(channel).is_none_or(|since| h.hlc.ms() >= *since)
    }

    /// Whether a channel has ended, or begun again, since it was looked at last.
    fn clock_changed(&mut self, wall_ms: u64) -> bool {
        if !self.law_changed && self.next_end.is_none_or(|end| end > wall_ms) {
            return false;
        }
        let before = self.over.clone();
        self.next_end = self.end_channels(wall_ms);
        self.over != before
    }

    /// Listens to the topics of the current epochs and of those they follow.
    pub(crate) fn tune(&mut self, cx: &mut Cx<'_>) {
        let wanted: BTreeSet<Topic> = self.topics(&cx.me.user);
        cx.out.extend(self.subscribed.difference(&wanted).map(|topic| Effect::Unsubscribe(*topic)));
        cx.out.extend(wanted.difference(&self.subscribed).map(|topic| Effect::Subscribe(*topic)));
        self.subscribed = wanted;
    }

    /// The topics to listen to: at most [`TOPICS_MAX`], the guild's before those of channels. What is said elsewhere comes by
    /// sync.
    fn topics(&self, me: &UserId) -> BTreeSet<Topic> {
        let mut topics = BTreeSet::new();
        for of in self.audiences(me) {
            let more = self.keys.topics(&self.settled, of);
            if topics.len() + more.len() > TOPICS_MAX {
                break;
            }
            topics.extend(more);
        }
        topics
    }

    /// Goes on where the same guild left off in this run: topics listened to, what counts as live.
    pub(crate) fn resume(&mut self, before: Self) {
        self.subscribed = before.subscribed;
        self.live_from_ms = before.live_from_ms;
        self.holders = before.holders;
    }

    fn snapshot(&self, me: UserId) -> Told {
        let law = &self.law;
        Told {
            name: law.name.clone(),
            looks: (law.description.clone(), law.icon.clone(), law.emoji.clone(), law.owner),
            member: law.members.contains_key(&me),
            members: law.members.iter().map(|(user, member)| (*user, Seen::of(member))).collect(),
            roles: law.roles.clone(),
            channels: law
                .channels
                .iter()
                .filter(|(id, _)| !self.over.contains(id))
                .map(|(id, c)| (*id, c.clone()))
                .collect(),
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
        if (&now.name, now.member, &now.looks) != (&was.name, was.member, &was.looks) {
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
            if was.members.get(user).is_some_and(|old| old.other != new.other) {
                member(*user, MemberChange::Updated);
            }
        }
        for user in now.bans.symmetric_difference(&was.bans) {
            member(*user, if now.bans.contains(user) { MemberChange::Banned } else { MemberChange::Unbanned });
        }
        for (role, new) in &now.roles {
            if was.roles.get(role) != Some(new) {
                events.push(Event::Role { guild, role: *role, name: Some(new.name.clone()) });
            }
        }
        for role in was.roles.keys().filter(|id| !now.roles.contains_key(id)) {
            events.push(Event::Role { guild, role: *role, name: None });
        }
        for (user, new) in &now.members {
            if was.members.get(user).is_some_and(|old| old.roles != new.roles) {
                events.push(Event::Roles { guild, user: *user });
            }
        }
        for (channel, shown) in &now.channels {
            if was.channels.get(channel) != Some(shown) {
                events.push(Event::Channel { guild, channel: *channel, name: Some(shown.name.clone()) });
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
