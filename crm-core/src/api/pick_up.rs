//! What somebody must know who picks a customer up after a long silence.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus, Participant};
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::need::{Need, NeedKind, NeedState};
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::party::{Contact, Customer};
use crate::promise::{Promise, PromiseState};
use crate::quote::{Quote, QuoteLine};
use crate::record::{Entity, Val};
use crate::settings::User;
use crate::store::Scan;
use crate::value::{Id, Name, Percent, Timestamp, UnitPrice};

/// Activities that are looked at, the last ones.
const DEALINGS: u32 = 200;

/// Deals whose prices are looked at, the last ones.
const DEALS: u32 = 20;

/// Rows of each other part at most.
const ROWS: u32 = 100;

/// Everything that somebody must know who picks a customer up after a long silence, in one call: the last prices, who of us
/// met whom, what was promised, what worried them and is fixed since, what stands open. Where nothing is known of a part,
/// it is empty; nothing is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickUpCustomer {
    /// Which customer.
    pub id: Id<Customer>,
}

/// What somebody must know who picks a customer up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PickUp {
    /// Which customer.
    pub id: Id<Customer>,
    /// Its name.
    pub name: Name,
    /// When one of us last dealt with them; nothing where nobody did.
    pub last_dealing_at: Option<Timestamp>,
    /// Whole days since then.
    pub quiet_days: Option<i64>,
    /// The last price of each product, the latest first.
    pub last_prices: Vec<KnownPrice>,
    /// Who of us met whom there, of the last 200 dealings, the latest first.
    pub met: Vec<Met>,
    /// Promises that are to be kept, the earliest day first.
    pub promises: Vec<OpenPromise>,
    /// Concerns and objections that were settled since one of us last dealt with them.
    pub fixed_since: Vec<Need>,
    /// Needs, concerns and objections that stand.
    pub open_needs: Vec<Need>,
    /// Deals that are open, the latest first.
    pub open_deals: Vec<Seen<Opportunity>>,
    /// What is planned, the earliest first.
    pub planned: Vec<Activity>,
}

/// A promise that is to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenPromise {
    /// The promise.
    #[serde(flatten)]
    pub promise: Promise,
    /// Whether its day is over.
    pub overdue: bool,
}

/// The last price of a product for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownPrice {
    /// Which product.
    pub product: Id<Product>,
    /// Its name.
    pub product_name: Name,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// What was taken off.
    pub discount: Percent,
    /// When it was said.
    pub at: Timestamp,
    /// Where: `quote`, or `opportunity` for the lines of a deal.
    pub source: String,
    /// The last day on which it stands, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<chrono::NaiveDate>,
    /// Whether it still stands; nothing where no day was said.
    pub still_valid: Option<bool>,
}

/// Where last prices come from. Whatever names prices to customers adds a line; the latest of all counts, of equally late
/// ones that of the first.
const PRICES: &[fn(&mut Cx<'_>, Id<Customer>) -> Result<Vec<KnownPrice>, Error>] =
    &[of_quotes, of_deals];

/// Who of us met whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Met {
    /// Who of us.
    pub user: Id<User>,
    /// Their name.
    pub user_name: Option<Name>,
    /// Whom there; nothing where nobody was named.
    pub contact: Option<Id<Contact>>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<Name>,
    /// How often.
    pub times: u32,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
}

impl Operation for PickUpCustomer {
    const NAME: &'static str = "customer.pick_up";
    const ACCESS: Access = Access::Read;
    type Response = PickUp;

    fn run(&self, cx: &mut Cx<'_>) -> Result<PickUp, Error> {
        let customer = cx.get(self.id)?;
        let past = dealings(cx, self.id)?;
        let last = past.iter().filter(|done| done.is_follow_up()).map(|done| done.at).max();
        let open = |kind: &str| [Val::Id(self.id.uuid()), Val::from(kind)];
        let today = cx.today()?;
        let promises: Vec<Promise> =
            rows(cx, Promise::BY_CUSTOMER, &open(PromiseState::Open.code()), false)?;
        let resolved: Vec<Need> =
            rows(cx, Need::BY_CUSTOMER_STATE, &open(NeedState::Resolved.code()), true)?;
        let fixed = resolved.into_iter().filter(|need| {
            need.kind != NeedKind::Need && need.settled_at.is_some_and(|at| Some(at) > last)
        });
        Ok(PickUp {
            id: customer.id,
            name: customer.name,
            last_dealing_at: last,
            quiet_days: last.map(|last| cx.now().since(last).num_days()),
            last_prices: last_prices(cx, self.id)?,
            met: met(cx, &past)?,
            promises: promises
                .into_iter()
                .map(|promise| OpenPromise { overdue: promise.is_overdue(today), promise })
                .collect(),
            fixed_since: fixed.collect(),
            open_needs: rows(cx, Need::BY_CUSTOMER_STATE, &open(NeedState::Open.code()), true)?,
            open_deals: open_deals(cx, self.id)?,
            planned: planned(cx, self.id)?,
        })
    }
}

/// Some rows of a listing.
fn rows<T: Entity>(cx: &Cx<'_>, index: u16, of: &[Val], desc: bool) -> Result<Vec<T>, Error> {
    let scan = Scan { limit: ROWS, desc, ..Scan::of(cx.tenant(), T::KIND, index, of) };
    Ok(cx.page::<T>(&scan)?.rows.into_iter().map(|(_, row)| row).collect())
}

/// The last dealings with a customer, the last first: what was done until now.
fn dealings(cx: &Cx<'_>, customer: Id<Customer>) -> Result<Vec<Activity>, Error> {
    let of = [Val::Id(customer.uuid())];
    let until = core::ops::Bound::Included(Val::Int(cx.now().micros()));
    let scan = Scan {
        range: (core::ops::Bound::Unbounded, until),
        desc: true,
        limit: DEALINGS,
        ..Scan::of(cx.tenant(), Activity::KIND, Activity::BY_CUSTOMER, &of)
    };
    let rows = cx.page::<Activity>(&scan)?.rows.into_iter().map(|(_, activity)| activity);
    Ok(rows.filter(|activity| activity.status == ActivityStatus::Done).collect())
}

/// What is planned from now on, the earliest first.
fn planned(cx: &Cx<'_>, customer: Id<Customer>) -> Result<Vec<Activity>, Error> {
    let of = [Val::Id(customer.uuid())];
    let from = core::ops::Bound::Excluded(Val::Int(cx.now().micros()));
    let scan = Scan {
        range: (from, core::ops::Bound::Unbounded),
        limit: ROWS,
        ..Scan::of(cx.tenant(), Activity::KIND, Activity::BY_CUSTOMER, &of)
    };
    let rows = cx.page::<Activity>(&scan)?.rows.into_iter().map(|(_, activity)| activity);
    Ok(rows.filter(|activity| activity.status == ActivityStatus::Planned).collect())
}

fn open_deals(cx: &Cx<'_>, customer: Id<Customer>) -> Result<Vec<Seen<Opportunity>>, Error> {
    let of = [Val::Id(customer.uuid())];
    let wanted = Wanted::of(Opportunity::BY_CUSTOMER, &of).newest_first().page(Some(ROWS), None);
    let page: Listed<Opportunity> =
        cx.listed(wanted, |deal: &Opportunity| deal.phase.closed_at().is_none())?;
    Ok(page.rows)
}

/// Who of us met whom: whoever did an activity or took part in it, with everybody of them who did. Rule V3-3 (F009).
fn met(cx: &mut Cx<'_>, past: &[Activity]) -> Result<Vec<Met>, Error> {
    let mut all: BTreeMap<(Id<User>, Option<Id<Contact>>), (u32, Timestamp, Timestamp)> =
        BTreeMap::new();
    for done in past.iter().filter(|done| done.is_follow_up()) {
        let of = [Val::Id(done.id.uuid())];
        let people: Vec<Participant> = rows(cx, Participant::BY_ACTIVITY, &of, false)?;
        let mut ours: Vec<Id<User>> = people.iter().filter_map(|person| person.user).collect();
        let mut theirs: Vec<Option<Id<Contact>>> =
            people.iter().filter_map(|person| person.contact).map(Some).collect();
        ours.push(done.owner);
        theirs.extend(done.contact.map(Some));
        if theirs.is_empty() {
            theirs.push(None);
        }
        ours.sort_unstable();
        ours.dedup();
        theirs.sort_unstable();
        theirs.dedup();
        for pair in ours.iter().flat_map(|user| theirs.iter().map(|contact| (*user, *contact))) {
            let (times, first, last) = all.entry(pair).or_insert((0, done.at, done.at));
            *times = times.saturating_add(1);
            *first = done.at.min(*first);
            *last = done.at.max(*last);
        }
    }
    let mut told = Vec::with_capacity(all.len());
    for ((user, contact), (times, first_at, last_at)) in all {
        let user_name = cx.find(user)?.map(|user| user.name);
        let contact_name = contact.map(|id| cx.find(id)).transpose()?.flatten();
        let contact_name = contact_name.map(|contact: Contact| contact.name);
        told.push(Met { user, user_name, contact, contact_name, times, first_at, last_at });
    }
    told.sort_by_key(|met| (core::cmp::Reverse(met.last_at), met.user, met.contact));
    Ok(told)
}

/// The last price of each product, from wherever prices are named.
fn last_prices(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Vec<KnownPrice>, Error> {
    let mut latest: BTreeMap<Id<Product>, KnownPrice> = BTreeMap::new();
    for source in PRICES {
        for price in source(cx, customer)? {
            let known = latest.get(&price.product);
            if known.is_none_or(|known| known.at < price.at) {
                latest.insert(price.product, price);
            }
        }
    }
    let mut all: Vec<KnownPrice> = latest.into_values().collect();
    all.sort_by_key(|price| (core::cmp::Reverse(price.at), price.product));
    Ok(all)
}

/// The prices in the last quotes that went out.
fn of_quotes(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Vec<KnownPrice>, Error> {
    let of = [Val::Id(customer.uuid())];
    let scan = Scan {
        limit: DEALS,
        desc: true,
        ..Scan::of(cx.tenant(), Quote::KIND, Quote::BY_CUSTOMER, &of)
    };
    let today = cx.today()?;
    let mut prices = Vec::new();
    for (_, quote) in cx.page::<Quote>(&scan)?.rows {
        let Some(at) = quote.sent_at else { continue };
        let of = [Val::Id(quote.id.uuid())];
        let lines: Vec<QuoteLine> = rows(cx, QuoteLine::BY_QUOTE, &of, false)?;
        for line in lines {
            let product = line.product.map(|product| cx.find(product)).transpose()?.flatten();
            let Some(product) = product else { continue };
            // A quote that was answered or withdrawn no longer stands, whatever its day.
            let stands = quote.ended_at.is_none() && today <= quote.valid_until;
            prices.push(KnownPrice {
                product: product.id,
                product_name: product.name,
                unit_price: line.unit_price,
                discount: line.discount,
                at,
                source: Quote::KIND.name().to_owned(),
                valid_until: Some(quote.valid_until),
                still_valid: Some(stands),
            });
        }
    }
    Ok(prices)
}

/// The prices in the lines of the last deals, as of when something last happened to the deal.
fn of_deals(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Vec<KnownPrice>, Error> {
    let of = [Val::Id(customer.uuid())];
    let scan = Scan {
        limit: DEALS,
        desc: true,
        ..Scan::of(cx.tenant(), Opportunity::KIND, Opportunity::BY_CUSTOMER, &of)
    };
    let mut prices = Vec::new();
    for (_, deal) in cx.page::<Opportunity>(&scan)?.rows {
        let of = [Val::Id(deal.id.uuid())];
        let lines: Vec<OpportunityLine> = rows(cx, OpportunityLine::BY_OPPORTUNITY, &of, false)?;
        for line in lines {
            let Some(product) = cx.find(line.product)? else { continue };
            prices.push(KnownPrice {
                product: product.id,
                product_name: product.name,
                unit_price: line.unit_price,
                discount: line.discount,
                at: deal.touched_at,
                source: Opportunity::KIND.name().to_owned(),
                valid_until: None,
                still_valid: None,
            });
        }
    }
    Ok(prices)
}
