//! What the clocks of a request show, when somebody is told that a limit passed, and who.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Level, ServicePause, ServiceRequest, ServiceState, ServiceTerms, Target, Tell};
use crate::codes;
use crate::value::{Span, TimeLimit, Timestamp, WorkCalendar};

codes! {
    /// Which clock.
    pub enum ClockCode {
        /// Until we first respond.
        Response = "response",
        /// Until it is resolved.
        Resolution = "resolution",
    }
}

/// What decides about the clocks of a request besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'a> {
    /// Its pauses, in order.
    pub pauses: &'a [ServicePause],
    /// The revision of the policy under which it came in.
    pub terms: &'a ServiceTerms,
    /// The calendar of that policy.
    pub calendar: &'a WorkCalendar,
}

/// What one clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// How long it may take.
    pub limit: TimeLimit,
    /// When the limit is reached, by the pauses so far; nothing while the clock stands still, or beyond the years of the
    /// calendar.
    pub due: Option<Timestamp>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Seconds that count, until it was done or until now.
    pub spent_seconds: u32,
    /// Whether it took longer than it may: at the very instant of the limit it is still in time to be done, and late if it
    /// is not.
    pub breached: bool,
    /// How many levels of escalation were told.
    pub level: u32,
}

/// What both clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clocks {
    /// Until we first responded.
    pub response: Clock,
    /// Until it is resolved.
    pub resolution: Clock,
    /// Whether the resolution clock stands still.
    pub paused: bool,
}

/// What the clocks of a request show at `now`; nothing where its policy has no target for its severity. The resolution
/// clock counts from when the request reached us, over all times that it was opened again, pauses left out.
/// Rule SV-3 (F110, F116).
pub fn clocks(request: &ServiceRequest, pace: Pace<'_>, now: Timestamp) -> Option<Clocks> {
    let target = pace.terms.targets.get(&request.severity)?;
    let response = pace.clock(target.response, request, &[], request.responded_at, now);
    let spans = pace.spans(Some(now));
    let resolution = pace.clock(target.resolution, request, &spans, request.resolved_at, now);
    // While it stands still for the customer nobody knows when the limit is reached.
    let due = if request.state == ServiceState::Waiting {
        None
    } else {
        target.resolution.due(request.received_at, &pace.spans(None), pace.calendar).ok()
    };
    Some(Clocks {
        response: Clock { level: request.response_level, ..response },
        resolution: Clock { due, level: request.resolution_level, ..resolution },
        paused: !runs(request.state),
    })
}

/// Whether the resolution clock runs in a state.
const fn runs(state: ServiceState) -> bool {
    matches!(state, ServiceState::New | ServiceState::Assigned | ServiceState::InWork)
}

impl Pace<'_> {
    /// The stretches in which time stands still; one that goes on ends at `open`, or is left out.
    fn spans(self, open: Option<Timestamp>) -> Vec<Span> {
        let spans = self.pauses.iter().filter_map(|pause| {
            let until = pause.until.or_else(|| open.map(|open| open.max(pause.since)))?;
            Span::new(pause.since, until).ok()
        });
        spans.collect()
    }

    fn clock(
        self,
        limit: TimeLimit,
        request: &ServiceRequest,
        spans: &[Span],
        done_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Clock {
        let from = request.received_at;
        let due = limit.due(from, spans, self.calendar).ok();
        let until = done_at.or(request.closed_at).unwrap_or(now);
        let spent = limit.spent(from, until, spans, self.calendar).unwrap_or_default();
        let late = |due: Timestamp| done_at.map_or(now >= due, |done| done > due);
        let asked = done_at.is_some() || request.state.is_open();
        Clock {
            limit,
            due,
            done_at,
            spent_seconds: u32::try_from(spent.num_seconds()).unwrap_or(u32::MAX),
            breached: asked && due.is_some_and(late),
            level: 0,
        }
    }

    /// When a level of escalation is due.
    fn level_due(
        self,
        limit: TimeLimit,
        level: Level,
        request: &ServiceRequest,
        spans: &[Span],
    ) -> Option<Timestamp> {
        limit.longer(level.after_minutes).due(request.received_at, spans, self.calendar).ok()
    }
}

/// When somebody is told next of what takes too long; nothing where nothing does any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// That we have not responded.
    pub response: Option<Timestamp>,
    /// That it is not resolved.
    pub resolution: Option<Timestamp>,
}

/// The next alarms of a request: each level of escalation is told once, of what is open; the resolution clock alarms
/// nobody while it stands still. Rule SV-4 (F110, F111).
pub fn alarms(request: &ServiceRequest, pace: Pace<'_>) -> Alarms {
    let Some(target) = pace.terms.targets.get(&request.severity) else {
        return Alarms::default();
    };
    Alarms {
        response: response_alarm(request, target, pace).map(|(_, at)| at),
        resolution: resolution_alarm(request, target, pace).map(|(_, at)| at),
    }
}

fn response_alarm(
    request: &ServiceRequest,
    target: &Target,
    pace: Pace<'_>,
) -> Option<(Level, Timestamp)> {
    let level = pace.terms.level(request.response_level)?;
    let waits = request.responded_at.is_none() && request.state.is_open();
    let at = pace.level_due(target.response, level, request, &[])?;
    waits.then_some((level, at))
}

fn resolution_alarm(
    request: &ServiceRequest,
    target: &Target,
    pace: Pace<'_>,
) -> Option<(Level, Timestamp)> {
    let level = pace.terms.level(request.resolution_level)?;
    let at = pace.level_due(target.resolution, level, request, &pace.spans(None))?;
    runs(request.state).then_some((level, at))
}

impl ServiceTerms {
    fn level(&self, told: u32) -> Option<Level> {
        self.levels.get(usize::try_from(told).ok()?).copied()
    }
}

/// That a limit passed, and who is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The request, one level higher.
    pub request: ServiceRequest,
    /// Who is told.
    pub tell: Tell,
    /// When it was due.
    pub due_at: Timestamp,
}

/// What is to be told of a request by one of its clocks at `now`: one level at a time, each once; nothing where it is not
/// due yet, or no more. Rule SV-5 (F111).
pub fn raise(
    request: &ServiceRequest,
    clock: ClockCode,
    pace: Pace<'_>,
    now: Timestamp,
) -> Option<Raised> {
    let target = pace.terms.targets.get(&request.severity)?;
    let alarm = match clock {
        ClockCode::Response => response_alarm(request, target, pace),
        ClockCode::Resolution => resolution_alarm(request, target, pace),
    };
    let (level, due_at) = alarm.filter(|(_, at)| *at <= now)?;
    let mut request = request.clone();
    match clock {
        ClockCode::Response => request.response_level = request.response_level.saturating_add(1),
        ClockCode::Resolution => {
            request.resolution_level = request.resolution_level.saturating_add(1);
        }
    }
    Some(Raised { request, tell: level.tell, due_at })
}

/// The `percent`th percentile of ascending seconds in whole minutes, halves rounded up; interpolated linearly between the
/// two nearest ranks. Nothing of none. Rule SV-19 (F116).
///
/// # Source
///
/// Hyndman and Fan (1996), "Sample quantiles in statistical packages", type 7: what spreadsheets, R and NumPy do.
pub fn percentile(seconds: &[u32], percent: u32) -> Option<u64> {
    let last = u64::try_from(seconds.len()).ok()?.checked_sub(1)?;
    let position = last.checked_mul(percent.into())?;
    let (rank, part) = (position.checked_div(100)?, position.checked_rem(100)?);
    let at = usize::try_from(rank).ok()?;
    let low = u64::from(*seconds.get(at)?);
    let high = seconds.get(at.saturating_add(1)).map_or(low, |high| u64::from(*high));
    let step = high.checked_sub(low)?.checked_mul(part)?;
    let hundredths = low.checked_mul(100)?.checked_add(step)?;
    hundredths.checked_add(3_000)?.checked_div(6_000)
}
