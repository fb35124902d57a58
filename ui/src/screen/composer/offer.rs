//! What is offered while one types: people, channels, emoji and commands that begin like the word under the cursor.

use bivouac_node::core::io::GuildView;
use iced::{
    Center, Fill,
    widget::{
        Column, container, row, text,
        text_editor::{Content, Cursor, Position},
    },
};

use super::Message;
use crate::{
    screen::{
        Ctx, members,
        message::{emoji, shorten},
    },
    text::{
        Names,
        compose::{Candidate, What, apply, candidates, word},
        emoji::SkinTone,
    },
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, button, icon},
};

/// How many are offered.
const MOST: usize = 8;

/// What is offered.
#[derive(Debug, Default)]
pub(super) struct Offer {
    candidates: Vec<Candidate>,
    chosen: usize,
}

impl Offer {
    /// For what is written so far.
    #[must_use]
    pub(super) fn new(content: &Content, names: &Names) -> Option<Self> {
        let (text, cursor) = written(content);
        let candidates = candidates(&word(&text, cursor)?, names, SkinTone::Default, MOST);
        (!candidates.is_empty()).then_some(Self { candidates, chosen: 0 })
    }

    /// Chooses another one.
    pub(super) fn step(&mut self, by: isize) {
        let count = self.candidates.len().cast_signed();
        self.chosen = (self.chosen.cast_signed() + by).rem_euclid(count).unsigned_abs();
    }

    /// Puts the chosen one, or this one, in place of the word.
    #[must_use]
    pub(super) fn take(&self, at: Option<usize>, content: &Content) -> Option<Content> {
        let candidate = self.candidates.get(at.unwrap_or(self.chosen))?;
        let (text, cursor) = written(content);
        let (text, cursor) = apply(&text, cursor, &word(&text, cursor)?, candidate);
        let mut content = Content::with_text(&text);
        let before = &text[..cursor];
        let line = before.matches('\n').count();
        let column = before.rfind('\n').map_or(before.len(), |at| before.len() - at - 1);
        content.move_to(Cursor { position: Position { line, column }, selection: None });
        Some(content)
    }

    /// Draws it.
    pub(super) fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut list = Column::new().spacing(1);
        for (at, candidate) in self.candidates.iter().enumerate() {
            let sign: Element<'a, Message> = match candidate.what {
                What::Mention(bivouac_node::core::mention::Mention::User(user)) => {
                    members::presence(user, view.online.contains(&user) || user == view.me, 22.0, view, ctx)
                }
                What::Mention(_) => icon(Icon::AtSign, 18.0).into(),
                What::Channel(_) => icon(Icon::Hash, 18.0).into(),
                What::Emoji(_) | What::Picture(_) => emoji(candidate.insert.clone(), 18.0, view, ctx),
                What::Command(_) => icon(Icon::Code, 18.0).into(),
            };
            let label = widget::single(text(shorten(&candidate.label, 60)).font(MEDIUM).size(size::SMALL + 1.0));
            let mut line = row![container(sign).center_x(26), label].spacing(space::S).align_y(Center);
            if let What::Command(command) = candidate.what {
                line = line.push(widget::push()).push(widget::hint(ctx.w.get(command.hint)));
            }
            let press = button(line).padding([space::XS + 1.0, space::S]).width(Fill);
            let press = press.style(theme::button::row(at == self.chosen, true));
            list = list.push(press.on_press(Message::Take(Some(at))));
        }
        container(list).padding(space::XS).width(Fill).into()
    }
}

/// What is written, and where the cursor is in it, in bytes.
fn written(content: &Content) -> (String, usize) {
    let text = content.text();
    let Position { line, column } = content.cursor().position;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let at = (before + column).min(text.len());
    // The editor's own place, unless its text ended otherwise than ours.
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    (text, at)
}
