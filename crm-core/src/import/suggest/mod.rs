//! A plan proposed from the files themselves: what their headings and values say in Chinese or English.
//!
//! The proposal is a text that parses and runs. It says what it does not map and why; what could mean two things (is
//! 03/04/2021 in March or in April?) is left out and asked, never guessed.

mod draft;
mod profile;
mod words;

use std::collections::BTreeMap;

use super::read::Row;
use profile::Profile;

/// The files of one other system, looked at.
#[derive(Debug, Default)]
pub struct Suggester {
    files: Vec<Looked>,
}

/// A file with what its columns hold.
#[derive(Debug)]
struct Looked {
    name: String,
    header: Vec<String>,
    columns: Vec<Profile>,
}

/// A proposed plan, and what it leaves to whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The plan as TOML.
    pub plan: String,
    /// Column by column, what becomes of it.
    pub columns: Vec<SuggestedColumn>,
    /// What only a person can say.
    pub questions: Vec<String>,
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestedColumn {
    /// Of which file.
    pub file: String,
    /// Its heading.
    pub column: String,
    /// The kind of record and the field, such as `lead.phones`; nothing where it is not mapped.
    pub field: Option<String>,
    /// How many of its cells say something.
    pub filled: u64,
}

impl Suggester {
    /// Begins with a file; its rows follow by [`Suggester::row`].
    pub fn file(&mut self, name: &str, header: &[String]) {
        let columns = header.iter().map(|_| Profile::new()).collect();
        self.files.push(Looked { name: name.to_owned(), header: header.to_vec(), columns });
    }

    /// Looks at a row of the file that was begun last.
    pub fn row(&mut self, row: &Row) {
        self.cells(row.cells());
    }

    /// Looks at the cells of a row of the file that was begun last.
    pub fn cells<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        let Some(file) = self.files.last_mut() else { return };
        for (column, cell) in file.columns.iter_mut().zip(cells) {
            column.observe(cell);
        }
    }

    /// The plan for all files. Rule IMP-4 (F212).
    pub fn suggest(&self, source: &str) -> Suggestion {
        draft::plan(source, &self.files)
    }
}

impl Looked {
    /// The columns by what they mean, the first of each with the others behind it.
    fn concepts(&self) -> BTreeMap<&'static str, Vec<usize>> {
        let mut found: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (at, name) in self.header.iter().enumerate() {
            let filled = self.columns.get(at).is_some_and(|column| column.filled > 0);
            let concept = words::concept(name).filter(|_| filled);
            let concept = concept.or_else(|| self.by_value(at).filter(|_| filled));
            if let Some(concept) = concept {
                found.entry(concept).or_default().push(at);
            }
        }
        found
    }

    /// What the values of a column say where its heading says nothing.
    fn by_value(&self, at: usize) -> Option<&'static str> {
        if words::is_card(&self.header) {
            return None;
        }
        let column = self.columns.get(at)?;
        let plain = self.header.get(at).map(|name| words::folded(name)).unwrap_or_default();
        let told = plain.contains("fax") || plain.contains("传真") || plain.ends_with("id");
        match () {
            () if column.mostly(column.mails) => Some("email"),
            () if !told
                && column.mostly(column.phones)
                && column.dates() == profile::Dates::No
                && looks_dialed(column) =>
            {
                Some("phone")
            }
            () => None,
        }
    }
}

/// Whether values look like mobile numbers or begin as numbers are dialed: other long numbers are codes.
fn looks_dialed(column: &Profile) -> bool {
    column.values.keys().all(|value| {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        digits.len() == 11 && digits.starts_with('1')
            || value.starts_with('+')
            || value.starts_with('0')
    })
}

#[cfg(test)]
mod tests;
