//! The closing table: what was promised, whether it was kept, in figures.

use std::{fmt, time::Duration};

/// Rows of a name, a verdict and a sentence.
#[derive(Debug)]
pub(super) struct Table(Vec<(&'static str, bool, String)>);

impl Table {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn row(&mut self, name: &'static str, kept: bool, text: String) {
        self.0.push((name, kept, text));
    }

    pub(super) fn passed(&self) -> bool {
        self.0.iter().all(|(_, kept, _)| *kept)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, kept, text) in &self.0 {
            writeln!(f, "  {:<4}  {name:<14}  {text}", if *kept { "ok" } else { "FAIL" })?;
        }
        Ok(())
    }
}

/// Half of them took at most the first figure, 99 of 100 at most the second.
pub(super) fn quantiles(mut spans: Vec<Duration>) -> String {
    spans.sort_unstable();
    let at = |percent: usize| {
        let nth = (spans.len() * percent).div_ceil(100).saturating_sub(1);
        spans.get(nth).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    format!("p50 {:.1} ms, p99 {:.1} ms, of {}", at(50), at(99), spans.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_taken_from_the_sorted_spans() {
        let spans = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(quantiles(spans), "p50 50.0 ms, p99 99.0 ms, of 100");
        assert_eq!(quantiles(Vec::new()), "p50 0.0 ms, p99 0.0 ms, of 0");
    }

    #[test]
    fn one_promise_broken_fails_the_table() {
        let mut table = Table::new();
        table.row("kept", true, String::new());
        assert!(table.passed());
        table.row("broken", false, "why".to_owned());
        assert!(!table.passed());
        assert!(table.to_string().contains("FAIL  broken"));
    }
}
