//! Another guild: create one, or join one by an invite.

use bivouac_node::{
    CallError, DeviceId,
    core::{
        io::{Command, Reply},
        model::GuildId,
    },
};
use iced::{
    Center, Fill,
    widget::{Id, column, container, operation, row, text},
};

use super::Then;
use crate::{
    desktop::link::{Link, LinkError},
    fault::Fault,
    intent::{Place, Wants},
    screen::Ctx,
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
};

/// How long an invite is tried, in milliseconds.
const TIMEOUT_MS: u64 = 60_000;

/// The page that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Which of the two?
    Choose,
    /// Its name.
    Create,
    /// The invite.
    Join,
    /// People on this network.
    Nearby,
}

/// Another guild.
#[derive(Debug)]
pub struct Add {
    page: Page,
    words: String,
    id: Id,
    under_way: bool,
    fault: Option<Fault>,
    /// At whose door one knocked.
    door: Option<DeviceId>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// To a page.
    Turn(Page),
    /// Something was typed.
    Type(String),
    /// Do it.
    Go,
    /// Knock at a door.
    Knock(DeviceId),
    /// One is let in, or not.
    Let(Result<Reply, CallError>),
    /// It was done, or not.
    Done(Result<GuildId, Fault>),
    /// Never mind.
    Close,
}

impl Add {
    /// At a page, with what is known already.
    pub fn new(page: Page, words: String) -> (Self, Wants<Message>) {
        let add = Self { page, words, id: Id::unique(), under_way: false, fault: None, door: None };
        let focus = add.focus();
        (add, focus)
    }

    fn focus(&self) -> Wants<Message> {
        if matches!(self.page, Page::Choose | Page::Nearby) {
            Wants::none()
        } else {
            Wants::task(operation::focus(self.id.clone()))
        }
    }

    /// What happens.
    pub fn update(&mut self, message: Message) -> (Wants<Message>, Then) {
        match message {
            Message::Turn(page) => {
                self.page = page;
                self.words.clear();
                self.fault = None;
                return (self.focus(), Then::Stay);
            }
            Message::Type(words) => {
                self.words = words;
                self.fault = None;
            }
            Message::Go if self.ready() => {
                let words = self.words.trim().to_owned();
                // Of another program's link the node can't say what is wrong with it.
                if self.page != Page::Create && matches!(words.parse::<Link>(), Err(LinkError::NotOurs)) {
                    self.fault = Some(LinkError::NotOurs.into());
                    return (Wants::none(), Then::Stay);
                }
                self.under_way = true;
                let command = if self.page == Page::Create {
                    Command::CreateGuild { name: words }
                } else {
                    Command::Join { link: words, timeout_ms: TIMEOUT_MS }
                };
                return (Wants::run(command, |done| Message::Done(entered(done))), Then::Stay);
            }
            Message::Knock(device) if self.door.is_none() => {
                (self.door, self.fault) = (Some(device), None);
                let knock = Command::Knock { device, text: None };
                return (Wants::run(knock, Message::Let), Then::Stay);
            }
            Message::Let(Ok(Reply::Invited { link, .. })) => {
                self.under_way = true;
                let join = Command::Join { link, timeout_ms: TIMEOUT_MS };
                return (Wants::run(join, |done| Message::Done(entered(done))), Then::Stay);
            }
            Message::Let(Err(error)) => (self.door, self.fault) = (None, Some(error.into())),
            Message::Done(Ok(guild)) => {
                return (Wants::go(Place { guild, channel: None, message: None }), Then::Close);
            }
            Message::Done(Err(why)) => {
                (self.under_way, self.door) = (false, None);
                self.fault = Some(why);
            }
            Message::Close => return (Wants::none(), Then::Close),
            Message::Go | Message::Knock(_) | Message::Let(_) => {}
        }
        (Wants::none(), Then::Stay)
    }

    fn ready(&self) -> bool {
        !self.under_way && !self.words.trim().is_empty()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let close = widget::secondary(ctx.w.get("cancel"), Some(Message::Close));
        if self.page == Page::Choose {
            let body = column![
                choice(
                    Icon::Tent,
                    ctx.w.get("create-guild"),
                    ctx.w.get("create-guild-hint"),
                    Message::Turn(Page::Create)
                ),
                choice(Icon::Link, ctx.w.get("have-invite"), ctx.w.get("have-invite-hint"), Message::Turn(Page::Join)),
            ];
            let body = body.push(choice(
                Icon::Radio,
                ctx.w.get("people-nearby"),
                ctx.w.get("people-nearby-words"),
                Message::Turn(Page::Nearby),
            ));
            return widget::sheet(ctx.w.get("add-guild"), body.spacing(space::M), vec![close.into()], 460.0);
        }
        if self.page == Page::Nearby {
            return self.nearby(ctx);
        }
        let create = self.page == Page::Create;
        let (head, name, shown, act, hint) = if create {
            ("create-guild", "guild-name", "guild-name-example", "create", "create-guild-hint")
        } else {
            ("have-invite", "invite-link", "invite-link-example", "join", "join-hint")
        };
        let shown = ctx.w.get(shown);
        let line = widget::line(&shown, &self.words, Message::Type).id(self.id.clone()).on_submit(Message::Go);
        let line = line.secure(!create && ctx.prefs.streamer);
        let mut body = column![widget::hint(ctx.w.get(hint)), widget::field(ctx.w.get(name), line)].spacing(space::M);
        if self.under_way && !create {
            body = body.push(widget::hint(ctx.w.get("joining")));
        }
        body = body.push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))));
        let go = widget::primary(ctx.w.get(act), self.ready().then_some(Message::Go));
        widget::sheet(ctx.w.get(head), body, vec![close.into(), go.into()], 460.0)
    }
}

impl Add {
    /// People on this network, as they come and go.
    fn nearby<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut list = column![].spacing(space::S);
        for person in &ctx.world.nearby {
            let name = crate::text::name(&person.name);
            let face = widget::face(ctx.pictures, None, &name, person.user.0[0], 36.0);
            let words = widget::wrapped(name).font(MEDIUM).size(size::BODY);
            let end: Element<'a, Message> = match self.door {
                Some(door) if door == person.device && self.under_way => {
                    widget::hint(ctx.w.get("joining-nearby")).into()
                }
                Some(door) if door == person.device => widget::hint(ctx.w.get("knocking")).into(),
                _ if !person.knockable => widget::hint(ctx.w.get("not-knockable")).into(),
                door => {
                    let knock = Some(Message::Knock(person.device)).filter(|_| door.is_none());
                    widget::secondary(ctx.w.get("knock"), knock).into()
                }
            };
            let line = row![face, words.width(Fill), end].spacing(space::M).align_y(Center);
            list = list.push(container(line).padding(space::S).style(theme::container::well));
        }
        if ctx.world.nearby.is_empty() {
            let none =
                widget::empty(Icon::Radio, ctx.w.get("people-nearby-none"), ctx.w.get("people-nearby-none-hint"));
            list = list.push(none.height(220));
        }
        let list = iced::widget::scrollable(list).height(iced::Shrink);
        let body = column![widget::hint(ctx.w.get("people-nearby-words")), container(list).max_height(360)]
            .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
            .spacing(space::M);
        let close = widget::secondary(ctx.w.get("cancel"), Some(Message::Close));
        widget::sheet(ctx.w.get("people-nearby"), body, vec![close.into()], 460.0)
    }
}

/// Where a command led.
pub fn entered(done: Result<Reply, CallError>) -> Result<GuildId, Fault> {
    match done {
        Ok(Reply::Guild { guild, .. } | Reply::Joined(guild)) => Ok(guild),
        Ok(_) => Err(Fault::of("fault-broke")),
        Err(error) => Err(error.into()),
    }
}

/// A large choice.
pub fn choice<'a, M: Clone + 'a>(
    sign: Icon,
    head: impl Into<String>,
    words: impl Into<String>,
    to: M,
) -> Element<'a, M> {
    let head = text(head.into()).font(MEDIUM).size(size::BODY + 1.0);
    let words = column![head, widget::hint(words)].spacing(2).width(Fill);
    let sign = container(icon(sign, 24.0).style(theme::text::accent)).center_x(40);
    let inside =
        row![sign, words, icon(Icon::ChevronRight, 18.0).style(theme::text::faint)].spacing(space::M).align_y(Center);
    widget::button(inside).padding(space::L).width(Fill).style(theme::button::card).on_press(to).into()
}
