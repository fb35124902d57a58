//! What opens the data folder: nothing, a passphrase that is typed at every start, or one that the desktop's keyring holds.

use bivouac_node::{Handle, Passphrase, VaultError};

use crate::desktop::{Unavailable, secret};

/// What opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nothing.
    Open,
    /// A passphrase that is typed.
    Typed,
    /// A passphrase in the desktop's keyring.
    Keyring,
}

/// What is to open it.
#[derive(Clone, Debug)]
pub enum Key {
    /// Nothing.
    Open,
    /// This passphrase, typed.
    Typed(Passphrase),
    /// One that nobody has to remember, in the desktop's keyring.
    Keyring,
}

/// Why it opens as before.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The passphrase is not changed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The keyring does not take it, or does not give the one so far.
    #[error(transparent)]
    Keyring(#[from] Unavailable),
}

/// What opens a node's folder, and whether there is a keyring.
pub async fn look(node: &Handle) -> (Lock, Result<(), Unavailable>) {
    let (sealed, held) = (node.has_passphrase().await, secret::holds(node.folder()).await);
    let lock = match (sealed, &held) {
        (false, _) => Lock::Open,
        (true, Ok(true)) => Lock::Keyring,
        (true, _) => Lock::Typed,
    };
    (lock, held.map(drop))
}

/// Has a node's folder opened otherwise from now on. `typed`: the passphrase so far, where one is typed. Whatever happens meanwhile,
/// the folder opens by what it opened by before, or by the new one.
///
/// # Errors
/// [`LockError`].
pub async fn change(node: &Handle, typed: Option<Passphrase>, key: Key) -> Result<Lock, LockError> {
    let folder = node.folder();
    let (before, _) = look(node).await;
    let old = match before {
        Lock::Open => None,
        Lock::Typed => typed,
        Lock::Keyring => secret::load(folder).await?,
    };
    let (new, after) = match key {
        Key::Keyring if before == Lock::Keyring => return Ok(before),
        Key::Keyring => (Some(secret::random()?), Lock::Keyring),
        Key::Typed(passphrase) => (Some(passphrase), Lock::Typed),
        Key::Open => (None, Lock::Open),
    };
    // The keyring has it before the folder needs it.
    if let (Lock::Keyring, Some(passphrase)) = (after, &new) {
        secret::save(folder, passphrase).await?;
    }
    let changed = node.change_passphrase(old, new).await;
    // What opens nothing is not kept, and is not worth an error.
    let stale = if changed.is_ok() { before } else { after };
    if stale == Lock::Keyring && before != after {
        let _ = secret::remove(folder).await;
    }
    Ok(changed.map(|()| after)?)
}
