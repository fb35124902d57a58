//! What must hold once all is quiet: members agree, nothing that was promised is lost, the law is what its page says,
//! and who was removed holds no later key.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Bounded, EpochId, EpochSecret, UserId, canonical};

use super::{
    naive::{Fact, History, Verdict},
    node::Acknowledged,
    world::World,
};
use crate::{
    guild::Guild,
    io::{Answer, LogStatus, Query, Scope},
    log::Log,
    model::{
        self, Attachment, ChannelId, ChannelKind, GuildId, Law, Member, Message, MessageId, MessageState, Permissions,
        Target,
    },
    op::{Act, Audience, Entry, Header, Line, Op},
    park::Need,
    table::Table,
};

/// Every text that a scenario posts holds this, so that one search of a disk finds any plaintext.
pub const MARK: &str = "-marked-";

impl World {
    /// The law as a node has folded it.
    #[must_use]
    pub fn law(&self, i: usize, guild: GuildId) -> Option<Law> {
        match self.query(i, Query::Guild(guild)) {
            Some(Answer::Guild(view)) => Some(view.law),
            _ => None,
        }
    }

    /// How much of a guild a node has.
    #[must_use]
    pub fn status(&self, i: usize, guild: GuildId) -> Option<LogStatus> {
        match self.query(i, Query::LogStatus(guild)) {
            Some(Answer::LogStatus(status)) => Some(status),
            _ => None,
        }
    }

    /// A whole channel as a node shows it, read in pages.
    #[must_use]
    pub fn timeline(&self, i: usize, channel: ChannelId) -> Vec<Message> {
        let mut all: Vec<Message> = Vec::new();
        let mut before = None;
        loop {
            let ask = Query::Messages { channel, scope: Scope::All, before, after: None, limit: 50 };
            let Some(Answer::Messages(page)) = self.query(i, ask) else { break };
            before = page.messages.first().map(|m| m.id);
            // Whom a message calls on is not the same for all.
            all.splice(0..0, page.messages.into_iter().map(|m| Message { mention: false, ..m }));
            if !page.more || before.is_none() {
                break;
            }
        }
        all
    }

    /// The same, read in the other direction.
    #[must_use]
    pub fn timeline_forward(&self, i: usize, channel: ChannelId) -> Vec<Message> {
        let mut all = self.timeline(i, channel).first().cloned().into_iter().collect::<Vec<_>>();
        while let Some(last) = all.last().map(|m| m.id) {
            let ask = Query::Messages { channel, scope: Scope::All, before: None, after: Some(last), limit: 7 };
            let Some(Answer::Messages(page)) = self.query(i, ask) else { break };
            let more = page.more && !page.messages.is_empty();
            all.extend(page.messages.into_iter().map(|m| Message { mention: false, ..m }));
            if !more {
                break;
            }
        }
        all
    }

    /// Every op of a guild on a node's disk.
    #[must_use]
    pub fn ops_on_disk(&self, i: usize, guild: GuildId) -> Vec<Entry> {
        let disk = &self.nodes[i].disk;
        let mut ops: Vec<Entry> =
            disk.rows(Table::Tail).filter_map(|(_, row)| minicbor::decode::<Entry>(row).ok()).collect();
        for (_, row) in disk.rows(Table::Segment) {
            if let Ok(segment) = minicbor::decode::<Bounded<Entry, 64>>(row) {
                ops.extend(segment.into_vec());
            }
        }
        ops.retain(|entry| entry.header.guild_of(entry.header.id()) == guild);
        ops
    }

    /// Every epoch secret of a guild on a node's disk.
    #[must_use]
    pub fn secrets_on_disk(&self, i: usize, guild: GuildId) -> BTreeMap<EpochId, EpochSecret> {
        let prefix = [&b"e"[..], &guild.0].concat();
        self.nodes[i]
            .disk
            .rows(Table::Secret)
            .filter_map(|(key, row)| {
                let id = key.strip_prefix(&prefix[..])?.try_into().ok().map(EpochId)?;
                Some((id, EpochSecret::from_bytes(row).ok()?))
            })
            .collect()
    }

    /// The epochs of which a running node holds the secret.
    #[must_use]
    pub fn secrets_in_memory(&self, i: usize, guild: GuildId) -> BTreeSet<EpochId> {
        self.held(i, guild).map(|guild| guild.keys.held_all().collect()).unwrap_or_default()
    }

    /// The epochs of an audience that a node knows.
    #[must_use]
    pub fn epochs_of(&self, i: usize, guild: GuildId, of: Audience) -> BTreeSet<EpochId> {
        let Some(held) = self.held(i, guild) else { return BTreeSet::new() };
        let says = held.dag.ordered().filter_map(|n| held.dag.node(n).op.as_ref());
        says.filter_map(|op| match op {
            Op::Epoch(epoch) if epoch.audience == of => Some(epoch.id),
            _ => None,
        })
        .collect()
    }

    /// The law from the page, over what a node holds.
    #[must_use]
    pub fn history(&self, i: usize, guild: GuildId) -> History {
        let mut control = self.ops_on_disk(i, guild);
        control.retain(|entry| entry.header.audience == Audience::Control);
        History::new(guild, &control, &self.secrets(i, guild))
    }

    /// Every epoch secret of a guild that a node has, be it not on disk what a link opened.
    pub(super) fn secrets(&self, i: usize, guild: GuildId) -> BTreeMap<EpochId, EpochSecret> {
        let mut secrets = self.secrets_on_disk(i, guild);
        let held = self.nodes[i].core.as_ref().and_then(|core| core.state.guilds.get(&guild));
        let known = held.into_iter().flat_map(|held| held.keys.newest(usize::MAX));
        secrets.extend(known.map(|(id, secret)| (id, secret.duplicate())));
        secrets
    }

    /// Nodes whose users are members by the law of one of them. Who was admitted and never heard of it has to use the
    /// link again, and is not counted.
    #[must_use]
    pub fn members(&self, by: usize, guild: GuildId) -> Vec<usize> {
        let law = self.law(by, guild).unwrap_or_default();
        let knows = |i: usize| self.nodes[i].core.as_ref().is_some_and(|core| core.state.guilds.contains_key(&guild));
        (0..self.nodes.len())
            .filter(|i| law.members.contains_key(&self.nodes[*i].person.user) && knows(*i))
            .filter(|i| !self.liars.contains(i))
            .collect()
    }

    /// Why these nodes do not agree yet, or still wait for something; nothing once they do.
    #[must_use]
    pub fn unrest(&self, among: &[usize], guild: GuildId) -> Option<String> {
        let mut first: Option<LogStatus> = None;
        let users: Vec<UserId> = among.iter().map(|i| self.nodes[*i].person.user).collect();
        for i in among {
            let (Some(mut status), Some(held)) = (self.status(*i, guild), self.held(*i, guild)) else {
                return Some(format!("node {i} does not know the guild"));
            };
            // Of what all of them read.
            status.digest = held.digest(&users).0;
            let gone = self.gone(*i, among, guild);
            if (status.holes, status.parked) != gone {
                let (holes, parked) = (status.holes, status.parked);
                return Some(format!("node {i}: {holes} holes, {parked} parked, of which nobody can help {gone:?}"));
            }
            if self.keyless(*i, among, guild) {
                return Some(format!("node {i} lacks a key that another member holds"));
            }
            let first = first.get_or_insert_with(|| status.clone());
            if first.digest != status.digest {
                return Some(format!("node {i}: another digest ({} ops, first has {})", status.ops, first.ops));
            }
            if first.state_hash != status.state_hash {
                return Some(format!("node {i}: another law with the same digest"));
            }
        }
        self.channels(*among.first()?, guild).into_iter().find_map(|of| {
            let heads = |i: &usize| {
                let held = self.held(*i, guild)?;
                let mut heads = held.content_heads(&[self.nodes[*i].person.user]);
                heads.retain(|head| head.audience == of);
                Some(heads)
            };
            let mut readers = self.readers(among, guild, of).into_iter();
            let first = heads(&readers.next()?);
            let other = readers.find(|i| heads(i) != first)?;
            Some(format!("node {other}: other content of {of:?} than another reader's"))
        })
    }

    fn held(&self, i: usize, guild: GuildId) -> Option<&Guild> {
        self.nodes[i].core.as_ref()?.state.guilds.get(&guild)
    }

    /// The audiences of channels with keys of their own, by one node's law.
    fn channels(&self, by: usize, guild: GuildId) -> Vec<Audience> {
        let law = self.law(by, guild).unwrap_or_default();
        let keyed = law.channels.iter().filter(|(_, channel)| channel.nature.is_keyed());
        keyed.map(|(id, _)| Audience::Channel(*id)).collect()
    }

    /// Those of these nodes that read an audience, by the law of the first.
    #[must_use]
    pub fn readers(&self, among: &[usize], guild: GuildId, of: Audience) -> Vec<usize> {
        let Some(held) = among.first().and_then(|by| self.held(*by, guild)) else { return Vec::new() };
        among.iter().copied().filter(|i| held.reads(&self.nodes[*i].person.user, of)).collect()
    }

    /// Holes that no member can fill and sealed ops whose key no member holds: what those who are gone took with them.
    fn gone(&self, i: usize, among: &[usize], guild: GuildId) -> (u64, u64) {
        let guilds: Vec<_> = among
            .iter()
            .filter_map(|i| self.nodes[*i].core.as_ref().and_then(|core| core.state.guilds.get(&guild)))
            .collect();
        let mut have: BTreeMap<Line, BTreeSet<u64>> = BTreeMap::new();
        for (id, log) in guilds.iter().flat_map(|guild| &guild.content) {
            for (first, last) in log.have.runs() {
                have.entry(*id).or_default().extend(*first..=*last);
            }
        }
        let Some(mine) = self.nodes[i].core.as_ref().and_then(|core| core.state.guilds.get(&guild)) else {
            return (0, 0);
        };
        // What was erased by a deletion that all who had it lost with their disks comes from nobody.
        let mut bare: BTreeMap<Line, BTreeMap<u64, bool>> = BTreeMap::new();
        for (other, theirs) in among.iter().zip(&guilds).filter(|_| mine.holes() > 0) {
            for log in theirs.content.values().filter(|log| mine.content.contains_key(&log.line())) {
                let missing = |h: &Header| mine.content.get(&log.line()).is_some_and(|log| !log.have.contains(h.seq));
                for entry in log.present(&self.nodes[*other].disk, 0, u64::from(u32::MAX)).unwrap_or_default() {
                    let known = mine.deleted(&self.nodes[i].disk, &entry.header, entry.header.id());
                    if missing(&entry.header) {
                        let taken = entry.payload.is_some() || known.is_ok_and(|by| by.is_some());
                        *bare.entry(log.line()).or_default().entry(entry.header.seq).or_default() |= taken;
                    }
                }
            }
        }
        for (line, seqs) in &bare {
            let refused: BTreeSet<u64> = seqs.iter().filter(|(_, taken)| !**taken).map(|(seq, _)| *seq).collect();
            let here = have.entry(*line).or_default();
            here.retain(|seq| !refused.contains(seq));
        }
        let me = self.nodes[i].person.user;
        let holes = mine.content.values().filter(|log| mine.reads(&me, log.audience)).map(|log| {
            let here = have.get(&log.line()).into_iter().flatten().filter(|seq| **seq < log.end()).count() as u64;
            log.end().saturating_sub(here)
        });
        let lost = mine.sealed_by().filter(|(epoch, _)| guilds.iter().all(|guild| guild.keys.secret(epoch).is_none()));
        let waiting = mine.parking.all().filter(|(need, _)| match need {
            Need::Op(id) => guilds.iter().all(|guild| guild.dag.find(id).is_none()),
            Need::Device(device) => guilds.iter().all(|guild| guild.dag.user_of(device).is_none()),
            Need::Time(_) => false,
        });
        (holes.sum(), lost.map(|(_, ops)| ops).sum::<u64>() + waiting.count() as u64)
    }

    /// Whether a node lacks a key that another holds.
    fn keyless(&self, i: usize, among: &[usize], guild: GuildId) -> bool {
        let held = |i: usize| self.held(i, guild);
        let Some(mine) = held(i) else { return false };
        let mut lacking = mine.lacking.iter().filter(|epoch| mine.keys.secret(epoch).is_none());
        lacking
            .any(|epoch| among.iter().any(|other| held(*other).is_some_and(|guild| guild.keys.secret(epoch).is_some())))
    }

    /// Waits until the members, by the law of `by`, are of one mind. Gives why they are not after that time.
    ///
    /// # Errors
    /// What keeps them apart.
    pub fn settle(&mut self, by: usize, guild: GuildId, ms: u64) -> Result<(), String> {
        let until = self.now + ms;
        let mut quiet = false;
        loop {
            let members = self.members(by, guild);
            let unrest = self.unrest(&members, guild);
            let idle = members.iter().all(|i| self.nodes[*i].asked.is_empty());
            let rest = unrest.is_none() && idle;
            match unrest {
                None if rest && quiet => return Ok(()),
                other if self.now >= until => return Err(other.unwrap_or_else(|| "commands open".to_owned())),
                // What was stored last is told once it is durable.
                None if rest => self.run(self.sync_ms + 1),
                _ => self.run(2_000),
            }
            quiet = rest;
        }
    }

    /// Everything the oracle knows to ask. Gives what does not hold.
    #[must_use]
    pub fn judge(&self, by: usize, guild: GuildId) -> Vec<String> {
        let mut wrong = self.facts.violations.clone();
        let members = self.members(by, guild);
        wrong.extend(self.unrest(&members, guild));
        let history = self.history(by, guild);
        let law = self.law(by, guild).unwrap_or_default();
        wrong.extend(compare(&law, &history.verdict()));
        for i in &members {
            wrong.extend(self.verdicts(*i, guild).into_iter().map(|difference| format!("node {i}: {difference}")));
        }
        self.judge_logs(by, guild, &members, &mut wrong);
        self.judge_timelines(&members, &law, &history, &mut wrong);
        self.judge_removed(by, guild, &members, &history, &mut wrong);
        self.judge_outsiders(guild, &members, &history, &mut wrong);
        wrong
    }

    /// Whatever a member ever let out is where all others have it.
    fn judge_logs(&self, by: usize, guild: GuildId, members: &[usize], wrong: &mut Vec<String>) {
        let mut held: BTreeSet<_> = self.ops_on_disk(by, guild).iter().map(|entry| entry.header.id()).collect();
        let channels = self.channels(by, guild);
        let readers: Vec<usize> =
            channels.iter().filter_map(|of| self.readers(members, guild, *of).first().copied()).collect();
        for i in readers {
            held.extend(self.ops_on_disk(i, guild).iter().map(|entry| entry.header.id()));
        }
        let cut: BTreeSet<_> = self.law(by, guild).unwrap_or_default().forked;
        for ((log, audience, seq), id) in &self.facts.published {
            // A channel that is deleted is nobody's.
            let open = audience.channel().is_none() || channels.contains(audience);
            let readers = if open { self.readers(members, guild, *audience) } else { Vec::new() };
            let member = readers.iter().any(|i| self.nodes[*i].person.device == log.device);
            if member && !held.contains(id) && !cut.contains(&log.device) && !self.facts.is_doomed(id, members) {
                wrong.push(format!("an op is lost: {audience:?} {seq} of node {:?}", self.node_of(&log.device)));
            }
        }
    }

    fn judge_timelines(&self, members: &[usize], law: &Law, history: &History, wrong: &mut Vec<String>) {
        for i in members {
            wrong.extend(self.judge_search(*i, law_guild(self, *i)));
        }
        let text = law.channels.iter().filter(|(_, c)| c.nature.kind == ChannelKind::Text);
        for (channel, nature, forgets) in text.map(|(id, c)| (*id, c.nature, c.retention_s > 0)) {
            let of = if nature.is_keyed() { Audience::Channel(channel) } else { Audience::Guild };
            let Some(guild) = members.first().map(|i| law_guild(self, *i)) else { return };
            let members = &self.readers(members, guild, of)[..];
            let Some(first) = members.first() else { continue };
            if nature.history != model::History::Whole || forgets {
                self.judge_partly(channel, members, (!forgets).then_some(history), wrong);
                continue;
            }
            let shown = self.timeline(*first, channel);
            if !shown.is_sorted_by(|a, b| a.id < b.id) {
                wrong.push("a timeline is out of order".to_owned());
            }
            for i in members {
                let other = self.timeline(*i, channel);
                wrong.extend(self.judge_marks(*i, (law_guild(self, *i), channel), &other, history));
                if !self.is_same(&other, &shown) {
                    wrong.push(format!("nodes {first} and {i} show different timelines: {}", differ(&shown, &other)));
                    if std::env::var_os("BIVOUAC_SEED").is_some() {
                        wrong.push(self.posts(*i, law_guild(self, *i), channel));
                        wrong.push(self.explain(*i, law_guild(self, *i)));
                    }
                }
                if self.timeline_forward(*i, channel) != other {
                    wrong.push(format!("node {i}: another timeline forwards than backwards"));
                }
            }
            for ack in self.facts.acknowledged.iter().filter(|ack| ack.channel == channel) {
                self.judge_message(ack, members, &shown, history, wrong);
            }
        }
    }

    /// Whether a message reads so, as far as nobody wanted it otherwise.
    fn reads(&self, message: &Message, text: &str) -> bool {
        message.text.as_deref() == Some(text) || self.facts.touched.contains(&message.id)
    }

    /// Whether two timelines are the same. What somebody deleted who was removed unawares is gone where that came first.
    fn is_same(&self, one: &[Message], other: &[Message]) -> bool {
        let gone = |message: &Message| message.state == MessageState::Erased;
        let undecided =
            |(a, b): (&Message, &Message)| a.id == b.id && gone(a) != gone(b) && self.facts.touched.contains(&a.id);
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a == b || undecided((a, b)))
    }

    /// Where newcomers read nothing from before, or what is old is forgotten, timelines differ; one's own words (unless they are
    /// forgotten) and those read by two are the same.
    fn judge_partly(&self, channel: ChannelId, members: &[usize], history: Option<&History>, wrong: &mut Vec<String>) {
        let mut texts: BTreeMap<MessageId, String> = BTreeMap::new();
        for i in members {
            let shown = self.timeline(*i, channel);
            for ack in self.facts.acknowledged.iter().filter(|ack| ack.channel == channel && ack.node == *i) {
                let reads = shown.iter().any(|m| m.id == ack.id && self.reads(m, &ack.text));
                let doomed = self.facts.is_doomed(&ack.id.op, members) || !self.facts.doomed_keys.is_empty();
                let stayed = history.is_some_and(|history| history.never_gone(self.nodes[*i].person.user));
                if !reads && stayed && !doomed {
                    wrong.push(format!("node {i} does not read its own {:?}", ack.text));
                }
            }
            let shown = shown.into_iter().filter(|m| !self.facts.touched.contains(&m.id));
            for (id, text) in shown.filter_map(|m| Some((m.id, m.text?))) {
                if texts.entry(id).or_insert_with(|| text.clone()) != &text {
                    wrong.push(format!("node {i} reads {text:?}, and another something else"));
                }
            }
        }
    }

    fn judge_message(
        &self,
        ack: &Acknowledged,
        members: &[usize],
        shown: &[Message],
        history: &History,
        wrong: &mut Vec<String>,
    ) {
        let author = self.nodes[ack.node].person.user;
        let stayed = members.contains(&ack.node) && history.never_gone(author);
        let found: Vec<&Message> = shown.iter().filter(|m| m.id == ack.id).collect();
        match found.as_slice() {
            [] if !members.contains(&ack.node) || self.facts.is_doomed(&ack.id.op, members) => {}
            [message] => {
                let keyless = message.state == MessageState::NoKey && !self.facts.doomed_keys.is_empty();
                let silent = message.text.is_none() && (!stayed || keyless);
                let right = message.author == author && (self.reads(message, &ack.text) || silent);
                if !right {
                    wrong.push(format!("message {:?} of node {} reads {:?}", ack.text, ack.node, message.state));
                }
            }
            other => wrong.push(format!("message {:?} of node {} is there {} times", ack.text, ack.node, other.len())),
        }
        for i in members {
            let node = &self.nodes[*i];
            let joined = node.joined.values().max().copied().unwrap_or(u64::MAX);
            let public = self.readers(members, law_guild(self, *i), Audience::Channel(ack.channel)).is_empty();
            let live = public
                && ack.at > node.booted
                && ack.at > node.joined_at
                && ack.id.hlc.ms() >= joined.max(node.booted_wall);
            let readable = found.first().is_some_and(|m| m.text.is_some()) && !self.facts.touched.contains(&ack.id);
            if live && stayed && readable && members.contains(&ack.node) && !node.told.contains_key(&ack.id) {
                wrong.push(format!("node {i} was never told of {:?}", ack.text));
            }
        }
    }

    /// Whom nothing ever let into a private channel, with effect or not, holds neither a key nor an op of it.
    fn judge_outsiders(&self, guild: GuildId, members: &[usize], history: &History, wrong: &mut Vec<String>) {
        let acts = || {
            history.facts.iter().filter_map(|fact| match &fact.says {
                Some(Op::Act(_, act)) => Some((fact, act)),
                _ => None,
            })
        };
        if history.facts.iter().any(|fact| fact.says.is_none()) {
            return;
        }
        for i in members {
            let user = self.nodes[*i].person.user;
            let founded = |fact: &Fact| fact.author == Some(user) && matches!(fact.says, Some(Op::Genesis(_)));
            let raised = |act: &Act| match act {
                Act::Grant { user: whom, .. } | Act::HandOver { user: whom } => *whom == user,
                _ => false,
            };
            if history.facts.iter().any(founded) || acts().any(|(_, act)| raised(act)) {
                continue;
            }
            for (fact, act) in acts() {
                let channel = ChannelId(fact.id.0);
                if !matches!(act, Act::Channel { nature, .. } if nature.private) || fact.author == Some(user) {
                    continue;
                }
                let lets_in = |act: &Act| match act {
                    Act::Enter { channel: at, user: whom } => (*at, *whom) == (channel, user),
                    Act::Overwrite { channel: at, target, allow, .. } => {
                        *at == channel
                            && allow.any(Permissions::VIEW)
                            && match target {
                                Target::User(whom) => *whom == user,
                                Target::Role(_) => true,
                            }
                    }
                    _ => false,
                };
                if acts().any(|(_, act)| lets_in(act)) {
                    continue;
                }
                let of = Audience::Channel(channel);
                let holds = self.ops_on_disk(*i, guild).iter().any(|entry| entry.header.audience == of);
                let (disk, memory) = (self.secrets_on_disk(*i, guild), self.secrets_in_memory(*i, guild));
                let reads = |epoch: &EpochId| disk.contains_key(epoch) || memory.contains(epoch);
                if holds || self.epochs_of(*i, guild, of).iter().any(reads) {
                    wrong.push(format!("node {i} was never let into {channel:?} and holds of it"));
                }
            }
        }
    }

    /// Who is gone holds no key minted by whoever knew, and no disk holds plaintext.
    fn judge_removed(&self, by: usize, guild: GuildId, members: &[usize], history: &History, wrong: &mut Vec<String>) {
        let secrets = self.secrets_on_disk(by, guild);
        // Who was let in again by an act whose key went with those who left cannot be told any more.
        let blind = history.facts.iter().any(|fact| fact.says.is_none());
        for (i, node) in self.nodes.iter().enumerate() {
            if node.disk.holds(MARK.as_bytes()) {
                wrong.push(format!("node {i}: plaintext on disk"));
            }
            if members.contains(&i) || blind {
                continue;
            }
            for epoch in history.forbidden(node.person.user) {
                let Some(secret) = secrets.get(&epoch) else { continue };
                let held = node.core.as_ref().and_then(|core| core.state.guilds.get(&guild));
                let in_memory = held.is_some_and(|guild| guild.keys.secret(&epoch).is_some());
                if (in_memory || node.disk.holds(&secret.to_bytes()[..32])) && !self.let_in_apart(i, guild, history) {
                    wrong.push(format!("node {i} is gone and holds the later key {epoch:?}"));
                    if std::env::var_os("BIVOUAC_SEED").is_some() {
                        wrong.push(self.explain(by, guild));
                    }
                }
            }
        }
    }
}

/// In what a law differs from its page.
#[must_use]
pub fn compare(law: &Law, page: &Verdict) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut differs = |what: &str, same: bool, detail: String| {
        if !same {
            wrong.push(format!("the law differs from its page: {what}: {detail}"));
        }
    };
    let id = |picture: &Option<Attachment>| picture.as_ref().map(|of| of.id);
    let member = |m: &Member| (m.roles.clone(), m.nick.clone(), m.timeout_ms, id(&m.avatar));
    let emoji: BTreeMap<_, _> = law.emoji.iter().map(|(name, of)| (name.clone(), of.id)).collect();
    let members: BTreeMap<_, _> = law.members.iter().map(|(user, m)| (*user, member(m))).collect();
    let roles: BTreeMap<_, _> =
        law.roles.iter().map(|(id, r)| (*id, (r.name.clone(), r.rank, r.permissions))).collect();
    differs("name", law.name == page.name, format!("{} / {}", law.name, page.name));
    differs("icon", id(&law.icon) == page.icon, format!("{:?} / {:?}", law.icon, page.icon));
    differs("emoji", emoji == page.emoji, format!("{emoji:?} / {:?}", page.emoji));
    differs("owner", law.owner == page.owner, String::new());
    differs("members", members == page.members, format!("{members:?} / {:?}", page.members));
    differs("bans", law.bans == page.bans, format!("{:?} / {:?}", law.bans, page.bans));
    differs("roles", roles == page.roles, format!("{roles:?} / {:?}", page.roles));
    differs("channels", law.channels == page.channels, format!("{:?} / {:?}", law.channels, page.channels));
    differs("invites", law.invites == page.invites, format!("{:?} / {:?}", law.invites, page.invites));
    wrong
}

fn differ(a: &[Message], b: &[Message]) -> String {
    let states = |list: &[Message]| list.iter().map(|m| (m.id, m.state)).collect::<BTreeMap<MessageId, MessageState>>();
    let (a, b) = (states(a), states(b));
    let only = |x: &BTreeMap<MessageId, MessageState>, y: &BTreeMap<MessageId, MessageState>| {
        x.iter().filter(|(id, state)| y.get(id) != Some(state)).map(|(_, s)| format!("{s:?}")).collect::<Vec<_>>()
    };
    format!("{} and {} messages; {:?} against {:?}", a.len(), b.len(), only(&a, &b), only(&b, &a))
}

impl World {
    /// Whether somebody let this node in by an act that the others never took: removed meanwhile, they gave it the keys
    /// they held.
    fn let_in_apart(&self, i: usize, guild: GuildId, history: &History) -> bool {
        let user = self.nodes[i].person.user;
        let known: BTreeSet<_> = history.facts.iter().map(|fact| fact.id).collect();
        self.history(i, guild).facts.iter().any(|fact| match &fact.says {
            Some(Op::Act(_, Act::Admit { guest, .. })) => guest.user() == user && !known.contains(&fact.id),
            _ => false,
        })
    }

    /// What a node waits for, for people.
    #[must_use]
    pub fn explain(&self, i: usize, guild: GuildId) -> String {
        use std::fmt::Write as _;

        let mut text = String::new();
        let Some(held) = self.nodes[i].core.as_ref().and_then(|core| core.state.guilds.get(&guild)) else {
            return "not running, or without the guild".to_owned();
        };
        for (id, log) in &held.content {
            if log.missing() > 0 {
                let _ = writeln!(
                    text,
                    "  log of node {:?}: head {:?}, have {:?}",
                    self.node_of(&id.1.device),
                    log.head,
                    log.have
                );
            }
        }
        let _ = writeln!(text, "  keys missing: {:?}, control ops sealed: {}", held.lacking, held.sealed_ops());
        for (need, op) in held.parking.all() {
            let h = &op.entry.header;
            let by = self.node_of(&h.log.device);
            let auth: Vec<_> = h.auth.iter().map(|r| (self.node_of(&r.log.device), r.seq, r.id)).collect();
            let _ = writeln!(
                text,
                "  parked for {need:?}: {:?} {} kind {} by {by:?}, auth {auth:?}",
                h.audience, h.seq, h.kind
            );
        }
        for n in held.dag.ordered() {
            let node = held.dag.node(n);
            let by = self.nodes.iter().position(|other| other.person.user == node.author);
            let says = match &node.op {
                Some(Op::Act(_, act)) => self.brief(act),
                Some(Op::Epoch(epoch)) => format!("Epoch {:?} after {:?}", epoch.id, &*epoch.parents),
                other => format!("{:?}", other.as_ref().map(Op::kind)),
            };
            let _ = writeln!(text, "  {:?} {:?} by {by:?}: {says} {:?}", node.hlc, node.id, held.settled.of(n));
        }
        if let Some(core) = &self.nodes[i].core {
            for (device, session) in &core.state.sessions {
                let share = session.shared.get(&guild);
                let _ = writeln!(text, "  peer {:?}: inflight {}, {share:?}", self.node_of(device), session.inflight);
            }
            let _ = writeln!(text, "  timers {:?}", core.state.timers);
        }
        text
    }
}

impl World {
    /// Where a node's verdicts differ from a fresh fold of the same ops, and from the page.
    #[must_use]
    pub fn verdicts(&self, i: usize, guild: GuildId) -> Vec<String> {
        let Some(held) = self.nodes[i].core.as_ref().and_then(|core| core.state.guilds.get(&guild)) else {
            return Vec::new();
        };
        let history = self.history(i, guild);
        let page: BTreeMap<_, _> =
            (0..).zip(&history.facts).map(|(n, fact)| (fact.id, history.is_effective(n))).collect();
        let fresh = crate::authority::settle(&held.dag, guild);
        let mut found = Vec::new();
        for n in held.dag.ordered() {
            let node = held.dag.node(n);
            let (mine, whole) = (held.settled.of(n), fresh.of(n));
            let by_page = page.get(&node.id).copied().unwrap_or(false) || matches!(node.op, Some(Op::Merge));
            if mine != whole || by_page != whole.is_ok() {
                let by = self.nodes.iter().position(|other| other.person.user == node.author);
                let says = match &node.op {
                    Some(Op::Act(acting, act)) => format!("{acting:?} {}", self.brief(act)),
                    other => format!("{:?}", other.as_ref().map(Op::kind)),
                };
                found.push(format!(
                    "{:?} by node {by:?}: {says}: op by op {mine:?}, whole {whole:?}, page {by_page}",
                    node.id
                ));
            }
        }
        let whole = crate::fold::fold(&held.dag, &fresh, guild);
        found.extend(compare_laws(&held.law, &whole));
        found
    }

    fn brief(&self, act: &Act) -> String {
        let who = |user: &UserId| self.nodes.iter().position(|node| node.person.user == *user);
        match act {
            Act::Admit { guest, invite, .. } => format!("Admit node {:?} by {invite:?}", who(&guest.user())),
            Act::Grant { role, user } => format!("Grant {role:?} to node {:?}", who(user)),
            Act::Revoke { role, user } => format!("Revoke {role:?} from node {:?}", who(user)),
            Act::Kick { user, .. } => format!("Kick node {:?}", who(user)),
            Act::Ban { user, .. } => format!("Ban node {:?}", who(user)),
            Act::Unban { user } => format!("Unban node {:?}", who(user)),
            Act::Invite { roles, .. } => format!("Invite with {} roles", roles.len()),
            Act::InviteRevoke { invite } => format!("InviteRevoke {invite:?}"),
            Act::Channel { change, .. } => format!("Channel {:?}", change.name.as_deref()),
            Act::ChannelUpdate { channel, .. } => format!("ChannelUpdate {channel:?}"),
            Act::ChannelDelete { channel } => format!("ChannelDelete {channel:?}"),
            other => format!("{other:?}"),
        }
    }
}

fn compare_laws(law: &Law, whole: &Law) -> Option<String> {
    (law != whole).then(|| "the law folded op by op is not the law folded whole".to_owned())
}

impl World {
    /// Which posts of a channel are on a node's disk, and which of them it shows.
    #[must_use]
    pub fn posts(&self, i: usize, guild: GuildId, channel: ChannelId) -> String {
        let secrets = self.secrets_on_disk(i, guild);
        let shown: BTreeSet<_> = self.timeline(i, channel).iter().map(|m| m.id.op).collect();
        let mut lines = Vec::new();
        for entry in self.ops_on_disk(i, guild) {
            let h = &entry.header;
            let (Some(payload), Some(epoch)) = (&entry.payload, h.epoch) else { continue };
            if h.audience == Audience::Control {
                continue;
            }
            let says = secrets.get(&epoch).map(|secret| crate::op::open(h, payload, Some(secret)));
            let what = match says {
                Some(Op::Post(post)) if post.channel == channel => format!("{:?}", post.text.as_str()),
                Some(Op::Post(_)) => continue,
                other => format!("{:?}", other.map(|op| op.kind())),
            };
            let by = self.node_of(&h.log.device);
            lines.push((
                h.hlc,
                format!("{:?} {} by {by:?} under {epoch:?}: {what}, shown {}", h.hlc, h.seq, shown.contains(&h.id())),
            ));
        }
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n    ")
    }
}

fn law_guild(world: &World, i: usize) -> GuildId {
    match world.query(i, Query::Guilds) {
        Some(Answer::Guilds(guilds)) => guilds.first().map_or(GuildId([0; 32]), |(id, _)| *id),
        _ => GuildId([0; 32]),
    }
}

impl World {
    /// The rows that make a disk a holder of a guild with all its keys and of its ops only the first, which never comes
    /// by gossip.
    #[must_use]
    pub fn seed_of_replica(&self, i: usize, guild: GuildId) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
        let ours = |key: &[u8]| key.get(1..33) == Some(&guild.0[..]);
        let secrets = self.nodes[i].disk.rows(Table::Secret).filter(|(key, _)| ours(key));
        let mut rows: Vec<_> = secrets.map(|(key, value)| (Table::Secret, key.to_vec(), value.to_vec())).collect();
        let genesis = self.ops_on_disk(i, guild).into_iter().find(|entry| entry.header.id().0 == guild.0);
        if let Some(genesis) = genesis {
            let h = &genesis.header;
            let mut log = Log::new(0, Audience::Control, h.log);
            log.have.add(0);
            (log.head, log.latest) = (Some((0, h.id())), h.hlc);
            let row = [&b"l"[..], &guild.0, &[0; 4]].concat();
            rows.push((Table::Checkpoint, row, canonical::encode(&log)));
            rows.push((Table::Checkpoint, b"n".to_vec(), vec![0, 0, 0, 1, 0, 0, 0, 0]));
            rows.push((Table::Tail, vec![0; 12], canonical::encode(&genesis)));
        }
        rows
    }
}
