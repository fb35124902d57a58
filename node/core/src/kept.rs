//! Telling others what of theirs is on this disk, and the user where their own words are.
//!
//! ```text
//!  author ── op, by gossip or sync ──▶ reader: on disk ── Holds (its author's logs, a moment later) ──▶ author: Event::Kept
//! ```
//!
//! A device tells all it holds of a user's logs when it meets one of their devices, and after that what grew, at most about
//! once a second a guild. What it tells leaves behind the write it tells of.

use bivouac_crypto::{Bounded, DeviceId};

use crate::{
    guild::TELL_EVERY_MS,
    io::{Effect, Event},
    me::Cx,
    model::GuildId,
    session::Job,
    state::{State, Timer},
    wire::{Holding, MAX_HOLDINGS, Request, Response},
};

/// How soon what grew is told at the least, and as much again at random, in milliseconds, or so much for each device that is
/// connected: many readers of one word are not to answer at the same moment.
const TELL_MS: u64 = 500;
const TELL_EACH_MS: u64 = 10;
/// How often a device is told that gives no answer.
const TRIES_MAX: u32 = 6;

impl State {
    /// Sees to it that who is to be told something is, soon.
    pub(crate) fn tell_soon(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        let mut bytes = [0; 2];
        cx.rng.fill_bytes(&mut bytes);
        let spread = TELL_MS.max(TELL_EACH_MS * self.sessions.len() as u64);
        let wait = TELL_MS + u64::from(u16::from_be_bytes(bytes)) % spread;
        self.set(cx.now.mono_ms + wait, Timer::Tell(id));
    }

    /// Tells each connected device of a member what this one holds of their user's logs: at first of all of them.
    pub(crate) fn tell_holdings(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        let Some(guild) = self.guilds.get_mut(&id).filter(|guild| guild.is_member(&cx.me.user)) else { return };
        let grown = guild.holders.take_grown();
        let mut tell: Vec<(DeviceId, Vec<Holding>)> = Vec::new();
        for (device, session) in &mut self.sessions {
            let (Some(share), Some(user)) = (session.shared.get_mut(&id), guild.member_of(device)) else { continue };
            let all = !std::mem::replace(&mut share.told, true);
            if all || !grown.is_empty() {
                let holdings = guild.holdings_of(&cx.me.user, &user, Some(&grown).filter(|_| !all));
                tell.push((*device, holdings));
            }
        }
        for (device, holdings) in tell {
            for some in holdings.chunks(MAX_HOLDINGS) {
                if let Ok(logs) = Bounded::try_from(some.to_vec()) {
                    self.ask(cx, device, Job::Holds(id), &Request::Holds { guild: id, logs });
                }
            }
        }
    }

    /// Takes what a device says that it holds of logs of my user.
    pub(crate) fn serve_holds(&mut self, cx: &Cx<'_>, from: DeviceId, id: GuildId, logs: &[Holding]) -> Response {
        let Some(guild) = self.guilds.get_mut(&id) else { return Response::Refused };
        // They may be in already, and the act that let them in not here.
        let Some(user) = guild.member_of(&from) else { return Response::Refused };
        guild.take_holdings(&cx.me.user, from, &user, logs);
        Response::Noted
    }

    /// Who did not hear it is told again, with everything that grew meanwhile.
    pub(crate) fn told_holdings(&mut self, cx: &Cx<'_>, from: DeviceId, id: GuildId, heard: bool) {
        let Some(share) = self.sessions.get_mut(&from).and_then(|session| session.shared.get_mut(&id)) else { return };
        if heard {
            share.untold = 0;
        } else if share.untold < TRIES_MAX {
            share.told = false;
            let wait = (2 * TELL_MS) << share.untold;
            share.untold += 1;
            self.set(cx.now.mono_ms + wait, Timer::Tell(id));
        }
    }

    /// Sees to it that the user is told what changed, not too often.
    pub(crate) fn kept_soon(&mut self, cx: &Cx<'_>, id: GuildId) {
        let Some(holders) = self.guilds.get(&id).map(|guild| &guild.holders).filter(|it| it.has_news()) else { return };
        let at = holders.told_ms.map_or(0, |told| told + TELL_EVERY_MS).max(cx.now.mono_ms);
        self.set(at, Timer::Kept(id));
    }

    /// Writes what changed and tells the user of it.
    pub(crate) fn tell_kept(&mut self, cx: &mut Cx<'_>, id: GuildId) {
        if self.read_only {
            return;
        }
        let Some(guild) = self.guilds.get_mut(&id) else { return };
        if guild.save_holders(cx) {
            guild.holders.told_ms = Some(cx.now.mono_ms);
            cx.out.push(Effect::Event(Event::Kept { guild: id }));
        }
    }
}
