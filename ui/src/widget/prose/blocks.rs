//! Blocks above one another: text, headings, a bar beside quotes, points of lists, boxes of code.

use iced::{
    Border, Element, Length, Renderer,
    widget::{Column, Row, Space, container},
};

use super::{Events, Look, Prose};
use crate::text::{Block, Span};

/// How much larger emoji are that stand alone.
const JUMBO: f32 = 2.75;

/// A whole message, as wide as there is room.
pub fn blocks<'a, Message, Theme>(
    blocks: &'a [Block],
    look: Look,
    events: &Events<'a, Message>,
) -> Element<'a, Message, Theme, Renderer>
where
    Message: 'a,
    Theme: container::Catalog + 'a,
    Theme::Class<'a>: From<container::StyleFn<'a, Theme>>,
{
    let shown = blocks.iter().map(|one| block(one, look, events));
    Column::with_children(shown).spacing(look.size / 4.0).width(Length::Fill).into()
}

fn block<'a, Message, Theme>(
    block: &'a Block,
    look: Look,
    events: &Events<'a, Message>,
) -> Element<'a, Message, Theme, Renderer>
where
    Message: 'a,
    Theme: container::Catalog + 'a,
    Theme::Class<'a>: From<container::StyleFn<'a, Theme>>,
{
    let prose = |spans: &'a [Span], look| Prose::new(spans, look).events(events.clone()).width(Length::Fill);
    match block {
        Block::Paragraph(spans) => prose(spans, look).into(),
        Block::Jumbo(spans) => prose(spans, look.sized(look.size * JUMBO)).into(),
        Block::Heading(level, spans) => {
            let factor = [1.5, 1.25, 1.1][usize::from(level.saturating_sub(1)).min(2)];
            let bold = spans.iter().cloned().map(|mut span| {
                span.style.bold = true;
                span
            });
            Prose::owned(bold.collect(), look.sized(look.size * factor))
                .events(events.clone())
                .width(Length::Fill)
                .into()
        }
        Block::Quote(inner) => {
            let bar = container(Space::new()).width(4).height(Length::Fill).style(move |_| container::Style {
                background: Some(look.quote.into()),
                border: Border { radius: 2.0.into(), ..Border::default() },
                ..container::Style::default()
            });
            // The bar fills what the text needs; the row must not ask for more on its behalf.
            Row::with_children([bar.into(), blocks(inner, look, events)])
                .spacing(look.size * 0.75)
                .height(Length::Shrink)
                .into()
        }
        Block::List { first, items } => {
            let last = first.map_or(0, |first| first.saturating_add(u32::try_from(items.len()).unwrap_or(u32::MAX)));
            let digits = last.checked_ilog10().unwrap_or_default() as f32;
            let margin = look.size * (1.0 + 0.65 * digits);
            let points = items.iter().zip(0_u32..).map(|(item, place)| {
                let mark = first.map_or_else(|| "•".to_owned(), |first| format!("{}.", first.saturating_add(place)));
                let span = Span { text: mark, ..Span::default() };
                let mark = Prose::owned(vec![span], look.tinted(look.muted)).selectable(false);
                let mark = container(mark).align_right(margin);
                Row::with_children([mark.into(), blocks(item, look, events)]).spacing(look.size / 2.0).into()
            });
            let points = Column::with_children(points).spacing(look.size / 4.0).width(Length::Fill);
            points.into()
        }
        Block::Code(code) => container(Prose::code(code, look.sized(look.size * 0.875)).width(Length::Fill))
            .padding(look.size / 2.0)
            .width(Length::Fill)
            .style(move |_| container::Style {
                background: Some(look.code_background.into()),
                border: Border { radius: 4.0.into(), width: 1.0, color: look.code_border },
                ..container::Style::default()
            })
            .into(),
    }
}
