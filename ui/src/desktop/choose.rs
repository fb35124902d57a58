//! The desktop's file chooser (the FileChooser portal): files to send, a picture, a place to save to.
//!
//! Where there is no portal the app says so, and takes files that are dropped on it or a path that is typed.

use std::{ffi::OsString, future::Future, os::unix::ffi::OsStringExt, path::PathBuf};

use ashpd::desktop::file_chooser::{FileFilter, SelectedFiles};
use futures::{StreamExt, future};
use zbus::fdo::DBusProxy;

use super::{Unavailable, bus, text};

const WHAT: &str = "a file chooser";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const TITLE: usize = 120;
/// Longest name a file system takes, in bytes.
const MAX_NAME: usize = 255;
/// Files taken from one choice, at most.
const MAX_FILES: usize = 100;

/// Files to send. Empty: the person thought better of it.
///
/// # Errors
/// There is no file chooser here, or it failed.
pub async fn files(title: &str) -> Result<Vec<PathBuf>, Unavailable> {
    chosen(|bus| SelectedFiles::open_file().title(&*text::line(title, TITLE)).multiple(true).connection(bus).send())
        .await
}

/// A picture; `kind` is what the chooser calls pictures. None: the person thought better of it.
///
/// # Errors
/// There is no file chooser here, or it failed.
pub async fn picture(title: &str, kind: &str) -> Result<Option<PathBuf>, Unavailable> {
    let types = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    let pictures = types.into_iter().fold(FileFilter::new(&text::line(kind, TITLE)), FileFilter::mimetype);
    let title = text::line(title, TITLE);
    let files = chosen(|bus| SelectedFiles::open_file().title(&*title).filter(pictures).connection(bus).send());
    Ok(files.await?.pop())
}

/// Where to save a file of this name. None: the person thought better of it.
///
/// # Errors
/// There is no file chooser here, or it failed.
pub async fn save(title: &str, name: &str) -> Result<Option<PathBuf>, Unavailable> {
    let (title, name) = (text::line(title, TITLE), plain(name));
    let files = chosen(|bus| SelectedFiles::save_file().title(&*title).current_name(&*name).connection(bus).send());
    Ok(files.await?.pop())
}

async fn chosen<F>(ask: impl FnOnce(Option<zbus::Connection>) -> F) -> Result<Vec<PathBuf>, Unavailable>
where
    F: Future<Output = Result<ashpd::desktop::Request<SelectedFiles>, ashpd::Error>>,
{
    let connection = bus::session(WHAT).await?;
    // A person may take all day over it; but a portal that died has no answer any more.
    let names = bus::answer(WHAT, DBusProxy::new(&connection)).await?;
    let changes = bus::answer(WHAT, names.receive_name_owner_changed_with_args(&[(0, PORTAL)])).await?;
    let mut gone = changes.filter(|change| {
        future::ready(change.args().is_ok_and(|args| args.old_owner.is_some() && args.new_owner.is_none()))
    });
    let answer = tokio::select! {
        // One that answers and leaves has answered.
        biased;
        answer = ask(Some(connection.clone())) => answer.and_then(|answer| answer.response()),
        _ = gone.next() => return Err(Unavailable::Silent(WHAT)),
    };
    match answer {
        Ok(files) => Ok(files.uris().iter().filter_map(|uri| path(uri.as_str())).take(MAX_FILES).collect()),
        // Cancelled, or closed in another way: Escape, to some.
        Err(ashpd::Error::Response(_)) => Ok(Vec::new()),
        Err(error) => Err(why(WHAT, error)),
    }
}

/// What an error of a portal means.
pub(super) fn why(what: &'static str, error: ashpd::Error) -> Unavailable {
    match error {
        ashpd::Error::Zbus(error) | ashpd::Error::Portal(ashpd::PortalError::ZBus(error)) => bus::why(what, error),
        ashpd::Error::PortalNotFound(_) => Unavailable::NoService(what),
        other => Unavailable::Refused(what, text::line(&other.to_string(), TITLE)),
    }
}

/// The path of a `file:` address on this machine.
fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(rest).collect();
    (bytes.starts_with(b"/") && !bytes.contains(&0)).then(|| OsString::from_vec(bytes).into())
}

/// A name that stays in the folder it is saved to.
fn plain(name: &str) -> String {
    let mut plain = text::line(name, MAX_NAME).replace(['/', '\\'], "_");
    while plain.len() > MAX_NAME {
        plain.pop();
    }
    plain.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() {
        assert_eq!(path("file:///a%20b/%C3%A9%ff"), Some(OsString::from_vec(b"/a b/\xc3\xa9\xff".to_vec()).into()));
        assert_eq!(path("file://localhost/a"), Some("/a".into()));
        for uri in ["", "file:", "file://", "file://evil/a", "http://a/b", "file:///a%00b", "/a"] {
            assert_eq!(path(uri), None, "{uri}");
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(plain("../../.ssh/authorized_keys"), "_.._.ssh_authorized_keys");
        assert_eq!(plain("..."), "");
        assert!(plain(&"é".repeat(4_000)).len() <= MAX_NAME);
    }
}
