//! A session to run a test in.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

/// Starts no program when it is asked for: there is what the test starts.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// What is there.
pub(super) struct Session<'a> {
    /// The test's name, with its modules.
    pub(super) test: &'a str,
    /// Programs without which there is no test.
    pub(super) needs: &'a [&'a str],
    pub(super) bus: bool,
    pub(super) x: bool,
    pub(super) env: &'a [(&'a str, &'a str)],
}

impl Session<'_> {
    /// The home of the session, for who runs in it; None for the process that just saw to that.
    pub(super) fn enter(&self) -> Option<PathBuf> {
        if env::var_os("BIVOUAC_SESSION").is_some() {
            return env::var_os("HOME").map(PathBuf::from);
        }
        let wanted =
            [(self.bus, "dbus-run-session"), (self.x, "Xvfb")].map(|(wanted, program)| wanted.then_some(program));
        if let Some(missing) = self.needs.iter().copied().chain(wanted.into_iter().flatten()).find(|p| !installed(p)) {
            skip(self.test, &format!("{missing} is not installed"));
            return None;
        }
        let home = TempDir::new().unwrap();
        let server = self.x.then(x_server);
        let mut run = Command::new(if self.bus { "dbus-run-session".into() } else { env::current_exe().unwrap() });
        if self.bus {
            let config = home.path().join("bus.conf");
            fs::write(&config, BUS).unwrap();
            run.arg("--config-file").arg(config).arg("--").arg(env::current_exe().unwrap());
        } else {
            run.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        }
        run.arg("--exact").arg(format!("desktop::{}", self.test)).arg("--nocapture");
        for gone in ["WAYLAND_DISPLAY", "DISPLAY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "BROWSER"] {
            run.env_remove(gone);
        }
        run.env("BIVOUAC_SESSION", "1").env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
        run.env("XDG_DATA_HOME", home.path().join("data")).env("XDG_CONFIG_HOME", home.path().join("config"));
        if let Some((_, display)) = &server {
            run.env("DISPLAY", display);
        }
        let status = run.envs(self.env.iter().copied()).status().unwrap();
        assert!(status.success(), "{status}");
        None
    }
}

fn x_server() -> (Program, String) {
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]);
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut number = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Program(server), format!(":{}", number.trim()))
}

pub(crate) fn installed(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file())
}

/// Note that a test could not run here.
pub(crate) fn skip(test: &str, why: &str) {
    println!("skipped: {why}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(test), why).unwrap();
}

/// A program of the session, ended with the test.
pub(crate) struct Program(pub(crate) Child);

impl Program {
    pub(super) fn start(words: &[&str]) -> Self {
        Self(Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program says, run to its end.
pub(super) fn said(words: &[&str]) -> String {
    let output = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Waits for what comes, but not for ever.
pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), what).await.expect("nothing came")
}
