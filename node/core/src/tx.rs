//! One call's view of the store: what is on disk, with the writes of this call on top.

use std::{collections::BTreeMap, ops::Range};

use crate::table::{Batch, Damaged, Read, Rows, Table};

/// Reads through, writes into a batch.
pub(crate) struct Tx<'a> {
    db: &'a dyn Read,
    batch: Batch,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(db: &'a dyn Read) -> Self {
        Self { db, batch: Batch::default() }
    }

    pub(crate) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.batch.0.insert((table, key), Some(value));
    }

    pub(crate) fn delete(&mut self, table: Table, key: Vec<u8>) {
        self.batch.0.insert((table, key), None);
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

    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged> {
        let (start, end) = ((table, range.start.to_vec()), (table, range.end.to_vec()));
        if start >= end {
            return Ok(Vec::new());
        }
        let ours: Vec<_> = self.batch.0.range(start..end).collect();
        if ours.is_empty() {
            return self.db.scan(table, range, reverse, max);
        }
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> =
            self.db.scan(table, range, reverse, max.saturating_add(ours.len()))?.into_iter().collect();
        for ((_, key), value) in ours {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        let rows = rows.into_iter();
        Ok(if reverse { rows.rev().take(max).collect() } else { rows.take(max).collect() })
    }
}
