//! A plan proposed for files that nobody wrote a plan for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::value::Invalid;

/// Rows in one call at most.
const ROWS_MAX: usize = 10_000;

/// Proposes a plan for the import of files, from their headings and values in Chinese or English. It says what it does
/// not map, and asks where a column can be read in two ways; the more rows it sees, the less it has to ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuggestImport {
    /// What the other system is called.
    pub source: String,
    /// The files: at most 10,000 rows in all.
    pub files: Vec<SampleFile>,
}

/// A file, or the first rows of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SampleFile {
    /// Its name.
    pub name: String,
    /// Its headings.
    pub columns: Vec<String>,
    /// Its rows, cell by cell.
    pub rows: Vec<Vec<String>>,
}

/// A proposed plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuggestedImport {
    /// The plan as TOML; it parses and runs.
    pub plan: String,
    /// Column by column, what becomes of it.
    pub columns: Vec<SuggestedField>,
    /// What only a person can say.
    pub questions: Vec<String>,
}

/// What becomes of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuggestedField {
    /// Of which file.
    pub file: String,
    /// Its heading.
    pub column: String,
    /// The kind of record and the field, such as `lead.phones`; nothing where it is not mapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How many of its cells say something.
    pub filled: u64,
}

impl Operation for SuggestImport {
    const NAME: &'static str = "import.suggest";
    const ACCESS: Access = Access::Migrate;
    type Response = SuggestedImport;

    fn run(&self, _: &mut Cx<'_>) -> Result<SuggestedImport, Error> {
        let rows: usize = self.files.iter().map(|file| file.rows.len()).sum();
        if rows > ROWS_MAX {
            let invalid = Invalid::new("import.rows", &rows.to_string());
            return Err(Error::invalid("files", invalid.limit(format!("at most {ROWS_MAX}"))));
        }
        if let Some(file) = self.files.iter().find(|file| file.columns.is_empty()) {
            let invalid = Invalid::new("import.columns", &file.name).limit("at least one heading");
            return Err(Error::invalid("files", invalid));
        }
        self.suggested()
    }
}

impl SuggestImport {
    #[cfg(feature = "import")]
    fn suggested(&self) -> Result<SuggestedImport, Error> {
        let mut suggester = crate::import::Suggester::default();
        for file in &self.files {
            suggester.file(&file.name, &file.columns);
            for row in &file.rows {
                suggester.cells(row.iter().map(String::as_str));
            }
        }
        let source = if self.source.is_empty() { "files" } else { &self.source };
        let found = suggester.suggest(source);
        let columns = found.columns.into_iter().map(|column| SuggestedField {
            file: column.file,
            column: column.column,
            field: column.field,
            filled: column.filled,
        });
        let columns = columns.collect();
        Ok(SuggestedImport { plan: found.plan, columns, questions: found.questions })
    }

    /// Built without the feature `import`, which knows plans.
    #[cfg(not(feature = "import"))]
    fn suggested(&self) -> Result<SuggestedImport, Error> {
        let invalid = Invalid::new("import.not_built", "").limit("a library built with `import`");
        Err(Error::invalid("files", invalid))
    }
}
