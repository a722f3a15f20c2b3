//! Reports: deals read from the store into a fact table, questions asked of it, answers as documents.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::facts;
use crate::access::Access;
use crate::analytics::{
    self, Basis, Counts, Dimension, FactTable, Filter, Grain, Outcome, Period, Query,
};
use crate::engine::{Cx, Error, Operation, each};
use crate::export::document::Report;
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::record::Entity;
use crate::settings::Settings;
use crate::store::Scan;
use crate::value::{Id, Invalid, Timestamp};

/// Which deals a report is about, over which days, split by what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportQuery {
    /// What to split by, outermost first: `owner`, `team`, `customer`, `pipeline`, `stage`, `source`, `region`,
    /// `industry`, `reason`, `competitor`, `product`, `category`.
    pub by: Vec<String>,
    /// Only deals with one of these keys, by dimension; `""` is "none". Owners are named by login, products by code.
    pub only: BTreeMap<String, Vec<String>>,
    /// Only deals that stand so: `open`, `won`, `lost`.
    pub outcome: Option<String>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// The instant whose state is told, by what is known now; the instant of the call where nothing is said. Stages and
    /// ends are those of that instant; amounts, owners and names are those of now.
    pub as_of: Option<Timestamp>,
    /// What was known then, whatever was entered or changed since (`as_of` is the same instant where nothing is said); what is
    /// known now where nothing is said.
    pub known_at: Option<Timestamp>,
    /// The zone of days and months; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// Of a trend: `day`, `week`, `month` (the default), `quarter`, `year`.
    pub grain: Option<String>,
    /// Of a trend: `amount` (of deals), `lines_rounded` (each line rounded) or `lines_exact` (no line rounded).
    pub basis: Option<String>,
    /// Of an effect: how many days after an activity are looked at, 1 to 365; 14 where nothing is said.
    pub days: Option<u32>,
    /// Of the dashboard: what is asked; all where nothing is said. `stages`, `transitions`, `reached`, `win_rates`,
    /// `cycle`, `won`, `forecast`, `top_owners`, `dwell`, `stale`.
    pub questions: Vec<String>,
}

/// The fact table of a tenant's deals, as of an instant.
pub(super) fn table(cx: &mut Cx<'_>, as_of: Timestamp) -> Result<Arc<FactTable>, Error> {
    let made = facts::with(cx, |kept| Ok(kept.table(as_of)))?;
    made.map_err(|e| Error::Internal(e.to_string()))
}

macro_rules! reports {
    ($($(#[$doc:meta])* $name:ident = $text:literal, |$cx:ident, $table:ident, $query:ident, $asked:ident| $answer:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub ReportQuery);

        impl Operation for $name {
            const NAME: &'static str = $text;
            const ACCESS: Access = Access::Report;
            type Response = Report;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
                believed(cx, self.0.known_at, |$cx| {
                    let $asked = &self.0;
                    let $query = query($cx, $asked)?;
                    let $table = &*table($cx, $query.as_of)?;
                    $answer
                })
            }
        }
    )+};
}

reports! {
    /// Counts and amounts: leads, customers, deals by how they stand and by stage, win rate, product lines.
    ReportOverview = "report.overview", |cx, table, query, _asked| {
        let overview = analytics::overview(table, &query, counts(cx)?);
        Ok(overview.report(table, &query))
    };
    /// The funnel of a cohort: every deal counted once for each stage that it reached; entered = advanced + lost + still there.
    ReportFunnel = "report.funnel", |_cx, table, query, _asked| {
        Ok(analytics::funnel(table, &query).report(table, &query))
    };
    /// Won deals among closed ones, open ones stated, with the 95 % interval.
    ReportWinrate = "report.winrate", |_cx, table, query, _asked| {
        Ok(analytics::winrate(table, &query).report(table, &query))
    };
    /// Days from the making of a deal to its end: mean, median, ninth decile; open deals stated as not yet ended.
    ReportCycle = "report.cycle", |_cx, table, query, _asked| {
        Ok(analytics::cycle(table, &query).report(table, &query))
    };
    /// How long deals stay in each stage and take as a whole, those that still do counted as "longer than so far"
    /// (Kaplan–Meier): median with its interval, ninth decile, how many the figures stand on; and the stages ranked by
    /// waiting and by loss. The period is of the days on which stays begin.
    ReportStages = "report.stages", |_cx, table, query, _asked| {
        let told = [Dimension::Stage, Dimension::Pipeline];
        if let Some(by) = query.by.iter().find(|by| told.contains(by)) {
            let invalid = Invalid::new("report.option", by.name());
            return Err(Error::invalid("by", invalid.limit("every stage is told")));
        }
        Ok(analytics::stage_times(table, &query).report(table, &query))
    };
    /// What was won, period by period, with its growth over the period before and over the same period a year before.
    ReportTrend = "report.trend", |_cx, table, query, asked| {
        let grain = choice("grain", asked.grain.as_deref(), Grain::Month)?;
        let basis = choice("basis", asked.basis.as_deref(), Basis::default_for(&query))?;
        let trend = analytics::trend(table, &query, grain, basis)
            .map_err(|e| Error::invalid("grain", Invalid::new("report.too_wide", &e.to_string())))?;
        Ok(trend.report(table, &query))
    };
}

/// A code of a closed set as the type that serde reads it into.
pub(super) fn choice<T: for<'de> Deserialize<'de>>(
    path: &str,
    given: Option<&str>,
    default: T,
) -> Result<T, Error> {
    let Some(code) = given else { return Ok(default) };
    serde_json::from_value(code.into())
        .map_err(|e| Error::invalid(path, Invalid::new("code.unknown", code).limit(e.to_string())))
}

pub(super) fn dimension(path: &str, name: &str) -> Result<Dimension, Error> {
    Dimension::named(name).ok_or_else(|| {
        let known = Dimension::ALL.iter().map(|dimension| dimension.name());
        Error::invalid(path, Invalid::new("report.dimension", name).allowed(known))
    })
}

pub(super) fn query(cx: &mut Cx<'_>, asked: &ReportQuery) -> Result<Query, Error> {
    if !asked.questions.is_empty() {
        let invalid = Invalid::new("report.option", "questions").limit("of the dashboard alone");
        return Err(Error::invalid("questions", invalid));
    }
    any_query(cx, asked)
}

/// The same where there may be questions.
pub(super) fn any_query(cx: &mut Cx<'_>, asked: &ReportQuery) -> Result<Query, Error> {
    let settings = cx.get(Settings::ID)?;
    let zone = asked.zone.as_deref().unwrap_or(&settings.zone);
    let zone: Tz =
        zone.parse().map_err(|_| Error::invalid("zone", Invalid::new("time.zone", zone)))?;
    let mut filter = Filter::default();
    for (name, keys) in &asked.only {
        let dimension = dimension(&format!("only.{name}"), name)?;
        filter.is.entry(dimension).or_default().extend(keys.iter().cloned());
    }
    if asked.outcome.is_some() {
        filter = filter.outcome(choice("outcome", asked.outcome.as_deref(), Outcome::Open)?);
    }
    let mut by = Vec::new();
    for (at, name) in asked.by.iter().enumerate() {
        by.push(dimension(&format!("by[{at}]"), name)?);
    }
    if let (Some(from), Some(to)) = (asked.from, asked.to)
        && from >= to
    {
        let invalid = Invalid::new("period.empty", &to.to_string()).limit(format!("after {from}"));
        return Err(Error::invalid("to", invalid));
    }
    let period = Period { from: asked.from, to: asked.to };
    let as_of = asked.as_of.unwrap_or_else(|| cx.now());
    Ok(Query::new(zone, as_of).by(by).during(period).only(filter))
}

/// Refuses a report that is split by anything, since it is split by something of its own: `why`.
///
/// # Errors
///
/// `report.option` (by).
pub(super) fn unsplit(query: &Query, why: &str) -> Result<(), Error> {
    match query.by.first() {
        None => Ok(()),
        Some(by) => {
            let invalid = Invalid::new("report.option", by.name());
            Err(Error::invalid("by", invalid.limit(why)))
        }
    }
}

/// Everything of a kind that is not deleted.
pub(super) fn all<T: Entity>(cx: &Cx<'_>, mut sink: impl FnMut(T)) -> Result<(), Error> {
    let mut fault = None;
    each(cx.store(), &Scan::of(cx.tenant(), T::KIND, 0, &[]), |_, row| {
        match T::from_record(row) {
            Ok(value) => sink(value),
            Err(corrupt) => fault = fault.take().or(Some(corrupt)),
        }
    })?;
    cx.checkpoint()?;
    fault.map_or(Ok(()), |corrupt| Err(corrupt.into()))
}

/// A kind by id.
pub(super) fn by_id<T: Entity>(cx: &Cx<'_>) -> Result<BTreeMap<Id<T>, T>, Error> {
    let mut found = BTreeMap::new();
    all(cx, |value: T| drop(found.insert(value.id(), value)))?;
    Ok(found)
}

/// Rows of a kind by the deal they belong to.
pub(super) fn by_deal<T: Entity>(
    cx: &Cx<'_>,
    deal: impl Fn(&T) -> Id<Opportunity>,
) -> Result<BTreeMap<Id<Opportunity>, Vec<T>>, Error> {
    let mut found: BTreeMap<_, Vec<T>> = BTreeMap::new();
    all(cx, |value: T| found.entry(deal(&value)).or_default().push(value))?;
    Ok(found)
}

/// How many leads and customers there are.
fn counts(cx: &mut Cx<'_>) -> Result<Counts, Error> {
    let leads = Some(facts::count::<Lead>(cx)?);
    facts::with(cx, |kept| Ok(Counts { leads, customers: Some(kept.names.customers()) }))
}
