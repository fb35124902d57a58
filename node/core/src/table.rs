//! The core's view of the store: tables of byte keys, ordered, read through [`Read`] and written in [`Batch`]es.
//!
//! Truth is `Segment`, `Tail` and `Secret`. `Message`, `Mark`, `Search` and `Checkpoint` are indexes that can be rebuilt from it, but for the
//! proof that a content log forked: what comes before the fork is kept as truth, and the proof is asked for again from
//! peers, whose heads name it.

use std::{collections::BTreeMap, ops::Range};

/// A namespace of keys. The store may prefix the byte to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Sixty-four consecutive ops of a log.
    Segment = 1,
    /// One op each, until its segment is full.
    Tail = 2,
    /// Epoch secrets and guild membership of this device.
    Secret = 3,
    /// Timeline pages.
    Message = 4,
    /// Log heads and what else makes opening quick, and what devices said they hold.
    Checkpoint = 5,
    /// What is said about messages.
    Mark = 6,
    /// What messages are found by.
    Search = 7,
}

/// A record that cannot be read: its seal does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of the store is damaged")]
pub struct Damaged;

/// Key and value pairs in key order.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// The reading side of a store. Two real ones: sled in the node, a `BTreeMap` in the simulator.
pub trait Read {
    /// The value of a key.
    ///
    /// # Errors
    /// [`Damaged`] where the record is there but its seal does not match.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged>;

    /// Up to `max` rows with keys in the range, ascending or (`reverse`) descending.
    ///
    /// # Errors
    /// [`Damaged`] where a record in the way is there but its seal does not match.
    fn scan(&self, table: Table, range: Range<&[u8]>, reverse: bool, max: usize) -> Result<Rows, Damaged>;
}

/// Writes applied together or not at all: `Some` puts, `None` deletes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch(pub BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>);
