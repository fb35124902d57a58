//! What to ask a peer next about a guild: its law, then keys, then the newest content, then the gaps.

use std::collections::BTreeSet;

use bivouac_crypto::{Bounded, DeviceId, EpochId};

use super::{RECENT, common, prints};
use crate::{
    guild::{Guild, Reach},
    me::Cx,
    model::GuildId,
    op::Audience,
    session::{Job, RangeJob, Share, Stage},
    table::Damaged,
    wire::{Head, MAX_RANGE, Part, Request},
};

type Asked<'a> = (
    &'a BTreeSet<(GuildId, Audience, crate::model::LogId, u64)>,
    &'a BTreeSet<EpochId>,
    &'a BTreeSet<(DeviceId, GuildId, Part)>,
);

/// The next thing to ask a peer about a guild.
pub(super) fn next_job(
    guild: &Guild,
    share: &mut Share,
    cx: &Cx<'_>,
    device: DeviceId,
    (busy, keys_asked, comparing): Asked<'_>,
) -> Result<Option<(Job, Request)>, Damaged> {
    let frontier = |part, fine| {
        let heads = match part {
            Part::Law => guild.law_heads(&Reach::All),
            Part::Content => common(guild, &cx.me.user, &device),
        };
        let request = Request::Frontier { guild: guild.id, part, prints: prints(&heads, fine) };
        (Job::Frontier(guild.id, part), request)
    };
    let range = |job: RangeJob| {
        let RangeJob { guild, audience, log, head, from, to, .. } = job;
        (Job::Range(job), Request::Range { guild, audience, log, head, from, to })
    };
    let is_comparing = |part| comparing.contains(&(device, guild.id, part));
    match share.stage {
        Stage::Law if is_comparing(Part::Law) => return Ok(None),
        Stage::Law => return Ok(Some(frontier(Part::Law, share.fine))),
        Stage::Content if is_comparing(Part::Content) => return Ok(None),
        Stage::Content if guild.member_of(&device).is_some() || guild.dag.is_empty() => {
            return Ok(Some(frontier(Part::Content, share.fine)));
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
    // Keys, of anybody who shares the guild: the act that lets a peer in may be sealed under the very key we lack, and a
    // key is checked against the epoch that names it.
    let due = |epoch: &EpochId| share.keyless.get(epoch).is_none_or(|lack| lack.until_ms <= cx.now.mono_ms);
    let unasked = |epoch: &&EpochId| !keys_asked.contains(*epoch) && due(epoch);
    let missing = guild.lacking.iter().filter(|epoch| guild.keys.secret(epoch).is_none());
    let missing: Vec<EpochId> = missing.filter(unasked).take(16).copied().collect();
    if let (false, Ok(epochs)) = (missing.is_empty(), Bounded::try_from(missing.clone())) {
        return Ok(Some((Job::Keys(guild.id, missing), Request::Keys { guild: guild.id, epochs })));
    }
    // The newest content.
    let mut wanted = None;
    let mut evidence = None;
    share.wants.retain(|(audience, log, head), want| {
        if *audience == Audience::Control {
            return true;
        }
        let line = (*audience, *log);
        let mine = guild.content.get(&line);
        if head.0 == [0; 32] {
            let known = mine.and_then(|l| l.cut.as_ref()).is_some_and(|(seq, _)| *seq <= want.seq);
            if !known && !busy.contains(&(guild.id, *audience, *log, u64::MAX)) {
                evidence = Some(line);
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
    if let Some(line @ (audience, log)) = evidence {
        let request = Request::Evidence { guild: guild.id, audience, log };
        return Ok(Some((Job::Evidence(guild.id, line), request)));
    }
    if let Some(job) = wanted {
        return Ok(Some(range(job)));
    }
    let Some(user) = guild.member_of(&device) else { return Ok(None) };
    if share.wants.keys().any(|(audience, _, _)| *audience != Audience::Control) {
        return Ok(None);
    }
    // Gaps, each from its upper end: the op above names its predecessor, so no signature is needed.
    for line @ (audience, log_id) in guild.gaps.iter().filter(|(of, _)| guild.reads(&user, *of)) {
        let Some(log) = guild.content.get(line) else { continue };
        let Some(mut top) = log.end().checked_sub(1) else { continue };
        while let Some((first, last)) = log.have.highest_gap(top) {
            if !busy.contains(&(guild.id, *audience, *log_id, last)) && !share.lacks.contains(&(*line, last)) {
                let Ok(Some(prev)) = log.prev_of(&cx.tx, last + 1) else {
                    break;
                };
                let job = RangeJob {
                    guild: guild.id,
                    audience: *audience,
                    log: *log_id,
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
pub(super) fn wanted(guild: &Guild, cx: &Cx<'_>, part: Part, head: &Head) -> Result<bool, Damaged> {
    if part == Part::Law {
        return Ok(guild.dag.find(&head.id).is_none());
    }
    if guild.dag.user_of(&head.log.device).is_none() {
        return Ok(false);
    }
    let Some(log) = guild.content.get(&(head.audience, head.log)) else { return Ok(true) };
    if let Some((cut, _)) = &log.cut {
        return Ok(head.id.0 == [0; 32] && head.seq < *cut);
    }
    if head.id.0 == [0; 32] || log.head.is_none_or(|(seq, _)| seq < head.seq) {
        return Ok(true);
    }
    // Theirs is not above ours; it is wanted only if it is another op than ours, which exposes a fork.
    Ok(log.have.contains(head.seq) && log.get(&cx.tx, head.seq)?.is_some_and(|entry| entry.header.id() != head.id))
}
