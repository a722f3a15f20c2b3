//! What people reached: figures with how sure they are, ranks with ties, and who is under target.
#![expect(
    clippy::float_arithmetic,
    reason = "whether two figures can be told apart is a question of chance; figures themselves are exact"
)]

use core::cmp::Reverse;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use uuid::Uuid;

use super::{
    amount::rounded,
    dimension::Dimension,
    filter::Sieve,
    period::Period,
    query::Query,
    stats::Proportion,
    table::{FactTable, Outcome},
};
use crate::target::{Aggregation, KpiOf};

/// What one deal, lead, activity or answer brings to a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its amount in minor units, or its score; nothing where it has none: it counts, and is in no sum.
    pub size: Option<i64>,
    /// Whether it came to something: won, converted.
    pub good: bool,
    /// Whether it is of the period before: it counts for growth alone.
    pub before: bool,
}

/// The entries of one person, team or the house.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reached {
    /// How many of the period.
    pub count: u64,
    /// How many of them came to something.
    pub good: u64,
    /// How many of them have a size.
    pub sized: u64,
    /// The sum of sizes.
    pub sum: i128,
    /// The sum of sizes of the period before.
    pub sum_before: i128,
    /// The sum of their squares, for the spread.
    squares: f64,
}

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A deal that brings something to a figure: which, when it counts, who has it now (by login), and what it brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit<'a> {
    /// Which deal.
    pub deal: Uuid,
    /// When it counts: won, closed or made, in seconds since 1970.
    pub at: i64,
    /// The login of who has it now.
    pub owner: &'a str,
    /// What it brings.
    pub entry: Entry,
}

/// The deals that bring something to a figure over deals, from the table as of the figure's instant: those that the query
/// admits and that count in its period, and where `before` says so in the seconds before it. None of what is no deal.
pub fn credits<'a>(
    table: &'a FactTable,
    query: &Query,
    of: KpiOf,
    before: Option<Period>,
) -> Vec<Credit<'a>> {
    let within = query.period.seconds_in(query.zone);
    let before = before.map(|before| before.seconds_in(query.zone));
    let sieve = Sieve::new(table, &query.filter, query.zone);
    let owners = table.dictionary(Dimension::Owner);
    let credit = |row: usize| {
        let outcome = table.deals.outcome(row);
        let at = match of {
            KpiOf::Won if outcome == Outcome::Won => table.deals.closed_at(row)?,
            KpiOf::Closed if outcome != Outcome::Open => table.deals.closed_at(row)?,
            KpiOf::Created => table.deals.created_at(row)?,
            KpiOf::Won
            | KpiOf::Closed
            | KpiOf::Leads
            | KpiOf::Customers
            | KpiOf::Activities
            | KpiOf::Feedback
            | KpiOf::Orders
            | KpiOf::Payments => return None,
        };
        let is_before = before.is_some_and(|before| before.contains(at));
        if !within.contains(at) && !is_before {
            return None;
        }
        let entry = Entry {
            size: table.deals.base_minor(row),
            good: outcome == Outcome::Won,
            before: is_before,
        };
        let owner = owners.key(table.deals.codes.get(Dimension::Owner).at(row));
        Some(Credit { deal: *table.deals.ids.get(row)?, at, owner, entry })
    };
    sieve.rows().into_iter().filter_map(credit).collect()
}

/// Below how many entries a figure is marked as of a small sample.
pub const SMALL: u64 = 10;

impl Reached {
    /// Takes an entry in.
    pub fn add(&mut self, entry: Entry) {
        let size = entry.size.map(i128::from);
        if entry.before {
            self.sum_before = self.sum_before.saturating_add(size.unwrap_or(0));
            return;
        }
        self.count = self.count.saturating_add(1);
        self.good = self.good.saturating_add(u64::from(entry.good));
        if let Some(size) = size {
            self.sized = self.sized.saturating_add(1);
            self.sum = self.sum.saturating_add(size);
            let size = size.to_f64().unwrap_or(0.0);
            self.squares += size * size;
        }
    }

    /// The figure: money and scores of `scale` places; means at as many places (at least two), rates and growth at four.
    /// Nothing where it cannot be told: a mean or rate of none, growth on a base of zero or less. Rule KP-8 (F139).
    pub fn value(&self, aggregation: Aggregation, scale: u32) -> Option<Decimal> {
        let of = |sum: i128| Decimal::try_from_i128_with_scale(sum, scale).ok();
        match aggregation {
            Aggregation::Count => Some(Decimal::from(self.count)),
            Aggregation::Sum => of(self.sum),
            Aggregation::Mean => {
                let mean = of(self.sum)?.checked_div(Decimal::from(self.sized))?;
                Some(rounded(mean, scale.max(2)))
            }
            Aggregation::Rate => Proportion::new(self.good, self.count).rate(),
            Aggregation::Growth => {
                let before = of(self.sum_before).filter(|before| *before > Decimal::ZERO)?;
                let growth = of(self.sum)?.checked_sub(before)?.checked_div(before)?;
                Some(rounded(growth, 4))
            }
        }
    }

    /// The figure and its variance, as real numbers in minor units: of a count and of a sum those of events that happen
    /// independently of each other (a Poisson process, each event of its own size), of a mean the sample's.
    fn moments(&self, aggregation: Aggregation) -> Option<(f64, f64)> {
        let sum = self.sum.to_f64()?;
        let (count, sized) = (self.count.to_f64()?, self.sized.to_f64()?);
        match aggregation {
            Aggregation::Count => Some((count, count)),
            Aggregation::Sum => Some((sum, self.squares)),
            Aggregation::Mean if self.sized > 1 => {
                let mean = sum / sized;
                let spread = (self.squares - sum * mean).max(0.0) / (sized - 1.0);
                Some((mean, spread / sized))
            }
            Aggregation::Mean | Aggregation::Rate | Aggregation::Growth => None,
        }
    }

    /// Whether chance alone does not explain the difference of two figures, at 95 %; never where that cannot be told (a
    /// mean of one, growth). Rule KP-9 (F140, B23).
    ///
    /// # Source
    ///
    /// Rates: Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
    /// Medicine 17:873–890, method 10. Others: the normal interval of the difference.
    pub fn is_distinct(&self, other: &Self, aggregation: Aggregation) -> bool {
        if aggregation == Aggregation::Rate {
            return rates_differ(self, other).unwrap_or(false);
        }
        match (self.moments(aggregation), other.moments(aggregation)) {
            (Some((one, spread)), Some((two, other))) => {
                (one - two).abs() > Z * (spread + other).sqrt()
            }
            (None, _) | (_, None) => false,
        }
    }
}

fn rates_differ(one: &Reached, two: &Reached) -> Option<bool> {
    let (low, high) = difference(one, two)?;
    Some(low > 0.0 || high < 0.0)
}

/// The 95 % interval of the difference of two rates.
fn difference(one: &Reached, two: &Reached) -> Option<(f64, f64)> {
    let share = |of: &Reached| Proportion::new(of.good, of.count);
    let rate = |of: &Reached| Some(of.good.to_f64()? / of.count.to_f64()?);
    let ((low_one, high_one), (low_two, high_two)) = (share(one).wilson()?, share(two).wilson()?);
    let (one, two) = (rate(one)?, rate(two)?);
    let square = |x: f64| x * x;
    let away = one - two;
    let low = away - (square(one - low_one) + square(high_two - two)).sqrt();
    let high = away + (square(high_one - one) + square(two - low_two)).sqrt();
    Some((low, high))
}

/// One place of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<K> {
    /// 1 for the most; those with equal figures share a rank, and the next rank is left out. Nothing without a figure.
    pub rank: Option<u32>,
    /// Whose.
    pub who: K,
    /// The figure.
    pub value: Option<Decimal>,
    /// What it was made from.
    pub reached: Reached,
    /// Whether it comes from fewer than [`SMALL`] entries.
    pub is_small: bool,
    /// The last rank from which chance may explain the difference: ranks from here to the own are not distinguishable
    /// from it. The own rank where the one above is distinct.
    pub like_from: Option<u32>,
}

/// Figures by rank, the most first; those without a figure last; equal ones in the order of `who`. Rule KP-10 (F140).
pub fn ranking<K: Ord + Clone>(
    of: impl IntoIterator<Item = (K, Reached)>,
    aggregation: Aggregation,
    scale: u32,
) -> Vec<Ranked<K>> {
    let one = |(who, reached): (K, Reached)| Ranked {
        rank: None,
        value: reached.value(aggregation, scale),
        is_small: reached.count < SMALL,
        who,
        reached,
        like_from: None,
    };
    let mut all: Vec<Ranked<K>> = of.into_iter().map(one).collect();
    all.sort_by(|a, b| (Reverse(a.value), &a.who).cmp(&(Reverse(b.value), &b.who)));
    let mut placed: Vec<Ranked<K>> = Vec::with_capacity(all.len());
    for (mut row, place) in all.into_iter().zip(1_u32..) {
        if row.value.is_some() {
            let above = placed.last();
            let tied = above.filter(|above| above.value == row.value);
            row.rank = tied.map_or(Some(place), |above| above.rank);
            let unlike = |above: &Ranked<K>| above.reached.is_distinct(&row.reached, aggregation);
            let like = placed.iter().rev().take_while(|above| !unlike(above)).last();
            row.like_from = like.map_or(row.rank, |above| above.rank);
        }
        placed.push(row);
    }
    placed
}

/// How a figure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attained {
    /// Reached over target, at four places; nothing on a target of zero or less.
    pub share: Option<Decimal>,
    /// What is missing; below zero where more was reached.
    pub missing: Decimal,
    /// The share of the period that is over, at four places.
    pub elapsed: Decimal,
    /// Whether less was reached than the part of the target that is due: all of it when the period is over, before that
    /// in proportion to its days for what adds up.
    pub is_under: bool,
}

/// Reached beside a target, when `over` of `days` days of the period are over. Rule KP-11 (F138, F140).
pub fn attained(
    value: Decimal,
    target: Decimal,
    aggregation: Aggregation,
    (over, days): (i64, i64),
) -> Option<Attained> {
    let elapsed = Decimal::from(over).checked_div(Decimal::from(days))?;
    let due = if aggregation.adds_up() { target.checked_mul(elapsed)? } else { target };
    let share = if target > Decimal::ZERO { value.checked_div(target) } else { None };
    Some(Attained {
        share: share.map(|share| rounded(share, 4)),
        missing: target.checked_sub(value)?,
        elapsed: rounded(elapsed, 4),
        is_under: value < due,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(sizes: &[i64], good: usize) -> Reached {
        let mut found = Reached::default();
        for (at, size) in sizes.iter().enumerate() {
            found.add(Entry { size: Some(*size), good: at < good, before: false });
        }
        found
    }

    #[test]
    fn figures_are_exact_and_say_where_there_is_none() {
        let mut some = reached(&[10_000, 5_050], 1);
        some.add(Entry { size: None, good: false, before: false });
        some.add(Entry { size: Some(10_000), good: true, before: true });
        let none = Reached::default();
        #[rustfmt::skip]
        let table = [
            (Aggregation::Count, some, Some("3")),
            (Aggregation::Sum, some, Some("150.50")),
            (Aggregation::Mean, some, Some("75.25")),
            (Aggregation::Rate, some, Some("0.3333")),
            (Aggregation::Growth, some, Some("0.5050")),
            (Aggregation::Count, none, Some("0")),
            (Aggregation::Sum, none, Some("0.00")),
            (Aggregation::Mean, none, None),
            (Aggregation::Rate, none, None),
            (Aggregation::Growth, none, None),
        ];
        for (aggregation, of, expected) in table {
            let found = of.value(aggregation, 2).map(|value| value.to_string());
            assert_eq!(found.as_deref(), expected, "{aggregation} of {}", of.count);
        }
    }

    #[test]
    fn equal_figures_share_a_rank_and_chance_is_told() {
        let many = |count: usize| reached(&vec![1; count], 0);
        let of = [("li", many(100)), ("wang", many(90)), ("zhao", many(90)), ("chen", many(9))];
        let found = ranking(of, Aggregation::Count, 0);
        let rows: Vec<_> =
            found.iter().map(|row| (row.who, row.rank, row.is_small, row.like_from)).collect();
        assert_eq!(
            rows,
            [
                ("li", Some(1), false, Some(1)),
                // 100 − 90 = 10 < 1.96 √190 = 27.
                ("wang", Some(2), false, Some(1)),
                ("zhao", Some(2), false, Some(1)),
                // 90 − 9 = 81 > 1.96 √99 = 19.5.
                ("chen", Some(4), true, Some(4)),
            ]
        );
        let of = [("li", Reached::default()), ("wang", reached(&[1], 1))];
        let found = ranking(of, Aggregation::Rate, 0);
        let rows: Vec<_> = found.iter().map(|row| (row.who, row.rank)).collect();
        assert_eq!(
            rows,
            [("wang", Some(1)), ("li", None)],
            "without a figure, last, without a rank"
        );
    }

    /// Newcombe (1998), Table II, method 10.
    #[test]
    fn rates_are_told_apart_as_published() {
        let share = |good: usize, count: usize| reached(&vec![0; count], good);
        let table = [
            ((56, 70), (48, 80), (0.0524, 0.3339)),
            ((9, 10), (3, 10), (0.1705, 0.8090)),
            ((6, 7), (2, 7), (0.0582, 0.8062)),
            ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ];
        for (one, two, (low, high)) in table {
            let (one, two) = (share(one.0, one.1), share(two.0, two.1));
            let found = difference(&one, &two).unwrap();
            let near = |found: f64, expected: f64| (found - expected).abs() < 0.000_05;
            assert!(near(found.0, low) && near(found.1, high), "{found:?} beside {low} {high}");
            assert_eq!(one.is_distinct(&two, Aggregation::Rate), low > 0.0);
            assert_eq!(two.is_distinct(&one, Aggregation::Rate), low > 0.0);
        }
    }

    #[test]
    fn who_is_under_target_depends_on_how_much_of_the_period_is_over() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        #[rustfmt::skip]
        let table = [
            ("in pace", "50", "100", Aggregation::Sum, (15, 30), Some("0.5000"), "50", false),
            ("behind", "49", "100", Aggregation::Sum, (15, 30), Some("0.4900"), "51", true),
            ("over, reached", "100", "100", Aggregation::Sum, (30, 30), Some("1.0000"), "0", false),
            ("over, not reached", "99.99", "100", Aggregation::Sum, (30, 30), Some("0.9999"), "0.01", true),
            ("a rate is due at once", "0.2", "0.3", Aggregation::Rate, (1, 30), Some("0.6667"), "0.1", true),
            ("no target to speak of", "0", "0", Aggregation::Sum, (30, 30), None, "0", false),
        ];
        for (what, value, target, aggregation, days, share, missing, is_under) in table {
            let found = attained(d(value), d(target), aggregation, days).unwrap();
            assert_eq!(found.share.map(|share| share.to_string()).as_deref(), share, "{what}");
            assert_eq!((found.missing, found.is_under), (d(missing), is_under), "{what}");
        }
    }
}
