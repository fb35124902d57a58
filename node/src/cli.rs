//! The command line's grammar.

use std::path::PathBuf;

use bivouac_node::KEEP_FILES_MIB;
use clap::{Args, Parser, Subcommand};

/// Chat and calls for groups, with no server in the middle.
#[derive(Debug, Parser)]
#[command(name = "bivouac", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) node: NodeArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the node is to run.
#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    /// Data folder; one process at a time. Without a passphrase its key lies beside the data, readable by you alone.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on, like /ip4/0.0.0.0/udp/4001/quic-v1 (repeatable; default: QUIC and TCP everywhere).
    #[arg(long, value_name = "MULTIADDR", global = true)]
    pub(crate) listen: Vec<String>,
    /// Do not look for peers on the local network.
    #[arg(long, global = true)]
    pub(crate) no_mdns: bool,
    /// File whose first line is the passphrase the data folder is sealed with.
    #[arg(long, value_name = "F", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// How many MiB to keep of files that were fetched from others, to give on and save again.
    #[arg(long, value_name = "N", global = true, default_value_t = KEEP_FILES_MIB)]
    pub(crate) keep_files_mib: u64,
    /// Rendezvous to use (repeatable). Not built yet; accepted so that scripts need not change.
    #[arg(long, value_name = "ADDR", global = true)]
    pub(crate) rendezvous: Vec<String>,
    /// For how many seconds to wait for a member to hand things to (default 5), or look around (default 3).
    #[arg(long, value_name = "S", global = true, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) wait_s: Option<u64>,
    /// Print JSON, as the JSON-RPC method of the same name returns it.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node and speak JSON-RPC 2.0, one object a line, on standard input and output.
    Rpc {
        /// Sound: null, file:IN.wav,OUT.wav or device. Not built yet; accepted so that scripts need not change.
        #[arg(long, value_name = "A")]
        audio: Option<String>,
    },
    /// Show who you are, or make an identity.
    Id {
        /// Make an identity of this name and print its recovery words.
        #[arg(long, value_name = "NAME")]
        create: Option<String>,
    },
    /// Make, list and show guilds.
    #[command(subcommand)]
    Guild(Guild),
    /// Make, change and delete channels.
    #[command(subcommand)]
    Channel(Channel),
    /// Make an invite link; or list the links there are, or revoke one.
    Invite {
        /// Guild id or name.
        guild: String,
        /// How many may join by it.
        #[arg(long, value_name = "N")]
        max_uses: Option<u32>,
        /// For how many seconds it holds.
        #[arg(long, value_name = "S")]
        expires_s: Option<u64>,
        /// List the guild's invites instead.
        #[arg(long, conflicts_with_all = ["max_uses", "expires_s"])]
        list: bool,
        /// Revoke this invite instead; its id is in the list.
        #[arg(long, value_name = "INVITE", conflicts_with_all = ["max_uses", "expires_s", "list"])]
        revoke: Option<String>,
    },
    /// Join a guild by an invite link.
    Join {
        /// bivouac://join/…
        link: String,
        /// How many seconds to try.
        #[arg(long, value_name = "S", default_value_t = 60)]
        timeout_s: u64,
    },
    /// Remove members, silence them, let them back in, name them, give them roles.
    #[command(subcommand)]
    Member(Member),
    /// Make, change and delete roles.
    #[command(subcommand)]
    Role(Role),
    /// Show what was done in a guild, by whom, and what of it has no effect and why.
    Audit {
        /// Guild id or name.
        guild: String,
        /// How many acts to show.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
        lines: usize,
    },
    /// Talk: show what is said, and say each line that is typed, until the end of input.
    Chat {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
        /// How many earlier messages to show.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
        lines: usize,
    },
    /// Post a message and stay a moment to hand it over.
    Send {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
        /// What to say.
        text: String,
        /// A file to hang on the message (repeatable, at most ten). Others have it while a node runs that has it.
        #[arg(long = "file", value_name = "PATH")]
        files: Vec<PathBuf>,
    },
    /// Have a file that hangs on a message, from whoever has it, and save it.
    Get {
        /// File id, as it stands beside the message.
        file: String,
        /// Where to save it; in a folder it gets its own name.
        path: PathBuf,
    },
    /// Find messages by words or parts of words, whatever the case and the accents; the newest come last.
    Search {
        /// What to look for; all of it stands in a message or in the names of its files.
        #[arg(required = true, num_args = 1..)]
        words: Vec<String>,
        /// Only in this channel: id, name, or GUILD/CHANNEL by name.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        /// Only with files.
        #[arg(long)]
        files: bool,
        /// How many messages to show, at most 200.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        lines: usize,
    },
    /// Show the newest messages, then new ones as they come, until interrupted.
    Tail {
        /// Channel id, its name, or GUILD/CHANNEL by name; without: every channel.
        channel: Option<String>,
        /// How many earlier messages to show.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
        lines: usize,
    },
    /// Show how much of a guild is here.
    Log {
        /// Guild id or name.
        guild: String,
    },
    /// Look around on the network, and show it.
    Net,
    /// Look around on the network, and tell how things are, what fails and why, and what to do; without names and addresses.
    Doctor,
    /// Hold a conversation of three nodes on this machine, with a crash and a removal, and print how it went.
    Demo(bivouac_node::demo::Options),
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// What to do about guilds.
#[derive(Debug, Subcommand)]
pub(crate) enum Guild {
    /// Make a guild with a text channel `general`.
    Create {
        /// What to call it.
        name: String,
    },
    /// List guilds.
    List,
    /// Show a guild's channels, members and roles.
    Show {
        /// Guild id or name.
        guild: String,
    },
    /// Call a guild something else.
    Rename {
        /// Guild id or name.
        guild: String,
        /// What to call it.
        name: String,
    },
    /// Give a guild to another member.
    HandOver {
        /// Guild id or name.
        guild: String,
        /// User id, or the name of a member.
        user: String,
    },
    /// Leave a guild.
    Leave {
        /// Guild id or name.
        guild: String,
    },
}

/// What to do about channels.
#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// Make a text channel.
    Create {
        /// Guild id or name.
        guild: String,
        /// What to call it.
        name: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        topic: Option<String>,
        /// Give it keys of its own: only you, the owner and administrators read it, and whom `channel overwrite` lets in.
        #[arg(long)]
        private: bool,
        /// What newcomers may read; only an ephemeral channel forgets its keys too.
        #[arg(long, value_name = "WHAT", value_parser = ["history", "since_join", "ephemeral"])]
        history: Option<String>,
        /// Forget messages after so many seconds.
        #[arg(long, value_name = "S")]
        retention_s: Option<u32>,
        /// Let in whoever knows the password that is the first line of this file; - for standard input.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Change what a channel is called, or for.
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Update {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
        /// What to call it.
        #[arg(long, group = "what")]
        name: Option<String>,
        /// What it is for.
        #[arg(long, value_name = "TEXT", group = "what")]
        topic: Option<String>,
        /// Forget messages after so many seconds; 0 to keep them.
        #[arg(long, value_name = "S", group = "what")]
        retention_s: Option<u32>,
        /// The new password is the first line of this file; - for standard input.
        #[arg(long, value_name = "FILE", group = "what")]
        password_file: Option<PathBuf>,
    },
    /// Set what a channel changes for a member or a role, in place of what it changed before.
    #[command(group = clap::ArgGroup::new("whom").required(true))]
    Overwrite {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
        /// User id, or the name of a member.
        #[arg(long, group = "whom")]
        user: Option<String>,
        /// Role id or name.
        #[arg(long, group = "whom")]
        role: Option<String>,
        /// What they may do here, like view (repeatable, or with commas between).
        #[arg(long, value_name = "PERMISSION", value_delimiter = ',')]
        allow: Vec<String>,
        /// What they may not do here.
        #[arg(long, value_name = "PERMISSION", value_delimiter = ',')]
        deny: Vec<String>,
    },
    /// Come into a channel by its password.
    Enter {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
        /// The password is the first line of this file; without: of standard input.
        #[arg(long, value_name = "FILE", default_value = "-")]
        password_file: PathBuf,
    },
    /// Delete a channel; nobody sees any more what was said there.
    Delete {
        /// Channel id, its name, or GUILD/CHANNEL by name.
        channel: String,
    },
}

/// What to do about members.
#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    /// Remove a member, who may come back by a new invite.
    Kick(Target),
    /// Remove somebody for good.
    Ban(Target),
    /// Silence a member for a while.
    Timeout {
        /// Guild id or name.
        guild: String,
        /// User id, or the name of a member.
        user: String,
        /// For how many seconds; 0 to let them speak again.
        seconds: u32,
        /// Why, for the others to read.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Call a member something else in this guild.
    Nick {
        /// Guild id or name.
        guild: String,
        /// User id, or the name of a member.
        user: String,
        /// What to call them; without: by their own name.
        nick: Option<String>,
    },
    /// Give a member a role, or take it.
    Role {
        /// Guild id or name.
        guild: String,
        /// User id, or the name of a member.
        user: String,
        /// Role id or name.
        role: String,
        /// Take it.
        #[arg(long)]
        take: bool,
    },
    /// Take a ban back.
    Unban {
        /// Guild id or name.
        guild: String,
        /// User id; `bivouac guild show` printed it.
        user: String,
    },
}

/// What to do about roles.
#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// List a guild's roles, the highest first.
    List {
        /// Guild id or name.
        guild: String,
    },
    /// Make a role.
    Create {
        /// Guild id or name.
        guild: String,
        /// What to call it.
        name: String,
        /// Its rank: a larger one outranks a smaller one, admin has 1000.
        #[arg(long, value_name = "N")]
        rank: Option<u32>,
        /// What its holders may do, like kick or manage_channels (repeatable, or with commas between).
        #[arg(long = "allow", value_name = "PERMISSION", value_delimiter = ',')]
        permissions: Vec<String>,
    },
    /// Change a role.
    Update {
        /// Guild id or name.
        guild: String,
        /// Role id or name.
        role: String,
        /// What to call it.
        #[arg(long)]
        name: Option<String>,
        /// A lower rank.
        #[arg(long, value_name = "N")]
        rank: Option<u32>,
        /// All that its holders may do from now on (repeatable, or with commas between; "" for nothing).
        #[arg(long = "allow", value_name = "PERMISSION", value_delimiter = ',')]
        permissions: Option<Vec<String>>,
    },
    /// Delete a role, which takes it from all who hold it.
    Delete {
        /// Guild id or name.
        guild: String,
        /// Role id or name.
        role: String,
    },
}

/// Whom to remove from where.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Guild id or name.
    pub(crate) guild: String,
    /// User id, or the name of a member.
    pub(crate) user: String,
    /// Why, for the others to read.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
