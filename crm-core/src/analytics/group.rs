//! Splitting rows into groups: the key of a group is one number, its codes in mixed radix.

use std::collections::BTreeMap;

use super::{
    dimension::Dimension,
    filter::{Filter, Sieve},
    kernel,
    table::FactTable,
    tally::ByOutcome,
};

/// The figures of each group, held densely while the groups are few.
#[derive(Debug)]
pub(super) struct Groups<'a, T> {
    table: &'a FactTable,
    by: &'a [Dimension],
    kept: Kept<T>,
}

#[derive(Debug)]
enum Kept<T> {
    Dense(Vec<Option<T>>),
    Sparse(BTreeMap<u128, T>),
}

/// One group: its codes, outermost dimension first, and its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group<T> {
    pub(super) codes: Vec<u32>,
    pub(super) figures: T,
}

const DENSE_MAX: u128 = 1 << 16;

impl<'a, T: Default> Groups<'a, T> {
    pub(super) fn new(table: &'a FactTable, by: &'a [Dimension]) -> Self {
        let sizes = by.iter().map(|dimension| radix(table, *dimension));
        let count = sizes.fold(1u128, u128::saturating_mul);
        let kept = match usize::try_from(count) {
            Ok(count) if count_is_dense(count) => {
                Kept::Dense(core::iter::repeat_with(|| None).take(count).collect())
            }
            _ => Kept::Sparse(BTreeMap::new()),
        };
        Self { table, by, kept }
    }

    /// The figures of the group `key`, fresh ones at first.
    pub(super) fn at(&mut self, key: u128) -> Option<&mut T> {
        match &mut self.kept {
            Kept::Dense(figures) => {
                let slot = usize::try_from(key).ok().and_then(|at| figures.get_mut(at))?;
                Some(slot.get_or_insert_with(T::default))
            }
            Kept::Sparse(figures) => Some(figures.entry(key).or_default()),
        }
    }

    /// The groups that were touched, in the order of their codes.
    pub(super) fn finish(self) -> Vec<Group<T>> {
        let radices: Vec<u128> = self.by.iter().map(|of| radix(self.table, *of)).collect();
        let group = |(key, figures)| Group { codes: digits(key, &radices), figures };
        match self.kept {
            Kept::Dense(figures) => {
                let touched = (0u128..).zip(figures).filter_map(|(key, f)| Some((key, f?)));
                touched.map(group).collect()
            }
            Kept::Sparse(figures) => figures.into_iter().map(group).collect(),
        }
    }
}

fn count_is_dense(count: usize) -> bool {
    u128::try_from(count).is_ok_and(|count| count <= DENSE_MAX)
}

fn radix(table: &FactTable, dimension: Dimension) -> u128 {
    u128::try_from(table.dictionary(dimension).len()).unwrap_or(u128::MAX)
}

fn digits(mut key: u128, radices: &[u128]) -> Vec<u32> {
    let mut codes = Vec::with_capacity(radices.len());
    for radix in radices.iter().rev() {
        let digit = key.checked_rem(*radix).and_then(|digit| u32::try_from(digit).ok());
        codes.push(digit.unwrap_or(0));
        key = key.checked_div(*radix).unwrap_or(0);
    }
    codes.reverse();
    codes
}

/// Counts and worths of `rows` by group: by the kernel where all rows are asked for by one column.
pub(super) fn tallies(
    table: &FactTable,
    sieve: &Sieve<'_>,
    rows: &[usize],
    by: &[Dimension],
) -> Vec<Group<ByOutcome>> {
    if let [one] = by
        && sieve.admits_all
        && rows.len() == table.len()
        && !one.is_of_lines()
    {
        let codes = table.deals.codes.get(*one);
        let tallies = kernel::tallies(&table.deals, codes, table.dictionary(*one).len());
        let touched = (0..).zip(tallies).filter(|(_, of)| of.total().deals > 0);
        return touched.map(|(code, figures)| Group { codes: vec![code], figures }).collect();
    }
    let mut groups = Groups::<ByOutcome>::new(table, by);
    for deal in rows {
        for key in keys(sieve, table, by, *deal) {
            if let Some(figures) = groups.at(key) {
                figures.add(table.deals.outcome(*deal), table.deals.base_minor(*deal));
            }
        }
    }
    groups.finish()
}

/// The group of one deal, of one of its lines where a dimension is of lines.
pub(super) fn key(table: &FactTable, by: &[Dimension], deal: usize, line: Option<usize>) -> u128 {
    by.iter().fold(0, |key: u128, dimension| {
        let code = match (dimension, line) {
            (Dimension::Product, Some(line)) => table.lines.product.at(line),
            (Dimension::Category, Some(line)) => table.lines.category.at(line),
            (Dimension::Product | Dimension::Category, None) => 0,
            _ => table.deals.codes.get(*dimension).at(deal),
        };
        key.saturating_mul(radix(table, *dimension)).saturating_add(u128::from(code))
    })
}

/// The codes of a group by its key.
pub(super) fn codes(table: &FactTable, by: &[Dimension], key: u128) -> Vec<u32> {
    let radices: Vec<u128> = by.iter().map(|of| radix(table, *of)).collect();
    digits(key, &radices)
}

/// The distinct groups of one deal: one, unless a dimension is of lines; then one for each value among its admitted
/// lines, and "(none)" for a deal without lines.
pub(super) fn keys(
    sieve: &Sieve<'_>,
    table: &FactTable,
    by: &[Dimension],
    deal: usize,
) -> Vec<u128> {
    if !by.iter().any(|dimension| dimension.is_of_lines()) || table.lines_of(deal).is_empty() {
        return vec![key(table, by, deal, None)];
    }
    let lines = table.lines_of(deal).filter(|line| sieve.admits_line(*line));
    let mut keys: Vec<u128> = lines.map(|line| key(table, by, deal, Some(line))).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The labels of a group, outermost first.
pub(super) fn labels(table: &FactTable, by: &[Dimension], codes: &[u32]) -> Vec<String> {
    let pairs = by.iter().zip(codes);
    pairs.map(|(of, code)| table.dictionary(*of).label(*code).to_owned()).collect()
}

/// What a group sorts by where figures do not decide: "(none)" last, then labels, then keys.
pub(super) fn order(
    table: &FactTable,
    by: &[Dimension],
    codes: &[u32],
) -> Vec<(bool, u32, String, u32)> {
    let one = |(of, code): (&Dimension, &u32)| {
        let position = if *of == Dimension::Stage { table.stages.position(*code) } else { 0 };
        (*code == 0, position, table.dictionary(*of).label(*code).to_owned(), *code)
    };
    by.iter().zip(codes).map(one).collect()
}

/// `filter` narrowed to one group: the members of its figures.
pub(super) fn members(
    table: &FactTable,
    filter: &Filter,
    by: &[Dimension],
    codes: &[u32],
) -> Filter {
    by.iter().zip(codes).fold(filter.clone(), |filter, (of, code)| {
        filter.with(*of, table.dictionary(*of).key(*code))
    })
}
