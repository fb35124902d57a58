//! What the commands do: open the data folder, make the same calls as the JSON-RPC surface, print the answer.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use bivouac_node::{Config, EventsEnded, Handle, Passphrase, rpc};
use clap::CommandFactory;
use rustix::event::{PollFd, PollFlags, poll};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    cli::{Cli, Command, Guild, NodeArgs},
    stderr,
    stdout::{Failure, Page, print},
};

/// How long a message that was handed to the network may take to leave.
const HAND_OVER: Duration = Duration::from_millis(750);

/// Longest passphrase, in bytes.
const PASSPHRASE_MAX: usize = 4_096;

/// Runs a command.
///
/// # Errors
/// A sentence, or nothing where nobody reads.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { node, command } = cli;
    match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "bivouac", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| e.to_string())?;
            print(&page)
        }
        Command::Rpc { audio } => {
            if audio.is_some() || !node.rendezvous.is_empty() {
                tracing::info!("--audio and --rendezvous are not built yet and change nothing");
            }
            let input = BufReader::new(std::io::stdin());
            rpc::serve(config(&node)?, input, std::io::stdout(), interrupted(), hung_up())
                .await
                .map_err(|e| e.to_string().into())
        }
        command => {
            let handle = Handle::open(config(&node)?).await.map_err(|e| e.to_string())?;
            let result = Session { handle: handle.clone(), json: node.json }.run(command).await;
            handle.shutdown().await;
            result
        }
    }
}

/// A node opened for one command.
struct Session {
    handle: Handle,
    json: bool,
}

impl Session {
    async fn run(&self, command: Command) -> Result<(), Failure> {
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
            Command::Guild(Guild::Create { name }) => {
                let answer = self.call("guild.create", json!({ "name": name })).await?;
                self.show(&answer, |page, a| {
                    page.line(format_args!("guild {}\nchannel {}", text(a, "guild"), text(a, "channel")))
                })
            }
            Command::Guild(Guild::List) => {
                let answer = self.call("guild.list", json!({})).await?;
                self.show(&answer, |page, a| {
                    each(a, "guilds", |g| page.line(format_args!("{}  {}", text(g, "guild"), text(g, "name"))))
                })
            }
            Command::Guild(Guild::Show { guild }) => {
                let answer = self.call("guild.show", json!({ "guild": self.guild(&guild).await? })).await?;
                self.show(&answer, show_guild)
            }
            Command::Invite { guild, max_uses, expires_s } => {
                let params =
                    json!({ "guild": self.guild(&guild).await?, "max_uses": max_uses, "expires_s": expires_s });
                let answer = self.call("invite.create", params).await?;
                self.show(&answer, |page, a| page.line(format_args!("{}", text(a, "link"))))
            }
            Command::Join { link, timeout_s } => {
                let answer = self.call("invite.join", json!({ "link": link, "timeout_s": timeout_s })).await?;
                self.show(&answer, |page, a| page.line(format_args!("joined guild {}", text(a, "guild"))))
            }
            Command::Send { channel, text, wait_s } => self.send(&channel, &text, wait_s).await,
            Command::Tail { channel, lines } => self.tail(channel.as_deref(), lines).await,
            Command::Log { guild } => {
                let answer = self.call("log.status", json!({ "guild": self.guild(&guild).await? })).await?;
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
            Command::Net { wait_s } => {
                tokio::time::sleep(Duration::from_secs(wait_s)).await;
                let answer = self.call("net.status", json!({})).await?;
                self.show(&answer, show_net)
            }
            Command::Rpc { .. } | Command::Demo(_) | Command::Completions { .. } | Command::Man => Ok(()),
        }
    }

    async fn create_identity(&self, name: &str) -> Result<(), Failure> {
        let answer = self.call("identity.create", json!({ "name": name })).await?;
        self.show(&answer, |page, a| {
            page.line(format_args!("You are {name} ({}).", text(a, "user")));
            page.line(format_args!(
                "Write these 24 words down and keep them; they alone bring you back on a new device:\n"
            ));
            let words: Vec<_> = a["recovery"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            words.chunks(6).for_each(|row| page.line(format_args!("  {}", row.join(" "))));
        })
    }

    /// Stores the message, then stays until it could be handed to a member, or the wait is over.
    async fn send(&self, channel: &str, text: &str, wait_s: u64) -> Result<(), Failure> {
        let (guild, channel) = self.channel(channel).await?;
        let mut answer = self.call("message.send", json!({ "channel": channel, "text": text })).await?;
        let guild = self.call("guild.show", json!({ "guild": guild })).await?;
        let others =
            guild["members"].as_array().into_iter().flatten().filter(|m| m["user"] != guild["me"]["user"]).count();
        let mut net = self.handle.net();
        let met = async {
            loop {
                let reached = self.reached(&guild).await;
                if reached > 0 || net.changed().await.is_err() {
                    return reached;
                }
            }
        };
        let reached = match others {
            0 => 0,
            _ => tokio::time::timeout(Duration::from_secs(wait_s), met).await.unwrap_or(0),
        };
        if reached > 0 {
            tokio::time::sleep(HAND_OVER).await;
        }
        answer["reached"] = reached.into();
        self.show(&answer, |page, _| match (others, reached) {
            (0, _) => page.line(format_args!("stored; nobody else is in this guild yet")),
            (_, 0) => {
                page.line(format_args!("stored; no member can be reached now, it is handed over at the next meeting"))
            }
            (_, n) => page.line(format_args!("stored and handed to {n} connected device(s)")),
        })
    }

    /// How many devices of fellow members are connected.
    async fn reached(&self, guild: &Value) -> usize {
        let members = guild["members"].as_array().map(Vec::as_slice).unwrap_or_default();
        let devices: Vec<_> = members
            .iter()
            .filter(|m| m["user"] != guild["me"]["user"])
            .flat_map(|m| m["devices"].as_array().into_iter().flatten().filter_map(Value::as_str))
            .collect();
        let status = self.handle.net().borrow().clone();
        status.peers.iter().filter(|peer| devices.contains(&peer.device.to_string().as_str())).count()
    }

    async fn tail(&self, channel: Option<&str>, lines: usize) -> Result<(), Failure> {
        let channel = match channel {
            Some(channel) => Some(self.channel(channel).await?.1),
            None => None,
        };
        let mut events = self.handle.events();
        let mut names = self.names().await?;
        if let (Some(channel), true) = (&channel, lines > 0) {
            let page = self.call("message.list", json!({ "channel": channel, "limit": lines.min(200) })).await?;
            let mut messages = page["messages"].as_array().into_iter().flatten();
            messages.try_for_each(|message| self.print_message(message, &names))?;
        }
        let stop = interrupted();
        tokio::pin!(stop);
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = &mut stop => return Ok(()),
            };
            match event {
                Ok(event) => {
                    let shape = rpc::event_shape(&event);
                    if shape["type"] == "message" && channel.as_ref().is_none_or(|c| shape["channel"] == **c) {
                        if !names.iter().any(|(user, _)| shape["author"] == **user) {
                            names = self.names().await?;
                        }
                        self.print_message(&shape, &names)?;
                    }
                }
                Err(EventsEnded::Closed) => return Ok(()),
                Err(error @ EventsEnded::Lagged) => {
                    stderr::say(&error.to_string());
                    events = self.handle.events();
                }
            }
        }
    }

    /// User ids and names of every guild's members now.
    async fn names(&self) -> Result<Vec<(String, String)>, String> {
        let mut names = Vec::new();
        for guild in self.guilds().await? {
            let guild = self.call("guild.show", json!({ "guild": guild["guild"] })).await?;
            each(&guild, "members", |m| names.push((text(m, "user").to_owned(), text(m, "name").to_owned())));
        }
        Ok(names)
    }

    fn print_message(&self, message: &Value, names: &[(String, String)]) -> Result<(), Failure> {
        let author = text(message, "author");
        let name =
            names.iter().find(|(user, _)| user == author).map_or(&author[..author.len().min(8)], |(_, name)| name);
        let said = message["text"].as_str().unwrap_or("(can't be read)");
        self.show(message, |page, _| page.line(format_args!("{name}: {said}")))
    }

    async fn guilds(&self) -> Result<Vec<Value>, String> {
        let mut answer = self.call("guild.list", json!({})).await?;
        Ok(match answer["guilds"].take() {
            Value::Array(guilds) => guilds,
            _ => Vec::new(),
        })
    }

    /// The id of a guild given by id or name.
    async fn guild(&self, wanted: &str) -> Result<String, String> {
        let guilds = self.guilds().await?;
        let found = guilds.iter().filter(|g| text(g, "guild") == wanted || text(g, "name") == wanted);
        one(found.map(|g| text(g, "guild").to_owned()).collect(), "guild", wanted)
    }

    /// The ids of a guild and a channel, given by id, by name, or by both names.
    async fn channel(&self, wanted: &str) -> Result<(String, String), String> {
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
        one(found, "channel", wanted)
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value, String> {
        rpc::call_once(&self.handle, method, params).await
    }

    fn show(&self, answer: &Value, human: impl FnOnce(&mut Page, &Value)) -> Result<(), Failure> {
        if self.json {
            return print(format!("{answer}\n").as_bytes());
        }
        let mut page = Page::default();
        human(&mut page, answer);
        page.print()
    }
}

fn show_guild(page: &mut Page, guild: &Value) {
    page.line(format_args!("{} ({})", text(guild, "name"), text(guild, "guild")));
    each(guild, "channels", |c| {
        page.line(format_args!("  #{} {} {}", text(c, "name"), text(c, "kind"), text(c, "channel")))
    });
    each(guild, "members", |m| {
        let owner = if m["user"] == guild["owner"] { ", owner" } else { "" };
        page.line(format_args!("  {} {}{owner}", text(m, "name"), text(m, "user")));
    });
}

fn show_net(page: &mut Page, net: &Value) {
    each(net, "addresses", |a| page.line(format_args!("listening on {}", a.as_str().unwrap_or_default())));
    each(net, "peers", |p| {
        let rtt = p["rtt_ms"].as_u64().map(|ms| format!(", {ms} ms")).unwrap_or_default();
        page.line(format_args!("{} {}, {}{rtt}", text(p, "device"), text(p, "path"), text(p, "transport")));
    });
    if net["peers"].as_array().is_none_or(Vec::is_empty) {
        page.line(format_args!("nobody is connected"));
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn each(value: &Value, name: &str, does: impl FnMut(&Value)) {
    value[name].as_array().into_iter().flatten().for_each(does);
}

fn one<T>(mut found: Vec<T>, what: &str, wanted: &str) -> Result<T, String> {
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(format!("there is more than one {what} called {wanted}; give its id")),
        (None, _) => Err(format!("there is no {what} {wanted}; `bivouac guild list` shows what there is")),
    }
}

fn config(node: &NodeArgs) -> Result<Config, String> {
    let data = match &node.data {
        Some(data) => data.clone(),
        None => default_data().ok_or("there is no home folder to keep data in; choose a folder with --data")?,
    };
    let mut config = Config::new(data);
    config.listen.clone_from(&node.listen);
    config.mdns = !node.no_mdns;
    config.passphrase = node.passphrase_file.as_deref().map(read_passphrase).transpose()?;
    Ok(config)
}

fn default_data() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "bivouac").map(|dirs| dirs.data_dir().to_owned())
}

fn read_passphrase(path: &Path) -> Result<Passphrase, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX + 1));
    let read = File::open(path).and_then(|file| file.take(PASSPHRASE_MAX as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|e| format!("the passphrase file {} can't be read: {e}; check the path", path.display()))?;
    let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len());
    if end > PASSPHRASE_MAX {
        let path = path.display();
        return Err(format!(
            "the first line of {path} is longer than {PASSPHRASE_MAX} bytes; is it the passphrase file?"
        ));
    }
    bytes.truncate(end);
    Ok(Passphrase(bytes))
}

/// Resolves when the process is asked to end, from this call on.
fn interrupted() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)))
    };
    async move {
        #[cfg(unix)]
        if let Ok((mut term, mut int)) = signals {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            return;
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_ok() {
            return;
        }
        std::future::pending().await
    }
}

/// Resolves when nobody writes to standard input any more, even while what was written waits to be read. For files
/// never: they are read to their end.
async fn hung_up() {
    let (sender, told) = tokio::sync::oneshot::channel();
    let wait = move || {
        let input = std::io::stdin();
        let mut wait = [PollFd::new(&input, PollFlags::empty())];
        while matches!(poll(&mut wait, None), Err(rustix::io::Errno::INTR)) {}
        if wait[0].revents().contains(PollFlags::HUP) {
            // Where the node has ended meanwhile, nobody needs to know.
            let _ = sender.send(());
        }
    };
    if thread::Builder::new().name("stdin".to_owned()).spawn(wait).is_err() || told.await.is_err() {
        std::future::pending().await
    }
}
