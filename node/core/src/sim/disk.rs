//! A disk that can lose power: what is written is visible at once, and durable only from the next sync on.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use bivouac_crypto::{Bounded, EpochId};

use super::dice::Dice;
use crate::{
    log,
    model::OpId,
    op::{Audience, Entry},
    table::{Batch, Damaged, Read, Rows, Table},
};

type Place = (Table, Vec<u8>);

/// An ordered map with an undo log of everything since the last sync.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    rows: BTreeMap<Place, Vec<u8>>,
    undo: Vec<(Place, Option<Vec<u8>>)>,
    /// Rows that cannot be read.
    bad: BTreeSet<Place>,
}

impl Disk {
    /// Applies a batch at once.
    pub fn write(&mut self, batch: Batch) {
        for (place, value) in batch.0 {
            let was = match value {
                Some(value) => self.rows.insert(place.clone(), value),
                None => self.rows.remove(&place),
            };
            self.undo.push((place, was));
        }
    }

    /// Makes everything so far durable.
    pub fn sync(&mut self) {
        self.undo.clear();
    }

    /// Loses every write after the last sync.
    pub fn lose_power(&mut self) {
        while let Some((place, was)) = self.undo.pop() {
            match was {
                Some(value) => self.rows.insert(place, value),
                None => self.rows.remove(&place),
            };
        }
    }

    /// Makes a few rows unreadable, or lets them vanish.
    pub fn spoil(&mut self, dice: &mut Dice) {
        let places: Vec<Place> = self.rows.keys().cloned().collect();
        for _ in 0..dice.between(1, 6) {
            let Some(place) = dice.pick(&places) else { return };
            // A row that is gone from an index leaves no trace; no real disk loses just that.
            let index = matches!(place.0, Table::Message | Table::Mark | Table::Search)
                || (place.0 == Table::Checkpoint && place.1.first() == Some(&b'u'));
            if index || dice.chance(500) {
                self.bad.insert(place);
            } else {
                self.rows.remove(&place);
            }
        }
    }

    /// A disk with what can be read of ops and secrets on this one.
    #[must_use]
    pub fn salvage(&self) -> Self {
        let truth = |table| matches!(table, Table::Segment | Table::Tail | Table::Secret);
        let readable = self.rows.iter().filter(|(place, _)| truth(place.0) && !self.bad.contains(*place));
        Self { rows: readable.map(|(place, row)| (place.clone(), row.clone())).collect(), ..Self::default() }
    }

    /// The ops here, and whether they are of the law; and the epoch secrets.
    #[must_use]
    pub fn held(&self) -> (BTreeMap<OpId, bool>, BTreeSet<EpochId>) {
        let tail = self.rows(Table::Tail).filter_map(|(_, row)| Some(vec![log::read::<Entry>(row).ok()?]));
        let segments = self.rows(Table::Segment);
        let packed = segments.filter_map(|(_, row)| Some(log::read::<Bounded<Entry, 64>>(row).ok()?.into_vec()));
        let ops = tail.chain(packed).flatten();
        let ops = ops.map(|entry| (entry.header.id(), entry.header.audience == Audience::Control)).collect();
        let secrets = self.rows(Table::Secret).filter(|(key, _)| key.first() == Some(&b'e'));
        (ops, secrets.filter_map(|(key, _)| Some(EpochId(key.get(33..)?.try_into().ok()?))).collect())
    }

    /// Every readable row of a table, in key order.
    pub fn rows(&self, table: Table) -> impl Iterator<Item = (&[u8], &[u8])> {
        let readable = self.rows.iter().filter(move |(place, _)| place.0 == table && !self.bad.contains(*place));
        readable.map(|((_, key), value)| (&key[..], &value[..]))
    }

    /// Whether these bytes stand anywhere on the disk.
    #[must_use]
    pub fn holds(&self, needle: &[u8]) -> bool {
        self.rows.values().any(|value| value.windows(needle.len()).any(|at| at == needle))
    }

    /// How many bytes the values take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rows.values().map(Vec::len).sum()
    }
}

impl Read for Disk {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        let place = (table, key.to_vec());
        if self.bad.contains(&place) { Err(Damaged) } else { Ok(self.rows.get(&place).cloned()) }
    }

    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
        let (start, end) = ((table, range.start.to_vec()), (table, range.end.to_vec()));
        if start >= end {
            return Ok(Vec::new());
        }
        let read = |(place, value): (&Place, &Vec<u8>)| {
            if self.bad.contains(place) { Err(Damaged) } else { Ok((place.1.clone(), value.clone())) }
        };
        let rows = self.rows.range(start..end);
        if reverse { rows.rev().take(max).map(read).collect() } else { rows.take(max).map(read).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(disk: &mut Disk, key: u8, value: Option<u8>) {
        disk.write(Batch(BTreeMap::from([((Table::Tail, vec![key]), value.map(|v| vec![v]))])));
    }

    #[test]
    fn a_crash_loses_exactly_what_came_after_the_last_sync() {
        let mut disk = Disk::default();
        put(&mut disk, 1, Some(1));
        put(&mut disk, 2, Some(2));
        disk.sync();
        put(&mut disk, 1, Some(9));
        put(&mut disk, 1, None);
        put(&mut disk, 3, Some(3));
        assert_eq!(disk.get(Table::Tail, &[3]), Ok(Some(vec![3])));
        disk.lose_power();
        assert_eq!(disk.get(Table::Tail, &[1]), Ok(Some(vec![1])));
        assert_eq!(disk.scan(Table::Tail, &[0][..]..&[9][..], true, 9).map(|rows| rows.len()), Ok(2));
    }
}
