//! The acts of law: what a control op may say, and under which role.

use bivouac_crypto::{Bounded, IdentityChain, IdentityOp, PublicKey, Signature, Signed, Text, UserId};
use minicbor::{Decode, Encode};

use crate::model::{Attachment, ChannelChange, ChannelId, InviteId, Nature, Permissions, RoleId, Target};

/// Largest picture that the law names, in bytes.
pub const MAX_PICTURE: u64 = 512 * 1024;
/// Its longest side, in pixels.
pub const MAX_SIDE: u32 = 4_096;
/// Pictures of a guild's own that stand for words, at most.
pub const MAX_EMOJI: usize = 500;

/// Whether all can show a picture: a PNG, JPEG, GIF or WebP, and small.
#[must_use]
pub fn is_picture(picture: &Attachment) -> bool {
    const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    let sides = picture.image.is_some_and(|(width, height)| (1..=MAX_SIDE).contains(&width.max(height)));
    KINDS.contains(&picture.mime.as_str()) && picture.size <= MAX_PICTURE && sides
}

/// A picture, or none.
pub type Picture = Bounded<Attachment, 1>;

/// The role an act is done under. Its rank decides when the act is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Acting {
    /// The owner, in this term.
    #[n(0)]
    Owner(#[n(0)] u32),
    /// A role the author holds; `@everyone` for a plain member.
    #[n(1)]
    Role(#[n(0)] RoleId),
}

/// An act of law.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Change what the guild is called and how it is shown.
    #[n(0)]
    Guild {
        /// New name.
        #[n(0)]
        name: Option<Text<100>>,
        /// New description.
        #[n(1)]
        description: Option<Text<1024>>,
        /// New picture.
        #[n(2)]
        icon: Option<Picture>,
    },
    /// Create a channel; its id is the op's.
    #[n(1)]
    Channel {
        /// What it is for good.
        #[n(0)]
        nature: Nature,
        /// What may change of it, its name among them.
        #[n(1)]
        change: ChannelChange,
    },
    /// Change a channel.
    #[n(2)]
    ChannelUpdate {
        /// Which.
        #[n(0)]
        channel: ChannelId,
        /// What of it.
        #[n(1)]
        change: ChannelChange,
    },
    /// Delete a channel. Beats concurrent changes.
    #[n(3)]
    ChannelDelete {
        /// Which.
        #[n(0)]
        channel: ChannelId,
    },
    /// Make an invite.
    #[n(4)]
    Invite {
        /// Proves, by signing, that a guest holds the link.
        #[n(0)]
        key: PublicKey,
        /// Most users along one causal chain.
        #[n(1)]
        max_uses: Option<u32>,
        /// End, milliseconds since the epoch; checked by the admitting node only.
        #[n(2)]
        expires_ms: Option<u64>,
        /// Roles its guests get.
        #[n(3)]
        roles: Bounded<RoleId, 16>,
    },
    /// Revoke an invite.
    #[n(5)]
    InviteRevoke {
        /// Which.
        #[n(0)]
        invite: InviteId,
    },
    /// Admit a guest. Always done under `@everyone`.
    #[n(6)]
    Admit {
        /// By which invite.
        #[n(0)]
        invite: InviteId,
        /// The guest's identity.
        #[n(1)]
        guest: IdentityChain,
        /// The invite key's signature over (guild, user).
        #[n(2)]
        proof: Signature,
    },
    /// Give a role to a user whose identity is known here; also admits.
    #[n(7)]
    Grant {
        /// Which role.
        #[n(0)]
        role: RoleId,
        /// To whom.
        #[n(1)]
        user: UserId,
    },
    /// Take a role from a user; `@everyone` is taken by [`Act::Kick`].
    #[n(8)]
    Revoke {
        /// Which role.
        #[n(0)]
        role: RoleId,
        /// From whom; one's own name demotes oneself.
        #[n(1)]
        user: UserId,
    },
    /// Remove a member.
    #[n(9)]
    Kick {
        /// Whom.
        #[n(0)]
        user: UserId,
        /// Why.
        #[n(1)]
        reason: Option<Text<512>>,
    },
    /// Remove a user and refuse every later admission.
    #[n(10)]
    Ban {
        /// Whom.
        #[n(0)]
        user: UserId,
        /// Why.
        #[n(1)]
        reason: Option<Text<512>>,
    },
    /// Lift a ban.
    #[n(11)]
    Unban {
        /// Whose.
        #[n(0)]
        user: UserId,
    },
    /// Leave.
    #[n(12)]
    Leave,
    /// Publish one more op of the author's own identity chain.
    #[n(13)]
    Identity {
        /// Signed by the identity itself.
        #[n(0)]
        op: Signed<IdentityOp>,
    },
    /// Create a role; its id is the op's.
    #[n(14)]
    RoleCreate {
        /// Its rank, for good but for being lowered: above 0 and below the rank acted under.
        #[n(0)]
        rank: u32,
        /// What its holders may do: nothing that its maker may not.
        #[n(1)]
        permissions: Permissions,
        /// What may change of it, its name among them.
        #[n(2)]
        change: RoleChange,
    },
    /// Change a role.
    #[n(15)]
    RoleUpdate {
        /// Which.
        #[n(0)]
        role: RoleId,
        /// A lower rank.
        #[n(1)]
        rank: Option<u32>,
        /// Allowed from now on.
        #[n(2)]
        set: Permissions,
        /// Not allowed any more; wins over what is set concurrently.
        #[n(3)]
        clear: Permissions,
        /// What else of it.
        #[n(4)]
        change: RoleChange,
    },
    /// Delete a role: takes it from all who hold it.
    #[n(16)]
    RoleDelete {
        /// Which.
        #[n(0)]
        role: RoleId,
    },
    /// Give the guild to another, whom this makes a member. Done by the owner only; begins the next term.
    #[n(17)]
    HandOver {
        /// To whom.
        #[n(0)]
        user: UserId,
    },
    /// Silence a member, or let them speak again.
    #[n(18)]
    Timeout {
        /// Whom.
        #[n(0)]
        user: UserId,
        /// Until when, milliseconds since the epoch; 0 to end it.
        #[n(1)]
        until_ms: u64,
        /// Why.
        #[n(2)]
        reason: Option<Text<512>>,
    },
    /// Set what a member is called in this guild.
    #[n(19)]
    Nick {
        /// Who.
        #[n(0)]
        user: UserId,
        /// What; `None` for their own name.
        #[n(1)]
        nick: Option<Text<64>>,
    },
    /// Change what a channel changes for a role or a member. A bit is in one of the three at most, or stays as it is.
    #[n(20)]
    Overwrite {
        /// Where.
        #[n(0)]
        channel: ChannelId,
        /// For whom.
        #[n(1)]
        target: Target,
        /// Allowed from now on.
        #[n(2)]
        allow: Permissions,
        /// Denied from now on; wins over what is allowed concurrently.
        #[n(3)]
        deny: Permissions,
        /// Neither.
        #[n(4)]
        neutral: Permissions,
    },
    /// Let somebody into a channel whose password they know. Always done under `@everyone`, by a reader.
    #[n(21)]
    Enter {
        /// Which.
        #[n(0)]
        channel: ChannelId,
        /// Whom.
        #[n(1)]
        user: UserId,
    },
    /// Have `:name:` stand for a picture, or no more.
    #[n(22)]
    Emoji {
        /// Its name.
        #[n(0)]
        name: Text<32>,
        /// What it looks like.
        #[n(1)]
        picture: Picture,
    },
    /// Change what the author looks like in this guild.
    #[n(23)]
    Avatar {
        /// The new picture.
        #[n(0)]
        picture: Picture,
    },
}

impl Act {
    /// The permission it needs, in the guild or in the channel it is about, where it is not about its author's own.
    #[must_use]
    pub fn needs(&self) -> Permissions {
        match self {
            Self::Guild { .. } | Self::Emoji { .. } | Self::InviteRevoke { .. } => Permissions::MANAGE_GUILD,
            Self::Channel { .. } | Self::ChannelUpdate { .. } | Self::ChannelDelete { .. } => {
                Permissions::MANAGE_CHANNELS
            }
            Self::Invite { roles, .. } if roles.is_empty() => Permissions::CREATE_INVITE,
            Self::Invite { .. } => Permissions::CREATE_INVITE | Permissions::MANAGE_ROLES,
            Self::Overwrite { .. }
            | Self::Grant { .. }
            | Self::Revoke { .. }
            | Self::RoleCreate { .. }
            | Self::RoleUpdate { .. }
            | Self::RoleDelete { .. }
            | Self::Nick { .. } => Permissions::MANAGE_ROLES,
            Self::Kick { .. } => Permissions::KICK,
            Self::Ban { .. } | Self::Unban { .. } => Permissions::BAN,
            Self::Timeout { .. } => Permissions::TIMEOUT,
            Self::Admit { .. }
            | Self::Enter { .. }
            | Self::HandOver { .. }
            | Self::Leave
            | Self::Identity { .. }
            | Self::Avatar { .. } => Permissions::default(),
        }
    }
}

/// What may change of a role beside its rank and permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RoleChange {
    /// Its name.
    #[n(0)]
    pub name: Option<Text<100>>,
    /// 0xRRGGBB; 0 for none.
    #[n(1)]
    pub color: Option<u32>,
    /// Whether its holders are listed apart.
    #[n(2)]
    pub hoist: Option<bool>,
}
