//! A screen of several pages, laid over the whole window: which pages there are on the left, the page on the right, a bar at
//! its foot while something is unsaved; and the pieces that such pages are made of.

use iced::{
    Alignment, Center, Fill, Length, Padding,
    widget::{
        Column, Id, Row, column, container, mouse_area, operation, row, rule, scrollable, space, text, toggler, tooltip,
    },
};

use super::{Ctx, message::shorten};
use crate::{
    fault::Fault,
    intent::Wants,
    theme::{self, Element, MEDIUM, STRONG, Theme, radius, size, space as gap},
    widget::{self, Icon, button, icon},
};

/// What of the window's height scrolling by a height leaves out, in logical pixels.
const KEPT: f32 = 120.0;
/// Width of the list of pages, likewise.
const NAV: f32 = 232.0;
/// Greatest width of a page, likewise.
pub const PAGE: f32 = 820.0;
/// Of the column with the sign that closes the screen.
const SIDE: f32 = 88.0;
/// Below this width of the window the pages are listed above.
const NARROW: f32 = 820.0;

/// One of the pages.
pub struct Tab<M> {
    /// What it is called.
    pub words: String,
    /// Its sign.
    pub icon: Icon,
    /// Whether it is shown.
    pub chosen: bool,
    /// To it.
    pub message: M,
    /// Whether it destroys something.
    pub danger: bool,
}

/// What such a screen remembers of itself.
#[derive(Clone, Debug)]
pub struct Frame {
    chosen: Id,
    body: Id,
}

impl Default for Frame {
    fn default() -> Self {
        Self { chosen: Id::unique(), body: Id::unique() }
    }
}

impl Frame {
    /// A page from its beginning, with the keyboard on its tab.
    pub fn begin<M: Send + 'static>(&self) -> Wants<M> {
        let top = operation::snap_to(self.body.clone(), operation::RelativeOffset::START);
        Wants::task(top).and(self.focus())
    }

    /// The keyboard to the tab of the page that is shown.
    pub fn focus<M: Send + 'static>(&self) -> Wants<M> {
        Wants::task(operation::focus(self.chosen.clone()))
    }

    /// Up or down by so many heights of the window.
    pub fn scroll<M: Send + 'static>(&self, by: f32, ctx: &Ctx<'_>) -> Wants<M> {
        let by = operation::AbsoluteOffset { x: 0.0, y: by * (ctx.size.height - KEPT) };
        Wants::task(operation::scroll_by(self.body.clone(), by))
    }
}

/// Draws the screen; without a list where there are no tabs.
pub fn view<'a, M: Clone + 'a>(
    head: &str,
    tabs: Vec<Tab<M>>,
    page: impl Into<Element<'a, M>>,
    bar: Option<Element<'a, M>>,
    (close, frame): (M, &Frame),
    ctx: Ctx<'a>,
) -> Element<'a, M> {
    let narrow = ctx.size.width < NARROW;
    let head = text(shorten(head, 60)).font(STRONG).size(size::SMALL).wrapping(text::Wrapping::WordOrGlyph);
    let head = container(head.style(theme::text::faint)).width(Fill).padding([gap::XS, gap::S + 2.0]);
    let leave = widget::bare_icon_button(Icon::Close, Some(close));
    let leave = widget::tip_at(leave, ctx.w.get("close"), tooltip::Position::Bottom);
    let listed = !tabs.is_empty();
    let ways: Vec<_> = tabs.iter().filter(|it| !it.danger).map(|it| it.message.clone()).collect();
    let here = tabs.iter().filter(|it| !it.danger).position(|it| it.chosen);
    // One stop for all of them, as in a list: arrows go from page to page.
    let stop = move |press: button::Button<'a, M>, of: &Tab<M>| {
        if of.danger {
            return press;
        }
        let ways = ways.clone();
        let step = move |by| {
            let next = here.unwrap_or_default().saturating_add_signed(isize::try_from(by).unwrap_or_default());
            ways[next.min(ways.len() - 1)].clone()
        };
        let press = press.on_step(step).passed(here.is_some() && !of.chosen);
        if of.chosen { press.id(frame.chosen.clone()) } else { press }
    };
    let around = if narrow { Padding::new(gap::L) } else { Padding::new(gap::XXL).right(gap::XXL + SIDE) };
    let page = container(page.into()).max_width(PAGE).width(Fill);
    let above = if narrow { gap::L } else { gap::HUGE };
    // The bar covers the foot of the page: what is below can still be brought above it.
    let below = if bar.is_some() { gap::HUGE * 2.0 } else { around.bottom };
    let page = container(page).padding(around.top(above).bottom(below)).width(Fill);
    let page = scrollable(page).id(frame.body.clone()).width(Fill).height(Fill);
    let foot = bar.map(|bar| {
        let bar = container(bar).max_width(PAGE).width(Fill);
        container(bar).align_bottom(Fill).width(Fill).padding(around.top(gap::L).bottom(gap::L))
    });
    let page = iced::widget::Stack::new().push(page).push(foot).width(Fill).height(Fill);
    if narrow {
        // Where there is no room for all words, those of the others show under the mouse.
        let list = wrap(tabs.into_iter().map(|it| {
            let press = stop(tab(&it, Length::Shrink, it.chosen), &it);
            if it.chosen { press.into() } else { widget::tip_at(press, it.words, tooltip::Position::Bottom) }
        }));
        let strip = column![row![head, leave].align_y(Center)].push(listed.then_some(list));
        let strip = strip.padding(gap::S).spacing(gap::XS);
        let strip = container(strip).width(Fill).style(theme::container::side);
        return container(column![strip, rule::horizontal(1), page]).style(theme::container::page).into();
    }
    let list = tabs.into_iter().fold(column![head].spacing(2), |list, it| {
        let apart = it.danger.then(|| container(rule::horizontal(1)).padding([gap::S, 0.0]));
        list.push(apart).push(stop(tab(&it, Fill, true), &it))
    });
    let list = container(list.width(Fill)).width(NAV).padding(Padding::new(gap::M).top(gap::HUGE - gap::S));
    // What is left of a wide window is shared by both sides.
    let beside = if listed { NAV } else { 0.0 };
    let spare = ((ctx.size.width - beside - PAGE - gap::XXL * 2.0 - SIDE) / 2.0).max(0.0);
    let nav = container(scrollable(list).height(Fill)).align_right(Fill).width(NAV + spare).height(Fill);
    let nav = if listed { nav.style(theme::container::side) } else { container(space::horizontal()).width(spare) };
    let leave = column![leave, text(ctx.w.get("settings-esc")).size(size::CAPTION).style(theme::text::faint)];
    let leave = container(leave.align_x(Center)).width(SIDE).padding(Padding::new(0.0).top(gap::HUGE - gap::S));
    // It stands beside what the page holds and stays there, over what is scrolled.
    let beside = container(space::horizontal()).max_width(PAGE + gap::XXL * 2.0).width(Fill);
    let page = page.push(row![beside, leave]);
    container(row![nav, page]).width(Fill).height(Fill).style(theme::container::page).into()
}

fn tab<'a, M: Clone + 'a>(tab: &Tab<M>, width: Length, worded: bool) -> button::Button<'a, M> {
    let words = text(tab.words.clone()).font(MEDIUM).size(size::SMALL + 1.0).width(width);
    let words = worded.then_some(words.wrapping(text::Wrapping::None));
    let inside = row![icon(tab.icon, 16.0)].push(words).spacing(gap::M).align_y(Center);
    let press = button(inside).padding([gap::S - 1.0, gap::S + 2.0]).width(width);
    let press = if tab.danger {
        press.style(theme::button::ghost_danger)
    } else {
        press.style(theme::button::row(tab.chosen, false))
    };
    press.on_press(tab.message.clone())
}

/// The head of a page: its name, and what it is for.
pub fn head<'a, M: 'a>(name: String, words: String) -> Column<'a, M, Theme> {
    column![widget::heading(name), widget::hint(words)].spacing(gap::XS + 2.0)
}

/// A part of a page below what it is called.
pub fn part<'a, M: 'a>(name: String, content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    widget::field(name, content).spacing(gap::S).into()
}

/// A card that holds something.
pub fn card<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    container(content).padding(gap::L).width(Fill).style(theme::container::card).into()
}

/// What went wrong, at the head of a page.
pub fn fault<'a, M: 'a>(why: Option<&Fault>, ctx: Ctx<'a>) -> Option<Element<'a, M>> {
    why.map(|why| {
        container(widget::fault(ctx.say(why))).padding(gap::M).width(Fill).style(theme::container::card).into()
    })
}

/// That one may look and not act here.
pub fn locked<'a, M: 'a>(words: String) -> Element<'a, M> {
    let line = row![icon(Icon::Lock, 14.0).style(theme::text::faint), widget::hint(words)];
    line.spacing(gap::S).align_y(Center).into()
}

/// What to do about what is unsaved.
pub fn bar<'a, M: Clone + 'a>(
    (save, reset): (Option<M>, M),
    alarmed: bool,
    why: Option<&Fault>,
    ctx: Ctx<'a>,
) -> Element<'a, M> {
    let words = ctx.w.get(if alarmed { "unsaved-alarm" } else { "unsaved" });
    let style = if alarmed { theme::text::danger } else { theme::text::text };
    let words = text(words).font(MEDIUM).size(size::SMALL + 1.0).style(style).width(Fill);
    let undo = widget::secondary(ctx.w.get("unsaved-reset"), Some(reset));
    let keep = widget::primary(ctx.w.get("unsaved-save"), save);
    let line = row![words, undo, keep].spacing(gap::S).align_y(Center);
    let edge = move |theme: &Theme| {
        let mut style = theme::container::floating(theme);
        if alarmed {
            style.border.color = theme.color.danger;
        }
        style
    };
    let inside = column![].push(why.map(|why| widget::fault(ctx.say(why)))).push(line).spacing(gap::S);
    container(inside).padding([gap::M, gap::L]).width(Fill).style(edge).into()
}

/// A pictogram to press; it says what it does.
pub fn sign<'a, M: Clone + 'a>(of: Icon, words: String, message: Option<M>) -> Element<'a, M> {
    widget::tip(widget::bare_icon_button(of, message), words)
}

/// One of several, of which one or some hold.
pub fn chip<'a, M: Clone + 'a>(words: impl Into<Element<'a, M>>, on: bool, message: Option<M>) -> Element<'a, M> {
    let press = button(words).padding([gap::XS + 1.0, gap::S + 2.0]).style(theme::button::reaction(on));
    press.on_press_maybe(message).into()
}

/// Words on a chip.
pub fn said<'a, M: 'a>(words: &str) -> Element<'a, M> {
    widget::single(text(shorten(words, 32)).size(size::SMALL)).into()
}

/// Several beside and below each other.
pub fn wrap<'a, M: 'a>(all: impl IntoIterator<Item = Element<'a, M>>) -> Element<'a, M> {
    Row::from_iter(all).spacing(gap::XS + 2.0).wrap().vertical_spacing(gap::XS + 2.0).into()
}

/// What can be on or off, and what that means.
pub fn switch<'a, M: Clone + 'a>(
    words: String,
    hint: String,
    on: bool,
    turn: Option<impl Fn(bool) -> M + 'a>,
) -> Element<'a, M> {
    let style = if turn.is_some() { theme::text::text } else { theme::text::muted };
    let label = column![text(words).font(MEDIUM).size(size::BODY).style(style), widget::hint(hint)].spacing(2);
    let message = turn.as_ref().map(|turn| turn(!on));
    let toggle = toggler(on).size(20.0).on_toggle_maybe(turn);
    let line = row![label.width(Fill), widget::stop(toggle).on_press(message.clone())].spacing(gap::L).align_y(Center);
    let line = container(line).padding([gap::S, 0.0]);
    match message {
        Some(message) => mouse_area(line).on_press(message).into(),
        None => line.into(),
    }
}

/// The colour of a role.
pub fn dot<'a, M: 'a>(rgb: u32, ctx: Ctx<'a>) -> Element<'a, M> {
    let fill = if rgb == 0 { ctx.theme.color.faint } else { ctx.theme.color.role(rgb) };
    container(space::horizontal().width(12))
        .width(12)
        .height(12)
        .style(move |_| container::Style {
            background: Some(fill.into()),
            border: iced::Border::default().rounded(radius::FULL),
            ..container::Style::default()
        })
        .into()
}

/// A line of a list, with what can be done beside it.
pub fn line<'a, M: 'a>(inside: Row<'a, M, Theme>) -> Element<'a, M> {
    let inside = inside.spacing(gap::M).align_y(Alignment::Center).width(Fill);
    container(inside).padding([gap::S, gap::M]).width(Fill).style(theme::container::well).into()
}
