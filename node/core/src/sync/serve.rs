//! What peers ask, and who may be told.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Bounded, DeviceId};

use super::{BUSY_MS, MANY, RECOGNISED, bucket, common, may, print, prints};
use crate::{
    budget::REQUESTS,
    guild::{Guild, Reach},
    log::SEGMENT,
    me::Cx,
    model::{GuildId, OpId},
    op::{Audience, Entry},
    session::{Share, Stage, tag_place},
    state::{State, Timer},
    table::Damaged,
    wire::{Head, MAX_FRONTIER, MAX_RANGE, MAX_RESPONSE, Part, Request, Response, Shared},
};

impl State {
    pub(crate) fn serve(&mut self, cx: &mut Cx<'_>, from: DeviceId, bytes: &[u8]) -> Result<Response, Damaged> {
        let Some(session) = self.sessions.get_mut(&from) else { return Ok(Response::Refused) };
        if !session.requests.take(cx.now.mono_ms, REQUESTS, 1) {
            return Ok(Response::Refused);
        }
        let Some(request) = Request::from_bytes(bytes) else { return Ok(Response::Refused) };
        match request {
            Request::Hello(tags) => Ok(self.serve_hello(cx, from, &tags)),
            Request::Knock(tag) => Ok(Response::Knock(self.recognise_invite(cx, from, &tag).map(Into::into))),
            Request::Join { key, guest, proof } => self.admit(cx, from, &key, guest, proof),
            Request::Enter { guild, channel, message } => {
                let answer = self.serve_enter(cx, from, (guild, channel), &message)?;
                Ok(Response::Enter(answer.map(Into::into)))
            }
            Request::Prove { guild, channel, proof } => {
                Ok(Response::Entered(self.serve_prove(cx, from, (guild, channel), &proof)?))
            }
            Request::Read(marked) => self.serve_read(cx, from, &marked),
            Request::Holds { guild, logs } => Ok(self.serve_holds(cx, from, guild, &logs)),
            Request::Neighbour(says) => Ok(self.serve_neighbour(cx, from, says)),
            Request::Ring { guest, text } => Ok(self.serve_ring(cx, from, &guest, text)),
            Request::LetIn(into) => Ok(self.serve_let_in(cx, from, into)),
            Request::Recall(tags) => Ok(self.serve_recall(cx, from, &tags)),
            Request::Frontier { guild, part, prints } => {
                let audience = if part == Part::Law { Audience::Control } else { Audience::Guild };
                let heads = self.readable(from, guild, audience).map(|(guild, reach)| match part {
                    Part::Law => guild.law_heads(&reach),
                    Part::Content => common(guild, &cx.me.user, &from),
                });
                Ok(heads.map_or(Response::Refused, |heads| serve_frontier(heads, &prints)))
            }
            Request::Range { guild, audience, log, head, from: first, to } => {
                match self.readable(from, guild, audience) {
                    None => Ok(Response::Refused),
                    Some((guild, reach)) if audience == Audience::Control && !reach.holds(&guild.dag, &head) => {
                        Ok(Response::Range(Bounded::default()))
                    }
                    Some((guild, _)) => serve_range(guild, cx, audience, log, head, first, to),
                }
            }
            Request::Keys { guild, epochs } => {
                let Some((guild, _)) = self.readable(from, guild, Audience::Control) else {
                    return Ok(Response::Refused);
                };
                let Some(user) = guild.dag.user_of(&from) else { return Ok(Response::Refused) };
                let keys: Vec<_> =
                    epochs.iter().filter_map(|epoch| Some((*epoch, guild.wrap_for(cx, *epoch, &user)?))).collect();
                Ok(Response::Keys(Bounded::try_from(keys).unwrap_or_default()))
            }
            Request::Evidence { guild, audience, log } => Ok(self
                .readable(from, guild, audience)
                .map_or(Response::Refused, |(guild, _)| Response::Evidence(guild.evidence(&(audience, log))))),
        }
    }

    fn readable(&self, device: DeviceId, id: GuildId, audience: Audience) -> Option<(&Guild, Reach)> {
        let guild = self.guilds.get(&id)?;
        let share = self.sessions.get(&device).and_then(|s| s.shared.get(&id));
        let nobody = Share::default();
        Some((guild, may(guild, share.unwrap_or(&nobody), &device, audience)?))
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
            let share = Share { proof: Some(*epoch), ..Share::default() };
            let Some(reach) = may(guild, &share, &from, Audience::Control).filter(|_| !named.contains(id)) else {
                continue;
            };
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
                control: print(&guild.law_heads(&reach)),
                content: print(&common(guild, &cx.me.user, &from)),
            });
        }
        for id in named {
            self.tell_soon(cx, id);
            self.set(cx.now.mono_ms + BUSY_MS, Timer::Compare(id));
        }
        Response::Hello(Bounded::try_from(answers).unwrap_or_default())
    }
}

fn serve_frontier(heads: Vec<Head>, theirs: &[u64]) -> Response {
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
    // Keep within a response: the oldest of a control log, the newest of any other.
    let mut room = MAX_RESPONSE - 1024;
    let mut fits = |entry: &Entry| {
        let h = &entry.header;
        let size = 384 + 96 * (h.auth.len() + h.deps.len()) + entry.payload.as_ref().map_or(0, |p| p.len());
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    if audience == Audience::Control {
        let mut entries =
            guild.control_range(&cx.tx, id, &head, from, to.min(from.saturating_add(MAX_RANGE as u64 - 1)))?;
        let count = entries.iter().take_while(|e| fits(e)).count();
        entries.truncate(count);
        return Ok(Response::Range(Bounded::try_from(entries).unwrap_or_default()));
    }
    let Some(log) = guild.content.get(&(audience, id)) else { return none };
    let Some(top) = log.have.last_until(to).filter(|top| *top >= from) else { return none };
    let from = from.max(top.saturating_sub(MAX_RANGE as u64 - 1));
    // A segment at a time, so that no more is read than is sent.
    let (mut parts, mut last) = (Vec::new(), top);
    loop {
        let first = from.max(last / SEGMENT * SEGMENT);
        let mut part = log.range(&cx.tx, first, last)?;
        let newest = part.iter().rev().zip((first..=last).rev());
        let count = newest.take_while(|(e, seq)| e.header.seq == *seq && fits(e)).count();
        part.drain(..part.len() - count);
        parts.push(part);
        if first == from || (count as u64) < last - first + 1 {
            break;
        }
        last = first - 1;
    }
    let mut entries: Vec<Entry> = parts.into_iter().rev().flatten().collect();
    // Below the end asked for, nothing that the asker holds names the newest one: its own signature has to.
    while top < to && entries.last().is_some_and(|entry| !entry.is_signed()) {
        entries.pop();
    }
    Ok(Response::Range(Bounded::try_from(entries).unwrap_or_default()))
}
