//! Links between nodes: latency, loss, duplication, reordering, partitions, connections that flap.

use std::collections::BTreeMap;

use super::dice::Dice;

/// Weather: how bad the network is, in chances of a thousand and milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Chance that a message vanishes.
    pub loss: u64,
    /// Chance that a gossip message comes twice.
    pub twice: u64,
    /// Least time a message takes.
    pub latency: u64,
    /// Most time more, drawn for each message: this reorders.
    pub jitter: u64,
}

impl Weather {
    /// A network that loses nothing.
    pub const FAIR: Self = Self { loss: 0, twice: 0, latency: 1, jitter: 2 };

    /// Drawn at random.
    pub fn draw(dice: &mut Dice) -> Self {
        let bad = dice.chance(500);
        Self {
            loss: if bad { dice.below(200) } else { 0 },
            twice: if bad { dice.below(100) } else { 0 },
            latency: dice.between(1, 40),
            jitter: dice.below(if bad { 300 } else { 20 }),
        }
    }
}

/// One pair of nodes.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The connection, where there is one: its number tells it from earlier ones.
    pub connection: Option<u64>,
    /// No connection can be made: a partition.
    pub cut: bool,
    /// How messages fare on it.
    pub weather: Weather,
}

/// All pairs.
#[derive(Debug, Default)]
pub struct Network {
    links: BTreeMap<(usize, usize), Link>,
    next: u64,
}

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

impl Network {
    /// The link between two nodes.
    pub fn link(&mut self, a: usize, b: usize) -> &mut Link {
        let fresh = Link { connection: None, cut: false, weather: Weather::FAIR };
        self.links.entry(pair(a, b)).or_insert(fresh)
    }

    /// Makes a connection, if there is none and the link is not cut. Gives its number.
    pub fn connect(&mut self, a: usize, b: usize) -> Option<u64> {
        let number = self.next;
        let link = self.link(a, b);
        if link.cut || link.connection.is_some() {
            return None;
        }
        link.connection = Some(number);
        self.next += 1;
        Some(number)
    }

    /// Ends the connection. Gives its number.
    pub fn disconnect(&mut self, a: usize, b: usize) -> Option<u64> {
        self.link(a, b).connection.take()
    }

    /// Every pair there is.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        self.links.keys().copied().collect()
    }
}
