//! What of a channel may change: its name, what it is about, where it is listed, how fast one may write and how long it keeps
//! what is said.

use bivouac_node::core::{
    io::{ChannelEdit, Command, GuildView},
    model::{Channel, ChannelId, ChannelKind, History, Permissions},
};
use iced::{
    Center, Fill,
    widget::{column, row, text, text_editor},
};

use super::{Ask, order};
use crate::{
    format,
    screen::{Ctx, guild_settings::history, pages},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
    world::Shown as _,
};

/// Seconds between two messages of one member.
const SLOW: [u32; 10] = [0, 5, 10, 30, 60, 300, 900, 3_600, 7_200, 21_600];
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;
/// Seconds that messages are kept.
const KEPT: [u32; 8] = [0, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
/// Most members of a call; 0 for any number.
const LIMITS: [u32; 8] = [0, 2, 4, 8, 12, 25, 50, 99];

/// The page.
pub struct Overview {
    name: Option<String>,
    topic: text_editor::Content,
    described: bool,
    parent: Option<Option<ChannelId>>,
    slow: Option<u32>,
    kept: Option<u32>,
    limit: Option<u32>,
    password: String,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// What it is called.
    Name(String),
    /// What it is about.
    Topic(text_editor::Action),
    /// Under which category it is listed.
    Parent(Option<ChannelId>),
    /// One further up, or down.
    Step(isize),
    /// How long to wait between messages, in seconds.
    Slow(u32),
    /// How long messages are kept, in seconds.
    Kept(u32),
    /// How many may be in a call.
    Limit(u32),
    /// By which others may come in.
    Password(String),
    /// Keep what was changed.
    Save,
}

impl Overview {
    /// As the channel is.
    #[must_use]
    pub fn new(channel: Option<&Channel>) -> Self {
        let mut page = Self {
            name: None,
            topic: text_editor::Content::new(),
            described: false,
            parent: None,
            slow: None,
            kept: None,
            limit: None,
            password: String::new(),
        };
        if let Some(channel) = channel {
            page.refresh(channel);
        }
        page
    }

    /// The channel changed: what I have not touched follows.
    pub fn refresh(&mut self, channel: &Channel) {
        if self.described && self.written() == channel.topic {
            self.described = false;
        }
        if !self.described && self.written() != channel.topic {
            self.topic = text_editor::Content::with_text(&channel.topic);
        }
    }

    /// What was changed is kept: a password is in no view that it could be compared with.
    pub fn kept(&mut self) {
        self.password.clear();
    }

    /// As it was.
    pub fn reset(&mut self, channel: &Channel) {
        *self = Self::new(Some(channel));
    }

    fn written(&self) -> String {
        self.topic.text().trim_end().to_owned()
    }

    /// What was changed, if anything was.
    #[must_use]
    pub fn save(&self, id: ChannelId, channel: &Channel) -> Option<Command> {
        let edit = ChannelEdit {
            name: self.name.as_ref().map(|name| name.trim().to_owned()).filter(|name| *name != channel.name),
            topic: Some(self.written()).filter(|topic| self.described && *topic != channel.topic),
            parent: self.parent.filter(|parent| *parent != channel.parent).map(Option::unwrap_or_default),
            slow_mode_s: self.slow.filter(|it| *it != channel.slow_mode_s),
            retention_s: self.kept.filter(|it| *it != channel.retention_s),
            user_limit: self.limit.filter(|it| *it != channel.user_limit),
            ..ChannelEdit::default()
        };
        let password = Some(self.password.clone()).filter(|it| !it.is_empty());
        (edit != ChannelEdit::default() || password.is_some()).then_some(Command::UpdateChannel {
            channel: id,
            edit,
            password,
        })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, id: ChannelId, view: &GuildView) -> Option<Ask> {
        match message {
            Message::Name(name) => self.name = Some(name),
            Message::Topic(action) => {
                self.described |= action.is_edit();
                self.topic.perform(action);
            }
            Message::Parent(parent) => self.parent = Some(parent),
            Message::Step(by) => {
                let moves = order::step(view, id, by).into_iter().map(|(channel, position)| {
                    let edit = ChannelEdit { position: Some(position), ..ChannelEdit::default() };
                    Command::UpdateChannel { channel, edit, password: None }
                });
                return Some(Ask::Do(moves.collect()));
            }
            Message::Slow(seconds) => self.slow = Some(seconds),
            Message::Kept(seconds) => self.kept = Some(seconds),
            Message::Limit(most) => self.limit = Some(most),
            Message::Password(password) => self.password = password,
            Message::Save => return Some(Ask::Save),
        }
        None
    }

    /// Draws it.
    pub fn view<'a>(
        &'a self,
        id: ChannelId,
        channel: &'a Channel,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let may = view.may(channel, Permissions::MANAGE_CHANNELS);
        let mut page = column![pages::head(ctx.w.get("channel-overview"), ctx.w.get("channel-overview-hint"))];
        page = page.push((!may).then(|| pages::locked(ctx.w.get("locked-channel"))));
        if may {
            page = page.push(self.words(channel, ctx)).push(self.place(id, channel, view, ctx));
            page = page.push(self.pace(channel, ctx));
        }
        page.push(self.policy(may, channel, ctx)).spacing(space::XL).into()
    }

    fn words<'a>(&'a self, channel: &'a Channel, ctx: Ctx<'a>) -> Element<'a, Message> {
        let name = self.name.as_deref().unwrap_or(&channel.name);
        let name = widget::line(&channel.name, name, Message::Name).on_submit(Message::Save);
        let mut words = column![widget::field(ctx.w.get("channel-name"), name)].spacing(space::L);
        if channel.nature.kind != ChannelKind::Category {
            let topic = text_editor(&self.topic)
                .on_action(Message::Topic)
                .placeholder(ctx.w.get("channel-topic-example"))
                .padding([space::S + 2.0, space::M])
                .size(size::BODY)
                .min_height(72.0)
                .style(theme::field::area);
            words = words.push(widget::field(ctx.w.get("channel-topic"), topic));
        }
        words.into()
    }

    fn place<'a>(
        &'a self,
        id: ChannelId,
        channel: &'a Channel,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let step = |by: isize| (!order::step(view, id, by).is_empty()).then_some(Message::Step(by));
        let up = pages::sign(Icon::ArrowUp, ctx.w.get("channel-up"), step(-1));
        let down = pages::sign(Icon::ArrowDown, ctx.w.get("channel-down"), step(1));
        let words = text(ctx.w.get("channel-position")).font(MEDIUM).size(size::BODY);
        let words = column![words, widget::hint(ctx.w.get("channel-position-hint"))].spacing(2).width(Fill);
        let mut place = column![row![words, up, down].spacing(space::XS).align_y(Center)].spacing(space::L);
        let mut categories: Vec<_> = view
            .law
            .channels
            .iter()
            .filter(|(_, it)| it.nature.kind == ChannelKind::Category)
            .map(|(id, it)| (it.position, it.created, *id, it.name.as_str()))
            .collect();
        categories.sort_unstable();
        if channel.nature.kind != ChannelKind::Category && !categories.is_empty() {
            let now = self.parent.unwrap_or(channel.parent);
            let none = (None, ctx.w.get("channel-no-category"));
            let all = categories.into_iter().map(|(.., id, name)| (Some(id), name.to_owned()));
            let chips = std::iter::once(none)
                .chain(all)
                .map(|(parent, name)| pages::chip(pages::said(&name), now == parent, Some(Message::Parent(parent))));
            place = place.push(widget::field(ctx.w.get("channel-category"), pages::wrap(chips)));
        }
        place.into()
    }

    /// How fast one may write, or how many may talk.
    fn pace<'a>(&'a self, channel: &'a Channel, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        match channel.nature.kind {
            ChannelKind::Text => {
                let now = self.slow.unwrap_or(channel.slow_mode_s);
                let chips = seconds(&SLOW, now, "slow-off", Message::Slow, ctx);
                let hint = widget::hint(ctx.w.get("channel-slow-hint"));
                Some(widget::field(ctx.w.get("channel-slow"), column![chips, hint].spacing(space::S)).into())
            }
            ChannelKind::Voice => {
                let now = self.limit.unwrap_or(channel.user_limit);
                let more = (!LIMITS.contains(&now)).then_some(now);
                let chips = LIMITS.into_iter().chain(more).map(|most| {
                    let words = if most == 0 { ctx.w.get("limit-none") } else { most.to_string() };
                    pages::chip(pages::said(&words), most == now, Some(Message::Limit(most)))
                });
                Some(widget::field(ctx.w.get("channel-limit"), pages::wrap(chips)).into())
            }
            ChannelKind::Category => None,
        }
    }

    /// What it remembers, and who may come in: what of that is anybody's to change.
    fn policy<'a>(&'a self, may: bool, channel: &'a Channel, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        let nature = channel.nature;
        if nature.kind == ChannelKind::Category {
            return None;
        }
        let mut page = column![].spacing(space::L);
        if nature.kind == ChannelKind::Text {
            let told = history::sentences(channel, ctx.w).map(|(sign, words)| {
                let words = text(words).size(size::SMALL + 1.0).width(Fill);
                row![icon(sign, 14.0).style(theme::text::faint), words].spacing(space::S).align_y(Center).into()
            });
            let told = iced::widget::Column::from_iter(told).spacing(space::S);
            let good = widget::hint(ctx.w.get("policy-for-good"));
            page = page.push(pages::card(column![told, good].spacing(space::M)));
        }
        if may && nature.is_keyed() && nature.kind == ChannelKind::Text {
            let now = self.kept.unwrap_or(channel.retention_s);
            let offered = if nature.history == History::Ephemeral { &KEPT[1..] } else { &KEPT[..] };
            let chips = seconds(offered, now, "kept-ever", Message::Kept, ctx);
            let hint = widget::hint(ctx.w.get("channel-kept-hint"));
            page = page.push(widget::field(ctx.w.get("channel-kept"), column![chips, hint].spacing(space::S)));
        }
        if may && nature.password {
            let shown = ctx.w.get("channel-password-example");
            let line = widget::line(&shown, &self.password, Message::Password).secure(true).on_submit(Message::Save);
            page = page.push(widget::field(ctx.w.get("channel-password-new"), line));
        }
        Some(pages::part(ctx.w.get("channel-policy"), page))
    }
}

/// Times to choose from, the present one among them.
fn seconds<'a>(
    offered: &[u32],
    now: u32,
    none: &str,
    message: fn(u32) -> Message,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let mut all = offered.to_vec();
    if !all.contains(&now) {
        all.push(now);
        all.sort_unstable();
    }
    pages::wrap(all.into_iter().map(|it| {
        let words = if it == 0 { ctx.w.get(none) } else { format::duration(ctx.w, u64::from(it) * 1_000) };
        pages::chip(pages::said(&words), it == now, Some(message(it)))
    }))
}
