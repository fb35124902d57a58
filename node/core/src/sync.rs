//! Catching up: who shares which guild, where two sets of logs differ, and fetching what is missing.
//!
//! ```text
//!  connect ─▶ Hello (tags) ─▶ Frontier of the law ─▶ control ranges, oldest first ─▶ keys
//!                                                  └▶ Frontier of the content ─▶ newest 100 of each log ─▶ gaps
//! ```
//!
//! Everything is pulled, everything is idempotent, and what is missing is always derived from the logs themselves: a
//! connection that breaks at any point costs at most the answers under way.

mod answer;
mod next;
mod serve;

use std::collections::BTreeSet;

use bivouac_crypto::{Bounded, Context, DeviceId, EpochId, UserId, canonical, hash};

use self::next::next_job;
use crate::{
    guild::{Guild, Reach},
    io::{Effect, Event, Phase},
    me::Cx,
    model::GuildId,
    op::Audience,
    session::{Job, Session, Share, Stage, tag_place},
    state::{State, Timer},
    table::Damaged,
    wire::{Head, Part, Request, WINDOW},
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
    // ── peers come and go ───────────────────────────────────────────────────────────────────────────────────────────────

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
        self.far(cx, device);
        self.reader_gone(cx, device);
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
        // Each guild has its turn: there are fewer of them than tags.
        let each = (MAX_TAGS / self.guilds.len().max(1)).clamp(1, TAGS_A_GUILD);
        let (mut tags, mut named) = (Vec::new(), Vec::new());
        for guild in self.guilds.values() {
            for (epoch, secret) in guild.keys.shown_to(&device, each) {
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
                guilds.get(id).is_some_and(|guild| {
                    guild.is_member(&cx.me.user) && may(guild, share, device, Audience::Control).is_some()
                }) || guilds.get(id).is_some_and(|guild| !guild.is_member(&cx.me.user))
            });
        }
        self.fellows_changed(cx);
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

    // ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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

    /// Compares frontiers with a peer that said more than was listened to, once it is done with what it is at.
    pub(crate) fn make_up(&mut self, cx: &Cx<'_>, id: GuildId, device: DeviceId) {
        let Some(share) = self.sessions.get(&device).and_then(|s| s.shared.get(&id)) else { return };
        if share.stage == Stage::Idle {
            self.compare_with(id, device);
        } else {
            self.overheard(cx, id, device);
        }
    }

    /// Sends as many requests as windows allow, the law first, then keys, the newest content, gaps.
    pub(crate) fn pump(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if self.read_only {
            return Ok(());
        }
        let mut busy: BTreeSet<(GuildId, Audience, crate::model::LogId, u64)> = BTreeSet::new();
        let mut keys_asked: BTreeSet<EpochId> = BTreeSet::new();
        let mut comparing: BTreeSet<(DeviceId, GuildId, Part)> = BTreeSet::new();
        for (to, job) in self.inflight.values() {
            match job {
                Job::Range(range) => {
                    busy.insert((range.guild, range.audience, range.log, range.to));
                }
                Job::Keys(_, epochs) => keys_asked.extend(epochs),
                Job::Frontier(guild, part) => {
                    comparing.insert((*to, *guild, *part));
                }
                Job::Evidence(guild, (audience, log)) => {
                    busy.insert((*guild, *audience, *log, u64::MAX));
                }
                _ => {}
            }
        }
        // Whoever was heard last is asked first: a dead connection is not known as one for a while, and what it was asked
        // for is asked of nobody else meanwhile.
        let mut devices: Vec<DeviceId> = self.sessions.keys().copied().collect();
        devices.sort_by_key(|device| std::cmp::Reverse(self.sessions[device].heard_ms));
        for device in devices {
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
                        Job::Frontier(_, part) => {
                            comparing.insert((device, id, *part));
                        }
                        Job::Evidence(_, (audience, log)) => {
                            busy.insert((id, *audience, *log, u64::MAX));
                        }
                        _ => {}
                    }
                    self.ask(cx, device, job, &request);
                }
            }
        }
        Ok(())
    }

    // ── progress ────────────────────────────────────────────────────────────────────────────────────────────────────────

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
                        let have =
                            guild.content.get(&(*audience, *log)).and_then(|l| l.head).map_or(0, |(seq, _)| seq + 1);
                        recent += want.seq.saturating_add(1).saturating_sub(have).min(RECENT);
                    }
                }
            }
        }
        let reachable = self.sessions.values().any(|s| s.shared.contains_key(&id));
        let holes = if reachable { guild.holes() } else { 0 };
        let was = self.progress.get(&id).map(|p| (p.phase, p.at_ms, p.said));
        if was.is_none() && (law, recent, holes) == (0, 0, 0) {
            return;
        }
        let content: u64 = guild.ops() - guild.dag.len() as u64;
        let now = match (law, recent, holes) {
            (1.., _, _) => Some((Phase::Law, guild.dag.len() as u64, law.saturating_add(guild.dag.len() as u64))),
            (0, 1.., _) => Some((Phase::Recent, content, content + recent)),
            (0, 0, 1..) => Some((Phase::History, content, content + holes)),
            _ => None,
        };
        let mut say = |phase, have, want| {
            cx.out.push(Effect::Event(Event::SyncProgress { guild: id, phase, have, want }));
        };
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

/// How much of an audience a peer may read: a member's device all of it; who proves to hold a key that is still good the
/// law, which tells whether they are a member; who was removed the law until then.
fn may(guild: &Guild, share: &Share, device: &DeviceId, audience: Audience) -> Option<Reach> {
    let holder = || share.proof.is_some_and(|epoch| guild.keys.usable(&guild.dag, &guild.settled, &epoch));
    match audience {
        _ if guild.member_of(device).is_some_and(|user| guild.reads(&user, audience)) => Some(Reach::All),
        Audience::Control if holder() => Some(Reach::All),
        Audience::Control => guild.farewell(device).map(Reach::Until),
        Audience::Guild | Audience::Channel(_) => None,
    }
}

/// The heads of the content that a device and I may read.
fn common(guild: &Guild, me: &UserId, device: &DeviceId) -> Vec<Head> {
    guild.member_of(device).map(|user| guild.content_heads(&[*me, user])).unwrap_or_default()
}

fn bucket(head: &Head) -> usize {
    usize::from(hash(Context::Fingerprint, &canonical::encode(&(head.audience, head.log)))[0])
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
