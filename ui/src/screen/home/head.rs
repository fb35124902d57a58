//! The strip above what is said, and what has to be known before one reads on: who knocks, and how the network is.

use bivouac_node::{
    DeviceId,
    core::{
        io::{GuildView, Phase},
        model::{ChannelId, Permissions},
    },
};
use iced::{
    Center, Fill,
    widget::{column, container, row, text},
};

use crate::{
    prefs::Rule,
    screen::{Ctx, channels, message::shorten, panel::Panel},
    theme::{self, Element, STRONG, size, space},
    widget::{self, Icon, button, icon},
    world::{Knock, Shown as _},
};

/// What happens in it.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// Back to the list of channels, where there is no room for both.
    Back,
    /// Threads.
    Threads,
    /// Pins.
    Pins,
    /// What of the channel is told.
    Bell,
    /// Who is there.
    Members,
    /// Look for messages.
    Search,
    /// The network, at length.
    Doctor,
    /// Let in who knocks, or not.
    Answer(DeviceId, bool),
}

/// Draws the strip.
pub(super) fn view<'a>(
    view: &'a GuildView,
    here: Option<ChannelId>,
    (panel, members): (Option<&'a Panel>, bool),
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let mut line = row![].spacing(space::S).align_y(Center);
    if ctx.narrow() {
        line = line.push(widget::icon_button(Icon::ArrowLeft, ctx.w.get("back"), Message::Back));
    }
    if let Some((id, channel)) = here.and_then(|id| view.law.channels.get_key_value(&id)) {
        let name = widget::single(text(shorten(&channel.name, 60)).font(STRONG).size(size::BODY + 1.0));
        line = line.push(icon(channels::sign(channel), 20.0).style(theme::text::muted)).push(name);
        let whole = ctx.veil(&channel.topic);
        let topic = whole.lines().next().unwrap_or_default();
        if !topic.is_empty() && ctx.size.width >= 900.0 {
            let words = widget::single(text(shorten(topic, 160)).size(size::SMALL).style(theme::text::muted));
            let words = words.width(Fill);
            line = line.push(container(widget::push().width(1)).width(1).height(20).style(theme::container::banner));
            line = line.push(widget::tip_at(words, shorten(&whole, 1_024), iced::widget::tooltip::Position::Bottom));
        } else {
            line = line.push(widget::push());
        }
        let rule = ctx.prefs.notify.rule(view.guild, *id);
        let (bell, key) = match rule {
            Rule::All => (Icon::Bell, "rule-all"),
            Rule::Mentions => (Icon::AtSign, "rule-mentions"),
            Rule::Nothing => (Icon::BellOff, "rule-nothing"),
        };
        line = line
            .push(tool(
                Icon::MessagesSquare,
                ctx.w.get("threads"),
                Message::Threads,
                matches!(panel, Some(Panel::Threads(_))),
            ))
            .push(tool(Icon::Pin, ctx.w.get("pins"), Message::Pins, matches!(panel, Some(Panel::Pins(_)))))
            .push(tool(bell, ctx.w.with("rule-now", &[("rule", ctx.w.get(key).into())]), Message::Bell, false));
    } else {
        line = line.push(widget::push());
    }
    let line = line
        .push(ctx.roomy().then(|| tool(Icon::Users, ctx.w.get("members"), Message::Members, members)))
        .push(tool(Icon::Search, ctx.w.get("search"), Message::Search, matches!(panel, Some(Panel::Search(_)))));
    container(line).height(channels::HEAD).align_y(Center).padding([0.0, space::L]).width(Fill).into()
}

fn tool<'a>(sign: Icon, words: String, message: Message, on: bool) -> Element<'a, Message> {
    let press = button(icon(sign, 20.0)).padding(space::S - 2.0).style(theme::button::row(on, on));
    widget::tip_at(press.on_press(message), words, iced::widget::tooltip::Position::Bottom)
}

/// What has to be known: that nobody is there, that much is still missing, that one is no member.
pub(super) fn banner<'a>(view: &'a GuildView, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
    // Who knocks waits two minutes; everything else can wait for them.
    if let Some(knock) = ctx.world.knocks.first() {
        return Some(knocking(knock, view, ctx));
    }
    if !view.law.members.contains_key(&view.me) {
        return Some(strip(Icon::DoorOpen, ctx.w.get("banner-left"), None, theme::text::warning));
    }
    if let Some(sync) = ctx.world.syncing.get(&view.guild).filter(|sync| !sync.stands) {
        let key = match sync.phase {
            Phase::Law => "banner-sync-law",
            Phase::Recent => "banner-sync-recent",
            Phase::History => "banner-sync-history",
        };
        let words = ctx.w.with(key, &[("have", sync.have.into()), ("want", sync.want.into())]);
        return Some(strip(Icon::RefreshCw, words, None, theme::text::accent));
    }
    let others = view.law.members.len().saturating_sub(1);
    let there = view.online.iter().filter(|user| **user != view.me).count();
    if others > 0 && there == 0 {
        let words = ctx.w.with("banner-island", &[("count", others.into())]);
        let doctor = (ctx.w.get("banner-why"), Message::Doctor);
        return Some(strip(Icon::WifiOff, words, Some(doctor), theme::text::warning));
    }
    None
}

/// Somebody at the door. One can only be let into a guild that is open, and into which one may invite.
fn knocking<'a>(knock: &'a Knock, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let may = view.may_anywhere(Permissions::CREATE_INVITE);
    let key = if may { "banner-knock" } else { "banner-knock-elsewhere" };
    let who = crate::text::name(&knock.name);
    let place = [("who", who.into()), ("guild", view.law.name.as_str().into())];
    let words = text(ctx.w.with(key, &place)).size(size::SMALL);
    let says = knock.text.as_deref().map(|says| widget::hint(format!("“{}”", shorten(&ctx.veil(says), 200))));
    let let_in = may.then(|| widget::primary(ctx.w.get("let-in"), Some(Message::Answer(knock.device, true))));
    let line = row![icon(Icon::DoorOpen, 16.0).style(theme::text::accent), column![words].push(says).width(Fill)]
        .push(widget::secondary(ctx.w.get("turn-away"), Some(Message::Answer(knock.device, false))))
        .push(let_in)
        .spacing(space::M)
        .align_y(Center);
    container(line).padding([space::S, space::L]).width(Fill).style(theme::container::banner).into()
}

fn strip<'a>(
    sign: Icon,
    words: String,
    act: Option<(String, Message)>,
    style: fn(&theme::Theme) -> iced::widget::text::Style,
) -> Element<'a, Message> {
    let mut line = row![icon(sign, 16.0).style(style), text(words).size(size::SMALL).width(Fill)]
        .spacing(space::M)
        .align_y(Center);
    if let Some((words, message)) = act {
        let press = button(text(words).font(theme::MEDIUM).size(size::SMALL)).padding([space::XS, space::M]);
        line = line.push(press.style(theme::button::secondary).on_press(message));
    }
    container(line).padding([space::S, space::L]).width(Fill).style(theme::container::banner).into()
}
