//! `crm report`: a report as a table, JSON, CSV, a chart or a page.

use std::collections::BTreeMap;
use std::io::Write as _;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use crm_core::api::CATALOGUE;
use crm_core::export;
use crm_core::export::document::{self, Report};
use serde_json::{Value, json};

use crate::customer;
use crate::failure::Failure;
use crate::host::{Format, Host, HostArgs};

/// The report on one customer, which is made of several operations.
const CUSTOMER: &str = "customer";

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
    /// Of the report `customer`: which customer
    #[arg(long)]
    id: Option<String>,
    /// The language of headings; the tenant's where nothing is said
    #[arg(long, value_enum)]
    language: Option<Language>,
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
    if report.name == CUSTOMER {
        let missing = || Failure::Usage("--id: which customer".to_owned());
        let id = report.id.as_deref().ok_or_else(missing)?;
        let text = customer::rendered(&host, id, args.format.unwrap_or(Format::Table), language)?;
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(());
    }
    let answer = ask(&host, &report.name, &report.query(args)?)?;
    let text = rendered(&answer, args.format.unwrap_or(Format::Table), language)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
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

/// A report as text of a format.
pub(crate) fn rendered(
    report: &Report,
    format: Format,
    language: document::Language,
) -> Result<String, Failure> {
    Ok(match format {
        Format::Table => export::text(report, language),
        Format::Json => export::json(report)? + "\n",
        Format::Csv => {
            let tables: Vec<String> = report.tables.iter().map(export::csv).collect();
            tables.join("\r\n")
        }
        Format::Html => export::html(std::slice::from_ref(report), language),
        Format::Svg => {
            let chart = report.charts.first();
            let none = || Failure::new("report.no_chart", "this report has no chart");
            export::svg(chart.ok_or_else(none)?, language)
        }
        Format::Jsonl | Format::Vcard | Format::Xlsx => {
            let message = "a report is a table, json, csv, svg or html";
            return Err(Failure::Usage(message.to_owned()));
        }
    })
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
            let split = pair.split_once('=').and_then(|(way, weight)| Some((way, weight.parse().ok()?)));
            let wrong = || Failure::Usage(format!("--weight: {pair} is not WAY=NUMBER"));
            let (way, weight) = split.ok_or_else(wrong)?;
            weights.insert(way, weight);
        }
        let as_of = self.as_of.as_deref().map(|text| instant(host, text)).transpose()?;
        let mut query = json!({
            "by": self.by, "only": only, "outcome": self.outcome, "from": self.from, "to": self.to,
            "as_of": as_of, "zone": host.zone.map(|zone| zone.name()), "grain": self.grain, "basis": self.basis,
            "model": self.model, "lookback_days": self.lookback,
            "period": self.period, "market": self.market, "target": self.target, "weights": weights,
            "origins": self.origins, "kpi": self.kpi, "credit": self.credit,
        });
        if let Some(query) = query.as_object_mut() {
            query.retain(|_, value| match value {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(fields) => !fields.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            });
        }
        Ok(query)
    }
}

/// An instant, or the last microsecond of a day in the zone.
fn instant(host: &HostArgs, text: &str) -> Result<String, Failure> {
    use chrono::{Days, TimeDelta, TimeZone as _};
    let Ok(day) = text.parse::<NaiveDate>() else { return Ok(text.to_owned()) };
    let zone = host.zone.unwrap_or(chrono_tz::Asia::Shanghai);
    let next = (day + Days::new(1)).and_hms_opt(0, 0, 0);
    let next = next.and_then(|midnight| zone.from_local_datetime(&midnight).earliest());
    let last = next.map(|next| (next - TimeDelta::microseconds(1)).to_utc().to_rfc3339());
    last.ok_or_else(|| Failure::Usage(format!("--as-of: {text} does not end in {zone}")))
}
