//! Giving files away: to readers of a message that one hangs on, piece by piece.
//!
//! ```text
//!  ask    = file (32) || number of the piece (8)
//!  answer = length (4) || the piece with the hashes that verify it       length 0: not here, or not for you
//! ```
//!
//! Integers are big-endian. Asks on one stream are answered in order.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bivouac_core::{
    io::{Answer, Query},
    model::FileId,
};
use bivouac_crypto::DeviceId;
use futures::{AsyncReadExt, AsyncWriteExt};
use tokio::{task::JoinSet, time::timeout};

use super::{Files, blocking};
use crate::net::Stream;

/// Streams that are answered at once, and of them those of one device; others are closed. More than a device opens at once:
/// that one has ended is noticed a little later than the next has come.
const STREAMS_MAX: usize = 32;
const STREAMS_EACH: usize = 4 * super::fetch::LANES;
/// How long a stream may say nothing, and take no answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that one stream may ask for.
const FILES_MAX: usize = 64;

/// Answers whoever asks, until the node ends.
pub(super) fn spawn(files: &Files) {
    let Some(mut incoming) = files.0.streams.incoming() else { return };
    let files = Arc::downgrade(&files.0);
    tokio::spawn(async move {
        let mut answering = JoinSet::new();
        let mut open: BTreeMap<DeviceId, usize> = BTreeMap::new();
        loop {
            let (device, stream) = tokio::select! {
                // What has ended makes room for what comes.
                biased;
                Some(ended) = answering.join_next() => {
                    if let Ok(device) = ended
                        && let Some(of) = open.get_mut(&device)
                    {
                        *of -= 1;
                        open.retain(|_, of| *of > 0);
                    }
                    continue;
                }
                opened = incoming.next() => match opened {
                    Some(opened) => opened,
                    None => return,
                },
            };
            let Some(files) = files.upgrade().map(Files) else { return };
            let of = open.get(&device).copied().unwrap_or(0);
            if of >= STREAMS_EACH || answering.len() >= STREAMS_MAX {
                continue;
            }
            open.insert(device, of + 1);
            answering.spawn(async move {
                // Whoever is gone needs no answer.
                let _ = answer(&files, device, stream).await;
                device
            });
        }
    });
}

async fn answer(files: &Files, device: DeviceId, mut stream: Stream) -> Option<()> {
    // A stranger is given nothing, and takes no place for long.
    let Ok(Answer::User(Some(_))) = files.ask(Query::User(device)).await else { return None };
    let mut may: BTreeMap<FileId, bool> = BTreeMap::new();
    loop {
        let mut ask = [0; 40];
        timeout(PATIENCE, stream.read_exact(&mut ask)).await.ok()?.ok()?;
        let (id, piece) = ask.split_first_chunk::<32>()?;
        let (id, piece) = (FileId(*id), u64::from_be_bytes(piece.try_into().ok()?));
        let allowed = match may.get(&id) {
            Some(allowed) => *allowed,
            None if may.len() >= FILES_MAX => return None,
            None => {
                let allowed = matches!(files.ask(Query::Serves(device, id)).await, Ok(Answer::May(true)));
                may.insert(id, allowed);
                allowed
            }
        };
        let blobs = files.0.blobs.clone();
        let piece = match allowed {
            true => blocking(move || Ok(blobs.piece(id, piece).unwrap_or_default())).await.ok()?,
            false => None,
        };
        let encoded = piece.unwrap_or_default();
        let length = u32::try_from(encoded.len()).ok()?.to_be_bytes();
        let sent = async {
            stream.write_all(&length).await?;
            stream.write_all(&encoded).await?;
            stream.flush().await
        };
        timeout(PATIENCE, sent).await.ok()?.ok()?;
    }
}
