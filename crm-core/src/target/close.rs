//! A period is closed: its figures are frozen, and what was corrected since in earlier ones is booked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kpi, PeriodClose, PeriodFigure, Scope, Span};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// Closes a period that is over: every figure of every person, team and the house is frozen as it is known now, with
/// its target. Corrections of earlier periods that became known since are booked in it as adjustments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosePeriod {
    /// `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// A figure: what was reached over how many, and what should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// What was reached; nothing where it cannot be told.
    pub value: Option<Decimal>,
    /// Over how many.
    pub count: i64,
    /// What should be reached.
    pub target: Option<Decimal>,
}

/// Figures by key figure and whose they are.
pub type Figures = BTreeMap<(Id<Kpi>, Scope), Frozen>;

/// The closing of a period.
///
/// # Errors
///
/// `period.format`, `period.not_over` where `today` still lies in it or before it, `period.closed` where it was closed
/// before (period) · `text.*` (note). Rule KP-6 (F142).
pub fn close(
    wish: &ClosePeriod,
    closed: &[PeriodClose],
    today: NaiveDate,
    by: Id<User>,
    now: Timestamp,
) -> Result<PeriodClose, Refusal> {
    let mut check = Check::default();
    let span: Option<Span> = check.parse("period", Some(&wish.period));
    let note: Option<Note> = check.parse("note", wish.note.as_deref());
    if let Some(span) = span {
        check.rule(span.to() <= today, "period", || {
            Invalid::new("period.not_over", &wish.period).limit(format!("from {}", span.to()))
        });
        let before = closed.iter().find(|one| one.span() == span);
        check.rule(before.is_none(), "period", || {
            let at = before.map(|one| one.closed_at.to_string()).unwrap_or_default();
            Invalid::new("period.closed", &wish.period).limit(format!("closed at {at}"))
        });
    }
    let close = span.map(|span| PeriodClose {
        id: Id::derived([b"period".as_slice(), span.to_string().as_bytes()]),
        grain: span.grain,
        from_day: span.from,
        by,
        closed_at: now,
        note,
        ext: Ext::new(),
    });
    check.finish(close)
}

/// By how much what is known now is more than what was frozen and since adjusted: figures that are as they were are left
/// out. A figure that cannot be told now, or could not then, counts as 0 there. Rule KP-7 (F142).
pub fn adjustments(frozen: &Figures, booked: &[PeriodFigure], now: &Figures) -> Figures {
    let mut known: BTreeMap<(Id<Kpi>, Scope), (Decimal, i64)> = BTreeMap::new();
    let of = |figure: &Frozen| (figure.value.unwrap_or_default(), figure.count);
    for (key, figure) in frozen {
        known.insert(*key, of(figure));
    }
    for figure in booked {
        let key = (figure.kpi, figure.whose());
        let (value, count) = known.entry(key).or_default();
        *value = value.checked_add(figure.value.unwrap_or_default()).unwrap_or(*value);
        *count = count.saturating_add(figure.count);
    }
    let mut all: Vec<(Id<Kpi>, Scope)> = known.keys().chain(now.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    let mut found = Figures::new();
    for key in all {
        let (was, had) = known.get(&key).copied().unwrap_or_default();
        let (is, has) = now.get(&key).map(of).unwrap_or_default();
        let more = is.checked_sub(was).unwrap_or_default().normalize();
        let count = has.saturating_sub(had);
        if !more.is_zero() || count != 0 {
            found.insert(key, Frozen { value: Some(more), count, target: None });
        }
    }
    found
}

impl PeriodClose {
    /// The rows that a closing writes: figures of the period itself, or corrections of another.
    pub fn figures(&self, corrects: Option<Id<Self>>, figures: &Figures) -> Vec<PeriodFigure> {
        let row = |((kpi, scope), figure): (&(Id<Kpi>, Scope), &Frozen)| {
            let of = corrects.map_or(uuid::Uuid::nil(), |of| of.uuid());
            PeriodFigure {
                id: Id::derived([
                    self.id.uuid().as_bytes().as_slice(),
                    of.as_bytes(),
                    kpi.uuid().as_bytes(),
                    scope.0.code().as_bytes(),
                    scope.1.as_bytes(),
                ]),
                close: self.id,
                corrects,
                kpi: *kpi,
                scope_kind: scope.0,
                scope: scope.1,
                value: figure.value,
                count: figure.count,
                target: figure.target,
                ext: Ext::new(),
            }
        };
        figures.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;
    use crate::target::ScopeKind;

    const NOW: &str = "2026-12-01T02:00:00Z";

    fn closed(period: &str, today: &str, before: &[PeriodClose]) -> Result<PeriodClose, Refusal> {
        let wish = ClosePeriod { period: period.into(), note: None };
        let today = today.parse().unwrap();
        close(&wish, before, today, Id::new(Uuid::nil()), NOW.parse().unwrap())
    }

    #[test]
    fn a_period_is_closed_once_when_it_is_over() {
        let november = closed("2026-11", "2026-12-01", &[]).unwrap();
        let table = [
            ("that is over", "2026-11", "2026-12-01", vec![], ""),
            ("on its last day", "2026-11", "2026-11-30", vec![], "period period.not_over"),
            ("to come", "2027", "2026-12-01", vec![], "period period.not_over"),
            (
                "closed before",
                "2026-11",
                "2026-12-01",
                vec![november.clone()],
                "period period.closed",
            ),
            ("of another length", "2026-Q3", "2026-12-01", vec![november], ""),
            ("that is none", "Q3", "2026-12-01", vec![], "period period.format"),
        ];
        for (what, period, today, before, expected) in table {
            let decided = closed(period, today, &before);
            assert_eq!(broken(&decided).join(", "), expected, "a period {what}");
        }
    }

    #[test]
    fn what_is_corrected_after_closing_is_booked_once() {
        let kpi = Id::new(Uuid::from_u128(1));
        let who = |bits| (ScopeKind::User, Uuid::from_u128(bits));
        let figures = |rows: &[(u128, i64, i64)]| -> Figures {
            let row = |(bits, value, count): &(u128, i64, i64)| {
                let value = Some(Decimal::from(*value));
                ((kpi, who(*bits)), Frozen { value, count: *count, target: None })
            };
            rows.iter().map(row).collect()
        };
        let frozen = figures(&[(1, 100, 2), (2, 50, 1)]);
        assert_eq!(adjustments(&frozen, &[], &frozen), Figures::new(), "nothing was corrected");
        let now = figures(&[(1, 80, 1), (2, 50, 1), (3, 7, 1)]);
        let found = adjustments(&frozen, &[], &now);
        assert_eq!(found, figures(&[(1, -20, -1), (3, 7, 1)]), "less, the same, and new");
        let november = closed("2026-11", "2026-12-01", &[]).unwrap();
        let october = closed("2026-10", "2026-12-01", &[]).unwrap();
        let booked = november.figures(Some(october.id), &found);
        assert_eq!(adjustments(&frozen, &booked, &now), Figures::new(), "booked is booked");
        let back = adjustments(&frozen, &booked, &frozen);
        assert_eq!(back, figures(&[(1, 20, 1), (3, -7, -1)]), "and taken back where it was wrong");
    }
}
