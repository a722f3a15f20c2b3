//! What is known of every customer as of an instant: the fields that predicates and grades may name.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::contacts::in_touch;
use super::{Bought, CustomersQuery, Scope};
use crate::activity::Activity;
use crate::analytics::customers::{Purchase, habits, rfm};
use crate::api::report::all;
use crate::assignment::{Facts, Schema, facts_of};
use crate::audit::{Fact, RecordChange, What};
use crate::custom::CustomField;
use crate::engine::{Cx, Error};
use crate::opportunity::{Opportunity, Phase};
use crate::party::{Customer, CustomerStatus};
use crate::record::{Entity, Kind, Val};
use crate::segment::{CustomerGrade, GradeChange, schema};
use crate::store::Scan;
use crate::value::Timestamp;

/// Days of "lately".
const YEAR: u64 = 365;
const QUARTER: u64 = 90;

impl Cx<'_> {
    /// The fields of customers that predicates may name.
    pub(super) fn customer_fields(&mut self) -> Result<Schema, Error> {
        let of_customers = [Val::from(Kind::Customer.name())];
        let custom = self.list::<CustomField>(CustomField::BY_CODE, &of_customers)?;
        Ok(schema(&custom))
    }
}

/// A customer and what is known of it.
pub(super) struct KnownCustomer {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) facts: Facts,
}

/// What is known of the customers there were at the instant of a report, by id, archived ones and those of later left out.
/// Their own fields are as they were recorded then, as far as that is told in clear: of what is personal, custom values among
/// them, those of now. Customers that became part of another since are not told apart from it.
pub(super) fn known(cx: &mut Cx<'_>, scope: &mut Scope) -> Result<Vec<KnownCustomer>, Error> {
    let bought = Bought::read(cx, scope, &CustomersQuery::default())?;
    let mut found: BTreeMap<Uuid, KnownCustomer> = BTreeMap::new();
    all(cx, |customer: Customer| {
        if customer.created_at <= scope.as_of {
            let (id, name) = (customer.id.uuid(), customer.name.to_string());
            found.insert(id, KnownCustomer { id, name, facts: facts_of(&customer) });
        }
    })?;
    if scope.as_of < cx.now() {
        rewind(cx, scope.as_of, &mut found)?;
    }
    let active = Val::from(CustomerStatus::Active.code());
    found.retain(|_, customer| customer.facts.get("status") == Some(&active));
    figures(cx, scope, &bought, &mut found)?;
    Ok(found.into_values().collect())
}

/// Takes back what was recorded of customers after an instant, the last first.
fn rewind(
    cx: &Cx<'_>,
    until: Timestamp,
    found: &mut BTreeMap<Uuid, KnownCustomer>,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        cx.checkpoint()?;
        let scan = Scan {
            desc: true,
            limit: 1_000,
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), Fact::KIND, Fact::BY_SEQ, &[])
        };
        let page = cx.page::<Fact>(&scan)?;
        for (_, fact) in page.rows {
            if fact.recorded_at <= until {
                return Ok(());
            }
            // What an import changed is told as one root: its rows are as they are now.
            let changes = serde_json::from_str::<Vec<RecordChange>>(&fact.changes);
            let of_customers = changes.unwrap_or_default().into_iter();
            for change in of_customers.filter(|change| change.kind == Kind::Customer.name()) {
                take_back(change, found);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn take_back(change: RecordChange, found: &mut BTreeMap<Uuid, KnownCustomer>) {
    if change.what == What::Created {
        found.remove(&change.id);
        return;
    }
    let Some(customer) = found.get_mut(&change.id) else { return };
    for field in change.fields.into_iter().filter(|field| field.commitment.is_none()) {
        if field.from.is_null() {
            customer.facts.remove(&field.field);
        } else {
            customer.facts.insert(field.field, field.from);
        }
    }
}

/// Adds the figures of [`crate::segment::FIGURES`].
fn figures(
    cx: &Cx<'_>,
    scope: &Scope,
    bought: &Bought,
    found: &mut BTreeMap<Uuid, KnownCustomer>,
) -> Result<(), Error> {
    let scores: BTreeMap<Uuid, [u8; 3]> = rfm(&bought.purchases, scope.day)
        .rows
        .into_iter()
        .map(|row| (row.customer, row.scores))
        .collect();
    let deals = deals(cx, scope)?;
    let touched = touched(cx, scope)?;
    let grades = grades(cx, scope.as_of)?;
    for (id, customer) in found.iter_mut() {
        let facts = &mut customer.facts;
        of_purchases(facts, bought.purchases.of(*id), scope.day);
        let mut put = |name: &str, val: Val| drop(facts.insert(name.to_owned(), val));
        if let Some([r, f, m]) = scores.get(id) {
            put("rfm_recency", Val::Int((*r).into()));
            put("rfm_frequency", Val::Int((*f).into()));
            put("rfm_money", Val::Int((*m).into()));
        }
        let (count, amount) = deals.get(id).copied().unwrap_or_default();
        put("open_deals", Val::Int(count));
        put("open_amount", decimal(amount));
        let days = touched.get(id).map_or(&[][..], Vec::as_slice);
        let ago = |day: &NaiveDate| scope.day.signed_duration_since(*day).num_days();
        let lately = days.iter().filter(|day| u64::try_from(ago(day)).is_ok_and(|n| n < QUARTER));
        put("contacts_90", Val::Int(i64::try_from(lately.count()).unwrap_or(i64::MAX)));
        if let Some(last) = days.iter().max() {
            put("days_since_contact", Val::Int(ago(last)));
        }
        if let Some((_, grade)) = grades.get(id) {
            put("grade", Val::from(grade.code()));
        }
    }
    Ok(())
}

fn of_purchases(facts: &mut Facts, own: &[Purchase], today: NaiveDate) {
    let since = today.checked_sub_days(Days::new(YEAR)).unwrap_or(today);
    let count = |own: &[Purchase]| Val::Int(i64::try_from(own.len()).unwrap_or(i64::MAX));
    let spent = |own: &[Purchase]| {
        let amounts = own.iter().filter_map(|purchase| purchase.money);
        decimal(amounts.fold(Decimal::ZERO, Decimal::saturating_add))
    };
    let mut put = |name: &str, val: Val| drop(facts.insert(name.to_owned(), val));
    let lately = own.partition_point(|purchase| purchase.day <= since);
    let lately = own.get(lately..).unwrap_or_default();
    put("purchases", count(own));
    put("purchases_365", count(lately));
    put("spent", spent(own));
    put("spent_365", spent(lately));
    let Some(habits) = habits(own) else { return };
    put("first_purchase", Val::Text(habits.first.to_string()));
    put("last_purchase", Val::Text(habits.last.to_string()));
    let silent = today.signed_duration_since(habits.last).num_days();
    put("days_since_purchase", Val::Int(silent));
    if let Some(interval) = habits.interval {
        put("usual_interval", decimal(interval.typical));
    }
}

fn decimal(number: Decimal) -> Val {
    Val::Text(number.normalize().to_string())
}

/// How many deals of each customer were open, and what they come to in the base currency, by their amounts of now.
fn deals(cx: &Cx<'_>, scope: &Scope) -> Result<BTreeMap<Uuid, (i64, Decimal)>, Error> {
    let mut found: BTreeMap<Uuid, (i64, Decimal)> = BTreeMap::new();
    all(cx, |deal: Opportunity| {
        let open = match deal.phase {
            Phase::Open { .. } => true,
            Phase::Won { at, .. } | Phase::Lost { at, .. } => at > scope.as_of,
        };
        if !open || deal.created_at > scope.as_of {
            return;
        }
        let (count, sum) = found.entry(deal.customer.uuid()).or_default();
        *count = count.saturating_add(1);
        let own = deal.amount.filter(|amount| amount.currency() == scope.base);
        *sum = sum.saturating_add(own.map(|amount| amount.amount()).unwrap_or_default());
    })?;
    Ok(found)
}

/// The days on which each customer and we were in touch.
fn touched(cx: &Cx<'_>, scope: &Scope) -> Result<BTreeMap<Uuid, Vec<NaiveDate>>, Error> {
    let mut found: BTreeMap<Uuid, Vec<NaiveDate>> = BTreeMap::new();
    all(cx, |activity: Activity| {
        if let Some(customer) = activity.customer
            && in_touch(&activity)
            && activity.at <= scope.as_of
        {
            let day = activity.at.day_in(scope.zone);
            found.entry(customer.uuid()).or_default().push(day);
        }
    })?;
    Ok(found)
}

/// The grade that each customer had, and since when.
fn grades(
    cx: &Cx<'_>,
    as_of: Timestamp,
) -> Result<BTreeMap<Uuid, (Timestamp, CustomerGrade)>, Error> {
    let changes = last_changes(cx, as_of)?;
    Ok(changes.into_iter().map(|(id, change)| (id, (change.at, change.to))).collect())
}

/// The last change of the grade of each customer until an instant.
pub(super) fn last_changes(
    cx: &Cx<'_>,
    as_of: Timestamp,
) -> Result<BTreeMap<Uuid, GradeChange>, Error> {
    let mut found: BTreeMap<Uuid, GradeChange> = BTreeMap::new();
    all(cx, |change: GradeChange| {
        if change.at > as_of {
            return;
        }
        let known = found.get(&change.customer.uuid());
        if known.is_none_or(|known| known.place() < change.place()) {
            found.insert(change.customer.uuid(), change);
        }
    })?;
    Ok(found)
}

/// The numbers that were measured of a customer, as decimals.
pub(super) fn measured(facts: &Facts, name: &str) -> Option<Decimal> {
    match facts.get(name)? {
        Val::Int(number) => Some(Decimal::from(*number)),
        Val::Text(text) => text.parse().ok(),
        Val::Null | Val::Bool(_) | Val::Id(_) | Val::Bytes(_) => None,
    }
}
