//! What was done in a guild, by whom, and whether it counts: read off the ops that everybody holds.

use super::Guild;
use crate::{
    io::Deed,
    op::{Act, Op},
};

impl Guild {
    /// The newest acts of law, the newest first.
    pub(crate) fn deeds(&self, limit: usize) -> Vec<Deed> {
        let deed = |n: u32| {
            let node = self.dag.node(n);
            let (action, target, reason) = match &node.op {
                Some(Op::Genesis(_)) => ("guild.create", None, None),
                Some(Op::Act(_, act)) => told(act, &node.id),
                // It may be an act of which nobody here can say more.
                None => ("sealed", None, None),
                Some(_) => return None,
            };
            let void = self.settled.of(n).err();
            Some(Deed { at: node.hlc.ms(), author: node.author, action, target, reason, void })
        };
        self.dag.ordered().rev().filter_map(deed).take(limit).collect()
    }
}

/// An act's name, what it is about, and its reason.
fn told(act: &Act, id: &crate::model::OpId) -> (&'static str, Option<String>, Option<String>) {
    let (action, target, reason): (_, Option<&dyn ToString>, _) = match act {
        Act::Guild { .. } => ("guild.update", None, None),
        Act::HandOver { user } => ("guild.hand_over", Some(user), None),
        Act::Channel { .. } => ("channel.create", Some(id), None),
        Act::ChannelUpdate { channel, .. } => ("channel.update", Some(channel), None),
        Act::ChannelDelete { channel } => ("channel.delete", Some(channel), None),
        Act::Overwrite { channel, .. } => ("channel.overwrite", Some(channel), None),
        Act::Enter { user, .. } => ("channel.enter", Some(user), None),
        Act::Invite { .. } => ("invite.create", Some(id), None),
        Act::InviteRevoke { invite } => ("invite.revoke", Some(invite), None),
        Act::Admit { guest, .. } => return ("invite.join", Some(guest.user().to_string()), None),
        Act::RoleCreate { .. } => ("role.create", Some(id), None),
        Act::RoleUpdate { role, .. } => ("role.update", Some(role), None),
        Act::RoleDelete { role } => ("role.delete", Some(role), None),
        Act::Grant { user, .. } => ("role.assign", Some(user), None),
        Act::Revoke { user, .. } => ("role.unassign", Some(user), None),
        Act::Kick { user, reason } => ("member.kick", Some(user), reason.as_deref()),
        Act::Ban { user, reason } => ("member.ban", Some(user), reason.as_deref()),
        Act::Unban { user } => ("member.unban", Some(user), None),
        Act::Timeout { user, reason, .. } => ("member.timeout", Some(user), reason.as_deref()),
        Act::Nick { user, .. } => ("member.nick", Some(user), None),
        Act::Emoji { picture, .. } if picture.is_empty() => ("emoji.delete", None, None),
        Act::Emoji { .. } => ("emoji.create", None, None),
        Act::Avatar { .. } => ("member.avatar", None, None),
        Act::Leave => ("guild.leave", None, None),
        Act::Identity { .. } => ("identity.update", None, None),
    };
    (action, target.map(ToString::to_string), reason.map(str::to_owned))
}
