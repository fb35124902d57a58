//! Who else is on the local network, before anything is shared with them: a name, and a knock at the door.
//!
//! ```text
//!  stranger ◀── Neighbour(user, name, may one knock?) ──▶ stranger
//!  guest ── Ring(identity) ─▶ host: Event::Knock, Command::Answer ── LetIn(a guild's name, an invite) ─▶ guest: Command::Join
//! ```
//!
//! What a stranger says of themselves is shown and nothing more; who knocks proves whose device it is. Nothing is said of
//! guilds before somebody is let into one. Hidden, a node says nothing to strangers and hears nothing from them.

use std::collections::BTreeMap;

use bivouac_crypto::{DeviceId, IdentityChain, Text, UserId, canonical};

use crate::{
    budget::{Bucket, KNOCK, KNOCKS},
    command::{Answered, fail},
    io::{self, Command, Effect, ErrorKind, Event, Reason, Reply},
    join::{MAX_GUEST, is_link},
    me::Cx,
    model::{GuildId, name, turns},
    session::Job,
    state::{State, Timer},
    wire::{Invitation, MAX_RING, Neighbour, Request, Response},
};

/// Devices known to be on the local network.
const HERE_MAX: usize = 256;
/// Knocks that wait for an answer, of mine and of others. Of each device there is one.
const KNOCKS_MAX: usize = 8;
/// How long one waits, in milliseconds.
const KNOCK_MS: u64 = 120_000;
/// How long the invite of who was let in is good for, in milliseconds.
const INVITE_MS: u64 = 10 * 60_000;
/// Least time between two events that the list has changed, in milliseconds.
const TELL_EVERY_MS: u64 = 1_000;

/// The local network, as far as it concerns strangers.
#[derive(Debug)]
pub(crate) struct Nearby {
    visible: bool,
    knocks: bool,
    /// Devices connected over the local network, and what they say of themselves.
    here: BTreeMap<DeviceId, Option<Neighbour>>,
    /// Where I have knocked: the command, and until when.
    mine: BTreeMap<DeviceId, (u64, u64)>,
    /// Who has knocked here.
    theirs: BTreeMap<DeviceId, Guest>,
    /// Who was let in and may not have heard it yet.
    let_in: BTreeMap<DeviceId, Guest>,
    allowance: Option<Bucket>,
    told_ms: Option<u64>,
}

/// Who has knocked here.
#[derive(Clone, Debug)]
struct Guest {
    user: UserId,
    name: String,
    text: Option<String>,
    /// Until when they wait.
    end: u64,
}

impl Guest {
    fn knocks(&self, device: DeviceId) -> Effect {
        let Self { user, name, text, .. } = self.clone();
        Effect::Event(Event::Knock { device, user, name, text })
    }
}

impl Default for Nearby {
    fn default() -> Self {
        Self {
            visible: true,
            knocks: true,
            here: BTreeMap::new(),
            mine: BTreeMap::new(),
            theirs: BTreeMap::new(),
            let_in: BTreeMap::new(),
            allowance: None,
            told_ms: None,
        }
    }
}

impl Nearby {
    /// What holds until the user says otherwise.
    pub(crate) fn show(&mut self, visible: bool, knocks: bool) {
        (self.visible, self.knocks) = (visible, knocks);
    }

    /// Commands without answer yet.
    pub(crate) fn open(&self) -> impl Iterator<Item = u64> {
        self.mine.values().map(|(command, _)| *command)
    }
}

impl State {
    /// What the user wants of strangers; `None` where it is answered later.
    pub(crate) fn nearby_command(&mut self, cx: &mut Cx<'_>, id: u64, command: Command) -> Answered<Option<Reply>> {
        match command {
            Command::Nearby { visible, knocks } => {
                self.show_nearby(cx, visible, knocks);
                Ok(Some(Reply::Unit))
            }
            Command::Knock { device, text } => self.ring(cx, id, device, text.as_deref()).map(|()| None),
            Command::Answer { device, guild } => self.answer_knock(cx, device, guild).map(Some),
            _ => Ok(Some(Reply::Unit)),
        }
    }

    // ── who is here ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// A connected device is on the local network.
    pub(crate) fn near(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        if !self.sessions.contains_key(&device) {
            return;
        }
        let here = &mut self.nearby.here;
        if here.len() >= HERE_MAX
            && !here.contains_key(&device)
            && let Some(silent) = here.iter().find(|(_, says)| says.is_none()).map(|(silent, _)| *silent)
        {
            // Who says nothing of themselves keeps nobody else from being seen.
            here.remove(&silent);
        }
        if here.len() < HERE_MAX {
            here.entry(device).or_default();
            self.introduce(cx, device);
        }
    }

    /// Tells a stranger who I am, unless I am hidden.
    fn introduce(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        if self.nearby.visible && !self.is_fellow(cx, &device) {
            let me = self.myself(cx);
            self.ask(cx, device, Job::Neighbour, &Request::Neighbour(Some(me)));
        }
    }

    fn myself(&self, cx: &Cx<'_>) -> Neighbour {
        Neighbour { user: cx.me.user, name: cx.me.name.clone(), knocks: self.nearby.knocks }
    }

    /// Whether a device is a fellow member's: they know each other already.
    fn is_fellow(&self, cx: &Cx<'_>, device: &DeviceId) -> bool {
        self.is_fellow_of(&cx.me.user, device)
    }

    fn is_fellow_of(&self, me: &UserId, device: &DeviceId) -> bool {
        self.guilds.values().any(|guild| guild.is_member(me) && guild.member_of(device).is_some())
    }

    /// A stranger says who they are, or that they would rather not.
    pub(crate) fn serve_neighbour(&mut self, cx: &Cx<'_>, from: DeviceId, says: Option<Neighbour>) -> Response {
        if !self.nearby.visible || !self.nearby.here.contains_key(&from) || self.is_fellow(cx, &from) {
            return Response::Refused;
        }
        self.introduced(cx, from, says);
        Response::Neighbour(Some(self.myself(cx)))
    }

    pub(crate) fn introduced(&mut self, cx: &Cx<'_>, from: DeviceId, says: Option<Neighbour>) {
        let says = says.filter(|it| self.nearby.visible && name::name::<64>(it.name.as_str()).is_ok());
        let Some(known) = self.nearby.here.get_mut(&from) else { return };
        if *known != says {
            *known = says;
            self.nearby_changed(cx);
        }
    }

    /// Who was a stranger may be none any more.
    pub(crate) fn fellows_changed(&mut self, cx: &Cx<'_>) {
        if self.nearby.here.values().any(Option::is_some) {
            self.nearby_changed(cx);
        }
    }

    /// Has the user told that the list is another, soon.
    fn nearby_changed(&mut self, cx: &Cx<'_>) {
        let at = self.nearby.told_ms.map_or(0, |told| told + TELL_EVERY_MS).max(cx.now.mono_ms);
        self.set(at, Timer::Nearby);
    }

    pub(crate) fn tell_nearby(&mut self, cx: &mut Cx<'_>) {
        self.nearby.told_ms = Some(cx.now.mono_ms);
        cx.out.push(Effect::Event(Event::Nearby));
    }

    /// Strangers who say who they are.
    pub(crate) fn neighbours(&self, me: &UserId) -> Vec<io::Neighbour> {
        let known = self.nearby.here.iter().filter_map(|(device, says)| Some((device, says.as_ref()?)));
        let strangers = known.filter(|(device, _)| !self.is_fellow_of(me, device));
        let show = |(device, Neighbour { user, name, knocks }): (&DeviceId, &Neighbour)| io::Neighbour {
            device: *device,
            user: *user,
            name: name.to_string(),
            knockable: *knocks,
        };
        strangers.map(show).collect()
    }

    /// A device is gone, and with it whom it knocked at and who knocked by it.
    pub(crate) fn far(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        if self.nearby.here.remove(&device).flatten().is_some() {
            self.nearby_changed(cx);
        }
        if self.nearby.theirs.remove(&device).is_some() {
            cx.out.push(Effect::Event(Event::KnockOver { device }));
        }
        self.nearby.let_in.remove(&device);
        if let Some((command, _)) = self.nearby.mine.remove(&device) {
            Self::refuse(cx, command, Reason::KnockLeft);
        }
    }

    /// Shows me to strangers, or hides me.
    pub(crate) fn show_nearby(&mut self, cx: &mut Cx<'_>, visible: bool, knocks: bool) {
        if (visible, knocks) == (self.nearby.visible, self.nearby.knocks) {
            return;
        }
        let was = std::mem::replace(&mut self.nearby.visible, visible);
        self.nearby.knocks = knocks;
        let here: Vec<DeviceId> = self.nearby.here.keys().copied().collect();
        for device in here {
            if visible {
                self.introduce(cx, device);
            } else if was && !self.is_fellow(cx, &device) {
                self.ask(cx, device, Job::Neighbour, &Request::Neighbour(None));
            }
        }
        if !visible {
            self.nearby.here.values_mut().for_each(|says| *says = None);
            self.nearby_changed(cx);
        }
        if !visible || !knocks {
            for device in self.nearby.theirs.keys().copied().collect::<Vec<_>>() {
                self.turn_away(cx, device);
            }
        }
    }

    // ── knocking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Knocks at a stranger's. Answered once they have decided.
    pub(crate) fn ring(&mut self, cx: &mut Cx<'_>, id: u64, device: DeviceId, text: Option<&str>) -> Answered<()> {
        let text = text.map(|text| Text::try_from(text.to_owned())).transpose().or_else(|_| {
            fail(ErrorKind::Invalid, Some("text"), format!("text is longer than {MAX_RING} characters; shorten it."))
        })?;
        if text.as_ref().is_some_and(|text| !is_plain(text.as_str())) {
            let message = "text has no control characters and none that turn the direction of writing.";
            return fail(ErrorKind::Invalid, Some("text"), message);
        }
        if !self.nearby.visible {
            return Err(Reason::Hidden.into());
        }
        let says = self.nearby.here.get(&device).and_then(Option::as_ref).filter(|_| !self.is_fellow(cx, &device));
        match says {
            None => return fail(ErrorKind::NotFound, Some("device"), "Nobody of that device is on this network now."),
            Some(says) if !says.knocks => {
                return Err(Reason::NoKnocks.into());
            }
            Some(_) => {}
        }
        if self.nearby.mine.contains_key(&device) {
            return fail(ErrorKind::Exists, Some("device"), "You have knocked there; wait for the answer.");
        }
        if self.nearby.mine.len() >= KNOCKS_MAX {
            return Err(Reason::KnocksMost.into());
        }
        self.nearby.mine.insert(device, (id, cx.now.mono_ms + KNOCK_MS));
        self.ask(cx, device, Job::Ring, &Request::Ring { guest: cx.me.chain.clone(), text });
        self.time_knocks();
        Ok(())
    }

    /// How a knock of mine was taken; who decides about it answers later.
    pub(crate) fn rang(&mut self, cx: &mut Cx<'_>, from: DeviceId, response: Option<&Response>) {
        let reason = match response {
            Some(Response::Noted) => return,
            Some(_) => Reason::KnockLater,
            None => Reason::KnockUnreached,
        };
        if let Some((command, _)) = self.nearby.mine.remove(&from) {
            Self::refuse(cx, command, reason);
        }
    }

    /// Somebody knocks: who it is must be proved, and there are not to be too many.
    pub(crate) fn serve_ring(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        guest: &IdentityChain,
        text: Option<Text<MAX_RING>>,
    ) -> Response {
        let nearby = &mut self.nearby;
        let open = nearby.visible && nearby.knocks && nearby.here.contains_key(&from);
        if !open || nearby.theirs.contains_key(&from) || nearby.theirs.len() >= KNOCKS_MAX {
            return Response::Refused;
        }
        let now = cx.now.mono_ms;
        // Before anything is verified, which costs more.
        if !nearby.allowance.get_or_insert_with(|| Bucket::new(now, KNOCKS)).take(now, KNOCKS, KNOCK)
            || self.is_fellow(cx, &from)
        {
            return Response::Refused;
        }
        let known = Some(guest).filter(|guest| canonical::encode(*guest).len() <= MAX_GUEST);
        let identity = known.and_then(|guest| guest.verify().ok()).filter(|identity| identity.live(&from).is_some());
        let Some(identity) = identity.filter(|identity| name::name::<64>(identity.name().as_str()).is_ok()) else {
            return Response::Refused;
        };
        let (user, name) = (identity.user(), identity.name().to_string());
        let text = text.map(|text| text.to_string()).filter(|text| is_plain(text));
        let guest = Guest { user, name, text, end: now + KNOCK_MS };
        cx.out.push(guest.knocks(from));
        self.nearby.theirs.insert(from, guest);
        self.time_knocks();
        Response::Noted
    }

    /// Lets in who knocked, or turns them away.
    pub(crate) fn answer_knock(
        &mut self,
        cx: &mut Cx<'_>,
        device: DeviceId,
        guild: Option<GuildId>,
    ) -> Answered<Reply> {
        let Some(user) = self.nearby.theirs.get(&device).map(|guest| guest.user) else {
            return fail(ErrorKind::NotFound, Some("device"), "They do not wait any more.");
        };
        let Some(id) = guild else {
            self.turn_away(cx, device);
            return Ok(Reply::Unit);
        };
        let to = self.mine(cx, id)?;
        if to.law.bans.contains(&user) {
            return fail(ErrorKind::Forbidden, Some("device"), "They are banned from this guild; lift the ban first.");
        }
        let called = to.law.name.clone();
        let Reply::Invite { link, .. } = self.create_invite(cx, id, Some(1), Some(INVITE_MS), Vec::new())? else {
            return Ok(Reply::Unit);
        };
        if let Some(guest) = self.nearby.theirs.remove(&device) {
            self.nearby.let_in.insert(device, guest);
        }
        if let (Ok(name), Ok(link)) = (Text::try_from(called), Text::try_from(link)) {
            self.ask(cx, device, Job::LetIn, &Request::LetIn(Some(Invitation { name, link })));
        }
        Ok(Reply::Unit)
    }

    fn turn_away(&mut self, cx: &mut Cx<'_>, device: DeviceId) {
        self.nearby.theirs.remove(&device);
        self.ask(cx, device, Job::LetIn, &Request::LetIn(None));
    }

    /// Whether somebody heard that they were let in: who did not waits on, and knocks as before.
    pub(crate) fn told_let_in(&mut self, cx: &mut Cx<'_>, from: DeviceId, heard: bool) {
        let Some(guest) = self.nearby.let_in.remove(&from) else { return };
        if heard || guest.end <= cx.now.mono_ms || self.nearby.theirs.len() >= KNOCKS_MAX {
            return;
        }
        cx.out.push(guest.knocks(from));
        self.nearby.theirs.insert(from, guest);
        self.time_knocks();
    }

    /// Where I have knocked it is decided.
    pub(crate) fn serve_let_in(&mut self, cx: &mut Cx<'_>, from: DeviceId, into: Option<Invitation>) -> Response {
        let Some((command, _)) = self.nearby.mine.remove(&from) else { return Response::Refused };
        let named = |it: &Invitation| name::name::<100>(it.name.as_str()).is_ok() && is_link(it.link.as_str());
        match into.filter(named) {
            Some(Invitation { name, link }) => {
                let reply = Reply::Invited { name: name.to_string(), link: link.to_string() };
                cx.out.push(Effect::Done(command, Ok(reply)));
            }
            None => Self::refuse(cx, command, Reason::TurnedAway),
        }
        Response::Noted
    }

    fn time_knocks(&mut self) {
        let ends = self.nearby.mine.values().map(|(_, end)| end).chain(self.nearby.theirs.values().map(|it| &it.end));
        let first = ends.min().copied();
        self.advance(first, Timer::Knocks);
    }

    /// Ends the knocks that have waited for too long.
    pub(crate) fn end_knocks(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now.mono_ms;
        let mine: Vec<_> = self.nearby.mine.extract_if(.., |_, (_, end)| *end <= now).collect();
        for (_, (command, _)) in mine {
            Self::refuse(cx, command, Reason::Unanswered);
        }
        let theirs: Vec<_> = self.nearby.theirs.extract_if(.., |_, guest| guest.end <= now).collect();
        for (device, _) in theirs {
            cx.out.push(Effect::Event(Event::KnockOver { device }));
        }
        self.time_knocks();
    }
}

/// Whether a line can be shown as it is.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || turns(c))
}
