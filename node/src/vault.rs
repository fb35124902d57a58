//! The key that seals everything in the data folder.
//!
//! With a passphrase it is derived anew at each start (Argon2id; salt and cost stand in the file `vault`) and never
//! written. Without one it lies in the file `key`, readable by its owner only: that protects what is copied out of the
//! folder piecemeal, not from somebody who has the whole folder. The desktop app puts it into the system's keyring.

use std::{
    io,
    path::{Path, PathBuf},
};

use bivouac_crypto::{BadKdf, CryptoRng, KdfParams, StorageKey, canonical};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::{file, folder::Folder, os};

/// What is sealed to tell a right passphrase from a wrong one.
const CHECK: &[u8] = b"bivouac vault";

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
            let vault: Vault = canonical::decode(&bytes, 4096).map_err(|_| VaultError::Damaged(vault))?;
            let key = StorageKey::from_passphrase(passphrase, &vault.salt, vault.params)?;
            key.open_record(CHECK, &vault.check).map_err(|_| VaultError::WrongPassphrase)?;
            Ok(key)
        }
        // What is there was sealed with a key that is gone: a new vault would only stand in its way.
        (None, Some(_)) if !folder.key().exists() && folder.identity().exists() => Err(VaultError::Damaged(vault)),
        (None, Some(passphrase)) if !folder.key().exists() => create_vault(folder, passphrase, cost),
        (None, Some(_)) => Err(VaultError::NoPassphrase),
        (None, None) => key_file(folder),
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
}
