//! Wall time, CPU time, percentiles, and what the disk can do.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Failure;

/// What something cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// By the clock on the wall.
    pub wall: Duration,
    /// By the processors, all threads together.
    pub cpu: Duration,
}

impl Cost {
    /// Does something, and what it cost.
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let (cpu, wall) = (cpu(), Instant::now());
        let done = work();
        let wall = wall.elapsed();
        (done, Self { wall, cpu: self::cpu().saturating_sub(cpu) })
    }
}

/// The CPU time of this process.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanos.unwrap_or(0))
}

/// Figures of one kind, in one unit.
#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// One more.
    pub fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// All of another.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The figure that a share of all does not exceed (nearest rank).
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
    }

    /// One of so many equal parts, in the order of time.
    pub(crate) fn part(&self, at: usize, of: usize) -> Self {
        let (from, to) = (self.0.len() * at / of, self.0.len() * (at + 1) / of);
        Self(self.0[from..to.max(from + 1).min(self.0.len())].to_vec())
    }

    /// The middle.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// The least.
    pub fn min(&self) -> f64 {
        self.at(0.0)
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

/// Microseconds.
pub(crate) fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Two decimals are enough for every figure here.
pub(crate) fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

/// How many threads wanted to run in the last minute, as the system tells.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// The memory that this process holds, in MB; not known where the system does not tell.
pub(crate) fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

/// The floor under every durable write: 256 bytes appended to a file and synced.
pub(crate) struct Probe(File);

impl Probe {
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        Ok(Self(File::options().append(true).create(true).open(path)?))
    }

    pub(crate) fn append(&mut self) -> std::io::Result<()> {
        self.0.write_all(&[0x5A; 256])?;
        self.0.sync_data()
    }
}
