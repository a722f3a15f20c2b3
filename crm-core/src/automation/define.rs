//! An automation is defined, and refused where it could never do what it says, or never end.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::loops::circle;
use super::{Automation, AutomationTerms, Then, Watched, When};
use crate::assignment::{Condition, FieldKind, Schema, Slots};
use crate::decision::{Check, Refusal};
use crate::party::{Holds, Pool};
use crate::record::{Ext, Val};
use crate::value::{Code, Id, Invalid, Name, Timestamp};

/// Things that one automation does at most.
const THEN_MAX: usize = 10;

/// An automation, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineAutomation {
    /// What hosts call it; one of that code is defined anew.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it applies; it does where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
    /// Of several that one change sets off, the lowest goes first; among equals the first by code.
    #[serde(default)]
    pub rank: u32,
    /// What it says.
    pub terms: AutomationTerms,
}

const fn yes() -> bool {
    true
}

/// What an automation is judged by besides itself.
#[derive(Clone, Copy, Debug)]
pub struct AutomationGrounds<'a> {
    /// The fields of what it watches.
    pub schema: &'a Schema,
    /// The plain fields that can be set.
    pub settable: &'a BTreeSet<String>,
    /// The pools there are.
    pub pools: &'a [Pool],
    /// The other automations.
    pub others: &'a [Automation],
    /// The instant.
    pub now: Timestamp,
}

/// An automation as it is wished, beside the others there are.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `automation.then_count` · `automation.field` for a field that is not there, or that
/// nothing can be waited from or set to · `automation.watches_nothing` · `automation.wait_zero` · `automation.of_kind` for what
/// cannot be done to its kind of record · `pool.unknown`, `pool.holds_other`, `pool.closed` · `condition.*` ·
/// `automation.never` for a condition that no record passes, with why · `automation.loop` for a circle of automations that
/// set each other off for ever, with the circle. Rule FX-9 (F216, B16).
pub fn define_automation(
    id: Id<Automation>,
    wish: &DefineAutomation,
    grounds: AutomationGrounds<'_>,
) -> Result<Automation, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let terms = &wish.terms;
    on(terms, grounds.schema, &mut check);
    let mut slots = Slots::default();
    terms.only.compile(grounds.schema, &mut slots, "terms.only", &mut check);
    if let Some(why) = never(&terms.only) {
        check.refuse("terms.only", Invalid::new("automation.never", &wish.code).limit(why));
    }
    let count = terms.then.len();
    check.rule((1..=THEN_MAX).contains(&count), "terms.then", || {
        Invalid::new("automation.then_count", &count.to_string()).limit(format!("1 to {THEN_MAX}"))
    });
    for (at, then) in terms.then.iter().enumerate() {
        does(then, terms.of, grounds, &format!("terms.then[{at}]"), &mut check);
    }
    check.done()?;
    let Some((code, name)) = code.zip(name) else {
        return Err(Refusal::by("code.format", "code", ""));
    };
    let rule = Automation {
        id,
        code,
        name,
        active: wish.active,
        rank: wish.rank,
        terms: terms.clone(),
        since: grounds.now,
        ext: Ext::new(),
    };
    if let Some(circle) = circle(&rule, grounds.others).filter(|_| rule.active) {
        let invalid = Invalid::new("automation.loop", &wish.code);
        return Err(Refusal::of(crate::decision::Violation::at(
            "terms.then",
            invalid.limit(circle),
        )));
    }
    Ok(rule)
}

/// What sets it off can happen.
fn on(terms: &AutomationTerms, schema: &Schema, check: &mut Check) {
    let unknown = |field: &str| Invalid::new("automation.field", field);
    match &terms.on {
        When::Created => {}
        When::Changed(fields) => {
            check.rule(!fields.is_empty(), "terms.on.changed", || {
                Invalid::new("automation.watches_nothing", "").limit("at least one field")
            });
            for field in fields {
                check.rule(schema.0.contains_key(field), "terms.on.changed", || {
                    unknown(field).allowed(schema.0.keys().cloned())
                });
            }
        }
        When::After(after) => {
            let instants = schema.0.iter().filter(|(name, field)| {
                field.kind == FieldKind::Instant && !name.starts_with("custom.")
            });
            let instants: Vec<String> = instants.map(|(name, _)| name.clone()).collect();
            check.rule(instants.contains(&after.field), "terms.on.after.field", || {
                unknown(&after.field).allowed(instants.iter().cloned())
            });
            check.rule(after.wait.count() > 0, "terms.on.after.wait", || {
                Invalid::new("automation.wait_zero", "0").limit("at least 1")
            });
            let timed =
                matches!(terms.of, Watched::Lead | Watched::Customer | Watched::Opportunity);
            check.rule(timed, "terms.on.after", || of_kind("after", terms.of));
        }
    }
}

fn of_kind(what: &str, of: Watched) -> Invalid {
    Invalid::new("automation.of_kind", what).limit(format!("not of a record of kind `{of}`"))
}

/// What it does can be done to its kind of record.
fn does(then: &Then, of: Watched, grounds: AutomationGrounds<'_>, path: &str, check: &mut Check) {
    match then {
        Then::Notify(notify) => {
            check.rule(!notify.to.is_empty(), &format!("{path}.notify.to"), || {
                Invalid::new("automation.watches_nothing", "").limit("at least one recipient")
            })
        }
        Then::Plan(plan) => {
            let with = matches!(of, Watched::Lead | Watched::Customer | Watched::Opportunity);
            check.rule(with, &format!("{path}.plan"), || of_kind("plan", of));
            check.rule(plan.within.count() > 0, &format!("{path}.plan.within"), || {
                Invalid::new("automation.wait_zero", "0").limit("at least 1")
            });
        }
        Then::Set(set) => {
            check.rule(grounds.settable.contains(&set.field), &format!("{path}.set.field"), || {
                Invalid::new("automation.field", &set.field)
                    .allowed(grounds.settable.iter().cloned())
            })
        }
        Then::Assign(_) => {
            check.rule(of == Watched::Lead, &format!("{path}.assign"), || of_kind("assign", of));
        }
        Then::Pool(into) => {
            let path = format!("{path}.pool");
            let holds = match of {
                Watched::Lead => Holds::Lead,
                Watched::Customer => Holds::Customer,
                Watched::Contact | Watched::Opportunity | Watched::Activity => {
                    check.refuse(path, of_kind("pool", of));
                    return;
                }
            };
            let named = grounds.pools.iter().find(|pool| pool.code == into.pool);
            let codes = || grounds.pools.iter().map(|pool| pool.code.as_str());
            let wrong = match named {
                None => Some(Invalid::new("pool.unknown", into.pool.as_str()).allowed(codes())),
                Some(pool) if pool.terms.holds != holds => {
                    Some(Invalid::new("pool.holds_other", into.pool.as_str()))
                }
                Some(pool) if !pool.active => Some(Invalid::new("pool.closed", into.pool.as_str())),
                Some(_) => None,
            };
            if let Some(invalid) = wrong {
                check.refuse(path, invalid);
            }
        }
    }
}

/// Why no record passes a condition: two of its parts that must both hold ask one field for different values.
fn never(only: &Condition) -> Option<String> {
    let parts = only.conjuncts();
    let sets = |part: &Condition| match part {
        Condition::In { field, values } => Some((field.clone(), values.clone())),
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Range { .. }
        | Condition::Contains { .. }
        | Condition::Starts { .. }
        | Condition::Missing { .. } => None,
    };
    let asked: Vec<(String, Vec<Val>)> = parts.iter().filter_map(sets).collect();
    let missing = parts.iter().find_map(|part| {
        let Condition::Missing { field } = part else { return None };
        asked.iter().find(|(name, _)| name == field)
    });
    if let Some((field, _)) = missing {
        return Some(format!("`{field}` has no value and one of several at once"));
    }
    for (at, (field, values)) in asked.iter().enumerate() {
        let other = asked.iter().skip(at.saturating_add(1)).find(|(name, others)| {
            name == field && !values.iter().any(|value| others.contains(value))
        });
        if other.is_some() {
            return Some(format!("`{field}` has two values at once"));
        }
    }
    None
}
