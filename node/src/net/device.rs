//! A device and its libp2p peer are the same ed25519 key: the peer id is the identity multihash of the public key.

use bivouac_crypto::{DeviceId, PublicKey};
use libp2p::{
    PeerId,
    identity::{self, ed25519},
};

/// Multihash code of "identity": the digest is the encoded key itself.
const IDENTITY: u64 = 0;

/// The peer of a device; `None` where the id is no ed25519 public key.
pub(super) fn peer_of(device: &DeviceId) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(device.as_bytes()).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The device of a peer; `None` where the peer has another kind of key.
pub(super) fn device_of(peer: &PeerId) -> Option<DeviceId> {
    let hash = peer.as_ref();
    if hash.code() != IDENTITY {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?.try_into_ed25519().ok()?;
    Some(DeviceId::from(PublicKey::from_bytes(key.to_bytes())))
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    #[test]
    fn devices_and_peers_map_both_ways() {
        let key = Keypair::generate_ed25519();
        let peer = key.public().to_peer_id();
        let device = device_of(&peer).unwrap();
        assert_eq!(peer_of(&device), Some(peer));
        assert_eq!(device.as_bytes(), &key.public().try_into_ed25519().unwrap().to_bytes());
    }

    #[test]
    fn a_peer_whose_key_is_only_hashed_is_no_device() {
        let hashed = PeerId::from_multihash(libp2p::multihash::Multihash::wrap(0x12, &[1; 32]).unwrap()).unwrap();
        assert_eq!(device_of(&hashed), None);
    }
}
