//! How much a table's entries are believed: each step of fitting weighs what the rows say against how far entries of
//! that table usually stray, and learns the latter from the entries themselves.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "linear algebra over vectors whose length is checked where they are made"
)]

use core::ops::Range;

use super::kernel::Slopes;

/// Entries stray by at least and at most so much (variance of log-odds).
const STRAY: (f64, f64) = (1e-6, 4.0);

/// What is known of a table's entries before the rows are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each stands by itself: categories.
    Apart,
    /// Each is near its neighbors: ranges of a number.
    Smooth,
}

/// One layer of a table: entries of one shape.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    shape: Shape,
    variance: f64,
    entries: Vec<f64>,
}

impl Layer {
    pub(super) fn new(shape: Shape, size: usize, variance: f64) -> Self {
        Self { shape, variance, entries: vec![0.0; size] }
    }

    /// One step towards the most likely entries, and by how much each of them moved. `smooth` says which entries are
    /// ranges in ascending order.
    ///
    /// # Source
    ///
    /// Penalized Newton step; the variance by Fellner (1986) and Schall (1991): the sum of squares of the entries over
    /// the effective number of them, here halfway from the value before.
    pub(super) fn step(&mut self, slopes: &Slopes, smooth: Range<usize>) -> Vec<f64> {
        match self.shape {
            Shape::Apart => self.apart(slopes),
            Shape::Smooth => self.along(slopes, smooth),
        }
    }

    /// Takes a share of a step back.
    pub(super) fn retreat(&mut self, moved: &[f64], share: f64) {
        for (entry, by) in self.entries.iter_mut().zip(moved) {
            *entry -= by * share;
        }
    }

    fn apart(&mut self, slopes: &Slopes) -> Vec<f64> {
        let known = 1.0 / self.variance;
        let (mut effective, mut squares) = (0.0, 0.0);
        let rows = self.entries.iter_mut().zip(slopes.pull.iter().zip(&slopes.firm));
        let moved = rows.map(|(entry, (pull, firm))| {
            if *firm <= 0.0 {
                return 0.0;
            }
            let next = (pull + firm * *entry) / (firm + known);
            effective += firm / (firm + known);
            squares += next * next;
            let by = next - *entry;
            *entry = next;
            by
        });
        let moved = moved.collect();
        self.learn(squares, effective, 1e-9);
        moved
    }

    /// Solves (firmness + D'D / variance) entries = pull by elimination from both ends: the one gives the entries, both
    /// together the diagonal of the inverse, which is what the rows weigh.
    fn along(&mut self, slopes: &Slopes, range: Range<usize>) -> Vec<f64> {
        let mut moved = vec![0.0; self.entries.len()];
        let (from, n) = (range.start, range.len());
        if n < 3 {
            return moved;
        }
        let tie = 1.0 / self.variance;
        let ties = |i: usize| if i == 0 || i == n - 1 { tie } else { 2.0 * tie };
        let full: Vec<f64> = (0..n).map(|i| slopes.firm[from + i] + ties(i) + 1e-3).collect();
        let (mut up, mut down) = (full.clone(), full.clone());
        let pulled =
            |i: usize| slopes.pull[from + i] + slopes.firm[from + i] * self.entries[from + i];
        let mut right: Vec<f64> = (0..n).map(pulled).collect();
        for i in 1..n {
            let share = tie / up[i - 1];
            up[i] -= tie * share;
            right[i] += share * right[i - 1];
        }
        for i in (0..n - 1).rev() {
            down[i] = full[i] - tie * tie / down[i + 1];
        }
        let mut next = vec![0.0; n];
        next[n - 1] = right[n - 1] / up[n - 1];
        for i in (0..n - 1).rev() {
            next[i] = (right[i] + tie * next[i + 1]) / up[i];
        }
        let inverse = |i: usize| 1.0 / (up[i] + down[i] - full[i]);
        let effective: f64 = (0..n).map(|i| slopes.firm[from + i] * inverse(i)).sum();
        let squares: f64 =
            next.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
        for (i, next) in next.into_iter().enumerate() {
            moved[from + i] = next - self.entries[from + i];
            self.entries[from + i] = next;
        }
        // One of them is the level, which no tie holds.
        self.learn(squares, effective - 1.0, 0.1);
        moved
    }

    fn learn(&mut self, squares: f64, effective: f64, least: f64) {
        let seen = squares / effective.max(least);
        self.variance = (0.5 * (self.variance + seen)).clamp(STRAY.0, STRAY.1);
    }
}
