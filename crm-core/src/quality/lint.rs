//! A rule that nothing can keep to is found when it is defined.

use core::cmp::Ordering;

use super::judge::{faults, order};
use super::{Document, FieldRule, Pattern, RuleTest, Severity};
use crate::decision::Check;
use crate::value::Invalid;

/// Says what is wrong with a test by itself: `quality.field` (unknown), `quality.empty`, `quality.contradiction` with a
/// witness, `quality.nested`, `pattern.*`, `quality.bound`.
pub(super) fn lint(check: &mut Check, path: &str, test: &RuleTest, known: &[String]) {
    let at = |name: &str| format!("{path}.{name}");
    for (name, field) in named(test) {
        check.rule(known.iter().any(|known| known == field), &at(name), || {
            Invalid::new("quality.field", field).allowed(known.iter().cloned())
        });
    }
    match test {
        RuleTest::Required { .. } | RuleTest::Order { .. } => {}
        RuleTest::Length { min, max, .. } => {
            check.rule(min.is_some() || max.is_some(), path, || {
                Invalid::new("quality.empty", "").limit("a least or a greatest length")
            });
            if let (Some(min), Some(max)) = (min, max) {
                check.rule(min <= max, &at("max"), || {
                    let witness =
                        format!("no text has at least {min} and at most {max} characters");
                    Invalid::new("quality.contradiction", &max.to_string()).limit(witness)
                });
            }
        }
        RuleTest::Format { pattern, .. } => {
            check.take(&at("pattern"), Pattern::parse(pattern));
        }
        RuleTest::StartsWith { any_of: values, .. } | RuleTest::OneOf { values, .. } => {
            check.rule(!values.is_empty(), path, || {
                Invalid::new("quality.empty", "").limit("at least one text")
            });
        }
        RuleTest::Range { min, max, .. } => {
            check.rule(min.is_some() || max.is_some(), path, || {
                Invalid::new("quality.empty", "").limit("a least or a greatest value")
            });
            for (name, bound) in [("min", min), ("max", max)] {
                let Some(bound) = bound else { continue };
                check.rule(order(bound, bound).is_some(), &at(name), || {
                    Invalid::new("quality.bound", bound).limit("a number, a day or an instant")
                });
            }
            if let (Some(min), Some(max)) = (min, max) {
                check.rule(order(min, max) != Some(Ordering::Greater), &at("max"), || {
                    let witness = format!("nothing is at least {min} and at most {max}");
                    Invalid::new("quality.contradiction", max).limit(witness)
                });
            }
        }
        RuleTest::When { then, .. } => {
            let nested = matches!(**then, RuleTest::When { .. });
            check.rule(!nested, &at("then"), || Invalid::new("quality.nested", "when"));
            if !nested {
                lint(check, &at("then"), then, known);
            }
        }
    }
}

/// The fields that a test names itself, and where.
fn named(test: &RuleTest) -> Vec<(&'static str, &str)> {
    match test {
        RuleTest::Required { field }
        | RuleTest::Length { field, .. }
        | RuleTest::Format { field, .. }
        | RuleTest::StartsWith { field, .. }
        | RuleTest::OneOf { field, .. }
        | RuleTest::Range { field, .. } => vec![("field", field)],
        RuleTest::Order { first, then } => vec![("first", first), ("then", then)],
        RuleTest::When { condition, .. } => vec![("condition.field", &condition.field)],
    }
}

/// Says which other rule a rule contradicts (`quality.contradiction`), with a witness: rules that refuse, always, over
/// the same field, of which no value keeps both.
///
/// Found are words that another rule refuses one and all, lengths that exclude each other (of patterns too), and bounds
/// that do.
pub(super) fn contradictions(check: &mut Check, rule: &FieldRule, others: &[FieldRule]) {
    if rule.severity != Severity::Refuse || !rule.active {
        return;
    }
    for other in others.iter().filter(|other| other.id != rule.id) {
        let counts = other.active && other.severity == Severity::Refuse;
        if !counts || other.entity != rule.entity {
            continue;
        }
        if let Some(witness) = clash(&rule.test, &other.test) {
            let limit = format!("{witness} (rule {})", other.code);
            check.refuse(
                "test",
                Invalid::new("quality.contradiction", rule.code.as_str()).limit(limit),
            );
        }
    }
}

/// Why no value keeps both tests.
fn clash(one: &RuleTest, other: &RuleTest) -> Option<String> {
    let field = single(one).filter(|field| single(other) == Some(field))?;
    if let (Some((least, most)), Some((low, high))) = (chars(one), chars(other))
        && (least > high || low > most)
    {
        return Some(format!("{least} to {most} characters, and {low} to {high}"));
    }
    if let (RuleTest::Range { min, max, .. }, RuleTest::Range { min: low, max: high, .. }) =
        (one, other)
    {
        for (least, most) in [(min, high), (low, max)] {
            let (Some(least), Some(most)) = (least, most) else { continue };
            if order(least, most) == Some(Ordering::Greater) {
                return Some(format!("nothing is at least {least} and at most {most}"));
            }
        }
    }
    for (words, test) in [(one, other), (other, one)] {
        let RuleTest::OneOf { values, .. } = words else { continue };
        let refused = |value: &String| {
            let document = Document::default().with(field, vec![value.clone()]);
            !faults(test, &document).is_empty()
        };
        if values.iter().all(refused) {
            return values
                .first()
                .map(|value| format!("`{value}` and every other word is refused"));
        }
    }
    None
}

/// The one field of a test that always holds for it.
fn single(test: &RuleTest) -> Option<&str> {
    match test {
        RuleTest::Length { field, .. }
        | RuleTest::Format { field, .. }
        | RuleTest::StartsWith { field, .. }
        | RuleTest::OneOf { field, .. }
        | RuleTest::Range { field, .. } => Some(field),
        RuleTest::Required { .. } | RuleTest::Order { .. } | RuleTest::When { .. } => None,
    }
}

/// How many characters a test allows.
fn chars(test: &RuleTest) -> Option<(usize, usize)> {
    let count = |count: Option<u32>, otherwise: usize| {
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or(otherwise)
    };
    match test {
        RuleTest::Length { min, max, .. } => Some((count(*min, 0), count(*max, usize::MAX))),
        RuleTest::Format { pattern, .. } => Some(Pattern::parse(pattern).ok()?.chars()),
        RuleTest::Required { .. }
        | RuleTest::StartsWith { .. }
        | RuleTest::OneOf { .. }
        | RuleTest::Range { .. }
        | RuleTest::Order { .. }
        | RuleTest::When { .. } => None,
    }
}
