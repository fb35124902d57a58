//! The key that seals everything in the data folder.
//!
//! With a passphrase it is derived anew at each start (Argon2id; salt and cost stand in the file `vault`), or, once the
//! passphrase was changed, opened by what is derived. Without one it lies in the file `key`, readable by its owner only: that protects what is copied out of the
//! folder piecemeal, not from somebody who has the whole folder. The desktop app puts it into the system's keyring.
//!
//! A change of passphrase seals the key anew, never the data. Of the two files the vault counts where both are there: one is
//! put in place before the other goes, so that a crash in between leaves the folder locked as it was, or is to be.

use std::{
    io,
    path::{Path, PathBuf},
};

use bivouac_crypto::{BadKdf, CryptoRng, KdfParams, StorageKey, canonical};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::{file, folder::Folder, os};

/// What is sealed to tell a right passphrase from a wrong one, where the key itself is derived from it.
const CHECK: &[u8] = b"bivouac vault";
/// Where the key is sealed by what is derived.
const SEALED: &[u8] = b"bivouac storage key";

/// Why the storage key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The folder is protected by a passphrase and none was given.
    #[error("this folder is protected by a passphrase; give it with --passphrase-file")]
    Locked,
    /// The passphrase is wrong.
    #[error("the passphrase is wrong; try again with the one this folder was made with")]
    WrongPassphrase,
    /// A passphrase was given, but the folder was made without.
    #[error("this folder was made without a passphrase; leave out --passphrase-file")]
    NoPassphrase,
    /// No passphrase in the file.
    #[error("the passphrase is empty; put it on the first line of the file")]
    Empty,
    /// The file is gone, or not what was written.
    #[error(
        "the file {0}, which holds the key to everything beside it, is missing or damaged; restore it from a backup, or choose another folder with --data"
    )]
    Damaged(PathBuf),
    /// The key can't be derived.
    #[error(transparent)]
    Kdf(#[from] BadKdf),
    /// The file system's.
    #[error(
        "the storage key could not be read or written: {0}; check the folder's owner, its permissions and the room on its disk"
    )]
    Io(#[from] io::Error),
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Vault {
    /// 1: `check` seals [`CHECK`]; 2: the key.
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[n(2)]
    params: KdfParams,
    #[cbor(n(3), with = "minicbor::bytes")]
    check: Vec<u8>,
}

/// The storage key of a folder, made where there is none.
///
/// # Errors
/// See [`VaultError`].
pub(crate) fn unlock(folder: &Folder, passphrase: Option<&[u8]>, cost: KdfParams) -> Result<StorageKey, VaultError> {
    let vault = folder.vault();
    let stored = read(&vault, 4096)?;
    match (stored, passphrase) {
        (Some(_), None) => Err(VaultError::Locked),
        (_, Some([])) => Err(VaultError::Empty),
        (Some(bytes), Some(passphrase)) => {
            let key = open(&bytes, passphrase, vault)?;
            // Left by a change of passphrase that did not come to its end.
            file::remove(&folder.key())?;
            Ok(key)
        }
        // What is there was sealed with a key that is gone: a new vault would only stand in its way.
        (None, Some(_)) if !folder.key().exists() && folder.identity().exists() => Err(VaultError::Damaged(vault)),
        (None, Some(passphrase)) if !folder.key().exists() => create_vault(folder, passphrase, cost),
        (None, Some(_)) => Err(VaultError::NoPassphrase),
        (None, None) => key_file(folder),
    }
}

/// Seals a folder's key by another passphrase, or by none: then it lies in a file. Crash-safe; what was sealed with the key
/// stays as it is.
///
/// # Errors
/// See [`VaultError`]; of the passphrase so far, and [`VaultError::Empty`] of the new one.
pub(crate) fn change(
    folder: &Folder,
    key: &StorageKey,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    cost: KdfParams,
) -> Result<(), VaultError> {
    match (read(&folder.vault(), 4096)?, old) {
        (Some(_), None) => return Err(VaultError::Locked),
        (None, Some(_)) => return Err(VaultError::NoPassphrase),
        (Some(bytes), Some(old)) => drop(open(&bytes, old, folder.vault())?),
        (None, None) => {}
    }
    match new {
        Some([]) => return Err(VaultError::Empty),
        Some(new) => {
            let mut rng = os::rng();
            let mut salt = [0; 16];
            <dyn CryptoRng>::fill_bytes(&mut rng, &mut salt);
            let derived = StorageKey::from_passphrase(new, &salt, cost)?;
            let check = derived.seal_record(&mut rng, SEALED, key.to_bytes().as_slice());
            let vault = Vault { version: 2, salt, params: cost, check };
            file::replace(&folder.vault(), &canonical::encode(&vault))?;
            file::remove(&folder.key())?;
        }
        None => {
            file::replace(&folder.key(), key.to_bytes().as_slice())?;
            file::remove(&folder.vault())?;
        }
    }
    Ok(())
}

/// The key in a vault.
fn open(bytes: &[u8], passphrase: &[u8], file: PathBuf) -> Result<StorageKey, VaultError> {
    let Ok(vault) = canonical::decode::<Vault>(bytes, 4096) else { return Err(VaultError::Damaged(file)) };
    let derived = StorageKey::from_passphrase(passphrase, &vault.salt, vault.params)?;
    let place = if vault.version == 1 { CHECK } else { SEALED };
    let opened = derived.open_record(place, &vault.check).map_err(|_| VaultError::WrongPassphrase)?;
    match vault.version {
        1 => Ok(derived),
        _ => match opened.as_slice().try_into() {
            Ok(key) => Ok(StorageKey::from_bytes(key)),
            Err(_) => Err(VaultError::Damaged(file)),
        },
    }
}

fn create_vault(folder: &Folder, passphrase: &[u8], params: KdfParams) -> Result<StorageKey, VaultError> {
    let mut rng = os::rng();
    let mut salt = [0; 16];
    <dyn CryptoRng>::fill_bytes(&mut rng, &mut salt);
    let key = StorageKey::from_passphrase(passphrase, &salt, params)?;
    let check = key.seal_record(&mut rng, CHECK, CHECK);
    file::replace(&folder.vault(), &canonical::encode(&Vault { version: 1, salt, params, check }))?;
    Ok(key)
}

fn key_file(folder: &Folder) -> Result<StorageKey, VaultError> {
    match read(&folder.key(), 32)?.map(Zeroizing::new) {
        Some(bytes) => {
            let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| VaultError::Damaged(folder.key()))?;
            Ok(StorageKey::from_bytes(bytes))
        }
        None if folder.identity().exists() => Err(VaultError::Damaged(folder.key())),
        None => {
            let key = StorageKey::generate(&mut os::rng());
            file::replace(&folder.key(), key.to_bytes().as_slice())?;
            Ok(key)
        }
    }
}

fn read(path: &Path, max: u64) -> Result<Option<Vec<u8>>, VaultError> {
    file::read(path, max).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => VaultError::Damaged(path.to_owned()),
        _ => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlocked(folder: &Folder, passphrase: Option<&[u8]>) -> Result<[u8; 32], VaultError> {
        unlock(folder, passphrase, KdfParams::LEAST).map(|key| *key.to_bytes())
    }

    #[test]
    fn a_key_file_gives_the_same_key_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        let key = unlocked(&folder, None).unwrap();
        assert_eq!(unlocked(&folder, None).unwrap(), key);
        assert!(matches!(unlocked(&folder, Some(b"p")), Err(VaultError::NoPassphrase)));
        std::fs::remove_file(folder.key()).unwrap();
        std::fs::write(folder.identity(), b"sealed by the lost key").unwrap();
        assert!(matches!(unlocked(&folder, None), Err(VaultError::Damaged(_))));
    }

    #[test]
    fn a_passphrase_is_asked_for_and_checked() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        assert!(matches!(unlocked(&folder, Some(b"")), Err(VaultError::Empty)));
        let key = unlocked(&folder, Some(b"correct horse")).unwrap();
        assert_eq!(unlocked(&folder, Some(b"correct horse")).unwrap(), key);
        assert!(matches!(unlocked(&folder, Some(b"battery")), Err(VaultError::WrongPassphrase)));
        assert!(matches!(unlocked(&folder, None), Err(VaultError::Locked)));
        assert!(!folder.key().exists());
    }

    #[test]
    fn a_passphrase_is_changed_and_the_key_stays_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        let key = unlock(&folder, None, KdfParams::LEAST).unwrap();
        let same = *key.to_bytes();
        let set = |old: Option<&[u8]>, new: Option<&[u8]>| change(&folder, &key, old, new, KdfParams::LEAST);
        assert!(matches!(set(Some(b"x"), None), Err(VaultError::NoPassphrase)));
        assert!(matches!(set(None, Some(b"")), Err(VaultError::Empty)));
        assert_eq!(unlocked(&folder, None).unwrap(), same);
        set(None, Some(b"one")).unwrap();
        assert!(!folder.key().exists());
        assert!(matches!(unlocked(&folder, None), Err(VaultError::Locked)));
        assert_eq!(unlocked(&folder, Some(b"one")).unwrap(), same);
        assert!(matches!(set(None, Some(b"two")), Err(VaultError::Locked)));
        assert!(matches!(set(Some(b"two"), Some(b"two")), Err(VaultError::WrongPassphrase)));
        set(Some(b"one"), Some(b"two")).unwrap();
        assert!(matches!(unlocked(&folder, Some(b"one")), Err(VaultError::WrongPassphrase)));
        assert_eq!(unlocked(&folder, Some(b"two")).unwrap(), same);
        let vault = std::fs::read(folder.vault()).unwrap();
        set(Some(b"two"), None).unwrap();
        assert!(!folder.vault().exists());
        assert_eq!(unlocked(&folder, None).unwrap(), same);
        // Killed between the two files, either way: the vault counts.
        std::fs::write(folder.vault(), vault).unwrap();
        assert!(folder.key().exists());
        assert!(matches!(unlocked(&folder, None), Err(VaultError::Locked)));
        assert_eq!(unlocked(&folder, Some(b"two")).unwrap(), same);
        assert!(!folder.key().exists(), "what was left is gone");

        // One whose key is derived.
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        let key = unlock(&folder, Some(b"first"), KdfParams::LEAST).unwrap();
        change(&folder, &key, Some(b"first"), Some(b"second"), KdfParams::LEAST).unwrap();
        assert_eq!(unlocked(&folder, Some(b"second")).unwrap(), *key.to_bytes());
        assert!(matches!(unlocked(&folder, Some(b"first")), Err(VaultError::WrongPassphrase)));
    }
}
