//! Notifications on the desktop (Desktop Notifications Specification 1.2): one connection and one stream of clicks for
//! all of them, a newer one about the same thing in the place of the older.
//!
//! Titles and bodies are other people's words: bounded, and shown as they are where the daemon reads markup.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{Stream, StreamExt, future};
use tokio::time::Instant;
use zbus::{Message, Proxy, zvariant::Value};

use super::{APP, Rgba, Unavailable, bus, text};

const WHAT: &str = "desktop notifications";
const TITLE: usize = 120;
const BODY: usize = 400;
/// Sides of the icon beside the text, in pixels.
const ICON: u32 = 96;
/// Notifications whose clicks are still understood, at most.
const MAX_SHOWN: usize = 256;
/// How long a daemon that failed is left alone: each try may take seconds.
const REST: Duration = Duration::from_secs(30);

/// What to show.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is about: a newer one with the same key replaces it, and a click on it tells the key.
    pub key: String,
    /// One line; the rest is cut.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// What the button says that some desktops show for a click.
    pub open: String,
    /// Who it is from, say.
    pub icon: Option<Rgba>,
}

/// Where a notice went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The desktop shows it.
    Desktop,
    /// Nobody does: show it in the app. Why is told the first time only, until one was shown again.
    Nobody(Option<Unavailable>),
}

/// Shows notices.
#[derive(Debug)]
pub struct Notifier {
    daemon: Proxy<'static>,
    app: String,
    ids: Ids,
    health: tokio::sync::Mutex<Health>,
}

#[derive(Debug, Default)]
struct Health {
    told: bool,
    rests_until: Option<Instant>,
}

/// What is shown, by key: the daemon's own name on the bus and its number. Another daemon numbers anew.
#[derive(Clone, Debug, Default)]
struct Ids(Arc<Mutex<BTreeMap<String, (String, u32)>>>);

impl Notifier {
    /// Connects, and gives the stream of the keys that were clicked. `app` is the app's name.
    ///
    /// # Errors
    /// There is no session bus. A daemon may be missing, and come later: [`Notifier::show`] says so.
    pub async fn connect(app: &str) -> Result<(Self, impl Stream<Item = String> + Send + use<>), Unavailable> {
        let connection = bus::session(WHAT).await?;
        let (name, path) = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications");
        let daemon: Proxy<'static> = bus::answer(WHAT, Proxy::new(&connection, name, path, name)).await?;
        let ids = Ids::default();
        // One stream for all signals, so that they come in order: a click, then that it closed.
        let told = bus::answer(WHAT, daemon.receive_all_signals()).await?;
        let clicks = told.filter_map({
            let ids = ids.clone();
            move |signal| future::ready(ids.clicked(&signal))
        });
        let app = text::line(app, TITLE);
        Ok((Self { daemon, app, ids, health: tokio::sync::Mutex::default() }, clicks))
    }

    /// Shows a notice. Some seconds at most.
    pub async fn show(&self, notice: &Notice) -> Shown {
        let mut health = self.health.lock().await;
        if health.rests_until.is_some_and(|until| Instant::now() < until) {
            return Shown::Nobody(None);
        }
        match self.try_show(notice).await {
            Ok(()) => {
                *health = Health::default();
                Shown::Desktop
            }
            Err(why) => {
                health.rests_until = Some(Instant::now() + REST);
                let told = std::mem::replace(&mut health.told, true);
                Shown::Nobody((!told).then_some(why))
            }
        }
    }

    /// Takes a notice away, because what it is about was read.
    pub async fn close(&self, key: &str) {
        let shown = self.ids.lock().remove(key);
        if let Some((_, id)) = shown {
            // One that is gone already is no failure.
            let _ = bus::answer(WHAT, self.daemon.call::<_, _, ()>("CloseNotification", &id)).await;
        }
    }

    async fn try_show(&self, notice: &Notice) -> Result<(), Unavailable> {
        let able = bus::answer(WHAT, self.daemon.call_method("GetCapabilities", &())).await?;
        let owner = sender(&able);
        let able: Vec<String> = able.body().deserialize().map_err(|error| bus::why(WHAT, error))?;
        let can = |what: &str| able.iter().any(|able| able == what);
        let title = text::line(&notice.title, TITLE);
        let mut body = text::lines(&notice.body, BODY);
        if can("body-markup") {
            body = text::escape(&body);
        }
        let open = text::line(&notice.open, TITLE);
        let actions: &[&str] = if can("actions") { &["default", &open] } else { &[] };
        let mut hints = HashMap::from([("desktop-entry", Value::from(APP)), ("category", Value::from("im.received"))]);
        if let Some(icon) = &notice.icon {
            let icon = icon.within(ICON);
            let (width, height) = (icon.width() as i32, icon.height() as i32);
            let picture = (width, height, width * 4, true, 8_i32, 4_i32, icon.into_raw());
            hints.insert("image-data", Value::from(picture));
        }
        let before = self.ids.lock().get(&notice.key).cloned();
        let replaces = before.filter(|(of, _)| *of == owner).map_or(0, |(_, id)| id);
        let notice_of = (&self.app, replaces, APP, title, body, actions, hints, -1);
        let id = bus::answer(WHAT, self.daemon.call("Notify", &notice_of)).await?;
        self.ids.keep(notice.key.clone(), owner, id);
        Ok(())
    }
}

fn sender(message: &Message) -> String {
    message.header().sender().map(ToString::to_string).unwrap_or_default()
}

impl Ids {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (String, u32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, key: String, owner: String, id: u32) {
        let mut ids = self.lock();
        ids.insert(key, (owner, id));
        if ids.len() > MAX_SHOWN {
            // Numbers grow: the smallest is the oldest.
            let oldest = ids.iter().min_by_key(|(_, (_, id))| *id).map(|(key, _)| key.clone());
            oldest.and_then(|key| ids.remove(&key));
        }
    }

    fn clicked(&self, signal: &Message) -> Option<String> {
        match signal.header().member()?.as_str() {
            "ActionInvoked" => {
                let (id, action): (u32, String) = signal.body().deserialize().ok()?;
                if action == "default" { self.take(&sender(signal), id) } else { None }
            }
            "NotificationClosed" => {
                let (id, _): (u32, u32) = signal.body().deserialize().ok()?;
                self.take(&sender(signal), id);
                None
            }
            _ => None,
        }
    }

    fn take(&self, owner: &str, id: u32) -> Option<String> {
        let mut ids = self.lock();
        let shown = ids.iter().find(|(_, (of, shown))| *shown == id && of == owner);
        let key = shown.map(|(key, _)| key.clone())?;
        ids.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_long_ago_is_forgotten() {
        let ids = Ids::default();
        for id in 0..1_000 {
            ids.keep(format!("{}", 1_000 - id), ":1.1".to_owned(), id);
        }
        assert_eq!(ids.lock().len(), MAX_SHOWN);
        assert_eq!(ids.take(":1.2", 999), None);
        assert_eq!(ids.take(":1.1", 999).as_deref(), Some("1"));
        assert_eq!(ids.take(":1.1", 999), None);
        assert_eq!(ids.take(":1.1", 0), None);
    }
}
