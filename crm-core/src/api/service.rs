//! Operations on requests and complaints, and on how long they may take.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::{Access, permits};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::party::{Contact, Customer};
use crate::record::{Entity, Key, Kind, Val};
use crate::schedule::{Timer, TimerCode};
use crate::service::{
    self, About, ClockCode, Clocks, DefineServicePolicy, Handled, Handling, OpenService, Pace,
    SeenService, ServicePause, ServicePolicy, ServiceRequest, ServiceState, ServiceTerms,
    ServiceType, Severity, Tell, alarms, clocks, handle, raise, reclassify,
};
use crate::settings::User;
use crate::store::def;
use crate::value::{Id, Invalid, WorkCalendar};

impl Operation for OpenService {
    const NAME: &'static str = "service.open";
    const ACCESS: Access = Access::Record;
    type Response = Seen<SeenService>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<SeenService>, Error> {
        let id = cx.id_or(self.id);
        let policy = cx.service_policy()?;
        let author = cx.actor()?.id;
        let revision = policy.as_ref().map(|policy| policy.id);
        let request = service::open(id, self, revision, author, cx.now())?;
        cx.live_customer("customer", request.customer)?;
        named(cx, &request)?;
        if let Some(handler) = request.handler {
            can_handle(cx, handler)?;
        }
        cx.happened_at(request.received_at);
        cx.create(&request)?;
        settled(cx, &request, &[])
    }
}

/// Refuses a contact, product or other record that a request names and that is not there, or of another customer.
fn named(cx: &mut Cx<'_>, request: &ServiceRequest) -> Result<(), Error> {
    let customer = request.customer;
    cx.contact_of("contact", request.contact, customer)?;
    cx.known_if("product", request.product)?;
    cx.known_about("about", request.about(), customer)
}

/// Refuses a handler who is unknown, inactive, or may write nothing.
fn can_handle(cx: &mut Cx<'_>, id: Id<User>) -> Result<(), Error> {
    let user = cx.known("handler", id)?;
    let refused = match (user.active, permits(user.role, Access::Record)) {
        (true, true) => return Ok(()),
        (false, _) => Invalid::new("handler.not_active", &id.to_string()),
        (true, false) => Invalid::new("handler.no_right", &id.to_string())
            .limit(format!("a role that may write; {} may not", user.role)),
    };
    Err(Error::invalid("handler", refused))
}

impl Cx<'_> {
    /// Refuses a contact who is at another customer.
    pub(super) fn contact_of(
        &mut self,
        path: &str,
        contact: Option<Id<Contact>>,
        customer: Id<Customer>,
    ) -> Result<(), Error> {
        match self.known_if(path, contact)? {
            Some(contact) if contact.customer != customer => {
                let other =
                    Invalid::new("contact.of_other_customer", &contact.customer.to_string());
                Err(Error::invalid(path, other.limit(format!("one of customer {customer}"))))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a record that is not there, or that says it is of another customer. Of a kind that this build does not
    /// have, the id is kept as it is given.
    pub(super) fn known_about(
        &mut self,
        path: &str,
        about: Option<About>,
        customer: Id<Customer>,
    ) -> Result<(), Error> {
        let Some((about, kind)) =
            about.and_then(|about| Some((about, Kind::named(about.kind.code())?)))
        else {
            return Ok(());
        };
        let (Some(_), key) = (def(kind), Key { kind, id: about.id }) else { return Ok(()) };
        let path = format!("{path}.id");
        let Some(row) = self.row(key)?.filter(|row| !row.deleted) else {
            let unknown = Invalid::new("reference.unknown", &about.id.to_string());
            let unknown =
                Error::invalid(&path, unknown.limit(format!("the id of a {}", kind.name())));
            return Err(self.merged_into(key, &path)?.unwrap_or(unknown));
        };
        let of = row.def.field_named("customer").map(|field| row.get(field.id));
        if let Some(Val::Id(of)) = of.filter(|of| *of != Val::Id(customer.uuid())) {
            let other = Invalid::new("about.of_other_customer", &of.to_string());
            return Err(Error::invalid(&path, other.limit(format!("one of customer {customer}"))));
        }
        Ok(())
    }

    /// The last revision of the policy; none where none was defined.
    pub(super) fn service_policy(&mut self) -> Result<Option<ServicePolicy>, Error> {
        Ok(self.list::<ServicePolicy>(ServicePolicy::BY_REVISION, &[])?.pop())
    }

    /// The pauses of a request, in order.
    fn pauses(&mut self, id: Id<ServiceRequest>) -> Result<Vec<ServicePause>, Error> {
        self.list(ServicePause::BY_REQUEST, &[Val::Id(id.uuid())])
    }

    /// The terms under which a request came in, and their calendar.
    pub(super) fn service_terms(
        &mut self,
        policy: Option<Id<ServicePolicy>>,
    ) -> Result<(ServiceTerms, Arc<WorkCalendar>), Error> {
        let terms = match policy {
            Some(policy) => self.get(policy)?.terms,
            None => ServiceTerms::default(),
        };
        let calendar = self.work_calendar(terms.calendar.as_ref())?;
        Ok((terms, calendar))
    }
}

/// Will have somebody told in time, and gives the request back with what its clocks show.
fn settled(
    cx: &mut Cx<'_>,
    request: &ServiceRequest,
    pauses: &[ServicePause],
) -> Result<Seen<SeenService>, Error> {
    let (terms, calendar) = cx.service_terms(request.policy)?;
    if let Some(policy) = request.policy {
        cx.by_rule(policy);
    }
    let alarms = alarms(request, Pace { pauses, terms: &terms, calendar: &calendar });
    cx.schedule(request.id, TimerCode::ServiceResponse, alarms.response)?;
    cx.schedule(request.id, TimerCode::ServiceResolution, alarms.resolution)?;
    shown(cx, request.clone())
}

/// A request with what its clocks show.
fn shown(cx: &mut Cx<'_>, request: ServiceRequest) -> Result<Seen<SeenService>, Error> {
    let version = cx.version(request.id);
    Ok(Seen { version, record: seen(cx, request)? })
}

fn seen(cx: &mut Cx<'_>, request: ServiceRequest) -> Result<SeenService, Error> {
    let clocks = clocks_of(cx, &request)?;
    let next = request.state.steps();
    Ok(SeenService { request, clocks, next })
}

/// What the clocks of a request show now.
pub(super) fn clocks_of(cx: &mut Cx<'_>, request: &ServiceRequest) -> Result<Clocks, Error> {
    let pauses = cx.pauses(request.id)?;
    let (terms, calendar) = cx.service_terms(request.policy)?;
    let pace = Pace { pauses: &pauses, terms: &terms, calendar: &calendar };
    clocks(request, pace, cx.now())
        .ok_or_else(|| Error::Internal("a policy without a target".to_owned()))
}

/// Does something with a request.
fn step(
    cx: &mut Cx<'_>,
    id: Id<ServiceRequest>,
    handling: Handling<'_>,
) -> Result<Seen<SeenService>, Error> {
    let request = cx.get(id)?;
    cx.about(id);
    let before = cx.pauses(id)?;
    let Handled { request: after, pauses } = handle(&request, &before, handling, cx.now())?;
    if after.handler != request.handler
        && let Some(handler) = after.handler
    {
        can_handle(cx, handler)?;
    }
    cx.terms(&[("cause", "service_cause", request.cause.as_ref(), after.cause.as_ref())])?;
    cx.amend(&after)?;
    pauses.iter().try_for_each(|pause| cx.put(pause))?;
    let pauses = cx.pauses(id)?;
    settled(cx, &after, &pauses)
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $text:literal
        { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* } |$wish:ident| $handling:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which.
            pub id: Id<ServiceRequest>,
            $($(#[$field_doc])* pub $field: $ty,)*
        }

        impl Operation for $name {
            const NAME: &'static str = $text;
            const ACCESS: Access = Access::Record;
            type Response = Seen<SeenService>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<SeenService>, Error> {
                let $wish = self;
                step(cx, self.id, $handling)
            }
        }
    )+};
}

steps! {
    /// Gives a request to somebody who shall handle it.
    AssignService = "service.assign" {
        /// Who: an active user who may write.
        handler: Id<User>,
    } |wish| Handling::Assign(wish.handler);
    /// Says that the handler of a request is at it.
    StartService = "service.start" {} |_wish| Handling::Start;
    /// Says that the customer was answered: the first time stops the response clock.
    RespondService = "service.respond" {} |_wish| Handling::Respond;
    /// Says that we wait for the customer; the resolution clock stands still. It counts as a response.
    WaitService = "service.wait" {
        /// For what.
        reason: String,
    } |wish| Handling::Wait(&wish.reason);
    /// Says that the customer gave what we waited for; the resolution clock goes on.
    ResumeService = "service.resume" {} |_wish| Handling::Resume;
    /// Says that a request is resolved. It counts as a response. Of a complaint, the cause must be said.
    ResolveService = "service.resolve" {
        /// What was done.
        resolution: String,
        /// What it came of: a code of the vocabulary `service_cause`.
        #[serde(default)]
        cause: Option<String>,
    } |wish| Handling::Resolve(&wish.resolution, wish.cause.as_deref());
    /// Says that a resolved request is over.
    CloseService = "service.close" {} |_wish| Handling::Close;
    /// Opens a resolved or closed request again: its handler shall begin anew. When we first responded and when it was first
    /// resolved stays, and the resolution clock goes on where it stood still.
    ReopenService = "service.reopen" {
        /// Why.
        reason: String,
    } |wish| Handling::Reopen(&wish.reason);
    /// Calls off a request that is not resolved.
    CancelService = "service.cancel" {
        /// Why.
        reason: String,
    } |wish| Handling::Cancel(&wish.reason);
}

/// Changes the wording or severity of a request. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendService {
    /// Which.
    pub id: Id<ServiceRequest>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendService {
    const NAME: &'static str = "service.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<SeenService>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<SeenService>, Error> {
        let before = cx.get(self.id)?;
        let after = reclassify(&before, &amended(&before.wish(), &self.set)?)?;
        named(cx, &after)?;
        cx.amend(&after)?;
        let pauses = cx.pauses(self.id)?;
        settled(cx, &after, &pauses)
    }
}

/// A request, what its clocks show, and when it stood still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceDetail {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The request.
    #[serde(flatten)]
    pub seen: SeenService,
    /// When its resolution clock stood still, in order.
    pub pauses: Vec<ServicePause>,
}

/// A request by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetService {
    /// Which.
    pub id: Id<ServiceRequest>,
}

impl Operation for GetService {
    const NAME: &'static str = "service.get";
    const ACCESS: Access = Access::Read;
    type Response = ServiceDetail;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ServiceDetail, Error> {
        let Seen { version, record } = cx.seen(self.id)?;
        let seen = seen(cx, record)?;
        Ok(ServiceDetail { version, seen, pauses: cx.pauses(self.id)? })
    }
}

/// Requests, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListServices {
    /// Only those of this customer: the service history.
    pub customer: Option<Id<Customer>>,
    /// Only those that are about this record.
    pub about: Option<Uuid>,
    /// Only those that this user handles; with `state`.
    pub handler: Option<Id<User>>,
    /// Only those that are so far.
    pub state: Option<ServiceState>,
    /// Only those that are not over.
    pub open: bool,
    /// Only those of this type.
    pub request_type: Option<ServiceType>,
    /// Only those of this severity.
    pub severity: Option<Severity>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListServices {
    const NAME: &'static str = "service.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<SeenService>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<SeenService>, Error> {
        let (index, prefix) = self.listing();
        let wanted = Wanted::of(index, &prefix).newest_first();
        let page = cx
            .listed(wanted.page(self.limit, self.after.as_deref()), |request| self.fits(request))?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for Seen { version, record } in page.rows {
            rows.push(Seen { version, record: seen(cx, record)? });
        }
        Ok(Listed { rows, next: page.next })
    }
}

impl ListServices {
    /// The narrowest listing that holds everything that is wanted.
    fn listing(&self) -> (u16, Vec<Val>) {
        if let Some(about) = self.about {
            return (ServiceRequest::BY_ABOUT, vec![Val::Id(about)]);
        }
        if let Some(customer) = self.customer {
            return (ServiceRequest::BY_CUSTOMER, vec![Val::Id(customer.uuid())]);
        }
        match (self.handler, self.state) {
            (Some(handler), Some(state)) => {
                let prefix = vec![Val::Id(handler.uuid()), state.code().into()];
                (ServiceRequest::BY_HANDLER, prefix)
            }
            (Some(handler), None) => (ServiceRequest::BY_HANDLER, vec![Val::Id(handler.uuid())]),
            (None, Some(state)) => (ServiceRequest::BY_STATE, vec![state.code().into()]),
            (None, None) => (ServiceRequest::BY_RECEIVED, Vec::new()),
        }
    }

    fn fits(&self, request: &ServiceRequest) -> bool {
        self.customer.is_none_or(|id| request.customer == id)
            && self.about.is_none_or(|id| request.about == id)
            && self.handler.is_none_or(|id| request.handler == Some(id))
            && self.state.is_none_or(|state| request.state == state)
            && (!self.open || request.state.is_open())
            && self.request_type.is_none_or(|of| request.request_type == of)
            && self.severity.is_none_or(|severity| request.severity == severity)
    }
}

impl Operation for DefineServicePolicy {
    const NAME: &'static str = "service_policy.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<ServicePolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ServicePolicy>, Error> {
        cx.known_calendar("terms.calendar", self.terms.calendar.as_ref())?;
        let last = cx.service_policy()?;
        let id = cx.new_id();
        let policy = service::define_policy(id, self, last.as_ref(), cx.now())?;
        cx.amend(&policy)
    }
}

/// What counts for requests that come in now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServicePolicySeen {
    /// The revision; 0 for what ships with the engine.
    pub revision: u32,
    /// What it says.
    pub terms: ServiceTerms,
}

/// What counts for requests that come in now: the last revision of the policy, or what ships with the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetServicePolicy {}

impl Operation for GetServicePolicy {
    const NAME: &'static str = "service_policy.get";
    const ACCESS: Access = Access::Read;
    type Response = ServicePolicySeen;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ServicePolicySeen, Error> {
        let last = cx.service_policy()?;
        let seen =
            last.map(|last| ServicePolicySeen { revision: last.revision, terms: last.terms });
        Ok(seen
            .unwrap_or_else(|| ServicePolicySeen { revision: 0, terms: ServiceTerms::default() }))
    }
}

/// Does what a timer of a request stands for: tells who must know that a limit passed, one level at a time.
pub(super) fn escalate(cx: &mut Cx<'_>, timer: &Timer, clock: ClockCode) -> Result<(), Error> {
    let id = Id::<ServiceRequest>::new(timer.subject);
    if timer.subject_kind != ServiceRequest::KIND.name() {
        return Ok(());
    }
    let Some(request) = cx.find(id)? else { return Ok(()) };
    let pauses = cx.pauses(id)?;
    let (terms, calendar) = cx.service_terms(request.policy)?;
    let pace = Pace { pauses: &pauses, terms: &terms, calendar: &calendar };
    let Some(raised) = raise(&request, clock, pace, cx.now()) else {
        // The calendar changed since the timer was set.
        return settled(cx, &request, &pauses).map(drop);
    };
    let recipient = whom(cx, &request, raised.tell)?;
    cx.notify(recipient, timer.code, id, raised.due_at)?;
    cx.put(&raised.request)?;
    settled(cx, &raised.request, &pauses).map(drop)
}

/// Who is told: the handler, or so many above them; whoever stands at the top where nobody is above.
fn whom(cx: &mut Cx<'_>, request: &ServiceRequest, tell: Tell) -> Result<Id<User>, Error> {
    let mut told = request.handler.unwrap_or(request.author);
    for _ in 0..tell.steps() {
        match cx.find(told)?.and_then(|user| user.manager) {
            Some(manager) => told = manager,
            None => break,
        }
    }
    Ok(told)
}
