//! Finding a place by its name (Ctrl+K): channels of every guild, the unread ones first.

use std::cmp::Reverse;

use bivouac_node::core::model::{ChannelId, ChannelKind, GuildId};
use iced::{
    Center, Fill,
    widget::{Column, Id, column, container, operation, row, text},
};

use super::Then;
use crate::{
    intent::{Place, Wants},
    screen::{Ctx, channels, message::shorten},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, button, icon},
    world::Shown as _,
};

/// Places that are offered.
const OFFERED: usize = 10;

/// Room for a guild's name, in logical pixels.
const GUILD: f32 = 200.0;

/// Finding a place.
#[derive(Debug)]
pub struct Switch {
    id: Id,
    words: String,
    chosen: usize,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed.
    Type(String),
    /// Another one is chosen.
    Step(isize),
    /// Go to the chosen one.
    Go,
    /// Go to this one.
    Pick(GuildId, ChannelId),
}

/// A place that may be meant.
struct Offer<'a> {
    guild: GuildId,
    guild_name: &'a str,
    channel: ChannelId,
    of: &'a bivouac_node::core::model::Channel,
    unread: usize,
    mentions: usize,
}

impl Switch {
    /// Nothing typed yet.
    pub fn new() -> (Self, Wants<Message>) {
        let switch = Self { id: Id::unique(), words: String::new(), chosen: 0 };
        let focus = Wants::task(operation::focus(switch.id.clone()));
        (switch, focus)
    }

    fn offers<'a>(&self, ctx: &Ctx<'a>) -> Vec<Offer<'a>> {
        let wanted = self.words.trim().trim_start_matches('#').to_lowercase();
        let mut offers = Vec::new();
        for view in &ctx.world.guilds {
            for (channel, of) in view.sections().into_iter().flat_map(|section| section.channels) {
                let (name, guild) = (of.name.to_lowercase(), view.law.name.to_lowercase());
                let fits = if name.starts_with(&wanted) {
                    0
                } else if name.contains(&wanted) {
                    1
                } else if guild.contains(&wanted) || format!("{guild} {name}").contains(&wanted) {
                    2
                } else {
                    continue;
                };
                if of.nature.kind != ChannelKind::Text {
                    continue;
                }
                let waiting = view.unread.get(&channel).copied().unwrap_or_default();
                let (unread, mentions) = (waiting.messages, waiting.mentions);
                let offer = Offer { guild: view.guild, guild_name: &view.law.name, channel, of, unread, mentions };
                offers.push((fits, offer));
            }
        }
        offers.sort_by_key(|(fits, offer)| {
            (*fits, Reverse(offer.mentions > 0), Reverse(offer.unread > 0), offer.of.created)
        });
        offers.into_iter().map(|(_, offer)| offer).take(OFFERED).collect()
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, Then) {
        let go = |guild, channel| (Wants::go(Place { guild, channel: Some(channel), message: None }), Then::Close);
        match message {
            Message::Type(words) => (self.words, self.chosen) = (words, 0),
            Message::Step(by) => {
                let count = self.offers(ctx).len();
                self.chosen = self.chosen.checked_add_signed(by).filter(|at| *at < count).unwrap_or(self.chosen);
            }
            Message::Go => {
                if let Some(offer) = self.offers(ctx).get(self.chosen) {
                    return go(offer.guild, offer.channel);
                }
            }
            Message::Pick(guild, channel) => return go(guild, channel),
        }
        (Wants::none(), Then::Stay)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("switch-example");
        let line = widget::line(&shown, &self.words, Message::Type).id(self.id.clone()).on_submit(Message::Go);
        let offers = self.offers(&ctx);
        let mut list = Column::new().spacing(2);
        for (at, offer) in offers.iter().enumerate() {
            let name = widget::single(text(shorten(&offer.of.name, 50)).font(MEDIUM).size(size::BODY));
            let guild = widget::single(text(shorten(offer.guild_name, 40)).size(size::SMALL).style(theme::text::faint));
            let (name, guild) = (name.width(Fill), container(guild).max_width(GUILD));
            let inside = row![icon(channels::sign(offer.of), 16.0), name, guild]
                .push(widget::badge(offer.mentions))
                .spacing(space::S)
                .align_y(Center);
            let press = button(inside).padding([7.0, space::M]).width(Fill);
            let press = press.style(theme::button::row(at == self.chosen, offer.unread > 0));
            list = list.push(press.on_press(Message::Pick(offer.guild, offer.channel)));
        }
        if offers.is_empty() {
            list = list.push(container(widget::hint(ctx.w.get("switch-none"))).padding(space::M));
        }
        let body = column![line.size(size::TITLE), list, widget::hint(ctx.w.get("switch-hint"))].spacing(space::M);
        container(body).padding(space::L).max_width(560).width(Fill).style(theme::container::floating).into()
    }
}
