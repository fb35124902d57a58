//! What people call things, and the ids those have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::session::{Session, each, text};

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
    pub(super) async fn guild(&self, wanted: &str) -> Result<String, String> {
        let guilds = self.guilds().await?;
        let found = guilds.iter().filter(|g| text(g, "guild") == wanted || text(g, "name") == wanted);
        one(found.map(|g| text(g, "guild").to_owned()).collect(), "guild", wanted, "`bivouac guild list` shows them")
    }

    /// The ids of a guild and a channel, given by id, by name, or by both names.
    pub(super) async fn channel(&self, wanted: &str) -> Result<(String, String), String> {
        let (in_guild, name) = match wanted.rsplit_once('/') {
            Some((guild, name)) => (Some(guild), name),
            None => (None, wanted),
        };
        let name = name.trim_start_matches('#');
        let mut found = Vec::new();
        for guild in self.guilds().await? {
            let id = text(&guild, "guild").to_owned();
            if in_guild.is_some_and(|wanted| text(&guild, "name") != wanted && id != wanted) {
                continue;
            }
            let guild = self.call("guild.show", json!({ "guild": id })).await?;
            each(&guild, "channels", |c| {
                if text(c, "channel") == name || text(c, "name") == name {
                    found.push((id.clone(), text(c, "channel").to_owned()));
                }
            });
        }
        one(
            found,
            "channel",
            wanted,
            "`bivouac guild show GUILD` shows a guild's; say GUILD/CHANNEL where names repeat",
        )
    }

    /// The id of a member given by id or name. Another id is taken as it is.
    pub(super) async fn member(&self, guild: &str, wanted: &str) -> Result<String, String> {
        if wanted.len() == 64 && wanted.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(wanted.to_owned());
        }
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let mut found = Vec::new();
        each(&guild, "members", |m| {
            if text(m, "name") == wanted {
                found.push(text(m, "user").to_owned());
            }
        });
        one(found, "member", wanted, "`bivouac guild show GUILD` shows them with their ids")
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

fn one<T>(mut found: Vec<T>, what: &str, wanted: &str, hint: &str) -> Result<T, String> {
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(format!("there is more than one {what} called {wanted}; {hint}")),
        (None, _) => Err(format!("there is no {what} {wanted}; {hint}")),
    }
}
