//! Reports: deals read from the store into a fact table, questions asked of it, answers as documents.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::analytics::{
    self, Basis, Counts, DealRow, Dimension, FactTable, FactTableBuilder, Filter, Grain, LineRow,
    MoveRow, Outcome, Period, Query,
};
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation, each};
use crate::export::document::Report;
use crate::opportunity::{Opportunity, OpportunityLine, Phase, StageMove};
use crate::party::Customer;
use crate::pipeline::{MoveKind, Pipeline, Stage, StageKind};
use crate::record::{Entity, Kind};
use crate::settings::{Settings, Team, Term, User};
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
    /// The zone of days and months; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// Of a trend: `day`, `week`, `month` (the default), `quarter`, `year`.
    pub grain: Option<String>,
    /// Of a trend: `amount` (of deals), `lines_rounded` (each line rounded) or `lines_exact` (no line rounded).
    pub basis: Option<String>,
}

/// The fact table of a tenant's deals, and what stands beside it.
struct Facts {
    table: FactTable,
    counts: Counts,
}

macro_rules! reports {
    ($($(#[$doc:meta])* $name:ident = $text:literal, |$facts:ident, $query:ident, $asked:ident| $answer:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub ReportQuery);

        impl Operation for $name {
            const NAME: &'static str = $text;
            const ACCESS: Access = Access::Report;
            type Response = Report;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
                let $asked = &self.0;
                let $query = query(cx, $asked)?;
                let $facts = facts(cx, $query.as_of)?;
                $answer
            }
        }
    )+};
}

reports! {
    /// Counts and amounts: leads, customers, deals by how they stand and by stage, win rate, product lines.
    ReportOverview = "report.overview", |facts, query, _asked| {
        let overview = analytics::overview(&facts.table, &query, facts.counts);
        Ok(overview.report(&facts.table, &query))
    };
    /// The funnel of a cohort: every deal counted once for each stage that it reached; entered = advanced + lost + still there.
    ReportFunnel = "report.funnel", |facts, query, _asked| {
        Ok(analytics::funnel(&facts.table, &query).report(&facts.table, &query))
    };
    /// Won deals among closed ones, open ones stated, with the 95 % interval.
    ReportWinrate = "report.winrate", |facts, query, _asked| {
        Ok(analytics::winrate(&facts.table, &query).report(&facts.table, &query))
    };
    /// Days from the making of a deal to its end: mean, median, ninth decile; open deals stated as not yet ended.
    ReportCycle = "report.cycle", |facts, query, _asked| {
        Ok(analytics::cycle(&facts.table, &query).report(&facts.table, &query))
    };
    /// What was won, period by period, with its growth over the period before and over the same period a year before.
    ReportTrend = "report.trend", |facts, query, asked| {
        let grain = choice("grain", asked.grain.as_deref(), Grain::Month)?;
        let basis = choice("basis", asked.basis.as_deref(), Basis::default_for(&query))?;
        let trend = analytics::trend(&facts.table, &query, grain, basis)
            .map_err(|e| Error::invalid("grain", Invalid::new("report.too_wide", &e.to_string())))?;
        Ok(trend.report(&facts.table, &query))
    };
}

/// A code of a closed set as the type that serde reads it into.
fn choice<T: for<'de> Deserialize<'de>>(
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

fn count(cx: &Cx<'_>, kind: Kind) -> Result<u64, Error> {
    let mut count = 0_u64;
    each(cx.store(), &Scan::of(cx.tenant(), kind, 0, &[]), |_, _| count = count.saturating_add(1))?;
    Ok(count)
}

/// The fact table of the deals as they stood at `as_of`.
fn facts(cx: &mut Cx<'_>, as_of: Timestamp) -> Result<Facts, Error> {
    let settings = cx.get(Settings::ID)?;
    let names = Names::read(cx)?;
    let currency = settings.base_currency;
    let mut builder = FactTable::builder(currency.code(), currency.scale());
    names.label(&mut builder);
    let mut moves = by_deal(cx, |step: &StageMove| step.opportunity)?;
    let mut lines = by_deal(cx, |line: &OpportunityLine| line.opportunity)?;
    let mut fault = None;
    let mut pour = |deal: Opportunity| -> Result<(), analytics::TableError> {
        let mut moves = moves.remove(&deal.id).unwrap_or_default();
        moves.sort_by_key(|step| step.ordinal);
        moves.retain(|step| step.at <= as_of);
        let (outcome, stage, closed_at) = standing(&deal, &moves, as_of);
        let customer = names.customers.get(&deal.customer);
        let owner = names.users.get(&deal.owner);
        let team = owner.and_then(|owner| owner.team).and_then(|team| names.teams.get(&team));
        let customer_key = deal.customer.to_string();
        let pipeline_key = deal.pipeline.to_string();
        let region =
            deal.region.as_ref().or(customer.and_then(|customer| customer.region.as_ref()));
        let region = region.or(team.and_then(|team| team.region.as_ref()));
        let source =
            deal.source.as_ref().or(customer.and_then(|customer| customer.source.as_ref()));
        let industry = customer.and_then(|customer| customer.industry.as_ref());
        let reason = match &deal.phase {
            Phase::Lost { reason, .. } if outcome == Outcome::Lost => reason.as_str(),
            Phase::Lost { .. } | Phase::Open { .. } | Phase::Won { .. } => "",
        };
        let minor = deal.amount.map(|amount| amount.minor());
        let deal_currency = deal.amount.map_or(currency, |amount| amount.currency());
        let number = builder.deal(&DealRow {
            owner: owner.map_or("", |owner| owner.login.as_str()),
            team: team.map_or("", |team| team.name.as_str()),
            customer: &customer_key,
            pipeline: &pipeline_key,
            stage: names.stage_key(stage),
            source: source.map_or("", |source| source.as_str()),
            region: region.map_or("", |region| region.as_str()),
            industry: industry.map_or("", |industry| industry.as_str()),
            reason,
            competitor: deal.competitor.as_ref().map_or("", |competitor| competitor.as_str()),
            amount_minor: minor,
            currency: deal_currency.code(),
            base_minor: minor.filter(|_| deal_currency == currency),
            created_at: Some(deal.created_at.utc().timestamp()),
            closed_at: closed_at.map(|at| at.utc().timestamp()),
            expected_day: deal.expected_close.map(days_since_1970),
            has_history: deal.has_history,
            ..DealRow::new(deal.id.uuid(), outcome)
        })?;
        for step in moves.iter().filter(|_| deal.has_history) {
            let from = step.from.map_or("", |from| names.stage_key(from));
            let kind = move_kind(step.kind);
            // A deal is won and lost in the stage that it stood in; the end is no stage of the funnel.
            let ends = matches!(kind, analytics::MoveKind::Won | analytics::MoveKind::Lost);
            let to = if ends { from } else { names.stage_key(step.to) };
            builder.stage_move(&MoveRow {
                deal: number,
                from,
                to,
                at: step.at.utc().timestamp(),
                kind,
            })?;
        }
        let mut lines = lines.remove(&deal.id).unwrap_or_default();
        lines.sort_by_key(|line| line.ordinal);
        for line in &lines {
            let product = names.products.get(&line.product);
            let category = product.and_then(|product| product.category.as_ref());
            builder.line(&LineRow {
                deal: number,
                product: product.map_or("", |product| product.code.as_str()),
                category: category.map_or("", |category| category.as_str()),
                rounded_minor: line.net.minor(),
                exact: line
                    .unit_price
                    .line(line.quantity, line.discount)
                    .unwrap_or(line.net.amount()),
            })?;
        }
        Ok(())
    };
    all(cx, |deal: Opportunity| {
        if deal.created_at <= as_of
            && fault.is_none()
            && let Err(error) = pour(deal)
        {
            fault = Some(error);
        }
    })?;
    let internal = |e: analytics::TableError| Error::Internal(e.to_string());
    if let Some(error) = fault {
        return Err(internal(error));
    }
    let counts = Counts {
        leads: Some(count(cx, Kind::Lead)?),
        customers: Some(names.customers.len() as u64),
    };
    Ok(Facts { table: builder.finish().map_err(internal)?, counts })
}

/// How a deal stood at an instant: outcome, stage, and when it was closed.
fn standing(
    deal: &Opportunity,
    moves: &[StageMove],
    as_of: Timestamp,
) -> (Outcome, Id<Stage>, Option<Timestamp>) {
    let closed_at = deal.phase.closed_at().filter(|at| *at <= as_of);
    let last = moves.last().filter(|_| deal.has_history);
    match last.map(|step| (step.kind, step)) {
        Some((MoveKind::Won, step)) => (Outcome::Won, step.from.unwrap_or(step.to), Some(step.at)),
        Some((MoveKind::Lost, step)) => {
            (Outcome::Lost, step.from.unwrap_or(step.to), Some(step.at))
        }
        Some((_, step)) => (Outcome::Open, step.to, None),
        None => match (&deal.phase, closed_at) {
            (Phase::Won { from, .. }, Some(at)) => (Outcome::Won, *from, Some(at)),
            (Phase::Lost { from, .. }, Some(at)) => (Outcome::Lost, *from, Some(at)),
            (phase, _) => (Outcome::Open, phase.stage(), None),
        },
    }
}

const fn move_kind(kind: MoveKind) -> analytics::MoveKind {
    match kind {
        MoveKind::Create => analytics::MoveKind::Created,
        MoveKind::Forward | MoveKind::Skip | MoveKind::Back | MoveKind::Pipeline => {
            analytics::MoveKind::Moved
        }
        MoveKind::Won => analytics::MoveKind::Won,
        MoveKind::Lost => analytics::MoveKind::Lost,
        MoveKind::Reopen => analytics::MoveKind::Reopened,
    }
}

fn days_since_1970(day: NaiveDate) -> i32 {
    day.num_days_from_ce().saturating_sub(719_163)
}

/// What keys mean: everything that a deal names.
pub(super) struct Names {
    pub(super) users: BTreeMap<Id<User>, User>,
    pub(super) teams: BTreeMap<Id<Team>, Team>,
    customers: BTreeMap<Id<Customer>, Customer>,
    products: BTreeMap<Id<Product>, Product>,
    pipelines: BTreeMap<Id<Pipeline>, Pipeline>,
    stages: Vec<Stage>,
    keys: BTreeMap<Id<Stage>, String>,
    terms: Vec<Term>,
}

impl Names {
    pub(super) fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut stages: Vec<Stage> = Vec::new();
        all(cx, |stage: Stage| stages.push(stage))?;
        stages.sort_by_key(|stage| (stage.pipeline, stage.position));
        let pipelines: BTreeMap<Id<Pipeline>, Pipeline> = by_id(cx)?;
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for stage in &stages {
            let uses = uses.entry(stage.code.as_str()).or_default();
            *uses = uses.saturating_add(1);
        }
        let key = |stage: &Stage| match uses.get(stage.code.as_str()) {
            Some(1) => stage.code.to_string(),
            _ => match pipelines.get(&stage.pipeline) {
                Some(pipeline) => format!("{}/{}", pipeline.name, stage.code),
                None => stage.id.to_string(),
            },
        };
        let keys = stages.iter().map(|stage| (stage.id, key(stage))).collect();
        let mut terms = Vec::new();
        all(cx, |term: Term| terms.push(term))?;
        Ok(Self {
            users: by_id(cx)?,
            teams: by_id(cx)?,
            customers: by_id(cx)?,
            products: by_id(cx)?,
            pipelines,
            stages,
            keys,
            terms,
        })
    }

    pub(super) fn stage_key(&self, stage: Id<Stage>) -> &str {
        self.keys.get(&stage).map_or("", String::as_str)
    }

    pub(super) fn label(&self, builder: &mut FactTableBuilder) {
        for (id, pipeline) in &self.pipelines {
            let of_it = |stage: &&Stage| stage.pipeline == *id;
            for end in
                self.stages.iter().filter(of_it).filter(|stage| stage.kind != StageKind::Open)
            {
                builder.label(Dimension::Stage, self.stage_key(end.id), end.name.as_str());
            }
            // The ends are no steps of the funnel.
            let stages =
                self.stages.iter().filter(of_it).filter(|stage| stage.kind == StageKind::Open);
            let stages: Vec<(&str, &str)> =
                stages.map(|stage| (self.stage_key(stage.id), stage.name.as_str())).collect();
            builder.pipeline(&id.to_string(), pipeline.name.as_str(), &stages);
        }
        for user in self.users.values() {
            builder.label(Dimension::Owner, user.login.as_str(), user.name.as_str());
        }
        for team in self.teams.values() {
            builder.label(Dimension::Team, team.name.as_str(), team.name.as_str());
        }
        for (id, customer) in &self.customers {
            builder.label(Dimension::Customer, &id.to_string(), customer.name.as_str());
        }
        for product in self.products.values() {
            builder.label(Dimension::Product, product.code.as_str(), product.name.as_str());
        }
        let schemes = [
            ("source", Dimension::Source),
            ("industry", Dimension::Industry),
            ("loss_reason", Dimension::Reason),
        ];
        for term in &self.terms {
            if let Some((_, dimension)) =
                schemes.iter().find(|(scheme, _)| *scheme == term.scheme.as_str())
            {
                builder.label(*dimension, term.code.as_str(), term.zh.as_str());
            }
        }
    }
}
