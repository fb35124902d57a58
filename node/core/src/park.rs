//! Ops that wait: for an op they cite, for their author to be known, or for their time to come. Bounded; what does not
//! fit is dropped and will be offered again by sync.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::DeviceId;

use crate::{
    model::{Hlc, OpId},
    op::Proved,
};

/// Most ops parked in one guild.
pub const MAX_OPS: usize = 8_192;
/// Most bytes parked in one guild.
pub const MAX_BYTES: usize = 4 << 20;
/// What one device may take of both, and all those together that nobody has certified: a quarter.
pub const SHARE: usize = 4;

/// What an op waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// This control op.
    Op(OpId),
    /// An identity that certifies this device.
    Device(DeviceId),
    /// The local clock to come near this timestamp.
    Time(Hlc),
}

/// A part of what is parked.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    ops: usize,
    bytes: usize,
}

impl Held {
    /// Whether an op of so many bytes has room in a part of all.
    fn has_room(self, size: usize, part: usize) -> bool {
        self.ops < MAX_OPS / part && self.bytes + size <= MAX_BYTES / part
    }

    fn add(&mut self, size: usize) {
        self.ops += 1;
        self.bytes += size;
    }

    fn remove(&mut self, size: usize) {
        self.ops -= 1;
        self.bytes -= size;
    }
}

/// Bounded parking.
#[derive(Debug, Default)]
pub struct Parking {
    ops: BTreeMap<OpId, (Need, Proved)>,
    waiting: BTreeSet<(Need, OpId)>,
    per_device: BTreeMap<DeviceId, Held>,
    bytes: usize,
    /// What waits for its device to be known.
    strangers: Held,
}

impl Parking {
    /// Parks an op. Returns whether there was room.
    pub fn park(&mut self, need: Need, op: Proved) -> bool {
        let device = op.entry.header.log.device;
        let size = weight(&op);
        if self.ops.contains_key(&op.id) {
            return true;
        }
        let all = Held { ops: self.ops.len(), bytes: self.bytes };
        let held = self.per_device.get(&device).copied().unwrap_or_default();
        // Keys are cheap to make.
        let stranger = matches!(need, Need::Device(_));
        if !all.has_room(size, 1) || !held.has_room(size, SHARE) || stranger && !self.strangers.has_room(size, SHARE) {
            return false;
        }
        if stranger {
            self.strangers.add(size);
        }
        self.bytes += size;
        self.per_device.entry(device).or_default().add(size);
        self.waiting.insert((need, op.id));
        self.ops.insert(op.id, (need, op));
        true
    }

    /// Whether the op is here.
    #[must_use]
    pub fn contains(&self, id: &OpId) -> bool {
        self.ops.contains_key(id)
    }

    /// Whether an op of another device waits for this one.
    #[must_use]
    pub fn cites(&self, op: &Proved) -> bool {
        let need = Need::Op(op.id);
        let mut waiting = self.waiting.range((need, OpId([0; 32]))..=(need, OpId([255; 32])));
        waiting.any(|(_, id)| {
            self.ops.get(id).is_some_and(|(_, other)| other.entry.header.log.device != op.entry.header.log.device)
        })
    }

    /// Takes out what waited for `need`, oldest first.
    pub fn wake(&mut self, need: Need) -> Vec<Proved> {
        let ids = self.waiting.range((need, OpId([0; 32]))..=(need, OpId([255; 32]))).map(|(_, id)| *id).collect();
        self.take(ids)
    }

    /// Takes out what waited for a time that has come.
    pub fn wake_until(&mut self, wall_ms: u64) -> Vec<Proved> {
        let from = (Need::Time(Hlc(0)), OpId([0; 32]));
        let due = |need: &Need| matches!(need, Need::Time(hlc) if !hlc.is_future(wall_ms));
        let ids = self.waiting.range(from..).take_while(|(need, _)| due(need)).map(|(_, id)| *id).collect();
        self.take(ids)
    }

    /// The earliest timestamp that an op waits for.
    #[must_use]
    pub fn next_time(&self) -> Option<Hlc> {
        match self.waiting.range((Need::Time(Hlc(0)), OpId([0; 32]))..).next() {
            Some((Need::Time(hlc), _)) => Some(*hlc),
            _ => None,
        }
    }

    /// The parked ops and what they wait for.
    #[cfg(any(test, feature = "sim"))]
    pub fn all(&self) -> impl Iterator<Item = &(Need, Proved)> {
        self.ops.values()
    }

    /// How many ops are parked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether nothing is parked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// How many bytes are parked.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn take(&mut self, ids: Vec<OpId>) -> Vec<Proved> {
        let mut taken: Vec<Proved> = ids.into_iter().filter_map(|id| self.remove(&id)).collect();
        taken.sort_by_key(|op| (op.entry.header.hlc, op.id));
        taken
    }

    fn remove(&mut self, id: &OpId) -> Option<Proved> {
        let (need, op) = self.ops.remove(id)?;
        self.waiting.remove(&(need, *id));
        let size = weight(&op);
        self.bytes -= size;
        if matches!(need, Need::Device(_)) {
            self.strangers.remove(size);
        }
        let device = op.entry.header.log.device;
        if let Some(held) = self.per_device.get_mut(&device) {
            held.remove(size);
            if held.ops == 0 {
                self.per_device.remove(&device);
            }
        }
        Some(op)
    }
}

fn weight(op: &Proved) -> usize {
    512 + op.entry.payload.as_ref().map_or(0, |p| p.len())
}
