//! Somebody at a computer of their own, with the app.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Lab, LabError};
use tempfile::TempDir;

use super::eyes::{Sight, Spot};
use crate::desktop::session::{Program, installed, skip};

/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at a screen.
const BLINK: Duration = Duration::from_millis(100);

/// Whether there is what it takes to sit before a screen; else a note of what this machine lacks.
pub(super) fn screens(test: &str) -> bool {
    let missing = ["Xvfb", "xdotool", "xclip"].into_iter().find(|program| !installed(program));
    if let Some(program) = missing {
        skip(test, &format!("{program} is not installed"));
    }
    missing.is_none()
}

/// A lab to put screens in; likewise.
pub(super) fn lab(test: &str) -> Option<Lab> {
    match screens(test).then(Lab::new)? {
        Ok(lab) => Some(lab),
        Err(LabError::Unavailable(why)) => {
            skip(test, &why);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Somebody, their screen, and the app while it runs.
pub(super) struct Person {
    pub name: &'static str,
    /// What they have in their home; their data folder is in it.
    pub home: PathBuf,
    /// Where pictures of the screen are put.
    shown: PathBuf,
    shots: usize,
    on: Vec<OsString>,
    display: String,
    screen: TempDir,
    /// After what it is shown on, so that it is ended before.
    app: Option<Program>,
    owner: Option<Program>,
    _server: Program,
}

impl Person {
    /// Somebody with nothing on their computer, which is where these words lead: a host of a lab, or this one.
    pub(super) fn new(name: &'static str, test: &str, on: Vec<OsString>) -> Self {
        let shown = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let home = shown.join(name);
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        let screen = TempDir::new().unwrap();
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x800x24"]);
        server.arg("-fbdir").arg(screen.path());
        let mut server = server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        println!("{name} is at display {display}; pictures are kept in {}", shown.display());
        let (app, owner) = (None, None);
        Self { name, home, shown, shots: 0, on, display, screen, app, owner, _server: Program(server) }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// What the app wrote to standard error, over all its runs.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap()
    }

    /// Starts the app, and gives it the keyboard once its window is there.
    pub(super) fn start(&mut self, args: &[&str]) {
        let log = fs::File::options().create(true).append(true).open(self.home.join("log")).unwrap();
        let mut words = self.on.clone();
        words.push(env!("CARGO_BIN_EXE_bivouac-desktop").into());
        let mut app = Command::new(&words[0]);
        app.args(&words[1..]).arg("--data").arg(self.data()).args(args);
        for gone in ["WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "LC_ALL", "LC_MESSAGES", "LANGUAGE"]
        {
            app.env_remove(gone);
        }
        app.env("DISPLAY", &self.display).env("ICED_BACKEND", "tiny-skia").env("LANG", "en_US.UTF-8");
        app.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home).env("XDG_DATA_HOME", self.home.join("share"));
        app.env("XDG_CONFIG_HOME", self.home.join("config"));
        app.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        app.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.app = Some(Program(app.spawn().unwrap()));
        let mut window = String::new();
        self.until("a window", |me| {
            window = me.xdotool(&["search", "--onlyvisible", "--name", "Bivouac"]);
            !window.is_empty()
        });
        let window = window.lines().last().unwrap().to_owned();
        self.until("the keyboard", |me| {
            me.xdotool(&["windowfocus", &window]);
            me.xdotool(&["getwindowfocus"]).trim() == window
        });
    }

    /// How much memory the app has, in MiB.
    pub(super) fn resident(&self) -> u64 {
        let pid = self.app.as_ref().unwrap().0.id();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Ends the app as a power cut does.
    pub(super) fn kill(&mut self) {
        self.app = None;
    }

    /// Closes the app as its user does.
    pub(super) fn quit(&mut self) -> ExitStatus {
        self.key("ctrl+q");
        let mut ended = None;
        self.until("its end", |me| {
            ended = me.app.as_mut().unwrap().0.try_wait().unwrap();
            ended.is_some()
        });
        self.app = None;
        ended.unwrap()
    }

    fn xdotool(&self, words: &[&str]) -> String {
        let mut run = Command::new("xdotool");
        let output = run.args(words).env("DISPLAY", &self.display).stdin(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Presses a chord, written as `xdotool` does.
    pub(super) fn key(&self, chord: &str) {
        self.xdotool(&["key", "--delay", "30", chord]);
    }

    /// Types on the keyboard.
    pub(super) fn types(&self, words: &str) {
        self.xdotool(&["type", "--delay", "15", "--", words]);
    }

    /// Types a message and sends it.
    pub(super) fn says(&self, words: &str) {
        self.types(words);
        self.key("Return");
    }

    /// What the window is called.
    pub(super) fn title(&self) -> String {
        self.xdotool(&["getwindowfocus", "getwindowname"])
    }

    pub(super) fn sight(&self) -> Sight {
        Sight::of(&fs::read(self.screen.path().join("Xvfb_screen0")).unwrap())
    }

    /// Waits until something holds of what is on the screen.
    pub(super) fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            if Instant::now() > end {
                self.shot("in vain");
                panic!("{}: {what}: not within {PATIENCE:?}; the app said:\n{}", self.name, self.log());
            }
            thread::sleep(BLINK);
        }
    }

    /// Waits until words are on the screen.
    pub(super) fn reads(&mut self, words: &str) -> Spot {
        let mut spot = None;
        self.until(&format!("“{words}” on the screen"), |me| {
            spot = me.sight().find(words);
            spot.is_some()
        });
        spot.unwrap()
    }

    /// Waits until so much of the screen has a colour.
    pub(super) fn sees(&mut self, what: &str, colour: [u8; 3], pixels: usize) {
        self.until(what, |me| me.sight().count(colour) >= pixels);
    }

    /// Presses what these words stand on, once they are there and at rest.
    pub(super) fn press(&mut self, words: &str) {
        let mut last = None;
        self.until(&format!("“{words}” at rest"), |me| {
            let now = me.sight().find(words).map(|spot| (spot.x, spot.y));
            let rests = now.is_some() && now == last;
            last = now;
            rests
        });
        let (x, y) = last.unwrap();
        self.click(x, y, 1);
    }

    pub(super) fn click(&self, x: usize, y: usize, button: u8) {
        let at = [x, y, usize::from(button)].map(|number| number.to_string());
        self.xdotool(&["mousemove", &at[0], &at[1], "click", &at[2]]);
    }

    /// Puts the mouse where it is on nothing that answers to it.
    pub(super) fn leaves_the_mouse(&self) {
        self.xdotool(&["mousemove", "0", "0"]);
    }

    /// What was copied, as text.
    pub(super) fn copied(&mut self) -> String {
        let mut copied = String::new();
        self.until("something copied", |me| {
            // Who was asked for what they hold may be gone.
            let mut paste = Command::new("timeout");
            paste.args(["5", "xclip", "-selection", "clipboard", "-o"]).env("DISPLAY", &me.display);
            let output = paste.stdin(Stdio::null()).output().unwrap();
            copied = String::from_utf8(output.stdout).unwrap();
            output.status.success() && !copied.is_empty()
        });
        copied
    }

    /// Puts something on the clipboard.
    pub(super) fn holds(&mut self, kind: &str, bytes: &[u8]) {
        let file = self.home.join("clipboard");
        fs::write(&file, bytes).unwrap();
        let mut owner = Command::new("xclip");
        // In the foreground, so that it ends with the test.
        owner.args(["-quiet", "-selection", "clipboard", "-t", kind, "-i"]).arg(&file).env("DISPLAY", &self.display);
        let owner = owner.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.owner = Some(Program(owner));
        self.until("the clipboard", |me| {
            let mut paste = Command::new("timeout");
            paste.args(["5", "xclip", "-selection", "clipboard", "-t", kind, "-o"]).env("DISPLAY", &me.display);
            paste.stdin(Stdio::null()).output().unwrap().stdout == bytes
        });
    }

    /// Keeps a picture of the screen.
    pub(super) fn shot(&mut self, what: &str) {
        self.shots += 1;
        let file = self.shown.join(format!("{}-{:02}-{}.png", self.name, self.shots, what.replace(' ', "-")));
        self.sight().picture.save(file).unwrap();
    }
}
