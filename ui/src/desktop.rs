//! What the desktop around the app offers: one module a service, plain types in and out, nothing of the toolkit.
//!
//! Any of it may be missing — a session without D-Bus, a panel without a tray, Wayland without its portals — and may
//! go away or hang while the app runs. So whatever asks is bounded in time, and what is missing is a value,
//! [`Unavailable`], that the app shows once and lives with. What speaks D-Bus does so on zbus's own thread; what can
//! only block does so on a thread that nobody waits for when the app ends.

mod bus;
pub mod choose;
pub mod clipboard;
pub mod hotkey;
pub mod instance;
pub mod link;
pub mod notify;
pub mod open;
mod picture;
pub mod scheme;
pub mod secret;
mod text;
pub mod tray;

use std::{path::PathBuf, time::Duration};

pub use picture::Rgba;

/// What the app is called where the desktop wants an id: its `.desktop` file, its icon, its window class.
pub const APP: &str = "bivouac";

/// Where everything is kept unless another folder is named; none without a home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", APP).map(|dirs| dirs.data_dir().to_owned())
}

/// Why something the desktop may offer can't be had here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// There is no session bus, or it can't be reached.
    #[error("there is no session bus (D-Bus) here, and {0} needs one")]
    NoBus(&'static str),
    /// No program offers it.
    #[error("no program on this desktop offers {0}")]
    NoService(&'static str),
    /// The program that offers it hangs.
    #[error("the program behind {0} does not answer")]
    Silent(&'static str),
    /// The program that offers it said no.
    #[error("{0} failed: {1}")]
    Refused(&'static str, String),
}

/// Runs what can only block, on a thread of its own, and waits for it this long. None: it takes longer, or panicked.
/// The runtime's threads for blocking work would be waited for when the app ends, however long that takes.
async fn apart<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, told) = tokio::sync::oneshot::channel();
    let work = move || drop(done.send(work()));
    std::thread::Builder::new().name("desktop".to_owned()).spawn(work).ok()?;
    tokio::time::timeout(limit, told).await.ok()?.ok()
}
