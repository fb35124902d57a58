//! Somebody in their guilds: what they press and type reaches the page as in the app, chords included, and what the page wants
//! is done. A node that is made up answers it from what was said.

use std::{sync::Arc, time::Instant};

use bivouac_node::{
    CallError, NodeEvent,
    core::{
        io::{Answer, Command, Event as CoreEvent, Found, Happened, Notice, Page, Query, Reply, Scope},
        model::{Message as Said, MessageId, Thread},
    },
};
use bivouac_ui::{
    intent::{Intent, Place, Service, Wants},
    keymap::{Chord, Keymap},
    screen::{
        Ctx,
        home::{Home, Message},
    },
    theme::Element,
    widget::{Icon, reveal},
    world::World,
};
use iced::{
    Event, Point, Rectangle,
    event::Status,
    keyboard::{self, Key, Modifiers, key::Named},
    mouse,
    widget::operation,
};
use iced_test::{core::SmolStr, simulator};

use super::hut::{HUT, NOW};
use crate::hand::{Around, Hand};

/// The page, with what it wants.
pub(crate) struct At {
    pub home: Home,
    wants: Vec<Intent<Message>>,
}

fn update(at: &mut At, message: Message, ctx: &Ctx<'_>) {
    at.wants.extend(at.home.update(message, ctx, Instant::now()).0);
}

fn view<'a>(at: &'a At, ctx: Ctx<'a>) -> Element<'a, Message> {
    iced::widget::mouse_area(at.home.view(ctx)).on_move(Message::Mouse).into()
}

/// A question that waits for its answer.
type Asked = (Query, Box<dyn FnOnce(Result<Answer, CallError>) -> Message + Send>);

/// Somebody in their guilds.
pub(crate) struct Visit {
    pub hand: Hand<At, Message>,
    /// What was said in the channel, in its order.
    pub said: Vec<Said>,
    pub pins: Vec<Said>,
    pub threads: Vec<Thread>,
    /// Commands of the node, but for those that tell what one reads and that one writes.
    pub commands: Vec<Command>,
    /// What was told as read, up to where.
    pub read: Vec<Option<MessageId>>,
    /// Why the next commands fail.
    pub refusal: Option<CallError>,
    pub reply: Reply,
    /// Nothing is answered for now.
    pub held: bool,
    pub waiting: Vec<Asked>,
    pub asked: Vec<Query>,
    /// Said in the corner.
    pub told: Vec<String>,
    pub served: Vec<Service>,
    /// How much was begun that takes longer.
    pub works: usize,
}

impl Visit {
    /// Nowhere yet.
    pub(crate) fn outside(world: World) -> Self {
        let at = At { home: Home::new(), wants: Vec::new() };
        Self {
            hand: Hand::new(at, Around::new(world, NOW), view, update),
            said: Vec::new(),
            pins: Vec::new(),
            threads: Vec::new(),
            commands: Vec::new(),
            read: Vec::new(),
            refusal: None,
            reply: Reply::Unit,
            held: false,
            waiting: Vec::new(),
            asked: Vec::new(),
            told: Vec::new(),
            served: Vec::new(),
            works: 0,
        }
    }

    /// In the first channel of a guild, where this was said.
    pub(crate) fn new(world: World, said: Vec<Said>) -> Self {
        let mut visit = Self { said, ..Self::outside(world) };
        visit.go(Place { guild: HUT, channel: None, message: None });
        visit
    }

    pub(crate) fn go(&mut self, place: Place) {
        let wants = self.hand.screen.home.go(place, &self.hand.around.ctx());
        self.want(wants);
    }

    pub(crate) fn want(&mut self, wants: Wants<Message>) {
        self.hand.screen.wants.extend(wants.0);
        self.settle();
    }

    pub(crate) fn resized(&mut self) {
        let wants = self.hand.screen.home.resized(&self.hand.around.ctx());
        self.want(wants);
    }

    pub(crate) fn tell(&mut self, message: Message) {
        update(&mut self.hand.screen, message, &self.hand.around.ctx());
        self.settle();
    }

    /// The node tells.
    pub(crate) fn hear(&mut self, event: CoreEvent) {
        let event = NodeEvent::Core(Arc::new(event));
        self.hand.around.world.hear(&event, Instant::now());
        let wants = self.hand.screen.home.hear(&[event], &self.hand.around.ctx());
        self.want(wants);
    }

    /// Does what is wanted until nothing more is, and draws.
    fn settle(&mut self) {
        for _ in 0..40 {
            let wants = std::mem::take(&mut self.hand.screen.wants);
            if wants.is_empty() {
                self.hand.frame();
                if self.hand.screen.wants.is_empty() {
                    return;
                }
            }
            for intent in wants {
                self.intend(intent);
                self.hand.frame();
            }
        }
        panic!("it never rests");
    }

    fn intend(&mut self, intent: Intent<Message>) {
        match intent {
            Intent::Do(command, then) => {
                match &command {
                    Command::Typing { .. } => {}
                    Command::Read { message, .. } => self.read.push(*message),
                    _ => self.commands.push(command),
                }
                let done = self.refusal.clone().map_or_else(|| Ok(self.reply.clone()), Err);
                update(&mut self.hand.screen, then(done), &self.hand.around.ctx());
            }
            Intent::Ask(query, then) => {
                self.asked.push(query.clone());
                self.waiting.push((query, then));
                if !self.held {
                    self.answer();
                }
            }
            Intent::Run(task) => self.hand.run(task),
            Intent::Go(place) => {
                let wants = self.hand.screen.home.go(place, &self.hand.around.ctx());
                self.hand.screen.wants.extend(wants.0);
            }
            Intent::Say(_, words) => self.told.push(words),
            Intent::Fail(why) => self.told.push(self.hand.around.ctx().say(&why)),
            Intent::Prefer(change) => {
                change(&mut self.hand.around.prefs);
                self.hand.around.keys = Keymap::new(&self.hand.around.prefs.keys);
            }
            Intent::Desktop(service) => self.served.push(service),
            Intent::Work(_) => self.works += 1,
        }
    }

    /// Answers all that was asked.
    pub(crate) fn answer(&mut self) {
        for (query, then) in std::mem::take(&mut self.waiting) {
            let answer = self.find(&query);
            update(&mut self.hand.screen, then(Ok(answer)), &self.hand.around.ctx());
            // As in the app, where each comes by itself.
            self.hand.frame();
        }
    }

    fn find(&self, query: &Query) -> Answer {
        let page = |messages: Vec<Said>, more| Answer::Messages(Page { messages, more, holes: 0 });
        match query {
            Query::Messages { channel, scope, before, after, limit } => {
                let holds = |said: &&Said| {
                    said.channel == *channel
                        && match scope {
                            Scope::All => true,
                            Scope::Main => said.thread.is_none(),
                            Scope::Thread(id) => said.thread == Some(*id),
                        }
                        && before.is_none_or(|before| said.id < before)
                        && after.is_none_or(|after| said.id > after)
                };
                let all: Vec<Said> = self.said.iter().filter(holds).cloned().collect();
                let more = all.len() > *limit;
                let skip = if after.is_some() { 0 } else { all.len().saturating_sub(*limit) };
                page(all.into_iter().skip(skip).take(*limit).collect(), more)
            }
            Query::Message(id) => page(self.said.iter().filter(|said| said.id == *id).cloned().collect(), false),
            Query::Search(wanted) => {
                let fits = |said: &&Said| said.text.as_ref().is_some_and(|text| text.contains(&wanted.text));
                let messages = self.said.iter().rev().filter(fits).take(wanted.limit).cloned().collect();
                Answer::Found(Found { messages, before: None })
            }
            Query::Pins(_) => page(self.pins.clone(), false),
            Query::Threads(_) => Answer::Threads(self.threads.clone()),
            Query::Notices { .. } => {
                let begun = |it: &Thread| Notice {
                    at: it.created_ms,
                    author: it.creator,
                    what: Happened::Thread(it.id, it.name.clone()),
                };
                Answer::Notices(self.threads.iter().map(begun).collect())
            }
            Query::Kept(_) => Answer::Kept([].into()),
            query => panic!("nobody knows {query:?}"),
        }
    }

    pub(crate) fn happen(&mut self, event: &Event) -> Status {
        let status = self.hand.happen(event);
        self.settle();
        status
    }

    /// Keys with others held, as the app hears of them.
    pub(crate) fn hit(&mut self, key: Key, modifiers: Modifiers, text: Option<&str>) {
        let event = Event::Keyboard(keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key.clone(),
            physical_key: keyboard::key::Physical::Unidentified(keyboard::key::NativeCode::Unidentified),
            location: keyboard::Location::Standard,
            modifiers,
            text: text.map(SmolStr::new),
            repeat: false,
        });
        let status = self.happen(&event);
        let Some(chord) = Chord::pressed(&key, modifiers) else { return };
        let ctx = self.hand.around.ctx();
        if let Some(wants) = self.hand.screen.home.key(&key, &chord, status == Status::Captured, &ctx) {
            return self.want(wants);
        }
        if status == Status::Captured && chord.is_writing() {
            return;
        }
        match self.hand.around.keys.act(&chord) {
            Some(act) => {
                let wants = self.hand.screen.home.act(act, &self.hand.around.ctx());
                self.want(wants);
            }
            None if key == Key::Named(Named::Tab) && status == Status::Ignored => {
                let back = modifiers.shift();
                let step = if back { operation::focus_previous() } else { operation::focus_next() };
                self.hand.run(step.chain(reveal()));
                self.settle();
            }
            None => {}
        }
    }

    /// A chord as it is written: `Ctrl+K`, or a key by itself.
    pub(crate) fn chord(&mut self, letter: &str) {
        let (held, letter) = letter.rsplit_once('+').unwrap_or(("", letter));
        let mut modifiers = Modifiers::empty();
        for (name, modifier) in [("Ctrl", Modifiers::CTRL), ("Alt", Modifiers::ALT), ("Shift", Modifiers::SHIFT)] {
            modifiers.set(modifier, held.contains(name));
        }
        let key = match letter {
            "Up" => Key::Named(Named::ArrowUp),
            "Down" => Key::Named(Named::ArrowDown),
            "Left" => Key::Named(Named::ArrowLeft),
            "Right" => Key::Named(Named::ArrowRight),
            "Enter" => Key::Named(Named::Enter),
            "Escape" => Key::Named(Named::Escape),
            "Tab" => Key::Named(Named::Tab),
            "PageUp" => Key::Named(Named::PageUp),
            "PageDown" => Key::Named(Named::PageDown),
            letter => Key::Character(letter.to_lowercase().into()),
        };
        self.hit(key, modifiers, None);
    }

    pub(crate) fn types(&mut self, words: &str) {
        for letter in words.chars() {
            let (key, letter) = match letter {
                '\n' => {
                    self.chord("Shift+Enter");
                    continue;
                }
                ' ' => (Key::Named(Named::Space), " ".to_owned()),
                letter => (Key::Character(letter.to_string().into()), letter.to_string()),
            };
            self.hit(key, Modifiers::empty(), Some(&letter));
        }
    }

    pub(crate) fn sees(&mut self, words: &str) -> bool {
        self.hand.sees(words)
    }

    /// The place of words that are in sight once.
    pub(crate) fn place(&mut self, words: &str) -> Rectangle {
        let found = self.hand.places(words);
        assert_eq!(found.len(), 1, "{words:?} is in sight {} times", found.len());
        found[0]
    }

    pub(crate) fn point(&mut self, at: Point) {
        self.happen(&Event::Mouse(mouse::Event::CursorMoved { position: at }));
    }

    pub(crate) fn click_at(&mut self, at: Point) {
        self.point(at);
        for event in simulator::click() {
            self.happen(&event);
        }
    }

    /// Clicks on words; of several, on the first.
    pub(crate) fn click(&mut self, words: &str) {
        let at = self.hand.places(words).first().unwrap_or_else(|| panic!("{words:?} is not in sight")).center();
        self.click_at(at);
    }

    /// A sign of those that show while the mouse is on a message; it stands no lower than the message's words.
    pub(crate) fn tool(&mut self, words: &str, icon: Icon) -> Rectangle {
        let line = self.place(words);
        self.point(line.center());
        let above = self.hand.places(&icon.char().to_string());
        let above = above.into_iter().filter(|it| it.y < line.y + line.height);
        let nearest = above.max_by(|a, b| a.y.total_cmp(&b.y));
        nearest.unwrap_or_else(|| panic!("{icon:?} is not in sight"))
    }

    pub(crate) fn click_beside(&mut self, words: &str, icon: Icon) {
        let at = self.tool(words, icon).center();
        self.click_at(at);
    }

    pub(crate) fn sign(&mut self, icon: Icon) {
        self.click(&icon.char().to_string());
    }

    pub(crate) fn right_click(&mut self, words: &str) {
        let at = self.place(words).center();
        self.point(at);
        for event in
            [mouse::Event::ButtonPressed(mouse::Button::Right), mouse::Event::ButtonReleased(mouse::Button::Right)]
        {
            self.happen(&Event::Mouse(event));
        }
    }

    /// Turns the wheel above the middle of the page; above zero goes up.
    pub(crate) fn wheel(&mut self, notches: f32) {
        self.point(Point::new(600.0, 400.0));
        let delta = mouse::ScrollDelta::Lines { x: 0.0, y: notches };
        self.happen(&Event::Mouse(mouse::Event::WheelScrolled { delta }));
    }

    /// What was sent last.
    pub(crate) fn sent(&self) -> &str {
        match self.commands.last() {
            Some(Command::Post { text, .. }) => text,
            other => panic!("{other:?}"),
        }
    }
}
