//! Operations on what marketing spends and what people say: spend, referrals, reviews, and lists of whom to turn to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::report::all;
use super::{Created, Listed};
use crate::access::Access;
use crate::campaign::{
    self, AdSpend, AddReferral, AddReview, AddSpend, Campaign, MemberKind, MemberWish, Referral,
    Review,
};
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::marketing::sales;
use crate::opportunity::{Opportunity, Phase};
use crate::order::Order;
use crate::party::{
    Allowed, Consent, ConsentChannel, Contact, ContactPoint, Customer, CustomerStatus, Medium,
    allowed,
};
use crate::payment::Credit;
use crate::record::Val;
use crate::settings::{Settings, User};
use crate::value::{Code, Id, Invalid, Money};

impl Operation for AddSpend {
    const NAME: &'static str = "spend.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<AdSpend>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<AdSpend>, Error> {
        let id = cx.id_or(self.id);
        let spend = campaign::add_spend(id, self, cx.actor()?.id, cx.now())?;
        cx.known_if("campaign", spend.campaign)?;
        cx.terms(&[("channel", "source", None, Some(&spend.channel))])?;
        cx.create(&spend)
    }
}

/// Takes back money that was entered by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveSpend {
    /// Which.
    pub id: Id<AdSpend>,
}

impl Operation for RemoveSpend {
    const NAME: &'static str = "spend.remove";
    const ACCESS: Access = Access::Record;
    type Response = Created<AdSpend>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<AdSpend>, Error> {
        cx.remove(self.id)?;
        Ok(Created { id: self.id, version: cx.version(self.id) })
    }
}

/// What was spent, the latest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListSpend {
    /// Only for this campaign.
    pub campaign: Option<Id<Campaign>>,
    /// Only on this channel.
    pub channel: Option<Code>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListSpend {
    const NAME: &'static str = "spend.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<AdSpend>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<AdSpend>, Error> {
        let (index, prefix) = match self.campaign {
            Some(campaign) => (AdSpend::BY_CAMPAIGN, vec![Val::Id(campaign.uuid())]),
            None => (AdSpend::BY_DAY, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |spend: &AdSpend| {
            self.channel.as_ref().is_none_or(|channel| spend.channel == *channel)
        })
    }
}

/// How long a chain of referrals may be.
const CHAIN_MAX: usize = 1_000;

impl Operation for AddReferral {
    const NAME: &'static str = "referral.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<Referral>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Referral>, Error> {
        cx.known("referred", self.referred)?;
        cx.known("referrer", self.referrer)?;
        cx.contact_of("contact", self.contact, self.referrer)?;
        let known = brought(cx, self.referred)?.map(|known| known.referrer);
        let above = above(cx, self.referrer)?;
        let id = cx.id_or(self.id);
        let entry = (cx.actor()?.id, cx.today()?, cx.now());
        let referral = campaign::refer(id, self, (&above, known), entry)?;
        cx.create(&referral)
    }
}

/// Who brought a customer.
fn brought(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Option<Referral>, Error> {
    cx.unique(Referral::BY_REFERRED, &[Val::Id(customer.uuid())])
}

/// Those who brought a customer, the nearest first; it ends where the chain does, or where it closes a circle.
fn above(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Vec<Id<Customer>>, Error> {
    let mut above = Vec::new();
    let mut next = brought(cx, customer)?;
    while let Some(referral) = next.filter(|referral| !above.contains(&referral.referrer)) {
        if above.len() >= CHAIN_MAX {
            let what = "referrals after one another";
            return Err(Error::Limit { what, limit: CHAIN_MAX as u64 });
        }
        above.push(referral.referrer);
        next = brought(cx, referral.referrer)?;
    }
    Ok(above)
}

/// Will forget who brought a customer that became one with others, where that is themselves by now.
pub(super) fn no_circle(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<(), Error> {
    if above(cx, customer)?.contains(&customer)
        && let Some(referral) = brought(cx, customer)?
    {
        cx.remove(referral.id)?;
    }
    Ok(())
}

/// Takes back a referral that was entered by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveReferral {
    /// Which.
    pub id: Id<Referral>,
}

impl Operation for RemoveReferral {
    const NAME: &'static str = "referral.remove";
    const ACCESS: Access = Access::Record;
    type Response = Created<Referral>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Referral>, Error> {
        cx.remove(self.id)?;
        Ok(Created { id: self.id, version: cx.version(self.id) })
    }
}

/// Whom a customer brought, directly and by those whom they brought, and what all of them bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralTree {
    /// Who.
    pub customer: Id<Customer>,
}

/// A customer who was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Brought {
    /// Who.
    pub customer: Id<Customer>,
    /// What they are called.
    pub name: String,
    /// Who brought them.
    pub referrer: Id<Customer>,
    /// 1 for whom the customer brought themselves, 2 for those whom these brought, and so on.
    pub depth: u32,
    /// What they bought, in the base currency: their orders, and their won deals that nothing is ordered of.
    pub revenue: Money,
}

/// Whom a customer brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Referrals {
    /// Who brought the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<Id<Customer>>,
    /// Each of them, the nearest first.
    pub rows: Vec<Brought>,
    /// What those bought whom the customer brought themselves.
    pub direct_revenue: Money,
    /// What all of them bought.
    pub revenue: Money,
    /// Orders and won deals that are in none of the sums, since they have no amount in the base currency.
    pub unpriced: u32,
}

impl Operation for ReferralTree {
    const NAME: &'static str = "referral.tree";
    const ACCESS: Access = Access::Report;
    type Response = Referrals;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Referrals, Error> {
        cx.get(self.customer)?;
        let zero = Money::zero(cx.get(Settings::ID)?.base_currency);
        let (mut rows, mut unpriced) = (Vec::new(), 0_u32);
        let mut seen = BTreeSet::from([self.customer]);
        let mut level = vec![self.customer];
        let mut depth = 0_u32;
        while !level.is_empty() {
            depth = depth.saturating_add(1);
            let mut below = Vec::new();
            for referrer in level {
                cx.checkpoint()?;
                let prefix = [Val::Id(referrer.uuid())];
                for referral in cx.list::<Referral>(Referral::BY_REFERRER, &prefix)? {
                    let customer = referral.referred;
                    if !seen.insert(customer) {
                        continue;
                    }
                    let (revenue, left_out) = bought(cx, customer, zero)?;
                    unpriced = unpriced.saturating_add(left_out);
                    let name = cx.find(customer)?.map(|customer| customer.name.to_string());
                    let name = name.unwrap_or_default();
                    rows.push(Brought { customer, name, referrer, depth, revenue });
                    below.push(customer);
                }
            }
            level = below;
        }
        let sum = |depth: Option<u32>| {
            let rows = rows.iter().filter(|row| depth.is_none_or(|depth| row.depth == depth));
            Money::sum(zero.currency(), rows.map(|row| row.revenue))
        };
        let wrong = |invalid| Error::invalid("", invalid);
        let direct_revenue = sum(Some(1)).map_err(wrong)?;
        let revenue = sum(None).map_err(wrong)?;
        let referrer = brought(cx, self.customer)?.map(|referral| referral.referrer);
        Ok(Referrals { referrer, rows, direct_revenue, revenue, unpriced })
    }
}

/// What a customer bought in the currency of `zero`, by the rule of `marketing::sales`; and how much of it could not be priced.
fn bought(cx: &mut Cx<'_>, customer: Id<Customer>, zero: Money) -> Result<(Money, u32), Error> {
    let of = [Val::Id(customer.uuid())];
    let mut deals = cx.list::<Opportunity>(Opportunity::BY_CUSTOMER, &of)?;
    deals.retain(|deal| matches!(deal.phase, Phase::Won { .. }));
    let orders = cx.list::<Order>(Order::BY_CUSTOMER, &of)?;
    let wide = |invalid| Error::invalid("", invalid);
    let mut credited = BTreeMap::new();
    for order in orders.iter().filter(|order| order.submitted_at.is_some()) {
        let rows = cx.list::<Credit>(Credit::BY_ORDER, &[Val::Id(order.id.uuid())])?;
        let sum = Money::sum(order.total.currency(), rows.iter().map(|credit| credit.amount));
        credited.insert(order.id, sum.map_err(wide)?);
    }
    let sold = sales(&deals, &orders, &credited, &BTreeMap::new(), zero, |_| true);
    let sum = Money::sum(zero.currency(), sold.sales.iter().map(|sale| sale.amount));
    let left_out = sold.unpriced_deals.saturating_add(sold.unpriced_orders);
    Ok((sum.map_err(wide)?, u32::try_from(left_out).unwrap_or(u32::MAX)))
}

impl Operation for AddReview {
    const NAME: &'static str = "review.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<Review>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Review>, Error> {
        let id = cx.id_or(self.id);
        let entry = (cx.actor()?.id, cx.today()?, cx.now());
        let review = campaign::review(id, self, entry)?;
        cx.known_if("product", review.product)?;
        cx.known_if("customer", review.customer)?;
        cx.terms(&[("site", "review_site", None, Some(&review.site))])?;
        cx.create(&review)
    }
}

/// What people said in public: how many gave which score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SumReviews {
    /// Only about this product.
    pub product: Option<Id<Product>>,
    /// Only from this site.
    pub site: Option<Code>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
}

/// What people said on scales of one length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewSum {
    /// The best score.
    pub scale: u32,
    /// How many reviews.
    pub count: u32,
    /// How many gave each score, from 1 up to the scale.
    pub scores: Vec<u32>,
    /// The mean score at two places, halves away from zero.
    pub mean: Option<Decimal>,
}

/// What people said in public. Scores of different scales are not mixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewSums {
    /// By scale, the shortest first.
    pub rows: Vec<ReviewSum>,
}

impl Operation for SumReviews {
    const NAME: &'static str = "review.summary";
    const ACCESS: Access = Access::Report;
    type Response = ReviewSums;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ReviewSums, Error> {
        let mut scores: BTreeMap<u32, BTreeMap<u32, u32>> = BTreeMap::new();
        all(cx, |review: Review| {
            let fits = self.product.is_none_or(|of| review.product == Some(of))
                && self.site.as_ref().is_none_or(|of| review.site == *of)
                && self.from.is_none_or(|from| review.said_on >= from)
                && self.to.is_none_or(|to| review.said_on < to);
            if fits {
                let of = scores.entry(review.scale).or_default().entry(review.score).or_default();
                *of = of.saturating_add(1);
            }
        })?;
        let rows = scores.into_iter().map(|(scale, scores)| {
            let of = |score: u32| scores.get(&score).copied().unwrap_or(0);
            let count = scores.values().fold(0_u32, |sum, count| sum.saturating_add(*count));
            let points = scores
                .iter()
                .map(|(score, count)| u64::from(*score).saturating_mul(u64::from(*count)));
            let points = Decimal::from(points.fold(0_u64, u64::saturating_add));
            let mean = points.checked_div(Decimal::from(count));
            let halves = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
            let mean = mean.map(|mean| mean.round_dp_with_strategy(2, halves));
            ReviewSum { scale, count, scores: (1..=scale).map(of).collect(), mean }
        });
        Ok(ReviewSums { rows: rows.collect() })
    }
}

/// Those who may be turned to for a purpose by a channel: contacts of customers of a segment who allowed it and are reached
/// by it. Whoever is left out is counted by the first reason. With `campaign`, they are put on its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetCampaign {
    /// By what: `phone`, `email` or `message`.
    pub channel: ConsentChannel,
    /// For what; `marketing` where nothing is said.
    #[serde(default)]
    pub purpose: Option<Code>,
    /// Only customers from this source.
    #[serde(default)]
    pub source: Option<Code>,
    /// Only customers of this industry.
    #[serde(default)]
    pub industry: Option<Code>,
    /// Only customers of this size.
    #[serde(default)]
    pub size: Option<Code>,
    /// Only customers in this region.
    #[serde(default)]
    pub region: Option<String>,
    /// Only customers of this owner.
    #[serde(default)]
    pub owner: Option<Id<User>>,
    /// Only customers who belong to this segment now.
    #[serde(default)]
    pub segment: Option<Code>,
    /// On whose list they are put, up to 1,000 at a time; nobody is where nothing is said.
    #[serde(default)]
    pub campaign: Option<Id<Campaign>>,
}

/// Somebody who may be turned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Targeted {
    /// Who: the kind of record, always a contact.
    pub kind: MemberKind,
    /// Who.
    pub id: Uuid,
    /// What they are called.
    pub name: String,
    /// At which customer.
    pub customer: Id<Customer>,
}

/// Whom to turn to, and how many not, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Targets {
    /// Them, in the order of ids; 10,000 at most.
    pub targets: Vec<Targeted>,
    /// How many are of the segment.
    pub segment: u32,
    /// How many of them are left out, by the first reason: `archived`, `withdrawn`, `no_consent`, `no_address`.
    pub excluded: BTreeMap<String, u32>,
    /// How many were put on the list of the campaign that were not on it.
    pub added: u32,
}

/// Those of a target list at most.
const TARGETS_MAX: usize = 10_000;
/// Those whom one call puts on the list of a campaign at most.
const ADDED_MAX: usize = 1_000;

impl TargetCampaign {
    fn fits(&self, customer: &Customer) -> bool {
        let region = customer.region.as_ref().map(|region| region.as_str());
        self.source.as_ref().is_none_or(|of| customer.source.as_ref() == Some(of))
            && self.industry.as_ref().is_none_or(|of| customer.industry.as_ref() == Some(of))
            && self.size.as_ref().is_none_or(|of| customer.size.as_ref() == Some(of))
            && self.region.as_deref().is_none_or(|of| region == Some(of))
            && self.owner.is_none_or(|of| customer.owner == Some(of))
    }

    fn reaches(&self, medium: Medium) -> bool {
        match self.channel {
            ConsentChannel::Any => true,
            ConsentChannel::Phone => medium == Medium::Phone,
            ConsentChannel::Email => medium == Medium::Email,
            ConsentChannel::Message => medium == Medium::Social,
        }
    }

    /// Why somebody is left out: whether their customer lives, what was said, and whether anything reaches them.
    fn excluded(&self, active: bool, said: &[Consent], reached: bool) -> Option<&'static str> {
        let purpose = self.purpose.as_ref().map_or(Consent::MARKETING, Code::as_str);
        match (active, allowed(said, purpose, self.channel), reached) {
            (false, _, _) => Some("archived"),
            (true, Allowed::Withdrawn, _) => Some("withdrawn"),
            (true, Allowed::Unsaid, _) => Some("no_consent"),
            (true, Allowed::Given, false) => Some("no_address"),
            (true, Allowed::Given, true) => None,
        }
    }
}

impl Operation for TargetCampaign {
    const NAME: &'static str = "campaign.targets";
    const ACCESS: Access = Access::Record;
    type Response = Targets;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Targets, Error> {
        let campaign = cx.known_if("campaign", self.campaign)?;
        let members = match &self.segment {
            Some(code) => Some(cx.members_of("segment", code)?),
            None => None,
        };
        let belongs = |id: Uuid| members.as_ref().is_none_or(|members| members.contains(&id));
        let mut customers: BTreeMap<Id<Customer>, Customer> = BTreeMap::new();
        all(cx, |customer: Customer| {
            if self.fits(&customer) && belongs(customer.id.uuid()) {
                customers.insert(customer.id, customer);
            }
        })?;
        let mut people: Vec<Contact> = Vec::new();
        all(cx, |contact: Contact| {
            if customers.contains_key(&contact.customer) {
                people.push(contact);
            }
        })?;
        let mut said: BTreeMap<Uuid, Vec<Consent>> = BTreeMap::new();
        all(cx, |one: Consent| said.entry(one.subject).or_default().push(one))?;
        let mut reached: BTreeSet<Uuid> = BTreeSet::new();
        all(cx, |point: ContactPoint| {
            if self.reaches(point.medium) {
                reached.insert(point.owner);
            }
        })?;
        let mut found =
            Targets { targets: Vec::new(), segment: 0, excluded: BTreeMap::new(), added: 0 };
        for contact in &people {
            let Some(customer) = customers.get(&contact.customer) else { continue };
            let who = [customer.id.uuid(), contact.id.uuid()];
            let statements = who.iter().filter_map(|id| said.get(id)).flatten();
            let statements: Vec<Consent> = statements.cloned().collect();
            let active = customer.status == CustomerStatus::Active;
            let id = contact.id.uuid();
            found.segment = found.segment.saturating_add(1);
            match self.excluded(active, &statements, reached.contains(&id)) {
                Some(reason) => {
                    let count = found.excluded.entry(reason.to_owned()).or_default();
                    *count = count.saturating_add(1);
                }
                None => found.targets.push(Targeted {
                    kind: MemberKind::Contact,
                    id,
                    name: contact.name.to_string(),
                    customer: customer.id,
                }),
            }
        }
        if found.targets.len() > TARGETS_MAX {
            let what = "people of a target list";
            return Err(Error::Limit { what, limit: TARGETS_MAX as u64 });
        }
        if let Some(campaign) = campaign {
            found.added = put_on(cx, &campaign, &found.targets)?;
        }
        Ok(found)
    }
}

/// Puts them on the list of a campaign; how many were not on it.
fn put_on(cx: &mut Cx<'_>, campaign: &Campaign, targets: &[Targeted]) -> Result<u32, Error> {
    if targets.len() > ADDED_MAX {
        let count = targets.len().to_string();
        let invalid = Invalid::new("campaign.members", &count);
        return Err(Error::invalid("campaign", invalid.limit(format!("at most {ADDED_MAX}"))));
    }
    cx.about(campaign.id);
    let mut added = 0_u32;
    for target in targets {
        // What is used for somebody is guarded: a consent that is withdrawn meanwhile is seen.
        cx.said_by(target.customer, Some(Id::new(target.id)))?;
        let wish = MemberWish { contact: Some(Id::new(target.id)), ..Default::default() };
        let (_, new) = cx.join(campaign, &wish)?;
        added = added.saturating_add(u32::from(new));
    }
    Ok(added)
}
