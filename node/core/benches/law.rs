//! What it costs to settle and fold a law of many acts at once: everybody's acts one upon the other, and everybody's
//! apart from all others. That it grows with their number and no faster is the point, so each line stands beside the one
//! of half as many.
#![allow(missing_docs, clippy::unwrap_used)]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::time::{Duration, Instant};

use bivouac_core::{
    authority::settle,
    dag::{Dag, Offer},
    fold,
    sim::ManyActs,
};

/// Acts, at most.
const MOST: usize = 100_000;

fn main() {
    for (name, apart) in [("one upon the other", false), ("all apart", true)] {
        let mut last: Option<Duration> = None;
        for acts in [MOST / 8, MOST / 4, MOST / 2, MOST] {
            let history = ManyActs::new(acts, apart);
            let (built, folded, members) = fold(&history);
            let growth = last.map_or(String::new(), |last| {
                format!(", {:.2} x that of half as many", folded.as_secs_f64() / last.as_secs_f64())
            });
            let each = folded / u32::try_from(acts).unwrap();
            println!(
                "{name}, {acts} acts: into the DAG {built:.2?}, settled and folded {folded:.2?}, {each:.1?} each{growth} ({members} members)"
            );
            last = Some(folded);
        }
    }
}

/// How long it takes to put all into a DAG, and to settle and fold it; and how many are members then.
fn fold(acts: &ManyActs) -> (Duration, Duration, usize) {
    let mut dag = Dag::new(acts.guild);
    let began = Instant::now();
    for (store, (op, says)) in (0..).zip(&acts.ops) {
        let Offer::Ready(place) = dag.offer(op) else { continue };
        dag.insert(op, Some(says.clone()), place, store);
    }
    dag.resolve();
    let built = began.elapsed();
    assert_eq!(dag.len(), acts.ops.len());
    let began = Instant::now();
    let settled = settle(&dag, acts.guild);
    let law = fold::fold(&dag, &settled, acts.guild);
    (built, began.elapsed(), law.members.len())
}
