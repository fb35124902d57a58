//! A channel's settings: what of it may change, and for whom it differs. What it is for good (who reads it, what newcomers read)
//! is told and not offered.

mod order;
pub mod overview;
pub mod permissions;

use bivouac_node::{
    CallError,
    core::{
        io::{Command, GuildView, Reply},
        model::{Channel, ChannelId, ChannelKind, GuildId, Permissions},
    },
};
use iced::widget::column;

use super::{
    Ctx,
    dialog::{
        Then,
        confirm::{self, Confirm},
    },
    pages::{self, Tab},
};
use crate::{
    fault::Fault,
    intent::Wants,
    theme::{Element, space},
    widget::{self, Icon},
    world::Shown as _,
};

/// The pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What of it may change.
    Overview,
    /// For whom it differs.
    Permissions,
}

/// What a page asks of the screen around it.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Do all of it.
    Do(Vec<Command>),
    /// Keep what was changed on the page.
    Save,
    /// Something unsaved is in the way.
    Unsaved,
}

/// The screen.
pub struct ChannelSettings {
    guild: GuildId,
    channel: ChannelId,
    page: Page,
    overview: overview::Overview,
    permissions: permissions::Overwrites,
    sure: Option<Confirm>,
    under_way: usize,
    fault: Option<Fault>,
    alarmed: bool,
    frame: pages::Frame,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// To a page.
    Page(Page),
    /// Away.
    Close,
    /// On a page.
    Overview(overview::Message),
    /// On a page.
    Permissions(permissions::Message),
    /// Delete the channel.
    Delete,
    /// Keep what was changed.
    Save,
    /// Undo what was changed.
    Reset,
    /// It was done, or not.
    Done(Result<(), Fault>),
    /// Are you sure?
    Sure(confirm::Message),
}

fn done(done: Result<Reply, CallError>) -> Message {
    Message::Done(done.map(|_| ()).map_err(Fault::from))
}

impl ChannelSettings {
    /// Of a channel.
    pub fn new(guild: GuildId, channel: ChannelId, ctx: &Ctx<'_>) -> (Self, Wants<Message>) {
        let of = ctx.world.guild(guild).and_then(|view| view.law.channels.get(&channel));
        let may = ctx.world.guild(guild).zip(of).is_some_and(|(view, of)| view.may(of, Permissions::MANAGE_CHANNELS));
        let screen = Self {
            guild,
            channel,
            page: if may { Page::Overview } else { Page::Permissions },
            overview: overview::Overview::new(of),
            permissions: permissions::Overwrites::default(),
            sure: None,
            under_way: 0,
            fault: None,
            alarmed: false,
            frame: pages::Frame::default(),
        };
        let focus = screen.frame.begin();
        (screen, focus)
    }

    /// Whether there is anything here that I may change.
    #[must_use]
    pub fn is_open(view: &GuildView, channel: &Channel) -> bool {
        view.may(channel, Permissions::MANAGE_CHANNELS) || view.may(channel, Permissions::MANAGE_ROLES)
    }

    fn of<'a>(&self, ctx: &Ctx<'a>) -> Option<(&'a GuildView, &'a Channel)> {
        let view = ctx.world.guild(self.guild)?;
        view.law.channels.get(&self.channel).map(|channel| (&**view, channel))
    }

    /// The guild changed.
    pub fn refreshed(&mut self, ctx: &Ctx<'_>) {
        if let Some((view, channel)) = self.of(ctx) {
            self.overview.refresh(channel);
            self.alarmed &= self.unsaved(view, channel).is_some();
        }
    }

    fn unsaved(&self, view: &GuildView, channel: &Channel) -> Option<Command> {
        match self.page {
            Page::Overview => self.overview.save(self.channel, channel),
            Page::Permissions => self.permissions.save(self.channel, channel, view),
        }
    }

    /// What lies on top goes first, then the screen, unless something on it is unsaved. Whether it goes.
    pub fn escape(&mut self, ctx: &Ctx<'_>) -> Then {
        if self.sure.take().is_some() {
            return Then::Stay;
        }
        self.alarmed = self.of(ctx).is_some_and(|(view, channel)| self.unsaved(view, channel).is_some());
        if self.alarmed { Then::Stay } else { Then::Close }
    }

    /// Up or down by so many heights of the window.
    pub fn scroll(&self, by: f32, ctx: &Ctx<'_>) -> Wants<Message> {
        self.frame.scroll(by, ctx)
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Then) {
        let Some((view, channel)) = self.of(ctx) else {
            // It was deleted: by me, or by somebody else meanwhile.
            return (Wants::none(), Then::Close);
        };
        let unsaved = self.unsaved(view, channel);
        let ask = match message {
            Message::Close => return (Wants::none(), self.escape(ctx)),
            Message::Page(page) if page == self.page => None,
            Message::Page(_) if unsaved.is_some() => {
                self.alarmed = true;
                return (self.frame.focus(), Then::Stay);
            }
            Message::Page(page) => {
                (self.page, self.fault) = (page, None);
                return (self.frame.begin(), Then::Stay);
            }
            Message::Overview(message) => self.overview.update(message, self.channel, view),
            Message::Permissions(message) => self.permissions.update(message, self.channel, channel, view),
            Message::Delete => {
                let head = ctx.w.with("channel-delete-head", &[("channel", channel.name.as_str().into())]);
                let command = Command::DeleteChannel { channel: self.channel };
                let words = ctx.w.get("channel-delete-words");
                self.sure = Some(Confirm::new(head, words, ctx.w.get("delete"), command));
                None
            }
            Message::Save => Some(Ask::Save),
            Message::Reset => {
                (self.alarmed, self.fault) = (false, None);
                self.overview.reset(channel);
                self.permissions.reset();
                None
            }
            Message::Done(done) => {
                self.under_way = self.under_way.saturating_sub(1);
                match done {
                    Ok(()) => {
                        self.alarmed = false;
                        self.overview.kept();
                    }
                    Err(why) => self.fault = Some(why),
                }
                None
            }
            Message::Sure(message) => return self.sure(message),
        };
        let commands = match ask {
            Some(Ask::Do(commands)) => commands,
            Some(Ask::Save) if self.under_way == 0 => unsaved.into_iter().collect(),
            Some(Ask::Unsaved) => {
                self.alarmed = true;
                Vec::new()
            }
            Some(Ask::Save) | None => Vec::new(),
        };
        if !commands.is_empty() {
            self.fault = None;
        }
        self.under_way += commands.len();
        let wants = commands.into_iter().fold(Wants::none(), |wants, command| wants.and(Wants::run(command, done)));
        (wants, Then::Stay)
    }

    fn sure(&mut self, message: confirm::Message) -> (Wants<Message>, Then) {
        let Some(sure) = &mut self.sure else { return (message.late().map(Message::Sure), Then::Stay) };
        let gone = sure.is_done(&message);
        let (wants, then) = sure.update(message);
        if then == Then::Close {
            self.sure = None;
        }
        (wants.map(Message::Sure), if gone { Then::Close } else { Then::Stay })
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some((view, channel)) = self.of(&ctx) else {
            return widget::empty(Icon::Hash, ctx.w.get("channel-gone"), ctx.w.get("channel-gone-hint")).into();
        };
        let tab = |page, icon, key: &str| Tab {
            words: ctx.w.get(key),
            icon,
            chosen: self.page == page,
            message: Message::Page(page),
            danger: false,
        };
        let mut tabs = vec![
            tab(Page::Overview, Icon::Settings, "channel-overview"),
            tab(Page::Permissions, Icon::Shield, "channel-permissions"),
        ];
        if view.may(channel, Permissions::MANAGE_CHANNELS) {
            let (words, message) = (ctx.w.get("channel-delete"), Message::Delete);
            tabs.push(Tab { words, icon: Icon::Trash, chosen: false, message, danger: true });
        }
        let page = match self.page {
            Page::Overview => self.overview.view(self.channel, channel, view, ctx).map(Message::Overview),
            Page::Permissions => self.permissions.view(channel, view, ctx).map(Message::Permissions),
        };
        let unsaved = self.unsaved(view, channel).is_some();
        let fault = self.fault.as_ref();
        let page = column![].push(pages::fault(fault.filter(|_| !unsaved), ctx)).push(page).spacing(space::L);
        let save = (self.under_way == 0).then_some(Message::Save);
        let bar = unsaved.then(|| pages::bar((save, Message::Reset), self.alarmed, fault, ctx));
        let head = match channel.nature.kind {
            ChannelKind::Text => format!("#{}", channel.name),
            _ => channel.name.clone(),
        };
        let screen = pages::view(&head, tabs, page, bar, (Message::Close, &self.frame), ctx);
        match &self.sure {
            Some(sure) => {
                let no = Message::Sure(confirm::Message::No);
                widget::dialogue(screen, sure.view(ctx).map(Message::Sure), no)
            }
            None => iced::widget::stack![screen].into(),
        }
    }
}
