//! Rejected rows as a file that can be mended and imported again: where each came from, why, and all its columns.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crm_core::import::{CellFault, Row, TYPED_COLUMN};

use super::job::Job;
use crate::failure::Failure;

/// What our columns begin with.
pub(crate) const PREFIX: &str = "crm_";
/// The file that a row came from.
pub(crate) const FILE_COLUMN: &str = "crm_file";
/// The kind of record that it was to become.
pub(crate) const ENTITY_COLUMN: &str = "crm_entity";
/// How many rejections are kept for the problem document.
const SAMPLE: usize = 20;

/// Where rejected rows go.
pub(crate) struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
    /// The columns of all files, each once.
    columns: BTreeMap<String, usize>,
    sample: Vec<CellFault>,
}

impl Rejects {
    pub(crate) fn open(path: Option<&Path>, jobs: &[Job<'_>]) -> Result<Self, Failure> {
        let mut names: Vec<String> = Vec::new();
        for name in jobs.iter().flat_map(Job::columns) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let mut writer = None;
        if let Some(path) = path {
            let mut builder = csv::WriterBuilder::new();
            let file = builder.flexible(true).from_path(path);
            let mut file = file.map_err(|error| Failure::file(path, error))?;
            let ours = ["row", "column", "field", "value", "reason", "limit"]
                .map(|name| format!("{PREFIX}{name}"));
            let ours = [FILE_COLUMN.to_owned(), ENTITY_COLUMN.to_owned()].into_iter().chain(ours);
            // Behind all others, so that what was typed counts from their first.
            let typed = [TYPED_COLUMN.to_owned()];
            file.write_record(ours.chain(names.iter().cloned()).chain(typed))
                .map_err(|error| Failure::file(path, error))?;
            writer = Some(file);
        }
        let path = path.map(Path::to_path_buf).unwrap_or_default();
        let columns = names.into_iter().zip(0..).collect();
        Ok(Self { path, writer, columns, sample: Vec::new() })
    }

    /// Adds a row of `file`, which has `header`, with everything that is wrong with it.
    pub(crate) fn add(
        &mut self,
        (file, entity): (&str, &str),
        header: &[String],
        row: &Row,
        faults: &[CellFault],
    ) -> Result<(), Failure> {
        let room = SAMPLE.saturating_sub(self.sample.len());
        self.sample.extend(faults.iter().take(room).map(|fault| CellFault {
            file: Some(fault.file.clone().unwrap_or_else(|| file.to_owned())),
            ..fault.clone()
        }));
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let joined = |part: &dyn Fn(&CellFault) -> String| {
            faults.iter().map(part).collect::<Vec<_>>().join(" | ")
        };
        let limit = |fault: &CellFault| match (&fault.limit, fault.allowed.is_empty()) {
            (Some(limit), _) => limit.clone(),
            (None, false) => format!("one of {}", fault.allowed.join(", ")),
            (None, true) => String::new(),
        };
        let mut cells = vec![
            file.to_owned(),
            entity.to_owned(),
            row.number.to_string(),
            joined(&|fault| fault.column.clone()),
            joined(&|fault| fault.field.clone()),
            joined(&|fault| fault.value.clone()),
            joined(&|fault| fault.code.clone()),
            joined(&limit),
        ];
        let mut own = vec![""; self.columns.len() + 1];
        let mut typed = Vec::new();
        let types = row.types();
        for (at, cell) in row.cells().enumerate() {
            match header.get(at).and_then(|name| self.columns.get(name)) {
                Some(to) => {
                    own[*to] = cell;
                    let place = format!("{at}:");
                    let found = types.split(' ').find_map(|word| word.strip_prefix(&place));
                    typed.extend(found.map(|word| format!("{to}:{word}")));
                }
                // What is beyond the header stays beyond it.
                None => own.push(cell),
            }
        }
        let typed = typed.join(" ");
        own[self.columns.len()] = &typed;
        cells.extend(own.into_iter().map(str::to_owned));
        writer.write_record(cells).map_err(|error| Failure::file(&self.path, error))
    }

    /// Ends the file; gives the first rejections.
    pub(crate) fn finish(mut self) -> Result<Vec<CellFault>, Failure> {
        if let Some(writer) = &mut self.writer {
            writer.flush().map_err(|error| Failure::file(&self.path, error))?;
        }
        Ok(self.sample)
    }
}
