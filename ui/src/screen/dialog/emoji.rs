//! Choosing an emoji: those used last, the guild's own, and Unicode's, by group or by name.

use bivouac_node::core::io::GuildView;
use iced::{
    Center, Fill, Length,
    widget::{Column, Id, Row, column, container, operation, row, scrollable},
};

use crate::{
    intent::Wants,
    screen::{Ctx, message},
    text::emoji::{SkinTone, search},
    theme::{self, Element, space},
    widget::{self, Icon, button, icon, prose::draws},
};

const COLUMNS: usize = 9;
const CELL: f32 = 38.0;
/// Rows in sight.
const ROWS: f32 = 8.0;
/// Emoji that a search offers.
const FOUND: usize = 90;

/// Choosing an emoji.
#[derive(Debug)]
pub struct Picker {
    id: Id,
    body: Id,
    words: String,
    group: usize,
    /// The one that Enter takes.
    chosen: usize,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed.
    Type(String),
    /// Another group.
    Group(usize),
    /// This one.
    Pick(String),
    /// The one that arrows led to, or the first.
    Chosen,
}

const GROUPS: [(Icon, Option<emojis::Group>); 10] = [
    (Icon::Clock, None),
    (Icon::Smile, Some(emojis::Group::SmileysAndEmotion)),
    (Icon::Users, Some(emojis::Group::PeopleAndBody)),
    (Icon::Heart, Some(emojis::Group::AnimalsAndNature)),
    (Icon::Flame, Some(emojis::Group::FoodAndDrink)),
    (Icon::Compass, Some(emojis::Group::TravelAndPlaces)),
    (Icon::PartyPopper, Some(emojis::Group::Activities)),
    (Icon::Wrench, Some(emojis::Group::Objects)),
    (Icon::Hash, Some(emojis::Group::Symbols)),
    (Icon::Tag, Some(emojis::Group::Flags)),
];

impl Picker {
    /// Nothing typed yet.
    pub fn new() -> (Self, Wants<Message>) {
        let picker = Self { id: Id::unique(), body: Id::unique(), words: String::new(), group: 0, chosen: 0 };
        let focus = picker.focus();
        (picker, focus)
    }

    /// What happens. The emoji that was chosen.
    pub fn update(&mut self, message: Message, view: &GuildView, ctx: &Ctx<'_>) -> Option<String> {
        match message {
            Message::Type(words) => (self.words, self.chosen) = (words, 0),
            Message::Group(group) => (self.group, self.words, self.chosen) = (group, String::new(), 0),
            Message::Pick(emoji) => return Some(emoji),
            Message::Chosen => return self.offered(view, ctx).into_iter().nth(self.chosen),
        }
        None
    }

    /// The keyboard to where one types, from where Enter takes what arrows led to.
    pub fn focus(&self) -> Wants<Message> {
        Wants::task(operation::focus(self.id.clone()))
    }

    /// So many cells to the right and down, as far as there are any; it is brought into sight.
    pub fn step(&mut self, (right, down): (isize, isize), view: &GuildView, ctx: &Ctx<'_>) -> Wants<Message> {
        let by = right + down * COLUMNS.cast_signed();
        let next = self.chosen.checked_add_signed(by);
        self.chosen = next.filter(|at| *at < self.offered(view, ctx).len()).unwrap_or(self.chosen);
        #[allow(clippy::cast_precision_loss)]
        let y = ((self.chosen / COLUMNS) as f32 - ROWS / 2.0).max(0.0) * CELL;
        Wants::task(operation::scroll_to(self.body.clone(), operation::AbsoluteOffset { x: 0.0, y }))
    }

    fn offered(&self, view: &GuildView, ctx: &Ctx<'_>) -> Vec<String> {
        let wanted = self.words.trim().trim_matches(':').to_lowercase();
        let own = view.law.emoji.keys().map(|name| format!(":{name}:"));
        if !wanted.is_empty() {
            let own = own.filter(|name| name.to_lowercase().contains(&wanted));
            let found = search(&wanted, SkinTone::Default, FOUND).into_iter().map(|it| it.emoji);
            return own.chain(found.filter(|it| draws(it)).map(str::to_owned)).take(FOUND).collect();
        }
        match GROUPS.get(self.group).and_then(|(_, group)| *group) {
            Some(group) => group.emojis().map(|it| it.as_str()).filter(|it| draws(it)).map(str::to_owned).collect(),
            None => {
                const USUAL: [&str; 12] = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🔥", "👀", "✅", "🙏", "👎", "🤔"];
                let known = |it: &String| !it.starts_with(':') || view.law.emoji.contains_key(it.trim_matches(':'));
                let mut offered: Vec<String> = ctx.prefs.emoji.iter().filter(|it| known(it)).cloned().collect();
                let rest: Vec<_> = own.chain(USUAL.map(str::to_owned)).filter(|it| !offered.contains(it)).collect();
                offered.extend(rest);
                offered
            }
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("emoji-search");
        let line = widget::line(&shown, &self.words, Message::Type).id(self.id.clone()).on_submit(Message::Chosen);
        let groups = GROUPS.iter().enumerate().map(|(at, (sign, _))| {
            let chosen = at == self.group && self.words.is_empty();
            let press = button(icon(*sign, 18.0)).padding(space::S - 1.0).style(theme::button::row(chosen, false));
            press.on_press(Message::Group(at)).into()
        });
        let offered = self.offered(view, &ctx);
        let mut grid = Column::new();
        for (above, line) in offered.chunks(COLUMNS).enumerate() {
            let cells = line.iter().enumerate().map(|(at, emoji)| {
                let chosen = above * COLUMNS + at == self.chosen;
                let press = button(container(cell(emoji, view, ctx)).center(Fill)).width(CELL).height(CELL).padding(0);
                widget::tip(
                    press.style(theme::button::row(chosen, true)).on_press(Message::Pick(emoji.clone())),
                    called(emoji),
                )
            });
            grid = grid.push(Row::from_iter(cells));
        }
        if offered.is_empty() {
            grid = grid.push(container(widget::hint(ctx.w.get("emoji-none"))).padding(space::M));
        }
        #[allow(clippy::cast_precision_loss)]
        let width = CELL * COLUMNS as f32 + 2.0 * space::M + 12.0;
        let grid = scrollable(grid.width(Fill)).id(self.body.clone()).height(Length::Fixed(CELL * ROWS));
        let body = column![line, row(groups).align_y(Center), grid];
        container(body.spacing(space::S)).padding(space::M).width(width).style(theme::container::floating).into()
    }
}

fn cell<'a>(emoji: &str, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    message::emoji(emoji.to_owned(), 24.0, view, ctx)
}

/// What it is called.
fn called(emoji: &str) -> String {
    match emojis::get(emoji) {
        Some(known) => format!(":{}:", known.shortcode().unwrap_or_else(|| known.name())),
        None => emoji.to_owned(),
    }
}
