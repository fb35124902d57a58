//! Logs on disk: ops by log number and place, sixty-four to a segment, and which of them are here.
//!
//! ```text
//!  Tail (log, seq) ─ one op each ─▶ when 64 aligned places are full ─▶ Segment (log, seq / 64)
//! ```

use std::collections::BTreeSet;

use bivouac_crypto::{Bounded, canonical};
use minicbor::{Decode, Encode};

use crate::{
    model::{GuildId, Hlc, LogId, OpId},
    op::{Audience, Entry, Line, Proved},
    table::{Damaged, Read, Table},
    tx::Tx,
    wire::Evidence,
};

/// Ops in a segment.
pub const SEGMENT: u64 = 64;
/// Most separate runs of ops held of one log; an op that would open another is not taken yet.
pub const MAX_RUNS: usize = 128;
/// How far above what is here a log's next op may claim to be.
pub const MAX_GAP: u64 = 4_000_000;

/// The places of a log that are here: sorted, disjoint, inclusive runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Runs(#[n(0)] Vec<(u64, u64)>);

impl Runs {
    /// Whether a place is here.
    #[must_use]
    pub fn contains(&self, seq: u64) -> bool {
        let i = self.0.partition_point(|(_, last)| *last < seq);
        self.0.get(i).is_some_and(|(first, _)| *first <= seq)
    }

    /// Whether all of these places are here.
    #[must_use]
    pub fn covers(&self, first: u64, last: u64) -> bool {
        let i = self.0.partition_point(|(_, end)| *end < first);
        self.0.get(i).is_some_and(|(start, end)| *start <= first && last <= *end)
    }

    /// Runs that somebody names; `None` unless they are sorted, apart from each other, and no more than [`MAX_RUNS`].
    #[must_use]
    pub fn of(runs: &[(u64, u64)]) -> Option<Self> {
        let apart = |pair: &[(u64, u64)]| pair[0].1.checked_add(1).is_some_and(|next| next < pair[1].0);
        let ordered = runs.iter().all(|(first, last)| first <= last) && runs.windows(2).all(apart);
        (ordered && runs.len() <= MAX_RUNS).then(|| Self(runs.to_vec()))
    }

    /// The highest so many runs.
    #[must_use]
    pub fn newest(&self, most: usize) -> Self {
        Self(self.0[self.0.len().saturating_sub(most)..].to_vec())
    }

    /// Adds a place. `false` if that would make more than [`MAX_RUNS`] runs.
    pub fn add(&mut self, seq: u64) -> bool {
        let i = self.0.partition_point(|(_, last)| last.saturating_add(1) < seq);
        let full = self.0.len() >= MAX_RUNS;
        match self.0.get_mut(i) {
            Some((first, last)) if *first <= seq && seq <= *last => {}
            Some((_, last)) if last.saturating_add(1) == seq => {
                *last = seq;
                let end = seq;
                if let Some((_, next_last)) = self.0.get(i + 1).copied().filter(|(next, _)| *next == end + 1) {
                    self.0[i].1 = next_last;
                    self.0.remove(i + 1);
                }
            }
            Some((first, _)) if *first == seq + 1 => *first = seq,
            _ if full => return false,
            _ => self.0.insert(i, (seq, seq)),
        }
        true
    }

    /// Forgets `seq` and everything after it.
    pub fn cut(&mut self, seq: u64) {
        self.0.retain(|(first, _)| *first < seq);
        if let (Some(last), Some(end)) = (self.0.last_mut(), seq.checked_sub(1)) {
            last.1 = last.1.min(end);
        }
    }

    /// How many places are here.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// How many of these places are here.
    #[must_use]
    pub fn count_in(&self, first: u64, last: u64) -> u64 {
        let from = self.0.partition_point(|(_, end)| *end < first);
        let within = self.0[from..].iter().take_while(|(start, _)| *start <= last);
        within.map(|(start, end)| last.min(*end) - first.max(*start) + 1).sum()
    }

    /// The highest place.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.0.last().map(|(_, last)| *last)
    }

    /// The highest place at or below `top` that is here.
    #[must_use]
    pub fn last_until(&self, top: u64) -> Option<u64> {
        let i = self.0.partition_point(|(first, _)| *first <= top);
        i.checked_sub(1).and_then(|i| self.0.get(i)).map(|(_, last)| (*last).min(top))
    }

    /// The highest gap at or below `top`: its first and last place.
    #[must_use]
    pub fn highest_gap(&self, top: u64) -> Option<(u64, u64)> {
        let mut end = Some(top);
        for (first, last) in self.0.iter().rev() {
            let e = end?;
            if *last < e {
                return Some((last + 1, e));
            }
            if *first <= e {
                end = first.checked_sub(1);
            }
        }
        end.map(|e| (0, e))
    }

    /// The runs.
    #[must_use]
    pub fn runs(&self) -> &[(u64, u64)] {
        &self.0
    }
}

/// What is known of one log, or of one branch of a control log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Log {
    /// Its number in the store.
    #[n(0)]
    pub store: u32,
    /// Its audience.
    #[n(1)]
    pub audience: Audience,
    /// Whose.
    #[n(2)]
    pub id: LogId,
    /// Which ops are here.
    #[n(3)]
    pub have: Runs,
    /// The newest op known.
    #[n(4)]
    pub head: Option<(u64, OpId)>,
    /// Where the log contradicts itself, with the proof: nothing from there on counts.
    #[n(5)]
    pub cut: Option<(u64, Evidence)>,
    /// The highest timestamp in it.
    #[n(6)]
    pub latest: Hlc,
    /// Below this place what is past its time is erased.
    #[n(7)]
    pub forgotten: u64,
}

impl Log {
    /// A log of which nothing is here.
    #[must_use]
    pub fn new(store: u32, audience: Audience, id: LogId) -> Self {
        Self { store, audience, id, have: Runs::default(), head: None, cut: None, latest: Hlc(0), forgotten: 0 }
    }

    /// Whose, and for whom.
    pub(crate) fn line(&self) -> Line {
        (self.audience, self.id)
    }

    pub(crate) fn save(&self, tx: &mut Tx<'_>, guild: GuildId) {
        tx.put(Table::Checkpoint, row_key(guild, self.store), canonical::encode(self));
    }

    /// All logs of a guild, by their number.
    pub(crate) fn load_all(db: &dyn Read, guild: GuildId) -> Result<Vec<Self>, Damaged> {
        let (start, end) = (row_key(guild, 0), row_key(guild, u32::MAX));
        let rows = db.scan(Table::Checkpoint, &start..&end, false, usize::MAX)?;
        rows.iter().map(|(_, row)| read(row)).collect()
    }

    /// Stores an op and notes that it is here. `false` if it opens too many runs.
    pub(crate) fn put(&mut self, tx: &mut Tx<'_>, op: &Proved) -> Result<bool, Damaged> {
        let seq = op.entry.header.seq;
        if !self.have.add(seq) {
            return Ok(false);
        }
        if self.head.is_none_or(|(head, _)| head < seq) {
            self.head = Some((seq, op.id));
        }
        self.latest = self.latest.max(op.entry.header.hlc);
        tx.put(Table::Tail, key(self.store, seq), canonical::encode(&op.entry));
        let block = seq / SEGMENT;
        let (first, last) = (block * SEGMENT, block * SEGMENT + SEGMENT - 1);
        if self.have.covers(first, last) {
            self.pack(tx, block, first, last)?;
        }
        Ok(true)
    }

    /// Notes an op that is on disk already.
    pub(crate) fn restore(&mut self, op: &Proved) {
        let seq = op.entry.header.seq;
        self.have.add(seq);
        self.latest = self.latest.max(op.entry.header.hlc);
        if self.head.is_none_or(|(head, _)| head < seq) {
            self.head = Some((seq, op.id));
        }
    }

    fn pack(&self, tx: &mut Tx<'_>, block: u64, first: u64, last: u64) -> Result<(), Damaged> {
        let mut entries = Vec::with_capacity(SEGMENT as usize);
        for seq in first..=last {
            let Some(entry) = self.get(tx, seq)? else { return Ok(()) };
            entries.push(entry);
        }
        if let Ok(entries) = Bounded::<Entry, { SEGMENT as usize }>::try_from(entries) {
            tx.put(Table::Segment, key(self.store, block), canonical::encode(&entries));
            for seq in first..=last {
                tx.delete(Table::Tail, key(self.store, seq));
            }
        }
        Ok(())
    }

    /// How many ops there are, as far as is known: up to the head, or to where the log is cut.
    pub(crate) fn end(&self) -> u64 {
        match (&self.cut, self.head) {
            (Some((at, _)), _) => *at,
            (None, Some((head, _))) => head.saturating_add(1),
            (None, None) => 0,
        }
    }

    /// How many of them are not here.
    pub(crate) fn missing(&self) -> u64 {
        self.end().saturating_sub(self.have.count())
    }

    /// What the op at a place names as its predecessor. Of the op at the cut the proof of the fork tells.
    pub(crate) fn prev_of(&self, db: &dyn Read, seq: u64) -> Result<Option<OpId>, Damaged> {
        if let Some((at, evidence)) = &self.cut
            && *at == seq
        {
            let lower = [&evidence.a, &evidence.b].into_iter().min_by_key(|entry| entry.header.seq);
            return Ok(lower.map(|entry| entry.header.prev));
        }
        Ok(self.get(db, seq)?.map(|entry| entry.header.prev))
    }

    /// The op at a place.
    pub(crate) fn get(&self, db: &dyn Read, seq: u64) -> Result<Option<Entry>, Damaged> {
        if !self.have.contains(seq) {
            return Ok(None);
        }
        if let Some(row) = db.get(Table::Tail, &key(self.store, seq))? {
            return read(&row).map(Some);
        }
        let segment = self.segment(db, seq / SEGMENT)?.unwrap_or_default();
        segment.into_iter().find(|entry| entry.header.seq == seq).ok_or(Damaged).map(Some)
    }

    /// The ops `first..=last` that are here, in order.
    pub(crate) fn range(&self, db: &dyn Read, first: u64, last: u64) -> Result<Vec<Entry>, Damaged> {
        let mut found = Vec::new();
        let mut seq = first;
        while seq <= last {
            let block = seq / SEGMENT;
            let end = last.min(block * SEGMENT + SEGMENT - 1);
            match self.segment(db, block)? {
                Some(segment) => {
                    found.extend(segment.into_iter().filter(|e| (seq..=end).contains(&e.header.seq)));
                }
                None => {
                    let (start, stop) = (key(self.store, seq), key(self.store, end + 1));
                    for (_, row) in db.scan(Table::Tail, &start..&stop, false, SEGMENT as usize)? {
                        found.push(read(&row)?);
                    }
                }
            }
            seq = end + 1;
        }
        found.retain(|entry| self.have.contains(entry.header.seq));
        if found.len() as u64 == self.have.count_in(first, last) { Ok(found) } else { Err(Damaged) }
    }

    /// Erases the payload of an op that is here. `false` where it was erased before.
    pub(crate) fn erase(&self, tx: &mut Tx<'_>, seq: u64) -> Result<bool, Damaged> {
        let Some(entry) = self.get(tx, seq)?.filter(|entry| entry.payload.is_some()) else { return Ok(false) };
        self.replace(tx, &Entry { payload: None, ..entry })?;
        Ok(true)
    }

    /// Puts the payload of an op that is here back.
    pub(crate) fn fill(&self, tx: &mut Tx<'_>, entry: &Entry) -> Result<(), Damaged> {
        self.replace(tx, entry)
    }

    fn replace(&self, tx: &mut Tx<'_>, entry: &Entry) -> Result<(), Damaged> {
        let seq = entry.header.seq;
        match self.segment(tx, seq / SEGMENT)? {
            None => tx.put(Table::Tail, key(self.store, seq), canonical::encode(entry)),
            Some(mut entries) => {
                entries.iter_mut().filter(|e| e.header.seq == seq).for_each(|e| *e = entry.clone());
                let entries = Bounded::<Entry, { SEGMENT as usize }>::try_from(entries).map_err(|_| Damaged)?;
                tx.put(Table::Segment, key(self.store, seq / SEGMENT), canonical::encode(&entries));
            }
        }
        Ok(())
    }

    /// Those of the ops `first..=last` that are here.
    pub(crate) fn present(&self, db: &dyn Read, first: u64, last: u64) -> Result<Vec<Entry>, Damaged> {
        let mut found = Vec::new();
        for (start, end) in self.have.runs().iter().filter(|(start, end)| *start <= last && *end >= first) {
            found.extend(self.range(db, first.max(*start), last.min(*end))?);
        }
        Ok(found)
    }

    /// Cuts the log at a proven fork: what comes from there on is forgotten. Returns the ops removed.
    pub(crate) fn cut(&mut self, tx: &mut Tx<'_>, seq: u64, evidence: Evidence) -> Result<Vec<Entry>, Damaged> {
        let mut removed = Vec::new();
        let mut blocks = BTreeSet::new();
        for (first, last) in self.have.runs().iter().filter(|(_, last)| *last >= seq) {
            removed.extend(self.range(tx, seq.max(*first), *last)?);
            blocks.extend(seq.max(*first) / SEGMENT..=*last / SEGMENT);
        }
        for block in blocks {
            let kept: Vec<Entry> = self.range(tx, block * SEGMENT, block * SEGMENT + SEGMENT - 1)?;
            tx.delete(Table::Segment, key(self.store, block));
            for entry in kept {
                let place = key(self.store, entry.header.seq);
                if entry.header.seq < seq {
                    tx.put(Table::Tail, place, canonical::encode(&entry));
                } else {
                    tx.delete(Table::Tail, place);
                }
            }
        }
        self.have.cut(seq);
        self.head = Some((seq, OpId([0; 32])));
        self.cut = Some((seq, evidence));
        Ok(removed)
    }

    fn segment(&self, db: &dyn Read, block: u64) -> Result<Option<Vec<Entry>>, Damaged> {
        match db.get(Table::Segment, &key(self.store, block))? {
            None => Ok(None),
            Some(row) => read::<Bounded<Entry, { SEGMENT as usize }>>(&row).map(|entries| Some(entries.into_vec())),
        }
    }
}

/// Reads a row that this node wrote itself: it was canonical then, and its seal says that it is the same.
pub(crate) fn read<T: for<'b> Decode<'b, ()>>(row: &[u8]) -> Result<T, Damaged> {
    minicbor::decode(row).map_err(|_| Damaged)
}

fn key(store: u32, n: u64) -> Vec<u8> {
    [&store.to_be_bytes()[..], &n.to_be_bytes()].concat()
}

fn row_key(guild: GuildId, store: u32) -> Vec<u8> {
    [&b"l"[..], &guild.0, &store.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use bivouac_crypto::{DeviceId, PublicKey};

    use super::*;
    use crate::{model::Hlc, op::Header, op::VERSION, sim::Disk};

    /// Ops of one log, the first so many.
    fn ops(count: u64) -> Vec<Proved> {
        let log = LogId { device: DeviceId(PublicKey::from_bytes([1; 32])), incarnation: 0 };
        let mut prev = OpId([0; 32]);
        let op = |seq| {
            let header = Header {
                version: VERSION,
                guild: GuildId([2; 32]),
                audience: Audience::Guild,
                log,
                seq,
                prev,
                hlc: Hlc::at(1_000 + seq),
                auth: Bounded::default(),
                deps: Bounded::default(),
                kind: 0,
                epoch: None,
                payload_len: 0,
                payload_hash: [0; 32],
            };
            prev = header.id();
            Proved { entry: Entry { header, signature: None, payload: None }, id: prev, signed: true }
        };
        (0..count).map(op).collect()
    }

    /// A log to which ops came in this order, and the disk that it is on.
    fn written<'a>(ops: impl IntoIterator<Item = &'a Proved>) -> (Log, Disk) {
        let (mut disk, mut log) = (Disk::default(), None);
        for op in ops {
            let mut tx = Tx::new(&disk);
            let log = log.get_or_insert_with(|| Log::new(7, Audience::Guild, op.entry.header.log));
            assert!(log.put(&mut tx, op).unwrap());
            let batch = tx.take().unwrap();
            disk.write(batch);
        }
        (log.unwrap(), disk)
    }

    fn rows(disk: &Disk) -> (usize, usize) {
        (disk.rows(Table::Segment).count(), disk.rows(Table::Tail).count())
    }

    fn runs(places: &[u64]) -> Runs {
        let mut runs = Runs::default();
        for seq in places {
            assert!(runs.add(*seq));
        }
        runs
    }

    #[test]
    fn runs_merge_whatever_the_order() {
        let mut places: Vec<u64> = (0..40).filter(|n| n % 7 != 3).collect();
        let sorted = runs(&places);
        places.reverse();
        assert_eq!(runs(&places), sorted);
        places.sort_by_key(|n| (n * 17) % 41);
        assert_eq!(runs(&places), sorted);
        // A place that is here already changes nothing, wherever it stands.
        assert_eq!(runs(&[4, 5, 6, 4, 5, 6, 5]).runs(), &[(4, 6)]);
        assert!(sorted.covers(9, 9) && runs(&[0, 1, 2]).covers(2, 2));
        assert!(sorted.covers(4, 9) && !sorted.covers(4, 10) && !sorted.contains(3));
        assert_eq!(sorted.count(), places.len() as u64);
    }

    #[test]
    fn gaps_are_found_from_the_top() {
        let have = runs(&[0, 1, 2, 6, 7, 9]);
        assert_eq!(have.highest_gap(12), Some((10, 12)));
        assert_eq!(have.highest_gap(9), Some((8, 8)));
        assert_eq!(have.highest_gap(7), Some((3, 5)));
        assert_eq!(have.highest_gap(2), None);
        assert_eq!(Runs::default().highest_gap(5), Some((0, 5)));
    }

    #[test]
    fn cutting_leaves_what_is_below() {
        let mut have = runs(&[0, 1, 2, 3, 6, 7]);
        assert_eq!((have.count_in(2, 6), have.count_in(4, 5), have.count_in(0, 99)), (3, 0, 6));
        have.cut(3);
        assert_eq!(have.runs(), [(0, 2)]);
        have.cut(0);
        assert_eq!(have.count(), 0);
    }

    #[test]
    fn every_op_comes_back_from_its_place_whatever_the_order() {
        let ops = ops(200);
        let (up, down) = (ops.iter().collect::<Vec<_>>(), ops.iter().rev().collect::<Vec<_>>());
        let mixed = (0..200).map(|n| &ops[n * 77 % 200]).collect::<Vec<_>>();
        for order in [up, down, mixed] {
            let (log, disk) = written(order);
            assert_eq!((log.head, log.latest), (Some((199, ops[199].id)), Hlc::at(1_199)));
            assert_eq!((log.end(), log.missing(), rows(&disk)), (200, 0, (3, 8)));
            for op in &ops {
                let seq = op.entry.header.seq;
                assert_eq!(log.get(&disk, seq), Ok(Some(op.entry.clone())));
                assert_eq!(log.prev_of(&disk, seq), Ok(Some(op.entry.header.prev)));
            }
            assert_eq!(log.get(&disk, 200), Ok(None));
            for (first, last) in [(0, 199), (10, 150), (63, 64), (70, 70), (127, 128), (192, 199), (191, 193)] {
                let found: Vec<u64> =
                    log.range(&disk, first, last).unwrap().iter().map(|entry| entry.header.seq).collect();
                assert_eq!(found, (first..=last).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_is_missing_is_counted_and_left_out() {
        let ops = ops(100);
        let (log, disk) = written(ops.iter().filter(|op| !(30..40).contains(&op.entry.header.seq)));
        assert_eq!((log.end(), log.missing(), log.have.highest_gap(99)), (100, 10, Some((30, 39))));
        assert_eq!((log.get(&disk, 35), rows(&disk)), (Ok(None), (0, 90)));
        assert_eq!(log.range(&disk, 20, 50).unwrap().len(), 21);
        let mut again = Log::new(7, Audience::Guild, log.id);
        ops.iter().rev().for_each(|op| again.restore(op));
        assert_eq!((again.head, again.latest, again.have.runs()), (log.head, log.latest, &[(0, 99)][..]));
    }

    #[test]
    fn a_lost_row_is_damage_and_no_gap() {
        let ops = ops(70);
        let (log, mut disk) = written(&ops);
        let mut tx = Tx::new(&disk);
        tx.delete(Table::Segment, key(7, 0));
        tx.delete(Table::Tail, key(7, 66));
        let batch = tx.take().unwrap();
        disk.write(batch);
        assert_eq!((log.get(&disk, 3), log.get(&disk, 66)), (Err(Damaged), Err(Damaged)));
        assert_eq!((log.range(&disk, 0, 63), log.range(&disk, 64, 69)), (Err(Damaged), Err(Damaged)));
        assert_eq!(log.range(&disk, 67, 69).unwrap().len(), 3);
    }

    #[test]
    fn a_cut_forgets_what_follows_and_keeps_the_proof() {
        // The last segment has just been begun.
        let ops = ops(193);
        let (mut log, mut disk) = written(&ops);
        let evidence = Evidence { a: ops[70].entry.clone(), b: ops[71].entry.clone() };
        let mut tx = Tx::new(&disk);
        let removed = log.cut(&mut tx, 70, evidence.clone()).unwrap();
        let batch = tx.take().unwrap();
        disk.write(batch);
        assert_eq!(removed, ops[70..].iter().map(|op| op.entry.clone()).collect::<Vec<_>>());
        assert_eq!((log.head, log.cut.clone()), (Some((70, OpId([0; 32]))), Some((70, evidence))));
        assert_eq!((log.end(), log.missing(), log.have.runs(), rows(&disk)), (70, 0, &[(0, 69)][..], (1, 6)));
        assert_eq!((log.get(&disk, 69), log.get(&disk, 70)), (Ok(Some(ops[69].entry.clone())), Ok(None)));
        assert_eq!(log.prev_of(&disk, 70), Ok(Some(ops[70].entry.header.prev)));
        assert_eq!(log.range(&disk, 60, 90).unwrap().len(), 10);
    }

    #[test]
    fn a_log_has_only_so_many_runs() {
        let mut have = Runs::default();
        for n in 0..MAX_RUNS as u64 {
            assert!(have.add(n * 3));
        }
        assert!(!have.add(10_000) && !have.contains(10_000));
        // What joins on to a run still comes in, and joining two makes room.
        assert!(have.add(1) && have.add(2) && have.add(10_000));
        assert_eq!((have.runs().len(), have.last(), have.runs()[0]), (MAX_RUNS, Some(10_000), (0, 3)));
        assert_eq!((have.last_until(2), have.last_until(5), have.last_until(9_999)), (Some(2), Some(3), Some(381)));
        assert_eq!(Runs::default().last_until(5), None);
    }

    #[test]
    fn what_one_op_says_is_erased_and_filled_wherever_it_is() {
        let mut ops = ops(130);
        for (n, op) in (0..).zip(&mut ops) {
            op.entry.payload = Some(vec![n].try_into().unwrap());
        }
        let (log, mut disk) = written(&ops);
        let here = |disk: &Disk| -> Vec<Entry> { log.range(disk, 0, 129).unwrap() };
        for seq in [0, 63, 64, 70, 129] {
            let mut tx = Tx::new(&disk);
            assert!(log.erase(&mut tx, seq).unwrap());
            assert!(!log.erase(&mut tx, seq).unwrap(), "once");
            let batch = tx.take().unwrap();
            disk.write(batch);
            let gone: Vec<u64> =
                here(&disk).iter().filter(|e| e.payload.is_none()).map(|entry| entry.header.seq).collect();
            assert_eq!(gone, [seq]);
            let mut tx = Tx::new(&disk);
            log.fill(&mut tx, &ops[seq as usize].entry).unwrap();
            let batch = tx.take().unwrap();
            disk.write(batch);
            assert!(here(&disk).iter().zip(&ops).all(|(entry, op)| *entry == op.entry));
        }
    }
}
