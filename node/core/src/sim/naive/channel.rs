//! What roles and channels allow.

use bivouac_crypto::UserId;

use super::{Eye, History};
use crate::{
    model::{ChannelId, Nature, Overwrite, Permissions, RoleId, Target},
    op::{Act, Op},
};

impl History {
    /// What these roles allow together.
    pub(super) fn allowed(&self, eye: Eye<'_>, roles: &[RoleId]) -> Permissions {
        let mut all = Permissions::default();
        for (bit, role) in (0..25).flat_map(|b| roles.iter().map(move |role| (Permissions(1 << b), *role))) {
            let mut set = self.find(|act| match act {
                Act::RoleUpdate { role: of, set, clear, .. } => *of == role && set.any(bit) && !clear.any(bit),
                _ => false,
            });
            let cleared = self
                .find(|act| matches!(act, Act::RoleUpdate { role: of, clear, .. } if *of == role && clear.any(bit)));
            let at_first = if role == self.everyone() {
                Permissions::EVERYONE
            } else if role == self.admin() {
                Permissions::ADMINISTRATOR
            } else {
                let made = self.facts.iter().position(|f| f.id.0 == role.0).filter(|n| self.is_effective(*n));
                if let Some((n, Some(Op::Act(_, Act::RoleCreate { permissions, .. })))) =
                    made.map(|n| (n, &self.facts[n].says))
                {
                    set.extend(permissions.any(bit).then_some(n));
                }
                Permissions::default()
            };
            set.extend(self.terms.first().filter(|_| at_first.any(bit)).map(|(_, n)| *n));
            if self.held(eye, &set, &cleared, &[]) {
                all = all | bit;
            }
        }
        all
    }

    pub(super) fn made(&self, eye: Eye<'_>, channel: ChannelId) -> Option<(Nature, Option<UserId>)> {
        let made = self.facts.iter().position(|f| f.id.0 == channel.0).filter(|n| self.sees(eye, *n))?;
        match &self.facts[made].says {
            Some(Op::Act(_, Act::Channel { nature, .. })) => Some((*nature, self.facts[made].author)),
            _ => None,
        }
    }

    pub(super) fn overwrite(&self, eye: Eye<'_>, channel: ChannelId, target: Target) -> Overwrite {
        let mut over = Overwrite::default();
        let private = self.made(eye, channel).filter(|(nature, _)| nature.private);
        for bit in (0..25).map(|b| Permissions(1 << b)) {
            // Which of the three an act says of a bit: deny before neutral before allow.
            let says = |wanted: u8| {
                self.find(|act| match act {
                    Act::Overwrite { channel: at, target: of, allow, deny, neutral }
                        if (*at, *of) == (channel, target) =>
                    {
                        let said = if deny.any(bit) {
                            1
                        } else if neutral.any(bit) {
                            2
                        } else if allow.any(bit) {
                            3
                        } else {
                            0
                        };
                        said == wanted
                    }
                    _ => false,
                })
            };
            let (denied, neutral, allowed) = (says(1), says(2), says(3));
            let (lifts, objections) = ([neutral.clone(), allowed.clone()].concat(), [denied.clone(), neutral].concat());
            if self.stopped(eye, &denied, &lifts) {
                over.deny = over.deny | bit;
                continue;
            }
            let mut held = self.held(eye, &allowed, &objections, &[]);
            if bit == Permissions::VIEW {
                match (target, private) {
                    (Target::Role(role), Some(_)) if role == self.everyone() && !held => over.deny = over.deny | bit,
                    (Target::User(user), private) => {
                        let entered = self.find(|act| matches!(act, Act::Enter { channel: at, user: whom } if (*at, *whom) == (channel, user)));
                        held |= self.held(eye, &entered, &objections, &[]);
                        let creator = private.is_some_and(|(_, creator)| creator == Some(user));
                        held |= creator && !objections.iter().any(|o| self.heeds(eye, *o));
                    }
                    _ => {}
                }
            }
            if held && !over.deny.any(bit) {
                over.allow = over.allow | bit;
            }
        }
        over
    }

    /// What somebody may do with these roles, in the guild or in a channel.
    pub(super) fn may(&self, eye: Eye<'_>, roles: &[RoleId], user: UserId, channel: Option<ChannelId>) -> Permissions {
        let everyone = self.everyone();
        let all: Vec<RoleId> = roles.iter().copied().chain([everyone]).collect();
        let allowed = self.allowed(eye, &all);
        match channel {
            _ if allowed.any(Permissions::ADMINISTRATOR) => Permissions::ALL,
            None => allowed,
            Some(channel) => {
                let of = |target| self.overwrite(eye, channel, target);
                let others = roles.iter().filter(|role| **role != everyone).map(|role| of(Target::Role(*role)));
                allowed.in_channel(of(Target::Role(everyone)), others, of(Target::User(user)))
            }
        }
    }

    /// What a user may do in a channel, by all the roles that they hold.
    pub(super) fn in_channel(&self, eye: Eye<'_>, user: UserId, channel: ChannelId) -> Permissions {
        let owns = self.terms.iter().enumerate().any(|(nth, (owner, began))| {
            let over = self.terms.get(nth + 1).is_some_and(|(_, ended)| self.sees(eye, *ended));
            *owner == user && self.sees(eye, *began) && !over
        });
        if owns {
            return Permissions::ALL;
        }
        let roles: Vec<RoleId> = self.known_roles().into_iter().filter(|role| self.holds(eye, user, *role)).collect();
        self.may(eye, &roles, user, Some(channel))
    }

    /// What the author of content that cites these might do in a channel, by what they knew.
    #[must_use]
    pub fn knew(&self, user: UserId, channel: ChannelId, cited: &[usize]) -> Permissions {
        self.in_channel(Eye::Known(cited), user, channel)
    }
}
