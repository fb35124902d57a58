//! The only code that changes guild state: folds effective control ops into a [`Law`].

use std::collections::BTreeSet;

use bivouac_crypto::{Context, UserId, canonical, hash};

use crate::{
    authority::{self, Settled},
    dag::{Dag, Node},
    model::{Channel, ChannelId, GuildId, Invite, InviteId, Law, Member, RoleId},
    op::{Act, Op},
};

/// Folds a settled DAG from nothing.
#[must_use]
pub fn fold(dag: &Dag, settled: &Settled, guild: GuildId) -> Law {
    let mut law = Law { owner: settled.owner(), roles: settled.roles().clone(), ..Law::default() };
    for n in dag.ordered() {
        if settled.of(n).is_ok() {
            apply(&mut law, dag.node(n));
        }
    }
    for user in settled.users() {
        derive_user(&mut law, dag, settled, guild, user);
    }
    for invite in settled.invites.keys() {
        derive_invite(&mut law, dag, settled, invite);
    }
    law.forked = dag.forks().keys().map(|log| log.device).collect();
    law
}

/// Folds one more op that has seen every other, as [`fold`] would.
pub fn advance(law: &mut Law, dag: &Dag, settled: &Settled, guild: GuildId, n: u32) {
    let node = dag.node(n);
    if settled.of(n).is_ok() {
        law.owner = settled.owner();
        apply(law, node);
    }
    // Leaving counts even under a role that is not held.
    for user in touched(dag, n) {
        derive_user(law, dag, settled, guild, &user);
    }
    if let Some(Op::Act(_, act)) = &node.op {
        match act {
            Act::Invite { .. } => derive_invite(law, dag, settled, &InviteId(node.id.0)),
            Act::InviteRevoke { invite } | Act::Admit { invite, .. } => derive_invite(law, dag, settled, invite),
            _ => {}
        }
    }
}

/// BLAKE3 of the canonical encoding of a law.
#[must_use]
pub fn state_hash(law: &Law) -> [u8; 32] {
    hash(Context::State, &canonical::encode(law))
}

/// Properties: among concurrent changes the later by (hlc, id) stands; a deletion stands for good.
fn apply(law: &mut Law, node: &Node) {
    let Some(Op::Act(_, act)) = &node.op else { return };
    match act {
        Act::Guild { name } => law.name = name.to_string(),
        Act::Channel { name, kind, topic } => {
            let channel = Channel { name: name.to_string(), kind: *kind, topic: topic.to_string(), created: node.hlc };
            law.channels.insert(ChannelId(node.id.0), channel);
        }
        Act::ChannelUpdate { channel, name, topic } => {
            if let Some(channel) = law.channels.get_mut(channel) {
                if let Some(name) = name {
                    channel.name = name.to_string();
                }
                if let Some(topic) = topic {
                    channel.topic = topic.to_string();
                }
            }
        }
        Act::ChannelDelete { channel } => {
            law.channels.remove(channel);
        }
        _ => {}
    }
}

/// The users whose standing an op may change.
fn touched(dag: &Dag, n: u32) -> Vec<UserId> {
    let node = dag.node(n);
    match &node.op {
        Some(Op::Genesis(_)) => vec![node.author],
        Some(Op::Act(_, act)) => match act {
            Act::Admit { .. } => dag.carried(n).map(|identity| vec![identity.user()]).unwrap_or_default(),
            Act::Grant { user, .. }
            | Act::Revoke { user, .. }
            | Act::Kick { user, .. }
            | Act::Ban { user, .. }
            | Act::Unban { user } => vec![*user],
            Act::Leave | Act::Identity { .. } => vec![node.author],
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
