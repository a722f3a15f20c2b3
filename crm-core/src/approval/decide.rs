//! What is said to a request for approval: agreed, not agreed, left to somebody else, taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApprovalRequest, ApprovalState, ApprovalStep, ApprovalVote, Approvals, Approver};
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

/// Agrees to the next step of a request for approval. Whoever wrote the document or asked cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Which request.
    pub id: Id<ApprovalRequest>,
    /// Why.
    #[serde(default)]
    pub comment: Option<String>,
}

/// Does not agree: the document goes back to whoever asked, or to an earlier step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// Which request.
    pub id: Id<ApprovalRequest>,
    /// To which earlier step; back to whoever asked where nothing is said.
    #[serde(default)]
    pub to_step: Option<String>,
    /// Why.
    pub comment: String,
}

/// Leaves the next step of a request to somebody else. Only they can agree to it then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Which request.
    pub id: Id<ApprovalRequest>,
    /// To whom: an active user who neither wrote the document nor asked.
    pub to: Id<User>,
    /// Why.
    #[serde(default)]
    pub comment: Option<String>,
}

/// Takes a request for approval back. Whoever asked or wrote the document can.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Which request.
    pub id: Id<ApprovalRequest>,
    /// Why.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A request after something was said to it, and what was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The request.
    pub request: ApprovalRequest,
    /// What was said.
    pub vote: ApprovalVote,
}

/// Who says it, and when; the id and number of the vote.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// Who.
    pub user: &'a User,
    /// When.
    pub now: Timestamp,
    /// The id that the vote gets.
    pub vote: Id<ApprovalVote>,
    /// How many votes there were.
    pub votes: u32,
}

/// The request after the next step agreed: the one after it is next, or all have agreed. Rule QU-24 (F083).
///
/// # Errors
///
/// `approval.already_*` of one that ended · `approval.own` to whoever wrote the document or asked · `approval.not_yours`
/// to whom the step does not wait for · `text.*` (comment).
pub fn approve(
    request: &ApprovalRequest,
    wish: &Approve,
    by: Speaker<'_>,
) -> Result<Decided, Refusal> {
    let last =
        usize::try_from(request.at).is_ok_and(|at| at.saturating_add(1) >= request.chain.0.len());
    let step = if last { ApprovalStep::Finish } else { ApprovalStep::Grant };
    let state = permitted(request, step, by)?;
    let mut check = Check::default();
    let comment = check.parse("comment", wish.comment.as_deref());
    check.done()?;
    let next = ApprovalRequest {
        state,
        at: request.at.saturating_add(1),
        delegate: None,
        ..request.clone()
    };
    Ok(decided(request, next, by, Said { kind: step, comment, ..Said::default() }))
}

/// The request after somebody did not agree: at an earlier step, which must agree again as all after it, or over.
/// Rule QU-25 (F083).
///
/// # Errors
///
/// `approval.already_*` · `approval.own` · `approval.not_yours` · `approval.step_unknown` for a step that is not before the
/// next one (the allowed ones) · `text.*` (comment).
pub fn reject(
    request: &ApprovalRequest,
    wish: &Reject,
    by: Speaker<'_>,
) -> Result<Decided, Refusal> {
    let back = wish.to_step.is_some();
    let step = if back { ApprovalStep::SendBack } else { ApprovalStep::Reject };
    let state = permitted(request, step, by)?;
    let mut check = Check::default();
    let mut at = request.at;
    if let Some(code) = wish.to_step.as_deref() {
        let earlier = (0_u32..request.at).zip(&request.chain.0);
        match earlier.clone().find(|(_, step)| step.code.as_str() == code) {
            Some((index, _)) => at = index,
            None => check.refuse(
                "to_step",
                Invalid::new("approval.step_unknown", code)
                    .allowed(earlier.map(|(_, step)| step.code.as_str())),
            ),
        }
    }
    let comment: Option<Note> = check.take("comment", Note::parse(&wish.comment));
    check.done()?;
    let next = ApprovalRequest { state, at, delegate: None, ..request.clone() };
    let to_step = wish.to_step.as_deref().and_then(|code| Code::parse(code).ok());
    Ok(decided(request, next, by, Said { kind: step, to_step, comment, ..Said::default() }))
}

/// The request with its next step left to somebody else. Rule QU-26 (F083).
///
/// # Errors
///
/// `approval.already_*` · `approval.own` · `approval.not_yours` · `approval.delegate` to one who is not active, wrote the
/// document, asked, or has it already · `text.*` (comment).
pub fn delegate(
    request: &ApprovalRequest,
    wish: &Delegate,
    to: &User,
    by: Speaker<'_>,
) -> Result<Decided, Refusal> {
    let state = permitted(request, ApprovalStep::Delegate, by)?;
    let mut check = Check::default();
    let own = to.id == request.author || to.id == request.asked_by;
    check.rule(to.active && !own && to.id != by.user.id, "to", || {
        Invalid::new("approval.delegate", to.login.as_str())
            .limit("another active user, who neither wrote the document nor asked")
    });
    let comment = check.parse("comment", wish.comment.as_deref());
    check.done()?;
    let next = ApprovalRequest { state, delegate: Some(to.id), ..request.clone() };
    let said = Said { to_user: Some(to.id), comment, ..Said::default() };
    Ok(decided(request, next, by, Said { kind: ApprovalStep::Delegate, ..said }))
}

/// The request as taken back. Rule QU-27 (F083).
///
/// # Errors
///
/// `approval.already_*` · `approval.not_asked_by_you` · `text.*` (comment).
pub fn recall(
    request: &ApprovalRequest,
    wish: &Recall,
    by: Speaker<'_>,
) -> Result<Decided, Refusal> {
    let state = stepped(request, ApprovalStep::Recall)?;
    let mut check = Check::default();
    check.rule([request.asked_by, request.author].contains(&by.user.id), "", || {
        Invalid::new("approval.not_asked_by_you", by.user.login.as_str())
    });
    let comment = check.parse("comment", wish.comment.as_deref());
    check.done()?;
    let next = ApprovalRequest { state, ..request.clone() };
    Ok(decided(request, next, by, Said { kind: ApprovalStep::Recall, comment, ..Said::default() }))
}

/// The request after its document was edited; nothing where it had ended without an approval. Rule QU-28 (F083).
pub fn void(request: &ApprovalRequest, by: Speaker<'_>) -> Option<Decided> {
    let state = stepped(request, ApprovalStep::Void).ok()?;
    let next = ApprovalRequest { state, ..request.clone() };
    Some(decided(request, next, by, Said { kind: ApprovalStep::Void, ..Said::default() }))
}

fn stepped(request: &ApprovalRequest, step: ApprovalStep) -> Result<ApprovalState, Refusal> {
    machine::step::<Approvals>(request.state, step).map_err(Refusal::of)
}

/// The state after a step that only whom the request waits for may take.
fn permitted(
    request: &ApprovalRequest,
    step: ApprovalStep,
    by: Speaker<'_>,
) -> Result<ApprovalState, Refusal> {
    let state = stepped(request, step)?;
    let refuse = |code: &str, limit: String| {
        let invalid = Invalid::new(code, by.user.login.as_str());
        Err(Refusal::of(Violation::at("", invalid.limit(limit))))
    };
    if [request.author, request.asked_by].contains(&by.user.id) {
        return refuse("approval.own", "somebody who neither wrote it nor asked".to_owned());
    }
    if !request.waits_for(by.user) {
        let whom = match (request.delegate, request.step().map(|step| step.approver)) {
            (Some(user), _) | (None, Some(Approver::User(user))) => format!("user {user}"),
            (None, Some(Approver::Role(role))) => format!("a {role}"),
            (None, Some(Approver::Manager) | None) => "nobody".to_owned(),
        };
        return refuse("approval.not_yours", format!("it waits for {whom}"));
    }
    Ok(state)
}

/// What is said.
struct Said {
    kind: ApprovalStep,
    to_user: Option<Id<User>>,
    to_step: Option<Code>,
    comment: Option<Note>,
}

impl Default for Said {
    fn default() -> Self {
        Self { kind: ApprovalStep::Grant, to_user: None, to_step: None, comment: None }
    }
}

fn decided(
    before: &ApprovalRequest,
    after: ApprovalRequest,
    by: Speaker<'_>,
    said: Said,
) -> Decided {
    let ended_at = (after.state != ApprovalState::Pending).then_some(by.now);
    let vote = ApprovalVote {
        id: by.vote,
        request: before.id,
        ordinal: by.votes,
        kind: said.kind,
        step: before.step().map(|step| step.code.clone()),
        by: by.user.id,
        to_user: said.to_user,
        to_step: said.to_step,
        comment: said.comment,
        at: by.now,
        ext: Ext::new(),
    };
    Decided { request: ApprovalRequest { ended_at, ..after }, vote }
}
