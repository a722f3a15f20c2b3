//! Whether a promise was kept.

use super::{Promise, PromiseState, PromiseStep, PromiseVersion, Promised, Promises};
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// What is said of a promise.
#[derive(Clone, Copy, Debug)]
pub struct Settle<'a> {
    /// Kept, broken, waived, reopened, removed.
    pub step: PromiseStep,
    /// What there is to say about it; waiving, breaking and removing say why.
    pub note: Option<&'a str>,
    /// Who says so.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
}

/// The promise as it ended, and the version that tells of it. Rule DP-8 (F010, B26): breaking, waiving and removing say
/// why.
///
/// # Errors
///
/// `promise.settled` · `promise.not_settled` · `promise.removed` · `promise.reason_missing` · `text.*` (note).
pub fn settle(
    promise: &Promise,
    wish: Settle<'_>,
    id: Id<PromiseVersion>,
) -> Result<Promised, Refusal> {
    let mut check = Check::default();
    let state = machine::step::<Promises>(promise.state, wish.step);
    let state = state.map_err(|refused| check.add(Violation { path: "id".to_owned(), ..refused }));
    let asks = matches!(wish.step, PromiseStep::Break | PromiseStep::Waive | PromiseStep::Remove);
    check.rule(!asks || wish.note.is_some(), "note", || {
        Invalid::new("promise.reason_missing", wish.step.code()).limit("say why")
    });
    let note: Option<Note> = check.parse("note", wish.note);
    let promised = state.ok().map(|state| {
        let settled = state != PromiseState::Open;
        let next = Promise {
            state,
            outcome: note.clone().filter(|_| settled),
            settled_at: settled.then_some(wish.now),
            settled_by: settled.then_some(wish.by),
            revision: promise.revision.saturating_add(1),
            ..promise.clone()
        };
        Promised::of(next, id, wish.step, note, (wish.by, wish.now))
    });
    check.finish(promised)
}

/// What whoever closes a deal is warned of: the promises about it that are still to be kept, the earliest first. Closing
/// goes through. Rule DP-9 (F010).
pub fn open_at_close(promises: &[Promise]) -> Vec<Violation> {
    let open = promises.iter().filter(|promise| promise.state == PromiseState::Open);
    let warning = |promise: &Promise| {
        let what = Invalid::new("promise.open_at_close", promise.text.as_str());
        Violation::at(
            format!("promises.{}", promise.id),
            what.limit(format!("due on {}", promise.due_on)),
        )
    };
    open.map(warning).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::make::tests::{named, open, wish};
    use super::super::{PromiseWish, amend};
    use super::*;
    use crate::decision::broken;

    #[test]
    fn every_state_takes_every_step_or_says_why_not() {
        let now = Timestamp::from_micros(9).unwrap();
        let version = Id::new(Uuid::from_u128(8));
        let go = |promise: &Promise, step, note| {
            settle(promise, Settle { step, note, by: User::OWNER, now }, version)
        };
        let open = open().promise;
        let to = |step| go(&open, step, Some("so")).unwrap().promise;
        let (settled, gone) = ("promise.settled", "promise.removed");
        #[rustfmt::skip]
        let table = [
            //                                   amend     keep      break     waive     reopen                 remove
            (open.clone(),                      ["open",   "kept",   "broken", "waived", "promise.not_settled", "removed"]),
            (to(PromiseStep::Keep),             [settled,  settled,  settled,  settled,  "open",                "removed"]),
            (to(PromiseStep::Break),            [settled,  "kept",   settled,  "waived", "open",                "removed"]),
            (to(PromiseStep::Waive),            [settled,  settled,  settled,  settled,  "open",                "removed"]),
            (to(PromiseStep::Remove),           [gone,     gone,     gone,     gone,     gone,                  gone]),
        ];
        assert_eq!(table.clone().map(|(promise, _)| promise.state).as_slice(), PromiseState::ALL);
        for (promise, expected) in table {
            for (step, expected) in PromiseStep::ALL.iter().zip(expected) {
                let decided = match step {
                    PromiseStep::Amend => {
                        let wish = PromiseWish { text: "Other words".into(), ..wish("x") };
                        amend(&promise, &wish, None, version, named())
                    }
                    PromiseStep::Keep
                    | PromiseStep::Break
                    | PromiseStep::Waive
                    | PromiseStep::Reopen
                    | PromiseStep::Remove => go(&promise, *step, Some("so")),
                };
                let found = match decided {
                    Ok(next) => {
                        assert_eq!(next.promise.revision, promise.revision + 1);
                        assert_eq!(next.version.state, next.promise.state);
                        let settled = next.promise.state != PromiseState::Open;
                        assert_eq!(next.promise.settled_at.is_some(), settled);
                        next.promise.state.code().to_owned()
                    }
                    Err(refused) => refused.violations().next().unwrap().code.clone(),
                };
                assert_eq!(found, expected, "{} {step}", promise.state);
            }
        }
        for step in [PromiseStep::Break, PromiseStep::Waive, PromiseStep::Remove] {
            assert_eq!(broken(&go(&open, step, None)), ["note promise.reason_missing"], "{step}");
        }
        assert!(go(&open, PromiseStep::Keep, None).is_ok(), "keeping one needs no words");
    }

    #[test]
    fn closing_a_deal_names_the_promises_that_are_open() {
        let open = open().promise;
        let kept = Promise { state: PromiseState::Kept, ..open.clone() };
        let warned = open_at_close(&[kept, open]);
        let codes: Vec<_> = warned.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(codes, ["promise.open_at_close"]);
    }
}
