//! Operations on approvals: the rules, the requests, and what is said to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::approval::{
    self, Approvable, ApprovalPolicy, ApprovalRequest, ApprovalState, ApprovalVote, Approve,
    Asking, Chain, Decided, DefineApprovalPolicy, Delegate, Finding, Measures, PolicyStep, Recall,
    Reject, Speaker, define, lint,
};
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::User;
use crate::value::{Id, Invalid};

impl Cx<'_> {
    /// The rules of approval of a kind of document.
    pub(super) fn approval_policy(
        &mut self,
        entity: Approvable,
    ) -> Result<Option<ApprovalPolicy>, Error> {
        self.unique(ApprovalPolicy::BY_ENTITY, &[Val::from(entity.code())])
    }

    fn users(&mut self) -> Result<Vec<User>, Error> {
        self.list(User::BY_LOGIN, &[])
    }

    /// Asks for the approval that a document of these measures needs; nothing where it needs none.
    pub(super) fn ask_approval(
        &mut self,
        (subject_kind, subject): (Approvable, Uuid),
        (chosen, author): (Option<Id<ApprovalRequest>>, Id<User>),
        measures: Measures,
    ) -> Result<Option<ApprovalRequest>, Error> {
        let Some(policy) = self.approval_policy(subject_kind)? else { return Ok(None) };
        let (author, users) = (self.get(author)?, self.users()?);
        let asked_by = self.actor()?.id;
        let (id, now) = (self.id_or(chosen), self.now());
        let asking =
            Asking { subject_kind, subject, author: &author, asked_by, users: &users, now };
        let request = approval::ask(id, &policy, measures, &asking)?;
        self.by_rule(policy.id);
        if let Some(request) = &request {
            self.create(request)?;
            self.tell_next(request)?;
        }
        Ok(request)
    }

    /// Tells those whom the next step of a request waits for.
    fn tell_next(&mut self, request: &ApprovalRequest) -> Result<(), Error> {
        let because = request.step().map(|step| step.code.to_string());
        for user in self.users()? {
            if request.waits_for(&user) {
                self.tell(user.id, "approval.asked", request.id, self.now(), because.clone())?;
            }
        }
        Ok(())
    }

    /// The last request for the approval of a document.
    pub(super) fn last_approval(
        &mut self,
        subject: Uuid,
    ) -> Result<Option<ApprovalRequest>, Error> {
        let of = [Val::Id(subject)];
        Ok(self.list::<ApprovalRequest>(ApprovalRequest::BY_SUBJECT, &of)?.pop())
    }

    /// Makes void what was said of a document that is edited, or taken back.
    pub(super) fn void_approval(&mut self, subject: Uuid) -> Result<(), Error> {
        let Some(request) = self.last_approval(subject)? else { return Ok(()) };
        let actor = self.actor()?.clone();
        let speaker = self.speaker(&request, &actor)?;
        match approval::void(&request, speaker) {
            Some(decided) => self.put_vote(&decided),
            None => Ok(()),
        }
    }

    fn speaker<'u>(
        &mut self,
        request: &ApprovalRequest,
        user: &'u User,
    ) -> Result<Speaker<'u>, Error> {
        let votes = self.votes(request.id)?;
        let last = votes.last().map(|vote| vote.ordinal.saturating_add(1));
        Ok(Speaker { user, now: self.now(), vote: self.new_id(), votes: last.unwrap_or(0) })
    }

    fn votes(&mut self, request: Id<ApprovalRequest>) -> Result<Vec<ApprovalVote>, Error> {
        self.list(ApprovalVote::BY_REQUEST, &[Val::Id(request.uuid())])
    }

    fn put_vote(&mut self, decided: &Decided) -> Result<(), Error> {
        self.put(&decided.request)?;
        self.put(&decided.vote)
    }

    /// Writes what was said, tells who must know, and the document how it ended.
    fn decided_on(&mut self, decided: &Decided) -> Result<Seen<ApprovalRequest>, Error> {
        self.about(decided.request.id);
        self.put_vote(decided)?;
        let request = &decided.request;
        self.by_rule(request.policy);
        match request.state {
            ApprovalState::Pending => self.tell_next(request)?,
            ApprovalState::Approved | ApprovalState::Rejected | ApprovalState::Recalled => {
                if request.asked_by != decided.vote.by {
                    let code = format!("approval.{}", request.state);
                    let step = decided.vote.step.as_ref().map(ToString::to_string);
                    self.tell(request.asked_by, &code, request.id, self.now(), step)?;
                }
                settled(self, request)?;
            }
            ApprovalState::Voided => {}
        }
        Ok(Seen { version: self.version(request.id), record: request.clone() })
    }
}

/// Tells a document how the request for its approval ended: an arm for each kind of document.
fn settled(cx: &mut Cx<'_>, request: &ApprovalRequest) -> Result<(), Error> {
    let agreed = request.state == ApprovalState::Approved;
    match request.subject_kind {
        Approvable::Quote => super::quote::settled(cx, Id::new(request.subject), agreed),
        Approvable::Contract => super::contract::settled(cx, Id::new(request.subject), agreed),
        Approvable::Order => super::order::settled(cx, Id::new(request.subject), agreed),
    }
}

impl Operation for DefineApprovalPolicy {
    const NAME: &'static str = "approval_policy.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<ApprovalPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ApprovalPolicy>, Error> {
        let before = cx.approval_policy(self.entity)?;
        let id = before.as_ref().map_or_else(|| cx.new_id(), |before| before.id);
        let users = cx.users()?;
        let policy = define(id, self, before.as_ref(), &users)?;
        cx.amend(&policy)
    }
}

/// The rules of approval of a kind of document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetApprovalPolicy {
    /// Of which documents.
    pub entity: Approvable,
}

impl Operation for GetApprovalPolicy {
    const NAME: &'static str = "approval_policy.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<ApprovalPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ApprovalPolicy>, Error> {
        let unknown = || {
            let none = Invalid::new("approval_policy.unknown", self.entity.code());
            Error::invalid("entity", none)
        };
        let policy = cx.approval_policy(self.entity)?.ok_or_else(unknown)?;
        cx.seen(policy.id)
    }
}

/// What is wrong with steps before they are defined: steps that no document asks for, gaps, steps that nobody may agree to,
/// each with a document on which it shows. Writes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintApprovalPolicy {
    /// The steps, in order.
    pub steps: Vec<PolicyStep>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalFindings {
    /// In the order of the steps; gaps last.
    pub findings: Vec<Finding>,
}

impl Operation for LintApprovalPolicy {
    const NAME: &'static str = "approval_policy.lint";
    const ACCESS: Access = Access::Read;
    type Response = ApprovalFindings;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ApprovalFindings, Error> {
        let users = cx.users()?;
        Ok(ApprovalFindings { findings: lint(&self.steps, &users) })
    }
}

/// Which steps a document of these measures would need. Writes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainApproval {
    /// Of which kind it is.
    pub entity: Approvable,
    /// What is measured of it.
    pub measures: Measures,
}

impl Operation for ExplainApproval {
    const NAME: &'static str = "approval_policy.explain";
    const ACCESS: Access = Access::Read;
    type Response = Chain;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Chain, Error> {
        let policy = cx.approval_policy(self.entity)?.filter(|policy| policy.active);
        Ok(policy.map(|policy| approval::chain(&policy.steps, &self.measures)).unwrap_or_default())
    }
}

/// What is said to a request: read it, decide, write.
macro_rules! votes {
    ($($wish:ident $name:literal $decide:path;)+) => {$(
        impl Operation for $wish {
            const NAME: &'static str = $name;
            const ACCESS: Access = Access::Read;
            type Response = Seen<ApprovalRequest>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ApprovalRequest>, Error> {
                let request = cx.get(self.id)?;
                let actor = cx.actor()?.clone();
                let speaker = cx.speaker(&request, &actor)?;
                let decided = $decide(&request, self, speaker)?;
                cx.decided_on(&decided)
            }
        }
    )+};
}

votes! {
    Approve "approval.approve" approval::approve;
    Recall "approval.recall" approval::recall;
    Reject "approval.reject" approval::reject;
}

impl Operation for Delegate {
    const NAME: &'static str = "approval.delegate";
    const ACCESS: Access = Access::Read;
    type Response = Seen<ApprovalRequest>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ApprovalRequest>, Error> {
        let request = cx.get(self.id)?;
        let to = cx.known("to", self.to)?;
        let actor = cx.actor()?.clone();
        let speaker = cx.speaker(&request, &actor)?;
        let decided = approval::delegate(&request, self, &to, speaker)?;
        cx.decided_on(&decided)
    }
}

/// A request for approval, with what was said to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenApproval {
    /// The request.
    #[serde(flatten)]
    pub request: Seen<ApprovalRequest>,
    /// Who would have to say something next: users by id.
    pub waits_for: Vec<Id<User>>,
    /// What was said, in order.
    pub votes: Vec<ApprovalVote>,
}

/// A request for approval by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetApproval {
    /// Which.
    pub id: Id<ApprovalRequest>,
}

impl Operation for GetApproval {
    const NAME: &'static str = "approval.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenApproval;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenApproval, Error> {
        let request = cx.seen(self.id)?;
        let users = cx.users()?;
        let waits = users.iter().filter(|user| request.record.waits_for(user));
        let waits_for = waits.map(|user| user.id).collect();
        Ok(SeenApproval { waits_for, votes: cx.votes(self.id)?, request })
    }
}

/// Requests for approval, the oldest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListApprovals {
    /// Only those of this document.
    pub subject: Option<Uuid>,
    /// Only those that are so far; the pending ones where neither this nor a document is named.
    pub state: Option<ApprovalState>,
    /// Only those that wait for the actor.
    pub mine: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListApprovals {
    const NAME: &'static str = "approval.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<ApprovalRequest>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<ApprovalRequest>, Error> {
        let actor = cx.actor()?.clone();
        let state = self.state.unwrap_or(ApprovalState::Pending);
        let (index, prefix) = match self.subject {
            Some(subject) => (ApprovalRequest::BY_SUBJECT, [Val::Id(subject)]),
            None => (ApprovalRequest::BY_STATE, [Val::from(state.code())]),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |request: &ApprovalRequest| {
            (self.subject.is_none() || self.state.is_none_or(|state| request.state == state))
                && (!self.mine || request.waits_for(&actor))
        })
    }
}
