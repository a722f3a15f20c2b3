//! The rules of approval are defined, and refused where they could not do what they say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Approvable, ApprovalPolicy, PolicyStep, PolicySteps, lint};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid};

/// Steps that rules have at most.
const STEPS_MAX: usize = 20;

/// Which approvals a kind of document needs: the steps in order, each with who agrees and what asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineApprovalPolicy {
    /// Of which documents: `quote`, `contract` or `order`.
    pub entity: Approvable,
    /// The steps, in order; none asks for nothing.
    pub steps: Vec<PolicyStep>,
    /// Whether they apply; they do where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// Rules as they are wished, among these users. Rule QU-29 (F083, B16).
///
/// # Errors
///
/// `approval.too_many_steps` · `approval.step_twice` · then every finding of [`lint`], by its code and with its witness as
/// the limit.
pub fn define(
    id: Id<ApprovalPolicy>,
    wish: &DefineApprovalPolicy,
    before: Option<&ApprovalPolicy>,
    users: &[User],
) -> Result<ApprovalPolicy, Refusal> {
    let mut check = Check::default();
    check.rule(wish.steps.len() <= STEPS_MAX, "steps", || {
        Invalid::new("approval.too_many_steps", &wish.steps.len().to_string())
            .limit(format!("at most {STEPS_MAX}"))
    });
    for (at, step) in wish.steps.iter().enumerate() {
        let twice = wish.steps.iter().take(at).any(|other| other.code == step.code);
        check.rule(!twice, &format!("steps[{at}].code"), || {
            Invalid::new("approval.step_twice", step.code.as_str())
        });
    }
    check.done()?;
    let mut check = Check::default();
    for finding in lint(&wish.steps, users) {
        let invalid = Invalid::new(&finding.code, finding.step.as_str());
        check.refuse(finding.path, invalid.limit(finding.witness));
    }
    let policy = ApprovalPolicy {
        id,
        entity: wish.entity,
        revision: before.map_or(0, |before| before.revision).saturating_add(1),
        active: wish.active,
        steps: PolicySteps(wish.steps.clone()),
        ext: Ext::new(),
    };
    check.finish(Some(policy))
}
