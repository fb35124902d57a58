//! What is laid over the page: at most one thing at a time.

use std::path::PathBuf;

use bivouac_node::{
    UserId,
    core::{
        io::{Command, GuildView, Reply},
        mention::Mention,
        model::{ChannelId, GuildId, Message as Said, MessageId},
    },
};
use iced::{
    Fill, Point,
    widget::{container, mouse_area, opaque, operation, pin, stack},
};

use super::{Home, Message, Side};
use crate::{
    fault::Fault,
    intent::{Depicts, Service, Tone, Wants},
    keymap::Act,
    screen::{
        Ctx,
        channel_settings::{self, ChannelSettings},
        composer::Target,
        dialog::{
            Then, add, channel,
            confirm::{self, Confirm},
            emoji::{self, Picker},
            invite::{self, Invite},
            menu::Menu,
            profile::{self, Moderation},
            switch::{self, Switch},
            viewer::{self, Viewer},
        },
        doctor::{self, Doctor},
        guild_settings::{self, GuildSettings, Out, Picture},
        message,
        settings::{self, Settings},
    },
    theme::Element,
    widget::{self, Sleep},
    world::Shown as _,
};

/// What is laid over the page.
pub enum Over {
    /// What can be done with something.
    Menu(Menu<Message>),
    /// Another guild.
    Add(add::Add),
    /// Inviting people.
    Invite(Box<Invite>),
    /// A new channel.
    Channel(channel::Create),
    /// A picture.
    Viewer(Viewer),
    /// Finding a place.
    Switch(Switch),
    /// Choosing an emoji, beside where the mouse was.
    Emoji(Picker, For, Point),
    /// Who somebody is in a guild.
    Profile(GuildId, UserId),
    /// Are you sure?
    Confirm(Confirm),
    /// What is settled in a guild.
    GuildSettings(Box<GuildSettings>),
    /// What is settled in a channel.
    ChannelSettings(Box<ChannelSettings>),
    /// The user's settings.
    Settings(Box<Settings>),
    /// The network doctor.
    Doctor(Doctor),
}

/// What an emoji is chosen for.
pub enum For {
    /// To be put on a message.
    Message(Box<Said>),
    /// To be written there.
    Draft(Target),
}

impl For {
    /// The guild whose own ones can be chosen.
    pub(super) fn guild<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a GuildView> {
        let view = match self {
            Self::Message(said) => ctx.world.guild(said.guild),
            Self::Draft(target) => ctx.world.guild_of(target.channel),
        };
        view.map(|view| &**view)
    }
}

/// What happens over the page.
#[derive(Clone, Debug)]
pub enum OverMessage {
    /// It goes.
    Close,
    /// Another guild.
    Add(add::Message),
    /// Inviting people.
    Invite(invite::Message),
    /// A new channel.
    Channel(channel::Message),
    /// A picture.
    Viewer(viewer::Message),
    /// Finding a place.
    Switch(switch::Message),
    /// Choosing an emoji.
    Emoji(emoji::Message),
    /// Who somebody is.
    Profile(profile::Message),
    /// Are you sure?
    Confirm(confirm::Message),
    /// What is settled in a guild.
    GuildSettings(guild_settings::Message),
    /// What is settled in a channel.
    ChannelSettings(channel_settings::Message),
    /// The user's settings.
    Settings(settings::Message),
    /// The network doctor.
    Doctor(doctor::Message),
}

/// What a menu's entry does, where it is more than what can be done elsewhere too.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// Something of a message.
    Of(Side, MessageId, message::Message),
    /// A command.
    Do(Command),
    /// Ask before a command: head, words, what it does.
    Ask(String, String, String, Command),
    /// Copy something.
    Copy(String),
    /// Follow an address.
    Follow(String),
    /// Guilds stand together.
    Folder(GuildId),
    /// A guild stands alone.
    Alone(GuildId),
    /// What of a guild or a channel is told.
    Rule(bool, String, crate::prefs::Rule),
    /// Something of the list of channels.
    Channels(crate::screen::channels::Message),
    /// What is settled in a guild.
    GuildSettings(GuildId),
    /// What is settled in a channel.
    ChannelSettings(GuildId, ChannelId),
}

impl Home {
    /// What happens over the page, in what was laid there so many times.
    pub(super) fn over(&mut self, laid: u64, message: OverMessage, ctx: &Ctx<'_>) -> Wants<Message> {
        // The user's own settings are the same each time.
        if laid != self.laid && !matches!(message, OverMessage::Settings(_)) || self.over.is_none() {
            return self.late(message);
        }
        let over = move |it| Message::Over(laid, it);
        let (wants, then) = match (message, &mut self.over) {
            (OverMessage::Close, _) => (Wants::none(), Then::Close),
            (OverMessage::Add(message), Some(Over::Add(add))) => {
                let (wants, then) = add.update(message);
                (wants.map(OverMessage::Add).map(over), then)
            }
            (OverMessage::Invite(message), Some(Over::Invite(invite))) => {
                let (wants, then) = invite.update(message, ctx);
                (wants.map(OverMessage::Invite).map(over), then)
            }
            (OverMessage::Channel(message), Some(Over::Channel(create))) => {
                let (wants, then) = create.update(message);
                (wants.map(OverMessage::Channel).map(over), then)
            }
            (OverMessage::Viewer(message), Some(Over::Viewer(viewer))) => match message {
                viewer::Message::Save => {
                    let file = viewer.file().clone();
                    return self.save(file);
                }
                viewer::Message::Copy => {
                    let file = viewer.file().id;
                    viewer.copy();
                    let read = Wants::work(move |node| async move {
                        let read = node.read_file(file, crate::pictures::FILE_MAX).await;
                        Message::Copy(file, read.map_err(Fault::from))
                    });
                    (read, Then::Stay)
                }
                viewer::Message::Step(by) => {
                    viewer.step(by);
                    (Wants::none(), Then::Stay)
                }
                viewer::Message::Close => (Wants::none(), Then::Close),
            },
            (OverMessage::Switch(message), Some(Over::Switch(switch))) => {
                let (wants, then) = switch.update(message, ctx);
                (wants.map(OverMessage::Switch).map(over), then)
            }
            (OverMessage::Confirm(message), Some(Over::Confirm(confirm))) => {
                let (wants, then) = confirm.update(message);
                (wants.map(OverMessage::Confirm).map(over), then)
            }
            (OverMessage::Emoji(message), Some(Over::Emoji(picker, on, _))) => {
                return match on.guild(ctx).and_then(|view| picker.update(message, view, ctx)) {
                    Some(chosen) => self.picked(&chosen),
                    None => picker.focus().map(OverMessage::Emoji).map(over),
                };
            }
            (OverMessage::GuildSettings(message), Some(Over::GuildSettings(screen))) => {
                let (wants, out) = screen.update(message, ctx);
                let wants = wants.map(OverMessage::GuildSettings).map(over);
                match out {
                    Some(Out::Close) => (wants, Then::Close),
                    Some(Out::Choose(picture)) => {
                        let of = match picture {
                            Picture::Icon => Depicts::Guild(screen.guild()),
                            Picture::Emoji => Depicts::Emoji(screen.guild()),
                        };
                        return wants.and(Wants::desktop(Service::Picture(of)));
                    }
                    None => (wants, Then::Stay),
                }
            }
            (OverMessage::ChannelSettings(message), Some(Over::ChannelSettings(screen))) => {
                let (wants, then) = screen.update(message, ctx);
                (wants.map(OverMessage::ChannelSettings).map(over), then)
            }
            (OverMessage::Settings(message), Some(Over::Settings(settings))) => {
                let (wants, ask) = settings.update(message, ctx);
                let wants = wants.map(OverMessage::Settings).map(over);
                return ask.into_iter().fold(wants, |wants, ask| wants.and(self.asked(ask)));
            }
            (OverMessage::Doctor(message), Some(Over::Doctor(doctor))) => {
                let (wants, leaves) = doctor.update(message, ctx);
                let wants = wants.map(OverMessage::Doctor).map(over);
                return if leaves { wants.and(self.uncover()) } else { wants };
            }
            (OverMessage::Profile(message), Some(Over::Profile(guild, _))) => {
                let guild = *guild;
                return self.profile(guild, &message, ctx);
            }
            _ => (Wants::none(), Then::Stay),
        };
        if then == Then::Close { wants.and(self.uncover()) } else { wants }
    }

    /// An answer to what is not there any more: what went wrong is said, and an open door is not passed by.
    fn late(&mut self, message: OverMessage) -> Wants<Message> {
        let why = match message {
            OverMessage::Add(add::Message::Let(Ok(Reply::Invited { link, .. }))) if self.over.is_none() => {
                return self.add(add::Page::Join, link);
            }
            OverMessage::Add(add::Message::Let(Ok(_))) => Fault::of("let-in-late"),
            OverMessage::Add(add::Message::Let(Err(error)))
            | OverMessage::Invite(invite::Message::Made(_, Err(error)))
            | OverMessage::Channel(channel::Message::Done(Err(error))) => error.into(),
            OverMessage::Add(add::Message::Done(Err(why)))
            | OverMessage::Confirm(confirm::Message::Done(_, Err(why)))
            | OverMessage::Profile(profile::Message::Done(Err(why)))
            | OverMessage::GuildSettings(
                guild_settings::Message::Done(Err(why)) | guild_settings::Message::Taken(Err(why)),
            )
            | OverMessage::ChannelSettings(channel_settings::Message::Done(Err(why))) => why,
            _ => return Wants::none(),
        };
        Wants::fail(why)
    }

    fn picked(&mut self, emoji: &str) -> Wants<Message> {
        let used = emoji.to_owned();
        let remember = Wants::prefer(move |prefs| prefs.use_emoji(&used));
        let put = match self.over.take() {
            Some(Over::Emoji(_, For::Message(said), _)) => {
                let command = Command::React { message: said.id, emoji: emoji.to_owned(), on: true };
                Wants::run(command, |done| Message::Done(done.map(|_| ()).map_err(Fault::from)))
            }
            Some(Over::Emoji(_, For::Draft(target), _)) => self.insert(target, emoji),
            _ => Wants::none(),
        };
        put.and(remember)
    }

    fn profile(&mut self, guild: GuildId, message: &profile::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(view) = ctx.world.guild(guild) else { return Wants::none() };
        match message {
            profile::Message::Close => self.over = None,
            profile::Message::Mention(user) => {
                self.over = None;
                let written = crate::text::wire::written(Mention::User(*user), ctx.world.names(guild));
                // In another guild they would not be called on.
                let here = self.guild() == Some(guild);
                let target = self.writing().filter(|_| here).map(|composer| composer.target());
                let words = target.zip(written);
                return words.map_or_else(Wants::none, |(target, words)| self.insert(target, &(words + " ")));
            }
            profile::Message::Ask(what, user) => {
                let (user, who) = (*user, message::shorten(&view.name(user), 64));
                let place = [("who", who.into())];
                let (head, words, act, command) = match what {
                    Moderation::Kick => {
                        ("kick-head", "kick-words", "kick", Command::Kick { guild, user, reason: None })
                    }
                    Moderation::Ban => ("ban-head", "ban-words", "ban", Command::Ban { guild, user, reason: None }),
                    Moderation::Timeout => {
                        let command = Command::Timeout { guild, user, for_ms: 3_600_000, reason: None };
                        ("timeout-head", "timeout-words", "timeout", command)
                    }
                };
                let confirm = Confirm::new(ctx.w.with(head, &place), ctx.w.get(words), ctx.w.get(act), command);
                let focus = confirm.focus().map(OverMessage::Confirm);
                return self.put(Over::Confirm(confirm), focus);
            }
            message => {
                let laid = self.laid;
                return profile::update(message, ctx).map(move |it| Message::Over(laid, OverMessage::Profile(it)));
            }
        }
        Wants::none()
    }

    pub(super) fn chosen(&mut self, chosen: Chosen, ctx: &Ctx<'_>) -> Wants<Message> {
        match chosen {
            Chosen::Of(side, id, of) => self.timeline(side, crate::screen::timeline::Message::Of(id, of), ctx),
            Chosen::Do(command) => Wants::run(command, |done| Message::Done(done.map(|_| ()).map_err(Fault::from))),
            Chosen::Ask(head, words, act, command) => self.lay(Over::Confirm(Confirm::new(head, words, act, command))),
            Chosen::Copy(words) => {
                Wants::task(iced::clipboard::write(words)).and(Wants::say(Tone::Good, ctx.w.get("copied")))
            }
            Chosen::Follow(address) => self.follow(&address),
            Chosen::Folder(guild) => {
                let name = ctx.w.get("folder");
                Wants::prefer(move |prefs| crate::screen::rail::put_in_folder(&mut prefs.rail, guild, name))
            }
            Chosen::Alone(guild) => Wants::prefer(move |prefs| crate::screen::rail::take_out(&mut prefs.rail, guild)),
            Chosen::Rule(of_guild, id, rule) => Wants::prefer(move |prefs| {
                let rules = if of_guild { &mut prefs.notify.guilds } else { &mut prefs.notify.channels };
                rules.insert(id, rule);
            }),
            Chosen::Channels(message) => self.channels(message, ctx),
            Chosen::GuildSettings(guild) => {
                let (screen, wants) = GuildSettings::new(guild, guild_settings::Page::Overview, ctx);
                self.put(Over::GuildSettings(Box::new(screen)), wants.map(OverMessage::GuildSettings))
            }
            Chosen::ChannelSettings(guild, channel) => {
                let (screen, wants) = ChannelSettings::new(guild, channel, ctx);
                self.put(Over::ChannelSettings(Box::new(screen)), wants.map(OverMessage::ChannelSettings))
            }
        }
    }

    /// What a chord does in a screen that is laid over the whole window; nothing where there is none.
    pub(super) fn settled(&mut self, act: Act, ctx: &Ctx<'_>) -> Option<Wants<Message>> {
        let pages = match act {
            Act::PageUp => -0.9,
            Act::PageDown => 0.9,
            _ => 0.0,
        };
        let laid = self.laid;
        let (leaves, wants) = match self.over.as_mut()? {
            Over::GuildSettings(screen) if act == Act::Read => (screen.escape(ctx) == Some(Out::Close), Wants::none()),
            Over::ChannelSettings(screen) if act == Act::Read => (screen.escape(ctx) == Then::Close, Wants::none()),
            Over::GuildSettings(screen) => {
                (false, screen.scroll(pages, ctx).map(move |it| Message::Over(laid, OverMessage::GuildSettings(it))))
            }
            Over::ChannelSettings(screen) => {
                (false, screen.scroll(pages, ctx).map(move |it| Message::Over(laid, OverMessage::ChannelSettings(it))))
            }
            _ => return None,
        };
        Some(if leaves { wants.and(self.uncover()) } else { wants })
    }

    /// A picture was chosen, or none: for whatever asked for it, if that is still there.
    pub fn picture(&mut self, of: Depicts, picture: Option<PathBuf>, ctx: &Ctx<'_>) -> Wants<Message> {
        let laid = self.laid;
        let message = match (&mut self.over, of, picture) {
            (Some(Over::Settings(settings)), Depicts::Me, picture) => {
                let chosen = settings.chosen(picture, ctx);
                return chosen.map(move |it| Message::Over(laid, OverMessage::Settings(it)));
            }
            (Some(Over::GuildSettings(screen)), Depicts::Guild(guild), Some(path)) if screen.guild() == guild => {
                guild_settings::Message::Chosen(Picture::Icon, path)
            }
            (Some(Over::GuildSettings(screen)), Depicts::Emoji(guild), Some(path)) if screen.guild() == guild => {
                guild_settings::Message::Chosen(Picture::Emoji, path)
            }
            _ => return Wants::none(),
        };
        self.over(laid, OverMessage::GuildSettings(message), ctx)
    }

    /// A file was dropped on what is laid over the page: where there is no chooser, that is how one chooses.
    pub(super) fn dropped_over(&mut self, path: PathBuf, ctx: &Ctx<'_>) -> Wants<Message> {
        let of = match &self.over {
            Some(Over::Settings(settings)) if settings.page() == settings::Page::Profile => Depicts::Me,
            Some(Over::GuildSettings(screen)) => match screen.page() {
                guild_settings::Page::Overview => Depicts::Guild(screen.guild()),
                guild_settings::Page::Emoji => Depicts::Emoji(screen.guild()),
                _ => return Wants::none(),
            },
            _ => return Wants::none(),
        };
        self.picture(of, Some(path), ctx)
    }

    /// The guild that is settled changed.
    pub(super) fn resettle(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        let laid = self.laid;
        match &mut self.over {
            Some(Over::GuildSettings(screen)) => {
                screen.refreshed(ctx).map(move |it| Message::Over(laid, OverMessage::GuildSettings(it)))
            }
            Some(Over::ChannelSettings(screen)) => {
                screen.refreshed(ctx);
                Wants::none()
            }
            _ => Wants::none(),
        }
    }

    /// The settings, at a page.
    pub(super) fn settings(&mut self, page: settings::Page) -> Wants<Message> {
        if let Some(Over::Settings(settings)) = &mut self.over {
            let laid = self.laid;
            return settings.turn(page).map(move |it| Message::Over(laid, OverMessage::Settings(it)));
        }
        let (settings, wants) = Settings::new(page);
        self.put(Over::Settings(Box::new(settings)), wants.map(OverMessage::Settings))
    }

    /// The network doctor.
    pub(super) fn doctor(&mut self) -> Wants<Message> {
        let (doctor, wants) = Doctor::new();
        self.put(Over::Doctor(doctor), wants.map(OverMessage::Doctor))
    }

    /// Something of mine covers the whole window.
    pub(super) fn covered(&self) -> bool {
        matches!(self.over, Some(Over::Settings(_) | Over::Doctor(_)))
    }

    /// What was over the page goes.
    pub(super) fn uncover(&mut self) -> Wants<Message> {
        self.over = None;
        match self.writing() {
            Some(composer) => Wants::task(operation::focus(composer.id())),
            None => Wants::none(),
        }
    }

    /// Does what the settings can't.
    fn asked(&mut self, ask: settings::Ask) -> Wants<Message> {
        match ask {
            settings::Ask::Close => self.uncover(),
            settings::Ask::Doctor => self.doctor(),
        }
    }

    /// Draws what is laid over the page.
    pub(super) fn overlaid<'a>(&'a self, page: Element<'a, Message>, ctx: Ctx<'a>) -> Element<'a, Message> {
        let sleep = match self.over {
            None => Sleep::Awake,
            Some(Over::Settings(_) | Over::Doctor(_) | Over::GuildSettings(_) | Over::ChannelSettings(_)) => {
                Sleep::Sound
            }
            Some(_) => Sleep::Dozes,
        };
        let page: Element<'a, Message> = widget::asleep(page, sleep).into();
        let laid = self.laid;
        let over = move |it| Message::Over(laid, it);
        let close = Message::Over(laid, OverMessage::Close);
        let content = match &self.over {
            None => None,
            Some(Over::Menu(menu)) => return menu.over(page, close, ctx),
            Some(Over::Viewer(viewer)) => {
                let viewer = viewer.view(ctx).map(OverMessage::Viewer).map(over);
                return stack![page, opaque(viewer)].into();
            }
            Some(Over::Emoji(picker, on, at)) => {
                let Some(view) = on.guild(&ctx) else { return stack![page].into() };
                let picker = picker.view(view, ctx).map(OverMessage::Emoji).map(over);
                let x = (at.x - 400.0).clamp(8.0, (ctx.size.width - 400.0).max(8.0));
                let y = (at.y - 440.0).clamp(8.0, (ctx.size.height - 440.0).max(8.0));
                let aside = mouse_area(container("").center(Fill)).on_press(close);
                return stack![page, opaque(aside), pin(opaque(picker)).x(x).y(y)].into();
            }
            Some(Over::Settings(settings)) => {
                let settings = settings.view(ctx).map(OverMessage::Settings).map(over);
                return stack![page, opaque(settings)].into();
            }
            Some(Over::Doctor(doctor)) => {
                let doctor = doctor.view(ctx).map(OverMessage::Doctor).map(over);
                return stack![page, opaque(doctor)].into();
            }
            Some(Over::GuildSettings(screen)) => {
                let screen = screen.view(ctx).map(OverMessage::GuildSettings).map(over);
                return stack![page, opaque(screen)].into();
            }
            Some(Over::ChannelSettings(screen)) => {
                let screen = screen.view(ctx).map(OverMessage::ChannelSettings).map(over);
                return stack![page, opaque(screen)].into();
            }
            Some(Over::Add(add)) => Some(add.view(ctx).map(OverMessage::Add).map(over)),
            Some(Over::Switch(switch)) => Some(switch.view(ctx).map(OverMessage::Switch).map(over)),
            Some(Over::Confirm(confirm)) => Some(confirm.view(ctx).map(OverMessage::Confirm).map(over)),
            // Each is about a guild of its own, wherever one is by now.
            Some(Over::Invite(invite)) => {
                let view = ctx.world.guild(invite.guild());
                view.map(|view| invite.view(view, ctx).map(OverMessage::Invite).map(over))
            }
            Some(Over::Channel(create)) => {
                let view = ctx.world.guild(create.guild());
                view.map(|view| create.view(view, ctx).map(OverMessage::Channel).map(over))
            }
            Some(Over::Profile(guild, user)) => {
                let view = ctx.world.guild(*guild);
                view.map(|view| profile::view(*user, view, ctx).map(OverMessage::Profile).map(over))
            }
        };
        match content {
            Some(content) => widget::dialogue(page, content, close),
            // The same shape of the tree with and without a dialogue: what has the keyboard keeps it.
            None => stack![page].into(),
        }
    }
}
