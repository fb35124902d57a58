//! Pictures of the guild's own that stand for words: `:name:` in a message, or as a reaction.

use std::path::Path;

use bivouac_node::core::{
    act::MAX_EMOJI,
    io::{Command, GuildView},
    model::{Attachment, Permissions},
};
use iced::{
    Center, Fill,
    widget::{Column, column, container, row, text},
};

use super::{Ask, Picture, upload};
use crate::{
    pictures::{Look, Scale},
    screen::{Ctx, dialog::confirm::Confirm, pages},
    theme::{self, Element, MONO, size, space},
    widget::{self, Icon, frames, icon},
    world::Shown as _,
};

/// Pictures that are listed at first, and how many more each time.
const LISTED: usize = 60;

/// The page.
#[derive(Debug, Default)]
pub struct Emoji {
    name: String,
    path: String,
    more: usize,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Which word it stands for.
    Name(String),
    /// Where the picture lies.
    Path(String),
    /// Choose it by looking at folders.
    Choose,
    /// Have the picture stand for the word.
    Add,
    /// No more.
    Delete(String),
    /// List more.
    More,
}

impl Emoji {
    /// A picture was chosen: what the file is called is a name for it, until another is written.
    pub(super) fn chosen(&mut self, path: &Path) -> Option<Ask> {
        if self.name.is_empty() {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            self.name = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(32).collect();
        }
        self.path = path.display().to_string();
        None
    }

    /// It was added.
    pub(super) fn clear(&mut self) {
        self.name.clear();
        self.path.clear();
    }

    fn named(&self) -> String {
        self.name.trim().trim_matches(':').to_owned()
    }

    /// What happens.
    pub fn update(&mut self, message: Message, view: &GuildView, ctx: &Ctx<'_>) -> Option<Ask> {
        let guild = view.guild;
        match message {
            Message::Name(name) => self.name = name,
            Message::Path(path) => self.path = path,
            Message::Choose => return Some(Ask::Choose(Picture::Emoji)),
            Message::Add => return upload(&self.path, Command::Emoji { guild, name: self.named(), picture: None }),
            Message::Delete(name) => {
                let head = ctx.w.with("emoji-delete-head", &[("name", name.as_str().into())]);
                let command = Command::Emoji { guild, name, picture: None };
                let sure = Confirm::new(head, ctx.w.get("emoji-delete-words"), ctx.w.get("delete"), command);
                return Some(Ask::Sure(Box::new(sure), false));
            }
            Message::More => self.more += 1,
        }
        None
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let may = view.may_anywhere(Permissions::MANAGE_GUILD);
        let all = &view.law.emoji;
        let places = [("count", all.len().into()), ("most", MAX_EMOJI.into())];
        let head = pages::head(ctx.w.get("guild-emoji"), ctx.w.with("guild-emoji-hint", &places));
        let mut page = column![head].push((!may).then(|| pages::locked(ctx.w.get("locked-guild")))).spacing(space::L);
        if may {
            page = page.push(self.add(ctx));
        }
        if all.is_empty() {
            let none = widget::empty(Icon::Smile, ctx.w.get("emoji-bare"), ctx.w.get("emoji-bare-hint"));
            return page.push(none.height(240)).into();
        }
        let listed = LISTED * (self.more + 1);
        let lines = all.iter().take(listed).map(|(name, picture)| line(name, picture, may, ctx));
        let more = all.len().saturating_sub(listed);
        let more = (more > 0).then(|| {
            let words = ctx.w.with("members-more", &[("count", more.into())]);
            widget::secondary(words, Some(Message::More))
        });
        page.push(Column::from_iter(lines).spacing(space::XS)).push(more).into()
    }

    fn add<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let (shown_name, shown_path) = (ctx.w.get("emoji-name-example"), ctx.w.get("picture-path-example"));
        let name = widget::line(&shown_name, &self.name, Message::Name).on_submit(Message::Add);
        let path = widget::line(&shown_path, &self.path, Message::Path).on_submit(Message::Add);
        let path = path.secure(ctx.prefs.streamer);
        let fields = row![
            widget::field(ctx.w.get("emoji-name"), name).width(200),
            widget::field(ctx.w.get("emoji-picture"), path).width(Fill)
        ];
        let ready = !self.named().is_empty() && !self.path.trim().is_empty();
        let choose = widget::secondary(ctx.w.get("picture-choose"), Some(Message::Choose));
        let add = widget::primary(ctx.w.get("emoji-add"), ready.then_some(Message::Add));
        let rule = container(widget::hint(ctx.w.get("emoji-rule"))).width(Fill);
        let acts = row![rule, choose, add].spacing(space::S).align_y(Center);
        pages::card(column![fields.spacing(space::M), acts].spacing(space::M))
    }
}

fn line<'a>(name: &'a str, picture: &'a Attachment, may: bool, ctx: Ctx<'a>) -> Element<'a, Message> {
    let drawn: Element<'a, Message> = match ctx.pictures.look(picture.id, Scale::Small) {
        Look::Here(picture) => frames(picture).size(32.0, 32.0).into(),
        Look::Coming => icon(Icon::Loader, 20.0).style(theme::text::faint).into(),
        Look::Unseen(_) => widget::tip(icon(Icon::Image, 20.0).style(theme::text::faint), ctx.w.get("picture-missing")),
    };
    let word = widget::single(text(format!(":{name}:")).font(MONO).size(size::SMALL + 1.0));
    let mut line = row![container(drawn).center(36), word.width(Fill)];
    if may {
        let delete = Message::Delete(name.to_owned());
        line = line.push(pages::sign(Icon::Trash, ctx.w.get("delete"), Some(delete)));
    }
    pages::line(line)
}
