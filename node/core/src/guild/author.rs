//! What this device writes.

use std::collections::BTreeSet;

use bivouac_crypto::{Bounded, UserId};

use super::{Guild, Taken};
use crate::{
    authority::Void,
    io::{Effect, Topic},
    log::Log,
    me::Cx,
    model::{GuildId, Hlc, LogId, MessageId, OpId},
    op::{self, Act, Acting, Audience, Header, MAX_REFS, Op, Proved, Ref, VERSION},
    table::Damaged,
    wire::Envelope,
};

impl Guild {
    /// Writes a control op and publishes it. Rotates first where no epoch can be sent on.
    pub(crate) fn act(&mut self, cx: &mut Cx<'_>, acting: Acting, act: Act) -> Result<OpId, Damaged> {
        self.ready_to_send(cx, Audience::Guild)?;
        self.author_control(cx, &Op::Act(acting, act))
    }

    /// Rotates where no epoch of an audience can be sent on.
    pub(crate) fn ready_to_send(&mut self, cx: &mut Cx<'_>, of: Audience) -> Result<(), Damaged> {
        self.refresh();
        if self.sending(of, cx.now.wall_ms).is_none() {
            self.mint(cx, of)?;
        }
        Ok(())
    }

    pub(crate) fn author_control(&mut self, cx: &mut Cx<'_>, says: &Op) -> Result<OpId, Damaged> {
        while self.heads_read().len() > MAX_REFS {
            self.author_one(cx, &Op::Merge)?;
        }
        self.author_one(cx, says)
    }

    /// What an own op cites: the newest ops whose whole past could be read here. To cite an act that is still sealed
    /// would be to claim to have seen it: an epoch would count as minted after a removal whose target it is wrapped to.
    /// Nor is a fork cited that nobody had built upon: others may not follow that branch.
    fn heads_read(&self) -> Vec<u32> {
        let mut shunned: Vec<u32> = self.sealed.values().flatten().copied().collect();
        if !self.dag.forks().is_empty() {
            shunned.extend(self.dag.ordered().filter(|n| self.settled.of(*n) == Err(Void::Forked)));
        }
        if shunned.is_empty() { self.dag.heads() } else { self.dag.heads_without(&shunned) }
    }

    fn author_one(&mut self, cx: &mut Cx<'_>, says: &Op) -> Result<OpId, Damaged> {
        let log = cx.me.log();
        let heads = self.heads_read();
        let auth: Vec<Ref> = heads.iter().take(MAX_REFS).map(|n| self.dag.reference(*n)).collect();
        let last = self.dag.branches_of(&log).last().and_then(|b| b.nodes.last()).map(|n| self.dag.node(*n));
        let (seq, prev) = last.map_or((0, OpId([0; 32])), |node| (node.seq + 1, node.id));
        let genesis = matches!(says, Op::Genesis(_));
        let header = Header {
            version: VERSION,
            guild: if genesis { GuildId([0; 32]) } else { self.id },
            audience: Audience::Control,
            log,
            seq,
            prev,
            hlc: self.latest.next(cx.now.wall_ms),
            auth: Bounded::try_from(auth).unwrap_or_default(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let sending =
            if Op::is_plain(says.kind()) { None } else { self.keys.sending(&self.dag, &self.settled, Audience::Guild) };
        let op = op::author(cx.rng, &cx.me.key, header, says, sending);
        self.own(cx, op)
    }

    /// Writes the genesis op of a new guild; its id is the guild's.
    pub(crate) fn found(cx: &mut Cx<'_>) -> Result<Self, Damaged> {
        let mut nonce = [0; 32];
        cx.rng.fill_bytes(&mut nonce);
        let says = Op::Genesis(op::Genesis { owner: cx.me.chain.clone(), nonce });
        let header = Header {
            version: VERSION,
            guild: GuildId([0; 32]),
            audience: Audience::Control,
            log: cx.me.log(),
            seq: 0,
            prev: OpId([0; 32]),
            hlc: Hlc::at(cx.now.wall_ms),
            auth: Bounded::default(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let op = op::author(cx.rng, &cx.me.key, header, &says, None);
        let mut guild = Self::new(GuildId(op.id.0), cx.now.wall_ms);
        guild.save_row(&mut cx.tx);
        guild.own(cx, op)?;
        guild.refresh();
        Ok(guild)
    }

    /// Writes into each audience that a user and I share and they have written in: cites what of theirs is here, so that it
    /// stays shown.
    pub(crate) fn notice(&mut self, cx: &mut Cx<'_>, user: UserId) -> Result<(), Damaged> {
        let theirs = |guild: &Self, log: &LogId| guild.dag.user_of(&log.device) == Some(user);
        let shared: BTreeSet<Audience> = (self.content.keys())
            .filter(|(of, log)| theirs(self, log) && self.reads(&cx.me.user, *of))
            .map(|(of, _)| *of)
            .collect();
        for of in shared {
            self.ready_to_send(cx, of)?;
            let newest = |log: &Log| Some(Ref { log: log.id, seq: log.head?.0, id: log.head?.1 });
            let logs =
                self.content.values().filter(|log| log.audience == of && log.cut.is_none() && theirs(self, &log.id));
            let heads: Vec<Ref> = logs.filter_map(newest).collect();
            for deps in heads.chunks(MAX_REFS) {
                self.post_citing(cx, of, &Op::Notice(user), deps.to_vec())?;
            }
        }
        Ok(())
    }

    /// Posts on an epoch that can be sent on, and cites what nobody has cited yet; `None` where there is none.
    pub(crate) fn post(
        &mut self,
        cx: &mut Cx<'_>,
        audience: Audience,
        says: &Op,
    ) -> Result<Option<MessageId>, Damaged> {
        let uncited = self.uncited.iter().filter(|((of, by), _)| *of == audience && *by != cx.me.log());
        let mut deps: Vec<Ref> = uncited.map(|(_, newest)| *newest).collect();
        let newest = deps.len().saturating_sub(MAX_REFS);
        self.post_citing(cx, audience, says, deps.split_off(newest))
    }

    fn post_citing(
        &mut self,
        cx: &mut Cx<'_>,
        audience: Audience,
        says: &Op,
        deps: Vec<Ref>,
    ) -> Result<Option<MessageId>, Damaged> {
        let Some(sending) = self.sending(audience, cx.now.wall_ms) else { return Ok(None) };
        let log = cx.me.log();
        let heads = self.heads_read();
        let auth: Vec<Ref> = heads.iter().rev().take(MAX_REFS).map(|n| self.dag.reference(*n)).collect();
        let (seq, prev) = match self.content.get(&(audience, log)).and_then(|log| log.head) {
            Some((seq, id)) => (seq + 1, id),
            None => (0, OpId([0; 32])),
        };
        let header = Header {
            version: VERSION,
            guild: self.id,
            audience,
            log,
            seq,
            prev,
            hlc: self.latest.next(cx.now.wall_ms),
            auth: Bounded::try_from(auth).unwrap_or_default(),
            deps: Bounded::try_from(deps).unwrap_or_default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let op = op::author(cx.rng, &cx.me.key, header, says, Some(sending));
        let place = MessageId { hlc: op.entry.header.hlc, op: op.id };
        self.own(cx, op)?;
        Ok(Some(place))
    }

    /// My own op takes the same path as a peer's, then goes out.
    fn own(&mut self, cx: &mut Cx<'_>, op: Proved) -> Result<OpId, Damaged> {
        let (id, entry) = (op.id, op.entry.clone());
        // What is not stored here must not be published, nor be said to be.
        if self.take(cx, op)? != Taken::New {
            return Err(Damaged);
        }
        self.refresh();
        // A new epoch of the guild is announced where its predecessors are heard; everything else under its own epoch.
        let plain = Op::decode(entry.header.kind, entry.payload.as_deref().unwrap_or(&[]));
        let topics: Vec<Topic> = match (entry.header.epoch, plain) {
            (Some(epoch), _) => self.keys.topic(&epoch).into_iter().collect(),
            (None, Op::Epoch(epoch)) if epoch.audience == Audience::Guild => {
                epoch.parents.iter().filter_map(|parent| self.keys.topic(parent)).collect()
            }
            (None, _) => self.keys.topics(&self.settled, Audience::Guild).into_iter().collect(),
        };
        let bytes = Envelope::Op(entry).to_bytes();
        cx.out.extend(topics.into_iter().map(|topic| Effect::Publish(topic, bytes.clone())));
        Ok(id)
    }
}
