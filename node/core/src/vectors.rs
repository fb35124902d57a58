//! The core's byte layouts, written down for whoever writes a second client and compared with what the code makes.
//!
//! `BIVOUAC_BLESS=1 cargo test -p bivouac-core vectors` writes the file anew; a change of it is a change of protocol.

use std::fmt::Write as _;

use bivouac_crypto::{
    Blob, Bounded, Context, DeviceId, Domain, EpochId, EpochSecret, NewIdentity, SigningKey, Text, UserId, canonical,
    hash,
};
use data_encoding::HEXLOWER;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    act::{Picture, RoleChange},
    authority,
    guild::password::password_key,
    model::{
        ChannelChange, ChannelId, ChannelKind, FileId, GuildId, History, Hlc, InviteId, LogId, MessageId, Nature, OpId,
        Permissions, Preview, Target,
    },
    op::{self, Act, Acting, Audience, Entry, Epoch, Genesis, Header, Mark, Op, Post, Ref, Says, VERSION},
    presence,
    session::tag_place,
    wire::{
        Admission, Entered, Envelope, Evidence, Head, Holding, Invitation, Marked, Murmur, Neighbour, Part, Recalled,
        Request, Response, Shared,
    },
};

const FILE: &str = include_str!("../tests/vectors/bivouac_core_v1.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/bivouac_core_v1.txt");

struct Sheet(String);

impl Sheet {
    fn section(&mut self, about: &str) {
        let _ = write!(self.0, "\n# {about}\n");
    }

    fn hex(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        let _ = writeln!(self.0, "{name} = {}", HEXLOWER.encode(bytes.as_ref()));
    }
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn header(guild: GuildId, audience: Audience, log: LogId, seq: u64, prev: OpId, ms: u64, auth: Vec<Ref>) -> Header {
    Header {
        version: VERSION,
        guild,
        audience,
        log,
        seq,
        prev,
        hlc: Hlc::at(ms),
        auth: Bounded::try_from(auth).unwrap(),
        deps: Bounded::default(),
        kind: 0,
        epoch: None,
        payload_len: 0,
        payload_hash: [0; 32],
    }
}

fn acts(guest: &NewIdentity, key: &SigningKey, guild: GuildId) -> Vec<(&'static str, Act)> {
    let user = guest.chain.user();
    let name = |text: &str| Text::try_from(text.to_owned()).unwrap();
    let named = |text: &str| ChannelChange { name: Some(name(text)), ..ChannelChange::default() };
    let tents = ChannelChange {
        topic: Some(Text::try_from("tents").unwrap()),
        parent: Some(ChannelId([8; 32])),
        position: Some(3),
        slow_mode_s: Some(5),
        user_limit: Some(9),
        bitrate: Some(96_000),
        retention_s: Some(3_600),
        expires_ms: Some(1_700_000_000_000),
        name: None,
    };
    let private =
        Nature { kind: ChannelKind::Voice, private: true, history: History::Ephemeral, password: true, forgets: true };
    let bare = Permissions::default();
    let look = RoleChange { name: Some(name("mod")), color: Some(0xff_00_80), hoist: Some(true) };
    let reason = Some(Text::try_from("spam".to_owned()).unwrap());
    let invite = InviteId([0x1e; 32]);
    let role = authority::admin(guild);
    let proof = key.sign(Domain::Invite, &op::invite_proof(guild, user));
    let channel = ChannelId([7; 32]);
    let roles = Bounded::try_from(vec![role]).unwrap();
    vec![
        ("guild", Act::Guild { name: Some(name("Camp")), description: None, icon: None }),
        ("emoji", Act::Emoji { name: Text::try_from("tent").unwrap(), picture: Picture::default() }),
        ("avatar", Act::Avatar { picture: Picture::default() }),
        ("channel", Act::Channel { nature: Nature::public(ChannelKind::Text), change: named("general") }),
        ("channel_update", Act::ChannelUpdate { channel, change: tents }),
        ("channel_delete", Act::ChannelDelete { channel }),
        ("invite", Act::Invite { key: key.public(), max_uses: Some(5), expires_ms: None, roles }),
        ("invite_revoke", Act::InviteRevoke { invite }),
        ("admit", Act::Admit { invite, guest: guest.chain.clone(), proof }),
        ("grant", Act::Grant { role, user }),
        ("revoke", Act::Revoke { role, user }),
        ("kick", Act::Kick { user, reason: reason.clone() }),
        ("ban", Act::Ban { user, reason: reason.clone() }),
        ("unban", Act::Unban { user }),
        ("leave", Act::Leave),
        ("identity", Act::Identity { op: guest.chain.ops[0].clone() }),
        ("channel, a private one", Act::Channel { nature: private, change: named("den") }),
        ("role_create", Act::RoleCreate { rank: 300, permissions: Permissions::KICK, change: look.clone() }),
        (
            "role_update",
            Act::RoleUpdate { role, rank: Some(200), set: Permissions::BAN, clear: Permissions::KICK, change: look },
        ),
        ("role_delete", Act::RoleDelete { role }),
        ("hand_over", Act::HandOver { user }),
        ("timeout", Act::Timeout { user, until_ms: 1_700_000_000_000, reason }),
        ("nick", Act::Nick { user, nick: Some(Text::try_from("Bob").unwrap()) }),
        (
            "overwrite",
            Act::Overwrite {
                channel,
                target: Target::User(user),
                allow: Permissions::VIEW,
                deny: Permissions::SEND,
                neutral: bare,
            },
        ),
        (
            "overwrite of a role",
            Act::Overwrite { channel, target: Target::Role(role), allow: bare, deny: bare, neutral: Permissions::VIEW },
        ),
        ("enter", Act::Enter { channel, user }),
    ]
}

fn person(seed: u8, name: &str) -> (SigningKey, NewIdentity) {
    let device = SigningKey::from_seed(&[seed; 32]);
    let text = |t: &str| t.to_owned();
    let created = NewIdentity::create(
        &mut rng(seed),
        Text::try_from(text(name)).unwrap(),
        Text::try_from(text("laptop")).unwrap(),
        &device,
    );
    (device, created)
}

fn sheet() -> String {
    let mut sheet = Sheet(String::from(
        "# Operations and messages of Bivouac, version 1. Values are hex. Randomness is ChaCha20 seeded with 32 equal bytes.\n\
         # Made and checked by node/core/src/vectors.rs.\n",
    ));
    let (device, owner) = person(1, "Ada");
    let (_, guest) = person(2, "Bo");
    let log = LogId { device: DeviceId(device.public()), incarnation: 1_700_000_000_000 };
    sheet.section("identities: device seeds are 32 bytes of 01 and of 02");
    sheet.hex("owner.chain", canonical::encode(&owner.chain));
    sheet.hex("owner.user", owner.chain.user().0);
    sheet.hex("guest.user", guest.chain.user().0);

    sheet.section("genesis: nonce of 32 bytes 09, hlc at 1700000000000 ms");
    let zero = OpId([0; 32]);
    let says = Op::Genesis(Genesis { owner: owner.chain.clone(), nonce: [9; 32] });
    let h = header(GuildId([0; 32]), Audience::Control, log, 0, zero, 1_700_000_000_000, Vec::new());
    let genesis = op::author(&mut rng(3), &device, h, &says, None);
    let guild = GuildId(genesis.id.0);
    sheet.hex("genesis.header", canonical::encode(&genesis.entry.header));
    sheet.hex("genesis.id = guild", genesis.id.0);
    sheet.hex("genesis.entry", canonical::encode(&genesis.entry));
    sheet.hex("role.everyone", authority::everyone(guild).0);
    sheet.hex("role.admin", authority::admin(guild).0);

    sheet.section("epoch: S is 32 bytes of 0a, H of 0b");
    let secret = EpochSecret::from_bytes(&[[10; 32], [11; 32]].concat()).unwrap();
    let id = secret.id(&guild.0, &canonical::encode(&Audience::Guild), &[]);
    let at = |op: &op::Proved| op.entry.header.reference(op.id);
    let says = Op::Epoch(Epoch { audience: Audience::Guild, id, parents: Bounded::default(), link: None });
    let h = header(guild, Audience::Control, log, 1, genesis.id, 1_700_000_000_001, vec![at(&genesis)]);
    let epoch = op::author(&mut rng(3), &device, h, &says, None);
    sheet.hex("epoch.id", id.0);
    sheet.hex("epoch.entry", canonical::encode(&epoch.entry));
    let next = EpochSecret::from_bytes(&[[12; 32], [13; 32]].concat()).unwrap();
    let next_id = next.id(&guild.0, &canonical::encode(&Audience::Guild), &[id]);
    let link = next.link(&mut rng(4), &next_id, &[(id, &secret)]).unwrap();
    let follow = Epoch {
        audience: Audience::Guild,
        id: next_id,
        parents: Bounded::try_from(vec![id]).unwrap(),
        link: Some(Blob::try_from(link).unwrap()),
    };
    sheet.hex("epoch.next.payload (S of 0c, H of 0d, link drawn from seed 04)", canonical::encode(&follow));

    sheet.section("acts, each as [acting, act] before sealing, under the owner's first term");
    let key = SigningKey::from_seed(&[5; 32]);
    for (name, act) in acts(&guest, &key, guild) {
        let bytes = Op::Act(Acting::Owner(0), act.clone()).encode();
        assert_eq!(Op::decode(op::kind::ACT, &bytes), Op::Act(Acting::Owner(0), act), "{name}");
        sheet.hex(&format!("act.{name}"), bytes);
    }
    let everyone = Acting::Role(authority::everyone(guild));
    sheet.hex("act.leave under @everyone", Op::Act(everyone, Act::Leave).encode());

    sheet.section("a sealed act and a sealed post; nonces drawn from seeds 06 and 07");
    let says =
        Op::Act(Acting::Owner(0), Act::Guild { name: Text::try_from("Camp").ok(), description: None, icon: None });
    let h = header(guild, Audience::Control, log, 2, epoch.id, 1_700_000_000_002, vec![at(&epoch)]);
    let named = op::author(&mut rng(6), &device, h, &says, Some((id, &secret)));
    sheet.hex("sealed.act.entry", canonical::encode(&named.entry));
    let reply_to = Some(MessageId { hlc: Hlc::at(1_699_999_999_999), op: OpId([8; 32]) });
    let text = Text::try_from("good morning".to_owned()).unwrap();
    let says = Op::Post(Post { channel: ChannelId([7; 32]), text, reply_to, thread: None, files: Bounded::default() });
    sheet.hex("post.payload", says.encode());
    let mut h = header(guild, Audience::Guild, log, 0, zero, 1_700_000_000_003, vec![at(&named)]);
    h.deps = Bounded::try_from(vec![Ref { log, seq: 41, id: OpId([8; 32]) }]).unwrap();
    let post = op::author(&mut rng(7), &device, h, &says, Some((id, &secret)));
    sheet.hex("post.header", canonical::encode(&post.entry.header));
    sheet.hex("post.id", post.id.0);
    sheet.hex("post.entry", canonical::encode(&post.entry));
    let opened = op::open(&post.entry.header, post.entry.payload.as_ref().unwrap(), Some(&secret));
    assert_eq!(opened, says);
    let (target, at) = (MessageId { hlc: Hlc(77), op: OpId([8; 32]) }, Ref { log, seq: 41, id: OpId([8; 32]) });
    let emoji = Text::try_from("👍".to_owned()).unwrap();
    for (name, says) in [
        ("edit", Says::Edit(Text::try_from("better".to_owned()).unwrap())),
        ("delete", Says::Delete { at, thread: None, edits: Bounded::try_from(vec![at]).unwrap() }),
        ("react", Says::React { emoji, on: true }),
        ("pin", Says::Pin(false)),
        ("thread", Says::Thread { name: Text::try_from("ideas".to_owned()).ok(), archived: None }),
    ] {
        let says = Op::Mark(Mark { channel: ChannelId([7; 32]), target, says });
        assert_eq!(Op::decode(op::kind::MARK, &says.encode()), says, "{name}");
        sheet.hex(&format!("mark.{name}"), says.encode());
    }
    let thread = Op::Post(Post {
        channel: ChannelId([7; 32]),
        text: "in".to_owned().try_into().unwrap(),
        reply_to: None,
        thread: Some(target),
        files: Bounded::default(),
    });
    sheet.hex("post.payload in a thread", thread.encode());
    let file = op::Attachment {
        id: FileId([9; 32]),
        key: canonical::decode(&canonical::encode(&minicbor::bytes::ByteArray::from([5; 32])), 64).unwrap(),
        size: 1_000,
        name: Text::try_from("a.png".to_owned()).unwrap(),
        mime: Text::try_from("image/png".to_owned()).unwrap(),
        image: Some((40, 30)),
        preview: Some(Preview {
            id: FileId([8; 32]),
            key: canonical::decode(&canonical::encode(&minicbor::bytes::ByteArray::from([6; 32])), 64).unwrap(),
            size: 700,
            mime: Text::try_from("image/jpeg").unwrap(),
            image: (480, 270),
        }),
    };
    sheet.hex("attachment", canonical::encode(&file));
    sheet.hex("notice.payload", Op::Notice(UserId([4; 32])).encode());
    let friend = password_key(guild, ChannelId([7; 32]), "friend");
    sheet.hex("password.payload, \"friend\" of channel 07", Op::Password(friend).encode());
    sheet.hex("channel.audience", canonical::encode(&Audience::Channel(ChannelId([7; 32]))));

    sheet.section("wire: a version byte, then one value");
    let wrap = |n: u8| Blob::try_from(vec![n; 4]).unwrap();
    let other = DeviceId(key.public());
    let tag = secret.tag(&tag_place(log.device, other));
    sheet.hex("tag.hello from device 01 to device 05, epoch S 0a H 0b", tag);
    sheet.hex("topic of that epoch", hash(Context::Topic, &secret.tag(b"topic")));
    let bare = |op: &op::Proved| Entry { payload: None, ..op.entry.clone() };
    let wraps = Bounded::try_from(vec![(UserId([4; 32]), wrap(1))]).unwrap();
    let audience = Audience::Guild;
    let says = Murmur::Typing { channel: ChannelId([7; 32]), thread: None };
    let passing = presence::pass(&mut rng(8), &device, (guild, id, &secret), 1_700_000_000_004, says).unwrap();
    assert_eq!(presence::open(&secret, guild, id, &passing).flatten().unwrap().says, says);
    for (name, message) in [
        ("envelope.op", Envelope::Op(bare(&post))),
        ("envelope.wraps", Envelope::Wraps { guild, epoch: id, wraps }),
        ("envelope.passing: typing, nonce drawn from seed 08", Envelope::Passing { guild, epoch: id, sealed: passing }),
    ] {
        assert_eq!(Envelope::from_bytes(&message.to_bytes()).as_ref(), Some(&message));
        sheet.hex(name, message.to_bytes());
    }
    let epochs = Bounded::try_from(vec![EpochId([3; 32])]).unwrap();
    let name = Text::try_from("Ada").unwrap();
    let neighbour = Neighbour { user: UserId([4; 32]), name, knocks: true };
    let (name, link) = (Text::try_from("Camp").unwrap(), Text::try_from("bivouac://join/AA").unwrap());
    let invitation = Invitation { name, link };
    let holding = Holding { audience, log, runs: Bounded::try_from(vec![(0, 3), (5, 300)]).unwrap() };
    let marked = Marked { guild, channel: ChannelId([7; 32]), set_ms: 5, read: target };
    let proof = key.sign(Domain::Invite, &op::invite_proof(guild, guest.chain.user()));
    for (name, message) in [
        ("request.hello", Request::Hello(Bounded::try_from(vec![tag.into()]).unwrap())),
        (
            "request.frontier",
            Request::Frontier { guild, part: Part::Content, prints: Bounded::try_from(vec![77]).unwrap() },
        ),
        ("request.range", Request::Range { guild, audience, log, head: post.id, from: 3, to: 300 }),
        ("request.keys", Request::Keys { guild, epochs }),
        ("request.evidence", Request::Evidence { guild, audience, log }),
        ("request.knock", Request::Knock([6; 16])),
        ("request.enter", Request::Enter { guild, channel: ChannelId([7; 32]), message: [9; 33].into() }),
        ("request.prove", Request::Prove { guild, channel: ChannelId([7; 32]), proof: [8; 32].into() }),
        ("request.read", Request::Read(Bounded::try_from(vec![marked]).unwrap())),
        ("request.holds", Request::Holds { guild, logs: Bounded::try_from(vec![holding]).unwrap() }),
        ("request.neighbour", Request::Neighbour(Some(neighbour.clone()))),
        ("request.neighbour.none", Request::Neighbour(None)),
        ("request.ring", Request::Ring { guest: guest.chain.clone(), text: Text::try_from("hi").ok() }),
        ("request.let_in", Request::LetIn(Some(invitation))),
        ("request.recall", Request::Recall(Bounded::try_from(vec![[7; 16].into()]).unwrap())),
        ("request.join", Request::Join { key: key.public(), guest: guest.chain.clone(), proof }),
    ] {
        assert_eq!(Request::from_bytes(&message.to_bytes()).as_ref(), Some(&message));
        sheet.hex(name, message.to_bytes());
    }
    let shared = Shared { index: 2, tag: [6; 16], control: 1, content: u64::MAX };
    let keys = || vec![(EpochId([3; 32]), wrap(2))];
    let newest = || Bounded::try_from(keys()).unwrap();
    for (name, message) in [
        ("response.hello", Response::Hello(Bounded::try_from(vec![shared]).unwrap())),
        (
            "response.frontier",
            Response::Frontier(Bounded::try_from(vec![Head { audience, log, seq: 9, id: post.id }]).unwrap()),
        ),
        ("response.split", Response::Split),
        ("response.range", Response::Range(Bounded::try_from(vec![bare(&post)]).unwrap())),
        ("response.keys", Response::Keys(Bounded::try_from(keys()).unwrap())),
        ("response.evidence", Response::Evidence(Some(Evidence { a: bare(&post), b: bare(&named) }))),
        ("response.evidence.none", Response::Evidence(None)),
        ("response.knock", Response::Knock(Some([6; 16].into()))),
        ("response.knock.none", Response::Knock(None)),
        ("response.enter", Response::Enter(Some([9; 33].into()))),
        ("response.entered", Response::Entered(Entered::In([8; 32].into()))),
        ("response.entered.wrong", Response::Entered(Entered::Wrong)),
        ("response.join.admitted", Response::Join(Admission::Admitted { keys: newest() })),
        ("response.join.used", Response::Join(Admission::Used)),
        ("response.recall", Response::Recall(Bounded::try_from(vec![Recalled { index: 0, keys: newest() }]).unwrap())),
        ("response.read", Response::Read(Bounded::try_from(vec![marked]).unwrap())),
        ("response.noted", Response::Noted),
        ("response.neighbour", Response::Neighbour(Some(neighbour))),
        ("response.refused", Response::Refused),
    ] {
        assert_eq!(Response::from_bytes(&message.to_bytes()).as_ref(), Some(&message));
        sheet.hex(name, message.to_bytes());
    }
    sheet.0
}

#[test]
fn vectors_are_what_the_code_makes() {
    let sheet = sheet();
    if std::env::var_os("BIVOUAC_BLESS").is_some() {
        std::fs::write(PATH, &sheet).unwrap();
        return;
    }
    for (made, written) in sheet.lines().zip(FILE.lines()) {
        assert_eq!(made, written);
    }
    assert_eq!(sheet.lines().count(), FILE.lines().count());
}

/// The header again, by hand from docs/protocol.md, with nothing of the code's own encoding.
#[test]
fn a_header_is_built_by_hand_from_the_page() {
    let device = SigningKey::from_seed(&[1; 32]);
    let log = LogId { device: DeviceId(device.public()), incarnation: 1_700_000_000_000 };
    let mut h = header(GuildId([2; 32]), Audience::Guild, log, 300, OpId([3; 32]), 1_700_000_000_003, Vec::new());
    h.auth = Bounded::try_from(vec![Ref { log, seq: 5, id: OpId([4; 32]) }]).unwrap();
    h.kind = 32;
    h.epoch = Some(EpochId([5; 32]));
    h.payload_len = 60;
    h.payload_hash = [6; 32];
    let bytes = |b: [u8; 32]| [&[0x58, 0x20][..], &b].concat();
    let log_bytes =
        [&[0x82][..], &bytes(*log.device.as_bytes()), &[0x1b], &1_700_000_000_000_u64.to_be_bytes()].concat();
    let by_hand = [
        vec![0x8d, 0x01],
        bytes([2; 32]),
        vec![0x82, 0x01, 0x80],
        log_bytes.clone(),
        vec![0x19, 0x01, 0x2c],
        bytes([3; 32]),
        [&[0x1b][..], &(1_700_000_000_003_u64 << 16).to_be_bytes()].concat(),
        [vec![0x81, 0x83], log_bytes, vec![0x05], bytes([4; 32])].concat(),
        vec![0x80],
        vec![0x18, 0x20],
        bytes([5; 32]),
        vec![0x18, 0x3c],
        bytes([6; 32]),
    ]
    .concat();
    assert_eq!(HEXLOWER.encode(&canonical::encode(&h)), HEXLOWER.encode(&by_hand));
    assert_eq!(h.id().0, hash(Context::Op, &by_hand));
}

#[test]
fn odd_bytes_are_refused_or_without_effect() {
    let message = Request::Knock([6; 16]).to_bytes();
    for odd in [&message[1..], &[&[2][..], &message[1..]].concat(), &[&message[..], &[0]].concat(), &[][..], &[1][..]] {
        assert_eq!(Request::from_bytes(odd), None);
    }
    assert_eq!(Op::decode(999, b"anything"), Op::Unknown);
    assert_eq!(Op::decode(op::kind::POST, b"\xff"), Op::Unknown);
    assert_eq!(Op::decode(op::kind::MERGE, b"\x00"), Op::Unknown);
}
