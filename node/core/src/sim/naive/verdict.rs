//! What the law comes to.

use std::collections::BTreeSet;

use bivouac_crypto::UserId;

use super::{Eye, History, Verdict};
use crate::{
    model::{Channel, ChannelId, Invite, InviteId, Overwrite, Target},
    op::{Act, Op},
};

impl History {
    /// What the law comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict { owner: self.owner(), ..Verdict::default() };
        for user in &self.known {
            let Some(mut roles) = self.roles_of(*user) else { continue };
            roles.remove(&self.everyone());
            let nick = self.acts().filter_map(|(_, act)| match act {
                Act::Nick { user: whom, nick } if whom == user => Some(nick.as_deref().map(str::to_owned)),
                _ => None,
            });
            let timeouts = self.find(|act| matches!(act, Act::Timeout { user: whom, .. } if whom == user));
            let last = timeouts.iter().filter(|n| !timeouts.iter().any(|m| m != *n && self.saw(*m, **n)));
            let until = last.filter_map(|n| match &self.facts[*n].says {
                Some(Op::Act(_, Act::Timeout { until_ms, .. })) => Some(*until_ms),
                _ => None,
            });
            let until = until.max().filter(|until| *until > 0);
            let avatar = self.acts().filter_map(|(n, act)| match act {
                Act::Avatar { picture } if self.facts[n].author == Some(*user) => Some(picture.first().map(|of| of.id)),
                _ => None,
            });
            verdict.members.insert(*user, (roles, nick.last().flatten(), until, avatar.last().flatten()));
        }
        for (_, act) in self.acts() {
            if let Act::Ban { user, .. } = act
                && self.banned(*user)
            {
                verdict.bans.insert(*user);
            }
        }
        for role in self.known_roles() {
            let Some(rank) = self.rank_of(role) else { continue };
            let mut name = if role == self.everyone() { "@everyone" } else { "admin" }.to_owned();
            for (n, act) in self.acts() {
                let change = match act {
                    Act::RoleCreate { change, .. } if self.facts[n].id.0 == role.0 => change,
                    Act::RoleUpdate { role: of, change, .. } if *of == role => change,
                    _ => continue,
                };
                if let Some(new) = &change.name {
                    name = new.to_string();
                }
            }
            verdict.roles.insert(role, (name, rank, self.allowed(Eye::Next(0), &[role])));
        }
        // Properties: the later by (hlc, id) stands, and a deletion stands for good.
        let mut deleted = BTreeSet::new();
        for (n, act) in self.acts() {
            match act {
                Act::Guild { name, icon, .. } => {
                    if let Some(name) = name {
                        verdict.name = name.to_string();
                    }
                    if let Some(icon) = icon {
                        verdict.icon = icon.first().map(|icon| icon.id);
                    }
                }
                Act::Emoji { name, picture } => {
                    verdict.emoji.remove(name.as_str());
                    verdict.emoji.extend(picture.first().map(|of| (name.to_string(), of.id)));
                }
                Act::Channel { nature, change } => {
                    let Some(author) = self.facts[n].author else { continue };
                    let mut channel = Channel::new(*nature, author, self.facts[n].hlc);
                    channel.change(change);
                    verdict.channels.insert(ChannelId(self.facts[n].id.0), channel);
                }
                Act::ChannelUpdate { channel, change } => {
                    if let Some(known) = verdict.channels.get_mut(channel) {
                        known.change(change);
                    }
                }
                Act::ChannelDelete { channel } => {
                    deleted.insert(*channel);
                }
                Act::Invite { max_uses, expires_ms, roles, .. } => {
                    let id = InviteId(self.facts[n].id.0);
                    let revoked = self.acts().any(|(_, a)| matches!(a, Act::InviteRevoke { invite } if *invite == id));
                    let guests: BTreeSet<UserId> = self
                        .acts()
                        .filter_map(|(_, a)| match a {
                            Act::Admit { invite, guest, .. } if *invite == id => Some(guest.user()),
                            _ => None,
                        })
                        .collect();
                    if let (false, Some(author)) = (revoked, self.facts[n].author) {
                        let invite = Invite {
                            author,
                            max_uses: *max_uses,
                            expires_ms: *expires_ms,
                            roles: roles.iter().copied().collect(),
                            uses: u32::try_from(guests.len()).unwrap_or(u32::MAX),
                        };
                        verdict.invites.insert(id, invite);
                    }
                }
                _ => {}
            }
        }
        verdict.channels.retain(|id, _| !deleted.contains(id));
        for (id, channel) in &mut verdict.channels {
            let targets = self.known.iter().map(|user| Target::User(*user));
            let targets = targets.chain(self.known_roles().into_iter().map(Target::Role));
            let told = targets.map(|target| (target, self.overwrite(Eye::Next(0), *id, target)));
            channel.overwrites = told.filter(|(_, over)| *over != Overwrite::default()).collect();
        }
        verdict
    }
}
