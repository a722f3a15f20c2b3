//! Operations on requests for feedback: asked once for each document that was completed, answered once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, PlanActivity, Seen};
use crate::access::Access;
use crate::activity::{Activity, ActivityKind, ActivityWish};
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::Opportunity;
use crate::order::{Order, OrderState};
use crate::party::{Contact, ContactPoint, Customer, CustomerStatus, Medium};
use crate::record::{Entity, Kind, Val};
use crate::schedule::{Timer, TimerCode};
use crate::service::{
    self, About, AboutKind, Answer, Completed, FeedbackChannel, FeedbackRequest, FeedbackState,
    FeedbackStep, FeedbackTerms, Reachable, ServicePolicy, SkipReason, answer, ask, cancel,
    channel,
};
use crate::settings::User;
use crate::value::{Id, Invalid, Timestamp, Wait};

/// Will have a customer asked how satisfied they are with a document that was completed: a deal, an order, a contract, a
/// request. There is one request for each document: asking for it again gives the one there is. Somebody who does not want to
/// be asked, or cannot be reached, is not asked; the request says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestFeedback {
    /// About which document.
    pub about: About,
    /// Of which customer; that of the document where it names one.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// Who of them; the primary contact where nothing is said.
    #[serde(default)]
    pub contact: Option<Id<Contact>>,
    /// About which product, where it is one.
    #[serde(default)]
    pub product: Option<Id<Product>>,
    /// Who turns to them where they are unhappy; who looks after the customer where nothing is said.
    #[serde(default)]
    pub owner: Option<Id<User>>,
    /// When the document was completed; now where nothing is said.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
}

impl Operation for RequestFeedback {
    const NAME: &'static str = "feedback.request";
    const ACCESS: Access = Access::Record;
    type Response = Seen<FeedbackRequest>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<FeedbackRequest>, Error> {
        let of = match (self.customer, self.about.kind) {
            (Some(customer), _) => Some(customer),
            (None, AboutKind::Opportunity) => {
                Some(cx.known::<Opportunity>("about.id", Id::new(self.about.id))?.customer)
            }
            (None, AboutKind::ServiceRequest) => {
                let id = Id::<service::ServiceRequest>::new(self.about.id);
                Some(cx.known("about.id", id)?.customer)
            }
            (
                None,
                AboutKind::Product
                | AboutKind::Quote
                | AboutKind::Contract
                | AboutKind::Order
                | AboutKind::OrderLine,
            ) => None,
        };
        let missing = || Invalid::new("reference.missing", "").limit("whom to ask");
        let id = of.ok_or_else(|| Error::invalid("customer", missing()))?;
        let customer = cx.known("customer", id)?;
        cx.known_about("about", Some(self.about), id)?;
        cx.contact_of("contact", self.contact, id)?;
        cx.known_if("product", self.product)?;
        // A customer in a pool has no owner: who asks sees to the answer.
        let owner = match (self.owner, customer.owner) {
            (None, Some(owner)) => owner,
            (named, _) => cx.owner_or_actor(named)?,
        };
        let at = self.completed_at.unwrap_or(cx.now());
        if at > cx.now() {
            let future = Invalid::new("feedback.in_future", &at.to_string());
            return Err(Error::invalid(
                "completed_at",
                future.limit(format!("until {}", cx.now())),
            ));
        }
        let (about, product) = (self.about, self.product);
        let contact = self.contact.or(customer.primary_contact);
        let done = Completed { about, product, customer: id, contact, owner, at };
        let id = completed(cx, done)?;
        cx.seen(id)
    }
}

/// Will have the customer of a document that was completed asked: exactly once, however often that is said. For whoever
/// completes documents: an order calls it in the commit in which its last delivery completes it (F097).
pub(super) fn completed(cx: &mut Cx<'_>, done: Completed) -> Result<Id<FeedbackRequest>, Error> {
    let id = FeedbackRequest::id_of(done.about);
    if cx.find(id)?.is_some() {
        return Ok(id);
    }
    let policy = cx.service_policy()?;
    let terms = policy.as_ref().map(|policy| policy.terms.feedback.clone()).unwrap_or_default();
    let by = reaching(cx, &terms, done.customer, done.contact)?;
    let revision = policy.map(|policy| policy.id);
    let request = service::request(done, by, (revision, &terms), cx.now());
    cx.create(&request)?;
    Ok(id)
}

/// Has the customer asked about every order that this decision completed; not about those that another system brings in
/// (F097).
///
/// # Errors
///
/// The store's.
pub(super) fn settle(cx: &mut Cx<'_>) -> Result<(), Error> {
    if cx.is_import() {
        return Ok(());
    }
    let written: Vec<_> =
        cx.written(Kind::Order).map(|(_, order)| Id::<Order>::new(order.id)).collect();
    for id in written {
        let Some(order) = cx.find(id)? else { continue };
        if order.state != OrderState::Completed {
            continue;
        }
        let about = About { kind: AboutKind::Order, id: id.uuid() };
        let Order { customer, contact, owner, .. } = order;
        completed(cx, Completed { about, product: None, customer, contact, owner, at: cx.now() })?;
    }
    Ok(())
}

/// By what a customer is asked, as they are reached and have said now.
fn reaching(
    cx: &mut Cx<'_>,
    terms: &FeedbackTerms,
    customer: Id<Customer>,
    contact: Option<Id<Contact>>,
) -> Result<Result<FeedbackChannel, SkipReason>, Error> {
    let said = cx.said_by(customer, contact)?;
    let (mut phone, mut mail) = (false, false);
    for owner in core::iter::once(customer.uuid()).chain(contact.map(Id::uuid)) {
        for point in cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(owner)])? {
            phone |= point.medium == Medium::Phone;
            mail |= point.medium == Medium::Email;
        }
    }
    let archived = cx.find(customer)?.is_none_or(|of| of.status != CustomerStatus::Active);
    Ok(channel(terms, Reachable { phone, mail, archived, said: &said }))
}

/// The terms by which a request is asked, and the instant at which whoever looks after it must turn to the customer.
fn terms_of(
    cx: &mut Cx<'_>,
    policy: Option<Id<ServicePolicy>>,
) -> Result<(FeedbackTerms, Option<Timestamp>), Error> {
    let (terms, calendar) = cx.service_terms(policy)?;
    let wait: Wait = terms.feedback.follow_up;
    let due = wait.due(cx.now(), &calendar).ok();
    Ok((terms.feedback, due))
}

/// Asks a customer. By mail or a form, the host sends them the token, which answers once and until it expires; by telephone, a
/// call is planned for whoever looks after them. Asking again makes another token, and the one before answers nothing.
/// Whether they may be asked, and by what, is looked at anew: where they may not any more, they are not asked.
///
/// The token is in the answer to this call alone; what is stored is its hash. A call with an idempotency key keeps its
/// answer, and the token with it, for 30 days: call without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskFeedback {
    /// Which request.
    pub id: Id<FeedbackRequest>,
}

/// A request that was asked, or is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackAsked {
    /// What answers it: 64 hexadecimal digits; nothing where nobody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The call that was planned, of one that is asked by telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Id<Activity>>,
    /// The request.
    #[serde(flatten)]
    pub request: Seen<FeedbackRequest>,
}

impl Operation for AskFeedback {
    const NAME: &'static str = "feedback.ask";
    const ACCESS: Access = Access::Record;
    type Response = FeedbackAsked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<FeedbackAsked, Error> {
        let before = cx.get(self.id)?;
        cx.about(before.id);
        let (terms, due) = terms_of(cx, before.policy)?;
        let by = reaching(cx, &terms, before.customer, before.contact)?;
        let token: String = cx.secret().iter().map(|byte| format!("{byte:02x}")).collect();
        let asked = ask(&before, by, &token, terms.valid_days, cx.now())?;
        cx.schedule(asked.id, TimerCode::FeedbackExpire, asked.expires_at)?;
        let request = cx.amend(&asked)?;
        let phone = asked.channel == Some(FeedbackChannel::Phone);
        let call = match due.filter(|_| phone) {
            Some(due) => planned(cx, &asked, ActivityKind::Call, terms.call(), due)?,
            None => None,
        };
        let token = (asked.state == FeedbackState::Asked).then_some(token);
        Ok(FeedbackAsked { token, call, request })
    }
}

/// Will have whoever looks after a customer turn to them: one plan of each kind for each request. Nothing is planned with a
/// customer that is archived; where the owner left, the plan is the actor's.
fn planned(
    cx: &mut Cx<'_>,
    request: &FeedbackRequest,
    kind: ActivityKind,
    subject: &str,
    at: Timestamp,
) -> Result<Option<Id<Activity>>, Error> {
    let id = FeedbackRequest::follow_up(request.id, kind);
    let active = cx.find(request.customer)?.is_some_and(|of| of.status == CustomerStatus::Active);
    if !active || cx.find::<Activity>(id)?.is_some() {
        return Ok(active.then_some(id));
    }
    let owner = cx.find(request.owner)?.filter(|owner| owner.active).map(|owner| owner.id);
    let contact = match request.contact {
        Some(contact) => cx.find(contact)?.filter(|at| at.customer == request.customer),
        None => None,
    };
    let wish = ActivityWish {
        id: Some(id),
        kind: kind.code().to_owned(),
        at: Some(at),
        customer: Some(request.customer),
        contact: contact.map(|contact| contact.id),
        owner,
        subject: Some(subject.to_owned()),
        content: request.comment.as_ref().map(ToString::to_string),
        ..Default::default()
    };
    PlanActivity(wish).run(cx)?;
    Ok(Some(id))
}

/// Answers a request for feedback by its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerFeedback {
    /// What the host sent.
    pub token: String,
    /// What they think of the product: 1 up to the scale.
    #[serde(default)]
    pub product: Option<u32>,
    /// What they think of the service: 1 up to the scale.
    #[serde(default)]
    pub service: Option<u32>,
    /// What they say.
    #[serde(default)]
    pub comment: Option<String>,
    /// What they wish for.
    #[serde(default)]
    pub suggestion: Option<String>,
}

/// Writes down what a customer said who was asked in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFeedback {
    /// Which request.
    pub id: Id<FeedbackRequest>,
    /// What they said.
    pub answer: Answer,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackAnswered {
    /// The task by which somebody unhappy is turned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<Id<Activity>>,
    /// The request.
    #[serde(flatten)]
    pub request: Seen<FeedbackRequest>,
}

impl Operation for AnswerFeedback {
    const NAME: &'static str = "feedback.answer";
    const ACCESS: Access = Access::Record;
    type Response = FeedbackAnswered;

    fn run(&self, cx: &mut Cx<'_>) -> Result<FeedbackAnswered, Error> {
        let hash = FeedbackRequest::hash_of(&self.token);
        let key = [Val::from(hash.as_str())];
        let found = cx.unique::<FeedbackRequest>(FeedbackRequest::BY_TOKEN, &key)?;
        let request = found.ok_or_else(|| {
            let unknown = Invalid::new("feedback.unknown_token", "");
            Error::invalid("token", unknown.limit("the token that was made last"))
        })?;
        let answer = Answer {
            product: self.product,
            service: self.service,
            comment: self.comment.clone(),
            suggestion: self.suggestion.clone(),
        };
        answered(cx, &request, &answer, FeedbackStep::Answer)
    }
}

impl Operation for RecordFeedback {
    const NAME: &'static str = "feedback.record";
    const ACCESS: Access = Access::Record;
    type Response = FeedbackAnswered;

    fn run(&self, cx: &mut Cx<'_>) -> Result<FeedbackAnswered, Error> {
        let request = cx.get(self.id)?;
        answered(cx, &request, &self.answer, FeedbackStep::Record)
    }
}

/// Will have the answer kept, and somebody unhappy turned to.
fn answered(
    cx: &mut Cx<'_>,
    request: &FeedbackRequest,
    given: &Answer,
    step: FeedbackStep,
) -> Result<FeedbackAnswered, Error> {
    let after = answer(request, given, step, cx.now())?;
    cx.about(after.id);
    cx.schedule(after.id, TimerCode::FeedbackExpire, None)?;
    let request = cx.amend(&after)?;
    let (terms, due) = terms_of(cx, after.policy)?;
    let follow_up = match due.filter(|_| after.is_low()) {
        Some(due) => planned(cx, &after, ActivityKind::Task, terms.task(), due)?,
        None => None,
    };
    Ok(FeedbackAnswered { follow_up, request })
}

/// Calls off a request for feedback that nobody answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelFeedback {
    /// Which.
    pub id: Id<FeedbackRequest>,
    /// Why.
    pub reason: String,
}

impl Operation for CancelFeedback {
    const NAME: &'static str = "feedback.cancel";
    const ACCESS: Access = Access::Record;
    type Response = Seen<FeedbackRequest>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<FeedbackRequest>, Error> {
        let cancelled = cancel(&cx.get(self.id)?, &self.reason)?;
        cx.schedule(self.id, TimerCode::FeedbackExpire, None)?;
        cx.about(self.id);
        cx.amend(&cancelled)
    }
}

/// Requests for feedback, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListFeedback {
    /// Only those of this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those that are so far.
    pub state: Option<FeedbackState>,
    /// Only those of somebody unhappy.
    pub low: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListFeedback {
    const NAME: &'static str = "feedback.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<FeedbackRequest>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<FeedbackRequest>, Error> {
        let (index, prefix) = match (self.customer, self.state) {
            (Some(customer), _) => (FeedbackRequest::BY_CUSTOMER, vec![Val::Id(customer.uuid())]),
            (None, Some(state)) => (FeedbackRequest::BY_STATE, vec![state.code().into()]),
            (None, None) => (FeedbackRequest::BY_STATE, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |request: &FeedbackRequest| {
            self.state.is_none_or(|state| request.state == state) && (!self.low || request.is_low())
        })
    }
}

/// Does what the timer of a request for feedback stands for: nobody answers it any more.
pub(super) fn expire(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let id = Id::<FeedbackRequest>::new(timer.subject);
    if timer.subject_kind != FeedbackRequest::KIND.name() {
        return Ok(());
    }
    let Some(request) = cx.find(id)? else { return Ok(()) };
    match service::expire(&request, cx.now()) {
        Ok(expired) => cx.put(&expired),
        // It was answered meanwhile.
        Err(_) => Ok(()),
    }
}
