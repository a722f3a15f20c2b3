//! Records as the cells of a table: CSV that spreadsheets cannot run, and that the import reads back as it was.

use std::borrow::Cow;

/// What a spreadsheet takes for a formula where a cell begins with it, and the quote that says it is none.
pub const FORMULA_SIGNS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// A text as a cell: one that a spreadsheet would run gets a quote before it, and so does one that begins with a quote,
/// so that taking one quote off gives back every text. A plan says `escaped = true` to have it taken off. Rule IMP-6 (F213).
pub fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A row of CSV (RFC 4180) with its line end.
pub fn csv_row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        let cell = cell.as_ref();
        // Blanks at an end are kept by quotes.
        if cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_is_changed_for_good() {
        let table = [
            ("=1+1", "'=1+1"),
            ("+8613800138000", "'+8613800138000"),
            ("-", "'-"),
            ("@a", "'@a"),
            ("\tx", "'\tx"),
            ("'=1", "''=1"),
            ("'s-Hertogenbosch", "''s-Hertogenbosch"),
            ("a=1", "a=1"),
            ("", ""),
        ];
        for (text, expected) in table {
            let guarded = guarded(text);
            assert_eq!(guarded, expected);
            let back = guarded.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA_SIGNS));
            assert_eq!(back.unwrap_or(&guarded), text);
        }
        assert_eq!(csv_row(["a", "b,c", "d\"e", " f"]), "a,\"b,c\",\"d\"\"e\",\" f\"\r\n");
    }
}
