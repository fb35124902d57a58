//! What is said in a channel or a thread: a stretch of it around what is in sight, longer at either end as one gets there.
//!
//! ```text
//!  … older │ items: at most MOST, ascending │ newer …
//!              └─ rows: day lines, the unread line, notices and messages, in the order in which they are shown
//! ```
//!
//! A stretch goes from one message to another; those of it that were erased are no items. Answers that come late, to what
//! was asked of another stretch, are dropped.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
};

use bivouac_node::{
    CallError, NodeEvent,
    core::{
        io::{Answer, Command, Event, GuildView, Happened, Kept, Notice, Query, Scope},
        model::{ChannelId, File, FileId, Message as Said, MessageId, MessageState, Permissions},
    },
};
use iced::{
    Center, Fill, Point, Task,
    widget::{column, container, row, rule, stack, text},
};

use super::{Ctx, message};
use crate::{
    fault::Fault,
    intent::{Tone, Wants},
    text as prose,
    theme::{self, Element, MEDIUM, STRONG, size, space},
    widget::{self, Goal, Icon, List, Sight, button, icon},
    words::{Language, Words},
    world::Shown as _,
};

/// Messages of a page.
const PAGE: usize = 100;
/// Messages that are kept, at most.
const MOST: usize = 500;
/// Rows from either end at which more is asked for.
const NEAR: usize = 20;
/// How long it is not asked again unasked for what could not be had, in milliseconds.
const AGAIN_MS: u64 = 2_000;
/// Until so long after the last, in milliseconds, a message of the same author goes without a head.
const TOGETHER_MS: u64 = 7 * 60 * 1000;

/// A row, by what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The beginning of everything.
    Start,
    /// A day begins.
    Day(u64),
    /// What follows is not read.
    Unread,
    /// A message.
    Message(MessageId),
    /// Something that happened.
    Notice(u64, usize),
    /// What comes next could not be had.
    Missed,
}

/// A message, with whether it stands under the head of the one before.
#[derive(Clone, Debug)]
struct Item {
    said: Said,
    /// Read when it comes near: of a page that arrives while one scrolls, little is in sight.
    body: OnceCell<message::Body>,
    /// Its code was given to who colours it.
    colored: bool,
    follows: bool,
}

impl Item {
    fn new(said: Said) -> Self {
        Self { said, body: OnceCell::new(), colored: false, follows: false }
    }

    fn body(&self, view: &GuildView, ctx: &Ctx<'_>) -> &message::Body {
        self.body.get_or_init(|| message::Body::new(&self.said, view, ctx))
    }
}

/// Which way more is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The newest.
    Newest,
    /// The newest, and nothing that is here: it may have changed.
    Again,
    /// Before the first that is here.
    Older,
    /// After the last that is here.
    Newer,
    /// Around one.
    Around(MessageId),
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A page came that was asked for under a number.
    Came(u64, Way, Result<Answer, CallError>),
    /// What happened between messages came, of the timeline of a number.
    Noticed(u64, Result<Answer, CallError>),
    /// A message came that is quoted, or that changed, likewise.
    Fresh(u64, MessageId, Result<Answer, CallError>),
    /// What is in sight changed.
    Seen(u64, Sight),
    /// A row was clicked with the other button.
    Menu(usize, Point),
    /// To the newest.
    Present,
    /// To this one.
    Jump(MessageId),
    /// Ask again.
    Retry,
    /// Something of one message.
    Of(MessageId, message::Message),
    /// It was noted as read.
    Noted,
    /// Where my messages are.
    Kept(u64, Result<Answer, CallError>),
    /// How many bytes of files are here.
    Held(u64, BTreeMap<FileId, u64>),
    /// Code has its colours.
    Colored,
}

/// What the screen around it has to do.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Show what can be done with a message.
    Menu(Said, Point),
    /// Something of a message.
    Of(Said, message::Message),
    /// Show one that stands elsewhere.
    At(Said),
}

/// A stretch of what is said.
#[derive(Debug)]
pub struct Timeline {
    /// Where.
    pub channel: ChannelId,
    /// What of it.
    pub scope: Scope,
    /// Which timeline this is.
    number: u64,
    /// Which stretch of it.
    stretch: u64,
    /// Under which number pages are asked for: another once they would not fit what is here.
    page: u64,
    items: Vec<Item>,
    /// The oldest and the newest message of the stretch, whether they can be shown or not.
    ends: Option<(MessageId, MessageId)>,
    notices: Vec<Notice>,
    keys: Vec<Key>,
    older: bool,
    newer: bool,
    asking: Option<Way>,
    missed: Option<Missed>,
    /// Up to where it was read when it was opened.
    read: Option<MessageId>,
    line: bool,
    /// Up to where it was said to be read.
    noted: Option<MessageId>,
    goal: Option<(u64, Goal<Key>)>,
    /// The message that both its sides are being asked for, and how many of them are to come.
    around: Option<(MessageId, u8)>,
    sight: Option<Sight>,
    quotes: BTreeMap<MessageId, Option<Said>>,
    /// Threads by the messages they hang on.
    threads: BTreeMap<MessageId, String>,
    lit: Option<MessageId>,
    kept: BTreeMap<MessageId, Kept>,
    held: BTreeMap<FileId, u64>,
    /// With which names, in which language, before whom its texts were read.
    named: (u64, Language, bool),
}

/// What could not be had.
#[derive(Debug)]
struct Missed {
    way: Way,
    why: Fault,
    /// When, in milliseconds since the epoch.
    at: u64,
}

/// What follows from what was heard, once for all of it.
#[derive(Debug, Default)]
struct News {
    rows: bool,
    own: bool,
    newest: bool,
    notice: bool,
    keep: bool,
    fresh: BTreeSet<MessageId>,
}

/// A number that nothing has yet, in any timeline: what draws one draws the next one, too.
fn next() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Whether there is anything of a message to be shown.
fn is_shown(said: &Said) -> bool {
    !matches!(said.state, MessageState::Erased | MessageState::Hidden)
}

impl Timeline {
    /// Opens a channel or a thread, at its newest or around one message.
    pub fn new(channel: ChannelId, scope: Scope, view: &GuildView, at: Option<MessageId>) -> (Self, Wants<Message>) {
        let unread = view.unread.get(&channel).filter(|it| it.messages > 0 && scope == Scope::Main);
        let mut timeline = Self {
            channel,
            scope,
            number: next(),
            stretch: next(),
            page: 0,
            items: Vec::new(),
            ends: None,
            notices: Vec::new(),
            keys: Vec::new(),
            older: true,
            newer: false,
            asking: None,
            missed: None,
            read: unread.and_then(|it| it.read),
            line: unread.is_some(),
            noted: None,
            goal: None,
            around: None,
            sight: None,
            quotes: BTreeMap::new(),
            threads: BTreeMap::new(),
            lit: at,
            kept: BTreeMap::new(),
            held: BTreeMap::new(),
            named: (0, Language::default(), false),
        };
        let wants = timeline.fetch(at.map_or(Way::Newest, Way::Around));
        (timeline, wants)
    }

    /// Whether the newest is in sight.
    #[must_use]
    pub fn at_end(&self) -> bool {
        !self.newer && self.sight.as_ref().is_none_or(|sight| sight.at_end)
    }

    /// The newest message that is here.
    #[must_use]
    pub fn last(&self) -> Option<MessageId> {
        self.items.last().map(|item| item.said.id)
    }

    /// My newest message that can be edited.
    #[must_use]
    pub fn my_last(&self, view: &GuildView) -> Option<&Said> {
        let mut mine = self.items.iter().rev().map(|item| &item.said);
        mine.find(|said| said.author == view.me && said.state == MessageState::Open)
    }

    /// A message that is here.
    #[must_use]
    pub fn message(&self, id: MessageId) -> Option<&Said> {
        let at = self.items.binary_search_by_key(&id, |item| item.said.id).ok()?;
        Some(&self.items[at].said)
    }

    /// My messages that are in sight.
    #[must_use]
    pub fn mine_in_sight(&self, view: &GuildView) -> BTreeSet<MessageId> {
        self.in_sight().filter(|said| said.author == view.me).map(|said| said.id).collect()
    }

    fn in_sight(&self) -> impl Iterator<Item = &Said> {
        let rows = self.sight.as_ref().map_or(0..0, |sight| sight.rows.clone());
        self.keys.get(rows).unwrap_or_default().iter().filter_map(|key| match key {
            Key::Message(id) => self.message(*id),
            _ => None,
        })
    }

    /// Pictures that hang on the messages that are here, in their order.
    #[must_use]
    pub fn pictures(&self) -> Vec<File> {
        let files = self.items.iter().flat_map(|item| &item.said.files);
        files.filter(|file| message::is_picture(file)).cloned().collect()
    }

    /// Scrolls.
    pub fn go(&mut self, goal: Goal<Key>) {
        self.goal = Some((next(), goal));
    }

    /// All is read: no line any more.
    pub fn clear_line(&mut self, ctx: &Ctx<'_>, view: &GuildView) {
        self.line = false;
        self.lay(ctx, view);
    }

    /// Reads the texts anew that name somebody or hold a link: names, the language, or who sees the screen may have changed.
    pub fn refresh(&mut self, ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let named = (ctx.world.named(), ctx.w.language(), ctx.prefs.streamer);
        if std::mem::replace(&mut self.named, named) == named {
            return Wants::none();
        }
        for item in self.items.iter_mut().filter(|item| item.body.get().is_some_and(message::Body::names)) {
            *item = Item { follows: item.follows, ..Item::new(item.said.clone()) };
        }
        self.prepare(ctx, view)
    }

    /// Has everything asked for again: some of what happened was not told.
    pub fn again(&mut self) -> Wants<Message> {
        let first = self.in_sight().next().map(|said| said.id);
        match first.filter(|_| !self.at_end()) {
            Some(first) => self.fetch(Way::Around(first)),
            None => self.fetch(Way::Again),
        }
    }

    /// Notes that all is read, where that is news: it is all before the user's eyes.
    pub fn note(&mut self, view: &GuildView) -> Wants<Message> {
        let waiting = view.unread.get(&self.channel).is_some_and(|it| it.messages > 0);
        let last = self.ends.map(|(_, last)| last).filter(|_| waiting && self.scope == Scope::Main);
        match last.filter(|last| self.noted.is_none_or(|noted| noted < *last)) {
            Some(message) => {
                self.noted = Some(message);
                Wants::run(Command::Read { channel: self.channel, message: Some(message) }, |_| Message::Noted)
            }
            None => Wants::none(),
        }
    }

    /// What was noted so far is noted again, should it not have been heard.
    pub fn unnote(&mut self) {
        self.noted = None;
    }

    /// Asks where those of my messages are that are in sight and not everywhere yet.
    fn keep(&self, view: &GuildView) -> Wants<Message> {
        let mut mine = self.mine_in_sight(view);
        mine.extend(self.last().filter(|id| self.message(*id).is_some_and(|said| said.author == view.me)));
        mine.retain(|id| self.kept.get(id).is_none_or(|kept| kept.on.len() < kept.of));
        let number = self.number;
        let then = move |answer| Message::Kept(number, answer);
        if mine.is_empty() { Wants::none() } else { Wants::ask(Query::Kept(mine), then) }
    }

    /// Asks how much is here of the files in sight.
    fn hold(&mut self) -> Wants<Message> {
        let files = self.in_sight().flat_map(|said| &said.files).map(|file| file.id);
        let files: BTreeSet<_> = files.filter(|file| !self.held.contains_key(file)).collect();
        if files.is_empty() {
            return Wants::none();
        }
        self.held.extend(files.iter().map(|file| (*file, 0)));
        let number = self.number;
        Wants::work(move |node| async move {
            let mut held = BTreeMap::new();
            for file in files {
                if let Ok(Some(bytes)) = node.held_file(file).await {
                    held.insert(file, bytes);
                }
            }
            Message::Held(number, held)
        })
    }

    /// Reads what is in sight and near, and has its code coloured; the newest first.
    fn prepare(&mut self, ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let Some(sight) = &self.sight else { return Wants::none() };
        let near = sight.rows.start.saturating_sub(NEAR)..(sight.rows.end + NEAR).min(self.keys.len());
        let mut codes = Vec::new();
        for key in self.keys.get(near).unwrap_or_default().iter().rev() {
            if let Key::Message(id) = key
                && let Ok(at) = self.items.binary_search_by_key(id, |item| item.said.id)
                && !std::mem::replace(&mut self.items[at].colored, true)
            {
                codes.extend(self.items[at].body(view, ctx).code());
            }
        }
        if codes.is_empty() {
            return Wants::none();
        }
        Wants::task(Task::perform(prose::color(codes), |()| Message::Colored))
    }

    fn fetch(&mut self, way: Way) -> Wants<Message> {
        let (before, after) = match way {
            Way::Newest | Way::Again | Way::Around(_) => {
                // What was asked for so far would not fit.
                self.page = next();
                self.around = None;
                (None, None)
            }
            Way::Older => (self.ends.map(|(first, _)| first), None),
            Way::Newer => (None, self.ends.map(|(_, last)| last)),
        };
        if matches!(way, Way::Older | Way::Newer) && before.is_none() && after.is_none() {
            return Wants::none();
        }
        self.asking = Some(way);
        let query = match way {
            Way::Around(id) => Query::Message(id),
            _ => Query::Messages { channel: self.channel, scope: self.scope, before, after, limit: PAGE },
        };
        let page = self.page;
        Wants::ask(query, move |answer| Message::Came(page, way, answer))
    }

    /// Asks for more where one is near an end.
    fn stretch(&mut self) -> Wants<Message> {
        let Some(sight) = self.sight.clone().filter(|_| self.asking.is_none() && self.missed.is_none()) else {
            return Wants::none();
        };
        if self.older && sight.rows.start < NEAR {
            self.fetch(Way::Older)
        } else if self.newer && sight.rows.end + NEAR > self.keys.len() {
            self.fetch(Way::Newer)
        } else {
            Wants::none()
        }
    }

    /// Takes in what the node tells.
    pub fn hear(&mut self, events: &[NodeEvent], ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let mut news = News::default();
        for event in events {
            self.take(event, &mut news, view);
        }
        let mut wants = Wants::none();
        if news.own {
            self.line = false;
            self.go(Goal::End);
        }
        if news.rows || news.own {
            // What is being read stays.
            self.trim(!news.own && !self.at_end());
            self.lay(ctx, view);
            wants = self.quote().and(self.prepare(ctx, view));
        }
        if news.newest {
            wants = wants.and(self.fetch(Way::Newest));
        }
        if news.keep || news.own {
            wants = wants.and(self.keep(view));
        }
        if news.notice {
            wants = wants.and(self.notice());
        }
        news.fresh.into_iter().fold(wants, |wants, id| wants.and(self.freshen(id)))
    }

    fn take(&mut self, event: &NodeEvent, news: &mut News, view: &GuildView) {
        let event = match event {
            NodeEvent::Core(event) => event,
            NodeEvent::Transfer { file, have, .. } | NodeEvent::TransferOver { file, have, .. } => {
                self.held.entry(*file).and_modify(|held| *held = *have);
                return;
            }
            NodeEvent::PeerConnected { .. } | NodeEvent::PeerDisconnected { .. } => return,
        };
        match &**event {
            Event::Message { own, message } if self.holds(message) => {
                if self.newer {
                    news.newest |= own;
                    return;
                }
                // What is further up comes when one gets there.
                if self.older && self.ends.is_some_and(|(first, _)| message.id < first) {
                    return;
                }
                if is_shown(message) {
                    self.put(message.clone());
                }
                self.reach(message.id);
                news.rows = true;
                news.own |= own;
            }
            Event::Edited(message) => {
                if self.message(message.id).is_some() {
                    self.put(message.clone());
                    news.rows = true;
                }
                if let Some(quote) = self.quotes.get_mut(&message.id) {
                    *quote = Some(message.clone());
                }
            }
            Event::Erased { message, .. } => {
                if self.message(*message).is_some() {
                    self.items.retain(|item| item.said.id != *message);
                    news.rows = true;
                }
                if let Some(quote) = self.quotes.get_mut(message) {
                    *quote = None;
                }
            }
            Event::Reaction { message, .. } | Event::Pinned { message, .. } if self.message(*message).is_some() => {
                news.fresh.insert(*message);
            }
            Event::SyncProgress { guild, have, want, .. } => {
                news.newest |= *guild == view.guild && have == want && !self.newer && self.at_end();
            }
            Event::Kept { guild } => news.keep |= *guild == view.guild,
            Event::Channel { channel, .. } => news.notice |= *channel == self.channel,
            Event::Thread { thread, .. } if thread.channel == self.channel => {
                self.threads.insert(thread.id, thread.name.clone());
                news.notice = true;
            }
            Event::Member { guild, .. } => news.notice |= *guild == view.guild,
            _ => {}
        }
    }

    fn holds(&self, said: &Said) -> bool {
        let within = match self.scope {
            Scope::All => true,
            Scope::Main => said.thread.is_none(),
            Scope::Thread(id) => said.thread == Some(id),
        };
        within && said.channel == self.channel
    }

    /// Puts a message in its place. Whether it was not there.
    fn put(&mut self, said: Said) -> bool {
        let place = self.items.binary_search_by_key(&said.id, |it| it.said.id);
        if let Ok(at) = place
            && (&self.items[at].said.text, self.items[at].said.state) == (&said.text, said.state)
        {
            self.items[at].said = said;
            return false;
        }
        let item = Item::new(said);
        match place {
            Ok(at) => self.items[at] = item,
            Err(at) => self.items.insert(at, item),
        }
        place.is_err()
    }

    /// The stretch goes as far as this message.
    fn reach(&mut self, id: MessageId) {
        self.ends = Some(self.ends.map_or((id, id), |(first, last)| (first.min(id), last.max(id))));
    }

    /// Keeps no more than may be kept: the oldest, or the newest.
    fn trim(&mut self, oldest: bool) {
        let over = self.items.len().saturating_sub(MOST);
        if over == 0 {
            return;
        }
        if oldest {
            self.items.truncate(MOST);
            self.newer = true;
        } else {
            self.items.drain(..over);
            self.older = true;
        }
        let (first, last) = (self.items.first(), self.items.last());
        let Some((first, last)) = first.zip(last).map(|(first, last)| (first.said.id, last.said.id)) else { return };
        self.ends = self.ends.map(|ends| if oldest { (ends.0, last) } else { (first, ends.1) });
    }

    /// Asks for what happened between the messages that are here.
    fn notice(&self) -> Wants<Message> {
        if self.scope != Scope::Main {
            return Wants::none();
        }
        let since_ms = if self.older { self.ends.map_or(0, |(first, _)| first.hlc.ms()) } else { 0 };
        let until_ms = self.ends.filter(|_| self.newer).map_or(u64::MAX, |(_, last)| last.hlc.ms());
        let (channel, number) = (self.channel, self.number);
        let query = Query::Notices { channel, since_ms, until_ms, limit: 200 };
        Wants::ask(query, move |answer| Message::Noticed(number, answer))
    }

    /// Asks for the messages that are quoted and not known.
    fn quote(&mut self) -> Wants<Message> {
        let mut wants = Wants::none();
        let mut quoted: BTreeSet<_> = self.items.iter().filter_map(|item| item.said.reply_to).collect();
        if let Scope::Thread(of) = self.scope {
            quoted.insert(of);
        }
        self.quotes.retain(|id, _| quoted.contains(id));
        for id in quoted {
            if self.quotes.contains_key(&id) {
                continue;
            }
            self.quotes.insert(id, None);
            match self.message(id).cloned() {
                Some(said) => {
                    self.quotes.insert(id, Some(said));
                }
                None => wants = wants.and(self.freshen(id)),
            }
        }
        wants
    }

    fn freshen(&self, id: MessageId) -> Wants<Message> {
        let number = self.number;
        Wants::ask(Query::Message(id), move |answer| Message::Fresh(number, id, answer))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>, view: &GuildView) -> (Wants<Message>, Option<Ask>) {
        match message {
            Message::Came(page, way, answer) if page == self.page => return self.came(way, answer, ctx, view),
            Message::Noticed(number, Ok(Answer::Notices(notices))) if number == self.number => {
                let threads = notices.iter().filter_map(|it| match &it.what {
                    Happened::Thread(id, name) => Some((*id, name.clone())),
                    _ => None,
                });
                self.threads = threads.collect();
                self.notices = notices;
                self.lay(ctx, view);
            }
            Message::Fresh(number, id, answer) if number == self.number => {
                let said = match answer {
                    Ok(Answer::Messages(page)) => page.messages.into_iter().find(|said| said.id == id),
                    _ => None,
                };
                if let Some(said) = &said
                    && self.message(id).is_some()
                {
                    if is_shown(said) {
                        self.put(said.clone());
                    } else {
                        self.items.retain(|item| item.said.id != id);
                    }
                    self.lay(ctx, view);
                }
                if let Some(quote) = self.quotes.get_mut(&id) {
                    *quote = said.filter(|said| said.state == MessageState::Open);
                }
                return (self.prepare(ctx, view), None);
            }
            Message::Seen(stretch, sight) if stretch == self.stretch => {
                self.sight = Some(sight);
                let again = match self.missed.take_if(|fault| ctx.clock.now.saturating_sub(fault.at) > AGAIN_MS) {
                    Some(fault) => {
                        self.lay(ctx, view);
                        self.fetch(fault.way)
                    }
                    None => Wants::none(),
                };
                let near = self.prepare(ctx, view);
                return (again.and(near).and(self.stretch()).and(self.keep(view)).and(self.hold()), None);
            }
            Message::Menu(row, at) => {
                if let Some(Key::Message(id)) = self.keys.get(row)
                    && let Some(said) = self.message(*id)
                {
                    return (Wants::none(), Some(Ask::Menu(said.clone(), at)));
                }
            }
            Message::Present => {
                self.lit = None;
                if self.newer {
                    return (self.fetch(Way::Newest), None);
                }
                self.go(Goal::End);
            }
            Message::Jump(id) => return (self.jump(id), None),
            Message::Retry => {
                let Some(fault) = self.missed.take() else { return (Wants::none(), None) };
                self.lay(ctx, view);
                return (self.fetch(fault.way), None);
            }
            Message::Of(id, message::Message::Jump(to)) if self.message(id).is_some() => return (self.jump(to), None),
            Message::Of(id, of) => {
                let said = self.message(id).cloned();
                return (Wants::none(), said.map(|said| Ask::Of(said, of)));
            }
            Message::Kept(number, Ok(Answer::Kept(kept))) if number == self.number => self.kept.extend(kept),
            Message::Held(number, held) if number == self.number => self.held.extend(held),
            // Of another timeline, or of what this one was.
            Message::Came(..) | Message::Noticed(..) | Message::Fresh(..) | Message::Seen(..) => {}
            Message::Kept(..) | Message::Held(..) | Message::Noted | Message::Colored => {}
        }
        (Wants::none(), None)
    }

    /// Shows a message, wherever it is.
    pub fn jump(&mut self, id: MessageId) -> Wants<Message> {
        self.lit = Some(id);
        if self.message(id).is_some() {
            self.go(Goal::Middle(Key::Message(id)));
            return Wants::none();
        }
        self.fetch(Way::Around(id))
    }

    fn came(
        &mut self,
        way: Way,
        answer: Result<Answer, CallError>,
        ctx: &Ctx<'_>,
        view: &GuildView,
    ) -> (Wants<Message>, Option<Ask>) {
        self.asking = None;
        let page = match (way, answer) {
            (Way::Around(id), Ok(Answer::Messages(page))) => return self.led(id, page.messages, ctx, view),
            (_, Ok(Answer::Messages(page))) => page,
            (_, Ok(_)) => return (Wants::none(), None),
            (Way::Around(_), Err(error)) => {
                // What is here is all right.
                self.lit = None;
                return (Wants::fail(error).and(self.open()), None);
            }
            (way, Err(error)) => {
                self.around = None;
                self.missed = Some(Missed { way, why: error.into(), at: ctx.clock.now });
                self.lay(ctx, view);
                return (Wants::none(), None);
            }
        };
        self.missed = None;
        let ids = || page.messages.iter().map(|said| said.id);
        let span = ids().min().zip(ids().max());
        match way {
            Way::Newest | Way::Again => self.join(way, span, page.more),
            Way::Older => self.older = page.more,
            Way::Newer | Way::Around(_) => self.newer = page.more,
        }
        let mut added = false;
        for said in page.messages.into_iter().filter(is_shown) {
            if self.holds(&said) {
                added |= self.put(said);
            }
        }
        span.into_iter().flat_map(|(first, last)| [first, last]).for_each(|id| self.reach(id));
        self.trim(way == Way::Older);
        self.lay(ctx, view);
        if let Some((id, left)) = self.around {
            self.around = (left > 1).then(|| (id, left - 1));
            self.center(id);
        }
        // A page of which there is nothing to show: what lies beyond it is wanted.
        let further = match way {
            Way::Newest | Way::Again => self.items.is_empty() && self.older,
            _ => page.more && !added,
        };
        let more = match (further && span.is_some(), way) {
            (true, Way::Newer) => self.fetch(Way::Newer),
            (true, _) => self.fetch(Way::Older),
            (false, _) => self.quote().and(self.notice()).and(self.stretch()),
        };
        (more.and(self.prepare(ctx, view)), None)
    }

    /// Makes room for the newest, of which a page goes from one message to another: what it joins on to stays.
    fn join(&mut self, way: Way, span: Option<(MessageId, MessageId)>, more: bool) {
        let joins = !self.newer && self.ends.zip(span).is_some_and(|((_, last), (first, _))| first <= last);
        let elsewhere = self.newer || self.ends.is_none();
        let (first, last) = span.unzip();
        if joins && way == Way::Newest {
            self.items.retain(|item| first > Some(item.said.id) || Some(item.said.id) > last);
            self.older &= more;
        } else {
            // What was told since the question stays, where the page goes as far as that.
            self.items.retain(|item| !elsewhere && joins && Some(item.said.id) > last);
            self.begin_anew(elsewhere);
            self.items.iter().map(|item| item.said.id).collect::<Vec<_>>().into_iter().for_each(|id| self.reach(id));
            self.older = more;
            self.go(Goal::End);
        }
        self.newer = false;
    }

    /// Forgets what is asked of the stretch; where one was elsewhere, it is another one.
    fn begin_anew(&mut self, elsewhere: bool) {
        self.ends = None;
        if elsewhere {
            (self.stretch, self.sight) = (next(), None);
        }
    }

    /// The message came that one is led to.
    fn led(
        &mut self,
        id: MessageId,
        messages: Vec<Said>,
        ctx: &Ctx<'_>,
        view: &GuildView,
    ) -> (Wants<Message>, Option<Ask>) {
        let Some(said) = messages.into_iter().find(|said| said.id == id && is_shown(said)) else {
            self.lit = None;
            return (Wants::say(Tone::Plain, ctx.w.get("quote-gone")).and(self.open()), None);
        };
        if !self.holds(&said) {
            self.lit = None;
            return (self.open(), Some(Ask::At(said)));
        }
        self.missed = None;
        self.items.clear();
        self.begin_anew(true);
        (self.older, self.newer) = (true, true);
        self.put(said);
        self.reach(id);
        self.center(id);
        self.lay(ctx, view);
        let both = self.fetch(Way::Older).and(self.fetch(Way::Newer));
        self.around = Some((id, 2));
        (both.and(self.quote()).and(self.prepare(ctx, view)), None)
    }

    /// Asks for the newest where nothing is here yet.
    fn open(&mut self) -> Wants<Message> {
        if self.ends.is_none() { self.fetch(Way::Newest) } else { Wants::none() }
    }

    /// Goes to a message: into the middle if one was led to it.
    fn center(&mut self, id: MessageId) {
        let key = Key::Message(id);
        self.go(if self.lit == Some(id) { Goal::Middle(key) } else { Goal::Top(key) });
    }

    /// Puts the rows in order.
    fn lay(&mut self, ctx: &Ctx<'_>, view: &GuildView) {
        let in_sight = self.first_in_sight();
        self.keys.clear();
        let fault = self.missed.as_ref().map(|fault| fault.way == Way::Older);
        if fault == Some(true) {
            self.keys.push(Key::Missed);
        } else if !(self.older || self.items.is_empty() && self.notices.is_empty()) {
            self.keys.push(Key::Start);
        }
        let mut notices = self.notices.iter().enumerate().peekable();
        let (mut day, mut last, mut line) = (None, None::<(bivouac_node::UserId, u64)>, self.line);
        for item in &mut self.items {
            let said = &item.said;
            let at = said.id.hlc.ms();
            while let Some((n, notice)) = notices.next_if(|(_, notice)| notice.at <= at) {
                begin_day(&mut self.keys, &mut day, notice.at, ctx);
                self.keys.push(Key::Notice(notice.at, n));
                last = None;
            }
            if begin_day(&mut self.keys, &mut day, at, ctx) {
                last = None;
            }
            if line && self.read.is_none_or(|read| said.id > read) && said.author != view.me {
                self.keys.push(Key::Unread);
                (line, last) = (false, None);
            }
            item.follows = said.reply_to.is_none()
                && last
                    .is_some_and(|(author, before)| author == said.author && at.saturating_sub(before) < TOGETHER_MS);
            last = Some((said.author, at));
            self.keys.push(Key::Message(said.id));
        }
        if !self.newer {
            for (n, notice) in notices {
                begin_day(&mut self.keys, &mut day, notice.at, ctx);
                self.keys.push(Key::Notice(notice.at, n));
            }
        }
        if fault == Some(false) {
            self.keys.push(Key::Missed);
        }
        // The same rows are in sight, under other numbers.
        if let (Some((key, above)), Some(sight)) = (in_sight, &mut self.sight)
            && let Some(at) = self.keys.iter().position(|it| *it == key)
        {
            let start = at.saturating_sub(above);
            sight.rows = start..(start + sight.rows.len()).min(self.keys.len());
        }
    }

    /// The first message in sight, and how many rows in sight are above it.
    fn first_in_sight(&self) -> Option<(Key, usize)> {
        let rows = self.keys.get(self.sight.as_ref()?.rows.clone())?;
        let at = rows.iter().position(|key| matches!(key, Key::Message(_)))?;
        Some((rows[at], at))
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        if let Some(fault) = self.missed.as_ref().filter(|_| self.items.is_empty()) {
            let retry = widget::secondary(ctx.w.get("retry"), Some(Message::Retry));
            let words = widget::empty(Icon::Warning, ctx.w.get("messages-fault"), ctx.say(&fault.why));
            return column![words, container(retry).center_x(Fill).padding(space::XL)].into();
        }
        if self.keys.is_empty() {
            return if self.asking.is_some() || self.older {
                widget::push().height(Fill).into()
            } else {
                self.beginning(view, ctx).height(Fill).into()
            };
        }
        let stretch = self.stretch;
        let list = List::new(&self.keys, move |index| self.row(index, view, ctx))
            .of(stretch)
            .goal(self.goal)
            .on_sight(move |sight| Message::Seen(stretch, sight))
            .on_menu(Message::Menu)
            .by_keyboard(|key| matches!(key, Key::Message(_)))
            .open(self.newer)
            .lit();
        let present = (!self.at_end()).then(|| {
            let words = if self.newer { ctx.w.get("jump-present-older") } else { ctx.w.get("jump-present") };
            let inside = row![text(words).font(MEDIUM).size(size::SMALL), icon(Icon::ArrowDown, 14.0)];
            let press = button(inside.spacing(space::S).align_y(Center))
                .padding([space::S - 2.0, space::M])
                .style(theme::button::secondary);
            container(press.on_press(Message::Present))
                .align_x(Center)
                .align_y(iced::Bottom)
                .width(Fill)
                .height(Fill)
                .padding(space::S)
        });
        stack![Element::from(list)].push(present).width(Fill).height(Fill).into()
    }

    fn row<'a>(&'a self, index: usize, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        match self.keys[index] {
            Key::Start => self.beginning(view, ctx).into(),
            Key::Day(at) => line(ctx.clock.day(at), false),
            Key::Unread => line(ctx.w.get("unread-line"), true),
            Key::Missed => self.missed_row(ctx),
            Key::Notice(_, n) => match self.notices.get(n) {
                Some(notice) => message::notice(notice, view, ctx).map(move |of| match of {
                    message::Message::Jump(id) => Message::Jump(id),
                    _ => Message::Noted,
                }),
                None => widget::push().into(),
            },
            Key::Message(id) => {
                let Ok(at) = self.items.binary_search_by_key(&id, |item| item.said.id) else {
                    return widget::push().into();
                };
                let item = &self.items[at];
                let quote = item.said.reply_to.map(|id| self.quotes.get(&id).and_then(Option::as_ref));
                let shown = message::Shown {
                    said: &item.said,
                    body: item.body(view, &ctx),
                    follows: item.follows,
                    quote,
                    lit: self.lit == Some(id),
                    kept: self.kept.get(&id),
                    held: &self.held,
                    thread: self.threads.get(&id).map(String::as_str),
                    newest: self.last() == Some(id),
                };
                message::view(shown, view, ctx).map(move |of| Message::Of(id, of))
            }
        }
    }

    /// What stands where more could not be had.
    fn missed_row<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let words = self.missed.as_ref().map_or_else(String::new, |fault| ctx.say(&fault.why));
        let words = text(words).size(size::SMALL).style(theme::text::muted).width(Fill);
        let retry = widget::secondary(ctx.w.get("retry"), Some(Message::Retry));
        let line = row![icon(Icon::Warning, 16.0).style(theme::text::warning), words, retry].spacing(space::M);
        container(line.align_y(Center)).padding([space::S, space::L]).into()
    }

    /// What stands before the first message.
    fn beginning<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> container::Container<'a, Message, theme::Theme> {
        let channel = view.law.channels.get(&self.channel);
        let name = channel.map_or("", |channel| channel.name.as_str());
        let may = channel.is_some_and(|channel| view.may(channel, Permissions::SEND));
        let (head, words) = match self.scope {
            Scope::Thread(_) => (ctx.w.get("thread-start"), Some(ctx.w.get("thread-start-hint"))),
            _ => (
                ctx.w.with("channel-start", &[("channel", name.into())]),
                self.start_words(
                    ctx.w,
                    &ctx.veil(channel.map(|channel| channel.topic.as_str()).unwrap_or_default()),
                    may,
                ),
            ),
        };
        let (sign, of) = match self.scope {
            Scope::Thread(of) => (Icon::MessagesSquare, self.quotes.get(&of).and_then(Option::as_ref)),
            _ => (Icon::Hash, None),
        };
        let mark = container(icon(sign, 28.0)).padding(space::M).style(theme::container::pill);
        // Where it goes is beside it already.
        let of = of.map(|of| message::quoted(Some(of), None, view, ctx).map(|_| Message::Noted));
        let inside = column![mark, widget::heading(head)].push(words.map(widget::hint)).push(of).spacing(space::S);
        container(inside).width(Fill).align_y(iced::Bottom).padding([space::XL, space::L])
    }

    fn start_words(&self, w: &Words, topic: &str, may: bool) -> Option<String> {
        let first = (may && self.items.is_empty()).then(|| w.get("channel-start-hint"));
        if topic.is_empty() { first } else { Some(crate::text::line(topic, 1_024)) }
    }
}

/// Begins a day before what was said then, unless it has begun. Whether it did.
fn begin_day(keys: &mut Vec<Key>, day: &mut Option<u64>, at: u64, ctx: &Ctx<'_>) -> bool {
    let begins = day.is_none_or(|day| !ctx.clock.same_day(day, at));
    if begins {
        keys.push(Key::Day(at));
        *day = Some(at);
    }
    begins
}

/// A line across, with words in it.
fn line<'a>(words: String, unread: bool) -> Element<'a, Message> {
    let style = if unread { theme::text::danger } else { theme::text::faint };
    let rule = || {
        let line = rule::horizontal(1);
        if unread { line.style(theme::container::danger_line) } else { line }
    };
    let words = text(words).font(STRONG).size(size::CAPTION).style(style);
    let line = row![rule(), words, rule()].spacing(space::M).align_y(Center);
    container(line).padding([space::S, space::L]).into()
}
