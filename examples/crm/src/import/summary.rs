//! What an import did, file by file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crm_core::import::{CellFault, Loss};
use serde_json::{Value, json};

use super::job::{Job, Tally};

/// What an import did.
pub(crate) struct Summary {
    source: String,
    dry_run: bool,
    files: Vec<Line>,
    unmapped: BTreeMap<String, Vec<String>>,
    losses: Vec<Loss>,
    sample: Vec<CellFault>,
    ids: BTreeMap<(String, String), String>,
    import: Option<String>,
}

struct Line {
    file: String,
    becomes: String,
    encoding: Option<&'static str>,
    tally: Tally,
}

impl Summary {
    pub(crate) fn of(
        source: &str,
        dry_run: bool,
        jobs: &[Job<'_>],
        losses: Vec<Loss>,
        sample: Vec<CellFault>,
    ) -> Self {
        let mut files = Vec::new();
        let mut ids = BTreeMap::new();
        let mut unmapped: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // A column is lost where no entry of the plan reads it.
        let mut lost = |file: &str, columns: &[String]| {
            unmapped
                .entry(file.to_owned())
                .and_modify(|known| known.retain(|column| columns.contains(column)))
                .or_insert_with(|| columns.to_vec());
        };
        for job in jobs {
            let file = job.mapping.file_name().to_owned();
            lost(&file, job.mapping.unmapped());
            let entity = job.mapping.file().entity.name;
            let becomes = entity.to_owned();
            let named = job
                .ids
                .iter()
                .flatten()
                .map(|(key, id)| ((becomes.clone(), key.clone()), id.clone()));
            ids.extend(named);
            files.push(Line { file, becomes, encoding: Some(job.encoding), tally: job.tally });
            let children = job.mapping.children().zip(job.mapping.file().children.keys());
            for ((child, name), tally) in children.zip(&job.child_tallies) {
                lost(&child.file, job.mapping.unmapped_of_child(name));
                let becomes = format!("{entity}.{name}");
                files.push(Line {
                    file: child.file.clone(),
                    becomes,
                    encoding: None,
                    tally: *tally,
                });
            }
        }
        unmapped.retain(|_, columns| !columns.is_empty());
        Self {
            source: source.to_owned(),
            dry_run,
            files,
            unmapped,
            losses,
            sample,
            ids,
            import: None,
        }
    }

    /// The same, of an import that can be undone by this id.
    pub(crate) fn undone_by(self, import: Option<String>) -> Self {
        Self { import: import.filter(|_| !self.dry_run), ..self }
    }

    /// Ids of the stored records by kind and key, where they were asked for.
    pub(crate) const fn ids(&self) -> &BTreeMap<(String, String), String> {
        &self.ids
    }

    /// A file of which some rows are not accounted for.
    pub(crate) fn unaccounted(&self) -> Option<&str> {
        self.files.iter().find(|line| !line.tally.adds_up()).map(|line| line.file.as_str())
    }

    /// The first rejections, where no file keeps them.
    pub(crate) fn unseen_rejections(&self, kept: bool) -> &[CellFault] {
        if kept { &[] } else { &self.sample }
    }

    pub(crate) fn totals(&self) -> Tally {
        let mut sum = Tally::default();
        for Line { tally, .. } in &self.files {
            sum.read += tally.read;
            sum.created += tally.created;
            sum.updated += tally.updated;
            sum.unchanged += tally.unchanged;
            sum.rejected += tally.rejected;
            sum.left_out += tally.left_out;
        }
        sum
    }

    pub(crate) fn json(&self) -> Value {
        let files = self.files.iter().map(|line| {
            let mut file = counts(&line.tally);
            file["file"] = json!(line.file);
            file["becomes"] = json!(line.becomes);
            if let Some(encoding) = line.encoding {
                file["encoding"] = json!(encoding);
            }
            file
        });
        let mut all = json!({
            "source": self.source, "dry_run": self.dry_run, "files": files.collect::<Vec<_>>(),
            "totals": counts(&self.totals()), "unmapped": self.unmapped, "losses": self.losses,
        });
        if let Some(import) = &self.import {
            all["import"] = json!(import);
        }
        all
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let verb = if self.dry_run { "would be stored" } else { "stored" };
        for Line { file, becomes, tally, .. } in &self.files {
            let Tally { read, created, updated, unchanged, rejected, left_out } = tally;
            let stored = tally.stored();
            let _ = writeln!(
                text,
                "{file} → {becomes}: {read} rows = {stored} {verb} ({created} new, {updated} changed, {unchanged} unchanged) \
                 + {rejected} rejected + {left_out} left out",
            );
        }
        for (file, columns) in &self.unmapped {
            let _ = writeln!(text, "{file}: not imported: {}", columns.join(", "));
        }
        if let Some(import) = &self.import {
            let _ = writeln!(text, "to take it back: crm undo {import}");
        }
        for fault in &self.sample {
            let file = fault.file.as_deref().unwrap_or_default();
            let CellFault { row, field, code, value, limit, .. } = fault;
            let limit =
                limit.as_deref().map(|limit| format!(" (wanted: {limit})")).unwrap_or_default();
            let _ = writeln!(text, "{file}:{row}: {field}: {code}: {value:?}{limit}");
        }
        text
    }
}

/// A loss in words.
pub(crate) fn lost(loss: &Loss) -> String {
    let Loss { file, column, field, texts, rows, kind, .. } = loss;
    let texts =
        texts.iter().take(10).map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
    match *kind {
        "merged" => {
            format!("{file}: {column}: {texts} become one value of {field}, in {rows} rows")
        }
        "replaced" => {
            format!("{file}: {column}: {texts} are not in the map of {field}, in {rows} rows")
        }
        "cut" => format!("{file}: {column}: {field} loses the end of {rows} texts"),
        _ => format!("{file}: {column}: not imported, filled in {rows} rows"),
    }
}

fn counts(tally: &Tally) -> Value {
    let Tally { read, created, updated, unchanged, rejected, left_out } = tally;
    let stored = tally.stored();
    json!({
        "read": read, "stored": stored, "created": created, "updated": updated,
        "unchanged": unchanged, "rejected": rejected,
        "left_out": left_out,
    })
}
