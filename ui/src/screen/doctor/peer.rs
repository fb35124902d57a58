//! A device of somebody else: whose it is, how it is reached, or what is tried.

use std::collections::BTreeMap;

use bivouac_node::{DeviceId, Path, PeerStatus, Transport, Trying};
use iced::{
    Center, Fill,
    widget::{column, row, text},
};

use super::finding::why;
use crate::{
    screen::{Ctx, message::shorten},
    theme::{self, Element, MEDIUM, size, space},
    widget::{Icon, hint, icon},
    world::Shown as _,
};

/// What is so near that it is as good as now, in milliseconds.
const SOON: u64 = 5_000;
/// Letters of an id that are shown.
const ID: usize = 8;

/// Whose devices are whose, by what the guilds say.
pub struct Owners(BTreeMap<DeviceId, String>);

impl Owners {
    /// Reads it off all guilds.
    #[must_use]
    pub fn new(ctx: &Ctx<'_>) -> Self {
        let mut owners = BTreeMap::new();
        for view in &ctx.world.guilds {
            for (user, member) in &view.law.members {
                for device in &member.devices {
                    owners.entry(*device).or_insert_with(|| shorten(&view.name(user), 40));
                }
            }
        }
        // One's own have names.
        for (device, name) in ctx.world.me.iter().flat_map(|me| &me.devices) {
            owners.insert(*device, ctx.w.with("peer-mine", &[("name", shorten(&ctx.device(name), 40).into())]));
        }
        Self(owners)
    }

    /// Whose a device is.
    #[must_use]
    pub fn whose(&self, device: DeviceId, ctx: Ctx<'_>) -> String {
        self.0.get(&device).cloned().unwrap_or_else(|| ctx.w.get("peer-stranger"))
    }
}

fn head<'a, M: 'a>(device: DeviceId, owners: &Owners, ctx: Ctx<'a>) -> Element<'a, M> {
    let name = text(owners.whose(device, ctx)).font(MEDIUM).size(size::BODY).wrapping(text::Wrapping::WordOrGlyph);
    let id: String = device.to_string().chars().take(ID).collect();
    let id = text(id).font(theme::MONO).size(size::CAPTION).style(theme::text::faint);
    row![name].push((!ctx.prefs.streamer).then_some(id)).spacing(space::S).align_y(Center).into()
}

/// One that is connected.
pub fn connected<'a, M: 'a>(peer: &'a PeerStatus, owners: &Owners, ctx: Ctx<'a>) -> Element<'a, M> {
    let (sign, path) = match peer.path {
        Path::Lan => (Icon::Wifi, "path-lan"),
        Path::Direct => (Icon::Globe, "path-direct"),
        Path::Relay => (Icon::Server, "path-relay"),
    };
    let transport = match peer.transport {
        Transport::Quic => "QUIC",
        Transport::Tcp => "TCP",
    };
    let since = ctx.w.with("peer-since", &[("when", ctx.clock.ago(peer.since).into())]);
    let words = format!("{} · {transport} · {since}", ctx.w.get(path));
    let ping = match peer.rtt_ms {
        Some(0) => ctx.w.get("peer-ping-least"),
        Some(ms) => ctx.w.with("peer-ping", &[("ms", ms.into())]),
        None => ctx.w.get("peer-ping-unknown"),
    };
    row![
        icon(sign, 20.0).style(theme::text::good),
        column![head(peer.device, owners, ctx), hint(words)].spacing(2).width(Fill),
        text(ping).size(size::SMALL).style(theme::text::muted),
    ]
    .spacing(space::M)
    .align_y(Center)
    .into()
}

/// One that ought to be.
pub fn trying<'a, M: 'a>(of: &'a Trying, owners: &Owners, ctx: Ctx<'a>) -> Element<'a, M> {
    let last = of.last.map(|last| {
        let when = ctx.clock.ago(last.at);
        ctx.w.with("trying-last", &[("why", ctx.w.get(why(last.why)).into()), ("when", when.into())])
    });
    let now = match (of.dialling, of.addresses.is_empty(), of.next_at) {
        (false, true, _) => ctx.w.get("trying-nowhere"),
        (false, false, Some(at)) if at > ctx.clock.now + SOON => {
            ctx.w.with("trying-next", &[("when", ctx.clock.ago(at).into()), ("count", of.failures.into())])
        }
        _ => ctx.w.get("trying-now"),
    };
    let mut words = column![head(of.device, owners, ctx)].spacing(2).width(Fill);
    words = words.push(last.map(hint)).push(hint(now));
    if !of.addresses.is_empty() && !ctx.prefs.streamer {
        let at = text(of.addresses.join("\n")).font(theme::MONO).size(size::CAPTION).style(theme::text::faint);
        words = words.push(at.wrapping(text::Wrapping::Glyph));
    }
    row![icon(Icon::WifiOff, 20.0).style(theme::text::warning), words].spacing(space::M).into()
}
