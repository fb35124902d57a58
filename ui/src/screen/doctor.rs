//! The network doctor: what works, what does not, and what to do about it. Facts and judgement are the node's; here they are
//! said in the user's language, and what nobody knows is said too.

pub mod finding;
pub mod peer;

use bivouac_node::report::{Guild, Report};
use iced::{
    Center, Fill,
    widget::{Column, Id, column, operation, row, text},
};

use self::peer::Owners;
use super::{
    Ctx,
    message::shorten,
    pages::{self, Frame},
};
use crate::{
    format,
    intent::{Tone, Wants},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, form, icon},
};

/// The doctor.
#[derive(Debug)]
pub struct Doctor {
    frame: Frame,
    first: Id,
    report: Option<Box<Report>>,
    under_way: bool,
}

/// What happens there.
#[derive(Clone, Debug)]
pub enum Message {
    /// Look again.
    Look,
    /// This is how things are.
    Came(Box<Report>),
    /// Copy what can be handed to somebody else.
    Copy,
    /// Enough.
    Close,
}

/// Asks the node.
fn look() -> Wants<Message> {
    Wants::work(|node| async move { Message::Came(Box::new(node.report().await)) })
}

impl Doctor {
    /// Begins to look.
    pub fn new() -> (Self, Wants<Message>) {
        let doctor = Self { frame: Frame::default(), first: Id::unique(), report: None, under_way: true };
        let focus = Wants::task(operation::focus(doctor.first.clone()));
        (doctor, look().and(focus))
    }

    /// Scrolls by so many heights of the window.
    pub fn scroll(&self, pages: f32, ctx: &Ctx<'_>) -> Wants<Message> {
        self.frame.scroll(pages, ctx)
    }

    /// What happens; whether the doctor goes.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> (Wants<Message>, bool) {
        match message {
            Message::Look if self.under_way => {}
            Message::Look => {
                self.under_way = true;
                return (look(), false);
            }
            Message::Came(report) => (self.report, self.under_way) = (Some(report), false),
            Message::Copy => {
                let Some(report) = &self.report else { return (Wants::none(), false) };
                let copy = Wants::task(iced::clipboard::write(report.to_string()));
                return (copy.and(Wants::say(Tone::Good, ctx.w.get("doctor-copied"))), false);
            }
            Message::Close => return (Wants::none(), true),
        }
        (Wants::none(), false)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let again = widget::secondary(ctx.w.get("doctor-again"), (!self.under_way).then_some(Message::Look));
        let again = again.on_press(Message::Look).id(self.first.clone());
        let copy = widget::primary(ctx.w.get("doctor-copy"), None);
        let copy = copy.on_press_maybe(self.report.is_some().then_some(Message::Copy));
        let looking = self.under_way.then(|| widget::hint(ctx.w.get("doctor-looking")));
        let acts = row![copy, again].push(looking).spacing(space::S).align_y(Center);
        let mut whole = column![column![acts, widget::hint(ctx.w.get("doctor-copy-hint"))].spacing(space::M)];
        if let Some(report) = &self.report {
            whole = whole
                .push(form::part(ctx.w.get("doctor-findings"), finding::view(report, ctx)))
                .push(form::part(ctx.w.get("doctor-here"), here(report, ctx)));
        }
        whole = whole.push(form::part(ctx.w.get("doctor-peers"), peers(ctx)));
        if let Some(report) = self.report.as_ref().filter(|report| !report.guilds.is_empty()) {
            whole = whole.push(form::part(
                ctx.w.get("doctor-guilds"),
                form::card(report.guilds.iter().map(|it| guild(it, ctx))),
            ));
        }
        whole = whole.push(form::part(ctx.w.get("doctor-unknown"), unknown(ctx)));
        let page = column![widget::heading(ctx.w.get("doctor")), whole.spacing(space::XXL)].spacing(space::XL);
        pages::view("", Vec::new(), page, None, (Message::Close, &self.frame), ctx)
    }
}

/// Something and how it is.
fn fact<'a>(name: String, is: String) -> Element<'a, Message> {
    let name = text(name).font(MEDIUM).size(size::BODY).width(200);
    let is = text(is).size(size::BODY).style(theme::text::muted).wrapping(text::Wrapping::WordOrGlyph).width(Fill);
    row![name, is].spacing(space::L).into()
}

/// A kind of address as the node tells it, `public IPv4 tcp`, in the user's language.
fn reach(kind: &str, ctx: Ctx<'_>) -> String {
    let (host, over) = kind.rsplit_once(' ').unwrap_or((kind, ""));
    let host = match host {
        "this machine" => ctx.w.get("reach-this-machine"),
        "public IPv4" => ctx.w.get("reach-public-4"),
        "public IPv6" => ctx.w.get("reach-public-6"),
        host => host.to_owned(),
    };
    let over = over.to_uppercase();
    format!("{host} ({over})")
}

/// How this device stands in its network.
fn here<'a>(report: &'a Report, ctx: Ctx<'a>) -> Element<'a, Message> {
    let kinds = report.listening.iter().map(|kind| reach(kind, ctx)).collect::<Vec<_>>().join(", ");
    let listening = match () {
        () if kinds.is_empty() => ctx.w.get("doctor-listening-none"),
        () if ctx.prefs.streamer => ctx.w.get("hidden-streaming"),
        () => kinds,
    };
    let mdns = ctx.w.get(if report.mdns { "doctor-on" } else { "doctor-off" });
    let mut facts = vec![
        fact(ctx.w.get("doctor-listening"), listening),
        fact(ctx.w.get("doctor-mdns"), mdns),
        fact(ctx.w.get("doctor-nat"), ctx.w.get("doctor-nat-unknown")),
        fact(ctx.w.get("doctor-dials"), format::count(ctx.world.net.dials)),
    ];
    if let Some(free) = report.disk.and_then(|disk| disk.free) {
        facts.push(fact(ctx.w.get("doctor-free"), format::size(ctx.w, free)));
    }
    form::card(facts)
}

fn peers<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let owners = Owners::new(&ctx);
    let net = &ctx.world.net;
    if net.peers.is_empty() && net.trying.is_empty() {
        return widget::hint(ctx.w.get("doctor-peers-none")).into();
    }
    let connected = net.peers.iter().map(|one| peer::connected(one, &owners, ctx));
    let trying = net.trying.iter().map(|one| peer::trying(one, &owners, ctx));
    form::card(connected.chain(trying))
}

/// How much of a guild is here.
fn guild<'a>(of: &'a Guild, ctx: Ctx<'a>) -> Element<'a, Message> {
    let view = ctx.world.guild(of.id);
    let name = view.map_or_else(|| of.guild.clone(), |view| shorten(&view.law.name, 60));
    let whole = of.holes == 0 && of.parked == 0;
    let (sign, style): (_, fn(&theme::Theme) -> text::Style) =
        if whole { (Icon::CircleCheck, theme::text::good) } else { (Icon::Clock, theme::text::warning) };
    let state = if whole {
        ctx.w.with("doctor-guild-whole", &[("ops", of.ops.into())])
    } else {
        let places = [("ops", of.ops.into()), ("holes", of.holes.into()), ("parked", of.parked.into())];
        ctx.w.with("doctor-guild-holes", &places)
    };
    let there = ctx.w.with("doctor-guild-there", &[("online", of.online.into()), ("members", of.members.into())]);
    let words = column![
        text(name).font(MEDIUM).size(size::BODY).wrapping(text::Wrapping::WordOrGlyph),
        widget::hint(state),
        widget::hint(there),
    ];
    row![icon(sign, 20.0).style(style), words.spacing(2).width(Fill)].spacing(space::M).align_y(Center).into()
}

/// What this program can't tell.
fn unknown<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let each = ["doctor-unknown-nat", "doctor-unknown-loss", "doctor-unknown-others"].map(|key| {
        let sign = icon(Icon::Help, 16.0).style(theme::text::faint);
        row![sign, widget::hint(ctx.w.get(key)).width(Fill)].spacing(space::S).into()
    });
    Column::from_iter(each).spacing(space::S).into()
}
