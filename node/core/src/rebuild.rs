//! A store's indexes from its truth: what a store needs after damage, when only some of its ops and secrets could be read.

use std::collections::BTreeMap;

use bivouac_crypto::Bounded;

use crate::{
    NEXT_STORE, Numbers, OpenError, Secrets,
    guild::{self, Guild, GuildRow},
    log::{self, Log, SEGMENT},
    me::Me,
    model::GuildId,
    op::{Entry, Header},
    table::{Batch, Damaged, Read, Table},
    tx::Tx,
};

/// Rows read at once.
const ROWS: usize = 64;
/// Above every key of a log.
const END: [u8; 13] = [255; 13];

/// A log as far as its ops are here.
struct Found {
    guild: GuildId,
    log: Log,
    top: Header,
}

/// The writes that complete a store which holds nothing but rows of `Segment`, `Tail` and `Secret`. The device writes
/// new logs from here on: what it wrote last may be what is missing.
///
/// # Errors
/// [`OpenError::Identity`]; [`OpenError::Damaged`] where not even these rows can be read.
pub fn rebuild(secrets: Secrets, db: &dyn Read, wall_ms: u64) -> Result<Batch, OpenError> {
    let me = Me::new(secrets, db)?;
    let mut tx = Tx::new(db);
    me.renew(wall_ms, &mut tx);
    let logs = logs(db)?;
    let next = logs.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
    let unused = next.saturating_sub(u32::try_from(logs.len()).unwrap_or(u32::MAX));
    tx.put(Table::Checkpoint, NEXT_STORE.to_vec(), Numbers { next, unused }.to_bytes());
    let mut rows: BTreeMap<GuildId, GuildRow> = guild::load_rows(db)?.into_iter().collect();
    for Found { guild, mut log, top } in logs.into_values() {
        log.head = Some((top.seq, top.id()));
        log.save(&mut tx, guild);
        rows.entry(guild).or_insert_with(|| {
            let fresh = Guild::new(guild, wall_ms);
            fresh.save_row(&mut tx);
            fresh.row
        });
    }
    for (id, row) in rows {
        let (guild, _) = Guild::open(&tx, id, row, &me)?;
        guild.index(&mut tx, &me.user)?;
    }
    Ok(tx.take().unwrap_or_default())
}

/// The logs whose ops are here, by number.
fn logs(db: &dyn Read) -> Result<BTreeMap<u32, Found>, Damaged> {
    let mut logs = BTreeMap::new();
    for table in [Table::Segment, Table::Tail] {
        let mut from = Vec::new();
        loop {
            let rows = db.scan(table, &from..&END, false, ROWS)?;
            for (key, row) in &rows {
                let Some(store) = key.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)) else { continue };
                let entries = match table {
                    Table::Segment => log::read::<Bounded<Entry, { SEGMENT as usize }>>(row)?.into_vec(),
                    _ => vec![log::read::<Entry>(row)?],
                };
                entries.into_iter().for_each(|entry| note(&mut logs, store, entry.header));
            }
            match rows.last() {
                Some((last, _)) if rows.len() == ROWS => from = [last.as_slice(), &[0]].concat(),
                _ => break,
            }
        }
    }
    Ok(logs)
}

fn note(logs: &mut BTreeMap<u32, Found>, store: u32, header: Header) {
    let found = logs.entry(store).or_insert_with(|| Found {
        guild: header.guild_of(header.id()),
        log: Log::new(store, header.audience, header.log),
        top: header.clone(),
    });
    if (found.log.audience, found.log.id) == (header.audience, header.log) && found.log.have.add(header.seq) {
        found.log.latest = found.log.latest.max(header.hlc);
        if found.top.seq < header.seq {
            found.top = header;
        }
    }
}
