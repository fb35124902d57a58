//! What was said, found again: an index of terms on disk, sealed like all else and made of nothing but what the logs hold.
//!
//! ```text
//!  op opened ─▶ p (not indexed yet) ─ 1,024 ─▶ run of level 0 ─ 16 of these ─▶ run of level 1
//!  of a log whose device is not known (a damaged store lost the law) ─▶ w ─ the law changed ─▶ p
//!  op erased ─▶ taken out of p, or of its run; of many at once the run is written anew, half a minute later
//! ```
//!
//! A term is a MAC of up to three characters, of an author, a channel or a guild; a run lists the messages that have each
//! ([`run`]). Whoever looks for a word goes through the messages that have all its terms, and opens them: what is shown is
//! what they say now to whom the law lets read it. What is not indexed yet is opened one by one.
//! A log-structured merge tree (O'Neil et al., 1996) of an inverted index, intersected from the newest down.

mod find;
mod run;
mod text;

use std::collections::BTreeMap;

use bivouac_crypto::{UserId, canonical, keyed};
use minicbor::{Decode, Encode};

use self::run::{Run, Term};
pub(crate) use self::text::fold;
use crate::{
    guild::{Guild, Shelf},
    log::read,
    me::Cx,
    model::{ChannelId, GuildId, Hlc},
    table::{Damaged, Read, Table},
    tx::Tx,
};

/// How long what is blank may still stand in a run, in milliseconds.
const STALE_MS: u64 = 30_000;
/// Ops taken out in one call, and of how many each is struck from its terms.
const GONE: usize = 256;
const STRUCK: usize = 8;
/// How soon there is a next step where one is due: others have their turn between.
const STEP_MS: u64 = 5;
/// Terms of one run of level 0, about: what is said may have a great many.
const TERMS: usize = 500_000;
/// Where the index's own key is.
const KEY: &[u8] = b"k";

/// Where an op rests that says what a message reads, by the time of that message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Doc {
    pub(crate) hlc: Hlc,
    /// Number of the log.
    pub(crate) store: u32,
    pub(crate) seq: u64,
}

/// What an op gives to find it by.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Words {
    #[n(0)]
    pub(crate) guild: GuildId,
    #[n(1)]
    pub(crate) channel: ChannelId,
    #[n(2)]
    pub(crate) author: UserId,
    /// What it says and what its files are called, folded.
    #[n(3)]
    pub(crate) text: String,
    #[n(4)]
    pub(crate) files: bool,
}

/// How much is indexed at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Messages of a run of level 0.
    pub(crate) run: usize,
    /// Runs of it that are merged.
    pub(crate) fan: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { run: 1_024, fan: 16 }
    }
}

/// The index, as far as it is in memory.
#[derive(Debug, Default)]
pub(crate) struct Search {
    key: Option<[u8; 32]>,
    pub(crate) sizes: Sizes,
    /// How many ops are not indexed yet, at most [`Sizes::run`] at first.
    fresh: usize,
    runs: BTreeMap<u32, Run>,
    /// It is time to take out what is blank.
    due: bool,
    /// Ops are still to be taken out.
    left: bool,
    /// Ops wait until it is known who wrote them.
    waiting: bool,
}

/// Notes an op that says what a message reads.
pub(crate) fn add(tx: &mut Tx<'_>, doc: Doc) {
    tx.put(Table::Search, doc.key(b'p'), Vec::new());
}

/// Has an op not found any more. With its words the index forgets them at once, else when its run is written anew.
pub(crate) fn take_out(tx: &mut Tx<'_>, doc: Doc, words: Option<&Words>) {
    tx.delete(Table::Search, doc.key(b'p'));
    tx.delete(Table::Search, doc.key(b'w'));
    // It stands there until the end of the call, or of one soon after.
    tx.put(Table::Search, doc.key(b'x'), words.map(canonical::encode).unwrap_or_default());
}

impl Search {
    /// Reads what there is.
    pub(crate) fn open(db: &dyn Read) -> Result<Self, Damaged> {
        let key = db.get(Table::Search, KEY)?.map(|key| key.try_into().map_err(|_| Damaged)).transpose()?;
        let runs: BTreeMap<u32, Run> = run::load(db)?.into_iter().collect();
        let due = runs.values().any(|run| run.stale);
        let left = !db.scan(Table::Search, &b"x"[..]..&b"y"[..], false, 1)?.is_empty();
        let waiting = !db.scan(Table::Search, &b"w"[..]..&b"x"[..], false, 1)?.is_empty();
        let mut search = Self { key, runs, due, left, waiting, ..Self::default() };
        search.fresh = search.count(db)?;
        Ok(search)
    }

    /// Reads what there is again.
    pub(crate) fn reload(&mut self, db: &dyn Read) -> Result<(), Damaged> {
        let sizes = self.sizes;
        *self = Self { sizes, ..Self::open(db)? };
        Ok(())
    }

    /// How many ops are not indexed yet, as far as is of interest.
    fn count(&self, db: &dyn Read) -> Result<usize, Damaged> {
        Ok(db.scan(Table::Search, &b"p"[..]..&b"q"[..], false, self.sizes.run)?.len())
    }

    /// Takes up what this call noted, and goes one step on with what is to be done. Gives how long until there is more to do.
    pub(crate) fn tend(&mut self, cx: &mut Cx<'_>, guilds: &BTreeMap<GuildId, Guild>) -> Result<Option<u64>, Damaged> {
        self.forget(cx)?;
        self.fresh += cx.tx.written(Table::Search, b"p").count();
        let level = |level| self.runs.iter().filter(move |(_, run)| run.level == level).map(|(n, run)| (*n, *run));
        if self.fresh >= self.sizes.run {
            self.index(cx, guilds)?;
        } else if let (fan, true) = (self.sizes.fan, level(0).count() >= self.sizes.fan) {
            let old: Vec<(u32, Run)> = level(0).take(fan).collect();
            self.replace(cx, &old, 1)?;
        } else if self.due
            && let Some((n, run)) = self.runs.iter().find(|(_, run)| run.stale).map(|(n, run)| (*n, *run))
        {
            self.replace(cx, &[(n, run)], run.level)?;
            self.due = self.runs.values().any(|run| run.stale);
        }
        let runs = self.runs.values().filter(|run| run.level == 0).count();
        let stale = self.runs.values().any(|run| run.stale);
        Ok(match () {
            () if self.left || self.fresh >= self.sizes.run || runs >= self.sizes.fan || self.due && stale => {
                Some(STEP_MS)
            }
            () => stale.then_some(STALE_MS),
        })
    }

    /// The law changed: who wrote what waits for that may be known now.
    pub(crate) fn retry(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if std::mem::take(&mut self.waiting) {
            for (key, _) in cx.tx.scan(Table::Search, &b"w"[..]..&b"x"[..], false, usize::MAX)? {
                add(&mut cx.tx, Doc::of_key(&key)?);
                cx.tx.delete(Table::Search, key);
            }
        }
        Ok(())
    }

    /// It is time to take out what is blank.
    pub(crate) fn ripen(&mut self) {
        self.due = self.runs.values().any(|run| run.stale);
    }

    /// Takes out what was erased: few from their terms at once, many when their run is written anew.
    fn forget(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if !self.left && cx.tx.written(Table::Search, b"x").next().is_none() {
            return Ok(());
        }
        let gone = cx.tx.scan(Table::Search, &b"x"[..]..&b"y"[..], false, GONE)?;
        self.left = gone.len() == GONE;
        for (key, row) in &gone {
            let doc = Doc::of_key(key)?;
            let words = if row.is_empty() || gone.len() > STRUCK { None } else { Some(read::<Words>(row)?) };
            for (n, run) in &mut self.runs {
                let Some(number) = run::blank(&mut cx.tx, *n, run, doc)? else { continue };
                match (&words, &self.key) {
                    (Some(words), Some(key)) => run::strike(&mut cx.tx, *n, number, &words.terms(key).collect())?,
                    _ if !run.stale => {
                        run.stale = true;
                        run::save(&mut cx.tx, *n, run);
                    }
                    _ => {}
                }
            }
            cx.tx.delete(Table::Search, key.clone());
        }
        Ok(())
    }

    /// Makes a run of the oldest that are not indexed yet.
    fn index(&mut self, cx: &mut Cx<'_>, guilds: &BTreeMap<GuildId, Guild>) -> Result<(), Damaged> {
        let rows = cx.tx.scan(Table::Search, &b"p"[..]..&b"q"[..], false, self.sizes.run)?;
        if rows.len() < self.sizes.run {
            // Some were noted twice.
            self.fresh = rows.len();
            return Ok(());
        }
        let key = *self.key.get_or_insert_with(|| {
            let mut key = [0; 32];
            cx.rng.fill_bytes(&mut key);
            cx.tx.put(Table::Search, KEY.to_vec(), key.to_vec());
            key
        });
        let (mut docs, mut terms): (Vec<Doc>, Vec<(Term, u32)>) = (Vec::new(), Vec::new());
        let mut shelf = Shelf::default();
        for (row, _) in rows {
            let doc = Doc::of_key(&row)?;
            cx.tx.delete(Table::Search, row);
            let guild = guilds.values().find(|guild| guild.holds(doc.store));
            if guild.is_some_and(|guild| guild.author(doc.store).is_none()) {
                cx.tx.put(Table::Search, doc.key(b'w'), Vec::new());
                self.waiting = true;
                continue;
            }
            let words = guild.map(|guild| guild.words(&cx.tx, &mut shelf, doc)).transpose()?.flatten();
            let Some(words) = words else { continue };
            let number = u32::try_from(docs.len()).map_err(|_| Damaged)?;
            terms.extend(words.terms(&key).map(|term| (term, number)));
            docs.push(doc);
            if terms.len() >= TERMS {
                break;
            }
        }
        terms.sort_unstable();
        terms.dedup();
        let mut groups = terms.chunk_by(|a, b| a.0 == b.0);
        let n = self.next();
        let next =
            |_: &mut Tx<'_>| Ok(groups.next().map(|group| (group[0].0, group.iter().map(|(_, n)| *n).collect())));
        self.runs.extend(run::write(&mut cx.tx, n, 0, &docs, next)?.map(|run| (n, run)));
        self.fresh = self.count(&cx.tx)?;
        Ok(())
    }

    /// Puts one run in the place of others, without what is blank.
    fn replace(&mut self, cx: &mut Cx<'_>, old: &[(u32, Run)], level: u8) -> Result<(), Damaged> {
        let n = self.next();
        let run = run::merge(&mut cx.tx, old, n, level)?;
        for (old, _) in old {
            self.runs.remove(old);
            run::delete(&mut cx.tx, *old)?;
        }
        self.runs.extend(run.map(|run| (n, run)));
        Ok(())
    }

    fn next(&self) -> u32 {
        self.runs.last_key_value().map_or(0, |(last, _)| last + 1)
    }
}

impl Words {
    fn terms(&self, key: &[u8; 32]) -> impl Iterator<Item = Term> {
        let named = [term(key, b'a', &self.author.0), term(key, b'c', &self.channel.0), term(key, b'g', &self.guild.0)];
        let files = self.files.then(|| term(key, b'f', &[]));
        let grams = text::grams(&self.text).into_iter().map(|gram| term(key, b't', gram.as_bytes()));
        named.into_iter().chain(files).chain(grams)
    }

    /// Whether all words that are looked for stand in it.
    pub(crate) fn have(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.text.contains(word))
    }
}

fn term(key: &[u8; 32], sort: u8, what: &[u8]) -> Term {
    let [a, b, c, d, ..] = keyed(key, &[&[sort], what].concat());
    Term::from_be_bytes([a, b, c, d])
}

impl Doc {
    fn key(&self, sort: u8) -> Vec<u8> {
        [&[sort][..], &self.hlc.0.to_be_bytes(), &self.store.to_be_bytes(), &self.seq.to_be_bytes()].concat()
    }

    fn of_key(key: &[u8]) -> Result<Self, Damaged> {
        let (hlc, rest) = key.get(1..).and_then(<[u8]>::split_first_chunk).ok_or(Damaged)?;
        let (store, rest) = rest.split_first_chunk().ok_or(Damaged)?;
        let seq = rest.try_into().map_err(|_| Damaged)?;
        Ok(Self { hlc: Hlc(u64::from_be_bytes(*hlc)), store: u32::from_be_bytes(*store), seq: u64::from_be_bytes(seq) })
    }
}
