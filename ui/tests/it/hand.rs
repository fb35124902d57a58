//! Somebody at a screen, with a mouse and a keyboard: what is drawn is looked at, pressed and typed into as in the app, and keeps
//! what has the keyboard and what is scrolled from one step to the next.

use bivouac_ui::{
    format::{Clock, Zone},
    keymap::Keymap,
    pictures::Pictures,
    prefs::Prefs,
    screen::Ctx,
    theme::{Accent, Element, FONTS, SANS, Theme},
    words::{Language, Words},
    world::World,
};
use iced::{Event, Point, Rectangle, Size, Task, event::Status, keyboard, mouse, window};
use iced_test::{
    Selector,
    core::{
        clipboard,
        renderer::Headless as _,
        widget::{Operation, operation},
    },
    futures::futures::{StreamExt as _, executor::block_on},
    renderer::graphics::text::{cosmic_text::fontdb, font_system},
    runtime::{
        self, Action,
        user_interface::{Cache, UserInterface},
    },
    selector::Candidate,
    simulator,
};

/// What a screen draws from.
pub(crate) struct Around {
    pub words: Words,
    pub world: World,
    pub prefs: Prefs,
    pub pictures: Pictures,
    pub theme: Theme,
    pub keys: Keymap,
    pub zone: Zone,
    pub now: u64,
    pub size: Size,
    pub focused: bool,
}

impl Around {
    pub(crate) fn new(world: World, now: u64) -> Self {
        let prefs = Prefs::default();
        Self {
            words: Words::new(Language::English),
            world,
            keys: Keymap::new(&prefs.keys),
            prefs,
            pictures: Pictures::new().0,
            theme: Theme::new(true, Accent::default()),
            zone: Zone::utc(),
            now,
            size: Size::new(1280.0, 800.0),
            focused: true,
        }
    }

    pub(crate) fn ctx(&self) -> Ctx<'_> {
        Ctx {
            w: &self.words,
            world: &self.world,
            prefs: &self.prefs,
            pictures: &self.pictures,
            theme: &self.theme,
            keys: &self.keys,
            clock: Clock { words: &self.words, zone: &self.zone, now: self.now },
            size: self.size,
            focused: self.focused,
        }
    }
}

/// Draws a screen.
type View<S, M> = for<'a> fn(&'a S, Ctx<'a>) -> Element<'a, M>;

/// Somebody at a screen.
pub(crate) struct Hand<S, M> {
    pub screen: S,
    pub around: Around,
    /// Where the mouse is.
    pub mouse: Option<Point>,
    /// Written to the clipboard.
    pub copied: Vec<String>,
    view: View<S, M>,
    update: fn(&mut S, M, &Ctx<'_>),
    renderer: iced::Renderer,
    cache: Cache,
}

/// The program's own fonts and no others: what is drawn is the same on every computer.
fn fonts() {
    static LOADED: std::sync::Once = std::sync::Once::new();
    LOADED.call_once(|| {
        let mut system = font_system().write().unwrap();
        let db = system.raw().db_mut();
        let installed: Vec<_> =
            db.faces().filter(|face| !matches!(face.source, fontdb::Source::Binary(_))).map(|face| face.id).collect();
        installed.into_iter().for_each(|id| db.remove_face(id));
        FONTS.iter().for_each(|font| system.load_font((*font).into()));
    });
}

impl<S, M: Send + 'static> Hand<S, M> {
    pub(crate) fn new(screen: S, around: Around, view: View<S, M>, update: fn(&mut S, M, &Ctx<'_>)) -> Self {
        fonts();
        let renderer = block_on(iced::Renderer::new(SANS, iced::Pixels(15.0), Some("tiny-skia"))).unwrap();
        let cache = Cache::default();
        Self { screen, around, mouse: None, copied: Vec::new(), view, update, renderer, cache }
    }

    /// Lets something happen to what is drawn, and tells the screen what that meant.
    fn step<T>(
        &mut self,
        act: impl FnOnce(&mut UserInterface<'_, M, Theme, iced::Renderer>, &mut iced::Renderer, &mut Vec<M>) -> T,
    ) -> T {
        let mut messages = Vec::new();
        let ctx = self.around.ctx();
        let element = (self.view)(&self.screen, ctx);
        let mut ui =
            UserInterface::build(element, self.around.size, std::mem::take(&mut self.cache), &mut self.renderer);
        let done = act(&mut ui, &mut self.renderer, &mut messages);
        self.cache = ui.into_cache();
        for message in messages {
            (self.update)(&mut self.screen, message, &self.around.ctx());
        }
        done
    }

    /// Lets one thing happen, where the mouse is. Whether anything took it.
    pub(crate) fn happen(&mut self, event: &Event) -> Status {
        if let Event::Mouse(mouse::Event::CursorMoved { position }) = event {
            self.mouse = Some(*position);
        }
        let cursor = self.cursor();
        self.step(|ui, renderer, messages| {
            let event = std::slice::from_ref(event);
            ui.update(event, cursor, renderer, &mut clipboard::Null, messages).1.first().copied()
        })
        .unwrap_or(Status::Ignored)
    }

    fn events(&mut self, events: &[Event]) {
        for event in events {
            self.happen(event);
        }
    }

    /// A frame is drawn: what watches what is in sight is told.
    pub(crate) fn frame(&mut self) {
        self.happen(&Event::Window(window::Event::RedrawRequested(std::time::Instant::now())));
    }

    /// What a screen wants of the window is done.
    pub(crate) fn run(&mut self, task: Task<M>) {
        let Some(mut actions) = runtime::task::into_stream(task) else { return };
        while let Some(action) = block_on(actions.next()) {
            match action {
                Action::Widget(operation) => self.operate(operation),
                Action::Clipboard(runtime::clipboard::Action::Write { contents, .. }) => self.copied.push(contents),
                Action::Output(message) => (self.update)(&mut self.screen, message, &self.around.ctx()),
                _ => {}
            }
        }
    }

    fn operate(&mut self, mut next: Box<dyn Operation>) {
        loop {
            self.step(|ui, renderer, _| ui.operate(renderer, next.as_mut()));
            match next.finish() {
                operation::Outcome::Chain(more) => next = more,
                _ => break,
            }
        }
    }

    fn cursor(&self) -> mouse::Cursor {
        self.mouse.map_or(mouse::Cursor::Unavailable, mouse::Cursor::Available)
    }

    /// What an operation finds in what is drawn.
    pub(crate) fn look<T>(&mut self, mut operation: impl Operation<T>) -> Option<T> {
        let cursor = self.cursor();
        self.step(|ui, renderer, messages| {
            let redraw = Event::Window(window::Event::RedrawRequested(std::time::Instant::now()));
            ui.update(&[redraw], cursor, renderer, &mut clipboard::Null, messages);
            ui.operate(renderer, &mut operation::black_box(&mut operation));
        });
        match operation.finish() {
            operation::Outcome::Some(found) => Some(found),
            _ => None,
        }
    }

    /// Where words stand in sight, each time they are drawn.
    pub(crate) fn places(&mut self, words: &str) -> Vec<Rectangle> {
        let found = self.look(words.to_owned().find_all()).unwrap_or_default();
        found.iter().filter_map(|it| it.visible_bounds()).collect()
    }

    /// What has the keyboard, and where it is in sight.
    pub(crate) fn focused(&mut self) -> Option<(Rectangle, Rectangle)> {
        let all = self.look(iced_test::selector::is_focused().find_all()).unwrap_or_default();
        assert!(all.len() < 2, "the keyboard is in several places: {all:?}");
        let window = Rectangle::with_size(self.around.size);
        all.first().map(|it| {
            let seen = it.visible_bounds().and_then(|seen| seen.intersection(&window));
            (it.bounds(), seen.unwrap_or(Rectangle::with_size(Size::ZERO)))
        })
    }

    /// Whether these letters are to be read anywhere, within whatever words.
    pub(crate) fn reads(&mut self, letters: &str) -> bool {
        let letters = letters.to_owned();
        let found = move |it: Candidate<'_>| match it {
            Candidate::Text { content, visible_bounds: Some(_), .. } => content.contains(&letters).then_some(()),
            _ => None,
        };
        !self.look(found.find_all()).unwrap_or_default().is_empty()
    }

    pub(crate) fn sees(&mut self, words: &str) -> bool {
        !self.places(words).is_empty()
    }

    /// Presses what these words stand on; of several, one of them.
    pub(crate) fn press_nth(&mut self, words: &str, nth: usize) {
        let found = self.places(words);
        let at = found.get(nth).unwrap_or_else(|| panic!("{words:?} is in sight {} times", found.len())).center();
        self.events(&[Event::Mouse(mouse::Event::CursorMoved { position: at })]);
        self.events(&simulator::click().collect::<Vec<_>>());
        self.mouse = None;
    }

    /// Lets the next frame come, and the one after what came of it.
    pub(crate) fn redraw(&mut self) {
        self.frame();
        self.frame();
    }

    pub(crate) fn press(&mut self, words: &str) {
        self.press_nth(words, 0);
    }

    pub(crate) fn type_in(&mut self, words: &str) {
        self.events(&simulator::typewrite(words).collect::<Vec<_>>());
    }

    pub(crate) fn key(&mut self, key: keyboard::key::Named) {
        self.events(&simulator::tap_key(key, None).collect::<Vec<_>>());
    }

    /// As the app does where nothing else takes the key.
    pub(crate) fn tab(&mut self) {
        self.run(iced::widget::operation::focus_next().chain(bivouac_ui::widget::reveal()));
    }

    /// What is drawn, as red, green, blue and alpha.
    pub(crate) fn pixels(&mut self) -> image::RgbaImage {
        self.drawn(mouse::Cursor::Unavailable)
    }

    /// What is drawn where the mouse is.
    pub(crate) fn pointed(&mut self) -> image::RgbaImage {
        self.drawn(self.cursor())
    }

    fn drawn(&mut self, cursor: mouse::Cursor) -> image::RgbaImage {
        // A cursor blinks only in a window that is looked at.
        self.happen(&Event::Window(window::Event::Unfocused));
        let (theme, size) = (self.around.theme.clone(), self.around.size);
        let physical = Size::new(size.width as u32, size.height as u32);
        let ground = theme.color.page;
        let pixels = self.step(|ui, renderer, messages| {
            let redraw = Event::Window(window::Event::RedrawRequested(std::time::Instant::now()));
            ui.update(&[redraw], cursor, renderer, &mut clipboard::Null, messages);
            let style = iced_test::core::renderer::Style { text_color: theme.color.text };
            ui.draw(renderer, &theme, &style, cursor);
            renderer.screenshot(physical, 1.0, ground)
        });
        self.happen(&Event::Window(window::Event::Focused));
        image::RgbaImage::from_raw(physical.width, physical.height, pixels).unwrap()
    }

    /// Saves what is drawn as a picture, to be looked at.
    pub(crate) fn picture(&mut self, path: &str) {
        self.pixels().save(path).unwrap();
    }
}
