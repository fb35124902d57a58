//! What the node found, in the user's words: what happened, and what to do.

use bivouac_node::{
    Failure,
    report::{About, Finding, Report, Severity},
};
use iced::{
    Fill,
    widget::{column, row, text},
};

use super::peer::Owners;
use crate::{
    fault::Fault,
    format,
    screen::{Ctx, message::shorten},
    theme::{self, Element, MEDIUM, size, space},
    widget::{Icon, form, hint, icon},
};

/// Draws all that was found, the worst first.
pub fn view<'a, M: 'a>(report: &'a Report, ctx: Ctx<'a>) -> Element<'a, M> {
    if report.findings.is_empty() {
        let words = text(ctx.w.get("doctor-fine")).font(MEDIUM).size(size::BODY);
        let line = row![icon(Icon::CircleCheck, 20.0).style(theme::text::good), words].spacing(space::M);
        return form::card([line.into()]);
    }
    let owners = Owners::new(&ctx);
    form::card(report.findings.iter().map(|finding| line(finding, &owners, ctx)))
}

fn line<'a, M: 'a>(finding: &'a Finding, owners: &Owners, ctx: Ctx<'a>) -> Element<'a, M> {
    let (sign, style): (_, fn(&theme::Theme) -> text::Style) = match finding.severity {
        Severity::Problem => (Icon::CircleAlert, theme::text::danger),
        Severity::Warning => (Icon::Warning, theme::text::warning),
        Severity::Note => (Icon::Info, theme::text::muted),
    };
    let (what, todo) = said(finding, owners, ctx);
    let what = text(what).font(MEDIUM).size(size::BODY);
    row![icon(sign, 20.0).style(style), column![what, hint(todo)].spacing(space::XS).width(Fill)]
        .spacing(space::M)
        .into()
}

/// Why a device is not connected.
pub fn why(failure: Failure) -> &'static str {
    match failure {
        Failure::Another => "failure-another",
        Failure::Refused => "failure-refused",
        Failure::Silent => "failure-silent",
        Failure::NoRoute => "failure-no-route",
        Failure::Full => "failure-full",
        Failure::Broken => "failure-broken",
        Failure::Lost => "failure-lost",
        Failure::Left => "failure-left",
    }
}

/// What happened, and what to do.
fn said(finding: &Finding, owners: &Owners, ctx: Ctx<'_>) -> (String, String) {
    let whose = |device| ("who", owners.whose(device, ctx).into());
    let both = |what: &str, todo: &str| (ctx.w.get(what), ctx.w.get(todo));
    match finding.about {
        About::NoIdentity => both("finding-no-identity", "finding-no-identity-todo"),
        About::ReadOnly => both("finding-read-only", "finding-read-only-todo"),
        About::Unreachable => both("finding-unreachable", "finding-unreachable-todo"),
        About::ThisMachine => both("finding-this-machine", "finding-this-machine-todo"),
        About::NoMdns => both("finding-no-mdns", "finding-no-mdns-todo"),
        About::Alone => both("finding-alone", "finding-alone-todo"),
        About::Store => {
            let what = Fault::of("finding-store").or(finding.what.clone());
            (ctx.say(&what), ctx.w.get("finding-store-todo"))
        }
        About::Tight(free) => {
            let places = [("free", format::size(ctx.w, free).into())];
            (ctx.w.with("finding-tight", &places), ctx.w.get("finding-tight-todo"))
        }
        About::Unknown(device) => (ctx.w.with("finding-unknown", &[whose(device)]), ctx.w.get("finding-unknown-todo")),
        About::Away(device, failure) => {
            let places = [whose(device), ("why", ctx.w.get(why(failure)).into())];
            (ctx.w.with("finding-away", &places), ctx.w.get("finding-away-todo"))
        }
        About::Relayed(device) => (ctx.w.with("finding-relayed", &[whose(device)]), ctx.w.get("finding-relayed-todo")),
        About::Slow(device, rtt) => {
            (ctx.w.with("finding-slow", &[whose(device), ("ms", rtt.into())]), ctx.w.get("finding-slow-todo"))
        }
        About::Holes(guild, holes) => {
            let name = ctx.world.guild(guild).map(|view| shorten(&view.law.name, 60)).unwrap_or_default();
            let places = [("guild", name.into()), ("count", holes.into())];
            (ctx.w.with("finding-holes", &places), ctx.w.get("finding-holes-todo"))
        }
    }
}
