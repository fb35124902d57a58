//! What the app remembers about itself: how it looks, what it tells, where its window was. Kept beside the store in
//! `settings.json`, readable by its user; nothing that was said, and nothing that opens anything, is in it.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use bivouac_node::core::model::{ChannelId, GuildId};
use serde::{Deserialize, Serialize};

use crate::{keymap::Act, theme::Accent};

/// The file's name.
pub const FILE: &str = "settings.json";
/// The largest file that is read, in bytes.
const FILE_MAX: u64 = 1 << 20;
/// How large and how small everything may be drawn, in percent.
pub const SCALE: std::ops::RangeInclusive<u16> = 80..=200;

/// What the app remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// How it looks.
    pub looks: Looks,
    /// Its language, by its tag; the system's if there is none.
    pub language: Option<String>,
    /// What it tells while one does something else.
    pub notify: Notify,
    /// Where its window was.
    pub window: Window,
    /// Guilds that stand together in the rail, and in which order all of them stand.
    pub rail: Vec<Slot>,
    /// Key chords other than the usual ones.
    pub keys: BTreeMap<Act, String>,
    /// Whether some chords work while another window has the keyboard.
    pub keys_everywhere: bool,
    /// What others on the network learn.
    pub network: Network,
    /// The channel one was in last, by guild.
    pub last: BTreeMap<String, String>,
    /// The guild one was in last.
    pub guild: Option<String>,
    /// The picture that stands for oneself in every guild that is joined.
    pub avatar: Option<PathBuf>,
    /// Whether the list of members is hidden.
    pub members_hidden: bool,
    /// Categories that are folded, by id.
    pub folded: Vec<String>,
    /// Hides names, invites and addresses while others see the screen.
    pub streamer: bool,
    /// The emoji used last, the newest first.
    pub emoji: Vec<String>,
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Looks {
    /// Dark or light.
    pub mode: Mode,
    /// The colour of what one acts with.
    pub accent: Accent,
    /// More messages on a page.
    pub compact: bool,
    /// How large everything is drawn, in percent.
    pub scale: u16,
    /// Whether anything moves by itself.
    pub animations: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self { mode: Mode::default(), accent: Accent::default(), compact: false, scale: 100, animations: true }
    }
}

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As the system says.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What is told while one does something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Whether anything is told at all.
    pub on: bool,
    /// Whether what was said is shown, or only that something was.
    pub preview: bool,
    /// Do not disturb.
    pub quiet: bool,
    /// What of a guild is told, by its id.
    pub guilds: BTreeMap<String, Rule>,
    /// What of a channel is told, by its id.
    pub channels: BTreeMap<String, Rule>,
    /// Whether closing the window leaves the app in the tray.
    pub tray: bool,
}

impl Default for Notify {
    fn default() -> Self {
        let (guilds, channels) = Default::default();
        Self { on: true, preview: true, quiet: false, guilds, channels, tray: false }
    }
}

/// What of a place is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every message.
    All,
    /// What calls on me.
    #[default]
    Mentions,
    /// Nothing.
    Nothing,
}

impl Notify {
    /// What of a channel is told: its own rule, else its guild's.
    #[must_use]
    pub fn rule(&self, guild: GuildId, channel: ChannelId) -> Rule {
        let own = self.channels.get(&channel.to_string());
        own.or_else(|| self.guilds.get(&guild.to_string())).copied().unwrap_or_default()
    }

    /// Whether a message is told.
    #[must_use]
    pub fn tells(&self, guild: GuildId, channel: ChannelId, mention: bool) -> bool {
        self.on
            && !self.quiet
            && match self.rule(guild, channel) {
                Rule::All => true,
                Rule::Mentions => mention,
                Rule::Nothing => false,
            }
    }
}

/// Where the window was, in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// Its size.
    pub size: (f32, f32),
    /// Its place, where the system tells.
    pub at: Option<(f32, f32)>,
    /// Whether it fills the screen.
    pub maximized: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { size: (1280.0, 800.0), at: None, maximized: false }
    }
}

/// One place in the rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// A guild, by its id.
    Guild(String),
    /// Several that can be folded together.
    Folder {
        /// What they have in common.
        name: String,
        /// Which.
        guilds: Vec<String>,
        /// Whether they are shown.
        open: bool,
    },
}

/// What others on the network learn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Whether others on this network are looked for, and find this device.
    pub mdns: bool,
    /// Whether they see one's name and may knock.
    pub visible: bool,
    /// Where to listen, as multiaddresses; anywhere if there are none.
    pub listen: Vec<String>,
}

impl Default for Network {
    fn default() -> Self {
        Self { mdns: true, visible: true, listen: Vec::new() }
    }
}

/// What was found where the settings are kept.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// As they were saved, or none yet.
    Fine(Box<Prefs>),
    /// Not to be read in full: what could be read, and where all of it was put aside, if that could be done.
    Aside(Box<Prefs>, Option<PathBuf>),
}

impl Prefs {
    /// Reads them. What cannot be read is put aside, never overwritten.
    #[must_use]
    pub fn load(folder: &Path) -> Loaded {
        let path = folder.join(FILE);
        let fits = path.metadata().is_ok_and(|it| it.len() <= FILE_MAX);
        match fits.then(|| std::fs::read(&path)).transpose() {
            Ok(Some(bytes)) => match serde_json::from_slice::<Self>(&bytes) {
                Ok(prefs) => Loaded::Fine(Box::new(prefs.sound())),
                Err(_) => Loaded::Aside(Box::new(Self::readable(&bytes).sound()), put_aside(&path)),
            },
            Ok(None) if !path.exists() => Loaded::Fine(Box::default()),
            Ok(None) | Err(_) => Loaded::Aside(Box::default(), put_aside(&path)),
        }
    }

    /// Those settings that can be read: another version may know values that this one does not.
    fn readable(bytes: &[u8]) -> Self {
        let Ok(serde_json::Value::Object(all)) = serde_json::from_slice(bytes) else { return Self::default() };
        let reads = |part: &(String, serde_json::Value)| {
            let alone = serde_json::Map::from_iter([part.clone()]);
            serde_json::from_value::<Self>(alone.into()).is_ok()
        };
        let parts: serde_json::Map<_, _> =
            all.into_iter().filter(|(key, value)| reads(&(key.clone(), value.clone()))).collect();
        serde_json::from_value(parts.into()).unwrap_or_default()
    }

    /// Within what can be drawn, whatever was written into the file.
    fn sound(mut self) -> Self {
        self.looks.scale = self.looks.scale.clamp(*SCALE.start(), *SCALE.end());
        let (width, height) = self.window.size;
        let side = |side: f32| if side.is_finite() { side.clamp(480.0, 16_384.0) } else { 800.0 };
        self.window.size = (side(width), side(height));
        self.window.at = self.window.at.filter(|(x, y)| x.abs() < 32_768.0 && y.abs() < 32_768.0);
        self.emoji.truncate(64);
        self
    }

    /// Writes them so that a crash leaves the old ones or the new.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(FILE);
        let fresh = path.with_extension("json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(fresh, path)
    }

    /// The channel one was in last.
    #[must_use]
    pub fn last_in(&self, guild: GuildId) -> Option<ChannelId> {
        self.last.get(&guild.to_string())?.parse().ok()
    }

    /// Remembers where one is.
    pub fn be_in(&mut self, guild: GuildId, channel: ChannelId) {
        self.last.insert(guild.to_string(), channel.to_string());
        self.guild = Some(guild.to_string());
    }

    /// Remembers that an emoji was used.
    pub fn use_emoji(&mut self, emoji: &str) {
        self.emoji.retain(|it| it != emoji);
        self.emoji.insert(0, emoji.to_owned());
        self.emoji.truncate(24);
    }
}

/// Gives a file another name, which no earlier one has.
fn put_aside(path: &Path) -> Option<PathBuf> {
    let names = (1..100).map(|n| {
        path.with_extension(if n == 1 { "json.unreadable".to_owned() } else { format!("json.unreadable-{n}") })
    });
    let aside = names.into_iter().find(|aside| !aside.exists())?;
    std::fs::rename(path, &aside).ok().map(|()| aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let mut prefs = Prefs { streamer: true, ..Prefs::default() };
        prefs.be_in(GuildId([1; 32]), ChannelId([2; 32]));
        prefs.save(folder.path()).unwrap();
        let Loaded::Fine(loaded) = Prefs::load(folder.path()) else { panic!("put aside") };
        assert_eq!(*loaded, prefs);
        assert_eq!(loaded.last_in(GuildId([1; 32])), Some(ChannelId([2; 32])));
    }

    #[test]
    fn what_cannot_be_read_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{ not json").unwrap();
        let Loaded::Aside(_, aside) = Prefs::load(folder.path()) else { panic!("read") };
        assert_eq!(std::fs::read_to_string(aside.unwrap()).unwrap(), "{ not json");
        assert!(matches!(Prefs::load(folder.path()), Loaded::Fine(_)));
    }

    #[test]
    fn what_another_version_wrote_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let newer = r#"{"streamer": true, "looks": {"mode": "sepia"}, "language": "fr", "unknown": 1}"#;
        std::fs::write(folder.path().join(FILE), newer).unwrap();
        let Loaded::Aside(prefs, Some(aside)) = Prefs::load(folder.path()) else { panic!("read") };
        assert!(prefs.streamer && prefs.language.as_deref() == Some("fr") && prefs.looks == Looks::default());
        std::fs::write(folder.path().join(FILE), "again").unwrap();
        let Loaded::Aside(_, Some(other)) = Prefs::load(folder.path()) else { panic!("read") };
        assert_ne!(aside, other, "an earlier one stays");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), newer);
    }

    #[test]
    fn nothing_written_by_hand_spoils_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let hostile = r#"{"looks": {"scale": 9000}, "window": {"size": [1e30, -5], "at": [1e9, 0]}}"#;
        std::fs::write(folder.path().join(FILE), hostile).unwrap();
        let Loaded::Fine(prefs) = Prefs::load(folder.path()) else { panic!("put aside") };
        assert_eq!((prefs.looks.scale, prefs.window.size, prefs.window.at), (200, (16_384.0, 480.0), None));
    }

    #[test]
    fn the_nearest_rule_counts() {
        let (guild, channel) = (GuildId([1; 32]), ChannelId([2; 32]));
        let mut notify = Notify::default();
        assert!(notify.tells(guild, channel, true) && !notify.tells(guild, channel, false));
        notify.guilds.insert(guild.to_string(), Rule::All);
        assert!(notify.tells(guild, channel, false));
        notify.channels.insert(channel.to_string(), Rule::Nothing);
        assert!(!notify.tells(guild, channel, true));
        notify.channels.clear();
        notify.quiet = true;
        assert!(!notify.tells(guild, channel, true));
    }
}
