//! Looking for messages: candidates from the index, the newest first, each opened and held against what is wanted.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Doc, Search, Term,
    run::{Matches, Run},
    term, text,
};
use crate::{
    guild::Shelf,
    io::{Found, Wanted},
    me::Me,
    model::{Hlc, Message, MessageId, MessageState, OpId},
    state::State,
    table::{Damaged, Read, Table},
};

/// Candidates that are opened for one answer.
const LOOKED: usize = 2_048;
/// Terms that are looked up, of those wanted.
const TERMS: usize = 24;
/// Ops not indexed yet that are read at once.
const ROWS: usize = 64;

/// What may be wanted, the newest first.
struct Candidates<'a> {
    db: &'a dyn Read,
    terms: Vec<Term>,
    upto: Hlc,
    /// Runs not begun with, the newest last.
    waiting: Vec<(u32, Run)>,
    begun: Vec<(Doc, Matches)>,
    /// Ops that are not indexed yet, as far as they were read, the next last; and what comes below them.
    fresh: Vec<Doc>,
    below: Option<Vec<u8>>,
}

impl<'a> Candidates<'a> {
    fn new(search: &Search, db: &'a dyn Read, terms: Vec<Term>, upto: Hlc) -> Self {
        let mut waiting: Vec<(u32, Run)> = search.runs.iter().map(|(n, run)| (*n, *run)).collect();
        waiting.retain(|(_, run)| run.oldest <= upto);
        waiting.sort_by_key(|(_, run)| run.newest);
        let first_above = Doc { hlc: upto, store: u32::MAX, seq: u64::MAX };
        Self { db, terms, upto, waiting, begun: Vec::new(), fresh: Vec::new(), below: Some(first_above.key(b'p')) }
    }

    fn next(&mut self) -> Result<Option<Doc>, Damaged> {
        if let (true, Some(below)) = (self.fresh.is_empty(), &self.below) {
            let rows = self.db.scan(Table::Search, &b"p"[..]..&below[..], true, ROWS)?;
            self.fresh = rows.iter().rev().map(|(key, _)| Doc::of_key(key)).collect::<Result<_, _>>()?;
            self.below = rows.into_iter().next_back().filter(|_| self.fresh.len() == ROWS).map(|(key, _)| key);
        }
        loop {
            let newest = self.begun.iter().map(|(doc, _)| *doc).chain(self.fresh.last().copied()).max();
            let Some((n, run)) = self.waiting.pop_if(|(_, run)| newest.is_none_or(|doc| run.newest >= doc.hlc)) else {
                break;
            };
            let mut matches = Matches::new(self.db, n, &run, &self.terms, self.upto)?;
            if let Some(doc) = matches.next(self.db)? {
                self.begun.push((doc, matches));
            }
        }
        let Some(nth) = (0..self.begun.len()).max_by_key(|nth| self.begun[*nth].0) else {
            return Ok(self.fresh.pop());
        };
        let (doc, matches) = &mut self.begun[nth];
        if self.fresh.last().is_some_and(|fresh| *fresh > *doc) {
            return Ok(self.fresh.pop());
        }
        let given = *doc;
        match matches.next(self.db)? {
            Some(next) => *doc = next,
            None => drop(self.begun.swap_remove(nth)),
        }
        Ok(Some(given))
    }
}

impl State {
    /// The newest messages that I may read and that are as wanted, the newest first; and before which message there may be
    /// more.
    pub(crate) fn look_for(&self, me: &Me, db: &dyn Read, wanted: &Wanted) -> Result<Found, Damaged> {
        let folded = text::fold(&wanted.text);
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        let last = wanted.until_ms.map(|until| Hlc::at(until).0.checked_sub(1));
        let Some(last) = last.unwrap_or(Some(u64::MAX)) else { return Ok(Found::default()) };
        // Before the first of a moment comes nothing of it.
        let first = |before: MessageId| u64::from(before.op == OpId([0; 32]));
        let upto = wanted.before.map_or(last, |before| last.min(before.hlc.0.saturating_sub(first(before))));
        let upto = Hlc(upto);
        let since = wanted.since_ms.map_or(Hlc(0), Hlc::at);
        let mut candidates = Candidates::new(&self.search, db, self.terms(wanted, &words), upto);
        let (mut found, mut shelf) = (BTreeMap::new(), Shelf::default());
        let mut tried = BTreeSet::new();
        let (mut looked, mut at) = (0, None);
        while let Some(doc) = candidates.next()?.filter(|doc| doc.hlc >= since) {
            // What was said at one moment is in one answer: the order within it is another one.
            if at.is_some_and(|at| at != doc.hlc) {
                if found.len() >= wanted.limit || looked >= LOOKED {
                    return Ok(page(found, wanted.limit, Some(MessageId { hlc: doc.hlc, op: OpId([255; 32]) })));
                }
            } else if looked >= 2 * LOOKED {
                return Ok(page(found, wanted.limit, Some(MessageId { hlc: doc.hlc, op: OpId([0; 32]) })));
            }
            (at, looked) = (Some(doc.hlc), looked + 1);
            let message = self.candidate(me, db, (&mut shelf, &mut tried), doc, wanted, &words)?;
            if let Some(message) = message.filter(|message| wanted.before.is_none_or(|before| message.id < before)) {
                found.insert(message.id, message);
            }
        }
        Ok(page(found, wanted.limit, None))
    }

    fn terms(&self, wanted: &Wanted, words: &[String]) -> Vec<Term> {
        let Some(key) = &self.search.key else { return Vec::new() };
        let named = [
            wanted.author.map(|author| term(key, b'a', &author.0)),
            wanted.channel.map(|channel| term(key, b'c', &channel.0)),
            wanted.guild.map(|guild| term(key, b'g', &guild.0)),
            wanted.files.then(|| term(key, b'f', &[])),
        ];
        let grams = words.iter().flat_map(|word| text::cover(word)).map(|gram| term(key, b't', gram.as_bytes()));
        let mut terms: Vec<Term> = Vec::new();
        for term in named.into_iter().flatten().chain(grams) {
            if terms.len() < TERMS && !terms.contains(&term) {
                terms.push(term);
            }
        }
        terms
    }

    /// The message that an op says the words of, if it is as wanted.
    fn candidate(
        &self,
        me: &Me,
        db: &dyn Read,
        (shelf, tried): (&mut Shelf, &mut BTreeSet<MessageId>),
        doc: Doc,
        wanted: &Wanted,
        words: &[String],
    ) -> Result<Option<Message>, Damaged> {
        let Some(guild) = self.guilds.values().find(|guild| guild.holds(doc.store)) else { return Ok(None) };
        let Some((id, said)) = guild.target(db, shelf, doc)? else { return Ok(None) };
        let fits = wanted.guild.is_none_or(|guild| said.guild == guild)
            && wanted.channel.is_none_or(|channel| said.channel == channel)
            && wanted.author.is_none_or(|author| said.author == author)
            && said.have(words);
        if !fits || guild.channel(&said.channel).is_none() || !guild.sees(&me.user, &said.channel) {
            return Ok(None);
        }
        // What it reads now does not depend on which op led to it.
        if !tried.insert(id) {
            return Ok(None);
        }
        let Some(message) = guild.message_of(db, shelf, said.channel, id, &me.user)? else { return Ok(None) };
        let fits = message.state == MessageState::Open
            && wanted.author.is_none_or(|author| message.author == author)
            && (!wanted.files || !message.files.is_empty());
        if !fits {
            return Ok(None);
        }
        // It may read differently now.
        let names = message.files.iter().map(|file| file.name.as_str());
        let now: Vec<&str> = message.text.as_deref().into_iter().chain(names).collect();
        let now = text::fold(&now.join("\n"));
        Ok(words.iter().all(|word| now.contains(word)).then_some(message))
    }
}

fn page(found: BTreeMap<MessageId, Message>, limit: usize, rest: Option<MessageId>) -> Found {
    let more = found.len() > limit;
    let messages: Vec<Message> = found.into_values().rev().take(limit).collect();
    let last = messages.last().map(|message| message.id);
    Found { messages, before: if more { last } else { rest } }
}
