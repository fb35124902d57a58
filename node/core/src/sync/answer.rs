//! What peers answer: checked, taken, and asked on.

use bivouac_crypto::{DeviceId, EpochId};

use super::{BUSY_MS, RECOGNISED, common, next::wanted, print};
use crate::{
    guild::{Reach, Taken},
    io::{Effect, Event},
    me::Cx,
    model::{GuildId, OpId},
    op::{Audience, BadEntry, Entry, Proved},
    session::{Job, RangeJob, Share, Stage, Want, tag_place},
    state::{State, Timer},
    table::Damaged,
    wire::{Head, Part, Response, Shared},
};

impl State {
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
            (Job::Hello(named), Some(Response::Hello(shared))) => self.greeted(cx, from, &named, &shared)?,
            (Job::Hello(_), _) => self.set(cx.now.mono_ms + 1_000, Timer::Greet(from)),
            (Job::Frontier(guild, part), response) => self.compared(cx, from, guild, part, response)?,
            (Job::Range(range), response) => self.fetched(cx, from, range, response)?,
            (Job::Keys(guild, asked), response) => {
                let keys = match response {
                    Some(Response::Keys(keys)) => keys.into_vec(),
                    _ => Vec::new(),
                };
                self.keyed(cx, from, guild, asked, keys)?;
            }
            (Job::Evidence(id, line), response) => {
                let answered = response.is_some();
                let mut proved = false;
                // Of the log that was asked for: a device may write more logs than we want to know of.
                if let (Some(Response::Evidence(Some(evidence))), Some(guild)) = (response, self.guilds.get_mut(&id))
                    && evidence.a.header.line() == line
                {
                    proved = guild.accuse(cx, &evidence)? != Taken::Bad;
                }
                if let Some(share) = self.share(from, id) {
                    share.wants.retain(|(audience, log, _), _| (*audience, *log) != line);
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
            (Job::Enter(entry), response) => {
                let message = match &response {
                    Some(Response::Enter(message)) => message.as_ref().map(|message| &message[..]),
                    _ => None,
                };
                self.exchanged(cx, from, entry, message);
            }
            (Job::Prove(entry), response) => {
                let answer = match response {
                    Some(Response::Entered(answer)) => Some(answer),
                    _ => None,
                };
                self.entered(cx, from, entry, answer);
            }
            (Job::Join(join), response) => self.answered(cx, from, join, response)?,
            (Job::Recall(asked), Some(Response::Recall(recalled))) => {
                self.recalled(cx, from, &asked, recalled.into_vec())?;
            }
            (Job::Read, Some(Response::Read(marked))) => {
                self.serve_read(cx, from, &marked)?;
            }
            (Job::Holds(guild), response) => {
                self.told_holdings(cx, from, guild, response == Some(Response::Noted));
            }
            (Job::Neighbour, Some(Response::Neighbour(says))) => self.introduced(cx, from, says),
            (Job::Ring, response) => self.rang(cx, from, response.as_ref()),
            (Job::LetIn, response) => self.told_let_in(cx, from, response.is_some()),
            (Job::Recall(_) | Job::Read | Job::Neighbour, _) => {}
        }
        Ok(())
    }

    fn share(&mut self, device: DeviceId, guild: GuildId) -> Option<&mut Share> {
        self.sessions.get_mut(&device)?.shared.get_mut(&guild)
    }

    fn greeted(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        named: &[(GuildId, EpochId)],
        shared: &[Shared],
    ) -> Result<(), Damaged> {
        let place = tag_place(from, cx.me.device);
        for answer in shared {
            let Some((id, epoch)) = named.get(usize::from(answer.index)) else { continue };
            let Some(guild) = self.guilds.get(id) else { continue };
            let known = guild.keys.shown_to(&from, RECOGNISED).into_iter().find(|(held, _)| held == epoch);
            if known.is_none_or(|(_, secret)| secret.tag(&place) != answer.tag) {
                continue;
            }
            let ours = (print(&guild.law_heads(&Reach::All)), print(&common(guild, &cx.me.user, &from)));
            let same = ours == (answer.control, answer.content);
            let Some(session) = self.sessions.get_mut(&from) else { return Ok(()) };
            let share = session.shared.entry(*id).or_default();
            share.proof = Some(*epoch);
            share.stage = if same { Stage::Idle } else { Stage::Law };
            share.empty = 0;
            share.lacks.clear();
            share.keyless.clear();
            self.tell_soon(cx, *id);
            self.set(cx.now.mono_ms + BUSY_MS, Timer::Compare(*id));
        }
        self.presence(cx);
        if self.guilds.values().any(|guild| guild.member_of(&from) == Some(cx.me.user)) {
            let markers = self.markers(cx)?;
            self.share_markers(cx, Some(from), markers);
        }
        Ok(())
    }

    fn compared(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        id: GuildId,
        part: Part,
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
        let user = guild.member_of(&from);
        // Of what both of us read: what it names beyond that, it would not give.
        let readable = |head: &Head| match (part, head.audience) {
            (Part::Law, of) => of == Audience::Control,
            (Part::Content, Audience::Control) => false,
            (Part::Content, Audience::Guild) => true,
            (Part::Content, of) => guild.reads(&cx.me.user, of) && user.is_some_and(|user| guild.reads(&user, of)),
        };
        for head in heads.into_iter().filter(|head| head.seq < u64::from(u32::MAX) && readable(head)) {
            if wanted(guild, cx, part, &head)? {
                wants.push(head);
            }
        }
        let Some(share) = self.share(from, id) else { return Ok(()) };
        share.wants.retain(|(of, _, _), _| (*of == Audience::Control) != (part == Part::Law));
        for head in wants {
            let want = Want { seq: head.seq, cursor: 0, below: None, restarted: false };
            share.wants.insert((head.audience, head.log, head.id), want);
        }
        share.fine = false;
        share.stage = if part == Part::Law { Stage::Fetch } else { Stage::Idle };
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
                share.lacks.insert(((job.audience, job.log), job.to));
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
            _ => guild
                .content
                .get(&(job.audience, job.log))
                .is_some_and(|log| log.have.contains(job.to) || log.cut.is_some()),
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
            share.lacks.insert(((job.audience, job.log), job.to));
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
        let mut garbage = false;
        for (epoch, wrapped) in keys.into_iter().filter(|(epoch, _)| asked.contains(epoch)) {
            garbage |= match cx.me.unwrap(id, epoch, &wrapped) {
                Some(secret) => !guild.offer_secret(cx, epoch, secret)?,
                None => true,
            };
        }
        let giver =
            guild.member_of(&from).and_then(|user| guild.law.members.get(&user)).map(|member| member.name.clone());
        let still: Vec<EpochId> = asked.into_iter().filter(|epoch| guild.keys.secret(epoch).is_none()).collect();
        if !still.is_empty() {
            let mut first = u64::MAX;
            if let Some(share) = self.share(from, id) {
                for epoch in still {
                    let lack = share.keyless.entry(epoch).or_default();
                    // Soon, for it may be on its way, and ever more seldom, for it may be nowhere; those of one age together.
                    let wait = BUSY_MS << lack.tries.min(5);
                    lack.until_ms = (cx.now.mono_ms + wait / 2).next_multiple_of(wait);
                    lack.tries += 1;
                    first = first.min(lack.until_ms);
                }
            }
            self.advance(Some(first), Timer::Keys(id));
        }
        if let (true, Some(share)) = (garbage, self.share(from, id))
            && !std::mem::replace(&mut share.complained, true)
        {
            let name = giver.unwrap_or_else(|| "?".to_owned());
            let message = format!(
                "A device of {name} handed out a key that is not the one everybody has; others are asked for it."
            );
            cx.out.push(Effect::Event(Event::Warning { kind: "garbage_key", message }));
        }
        Ok(())
    }
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
