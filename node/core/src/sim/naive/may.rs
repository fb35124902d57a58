//! Who may do what.

use std::collections::BTreeSet;

use bivouac_crypto::{Domain, UserId};

use super::{Eye, History, OWNER};
use crate::{
    model::{ChannelId, InviteId, Permissions, RoleId, Target},
    op::{Act, Acting, Audience, Op, invite_proof},
};

impl History {
    /// The effective op that made an invite.
    pub(super) fn invite(&self, id: &InviteId) -> Option<(usize, &Act)> {
        self.acts().find(|(n, act)| matches!(act, Act::Invite { .. }) && self.facts[*n].id.0 == id.0)
    }

    /// *Choice*: a grant that saw a ban does not lift it; such a user may act under the role, and is no member.
    pub(super) fn barred(&self, eye: Eye<'_>, user: UserId) -> bool {
        let bans = self.find(|act| matches!(act, Act::Ban { user: whom, .. } if *whom == user));
        // To be handed the guild is to be let in again.
        let lifts =
            self.find(|act| matches!(act, Act::Unban { user: whom } | Act::HandOver { user: whom } if *whom == user));
        self.stopped(eye, &bans, &lifts)
    }

    pub(super) fn banned(&self, user: UserId) -> bool {
        self.barred(Eye::Next(0), user)
    }

    pub(super) fn forked_away(&self, n: usize) -> bool {
        let fact = &self.facts[n];
        self.forks.get(&fact.place.0).is_some_and(|at| fact.place.1 >= *at)
            && !(0..self.facts.len()).any(|w| self.facts[w].author != fact.author && self.saw(w, n))
    }

    pub(super) fn stands(&self, n: usize, rank: u32) -> bool {
        let fact = &self.facts[n];
        let (Some(author), Some(says)) = (fact.author, &fact.says) else { return false };
        let eye = Eye::Act(n, rank);
        if self.forked_away(n) {
            return false;
        }
        match says {
            Op::Genesis(_) => self.terms.first().is_some_and(|(_, first)| *first == n),
            Op::Epoch(epoch) => {
                let reads = match epoch.audience {
                    Audience::Channel(channel) => self.in_channel(eye, author, channel).any(Permissions::VIEW),
                    _ => true,
                };
                reads && self.holds(eye, author, self.everyone())
            }
            Op::Act(acting, act) => self.may_do(eye, rank, author, *acting, act),
            _ => false,
        }
    }

    /// The role under which a user who has seen everything may do something: the highest.
    #[must_use]
    pub fn acting_for(&self, user: UserId, act: &Act) -> Option<Acting> {
        if self.owner() == Some(user) {
            let acting = Acting::Owner(u32::try_from(self.terms.len() - 1).unwrap_or(0));
            return self.may_do(Eye::Next(OWNER), OWNER, user, acting, act).then_some(acting);
        }
        let mut roles: Vec<_> = self.roles_of(user)?.into_iter().filter_map(|r| Some((self.rank_of(r)?, r))).collect();
        roles.sort_unstable();
        let may = |(rank, role): &(u32, RoleId)| self.may_do(Eye::Next(*rank), *rank, user, Acting::Role(*role), act);
        roles.into_iter().rev().find(may).map(|(_, role)| Acting::Role(role))
    }

    pub(super) fn may_do(&self, eye: Eye<'_>, rank: u32, author: UserId, acting: Acting, act: &Act) -> bool {
        let may_act = match acting {
            Acting::Owner(term) => {
                let term = term as usize;
                let own = self.terms.get(term).is_some_and(|(owner, began)| *owner == author && self.sees(eye, *began));
                let over = self.terms.get(term + 1).is_some_and(|(_, ended)| match eye {
                    Eye::Act(n, _) => !self.saw(*ended, n),
                    _ => true,
                });
                own && !over
            }
            Acting::Role(role) => self.holds(eye, author, role),
        };
        let roles: Vec<RoleId> = match acting {
            Acting::Owner(_) => Vec::new(),
            Acting::Role(role) => vec![role],
        };
        let allows = |channel: Option<ChannelId>, wanted: Permissions| {
            matches!(acting, Acting::Owner(_)) || self.may(eye, &roles, author, channel).allows(wanted)
        };
        let rank_of = |role: RoleId| {
            let (made, declared) = self.declared(role)?;
            let known = made.is_none_or(|made| self.sees(eye, made));
            known.then(|| declared.min(self.lowered(role, |v| self.sees(eye, v))))
        };
        let below = |role: &RoleId| rank_of(*role).is_some_and(|r| r < rank);
        let above = |user: &UserId| *user != author && self.outranks(eye, rank, *user);
        let manages = || allows(None, Permissions::MANAGE_ROLES);
        let small = |picture: &crate::model::Attachment| {
            let kind = picture.mime.strip_prefix("image/");
            kind.is_some_and(|kind| ["png", "jpeg", "gif", "webp"].contains(&kind))
                && picture.size <= 512 * 1024
                && picture.image.is_some_and(|(w, h)| w.max(h) > 0 && w <= 4_096 && h <= 4_096)
        };
        let there = |channel: &ChannelId| self.made(eye, *channel).is_some();
        may_act
            && match act {
                Act::Guild { icon, .. } => {
                    let small = icon.as_ref().and_then(|icon| icon.first()).is_none_or(small);
                    small && allows(None, Permissions::MANAGE_GUILD)
                }
                Act::Emoji { name, picture } => {
                    let letters = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
                    let called = letters && name.len() > 1;
                    called && picture.first().is_none_or(small) && allows(None, Permissions::MANAGE_GUILD)
                }
                Act::Avatar { picture } => picture.first().is_none_or(small),
                Act::Channel { nature, .. } => nature.is_sound() && allows(None, Permissions::MANAGE_CHANNELS),
                Act::ChannelUpdate { channel, .. } | Act::ChannelDelete { channel } => {
                    there(channel) && allows(Some(*channel), Permissions::MANAGE_CHANNELS)
                }
                Act::Overwrite { channel, target, allow, deny, neutral } => {
                    let changed = *allow | *deny | *neutral;
                    let lacks = |bit: &Permissions| !allows(None, *bit) && !allows(Some(*channel), *bit);
                    let gives_back = allow.any(self.overwrite(eye, *channel, *target).deny);
                    there(channel)
                        && allows(Some(*channel), Permissions::MANAGE_ROLES)
                        && !changed.bits().any(|bit| lacks(&bit))
                        && ((*deny | *neutral).is_empty() && !gives_back
                            || match target {
                                Target::Role(role) => *role == self.everyone() || below(role),
                                Target::User(user) => above(user),
                            })
                }
                Act::Enter { channel, .. } => {
                    rank == 0
                        && self.made(eye, *channel).is_some_and(|(nature, _)| nature.password)
                        && self.in_channel(eye, author, *channel).any(Permissions::VIEW)
                }
                Act::Invite { roles, .. } => {
                    allows(None, Permissions::CREATE_INVITE)
                        && (roles.is_empty() || manages() && roles.iter().all(below))
                }
                Act::InviteRevoke { invite } => {
                    let made = (0..self.facts.len()).find(|m| self.facts[*m].id.0 == invite.0 && self.sees(eye, *m));
                    made.is_some_and(|made| {
                        self.facts[made].author == Some(author) || allows(None, Permissions::MANAGE_GUILD)
                    })
                }
                Act::Admit { invite, guest, proof } => match eye {
                    Eye::Act(n, 0) => self.admits(n, invite, guest, proof),
                    _ => false,
                },
                Act::RoleCreate { rank: new, permissions, .. } => {
                    manages() && allows(None, *permissions) && *new > 0 && *new < rank
                }
                Act::RoleUpdate { role, rank: new, set, change, .. } => {
                    let plain = new.is_none() && *change == crate::act::RoleChange::default();
                    manages()
                        && below(role)
                        && allows(None, *set)
                        && new.is_none_or(|new| new > 0 && rank_of(*role).is_some_and(|r| new < r))
                        && (plain || *role != self.everyone())
                }
                Act::RoleDelete { role } => manages() && below(role) && ![self.everyone(), self.admin()].contains(role),
                Act::Grant { role, .. } => manages() && below(role),
                Act::Revoke { user, .. } | Act::Nick { user, .. } if *user == author => true,
                // Membership is taken by a kick.
                Act::Revoke { role, .. } if *role == self.everyone() => false,
                Act::Revoke { role, user } => manages() && below(role) && above(user),
                Act::Nick { user, .. } => manages() && above(user),
                Act::Kick { user, .. } => allows(None, Permissions::KICK) && above(user),
                Act::Ban { user, .. } => allows(None, Permissions::BAN) && above(user),
                Act::Timeout { user, .. } => allows(None, Permissions::TIMEOUT) && above(user),
                Act::Unban { .. } => allows(None, Permissions::BAN),
                Act::HandOver { user } => match (acting, eye) {
                    (Acting::Owner(_), Eye::Act(n, _)) => self.terms.iter().any(|(_, began)| *began == n),
                    (Acting::Owner(_), _) => *user != author && self.known.contains(user),
                    _ => false,
                },
                Act::Leave => !self.owned(author, eye),
                Act::Identity { op } => op.value.user == author,
            }
    }

    /// Rule 5. *Choice*: a revocation by a plain member binds only what saw it, one by a manager also what is
    /// concurrent; a user whose removal the admission knew of needs an invite that knew of it too.
    pub(super) fn admits(
        &self,
        n: usize,
        invite: &InviteId,
        guest: &bivouac_crypto::IdentityChain,
        proof: &bivouac_crypto::Signature,
    ) -> bool {
        let eye = Eye::Act(n, 0);
        let Ok(identity) = guest.verify() else { return false };
        let user = identity.user();
        let Some((made, Act::Invite { key, max_uses, .. })) = self.invite(invite) else { return false };
        if !self.sees(eye, made) {
            return false;
        }
        let revocations = self.find(|act| matches!(act, Act::InviteRevoke { invite: id } if id == invite));
        let revoked = revocations.into_iter().any(|v| self.heeds(eye, v));
        let guests: BTreeSet<UserId> = self
            .acts()
            .filter_map(|(a, act)| match act {
                Act::Admit { invite: id, guest, .. } if id == invite && self.sees(eye, a) => Some(guest.user()),
                _ => None,
            })
            .filter(|other| *other != user)
            .collect();
        let full = max_uses.is_some_and(|max| guests.len() >= max as usize);
        let removed = self.removals(user).into_iter().any(|v| self.sees(eye, v) && !self.saw(made, v));
        let proved = key.verify(Domain::Invite, &invite_proof(self.guild, user), proof).is_ok();
        !revoked && !full && !removed && !self.barred(eye, user) && proved
    }
}
