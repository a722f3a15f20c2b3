//! Who had a record, and what is due to a lead or customer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Held, Rules};
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus};
use crate::decision::Refusal;
use crate::engine::{Cx, Error, Operation};
use crate::flow::{Deadline, Keeper, OwnerSpell, Pooled, stay};
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Kind, Val};
use crate::value::{Id, Timestamp};

/// Who had a lead, a customer or a deal, in order, and who has it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerHistory {
    /// `lead`, `customer` or `opportunity`.
    pub kind: String,
    /// Which.
    pub id: Uuid,
}

/// Who had a record, and who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Owners {
    /// The stays that are over, in order, without a gap between them.
    pub spells: Vec<OwnerSpell>,
    /// With whom it is.
    pub now: Keeper,
    /// Since when.
    pub since: Timestamp,
}

impl Operation for OwnerHistory {
    const NAME: &'static str = "owner.history";
    const ACCESS: Access = Access::Read;
    type Response = Owners;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Owners, Error> {
        match Kind::named(&self.kind) {
            Some(Kind::Lead) => of::<Lead>(cx, self.id),
            Some(Kind::Customer) => of::<Customer>(cx, self.id),
            Some(Kind::Opportunity) => of::<Opportunity>(cx, self.id),
            _ => Err(unowned("kind", &self.kind).into()),
        }
    }
}

/// Refuses a kind that nobody owns.
pub(super) fn unowned(path: &str, kind: &str) -> Refusal {
    use crate::decision::Violation;
    use crate::value::Invalid;
    let allowed = super::OWNED.iter().map(|kind| kind.name());
    Refusal::of(Violation::at(path, Invalid::new("owner.of_kind", kind).allowed(allowed)))
}

fn of<T: Held>(cx: &mut Cx<'_>, id: Uuid) -> Result<Owners, Error> {
    let record = cx.get::<T>(Id::new(id))?;
    let spells = cx.list::<OwnerSpell>(OwnerSpell::BY_SUBJECT, &[Val::Id(id)])?;
    let since = stay(record.begun(), &spells, None).since;
    Ok(Owners { spells, now: record.holder(), since })
}

/// What is due to a lead, by which rule and when, and its next step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadClocks {
    /// Which.
    pub id: Id<Lead>,
}

/// What is due to a customer, by which rule and when, and its next step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerClocks {
    /// Which.
    pub id: Id<Customer>,
}

/// What is due to a lead or customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenClocks {
    /// With whom it is.
    pub now: Keeper,
    /// Since when.
    pub since: Timestamp,
    /// How often rules moved it since somebody last followed it up or moved it on purpose.
    pub bounces: u32,
    /// When its owner last followed it up, since they have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed_at: Option<Timestamp>,
    /// What is or will be due, the earliest first.
    pub deadlines: Vec<Deadline>,
    /// What is planned with it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<Activity>,
}

impl Operation for LeadClocks {
    const NAME: &'static str = "lead.clocks";
    const ACCESS: Access = Access::Read;
    type Response = SeenClocks;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenClocks, Error> {
        let lead = cx.get(self.id)?;
        clocks_of(cx, &lead)
    }
}

impl Operation for CustomerClocks {
    const NAME: &'static str = "customer.clocks";
    const ACCESS: Access = Access::Read;
    type Response = SeenClocks;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenClocks, Error> {
        let customer = cx.get(self.id)?;
        clocks_of(cx, &customer)
    }
}

fn clocks_of<T: Held + Pooled>(cx: &mut Cx<'_>, item: &T) -> Result<SeenClocks, Error> {
    let (stay, deadlines) = Rules::load(cx)?.deadlines(cx, item)?;
    let plans = cx.list::<Activity>(T::ACTIVITIES, &[Val::Id(item.id().uuid())])?;
    let next_step = plans.into_iter().find(|plan| plan.status == ActivityStatus::Planned);
    let followed_at = stay.followed_at.filter(|at| *at >= stay.since);
    let (now, since, bounces) = (item.keeper(), stay.since, stay.bounces);
    Ok(SeenClocks { now, since, bounces, followed_at, deadlines, next_step })
}
