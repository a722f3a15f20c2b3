//! A table as a workbook (.xlsx): one sheet of texts, written row by row.

use std::io::{self, Seek, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

/// Rows of a sheet at most, the header included.
const ROWS_MAX: u32 = 1_048_576;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;

/// A workbook that is being written; the same rows give the same bytes.
pub struct Workbook<W: Write + Seek> {
    zip: ZipWriter<W>,
    row: u32,
}

impl<W: Write + Seek> Workbook<W> {
    /// Begins a workbook with one sheet.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn new(out: W) -> io::Result<Self> {
        let mut zip = ZipWriter::new(out);
        let parts = [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", SHEETS),
            ("xl/worksheets/sheet1.xml", HEAD),
        ];
        for (name, text) in parts {
            let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
            zip.start_file(name, options.large_file(true))?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(Self { zip, row: 0 })
    }

    /// Adds a row of texts.
    ///
    /// # Errors
    ///
    /// The writer's; more than 1,048,576 rows, which no sheet has.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.row = self.row.saturating_add(1);
        if self.row > ROWS_MAX {
            return Err(io::Error::other("a sheet has at most 1,048,576 rows; CSV has no end"));
        }
        let mut xml = format!("<row r=\"{}\">", self.row);
        for cell in cells {
            let text = cell.as_ref();
            if text.is_empty() {
                xml.push_str("<c/>");
                continue;
            }
            xml.push_str("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
            escape(&mut xml, text);
            xml.push_str("</t></is></c>");
        }
        xml.push_str("</row>");
        self.zip.write_all(xml.as_bytes())
    }

    /// Ends the workbook.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn finish(mut self) -> io::Result<W> {
        self.zip.write_all(b"</sheetData></worksheet>")?;
        Ok(self.zip.finish()?)
    }
}

/// XML has no control characters: they are written as `_x000B_`, and what looks so already is told from them.
fn escape(xml: &mut String, text: &str) {
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        match char {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '_' if rest.starts_with("_x") => xml.push_str("_x005F_"),
            '\n' | '\t' => xml.push(char),
            control if control.is_control() => {
                xml.push_str(&format!("_x{:04X}_", u32::from(control)));
            }
            other => xml.push(other),
        }
        rest = rest.get(char.len_utf8()..).unwrap_or_default();
    }
}
