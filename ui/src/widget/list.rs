//! Rows of any height, of which only those in sight are made.
//!
//! ```text
//!            row 3   above: not made
//!  ┌───────┐ row 4 ◀ anchor: this row, so many pixels below the upper edge
//!  │ sight │ row 5
//!  └───────┘ row 6
//!            row 7   below: not made
//! ```
//!
//! Where one reads is a row and a distance, not a number of pixels from a beginning whose height nobody knows: what is put in
//! above or below, or grows, moves nothing. At the end, the list stays at the end, unless that is only the end of what is here.

use std::ops::Range;

use iced::{
    Border, Color, Event, Length, Point, Rectangle, Size, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, operation::Focusable, tree},
    },
    keyboard::{self, Key, Modifiers, key::Named},
    mouse::{Button, ScrollDelta},
    window,
};

use super::stop::NoStops;
use crate::theme::{Element, Theme, faded, radius};

/// What one notch of a mouse wheel moves, in logical pixels.
const NOTCH: f32 = 72.0;
/// Of the bar at the side, in logical pixels.
const BAR: f32 = 8.0;
/// Its least height, likewise.
const THUMB: f32 = 36.0;

/// Kept free beside the chosen row, likewise.
const AROUND: f32 = 12.0;
/// Where the menu of the chosen row opens, from its corner, likewise.
const INDENT: f32 = 64.0;

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal<K> {
    /// To the end, and stay there.
    End,
    /// This row in the middle.
    Middle(K),
    /// This row at the upper edge.
    Top(K),
    /// So many heights of the list further; less than zero goes up.
    Pages(f32),
}

/// What is in sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Rows, whole or in part.
    pub rows: Range<usize>,
    /// Whether there is nothing below.
    pub at_end: bool,
}

/// A list.
pub struct List<'a, K, Message> {
    keys: &'a [K],
    of: u64,
    row: Box<dyn Fn(usize) -> Element<'a, Message> + 'a>,
    goal: Option<(u64, Goal<K>)>,
    on_sight: Option<Box<dyn Fn(Sight) -> Message + 'a>>,
    on_menu: Option<Box<dyn Fn(usize, Point) -> Message + 'a>>,
    chosen: Option<Box<dyn Fn(K) -> bool + 'a>>,
    lit: bool,
    open: bool,
    made: Vec<(usize, Element<'a, Message>)>,
}

struct State<K> {
    /// See [`List::of`].
    of: u64,
    anchor: Anchor<K>,
    /// The last goal that was gone to.
    goal: u64,
    told: Option<Sight>,
    /// Of the rows in [`List::made`], in their order.
    trees: Vec<(K, Tree)>,
    /// Where their upper edges are.
    tops: Vec<(K, f32)>,
    /// How often they have moved.
    moves: u8,
    under_mouse: Option<usize>,
    dragging: bool,
    focused: bool,
    /// The row that has the keyboard, or had it last.
    chosen: Option<K>,
    /// It is to be chosen, or brought into sight, before the next frame.
    sought: bool,
}

impl<K> State<K> {
    fn new(of: u64) -> Self {
        Self {
            of,
            anchor: Anchor::End,
            goal: 0,
            told: None,
            trees: Vec::new(),
            tops: Vec::new(),
            moves: 0,
            under_mouse: None,
            dragging: false,
            focused: false,
            chosen: None,
            sought: false,
        }
    }
}

impl<K> Focusable for State<K> {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        (self.focused, self.sought) = (true, true);
    }

    fn unfocus(&mut self) {
        self.focused = false;
    }
}

#[derive(Clone, Copy)]
enum Anchor<K> {
    End,
    Middle(K),
    /// Its upper edge, from that of the list.
    At(K, usize, f32),
}

/// Rows that are laid out one below the other.
struct Run<'a, Message> {
    rows: std::collections::VecDeque<(usize, Element<'a, Message>, Tree, layout::Node)>,
    top: f32,
    bottom: f32,
}

impl<'a, K: Copy + PartialEq + 'static, Message> List<'a, K, Message> {
    /// Rows by their keys; each key is there once.
    pub fn new(keys: &'a [K], row: impl Fn(usize) -> Element<'a, Message> + 'a) -> Self {
        Self {
            keys,
            of: 0,
            row: Box::new(row),
            goal: None,
            on_sight: None,
            on_menu: None,
            chosen: None,
            lit: false,
            open: false,
            made: Vec::new(),
        }
    }

    /// Which list it is, by a number: in the place of another one it begins at the end, and nothing was told of it.
    #[must_use]
    pub fn of(mut self, number: u64) -> Self {
        self.of = number;
        self
    }

    /// Goes somewhere, once for each number.
    #[must_use]
    pub fn goal(mut self, goal: Option<(u64, Goal<K>)>) -> Self {
        self.goal = goal;
        self
    }

    /// Tells what is in sight whenever that changes.
    #[must_use]
    pub fn on_sight(mut self, tell: impl Fn(Sight) -> Message + 'a) -> Self {
        self.on_sight = Some(Box::new(tell));
        self
    }

    /// Tells where which row was clicked with the other button.
    #[must_use]
    pub fn on_menu(mut self, tell: impl Fn(usize, Point) -> Message + 'a) -> Self {
        self.on_menu = Some(Box::new(tell));
        self
    }

    /// Makes a stop of the Tab key of it: arrows choose among the rows of which this is true, Enter and the menu key do for the
    /// chosen one what the other button of the mouse does.
    #[must_use]
    pub fn by_keyboard(mut self, rows: impl Fn(K) -> bool + 'a) -> Self {
        self.chosen = Some(Box::new(rows));
        self
    }

    /// Lights the row under the mouse.
    #[must_use]
    pub fn lit(mut self) -> Self {
        self.lit = true;
        self
    }

    /// More may come below the last row: who is there stays where they are when it does.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    fn index(&self, key: K, near: usize) -> usize {
        let last = self.keys.len().saturating_sub(1);
        self.keys.iter().position(|it| *it == key).unwrap_or(near.min(last))
    }

    /// The row one reads at and its upper edge; if it is gone, as the line of a day is when more of that day comes, the next
    /// in sight that is there.
    fn at(&self, state: &State<K>, key: K, near: usize, top: f32) -> (usize, f32) {
        let moved = state.tops.first().map_or(0.0, |(_, was)| top - was);
        let mut seen = [(key, top - moved)].into_iter().chain(state.tops.iter().copied());
        let found = seen.find_map(|(key, top)| Some((self.keys.iter().position(|it| *it == key)?, top + moved)));
        found.unwrap_or((self.index(key, near), top))
    }

    /// Lays rows out from the anchor in both directions until the height is full.
    fn fill(&self, state: &mut State<K>, renderer: &iced::Renderer, size: Size) -> Run<'a, Message> {
        let mut old = std::mem::take(&mut state.trees);
        let limits = layout::Limits::new(Size::ZERO, Size::new(size.width, f32::INFINITY));
        let mut make = |index: usize| {
            let mut element = (self.row)(index);
            let kept = old.iter().position(|(key, _)| *key == self.keys[index]);
            let mut tree = kept.map_or_else(|| Tree::new(&element), |at| old.swap_remove(at).1);
            tree.diff(&element);
            let node = element.as_widget_mut().layout(&mut tree, renderer, &limits);
            (index, element, tree, node)
        };
        let count = self.keys.len();
        let (first, top) = match state.anchor {
            Anchor::End => (count - 1, None),
            Anchor::Middle(key) => (self.index(key, count - 1), None),
            Anchor::At(key, near, top) => {
                let (first, top) = self.at(state, key, near, top);
                (first, Some(top))
            }
        };
        let row = make(first);
        let height = row.3.size().height;
        let top = match state.anchor {
            Anchor::Middle(_) => (size.height - height) / 2.0,
            _ => top.unwrap_or(size.height - height),
        };
        let mut run = Run { rows: [row].into(), top, bottom: top + height };
        run.down(count, size.height, &mut make);
        if run.bottom < size.height {
            run.shift(size.height - run.bottom);
        }
        run.up(&mut make);
        if run.top > 0.0 {
            run.shift(-run.top);
            run.down(count, size.height, &mut make);
            // All there is stands at the lower edge.
            run.shift((size.height - run.bottom).max(0.0));
        }
        run
    }

    /// Scrolls by so many pixels; above zero goes up.
    fn scroll(&self, state: &mut State<K>, layout: Layout<'_>, by: f32, shell: &mut Shell<'_, Message>) {
        let Some(((index, _), row)) = self.made.iter().zip(layout.children()).next() else { return };
        let top = row.bounds().y - layout.bounds().y;
        state.anchor = Anchor::At(self.keys[*index], *index, top + by);
        shell.invalidate_layout();
        shell.request_redraw();
    }

    /// Chooses another row by the keyboard: so many further, or the last in sight where none is chosen. Scrolls it into sight.
    fn choose(&self, state: &mut State<K>, layout: Layout<'_>, by: isize, shell: &mut Shell<'_, Message>) {
        let Some(rows) = &self.chosen else { return };
        let bounds = layout.bounds();
        let whole = self.made.iter().zip(layout.children()).filter(|(_, row)| row.bounds().y >= bounds.y);
        let last = whole.map(|((index, _), _)| *index).rfind(|index| rows(self.keys[*index]));
        let now = state.chosen.and_then(|key| self.keys.iter().position(|it| *it == key));
        let next = match (now, by) {
            (None, _) => last,
            (Some(now), 1..) => (now + 1..self.keys.len()).find(|at| rows(self.keys[*at])),
            (Some(now), 0) => Some(now),
            (Some(now), _) => (0..now).rfind(|at| rows(self.keys[*at])),
        };
        let Some(at) = next.or(now) else { return };
        state.chosen = Some(self.keys[at]);
        let place = self.made.iter().zip(layout.children()).find(|((index, _), _)| *index == at);
        match place.map(|(_, row)| row.bounds()) {
            Some(row) if row.y < bounds.y => self.scroll(state, layout, bounds.y - row.y + AROUND, shell),
            Some(row) if row.y + row.height > bounds.y + bounds.height => {
                let over = row.y + row.height - bounds.y - bounds.height + AROUND;
                self.scroll(state, layout, -over.min(row.y - bounds.y), shell);
            }
            Some(_) => shell.request_redraw(),
            None => {
                state.anchor = Anchor::Middle(self.keys[at]);
                shell.invalidate_layout();
                shell.request_redraw();
            }
        }
    }

    /// What a key does while the list has the keyboard. Whether it did anything.
    fn key(
        &self,
        state: &mut State<K>,
        layout: Layout<'_>,
        (key, modifiers): (&Key, Modifiers),
        shell: &mut Shell<'_, Message>,
    ) -> bool {
        match key {
            Key::Named(Named::ArrowUp) if modifiers.is_empty() => self.choose(state, layout, -1, shell),
            Key::Named(Named::ArrowDown) if modifiers.is_empty() => self.choose(state, layout, 1, shell),
            Key::Named(Named::Enter | Named::Space) if !modifiers.is_empty() => return false,
            Key::Named(Named::F10) if modifiers != Modifiers::SHIFT => return false,
            Key::Named(Named::Enter | Named::Space | Named::ContextMenu | Named::F10) => {
                let chosen = state.chosen.and_then(|key| {
                    let mut rows = self.made.iter().zip(layout.children());
                    rows.find(|((index, _), _)| self.keys[*index] == key)
                        .map(|((index, _), row)| (*index, row.bounds()))
                });
                let Some((tell, (index, row))) = self.on_menu.as_ref().zip(chosen) else { return false };
                shell.publish(tell(index, Point::new(row.x + INDENT, row.y + INDENT.min(row.height))));
            }
            _ => return false,
        }
        true
    }

    /// Goes to where the bar was dragged, 0 to 1.
    fn drag(&self, state: &mut State<K>, bounds: Rectangle, y: f32, shell: &mut Shell<'_, Message>) {
        let count = self.keys.len();
        let share = ((y - bounds.y) / bounds.height).clamp(0.0, 1.0);
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = ((share * count as f32) as usize).min(count.saturating_sub(1));
        state.anchor = if share >= 0.99 || count == 0 { Anchor::End } else { Anchor::At(self.keys[index], index, 0.0) };
        shell.invalidate_layout();
        shell.request_redraw();
    }

    /// Where the bar stands, if not all is in sight.
    fn thumb(&self, bounds: Rectangle, layout: Layout<'_>) -> Option<Rectangle> {
        let (first, last) = (self.made.first()?.0, self.made.last()?.0);
        let rows: Vec<Rectangle> = layout.children().map(|row| row.bounds()).collect();
        let (top, end) = (rows.first()?, rows.last()?);
        if first == 0
            && last + 1 == self.keys.len()
            && top.y >= bounds.y
            && end.y + end.height <= bounds.y + bounds.height + 1.0
        {
            return None;
        }
        #[allow(clippy::cast_precision_loss)]
        let (count, first, shown) = (self.keys.len() as f32, first as f32, self.made.len() as f32);
        let above = first + ((bounds.y - top.y) / top.height.max(1.0)).clamp(0.0, 1.0);
        let height = (bounds.height * shown / count).clamp(THUMB.min(bounds.height), bounds.height);
        let share = (above / (count - shown + 1.0).max(1.0)).clamp(0.0, 1.0);
        let at_end = last + 1 == self.keys.len() && end.y + end.height <= bounds.y + bounds.height + 1.0;
        let y = if at_end { 1.0 } else { share } * (bounds.height - height);
        Some(Rectangle { x: bounds.x + bounds.width - BAR, y: bounds.y + y, width: BAR, height })
    }
}

impl<'a, Message> Run<'a, Message> {
    fn down(
        &mut self,
        count: usize,
        height: f32,
        make: &mut impl FnMut(usize) -> (usize, Element<'a, Message>, Tree, layout::Node),
    ) {
        while self.bottom < height
            && let Some(next) = self.rows.back().map(|row| row.0 + 1).filter(|next| *next < count)
        {
            let row = make(next);
            self.bottom += row.3.size().height;
            self.rows.push_back(row);
        }
    }

    fn up(&mut self, make: &mut impl FnMut(usize) -> (usize, Element<'a, Message>, Tree, layout::Node)) {
        while self.top > 0.0
            && let Some(before) = self.rows.front().and_then(|row| row.0.checked_sub(1))
        {
            let row = make(before);
            self.top -= row.3.size().height;
            self.rows.push_front(row);
        }
    }

    fn shift(&mut self, by: f32) {
        self.top += by;
        self.bottom += by;
    }
}

impl<'a, K: Copy + PartialEq + 'static, Message> Widget<Message, Theme, iced::Renderer> for List<'a, K, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State<K>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::<K>::new(self.of))
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn diff(&self, _tree: &mut Tree) {}

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let size = limits.max();
        let state = tree.state.downcast_mut::<State<K>>();
        self.made.clear();
        if state.of != self.of {
            *state = State { focused: state.focused, ..State::new(self.of) };
        }
        if self.keys.is_empty() {
            state.trees.clear();
            state.anchor = Anchor::End;
            return layout::Node::new(size);
        }
        // While there is no room for it, where one reads stays.
        if size.height <= 0.0 || size.width <= 0.0 {
            return layout::Node::new(size);
        }
        if let Some((number, goal)) = self.goal
            && number != state.goal
        {
            state.goal = number;
            match goal {
                Goal::End => state.anchor = Anchor::End,
                Goal::Middle(key) => state.anchor = Anchor::Middle(key),
                Goal::Top(key) => state.anchor = Anchor::At(key, 0, 0.0),
                Goal::Pages(pages) => {
                    // From the row that stays in sight: what is between here and there need not be made.
                    let mut seen = state.tops.iter().filter(|(key, _)| self.keys.contains(key));
                    let stays = if pages > 0.0 { seen.next_back() } else { seen.next() };
                    if let Some((key, top)) = stays {
                        state.anchor = Anchor::At(*key, 0, top - pages * size.height);
                    }
                }
            }
        }
        let run = self.fill(state, renderer, size);
        let ends = run.rows.back().is_some_and(|row| row.0 + 1 == self.keys.len());
        let at_end = ends && run.bottom <= size.height + 0.5;
        let mut y = run.top;
        let mut nodes = Vec::with_capacity(run.rows.len());
        let mut tops = Vec::with_capacity(run.rows.len());
        for (index, element, tree, node) in run.rows {
            let (top, height) = (y, node.size().height);
            y += height;
            if top + height <= 0.0 || top >= size.height {
                continue;
            }
            tops.push((self.keys[index], top));
            nodes.push(node.move_to(Point::new(0.0, top)));
            state.trees.push((self.keys[index], tree));
            self.made.push((index, element));
        }
        state.anchor = match tops.first().zip(self.made.first()) {
            Some(((key, top), (index, _))) if !at_end || self.open => Anchor::At(*key, *index, *top),
            _ => Anchor::End,
        };
        if state.tops != tops {
            state.moves = state.moves.wrapping_add(1);
            state.tops = tops;
        }
        layout::Node::with_children(size, nodes)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        let state = tree.state.downcast_mut::<State<K>>();
        operation.container(None, layout.bounds());
        // One stop for all rows, whose menu has what can be done with each.
        if self.chosen.is_some() {
            operation.focusable(None, layout.bounds(), state);
        }
        NoStops(operation).traverse(&mut |operation| {
            for (((_, row), (_, tree)), layout) in self.made.iter_mut().zip(&mut state.trees).zip(layout.children()) {
                row.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let state = tree.state.downcast_mut::<State<K>>();
        // What is cut off at the edges is not under the mouse.
        let inside = if cursor.is_over(bounds) { cursor } else { cursor.levitate() };
        let visible = bounds.intersection(viewport).unwrap_or(bounds);
        for (((_, row), (_, tree)), layout) in self.made.iter_mut().zip(&mut state.trees).zip(layout.children()) {
            row.as_widget_mut().update(tree, event, layout, inside, renderer, clipboard, shell, &visible);
        }
        match event {
            Event::Window(window::Event::RedrawRequested(_)) => {
                if state.focused && std::mem::take(&mut state.sought) {
                    self.choose(state, layout, 0, shell);
                }
                if let (Some(tell), Some(first), Some(last)) = (&self.on_sight, self.made.first(), self.made.last()) {
                    let sight = Sight { rows: first.0..last.0 + 1, at_end: matches!(state.anchor, Anchor::End) };
                    if state.told.as_ref() != Some(&sight) {
                        shell.publish(tell(sight.clone()));
                        state.told = Some(sight);
                    }
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                if state.dragging
                    && let Some(at) = cursor.position()
                {
                    self.drag(state, bounds, at.y, shell);
                }
                let under = cursor.position_over(bounds).and_then(|at| {
                    let mut rows = self.made.iter().zip(layout.children());
                    rows.find(|(_, row)| row.bounds().contains(at)).map(|((index, _), _)| *index)
                });
                if state.under_mouse != under {
                    state.under_mouse = under;
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(Button::Left)) => state.dragging = false,
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. })
                if state.focused && self.key(state, layout, (key, *modifiers), shell) =>
            {
                shell.capture_event();
            }
            Event::Mouse(mouse::Event::ButtonPressed(_)) if std::mem::take(&mut state.focused) => {
                shell.request_redraw();
            }
            _ if shell.is_event_captured() => {}
            Event::Mouse(mouse::Event::WheelScrolled { delta }) if cursor.is_over(bounds) => {
                let by = match delta {
                    ScrollDelta::Lines { y, .. } => y * NOTCH,
                    ScrollDelta::Pixels { y, .. } => *y,
                };
                self.scroll(state, layout, by, shell);
                shell.capture_event();
            }
            Event::Mouse(mouse::Event::ButtonPressed(Button::Left)) => {
                let rail = Rectangle { x: bounds.x + bounds.width - 2.0 * BAR, width: 2.0 * BAR, ..bounds };
                if let Some(at) = cursor.position_over(rail)
                    && self.thumb(bounds, layout).is_some()
                {
                    state.dragging = true;
                    self.drag(state, bounds, at.y, shell);
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonPressed(Button::Right)) => {
                let Some((tell, at)) = self.on_menu.as_ref().zip(cursor.position_over(bounds)) else { return };
                let mut rows = self.made.iter().zip(layout.children());
                if let Some(((index, _), _)) = rows.find(|(_, row)| row.bounds().contains(at)) {
                    shell.publish(tell(*index, at));
                    shell.capture_event();
                }
            }
            _ => {}
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let Some(visible) = layout.bounds().intersection(viewport) else { return };
        let state = tree.state.downcast_ref::<State<K>>();
        let inside = if cursor.is_over(visible) { cursor } else { mouse::Cursor::Unavailable };
        // Drawn without a GPU, each line that moved would be mended by itself, under a mask of its own. A layer of another size
        // is drawn as one: it is larger by a little that nobody sees, which changes with each move.
        let layer = Rectangle { height: visible.height + f32::from(state.moves) / 1024.0, ..visible };
        renderer.with_layer(layer, |renderer| {
            for (((_, row), (_, tree)), layout) in self.made.iter().zip(&state.trees).zip(layout.children()) {
                if self.lit && inside.is_over(layout.bounds()) {
                    let bounds = layout.bounds();
                    renderer.fill_quad(
                        renderer::Quad { bounds, ..renderer::Quad::default() },
                        faded(theme.color.hover, 0.5),
                    );
                }
                row.as_widget().draw(tree, renderer, theme, style, layout, inside, &visible);
            }
            let mut rows = self.made.iter().zip(layout.children());
            let chosen = state.chosen.filter(|_| state.focused);
            if let Some((_, row)) = chosen.and_then(|key| rows.find(|((index, _), _)| self.keys[*index] == key)) {
                let border = Border { color: theme.color.text, width: 2.0, radius: radius::M.into() };
                let bounds = row.bounds().shrink(iced::Padding { right: BAR, ..iced::Padding::new(1.0) });
                renderer.fill_quad(renderer::Quad { bounds, border, ..renderer::Quad::default() }, Color::TRANSPARENT);
            }
        });
        if let Some(bounds) = self.thumb(layout.bounds(), layout) {
            renderer.with_layer(visible, |renderer| {
                let lit = state.dragging || cursor.is_over(bounds.expand(4.0));
                let border = Border::default().rounded(radius::FULL);
                let color = faded(theme.color.faint, if lit { 0.8 } else { 0.4 });
                let bounds = bounds.shrink(iced::Padding { left: 2.0, ..iced::Padding::ZERO });
                renderer.fill_quad(renderer::Quad { bounds, border, ..renderer::Quad::default() }, color);
            });
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        if !cursor.is_over(layout.bounds()) {
            return mouse::Interaction::None;
        }
        let state = tree.state.downcast_ref::<State<K>>();
        let rows = self.made.iter().zip(&state.trees).zip(layout.children());
        rows.map(|(((_, row), (_, tree)), layout)| {
            row.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
        })
        .max()
        .unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        let state = tree.state.downcast_mut::<State<K>>();
        let rows = self.made.iter_mut().zip(&mut state.trees).zip(layout.children());
        let over: Vec<_> = rows
            .filter_map(|(((_, row), (_, tree)), layout)| {
                row.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
            })
            .collect();
        (!over.is_empty()).then(|| overlay::Group::with_children(over).overlay())
    }
}

impl<'a, K: Copy + PartialEq + 'static, Message: 'a> From<List<'a, K, Message>> for Element<'a, Message> {
    fn from(list: List<'a, K, Message>) -> Self {
        Self::new(list)
    }
}

#[cfg(test)]
mod tests {
    use iced::{Font, Pixels, advanced::renderer::Headless as _, futures::executor::block_on, widget::space};

    use super::*;

    /// Rows of 30 pixels in a list of 100: those in sight, with their upper edges.
    fn lay(keys: &[u32], tree: &mut Tree) -> Vec<(u32, f32)> {
        let renderer = block_on(iced::Renderer::new(Font::DEFAULT, Pixels(16.0), Some("tiny-skia"))).unwrap();
        let mut list = List::<u32, ()>::new(keys, |_| space().height(30).into());
        let limits = layout::Limits::new(Size::ZERO, Size::new(100.0, 100.0));
        let node = list.layout(tree, &renderer, &limits);
        list.made.iter().zip(node.children()).map(|((index, _), row)| (keys[*index], row.bounds().y)).collect()
    }

    fn at(key: u32, top: f32) -> Tree {
        let list = List::<u32, ()>::new(&[], |_| space().into());
        let mut tree = Tree { tag: list.tag(), state: list.state(), children: Vec::new() };
        tree.state.downcast_mut::<State<u32>>().anchor = Anchor::At(key, 0, top);
        tree
    }

    #[test]
    fn a_row_that_goes_leaves_the_others_where_they_are() {
        let mut tree = at(0, -10.0);
        assert_eq!(lay(&[0, 1, 2, 3, 4, 5], &mut tree), [(0, -10.0), (1, 20.0), (2, 50.0), (3, 80.0)]);
        // More came above, and the line that stood there stands above it now, by another key.
        assert_eq!(lay(&[90, 91, 92, 1, 2, 3, 4, 5], &mut tree), [(92, -10.0), (1, 20.0), (2, 50.0), (3, 80.0)]);
    }

    #[test]
    fn a_page_further_begins_where_the_last_one_ended() {
        let (keys, mut tree) = ([0, 1, 2, 3, 4, 5, 6, 7], at(1, 0.0));
        let page = |tree: &mut Tree, number, pages| {
            let mut list =
                List::<u32, ()>::new(&keys, |_| space().height(30).into()).goal(Some((number, Goal::Pages(pages))));
            let renderer = block_on(iced::Renderer::new(Font::DEFAULT, Pixels(16.0), Some("tiny-skia"))).unwrap();
            let node = list.layout(tree, &renderer, &layout::Limits::new(Size::ZERO, Size::new(100.0, 100.0)));
            list.made
                .iter()
                .zip(node.children())
                .map(|((index, _), row)| (keys[*index], row.bounds().y))
                .collect::<Vec<_>>()
        };
        assert_eq!(lay(&keys, &mut tree), [(1, 0.0), (2, 30.0), (3, 60.0), (4, 90.0)]);
        assert_eq!(page(&mut tree, 1, 0.9), [(4, 0.0), (5, 30.0), (6, 60.0), (7, 90.0)]);
        assert_eq!(page(&mut tree, 2, -0.9), [(1, 0.0), (2, 30.0), (3, 60.0), (4, 90.0)]);
        // No further than there is.
        assert_eq!(page(&mut tree, 3, -0.9), [(0, 0.0), (1, 30.0), (2, 60.0), (3, 90.0)]);
        assert_eq!(page(&mut tree, 4, 9.0), [(4, -20.0), (5, 10.0), (6, 40.0), (7, 70.0)]);
    }

    #[test]
    fn the_first_row_begins_at_the_upper_edge() {
        assert_eq!(lay(&[0, 1, 2, 3, 4, 5], &mut at(1, 75.0)), [(0, 0.0), (1, 30.0), (2, 60.0), (3, 90.0)]);
        // Too few to fill it stand at the lower one.
        assert_eq!(lay(&[0, 1], &mut at(1, 10.0)), [(0, 40.0), (1, 70.0)]);
    }
}
