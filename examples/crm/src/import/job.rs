//! One file on its way in: rows are mapped, sent in chunks and accounted for.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::api::{ImportRow, ImportRows, RowResult, RowStatus};
use crm_core::decision::Violation;
use crm_core::import::{
    CellFault, ImportItem, ImportRows as Chunk, Loss, Losses, Mapped, Mapping, Row, Shape,
};
use crm_core::undo::Reversal;
use crm_core::value::Id;
use indicatif::ProgressBar;

use super::given::{Given, unreadable};
use super::keys::Keys;
use super::rejects::Rejects;
use crate::failure::Failure;
use crate::host::Host;

/// One entry of the plan with one file.
pub(crate) struct Job<'a> {
    given: &'a Given,
    pub(crate) mapping: Mapping<'a>,
    pub(crate) encoding: &'static str,
    pub(crate) tally: Tally,
    /// For the child rows of each child, in the order of the plan.
    pub(crate) child_tallies: Vec<Tally>,
    /// Ids of the stored records by key, where somebody asks for them.
    pub(crate) ids: Option<BTreeMap<String, String>>,
    keys: Keys,
    /// The import that its rows are part of, once the first are stored: what `crm undo` takes.
    pub(crate) import: Option<Id<Reversal>>,
}

/// What became of the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) read: u64,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) rejected: u64,
    pub(crate) left_out: u64,
}

impl Tally {
    pub(crate) const fn stored(&self) -> u64 {
        self.created + self.updated + self.unchanged
    }

    /// Whether every row that was read is accounted for.
    pub(crate) const fn adds_up(&self) -> bool {
        self.read == self.stored() + self.rejected + self.left_out
    }
}

type Pending = Vec<(ImportItem, Row)>;

impl<'a> Job<'a> {
    pub(crate) fn new(
        given: &'a Given,
        mapping: Mapping<'a>,
        encoding: &'static str,
        named: bool,
    ) -> Self {
        let child_tallies = vec![Tally::default(); mapping.children().count()];
        let (tally, keys) = (Tally::default(), Keys::default());
        let ids = named.then(BTreeMap::new);
        Self { given, mapping, encoding, tally, child_tallies, ids, keys, import: None }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} → {}", self.given.name, self.mapping.file().entity.name)
    }

    /// The columns of its file and of its child rows.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        self.mapping.header().iter().chain(self.mapping.children().flat_map(|child| &child.header))
    }

    /// Reads the file to its end, so that nothing is written of a file that ends in the middle of a row, and so that what
    /// the plan loses of it is known before.
    pub(crate) fn count(&self) -> Result<(u64, Vec<Loss>), Failure> {
        let mut rows = self.given.open(&self.mapping.file().dialect)?;
        let (mut count, mut losses) = (0, Losses::default());
        while let Some(row) =
            rows.next_row().map_err(|error| unreadable(&self.given.name, &error))?
        {
            count += 1;
            self.mapping.count_losses(&row, &mut losses);
        }
        Ok((count, self.mapping.losses(&losses)))
    }

    pub(crate) fn run(
        &mut self,
        host: &Host,
        rejects: &mut Rejects,
        progress: &ProgressBar,
    ) -> Result<(), Failure> {
        let own = self.mapping.file().entity.name;
        // Rows that point at rows of the same file wait until all are known.
        let links: Vec<String> = self
            .mapping
            .file()
            .sheet
            .fields
            .iter()
            .filter(|field| field.shape == Shape::Link(own))
            .map(|field| field.target.clone())
            .collect();
        let mut pending = Pending::new();
        let mut rows = self.given.open(&self.mapping.file().dialect)?;
        while let Some(row) =
            rows.next_row().map_err(|error| unreadable(&self.given.name, &error))?
        {
            progress.inc(1);
            self.tally.read += 1;
            match self.mapping.map(&row) {
                Mapped::LeftOut => self.leave_out(&row),
                Mapped::Rejected(faults) => self.reject(rejects, &row, &faults)?,
                Mapped::Item(item) => match self.keys.came(&item.key, row.number) {
                    Some(_) if self.mapping.file().skip_repeated => self.tally.left_out += 1,
                    Some(first) => {
                        let limit = format!("a key of its own; row {first} has this one");
                        let column = self.mapping.file().key.join(" ");
                        let fault =
                            fault(row.number, "key.duplicate", &column, &item.key, Some(limit));
                        self.reject_alone(rejects, &row, &[fault])?;
                    }
                    None => pending.push((item, row)),
                },
            }
            if links.is_empty() && pending.len() == self.rows_max() {
                self.send(host, rejects, std::mem::take(&mut pending))?;
            }
        }
        for level in self.levels(rejects, pending, &links)? {
            let mut level = level.into_iter().peekable();
            while level.peek().is_some() {
                self.send(host, rejects, level.by_ref().take(self.rows_max()).collect())?;
            }
        }
        self.orphans(rejects)
    }

    /// The rows that nothing else of the file must precede, then those that need only them, and so on.
    fn levels(
        &mut self,
        rejects: &mut Rejects,
        mut waiting: Pending,
        links: &[String],
    ) -> Result<Vec<Pending>, Failure> {
        let mut levels = Vec::new();
        while !waiting.is_empty() {
            let keys: BTreeSet<String> = waiting.iter().map(|(item, _)| item.key.clone()).collect();
            let needs = |item: &ImportItem| {
                links.iter().any(|field| item.link(field).is_some_and(|key| keys.contains(key)))
            };
            let (later, now): (Pending, Pending) =
                waiting.into_iter().partition(|(item, _)| needs(item));
            if now.is_empty() {
                for (item, row) in later {
                    let field = links.iter().find(|field| item.link(field).is_some());
                    let field = field.map(String::as_str).unwrap_or_default();
                    let value = item.link(field).unwrap_or_default();
                    let limit = Some("rows that do not point at each other in a circle".to_owned());
                    let mut fault = fault(row.number, "link.cycle", "", value, limit);
                    fault.field = field.to_owned();
                    self.reject(rejects, &row, &[fault])?;
                }
                break;
            }
            levels.push(now);
            waiting = later;
        }
        Ok(levels)
    }

    /// Rows of one call: a row about money leaves several in the books, and a commit has its limit.
    fn rows_max(&self) -> usize {
        match self.mapping.file().entity.name {
            "order" | "instalment" | "payment" => 250,
            _ => Chunk::ROWS_MAX,
        }
    }

    fn send(&mut self, host: &Host, rejects: &mut Rejects, chunk: Pending) -> Result<(), Failure> {
        if chunk.is_empty() {
            return Ok(());
        }
        let plan = self.mapping.file();
        let invalid = |what| Failure::new("engine.internal", format!("the plan says {what}"));
        let mut items = Vec::with_capacity(chunk.len());
        let mut rows = Vec::with_capacity(chunk.len());
        for (item, row) in chunk {
            items.push(ImportRow::of(item)?);
            rows.push(row);
        }
        let request = ImportRows {
            source: self.mapping.source().to_owned(),
            entity: plan.entity.name.to_owned(),
            file: self.given.name.clone(),
            mode: plan.mode.parse().map_err(|_| invalid(plan.mode))?,
            match_by: plan.match_by.clone(),
            lists: plan.lists.parse().map_err(|_| invalid(plan.lists))?,
            rows: items,
            import: self.import,
        };
        let answer = host.session.run(&host.env()?, &request)?;
        self.import = answer.import;
        let mut results: BTreeMap<u64, RowResult> =
            answer.results.into_iter().map(|result| (result.row, result)).collect();
        for (item, row) in request.rows.iter().zip(&rows) {
            let Some(result) = results.remove(&row.number) else {
                let message = format!("import.rows did not answer for row {}", row.number);
                return Err(Failure::new("engine.internal", message));
            };
            match result.status {
                RowStatus::Created => self.tally.created += 1,
                RowStatus::Updated => self.tally.updated += 1,
                RowStatus::Unchanged => self.tally.unchanged += 1,
                RowStatus::Rejected => {
                    let faults = result
                        .violations
                        .into_iter()
                        .map(|violation| self.engines_fault(row, violation));
                    let faults: Vec<CellFault> = faults.collect();
                    self.reject(rejects, row, &faults)?;
                    continue;
                }
            }
            if let (Some(ids), Some(id)) = (&mut self.ids, result.id) {
                ids.insert(item.key.clone(), id.to_string());
            }
            for (tally, child) in self.child_tallies.iter_mut().zip(self.mapping.children()) {
                let count = child.rows_of(&item.key).len() as u64;
                tally.read += count;
                tally.created += count;
            }
        }
        Ok(())
    }

    /// What the engine says of a field, with the columns it came from.
    fn engines_fault(&self, row: &Row, violation: Violation) -> CellFault {
        let Violation { code, path, value, limit, allowed } = violation;
        let field = path.split_once("set.").map_or(path.as_str(), |(_, field)| field).to_owned();
        let column = self.mapping.columns_of(&field).unwrap_or_default();
        CellFault { code, file: None, row: row.number, column, field, value, limit, allowed }
    }

    fn leave_out(&mut self, row: &Row) {
        self.tally.left_out += 1;
        let Some(key) = self.mapping.key_of(row) else { return };
        let _ = self.keys.came(&key, row.number);
        for (tally, child) in self.child_tallies.iter_mut().zip(self.mapping.children()) {
            let count = child.rows_of(&key).len() as u64;
            tally.read += count;
            tally.left_out += count;
        }
    }

    fn reject_alone(
        &mut self,
        rejects: &mut Rejects,
        row: &Row,
        faults: &[CellFault],
    ) -> Result<(), Failure> {
        self.tally.rejected += 1;
        let entity = self.mapping.file().entity.name;
        rejects.add((&self.given.name, entity), self.mapping.header(), row, faults)
    }

    /// A row goes with the rows that belong to it.
    fn reject(
        &mut self,
        rejects: &mut Rejects,
        row: &Row,
        faults: &[CellFault],
    ) -> Result<(), Failure> {
        self.reject_alone(rejects, row, faults)?;
        let Some(key) = self.mapping.key_of(row) else { return Ok(()) };
        let _ = self.keys.came(&key, row.number);
        let entity = self.mapping.file().entity.name;
        for (tally, child) in self.child_tallies.iter_mut().zip(self.mapping.children()) {
            for line in child.rows_of(&key) {
                tally.read += 1;
                tally.rejected += 1;
                let own = faults.iter().filter(|fault| {
                    fault.row == line.number && fault.file.as_deref() == Some(child.file.as_str())
                });
                let mut own: Vec<CellFault> = own.cloned().collect();
                if own.is_empty() {
                    own.push(fault(line.number, "parent.rejected", "", &key, None));
                }
                rejects.add((&child.file, entity), &child.header, line, &own)?;
            }
        }
        Ok(())
    }

    /// Child rows that belong to no row.
    fn orphans(&mut self, rejects: &mut Rejects) -> Result<(), Failure> {
        let entity = self.mapping.file().entity.name;
        for (tally, child) in self.child_tallies.iter_mut().zip(self.mapping.children()) {
            for (key, lines) in child.groups().filter(|(key, _)| !self.keys.has(key)) {
                for line in lines {
                    tally.read += 1;
                    tally.rejected += 1;
                    let limit = Some(format!("a row of {} with this key", self.given.name));
                    let fault = fault(line.number, "parent.missing", "", key, limit);
                    rejects.add((&child.file, entity), &child.header, line, &[fault])?;
                }
            }
        }
        Ok(())
    }
}

fn fault(row: u64, code: &str, column: &str, value: &str, limit: Option<String>) -> CellFault {
    CellFault {
        code: code.to_owned(),
        file: None,
        row,
        column: column.to_owned(),
        field: String::new(),
        value: value.to_owned(),
        limit,
        allowed: Vec::new(),
    }
}
