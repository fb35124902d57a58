//! A run: some messages, oldest first, and for each term which of them have it. Never changed but to blank a message; a run
//! without it takes its place later.
//!
//! ```text
//!  r run             ─▶ how many, from when to when
//!  d run block       ─▶ 128 messages
//!  g run term number ─▶ terms from this one on, and the numbers of the messages that have them, from this one on
//! ```
//!
//! Rows of `g` are of about one size whatever is in them, and a term is a MAC: neither tells what is said.

use std::{collections::BTreeSet, ops::Range};

use minicbor::{Decode, Encode};
use unsigned_varint::{decode, encode};

use super::Doc;
use crate::{
    log::read,
    model::Hlc,
    table::{Damaged, Read, Table},
    tx::Tx,
};

/// Messages in a row.
const BLOCK: u32 = 128;
/// Bytes from which on a row of terms is full, and numbers put in at once.
const FULL: usize = 2_560;
const PIECE: usize = 1_024;
/// Rows read at once.
const ROWS: usize = 64;
/// In place of a log: the message is not to be found any more.
const BLANK: u32 = u32::MAX;

/// A term: a MAC of what is looked for, under the index's own key.
pub(super) type Term = u32;

/// What is known of a run without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Run {
    /// How many messages.
    #[n(0)]
    pub(super) docs: u32,
    /// How often its messages were merged.
    #[n(1)]
    pub(super) level: u8,
    #[n(2)]
    pub(super) oldest: Hlc,
    #[n(3)]
    pub(super) newest: Hlc,
    /// Some of it is blank: what it was found by is still there.
    #[n(4)]
    pub(super) stale: bool,
}

/// The runs there are.
pub(super) fn load(db: &dyn Read) -> Result<Vec<(u32, Run)>, Damaged> {
    let rows = db.scan(Table::Search, &b"r"[..]..&b"s"[..], false, usize::MAX)?;
    let number = |key: &[u8]| key.get(1..).and_then(|n| n.try_into().ok()).map(u32::from_be_bytes).ok_or(Damaged);
    rows.iter().map(|(key, row)| Ok((number(key)?, read(row)?))).collect()
}

pub(super) fn save(tx: &mut Tx<'_>, n: u32, run: &Run) {
    tx.put(Table::Search, row_key(b'r', n, &[]), bivouac_crypto::canonical::encode(run));
}

/// Writes a run of messages, which are in order, with the numbers that have each term, in order.
pub(super) fn write(
    tx: &mut Tx<'_>,
    n: u32,
    level: u8,
    docs: &[Doc],
    mut next: impl FnMut(&mut Tx<'_>) -> Result<Option<(Term, Vec<u32>)>, Damaged>,
) -> Result<Option<Run>, Damaged> {
    let (Some(oldest), Some(newest)) = (docs.first(), docs.last()) else { return Ok(None) };
    let run = Run {
        docs: u32::try_from(docs.len()).map_err(|_| Damaged)?,
        level,
        oldest: oldest.hlc,
        newest: newest.hlc,
        stale: false,
    };
    save(tx, n, &run);
    for (block, docs) in (0..).zip(docs.chunks(BLOCK as usize)) {
        save_block(tx, n, block, docs);
    }
    let mut row = Terms::default();
    while let Some((term, numbers)) = next(tx)? {
        for piece in numbers.chunks(PIECE) {
            row.push(term, piece);
            if row.bytes.len() >= FULL {
                row.save(tx, n);
            }
        }
    }
    row.save(tx, n);
    Ok(Some(run))
}

/// Takes a run off the disk.
pub(super) fn delete(tx: &mut Tx<'_>, n: u32) -> Result<(), Damaged> {
    tx.delete(Table::Search, row_key(b'r', n, &[]));
    for sort in [b'd', b'g'] {
        let (mut start, end) = (row_key(sort, n, &[]), row_key(sort, n, &[255; 9]));
        loop {
            let rows = tx.scan(Table::Search, &start..&end, false, ROWS)?;
            let Some((last, _)) = rows.last() else { break };
            start = [last.as_slice(), &[0]].concat();
            rows.into_iter().for_each(|(key, _)| tx.delete(Table::Search, key));
        }
    }
    Ok(())
}

/// Blanks a message. Gives its number, if it was there.
pub(super) fn blank(tx: &mut Tx<'_>, n: u32, run: &Run, doc: Doc) -> Result<Option<u32>, Damaged> {
    if !(run.oldest..=run.newest).contains(&doc.hlc) {
        return Ok(None);
    }
    // Blank ones keep their time, by which the others are found.
    let from = first_from(tx, n, run, doc.hlc)?;
    for block in from / BLOCK..run.docs.div_ceil(BLOCK) {
        let mut docs = load_block(tx, n, block)?;
        if docs.first().is_none_or(|first| first.hlc > doc.hlc) {
            break;
        }
        if let Some(at) = docs.iter().position(|here| *here == doc) {
            (docs[at].store, docs[at].seq) = (BLANK, 0);
            save_block(tx, n, block, &docs);
            return Ok(Some(block * BLOCK + u32::try_from(at).unwrap_or(BLOCK)));
        }
    }
    Ok(None)
}

/// Takes a message's number from the terms it has.
pub(super) fn strike(tx: &mut Tx<'_>, n: u32, number: u32, terms: &BTreeSet<Term>) -> Result<(), Damaged> {
    let mut done = None;
    for term in terms {
        let (start, end) = (row_key(b'g', n, &[]), [&terms_key(n, *term, number)[..], &[0]].concat());
        let Some((key, row)) = tx.scan(Table::Search, &start..&end, true, 1)?.pop() else { continue };
        if done.as_ref() == Some(&key) {
            continue;
        }
        let (mut groups, mut left) = (Groups { term: 0, bytes: &row }, Terms::default());
        while let Some((term, mut numbers)) = groups.next()? {
            numbers.retain(|other| *other != number || !terms.contains(&term));
            left.push(term, &numbers);
        }
        // Its place stays: it is not above what is left.
        match left.bytes.is_empty() {
            true => tx.delete(Table::Search, key.clone()),
            false => tx.put(Table::Search, key.clone(), left.bytes),
        }
        done = Some(key);
    }
    Ok(())
}

/// The number of the first message from this time on.
fn first_from(db: &dyn Read, n: u32, run: &Run, hlc: Hlc) -> Result<u32, Damaged> {
    let (mut low, mut high) = (0, run.docs.div_ceil(BLOCK));
    // The last block that begins before this time, or the first.
    while high - low > 1 {
        let middle = low.midpoint(high);
        let before = load_block(db, n, middle)?.first().is_some_and(|first| first.hlc < hlc);
        if before { low = middle } else { high = middle }
    }
    let within = load_block(db, n, low)?.iter().take_while(|doc| doc.hlc < hlc).count();
    Ok(low * BLOCK + u32::try_from(within).unwrap_or(BLOCK))
}

fn save_block(tx: &mut Tx<'_>, n: u32, block: u32, docs: &[Doc]) {
    let mut before = 0;
    let rows: Vec<(u64, u32, u64)> =
        docs.iter().map(|doc| (doc.hlc.0 - std::mem::replace(&mut before, doc.hlc.0), doc.store, doc.seq)).collect();
    tx.put(Table::Search, row_key(b'd', n, &block.to_be_bytes()), bivouac_crypto::canonical::encode(&rows));
}

fn load_block(db: &dyn Read, n: u32, block: u32) -> Result<Vec<Doc>, Damaged> {
    let row = db.get(Table::Search, &row_key(b'd', n, &block.to_be_bytes()))?.ok_or(Damaged)?;
    let rows: Vec<(u64, u32, u64)> = read(&row)?;
    let mut at = 0_u64;
    let docs = rows.into_iter().map(|(since, store, seq)| {
        at = at.checked_add(since)?;
        Some(Doc { hlc: Hlc(at), store, seq })
    });
    docs.collect::<Option<_>>().ok_or(Damaged)
}

// ── terms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// A row of terms that is being written.
#[derive(Default)]
struct Terms {
    first: Option<(Term, u32)>,
    last: Term,
    bytes: Vec<u8>,
}

impl Terms {
    /// Adds numbers to a term that is not below the last.
    fn push(&mut self, term: Term, numbers: &[u32]) {
        let Some(first) = numbers.first() else { return };
        self.first.get_or_insert((term, *first));
        let mut put = |n: u32| self.bytes.extend_from_slice(encode::u32(n, &mut encode::u32_buffer()));
        put(term - self.last);
        put(u32::try_from(numbers.len()).unwrap_or(0));
        let mut before = 0;
        for number in numbers {
            put(number - before);
            before = *number;
        }
        self.last = term;
    }

    fn save(&mut self, tx: &mut Tx<'_>, n: u32) {
        let Self { first, bytes, .. } = std::mem::take(self);
        if let Some((term, number)) = first {
            tx.put(Table::Search, terms_key(n, term, number), bytes);
        }
    }
}

/// The terms of a row, with their numbers.
struct Groups<'a> {
    term: Term,
    bytes: &'a [u8],
}

impl Groups<'_> {
    fn number(&mut self) -> Result<u32, Damaged> {
        let (n, rest) = decode::u32(self.bytes).map_err(|_| Damaged)?;
        self.bytes = rest;
        Ok(n)
    }

    fn next(&mut self) -> Result<Option<(Term, Vec<u32>)>, Damaged> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        self.term = self.term.checked_add(self.number()?).ok_or(Damaged)?;
        let count = self.number()? as usize;
        let mut numbers = Vec::with_capacity(count.min(PIECE));
        let mut last = 0_u32;
        for _ in 0..count {
            last = last.checked_add(self.number()?).ok_or(Damaged)?;
            numbers.push(last);
        }
        Ok(Some((self.term, numbers)))
    }
}

/// All terms of a run, in order; one of many messages comes in parts.
struct Reader {
    n: u32,
    /// Where the next row begins.
    from: Vec<u8>,
    /// What was read and not yet given, the last first.
    held: Vec<(Term, Vec<u32>)>,
}

impl Reader {
    fn new(n: u32) -> Self {
        Self { n, from: row_key(b'g', n, &[]), held: Vec::new() }
    }

    /// The next term.
    fn peek(&mut self, db: &dyn Read) -> Result<Option<Term>, Damaged> {
        if self.held.is_empty() {
            let end = row_key(b'g', self.n, &[255; 9]);
            if let Some((key, row)) = db.scan(Table::Search, &self.from..&end, false, 1)?.pop() {
                self.from = [key.as_slice(), &[0]].concat();
                let mut groups = Groups { term: 0, bytes: &row };
                while let Some(group) = groups.next()? {
                    self.held.push(group);
                }
                self.held.reverse();
            }
        }
        Ok(self.held.last().map(|(term, _)| *term))
    }
}

/// Writes one run of the messages of several, without those that are blank.
pub(super) fn merge(tx: &mut Tx<'_>, old: &[(u32, Run)], n: u32, level: u8) -> Result<Option<Run>, Damaged> {
    let mut docs: Vec<(Doc, usize, usize)> = Vec::new();
    let mut renamed: Vec<Vec<u32>> = Vec::new();
    for (nth, (number, run)) in old.iter().enumerate() {
        renamed.push(vec![BLANK; run.docs as usize]);
        let mut at = 0;
        for block in 0..run.docs.div_ceil(BLOCK) {
            for doc in load_block(tx, *number, block)? {
                if doc.store != BLANK {
                    docs.push((doc, nth, at));
                }
                at += 1;
            }
        }
    }
    docs.sort_unstable();
    let mut merged: Vec<Doc> = Vec::with_capacity(docs.len());
    for (doc, nth, at) in docs {
        if merged.last() != Some(&doc) {
            merged.push(doc);
        }
        let number = u32::try_from(merged.len() - 1).map_err(|_| Damaged)?;
        *renamed[nth].get_mut(at).ok_or(Damaged)? = number;
    }
    let mut readers: Vec<Reader> = old.iter().map(|(number, _)| Reader::new(*number)).collect();
    write(tx, n, level, &merged, |tx| {
        loop {
            let mut least: Option<Term> = None;
            for reader in &mut readers {
                least = reader.peek(tx)?.into_iter().chain(least).min();
            }
            let Some(term) = least else { return Ok(None) };
            let mut numbers = Vec::new();
            for (reader, renamed) in readers.iter_mut().zip(&renamed) {
                while reader.peek(tx)? == Some(term) {
                    let (_, old) = reader.held.pop().ok_or(Damaged)?;
                    for old in old {
                        let number = *renamed.get(old as usize).ok_or(Damaged)?;
                        numbers.extend((number != BLANK).then_some(number));
                    }
                }
            }
            numbers.sort_unstable();
            numbers.dedup();
            if !numbers.is_empty() {
                return Ok(Some((term, numbers)));
            }
        }
    })
}

// ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// The messages of a run that have all terms, the newest first.
pub(super) struct Matches {
    n: u32,
    lists: Vec<List>,
    /// Numbers below this one are still to be looked at.
    below: u32,
    block: Option<(u32, Vec<Doc>)>,
}

/// The numbers that have a term, as far as they were read.
struct List {
    term: Term,
    held: Vec<u32>,
}

impl Matches {
    /// Those up to a time.
    pub(super) fn new(db: &dyn Read, n: u32, run: &Run, terms: &[Term], upto: Hlc) -> Result<Self, Damaged> {
        let below = match upto.0.checked_add(1) {
            _ if run.newest <= upto => run.docs,
            Some(after) => first_from(db, n, run, Hlc(after))?,
            None => run.docs,
        };
        let lists = terms.iter().map(|term| List { term: *term, held: Vec::new() }).collect();
        Ok(Self { n, lists, below, block: None })
    }

    /// The next one.
    pub(super) fn next(&mut self, db: &dyn Read) -> Result<Option<Doc>, Damaged> {
        while let Some(mut at) = self.below.checked_sub(1) {
            // Each list leaps down to what the others have, until all agree.
            let mut agreed = 0;
            for nth in (0..self.lists.len()).cycle() {
                if agreed == self.lists.len() {
                    break;
                }
                let Some(here) = self.lists[nth].at_or_below(db, self.n, at)? else {
                    self.below = 0;
                    return Ok(None);
                };
                agreed = if here == at { agreed + 1 } else { 1 };
                at = here;
            }
            self.below = at;
            let doc = self.doc(db, at)?;
            if doc.store != BLANK {
                return Ok(Some(doc));
            }
        }
        Ok(None)
    }

    fn doc(&mut self, db: &dyn Read, number: u32) -> Result<Doc, Damaged> {
        let block = number / BLOCK;
        if self.block.as_ref().is_none_or(|(held, _)| *held != block) {
            self.block = Some((block, load_block(db, self.n, block)?));
        }
        let docs = self.block.as_ref().map(|(_, docs)| docs).ok_or(Damaged)?;
        docs.get((number % BLOCK) as usize).copied().ok_or(Damaged)
    }
}

impl List {
    /// The highest number up to this one that has the term.
    fn at_or_below(&mut self, db: &dyn Read, n: u32, at: u32) -> Result<Option<u32>, Damaged> {
        if self.held.first().is_none_or(|first| *first > at) {
            self.held.clear();
            let range = Range { start: row_key(b'g', n, &[]), end: [&terms_key(n, self.term, at)[..], &[0]].concat() };
            if let Some((_, row)) = db.scan(Table::Search, &range.start..&range.end, true, 1)?.pop() {
                let mut groups = Groups { term: 0, bytes: &row };
                while let Some((term, numbers)) = groups.next()?.filter(|(term, _)| *term <= self.term) {
                    if term == self.term {
                        self.held.extend(numbers);
                    }
                }
            }
        }
        let upto = self.held.partition_point(|number| *number <= at);
        Ok(upto.checked_sub(1).map(|last| self.held[last]))
    }
}

fn terms_key(n: u32, term: Term, number: u32) -> Vec<u8> {
    row_key(b'g', n, &[term.to_be_bytes(), number.to_be_bytes()].concat())
}

fn row_key(sort: u8, n: u32, rest: &[u8]) -> Vec<u8> {
    [&[sort], &n.to_be_bytes()[..], rest].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sim::{Dice, Disk};

    /// What a run is of: messages, and the terms of each.
    type Naive = BTreeMap<Doc, BTreeSet<Term>>;

    /// The lower the more frequent.
    fn a_term(dice: &mut Dice, bits: u64) -> Term {
        let most = 1 << dice.below(bits);
        u32::try_from(dice.below(most)).unwrap() << 20
    }

    /// Of several at one time, and with rare terms and frequent ones.
    fn naive(dice: &mut Dice, count: u64) -> Naive {
        let doc = |dice: &mut Dice| Doc {
            hlc: Hlc(1_000 + dice.below(count / 2)),
            store: u32::try_from(dice.below(3)).unwrap(),
            seq: dice.below(1 << 40),
        };
        let terms = |dice: &mut Dice| (0..6).map(|_| a_term(dice, 12)).chain([7]).collect();
        (0..count).map(|_| (doc(dice), terms(dice))).collect()
    }

    fn put(disk: &mut Disk, n: u32, naive: &Naive) -> Run {
        let docs: Vec<Doc> = naive.keys().copied().collect();
        let mut terms: BTreeMap<Term, Vec<u32>> = BTreeMap::new();
        for (number, of) in (0..).zip(naive.values()) {
            of.iter().for_each(|term| terms.entry(*term).or_default().push(number));
        }
        let mut terms = terms.into_iter();
        change(disk, |tx| write(tx, n, 0, &docs, |_| Ok(terms.next())).unwrap().unwrap())
    }

    fn change<T>(disk: &mut Disk, of: impl FnOnce(&mut Tx<'_>) -> T) -> T {
        let before = disk.clone();
        let mut tx = Tx::new(&before);
        let made = of(&mut tx);
        disk.write(tx.take().unwrap_or_default());
        made
    }

    fn matching(disk: &Disk, n: u32, run: &Run, terms: &[Term], upto: Hlc) -> Vec<Doc> {
        let mut matches = Matches::new(disk, n, run, terms, upto).unwrap();
        std::iter::from_fn(|| matches.next(disk).unwrap()).collect()
    }

    fn compare(disk: &Disk, n: u32, run: &Run, naive: &Naive, dice: &mut Dice) {
        for asked in 0..40_u32 {
            let terms: Vec<Term> = (0..asked % 4).map(|_| a_term(dice, 8)).collect();
            let upto = Hlc([u64::MAX, 999, 1_000, 1_000 + dice.below(2_000)][asked as usize % 4]);
            let there = naive.iter().rev().filter(|(doc, of)| doc.hlc <= upto && terms.iter().all(|t| of.contains(t)));
            let there: Vec<Doc> = there.map(|(doc, _)| *doc).collect();
            assert_eq!(matching(disk, n, run, &terms, upto), there, "{terms:?} up to {upto:?}");
        }
    }

    #[test]
    fn a_run_gives_what_has_all_terms_however_many() {
        for (seed, count) in [(1, 1), (2, 127), (3, 128), (4, 129), (5, 3_000)] {
            let (mut dice, mut disk) = (Dice::new(seed), Disk::default());
            let mut naive = naive(&mut dice, count.max(2));
            let mut run = put(&mut disk, 4, &naive);
            assert!(disk.rows(Table::Search).all(|(_, row)| row.len() < 5_000), "a row is too large");
            compare(&disk, 4, &run, &naive, &mut dice);
            // Without some, at first where they were, then nowhere.
            for doc in naive.keys().copied().collect::<Vec<_>>() {
                if dice.chance(300) {
                    let number = change(&mut disk, |tx| blank(tx, 4, &run, doc)).unwrap().unwrap();
                    assert_eq!(change(&mut disk, |tx| blank(tx, 4, &run, doc)), Ok(None), "{doc:?}");
                    let terms = naive.remove(&doc).unwrap();
                    if dice.chance(500) {
                        change(&mut disk, |tx| strike(tx, 4, number, &terms)).unwrap();
                        let mut reader = Reader::new(4);
                        while let Some(term) = reader.peek(&disk).unwrap() {
                            let (_, numbers) = reader.held.pop().unwrap();
                            assert!(!numbers.contains(&number), "{number} has {term} still");
                        }
                    }
                }
            }
            compare(&disk, 4, &run, &naive, &mut dice);
            let Some(merged) = change(&mut disk, |tx| merge(tx, &[(4, run)], 5, 0)).unwrap() else { continue };
            change(&mut disk, |tx| delete(tx, 4)).unwrap();
            run = merged;
            assert_eq!(run.docs as usize, naive.len());
            compare(&disk, 5, &run, &naive, &mut dice);
            assert!(disk.rows(Table::Search).all(|(key, _)| key[1..5] == 5_u32.to_be_bytes()));
        }
    }

    #[test]
    fn runs_are_merged_in_the_order_of_time_and_once_each() {
        let (mut dice, mut disk) = (Dice::new(9), Disk::default());
        let mut all = Naive::new();
        let mut old = Vec::new();
        for n in 0..3 {
            let mut some = naive(&mut dice, 500);
            // What was indexed twice.
            some.extend(all.iter().take(40).map(|(doc, terms)| (*doc, terms.clone())));
            old.push((n, put(&mut disk, n, &some)));
            all.extend(some);
        }
        let run = change(&mut disk, |tx| merge(tx, &old, 3, 1)).unwrap().unwrap();
        assert_eq!((run.docs as usize, run.level), (all.len(), 1));
        compare(&disk, 3, &run, &all, &mut dice);
    }

    #[test]
    fn a_row_that_is_no_row_is_damage() {
        let (mut dice, mut disk) = (Dice::new(2), Disk::default());
        let some = naive(&mut dice, 300);
        let run = put(&mut disk, 1, &some);
        let keys: Vec<Vec<u8>> = disk.rows(Table::Search).map(|(key, _)| key.to_vec()).collect();
        for key in keys.iter().filter(|key| key[0] != b'r') {
            let mut bad = disk.clone();
            change(&mut bad, |tx| tx.put(Table::Search, key.clone(), vec![0xff; 9]));
            let merged = change(&mut bad, |tx| merge(tx, &[(1, run)], 2, 1));
            assert_eq!(merged, Err(Damaged));
        }
    }
}
