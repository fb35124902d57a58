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
use iced::{Event, Point, Size, keyboard, mouse};
use iced_test::{
    Selector,
    core::{
        clipboard,
        renderer::Headless as _,
        widget::{Operation, operation},
    },
    runtime::user_interface::{Cache, UserInterface},
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
            focused: true,
        }
    }
}

/// Draws a screen.
type View<S, M> = for<'a> fn(&'a S, Ctx<'a>) -> Element<'a, M>;

/// Somebody at a screen.
pub(crate) struct Hand<S, M> {
    pub screen: S,
    pub around: Around,
    view: View<S, M>,
    update: fn(&mut S, M, &Ctx<'_>),
    renderer: iced::Renderer,
    cache: Cache,
}

impl<S, M: 'static> Hand<S, M> {
    pub(crate) fn new(screen: S, around: Around, view: View<S, M>, update: fn(&mut S, M, &Ctx<'_>)) -> Self {
        static FONTS_LOADED: std::sync::Once = std::sync::Once::new();
        FONTS_LOADED.call_once(|| {
            let mut system = iced_test::renderer::graphics::text::font_system().write().unwrap();
            FONTS.iter().for_each(|font| system.load_font((*font).into()));
        });
        let renderer = iced::Renderer::new(SANS, iced::Pixels(15.0), Some("tiny-skia"));
        let renderer = iced_test::futures::futures::executor::block_on(renderer).unwrap();
        Self { screen, around, view, update, renderer, cache: Cache::default() }
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

    fn events(&mut self, events: &[Event], at: Option<Point>) {
        for event in events {
            let cursor = at.map_or(mouse::Cursor::Unavailable, mouse::Cursor::Available);
            self.step(|ui, renderer, messages| {
                ui.update(std::slice::from_ref(event), cursor, renderer, &mut clipboard::Null, messages);
            });
        }
    }

    /// Where words stand in sight, each time they are drawn.
    fn find(&mut self, words: &str) -> Vec<iced::Rectangle> {
        self.step(|ui, renderer, _| {
            let mut find = words.to_owned().find_all();
            ui.operate(renderer, &mut operation::black_box(&mut find));
            match find.finish() {
                operation::Outcome::Some(found) => found.iter().filter_map(|it| it.visible_bounds()).collect(),
                _ => Vec::new(),
            }
        })
    }

    pub(crate) fn sees(&mut self, words: &str) -> bool {
        !self.find(words).is_empty()
    }

    /// Presses what these words stand on; of several, one of them.
    pub(crate) fn press_nth(&mut self, words: &str, nth: usize) {
        let found = self.find(words);
        let at = found.get(nth).unwrap_or_else(|| panic!("{words:?} is in sight {} times", found.len())).center();
        self.events(&[Event::Mouse(mouse::Event::CursorMoved { position: at })], Some(at));
        self.events(&simulator::click().collect::<Vec<_>>(), Some(at));
    }

    pub(crate) fn press(&mut self, words: &str) {
        self.press_nth(words, 0);
    }

    pub(crate) fn type_in(&mut self, words: &str) {
        self.events(&simulator::typewrite(words).collect::<Vec<_>>(), None);
    }

    pub(crate) fn key(&mut self, key: keyboard::key::Named) {
        self.events(&simulator::tap_key(key, None).collect::<Vec<_>>(), None);
    }

    /// As the app does where nothing else takes the key.
    pub(crate) fn tab(&mut self) {
        let mut focus: Box<dyn Operation> = Box::new(operation::focusable::focus_next());
        loop {
            self.step(|ui, renderer, _| ui.operate(renderer, focus.as_mut()));
            match focus.finish() {
                operation::Outcome::Chain(next) => focus = next,
                _ => break,
            }
        }
    }

    /// Saves what is drawn as a picture, to be looked at.
    pub(crate) fn picture(&mut self, path: &str) {
        let (theme, size) = (self.around.theme.clone(), self.around.size);
        let physical = Size::new(size.width as u32, size.height as u32);
        let ground = theme.color.page;
        let pixels = self.step(|ui, renderer, messages| {
            let redraw = Event::Window(iced::window::Event::RedrawRequested(std::time::Instant::now()));
            ui.update(&[redraw], mouse::Cursor::Unavailable, renderer, &mut clipboard::Null, messages);
            let style = iced_test::core::renderer::Style { text_color: theme.color.text };
            ui.draw(renderer, &theme, &style, mouse::Cursor::Unavailable);
            renderer.screenshot(physical, 1.0, ground)
        });
        image::RgbaImage::from_raw(physical.width, physical.height, pixels).unwrap().save(path).unwrap();
    }
}
