//! Makes the app the one that opens `bivouac://` links for this person: a `.desktop` file, an icon, and a line in
//! `mimeapps.list`, which is everybody's and of which nothing else is touched. Only ever done when asked for.
//!
//! Desktop Entry Specification 1.5; Association between MIME types and applications 1.0.1.

use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{APP, Rgba};

const TYPE: &str = "x-scheme-handler/bivouac";
const ENTRY: &str = "bivouac.desktop";
const GROUP: &str = "[Default Applications]";
/// Largest list that is edited, in bytes; they have some kilobytes.
const MAX_LIST: u64 = 1 << 20;
/// Sides of the icon, in pixels, as icon themes have them.
const ICON: u32 = 256;

/// Where the desktop looks for who opens what, and what it is to run.
#[derive(Clone, Debug)]
pub struct Scheme {
    /// `$XDG_DATA_HOME`.
    pub data: PathBuf,
    /// `$XDG_CONFIG_HOME`.
    pub config: PathBuf,
    /// The program and what comes before the link, for example `--data` and a folder.
    pub command: Vec<String>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum SchemeError {
    /// There is no home folder, or the program can't be found.
    #[error("There is no home folder to register the app in; set HOME.")]
    NoHome,
    /// The program's path can't be written in a `.desktop` file.
    #[error("The program's path has characters that no desktop file can hold; install it elsewhere.")]
    Path,
    /// Something of the person's that we don't understand is left alone.
    #[error("The file {0} is not a list of applications as it should be; look at it, or move it away.")]
    List(PathBuf),
    /// A file can't be read or written.
    #[error("The file {0} can't be read or written ({1}); check who owns it.")]
    File(PathBuf, #[source] io::Error),
}

impl Scheme {
    /// For the person this runs for and the program that this is, started with `--data` where that is said.
    ///
    /// # Errors
    /// No home folder, no path.
    pub fn here(data: Option<&Path>) -> Result<Self, SchemeError> {
        let dirs = directories::BaseDirs::new().ok_or(SchemeError::NoHome)?;
        let program = env::current_exe().map_err(|_| SchemeError::NoHome)?;
        let text = |path: &Path| path.to_str().map(str::to_owned).ok_or(SchemeError::Path);
        let mut command = vec![text(&program)?];
        if let Some(data) = data {
            let data = std::path::absolute(data).map_err(|_| SchemeError::Path)?;
            command.extend(["--data".to_owned(), text(&data)?]);
        }
        Ok(Self { data: dirs.data_dir().to_owned(), config: dirs.config_dir().to_owned(), command })
    }

    /// Whether links open this program now, in the way it would be registered.
    #[must_use]
    pub fn registered(&self) -> bool {
        let entry = fs::read_to_string(self.entry()).ok();
        let first = self
            .list()
            .ok()
            .and_then(|list| default(&list).and_then(|value| value.split(';').next().map(str::to_owned)));
        entry.is_some() && entry == self.text().ok() && first.as_deref() == Some(ENTRY)
    }

    /// Registers it.
    ///
    /// # Errors
    /// See [`SchemeError`]; what was done before the error stays, and does no harm.
    pub fn register(&self, icon: &Rgba) -> Result<(), SchemeError> {
        let (text, list) = (self.text()?, self.list()?);
        let picture = self.icon();
        let mut png = io::Cursor::new(Vec::new());
        let written = icon.within(ICON).write_to(&mut png, image::ImageFormat::Png);
        written.map_err(|error| SchemeError::File(picture.clone(), io::Error::other(error)))?;
        replace(&picture, png.get_ref())?;
        replace(&self.entry(), text.as_bytes())?;
        let edited = with_default(&list);
        if edited == list { Ok(()) } else { replace(&self.mimeapps(), edited.as_bytes()) }
    }

    /// Undoes it.
    ///
    /// # Errors
    /// See [`SchemeError`].
    pub fn unregister(&self) -> Result<(), SchemeError> {
        let list = self.list()?;
        let edited = without_default(&list);
        if edited != list {
            replace(&self.mimeapps(), edited.as_bytes())?;
        }
        for file in [self.entry(), self.icon()] {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(SchemeError::File(file, error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn entry(&self) -> PathBuf {
        self.data.join("applications").join(ENTRY)
    }

    fn icon(&self) -> PathBuf {
        self.data.join(format!("icons/hicolor/{ICON}x{ICON}/apps/{APP}.png"))
    }

    fn mimeapps(&self) -> PathBuf {
        self.config.join("mimeapps.list")
    }

    fn text(&self) -> Result<String, SchemeError> {
        let command: Option<Vec<_>> = self.command.iter().map(|word| quoted(word)).collect();
        let command = command.filter(|words| !words.is_empty()).ok_or(SchemeError::Path)?.join(" ");
        Ok(format!(
            "[Desktop Entry]\nType=Application\nName=Bivouac\nExec={command} %u\nIcon={APP}\nTerminal=false\n\
             Categories=Network;InstantMessaging;\nMimeType={TYPE};\nStartupWMClass={APP}\n"
        ))
    }

    fn list(&self) -> Result<String, SchemeError> {
        let path = self.mimeapps();
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Ok(file) if !file.is_file() || file.len() > MAX_LIST => return Err(SchemeError::List(path)),
            _ => {}
        }
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(SchemeError::List(path)),
            read => read.map_err(|error| SchemeError::File(path, error)),
        }
    }
}

/// A word of a command as `Exec` wants it: quoted for the command, then escaped for the file, `%` being special to it.
/// Plain words stay as they are: `xdg-open` alone, where no desktop runs, knows no quotes.
fn quoted(word: &str) -> Option<String> {
    if word.chars().any(char::is_control) {
        return None;
    }
    if !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "/._-+,:@".contains(c)) {
        return Some(word.to_owned());
    }
    let mut quoted = String::from('"');
    for c in word.chars() {
        match c {
            '"' | '`' | '$' => quoted.extend(["\\\\", c.encode_utf8(&mut [0; 4])]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// The value of a line that says who opens our links.
fn value(line: &str) -> Option<&str> {
    let (key, value) = line.split_once('=')?;
    (key.trim() == TYPE).then_some(value.trim())
}

/// The lines of a list, with whether they stand in the group of defaults.
fn lines(list: &str) -> impl Iterator<Item = (bool, &str)> {
    list.split_inclusive('\n').scan(false, |inside, line| {
        if line.trim_start().starts_with('[') {
            *inside = line.trim() == GROUP;
        }
        Some((*inside, line))
    })
}

fn default(list: &str) -> Option<&str> {
    lines(list).filter(|(inside, _)| *inside).find_map(|(_, line)| value(line))
}

/// Who opens them instead of us, where a list names more than one.
fn others(value: &str) -> String {
    value.split(';').map(str::trim).filter(|app| !app.is_empty() && *app != ENTRY).flat_map(|app| [app, ";"]).collect()
}

fn with_default(list: &str) -> String {
    let ours = |others: &str| format!("{TYPE}={ENTRY};{others}\n");
    let mut edited = String::with_capacity(list.len() + 128);
    let mut left = true;
    for (inside, line) in lines(list) {
        match value(line).filter(|_| inside) {
            Some(value) if left => edited.push_str(&ours(&others(value))),
            Some(_) => continue,
            None => edited.push_str(line),
        }
        left &= !(inside && value(line).is_some());
        // A list that names nobody gets its line under the header.
        if left && inside && line.trim() == GROUP && default(list).is_none() {
            if !line.ends_with('\n') {
                edited.push('\n');
            }
            edited.push_str(&ours(""));
            left = false;
        }
    }
    if left {
        if !edited.is_empty() && !edited.ends_with('\n') {
            edited.push('\n');
        }
        edited.push_str(&format!("{GROUP}\n{}", ours("")));
    }
    edited
}

fn without_default(list: &str) -> String {
    let mut edited = String::with_capacity(list.len());
    for (inside, line) in lines(list) {
        match value(line).filter(|value| inside && value.split(';').any(|app| app.trim() == ENTRY)) {
            Some(value) => match others(value) {
                none if none.is_empty() => {}
                others => edited.push_str(&format!("{TYPE}={others}\n")),
            },
            None => edited.push_str(line),
        }
    }
    edited
}

/// Puts a file in the place of another at once, and leaves links and modes as they are.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), SchemeError> {
    let put = || {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let fresh = folder.join(format!(".{APP}-{}", std::process::id()));
        let written = fs::write(&fresh, bytes).and_then(|()| {
            let mode = fs::metadata(&path).map_or(0o644, |old| old.permissions().mode());
            fs::set_permissions(&fresh, fs::Permissions::from_mode(mode))?;
            fs::rename(&fresh, &path)
        });
        written.inspect_err(|_| drop(fs::remove_file(&fresh)))
    };
    put().map_err(|error: io::Error| SchemeError::File(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = "x-scheme-handler/bivouac=bivouac.desktop;";

    #[test]
    fn a_list_keeps_everything_else() {
        let cases = [
            ("", format!("{GROUP}\n{OURS}\n")),
            (
                "# mine\n[Added Associations]\nimage/png=a;b;",
                format!("# mine\n[Added Associations]\nimage/png=a;b;\n{GROUP}\n{OURS}\n"),
            ),
            (
                "[Default Applications]\ntext/html=firefox.desktop\n\n[Removed Associations]\nx-scheme-handler/bivouac=bivouac.desktop\n",
                format!(
                    "{GROUP}\n{OURS}\ntext/html=firefox.desktop\n\n[Removed Associations]\nx-scheme-handler/bivouac=bivouac.desktop\n"
                ),
            ),
            (
                "[Default Applications]\na/b=c\nx-scheme-handler/bivouac = other.desktop\nd/e=f",
                format!("{GROUP}\na/b=c\n{OURS}other.desktop;\nd/e=f"),
            ),
            ("[Default Applications]", format!("{GROUP}\n{OURS}\n")),
        ];
        for (list, expected) in cases {
            let edited = with_default(list);
            assert_eq!(edited, expected);
            assert_eq!(with_default(&edited), edited, "twice is once");
        }
        let back =
            without_default(&with_default("[Default Applications]\na/b=c\nx-scheme-handler/bivouac=other.desktop\n"));
        assert_eq!(back, "[Default Applications]\na/b=c\nx-scheme-handler/bivouac=other.desktop;\n");
        let strange = "[Added Associations]\nx-scheme-handler/bivouac=bivouac.desktop\n";
        assert_eq!(without_default(strange), strange, "other groups are other people's");
    }

    proptest! {
        #[test]
        fn any_list_keeps_its_lines(list in r"((\[Default Applications\]|\[x\]|x-scheme-handler/bivouac=(o;)?(bivouac.desktop;?)?|a=b|#.{0,9}|.{0,9})\r?\n?){0,12}") {
            let edited = with_default(&list);
            prop_assert_eq!(default(&edited).map(|value| value.starts_with(ENTRY)), Some(true));
            let foreign = |list: &str| -> Vec<String> {
                let lines = lines(list).filter(|(inside, line)| !(*inside && value(line).is_some()));
                lines.map(|(_, line)| line.trim_end().to_owned()).filter(|line| line != GROUP).collect()
            };
            prop_assert_eq!(foreign(&edited), foreign(&list));
            let back = without_default(&edited);
            prop_assert_eq!(foreign(&back), foreign(&list));
            prop_assert!(default(&back).is_none_or(|value| value.split(';').all(|app| app.trim() != ENTRY)));
        }
    }

    #[test]
    fn commands_are_quoted_for_the_file() {
        assert_eq!(quoted("/opt/é-1.0/x").as_deref(), Some("/opt/é-1.0/x"));
        assert_eq!(quoted("/opt/a b/x").as_deref(), Some(r#""/opt/a b/x""#));
        assert_eq!(quoted(r#"/a"b$c`d\e%f"#).as_deref(), Some(r#""/a\\"b\\$c\\`d\\\\e%%f""#));
        assert_eq!(quoted("/a\nExec=rm"), None);
    }
}
