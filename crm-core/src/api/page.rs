//! Pages of listings: which rows are wanted, and where the next page begins.

use core::ops::Bound;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Seen;
use crate::engine::{Cx, Error};
use crate::record::{ColumnType, Entity, FieldId, Key, Val};
use crate::store::judge::column_type;
use crate::store::{Cursor, Flow, Row, Scan, Seq};
use crate::value::Invalid;

/// Rows in a page where nobody says how many.
const LIMIT_DEFAULT: u32 = 50;
/// Rows in a page at most.
const LIMIT_MAX: u32 = 1000;
/// Rows that one call looks at for a page; a filter that few rows pass gives short pages, never wrong ones.
const SEARCHED_MAX: usize = 20_000;

/// One page of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listed<T> {
    /// The records, in the order of the listing.
    pub rows: Vec<Seen<T>>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// The same page of what `of` makes of each record.
    pub(crate) fn map<U>(self, of: impl Fn(T) -> U) -> Listed<U> {
        let seen = |row: Seen<T>| Seen { version: row.version, record: of(row.record) };
        Listed { rows: self.rows.into_iter().map(seen).collect(), next: self.next }
    }
}

/// Which rows of a listing are wanted.
pub(crate) struct Wanted<'a> {
    /// The number of the listing.
    pub(crate) index: u16,
    /// Equal values of its first columns.
    pub(crate) prefix: &'a [Val],
    /// Bounds on the column after the prefix.
    pub(crate) range: (Bound<Val>, Bound<Val>),
    /// The last first.
    pub(crate) desc: bool,
    /// How many at most.
    pub(crate) limit: Option<u32>,
    /// Where the page before ended.
    pub(crate) after: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// All rows with these values.
    pub(crate) const fn of(index: u16, prefix: &'a [Val]) -> Self {
        let range = (Bound::Unbounded, Bound::Unbounded);
        Self { index, prefix, range, desc: false, limit: None, after: None }
    }

    /// The same rows, this page of them.
    pub(crate) fn page(self, limit: Option<u32>, after: Option<&'a str>) -> Self {
        Self { limit, after, ..self }
    }

    /// The same rows, the last first.
    pub(crate) const fn newest_first(mut self) -> Self {
        self.desc = true;
        self
    }

    /// The rows whose next column is a text that begins with `start`, as it is spelled.
    pub(crate) fn starting_with(self, start: &str) -> Self {
        let above = format!("{start}{}", char::MAX);
        Self { range: (Bound::Included(start.into()), Bound::Included(Val::Text(above))), ..self }
    }
}

/// How many rows of a page: what was asked for, or 50.
///
/// # Errors
///
/// `page.limit` outside 1 to 1,000.
pub(crate) fn limit(wanted: Option<u32>) -> Result<u32, Error> {
    let limit = wanted.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    let invalid = Invalid::new("page.limit", &limit.to_string());
    Err(Error::invalid("limit", invalid.limit(format!("1 to {LIMIT_MAX}"))))
}

/// What one commit may leave of a kind that has a row for each operation of a batch.
const ROWS_OF_A_COMMIT_MAX: u32 = 1001;

/// Rows of whole commits.
pub(crate) struct Commits<T> {
    /// The rows, each with its commit.
    pub(crate) rows: Vec<(Seq, T)>,
    /// The last commit that they cover.
    pub(crate) through: Seq,
    /// Whether more is there now.
    pub(crate) more: bool,
}

impl Cx<'_> {
    /// The rows of a listing by commit that come after a place: about `limit`, and never a part of a commit's.
    pub(crate) fn whole_commits<T: Entity>(
        &self,
        index: u16,
        prefix: &[Val],
        after: &Cursor,
        limit: u32,
    ) -> Result<Commits<T>, Error> {
        let scan = |limit| Scan {
            after: Some(after),
            limit,
            ..Scan::of(self.tenant(), T::KIND, index, prefix)
        };
        let mut page = self.page::<T>(&scan(limit))?;
        let more = page.next.is_some();
        let last = page.rows.last().map(|(seq, _)| *seq);
        if more && page.rows.first().map(|(seq, _)| *seq) == last {
            page = self.page::<T>(&scan(ROWS_OF_A_COMMIT_MAX))?;
            page.rows.retain(|(seq, _)| Some(*seq) == last);
        } else if more {
            page.rows.retain(|(seq, _)| Some(*seq) != last);
        }
        let through =
            if more { page.rows.last().map_or(page.as_of, |(seq, _)| *seq) } else { page.as_of };
        Ok(Commits { rows: page.rows, through, more })
    }

    /// One page of the rows that pass `keep`.
    pub(crate) fn listed<T: Entity>(
        &self,
        wanted: Wanted<'_>,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Listed<T>, Error> {
        let limit = limit(wanted.limit)?;
        let after = wanted.after.map(|text| opened::<T>(wanted.index, text)).transpose()?;
        let mut after = after.map(|cursor| self.placed::<T>(wanted.index, cursor)).transpose()?;
        let mut rows = Vec::new();
        let mut searched = 0_usize;
        while searched < SEARCHED_MAX {
            self.checkpoint()?;
            let missing = usize::try_from(limit).unwrap_or(0).saturating_sub(rows.len());
            let scan = Scan {
                range: wanted.range.clone(),
                desc: wanted.desc,
                after: after.as_ref(),
                limit: u32::try_from(missing).unwrap_or(1).max(1),
                ..Scan::of(self.tenant(), T::KIND, wanted.index, wanted.prefix)
            };
            let mut found = Vec::new();
            let end = self.scan(&scan, &mut |row| {
                if let Row::Rec(_, record) = row {
                    found.push((record.version, T::from_record(record)));
                }
                Flow::Continue(())
            })?;
            searched = searched.saturating_add(found.len().max(1));
            for (version, record) in found {
                let record = record?;
                if keep(&record) {
                    rows.push(Seen { version, record });
                }
            }
            after = end.next;
            if after.is_none() || rows.len() >= usize::try_from(limit).unwrap_or(0) {
                break;
            }
        }
        // A place is told by values of the row; whoever does not see them all is told the row alone.
        let told = |cursor: Cursor| match self.is_masked() {
            true => Cursor { vals: Vec::new(), id: cursor.id },
            false => cursor,
        };
        Ok(Listed { rows, next: after.map(|cursor| closed::<T>(wanted.index, &told(cursor))) })
    }

    /// A place with the values of its row, where the row alone was told.
    fn placed<T: Entity>(&self, index: u16, cursor: Cursor) -> Result<Cursor, Error> {
        let cols = T::def().index(index).map_or(&[][..], |listing| &listing.cols);
        if cols.len() == cursor.vals.len() {
            return Ok(cursor);
        }
        let mut vals = None;
        self.peek(&[Key { kind: T::KIND, id: cursor.id }], &mut |_, seq, record| {
            let commit = || Val::Int(i64::try_from(seq.0).unwrap_or(i64::MAX));
            let val =
                |col: &FieldId| if *col == FieldId::SEQ { commit() } else { record.get(*col) };
            vals = Some(cols.iter().map(val).collect());
            Flow::Continue(())
        })?;
        let gone = || {
            let invalid = Invalid::new("page.after", &cursor.id.to_string());
            Error::invalid("after", invalid.limit("a row that is still there"))
        };
        Ok(Cursor { vals: vals.ok_or_else(gone)?, id: cursor.id })
    }
}

/// A place in a listing as text that a host hands back unread: hexadecimal of a JSON array.
fn closed<T: Entity>(index: u16, cursor: &Cursor) -> String {
    let bytes =
        serde_json::to_vec(&(T::KIND.code(), index, &cursor.vals, cursor.id)).unwrap_or_default();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The place that a text names, or `page.after` for a text that is none of this listing.
fn opened<T: Entity>(index: u16, text: &str) -> Result<Cursor, Error> {
    let foreign = || {
        let invalid = Invalid::new("page.after", text);
        Error::invalid("after", invalid.limit("what a page of the same listing gave as `next`"))
    };
    let (kind, of, vals, id): (u16, u16, Vec<Val>, Uuid) =
        unhex(text).and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(foreign)?;
    let cols = T::def().index(index).map_or(&[][..], |listing| &listing.cols);
    let whole = vals.is_empty() || cols.len() == vals.len();
    if kind != T::KIND.code() || of != index || !whole {
        return Err(foreign());
    }
    // Without values it is a row alone, as somebody is told who does not see them all.
    let typed = cols.iter().zip(vals).map(|(col, val)| typed::<T>(*col, val));
    Ok(Cursor { vals: typed.collect::<Option<_>>().ok_or_else(foreign)?, id })
}

/// A value read from JSON as its column has it: ids and bytes come as text.
fn typed<T: Entity>(col: FieldId, val: Val) -> Option<Val> {
    match (column_type(T::def(), col)?, val) {
        (ColumnType::Id, Val::Text(text)) => Uuid::try_parse(&text).ok().map(Val::Id),
        (ColumnType::Bytes, Val::Text(text)) => unhex(&text).map(Val::Bytes),
        (_, val) => Some(val),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let pairs = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => high << 4 | low,
        _ => 0,
    });
    Some(pairs.collect())
}
