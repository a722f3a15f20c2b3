//! The plan: how the files of another system become records of ours. A TOML text, read whole, judged whole.

mod decode;
mod lint;
mod node;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::expr::Expr;
use super::fault::PlanFault;
use super::format::{Cut, Format};
use super::read::Dialect;
use super::target::{Entity, Shape};

/// How the files of another system become records of ours.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the other system is called; with a row's key it names the record for good.
    pub source: String,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
    /// Operations to call before the first row: a pipeline to define, a team to create.
    pub operations: Vec<Operation>,
    /// Custom fields to define before the first row.
    pub custom_fields: Vec<CustomField>,
    /// One entry for each kind of record in each file.
    pub files: Vec<FilePlan>,
}

/// One operation with its request.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in the catalogue.
    pub op: String,
    /// Its request.
    pub request: serde_json::Value,
    /// Codes of refusals after which the import goes on: what shall be is there already.
    pub accept: Vec<String>,
}

/// A field that the other system has and ours has not.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomField {
    /// Whose field.
    pub entity: &'static str,
    /// Its code; the plan writes `custom.<code>`.
    pub code: String,
    /// The request of operation `custom_field.define`: the table as the plan has it.
    pub request: serde_json::Value,
    pub(crate) shape: Shape,
}

/// How the rows of one file become records of one kind.
#[derive(Clone, Debug)]
pub struct FilePlan {
    /// Where it stands in the plan, for faults.
    pub path: String,
    /// The file's name, its stem, or a pattern with `*` and `?`.
    pub name: String,
    /// What its rows become.
    pub entity: &'static Entity,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// What rows may do: `upsert`, `create` or `update`.
    pub mode: &'static str,
    /// The fields by which a row finds a record that no earlier import made.
    pub match_by: Vec<String>,
    /// What happens to what a list has and a row has not: `replace` or `append`.
    pub lists: &'static str,
    /// Whether a cell that is empty empties the field of a record that is there.
    pub clear: bool,
    /// Whether a quote before `=`, `+`, `-`, `@`, a tab, a line end or a quote is taken off a cell, as our export puts it.
    pub escaped: bool,
    /// How the bytes are written.
    pub dialect: Dialect,
    /// What is made of each row.
    pub sheet: Sheet,
    /// Rows of other files that belong to one row of this.
    pub children: BTreeMap<String, ChildPlan>,
}

/// Rows of another file that belong to one row of this.
#[derive(Clone, Debug)]
pub struct ChildPlan {
    /// The other file.
    pub file: String,
    /// Its column that holds the key of the row it belongs to.
    pub parent: String,
    /// What is made of each row.
    pub sheet: Sheet,
}

/// What is made of each row of a file.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// How it writes its values.
    pub format: Format,
    /// All of these hold, or the row is left out.
    pub conditions: Vec<Condition>,
    /// Columns that are computed from others.
    pub computed: BTreeMap<String, Computed>,
    /// Rows of other files that belong beside a row of this.
    pub lookups: BTreeMap<String, Lookup>,
    /// The fields to fill.
    pub fields: Vec<FieldPlan>,
}

/// A demand on a row.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Where it stands in the plan.
    pub path: String,
    /// The column that is looked at.
    pub column: String,
    /// What it must be.
    pub test: Test,
}

/// What a column must be.
#[derive(Clone, Debug)]
pub enum Test {
    /// One of these.
    Is(Vec<String>),
    /// None of these.
    Not(Vec<String>),
    /// Empty, or filled.
    Empty(bool),
}

/// A column that is computed from others.
#[derive(Clone, Debug)]
pub struct Computed {
    /// How.
    pub expr: Expr<String>,
    /// Where its digits end.
    pub round: Option<Cut>,
}

/// A row of another file, found by its key.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The other file.
    pub file: String,
    /// Its column that is compared.
    pub by: String,
    /// Our column that holds the value.
    pub on: String,
}

/// Where a field's value comes from and what is done to it.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    /// The field's path: `amount`, `address.city`, `custom.freight`.
    pub target: String,
    /// Where it stands in the plan.
    pub path: String,
    /// What it holds.
    pub shape: Shape,
    /// Where its values come from: one, but several for a list.
    pub sources: Vec<Source>,
}

/// Where one value comes from and what is done to it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it stands in the plan.
    pub path: String,
    /// Where it comes from.
    pub from: From,
    /// What its texts mean here, where they are translated.
    pub map: Option<BTreeMap<String, String>>,
    /// What becomes of a text that the map does not know.
    pub unmapped: Unmapped,
    /// All of these hold, or there is no value.
    pub when: Vec<Condition>,
    /// A row without it is rejected.
    pub required: bool,
    /// What stands between the texts of a list in one cell.
    pub split: Vec<String>,
    /// Longer texts lose their end; without it they are refused.
    pub truncate: Option<usize>,
    /// Where its digits end.
    pub round: Option<Cut>,
    /// The currency of an amount, where it differs from the plan's.
    pub currency: Option<Currency>,
    /// How it is written, where that differs from its file.
    pub format: Option<Format>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum From {
    /// A column.
    Column(String),
    /// The first of these columns that is filled.
    First(Vec<String>),
    /// The plan.
    Constant(String),
    /// Text with columns in it.
    Template(Vec<Piece>),
    /// Arithmetic.
    Compute(Expr<String>),
    /// The sum of an expression over child rows.
    Sum {
        /// Which children.
        child: String,
        /// Of what.
        of: Expr<String>,
        /// What happens to each before it is added.
        round_each: Option<Cut>,
    },
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// The text of a column.
    Column(String),
}

/// What becomes of a text that a map does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// The row is rejected.
    Reject,
    /// The text stays as it is.
    Keep,
    /// The cell counts as empty.
    Empty,
    /// This instead.
    Value(String),
}

/// Where an amount's currency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Currency {
    /// The plan.
    Code(String),
    /// A column.
    Column(String),
}

impl Plan {
    /// Reads and judges a plan; days happen in `zone` where it names none.
    ///
    /// # Errors
    ///
    /// Every mistake that shows without the files: keys that no plan has, fields that no record has, two sources of
    /// one field, computed columns that need each other, division without a rounding rule.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, Vec<PlanFault>> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            vec![PlanFault::new("plan.toml", "", error.message()).limit(error.to_string())]
        })?;
        let mut faults = Vec::new();
        let plan = decode::plan(table, zone, &mut faults);
        match plan {
            Some(plan) => {
                lint::plan(&plan, &mut faults);
                if faults.is_empty() { Ok(plan) } else { Err(faults) }
            }
            None => Err(faults),
        }
    }

    /// The entries that read a file of this name.
    pub fn files_named<'a>(&'a self, file: &'a str) -> impl Iterator<Item = &'a FilePlan> {
        self.files.iter().filter(move |plan| named(&plan.name, file))
    }

    /// Whether a file of this name is read at all: as rows, as child rows or to look something up.
    pub fn reads(&self, file: &str) -> bool {
        let sheet = |sheet: &Sheet| sheet.lookups.values().any(|lookup| named(&lookup.file, file));
        self.files.iter().any(|plan| {
            named(&plan.name, file)
                || sheet(&plan.sheet)
                || plan.children.values().any(|c| named(&c.file, file) || sheet(&c.sheet))
        })
    }
}

/// Whether `pattern` (a name, a stem, or a pattern with `*` and `?`) means the file `name`.
pub fn named(pattern: &str, name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    let pattern = chars(pattern);
    glob(&pattern, &chars(name)) || glob(&pattern, &chars(stem))
}

fn glob(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => glob(rest, name),
        (Some(('*', rest)), Some((_, shorter))) => glob(rest, name) || glob(pattern, shorter),
        (Some(('?', rest)), Some((_, shorter))) => glob(rest, shorter),
        (Some((wanted, rest)), Some((char, shorter))) => wanted == char && glob(rest, shorter),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Scales that a rounding rule may name.
pub(crate) const SCALE_MAX: u32 = 12;

/// A decimal as the JSON of a request writes it: no exponent, no trailing zeros.
pub(crate) fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

#[cfg(test)]
mod tests;
