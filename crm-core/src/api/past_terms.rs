//! What was believed of deals before: amounts, expected days and odds as the facts tell them.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use uuid::Uuid;

use super::facts;
use crate::analytics::{day_start, outlook::Terms};
use crate::audit::{Fact, RecordChange};
use crate::engine::{Cx, Error};
use crate::record::{Kind, Val};

/// What is believed of a deal now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Believed {
    pub(super) created_at: i64,
    pub(super) amount: Option<i64>,
    pub(super) currency: String,
    pub(super) expected: Option<i64>,
    pub(super) odds: Option<u32>,
}

/// One change of what is believed: when it was recorded, and what was there before, field by field.
type Changed = (i64, Vec<(String, Val)>);

const AMOUNT: &str = "amount_minor";
const CURRENCY: &str = "amount_currency";
const EXPECTED: &str = "expected_close";
const ODDS: &str = "probability_override_basis_points";

/// The versions of what was believed of each deal that was ever changed, oldest first, by what was recorded when; amounts
/// in `base` alone. Deals that were brought in by an import and changed by none are left out: what is believed of them
/// has been believed since they were made.
pub(super) fn past_terms(
    cx: &Cx<'_>,
    zone: Tz,
    base: &str,
    now: &BTreeMap<Uuid, Believed>,
) -> Result<BTreeMap<Uuid, Vec<Terms>>, Error> {
    let mut changes: BTreeMap<Uuid, Vec<Changed>> = BTreeMap::new();
    let mut corrupt = None;
    facts::scan_columns::<Fact>(cx, &["recorded_at", "changes"], |vals| {
        let [Val::Int(at), Val::Text(text)] = vals else { return };
        if ![AMOUNT, EXPECTED, ODDS].iter().any(|field| text.contains(field)) {
            return;
        }
        match serde_json::from_str::<Vec<RecordChange>>(text) {
            Ok(found) => note(&mut changes, at.div_euclid(1_000_000), found),
            Err(error) => corrupt = corrupt.take().or(Some(error)),
        }
    })?;
    if let Some(error) = corrupt {
        return Err(Error::Internal(format!("a fact does not decode: {error}")));
    }
    let versions = changes
        .into_iter()
        .filter_map(|(id, changes)| Some((id, versions(now.get(&id)?, changes, zone, base))));
    Ok(versions.collect())
}

/// Keeps what a fact says of deals that were changed.
fn note(changes: &mut BTreeMap<Uuid, Vec<Changed>>, at: i64, found: Vec<RecordChange>) {
    use crate::audit::What;
    for change in found.into_iter().filter(|change| change.kind == Kind::Opportunity.name()) {
        if matches!(change.what, What::Created | What::Deleted) {
            continue;
        }
        let fields = change.fields.into_iter();
        let fields: Vec<(String, Val)> = fields
            .filter(|field| [AMOUNT, CURRENCY, EXPECTED, ODDS].contains(&field.field.as_str()))
            .map(|field| (field.field, field.from))
            .collect();
        if !fields.is_empty() {
            changes.entry(change.id).or_default().push((at, fields));
        }
    }
}

/// The versions of one deal, told backwards from what is believed now. Rule FC-6 (F137).
fn versions(now: &Believed, mut changes: Vec<Changed>, zone: Tz, base: &str) -> Vec<Terms> {
    changes.sort_by_key(|(at, _)| *at);
    let mut known = now.clone();
    let mut versions = Vec::with_capacity(changes.len().saturating_add(1));
    let terms = |known: &Believed, since: i64| Terms {
        since,
        amount: known.amount.filter(|_| known.currency == base),
        expected: known.expected,
        odds: known.odds,
    };
    for (at, fields) in changes.into_iter().rev() {
        versions.push(terms(&known, at));
        for (field, from) in fields {
            let number = match &from {
                Val::Int(number) => Some(*number),
                Val::Null | Val::Bool(_) | Val::Text(_) | Val::Bytes(_) | Val::Id(_) => None,
            };
            let text = match &from {
                Val::Text(text) => text.as_str(),
                Val::Null | Val::Bool(_) | Val::Int(_) | Val::Bytes(_) | Val::Id(_) => "",
            };
            match field.as_str() {
                AMOUNT => known.amount = number,
                CURRENCY => text.clone_into(&mut known.currency),
                EXPECTED => known.expected = text.parse().ok().map(|day| day_start(day, zone)),
                _ => known.odds = number.and_then(|points| u32::try_from(points).ok()),
            }
        }
    }
    versions.push(terms(
        &known,
        known.created_at.min(versions.last().map_or(i64::MAX, |last| last.since)),
    ));
    versions.reverse();
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opportunity::Opportunity;
    use crate::record::Entity;

    #[test]
    fn what_was_believed_is_told_backwards_from_what_is() {
        let now = Believed {
            created_at: 100,
            amount: Some(900),
            currency: "CNY".into(),
            expected: None,
            odds: Some(4_000),
        };
        let text = |text: &str| Val::from(text);
        let changes = vec![
            (300, vec![(AMOUNT.to_owned(), Val::Int(700)), (ODDS.to_owned(), Val::Null)]),
            (200, vec![(AMOUNT.to_owned(), Val::Int(500)), (CURRENCY.to_owned(), text("USD"))]),
            (400, vec![(EXPECTED.to_owned(), text("1970-01-02"))]),
        ];
        let found = versions(&now, changes, Tz::UTC, "CNY");
        let rows: Vec<_> = found
            .iter()
            .map(|terms| (terms.since, terms.amount, terms.expected, terms.odds))
            .collect();
        assert_eq!(
            rows,
            [
                (100, None, Some(86_400), None),
                (200, Some(700), Some(86_400), None),
                (300, Some(900), Some(86_400), Some(4_000)),
                (400, Some(900), None, Some(4_000)),
            ]
        );
        let columns = ["recorded_at", "changes"];
        let there = columns.iter().filter(|name| Fact::def().field_named(name).is_some());
        assert_eq!(there.count(), columns.len(), "every column that is read is there");
        let fields = [AMOUNT, CURRENCY, EXPECTED, ODDS];
        let there = fields.iter().filter(|name| Opportunity::def().field_named(name).is_some());
        assert_eq!(there.count(), fields.len(), "every field that is looked for is there");
    }
}
