//! `crm report`: a report as a table, JSON, CSV, a workbook, a chart, columns or a page.

pub(crate) mod outputs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use crm_core::api::CATALOGUE;
use crm_core::export;
use crm_core::export::dashboard::DashboardData;
use crm_core::export::document::{self, Report};
use serde_json::{Value, json};

use crate::customer;
use crate::failure::Failure;
use crate::host::{Format, Host, HostArgs};
use outputs::Wanted;

/// The report on one customer, which is made of several operations.
const CUSTOMER: &str = "customer";

/// The report whose page works by itself.
const DASHBOARD: &str = "dashboard";

/// What the names of report operations begin with.
const PREFIX: &str = "report.";

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// Which: overview, funnel, winrate, cycle, trend …, customer (all about one, by --id); `crm report help` lists them
    name: String,
    /// Split by these, outermost first: owner, team, customer, stage, source, region, industry, reason, competitor, product,
    /// category; of campaigns campaign or channel, of service handler, severity, request_type, product or customer
    #[arg(long, value_delimiter = ',')]
    by: Vec<String>,
    /// Only deals with this key of a dimension; may be given several times
    #[arg(long, value_name = "DIMENSION=KEY")]
    only: Vec<String>,
    /// Only deals that are open, won or lost
    #[arg(long)]
    outcome: Option<String>,
    /// The first day
    #[arg(long)]
    from: Option<NaiveDate>,
    /// The day after the last
    #[arg(long)]
    to: Option<NaiveDate>,
    /// The instant (RFC 3339), or the end of the day, whose state is told
    #[arg(long)]
    as_of: Option<String>,
    /// The instant (RFC 3339), or the end of the day, at which it was known, whatever was entered or changed since
    #[arg(long)]
    known_at: Option<String>,
    /// Of a trend: day, week, month, quarter, year
    #[arg(long)]
    grain: Option<String>,
    /// Of a trend: amount, lines_rounded, lines_exact
    #[arg(long)]
    basis: Option<String>,
    /// Of campaigns: how credit is divided, first, last, linear, position
    #[arg(long)]
    model: Option<String>,
    /// Of campaigns: how many days before a sale a touch may lie
    #[arg(long, value_name = "DAYS")]
    lookback: Option<u32>,
    /// Of a forecast, a backtest and attainment: 2026-11, 2026-Q4 or 2026
    #[arg(long)]
    period: Option<String>,
    /// Of a forecast: what the market does to all that is still to come, 1.1 for a tenth more
    #[arg(long)]
    market: Option<String>,
    /// Of a forecast: what shall be won; the target in force where nothing is said
    #[arg(long)]
    target: Option<String>,
    /// Of a forecast: how much a way counts, weighted, history or series; may be given several times
    #[arg(long, value_name = "WAY=NUMBER")]
    weight: Vec<String>,
    /// Of a backtest: how many past periods
    #[arg(long)]
    origins: Option<u32>,
    /// Of attainment: the code of a key figure
    #[arg(long)]
    kpi: Option<String>,
    /// Of attainment: to whom a deal counts that changed hands, owner_then or owner_now
    #[arg(long)]
    credit: Option<String>,
    /// Of an effect: how many days after an activity are looked at
    #[arg(long)]
    days: Option<u32>,
    /// Of the dashboard: these answers alone, of stages, transitions, reached, win_rates, cycle, won, forecast, top_owners,
    /// dwell, stale; the page (--format html) holds all
    #[arg(long, value_delimiter = ',')]
    questions: Vec<String>,
    /// Whatever else the operation takes, such as rows=5 or source=deals; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Of the report `customer`: which customer
    #[arg(long)]
    id: Option<String>,
    /// The language of headings; the tenant's where nothing is said
    #[arg(long, value_enum)]
    language: Option<Language>,
    /// The file it goes to; a workbook, an Arrow stream and a Parquet file go to no terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Of CSV, Arrow and Parquet: which table, by its key; `figures` are the key figures
    #[arg(long, value_name = "KEY")]
    table: Option<String>,
    /// Of SVG: which chart, by its key
    #[arg(long, value_name = "KEY")]
    chart: Option<String>,
}

/// A language of headings.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    En,
    Zh,
}

pub(crate) fn run(args: &HostArgs, report: &ReportArgs) -> Result<(), Failure> {
    let names: Vec<&str> = names().chain([CUSTOMER]).collect();
    if !names.contains(&report.name.as_str()) {
        let message =
            format!("there is no report `{}`; there are {}", report.name, names.join(", "));
        return Err(Failure::Usage(message));
    }
    let host = args.open()?;
    let language = match report.language {
        Some(Language::En) => document::Language::En,
        Some(Language::Zh) => document::Language::Zh,
        None => language_of(&host)?,
    };
    let format = args.format.unwrap_or(Format::Table);
    let out = report.out.as_deref();
    if report.name == CUSTOMER {
        let missing = || Failure::Usage("--id: which customer".to_owned());
        let id = report.id.as_deref().ok_or_else(missing)?;
        let made = customer::rendered(&host, id, format, language)?;
        return outputs::deliver(&made, format, out);
    }
    let query = report.query(args)?;
    if report.name == DASHBOARD && format == Format::Html {
        let data: DashboardData = serde_json::from_value(host.call("dashboard.extract", &query)?)?;
        let page = export::dashboard_page(&data, language);
        return outputs::deliver(page.as_bytes(), format, out);
    }
    let answer = ask(&host, &report.name, &query)?;
    let (table, chart) = (report.table.as_deref(), report.chart.as_deref());
    let made = outputs::bytes(&answer, &Wanted { format, language, table, chart })?;
    outputs::deliver(&made, format, out)
}

/// The reports that there are.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().filter_map(|entry| entry.name.strip_prefix(PREFIX))
}

/// Asks for a report.
pub(crate) fn ask(host: &Host, name: &str, query: &Value) -> Result<Report, Failure> {
    Ok(serde_json::from_value(host.call(&format!("{PREFIX}{name}"), query)?)?)
}

/// The language of a tenant.
pub(crate) fn language_of(host: &Host) -> Result<document::Language, Failure> {
    let settings = host.call("settings.get", &json!({}))?;
    let chinese = settings["locale"].as_str().is_some_and(|locale| locale.starts_with("zh"));
    Ok(if chinese { document::Language::Zh } else { document::Language::En })
}

impl ReportArgs {
    fn query(&self, host: &HostArgs) -> Result<Value, Failure> {
        let mut only: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for pair in &self.only {
            let split = pair.split_once('=');
            let split = split
                .ok_or_else(|| Failure::Usage(format!("--only: {pair} is not DIMENSION=KEY")))?;
            only.entry(split.0).or_default().push(split.1);
        }
        let mut weights: BTreeMap<&str, u32> = BTreeMap::new();
        for pair in &self.weight {
            let split =
                pair.split_once('=').and_then(|(way, weight)| Some((way, weight.parse().ok()?)));
            let wrong = || Failure::Usage(format!("--weight: {pair} is not WAY=NUMBER"));
            let (way, weight) = split.ok_or_else(wrong)?;
            weights.insert(way, weight);
        }
        let as_of = self.as_of.as_deref().map(|text| instant(host, "--as-of", text)).transpose()?;
        let known_at = self.known_at.as_deref();
        let known_at = known_at.map(|text| instant(host, "--known-at", text)).transpose()?;
        let mut query = json!({
            "by": self.by, "only": only, "outcome": self.outcome, "from": self.from, "to": self.to,
            "as_of": as_of, "known_at": known_at, "zone": host.zone.map(|zone| zone.name()), "grain": self.grain, "basis": self.basis,
            "model": self.model, "lookback_days": self.lookback, "days": self.days,
            "period": self.period, "market": self.market, "target": self.target, "weights": weights,
            "origins": self.origins, "kpi": self.kpi, "credit": self.credit,
            "questions": self.questions,
        });
        if let Some(query) = query.as_object_mut() {
            query.retain(|_, value| match value {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(fields) => !fields.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            });
            for pair in &self.set {
                let split = pair.split_once('=');
                let (key, value) = split
                    .ok_or_else(|| Failure::Usage(format!("--set: {pair} is not KEY=VALUE")))?;
                let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                query.insert(key.to_owned(), value);
            }
        }
        Ok(query)
    }
}

/// An instant, or the last microsecond of a day in the zone.
fn instant(host: &HostArgs, option: &str, text: &str) -> Result<String, Failure> {
    use chrono::{Days, TimeDelta, TimeZone as _};
    let Ok(day) = text.parse::<NaiveDate>() else { return Ok(text.to_owned()) };
    let zone = host.zone.unwrap_or(chrono_tz::Asia::Shanghai);
    let next = (day + Days::new(1)).and_hms_opt(0, 0, 0);
    let next = next.and_then(|midnight| zone.from_local_datetime(&midnight).earliest());
    let last = next.map(|next| (next - TimeDelta::microseconds(1)).to_utc().to_rfc3339());
    last.ok_or_else(|| Failure::Usage(format!("{option}: {text} does not end in {zone}")))
}
