//! Who this device is: the identity file, sealed with the storage key and replaced as a whole.
//!
//! It outlives the store. A store that was lost or set aside gets a new incarnation, so that this device never signs
//! two different operations at one place of a log.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use bivouac_core::{
    Secrets,
    model::{self, GuildId, name::NameError},
};
use bivouac_crypto::{
    Bounded, DeviceId, Identity, IdentityChain, IdentityError, KemSecret, NewIdentity, SigningKey, StorageKey, UserId,
    canonical,
};
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, Zeroizing};

use crate::{file, os};

/// Place of the sealed file.
const PLACE: &[u8] = b"identity";
/// Largest identity file, in bytes: a full chain is about 200 KB.
const MAX: usize = 1024 * 1024;
/// Generations of user KEM keys held.
const KEMS_MAX: usize = 64;
/// What the first device of an identity is called until its owner names it.
pub const FIRST_DEVICE: &str = "first device";

/// Why an identity can't be read or made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFileError {
    /// The file does not open, or holds something else.
    #[error(
        "the identity file {0} is damaged, or the key beside it is another folder's; restore both from a backup, or choose another folder with --data"
    )]
    Damaged(PathBuf),
    /// There is none, though there is what it wrote.
    #[error(
        "the identity file {0} is gone, and what is stored beside it is of no use without; put it back from a backup, or choose another folder with --data"
    )]
    Gone(PathBuf),
    /// The chain does not verify.
    #[error("the identity does not verify: {0}; restore it from a backup, or choose another folder with --data")]
    Identity(#[from] IdentityError),
    /// Nobody can be called so.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The file system's.
    #[error(
        "the identity file could not be read or written: {0}; check its owner, its permissions and the room on its disk"
    )]
    Io(#[from] io::Error),
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Stored {
    #[n(0)]
    version: u8,
    #[n(1)]
    chain: IdentityChain,
    #[cbor(n(2), with = "minicbor::bytes")]
    device: [u8; 32],
    #[cbor(n(3), with = "minicbor::bytes")]
    device_kem: [u8; 32],
    #[n(4)]
    user_kem: Bounded<Seed, KEMS_MAX>,
    #[n(5)]
    incarnation: u64,
}

#[derive(Encode, Decode)]
#[cbor(transparent)]
struct Seed(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl Drop for Stored {
    fn drop(&mut self) {
        self.device.zeroize();
        self.device_kem.zeroize();
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The identity of this device with its secrets.
pub(crate) struct DeviceIdentity {
    stored: Stored,
    folded: Identity,
    device: DeviceId,
    loaded: bool,
}

impl DeviceIdentity {
    /// Makes an identity with this as its first device, to be saved there. Returns the 24 recovery words beside it: show them once.
    ///
    /// # Errors
    /// [`IdentityFileError::Name`].
    pub(crate) fn create(path: &Path, name: &str) -> Result<(Self, Vec<&'static str>), IdentityFileError> {
        let (name, device_name) = (model::name::name(name)?, model::name::name(FIRST_DEVICE)?);
        let mut rng = os::rng();
        let key = SigningKey::generate(&mut rng);
        let new = NewIdentity::create(&mut rng, name, device_name, &key);
        let mut user_kem = Bounded::new();
        user_kem.push(Seed(*new.user_kem.seed())).map_err(|_| damaged(path))?;
        let words = new.recovery.words();
        let stored = Stored {
            version: 1,
            chain: new.chain,
            device: *key.seed(),
            device_kem: *new.device_kem.seed(),
            user_kem,
            incarnation: os::wall_ms(),
        };
        Ok((Self::checked(path, stored, false)?, words))
    }

    /// Reads the identity file; `None` where there is none.
    ///
    /// # Errors
    /// See [`IdentityFileError`].
    pub(crate) fn load(path: &Path, key: &StorageKey) -> Result<Option<Self>, IdentityFileError> {
        let sealed = match file::read(path, MAX as u64) {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(damaged(path)),
            Err(error) => return Err(error.into()),
        };
        let plain = key.open_record(PLACE, &sealed).map_err(|_| damaged(path))?;
        let stored: Stored = canonical::decode(&plain, MAX).map_err(|_| damaged(path))?;
        Self::checked(path, stored, true).map(Some)
    }

    /// Writes the identity file.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn save(&self, path: &Path, key: &StorageKey) -> Result<(), IdentityFileError> {
        let plain = Zeroizing::new(canonical::encode(&self.stored));
        file::replace(path, &key.seal_record(&mut os::rng(), PLACE, &plain))?;
        Ok(())
    }

    /// Who.
    #[must_use]
    pub(crate) fn user(&self) -> UserId {
        self.folded.user()
    }

    /// This device.
    #[must_use]
    pub(crate) fn device(&self) -> DeviceId {
        self.device
    }

    /// The verified identity.
    #[must_use]
    pub(crate) fn identity(&self) -> &Identity {
        &self.folded
    }

    /// The seed of the device's signing key, which is the network's key too.
    #[must_use]
    pub(crate) fn device_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.stored.device)
    }

    /// When this device's store was made, milliseconds since the epoch.
    #[must_use]
    pub(crate) fn incarnation(&self) -> u64 {
        self.stored.incarnation
    }

    /// Whether it comes from an earlier run, and so should have a store.
    #[must_use]
    pub(crate) fn was_loaded(&self) -> bool {
        self.loaded
    }

    /// Begins a new incarnation, later than every earlier one and than `above`.
    pub(crate) fn renew(&mut self, above: u64) {
        self.stored.incarnation = os::wall_ms().max(self.stored.incarnation.max(above) + 1);
    }

    /// What the core needs to know.
    #[must_use]
    pub(crate) fn secrets(&self, guilds: BTreeSet<GuildId>) -> Secrets {
        Secrets {
            user: self.user(),
            chain: self.stored.chain.clone(),
            device: SigningKey::from_seed(&self.stored.device),
            user_kem: self.stored.user_kem.iter().map(|seed| KemSecret::from_seed(&seed.0)).collect(),
            incarnation: self.stored.incarnation,
            guilds,
        }
    }

    fn checked(path: &Path, stored: Stored, loaded: bool) -> Result<Self, IdentityFileError> {
        if stored.version != 1 {
            return Err(damaged(path));
        }
        let folded = stored.chain.verify()?;
        let device = DeviceId::from(SigningKey::from_seed(&stored.device).public());
        if !folded.devices().contains_key(&device) {
            return Err(damaged(path));
        }
        Ok(Self { stored, folded, device, loaded })
    }
}

fn damaged(path: &Path) -> IdentityFileError {
    IdentityFileError::Damaged(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written_and_by_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        let key = StorageKey::from_bytes(&[1; 32]);
        assert!(DeviceIdentity::load(&path, &key).unwrap().is_none());
        let (mut made, words) = DeviceIdentity::create(&path, "Ada Lovelace").unwrap();
        assert_eq!(words.len(), 24);
        made.save(&path, &key).unwrap();
        let read = DeviceIdentity::load(&path, &key).unwrap().unwrap();
        assert_eq!((read.user(), read.device(), read.incarnation()), (made.user(), made.device(), made.incarnation()));
        assert_eq!(read.secrets(BTreeSet::new()).user_kem.len(), 1);
        let before = made.incarnation();
        made.renew(0);
        assert!(made.incarnation() > before);
        assert!(DeviceIdentity::load(&path, &StorageKey::from_bytes(&[2; 32])).is_err());
    }

    #[test]
    fn a_flipped_byte_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        let key = StorageKey::from_bytes(&[1; 32]);
        DeviceIdentity::create(&path, "Ada").unwrap().0.save(&path, &key).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(DeviceIdentity::load(&path, &key), Err(IdentityFileError::Damaged(_))));
    }

    #[test]
    fn names_are_bounded() {
        let path = Path::new("identity");
        for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert!(matches!(DeviceIdentity::create(path, bad), Err(IdentityFileError::Name(_))), "{bad:?}");
        }
        assert!(DeviceIdentity::create(path, &"é".repeat(64)).is_ok());
    }
}
