//! Where one writes.

mod offer;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use bivouac_node::{
    CallError, Handle,
    core::{
        io::{ChannelEdit, Command, GuildView, Reply},
        model::{ChannelId, Message as Said, MessageId, Permissions},
    },
};
use iced::{
    Center, Fill, Length,
    keyboard::{Key, key::Named},
    widget::{
        Id, column, container, operation, row, rule, text,
        text_editor::{self, Action, Binding, Content, Edit, KeyPress, Motion, Status},
    },
};

use self::offer::Offer;
use super::{Ctx, message::shorten};
use crate::{
    format,
    intent::{Tone, Wants},
    text::{Names, command, emoji, wire},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, form, icon},
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

/// A file that will be sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is, in bytes.
    pub size: u64,
    /// Made for this message: nobody else needs it afterwards.
    pub ours: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed, chosen or moved.
    Act(Action),
    /// Send it.
    Send,
    /// It was sent, or not: what was to be.
    Sent(Box<Letter>, Result<(), CallError>),
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

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Letter {
    target: Target,
    /// As it was typed.
    written: String,
    text: String,
    reply_to: Option<Said>,
    edits: Option<MessageId>,
    files: Vec<Pending>,
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
    reply: Option<Said>,
    edits: Option<MessageId>,
    files: Vec<Pending>,
    told: Option<Instant>,
    fault: Option<String>,
    sending: bool,
    drafts: BTreeMap<Target, String>,
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
            reply: None,
            edits: None,
            files: Vec::new(),
            told: None,
            fault: None,
            sending: false,
            drafts: BTreeMap::new(),
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

    /// Writes somewhere else; what was begun here is kept.
    pub fn turn(&mut self, target: Target) {
        if self.target == target {
            return;
        }
        if self.edits.is_none() {
            self.drafts.insert(self.target, self.text());
        }
        let draft = self.drafts.remove(&target).unwrap_or_default();
        (self.target, self.reply, self.edits, self.fault, self.told) = (target, None, None, None, None);
        self.files.clear();
        self.write(&draft);
    }

    /// Answers a message.
    pub fn reply(&mut self, said: Said) {
        if self.edits.take().is_some() {
            self.write("");
        }
        self.reply = Some(said);
    }

    /// Writes a message of one's own differently.
    pub fn edit(&mut self, said: &Said, names: &Names) {
        self.reply = None;
        self.edits = Some(said.id);
        self.write(&wire::to_written(said.text.as_deref().unwrap_or_default(), names));
    }

    /// Whether it is an answer or an edit.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.reply.is_some() || self.edits.is_some() || self.offer.is_some()
    }

    /// Sends files along.
    pub fn attach(&mut self, paths: impl IntoIterator<Item = (PathBuf, bool)>, ctx: &Ctx<'_>) {
        for (path, ours) in paths {
            let size = path.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len());
            match size {
                None => {
                    self.fault = Some(ctx.w.with("file-unreadable", &[("path", path.display().to_string().into())]))
                }
                Some(_) if self.files.len() >= FILES_MAX => self.fault = Some(ctx.w.get("files-too-many")),
                Some(size) => self.files.push(Pending { path, size, ours }),
            }
        }
    }

    /// Puts something where the cursor is.
    pub fn insert(&mut self, words: &str) {
        self.content.perform(Action::Edit(Edit::Paste(words.to_owned().into())));
    }

    /// Says what went wrong.
    pub fn fail(&mut self, why: String) {
        self.fault = Some(why);
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
            Message::Sent(letter, result) => {
                self.sending = false;
                if let Err(error) = result {
                    return (self.back(*letter, error.to_string()), None);
                }
            }
            Message::Cancel => {
                if self.offer.take().is_some() {
                    return (Wants::none(), None);
                }
                if self.edits.take().is_some() {
                    self.write("");
                }
                self.reply = None;
                self.fault = None;
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::EditLast => return (Wants::none(), Some(Ask::EditLast)),
            Message::Paste => return (Wants::none(), Some(Ask::Paste)),
            Message::Attach => return (Wants::none(), Some(Ask::Attach)),
            Message::Emoji => return (Wants::none(), Some(Ask::Emoji)),
            Message::Drop(at) if at < self.files.len() => {
                self.files.remove(at);
                return (Wants::task(operation::focus(self.id.clone())), None);
            }
            Message::Drop(_) | Message::Told => {}
        }
        (Wants::none(), None)
    }

    /// Tells others that one writes, every few seconds.
    fn tell(&mut self, now: Instant) -> Wants<Message> {
        let due = self.told.is_none_or(|told| now.duration_since(told) > TELL);
        if !due || self.edits.is_some() || self.content.text().trim().is_empty() {
            return Wants::none();
        }
        self.told = Some(now);
        let Target { channel, thread } = self.target;
        Wants::run(Command::Typing { channel, thread }, |_| Message::Told)
    }

    fn send(&mut self, view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        let names = ctx.world.names(view.guild);
        let written = self.text().trim().to_owned();
        if self.sending || written.is_empty() && self.files.is_empty() {
            return Wants::none();
        }
        let said = match (&self.edits, command::read(&written)) {
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
            self.fault = Some(ctx.w.with("message-too-long", &[("count", (length - TEXT_MAX).into())]));
            return Wants::none();
        }
        let letter = Letter {
            target: self.target,
            written,
            text,
            reply_to: self.reply.take(),
            edits: self.edits.take(),
            files: std::mem::take(&mut self.files),
        };
        self.write("");
        (self.fault, self.told) = (None, None);
        self.sending = !letter.files.is_empty();
        letter.wants()
    }

    /// Does what a line beginning with a stroke asks for.
    fn order(&mut self, command: Command, written: String) -> Wants<Message> {
        self.write("");
        let (target, text) = (self.target, String::new());
        let letter = Letter { target, written, text, reply_to: None, edits: None, files: Vec::new() };
        Wants::run(command, |done| Message::Sent(Box::new(letter), done.map(|_| ())))
    }

    /// Nothing that was written is lost because it could not be sent.
    fn back(&mut self, letter: Letter, why: String) -> Wants<Message> {
        if letter.target != self.target {
            self.drafts.insert(letter.target, letter.written);
            return Wants::say(Tone::Bad, why);
        }
        if self.text().trim().is_empty() {
            self.write(&letter.written);
            (self.reply, self.edits, self.files) = (letter.reply_to, letter.edits, letter.files);
        }
        self.fault = Some(why);
        Wants::none()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some(channel) = view.law.channels.get(&self.target.channel) else { return widget::push().height(0).into() };
        let needed = if self.target.thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        if !view.may(channel, needed) {
            let words = if view.am_in() { ctx.w.get("may-not-send") } else { ctx.w.get("not-a-member") };
            let inside = container(widget::hint(words)).padding(space::M).width(Fill).style(theme::container::well);
            return container(inside).padding(iced::Padding { top: 0.0, ..iced::Padding::new(space::L) }).into();
        }
        let above = |part: Element<'a, Message>| column![part, rule::horizontal(1)];
        let parts = column![
            widget::maybe(self.offer.as_ref().map(|offer| above(offer.view(view, ctx)))),
            widget::maybe(self.bound(view, ctx).map(above)),
            widget::maybe((!self.files.is_empty()).then(|| above(self.pending(ctx)))),
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
        let left = self.left(ctx);
        let line = row![form::sign(Icon::Plus, ctx.w.get("attach"), Message::Attach), editor,]
            .push(left)
            .push(form::sign(Icon::Smile, ctx.w.get("emoji"), Message::Emoji))
            .spacing(space::XS)
            .align_y(Center);
        let parts = parts.push(container(line).padding([2.0, space::S]));
        let well = container(parts).width(Fill).style(theme::container::well);
        let mut whole = column![well].spacing(space::XS);
        if let Some(fault) = &self.fault {
            whole = whole.push(widget::fault(fault.clone()));
        }
        container(whole).padding(iced::Padding { top: 0.0, bottom: space::XS, ..iced::Padding::new(space::L) }).into()
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
        let (sign, words) = match (&self.edits, &self.reply) {
            (Some(_), _) => (Icon::Pencil, ctx.w.get("editing")),
            (None, Some(said)) => {
                let who = shorten(&view.name(&said.author), 64);
                (Icon::Reply, ctx.w.with("replying", &[("who", who.into())]))
            }
            (None, None) => return None,
        };
        let close = form::sign(Icon::CircleX, ctx.w.get("cancel"), Message::Cancel);
        let words = text(words).font(MEDIUM).size(size::SMALL).style(theme::text::muted);
        let line = row![icon(sign, 14.0).style(theme::text::muted), words, widget::push(), close];
        Some(container(line.spacing(space::S).align_y(Center)).padding([0.0, space::M]).into())
    }

    fn pending<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let each = self.files.iter().enumerate().map(|(at, file)| {
            let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name = text(shorten(&name, 28)).font(MEDIUM).size(size::SMALL);
            let detail = text(format::size(ctx.w, file.size)).size(size::CAPTION).style(theme::text::faint);
            let drop = form::sign(Icon::Close, ctx.w.get("file-leave-out"), Message::Drop(at));
            let inside = row![icon(Icon::FileText, 20.0).style(theme::text::muted), column![name, detail], drop];
            let inside = inside.spacing(space::S).align_y(Center);
            container(inside).padding([space::XS, space::S]).style(theme::container::card).into()
        });
        let files = iced::widget::Row::from_iter(each).spacing(space::S).wrap().vertical_spacing(space::S);
        container(files).padding(space::M).into()
    }
}

impl Letter {
    fn wants(self) -> Wants<Message> {
        let letter = Box::new(self.clone());
        let Self { target, text, reply_to, edits, files, .. } = self;
        if let Some(message) = edits {
            return Wants::run(Command::Edit { message, text }, |done| Message::Sent(letter, done.map(|_| ())));
        }
        let reply_to = reply_to.map(|said| said.id);
        let Target { channel, thread } = target;
        let post = Command::Post { channel, text, reply_to, thread, files: Vec::new() };
        if files.is_empty() {
            return Wants::run(post, |done: Result<Reply, _>| Message::Sent(letter, done.map(|_| ())));
        }
        Wants::work(move |node| async move { Message::Sent(letter, mail(node, post, files).await) })
    }
}

/// Takes files in and posts a message with them.
async fn mail(node: Handle, post: Command, files: Vec<Pending>) -> Result<(), CallError> {
    let Command::Post { channel, text, reply_to, thread, .. } = post else { return Ok(()) };
    let mut taken = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let mut done = Ok(());
    for file in &files {
        match node.take_in(file.path.clone()).await {
            Ok(attachment) => {
                ids.extend(attachment.ids());
                taken.push(attachment);
            }
            Err(error) => {
                done = Err(error);
                break;
            }
        }
    }
    if done.is_ok() {
        let post = Command::Post { channel, text, reply_to, thread, files: taken };
        done = node.command(post).await.map(|_| ());
    }
    node.settle(ids).await;
    if done.is_ok() {
        for file in files.iter().filter(|file| file.ours) {
            // Each lies in a folder of its own.
            let _ = std::fs::remove_file(&file.path);
            let _ = file.path.parent().map(std::fs::remove_dir);
        }
    }
    done
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

/// How wide the strip of who is writing is high.
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
    let words = text(words).size(size::CAPTION).style(theme::text::muted);
    container(words).height(STRIP).align_y(Center).padding([0.0, space::L]).width(Fill).into()
}
