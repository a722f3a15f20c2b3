//! Which steps a document needs, and the request that asks for them.

use uuid::Uuid;

use super::{
    Approvable, ApprovalPolicy, ApprovalRequest, ApprovalState, Approver, Chain, ChainStep,
    Measures, PolicySteps,
};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Timestamp};

/// The steps that a document of these measures needs, in order. Rule QU-22 (F083).
pub fn chain(steps: &PolicySteps, measures: &Measures) -> Chain {
    let needed = steps
        .0
        .iter()
        .filter(|step| step.when.is_empty() || step.when.iter().any(|when| when.holds(measures)));
    let step = needed.map(|step| ChainStep {
        code: step.code.clone(),
        name: step.name.clone(),
        approver: step.approver,
    });
    Chain(step.collect())
}

/// For which document approval is asked, by whom, among which users.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The kind of the document.
    pub subject_kind: Approvable,
    /// The document.
    pub subject: Uuid,
    /// Who wrote it as it is.
    pub author: &'a User,
    /// Who asks.
    pub asked_by: Id<User>,
    /// Every user.
    pub users: &'a [User],
    /// When.
    pub now: Timestamp,
}

/// The request for the approval that a document needs; nothing where no step asks for it. Every step has somebody who may
/// agree and who neither wrote the document nor asks. Rule QU-23 (F083).
///
/// # Errors
///
/// `approval.nobody` for each step that nobody may agree to (the value is its code, the limit who would).
pub fn ask(
    id: Id<ApprovalRequest>,
    policy: &ApprovalPolicy,
    measures: Measures,
    asking: &Asking<'_>,
) -> Result<Option<ApprovalRequest>, Refusal> {
    let mut needed = chain(&policy.steps, &measures);
    if needed.0.is_empty() || !policy.active {
        return Ok(None);
    }
    let mut check = Check::default();
    for step in &mut needed.0 {
        if let (Approver::Manager, Some(manager)) = (step.approver, asking.author.manager) {
            step.approver = Approver::User(manager);
        }
        let may = |user: &&User| {
            let theirs = match step.approver {
                Approver::Role(role) => user.role == role,
                Approver::User(named) => user.id == named,
                Approver::Manager => false,
            };
            theirs && user.active && user.id != asking.author.id && user.id != asking.asked_by
        };
        check.rule(asking.users.iter().any(|user| may(&user)), "", || {
            Invalid::new("approval.nobody", step.code.as_str()).limit(match step.approver {
                Approver::Role(role) => format!("an active user with the role {role}"),
                Approver::User(named) => format!("user {named}, active and not the author"),
                Approver::Manager => "a manager of the author".to_owned(),
            })
        });
    }
    check.done()?;
    Ok(Some(ApprovalRequest {
        id,
        subject_kind: asking.subject_kind,
        subject: asking.subject,
        policy: policy.id,
        policy_revision: policy.revision,
        author: asking.author.id,
        asked_by: asking.asked_by,
        state: ApprovalState::Pending,
        chain: needed,
        at: 0,
        delegate: None,
        measures,
        asked_at: asking.now,
        ended_at: None,
        ext: Ext::new(),
    }))
}
