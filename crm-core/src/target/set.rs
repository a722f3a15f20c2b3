//! A target is set, or set anew.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Aggregation, Kpi, Scope, ScopeKind, Span, Target};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::{Team, User};
use crate::value::{Id, Invalid, Note, Quantity, Timestamp};

/// What somebody shall reach in a period. A target that is there gets a new revision; the ones before stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTarget {
    /// The code of the key figure.
    pub kpi: String,
    /// Whose: this user's.
    #[serde(default)]
    pub user: Option<Id<User>>,
    /// Whose: this team's. Of neither user nor team it is everybody's.
    #[serde(default)]
    pub team: Option<Id<Team>>,
    /// `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
    /// What shall be reached: money in major units of the base currency, a count, or a share of 1 (growth and rates).
    pub value: String,
    /// Why it is changed: asked for once the period has begun.
    #[serde(default)]
    pub reason: Option<String>,
}

impl SetTarget {
    /// Whose target it is.
    ///
    /// # Errors
    ///
    /// `target.of_two` (team) where both a user and a team are named.
    pub fn scope(&self) -> Result<Scope, Invalid> {
        match (self.user, self.team) {
            (Some(user), None) => Ok((ScopeKind::User, user.uuid())),
            (None, Some(team)) => Ok((ScopeKind::Team, team.uuid())),
            (None, None) => Ok((ScopeKind::Tenant, Uuid::nil())),
            (Some(_), Some(team)) => {
                Err(Invalid::new("target.of_two", &team.to_string()).limit("a user or a team"))
            }
        }
    }
}

/// The revision that a wish makes, after `last`; nothing where it says what is in force already.
///
/// # Errors
///
/// `target.of_two` (team) · `period.format` (period) · `decimal.*`, `target.negative`, `target.no_share` for a rate above 1
/// (value) · `text.*` (reason) · `kpi.retired` (kpi) · `target.no_reason` for a change in a period that has begun (reason).
/// Rule KP-2 (F138).
pub fn set(
    wish: &SetTarget,
    kpi: &Kpi,
    last: Option<&Target>,
    by: Id<User>,
    now: (Timestamp, chrono::NaiveDate),
) -> Result<Option<Target>, Refusal> {
    let mut check = Check::default();
    let scope = check.take("team", wish.scope());
    let span: Option<Span> = check.parse("period", Some(&wish.period));
    let value = check.parse::<Signed>("value", Some(&wish.value)).map(|value| value.0);
    let reason: Option<Note> = check.parse("reason", wish.reason.as_deref());
    check.rule(kpi.active, "kpi", || Invalid::new("kpi.retired", kpi.code.as_str()));
    if let Some(value) = value {
        let may_fall = kpi.aggregation == Aggregation::Growth;
        check.rule(may_fall || !value.is_sign_negative(), "value", || {
            Invalid::new("target.negative", &value.to_string()).limit("not below 0")
        });
        let is_share = kpi.aggregation == Aggregation::Rate;
        check.rule(!is_share || value <= rust_decimal::Decimal::ONE, "value", || {
            Invalid::new("target.no_share", &value.to_string()).limit("at most 1")
        });
    }
    let says_the_same = last.zip(value).is_some_and(|(last, value)| last.value == value);
    if let Some((span, _)) = span.zip(last) {
        let begun = span.from <= now.1;
        check.rule(!begun || says_the_same || reason.is_some(), "reason", || {
            Invalid::new("target.no_reason", "").limit(format!("{span} has begun"))
        });
    }
    let parts = scope.zip(span).zip(value);
    let target = parts.map(|((scope, span), value)| {
        let revision = last.map_or(1, |last| last.revision.saturating_add(1));
        (!says_the_same).then(|| Target {
            id: id_of(kpi.id, scope, span, revision),
            kpi: kpi.id,
            scope_kind: scope.0,
            scope: scope.1,
            grain: span.grain,
            from_day: span.from,
            revision,
            value,
            reason: reason.clone(),
            by,
            set_at: now.0,
            ext: Ext::new(),
        })
    });
    check.finish(target)
}

/// The id of a revision: derived from what it is about, so that two who set the same target at once are in conflict.
fn id_of(kpi: Id<Kpi>, scope: Scope, span: Span, revision: u32) -> Id<Target> {
    let (kpi, period) = (kpi.uuid(), span.to_string());
    let scope = (scope.0.code(), scope.1);
    Id::derived([
        b"target".as_slice(),
        kpi.as_bytes(),
        scope.0.as_bytes(),
        scope.1.as_bytes(),
        period.as_bytes(),
        &revision.to_be_bytes(),
    ])
}

/// A decimal that may be below zero.
struct Signed(rust_decimal::Decimal);

impl core::str::FromStr for Signed {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (rust_decimal::Decimal::NEGATIVE_ONE, digits),
            None => (rust_decimal::Decimal::ONE, text),
        };
        let size: Quantity = digits.parse()?;
        let value = size.number().checked_mul(sign);
        value
            .map(|value| Self(value.normalize()))
            .ok_or_else(|| Invalid::new("decimal.precision", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;
    use crate::target::{DefineKpi, Narrowed, define};

    fn kpi(of: &str, aggregation: &str) -> Kpi {
        let wish = DefineKpi {
            code: "k".into(),
            name: "K".into(),
            of: of.into(),
            aggregation: aggregation.into(),
            only: Narrowed::default(),
            retired: false,
        };
        define(Id::new(Uuid::from_u128(7)), &wish, None).unwrap()
    }

    fn wish(period: &str, value: &str, reason: Option<&str>) -> SetTarget {
        SetTarget {
            kpi: "k".into(),
            user: Some(Id::new(Uuid::from_u128(1))),
            team: None,
            period: period.into(),
            value: value.into(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn a_target_is_set_anew_with_a_reason_once_its_period_has_begun() {
        let by = Id::new(Uuid::from_u128(9));
        let now: Timestamp = "2026-11-16T04:00:00Z".parse().unwrap();
        let now = (now, "2026-11-16".parse().unwrap());
        let sum = kpi("won", "sum");
        let first = set(&wish("2026-11", "100000.00", None), &sum, None, by, now).unwrap().unwrap();
        assert_eq!((first.revision, first.value.to_string()), (1, "100000".to_owned()));
        let later = set(&wish("2026-12", "1", None), &sum, None, by, now).unwrap().unwrap();
        #[rustfmt::skip]
        let table = [
            ("the same", &sum, wish("2026-11", "100000", None), Some(&first), "", None),
            ("another, unsaid why", &sum, wish("2026-11", "90000", None), Some(&first), "reason target.no_reason", None),
            ("another, and why", &sum, wish("2026-11", "90000", Some("two are ill")), Some(&first), "", Some(2)),
            ("another, of what has not begun", &sum, wish("2026-12", "2", None), Some(&later), "", Some(2)),
            ("below zero", &sum, wish("2026-11", "-1", None), None, "value target.negative", None),
            ("no number", &sum, wish("2026-11", "x", None), None, "value decimal.format", None),
            ("no period", &sum, wish("November", "1", None), None, "period period.format", None),
            ("a rate above one", &kpi("closed", "rate"), wish("2026-11", "1.5", None), None, "value target.no_share", None),
            ("a growth below zero", &kpi("won", "growth"), wish("2026-11", "-0.05", None), None, "", Some(1)),
            ("of a figure no longer used", &Kpi { active: false, ..sum.clone() }, wish("2026-11", "1", None), None, "kpi kpi.retired", None),
        ];
        for (what, kpi, wish, last, expected, revision) in table {
            let decided = set(&wish, kpi, last, by, now);
            assert_eq!(broken(&decided).join(", "), expected, "a target {what}");
            let made = decided.ok().flatten().map(|target| target.revision);
            assert_eq!(made, revision, "a target {what}");
        }
        let both = SetTarget { team: Some(Id::new(Uuid::from_u128(2))), ..wish("2026", "1", None) };
        assert_eq!(broken(&set(&both, &sum, None, by, now)).join(", "), "team target.of_two");
    }
}
