//! The files that were given, and the parts of a file of rejects.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_core::import::{Dialect, ReadError, Rows, TYPED_COLUMN, named};

use super::rejects::{ENTITY_COLUMN, FILE_COLUMN, PREFIX};
use crate::failure::Failure;

/// One file, or the part of a file of rejects that came from one file.
pub(crate) struct Given {
    /// What the plan calls it by.
    pub(crate) name: String,
    /// The kind of record that its rows were rejected as.
    entity: Option<String>,
    bytes: Bytes,
    /// What its bytes are written in, whatever the plan says.
    encoding: Option<&'static encoding_rs::Encoding>,
}

/// What a file is read from.
pub(crate) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

enum Bytes {
    At(PathBuf),
    Held(Arc<[u8]>),
}

impl Given {
    /// Whether rows of this kind are made of it.
    pub(crate) fn is_for(&self, entity: &str) -> bool {
        self.entity.as_deref().is_none_or(|only| only == entity)
    }

    /// Its rows from the first on.
    pub(crate) fn open(&self, dialect: &Dialect) -> Result<Rows<Box<dyn Source>>, Failure> {
        let encoding = self.encoding.or(dialect.encoding);
        let dialect = &Dialect { encoding, ..dialect.clone() };
        let rows = match &self.bytes {
            Bytes::At(path) => {
                let file = File::open(path).map_err(|error| Failure::file(path, error))?;
                Rows::open_file(Box::new(BufReader::new(file)) as Box<dyn Source>, dialect)
            }
            Bytes::Held(bytes) => {
                let plain = Dialect { delimiter: Some(b','), ..Dialect::default() };
                Rows::open(Box::new(Cursor::new(Arc::clone(bytes))) as Box<dyn Source>, &plain)
            }
        };
        rows.map_err(|error| unreadable(&self.name, &error))
    }
}

/// A file that cannot be read to its end.
pub(crate) fn unreadable(name: &str, error: &ReadError) -> Failure {
    let fault = serde_json::json!({ "code": error.code(), "file": name, "row": error.row() });
    Failure::of(error.code(), format!("{name}: {error}"), &[fault])
}

/// All files; a file of rejects counts as the files that its rows came from.
pub(crate) fn all(
    paths: &[PathBuf],
    encoding: Option<&'static encoding_rs::Encoding>,
) -> Result<Vec<Given>, Failure> {
    let mut given = Vec::new();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| Failure::file(path, "not a file"))?;
        let whole = Given { name, entity: None, bytes: Bytes::At(path.clone()), encoding };
        if whole.open(&Dialect::default())?.header().iter().any(|column| column == FILE_COLUMN) {
            given.extend(parts(path, &whole)?);
        } else {
            given.push(whole);
        }
    }
    Ok(given)
}

fn parts(path: &Path, whole: &Given) -> Result<Vec<Given>, Failure> {
    let mut rows = whole.open(&Dialect::default())?;
    let header = rows.header().to_vec();
    let at = |name: &str| header.iter().position(|column| column == name);
    let (Some(file), Some(entity)) = (at(FILE_COLUMN), at(ENTITY_COLUMN)) else {
        return Err(Failure::file(
            path,
            format!("a file of rejects has the column {ENTITY_COLUMN}"),
        ));
    };
    let mine = |name: &str| !name.starts_with(PREFIX) || name == TYPED_COLUMN;
    let own = |at: usize| header.get(at).is_none_or(|name| mine(name));
    let broken = |error: csv::Error| Failure::file(path, error);
    let mut parts: BTreeMap<(String, String), csv::Writer<Vec<u8>>> = BTreeMap::new();
    while let Some(row) = rows.next_row().map_err(|error| unreadable(&whole.name, &error))? {
        let cell = |at: usize| row.cell(at).unwrap_or_default().to_owned();
        let part = match parts.entry((cell(file), cell(entity))) {
            std::collections::btree_map::Entry::Occupied(part) => part.into_mut(),
            std::collections::btree_map::Entry::Vacant(part) => {
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
                let columns = header.iter().filter(|name| mine(name));
                writer.write_record(columns).map_err(broken)?;
                part.insert(writer)
            }
        };
        let cells =
            (0..row.width()).filter(|at| own(*at)).map(|at| row.cell(at).unwrap_or_default());
        part.write_record(cells).map_err(broken)?;
    }
    let mut given = Vec::new();
    for ((name, entity), writer) in parts {
        let bytes = writer.into_inner().map_err(|error| Failure::file(path, error))?;
        let bytes = Bytes::Held(bytes.into());
        given.push(Given { name, entity: Some(entity), bytes, encoding: None });
    }
    Ok(given)
}

/// The one file of that name: beside `of` where that is a part of a file of rejects.
pub(crate) fn one_named<'a>(
    given: &'a [Given],
    pattern: &str,
    of: Option<&Given>,
) -> Result<Option<&'a Given>, Failure> {
    let entity = of.and_then(|of| of.entity.as_deref());
    let matching = given.iter().filter(|file| named(pattern, &file.name));
    let mut found: Vec<&Given> = match entity {
        Some(_) => matching.filter(|file| file.entity.as_deref() == entity).collect(),
        None => matching.filter(|file| file.entity.is_none()).collect(),
    };
    let Some(first) = found.pop() else { return Ok(None) };
    match found.is_empty() {
        true => Ok(Some(first)),
        false => Err(Failure::new(
            "plan.file.ambiguous",
            format!("several files are called {pattern}, and others look into it"),
        )),
    }
}
