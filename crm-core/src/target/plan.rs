//! What was in force when, and whether the parts add up to the whole.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Kpi, Scope, Span, Target};
use crate::value::{Id, Timestamp};

/// What somebody should reach of a key figure in a period, as it was in force at an instant: the last revision set until
/// then. Rule KP-3 (F138).
pub fn in_force(
    targets: &[Target],
    kpi: Id<Kpi>,
    scope: Scope,
    span: Span,
    at: Timestamp,
) -> Option<&Target> {
    let of = targets.iter().filter(|target| {
        target.kpi == kpi && target.whose() == scope && target.span() == span && target.set_at <= at
    });
    of.max_by_key(|target| target.revision)
}

/// The target of a period: its own, or the sum of those of its parts where figures add up and every part has one.
/// Rule KP-4 (F138, W27).
pub fn rolled_up(
    targets: &[Target],
    kpi: &Kpi,
    scope: Scope,
    span: Span,
    at: Timestamp,
) -> Option<Decimal> {
    if let Some(own) = in_force(targets, kpi.id, scope, span, at) {
        return Some(own.value);
    }
    let parts = span.parts();
    if parts.is_empty() || !kpi.aggregation.adds_up() {
        return None;
    }
    parts.into_iter().try_fold(Decimal::ZERO, |sum, part| {
        sum.checked_add(rolled_up(targets, kpi, scope, part, at)?)
    })
}

/// A target beside those of its parts: teams of the house, members of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose target it is.
    pub scope: Scope,
    /// Theirs.
    pub own: Decimal,
    /// The sum of the parts that have one.
    pub parts: Decimal,
    /// How many parts have one.
    pub with: u32,
    /// How many have none.
    pub without: u32,
}

impl Gap {
    /// What no part has been given: own target less those of the parts; below zero where they were given more.
    pub fn open(&self) -> Decimal {
        self.own.checked_sub(self.parts).unwrap_or_default()
    }
}

/// What of the target of `scope` its `parts` have not been given; nothing where it has no target, or figures do not add
/// up. Rule KP-5 (F138).
pub fn gap(of: &BTreeMap<Scope, Decimal>, kpi: &Kpi, scope: Scope, parts: &[Scope]) -> Option<Gap> {
    let own = *of.get(&scope).filter(|_| kpi.aggregation.adds_up())?;
    let mut gap = Gap { scope, own, parts: Decimal::ZERO, with: 0, without: 0 };
    for part in parts {
        match of.get(part) {
            Some(value) => {
                gap.parts = gap.parts.checked_add(*value)?;
                gap.with = gap.with.saturating_add(1);
            }
            None => gap.without = gap.without.saturating_add(1),
        }
    }
    Some(gap)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::record::Ext;
    use crate::target::{Aggregation, KpiOf, Narrowed, ScopeKind};

    const LI: Scope = (ScopeKind::User, Uuid::from_u128(1));
    const WANG: Scope = (ScopeKind::User, Uuid::from_u128(2));
    const NORTH: Scope = (ScopeKind::Team, Uuid::from_u128(3));

    fn kpi(aggregation: Aggregation) -> Kpi {
        Kpi {
            id: Id::new(Uuid::from_u128(7)),
            code: "won".parse().unwrap(),
            name: "Won".parse().unwrap(),
            of: KpiOf::Won,
            aggregation,
            only: Narrowed::default(),
            active: true,
            ext: Ext::new(),
        }
    }

    fn target(scope: Scope, period: &str, revision: u32, value: i64, set_at: &str) -> Target {
        let span: Span = period.parse().unwrap();
        Target {
            id: Id::new(Uuid::from_u128(u128::from(revision))),
            kpi: Id::new(Uuid::from_u128(7)),
            scope_kind: scope.0,
            scope: scope.1,
            grain: span.grain,
            from_day: span.from,
            revision,
            value: value.into(),
            reason: None,
            by: Id::new(Uuid::nil()),
            set_at: set_at.parse().unwrap(),
            ext: Ext::new(),
        }
    }

    #[test]
    fn what_was_in_force_then_is_the_last_that_was_set_until_then() {
        let (first, second) = ("2026-10-20T00:00:00Z", "2026-11-15T00:00:00Z");
        let targets = [
            target(LI, "2026-11", 1, 100, first),
            target(LI, "2026-11", 2, 80, second),
            target(WANG, "2026-11", 1, 7, first),
        ];
        let table = [
            ("before any", LI, "2026-10-19T00:00:00Z", None),
            ("the first", LI, first, Some(100)),
            ("the first until the second", LI, "2026-11-14T23:59:59Z", Some(100)),
            ("the second", LI, second, Some(80)),
            ("another's", WANG, second, Some(7)),
            ("nobody's", NORTH, second, None),
        ];
        for (what, scope, at, expected) in table {
            let (at, span) = (at.parse().unwrap(), "2026-11".parse().unwrap());
            let found = rolled_up(&targets, &kpi(Aggregation::Sum), scope, span, at);
            assert_eq!(found, expected.map(Decimal::from), "{what}");
        }
    }

    #[test]
    fn a_quarter_without_a_target_of_its_own_is_the_sum_of_its_months() {
        let at = "2026-10-01T00:00:00Z";
        let months = |months: &[&str]| -> Vec<Target> {
            months.iter().map(|month| target(LI, month, 1, 10, at)).collect()
        };
        let quarter = ["2026-10", "2026-11", "2026-12"];
        let mut own = months(&quarter);
        own.push(target(LI, "2026-Q4", 1, 40, at));
        let table = [
            ("all months", months(&quarter), Aggregation::Sum, Some(30)),
            ("a month without", months(&quarter[..2]), Aggregation::Sum, None),
            ("rates do not add up", months(&quarter), Aggregation::Rate, None),
            ("its own goes before", own, Aggregation::Sum, Some(40)),
        ];
        for (what, targets, aggregation, expected) in table {
            let (span, at) = ("2026-Q4".parse().unwrap(), at.parse().unwrap());
            let found = rolled_up(&targets, &kpi(aggregation), LI, span, at);
            assert_eq!(found, expected.map(Decimal::from), "{what}");
        }
    }

    #[test]
    fn parts_that_do_not_add_up_to_the_whole_are_told() {
        let of: BTreeMap<Scope, Decimal> =
            [(NORTH, 100.into()), (LI, 30.into()), (WANG, 50.into())].into();
        let other = (ScopeKind::User, Uuid::from_u128(8));
        let found = gap(&of, &kpi(Aggregation::Sum), NORTH, &[LI, WANG, other]).unwrap();
        assert_eq!((found.open(), found.with, found.without), (20.into(), 2, 1));
        assert_eq!(gap(&of, &kpi(Aggregation::Rate), NORTH, &[LI]), None, "rates do not add up");
        assert_eq!(gap(&of, &kpi(Aggregation::Sum), other, &[LI]), None, "no target, no gap");
    }
}
