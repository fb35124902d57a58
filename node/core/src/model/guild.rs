//! A guild as its law has folded it: what members, roles, channels and invites there are.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, KemPublic, UserId};
use minicbor::{Decode, Encode};

use super::{Attachment, Channel, ChannelId, InviteId, Overwrite, Permissions, RoleId, Target};

/// Folded state of a guild: a pure function of the set of control ops (and of the keys that open them), the same on
/// every node whatever the order of arrival. Its canonical encoding is what `state_hash` covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Law {
    /// Shown name.
    #[n(0)]
    pub name: String,
    /// Who stands above every role. `None` only before the genesis op is known.
    #[n(1)]
    pub owner: Option<UserId>,
    /// What the guild is about, at most 1,024 characters.
    #[n(8)]
    pub description: String,
    /// Its picture.
    #[n(9)]
    pub icon: Option<Attachment>,
    /// Pictures of its own that stand for words, by name.
    #[n(10)]
    pub emoji: BTreeMap<String, Attachment>,
    /// Roles by id, `@everyone` and `admin` among them.
    #[n(2)]
    pub roles: BTreeMap<RoleId, Role>,
    /// Channels that exist.
    #[n(3)]
    pub channels: BTreeMap<ChannelId, Channel>,
    /// Members now.
    #[n(4)]
    pub members: BTreeMap<UserId, Member>,
    /// Users who may not come back by any invite.
    #[n(5)]
    pub bans: BTreeSet<UserId>,
    /// Invites that were made and not revoked.
    #[n(6)]
    pub invites: BTreeMap<InviteId, Invite>,
    /// Devices that contradicted themselves: two ops at one place of a log.
    #[n(7)]
    pub forked: BTreeSet<DeviceId>,
}

/// A named rank with permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Role {
    /// Shown name.
    #[n(0)]
    pub name: String,
    /// A larger rank outranks a smaller one. `@everyone` has 0.
    #[n(1)]
    pub rank: u32,
    /// What its holders may do.
    #[n(2)]
    pub permissions: Permissions,
    /// 0xRRGGBB; 0 for none.
    #[n(3)]
    pub color: u32,
    /// Whether its holders are listed apart.
    #[n(4)]
    pub hoist: bool,
}

/// A user who is in the guild.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Member {
    /// The name the user gave to this identity.
    #[n(0)]
    pub name: String,
    /// Roles held beside `@everyone`.
    #[n(1)]
    pub roles: BTreeSet<RoleId>,
    /// Certified devices that are not revoked.
    #[n(2)]
    pub devices: BTreeSet<DeviceId>,
    /// Generation of the key that guild keys are wrapped to.
    #[n(3)]
    pub kem_generation: u32,
    /// That key (X-Wing).
    #[n(4)]
    pub kem: KemPublic,
    /// What they are called in this guild.
    #[n(5)]
    pub nick: Option<String>,
    /// Until when they are silenced, milliseconds since the epoch.
    #[n(6)]
    pub timeout_ms: Option<u64>,
    /// What they look like in this guild.
    #[n(7)]
    pub avatar: Option<Attachment>,
}

/// A standing invitation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invite {
    /// Who made it.
    #[n(0)]
    pub author: UserId,
    /// How many users it may admit along one causal chain; `None`: any number.
    #[n(1)]
    pub max_uses: Option<u32>,
    /// When it ends, milliseconds since the epoch, by the clock of whoever acts on it.
    #[n(2)]
    pub expires_ms: Option<u64>,
    /// Roles its guests get beside `@everyone`.
    #[n(3)]
    pub roles: BTreeSet<RoleId>,
    /// How many users it has admitted.
    #[n(4)]
    pub uses: u32,
}

impl Law {
    /// What a user may do in the guild as a whole; nothing for who is not a member.
    #[must_use]
    pub fn permissions(&self, user: &UserId, everyone: RoleId) -> Permissions {
        if self.owner == Some(*user) {
            return Permissions::ALL;
        }
        let Some(member) = self.members.get(user) else { return Permissions::default() };
        let roles = member.roles.iter().chain([&everyone]).filter_map(|role| self.roles.get(role));
        let all = roles.fold(Permissions::default(), |sum, role| sum | role.permissions);
        if all.any(Permissions::ADMINISTRATOR) { Permissions::ALL } else { all }
    }

    /// What a user may do in a channel, whatever the time: see [`Permissions::in_channel`].
    #[must_use]
    pub fn permissions_in(&self, user: &UserId, channel: &Channel, everyone: RoleId) -> Permissions {
        let (base, Some(member)) = (self.permissions(user, everyone), self.members.get(user)) else {
            return Permissions::default();
        };
        let of = |target| channel.overwrites.get(&target).copied().unwrap_or_default();
        let roles = member.roles.iter().map(|role| of(Target::Role(*role)));
        base.in_channel(of(Target::Role(everyone)), roles, of(Target::User(*user)))
    }

    /// Every picture there is.
    pub fn pictures(&self) -> impl Iterator<Item = &Attachment> {
        let avatars = self.members.values().filter_map(|member| member.avatar.as_ref());
        self.icon.iter().chain(self.emoji.values()).chain(avatars)
    }

    /// What a channel changes for somebody.
    #[must_use]
    pub fn overwrite(&self, channel: &ChannelId, target: Target) -> Overwrite {
        self.channels.get(channel).and_then(|c| c.overwrites.get(&target)).copied().unwrap_or_default()
    }
}
