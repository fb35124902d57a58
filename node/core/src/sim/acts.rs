//! A law of many acts at once: everybody's one upon the other, or everybody's apart from all others.
#![expect(clippy::unwrap_used, reason = "made of constants")]

use bivouac_crypto::{Bounded, Domain, SigningKey, Text};

use super::{Dice, person};
use crate::{
    act::RoleChange,
    authority,
    model::{
        ChannelChange, ChannelId, ChannelKind, GuildId, Hlc, InviteId, LogId, Nature, OpId, Overwrite, Permissions,
        RoleId, Target,
    },
    op::{self, Act, Acting, Audience, Genesis, Header, Op, Proved, Ref, invite_proof},
};

/// Members who act.
const PEOPLE: usize = 100;

/// A law of many acts, by a hundred members.
#[derive(Debug)]
pub struct ManyActs {
    /// The ops with what they say, causes first.
    pub ops: Vec<(Proved, Op)>,
    /// The guild.
    pub guild: GuildId,
}

/// Who writes, and what the newest op of each is.
struct Writer {
    dice: Dice,
    guild: GuildId,
    ops: Vec<(Proved, Op)>,
    own: Vec<Option<usize>>,
}

impl Writer {
    fn write(&mut self, who: usize, says: Op, cites: &[usize]) -> usize {
        let prev = self.own[who];
        let reference = |n: usize| {
            let (op, _) = &self.ops[n];
            op.entry.header.reference(op.id)
        };
        let before = cites.iter().copied().chain(prev).map(|n| self.ops[n].0.entry.header.hlc.0).max().unwrap_or(1_000);
        let header = Header {
            version: 1,
            guild: self.guild,
            audience: Audience::Control,
            log: LogId { device: person(who).device, incarnation: 1 },
            seq: prev.map_or(0, |n| self.ops[n].0.entry.header.seq + 1),
            prev: prev.map_or(OpId([0; 32]), |n| self.ops[n].0.id),
            hlc: Hlc(before + 1 + self.dice.below(3)),
            auth: Bounded::try_from(cites.iter().copied().map(reference).collect::<Vec<Ref>>()).unwrap(),
            deps: Bounded::default(),
            kind: says.kind(),
            epoch: None,
            payload_len: 0,
            payload_hash: self.dice.bytes(),
        };
        let id = header.id();
        let entry = op::Entry { header, signature: None, payload: None };
        self.ops.push((Proved { entry, id, signed: true }, says));
        self.own[who] = Some(self.ops.len() - 1);
        self.ops.len() - 1
    }

    fn act(&mut self, roles: &[RoleId], channels: &[ChannelId]) -> Act {
        let user = person(1 + usize::try_from(self.dice.below(PEOPLE as u64 - 1)).unwrap()).user;
        let role = self.dice.pick(roles).unwrap();
        let channel = self.dice.pick(channels).unwrap();
        match self.dice.below(20) {
            0..=5 => Act::Grant { role, user },
            6..=8 => Act::Revoke { role, user },
            9 | 10 => Act::Nick { user, nick: Text::try_from("Nick").ok() },
            11 | 12 => {
                let over = Overwrite { allow: Permissions::SEND, deny: Permissions::VIEW };
                let (allow, deny) = if self.dice.chance(500) {
                    (over.allow, Permissions::default())
                } else {
                    (Permissions::default(), over.deny)
                };
                Act::Overwrite { channel, target: Target::User(user), allow, deny, neutral: Permissions::default() }
            }
            13 => Act::RoleUpdate {
                role,
                rank: None,
                set: Permissions::KICK,
                clear: Permissions::default(),
                change: RoleChange::default(),
            },
            14 => Act::RoleUpdate {
                role,
                rank: None,
                set: Permissions::default(),
                clear: Permissions::KICK,
                change: RoleChange::default(),
            },
            15 => Act::Kick { user, reason: None },
            16 => Act::Timeout { user, until_ms: self.dice.below(9), reason: None },
            _ => {
                let change = ChannelChange { position: Some(3), ..ChannelChange::default() };
                Act::ChannelUpdate { channel, change }
            }
        }
    }
}

impl ManyActs {
    /// So many acts of all kinds, each upon those of others, or each member's apart from all others'.
    #[must_use]
    pub fn new(acts: usize, apart: bool) -> Self {
        let mut dice = Dice::new(7);
        let nonce = dice.bytes();
        let mut writer = Writer { dice, guild: GuildId([0; 32]), ops: Vec::new(), own: vec![None; PEOPLE] };
        writer.write(0, Op::Genesis(Genesis { owner: person(0).chain.clone(), nonce }), &[]);
        writer.guild = GuildId(writer.ops[0].0.id.0);
        let guild = writer.guild;
        let key = SigningKey::from_seed(&[9; 32]);
        let owner = |act| Op::Act(Acting::Owner(0), act);
        let invite = Act::Invite { key: key.public(), max_uses: None, expires_ms: None, roles: Bounded::default() };
        let mut last = writer.write(0, owner(invite), &[0]);
        let invite = InviteId(writer.ops[last].0.id.0);
        for guest in 1..PEOPLE {
            let proof = key.sign(Domain::Invite, &invite_proof(guild, person(guest).user));
            let admit = Act::Admit { invite, guest: person(guest).chain.clone(), proof };
            last = writer.write(0, Op::Act(Acting::Role(authority::everyone(guild)), admit), &[last]);
        }
        let (mut roles, mut channels) = (Vec::new(), Vec::new());
        for rank in (100..900).step_by(100) {
            let permissions =
                Permissions::MANAGE_ROLES | Permissions::MANAGE_CHANNELS | Permissions::KICK | Permissions::TIMEOUT;
            last =
                writer.write(0, owner(Act::RoleCreate { rank, permissions, change: RoleChange::default() }), &[last]);
            roles.push(RoleId(writer.ops[last].0.id.0));
            let nature = Nature { private: rank % 200 == 0, ..Nature::public(ChannelKind::Text) };
            last = writer.write(0, owner(Act::Channel { nature, change: ChannelChange::default() }), &[last]);
            channels.push(ChannelId(writer.ops[last].0.id.0));
        }
        for user in 1..PEOPLE {
            let role = roles[user % roles.len()];
            last = writer.write(0, owner(Act::Grant { role, user: person(user).user }), &[last]);
        }
        for n in 0..acts {
            let who = 1 + n % (PEOPLE - 1);
            let acting = Acting::Role(roles[who % roles.len()]);
            let act = writer.act(&roles, &channels);
            let cites = match writer.own[who] {
                None => vec![last],
                Some(own) if apart => vec![own],
                Some(own) => {
                    let other = writer.ops.len() - 1 - usize::try_from(writer.dice.below(40)).unwrap();
                    if other == own { vec![own] } else { vec![own, other] }
                }
            };
            writer.write(who, Op::Act(acting, act), &cites);
        }
        Self { ops: writer.ops, guild }
    }
}
