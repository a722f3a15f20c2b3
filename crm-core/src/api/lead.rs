//! Operations on leads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Entered, Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{self, CaptureLead, Lead, LeadStatus};
use crate::party::PointOwner;
use crate::record::Val;
use crate::settings::{Settings, User};
use crate::value::Id;

impl Operation for CaptureLead {
    const NAME: &'static str = "lead.capture";
    const ACCESS: Access = Access::Record;
    type Response = Entered<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Entered<Lead>, Error> {
        if self.owner.is_some() {
            cx.owner_or_actor(self.owner)?;
        }
        let home = cx.get(Settings::ID)?.home();
        let id = cx.id_or(self.id);
        let (mut lead, reach) = lead::capture(id, self, home, cx.now())?;
        cx.terms(&[("source", "source", None, lead.source.as_ref())])?;
        lead.ext = cx.custom::<Lead>(&self.custom)?;
        cx.happened_at(lead.received_at);
        let created = cx.create(&lead)?;
        let likely = cx.likely(&lead, &reach)?;
        cx.reach((PointOwner::Lead, id.uuid()), reach)?;
        Ok(Entered::with(created, likely))
    }
}

/// Discards a lead that will not become a customer, for a reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardLead {
    /// Which.
    pub id: Id<Lead>,
    /// Why.
    pub reason: String,
}

impl Operation for DiscardLead {
    const NAME: &'static str = "lead.discard";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Lead>, Error> {
        let lead = cx.get(self.id)?;
        cx.amend(&lead::discard(&lead, &self.reason)?)
    }
}

/// Takes a discarded lead back as it was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactivateLead {
    /// Which.
    pub id: Id<Lead>,
}

impl Operation for ReactivateLead {
    const NAME: &'static str = "lead.reactivate";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Lead>, Error> {
        let lead = cx.get(self.id)?;
        cx.amend(&lead::reactivate(&lead)?)
    }
}

/// A lead by its id, whatever became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetLead {
    /// Which.
    pub id: Id<Lead>,
}

impl Operation for GetLead {
    const NAME: &'static str = "lead.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Lead>, Error> {
        cx.seen(self.id)
    }
}

/// Leads, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListLeads {
    /// Only those that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only those that have come so far; where nothing is said, all but converted and discarded ones.
    pub status: Option<LeadStatus>,
    /// Only those of this source.
    pub source: Option<String>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListLeads {
    const NAME: &'static str = "lead.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Lead>, Error> {
        let owner = self.owner.map(|owner| [Val::Id(owner.uuid())]);
        let wanted = match &owner {
            Some(owner) => Wanted::of(Lead::BY_OWNER, owner),
            None => Wanted::of(Lead::BY_CREATED, &[]),
        };
        let wanted = wanted.newest_first().page(self.limit, self.after.as_deref());
        cx.listed(wanted, |lead: &Lead| self.fits(lead))
    }
}

impl ListLeads {
    fn fits(&self, lead: &Lead) -> bool {
        let open = !matches!(lead.status, LeadStatus::Converted | LeadStatus::Discarded);
        let source = |source: &str| lead.source.as_ref().is_some_and(|s| s.as_str() == source);
        self.status.map_or(open, |status| lead.status == status)
            && self.source.as_deref().is_none_or(source)
    }
}
