//! First run: a name and a face, the words that bring it all back, and the way into a first guild. No account, no network.

use std::path::PathBuf;

use iced::{
    Center, Fill,
    widget::{Column, Id, Row, checkbox, column, container, operation, row, scrollable, text},
};

use super::{Ctx, dialog::add::choice};
use crate::{
    intent::{Tone, Wants},
    theme::{self, Element, MONO, STRONG, size, space},
    widget::{self, Icon, icon},
};

/// Characters of a name.
const NAME_MAX: usize = 64;

/// How far one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Name,
    Words,
    Check,
    Begin,
}

/// First run.
#[derive(Debug)]
pub struct Welcome {
    page: Page,
    id: Id,
    name: String,
    avatar: Option<PathBuf>,
    words: Vec<&'static str>,
    /// Of the words that are asked for: which, and what was typed.
    asked: [(usize, String); 2],
    written: bool,
    under_way: bool,
    fault: Option<String>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// What one is called.
    Name(String),
    /// What one looks like.
    Avatar(Option<PathBuf>),
    /// Choose a picture.
    ChooseAvatar,
    /// Make the identity.
    Create,
    /// It was made, or not: the words.
    Created(Result<Vec<&'static str>, String>),
    /// The words are written down.
    Written(bool),
    /// On.
    Next,
    /// Back to the words.
    Back,
    /// One of the words that are asked for.
    Word(usize, String),
    /// Copy the words.
    Copy,
    /// Create a guild.
    CreateGuild,
    /// Join one.
    Join,
    /// People on this network.
    Nearby,
    /// Look at the app first.
    Later,
}

/// Where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Create a guild.
    Create,
    /// Join one.
    Join,
    /// Knock at somebody's door on this network.
    Nearby,
    /// Nowhere yet.
    Later,
}

impl Welcome {
    /// Nothing known yet, but perhaps what the system calls its user.
    pub fn new(name: String) -> (Self, Wants<Message>) {
        let welcome = Self {
            page: Page::Name,
            id: Id::unique(),
            name,
            avatar: None,
            words: Vec::new(),
            asked: [(2, String::new()), (16, String::new())],
            written: false,
            under_way: false,
            fault: None,
        };
        let focus = Wants::task(operation::focus(welcome.id.clone()));
        (welcome, focus)
    }

    fn named(&self) -> bool {
        let name = self.name.trim();
        !self.under_way && !name.is_empty() && name.chars().count() <= NAME_MAX
    }

    /// What happens; where it leads, at the end.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Option<Exit>) {
        match message {
            Message::Name(name) => (self.name, self.fault) = (name, None),
            Message::Avatar(path) => {
                self.avatar.clone_from(&path);
                return (Wants::prefer(move |prefs| prefs.avatar = path), None);
            }
            Message::Create if self.named() => {
                self.under_way = true;
                let name = self.name.trim().to_owned();
                let create = Wants::work(move |node| async move {
                    let made = node.create_identity(&name).await;
                    Message::Created(made.map(|made| made.recovery).map_err(|error| error.to_string()))
                });
                return (create, None);
            }
            Message::Created(Ok(words)) => {
                // Which are asked for is nothing to be guessed or kept secret: it only keeps one from passing by unread.
                let seed = words.iter().map(|word| word.len()).sum::<usize>();
                self.asked = [(seed % 12, String::new()), (12 + seed % 11, String::new())];
                (self.words, self.page, self.under_way) = (words, Page::Words, false);
            }
            Message::Created(Err(why)) => (self.under_way, self.fault) = (false, Some(why)),
            Message::Written(written) => self.written = written,
            Message::Next if self.page == Page::Words && self.written => {
                self.page = Page::Check;
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::Next if self.page == Page::Check => {
                let right = |(at, typed): &(usize, String)| {
                    self.words.get(*at).is_some_and(|word| typed.trim().eq_ignore_ascii_case(word))
                };
                if self.asked.iter().all(right) {
                    (self.page, self.fault) = (Page::Begin, None);
                    self.words.clear();
                } else {
                    self.fault = Some(ctx.w.get("words-wrong"));
                }
            }
            Message::Back => (self.page, self.fault) = (Page::Words, None),
            Message::Word(at, word) => {
                if let Some(asked) = self.asked.get_mut(at) {
                    asked.1 = word;
                }
                self.fault = None;
            }
            Message::Copy => {
                let copy = Wants::task(iced::clipboard::write(self.words.join(" ")));
                return (copy.and(Wants::say(Tone::Good, ctx.w.get("copied"))), None);
            }
            Message::CreateGuild => return (Wants::none(), Some(Exit::Create)),
            Message::Join => return (Wants::none(), Some(Exit::Join)),
            Message::Nearby => return (Wants::none(), Some(Exit::Nearby)),
            Message::Later => return (Wants::none(), Some(Exit::Later)),
            Message::Create | Message::Next | Message::ChooseAvatar => {}
        }
        (Wants::none(), None)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let page = match self.page {
            Page::Name => self.naming(ctx),
            Page::Words => self.recovery(ctx),
            Page::Check => self.check(ctx),
            Page::Begin => self.begin(ctx),
        };
        let steps = [Page::Name, Page::Words, Page::Check, Page::Begin].map(|step| {
            let on = step == self.page;
            let dot = container(widget::push().width(if on { 24 } else { 8 })).height(8);
            let style = if on { theme::container::mark } else { theme::container::pill };
            dot.style(style).into()
        });
        let steps = Row::from_iter(steps).spacing(space::S);
        let sheet = container(page).padding(space::XXL).max_width(560).style(theme::container::floating);
        let whole = column![brand(ctx), sheet, steps].spacing(space::XL).align_x(Center);
        let whole = container(scrollable(container(whole).center_x(Fill).padding(space::XL))).center(Fill);
        whole.style(theme::container::rail).into()
    }

    fn naming<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("name-example");
        let line = widget::line(&shown, &self.name, Message::Name).id(self.id.clone()).on_submit(Message::Create);
        let over = self.name.trim().chars().count() > NAME_MAX;
        let initials = widget::face(ctx.pictures, None, &self.name, 0, 72.0);
        let fields =
            row![initials, widget::field(ctx.w.get("name"), line).width(Fill)].spacing(space::L).align_y(Center);
        let mut parts =
            column![widget::heading(ctx.w.get("welcome")), widget::hint(ctx.w.get("welcome-hint")), fields,]
                .spacing(space::L);
        if over {
            parts = parts.push(widget::fault(ctx.w.get("name-long")));
        }
        parts = parts.push(self.fault.clone().map(widget::fault));
        let words = if self.under_way { ctx.w.get("creating") } else { ctx.w.get("next") };
        let go = widget::primary(words, self.named().then_some(Message::Create));
        parts.push(row![widget::push(), go]).into()
    }

    fn recovery<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut grid = Column::new().spacing(space::S);
        for (line, words) in self.words.chunks(4).enumerate() {
            let cells = words.iter().enumerate().map(|(at, word)| {
                let number =
                    text(format!("{:>2}", line * 4 + at + 1)).font(MONO).size(size::CAPTION).style(theme::text::faint);
                let inside = row![number, text(*word).font(MONO).size(size::BODY)].spacing(space::S).align_y(Center);
                container(inside).padding([space::XS + 2.0, space::S]).width(Fill).style(theme::container::well).into()
            });
            grid = grid.push(Row::from_iter(cells).spacing(space::S));
        }
        let check = checkbox(self.written).label(ctx.w.get("words-written")).on_toggle(Message::Written);
        let copy = widget::secondary(ctx.w.get("copy"), Some(Message::Copy));
        let next = widget::primary(ctx.w.get("next"), self.written.then_some(Message::Next));
        column![
            widget::heading(ctx.w.get("words-head")),
            widget::hint(ctx.w.get("words-hint")),
            grid,
            check.size(18).text_size(size::BODY),
            row![copy, widget::push(), next].spacing(space::S),
        ]
        .spacing(space::L)
        .into()
    }

    fn check<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut parts = column![widget::heading(ctx.w.get("words-check")), widget::hint(ctx.w.get("words-check-hint"))];
        for (at, (asked, typed)) in self.asked.iter().enumerate() {
            let name = ctx.w.with("word-number", &[("number", (asked + 1).into())]);
            let line = widget::line("", typed, move |word| Message::Word(at, word)).on_submit(Message::Next);
            let line = if at == 0 { line.id(self.id.clone()) } else { line };
            parts = parts.push(widget::field(name, line));
        }
        parts = parts.push(self.fault.clone().map(widget::fault));
        let back = widget::secondary(ctx.w.get("back"), Some(Message::Back));
        let next = widget::primary(ctx.w.get("next"), Some(Message::Next));
        parts.push(row![back, widget::push(), next]).spacing(space::L).into()
    }

    fn begin<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let later = widget::secondary(ctx.w.get("later"), Some(Message::Later));
        column![
            widget::heading(ctx.w.get("begin")),
            choice(Icon::Tent, ctx.w.get("create-guild"), ctx.w.get("create-guild-hint"), Message::CreateGuild),
            choice(Icon::Link, ctx.w.get("have-invite"), ctx.w.get("have-invite-hint"), Message::Join),
            choice(Icon::Radio, ctx.w.get("people-nearby"), nearby_words(&ctx), Message::Nearby),
            row![widget::push(), later],
        ]
        .spacing(space::L)
        .into()
    }
}

/// How many are on this network.
fn nearby_words(ctx: &Ctx<'_>) -> String {
    match ctx.world.nearby.len() {
        0 => ctx.w.get("people-nearby-none"),
        count => ctx.w.with("people-nearby-hint", &[("count", count.into())]),
    }
}

/// The app's name and sign.
pub fn brand<'a, M: 'a>(ctx: Ctx<'a>) -> Element<'a, M> {
    let sign = icon(Icon::Tent, 36.0).color(ctx.theme.color.accent);
    row![sign, text("Bivouac").font(STRONG).size(size::DISPLAY)].spacing(space::M).align_y(Center).into()
}
