//! A rule of flow is defined, and refused where it could never do what it says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, FlowRule, FlowTerms};
use crate::decision::{Check, Refusal};
use crate::lead::Pool;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name};

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
/// `code.*` (code) · `text.*` (name) · `flow_rule.wait_zero` · `flow_rule.warned_at_once` for a warning that would come
/// before the wait began · `flow_rule.pool_missing` for a move without a pool · `flow_rule.pool_unused` ·
/// `flow_rule.pool_closed` · `flow_rule.bounces_unused` for what moves nothing · `flow_rule.shadowed` for a rule that
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
    let wait = terms.when.wait();
    check.rule(wait.count() > 0, "terms.when", || {
        Invalid::new("flow_rule.wait_zero", "0").limit("at least 1")
    });
    if let (Some(minutes), crate::value::Wait::ElapsedMinutes(whole)) =
        (terms.warn_before_minutes, wait)
    {
        check.rule(minutes < whole, "terms.warn_before_minutes", || {
            Invalid::new("flow_rule.warned_at_once", &minutes.to_string())
                .limit(format!("less than {whole}"))
        });
    }
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
    check.rule(moves || terms.max_bounces.is_none(), "terms.max_bounces", || {
        Invalid::new("flow_rule.bounces_unused", terms.then.code()).limit("only with a move")
    });
    let forestalled = others.iter().find(|other| other.id != id && other.forestalls(terms));
    if let Some(other) = forestalled.filter(|_| wish.active) {
        let (first, own) = (other.terms.when.wait(), wait);
        let invalid = Invalid::new("flow_rule.shadowed", &wish.code).limit(format!(
            "less than {}: a lead that nobody follows up is moved by `{}` after {first:?}, before {own:?}",
            first.count(),
            other.code,
        ));
        check.refuse("terms.when", invalid);
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

impl FlowTerms {
    /// Whether the rule takes a lead from its owner.
    pub const fn moves(&self) -> bool {
        matches!(self.then, Action::Reassign | Action::Pool)
    }
}

impl FlowRule {
    /// Whether this rule always moves a lead before the other terms could apply to it: the same trigger, the same kind of
    /// time and calendar, a shorter wait, no source that it leaves out, and no bounce limit.
    fn forestalls(&self, terms: &FlowTerms) -> bool {
        let (own, other) = (self.terms.when.wait(), terms.when.wait());
        let same =
            core::mem::discriminant(&self.terms.when) == core::mem::discriminant(&terms.when);
        let covers = self.terms.sources.is_empty()
            || (!terms.sources.is_empty() && terms.sources.is_subset(&self.terms.sources));
        self.active
            && self.terms.moves()
            && self.terms.max_bounces.is_none()
            && same
            && covers
            && own.is_alike(other)
            && self.terms.calendar == terms.calendar
            && own.count() < other.count()
    }
}
