//! How long a deal may stand in its stage, and who hears of it when.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dossier, history};
use crate::pipeline::{BackClock, StageLimit};
use crate::schedule::TimerCode;
use crate::settings::User;
use crate::value::{Id, Invalid, Span, TimeLimit, Timestamp, WorkCalendar};

/// The instants of a deal's stay in its stage; nothing where the stage has no limit or the deal is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clocks {
    /// When its owner is warned.
    pub warn: Option<Timestamp>,
    /// When the limit is reached.
    pub breach: Option<Timestamp>,
    /// When the manager is told.
    pub escalate: Option<Timestamp>,
}

/// What a timer of a stage does when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A user is told that this was due at that instant.
    Tell {
        /// Whom.
        recipient: Id<User>,
        /// When it was due.
        due_at: Timestamp,
    },
    /// The rules changed since the timer was set: it is due at this later instant.
    Later(Timestamp),
    /// Nothing: the deal is closed, or its stage has no such limit any more.
    Nothing,
}

/// The instants at which a deal's stay in its stage is warned of, breached and escalated. Rule OPP-14 (F064).
///
/// The clock starts when the deal enters the stage. When it comes back, the clock starts anew; or, where the pipeline
/// accumulates, goes on from where it stood, and what had happened by then does not happen again.
///
/// # Errors
///
/// Those of [`TimeLimit::due`]: `calendar.range`, `calendar.no_working_time`, `time.range`.
pub fn clocks(dossier: &Dossier, calendar: &WorkCalendar) -> Result<Clocks, Invalid> {
    let stage = dossier.open_stage().ok();
    let Some((stage, limit)) = stage.and_then(|stage| Some((stage, stage.limit?))) else {
        return Ok(Clocks::default());
    };
    let history = history(&dossier.deal, &dossier.moves);
    let entered = dossier.deal.stage_entered_at;
    let (start, pauses) = match dossier.process.pipeline.back_clock {
        BackClock::Restart => (entered, Vec::new()),
        BackClock::Accumulate => {
            let stays: Vec<_> = history.stays(stage.id).collect();
            let away = stays.windows(2).filter_map(|pair| match pair {
                [left, back] => Span::new(left.left_at?, back.entered_at).ok(),
                _ => None,
            });
            (stays.first().map_or(entered, |first| first.entered_at), away.collect())
        }
    };
    let instant = |time: Option<TimeLimit>| {
        let due = time.map(|time| time.due(start, &pauses, calendar)).transpose()?;
        Ok(due.filter(|due| *due > entered))
    };
    Ok(Clocks {
        warn: instant(limit.warning())?,
        breach: instant(Some(limit.time))?,
        escalate: instant(limit.escalation())?,
    })
}

/// What a timer of a deal's stage does when it is due: the owner hears of a warning and of a breach, the owner's manager of
/// an escalation (the owner where there is none). Rule OPP-15 (F064).
///
/// # Errors
///
/// Those of [`clocks`].
pub fn due(
    code: TimerCode,
    dossier: &Dossier,
    manager: Option<Id<User>>,
    calendar: &WorkCalendar,
    now: Timestamp,
) -> Result<Due, Invalid> {
    let clocks = clocks(dossier, calendar)?;
    let owner = dossier.deal.owner;
    let (instant, recipient) = if code == TimerCode::StageWarn {
        (clocks.warn, owner)
    } else if code == TimerCode::StageBreach {
        (clocks.breach, owner)
    } else if code == TimerCode::StageEscalate {
        (clocks.escalate, manager.unwrap_or(owner))
    } else {
        (None, owner)
    };
    Ok(match instant {
        None => Due::Nothing,
        Some(later) if later > now => Due::Later(later),
        Some(due_at) => Due::Tell { recipient, due_at },
    })
}

impl StageLimit {
    /// The time after which a warning is due.
    fn warning(self) -> Option<TimeLimit> {
        let before = self.warn_before_minutes?;
        Some(shifted(self.time, |minutes| minutes.saturating_sub(before)))
    }

    /// The time after which an escalation is due.
    fn escalation(self) -> Option<TimeLimit> {
        let after = self.escalate_after_minutes?;
        Some(shifted(self.time, |minutes| minutes.saturating_add(after)))
    }
}

/// The same kind of time, another amount of minutes.
fn shifted(time: TimeLimit, shift: impl Fn(u32) -> u32) -> TimeLimit {
    match time {
        TimeLimit::ElapsedMinutes(minutes) => TimeLimit::ElapsedMinutes(shift(minutes)),
        TimeLimit::WorkingMinutes(minutes) => TimeLimit::WorkingMinutes(shift(minutes)),
    }
}

/// Whether nothing happened to an open deal for as many days as its pipeline calls dormant. Rule OPP-16 (F077).
pub fn is_dormant(
    deal: &super::Opportunity,
    dormant_after_days: Option<u32>,
    now: Timestamp,
) -> bool {
    let still = now.since(deal.touched_at);
    deal.phase.closed_at().is_none()
        && dormant_after_days.is_some_and(|days| still >= TimeDelta::days(days.into()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, ctx, dossier, move_id, stage, user, won};
    use super::super::{Advance, advance};
    use super::*;
    use crate::pipeline::Stage;
    use crate::value::DayHours;

    /// A limit of ten hours on stage `a`, warned of two hours before, escalated five hours after.
    fn limited(time: TimeLimit, back_clock: BackClock) -> Dossier {
        let mut dossier = dossier("a");
        dossier.process.pipeline.back_clock = back_clock;
        let (warn_before_minutes, escalate_after_minutes) = (Some(120), Some(300));
        let limit = Some(StageLimit { time, warn_before_minutes, escalate_after_minutes });
        for stage in &mut dossier.process.stages {
            let limit = limit.filter(|_| stage.code.as_str() == "a");
            *stage = Stage { limit, ..stage.clone() };
        }
        dossier
    }

    fn go(mut dossier: Dossier, stage: &str, hour: u32) -> Dossier {
        let (id, stage) = (dossier.deal.id, stage.to_owned());
        let wish = Advance { id, stage, at: None, override_reason: None };
        let step = move_id(dossier.moves.len());
        let moved = advance(&dossier, &wish, step, ctx(hour)).unwrap();
        dossier.deal = moved.deal;
        dossier.moves.push(moved.step);
        dossier
    }

    fn calendar() -> WorkCalendar {
        let hours = DayHours::new(["09:00-18:00".parse().unwrap()]).unwrap();
        WorkCalendar::mainland_china(&hours)
    }

    #[test]
    fn a_stay_of_ten_hours() {
        let elapsed = TimeLimit::ElapsedMinutes(600);
        let working = TimeLimit::WorkingMinutes(600);
        let (restart, accumulate) = (BackClock::Restart, BackClock::Accumulate);
        let there_and_back =
            |back_clock, left, back| go(go(limited(elapsed, back_clock), "b", left), "a", back);
        // The deal begins on Monday at 09:00 in Shanghai.
        let table = [
            ("by the clock", limited(elapsed, restart), [Some(8), Some(10), Some(15)]),
            ("in working time", limited(working, restart), [Some(8), Some(25), Some(30)]),
            ("starts anew", there_and_back(restart, 4, 100), [Some(108), Some(110), Some(115)]),
            ("goes on", there_and_back(accumulate, 4, 100), [Some(104), Some(106), Some(111)]),
            (
                "was warned of once",
                there_and_back(accumulate, 9, 100),
                [None, Some(101), Some(106)],
            ),
            ("was breached once", there_and_back(accumulate, 12, 100), [None, None, Some(103)]),
            ("ends with the stage", go(limited(elapsed, restart), "b", 4), [None; 3]),
            ("ends with the deal", won(), [None; 3]),
        ];
        for (rule, dossier, expected) in table {
            let Clocks { warn, breach, escalate } = clocks(&dossier, &calendar()).unwrap();
            assert_eq!([warn, breach, escalate], expected.map(|hour| hour.map(at)), "{rule}");
        }
    }

    #[test]
    fn who_hears_of_what() {
        let dossier = limited(TimeLimit::ElapsedMinutes(600), BackClock::Restart);
        let (owner, boss) = (dossier.deal.owner, user(9));
        let tell = |recipient, hour| Due::Tell { recipient, due_at: at(hour) };
        let (warn, breach) = (TimerCode::StageWarn, TimerCode::StageBreach);
        let escalate = TimerCode::StageEscalate;
        let moved = go(dossier.clone(), "b", 1);
        let table = [
            ("the owner of a warning", warn, &dossier, Some(boss), 8, tell(owner, 8)),
            ("the owner of a breach", breach, &dossier, Some(boss), 99, tell(owner, 10)),
            ("the manager of an escalation", escalate, &dossier, Some(boss), 15, tell(boss, 15)),
            ("the owner where there is none", escalate, &dossier, None, 15, tell(owner, 15)),
            ("nobody too early", breach, &dossier, None, 9, Due::Later(at(10))),
            ("nobody of a stage that was left", breach, &moved, None, 99, Due::Nothing),
            (
                "nobody of another's timer",
                TimerCode::ActivityRemind,
                &dossier,
                None,
                99,
                Due::Nothing,
            ),
        ];
        for (rule, code, dossier, manager, hour, expected) in table {
            let found = due(code, dossier, manager, &calendar(), at(hour));
            assert_eq!(found, Ok(expected), "{rule} hears");
        }
        assert_ne!(stage("a"), stage("b"));
    }

    #[test]
    fn a_deal_to_which_nothing_happens_is_dormant() {
        let open = dossier("a").deal;
        let table = [
            ("not yet", &open, Some(2), 47, false),
            ("on time", &open, Some(2), 48, true),
            ("never, where nobody asks", &open, None, 4_800, false),
            ("never when closed", &won().deal, Some(2), 4_800, false),
        ];
        for (rule, deal, days, hour, expected) in table {
            assert_eq!(is_dormant(deal, days, at(hour)), expected, "{rule}");
        }
    }
}
