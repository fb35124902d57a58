//! Saying something, and reading what is said.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, Read},
    path::PathBuf,
    thread,
};

use bivouac_node::{EventsEnded, rpc};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    get::{amount, named},
    interrupted,
    session::{Session, date, each, text, warn},
};
use crate::{
    stderr,
    stdout::{Failure, Page},
};

/// Messages shown before the new ones, at most.
const SHOWN_MAX: usize = 200;
/// A typed line is read so far, in bytes; a message is shorter.
const LINE_MAX: u64 = 64 * 1024;

/// What of the conversation is on the screen.
struct Screen {
    /// The channel; `None`: every one, and nothing from before.
    channel: Option<String>,
    /// Earlier messages to show.
    lines: usize,
    /// Messages shown lately.
    shown: VecDeque<String>,
    /// Members by user id.
    names: BTreeMap<String, String>,
}

impl Session {
    /// Stores a message with what hangs on it, then stays until it could be handed to a member, or the wait is over.
    pub(super) async fn send(&mut self, channel: &str, text: &str, files: &[PathBuf]) -> Result<(), Failure> {
        let files = files.iter().map(|path| named(path)).collect::<Result<Vec<_>, _>>()?;
        let (guild, channel) = self.channel(channel).await?;
        let others = self.others(&guild).await?;
        let params = json!({ "channel": channel, "text": text, "files": files });
        let mut answer = self.call("message.send", params).await?;
        if !files.is_empty() {
            stderr::say("others get the files while this node runs: keep `bivouac chat` or `bivouac tail` open");
        }
        let handed = self.hand_over(&guild, &others).await?;
        answer["reached"] = handed.reached().into();
        self.show(&answer, |page, _| page.line(format_args!("{}", handed.says())))
    }

    /// Shows what was said that has these words.
    pub(super) async fn search(
        &mut self,
        words: &str,
        channel: Option<&str>,
        files: bool,
        lines: usize,
    ) -> Result<(), Failure> {
        let mut params = json!({ "query": words, "files": files, "limit": lines });
        if let Some(channel) = channel {
            params["channel"] = self.channel(channel).await?.1.into();
        }
        let (answer, names) = (self.call("message.search", params).await?, self.names().await?);
        self.show(&answer, |page, answer| {
            let mut found = Vec::new();
            each(answer, "messages", |message| found.push(message.clone()));
            for message in found.iter().rev() {
                let at = date(message["at"].as_u64().unwrap_or_default());
                show_message(page, &format!("{at}  {}", called(&names, text(message, "author"))), message);
            }
        })?;
        match (answer["messages"] == json!([]), answer["before"].is_string()) {
            (true, false) => stderr::say("nothing was found"),
            (_, true) => stderr::say("there may be more: name more of it, or show more with -n"),
            (false, false) => {}
        }
        Ok(())
    }

    /// Shows what is said, until interrupted.
    pub(super) async fn tail(&mut self, channel: Option<&str>, lines: usize) -> Result<(), Failure> {
        let channel = match channel {
            Some(channel) => Some(self.channel(channel).await?.1),
            None => None,
        };
        let mut screen = self.screen(channel, lines).await?;
        let stop = interrupted();
        tokio::pin!(stop);
        loop {
            let told = tokio::select! {
                told = self.told() => told,
                () = &mut stop => return Ok(()),
            };
            match told {
                Some(told) => self.follow(&mut screen, &told).await?,
                None => return Ok(()),
            }
        }
    }

    /// Shows what is said and says what is typed, until the input ends.
    pub(super) async fn chat(&mut self, channel: &str, lines: usize) -> Result<(), Failure> {
        let (guild, channel) = self.channel(channel).await?;
        let mut screen = self.screen(Some(channel.clone()), lines).await?;
        let mut typed = typed().map_err(|e| format!("the system has no room for another thread: {e}"))?;
        let (mut said, mut refused) = (false, 0);
        let stop = interrupted();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                told = self.told() => match told {
                    Some(told) => self.follow(&mut screen, &told).await?,
                    None => return Ok(()),
                },
                line = typed.recv() => match line {
                    Some(line) if line.trim().is_empty() => {}
                    Some(line) => match self.call("message.send", json!({ "channel": channel, "text": line })).await {
                        Ok(answer) => {
                            said = true;
                            // It is on the screen already.
                            screen.remember(text(&answer, "message"));
                        }
                        Err(sentence) => {
                            refused += 1;
                            stderr::say(&format!("not said: {sentence}"));
                        }
                    },
                    None => break,
                },
                () = &mut stop => return Ok(()),
            }
        }
        if said {
            let others = self.others(&guild).await?;
            stderr::say(&self.hand_over(&guild, &others).await?.says());
        }
        match refused {
            0 => Ok(()),
            1 => Err(Failure::Said("a line was not said".to_owned())),
            n => Err(Failure::Said(format!("{n} lines were not said"))),
        }
    }

    /// A screen with the newest messages of a channel.
    async fn screen(&self, channel: Option<String>, lines: usize) -> Result<Screen, Failure> {
        let lines = lines.min(SHOWN_MAX);
        let mut screen = Screen { channel, lines, shown: VecDeque::new(), names: self.names().await? };
        self.recent(&mut screen).await?;
        Ok(screen)
    }

    /// Shows what an event tells.
    async fn follow(&self, screen: &mut Screen, told: &Value) -> Result<(), Failure> {
        match told["type"].as_str() {
            Some("message") if screen.channel.as_ref().is_none_or(|c| told["channel"] == **c) => {
                self.print(screen, told).await
            }
            Some("guild") if told["member"] == false => {
                stderr::say("you are not a member of this guild any more");
                Ok(())
            }
            // Of history that was fetched no event tells.
            Some("sync.progress") if told["have"] == told["want"] => self.recent(screen).await,
            _ => Ok(()),
        }
    }

    /// Shows those of the newest messages that are not yet on the screen.
    async fn recent(&self, screen: &mut Screen) -> Result<(), Failure> {
        let Some(channel) = screen.channel.as_ref().filter(|_| screen.lines > 0) else { return Ok(()) };
        let page = self.call("message.list", json!({ "channel": channel, "limit": screen.lines })).await?;
        for message in page["messages"].as_array().into_iter().flatten() {
            self.print(screen, message).await?;
        }
        Ok(())
    }

    /// The next event; `None` once the node has ended.
    async fn told(&mut self) -> Option<Value> {
        loop {
            match self.events.next().await {
                Ok(event) => {
                    warn(&event);
                    return Some(rpc::event_shape(&event));
                }
                Err(EventsEnded::Closed) => return None,
                Err(error @ EventsEnded::Lagged) => {
                    stderr::say(&error.to_string());
                    self.events = self.handle.events();
                }
            }
        }
    }

    async fn print(&self, screen: &mut Screen, message: &Value) -> Result<(), Failure> {
        if !screen.remember(text(message, "message")) {
            return Ok(());
        }
        let author = text(message, "author");
        if !screen.names.contains_key(author) {
            screen.names = self.names().await?;
        }
        let name = called(&screen.names, author);
        self.show(message, |page, message| show_message(page, name, message))
    }
}

/// What somebody is called.
fn called<'a>(names: &'a BTreeMap<String, String>, user: &'a str) -> &'a str {
    names.get(user).map_or(&user[..user.len().min(8)], String::as_str)
}

fn show_message(page: &mut Page, who: &str, message: &Value) {
    let unsaid = if message["state"] == "erased" { "(deleted)" } else { "(can't be read)" };
    let said = message["text"].as_str().unwrap_or(unsaid);
    // Further lines of one message stand in, so that none passes for another's.
    let said = said.replace('\n', "\n    ");
    page.line(format_args!("{who}: {said}"));
    each(message, "files", |file| {
        let size = amount(file["size"].as_u64().unwrap_or_default());
        page.line(format_args!("  + {}, {size}, {}", text(file, "name"), text(file, "file")));
    });
}

impl Screen {
    /// Whether a message is new here.
    fn remember(&mut self, message: &str) -> bool {
        if self.shown.iter().any(|shown| shown == message) {
            return false;
        }
        self.shown.push_back(message.to_owned());
        if self.shown.len() > 2 * SHOWN_MAX {
            self.shown.pop_front();
        }
        true
    }
}

/// Lines from standard input, read by a thread of its own because reading can't be interrupted.
fn typed() -> std::io::Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(1);
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            // The rest of a line that is longer than any message is no line of its own.
            if line.len() as u64 == LINE_MAX && line.last() != Some(&b'\n') && input.skip_until(b'\n').is_err() {
                return;
            }
            let line = String::from_utf8_lossy(&line);
            if sender.blocking_send(line.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
    Ok(lines)
}
