//! What gossip holds against a neighbour.
//!
//! Chat is quiet: a neighbour that delivers nothing is no bad one, so the delivery penalties are off. A guild behind one
//! address is normal, so co-location is no fault; nor is being slow in a burst. What counts is invalid messages, broken
//! promises of the protocol, and having been dropped by the core.

use std::time::Duration;

use libp2p::gossipsub::{PeerScoreParams, PeerScoreThresholds, TopicScoreParams};

/// Score of a device that lost every guild in common, or hands us more than we can hear: below every threshold, nothing of
/// it is heard or sent to it.
pub(super) const UNHEARD: f64 = -10_000.0;

/// Scoring across topics.
pub(super) fn params() -> PeerScoreParams {
    PeerScoreParams {
        topic_score_cap: 50.0,
        app_specific_weight: 1.0,
        ip_colocation_factor_weight: 0.0,
        behaviour_penalty_weight: -5.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: 0.8,
        slow_peer_weight: 0.0,
        retain_score: Duration::from_secs(600),
        ..PeerScoreParams::default()
    }
}

/// Scoring within each topic.
pub(super) fn topic() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.01,
        time_in_mesh_quantum: Duration::from_secs(1),
        time_in_mesh_cap: 600.0,
        first_message_deliveries_weight: 0.5,
        first_message_deliveries_decay: 0.9,
        first_message_deliveries_cap: 20.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: 0.9,
        ..TopicScoreParams::default()
    }
}

/// Where a score begins to hurt. Five invalid messages at once, less what good ones earned, and nothing more is heard.
pub(super) fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -50.0,
        publish_threshold: -100.0,
        graylist_threshold: -200.0,
        accept_px_threshold: 100.0,
        opportunistic_graft_threshold: 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_ones_gossipsub_accepts() {
        params().validate().unwrap();
        topic().validate().unwrap();
        thresholds().validate().unwrap();
        assert!(UNHEARD < thresholds().graylist_threshold);
    }
}
