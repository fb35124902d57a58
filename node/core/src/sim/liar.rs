//! A malicious member's tools: ops forged with its own keys and told to whom it likes, lies in answer to requests, and
//! probes of an honest node. What it may do is what anyone with a member's keys and a modified program may do.

use std::sync::Arc;

use bivouac_crypto::{Bounded, DeviceId, EpochId, EpochSecret};

use super::{dice::Dice, world::World};
use crate::{
    io::{Answer, Query},
    io::{Effect, Input, Stats},
    model::{GuildId, Hlc, LogId, OpId},
    op::{self, Acting, Audience, Entry, Header, MAX_REFS, Op, Proved, Ref, VERSION},
    wire::{Envelope, Request, Response},
};

impl World {
    /// The header a node's next op would have, had it seen all that its core has.
    #[must_use]
    pub fn header(&self, i: usize, guild: GuildId, audience: Audience) -> Header {
        let log = LogId { device: self.device(i), incarnation: super::node::EPOCH_MS };
        let mut header = Header {
            version: VERSION,
            guild,
            audience,
            log,
            seq: 0,
            prev: OpId([0; 32]),
            hlc: Hlc::at(self.nodes[i].wall(self.now)),
            auth: Bounded::default(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let Some(held) = self.nodes[i].core.as_ref().and_then(|core| core.state.guilds.get(&guild)) else {
            return header;
        };
        let heads = held.dag.heads();
        let auth: Vec<Ref> = heads.iter().rev().take(MAX_REFS).map(|n| held.dag.reference(*n)).collect();
        header.auth = Bounded::try_from(auth).unwrap_or_default();
        let last = match audience {
            Audience::Control => held.dag.branches_of(&log).last().and_then(|branch| {
                let last = held.dag.node(*branch.nodes.last()?);
                Some((last.seq, last.id))
            }),
            _ => held.content.get(&(audience, log)).and_then(|log| log.head),
        };
        if let Some((seq, id)) = last {
            (header.seq, header.prev) = (seq + 1, id);
        }
        let newest = held.dag.ordered().map(|n| held.dag.node(n).hlc).max().unwrap_or(Hlc(0));
        let content = held.content.values().map(|log| log.latest).max().unwrap_or(Hlc(0));
        header.hlc = newest.max(content).next(self.nodes[i].wall(self.now));
        header
    }

    /// The epoch of the guild that a node sends on, or any it holds.
    #[must_use]
    pub fn epoch(&self, i: usize, guild: GuildId) -> Option<(EpochId, EpochSecret)> {
        self.epoch_of(i, guild, Audience::Guild)
    }

    /// The epoch that a node seals an audience's ops with, or any of the guild's that it holds.
    #[must_use]
    pub fn epoch_of(&self, i: usize, guild: GuildId, audience: Audience) -> Option<(EpochId, EpochSecret)> {
        let held = self.nodes[i].core.as_ref()?.state.guilds.get(&guild)?;
        let audience = if audience == Audience::Control { Audience::Guild } else { audience };
        let sending = held.keys.sending(&held.dag, &held.settled, audience);
        let newest = || held.keys.newest(1).into_iter().next();
        sending.or_else(newest).map(|(id, secret)| (id, secret.duplicate()))
    }

    /// Signs an op as a node, with whatever header `tweak` makes.
    pub fn forge(
        &mut self,
        i: usize,
        guild: GuildId,
        audience: Audience,
        says: &Op,
        tweak: impl FnOnce(&mut Header),
    ) -> Proved {
        let epoch = if Op::is_plain(says.kind()) { None } else { self.epoch_of(i, guild, audience) };
        self.forge_under(i, guild, audience, says, epoch, tweak)
    }

    /// The same under an epoch of choice.
    pub fn forge_under(
        &mut self,
        i: usize,
        guild: GuildId,
        audience: Audience,
        says: &Op,
        epoch: Option<(EpochId, EpochSecret)>,
        tweak: impl FnOnce(&mut Header),
    ) -> Proved {
        let mut header = self.header(i, guild, audience);
        tweak(&mut header);
        let secret = epoch.as_ref().map(|(id, secret)| (*id, secret));
        op::author(&mut self.dice.0, &self.nodes[i].person.key(), header, says, secret)
    }

    /// Signs a header as it stands, with a payload of choice.
    #[must_use]
    pub fn sign(&self, i: usize, mut header: Header, payload: &[u8]) -> Entry {
        header.payload_len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        header.payload_hash = bivouac_crypto::hash(bivouac_crypto::Context::Payload, payload);
        let signature = self.nodes[i].person.key().sign(bivouac_crypto::Domain::Op, &header.id().0);
        Entry { header, signature: Some(signature), payload: payload.try_into().ok() }
    }

    /// Tells an op to some, by gossip.
    pub fn tell(&mut self, from: usize, to: &[usize], entry: &Entry) {
        self.tell_bytes(from, to, &Envelope::Op(entry.clone()).to_bytes());
    }

    /// Tells any bytes to some, by gossip.
    pub fn tell_bytes(&mut self, from: usize, to: &[usize], bytes: &[u8]) {
        let bytes: Arc<[u8]> = bytes.into();
        for to in to {
            if let Some(topic) = self.nodes[*to].topics.first().copied() {
                self.whisper(from, *to, topic, &bytes);
            }
        }
    }

    /// Asks a node something, as a connected device, and gives its answer. What the answer waits for is written.
    pub fn probe(&mut self, to: usize, from: DeviceId, request: &Request) -> Option<Response> {
        self.probe_bytes(to, from, request.to_bytes())
    }

    /// The same with any bytes.
    pub fn probe_bytes(&mut self, to: usize, from: DeviceId, bytes: Vec<u8>) -> Option<Response> {
        let now = self.now;
        let node = &mut self.nodes[to];
        let clocks = node.clocks(now);
        let core = node.core.as_mut()?;
        let token = u64::MAX;
        let effects = core.handle(clocks, &mut node.dice.0, &node.disk, Input::Request { from, bytes, token });
        let mut answer = None;
        for effect in effects {
            match effect {
                Effect::Respond(u64::MAX, bytes) => answer = Response::from_bytes(&bytes),
                other => self.take(to, other),
            }
        }
        answer
    }

    /// What a node holds in memory.
    #[must_use]
    pub fn stats(&self, i: usize) -> Stats {
        match self.query(i, Query::Stats) {
            Some(Answer::Stats(stats)) => stats,
            _ => Stats::default(),
        }
    }

    /// Cuts a node off from everybody.
    pub fn isolate(&mut self, i: usize, cut: bool) {
        for peer in (0..self.nodes.len()).filter(|peer| *peer != i) {
            self.cut(i, peer, cut);
        }
    }

    /// From now on a node is not asked to agree with others.
    pub fn distrust(&mut self, i: usize) {
        self.liars.insert(i);
    }

    /// The role under which a plain member acts, the admin's, the owner's.
    #[must_use]
    pub fn acting(&self, guild: GuildId) -> (Acting, Acting, Acting) {
        let (everyone, admin) = (crate::authority::everyone(guild), crate::authority::admin(guild));
        (Acting::Role(everyone), Acting::Role(admin), Acting::Owner(0))
    }

    /// A second stream of randomness, for what a liar makes up.
    pub fn lies(&mut self) -> Dice {
        self.dice.fork()
    }
}
