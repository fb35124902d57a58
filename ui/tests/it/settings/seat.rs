//! Somebody before a screen: what they press and type reaches it, and what it wants is done to the settings, as the app does.

use std::sync::Arc;

use bivouac_node::{
    DeviceId, NetStatus, Path, PeerStatus, Profile, PublicKey, Transport, UserId,
    core::{
        io::{Command, GuildView},
        model::{Channel, ChannelId, ChannelKind, GuildId, Hlc, Law, Member, Nature, Permissions, Unread},
    },
};
use bivouac_ui::{
    format::{Clock, Zone},
    intent::{Intent, Service, Wants},
    keymap::Keymap,
    pictures::Pictures,
    prefs::Prefs,
    screen::Ctx,
    theme::{Element, Theme},
    words::{Language, Words},
    world::World,
};
use iced::{Event, Point, Rectangle, Size, keyboard, mouse};
use iced_test::{
    Selector as _,
    core::{
        clipboard,
        renderer::Headless as _,
        widget::{Operation, operation},
    },
    futures::futures::{StreamExt as _, executor::block_on},
    runtime::{self, Action, user_interface::Cache},
    selector::Text,
    simulator,
};

type Ui<'a, M> = runtime::UserInterface<'a, M, Theme, iced::Renderer>;

/// Where all of it happens: three people, one guild, no node.
pub(crate) struct Desk {
    pub words: Words,
    pub world: World,
    pub prefs: Prefs,
    pub keys: Keymap,
    pictures: Pictures,
    theme: Theme,
    zone: Zone,
    pub size: Size,
    /// Written to the clipboard.
    pub copied: Vec<String>,
    /// Said in the corner.
    pub said: Vec<String>,
    /// Asked of the node.
    pub asked: Vec<Command>,
    /// Asked of the desktop.
    pub served: Vec<Service>,
    /// Longer work that would be done with the node.
    pub work: usize,
}

pub(crate) const NOW: u64 = 1_790_000_000_000;

pub(crate) fn device(n: u8) -> DeviceId {
    DeviceId::from(PublicKey::from_bytes([n; 32]))
}

pub(crate) fn user(n: u8) -> UserId {
    UserId([n; 32])
}

pub(crate) const GUILD: GuildId = GuildId([7; 32]);
pub(crate) const PLANS: ChannelId = ChannelId([8; 32]);

fn member(name: &str, n: u8) -> Member {
    Member {
        name: name.to_owned(),
        roles: [].into(),
        devices: [device(n)].into(),
        kem_generation: 0,
        kem: [0; 1_216].as_slice().try_into().unwrap(),
        nick: None,
        timeout_ms: None,
        avatar: None,
    }
}

fn guild() -> GuildView {
    let mut channel = Channel::new(Nature::public(ChannelKind::Text), user(1), Hlc::at(NOW));
    channel.name = "plans".to_owned();
    let law = Law {
        name: "Friday Night Games".to_owned(),
        owner: Some(user(1)),
        channels: [(PLANS, channel)].into(),
        members: [(user(1), member("Ana", 1)), (user(2), member("Bo", 2)), (user(3), member("Cy", 3))].into(),
        ..Law::default()
    };
    GuildView {
        guild: GUILD,
        law,
        over: [].into(),
        me: user(1),
        permissions: Permissions::default(),
        online: [user(1), user(2)].into(),
        unread: [(PLANS, Unread::default())].into(),
    }
}

impl Desk {
    pub(crate) fn new(language: Language) -> Self {
        let me = Profile {
            user: user(1),
            device: device(1),
            name: "Ana".to_owned(),
            devices: vec![(device(1), "laptop".to_owned()), (device(4), "phone".to_owned())],
        };
        let peer = PeerStatus {
            device: device(2),
            path: Path::Lan,
            transport: Transport::Quic,
            rtt_ms: Some(12),
            since: NOW - 300_000,
        };
        let net = NetStatus {
            peer_id: "12D3KooW".to_owned(),
            addresses: vec!["/ip4/192.168.1.7/udp/4001/quic-v1/p2p/12D3KooW".to_owned()],
            peers: vec![peer],
            ..NetStatus::default()
        };
        let mut world = World::new(Some(me), Arc::new(net));
        world.put(guild());
        world.run.mdns = true;
        world.run.folder = "/home/ana/.local/share/bivouac".into();
        let prefs = Prefs::default();
        Self {
            words: Words::new(language),
            world,
            keys: Keymap::new(&prefs.keys),
            prefs,
            pictures: Pictures::new().0,
            theme: Theme::default(),
            zone: Zone::utc(),
            size: Size::new(1280.0, 800.0),
            copied: Vec::new(),
            said: Vec::new(),
            asked: Vec::new(),
            served: Vec::new(),
            work: 0,
        }
    }

    pub(crate) fn ctx(&self) -> Ctx<'_> {
        Ctx {
            w: &self.words,
            world: &self.world,
            prefs: &self.prefs,
            pictures: &self.pictures,
            theme: &self.theme,
            keys: &self.keys,
            clock: Clock { words: &self.words, zone: &self.zone, now: NOW },
            size: self.size,
            focused: true,
        }
    }
}

type View<S, M> = for<'a> fn(&'a S, Ctx<'a>) -> Element<'a, M>;
type Update<S, M> = fn(&mut S, M, &Ctx<'_>) -> Wants<M>;

/// Somebody before a screen.
pub(crate) struct Seat<S, M> {
    pub desk: Desk,
    pub screen: S,
    view: View<S, M>,
    update: Update<S, M>,
    renderer: iced::Renderer,
    cache: Cache,
}

impl<S, M: Send + 'static> Seat<S, M> {
    pub(crate) fn new(desk: Desk, (screen, wants): (S, Wants<M>), view: View<S, M>, update: Update<S, M>) -> Self {
        let renderer = iced::Renderer::new(bivouac_ui::theme::SANS, iced::Pixels(15.0), Some("tiny-skia"));
        let renderer = block_on(renderer).unwrap();
        let mut seat = Self { desk, screen, view, update, renderer, cache: Cache::default() };
        seat.want(wants);
        seat
    }

    fn look<T>(&mut self, act: impl FnOnce(&mut Ui<'_, M>, &mut iced::Renderer, &mut Vec<M>) -> T) -> T {
        let mut messages = Vec::new();
        let ctx = self.desk.ctx();
        let cache = std::mem::take(&mut self.cache);
        let mut ui = Ui::build((self.view)(&self.screen, ctx), ctx.size, cache, &mut self.renderer);
        let done = act(&mut ui, &mut self.renderer, &mut messages);
        self.cache = ui.into_cache();
        for message in messages {
            let wants = (self.update)(&mut self.screen, message, &self.desk.ctx());
            self.want(wants);
        }
        done
    }

    pub(crate) fn tell(&mut self, message: M) {
        let wants = (self.update)(&mut self.screen, message, &self.desk.ctx());
        self.want(wants);
    }

    /// What is wanted is done, as far as it is the app's own.
    pub(crate) fn want(&mut self, wants: Wants<M>) {
        for intent in wants.0 {
            match intent {
                Intent::Prefer(change) => {
                    change(&mut self.desk.prefs);
                    self.desk.keys = Keymap::new(&self.desk.prefs.keys);
                }
                Intent::Run(task) => self.run(task),
                Intent::Say(_, words) => self.desk.said.push(words),
                Intent::Fail(why) => self.desk.said.push(self.desk.ctx().say(&why)),
                Intent::Do(command, _) => self.desk.asked.push(command),
                Intent::Desktop(service) => self.desk.served.push(service),
                Intent::Work(_) => self.desk.work += 1,
                Intent::Ask(..) | Intent::Go(_) => {}
            }
        }
    }

    fn run(&mut self, task: iced::Task<M>) {
        let Some(mut actions) = runtime::task::into_stream(task) else { return };
        while let Some(action) = block_on(actions.next()) {
            match action {
                Action::Widget(operation) => self.operate(operation),
                Action::Clipboard(runtime::clipboard::Action::Write { contents, .. }) => {
                    self.desk.copied.push(contents)
                }
                Action::Output(message) => self.tell(message),
                _ => {}
            }
        }
    }

    fn operate(&mut self, mut next: Box<dyn Operation>) {
        self.look(|ui, renderer, _| {
            loop {
                ui.operate(renderer, &mut *next);
                match next.finish() {
                    operation::Outcome::Chain(more) => next = more,
                    _ => break,
                }
            }
        });
    }

    fn happen(&mut self, event: &Event, at: Option<Point>) {
        let cursor = at.map_or(mouse::Cursor::Unavailable, mouse::Cursor::Available);
        self.look(|ui, renderer, messages| {
            ui.update(std::slice::from_ref(event), cursor, renderer, &mut clipboard::Null, messages)
        });
    }

    /// Where words stand, each time they do, the topmost first.
    pub(crate) fn places(&mut self, words: &str) -> Vec<Rectangle> {
        self.look(|ui, renderer, _| {
            let mut find = words.to_owned().find_all();
            ui.operate(renderer, &mut operation::black_box(&mut find));
            match find.finish() {
                operation::Outcome::Some(found) => found.iter().filter_map(Text::visible_bounds).collect(),
                _ => Vec::new(),
            }
        })
    }

    pub(crate) fn sees(&mut self, words: &str) -> bool {
        !self.places(words).is_empty()
    }

    /// Clicks on words.
    pub(crate) fn click(&mut self, words: &str) {
        self.click_nth(words, 0);
    }

    pub(crate) fn click_nth(&mut self, words: &str, nth: usize) {
        let at = self.places(words).get(nth).unwrap_or_else(|| panic!("{words:?} is not seen")).center();
        for event in simulator::click() {
            self.happen(&event, Some(at));
        }
    }

    pub(crate) fn types(&mut self, words: &str) {
        for event in simulator::typewrite(words) {
            self.happen(&event, None);
        }
    }

    pub(crate) fn press(&mut self, named: keyboard::key::Named) {
        for event in simulator::tap_key(keyboard::Key::Named(named), None) {
            self.happen(&event, None);
        }
    }

    /// The Tab key, which the app itself listens to.
    pub(crate) fn tab(&mut self) {
        self.run(iced::widget::operation::focus_next().chain(bivouac_ui::widget::reveal()));
    }
}
