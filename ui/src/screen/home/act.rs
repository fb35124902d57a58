//! What clicks and chords do on the page.

use std::time::Instant;

use bivouac_node::core::{
    io::{Command, GuildView},
    mention::Mention,
    model::{Channel, ChannelId, ChannelKind, File, MESSAGE_LINK, Message as Said, MessageState, Permissions},
};
use iced::{Point, Task, widget::operation};

use super::{
    Home, Message, Over, OverMessage, Side, head,
    over::{Chosen, For},
};
use crate::{
    fault::Fault,
    intent::{Place, Service, Tone, Wants},
    keymap::{Act, Chord},
    prefs::{Rule, Slot},
    screen::{
        Ctx,
        channel_settings::ChannelSettings,
        channels,
        composer::{self, Composer},
        dialog::{
            add::{Add, Page},
            channel::Create,
            emoji::Picker,
            invite::Invite,
            menu::{Entry, Menu},
            switch::{self, Switch},
            viewer::Viewer,
        },
        message,
        panel::{self, Panel},
        rail, settings,
        timeline::{self, Ask, Timeline},
    },
    text::wire,
    widget::{Goal, Icon},
    world::Shown as _,
};

/// Does what one chose of a menu.
fn pick(chosen: Chosen) -> Message {
    Message::Menu(chosen)
}

fn done(result: Result<bivouac_node::core::io::Reply, bivouac_node::CallError>) -> Message {
    Message::Done(result.map(|_| ()).map_err(Fault::from))
}

impl Home {
    pub(super) fn rail(&mut self, message: rail::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            rail::Message::Go(guild) => self.go(Place { guild, channel: None, message: None }, ctx),
            rail::Message::Menu(guild) => self.guild_menu(guild, self.mouse, ctx),
            rail::Message::Fold(at) => Wants::prefer(move |prefs| {
                if let Some(Slot::Folder { open, .. }) = prefs.rail.get_mut(at) {
                    *open = !*open;
                }
            }),
            rail::Message::Add => self.add(Page::Choose, String::new()),
            rail::Message::Switch => self.switch(),
        }
    }

    /// Another guild; with an invite that was followed, say.
    pub fn add(&mut self, page: Page, words: String) -> Wants<Message> {
        let (add, wants) = Add::new(page, words);
        self.put(Over::Add(add), wants.map(OverMessage::Add))
    }

    fn switch(&mut self) -> Wants<Message> {
        let (switch, wants) = Switch::new();
        self.put(Over::Switch(switch), wants.map(OverMessage::Switch))
    }

    pub(super) fn channels(&mut self, message: channels::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        if let channels::Message::Settings = message {
            return self.settings(settings::Page::Profile);
        }
        let Some(guild) = self.guild() else { return Wants::none() };
        match message {
            channels::Message::Go(channel) => self.go(Place { guild, channel: Some(channel), message: None }, ctx),
            channels::Message::Menu(channel) => self.channel_menu(channel, ctx),
            channels::Message::Fold(category) => Wants::prefer(move |prefs| {
                let id = category.to_string();
                if prefs.folded.contains(&id) {
                    prefs.folded.retain(|it| *it != id);
                } else {
                    prefs.folded.push(id);
                }
            }),
            channels::Message::Create(parent) => {
                let (create, wants) = Create::new(guild, parent);
                self.put(Over::Channel(create), wants.map(OverMessage::Channel))
            }
            channels::Message::Guild => {
                let at = Point::new(rail::WIDTH + 8.0, channels::HEAD + 2.0);
                self.guild_menu(guild, at, ctx)
            }
            channels::Message::Invite => self.lay(Over::Invite(Box::new(Invite::new(guild)))),
            channels::Message::Quiet => Wants::prefer(|prefs| prefs.notify.quiet = !prefs.notify.quiet),
            channels::Message::Settings => Wants::none(),
            channels::Message::Network => self.settings(settings::Page::Network),
        }
    }

    fn guild_menu(&mut self, guild: bivouac_node::core::model::GuildId, at: Point, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = ctx.world.guild(guild) else { return Wants::none() };
        let mut entries = Vec::new();
        let here = self.guild() == Some(guild);
        if here && view.may_anywhere(Permissions::CREATE_INVITE) {
            entries.push(Entry::new(
                Icon::UserPlus,
                ctx.w.get("invite-people"),
                pick(Chosen::Channels(channels::Message::Invite)),
            ));
        }
        if here && view.may_anywhere(Permissions::MANAGE_CHANNELS) {
            let create = pick(Chosen::Channels(channels::Message::Create(None)));
            entries.push(Entry::new(Icon::Plus, ctx.w.get("channel-create"), create));
        }
        let settings = pick(Chosen::GuildSettings(guild));
        entries.push(Entry::new(Icon::Settings, ctx.w.get("guild-settings"), settings));
        for (rule, icon, key) in rules() {
            if ctx.prefs.notify.guilds.get(&guild.to_string()).copied().unwrap_or_default() != rule {
                entries.push(Entry::new(icon, ctx.w.get(key), pick(Chosen::Rule(true, guild.to_string(), rule))));
            }
        }
        let within = ctx
            .prefs
            .rail
            .iter()
            .any(|slot| matches!(slot, Slot::Folder { guilds, .. } if guilds.contains(&guild.to_string())));
        if within {
            entries.push(Entry::new(Icon::Folder, ctx.w.get("folder-out"), pick(Chosen::Alone(guild))));
        } else if ctx.world.guilds.len() > 1 {
            entries.push(Entry::new(Icon::Folder, ctx.w.get("folder-in"), pick(Chosen::Folder(guild))));
        }
        entries.push(Entry::new(Icon::Copy, ctx.w.get("copy-id"), pick(Chosen::Copy(guild.to_string()))));
        if view.am_in() && view.law.owner != Some(view.me) {
            let head = ctx.w.with("leave-head", &[("guild", view.law.name.as_str().into())]);
            let leave = Chosen::Ask(head, ctx.w.get("leave-words"), ctx.w.get("leave"), Command::LeaveGuild { guild });
            entries.push(Entry::new(Icon::LogOut, ctx.w.get("leave"), pick(leave)).danger().apart());
        }
        self.lay(Over::Menu(Menu::new(at, entries)))
    }

    fn channel_menu(&mut self, channel: ChannelId, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = self.view_of(ctx) else { return Wants::none() };
        let Some(of) = view.law.channels.get(&channel) else { return Wants::none() };
        let mut entries = Vec::new();
        if of.nature.kind == ChannelKind::Text {
            let read = Command::Read { channel, message: None };
            entries.push(Entry::new(Icon::Check, ctx.w.get("mark-read"), pick(Chosen::Do(read))));
            let now = ctx.prefs.notify.rule(view.guild, channel);
            for (rule, icon, key) in rules().into_iter().filter(|(rule, ..)| *rule != now) {
                entries.push(Entry::new(icon, ctx.w.get(key), pick(Chosen::Rule(false, channel.to_string(), rule))));
            }
        }
        if ChannelSettings::is_open(view, of) {
            let settings = pick(Chosen::ChannelSettings(view.guild, channel));
            entries.push(Entry::new(Icon::Settings, ctx.w.get("channel-settings"), settings));
        }
        entries.push(Entry::new(Icon::Copy, ctx.w.get("copy-id"), pick(Chosen::Copy(channel.to_string()))));
        if view.may(of, Permissions::MANAGE_CHANNELS) {
            entries.push(
                Entry::new(Icon::Trash, ctx.w.get("channel-delete"), pick(delete_channel(channel, of, ctx)))
                    .danger()
                    .apart(),
            );
        }
        let at = self.mouse;
        self.lay(Over::Menu(Menu::new(at, entries)))
    }

    pub(super) fn timeline(&mut self, side: Side, message: timeline::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = self.view_of(ctx) else { return Wants::none() };
        let timeline = match side {
            Side::Main => self.main.as_mut(),
            Side::Thread => self.thread.as_mut().map(|thread| &mut thread.timeline),
        };
        let Some(timeline) = timeline else { return Wants::none() };
        let (wants, ask) = timeline.update(message, ctx, view);
        let wants = wants.map(move |it| Message::Timeline(side, it));
        match ask {
            None => wants,
            Some(Ask::Menu(said, at)) => wants.and(self.message_menu(side, &said, at, view, ctx)),
            Some(Ask::Of(said, of)) => wants.and(self.of(side, said, of, view, ctx)),
            Some(Ask::At(said)) => wants.and(self.show(&said, view, ctx)),
        }
    }

    pub(super) fn composer_of(&mut self, side: Side) -> Option<&mut Composer> {
        match side {
            Side::Main => self.composer.as_mut(),
            Side::Thread => self.beside.as_mut(),
        }
    }

    /// Does something with a message.
    fn of(&mut self, side: Side, said: Said, of: message::Message, view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        use message::Message as Of;
        match of {
            Of::React(emoji, on) => {
                let remember = emoji.clone();
                let put = Wants::run(Command::React { message: said.id, emoji, on }, done);
                put.and(if on { Wants::prefer(move |prefs| prefs.use_emoji(&remember)) } else { Wants::none() })
            }
            Of::Pick => {
                let (picker, wants) = Picker::new();
                let over = Over::Emoji(picker, For::Message(Box::new(said)), self.mouse);
                self.put(over, wants.map(OverMessage::Emoji))
            }
            Of::Reply | Of::Edit => {
                self.side = side;
                let Some(composer) = self.composer_of(side) else { return Wants::none() };
                if matches!(of, Of::Edit) {
                    composer.edit(&said, ctx.world.names(view.guild))
                } else {
                    composer.reply(said)
                }
                Wants::task(operation::focus(composer.id()))
            }
            Of::Delete => {
                let ask = Chosen::Ask(
                    ctx.w.get("message-delete-head"),
                    ctx.w.get("message-delete-words"),
                    ctx.w.get("delete"),
                    Command::Delete { message: said.id },
                );
                Wants::task(Task::done(pick(ask)))
            }
            Of::Pin(on) => Wants::run(Command::Pin { message: said.id, on }, done),
            Of::Thread => {
                let name = message::shorten(
                    &crate::text::plain(said.text.as_deref().unwrap_or_default(), ctx.world.names(view.guild)),
                    60,
                );
                let name = if name.is_empty() { ctx.w.get("thread") } else { name };
                let open = self.open_thread(said.channel, said.id, None, view);
                // It begins with what is first said in it: looking costs nothing that others would see.
                if let Some(composer) = &mut self.beside {
                    composer.begin(said.id, name);
                }
                open
            }
            Of::More => self.message_menu(side, &said, self.mouse, view, ctx),
            Of::Link(address, true) => self.follow(&address),
            Of::Link(address, false) => {
                // Its words say something else: where it goes is shown first.
                let open = pick(Chosen::Follow(address.clone()));
                let host = ctx.w.with("link-open", &[("host", message::shorten(host(&address), 100).into())]);
                let words = format!("{host}\n{}", message::shorten(&address, 120));
                let copy = Entry::new(Icon::Copy, ctx.w.get("link-copy"), pick(Chosen::Copy(address)));
                self.lay(Over::Menu(Menu::new(self.mouse, vec![Entry::new(Icon::ExternalLink, words, open), copy])))
            }
            Of::Mention(Mention::User(user)) | Of::User(user) => self.who(user),
            Of::Channel(channel) => self.go(Place { guild: view.guild, channel: Some(channel), message: None }, ctx),
            Of::Look(file) => {
                let timeline = match side {
                    Side::Main => self.main.as_ref(),
                    Side::Thread => self.thread.as_ref().map(|thread| &thread.timeline),
                };
                let all = timeline.map(Timeline::pictures).unwrap_or_default();
                self.lay(Over::Viewer(Viewer::new(all, file)))
            }
            Of::Get(file) => self.save(file),
            Of::Stop(file) => {
                Wants::work(move |node| async move { Message::Done(node.stop_file(file).await.map_err(Fault::from)) })
            }
            Of::Copy => {
                let words = said.text.as_deref().unwrap_or_default();
                let words = wire::to_written(words, ctx.world.names(view.guild));
                Wants::task(iced::clipboard::write(words)).and(Wants::say(Tone::Good, ctx.w.get("copied")))
            }
            Of::CopyLink => {
                let link = format!("{MESSAGE_LINK}{}", said.id);
                Wants::task(iced::clipboard::write(link)).and(Wants::say(Tone::Good, ctx.w.get("copied")))
            }
            Of::Mention(_) | Of::Jump(_) => Wants::none(),
        }
    }

    /// Follows an address: within the app if it is one of its own.
    pub fn follow(&mut self, address: &str) -> Wants<Message> {
        if let Ok(id) = address.parse::<bivouac_node::core::model::MessageId>() {
            return Wants::ask(bivouac_node::core::io::Query::Message(id), move |answer| match answer {
                Ok(bivouac_node::core::io::Answer::Messages(page)) => match page.messages.first() {
                    Some(said) => Message::Panel(panel::Message::Jump(said.channel, said.id)),
                    None => Message::Done(Ok(())),
                },
                Ok(_) => Message::Done(Ok(())),
                Err(error) => Message::Done(Err(error.into())),
            });
        }
        if address.starts_with("bivouac://join/") {
            return self.add(Page::Join, address.to_owned());
        }
        Wants::browse(address)
    }

    /// Saves a file where the user says.
    pub(super) fn save(&mut self, file: File) -> Wants<Message> {
        Wants::desktop(Service::Save(file.id, crate::text::file(&file.name)))
    }

    fn message_menu(&mut self, side: Side, said: &Said, at: Point, view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        use message::Message as Of;
        let Some(channel) = view.law.channels.get(&said.channel) else { return Wants::none() };
        let id = said.id;
        let of = |of| pick(Chosen::Of(side, id, of));
        let mine = said.author == view.me;
        let open = said.state == MessageState::Open;
        let mut entries = Vec::new();
        if view.may(channel, Permissions::REACT) {
            entries.push(Entry::new(Icon::SmilePlus, ctx.w.get("react"), of(Of::Pick)));
        }
        let answers = if said.thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        if view.may(channel, answers) {
            entries.push(Entry::new(Icon::Reply, ctx.w.get("reply"), of(Of::Reply)));
        }
        if mine && open {
            entries.push(Entry::new(Icon::Pencil, ctx.w.get("edit"), of(Of::Edit)));
        }
        if said.thread.is_none() && view.may(channel, Permissions::SEND_IN_THREADS) {
            entries.push(Entry::new(Icon::MessagesSquare, ctx.w.get("thread-open"), of(Of::Thread)));
        }
        if view.may(channel, Permissions::MANAGE_MESSAGES) {
            let key = if said.pinned { "unpin" } else { "pin" };
            entries.push(Entry::new(Icon::Pin, ctx.w.get(key), of(Of::Pin(!said.pinned))));
        }
        if open {
            entries.push(Entry::new(Icon::Copy, ctx.w.get("copy-text"), of(Of::Copy)));
        }
        entries.push(Entry::new(Icon::Link, ctx.w.get("copy-message-link"), of(Of::CopyLink)));
        if mine || view.may(channel, Permissions::MANAGE_MESSAGES) {
            entries.push(Entry::new(Icon::Trash, ctx.w.get("delete"), of(Of::Delete)).danger().apart());
        }
        self.lay(Over::Menu(Menu::new(at, entries)))
    }

    pub(super) fn compose(
        &mut self,
        side: Side,
        message: composer::Message,
        ctx: &Ctx<'_>,
        now: Instant,
    ) -> Wants<Message> {
        use composer::Message as Writes;
        let shown = match side {
            Side::Main => self.place.is_some(),
            Side::Thread => self.thread.is_some(),
        };
        match &message {
            Writes::Taken(..) | Writes::Told => {}
            Writes::Sent(number, result) => {
                // Wherever one is by now.
                let Some(composer) = self.composer_of(side) else { return Wants::none() };
                let wants = composer.sent(*number, result.clone(), shown);
                return wants.map(move |it| Message::Composer(side, it));
            }
            // What one does not see is not written in.
            _ if !shown => return Wants::none(),
            _ => self.side = side,
        }
        let (Some(view), Some(composer)) = (self.view_of(ctx), self.composer_of(side)) else { return Wants::none() };
        let target = composer.target();
        let (wants, ask) = composer.update(message, view, ctx, now);
        let wants = wants.map(move |it| Message::Composer(side, it));
        match ask {
            None => wants,
            Some(composer::Ask::EditLast) => {
                let timeline = match side {
                    Side::Main => self.main.as_ref(),
                    Side::Thread => self.thread.as_ref().map(|thread| &thread.timeline),
                };
                let last = timeline.and_then(|timeline| timeline.my_last(view)).cloned();
                if let Some((said, composer)) = last.zip(self.composer_of(side)) {
                    composer.edit(&said, ctx.world.names(view.guild));
                }
                wants
            }
            Some(composer::Ask::Paste) => wants.and(Wants::desktop(Service::Paste(target))),
            Some(composer::Ask::Attach) => wants.and(Wants::desktop(Service::Files(target))),
            Some(composer::Ask::Emoji) => {
                let (picker, focus) = Picker::new();
                let over = Over::Emoji(picker, For::Draft(target), self.mouse);
                wants.and(self.put(over, focus.map(OverMessage::Emoji)))
            }
        }
    }

    pub(super) fn head(&mut self, message: head::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        if matches!(message, head::Message::Doctor) {
            return self.doctor();
        }
        let Some(guild) = self.guild() else { return Wants::none() };
        if let head::Message::Answer(device, let_in) = message {
            let answer = Command::Answer { device, guild: let_in.then_some(guild) };
            return Wants::run(answer, move |done| Message::Answered(device, done.map(|_| ())));
        }
        let Some(channel) = self.channel() else { return Wants::none() };
        match message {
            // From what covers the page to the page, and from that to the list.
            head::Message::Back => {
                if self.panel.take().is_none() && !self.close_thread() {
                    self.main = None;
                }
                Wants::none()
            }
            head::Message::Threads => {
                self.toggle(matches!(self.panel, Some(Panel::Threads(_))), || Panel::threads(channel))
            }
            head::Message::Pins => self.toggle(matches!(self.panel, Some(Panel::Pins(_))), || Panel::pins(channel)),
            head::Message::Search => {
                self.toggle(matches!(self.panel, Some(Panel::Search(_))), || Panel::search(guild, channel))
            }
            head::Message::Bell => {
                let next = match ctx.prefs.notify.rule(guild, channel) {
                    Rule::Mentions => Rule::All,
                    Rule::All => Rule::Nothing,
                    Rule::Nothing => Rule::Mentions,
                };
                Wants::prefer(move |prefs| {
                    prefs.notify.channels.insert(channel.to_string(), next);
                })
            }
            head::Message::Members => {
                if self.panel.take().is_some() || self.close_thread() {
                    return Wants::prefer(|prefs| prefs.members_hidden = false);
                }
                Wants::prefer(|prefs| prefs.members_hidden = !prefs.members_hidden)
            }
            head::Message::Answer(..) | head::Message::Doctor => Wants::none(),
        }
    }

    fn toggle(&mut self, shown: bool, make: impl FnOnce() -> (Panel, Wants<panel::Message>)) -> Wants<Message> {
        if shown {
            self.panel = None;
            return Wants::none();
        }
        let (panel, wants) = make();
        self.panel = Some(panel);
        wants.map(Message::Panel)
    }

    pub(super) fn beside(&mut self, message: panel::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            panel::Message::Close => {
                self.panel = None;
                Wants::none()
            }
            panel::Message::Jump(channel, id) => {
                let Some(view) = ctx.world.guild_of(channel) else { return Wants::none() };
                self.go(Place { guild: view.guild, channel: Some(channel), message: Some(id) }, ctx)
            }
            panel::Message::Open(channel, id) => match self.view_of(ctx) {
                Some(view) => self.open_thread(channel, id, None, view),
                None => Wants::none(),
            },
            message => match &mut self.panel {
                Some(panel) => panel.update(message).map(Message::Panel),
                None => Wants::none(),
            },
        }
    }

    /// What a chord does.
    pub(super) fn acted(&mut self, act: Act, ctx: &Ctx<'_>) -> Wants<Message> {
        if let Some(wants) = self.settled(act, ctx) {
            return wants;
        }
        match act {
            Act::Settings => return self.settings(settings::Page::Profile),
            Act::Keys => return self.settings(settings::Page::Keys),
            Act::Read if self.over.is_some() => return self.uncover(),
            // What one does not see is not acted upon.
            _ if self.covered() => return Wants::none(),
            Act::Switch => return self.switch(),
            // Nor what lies beneath: what is laid over it is about that guild, or that message.
            _ if self.over.is_some() => return Wants::none(),
            _ => {}
        }
        let Some(guild) = self.guild() else { return Wants::none() };
        match act {
            Act::Above => self.step(-1, false, ctx),
            Act::Below => self.step(1, false, ctx),
            Act::UnreadAbove => self.step(-1, true, ctx),
            Act::UnreadBelow => self.step(1, true, ctx),
            Act::GuildAbove => self.step_guild(-1, ctx),
            Act::GuildBelow => self.step_guild(1, ctx),
            Act::Read => self.escape(ctx),
            Act::ReadGuild => {
                let unread = ctx.world.guild(guild).map(|view| view.unread.clone()).unwrap_or_default();
                let unread = unread.into_iter().filter(|(_, it)| it.messages > 0);
                unread.fold(Wants::none(), |wants, (channel, _)| {
                    wants.and(Wants::run(Command::Read { channel, message: None }, done))
                })
            }
            Act::Search => self.head(head::Message::Search, ctx),
            Act::Members => self.head(head::Message::Members, ctx),
            Act::Pins => self.head(head::Message::Pins, ctx),
            Act::Emoji => {
                let side = self.writing_side();
                self.compose(side, composer::Message::Emoji, ctx, Instant::now())
            }
            Act::Attach => {
                let side = self.writing_side();
                self.compose(side, composer::Message::Attach, ctx, Instant::now())
            }
            Act::PageUp => self.scroll(Goal::Pages(-0.9)),
            Act::PageDown => self.scroll(Goal::Pages(0.9)),
            Act::Present => self.timeline(Side::Main, timeline::Message::Present, ctx),
            _ => Wants::none(),
        }
    }

    fn scroll(&mut self, goal: Goal<timeline::Key>) -> Wants<Message> {
        let timeline = self.thread.as_mut().map(|thread| &mut thread.timeline).or(self.main.as_mut());
        if let Some(timeline) = timeline {
            timeline.go(goal);
        }
        Wants::none()
    }

    /// What is open beside the page goes first; where nothing is, all here is read.
    fn escape(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        let view = self.view_of(ctx);
        if let Some((composer, view)) = self.writing().filter(|composer| composer.is_bound()).zip(view) {
            let _ = composer.update(composer::Message::Cancel, view, ctx, Instant::now());
            return Wants::none();
        }
        if self.panel.take().is_some() || self.close_thread() {
            return Wants::none();
        }
        let (Some(view), Some(channel)) = (self.view_of(ctx), self.channel()) else { return Wants::none() };
        if let Some(main) = &mut self.main {
            main.clear_line(ctx, view);
            main.go(Goal::End);
        }
        Wants::run(Command::Read { channel, message: None }, done)
    }

    fn step(&mut self, by: isize, unread: bool, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = self.view_of(ctx) else { return Wants::none() };
        let channels = view.text_channels();
        let here = self.channel().and_then(|channel| channels.iter().position(|it| *it == channel)).unwrap_or(0);
        let count = channels.len().cast_signed();
        for step in 1..=count {
            let at = (here.cast_signed() + step * by).rem_euclid(count).unsigned_abs();
            let waits = view.unread.get(&channels[at]).is_some_and(|it| it.messages > 0);
            if !unread || waits {
                return self.go(Place { guild: view.guild, channel: Some(channels[at]), message: None }, ctx);
            }
        }
        Wants::none()
    }

    fn step_guild(&mut self, by: isize, ctx: &Ctx<'_>) -> Wants<Message> {
        let mut guilds = Vec::new();
        for placed in rail::order(&ctx.prefs.rail, &ctx.world.guilds) {
            match placed {
                rail::Placed::Guild(view) => guilds.push(view.guild),
                rail::Placed::Folder { guilds: within, .. } => guilds.extend(within.iter().map(|view| view.guild)),
            }
        }
        let here = self.guild().and_then(|guild| guilds.iter().position(|it| *it == guild)).unwrap_or(0);
        if guilds.is_empty() {
            return Wants::none();
        }
        let at = (here.cast_signed() + by).rem_euclid(guilds.len().cast_signed()).unsigned_abs();
        self.go(Place { guild: guilds[at], channel: None, message: None }, ctx)
    }

    /// Keys that a dialogue takes before anything else does, though they may have done something in it already. Whether it did.
    pub fn key(
        &mut self,
        key: &iced::keyboard::Key,
        chord: &Chord,
        done: bool,
        ctx: &Ctx<'_>,
    ) -> Option<Wants<Message>> {
        use iced::keyboard::{Key, key::Named};
        if let Some(Over::Settings(settings)) = &mut self.over
            && let Some(wants) = settings.key(key, chord, done, ctx)
        {
            let laid = self.laid;
            return Some(wants.map(move |it| Message::Over(laid, OverMessage::Settings(it))));
        }
        if let Some(Over::Doctor(doctor)) = &self.over
            && let Key::Named(Named::PageUp | Named::PageDown) = key
        {
            let pages = if *key == Key::Named(Named::PageUp) { -0.9 } else { 0.9 };
            let laid = self.laid;
            return Some(doctor.scroll(pages, ctx).map(move |it| Message::Over(laid, OverMessage::Doctor(it))));
        }
        // Whatever Escape was made to do: there is a way out.
        if self.over.is_some() && *chord == Chord::plain(Named::Escape) {
            return Some(self.settled(Act::Read, ctx).unwrap_or_else(|| self.uncover()));
        }
        if let (Some(Over::Viewer(viewer)), Key::Named(side @ (Named::ArrowLeft | Named::ArrowRight))) =
            (&mut self.over, key)
        {
            viewer.step(if *side == Named::ArrowLeft { -1 } else { 1 });
            return Some(Wants::none());
        }
        if let Some(Over::Emoji(picker, on, _)) = &mut self.over {
            let by = match key {
                Key::Named(named) if *chord != Chord::plain(*named) => return None,
                Key::Named(Named::ArrowLeft) => (-1, 0),
                Key::Named(Named::ArrowRight) => (1, 0),
                Key::Named(Named::ArrowUp) => (0, -1),
                Key::Named(Named::ArrowDown) => (0, 1),
                _ => return None,
            };
            let (laid, view) = (self.laid, on.guild(ctx)?);
            return Some(picker.step(by, view, ctx).map(move |it| Message::Over(laid, OverMessage::Emoji(it))));
        }
        let by = match key {
            Key::Named(Named::ArrowDown) => 1,
            Key::Named(Named::ArrowUp) => -1,
            Key::Named(Named::Enter) => 0,
            _ => return None,
        };
        match &mut self.over {
            Some(Over::Menu(menu)) if by == 0 => {
                let chosen = menu.chosen()?;
                self.over = None;
                Some(Wants::task(Task::done(chosen)))
            }
            Some(Over::Menu(menu)) => {
                menu.step(by);
                Some(Wants::none())
            }
            Some(Over::Switch(switch)) if by != 0 => {
                let (wants, _) = switch.update(switch::Message::Step(by), ctx);
                let laid = self.laid;
                Some(wants.map(move |it| Message::Over(laid, OverMessage::Switch(it))))
            }
            _ => None,
        }
    }
}

/// Whose address it is, by itself: what stands before an `@`, or after a long path, is made to be taken for it.
fn host(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("://") else { return address };
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    rest[..end].rsplit('@').next().unwrap_or_default()
}

fn rules() -> [(Rule, Icon, &'static str); 3] {
    [
        (Rule::All, Icon::Bell, "rule-set-all"),
        (Rule::Mentions, Icon::AtSign, "rule-set-mentions"),
        (Rule::Nothing, Icon::BellOff, "rule-set-nothing"),
    ]
}

fn delete_channel(channel: ChannelId, of: &Channel, ctx: &Ctx<'_>) -> Chosen {
    let head = ctx.w.with("channel-delete-head", &[("channel", of.name.as_str().into())]);
    let command = Command::DeleteChannel { channel };
    Chosen::Ask(head, ctx.w.get("channel-delete-words"), ctx.w.get("delete"), command)
}

#[cfg(test)]
mod tests {
    #[test]
    fn whose_an_address_is_stands_by_itself() {
        for (address, host) in [
            ("https://good.example/a/b?c#d", "good.example"),
            ("https://good.example@evil.example", "evil.example"),
            ("https://good.example:pass@evil.example:8080/@good.example", "evil.example:8080"),
            ("https://evil.example\\@good.example/", "evil.example"),
            ("https://evil.example?@good.example", "evil.example"),
            ("bivouac://join/abc", "join"),
        ] {
            assert_eq!(super::host(address), host, "{address}");
        }
    }
}
