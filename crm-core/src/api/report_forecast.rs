//! The forecast of what will be won, and how good it was.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::facts;
use super::past_terms::{Believed, past_terms};
use super::report::{ReportQuery, query};
use crate::access::Access;
use crate::analytics::outlook::{Aim, OutlookAsk, Past, Terms, backtest, outlook};
use crate::analytics::{Dimension, Query, day_start};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::record::Val;
use crate::settings::Settings;
use crate::target::{Aggregation, Kpi, KpiOf, PlanGrain, ScopeKind, Span, Target, rolled_up};
use crate::value::{Invalid, Timestamp};

/// Dimensions that narrow a forecast: what a deal is, not how it went.
const NARROWED_BY: [Dimension; 9] = [
    Dimension::Owner,
    Dimension::Team,
    Dimension::Customer,
    Dimension::Pipeline,
    Dimension::Source,
    Dimension::Region,
    Dimension::Industry,
    Dimension::Product,
    Dimension::Category,
];

/// How often a backtest looks back at most.
const ORIGINS_MAX: u32 = 36;

/// What a period will bring: by the odds of stages, by the history of deals like those that are open, by the months
/// before, and their mix; with intervals, the target, the gap and what must be won to close it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastQuery {
    /// `2026-11`, `2026-Q4` or `2026`; the quarter after that of `as_of` where nothing is said.
    pub period: Option<String>,
    /// Only deals with one of these keys, by dimension: `owner`, `team`, `customer`, `pipeline`, `source`, `region`,
    /// `industry`, `product`, `category`.
    pub only: BTreeMap<String, Vec<String>>,
    /// From when it is seen, by what was known then; the instant of the call where nothing is said.
    pub as_of: Option<Timestamp>,
    /// What was known then, whatever was entered or changed since (`as_of` is the same instant where nothing is said); what is
    /// known now where nothing is said.
    pub known_at: Option<Timestamp>,
    /// The zone of days and months; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// What the market does to all that is still to come: 1.1 for a tenth more; 1 where nothing is said.
    pub market: Option<Decimal>,
    /// How much each way counts in the mix: `weighted`, `history`, `series`; alike where nothing is said.
    pub weights: BTreeMap<String, u32>,
    /// What shall be won, in major units of the base currency; the target in force where nothing is said.
    pub target: Option<Decimal>,
    /// Of a backtest: how many past periods, 1 to 36; 8 where nothing is said.
    pub origins: Option<u32>,
}

/// The forecast of a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportForecast(pub ForecastQuery);

/// The forecast made again for periods that are over, each from what was known when it began, beside what came: errors,
/// coverage of the intervals, calibration of the stages' odds and of the chances by history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportBacktest(pub ForecastQuery);

/// A forecast query, read.
struct Frame {
    query: Query,
    span: Span,
    ask: OutlookAsk,
    weights: [u32; 3],
}

impl ForecastQuery {
    /// # Errors
    ///
    /// Those of a report's query · `report.dimension` (only.…) · `period.format` (period) · `forecast.market` outside of
    /// 0 to 10 · `forecast.way`, `forecast.weights` where all are 0 (weights).
    fn read(&self, cx: &mut Cx<'_>) -> Result<Frame, Error> {
        let asked = ReportQuery {
            only: self.only.clone(),
            as_of: self.as_of,
            zone: self.zone.clone(),
            ..ReportQuery::default()
        };
        let query = query(cx, &asked)?;
        for dimension in query.filter.is.keys() {
            if !NARROWED_BY.contains(dimension) {
                let allowed = NARROWED_BY.map(Dimension::name);
                let invalid = Invalid::new("report.dimension", dimension.name()).allowed(allowed);
                let path = format!("only.{}", dimension.name());
                return Err(Error::invalid(&path, invalid));
            }
        }
        let today = query.as_of.day_in(query.zone);
        let span = match &self.period {
            Some(period) => period.parse().map_err(|e| Error::invalid("period", e))?,
            None => PlanGrain::Quarter.holding(PlanGrain::Quarter.holding(today).to()),
        };
        let market = self.market.unwrap_or(Decimal::ONE);
        let points = market.checked_mul(Decimal::from(10_000)).map(|points| points.round());
        let points = points.and_then(|points| u32::try_from(points).ok());
        let points = points.filter(|points| *points <= 100_000).ok_or_else(|| {
            let invalid = Invalid::new("forecast.market", &market.to_string());
            Error::invalid("market", invalid.limit("0 to 10"))
        })?;
        let mut weights = [1, 1, 1];
        if !self.weights.is_empty() {
            weights = [0; 3];
            for (way, weight) in &self.weights {
                let slot = match way.as_str() {
                    "weighted" => weights.get_mut(0),
                    "history" => weights.get_mut(1),
                    "series" => weights.get_mut(2),
                    _ => None,
                };
                let unknown = || {
                    let allowed = ["weighted", "history", "series"];
                    Error::invalid("weights", Invalid::new("forecast.way", way).allowed(allowed))
                };
                *slot.ok_or_else(unknown)? = *weight;
            }
            if weights == [0; 3] {
                let invalid = Invalid::new("forecast.weights", "0").limit("one above 0");
                return Err(Error::invalid("weights", invalid));
            }
        }
        let start = |day: NaiveDate| day_start(day, query.zone);
        let ask = OutlookAsk {
            as_of: query.as_of.utc().timestamp(),
            from: start(span.from),
            to: start(span.to()),
            months: Vec::new(),
            market: points,
        };
        Ok(Frame { query, span, ask, weights })
    }
}

impl Frame {
    /// The first seconds of the months from that of an instant to the end of the period.
    fn months(&self, begin: i64) -> Vec<i64> {
        /// A hundred years.
        const MONTHS_MAX: usize = 1_200;
        let begin = Timestamp::from_micros(begin.saturating_mul(1_000_000));
        let day = begin.map_or(self.span.from, |begin| begin.day_in(self.query.zone));
        let mut next = PlanGrain::Month.holding(day.min(self.span.from)).from;
        let mut starts = Vec::new();
        while next < self.span.to() && starts.len() < MONTHS_MAX {
            starts.push(day_start(next, self.query.zone));
            let Some(after) = next.checked_add_months(Months::new(1)) else { break };
            next = after;
        }
        starts.push(self.ask.to);
        starts
    }
}

/// The deals of a frame, the table they came from, and the odds of its stages.
struct Seen {
    past: Past,
    table: std::sync::Arc<crate::analytics::FactTable>,
    odds: Vec<u32>,
}

/// Reads deals; with what was believed of them before where `with_past`.
fn read(cx: &mut Cx<'_>, frame: &Frame, with_past: bool) -> Result<Seen, Error> {
    let now = cx.now();
    let base = cx.get(Settings::ID)?.base_currency;
    // All that is known now; what came later is cut off by the past itself.
    let (table, own, odds) = facts::with(cx, |kept| {
        let table = kept.everything().map_err(|e| Error::Internal(e.to_string()))?;
        let by_key = kept.names.odds_by_key();
        let stages = table.dictionary(Dimension::Stage);
        let codes = 0..u32::try_from(stages.len()).unwrap_or(0);
        let odds = codes.map(|code| by_key.get(stages.key(code)).copied().unwrap_or(0));
        let odds: Vec<u32> = odds.collect();
        Ok((table, kept.facts.own_odds(), odds))
    })?;
    let seconds = now.utc().timestamp();
    let own_odds = |id: Uuid| own.get(&id).copied();
    let none = BTreeMap::new();
    let mut past = Past::of_table(&table, &frame.query, seconds, &own_odds, &none);
    if with_past {
        let believed = past.deals().iter().map(|deal| {
            let terms: Terms = deal.terms.last().copied().unwrap_or_default();
            let currency =
                if terms.amount.is_some() { base.code().to_owned() } else { String::new() };
            let Terms { amount, expected, odds, .. } = terms;
            let created_at = deal.created_at;
            (deal.id, Believed { created_at, amount, currency, expected, odds })
        });
        let terms = past_terms(cx, frame.query.zone, base.code(), &believed.collect())?;
        past = Past::of_table(&table, &frame.query, seconds, &own_odds, &terms);
    }
    Ok(Seen { past, table, odds })
}

impl Seen {
    fn odds(&self) -> impl Fn(u32) -> u32 + '_ {
        |stage| {
            let at = usize::try_from(stage).unwrap_or(usize::MAX);
            self.odds.get(at).copied().unwrap_or(0)
        }
    }
}

impl Operation for ReportForecast {
    const NAME: &'static str = "report.forecast";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportForecast {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut frame = self.0.read(cx)?;
        let looks_back = frame.query.as_of < cx.now();
        let seen = read(cx, &frame, looks_back)?;
        let begin = seen.past.begin().unwrap_or(frame.ask.from);
        frame.ask.months = frame.months(begin);
        let found = outlook(&seen.past, &frame.ask, &seen.odds(), frame.weights);
        let aim = aim(cx, &self.0, &frame, &seen)?;
        Ok(found.report(&seen.table, &frame.query, &frame.ask, &frame.span.to_string(), aim))
    }
}

impl Operation for ReportBacktest {
    const NAME: &'static str = "report.backtest";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportBacktest {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let mut frame = self.0.read(cx)?;
        let count = self.0.origins.unwrap_or(8);
        if count == 0 || count > ORIGINS_MAX {
            let invalid = Invalid::new("forecast.origins", &count.to_string());
            return Err(Error::invalid("origins", invalid.limit(format!("1 to {ORIGINS_MAX}"))));
        }
        // The last period of this length that is over.
        let today = frame.query.as_of.day_in(frame.query.zone);
        frame.span = frame.span.grain.holding(today).before();
        let zone = frame.query.zone;
        let bounds = |span: Span| (day_start(span.from, zone), day_start(span.to(), zone));
        (frame.ask.from, frame.ask.to) = bounds(frame.span);
        let seen = read(cx, &frame, true)?;
        let begin = seen.past.begin().unwrap_or(frame.ask.from);
        frame.ask.months = frame.months(begin);
        let mut spans: Vec<Span> = Vec::new();
        let mut span = frame.span;
        while spans.len() < usize::try_from(count).unwrap_or(0) && bounds(span).0 > begin {
            spans.push(span);
            span = span.before();
        }
        spans.reverse();
        let origins: Vec<(i64, i64)> = spans.iter().copied().map(bounds).collect();
        let periods: Vec<String> = spans.iter().map(ToString::to_string).collect();
        let found = backtest(&seen.past, &frame.ask, &origins, &seen.odds(), frame.weights);
        Ok(found.report(&seen.table, &frame.query, &periods))
    }
}

/// The target of the period, and what a deal usually brings: of the year before.
fn aim(
    cx: &mut Cx<'_>,
    asked: &ForecastQuery,
    frame: &Frame,
    seen: &Seen,
) -> Result<Option<Aim>, Error> {
    const YEAR: i64 = 365 * 86_400;
    let target = match asked.target {
        Some(target) => Some(target),
        None => in_force(cx, frame)?,
    };
    let scale = seen.table.scale();
    let Some(mut target) = target else { return Ok(None) };
    target.rescale(scale);
    let since = frame.ask.as_of.saturating_sub(YEAR);
    let (mut won, mut sum, mut closed) = (0_u32, 0_i64, 0_u32);
    let past = seen.past.until(frame.ask.as_of);
    for deal in past.deals() {
        if deal.end_after(since).is_some() {
            closed = closed.saturating_add(1);
        }
        if let Some((_, amount)) = deal.won().filter(|(at, _)| *at > since) {
            won = won.saturating_add(1);
            sum = sum.saturating_add(amount);
        }
    }
    Ok(Some(Aim::of(target.mantissa(), (sum, won), closed)))
}

/// What shall be won in the period: the target of the first key figure that sums all that is won; of the owner or team
/// that the forecast is narrowed to, else of the house.
fn in_force(cx: &mut Cx<'_>, frame: &Frame) -> Result<Option<Decimal>, Error> {
    let kpis = cx.list::<Kpi>(Kpi::BY_CODE, &[])?;
    let kpi = kpis.into_iter().find(|kpi| {
        kpi.active
            && kpi.of == KpiOf::Won
            && kpi.aggregation == Aggregation::Sum
            && kpi.only.0.is_empty()
    });
    let Some(kpi) = kpi else { return Ok(None) };
    let narrowed: Vec<(&Dimension, &String)> = frame
        .query
        .filter
        .is
        .iter()
        .flat_map(|(dimension, keys)| keys.iter().map(move |key| (dimension, key)))
        .collect();
    let scope = match narrowed.as_slice() {
        [] => (ScopeKind::Tenant, Uuid::nil()),
        [(Dimension::Owner, login)] => {
            let user = cx.unique::<crate::settings::User>(
                crate::settings::User::BY_LOGIN,
                &[Val::from(login.as_str())],
            )?;
            let Some(user) = user else { return Ok(None) };
            (ScopeKind::User, user.id.uuid())
        }
        [(Dimension::Team, name)] => {
            let team = cx.unique::<crate::settings::Team>(
                crate::settings::Team::BY_NAME,
                &[Val::from(name.as_str())],
            )?;
            let Some(team) = team else { return Ok(None) };
            (ScopeKind::Team, team.id.uuid())
        }
        _ => return Ok(None),
    };
    let targets = cx.list::<Target>(Target::BY_KEY, &[Val::Id(kpi.id.uuid()), Val::Id(scope.1)])?;
    Ok(rolled_up(&targets, &kpi, scope, frame.span, frame.query.as_of))
}
