//! The app: it opens the node, routes what happens to the screen it concerns, and does what screens want.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bivouac_node::{
    CallError, Config, Handle, NetStatus, NodeEvent, Passphrase, Profile,
    core::{
        io::{Answer, Command, ErrorKind, Event as CoreEvent, GuildView, Query},
        model::{FileId, GuildId},
    },
};
use iced::{
    Event, Fill, Size, Subscription, Task,
    event::Status,
    keyboard,
    widget::{column, container, row, stack, text},
    window,
};

use crate::{
    bridge::{self, Closed, Opened},
    desktop::{
        hotkey::{Problem, Wish},
        instance::{self, Instance},
        link::Link,
        notify::Notice,
        tray::{Choice, Look},
    },
    fault::Fault,
    format::{Clock, Zone},
    intent::{Depicts, Intent, Place, Tone, Wants},
    keymap::{Act, Chord, EVERYWHERE, Keymap},
    pictures::{Picture, Pictures, Scale, Unseen},
    prefs::{Loaded, Mode, Prefs, SCALE},
    screen::{
        Ctx,
        dialog::{add::Page, leave},
        home::{self, Home},
        unlock::{self, Unlock},
        welcome::{self, Exit, Welcome},
    },
    services::{Services, Told},
    text::isolated,
    theme::{self, Element, Theme, size, space},
    widget::{Icon, icon, pace::Pace},
    words::{Language, Words},
    world::{Run, Shown as _, World},
};

/// How long something said in the corner stays.
const SAID_FOR: Duration = Duration::from_secs(6);
/// How long after something was wrong with the store everything is asked for again.
const MENDED_AFTER: Duration = Duration::from_secs(3);
/// How long a change of the settings waits for the next, before both are written.
const SAVE_AFTER: Duration = Duration::from_millis(800);

/// How the app is to run.
#[derive(Clone, Debug)]
pub struct Start {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen; as the settings say if there is nothing.
    pub listen: Vec<String>,
    /// Do not look for others on this network, whatever the settings say.
    pub no_mdns: bool,
    /// A link to follow.
    pub link: Option<String>,
    /// What the app remembers.
    pub prefs: Loaded,
}

/// What is on the screen.
enum Stage {
    Opening,
    Locked(Unlock),
    Broken(Fault),
    Welcome(Box<Welcome>),
    Home(Box<Home>),
}

/// On the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// Not everything is sent: one is asked.
    Asked,
    /// The node is being closed.
    Going,
}

/// Something said in the corner.
struct Said {
    number: u64,
    tone: Tone,
    words: String,
}

/// The app.
pub struct App {
    start: Start,
    prefs: Prefs,
    words: Words,
    theme: Theme,
    system_dark: bool,
    keys: Keymap,
    zone: Zone,
    stage: Stage,
    node: Option<Handle>,
    world: World,
    pictures: Pictures,
    said: Vec<Said>,
    saids: u64,
    window: Option<window::Id>,
    size: Size,
    focused: bool,
    saves: u64,
    now: u64,
    services: Services,
    /// Nobody else has the data folder.
    first: bool,
    /// A link to follow once one is in.
    link: Option<Link>,
    /// It was said that the words of a first run are not confirmed.
    warned: bool,
    leaving: Option<Leaving>,
    pace: Option<Pace>,
}

/// What is heard of other starts of the app with the same data folder.
#[derive(Clone, Debug)]
pub enum Heard {
    /// This is the first.
    First,
    /// Another one has what this one was given.
    Second,
    /// There is one that does not answer, or the folder can't be used.
    Failed(Fault),
    /// A later one.
    Said(instance::Said),
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Message {
    /// The data folder was opened, or not.
    Opened(Result<Box<Opened>, Closed>),
    /// The node tells.
    Node(Vec<NodeEvent>),
    /// The network changed.
    Net(Arc<NetStatus>),
    /// A guild's newer view came.
    Guild(GuildId, Result<Answer, CallError>),
    /// Who this is came.
    Me(Result<Profile, CallError>),
    /// Who is on this network came.
    Nearby(Result<Answer, CallError>),
    /// A picture came.
    Picture(FileId, Scale, Result<Picture, Unseen>),
    /// On a first run.
    Welcome(welcome::Message),
    /// At a locked folder.
    Unlock(unlock::Message),
    /// In a guild.
    Home(home::Message),
    /// To a place.
    Go(Place),
    /// The window, the keyboard or the mouse; and whether a widget took it.
    Event(Event, Status, window::Id),
    /// The system is dark or light.
    System(iced::theme::Mode),
    /// Time goes by.
    Tick,
    /// What was said has been there long enough.
    Unsay(u64),
    /// Settings have waited long enough.
    Save(u64),
    /// Try again.
    Retry,
    /// Try again, listening where one usually does.
    Usual,
    /// Whether the window fills the screen.
    Maximized(bool),
    /// The desktop tells.
    Desktop(Told),
    /// Another start of the app, with what it was given.
    Instance(Heard),
    /// A picture was chosen, or none.
    Chosen(Depicts, Option<PathBuf>),
    /// Something is to be said.
    Said(Tone, String),
    /// Something went wrong.
    Failed(Fault),
    /// Nothing.
    Nothing,
    /// Close the app.
    Quit,
    /// Close it, whatever is not sent.
    Leave,
    /// Don't.
    Stay,
    /// The node is closed.
    Gone,
}

impl App {
    /// Opens the data folder.
    pub fn new(start: Start) -> (Self, Task<Message>) {
        let (prefs, aside) = match start.prefs.clone() {
            Loaded::Fine(prefs) => (*prefs, None),
            Loaded::Aside(prefs, aside) => (*prefs, aside),
        };
        let (pictures, _) = Pictures::new();
        let mut app = Self {
            words: Words::default(),
            theme: Theme::default(),
            system_dark: true,
            keys: Keymap::new(&prefs.keys),
            zone: Zone::local(),
            stage: Stage::Opening,
            node: None,
            world: World::new(None, Arc::default()),
            pictures,
            said: Vec::new(),
            saids: 0,
            window: None,
            size: Size::new(prefs.window.size.0, prefs.window.size.1),
            focused: true,
            saves: 0,
            now: wall_ms(),
            services: Services::default(),
            first: false,
            link: None,
            warned: false,
            leaving: None,
            pace: Pace::of_environment().unwrap_or_else(|error| {
                tracing::warn!(%error, "frames can't be noted");
                None
            }),
            prefs,
            start,
        };
        app.dress();
        let says = app
            .start
            .link
            .as_deref()
            .and_then(|link| link.parse().ok())
            .map_or(instance::Said::Show, instance::Said::Open);
        let alone = Task::run(instances(app.start.data.clone(), says), Message::Instance);
        let mut tasks = vec![alone, iced::system::theme().map(Message::System)];
        if let Some(aside) = aside {
            tasks.push(app.fail(&Fault::of("settings-aside").at(aside)));
        }
        match app.start.link.as_deref().map(str::parse) {
            Some(Ok(link)) => app.link = Some(link),
            Some(Err(error)) => tasks.push(app.fail(&error.into())),
            None => {}
        }
        (app, Task::batch(tasks))
    }

    /// Looks as the settings say.
    fn dress(&mut self) {
        let dark = match self.prefs.looks.mode {
            Mode::System => self.system_dark,
            Mode::Dark => true,
            Mode::Light => false,
        };
        self.theme = Theme::new(dark, self.prefs.looks.accent);
        let language =
            self.prefs.language.as_deref().and_then(Language::of_tag).unwrap_or_else(Language::of_environment);
        if self.words.language() != language {
            self.words = Words::new(language);
        }
        self.pictures.animate(self.prefs.looks.animations);
        self.keys = Keymap::new(&self.prefs.keys);
    }

    /// How the node runs.
    fn run(&self) -> Run {
        let Config { data, listen, mdns, .. } = self.config();
        let told = !self.start.listen.is_empty() || self.start.no_mdns;
        // As one would type it, wherever the app was started.
        let folder = std::path::absolute(&data).unwrap_or(data);
        Run { folder, listen, mdns, told }
    }

    fn config(&self) -> Config {
        let listen =
            if self.start.listen.is_empty() { self.prefs.network.listen.clone() } else { self.start.listen.clone() };
        let mdns = self.prefs.network.mdns && !self.start.no_mdns;
        Config { listen, mdns, visible: self.prefs.network.visible, ..Config::new(self.start.data.clone()) }
    }

    fn open(&self, passphrase: Option<Passphrase>) -> Task<Message> {
        Task::perform(bridge::open(self.config(), passphrase), |opened| Message::Opened(opened.map(Box::new)))
    }

    fn ctx(&self) -> Ctx<'_> {
        Ctx {
            w: &self.words,
            world: &self.world,
            prefs: &self.prefs,
            pictures: &self.pictures,
            theme: &self.theme,
            keys: &self.keys,
            clock: Clock { words: &self.words, zone: &self.zone, now: self.now },
            size: self.size,
            focused: self.focused,
        }
    }

    /// What happens.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        self.now = wall_ms();
        if let Message::Home(home::Message::Answered(device, done)) = &message
            && answered(done)
        {
            self.world.knocks.retain(|knock| knock.device != *device);
        }
        match message {
            Message::Opened(Ok(opened)) => self.opened(*opened),
            Message::Opened(Err(Closed::Locked(why))) => {
                let (unlock, wants) = Unlock::new(why);
                self.stage = Stage::Locked(unlock);
                self.carry(wants.map(Message::Unlock))
            }
            Message::Opened(Err(Closed::Broken(why))) => {
                self.stage = Stage::Broken(why);
                Task::none()
            }
            Message::Node(events) => self.heard(&events),
            Message::Net(net) => {
                self.world.net = net;
                Task::none()
            }
            Message::Guild(guild, answer) => self.guild_came(guild, answer),
            Message::Me(Ok(me)) => {
                self.world.me = Some(me);
                Task::none()
            }
            Message::Me(Err(_)) => Task::none(),
            Message::Nearby(Ok(Answer::Nearby(nearby))) => {
                self.world.nearby = nearby;
                Task::none()
            }
            Message::Nearby(_) => Task::none(),
            Message::Picture(file, scale, picture) => {
                self.pictures.put(file, scale, picture);
                Task::none()
            }
            Message::Welcome(message) => self.welcome(message),
            Message::Unlock(message) => {
                let Stage::Locked(unlock) = &mut self.stage else { return Task::none() };
                unlock.update(message).map_or_else(Task::none, |passphrase| self.open(Some(passphrase)))
            }
            Message::Home(message) => {
                let done = self.at_home(|home, ctx| home.update(message, ctx, Instant::now()));
                Task::batch([done, self.waited()])
            }
            Message::Go(place) => self.at_home(|home, ctx| home.go(place, ctx)),
            Message::Event(event, status, window) => self.event(event, status, window),
            Message::System(mode) => {
                self.system_dark = mode != iced::theme::Mode::Light;
                self.dress();
                Task::none()
            }
            Message::Tick => {
                self.world.tick(Instant::now());
                Task::none()
            }
            Message::Maximized(maximized) => self.prefer(move |prefs| prefs.window.maximized = maximized),
            Message::Unsay(number) => {
                self.said.retain(|said| said.number != number);
                Task::none()
            }
            Message::Save(number) => {
                if number == self.saves {
                    self.save()
                } else {
                    Task::none()
                }
            }
            Message::Retry if self.first => {
                self.stage = Stage::Opening;
                self.open(None)
            }
            Message::Usual => {
                self.stage = Stage::Opening;
                let save = self.prefer(|prefs| prefs.network.listen.clear());
                Task::batch([save, self.open(None)])
            }
            Message::Retry => {
                self.stage = Stage::Opening;
                Task::run(instances(self.start.data.clone(), instance::Said::Show), Message::Instance)
            }
            Message::Desktop(told) => self.told(told),
            Message::Instance(Heard::First) => {
                self.first = true;
                let services = self.services.start(&self.words);
                self.wish();
                Task::batch([self.open(None), services])
            }
            Message::Instance(Heard::Second) => iced::exit(),
            Message::Instance(Heard::Failed(why)) => {
                self.stage = Stage::Broken(why);
                Task::none()
            }
            Message::Instance(Heard::Said(said)) => {
                if let instance::Said::Open(link) = said {
                    self.link = Some(link);
                }
                Task::batch([self.raise(), self.follow()])
            }
            Message::Chosen(Depicts::Me, picture) if matches!(self.stage, Stage::Welcome(_)) => {
                self.welcome(welcome::Message::Chosen(picture))
            }
            Message::Chosen(of, picture) => self.at_home(|home, ctx| home.picture(of, picture, ctx)),
            Message::Nothing => Task::none(),
            Message::Said(tone, words) => self.say(tone, words),
            Message::Failed(why) => self.fail(&why),
            Message::Quit => self.quit(),
            Message::Leave => self.leave(),
            Message::Stay => {
                self.leaving = None;
                Task::none()
            }
            Message::Gone => iced::exit(),
        }
    }

    /// A node is open.
    fn opened(&mut self, opened: Opened) -> Task<Message> {
        let Opened { node, me, guilds } = opened;
        let (pictures, wanted) = Pictures::new();
        self.pictures = pictures;
        self.pictures.animate(self.prefs.looks.animations);
        self.world.run = self.run();
        let load =
            Task::run(wanted.load(node.clone()), |(file, scale, picture)| Message::Picture(file, scale, picture));
        let listen = bridge::listen(&node);
        self.node = Some(node);
        let Some(me) = me else {
            let (welcome, wants) = Welcome::new(String::new());
            self.stage = Stage::Welcome(Box::new(welcome));
            return Task::batch([load, listen, self.carry(wants.map(Message::Welcome))]);
        };
        let everywhere = self.world.everywhere.take();
        self.world = World::new(Some(me), self.world.net.clone());
        self.world.everywhere = everywhere;
        self.world.run = self.run();
        for view in guilds {
            self.world.put(view);
        }
        let around = self.look_around();
        let home = self.enter();
        Task::batch([load, listen, around, home])
    }

    /// Lets others on this network see one, or not.
    fn be_seen(&self) -> Task<Message> {
        let (Some(node), visible) = (self.node.clone(), self.prefs.network.visible) else { return Task::none() };
        let seen = Command::Nearby { visible, knocks: visible };
        Task::perform(async move { node.command(seen).await }, |_| Message::Nothing)
    }

    /// Follows the link that was given, once one is in.
    fn follow(&mut self) -> Task<Message> {
        match &self.stage {
            Stage::Home(_) => match self.link.take() {
                Some(link) => self.at_home(|home, _| home.follow(&link.to_string())),
                None => Task::none(),
            },
            _ => Task::none(),
        }
    }

    /// Goes where one was last.
    fn enter(&mut self) -> Task<Message> {
        self.stage = Stage::Home(Box::default());
        let follow = self.follow();
        let last = self
            .prefs
            .guild
            .as_ref()
            .and_then(|id| self.world.guilds.iter().find(|view| view.guild.to_string() == *id));
        let place = last.or_else(|| self.world.guilds.first()).map(|view| view.guild);
        let go = place.map(|guild| Place { guild, channel: None, message: None });
        let go = go.map_or_else(Task::none, |place| self.at_home(|home, ctx| home.go(place, ctx)));
        Task::batch([go, follow])
    }

    fn at_home(&mut self, act: impl FnOnce(&mut Home, &Ctx<'_>) -> Wants<home::Message>) -> Task<Message> {
        match std::mem::replace(&mut self.stage, Stage::Opening) {
            Stage::Home(mut home) => {
                let wants = act(&mut home, &self.ctx());
                self.stage = Stage::Home(home);
                self.carry(wants.map(Message::Home))
            }
            other => {
                self.stage = other;
                Task::none()
            }
        }
    }

    fn welcome(&mut self, message: welcome::Message) -> Task<Message> {
        let mut welcome = match std::mem::replace(&mut self.stage, Stage::Opening) {
            Stage::Welcome(welcome) => welcome,
            other => {
                self.stage = other;
                return Task::none();
            }
        };
        let (wants, exit) = welcome.update(message, &self.ctx());
        self.stage = Stage::Welcome(welcome);
        let wants = self.carry(wants.map(Message::Welcome));
        let Some(exit) = exit else { return wants };
        let me = self.node.clone().map(|node| Task::perform(async move { node.profile().await }, Message::Me));
        let home = self.enter();
        let page = match exit {
            Exit::Create => Some(Page::Create),
            Exit::Join => Some(Page::Join),
            Exit::Nearby => Some(Page::Nearby),
            Exit::Later => None,
        };
        let add = page.map(|page| self.at_home(|home, _| home.add(page, String::new())));
        Task::batch([Some(wants), me, Some(home), add].into_iter().flatten())
    }

    fn heard(&mut self, events: &[NodeEvent]) -> Task<Message> {
        let now = Instant::now();
        events.iter().for_each(|event| self.world.hear(event, now));
        let mut tasks = vec![self.at_home(|home, ctx| home.hear(events, ctx))];
        let mut notices = BTreeMap::new();
        for event in events {
            if let NodeEvent::Core(event) = event
                && let CoreEvent::Warning { kind, message } = &**event
            {
                if ["lagged", "store_damaged"].contains(kind) {
                    // The node is opened again meanwhile, and knows nothing.
                    tasks.push(after(MENDED_AFTER, Message::Node(Vec::new())));
                }
                tasks.push(self.fail(&Fault::warning(kind, message)));
            }
            // Of those of one channel the last one is shown.
            notices.extend(self.notice(event).map(|notice| (notice.key.clone(), notice)));
            match event {
                // Who came may have what nobody had.
                NodeEvent::PeerConnected { .. } => self.pictures.retry(),
                NodeEvent::Core(event) => {
                    if let CoreEvent::Read { guild, channel, .. } = &**event {
                        tasks.push(self.services.unnotify(format!("{guild}/{channel}")));
                    }
                }
                _ => {}
            }
        }
        tasks.extend(notices.into_values().map(|notice| self.services.notify(notice)));
        if events.is_empty() {
            // Some were lost: everything is asked for again.
            self.world.lost();
            tasks.push(self.at_home(|home, _| home.lost()));
        }
        tasks.push(self.ask_for_guilds());
        tasks.push(self.look_around());
        Task::batch(tasks)
    }

    /// Who is on this network, when somebody came or went.
    fn look_around(&mut self) -> Task<Message> {
        let Some(node) = self.node.clone().filter(|_| std::mem::take(&mut self.world.nearby_stale)) else {
            return Task::none();
        };
        Task::perform(async move { node.query(Query::Nearby).await }, Message::Nearby)
    }

    fn ask_for_guilds(&mut self) -> Task<Message> {
        let Some(node) = &self.node else { return Task::none() };
        let each = self.world.to_ask().into_iter().map(|guild| {
            let node = node.clone();
            Task::perform(async move { node.query(Query::Guild(guild)).await }, move |answer| {
                Message::Guild(guild, answer)
            })
        });
        Task::batch(each)
    }

    fn guild_came(&mut self, guild: GuildId, answer: Result<Answer, CallError>) -> Task<Message> {
        let Ok(Answer::Guild(view)) = answer else {
            self.world.unasked(guild);
            return Task::none();
        };
        let face = self.world.guild(guild).is_none().then(|| self.face_in(&view));
        self.world.put(*view);
        let refreshed = self.at_home(|home, ctx| home.refreshed(guild, ctx));
        let shown = self.show_in_tray();
        Task::batch([Some(refreshed), Some(shown), Some(self.ask_for_guilds()), face].into_iter().flatten())
    }

    /// What is told of a message; nothing if it is before the user's eyes, or the rules say so.
    fn notice(&self, event: &NodeEvent) -> Option<Notice> {
        let NodeEvent::Core(event) = event else { return None };
        let (CoreEvent::Message { own: false, message }, Stage::Home(home)) = (&**event, &self.stage) else {
            return None;
        };
        let seen = self.focused && home.shows(message.channel, message.thread);
        if seen || !self.prefs.notify.tells(message.guild, message.channel, message.mention) {
            return None;
        }
        let (key, open) = (format!("{}/{}", message.guild, message.channel), self.words.get("notice-open"));
        if self.prefs.streamer {
            let (title, body) = ("Bivouac".to_owned(), self.words.get("notice-hidden"));
            return Some(Notice { key, title, body, open, icon: None });
        }
        let view = self.world.guild(message.guild)?;
        let channel = view.law.channels.get(&message.channel).map_or("", |channel| channel.name.as_str());
        let plain = crate::text::plain(message.text.as_deref().unwrap_or_default(), self.world.names(message.guild));
        let body = match (self.prefs.notify.preview, plain.is_empty()) {
            (false, _) => self.words.get("notice-hidden"),
            (true, true) => self.words.get("quote-files"),
            (true, false) => plain,
        };
        let title = format!(
            "{} · #{} · {}",
            isolated(&view.name(&message.author)),
            isolated(channel),
            isolated(&view.law.name)
        );
        Some(Notice { key, title, body, open, icon: None })
    }

    fn show_in_tray(&mut self) -> Task<Message> {
        let (messages, mentions) =
            self.world.guilds.iter().map(|view| view.waiting()).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let mentions = u32::try_from(mentions).unwrap_or(u32::MAX);
        self.services.show(Look { unread: messages > 0, mentions, quiet: self.prefs.notify.quiet })
    }

    /// The desktop tells.
    fn told(&mut self, told: Told) -> Task<Message> {
        self.services.hear(&told);
        match told {
            Told::Clicked(key) => {
                let place = key.split_once('/').and_then(|(guild, channel)| {
                    Some(Place { guild: guild.parse().ok()?, channel: channel.parse().ok(), message: None })
                });
                let go = place.map_or_else(Task::none, |place| self.at_home(|home, ctx| home.go(place, ctx)));
                Task::batch([self.raise(), go])
            }
            Told::Chosen(Choice::Open) => self.raise(),
            Told::Chosen(Choice::Quiet(quiet)) => self.prefer(move |prefs| prefs.notify.quiet = quiet),
            Told::Chosen(Choice::Quit) => self.quit(),
            // A window that was hidden must not be lost with its icon.
            Told::Chosen(Choice::Hidden(_)) => self.raise(),
            Told::Unshown(Some(why)) => {
                tracing::info!(%why, "notifications are shown in the window only");
                Task::none()
            }
            Told::Keys(bound) => {
                let refused = |problems: Vec<Problem>| {
                    let of = |problem: Problem| Some((everywhere(&problem.name)?, problem.why));
                    problems.into_iter().filter_map(of).collect()
                };
                let bound = bound.map(refused).map_err(Fault::from);
                self.world.everywhere = self.prefs.keys_everywhere.then_some(bound);
                Task::none()
            }
            Told::Pressed(name) => everywhere(&name).map_or_else(Task::none, |act| self.act(act)),
            // Another language may have been chosen before it was there.
            Told::Tray(_) => Task::batch([self.services.reword(&self.words), self.show_in_tray()]),
            Told::Notifier(_) | Told::Chosen(Choice::Visible) | Told::Missing(_) | Told::Unshown(None) => {
                self.show_in_tray()
            }
        }
    }

    /// Asks for the keys that are to work in every window.
    fn wish(&self) {
        let each = EVERYWHERE.iter().filter(|_| self.prefs.keys_everywhere).filter_map(|act| {
            let (name, chord) = (act.word(), self.keys.chord(*act)?.to_string());
            Some(Wish { label: self.words.get(&name), name, chord })
        });
        self.services.wish(each.collect());
    }

    /// Brings the window to the front.
    fn raise(&self) -> Task<Message> {
        let Some(id) = self.window else { return Task::none() };
        Task::batch([window::set_mode(id, window::Mode::Windowed), window::gain_focus(id)])
    }

    /// Looks the same in a guild that is new here as in all others.
    fn face_in(&self, view: &GuildView) -> Task<Message> {
        let bare = view.law.members.get(&view.me).is_some_and(|me| me.avatar.is_none());
        let (Some(node), Some(picture)) = (self.node.clone().filter(|_| bare), self.prefs.avatar.clone()) else {
            return Task::none();
        };
        // The file may be gone meanwhile, which is nothing to be told of now: the settings show how one looks.
        Task::future(crate::avatar::set(node, vec![view.guild], Some(picture))).discard()
    }

    /// Does what a screen wants.
    fn carry(&mut self, wants: Wants<Message>) -> Task<Message> {
        let tasks: Vec<_> = wants.0.into_iter().map(|intent| self.intend(intent)).collect();
        Task::batch(tasks)
    }

    fn intend(&mut self, intent: Intent<Message>) -> Task<Message> {
        let node = self.node.clone();
        match (intent, node) {
            (Intent::Do(command, then), Some(node)) => Task::perform(async move { node.command(command).await }, then),
            (Intent::Ask(query, then), Some(node)) => Task::perform(async move { node.query(query).await }, then),
            (Intent::Work(work), Some(node)) => Task::perform(work(node), |message| message),
            (Intent::Do(_, then), None) => Task::done(then(Err(CallError::Closed))),
            (Intent::Ask(_, then), None) => Task::done(then(Err(CallError::Closed))),
            (Intent::Work(_), None) => Task::none(),
            (Intent::Run(task), _) => task,
            (Intent::Go(place), _) => {
                // A guild or a channel that was just made or joined is not known yet.
                let known = self
                    .world
                    .guild(place.guild)
                    .is_some_and(|view| place.channel.is_none_or(|channel| view.text_channels().contains(&channel)));
                if !known && let Some(node) = self.node.clone() {
                    let guild = place.guild;
                    let view = Task::perform(async move { node.query(Query::Guild(guild)).await }, move |answer| {
                        Message::Guild(guild, answer)
                    });
                    return view.chain(Task::done(Message::Go(place)));
                }
                Task::done(Message::Go(place))
            }
            (Intent::Say(tone, words), _) => self.say(tone, words),
            (Intent::Fail(why), _) => self.fail(&why),
            (Intent::Prefer(change), _) => self.prefer(change),
            (Intent::Desktop(service), _) => self.services.serve(service, &self.words),
        }
    }

    fn say(&mut self, tone: Tone, words: String) -> Task<Message> {
        self.saids += 1;
        let number = self.saids;
        self.said.push(Said { number, tone, words });
        if self.said.len() > 4 {
            self.said.remove(0);
        }
        after(SAID_FOR, Message::Unsay(number))
    }

    fn fail(&mut self, why: &Fault) -> Task<Message> {
        self.say(Tone::Bad, why.say(&self.words, self.prefs.streamer))
    }

    fn prefer(&mut self, change: impl FnOnce(&mut Prefs)) -> Task<Message> {
        let before = self.prefs.clone();
        change(&mut self.prefs);
        crate::screen::rail::settle(&mut self.prefs.rail, &self.world.guilds);
        if before == self.prefs {
            return Task::none();
        }
        let spoken = self.words.language();
        self.dress();
        self.wish();
        self.saves += 1;
        let save = after(SAVE_AFTER, Message::Save(self.saves));
        let tray = if spoken == self.words.language() { Task::none() } else { self.services.reword(&self.words) };
        let seen = if before.network.visible == self.prefs.network.visible { Task::none() } else { self.be_seen() };
        Task::batch([save, seen, tray])
    }

    /// Writes the settings down, beside the window's thread.
    fn save(&self) -> Task<Message> {
        if !self.first {
            return Task::none();
        }
        let (prefs, folder) = (self.prefs.clone(), self.start.data.clone());
        let write = async move { tokio::task::spawn_blocking(move || prefs.save(&folder)).await };
        Task::perform(write, |written| match written {
            Ok(Err(error)) => Message::Failed(Fault::of("settings-unsaved").because(&error)),
            _ => Message::Nothing,
        })
    }

    fn event(&mut self, event: Event, status: Status, window: window::Id) -> Task<Message> {
        self.window = Some(window);
        match event {
            Event::Window(window::Event::Opened { size, .. } | window::Event::Resized(size)) => {
                let scale = self.scale();
                self.size = size;
                let whole = (size.width * scale, size.height * scale);
                let kept = if self.prefs.window.maximized {
                    Task::none()
                } else {
                    self.prefer(move |prefs| prefs.window.size = whole)
                };
                let shown = self.at_home(|home, ctx| home.resized(ctx));
                Task::batch([kept, shown, window::is_maximized(window).map(Message::Maximized)])
            }
            Event::Window(window::Event::Moved(at)) => self.prefer(move |prefs| prefs.window.at = Some((at.x, at.y))),
            Event::Window(window::Event::Focused) => {
                self.focused = true;
                self.at_home(|home, ctx| home.focused(ctx))
            }
            Event::Window(window::Event::Unfocused) => {
                self.focused = false;
                Task::none()
            }
            Event::Window(window::Event::CloseRequested) if self.prefs.notify.tray && self.services.in_tray => {
                self.focused = false;
                window::set_mode(window, window::Mode::Hidden)
            }
            Event::Window(window::Event::CloseRequested) => self.quit(),
            Event::Window(window::Event::FileDropped(path)) if matches!(self.stage, Stage::Welcome(_)) => {
                self.welcome(welcome::Message::Chosen(Some(path)))
            }
            Event::Window(window::Event::FileDropped(path)) => {
                self.at_home(|home, ctx| home.update(home::Message::Dropped(path), ctx, Instant::now()))
            }
            Event::Mouse(iced::mouse::Event::ButtonPressed(_)) => Task::none(),
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) => self.key(&key, modifiers, status),
            _ => Task::none(),
        }
    }

    fn key(&mut self, key: &keyboard::Key, modifiers: keyboard::Modifiers, status: Status) -> Task<Message> {
        let Some(chord) = Chord::pressed(key, modifiers) else { return Task::none() };
        if self.leaving == Some(Leaving::Asked) {
            return self.asked(key, modifiers, status);
        }
        let mut taken = None;
        let tasks = self.at_home(|home, ctx| {
            let wants = home.key(key, &chord, status == Status::Captured, ctx);
            taken = Some(wants.is_some());
            wants.unwrap_or_else(Wants::none)
        });
        if taken == Some(true) {
            return tasks;
        }
        if status == Status::Captured && chord.is_writing() {
            return Task::none();
        }
        match self.keys.act(&chord) {
            // It comes the other way too.
            Some(act) if self.held_everywhere(act) => Task::none(),
            Some(act) => self.act(act),
            None if key == &keyboard::Key::Named(keyboard::key::Named::Tab) && status == Status::Ignored => {
                step(modifiers.shift())
            }
            None => Task::none(),
        }
    }

    /// A key while one is asked whether to leave: nothing beneath hears of it.
    fn asked(&mut self, key: &keyboard::Key, modifiers: keyboard::Modifiers, status: Status) -> Task<Message> {
        use keyboard::key::Named;
        match key {
            keyboard::Key::Named(Named::Escape) => self.update(Message::Stay),
            keyboard::Key::Named(Named::Tab) if status == Status::Ignored => step(modifiers.shift()),
            _ => Task::none(),
        }
    }

    /// Whether a key works in every window.
    fn held_everywhere(&self, act: Act) -> bool {
        let refused = self.world.everywhere.as_ref().and_then(|bound| bound.as_ref().ok());
        EVERYWHERE.contains(&act) && refused.is_some_and(|refused| refused.iter().all(|(other, _)| *other != act))
    }

    /// What a chord does, wherever one is.
    fn act(&mut self, act: Act) -> Task<Message> {
        let scale = |by: i32| {
            move |prefs: &mut Prefs| {
                let next = i32::from(prefs.looks.scale) + by;
                prefs.looks.scale = u16::try_from(next).unwrap_or(100).clamp(*SCALE.start(), *SCALE.end());
            }
        };
        match act {
            Act::Larger => self.prefer(scale(10)),
            Act::Smaller => self.prefer(scale(-10)),
            Act::Usual => self.prefer(|prefs| prefs.looks.scale = 100),
            Act::Quiet => self.prefer(|prefs| prefs.notify.quiet = !prefs.notify.quiet),
            Act::Show => self.raise(),
            Act::Quit => self.quit(),
            act => self.at_home(|home, ctx| home.act(act, ctx)),
        }
    }

    /// Messages under way, and things written that are not sent.
    fn unsent(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Home(home) => home.unsent(),
            _ => (0, 0),
        }
    }

    /// Asks first where something that was written would be lost.
    fn quit(&mut self) -> Task<Message> {
        // They are shown only once: nobody is to lose them by the wrong button.
        if matches!(&self.stage, Stage::Welcome(welcome) if welcome.unconfirmed())
            && !std::mem::replace(&mut self.warned, true)
        {
            return self.say(Tone::Bad, self.words.get("words-leave"));
        }
        match self.leaving {
            // However often it is asked for: what is being written to the disk is not cut off.
            Some(Leaving::Going) => Task::none(),
            None if self.unsent() == (0, 0) => self.leave(),
            Some(Leaving::Asked) | None => {
                self.leaving = Some(Leaving::Asked);
                self.raise()
            }
        }
    }

    /// Leaves once nothing stands in the way any more, if that is what was waited for.
    fn waited(&mut self) -> Task<Message> {
        let done = self.leaving == Some(Leaving::Asked) && self.unsent() == (0, 0);
        if done { self.leave() } else { Task::none() }
    }

    fn leave(&mut self) -> Task<Message> {
        if self.leaving.replace(Leaving::Going) == Some(Leaving::Going) {
            return Task::none();
        }
        let save = self.save();
        let hide = self.window.map_or_else(Task::none, |id| window::set_mode(id, window::Mode::Hidden));
        match self.node.take() {
            Some(node) => {
                let close = Task::perform(async move { node.shutdown().await }, |()| Message::Gone);
                hide.chain(save).chain(close)
            }
            None => save.chain(iced::exit()),
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        let ctx = self.ctx();
        let screen = match &self.stage {
            Stage::Opening => unlock::opening(ctx),
            Stage::Locked(unlock) => unlock.view(ctx).map(Message::Unlock),
            Stage::Broken(why) => {
                // What was set to be listened on may be what keeps it from starting.
                let usual = self.start.listen.is_empty() && !self.prefs.network.listen.is_empty();
                unlock::broken(why, usual.then_some(Message::Usual), Message::Retry, Message::Quit, ctx)
            }
            Stage::Welcome(welcome) => welcome.view(ctx).map(Message::Welcome),
            Stage::Home(home) => {
                let home = iced::widget::mouse_area(home.view(ctx)).on_move(home::Message::Mouse);
                Element::from(home).map(Message::Home)
            }
        };
        let asked = (self.leaving == Some(Leaving::Asked)).then(|| self.unsent());
        let screen = leave::over(screen, asked, (Message::Stay, Message::Leave), ctx);
        let said = self.said.iter().map(|said| {
            let (sign, style): (_, fn(&Theme) -> text::Style) = match said.tone {
                Tone::Good => (Icon::CircleCheck, theme::text::good),
                Tone::Plain => (Icon::Info, theme::text::accent),
                Tone::Bad => (Icon::CircleAlert, theme::text::danger),
            };
            let words = text(&said.words).size(size::SMALL + 1.0).wrapping(text::Wrapping::WordOrGlyph);
            let line = row![icon(sign, 18.0).style(style), words].spacing(space::M).align_y(iced::Center);
            container(line).padding([space::M, space::L]).max_width(460).style(theme::container::floating).into()
        });
        let said = column(said).spacing(space::S).align_x(iced::Alignment::End);
        let said =
            container(said).width(Fill).height(Fill).align_right(Fill).padding([space::HUGE + space::L, space::L]);
        stack![screen, said].push(self.pace.as_ref().map(Pace::view)).into()
    }

    /// What the window is called.
    #[must_use]
    pub fn title(&self) -> String {
        let Stage::Home(home) = &self.stage else { return "Bivouac".to_owned() };
        let waiting: usize = self.world.guilds.iter().map(|view| view.waiting().1).sum();
        let place = home.guild().and_then(|guild| self.world.guild(guild)).map(|view| {
            let channel = home.channel().and_then(|id| view.law.channels.get(&id));
            let guild = isolated(&view.law.name);
            channel.map_or_else(|| guild.to_string(), |channel| format!("#{} · {guild}", isolated(&channel.name)))
        });
        let count = if waiting > 0 { format!("({waiting}) ") } else { String::new() };
        match place {
            Some(place) => format!("{count}{place} · Bivouac"),
            None => format!("{count}Bivouac"),
        }
    }

    /// How it looks.
    #[must_use]
    pub fn theme(&self) -> Theme {
        self.theme.clone()
    }

    /// How large everything is drawn.
    #[must_use]
    pub fn scale(&self) -> f32 {
        f32::from(self.prefs.looks.scale) / 100.0
    }

    /// What the app listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        let events = iced::event::listen_with(|event, status, window| match event {
            Event::Window(
                window::Event::Opened { .. }
                | window::Event::Resized(_)
                | window::Event::Moved(_)
                | window::Event::Focused
                | window::Event::Unfocused
                | window::Event::CloseRequested
                | window::Event::FileDropped(_),
            )
            | Event::Keyboard(keyboard::Event::KeyPressed { .. }) => Some(Message::Event(event, status, window)),
            _ => None,
        });
        let every = if self.world.writing.is_empty() { Duration::from_mins(1) } else { Duration::from_secs(1) };
        let tick = iced::time::every(every).map(|_| Message::Tick);
        let system = iced::system::theme_changes().map(Message::System);
        Subscription::batch([events, tick, system])
    }
}

/// Whether nobody waits at the door any more.
fn answered(done: &Result<(), CallError>) -> bool {
    match done {
        Ok(()) => true,
        Err(error) => matches!(error, CallError::Command(error) if error.kind == ErrorKind::NotFound),
    }
}

/// Whether this is the first start with its data folder, and what later ones say.
fn instances(data: PathBuf, says: instance::Said) -> impl futures::Stream<Item = Heard> + Send {
    use futures::{StreamExt as _, stream};
    stream::once(async move { Instance::take(&data, &says).await }).flat_map(|taken| match taken {
        Ok(Instance::First(first)) => stream::iter([Heard::First]).chain(first.said().map(Heard::Said)).boxed(),
        Ok(Instance::Second) => stream::iter([Heard::Second]).boxed(),
        Err(error) => stream::iter([Heard::Failed(error.into())]).boxed(),
    })
}

/// What a key does that works in every window, by its name.
fn everywhere(name: &str) -> Option<Act> {
    EVERYWHERE.into_iter().find(|act| act.word() == name)
}

/// To what the keyboard goes next, or to what it was at before.
fn step(back: bool) -> Task<Message> {
    use iced::widget::operation::{focus_next, focus_previous};
    let step = if back { focus_previous() } else { focus_next() };
    step.chain(crate::widget::reveal())
}

/// Says something later.
fn after(wait: Duration, message: Message) -> Task<Message> {
    Task::perform(tokio::time::sleep(wait), move |()| message.clone())
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
