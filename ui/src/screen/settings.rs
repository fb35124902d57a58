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
    keyboard::{self, key::Named},
    widget::column,
};

use super::{
    Ctx,
    pages::{self, Frame, Tab},
};
use crate::{
    intent::Wants,
    keymap::Chord,
    theme::{Element, space},
    widget::{self, Icon},
};

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
    frame: Frame,
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
            frame: Frame::default(),
            profile: profile::Profile::default(),
            looks: looks::Looks::default(),
            keys: keys::Keys::default(),
            network: network::Network::default(),
            storage: storage::Storage::default(),
        };
        let wants = settings.look().and(settings.frame.begin());
        (settings, wants)
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
        self.look().and(self.frame.begin())
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
        Some(self.frame.scroll(by, ctx))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Option<Ask>) {
        let wants = match message {
            Message::Page(page) if page == self.page => Wants::none(),
            Message::Page(page) => self.turn(page),
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
        let tabs = Page::ALL.map(|page| Tab {
            words: ctx.w.get(page.word()),
            icon: page.sign(),
            chosen: page == self.page,
            message: Message::Page(page),
            danger: false,
        });
        let page = column![widget::heading(ctx.w.get(self.page.word())), page].spacing(space::XL);
        pages::view(&ctx.w.get("settings"), tabs.into(), page, None, (Message::Close, &self.frame), ctx)
    }
}
