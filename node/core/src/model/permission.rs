//! Permissions: a bit set, spelled as the law lists them, and what a member may do in a channel.

use std::{fmt, ops};

use minicbor::{Decode, Encode};

/// What a role allows. The bit of a name never changes; new ones are added at the end.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Permissions(#[n(0)] pub u64);

macro_rules! permissions {
    ($($bit:literal $konst:ident $name:literal $doc:literal;)*) => {
        impl Permissions {
            $(#[doc = $doc] pub const $konst: Self = Self(1 << $bit);)*

            /// Every permission with its name, in bit order.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$konst)),*];
        }
    };
}

permissions! {
    0 VIEW "view" "See the channel and read it.";
    1 SEND "send" "Post messages.";
    2 SEND_IN_THREADS "send_in_threads" "Post in threads.";
    3 REACT "react" "Add reactions.";
    4 ATTACH "attach" "Attach files.";
    5 MENTION_EVERYONE "mention_everyone" "Notify everyone at once.";
    6 MANAGE_MESSAGES "manage_messages" "Remove and pin the messages of others.";
    7 MANAGE_CHANNELS "manage_channels" "Create, change and delete channels.";
    8 MANAGE_ROLES "manage_roles" "Create, change and grant lower roles.";
    9 MANAGE_GUILD "manage_guild" "Change the guild's name, icon and description.";
    10 CREATE_INVITE "create_invite" "Invite people.";
    11 KICK "kick" "Remove members.";
    12 BAN "ban" "Remove members for good.";
    13 TIMEOUT "timeout" "Silence members for a while.";
    14 CONNECT "connect" "Join voice channels.";
    15 SPEAK "speak" "Speak in voice channels.";
    16 VIDEO "video" "Send camera video.";
    17 STREAM "stream" "Share a screen.";
    18 PRIORITY_SPEAKER "priority_speaker" "Lower everybody else while speaking.";
    19 MUTE_MEMBERS "mute_members" "Mute others in voice channels.";
    20 MOVE_MEMBERS "move_members" "Move others between voice channels.";
    21 SOUNDBOARD "soundboard" "Play sounds in voice channels.";
    22 RECORD "record" "Record a call, with consent shown.";
    23 MANAGE_WEBHOOKS "manage_webhooks" "Create and delete webhooks.";
    24 ADMINISTRATOR "administrator" "Everything, in every channel.";
}

impl Permissions {
    /// What @everyone may do in a new guild.
    pub const EVERYONE: Self = Self(
        Self::VIEW.0
            | Self::SEND.0
            | Self::SEND_IN_THREADS.0
            | Self::REACT.0
            | Self::ATTACH.0
            | Self::CREATE_INVITE.0
            | Self::CONNECT.0
            | Self::SPEAK.0
            | Self::VIDEO.0
            | Self::STREAM.0
            | Self::SOUNDBOARD.0,
    );
    /// All bits that have a name.
    pub const ALL: Self = Self((1 << 25) - 1);
    /// What makes a member read a private channel.
    pub const READING: Self = Self(Self::VIEW.0 | Self::ADMINISTRATOR.0);
    /// What goes with posting.
    const POSTING: Self = Self(Self::ATTACH.0 | Self::MENTION_EVERYONE.0);
    /// What goes with being in a call.
    const CALLING: Self = Self(
        Self::SPEAK.0
            | Self::VIDEO.0
            | Self::STREAM.0
            | Self::PRIORITY_SPEAKER.0
            | Self::MUTE_MEMBERS.0
            | Self::MOVE_MEMBERS.0
            | Self::SOUNDBOARD.0
            | Self::RECORD.0,
    );

    /// Whether all of `other` is allowed; an administrator is allowed everything.
    #[must_use]
    pub fn allows(self, other: Self) -> bool {
        self.0 & Self::ADMINISTRATOR.0 != 0 || self.0 & other.0 == other.0
    }

    /// Without these.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any of these is in it.
    #[must_use]
    pub fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is allowed.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The single bits.
    pub fn bits(self) -> impl Iterator<Item = Self> {
        (0..u64::BITS).map(|bit| Self(1 << bit)).filter(move |bit| self.any(*bit))
    }

    /// What a member may do in a channel, of what the guild allows them: overwrites of `@everyone`, then of their roles
    /// together, then their own, each denying before it allows. Administrators are not held by overwrites.
    #[must_use]
    pub fn in_channel(self, everyone: Overwrite, roles: impl Iterator<Item = Overwrite>, own: Overwrite) -> Self {
        if self.any(Self::ADMINISTRATOR) {
            return Self::ALL;
        }
        let roles = roles.fold(Overwrite::default(), |sum, role| Overwrite {
            allow: sum.allow | role.allow,
            deny: sum.deny | role.deny,
        });
        let held = [everyone, roles, own].into_iter().fold(self, |held, over| held.without(over.deny) | over.allow);
        // An overwrite gives nothing that counts in the whole guild.
        held.without(Self::ADMINISTRATOR).implied()
    }

    /// Without what means nothing for want of something else: who cannot see a channel can do nothing in it.
    fn implied(self) -> Self {
        if !self.any(Self::VIEW) {
            return Self::default();
        }
        let posts = if self.any(Self::SEND) { self } else { self.without(Self::POSTING) };
        if posts.any(Self::CONNECT) { posts } else { posts.without(Self::CALLING) }
    }

    /// The names of the bits that are set, in bit order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, bit)| self.0 & bit.0 != 0).map(|(name, _)| *name)
    }
}

impl ops::BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a channel changes for a role or a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Overwrite {
    /// Allowed here.
    #[n(0)]
    pub allow: Permissions,
    /// Denied here; stronger than `allow` of the same overwrite.
    #[n(1)]
    pub deny: Permissions,
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_has_one_name_and_all_is_their_union() {
        let union = Permissions::NAMES.iter().fold(Permissions::default(), |sum, (_, bit)| sum | *bit);
        assert_eq!(union, Permissions::ALL);
        assert_eq!(Permissions::NAMES.len(), 25);
    }
}
