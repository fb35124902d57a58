//! The store and the core on it: opened, rebuilt where damaged, closed.
//!
//! A device must never sign two different ops at one place of a log, whatever becomes of its disk. So a log is only gone on
//! with where the store was closed in order, is still in the files it was begun in, and is whole. Otherwise the device
//! begins a new incarnation of its logs: what the old one had, other members have, or it is lost, but nothing contradicts
//! it. That the store was closed in order says a file beside it, gone while the store is open: within the database, damage
//! could bring an old word back.

use std::{collections::BTreeSet, io, sync::Arc};

use bivouac_core::{Core, io::Event, model::GuildId};
use bivouac_crypto::StorageKey;

use crate::{
    StartError,
    event::{Hub, NodeEvent},
    file,
    folder::Folder,
    guilds,
    identity::DeviceIdentity,
    os,
    store::{self, Store},
};

/// Looks after a data folder's store.
pub(crate) struct Keeper {
    pub(crate) folder: Folder,
    pub(crate) key: Arc<StorageKey>,
    pub(crate) hub: Arc<Hub>,
}

/// A store with a core on it.
pub(crate) struct Opened {
    pub(crate) core: Core,
    pub(crate) store: Store,
    /// As it is on disk now.
    pub(crate) identity: DeviceIdentity,
}

impl Keeper {
    /// Opens the store and the core on it. A damaged store is rebuilt, and the user is told. One that was `lost` and closed
    /// a moment ago is in order: what was signed since it was last written has left nobody's hands.
    ///
    /// # Errors
    /// What no rebuilding can mend.
    pub(crate) fn open(&self, mut identity: DeviceIdentity, lost: bool) -> Result<Opened, StartError> {
        let guilds = guilds::load(&self.folder.guilds(), &self.key);
        let closed = if lost {
            Some(Mark::Closed(identity.incarnation()))
        } else {
            self.mark().map_err(store::OpenError::Failed)?
        };
        if closed != Some(Mark::Distrusted)
            && let Some(store) = Store::open(&self.folder.store(), self.key.clone())?
        {
            if self.settle(&mut identity, &store, closed, &guilds)? {
                match Core::open(identity.secrets(guilds.clone()), &store) {
                    Err(bivouac_core::OpenError::Damaged(_)) => {}
                    core => return Ok(Opened { core: core?, store, identity }),
                }
            }
            sound(&store)?;
        }
        self.distrust();
        let store = self.rebuild(&identity, &guilds)?;
        self.settle(&mut identity, &store, Some(Mark::Distrusted), &guilds)?;
        match Core::open(identity.secrets(guilds.clone()), &store) {
            Err(bivouac_core::OpenError::Damaged(_)) => {}
            core => return Ok(Opened { core: core?, store, identity }),
        }
        sound(&store)?;
        // What was saved makes no whole: the others give it again.
        drop(store);
        store::set_aside(&self.folder.store()).map_err(store::OpenError::Failed)?;
        let store = Store::open_again(&self.folder.store(), self.key.clone())?;
        self.settle(&mut identity, &store, Some(Mark::Distrusted), &guilds)?;
        Ok(Opened { core: Core::open(identity.secrets(guilds), &store)?, store, identity })
    }

    fn rebuild(&self, identity: &DeviceIdentity, guilds: &BTreeSet<GuildId>) -> Result<Store, StartError> {
        let index = |store: &Store| bivouac_core::rebuild(identity.secrets(guilds.clone()), store, os::wall_ms());
        let (store, aside) = store::salvage(&self.folder.store(), &self.key, index)?;
        self.warn(format!(
            "The store was damaged. What could be read of it was kept, the rest is fetched from the other members; the damaged files are in {}.",
            aside.display()
        ));
        Ok(store)
    }

    /// Sees to it that what is signed from here on contradicts nothing. The identity file first, so that a crash in
    /// between only wastes a number. Whether the store could be read.
    fn settle(
        &self,
        identity: &mut DeviceIdentity,
        store: &Store,
        closed: Option<Mark>,
        guilds: &BTreeSet<GuildId>,
    ) -> Result<bool, StartError> {
        // A word of good order holds once.
        self.unmark().map_err(store::OpenError::Failed)?;
        let (Ok(begun), Ok(written)) = (store.begun(), bivouac_core::incarnation(store)) else { return Ok(false) };
        match begun {
            Some(begun) if begun.incarnation != identity.incarnation() => {}
            Some(begun) if !begun.here => self.warn(
                "This data folder is a copy, or was put back from one. If the other is still in use, stop one of the two: each device needs an identity of its own.".to_owned(),
            ),
            Some(begun) if closed == Some(Mark::Closed(begun.incarnation)) => return Ok(true),
            None if identity.was_loaded() && closed != Some(Mark::Distrusted) => {
                let then = if guilds.is_empty() {
                    "Which guilds it held is not known any more; whoever invites you to one anew brings it back."
                } else {
                    "The guilds it held are asked for from their other members."
                };
                let gone = "The store of this identity is gone, or another one is in its place: a new one was begun.";
                self.warn(format!("{gone} {then}"));
            }
            _ => {}
        }
        identity.renew(written.unwrap_or(0));
        identity.save(&self.folder.identity(), &self.key)?;
        store.begin(identity.incarnation())?;
        Ok(true)
    }

    /// Ends the use of a store that was dropped.
    pub(crate) fn close(&self, incarnation: u64) {
        // Opening writes the database's index: damage to what it covers is noticed, to what comes after it need not be.
        match Store::open_again(&self.folder.store(), self.key.clone()) {
            Ok(store) => drop(store),
            Err(error) => return tracing::debug!(%error, "the store was not closed in order"),
        }
        if let Err(error) = file::replace(&self.folder.mark(), &incarnation.to_be_bytes()) {
            tracing::debug!(%error, "the store was not marked as closed");
        }
    }

    /// Makes the next opening rebuild the store, also where it opens.
    pub(crate) fn distrust(&self) {
        if let Err(error) = file::replace(&self.folder.mark(), DAMAGED) {
            tracing::debug!(%error, "the store was not marked as damaged");
        }
    }

    fn unmark(&self) -> io::Result<()> {
        file::remove(&self.folder.mark())
    }

    /// How the store was left.
    fn mark(&self) -> io::Result<Option<Mark>> {
        let bytes = match file::read(&self.folder.mark(), 64) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Vec::new(),
            Err(error) => return Err(error),
        };
        if bytes == DAMAGED {
            return Ok(Some(Mark::Distrusted));
        }
        Ok(bytes.try_into().ok().map(|bytes| Mark::Closed(u64::from_be_bytes(bytes))))
    }

    /// Makes room for a new identity: what is here belonged to one whose file is gone.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn clear(&self) -> Result<(), StartError> {
        for file in [self.folder.guilds(), self.folder.peers(), self.folder.mark()] {
            file::remove(&file).map_err(store::OpenError::Failed)?;
        }
        if self.folder.store().exists() {
            let aside = store::set_aside(&self.folder.store()).map_err(store::OpenError::Failed)?;
            self.warn(format!(
                "There was a store without its identity. It was set aside in {} and an empty one begun.",
                aside.display()
            ));
        }
        Ok(())
    }

    /// Tells the user that something is wrong with the store.
    pub(crate) fn warn(&self, message: String) {
        self.hub.publish(&NodeEvent::Core(Arc::new(Event::Warning { kind: "store_damaged", message })));
    }
}

/// Refuses to take for damaged what could only not be read now.
fn sound(store: &Store) -> Result<(), StartError> {
    if store.is_lost() { Err(store::OpenError::Full.into()) } else { Ok(()) }
}

/// What the file beside the store says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// It was closed in order, and was begun for this incarnation.
    Closed(u64),
    /// It is to be rebuilt.
    Distrusted,
}

/// Content of the mark of a damaged store.
const DAMAGED: &[u8] = b"damaged";
