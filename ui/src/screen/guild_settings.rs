//! A guild's settings: a page for each thing that is settled in it. Everybody may look at what the law lets every member know;
//! what one may not change is shown and not offered.
//!
//! A page says what it wants; this screen does it, keeps what was refused before one's eyes, and asks before what can't be undone.

pub mod audit;
pub mod bans;
pub mod emoji;
pub mod history;
pub mod invites;
pub mod members;
pub mod overview;
pub mod roles;

use std::path::PathBuf;

use bivouac_node::{
    Source, UserId,
    core::{
        io::{Command, GuildView, Reply},
        model::{GuildId, Permissions},
    },
};
use iced::{
    Center,
    widget::{column, row, text},
};

use super::{
    Ctx,
    dialog::{
        Then,
        confirm::{self, Confirm},
        invite::{self, Invite},
    },
    face_of,
    message::shorten,
    pages::{self, Tab},
};
use crate::{
    fault::Fault,
    intent::Wants,
    theme::{Element, MEDIUM, size, space},
    widget::{self, Icon},
    world::Shown as _,
};

/// The pages.
#[allow(missing_docs, reason = "each is called what it shows")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Overview,
    Roles,
    Emoji,
    Members,
    Invites,
    Bans,
    Audit,
    History,
}

impl Page {
    const ALL: [(Self, Icon, &'static str); 8] = [
        (Self::Overview, Icon::Settings, "guild-overview"),
        (Self::Roles, Icon::Shield, "guild-roles"),
        (Self::Emoji, Icon::Smile, "guild-emoji"),
        (Self::Members, Icon::Users, "guild-members"),
        (Self::Invites, Icon::Link, "guild-invites"),
        (Self::Bans, Icon::Gavel, "guild-bans"),
        (Self::Audit, Icon::ScrollText, "guild-audit"),
        (Self::History, Icon::History, "guild-history"),
    ];

    /// Whether there is anything on it for me.
    fn is_open(self, view: &GuildView) -> bool {
        let any = |of: Permissions| of.bits().any(|bit| view.may_anywhere(bit));
        match self {
            Self::Invites => any(Permissions::CREATE_INVITE | Permissions::MANAGE_GUILD),
            Self::Bans => any(Permissions::BAN),
            _ => true,
        }
    }
}

/// Which picture is to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// The guild's own.
    Icon,
    /// One that stands for a word.
    Emoji,
}

/// What a page asks of the screen around it.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Do it.
    Do(Command),
    /// Do it with a picture of this machine.
    Upload(PathBuf, Command),
    /// Ask first; whether the screen goes with it.
    Sure(Box<Confirm>, bool),
    /// Keep what was changed on the page.
    Save,
    /// A picture, by looking at folders.
    Choose(Picture),
    /// Invite people.
    Invite,
    /// Something unsaved is in the way.
    Unsaved,
}

/// What the screen asks of what it is laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// It goes.
    Close,
    /// A picture is to be chosen; answered by [`Message::Chosen`].
    Choose(Picture),
}

/// What is asked above the page.
enum Top {
    Sure(Box<Confirm>, bool),
    Invite(Box<Invite>),
}

/// The screen.
pub struct GuildSettings {
    guild: GuildId,
    page: Page,
    overview: overview::Overview,
    roles: roles::Roles,
    members: members::Members,
    bans: bans::Bans,
    audit: audit::Audit,
    emoji: emoji::Emoji,
    top: Option<Top>,
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
    Roles(roles::Message),
    /// On a page.
    Members(members::Message),
    /// On a page.
    Invites(invites::Message),
    /// On a page.
    Bans(bans::Message),
    /// On a page.
    Audit(audit::Message),
    /// On a page.
    Emoji(emoji::Message),
    /// Keep what was changed.
    Save,
    /// Undo what was changed.
    Reset,
    /// A picture was chosen.
    Chosen(Picture, PathBuf),
    /// It was done, or not.
    Done(Result<Reply, Fault>),
    /// A picture was taken, or not.
    Taken(Result<(), Fault>),
    /// Are you sure?
    Sure(confirm::Message),
    /// Inviting people.
    Invite(invite::Message),
}

impl GuildSettings {
    /// At a page.
    pub fn new(guild: GuildId, page: Page, ctx: &Ctx<'_>) -> (Self, Wants<Message>) {
        let view = ctx.world.guild(guild).map(|view| &**view);
        let mut screen = Self {
            guild,
            page: Page::Overview,
            overview: overview::Overview::new(view),
            roles: roles::Roles::default(),
            members: members::Members::default(),
            bans: bans::Bans::default(),
            audit: audit::Audit::default(),
            emoji: emoji::Emoji::default(),
            top: None,
            under_way: 0,
            fault: None,
            alarmed: false,
            frame: pages::Frame::default(),
        };
        let wants = screen.go(page);
        (screen, wants)
    }

    /// Of which guild.
    #[must_use]
    pub fn guild(&self) -> GuildId {
        self.guild
    }

    /// Where one is in it.
    #[must_use]
    pub fn page(&self) -> Page {
        self.page
    }

    fn go(&mut self, page: Page) -> Wants<Message> {
        self.page = page;
        self.fault = None;
        let more = match page {
            Page::Audit => self.audit.load(self.guild).map(Message::Audit),
            Page::Bans => self.bans.load(self.guild).map(Message::Bans),
            _ => Wants::none(),
        };
        self.frame.begin().and(more)
    }

    /// The guild changed.
    pub fn refreshed(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        if let Some(view) = ctx.world.guild(self.guild) {
            self.overview.refresh(view);
            self.alarmed &= self.unsaved(view).is_some();
            if !self.page.is_open(view) {
                return self.go(Page::Overview);
            }
        }
        match self.page {
            Page::Audit => self.audit.load(self.guild).map(Message::Audit),
            _ => Wants::none(),
        }
    }

    fn unsaved(&self, view: &GuildView) -> Option<Command> {
        match self.page {
            Page::Overview => self.overview.save(view),
            Page::Roles => self.roles.save(view),
            _ => None,
        }
    }

    /// What lies on top goes first, then the screen, unless something on it is unsaved.
    pub fn escape(&mut self, ctx: &Ctx<'_>) -> Option<Out> {
        if self.top.take().is_some() {
            return None;
        }
        let view = ctx.world.guild(self.guild);
        self.alarmed = view.is_some_and(|view| self.unsaved(view).is_some());
        (!self.alarmed).then_some(Out::Close)
    }

    /// Up or down by so many heights of the window.
    pub fn scroll(&self, by: f32, ctx: &Ctx<'_>) -> Wants<Message> {
        self.frame.scroll(by, ctx)
    }

    fn run(&mut self, command: Command) -> Wants<Message> {
        self.under_way += 1;
        self.fault = None;
        Wants::run(command, |done| Message::Done(done.map_err(Fault::from)))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Option<Out>) {
        let Some(view) = ctx.world.guild(self.guild).map(|view| &**view) else {
            return (Wants::none(), Some(Out::Close));
        };
        let ask = match message {
            Message::Close => return (Wants::none(), self.escape(ctx)),
            Message::Page(page) if page == self.page => None,
            Message::Page(_) if self.unsaved(view).is_some() => Some(Ask::Unsaved),
            Message::Page(page) => return (self.go(page), None),
            Message::Overview(message) => self.overview.update(message, view, ctx),
            Message::Roles(message) => self.roles.update(message, view, ctx),
            Message::Members(message) => self.members.update(message, view, ctx),
            Message::Invites(message) => invites::update(message, view),
            Message::Bans(message) => self.bans.update(message, view),
            Message::Audit(message) => return (self.audit.update(message, self.guild).map(Message::Audit), None),
            Message::Emoji(message) => self.emoji.update(message, view, ctx),
            Message::Save => Some(Ask::Save),
            Message::Reset => {
                (self.alarmed, self.fault) = (false, None);
                self.overview.reset(view);
                self.roles.reset();
                None
            }
            Message::Chosen(Picture::Icon, path) => {
                self.overview.path = path.display().to_string();
                self.overview.update(overview::Message::Take, view, ctx)
            }
            Message::Chosen(Picture::Emoji, path) => self.emoji.chosen(&path),
            Message::Done(done) => {
                self.under_way = self.under_way.saturating_sub(1);
                match done {
                    Ok(Reply::Role(role)) => self.roles.choose(role),
                    Ok(_) => self.alarmed = false,
                    Err(why) => self.fault = Some(why),
                }
                None
            }
            Message::Taken(done) => {
                self.under_way = self.under_way.saturating_sub(1);
                match done {
                    Ok(()) => {
                        self.overview.path.clear();
                        self.emoji.clear();
                    }
                    Err(why) => self.fault = Some(why),
                }
                None
            }
            Message::Sure(message) => return self.sure(message),
            Message::Invite(message) => return (self.invite(message, ctx), None),
        };
        match ask {
            Some(Ask::Choose(picture)) => (Wants::none(), Some(Out::Choose(picture))),
            Some(ask) => (self.asked(ask, view), None),
            None => (Wants::none(), None),
        }
    }

    fn asked(&mut self, ask: Ask, view: &GuildView) -> Wants<Message> {
        match ask {
            Ask::Do(command) => self.run(command),
            Ask::Upload(path, command) => {
                self.under_way += 1;
                self.fault = None;
                Wants::work(move |node| async move {
                    let taken = node.command_with(command, vec![Source::Path(path)], |_| true).await;
                    Message::Taken(taken.map(|_| ()).map_err(Fault::from))
                })
            }
            Ask::Sure(sure, leaves) => {
                let focus = sure.focus().map(Message::Sure);
                self.top = Some(Top::Sure(sure, leaves));
                focus
            }
            Ask::Save if self.under_way == 0 => match self.unsaved(view) {
                Some(command) => self.run(command),
                None => Wants::none(),
            },
            Ask::Invite => {
                self.top = Some(Top::Invite(Box::new(Invite::new(self.guild))));
                Wants::none()
            }
            Ask::Unsaved => {
                self.alarmed = true;
                self.frame.focus()
            }
            Ask::Save | Ask::Choose(_) => Wants::none(),
        }
    }

    fn sure(&mut self, message: confirm::Message) -> (Wants<Message>, Option<Out>) {
        let Some(Top::Sure(sure, leaves)) = &mut self.top else { return (message.late().map(Message::Sure), None) };
        let out = (sure.is_done(&message) && *leaves).then_some(Out::Close);
        let (wants, then) = sure.update(message);
        if then == Then::Close {
            self.top = None;
        }
        (wants.map(Message::Sure), out)
    }

    fn invite(&mut self, message: invite::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(Top::Invite(invite)) = &mut self.top else { return Wants::none() };
        let (wants, then) = invite.update(message, ctx);
        if then == Then::Close {
            self.top = None;
        }
        wants.map(Message::Invite)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some(view) = ctx.world.guild(self.guild).map(|view| &**view) else {
            return widget::empty(Icon::Tent, ctx.w.get("no-guild"), ctx.w.get("no-guild-hint")).into();
        };
        let tabs = Page::ALL.iter().filter(|(page, ..)| page.is_open(view)).map(|(page, icon, key)| Tab {
            words: ctx.w.get(key),
            icon: *icon,
            chosen: self.page == *page,
            message: Message::Page(*page),
            danger: false,
        });
        let page = match self.page {
            Page::Overview => self.overview.view(view, ctx).map(Message::Overview),
            Page::Roles => self.roles.view(view, ctx).map(Message::Roles),
            Page::Members => self.members.view(view, ctx).map(Message::Members),
            Page::Invites => invites::view(view, ctx).map(Message::Invites),
            Page::Bans => self.bans.view(view, ctx).map(Message::Bans),
            Page::Audit => self.audit.view(view, ctx).map(Message::Audit),
            Page::Emoji => self.emoji.view(view, ctx).map(Message::Emoji),
            Page::History => history::view(view, ctx),
        };
        let unsaved = self.unsaved(view).is_some();
        let fault = self.fault.as_ref();
        let page = column![].push(pages::fault(fault.filter(|_| !unsaved), ctx)).push(page).spacing(space::L);
        let save = (self.under_way == 0).then_some(Message::Save);
        let bar = unsaved.then(|| pages::bar((save, Message::Reset), self.alarmed, fault, ctx));
        let close = (Message::Close, &self.frame);
        let screen = pages::view(&view.law.name, tabs.collect(), page, bar, close, ctx);
        match &self.top {
            Some(Top::Sure(sure, _)) => {
                let no = Message::Sure(confirm::Message::No);
                widget::dialogue(screen, sure.view(ctx).map(Message::Sure), no)
            }
            Some(Top::Invite(invite)) => {
                let close = Message::Invite(invite::Message::Close);
                widget::dialogue(screen, invite.view(view, ctx).map(Message::Invite), close)
            }
            None => iced::widget::stack![screen].into(),
        }
    }
}

/// What a picture that lies at a typed path is wanted for; nothing where no path was typed.
pub(super) fn upload(path: &str, command: Command) -> Option<Ask> {
    let path = path.trim();
    (!path.is_empty()).then(|| Ask::Upload(PathBuf::from(path), command))
}

/// Members whose names hold these words, in the order of their names.
pub(super) fn matching(view: &GuildView, words: &str) -> Vec<UserId> {
    let words = words.trim().trim_start_matches('@').to_lowercase();
    let mut found: Vec<_> = view
        .law
        .members
        .iter()
        .map(|(user, member)| (view.name(user).to_lowercase(), member.name.to_lowercase(), *user))
        .filter(|(shown, own, _)| shown.contains(&words) || own.contains(&words))
        .collect();
    found.sort();
    found.into_iter().map(|(.., user)| user).collect()
}

/// Somebody: their face, and what they are called here.
pub(super) fn person<'a, M: 'a>(user: UserId, side: f32, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let (avatar, seed) = face_of(view, &user);
    let name = view.name(&user);
    let color = ctx.theme.color.role(view.tint(&user));
    let words = text(shorten(&name, 40)).font(MEDIUM).size(size::SMALL + 1.0).color(color);
    let face = widget::face(ctx.pictures, avatar, &name, seed, side);
    row![face, widget::single(words)].spacing(space::S).align_y(Center).into()
}
