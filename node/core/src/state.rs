//! Everything but the identity: guilds, peers, what is pending. Inputs are dispatched here.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Blob, DeviceId, EpochId, UserId};

use crate::{
    budget::{self, Said, Speaker},
    enter::{Entering, Guesses},
    guild::{Guild, Taken},
    io::{CommandError, Effect, Event, Input, Reason, Verdict},
    join::Joining,
    me::Cx,
    model::{ChannelId, GuildId},
    nearby::Nearby,
    op::{Audience, Entry, Op},
    search::Search,
    session::{Job, Session, Stage},
    sync::Progress,
    table::Damaged,
    wire::{Envelope, MAX_WRAP, Response},
};

/// Posts that wait for a key, at most.
pub(crate) const MAX_PENDING: usize = 1_024;

/// How soon after new keys frontiers are compared: about what it takes for subscriptions to be heard.
const REKEYED_MS: u64 = 100;

/// How often the clock is looked at while something is to end, at least.
const CLOCK_MS: u64 = 60_000;

/// How soon what went beyond a device's share of gossip is fetched.
const OVERHEARD_MS: u64 = 250;

/// A moment something is to be done at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// Compare frontiers with one peer.
    Compare(GuildId),
    /// Mint, if there is still something to send and no epoch to send it on.
    Mint(GuildId),
    /// A join has taken too long.
    JoinEnds(u64),
    /// Knock again.
    JoinRetry(u64),
    /// Greet again a peer that did not answer.
    Greet(DeviceId),
    /// Parked ops whose time has come.
    Wake(GuildId),
    /// Ask again for keys that nobody had.
    Keys(GuildId),
    /// Ask again for guilds that were lost.
    Recall,
    /// The law should have come by now to which a peer gave us keys.
    Given(GuildId, DeviceId),
    /// A channel ends.
    End(GuildId),
    /// An entry has taken too long.
    EnterEnds(u64),
    /// Ask readers again.
    EnterRetry(u64),
    /// Fetch from a peer what it handed on and was not listened to.
    Overheard(GuildId, DeviceId),
    /// Tell others what of theirs is here.
    Tell(GuildId),
    /// Tell the user where what they wrote is.
    Kept(GuildId),
    /// Tell the user who is on the local network.
    Nearby,
    /// Somebody has knocked for too long.
    Knocks,
    /// The index has something to do.
    Search,
}

/// A post that waits for an epoch to be sent on.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) command: u64,
    pub(crate) guild: GuildId,
    pub(crate) audience: Audience,
    pub(crate) says: Op,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) guilds: BTreeMap<GuildId, Guild>,
    pub(crate) sessions: BTreeMap<DeviceId, Session>,
    pub(crate) inflight: BTreeMap<u64, (DeviceId, Job)>,
    pub(crate) next_request: u64,
    pub(crate) joins: BTreeMap<u64, Joining>,
    pub(crate) entries: BTreeMap<u64, Entering>,
    pub(crate) guesses: Guesses,
    pub(crate) pending: Vec<Pending>,
    pub(crate) timers: BTreeSet<(u64, Timer)>,
    pub(crate) addresses: Vec<String>,
    pub(crate) keep: BTreeSet<DeviceId>,
    /// The guilds last told by [`Effect::Guilds`].
    pub(crate) told_guilds: BTreeSet<GuildId>,
    /// Guilds that were in a store which was lost: fellow members are asked for them.
    pub(crate) lost: BTreeSet<GuildId>,
    /// How often everybody was asked for them.
    pub(crate) recall_turn: usize,
    pub(crate) online: BTreeSet<DeviceId>,
    pub(crate) progress: BTreeMap<GuildId, Progress>,
    pub(crate) nearby: Nearby,
    pub(crate) said: Said,
    /// When devices last said that somebody is writing in a channel, by this clock and by theirs.
    pub(crate) murmured: BTreeMap<(DeviceId, ChannelId), (u64, u64)>,
    pub(crate) search: Search,
    pub(crate) read_only: bool,
    /// The earliest ahead-of-time op was told of, per guild.
    pub(crate) clock_told: BTreeSet<GuildId>,
}

impl State {
    pub(crate) fn handle(&mut self, cx: &mut Cx<'_>, input: Input) -> Result<(), Damaged> {
        self.dispatch(cx, input)?;
        self.finish(cx)?;
        // Whoever hangs a picture of the law on a message, and deletes that, takes nothing away.
        for effect in &mut cx.out {
            if let Effect::Discard(gone) = effect {
                gone.retain(|id| !self.guilds.values().any(|guild| guild.dag.names_picture(*id)));
            }
        }
        Ok(())
    }

    /// After a record could not be read: an answer to everything that was asked and will not be done.
    pub(crate) fn unanswered(&self, out: &[Effect], refusal: Option<Effect>) -> Vec<Effect> {
        let done = out.iter().chain(&refusal).filter_map(|effect| match effect {
            Effect::Done(id, _) => Some(*id),
            _ => None,
        });
        let open =
            self.joins.keys().chain(self.entries.keys()).copied().chain(self.pending.iter().map(|post| post.command));
        let open = open.chain(self.nearby.open());
        let commands: BTreeSet<u64> = done.chain(open).collect();
        let other = refusal.into_iter().filter(|effect| !matches!(effect, Effect::Done(..)));
        commands.into_iter().map(broken).chain(other).collect()
    }

    fn dispatch(&mut self, cx: &mut Cx<'_>, input: Input) -> Result<(), Damaged> {
        if let Some(session) = input.from().and_then(|device| self.sessions.get_mut(&device)) {
            session.heard_ms = cx.now.mono_ms;
        }
        match input {
            Input::Command(id, command) => return self.command(cx, id, command),
            Input::Connected(device) => self.connected(cx, device),
            Input::Nearby(device) => self.near(cx, device),
            Input::Disconnected(device) => self.disconnected(cx, device),
            Input::Gossip { from, bytes, token, .. } => return self.gossip(cx, from, &bytes, token),
            Input::Request { from, bytes, token } => {
                let response = self.serve(cx, from, &bytes)?;
                cx.out.push(Effect::Respond(token, response.to_bytes()));
            }
            Input::Response { id, from, bytes } => return self.response(cx, id, from, bytes.as_deref()),
            Input::Tick => return self.tick(cx),
            Input::Addresses(addresses) => self.addresses = addresses,
            Input::WriteFailed => {
                self.read_only = true;
                return self.reload(cx);
            }
            Input::StoreWritable => {
                self.read_only = false;
                // What could be read while nothing was durable may be gone.
                return self.reload(cx);
            }
        }
        Ok(())
    }

    /// Forgets what was not written: what is in memory is again what is on disk.
    fn reload(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        let mut guilds = BTreeMap::new();
        *cx.numbers = crate::Numbers::read(&cx.tx)?;
        for (id, row) in crate::guild::load_rows(&cx.tx)? {
            let (mut guild, _) = Guild::open(&cx.tx, id, row, cx.me)?;
            if let Some(before) = self.guilds.remove(&id) {
                guild.resume(before);
            }
            guilds.insert(id, guild);
        }
        self.guilds = guilds;
        self.search.reload(&cx.tx)?;
        for share in self.sessions.values_mut().flat_map(|session| session.shared.values_mut()) {
            share.stage = Stage::Law;
            share.wants.clear();
        }
        for post in std::mem::take(&mut self.pending) {
            Self::refuse(cx, post.command, Reason::NotSent);
        }
        Ok(())
    }

    fn gossip(&mut self, cx: &mut Cx<'_>, from: DeviceId, bytes: &[u8], token: u64) -> Result<(), Damaged> {
        let verdict = match Envelope::from_bytes(bytes) {
            None => Verdict::Reject,
            Some(_) if self.read_only => Verdict::Ignore,
            Some(Envelope::Op(entry)) => self.gossiped_op(cx, from, entry, bytes.len() as u64)?,
            Some(Envelope::Passing { guild, epoch, sealed }) => self.heard(cx, from, (guild, epoch), &sealed),
            Some(Envelope::Wraps { guild, epoch, wraps }) => {
                let cost = bytes.len() as u64;
                if self.said.may(cx.now.mono_ms, Speaker::Relay(from), cost) {
                    self.said.charge(cx.now.mono_ms, Speaker::Relay(from), cost);
                    self.gossiped_wraps(cx, guild, epoch, &wraps)?
                } else {
                    // They are asked for where they are missed.
                    Verdict::Ignore
                }
            }
        };
        cx.out.push(Effect::Judge(token, verdict));
        Ok(())
    }

    fn gossiped_op(&mut self, cx: &mut Cx<'_>, from: DeviceId, entry: Entry, bytes: u64) -> Result<Verdict, Damaged> {
        let Some(guild) = self.guilds.get_mut(&entry.header.guild) else { return Ok(Verdict::Ignore) };
        let log = entry.header.log;
        let (id, known) = (guild.id, guild.dag.user_of(&log.device).is_some());
        let begins = if !known || guild.has_log(&entry.header) { 0 } else { budget::LOG };
        let law = if entry.header.audience == Audience::Control { budget::LAW } else { 0 };
        // Only what a device is proved to have said is charged to it.
        let (speaker, cost) =
            (if known { Speaker::Author(log.device) } else { Speaker::Relay(from) }, bytes + budget::OP + begins + law);
        if !self.said.may(cx.now.mono_ms, speaker, cost) {
            self.overheard(cx, id, from);
            return Ok(Verdict::Ignore);
        }
        if entry.payload.is_none() {
            // What is forgotten is not news: it comes by sync, where it is judged what may come without its payload.
            return Ok(Verdict::Ignore);
        }
        let Ok(op) = entry.prove() else { return Ok(Verdict::Reject) };
        let member = guild.member_of(&log.device).is_some();
        let was_parked = guild.parking.contains(&op.id);
        let taken = guild.take(cx, op)?;
        let member = member || guild.member_of(&log.device).is_some();
        // What was here already may be said again by anybody.
        if !(taken == Taken::Known || was_parked) {
            self.said.charge(cx.now.mono_ms, speaker, cost);
        }
        Ok(match taken {
            // What the removed write is kept, in case a member builds on it, but not spread.
            Taken::New if !member => Verdict::Ignore,
            Taken::New => Verdict::Accept,
            Taken::Strayed => {
                self.compare_with(id, from);
                Verdict::Ignore
            }
            Taken::Parked => {
                self.compare_with(id, from);
                if known { Verdict::Accept } else { Verdict::Ignore }
            }
            Taken::Known => Verdict::Ignore,
            Taken::Full => {
                self.overheard(cx, id, from);
                Verdict::Ignore
            }
            Taken::Bad => Verdict::Reject,
        })
    }

    /// A peer said more than was listened to.
    pub(crate) fn overheard(&mut self, cx: &Cx<'_>, guild: GuildId, from: DeviceId) {
        self.set(cx.now.mono_ms + OVERHEARD_MS, Timer::Overheard(guild, from));
    }

    /// Wraps for others cannot be checked here; they are passed on if the one for us, or the lack of one, fits.
    fn gossiped_wraps(
        &mut self,
        cx: &mut Cx<'_>,
        guild: GuildId,
        epoch: EpochId,
        wraps: &[(UserId, Blob<MAX_WRAP>)],
    ) -> Result<Verdict, Damaged> {
        let Some(guild) = self.guilds.get_mut(&guild) else { return Ok(Verdict::Ignore) };
        let Some((_, wrapped)) = wraps.iter().find(|(user, _)| *user == cx.me.user) else { return Ok(Verdict::Ignore) };
        if !guild.keys.is_named(&epoch) {
            // Nothing to check it against; it is asked for once the epoch is known.
            return Ok(Verdict::Ignore);
        }
        let Some(secret) = cx.me.unwrap(guild.id, epoch, wrapped) else { return Ok(Verdict::Reject) };
        Ok(if guild.offer_secret(cx, epoch, secret)? { Verdict::Accept } else { Verdict::Ignore })
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        while let Some((at, timer)) = self.timers.first().copied() {
            if at > cx.now.mono_ms {
                break;
            }
            self.timers.pop_first();
            match timer {
                Timer::Compare(guild) => self.compare(cx, guild),
                Timer::Mint(guild) => self.mint_for_pending(cx, guild)?,
                Timer::JoinEnds(id) => self.join_ends(cx, id),
                Timer::JoinRetry(id) => self.join_retry(cx, id),
                Timer::EnterEnds(id) => self.enter_ends(cx, id),
                Timer::EnterRetry(id) => self.enter_retry(cx, id),
                Timer::Greet(device) => self.greet(cx, device),
                Timer::Recall => self.recall_all(cx),
                Timer::Given(guild, device) => self.distrust(guild, device),
                Timer::Overheard(guild, device) => self.make_up(cx, guild, device),
                Timer::Tell(guild) => self.tell_holdings(cx, guild),
                Timer::Kept(guild) => self.tell_kept(cx, guild),
                Timer::Nearby => self.tell_nearby(cx),
                Timer::Knocks => self.end_knocks(cx),
                Timer::Search => self.search.ripen(),
                // What is over by the clock is noted at the end of every call.
                Timer::End(_) => {}
                Timer::Wake(guild) => {
                    if let Some(guild) = self.guilds.get_mut(&guild) {
                        guild.wake(cx)?;
                    }
                }
                Timer::Keys(guild) => {
                    // What is due is asked for at the end of this call.
                    let shares = self.sessions.values().filter_map(|session| session.shared.get(&guild));
                    let waits = shares.flat_map(|share| share.keyless.values().map(|lack| lack.until_ms));
                    let next = waits.filter(|until| *until > cx.now.mono_ms).min();
                    self.advance(next, Timer::Keys(guild));
                }
            }
        }
        Ok(())
    }

    /// Sets a timer unless one of its kind is set already.
    pub(crate) fn set(&mut self, at_ms: u64, timer: Timer) {
        if !self.timers.iter().any(|(_, set)| *set == timer) {
            self.timers.insert((at_ms, timer));
        }
    }

    /// Sets a timer no later than this; `None`: there is nothing to wait for.
    pub(crate) fn advance(&mut self, at_ms: Option<u64>, timer: Timer) {
        let set = self.timers.iter().find(|(_, other)| *other == timer).copied();
        if set.is_some_and(|(at, _)| at_ms.is_none_or(|new| new < at)) {
            self.timers.retain(|(_, other)| *other != timer);
        }
        if let Some(at_ms) = at_ms {
            self.set(at_ms, timer);
        }
    }

    /// Ends a call: folds what came, sends what waited for a key, asks peers for what is missing, tells the user.
    fn finish(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        let mut members_changed = false;
        let ids: Vec<GuildId> = self.guilds.keys().copied().collect();
        self.send_pending(cx)?;
        self.give_owed_roles(cx)?;
        for id in &ids {
            let Some(guild) = self.guilds.get_mut(id) else { continue };
            // What opening a damaged store left over waits until it can be written.
            if !self.read_only {
                guild.take_woken(cx)?;
                guild.forget(cx)?;
            }
            let changed = guild.finish(cx)?;
            members_changed |= changed;
            let next_end = [guild.next_end, guild.forget_at].into_iter().flatten().min();
            if !guild.rekeyed.is_empty() {
                guild.tune(cx);
            }
            if std::mem::take(&mut guild.unbarred) {
                let shares = self.sessions.values_mut().filter_map(|session| session.shared.get_mut(id));
                shares.for_each(|share| share.lacks.clear());
            }
            let grown = guild.holders.has_grown();
            let rekeyed = std::mem::take(&mut guild.rekeyed);
            let parked_until = guild.parking.next_time();
            if grown || changed {
                // Who is to be told may be known only now.
                self.tell_soon(cx, *id);
            }
            // The clock may be set meanwhile.
            let end = next_end.map(|end| cx.now.mono_ms + end.saturating_sub(cx.now.wall_ms).clamp(1, CLOCK_MS));
            self.advance(end, Timer::End(*id));
            if !rekeyed.is_empty() {
                self.timers.retain(|(_, timer)| *timer != Timer::Compare(*id));
                self.set(cx.now.mono_ms + REKEYED_MS, Timer::Compare(*id));
                for minter in rekeyed {
                    self.set(cx.now.mono_ms + REKEYED_MS, Timer::Overheard(*id, minter));
                }
            }
            if let Some(hlc) = parked_until {
                let wait = hlc.ms().saturating_sub(crate::model::Hlc::AHEAD_MS).saturating_sub(cx.now.wall_ms);
                let told = !self.clock_told.insert(*id);
                self.set(cx.now.mono_ms + wait.clamp(1, 60_000), Timer::Wake(*id));
                if !told {
                    cx.out.push(Effect::Event(Event::Warning {
                        kind: "clock",
                        message: "Another member's clock is more than five minutes ahead of this one; what they write is shown when its time comes. Check the clock of both devices.".to_owned(),
                    }));
                }
            }
        }
        if members_changed {
            self.members_changed(cx);
        }
        for id in &ids {
            self.kept_soon(cx, *id);
        }
        self.joins_done(cx);
        self.entries_done(cx);
        self.pump(cx)?;
        for id in ids {
            self.report(cx, id);
        }
        if !self.read_only {
            if members_changed {
                self.search.retry(cx)?;
            }
            let next = self.search.tend(cx, &self.guilds)?;
            self.advance(next.map(|wait| cx.now.mono_ms + wait), Timer::Search);
        }
        Ok(())
    }

    /// Grants the roles that my invites promised to guests who have come.
    fn give_owed_roles(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if self.read_only {
            return Ok(());
        }
        for guild in self.guilds.values_mut().filter(|guild| guild.has_news() && guild.is_member(&cx.me.user)) {
            guild.refresh();
            for (user, role) in guild.owed_roles(&cx.me.user) {
                guild.give(cx, user, role)?;
            }
        }
        Ok(())
    }

    /// Sends what can be sent now; where there is no epoch to send on, one is minted after a random delay, so that
    /// twenty members do not mint at once.
    fn send_pending(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.guilds.values_mut().for_each(Guild::refresh);
        let mut waiting = Vec::new();
        let mut posts = std::mem::take(&mut self.pending).into_iter();
        while let Some(post) = posts.next() {
            let guild = self.guilds.get_mut(&post.guild);
            let Some(guild) = guild.filter(|guild| guild.reads(&cx.me.user, post.audience)) else {
                cx.out.push(Effect::Done(post.command, Err(crate::command::not_member())));
                continue;
            };
            match guild.post(cx, post.audience, &post.says) {
                Ok(Some(id)) => cx.out.push(Effect::Done(post.command, Ok(crate::command::said(&post.says, id)))),
                Ok(None) => waiting.push(post),
                Err(error) => {
                    self.pending = waiting.into_iter().chain([post]).chain(posts).collect();
                    return Err(error);
                }
            }
        }
        let mut bytes = [0; 2];
        for post in &waiting {
            cx.rng.fill_bytes(&mut bytes);
            let delay = 50 + u64::from(u16::from_be_bytes(bytes)) % 350;
            self.set(cx.now.mono_ms + delay, Timer::Mint(post.guild));
        }
        self.pending = waiting;
        Ok(())
    }

    fn mint_for_pending(&mut self, cx: &mut Cx<'_>, id: GuildId) -> Result<(), Damaged> {
        let Some(guild) = self.guilds.get_mut(&id) else { return Ok(()) };
        let waiting = self.pending.iter().filter(|post| post.guild == id);
        let wanted: BTreeSet<Audience> = waiting.map(|post| post.audience).collect();
        for audience in wanted {
            if guild.reads(&cx.me.user, audience) {
                guild.ready_to_send(cx, audience)?;
            }
        }
        Ok(())
    }

    pub(crate) fn refuse(cx: &mut Cx<'_>, id: u64, why: impl Into<CommandError>) {
        cx.out.push(Effect::Done(id, Err(why.into())));
    }
}

/// How an input is answered by a core that can do nothing more.
pub(crate) fn refusal(input: &Input) -> Option<Effect> {
    match input {
        Input::Command(id, _) => Some(broken(*id)),
        Input::Gossip { token, .. } => Some(Effect::Judge(*token, Verdict::Ignore)),
        Input::Request { token, .. } => Some(Effect::Respond(*token, Response::Refused.to_bytes())),
        _ => None,
    }
}

fn broken(command: u64) -> Effect {
    Effect::Done(command, Err(crate::command::damaged(Damaged)))
}
