//! For whom a channel differs: of a role or a member, each permission is allowed here, denied here, or left as it is elsewhere.
//!
//! The law decides; what it would refuse is not offered, with the reason why, by the same rule: nobody gives or takes what they
//! lack, and to take something away one has to stand above whom it is taken from.

mod draw;

use bivouac_node::core::{
    authority,
    io::{Command, GuildView},
    model::{Channel, ChannelId, Overwrite, Permissions, Target},
};

use super::Ask;
use crate::world::Shown as _;

/// How a permission stands in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Denied here.
    Deny,
    /// As it is elsewhere.
    Neutral,
    /// Allowed here.
    Allow,
}

impl Way {
    fn of(over: Overwrite, bit: Permissions) -> Self {
        match () {
            () if over.deny.any(bit) => Self::Deny,
            () if over.allow.any(bit) => Self::Allow,
            () => Self::Neutral,
        }
    }

    fn put(self, over: Overwrite, bit: Permissions) -> Overwrite {
        let (allow, deny) = (over.allow.without(bit), over.deny.without(bit));
        match self {
            Self::Deny => Overwrite { allow, deny: deny | bit },
            Self::Neutral => Overwrite { allow, deny },
            Self::Allow => Overwrite { allow: allow | bit, deny },
        }
    }
}

/// The page.
#[derive(Debug, Default)]
pub struct Overwrites {
    target: Option<Target>,
    draft: Option<Overwrite>,
    filter: String,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Look at what differs for somebody.
    Choose(Target),
    /// Whom to look for.
    Filter(String),
    /// How a permission is to stand.
    Put(Permissions, Way),
    /// Nothing is to differ for them any more.
    Clear,
}

impl Overwrites {
    fn target(&self, view: &GuildView) -> Target {
        let known = |target: &Target| match target {
            Target::Role(role) => view.law.roles.contains_key(role),
            Target::User(user) => view.law.members.contains_key(user),
        };
        self.target.filter(known).unwrap_or(Target::Role(authority::everyone(view.guild)))
    }

    fn now(&self, channel: &Channel, view: &GuildView) -> (Target, Overwrite, Overwrite) {
        let target = self.target(view);
        let was = channel.overwrites.get(&target).copied().unwrap_or_default();
        (target, was, self.draft.unwrap_or(was))
    }

    /// As it was.
    pub fn reset(&mut self) {
        self.draft = None;
    }

    /// What was changed, if anything was.
    #[must_use]
    pub fn save(&self, id: ChannelId, channel: &Channel, view: &GuildView) -> Option<Command> {
        let (target, was, over) = self.now(channel, view);
        (over != was).then_some(Command::Overwrite { channel: id, target, over })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, id: ChannelId, channel: &Channel, view: &GuildView) -> Option<Ask> {
        let (target, was, over) = self.now(channel, view);
        match message {
            Message::Choose(other) if other == target => {}
            Message::Choose(_) if over != was => return Some(Ask::Unsaved),
            Message::Choose(other) => {
                (self.target, self.draft) = (Some(other), None);
                self.filter.clear();
            }
            Message::Filter(words) => self.filter = words,
            Message::Put(bit, way) if refusal(view, channel, target, was, bit, way).is_none() => {
                self.draft = Some(way.put(over, bit));
            }
            Message::Put(..) => {}
            Message::Clear => {
                self.draft = None;
                let over = Overwrite::default();
                return Some(Ask::Do(vec![Command::Overwrite { channel: id, target, over }]));
            }
        }
        None
    }
}

/// Why I may not have a permission stand so: the key of the words that say it.
fn refusal(
    view: &GuildView,
    channel: &Channel,
    target: Target,
    was: Overwrite,
    bit: Permissions,
    way: Way,
) -> Option<&'static str> {
    let everyone = authority::everyone(view.guild);
    let here = view.law.permissions_in(&view.me, channel, everyone);
    if !here.allows(Permissions::MANAGE_ROLES) {
        return Some("over-locked");
    }
    let before = Way::of(was, bit);
    if way == before {
        return None;
    }
    // A private channel is closed to all where nothing is said: to say nothing again would change nothing.
    if channel.nature.private && target == Target::Role(everyone) && bit == Permissions::VIEW && way == Way::Neutral {
        return Some("over-closed");
    }
    if !(view.permissions | here).allows(bit) {
        return Some("over-lacking");
    }
    let mine = view.rank(&view.me);
    let above = match target {
        Target::Role(role) => role == everyone || view.law.roles.get(&role).is_some_and(|it| u64::from(it.rank) < mine),
        Target::User(user) => user != view.me && view.rank(&user) < mine,
    };
    let gives = way == Way::Allow && before == Way::Neutral;
    (!above && !gives).then_some("over-outranked")
}
