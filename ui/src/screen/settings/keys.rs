//! What each chord does. A chord is chosen by pressing it; two things never share one.

use iced::{
    Center, Fill,
    keyboard::{Key, key::Named},
    widget::{column, row, text},
};

use crate::{
    desktop::hotkey::Refusal,
    intent::Wants,
    keymap::{Act, Chord, EVERYWHERE},
    screen::Ctx,
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, form, icon},
    words::Words,
};

/// Every act with its name, by what it is about.
pub const GROUPS: [(&str, &[(Act, &str)]); 4] = [
    (
        "keys-places",
        &[
            (Act::Switch, "act-switch"),
            (Act::Above, "act-above"),
            (Act::Below, "act-below"),
            (Act::UnreadAbove, "act-unread-above"),
            (Act::UnreadBelow, "act-unread-below"),
            (Act::GuildAbove, "act-guild-above"),
            (Act::GuildBelow, "act-guild-below"),
        ],
    ),
    (
        "keys-messages",
        &[
            (Act::Read, "act-read"),
            (Act::ReadGuild, "act-read-guild"),
            (Act::PageUp, "act-page-up"),
            (Act::PageDown, "act-page-down"),
            (Act::Present, "act-present"),
            (Act::Search, "act-search"),
            (Act::Pins, "act-pins"),
            (Act::Emoji, "act-emoji"),
            (Act::Attach, "act-attach"),
        ],
    ),
    (
        "keys-window",
        &[
            (Act::Members, "act-members"),
            (Act::Settings, "act-settings"),
            (Act::Keys, "act-keys"),
            (Act::Larger, "act-larger"),
            (Act::Smaller, "act-smaller"),
            (Act::Usual, "act-usual"),
            (Act::Quiet, "act-quiet"),
            (Act::Show, "act-show"),
            (Act::Quit, "act-quit"),
        ],
    ),
    ("keys-voice", &[(Act::Mute, "act-mute"), (Act::Deafen, "act-deafen")]),
];

/// What is being changed.
#[derive(Debug, Default)]
pub struct Keys {
    /// Whose chord is listened for.
    listening: Option<Act>,
    /// What was wrong with the last one, and whose it was to be.
    fault: Option<(Act, Fault)>,
}

/// Why a chord was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// It does something else already.
    Taken(Chord, Act),
    /// It is what one writes or moves with.
    Reserved(Chord),
}

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Listen for another chord.
    Change(Act),
    /// Listen no more.
    Cancel,
    /// Give the chord to this all the same; what had it gets this one's.
    Swap,
    /// The usual chord.
    Reset(Act),
    /// The usual chords.
    ResetAll,
    /// Whether some work while another window has the keyboard.
    Everywhere(bool),
}

fn usual(act: Act) -> Option<Chord> {
    Act::ALL.iter().find(|(it, _)| *it == act).and_then(|(_, usual)| usual.parse().ok())
}

fn name(act: Act) -> &'static str {
    let mut all = GROUPS.iter().flat_map(|(_, acts)| acts.iter());
    all.find(|(it, _)| *it == act).map_or("", |(_, name)| *name)
}

/// Remembers a chord, or none where it is the usual one.
fn bind(act: Act, chord: Chord) -> Wants<Message> {
    let chosen = (usual(act).as_ref() != Some(&chord)).then(|| chord.to_string());
    Wants::prefer(move |prefs| {
        match chosen {
            Some(chord) => prefs.keys.insert(act, chord),
            None => prefs.keys.remove(&act),
        };
    })
}

impl Keys {
    /// Whether the next chord is for this page.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.listening.is_some()
    }

    /// Listens no more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// A chord was pressed while it was listened for.
    pub fn pressed(&mut self, key: &Key, chord: &Chord, ctx: &Ctx<'_>) -> Wants<Message> {
        let Some(act) = self.listening.take() else { return Wants::none() };
        self.fault = None;
        if matches!(key, Key::Named(Named::Escape)) && *chord == Chord::plain(Named::Escape) {
            return Wants::none();
        }
        if reserved(chord) {
            self.fault = Some((act, Fault::Reserved(chord.clone())));
            return Wants::none();
        }
        match ctx.keys.act(chord).filter(|other| *other != act) {
            Some(other) => {
                self.fault = Some((act, Fault::Taken(chord.clone(), other)));
                Wants::none()
            }
            None => bind(act, chord.clone()),
        }
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        let fault = self.fault.take();
        self.listening = None;
        match message {
            Message::Change(act) => {
                self.listening = Some(act);
                Wants::none()
            }
            Message::Cancel => Wants::none(),
            Message::Swap => {
                let Some((act, Fault::Taken(chord, other))) = fault else { return Wants::none() };
                let had = ctx.keys.chord(act).cloned();
                let other = had.map_or_else(Wants::none, |had| bind(other, had));
                bind(act, chord).and(other)
            }
            Message::Reset(act) => {
                let Some(chord) = usual(act) else { return Wants::none() };
                match ctx.keys.act(&chord).filter(|other| *other != act) {
                    Some(other) => {
                        self.fault = Some((act, Fault::Taken(chord, other)));
                        Wants::none()
                    }
                    None => bind(act, chord),
                }
            }
            Message::ResetAll => Wants::prefer(|prefs| prefs.keys.clear()),
            Message::Everywhere(on) => Wants::prefer(move |prefs| prefs.keys_everywhere = on),
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let all = widget::secondary(ctx.w.get("keys-reset-all"), None);
        let all = all.on_press_maybe((!ctx.prefs.keys.is_empty()).then_some(Message::ResetAll));
        let head = row![widget::hint(ctx.w.get("keys-hint")).width(Fill), all].spacing(space::L).align_y(Center);
        let mut whole = column![head, everywhere(ctx)].spacing(space::XXL);
        for (group, acts) in GROUPS {
            let lines = acts.iter().map(|(act, name)| self.line(*act, name, ctx));
            whole = whole.push(form::part(ctx.w.get(group), form::card(lines)));
        }
        whole.into()
    }

    fn line<'a>(&'a self, act: Act, name: &str, ctx: Ctx<'a>) -> Element<'a, Message> {
        let called = text(ctx.w.get(name)).font(MEDIUM).size(size::BODY).width(Fill);
        let listening = self.listening == Some(act);
        let mut line = row![called].spacing(space::S).align_y(Center);
        if listening {
            line = line.push(text(ctx.w.get("keys-press")).size(size::SMALL).style(theme::text::accent));
        } else if let Some(chord) = ctx.keys.chord(act) {
            line = line.push(form::chord(caps(chord, ctx.w)));
        }
        if ctx.prefs.keys.contains_key(&act) {
            line = line.push(widget::icon_button(Icon::RotateCcw, ctx.w.get("keys-reset"), Message::Reset(act)));
        }
        let (words, message) =
            if listening { ("cancel", Message::Cancel) } else { ("keys-change", Message::Change(act)) };
        let change = widget::secondary(ctx.w.get(words), None);
        // While one is listened for, no key presses anything; what has the keyboard keeps it.
        line = line.push(change.on_press(message).passed(self.listens()));
        let fault = self.fault.as_ref().filter(|(of, _)| *of == act).map(|(_, fault)| said(fault, ctx));
        column![line].push(fault).push(double(act, ctx)).spacing(space::S).into()
    }
}

/// Keys that work while another window has the keyboard, and those that can't be had.
fn everywhere<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let on = ctx.prefs.keys_everywhere;
    let acts = EVERYWHERE.map(|act| ctx.w.get(name(act))).join(", ");
    let hint = ctx.w.with("keys-everywhere-hint", &[("acts", acts.into())]);
    let faults: Vec<String> = match &ctx.world.everywhere {
        Some(Ok(all)) => all.iter().map(|(act, why)| refused(*act, *why, ctx)).collect(),
        Some(Err(why)) => vec![ctx.w.with("keys-everywhere-none", &[("why", ctx.say(why).into())])],
        None => Vec::new(),
    };
    let card = form::card([form::switch(ctx.w.get("keys-everywhere"), hint, on, Message::Everywhere(!on))]);
    column![card].extend(faults.into_iter().map(widget::fault)).spacing(space::S).into()
}

/// Why an act's keys do not work in every window.
fn refused(act: Act, why: Refusal, ctx: Ctx<'_>) -> String {
    ctx.w.with("keys-refused", &[("act", ctx.w.get(name(act)).into()), ("why", ctx.say(&why.into()).into())])
}

/// Why a chord was not taken, and what can be done.
fn said<'a>(fault: &Fault, ctx: Ctx<'a>) -> Element<'a, Message> {
    let warn = |words: String| {
        let words = text(words).size(size::SMALL).style(theme::text::warning);
        row![icon(Icon::Warning, 16.0).style(theme::text::warning), words.width(Fill)].spacing(space::S).align_y(Center)
    };
    match fault {
        Fault::Reserved(chord) => {
            warn(ctx.w.with("keys-reserved", &[("chord", caps(chord, ctx.w).join("+").into())])).into()
        }
        Fault::Taken(chord, other) => {
            let places = [("chord", caps(chord, ctx.w).join("+").into()), ("act", ctx.w.get(name(*other)).into())];
            let swap = widget::secondary(ctx.w.get("keys-swap"), Some(Message::Swap));
            let cancel = widget::secondary(ctx.w.get("cancel"), Some(Message::Cancel));
            warn(ctx.w.with("keys-taken", &places)).push(cancel).push(swap).into()
        }
    }
}

/// Two acts have one chord, as only a file written by hand can say.
fn double<'a>(act: Act, ctx: Ctx<'a>) -> Option<Element<'a, Message>> {
    let works = ctx.keys.act(ctx.keys.chord(act)?).filter(|other| *other != act)?;
    let words = ctx.w.with("keys-double", &[("act", ctx.w.get(name(works)).into())]);
    Some(widget::fault(words))
}

/// What nobody can do without where they are.
fn reserved(chord: &Chord) -> bool {
    let moves = [Named::Enter, Named::Tab, Named::Space, Named::ArrowUp, Named::ArrowDown].into_iter().chain([
        Named::ArrowLeft,
        Named::ArrowRight,
        Named::Delete,
        Named::Home,
        Named::End,
    ]);
    chord.is_writing() || moves.into_iter().any(|named| *chord == Chord::plain(named))
}

/// The keys of a chord, as they stand on the keyboard.
#[must_use]
pub fn caps(chord: &Chord, w: &Words) -> Vec<String> {
    let written = chord.to_string();
    let (mut rest, mut keys) = (written.as_str(), Vec::new());
    while let Some((held, after)) = rest.split_once('+').filter(|(held, after)| !held.is_empty() && !after.is_empty()) {
        keys.push(if held == "Shift" { w.get("key-shift") } else { held.to_owned() });
        rest = after;
    }
    keys.push(match rest {
        "Up" => "↑".to_owned(),
        "Down" => "↓".to_owned(),
        "Left" => "←".to_owned(),
        "Right" => "→".to_owned(),
        "Escape" => w.get("key-escape"),
        "Enter" => w.get("key-enter"),
        "Space" => w.get("key-space"),
        "PageUp" => w.get("key-page-up"),
        "PageDown" => w.get("key-page-down"),
        "Home" => w.get("key-home"),
        "End" => w.get("key-end"),
        "Delete" => w.get("key-delete"),
        "Insert" => w.get("key-insert"),
        key => key.to_owned(),
    });
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn every_act_is_listed_once_under_its_name() {
        let listed: Vec<_> = GROUPS.iter().flat_map(|(_, acts)| acts.iter()).collect();
        assert_eq!(listed.len(), Act::ALL.len());
        for (act, _) in Act::ALL {
            assert_eq!(listed.iter().filter(|(it, _)| *it == act).count(), 1, "{act:?}");
            assert_eq!(name(act), act.word());
        }
    }

    #[test]
    fn chords_are_drawn_key_by_key() {
        let caps = |chord: &str| caps(&chord.parse().unwrap(), &Words::new(Language::French));
        assert_eq!(caps("Ctrl++"), ["Ctrl", "+"]);
        assert_eq!(caps("Alt+Shift+Up"), ["Alt", "Maj", "↑"]);
        assert_eq!(caps("Escape"), ["Échap"]);
    }

    #[test]
    fn what_one_writes_and_moves_with_is_left_alone() {
        for chord in ["K", "é", "Enter", "Tab", "Up", "Space"] {
            assert!(reserved(&chord.parse().unwrap()), "{chord}");
        }
        for chord in ["Ctrl+K", "F2", "Alt+Up", "PageUp"] {
            assert!(!reserved(&chord.parse().unwrap()), "{chord}");
        }
    }
}
