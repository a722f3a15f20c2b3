//! What happened after an activity, against what happened without one.
//!
//! A deal is looked at every n days from its making, as long as it is open. A look is *with* where an activity of the type
//! took place in the n days before it, else *without*; the deal advanced where it went to a later stage, or was won, in
//! the n days after it. Both kinds of looks have the same clock, so that a deal need not live long to have an activity.

use std::collections::BTreeMap;

use super::{
    heading,
    query::Query,
    stages::Left,
    stats::{Proportion, Verdict},
    table::{FactTable, MoveKind, Outcome},
};
use crate::export::document::{Cell, Column, Definition, Label, Report, Table, Unit};

/// Looks at one deal end after so many: ten years of weeks.
const LOOKS_MAX: i64 = 520;

/// A deal as it is looked at, in seconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// When it was made.
    pub created_at: i64,
    /// When it was closed; nothing of an open one.
    pub closed_at: Option<i64>,
    /// When it went to a later stage, or was won.
    pub advanced_at: Vec<i64>,
    /// What was done when, by type.
    pub done: Vec<(i64, String)>,
}

/// Looks with, and without, an activity of one type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Advanced, of the looks with one.
    pub with: Proportion,
    /// Advanced, of those without.
    pub without: Proportion,
}

impl Effect {
    /// What can be said of the one against the other.
    pub fn verdict(&self) -> Verdict {
        self.with.against(self.without)
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// By type; under "" any of them.
    pub of: BTreeMap<String, Effect>,
    /// Looks that are not counted since what happened after them is not over.
    pub unknown: u64,
}

/// Looks at deals every `days` days as of second `now`, for each type of `types` and for any of them. Rule SR-9 (F050).
pub fn effects(deals: &[Watched], types: &[String], days: u32, now: i64) -> Effects {
    let span = i64::from(days.max(1)).saturating_mul(86_400);
    let mut found = Effects::default();
    let blank = Effect { with: Proportion::new(0, 0), without: Proportion::new(0, 0) };
    let every = types.iter().cloned().chain([String::new()]);
    found.of = every.map(|of| (of, blank)).collect();
    for deal in deals {
        let until = deal.closed_at.unwrap_or(now).min(now);
        for turn in 1..=LOOKS_MAX {
            let look = deal.created_at.saturating_add(span.saturating_mul(turn));
            if look >= until {
                break;
            }
            let end = look.saturating_add(span);
            let advanced = deal.advanced_at.iter().any(|at| look < *at && *at <= end.min(now));
            // A closed deal can no longer advance; an open one may, until the time is over.
            let is_over = advanced || end <= now || deal.closed_at.is_some_and(|at| at <= now);
            if !is_over {
                found.unknown = found.unknown.saturating_add(1);
                continue;
            }
            let before = look.saturating_sub(span);
            let recent = || deal.done.iter().filter(|(at, _)| before < *at && *at <= look);
            for (of, effect) in &mut found.of {
                let is_with = recent().any(|(_, done)| of.is_empty() || done == of);
                let counted = if is_with { &mut effect.with } else { &mut effect.without };
                counted.trials = counted.trials.saturating_add(1);
                counted.successes = counted.successes.saturating_add(u64::from(advanced));
            }
        }
    }
    found
}

impl FactTable {
    /// A deal as it is looked at, without what was done; nothing where its making or its moves are not known.
    fn watched(&self, deal: usize) -> Option<Watched> {
        let created_at = self.deals.created_at(deal).filter(|_| self.deals.has_history(deal))?;
        let is_onward = |step: &usize| match self.moves.kind.get(*step) {
            Some(MoveKind::Won) => true,
            Some(MoveKind::Moved) => {
                self.direction(self.moves.from.at(*step), self.moves.to.at(*step)) == Left::Onward
            }
            Some(MoveKind::Created | MoveKind::Lost | MoveKind::Reopened) | None => false,
        };
        let onward = self.moves_of(deal).filter(is_onward);
        let is_closed = self.deals.outcome(deal) != Outcome::Open;
        Some(Watched {
            created_at,
            closed_at: self.deals.closed_at(deal).filter(|_| is_closed),
            advanced_at: onward.filter_map(|step| self.moves.at.get(step).copied()).collect(),
            done: Vec::new(),
        })
    }

    /// The deals that a query is about and that were made in its period, with what was `done` in each.
    pub fn watch(
        &self,
        query: &Query,
        done: &BTreeMap<uuid::Uuid, Vec<(i64, String)>>,
    ) -> Vec<Watched> {
        let filter = query.filter.clone().created(query.period);
        let rows = super::filter::Sieve::new(self, &filter, query.zone).rows();
        let watched = rows.into_iter().filter_map(|deal| {
            let mut watched = self.watched(deal)?;
            let own = self.deals.ids.get(deal).and_then(|id| done.get(id));
            watched.done = own.cloned().unwrap_or_default();
            Some(watched)
        });
        watched.collect()
    }
}

impl Effects {
    /// The effects as a document; `name` says what a type is called.
    pub fn report(
        &self,
        table: &FactTable,
        query: &Query,
        days: u32,
        name: &dyn Fn(&str) -> Label,
    ) -> Report {
        let title = Label::new("What happened after activities", "活动之后的推进");
        let mut report = heading::report("effect", title, table, query);
        report.parameters.push(crate::export::document::Parameter {
            key: "days".to_owned(),
            label: Label::new("Days", "天数"),
            value: days.to_string(),
            shown: Label::same(&days.to_string()),
        });
        report.tables = vec![self.table(name)];
        report.definitions = definitions(days);
        heading::note(
            &mut report,
            self.unknown,
            "{n} looks are not counted: what happens after them is not over.",
            "{n} 次观察未计入：其后的期间尚未结束。",
        );
        report
    }

    fn table(&self, name: &dyn Fn(&str) -> Label) -> Table {
        let count = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Count);
        let rate = |key: &str, en, zh| heading::column(key, (en, zh), Unit::Rate);
        let columns: Vec<Column> = vec![
            heading::column("type", ("Activity", "活动类型"), Unit::Text),
            count("with", "Looks with one", "有活动的观察"),
            count("with_advanced", "Advanced", "其中推进"),
            rate("with_rate", "Rate with", "有活动推进率"),
            rate("with_low", "95 % from", "95% 下限"),
            rate("with_high", "95 % to", "95% 上限"),
            count("without", "Looks without", "无活动的观察"),
            count("without_advanced", "Advanced", "其中推进"),
            rate("without_rate", "Rate without", "无活动推进率"),
            rate("without_low", "95 % from", "95% 下限"),
            rate("without_high", "95 % to", "95% 上限"),
            rate("low", "Difference from", "差值下限"),
            rate("high", "Difference to", "差值上限"),
            heading::column("verdict", ("With, against without", "有与无相比"), Unit::Text),
        ];
        let row = |(of, effect): (&String, &Effect)| {
            let mut cells = vec![Cell::Label(name(of))];
            for part in [effect.with, effect.without] {
                cells.extend([Cell::Count(part.trials), Cell::Count(part.successes)]);
                cells.extend(heading::rate_cells(part));
            }
            let told = effect.verdict() != Verdict::TooFew;
            let interval = effect.with.minus_interval(effect.without).filter(|_| told);
            cells.extend([
                Cell::decimal(interval.map(|(low, _)| low)),
                Cell::decimal(interval.map(|(_, high)| high)),
                heading::verdict(effect.verdict()),
            ]);
            cells
        };
        // A type that never stood before a look tells nothing.
        let tells = |(of, effect): &(&String, &Effect)| of.is_empty() || effect.with.trials > 0;
        let mut rows: Vec<(&String, &Effect)> = self.of.iter().filter(tells).collect();
        rows.sort_by_key(|(of, _)| (of.is_empty(), *of));
        Table {
            key: "effect".to_owned(),
            title: Label::new("Deals that advanced, with and without", "有无活动时的推进"),
            columns,
            rows: rows.into_iter().map(row).collect(),
        }
    }
}

fn definitions(days: u32) -> Vec<Definition> {
    vec![
        Definition::new(
            ("Look", "观察"),
            (
                &format!(
                    "Every {days} days from its making, an open deal is looked at: with where an activity of the type took place in the {days} days before, else without. It advanced where it went to a later stage, or was won, in the {days} days after. Deals without stage history are left out; the period is of their making."
                ),
                &format!(
                    "自创建起每 {days} 天对进行中的商机观察一次：之前 {days} 天内有该类活动为“有”，否则为“无”；之后 {days} 天内进入更后阶段或赢单为推进。无阶段历史的商机不计；期间按创建日。"
                ),
            ),
        ),
        Definition::new(
            ("Rates and difference", "比率与差值"),
            (
                "Wilson 95 % intervals, the difference by Newcombe's method 10; \"too few\" below 5 looks. One deal is looked at several times, so the true intervals are somewhat wider. It tells what goes together, nothing of causes: people visit the deals they believe in.",
                "Wilson 95% 区间，差值为 Newcombe 方法 10；少于 5 次记“样本过少”。同一商机会被多次观察，真实区间略宽。只说明相伴，不说明因果：人们会优先拜访看好的商机。",
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::sample::Dice;

    const DAY: i64 = 86_400;

    fn counts(effect: &Effect) -> [u64; 4] {
        let Effect { with, without } = effect;
        [with.successes, with.trials, without.successes, without.trials]
    }

    #[test]
    fn a_look_is_with_an_activity_before_it_and_an_advance_after_it() {
        let day = |day: i64| day * DAY;
        let visit = |at: i64| (day(at), "visit".to_owned());
        let deal = |closed: Option<i64>, advanced: &[i64], done: &[i64]| Watched {
            created_at: 0,
            closed_at: closed.map(day),
            advanced_at: advanced.iter().map(|at| day(*at)).collect(),
            done: done.iter().map(|at| visit(*at)).collect(),
        };
        // Looks on days 10, 20 and 30 of 35 days; the one on day 30 is over on day 40.
        let table = [
            ("a visit, then an advance", deal(None, &[15], &[8]), [1, 1, 0, 1], 1),
            (
                "an advance before the visit is not after it",
                deal(None, &[7], &[8]),
                [0, 1, 0, 1],
                1,
            ),
            ("an advance without a visit", deal(None, &[25], &[]), [0, 0, 1, 2], 1),
            (
                "a visit on the day of the look is before it",
                deal(None, &[20], &[10]),
                [1, 1, 0, 1],
                1,
            ),
            ("won soon is over", deal(Some(32), &[32], &[29]), [1, 1, 0, 2], 0),
            ("lost soon is over and no advance", deal(Some(32), &[], &[29]), [0, 1, 0, 2], 0),
            (
                "closed before the first look is never looked at",
                deal(Some(9), &[9], &[5]),
                [0; 4],
                0,
            ),
            (
                "a call is no visit",
                Watched { done: vec![(day(8), "call".into())], ..deal(None, &[15], &[]) },
                [0, 0, 1, 2],
                1,
            ),
        ];
        for (rule, deal, expected, unknown) in table {
            let found = effects(&[deal], &["visit".to_owned()], 10, day(35));
            assert_eq!((counts(&found.of["visit"]), found.unknown), (expected, unknown), "{rule}");
        }
        let call = Watched { done: vec![(day(8), "call".into())], ..deal(None, &[15], &[]) };
        let found = effects(&[call], &["visit".to_owned()], 10, day(35));
        assert_eq!(counts(&found.of[""]), [1, 1, 0, 1], "any activity will do");
    }

    /// Deals that advance at one rate whatever is done show no effect, though those that live longer have more visits:
    /// what comparing deals with a visit to deals without one would find. And an effect that is there is found.
    #[test]
    fn an_effect_is_found_where_there_is_one_and_only_there() {
        let world = |seed: u64, after_a_visit: u64| {
            let mut dice = Dice(seed);
            let deal = |_| {
                let (mut advanced_at, mut done, mut closed_at) = (Vec::new(), Vec::new(), None);
                let mut visited = false;
                for week in 1..30 {
                    let odds = if visited { after_a_visit } else { 15 };
                    if dice.below(100) < odds {
                        advanced_at.push(week * 7 * DAY - 1);
                    }
                    if dice.below(100) < 5 {
                        closed_at = Some(week * 7 * DAY);
                        break;
                    }
                    visited = dice.below(100) < 30;
                    if visited {
                        done.push((week * 7 * DAY, "visit".to_owned()));
                    }
                }
                Watched { created_at: 0, closed_at, advanced_at, done }
            };
            let deals: Vec<Watched> = (0..400).map(deal).collect();
            effects(&deals, &["visit".to_owned()], 7, 29 * 7 * DAY).of["visit"]
        };
        let alike = (0..40).filter(|seed| world(*seed, 15).verdict() == Verdict::Alike).count();
        assert!(alike >= 34, "no effect, found in {} of 40 worlds", 40 - alike);
        let higher = (0..20).filter(|seed| world(*seed, 25).verdict() == Verdict::Higher).count();
        assert!(higher >= 18, "an effect, found in {higher} of 20 worlds");
    }
}
