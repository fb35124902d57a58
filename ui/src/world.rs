//! What the app knows of its node: the newest view of each guild, the network, and what is under way. Kept from events and
//! answers; the types are the node's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bivouac_node::{
    DeviceId, NetStatus, NodeEvent, Profile, UserId,
    core::{
        authority,
        io::{Event, GuildView, Neighbour, Phase},
        mention::Mention,
        model::{Channel, ChannelId, ChannelKind, FileId, GuildId, Law, MessageId, Permissions, Role, RoleId},
    },
};

use crate::{
    desktop::hotkey::Refusal,
    fault::Fault,
    keymap::Act,
    text::{self, Named, Names},
};

/// Characters of a name, and of what is said about a channel or a guild: what the node lets pass.
const NAME: usize = 100;
const WORDS: usize = 1_024;

/// How long somebody who writes is shown to.
const WRITING: Duration = Duration::from_secs(10);

/// After how long what is being caught up with stands still, if nothing comes.
const STANDS: Duration = Duration::from_secs(30);

/// What the app knows.
#[derive(Clone, Debug)]
pub struct World {
    /// Who this is; nobody yet on a first run.
    pub me: Option<Profile>,
    /// Guilds I am or was in, in order of joining.
    pub guilds: Vec<Arc<GuildView>>,
    /// The network.
    pub net: Arc<NetStatus>,
    /// How the node was told to run.
    pub run: Run,
    /// What ids stand for in the texts of each guild.
    names: BTreeMap<GuildId, Names>,
    /// How often any of that changed.
    named: u64,
    /// Who is writing.
    pub writing: Vec<Writing>,
    /// What is being caught up with.
    pub syncing: BTreeMap<GuildId, Syncing>,
    /// Files on their way: bytes here, of so many.
    pub transfers: BTreeMap<FileId, (u64, u64)>,
    /// People on this network.
    pub nearby: Vec<Neighbour>,
    /// The keys that work in every window: those that were refused and why, or why there are none; nothing where none are wanted.
    pub everywhere: Option<Result<Vec<(Act, Refusal)>, Fault>>,
    /// Who knocks.
    pub knocks: Vec<Knock>,
    /// Whether people came or went on this network.
    pub nearby_stale: bool,
    /// Guilds whose view is out of date, and those that are being asked for.
    stale: BTreeSet<GuildId>,
    asked: BTreeSet<GuildId>,
}

/// A stranger on this network who asks to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knock {
    /// Their device.
    pub device: DeviceId,
    /// What they call themselves.
    pub name: String,
    /// What they say.
    pub text: Option<String>,
}

/// How a node was told to run; what the settings say now may be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The data folder.
    pub folder: PathBuf,
    /// Where to listen; anywhere if there is nothing.
    pub listen: Vec<String>,
    /// Whether others are looked for on this network.
    pub mdns: bool,
    /// Some of it was said on the command line, and goes before the settings.
    pub told: bool,
}

/// Somebody who is writing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Writing {
    /// Where.
    pub channel: ChannelId,
    /// In which thread of it.
    pub thread: Option<MessageId>,
    /// Who.
    pub user: UserId,
    until: Instant,
}

/// How far a guild is caught up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syncing {
    /// What is being fetched.
    pub phase: Phase,
    /// Ops here.
    pub have: u64,
    /// Ops known to exist.
    pub want: u64,
    /// Nothing has come for a while: nobody who is here has what is missing.
    pub stands: bool,
    moved: Instant,
}

impl World {
    /// Of a node that has just been opened.
    #[must_use]
    pub fn new(me: Option<Profile>, net: Arc<NetStatus>) -> Self {
        Self {
            me,
            guilds: Vec::new(),
            net,
            run: Run::default(),
            names: BTreeMap::new(),
            named: 0,
            writing: Vec::new(),
            syncing: BTreeMap::new(),
            transfers: BTreeMap::new(),
            everywhere: None,
            nearby: Vec::new(),
            knocks: Vec::new(),
            nearby_stale: true,
            stale: BTreeSet::new(),
            asked: BTreeSet::new(),
        }
    }

    /// A guild.
    #[must_use]
    pub fn guild(&self, guild: GuildId) -> Option<&Arc<GuildView>> {
        self.guilds.iter().find(|view| view.guild == guild)
    }

    /// What ids stand for in a guild's texts.
    #[must_use]
    pub fn names(&self, guild: GuildId) -> &Names {
        static NONE: Names = Names { called: BTreeMap::new(), channels: BTreeMap::new(), pictures: BTreeMap::new() };
        self.names.get(&guild).unwrap_or(&NONE)
    }

    /// A number that is another whenever an id may stand for something else.
    #[must_use]
    pub fn named(&self) -> u64 {
        self.named
    }

    /// Where a channel is.
    #[must_use]
    pub fn guild_of(&self, channel: ChannelId) -> Option<&Arc<GuildView>> {
        self.guilds.iter().find(|view| view.law.channels.contains_key(&channel))
    }

    /// Takes a newer view of a guild. What people call things in it may be shown as it stands here.
    pub fn put(&mut self, mut view: GuildView) {
        self.asked.remove(&view.guild);
        tame(&mut view.law);
        let names = names_in(&view);
        if self.names.get(&view.guild) != Some(&names) {
            self.names.insert(view.guild, names);
            self.named += 1;
        }
        match self.guilds.iter_mut().find(|it| it.guild == view.guild) {
            Some(old) => *old = Arc::new(view),
            None => self.guilds.push(Arc::new(view)),
        }
    }

    /// Marks a guild as out of date.
    pub fn spoil(&mut self, guild: GuildId) {
        self.stale.insert(guild);
    }

    /// Some of what the node told is lost: what is not told again is asked for, or forgotten.
    pub fn lost(&mut self) {
        self.transfers.clear();
        self.syncing.clear();
        self.nearby_stale = true;
        self.stale.extend(self.guilds.iter().map(|view| view.guild));
    }

    /// Marks as answered what could not be.
    pub fn unasked(&mut self, guild: GuildId) {
        self.asked.remove(&guild);
    }

    /// Guilds to be asked for now: one question for each at a time, whatever happens meanwhile.
    pub fn to_ask(&mut self) -> Vec<GuildId> {
        let now: Vec<_> = self.stale.difference(&self.asked).copied().collect();
        for guild in &now {
            self.stale.remove(guild);
            self.asked.insert(*guild);
        }
        now
    }

    /// Takes in what the node tells.
    pub fn hear(&mut self, event: &NodeEvent, now: Instant) {
        match event {
            NodeEvent::Core(event) => self.hear_core(event, now),
            NodeEvent::Transfer { file, have, size } if have < size => {
                self.transfers.insert(*file, (*have, *size));
            }
            NodeEvent::Transfer { file, .. } | NodeEvent::TransferOver { file, .. } => {
                self.transfers.remove(file);
            }
            NodeEvent::PeerConnected { .. } | NodeEvent::PeerDisconnected { .. } => {}
        }
    }

    fn hear_core(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Typing { channel, thread, user, .. } => {
                self.writing.retain(|it| it.user != *user && it.until > now);
                let (channel, thread, user) = (*channel, *thread, *user);
                if self.me.as_ref().is_none_or(|me| me.user != user) {
                    self.writing.push(Writing { channel, thread, user, until: now + WRITING });
                }
            }
            Event::SyncProgress { guild, phase, have, want } => {
                if have < want {
                    let (phase, have, want) = (*phase, *have, *want);
                    let before = self.syncing.get(guild).filter(|it| it.phase == phase && it.have == have);
                    let (stands, moved) = before.map_or((false, now), |it| (it.stands, it.moved));
                    self.syncing.insert(*guild, Syncing { phase, have, want, stands, moved });
                } else {
                    self.syncing.remove(guild);
                    self.spoil(*guild);
                }
            }
            Event::Nearby => self.nearby_stale = true,
            Event::Knock { device, name, text, .. } => {
                self.knocks.retain(|it| it.device != *device);
                self.knocks.push(Knock { device: *device, name: name.clone(), text: text.clone() });
            }
            Event::KnockOver { device } => self.knocks.retain(|it| it.device != *device),
            Event::Presence { .. } => self.stale.extend(self.guilds.iter().map(|view| view.guild)),
            Event::Message { message, .. } => {
                self.writing.retain(|it| it.user != message.author || it.channel != message.channel);
                self.spoil(message.guild);
            }
            Event::Read { guild, .. }
            | Event::Erased { guild, .. }
            | Event::Member { guild, .. }
            | Event::Guild { guild, .. }
            | Event::Channel { guild, .. }
            | Event::Role { guild, .. }
            | Event::Roles { guild, .. }
            | Event::Invite { guild, .. } => self.spoil(*guild),
            _ => {}
        }
    }

    /// Forgets who has stopped writing. Whether anybody is left.
    pub fn tick(&mut self, now: Instant) -> bool {
        self.writing.retain(|it| it.until > now);
        self.syncing.values_mut().for_each(|sync| sync.stands |= now.duration_since(sync.moved) > STANDS);
        !self.writing.is_empty()
    }
}

/// Makes what people call things in a guild such that it does nothing to what stands beside it.
fn tame(law: &mut Law) {
    text::tidy(&mut law.name, NAME);
    law.description = text::lines(&law.description, WORDS);
    for role in law.roles.values_mut() {
        text::tidy(&mut role.name, NAME);
    }
    for channel in law.channels.values_mut() {
        text::tidy(&mut channel.name, NAME);
        channel.topic = text::lines(&channel.topic, WORDS);
    }
    for member in law.members.values_mut() {
        [Some(&mut member.name), member.nick.as_mut()].into_iter().flatten().for_each(|name| text::tidy(name, NAME));
    }
}

/// What ids stand for in the texts of a guild.
fn names_in(view: &GuildView) -> Names {
    let rgb = |color: u32| {
        let [_, red, green, blue] = color.to_be_bytes();
        (color != 0).then_some([red, green, blue])
    };
    let mine = view.law.members.get(&view.me);
    let members = view
        .law
        .members
        .keys()
        .map(|user| (Mention::User(*user), Named { name: view.name(user), color: None, me: *user == view.me }));
    let roles = view.law.roles.iter().map(|(id, role)| {
        let me = mine.is_some_and(|member| member.roles.contains(id));
        (Mention::Role(*id), Named { name: role.name.clone(), color: rgb(role.color), me })
    });
    let everyone = [(Mention::Everyone, Named { name: "everyone".to_owned(), color: None, me: true })];
    Names {
        called: members.chain(roles).chain(everyone).collect(),
        channels: view.law.channels.iter().map(|(id, channel)| (*id, channel.name.clone())).collect(),
        pictures: view.law.emoji.iter().map(|(name, picture)| (name.clone(), picture.id)).collect(),
    }
}

/// A category with what is listed under it; the first has none.
pub struct Section<'a> {
    /// The category.
    pub category: Option<(ChannelId, &'a Channel)>,
    /// Text first, then voice.
    pub channels: Vec<(ChannelId, &'a Channel)>,
}

/// What a screen reads off a guild.
pub trait Shown {
    /// What I may do in a channel.
    fn may(&self, channel: &Channel, what: Permissions) -> bool;
    /// Channels that I see, as they are listed.
    fn sections(&self) -> Vec<Section<'_>>;
    /// What a user is called here.
    fn name(&self, user: &UserId) -> String;
    /// The colour of their highest role that has one; 0 for none.
    fn tint(&self, user: &UserId) -> u32;
    /// Roles by rank, the highest first, `@everyone` last.
    fn ranked(&self) -> Vec<(RoleId, &Role)>;
    /// The highest rank of a member; the owner stands above all.
    fn rank(&self, user: &UserId) -> u64;
    /// Text channels that I see, as they are listed.
    fn text_channels(&self) -> Vec<ChannelId>;
    /// Messages that I have not read, and those that call on me.
    fn waiting(&self) -> (usize, usize);
    /// Whether I am still in it.
    fn am_in(&self) -> bool;
    /// What I may do in the guild as a whole.
    fn may_anywhere(&self, what: Permissions) -> bool;
}

impl Shown for GuildView {
    fn may(&self, channel: &Channel, what: Permissions) -> bool {
        let everyone = authority::everyone(self.guild);
        self.am_in() && self.law.permissions_in(&self.me, channel, everyone).allows(what)
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let mut seen: Vec<(ChannelId, &Channel)> = self.law.channels.iter().map(|(id, it)| (*id, it)).collect();
        seen.retain(|(id, channel)| {
            !self.over.contains(id)
                && match channel.nature.kind {
                    ChannelKind::Text => self.unread.contains_key(id) || channel.nature.password,
                    ChannelKind::Voice => self.may(channel, Permissions::VIEW),
                    ChannelKind::Category => true,
                }
        });
        seen.sort_by_key(|(id, channel)| {
            (channel.nature.kind == ChannelKind::Voice, channel.position, channel.created, *id)
        });
        let (categories, channels): (Vec<_>, Vec<_>) =
            seen.into_iter().partition(|(_, channel)| channel.nature.kind == ChannelKind::Category);
        let listed = |parent: Option<ChannelId>| {
            let known = |it: &ChannelId| categories.iter().any(|(id, _)| id == it);
            channels.iter().filter(|(_, channel)| channel.parent.filter(known) == parent).copied().collect()
        };
        let mut sections = vec![Section { category: None, channels: listed(None) }];
        for (id, category) in &categories {
            let section = Section { category: Some((*id, *category)), channels: listed(Some(*id)) };
            if !section.channels.is_empty() || self.permissions.allows(Permissions::MANAGE_CHANNELS) {
                sections.push(section);
            }
        }
        sections
    }

    fn name(&self, user: &UserId) -> String {
        match self.law.members.get(user) {
            Some(member) => member.nick.clone().unwrap_or_else(|| member.name.clone()),
            None => user.to_string().chars().take(8).collect(),
        }
    }

    fn tint(&self, user: &UserId) -> u32 {
        let Some(member) = self.law.members.get(user) else { return 0 };
        let roles = member.roles.iter().filter_map(|role| self.law.roles.get(role));
        roles.filter(|role| role.color != 0).max_by_key(|role| role.rank).map_or(0, |role| role.color)
    }

    fn ranked(&self) -> Vec<(RoleId, &Role)> {
        let mut roles: Vec<_> = self.law.roles.iter().map(|(id, role)| (*id, role)).collect();
        roles.sort_by_key(|(id, role)| (std::cmp::Reverse(role.rank), *id));
        roles
    }

    fn rank(&self, user: &UserId) -> u64 {
        if self.law.owner == Some(*user) {
            return u64::MAX;
        }
        let Some(member) = self.law.members.get(user) else { return 0 };
        let ranks = member.roles.iter().filter_map(|role| self.law.roles.get(role)).map(|role| role.rank);
        u64::from(ranks.max().unwrap_or(0))
    }

    fn text_channels(&self) -> Vec<ChannelId> {
        let sections = self.sections();
        let all = sections.into_iter().flat_map(|section| section.channels);
        all.filter(|(_, channel)| channel.nature.kind == ChannelKind::Text).map(|(id, _)| id).collect()
    }

    fn waiting(&self) -> (usize, usize) {
        self.unread.values().fold((0, 0), |(messages, mentions), it| (messages + it.messages, mentions + it.mentions))
    }

    fn am_in(&self) -> bool {
        self.law.members.contains_key(&self.me)
    }

    fn may_anywhere(&self, what: Permissions) -> bool {
        self.am_in() && self.permissions.allows(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_ends_however_it_ends() {
        let (mut world, now) = (World::new(None, Arc::default()), Instant::now());
        let (file, size) = (FileId([1; 32]), 9);
        for end in [
            NodeEvent::Transfer { file, have: 9, size },
            NodeEvent::TransferOver { file, have: 3, size },
            NodeEvent::TransferOver { file, have: 0, size },
        ] {
            world.hear(&NodeEvent::Transfer { file, have: 3, size }, now);
            assert_eq!(world.transfers.get(&file), Some(&(3, 9)));
            world.hear(&end, now);
            assert!(world.transfers.is_empty(), "{end:?}");
        }
        world.hear(&NodeEvent::Transfer { file, have: 3, size }, now);
        world.lost();
        assert!(world.transfers.is_empty());
    }

    #[test]
    fn names_do_nothing_to_what_stands_beside_them() {
        let guild = GuildId([1; 32]);
        let mut view = GuildView {
            guild,
            law: Law::default(),
            over: BTreeSet::new(),
            me: UserId([2; 32]),
            permissions: Permissions::default(),
            online: BTreeSet::new(),
            unread: BTreeMap::new(),
        };
        view.law.name = "Ca\u{202e}mp\u{200b}".to_owned();
        view.law.description = "one\n\u{2067}two".to_owned();
        let mut world = World::new(None, Arc::default());
        world.put(view.clone());
        let law = &world.guild(guild).unwrap().law;
        assert_eq!((law.name.as_str(), law.description.as_str()), ("Camp", "one\ntwo"));
        // Only what is called otherwise counts.
        let named = world.named();
        view.unread.insert(ChannelId([3; 32]), Default::default());
        world.put(view);
        assert_eq!(world.named(), named);
    }
}
