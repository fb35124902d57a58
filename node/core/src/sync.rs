//! Catching up: who shares which guild, where two sets of logs differ, and fetching what is missing.
//!
//! ```text
//!  connect ─▶ Hello (tags) ─▶ Frontier of the law ─▶ control ranges, oldest first ─▶ keys
//!                                                  └▶ Frontier of the content ─▶ newest 100 of each log ─▶ gaps
//! ```
//!
//! Everything is pulled, everything is idempotent, and what is missing is always derived from the logs themselves: a
//! connection that breaks at any point costs at most the answers under way.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Bounded, Context, DeviceId, EpochId, canonical, hash};

use crate::{
    guild::{Guild, Taken},
    io::{Effect, Event, Phase},
    me::Cx,
    model::{GuildId, OpId},
    op::{Audience, BadEntry, Entry, Proved},
    session::{Job, RangeJob, Session, Share, Stage, WINDOW, Want, tag_place},
    state::{State, Timer},
    table::Damaged,
    wire::{Head, MAX_FRONTIER, MAX_RANGE, MAX_RESPONSE, Request, Response, Shared},
};

/// How many of a log's newest ops are fetched before anything older.
const RECENT: u64 = 100;
/// Tags in a hello, at most, in all and for one guild.
const MAX_TAGS: usize = 256;
const TAGS_A_GUILD: usize = 8;
/// Epochs by which a peer's tag is recognised.
const RECOGNISED: usize = 64;
/// Logs above which frontiers are compared by 256 fingerprints instead of being listed.
const MANY: usize = 64;
/// Time between comparisons with some peer while there is traffic, and while there is none.
const BUSY_MS: u64 = 3_000;
const IDLE_MS: u64 = 30_000;
/// Least time between two progress reports.
const REPORT_MS: u64 = 250;

/// What was last reported of catching up.
#[derive(Debug)]
pub(crate) struct Progress {
    phase: Phase,
    at_ms: u64,
    said: (u64, u64),
}

impl State {
    // ── peers come and go ─────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn connected(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        self.sessions.entry(device).or_insert_with(|| Session::new(cx.now.mono_ms));
        self.greet(cx, device);
        self.knock(cx, device);
        self.recall(cx, device);
    }

    pub(crate) fn disconnected(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        self.sessions.remove(&device);
        self.inflight.retain(|_, (to, _)| *to != device);
        self.timers.retain(|(_, timer)| *timer != Timer::Greet(device));
        self.host_gone(device);
        for id in self.guilds.keys().copied().collect::<Vec<_>>() {
            self.distrust(id, device);
        }
        self.presence(cx);
    }

    /// Asks a peer which guilds we share.
    pub(crate) fn greet(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        if !self.sessions.contains_key(&device) {
            return;
        }
        let place = tag_place(cx.me.device, device);
        let (mut tags, mut named) = (Vec::new(), Vec::new());
        for guild in self.guilds.values() {
            for (epoch, secret) in guild.keys.shown_to(&device, TAGS_A_GUILD) {
                if tags.len() < MAX_TAGS {
                    tags.push(secret.tag(&place).into());
                    named.push((guild.id, epoch));
                }
            }
        }
        if let (false, Ok(tags)) = (tags.is_empty(), Bounded::try_from(tags)) {
            self.ask(cx, device, Job::Hello(named), &Request::Hello(tags));
        }
    }

    pub(crate) fn greet_all(&mut self, cx: &mut Cx<'_>) {
        for device in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.greet(cx, device);
        }
    }

    /// After a change of members: whose connections to keep, who is online, what is shared with whom.
    pub(crate) fn members_changed(&mut self, cx: &mut Cx<'_>) {
        let mine = self.guilds.values().filter(|guild| guild.is_member(&cx.me.user));
        let mut keep: BTreeSet<DeviceId> = mine.flat_map(Guild::devices).collect();
        keep.extend(self.joins.values().flat_map(|joining| joining.hosts.iter().copied()));
        keep.remove(&cx.me.device);
        if keep != self.keep {
            let gone: BTreeSet<DeviceId> = self.keep.difference(&keep).copied().collect();
            cx.out.push(Effect::Keep(keep.clone()));
            if !gone.is_empty() {
                cx.out.push(Effect::Drop(gone));
            }
            self.keep = keep;
        }
        self.note_guilds(cx);
        for (device, session) in &mut self.sessions {
            let guilds = &self.guilds;
            session.shared.retain(|id, share| {
                guilds
                    .get(id)
                    .is_some_and(|guild| guild.is_member(&cx.me.user) && may(guild, share, device, Audience::Control))
                    || guilds.get(id).is_some_and(|guild| !guild.is_member(&cx.me.user))
            });
        }
        self.presence(cx);
    }

    /// Tells whose devices became reachable or ceased to be.
    pub(crate) fn presence(&mut self, cx: &mut Cx<'_>) {
        let members = |device: &DeviceId| self.guilds.values().find_map(|guild| guild.member_of(device));
        let online: BTreeSet<DeviceId> = self.sessions.keys().filter(|d| members(d).is_some()).copied().collect();
        for device in online.symmetric_difference(&self.online) {
            let owner = self.guilds.values().find_map(|guild| guild.dag.user_of(device));
            if let Some(user) = owner {
                let event = Event::Presence { user, device: *device, online: online.contains(device) };
                cx.out.push(Effect::Event(event));
            }
        }
        self.online = online;
    }

    // ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn ask(&mut self, cx: &mut Cx<'_>, to: DeviceId, job: Job, request: &Request) {
        let Some(session) = self.sessions.get_mut(&to) else { return };
        session.inflight += 1;
        let id = self.next_request;
        self.next_request += 1;
        self.inflight.insert(id, (to, job));
        cx.out.push(Effect::Request { to, id, bytes: request.to_bytes() });
    }

    /// Compares frontiers with one peer chosen at random.
    pub(crate) fn compare(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        let idle = |session: &Session| session.shared.get(&id).is_some_and(|share| share.stage == Stage::Idle);
        let peers: Vec<DeviceId> = self.sessions.iter().filter(|(_, s)| idle(s)).map(|(d, _)| *d).collect();
        if !peers.is_empty() {
            let mut bytes = [0; 8];
            cx.rng.fill_bytes(&mut bytes);
            let chosen = usize::try_from(u64::from_be_bytes(bytes) % peers.len() as u64).unwrap_or(0);
            self.compare_with(id, peers[chosen]);
        }
        self.greet_unshared(cx, id);
        let busy = self.guilds.get(&id).is_some_and(|guild| guild.busy(cx.now.wall_ms));
        let mut bytes = [0; 2];
        cx.rng.fill_bytes(&mut bytes);
        let base = if busy { BUSY_MS } else { IDLE_MS };
        let jitter = u64::from(u16::from_be_bytes(bytes)) % (base / 2);
        self.set(cx.now.mono_ms + base + jitter, Timer::Compare(id));
    }

    /// Greets peers that may have come to share a guild since they were greeted last: those known as members, and one
    /// other, since it may be us who do not know yet.
    fn greet_unshared(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        let Some(guild) = self.guilds.get(&id) else { return };
        let unshared = self.sessions.iter().filter(|(_, s)| !s.shared.contains_key(&id)).map(|(d, _)| *d);
        let (mut greeted, others): (Vec<_>, Vec<_>) = unshared.partition(|device| guild.member_of(device).is_some());
        if !others.is_empty() {
            let mut bytes = [0; 8];
            cx.rng.fill_bytes(&mut bytes);
            greeted.push(others[usize::try_from(u64::from_be_bytes(bytes) % others.len() as u64).unwrap_or(0)]);
        }
        for device in greeted {
            self.greet(cx, device);
        }
    }

    /// Compares frontiers with a peer.
    pub(crate) fn compare_with(&mut self, id: GuildId, device: DeviceId) {
        if let Some(share) = self.sessions.get_mut(&device).and_then(|s| s.shared.get_mut(&id))
            && share.stage == Stage::Idle
        {
            share.stage = Stage::Law;
            share.fine = false;
            share.empty = 0;
            share.lacks.clear();
        }
    }

    /// Sends as many requests as windows allow, the law first, then keys, the newest content, gaps.
    pub(crate) fn pump(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if self.read_only {
            return Ok(());
        }
        let mut busy: BTreeSet<(GuildId, Audience, crate::model::LogId, u64)> = BTreeSet::new();
        let mut keys_asked: BTreeSet<EpochId> = BTreeSet::new();
        let mut comparing: BTreeSet<(DeviceId, GuildId, Audience)> = BTreeSet::new();
        for (to, job) in self.inflight.values() {
            match job {
                Job::Range(range) => {
                    busy.insert((range.guild, range.audience, range.log, range.to));
                }
                Job::Keys(_, epochs) => keys_asked.extend(epochs),
                Job::Frontier(guild, audience) => {
                    comparing.insert((*to, *guild, *audience));
                }
                Job::Evidence(guild, log) => {
                    busy.insert((*guild, Audience::Guild, *log, u64::MAX));
                }
                _ => {}
            }
        }
        for device in self.sessions.keys().copied().collect::<Vec<_>>() {
            let shared: Vec<GuildId> =
                self.sessions.get(&device).map(|s| s.shared.keys().copied().collect()).unwrap_or_default();
            for id in shared {
                while let Some(session) = self.sessions.get_mut(&device).filter(|s| s.inflight < WINDOW) {
                    let (Some(share), Some(guild)) = (session.shared.get_mut(&id), self.guilds.get(&id)) else { break };
                    let next = next_job(guild, share, cx, device, (&busy, &keys_asked, &comparing))?;
                    let Some((job, request)) = next else { break };
                    match &job {
                        Job::Range(range) => {
                            busy.insert((id, range.audience, range.log, range.to));
                        }
                        Job::Keys(_, epochs) => keys_asked.extend(epochs),
                        Job::Frontier(_, audience) => {
                            comparing.insert((device, id, *audience));
                        }
                        Job::Evidence(_, log) => {
                            busy.insert((id, Audience::Guild, *log, u64::MAX));
                        }
                        _ => {}
                    }
                    self.ask(cx, device, job, &request);
                }
            }
        }
        Ok(())
    }

    // ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn response(
        &mut self,
        cx: &mut Cx<'_>,
        id: u64,
        from: DeviceId,
        bytes: Option<&[u8]>,
    ) -> Result<(), Damaged> {
        let Some((to, job)) = self.inflight.remove(&id) else { return Ok(()) };
        if to != from {
            return Ok(());
        }
        if let Some(session) = self.sessions.get_mut(&from) {
            session.inflight = session.inflight.saturating_sub(1);
        }
        let response = bytes.and_then(Response::from_bytes);
        match (job, response) {
            (Job::Hello(named), Some(Response::Hello(shared))) => self.greeted(cx, from, &named, &shared),
            (Job::Hello(_), _) => self.set(cx.now.mono_ms + 1_000, Timer::Greet(from)),
            (Job::Frontier(guild, audience), response) => self.compared(cx, from, guild, audience, response)?,
            (Job::Range(range), response) => self.fetched(cx, from, range, response)?,
            (Job::Keys(guild, asked), response) => {
                let keys = match response {
                    Some(Response::Keys(keys)) => keys.into_vec(),
                    _ => Vec::new(),
                };
                self.keyed(cx, from, guild, asked, keys)?;
            }
            (Job::Evidence(id, log), response) => {
                let answered = response.is_some();
                let mut proved = false;
                // Of the log that was asked for: a device may write more logs than we want to know of.
                if let (Some(Response::Evidence(Some(evidence))), Some(guild)) = (response, self.guilds.get_mut(&id))
                    && evidence.a.header.log == log
                {
                    proved = guild.accuse(cx, &evidence)? != Taken::Bad;
                }
                if let Some(share) = self.share(from, id) {
                    share.wants.retain(|(audience, other, _), _| (*audience, *other) != (Audience::Guild, log));
                    if answered && !proved {
                        share.disappoint();
                    }
                }
            }
            (Job::Knock(join), response) => {
                let tag = match response {
                    Some(Response::Knock(tag)) => tag.map(|tag| *tag),
                    _ => None,
                };
                self.knocked(cx, from, join, tag);
            }
            (Job::Join(join), response) => self.answered(cx, from, join, response)?,
            (Job::Recall(asked), Some(Response::Recall(recalled))) => {
                self.recalled(cx, from, &asked, recalled.into_vec())?;
            }
            (Job::Recall(_), _) => {}
        }
        Ok(())
    }

    fn share(&mut self, device: DeviceId, guild: GuildId) -> Option<&mut Share> {
        self.sessions.get_mut(&device)?.shared.get_mut(&guild)
    }

    fn greeted(&mut self, cx: &mut Cx<'_>, from: DeviceId, named: &[(GuildId, EpochId)], shared: &[Shared]) {
        let place = tag_place(from, cx.me.device);
        for answer in shared {
            let Some((id, epoch)) = named.get(usize::from(answer.index)) else { continue };
            let Some(guild) = self.guilds.get(id) else { continue };
            let known = guild.keys.shown_to(&from, RECOGNISED).into_iter().find(|(held, _)| held == epoch);
            if known.is_none_or(|(_, secret)| secret.tag(&place) != answer.tag) {
                continue;
            }
            let same = (print(&guild.heads_of(Audience::Control)), print(&guild.heads_of(Audience::Guild)))
                == (answer.control, answer.content);
            let Some(session) = self.sessions.get_mut(&from) else { return };
            let share = session.shared.entry(*id).or_default();
            share.proof = Some(*epoch);
            share.stage = if same { Stage::Idle } else { Stage::Law };
            share.empty = 0;
            share.lacks.clear();
            share.keyless.clear();
            self.set(cx.now.mono_ms + BUSY_MS, Timer::Compare(*id));
        }
        self.presence(cx);
    }

    fn compared(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        id: GuildId,
        audience: Audience,
        response: Option<Response>,
    ) -> Result<(), Damaged> {
        let heads = match response {
            Some(Response::Frontier(heads)) => heads.into_vec(),
            Some(Response::Split) => {
                if let Some(share) = self.share(from, id) {
                    // Whoever splits what is split already is not to be followed.
                    if std::mem::replace(&mut share.fine, true) {
                        share.stage = Stage::Idle;
                    }
                }
                return Ok(());
            }
            _ => {
                // Refused or failed: the next comparison or connection tries again.
                if let Some(share) = self.share(from, id) {
                    share.stage = Stage::Idle;
                }
                return Ok(());
            }
        };
        let Some(guild) = self.guilds.get(&id) else { return Ok(()) };
        let mut wants = Vec::new();
        for head in heads.into_iter().filter(|head| head.seq < u64::from(u32::MAX)) {
            if wanted(guild, cx, audience, &head)? {
                wants.push(head);
            }
        }
        let Some(share) = self.share(from, id) else { return Ok(()) };
        share.wants.retain(|(of, _, _), _| *of != audience);
        for head in wants {
            let want = Want { seq: head.seq, cursor: 0, below: None, restarted: false };
            share.wants.insert((audience, head.log, head.id), want);
        }
        share.fine = false;
        share.stage = if audience == Audience::Control { Stage::Fetch } else { Stage::Idle };
        Ok(())
    }

    fn fetched(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        job: RangeJob,
        response: Option<Response>,
    ) -> Result<(), Damaged> {
        let answered = response.is_some();
        let entries = match response {
            Some(Response::Range(entries)) => entries.into_vec(),
            _ => Vec::new(),
        };
        let proved = if entries.is_empty() { None } else { prove(&job, entries).ok() };
        let Some(proved) = proved else {
            if let Some(share) = self.share(from, job.guild) {
                let named = job.want.is_some_and(|want| share.wants.remove(&(job.audience, job.log, want)).is_some());
                share.lacks.insert((job.log, job.to));
                if named && answered {
                    share.disappoint();
                }
            }
            return Ok(());
        };
        let Some(guild) = self.guilds.get_mut(&job.guild) else { return Ok(()) };
        let last = proved.last().map_or(job.to, |op| op.entry.header.seq);
        let (mut refused, mut strayed, mut below) = (false, false, None);
        for (i, op) in proved.into_iter().enumerate() {
            let (seq, prev) = (op.entry.header.seq, op.entry.header.prev);
            match guild.take(cx, op)? {
                Taken::Bad => refused = true,
                Taken::Parked if job.audience == Audience::Control && i == 0 && seq > 0 => {
                    strayed = guild.dag.find(&prev).is_none();
                }
                Taken::Strayed => {
                    // Of another branch than ours: where the two parted is further down, and that proves the fork.
                    below = seq.checked_sub(1).filter(|_| i == 0).map(|seq| (seq, prev));
                    break;
                }
                _ => {}
            }
        }
        guild.refresh();
        let reached = match job.audience {
            Audience::Control => guild.dag.find(&job.head).is_some(),
            _ => guild.content.get(&job.log).is_some_and(|log| log.have.contains(job.to) || log.cut.is_some()),
        };
        let Some(share) = self.share(from, job.guild) else { return Ok(()) };
        let key = (job.audience, job.log, job.want.unwrap_or(job.head));
        if below.is_some() && !refused {
            let want = share.wants.entry(key).or_insert(Want { seq: job.to, cursor: 0, below, restarted: false });
            want.below = below;
            return Ok(());
        }
        match share.wants.get_mut(&key) {
            Some(want) if strayed && !want.restarted && !refused => {
                *want = Want { cursor: 0, restarted: true, ..*want };
            }
            Some(want) if job.audience == Audience::Control && !reached && !refused && last < want.seq => {
                want.cursor = last + 1;
            }
            _ => {
                share.wants.remove(&key);
            }
        }
        if refused || (!reached && job.audience != Audience::Control) {
            share.lacks.insert((job.log, job.to));
        }
        Ok(())
    }

    fn keyed(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        id: GuildId,
        asked: Vec<EpochId>,
        keys: Vec<(EpochId, bivouac_crypto::Blob<{ crate::wire::MAX_WRAP }>)>,
    ) -> Result<(), Damaged> {
        let Some(guild) = self.guilds.get_mut(&id) else { return Ok(()) };
        for (epoch, wrapped) in keys {
            if asked.contains(&epoch)
                && let Some(secret) = cx.me.unwrap(id, epoch, &wrapped)
            {
                guild.offer_secret(cx, epoch, secret)?;
            }
        }
        let still: Vec<EpochId> = asked.into_iter().filter(|epoch| guild.keys.secret(epoch).is_none()).collect();
        if !still.is_empty() {
            if let Some(share) = self.share(from, id) {
                share.keyless.extend(still);
            }
            self.set(cx.now.mono_ms + BUSY_MS, Timer::Keys(id));
        }
        Ok(())
    }

    // ── serving ───────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn serve(&mut self, cx: &mut Cx<'_>, from: DeviceId, bytes: &[u8]) -> Result<Response, Damaged> {
        let Some(session) = self.sessions.get_mut(&from) else { return Ok(Response::Refused) };
        if !session.bucket.take(cx.now.mono_ms) {
            return Ok(Response::Refused);
        }
        let Some(request) = Request::from_bytes(bytes) else { return Ok(Response::Refused) };
        match request {
            Request::Hello(tags) => Ok(self.serve_hello(cx, from, &tags)),
            Request::Knock(tag) => Ok(Response::Knock(self.recognise_invite(cx, from, &tag).map(Into::into))),
            Request::Join { key, guest, proof } => self.admit(cx, from, &key, guest, proof),
            Request::Recall(tags) => Ok(self.serve_recall(cx, from, &tags)),
            Request::Frontier { guild, audience, prints } => Ok(self
                .readable(from, guild, audience)
                .map_or(Response::Refused, |guild| serve_frontier(guild, audience, &prints))),
            Request::Range { guild, audience, log, head, from: first, to } => {
                match self.readable(from, guild, audience) {
                    None => Ok(Response::Refused),
                    Some(guild) => serve_range(guild, cx, audience, log, head, first, to),
                }
            }
            Request::Keys { guild, epochs } => {
                let Some(guild) = self.readable(from, guild, Audience::Guild) else { return Ok(Response::Refused) };
                let Some(user) = guild.member_of(&from) else { return Ok(Response::Refused) };
                let keys: Vec<_> =
                    epochs.iter().filter_map(|epoch| Some((*epoch, guild.wrap_for(cx, *epoch, &user)?))).collect();
                Ok(Response::Keys(Bounded::try_from(keys).unwrap_or_default()))
            }
            Request::Evidence { guild, audience, log } => Ok(self
                .readable(from, guild, audience)
                .map_or(Response::Refused, |guild| Response::Evidence(guild.evidence(&log)))),
        }
    }

    fn readable(&self, device: DeviceId, id: GuildId, audience: Audience) -> Option<&Guild> {
        let guild = self.guilds.get(&id)?;
        let share = self.sessions.get(&device).and_then(|s| s.shared.get(&id));
        let nobody = Share::default();
        may(guild, share.unwrap_or(&nobody), &device, audience).then_some(guild)
    }

    fn serve_hello(&mut self, cx: &mut Cx<'_>, from: DeviceId, tags: &[minicbor::bytes::ByteArray<16>]) -> Response {
        let (theirs, mine) = (tag_place(from, cx.me.device), tag_place(cx.me.device, from));
        let mut known = BTreeMap::new();
        for guild in self.guilds.values() {
            for (epoch, secret) in guild.keys.newest(RECOGNISED) {
                known.insert(secret.tag(&theirs), (guild.id, epoch, secret.tag(&mine)));
            }
        }
        let mut answers: Vec<Shared> = Vec::new();
        let mut named = BTreeSet::new();
        for (index, tag) in tags.iter().enumerate() {
            let Some((id, epoch, tag)) = known.get(&**tag) else { continue };
            let Some(guild) = self.guilds.get(id) else { continue };
            let usable = guild.keys.usable(&guild.dag, &guild.settled, epoch);
            if named.contains(id) || !(usable || guild.member_of(&from).is_some()) {
                continue;
            }
            named.insert(*id);
            if let Some(session) = self.sessions.get_mut(&from) {
                let fresh = !session.shared.contains_key(id);
                let share = session.shared.entry(*id).or_default();
                if share.proof.is_none() || usable {
                    share.proof = Some(*epoch);
                }
                if fresh {
                    share.stage = Stage::Law;
                }
            }
            answers.push(Shared {
                index: u8::try_from(index).unwrap_or(u8::MAX),
                tag: *tag,
                control: print(&guild.heads_of(Audience::Control)),
                content: print(&guild.heads_of(Audience::Guild)),
            });
        }
        for id in named {
            self.set(cx.now.mono_ms + BUSY_MS, Timer::Compare(id));
        }
        Response::Hello(Bounded::try_from(answers).unwrap_or_default())
    }

    // ── progress ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// Reports catching up: at most four times a second, and at the end of each phase with `have` equal to `want`.
    pub(crate) fn report(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        let Some(guild) = self.guilds.get(&id) else { return };
        let (mut law, mut recent) = (0u64, 0u64);
        let mut counted = BTreeSet::new();
        for share in self.sessions.values().filter_map(|s| s.shared.get(&id)) {
            for ((audience, log, head), want) in &share.wants {
                if !counted.insert((*audience, *log, *head)) {
                    continue;
                }
                match audience {
                    Audience::Control => {
                        let have = guild.control_last(log).map_or(0, |last| last + 1);
                        law = law.saturating_add(want.seq.saturating_add(1).saturating_sub(have));
                    }
                    _ => {
                        let have = guild.content.get(log).and_then(|l| l.head).map_or(0, |(seq, _)| seq + 1);
                        recent += want.seq.saturating_add(1).saturating_sub(have).min(RECENT);
                    }
                }
            }
        }
        let content: u64 = guild.ops() - guild.dag.len() as u64;
        let reachable = self.sessions.values().any(|s| s.shared.contains_key(&id));
        let holes = if reachable { guild.holes() } else { 0 };
        let now = match (law, recent, holes) {
            (1.., _, _) => Some((Phase::Law, guild.dag.len() as u64, law.saturating_add(guild.dag.len() as u64))),
            (0, 1.., _) => Some((Phase::Recent, content, content + recent)),
            (0, 0, 1..) => Some((Phase::History, content, content + holes)),
            _ => None,
        };
        let mut say = |phase, have, want| {
            cx.out.push(Effect::Event(Event::SyncProgress { guild: id, phase, have, want }));
        };
        let was = self.progress.get(&id).map(|p| (p.phase, p.at_ms, p.said));
        if let Some((phase, _, _)) = was
            && now.is_none_or(|(other, _, _)| other != phase)
        {
            let whole = if phase == Phase::Law { guild.dag.len() as u64 } else { content };
            say(phase, whole, whole);
        }
        match now {
            None => {
                self.progress.remove(&id);
            }
            Some((phase, have, want)) => {
                let due = was.is_none_or(|(other, at, said)| {
                    other != phase || (cx.now.mono_ms >= at + REPORT_MS && said != (have, want))
                });
                if due {
                    say(phase, have, want);
                    let progress = Progress { phase, at_ms: cx.now.mono_ms, said: (have, want) };
                    self.progress.insert(id, progress);
                }
            }
        }
    }
}

/// Whether a peer may read an audience: a member's device may read all of it; who proves to hold a key that is still
/// good reads the law, which tells whether they are a member.
fn may(guild: &Guild, share: &Share, device: &DeviceId, audience: Audience) -> bool {
    let holder = || share.proof.is_some_and(|epoch| guild.keys.usable(&guild.dag, &guild.settled, &epoch));
    match audience {
        Audience::Channel(_) => false,
        _ if guild.member_of(device).is_some() => true,
        Audience::Control => holder(),
        Audience::Guild => false,
    }
}

type Asked<'a> = (
    &'a BTreeSet<(GuildId, Audience, crate::model::LogId, u64)>,
    &'a BTreeSet<EpochId>,
    &'a BTreeSet<(DeviceId, GuildId, Audience)>,
);

/// The next thing to ask a peer about a guild.
fn next_job(
    guild: &Guild,
    share: &mut Share,
    cx: &Cx<'_>,
    device: DeviceId,
    (busy, keys_asked, comparing): Asked<'_>,
) -> Result<Option<(Job, Request)>, Damaged> {
    let frontier = |audience, fine| {
        let prints = prints(&guild.heads_of(audience), fine);
        let request = Request::Frontier { guild: guild.id, audience, prints };
        (Job::Frontier(guild.id, audience), request)
    };
    let range = |job: RangeJob| {
        let RangeJob { guild, audience, log, head, from, to, .. } = job;
        (Job::Range(job), Request::Range { guild, audience, log, head, from, to })
    };
    let is_comparing = |audience| comparing.contains(&(device, guild.id, audience));
    match share.stage {
        Stage::Law if is_comparing(Audience::Control) => return Ok(None),
        Stage::Law => return Ok(Some(frontier(Audience::Control, share.fine))),
        Stage::Content if is_comparing(Audience::Guild) => return Ok(None),
        Stage::Content if guild.member_of(&device).is_some() || guild.dag.is_empty() => {
            return Ok(Some(frontier(Audience::Guild, share.fine)));
        }
        Stage::Content => share.stage = Stage::Idle,
        Stage::Fetch | Stage::Idle => {}
    }
    // The law, oldest first.
    let mut fetching = false;
    let mut found = None;
    share.wants.retain(|(audience, log, head), want| {
        if *audience != Audience::Control {
            return true;
        }
        if guild.dag.find(head).is_some() {
            return false;
        }
        let known = if want.restarted { 0 } else { guild.control_last(log).map_or(0, |last| last + 1).min(want.seq) };
        let from = want.cursor.max(known);
        if from > want.seq {
            return false;
        }
        fetching = true;
        let to = want.seq.min(from + MAX_RANGE as u64 - 1);
        if found.is_none() && !busy.contains(&(guild.id, Audience::Control, *log, to)) {
            let job = RangeJob {
                guild: guild.id,
                audience: *audience,
                log: *log,
                head: *head,
                want: Some(*head),
                from,
                to,
                chained: false,
            };
            found = Some(job);
        }
        true
    });
    if let Some(job) = found {
        return Ok(Some(range(job)));
    }
    if fetching {
        return Ok(None);
    }
    if share.stage == Stage::Fetch {
        share.stage = Stage::Content;
        return next_job(guild, share, cx, device, (busy, keys_asked, comparing));
    }
    // Keys.
    if guild.member_of(&device).is_some() {
        let missing: Vec<EpochId> = guild
            .keys
            .missing()
            .into_iter()
            .filter(|epoch| !keys_asked.contains(epoch) && !share.keyless.contains(epoch))
            .take(16)
            .collect();
        if let (false, Ok(epochs)) = (missing.is_empty(), Bounded::try_from(missing.clone())) {
            return Ok(Some((Job::Keys(guild.id, missing), Request::Keys { guild: guild.id, epochs })));
        }
    }
    // The newest content.
    let mut wanted = None;
    let mut evidence = None;
    share.wants.retain(|(audience, log, head), want| {
        if *audience != Audience::Guild {
            return true;
        }
        let mine = guild.content.get(log);
        if head.0 == [0; 32] {
            let known = mine.and_then(|l| l.cut.as_ref()).is_some_and(|(seq, _)| *seq <= want.seq);
            if !known && !busy.contains(&(guild.id, *audience, *log, u64::MAX)) {
                evidence = Some(*log);
            }
            return !known;
        }
        if mine.is_some_and(|l| {
            l.cut.is_some() || (l.have.contains(want.seq) && l.head.is_some_and(|(_, id)| id == *head))
        }) {
            return false;
        }
        if wanted.is_none() && !busy.contains(&(guild.id, *audience, *log, want.below.map_or(want.seq, |(to, _)| to))) {
            let known = mine.and_then(|l| l.head).map_or(0, |(seq, _)| seq + 1);
            let (to, id) = want.below.unwrap_or((want.seq, *head));
            let room = if known > to { MAX_RANGE as u64 } else { RECENT };
            let from = to.saturating_sub(room - 1).max(if known > to { 0 } else { known });
            let job = RangeJob {
                guild: guild.id,
                audience: *audience,
                log: *log,
                head: id,
                want: Some(*head),
                from,
                to,
                chained: want.below.is_some(),
            };
            wanted = Some(job);
        }
        true
    });
    if let Some(log) = evidence {
        let request = Request::Evidence { guild: guild.id, audience: Audience::Guild, log };
        return Ok(Some((Job::Evidence(guild.id, log), request)));
    }
    if let Some(job) = wanted {
        return Ok(Some(range(job)));
    }
    if share.wants.keys().any(|(audience, _, _)| *audience == Audience::Guild) || guild.member_of(&device).is_none() {
        return Ok(None);
    }
    // Gaps, each from its upper end: the op above names its predecessor, so no signature is needed.
    for id in &guild.gaps {
        let Some(log) = guild.content.get(id) else { continue };
        let Some(mut top) = log.end().checked_sub(1) else { continue };
        while let Some((first, last)) = log.have.highest_gap(top) {
            if !busy.contains(&(guild.id, Audience::Guild, *id, last)) && !share.lacks.contains(&(*id, last)) {
                let Ok(Some(prev)) = log.prev_of(&cx.tx, last + 1) else {
                    break;
                };
                let job = RangeJob {
                    guild: guild.id,
                    audience: Audience::Guild,
                    log: *id,
                    head: prev,
                    want: None,
                    from: first,
                    to: last,
                    chained: true,
                };
                return Ok(Some(range(job)));
            }
            match first.checked_sub(1) {
                Some(below) => top = below,
                None => break,
            }
        }
    }
    Ok(None)
}

/// Whether a peer's head is something we lack.
fn wanted(guild: &Guild, cx: &Cx<'_>, audience: Audience, head: &Head) -> Result<bool, Damaged> {
    if audience == Audience::Control {
        return Ok(guild.dag.find(&head.id).is_none());
    }
    if guild.dag.user_of(&head.log.device).is_none() {
        return Ok(false);
    }
    let Some(log) = guild.content.get(&head.log) else { return Ok(true) };
    if let Some((cut, _)) = &log.cut {
        return Ok(head.id.0 == [0; 32] && head.seq < *cut);
    }
    if head.id.0 == [0; 32] || log.head.is_none_or(|(seq, _)| seq < head.seq) {
        return Ok(true);
    }
    // Theirs is not above ours; it is wanted only if it is another op than ours, which exposes a fork.
    Ok(log.have.contains(head.seq) && log.get(&cx.tx, head.seq)?.is_some_and(|entry| entry.header.id() != head.id))
}

/// Checks that a range is what was asked for, and that its author made it.
fn prove(job: &RangeJob, entries: Vec<Entry>) -> Result<Vec<Proved>, BadEntry> {
    let (first, last) = match (entries.first(), entries.last()) {
        (Some(first), Some(last)) => (first.header.seq, last.header.seq),
        _ => return Err(BadEntry::Chain),
    };
    let placed = match job.audience {
        Audience::Control => first == job.from && last <= job.to,
        // Of a gap, who lacks the end gives what comes before; of a head, whoever claims it must have it.
        _ => (last == job.to || job.chained && last < job.to) && first >= job.from,
    };
    let run = entries.iter().zip(first..).all(|(entry, seq)| {
        let h = &entry.header;
        h.seq == seq && h.log == job.log && h.audience == job.audience
    });
    if !placed || !run {
        return Err(BadEntry::Chain);
    }
    let mut proved: Vec<Proved> = Vec::with_capacity(entries.len());
    let mut expected: Option<OpId> = None;
    for entry in entries.into_iter().rev() {
        let op = match expected {
            // Every op of the law is served as a head of its chunk some day: its own signature must be right.
            Some(id) if job.audience == Audience::Control => {
                let op = entry.prove()?;
                if op.id != id {
                    return Err(BadEntry::Chain);
                }
                op
            }
            Some(id) => entry.prove_by_chain(id)?,
            None if job.chained && last == job.to => entry.prove_by_chain(job.head)?,
            None => {
                let op = entry.prove()?;
                if job.audience != Audience::Control && !job.chained && op.id != job.head {
                    return Err(BadEntry::Chain);
                }
                op
            }
        };
        expected = Some(op.entry.header.prev);
        proved.push(op);
    }
    proved.reverse();
    Ok(proved)
}

fn serve_frontier(guild: &Guild, audience: Audience, theirs: &[u64]) -> Response {
    let heads = guild.heads_of(audience);
    match theirs.len() {
        1 if theirs[0] == print(&heads) => Response::Frontier(Bounded::default()),
        1 if heads.len() > MANY => Response::Split,
        1 => Response::Frontier(Bounded::try_from(heads).unwrap_or_default()),
        256 => {
            let ours = prints(&heads, true);
            let mut differing: Vec<Head> = heads.into_iter().filter(|h| ours[bucket(h)] != theirs[bucket(h)]).collect();
            differing.truncate(MAX_FRONTIER);
            Response::Frontier(Bounded::try_from(differing).unwrap_or_default())
        }
        _ => Response::Refused,
    }
}

fn serve_range(
    guild: &Guild,
    cx: &Cx<'_>,
    audience: Audience,
    id: crate::model::LogId,
    head: OpId,
    from: u64,
    to: u64,
) -> Result<Response, Damaged> {
    let none = Ok(Response::Range(Bounded::default()));
    if from > to {
        return none;
    }
    let mut entries = if audience == Audience::Control {
        guild.control_range(&cx.tx, id, &head, from, to.min(from.saturating_add(MAX_RANGE as u64 - 1)))?
    } else {
        let Some(log) = guild.content.get(&id) else { return none };
        let Some(top) = log.have.last_until(to).filter(|top| *top >= from) else { return none };
        let from = from.max(top.saturating_sub(MAX_RANGE as u64 - 1));
        let mut entries = log.range(&cx.tx, from, top)?;
        let whole = entries.iter().rev().zip((from..=top).rev()).take_while(|(e, seq)| e.header.seq == *seq).count();
        entries.drain(..entries.len() - whole);
        // Below the end asked for, nothing that the asker holds names the newest one: its own signature has to.
        while top < to && entries.last().is_some_and(|entry| !entry.is_signed()) {
            entries.pop();
        }
        entries
    };
    // Keep within a response: the oldest of a control log, the newest of any other.
    let mut room = MAX_RESPONSE - 1024;
    let mut fits = |entry: &Entry| {
        let size = 2304 + entry.payload.as_ref().map_or(0, |p| p.len());
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    if audience == Audience::Control {
        let count = entries.iter().take_while(|e| fits(e)).count();
        entries.truncate(count);
    } else {
        let count = entries.iter().rev().take_while(|e| fits(e)).count();
        entries.drain(..entries.len() - count);
    }
    Ok(Response::Range(Bounded::try_from(entries).unwrap_or_default()))
}

fn bucket(head: &Head) -> usize {
    usize::from(hash(Context::Fingerprint, &canonical::encode(&head.log))[0])
}

/// A short fingerprint of a set of heads. Not a proof: a collision only delays sync until the next op.
fn print(heads: &[Head]) -> u64 {
    let digest = hash(Context::Fingerprint, &canonical::encode(&heads.to_vec()));
    u64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

fn prints(heads: &[Head], fine: bool) -> Bounded<u64, 256> {
    if !fine {
        return Bounded::try_from(vec![print(heads)]).unwrap_or_default();
    }
    let mut buckets: Vec<Vec<Head>> = vec![Vec::new(); 256];
    for head in heads {
        buckets[bucket(head)].push(*head);
    }
    Bounded::try_from(buckets.iter().map(|heads| print(heads)).collect::<Vec<_>>()).unwrap_or_default()
}
