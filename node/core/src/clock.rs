//! Version clocks of the control DAG: for each branch of a log, how many of its ops are in an op's past.
//!
//! A clock is a vector of counts in chunks that unchanged neighbours share, so that 100,000 ops over a hundred
//! branches cost tens of megabytes, and ancestry is one look-up.

use std::sync::Arc;

const CHUNK: usize = 16;

/// A persistent vector of counts, by branch number. Cloning shares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock(Vec<Arc<[u32; CHUNK]>>);

impl Clock {
    /// How many ops of the branch are included.
    #[must_use]
    pub fn count(&self, branch: u32) -> u32 {
        let branch = branch as usize;
        self.0.get(branch / CHUNK).map_or(0, |chunk| chunk[branch % CHUNK])
    }

    /// Includes the first `count` ops of a branch.
    pub fn raise(&mut self, branch: u32, count: u32) {
        if self.count(branch) >= count {
            return;
        }
        let branch = branch as usize;
        while self.0.len() <= branch / CHUNK {
            self.0.push(Arc::new([0; CHUNK]));
        }
        Arc::make_mut(&mut self.0[branch / CHUNK])[branch % CHUNK] = count;
    }

    /// Includes everything another clock does.
    pub fn join(&mut self, other: &Self) {
        for (i, theirs) in other.0.iter().enumerate() {
            match self.0.get_mut(i) {
                None => self.0.push(Arc::clone(theirs)),
                Some(mine) if Arc::ptr_eq(mine, theirs) => {}
                Some(mine) => {
                    if theirs.iter().zip(mine.iter()).any(|(t, m)| t > m) {
                        let mine = Arc::make_mut(mine);
                        for (m, t) in mine.iter_mut().zip(theirs.iter()) {
                            *m = (*m).max(*t);
                        }
                    }
                }
            }
        }
    }

    /// Whether everything in `other` is included.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().enumerate().all(|(i, theirs)| match self.0.get(i) {
            None => theirs.iter().all(|count| *count == 0),
            Some(mine) => Arc::ptr_eq(mine, theirs) || mine.iter().zip(theirs.iter()).all(|(m, t)| m >= t),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_is_the_least_upper_bound_and_covers_agrees() {
        let (mut a, mut b) = (Clock::default(), Clock::default());
        a.raise(3, 7);
        b.raise(40, 2);
        b.raise(3, 5);
        assert!(!a.covers(&b) && !b.covers(&a));
        let mut both = a.clone();
        both.join(&b);
        assert!(both.covers(&a) && both.covers(&b));
        assert_eq!((both.count(3), both.count(40), both.count(999)), (7, 2, 0));
        both.raise(3, 1);
        assert_eq!(both.count(3), 7);
    }
}
