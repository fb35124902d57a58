//! A made-up guild of four, and what they said in it. I am Ana.

use std::sync::Arc;

use bivouac_node::{
    DeviceId, NetStatus, Path, PeerStatus, Profile, PublicKey, Transport, UserId,
    core::{
        authority::everyone,
        io::GuildView,
        model::{
            Channel, ChannelId, ChannelKind, File, FileId, GuildId, Hlc, Law, Member, Message as Said, MessageId,
            MessageState, Nature, OpId, Permissions, Role, RoleId, Unread,
        },
    },
};
use bivouac_ui::world::World;

pub(crate) const HUT: GuildId = GuildId([7; 32]);
/// Another guild of mine, with one channel.
pub(crate) const MILL: GuildId = GuildId([9; 32]);
pub(crate) const PLANS: ChannelId = ChannelId([41; 32]);
pub(crate) const FOOD: ChannelId = ChannelId([42; 32]);
pub(crate) const SECRETS: ChannelId = ChannelId([43; 32]);
pub(crate) const FIRESIDE: ChannelId = ChannelId([44; 32]);
pub(crate) const TRIPS: ChannelId = ChannelId([45; 32]);
pub(crate) const GRAIN: ChannelId = ChannelId([51; 32]);

pub(crate) const ANA: UserId = UserId([1; 32]);
pub(crate) const BEN: UserId = UserId([2; 32]);
pub(crate) const CHLOE: UserId = UserId([3; 32]);
pub(crate) const DMITRI: UserId = UserId([4; 32]);

/// 3 February 2026, noon.
pub(crate) const NOW: u64 = 1_770_120_000_000;
const MINUTE: u64 = 60_000;

pub(crate) fn device(user: UserId) -> DeviceId {
    DeviceId::from(PublicKey::from_bytes(user.0))
}

fn member(name: &str, user: UserId, roles: &[RoleId]) -> Member {
    Member {
        name: name.to_owned(),
        roles: roles.iter().copied().collect(),
        devices: [device(user)].into(),
        kem_generation: 0,
        kem: [0; 1_216].as_slice().try_into().unwrap(),
        nick: None,
        timeout_ms: None,
        avatar: None,
    }
}

fn channel(name: &str, nature: Nature, at: u64) -> Channel {
    Channel { name: name.to_owned(), ..Channel::new(nature, ANA, Hlc::at(at)) }
}

/// The guild, by whom it belongs to.
pub(crate) fn hut(owner: UserId) -> GuildView {
    let mut law = Law { name: "The Hut".to_owned(), owner: Some(owner), ..Law::default() };
    let warden = RoleId([61; 32]);
    let role =
        |name: &str, rank, permissions, color, hoist| Role { name: name.into(), rank, permissions, color, hoist };
    law.roles.insert(everyone(HUT), role("@everyone", 0, Permissions::EVERYONE, 0, false));
    law.roles.insert(warden, role("Wardens", 500, Permissions::EVERYONE, 0x34_98_db, true));
    law.members = [("Ana", ANA), ("Ben", BEN), ("Chloé", CHLOE), ("Dmitri", DMITRI)]
        .map(|(name, user)| (user, member(name, user, &[warden][usize::from(user != BEN)..])))
        .into();
    let text = Nature::public(ChannelKind::Text);
    law.channels = [
        (PLANS, Channel { topic: "Where we go next".to_owned(), ..channel("plans", text, 1) }),
        (FOOD, Channel { parent: Some(TRIPS), ..channel("food", text, 2) }),
        (SECRETS, channel("secrets", Nature { private: true, ..text }, 3)),
        (FIRESIDE, channel("Fireside", Nature::public(ChannelKind::Voice), 4)),
        (TRIPS, channel("Trips", Nature::public(ChannelKind::Category), 5)),
    ]
    .into();
    let permissions = law.permissions(&ANA, everyone(HUT));
    let unread = [PLANS, FOOD, SECRETS].map(|channel| (channel, Unread::default())).into();
    GuildView { guild: HUT, law, over: [].into(), me: ANA, permissions, online: [ANA, BEN].into(), unread }
}

fn mill() -> GuildView {
    let mut view = hut(BEN);
    view.guild = MILL;
    view.law.name = "Old Mill".to_owned();
    view.law.roles = [(everyone(MILL), view.law.roles[&everyone(HUT)].clone())].into();
    view.law.channels = [(GRAIN, channel("grain", Nature::public(ChannelKind::Text), 6))].into();
    view.unread = [(GRAIN, Unread { read: None, messages: 3, mentions: 1 })].into();
    view
}

/// Nobody has made or joined a guild.
pub(crate) fn nowhere() -> World {
    let me = Profile {
        user: ANA,
        device: device(ANA),
        name: "Ana".to_owned(),
        devices: vec![(device(ANA), "laptop".to_owned())],
    };
    let since = NOW - 5 * MINUTE;
    let peer = PeerStatus { device: device(BEN), path: Path::Lan, transport: Transport::Quic, rtt_ms: Some(12), since };
    let net = NetStatus { peer_id: "12D3KooW".to_owned(), peers: vec![peer], ..NetStatus::default() };
    World::new(Some(me), Arc::new(net))
}

/// Ana in her own guild, and in another one.
pub(crate) fn world() -> World {
    let mut world = nowhere();
    world.put(hut(ANA));
    world.put(mill());
    world
}

/// The id of the message that was said so many minutes after the first could be.
pub(crate) fn id(minute: u64) -> MessageId {
    let mut op = [0; 32];
    op[..8].copy_from_slice(&minute.to_be_bytes());
    MessageId { hlc: Hlc::at(NOW - 1_000 * MINUTE + minute * MINUTE), op: OpId(op) }
}

/// Something that was said in a channel.
pub(crate) fn said(minute: u64, author: UserId, text: &str) -> Said {
    Said {
        id: id(minute),
        guild: HUT,
        channel: PLANS,
        author,
        device: device(author),
        text: Some(text.to_owned()),
        state: MessageState::Open,
        reply_to: None,
        edited: None,
        thread: None,
        reactions: Vec::new(),
        files: Vec::new(),
        pinned: false,
        mention: false,
    }
}

/// A picture that hangs on a message.
pub(crate) fn photo(n: u8, name: &str) -> File {
    let mime = "image/png".to_owned();
    File { id: FileId([n; 32]), name: name.to_owned(), size: 3_000, mime, image: Some((320, 200)), preview: None }
}

/// A few words between four.
pub(crate) fn talk() -> Vec<Said> {
    vec![
        said(100, BEN, "Snow above **1800 m** since Sunday"),
        said(101, ANA, "Then we take the low path"),
        Said { reply_to: Some(id(100)), ..said(110, CHLOE, "I bring soup") },
        said(120, DMITRI, "The key is ||under the third stone||"),
        said(130, ANA, "See https://example.org/map"),
        said(131, BEN, "Good"),
    ]
}

/// So many words, one a minute, of all in turn.
pub(crate) fn chatter(count: u64) -> Vec<Said> {
    let who = [ANA, BEN, CHLOE, DMITRI];
    (0..count).map(|n| said(n, who[usize::try_from(n).unwrap() % 4], &format!("Word {n}"))).collect()
}
