//! A disk that can lose power: what is written is visible at once, and durable only from the next sync on.

use std::{collections::BTreeMap, ops::Range};

use crate::table::{Batch, Damaged, Read, Rows, Table};

type Place = (Table, Vec<u8>);

/// An ordered map with an undo log of everything since the last sync.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    rows: BTreeMap<Place, Vec<u8>>,
    undo: Vec<(Place, Option<Vec<u8>>)>,
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

    /// Every row of a table, in key order.
    pub fn rows(&self, table: Table) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.rows.iter().filter(move |((t, _), _)| *t == table).map(|((_, key), value)| (&key[..], &value[..]))
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
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
        let (start, end) = ((table, range.start.to_vec()), (table, range.end.to_vec()));
        if start >= end {
            return Ok(Vec::new());
        }
        let rows = self.rows.range(start..end).map(|((_, key), value)| (key.clone(), value.clone()));
        Ok(if reverse { rows.rev().take(max).collect() } else { rows.take(max).collect() })
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
