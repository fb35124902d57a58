//! A message as a reader sees it.

use bivouac_crypto::{DeviceId, FileKey, Text, UserId};
use minicbor::{Decode, Encode};

use super::{ChannelId, FileId, GuildId, MessageId};

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
    /// When it was edited last, milliseconds since the epoch.
    pub edited: Option<u64>,
    /// The message whose thread it is in.
    pub thread: Option<MessageId>,
    /// What is put on it, in the order in which each emoji came.
    pub reactions: Vec<Reaction>,
    /// What hangs on it.
    pub files: Vec<File>,
    /// Whether it is pinned to its channel.
    pub pinned: bool,
    /// Whether it calls on me: by name, by a role of mine, or everybody.
    pub mention: bool,
}

/// A file that hangs on a message, as its author describes it: none of it is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which.
    pub id: FileId,
    /// What it is called; may hold anything.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// What is in it, as MIME has it.
    pub mime: String,
    /// Width and height in pixels, of a picture.
    pub image: Option<(u32, u32)>,
    /// The same picture, small.
    pub preview: Option<Box<File>>,
}

/// An emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// As it was put.
    pub emoji: String,
    /// By whom, the first one first.
    pub users: Vec<UserId>,
}

/// A thread: what is said below one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The message it hangs on, by which it is named.
    pub id: MessageId,
    /// Where.
    pub channel: ChannelId,
    /// What it is called.
    pub name: String,
    /// Who began it.
    pub creator: UserId,
    /// When, milliseconds since the epoch.
    pub created_ms: u64,
    /// Whether it was put away, and nobody has posted in it since.
    pub archived: bool,
    /// The newest message in it.
    pub last: Option<MessageId>,
}

/// What of a channel I have not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Up to where I have read it.
    pub read: Option<MessageId>,
    /// Messages of others since, threads left out; [`Unread::MOST`] stands for any more.
    pub messages: usize,
    /// Those of them that call on me, likewise.
    pub mentions: usize,
}

impl Unread {
    /// Nobody counts further.
    pub const MOST: usize = 100;
}

/// A file that hangs on a message, or a picture of the law. Its bytes are elsewhere: sealed with a key of its own, and had from whoever holds them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Attachment {
    /// BLAKE3 of the sealed bytes.
    #[n(0)]
    pub id: FileId,
    /// What seals them: ChaCha20 (RFC 8439) with a nonce of zeroes. What is opened is verified by the id.
    #[n(1)]
    pub key: FileKey,
    /// How many there are; sealing adds none.
    #[n(2)]
    pub size: u64,
    /// What the file is called.
    #[n(3)]
    pub name: Text<255>,
    /// What is in it, as MIME has it.
    #[n(4)]
    pub mime: Text<127>,
    /// Width and height in pixels, of a picture.
    #[n(5)]
    pub image: Option<(u32, u32)>,
    /// The same picture, small.
    #[n(6)]
    pub preview: Option<Preview>,
}

/// Largest preview, in bytes.
pub const MAX_PREVIEW: u64 = 96 * 1024;
/// Its longest side, in pixels.
pub const MAX_PREVIEW_SIDE: u32 = 480;

/// A small picture of a large one: a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Preview {
    /// BLAKE3 of the sealed bytes.
    #[n(0)]
    pub id: FileId,
    /// What seals them.
    #[n(1)]
    pub key: FileKey,
    /// How many there are.
    #[n(2)]
    pub size: u64,
    /// JPEG, or PNG where something shows through.
    #[n(3)]
    pub mime: Text<127>,
    /// Width and height in pixels.
    #[n(4)]
    pub image: (u32, u32),
}

impl Attachment {
    /// Without its key.
    #[must_use]
    pub fn file(&self) -> File {
        let (name, mime) = (self.name.to_string(), self.mime.to_string());
        let preview = self.small().map(|small| Box::new(self.of_preview(small).file()));
        File { id: self.id, name, size: self.size, mime, image: self.image, preview }
    }

    /// It and its preview, by id.
    pub fn ids(&self) -> impl Iterator<Item = FileId> {
        [self.id].into_iter().chain(self.preview.as_ref().map(|small| small.id))
    }

    /// It or its preview, whichever is called so.
    #[must_use]
    pub fn called(&self, id: FileId) -> Option<Self> {
        let small = self.small().filter(|small| small.id == id).map(|small| self.of_preview(small));
        if self.id == id { Some(self.clone()) } else { small }
    }

    /// Its preview, if it is one: whoever reads along fetches it unasked.
    fn small(&self) -> Option<&Preview> {
        let sound = |small: &&Preview| {
            let (width, height) = small.image;
            small.size <= MAX_PREVIEW
                && ["image/jpeg", "image/png"].contains(&small.mime.as_str())
                && width.max(height) <= MAX_PREVIEW_SIDE
        };
        self.preview.as_ref().filter(sound)
    }

    fn of_preview(&self, small: &Preview) -> Self {
        Self {
            id: small.id,
            key: small.key.clone(),
            size: small.size,
            name: self.name.clone(),
            mime: small.mime.clone(),
            image: Some(small.image),
            preview: None,
        }
    }
}
