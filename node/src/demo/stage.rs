//! Where the conversation is held: hosts of a lab, or this machine's loopback where there are no namespaces.

use std::{
    env, fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::Value;

use super::{DemoError, PATIENCE};
use crate::lab::{Lab, LabError, Launch, Rpc};

/// The names of those who talk.
const NAMES: [&str; 3] = ["Ada", "Bo", "Cy"];

/// Someone who talks.
pub(super) struct Player {
    pub(super) name: &'static str,
    pub(super) rpc: Rpc,
    pub(super) user: Value,
    pub(super) device: Value,
}

/// A place to talk, taken down when dropped.
pub(super) struct Stage {
    program: PathBuf,
    folder: Folder,
    place: Place,
    halt: Arc<AtomicBool>,
}

enum Place {
    /// The lab stands as long as it is held.
    Lab {
        _held: Lab,
        launches: Vec<Launch>,
    },
    Loopback(LabError),
}

/// The folder with everyone's stores, removed when dropped.
struct Folder(PathBuf);

impl Stage {
    pub(super) fn new() -> Result<Self, DemoError> {
        let program = env::current_exe().map_err(|source| io_error("this program", source))?;
        let folder = Folder::new()?;
        let place = match Lab::new() {
            Ok(mut lab) => {
                let mut launches = Vec::new();
                for name in NAMES {
                    let host = lab.host()?;
                    launches.push(Launch::new(&program, folder.0.join(name)).on(&lab, host));
                }
                Place::Lab { _held: lab, launches }
            }
            Err(why) => Place::Loopback(why),
        };
        let halt = Arc::new(AtomicBool::new(false));
        watch(Arc::clone(&halt));
        Ok(Self { program, folder, place, halt })
    }

    /// A sentence on where this takes place.
    pub(super) fn describe(&self) -> String {
        match &self.place {
            Place::Lab { .. } => {
                "Three nodes, each on a host of its own with an empty store, on one switch: no route out, no \
                               server, no address given to anyone."
                    .to_owned()
            }
            Place::Loopback(why) => format!(
                "This machine gives {why}: three nodes with empty stores, on its loopback instead of hosts of their \
                 own. They do not find each other by themselves here; Ada’s address is in the link."
            ),
        }
    }

    /// Start everyone's node.
    pub(super) fn players(&self) -> Result<Vec<Player>, DemoError> {
        let launches = match &self.place {
            Place::Lab { launches, .. } => launches.clone(),
            Place::Loopback(_) => NAMES.iter().map(|name| self.on_loopback(name)).collect::<Result<_, _>>()?,
        };
        let mut players = Vec::new();
        for (name, launch) in NAMES.into_iter().zip(launches) {
            let rpc = Rpc::start(launch.halted_by(Arc::clone(&self.halt)))?;
            players.push(Player { name, rpc, user: Value::Null, device: Value::Null });
        }
        for player in &players {
            player.rpc.ready(PATIENCE)?;
        }
        Ok(players)
    }

    /// Whether someone has asked for an end.
    pub(super) fn check(&self) -> Result<(), DemoError> {
        if self.halt.load(Ordering::Relaxed) { Err(DemoError::Interrupted) } else { Ok(()) }
    }

    /// Whether nodes find each other unasked.
    pub(super) const fn has_multicast(&self) -> bool {
        matches!(self.place, Place::Lab { .. })
    }

    /// On a port that stays, so that others find it again.
    fn on_loopback(&self, name: &str) -> Result<Launch, DemoError> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.map_err(|source| io_error("a free port", source))?.port();
        let launch = Launch::new(&self.program, self.folder.0.join(name));
        Ok(launch.arg("--no-mdns").arg("--listen").arg(format!("/ip4/127.0.0.1/tcp/{port}")))
    }
}

fn io_error(what: &str, source: io::Error) -> LabError {
    LabError::Io { what: what.to_owned(), source }
}

impl Folder {
    fn new() -> Result<Self, DemoError> {
        let path = env::temp_dir().join(format!("bivouac-demo-{}", process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|source| DemoError::File { path: path.clone(), source })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // In the temporary folder: what can't be removed now goes with the next boot.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Notice Ctrl-C and SIGTERM, so that everything is taken down in order instead of left behind.
fn watch(halt: Arc<AtomicBool>) {
    thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
                return;
            };
            tokio::select! {
                _ = int.recv() => {},
                _ = term.recv() => {},
            }
            halt.store(true, Ordering::Relaxed);
        });
    });
}
