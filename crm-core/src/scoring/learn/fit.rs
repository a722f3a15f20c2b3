//! Fitting: tables of log-odds that, added up, make what became of the rows likeliest, held back by how far entries of
//! each table usually stray.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "log-odds are real numbers; 32 bits are enough for one row"
)]

use core::ops::Range;
use std::borrow::Cow;

use super::{
    kernel::{self, Slopes},
    prior::{Layer, Shape},
};

/// A fit ends when no table moved the log-odds further in a round (mean of the squares). How much likelier the rows
/// became would not do: while a table learns that it knows nothing, they become less so.
const MOVED_MIN: f64 = 1e-6;
/// The same of many rows, where it is still far below what chance does to the entries.
const MOVED_MIN_OF_MANY: f64 = 2.5e-5;
/// Rows of either outcome that a sample needs.
const SAMPLE_CLASS_MIN: usize = 1_000;
/// Rounds at most.
const ROUNDS_MAX: usize = 60;
/// From so many rows on, a sixteenth of them says where to begin.
const SAMPLE_FROM: usize = 100_000;
/// How far an entry may move in one step.
const STEP_MAX: f64 = 2.0;

/// The cells of a term: the bin of one feature, narrow where there are few, or the groups of two.
#[derive(Clone, Debug)]
pub(super) enum Cells<'a> {
    Narrow(Cow<'a, [u8]>),
    Wide(Cow<'a, [u16]>),
}

impl Cells<'_> {
    /// Those of some rows.
    fn pick(&self, rows: &[usize]) -> Cells<'static> {
        fn picked<C: Copy>(cells: &[C], rows: &[usize]) -> Vec<C> {
            rows.iter().filter_map(|row| cells.get(*row).copied()).collect()
        }
        match self {
            Self::Narrow(cells) => Cells::Narrow(picked(cells, rows).into()),
            Self::Wide(cells) => Cells::Wide(picked(cells, rows).into()),
        }
    }

    /// Stirs the cell of each row into its hash.
    fn stir(&self, hashes: &mut [u32]) {
        fn stirred<C: Copy + Into<u32>>(hashes: &mut [u32], cells: &[C]) {
            for (hash, cell) in hashes.iter_mut().zip(cells) {
                *hash = (*hash ^ (*cell).into()).wrapping_mul(0x0100_0193).rotate_left(13);
            }
        }
        match self {
            Self::Narrow(cells) => stirred(hashes, cells),
            Self::Wide(cells) => stirred(hashes, cells),
        }
    }
}

/// One table of log-odds and the rows' cells in it.
#[derive(Clone, Debug)]
pub(super) struct Term<'a> {
    cells: Cells<'a>,
    smooth: Range<usize>,
    layers: Vec<Layer>,
    pub(super) table: Vec<f64>,
}

impl<'a> Term<'a> {
    /// The table of one feature; of an ordered one, with ranges from 1 on, near ranges have near entries.
    pub(super) fn one(cells: Cells<'a>, size: usize, ordered: bool) -> Self {
        let apart = Layer::new(Shape::Apart, size, 0.1);
        let layers = match ordered {
            true => vec![Layer::new(Shape::Smooth, size, 0.1), apart],
            false => vec![apart],
        };
        Self { cells, smooth: 1..size, layers, table: vec![0.0; size] }
    }

    /// The table of two features that matter together.
    pub(super) fn two(cells: Vec<u16>, size: usize) -> Self {
        let layers = vec![Layer::new(Shape::Apart, size, 0.05)];
        let cells = Cells::Wide(cells.into());
        Self { cells, smooth: 0..0, layers, table: vec![0.0; size] }
    }

    fn slopes(&self, log_odds: &[f32], outcomes: &[u8]) -> Slopes {
        match &self.cells {
            Cells::Narrow(cells) => kernel::slopes(log_odds, outcomes, cells, self.table.len()),
            Cells::Wide(cells) => kernel::slopes(log_odds, outcomes, cells, self.table.len()),
        }
    }

    fn shift(&self, log_odds: &mut [f32], by: &[f64]) {
        let by: Vec<f32> = by.iter().map(|by| *by as f32).collect();
        match &self.cells {
            Cells::Narrow(cells) => kernel::shift(log_odds, cells, &by),
            Cells::Wide(cells) => kernel::shift(log_odds, cells, &by),
        }
    }

    /// How many rows each cell has.
    pub(super) fn weights(&self) -> Vec<f64> {
        match &self.cells {
            Cells::Narrow(cells) => kernel::weights(cells, self.table.len()),
            Cells::Wide(cells) => kernel::weights(cells, self.table.len()),
        }
    }

    /// The same table over some rows.
    fn sampled(&self, rows: &[usize]) -> Term<'static> {
        Term {
            cells: self.cells.pick(rows),
            smooth: self.smooth.clone(),
            layers: self.layers.clone(),
            table: self.table.clone(),
        }
    }
}

/// Tables that are being fitted to rows.
pub(super) struct Fit<'a> {
    outcomes: &'a [u8],
    log_odds: Vec<f32>,
    pub(super) base: f64,
    pub(super) terms: Vec<Term<'a>>,
}

impl<'a> Fit<'a> {
    /// Before anything is known but how many came out well. There is at least one of either outcome.
    pub(super) fn new(outcomes: &'a [u8], terms: Vec<Term<'a>>) -> Self {
        let good = outcomes.iter().filter(|outcome| **outcome == 1).count();
        let base = super::log_ratio(good, outcomes.len().saturating_sub(good));
        Self { outcomes, log_odds: vec![base as f32; outcomes.len()], base, terms }
    }

    /// What the model says of each row.
    pub(super) fn log_odds(&self) -> &[f32] {
        &self.log_odds
    }

    /// Adds a table.
    pub(super) fn push(&mut self, term: Term<'a>) {
        self.terms.push(term);
    }

    /// Fits until it is good enough. Where there are many rows, a sixteenth of them, chosen by what is known of them,
    /// says where to begin.
    pub(super) fn run(&mut self) {
        if self.outcomes.len() >= SAMPLE_FROM {
            self.begin_with_a_sample();
        }
        self.rounds();
    }

    fn rounds(&mut self) {
        let many = self.outcomes.len() >= SAMPLE_FROM;
        let least = if many { MOVED_MIN_OF_MANY } else { MOVED_MIN };
        for _ in 0..ROUNDS_MAX {
            let furthest = (0..self.terms.len()).map(|at| self.improve(at)).fold(0.0, f64::max);
            if furthest < least {
                break;
            }
        }
    }

    /// One step of one table; how far log-odds moved: the mean of the squares, firm rows counting more.
    fn improve(&mut self, at: usize) -> f64 {
        let Some(term) = self.terms.get_mut(at) else { return 0.0 };
        let mut slopes = term.slopes(&self.log_odds, self.outcomes);
        let firm: f64 = slopes.firm.iter().sum();
        let level = slopes.pull.iter().sum::<f64>() / firm.max(1e-9);
        let mut moved = vec![level; slopes.firm.len()];
        slopes.give(&moved);
        let mut steps: Vec<Vec<f64>> = Vec::with_capacity(term.layers.len());
        for layer in &mut term.layers {
            let by = layer.step(&slopes, term.smooth.clone());
            slopes.give(&by);
            moved.iter_mut().zip(&by).for_each(|(moved, by)| *moved += by);
            steps.push(by);
        }
        // A step that leads far from where the slopes were taken is shortened as a whole.
        let furthest = moved.iter().fold(0.0_f64, |furthest, by| furthest.max(by.abs()));
        let share = if furthest > STEP_MAX { STEP_MAX / furthest } else { 1.0 };
        self.base += level * share;
        moved.iter_mut().for_each(|by| *by *= share);
        for (layer, by) in term.layers.iter_mut().zip(steps) {
            layer.retreat(&by, 1.0 - share);
            term.table.iter_mut().zip(&by).for_each(|(entry, by)| *entry += by * share);
        }
        term.shift(&mut self.log_odds, &moved);
        let squares = moved.iter().zip(&slopes.firm).map(|(by, firm)| by * by * firm);
        squares.sum::<f64>() / firm.max(1e-9)
    }

    fn begin_with_a_sample(&mut self) {
        let rows = self.chosen();
        let outcomes: Vec<u8> =
            rows.iter().filter_map(|row| self.outcomes.get(*row).copied()).collect();
        let good = outcomes.iter().filter(|outcome| **outcome == 1).count();
        if good < SAMPLE_CLASS_MIN || outcomes.len().saturating_sub(good) < SAMPLE_CLASS_MIN {
            return;
        }
        let terms = self.terms.iter().map(|term| term.sampled(&rows)).collect();
        let mut sample = Fit::new(&outcomes, terms);
        sample.base = self.base;
        sample.log_odds = rows.iter().filter_map(|row| self.log_odds.get(*row).copied()).collect();
        sample.rounds();
        let found: Vec<(Vec<Layer>, Vec<f64>)> =
            sample.terms.into_iter().map(|term| (term.layers, term.table)).collect();
        self.base = sample.base;
        self.log_odds.fill(sample.base as f32);
        for (term, (layers, table)) in self.terms.iter_mut().zip(found) {
            (term.layers, term.table) = (layers, table);
            term.shift(&mut self.log_odds, &term.table);
        }
    }

    /// About a sixteenth of the rows, by a hash of their cells: the same rows in whatever order they come.
    fn chosen(&self) -> Vec<usize> {
        let mut hashes = vec![0x9E37_79B9_u32; self.outcomes.len()];
        for term in &self.terms {
            term.cells.stir(&mut hashes);
        }
        let picked = |hash: &u32| hash.wrapping_mul(0x9E37_79B1) >> 28 == 0;
        let rows = hashes.iter().enumerate().filter(|(_, hash)| picked(hash));
        rows.map(|(row, _)| row).collect()
    }
}

impl Slopes {
    /// What the slopes become when entries move.
    fn give(&mut self, moved: &[f64]) {
        for ((pull, firm), by) in self.pull.iter_mut().zip(&self.firm).zip(moved) {
            *pull -= firm * by;
        }
    }
}
