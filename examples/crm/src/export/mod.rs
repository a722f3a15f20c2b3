//! `crm export`: records as files: CSV, JSON lines, contact cards, a workbook; and the plan that reads them back.

mod records;
mod rows;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

/// The kinds that go out as they come in.
const PORTABLE: [&str; 8] =
    ["team", "user", "customer", "contact", "product", "lead", "opportunity", "activity"];

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The kind of record: team, user, customer, contact, product, lead, opportunity, activity; with --raw, any
    kind: String,
    /// Every stored column of every row, as the BI views have them, instead of the fields that an import takes
    #[arg(long)]
    raw: bool,
    /// Print the plan by which `crm import` reads the files of all kinds back, as long as they are called by their kind
    #[arg(long, conflicts_with = "raw")]
    plan: bool,
    /// What CSV is written in: utf-8, utf-8-bom, gb18030
    #[arg(long, default_value = "utf-8", value_name = "NAME")]
    encoding: String,
    /// Where it goes; a workbook goes to no terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What CSV may be written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf8WithMark,
    Gb18030,
}

impl Encoding {
    fn named(name: &str) -> Result<Self, Failure> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "utf-8-bom" | "utf8-bom" => Ok(Self::Utf8WithMark),
            "gb18030" | "gbk" => Ok(Self::Gb18030),
            _ => Err(Failure::Usage(format!(
                "--encoding: {name} is none of utf-8, utf-8-bom, gb18030"
            ))),
        }
    }

    /// What stands before the first line.
    pub(crate) const fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8WithMark => b"\xef\xbb\xbf",
            Self::Utf8 | Self::Gb18030 => b"",
        }
    }

    /// A line in this encoding; GB18030 has every letter that Unicode has.
    pub(crate) fn bytes(self, line: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf8WithMark => line.as_bytes().to_vec(),
            Self::Gb18030 => encoding_rs::GB18030.encode(line).0.into_owned(),
        }
    }
}

pub(crate) fn run(args: &HostArgs, export: &ExportArgs) -> Result<(), Failure> {
    let encoding = Encoding::named(&export.encoding)?;
    let host = args.open()?;
    if export.plan {
        print!("{}", records::plan(&host)?);
        return Ok(());
    }
    let portable = PORTABLE.contains(&export.kind.as_str()) && !export.raw;
    if let (true, Some(Format::Xlsx)) = (portable, args.format) {
        let out = export.out.as_ref();
        let out = out.ok_or_else(|| Failure::Usage("a workbook needs --out FILE".to_owned()))?;
        return records::workbook(&host, &export.kind, out);
    }
    let mut out: Box<dyn Write> = match &export.out {
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|error| Failure::file(path, error))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(BufWriter::new(io::stdout().lock())),
    };
    match (portable, args.format) {
        (true, Some(Format::Json | Format::Jsonl)) => {
            records::lines(&host, &export.kind, &mut out)?
        }
        (true, Some(Format::Vcard)) => records::cards(&host, &export.kind, &mut out)?,
        (true, _) => records::csv(&host, &export.kind, encoding, &mut out)?,
        (false, Some(Format::Vcard | Format::Xlsx)) => {
            let kinds = PORTABLE.join(", ");
            return Err(Failure::Usage(format!(
                "cards and workbooks are made of {kinds}, without --raw"
            )));
        }
        (false, format) => {
            let lines = matches!(format, Some(Format::Json | Format::Jsonl));
            rows::run(&host, &export.kind, lines, encoding, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// Every page of a listing operation, one after the other.
pub(crate) fn pages(
    host: &crate::host::Host,
    op: &str,
    request: Value,
    mut each: impl FnMut(&Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut request = request;
    request["limit"] = json!(1000);
    let mut less = BTreeMap::new();
    loop {
        let page = host.call(op, &request)?;
        each(&page)?;
        for counts in [&page["left_out"], &page["withheld"]] {
            for (why, count) in counts.as_object().into_iter().flatten() {
                *less.entry(why.clone()).or_insert(0) += count.as_u64().unwrap_or_default();
            }
        }
        if page["next"].is_null() {
            tell(&less);
            return Ok(());
        }
        request["after"] = page["next"].clone();
    }
}

/// Says what does not leave for the purpose of the session, and why.
fn tell(less: &BTreeMap<String, u64>) {
    for (why, count) in less {
        eprintln!(
            "{}",
            match why.as_str() {
                "restricted" => format!("{count} left out: the use of their data is restricted"),
                "withdrawn" => format!("{count} left out: they forbade this purpose"),
                "no_consent" => format!("{count} left out: they did not allow this purpose"),
                field => format!(
                    "{count} without {field}: nobody may be turned to by them for this purpose"
                ),
            }
        );
    }
}
