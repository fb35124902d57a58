//! Inviting people: a link and its picture for a camera, for how long and for how many.

use bivouac_node::{
    CallError,
    core::{
        io::{Command, GuildView, Reply},
        model::{GuildId, RoleId},
    },
};
use iced::{
    Center, Fill,
    widget::{Id, column, container, pick_list, qr_code, row, text},
};

use super::Then;
use crate::{
    fault::Fault,
    intent::{Tone, Wants},
    screen::Ctx,
    theme::{self, Element, MONO, size, space},
    widget::{self, form, stop},
    words::Words,
    world::Shown as _,
};

/// For how long, in milliseconds, and the key of its words.
const EXPIRY: [(&str, Option<u64>); 6] = [
    ("expires-30m", Some(30 * 60_000)),
    ("expires-6h", Some(6 * 3_600_000)),
    ("expires-1d", Some(24 * 3_600_000)),
    ("expires-7d", Some(7 * 24 * 3_600_000)),
    ("expires-30d", Some(30 * 24 * 3_600_000)),
    ("expires-never", None),
];
/// For how many.
const USES: [Option<u32>; 6] = [None, Some(1), Some(5), Some(10), Some(25), Some(100)];

/// Something to choose, with what it is called.
#[derive(Clone, Debug, PartialEq)]
struct Choice<T>(T, String);

impl<T> std::fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

/// Inviting people.
pub struct Invite {
    id: Id,
    guild: GuildId,
    expiry: usize,
    uses: usize,
    role: Option<RoleId>,
    link: Option<(String, Option<qr_code::Data>)>,
    under_way: bool,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// For how long.
    Expiry(usize),
    /// For how many.
    Uses(usize),
    /// With which role.
    Role(Option<RoleId>),
    /// Make one, or another one.
    Make,
    /// It was made, or not; and where that was asked.
    Made(Id, Result<Reply, CallError>),
    /// Copy it.
    Copy,
    /// Enough.
    Close,
}

impl Invite {
    /// To a guild. None is made before one has said for how long and for whom: each stands in the law for good.
    #[must_use]
    pub fn new(guild: GuildId) -> Self {
        let id = Id::unique();
        Self { id, guild, expiry: 3, uses: 0, role: None, link: None, under_way: false, fault: None }
    }

    /// To which.
    #[must_use]
    pub fn guild(&self) -> GuildId {
        self.guild
    }

    fn make(&mut self) -> Wants<Message> {
        self.under_way = true;
        self.link = None;
        let command = Command::CreateInvite {
            guild: self.guild,
            max_uses: USES[self.uses],
            expires_in_ms: EXPIRY[self.expiry].1,
            roles: self.role.into_iter().collect(),
        };
        let id = self.id.clone();
        Wants::run(command, |made| Message::Made(id, made))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Then) {
        match message {
            Message::Expiry(at) if at < EXPIRY.len() => self.expiry = at,
            Message::Uses(at) if at < USES.len() => self.uses = at,
            Message::Role(role) => self.role = role,
            Message::Make if !self.under_way => return (self.make(), Then::Stay),
            Message::Made(id, done) if id == self.id => {
                self.under_way = false;
                match done {
                    Ok(Reply::Invite { link, .. }) => {
                        let picture = qr_code::Data::new(link.as_bytes()).ok();
                        self.link = Some((link, picture));
                        self.fault = None;
                    }
                    Ok(_) => {}
                    Err(error) => self.fault = Some(error.into()),
                }
            }
            Message::Copy => {
                let Some((link, _)) = &self.link else { return (Wants::none(), Then::Stay) };
                let copy = Wants::task(iced::clipboard::write(link.clone()));
                return (copy.and(Wants::say(Tone::Good, ctx.w.get("copied"))), Then::Stay);
            }
            Message::Close => return (Wants::none(), Then::Close),
            _ => {}
        }
        (Wants::none(), Then::Stay)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let hidden = ctx.prefs.streamer;
        let link: Element<'a, Message> = match &self.link {
            Some(_) if hidden => widget::hint(ctx.w.get("hidden-streaming")).into(),
            Some((link, _)) => {
                let words = text(link).font(MONO).size(size::CAPTION).wrapping(text::Wrapping::Glyph);
                container(words).padding(space::M).width(Fill).style(theme::container::well).into()
            }
            None if self.under_way => widget::hint(ctx.w.get("invite-making")).into(),
            None => widget::push().height(0).into(),
        };
        let mut parts = column![widget::hint(ctx.w.get("invite-hint")), link].spacing(space::M);
        if let Some((_, Some(picture))) = self.link.as_ref().filter(|_| !hidden) {
            let picture = container(qr_code(picture).total_size(180)).padding(space::S);
            let hint = widget::hint(ctx.w.get("invite-qr"));
            parts = parts.push(row![picture, hint.width(Fill)].spacing(space::L).align_y(Center));
        }
        let expiry: Vec<_> = EXPIRY.iter().enumerate().map(|(at, (key, _))| Choice(at, ctx.w.get(key))).collect();
        let uses: Vec<_> = USES.iter().enumerate().map(|(at, uses)| Choice(at, uses_words(ctx.w, *uses))).collect();
        let choose = row![
            widget::field(ctx.w.get("invite-expiry"), pick(expiry, self.expiry, Message::Expiry)).width(Fill),
            widget::field(ctx.w.get("invite-uses"), pick(uses, self.uses, Message::Uses)).width(Fill),
        ]
        .spacing(space::M);
        parts = parts.push(choose);
        let mine = view.rank(&view.me);
        let everyone = bivouac_node::core::authority::everyone(view.guild);
        let mut roles = vec![Choice(None, ctx.w.get("invite-no-role"))];
        let lower = view.ranked().into_iter().filter(|(id, role)| *id != everyone && u64::from(role.rank) < mine);
        roles.extend(lower.map(|(id, role)| Choice(Some(id), role.name.clone())));
        if roles.len() > 1 {
            parts = parts.push(widget::field(ctx.w.get("invite-role"), pick(roles, self.role, Message::Role)));
        }
        parts = parts.push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))));
        let close = widget::secondary(ctx.w.get("close"), Some(Message::Close));
        let make = (!self.under_way).then_some(Message::Make);
        let mut buttons = vec![close.into()];
        if self.link.is_some() {
            buttons.push(widget::secondary(ctx.w.get("invite-another"), make).into());
            buttons.push(widget::primary(ctx.w.get("copy-link"), Some(Message::Copy)).into());
        } else {
            buttons.push(widget::primary(ctx.w.get("invite-make"), make).into());
        }
        let head = ctx.w.with("invite-to", &[("guild", view.law.name.as_str().into())]);
        widget::sheet(head, parts, buttons, 540.0)
    }
}

/// One of several to be picked; arrows step through them.
fn pick<'a, T: Copy + PartialEq + 'a>(
    all: Vec<Choice<T>>,
    chosen: T,
    message: fn(T) -> Message,
) -> Element<'a, Message> {
    let step = form::steps(all.iter().map(|it| it.0).collect(), chosen, message);
    let chosen = all.iter().find(|it| it.0 == chosen).cloned();
    stop(pick_list(all, chosen, move |it| message(it.0)).width(Fill)).on_step(step).into()
}

fn uses_words(w: &Words, uses: Option<u32>) -> String {
    match uses {
        Some(uses) => w.with("uses", &[("count", uses.into())]),
        None => w.get("uses-any"),
    }
}
