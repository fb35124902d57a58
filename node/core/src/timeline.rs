//! The order of messages in a channel: pages of positions by (hlc, id), the same on every node.
//!
//! A page holds where each message rests (log number and place), not what it says: reading opens the op itself, so
//! that a key that arrives, an erasure or a removal changes nothing here.

use bivouac_crypto::canonical;
use minicbor::{Decode, Encode};

use crate::{
    model::{ChannelId, GuildId, MessageId},
    table::{Damaged, Read, Table},
    tx::Tx,
};

/// A channel of a guild. An op may name any channel: it is listed only where guild and channel agree.
pub(crate) type Place = (GuildId, ChannelId);

/// Rows a page is split above. Each new message writes its page again, and the database up to sixteen pages beside it: at 128
/// rows that was 29 KB a message.
const FULL: usize = 16;

/// Where a message rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Row {
    #[n(0)]
    pub(crate) id: MessageId,
    /// Number of the log.
    #[n(1)]
    pub(crate) store: u32,
    #[n(2)]
    pub(crate) seq: u64,
    /// It is in a thread.
    #[n(3)]
    pub(crate) aside: bool,
}

/// Puts a message in its place.
pub(crate) fn insert(tx: &mut Tx<'_>, place: Place, row: Row) -> Result<(), Damaged> {
    let (at, mut page) = page_for(tx, place, row.id)?;
    let i = page.partition_point(|other| other.id < row.id);
    if page.get(i).is_some_and(|other| other.id == row.id) {
        return Ok(());
    }
    page.insert(i, row);
    if page.len() > FULL {
        // Most inserts append: leave the old page full and start a new one, else split in the middle.
        let at = if i + 1 == page.len() { page.len() - 1 } else { page.len() / 2 };
        let upper = page.split_off(at);
        save(tx, place, upper[0].id, &upper);
    }
    if let Some(old) = at.filter(|old| *old != page[0].id) {
        tx.delete(Table::Message, key(place, old));
    }
    save(tx, place, page[0].id, &page);
    Ok(())
}

/// Takes a message out.
pub(crate) fn remove(tx: &mut Tx<'_>, place: Place, id: MessageId) -> Result<(), Damaged> {
    let (at, mut page) = page_for(tx, place, id)?;
    page.retain(|row| row.id != id);
    if let Some(at) = at {
        tx.delete(Table::Message, key(place, at));
    }
    if let Some(first) = page.first() {
        save(tx, place, first.id, &page);
    }
    Ok(())
}

/// Up to `limit` rows that are wanted before `before` (the newest ones) or after `after` (the oldest ones), oldest first, and
/// whether there are more in that direction.
pub(crate) fn list(
    db: &dyn Read,
    place: Place,
    before: Option<MessageId>,
    after: Option<MessageId>,
    limit: usize,
    wanted: impl Fn(&Row) -> bool,
) -> Result<(Vec<Row>, bool), Damaged> {
    let forward = after.is_some() && before.is_none();
    let inside = |row: &Row| before.is_none_or(|b| row.id < b) && after.is_none_or(|a| row.id > a) && wanted(row);
    let (mut rows, pages) = (Vec::new(), limit / (FULL / 2) + 2);
    let end = before.map_or_else(|| after_channel(place), |b| key(place, b));
    let mut bounds = match after {
        Some(after) if forward => {
            let (at, _) = page_for(db, place, after)?;
            (key(place, at.unwrap_or(after)), end)
        }
        _ => (key(place, MessageId { hlc: crate::model::Hlc(0), op: crate::model::OpId([0; 32]) }), end),
    };
    loop {
        let found = db.scan(Table::Message, &bounds.0..&bounds.1, !forward, pages)?;
        for (_, page) in &found {
            let page: Vec<Row> = decode(page)?;
            if forward {
                rows.extend(page.into_iter().filter(inside));
            } else {
                rows.extend(page.into_iter().rev().filter(inside));
            }
        }
        let last = found.last().map(|(at, _)| at.clone());
        match last {
            Some(at) if rows.len() <= limit && found.len() == pages => {
                if forward {
                    bounds.0 = [at.as_slice(), &[0]].concat();
                } else {
                    bounds.1 = at;
                }
            }
            _ => break,
        }
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    if !forward {
        rows.reverse();
    }
    Ok((rows, more))
}

/// Whether the message is in the channel.
pub(crate) fn find(db: &dyn Read, place: Place, id: MessageId) -> Result<Option<Row>, Damaged> {
    Ok(page_for(db, place, id)?.1.into_iter().find(|row| row.id == id))
}

/// The page an id belongs to, with the key it is stored under.
fn page_for(db: &dyn Read, place: Place, id: MessageId) -> Result<(Option<MessageId>, Vec<Row>), Damaged> {
    let (start, mut end) = (key_start(place), key(place, id));
    end.push(0);
    let mut found = db.scan(Table::Message, &start..&end, true, 1)?;
    if found.is_empty() {
        // Before the first page: it belongs to that one.
        found = db.scan(Table::Message, &end..&after_channel(place), false, 1)?;
    }
    match found.pop() {
        None => Ok((None, Vec::new())),
        Some((_, page)) => {
            let page: Vec<Row> = decode(&page)?;
            Ok((page.first().map(|row| row.id), page))
        }
    }
}

fn save(tx: &mut Tx<'_>, place: Place, at: MessageId, page: &[Row]) {
    tx.put(Table::Message, key(place, at), canonical::encode(&page.to_vec()));
}

fn decode(page: &[u8]) -> Result<Vec<Row>, Damaged> {
    crate::log::read(page)
}

fn key_start(place: Place) -> Vec<u8> {
    [place.0.0, place.1.0].concat()
}

fn after_channel(place: Place) -> Vec<u8> {
    [&place.0.0[..], &place.1.0, &[255; 41]].concat()
}

fn key(place: Place, id: MessageId) -> Vec<u8> {
    [&place.0.0[..], &place.1.0, &id.hlc.0.to_be_bytes(), &id.op.0].concat()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{
        model::{Hlc, OpId},
        table::Rows,
    };

    /// A store that holds nothing, and counts the rows it is asked for.
    #[derive(Default)]
    struct Empty(Cell<u64>);

    impl Read for Empty {
        fn get(&self, _: Table, _: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
            Ok(None)
        }

        fn scan(&self, _: Table, _: std::ops::Range<&[u8]>, _: bool, max: usize) -> Result<Rows, Damaged> {
            self.0.set(self.0.get() + max as u64);
            Ok(Rows::new())
        }
    }

    /// Rows of the batch and of the store that are gone over to list messages, in order or not.
    fn work(messages: u64, step: u64) -> u64 {
        let (store, place) = (Empty::default(), (GuildId([1; 32]), ChannelId([2; 32])));
        let mut tx = Tx::new(&store);
        for n in 0..messages {
            let n = n * step % messages;
            let id = MessageId { hlc: Hlc(n << 16), op: OpId([7; 32]) };
            insert(&mut tx, place, Row { id, store: 1, seq: n, aside: false }).unwrap();
        }
        let (rows, more) = list(&tx, place, None, None, usize::try_from(messages).unwrap(), |_| true).unwrap();
        assert_eq!((rows.len() as u64, more), (messages, false));
        assert!(rows.is_sorted());
        tx.touched.get() + store.0.get()
    }

    #[test]
    fn listing_four_times_as_many_messages_takes_four_times_the_work() {
        for step in [1, 7_919] {
            let (few, many) = (work(8_000, step), work(32_000, step));
            assert!(many < few * 5, "{few} and {many} rows");
        }
    }
}
