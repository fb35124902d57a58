//! Permissions as people read them: in groups, each with a name and what it lets one do.

use bivouac_node::core::model::{ChannelKind, Permissions};

use crate::words::Words;

/// A permission, with the keys of its words.
#[derive(Clone, Copy, Debug)]
pub struct Permit {
    /// Which.
    pub bit: Permissions,
    /// What it is called.
    pub name: &'static str,
    /// What it lets one do.
    pub hint: &'static str,
}

/// Permissions that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The key of what they are called together.
    pub name: &'static str,
    /// In the order they are listed.
    pub permits: &'static [Permit],
}

macro_rules! group {
    ($name:literal: $($bit:ident $key:literal $hint:literal,)*) => {
        Group { name: $name, permits: &[$(Permit { bit: Permissions::$bit, name: $key, hint: $hint }),*] }
    };
}

/// All there are.
pub const GROUPS: [Group; 5] = [
    group! { "perm-group-general":
        VIEW "perm-view" "perm-view-hint",
        MANAGE_CHANNELS "perm-manage-channels" "perm-manage-channels-hint",
        MANAGE_ROLES "perm-manage-roles" "perm-manage-roles-hint",
        MANAGE_GUILD "perm-manage-guild" "perm-manage-guild-hint",
        MANAGE_WEBHOOKS "perm-manage-webhooks" "perm-manage-webhooks-hint",
    },
    group! { "perm-group-members":
        CREATE_INVITE "perm-create-invite" "perm-create-invite-hint",
        KICK "perm-kick" "perm-kick-hint",
        BAN "perm-ban" "perm-ban-hint",
        TIMEOUT "perm-timeout" "perm-timeout-hint",
    },
    group! { "perm-group-text":
        SEND "perm-send" "perm-send-hint",
        SEND_IN_THREADS "perm-send-in-threads" "perm-send-in-threads-hint",
        REACT "perm-react" "perm-react-hint",
        ATTACH "perm-attach" "perm-attach-hint",
        MENTION_EVERYONE "perm-mention-everyone" "perm-mention-everyone-hint",
        MANAGE_MESSAGES "perm-manage-messages" "perm-manage-messages-hint",
    },
    group! { "perm-group-voice":
        CONNECT "perm-connect" "perm-connect-hint",
        SPEAK "perm-speak" "perm-speak-hint",
        VIDEO "perm-video" "perm-video-hint",
        STREAM "perm-stream" "perm-stream-hint",
        PRIORITY_SPEAKER "perm-priority-speaker" "perm-priority-speaker-hint",
        MUTE_MEMBERS "perm-mute-members" "perm-mute-members-hint",
        MOVE_MEMBERS "perm-move-members" "perm-move-members-hint",
        SOUNDBOARD "perm-soundboard" "perm-soundboard-hint",
        RECORD "perm-record" "perm-record-hint",
    },
    group! { "perm-group-all":
        ADMINISTRATOR "perm-administrator" "perm-administrator-hint",
    },
];

/// What counts in the guild as a whole, and that no channel changes.
const WHOLE: Permissions = Permissions(
    Permissions::MANAGE_GUILD.0
        | Permissions::CREATE_INVITE.0
        | Permissions::KICK.0
        | Permissions::BAN.0
        | Permissions::TIMEOUT.0
        | Permissions::ADMINISTRATOR.0,
);

/// What a channel of a kind may change, by groups.
pub fn of_channel(kind: ChannelKind) -> impl Iterator<Item = (&'static str, Vec<Permit>)> {
    let fits = move |group: &str, permit: &Permit| match group {
        "perm-group-text" => kind == ChannelKind::Text,
        "perm-group-voice" => kind == ChannelKind::Voice,
        // A category is listed for all, and holds nothing that is read.
        _ if kind == ChannelKind::Category => {
            [Permissions::MANAGE_CHANNELS, Permissions::MANAGE_ROLES].contains(&permit.bit)
        }
        _ => !WHOLE.any(permit.bit),
    };
    GROUPS.iter().filter_map(move |group| {
        let permits: Vec<_> = group.permits.iter().copied().filter(|permit| fits(group.name, permit)).collect();
        (!permits.is_empty()).then_some((group.name, permits))
    })
}

/// What they are called, in the order they are listed.
#[must_use]
pub fn names(of: Permissions, w: &Words) -> String {
    let permits = GROUPS.iter().flat_map(|group| group.permits).filter(|permit| of.any(permit.bit));
    permits.map(|permit| w.get(permit.name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_in_one_group() {
        let listed: Vec<_> = GROUPS.iter().flat_map(|group| group.permits).map(|permit| permit.bit).collect();
        assert_eq!(listed.len(), Permissions::NAMES.len());
        assert_eq!(listed.into_iter().fold(Permissions::default(), |sum, bit| sum | bit), Permissions::ALL);
    }

    #[test]
    fn a_channel_changes_nothing_that_counts_in_the_whole_guild() {
        for kind in [ChannelKind::Text, ChannelKind::Voice, ChannelKind::Category] {
            let bits: Vec<_> = of_channel(kind).flat_map(|(_, permits)| permits).map(|permit| permit.bit).collect();
            assert!(!bits.iter().any(|bit| WHOLE.any(*bit)), "{kind:?}");
            assert_eq!(bits.contains(&Permissions::SEND), kind == ChannelKind::Text);
            assert_eq!(bits.contains(&Permissions::CONNECT), kind == ChannelKind::Voice);
        }
    }
}
