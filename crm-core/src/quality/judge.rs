//! A record is held against the rules.

use core::cmp::Ordering;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Document, FieldRule, Pattern, RuleTest, Severity};
use crate::decision::Violation;
use crate::value::{Code, Invalid, Timestamp};

/// A rule that a record breaks, or that cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: Code,
    /// What follows; a rule that cannot be judged refuses nothing.
    pub severity: Severity,
    /// What is wrong, and where.
    pub violation: Violation,
}

/// Every active rule that a record breaks, in the order of the rules; a rule that cannot be judged is told as
/// `quality.rule_broken` and stops no other. `known` says whether a field is there.
///
/// # Errors
///
/// None; the codes are `quality.required`, `quality.length`, `quality.format`, `quality.start`, `quality.vocabulary`,
/// `quality.range`, `quality.order`, and `quality.form` for a value that is no number, day or instant where one is asked
/// for. Rule QUAL-2 (F160, F162).
pub fn judge<'a>(
    rules: impl IntoIterator<Item = &'a FieldRule>,
    document: &Document,
    known: impl Fn(&str) -> bool,
) -> Vec<Broken> {
    let mut broken = Vec::new();
    for rule in rules.into_iter().filter(|rule| rule.active) {
        let unknown = rule.test.fields().into_iter().find(|field| !known(field));
        if let Some(field) = unknown {
            let invalid = Invalid::new("quality.rule_broken", rule.code.as_str());
            let violation =
                Violation::at(field, invalid.limit("a rule over fields that are there"));
            broken.push(Broken { rule: rule.code.clone(), severity: Severity::Warn, violation });
            continue;
        }
        for (path, invalid) in faults(&rule.test, document) {
            let why = rule.message.as_ref().map(|message| message.as_str());
            let why = why.or(invalid.limit.as_deref()).unwrap_or_default();
            let limit = format!("{why} (rule {})", rule.code);
            let violation = Violation::at(path, Invalid { limit: Some(limit), ..invalid });
            broken.push(Broken { rule: rule.code.clone(), severity: rule.severity, violation });
        }
    }
    broken
}

/// What is wrong with a record by one test: where, and what.
pub(super) fn faults(test: &RuleTest, document: &Document) -> Vec<(String, Invalid)> {
    let each = |field: &str, wrong: &dyn Fn(&str) -> Option<Invalid>| {
        let values = document.get(field);
        let path = |at: usize| {
            if values.len() > 1 { format!("{field}[{at}]") } else { field.to_owned() }
        };
        let faults = values
            .iter()
            .enumerate()
            .filter_map(|(at, value)| wrong(value).map(|invalid| (path(at), invalid)));
        faults.collect::<Vec<_>>()
    };
    match test {
        RuleTest::Required { field } if document.get(field).is_empty() => {
            vec![(field.clone(), Invalid::new("quality.required", "").limit("something"))]
        }
        RuleTest::Required { .. } => Vec::new(),
        RuleTest::Length { field, min, max } => each(field, &|value| {
            let chars = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
            let fits = min.is_none_or(|min| chars >= min) && max.is_none_or(|max| chars <= max);
            let limit = format!("{} characters", between(min.as_ref(), max.as_ref()));
            (!fits).then(|| Invalid::new("quality.length", value).limit(limit))
        }),
        RuleTest::Format { field, pattern } => each(field, &|value| {
            let fits = Pattern::parse(pattern).is_ok_and(|pattern| pattern.fits(value));
            (!fits).then(|| Invalid::new("quality.format", value).limit(pattern.clone()))
        }),
        RuleTest::StartsWith { field, any_of } => each(field, &|value| {
            let fits = any_of.iter().any(|start| value.starts_with(start.as_str()));
            (!fits).then(|| Invalid::new("quality.start", value).allowed(any_of.iter().cloned()))
        }),
        RuleTest::OneOf { field, values } => each(field, &|value| {
            let fits = values.iter().any(|one| one == value);
            (!fits)
                .then(|| Invalid::new("quality.vocabulary", value).allowed(values.iter().cloned()))
        }),
        RuleTest::Range { field, min, max } => each(field, &|value| {
            let beyond = |bound: &Option<String>, wrong: Ordering| match bound {
                None => Ok(false),
                Some(bound) => order(value, bound).map(|found| found == wrong).ok_or(()),
            };
            let limit = between(min.as_ref(), max.as_ref());
            match (beyond(min, Ordering::Less), beyond(max, Ordering::Greater)) {
                (Ok(false), Ok(false)) => None,
                (Err(()), _) | (_, Err(())) => {
                    Some(Invalid::new("quality.form", value).limit(limit))
                }
                _ => Some(Invalid::new("quality.range", value).limit(limit)),
            }
        }),
        RuleTest::Order { first, then } => {
            let pair = document.get(first).first().zip(document.get(then).first());
            let Some((earlier, later)) = pair else { return Vec::new() };
            let code = match order(earlier, later) {
                Some(Ordering::Less | Ordering::Equal) => return Vec::new(),
                Some(Ordering::Greater) => "quality.order",
                None => "quality.form",
            };
            vec![(then.clone(), Invalid::new(code, later).limit(format!("not before {first}")))]
        }
        RuleTest::When { condition, then } => {
            let held = document.get(&condition.field);
            let holds = match &condition.equals {
                None => !held.is_empty(),
                Some(wanted) => held.iter().any(|value| value == wanted),
            };
            if holds { faults(then, document) } else { Vec::new() }
        }
    }
}

fn between<T: core::fmt::Display>(min: Option<&T>, max: Option<&T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "anything".to_owned(),
    }
}

/// The order of two numbers, two days or two instants; nothing for others.
pub(super) fn order(one: &str, other: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(other)) = (one.parse::<Decimal>(), other.parse::<Decimal>()) {
        return Some(one.cmp(&other));
    }
    if let (Ok(one), Ok(other)) = (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        return Some(one.cmp(&other));
    }
    let day = |text: &str| text.get(..10).unwrap_or(text).parse::<NaiveDate>().ok();
    let is_number = one.parse::<Decimal>().is_ok() || other.parse::<Decimal>().is_ok();
    if is_number { None } else { Some(day(one)?.cmp(&day(other)?)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::super::RuleEntity;
    use super::*;
    use crate::value::Id;

    fn rule(code: &str, test: serde_json::Value) -> FieldRule {
        FieldRule {
            id: Id::new(Uuid::nil()),
            code: code.parse().unwrap(),
            entity: RuleEntity::Lead,
            test: serde_json::from_value(test).unwrap(),
            severity: Severity::Refuse,
            message: None,
            active: true,
            ext: Default::default(),
        }
    }

    #[test]
    fn every_broken_rule_is_told_and_none_hides_another() {
        let lead = json!({"name": "王伟", "source": "web", "phones": ["1", "22", "333"], "emails": [],
            "custom": {"size": 12, "from": "2026-03-01", "to": "2026-02-28", "note": "x"}});
        let document = Document::asked(lead.as_object().unwrap());
        #[rustfmt::skip]
        let table = [
            ("something", json!({"is": "required", "field": "name"}), ""),
            ("nothing", json!({"is": "required", "field": "emails"}), "emails quality.required"),
            ("an empty field breaks no other rule", json!({"is": "length", "field": "emails", "min": 9}), ""),
            ("the second of three", json!({"is": "length", "field": "phones", "min": 2, "max": 2}), "phones[0] quality.length, phones[2] quality.length"),
            ("Chinese characters", json!({"is": "format", "field": "name", "pattern": "H{2,4}"}), ""),
            ("letters", json!({"is": "format", "field": "name", "pattern": "a{2,4}"}), "name quality.format"),
            ("a beginning", json!({"is": "starts_with", "field": "source", "any_of": ["w"]}), ""),
            ("another", json!({"is": "starts_with", "field": "source", "any_of": ["x", "y"]}), "source quality.start"),
            ("a word", json!({"is": "one_of", "field": "source", "values": ["web", "fair"]}), ""),
            ("no such word", json!({"is": "one_of", "field": "source", "values": ["we"]}), "source quality.vocabulary"),
            ("in bounds", json!({"is": "range", "field": "custom.size", "min": "12", "max": "12.0"}), ""),
            ("out of bounds", json!({"is": "range", "field": "custom.size", "min": "12.5"}), "custom.size quality.range"),
            ("a number as text is one", json!({"is": "range", "field": "custom.size", "max": "9"}), "custom.size quality.range"),
            ("no number", json!({"is": "range", "field": "custom.note", "max": "9"}), "custom.note quality.form"),
            ("a day", json!({"is": "range", "field": "custom.from", "min": "2026-01-01"}), ""),
            ("out of order", json!({"is": "order", "first": "custom.from", "then": "custom.to"}), "custom.to quality.order"),
            ("no order", json!({"is": "order", "first": "custom.from", "then": "custom.note"}), "custom.note quality.form"),
            ("half of an order", json!({"is": "order", "first": "custom.from", "then": "custom.x"}), ""),
            ("if so, then", json!({"is": "when", "condition": {"field": "source", "equals": "web"}, "then": {"is": "required", "field": "emails"}}), "emails quality.required"),
            ("if not so", json!({"is": "when", "condition": {"field": "source", "equals": "fair"}, "then": {"is": "required", "field": "emails"}}), ""),
            ("if anything", json!({"is": "when", "condition": {"field": "source"}, "then": {"is": "required", "field": "emails"}}), "emails quality.required"),
        ];
        let told = |rules: &[FieldRule]| {
            let broken = judge(rules, &document, |field| field != "gone");
            let told = broken.iter().map(|b| format!("{} {}", b.violation.path, b.violation.code));
            told.collect::<Vec<_>>().join(", ")
        };
        let mut all = Vec::new();
        let mut expected_of_all = Vec::new();
        for (what, test, expected) in table {
            let rule = rule("r", test);
            assert_eq!(told(core::slice::from_ref(&rule)), expected, "{what}");
            all.push(rule);
            expected_of_all.extend((!expected.is_empty()).then_some(expected));
        }
        // A rule over a field that is gone stands first, and hides none.
        all.insert(0, rule("lost", json!({"is": "required", "field": "gone"})));
        expected_of_all.insert(0, "gone quality.rule_broken");
        assert_eq!(told(&all), expected_of_all.join(", "));
        let asleep: Vec<FieldRule> =
            all.into_iter().map(|rule| FieldRule { active: false, ..rule }).collect();
        assert_eq!(told(&asleep), "");
    }
}
