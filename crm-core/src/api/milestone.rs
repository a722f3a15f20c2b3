//! Operations on the milestones of a project after a deal is won.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::Opportunity;
use crate::pursuit::{
    self, Milestone, MilestoneKind, MilestoneState, MilestoneStep, Plan, Reached,
};
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// The milestones of a deal, and whether its project is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// In order.
    pub milestones: Vec<SeenMilestone>,
    /// When the customer accepted; nothing before.
    pub accepted_at: Option<Timestamp>,
}

/// A milestone and whether it is late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenMilestone {
    /// The milestone.
    #[serde(flatten)]
    pub milestone: Seen<Milestone>,
    /// Whether its day is over and it is not reached.
    pub late: bool,
}

impl Cx<'_> {
    /// The milestones of a deal, in order.
    pub(super) fn milestones(&mut self, deal: Id<Opportunity>) -> Result<Vec<Milestone>, Error> {
        self.list(Milestone::BY_OPPORTUNITY, &[Val::Id(deal.uuid())])
    }
}

fn project(cx: &mut Cx<'_>, deal: Id<Opportunity>) -> Result<Project, Error> {
    let today = cx.today()?;
    let found = cx.milestones(deal)?;
    let accepted = found.iter().find(|m| m.kind == MilestoneKind::Acceptance);
    let accepted_at = accepted.and_then(|accepted| accepted.reached_at);
    let seen = |milestone: Milestone| SeenMilestone {
        late: milestone.is_late(today),
        milestone: Seen { version: cx.version(milestone.id), record: milestone },
    };
    Ok(Project { milestones: found.into_iter().map(seen).collect(), accepted_at })
}

/// The day on which a deal was closed, where the tenant is.
fn won_on(cx: &mut Cx<'_>, deal: &Opportunity) -> Result<NaiveDate, Error> {
    let zone = cx.zone()?;
    Ok(deal.phase.closed_at().unwrap_or(deal.created_at).day_in(zone))
}

fn late_timer(cx: &mut Cx<'_>, milestone: &Milestone) -> Result<(), Error> {
    let due = match milestone.state {
        MilestoneState::Planned => cx.day_over(milestone.due_on)?,
        MilestoneState::Reached | MilestoneState::Cancelled => None,
    };
    cx.schedule(milestone.id, TimerCode::MilestoneLate, due)
}

/// Tells whoever sees to a milestone, and the owner of the deal, that its day is over.
pub(super) fn late(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(milestone) = cx.find(Id::<Milestone>::new(timer.subject))? else { return Ok(()) };
    let today = cx.today()?;
    if !milestone.is_late(today) {
        return Ok(());
    }
    cx.notify(milestone.owner, timer.code, milestone.id, timer.due_at)?;
    match cx.find(milestone.opportunity)? {
        Some(deal) if deal.owner != milestone.owner => {
            cx.notify(deal.owner, timer.code, milestone.id, timer.due_at)
        }
        _ => Ok(()),
    }
}

impl Operation for Plan {
    const NAME: &'static str = "milestone.plan";
    const ACCESS: Access = Access::Sell;
    type Response = Project;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Project, Error> {
        let deal = cx.known("opportunity", self.opportunity)?;
        let milestones = cx.milestones(deal.id)?;
        let won_on = won_on(cx, &deal)?;
        let mut owners = Vec::new();
        for wish in self.milestones.iter().take(1_000) {
            owners.push(match wish.owner {
                None => deal.owner,
                Some(owner) => cx.owner_or_actor(Some(owner))?,
            });
        }
        let known = Reached { milestones: &milestones, won_on };
        let now = cx.now();
        let planned = pursuit::plan(&deal, self, &known, &owners, &mut || cx.new_id(), now)?;
        cx.about(deal.id);
        for milestone in &planned {
            cx.create(milestone)?;
            late_timer(cx, milestone)?;
        }
        project(cx, deal.id)
    }
}

/// Moves a milestone to another day, or gives it to somebody else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleMilestone {
    /// Which.
    pub id: Id<Milestone>,
    /// The last day on which it is in time; as it was where nothing is said.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Who sees to it; as it was where nobody is named.
    #[serde(default)]
    pub owner: Option<Id<User>>,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}

impl Operation for RescheduleMilestone {
    const NAME: &'static str = "milestone.reschedule";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Milestone>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Milestone>, Error> {
        let milestone = cx.get(self.id)?;
        let deal = cx.get(milestone.opportunity)?;
        let milestones = cx.milestones(deal.id)?;
        let won_on = won_on(cx, &deal)?;
        let owner = match self.owner {
            None => milestone.owner,
            Some(owner) => cx.owner_or_actor(Some(owner))?,
        };
        let to = (self.due_on.unwrap_or(milestone.due_on), owner);
        let known = Reached { milestones: &milestones, won_on };
        let next = pursuit::reschedule(&deal, &milestone, &known, to, self.note.as_deref())?;
        late_timer(cx, &next)?;
        cx.about(next.id);
        cx.amend(&next)
    }
}

/// The steps by which a milestone is settled, or taken up again.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $op:literal $step:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which.
            pub id: Id<Milestone>,
            /// When it happened; now, where nothing is said.
            #[serde(default)]
            pub at: Option<Timestamp>,
            /// What there is to say about it.
            #[serde(default)]
            pub note: Option<String>,
        }

        impl Operation for $name {
            const NAME: &'static str = $op;
            const ACCESS: Access = Access::Sell;
            type Response = Seen<Milestone>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Milestone>, Error> {
                stepped(cx, self.id, (MilestoneStep::$step, self.at, self.note.as_deref()))
            }
        }
    )+};
}

steps! {
    /// Says that a milestone is reached. Reaching the acceptance closes the project.
    ReachMilestone "milestone.reach" Reach;
    /// Says that a milestone will not be reached.
    CancelMilestone "milestone.cancel" Cancel;
    /// Says that a milestone is to be reached after all.
    ReopenMilestone "milestone.reopen" Reopen;
}

fn stepped(
    cx: &mut Cx<'_>,
    id: Id<Milestone>,
    wish: (MilestoneStep, Option<Timestamp>, Option<&str>),
) -> Result<Seen<Milestone>, Error> {
    let milestone = cx.get(id)?;
    let deal = cx.get(milestone.opportunity)?;
    let milestones = cx.milestones(deal.id)?;
    let known = Reached { milestones: &milestones, won_on: won_on(cx, &deal)? };
    let by = (cx.actor()?.id, cx.now());
    let next = pursuit::step(&deal, &milestone, &known, wish, by)?;
    late_timer(cx, &next)?;
    cx.about(next.id);
    if let Some(at) = next.reached_at {
        cx.happened_at(at);
    }
    cx.amend(&next)
}

/// The milestones of a deal, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMilestones {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
}

impl Operation for ListMilestones {
    const NAME: &'static str = "milestone.list";
    const ACCESS: Access = Access::Read;
    type Response = Project;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Project, Error> {
        cx.known("opportunity", self.opportunity)?;
        project(cx, self.opportunity)
    }
}

/// Milestones whose day is over and that are not reached, the longest overdue first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LateMilestones {
    /// Only those that this user sees to.
    pub owner: Option<Id<User>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for LateMilestones {
    const NAME: &'static str = "milestone.late";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Milestone>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Milestone>, Error> {
        let today = cx.today()?;
        let planned = Val::from(MilestoneState::Planned.code());
        let (index, prefix) = match self.owner {
            Some(owner) => (Milestone::BY_OWNER, vec![Val::Id(owner.uuid()), planned]),
            None => (Milestone::BY_DUE, vec![planned]),
        };
        let until = core::ops::Bound::Excluded(day_val(today));
        let range = (core::ops::Bound::Unbounded, until);
        let wanted = Wanted { range, ..Wanted::of(index, &prefix) };
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &Milestone| true)
    }
}

/// A day as listings have it.
fn day_val(day: NaiveDate) -> Val {
    let mut vals = Vec::new();
    crate::record::Column::put(&day, &mut vals);
    vals.pop().unwrap_or(Val::Null)
}
