//! Virtual time: one queue of what happens next, and what each happening does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bivouac_crypto::{Context, DeviceId, EpochId, hash};

use super::{
    dice::Dice,
    network::Network,
    node::{Acknowledged, Asked, Node},
    people::{Person, person},
};
use crate::{
    Core, OpenError,
    io::{Answer, Command, CommandError, Effect, Event, Input, Now, Query, Reply, Topic, Verdict},
    model::{GuildId, LogId, MessageId, OpId},
    op::{Audience, Entry},
    wire::{Envelope, Response},
};

/// How long a request may take, in milliseconds.
const REQUEST_MS: u64 = 10_000;

/// Something that will happen.
#[derive(Debug)]
enum Happening {
    /// A gossip message arrives.
    Gossip { to: usize, from: usize, connection: u64, topic: Topic, bytes: Arc<[u8]>, again: bool },
    /// A request arrives.
    Request { to: usize, from: usize, connection: u64, id: u64, bytes: Vec<u8> },
    /// An answer arrives.
    Response { to: usize, from: usize, connection: u64, id: u64, bytes: Vec<u8> },
    /// A request has taken too long.
    Timeout { node: usize, run: u64, id: u64 },
    /// The disk has synced.
    Synced { node: usize, run: u64 },
    /// The core wanted to be woken.
    Wake { node: usize, run: u64, at: u64 },
    /// One side learns of a connection.
    Up { node: usize, peer: usize, connection: u64 },
    /// One side learns that a connection is gone.
    Down { node: usize, peer: usize, connection: u64 },
    /// Two nodes find each other again.
    Meet(usize, usize),
    /// A process is started.
    Start(usize),
}

/// All that was promised or seen on the way, to be held against the end.
#[derive(Debug, Default)]
pub struct Facts {
    /// Every op that left a process of its author: what stands at each place of each log.
    pub published: BTreeMap<(LogId, Audience, u64), OpId>,
    /// Every message whose author was told that it is safe.
    pub acknowledged: Vec<Acknowledged>,
    /// Messages that somebody was asked to have read differently, or to delete.
    pub touched: BTreeSet<MessageId>,
    /// Ops that stood on a disk when it was damaged, and who else had them, each time.
    pub damaged: BTreeMap<OpId, Vec<BTreeSet<usize>>>,
    /// Keys that a single disk held when it was damaged: they may be lost.
    pub doomed_keys: BTreeSet<EpochId>,
    /// Rules broken on the way.
    pub violations: Vec<String>,
}

impl Facts {
    /// Whether an op may be lost: when a disk with it was damaged, it stood on that of no other who is still asked.
    #[must_use]
    pub fn is_doomed(&self, id: &OpId, members: &[usize]) -> bool {
        let alone = |holders: &BTreeSet<usize>| holders.iter().all(|holder| !members.contains(holder));
        self.damaged.get(id).is_some_and(|times| times.iter().any(alone))
    }
}

/// Gossip messages counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// All that came.
    pub came: u64,
    /// Those that had not come before.
    pub new: u64,
}

/// Everything there is.
pub struct World {
    /// What this run replays from.
    pub seed: u64,
    /// All randomness but the cores' own.
    pub dice: Dice,
    /// Virtual time, milliseconds from the beginning.
    pub now: u64,
    /// The processes.
    pub nodes: Vec<Node>,
    /// The links between them.
    pub net: Network,
    /// What must hold at the end.
    pub facts: Facts,
    /// Nodes that need not agree with the others.
    pub liars: BTreeSet<usize>,
    /// Inputs handled so far.
    pub handled: u64,
    /// A process may be slow to sync, in milliseconds at most.
    pub sync_ms: u64,
    /// Who can be connected to whom, where not everybody can: by node, the peers of a lower number.
    pub reach: Option<Vec<BTreeSet<usize>>>,
    /// Gossip that came to nodes, and that was new to them.
    pub gossip: Traffic,
    /// Of one node, what its core is given from now on, so that it can be done again.
    pub record: Option<(usize, Vec<(Now, Input)>)>,
    /// All nodes are on one local network, and their cores are told so.
    pub nearby: bool,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World(seed {}, at {} ms)", self.seed, self.now)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {} at {} ms: replay with BIVOUAC_SEED={}", self.seed, self.now, self.seed);
        }
    }
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            dice: Dice::new(seed),
            now: 0,
            nodes: Vec::new(),
            net: Network::default(),
            facts: Facts::default(),
            liars: BTreeSet::new(),
            handled: 0,
            sync_ms: 5,
            reach: None,
            gossip: Traffic::default(),
            record: None,
            nearby: false,
            queue: BTreeMap::new(),
            order: 0,
        }
    }

    /// A world of people with right clocks on a fair network, all started and connected.
    #[must_use]
    pub fn of(seed: u64, people: usize) -> Self {
        let mut world = Self::new(seed);
        for i in 0..people {
            world.add(person(i), 0);
        }
        world
    }

    /// Adds a node, starts it and connects it to all others. Gives its number.
    pub fn add(&mut self, person: &'static Person, skew: i64) -> usize {
        let dice = self.dice.fork();
        self.nodes.push(Node::new(person, skew, dice));
        let node = self.nodes.len() - 1;
        self.start(node);
        node
    }

    /// Those a node can be connected to.
    fn around(&self, node: usize) -> Vec<usize> {
        let reaches = |peer: usize| {
            let (low, high) = (node.min(peer), node.max(peer));
            low != high && self.reach.as_ref().is_none_or(|reach| reach[high].contains(&low))
        };
        (0..self.nodes.len()).filter(|peer| reaches(*peer)).collect()
    }

    /// The node of a device.
    #[must_use]
    pub fn node_of(&self, device: &DeviceId) -> Option<usize> {
        self.nodes.iter().position(|node| node.person.device == *device)
    }

    /// The device of a node.
    #[must_use]
    pub fn device(&self, node: usize) -> DeviceId {
        self.nodes[node].person.device
    }

    // ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn plan(&mut self, delay: u64, what: Happening) {
        self.queue.insert((self.now.saturating_add(delay), self.order), what);
        self.order += 1;
    }

    /// Lets the next thing happen, if it happens by `until`. Gives whether it did.
    pub fn step(&mut self, until: u64) -> bool {
        match self.queue.first_key_value() {
            Some(((at, _), _)) if *at <= until => {}
            _ => {
                self.now = self.now.max(until);
                return false;
            }
        }
        if let Some(((at, _), what)) = self.queue.pop_first() {
            self.now = at;
            self.happen(what);
        }
        true
    }

    /// Lets this many milliseconds pass.
    pub fn run(&mut self, ms: u64) {
        let until = self.now + ms;
        while self.step(until) {}
    }

    /// Lets time pass until something holds, but no more than this many milliseconds. Gives whether it holds.
    pub fn run_until(&mut self, ms: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let until = self.now + ms;
        loop {
            if holds(self) {
                return true;
            }
            if !self.step(until) {
                return holds(self);
            }
        }
    }

    // ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Starts a process that is not running.
    pub fn start(&mut self, i: usize) {
        let now = self.now;
        let node = &mut self.nodes[i];
        if node.core.is_some() {
            return;
        }
        node.booted = now;
        node.booted_wall = node.wall(now);
        let opened = match node.open() {
            Err(OpenError::Damaged(_)) if node.spoilt => node.salvage(now).and_then(|()| node.open()),
            opened => opened,
        };
        match opened {
            Ok(core) => node.core = Some(core),
            Err(error) => {
                self.facts.violations.push(format!("node {i}: the store does not open after a crash: {error}"));
                return;
            }
        }
        self.input(i, Input::Addresses(Vec::new()));
        for peer in self.around(i) {
            let delay = self.dice.below(30);
            self.plan(delay, Happening::Meet(i, peer));
        }
    }

    /// Kills a process: what was not synced never was.
    pub fn crash(&mut self, i: usize) {
        self.nodes[i].disk.lose_power();
        self.nodes[i].forget();
        for peer in self.around(i) {
            if let Some(connection) = self.net.disconnect(i, peer) {
                let delay = self.dice.below(400);
                self.plan(delay, Happening::Down { node: peer, peer: i, connection });
            }
        }
    }

    /// Kills a process and damages its disk, or loses it. What nobody else has is gone.
    pub fn spoil(&mut self, i: usize) {
        self.crash(i);
        let (ops, keys) = self.nodes[i].disk.held();
        let others = self.nodes.iter().enumerate().filter(|(other, _)| *other != i);
        let others: Vec<_> = others.map(|(other, node)| (other, node.disk.held())).collect();
        let node = &mut self.nodes[i];
        node.disk.spoil(&mut self.dice);
        let (left, _) = node.disk.held();
        // A control op that is lost to all would leave messages that cite it unprovable for ever.
        let alone = |id: &OpId| others.iter().all(|(_, (theirs, _))| !theirs.contains_key(id));
        let unprovable = ops.iter().any(|(id, control)| *control && !left.contains_key(id) && alone(id));
        if unprovable || self.dice.chance(300) {
            node.replace_disk();
        } else {
            node.spoilt = true;
            // As after every crash of a real node: what is gone may be what it wrote last.
            node.incarnation += 1;
        }
        for id in ops.into_keys() {
            let holders = others.iter().filter(|(_, (theirs, _))| theirs.contains_key(&id)).map(|(other, _)| *other);
            self.facts.damaged.entry(id).or_default().push(holders.collect());
        }
        let alone = |id: &EpochId| others.iter().all(|(_, (_, theirs))| !theirs.contains(id));
        self.facts.doomed_keys.extend(keys.into_iter().filter(alone));
    }

    /// Kills a process and takes its disk away.
    pub fn lose_disk(&mut self, i: usize) {
        self.crash(i);
        self.nodes[i].replace_disk();
    }

    /// Ends a process that found a record it could not read, and starts it on what can be read.
    fn rebuild(&mut self, i: usize) {
        self.crash(i);
        match self.nodes[i].salvage(self.now) {
            Ok(()) => self.start_in(i, 500),
            Err(error) => self.facts.violations.push(format!("node {i}: the store cannot be rebuilt: {error}")),
        }
    }

    /// Notices damage that nothing has read yet.
    pub fn check(&mut self, i: usize) {
        if self.nodes[i].spoilt {
            self.rebuild(i);
        }
    }

    /// Starts a process later.
    pub fn start_in(&mut self, i: usize, ms: u64) {
        self.plan(ms, Happening::Start(i));
    }

    // ── the network ───────────────────────────────────────────────────────────────────────────────────────────────

    /// Breaks a connection: both sides learn of it, each in its time. Without a partition they meet again.
    pub fn flap(&mut self, a: usize, b: usize) {
        if let Some(connection) = self.net.disconnect(a, b) {
            for (node, peer) in [(a, b), (b, a)] {
                let delay = self.dice.below(300);
                self.plan(delay, Happening::Down { node, peer, connection });
            }
            let delay = self.dice.between(20, 3_000);
            self.plan(delay, Happening::Meet(a, b));
        }
    }

    /// Cuts or mends the link between two nodes.
    pub fn cut(&mut self, a: usize, b: usize, cut: bool) {
        self.net.link(a, b).cut = cut;
        if cut {
            self.flap(a, b);
        } else {
            let delay = self.dice.below(2_000);
            self.plan(delay, Happening::Meet(a, b));
        }
    }

    /// Cuts every link between the two sides and mends all others.
    pub fn split(&mut self, side: &BTreeSet<usize>) {
        for a in 0..self.nodes.len() {
            for b in 0..a {
                let apart = side.contains(&a) != side.contains(&b);
                if self.net.link(a, b).cut != apart {
                    self.cut(a, b, apart);
                }
            }
        }
    }

    fn meet(&mut self, a: usize, b: usize) {
        if self.nodes[a].core.is_none() || self.nodes[b].core.is_none() {
            return;
        }
        if let Some(connection) = self.net.connect(a, b) {
            for (node, peer) in [(a, b), (b, a)] {
                let delay = self.dice.below(20);
                self.plan(delay, Happening::Up { node, peer, connection });
            }
        }
    }

    /// Whether a message on a connection fares through now, and how long it takes.
    fn fare(&mut self, a: usize, b: usize, connection: u64) -> Option<u64> {
        let link = *self.net.link(a, b);
        if link.connection != Some(connection) || self.dice.chance(link.weather.loss) {
            return None;
        }
        Some(link.weather.latency + self.dice.below(link.weather.jitter + 1))
    }

    fn alive(&mut self, a: usize, b: usize, connection: u64) -> bool {
        self.net.link(a, b).connection == Some(connection) && self.nodes[a].core.is_some()
    }

    /// Hands a gossip message to one peer, as any neighbour could.
    pub fn whisper(&mut self, from: usize, to: usize, topic: Topic, bytes: &Arc<[u8]>) {
        let Some(connection) = self.nodes[from].peers.get(&to).copied() else { return };
        let twice = self.net.link(from, to).weather.twice;
        for again in [false, true] {
            if (!again || self.dice.chance(twice))
                && let Some(delay) = self.fare(from, to, connection)
            {
                let bytes = Arc::clone(bytes);
                self.plan(delay, Happening::Gossip { to, from, connection, topic, bytes, again });
            }
        }
    }

    fn flood(&mut self, from: usize, except: Option<usize>, topic: Topic, bytes: &Arc<[u8]>) {
        let peers: Vec<usize> = self.nodes[from].peers.keys().copied().collect();
        for to in peers {
            if Some(to) != except && self.nodes[to].topics.contains(&topic) {
                self.whisper(from, to, topic, bytes);
            }
        }
    }

    // ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Gossip { to, from, connection, topic, bytes, again } => {
                if self.alive(to, from, connection) && self.nodes[to].topics.contains(&topic) {
                    self.gossip(to, from, connection, topic, bytes, again);
                }
            }
            Happening::Request { to, from, connection, id, bytes } => {
                if self.alive(to, from, connection) {
                    self.up(to, from, connection);
                    self.request(to, from, connection, id, bytes);
                }
            }
            Happening::Response { to, from, connection, id, bytes } => {
                if self.alive(to, from, connection) && self.nodes[to].outstanding.remove(&id).is_some() {
                    let from = self.device(from);
                    self.input(to, Input::Response { id, from, bytes: Some(bytes) });
                }
            }
            Happening::Timeout { node, run, id } => {
                if self.nodes[node].run == run {
                    self.fail(node, id);
                }
            }
            Happening::Synced { node, run } => {
                if self.nodes[node].run == run && self.nodes[node].core.is_some() {
                    self.nodes[node].disk.sync();
                    self.nodes[node].syncing = false;
                    while let Some(effect) = self.nodes[node].waiting.pop_front() {
                        self.carry_out(node, effect);
                    }
                }
            }
            Happening::Wake { node, run, at } => {
                let it = &mut self.nodes[node];
                if it.run == run && it.wake_at == Some(at) {
                    it.wake_at = None;
                    self.input(node, Input::Tick);
                }
            }
            Happening::Up { node, peer, connection } => {
                if self.alive(node, peer, connection) {
                    self.up(node, peer, connection);
                }
            }
            Happening::Down { node, peer, connection } => self.down(node, peer, connection),
            Happening::Meet(a, b) => self.meet(a, b),
            Happening::Start(node) => self.start(node),
        }
    }

    fn up(&mut self, node: usize, peer: usize, connection: u64) {
        let known = self.nodes[node].peers.get(&peer).copied();
        if known.is_some_and(|known| known >= connection) {
            return;
        }
        if let Some(old) = known {
            self.down(node, peer, old);
        }
        self.nodes[node].peers.insert(peer, connection);
        let device = self.device(peer);
        self.input(node, Input::Connected(device));
        if self.nearby {
            self.input(node, Input::Nearby(device));
        }
    }

    fn down(&mut self, node: usize, peer: usize, connection: u64) {
        if self.nodes[node].peers.get(&peer) != Some(&connection) {
            return;
        }
        let lost: Vec<u64> =
            self.nodes[node].outstanding.iter().filter(|(_, to)| **to == peer).map(|(id, _)| *id).collect();
        for id in lost {
            self.fail(node, id);
        }
        self.nodes[node].peers.remove(&peer);
        let device = self.device(peer);
        self.input(node, Input::Disconnected(device));
    }

    fn fail(&mut self, node: usize, id: u64) {
        if let Some(to) = self.nodes[node].outstanding.remove(&id) {
            let from = self.device(to);
            self.input(node, Input::Response { id, from, bytes: None });
        }
    }

    fn gossip(&mut self, to: usize, from: usize, connection: u64, topic: Topic, bytes: Arc<[u8]>, again: bool) {
        let id = hash(Context::Fingerprint, &[&topic.0[..], &bytes].concat());
        let new = self.nodes[to].seen.insert(id);
        self.gossip.came += 1;
        self.gossip.new += u64::from(new);
        if !new && !again {
            return;
        }
        self.up(to, from, connection);
        let device = self.device(from);
        let it = &mut self.nodes[to];
        let token = it.next_token;
        it.next_token += 1;
        it.unjudged.insert(token, (from, topic, Arc::clone(&bytes)));
        self.input(to, Input::Gossip { from: device, topic, bytes: bytes.to_vec(), token });
        if self.nodes[to].unjudged.remove(&token).is_some() {
            self.facts.violations.push(format!("node {to} did not judge a gossip message"));
        }
    }

    fn request(&mut self, to: usize, from: usize, connection: u64, id: u64, bytes: Vec<u8>) {
        let device = self.device(from);
        if let Some(tamper) = &mut self.nodes[to].tamper
            && let Some(answer) = tamper(device, &bytes)
        {
            if let Some(bytes) = answer
                && let Some(delay) = self.fare(to, from, connection)
            {
                self.plan(delay, Happening::Response { to: from, from: to, connection, id, bytes });
            }
            return;
        }
        let it = &mut self.nodes[to];
        let token = it.next_token;
        it.next_token += 1;
        it.asking.insert(token, (from, connection, id));
        self.input(to, Input::Request { from: device, bytes, token });
    }

    /// Hands an input to a core and takes its effects in.
    pub fn input(&mut self, i: usize, input: Input) {
        let now = self.now;
        let node = &mut self.nodes[i];
        let clocks = node.clocks(now);
        let Some(core) = &mut node.core else { return };
        if let Some((_, inputs)) = self.record.as_mut().filter(|(of, _)| *of == i) {
            inputs.push((clocks, input.clone()));
        }
        self.handled += 1;
        let effects = core.handle(clocks, &mut node.dice.0, &node.disk, input);
        for effect in effects {
            self.take(i, effect);
        }
        let node = &mut self.nodes[i];
        let wake = node.core.as_ref().and_then(Core::next_wake).map(|mono| node.when(mono).max(now + 1));
        if wake != node.wake_at {
            node.wake_at = wake;
            if let Some(at) = wake {
                let run = node.run;
                self.plan(at - now, Happening::Wake { node: i, run, at });
            }
        }
    }

    /// What the committer does: writes at once, verdicts at once, everything else behind the sync, in order.
    pub(super) fn take(&mut self, i: usize, effect: Effect) {
        match effect {
            Effect::Write(batch) => {
                self.nodes[i].disk.write(batch);
                if !self.nodes[i].syncing {
                    self.nodes[i].syncing = true;
                    let delay = self.dice.between(0, self.sync_ms);
                    let run = self.nodes[i].run;
                    self.plan(delay, Happening::Synced { node: i, run });
                }
            }
            Effect::Judge(token, verdict) => {
                if let Some((from, topic, bytes)) = self.nodes[i].unjudged.remove(&token)
                    && verdict == Verdict::Accept
                {
                    self.flood(i, Some(from), topic, &bytes);
                }
            }
            effect if self.nodes[i].syncing => self.nodes[i].waiting.push_back(effect),
            effect => self.carry_out(i, effect),
        }
    }

    fn carry_out(&mut self, i: usize, effect: Effect) {
        match effect {
            Effect::Write(_) | Effect::Judge(..) => {}
            Effect::Publish(topic, bytes) => {
                if self.nodes[i].mute {
                    return;
                }
                if let Some(Envelope::Op(entry)) = Envelope::from_bytes(&bytes) {
                    self.left(i, &entry);
                }
                let bytes: Arc<[u8]> = bytes.into();
                self.nodes[i].seen.insert(hash(Context::Fingerprint, &[&topic.0[..], &bytes].concat()));
                self.flood(i, None, topic, &bytes);
            }
            Effect::Request { to, id, bytes } => {
                let Some(peer) = self.node_of(&to) else { return };
                self.nodes[i].outstanding.insert(id, peer);
                match self.nodes[i].peers.get(&peer).copied() {
                    None => self.plan(0, Happening::Timeout { node: i, run: self.nodes[i].run, id }),
                    Some(connection) => {
                        if let Some(delay) = self.fare(i, peer, connection) {
                            self.plan(delay, Happening::Request { to: peer, from: i, connection, id, bytes });
                        }
                        let run = self.nodes[i].run;
                        self.plan(REQUEST_MS, Happening::Timeout { node: i, run, id });
                    }
                }
            }
            Effect::Respond(token, bytes) => {
                if let Some(Response::Range(entries)) = Response::from_bytes(&bytes) {
                    for entry in &entries {
                        self.left(i, entry);
                    }
                }
                if let Some((to, connection, id)) = self.nodes[i].asking.remove(&token)
                    && let Some(delay) = self.fare(i, to, connection)
                {
                    self.plan(delay, Happening::Response { to, from: i, connection, id, bytes });
                }
            }
            Effect::Subscribe(topic) => {
                self.nodes[i].topics.insert(topic);
            }
            Effect::Unsubscribe(topic) => {
                self.nodes[i].topics.remove(&topic);
            }
            Effect::Keep(_) | Effect::Drop(_) | Effect::Dial(_) => {}
            Effect::Discard(files) => self.nodes[i].discarded.extend(files),
            Effect::Guilds(guilds) => self.nodes[i].guilds = guilds,
            Effect::Rebuild => self.rebuild(i),
            Effect::Event(event) => self.told(i, event),
            Effect::Done(id, answer) => self.answered(i, id, answer),
        }
    }

    /// An op leaves a process. Whatever its author once let out at a place must stand there for ever.
    fn left(&mut self, i: usize, entry: &Entry) {
        let h = &entry.header;
        if h.log.device != self.nodes[i].person.device || self.liars.contains(&i) {
            return;
        }
        let id = h.id();
        let stands = *self.facts.published.entry((h.log, h.audience, h.seq)).or_insert(id);
        if stands != id {
            self.facts.violations.push(format!("node {i} contradicts itself at {:?} {}", h.audience, h.seq));
        }
    }

    fn told(&mut self, i: usize, event: Event) {
        match &event {
            Event::Message { message, .. } if self.nodes[i].told.insert(message.id, self.now).is_some() => {
                self.facts.violations.push(format!("node {i} was told {:?} twice", message.id));
            }
            Event::Guild { guild, member: false, .. } => drop(self.nodes[i].out.insert(*guild)),
            // A guild given back is read, not announced, as when it was joined; so is one that lets us in again.
            Event::Guild { guild, member: true, .. } if self.nodes[i].out.remove(guild) | self.nodes[i].lost => {
                let wall = self.nodes[i].wall(self.now);
                self.nodes[i].joined.insert(*guild, wall);
                self.nodes[i].joined_at = self.now;
                self.nodes[i].lost = false;
            }
            Event::Warning { kind, message } => self.nodes[i].warnings.push((kind, message.clone())),
            _ => {}
        }
        self.nodes[i].events.push(event);
    }

    fn answered(&mut self, i: usize, id: u64, answer: Result<Reply, CommandError>) {
        let wall = self.nodes[i].wall(self.now);
        let Some(asked) = self.nodes[i].asked.remove(&id) else {
            self.facts.violations.push(format!("node {i} answers command {id}, which was not open"));
            return;
        };
        match (&answer, asked.command) {
            (Ok(Reply::Posted(message)), Command::Post { channel, text, .. }) => {
                self.facts.acknowledged.push(Acknowledged { node: i, id: *message, channel, text, at: self.now });
            }
            (Ok(Reply::Joined(guild)), _) | (Ok(Reply::Guild { guild, .. }), _) => {
                self.nodes[i].joined.insert(*guild, wall);
                self.nodes[i].joined_at = self.now;
            }
            _ => {}
        }
        self.nodes[i].done.insert(id, answer);
    }

    // ── users ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// A user wants something. Gives the number the answer will have; `None` where the process is not running.
    pub fn ask(&mut self, i: usize, command: Command) -> Option<u64> {
        let node = &mut self.nodes[i];
        node.core.as_ref()?;
        let id = node.next_command;
        node.next_command += 1;
        if let Command::Edit { message, .. } | Command::Delete { message } = &command {
            self.facts.touched.insert(*message);
        }
        node.asked.insert(id, Asked { command: command.clone(), run: node.run });
        self.input(i, Input::Command(id, command));
        Some(id)
    }

    /// Asks and waits for the answer, up to 30 virtual seconds.
    pub fn want(&mut self, i: usize, command: Command) -> Option<Result<Reply, CommandError>> {
        let id = self.ask(i, command)?;
        self.run_until(30_000, |world| world.nodes[i].done.contains_key(&id) || world.nodes[i].core.is_none());
        self.nodes[i].done.get(&id).cloned()
    }

    /// What a core answers.
    #[must_use]
    pub fn query(&self, i: usize, query: Query) -> Option<Answer> {
        let node = &self.nodes[i];
        node.core.as_ref()?.query(&node.disk, query).ok()
    }

    /// Whether all connected nodes were told of each other.
    #[must_use]
    pub fn is_member(&self, i: usize, guild: GuildId) -> bool {
        match self.query(i, Query::Guild(guild)) {
            Some(Answer::Guild(view)) => view.law.members.contains_key(&view.me),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Batch, Table};

    #[test]
    fn a_store_that_cannot_be_rebuilt_is_begun_anew() {
        let mut world = World::of(1, 1);
        world.run(1_000);
        let garbage = ((Table::Segment, vec![0; 12]), Some(b"garbage".to_vec()));
        world.nodes[0].disk.write(Batch(BTreeMap::from([garbage])));
        world.nodes[0].disk.sync();
        let before = world.nodes[0].incarnation;
        world.rebuild(0);
        world.run(1_000);
        assert!(world.nodes[0].core.is_some() && world.nodes[0].incarnation > before);
        assert_eq!(world.facts.violations, Vec::<String>::new());
    }
}
