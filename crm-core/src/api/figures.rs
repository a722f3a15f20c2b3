//! What people, teams and the house reached in a period, by key figure.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::facts;
use super::report::{all, dimension};
use crate::activity::{Activity, ActivityStatus};
use crate::analytics::{Entry, Filter, Period, Query, Reached, credits};
use crate::engine::{Cx, Error};
use crate::flow::OwnerSpell;
use crate::lead::Lead;
use crate::party::Customer;
use crate::record::Kind;
use crate::service::FeedbackRequest;
use crate::settings::{Settings, User};
use crate::target::{Aggregation, Kpi, KpiOf, Scope, ScopeKind, Span};
use crate::value::{Id, Timestamp};

/// To whom a deal is credited that went from one owner to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditTo {
    /// To who had it on the day that counts: on which it was won, closed, made.
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
    fn scopes(&self, user: Option<Id<User>>) -> Vec<Scope> {
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

/// Who had deals, in order.
type Spells = BTreeMap<Uuid, Vec<(Timestamp, Option<Id<User>>)>>;

fn spells(cx: &Cx<'_>) -> Result<Spells, Error> {
    let mut found: BTreeMap<Uuid, Vec<OwnerSpell>> = BTreeMap::new();
    all(cx, |spell: OwnerSpell| {
        if spell.subject_kind == Kind::Opportunity.name() {
            found.entry(spell.subject).or_default().push(spell);
        }
    })?;
    let ordered = found.into_iter().map(|(deal, mut spells)| {
        spells.sort_by_key(|spell| spell.ordinal);
        (deal, spells.into_iter().map(|spell| (spell.until, spell.owner)).collect())
    });
    Ok(ordered.collect())
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
    let spells = match ask.credit {
        CreditTo::OwnerThen => spells(cx)?,
        CreditTo::OwnerNow => Spells::new(),
    };
    for kpi in kpis {
        let mut add = |user: Option<Id<User>>, entry: Entry| {
            for scope in staff.scopes(user) {
                found.entry((kpi.id, scope)).or_default().add(entry);
            }
        };
        match kpi.of {
            KpiOf::Won | KpiOf::Closed | KpiOf::Created => {
                of_deals(cx, staff, kpi, ask, &spells, &mut add)?;
            }
            KpiOf::Leads => of_leads(cx, kpi, ask, &mut add)?,
            KpiOf::Customers => of_customers(cx, kpi, ask, &mut add)?,
            KpiOf::Activities => of_activities(cx, kpi, ask, &mut add)?,
            KpiOf::Feedback => of_feedback(cx, ask, &mut add)?,
        }
    }
    Ok(found)
}

/// Takes what somebody brings.
type Add<'a> = &'a mut dyn FnMut(Option<Id<User>>, Entry);

fn of_deals(
    cx: &mut Cx<'_>,
    staff: &Staff,
    kpi: &Kpi,
    ask: &FiguresAsk,
    spells: &Spells,
    add: Add<'_>,
) -> Result<(), Error> {
    let mut filter = Filter::default();
    for (name, keys) in &kpi.only.0 {
        let dimension = dimension(&format!("only.{name}"), name)?;
        filter.is.entry(dimension).or_default().extend(keys.iter().cloned());
    }
    let period = |span: Span| Period::between(span.from, span.to());
    let query = Query::new(ask.zone, ask.as_of).during(period(ask.span)).only(filter);
    let before = (kpi.aggregation == Aggregation::Growth).then(|| period(ask.span.before()));
    let table =
        facts::with(cx, |kept| kept.table(ask.as_of).map_err(|e| Error::Internal(e.to_string())))?;
    for credit in credits(&table, &query, kpi.of, before) {
        let now = staff.by_login.get(credit.owner).copied();
        let at = credit.at;
        let then = spells
            .get(&credit.deal)
            .and_then(|spells| spells.iter().find(|(until, _)| until.utc().timestamp() > at));
        add(then.map_or(now, |(_, owner)| *owner), credit.entry);
    }
    Ok(())
}

/// Whether an instant lies in the period and is not after the instant that is asked.
fn counts(ask: &FiguresAsk, at: Timestamp) -> bool {
    at <= ask.as_of && ask.span.holds(at.day_in(ask.zone))
}

/// Whether a key figure admits a value of a dimension.
fn admits(kpi: &Kpi, dimension: &str, value: Option<&str>) -> bool {
    let keys = kpi.only.0.get(dimension);
    keys.is_none_or(|keys| keys.iter().any(|key| key == value.unwrap_or_default()))
}

fn of_leads(cx: &Cx<'_>, kpi: &Kpi, ask: &FiguresAsk, add: Add<'_>) -> Result<(), Error> {
    all(cx, |lead: Lead| {
        let source = lead.source.as_ref().map(|code| code.as_str());
        let region = lead.region.as_ref().map(|name| name.as_str());
        if counts(ask, lead.received_at)
            && admits(kpi, "source", source)
            && admits(kpi, "region", region)
        {
            let good = lead.converted_at.is_some_and(|at| at <= ask.as_of);
            add(lead.owner, Entry { size: None, good, before: false });
        }
    })
}

fn of_customers(cx: &Cx<'_>, kpi: &Kpi, ask: &FiguresAsk, add: Add<'_>) -> Result<(), Error> {
    all(cx, |customer: Customer| {
        let source = customer.source.as_ref().map(|code| code.as_str());
        let region = customer.region.as_ref().map(|name| name.as_str());
        if counts(ask, customer.created_at)
            && admits(kpi, "source", source)
            && admits(kpi, "region", region)
        {
            add(customer.owner, Entry::default());
        }
    })
}

fn of_activities(cx: &Cx<'_>, kpi: &Kpi, ask: &FiguresAsk, add: Add<'_>) -> Result<(), Error> {
    all(cx, |activity: Activity| {
        if activity.status == ActivityStatus::Done
            && activity.entered_at <= ask.as_of
            && counts(ask, activity.at)
            && admits(kpi, "kind", Some(activity.kind.code()))
        {
            add(Some(activity.owner), Entry::default());
        }
    })
}

/// Scores in hundredths: the mean of what was said of product and service.
fn of_feedback(cx: &Cx<'_>, ask: &FiguresAsk, add: Add<'_>) -> Result<(), Error> {
    all(cx, |answer: FeedbackRequest| {
        if !answer.answered_at.is_some_and(|at| counts(ask, at)) {
            return;
        }
        let scores = [answer.product_score, answer.service_score];
        let scores: Vec<i64> = scores.into_iter().flatten().map(i64::from).collect();
        let count = i64::try_from(scores.len()).unwrap_or(0);
        let sum = scores.iter().sum::<i64>().saturating_mul(100);
        let size = sum.checked_div(count);
        add(Some(answer.owner), Entry { size, good: false, before: false });
    })
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
        | KpiOf::Activities => settings.base_currency.scale(),
    }
}
