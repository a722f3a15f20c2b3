//! `crm dedupe`: the records that are likely one person or company, pair by pair.

use std::io::{self, BufWriter, Write as _};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

#[derive(Args)]
pub(crate) struct DedupeArgs {
    /// Whether persons or companies are compared
    #[arg(long, value_enum)]
    kind: Kind,
    /// Only pairs that may be merged without asking
    #[arg(long)]
    certain: bool,
}

/// Who is compared.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Customers who are persons, contacts, leads
    Person,
    /// Business customers, companies of leads
    Company,
}

/// The columns of the CSV, in order.
const COLUMNS: [&str; 6] =
    ["left_id", "right_id", "left_key", "right_key", "probability", "reasons"];

pub(crate) fn run(args: &HostArgs, dedupe: &DedupeArgs) -> Result<(), Failure> {
    let host = args.open()?;
    let party = match dedupe.kind {
        Kind::Person => "person",
        Kind::Company => "company",
    };
    let began = Instant::now();
    let bar = ProgressBar::new_spinner();
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.set_message("reading and comparing");
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut pages = Vec::new();
    let mut after = Value::Null;
    loop {
        let mut request = json!({ "party": party, "certain": dedupe.certain });
        if !after.is_null() {
            request["after"] = after;
        }
        let mut page = host.call("duplicates.find", &request)?;
        after = page["next"].take();
        pages.push(page);
        if after.is_null() {
            break;
        }
    }
    bar.finish_and_clear();
    let first = pages.first().cloned().unwrap_or_default();
    let count = |what: &str| first[what].as_u64().unwrap_or(0);
    eprintln!(
        "{} records, {} pairs compared, {} likely duplicates, {:.1} s",
        count("records"),
        count("compared"),
        count("found"),
        began.elapsed().as_secs_f64()
    );
    let pairs = pages.iter().flat_map(|page| page["pairs"].as_array().into_iter().flatten());
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format.unwrap_or(Format::Table) {
        Format::Json => {
            let pairs: Vec<&Value> = pairs.collect();
            let document = json!({
                "records": count("records"), "compared": count("compared"), "pairs": pairs,
            });
            writeln!(out, "{document}")?;
        }
        Format::Csv => {
            let mut table = csv::Writer::from_writer(out);
            table.write_record(COLUMNS).map_err(broken)?;
            for pair in pairs {
                table.write_record(cells(pair)).map_err(broken)?;
            }
            return Ok(table.flush()?);
        }
        Format::Table => {
            for pair in pairs {
                let [left, right, left_key, right_key, probability, reasons] = cells(pair);
                let name = |id: String, key: String| if key.is_empty() { id } else { key };
                let (left, right) = (name(left, left_key), name(right, right_key));
                writeln!(out, "{probability}  {left:36}  {right:36}  {reasons}")?;
            }
        }
        Format::Svg
        | Format::Html
        | Format::Jsonl
        | Format::Vcard
        | Format::Xlsx
        | Format::Arrow
        | Format::Parquet => {
            return Err(Failure::Usage("--format: table, csv or json".to_owned()));
        }
    }
    Ok(out.flush()?)
}

/// A pair as the cells of its row; the probability with four places.
fn cells(pair: &Value) -> [String; 6] {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let points = pair["probability_bp"].as_u64().unwrap_or(0);
    let reasons = pair["reasons"].as_array().into_iter().flatten().map(text);
    [
        text(&pair["left"]["id"]),
        text(&pair["right"]["id"]),
        text(&pair["left"]["key"]),
        text(&pair["right"]["key"]),
        format!("0.{points:04}"),
        reasons.collect::<Vec<_>>().join(" "),
    ]
}

fn broken(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Failure::new("file.io", format!("{other:?}")),
    }
}
