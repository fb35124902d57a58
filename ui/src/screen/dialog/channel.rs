//! A new channel: what it is called, what it is for, who reads it, and what it remembers.

use bivouac_node::{
    CallError,
    core::{
        io::{ChannelEdit, Command, GuildView, Reply},
        model::{ChannelId, ChannelKind, GuildId, History, Nature},
    },
};
use iced::{
    Fill,
    widget::{Id, column, operation, radio, row, toggler},
};

use super::Then;
use crate::{
    fault::Fault,
    intent::{Place, Wants},
    screen::Ctx,
    theme::{Element, space},
    widget::{self, form, stop},
};

/// A day, in seconds: how long an ephemeral channel keeps messages.
const DAY_S: u32 = 24 * 60 * 60;

/// A new channel.
#[derive(Debug)]
pub struct Create {
    guild: GuildId,
    parent: Option<ChannelId>,
    id: Id,
    name: String,
    kind: ChannelKind,
    private: bool,
    password: String,
    history: History,
    under_way: bool,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// What it is called.
    Name(String),
    /// What it is for.
    Kind(ChannelKind),
    /// Only for some.
    Private(bool),
    /// By which others may come in.
    Password(String),
    /// What newcomers read.
    History(History),
    /// Do it.
    Go,
    /// It was done, or not.
    Done(Result<Reply, CallError>),
    /// Never mind.
    Close,
}

impl Create {
    /// In a category, or in none.
    pub fn new(guild: GuildId, parent: Option<ChannelId>) -> (Self, Wants<Message>) {
        let create = Self {
            guild,
            parent,
            id: Id::unique(),
            name: String::new(),
            kind: ChannelKind::Text,
            private: false,
            password: String::new(),
            history: History::Whole,
            under_way: false,
            fault: None,
        };
        let focus = Wants::task(operation::focus(create.id.clone()));
        (create, focus)
    }

    /// In which guild.
    #[must_use]
    pub fn guild(&self) -> GuildId {
        self.guild
    }

    fn ready(&self) -> bool {
        !self.under_way && !self.name.trim().is_empty()
    }

    /// What happens.
    pub fn update(&mut self, message: Message) -> (Wants<Message>, Then) {
        match message {
            Message::Name(name) => self.name = name,
            Message::Kind(kind) => self.kind = kind,
            Message::Private(private) => self.private = private,
            Message::Password(password) => self.password = password,
            Message::History(history) => self.history = history,
            Message::Go if self.ready() => {
                self.under_way = true;
                return (Wants::run(self.command(), Message::Done), Then::Stay);
            }
            Message::Done(Ok(Reply::Channel(channel))) => {
                let text = self.kind == ChannelKind::Text;
                let go = Wants::go(Place { guild: self.guild, channel: Some(channel), message: None });
                return (if text { go } else { Wants::none() }, Then::Close);
            }
            Message::Done(Err(error)) => {
                self.under_way = false;
                self.fault = Some(error.into());
            }
            Message::Close => return (Wants::none(), Then::Close),
            Message::Go | Message::Done(_) => {}
        }
        (Wants::none(), Then::Stay)
    }

    fn command(&self) -> Command {
        let text = self.kind == ChannelKind::Text;
        let private = self.private && self.kind != ChannelKind::Category;
        let history = if text { self.history } else { History::Whole };
        let password = Some(self.password.clone()).filter(|it| private && history == History::Whole && !it.is_empty());
        let forgets = history == History::Ephemeral;
        let nature = Nature { kind: self.kind, private, history, password: password.is_some(), forgets };
        let edit = ChannelEdit {
            name: Some(self.name.trim().to_owned()),
            parent: self.parent.filter(|_| self.kind != ChannelKind::Category),
            retention_s: forgets.then_some(DAY_S),
            ..ChannelEdit::default()
        };
        Command::CreateChannel { guild: self.guild, nature, edit, password }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("channel-name-example");
        let name = widget::line(&shown, &self.name, Message::Name).id(self.id.clone()).on_submit(Message::Go);
        let kinds = [
            (ChannelKind::Text, "kind-text"),
            (ChannelKind::Voice, "kind-voice"),
            (ChannelKind::Category, "kind-category"),
        ];
        let step = form::steps(kinds.map(|(kind, _)| kind).to_vec(), self.kind, Message::Kind);
        let kinds = kinds.map(|(kind, key)| radio(ctx.w.get(key), kind, Some(self.kind), Message::Kind).into());
        let mut parts = column![
            stop(iced::widget::Row::from_iter(kinds).spacing(space::L)).on_step(step),
            widget::field(ctx.w.get("channel-name"), name),
        ]
        .spacing(space::L);
        if self.kind != ChannelKind::Category {
            let label = column![
                iced::widget::text(ctx.w.get("channel-private")),
                widget::hint(ctx.w.get("channel-private-hint"))
            ];
            let private = toggler(self.private).on_toggle(Message::Private);
            let private = stop(private).on_press(Some(Message::Private(!self.private)));
            parts = parts.push(row![label.width(Fill), private].spacing(space::M));
        }
        if self.kind == ChannelKind::Text {
            let histories = [
                (History::Whole, "history-whole"),
                (History::SinceJoin, "history-since-join"),
                (History::Ephemeral, "history-ephemeral"),
            ];
            let step = form::steps(histories.map(|(it, _)| it).to_vec(), self.history, Message::History);
            let histories =
                histories.map(|(it, key)| radio(ctx.w.get(key), it, Some(self.history), Message::History).into());
            let list = iced::widget::Column::from_iter(histories).spacing(space::S);
            parts = parts.push(widget::field(ctx.w.get("channel-history"), stop(list).on_step(step)));
            if self.private && self.history == History::Whole {
                let shown = ctx.w.get("channel-password-example");
                let line = widget::line(&shown, &self.password, Message::Password).secure(true);
                parts = parts.push(widget::field(ctx.w.get("channel-password"), line));
            }
        }
        if let Some(parent) = self.parent.and_then(|id| view.law.channels.get(&id)) {
            parts = parts.push(widget::hint(ctx.w.with("channel-in", &[("category", parent.name.as_str().into())])));
        }
        parts = parts.push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))));
        let close = widget::secondary(ctx.w.get("cancel"), Some(Message::Close));
        let go = widget::primary(ctx.w.get("create"), self.ready().then_some(Message::Go));
        widget::sheet(ctx.w.get("channel-create"), parts, vec![close.into(), go.into()], 520.0)
    }
}
