//! Operations on leads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Entered, Listed, Seen};
use crate::access::Access;
use crate::campaign::Campaign;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::lead::{self, CaptureLead, Derived, Lead, LeadStatus};
use crate::party::PointOwner;
use crate::quality::RuleEntity;
use crate::record::Val;
use crate::scoring::Score;
use crate::settings::{Settings, User};
use crate::value::{Code, Id};

impl Operation for CaptureLead {
    const NAME: &'static str = "lead.capture";
    const ACCESS: Access = Access::Record;
    type Response = Entered<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Entered<Lead>, Error> {
        let id = cx.id_or(self.id);
        cx.happened_at(self.received_at.unwrap_or_else(|| cx.now()));
        cx.capture_lead(id, self, &Provenance::default())
    }
}

/// How a lead came in, besides what is said of it.
#[derive(Default)]
pub(super) struct Provenance<'a> {
    /// The channel.
    pub(super) channel: Option<&'a Code>,
    /// What was derived and not said.
    pub(super) derived: &'a [Derived],
    /// Ids of what hangs on it follow from its own, since that follows from its key.
    pub(super) keyed: bool,
}

impl Cx<'_> {
    /// Will make a lead: every door through which one comes in.
    pub(super) fn capture_lead(
        &mut self,
        id: Id<Lead>,
        wish: &CaptureLead,
        how: &Provenance<'_>,
    ) -> Result<Entered<Lead>, Error> {
        if wish.owner.is_some() {
            self.owner_or_actor(wish.owner)?;
        }
        let home = self.get(Settings::ID)?.home();
        let captured = lead::capture(id, wish, home, self.now()).map_err(|refusal| {
            super::quality::refused_beside(self, RuleEntity::Lead, wish, refusal.into())
        });
        let (mut lead, reach) = captured?;
        self.terms(&[("source", "source", None, lead.source.as_ref())])?;
        let campaign = self.known_if("campaign", wish.campaign.map(Id::<Campaign>::new))?;
        lead.ext = self.custom::<Lead>(&wish.custom)?;
        lead.channel = how.channel.cloned();
        let derived: Vec<&str> = how.derived.iter().map(|derived| derived.field.as_str()).collect();
        lead.derived = (!derived.is_empty()).then(|| derived.join(" "));
        let created = self.create(&lead)?;
        let likely = self.likely(&lead, &reach)?;
        let owner = (PointOwner::Lead, id.uuid());
        if how.keyed {
            for reach in reach {
                let (id, medium) = (id.uuid(), reach.medium.code());
                let parts = [id.as_bytes().as_slice(), medium.as_bytes(), reach.normal.as_bytes()];
                self.put(&reach.clone().of(Id::derived(parts), owner, None))?;
            }
        } else {
            self.reach(owner, reach)?;
        }
        if let Some(campaign) = campaign {
            self.answered(&campaign, &lead)?;
        }
        super::assignment::on_capture(self, &lead)?;
        Ok(Entered::with(created, likely))
    }
}

/// Changes plain fields of a lead. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendLead {
    /// Which.
    pub id: Id<Lead>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendLead {
    const NAME: &'static str = "lead.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Lead>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        if wish.owner.is_some() && wish.owner != before.owner {
            cx.owner_or_actor(wish.owner)?;
        }
        let mut after = lead::amend(&before, &wish)?;
        cx.terms(&[("source", "source", before.source.as_ref(), after.source.as_ref())])?;
        after.ext = cx.custom_after::<Lead>(&before.ext, &wish.custom)?;
        cx.amend(&after)
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

/// A lead by its id, whatever became of it, with its grade by hand and what scoring models say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetLead {
    /// Which.
    pub id: Id<Lead>,
}

/// A lead and what is said of its worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadDetail {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The lead, with the grade that somebody gave it, and why.
    #[serde(flatten)]
    pub record: Lead,
    /// What scoring models said of it last, with their grades, by model; `score.explain` says why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<Score>,
}

impl Operation for GetLead {
    const NAME: &'static str = "lead.get";
    const ACCESS: Access = Access::Read;
    type Response = LeadDetail;

    fn run(&self, cx: &mut Cx<'_>) -> Result<LeadDetail, Error> {
        let Seen { version, record } = cx.seen(self.id)?;
        cx.looked_at(&record)?;
        let computed = cx.computed(self.id)?;
        Ok(LeadDetail { version, record, computed })
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
    /// Only those that came in by this channel.
    pub channel: Option<String>,
    /// Only those that came from this campaign.
    pub campaign: Option<Id<Campaign>>,
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
        let unseen = cx.unseen()?;
        cx.listed(wanted, |lead: &Lead| self.fits(lead) && !unseen.hides(lead))
    }
}

impl ListLeads {
    fn fits(&self, lead: &Lead) -> bool {
        let open = !matches!(lead.status, LeadStatus::Converted | LeadStatus::Discarded);
        let is = |wanted: &Option<String>, code: &Option<Code>| match wanted {
            None => true,
            Some(wanted) => code.as_ref().is_some_and(|code| code.as_str() == wanted),
        };
        self.status.map_or(open, |status| lead.status == status)
            && is(&self.source, &lead.source)
            && is(&self.channel, &lead.channel)
            && self.campaign.is_none_or(|campaign| lead.campaign == Some(campaign.uuid()))
    }
}
