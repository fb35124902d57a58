//! Everything the app says, in the user's language. The sentences stand in two Fluent catalogues that are part of the
//! program; code names them by key, so that no wording is scattered and a language is one file.

use std::{env, fmt};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::text::isolated;

/// What fills a place in a sentence: `"name".into()`, `3.into()`.
pub use fluent_bundle::FluentValue as Value;

/// A language the app speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The language a tag like `fr`, `fr_CA.UTF-8` or `en-GB` names, if it is spoken here.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['_', '-', '.', '@']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "en" | "c" | "posix" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// The language the desktop session runs in, by the variables of the environment.
    #[must_use]
    pub fn of_environment() -> Self {
        Self::of_variables(|name| env::var(name).ok())
    }

    /// As gettext decides: the list `LANGUAGE`, unless the locale is `C`; then the locale.
    fn of_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        let plain = locale.as_deref().is_none_or(|l| matches!(l.split('.').next(), Some("C" | "POSIX")));
        let list = set("LANGUAGE").filter(|_| !plain).unwrap_or_default();
        list.split(':').find_map(Self::of_tag).or_else(|| Self::of_tag(&locale?)).unwrap_or_default()
    }

    /// Its tag: `en`, `fr`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    fn catalogue(self) -> &'static str {
        match self {
            Self::English => include_str!("../words/en.ftl"),
            Self::French => include_str!("../words/fr.ftl"),
        }
    }
}

/// As its speakers call it.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::English => "English",
            Self::French => "Français",
        })
    }
}

/// The sentences of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::new(Language::default())
    }
}

impl Words {
    /// Reads the catalogue of a language. What is wrong in it is left out; a test holds that nothing is.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let tag = LanguageIdentifier::from_bytes(language.tag().as_bytes()).unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Each word and number would get marks, of which almost none needs them.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.catalogue().to_owned()).unwrap_or_else(|(part, _)| part);
        let _ = bundle.add_resource(resource);
        Self { language, bundle }
    }

    /// The language spoken.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// What is called `key`; the key itself when nothing is.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.say(key, None)
    }

    /// What is called `key`, with its places filled. Numbers choose the plural; words keep their direction to themselves.
    #[must_use]
    pub fn with(&self, key: &str, places: &[(&str, Value<'_>)]) -> String {
        let places = places.iter().map(|(name, value)| match value {
            Value::String(words) => (*name, Value::String(isolated(words))),
            other => (*name, other.clone()),
        });
        self.say(key, Some(&places.collect()))
    }

    fn say(&self, key: &str, places: Option<&FluentArgs<'_>>) -> String {
        match self.bundle.get_message(key).and_then(|message| message.value()) {
            // What has no value is shown as its name, which tells what is missing.
            Some(pattern) => self.bundle.format_pattern(pattern, places, &mut Vec::new()).into_owned(),
            None => key.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;

    #[test]
    fn the_environment_names_the_language() {
        use Language::{English, French};
        for (variables, expected) in [
            (&[][..], English),
            (&[("LANG", "fr_FR.UTF-8")], French),
            (&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "en_GB.UTF-8")], English),
            (&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "")], French),
            (&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "fr_CA@euro")], French),
            (&[("LANG", "de_DE.UTF-8"), ("LANGUAGE", "de:fr:en")], French),
            (&[("LANG", "C.UTF-8"), ("LANGUAGE", "fr")], English),
            (&[("LANGUAGE", "fr")], English),
            (&[("LANG", "frr_DE")], English),
            (&[("LANG", "tlh")], English),
        ] {
            let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            assert_eq!(Language::of_variables(variable), expected, "{variables:?}");
        }
    }

    #[test]
    fn what_is_missing_is_shown_by_its_name() {
        let words = Words::new(Language::French);
        assert_eq!(words.get("no-such-thing"), "no-such-thing");
        assert_eq!(words.with("no-such-thing", &[("n", 1.into())]), "no-such-thing");
    }

    #[test]
    fn what_goes_the_other_way_turns_no_sentence() {
        let words = Words::default();
        assert_eq!(words.with("notice-joined", &[("who", "Ana".into())]), "Ana joined. Say hello!");
        assert_eq!(words.with("notice-joined", &[("who", "שלום".into())]), "\u{2068}שלום\u{2069} joined. Say hello!");
    }

    /// Each message of a catalogue with the names of its places.
    fn places(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::<_, BTreeSet<_>>::new();
        let mut key = String::new();
        for line in language.catalogue().lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_alphabetic())) {
                key = name.to_owned();
                assert!(all.insert(key.clone(), BTreeSet::new()).is_none(), "{language}: {key} stands twice");
            }
            for after in line.split('$').skip(1) {
                let name: String = after.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
                all.get_mut(&key).unwrap().insert(name);
            }
        }
        all
    }

    #[test]
    fn the_catalogues_are_sound_and_say_the_same() {
        let (english, french) = (places(Language::English), places(Language::French));
        for (key, places) in &english {
            let translated = french.get(key).unwrap_or_else(|| panic!("{key} is not in French"));
            assert_eq!(places, translated, "the places of {key}");
        }
        for key in french.keys() {
            assert!(english.contains_key(key), "{key} is not in English");
        }
        for language in Language::ALL {
            let (_, wrong) = FluentResource::try_new(language.catalogue().to_owned())
                .map_or_else(|(part, wrong)| (part, wrong), |whole| (whole, Vec::new()));
            assert!(wrong.is_empty(), "{language}: {wrong:?}");
            let words = Words::new(language);
            for (key, places) in &english {
                for number in [0, 1, 2, 12] {
                    let args: FluentArgs<'_> = places.iter().map(|name| (name.as_str(), Value::from(number))).collect();
                    let message = words.bundle.get_message(key).unwrap_or_else(|| panic!("{language}: {key}"));
                    let mut wrong = Vec::new();
                    let said = words.bundle.format_pattern(message.value().unwrap(), Some(&args), &mut wrong);
                    assert!(wrong.is_empty() && !said.is_empty(), "{language}: {key}: {wrong:?}");
                }
            }
        }
    }

    fn sources(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("words.rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Keys are asked for as literals, so the sources tell which there must be, and which nobody asks for.
    #[test]
    fn what_the_code_asks_for_exists_and_nothing_else_does() {
        let mut code = String::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut code);
        let keys = places(Language::English);
        for ask in [".get(", ".with(", "Fault::of("] {
            for (at, _) in code.match_indices(ask) {
                let literal =
                    code[at + ask.len()..].trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
                let Some((key, _)) = literal else { continue };
                // Other things have a `get` too, but their names have no hyphen.
                let receiver = code[..at].trim_end_matches("()");
                if key.contains('-') || receiver.ends_with("words") {
                    assert!(keys.contains_key(key), "{key} is in no catalogue");
                }
            }
        }
        for key in keys.keys() {
            assert!(code.contains(&format!("\"{key}\"")), "nothing asks for {key}");
        }
    }
}
