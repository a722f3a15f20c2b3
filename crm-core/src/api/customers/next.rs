//! What to do next with a customer, or with those of somebody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Bought, CustomersQuery, Scope};
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus, awaits_reply};
use crate::analytics::customers::{Clue, NextCode, churn, next};
use crate::api::report::all;
use crate::contract::Contract;
use crate::engine::{Cx, Error, Operation};
use crate::need::Need;
use crate::opportunity::Opportunity;
use crate::party::{Customer, CustomerStatus};
use crate::payment::Instalment;
use crate::promise::Promise;
use crate::quote::Quote;
use crate::service::ServiceRequest;
use crate::settings::User;
use crate::value::{Id, Invalid, Timestamp};

/// Days without an answer from which on an e-mail is called to mind.
const REPLY_DAYS: i64 = 3;
/// Items at most.
const LIMIT_MAX: u32 = 1_000;

/// What to do next with a customer, or with the customers of somebody: a ranked list out of what is known, each item with the
/// record that says so. Promises, requests, money overdue, quotes that end, things planned, needs that press, e-mails without
/// an answer, contracts to renew, deals without a next step or past their day, and customers silent for longer than fits
/// their rhythm. Nothing is guessed: without its evidence an item is not there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NextActions {
    /// With which customer.
    pub customer: Option<Id<Customer>>,
    /// Or with the active customers of whom; the actor's where neither is said.
    pub owner: Option<Id<User>>,
    /// Items at most: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextAction {
    /// Why.
    pub code: NextCode,
    /// With which customer.
    pub customer: Id<Customer>,
    /// What it is called.
    pub name: String,
    /// The record that says so: its kind.
    pub subject_kind: String,
    /// Its id.
    pub subject: Uuid,
    /// Since which day it presses, or until which it may wait.
    pub day: NaiveDate,
    /// Days late.
    pub days_late: i64,
    /// By what it is ranked: what its code weighs, and one for each day late, 30 at most.
    pub points: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextList {
    /// The instant from which it is seen.
    pub as_of: Timestamp,
    /// How many items there are.
    pub count: u64,
    /// The most pressing first.
    pub items: Vec<NextAction>,
    /// Why rhythms of buying are not told, where there is too little to say.
    pub rhythm_not_told: Option<String>,
}

impl Operation for NextActions {
    const NAME: &'static str = "customer.next";
    const ACCESS: Access = Access::Read;
    type Response = NextList;

    fn run(&self, cx: &mut Cx<'_>) -> Result<NextList, Error> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let invalid = Invalid::new("page.limit", &limit.to_string());
            return Err(Error::invalid("limit", invalid.limit(format!("1 to {LIMIT_MAX}"))));
        }
        if self.customer.is_some() && self.owner.is_some() {
            let invalid = Invalid::new("request.form", "").limit("`customer` or `owner`");
            return Err(Error::invalid("owner", invalid));
        }
        if let Some(owner) = self.owner {
            cx.known("owner", owner)?;
        }
        let names = self.customers(cx)?;
        let query = CustomersQuery::default();
        let mut scope = Scope::of(cx, &query, &[])?;
        let of: BTreeSet<Uuid> = names.keys().copied().collect();
        let mut clues = records(cx, &scope, &of)?;
        clues.extend(activities_and_deals(cx, &scope, &of)?);
        let bought = Bought::read(cx, &mut scope, &query)?;
        let mut rhythm_not_told = None;
        match churn(&bought.purchases, scope.day, 500) {
            Ok(found) => {
                let own = found.rows.iter().filter(|row| of.contains(&row.customer));
                clues.extend(own.filter_map(Clue::of_rhythm));
            }
            Err(thin) => rhythm_not_told = Some(thin.label().en),
        }
        let ranked = next(clues, scope.day);
        let count = ranked.len() as u64;
        let item = |clue: &Clue| NextAction {
            code: clue.code,
            customer: Id::new(clue.customer),
            name: names.get(&clue.customer).cloned().unwrap_or_default(),
            subject_kind: clue.subject_kind.name().to_owned(),
            subject: clue.subject,
            day: clue.day,
            days_late: clue.late(scope.day),
            points: clue.points(scope.day),
        };
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let items = ranked.iter().take(shown).map(item).collect();
        Ok(NextList { as_of: scope.as_of, count, items, rhythm_not_told })
    }
}

impl NextActions {
    /// Which customers, by what they are called.
    fn customers(&self, cx: &mut Cx<'_>) -> Result<BTreeMap<Uuid, String>, Error> {
        let mut names = BTreeMap::new();
        if let Some(id) = self.customer {
            let customer = cx.known("customer", id)?;
            names.insert(id.uuid(), customer.name.to_string());
            return Ok(names);
        }
        let owner = self.owner.map_or_else(|| cx.actor().map(|actor| actor.id), Ok)?;
        all(cx, |customer: Customer| {
            let active = customer.status == CustomerStatus::Active;
            if active && customer.owner == Some(owner) {
                names.insert(customer.id.uuid(), customer.name.to_string());
            }
        })?;
        Ok(names)
    }
}

/// What promises, requests, instalments, quotes, contracts and needs say.
fn records(cx: &Cx<'_>, scope: &Scope, of: &BTreeSet<Uuid>) -> Result<Vec<Clue>, Error> {
    let today = scope.day;
    let day = |at: Timestamp| at.day_in(scope.zone);
    let mut clues: Vec<Clue> = Vec::new();
    all(cx, |one: Promise| clues.extend(Clue::of_promise(&one, today)))?;
    all(cx, |one: ServiceRequest| clues.extend(Clue::of_service(&one, day(one.received_at))))?;
    all(cx, |one: Instalment| clues.extend(Clue::of_instalment(&one, today)))?;
    all(cx, |one: Quote| clues.extend(Clue::of_quote(&one, today)))?;
    all(cx, |one: Contract| clues.extend(Clue::of_contract(&one, today)))?;
    all(cx, |one: Need| clues.extend(Clue::of_need(&one, day(one.created_at))))?;
    clues.retain(|clue| of.contains(&clue.customer));
    Ok(clues)
}

/// What activities and deals say.
fn activities_and_deals(
    cx: &Cx<'_>,
    scope: &Scope,
    of: &BTreeSet<Uuid>,
) -> Result<Vec<Clue>, Error> {
    let day = |at: Timestamp| at.day_in(scope.zone);
    let mut own: Vec<Activity> = Vec::new();
    let mut planned: BTreeSet<Id<Opportunity>> = BTreeSet::new();
    all(cx, |activity: Activity| {
        if activity.status == ActivityStatus::Planned {
            planned.extend(activity.opportunity);
        }
        if activity.customer.is_some_and(|customer| of.contains(&customer.uuid())) {
            own.push(activity);
        }
    })?;
    let mut threads: BTreeMap<Uuid, Vec<Activity>> = BTreeMap::new();
    for activity in &own {
        threads.entry(activity.thread).or_default().push(activity.clone());
    }
    let mut clues: Vec<Clue> = Vec::new();
    for activity in &own {
        clues.extend(Clue::of_activity(activity, day(activity.at), scope.day));
        let thread = threads.get(&activity.thread).map_or(&[][..], Vec::as_slice);
        if awaits_reply(activity, thread, TimeDelta::days(REPLY_DAYS), scope.as_of) {
            clues.extend(Clue::of_reply(activity, day(activity.at)));
        }
    }
    all(cx, |deal: Opportunity| {
        if of.contains(&deal.customer.uuid()) {
            let days = (day(deal.touched_at), scope.day);
            clues.extend(Clue::of_deal(&deal, planned.contains(&deal.id), days));
        }
    })?;
    Ok(clues)
}
