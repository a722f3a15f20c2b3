//! Fitting: tables of log-odds that, added up, make what became of the rows likeliest, held back by how far entries of
//! each table usually stray.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "log-odds are real numbers; 32 bits are enough for one row"
)]

use core::ops::Range;

use super::{
    kernel::{self, Slopes},
    prior::{Layer, Shape},
};

/// A fit ends when a whole round makes a row likelier by less than this (log-likelihood).
const GAIN_MIN: f64 = 2e-7;
/// The same of many rows, where it is still far below what chance does to the entries.
const GAIN_MIN_OF_MANY: f64 = 5e-6;
/// Rounds at most.
const ROUNDS_MAX: usize = 60;
/// From so many rows on, a sixteenth of them says where to begin.
const SAMPLE_FROM: usize = 100_000;
/// How far an entry may move in one step.
const STEP_MAX: f64 = 2.0;

/// The cells of a term: the bin of one feature, or of two.
#[derive(Clone, Debug)]
pub(super) enum Cells<'a> {
    One(&'a [u8]),
    Two(Vec<u16>),
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
    pub(super) fn one(codes: &'a [u8], size: usize, ordered: bool) -> Self {
        let apart = Layer::new(Shape::Apart, size, 0.1);
        let layers = match ordered {
            true => vec![Layer::new(Shape::Smooth, size, 0.1), apart],
            false => vec![apart],
        };
        Self { cells: Cells::One(codes), smooth: 1..size, layers, table: vec![0.0; size] }
    }

    /// The table of two features that matter together.
    pub(super) fn two(cells: Vec<u16>, size: usize) -> Self {
        let layers = vec![Layer::new(Shape::Apart, size, 0.05)];
        Self { cells: Cells::Two(cells), smooth: 0..0, layers, table: vec![0.0; size] }
    }

    fn slopes(&self, log_odds: &[f32], outcomes: &[u8]) -> Slopes {
        match &self.cells {
            Cells::One(cells) => kernel::slopes(log_odds, outcomes, cells, self.table.len()),
            Cells::Two(cells) => kernel::slopes(log_odds, outcomes, cells, self.table.len()),
        }
    }

    fn shift(&self, log_odds: &mut [f32], by: &[f64]) {
        let by: Vec<f32> = by.iter().map(|by| *by as f32).collect();
        match &self.cells {
            Cells::One(cells) => kernel::shift(log_odds, cells, &by),
            Cells::Two(cells) => kernel::shift(log_odds, cells, &by),
        }
    }

    /// How many rows each cell has.
    pub(super) fn weights(&self) -> Vec<f64> {
        match &self.cells {
            Cells::One(cells) => kernel::weights(cells, self.table.len()),
            Cells::Two(cells) => kernel::weights(cells, self.table.len()),
        }
    }

    /// The same table over the rows that are kept.
    fn sampled<'b>(&self, codes: &'b [u8]) -> Term<'b> {
        Term {
            cells: Cells::One(codes),
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

    /// Fits until it is good enough. Where there are many rows and only tables of one feature, a sixteenth of the rows,
    /// chosen by what is known of them, says where to begin.
    pub(super) fn run(&mut self) {
        let codes: Option<Vec<&[u8]>> = self
            .terms
            .iter()
            .map(|term| match &term.cells {
                Cells::One(codes) => Some(*codes),
                Cells::Two(_) => None,
            })
            .collect();
        if let Some(codes) = codes.filter(|_| self.outcomes.len() >= SAMPLE_FROM) {
            self.begin_with_a_sample(&codes);
        }
        self.rounds();
    }

    fn rounds(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let gained: f64 = (0..self.terms.len()).map(|at| self.improve(at)).sum();
            #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^53")]
            let rows = self.outcomes.len() as f64;
            let least = if self.outcomes.len() < SAMPLE_FROM { GAIN_MIN } else { GAIN_MIN_OF_MANY };
            if gained < least * rows {
                break;
            }
        }
    }

    /// One step of one table; by how much likelier the rows became.
    fn improve(&mut self, at: usize) -> f64 {
        let Some(term) = self.terms.get_mut(at) else { return 0.0 };
        let mut slopes = term.slopes(&self.log_odds, self.outcomes);
        let firm: f64 = slopes.firm.iter().sum();
        let level = slopes.pull.iter().sum::<f64>() / firm.max(1e-9);
        let mut moved = vec![level; slopes.firm.len()];
        let mut gained = 0.0;
        slopes.give(&moved, &mut gained);
        let mut steps: Vec<Vec<f64>> = Vec::with_capacity(term.layers.len());
        for layer in &mut term.layers {
            let by = layer.step(&slopes, term.smooth.clone());
            slopes.give(&by, &mut gained);
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
        gained
    }

    fn begin_with_a_sample(&mut self, codes: &[&[u8]]) {
        let rows: Vec<usize> = chosen(codes, self.outcomes.len());
        let pick = |column: &[u8]| -> Vec<u8> {
            rows.iter().filter_map(|row| column.get(*row).copied()).collect()
        };
        let outcomes = pick(self.outcomes);
        let good = outcomes.iter().filter(|outcome| **outcome == 1).count();
        if good < 1_000 || outcomes.len().saturating_sub(good) < 1_000 {
            return;
        }
        let columns: Vec<Vec<u8>> = codes.iter().map(|codes| pick(codes)).collect();
        let terms = self.terms.iter().zip(&columns).map(|(term, codes)| term.sampled(codes));
        let mut sample = Fit::new(&outcomes, terms.collect());
        sample.rounds();
        let Fit { base, terms, .. } = sample;
        let found: Vec<(Vec<Layer>, Vec<f64>)> =
            terms.into_iter().map(|term| (term.layers, term.table)).collect();
        self.base = base;
        self.log_odds.fill(base as f32);
        for (term, (layers, table)) in self.terms.iter_mut().zip(found) {
            (term.layers, term.table) = (layers, table);
            term.shift(&mut self.log_odds, &term.table);
        }
    }
}

impl Slopes {
    /// What the slopes become when entries move, and how much likelier that makes the rows.
    fn give(&mut self, moved: &[f64], gained: &mut f64) {
        for ((pull, firm), by) in self.pull.iter_mut().zip(&self.firm).zip(moved) {
            *gained += by * (*pull - 0.5 * firm * by);
            *pull -= firm * by;
        }
    }
}

/// About a sixteenth of the rows, by a hash of their codes: the same rows in whatever order they come.
fn chosen(codes: &[&[u8]], rows: usize) -> Vec<usize> {
    let mut hashes = vec![0x9E37_79B9_u32; rows];
    for column in codes {
        for (hash, code) in hashes.iter_mut().zip(*column) {
            *hash = (*hash ^ u32::from(*code)).wrapping_mul(0x0100_0193).rotate_left(13);
        }
    }
    let picked = |hash: &u32| hash.wrapping_mul(0x9E37_79B1) >> 28 == 0;
    hashes.iter().enumerate().filter(|(_, hash)| picked(hash)).map(|(row, _)| row).collect()
}
