//! Programs a desktop has, as far as the app sees them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use zbus::{
    Connection, connection, interface,
    message::Header,
    object_server::SignalEmitter,
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value},
};

/// What was asked for, in order.
pub(super) type Asked = Arc<Mutex<Vec<String>>>;

/// Takes calls and answers none.
pub(super) async fn silent(names: &[&str]) -> Connection {
    let mut builder = connection::Builder::session().unwrap();
    for name in names {
        builder = builder.name(name.to_string()).unwrap();
    }
    let paths = ["/org/freedesktop/Notifications", "/org/freedesktop/secrets", "/StatusNotifierWatcher"];
    for path in paths {
        builder = match path {
            "/org/freedesktop/Notifications" => builder.serve_at(path, SilentNotifications).unwrap(),
            "/org/freedesktop/secrets" => builder.serve_at(path, SilentSecrets).unwrap(),
            _ => builder.serve_at(path, SilentWatcher).unwrap(),
        };
    }
    builder.build().await.unwrap()
}

struct SilentNotifications;
#[interface(name = "org.freedesktop.Notifications")]
impl SilentNotifications {
    async fn get_capabilities(&self) -> Vec<String> {
        std::future::pending().await
    }
}

struct SilentSecrets;
#[interface(name = "org.freedesktop.Secret.Service")]
impl SilentSecrets {
    async fn open_session(
        &self,
        _algorithm: &str,
        _input: Value<'_>,
    ) -> zbus::fdo::Result<(OwnedValue, OwnedObjectPath)> {
        std::future::pending().await
    }
}

struct SilentWatcher;
#[interface(name = "org.kde.StatusNotifierWatcher")]
impl SilentWatcher {
    async fn register_status_notifier_item(&self, _service: &str) {
        std::future::pending().await
    }
}

/// A notification daemon that shows nothing.
pub(super) struct Notifications {
    pub(super) asked: Asked,
    pub(super) markup: bool,
}

impl Notifications {
    pub(super) async fn start(asked: &Asked, markup: bool) -> Connection {
        let daemon = Self { asked: asked.clone(), markup };
        let builder = connection::Builder::session().unwrap().name("org.freedesktop.Notifications").unwrap();
        builder.serve_at("/org/freedesktop/Notifications", daemon).unwrap().build().await.unwrap()
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    fn get_capabilities(&self) -> Vec<&str> {
        if self.markup { vec!["actions", "body", "body-markup"] } else { vec!["body"] }
    }

    #[allow(clippy::too_many_arguments)]
    fn notify(
        &self,
        app: &str,
        replaces: u32,
        _icon: &str,
        title: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut asked = self.asked.lock().unwrap();
        let picture = hints.get("image-data").map(|data| data.value_signature().to_string());
        asked.push(format!("{app}|{replaces}|{title}|{body}|{}|{}", actions.join(","), picture.unwrap_or_default()));
        if replaces == 0 { asked.len() as u32 } else { replaces }
    }

    fn close_notification(&self, id: u32) {
        self.asked.lock().unwrap().push(format!("close {id}"));
    }

    #[zbus(signal)]
    pub(super) async fn action_invoked(to: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
    #[zbus(signal)]
    pub(super) async fn notification_closed(to: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

/// A panel, as far as icons are told of.
pub(super) struct Watcher(pub(super) Asked);

impl Watcher {
    pub(super) async fn start(asked: &Asked) -> Connection {
        let builder = connection::Builder::session().unwrap().name("org.kde.StatusNotifierWatcher").unwrap();
        builder.serve_at("/StatusNotifierWatcher", Self(asked.clone())).unwrap().build().await.unwrap()
    }
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str) {
        self.0.lock().unwrap().push(service.to_owned());
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// The portal: choosers that choose at once, keys that are as asked for.
pub(super) struct Portal {
    pub(super) asked: Asked,
    /// Status and addresses that each chooser ends with; none, and it stays open.
    pub(super) answer: Option<(u32, Vec<String>)>,
}

impl Portal {
    pub(super) async fn start(asked: &Asked, answer: Option<(u32, Vec<String>)>) -> Connection {
        let path = "/org/freedesktop/portal/desktop";
        let builder = connection::Builder::session().unwrap().name("org.freedesktop.portal.Desktop").unwrap();
        let portal = Self { asked: asked.clone(), answer };
        builder.serve_at(path, portal).unwrap().serve_at(path, Shortcuts(asked.clone())).unwrap().build().await.unwrap()
    }
}

async fn respond(
    header: &Header<'_>,
    bus: &Connection,
    options: &HashMap<String, OwnedValue>,
    status: u32,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let sender = header.sender().unwrap().trim_start_matches(':').replace('.', "_");
    let token: &str = options["handle_token"].downcast_ref().unwrap();
    let path = ObjectPath::try_from(format!("/org/freedesktop/portal/desktop/request/{sender}/{token}")).unwrap();
    let to = Some(header.sender().unwrap().clone());
    bus.emit_signal(to, &path, "org.freedesktop.portal.Request", "Response", &(status, results)).await.unwrap();
    path.into()
}

#[interface(name = "org.freedesktop.portal.FileChooser")]
impl Portal {
    async fn open_file(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _parent: &str,
        title: &str,
        options: HashMap<String, OwnedValue>,
    ) -> OwnedObjectPath {
        let mut names: Vec<_> = options.keys().filter(|name| *name != "handle_token").cloned().collect();
        names.sort();
        self.asked.lock().unwrap().push(format!("open {title} {}", names.join(",")));
        let Some((status, uris)) = &self.answer else { return ObjectPath::from_static_str_unchecked("/none").into() };
        respond(&header, bus, &options, *status, HashMap::from([("uris", uris.clone().into())])).await
    }

    async fn save_file(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _parent: &str,
        title: &str,
        options: HashMap<String, OwnedValue>,
    ) -> OwnedObjectPath {
        let name: &str = options["current_name"].downcast_ref().unwrap();
        self.asked.lock().unwrap().push(format!("save {title} {name}"));
        let Some((status, uris)) = &self.answer else { return ObjectPath::from_static_str_unchecked("/none").into() };
        respond(&header, bus, &options, *status, HashMap::from([("uris", uris.clone().into())])).await
    }
}

/// The keys of the portal.
pub(super) struct Shortcuts(Asked);

#[interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    async fn create_session(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        options: HashMap<String, OwnedValue>,
    ) -> OwnedObjectPath {
        let sender = header.sender().unwrap().trim_start_matches(':').replace('.', "_");
        let token: &str = options["session_handle_token"].downcast_ref().unwrap();
        let session = format!("/org/freedesktop/portal/desktop/session/{sender}/{token}");
        respond(&header, bus, &options, 0, HashMap::from([("session_handle", session.into())])).await
    }

    async fn bind_shortcuts(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _session: ObjectPath<'_>,
        shortcuts: Vec<(String, HashMap<String, OwnedValue>)>,
        _parent: &str,
        options: HashMap<String, OwnedValue>,
    ) -> OwnedObjectPath {
        for (name, about) in &shortcuts {
            let keys: &str = about["preferred_trigger"].downcast_ref().unwrap();
            self.0.lock().unwrap().push(format!("{name} {keys}"));
        }
        // The person refuses the last one.
        let granted: Vec<_> = shortcuts[..shortcuts.len() - 1]
            .iter()
            .map(|(name, _)| {
                let about = ["description", "trigger_description"].map(|about| (about, Value::from(name.as_str())));
                (name.as_str(), HashMap::from(about))
            })
            .collect();
        respond(&header, bus, &options, 0, HashMap::from([("shortcuts", granted.into())])).await
    }

    #[zbus(signal)]
    pub(super) async fn activated(
        to: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        name: &str,
        at: u64,
        about: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;
    #[zbus(signal)]
    pub(super) async fn deactivated(
        to: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        name: &str,
        at: u64,
        about: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;
}
