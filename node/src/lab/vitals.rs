//! What a process costs at a moment, as `/proc` tells it.

use std::{fs, path::PathBuf, time::Duration};

use super::LabError;

/// Clock ticks in a second, as `/proc` counts them: `USER_HZ`, 100 on every Linux.
const TICKS_A_SECOND: u64 = 100;

/// What a process holds, and what it has used up since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vitals {
    /// Resident memory, KiB.
    pub rss_kib: u64,
    /// Open descriptors.
    pub descriptors: usize,
    /// Threads.
    pub threads: u64,
    /// Time on a processor, in steps of 10 ms.
    pub cpu: Duration,
}

impl Vitals {
    /// Of the process with this id.
    pub(super) fn of(pid: u32) -> Result<Self, LabError> {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        let read = |name: &str| {
            let path = proc.join(name);
            fs::read_to_string(&path).map_err(|source| LabError::File { path, source })
        };
        let (status, stat) = (read("status")?, read("stat")?);
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok())
                .ok_or_else(|| LabError::Contract(format!("/proc/{pid}/status names no {name}")))
        };
        // The second field is the program's name in parentheses, which may hold anything; user and system time are the
        // twelfth and thirteenth after it (proc_pid_stat(5)).
        let times = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().skip(11).take(2));
        let ticks: u64 = times.into_iter().flatten().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        let path = proc.join("fd");
        let descriptors = fs::read_dir(&path).map_err(|source| LabError::File { path, source })?.count();
        Ok(Self {
            rss_kib: field("VmRSS")?,
            descriptors,
            threads: field("Threads")?,
            cpu: Duration::from_millis(ticks * 1000 / TICKS_A_SECOND),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, process};

    use super::*;

    #[test]
    fn an_open_file_and_busy_time_are_counted() {
        let before = Vitals::of(process::id()).unwrap();
        assert!(before.rss_kib > 100 && before.threads >= 1);
        let files: Vec<_> = (0..50).map(|_| File::open("/dev/null").unwrap()).collect();
        let mut vitals = Vitals::of(process::id()).unwrap();
        // Other tests of this process may close what they had open meanwhile.
        assert!(vitals.descriptors > before.descriptors + files.len() / 2, "{before:?} {vitals:?}");
        while vitals.cpu == before.cpu {
            vitals = Vitals::of(process::id()).unwrap();
        }
        assert!(vitals.cpu > before.cpu);
    }
}
