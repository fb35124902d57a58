//! From the node to the app: events in order, the newest state of the network, pictures as they come.

use std::sync::Arc;

use bivouac_node::{
    CallError, Config, Handle, NetStatus, NodeEvent, Passphrase, Profile, StartError, VaultError,
    core::io::{Answer, GuildView, Query},
};
use futures::{Stream, stream};
use iced::Task;

use crate::{
    app::Message,
    desktop::{Unavailable, secret},
    fault::Fault,
};

/// Events that are taken in at once, at most: a guild that catches up tells thousands.
const BATCH: usize = 512;

/// A node, and who it is.
#[derive(Clone)]
pub struct Opened {
    /// The way into it.
    pub node: Handle,
    /// Who it is; nobody yet on a first run.
    pub me: Option<Profile>,
    /// Its guilds.
    pub guilds: Vec<GuildView>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("guilds", &self.guilds.len()).finish_non_exhaustive()
    }
}

/// Why a node could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It needs its passphrase; what was wrong with the one that was tried.
    Locked(Option<Fault>),
    /// Anything else.
    Broken(Fault),
}

/// Opens a data folder; one that is locked, by what the desktop's keyring holds for it, so that nobody has to type it.
///
/// # Errors
/// [`Closed`].
pub async fn open(config: Config, passphrase: Option<Passphrase>) -> Result<Opened, Closed> {
    let typed = passphrase.is_some();
    match open_by(config.clone(), passphrase).await {
        Err(Closed::Locked(None)) if !typed => match secret::load(&config.data).await {
            Ok(Some(kept)) => match open_by(config, Some(kept)).await {
                // Of another time: it is typed by now.
                Err(Closed::Locked(_)) => Err(Closed::Locked(None)),
                opened => opened,
            },
            Err(why @ (Unavailable::Refused(..) | Unavailable::Silent(_))) => {
                Err(Closed::Locked(Some(Fault::of("lock-no-keyring").because(why))))
            }
            Ok(None) | Err(_) => Err(Closed::Locked(None)),
        },
        opened => opened,
    }
}

async fn open_by(mut config: Config, passphrase: Option<Passphrase>) -> Result<Opened, Closed> {
    let tried = passphrase.is_some();
    config.passphrase = passphrase;
    let node = match Handle::open(config).await {
        Ok(node) => node,
        Err(StartError::Vault(VaultError::Locked)) => return Err(Closed::Locked(None)),
        Err(error @ StartError::Vault(VaultError::WrongPassphrase | VaultError::Empty)) if tried => {
            return Err(Closed::Locked(Some(error.into())));
        }
        Err(error) => return Err(Closed::Broken(error.into())),
    };
    let me = match node.profile().await {
        Ok(profile) => Some(profile),
        Err(CallError::NoIdentity) => None,
        Err(error) => return Err(Closed::Broken(error.into())),
    };
    let guilds = if me.is_some() { guilds(&node).await } else { Vec::new() };
    Ok(Opened { node, me, guilds })
}

/// Every guild as it is now.
pub async fn guilds(node: &Handle) -> Vec<GuildView> {
    let Ok(Answer::Guilds(named)) = node.query(Query::Guilds).await else { return Vec::new() };
    let mut views = Vec::new();
    for (guild, _) in named {
        if let Ok(Answer::Guild(view)) = node.query(Query::Guild(guild)).await {
            views.push(*view);
        }
    }
    views
}

/// Everything a node tells, from its opening to its end.
pub fn listen(node: &Handle) -> Task<Message> {
    let (events, net) = (events(node), net(node));
    Task::batch([Task::run(events, Message::Node), Task::run(net, Message::Net)])
}

fn events(node: &Handle) -> impl Stream<Item = Vec<NodeEvent>> + Send + use<> {
    stream::unfold((node.clone(), node.events()), |(node, mut events)| async move {
        match events.next().await {
            Ok(event) => {
                let mut batch = vec![event];
                while batch.len() < BATCH
                    && let Some(event) = events.waiting()
                {
                    batch.push(event);
                }
                Some((batch, (node, events)))
            }
            Err(bivouac_node::EventsEnded::Closed) => None,
            Err(bivouac_node::EventsEnded::Lagged) => {
                let events = node.events();
                Some((Vec::new(), (node, events)))
            }
        }
    })
}

fn net(node: &Handle) -> impl Stream<Item = Arc<NetStatus>> + Send + use<> {
    stream::unfold((node.net(), true), |(mut net, first)| async move {
        if !first {
            net.changed().await.ok()?;
        }
        let now = net.borrow_and_update().clone();
        Some((now, (net, false)))
    })
}
