//! What is said and not kept: that somebody is writing, and between one's own devices how far each channel is read.
//!
//! A [`Passing`] is sealed under the epoch that its audience sends on, with a key of its own, and signed by its device inside: a
//! stranger who listens to the topic learns neither who writes nor where.

use bivouac_crypto::{
    Blob, Bounded, CryptoRng, DeviceId, Domain, EpochId, EpochSecret, SealKey, SigningKey, canonical,
};

use crate::{
    budget::{self, Speaker},
    guild::Marker,
    io::{Effect, Event, Verdict},
    me::Cx,
    model::{ChannelId, GuildId, Permissions},
    session::Job,
    state::State,
    table::Damaged,
    wire::{Envelope, MAX_MARKERS, MAX_PASSING, Marked, Murmur, Passing, Request, Response},
};

/// How often I say that I am writing in a channel, and how often another is heard to, at most.
const TYPING_MS: u64 = 3_000;
/// How far clocks may be apart.
const SKEW_MS: u64 = 5 * 60_000;
/// Devices and channels remembered.
const HEARD_MAX: usize = 4_096;

impl State {
    /// Tells the readers of a channel that I am writing in it, unless I just did.
    pub(crate) fn murmur(&mut self, cx: &mut Cx<'_>, id: GuildId, channel: ChannelId, says: Murmur) {
        if self.is_repeated(cx, cx.me.device, channel, cx.now.wall_ms) {
            return;
        }
        let Some(guild) = self.guilds.get(&id) else { return };
        // Where there is nothing to send on it is not worth a new epoch.
        let Some((epoch, secret)) = guild.sending(guild.audience_of(&channel), cx.now.wall_ms) else { return };
        let sealed = pass(cx.rng, &cx.me.key, (id, epoch, secret), cx.now.wall_ms, says);
        if let (Some(sealed), Some(topic)) = (sealed, guild.keys.topic(&epoch)) {
            let bytes = Envelope::Passing { guild: id, epoch, sealed }.to_bytes();
            cx.out.push(Effect::Publish(topic, bytes));
        }
    }

    /// Takes what somebody said in passing.
    pub(crate) fn heard(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        (id, epoch): (GuildId, EpochId),
        sealed: &[u8],
    ) -> Verdict {
        let Some(guild) = self.guilds.get(&id) else { return Verdict::Ignore };
        let (Some(secret), Some((audience, _))) = (guild.keys.secret(&epoch), guild.keys.place(&epoch)) else {
            return Verdict::Ignore;
        };
        let (cost, relay) = (sealed.len() as u64 + budget::OP, Speaker::Relay(from));
        if !self.said.may(cx.now.mono_ms, relay, cost) {
            return Verdict::Ignore;
        }
        let passing = match open(secret, id, epoch, sealed) {
            None => return Verdict::Reject,
            // Of a later version.
            Some(None) => return Verdict::Ignore,
            Some(Some(passing)) => passing,
        };
        let Passing { device, at_ms, says, signature } = passing;
        let Some(user) = guild.member_of(&device) else { return Verdict::Ignore };
        let known = device.0.verify(Domain::Passing, &signed(id, epoch, device, at_ms, says), &signature);
        if known.is_err() {
            return Verdict::Reject;
        }
        let Murmur::Typing { channel, thread } = says;
        let needs = if thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        let fits = guild.audience_of(&channel) == audience && guild.permissions_in(&user, &channel).allows(needs);
        let silenced = guild.is_silenced(&user, cx.now.wall_ms);
        let told = user != cx.me.user && guild.sees(&cx.me.user, &channel);
        let fresh = at_ms.abs_diff(cx.now.wall_ms) <= SKEW_MS;
        let speaker = Speaker::Author(device);
        // What is said once can be sealed again by any reader: whoever hands that on pays for it.
        let again = self.murmured.get(&(device, channel)).is_some_and(|(_, before)| *before >= at_ms);
        if again || !fresh || !fits || silenced || !self.said.may(cx.now.mono_ms, speaker, cost) {
            self.said.charge(cx.now.mono_ms, relay, cost);
            return Verdict::Ignore;
        }
        self.said.charge(cx.now.mono_ms, speaker, cost);
        if self.is_repeated(cx, device, channel, at_ms) {
            return Verdict::Ignore;
        }
        if told {
            cx.out.push(Effect::Event(Event::Typing { guild: id, channel, thread, user }));
        }
        Verdict::Accept
    }

    /// Whether a device said this of a channel a moment ago. If not, it has now.
    fn is_repeated(&mut self, cx: &Cx<'_>, device: DeviceId, channel: ChannelId, at_ms: u64) -> bool {
        let now = cx.now.mono_ms;
        if self.murmured.len() >= HEARD_MAX {
            self.murmured.retain(|_, (at, _)| *at + TYPING_MS > now);
        }
        let known = self.murmured.get(&(device, channel)).is_some_and(|(at, _)| *at + TYPING_MS > now);
        if !known && self.murmured.len() < HEARD_MAX {
            self.murmured.insert((device, channel), (now, at_ms));
        }
        known
    }

    // ── between my own devices ────────────────────────────────────────────────────────────────────────────────────────

    /// Tells my other devices how far channels are read: this one, or all.
    pub(crate) fn share_markers(&mut self, cx: &mut Cx<'_>, to: Option<DeviceId>, all: Vec<Marked>) {
        let mine = |device: &DeviceId| self.guilds.values().any(|guild| guild.member_of(device) == Some(cx.me.user));
        let devices: Vec<DeviceId> = match to {
            Some(device) => Some(device).into_iter().filter(mine).collect(),
            None => self.sessions.keys().copied().filter(mine).collect(),
        };
        for device in devices {
            for some in all.chunks(MAX_MARKERS) {
                if let Ok(some) = Bounded::try_from(some.to_vec()) {
                    self.ask(cx, device, Job::Read, &Request::Read(some));
                }
            }
        }
    }

    /// How far every channel is read.
    pub(crate) fn markers(&self, cx: &Cx<'_>) -> Result<Vec<Marked>, Damaged> {
        let mut all = Vec::new();
        for guild in self.guilds.values() {
            all.extend(guild.markers(&cx.tx)?);
        }
        Ok(all)
    }

    /// Takes the markers of another device of mine; gives those that are newer here.
    pub(crate) fn serve_read(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        marked: &[Marked],
    ) -> Result<Response, Damaged> {
        let mut newer = Vec::new();
        for theirs in marked {
            let Some(guild) = self.guilds.get(&theirs.guild) else { continue };
            if guild.member_of(&from) != Some(cx.me.user) || from == cx.me.device {
                return Ok(Response::Refused);
            }
            if self.read_only || !guild.law.channels.contains_key(&theirs.channel) {
                continue;
            }
            let known = guild.marker(&cx.tx, theirs.channel)?;
            let marker = Marker { set_ms: theirs.set_ms, read: theirs.read };
            match known.filter(|known| *known > marker) {
                Some(Marker { set_ms, read }) => newer.push(Marked { set_ms, read, ..*theirs }),
                None => drop(guild.mark_read(cx, theirs.channel, marker)?),
            }
        }
        Ok(Response::Read(Bounded::try_from(newer).unwrap_or_default()))
    }
}

/// The key of what is said in passing under an epoch.
fn seal_key(secret: &EpochSecret) -> SealKey {
    secret.message_key(b"passing")
}

/// Signs and seals it.
pub(crate) fn pass(
    rng: &mut dyn CryptoRng,
    key: &SigningKey,
    (guild, epoch, secret): (GuildId, EpochId, &EpochSecret),
    at_ms: u64,
    says: Murmur,
) -> Option<Blob<MAX_PASSING>> {
    let device = DeviceId(key.public());
    let signature = key.sign(Domain::Passing, &signed(guild, epoch, device, at_ms, says));
    let passing = canonical::encode(&Passing { device, at_ms, says, signature });
    seal_key(secret).seal(rng, &canonical::encode(&(guild, epoch)), &passing).try_into().ok()
}

/// Opens it; within, `None` where what is in it is not known.
pub(crate) fn open(secret: &EpochSecret, guild: GuildId, epoch: EpochId, sealed: &[u8]) -> Option<Option<Passing>> {
    let plain = seal_key(secret).open(&canonical::encode(&(guild, epoch)), sealed).ok()?;
    Some(canonical::decode(&plain, MAX_PASSING).ok())
}

fn signed(guild: GuildId, epoch: EpochId, device: DeviceId, at_ms: u64, says: Murmur) -> Vec<u8> {
    canonical::encode(&(guild, epoch, device, at_ms, says))
}
