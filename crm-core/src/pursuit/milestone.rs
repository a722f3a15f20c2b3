//! The steps of a project after a deal is won, until the customer accepts.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Milestone, MilestoneKind, MilestoneState, MilestoneStep, Milestones};
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::opportunity::{Opportunity, Phase};
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Note, Timestamp};

/// Milestones of one deal at most.
const MILESTONES_MAX: usize = 100;

/// Plans further milestones of a won deal, after those that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
    /// The milestones, in order: 1 to 100 together with those that it has.
    pub milestones: Vec<MilestoneWish>,
}

/// A milestone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MilestoneWish {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Milestone>>,
    /// What it is called: 1 to 200 characters on one line.
    pub name: String,
    /// `survey`, `design`, `delivery`, `acceptance` or `other` (the default).
    pub kind: Option<String>,
    /// The last day on which it is in time.
    pub due_on: Option<NaiveDate>,
    /// Who sees to it; the owner of the deal where nobody is named.
    pub owner: Option<Id<User>>,
}

/// What is known when milestones are planned.
pub struct Reached<'a> {
    /// Those that the deal has, in order.
    pub milestones: &'a [Milestone],
    /// The day on which the deal was won.
    pub won_on: NaiveDate,
}

/// Further milestones of a won deal. Rule DP-19 (F075): days do not go backwards, and nothing follows the acceptance.
///
/// # Errors
///
/// `milestone.deal_not_won` · `milestone.project_closed` · `milestone.count` · one by one `text.*` (name), `code.unknown`
/// (kind), `milestone.due_missing`, `milestone.before_won`, `milestone.out_of_order` for a day before that of the one
/// before, `milestone.after_acceptance`.
pub fn plan(
    deal: &Opportunity,
    wish: &Plan,
    known: &Reached<'_>,
    owners: &[Id<User>],
    id_of: &mut dyn FnMut() -> Id<Milestone>,
    now: Timestamp,
) -> Result<Vec<Milestone>, Refusal> {
    let mut check = Check::default();
    standing(deal, known.milestones, &mut check);
    let all = wish.milestones.len().saturating_add(known.milestones.len());
    check.rule(!wish.milestones.is_empty() && all <= MILESTONES_MAX, "milestones", || {
        Invalid::new("milestone.count", &all.to_string()).limit(format!("1 to {MILESTONES_MAX}"))
    });
    let planned = known.milestones.iter().filter(|m| m.state != MilestoneState::Cancelled);
    let mut last = planned.clone().next_back().map(|m| m.due_on);
    let mut accepted = planned.clone().any(|m| m.kind == MilestoneKind::Acceptance);
    let first = known.milestones.last().map_or(0, |m| m.ordinal.saturating_add(1));
    let mut after = Vec::new();
    for ((at, one), ordinal) in wish.milestones.iter().enumerate().zip(first..) {
        let path = |field: &str| format!("milestones[{at}].{field}");
        let name = check.take(&path("name"), Name::parse(&one.name));
        let kind: Option<MilestoneKind> = check.parse(&path("kind"), one.kind.as_deref());
        let kind = kind.unwrap_or(MilestoneKind::Other);
        check.rule(one.due_on.is_some(), &path("due_on"), || {
            Invalid::new("milestone.due_missing", "").limit("the last day on which it is in time")
        });
        check.rule(!accepted, &path("kind"), || {
            Invalid::new("milestone.after_acceptance", kind.code()).limit("acceptance is the last")
        });
        accepted |= kind == MilestoneKind::Acceptance;
        let Some(day) = one.due_on else { continue };
        in_order(day, last, known.won_on, &path("due_on"), &mut check);
        last = Some(day);
        let owner = owners.get(at).copied().unwrap_or(deal.owner);
        let id = one.id.unwrap_or_else(&mut *id_of);
        after.extend(name.map(|name| Milestone {
            id,
            opportunity: deal.id,
            ordinal,
            name,
            kind,
            due_on: day,
            owner,
            state: MilestoneState::Planned,
            reached_at: None,
            reached_by: None,
            note: None,
            created_at: now,
            ext: Default::default(),
        }));
    }
    check.finish(Some(after))
}

/// Refuses what is done to the project of a deal that is not won, or whose project is accepted.
fn standing(deal: &Opportunity, milestones: &[Milestone], check: &mut Check) {
    check.rule(matches!(deal.phase, Phase::Won { .. }), "opportunity", || {
        Invalid::new("milestone.deal_not_won", deal.phase.code()).limit("a won deal")
    });
    let accepted = milestones.iter().find(|milestone| is_accepted(milestone));
    if let Some(accepted) = accepted {
        let closed = Invalid::new("milestone.project_closed", accepted.name.as_str());
        check.refuse("opportunity", closed.limit("the customer accepted; reopen that first"));
    }
}

fn is_accepted(milestone: &Milestone) -> bool {
    milestone.kind == MilestoneKind::Acceptance && milestone.state == MilestoneState::Reached
}

/// Refuses a day before the deal was won, or before the milestone before it.
fn in_order(
    day: NaiveDate,
    last: Option<NaiveDate>,
    won_on: NaiveDate,
    path: &str,
    check: &mut Check,
) {
    check.rule(day >= won_on, path, || {
        Invalid::new("milestone.before_won", &day.to_string()).limit(format!("at least {won_on}"))
    });
    if let Some(last) = last {
        check.rule(day >= last, path, || {
            Invalid::new("milestone.out_of_order", &day.to_string())
                .limit(format!("at least {last}"))
        });
    }
}

/// A milestone on another day, or with another owner. `around` are all of the deal, in order. Rule DP-22 (F075).
///
/// # Errors
///
/// `milestone.deal_not_won` · `milestone.project_closed` · `milestone.settled` · `milestone.before_won` ·
/// `milestone.out_of_order` for a day before that of the one before it or after that of the one after it · `text.*` (note).
pub fn reschedule(
    deal: &Opportunity,
    milestone: &Milestone,
    known: &Reached<'_>,
    (due_on, owner): (NaiveDate, Id<User>),
    note: Option<&str>,
) -> Result<Milestone, Refusal> {
    let mut check = Check::default();
    standing(deal, known.milestones, &mut check);
    after(milestone, MilestoneStep::Reschedule, &mut check);
    let live = || known.milestones.iter().filter(|m| m.state != MilestoneState::Cancelled);
    let before = live().rfind(|m| m.ordinal < milestone.ordinal);
    in_order(due_on, before.map(|m| m.due_on), known.won_on, "due_on", &mut check);
    if let Some(next) = live().find(|m| m.ordinal > milestone.ordinal) {
        check.rule(due_on <= next.due_on, "due_on", || {
            Invalid::new("milestone.out_of_order", &due_on.to_string())
                .limit(format!("at most {}", next.due_on))
        });
    }
    let note: Option<Note> = check.parse("note", note);
    let note = note.or_else(|| milestone.note.clone());
    check.finish(Some(Milestone { due_on, owner, note, ..milestone.clone() }))
}

fn after(milestone: &Milestone, step: MilestoneStep, check: &mut Check) -> Option<MilestoneState> {
    let next = machine::step::<Milestones>(milestone.state, step);
    next.map_err(|refused| check.add(Violation { path: "id".to_owned(), ..refused })).ok()
}

/// A milestone that was reached, cancelled or taken up again. Rule DP-23 (F075): acceptance closes the project, so every
/// other milestone is reached or cancelled before it.
///
/// # Errors
///
/// `milestone.deal_not_won` · `milestone.project_closed`, but for reopening the acceptance itself · `milestone.settled` ·
/// `milestone.not_settled` · `milestone.open_before_acceptance` with their names · `time.future` · `milestone.before_won`
/// for an instant before the day on which the deal was won · `text.*` (note).
pub fn step(
    deal: &Opportunity,
    milestone: &Milestone,
    known: &Reached<'_>,
    (step, at, note): (MilestoneStep, Option<Timestamp>, Option<&str>),
    (by, now): (Id<User>, Timestamp),
) -> Result<Milestone, Refusal> {
    let mut check = Check::default();
    let reopens_end = step == MilestoneStep::Reopen && is_accepted(milestone);
    let around = if reopens_end { &[][..] } else { known.milestones };
    standing(deal, around, &mut check);
    let state = after(milestone, step, &mut check);
    if state == Some(MilestoneState::Reached) && milestone.kind == MilestoneKind::Acceptance {
        let open = |m: &&Milestone| m.id != milestone.id && m.state == MilestoneState::Planned;
        let open: Vec<&str> =
            known.milestones.iter().filter(open).map(|m| m.name.as_str()).collect();
        check.rule(open.is_empty(), "id", || {
            let waits = Invalid::new("milestone.open_before_acceptance", milestone.name.as_str());
            waits.limit(format!("reach or cancel first: {}", open.join(", ")))
        });
    }
    let at = at.unwrap_or(now);
    check.rule(at <= now, "at", || {
        Invalid::new("time.future", &at.to_string()).limit(format!("at most {now}"))
    });
    let won = deal.phase.closed_at().unwrap_or(deal.created_at);
    check.rule(step != MilestoneStep::Reach || at >= won, "at", || {
        Invalid::new("milestone.before_won", &at.to_string()).limit(format!("at least {won}"))
    });
    let note: Option<Note> = check.parse("note", note);
    check.finish(state.map(|state| {
        let reached = state == MilestoneState::Reached;
        Milestone {
            state,
            reached_at: reached.then_some(at),
            reached_by: reached.then_some(by),
            note: note.or_else(|| milestone.note.clone()),
            ..milestone.clone()
        }
    }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::{at, deal, user, won};
    use super::*;
    use crate::decision::broken;

    fn day(of_month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, of_month).unwrap()
    }

    fn wish(name: &str, kind: &str, due: u32) -> MilestoneWish {
        let (name, kind) = (name.to_owned(), Some(kind.to_owned()));
        MilestoneWish { name, kind, due_on: Some(day(due)), ..Default::default() }
    }

    fn planned(deal: &Opportunity, wishes: Vec<MilestoneWish>) -> Result<Vec<Milestone>, Refusal> {
        let wish = Plan { opportunity: deal.id, milestones: wishes };
        let mut next = 0;
        let mut id = || {
            next += 1;
            Id::new(Uuid::from_u128(next))
        };
        plan(deal, &wish, &Reached { milestones: &[], won_on: day(1) }, &[], &mut id, at(1))
    }

    #[test]
    fn a_project_is_planned_in_order_up_to_its_acceptance() {
        let (survey, end) = (wish("调研", "survey", 5), wish("验收", "acceptance", 20));
        let table = [
            ("in order", won(), vec![survey.clone(), wish("实施", "delivery", 5), end.clone()], ""),
            ("of an open deal", deal(), vec![survey.clone()], "opportunity milestone.deal_not_won"),
            ("nothing", won(), vec![], "milestones milestone.count"),
            (
                "backwards",
                won(),
                vec![survey.clone(), wish("方案", "design", 4)],
                "milestones[1].due_on milestone.out_of_order",
            ),
            (
                "something after the acceptance",
                won(),
                vec![end.clone(), wish("x", "other", 21)],
                "milestones[1].kind milestone.after_acceptance",
            ),
            (
                "no name, no day",
                won(),
                vec![MilestoneWish::default()],
                "milestones[0].name text.empty, milestones[0].due_on milestone.due_missing",
            ),
        ];
        for (rule, deal, wishes, expected) in table {
            assert_eq!(broken(&planned(&deal, wishes)).join(", "), expected, "{rule}");
        }
    }

    #[test]
    fn every_state_takes_every_step_or_says_why_not() {
        let deal = won();
        let all = planned(&deal, vec![wish("实施", "delivery", 5)]).unwrap();
        let known = Reached { milestones: &all, won_on: day(1) };
        let go = |milestone: &Milestone, kind| match kind {
            MilestoneStep::Reschedule => {
                reschedule(&deal, milestone, &known, (day(9), user(2)), None)
            }
            MilestoneStep::Reach | MilestoneStep::Cancel | MilestoneStep::Reopen => {
                step(&deal, milestone, &known, (kind, None, None), (user(1), at(900)))
            }
        };
        let planned = all[0].clone();
        let reached = go(&planned, MilestoneStep::Reach).unwrap();
        let cancelled = go(&planned, MilestoneStep::Cancel).unwrap();
        let settled = "milestone.settled";
        let table = [
            (planned, ["planned", "reached", "cancelled", "milestone.not_settled"]),
            (reached, [settled, settled, settled, "planned"]),
            (cancelled, [settled, settled, settled, "planned"]),
        ];
        assert_eq!(table.clone().map(|(m, _)| m.state).as_slice(), MilestoneState::ALL);
        for (milestone, expected) in table {
            for (kind, expected) in MilestoneStep::ALL.iter().zip(expected) {
                let found = match go(&milestone, *kind) {
                    Ok(next) => {
                        let reached = next.state == MilestoneState::Reached;
                        assert_eq!(
                            (next.reached_at.is_some(), next.reached_by.is_some()),
                            (reached, reached)
                        );
                        next.state.code().to_owned()
                    }
                    Err(refused) => refused.violations().next().unwrap().code.clone(),
                };
                assert_eq!(found, expected, "{} {kind}", milestone.state);
            }
        }
    }

    #[test]
    fn acceptance_closes_the_project() {
        let deal = won();
        let wishes = vec![wish("实施", "delivery", 5), wish("验收", "acceptance", 9)];
        let mut all = planned(&deal, wishes).unwrap();
        let go = |all: &[Milestone], at_: usize, kind| {
            let known = Reached { milestones: all, won_on: day(1) };
            step(&deal, &all[at_], &known, (kind, None, None), (user(1), at(900)))
        };
        let early = go(&all, 1, MilestoneStep::Reach);
        assert_eq!(broken(&early), ["id milestone.open_before_acceptance"]);
        all[0] = go(&all, 0, MilestoneStep::Reach).unwrap();
        all[1] = go(&all, 1, MilestoneStep::Reach).unwrap();
        let closed = ["opportunity milestone.project_closed"];
        assert_eq!(broken(&go(&all, 0, MilestoneStep::Reopen)), closed);
        let again = go(&all, 1, MilestoneStep::Reopen).unwrap();
        assert_eq!((again.state, again.reached_at), (MilestoneState::Planned, None));
    }

    #[test]
    fn a_milestone_is_late_the_day_after() {
        let milestone = planned(&won(), vec![wish("实施", "delivery", 5)]).unwrap().remove(0);
        assert!(!milestone.is_late(day(5)));
        assert!(milestone.is_late(day(6)));
        let reached = Milestone { state: MilestoneState::Reached, ..milestone };
        assert!(!reached.is_late(day(6)));
    }
}
