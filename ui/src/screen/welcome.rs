//! First run: a name and a face, what opens the data folder, the words that bring it all back, and the way into a first guild.
//! No account, no network.

use std::{path::PathBuf, time::Duration};

use iced::{
    Center, Fill, Task,
    widget::{Column, Id, Row, checkbox, column, container, operation, row, scrollable, text},
};

use bivouac_node::Passphrase;

use super::{Ctx, dialog::add::choice};
use crate::{
    avatar,
    fault::Fault,
    intent::{Depicts, Service, Tone, Wants},
    lock::{self, Key, Lock, LockError},
    pictures::Picture,
    theme::{self, Element, MONO, STRONG, size, space},
    widget::{self, Icon, icon},
};

/// Characters of a name.
const NAME_MAX: usize = 64;
/// How long copied words stay in the clipboard.
const COPIED_FOR: Duration = Duration::from_mins(1);

/// How far one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Name,
    Lock,
    Passphrase,
    Words,
    Check,
    Begin,
}

/// First run.
pub struct Welcome {
    page: Page,
    id: Id,
    name: String,
    face: Option<Picture>,
    /// Why there is no keyring, if there is none; nothing while that is not known.
    keyring: Option<Result<(), Fault>>,
    /// The passphrase to be, twice.
    secret: [String; 2],
    words: Vec<&'static str>,
    /// Of the words that are asked for: which, and what was typed.
    asked: [(usize, String); 2],
    written: bool,
    under_way: bool,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone)]
pub enum Message {
    /// What one is called.
    Name(String),
    /// Choose a picture.
    Choose,
    /// One was chosen, or none.
    Chosen(Option<PathBuf>),
    /// It can stand for oneself, or not.
    Face(PathBuf, Option<Picture>),
    /// Whether there is a keyring, or why not.
    Keyring(Result<(), Fault>),
    /// What opens the folder.
    Lock(Lock),
    /// The passphrase to be, and the same once more.
    Secret(usize, String),
    /// Opened so, make the identity.
    Create(Lock),
    /// It was made, or not: the words.
    Created(Result<Vec<&'static str>, Fault>),
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

// What is typed and shown here is nobody's to print.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("welcome::Message")
    }
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
            face: None,
            keyring: None,
            secret: Default::default(),
            words: Vec::new(),
            asked: [(2, String::new()), (16, String::new())],
            written: false,
            under_way: false,
            fault: None,
        };
        let focus = Wants::task(operation::focus(welcome.id.clone()));
        let keyring = Wants::work(|node| async move {
            let (_, keyring) = lock::look(&node).await;
            Message::Keyring(keyring.map_err(|why| LockError::from(why).into()))
        });
        (welcome, focus.and(keyring))
    }

    /// Whether the words are shown and not confirmed yet.
    #[must_use]
    pub fn unconfirmed(&self) -> bool {
        !self.words.is_empty()
    }

    fn named(&self) -> bool {
        let name = self.name.trim();
        !self.under_way && !name.is_empty() && name.chars().count() <= NAME_MAX
    }

    /// What happens; where it leads, at the end.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Option<Exit>) {
        match message {
            Message::Name(name) => (self.name, self.fault) = (name, None),
            Message::Choose => return (Wants::desktop(Service::Picture(Depicts::Me)), None),
            Message::Chosen(None) => {}
            Message::Chosen(Some(path)) => {
                let look = Wants::work(|_| async move {
                    let face = avatar::preview(path.clone()).await;
                    Message::Face(path, face)
                });
                return (look, None);
            }
            Message::Face(_, None) => self.fault = Some(Fault::of("profile-avatar-unfit")),
            Message::Face(path, face) => {
                (self.face, self.fault) = (face, None);
                return (Wants::prefer(move |prefs| prefs.avatar = Some(path)), None);
            }
            Message::Keyring(keyring) => self.keyring = Some(keyring),
            Message::Next if self.page == Page::Name && self.named() => (self.page, self.fault) = (Page::Lock, None),
            Message::Lock(Lock::Typed) => {
                (self.page, self.fault) = (Page::Passphrase, None);
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::Lock(lock) => return (self.create(lock), None),
            Message::Secret(at, words) => {
                if let Some(secret) = self.secret.get_mut(at) {
                    *secret = words;
                }
                self.fault = None;
            }
            Message::Create(lock) => return (self.create(lock), None),
            Message::Created(Ok(words)) => {
                // Which are asked for is nothing to be guessed or kept secret: it only keeps one from passing by unread.
                let seed = words.iter().map(|word| word.len()).sum::<usize>();
                self.asked = [(seed % 12, String::new()), (12 + seed % 11, String::new())];
                (self.words, self.page, self.under_way) = (words, Page::Words, false);
                self.secret = Default::default();
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
                    self.fault = Some(Fault::of("words-wrong"));
                }
            }
            Message::Back => {
                let before = match self.page {
                    Page::Passphrase => Page::Lock,
                    Page::Check => Page::Words,
                    _ => Page::Name,
                };
                (self.page, self.fault) = (before, None);
            }
            Message::Word(at, word) => {
                if let Some(asked) = self.asked.get_mut(at) {
                    asked.1 = word;
                }
                self.fault = None;
            }
            Message::Copy => {
                let words = self.words.join(" ");
                let copied = words.clone();
                // For who keeps them in a vault of their own: they are not to lie in the clipboard for ever.
                let forget = Task::future(tokio::time::sleep(COPIED_FOR)).then(|()| iced::clipboard::read());
                let forget = forget.then(move |held| match held {
                    Some(held) if held == copied => iced::clipboard::write(String::new()),
                    _ => Task::none(),
                });
                let copy = Wants::task(Task::batch([iced::clipboard::write(words), forget]));
                return (copy.and(Wants::say(Tone::Good, ctx.w.get("words-copied"))), None);
            }
            Message::CreateGuild => return (Wants::none(), Some(Exit::Create)),
            Message::Join => return (Wants::none(), Some(Exit::Join)),
            Message::Nearby => return (Wants::none(), Some(Exit::Nearby)),
            Message::Later => return (Wants::none(), Some(Exit::Later)),
            Message::Next => {}
        }
        (Wants::none(), None)
    }

    /// Has the folder opened by what was chosen, and makes the identity in it.
    fn create(&mut self, lock: Lock) -> Wants<Message> {
        let [secret, again] = &self.secret;
        if self.under_way || !self.named() || lock == Lock::Typed && secret.is_empty() {
            return Wants::none();
        }
        if lock == Lock::Typed && secret != again {
            self.fault = Some(Fault::of("secret-differs"));
            return Wants::none();
        }
        (self.under_way, self.fault) = (true, None);
        let passphrase = Passphrase(secret.clone().into_bytes().into());
        let key = match lock {
            Lock::Open => Key::Open,
            Lock::Typed => Key::Typed(passphrase.clone()),
            Lock::Keyring => Key::Keyring,
        };
        let name = self.name.trim().to_owned();
        Wants::work(move |node| async move {
            // Set before, if it is tried again.
            let typed = (lock == Lock::Typed).then_some(passphrase);
            if let Err(why) = lock::change(&node, typed, key).await {
                return Message::Created(Err(why.into()));
            }
            let made = node.create_identity(&name).await;
            Message::Created(made.map(|made| made.recovery).map_err(Fault::from))
        })
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let page = match self.page {
            Page::Name => self.naming(ctx),
            Page::Lock => self.locking(ctx),
            Page::Passphrase => self.passphrase(ctx),
            Page::Words => self.recovery(ctx),
            Page::Check => self.check(ctx),
            Page::Begin => self.begin(ctx),
        };
        let here = if self.page == Page::Passphrase { Page::Lock } else { self.page };
        let steps = [Page::Name, Page::Lock, Page::Words, Page::Check, Page::Begin].map(|step| {
            let on = step == here;
            let dot = container(widget::push().width(if on { 24 } else { 8 })).height(8);
            let style = if on { theme::container::mark } else { theme::container::dot };
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
        let line = widget::line(&shown, &self.name, Message::Name).id(self.id.clone()).on_submit(Message::Next);
        let over = self.name.trim().chars().count() > NAME_MAX;
        let face: Element<'a, Message> = match &self.face {
            Some(face) => widget::frames(face).size(72.0, 72.0).into(),
            None => widget::face(ctx.pictures, None, &self.name, 0, 72.0),
        };
        let face = widget::button(face).padding(0).style(theme::button::plain).on_press(Message::Choose);
        let face = widget::tip(face, ctx.w.get("profile-avatar-choose"));
        let fields = row![face, widget::field(ctx.w.get("name"), line).width(Fill)].spacing(space::L).align_y(Center);
        let choose = widget::secondary(ctx.w.get("profile-avatar-choose"), Some(Message::Choose));
        let go = widget::primary(ctx.w.get("next"), self.named().then_some(Message::Next));
        column![widget::heading(ctx.w.get("welcome")), widget::hint(ctx.w.get("welcome-hint")), fields]
            .push(over.then(|| widget::fault(ctx.w.get("name-long"))))
            .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
            .push(row![choose, widget::push(), go])
            .spacing(space::L)
            .into()
    }

    /// What opens the folder.
    fn locking<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let keyring: Element<'a, Message> = match &self.keyring {
            Some(Ok(())) => {
                let (head, words) = (ctx.w.get("lock-keyring"), ctx.w.get("lock-keyring-hint"));
                choice(Icon::Lock, head, words, Message::Lock(Lock::Keyring))
            }
            Some(Err(why)) => widget::hint(ctx.say(why)).into(),
            None => widget::hint(ctx.w.get("lock-looking")).into(),
        };
        let state = self.under_way.then(|| widget::hint(ctx.w.get("secret-working")));
        column![
            widget::heading(ctx.w.get("lock-head")),
            widget::hint(ctx.w.get("lock-hint")),
            keyring,
            choice(Icon::Keyboard, ctx.w.get("lock-typed"), ctx.w.get("lock-typed-hint"), Message::Lock(Lock::Typed)),
            choice(Icon::LockOpen, ctx.w.get("lock-open"), ctx.w.get("lock-open-hint"), Message::Lock(Lock::Open)),
        ]
        .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
        .push(
            row![widget::secondary(ctx.w.get("back"), Some(Message::Back)), widget::push()].push(state).align_y(Center),
        )
        .spacing(space::L)
        .into()
    }

    /// The passphrase to be.
    fn passphrase<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let lines =
            ["passphrase", "secret-again"].into_iter().zip(&self.secret).enumerate().map(|(at, (name, typed))| {
                let line = widget::line("", typed, move |words| Message::Secret(at, words)).secure(true);
                let line = line.on_submit(Message::Create(Lock::Typed));
                widget::field(ctx.w.get(name), if at == 0 { line.id(self.id.clone()) } else { line }).into()
            });
        let ready = !self.under_way && self.secret.iter().all(|typed| !typed.is_empty());
        let next = widget::primary(ctx.w.get("next"), ready.then_some(Message::Create(Lock::Typed)));
        let state = self.under_way.then(|| widget::hint(ctx.w.get("secret-working")));
        let foot = row![widget::secondary(ctx.w.get("back"), Some(Message::Back)), widget::push()];
        column![widget::heading(ctx.w.get("lock-typed")), widget::hint(ctx.w.get("secret-hint"))]
            .extend(lines)
            .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
            .push(foot.push(state).push(next).spacing(space::M).align_y(Center))
            .spacing(space::L)
            .into()
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
            widget::stop(check.size(18).text_size(size::BODY)).on_press(Some(Message::Written(!self.written))),
            row![copy, widget::push(), next],
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
        parts = parts.push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))));
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
