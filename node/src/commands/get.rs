//! Having a file.

use std::{path::Path, time::Duration};

use bivouac_node::{EventsEnded, NodeEvent, rpc};
use serde_json::json;
use tokio::time::{Instant, interval_at};

use super::session::{Session, text, warn};
use crate::{stderr, stdout::Failure};

/// How often it is said how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);

impl Session {
    /// Has a file and saves it; says on the way how far it is.
    pub(super) async fn get(&mut self, file: &str, path: &Path) -> Result<(), Failure> {
        let handle = self.handle.clone();
        let call = rpc::call_once(&handle, "file.get", json!({ "file": file, "path": named(path)? }));
        tokio::pin!(call);
        let mut tell = interval_at(Instant::now() + TELL_EVERY, TELL_EVERY);
        let (mut here, mut open) = (None, true);
        let answer = loop {
            tokio::select! {
                answer = &mut call => break answer?,
                event = self.events.next(), if open => match event {
                    Ok(NodeEvent::Transfer { file: of, have, size }) if of.to_string() == file => here = Some((have, size)),
                    Ok(event) => warn(&event),
                    Err(EventsEnded::Lagged) => self.events = handle.events(),
                    Err(EventsEnded::Closed) => open = false,
                },
                _ = tell.tick() => match here {
                    Some((have, size)) => stderr::say(&format!("{} of {}", amount(have), amount(size))),
                    None => stderr::say("looking for somebody who has it…"),
                },
            }
        };
        self.show(&answer, |page, a| {
            let size = amount(a["size"].as_u64().unwrap_or_default());
            page.line(format_args!("saved {}, {size}", text(a, "path")));
        })
    }
}

/// A path as a call takes it.
pub(super) fn named(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is no text; choose a path that is", path.display()))
}

/// So many bytes, for people.
pub(super) fn amount(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let shown = [0, 1, 1023, 1024, 1_600_000, 5 << 30].map(amount);
        assert_eq!(shown, ["0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "1.5 MiB", "5.0 GiB"]);
    }
}
