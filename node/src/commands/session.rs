//! A node opened for one command.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    time::{Duration, Instant},
};

use bivouac_core::io::Event;
use bivouac_node::{Events, Handle, NodeEvent, rpc};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    cli::{Channel, Command, Guild, Member, NodeArgs, Role, Target},
    stderr,
    stdout::{Failure, Page, print},
};

/// What is read of a password file, at most, in bytes.
const LINE_MAX: u64 = 4_096;
/// How long what was handed to the network may take to leave.
const HAND_OVER: Duration = Duration::from_millis(750);
/// How long is waited for a member to hand things to, and looked around, where nothing is said, in seconds.
const MEET_S: u64 = 5;
const LOOK_S: u64 = 3;

pub(super) struct Session {
    pub(super) handle: Handle,
    pub(super) events: Events,
    json: bool,
    wait_s: Option<u64>,
    /// Until when to wait for what is being fetched.
    pub(super) patience: Instant,
    /// The user knows that it is waited.
    pub(super) waited: bool,
}

/// Who could be handed what was done.
pub(super) struct Handed {
    /// Other members of the guild.
    others: usize,
    /// Devices of theirs that are connected.
    reached: usize,
    /// We turned out to be none of them any more.
    out: bool,
}

impl Session {
    pub(super) fn new(handle: Handle, node: &NodeArgs) -> Self {
        let events = handle.events();
        let patience = Instant::now() + Duration::from_secs(node.wait_s.unwrap_or(MEET_S));
        Self { handle, events, json: node.json, wait_s: node.wait_s, patience, waited: false }
    }

    pub(super) async fn run(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Id { create: Some(name) } => self.create_identity(&name).await,
            Command::Id { create: None } => {
                let answer = self.call("identity.show", json!({})).await?;
                self.show(&answer, |page, a| {
                    page.line(format_args!("{} ({})", text(a, "name"), text(a, "user")));
                    each(a, "devices", |d| {
                        page.line(format_args!("  device {} {}", text(d, "device"), text(d, "name")))
                    });
                })
            }
            Command::Guild(guild) => self.of_guild(guild).await,
            Command::Channel(channel) => self.of_channel(channel).await,
            Command::Member(member) => self.of_member(member).await,
            Command::Role(role) => self.of_role(role).await,
            Command::Audit { guild, lines } => {
                let guild = self.guild(&guild).await?;
                let answer = self.call("audit.list", json!({ "guild": guild, "limit": lines })).await?;
                let shown = self.call("guild.show", json!({ "guild": guild })).await?;
                let mut names = BTreeMap::new();
                for (list, id) in [("members", "user"), ("roles", "role"), ("channels", "channel")] {
                    each(&shown, list, |of| drop(names.insert(text(of, id).to_owned(), text(of, "name").to_owned())));
                }
                self.show(&answer, |page, a| show_audit(page, a, &names))
            }
            Command::Invite { guild, list: true, .. } => {
                let guild = self.guild(&guild).await?;
                let answer = self.call("invite.list", json!({ "guild": guild })).await?;
                self.show(&answer, show_invites)
            }
            Command::Invite { guild, revoke: Some(invite), .. } => {
                let guild = self.guild(&guild).await?;
                self.change(&guild, "invite.revoke", json!({ "guild": guild, "invite": invite })).await
            }
            Command::Invite { guild, max_uses, expires_s, .. } => {
                let params =
                    json!({ "guild": self.guild(&guild).await?, "max_uses": max_uses, "expires_s": expires_s });
                let answer = self.call("invite.create", params).await?;
                self.show(&answer, |page, a| page.line(format_args!("{}", text(a, "link"))))
            }
            Command::Join { link, timeout_s } => self.join(&link, timeout_s).await,
            Command::Send { channel, text, files } => self.send(&channel, &text, &files).await,
            Command::Get { file, path } => self.get(&file, &path).await,
            Command::Search { words, channel, files, lines } => {
                self.search(&words.join(" "), channel.as_deref(), files, lines).await
            }
            Command::Tail { channel, lines } => self.tail(channel.as_deref(), lines).await,
            Command::Chat { channel, lines } => self.chat(&channel, lines).await,
            Command::Log { guild } => {
                let guild = self.guild(&guild).await?;
                let answer = self.call("log.status", json!({ "guild": guild })).await?;
                self.show(&answer, |page, a| {
                    let number = |name: &str| a[name].as_u64().unwrap_or_default();
                    page.line(format_args!(
                        "{} operations in {} logs, {} known to be missing, {} waiting\ndigest {}\nstate {}",
                        number("ops"),
                        number("logs"),
                        number("holes"),
                        number("parked"),
                        text(a, "digest"),
                        text(a, "state_hash"),
                    ));
                })
            }
            Command::Net => {
                tokio::time::sleep(Duration::from_secs(self.wait_s.unwrap_or(LOOK_S))).await;
                let names = self.names().await.unwrap_or_default();
                let answer = self.call("net.status", json!({})).await?;
                self.show(&answer, |page, a| show_net(page, a, &names))
            }
            Command::Doctor => {
                tokio::time::sleep(Duration::from_secs(self.wait_s.unwrap_or(LOOK_S))).await;
                let report = self.handle.report().await;
                let answer = self.call("net.report", json!({})).await?;
                self.show(&answer, |page, _| page.line(format_args!("{report}")))
            }
            Command::Rpc { .. } | Command::Demo(_) | Command::Completions { .. } | Command::Man => Ok(()),
        }
    }

    async fn create_identity(&self, name: &str) -> Result<(), Failure> {
        let answer = self.call("identity.create", json!({ "name": name })).await?;
        self.show(&answer, |page, a| {
            page.line(format_args!("You are {name} ({}).", text(a, "user")));
            page.line(format_args!(
                "Write these 24 words down and keep them. They will bring you back on a new device, once Bivouac can take them;\nuntil then, keep a copy of the data folder too:\n"
            ));
            let words: Vec<_> = a["recovery"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            words.chunks(6).for_each(|row| page.line(format_args!("  {}", row.join(" "))));
        })
    }

    async fn of_guild(&mut self, guild: Guild) -> Result<(), Failure> {
        match guild {
            Guild::Create { name } => {
                let answer = self.call("guild.create", json!({ "name": name })).await?;
                self.show(&answer, |page, a| {
                    page.line(format_args!("guild {}\nchannel {}", text(a, "guild"), text(a, "channel")))
                })
            }
            Guild::List => {
                let answer = self.call("guild.list", json!({})).await?;
                self.show(&answer, |page, a| {
                    each(a, "guilds", |g| page.line(format_args!("{}  {}", text(g, "guild"), text(g, "name"))))
                })
            }
            Guild::Show { guild } => {
                let guild = self.guild(&guild).await?;
                let answer = self.call("guild.show", json!({ "guild": guild })).await?;
                self.show(&answer, show_guild)
            }
            Guild::Rename { guild, name } => {
                let guild = self.guild(&guild).await?;
                self.change(&guild, "guild.update", json!({ "guild": guild, "name": name })).await
            }
            Guild::HandOver { guild, user } => {
                let guild = self.guild(&guild).await?;
                let user = self.member(&guild, &user).await?;
                self.change(&guild, "guild.hand_over", json!({ "guild": guild, "user": user })).await
            }
            Guild::Leave { guild } => {
                let guild = self.guild(&guild).await?;
                self.change(&guild, "guild.leave", json!({ "guild": guild })).await
            }
        }
    }

    async fn of_channel(&mut self, channel: Channel) -> Result<(), Failure> {
        match channel {
            Channel::Create { guild, name, topic, private, history, retention_s, password_file } => {
                let guild = self.guild(&guild).await?;
                let password = password_file.as_deref().map(password).transpose()?;
                let params = json!({
                    "guild": guild, "name": name, "kind": "text", "topic": topic, "private": private, "history": history,
                    "retention_s": retention_s, "password": password,
                });
                self.change(&guild, "channel.create", params).await
            }
            Channel::Update { channel, name, topic, retention_s, password_file } => {
                let (guild, channel) = self.channel(&channel).await?;
                let password = password_file.as_deref().map(password).transpose()?;
                let params = json!({
                    "channel": channel, "name": name, "topic": topic, "retention_s": retention_s, "password": password,
                });
                self.change(&guild, "channel.update", params).await
            }
            Channel::Overwrite { channel, user, role, allow, deny } => {
                let (guild, channel) = self.channel(&channel).await?;
                let mut params = json!({ "channel": channel, "allow": allow, "deny": deny });
                if let Some(user) = user {
                    params["user"] = self.member(&guild, &user).await?.into();
                }
                if let Some(role) = role {
                    params["role"] = self.role(&guild, &role).await?.into();
                }
                self.change(&guild, "channel.overwrite", params).await
            }
            Channel::Enter { channel, password_file } => {
                let (_, channel) = self.channel(&channel).await?;
                let password = password(&password_file)?;
                stderr::say("looking for somebody who reads it…");
                let answer = self.call("channel.enter", json!({ "channel": channel, "password": password })).await?;
                self.show(&answer, |page, _| page.line(format_args!("you are in")))
            }
            Channel::Delete { channel } => {
                let (guild, channel) = self.channel(&channel).await?;
                self.change(&guild, "channel.delete", json!({ "channel": channel })).await
            }
        }
    }

    async fn of_member(&mut self, member: Member) -> Result<(), Failure> {
        let (method, guild, user, more) = match member {
            Member::Kick(Target { guild, user, reason }) => ("member.kick", guild, user, json!({ "reason": reason })),
            Member::Ban(Target { guild, user, reason }) => ("member.ban", guild, user, json!({ "reason": reason })),
            Member::Timeout { guild, user, seconds, reason } => {
                ("member.timeout", guild, user, json!({ "seconds": seconds, "reason": reason }))
            }
            Member::Nick { guild, user, nick } => ("member.nick", guild, user, json!({ "nick": nick })),
            Member::Role { guild, user, role, take } => {
                let id = self.guild(&guild).await?;
                let role = self.role(&id, &role).await?;
                let method = if take { "role.unassign" } else { "role.assign" };
                (method, guild, user, json!({ "role": role }))
            }
            Member::Unban { guild, user } => {
                let guild = self.guild(&guild).await?;
                return self.change(&guild, "member.unban", json!({ "guild": guild, "user": user })).await;
            }
        };
        let guild = self.guild(&guild).await?;
        let mut params = more;
        params["guild"] = guild.as_str().into();
        params["user"] = self.member(&guild, &user).await?.into();
        self.change(&guild, method, params).await
    }

    async fn of_role(&mut self, role: Role) -> Result<(), Failure> {
        match role {
            Role::List { guild } => {
                let guild = self.guild(&guild).await?;
                let answer = self.call("guild.show", json!({ "guild": guild })).await?;
                self.show(&answer, show_roles)
            }
            Role::Create { guild, name, rank, permissions } => {
                let guild = self.guild(&guild).await?;
                let params = json!({ "guild": guild, "name": name, "rank": rank, "permissions": permissions });
                self.change(&guild, "role.create", params).await
            }
            Role::Update { guild, role, name, rank, permissions } => {
                let guild = self.guild(&guild).await?;
                let role = self.role(&guild, &role).await?;
                let permissions = permissions.map(|all| all.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>());
                let params =
                    json!({ "guild": guild, "role": role, "name": name, "rank": rank, "permissions": permissions });
                self.change(&guild, "role.update", params).await
            }
            Role::Delete { guild, role } => {
                let guild = self.guild(&guild).await?;
                let role = self.role(&guild, &role).await?;
                self.change(&guild, "role.delete", json!({ "guild": guild, "role": role })).await
            }
        }
    }

    async fn join(&self, link: &str, timeout_s: u64) -> Result<(), Failure> {
        stderr::say("looking for a member who admits…");
        let mut answer = self.call("invite.join", json!({ "link": link, "timeout_s": timeout_s })).await?;
        let guild = self.call("guild.show", json!({ "guild": answer["guild"] })).await?;
        answer["name"] = guild["name"].clone();
        self.show(&answer, |page, a| page.line(format_args!("joined {} ({})", text(a, "name"), text(a, "guild"))))
    }

    /// Makes a call that changes a guild, and stays until it could be handed to a member.
    async fn change(&self, guild: &str, method: &str, params: Value) -> Result<(), Failure> {
        // Whom to tell is who was in it before.
        let members = self.others(guild).await?;
        let answer = self.call(method, params).await?;
        let mut handed = self.hand_over(guild, &members).await?;
        handed.out &= method != "guild.leave";
        self.show(&answer, |page, a| {
            if let Some(channel) = a["channel"].as_str() {
                page.line(format_args!("channel {channel}"));
            }
            if let Some(role) = a["role"].as_str() {
                page.line(format_args!("role {role}"));
            }
            page.line(format_args!("{}", handed.says()));
        })
    }

    /// The other members of a guild, by the devices of each.
    pub(super) async fn others(&self, guild: &str) -> Result<Vec<Vec<String>>, String> {
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let mut others = Vec::new();
        each(&guild, "members", |m| {
            if m["user"] != guild["me"]["user"] {
                let devices = m["devices"].as_array().into_iter().flatten();
                others.push(devices.filter_map(|d| d.as_str().map(str::to_owned)).collect());
            }
        });
        Ok(others)
    }

    /// Stays until a device of theirs is connected and was given what is new, or the wait is over.
    pub(super) async fn hand_over(&self, guild: &str, others: &[Vec<String>]) -> Result<Handed, String> {
        let wait = Duration::from_secs(self.wait_s.unwrap_or(MEET_S));
        let mut net = self.handle.net();
        let met = async {
            loop {
                let reached = {
                    let status = net.borrow_and_update();
                    let peers = status.peers.iter().map(|peer| peer.device.to_string());
                    peers.filter(|peer| others.iter().flatten().any(|device| device == peer)).count()
                };
                if reached > 0 || net.changed().await.is_err() {
                    return reached;
                }
            }
        };
        let reached = if others.is_empty() { 0 } else { tokio::time::timeout(wait, met).await.unwrap_or(0) };
        if reached > 0 {
            tokio::time::sleep(HAND_OVER).await;
        }
        // Whoever was removed while away learns of it by then.
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let mut out = true;
        each(&guild, "members", |m| out &= m["user"] != guild["me"]["user"]);
        Ok(Handed { others: others.len(), reached, out })
    }

    /// Prints the warnings that nobody has read yet.
    pub(super) fn warnings(&mut self) {
        while let Some(event) = self.events.waiting() {
            warn(&event);
        }
    }

    pub(super) async fn call(&self, method: &str, params: Value) -> Result<Value, String> {
        rpc::call_once(&self.handle, method, params).await
    }

    pub(super) fn show(&self, answer: &Value, human: impl FnOnce(&mut Page, &Value)) -> Result<(), Failure> {
        if self.json {
            return print(format!("{answer}\n").as_bytes());
        }
        let mut page = Page::default();
        human(&mut page, answer);
        page.print()
    }
}

impl Handed {
    pub(super) fn says(&self) -> String {
        match self {
            Self { out: true, .. } => {
                "you are not a member of this guild any more: nobody takes this from you".to_owned()
            }
            Self { others: 0, .. } => "stored; nobody else is in this guild yet".to_owned(),
            Self { reached: 0, .. } => {
                "stored; no member can be reached now, it is handed over at the next meeting".to_owned()
            }
            Self { reached: 1, .. } => "stored and handed to a connected device".to_owned(),
            Self { reached, .. } => format!("stored and handed to {reached} connected devices"),
        }
    }

    pub(super) const fn reached(&self) -> usize {
        if self.out { 0 } else { self.reached }
    }
}

/// Prints a warning, should the event be one.
pub(super) fn warn(event: &NodeEvent) {
    if let NodeEvent::Core(event) = event
        && let Event::Warning { message, .. } = &**event
    {
        stderr::say(message);
    }
}

/// The first line of a file, or of standard input.
fn password(file: &Path) -> Result<String, String> {
    let mut line = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(LINE_MAX).read_line(&mut line)
    } else {
        File::open(file).and_then(|file| BufReader::new(file.take(LINE_MAX)).read_line(&mut line))
    };
    read.map_err(|error| format!("the password can't be read from {}: {error}", file.display()))?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() { Err("there is no password in the first line".to_owned()) } else { Ok(password.to_owned()) }
}

fn show_guild(page: &mut Page, guild: &Value) {
    page.line(format_args!("{} ({})", text(guild, "name"), text(guild, "guild")));
    each(guild, "channels", |c| {
        let mut nature = vec![text(c, "kind").to_owned()];
        nature.extend(["private", "password"].into_iter().filter(|is| c[*is] == true).map(str::to_owned));
        nature.extend(c["history"].as_str().map(str::to_owned));
        nature.extend(c["retention_s"].as_u64().map(|s| format!("forgets after {s} s")));
        page.line(format_args!("  #{} {} {}", text(c, "name"), nature.join(", "), text(c, "channel")))
    });
    let roles = guild["roles"].as_array().into_iter().flatten();
    let roles: BTreeMap<&str, &str> = roles.map(|r| (text(r, "role"), text(r, "name"))).collect();
    each(guild, "members", |m| {
        let mut more: Vec<String> = m["nick"].as_str().map(|nick| format!("here “{nick}”")).into_iter().collect();
        more.extend((m["user"] == guild["owner"]).then(|| "owner".to_owned()));
        let held = m["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
        more.extend(
            held.filter_map(|role| roles.get(role)).filter(|role| **role != "@everyone").map(|r| (*r).to_owned()),
        );
        more.extend(m["timeout_until"].as_u64().map(|ms| format!("silenced until {}", date(ms))));
        let more: String = more.iter().map(|what| format!(", {what}")).collect();
        page.line(format_args!("  {} {}{more}", text(m, "name"), text(m, "user")));
    });
    let members = guild["members"].as_array();
    if members.is_none_or(|members| members.iter().all(|m| m["user"] != guild["me"]["user"])) {
        page.line(format_args!("you are not a member any more"));
    }
}

fn show_roles(page: &mut Page, guild: &Value) {
    each(guild, "roles", |r| {
        let allowed: Vec<_> = r["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let rank = r["rank"].as_u64().unwrap_or_default();
        page.line(format_args!("{rank:>8}  {} {}\n          {}", text(r, "name"), text(r, "role"), allowed.join(", ")));
    });
}

fn show_audit(page: &mut Page, answer: &Value, names: &BTreeMap<String, String>) {
    let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    each(answer, "entries", |e| {
        let target = e["target"].as_str().map(|id| format!(" {}", name(id))).unwrap_or_default();
        let reason = e["reason"].as_str().map(|why| format!(" “{why}”")).unwrap_or_default();
        let void = e["why"].as_str().map(|why| format!(" — without effect: {why}")).unwrap_or_default();
        let at = date(e["at"].as_u64().unwrap_or_default());
        page.line(format_args!("{at}  {}: {}{target}{reason}{void}", name(text(e, "author")), text(e, "action")));
    });
}

/// A time in milliseconds since the epoch, as RFC 3339 to the second.
pub(super) fn date(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1_000).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    seconds.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{ms} ms"))
}

fn show_invites(page: &mut Page, answer: &Value) {
    each(answer, "invites", |i| {
        let max = i["max_uses"].as_u64().map(|max| format!(" of {max}")).unwrap_or_default();
        page.line(format_args!("{}  used {}{max}", text(i, "invite"), i["uses"].as_u64().unwrap_or_default()));
    });
    if answer["invites"].as_array().is_none_or(Vec::is_empty) {
        page.line(format_args!("there are no invites"));
    }
}

fn show_net(page: &mut Page, net: &Value, names: &BTreeMap<String, String>) {
    each(net, "addresses", |a| page.line(format_args!("listening on {}", a.as_str().unwrap_or_default())));
    each(net, "peers", |p| {
        let rtt = p["rtt_ms"].as_u64().map(|ms| format!(", {ms} ms")).unwrap_or_default();
        let name = names.get(text(p, "user")).map_or("somebody", String::as_str);
        page.line(format_args!("{name} {} {}, {}{rtt}", text(p, "device"), text(p, "path"), text(p, "transport")));
    });
    if net["peers"].as_array().is_none_or(Vec::is_empty) {
        page.line(format_args!("nobody is connected"));
    }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(super) fn each(value: &Value, name: &str, does: impl FnMut(&Value)) {
    value[name].as_array().into_iter().flatten().for_each(does);
}
