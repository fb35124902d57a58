//! On which devices what my user wrote is known to be.
//!
//! Each device tells the devices of a log's author which places of it are on its disk; whoever cites an op has it, too.
//! Heads alone would not do: a device may hold the newest op of a log and none of those before. What was told is kept over
//! restarts, as an index: who lost it is told again by everybody they meet.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Bounded, DeviceId, UserId, canonical};
use minicbor::{Decode, Encode};

use super::Guild;
use crate::{
    io::Kept,
    log::{self, Log, Runs},
    me::Cx,
    model::{ChannelId, GuildId},
    op::{Audience, Header, Line},
    table::{Damaged, Read, Table},
    timeline::Row,
    wire::{Holding, MAX_HELD_RUNS, MAX_HOLDINGS},
};

/// Logs of my user's devices of which is noted what one device holds: as many as it tells of. A user has one for each device,
/// audience, and crash.
const LINES_MAX: usize = 2 * MAX_HOLDINGS;
/// Least time between two events of one guild, and so between two writes, in milliseconds.
pub(crate) const TELL_EVERY_MS: u64 = 1_000;

/// What is known of who holds what.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    /// Of my user's logs; of those that are not here, too, for others may hear of one first.
    by: BTreeMap<DeviceId, BTreeMap<Line, Runs>>,
    /// Devices of which something changed that was not told and not written.
    changed: BTreeSet<DeviceId>,
    /// When it was told last, by the monotonic clock.
    pub(crate) told_ms: Option<u64>,
    /// Logs that grew here since their users' devices were told.
    grown: BTreeSet<Line>,
}

impl Holders {
    /// Whether there is something to tell the user.
    pub(crate) fn has_news(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Whether there is something to tell others.
    pub(crate) fn has_grown(&self) -> bool {
        !self.grown.is_empty()
    }

    /// The logs that grew since this was asked last.
    pub(crate) fn take_grown(&mut self) -> BTreeSet<Line> {
        std::mem::take(&mut self.grown)
    }
}

/// A row of the store.
#[derive(Encode, Decode)]
#[cbor(transparent)]
struct Held(#[n(0)] Bounded<Holding, LINES_MAX>);

impl Guild {
    /// A content op came: this device holds more of its log, and whoever wrote it held what it cites.
    pub(super) fn note_held(&mut self, cx: &Cx<'_>, h: &Header) {
        if h.log != cx.me.log() {
            self.holders.grown.insert(h.line());
        }
        if h.log.device == cx.me.device {
            return;
        }
        for cited in h.deps.iter() {
            if self.dag.user_of(&cited.log.device) != Some(cx.me.user) {
                continue;
            }
            let line = (h.audience, cited.log);
            let mut runs =
                self.holders.by.get(&h.log.device).and_then(|lines| lines.get(&line)).cloned().unwrap_or_default();
            if !runs.contains(cited.seq) && runs.add(cited.seq) {
                self.note(h.log.device, line, runs.newest(MAX_HELD_RUNS));
            }
        }
    }

    /// What this device holds of logs of a user, all of them or those that grew, the newest logs first; of audiences that
    /// both read.
    pub(crate) fn holdings_of(&self, me: &UserId, user: &UserId, grown: Option<&BTreeSet<Line>>) -> Vec<Holding> {
        let logs: Vec<&Log> = match grown {
            Some(grown) => grown.iter().filter_map(|line| self.content.get(line)).collect(),
            None => self.content.values().collect(),
        };
        let mut holdings: Vec<Holding> = logs
            .into_iter()
            .filter(|log| self.dag.user_of(&log.id.device) == Some(*user))
            .filter(|log| [me, user].into_iter().all(|reader| self.reads(reader, log.audience)))
            .filter_map(|log| {
                let runs = Bounded::try_from(log.have.newest(MAX_HELD_RUNS).runs().to_vec()).ok()?;
                Some(Holding { audience: log.audience, log: log.id, runs })
            })
            .collect();
        holdings.sort_by_key(|holding| std::cmp::Reverse(holding.log.incarnation));
        holdings.truncate(LINES_MAX);
        holdings
    }

    /// Takes what a member's device says that it holds of logs of my user. Anybody may say so of themselves alone.
    pub(crate) fn take_holdings(&mut self, me: &UserId, from: DeviceId, user: &UserId, said: &[Holding]) {
        let mut taken = Vec::new();
        for Holding { audience, log, runs } in said {
            let mine = self.dag.user_of(&log.device) == Some(*me);
            let read = *audience != Audience::Control && [me, user].into_iter().all(|who| self.reads(who, *audience));
            if let (true, true, Some(runs)) = (mine, read, Runs::of(runs)) {
                taken.push(((*audience, *log), runs));
            }
        }
        for (line, runs) in taken {
            self.note(from, line, runs);
        }
    }

    /// Notes what a device holds of a log. One that is not here may be made up: it gives way to one that is, and is neither
    /// written nor told.
    fn note(&mut self, device: DeviceId, line: Line, runs: Runs) {
        let lines = self.holders.by.entry(device).or_default();
        if lines.get(&line) == Some(&runs) {
            return;
        }
        let is_here = self.content.contains_key(&line);
        if !lines.contains_key(&line) && lines.len() >= LINES_MAX {
            let other = lines.keys().find(|line| !self.content.contains_key(line)).copied();
            let Some(other) = other.filter(|_| is_here) else { return };
            lines.remove(&other);
        }
        lines.insert(line, runs);
        if is_here {
            self.holders.changed.insert(device);
        }
    }

    /// Writes what changed. Gives whether something did.
    pub(crate) fn save_holders(&mut self, cx: &mut Cx<'_>) -> bool {
        let changed = std::mem::take(&mut self.holders.changed);
        for device in &changed {
            let Some(lines) = self.holders.by.get(device) else { continue };
            let here = lines.iter().filter(|(line, _)| self.content.contains_key(line));
            let holdings = here.filter_map(|((audience, log), runs)| {
                let runs = Bounded::try_from(runs.runs().to_vec()).ok()?;
                Some(Holding { audience: *audience, log: *log, runs })
            });
            let row = Held(Bounded::try_from(holdings.collect::<Vec<_>>()).unwrap_or_default());
            cx.tx.put(Table::Checkpoint, key(self.id, *device), canonical::encode(&row));
        }
        !changed.is_empty()
    }

    /// Reads what was written.
    pub(super) fn load_holders(&mut self, db: &dyn Read) -> Result<(), Damaged> {
        let (start, end) = (key_start(self.id), [&key_start(self.id)[..], &[255; 33]].concat());
        for (key, row) in db.scan(Table::Checkpoint, &start..&end, false, usize::MAX)? {
            let device = key.get(start.len()..).and_then(|bytes| bytes.try_into().ok()).ok_or(Damaged)?;
            let device = DeviceId::from(bivouac_crypto::PublicKey::from_bytes(device));
            let Held(holdings) = log::read(&row)?;
            let lines = holdings.iter().filter_map(|it| Some(((it.audience, it.log), Runs::of(&it.runs)?)));
            self.holders.by.insert(device, lines.collect());
        }
        Ok(())
    }

    /// The devices of those who read a channel.
    pub(crate) fn readers(&self, channel: &ChannelId) -> BTreeSet<DeviceId> {
        let readers = self.law.members.iter().filter(|(user, _)| self.sees(user, channel));
        readers.flat_map(|(_, member)| member.devices.iter().copied()).collect()
    }

    /// Where a listed message is known to be, of these devices: here, with who wrote it, and of my user's with who said so.
    pub(crate) fn kept_on(&self, me: DeviceId, row: &Row, readers: &BTreeSet<DeviceId>) -> Kept {
        let line = self.stores.get(&row.store);
        let holds = |device: &&DeviceId| {
            let said = || self.holders.by.get(*device)?.get(line?).map(|runs| runs.contains(row.seq));
            **device == me || line.is_some_and(|(_, log)| log.device == **device) || said().unwrap_or(false)
        };
        Kept { on: readers.iter().filter(holds).copied().collect(), of: readers.len() }
    }
}

fn key_start(guild: GuildId) -> Vec<u8> {
    [&b"k"[..], &guild.0].concat()
}

fn key(guild: GuildId, device: DeviceId) -> Vec<u8> {
    [&key_start(guild)[..], device.as_bytes()].concat()
}
