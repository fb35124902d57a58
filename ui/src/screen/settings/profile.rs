//! Who one is: name, id, devices, and the picture that stands for oneself in every guild.

use std::path::PathBuf;

use bivouac_node::core::model::GuildId;
use iced::{
    Center, Fill,
    widget::{column, container, row, text},
};

use super::secret::{self, Secret};
use crate::{
    avatar,
    fault::Fault,
    intent::{Depicts, Service, Tone, Wants},
    screen::{Ctx, face_of, message::shorten},
    theme::{self, Element, MEDIUM, MONO, STRONG, size, space},
    widget::{self, Icon, form, icon},
    world::Shown as _,
};

/// What is being changed.
#[derive(Debug, Default)]
pub struct Profile {
    path: String,
    under_way: bool,
    fault: Option<Fault>,
    secret: Secret,
}

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Copy the user's id.
    CopyId,
    /// A path was typed.
    Path(String),
    /// Let a picture be chosen.
    Choose,
    /// One was chosen, or none.
    Chosen(Option<PathBuf>),
    /// Take the picture of this path.
    Use,
    /// No picture any more.
    Remove,
    /// The passphrase.
    Secret(secret::Message),
    /// It is set, or not.
    Set(Option<PathBuf>, Result<(), Fault>),
}

/// Guilds that one is in.
fn guilds(ctx: &Ctx<'_>) -> Vec<GuildId> {
    ctx.world.guilds.iter().filter(|view| view.am_in()).map(|view| view.guild).collect()
}

impl Profile {
    /// Asks what the page tells.
    pub fn look() -> Wants<Message> {
        Secret::look().map(Message::Secret)
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            Message::CopyId => {
                let Some(me) = &ctx.world.me else { return Wants::none() };
                return Wants::task(iced::clipboard::write(me.user.to_string()))
                    .and(Wants::say(Tone::Good, ctx.w.get("copied")));
            }
            Message::Secret(message) => return self.secret.update(message, ctx).map(Message::Secret),
            Message::Path(path) => (self.path, self.fault) = (path, None),
            Message::Choose => return Wants::desktop(Service::Picture(Depicts::Me)),
            Message::Chosen(None) => {}
            Message::Chosen(Some(path)) => return self.set(Some(path), ctx),
            Message::Use if self.path.trim().is_empty() => {}
            Message::Use => return self.set(Some(home(self.path.trim())), ctx),
            Message::Remove => return self.set(None, ctx),
            Message::Set(picture, Ok(())) => {
                self.under_way = false;
                self.path.clear();
                let words = if picture.is_some() { "profile-avatar-set" } else { "profile-avatar-removed" };
                return Wants::prefer(move |prefs| prefs.avatar = picture)
                    .and(Wants::say(Tone::Good, ctx.w.get(words)));
            }
            Message::Set(_, Err(why)) => (self.under_way, self.fault) = (false, Some(why)),
        }
        Wants::none()
    }

    fn set(&mut self, picture: Option<PathBuf>, ctx: &Ctx<'_>) -> Wants<Message> {
        if self.under_way {
            return Wants::none();
        }
        (self.under_way, self.fault) = (true, None);
        let guilds = guilds(ctx);
        Wants::work(move |node| async move {
            let done = avatar::set(node, guilds, picture.clone()).await;
            Message::Set(picture, done.map_err(Fault::from))
        })
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut whole = column![].spacing(space::XXL);
        if let Some(me) = &ctx.world.me {
            whole = whole
                .push(who(me, ctx))
                .push(form::part(ctx.w.get("profile-avatar"), self.avatar(ctx)))
                .push(form::part(ctx.w.get("profile-devices"), devices(me, ctx)))
                .push(form::part(ctx.w.get("secret"), self.secret.view(ctx).map(Message::Secret)));
        }
        whole.into()
    }

    fn avatar<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let free = |message| (!self.under_way).then_some(message);
        let example = ctx.w.get("profile-avatar-example");
        let line = widget::line(&example, &self.path, Message::Path).on_submit(Message::Use);
        let line = line.secure(ctx.prefs.streamer);
        let take = widget::primary(ctx.w.get("profile-avatar-use"), None);
        let take = take.on_press_maybe(free(Message::Use).filter(|_| !self.path.trim().is_empty()));
        let choose = widget::secondary(ctx.w.get("profile-avatar-choose"), None);
        let choose = choose.on_press_maybe(free(Message::Choose));
        let has = ctx.prefs.avatar.is_some() || ctx.world.guilds.iter().any(|view| face_of(view, &view.me).0.is_some());
        let remove = widget::secondary(ctx.w.get("profile-avatar-remove"), None);
        let remove = has.then(|| remove.on_press_maybe(free(Message::Remove)));
        let state = self.under_way.then(|| widget::hint(ctx.w.get("profile-avatar-working")));
        column![
            widget::hint(ctx.w.get("profile-avatar-hint")),
            row![line, take].spacing(space::S).align_y(Center),
            row![choose].push(remove).push(state).spacing(space::S).align_y(Center),
        ]
        .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
        .spacing(space::M)
        .into()
    }
}

/// `~` is the home folder, as everywhere a path is typed.
fn home(path: &str) -> PathBuf {
    let under = path.strip_prefix("~/").zip(directories::UserDirs::new());
    under.map_or_else(|| PathBuf::from(path), |(rest, dirs)| dirs.home_dir().join(rest))
}

fn who<'a>(me: &'a bivouac_node::Profile, ctx: Ctx<'a>) -> Element<'a, Message> {
    let mut faces = ctx.world.guilds.iter().map(|view| face_of(view, &me.user));
    let (face, seed) = faces.find(|(face, _)| face.is_some()).unwrap_or((None, me.user.0[0]));
    let name = text(shorten(&me.name, 64)).font(STRONG).size(size::HEADING).wrapping(text::Wrapping::WordOrGlyph);
    let id = text(ctx.private(me.user)).font(MONO).size(size::CAPTION).wrapping(text::Wrapping::Glyph);
    let copy = widget::icon_button(Icon::Copy, ctx.w.get("copy-id"), Message::CopyId);
    let id = row![id.style(theme::text::muted).width(Fill), copy].spacing(space::S).align_y(Center);
    let words = column![name, widget::hint(ctx.w.get("profile-name-hint")), id].spacing(space::XS).width(Fill);
    let line = row![widget::face(ctx.pictures, face, &me.name, seed, 80.0), words].spacing(space::XL).align_y(Center);
    container(line).padding(space::XL).width(Fill).style(theme::container::card).into()
}

fn devices<'a>(me: &'a bivouac_node::Profile, ctx: Ctx<'a>) -> Element<'a, Message> {
    let each = me.devices.iter().map(|(device, name)| {
        let here = *device == me.device;
        let name =
            text(shorten(&ctx.device(name), 64)).font(MEDIUM).size(size::BODY).wrapping(text::Wrapping::WordOrGlyph);
        let id = ctx.private(device);
        let id = text(id).font(MONO).size(size::CAPTION).wrapping(text::Wrapping::Glyph).style(theme::text::faint);
        let mark = here.then(|| widget::pill(ctx.w.get("profile-this-device")));
        row![icon(Icon::Laptop, 20.0).style(theme::text::muted), column![name, id].spacing(2).width(Fill)]
            .push(mark)
            .spacing(space::M)
            .align_y(Center)
            .into()
    });
    form::card(each)
}
