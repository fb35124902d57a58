//! Why commands and queries fail.

use crate::{authority::Void, model::Permissions};

/// Why a command failed: a kind for programs, a sentence for people that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// For programs.
    pub kind: ErrorKind,
    /// For people.
    pub message: String,
    /// The parameter at fault, where there is one.
    pub param: Option<&'static str>,
    /// What the sentence says, for who says it in another language. A kind, or a parameter, may say it all.
    pub reason: Option<Reason>,
}

impl CommandError {
    /// Whose sentence says no more than that a rule is broken.
    pub fn new(kind: ErrorKind, param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param, reason: None }
    }
}

impl From<Reason> for CommandError {
    fn from(reason: Reason) -> Self {
        Self { kind: reason.kind(), message: reason.to_string(), param: None, reason: Some(reason) }
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A parameter breaks a rule.
    Invalid,
    /// The thing named is not known here.
    NotFound,
    /// There is one already.
    Exists,
    /// The law refuses it, or the user is banned.
    Forbidden,
    /// More than fits.
    TooLarge,
    /// The invite has expired or was revoked.
    InviteExpired,
    /// The invite has admitted as many as it may.
    InviteUsed,
    /// Nobody who could help was reached in time.
    Unreachable,
    /// The store refuses writes.
    DiskFull,
    /// The store does not hold what it should; it is being fetched again.
    StoreDamaged,
    /// The key needed has not arrived.
    NoKey,
    /// Too much is under way.
    Busy,
    /// Too soon after the last.
    RateLimited,
}

/// What there is to say of a failure beyond its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    // ── one may not ───────────────────────────────────────────────────────────────────────────────────────────────────────
    /// The user was removed from the guild, or left it.
    #[error("You are not a member of this guild any more; what you read stays readable.")]
    NotMember,
    /// The channel is not seen by the user.
    #[error("You may not see this channel.")]
    Unseen,
    /// An owner can't leave.
    #[error("The owner cannot leave the guild; hand it over to another member first.")]
    OwnerStays,
    /// Only an owner can do that.
    #[error("Only the owner can hand the guild over.")]
    OwnerOnly,
    /// These permissions are needed in the guild.
    #[error(
        "You need the permission {} for this, and cannot give what you lack yourself. Ask the owner or an admin.",
        listed(*.0)
    )]
    Lacks(Permissions),
    /// These permissions are needed in the channel.
    #[error("You need the permission {} in this channel for this.", listed(*.0))]
    LacksHere(Permissions),
    /// One may read here, and not post.
    #[error("You may not post in this channel.")]
    ReadsOnly,
    /// Who or what it is about ranks as high.
    #[error("What you want to change, or whom, stands as high as you or higher. Ask somebody above.")]
    Outranked,
    /// The law does not allow it.
    #[error("The guild does not allow this: {}.", .0.why())]
    Law(Void),
    /// The user is silenced, for so many seconds more.
    #[error("You are silenced in this guild for another {0} seconds.")]
    Silenced(u64),
    /// Only its author edits a message.
    #[error("Only its author can edit a message.")]
    AuthorOnly,
    /// Who deletes messages.
    #[error("Only its author, or who has the permission manage_messages, can delete a message.")]
    AuthorOrManager,
    /// Who changes threads.
    #[error("Only who began a thread, or has the permission manage_messages, can change it.")]
    StarterOrManager,

    // ── not now, or no more ───────────────────────────────────────────────────────────────────────────────────────────────
    /// The channel is slow: so many seconds more.
    #[error("This channel is slow; you can post again in {0} seconds.")]
    Slow(u64),
    /// This device's clock was far ahead once.
    #[error(
        "This device's clock was once far ahead and has been set back; others would not see what is written now. Wait until the clock has caught up, or set it right."
    )]
    ClockAhead,
    /// What it rests on has no key here yet.
    #[error("What this rests on cannot be read yet: a key is on its way. Try again in a moment.")]
    KeyComing,
    /// The message has no key here yet.
    #[error("The message cannot be read yet: its key has not arrived.")]
    Sealed,
    /// Too many messages wait for a key.
    #[error("Too many messages wait for a key; try again in a moment.")]
    MessagesWaiting,
    /// The channel has no keys yet for its password to be sealed with.
    #[error("The channel's keys are being made; try again in a moment.")]
    KeysComing,
    /// So many guilds, and no more.
    #[error("This node holds {0} guilds already; leave one first.")]
    GuildsMost(usize),
    /// So many channels, and no more.
    #[error("A guild has at most {0} channels; delete one first.")]
    ChannelsMost(usize),
    /// So many roles, and no more.
    #[error("A guild has at most {0} roles; delete one first.")]
    RolesMost(usize),
    /// So many pins, and no more.
    #[error("A channel has at most {0} pins; take one off first.")]
    PinsMost(usize),
    /// Edited so many times, and no more.
    #[error("This message was edited {0} times; delete it and write another.")]
    EditsMost(usize),
    /// The disk takes nothing.
    #[error("The disk does not take writes. Free some space; reading goes on, and writing resumes by itself.")]
    ReadOnly,
    /// The disk took nothing when it was to be sent.
    #[error("The disk does not take writes. Free some space and send again.")]
    NotSent,
    /// So many bytes are needed on the disk.
    #[error(
        "The disk is full or failing; free some room, {} MiB or more, and Bivouac goes on by itself.",
        .0.div_ceil(1024 * 1024)
    )]
    DiskNeeds(u64),
    /// The store was damaged again and again.
    #[error("The store keeps getting damaged. Check the disk and the memory of this machine, then start again.")]
    StoreFails,

    // ── joining a guild ───────────────────────────────────────────────────────────────────────────────────────────────────
    /// Too many joins at once.
    #[error("Too many joins are under way; wait for one to end.")]
    JoinsMost,
    /// The user was kicked or banned.
    #[error("You were removed from this guild. If you were not banned, a new invite lets you in.")]
    Removed,
    /// The invite is none of the guild's.
    #[error("The invite was not accepted. Ask for a new one.")]
    NotAccepted,
    /// Who let the user in is gone.
    #[error("A member let you in but went away before the guild was read. Try the link again.")]
    HostLeft,
    /// Nobody at all was reached.
    #[error(
        "Nobody was reached. Are you on the same network as a member, or is one of them online at an address in the link?"
    )]
    NobodyReached,
    /// No member was reached.
    #[error("No member of this guild was reached in time. Ask whoever invited you to be online, and try again.")]
    NoMemberReached,

    // ── a channel's password ──────────────────────────────────────────────────────────────────────────────────────────────
    /// Too many passwords are being tried at once.
    #[error("Too many entries are under way; wait for one to end.")]
    EntriesMost,
    /// An overwrite denies the user the channel.
    #[error("Somebody has denied you this channel; the password does not help. Ask them.")]
    Denied,
    /// The password was right.
    #[error("You were let in, but the channel's keys have not come yet. They come by themselves.")]
    EnteredKeyless,
    /// Nobody could check the password.
    #[error(
        "Nobody who reads this channel could check the password: nobody is reachable, or too many wrong ones were tried. Try again in ten minutes."
    )]
    Unchecked,

    // ── knocking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// Who knocks must be seen.
    #[error("You are hidden from this network; show yourself, then knock.")]
    Hidden,
    /// Too many knocks at once.
    #[error("You have knocked at many; wait for an answer.")]
    KnocksMost,
    /// They let nobody knock.
    #[error("They let nobody knock; ask them for a link.")]
    NoKnocks,
    /// They can't take one more.
    #[error("They can't be knocked at now. Try again later, or ask them for a link.")]
    KnockLater,
    /// They were not reached.
    #[error("They were not reached. Try again.")]
    KnockUnreached,
    /// They went away.
    #[error("They went away before they answered. Knock again when they are there.")]
    KnockLeft,
    /// They said no.
    #[error("They did not let you in.")]
    TurnedAway,
    /// They said nothing.
    #[error("Nobody answered the knock. Try again, or ask them for a link.")]
    Unanswered,
}

impl Reason {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::NotMember | Self::Unseen | Self::OwnerStays | Self::OwnerOnly => ErrorKind::Forbidden,
            Self::Lacks(_) | Self::LacksHere(_) | Self::ReadsOnly | Self::Outranked => ErrorKind::Forbidden,
            Self::Law(_) | Self::Silenced(_) | Self::Removed | Self::NotAccepted => ErrorKind::Forbidden,
            Self::AuthorOnly | Self::AuthorOrManager | Self::StarterOrManager => ErrorKind::Forbidden,
            Self::Denied | Self::Hidden | Self::NoKnocks | Self::KnockLater | Self::TurnedAway => ErrorKind::Forbidden,
            Self::Slow(_) => ErrorKind::RateLimited,
            Self::Sealed => ErrorKind::NoKey,
            Self::ClockAhead | Self::KeyComing | Self::KeysComing | Self::MessagesWaiting => ErrorKind::Busy,
            Self::JoinsMost | Self::EntriesMost | Self::KnocksMost => ErrorKind::Busy,
            Self::ReadOnly | Self::NotSent | Self::DiskNeeds(_) => ErrorKind::DiskFull,
            Self::GuildsMost(_) | Self::ChannelsMost(_) | Self::RolesMost(_) => ErrorKind::Busy,
            Self::PinsMost(_) | Self::EditsMost(_) => ErrorKind::TooLarge,
            Self::StoreFails => ErrorKind::StoreDamaged,
            Self::HostLeft | Self::NobodyReached | Self::NoMemberReached => ErrorKind::Unreachable,
            Self::EnteredKeyless | Self::Unchecked => ErrorKind::Unreachable,
            Self::KnockUnreached | Self::KnockLeft | Self::Unanswered => ErrorKind::Unreachable,
        }
    }
}

fn listed(permissions: Permissions) -> String {
    permissions.names().collect::<Vec<_>>().join(", ")
}
