//! Which deals a figure is about: the same filter narrows a report and names the members of a figure.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    dimension::Dimension,
    period::{Period, Seconds},
    table::{FactTable, Outcome},
};

/// A conjunction: a deal must meet every condition that is set. An empty filter admits all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// For each dimension the keys that are admitted, `""` for "(none)". Conditions on product and category must hold
    /// for one and the same line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub is: BTreeMap<Dimension, BTreeSet<String>>,
    /// The outcomes that are admitted; all of them when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<BTreeSet<Outcome>>,
    /// When it was created; an undated deal is admitted by [`Period::ALL`] alone.
    #[serde(skip_serializing_if = "is_all")]
    pub created: Period,
    /// When it was won or lost; likewise.
    #[serde(skip_serializing_if = "is_all")]
    pub closed: Period,
    /// Key of a stage that it has stood in at some time, by its known moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<String>,
    /// Key of the furthest stage of its pipeline that it has stood in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub furthest: Option<String>,
    /// Key of a stage that it has stood in and gone beyond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
    /// Whether its stage moves are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<bool>,
    /// Whether its amount is known in the base currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priced: Option<bool>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_all(period: &Period) -> bool {
    period.is_all()
}

impl Filter {
    /// The filter that also demands `dimension` to be `key` (`""` for "(none)").
    #[must_use]
    pub fn with(mut self, dimension: Dimension, key: &str) -> Self {
        let admitted = self.is.entry(dimension).or_insert_with(|| BTreeSet::from([key.to_owned()]));
        admitted.retain(|one| one == key);
        self
    }

    /// The filter that also demands the outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        let admitted = self.outcomes.get_or_insert_with(|| BTreeSet::from([outcome]));
        admitted.retain(|one| *one == outcome);
        self
    }

    /// The filter that also demands creation within `period`.
    #[must_use]
    pub fn created(mut self, period: Period) -> Self {
        self.created = self.created.and(period);
        self
    }

    /// The filter that also demands winning or losing within `period`.
    #[must_use]
    pub fn closed(mut self, period: Period) -> Self {
        self.closed = self.closed.and(period);
        self
    }

    /// Whether it asks for properties of lines.
    pub fn is_of_lines(&self) -> bool {
        self.is.keys().any(|dimension| dimension.is_of_lines())
    }
}

impl FactTable {
    /// The ids of the deals that `filter` admits, its days taken in `zone`, in their order.
    ///
    /// Every row of a result carries the filter of its members, so this is the evidence behind each figure.
    pub fn members(&self, filter: &Filter, zone: Tz) -> Vec<Uuid> {
        let sieve = Sieve::new(self, filter, zone);
        let admitted = (0..self.len()).filter(|deal| sieve.admits(*deal));
        admitted.filter_map(|deal| self.deals.ids.get(deal).copied()).collect()
    }
}

/// A filter in the table's codes and seconds.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    table: &'a FactTable,
    /// Whether no condition is set.
    pub(super) admits_all: bool,
    of_deals: Vec<(Dimension, Vec<bool>)>,
    of_lines: Vec<(Dimension, Vec<bool>)>,
    outcomes: Option<BTreeSet<Outcome>>,
    created: Option<Seconds>,
    closed: Option<Seconds>,
    reached: Option<Option<u32>>,
    furthest: Option<Option<u32>>,
    passed: Option<Option<u32>>,
    history: Option<bool>,
    priced: Option<bool>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(table: &'a FactTable, filter: &Filter, zone: Tz) -> Self {
        let stage = |key: &String| table.dictionary(Dimension::Stage).code(key);
        let seconds = |period: Period| (!period.is_all()).then(|| period.seconds_in(zone));
        let admitted = |(dimension, keys): (&Dimension, &BTreeSet<String>)| {
            let dictionary = table.dictionary(*dimension);
            let codes = (0..).take(dictionary.len());
            (*dimension, codes.map(|code| keys.contains(dictionary.key(code))).collect())
        };
        let (of_lines, of_deals) =
            filter.is.iter().map(admitted).partition(|(dimension, _)| dimension.is_of_lines());
        Self {
            table,
            admits_all: *filter == Filter::default(),
            of_deals,
            of_lines,
            outcomes: filter.outcomes.clone(),
            created: seconds(filter.created),
            closed: seconds(filter.closed),
            reached: filter.reached.as_ref().map(stage),
            furthest: filter.furthest.as_ref().map(stage),
            passed: filter.passed.as_ref().map(stage),
            history: filter.history,
            priced: filter.priced,
        }
    }

    /// The rows it admits, ascending.
    pub(super) fn rows(&self) -> Vec<usize> {
        if self.admits_all {
            return (0..self.table.len()).collect();
        }
        (0..self.table.len()).filter(|deal| self.admits(*deal)).collect()
    }

    pub(super) fn admits(&self, deal: usize) -> bool {
        let deals = &self.table.deals;
        let within = |span: Option<Seconds>, at: Option<i64>| {
            span.is_none_or(|span| at.is_some_and(|at| span.contains(at)))
        };
        let is = |wanted: Option<bool>, found: bool| wanted.is_none_or(|wanted| wanted == found);
        self.outcomes.as_ref().is_none_or(|admitted| admitted.contains(&deals.outcome(deal)))
            && self
                .of_deals
                .iter()
                .all(|(of, admitted)| bit(admitted, deals.codes.get(*of).at(deal)))
            && within(self.created, deals.created_at(deal))
            && within(self.closed, deals.closed_at(deal))
            && is(self.history, deals.has_history(deal))
            && is(self.priced, deals.base_minor(deal).is_some())
            && self.admits_lines(deal)
            && self.admits_path(deal)
    }

    fn admits_path(&self, deal: usize) -> bool {
        let stood_in = |stage: Option<u32>| {
            stage
                .is_some_and(|stage| stage != 0 && self.table.stages_stood_in(deal).contains(stage))
        };
        let furthest = |stage: Option<u32>| self.table.furthest_stage(deal) == stage;
        self.reached.is_none_or(stood_in)
            && self.furthest.is_none_or(|stage| stage.is_some() && furthest(stage))
            && self.passed.is_none_or(|stage| stood_in(stage) && !furthest(stage))
    }

    /// Whether `line` meets the conditions on product and category.
    pub(super) fn admits_line(&self, line: usize) -> bool {
        let lines = &self.table.lines;
        self.of_lines.iter().all(|(dimension, admitted)| {
            let codes =
                if *dimension == Dimension::Product { &lines.product } else { &lines.category };
            bit(admitted, codes.at(line))
        })
    }

    fn admits_lines(&self, deal: usize) -> bool {
        if self.of_lines.is_empty() {
            return true;
        }
        let lines = self.table.lines_of(deal);
        let has_none =
            lines.is_empty() && self.of_lines.iter().all(|(_, admitted)| bit(admitted, 0));
        has_none || self.table.lines_of(deal).any(|line| self.admits_line(line))
    }
}

fn bit(bits: &[bool], code: u32) -> bool {
    usize::try_from(code).ok().and_then(|at| bits.get(at)).copied().unwrap_or(false)
}
