//! A guild as its law has folded it: what members, roles, channels and invites there are.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, KemPublic, UserId};
use minicbor::{Decode, Encode};

use super::{ChannelId, Hlc, InviteId, Permissions, RoleId};

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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
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
}

/// What a channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ChannelKind {
    /// Messages.
    #[n(0)]
    Text,
    /// Calls.
    #[n(1)]
    Voice,
}

/// A place to talk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Channel {
    /// Shown name, 1–100 characters.
    #[n(0)]
    pub name: String,
    /// Text or voice.
    #[n(1)]
    pub kind: ChannelKind,
    /// What it is about, at most 1,024 characters.
    #[n(2)]
    pub topic: String,
    /// When it was created: the order in which channels are listed.
    #[n(3)]
    pub created: Hlc,
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
