//! One message as it is read: who, when, what, what hangs on it, and what was put on it.

use std::collections::BTreeMap;

use bivouac_node::{
    UserId,
    core::{
        io::{GuildView, Happened, Kept, Notice},
        mention::Mention,
        model::{ChannelId, File, FileId, Message as Said, MessageId, MessageState, Permissions},
    },
};
use iced::{
    Alignment, Center, Fill, Length, Padding,
    widget::{Row, column, container, mouse_area, progress_bar, row, text},
};

use super::{Ctx, face_of};
use crate::{
    format,
    pictures::{Look, Scale, Unseen},
    text::{self as prose, Block, Target},
    theme::{self, Element, MEDIUM, size, space},
    widget::{
        self, Icon, button, icon,
        prose::{Events, blocks},
    },
    world::Shown as _,
};

/// Width of a face, in logical pixels.
const FACE: f32 = 40.0;
/// Most a picture takes of the page, likewise.
const PICTURE: (f32, f32) = (440.0, 320.0);
/// Width of what is no picture, likewise.
const CARD: f32 = 420.0;

/// What one can do with a message.
#[derive(Clone, Debug)]
pub enum Message {
    /// To another message.
    Jump(MessageId),
    /// Put an emoji on it, or take mine off.
    React(String, bool),
    /// Choose an emoji to put on it.
    Pick,
    /// Answer it.
    Reply,
    /// Write it differently.
    Edit,
    /// Delete it.
    Delete,
    /// Pin it, or no more.
    Pin(bool),
    /// Open its thread, or begin one.
    Thread,
    /// Everything else.
    More,
    /// Follow an address; whether its words say where it goes.
    Link(String, bool),
    /// Who is that?
    User(UserId),
    /// Whom it calls on.
    Mention(Mention),
    /// To a channel.
    Channel(ChannelId),
    /// Look at a picture by itself.
    Look(File),
    /// Save a file.
    Get(File),
    /// Stop fetching a file.
    Stop(FileId),
    /// Copy what it says.
    Copy,
    /// Copy a link to it.
    CopyLink,
}

/// What a message says, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Body {
    blocks: Vec<Block>,
    /// It may read otherwise where somebody is called otherwise.
    names: bool,
}

impl Body {
    /// Reads it once; it is drawn many times.
    #[must_use]
    pub fn new(said: &Said, view: &GuildView, ctx: &Ctx<'_>) -> Self {
        let names = ctx.world.names(view.guild);
        let blocks = match (said.state, &said.text) {
            (MessageState::NoKey, _) => prose::parse(&format!("*{}*", ctx.w.get("message-no-key")), names),
            (_, Some(text)) => prose::parse(&ctx.veil(text), names),
            _ => Vec::new(),
        };
        let names = said.text.as_ref().is_none_or(|text| text.contains(['<', '@', ':']));
        Self { blocks, names }
    }

    /// Whether it may read otherwise where somebody is called otherwise, in another language, or before others.
    #[must_use]
    pub fn names(&self) -> bool {
        self.names
    }

    /// Its code that is to be coloured.
    #[must_use]
    pub fn code(&self) -> Vec<prose::Code> {
        prose::code(&self.blocks)
    }
}

/// A message with what its place in the timeline adds.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// It.
    pub said: &'a Said,
    /// What it says.
    pub body: &'a Body,
    /// It stands under the head of the one before.
    pub follows: bool,
    /// What it answers: a message, or one that is not to be had.
    pub quote: Option<Option<&'a Said>>,
    /// One was led to it.
    pub lit: bool,
    /// Where it is known to be, if it is mine.
    pub kept: Option<&'a Kept>,
    /// How many bytes of its files are here.
    pub held: &'a BTreeMap<FileId, u64>,
    /// What the thread on it is called, if there is one.
    pub thread: Option<&'a str>,
    /// Nothing was said after it.
    pub newest: bool,
}

/// Draws it.
pub fn view<'a>(shown: Shown<'a>, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let Shown { said, follows, .. } = shown;
    let compact = ctx.prefs.looks.compact;
    let mut parts = column![].spacing(space::XS).width(Fill);
    if let Some(quote) = shown.quote {
        parts = parts.push(quoted(quote, said.reply_to, view, ctx));
    }
    if !follows {
        parts = parts.push(head(said, view, ctx));
    }
    if !shown.body.blocks.is_empty() {
        parts = parts.push(blocks(&shown.body.blocks, ctx.theme.look(), &events(ctx)));
    }
    for file in &said.files {
        let held = shown.held.get(&file.id).copied().unwrap_or_default();
        parts = parts.push(attached(file, held, ctx));
    }
    if !said.reactions.is_empty() {
        parts = parts.push(reactions(said, view, ctx));
    }
    if let Some(name) = shown.thread {
        let words = text(shorten(&ctx.veil(name), 60)).font(MEDIUM).size(size::SMALL).style(theme::text::accent);
        let inside = row![icon(Icon::MessagesSquare, 14.0).style(theme::text::faint), words].spacing(space::S);
        parts =
            parts.push(button(inside.align_y(Center)).padding(0).style(theme::button::plain).on_press(Message::Thread));
    }
    let side: Element<'a, Message> = if follows || compact {
        widget::push().width(if compact { 0.0 } else { FACE }).into()
    } else {
        let (avatar, seed) = face_of(view, &said.author);
        let face = widget::face(ctx.pictures, avatar, &view.name(&said.author), seed, FACE);
        button(face).padding(0).style(theme::button::plain).on_press(Message::User(said.author)).into()
    };
    let above = if follows || compact { 2.0 } else { space::S };
    let padding = Padding { top: above, bottom: 2.0, left: space::L, right: space::L };
    let base = container(row![side, parts].push(kept(shown, ctx)).spacing(if compact { 0.0 } else { space::M }))
        .padding(padding)
        .width(Fill);
    let base = if said.mention || shown.lit { base.style(theme::container::soft) } else { base };
    let tools = move || {
        let right = Padding { right: space::L, ..Padding::ZERO };
        container(toolbar(said, view, ctx)).width(Fill).align_right(Fill).padding(right).into()
    };
    widget::tools(base, tools).into()
}

/// On how many devices a message of mine is, until it is on all of them.
fn kept<'a>(shown: Shown<'a>, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
    let Kept { on, of } = shown.kept?;
    let whole = on.len() >= *of;
    if whole && !shown.newest {
        return None;
    }
    let place = [("count", on.len().into()), ("of", (*of).into())];
    let (sign, words) =
        if whole { (Icon::Checks, ctx.w.get("kept-all")) } else { (Icon::Check, ctx.w.with("kept-some", &place)) };
    let count = (!whole).then(|| text(format!("{}/{of}", on.len())).size(size::CAPTION));
    let badge = row![icon(sign, 14.0)].push(count).spacing(2).align_y(Center);
    Some(widget::tip(container(badge).style(theme::container::faint), words))
}

/// What follows from using a text.
fn events(ctx: Ctx<'_>) -> Events<'_, Message> {
    Events::default()
        .on_press(|target| match target {
            Target::Link { url, plain } => Message::Link(url, plain),
            Target::Mention { who, .. } => Message::Mention(who),
            Target::Channel(channel) => Message::Channel(channel),
        })
        .pictures(move |file| match ctx.pictures.look(file, Scale::Small) {
            Look::Here(picture) => picture.frames.first().map(|(frame, _)| frame.clone()),
            _ => None,
        })
}

fn head<'a>(said: &'a Said, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let color = ctx.theme.color.role(view.tint(&said.author));
    let name = widget::wrapped(shorten(&view.name(&said.author), 64)).font(MEDIUM).size(size::BODY).color(color);
    let name = button(name).padding(0).style(theme::button::plain).on_press(Message::User(said.author));
    let at = said.id.hlc.ms();
    let when = text(ctx.clock.stamp(at)).size(size::CAPTION).style(theme::text::faint);
    let mut head = row![name, widget::tip(when, ctx.clock.full(at))].spacing(space::S).align_y(Center);
    if let Some(edited) = said.edited {
        let words = text(ctx.w.get("edited")).size(size::CAPTION).style(theme::text::faint);
        head = head.push(widget::tip(words, ctx.clock.full(edited)));
    }
    if said.pinned {
        head = head.push(widget::tip(icon(Icon::Pin, 12.0).style(theme::text::faint), ctx.w.get("pinned")));
    }
    // The time is seen whatever the name.
    head.wrap().vertical_spacing(0).into()
}

/// One line of what it answers.
pub fn quoted<'a>(
    quote: Option<&'a Said>,
    to: Option<MessageId>,
    view: &'a GuildView,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let arrow = icon(Icon::CornerUpRight, 14.0).style(theme::text::faint);
    let Some(said) = quote else {
        let words = text(ctx.w.get("quote-gone")).size(size::SMALL).style(theme::text::faint);
        return row![arrow, words].spacing(space::S).align_y(Center).into();
    };
    let color = ctx.theme.color.role(view.tint(&said.author));
    let name = text(shorten(&view.name(&said.author), 32)).font(MEDIUM).size(size::SMALL).color(color);
    let line = prose::plain(&ctx.veil(said.text.as_deref().unwrap_or_default()), ctx.world.names(view.guild));
    let line = if line.is_empty() { ctx.w.get("quote-files") } else { line };
    let line = widget::single(text(line).size(size::SMALL).style(theme::text::muted));
    let inside = row![arrow, name, line].spacing(space::S).align_y(Center);
    let press = button(container(inside).clip(true)).padding(0).style(theme::button::plain).width(Fill);
    press.on_press_maybe(to.map(Message::Jump)).into()
}

/// The first so many characters, on a line, such that they do nothing to what stands beside them.
#[must_use]
pub fn shorten(words: &str, most: usize) -> String {
    prose::line(words, most)
}

fn reactions<'a>(said: &'a Said, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let channel = view.law.channels.get(&said.channel);
    let may = channel.is_some_and(|channel| view.may(channel, Permissions::REACT));
    let each = said.reactions.iter().map(|reaction| {
        let mine = reaction.users.contains(&view.me);
        let count = text(format::count(reaction.users.len() as u64)).font(MEDIUM).size(size::SMALL);
        let inside =
            row![emoji(reaction.emoji.as_str(), 16.0, view, ctx), count].spacing(space::XS + 2.0).align_y(Center);
        let press = button(inside).padding([3.0, space::S]).style(theme::button::reaction(mine));
        let press = press.on_press_maybe(may.then(|| Message::React(reaction.emoji.clone(), !mine)));
        let names: Vec<_> = reaction
            .users
            .iter()
            .take(8)
            .map(|user| prose::isolated(&shorten(&view.name(user), 32)).into_owned())
            .collect();
        let more = reaction.users.len().saturating_sub(names.len());
        let names = names.join(", ");
        let words = if more == 0 {
            names
        } else {
            ctx.w.with("names-and-more", &[("names", names.into()), ("count", more.into())])
        };
        widget::tip(press, words)
    });
    Row::from_iter(each).spacing(space::XS).wrap().vertical_spacing(space::XS).into()
}

/// An emoji of Unicode, or a guild's own.
pub fn emoji<'a, M: 'a>(emoji: impl Into<String>, side: f32, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let emoji = emoji.into();
    let own = emoji.strip_prefix(':').and_then(|it| it.strip_suffix(':')).and_then(|name| view.law.emoji.get(name));
    if let Some(picture) = own {
        if let Look::Here(picture) = ctx.pictures.look(picture.id, Scale::Small) {
            return widget::frames(picture).size(side + 2.0, side + 2.0).whole().into();
        }
        return text(emoji).size(size::SMALL).into();
    }
    text(emoji).font(theme::EMOJI).size(side).line_height(1.1).shaping(text::Shaping::Advanced).into()
}

/// Whether a file is drawn as a picture.
#[must_use]
pub fn is_picture(file: &File) -> bool {
    file.image.is_some() && ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&file.mime.as_str())
}

/// A picture in the page, or a card.
fn attached<'a>(file: &'a File, held: u64, ctx: Ctx<'a>) -> Element<'a, Message> {
    let Some((width, height)) = file.image.filter(|_| is_picture(file)) else { return card(file, held, ctx) };
    let (width, height) = bounded(width, height);
    // What moves is shown as it is; of the rest the small one is enough.
    let drawn = file.preview.as_ref().filter(|_| file.mime != "image/gif").map_or(file.id, |small| small.id);
    let inside: Element<'a, Message> = match ctx.pictures.look(drawn, Scale::Inline) {
        Look::Here(picture) => widget::frames(picture).size(width, height).into(),
        Look::Coming => container(icon(Icon::Image, 24.0).style(theme::text::faint))
            .center_x(Length::Fixed(width))
            .center_y(Length::Fixed(height))
            .style(theme::container::well)
            .into(),
        Look::Unseen(why) => {
            let why = match why {
                Unseen::Missing(why) => ctx.say(why),
                Unseen::Broken => ctx.w.get("picture-broken"),
            };
            return column![card(file, held, ctx), widget::hint(why)].spacing(space::XS).max_width(CARD).into();
        }
    };
    button(inside).padding(0).style(theme::button::plain).on_press(Message::Look(file.clone())).into()
}

/// As large as fits, in the picture's own proportion.
#[allow(clippy::cast_precision_loss)]
fn bounded(width: u32, height: u32) -> (f32, f32) {
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let share = (PICTURE.0 / width).min(PICTURE.1 / height).min(1.0);
    ((width * share).max(24.0), (height * share).max(24.0))
}

/// A file: what it is, how much of it is here, and how to have it.
fn card<'a>(file: &'a File, held: u64, ctx: Ctx<'a>) -> Element<'a, Message> {
    let under_way = ctx.world.transfers.get(&file.id);
    let in_part = held > 0 && held < file.size;
    let name = text(prose::file(&file.name)).font(MEDIUM).size(size::BODY).wrapping(text::Wrapping::Glyph);
    let detail = match under_way {
        Some((have, size)) => ctx.w.with(
            "file-progress",
            &[("have", format::size(ctx.w, *have).into()), ("size", format::size(ctx.w, *size).into())],
        ),
        None if in_part => ctx.w.with(
            "file-part",
            &[("have", format::size(ctx.w, held).into()), ("size", format::size(ctx.w, file.size).into())],
        ),
        None => format::size(ctx.w, file.size),
    };
    let mut words = column![name, text(detail).size(size::CAPTION).style(theme::text::faint)].spacing(2).width(Fill);
    #[allow(clippy::cast_precision_loss)]
    if let Some((have, size)) = under_way {
        words = words.push(progress_bar(0.0..=(*size).max(1) as f32, *have as f32).girth(4));
    }
    let act = if under_way.is_some() {
        widget::icon_button(Icon::Close, ctx.w.get("file-stop"), Message::Stop(file.id))
    } else {
        let key = if in_part { "file-resume" } else { "file-save" };
        widget::icon_button(Icon::Download, ctx.w.get(key), Message::Get(file.clone()))
    };
    let inside =
        row![icon(Icon::FileText, 28.0).style(theme::text::muted), words, act].spacing(space::M).align_y(Center);
    container(inside).padding(space::M).max_width(CARD).style(theme::container::card).into()
}

/// What is at hand when the mouse is on it.
fn toolbar<'a>(said: &'a Said, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let Some(channel) = view.law.channels.get(&said.channel) else { return widget::push().width(0).into() };
    let mut tools = row![].spacing(0);
    if view.may(channel, Permissions::REACT) {
        tools = tools.push(widget::icon_button(Icon::SmilePlus, ctx.w.get("react"), Message::Pick));
    }
    let answers = if said.thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
    if view.may(channel, answers) {
        tools = tools.push(widget::icon_button(Icon::Reply, ctx.w.get("reply"), Message::Reply));
    }
    if said.author == view.me {
        tools = tools.push(widget::icon_button(Icon::Pencil, ctx.w.get("edit"), Message::Edit));
    }
    if said.thread.is_none() && view.may(channel, Permissions::SEND_IN_THREADS) {
        tools = tools.push(widget::icon_button(Icon::MessagesSquare, ctx.w.get("thread"), Message::Thread));
    }
    tools = tools.push(widget::icon_button(Icon::More, ctx.w.get("more"), Message::More));
    container(tools).style(theme::container::floating).into()
}

/// Something that happened, between messages.
pub fn notice<'a>(notice: &'a Notice, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let who = shorten(&view.name(&notice.author), 64);
    let (sign, words, to) = match &notice.what {
        Happened::Joined => (Icon::LogIn, ctx.w.with("notice-joined", &[("who", who.into())]), None),
        Happened::GuildRenamed(name) => {
            let place = [("who", who.into()), ("name", shorten(&ctx.veil(name), 100).into())];
            (Icon::Pencil, ctx.w.with("notice-guild-renamed", &place), None)
        }
        Happened::Renamed(name) => {
            let place = [("who", who.into()), ("name", shorten(&ctx.veil(name), 100).into())];
            (Icon::Pencil, ctx.w.with("notice-renamed", &place), None)
        }
        Happened::Topic(topic) => {
            let place = [("who", who.into()), ("topic", shorten(&ctx.veil(topic), 100).into())];
            (Icon::Pencil, ctx.w.with("notice-topic", &place), None)
        }
        Happened::Pinned(id) => (Icon::Pin, ctx.w.with("notice-pinned", &[("who", who.into())]), Some(*id)),
        Happened::Thread(id, name) => {
            let place = [("who", who.into()), ("name", shorten(&ctx.veil(name), 100).into())];
            (Icon::MessagesSquare, ctx.w.with("notice-thread", &place), Some(*id))
        }
    };
    let sign = container(icon(sign, 16.0).style(theme::text::faint)).center_x(FACE);
    let when = text(ctx.clock.stamp(notice.at)).size(size::CAPTION).style(theme::text::faint);
    let words = widget::wrapped(words).size(size::SMALL).style(theme::text::muted);
    let words = row![words, when].spacing(space::M).align_y(Alignment::Center).wrap().vertical_spacing(0);
    let line = row![sign, words].spacing(space::M).align_y(Alignment::Center);
    let line = container(line).padding([space::XS, space::L]).width(Fill);
    match to {
        Some(id) => mouse_area(line).interaction(iced::mouse::Interaction::Pointer).on_press(Message::Jump(id)).into(),
        None => line.into(),
    }
}
