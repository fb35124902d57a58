//! A member who turned: a real identity, admitted by a real invite, whose program does as it likes.

use std::{io, sync::atomic::Ordering::Relaxed, time::Instant};

use bivouac_core::{
    model::{GuildId, Hlc, LogId, OpId},
    op::{self, Audience, Entry, Header, Op, Post, Proved, Ref, VERSION, invite_proof},
    wire::{Admission, Envelope, Part, Request, Response},
};
use bivouac_crypto::{
    Bounded, Context, DeviceId, Domain, EpochId, EpochSecret, IdentityChain, KemSecret, NewIdentity, Signature,
    SigningKey, Text, UserId, canonical, hash,
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use futures::AsyncWriteExt;
use getrandom::{SysRng, rand_core::UnwrapErr};
use libp2p::{core::muxing::SubstreamBox, identity::Keypair};

use crate::{
    siege::{COMES, Field, LOOK},
    wire::{GOSSIP, Line, Manners, Target, pb},
};

/// The system's randomness.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Milliseconds since the epoch.
pub(crate) fn wall_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
}

/// Somebody with an identity and one device.
pub(crate) struct Person {
    pub(crate) key: SigningKey,
    pub(crate) chain: IdentityChain,
    pub(crate) user: UserId,
    kem: KemSecret,
}

impl Person {
    pub(crate) fn new(name: &str) -> Self {
        let key = SigningKey::generate(&mut rng());
        let made = NewIdentity::create(&mut rng(), Text::try_from(name).unwrap(), Text::default(), &key);
        Self { user: made.chain.user(), chain: made.chain, kem: made.user_kem, key }
    }

    pub(crate) fn device(&self) -> DeviceId {
        DeviceId(self.key.public())
    }

    pub(crate) fn keypair(&self) -> Keypair {
        Keypair::ed25519_from_bytes(*self.key.seed()).unwrap()
    }

    /// What is asked for with an invite.
    pub(crate) fn join_request(&self, guild: GuildId, invite: &SigningKey) -> Request {
        let proof = invite.sign(Domain::Invite, &invite_proof(guild, self.user));
        Request::Join { key: invite.public(), guest: self.chain.clone(), proof }
    }
}

/// The guild and the invite key of a link, whose layout docs/protocol.md gives.
pub(crate) fn invite_of(link: &str) -> (GuildId, SigningKey) {
    let bytes = BASE64URL_NOPAD.decode(link.strip_prefix("bivouac://join/").unwrap().as_bytes()).unwrap();
    let mut link = minicbor::Decoder::new(&bytes);
    link.array().unwrap();
    assert_eq!(link.u8().unwrap(), 1);
    let guild = GuildId(link.bytes().unwrap().try_into().unwrap());
    (guild, SigningKey::from_seed(link.bytes().unwrap().try_into().unwrap()))
}

/// A member of the guild under siege.
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) guild: GuildId,
    pub(crate) epoch: (EpochId, EpochSecret),
    channel: bivouac_core::model::ChannelId,
    /// Heads of the law, as of the admission.
    auth: Vec<Ref>,
    /// The last ops of its own logs: of the law, of content.
    last: [Option<(u64, OpId)>; 2],
    incarnation: u64,
    stamp: u64,
}

impl Member {
    /// Is admitted by the first node, and waits until all know.
    pub(crate) async fn join(field: &Field, link: &str) -> io::Result<Self> {
        let person = Person::new("Mallory");
        let (guild, invite) = invite_of(link);
        let line = Line::tcp(field.targets[0], &person.keypair(), 1, Manners::default()).await?;
        let answer = line.ask(&person.join_request(guild, &invite)).await?;
        let Response::Join(Admission::Admitted { keys }) = answer else { panic!("not admitted: {answer:?}") };
        let (epoch, wrapped) = keys.iter().next().expect("a key");
        let (info, aad) = (canonical::encode(&(guild, *epoch)), canonical::encode(&person.user));
        let secret = bivouac_crypto::unwrap(&person.kem, &info, &aad, wrapped).expect("wrapped to me");
        let secret = EpochSecret::from_bytes(&secret).expect("64 bytes");
        let mut member = Self {
            person,
            guild,
            epoch: (*epoch, secret),
            channel: field.channel,
            auth: Vec::new(),
            last: [None, None],
            incarnation: wall_ms(),
            stamp: 0,
        };
        let heads = member.heads(&line, Audience::Control).await;
        // The one who admitted it: whoever cites that log's head has seen the admission.
        let host = heads.iter().filter(|head| head.log.device == field.targets[0].device).max_by_key(|head| head.seq);
        member.auth = host.map(|head| Ref { log: head.log, seq: head.seq, id: head.id }).into_iter().collect();
        let user = member.person.user.to_string();
        field
            .until("all know the new member", || {
                let mut camp = field.camp();
                let guild = camp.guild.clone();
                camp.nodes.iter_mut().all(|node| node.members(&guild).contains(&user))
            })
            .await;
        Ok(member)
    }

    /// What a node says its heads are.
    pub(crate) async fn heads(&self, line: &Line, audience: Audience) -> Vec<bivouac_core::wire::Head> {
        // In detail, as is asked where there are many logs.
        let prints = Bounded::try_from(vec![0; 256]).unwrap();
        let part = if audience == Audience::Control { Part::Law } else { Part::Content };
        match line.ask(&Request::Frontier { guild: self.guild, part, prints }).await.unwrap() {
            Response::Frontier(heads) => heads.into_vec(),
            other => panic!("{other:?}"),
        }
    }

    /// A connection to a node as this member, which has shown that it holds the keys, so that it is asked in its turn. A
    /// node takes four of one device, and may not have noticed yet that former ones are gone.
    pub(crate) async fn meet(&self, to: Target, manners: Manners) -> io::Result<Line> {
        let end = Instant::now() + COMES;
        loop {
            match self.try_to_meet(to, manners.clone()).await {
                Err(_) if Instant::now() < end => tokio::time::sleep(LOOK).await,
                met => return met,
            }
        }
    }

    async fn try_to_meet(&self, to: Target, manners: Manners) -> io::Result<Line> {
        let line = Line::tcp(to, &self.person.keypair(), 1, manners).await?;
        let answer = line.ask(&Request::Hello(Bounded::try_from(vec![self.hello_tag(to)]).unwrap())).await?;
        assert!(matches!(&answer, Response::Hello(shared) if shared.len() == 1), "{answer:?}");
        Ok(line)
    }

    /// What a node recognises a holder of the epoch by.
    pub(crate) fn hello_tag(&self, to: Target) -> minicbor::bytes::ByteArray<16> {
        let place = [&b"hello"[..], self.person.device().as_bytes(), to.device.as_bytes()].concat();
        self.epoch.1.tag(&place).into()
    }

    /// The name of the gossip topic that all members listen to.
    pub(crate) fn topic(&self) -> String {
        HEXLOWER.encode(&hash(Context::Topic, &self.epoch.1.tag(b"topic")))
    }

    /// A stream for gossip, introduced as a subscriber of the guild's topic.
    pub(crate) async fn gossip(&self, line: &Line) -> io::Result<SubstreamBox> {
        let mut stream = line.open(GOSSIP).await?;
        stream.write_all(&pb::delimited(&pb::subscribe(&self.topic(), true))).await?;
        stream.flush().await?;
        Ok(stream)
    }

    /// The frame that gossips bytes on the guild's topic.
    pub(crate) fn gossiped(&self, bytes: &[u8]) -> Vec<u8> {
        pb::delimited(&pb::publish(&self.topic(), bytes))
    }

    /// The frame that gossips an op.
    pub(crate) fn told(&self, entry: &Entry) -> Vec<u8> {
        self.gossiped(&Envelope::Op(entry.clone()).to_bytes())
    }

    /// The header of the next op in a log of its own.
    pub(crate) fn header(&mut self, audience: Audience) -> Header {
        let last = self.last[usize::from(audience != Audience::Control)];
        // Above everything that was ever cited: a minute ahead is still now.
        self.stamp = (self.stamp + 1).max(Hlc::at(wall_ms() + 60_000).0);
        Header {
            version: VERSION,
            guild: self.guild,
            audience,
            log: LogId { device: self.person.device(), incarnation: self.incarnation },
            seq: last.map_or(0, |(seq, _)| seq + 1),
            prev: last.map_or(OpId([0; 32]), |(_, id)| id),
            hlc: Hlc(self.stamp),
            auth: Bounded::try_from(self.auth.clone()).unwrap(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        }
    }

    /// Signs an op with whatever header `tweak` makes. Its own log does not go on with it.
    pub(crate) fn forge(&mut self, audience: Audience, says: &Op, tweak: impl FnOnce(&mut Header)) -> Proved {
        let mut header = self.header(audience);
        tweak(&mut header);
        let secret = (!Op::is_plain(says.kind())).then_some((self.epoch.0, &self.epoch.1));
        op::author(&mut rng(), &self.person.key, header, says, secret)
    }

    /// An op as an honest member would write it: its log goes on from here.
    pub(crate) fn write(&mut self, audience: Audience, says: &Op) -> Entry {
        let op = self.forge(audience, says, |_| {});
        self.last[usize::from(audience != Audience::Control)] = Some((op.entry.header.seq, op.id));
        op.entry
    }

    /// A message.
    pub(crate) fn post(&self, text: &str) -> Op {
        Op::Post(Post {
            channel: self.channel,
            text: Text::try_from(text).unwrap(),
            reply_to: None,
            thread: None,
            files: Bounded::default(),
        })
    }

    /// Signs a header as it stands, with a payload of choice.
    pub(crate) fn sign(&self, mut header: Header, payload: &[u8]) -> Entry {
        header.payload_len = payload.len() as u32;
        header.payload_hash = hash(Context::Payload, payload);
        let signature: Signature = self.person.key.sign(Domain::Op, &header.id().0);
        Entry { header, signature: Some(signature), payload: payload.try_into().ok() }
    }

    /// The log of its messages.
    pub(crate) fn log(&self) -> LogId {
        LogId { device: self.person.device(), incarnation: self.incarnation }
    }

    /// How often it was asked anything over a connection.
    pub(crate) fn asked(line: &Line) -> usize {
        line.manners.asked.load(Relaxed)
    }
}
