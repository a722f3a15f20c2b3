//! The invariants of what happens after a sale.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Faults, State};
use crate::campaign::{AdSpend, Referral, Review};
use crate::party::Customer;
use crate::record::Kind;
use crate::schedule::{Timer, TimerCode};
use crate::service::{
    Alarms, FeedbackRequest, FeedbackState, Issue, IssueReport, IssueState, Pace, PauseCause,
    ServicePause, ServicePolicy, ServiceRequest, ServiceState, ServiceTerms, alarms,
};
use crate::settings::{Calendar, Settings};
use crate::value::{Code, Id, Timestamp, WorkCalendar};

/// The pauses of each request, in order.
fn pauses(state: &State) -> BTreeMap<Id<ServiceRequest>, Vec<ServicePause>> {
    let mut pauses: BTreeMap<Id<ServiceRequest>, Vec<ServicePause>> = BTreeMap::new();
    for pause in state.live::<ServicePause>() {
        pauses.entry(pause.request).or_default().push(pause);
    }
    for of_one in pauses.values_mut() {
        of_one.sort_by_key(|pause| pause.ordinal);
    }
    pauses
}

/// How far a request is follows from when what happened, and its pauses.
pub(super) fn states(state: &State, faults: &mut Faults) {
    let pauses = pauses(state);
    for request in state.live::<ServiceRequest>() {
        let mut fault = |what: &str| faults.report(Kind::ServiceRequest, request.id.uuid(), what);
        let (resolved, over) = match request.state {
            ServiceState::New
            | ServiceState::Assigned
            | ServiceState::InWork
            | ServiceState::Waiting => (false, false),
            ServiceState::Resolved => (true, false),
            ServiceState::Closed => (true, true),
            ServiceState::Cancelled => (false, true),
        };
        if request.resolved_at.is_some() != resolved || request.closed_at.is_some() != over {
            fault("when it was resolved or closed does not fit how far it is");
        }
        if request.handler.is_none()
            && !matches!(request.state, ServiceState::New | ServiceState::Cancelled)
        {
            fault("nobody handles it, and it is not new");
        }
        let first = request.first_resolved_at;
        if first > request.resolved_at.or(first)
            || first.is_some_and(|first| request.responded_at.is_none_or(|at| at > first))
        {
            fault("its first times are not its first");
        }
        let of_one = pauses.get(&request.id).map_or(&[][..], Vec::as_slice);
        if !follow(of_one) {
            fault("its pauses do not follow each other");
        }
        let open = of_one.last().filter(|pause| pause.until.is_none()).map(|pause| pause.cause);
        let due = match request.state {
            ServiceState::Waiting => Some(PauseCause::Customer),
            ServiceState::Resolved | ServiceState::Closed => Some(PauseCause::Resolved),
            ServiceState::New
            | ServiceState::Assigned
            | ServiceState::InWork
            | ServiceState::Cancelled => None,
        };
        if open != due {
            fault("its clock stands still where it should run, or the other way round");
        }
        let named = request.about_kind.and_then(|kind| Kind::named(kind.code()));
        if named.is_some_and(|kind| !state.knows(kind, request.about))
            || request.about_kind.is_none() != request.about.is_nil()
        {
            fault("what it is about was never there");
        }
    }
}

/// Whether pauses are numbered, ended before the next began, and only the last goes on.
fn follow(pauses: &[ServicePause]) -> bool {
    let numbered = pauses.iter().zip(0..).all(|(pause, ordinal)| pause.ordinal == ordinal);
    let ordered = pauses.windows(2).all(|pair| match pair {
        [before, after] => before.until.is_some_and(|until| until <= after.since),
        _ => true,
    });
    numbered
        && ordered
        && pauses.iter().all(|pause| pause.until.is_none_or(|until| until >= pause.since))
}

/// An open request has a timer for each of its clocks that runs and has an alarm ahead, and no request has another. When it
/// is set to, a calendar that was defined anew may have changed since.
pub(super) fn clocks(state: &State, faults: &mut Faults) {
    let Some(settings) = state.find::<Settings>(Settings::ID) else { return };
    let usual = settings.usual_calendar();
    let calendars: BTreeMap<Code, WorkCalendar> =
        state.live::<Calendar>().map(|calendar| (calendar.code, calendar.hours)).collect();
    let (pauses, shipped) = (pauses(state), ServiceTerms::default());
    let policies: BTreeMap<Id<ServicePolicy>, ServiceTerms> =
        state.live::<ServicePolicy>().map(|policy| (policy.id, policy.terms)).collect();
    let mut timers: BTreeMap<(Uuid, TimerCode), usize> = BTreeMap::new();
    for timer in state.live::<Timer>() {
        let set = timers.entry((timer.subject, timer.code)).or_default();
        *set = set.saturating_add(1);
    }
    for request in state.live::<ServiceRequest>() {
        let terms = match request.policy {
            Some(policy) => policies.get(&policy),
            None => Some(&shipped),
        };
        let Some(terms) = terms else { continue };
        let calendar = terms.calendar.as_ref().and_then(|code| calendars.get(code));
        let pace = Pace {
            pauses: pauses.get(&request.id).map_or(&[][..], Vec::as_slice),
            terms,
            calendar: calendar.unwrap_or(&usual),
        };
        let Alarms { response, resolution } = alarms(&request, pace);
        let clocks =
            [(TimerCode::ServiceResponse, response), (TimerCode::ServiceResolution, resolution)];
        for (code, due) in clocks {
            let set = timers.remove(&(request.id.uuid(), code)).unwrap_or_default();
            if set != usize::from(due.is_some()) {
                let what = format!("{code} is due at {due:?} and has {set} timers");
                faults.report(Kind::ServiceRequest, request.id.uuid(), what);
            }
        }
    }
}

/// A request for feedback is as far as what happened to it says.
pub(super) fn feedback(state: &State, faults: &mut Faults) {
    let mut timers: BTreeMap<Uuid, Vec<Timestamp>> = BTreeMap::new();
    for timer in state.live::<Timer>().filter(|timer| timer.code == TimerCode::FeedbackExpire) {
        timers.entry(timer.subject).or_default().push(timer.due_at);
    }
    for request in state.live::<FeedbackRequest>() {
        let mut fault = |what: &str| faults.report(Kind::FeedbackRequest, request.id.uuid(), what);
        let scores: Vec<u32> =
            request.product_score.into_iter().chain(request.service_score).collect();
        let answered = request.state == FeedbackState::Answered;
        let within = scores.iter().all(|score| (1..=request.scale).contains(score));
        if answered == scores.is_empty() || answered != request.answered_at.is_some() || !within {
            fault("its scores do not fit how far it is, or its scale");
        }
        if (request.state == FeedbackState::Skipped) != request.skipped.is_some() {
            fault("it is not asked and does not say why, or the other way round");
        }
        let asked = request.state == FeedbackState::Asked;
        let end = request.expires_at.filter(|_| asked);
        let set = timers.get(&request.id.uuid()).map_or(&[][..], Vec::as_slice);
        if end.as_slice() != set || (asked && request.asked_at.is_none()) {
            fault("it is asked without an end, or its timer is at another time");
        }
        if Kind::named(request.about_kind.code())
            .is_some_and(|kind| !state.knows(kind, request.about))
        {
            fault("what it is about was never there");
        }
    }
}

/// An issue and its reports agree; what a report names was there.
pub(super) fn issues(state: &State, faults: &mut Faults) {
    let mut fixed = BTreeMap::new();
    for issue in state.live::<Issue>() {
        let is_fixed = issue.state == IssueState::Fixed;
        if is_fixed != issue.fixed_at.is_some() {
            faults.report(
                Kind::Issue,
                issue.id.uuid(),
                "when it was fixed does not fit how far it is",
            );
        }
        fixed.insert(issue.id, is_fixed);
    }
    for report in state.live::<IssueReport>() {
        let mut fault = |what: &str| faults.report(Kind::IssueReport, report.id.uuid(), what);
        if fixed.get(&report.issue).is_some_and(|fixed| *fixed != report.told_at.is_some()) {
            fault("whoever reported it was told of what is not so, or not told of what is");
        }
        let kind = report.source_kind.and_then(|kind| Kind::named(kind.code()));
        if kind.is_some_and(|kind| !state.knows(kind, report.source))
            || report.source_kind.is_none() != report.source.is_nil()
        {
            fault("what it came from was never there");
        }
    }
}

/// Referrals go round in no circle; spending and reviews are within their bounds.
pub(super) fn marketing(state: &State, faults: &mut Faults) {
    let mut brought = BTreeMap::new();
    for referral in state.live::<Referral>() {
        if brought.insert(referral.referred, referral.referrer).is_some() {
            faults.report(Kind::Referral, referral.id.uuid(), "somebody was brought twice");
        }
    }
    for referral in state.live::<Referral>() {
        let above = |id: &Id<Customer>| brought.get(id).copied();
        let chain = core::iter::successors(above(&referral.referred), above).take(brought.len());
        if chain.into_iter().any(|id| id == referral.referred) {
            let what = "somebody was brought by whom they brought";
            faults.report(Kind::Referral, referral.id.uuid(), what);
        }
    }
    for spend in state.live::<AdSpend>() {
        if spend.to_day < spend.from_day || spend.cost.is_negative() {
            let what = "it ends before it starts, or is less than nothing";
            faults.report(Kind::AdSpend, spend.id.uuid(), what);
        }
    }
    for review in state.live::<Review>() {
        if !(1..=review.scale).contains(&review.score) {
            faults.report(Kind::Review, review.id.uuid(), "its score is outside its scale");
        }
    }
}
