//! Opens a web address or a folder in whatever the person uses for it, by `xdg-open`, never by a shell.

use std::{
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::apart;

/// Longest address, in bytes: what browsers take.
const MAX: usize = 2_048;
/// How long a failure is waited for. Where no desktop runs, `xdg-open` stays as long as the browser does.
const FAILS_WITHIN: Duration = Duration::from_secs(3);

/// Why something was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not an address that is opened: messages may hold any.
    #[error("Only web addresses (http:// or https://) are opened. Copy the address to use it elsewhere.")]
    NotWeb,
    /// Not a folder.
    #[error("There is no folder {0}.")]
    NotFolder(PathBuf),
    /// No `xdg-open`.
    #[error("The program xdg-open, which opens things, can't be run ({0}); install xdg-utils.")]
    Missing(#[source] io::Error),
    /// It found nothing to open it with, or that failed.
    #[error("No program was found that opens this; set a default browser or file manager for your desktop.")]
    Failed,
}

/// Opens a web address.
///
/// # Errors
/// See [`OpenError`].
pub async fn web(address: &str) -> Result<(), OpenError> {
    let web = ["http://", "https://"].iter().any(|scheme| {
        let (begins, rest) = address.split_at_checked(scheme.len()).unwrap_or_default();
        begins.eq_ignore_ascii_case(scheme) && !rest.is_empty()
    });
    let odd = |c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if !web || address.len() > MAX || address.contains(odd) {
        return Err(OpenError::NotWeb);
    }
    run(address.into()).await
}

/// Opens a folder.
///
/// # Errors
/// See [`OpenError`].
pub async fn folder(path: &Path) -> Result<(), OpenError> {
    // Whole, so that it begins with a slash and is taken for no option.
    let whole = path.canonicalize().ok().filter(|path| path.is_dir());
    run(whole.ok_or_else(|| OpenError::NotFolder(path.to_owned()))?.into()).await
}

async fn run(what: std::ffi::OsString) -> Result<(), OpenError> {
    let mut open = Command::new("xdg-open");
    // A group of its own: the browser outlives the app.
    open.arg(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child = open.spawn().map_err(OpenError::Missing)?;
    match apart(FAILS_WITHIN, move || child.wait()).await {
        Some(Ok(status)) if !status.success() => Err(OpenError::Failed),
        _ => Ok(()),
    }
}
