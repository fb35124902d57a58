//! What is said in a channel or a thread: a stretch of it around what is in sight, longer at either end as one gets there.
//!
//! ```text
//!  … older │ items: at most MOST, ascending │ newer …
//!              └─ rows: day lines, the unread line, notices and messages, in the order in which they are shown
//! ```

use std::collections::{BTreeMap, BTreeSet};

use bivouac_node::{
    CallError, NodeEvent,
    core::{
        io::{Answer, Command, Event, GuildView, Kept, Notice, Query, Scope},
        model::{ChannelId, File, Message as Said, MessageId, MessageState},
    },
};
use iced::{
    Center, Fill, Point,
    widget::{column, container, row, rule, stack, text},
};

use super::{Ctx, message};
use crate::{
    intent::Wants,
    theme::{self, Element, MEDIUM, STRONG, size, space},
    widget::{self, Goal, Icon, List, Sight, button, form, icon},
    words::Words,
};

/// Messages of a page.
const PAGE: usize = 100;
/// Messages that are kept, at most.
const MOST: usize = 500;
/// Rows from either end at which more is asked for.
const NEAR: usize = 20;
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
}

/// A message, with whether it stands under the head of the one before.
#[derive(Clone, Debug)]
struct Item {
    said: Said,
    body: message::Body,
    follows: bool,
}

/// Which way more is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The newest.
    Newest,
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
    /// A page came.
    Came(Way, Result<Answer, CallError>),
    /// What happened between messages came.
    Noticed(Result<Answer, CallError>),
    /// A message came that is quoted, or that changed.
    Fresh(MessageId, Result<Answer, CallError>),
    /// What is in sight changed.
    Seen(Sight),
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
    Kept(Result<Answer, CallError>),
}

/// What the screen around it has to do.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Show what can be done with a message.
    Menu(Said, Point),
    /// Something of a message.
    Of(Said, message::Message),
}

/// A stretch of what is said.
#[derive(Debug)]
pub struct Timeline {
    /// Where.
    pub channel: ChannelId,
    /// What of it.
    pub scope: Scope,
    items: Vec<Item>,
    notices: Vec<Notice>,
    keys: Vec<Key>,
    older: bool,
    newer: bool,
    asking: Option<Way>,
    fault: Option<String>,
    holes: u64,
    /// Up to where it was read when it was opened.
    read: Option<MessageId>,
    line: bool,
    goal: Option<(u64, Goal<Key>)>,
    sight: Option<Sight>,
    quotes: BTreeMap<MessageId, Option<Said>>,
    lit: Option<MessageId>,
    /// One was led to it, and what comes after it is not here yet.
    around: Option<MessageId>,
    kept: BTreeMap<MessageId, Kept>,
}

impl Timeline {
    /// Opens a channel or a thread, at its newest or around one message.
    pub fn new(channel: ChannelId, scope: Scope, view: &GuildView, at: Option<MessageId>) -> (Self, Wants<Message>) {
        let unread = view.unread.get(&channel).filter(|it| it.messages > 0 && scope == Scope::Main);
        let mut timeline = Self {
            channel,
            scope,
            items: Vec::new(),
            notices: Vec::new(),
            keys: Vec::new(),
            older: true,
            newer: false,
            asking: None,
            fault: None,
            holes: 0,
            read: unread.and_then(|it| it.read),
            line: unread.is_some(),
            goal: None,
            sight: None,
            quotes: BTreeMap::new(),
            lit: None,
            around: None,
            kept: BTreeMap::new(),
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
        let rows = self.sight.as_ref().map_or(0..0, |sight| sight.rows.clone());
        let ids = self.keys.get(rows).unwrap_or_default().iter().filter_map(|key| match key {
            Key::Message(id) => Some(*id),
            _ => None,
        });
        ids.filter(|id| self.message(*id).is_some_and(|said| said.author == view.me)).collect()
    }

    /// Pictures that hang on the messages that are here, in their order.
    #[must_use]
    pub fn pictures(&self) -> Vec<File> {
        let files = self.items.iter().flat_map(|item| &item.said.files);
        files.filter(|file| message::is_picture(file)).cloned().collect()
    }

    /// Scrolls.
    pub fn go(&mut self, goal: Goal<Key>) {
        let number = self.goal.map_or(1, |(number, _)| number + 1);
        self.goal = Some((number, goal));
    }

    /// All is read: no line any more.
    pub fn clear_line(&mut self, ctx: &Ctx<'_>, view: &GuildView) {
        self.line = false;
        self.lay(ctx, view);
    }

    /// Makes every row anew: names, or the language, changed.
    pub fn refresh(&mut self, ctx: &Ctx<'_>, view: &GuildView) {
        for item in &mut self.items {
            item.body = message::Body::new(&item.said, view, ctx);
        }
        self.lay(ctx, view);
    }

    /// What was read so far, where that is news.
    pub fn note(&self, ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let waiting = view.unread.get(&self.channel).is_some_and(|it| it.messages > 0);
        let seen = self.scope == Scope::Main && ctx.focused && self.at_end();
        match self.last().filter(|_| waiting && seen) {
            Some(message) => {
                Wants::run(Command::Read { channel: self.channel, message: Some(message) }, |_| Message::Noted)
            }
            None => Wants::none(),
        }
    }

    /// Asks where those of my messages are that are in sight and not everywhere yet.
    fn keep(&self, view: &GuildView) -> Wants<Message> {
        let mut mine = self.mine_in_sight(view);
        mine.extend(self.last().filter(|id| self.message(*id).is_some_and(|said| said.author == view.me)));
        mine.retain(|id| self.kept.get(id).is_none_or(|kept| kept.on.len() < kept.of));
        if mine.is_empty() { Wants::none() } else { Wants::ask(Query::Kept(mine), Message::Kept) }
    }

    fn fetch(&mut self, way: Way) -> Wants<Message> {
        let at = |item: Option<&Item>| item.map(|item| item.said.id);
        let (before, after) = match way {
            Way::Newest => (None, None),
            Way::Older => (at(self.items.first()), None),
            Way::Newer => (None, at(self.items.last())),
            Way::Around(id) => {
                self.asking = Some(way);
                return Wants::ask(Query::Message(id), move |answer| Message::Came(way, answer));
            }
        };
        if way != Way::Newest && before.is_none() && after.is_none() {
            return Wants::none();
        }
        self.asking = Some(way);
        let query = Query::Messages { channel: self.channel, scope: self.scope, before, after, limit: PAGE };
        Wants::ask(query, move |answer| Message::Came(way, answer))
    }

    /// Asks for more where one is near an end.
    fn stretch(&mut self) -> Wants<Message> {
        let Some(sight) = self.sight.clone().filter(|_| self.asking.is_none() && self.fault.is_none()) else {
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
    pub fn hear(&mut self, event: &NodeEvent, ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let NodeEvent::Core(event) = event else { return Wants::none() };
        match &**event {
            Event::Message { own, message } if message.channel == self.channel && self.holds(message) => {
                if self.newer {
                    return if *own { self.fetch(Way::Newest) } else { Wants::none() };
                }
                self.put(message.clone(), ctx, view);
                if *own {
                    self.line = false;
                    self.go(Goal::End);
                }
                self.lay(ctx, view);
                let keep = if *own { self.keep(view) } else { Wants::none() };
                self.quote().and(self.note(ctx, view)).and(keep)
            }
            Event::Edited(message) if self.message(message.id).is_some() => {
                self.put(message.clone(), ctx, view);
                self.lay(ctx, view);
                Wants::none()
            }
            Event::Erased { message, .. } => {
                self.items.retain(|item| item.said.id != *message);
                if let Some(quote) = self.quotes.get_mut(message) {
                    *quote = None;
                }
                self.lay(ctx, view);
                Wants::none()
            }
            Event::Reaction { message, .. } | Event::Pinned { message, .. } if self.message(*message).is_some() => {
                let id = *message;
                Wants::ask(Query::Message(id), move |answer| Message::Fresh(id, answer))
            }
            Event::SyncProgress { have, want, .. } if have == want && !self.newer && self.at_end() => {
                self.fetch(Way::Newest)
            }
            Event::Kept { guild } if *guild == view.guild => self.keep(view),
            Event::Channel { channel, .. } if *channel == self.channel => self.notice(),
            Event::Member { guild, .. } if *guild == view.guild => self.notice(),
            _ => Wants::none(),
        }
    }

    fn holds(&self, said: &Said) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Main => said.thread.is_none(),
            Scope::Thread(id) => said.thread == Some(id),
        }
    }

    fn put(&mut self, said: Said, ctx: &Ctx<'_>, view: &GuildView) {
        let body = message::Body::new(&said, view, ctx);
        let item = Item { said, body, follows: false };
        match self.items.binary_search_by_key(&item.said.id, |it| it.said.id) {
            Ok(at) => self.items[at] = item,
            Err(at) => self.items.insert(at, item),
        }
    }

    /// Asks for what happened between the messages that are here.
    fn notice(&self) -> Wants<Message> {
        if self.scope != Scope::Main {
            return Wants::none();
        }
        let since_ms = if self.older { self.items.first().map_or(0, |item| item.said.id.hlc.ms()) } else { 0 };
        let until_ms = match self.items.last() {
            Some(last) if self.newer => last.said.id.hlc.ms(),
            _ => u64::MAX,
        };
        Wants::ask(Query::Notices { channel: self.channel, since_ms, until_ms, limit: 200 }, Message::Noticed)
    }

    /// Asks for the messages that are quoted and not known.
    fn quote(&mut self) -> Wants<Message> {
        let mut wants = Wants::none();
        let quoted: BTreeSet<_> = self.items.iter().filter_map(|item| item.said.reply_to).collect();
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
                None => wants = wants.and(Wants::ask(Query::Message(id), move |answer| Message::Fresh(id, answer))),
            }
        }
        wants
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>, view: &GuildView) -> (Wants<Message>, Option<Ask>) {
        match message {
            Message::Came(way, answer) => {
                self.asking = None;
                return (self.came(way, answer, ctx, view), None);
            }
            Message::Noticed(Ok(Answer::Notices(notices))) => {
                self.notices = notices;
                self.lay(ctx, view);
            }
            Message::Fresh(id, answer) => {
                let said = match answer {
                    Ok(Answer::Messages(page)) => page.messages.into_iter().find(|said| said.id == id),
                    _ => None,
                };
                if let Some(said) = &said
                    && self.message(id).is_some()
                {
                    self.put(said.clone(), ctx, view);
                    self.lay(ctx, view);
                }
                if let Some(quote) = self.quotes.get_mut(&id) {
                    *quote = said.filter(|said| said.state == MessageState::Open);
                }
            }
            Message::Seen(sight) => {
                self.sight = Some(sight);
                return (self.stretch().and(self.note(ctx, view)).and(self.keep(view)), None);
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
                self.fault = None;
                let way = if self.items.is_empty() { Way::Newest } else { Way::Older };
                return (self.fetch(way), None);
            }
            Message::Of(id, message::Message::Jump(to)) if self.message(id).is_some() => return (self.jump(to), None),
            Message::Of(id, of) => {
                let said = self.message(id).cloned();
                return (Wants::none(), said.map(|said| Ask::Of(said, of)));
            }
            Message::Kept(Ok(Answer::Kept(kept))) => self.kept.extend(kept),
            Message::Noticed(_) | Message::Noted | Message::Kept(_) => {}
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

    fn came(&mut self, way: Way, answer: Result<Answer, CallError>, ctx: &Ctx<'_>, view: &GuildView) -> Wants<Message> {
        let page = match answer {
            Ok(Answer::Messages(page)) => page,
            Ok(_) => return Wants::none(),
            Err(error) => {
                self.fault = Some(error.to_string());
                return Wants::none();
            }
        };
        self.fault = None;
        self.holes = page.holes;
        match way {
            Way::Newest => {
                let was_elsewhere = self.newer || self.items.is_empty();
                self.items.clear();
                self.around = None;
                (self.older, self.newer) = (page.more, false);
                if was_elsewhere {
                    self.go(Goal::End);
                }
            }
            Way::Older => self.older = page.more,
            Way::Newer => {
                self.newer = page.more;
                if let Some(id) = self.around.take() {
                    self.go(Goal::Middle(Key::Message(id)));
                }
            }
            Way::Around(id) => {
                self.items.clear();
                (self.older, self.newer) = (true, true);
                (self.lit, self.around) = (Some(id), Some(id));
                self.go(Goal::Middle(Key::Message(id)));
            }
        }
        for said in page.messages {
            if self.holds(&said) {
                self.put(said, ctx, view);
            }
        }
        let over = self.items.len().saturating_sub(MOST);
        if over > 0 && way == Way::Older {
            self.items.truncate(MOST);
            self.newer = true;
        } else if over > 0 {
            self.items.drain(..over);
            self.older = true;
        }
        // Both sides of the one that was asked for.
        let more = if matches!(way, Way::Around(_)) {
            self.fetch(Way::Older).and(self.fetch(Way::Newer))
        } else {
            Wants::none()
        };
        self.lay(ctx, view);
        more.and(self.quote()).and(self.notice()).and(self.note(ctx, view))
    }

    /// Puts the rows in order.
    fn lay(&mut self, ctx: &Ctx<'_>, view: &GuildView) {
        self.keys.clear();
        if !self.older && !self.items.is_empty() {
            self.keys.push(Key::Start);
        }
        let mut notices = self.notices.iter().enumerate().peekable();
        let (mut day, mut last, mut line) = (None, None::<(bivouac_node::UserId, u64)>, self.line);
        for item in &mut self.items {
            let said = &item.said;
            if matches!(said.state, MessageState::Erased | MessageState::Hidden) {
                continue;
            }
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
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        if let Some(fault) = self.fault.as_ref().filter(|_| self.items.is_empty()) {
            let retry = form::press(widget::secondary(ctx.w.get("retry"), None), Some(Message::Retry));
            let words = widget::empty(Icon::Warning, ctx.w.get("messages-fault"), fault.clone());
            return column![words, container(retry).center_x(Fill).padding(space::XL)].into();
        }
        if self.keys.is_empty() {
            let waiting = self.asking.is_some()
                || self.older && self.items.is_empty() && self.sight.is_none() && self.asking.is_some();
            return if waiting {
                widget::push().height(Fill).into()
            } else {
                self.beginning(view, ctx).height(Fill).into()
            };
        }
        let list = List::new(&self.keys, move |index| self.row(index, view, ctx))
            .goal(self.goal)
            .on_sight(Message::Seen)
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
            container(form::press(press, Some(Message::Present)))
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
                    body: &item.body,
                    follows: item.follows,
                    quote,
                    lit: self.lit == Some(id),
                    kept: self.kept.get(&id),
                    newest: self.last() == Some(id),
                };
                message::view(shown, view, ctx).map(move |of| Message::Of(id, of))
            }
        }
    }

    /// What stands before the first message.
    fn beginning<'a>(&self, view: &'a GuildView, ctx: Ctx<'a>) -> container::Container<'a, Message, theme::Theme> {
        let channel = view.law.channels.get(&self.channel);
        let name = channel.map_or("", |channel| channel.name.as_str());
        let (head, words) = match self.scope {
            Scope::Thread(_) => (ctx.w.get("thread-start"), ctx.w.get("thread-start-hint")),
            _ => (
                ctx.w.with("channel-start", &[("channel", name.into())]),
                start_words(ctx.w, channel.map(|channel| channel.topic.as_str()).unwrap_or_default()),
            ),
        };
        let mark = container(icon(Icon::Hash, 28.0)).padding(space::M).style(theme::container::pill);
        let inside = column![mark, widget::heading(head), widget::hint(words)].spacing(space::S);
        container(inside).width(Fill).align_y(iced::Bottom).padding([space::XL, space::L])
    }
}

fn start_words(w: &Words, topic: &str) -> String {
    if topic.is_empty() { w.get("channel-start-hint") } else { topic.to_owned() }
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
