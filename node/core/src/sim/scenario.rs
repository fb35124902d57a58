//! Random lives of a guild: people come, talk, are promoted and thrown out, while machines fail and the network splits.

use std::collections::BTreeSet;

use super::{network::Weather, oracle::MARK, people::person, world::World};
use crate::{
    authority,
    io::{ChannelEdit, Command, Reply},
    model::{ChannelId, ChannelKind, GuildId, History, InviteId, Nature, Overwrite, Permissions, Target},
};

/// How wild a life is.
#[derive(Clone, Copy, Debug)]
pub struct Wildness {
    /// Most nodes.
    pub nodes: u64,
    /// Most things that happen.
    pub steps: u64,
    /// Whether messages are deleted.
    pub deletions: bool,
}

impl Default for Wildness {
    fn default() -> Self {
        Self { nodes: 8, steps: 70, deletions: true }
    }
}

/// A life under way.
#[derive(Debug)]
pub struct Life {
    /// The world it happens in.
    pub world: World,
    /// The guild, founded by node 0.
    pub guild: GuildId,
    invites: Vec<(InviteId, String)>,
    open: Vec<(usize, u64)>,
    said: u64,
    wildness: Wildness,
}

impl Life {
    /// Lives a whole life and judges it. Gives what does not hold.
    #[must_use]
    pub fn live(seed: u64, wildness: Wildness) -> (Self, Vec<String>) {
        let mut life = Self::begin(seed, wildness);
        let steps = life.world.dice.between(wildness.steps / 2, wildness.steps);
        for _ in 0..steps {
            let pause = if life.world.dice.chance(700) { 300 } else { 4_000 };
            let pause = life.world.dice.below(pause);
            life.world.run(pause);
            life.collect();
            life.something();
        }
        let wrong = life.end();
        (life, wrong)
    }

    /// Founds the guild, in fair weather.
    #[must_use]
    pub fn begin(seed: u64, wildness: Wildness) -> Self {
        let mut world = World::new(seed);
        let nodes = world.dice.between(3, wildness.nodes.max(3));
        for i in 0..nodes {
            let skew = i64::try_from(world.dice.below(240_000)).unwrap_or(0) - 120_000;
            world.add(person(usize::try_from(i).unwrap_or(0)), skew);
        }
        let mut guild = GuildId([0; 32]);
        if let Some(Ok(Reply::Guild { guild: made, .. })) =
            world.want(0, Command::CreateGuild { name: "camp".to_owned() })
        {
            guild = made;
        } else {
            world.facts.violations.push("no guild could be founded".to_owned());
        }
        for pair in world.net.pairs() {
            let weather = Weather::draw(&mut world.dice);
            world.net.link(pair.0, pair.1).weather = weather;
        }
        let mut life = Self { world, guild, invites: Vec::new(), open: Vec::new(), said: 0, wildness };
        life.invite(0);
        life
    }

    /// Heals everything, waits until all is quiet, lets everybody say a last word, and judges.
    #[must_use]
    pub fn end(&mut self) -> Vec<String> {
        let world = &mut self.world;
        for (a, b) in world.net.pairs() {
            world.net.link(a, b).weather = Weather::FAIR;
        }
        world.split(&BTreeSet::new());
        for i in 0..world.nodes.len() {
            world.start(i);
            world.check(i);
        }
        for round in 0..2 {
            if let Err(unrest) = self.world.settle(0, self.guild, 300_000) {
                let mut wrong = vec![format!("no peace in round {round}: {unrest}")];
                for i in self.world.members(0, self.guild) {
                    wrong.push(format!("node {i}:\n{}", self.world.explain(i, self.guild)));
                }
                wrong.extend(self.world.judge(0, self.guild));
                return wrong;
            }
            if round == 0 {
                for i in self.world.members(0, self.guild) {
                    self.post(i);
                }
            }
        }
        let mut wrong = self.world.judge(0, self.guild);
        for (i, node) in self.world.nodes.iter().enumerate() {
            if let Some((_, asked)) =
                node.asked.iter().find(|(_, asked)| !matches!(asked.command, Command::Join { .. }))
            {
                wrong.push(format!("node {i} never answered {:?}", asked.command));
            }
        }
        wrong
    }

    /// Takes the links of invites that were made.
    fn collect(&mut self) {
        let world = &self.world;
        let invites = &mut self.invites;
        self.open.retain(|(i, id)| match world.nodes[*i].done.get(id) {
            Some(Ok(Reply::Invite { invite, link })) => {
                invites.push((*invite, link.clone()));
                false
            }
            Some(_) => false,
            None => true,
        });
    }

    fn running(&self) -> Vec<usize> {
        (0..self.world.nodes.len()).filter(|i| self.world.nodes[*i].core.is_some()).collect()
    }

    /// Nodes that take themselves for members.
    fn inside(&self) -> Vec<usize> {
        self.running().into_iter().filter(|i| self.world.is_member(*i, self.guild)).collect()
    }

    /// Somebody, mostly somebody with power.
    fn mighty(&mut self) -> Option<usize> {
        let inside = self.inside();
        let admins: Vec<usize> = inside
            .iter()
            .copied()
            .filter(|i| {
                let user = self.world.nodes[*i].person.user;
                self.world.law(*i, self.guild).is_some_and(|law| {
                    law.owner == Some(user) || law.members.get(&user).is_some_and(|m| !m.roles.is_empty())
                })
            })
            .collect();
        if self.world.dice.chance(850) { self.world.dice.pick(&admins) } else { self.world.dice.pick(&inside) }
    }

    fn channel(&mut self, i: usize) -> Option<ChannelId> {
        let law = self.world.law(i, self.guild)?;
        let text: Vec<ChannelId> =
            law.channels.iter().filter(|(_, c)| c.nature.kind == ChannelKind::Text).map(|(id, _)| *id).collect();
        self.world.dice.pick(&text)
    }

    fn invite(&mut self, i: usize) {
        let dice = &mut self.world.dice;
        let max_uses = if dice.chance(500) { Some(u32::try_from(dice.between(1, 3)).unwrap_or(1)) } else { None };
        let expires_in_ms = if dice.chance(200) { Some(dice.between(1_000, 60_000)) } else { None };
        let roles = if dice.chance(100) { vec![authority::admin(self.guild)] } else { Vec::new() };
        let ask = Command::CreateInvite { guild: self.guild, max_uses, expires_in_ms, roles };
        self.open.extend(self.world.ask(i, ask).map(|id| (i, id)));
    }

    fn post(&mut self, i: usize) {
        if let Some(channel) = self.channel(i) {
            self.said += 1;
            let text = format!("{}{MARK}{i}", self.said);
            let reply_to =
                if self.world.dice.chance(100) { self.world.timeline(i, channel).last().map(|m| m.id) } else { None };
            self.world.ask(i, Command::Post { channel, text, reply_to, thread: None, files: Vec::new() });
        }
    }

    /// Somebody says something about a message they see.
    fn mark(&mut self) {
        let inside = self.inside();
        let Some(i) = self.world.dice.pick(&inside) else { return };
        let Some(channel) = self.channel(i) else { return };
        let shown = self.world.timeline(i, channel);
        let recent = &shown[shown.len().saturating_sub(6)..];
        let Some(message) = self.world.dice.pick(recent) else { return };
        let (by, message) = (message.author == self.world.nodes[i].person.user, message.id);
        let on = self.world.dice.chance(650);
        let emoji = self.world.dice.pick(&["👍", "🎉", "❤️"]).unwrap_or("👍").to_owned();
        self.said += 1;
        let text = format!("{}{MARK}{i}, edited", self.said);
        let command = match self.world.dice.below(12) {
            0..=2 if by => Command::Edit { message, text },
            3 if self.wildness.deletions => Command::Delete { message },
            4 => Command::Pin { message, on },
            5 => Command::CreateThread { message, name: format!("thread {}", self.said) },
            6 => Command::Post { channel, text, reply_to: None, thread: Some(message), files: Vec::new() },
            7 => Command::UpdateThread { thread: message, name: None, archived: Some(on) },
            8 => Command::Read { channel, message: Some(message) },
            9 => Command::Typing { channel, thread: None },
            _ => Command::React { message, emoji, on },
        };
        self.world.ask(i, command);
    }

    fn join(&mut self) {
        let outside: Vec<usize> =
            self.running().into_iter().filter(|i| !self.world.is_member(*i, self.guild)).collect();
        let newest = self.invites.len().saturating_sub(3);
        let invites = if self.world.dice.chance(700) { &self.invites[newest..] } else { &self.invites[..] };
        let invites = invites.to_vec();
        if let (Some(i), Some((_, link))) = (self.world.dice.pick(&outside), self.world.dice.pick(&invites)) {
            self.world.ask(i, Command::Join { link, timeout_ms: 20_000 });
        }
    }

    fn something(&mut self) {
        let guild = self.guild;
        let all: Vec<usize> = (0..self.world.nodes.len()).collect();
        let kind = self.world.dice.below(100);
        match kind {
            0..=9 => self.mark(),
            10..=33 => {
                let inside = self.inside();
                if let Some(i) = self.world.dice.pick(&inside) {
                    let many = if self.world.dice.chance(150) { self.world.dice.between(2, 12) } else { 1 };
                    for _ in 0..many {
                        self.post(i);
                    }
                }
            }
            34..=47 => self.join(),
            48..=53 => {
                let inside = self.inside();
                if let Some(i) = self.world.dice.pick(&inside) {
                    self.invite(i);
                }
            }
            54..=55 => {
                if let (Some(i), Some((invite, _))) = (self.mighty(), self.world.dice.pick(&self.invites)) {
                    self.world.ask(i, Command::RevokeInvite { guild, invite });
                }
            }
            56..=61 => self.channels(),
            62..=66 => {
                let by = if self.world.dice.chance(800) { Some(0) } else { self.mighty() };
                if let (Some(by), Some(i)) = (by, self.world.dice.pick(&all)) {
                    let user = self.world.nodes[i].person.user;
                    let held = self.world.dice.chance(700);
                    self.world.ask(by, Command::AssignRole { guild, role: authority::admin(guild), user, held });
                }
            }
            67..=74 => self.remove(),
            75..=76 => {
                let inside = self.inside();
                if let Some(i) = self.world.dice.pick(&inside) {
                    self.world.ask(i, Command::LeaveGuild { guild });
                }
            }
            _ => self.fate(&all),
        }
    }

    fn channels(&mut self) {
        let Some(i) = self.mighty() else { return };
        let (guild, n) = (self.guild, self.world.dice.below(1_000));
        let private = self.world.dice.chance(400);
        let history = if self.world.dice.chance(250) { History::SinceJoin } else { History::Whole };
        let command = match (self.world.dice.below(5), self.channel(i)) {
            // Of who may not see a channel for all, nothing is known here.
            (3 | 4, Some(channel))
                if self.world.law(i, guild).is_some_and(|law| law.channels[&channel].nature.private) =>
            {
                let all: Vec<usize> = (0..self.world.nodes.len()).collect();
                let Some(whom) = self.world.dice.pick(&all) else { return };
                let may = |allowed| if allowed { Permissions::VIEW } else { Permissions::default() };
                let allowed = self.world.dice.chance(650);
                let over = Overwrite { allow: may(allowed), deny: may(!allowed) };
                Command::Overwrite { channel, target: Target::User(self.world.nodes[whom].person.user), over }
            }
            (1, Some(channel)) => {
                let (name, topic) = (Some(format!("room {n}")), Some(format!("topic {n}")));
                let edit = ChannelEdit { name, topic, ..ChannelEdit::default() };
                Command::UpdateChannel { channel, edit, password: None }
            }
            (2, Some(channel)) if self.world.law(i, guild).is_some_and(|law| law.channels.len() > 2) => {
                Command::DeleteChannel { channel }
            }
            _ => Command::CreateChannel {
                guild,
                nature: Nature { private, history, ..Nature::public(ChannelKind::Text) },
                edit: ChannelEdit { name: Some(format!("room {n}")), ..ChannelEdit::default() },
                password: None,
            },
        };
        self.world.ask(i, command);
    }

    fn remove(&mut self) {
        let guild = self.guild;
        let Some(by) = self.mighty() else { return };
        let others: Vec<usize> = (1..self.world.nodes.len()).collect();
        let Some(target) = self.world.dice.pick(&others) else { return };
        let user = self.world.nodes[target].person.user;
        let command = match self.world.dice.below(5) {
            0 | 1 => Command::Kick { guild, user, reason: None },
            2 | 3 => Command::Ban { guild, user, reason: Some("enough".to_owned()) },
            _ => {
                let bans: Vec<_> = self.world.law(by, guild).unwrap_or_default().bans.into_iter().collect();
                Command::Unban { guild, user: self.world.dice.pick(&bans).unwrap_or(user) }
            }
        };
        self.world.ask(by, command);
    }

    /// What nobody wants.
    fn fate(&mut self, all: &[usize]) {
        let world = &mut self.world;
        match world.dice.below(13) {
            0 => {
                // Not the owner's, who may be all there is.
                let i = world.dice.pick(&all[1..]).unwrap_or(1);
                world.spoil(i);
                let ms = world.dice.below(10_000);
                world.start_in(i, ms);
            }
            1..=3 => {
                let running = self.running();
                let world = &mut self.world;
                if let Some(i) = world.dice.pick(&running) {
                    world.crash(i);
                    let ms = if world.dice.chance(700) { 2_000 } else { 40_000 };
                    let ms = world.dice.below(ms);
                    world.start_in(i, ms);
                }
            }
            4..=6 => {
                let side: BTreeSet<usize> = all.iter().copied().filter(|_| world.dice.chance(500)).collect();
                world.split(&side);
            }
            7 | 8 => world.split(&BTreeSet::new()),
            9 => {
                for _ in 0..3 {
                    if let (Some(a), Some(b)) = (world.dice.pick(all), world.dice.pick(all))
                        && a != b
                    {
                        world.flap(a, b);
                    }
                }
            }
            10 | 11 => {
                if let Some(i) = world.dice.pick(all) {
                    let jump = i64::try_from(world.dice.below(120_000)).unwrap_or(0) - 60_000;
                    let skew = &mut world.nodes[i].skew;
                    *skew = (*skew + jump).clamp(-120_000, 120_000);
                }
            }
            _ => {
                let pairs = world.net.pairs();
                if let Some((a, b)) = world.dice.pick(&pairs) {
                    let weather = Weather::draw(&mut world.dice);
                    world.net.link(a, b).weather = weather;
                }
            }
        }
    }
}
