//! A camp to be spoilt: honest people in a guild, the last of them a liar.

use bivouac_core::{
    authority,
    io::{Command, Reply},
    model::{ChannelId, GuildId},
    sim::World,
    wire::Envelope,
};
use bivouac_crypto::{Blob, Bounded, EpochId, EpochSecret, canonical};

/// A guild in fair weather.
pub(crate) struct Camp {
    pub(crate) world: World,
    pub(crate) guild: GuildId,
    pub(crate) channel: ChannelId,
    /// The last node.
    pub(crate) liar: usize,
    /// A link that anyone can use.
    pub(crate) link: String,
}

impl Camp {
    /// People in a guild, all of whom have said something. Node 0 is the owner.
    pub(crate) fn new(people: usize) -> Self {
        let mut world = World::of(7, people);
        world.run(500);
        let (guild, channel) = match world.want(0, Command::CreateGuild { name: "camp".to_owned() }) {
            Some(Ok(Reply::Guild { guild, channel })) => (guild, channel),
            other => panic!("{other:?}"),
        };
        let mut camp = Self { world, guild, channel, liar: people - 1, link: String::new() };
        camp.link = camp.invite(0, None, None);
        for who in 1..people {
            camp.join(who);
        }
        camp.world.run(1_000);
        for who in 0..people {
            camp.say(who, &format!("hello from {who}"));
        }
        camp.world.run(2_000);
        let liar = camp.liar;
        camp.world.distrust(liar);
        camp
    }

    pub(crate) fn invite(&mut self, by: usize, max_uses: Option<u32>, expires_in_ms: Option<u64>) -> String {
        let ask = Command::CreateInvite { guild: self.guild, max_uses, expires_in_ms, roles: Vec::new() };
        match self.world.want(by, ask) {
            Some(Ok(Reply::Invite { link, .. })) => link,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn join(&mut self, who: usize) {
        let ask = Command::Join { link: self.link.clone(), timeout_ms: 20_000 };
        let answer = self.world.want(who, ask);
        assert!(matches!(answer, Some(Ok(Reply::Joined(_)))), "{who}: {answer:?}");
    }

    pub(crate) fn order(&mut self, by: usize, command: Command) {
        let answer = self.world.want(by, command);
        assert!(matches!(answer, Some(Ok(_))), "{answer:?}");
    }

    pub(crate) fn say(&mut self, who: usize, text: &str) {
        let ask = Command::Post {
            channel: self.channel,
            text: text.to_owned(),
            reply_to: None,
            thread: None,
            files: Vec::new(),
        };
        self.order(who, ask);
    }

    pub(crate) fn make_admin(&mut self, who: usize) {
        let (role, user) = (authority::admin(self.guild), self.user(who));
        self.order(0, Command::AssignRole { guild: self.guild, role, user, held: true });
        self.world.run(1_000);
    }

    pub(crate) fn kick(&mut self, by: usize, who: usize) {
        let user = self.user(who);
        self.order(by, Command::Kick { guild: self.guild, user, reason: None });
    }

    /// Hands some the secret of an epoch, each wrapped for them.
    pub(crate) fn hand(&mut self, by: usize, to: &[usize], epoch: EpochId, secret: &EpochSecret) {
        let mut dice = self.world.lies();
        let wraps = to.iter().map(|who| {
            let (user, person) = (self.user(*who), self.world.nodes[*who].person);
            let (info, aad) = (canonical::encode(&(self.guild, epoch)), canonical::encode(&user));
            let kem = person.chain.verify().unwrap().kem().clone();
            let wrap = bivouac_crypto::wrap(&mut dice, &kem, &info, &aad, &secret.to_bytes()[..]).unwrap();
            (user, Blob::try_from(wrap).unwrap())
        });
        let wraps = Bounded::try_from(wraps.collect::<Vec<_>>()).unwrap();
        self.world.tell_bytes(by, to, &Envelope::Wraps { guild: self.guild, epoch, wraps }.to_bytes());
    }

    pub(crate) fn user(&self, who: usize) -> bivouac_crypto::UserId {
        self.world.nodes[who].person.user
    }

    /// Nodes that never lie.
    pub(crate) fn honest(&self) -> Vec<usize> {
        (0..self.world.nodes.len()).filter(|i| *i != self.liar).collect()
    }

    /// Whether a user is a member by the owner's law.
    pub(crate) fn has(&self, who: usize) -> bool {
        self.world.law(0, self.guild).unwrap().members.contains_key(&self.user(who))
    }

    /// Honest members go on talking, agree, have lost nothing, and hold no more in memory than they may.
    pub(crate) fn peace(&mut self) {
        self.world.run(20_000);
        for who in self.world.members(0, self.guild) {
            self.say(who, &format!("still here: {who}"));
        }
        let settled = self.world.settle(0, self.guild, 240_000);
        let mut wrong = self.world.judge(0, self.guild);
        wrong.extend(settled.err());
        for i in self.honest() {
            let stats = self.world.stats(i);
            if stats.parked > 4_200 || stats.parked_bytes > 16 << 20 || stats.requests > 100 {
                wrong.push(format!("node {i} holds {stats:?}"));
            }
        }
        if !wrong.is_empty() {
            for i in self.honest() {
                wrong.push(format!("node {i}\n{}", self.world.explain(i, self.guild)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The same again after every honest node was restarted.
    pub(crate) fn peace_after_restart(&mut self) {
        self.peace();
        for i in self.honest() {
            self.world.crash(i);
            self.world.start(i);
        }
        self.world.run(2_000);
        self.peace();
    }
}
