//! The data folder is locked: its passphrase, please. And what stands in the way of opening it at all.

use bivouac_node::Passphrase;
use iced::{
    Fill,
    widget::{Id, column, container, operation, row, text},
};

use super::{Ctx, welcome::brand};
use crate::{
    fault::Fault,
    intent::Wants,
    theme::{self, Element, size, space},
    widget::{self, Icon},
};

/// A locked folder.
pub struct Unlock {
    id: Id,
    words: String,
    under_way: bool,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone)]
pub enum Message {
    /// Something was typed.
    Type(String),
    /// Try it.
    Go,
}

// What is typed is nobody's to print.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unlock::Message")
    }
}

impl Unlock {
    /// With what went wrong before, if anything did.
    pub fn new(fault: Option<Fault>) -> (Self, Wants<Message>) {
        let unlock = Self { id: Id::unique(), words: String::new(), under_way: false, fault };
        let focus = Wants::task(operation::focus(unlock.id.clone()));
        (unlock, focus)
    }

    /// What happens; the passphrase to try.
    pub fn update(&mut self, message: Message) -> Option<Passphrase> {
        match message {
            Message::Type(words) => {
                (self.words, self.fault) = (words, None);
                None
            }
            Message::Go if self.under_way || self.words.is_empty() => None,
            Message::Go => {
                self.under_way = true;
                Some(Passphrase(std::mem::take(&mut self.words).into_bytes().into()))
            }
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("passphrase");
        let line =
            widget::line(&shown, &self.words, Message::Type).id(self.id.clone()).secure(true).on_submit(Message::Go);
        let hint = if self.under_way { ctx.w.get("unlocking") } else { ctx.w.get("unlock-hint") };
        let go = (!self.under_way && !self.words.is_empty()).then_some(Message::Go);
        let go = widget::primary(ctx.w.get("unlock"), go);
        let sheet = column![widget::heading(ctx.w.get("unlock-head")), widget::hint(hint), line]
            .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
            .push(row![widget::push(), go])
            .spacing(space::L);
        page(sheet.into(), ctx)
    }
}

/// What keeps the app from starting.
pub fn broken<'a, M: Clone + 'a>(why: &Fault, usual: Option<M>, retry: M, quit: M, ctx: Ctx<'a>) -> Element<'a, M> {
    let usual = usual.map(|usual| widget::secondary(ctx.w.get("broken-usual"), Some(usual)));
    let words = text(ctx.say(why)).size(size::BODY).wrapping(text::Wrapping::WordOrGlyph);
    let retry = widget::primary(ctx.w.get("retry"), Some(retry));
    let quit = widget::secondary(ctx.w.get("quit"), Some(quit));
    let sheet = column![
        widget::icon(Icon::Warning, 32.0).style(theme::text::warning),
        widget::heading(ctx.w.get("broken-head")),
        words,
        row![quit, widget::push()].push(usual).push(retry).spacing(space::S),
    ]
    .spacing(space::L);
    page(sheet.into(), ctx)
}

/// The store is being opened.
pub fn opening<'a, M: 'a>(ctx: Ctx<'a>) -> Element<'a, M> {
    let whole = column![brand(ctx), widget::hint(ctx.w.get("opening"))].spacing(space::L).align_x(iced::Center);
    container(whole).center(Fill).style(theme::container::rail).into()
}

fn page<'a, M: 'a>(sheet: Element<'a, M>, ctx: Ctx<'a>) -> Element<'a, M> {
    let sheet = container(sheet).padding(space::XXL).width(Fill).max_width(480).style(theme::container::floating);
    let whole = column![brand(ctx), sheet].spacing(space::XL).align_x(iced::Center);
    container(whole).center(Fill).padding(space::XL).style(theme::container::rail).into()
}
