//! How much others may ask of this node in a while: token buckets over the monotonic clock.

use std::collections::BTreeMap;

use bivouac_crypto::DeviceId;

/// How much may come at once, and how much in a second after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    burst: u64,
    per_second: u64,
}

/// Requests of one peer.
pub(crate) const REQUESTS: Rate = Rate { burst: 512, per_second: 200 };

/// Knocks of strangers, all together: eight at once and one in five seconds. Who is refused may knock again, under as many
/// names as they like.
pub(crate) const KNOCKS: Rate = Rate { burst: 8 * KNOCK, per_second: KNOCK / 5 };
/// What one knock costs.
pub(crate) const KNOCK: u64 = 1_000;

/// What one device says in gossip, in bytes: about two thousand lines at once and a thousand a second. What goes beyond is
/// not lost: it is fetched, at the pace of whoever fetches it.
pub(crate) const GOSSIP: Rate = Rate { burst: 2 << 20, per_second: 1 << 20 };

/// What every op costs beside its bytes: a signature is checked, rows are written.
pub(crate) const OP: u64 = 512;
/// What an op costs that begins a log: a log is compared with everybody for ever.
pub(crate) const LOG: u64 = 64 << 10;

/// What a control op costs: it is kept in memory and folded for ever.
pub(crate) const LAW: u64 = 16 << 10;

/// Buckets kept at most, beside those of devices that have just said something.
const KEPT: usize = 1_024;

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    tokens: u64,
    at_ms: u64,
}

impl Bucket {
    pub(crate) fn new(mono_ms: u64, rate: Rate) -> Self {
        Self { tokens: rate.burst, at_ms: mono_ms }
    }

    /// Whether so many tokens are there.
    pub(crate) fn has(&mut self, mono_ms: u64, rate: Rate, cost: u64) -> bool {
        let earned = mono_ms.saturating_sub(self.at_ms) * rate.per_second / 1000;
        if earned > 0 {
            self.tokens = (self.tokens + earned).min(rate.burst);
            self.at_ms = mono_ms;
        }
        self.tokens >= cost
    }

    /// Takes as many; `false` if they are not there.
    pub(crate) fn take(&mut self, mono_ms: u64, rate: Rate, cost: u64) -> bool {
        let paid = self.has(mono_ms, rate, cost);
        if paid {
            self.spend(cost);
        }
        paid
    }

    fn spend(&mut self, cost: u64) {
        self.tokens = self.tokens.saturating_sub(cost);
    }
}

/// Who answers for what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Speaker {
    /// Who is proved to have said it.
    Author(DeviceId),
    /// Who hands it on, where nobody can be proved to have said it. Apart from what it says itself: what others make it
    /// hand on must not silence it.
    Relay(DeviceId),
}

/// What each device may still say in gossip.
#[derive(Debug, Default)]
pub(crate) struct Said(BTreeMap<Speaker, Bucket>);

impl Said {
    /// Whether somebody may say so much. It is charged with [`Self::charge`], once it is certain that it said it.
    pub(crate) fn may(&mut self, mono_ms: u64, speaker: Speaker, cost: u64) -> bool {
        self.0.get_mut(&speaker).is_none_or(|bucket| bucket.has(mono_ms, GOSSIP, cost))
    }

    /// Somebody said so much.
    pub(crate) fn charge(&mut self, mono_ms: u64, speaker: Speaker, cost: u64) {
        if self.0.len() >= KEPT && !self.0.contains_key(&speaker) {
            self.0.retain(|_, bucket| !bucket.has(mono_ms, GOSSIP, GOSSIP.burst));
        }
        let bucket = self.0.entry(speaker).or_insert_with(|| Bucket::new(mono_ms, GOSSIP));
        bucket.has(mono_ms, GOSSIP, cost);
        bucket.spend(cost);
    }
}

#[cfg(test)]
mod tests {
    use bivouac_crypto::PublicKey;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let rate = Rate { burst: 100, per_second: 10 };
        let mut bucket = Bucket::new(5_000, rate);
        assert!((0..100).all(|_| bucket.take(5_000, rate, 1)) && !bucket.take(5_000, rate, 1));
        // A clock that stands still or goes back earns nothing; nor do moments too short to earn one are lost.
        assert!(!bucket.take(4_000, rate, 1) && !bucket.take(5_050, rate, 1));
        assert!(bucket.take(5_100, rate, 1) && !bucket.take(5_100, rate, 1));
        assert!(!bucket.take(6_000, rate, 10) && bucket.take(6_100, rate, 10));
        assert!(bucket.has(u64::MAX / 1_000, rate, 100) && !bucket.has(u64::MAX / 1_000, rate, 101));
    }

    #[test]
    fn devices_are_counted_apart_and_those_that_are_silent_forgotten() {
        let device = |n: u16| {
            Speaker::Author(DeviceId(PublicKey::from_bytes(std::array::from_fn(|at| n.to_be_bytes()[at % 2]))))
        };
        let mut said = Said::default();
        said.charge(0, device(0), GOSSIP.burst);
        assert!(!said.may(0, device(0), 1) && said.may(0, device(1), GOSSIP.burst));
        let Speaker::Author(author) = device(0) else { panic!() };
        assert!(said.may(0, Speaker::Relay(author), GOSSIP.burst));
        for n in 1..=KEPT as u16 {
            said.charge(0, device(n), 1_000);
        }
        assert_eq!(said.0.len(), KEPT + 1);
        said.charge(1_000, device(5_000), 1);
        assert_eq!(said.0.len(), 2);
        assert!(said.may(1_000, device(0), GOSSIP.per_second) && !said.may(1_000, device(0), GOSSIP.per_second + 1));
    }
}
