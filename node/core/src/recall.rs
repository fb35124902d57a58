//! Finding one's guilds again after the store was lost: fellow members are asked for them.
//!
//! ```text
//!  asker ── Recall(a tag a guild, bound to both devices) ─▶ anybody reachable ── keys, if it is a member ─▶ asker ─▶ sync
//! ```
//!
//! A tag is noise to whoever does not know the guild, and only a device of a present member is answered.

use std::collections::BTreeSet;

use bivouac_crypto::{Bounded, DeviceId, keyed};

use crate::{
    guild::Guild,
    io::Effect,
    me::Cx,
    model::GuildId,
    session::Job,
    state::{State, Timer},
    table::Damaged,
    wire::{MAX_RECALLED, MAX_RECALLS, Recalled, Request, Response, Tag},
};

/// Time after which everybody reachable is asked again.
const RETRY_MS: u64 = 30_000;

fn tag(guild: GuildId, asker: DeviceId, asked: DeviceId) -> Tag {
    let digest = keyed(&guild.0, &[&b"recall"[..], asker.as_bytes(), asked.as_bytes()].concat());
    let mut tag = [0; 16];
    tag.copy_from_slice(&digest[..16]);
    tag
}

impl State {
    /// Notes which guilds this user is in, for a time when the store is not there to tell.
    pub(crate) fn note_guilds(&mut self, cx: &mut Cx<'_>) {
        let mine = |guild: &&Guild| guild.is_member(&cx.me.user);
        let mut guilds: BTreeSet<GuildId> = self.guilds.values().filter(mine).map(|guild| guild.id).collect();
        self.lost.retain(|id| self.guilds.get(id).is_none_or(|guild| guild.knows_not(&cx.me.user)));
        guilds.extend(&self.lost);
        if guilds != self.told_guilds {
            cx.out.push(Effect::Guilds(guilds.clone()));
            self.told_guilds = guilds;
        }
    }

    /// Asks a peer for the guilds that are lost: as many as a request holds, by turns.
    pub(crate) fn recall(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        let from = self.recall_turn * MAX_RECALLS % self.lost.len().max(1);
        let turned = self.lost.iter().skip(from).chain(self.lost.iter().take(from));
        let asked: Vec<GuildId> = turned.take(MAX_RECALLS).copied().collect();
        let tags: Vec<_> = asked.iter().map(|id| tag(*id, cx.me.device, device).into()).collect();
        if let (false, Ok(tags)) = (tags.is_empty(), Bounded::try_from(tags)) {
            self.ask(cx, device, Job::Recall(asked), &Request::Recall(tags));
        }
    }

    /// Asks everybody reachable, and again after a while.
    pub(crate) fn recall_all(&mut self, cx: &mut Cx<'_>) {
        if self.lost.is_empty() {
            return;
        }
        for device in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.recall(cx, device);
        }
        self.recall_turn = self.recall_turn.wrapping_add(1);
        self.set(cx.now.mono_ms + RETRY_MS, Timer::Recall);
    }

    /// Has a guild asked for that we are in and do not know, if it does not come by itself.
    pub(crate) fn await_recall(&mut self, cx: &Cx<'_>, id: GuildId) {
        self.lost.insert(id);
        self.set(cx.now.mono_ms + RETRY_MS, Timer::Recall);
    }

    pub(crate) fn serve_recall(
        &self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        tags: &[minicbor::bytes::ByteArray<16>],
    ) -> Response {
        let mut recalled = Vec::new();
        for guild in self.guilds.values().filter(|guild| guild.is_member(&cx.me.user)) {
            let Some(user) = guild.member_of(&from) else { continue };
            let tag = tag(guild.id, from, cx.me.device);
            let Some(index) = tags.iter().position(|other| **other == tag) else { continue };
            if recalled.len() < MAX_RECALLED {
                let keys = Bounded::try_from(guild.keys_for(cx, &user)).unwrap_or_default();
                recalled.push(Recalled { index: u8::try_from(index).unwrap_or(u8::MAX), keys });
            }
        }
        Response::Recall(Bounded::try_from(recalled).unwrap_or_default())
    }

    pub(crate) fn recalled(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        asked: &[GuildId],
        recalled: Vec<Recalled>,
    ) -> Result<(), Damaged> {
        let mut named = BTreeSet::new();
        for Recalled { index, keys } in recalled {
            let id = asked.get(usize::from(index)).filter(|id| self.lost.contains(*id));
            if let Some(id) = id.filter(|id| named.insert(**id)) {
                self.admitted(cx, from, *id, keys)?;
            }
        }
        Ok(())
    }
}
