//! The user's settings, over the whole window: the pages on the left, one of them on the right. Whatever is changed holds at
//! once and is remembered; there is nothing to save.

pub mod about;
pub mod keys;
pub mod looks;
pub mod network;
pub mod notify;
pub mod profile;
pub mod secret;
pub mod storage;

use std::path::PathBuf;

use iced::{
    Center, Fill, Padding,
    keyboard::{self, key::Named},
    widget::{Column, Id, column, container, operation, row, rule, scrollable, text},
};

use super::Ctx;
use crate::{
    intent::Wants,
    keymap::Chord,
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, button, form, icon},
};

/// Width of the list of pages, in logical pixels, with words and without.
const SIDE: (f32, f32) = (240.0, 56.0);
/// Most that a page takes of the window, likewise.
pub const WIDE: f32 = 760.0;
/// Below this width of the window there is no room for words beside the page, likewise.
const NARROW: f32 = 760.0;

/// A page of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Who one is.
    Profile,
    /// How everything looks.
    Looks,
    /// What each chord does.
    Keys,
    /// What is told.
    Notify,
    /// Who is connected, and how one is reached.
    Network,
    /// What is kept on the disk.
    Storage,
    /// The program itself.
    About,
}

impl Page {
    /// All, as they are listed.
    pub const ALL: [Self; 7] =
        [Self::Profile, Self::Looks, Self::Keys, Self::Notify, Self::Network, Self::Storage, Self::About];

    fn sign(self) -> Icon {
        match self {
            Self::Profile => Icon::User,
            Self::Looks => Icon::Palette,
            Self::Keys => Icon::Keyboard,
            Self::Notify => Icon::Bell,
            Self::Network => Icon::Network,
            Self::Storage => Icon::HardDrive,
            Self::About => Icon::Info,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Profile => "settings-profile",
            Self::Looks => "settings-looks",
            Self::Keys => "settings-keys",
            Self::Notify => "settings-notify",
            Self::Network => "settings-network",
            Self::Storage => "settings-storage",
            Self::About => "settings-about",
        }
    }
}

/// The settings.
#[derive(Debug)]
pub struct Settings {
    page: Page,
    pages: Id,
    body: Id,
    profile: profile::Profile,
    looks: looks::Looks,
    keys: keys::Keys,
    network: network::Network,
    storage: storage::Storage,
}

/// What happens in them.
#[derive(Clone, Debug)]
pub enum Message {
    /// To a page.
    Page(Page),
    /// So many pages further.
    Step(i32),
    /// Enough.
    Close,
    /// Who one is.
    Profile(profile::Message),
    /// How everything looks.
    Looks(looks::Message),
    /// What each chord does.
    Keys(keys::Message),
    /// What is told.
    Notify(notify::Message),
    /// How one is reached.
    Network(network::Message),
    /// What is kept on the disk.
    Storage(storage::Message),
    /// The program itself.
    About(about::Message),
}

/// What the screen around them has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// They go.
    Close,
    /// The network doctor, in their place.
    Doctor,
}

impl Settings {
    /// At a page.
    pub fn new(page: Page) -> (Self, Wants<Message>) {
        let settings = Self {
            page,
            pages: Id::unique(),
            body: Id::unique(),
            profile: profile::Profile::default(),
            looks: looks::Looks::default(),
            keys: keys::Keys::default(),
            network: network::Network::default(),
            storage: storage::Storage::default(),
        };
        let focus = Wants::task(operation::focus(settings.pages.clone()));
        let asks = settings.look();
        (settings, asks.and(focus))
    }

    /// The page that is shown.
    #[must_use]
    pub fn page(&self) -> Page {
        self.page
    }

    /// Another page, from its beginning.
    pub fn turn(&mut self, page: Page) -> Wants<Message> {
        self.page = page;
        self.keys.forget();
        let top = operation::snap_to(self.body.clone(), scrollable::RelativeOffset::START);
        self.look().and(Wants::task(top)).and(Wants::task(operation::focus(self.pages.clone())))
    }

    /// Asks the node for what the page tells.
    fn look(&self) -> Wants<Message> {
        match self.page {
            Page::Profile => profile::Profile::look().map(Message::Profile),
            Page::Network => network::Network::look().map(Message::Network),
            Page::Storage => storage::Storage::look().map(Message::Storage),
            _ => Wants::none(),
        }
    }

    /// A picture was chosen, or none.
    pub fn chosen(&mut self, picture: Option<PathBuf>, ctx: &Ctx<'_>) -> Wants<Message> {
        self.profile.update(profile::Message::Chosen(picture), ctx).map(Message::Profile)
    }

    /// Keys that are taken before anything else takes them. `done`: it did something already, such as to press the button that
    /// begins to listen for one.
    pub fn key(&mut self, key: &keyboard::Key, chord: &Chord, done: bool, ctx: &Ctx<'_>) -> Option<Wants<Message>> {
        if done {
            return None;
        }
        if self.keys.listens() {
            return Some(self.keys.pressed(key, chord, ctx).map(Message::Keys));
        }
        let by = match key {
            keyboard::Key::Named(Named::PageDown) => 0.9,
            keyboard::Key::Named(Named::PageUp) => -0.9,
            _ => return None,
        };
        let by = scrollable::AbsoluteOffset { x: 0.0, y: by * (ctx.size.height - 120.0) };
        Some(Wants::task(operation::scroll_by(self.body.clone(), by)))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Option<Ask>) {
        let wants = match message {
            Message::Page(page) => self.turn(page),
            Message::Step(by) => {
                let here = Page::ALL.iter().position(|page| *page == self.page).unwrap_or_default();
                let next = here.saturating_add_signed(isize::try_from(by).unwrap_or_default());
                Page::ALL.get(next).map_or_else(Wants::none, |page| self.turn(*page))
            }
            Message::Close => return (Wants::none(), Some(Ask::Close)),
            Message::Profile(message) => self.profile.update(message, ctx).map(Message::Profile),
            Message::Looks(message) => self.looks.update(message).map(Message::Looks),
            Message::Keys(message) => self.keys.update(message, ctx).map(Message::Keys),
            Message::Notify(message) => notify::update(message).map(Message::Notify),
            Message::Network(network::Message::Doctor) => return (Wants::none(), Some(Ask::Doctor)),
            Message::Network(message) => self.network.update(message, ctx).map(Message::Network),
            Message::Storage(message) => self.storage.update(message, ctx).map(Message::Storage),
            Message::About(message) => about::update(message).map(Message::About),
        };
        (wants, None)
    }

    /// Draws them.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let page = match self.page {
            Page::Profile => self.profile.view(ctx).map(Message::Profile),
            Page::Looks => self.looks.view(ctx).map(Message::Looks),
            Page::Keys => self.keys.view(ctx).map(Message::Keys),
            Page::Notify => notify::view(ctx).map(Message::Notify),
            Page::Network => self.network.view(ctx).map(Message::Network),
            Page::Storage => self.storage.view(ctx).map(Message::Storage),
            Page::About => about::view(ctx).map(Message::About),
        };
        let whole = sheet(ctx.w.get(self.page.word()), page, self.body.clone(), Message::Close, false, ctx);
        row![self.side(ctx), whole].into()
    }

    /// The list of pages.
    fn side<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let narrow = ctx.size.width < NARROW;
        let mut list = Column::new().spacing(2).padding([space::M, space::S]);
        for page in Page::ALL {
            let here = page == self.page;
            let words = text(ctx.w.get(page.word())).font(MEDIUM).size(size::BODY);
            let sign = icon(page.sign(), 18.0);
            let inside =
                if narrow { row![container(sign).center_x(Fill)] } else { row![sign, words].spacing(space::M) };
            let press = button(inside.align_y(Center)).padding([space::S, space::M - 2.0]).width(Fill);
            let press = press.style(theme::button::row(here, here)).on_press(Message::Page(page));
            // One stop for all of them, as in a list: arrows go from page to page.
            let line = press.on_step(Message::Step).passed(!here);
            let line = if here { line.id(self.pages.clone()) } else { line };
            let tip = narrow.then(|| ctx.w.get(page.word()));
            list = list.push(match tip {
                Some(words) => widget::tip_at(line, words, iced::widget::tooltip::Position::Right),
                None => line.into(),
            });
        }
        let head = widget::title(ctx.w.get("settings"));
        let padding = Padding { top: space::XL, left: space::L + 2.0, ..Padding::ZERO };
        let head = (!narrow).then(|| container(head).padding(padding));
        let whole = column![].push(head).push(scrollable(list));
        let width = if narrow { SIDE.1 } else { SIDE.0 };
        container(whole).width(width).height(Fill).style(theme::container::side).into()
    }
}

/// A page over the window: what it is called, how one leaves, and below what it holds; in the middle where nothing stands
/// beside it.
pub fn sheet<'a, M: Clone + 'a>(
    name: String,
    content: Element<'a, M>,
    body: Id,
    close: M,
    centred: bool,
    ctx: Ctx<'a>,
) -> Element<'a, M> {
    let around = if ctx.size.width < NARROW { space::L } else { space::XXL };
    let leave = widget::tip_at(
        form::press(widget::bare_icon_button(Icon::Close, None), Some(close)),
        ctx.w.get("settings-leave"),
        iced::widget::tooltip::Position::Bottom,
    );
    let head = row![widget::heading(name).width(Fill), leave].spacing(space::M).align_y(Center);
    let inner = |inside: Element<'a, M>, above: f32, below: f32| {
        let padding = Padding { top: above, bottom: below, left: around, right: around };
        let inside = container(inside).max_width(WIDE).width(Fill).padding(padding);
        let outside = container(inside).width(Fill);
        if centred { outside.center_x(Fill) } else { outside }
    };
    let head = inner(head.into(), space::XL, space::L);
    let content = inner(content, space::XL, space::HUGE);
    let whole = column![head, rule::horizontal(1), scrollable(content).id(body).width(Fill).height(Fill)];
    container(whole).width(Fill).height(Fill).style(theme::container::page).into()
}
