//! Prose as it is used: found, clicked, selected, and drawn whatever it is made of.

use std::{borrow::Cow, sync::Once, time::Instant};

use bivouac_node::core::model::FileId;
use iced::{
    Element, Pixels, Point, Settings, Theme,
    advanced::{clipboard::Kind, renderer::Headless},
    futures::executor::block_on,
    widget::container,
};
use iced_test::{Simulator, simulator::click};
use proptest::prelude::*;

use super::*;
use crate::text::{Block, Names, Target, parse};

/// The fonts are the process's: loaded again, there would be more of them each time.
static FONTS: Once = Once::new();

pub(super) fn settings() -> Settings {
    FONTS.call_once(|| {
        let settings = Settings { fonts: fonts(), ..Settings::default() };
        drop(Simulator::<(), Theme, Renderer>::with_size(settings, [1.0, 1.0], iced::widget::Space::new()));
    });
    Settings { default_font: TEXT, ..Settings::default() }
}

fn fonts() -> Vec<Cow<'static, [u8]>> {
    let fonts = ["Inter-Regular", "Inter-Bold", "Inter-Italic", "JetBrainsMono-Regular", "Twemoji"].map(|name| {
        let path = format!("{}/assets/fonts/{name}.ttf", env!("CARGO_MANIFEST_DIR"));
        Cow::Owned(std::fs::read(path).unwrap())
    });
    fonts.into()
}

fn names() -> Names {
    Names { pictures: [("parrot".to_owned(), FileId([5; 32]))].into(), ..Names::default() }
}

fn events() -> Events<'static, Target> {
    let handle = image::Handle::from_rgba(2, 2, vec![200; 16]);
    Events::default().on_press(|target| target).pictures(move |_| Some(handle.clone()))
}

fn simulate<'a>(blocks: &'a [Block], width: f32) -> Simulator<'a, Target> {
    let page: Element<'_, Target, Theme, Renderer> = super::blocks(blocks, Look::DARK, &events());
    Simulator::with_size(settings(), [800.0, 600.0], container(page).width(width))
}

/// Draws a text without a window, in the software that draws where there is no graphics card.
fn draw(text: &str, width: f32) {
    let blocks = parse(text, &names());
    let mut simulator = simulate(&blocks, width);
    simulator.snapshot(&Theme::Dark).unwrap();
}

#[test]
fn text_is_found_as_it_is_read() {
    let blocks = parse("**Hello** :parrot: `you`\n# Title\n- point", &names());
    let mut simulator = simulate(&blocks, 400.0);
    for text in ["Hello :parrot: you", "Title", "•", "point"] {
        assert!(simulator.find(text).is_ok(), "{text}");
    }
}

#[test]
fn a_link_is_followed() {
    let blocks = parse("[somewhere](https://a.b)", &names());
    let mut simulator = simulate(&blocks, 100.0);
    simulator.point_at(Point::new(20.0, 10.0));
    simulator.simulate(click());
    let url = "https://a.b".to_owned();
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [Target::Link { url, plain: false }]);
}

#[test]
fn what_is_hidden_is_first_shown_and_then_followed() {
    let blocks = parse("||https://a.b||", &names());
    let mut simulator = simulate(&blocks, 200.0);
    simulator.point_at(Point::new(20.0, 10.0));
    assert!(simulator.find("████").is_ok());
    simulator.simulate(click());
    assert!(simulator.find("https://a.b").is_ok());
    simulator.simulate(click());
    assert_eq!(simulator.into_messages().count(), 1);
}

/// One widget by itself, with a clipboard that can be looked into.
struct Bench<'a> {
    prose: Prose<'a, Target>,
    tree: Tree,
    node: layout::Node,
    renderer: Renderer,
    board: Board,
    at: Point,
}

#[derive(Default)]
struct Board(Option<String>);

impl Clipboard for Board {
    fn read(&self, _: Kind) -> Option<String> {
        None
    }

    fn write(&mut self, kind: Kind, text: String) {
        if kind == Kind::Standard {
            self.0 = Some(text);
        }
    }
}

impl<'a> Bench<'a> {
    fn new(spans: &'a [Span], width: f32) -> Self {
        settings();
        let renderer = block_on(<Renderer as Headless>::new(TEXT, Pixels(16.0), Some("tiny-skia"))).unwrap();
        let mut prose = Prose::new(spans, Look::DARK).events(events());
        let mut tree = Tree::new(&prose as &dyn Widget<Target, Theme, Renderer>);
        let limits = layout::Limits::new(Size::ZERO, Size::new(width, f32::INFINITY));
        let node = Widget::<Target, Theme, Renderer>::layout(&mut prose, &mut tree, &renderer, &limits);
        Self { prose, tree, node, renderer, board: Board::default(), at: Point::ORIGIN }
    }

    fn event(&mut self, event: Event) {
        let (mut messages, cursor) = (Vec::new(), mouse::Cursor::Available(self.at));
        let everything = Rectangle::with_size(Size::new(4000.0, 4000.0));
        Widget::<Target, Theme, Renderer>::update(
            &mut self.prose,
            &mut self.tree,
            &event,
            Layout::new(&self.node),
            cursor,
            &self.renderer,
            &mut self.board,
            &mut Shell::new(&mut messages),
            &everything,
        );
    }

    fn mouse(&mut self, down: bool) {
        let button = mouse::Button::Left;
        let event = if down { mouse::Event::ButtonPressed(button) } else { mouse::Event::ButtonReleased(button) };
        self.event(Event::Mouse(event));
    }

    fn pull(&mut self, from: Point, to: Point) {
        self.at = from;
        self.mouse(true);
        self.at = to;
        self.event(Event::Mouse(mouse::Event::CursorMoved { position: to }));
        self.mouse(false);
    }

    fn copy(&mut self) -> Option<String> {
        let key = keyboard::Key::Character("c".into());
        self.event(Event::Keyboard(keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key,
            physical_key: keyboard::key::Physical::Code(keyboard::key::Code::KeyC),
            location: keyboard::Location::Standard,
            modifiers: keyboard::Modifiers::COMMAND,
            text: None,
            repeat: false,
        }));
        self.board.0.take()
    }
}

fn paragraph(text: &str) -> Vec<Span> {
    match parse(text, &names()).into_iter().next() {
        Some(Block::Paragraph(spans)) => spans,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_selected_is_copied() {
    let spans = paragraph("one **two** three\nfour :parrot: ||five||");
    let mut bench = Bench::new(&spans, 400.0);
    assert_eq!(bench.copy(), None);
    bench.pull(Point::new(0.0, 5.0), Point::new(390.0, 35.0));
    assert_eq!(bench.copy().as_deref(), Some("one two three\nfour :parrot: ████"));
    bench.pull(Point::new(0.0, 30.0), Point::new(390.0, 35.0));
    assert_eq!(bench.copy().as_deref(), Some("four :parrot: ████"));
    // Two clicks take a word, three take all, and one elsewhere nothing.
    bench.pull(Point::new(45.0, 5.0), Point::new(45.0, 5.0));
    bench.pull(Point::new(45.0, 5.0), Point::new(45.0, 5.0));
    assert_eq!(bench.copy().as_deref(), Some("two"));
    bench.pull(Point::new(45.0, 5.0), Point::new(45.0, 5.0));
    assert_eq!(bench.copy().as_deref(), Some("one two three\nfour :parrot: ████"));
    bench.pull(Point::new(900.0, 900.0), Point::new(900.0, 900.0));
    assert_eq!(bench.copy(), None);
}

#[test]
fn where_directions_mix_what_is_marked_is_what_is_copied() {
    let spans = paragraph("שלום how are you");
    let mut bench = Bench::new(&spans, 400.0);
    // From the right to beyond the left end, where the words that go the other way begin.
    bench.pull(Point::new(399.0, 5.0), Point::new(1.0, 5.0));
    assert_eq!(bench.copy().as_deref(), Some("שלום how are you"));
    let bounds = |bench: &Bench<'_>| {
        let state = bench.tree.state.downcast_ref::<State>();
        state.selection.bounds(&state.shape)
    };
    let whole = bounds(&bench);
    assert_eq!(whole.len(), 1, "{whole:?}");
    // To the middle of those: two parts, and less than all.
    let inset = bench.tree.state.downcast_ref::<State>().shape.inset();
    bench.pull(Point::new(900.0, 900.0), Point::new(900.0, 900.0));
    bench.pull(Point::new(399.0, 5.0), Point::new(inset + 30.0, 5.0));
    let parts = bounds(&bench);
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert!(parts.iter().map(|it| it.width).sum::<f32>() < whole[0].width - 20.0, "{parts:?} of {whole:?}");
}

#[test]
fn who_or_what_is_named_turns_nothing_of_what_was_written() {
    let channel = bivouac_node::core::model::ChannelId([7; 32]);
    let names = Names { channels: [(channel, "שלום".to_owned())].into(), ..names() };
    for (text, read, right) in
        [(format!("<#{channel}> is loud"), "#שלום is loud", false), (format!("שלום <#{channel}>"), "שלום #שלום", true)]
    {
        let blocks = parse(&text, &names);
        let Some(Block::Paragraph(spans)) = blocks.first() else { panic!("{blocks:?}") };
        let bench = Bench::new(spans, 400.0);
        let shape = &bench.tree.state.downcast_ref::<State>().shape;
        assert_eq!(shape.inset() > 0.0, right, "{read}");
        assert_eq!(shape.read(), read, "without marks of ours");
    }
}

#[test]
fn a_paragraph_is_laid_out_once() {
    let spans = paragraph("one two three four five");
    let mut bench = Bench::new(&spans, 100.0);
    let narrow = bench.node.size();
    let mut layout = |width: f32| {
        let limits = layout::Limits::new(Size::ZERO, Size::new(width, f32::INFINITY));
        Widget::<Target, Theme, Renderer>::layout(&mut bench.prose, &mut bench.tree, &bench.renderer, &limits).size()
    };
    assert_eq!(layout(100.0), narrow);
    assert!(layout(500.0).height < narrow.height);
    assert_eq!(layout(100.0), narrow);
}

#[test]
fn a_word_in_several_fonts_is_one_word() {
    let wide = |text: &str| Bench::new(&paragraph(text), 400.0).node.size().width;
    // Letters of code are all of one width, which those of text are not.
    assert!(wide("i`i`i") > wide("iii") + 3.0);
    assert!(wide("i**W**i") > wide("iWi"));
    let spans = paragraph("a`b`**c**");
    let mut bench = Bench::new(&spans, 400.0);
    bench.pull(Point::new(1.0, 5.0), Point::new(1.0, 5.0));
    bench.pull(Point::new(1.0, 5.0), Point::new(1.0, 5.0));
    assert_eq!(bench.copy().as_deref(), Some("abc"));
}

#[test]
fn what_is_written_from_the_right_begins_there() {
    let spans = paragraph("שלום");
    assert!((Bench::new(&spans, 300.0).node.size().width - 300.0).abs() < 0.5);
}

#[test]
fn nothing_is_too_long_to_be_drawn() {
    for unit in [
        "x",
        "W",
        "漢",
        "漢 ",
        "**漢**",
        "`漢`",
        "😀",
        "\u{301}",
        "a\u{489}",
        "ש",
        "ﷺ",
        "\u{200d}",
        "-",
        "||a||",
        ":parrot:",
        "*a*",
        "`a` ",
        "a\n",
        "\u{1f3fb}",
    ] {
        let blocks = parse(&unit.repeat(8_000 / unit.chars().count()), &names());
        for width in [0.0, 1.0, 30.0, 800.0] {
            let start = Instant::now();
            simulate(&blocks, width).snapshot(&Theme::Dark).unwrap();
            assert!(start.elapsed().as_secs() < 5, "{unit} at {width}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn an_empty_text_is_nothing_to_see() {
    assert!(Bench::new(&[], 100.0).node.size().width < 1.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn anything_is_drawn(text in "([*_~|`> #-]{0,3}(\\PC{0,12}|https://a.b|:parrot:|\n)){0,12}", width in 1_u16..600) {
        draw(&text, f32::from(width));
    }
}
