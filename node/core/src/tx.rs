//! One call's view of the store: what is on disk, with the writes of this call on top.

use std::{cmp::Ordering, ops::Range};

use crate::table::{Batch, Damaged, Read, Rows, Table};

/// Reads through, writes into a batch.
pub(crate) struct Tx<'a> {
    db: &'a dyn Read,
    batch: Batch,
    /// Rows of the batch that scans have gone over.
    #[cfg(test)]
    pub(crate) touched: std::cell::Cell<u64>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(db: &'a dyn Read) -> Self {
        Self {
            db,
            batch: Batch::default(),
            #[cfg(test)]
            touched: std::cell::Cell::default(),
        }
    }

    pub(crate) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.batch.0.insert((table, key), Some(value));
    }

    pub(crate) fn delete(&mut self, table: Table, key: Vec<u8>) {
        self.batch.0.insert((table, key), None);
    }

    /// The keys of a table that begin so and were put so far.
    pub(crate) fn written<'b>(&'b self, table: Table, start: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        let rows = self
            .batch
            .0
            .range((table, start.to_vec())..)
            .take_while(move |((of, key), _)| *of == table && key.starts_with(start));
        rows.filter(|(_, value)| value.is_some()).map(|((_, key), _)| key.as_slice())
    }

    /// The writes so far; the view forgets them.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        let batch = std::mem::take(&mut self.batch);
        (!batch.0.is_empty()).then_some(batch)
    }
}

impl Read for Tx<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        match self.batch.0.get(&(table, key.to_vec())) {
            Some(written) => Ok(written.clone()),
            None => self.db.get(table, key),
        }
    }

    /// Merges both as far as `max` asks for: a batch can hold a whole store.
    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
        let (start, end) = ((table, range.start.to_vec()), (table, range.end.to_vec()));
        if start >= end {
            return Ok(Vec::new());
        }
        let mut within = self.batch.0.range(start..end);
        let next = || if reverse { within.next_back() } else { within.next() };
        let count = |_: &_| {
            #[cfg(test)]
            self.touched.set(self.touched.get() + 1);
        };
        let mut ours = std::iter::from_fn(next).inspect(count).peekable();
        if ours.peek().is_none() {
            return self.db.scan(table, range, reverse, max);
        }
        let (mut from, mut to) = (range.start.to_vec(), range.end.to_vec());
        let (mut asked, mut more) = (max, true);
        let mut theirs = Vec::new().into_iter().peekable();
        let mut rows = Vec::new();
        while rows.len() < max {
            if theirs.peek().is_none() && more {
                let found = self.db.scan(table, &from..&to, reverse, asked)?;
                more = found.len() == asked;
                match found.last() {
                    Some((last, _)) if reverse => to.clone_from(last),
                    Some((last, _)) => from = [last.as_slice(), &[0]].concat(),
                    None => {}
                }
                // What is deleted here may hide all of it.
                asked = asked.saturating_mul(2);
                theirs = found.into_iter().peekable();
            }
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(((_, our), _)), Some((their, _))) if reverse => their.cmp(our),
                (Some(((_, our), _)), Some((their, _))) => our.cmp(their),
            };
            if order != Ordering::Less {
                let row = theirs.next();
                rows.extend(row.filter(|_| order == Ordering::Greater));
            }
            if order != Ordering::Greater
                && let Some(((_, key), Some(value))) = ours.next()
            {
                rows.push((key.clone(), value.clone()));
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sim::Dice;

    /// Rows of one table.
    struct Shelf(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Read for Shelf {
        fn get(&self, _: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
            Ok(self.0.get(key).cloned())
        }

        fn scan(&self, _: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
            let rows = self.0.range(range.start.to_vec()..range.end.to_vec()).map(|(k, v)| (k.clone(), v.clone()));
            Ok(if reverse { rows.rev().take(max).collect() } else { rows.take(max).collect() })
        }
    }

    #[test]
    fn a_scan_sees_what_the_store_will_hold() {
        for seed in 0..200 {
            let mut dice = Dice::new(seed);
            let mut row = |most: u64| (vec![u8::try_from(dice.below(most)).unwrap()], vec![dice.below(9) as u8]);
            let shelf = Shelf((0..12).map(|_| row(24)).collect());
            let (mut tx, mut after) = (Tx::new(&shelf), shelf.0.clone());
            for n in 0..12 {
                let (key, value) = row(24);
                if n % 3 == 0 {
                    after.insert(key.clone(), value.clone());
                    tx.put(Table::Message, key, value);
                } else {
                    after.remove(&key);
                    tx.delete(Table::Message, key);
                }
            }
            let after = Shelf(after);
            for (from, to, max) in (0..24).flat_map(|n| [(n, 24, 1), (0, n, 2), (n / 2, 20, 5), (0, 24, usize::MAX)]) {
                for reverse in [false, true] {
                    let scan = |db: &dyn Read| db.scan(Table::Message, &[from][..]..&[to.max(from)][..], reverse, max);
                    assert_eq!(scan(&tx), scan(&after), "seed {seed}: {from}..{to} {reverse} {max}");
                }
            }
        }
    }
}
