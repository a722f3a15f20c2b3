//! What is wrong with rules of approval, each with a document on which it shows.
//!
//! What asks for a step is a comparison of five measures with fixed numbers, so the numbers cut the space of documents
//! into cells in which all rules answer alike. One document of each cell is tried: what is found of all of them holds of
//! every document, and a finding names the document that shows it.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Approver, Band, Measures, PolicyStep, When};
use crate::settings::User;
use crate::value::{Currency, Money};

/// Cells that are tried at most; rules that cut finer are not looked through for gaps.
const CELLS_MAX: usize = 200_000;

/// Something that is wrong with rules of approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What: `approval.step_unreachable`, `approval.step_doubled`, `approval.gap`, `approval.nobody` or
    /// `approval.currency_mixed`.
    pub code: String,
    /// Where.
    pub path: String,
    /// The step it is about.
    pub step: String,
    /// A document on which it shows, or why there is none.
    pub witness: String,
}

/// What is wrong with steps, in the order of the steps, gaps last: a band in two currencies (`approval.currency_mixed`), a
/// step that no document asks for (`approval.step_unreachable`), one whose approver is always asked before it
/// (`approval.step_doubled`), one that nobody may agree to (`approval.nobody`), and a document that needs no step although
/// one that is less daring in everything does (`approval.gap`). Rule QU-30 (F083, B16).
pub fn lint(steps: &[PolicyStep], users: &[User]) -> Vec<Finding> {
    let mut found = Vec::new();
    let at = |index: usize| format!("steps[{index}]");
    for (index, step) in steps.iter().enumerate() {
        let mixed = step
            .when
            .iter()
            .filter_map(|when| when.amount)
            .any(|band| band.ends().map(Money::currency).collect::<BTreeSet<_>>().len() > 1);
        if mixed {
            let witness = "a band from one currency up to another".to_owned();
            found.push(finding("approval.currency_mixed", at(index), step, witness));
        }
        if !users.iter().any(|user| may(user, step.approver)) {
            let witness = format!("no active user is {}", named(step.approver));
            found.push(finding("approval.nobody", at(index), step, witness));
        }
    }
    let grids: Vec<Grid> =
        currencies(steps).into_iter().filter_map(|of| Grid::of(steps, of)).collect();
    if grids.is_empty() {
        return found;
    }
    for (index, step) in steps.iter().enumerate() {
        let asked: Vec<&Measures> = grids
            .iter()
            .flat_map(|grid| grid.cells.iter().flatten())
            .filter(|of| asks(step, of))
            .collect();
        let Some(first) = asked.first() else {
            let witness = "no discount, margin and amount asks for it".to_owned();
            found.push(finding("approval.step_unreachable", at(index), step, witness));
            continue;
        };
        let before = steps.iter().take(index);
        let doubled = before
            .filter(|other| other.approver == step.approver)
            .find(|other| asked.iter().all(|cell| asks(other, cell)));
        if let Some(other) = doubled {
            let witness = format!("{}: `{}` has asked the same already", told(first), other.code);
            found.push(finding("approval.step_doubled", at(index), step, witness));
        }
    }
    found.extend(grids.iter().find_map(|grid| grid.gap(steps)));
    found
}

fn finding(code: &str, path: String, step: &PolicyStep, witness: String) -> Finding {
    Finding { code: code.to_owned(), path, step: step.code.to_string(), witness }
}

fn may(user: &User, approver: Approver) -> bool {
    user.active
        && match approver {
            Approver::Role(role) => user.role == role,
            Approver::User(named) => user.id == named,
            Approver::Manager => true,
        }
}

fn named(approver: Approver) -> String {
    match approver {
        Approver::Role(role) => format!("a {role}"),
        Approver::User(user) => format!("user {user}"),
        Approver::Manager => "a manager".to_owned(),
    }
}

fn asks(step: &PolicyStep, of: &Measures) -> bool {
    step.when.is_empty() || step.when.iter().any(|when| when.holds(of))
}

fn told(of: &Measures) -> String {
    let margin = of.margin.map_or_else(|| "an unknown".to_owned(), |margin| format!("{margin} %"));
    let floor = if of.below_floor { ", below a floor price" } else { "" };
    format!(
        "a document of {} with {} % off, {} % on one line, {margin} margin{floor}",
        of.amount, of.discount, of.line_discount
    )
}

/// The currencies in which documents are tried: those of the rules.
fn currencies(steps: &[PolicyStep]) -> Vec<Currency> {
    let bands = whens(steps).filter_map(|when| when.amount);
    let mut found: BTreeSet<Currency> =
        bands.flat_map(|band| band.ends().map(Money::currency)).collect();
    if found.is_empty() {
        found.extend(Currency::parse("CNY"));
    }
    found.into_iter().collect()
}

fn whens(steps: &[PolicyStep]) -> impl Iterator<Item = &When> {
    steps.iter().flat_map(|step| &step.when)
}

/// Documents in one currency, one for each cell, the least daring first in each direction.
struct Grid {
    /// How many values each measure has; the last measure varies fastest.
    sides: [usize; 5],
    /// Nothing where no document can be: the discount in whole is never above the largest on a line.
    cells: Vec<Option<Measures>>,
}

impl Grid {
    fn of(steps: &[PolicyStep], currency: Currency) -> Option<Self> {
        let cuts = |band: fn(&When) -> Option<Band>| {
            let bands = whens(steps).filter_map(band);
            let cuts: BTreeSet<Decimal> =
                bands.flat_map(|band| band.from.into_iter().chain(band.below)).collect();
            cuts
        };
        let percents = |cuts: BTreeSet<Decimal>| -> Vec<Decimal> {
            let within = |cut: &Decimal| *cut > Decimal::ZERO && *cut <= Decimal::ONE_HUNDRED;
            core::iter::once(Decimal::ZERO).chain(cuts.into_iter().filter(within)).collect()
        };
        let discounts = percents(cuts(|when| when.discount));
        let lines = percents(cuts(|when| when.line_discount));
        // The higher the margin, the less daring: from the top down, then the unknown one.
        let cuts = cuts(|when| when.margin);
        let lowest = cuts.first().copied().unwrap_or(Decimal::ONE_HUNDRED);
        let below = lowest.checked_sub(Decimal::ONE).filter(|_| !cuts.is_empty());
        let known = cuts.iter().rev().copied().chain(below).map(Some);
        let top = cuts.is_empty().then_some(Some(Decimal::ONE_HUNDRED));
        let margins: Vec<Option<Decimal>> = top.into_iter().chain(known).chain([None]).collect();
        let amounts = whens(steps).filter_map(|when| when.amount).flat_map(|band| band.ends());
        let amounts = amounts.filter(|end| end.currency() == currency).map(Money::minor);
        let amounts: BTreeSet<i64> = amounts.filter(|minor| *minor > 0).chain([0]).collect();
        let floors = [false, true];
        let sides = [discounts.len(), lines.len(), margins.len(), amounts.len(), floors.len()];
        let size = sides.iter().try_fold(1_usize, |size, side| size.checked_mul(*side))?;
        if size > CELLS_MAX {
            return None;
        }
        let mut cells = Vec::with_capacity(size);
        for discount in &discounts {
            for (index, line) in lines.iter().enumerate() {
                let next = lines.get(index.saturating_add(1));
                let possible = next.is_none_or(|next| next > discount);
                for margin in &margins {
                    for minor in &amounts {
                        let amount = Money::from_minor(*minor, currency).ok()?;
                        cells.extend(floors.map(|below_floor| {
                            possible.then_some(Measures {
                                discount: *discount,
                                line_discount: *line.max(discount),
                                margin: *margin,
                                amount,
                                below_floor,
                            })
                        }));
                    }
                }
            }
        }
        Some(Self { sides, cells })
    }

    /// A document that needs no step although a less daring one does, and that one.
    fn gap(&self, steps: &[PolicyStep]) -> Option<Finding> {
        // For each cell the first step that a document at least as tame asks for.
        let mut tamer: Vec<Option<(usize, usize)>> = Vec::with_capacity(self.cells.len());
        for (index, cell) in self.cells.iter().enumerate() {
            let asked = |of: &Measures| steps.iter().position(|step| asks(step, of));
            let own = cell.as_ref().and_then(asked).map(|step| (step, index));
            let mut stride = 1_usize;
            let mut found = own;
            for (side, measure) in self.sides.iter().rev().zip([4_u8, 3, 2, 1, 0]) {
                let place = index.checked_div(stride)?.checked_rem(*side)?;
                // An unknown margin is neither more nor less daring than a known one.
                let margin = cell.as_ref().map(|of| of.margin.is_none());
                let unknown = measure == 2 && margin.unwrap_or(place.saturating_add(1) == *side);
                if place > 0 && !unknown && found.is_none() {
                    found = index.checked_sub(stride).and_then(|before| *tamer.get(before)?);
                }
                stride = stride.checked_mul(*side)?;
            }
            tamer.push(found);
            if let (None, Some((step, other)), Some(cell)) = (own, found, cell) {
                let (step, other) = (steps.get(step)?, self.cells.get(other)?.as_ref()?);
                let witness =
                    format!("{} needs nobody; {} needs `{}`", told(cell), told(other), step.code);
                return Some(finding("approval.gap", "steps".to_owned(), step, witness));
            }
        }
        None
    }
}
