//! A guild as one is in it: the rail, its channels, what is said, who is there, and what is laid over all that.

mod act;
mod head;
mod over;

use std::{path::PathBuf, time::Instant};

use bivouac_node::{
    CallError, DeviceId, NodeEvent, Source, UserId,
    core::{
        io::{Answer, ErrorKind, Event, GuildView, Query, Scope},
        model::{ChannelId, ChannelKind, FileId, GuildId, Message as Said, MessageId},
    },
};
use iced::{
    Fill, Point, Shrink,
    widget::{column, operation, row, rule, stack},
};

pub use self::{
    head::Message as HeadMessage,
    over::{Chosen, Over, OverMessage},
};
use super::{
    Ctx, channels,
    composer::{self, Composer, Target},
    members,
    panel::{self, Panel},
    rail,
    timeline::{self, Timeline},
};
use crate::{
    fault::{Fault, shown},
    intent::{Place, Service, Tone, Wants},
    keymap::Act,
    theme::{self, Element},
    widget::{self, Sleep},
    world::Shown as _,
};

/// A guild as one is in it.
pub struct Home {
    place: Option<(GuildId, ChannelId)>,
    /// A guild without a channel that could be shown.
    bare: Option<GuildId>,
    main: Option<Timeline>,
    composer: Option<Composer>,
    thread: Option<Thread>,
    /// Where one writes in threads: it stays when a thread is closed, with what was begun there and what is under way.
    beside: Option<Composer>,
    /// On which side one wrote last.
    side: Side,
    panel: Option<Panel>,
    over: Option<Over>,
    /// Which of all that was ever laid over the page `over` is: answers that were asked for by another are late.
    laid: u64,
    mouse: Point,
}

/// A thread beside the page.
struct Thread {
    of: MessageId,
    /// What it is called; empty until that is known.
    name: String,
    timeline: Timeline,
}

/// Which of the two conversations on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The channel.
    Main,
    /// The thread beside it.
    Thread,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// In the rail.
    Rail(rail::Message),
    /// In the list of channels.
    Channels(channels::Message),
    /// In the list of members.
    Members(members::Message),
    /// In what is said.
    Timeline(Side, timeline::Message),
    /// Where one writes.
    Composer(Side, composer::Message),
    /// In the strip above.
    Head(head::Message),
    /// Beside the page.
    Panel(panel::Message),
    /// Over the page, in what was laid there so many times.
    Over(u64, OverMessage),
    /// Something of a menu.
    Menu(Chosen),
    /// The mouse is somewhere.
    Mouse(Point),
    /// Files were chosen or pasted, to be sent there.
    Files(Target, Vec<Source>),
    /// A file was dropped on the window.
    Dropped(PathBuf),
    /// What the clipboard holds, as text, to be written there.
    Pasted(Target, Option<String>),
    /// Who knocked was answered, or could not be.
    Answered(DeviceId, Result<(), CallError>),
    /// A command was carried out, or not.
    Done(Result<(), Fault>),
    /// A file is to be saved here.
    Save(FileId, Option<PathBuf>),
    /// A picture is to be copied, or can't be had.
    Copy(FileId, Result<Vec<u8>, Fault>),
    /// A file was saved, or not.
    Saved(Result<PathBuf, Fault>),
    /// Files to be sent there can't be chosen.
    NoChooser(Target),
    /// The threads of the channel came.
    Threads(Result<Answer, CallError>),
    /// Close the thread.
    CloseThread,
}

impl Side {
    /// Where one writes to a place.
    fn of(target: Target) -> Self {
        if target.thread.is_some() { Self::Thread } else { Self::Main }
    }
}

impl Message {
    fn of_composer(target: Target) -> impl Fn(composer::Message) -> Self + Clone + Send + 'static {
        move |it| Self::Composer(Side::of(target), it)
    }
}

impl Home {
    /// Nowhere yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: None,
            bare: None,
            main: None,
            composer: None,
            thread: None,
            beside: None,
            side: Side::Main,
            panel: None,
            over: None,
            laid: 0,
            mouse: Point::ORIGIN,
        }
    }

    /// Where one is.
    #[must_use]
    pub fn guild(&self) -> Option<GuildId> {
        self.place.map(|(guild, _)| guild).or(self.bare)
    }

    /// The channel one reads.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelId> {
        self.place.map(|(_, channel)| channel)
    }

    /// Whether what is said in a channel is before the user's eyes.
    #[must_use]
    pub fn shows(&self, channel: ChannelId, thread: Option<MessageId>) -> bool {
        match thread {
            _ if self.over.is_some() || self.channel() != Some(channel) => false,
            None => self.main.as_ref().is_some_and(Timeline::at_end),
            // What stands beside the page hides it.
            Some(of) => {
                let thread = self.thread.as_ref().filter(|thread| thread.of == of && self.panel.is_none());
                thread.is_some_and(|thread| thread.timeline.at_end())
            }
        }
    }

    /// Notes as read what is before the user's eyes.
    fn note(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some((view, channel)) = self.view_of(ctx).zip(self.channel()) else { return Wants::none() };
        let seen = ctx.focused && self.shows(channel, None);
        match self.main.as_mut().filter(|_| seen) {
            Some(main) => main.note(view).map(|it| Message::Timeline(Side::Main, it)),
            None => Wants::none(),
        }
    }

    /// Messages that are still being sent, and how many things written would be lost with the app.
    #[must_use]
    pub fn unsent(&self) -> (usize, usize) {
        let both = self.composer.iter().chain(&self.beside);
        both.fold((0, 0), |sum, composer| (sum.0 + composer.under_way(), sum.1 + composer.unsent()))
    }

    fn view_of<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a GuildView> {
        ctx.world.guild(self.guild()?).map(|view| &**view)
    }

    /// To a place.
    pub fn go(&mut self, place: Place, ctx: &Ctx<'_>) -> Wants<Message> {
        let Place { guild, channel, message } = place;
        let Some(view) = ctx.world.guild(guild) else { return Wants::none() };
        let known = view.text_channels();
        if let Some(channel) = channel.filter(|channel| !known.contains(channel)) {
            let kind = view.law.channels.get(&channel).map(|channel| channel.nature.kind);
            let key = if kind == Some(ChannelKind::Voice) { "voice-not-yet" } else { "channel-not-here" };
            return Wants::say(Tone::Plain, ctx.w.get(key));
        }
        // What one chose from a menu would be done elsewhere.
        if matches!(self.over, Some(Over::Menu(_))) {
            self.over = None;
        }
        let last = ctx.prefs.last_in(guild).filter(|it| known.contains(it));
        let Some(channel) = channel.or(last).or_else(|| known.first().copied()) else {
            (self.place, self.bare, self.main) = (None, Some(guild), None);
            self.panel = None;
            self.close_thread();
            return Wants::none();
        };
        self.bare = None;
        let target = Target { channel, thread: None };
        let composer = self.composer.get_or_insert_with(|| Composer::new(target));
        composer.turn(target);
        let focus = Wants::task(operation::focus(composer.id()));
        if self.place == Some((guild, channel)) && self.main.is_some() {
            self.side = Side::Main;
            let Some((id, main)) = message.zip(self.main.as_mut()) else { return focus };
            return main.jump(id).map(|it| Message::Timeline(Side::Main, it)).and(focus);
        }
        self.place = Some((guild, channel));
        self.close_thread();
        let again = match &mut self.panel {
            Some(Panel::Search(search)) if search.guild() == guild => search.turn(channel).map(Message::Panel),
            panel => {
                *panel = None;
                Wants::none()
            }
        };
        let (timeline, wants) = Timeline::new(channel, Scope::Main, view, message);
        self.main = Some(timeline);
        wants
            .map(|it| Message::Timeline(Side::Main, it))
            .and(again)
            .and(focus)
            .and(Wants::prefer(move |prefs| prefs.be_in(guild, channel)))
    }

    /// Shows a message where it stands: in its channel, or in its thread.
    fn show(&mut self, said: &Said, view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(of) = said.thread else {
            return self.go(Place { guild: view.guild, channel: Some(said.channel), message: Some(said.id) }, ctx);
        };
        match self.thread.as_mut().filter(|thread| thread.of == of) {
            Some(thread) => {
                self.panel = None;
                thread.timeline.jump(said.id).map(|it| Message::Timeline(Side::Thread, it))
            }
            None => self.open_thread(said.channel, of, Some(said.id), view),
        }
    }

    /// Opens the thread of a message, at its newest or around one of its messages.
    fn open_thread(
        &mut self,
        channel: ChannelId,
        of: MessageId,
        at: Option<MessageId>,
        view: &GuildView,
    ) -> Wants<Message> {
        let (timeline, wants) = Timeline::new(channel, Scope::Thread(of), view, at);
        let target = Target { channel, thread: Some(of) };
        let composer = self.beside.get_or_insert_with(|| Composer::new(target));
        composer.turn(target);
        let focus = Wants::task(operation::focus(composer.id()));
        (self.panel, self.side) = (None, Side::Thread);
        self.thread = Some(Thread { of, name: String::new(), timeline });
        let named = Wants::ask(Query::Threads(channel), Message::Threads);
        wants.map(|it| Message::Timeline(Side::Thread, it)).and(named).and(focus)
    }

    /// Whether there was one.
    fn close_thread(&mut self) -> bool {
        self.side = Side::Main;
        self.thread.take().is_some()
    }

    /// A guild's view is newer.
    pub fn refreshed(&mut self, guild: GuildId, ctx: &Ctx<'_>) -> Wants<Message> {
        let settled = self.resettle(ctx);
        settled.and(self.refreshed_page(guild, ctx))
    }

    fn refreshed_page(&mut self, guild: GuildId, ctx: &Ctx<'_>) -> Wants<Message> {
        if self.guild() != Some(guild) {
            // The first guild there is becomes the place.
            return if self.guild().is_none() {
                self.go(Place { guild, channel: None, message: None }, ctx)
            } else {
                Wants::none()
            };
        }
        let Some(view) = ctx.world.guild(guild) else { return Wants::none() };
        let gone = self
            .channel()
            .is_none_or(|channel| !view.law.channels.contains_key(&channel) || view.over.contains(&channel));
        if gone {
            self.place = None;
            return self.go(Place { guild, channel: None, message: None }, ctx);
        }
        self.reread(ctx).and(self.note(ctx))
    }

    /// The window has another size: where there is room for the page again, it is shown again.
    pub fn resized(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        match self.place.filter(|_| self.main.is_none() && !ctx.narrow()) {
            Some((guild, channel)) => self.go(Place { guild, channel: Some(channel), message: None }, ctx),
            None => Wants::none(),
        }
    }

    /// The window is looked at again.
    pub fn focused(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        if let Some(main) = &mut self.main {
            main.unnote();
        }
        self.note(ctx)
    }

    /// Takes in what the node tells.
    pub fn hear(&mut self, events: &[NodeEvent], ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = self.view_of(ctx) else { return Wants::none() };
        let mut wants = Wants::none();
        if let Some(main) = &mut self.main {
            wants = wants.and(main.hear(events, ctx, view).map(|it| Message::Timeline(Side::Main, it)));
        }
        if let Some(thread) = &mut self.thread {
            wants = wants.and(thread.timeline.hear(events, ctx, view).map(|it| Message::Timeline(Side::Thread, it)));
        }
        for event in events {
            if let (NodeEvent::Core(event), Some(open)) = (event, &mut self.thread)
                && let Event::Thread { thread, .. } = &**event
                && thread.id == open.of
            {
                open.name.clone_from(&thread.name);
            }
        }
        let changes = events.iter().any(|event| match event {
            NodeEvent::Core(event) => match &**event {
                Event::Pinned { .. } => matches!(self.panel, Some(Panel::Pins(_))),
                Event::Thread { .. } => matches!(self.panel, Some(Panel::Threads(_))),
                _ => false,
            },
            _ => false,
        });
        let again = if changes { self.list_again() } else { Wants::none() };
        wants.and(again).and(self.note(ctx))
    }

    /// Some of what the node told was lost: what is shown is asked for again.
    pub fn lost(&mut self) -> Wants<Message> {
        let main = self.main.as_mut().map(|main| main.again().map(|it| Message::Timeline(Side::Main, it)));
        let thread = self.thread.as_mut().map(|it| it.timeline.again().map(|it| Message::Timeline(Side::Thread, it)));
        let all = [main, thread].into_iter().flatten().fold(Wants::none(), Wants::and);
        all.and(self.list_again())
    }

    /// Asks again for the pins or threads that are listed.
    fn list_again(&self) -> Wants<Message> {
        let again = match (&self.panel, self.channel()) {
            (Some(Panel::Pins(_)), Some(channel)) => Panel::pins(channel).1,
            (Some(Panel::Threads(_)), Some(channel)) => Panel::threads(channel).1,
            _ => Wants::none(),
        };
        again.map(Message::Panel)
    }

    /// Puts something into what is written at a place.
    fn insert(&mut self, target: Target, words: &str) -> Wants<Message> {
        let Some(composer) = self.composer_at(target) else { return Wants::none() };
        composer.insert(target, words);
        self.focus_on(target)
    }

    /// Puts the cursor there, if one is still there.
    fn focus_on(&mut self, target: Target) -> Wants<Message> {
        let composer = self.composer_at(target).filter(|composer| composer.target() == target);
        composer.map_or_else(Wants::none, |composer| Wants::task(operation::focus(composer.id())))
    }

    /// Sends files along with what is written at a place.
    fn attach(&mut self, target: Target, files: Vec<Source>, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(composer) = self.composer_at(target) else { return Wants::none() };
        let wants = composer.attach(target, files, ctx).map(Message::of_composer(target));
        wants.and(self.focus_on(target))
    }

    /// Where one writes: where one did last.
    fn writing(&mut self) -> Option<&mut Composer> {
        self.place?;
        self.composer_of(self.writing_side())
    }

    /// On which side.
    fn writing_side(&self) -> Side {
        if self.thread.is_some() && self.panel.is_none() { self.side } else { Side::Main }
    }

    /// Where one writes to a place.
    fn composer_at(&mut self, target: Target) -> Option<&mut Composer> {
        self.composer_of(Side::of(target))
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>, now: Instant) -> Wants<Message> {
        let wants = self.happen(message, ctx, now);
        wants.and(self.reread(ctx)).and(self.note(ctx))
    }

    /// Reads anew what may read otherwise by now.
    fn reread(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = self.view_of(ctx) else { return Wants::none() };
        let main = self.main.as_mut().map(|it| it.refresh(ctx, view).map(|it| Message::Timeline(Side::Main, it)));
        let thread = self.thread.as_mut().map(|it| &mut it.timeline);
        let thread = thread.map(|it| it.refresh(ctx, view).map(|it| Message::Timeline(Side::Thread, it)));
        main.into_iter().chain(thread).fold(Wants::none(), Wants::and)
    }

    fn happen(&mut self, message: Message, ctx: &Ctx<'_>, now: Instant) -> Wants<Message> {
        match message {
            Message::Rail(message) => self.rail(message, ctx),
            Message::Channels(message) => self.channels(message, ctx),
            Message::Members(members::Message::User(user)) => self.who(user),
            Message::Timeline(side, message) => self.timeline(side, message, ctx),
            Message::Composer(side, message) => self.compose(side, message, ctx, now),
            Message::Head(message) => self.head(message, ctx),
            Message::Panel(message) => self.beside(message, ctx),
            Message::Over(laid, message) => self.over(laid, message, ctx),
            Message::Menu(chosen) => {
                self.over = None;
                self.chosen(chosen, ctx)
            }
            Message::Mouse(at) => {
                self.mouse = at;
                Wants::none()
            }
            Message::Files(target, files) => self.attach(target, files, ctx),
            Message::Dropped(path) => self.dropped(path, ctx),
            Message::Pasted(target, words) => words.map_or_else(Wants::none, |words| self.insert(target, &words)),
            Message::Answered(_, Err(CallError::Command(error))) if error.kind == ErrorKind::NotFound => Wants::none(),
            Message::Answered(_, Err(error)) => Wants::fail(error),
            Message::Answered(_, Ok(())) => Wants::none(),
            Message::Done(Err(why)) => Wants::fail(why),
            Message::Done(Ok(())) => Wants::none(),
            Message::Save(file, Some(path)) => Wants::work(move |node| async move {
                let saved = node.get_file(file, path).await;
                Message::Saved(saved.map(|(path, _)| path).map_err(Fault::from))
            }),
            Message::Copy(file, read) => {
                // What is copied meanwhile is not to be lost to it.
                let wanted = if let Some(Over::Viewer(viewer)) = &mut self.over { viewer.copies(file) } else { false };
                match read {
                    _ if !wanted => Wants::none(),
                    Ok(picture) => Wants::desktop(Service::Copy(picture)),
                    Err(why) => Wants::fail(why),
                }
            }
            Message::Saved(Ok(saved)) => {
                let path = shown(&saved, ctx.prefs.streamer);
                Wants::say(Tone::Good, ctx.w.with("file-saved", &[("path", path.into())]))
            }
            Message::Saved(Err(why)) => Wants::fail(why),
            Message::Save(_, None) => Wants::none(),
            Message::NoChooser(target) => match self.composer_at(target) {
                Some(composer) => composer.fail(target, Fault::of("choose-none")).map(Message::of_composer(target)),
                None => Wants::none(),
            },
            Message::Threads(threads) => {
                if let (Some(thread), Ok(Answer::Threads(all))) = (&mut self.thread, threads)
                    && let Some(found) = all.into_iter().find(|it| it.id == thread.of)
                {
                    thread.name = found.name;
                }
                Wants::none()
            }
            Message::CloseThread => {
                self.close_thread();
                Wants::none()
            }
        }
    }

    /// A file was dropped: it is a picture where one is being chosen, and sent where one writes.
    fn dropped(&mut self, path: PathBuf, ctx: &Ctx<'_>) -> Wants<Message> {
        if self.over.is_some() {
            return self.dropped_over(path, ctx);
        }
        match self.writing().map(|composer| composer.target()) {
            Some(target) => self.attach(target, vec![Source::Path(path)], ctx),
            None => Wants::none(),
        }
    }

    fn lay(&mut self, over: Over) -> Wants<Message> {
        self.put(over, Wants::none())
    }

    /// Lays something over the page, and has what it wants done.
    fn put(&mut self, over: Over, wants: Wants<OverMessage>) -> Wants<Message> {
        self.laid += 1;
        self.over = Some(over);
        let laid = self.laid;
        wants.map(move |it| Message::Over(laid, it))
    }

    /// Who somebody is in this guild.
    fn who(&mut self, user: UserId) -> Wants<Message> {
        match self.guild() {
            Some(guild) => self.lay(Over::Profile(guild, user)),
            None => Wants::none(),
        }
    }

    /// What a chord does here.
    pub fn act(&mut self, act: Act, ctx: &Ctx<'_>) -> Wants<Message> {
        let wants = self.acted(act, ctx);
        wants.and(self.note(ctx))
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let rail = rail::view(self.guild(), ctx).map(Message::Rail);
        let Some(view) = self.view_of(&ctx) else {
            let words =
                widget::empty(widget::Icon::Tent, ctx.w.get("no-guild"), ctx.w.get("no-guild-hint")).height(Shrink);
            let add = widget::primary(ctx.w.get("add-guild"), Some(Message::Rail(rail::Message::Add)));
            let settings = Message::Channels(channels::Message::Settings);
            let settings = widget::secondary(ctx.w.get("settings"), Some(settings));
            let acts = row![settings, add].spacing(theme::space::M);
            let words = column![words, acts].align_x(iced::Center);
            let page = iced::widget::container(words).center(Fill);
            return self.overlaid(row![rail, page].into(), ctx);
        };
        let listed = !ctx.narrow() || self.main.is_none();
        let list = listed.then(|| channels::view(view, self.channel(), ctx).map(Message::Channels));
        let aside = self.panel.is_some() || self.thread.is_some();
        if ctx.narrow() && listed && self.channel().is_some() && !aside {
            // There is room for the list alone, from which one goes back to a channel.
            let list = iced::widget::container(widget::maybe(list)).width(Fill).style(theme::container::side);
            return self.overlaid(row![rail, list].into(), ctx);
        }
        let beside = self.aside(view, ctx);
        // Over what stands beside the page, too: what opens and closes that stays where it is.
        let opens = (self.panel.as_ref(), self.lists_members(ctx));
        let head = column![head::view(view, self.channel(), opens, ctx).map(Message::Head), rule::horizontal(1)];
        let mut page = column![widget::maybe(head::banner(view, ctx).map(|banner| banner.map(Message::Head)))];
        match (&self.main, &self.composer, self.channel()) {
            (Some(main), Some(composer), Some(channel)) => {
                let target = Target { channel, thread: None };
                page = page
                    .push(main.view(view, ctx).map(|it| Message::Timeline(Side::Main, it)))
                    .push(composer.view(view, ctx).map(|it| Message::Composer(Side::Main, it)))
                    .push(composer::writing(target, view, ctx));
            }
            _ => {
                page =
                    page.push(widget::empty(widget::Icon::Hash, ctx.w.get("no-channel"), ctx.w.get("no-channel-hint")))
            }
        }
        // The window's own ground is the page's: it need not be laid once more.
        let page = iced::widget::container(page).width(Fill).height(Fill);
        let covers = ctx.narrow() && beside.is_some();
        let page = widget::asleep(page, if covers { Sleep::Sound } else { Sleep::Awake });
        let (over, beside) = if covers { (beside.map(iced::widget::opaque), None) } else { (None, beside) };
        let page = stack![Element::from(page)].push(over).width(Fill).height(Fill);
        // Something stands in the list's place: what is on the page keeps its state.
        let whole = row![rail, widget::maybe(list), column![head, row![page].push(beside)]];
        self.overlaid(whole.into(), ctx)
    }

    /// What stands beside the page, where there is room for it.
    fn aside<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
        if let Some(panel) = &self.panel {
            return Some(panel.view(view, ctx).map(Message::Panel));
        }
        if let Some(thread) = &self.thread {
            return Some(self.thread_view(thread, self.beside.as_ref()?, view, ctx));
        }
        self.lists_members(ctx).then(|| members::view(view, ctx).map(Message::Members))
    }

    fn lists_members(&self, ctx: Ctx<'_>) -> bool {
        self.panel.is_none() && self.thread.is_none() && ctx.roomy() && !ctx.prefs.members_hidden
    }

    fn thread_view<'a>(
        &'a self,
        thread: &'a Thread,
        composer: &'a Composer,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let target = Target { channel: thread.timeline.channel, thread: Some(thread.of) };
        let close = widget::icon_button(widget::Icon::Close, ctx.w.get("close"), Message::CloseThread);
        let name = if thread.name.is_empty() {
            ctx.w.get("thread")
        } else {
            super::message::shorten(&ctx.veil(&thread.name), 100)
        };
        let name = widget::single(iced::widget::text(name).font(theme::STRONG).size(theme::size::TITLE)).width(Fill);
        let head = row![widget::icon(widget::Icon::MessagesSquare, 18.0), name, close]
            .spacing(theme::space::S)
            .align_y(iced::Center);
        let head =
            iced::widget::container(head).height(channels::HEAD).align_y(iced::Center).padding([0.0, theme::space::L]);
        let whole = column![
            head,
            rule::horizontal(1),
            thread.timeline.view(view, ctx).map(|it| Message::Timeline(Side::Thread, it)),
            composer.view(view, ctx).map(|it| Message::Composer(Side::Thread, it)),
            composer::writing(target, view, ctx),
        ];
        let width = if ctx.narrow() { Fill } else { (panel::WIDTH + 40.0).into() };
        let whole = row![(!ctx.narrow()).then(|| rule::vertical(1)), whole];
        iced::widget::container(whole).width(width).height(Fill).style(theme::container::page).into()
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}
