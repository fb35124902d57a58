//! What people call things, and the ids those have.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::session::{Session, each, text, warn};
use crate::stderr;

/// How often it is looked whether a guild has been given back.
const LOOK: Duration = Duration::from_millis(200);

impl Session {
    /// Every guild of this node.
    pub(super) async fn guilds(&self) -> Result<Vec<Value>, String> {
        let mut answer = self.call("guild.list", json!({})).await?;
        Ok(match answer["guilds"].take() {
            Value::Array(guilds) => guilds,
            _ => Vec::new(),
        })
    }

    /// The id of a guild given by id or name.
    pub(super) async fn guild(&mut self, wanted: &str) -> Result<String, String> {
        loop {
            let guilds = self.shown().await?;
            let found = guilds.iter().map(|g| Found::new(g, text(g, "guild"), text(g, "name"), wanted));
            match one(found.flatten().collect(), "guild", wanted, "`bivouac guild list` shows them") {
                Err(sentence) => self.given_back(sentence).await?,
                found => return found,
            }
        }
    }

    /// The ids of a guild and a channel, given by id, by name, or by both names.
    pub(super) async fn channel(&mut self, wanted: &str) -> Result<(String, String), String> {
        let hint =
            "`bivouac guild show GUILD` shows a guild's with their ids; say GUILD/CHANNEL or the id where names repeat";
        let (in_guild, name) = match wanted.rsplit_once('/') {
            Some((guild, name)) => (Some(guild), name),
            None => (None, wanted),
        };
        let name = name.trim_start_matches('#');
        loop {
            let mut found = Vec::new();
            for guild in self.shown().await? {
                let within = |wanted| Found::new(&guild, text(&guild, "guild"), text(&guild, "name"), wanted);
                if in_guild.is_none_or(|wanted| within(wanted).is_some()) {
                    each(&guild, "channels", |c| {
                        found.extend(Found::new(&guild, text(c, "channel"), text(c, "name"), name));
                    });
                }
            }
            let guilds: BTreeMap<String, String> = found.iter().map(|f| (f.id.clone(), f.guild.clone())).collect();
            match one(found, "channel", wanted, hint) {
                Err(sentence) => self.given_back(sentence).await?,
                Ok(channel) => return Ok((guilds.get(&channel).cloned().unwrap_or_default(), channel)),
            }
        }
    }

    /// Every guild of this node with its channels and members.
    async fn shown(&self) -> Result<Vec<Value>, String> {
        let mut shown = Vec::new();
        for guild in self.guilds().await? {
            shown.push(self.call("guild.show", json!({ "guild": guild["guild"] })).await?);
        }
        Ok(shown)
    }

    /// Waits for a guild that was lost with a store to be given back by another member; the sentence where there is none
    /// to wait for.
    async fn given_back(&mut self, sentence: String) -> Result<(), String> {
        let here = self.guilds().await?;
        let lost = self.handle.guilds_kept().iter().any(|id| here.iter().all(|g| text(g, "guild") != id.to_string()));
        let Some(left) = self.patience.checked_duration_since(Instant::now()).filter(|_| lost) else {
            return Err(sentence);
        };
        if !std::mem::replace(&mut self.waited, true) {
            stderr::say("guilds were lost with the store; waiting for a member who has them…");
        }
        let event = tokio::time::timeout(left.min(LOOK), self.events.next()).await;
        if let Ok(Ok(event)) = event {
            warn(&event);
        }
        Ok(())
    }

    /// The id of a member given by id or name. Another id is taken as it is.
    pub(super) async fn member(&self, guild: &str, wanted: &str) -> Result<String, String> {
        if wanted.len() == 64 && wanted.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(wanted.to_owned());
        }
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let mut found = Vec::new();
        each(&guild, "members", |m| found.extend(Found::new(&guild, text(m, "user"), text(m, "name"), wanted)));
        one(found, "member", wanted, "`bivouac guild show GUILD` shows them with their ids")
    }

    /// The id of a role given by id or name.
    pub(super) async fn role(&self, guild: &str, wanted: &str) -> Result<String, String> {
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let mut found = Vec::new();
        each(&guild, "roles", |r| found.extend(Found::new(&guild, text(r, "role"), text(r, "name"), wanted)));
        one(found, "role", wanted, "`bivouac role list GUILD` shows them with their ids")
    }

    /// The members of every guild, by user id.
    pub(super) async fn names(&self) -> Result<BTreeMap<String, String>, String> {
        let mut names = BTreeMap::new();
        for guild in self.guilds().await? {
            let guild = self.call("guild.show", json!({ "guild": guild["guild"] })).await?;
            each(&guild, "members", |m| drop(names.insert(text(m, "user").to_owned(), text(m, "name").to_owned())));
        }
        Ok(names)
    }
}

/// Something that somebody may have meant.
struct Found {
    id: String,
    /// The guild it is in.
    guild: String,
    /// Not by name but by id: what it is called does not matter.
    by_id: bool,
    /// In a guild that one is in.
    mine: bool,
}

impl Found {
    fn new(guild: &Value, id: &str, name: &str, wanted: &str) -> Option<Self> {
        let mine = guild["members"].as_array().into_iter().flatten().any(|m| m["user"] == guild["me"]["user"]);
        let found = Self { id: id.to_owned(), guild: text(guild, "guild").to_owned(), by_id: id == wanted, mine };
        (found.by_id || name == wanted).then_some(found)
    }
}

/// The id of the one that is meant: by id before by name, in a guild one is in before one that was left.
fn one(mut found: Vec<Found>, what: &str, wanted: &str, hint: &str) -> Result<String, String> {
    for better in [|f: &Found| f.by_id, |f: &Found| f.mine] {
        if found.iter().any(better) {
            found.retain(better);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one.id),
        (Some(_), false) => Err(format!("there is more than one {what} called {wanted}; {hint}")),
        (None, _) => Err(format!("there is no {what} {wanted}; {hint}")),
    }
}
