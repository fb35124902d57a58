//! The store's passphrase in the desktop's Secret Service (GNOME Keyring, KWallet, KeePassXC), one a data folder, so
//! that what is on the disk is sealed and nobody has to type anything. Where there is none, a passphrase is asked for.

use std::{collections::HashMap, future::Future, path::Path, time::Duration};

use bivouac_node::Passphrase;
use data_encoding::BASE64URL_NOPAD;
use secret_service::{Collection, EncryptionType, Error, SecretService};
use zeroize::Zeroizing;

use super::{APP, Unavailable, bus, text};

const WHAT: &str = "a keyring for passwords (Secret Service)";
/// How long a person may take to unlock the keyring.
const PERSON: Duration = Duration::from_secs(120);
/// Longest passphrase taken back, in bytes.
const MAX: usize = 4_096;

/// A passphrase nobody has to remember: 32 random bytes, as letters.
///
/// # Errors
/// The system has no randomness.
pub fn random() -> Result<Passphrase, Unavailable> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| Unavailable::Refused("the system's randomness", error.to_string()))?;
    Ok(Passphrase(Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes).into_bytes())))
}

/// The passphrase kept for a data folder, if one is. The desktop may ask the person to unlock the keyring.
///
/// # Errors
/// There is no keyring, or it stays locked.
pub async fn load(data: &Path) -> Result<Option<Passphrase>, Unavailable> {
    let place = place(data);
    person(async {
        let service = connect().await?;
        let found = service.search_items(attributes(&place)).await.map_err(why)?;
        let Some(item) = found.unlocked.first().or(found.locked.first()) else { return Ok(None) };
        item.unlock().await.map_err(why)?;
        let secret = Zeroizing::new(item.get_secret().await.map_err(why)?);
        if secret.is_empty() || secret.len() > MAX {
            return Err(Unavailable::Refused(WHAT, "what it kept is no passphrase of Bivouac's".to_owned()));
        }
        Ok(Some(Passphrase(secret)))
    })
    .await
}

/// Whether a passphrase is kept for a data folder. Asks nobody to unlock anything.
///
/// # Errors
/// There is no keyring.
pub async fn holds(data: &Path) -> Result<bool, Unavailable> {
    let place = place(data);
    let service = connect().await?;
    let searched = tokio::time::timeout(bus::ANSWER, service.search_items(attributes(&place))).await;
    let found = searched.map_err(|_| Unavailable::Silent(WHAT))?.map_err(why)?;
    Ok(!found.unlocked.is_empty() || !found.locked.is_empty())
}

/// Keeps a passphrase for a data folder, in the place of an older one.
///
/// # Errors
/// There is no keyring, or it stays locked.
pub async fn save(data: &Path, passphrase: &Passphrase) -> Result<(), Unavailable> {
    let place = place(data);
    person(async {
        let service = connect().await?;
        let keyring = keyring(&service).await?;
        keyring.unlock().await.map_err(why)?;
        let label = format!("Bivouac ({})", text::line(&place, 200));
        keyring.create_item(&label, attributes(&place), &passphrase.0, true, "text/plain").await.map(drop).map_err(why)
    })
    .await
}

/// Forgets the passphrase of a data folder.
///
/// # Errors
/// There is no keyring, or it stays locked.
pub async fn remove(data: &Path) -> Result<(), Unavailable> {
    let place = place(data);
    person(async {
        let service = connect().await?;
        let found = service.search_items(attributes(&place)).await.map_err(why)?;
        for item in found.unlocked.iter().chain(&found.locked) {
            item.unlock().await.map_err(why)?;
            item.delete().await.map_err(why)?;
        }
        Ok(())
    })
    .await
}

async fn person<T>(asked: impl Future<Output = Result<T, Unavailable>>) -> Result<T, Unavailable> {
    tokio::time::timeout(PERSON, asked).await.unwrap_or(Err(Unavailable::Silent(WHAT)))
}

async fn connect() -> Result<SecretService<'static>, Unavailable> {
    let connection = bus::session(WHAT).await?;
    let connect = SecretService::connect_with_existing(EncryptionType::Dh, connection);
    match tokio::time::timeout(bus::ANSWER, connect).await {
        Ok(service) => service.map_err(why),
        Err(_) => Err(Unavailable::Silent(WHAT)),
    }
}

/// The one that opens with the session; a desktop that has none yet makes it, and asks the person for its password.
async fn keyring<'a>(service: &'a SecretService<'static>) -> Result<Collection<'a>, Unavailable> {
    match service.get_default_collection().await {
        Err(Error::NoResult) => service.create_collection("Login", "default").await.map_err(why),
        found => found.map_err(why),
    }
}

/// How the folder is called in the keyring: the same however it was spelled.
fn place(data: &Path) -> String {
    data.canonicalize().unwrap_or_else(|_| data.to_owned()).to_string_lossy().into_owned()
}

fn attributes(place: &str) -> HashMap<&str, &str> {
    HashMap::from([("xdg:schema", "org.bivouac.Store"), ("application", APP), ("folder", place)])
}

fn why(error: Error) -> Unavailable {
    match error {
        Error::Zbus(error) => bus::why(WHAT, error),
        Error::ZbusFdo(error) => bus::why(WHAT, error),
        Error::Unavailable => Unavailable::NoService(WHAT),
        Error::Locked | Error::Prompt => Unavailable::Refused(WHAT, "it stayed locked".to_owned()),
        other => Unavailable::Refused(WHAT, text::line(&other.to_string(), 200)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_passphrases_are_long_and_differ() {
        let (one, two) = (random().unwrap(), random().unwrap());
        assert_eq!(one.0.len(), 43);
        assert_ne!(one.0, two.0);
        assert!(!format!("{one:?}").contains(std::str::from_utf8(&one.0).unwrap()));
    }
}
