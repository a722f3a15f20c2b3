//! Letting time pass.

use core::ops::Bound;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::audit::Receipt;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Entity, Val};
use crate::schedule::Timer;
use crate::store::Scan;
use crate::value::Timestamp;

/// Does what is due at the instant of the call: warnings and breaches of stage limits, reminders, overdue tasks, the next
/// steps of revisit plans, deals that fall asleep, promises and milestones whose day is over, what the rules of flow say of
/// leads that nobody follows up, and the next step of a process that changed under many deals. Forgets the answers to keyed
/// calls that are older than 30 days, and what is kept for undoing what can no longer be undone.
///
/// Idempotent: what was done is not due any more. Bounded: call it again while `more` is true. Downtime loses nothing:
/// what was due meanwhile is done late.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tick {
    /// At most so many: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
}

/// What was done, and when to come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticked {
    /// How many timers were due and are done.
    pub done: u32,
    /// Whether more is due now.
    pub more: bool,
    /// When something will be due next: the one timer that a host needs.
    pub next_due: Option<Timestamp>,
}

impl Operation for Tick {
    const NAME: &'static str = "tick";
    const ACCESS: Access = Access::Tick;
    type Response = Ticked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Ticked, Error> {
        let limit = super::page::limit(self.limit)?;
        let now = Val::Int(cx.now().micros());
        let due = Scan {
            range: (Bound::Unbounded, Bound::Included(now.clone())),
            limit,
            ..Scan::of(cx.tenant(), Timer::KIND, Timer::BY_DUE, &[])
        };
        let page = cx.page::<Timer>(&due)?;
        let later = Scan {
            range: (Bound::Excluded(now), Bound::Unbounded),
            limit: 1,
            ..Scan::of(cx.tenant(), Timer::KIND, Timer::BY_DUE, &[])
        };
        let next = cx.page::<Timer>(&later)?;
        let (mut done, mut cut) = (0_u32, false);
        for (_, timer) in page.rows {
            cx.checkpoint()?;
            cut = cx.writes_so_far() >= WRITES_MAX;
            if cut {
                break;
            }
            // Read again through the unit of work, so that the commit fails where another tick was faster.
            if let Some(timer) = cx.find(timer.id)? {
                super::due::happen(cx, &timer)?;
                // What happened may have set the next timer in its place.
                if cx.find(timer.id)?.is_some() {
                    cx.remove(timer.id)?;
                }
                done = done.saturating_add(1);
            }
        }
        super::flow::settle(cx, Self::NAME)?;
        super::automation::settle(cx, Self::NAME)?;
        // What happened may have set timers that are not stored yet, and that may be due even now.
        let stored = next.rows.first().map(|(_, timer)| timer.due_at);
        let later = stored.into_iter().chain(cx.timer_set()).min();
        let room = !cut && page.next.is_none();
        let more = forget_receipts(cx)?
            | super::reversal::forget(cx)?
            | (room && super::process_change::sweep(cx, Self::NAME)?)
            | cut
            | page.next.is_some()
            | later.is_some_and(|at| at <= cx.now());
        let next_due = if more { Some(cx.now()) } else { later };
        Ok(Ticked { done, more, next_due })
    }
}

/// From how many records on that one call writes it leaves the rest to the next: its fact names them all, and has its limit.
const WRITES_MAX: usize = 800;

/// Receipts that one call forgets at most.
const RECEIPTS_MAX: u32 = 1000;

/// Will forget the first answers to keyed calls that are older than 30 days; whether there are more of them.
fn forget_receipts(cx: &mut Cx<'_>) -> Result<bool, Error> {
    let Some(before) = cx.now().checked_add(-Receipt::KEPT) else { return Ok(false) };
    let old = Scan {
        range: (Bound::Unbounded, Bound::Excluded(Val::Int(before.micros()))),
        limit: RECEIPTS_MAX,
        ..Scan::of(cx.tenant(), Receipt::KIND, Receipt::BY_AT, &[])
    };
    let page = cx.page::<Receipt>(&old)?;
    for (_, receipt) in page.rows {
        // Written once, so it is as it was written.
        cx.purge(receipt.id, 1);
    }
    Ok(page.next.is_some())
}
