//! Rows to items: a plan's file bound to the header of a real one.

mod bind;
mod loss;
mod shelf;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::expr::{Expr, Undefined};
use super::fault::{CellFault, Unfit};
use super::format::{Cut, Format};
use super::item::ImportItem;
use super::plan::{Condition, FieldPlan, FilePlan, Plan, Source, Test};
use super::read::{Row, Typed};
use super::target::Shape;
pub use loss::{Loss, Losses};
use shelf::Found;
pub use shelf::{ChildTable, LookupTable, Shelf};

/// A plan's file bound to a header, its lookups and its child rows.
#[derive(Debug)]
pub struct Mapping<'a> {
    plan: &'a Plan,
    file: &'a FilePlan,
    file_name: String,
    header: Vec<String>,
    key: Vec<Ref>,
    sheet: BoundSheet<'a>,
    children: Vec<BoundChild<'a>>,
    unmapped: Vec<String>,
    /// The places of the columns that nothing reads.
    unread: Vec<usize>,
    /// The sources by which something may be lost.
    lossy: Vec<((usize, usize), &'a Source, usize)>,
    /// Where a mended file says which of its cells a workbook held as numbers and times.
    typed: Option<usize>,
}

/// The column of a file of rejects that says which cells were no text.
pub const TYPED_COLUMN: &str = "crm_typed";

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapped {
    /// An item for the engine.
    Item(ImportItem),
    /// The plan leaves it out, or it is blank.
    LeftOut,
    /// Everything that is wrong with it.
    Rejected(Vec<CellFault>),
}

/// Where a named column is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ref {
    Cell(usize),
    RowNumber,
    FileName,
    Computed(usize),
    Joined { lookup: usize, cell: usize },
}

#[derive(Debug)]
struct BoundSheet<'a> {
    format: &'a Format,
    computed: Vec<(Expr<Ref>, Option<Cut>)>,
    lookups: Vec<BoundLookup<'a>>,
    conditions: Vec<(Ref, &'a Condition)>,
    fields: Vec<BoundField<'a>>,
}

#[derive(Debug)]
struct BoundLookup<'a> {
    table: &'a LookupTable,
    on: Ref,
}

#[derive(Debug)]
struct BoundField<'a> {
    plan: &'a FieldPlan,
    sources: Vec<BoundSource<'a>>,
}

#[derive(Debug)]
struct BoundSource<'a> {
    plan: &'a Source,
    from: BoundFrom<'a>,
    when: Vec<(Ref, &'a Condition)>,
    currency: Option<BoundCurrency<'a>>,
    /// The columns it reads, for faults.
    columns: String,
}

#[derive(Debug)]
enum BoundFrom<'a> {
    First(Vec<Ref>),
    Constant(&'a str),
    Template(Vec<BoundPiece<'a>>),
    Compute(Expr<Ref>),
    Sum { child: usize, of: Expr<Ref>, round_each: Option<Cut> },
}

#[derive(Debug)]
enum BoundPiece<'a> {
    Text(&'a str),
    Column(Ref),
}

#[derive(Debug)]
enum BoundCurrency<'a> {
    Code(&'a str),
    Column(Ref),
}

#[derive(Debug)]
struct BoundChild<'a> {
    name: &'a str,
    file: &'a str,
    table: &'a ChildTable,
    sheet: BoundSheet<'a>,
    unmapped: Vec<String>,
}

/// What does not fit, and in which child and row where it is not the row itself.
struct Misfit {
    child: Option<(usize, u64)>,
    unfit: Unfit,
}

/// A value before it has its shape.
enum Raw<'a> {
    Text(Cow<'a, str>),
    Number(Decimal),
    /// A day or time of a workbook, as ISO 8601.
    Time(Cow<'a, str>),
}

impl core::convert::From<Undefined> for Unfit {
    fn from(why: Undefined) -> Self {
        match why {
            Undefined::DivisionByZero => Self::new("compute.division_by_zero", "0"),
            Undefined::Overflow => Self::new("compute.overflow", "").limit("28 significant digits"),
        }
    }
}

impl Mapping<'_> {
    /// Columns of the file that the plan does not read: what importing by it would lose.
    pub fn unmapped(&self) -> &[String] {
        &self.unmapped
    }

    /// What the other system is called.
    pub fn source(&self) -> &str {
        &self.plan.source
    }

    /// The file's name.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The file's columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The files of child rows, in the order of the plan.
    pub fn children(&self) -> impl Iterator<Item = &ChildTable> {
        self.children.iter().map(|child| child.table)
    }

    /// Columns of a child's file that the plan does not read.
    pub fn unmapped_of_child(&self, name: &str) -> &[String] {
        let child = self.children.iter().find(|child| child.name == name);
        child.map(|child| child.unmapped.as_slice()).unwrap_or_default()
    }

    /// The columns that a field is made of; a path below the field counts as the field.
    pub fn columns_of(&self, field: &str) -> Option<String> {
        let found = self.sheet.fields.iter().find(|bound| {
            let rest = field.strip_prefix(bound.plan.target.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })?;
        let columns: Vec<&str> =
            found.sources.iter().map(|source| source.columns.as_str()).collect();
        Some(columns.join(" "))
    }

    /// The entry of the plan.
    pub const fn file(&self) -> &FilePlan {
        self.file
    }

    /// What becomes of one row; pure, and complete: all that is wrong is reported at once.
    pub fn map(&self, row: &Row) -> Mapped {
        match self.typed.and_then(|at| row.cell(at)).filter(|said| !said.is_empty()) {
            Some(said) => self.mapped(&row.retyped(said)),
            None => self.mapped(row),
        }
    }

    fn mapped(&self, row: &Row) -> Mapped {
        let own = |at: usize| Some(at) != self.typed;
        let blank = |at: usize| row.cell(at).is_none_or(|cell| cell.trim().is_empty());
        if (0..row.width()).filter(|at| own(*at)).all(blank) {
            return Mapped::LeftOut;
        }
        let mut faults = self.unreadable(row);
        if !faults.is_empty() {
            return Mapped::Rejected(faults);
        }
        let line = self.line(row);
        match line.meets_conditions() {
            Ok(true) => {}
            Ok(false) => return Mapped::LeftOut,
            Err(fault) => return Mapped::Rejected(vec![*fault]),
        }
        let key = self.key(&line, &mut faults);
        let children = self.child_lines(key.as_deref(), &mut faults);
        let (mut set, mut custom) = (Map::new(), Map::new());
        self.fill(&line, &children, &mut set, &mut faults);
        if let Some(Value::Object(fields)) = set.remove("custom") {
            custom = fields;
        }
        let mut lines = Vec::new();
        for (child, rows) in self.children.iter().zip(&children) {
            if child.sheet.fields.is_empty() {
                continue;
            }
            let mut sets = Vec::with_capacity(rows.len());
            for row in rows {
                let mut set = Map::new();
                let mut row_faults = Vec::new();
                self.fill(row, &[], &mut set, &mut row_faults);
                faults.extend(row_faults.into_iter().map(|fault| in_child(child, fault)));
                sets.push(set);
            }
            match child.name {
                "lines" => lines = sets,
                other => drop(set.insert(other.to_owned(), Value::from_iter(sets))),
            }
        }
        match key {
            Some(key) if faults.is_empty() => {
                Mapped::Item(ImportItem { row: row.number, key, set, lines, custom })
            }
            Some(_) | None => Mapped::Rejected(faults),
        }
    }

    /// The key of a row as the other system knows it, where it has one.
    pub fn key_of(&self, row: &Row) -> Option<String> {
        let line = self.line(row);
        self.key(&line, &mut Vec::new())
    }

    fn line<'s>(&'s self, row: &'s Row) -> Line<'s> {
        let escaped = self.file.escaped;
        Line { row, file: &self.file_name, sheet: &self.sheet, escaped }
    }

    fn unreadable(&self, row: &Row) -> Vec<CellFault> {
        let name = |at: usize| self.header.get(at).cloned().unwrap_or_default();
        let damaged = row.damaged.iter().map(|at| {
            let unfit = Unfit::new("text.encoding", row.cell(*at).unwrap_or_default());
            let unfit = unfit.limit("letters of the file's encoding, which the plan can name");
            cell_fault(row.number, &name(*at), "", unfit)
        });
        let mut faults: Vec<_> = damaged.collect();
        let extra = (self.header.len()..row.width()).filter_map(|at| row.cell(at));
        if row.width() < self.header.len() || !extra.clone().all(|cell| cell.trim().is_empty()) {
            let unfit = Unfit::new("row.width", &row.width().to_string())
                .limit(format!("{} columns, as the header has", self.header.len()));
            faults.push(cell_fault(row.number, "", "", unfit));
        }
        faults
    }

    fn key(&self, line: &Line<'_>, faults: &mut Vec<CellFault>) -> Option<String> {
        let mut parts = Vec::new();
        for (name, part) in self.file.key.iter().zip(&self.key) {
            match line.text(*part, self.sheet.format) {
                Ok(Some(text)) => parts.push(text),
                Ok(None) => {
                    let unfit =
                        Unfit::new("key.missing", "").limit("a value that identifies the row");
                    faults.push(cell_fault(line.row.number, name, "", unfit));
                }
                Err(unfit) => faults.push(cell_fault(line.row.number, name, "", unfit)),
            }
        }
        match parts.as_slice() {
            [only] if self.key.len() == 1 => Some(only.clone().into_owned()),
            // Escaped, so that no two keys of several columns are written alike.
            several if several.len() == self.key.len() => {
                let escaped =
                    several.iter().map(|part| part.replace('\\', r"\\").replace('|', r"\|"));
                Some(escaped.collect::<Vec<_>>().join("|"))
            }
            _ => None,
        }
    }

    /// The child rows that belong to the row of that key, those that the plan leaves out aside.
    fn child_lines<'s>(
        &'s self,
        key: Option<&str>,
        faults: &mut Vec<CellFault>,
    ) -> Vec<Vec<Line<'s>>> {
        let mut all = Vec::with_capacity(self.children.len());
        for child in &self.children {
            let rows = key.map(|key| child.table.rows_of(key)).unwrap_or_default();
            let mut lines = Vec::with_capacity(rows.len());
            for row in rows {
                let escaped = self.file.escaped;
                let line = Line { row, file: child.file, sheet: &child.sheet, escaped };
                if row.width() < child.table.header.len() || !row.damaged.is_empty() {
                    let unfit = Unfit::new("row.unreadable", "");
                    faults.push(in_child(child, cell_fault(row.number, "", "", unfit)));
                    continue;
                }
                match line.meets_conditions() {
                    Ok(true) => lines.push(line),
                    Ok(false) => {}
                    Err(fault) => faults.push(in_child(child, *fault)),
                }
            }
            all.push(lines);
        }
        all
    }

    fn fill(
        &self,
        line: &Line<'_>,
        children: &[Vec<Line<'_>>],
        set: &mut Map<String, Value>,
        faults: &mut Vec<CellFault>,
    ) {
        // A group such as an address, of which only constants are known, is not there.
        let mut told: BTreeMap<&str, bool> = BTreeMap::new();
        for field in &line.sheet.fields {
            let mut values = Vec::new();
            for source in &field.sources {
                match self.value(line, children, field.plan.shape, source) {
                    Ok(Some(Value::Array(several))) => {
                        values.extend(several);
                    }
                    Ok(Some(value)) => {
                        let group = field.plan.target.split('.').next().unwrap_or_default();
                        *told.entry(group).or_default() |=
                            !matches!(source.from, BoundFrom::Constant(_));
                        values.push(value);
                    }
                    Ok(None) if source.plan.required => {
                        let unfit = Unfit::new("field.required", "").limit("not empty");
                        let target = &field.plan.target;
                        faults.push(cell_fault(line.row.number, &source.columns, target, unfit));
                    }
                    Ok(None) => {}
                    Err(Misfit { child, unfit }) => {
                        let row = child.map_or(line.row.number, |(_, row)| row);
                        let fault = cell_fault(row, &source.columns, &field.plan.target, unfit);
                        let child = child.and_then(|(at, _)| self.children.get(at));
                        faults.push(match child {
                            Some(child) => in_child(child, fault),
                            None => fault,
                        });
                    }
                }
            }
            let listed = field.plan.shape == Shape::Texts && !values.is_empty();
            let value = if listed { Some(Value::Array(values)) } else { values.pop() };
            let cleared = (self.file.clear && core::ptr::eq(line.sheet, &raw const self.sheet))
                .then_some(Value::Null)
                .filter(|_| !field.plan.target.starts_with("address."));
            if let Some(value) = value.or(cleared) {
                put(set, &field.plan.target, value);
            }
        }
        for (group, told) in told {
            if !told && set.get(group).is_some_and(Value::is_object) && group == "address" {
                set.remove(group);
            }
        }
    }

    fn value(
        &self,
        line: &Line<'_>,
        children: &[Vec<Line<'_>>],
        shape: Shape,
        source: &BoundSource<'_>,
    ) -> Result<Option<Value>, Misfit> {
        let here = |unfit| Misfit { child: None, unfit };
        if !line.meets(&source.when).map_err(|(_, unfit)| here(unfit))? {
            return Ok(None);
        }
        let format = source.plan.format.as_ref().unwrap_or(line.sheet.format);
        let raw = match &source.from {
            BoundFrom::Sum { child, of, round_each } => {
                sum(children.get(*child).map(Vec::as_slice).unwrap_or_default(), of, *round_each)
                    .map(|sum| sum.map(Raw::Number))
                    .map_err(|(row, unfit)| Misfit { child: Some((*child, row)), unfit })?
            }
            from @ (BoundFrom::First(_)
            | BoundFrom::Constant(_)
            | BoundFrom::Template(_)
            | BoundFrom::Compute(_)) => line.raw(from, format).map_err(here)?,
        };
        let Some(raw) = raw else { return Ok(None) };
        let Some(raw) = value::translated(raw, source.plan).map_err(here)? else { return Ok(None) };
        // A constant is written as plans are, whatever the file does.
        let plain = matches!(source.from, BoundFrom::Constant(_))
            .then(|| Format { zone: format.zone, ..Format::default() });
        let format = plain.as_ref().unwrap_or(format);
        let currency = match &source.currency {
            Some(BoundCurrency::Code(code)) => Some(Cow::Borrowed(*code)),
            Some(BoundCurrency::Column(column)) => line.text(*column, format).map_err(here)?,
            None => self.plan.currency.as_deref().map(Cow::Borrowed),
        };
        let setting =
            value::Setting { format, round: source.plan.round, currency: currency.as_deref() };
        let shaped = value::shaped(raw, shape, &setting).map_err(here)?;
        Ok(Some(value::cut(value::split(shaped, source.plan), source.plan)))
    }
}

fn sum(
    rows: &[Line<'_>],
    of: &Expr<Ref>,
    round_each: Option<Cut>,
) -> Result<Option<Decimal>, (u64, Unfit)> {
    let mut total = Decimal::ZERO;
    for line in rows {
        let at = |unfit| (line.row.number, unfit);
        let value = line.computed(of, line.sheet.format).map_err(at)?;
        let value = value.map(|value| round_each.map_or(value, |round| round.apply(value)));
        let Some(value) = value else {
            return Err(at(Unfit::new("compute.empty", "").limit("every column filled")));
        };
        let larger = total.checked_add(value);
        total = larger.ok_or_else(|| at(Unfit::from(Undefined::Overflow)))?;
    }
    Ok(Some(total))
}

fn put(set: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((group, name)) = path.split_once('.') else {
        set.insert(path.to_owned(), value);
        return;
    };
    let inner = set.entry(group).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        inner.insert(name.to_owned(), value);
    }
}

fn cell_fault(row: u64, column: &str, field: &str, unfit: Unfit) -> CellFault {
    let Unfit { code, value, limit, allowed } = unfit;
    let (column, field) = (column.to_owned(), field.to_owned());
    CellFault { code: code.to_owned(), file: None, row, column, field, value, limit, allowed }
}

fn in_child(child: &BoundChild<'_>, fault: CellFault) -> CellFault {
    let field = if fault.field.is_empty() {
        child.name.to_owned()
    } else if child.sheet.fields.iter().any(|field| field.plan.target == fault.field) {
        format!("{}.{}", child.name, fault.field)
    } else {
        fault.field
    };
    CellFault { file: Some(child.file.to_owned()), field, ..fault }
}

/// A row with all that is needed to read its columns.
#[derive(Clone, Copy)]
struct Line<'a> {
    row: &'a Row,
    file: &'a str,
    sheet: &'a BoundSheet<'a>,
    escaped: bool,
}

/// A cell as it was before our export put a quote before what a spreadsheet would take for a formula.
fn unescaped(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'');
    rest.filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])).unwrap_or(cell)
}

impl<'a> Line<'a> {
    fn raw(&self, from: &'a BoundFrom<'a>, format: &Format) -> Result<Option<Raw<'a>>, Unfit> {
        Ok(match from {
            BoundFrom::First(columns) => {
                let mut found = None;
                for column in columns {
                    found = found.or(self.raw_column(*column, format)?);
                }
                found
            }
            BoundFrom::Constant(text) => Some(Raw::Text(Cow::Borrowed(text))),
            BoundFrom::Template(pieces) => {
                self.template(pieces, format)?.map(|t| Raw::Text(t.into()))
            }
            BoundFrom::Compute(expr) => self.computed(expr, format)?.map(Raw::Number),
            BoundFrom::Sum { .. } => None,
        })
    }

    fn raw_column(&self, column: Ref, format: &Format) -> Result<Option<Raw<'a>>, Unfit> {
        Ok(match column {
            Ref::Computed(_) => self.number(column, format)?.map(Raw::Number),
            Ref::Cell(at) => {
                let text = self.text(column, format)?;
                text.map(|text| match (self.row.typed(at), Decimal::from_str_exact(&text)) {
                    (Some(Typed::Number), Ok(number)) => Raw::Number(number),
                    (Some(Typed::Time), _) => Raw::Time(text),
                    (Some(Typed::Number | Typed::Flag) | None, _) => Raw::Text(text),
                })
            }
            Ref::RowNumber | Ref::FileName | Ref::Joined { .. } => {
                self.text(column, format)?.map(Raw::Text)
            }
        })
    }

    fn template(
        &self,
        pieces: &[BoundPiece<'_>],
        format: &Format,
    ) -> Result<Option<String>, Unfit> {
        let (mut text, mut filled) = (String::new(), false);
        for piece in pieces {
            match piece {
                BoundPiece::Text(plain) => text.push_str(plain),
                BoundPiece::Column(column) => {
                    if let Some(value) = self.text(*column, format)? {
                        filled = true;
                        text.push_str(&value);
                    }
                }
            }
        }
        // Empty columns leave double blanks.
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(filled.then(|| words.join(" ")))
    }

    fn computed(&self, expr: &Expr<Ref>, format: &Format) -> Result<Option<Decimal>, Unfit> {
        expr.value(&mut |column: &Ref| self.number(*column, format))
    }

    fn number(&self, column: Ref, format: &Format) -> Result<Option<Decimal>, Unfit> {
        if let Ref::Computed(at) = column {
            let Some((expr, round)) = self.sheet.computed.get(at) else { return Ok(None) };
            let value = self.computed(expr, self.sheet.format)?;
            return Ok(value.map(|value| round.map_or(value, |round| round.apply(value))));
        }
        // A workbook's numbers are written in one way, whatever the plan says of texts.
        let typed = match column {
            Ref::Cell(at) => self.row.typed(at) == Some(Typed::Number),
            Ref::RowNumber | Ref::FileName | Ref::Computed(_) | Ref::Joined { .. } => false,
        };
        let plain = typed.then(Format::default);
        let format_of_text = plain.as_ref().unwrap_or(format);
        self.text(column, format)?.map(|text| format_of_text.number(&text)).transpose()
    }

    fn text(&self, column: Ref, format: &Format) -> Result<Option<Cow<'a, str>>, Unfit> {
        let text = match column {
            Ref::Cell(at) => {
                let cell = self.row.cell(at).unwrap_or_default();
                Some(Cow::Borrowed(if self.escaped { unescaped(cell) } else { cell }.trim()))
            }
            Ref::RowNumber => Some(Cow::Owned(self.row.number.to_string())),
            Ref::FileName => Some(Cow::Borrowed(self.file)),
            Ref::Computed(_) => {
                self.number(column, format)?.map(|number| Cow::Owned(super::plan::plain(number)))
            }
            Ref::Joined { lookup, cell } => self.joined(lookup, cell)?.map(Cow::Borrowed),
        };
        Ok(text.filter(|text| !format.is_empty(text)))
    }

    fn joined(&self, lookup: usize, cell: usize) -> Result<Option<&'a str>, Unfit> {
        let Some(lookup) = self.sheet.lookups.get(lookup) else { return Ok(None) };
        let Some(value) = self.text(lookup.on, self.sheet.format)? else { return Ok(None) };
        match lookup.table.find(&value) {
            Some(Found::One(row)) => Ok(row.cell(cell).map(str::trim)),
            Some(Found::Many) => Err(Unfit::new("lookup.ambiguous", &value)
                .limit(format!("one row of {} with this key", lookup.table.file))),
            None => Err(Unfit::new("lookup.missing", &value)
                .limit(format!("a row of {} with this key", lookup.table.file))),
        }
    }

    fn meets_conditions(&self) -> Result<bool, Box<CellFault>> {
        self.meets(&self.sheet.conditions).map_err(|(condition, unfit)| {
            Box::new(cell_fault(self.row.number, &condition.column, "", unfit))
        })
    }

    fn meets<'c>(
        &self,
        conditions: &[(Ref, &'c Condition)],
    ) -> Result<bool, (&'c Condition, Unfit)> {
        for (column, condition) in conditions {
            let text = self.text(*column, self.sheet.format);
            let text = text.map_err(|unfit| (*condition, unfit))?;
            let text = text.as_deref().unwrap_or_default();
            let met = match &condition.test {
                Test::Is(values) => values.iter().any(|value| value == text),
                Test::Not(values) => values.iter().all(|value| value != text),
                Test::Empty(empty) => text.is_empty() == *empty,
            };
            if !met {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
