//! Coming into a channel by its password: finding a reader, proving to know it, and being let in by their act.
//!
//! ```text
//!  guest ── Enter(channel, X) ─▶ reader ── Y ─▶ guest            SPAKE2: neither message tells the password
//!  guest ── Prove(proof) ─▶ reader: checks, signs Enter, durable ── its own proof ─▶ guest ─▶ keys by sync
//! ```
//!
//! Each exchange allows one guess, and a reader listens to few wrong ones.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, Exchange, MESSAGE_LEN, PasswordKey, Proofs, UserId, canonical};

use crate::{
    authority,
    guild::password::{is_password, password_key},
    io::{CommandError, Effect, ErrorKind, Reason, Reply},
    me::Cx,
    model::{ChannelId, GuildId, Permissions, Target},
    op::{Act, Acting, Audience},
    session::Job,
    state::{State, Timer},
    table::Damaged,
    wire::{Entered, Request},
};

/// Time after which readers are asked again.
const RETRY_MS: u64 = 2_000;
/// How long to try.
const PATIENCE_MS: u64 = 30_000;
/// Entries under way at once, at most.
const MAX_ENTRIES: usize = 16;
/// Exchanges that a peer may have begun at once.
const MAX_EXCHANGES: usize = 16;
/// Wrong passwords listened to in a while, of one user and of all together, for one channel.
const WRONG_OF_ONE: u32 = 5;
const WRONG_OF_ALL: u32 = 50;
const WRONG_MS: u64 = 10 * 60 * 1_000;

/// An entry under way.
pub(crate) struct Entering {
    guild: GuildId,
    channel: ChannelId,
    key: PasswordKey,
    /// Readers that could not help, until all are asked again.
    tried: BTreeSet<DeviceId>,
    /// One of them says that the password is wrong; another may know better.
    wrong: bool,
    step: Step,
}

enum Step {
    /// Nobody is being asked.
    Seeking,
    Begun(DeviceId, Exchange),
    Proved(DeviceId, Proofs),
    /// Let in; the law and the keys are to come.
    In,
}

/// Exchanges that a peer has begun and is to prove next, one for each channel.
pub(crate) type Exchanges = BTreeMap<(GuildId, ChannelId), Proofs>;

/// Wrong passwords given for channels.
#[derive(Debug, Default)]
pub(crate) struct Guesses(BTreeMap<(GuildId, ChannelId), Vec<(u64, UserId)>>);

impl Guesses {
    fn may(&mut self, now_ms: u64, place: (GuildId, ChannelId), user: &UserId) -> bool {
        self.0.retain(|_, wrong| {
            wrong.retain(|(at, _)| at + WRONG_MS > now_ms);
            !wrong.is_empty()
        });
        let wrong = self.0.get(&place).map(Vec::as_slice).unwrap_or_default();
        let own = wrong.iter().filter(|(_, by)| by == user).count();
        own < WRONG_OF_ONE as usize && wrong.len() < WRONG_OF_ALL as usize
    }

    fn note(&mut self, now_ms: u64, place: (GuildId, ChannelId), user: UserId) {
        self.0.entry(place).or_default().push((now_ms, user));
    }
}

/// Who lets in is named as the owner of a key and of a device, so that nobody can pass an exchange on to another.
fn named(user: &UserId, device: &DeviceId) -> Vec<u8> {
    canonical::encode(&(*user, *device))
}

fn wrong() -> CommandError {
    CommandError::new(ErrorKind::Forbidden, Some("password"), "This is not the channel's password.")
}

impl State {
    // ── the guest ─────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn enter(&mut self, cx: &mut Cx<'_>, id: u64, channel: ChannelId, password: &str) {
        let guild = match self.of_channel(cx, channel) {
            Ok(guild) => guild,
            Err(error) => return cx.out.push(Effect::Done(id, Err(error))),
        };
        let refused = match guild.channel(&channel) {
            _ if !is_password(password) => Some(("password", "A password has 1 to 128 characters.")),
            Some(of) if !of.nature.password => Some(("channel", "This channel has no password.")),
            None => Some(("channel", "This channel is over.")),
            Some(_) => None,
        };
        if let Some((param, message)) = refused {
            return Self::refuse(cx, id, CommandError::new(ErrorKind::Invalid, Some(param), message));
        }
        if guild.reads(&cx.me.user, Audience::Channel(channel)) {
            return cx.out.push(Effect::Done(id, Ok(Reply::Unit)));
        }
        let guild = guild.id;
        if self.entries.len() >= MAX_ENTRIES {
            return Self::refuse(cx, id, Reason::EntriesMost);
        }
        let key = password_key(guild, channel, password);
        self.entries
            .insert(id, Entering { guild, channel, key, tried: BTreeSet::new(), wrong: false, step: Step::Seeking });
        self.set(cx.now.mono_ms + PATIENCE_MS, Timer::EnterEnds(id));
        self.seek_reader(cx, id);
    }

    /// Asks the next reader who is here.
    fn seek_reader(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(entering) = self.entries.get_mut(&id) else { return };
        let Some(guild) = self.guilds.get(&entering.guild) else { return };
        let reads = |device: &DeviceId| {
            let user = guild.member_of(device);
            user.is_some_and(|user| guild.reads(&user, Audience::Channel(entering.channel)))
        };
        let next = self.sessions.keys().find(|device| !entering.tried.contains(*device) && reads(device)).copied();
        let Some((device, host)) = next.and_then(|device| Some((device, guild.member_of(&device)?))) else {
            if entering.wrong {
                self.entries.remove(&id);
                return Self::refuse(cx, id, wrong());
            }
            entering.step = Step::Seeking;
            return self.set(cx.now.mono_ms + RETRY_MS, Timer::EnterRetry(id));
        };
        entering.tried.insert(device);
        let (me, host) = (named(&cx.me.user, &cx.me.device), named(&host, &device));
        let (exchange, message) = Exchange::begin(cx.rng, &entering.key, &me, &host, true);
        entering.step = Step::Begun(device, exchange);
        let request = Request::Enter { guild: entering.guild, channel: entering.channel, message: message.into() };
        self.ask(cx, device, Job::Enter(id), &request);
    }

    /// Asks everybody again.
    pub(crate) fn enter_retry(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(entering) = self.entries.get_mut(&id) else { return };
        if let Step::Seeking = entering.step {
            entering.tried.clear();
            self.seek_reader(cx, id);
        }
    }

    /// A reader's side of the exchange has come, or nothing.
    pub(crate) fn exchanged(&mut self, cx: &mut Cx<'_>, from: DeviceId, id: u64, message: Option<&[u8]>) {
        let Some(entering) = self.entries.get_mut(&id) else { return };
        let step = std::mem::replace(&mut entering.step, Step::Seeking);
        let proofs = match step {
            Step::Begun(host, exchange) if host == from => message.and_then(|message| exchange.finish(message).ok()),
            other => {
                entering.step = other;
                return;
            }
        };
        let Some(proofs) = proofs else { return self.seek_reader(cx, id) };
        let request =
            Request::Prove { guild: entering.guild, channel: entering.channel, proof: proofs.of_guest().into() };
        entering.step = Step::Proved(from, proofs);
        self.ask(cx, from, Job::Prove(id), &request);
    }

    /// A reader has looked at our proof.
    pub(crate) fn entered(&mut self, cx: &mut Cx<'_>, from: DeviceId, id: u64, answer: Option<Entered>) {
        let Some(entering) = self.entries.get_mut(&id) else { return };
        let guild = entering.guild;
        match (std::mem::replace(&mut entering.step, Step::Seeking), answer) {
            (Step::Proved(host, proofs), Some(Entered::In(proof))) if host == from && proofs.is_host(&proof) => {
                entering.step = Step::In;
                self.compare_with(guild, from);
            }
            (Step::Proved(host, _), Some(Entered::Wrong)) if host == from => {
                entering.wrong = true;
                self.seek_reader(cx, id);
            }
            (Step::Proved(host, _), Some(Entered::Denied)) if host == from => {
                self.entries.remove(&id);
                Self::refuse(cx, id, Reason::Denied);
            }
            (Step::Proved(host, _), _) if host == from => self.seek_reader(cx, id),
            (other, _) => entering.step = other,
        }
    }

    /// A reader we had asked is gone.
    pub(crate) fn reader_gone(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        let asked = |entering: &Entering| match &entering.step {
            Step::Begun(host, _) | Step::Proved(host, _) => *host == device,
            Step::Seeking | Step::In => false,
        };
        let ids: Vec<u64> = self.entries.iter().filter(|(_, entering)| asked(entering)).map(|(id, _)| *id).collect();
        for id in ids {
            self.seek_reader(cx, id);
        }
    }

    /// Ends entries into channels that are read by now.
    pub(crate) fn entries_done(&mut self, cx: &mut Cx<'_>) {
        let reads = |entering: &Entering| {
            let of = Audience::Channel(entering.channel);
            self.guilds.get(&entering.guild).is_some_and(|guild| {
                let missing = guild.lacking.iter().any(|epoch| guild.keys.named(epoch).any(|(named, _)| named == of));
                guild.reads(&cx.me.user, of) && !(missing && guild.keys.heads(&guild.settled, of).is_empty())
            })
        };
        let done: Vec<u64> = self.entries.iter().filter(|(_, entering)| reads(entering)).map(|(id, _)| *id).collect();
        for id in done {
            self.entries.remove(&id);
            self.timers.retain(|(_, timer)| *timer != Timer::EnterEnds(id) && *timer != Timer::EnterRetry(id));
            cx.out.push(Effect::Done(id, Ok(Reply::Unit)));
        }
    }

    pub(crate) fn enter_ends(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(entering) = self.entries.remove(&id) else { return };
        let error = match entering.step {
            _ if entering.wrong => wrong(),
            Step::In => Reason::EnteredKeyless.into(),
            _ => Reason::Unchecked.into(),
        };
        Self::refuse(cx, id, error);
    }

    // ── the reader ────────────────────────────────────────────────────────────────────────────────────────────────

    /// My side of an exchange that a member begins, if I can check their password and they have not guessed too often.
    pub(crate) fn serve_enter(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        (id, channel): (GuildId, ChannelId),
        message: &[u8; MESSAGE_LEN],
    ) -> Result<Option<[u8; MESSAGE_LEN]>, Damaged> {
        let Some(guild) = self.guilds.get(&id) else { return Ok(None) };
        let Some(user) = guild.member_of(&from) else { return Ok(None) };
        if self.read_only || !guild.reads(&cx.me.user, Audience::Channel(channel)) {
            return Ok(None);
        }
        let Some(key) = guild.password(&cx.tx, channel)? else { return Ok(None) };
        if !self.guesses.may(cx.now.mono_ms, (id, channel), &user) {
            return Ok(None);
        }
        let (guest, me) = (named(&user, &from), named(&cx.me.user, &cx.me.device));
        let (exchange, answer) = Exchange::begin(cx.rng, &key, &guest, &me, false);
        let (Ok(proofs), Some(session)) = (exchange.finish(message), self.sessions.get_mut(&from)) else {
            return Ok(None);
        };
        let place = (id, channel);
        if session.exchanges.len() >= MAX_EXCHANGES && !session.exchanges.contains_key(&place) {
            return Ok(None);
        }
        session.exchanges.insert(place, proofs);
        Ok(Some(answer))
    }

    /// Lets in whoever proved to know the password.
    pub(crate) fn serve_prove(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        place: (GuildId, ChannelId),
        proof: &[u8; 32],
    ) -> Result<Entered, Damaged> {
        // One guess for each exchange.
        let proofs = self.sessions.get_mut(&from).and_then(|session| session.exchanges.remove(&place));
        let Some(proofs) = proofs else { return Ok(Entered::Busy) };
        let Some(guild) = self.guilds.get_mut(&place.0).filter(|_| !self.read_only) else { return Ok(Entered::Busy) };
        let Some(user) = guild.member_of(&from) else { return Ok(Entered::Busy) };
        if !self.guesses.may(cx.now.mono_ms, place, &user) {
            return Ok(Entered::Busy);
        }
        if !proofs.is_guest(proof) {
            self.guesses.note(cx.now.mono_ms, place, user);
            return Ok(Entered::Wrong);
        }
        let of = Audience::Channel(place.1);
        if guild.law.overwrite(&place.1, Target::User(user)).deny.any(Permissions::VIEW) {
            // No act could let them in.
            return Ok(Entered::Denied);
        }
        if !guild.reads(&user, of) {
            let act = Act::Enter { channel: place.1, user };
            let acting = Acting::Role(authority::everyone(guild.id));
            guild.act(cx, acting, act)?;
        }
        Ok(if guild.reads(&user, of) { Entered::In(proofs.of_host().into()) } else { Entered::Denied })
    }
}
