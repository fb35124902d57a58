//! Where one writes. Each place has a draft of its own, which stays while one is elsewhere; what is sent is a letter until it
//! arrived, and comes back if it did not.

mod draft;
mod letter;
mod offer;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bivouac_node::{
    CallError, FileError, Source,
    core::{
        io::{ChannelEdit, Command, GuildView},
        model::{ChannelId, Message as Said, MessageId, Permissions},
    },
};
use iced::{
    Center, Fill, Length,
    keyboard::{Key, key::Named},
    widget::{
        Id, column, container, operation, row, rule, stack, text,
        text_editor::{self, Action, Binding, Content, Edit, KeyPress, Motion, Status},
    },
};

pub use self::draft::Pending;
use self::{draft::Draft, letter::Letter, offer::Offer};
use super::{Ctx, message::shorten};
use crate::{
    fault::{Fault, Place},
    format,
    intent::Wants,
    text::{Names, command, emoji, wire},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
    world::Shown as _,
};

/// Characters of a message.
const TEXT_MAX: usize = 4_000;
/// Files that hang on a message.
const FILES_MAX: usize = 10;
/// How often others are told that one writes.
const TELL: Duration = Duration::from_secs(4);
/// How high it grows, in logical pixels.
const HIGHEST: f32 = 280.0;

/// Where what is written goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The channel.
    pub channel: ChannelId,
    /// The thread.
    pub thread: Option<MessageId>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed, chosen or moved.
    Act(Action),
    /// Send it.
    Send,
    /// A letter was sent, or not.
    Sent(u64, Result<(), CallError>),
    /// So many bytes of its files are taken in.
    Taken(u64, u64),
    /// Don't send it after all.
    Stop(u64),
    /// Send it again.
    Again(u64),
    /// Write it differently.
    Change(u64),
    /// Let it go.
    Discard(u64),
    /// No more an answer, an edit, or a choice.
    Cancel,
    /// Write my last message differently.
    EditLast,
    /// What the clipboard holds.
    Paste,
    /// Choose files.
    Attach,
    /// Leave one out.
    Drop(usize),
    /// Choose an emoji.
    Emoji,
    /// Take what is offered: the one that is chosen, or this one.
    Take(Option<usize>),
    /// Choose another one of what is offered.
    Move(isize),
    /// Others were told.
    Told,
}

/// What the screen around it has to do.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Edit my last message.
    EditLast,
    /// Look into the clipboard.
    Paste,
    /// Let files be chosen.
    Attach,
    /// Let an emoji be chosen.
    Emoji,
}

/// Where one writes.
pub struct Composer {
    target: Target,
    id: Id,
    content: Content,
    /// What is written here; its text is in the editor.
    draft: Draft,
    told: Option<Instant>,
    fault: Option<Fault>,
    /// What is written elsewhere.
    drafts: BTreeMap<Target, Draft>,
    /// What was sent and has not arrived, in that order.
    letters: Vec<Letter>,
    sent: u64,
    /// What threads are to be called that may not have begun yet.
    names: BTreeMap<MessageId, String>,
    offer: Option<Offer>,
}

impl Composer {
    /// For a channel or a thread.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            target,
            id: Id::unique(),
            content: Content::new(),
            draft: Draft::default(),
            told: None,
            fault: None,
            drafts: BTreeMap::new(),
            letters: Vec::new(),
            sent: 0,
            names: BTreeMap::new(),
            offer: None,
        }
    }

    /// The widget one writes in, to put the cursor there.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id.clone()
    }

    /// What is written so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.text().trim_end_matches('\n').to_owned()
    }

    /// Where one writes now.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Letters that are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.letters.iter().filter(|letter| letter.fault.is_none()).count()
    }

    /// Things written that were not sent, or could not be.
    #[must_use]
    pub fn unsent(&self) -> usize {
        let back = self.letters.iter().filter(|letter| letter.fault.is_some()).count();
        let here = self.draft.says() || !self.text().trim().is_empty();
        back + usize::from(here) + self.drafts.values().filter(|draft| draft.says()).count()
    }

    /// Writes somewhere else; what was begun here is kept.
    pub fn turn(&mut self, target: Target) {
        if self.target == target {
            return;
        }
        let draft = self.put_down();
        if !draft.is_blank() {
            self.drafts.insert(self.target, draft);
        }
        (self.target, self.fault, self.told) = (target, None, None);
        let draft = self.drafts.remove(&target).unwrap_or_default();
        self.take_up(draft);
    }

    /// In a thread that may not have begun: its first message begins it, under this name.
    pub fn begin(&mut self, thread: MessageId, name: String) {
        self.names.insert(thread, name);
    }

    /// Answers a message.
    pub fn reply(&mut self, said: Said) {
        self.end_edit();
        self.draft.reply = Some(said);
    }

    /// Writes a message of one's own differently; what was being written waits.
    pub fn edit(&mut self, said: &Said, names: &Names) {
        self.end_edit();
        let aside = Some(self.put_down()).filter(|draft| !draft.is_blank()).map(Box::new);
        let text = wire::to_written(said.text.as_deref().unwrap_or_default(), names);
        self.take_up(Draft { text, edits: Some(said.id), aside, ..Draft::default() });
    }

    /// No edit any more: back to what was being written before.
    fn end_edit(&mut self) {
        if self.draft.edits.is_some() {
            let aside = self.draft.aside.take();
            self.take_up(aside.map_or_else(Draft::default, |aside| *aside));
        }
    }

    fn put_down(&mut self) -> Draft {
        let text = self.text();
        Draft { text, ..std::mem::take(&mut self.draft) }
    }

    fn take_up(&mut self, mut draft: Draft) {
        self.write(&std::mem::take(&mut draft.text));
        self.draft = draft;
    }

    /// Nothing is being written.
    fn is_blank(&self) -> bool {
        self.draft.is_blank() && self.text().trim().is_empty()
    }

    /// Whether it is an answer or an edit.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.draft.reply.is_some() || self.draft.edits.is_some() || self.offer.is_some()
    }

    /// What is written at a place: here, or put down.
    fn draft_at(&mut self, target: Target) -> &mut Draft {
        if target == self.target { &mut self.draft } else { self.drafts.entry(target).or_default() }
    }

    /// Sends files along with what is written at a place.
    pub fn attach(&mut self, target: Target, sources: Vec<Source>, ctx: &Ctx<'_>) -> Wants<Message> {
        if sources.is_empty() {
            return Wants::none();
        }
        let may = ctx.world.guild_of(target.channel).is_some_and(|view| {
            let channel = view.law.channels.get(&target.channel);
            channel.is_some_and(|channel| view.may(channel, needed(target)) && view.may(channel, Permissions::ATTACH))
        });
        if !may {
            return self.fail(target, Fault::of("may-not-attach"));
        }
        if self.draft_at(target).edits.is_some() {
            return self.fail(target, Fault::of("edit-no-files"));
        }
        let mut wants = Wants::none();
        for source in sources {
            let size = match &source {
                Source::Path(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len()),
                Source::Bytes(_, bytes) => Some(bytes.len() as u64),
            };
            match (size, source) {
                (None, Source::Path(path)) => {
                    wants = wants.and(self.fail(target, Fault::of("file-unreadable").at(path)));
                }
                (Some(size), source) if self.draft_at(target).files.len() < FILES_MAX => {
                    self.draft_at(target).files.push(Pending { source, size });
                }
                _ => return wants.and(self.fail(target, Fault::of("files-too-many"))),
            }
        }
        wants
    }

    /// Puts something where the cursor is, or after what is written at another place.
    pub fn insert(&mut self, target: Target, words: &str) {
        if target == self.target {
            self.content.perform(Action::Edit(Edit::Paste(words.to_owned().into())));
        } else {
            self.drafts.entry(target).or_default().text.push_str(words);
        }
    }

    /// Says what went wrong with what was to be put into what is written at a place.
    pub fn fail(&mut self, target: Target, why: Fault) -> Wants<Message> {
        if target != self.target {
            return Wants::fail(why);
        }
        self.fault = Some(why);
        Wants::none()
    }

    fn write(&mut self, words: &str) {
        self.offer = None;
        self.content = Content::with_text(words);
        self.content.perform(Action::Move(Motion::DocumentEnd));
    }

    /// What happens.
    pub fn update(
        &mut self,
        message: Message,
        view: &GuildView,
        ctx: &Ctx<'_>,
        now: Instant,
    ) -> (Wants<Message>, Option<Ask>) {
        let names = ctx.world.names(view.guild);
        match message {
            Message::Act(action) => {
                let edit = action.is_edit();
                self.content.perform(action);
                self.offer = None;
                if edit {
                    self.offer = Offer::new(&self.content, names);
                    self.fault = None;
                    return (self.tell(now), None);
                }
            }
            Message::Send => return (self.send(view, ctx), None),
            Message::Take(at) => {
                if let Some(content) = self.offer.take().and_then(|offer| offer.take(at, &self.content)) {
                    self.content = content;
                    return (Wants::task(operation::focus(self.id.clone())), None);
                }
            }
            Message::Move(by) => {
                if let Some(offer) = &mut self.offer {
                    offer.step(by);
                }
            }
            Message::Sent(number, result) => return (self.sent(number, result, true), None),
            Message::Taken(number, have) => {
                if let Some(letter) = self.letter(number) {
                    letter.have = have;
                }
            }
            Message::Stop(number) => {
                // Its end is told like any other.
                if let Some(letter) = self.letter(number) {
                    letter.watch = None;
                }
            }
            Message::Again(number) => {
                let again = self.letter(number).filter(|letter| letter.fault.is_some());
                return (again.map_or_else(Wants::none, Letter::send), None);
            }
            Message::Change(number) => {
                if self.is_blank()
                    && let Some(letter) = self.take_out(number)
                {
                    self.take_up(letter.draft);
                    return (Wants::task(operation::focus(self.id.clone())), None);
                }
            }
            Message::Discard(number) => drop(self.take_out(number)),
            Message::Cancel => {
                if self.offer.take().is_some() {
                    return (Wants::none(), None);
                }
                self.end_edit();
                (self.draft.reply, self.fault) = (None, None);
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::EditLast => return (Wants::none(), Some(Ask::EditLast)),
            Message::Paste => return (Wants::none(), Some(Ask::Paste)),
            Message::Attach => return (Wants::none(), Some(Ask::Attach)),
            Message::Emoji => return (Wants::none(), Some(Ask::Emoji)),
            Message::Drop(at) if at < self.draft.files.len() => {
                self.draft.files.remove(at);
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::Drop(_) | Message::Told => {}
        }
        (Wants::none(), None)
    }

    /// Tells others that one writes, every few seconds.
    fn tell(&mut self, now: Instant) -> Wants<Message> {
        let due = self.told.is_none_or(|told| now.duration_since(told) > TELL);
        if !due || self.draft.edits.is_some() || self.content.text().trim().is_empty() {
            return Wants::none();
        }
        self.told = Some(now);
        let Target { channel, thread } = self.target;
        Wants::run(Command::Typing { channel, thread }, |_| Message::Told)
    }

    fn send(&mut self, view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        let names = ctx.world.names(view.guild);
        let written = self.text().trim().to_owned();
        if written.is_empty() && self.draft.files.is_empty() {
            return Wants::none();
        }
        let said = match (&self.draft.edits, command::read(&written)) {
            (Some(_), _) => written.clone(),
            (None, command::Asked::Say(said)) => said,
            (None, command::Asked::Nick(nick)) => {
                let nick = Some(nick).filter(|nick| !nick.is_empty());
                return self.order(Command::Nick { guild: view.guild, user: view.me, nick }, written);
            }
            (None, command::Asked::Topic(topic)) => {
                let edit = ChannelEdit { topic: Some(topic), ..ChannelEdit::default() };
                let channel = self.target.channel;
                return self.order(Command::UpdateChannel { channel, edit, password: None }, written);
            }
        };
        let text = emoji::put_in(&said, emoji::SkinTone::Default, |name| names.pictures.contains_key(name));
        let text = wire::to_wire(&text, names);
        let length = text.chars().count();
        if length > TEXT_MAX {
            self.fault = Some(Fault::of("message-too-long").with("count", Place::Number(length - TEXT_MAX)));
            return Wants::none();
        }
        let aside = self.draft.aside.take();
        let draft = self.put_down();
        self.take_up(aside.map_or_else(Draft::default, |aside| *aside));
        (self.fault, self.told) = (None, None);
        let Target { channel, thread } = self.target;
        let command = match draft.edits {
            Some(message) => Command::Edit { message, text },
            None => {
                let reply_to = draft.reply.as_ref().map(|said| said.id);
                Command::Post { channel, text, reply_to, thread, files: Vec::new() }
            }
        };
        let name = |message| Some(Command::CreateThread { message, name: self.names.get(&message)?.clone() });
        let first = thread.filter(|_| draft.edits.is_none()).and_then(name);
        self.post(draft, command, first)
    }

    /// Does what a line beginning with a stroke asks for.
    fn order(&mut self, command: Command, text: String) -> Wants<Message> {
        self.write("");
        self.post(Draft { text, ..Draft::default() }, command, None)
    }

    fn post(&mut self, draft: Draft, command: Command, first: Option<Command>) -> Wants<Message> {
        self.sent += 1;
        let (number, target) = (self.sent, self.target);
        let mut letter = Letter { number, target, draft, command, first, fault: None, have: 0, watch: None };
        let wants = letter.send();
        self.letters.push(letter);
        wants
    }

    fn letter(&mut self, number: u64) -> Option<&mut Letter> {
        self.letters.iter_mut().find(|letter| letter.number == number)
    }

    fn take_out(&mut self, number: u64) -> Option<Letter> {
        let at = self.letters.iter().position(|letter| letter.number == number)?;
        Some(self.letters.remove(at))
    }

    /// A letter was sent, or not: then it goes back to where it was written, if that is `shown` and nothing else is written there
    /// by now, or waits.
    pub fn sent(&mut self, number: u64, result: Result<(), CallError>, shown: bool) -> Wants<Message> {
        let Err(error) = result else {
            let letter = self.take_out(number);
            if let Some(thread) = letter.filter(|letter| letter.first.is_some()).and_then(|letter| letter.target.thread)
            {
                self.names.remove(&thread);
            }
            return Wants::none();
        };
        let stopped = matches!(&error, CallError::File(error) if matches!(**error, FileError::Withdrawn));
        let why = Fault::from(error);
        let (target, blank) = (self.target, self.is_blank());
        let Some(letter) = self.letter(number) else { return Wants::none() };
        (letter.watch, letter.fault) = (None, Some(why.clone()));
        if letter.target != target || !shown {
            return Wants::fail(why);
        }
        if blank && let Some(letter) = self.take_out(number) {
            self.take_up(letter.draft);
            self.fault = Some(why).filter(|_| !stopped);
        }
        Wants::none()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some(channel) = view.law.channels.get(&self.target.channel) else { return widget::push().height(0).into() };
        if !view.may(channel, needed(self.target)) {
            let words = if view.am_in() { ctx.w.get("may-not-send") } else { ctx.w.get("not-a-member") };
            let inside = container(widget::hint(words)).padding(space::M).width(Fill).style(theme::container::well);
            return container(inside).padding(iced::Padding { top: space::S, ..iced::Padding::new(space::L) }).into();
        }
        let above = |part: Element<'a, Message>| column![part, rule::horizontal(1)];
        let parts = column![
            widget::maybe(self.offer.as_ref().map(|offer| above(offer.view(view, ctx)))),
            widget::maybe(letter::list(self.letters_here(), self.is_blank(), ctx).map(above)),
            widget::maybe(self.bound(view, ctx).map(above)),
            widget::maybe((!self.draft.files.is_empty()).then(|| above(self.pending(ctx)))),
        ];
        let shown = if self.target.thread.is_some() {
            ctx.w.get("write-thread")
        } else {
            ctx.w.with("write-channel", &[("channel", shorten(&channel.name, 40).into())])
        };
        let (empty, offered) = (self.text().is_empty(), self.offer.is_some());
        let editor = text_editor::TextEditor::new(&self.content)
            .id(self.id.clone())
            .placeholder(shown)
            .on_action(Message::Act)
            .key_binding(move |press| binding(press, empty, offered))
            .padding([space::S + 3.0, space::XS])
            .size(size::BODY)
            .line_height(1.4)
            .max_height(HIGHEST)
            .wrapping(text::Wrapping::WordOrGlyph);
        // On a layer of its own: what is drawn after the caret would else be drawn anew whenever it comes and goes.
        let editor = stack![editor].push_under(iced::widget::space());
        let left = self.left(ctx);
        let attach = view.may(channel, Permissions::ATTACH) && self.draft.edits.is_none();
        let attach = attach.then(|| widget::icon_button(Icon::Plus, ctx.w.get("attach"), Message::Attach));
        let line = row![widget::maybe(attach), editor]
            .push(left)
            .push(widget::icon_button(Icon::Smile, ctx.w.get("emoji"), Message::Emoji))
            .spacing(space::XS)
            .align_y(Center);
        let parts = parts.push(container(line).padding([2.0, space::S]));
        let well = container(parts).width(Fill).style(theme::container::well);
        let mut whole = column![well].spacing(space::XS);
        if let Some(fault) = &self.fault {
            whole = whole.push(widget::fault(ctx.say(fault)));
        }
        container(whole)
            .padding(iced::Padding { top: space::S, bottom: space::XS, ..iced::Padding::new(space::L) })
            .into()
    }

    fn letters_here(&self) -> impl Iterator<Item = &Letter> {
        self.letters.iter().filter(|letter| letter.target == self.target)
    }

    /// How much room is left, once that matters.
    fn left<'a>(&self, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        let length = self.text().chars().count();
        if length + 400 < TEXT_MAX {
            return None;
        }
        let over = length > TEXT_MAX;
        let number = i64::try_from(TEXT_MAX).unwrap_or_default() - i64::try_from(length).unwrap_or(i64::MAX);
        let style = if over { theme::text::danger } else { theme::text::faint };
        let words = text(number.to_string()).size(size::CAPTION).style(style);
        Some(widget::tip(words, ctx.w.get("characters-left")))
    }

    fn bound<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        let (sign, words) = match (&self.draft.edits, &self.draft.reply) {
            (Some(_), _) => (Icon::Pencil, ctx.w.get("editing")),
            (None, Some(said)) => {
                let who = shorten(&view.name(&said.author), 64);
                (Icon::Reply, ctx.w.with("replying", &[("who", who.into())]))
            }
            (None, None) => return None,
        };
        let close = widget::icon_button(Icon::CircleX, ctx.w.get("cancel"), Message::Cancel);
        let words = widget::single(text(words).font(MEDIUM).size(size::SMALL).style(theme::text::muted));
        let line = row![icon(sign, 14.0).style(theme::text::muted), words.width(Fill), close];
        Some(container(line.spacing(space::S).align_y(Center)).padding([0.0, space::M]).into())
    }

    fn pending<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let each = self.draft.files.iter().enumerate().map(|(at, file)| {
            let name = text(shorten(&crate::text::name(&file.name()), 28)).font(MEDIUM).size(size::SMALL);
            let detail = text(format::size(ctx.w, file.size)).size(size::CAPTION).style(theme::text::faint);
            let drop = widget::icon_button(Icon::Close, ctx.w.get("file-leave-out"), Message::Drop(at));
            let inside = row![icon(Icon::FileText, 20.0).style(theme::text::muted), column![name, detail], drop];
            let inside = inside.spacing(space::S).align_y(Center);
            container(inside).padding([space::XS, space::S]).style(theme::container::card).into()
        });
        let files = iced::widget::Row::from_iter(each).spacing(space::S).wrap().vertical_spacing(space::S);
        container(files).padding(space::M).into()
    }
}

/// What one has to be allowed to write there.
fn needed(target: Target) -> Permissions {
    if target.thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND }
}

/// What keys do here that they do nowhere else.
fn binding(press: KeyPress, empty: bool, offered: bool) -> Option<Binding<Message>> {
    if !matches!(press.status, Status::Focused { .. }) {
        return None;
    }
    let plain = press.modifiers.is_empty();
    match press.key.as_ref() {
        Key::Named(Named::Enter | Named::Tab) if offered && !press.modifiers.shift() => {
            Some(Binding::Custom(Message::Take(None)))
        }
        Key::Named(Named::ArrowUp) if plain && offered => Some(Binding::Custom(Message::Move(-1))),
        Key::Named(Named::ArrowDown) if plain && offered => Some(Binding::Custom(Message::Move(1))),
        Key::Named(Named::Tab) => None,
        Key::Named(Named::Enter) if !press.modifiers.shift() => Some(Binding::Custom(Message::Send)),
        Key::Named(Named::ArrowUp) if plain && empty => Some(Binding::Custom(Message::EditLast)),
        // Left to whoever moves between places.
        Key::Named(Named::ArrowUp | Named::ArrowDown | Named::PageUp | Named::PageDown) if press.modifiers.alt() => {
            None
        }
        Key::Named(Named::PageUp | Named::PageDown) => None,
        Key::Named(Named::Escape) => None,
        Key::Character("v") if press.modifiers.command() && !press.modifiers.shift() => {
            Some(Binding::Custom(Message::Paste))
        }
        Key::Character(_) if press.modifiers.command() || press.modifiers.alt() => {
            match Binding::from_key_press(press)? {
                Binding::Insert(_) => None,
                other => Some(other),
            }
        }
        _ => Binding::from_key_press(press),
    }
}

/// How high the strip of who is writing is.
pub const STRIP: Length = Length::Fixed(22.0);

/// Who is writing.
pub fn writing<'a, M: Clone + 'a>(target: Target, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let here = ctx.world.writing.iter().filter(|it| it.channel == target.channel && it.thread == target.thread);
    let names: Vec<_> = here.map(|it| shorten(&view.name(&it.user), 32)).collect();
    let words = match names.as_slice() {
        [] => String::new(),
        [one] => ctx.w.with("writing-one", &[("who", one.as_str().into())]),
        [one, two] => ctx.w.with("writing-two", &[("who", one.as_str().into()), ("other", two.as_str().into())]),
        _ => ctx.w.get("writing-many"),
    };
    let words = widget::single(text(words).size(size::CAPTION).style(theme::text::muted));
    container(words.width(Fill)).height(STRIP).align_y(Center).padding([0.0, space::L]).into()
}
