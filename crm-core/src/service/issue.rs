//! What customers report goes to those who make the product, and what comes of it goes back to all who reported it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::machine::{self, Machine};
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Name, Note, Timestamp};
use crate::{codes, record};

codes! {
    /// How far an issue is.
    pub enum IssueState {
        /// It was passed on.
        Reported = "reported",
        /// The department will do something about it.
        Accepted = "accepted",
        /// They are at it.
        InWork = "in_work",
        /// They did it.
        Fixed = "fixed",
        /// They will not.
        Rejected = "rejected",
    }
}

codes! {
    /// What may be done with an issue.
    pub enum IssueStep {
        /// The department takes it on.
        Accept = "accept",
        /// They begin.
        Start = "start",
        /// They did it.
        Fix = "fix",
        /// It was not done after all, or shall be.
        Reopen = "reopen",
        /// They will not.
        Reject = "reject",
    }
}

/// Issues. Rule SV-20 (F114).
#[derive(Debug)]
pub enum Issues {}

impl Machine for Issues {
    const NAME: &'static str = "issue";
    type State = IssueState;
    type Step = IssueStep;

    fn next(state: IssueState, step: IssueStep) -> Result<IssueState, &'static str> {
        use IssueState::{Accepted, Fixed, InWork, Rejected, Reported};
        use IssueStep::{Accept, Fix, Reject, Reopen, Start};
        match (state, step) {
            (Reported, Accept) | (Fixed, Reopen) => Ok(Accepted),
            (Accepted, Start) => Ok(InWork),
            (InWork, Fix) => Ok(Fixed),
            (Reported | Accepted | InWork, Reject) => Ok(Rejected),
            (Rejected, Reopen) => Ok(Reported),
            (Reported, Start | Fix) => Err("issue.not_accepted"),
            (Accepted, Fix) => Err("issue.not_started"),
            (Accepted, Accept) => Err("issue.already_accepted"),
            (InWork, Accept | Start) => Err("issue.already_started"),
            (Reported | Accepted | InWork, Reopen) => Err("issue.open"),
            (Fixed, Accept | Start | Fix | Reject) => Err("issue.fixed"),
            (Rejected, Accept | Start | Fix | Reject) => Err("issue.rejected"),
        }
    }
}

codes! {
    /// From what a report came: the name of a kind of record.
    pub enum SourceKind {
        /// A request or complaint.
        ServiceRequest = "service_request",
        /// An answer to a request for feedback.
        FeedbackRequest = "feedback_request",
        /// Something that was done with the customer.
        Activity = "activity",
        /// A deal.
        Opportunity = "opportunity",
        /// A need.
        Need = "need",
    }
}

record! {
    /// Something that a department of ours is to do something about, since customers reported it.
    pub struct Issue: Issue {
        /// What it is: one line.
        1 title: Name, personal("service", 3650);
        /// What is known of it.
        2 detail: Option<Note>, personal("service", 3650);
        /// Whose it is: a code of the vocabulary `department`, such as `rd` or `production`.
        3 department: Code;
        /// What it is about: a code of the vocabulary `issue_theme`.
        4 theme: Code;
        /// About which product.
        5 product: Option<Id<Product>>;
        /// How far it is.
        6 state: IssueState;
        /// Who of the department answers for it.
        7 owner: Option<Id<User>>;
        /// Who passed it on.
        8 author: Id<User>;
        /// When.
        9 created_at: Timestamp;
        /// When it was fixed, of one that is.
        10 fixed_at: Option<Timestamp>;
        /// What was done, or why nothing will be.
        11 answer: Option<Note>, personal("service", 3650);
    }
    listings {
        1 "by_state" ["state", "created_at"];
        2 "by_product" ["product", "theme"];
        3 "by_created" ["created_at"];
    }
}

impl Issue {
    /// The listing by how far it is, then age.
    pub const BY_STATE: u16 = 1;
    /// The listing by product, then theme.
    pub const BY_PRODUCT: u16 = 2;
    /// The listing by age.
    pub const BY_CREATED: u16 = 3;
}

record! {
    /// That a customer reported an issue, and from what we know it.
    pub struct IssueReport: IssueReport {
        /// Which issue.
        1 issue: Id<Issue>;
        /// Which customer.
        2 customer: Id<Customer>;
        /// Who of them.
        3 contact: Option<Id<Contact>>;
        /// From what: the kind of record.
        4 source_kind: Option<SourceKind>;
        /// From what: the record; nil where it is from none.
        5 source: Uuid;
        /// Who of us passed it on: told when it is fixed.
        6 by: Id<User>;
        /// When.
        7 at: Timestamp;
        /// When they were told that it is fixed.
        8 told_at: Option<Timestamp>;
    }
    listings {
        1 "by_issue" ["issue", "at"];
        2 "by_customer" ["customer", "at"];
        3 "by_source" ["source"];
        4 "by_contact" ["contact"];
    }
}

impl IssueReport {
    /// The listing by issue, the first report first.
    pub const BY_ISSUE: u16 = 1;
    /// The listing by customer, then time.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by what it came from.
    pub const BY_SOURCE: u16 = 3;

    /// The id of one report: the same customer and contact, from the same source, report an issue once.
    pub fn id_of(
        issue: Id<Issue>,
        customer: Id<Customer>,
        contact: Option<Id<Contact>>,
        source: Uuid,
    ) -> Id<Self> {
        let contact = contact.map_or(Uuid::nil(), Id::uuid);
        let parts = [issue.uuid(), customer.uuid(), contact, source];
        let parts = parts.map(|part| part.as_bytes().to_vec());
        Id::derived(
            core::iter::once(b"issue report".as_slice()).chain(parts.iter().map(Vec::as_slice)),
        )
    }
}

/// An issue that is passed to a department.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteIssue {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Issue>>,
    /// What it is: one line.
    pub title: String,
    /// What is known of it.
    pub detail: Option<String>,
    /// Whose it is: a code of the vocabulary `department`.
    pub department: String,
    /// What it is about: a code of the vocabulary `issue_theme`.
    pub theme: String,
    /// About which product.
    pub product: Option<Id<Product>>,
    /// Who of the department answers for it.
    pub owner: Option<Id<User>>,
}

/// An issue as it is passed on.
///
/// # Errors
///
/// `text.*` (title, detail) · `code.*` (department, theme). Rule SV-21 (F114).
pub fn route(
    id: Id<Issue>,
    wish: &RouteIssue,
    author: Id<User>,
    now: Timestamp,
) -> Result<Issue, Refusal> {
    let mut check = Check::default();
    let title = check.take("title", Name::parse(&wish.title));
    let detail = check.parse("detail", wish.detail.as_deref());
    let department = check.take("department", Code::parse(&wish.department));
    let theme = check.take("theme", Code::parse(&wish.theme));
    let issue = title.zip(department).zip(theme).map(|((title, department), theme)| Issue {
        id,
        title,
        detail,
        department,
        theme,
        product: wish.product,
        state: IssueState::Reported,
        owner: wish.owner,
        author,
        created_at: now,
        fixed_at: None,
        answer: None,
        ext: Ext::new(),
    });
    check.finish(issue)
}

/// The issue after a step; fixing and rejecting say what was done, or why nothing will be.
///
/// # Errors
///
/// What [`Issues`] refuses, at `id` · `text.*` (answer). Rule SV-22 (F114).
pub fn proceed(
    issue: &Issue,
    step: IssueStep,
    answer: Option<&str>,
    now: Timestamp,
) -> Result<Issue, Refusal> {
    let mut check = Check::default();
    let state = machine::step::<Issues>(issue.state, step).map_err(Refusal::of);
    let state = check.below("id", state);
    let ends = matches!(step, IssueStep::Fix | IssueStep::Reject);
    let answer = if ends {
        check.take("answer", Note::parse(answer.unwrap_or_default()))
    } else {
        issue.answer.clone()
    };
    let state = check.finish(state)?;
    let fixed_at = if state == IssueState::Fixed { Some(now) } else { None };
    Ok(Issue { state, fixed_at, answer, ..issue.clone() })
}
