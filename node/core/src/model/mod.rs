//! The nouns of a guild: plain values that every other module speaks in.
//!
//! `model` imports nothing of the core; everything else imports it.

pub mod channel;
pub mod guild;
pub mod hlc;
pub mod ids;
pub mod message;
pub mod name;
pub mod permission;

pub use channel::{Channel, ChannelChange, ChannelKind, EPHEMERAL_S, History, Nature, Target};
pub use guild::{Invite, Law, Member, Role};
pub use hlc::Hlc;
pub use ids::{ChannelId, FileId, GuildId, InviteId, LogId, MESSAGE_LINK, MessageId, OpId, RoleId};
pub use message::{Attachment, File, Message, MessageState, Preview, Reaction, Thread, Unread};
pub use name::turns;
pub use permission::{Overwrite, Permissions};
