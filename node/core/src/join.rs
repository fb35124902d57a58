//! Joining by link: finding a member who knows the invite, proving that we hold it, and being admitted.
//!
//! ```text
//!  guest ── Knock(tag of the invite, bound to both devices) ─▶ anybody reachable ── yes ─▶ guest
//!  guest ── Join(invite key, identity, proof) ─▶ member: checks, signs Admit, durable ── keys ─▶ guest ─▶ sync
//! ```
//!
//! A knock tells a stranger nothing: without the invite the tag is noise.

use std::collections::BTreeSet;

use bivouac_crypto::{
    Blob, Bounded, DeviceId, Domain, EpochId, IdentityChain, PublicKey, Signature, SigningKey, Text, canonical, keyed,
};
use data_encoding::BASE64URL_NOPAD;
use minicbor::{Decode, Encode};

use crate::{
    authority,
    guild::Guild,
    io::{CommandError, Effect, ErrorKind, Reason, Reply},
    me::Cx,
    model::GuildId,
    op::{Act, Acting, Audience, MAX_REFS, invite_proof},
    session::Job,
    state::{State, Timer},
    table::Damaged,
    wire::{Admission, MAX_WRAP, Request, Response, Tag},
};

const SCHEME: &str = "bivouac://join/";
/// Addresses a link carries, at most.
const MAX_ADDRESSES: usize = 8;
/// Longest link, in characters.
pub(crate) const MAX_LINK: usize = 8 * 1024;
/// Joins under way at once, at most.
const MAX_JOINS: usize = 16;
/// Time after which everybody reachable is asked again.
const RETRY_MS: u64 = 2_000;
/// How long keys that a peer gave are gone by while the law does not prove them. Who is asked for a guild that was lost
/// is asked again before.
const GIVEN_MS: u64 = 60_000;
/// Largest identity a guest may hand over, in bytes: it must fit an op.
pub(crate) const MAX_GUEST: usize = 32 * 1024;

/// What an invite link says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Link {
    #[n(0)]
    version: u8,
    #[n(1)]
    guild: GuildId,
    /// Seed of the invite key.
    #[cbor(n(2), with = "minicbor::bytes")]
    seed: [u8; 32],
    /// Devices of the inviter and of members that were online.
    #[n(3)]
    hosts: Bounded<DeviceId, 8>,
    #[n(4)]
    addresses: Bounded<Text<256>, MAX_ADDRESSES>,
}

/// A join under way.
pub(crate) struct Joining {
    guild: GuildId,
    key: SigningKey,
    pub(crate) hosts: BTreeSet<DeviceId>,
    /// The member we have asked to admit us.
    asked: Option<DeviceId>,
    /// Members who know the invite.
    willing: BTreeSet<DeviceId>,
    /// The member who says that we are in, as long as we go by their keys.
    admitted: Option<DeviceId>,
}

/// Makes the text of a link.
pub(crate) fn link(guild: GuildId, key: &SigningKey, hosts: Vec<DeviceId>, addresses: &[String]) -> String {
    let addresses: Vec<Text<256>> =
        addresses.iter().filter_map(|a| Text::try_from(a.clone()).ok()).take(MAX_ADDRESSES).collect();
    let link = Link {
        version: 1,
        guild,
        seed: *key.seed(),
        hosts: Bounded::try_from(hosts).unwrap_or_default(),
        addresses: Bounded::try_from(addresses).unwrap_or_default(),
    };
    format!("{SCHEME}{}", BASE64URL_NOPAD.encode(&canonical::encode(&link)))
}

fn parse(text: &str) -> Option<Link> {
    let bytes = BASE64URL_NOPAD.decode(text.trim().strip_prefix(SCHEME)?.trim_end_matches('/').as_bytes()).ok()?;
    canonical::decode::<Link>(&bytes, MAX_LINK).ok().filter(|link| link.version == 1)
}

/// Whether a text is a link.
pub(crate) fn is_link(text: &str) -> bool {
    text.len() <= MAX_LINK && parse(text).is_some()
}

/// Recognises an invite between two devices: noise to whoever does not know the invite.
fn knock_tag(key: &PublicKey, guest: DeviceId, member: DeviceId) -> Tag {
    mac(key, b"knock", guest, member)
}

/// The member's answer: proves that it, too, knows the invite.
fn answer_tag(key: &PublicKey, guest: DeviceId, member: DeviceId) -> Tag {
    mac(key, b"knocked", guest, member)
}

fn mac(key: &PublicKey, what: &[u8], guest: DeviceId, member: DeviceId) -> Tag {
    let place = [what, guest.as_bytes(), member.as_bytes()].concat();
    let digest = keyed(key.as_bytes(), &place);
    let mut tag = [0; 16];
    tag.copy_from_slice(&digest[..16]);
    tag
}

impl State {
    // ── the guest ─────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn join(&mut self, cx: &mut Cx<'_>, id: u64, text: &str, timeout_ms: u64) {
        let parsed = if text.len() > MAX_LINK { None } else { parse(text) };
        let Some(link) = parsed else {
            let message = "This is not an invite link. Paste the whole link; it begins with bivouac://join/.";
            return Self::refuse(cx, id, CommandError::new(ErrorKind::Invalid, Some("link"), message));
        };
        let key = SigningKey::from_seed(&link.seed);
        // A member who does not know the invite may have been away for long, and be none any more.
        if self.is_in(cx, link.guild, &key.public()) {
            cx.out.push(Effect::Done(id, Ok(Reply::Joined(link.guild))));
            return;
        }
        if self.joins.len() >= MAX_JOINS {
            return Self::refuse(cx, id, Reason::JoinsMost);
        }
        let joining = Joining {
            guild: link.guild,
            key,
            hosts: link.hosts.iter().copied().filter(|device| *device != cx.me.device).collect(),
            asked: None,
            willing: BTreeSet::new(),
            admitted: None,
        };
        self.joins.insert(id, joining);
        self.set(cx.now.mono_ms.saturating_add(timeout_ms), Timer::JoinEnds(id));
        self.set(cx.now.mono_ms + RETRY_MS, Timer::JoinRetry(id));
        let addresses = link.addresses.iter().map(|a| a.as_str().to_owned()).collect::<Vec<_>>();
        if !addresses.is_empty() {
            cx.out.push(Effect::Dial(addresses));
        }
        self.members_changed(cx);
        for device in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.knock(cx, device);
        }
    }

    /// Whether we are in a guild, by a law that tells of the invite.
    fn is_in(&self, cx: &Cx<'_>, guild: GuildId, invite: &PublicKey) -> bool {
        let guild = self.guilds.get(&guild).filter(|guild| guild.is_member(&cx.me.user));
        guild.is_some_and(|guild| guild.invite_keys().any(|(_, key)| key == invite))
    }

    /// Asks a peer about the invites we hold.
    pub(crate) fn knock(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        let me = cx.me.device;
        let open = self.joins.iter().filter(|(_, joining)| joining.admitted.is_none());
        let tags: Vec<(u64, Tag)> = open.map(|(id, j)| (*id, knock_tag(&j.key.public(), me, device))).collect();
        for (id, tag) in tags {
            self.ask(cx, device, Job::Knock(id), &Request::Knock(tag));
        }
    }

    pub(crate) fn knocked(&mut self, cx: &mut Cx<'_>, from: DeviceId, id: u64, tag: Option<Tag>) {
        let me = cx.me.device;
        let knows = |joining: &&mut Joining| tag == Some(answer_tag(&joining.key.public(), me, from));
        if let Some(joining) = self.joins.get_mut(&id).filter(knows) {
            joining.willing.insert(from);
            joining.hosts.insert(from);
            self.ask_admission(cx, id);
        }
    }

    fn ask_admission(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(joining) = self.joins.get_mut(&id) else { return };
        if joining.admitted.is_some() || joining.asked.is_some() {
            return;
        }
        let Some(to) = joining.willing.iter().find(|device| self.sessions.contains_key(device)).copied() else {
            return;
        };
        joining.asked = Some(to);
        let key = joining.key.public();
        let proof = joining.key.sign(Domain::Invite, &invite_proof(joining.guild, cx.me.user));
        let request = Request::Join { key, guest: cx.me.chain.clone(), proof };
        self.ask(cx, to, Job::Join(id), &request);
    }

    /// A member's answer to our request to be admitted.
    pub(crate) fn answered(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        id: u64,
        response: Option<Response>,
    ) -> Result<(), Damaged> {
        let Some(joining) = self.joins.get_mut(&id) else { return Ok(()) };
        joining.asked = None;
        let guild_id = joining.guild;
        let error: CommandError = match response {
            Some(Response::Join(Admission::Admitted { keys })) => {
                joining.admitted = Some(from);
                // Should this member go away before the law is read, the others know us as well.
                self.await_recall(cx, guild_id);
                return self.admitted(cx, from, guild_id, keys);
            }
            Some(Response::Join(Admission::Expired)) => {
                let message = "This invite has expired or was revoked. Ask for a new one.";
                CommandError::new(ErrorKind::InviteExpired, None, message)
            }
            Some(Response::Join(Admission::Used)) => {
                let message = "This invite has been used as often as it may. Ask for a new one.";
                CommandError::new(ErrorKind::InviteUsed, None, message)
            }
            Some(Response::Join(Admission::Banned)) => Reason::Removed.into(),
            Some(Response::Join(Admission::Invalid)) => Reason::NotAccepted.into(),
            _ => {
                // Busy, refused, or the connection went away: another member, or the same one in a while.
                joining.willing.remove(&from);
                self.ask_admission(cx, id);
                self.set(cx.now.mono_ms + RETRY_MS, Timer::JoinRetry(id));
                return Ok(());
            }
        };
        self.joins.remove(&id);
        Self::refuse(cx, id, error);
        Ok(())
    }

    /// Goes on with a guild that a peer says we are in: with the keys it gives we are known to it, and it shows the law.
    /// Until that proves the keys they are kept in memory only; a restart asks for the guild as for a lost one.
    pub(crate) fn admitted(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        id: GuildId,
        keys: Bounded<(EpochId, Blob<MAX_WRAP>), MAX_REFS>,
    ) -> Result<(), Damaged> {
        let guild = self.guilds.entry(id).or_insert_with(|| Guild::new(id, cx.now.wall_ms));
        guild.joined(cx);
        guild.given(cx, from, keys)?;
        self.timers.retain(|(_, timer)| *timer != Timer::Given(id, from));
        self.set(cx.now.mono_ms + GIVEN_MS, Timer::Given(id, from));
        self.greet(cx, from);
        Ok(())
    }

    /// Goes no longer by the keys that a peer gave: it went away, or what it promised did not come.
    pub(crate) fn distrust(&mut self, id: GuildId, device: DeviceId) {
        self.timers.retain(|(_, timer)| *timer != Timer::Given(id, device));
        if let Some(guild) = self.guilds.get_mut(&id) {
            guild.keys.forget(&device);
        }
        for joining in self.joins.values_mut().filter(|joining| joining.guild == id) {
            joining.admitted = joining.admitted.filter(|by| *by != device);
        }
    }

    /// Ends joins whose guild has been read far enough: own admission, the law, and a key to send on.
    pub(crate) fn joins_done(&mut self, cx: &mut Cx<'_>) {
        let done = |joining: &Joining| {
            let sends = |guild: &Guild| guild.keys.sending(&guild.dag, &guild.settled, Audience::Guild).is_some();
            self.is_in(cx, joining.guild, &joining.key.public()) && self.guilds.get(&joining.guild).is_some_and(sends)
        };
        let ended: Vec<(u64, GuildId)> =
            self.joins.iter().filter(|(_, j)| done(j)).map(|(id, j)| (*id, j.guild)).collect();
        for (id, guild) in &ended {
            self.joins.remove(id);
            self.timers.retain(|(_, timer)| *timer != Timer::JoinEnds(*id) && *timer != Timer::JoinRetry(*id));
            if let Some(guild) = self.guilds.get_mut(guild) {
                guild.welcomed(cx);
            }
            cx.out.push(Effect::Done(*id, Ok(Reply::Joined(*guild))));
        }
        if !ended.is_empty() {
            // Others recognise us by the keys we now hold.
            self.greet_all(cx);
        }
    }

    pub(crate) fn join_ends(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(joining) = self.joins.remove(&id) else { return };
        if self.guilds.get(&joining.guild).is_some_and(|guild| guild.is_member(&cx.me.user)) {
            // Nobody could tell of the invite; but neither that we are out.
            cx.out.push(Effect::Done(id, Ok(Reply::Joined(joining.guild))));
            return;
        }
        let reason = if joining.admitted.is_some() {
            Reason::HostLeft
        } else if self.sessions.is_empty() {
            Reason::NobodyReached
        } else {
            Reason::NoMemberReached
        };
        Self::refuse(cx, id, reason);
        self.members_changed(cx);
    }

    /// A member we had asked, or could ask, is gone.
    pub(crate) fn host_gone(&mut self, device: DeviceId) {
        for joining in self.joins.values_mut() {
            joining.willing.remove(&device);
            if joining.asked == Some(device) {
                joining.asked = None;
            }
        }
    }

    pub(crate) fn join_retry(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some((admitted, asked)) = self.joins.get(&id).map(|j| (j.admitted.is_some(), j.asked.is_some())) else {
            return;
        };
        self.set(cx.now.mono_ms + RETRY_MS, Timer::JoinRetry(id));
        if admitted {
            // Let in, and still not through the law: whoever is here may be able to help.
            self.greet_all(cx);
            self.ask_again(cx, id);
        } else if !asked {
            for device in self.sessions.keys().copied().collect::<Vec<_>>() {
                self.knock(cx, device);
            }
        }
    }

    /// Asks once more to be admitted where the law says that we left: whoever let us in had not known.
    fn ask_again(&mut self, cx: &mut Cx<'_>, id: u64) {
        let Some(joining) = self.joins.get_mut(&id) else { return };
        let left = |guild: &Guild| !guild.is_member(&cx.me.user) && !guild.knows_not(&cx.me.user);
        if let Some(host) = joining.admitted
            && self.guilds.get(&joining.guild).is_some_and(left)
        {
            joining.admitted = None;
            joining.willing.insert(host);
            self.ask_admission(cx, id);
        }
    }

    // ── the member ────────────────────────────────────────────────────────────────────────────────────────────────

    /// The answer to a knock about an invite by which we can admit.
    pub(crate) fn recognise_invite(&self, cx: &Cx<'_>, from: DeviceId, tag: &Tag) -> Option<Tag> {
        self.guilds.values().filter(|guild| guild.is_member(&cx.me.user)).find_map(|guild| {
            let matches = |key: &PublicKey| knock_tag(key, from, cx.me.device) == *tag;
            guild.invite_keys().find(|(_, key)| matches(key)).map(|(_, key)| answer_tag(key, from, cx.me.device))
        })
    }

    /// Admits a guest who proves to hold an invite, or says why not.
    pub(crate) fn admit(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        key: &PublicKey,
        guest: IdentityChain,
        proof: Signature,
    ) -> Result<Response, Damaged> {
        let answer = |admission| Ok(Response::Join(admission));
        let mut mine = self.guilds.values_mut().filter(|guild| guild.is_member(&cx.me.user));
        let found = mine.find_map(|guild| {
            let invite = guild.invite_keys().find(|(_, known)| *known == key).map(|(invite, _)| invite)?;
            Some((guild, invite))
        });
        let Some((guild, invite)) = found else { return answer(Admission::Invalid) };
        if self.read_only {
            return answer(Admission::Busy);
        }
        let identity = match guest.verify() {
            Ok(_) if canonical::encode(&guest).len() > MAX_GUEST => return answer(Admission::Invalid),
            Ok(identity) if identity.live(&from).is_some() => identity,
            _ => return answer(Admission::Invalid),
        };
        let (id, user, was_in) = (guild.id, identity.user(), guild.is_member(&identity.user()));
        if key.verify(Domain::Invite, &invite_proof(guild.id, user), &proof).is_err() {
            return answer(Admission::Invalid);
        }
        if !guild.is_member(&user) {
            if guild.law.bans.contains(&user) || guild.settled.removed_since(&guild.dag, &invite, &user) {
                return answer(Admission::Banned);
            }
            let Some(standing) = guild.law.invites.get(&invite) else { return answer(Admission::Expired) };
            if standing.expires_ms.is_some_and(|end| cx.now.wall_ms >= end) {
                return answer(Admission::Expired);
            }
            if standing.max_uses.is_some_and(|max| standing.uses >= max) {
                return answer(Admission::Used);
            }
            let everyone = Acting::Role(authority::everyone(guild.id));
            guild.act(cx, everyone, Act::Admit { invite, guest, proof })?;
            if !guild.is_member(&user) {
                return answer(Admission::Invalid);
            }
        }
        let keys = Bounded::try_from(guild.keys_for(cx, &user)).unwrap_or_default();
        if was_in {
            // They may know what we do not: that they left.
            self.compare_with(id, from);
        }
        answer(Admission::Admitted { keys })
    }
}
