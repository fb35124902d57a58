//! Who is connected and how, and how others find this device.

use bivouac_node::{Handle, can_listen};
use iced::{
    Center, Fill,
    widget::{Column, column, row, text},
};

use crate::{
    desktop::{
        self,
        scheme::{Scheme, SchemeError},
    },
    fault::Fault,
    intent::{Tone, Wants},
    screen::{
        Ctx,
        doctor::peer::{self, Owners},
    },
    services,
    theme::{self, Element, MONO, size, space},
    widget::{self, Icon, form, icon},
};

/// Addresses to listen on, at most.
const LISTEN_MAX: usize = 16;
/// The longest of them, in characters.
const ADDRESS_MAX: usize = 256;

/// What is being changed.
#[derive(Debug, Default)]
pub struct Network {
    address: String,
    fault: bool,
    /// Whether this program opens links, once that is known, or why that can't be changed.
    links: Option<Result<bool, Fault>>,
}

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Whether others on this network are looked for.
    Mdns(bool),
    /// Whether they see one's name.
    Visible(bool),
    /// An address to listen on was typed.
    Type(String),
    /// Listen on it too.
    Add,
    /// Listen on this one no more.
    Remove(usize),
    /// Whether this program opens links.
    Links(bool),
    /// It does, or not, or that can't be changed.
    Linked(Result<bool, Fault>),
    /// Copy the addresses that lead here.
    Copy,
    /// The network doctor.
    Doctor,
}

impl Network {
    /// Asks whether this program opens links.
    pub fn look() -> Wants<Message> {
        Wants::work(|node| async move { Message::Linked(links(&node, None).await) })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            Message::Mdns(on) => Wants::prefer(move |prefs| prefs.network.mdns = on),
            Message::Visible(on) => Wants::prefer(move |prefs| prefs.network.visible = on),
            Message::Type(address) => {
                (self.address, self.fault) = (address, false);
                Wants::none()
            }
            Message::Add => self.add(ctx),
            Message::Remove(at) => Wants::prefer(move |prefs| {
                if at < prefs.network.listen.len() {
                    prefs.network.listen.remove(at);
                }
            }),
            Message::Links(open) => {
                Wants::work(move |node| async move { Message::Linked(links(&node, Some(open)).await) })
            }
            Message::Linked(links) => {
                self.links = Some(links);
                Wants::none()
            }
            Message::Copy => Wants::task(iced::clipboard::write(ctx.world.net.addresses.join("\n")))
                .and(Wants::say(Tone::Good, ctx.w.get("copied"))),
            Message::Doctor => Wants::none(),
        }
    }

    fn add(&mut self, ctx: &Ctx<'_>) -> Wants<Message> {
        let address = self.address.trim().to_owned();
        if address.is_empty() {
            return Wants::none();
        }
        // A node does not start with an address that it can't listen on: it must not get that far.
        let listen = &ctx.prefs.network.listen;
        if address.len() > ADDRESS_MAX || listen.len() >= LISTEN_MAX || !can_listen(&address) {
            self.fault = true;
            return Wants::none();
        }
        self.address.clear();
        if listen.contains(&address) {
            return Wants::none();
        }
        Wants::prefer(move |prefs| prefs.network.listen.push(address))
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let network = &ctx.prefs.network;
        let switch = |name: &str, hint: &str, on, message| form::switch(ctx.w.get(name), ctx.w.get(hint), on, message);
        let links = matches!(self.links, Some(Ok(true)));
        let fault = self.links.as_ref().and_then(|links| links.as_ref().err());
        let switches = form::card([
            switch("network-mdns", "network-mdns-hint", network.mdns, Message::Mdns(!network.mdns)),
            switch("network-visible", "network-visible-hint", network.visible, Message::Visible(!network.visible)),
            switch("network-links", "network-links-hint", links, Message::Links(!links)),
        ]);
        let doctor = widget::secondary(ctx.w.get("network-doctor"), Some(Message::Doctor));
        let doctor = row![widget::hint(ctx.w.get("network-doctor-hint")).width(Fill), doctor];
        let whole = column![
            column![switches].push(fault.map(|why| widget::fault(ctx.say(why)))).push(later(ctx)).spacing(space::M),
            form::part(ctx.w.get("network-peers"), connected(ctx)),
            doctor.spacing(space::L).align_y(Center),
            form::part(ctx.w.get("network-listen"), self.listen(ctx)),
            form::part(ctx.w.get("network-addresses"), addresses(ctx)),
        ];
        whole.spacing(space::XXL).into()
    }

    fn listen<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let line = widget::line("/ip4/0.0.0.0/udp/4001/quic-v1", &self.address, Message::Type).on_submit(Message::Add);
        let line = line.secure(ctx.prefs.streamer);
        let add = widget::secondary(ctx.w.get("network-listen-add"), None);
        let add = add.on_press_maybe((!self.address.trim().is_empty()).then_some(Message::Add));
        let listed = ctx.prefs.network.listen.iter().enumerate().map(|(at, address)| {
            let shown = ctx.private(address);
            let words = text(shown).font(MONO).size(size::SMALL).wrapping(text::Wrapping::Glyph).width(Fill);
            let remove = widget::icon_button(Icon::Close, ctx.w.get("network-listen-remove"), Message::Remove(at));
            row![words, remove].spacing(space::S).align_y(Center).into()
        });
        let listed = (!ctx.prefs.network.listen.is_empty()).then(|| form::card(listed));
        let fault = self.fault.then(|| widget::fault(ctx.w.get("network-listen-fault")));
        column![widget::hint(ctx.w.get("network-listen-hint"))]
            .push(listed)
            .push(row![line, add].spacing(space::S).align_y(Center))
            .push(fault)
            .spacing(space::M)
            .into()
    }
}

/// Whether this program opens links; has it do so from now on, or not, where that is asked.
async fn links(node: &Handle, open: Option<bool>) -> Result<bool, Fault> {
    let folder = (Some(node.folder().to_owned()) != desktop::folder()).then(|| node.folder().to_owned());
    let work = move || {
        let scheme = Scheme::here(folder.as_deref())?;
        match open {
            Some(true) => scheme.register(&services::sign())?,
            Some(false) => scheme.unregister()?,
            None => {}
        }
        Ok(scheme.registered())
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Fault::of("fault-broke"))?.map_err(|error: SchemeError| error.into())
}

/// What holds only from the next start on.
fn later<'a>(ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
    let (run, network) = (&ctx.world.run, &ctx.prefs.network);
    if run.mdns == network.mdns && run.listen == network.listen {
        return None;
    }
    let words = ctx.w.get(if run.told { "network-told" } else { "network-later" });
    let words = text(words).size(size::SMALL).style(theme::text::warning);
    let line = row![icon(Icon::RotateCcw, 16.0).style(theme::text::warning), words.width(Fill)];
    Some(line.spacing(space::S).align_y(Center).into())
}

fn connected<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let owners = Owners::new(&ctx);
    let peers = &ctx.world.net.peers;
    if peers.is_empty() {
        return widget::hint(ctx.w.get("network-peers-none")).into();
    }
    form::card(peers.iter().map(|one| peer::connected(one, &owners, ctx)))
}

fn addresses<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let addresses = &ctx.world.net.addresses;
    let hint = widget::hint(ctx.w.get("network-addresses-hint"));
    if ctx.prefs.streamer {
        return widget::hint(ctx.w.get("hidden-streaming")).into();
    }
    if addresses.is_empty() {
        return widget::hint(ctx.w.get("network-addresses-none")).into();
    }
    let each = addresses.iter().map(|address| {
        text(address).font(MONO).size(size::CAPTION).wrapping(text::Wrapping::Glyph).style(theme::text::muted).into()
    });
    let list = Column::from_iter(each).spacing(space::S).width(Fill);
    let copy = widget::icon_button(Icon::Copy, ctx.w.get("network-addresses-copy"), Message::Copy);
    let line = row![list, copy].spacing(space::M).align_y(Center);
    column![hint, form::card([line.into()])].spacing(space::M).into()
}
