//! What is done with a request, step by step.

use uuid::Uuid;

use super::{
    PauseCause, ServicePause, ServiceRequest, ServiceState, ServiceStep, ServiceType, ServiceWish,
    Services,
};
use crate::decision::{Check, Refusal};
use crate::machine;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

/// What shall be done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling<'a> {
    /// It is given to somebody.
    Assign(Id<User>),
    /// Its handler begins.
    Start,
    /// We answered the customer.
    Respond,
    /// We asked the customer for something: for what.
    Wait(&'a str),
    /// The customer gave it.
    Resume,
    /// It is done: what was done, and what it came of.
    Resolve(&'a str, Option<&'a str>),
    /// The customer agrees, or says no more.
    Close,
    /// The customer disagrees: why.
    Reopen(&'a str),
    /// It is called off: why.
    Cancel(&'a str),
}

impl Handling<'_> {
    /// The step that it is.
    pub const fn step(self) -> ServiceStep {
        match self {
            Self::Assign(_) => ServiceStep::Assign,
            Self::Start => ServiceStep::Start,
            Self::Respond => ServiceStep::Respond,
            Self::Wait(_) => ServiceStep::Wait,
            Self::Resume => ServiceStep::Resume,
            Self::Resolve(..) => ServiceStep::Resolve,
            Self::Close => ServiceStep::Close,
            Self::Reopen(_) => ServiceStep::Reopen,
            Self::Cancel(_) => ServiceStep::Cancel,
        }
    }
}

/// A request after a step, and the pauses that the step began or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// The request.
    pub request: ServiceRequest,
    /// The pauses that changed.
    pub pauses: Vec<ServicePause>,
}

/// A request after something was done with it at `now`. Asking the customer for something, or resolving it, is a response.
/// The first response and the first resolution are kept, however often it is opened again. `pauses` are those so far, in
/// order.
///
/// # Errors
///
/// What [`Services`] refuses (at `id`) · `text.*` (reason, resolution) · `code.*` (cause) · `service.cause_missing` of a
/// complaint that is resolved. Rule SV-7 (F110, F111).
pub fn handle(
    request: &ServiceRequest,
    pauses: &[ServicePause],
    handling: Handling<'_>,
    now: Timestamp,
) -> Result<Handled, Refusal> {
    let step = handling.step();
    let mut check = Check::default();
    let state = machine::step::<Services>(request.state, step);
    let state = check.below("id", state.map_err(Refusal::of));
    let mut after = request.clone();
    match handling {
        Handling::Assign(handler) => after.handler = Some(handler),
        Handling::Wait(_) | Handling::Start | Handling::Respond | Handling::Resume => {}
        Handling::Resolve(resolution, cause) => {
            after.resolution = check.take("resolution", Note::parse(resolution));
            after.cause = cause.and_then(|cause| check.take("cause", Code::parse(cause)));
            let complaint = request.request_type == ServiceType::Complaint;
            check.rule(!complaint || cause.is_some(), "cause", || {
                Invalid::new("service.cause_missing", "").limit("what the complaint came of")
            });
        }
        Handling::Close => after.closed_at = Some(now),
        Handling::Reopen(reason) => {
            after.reason = check.take("reason", Note::parse(reason));
            after.reopened = after.reopened.saturating_add(1);
            (after.resolved_at, after.closed_at) = (None, None);
        }
        Handling::Cancel(reason) => {
            after.reason = check.take("reason", Note::parse(reason));
            after.closed_at = Some(now);
        }
    }
    if matches!(step, ServiceStep::Respond | ServiceStep::Wait | ServiceStep::Resolve) {
        after.responded_at = after.responded_at.or(Some(now));
    }
    if step == ServiceStep::Resolve {
        after.first_resolved_at = after.first_resolved_at.or(Some(now));
        after.resolved_at = Some(now);
    }
    let waits_for = if let Handling::Wait(reason) = handling {
        check.take("reason", Note::parse(reason))
    } else {
        None
    };
    let state = check.finish(state)?;
    let pauses = paused(request, state, pauses, waits_for, now);
    Ok(Handled { request: ServiceRequest { state, ..after }, pauses })
}

/// Why the resolution clock stands still in a state.
const fn cause_of(state: ServiceState) -> Option<PauseCause> {
    match state {
        ServiceState::Waiting => Some(PauseCause::Customer),
        ServiceState::Resolved | ServiceState::Closed => Some(PauseCause::Resolved),
        ServiceState::New
        | ServiceState::Assigned
        | ServiceState::InWork
        | ServiceState::Cancelled => None,
    }
}

/// The pause that goes on ends where the state is another's; the new state begins its own.
fn paused(
    request: &ServiceRequest,
    state: ServiceState,
    pauses: &[ServicePause],
    reason: Option<Note>,
    now: Timestamp,
) -> Vec<ServicePause> {
    let (before, after) = (cause_of(request.state), cause_of(state));
    if before == after {
        return Vec::new();
    }
    let open = pauses.iter().rfind(|pause| pause.until.is_none());
    let ended =
        open.map(|pause| ServicePause { until: Some(now.max(pause.since)), ..pause.clone() });
    let ordinal = u32::try_from(pauses.len()).unwrap_or(u32::MAX);
    let begun = after.map(|cause| ServicePause {
        id: ServicePause::id_of(request.id, ordinal),
        request: request.id,
        ordinal,
        since: now,
        until: None,
        cause,
        reason,
        ext: Ext::new(),
    });
    ended.into_iter().chain(begun).collect()
}

impl ServicePause {
    /// The id of the pause of a request with that number.
    pub fn id_of(request: Id<ServiceRequest>, ordinal: u32) -> Id<Self> {
        let (request, ordinal): (Uuid, _) = (request.uuid(), ordinal.to_be_bytes());
        Id::derived([b"service pause".as_slice(), request.as_bytes(), &ordinal])
    }
}

/// A request with another wording or severity. Its clocks go by the severity that it has now; levels that were told stay told.
///
/// # Errors
///
/// `service.closed` or `service.cancelled` of one that is over · those of a request that comes in. Rule SV-8 (F110).
pub fn reclassify(request: &ServiceRequest, wish: &ServiceWish) -> Result<ServiceRequest, Refusal> {
    let mut check = Check::default();
    let over = match request.state {
        ServiceState::Closed => Some("service.closed"),
        ServiceState::Cancelled => Some("service.cancelled"),
        ServiceState::New
        | ServiceState::Assigned
        | ServiceState::InWork
        | ServiceState::Waiting
        | ServiceState::Resolved => None,
    };
    if let Some(code) = over {
        check.refuse("id", Invalid::new(code, &request.id.to_string()));
    }
    let wording = wish.read(&mut check);
    check.finish(wording.map(|wording| request.clone().worded(wish, wording)))
}
