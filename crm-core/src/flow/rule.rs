//! A rule of flow is defined, and refused where it could never do what it says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, FlowRule, FlowTerms, Trigger};
use crate::decision::{Check, Refusal};
use crate::lead::{Holds, Pool};
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name, Wait};

/// A rule of flow, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineFlowRule {
    /// What reasons call it; a rule of that code is defined anew.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it applies; it does where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
    /// Of several rules that move a lead at once, the lowest says where it goes; among equals the first by code.
    #[serde(default)]
    pub rank: u32,
    /// What it says.
    pub terms: FlowTerms,
}

const fn yes() -> bool {
    true
}

/// A rule as it is wished, beside the others there are.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `flow_rule.wait_zero` for a trigger that waits for nothing · `flow_rule.warned_at_once`
/// for a warning that would come before the wait began · `flow_rule.pool_missing` for a move without a pool · `flow_rule.pool_unused` ·
/// `flow_rule.pool_closed` · `flow_rule.pool_holds_other` · `flow_rule.of_leads` for what no customer has, its score or the
/// rules of assignment · `flow_rule.bounces_unused` for what moves nothing · `flow_rule.shadowed` for a rule that
/// another always forestalls, with a lead on which it does. Rule FLOW-3 (F026, F027, B16).
pub fn define_rule(
    id: Id<FlowRule>,
    wish: &DefineFlowRule,
    pool: Option<&Pool>,
    others: &[FlowRule],
) -> Result<FlowRule, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let terms = &wish.terms;
    trigger(terms, &mut check);
    let moves = terms.moves();
    check.rule(!moves || terms.pool.is_some(), "terms.pool", || {
        Invalid::new("flow_rule.pool_missing", terms.then.code()).limit("where leads go")
    });
    check.rule(moves || terms.pool.is_none(), "terms.pool", || {
        Invalid::new("flow_rule.pool_unused", terms.then.code()).limit("only with a move")
    });
    check.rule(pool.is_none_or(|pool| pool.active || !wish.active), "terms.pool", || {
        let code = terms.pool.as_ref().map_or("", Code::as_str);
        Invalid::new("flow_rule.pool_closed", code).limit("an active pool")
    });
    check.rule(pool.is_none_or(|pool| pool.terms.holds == terms.of), "terms.pool", || {
        let code = terms.pool.as_ref().map_or("", Code::as_str);
        Invalid::new("flow_rule.pool_holds_other", code).limit(format!("a pool of {}s", terms.of))
    });
    let customers = terms.of == Holds::Customer;
    for (path, of_leads, what) in [
        ("terms.when", terms.when.wait().is_none(), "score and grade"),
        ("terms.then", terms.then == Action::Reassign, Action::Reassign.code()),
    ] {
        check.rule(!(customers && of_leads), path, || {
            Invalid::new("flow_rule.of_leads", what).limit("a rule over leads")
        });
    }
    check.rule(moves || terms.max_bounces.is_none(), "terms.max_bounces", || {
        Invalid::new("flow_rule.bounces_unused", terms.then.code()).limit("only with a move")
    });
    let forestalled = others.iter().find(|other| other.id != id && other.forestalls(terms));
    if let Some(other) = forestalled.filter(|_| wish.active) {
        let invalid = Invalid::new("flow_rule.shadowed", &wish.code);
        check.refuse("terms.when", invalid.limit(witness(other, terms)));
    }
    let rule = code.zip(name).map(|(code, name)| FlowRule {
        id,
        code,
        name,
        active: wish.active,
        rank: wish.rank,
        terms: terms.clone(),
        ext: Ext::new(),
    });
    check.finish(rule)
}

/// What a trigger waits for can happen, and a warning comes before it.
fn trigger(terms: &FlowTerms, check: &mut Check) {
    let zero = match &terms.when {
        Trigger::NoFirstFollowUp(wait) | Trigger::Silence(wait) => wait.count() == 0,
        Trigger::ScoreDrop(drop) => drop.points == 0,
        Trigger::GradeChange(change) => change.to.is_empty(),
    };
    check.rule(!zero, "terms.when", || {
        Invalid::new("flow_rule.wait_zero", "0").limit("at least 1 minute, day, point or grade")
    });
    let Some(minutes) = terms.warn_before_minutes else { return };
    let longest = match terms.when.wait() {
        Some(Wait::ElapsedMinutes(whole)) => Some(whole),
        Some(Wait::WorkingMinutes(_) | Wait::Days(_) | Wait::WorkingDays(_)) => None,
        None => Some(0),
    };
    if let Some(whole) = longest.filter(|whole| minutes >= *whole) {
        let invalid = Invalid::new("flow_rule.warned_at_once", &minutes.to_string());
        check.refuse("terms.warn_before_minutes", invalid.limit(format!("less than {whole}")));
    }
}

/// One on which a rule never applies, since another moved it before.
fn witness(other: &FlowRule, terms: &FlowTerms) -> String {
    let count = |terms: &FlowTerms| terms.when.wait().map_or(0, Wait::count);
    let source = terms.sources.first().map(|source| format!(" of source `{source}`"));
    format!(
        "a {}{} that nobody follows up is moved by `{}` after {}, before {}",
        terms.of,
        source.unwrap_or_default(),
        other.code,
        count(&other.terms),
        count(terms),
    )
}

impl FlowTerms {
    /// Whether the rule takes a lead from its owner.
    pub const fn moves(&self) -> bool {
        matches!(self.then, Action::Reassign | Action::Pool)
    }
}

impl FlowRule {
    /// Whether this rule always moves one before the other terms could apply to it: the same trigger, the same kind of
    /// time and calendar, a shorter wait, no source that it leaves out, and no bounce limit.
    fn forestalls(&self, terms: &FlowTerms) -> bool {
        let (Some(own), Some(other)) = (self.terms.when.wait(), terms.when.wait()) else {
            return false;
        };
        let same =
            core::mem::discriminant(&self.terms.when) == core::mem::discriminant(&terms.when);
        let covers = self.terms.sources.is_empty()
            || (!terms.sources.is_empty() && terms.sources.is_subset(&self.terms.sources));
        self.active
            && self.terms.of == terms.of
            && self.terms.moves()
            && self.terms.max_bounces.is_none()
            && same
            && covers
            && own.is_alike(other)
            && self.terms.calendar == terms.calendar
            && own.count() < other.count()
    }
}
