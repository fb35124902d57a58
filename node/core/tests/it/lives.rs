//! Random lives of a guild, each from a seed. `BIVOUAC_SEEDS` sets how many in all, `BIVOUAC_SEED` replays one.

use bivouac_core::sim::scenario::{Life, Wildness};

/// How many tests share the seeds, so that they run side by side.
const SHARES: u64 = 8;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn share(nth: u64) {
    let seeds: Vec<u64> = match number("BIVOUAC_SEED") {
        Some(seed) if seed % SHARES == nth => vec![seed],
        Some(_) => Vec::new(),
        None => (0..number("BIVOUAC_SEEDS").unwrap_or(200)).filter(|seed| seed % SHARES == nth).collect(),
    };
    let mut failed = Vec::new();
    for seed in seeds {
        let (life, wrong) = Life::live(seed, Wildness::default());
        if !wrong.is_empty() {
            eprintln!("seed {seed}, {} inputs:\n  {}", life.world.handled, wrong.join("\n  "));
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "seeds {failed:?}: replay one with BIVOUAC_SEED=");
}

macro_rules! shares {
    ($($name:ident $nth:literal),*) => {
        $(#[test]
        fn $name() {
            share($nth);
        })*
    };
}

shares!(lives_0 0, lives_1 1, lives_2 2, lives_3 3, lives_4 4, lives_5 5, lives_6 6, lives_7 7);

/// An `Admit` is settled under `@everyone`, after every act of the admin it makes: op by op such acts count, folded
/// whole they do not.
#[test]
#[ignore = "a role given by an invite cannot be acted under yet: seeds 37, 39, 46, 55, 103, 118, 150 of before"]
fn roles_by_invite() {
    let wildness = Wildness { roles_by_invite: true, ..Wildness::default() };
    let wrong: Vec<(u64, Vec<String>)> = (0..100).map(|seed| (seed, Life::live(seed, wildness).1)).collect();
    let wrong: Vec<_> = wrong.into_iter().filter(|(_, wrong)| !wrong.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
