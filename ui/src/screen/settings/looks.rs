//! How everything looks, and in which language.

use iced::{
    Center, Fill,
    widget::{Row, button::Style, column, container, row, slider, text},
};

use crate::{
    intent::Wants,
    prefs::{Mode, SCALE},
    screen::Ctx,
    theme::{self, Accent, Element, MEDIUM, STRONG, size, space},
    widget::{self, Icon, button, form, icon},
    words::Language,
};

/// By how much the scale grows at once, in percent.
const STEP: u16 = 10;

/// What is being changed.
#[derive(Debug, Default)]
pub struct Looks {
    /// Where the slider is while it is held: everything would move away under the mouse if it held at once.
    scale: Option<u16>,
}

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Dark or light.
    Mode(Mode),
    /// The colour of what one acts with.
    Accent(Accent),
    /// More messages on a page.
    Compact(bool),
    /// The slider is there.
    Slide(u16),
    /// The slider is let go.
    Slid,
    /// As large as that.
    Scale(u16),
    /// Whether anything moves by itself.
    Animations(bool),
    /// The language; the system's if there is none.
    Language(Option<Language>),
    /// Whether others see the screen.
    Streamer(bool),
}

impl Looks {
    /// What happens.
    pub fn update(&mut self, message: Message) -> Wants<Message> {
        match message {
            Message::Mode(mode) => Wants::prefer(move |prefs| prefs.looks.mode = mode),
            Message::Accent(accent) => Wants::prefer(move |prefs| prefs.looks.accent = accent),
            Message::Compact(compact) => Wants::prefer(move |prefs| prefs.looks.compact = compact),
            Message::Slide(scale) => {
                self.scale = Some(scale);
                Wants::none()
            }
            Message::Slid => match self.scale.take() {
                Some(scale) => Wants::prefer(move |prefs| prefs.looks.scale = scale),
                None => Wants::none(),
            },
            Message::Scale(scale) => {
                Wants::prefer(move |prefs| prefs.looks.scale = scale.clamp(*SCALE.start(), *SCALE.end()))
            }
            Message::Animations(on) => Wants::prefer(move |prefs| prefs.looks.animations = on),
            Message::Language(language) => {
                Wants::prefer(move |prefs| prefs.language = language.map(|it| it.tag().to_owned()))
            }
            Message::Streamer(on) => Wants::prefer(move |prefs| prefs.streamer = on),
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let looks = &ctx.prefs.looks;
        let modes = vec![
            (Mode::System, Some(Icon::Monitor), ctx.w.get("looks-system")),
            (Mode::Dark, Some(Icon::Moon), ctx.w.get("looks-dark")),
            (Mode::Light, Some(Icon::Sun), ctx.w.get("looks-light")),
        ];
        let densities = vec![
            (false, Some(Icon::MessageSquare), ctx.w.get("looks-cosy")),
            (true, Some(Icon::List), ctx.w.get("looks-compact")),
        ];
        let mut languages = vec![(None, None, ctx.w.get("looks-language-system"))];
        languages.extend(Language::ALL.map(|it| (Some(it), None, it.to_string())));
        let language = ctx.prefs.language.as_deref().and_then(Language::of_tag);
        let density = column![form::choice(densities, looks.compact, Message::Compact), preview(looks.compact, ctx)];
        let whole = column![
            form::part(ctx.w.get("looks-theme"), form::choice(modes, looks.mode, Message::Mode)),
            form::part(ctx.w.get("looks-accent"), swatches(looks.accent, ctx)),
            form::part(ctx.w.get("looks-density"), density.spacing(space::M)),
            form::part(ctx.w.get("looks-scale"), self.scale(looks.scale, ctx)),
            form::part(ctx.w.get("looks-language"), form::choice(languages, language, Message::Language)),
            form::part(ctx.w.get("looks-more"), more(ctx)),
        ];
        whole.spacing(space::XXL).into()
    }

    fn scale<'a>(&self, now: u16, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = self.scale.unwrap_or(now);
        let bar = slider(SCALE, shown, Message::Slide).step(STEP).on_release(Message::Slid).width(Fill);
        let bar = widget::stop(bar).rises().on_step(move |by| {
            Message::Scale(if by < 0 { now.saturating_sub(STEP) } else { now.saturating_add(STEP) })
        });
        let percent = text(ctx.w.with("looks-percent", &[("count", shown.into())])).font(MEDIUM).size(size::BODY);
        let usual = widget::secondary(ctx.w.get("looks-scale-usual"), None);
        let usual = usual.on_press_maybe((now != 100).then_some(Message::Scale(100)));
        row![bar, container(percent).width(64).align_right(64), usual].spacing(space::L).align_y(Center).into()
    }
}

fn more<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let animations = ctx.prefs.looks.animations;
    form::card([
        form::switch(
            ctx.w.get("looks-animations"),
            ctx.w.get("looks-animations-hint"),
            animations,
            Message::Animations(!animations),
        ),
        form::switch(
            ctx.w.get("looks-streamer"),
            ctx.w.get("looks-streamer-hint"),
            ctx.prefs.streamer,
            Message::Streamer(!ctx.prefs.streamer),
        ),
    ])
}

fn accent_word(accent: Accent) -> &'static str {
    match accent {
        Accent::Ember => "accent-ember",
        Accent::Pine => "accent-pine",
        Accent::Sky => "accent-sky",
        Accent::Heather => "accent-heather",
        Accent::Rose => "accent-rose",
    }
}

fn swatches<'a>(chosen: Accent, ctx: Ctx<'a>) -> Element<'a, Message> {
    let each = Accent::ALL.map(|accent| {
        let ground = accent.color(ctx.theme.is_dark());
        let check = icon(Icon::Check, 18.0).color(ctx.theme.color.on_accent);
        let check: Element<'a, Message> = if accent == chosen { check.into() } else { widget::push().width(18).into() };
        let press = button(container(check).center(20)).padding(space::M).style(move |_, _| Style {
            background: Some(ground.into()),
            border: iced::Border::default().rounded(theme::radius::FULL),
            ..Style::default()
        });
        widget::tip(press.on_press(Message::Accent(accent)), ctx.w.get(accent_word(accent)))
    });
    let at = Accent::ALL.iter().position(|it| *it == chosen).unwrap_or_default();
    let step = move |by: i32| {
        let next = at.saturating_add_signed(isize::try_from(by).unwrap_or_default()).min(Accent::ALL.len() - 1);
        Message::Accent(Accent::ALL[next])
    };
    let line = Row::from_iter(each).spacing(space::M).wrap().vertical_spacing(space::M);
    let name = text(ctx.w.get(accent_word(chosen))).size(size::SMALL).style(theme::text::muted);
    column![widget::stop(line).alone().on_step(step), name].spacing(space::S).into()
}

/// Two messages as they would look.
fn preview<'a>(compact: bool, ctx: Ctx<'a>) -> Element<'a, Message> {
    let said = [
        (ctx.w.get("looks-preview-one"), ctx.w.get("looks-preview-one-says"), 1, 120_000),
        (ctx.w.get("looks-preview-two"), ctx.w.get("looks-preview-two-says"), 4, 60_000),
    ];
    let each = said.map(|(name, says, seed, before)| {
        let at =
            text(ctx.clock.time(ctx.clock.now.saturating_sub(before))).size(size::CAPTION).style(theme::text::faint);
        let words = text(says).size(size::BODY).width(Fill);
        let called = text(name.clone()).font(STRONG).size(size::BODY);
        if compact {
            return row![at, called, words].spacing(space::S).align_y(Center).into();
        }
        let words = column![row![called, at].spacing(space::S).align_y(Center), words].spacing(2);
        row![widget::face(ctx.pictures, None, &name, seed, 40.0), words].spacing(space::M).into()
    });
    let gap = if compact { space::XS } else { space::L };
    let list = column(each).spacing(gap);
    container(list).padding(space::L).width(Fill).style(theme::container::card).into()
}
