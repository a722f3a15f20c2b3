//! Automations that could set each other off for ever.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Automation, AutomationTerms, Then, When};
use crate::assignment::Condition;
use crate::record::Val;

/// Whether one may set off another: it changes a field that the other watches, and what is known of the record then does
/// not keep the other from it.
fn sets_off(one: &AutomationTerms, other: &AutomationTerms) -> Option<String> {
    let When::Changed(watched) = &other.on else { return None };
    let touched = touches(one);
    let field = touched.iter().find(|field| one.of == other.of && watched.contains(**field))?;
    let known = known_after(one);
    let excluded = other.only.conjuncts().iter().any(|part| match part {
        Condition::In { field, values } => {
            known.get(field.as_str()).is_some_and(|known| known.is_disjoint(&texts(values)))
        }
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Range { .. }
        | Condition::Contains { .. }
        | Condition::Starts { .. }
        | Condition::Missing { .. } => false,
    });
    (!excluded).then(|| (*field).to_owned())
}

/// The fields that an automation changes.
fn touches(terms: &AutomationTerms) -> BTreeSet<&str> {
    let mut touched = BTreeSet::new();
    for then in &terms.then {
        match then {
            Then::Set(set) => drop(touched.insert(set.field.as_str())),
            Then::Assign(_) | Then::Pool(_) => touched.extend(["owner", "pool", "queue"]),
            Then::Notify(_) | Then::Plan(_) => {}
        }
    }
    touched
}

/// What is known of a record after an automation did what it says: the values that its condition asked for, and those
/// that it set.
fn known_after(terms: &AutomationTerms) -> BTreeMap<&str, BTreeSet<String>> {
    let touched = touches(terms);
    let mut known = BTreeMap::new();
    for part in terms.only.conjuncts() {
        if let Condition::In { field, values } = part
            && !touched.contains(field.as_str())
        {
            known.insert(field.as_str(), texts(values));
        }
    }
    for then in &terms.then {
        if let Then::Set(set) = then {
            known.insert(set.field.as_str(), spelled(&set.to).into_iter().collect());
        }
    }
    known
}

fn texts(values: &[Val]) -> BTreeSet<String> {
    values.iter().filter_map(|val| spelled(&serde_json::to_value(val).ok()?)).collect()
}

fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}

/// Whether a circle comes to rest: all it does is set fields, and no field to two values.
fn rests(circle: &[&AutomationTerms]) -> bool {
    let mut set: BTreeMap<&str, &Value> = BTreeMap::new();
    circle.iter().flat_map(|terms| &terms.then).all(|then| match then {
        Then::Set(wish) => *set.entry(wish.field.as_str()).or_insert(&wish.to) == &wish.to,
        Then::Assign(_) | Then::Pool(_) => false,
        Then::Notify(_) | Then::Plan(_) => true,
    })
}

/// The circle through `rule` in which automations set each other off for ever, in words; nothing where there is none.
pub(super) fn circle(rule: &Automation, others: &[Automation]) -> Option<String> {
    let all: Vec<&Automation> = others
        .iter()
        .filter(|other| other.active && other.id != rule.id)
        .chain(core::iter::once(rule))
        .collect();
    let mut path = vec![(rule, String::new())];
    walk(rule, &all, &mut path)
}

fn walk<'a>(
    start: &'a Automation,
    all: &[&'a Automation],
    path: &mut Vec<(&'a Automation, String)>,
) -> Option<String> {
    let (last, _) = path.last()?;
    let last = *last;
    for next in all {
        let Some(field) = sets_off(&last.terms, &next.terms) else { continue };
        if next.id == start.id {
            let terms: Vec<&AutomationTerms> = path.iter().map(|(of, _)| &of.terms).collect();
            if rests(&terms) {
                continue;
            }
            return Some(told(start, path, &field));
        }
        if path.iter().any(|(of, _)| of.id == next.id) {
            continue;
        }
        path.push((next, field));
        if let Some(found) = walk(start, all, path) {
            return Some(found);
        }
        path.pop();
    }
    None
}

/// The circle in words, with a record on which it turns.
fn told(start: &Automation, path: &[(&Automation, String)], last: &str) -> String {
    let mut words = format!("a {} that sets off `{}`", start.terms.of, start.code);
    let steps = path.iter().skip(1).map(|(of, field)| (field.as_str(), of.code.as_str()));
    for (field, code) in steps.chain(core::iter::once((last, start.code.as_str()))) {
        words.push_str(&format!(": its `{field}` changes, which sets off `{code}`"));
    }
    words
}
