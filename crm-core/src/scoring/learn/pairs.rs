//! Which two features matter together beyond what each says alone.
#![expect(clippy::float_arithmetic, reason = "a test statistic is a real number")]

use super::{
    bins::{Binned, groups},
    fit::{Fit, Term},
    kernel::{self, Slopes},
};

/// Pairs of a model at most.
const PAIRS_MAX: usize = 24;
/// A pair is taken where the outcomes in its cells stray further from the model than chance would have them: by so many
/// standard deviations.
const STRAY_MIN: f64 = 2.0;
/// Cells of a pair at most.
const CELLS_MAX: usize = 4096;

/// Two features by their places, and the groups of their bins.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) places: (usize, usize),
    pub(super) groups: (Vec<u8>, Vec<u8>),
}

/// How many groups there are.
fn count(groups: &[u8]) -> usize {
    groups.iter().max().map_or(0, |last| usize::from(*last).saturating_add(1))
}

impl Pair {
    /// How many cells.
    fn size(&self) -> usize {
        count(&self.groups.0).saturating_mul(count(&self.groups.1))
    }

    /// The cell of each row.
    fn cells(&self, first: &[u16], second: &[u16]) -> Vec<u16> {
        let width = u16::try_from(count(&self.groups.1)).unwrap_or(u16::MAX);
        let group =
            |groups: &[u8], code: u16| groups.get(usize::from(code)).copied().map_or(0, u16::from);
        let cell = |(a, b): (&u16, &u16)| {
            let (a, b) = (group(&self.groups.0, *a), group(&self.groups.1, *b));
            a.saturating_mul(width).saturating_add(b)
        };
        first.iter().zip(second).map(cell).collect()
    }

    /// The table of this pair over these rows.
    pub(super) fn term<'a>(&self, columns: &[Binned]) -> Option<Term<'a>> {
        let (first, second) = (columns.get(self.places.0)?, columns.get(self.places.1)?);
        Some(Term::two(self.cells(&first.codes, &second.codes), self.size()))
    }
}

/// The pairs whose outcomes stray most from what a fit of single features says, the furthest first.
pub(super) fn strayed(columns: &[Binned], fit: &Fit<'_>, outcomes: &[u8]) -> Vec<Pair> {
    let groups: Vec<Vec<u8>> = columns.iter().map(groups).collect();
    let mut found: Vec<(f64, Pair)> = Vec::new();
    for (first, (one, own)) in columns.iter().zip(&groups).enumerate() {
        for (second, (other, others)) in
            columns.iter().zip(&groups).enumerate().skip(first.saturating_add(1))
        {
            let pair = Pair { places: (first, second), groups: (own.clone(), others.clone()) };
            if pair.size() > CELLS_MAX {
                continue;
            }
            let cells = pair.cells(&one.codes, &other.codes);
            let slopes = kernel::slopes(fit.log_odds(), outcomes, &cells, pair.size());
            found.push((stray(&slopes), pair));
        }
    }
    found.retain(|(stray, _)| *stray >= STRAY_MIN);
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.places.cmp(&b.1.places)));
    found.into_iter().take(PAIRS_MAX).map(|(_, pair)| pair).collect()
}

/// By how many standard deviations outcomes stray from the model over the cells, the larger of two measures: the one
/// weighs cells by their rows (Liang 1987, a score test for a variance component), the other equally (Pearson).
fn stray(slopes: &Slopes) -> f64 {
    let (mut score, mut spread, mut pearson, mut cells) = (0.0, 0.0, 0.0, 0.0);
    for (pull, firm) in slopes.pull.iter().zip(&slopes.firm) {
        score += pull * pull - firm;
        spread += 2.0 * firm * firm;
        if *firm > 0.5 {
            pearson += pull * pull / firm - 1.0;
            cells += 2.0;
        }
    }
    let by_rows = if spread > 0.0 { score / spread.sqrt() } else { 0.0 };
    let by_cells = if cells > 0.0 { pearson / f64::sqrt(cells) } else { 0.0 };
    by_rows.max(by_cells)
}
