//! A message as a reader sees it.

use bivouac_crypto::{DeviceId, UserId};

use super::{ChannelId, GuildId, MessageId};

/// Whether a message can be read, and if not why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// Readable.
    Open,
    /// Stored, but its key is not here.
    NoKey,
    /// Its payload was erased; the header remains.
    Erased,
    /// Written by a removed user and cited by nobody else's shown op.
    Hidden,
}

/// One message of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id and place in the timeline.
    pub id: MessageId,
    /// The guild it was posted in.
    pub guild: GuildId,
    /// The channel it was posted in.
    pub channel: ChannelId,
    /// Who wrote it.
    pub author: UserId,
    /// With which device.
    pub device: DeviceId,
    /// Its text where it is [`MessageState::Open`].
    pub text: Option<String>,
    /// Whether it can be read.
    pub state: MessageState,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
}
