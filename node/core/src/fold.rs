//! The only code that changes guild state: folds effective control ops into a [`Law`].

use std::collections::BTreeSet;

use bivouac_crypto::{Context, UserId, canonical, hash};

use crate::{
    act::{MAX_EMOJI, RoleChange},
    authority::{self, Settled},
    dag::{Dag, Node},
    model::{Channel, ChannelId, GuildId, Invite, InviteId, Law, Member, Role, RoleId},
    op::{Act, Op},
};

/// Folds a settled DAG from nothing.
#[must_use]
pub fn fold(dag: &Dag, settled: &Settled, guild: GuildId) -> Law {
    let mut law = Law { owner: settled.owner(), ..Law::default() };
    for n in dag.ordered() {
        if settled.of(n).is_ok() {
            apply(&mut law, dag.node(n), guild);
        }
    }
    for role in law.roles.keys().copied().collect::<Vec<_>>() {
        derive_role(&mut law, dag, settled, role);
    }
    for user in settled.users() {
        derive_user(&mut law, dag, settled, guild, user);
    }
    for invite in settled.invites.keys() {
        derive_invite(&mut law, dag, settled, invite);
    }
    for (id, channel) in &mut law.channels {
        channel.overwrites = settled.overwrites(dag, id);
    }
    law.forked = dag.forks().keys().map(|log| log.device).collect();
    law
}

/// Folds one more op that has seen every other, as [`fold`] would.
pub fn advance(law: &mut Law, dag: &Dag, settled: &Settled, guild: GuildId, n: u32) {
    let node = dag.node(n);
    if settled.of(n).is_ok() {
        law.owner = settled.owner();
        apply(law, node, guild);
    }
    match node.op.as_ref() {
        Some(Op::Genesis(_)) => {
            law.roles.keys().copied().collect::<Vec<_>>().into_iter().for_each(|r| derive_role(law, dag, settled, r));
        }
        Some(Op::Act(_, Act::RoleCreate { .. })) => derive_role(law, dag, settled, RoleId(node.id.0)),
        Some(Op::Act(_, Act::RoleUpdate { role, .. } | Act::RoleDelete { role })) => {
            derive_role(law, dag, settled, *role);
        }
        Some(Op::Act(_, Act::Invite { .. })) => derive_invite(law, dag, settled, &InviteId(node.id.0)),
        Some(Op::Act(_, Act::InviteRevoke { invite } | Act::Admit { invite, .. })) => {
            derive_invite(law, dag, settled, invite);
        }
        Some(Op::Act(_, Act::Channel { .. })) => derive_channel(law, dag, settled, ChannelId(node.id.0)),
        Some(Op::Act(_, Act::Overwrite { channel, .. } | Act::Enter { channel, .. })) => {
            derive_channel(law, dag, settled, *channel);
        }
        _ => {}
    }
    // Leaving counts even under a role that is not held.
    for user in touched(law, dag, n) {
        derive_user(law, dag, settled, guild, &user);
    }
}

/// BLAKE3 of the canonical encoding of a law.
#[must_use]
pub fn state_hash(law: &Law) -> [u8; 32] {
    hash(Context::State, &canonical::encode(law))
}

/// Properties: among concurrent changes the later by (hlc, id) stands; a deletion stands for good.
fn apply(law: &mut Law, node: &Node, guild: GuildId) {
    let act = match &node.op {
        Some(Op::Act(_, act)) => act,
        Some(Op::Genesis(_)) => {
            let role = |name: &str| Role { name: name.to_owned(), ..Role::default() };
            law.roles.insert(authority::everyone(guild), role("@everyone"));
            law.roles.insert(authority::admin(guild), role("admin"));
            return;
        }
        _ => return,
    };
    match act {
        Act::Guild { name, description, icon } => {
            if let Some(name) = name {
                law.name = name.to_string();
            }
            if let Some(description) = description {
                law.description = description.to_string();
            }
            if let Some(icon) = icon {
                law.icon = icon.first().cloned();
            }
        }
        Act::Emoji { name, picture } => match picture.first() {
            Some(picture) if law.emoji.len() < MAX_EMOJI || law.emoji.contains_key(name.as_str()) => {
                law.emoji.insert(name.to_string(), picture.clone());
            }
            Some(_) => {}
            None => drop(law.emoji.remove(name.as_str())),
        },
        Act::Channel { nature, change } => {
            let mut channel = Channel::new(*nature, node.author, node.hlc);
            channel.change(change);
            law.channels.insert(ChannelId(node.id.0), channel);
        }
        Act::ChannelUpdate { channel, change } => {
            if let Some(channel) = law.channels.get_mut(channel) {
                channel.change(change);
            }
        }
        Act::ChannelDelete { channel } => {
            law.channels.remove(channel);
        }
        Act::RoleCreate { change, .. } => {
            let mut role = Role::default();
            change_role(&mut role, change);
            law.roles.insert(RoleId(node.id.0), role);
        }
        Act::RoleUpdate { role, change, .. } => {
            if let Some(role) = law.roles.get_mut(role) {
                change_role(role, change);
            }
        }
        _ => {}
    }
}

fn change_role(role: &mut Role, RoleChange { name, color, hoist }: &RoleChange) {
    if let Some(name) = name {
        role.name = name.to_string();
    }
    role.color = color.unwrap_or(role.color);
    role.hoist = hoist.unwrap_or(role.hoist);
}

fn derive_role(law: &mut Law, dag: &Dag, settled: &Settled, id: RoleId) {
    match (law.roles.get_mut(&id), settled.rank_now(&id)) {
        (Some(role), Some(rank)) => {
            role.rank = rank;
            role.permissions = settled.permissions_now(dag, &id);
        }
        _ => {
            law.roles.remove(&id);
        }
    }
}

fn derive_channel(law: &mut Law, dag: &Dag, settled: &Settled, id: ChannelId) {
    if let Some(channel) = law.channels.get_mut(&id) {
        channel.overwrites = settled.overwrites(dag, &id);
    }
}

/// The users whose standing an op may change.
fn touched(law: &Law, dag: &Dag, n: u32) -> Vec<UserId> {
    let node = dag.node(n);
    match &node.op {
        Some(Op::Genesis(_)) => vec![node.author],
        Some(Op::Act(_, act)) => match act {
            Act::Admit { .. } => dag.carried(n).map(|identity| vec![identity.user()]).unwrap_or_default(),
            Act::Grant { user, .. }
            | Act::Revoke { user, .. }
            | Act::Kick { user, .. }
            | Act::Ban { user, .. }
            | Act::Unban { user }
            | Act::Timeout { user, .. }
            | Act::Nick { user, .. } => vec![*user],
            Act::RoleDelete { role } => {
                law.members.iter().filter(|(_, member)| member.roles.contains(role)).map(|(user, _)| *user).collect()
            }
            Act::Leave | Act::Identity { .. } | Act::Avatar { .. } => vec![node.author],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn derive_user(law: &mut Law, dag: &Dag, settled: &Settled, guild: GuildId, user: &UserId) {
    if settled.banned(dag, user) {
        law.bans.insert(*user);
    } else {
        law.bans.remove(user);
    }
    let everyone = authority::everyone(guild);
    match (settled.held(dag, user), dag.identity(user)) {
        (Some(held), Some(identity)) => {
            let member = Member {
                name: identity.name().to_string(),
                roles: held.into_iter().filter(|role| *role != everyone).collect::<BTreeSet<RoleId>>(),
                devices: identity.devices().iter().filter(|(_, d)| !d.revoked).map(|(id, _)| *id).collect(),
                kem_generation: identity.kem_generation(),
                kem: identity.kem().clone(),
                nick: settled.nick(user).map(str::to_owned),
                timeout_ms: settled.timeout(dag, user),
                avatar: settled.avatar(user).cloned(),
            };
            law.members.insert(*user, member);
        }
        _ => {
            law.members.remove(user);
        }
    }
}

fn derive_invite(law: &mut Law, dag: &Dag, settled: &Settled, id: &InviteId) {
    let made = settled.invites.get(id).filter(|_| settled.invite_open(id)).map(|record| dag.node(record.node));
    match made.map(|node| (node, &node.op)) {
        Some((node, Some(Op::Act(_, Act::Invite { max_uses, expires_ms, roles, .. })))) => {
            let invite = Invite {
                author: node.author,
                max_uses: *max_uses,
                expires_ms: *expires_ms,
                roles: roles.iter().copied().collect(),
                uses: settled.uses(id),
            };
            law.invites.insert(*id, invite);
        }
        _ => {
            law.invites.remove(id);
        }
    }
}
