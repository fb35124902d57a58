//! A made-up guild, and a node's view of it by one of its members.

use std::sync::Arc;

use bivouac_node::{
    UserId,
    core::{
        authority::{admin, everyone},
        io::GuildView,
        model::{
            Channel, ChannelId, ChannelKind, GuildId, History, Hlc, Invite, InviteId, Member, Nature, Overwrite,
            Permissions, Role, RoleId, Target,
        },
    },
};
use bivouac_ui::world::World;

pub(crate) const GUILD: GuildId = GuildId([7; 32]);
pub(crate) const ME: UserId = UserId([1; 32]);
pub(crate) const BO: UserId = UserId([2; 32]);
pub(crate) const CELESTE: UserId = UserId([3; 32]);
pub(crate) const HANA: UserId = UserId([4; 32]);
pub(crate) const GUS: UserId = UserId([5; 32]);
/// 3 February 2026, noon.
pub(crate) const NOW: u64 = 1_770_120_000_000;

/// A guild.
pub(crate) struct Camp(pub GuildView);

impl Camp {
    fn new(me: UserId, owner: UserId, roles: &[&str]) -> Self {
        let mut view = GuildView {
            guild: GUILD,
            law: Default::default(),
            over: Default::default(),
            me,
            permissions: Permissions::default(),
            online: [BO, CELESTE].into(),
            unread: Default::default(),
        };
        let law = &mut view.law;
        (law.name, law.owner, law.description) = ("The camp".into(), Some(owner), "Hikes and tea".into());
        let role =
            |name: &str, rank, permissions, color| Role { name: name.into(), rank, permissions, color, hoist: false };
        law.roles.insert(everyone(GUILD), role("@everyone", 0, Permissions::EVERYONE, 0));
        law.roles.insert(admin(GUILD), role("admin", 1_000, Permissions::ADMINISTRATOR, 0xe7_4c_3c));
        let moderating =
            Permissions::KICK | Permissions::TIMEOUT | Permissions::MANAGE_ROLES | Permissions::MANAGE_MESSAGES;
        law.roles.insert(Self::role("Moderator"), role("Moderator", 900, moderating, 0x34_98_db));
        law.roles.insert(Self::role("Cook"), role("Cook", 500, Permissions::ATTACH, 0xf1_c4_0f));
        law.roles.insert(Self::role("Guest"), role("Guest", 100, Permissions::default(), 0));
        law.members.insert(ME, member("Ada", roles));
        law.members.insert(BO, member("Bo", &["Moderator"]));
        law.members.insert(CELESTE, member("Céleste", &[]));
        law.members.insert(HANA, Member { nick: Some("Hana of the Hills".into()), ..member("Hana", &["Cook"]) });
        law.bans.insert(GUS);
        let invite = Invite {
            author: BO,
            max_uses: Some(10),
            expires_ms: Some(NOW + 2 * 86_400_000 + 1),
            roles: [Self::role("Guest")].into(),
            uses: 2,
        };
        law.invites.insert(InviteId([8; 32]), invite);
        let text = Nature::public(ChannelKind::Text);
        let since = Nature { history: History::SinceJoin, ..text };
        let ephemeral = Nature { history: History::Ephemeral, forgets: true, ..text };
        let private = Nature { private: true, ..text };
        let natures = [("general", text), ("later", since), ("whispers", ephemeral), ("council", private)];
        for (at, (name, nature)) in (1..).zip(natures) {
            law.channels.insert(
                Self::channel(at),
                Channel { name: name.into(), ..Channel::new(nature, owner, Hlc(u64::from(at))) },
            );
            view.unread.insert(Self::channel(at), Default::default());
        }
        let voice = Nature::public(ChannelKind::Voice);
        law.channels
            .insert(Self::channel(5), Channel { name: "Fireside".into(), ..Channel::new(voice, owner, Hlc(5)) });
        let category = Nature::public(ChannelKind::Category);
        law.channels
            .insert(Self::channel(6), Channel { name: "Trips".into(), ..Channel::new(category, owner, Hlc(6)) });
        let council = law.channels.get_mut(&Self::channel(4)).unwrap();
        let let_in = Overwrite { allow: Permissions::VIEW, deny: Permissions::default() };
        let kept_out = Overwrite { allow: Permissions::default(), deny: Permissions::VIEW };
        council.overwrites.insert(Target::Role(everyone(GUILD)), kept_out);
        council.overwrites.insert(Target::User(ME), let_in);
        council.overwrites.insert(Target::User(HANA), let_in);
        view.permissions = view.law.permissions(&me, everyone(GUILD));
        Self(view)
    }

    /// Mine.
    pub(crate) fn owner() -> Self {
        Self::new(ME, ME, &[])
    }

    /// Bo's, in which I moderate.
    pub(crate) fn moderator() -> Self {
        Self::new(ME, BO, &["Moderator"])
    }

    /// Bo's, in which I am one of many.
    pub(crate) fn member() -> Self {
        Self::new(ME, BO, &[])
    }

    /// With this many more members.
    pub(crate) fn crowd(mut self, count: u16) -> Self {
        for at in 0..count {
            let [high, low] = at.to_be_bytes();
            let mut id = [100; 32];
            (id[0], id[1]) = (high.wrapping_add(low), low);
            id[2] = high;
            self.0.law.members.insert(UserId(id), member(&format!("Camper {at}"), &[]));
        }
        self
    }

    pub(crate) fn role(name: &str) -> RoleId {
        let mut id = [0; 32];
        name.bytes().zip(&mut id).for_each(|(byte, at)| *at = byte);
        RoleId(id)
    }

    pub(crate) fn channel(at: u8) -> ChannelId {
        ChannelId([40 + at; 32])
    }

    pub(crate) fn world(self) -> World {
        let mut world = World::new(None, Arc::default());
        world.put(self.0);
        world
    }
}

fn member(name: &str, roles: &[&str]) -> Member {
    Member {
        name: name.into(),
        roles: roles.iter().map(|name| Camp::role(name)).collect(),
        devices: Default::default(),
        kem_generation: 0,
        kem: [0u8; 1216].as_slice().try_into().unwrap(),
        nick: None,
        timeout_ms: None,
        avatar: None,
    }
}
