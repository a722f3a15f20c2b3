//! Operations on campaigns and their members.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::analytics::Proportion;
use crate::campaign::{
    self, Campaign, CampaignMember, CampaignStatus, CampaignType, Counts, CreateCampaign,
    MemberDays, MemberKind, MemberStatus, MemberWish, Traits, attraction,
};
use crate::decision::Violation;
use crate::engine::{Cx, Edits, Error, Operation, amended, each};
use crate::lead::{Lead, LeadStatus};
use crate::party::{Contact, Customer};
use crate::record::{Entity, Key, Kind, Val};
use crate::settings::{Settings, User};
use crate::store::Scan;
use crate::value::{Id, Invalid, Money, Rate, Rounding};

/// Members that one call puts on a list at most.
const MEMBERS_MAX: usize = 1000;

impl Operation for CreateCampaign {
    const NAME: &'static str = "campaign.create";
    const ACCESS: Access = Access::Record;
    type Response = Created<Campaign>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Campaign>, Error> {
        let owner = cx.owner_or_actor(self.owner)?;
        let id = cx.id_or(self.id);
        let mut campaign = campaign::create(id, self, owner, cx.now())?;
        campaign.ext = cx.custom::<Campaign>(&self.custom)?;
        cx.create(&campaign)
    }
}

/// Changes plain fields of a campaign. Each edit says what it replaces: edits of different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendCampaign {
    /// Which.
    pub id: Id<Campaign>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendCampaign {
    const NAME: &'static str = "campaign.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Campaign>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Campaign>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        let owner = match wish.owner {
            Some(owner) if owner == before.owner => owner,
            named => cx.owner_or_actor(named)?,
        };
        let mut after = campaign::create(before.id, &wish, owner, before.created_at)?;
        after.ext = cx.custom_after::<Campaign>(&before.ext, &wish.custom)?;
        cx.amend(&after)
    }
}

/// A share of the members of a campaign, with its 95 % interval (Wilson 1927) at four places; of nobody it is no data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// How many of how many.
    pub of: Rate,
    /// The share at four places; nothing where there is no data.
    pub rate: Option<Decimal>,
    /// Between which shares the true one lies.
    pub interval: Option<(Decimal, Decimal)>,
}

impl Share {
    pub(super) fn of(rate: Rate) -> Self {
        let share = Proportion::new(rate.numerator(), rate.denominator());
        Self { of: rate, rate: share.rate(), interval: share.interval() }
    }
}

/// How far the members of a campaign came, all or those of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attraction {
    /// `all`, `source`, `region` or `customer_type`.
    pub by: String,
    /// The value of the segment; nothing for all, and for those of whom it is not known.
    pub value: Option<String>,
    /// How many came how far.
    pub counts: Counts,
    /// Those who came, of all members.
    pub attendance: Share,
    /// Those who answered, of all members.
    pub response: Share,
}

impl Attraction {
    fn of(by: &str, value: Option<String>, counts: Counts) -> Self {
        let (attendance, response) = (Share::of(counts.attendance()), Share::of(counts.response()));
        Self { by: by.to_owned(), value, counts, attendance, response }
    }
}

/// What became of the leads that were captured from a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignLeads {
    /// How many there are.
    pub captured: u32,
    /// How many of them became customers.
    pub converted: u32,
    /// How many of them were discarded.
    pub discarded: u32,
}

/// A campaign and what it drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignDetail {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The campaign.
    #[serde(flatten)]
    pub campaign: Campaign,
    /// How far its members came: all of them, then segment by segment.
    pub attraction: Vec<Attraction>,
    /// The leads that name it as the campaign they came from.
    pub leads: CampaignLeads,
    /// What it cost for each member who answered, halves to even; nothing where either is not known or nobody did.
    pub cost_per_response: Option<Money>,
}

/// A campaign by its id, with what it drew: counts and rates of its members, in whole and by source, region and customer
/// type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCampaign {
    /// Which.
    pub id: Id<Campaign>,
}

impl Operation for GetCampaign {
    const NAME: &'static str = "campaign.get";
    const ACCESS: Access = Access::Read;
    type Response = CampaignDetail;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CampaignDetail, Error> {
        let Seen { version, record: campaign } = cx.seen(self.id)?;
        let mut members = Vec::new();
        let prefix = [Val::Id(self.id.uuid())];
        let scan =
            Scan::of(cx.tenant(), CampaignMember::KIND, CampaignMember::BY_CAMPAIGN, &prefix);
        let mut fault = None;
        each(cx.store(), &scan, |_, row| match CampaignMember::from_record(row) {
            Ok(member) => members.push(member),
            Err(corrupt) => fault = Some(corrupt),
        })?;
        if let Some(corrupt) = fault {
            return Err(corrupt.into());
        }
        let mut leads = CampaignLeads::default();
        let mut known = Vec::with_capacity(members.len());
        for chunk in members.chunks(MEMBERS_MAX) {
            cx.checkpoint()?;
            let keys = chunk.iter().map(|member| Key { kind: kind(member), id: member.member });
            cx.load(&keys.collect::<Vec<_>>())?;
            for member in chunk {
                let traits = traits(cx, self.id, member, &mut leads)?;
                known.push((member.clone(), traits));
            }
        }
        let (whole, segments) = attraction(&known);
        let all = core::iter::once(Attraction::of("all", None, whole));
        let parts = segments.into_iter();
        let parts = parts.map(|part| Attraction::of(part.by, part.value, part.counts));
        let answered = Decimal::from(whole.responded);
        let cost = campaign.actual_cost.and_then(|cost| {
            let each = cost.amount().checked_div(answered)?;
            Money::rounded(each, cost.currency(), Rounding::HalfEven).ok()
        });
        let attraction = all.chain(parts).collect();
        Ok(CampaignDetail { version, campaign, attraction, leads, cost_per_response: cost })
    }
}

const fn kind(member: &CampaignMember) -> Kind {
    match member.member_kind {
        MemberKind::Lead => Kind::Lead,
        MemberKind::Contact => Kind::Contact,
        MemberKind::Customer => Kind::Customer,
    }
}

/// What is known of a member; a lead that came from the campaign is counted.
fn traits(
    cx: &mut Cx<'_>,
    campaign: Id<Campaign>,
    member: &CampaignMember,
    leads: &mut CampaignLeads,
) -> Result<Traits, Error> {
    let customer = match member.member_kind {
        MemberKind::Lead => {
            let Some(lead) = cx.find(Id::<Lead>::new(member.member))? else {
                return Ok(Traits::default());
            };
            if lead.campaign == Some(campaign.uuid()) {
                let count = |count: &mut u32, is: bool| {
                    *count = count.saturating_add(u32::from(is));
                };
                count(&mut leads.captured, true);
                count(&mut leads.converted, lead.status == LeadStatus::Converted);
                count(&mut leads.discarded, lead.status == LeadStatus::Discarded);
            }
            let source = lead.source.as_ref().map(ToString::to_string);
            let region = lead.region.as_ref().map(ToString::to_string);
            return Ok(Traits { source, region, customer_type: None });
        }
        MemberKind::Contact => {
            let contact = cx.find(Id::<Contact>::new(member.member))?;
            contact.map(|contact| contact.customer)
        }
        MemberKind::Customer => Some(Id::new(member.member)),
    };
    let customer = match customer {
        Some(id) => cx.find::<Customer>(id)?,
        None => None,
    };
    Ok(customer.map_or_else(Traits::default, |customer| Traits {
        source: customer.source.as_ref().map(ToString::to_string),
        region: customer.region.as_ref().map(ToString::to_string),
        customer_type: Some(customer.customer_type.code().to_owned()),
    }))
}

/// Campaigns, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListCampaigns {
    /// Only those that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only those that are so far.
    pub status: Option<CampaignStatus>,
    /// Only those of this type.
    pub campaign_type: Option<CampaignType>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListCampaigns {
    const NAME: &'static str = "campaign.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Campaign>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Campaign>, Error> {
        let owner = self.owner.map(|owner| [Val::Id(owner.uuid())]);
        let wanted = match &owner {
            Some(owner) => Wanted::of(Campaign::BY_OWNER, owner),
            None => Wanted::of(Campaign::BY_CREATED, &[]),
        };
        let wanted = wanted.newest_first().page(self.limit, self.after.as_deref());
        cx.listed(wanted, |campaign: &Campaign| {
            self.status.is_none_or(|status| campaign.status == status)
                && self.campaign_type.is_none_or(|of| campaign.campaign_type == of)
        })
    }
}

/// Puts a lead, a contact or a customer on the list of a campaign, with what already happened. One who is on it already
/// stays once, and gets the days that are said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AddMember(pub MemberWish);

impl Operation for AddMember {
    const NAME: &'static str = "campaign.add_member";
    const ACCESS: Access = Access::Record;
    type Response = Created<CampaignMember>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<CampaignMember>, Error> {
        let Some(id) = self.0.campaign else {
            return Err(Error::invalid("campaign", Invalid::new("reference.missing", "")));
        };
        let campaign = cx.known("campaign", id)?;
        Ok(cx.join(&campaign, &self.0)?.0)
    }
}

/// Puts up to 1,000 leads, contacts and customers on the list of a campaign. One who cannot be put there stops no other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMembers {
    /// Of which campaign.
    pub campaign: Id<Campaign>,
    /// Whom; their `campaign` may be left out.
    pub members: Vec<MemberWish>,
}

/// What became of those who were to be put on the list of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MembersAdded {
    /// How many are on it that were not before.
    pub added: u32,
    /// One by one, in the order of the request.
    pub results: Vec<MemberAdded>,
}

/// What became of one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemberAdded {
    /// The member; none where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<CampaignMember>>,
    /// Whether they were not on the list before.
    pub new: bool,
    /// Why they could not be put there: every broken rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

impl Operation for AddMembers {
    const NAME: &'static str = "campaign.add_members";
    const ACCESS: Access = Access::Record;
    type Response = MembersAdded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<MembersAdded, Error> {
        if self.members.len() > MEMBERS_MAX {
            let count = self.members.len().to_string();
            let limit = format!("at most {MEMBERS_MAX}");
            let invalid = Invalid::new("campaign.members", &count).limit(limit);
            return Err(Error::invalid("members", invalid));
        }
        let campaign = cx.get(self.campaign)?;
        cx.about(campaign.id);
        let mut results = Vec::with_capacity(self.members.len());
        for wish in &self.members {
            let joined = cx.attempt(|cx| {
                if wish.campaign.is_some_and(|named| named != campaign.id) {
                    let other = Invalid::new("member.of_other_campaign", "");
                    return Err(Error::invalid(
                        "campaign",
                        other.limit("the campaign of the call"),
                    ));
                }
                cx.join(&campaign, wish)
            });
            results.push(match joined {
                Ok((created, new)) => {
                    MemberAdded { id: Some(created.id), new, violations: Vec::new() }
                }
                Err(error) => {
                    let violations = super::import::reasons(error)?;
                    MemberAdded { id: None, new: false, violations }
                }
            });
        }
        let added = results.iter().filter(|result| result.new).count();
        Ok(MembersAdded { added: u32::try_from(added).unwrap_or(u32::MAX), results })
    }
}

impl Cx<'_> {
    /// Will have somebody on the list of a campaign; whether they are new there.
    pub(super) fn join(
        &mut self,
        campaign: &Campaign,
        wish: &MemberWish,
    ) -> Result<(Created<CampaignMember>, bool), Error> {
        let who = wish.who().map_err(|invalid| Error::invalid("lead", invalid))?;
        self.known_if("lead", wish.lead)?;
        self.known_if("contact", wish.contact)?;
        self.known_if("customer", wish.customer)?;
        let key = [Val::Id(campaign.id.uuid()), Val::Id(who.1)];
        let there = self.unique::<CampaignMember>(CampaignMember::BY_BOTH, &key)?;
        let new = there.is_none();
        if new && campaign.status == CampaignStatus::Cancelled {
            let cancelled = Invalid::new("campaign.cancelled", &campaign.id.to_string());
            return Err(Error::invalid("campaign", cancelled));
        }
        let id = wish.id.unwrap_or_else(|| CampaignMember::id_of(campaign.id, who.0, who.1));
        let listed = || CampaignMember::listed(id, campaign.id, who, self.now());
        let member = there.unwrap_or_else(listed);
        let member = campaign::mark(campaign, &member, &wish.days(), self.today()?)?;
        self.put(&member)?;
        Ok((Created { id: member.id, version: self.version(member.id) }, new))
    }

    /// Will have a lead that was captured from a campaign on its list, as one who answered when it came in.
    pub(super) fn answered(&mut self, campaign: &Campaign, lead: &Lead) -> Result<(), Error> {
        let zone = self.zone()?;
        let wish = MemberWish {
            lead: Some(lead.id),
            responded_on: Some(lead.received_at.day_in(zone)),
            ..Default::default()
        };
        self.join(campaign, &wish).map(drop)
    }

    /// The zone in which the tenant tells days apart.
    pub(super) fn zone(&mut self) -> Result<Tz, Error> {
        Ok(self.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC))
    }

    /// The day that the tenant has now.
    pub(super) fn today(&mut self) -> Result<NaiveDate, Error> {
        let zone = self.zone()?;
        Ok(self.now().day_in(zone))
    }
}

/// Says on which days what happened to a member. Days that are not said stay as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkMember {
    /// Whom.
    pub id: Id<CampaignMember>,
    /// When they were invited.
    #[serde(default)]
    pub invited_on: Option<NaiveDate>,
    /// When they registered.
    #[serde(default)]
    pub registered_on: Option<NaiveDate>,
    /// When they came.
    #[serde(default)]
    pub attended_on: Option<NaiveDate>,
    /// When they answered.
    #[serde(default)]
    pub responded_on: Option<NaiveDate>,
}

/// A member of a campaign and how far they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemberSeen {
    /// The member.
    #[serde(flatten)]
    pub member: CampaignMember,
    /// The furthest of what happened.
    pub status: MemberStatus,
}

impl From<CampaignMember> for MemberSeen {
    fn from(member: CampaignMember) -> Self {
        Self { status: member.status(), member }
    }
}

impl Operation for MarkMember {
    const NAME: &'static str = "campaign.mark";
    const ACCESS: Access = Access::Record;
    type Response = Seen<MemberSeen>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<MemberSeen>, Error> {
        let member = cx.get(self.id)?;
        let campaign = cx.get(member.campaign)?;
        let days = MemberDays {
            invited_on: self.invited_on,
            registered_on: self.registered_on,
            attended_on: self.attended_on,
            responded_on: self.responded_on,
        };
        let next = campaign::mark(&campaign, &member, &days, cx.today()?)?;
        let Seen { version, record } = cx.amend(&next)?;
        Ok(Seen { version, record: record.into() })
    }
}

/// Takes a member off the list of a campaign, where they were put by mistake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// Whom.
    pub id: Id<CampaignMember>,
}

impl Operation for RemoveMember {
    const NAME: &'static str = "campaign.remove_member";
    const ACCESS: Access = Access::Record;
    type Response = Created<CampaignMember>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<CampaignMember>, Error> {
        cx.remove(self.id)?;
        Ok(Created { id: self.id, version: cx.version(self.id) })
    }
}

/// The members of a campaign in the order in which they came onto its list; or, by `member`, where one takes part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListMembers {
    /// Of which campaign.
    pub campaign: Option<Id<Campaign>>,
    /// Who: the id of a lead, contact or customer. Either this or `campaign`.
    pub member: Option<Uuid>,
    /// Only those who came so far and no further.
    pub status: Option<MemberStatus>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListMembers {
    const NAME: &'static str = "campaign.members";
    const ACCESS: Access = Access::Read;
    type Response = Listed<MemberSeen>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<MemberSeen>, Error> {
        let (index, prefix) = match (self.campaign, self.member) {
            (Some(campaign), None) => (CampaignMember::BY_CAMPAIGN, [Val::Id(campaign.uuid())]),
            (None, Some(member)) => (CampaignMember::BY_MEMBER, [Val::Id(member)]),
            (Some(_), Some(_)) | (None, None) => {
                let either =
                    Invalid::new("request.form", "").limit("either `campaign` or `member`");
                return Err(Error::invalid("campaign", either));
            }
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        let page = cx.listed(wanted, |member: &CampaignMember| {
            self.status.is_none_or(|status| member.status() == status)
        })?;
        Ok(page.map(MemberSeen::from))
    }
}
