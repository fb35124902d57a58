//! What is laid over the page: at most one thing at a time.

use std::path::PathBuf;

use bivouac_node::{
    UserId,
    core::{
        io::{Command, GuildView},
        model::{ChannelId, GuildId, Message as Said, MessageId},
    },
};
use iced::{
    Fill, Point,
    widget::{container, mouse_area, opaque, operation, pin, stack},
};

use super::{Home, Message, Side};
use crate::{
    intent::{Service, Tone, Wants},
    keymap::Act,
    screen::{
        Ctx,
        channel_settings::{self, ChannelSettings},
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
        guild_settings::{self, GuildSettings, Out},
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
    /// Choosing an emoji: for a message, or for what one writes; beside where the mouse was.
    Emoji(Picker, Option<Said>, Point),
    /// Who somebody is.
    Profile(UserId),
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
    /// Something of a menu.
    Menu(Chosen),
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
    /// What happens over the page.
    pub(super) fn over(&mut self, message: OverMessage, ctx: &Ctx<'_>) -> Wants<Message> {
        let view = self.view_of(ctx);
        let (wants, then) = match (message, &mut self.over) {
            (OverMessage::Close, _) => (Wants::none(), Then::Close),
            (OverMessage::Menu(chosen), _) => {
                self.over = None;
                return self.chosen(chosen, ctx);
            }
            (OverMessage::Add(message), Some(Over::Add(add))) => {
                let (wants, then) = add.update(message);
                (wants.map(|it| Message::Over(OverMessage::Add(it))), then)
            }
            (OverMessage::Invite(message), Some(Over::Invite(invite))) => {
                let (wants, then) = invite.update(message, ctx);
                (wants.map(|it| Message::Over(OverMessage::Invite(it))), then)
            }
            (OverMessage::Channel(message), Some(Over::Channel(create))) => {
                let (wants, then) = create.update(message);
                (wants.map(|it| Message::Over(OverMessage::Channel(it))), then)
            }
            (OverMessage::Viewer(message), Some(Over::Viewer(viewer))) => match message {
                viewer::Message::Save => {
                    let file = viewer.file().clone();
                    return self.save(file);
                }
                viewer::Message::Step(by) => {
                    viewer.step(by);
                    (Wants::none(), Then::Stay)
                }
                viewer::Message::Close => (Wants::none(), Then::Close),
            },
            (OverMessage::Switch(message), Some(Over::Switch(switch))) => {
                let (wants, then) = switch.update(message, ctx);
                (wants.map(|it| Message::Over(OverMessage::Switch(it))), then)
            }
            (OverMessage::Confirm(message), Some(Over::Confirm(confirm))) => {
                let (wants, then) = confirm.update(message);
                (wants.map(|it| Message::Over(OverMessage::Confirm(it))), then)
            }
            (OverMessage::Emoji(message), Some(Over::Emoji(picker, on, _))) => {
                let Some(chosen) = view.and_then(|view| picker.update(message, view, ctx)) else {
                    return Wants::none();
                };
                let on = on.take();
                self.over = None;
                return self.picked(&chosen, on);
            }
            (OverMessage::GuildSettings(message), Some(Over::GuildSettings(screen))) => {
                let (wants, out) = screen.update(message, ctx);
                let wants = wants.map(|it| Message::Over(OverMessage::GuildSettings(it)));
                match out {
                    Some(Out::Close) => (wants, Then::Close),
                    Some(Out::Choose) => return wants.and(Self::choose_picture()),
                    None => (wants, Then::Stay),
                }
            }
            (OverMessage::ChannelSettings(message), Some(Over::ChannelSettings(screen))) => {
                let (wants, then) = screen.update(message, ctx);
                (wants.map(|it| Message::Over(OverMessage::ChannelSettings(it))), then)
            }
            (OverMessage::Settings(message), Some(Over::Settings(settings))) => {
                let (wants, ask) = settings.update(message, ctx);
                let wants = wants.map(|it| Message::Over(OverMessage::Settings(it)));
                return ask.into_iter().fold(wants, |wants, ask| wants.and(self.asked(ask)));
            }
            (OverMessage::Doctor(message), Some(Over::Doctor(doctor))) => {
                let (wants, leaves) = doctor.update(message, ctx);
                let wants = wants.map(|it| Message::Over(OverMessage::Doctor(it)));
                return if leaves { wants.and(self.uncover()) } else { wants };
            }
            (OverMessage::Profile(message), Some(Over::Profile(_))) => return self.profile(&message, ctx),
            _ => (Wants::none(), Then::Stay),
        };
        if then == Then::Close { wants.and(self.uncover()) } else { wants }
    }

    fn picked(&mut self, emoji: &str, on: Option<Said>) -> Wants<Message> {
        let used = emoji.to_owned();
        let remember = Wants::prefer(move |prefs| prefs.use_emoji(&used));
        let put = match on {
            Some(said) => {
                let command = Command::React { message: said.id, emoji: emoji.to_owned(), on: true };
                Wants::run(command, |done| Message::Done(done.map(|_| ()).map_err(|error| error.to_string())))
            }
            None => self.insert(emoji),
        };
        put.and(remember)
    }

    fn profile(&mut self, message: &profile::Message, ctx: &Ctx<'_>) -> Wants<Message> {
        let (Some(view), Some(guild)) = (self.view_of(ctx), self.guild()) else { return Wants::none() };
        match message {
            profile::Message::Close => self.over = None,
            profile::Message::Mention(user) => {
                self.over = None;
                let words = format!("@{} ", view.name(user));
                return self.insert(&words);
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
                let focus = confirm.focus().map(|it| Message::Over(OverMessage::Confirm(it)));
                self.over = Some(Over::Confirm(confirm));
                return focus;
            }
            message => {
                return profile::update(message, ctx).map(|it| Message::Over(OverMessage::Profile(it)));
            }
        }
        Wants::none()
    }

    fn chosen(&mut self, chosen: Chosen, ctx: &Ctx<'_>) -> Wants<Message> {
        match chosen {
            Chosen::Of(side, id, of) => self.timeline(side, crate::screen::timeline::Message::Of(id, of), ctx),
            Chosen::Do(command) => {
                Wants::run(command, |done| Message::Done(done.map(|_| ()).map_err(|error| error.to_string())))
            }
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
                self.over = Some(Over::GuildSettings(Box::new(screen)));
                wants.map(|it| Message::Over(OverMessage::GuildSettings(it)))
            }
            Chosen::ChannelSettings(guild, channel) => {
                let (screen, wants) = ChannelSettings::new(guild, channel, ctx);
                self.over = Some(Over::ChannelSettings(Box::new(screen)));
                wants.map(|it| Message::Over(OverMessage::ChannelSettings(it)))
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
        let (leaves, wants) = match self.over.as_mut()? {
            Over::GuildSettings(screen) if act == Act::Read => (screen.escape(ctx) == Some(Out::Close), Wants::none()),
            Over::ChannelSettings(screen) if act == Act::Read => (screen.escape(ctx) == Then::Close, Wants::none()),
            Over::GuildSettings(screen) => {
                (false, screen.scroll(pages, ctx).map(|it| Message::Over(OverMessage::GuildSettings(it))))
            }
            Over::ChannelSettings(screen) => {
                (false, screen.scroll(pages, ctx).map(|it| Message::Over(OverMessage::ChannelSettings(it))))
            }
            _ => return None,
        };
        Some(if leaves { wants.and(self.uncover()) } else { wants })
    }

    /// Has the user choose a picture by looking at folders; [`Self::picture`] is told of it.
    fn choose_picture() -> Wants<Message> {
        Wants::desktop(Service::Picture)
    }

    /// A picture was chosen, or none: for whatever asked for it.
    pub fn picture(&mut self, picture: Option<PathBuf>, ctx: &Ctx<'_>) -> Wants<Message> {
        match (&mut self.over, picture) {
            (Some(Over::Settings(settings)), picture) => {
                settings.chosen(picture, ctx).map(|it| Message::Over(OverMessage::Settings(it)))
            }
            (Some(Over::GuildSettings(_)), Some(path)) => {
                self.over(OverMessage::GuildSettings(guild_settings::Message::Chosen(path)), ctx)
            }
            _ => Wants::none(),
        }
    }

    /// The guild that is settled changed.
    pub(super) fn resettle(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        match &mut self.over {
            Some(Over::GuildSettings(screen)) => {
                screen.refreshed(ctx).map(|it| Message::Over(OverMessage::GuildSettings(it)))
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
            return settings.turn(page).map(|it| Message::Over(OverMessage::Settings(it)));
        }
        let (settings, wants) = Settings::new(page);
        self.over = Some(Over::Settings(Box::new(settings)));
        wants.map(|it| Message::Over(OverMessage::Settings(it)))
    }

    /// The network doctor.
    pub(super) fn doctor(&mut self) -> Wants<Message> {
        let (doctor, wants) = Doctor::new();
        self.over = Some(Over::Doctor(doctor));
        wants.map(|it| Message::Over(OverMessage::Doctor(it)))
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
    pub(super) fn overlaid<'a>(
        &'a self,
        page: Element<'a, Message>,
        view: Option<&'a GuildView>,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let sleep = match self.over {
            None => Sleep::Awake,
            Some(Over::Settings(_) | Over::Doctor(_) | Over::GuildSettings(_) | Over::ChannelSettings(_)) => {
                Sleep::Sound
            }
            Some(_) => Sleep::Dozes,
        };
        let page: Element<'a, Message> = widget::asleep(page, sleep).into();
        let close = Message::Over(OverMessage::Close);
        let dialogue = |content: Element<'a, Message>| Some(content);
        let content = match (&self.over, view) {
            (None, _) => None,
            (Some(Over::Menu(menu)), _) => return menu.over(page, close, ctx),
            (Some(Over::Viewer(viewer)), _) => {
                let viewer = viewer.view(ctx).map(|it| Message::Over(OverMessage::Viewer(it)));
                return stack![page, opaque(viewer)].into();
            }
            (Some(Over::Emoji(picker, _, at)), Some(view)) => {
                let picker = picker.view(view, ctx).map(|it| Message::Over(OverMessage::Emoji(it)));
                let x = (at.x - 400.0).clamp(8.0, (ctx.size.width - 400.0).max(8.0));
                let y = (at.y - 440.0).clamp(8.0, (ctx.size.height - 440.0).max(8.0));
                let aside = mouse_area(container("").center(Fill)).on_press(close);
                return stack![page, opaque(aside), pin(opaque(picker)).x(x).y(y)].into();
            }
            (Some(Over::Settings(settings)), _) => {
                let settings = settings.view(ctx).map(|it| Message::Over(OverMessage::Settings(it)));
                return stack![page, opaque(settings)].into();
            }
            (Some(Over::Doctor(doctor)), _) => {
                let doctor = doctor.view(ctx).map(|it| Message::Over(OverMessage::Doctor(it)));
                return stack![page, opaque(doctor)].into();
            }
            (Some(Over::GuildSettings(screen)), _) => {
                let screen = screen.view(ctx).map(|it| Message::Over(OverMessage::GuildSettings(it)));
                return stack![page, opaque(screen)].into();
            }
            (Some(Over::ChannelSettings(screen)), _) => {
                let screen = screen.view(ctx).map(|it| Message::Over(OverMessage::ChannelSettings(it)));
                return stack![page, opaque(screen)].into();
            }
            (Some(Over::Add(add)), _) => dialogue(add.view(ctx).map(|it| Message::Over(OverMessage::Add(it)))),
            (Some(Over::Switch(switch)), _) => {
                dialogue(switch.view(ctx).map(|it| Message::Over(OverMessage::Switch(it))))
            }
            (Some(Over::Confirm(confirm)), _) => {
                dialogue(confirm.view(ctx).map(|it| Message::Over(OverMessage::Confirm(it))))
            }
            (Some(Over::Invite(invite)), Some(view)) => {
                dialogue(invite.view(view, ctx).map(|it| Message::Over(OverMessage::Invite(it))))
            }
            (Some(Over::Channel(create)), Some(view)) => {
                dialogue(create.view(view, ctx).map(|it| Message::Over(OverMessage::Channel(it))))
            }
            (Some(Over::Profile(user)), Some(view)) => {
                dialogue(profile::view(*user, view, ctx).map(|it| Message::Over(OverMessage::Profile(it))))
            }
            (Some(_), _) => None,
        };
        match content {
            Some(content) => widget::dialogue(page, content, close),
            // The same shape of the tree with and without a dialogue: what has the keyboard keeps it.
            None => stack![page].into(),
        }
    }
}
