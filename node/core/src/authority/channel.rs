//! What a channel changes for roles and members, as settled: its overwrites, and who reads it.

use std::collections::BTreeMap;

use bivouac_crypto::UserId;

use super::{Marks, Settled, View, everyone};
use crate::{
    clock::Clock,
    dag::Dag,
    model::{ChannelId, Nature, OpId, Overwrite, Permissions, RoleId, Target},
    op::{Act, Acting, Op},
};

/// A channel as settled.
#[derive(Debug, Default)]
pub(super) struct Place {
    overwrites: BTreeMap<(Target, Permissions), Bit>,
    /// Who was let in by the password.
    entered: BTreeMap<UserId, Marks>,
    /// What may have taken it from a reader.
    pub(super) taken: Marks,
    /// What may have let a reader in.
    pub(super) given: Marks,
}

/// One permission of an overwrite.
#[derive(Debug, Default)]
struct Bit {
    allowed: Marks,
    denied: Marks,
    neutral: Marks,
}

impl Settled {
    pub(super) fn record_place(&mut self, dag: &Dag, n: u32, rank: u32, act: &Act) {
        match act {
            Act::Overwrite { channel, target, allow, deny, neutral } => {
                let place = self.places.entry(*channel).or_default();
                for permission in (*allow | *deny | *neutral).bits() {
                    let bit = place.overwrites.entry((*target, permission)).or_default();
                    let marks = match () {
                        () if deny.any(permission) => &mut bit.denied,
                        () if neutral.any(permission) => &mut bit.neutral,
                        () => &mut bit.allowed,
                    };
                    marks.add(dag, rank, n);
                }
                if (*deny | *neutral).any(Permissions::VIEW) {
                    place.taken.add(dag, 0, n);
                }
                // To deny no more is to let in.
                if (*allow | *neutral).any(Permissions::VIEW) {
                    place.given.add(dag, 0, n);
                }
            }
            Act::Enter { channel, user } => {
                let place = self.places.entry(*channel).or_default();
                place.entered.entry(*user).or_default().add(dag, rank, n);
                place.given.add(dag, 0, n);
            }
            _ => {}
        }
    }

    /// What a channel is for good, if it was seen made.
    pub(super) fn nature(&self, view: View<'_>, channel: &ChannelId) -> Option<Nature> {
        self.made_by(view, channel).map(|(nature, _)| nature)
    }

    fn made_by(&self, view: View<'_>, channel: &ChannelId) -> Option<(Nature, UserId)> {
        let made = view.find(&OpId(channel.0))?;
        match &made.op {
            Some(Op::Act(_, Act::Channel { nature, .. })) => Some((*nature, made.author)),
            _ => None,
        }
    }

    /// What a channel changes for somebody, as seen. That a private one is closed to all but its creator goes without saying.
    pub(super) fn overwrite(&self, view: View<'_>, channel: &ChannelId, target: Target) -> Overwrite {
        let mut over = Overwrite::default();
        let place = self.places.get(channel);
        let from = (target, Permissions::default())..=(target, Permissions(u64::MAX));
        for ((_, permission), bit) in place.iter().flat_map(|place| place.overwrites.range(from.clone())) {
            if view.barred(&bit.denied, &[&bit.allowed, &bit.neutral]) {
                over.deny = over.deny | *permission;
            } else if view.holds(&bit.allowed, &[&bit.denied, &bit.neutral], &[]) {
                over.allow = over.allow | *permission;
            }
        }
        let none = Bit::default();
        let bit = place.and_then(|place| place.overwrites.get(&(target, Permissions::VIEW))).unwrap_or(&none);
        let made = self.made_by(view, channel).filter(|(nature, _)| nature.private);
        match target {
            Target::Role(role) if made.is_some() && role == everyone(self.guild) => {
                over.deny = over.deny | Permissions::VIEW.without(over.allow);
            }
            Target::Role(_) => {}
            Target::User(user) => {
                let creator = made.is_some_and(|(_, creator)| creator == user);
                let entered = place.and_then(|place| place.entered.get(&user));
                let entered = entered.is_some_and(|marks| view.holds(marks, &[&bit.denied, &bit.neutral], &[]));
                if entered || creator && !view.objected(&bit.denied) && !view.objected(&bit.neutral) {
                    over.allow = over.allow | Permissions::VIEW;
                }
            }
        }
        over.allow = over.allow.without(over.deny);
        over
    }

    /// What somebody may do who acts under a role, or as the owner, in the guild or in a channel. As for the roles' own bits, of
    /// `@everyone` counts what ranks as high as one acts under.
    pub(super) fn permits(
        &self,
        view: View<'_>,
        acting: Acting,
        user: &UserId,
        channel: Option<&ChannelId>,
    ) -> Permissions {
        match acting {
            Acting::Owner(_) => Permissions::ALL,
            Acting::Role(role) => self.may(view, &[role], user, channel),
        }
    }

    /// What somebody with these roles may do, as seen, in the guild or in a channel.
    fn may(&self, view: View<'_>, roles: &[RoleId], user: &UserId, channel: Option<&ChannelId>) -> Permissions {
        let base = everyone(self.guild);
        let mut all = roles.to_vec();
        all.push(base);
        let allowed = self.allowed(view, &all);
        let Some(channel) = channel else {
            return if allowed.any(Permissions::ADMINISTRATOR) { Permissions::ALL } else { allowed };
        };
        let of = |target| self.overwrite(view, channel, target);
        let others = roles.iter().filter(|role| **role != base).map(|role| of(Target::Role(*role)));
        allowed.in_channel(of(Target::Role(base)), others, of(Target::User(*user)))
    }

    /// Whether a member may read a channel, as seen, by all the roles that they hold.
    pub(super) fn reads(&self, view: View<'_>, user: &UserId, channel: &ChannelId) -> bool {
        self.in_channel(view, user, channel).any(Permissions::VIEW)
    }

    fn in_channel(&self, view: View<'_>, user: &UserId, channel: &ChannelId) -> Permissions {
        // An owner who has given the guild away was it for what they did before.
        let owns = |term: &super::Term| {
            term.owner == *user && view.saw(term.began) && !term.ended.is_some_and(|n| view.saw(n))
        };
        if self.terms.iter().any(owns) {
            return Permissions::ALL;
        }
        let held = self.users.get(user).map(|standing| {
            let roles = standing.roles.keys().copied();
            roles.filter(|role| self.holds(view, user, *role)).collect::<Vec<_>>()
        });
        self.may(view, &held.unwrap_or_default(), user, Some(channel))
    }

    /// What the author of content who had seen `auth` might do in a channel, by all that they knew.
    #[must_use]
    pub fn knew(&self, dag: &Dag, user: &UserId, channel: &ChannelId, auth: &Clock) -> Permissions {
        self.in_channel(View::content(dag, auth).known(), user, channel)
    }

    /// What the author of content who had seen `auth` may do in a channel, by all that is known now.
    #[must_use]
    pub fn has(&self, dag: &Dag, user: &UserId, channel: &ChannelId, auth: &Clock) -> Permissions {
        self.in_channel(View::content(dag, auth), user, channel)
    }

    /// Whether not every member always might do this in a channel that all see: only then need [`Self::knew`] be asked.
    #[must_use]
    pub fn restricts(&self, channel: &ChannelId, needs: Permissions) -> bool {
        !Permissions::EVERYONE.allows(needs)
            || self.places.contains_key(channel)
            || self.ever_cleared(&everyone(self.guild), needs | Permissions::VIEW)
    }

    /// For whom a channel differs now.
    #[must_use]
    pub fn overwrites(&self, dag: &Dag, channel: &ChannelId) -> BTreeMap<Target, Overwrite> {
        let view = View::now(dag, 0);
        let mut targets: Vec<Target> = vec![Target::Role(everyone(self.guild))];
        targets.extend(self.made_by(view, channel).map(|(_, creator)| Target::User(creator)));
        if let Some(place) = self.places.get(channel) {
            targets.extend(place.overwrites.keys().map(|(target, _)| *target));
            targets.extend(place.entered.keys().map(|user| Target::User(*user)));
        }
        let told = targets.into_iter().map(|target| (target, self.overwrite(view, channel, target)));
        told.filter(|(_, over)| *over != Overwrite::default()).collect()
    }
}
