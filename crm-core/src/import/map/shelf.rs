//! Files that are held in memory, since rows of another file need them: look-ups and child rows.

use std::collections::BTreeMap;
use std::io;

use crate::import::read::{ReadError, Row, Rows};

/// The files that mappings look into, by their name in the plan and the column that they are asked by.
#[derive(Debug, Default)]
pub struct Shelf {
    lookups: BTreeMap<(String, String), LookupTable>,
    children: BTreeMap<(String, String), ChildTable>,
}

impl Shelf {
    /// Adds a file to look things up in; `file` and `by` as the plan writes them.
    pub fn add_lookup(&mut self, file: &str, by: &str, table: LookupTable) {
        self.lookups.insert((file.to_owned(), by.to_owned()), table);
    }

    /// Adds a file of child rows; `file` and `parent` as the plan writes them.
    pub fn add_children(&mut self, file: &str, parent: &str, table: ChildTable) {
        self.children.insert((file.to_owned(), parent.to_owned()), table);
    }

    /// The file to look things up in.
    pub fn lookup(&self, file: &str, by: &str) -> Option<&LookupTable> {
        self.lookups.get(&(file.to_owned(), by.to_owned()))
    }

    /// The file of child rows.
    pub fn children(&self, file: &str, parent: &str) -> Option<&ChildTable> {
        self.children.get(&(file.to_owned(), parent.to_owned()))
    }
}

/// The rows of a file by the value of one column.
#[derive(Debug)]
pub struct LookupTable {
    pub(super) file: String,
    pub(super) header: Vec<String>,
    rows: BTreeMap<String, Found>,
}

#[derive(Debug)]
pub(super) enum Found {
    One(Row),
    Many,
}

impl LookupTable {
    /// Reads all rows, to be asked by column `by`; where the file has no such column, nothing is ever found, and
    /// binding a plan says so.
    ///
    /// # Errors
    ///
    /// As [`Rows::next_row`].
    pub fn load<R: io::Read>(file: &str, by: &str, mut from: Rows<R>) -> Result<Self, ReadError> {
        let header = from.header().to_vec();
        let at = header.iter().position(|name| name == by);
        let mut rows = BTreeMap::new();
        while let Some(row) = from.next_row()? {
            let key = at.and_then(|at| row.cell(at)).map(|key| key.trim().to_owned());
            let Some(key) = key.filter(|key| !key.is_empty()) else { continue };
            rows.entry(key).and_modify(|found| *found = Found::Many).or_insert(Found::One(row));
        }
        Ok(Self { file: file.to_owned(), header, rows })
    }

    pub(super) fn find(&self, key: &str) -> Option<&Found> {
        self.rows.get(key)
    }
}

/// The rows of a file by the row of another that they belong to.
#[derive(Debug)]
pub struct ChildTable {
    /// The file's name.
    pub file: String,
    /// Its columns.
    pub header: Vec<String>,
    groups: BTreeMap<String, Vec<Row>>,
}

impl ChildTable {
    /// Reads all rows; `parent` is the column with the key of the row they belong to.
    ///
    /// # Errors
    ///
    /// As [`Rows::next_row`].
    pub fn load<R: io::Read>(
        file: &str,
        parent: &str,
        mut from: Rows<R>,
    ) -> Result<Self, ReadError> {
        let header = from.header().to_vec();
        let at = header.iter().position(|name| name == parent);
        let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        while let Some(row) = from.next_row()? {
            let key = at.and_then(|at| row.cell(at)).unwrap_or_default().trim().to_owned();
            groups.entry(key).or_default().push(row);
        }
        Ok(Self { file: file.to_owned(), header, groups })
    }

    /// The rows that belong to the row of that key, in the order of the file.
    pub fn rows_of(&self, key: &str) -> &[Row] {
        self.groups.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// All rows by the key of the row that they belong to.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &[Row])> {
        self.groups.iter().map(|(key, rows)| (key.as_str(), rows.as_slice()))
    }
}
