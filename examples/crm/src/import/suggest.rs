//! `crm import --suggest`: a plan for files that nobody wrote a plan for.

use std::path::PathBuf;

use crm_core::import::{Dialect, Suggester};
use serde_json::json;

use super::given;
use crate::failure::Failure;
use crate::host::{Format, HostArgs};

/// Prints the plan on stdout; with `--format json` what becomes of each column, too.
pub(crate) fn run(
    args: &HostArgs,
    files: &[PathBuf],
    encoding: Option<&'static encoding_rs::Encoding>,
) -> Result<(), Failure> {
    let mut suggester = Suggester::default();
    let given = given::all(files, encoding)?;
    for file in &given {
        let mut rows = file.open(&Dialect::default())?;
        suggester.file(&file.name, rows.header());
        while let Some(row) =
            rows.next_row().map_err(|error| given::unreadable(&file.name, &error))?
        {
            suggester.row(&row);
        }
    }
    let first = given.first().map_or("files", |file| file.name.as_str());
    let source = first.rsplit_once('.').map_or(first, |(stem, _)| stem);
    let suggestion = suggester.suggest(source);
    if args.format == Some(Format::Json) {
        let columns = suggestion.columns.iter().map(|column| {
            json!({
                "file": column.file, "column": column.column, "field": column.field,
                "filled": column.filled,
            })
        });
        let columns: Vec<_> = columns.collect();
        println!(
            "{:#}",
            json!({
                "plan": suggestion.plan, "columns": columns, "questions": suggestion.questions,
            })
        );
    } else {
        print!("{}", suggestion.plan);
    }
    Ok(())
}
