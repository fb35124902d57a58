//! The icon in the panel (StatusNotifierItem): what is unread, and a menu to open the app, be left alone, or quit.
//!
//! A panel may have no place for it, or come and go: that is told, since without an icon a closed window can't be got
//! back, and closing it has to quit.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures::{Stream, channel::mpsc};
use ksni::{
    Handle, MenuItem, OfflineReason, ToolTip, TrayMethods,
    menu::{CheckmarkItem, StandardItem},
};

use super::{APP, Rgba, Unavailable, bus, text};

const WHAT: &str = "an icon in the panel";
/// Side of the icon, in pixels; panels scale it.
const SIDE: u32 = 64;
/// Longest text of the menu, in characters.
const TEXT: usize = 80;
/// Choices that wait for the app. A person makes no more; what exceeds it is dropped.
const WAITING: usize = 16;

/// The words on it, in the person's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What is shown beside it: the app, and what is unread.
    pub title: String,
    /// Opens the window.
    pub open: String,
    /// Turns "do not disturb" on and off.
    pub quiet: String,
    /// Ends the app.
    pub quit: String,
}

/// What it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// A dot: something is unread.
    pub unread: bool,
    /// A number in its place: how often the person was named.
    pub mentions: u32,
    /// Whether "do not disturb" is on.
    pub quiet: bool,
}

/// What was chosen, or became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Open the window.
    Open,
    /// Turn "do not disturb" to this.
    Quiet(bool),
    /// Quit.
    Quit,
    /// A panel shows the icon: a closed window may hide.
    Visible,
    /// None does, until [`Choice::Visible`]: closing the window has to quit.
    Hidden(Unavailable),
}

/// The icon. Dropping it takes it away.
pub struct Tray(Handle<Item>);

impl Tray {
    /// Puts the icon into the panel, now or as soon as there is one, and gives the stream of what is chosen. It begins
    /// with [`Choice::Visible`] or [`Choice::Hidden`].
    ///
    /// # Errors
    /// There is no session bus, or the panel refuses: there will be no icon.
    pub async fn start(
        icon: Rgba,
        texts: Texts,
    ) -> Result<(Self, impl Stream<Item = Choice> + Send + use<>), Unavailable> {
        let (said, choices) = mpsc::channel(WAITING);
        let (look, hidden) = (Look::default(), AtomicBool::new(false));
        let item = Item { drawn: draw(&icon, look), icon, texts, look, said, hidden };
        // Without a panel yet, it waits for one.
        let started = tokio::time::timeout(bus::ANSWER, item.assume_sni_available(true).spawn()).await;
        let tray = Self(started.map_err(|_| Unavailable::Silent(WHAT))?.map_err(why)?);
        let seen = |item: &mut Item| {
            if !item.hidden.load(Relaxed) {
                item.say(Choice::Visible)
            }
        };
        tray.0.update(seen).await;
        Ok((tray, choices))
    }

    /// Shows something else.
    pub async fn show(&self, look: Look) {
        let change = |item: &mut Item| {
            item.look = look;
            item.drawn = draw(&item.icon, look);
        };
        self.0.update(change).await;
    }

    /// Says it in other words.
    pub async fn reword(&self, texts: Texts) {
        self.0.update(|item| item.texts = texts).await;
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        drop(self.0.shutdown());
    }
}

/// What the panel asks about.
struct Item {
    icon: Rgba,
    drawn: Vec<ksni::Icon>,
    texts: Texts,
    look: Look,
    said: mpsc::Sender<Choice>,
    hidden: AtomicBool,
}

impl Item {
    fn say(&self, choice: Choice) {
        // A receiver that is gone, or full: nobody to tell.
        let _ = self.said.clone().try_send(choice);
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        APP.to_owned()
    }

    fn category(&self) -> ksni::Category {
        ksni::Category::Communications
    }

    fn title(&self) -> String {
        text::line(&self.texts.title, TEXT)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.title(), ..ToolTip::default() }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.drawn.clone()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.say(Choice::Open);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        self.say(Choice::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        // An underscore alone would mark the key that chooses the entry.
        let label = |words: &str| text::line(words, TEXT).replace('_', "__");
        let entry = |words: &str, choice: fn() -> Choice| {
            let activate = Box::new(move |item: &mut Self| item.say(choice()));
            StandardItem { label: label(words), activate, ..StandardItem::default() }.into()
        };
        let quiet = CheckmarkItem {
            label: label(&self.texts.quiet),
            checked: self.look.quiet,
            activate: Box::new(|item: &mut Self| item.say(Choice::Quiet(!item.look.quiet))),
            ..CheckmarkItem::default()
        };
        vec![
            entry(&self.texts.open, || Choice::Open),
            quiet.into(),
            MenuItem::Separator,
            entry(&self.texts.quit, || Choice::Quit),
        ]
    }

    fn watcher_online(&self) {
        self.hidden.store(false, Relaxed);
        self.say(Choice::Visible);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        self.hidden.store(true, Relaxed);
        self.say(Choice::Hidden(match reason {
            OfflineReason::Error(error) => why(error),
            _ => Unavailable::NoService(WHAT),
        }));
        true
    }
}

fn why(error: ksni::Error) -> Unavailable {
    match error {
        ksni::Error::Dbus(error) => bus::why(WHAT, error),
        ksni::Error::Watcher(error) => bus::why(WHAT, error),
        _ => Unavailable::NoService(WHAT),
    }
}

/// The icon as panels want it: opacity first.
fn draw(icon: &Rgba, look: Look) -> Vec<ksni::Icon> {
    let plain = !look.unread && look.mentions == 0;
    let drawn = if plain { icon.within(SIDE) } else { icon.badged(SIDE, look.mentions) };
    let (width, height) = (drawn.width() as i32, drawn.height() as i32);
    let mut data = drawn.into_raw();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    vec![ksni::Icon { width, height, data }]
}
