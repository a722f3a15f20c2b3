//! What people, teams and the house reached in a period, by key figure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::report::{all, by_id, dimension};
use crate::activity::{Activity, ActivityStatus};
use crate::analytics::{Entry, Filter, Period, Query, Reached, credits};
use crate::engine::{Cx, Error};
use crate::flow::OwnerSpell;
use crate::lead::Lead;
use crate::order::Order;
use crate::party::Customer;
use crate::payment::{Allocation, Payment};
use crate::record::{Entity, Key, Kind};
use crate::service::FeedbackRequest;
use crate::settings::{Settings, User};
use crate::target::{Aggregation, Kpi, KpiOf, Scope, ScopeKind, Span};
use crate::value::{Currency, Id, Money, Timestamp};

/// To whom a deal, a lead or a customer is credited that went from one owner to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditTo {
    /// To who had it on the day that counts: on which it was won, closed, made, reached us, was entered; where nobody had it
    /// then, to who had it first after.
    #[default]
    OwnerThen,
    /// To who has it now.
    OwnerNow,
}

/// What is asked of figures.
pub(super) struct FiguresAsk {
    pub(super) span: Span,
    pub(super) as_of: Timestamp,
    pub(super) zone: Tz,
    pub(super) credit: CreditTo,
}

/// What everybody reached, by key figure and whose it is. Who reached nothing stands there with nothing where they are an
/// active user; teams have what their members of now reached.
pub(super) type FiguresFound = BTreeMap<(Id<Kpi>, Scope), Reached>;

/// The people and to which team they belong.
pub(super) struct Staff {
    pub(super) users: BTreeMap<Id<User>, User>,
    by_login: BTreeMap<String, Id<User>>,
}

impl Staff {
    pub(super) fn read(cx: &mut Cx<'_>) -> Result<Self, Error> {
        let users: BTreeMap<Id<User>, User> = super::report::by_id(cx)?;
        let by_login = users.values().map(|user| (user.login.to_string(), user.id)).collect();
        Ok(Self { users, by_login })
    }

    /// Whose figures something of a user's counts in.
    pub(super) fn scopes(&self, user: Option<Id<User>>) -> Vec<Scope> {
        let mut scopes = vec![(ScopeKind::Tenant, Uuid::nil())];
        let Some(user) = user else { return scopes };
        scopes.push((ScopeKind::User, user.uuid()));
        if let Some(team) = self.users.get(&user).and_then(|user| user.team) {
            scopes.push((ScopeKind::Team, team.uuid()));
        }
        scopes
    }

    /// Everybody who may have a figure.
    pub(super) fn everybody(&self) -> Vec<Scope> {
        let active = self.users.values().filter(|user| user.active);
        let mut all: Vec<Scope> = active.flat_map(|user| self.scopes(Some(user.id))).collect();
        all.push((ScopeKind::Tenant, Uuid::nil()));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The members of a team who are active.
    pub(super) fn members(&self, team: Uuid) -> Vec<Scope> {
        let of = |user: &&User| user.active && user.team.is_some_and(|of| of.uuid() == team);
        self.users.values().filter(of).map(|user| (ScopeKind::User, user.id.uuid())).collect()
    }
}

/// Something that brings something to a figure.
pub(super) struct Piece {
    /// What: a deal, a lead, a customer, an activity, an answer, an order, a payment.
    pub(super) what: Key,
    /// Whose it counts for; nobody's but the house's where nobody has it.
    pub(super) whose: Option<Id<User>>,
    /// When it counts.
    pub(super) at: At,
    /// What it brings.
    pub(super) entry: Entry,
}

/// When something counts.
#[derive(Clone, Copy)]
pub(super) enum At {
    Instant(Timestamp),
    Day(NaiveDate),
}

/// Who had records, in order, and who has had them since.
#[derive(Default)]
struct Spells(BTreeMap<Key, Vec<OwnerSpell>>);

impl Spells {
    fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut found: BTreeMap<Key, Vec<OwnerSpell>> = BTreeMap::new();
        all(cx, |spell: OwnerSpell| {
            if let Some(kind) = Kind::named(&spell.subject_kind) {
                found.entry(Key { kind, id: spell.subject }).or_default().push(spell);
            }
        })?;
        for spells in found.values_mut() {
            spells.sort_by_key(|spell| spell.ordinal);
        }
        Ok(Self(found))
    }

    /// Who had a record at a second, or got it first after; `now` has it now.
    fn had(&self, of: Key, at: i64, now: Option<Id<User>>) -> Option<Id<User>> {
        let spells = self.0.get(&of).into_iter().flatten();
        let mut from_then = spells.filter(|spell| spell.until.utc().timestamp() > at);
        from_then.find_map(|spell| spell.owner).or(now)
    }
}

/// What figures are made of: what is asked, and what is known besides.
struct Counting<'a> {
    staff: &'a Staff,
    ask: &'a FiguresAsk,
    spells: Spells,
    base: Currency,
}

/// What everybody reached of key figures. Rule KP-12 (F139).
pub(super) fn figures(
    cx: &mut Cx<'_>,
    staff: &Staff,
    kpis: &[Kpi],
    ask: &FiguresAsk,
) -> Result<FiguresFound, Error> {
    let mut found = FiguresFound::new();
    for kpi in kpis {
        for scope in staff.everybody() {
            found.insert((kpi.id, scope), Reached::default());
        }
    }
    pieces(cx, staff, kpis, ask, &mut |kpi, piece| {
        for scope in staff.scopes(piece.whose) {
            found.entry((kpi.id, scope)).or_default().add(piece.entry);
        }
    })?;
    Ok(found)
}

/// Everything that brings something to key figures, in the order of these.
pub(super) fn pieces(
    cx: &mut Cx<'_>,
    staff: &Staff,
    kpis: &[Kpi],
    ask: &FiguresAsk,
    take: &mut dyn FnMut(&Kpi, Piece),
) -> Result<(), Error> {
    let spells = match ask.credit {
        CreditTo::OwnerThen => Spells::read(cx)?,
        CreditTo::OwnerNow => Spells::default(),
    };
    let base = cx.get(Settings::ID)?.base_currency;
    let counting = Counting { staff, ask, spells, base };
    for kpi in kpis {
        let mut add = |piece: Piece| take(kpi, piece);
        match kpi.of {
            KpiOf::Won | KpiOf::Closed | KpiOf::Created => counting.deals(cx, kpi, &mut add)?,
            KpiOf::Leads => counting.leads(cx, kpi, &mut add)?,
            KpiOf::Customers => counting.customers(cx, kpi, &mut add)?,
            KpiOf::Activities => counting.activities(cx, kpi, &mut add)?,
            KpiOf::Feedback => counting.feedback(cx, &mut add)?,
            KpiOf::Orders => counting.orders(cx, kpi, &mut add)?,
            KpiOf::Payments => counting.payments(cx, kpi, &mut add)?,
        }
    }
    Ok(())
}

/// Takes what somebody brings.
type Add<'a> = &'a mut dyn FnMut(Piece);

const fn key<T: Entity>(id: Id<T>) -> Key {
    Key { kind: T::KIND, id: id.uuid() }
}

impl Counting<'_> {
    /// Whether an instant lies in the period and is not after the instant that is asked.
    fn counts(&self, at: Timestamp) -> bool {
        at <= self.ask.as_of && self.ask.span.holds(at.day_in(self.ask.zone))
    }

    /// Whether a day lies in the period, or where growth is asked in the one before, and is not after the day that is
    /// asked; and which of the two.
    fn of_day(&self, kpi: &Kpi, day: NaiveDate) -> Option<bool> {
        let is_over = day <= self.ask.as_of.day_in(self.ask.zone);
        let before = kpi.aggregation == Aggregation::Growth && self.ask.span.before().holds(day);
        (is_over && (before || self.ask.span.holds(day))).then_some(before)
    }

    fn base_minor(&self, amount: Money, in_base: Option<Money>) -> Option<i64> {
        let own = Some(amount).filter(|amount| amount.currency() == self.base);
        in_base.or(own).map(|amount| amount.minor())
    }

    fn deals(&self, cx: &mut Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        let ask = self.ask;
        let mut filter = Filter::default();
        for (name, keys) in &kpi.only.0 {
            let dimension = dimension(&format!("only.{name}"), name)?;
            filter.is.entry(dimension).or_default().extend(keys.iter().cloned());
        }
        let period = |span: Span| Period::between(span.from, span.to());
        let query = Query::new(ask.zone, ask.as_of).during(period(ask.span)).only(filter);
        let before = (kpi.aggregation == Aggregation::Growth).then(|| period(ask.span.before()));
        let table = super::report::table(cx, ask.as_of)?;
        for credit in credits(&table, &query, kpi.of, before) {
            let now = self.staff.by_login.get(credit.owner).copied();
            let what = Key { kind: Kind::Opportunity, id: credit.deal };
            let micros = credit.at.saturating_mul(1_000_000);
            let at = At::Instant(Timestamp::from_micros(micros).unwrap_or(ask.as_of));
            let whose = self.spells.had(what, credit.at, now);
            add(Piece { what, whose, at, entry: credit.entry });
        }
        Ok(())
    }

    fn leads(&self, cx: &Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        all(cx, |lead: Lead| {
            let source = lead.source.as_ref().map(|code| code.as_str());
            let region = lead.region.as_ref().map(|name| name.as_str());
            if self.counts(lead.received_at)
                && admits(kpi, "source", source)
                && admits(kpi, "region", region)
            {
                let good = lead.converted_at.is_some_and(|at| at <= self.ask.as_of);
                let (what, at) = (key(lead.id), lead.received_at);
                let whose = self.spells.had(what, at.utc().timestamp(), lead.owner);
                let entry = Entry { size: None, good, before: false };
                add(Piece { what, whose, at: At::Instant(at), entry });
            }
        })
    }

    fn customers(&self, cx: &Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        all(cx, |customer: Customer| {
            if self.counts(customer.created_at) && is_of(kpi, &customer) {
                let (what, at) = (key(customer.id), customer.created_at);
                let whose = self.spells.had(what, at.utc().timestamp(), customer.owner);
                add(Piece { what, whose, at: At::Instant(at), entry: Entry::default() });
            }
        })
    }

    fn activities(&self, cx: &Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        all(cx, |activity: Activity| {
            if activity.status == ActivityStatus::Done
                && activity.entered_at <= self.ask.as_of
                && self.counts(activity.at)
                && admits(kpi, "kind", Some(activity.kind.code()))
            {
                let (what, whose) = (key(activity.id), Some(activity.owner));
                add(Piece { what, whose, at: At::Instant(activity.at), entry: Entry::default() });
            }
        })
    }

    /// Scores in hundredths: the mean of what was said of product and service.
    fn feedback(&self, cx: &Cx<'_>, add: Add<'_>) -> Result<(), Error> {
        all(cx, |answer: FeedbackRequest| {
            let Some(at) = answer.answered_at.filter(|at| self.counts(*at)) else { return };
            let scores = [answer.product_score, answer.service_score];
            let scores: Vec<i64> = scores.into_iter().flatten().map(i64::from).collect();
            let count = i64::try_from(scores.len()).unwrap_or(0);
            let sum = scores.iter().sum::<i64>().saturating_mul(100);
            let entry = Entry { size: sum.checked_div(count), good: false, before: false };
            let (what, whose) = (key(answer.id), Some(answer.owner));
            add(Piece { what, whose, at: At::Instant(at), entry });
        })
    }

    /// Orders count for who sold them, at their totals in the base currency.
    fn orders(&self, cx: &Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        let customers = by_id::<Customer>(cx)?;
        all(cx, |order: Order| {
            let Some(before) = self.of_day(kpi, order.ordered_on) else { return };
            if order.is_effective() && is_of_some(kpi, customers.get(&order.customer)) {
                let size = self.base_minor(order.total, order.base_total);
                let (what, whose) = (key(order.id), Some(order.owner));
                let at = At::Day(order.ordered_on);
                add(Piece { what, whose, at, entry: Entry { size, good: false, before } });
            }
        })
    }

    /// A payment counts whole for who sold the order that most of it pays for, the first of equals; where it pays for none,
    /// for who has the customer.
    fn payments(&self, cx: &Cx<'_>, kpi: &Kpi, add: Add<'_>) -> Result<(), Error> {
        let customers = by_id::<Customer>(cx)?;
        let mut paid: BTreeMap<Id<Payment>, BTreeMap<Id<Order>, i64>> = BTreeMap::new();
        all(cx, |allocation: Allocation| {
            let of =
                paid.entry(allocation.payment).or_default().entry(allocation.order).or_default();
            *of = of.saturating_add(allocation.amount.minor());
        })?;
        let mut sellers: BTreeMap<Id<Order>, Id<User>> = BTreeMap::new();
        all(cx, |order: Order| {
            sellers.insert(order.id, order.owner);
        })?;
        all(cx, |payment: Payment| {
            let Some(before) = self.of_day(kpi, payment.received_on) else { return };
            let customer = customers.get(&payment.customer);
            if payment.voided_at.is_some() || !is_of_some(kpi, customer) {
                return;
            }
            let orders = paid.get(&payment.id).into_iter().flatten();
            let most = orders
                .filter(|(_, paid)| **paid > 0)
                .min_by_key(|(id, paid)| (core::cmp::Reverse(**paid), **id));
            let seller = most.and_then(|(order, _)| sellers.get(order)).copied();
            let size = self.base_minor(payment.amount, payment.base_amount);
            let whose = seller.or_else(|| customer.and_then(|customer| customer.owner));
            let (what, at) = (key(payment.id), At::Day(payment.received_on));
            add(Piece { what, whose, at, entry: Entry { size, good: false, before } });
        })
    }
}

/// Whether a key figure admits a value of a dimension.
fn admits(kpi: &Kpi, dimension: &str, value: Option<&str>) -> bool {
    let keys = kpi.only.0.get(dimension);
    keys.is_none_or(|keys| keys.iter().any(|key| key == value.unwrap_or_default()))
}

/// Whether a key figure admits what is a customer's.
fn is_of(kpi: &Kpi, customer: &Customer) -> bool {
    admits(kpi, "customer", Some(&customer.id.to_string()))
        && admits(kpi, "source", customer.source.as_ref().map(|code| code.as_str()))
        && admits(kpi, "region", customer.region.as_ref().map(|name| name.as_str()))
        && admits(kpi, "industry", customer.industry.as_ref().map(|code| code.as_str()))
}

fn is_of_some(kpi: &Kpi, customer: Option<&Customer>) -> bool {
    customer.map_or(kpi.only.0.is_empty(), |customer| is_of(kpi, customer))
}

/// The decimal places of what a key figure sums.
pub(super) fn scale_of(kpi: &Kpi, settings: &Settings) -> u32 {
    match kpi.of {
        KpiOf::Feedback => 2,
        KpiOf::Won
        | KpiOf::Closed
        | KpiOf::Created
        | KpiOf::Leads
        | KpiOf::Customers
        | KpiOf::Activities
        | KpiOf::Orders
        | KpiOf::Payments => settings.base_currency.scale(),
    }
}
