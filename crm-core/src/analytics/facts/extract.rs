//! Some of the deals, and the columns that a page counts from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _};
use chrono_tz::Tz;
use uuid::Uuid;

use super::document::{Shown, definitions, none};
use super::narrow::{Interner, Narrow};
use super::{BASE, DashboardAsk, Facts, Keys, index, number};
use crate::analytics::amount::Amount;
use crate::analytics::dimension::Dimension;
use crate::analytics::table::Outcome;
use crate::export::dashboard::{
    DashboardData, DashboardDeals, DashboardMoves, DashboardOwner, DashboardStage, DashboardStep,
    DashboardValue,
};
use crate::export::document::{Label, Parameter};
use crate::value::Timestamp;

/// The values of a column: their codes in the order of the list, 0, "none", first; and which of them deals have.
struct Places {
    order: Vec<u32>,
    of: BTreeMap<u32, u32>,
    used: BTreeSet<u32>,
}

impl Places {
    /// Places of the codes that are used, and of others that are told beside them.
    fn of<K: Ord>(used: BTreeSet<u32>, others: &BTreeSet<u32>, key: impl Fn(u32) -> K) -> Self {
        let mut order: Vec<u32> = used.union(others).copied().filter(|code| *code != 0).collect();
        order.sort_by_cached_key(|code| key(*code));
        order.insert(0, 0);
        let of = (0..).zip(&order).map(|(place, code)| (*code, place)).collect();
        Self { order, of, used }
    }

    fn at(&self, code: u32) -> u32 {
        self.of.get(&code).copied().unwrap_or(0)
    }
}

impl Facts {
    /// The facts of these deals alone, nothing kept: what [`Facts::dashboard`] then counts is what it would count if there
    /// were no others. Rule OUT-3.
    #[must_use]
    pub fn among(&self, deals: &[Uuid]) -> Self {
        let mut is_wanted = vec![false; self.rows.ids.len()];
        for row in deals.iter().filter_map(|id| self.row(*id)) {
            super::put(&mut is_wanted, index(row), true);
        }
        let mut part = Self { board: None, ..self.clone() };
        for (row, _) in (0..).zip(is_wanted).filter(|(_, is_wanted)| !is_wanted) {
            part.forget(row);
            part.rows.reached.set(index(row), 0);
            let moves = part.moves.spans.of(row);
            part.moves.empty = part.moves.empty.saturating_add(moves.len());
            for place in moves {
                part.moves.step.set(place, 0);
            }
            part.moves.spans.set(row, 0, 0);
        }
        part
    }

    /// The columns that a page counts the dashboard from, as of the instant that is asked for. Deals stand in the order
    /// of their ids, whatever order they came in.
    pub fn extract(
        &self,
        keys: &dyn Keys,
        ask: &DashboardAsk,
        as_of: Timestamp,
        odds: &dyn Fn(u32) -> u32,
        parameters: Vec<Parameter>,
    ) -> DashboardData {
        if ask.as_of < self.latest() {
            return self.as_of(ask.as_of).extract(keys, ask, as_of, odds, parameters);
        }
        let rows = self.rows_by_id();
        let shown = Extract::of(self, &rows, keys);
        let (owners, teams) = shown.owners();
        let steps = shown.steps();
        let values = |places, of| shown.values(places, of);
        DashboardData {
            as_of,
            zone: ask.zone.name().to_owned(),
            currency: self.currency.clone(),
            scale: self.scale,
            stale_days: ask.stale_days,
            stale_before: ask.stale_before(),
            top: number(ask.top),
            none: none(),
            parameters,
            definitions: definitions(ask),
            owners,
            teams,
            regions: values(&shown.regions, Dimension::Region),
            sources: values(&shown.sources, Dimension::Source),
            products: values(&shown.products, Dimension::Product),
            sets: shown.sets(),
            stages: shown.stages(odds),
            deals: shown.deals(ask.zone),
            moves: shown.moves(&steps),
            steps,
        }
    }

    fn rows_by_id(&self) -> Vec<u32> {
        let there = (0..number(self.rows.ids.len())).filter(|row| self.rows.place.of(*row) != 0);
        let mut rows: Vec<u32> = there.collect();
        rows.sort_unstable_by_key(|row| self.rows.ids.get(index(*row)).copied());
        rows
    }
}

/// Deals on their way into a page.
struct Extract<'a> {
    facts: &'a Facts,
    shown: Shown<'a>,
    rows: &'a [u32],
    owners: Places,
    regions: Places,
    sources: Places,
    products: Places,
    sets: Places,
    stages: Places,
}

impl<'a> Extract<'a> {
    fn of(facts: &'a Facts, rows: &'a [u32], keys: &'a dyn Keys) -> Self {
        let columns = &facts.rows;
        let used =
            |column: &Narrow| -> BTreeSet<u32> { rows.iter().map(|row| column.of(*row)).collect() };
        let nothing = BTreeSet::new();
        let books = &facts.books;
        let sets = used(&columns.products);
        let set = |code: u32| books.product_sets.value(code).map_or(&[][..], Vec::as_slice);
        let products = |set: &'a [u32]| if set.is_empty() { &[0][..] } else { set };
        let products: BTreeSet<u32> =
            sets.iter().flat_map(|code| products(set(*code))).copied().collect();
        let mut beside = used(&columns.place);
        for row in rows {
            for at in facts.moves.spans.of(*row) {
                let step = books.steps.value(facts.moves.at(at).0);
                beside.extend(step.into_iter().flat_map(|step| [step.from, step.to]));
            }
        }
        let id = |book: &'a Interner<Uuid>| move |code| book.value(code).copied();
        let products = Places::of(products, &nothing, id(&books.products));
        let in_order = |code: &u32| set(*code).iter().map(|one| products.at(*one)).collect();
        let in_order = |code: u32| -> Vec<u32> { in_order(&code) };
        let stage = |code| {
            let id = facts.stage(code).unwrap_or_default();
            (keys.order(id), id)
        };
        Self {
            facts,
            shown: Shown { facts, keys },
            rows,
            owners: Places::of(used(&columns.owner), &nothing, id(&books.owners)),
            regions: Places::of(used(&columns.region), &nothing, |code| facts.region(code)),
            sources: Places::of(used(&columns.source), &nothing, |code| facts.source(code)),
            sets: Places::of(sets, &nothing, in_order),
            stages: Places::of(used(&columns.stage), &beside, stage),
            products,
        }
    }

    fn values(&self, places: &Places, of: Dimension) -> Vec<DashboardValue> {
        let value = |code: &u32| {
            let (key, label) = self.shown.named(of, *code);
            DashboardValue { key, label, is_used: places.used.contains(code) }
        };
        places.order.iter().map(value).collect()
    }

    /// Owners, and the teams that they are of.
    fn owners(&self) -> (Vec<DashboardOwner>, Vec<DashboardValue>) {
        let team = |code: u32| {
            let owner = self.facts.owner(code).unwrap_or_default();
            self.shown.keys.user(owner).1
        };
        let used = self.owners.used.iter().map(|code| team(*code));
        let mut names: BTreeSet<&str> = used.collect();
        let has_none = names.remove("");
        let teams: Vec<&str> = core::iter::once("").chain(names).collect();
        let place = |name: &str| teams.iter().position(|team| *team == name).map_or(0, number);
        let owners = self.values(&self.owners, Dimension::Owner).into_iter();
        let owners = owners.zip(&self.owners.order).map(|(owner, code)| {
            let DashboardValue { key, label, is_used } = owner;
            DashboardOwner { key, label, is_used, team: place(team(*code)) }
        });
        let value = |team: &&str| DashboardValue {
            key: (*team).to_owned(),
            label: if team.is_empty() { none() } else { Label::same(team) },
            is_used: !team.is_empty() || has_none,
        };
        (owners.collect(), teams.iter().map(value).collect())
    }

    fn sets(&self) -> Vec<Vec<u32>> {
        let set = |code: &u32| {
            let products = self.facts.books.product_sets.value(*code).into_iter().flatten();
            let mut set: Vec<u32> = products.map(|one| self.products.at(*one)).collect();
            set.sort_unstable();
            set
        };
        self.sets.order.iter().map(set).collect()
    }

    fn stages(&self, odds: &dyn Fn(u32) -> u32) -> Vec<DashboardStage> {
        let stage = |code: &u32| {
            let (key, name) = self.shown.keys.stage(self.facts.stage(*code).unwrap_or_default());
            let outcome = self.facts.books.outcome(*code);
            DashboardStage {
                key: key.to_owned(),
                label: if name.is_empty() { none() } else { Label::same(name) },
                is_used: self.stages.used.contains(code),
                outcome: match outcome {
                    Outcome::Open => "open",
                    Outcome::Won => "won",
                    Outcome::Lost => "lost",
                }
                .to_owned(),
                odds: if outcome == Outcome::Open { odds(*code) } else { 0 },
            }
        };
        self.stages.order.iter().map(stage).collect()
    }

    fn step(&self, code: u32) -> Option<DashboardStep> {
        let step = self.facts.books.steps.value(code)?;
        let (from, to) = (self.stages.at(step.from), self.stages.at(step.to));
        let is_open = step.from != 0 && self.facts.books.outcome(step.from) == Outcome::Open;
        Some(DashboardStep { from, to, timed: !step.is_first && is_open })
    }

    fn steps(&self) -> Vec<DashboardStep> {
        let moves = self.rows.iter().flat_map(|row| self.facts.moves.spans.of(*row));
        let codes: BTreeSet<u32> = moves.map(|at| self.facts.moves.at(at).0).collect();
        let steps: BTreeSet<DashboardStep> =
            codes.into_iter().filter_map(|code| self.step(code)).collect();
        steps.into_iter().collect()
    }

    fn moves(&self, steps: &[DashboardStep]) -> DashboardMoves {
        let mut moves = DashboardMoves::default();
        for row in self.rows {
            let (mut before, mut count) = (None, 0_u32);
            for at in self.facts.moves.spans.of(*row) {
                let (code, second) = self.facts.moves.at(at);
                let Some(step) = self.step(code) else { continue };
                moves.step.push(steps.binary_search(&step).map_or(0, number));
                moves.stood.push(before.map_or(0, |before| second.saturating_sub(before)));
                before = Some(second);
                count = count.saturating_add(1);
            }
            moves.count.push(count);
        }
        moves
    }

    fn deals(&self, zone: Tz) -> DashboardDeals {
        let columns = &self.facts.rows;
        let codes = |column: &Narrow, places: &Places| -> Vec<u32> {
            self.rows.iter().map(|row| places.at(column.of(*row))).collect()
        };
        let seconds = |column: &[u32]| -> Vec<u32> {
            self.rows.iter().map(|row| column.get(index(*row)).copied().unwrap_or(0)).collect()
        };
        let days = |seconds: &[u32]| seconds.iter().map(|at| day(*at, zone)).collect();
        let amount = |row: &u32| {
            let minor = columns.amount.get(index(*row)).copied().unwrap_or(0);
            let amount = Amount::new(minor.into(), self.facts.scale).to_string();
            (columns.currency.of(*row) == BASE).then_some(amount)
        };
        // Days of January 1970 are taken for none, as the dashboard takes them.
        let expected = |row: &u32| {
            let day = columns.expected.get(index(*row)).copied().unwrap_or(0);
            (day > 30).then_some(i32::from(day))
        };
        let (created, since) = (seconds(&columns.created), seconds(&columns.since));
        DashboardDeals {
            owner: codes(&columns.owner, &self.owners),
            region: codes(&columns.region, &self.regions),
            source: codes(&columns.source, &self.sources),
            stage: codes(&columns.stage, &self.stages),
            place: codes(&columns.place, &self.stages),
            products: codes(&columns.products, &self.sets),
            amount: self.rows.iter().map(amount).collect(),
            odds: self.rows.iter().map(|row| self.facts.odds.get(row).copied()).collect(),
            created_day: days(&created),
            since_day: days(&since),
            created,
            since,
            expected: self.rows.iter().map(expected).collect(),
        }
    }
}

/// The day of a second in a zone, days since 1970; not before the first.
fn day(second: u32, zone: Tz) -> i32 {
    const FIRST: i32 = 719_163;
    let at = DateTime::from_timestamp(second.into(), 0).unwrap_or_default();
    at.with_timezone(&zone).num_days_from_ce().saturating_sub(FIRST).max(0)
}
