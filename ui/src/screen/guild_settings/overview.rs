//! What the guild is called, what it is about, what it looks like, and whose it is.

use bivouac_node::{
    UserId,
    core::{
        io::{Command, GuildView},
        model::Permissions,
    },
};
use iced::{
    Center, Fill,
    widget::{column, row, text, text_editor},
};

use super::{Ask, Picture, matching, person, upload};
use crate::{
    screen::{Ctx, dialog::confirm::Confirm, message::shorten, pages},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon},
    world::Shown as _,
};

/// Members that are offered at once.
const OFFERED: usize = 6;

/// The page.
pub struct Overview {
    name: Option<String>,
    description: text_editor::Content,
    described: bool,
    /// Of a picture, as typed.
    pub(super) path: String,
    filter: String,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// What it is called.
    Name(String),
    /// What it is about.
    Description(text_editor::Action),
    /// Where the picture lies.
    Path(String),
    /// Choose it by looking at folders.
    Choose,
    /// Take the picture that lies there.
    Take,
    /// No picture.
    Bare,
    /// Whom to look for.
    Filter(String),
    /// Give the guild to them.
    HandOver(UserId),
    /// Leave.
    Leave,
    /// Keep what was written.
    Save,
}

impl Overview {
    /// As the guild is.
    #[must_use]
    pub fn new(view: Option<&GuildView>) -> Self {
        let mut page = Self {
            name: None,
            description: text_editor::Content::new(),
            described: false,
            path: String::new(),
            filter: String::new(),
        };
        if let Some(view) = view {
            page.refresh(view);
        }
        page
    }

    /// The guild changed: what I have not touched follows.
    pub fn refresh(&mut self, view: &GuildView) {
        if self.described && self.written() == view.law.description {
            self.described = false;
        }
        if !self.described && self.written() != view.law.description {
            self.description = text_editor::Content::with_text(&view.law.description);
        }
    }

    fn written(&self) -> String {
        self.description.text().trim_end().to_owned()
    }

    /// As it was.
    pub fn reset(&mut self, view: &GuildView) {
        (self.name, self.described) = (None, false);
        self.refresh(view);
    }

    /// What was changed, if anything was.
    #[must_use]
    pub fn save(&self, view: &GuildView) -> Option<Command> {
        let name = self.name.as_ref().map(|name| name.trim().to_owned()).filter(|name| *name != view.law.name);
        let description = Some(self.written()).filter(|it| self.described && *it != view.law.description);
        (name.is_some() || description.is_some()).then_some(Command::UpdateGuild {
            guild: view.guild,
            name,
            description,
            icon: None,
        })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, view: &GuildView, ctx: &Ctx<'_>) -> Option<Ask> {
        let guild = view.guild;
        match message {
            Message::Name(name) => self.name = Some(name),
            Message::Description(action) => {
                self.described |= action.is_edit();
                self.description.perform(action);
            }
            Message::Path(path) => self.path = path,
            Message::Choose => return Some(Ask::Choose(Picture::Icon)),
            Message::Take => return upload(&self.path, icon(view, None)),
            Message::Bare => return Some(Ask::Do(icon(view, Some(None)))),
            Message::Filter(words) => self.filter = words,
            Message::HandOver(user) => {
                let who = shorten(&view.name(&user), 64);
                let head = ctx.w.with("hand-over-head", &[("who", who.into())]);
                let command = Command::HandOver { guild, user };
                let sure = Confirm::new(head, ctx.w.get("hand-over-words"), ctx.w.get("hand-over"), command);
                return Some(Ask::Sure(Box::new(sure), false));
            }
            Message::Leave => {
                let head = ctx.w.with("leave-head", &[("guild", view.law.name.as_str().into())]);
                let command = Command::LeaveGuild { guild };
                let sure = Confirm::new(head, ctx.w.get("leave-words"), ctx.w.get("leave"), command);
                return Some(Ask::Sure(Box::new(sure), true));
            }
            Message::Save => return Some(Ask::Save),
        }
        None
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let may = view.may_anywhere(Permissions::MANAGE_GUILD);
        let mut page = column![pages::head(ctx.w.get("guild-overview"), ctx.w.get("guild-overview-hint"))];
        page = page.push((!may).then(|| pages::locked(ctx.w.get("locked-guild"))));
        page = page.push(self.looks(may, view, ctx)).push(self.words(may, view, ctx)).push(self.whose(view, ctx));
        page.spacing(space::XL).into()
    }

    fn looks<'a>(&'a self, may: bool, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let law = &view.law;
        let picture = law.icon.as_ref().map(|icon| (icon.id, crate::pictures::Scale::Small));
        let picture = widget::disc(ctx.pictures, picture, &law.name, view.guild.0[0], 88.0, theme::radius::L);
        if !may {
            let about = if law.description.is_empty() {
                ctx.w.get("guild-undescribed")
            } else {
                ctx.veil(&law.description).into_owned()
            };
            let words = column![widget::title(shorten(&law.name, 100)), widget::hint(about)].spacing(space::XS);
            return pages::card(row![picture, words.width(Fill)].spacing(space::L).align_y(Center));
        }
        let shown = ctx.w.get("picture-path-example");
        let path = widget::line(&shown, &self.path, Message::Path).on_submit(Message::Take);
        let path = path.secure(ctx.prefs.streamer);
        let take = (!self.path.trim().is_empty()).then_some(Message::Take);
        let choose = widget::secondary(ctx.w.get("picture-choose"), Some(Message::Choose));
        let take = widget::secondary(ctx.w.get("picture-take"), take);
        let bare = law.icon.is_some().then(|| widget::secondary(ctx.w.get("picture-remove"), Some(Message::Bare)));
        let acts = row![choose, take].push(bare).spacing(space::S);
        let words = column![path, acts, widget::hint(ctx.w.get("picture-rule"))].spacing(space::S).width(Fill);
        let card = pages::card(row![picture, words].spacing(space::L));
        pages::part(ctx.w.get("guild-icon"), card)
    }

    fn words<'a>(&'a self, may: bool, view: &'a GuildView, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        may.then(|| {
            let name = self.name.as_deref().unwrap_or(&view.law.name);
            let name = widget::line(&view.law.name, name, Message::Name).on_submit(Message::Save);
            let about = text_editor(&self.description)
                .on_action(Message::Description)
                .placeholder(ctx.w.get("guild-description-example"))
                .padding([space::S + 2.0, space::M])
                .size(size::BODY)
                .min_height(96.0)
                .style(theme::field::area);
            column![widget::field(ctx.w.get("guild-name"), name), widget::field(ctx.w.get("guild-description"), about)]
                .spacing(space::L)
                .into()
        })
    }

    fn whose<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mine = view.law.owner == Some(view.me);
        let owner = view.law.owner.map(|owner| person(owner, 40.0, view, ctx));
        let mut card = column![row![].push(owner)].spacing(space::M);
        if mine && view.am_in() && view.law.members.len() > 1 {
            let shown = ctx.w.get("hand-over-filter");
            let words = text(ctx.w.get("hand-over")).font(MEDIUM).size(size::BODY);
            card = card.push(column![words, widget::hint(ctx.w.get("hand-over-hint"))].spacing(2));
            card = card.push(widget::line(&shown, &self.filter, Message::Filter));
            if !self.filter.trim().is_empty() {
                let found = matching(view, &self.filter).into_iter().filter(|user| *user != view.me).take(OFFERED);
                let chips: Vec<_> = found
                    .map(|user| pages::chip(pages::said(&view.name(&user)), false, Some(Message::HandOver(user))))
                    .collect();
                let none = chips.is_empty().then(|| widget::hint(ctx.w.get("nobody-found")));
                card = card.push(pages::wrap(chips)).push(none);
            }
        } else if mine && view.am_in() {
            card = card.push(widget::hint(ctx.w.get("hand-over-alone")));
        } else if view.am_in() {
            let leave = row![widget::icon(Icon::LogOut, 16.0), text(ctx.w.get("leave")).font(MEDIUM).size(size::BODY)];
            let leave = widget::button(leave.spacing(space::S).align_y(Center)).padding([space::S, space::L]);
            card = card.push(leave.style(theme::button::danger).on_press(Message::Leave));
        }
        pages::part(ctx.w.get("owner"), pages::card(card))
    }
}

fn icon(view: &GuildView, icon: Option<Option<bivouac_node::core::model::Attachment>>) -> Command {
    Command::UpdateGuild { guild: view.guild, name: None, description: None, icon }
}
