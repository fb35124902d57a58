//! One app a data folder. Who starts second hands over what it was started for, and ends.
//!
//! ```text
//! first   app.lock held · app.socket listens ◀── second: "show" or "open bivouac://…", a line
//!                                            ──▶ "ok", once the app took it
//! ```
//!
//! The lock says who is first, and the kernel lets go of it however a process ends; so a socket file that is found by
//! the one who got the lock is a dead one's, and no guess is needed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{Stream, stream};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    time::{Instant as Clock, sleep, timeout},
};

use super::link::Link;

/// How long a second one tries to hand over its message: the first may just be starting, or just have ended.
const HAND_OVER: Duration = Duration::from_secs(6);
/// How long one that came may take to say its line.
const LINE: Duration = Duration::from_secs(1);
/// Longest line, in bytes: a link and a word.
const MAX_LINE: u64 = 9 * 1024;
/// Longest path the system takes for a socket, in bytes.
const MAX_PATH: usize = 107;

/// What a later one was started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing but to see the window.
    Show,
    /// This link.
    Open(Link),
}

/// Whether this process is the app.
#[derive(Debug)]
pub enum Instance {
    /// It is; this says so to later ones, and has to be kept.
    First(First),
    /// Another one is, and took the message: end with status 0.
    Second,
}

/// Holds the place of the first, until dropped.
#[derive(Debug)]
pub struct First {
    listener: UnixListener,
    socket: PathBuf,
    _lock: File,
}

/// Why it can't be told, or the message not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The folder can't be written to.
    #[error("the folder {0} can't be used ({1}); check who owns it, or choose another folder with --data")]
    Folder(PathBuf, #[source] io::Error),
    /// Another one has the folder and takes nothing.
    #[error("Bivouac runs with the folder {0} already and does not answer; wait a little, or end that process")]
    Silent(PathBuf),
}

impl Instance {
    /// Takes the place of the first for a data folder, or hands over `says` to who has it. At most six seconds.
    ///
    /// # Errors
    /// See [`InstanceError`].
    pub async fn take(data: &Path, says: &Said) -> Result<Self, InstanceError> {
        let unusable = |error| InstanceError::Folder(data.to_owned(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(unusable)?;
        let mut open = OpenOptions::new();
        let lock = open.write(true).create(true).truncate(false).mode(0o600).open(data.join("app.lock"));
        let lock = lock.map_err(unusable)?;
        let until = Clock::now() + HAND_OVER;
        loop {
            match lock.try_lock() {
                Ok(()) => return First::listen(data, lock).map(Self::First).map_err(unusable),
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if let Ok(Ok(())) = tokio::time::timeout_at(until, hand_over(data, says)).await {
                return Ok(Self::Second);
            }
            if Clock::now() >= until {
                return Err(InstanceError::Silent(data.to_owned()));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl First {
    fn listen(data: &Path, lock: File) -> io::Result<Self> {
        let socket = data.join("app.socket");
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let (path, _folder) = reachable(data)?;
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(Self { listener, socket, _lock: lock })
    }

    /// What later ones say, as they come. Dropping the stream gives up the place.
    pub fn said(self) -> impl Stream<Item = Said> + Send + 'static {
        stream::unfold(self, |first| async {
            loop {
                match first.listener.accept().await {
                    Ok((peer, _)) => {
                        if let Ok(Some(said)) = timeout(LINE, hear(peer)).await {
                            return Some((said, first));
                        }
                    }
                    // Out of descriptors, say: the next try may do.
                    Err(_) => sleep(Duration::from_millis(100)).await,
                }
            }
        })
    }
}

impl Drop for First {
    fn drop(&mut self) {
        // The lock is still held here, so that it is ours and nobody else's. One left behind does no harm.
        let _ = fs::remove_file(&self.socket);
    }
}

async fn hand_over(data: &Path, says: &Said) -> io::Result<()> {
    let (path, _folder) = reachable(data)?;
    let mut peer = UnixStream::connect(path).await?;
    if !is_me(&peer) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let line = match says {
        Said::Show => "show\n".to_owned(),
        Said::Open(link) => format!("open {link}\n"),
    };
    peer.write_all(line.as_bytes()).await?;
    let mut answer = [0; 3];
    peer.read_exact(&mut answer).await?;
    if &answer == b"ok\n" { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

async fn hear(mut peer: UnixStream) -> Option<Said> {
    if !is_me(&peer) {
        return None;
    }
    let mut line = Vec::new();
    BufReader::new((&mut peer).take(MAX_LINE)).read_until(b'\n', &mut line).await.ok()?;
    let line = std::str::from_utf8(&line).ok()?.strip_suffix('\n')?;
    let said = match line.split_once(' ') {
        None if line == "show" => Said::Show,
        Some(("open", link)) => Said::Open(link.parse().ok()?),
        _ => return None,
    };
    peer.write_all(b"ok\n").await.ok()?;
    Some(said)
}

/// Both ends look: a link is a secret, and the app does as it is told.
fn is_me(peer: &UnixStream) -> bool {
    peer.peer_cred().is_ok_and(|cred| cred.uid() == rustix::process::geteuid().as_raw())
}

/// The socket's path. One that is too long for the system is named through the folder, as long as that is open.
fn reachable(data: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let path = data.join("app.socket");
    if path.as_os_str().len() <= MAX_PATH {
        return Ok((path, None));
    }
    let folder = File::open(data)?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}/app.socket", folder.as_raw_fd())), Some(folder)))
}
