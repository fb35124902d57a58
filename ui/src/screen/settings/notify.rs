//! What is told while one does something else.

use bivouac_node::core::model::{ChannelId, GuildId};
use iced::{
    Center, Fill,
    widget::{column, row, text},
};

use crate::{
    intent::Wants,
    prefs::{Prefs, Rule},
    screen::{Ctx, channels, message::shorten},
    theme::{self, Element, MEDIUM, size, space},
    widget::{Icon, form, hint, icon, icon_button, push},
};

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Whether anything is told at all.
    On(bool),
    /// Whether what was said is shown.
    Preview(bool),
    /// Do not disturb.
    Quiet(bool),
    /// Whether closing the window leaves the app in the tray.
    Tray(bool),
    /// A guild is told of as usual again, by its id.
    Guild(String),
    /// Likewise a channel.
    Channel(String),
}

/// What happens.
pub fn update(message: Message) -> Wants<Message> {
    let change: Box<dyn FnOnce(&mut Prefs) + Send> = match message {
        Message::On(on) => Box::new(move |prefs| prefs.notify.on = on),
        Message::Preview(on) => Box::new(move |prefs| prefs.notify.preview = on),
        Message::Quiet(on) => Box::new(move |prefs| prefs.notify.quiet = on),
        Message::Tray(on) => Box::new(move |prefs| prefs.notify.tray = on),
        Message::Guild(id) => Box::new(move |prefs| _ = prefs.notify.guilds.remove(&id)),
        Message::Channel(id) => Box::new(move |prefs| _ = prefs.notify.channels.remove(&id)),
    };
    Wants::prefer(change)
}

/// Draws it.
pub fn view<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let notify = &ctx.prefs.notify;
    let switch = |name: &str, hint: &str, on, message| form::switch(ctx.w.get(name), ctx.w.get(hint), on, message);
    let switches = form::card([
        switch("notify-on", "notify-on-hint", notify.on, Message::On(!notify.on)),
        switch("notify-preview", "notify-preview-hint", notify.preview, Message::Preview(!notify.preview)),
        switch("notify-quiet", "notify-quiet-hint", notify.quiet, Message::Quiet(!notify.quiet)),
        switch("notify-tray", "notify-tray-hint", notify.tray, Message::Tray(!notify.tray)),
    ]);
    let rules = rules(ctx);
    let list = if rules.is_empty() { hint(ctx.w.get("notify-rules-none")).into() } else { form::card(rules) };
    let usual = hint(ctx.w.get("notify-rules-hint"));
    let rules = form::part(ctx.w.get("notify-rules"), column![usual, list].spacing(space::M));
    column![switches, rules].spacing(space::XXL).into()
}

/// Guilds and channels that are told of otherwise than usual.
fn rules<'a>(ctx: Ctx<'a>) -> Vec<Element<'a, Message>> {
    let notify = &ctx.prefs.notify;
    let mut lines = Vec::new();
    for (id, rule) in notify.guilds.iter().filter(|(_, rule)| **rule != Rule::default()) {
        let view = id.parse::<GuildId>().ok().and_then(|guild| ctx.world.guild(guild));
        let name = view.map_or_else(|| unknown(id, ctx), |view| shorten(&view.law.name, 60));
        lines.push(line(Icon::Tent, name, ctx.w.get("notify-guild"), *rule, Message::Guild(id.clone()), ctx));
    }
    for (id, rule) in &notify.channels {
        let channel = id.parse::<ChannelId>().ok();
        let view = channel.and_then(|channel| ctx.world.guild_of(channel));
        let of = view.zip(channel).and_then(|(view, channel)| view.law.channels.get(&channel));
        let usual = view.and_then(|view| notify.guilds.get(&view.guild.to_string())).copied().unwrap_or_default();
        if *rule == usual {
            continue;
        }
        let name = of.map_or_else(|| unknown(id, ctx), |of| shorten(&of.name, 60));
        let within = view.map(|view| shorten(&view.law.name, 60)).unwrap_or_default();
        let sign = of.map_or(Icon::Hash, channels::sign);
        lines.push(line(sign, name, within, *rule, Message::Channel(id.clone()), ctx));
    }
    lines
}

fn unknown(id: &str, ctx: Ctx<'_>) -> String {
    let id = if ctx.prefs.streamer { "…".to_owned() } else { shorten(id, 8) };
    ctx.w.with("notify-unknown", &[("id", id.into())])
}

fn line<'a>(
    sign: Icon,
    name: String,
    within: String,
    rule: Rule,
    remove: Message,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let key = match rule {
        Rule::All => "rule-all",
        Rule::Mentions => "rule-mentions",
        Rule::Nothing => "rule-nothing",
    };
    let words = column![
        text(name).font(MEDIUM).size(size::BODY).wrapping(text::Wrapping::WordOrGlyph),
        hint(within).wrapping(text::Wrapping::WordOrGlyph),
    ];
    row![
        icon(sign, 18.0).style(theme::text::muted),
        words.spacing(2).width(Fill),
        text(ctx.w.get(key)).size(size::SMALL).style(theme::text::muted),
        push().width(space::XS),
        icon_button(Icon::Close, ctx.w.get("notify-rule-remove"), remove),
    ]
    .spacing(space::M)
    .align_y(Center)
    .into()
}
