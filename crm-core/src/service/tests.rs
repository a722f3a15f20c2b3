use uuid::Uuid;

use super::*;
use crate::decision::{Check, broken};
use crate::machine::Machine;
use crate::value::{Hours, TimeLimit, WorkCalendar};

const NOBODY: Uuid = Uuid::nil();

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday, 2026-11-23, so many minutes after 09:00 in Shanghai.
fn minute(minutes: i64) -> Timestamp {
    at("2026-11-23T01:00:00Z").checked_add(chrono::TimeDelta::minutes(minutes)).unwrap()
}

fn office() -> WorkCalendar {
    let day = crate::value::DayHours::new([Hours::new(9 * 60, 18 * 60).unwrap()]).unwrap();
    WorkCalendar::mainland_china(&day)
}

fn user(n: u128) -> Id<User> {
    Id::new(Uuid::from_u128(n))
}

fn wish() -> OpenService {
    OpenService {
        customer: Some(Id::new(Uuid::from_u128(9))),
        request_type: "fault".into(),
        subject: "不能开机".into(),
        ..Default::default()
    }
}

fn opened() -> ServiceRequest {
    open(Id::new(Uuid::from_u128(1)), &wish(), None, user(5), minute(0)).unwrap()
}

/// A request and its pauses, as they come to be by steps.
#[derive(Clone)]
struct Case {
    request: ServiceRequest,
    pauses: Vec<ServicePause>,
}

impl Case {
    fn new(request: ServiceRequest) -> Self {
        Self { request, pauses: Vec::new() }
    }

    fn try_step(
        &self,
        step: ServiceStep,
        now: Timestamp,
    ) -> Result<Self, crate::decision::Refusal> {
        let handling = match step {
            ServiceStep::Assign => Handling::Assign(user(6)),
            ServiceStep::Start => Handling::Start,
            ServiceStep::Respond => Handling::Respond,
            ServiceStep::Wait => Handling::Wait("序列号"),
            ServiceStep::Resume => Handling::Resume,
            ServiceStep::Resolve => Handling::Resolve("换了电源", Some("power")),
            ServiceStep::Close => Handling::Close,
            ServiceStep::Reopen => Handling::Reopen("又坏了"),
            ServiceStep::Cancel => Handling::Cancel("打错了"),
        };
        let Handled { request, pauses: changed } =
            handle(&self.request, &self.pauses, handling, now)?;
        let mut pauses = self.pauses.clone();
        for pause in changed {
            match pauses.iter_mut().find(|own| own.id == pause.id) {
                Some(own) => *own = pause,
                None => pauses.push(pause),
            }
        }
        Ok(Self { request, pauses })
    }

    fn steps(self, steps: &[(ServiceStep, i64)]) -> Self {
        steps.iter().fold(self, |case, (step, at)| case.try_step(*step, minute(*at)).unwrap())
    }

    fn clocks(&self, terms: &ServiceTerms, now: Timestamp) -> Clocks {
        let calendar = office();
        clocks(&self.request, Pace { pauses: &self.pauses, terms, calendar: &calendar }, now)
            .unwrap()
    }

    fn alarms(&self, terms: &ServiceTerms) -> Alarms {
        let calendar = office();
        alarms(&self.request, Pace { pauses: &self.pauses, terms, calendar: &calendar })
    }
}

/// The shortest way into a state.
fn way(state: ServiceState) -> &'static [(ServiceStep, i64)] {
    use ServiceStep::{Assign, Cancel, Close, Resolve, Start, Wait};
    match state {
        ServiceState::New => &[],
        ServiceState::Assigned => &[(Assign, 1)],
        ServiceState::InWork => &[(Assign, 1), (Start, 2)],
        ServiceState::Waiting => &[(Assign, 1), (Start, 2), (Wait, 3)],
        ServiceState::Resolved => &[(Assign, 1), (Start, 2), (Resolve, 3)],
        ServiceState::Closed => &[(Assign, 1), (Start, 2), (Resolve, 3), (Close, 4)],
        ServiceState::Cancelled => &[(Cancel, 1)],
    }
}

/// Every step in every state: where it leads, or the code of its refusal; a request and a complaint alike.
#[test]
fn every_step_in_every_state_of_a_request_and_of_a_complaint() {
    let complaint =
        OpenService { request_type: "complaint".into(), severity: Some("high".into()), ..wish() };
    for wish in [wish(), complaint] {
        let opened = open(Id::new(NOBODY), &wish, None, user(5), minute(0)).unwrap();
        for state in ServiceState::ALL {
            let case = Case::new(opened.clone()).steps(way(*state));
            assert_eq!(case.request.state, *state);
            for step in ServiceStep::ALL {
                let done = case.try_step(*step, minute(9));
                match Services::next(*state, *step) {
                    Ok(into) => assert_eq!(done.unwrap().request.state, into, "{state} {step}"),
                    Err(code) => {
                        let refusal = done.err().unwrap();
                        let first = refusal.violations().next().unwrap();
                        assert_eq!((first.code.as_str(), first.path.as_str()), (code, "id"));
                        let allowed = state.steps().into_iter().map(ServiceStep::code);
                        assert_eq!(first.allowed, allowed.collect::<Vec<_>>());
                    }
                }
            }
        }
    }
}

#[test]
fn a_step_says_what_it_needs() {
    let working = Case::new(opened()).steps(way(ServiceState::InWork)).request;
    let complaint = ServiceRequest { request_type: ServiceType::Complaint, ..working.clone() };
    let table = [
        ("waits for something", &working, Handling::Wait(" "), "reason text.empty"),
        (
            "is resolved by something",
            &working,
            Handling::Resolve("", None),
            "resolution text.empty",
        ),
        (
            "has a cause that is a code",
            &working,
            Handling::Resolve("x", Some("!")),
            "cause code.format",
        ),
        ("needs no cause", &working, Handling::Resolve("x", None), ""),
        (
            "that is a complaint does",
            &complaint,
            Handling::Resolve("x", None),
            "cause service.cause_missing",
        ),
        ("is called off for a reason", &working, Handling::Cancel(""), "reason text.empty"),
        (
            "hears of every fault",
            &complaint,
            Handling::Reopen(" "),
            "id service.not_resolved, reason text.empty",
        ),
    ];
    for (rule, request, handling, expected) in table {
        let decided = handle(request, &[], handling, minute(9));
        assert_eq!(broken(&decided).join(", "), expected, "a request {rule}");
    }
}

#[test]
fn a_request_comes_in_from_a_customer_and_a_complaint_says_how_bad_it_is() {
    let complaint = OpenService { request_type: "complaint".into(), ..wish() };
    let bad = OpenService {
        customer: None,
        request_type: "x".into(),
        severity: Some("x".into()),
        subject: " ".into(),
        content: Some(String::new()),
        channel: Some("fax".into()),
        received_at: Some(minute(1)),
        ..wish()
    };
    let table = [
        ("of a customer", wish(), ""),
        ("as a complaint", complaint.clone(), "severity service.severity_missing"),
        ("as a complaint", OpenService { severity: Some("low".into()), ..complaint }, ""),
        (
            "as nothing",
            bad,
            "customer service.without_customer, request_type code.unknown, severity code.unknown, \
             subject text.empty, content text.empty, channel code.unknown, received_at service.in_future",
        ),
    ];
    for (rule, wish, expected) in table {
        let decided = open(Id::new(NOBODY), &wish, None, user(5), minute(0));
        assert_eq!(broken(&decided).join(", "), expected, "a request comes in {rule}");
    }
    let request = opened();
    assert_eq!(reclassify(&request, &request.wish()), Ok(request.clone()));
    let over = Case::new(request).steps(way(ServiceState::Closed)).request;
    assert_eq!(broken(&reclassify(&over, &over.wish())), ["id service.closed"]);
}

/// High: 1 hour until we respond, 9 hours until it is resolved, of 9 hours a day from 09:00.
#[test]
fn the_clocks_of_a_request_count_working_time_and_stand_still_while_we_wait() {
    use ServiceStep::{Assign, Close, Reopen, Resolve, Respond, Resume, Start, Wait};
    let terms = ServiceTerms::default();
    let high = OpenService { severity: Some("high".into()), ..wish() };
    let high = open(Id::new(NOBODY), &high, None, user(5), minute(0)).unwrap();
    let case = Case::new(high);
    let due = |text: &str| Some(at(text));
    // Received on Monday 09:00: 10:00 and 18:00.
    let clocks = case.clocks(&terms, minute(30));
    assert_eq!(clocks.response.due, due("2026-11-23T02:00:00Z"));
    assert_eq!(clocks.resolution.due, due("2026-11-23T10:00:00Z"));
    assert_eq!((clocks.response.spent_seconds, clocks.response.breached), (1800, false));
    // At the very instant of the limit what is not done is late, and what is done is in time.
    assert!(case.clocks(&terms, minute(60)).response.breached);
    assert!(!case.clocks(&terms, minute(59)).response.breached);
    let answered = case.clone().steps(&[(Assign, 10), (Respond, 60)]);
    assert!(!answered.clocks(&terms, minute(600)).response.breached);
    // It waits from 10:00 to 17:00: two hours are left on Tuesday... 8 of 9 hours from 17:00 on Monday.
    let waiting = answered.clone().steps(&[(Wait, 60)]);
    let shown = waiting.clocks(&terms, minute(900));
    assert!(shown.paused && shown.resolution.due.is_none() && !shown.resolution.breached);
    assert_eq!(shown.resolution.spent_seconds, 3600);
    let resumed = waiting.steps(&[(Resume, 480)]);
    assert_eq!(resumed.clocks(&terms, minute(480)).resolution.due, due("2026-11-24T08:00:00Z"));
    // Resolved on Tuesday 15:00 after 8 hours, opened again on Thursday 09:00: one hour is left.
    let resolved = resumed.steps(&[(Resolve, 24 * 60 + 360)]);
    let shown = resolved.clocks(&terms, minute(3 * 24 * 60));
    assert_eq!((shown.resolution.spent_seconds, shown.resolution.breached), (8 * 3600, false));
    let again = resolved.steps(&[(Close, 2 * 24 * 60), (Reopen, 3 * 24 * 60)]);
    assert_eq!(again.clocks(&terms, minute(0)).resolution.due, due("2026-11-26T02:00:00Z"));
    // First times stay.
    let end = again.clone().steps(&[(Start, 3 * 24 * 60 + 1), (Resolve, 3 * 24 * 60 + 61)]);
    assert_eq!(end.request.responded_at, Some(minute(60)));
    assert_eq!(end.request.first_resolved_at, Some(minute(24 * 60 + 360)));
    assert_eq!(end.request.resolved_at, Some(minute(3 * 24 * 60 + 61)));
    assert!(end.clocks(&terms, minute(9000)).resolution.breached, "a minute over the hour");
    assert_eq!(end.request.reopened, 1);
}

#[test]
fn asking_for_something_or_resolving_is_a_response() {
    use ServiceStep::{Assign, Resolve, Start, Wait};
    for step in [Wait, Resolve] {
        let case = Case::new(opened()).steps(&[(Assign, 1), (Start, 2), (step, 7)]);
        assert_eq!(case.request.responded_at, Some(minute(7)), "{step}");
    }
}

#[test]
fn each_level_is_told_once_and_nobody_is_alarmed_while_the_clock_stands_still() {
    use ServiceStep::{Assign, Resume, Start, Wait};
    let (terms, calendar) = (ServiceTerms::default(), office());
    let mut case = Case::new(opened());
    // Medium: 4 hours until we respond; told at once, an hour later, four hours later.
    let mut told = Vec::new();
    for now in (0..5000).step_by(10) {
        let pace = Pace { pauses: &case.pauses, terms: &terms, calendar: &calendar };
        while let Some(raised) = raise(&case.request, ClockCode::Response, pace, minute(now)) {
            told.push((raised.tell, raised.due_at));
            case.request = raised.request;
        }
    }
    let expected = [
        (Tell::Handler, at("2026-11-23T05:00:00Z")),
        (Tell::Manager, at("2026-11-23T06:00:00Z")),
        (Tell::Director, at("2026-11-23T09:00:00Z")),
    ];
    assert_eq!(told, expected);
    assert_eq!(case.alarms(&terms).response, None);
    // The resolution clock alarms after 27 hours: Wednesday 18:00; while it waits, never; then later.
    let case = case.steps(&[(Assign, 1), (Start, 2)]);
    assert_eq!(case.alarms(&terms).resolution, Some(at("2026-11-25T10:00:00Z")));
    let case = case.steps(&[(Wait, 60)]);
    assert_eq!(case.alarms(&terms).resolution, None);
    let case = case.steps(&[(Resume, 120)]);
    assert_eq!(case.alarms(&terms).resolution, Some(at("2026-11-26T02:00:00Z")));
}

#[test]
fn a_policy_has_a_target_for_each_severity_and_what_is_worse_takes_no_longer() {
    let shipped = ServiceTerms::default();
    let with = |severity, response: u32, resolution: u32| {
        let (response, resolution) =
            (TimeLimit::WorkingMinutes(response), TimeLimit::WorkingMinutes(resolution));
        let mut terms = shipped.clone();
        terms.targets.insert(severity, Target { response, resolution });
        terms
    };
    let mut gap = shipped.clone();
    gap.targets.remove(&Severity::Low);
    let level = |after_minutes| Level { after_minutes, tell: Tell::Handler };
    let twice = ServiceTerms { levels: vec![level(5), level(5)], ..shipped.clone() };
    let many = ServiceTerms { levels: (0..6).map(level).collect(), ..shipped.clone() };
    let mut by_clock = with(Severity::Critical, 30, 240);
    let elapsed = TimeLimit::ElapsedMinutes(9999);
    by_clock.targets.insert(Severity::Critical, Target { response: elapsed, resolution: elapsed });
    let table = [
        ("as it ships", shipped.clone(), ""),
        ("with a gap", gap, "terms.targets.low service_policy.gap"),
        (
            "of no time",
            with(Severity::Critical, 0, 240),
            "terms.targets.critical.response service_policy.zero",
        ),
        (
            "resolved before responded to",
            with(Severity::Low, 2701, 2700),
            "terms.targets.low.response service_policy.response_late",
        ),
        (
            "upside down",
            with(Severity::Critical, 61, 541),
            "terms.targets.critical.response service_policy.inverted, \
             terms.targets.critical.resolution service_policy.inverted",
        ),
        ("by the clock beside working time", by_clock, ""),
        ("with a level twice", twice, "terms.levels[1].after_minutes service_policy.level_order"),
        ("with too many levels", many, "terms.levels service_policy.levels"),
    ];
    for (rule, terms, expected) in table {
        let mut check = Check::default();
        lint(&terms, &mut check);
        assert_eq!(broken(&check.done()).join(", "), expected, "a policy {rule}");
    }
}

#[test]
fn a_policy_is_revised_and_the_same_terms_are_no_revision() {
    let define = |terms, last: Option<&ServicePolicy>| {
        define_policy(Id::new(Uuid::from_u128(3)), &DefineServicePolicy { terms }, last, minute(0))
    };
    let first = define(ServiceTerms::default(), None).unwrap();
    assert_eq!(first.revision, 1);
    assert_eq!(define(ServiceTerms::default(), Some(&first)), Ok(first.clone()));
    let other = ServiceTerms { levels: Vec::new(), ..ServiceTerms::default() };
    assert_eq!(define(other, Some(&first)).unwrap().revision, 2);
}

/// Checked against R 4.3: quantile(c(60, 120, 240, 600), c(.5, .9, .95)) / 60 is 3, 8.2, 9.1.
#[test]
fn percentiles_are_those_of_spreadsheets() {
    let times = [60, 120, 240, 600];
    assert_eq!(
        [50, 90, 95].map(|percent| percentile(&times, percent)),
        [Some(3), Some(8), Some(9)]
    );
    assert_eq!(percentile(&[90], 99), Some(2), "a minute and a half is two");
    assert_eq!(percentile(&[89], 0), Some(1));
    assert_eq!(percentile(&[], 50), None);
}
