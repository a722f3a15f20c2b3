//! What the engine is given: the request of operation `import.rows`.

use serde::Serialize;
use serde_json::{Map, Value};

/// One row as the engine takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportItem {
    /// Its number in the file; the header is row 1.
    pub row: u64,
    /// What identifies it in the other system.
    pub key: String,
    /// Its fields. A link is `{"link": key}`, to be found by source and key.
    pub set: Map<String, Value>,
    /// Its lines, in the order of their file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Map<String, Value>>,
    /// Its custom fields by code.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

impl ImportItem {
    /// The key that a field points at, where it is a link that is filled.
    pub fn link(&self, field: &str) -> Option<&str> {
        self.set.get(field)?.get("link")?.as_str()
    }
}

/// A chunk of rows of one file, all of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct ImportRows<'a> {
    /// The other system.
    pub source: &'a str,
    /// What the rows become.
    pub entity: &'a str,
    /// Where they were read.
    pub file: &'a str,
    /// At most [`ImportRows::ROWS_MAX`].
    pub rows: &'a [ImportItem],
}

impl ImportRows<'_> {
    /// How many rows one request may hold.
    pub const ROWS_MAX: usize = 1000;
}
