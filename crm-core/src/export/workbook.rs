//! Workbooks (.xlsx), written sheet by sheet and row by row: texts that stay texts, numbers and days that are numbers and
//! days to a spreadsheet.

use core::fmt::Write as _;
use std::io::{self, Seek, Write};

use chrono::NaiveDate;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Rows of a sheet at most, the header included.
const ROWS_MAX: u32 = 1_048_576;
/// Letters of the name of a sheet at most.
const NAME_MAX: usize = 31;
/// Digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
/// The formats of numbers, then the styles of cells by the number of [`Style`].
const STYLES: &str = r##"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="6"><numFmt numFmtId="164" formatCode="0.0%"/><numFmt numFmtId="165" formatCode="#,##0.0"/><numFmt numFmtId="166" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="167" formatCode="#,##0.00##########"/><numFmt numFmtId="168" formatCode="#,##0.000"/><numFmt numFmtId="169" formatCode="#,##0.0000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="10"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="167" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="168" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="169" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"##;

/// How a cell looks: its place in the list of styles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain = 0,
    Heading = 1,
    Whole = 2,
    Two = 3,
    Percent = 4,
    One = 5,
    Day = 6,
    Exact = 7,
    Three = 8,
    Four = 9,
}

/// A cell of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SheetCell<'a> {
    Empty,
    Text(&'a str),
    Heading(&'a str),
    /// A number of things.
    Count(u64),
    /// A decimal text; one with more digits than a spreadsheet keeps stays a text, so that none is lost.
    Number(&'a str, Style),
    Day(NaiveDate),
}

/// A workbook that is being written; the same rows give the same bytes.
pub struct Workbook<W: Write + Seek> {
    zip: ZipWriter<W>,
    row: u32,
    sheets: Vec<String>,
}

impl<W: Write + Seek> Workbook<W> {
    /// Begins a workbook.
    ///
    /// # Errors
    ///
    /// None of its own; those of later versions.
    pub fn new(out: W) -> io::Result<Self> {
        Ok(Self { zip: ZipWriter::new(out), row: 0, sheets: Vec::new() })
    }

    fn part(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options.large_file(true))?;
        self.zip.write_all(XML.as_bytes())
    }

    /// Begins the next sheet, with a name that is made fit, columns of these widths, and a first row that stays in view.
    pub(super) fn sheet(&mut self, name: &str, widths: &[usize]) -> io::Result<()> {
        self.end_sheet()?;
        let name = self.fit(name);
        self.sheets.push(name);
        self.row = 0;
        let mut head = String::from(
            r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
        );
        if !widths.is_empty() {
            head.push_str(r#"<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#);
            for (at, width) in (1_usize..).zip(widths) {
                // Writing to a text cannot fail.
                let _ = write!(
                    head,
                    r#"<col min="{at}" max="{at}" width="{}" customWidth="1"/>"#,
                    width.clamp(&6, &60).saturating_add(3),
                );
            }
            head.push_str("</cols>");
        }
        head.push_str("<sheetData>");
        self.part(&format!("xl/worksheets/sheet{}.xml", self.sheets.len()))?;
        self.zip.write_all(head.as_bytes())
    }

    /// A name that no other sheet has, without the letters that no sheet may have.
    fn fit(&self, name: &str) -> String {
        let plain: String = name
            .chars()
            .map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { ' ' } else { c })
            .collect();
        let cut = |end: &str| -> String {
            let room = NAME_MAX.saturating_sub(end.encode_utf16().count());
            let mut name = String::new();
            for c in plain.trim().chars() {
                if name.encode_utf16().count().saturating_add(c.len_utf16()) > room {
                    break;
                }
                name.push(c);
            }
            let name = if name.is_empty() { "Sheet".to_owned() } else { name };
            format!("{}{end}", name.trim_end())
        };
        let is_taken = |name: &str| {
            self.sheets.iter().any(|other| other.to_lowercase() == name.to_lowercase())
        };
        let ends = (2_usize..).map(|number| cut(&format!(" ({number})")));
        let mut names = core::iter::once(cut("")).chain(ends);
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        if self.sheets.is_empty() {
            return Ok(());
        }
        self.zip.write_all(b"</sheetData></worksheet>")
    }

    /// Adds a row of texts.
    ///
    /// # Errors
    ///
    /// The writer's; more than 1,048,576 rows, which no sheet has.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        let texts: Vec<T> = cells.into_iter().collect();
        self.cells(texts.iter().map(|text| SheetCell::Text(text.as_ref())))
    }

    /// Adds a row of cells.
    pub(super) fn cells<'a>(
        &mut self,
        cells: impl IntoIterator<Item = SheetCell<'a>>,
    ) -> io::Result<()> {
        if self.sheets.is_empty() {
            self.sheet("Sheet1", &[])?;
        }
        self.row = self.row.saturating_add(1);
        if self.row > ROWS_MAX {
            return Err(io::Error::other("a sheet has at most 1,048,576 rows; CSV has no end"));
        }
        let mut xml = format!("<row r=\"{}\">", self.row);
        cells.into_iter().for_each(|cell| spell(&mut xml, &cell));
        xml.push_str("</row>");
        self.zip.write_all(xml.as_bytes())
    }

    /// Ends the workbook.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn finish(mut self) -> io::Result<W> {
        if self.sheets.is_empty() {
            self.sheet("Sheet1", &[])?;
        }
        self.end_sheet()?;
        let (mut names, mut links, mut types) = (String::new(), String::new(), String::new());
        for (at, name) in (1_usize..).zip(&self.sheets) {
            names.push_str("<sheet name=\"");
            escape(&mut names, name);
            let _ = write!(names, "\" sheetId=\"{at}\" r:id=\"rId{at}\"/>");
            let _ = write!(
                links,
                r#"<Relationship Id="rId{at}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{at}.xml"/>"#
            );
            let _ = write!(
                types,
                r#"<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
            );
        }
        let styles = self.sheets.len().saturating_add(1);
        let book = format!(
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><bookViews><workbookView/></bookViews><sheets>{names}</sheets></workbook>"#
        );
        let links = format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}<Relationship Id="rId{styles}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#
        );
        let types = format!(
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{types}</Types>"#
        );
        let parts = [
            ("xl/styles.xml", STYLES),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", &links),
            ("_rels/.rels", ROOT),
            ("[Content_Types].xml", &types),
        ];
        for (name, text) in parts {
            self.part(name)?;
            self.zip.write_all(text.as_bytes())?;
        }
        Ok(self.zip.finish()?)
    }
}

fn spell(xml: &mut String, cell: &SheetCell<'_>) {
    match cell {
        SheetCell::Empty => xml.push_str("<c/>"),
        SheetCell::Text(text) => spell_text(xml, text, Style::Plain),
        SheetCell::Heading(text) => spell_text(xml, text, Style::Heading),
        SheetCell::Count(count) => spell(xml, &SheetCell::Number(&count.to_string(), Style::Whole)),
        SheetCell::Number(text, style) if is_kept(text) => {
            let _ = write!(xml, "<c s=\"{}\"><v>{text}</v></c>", *style as u8);
        }
        SheetCell::Number(text, _) => spell_text(xml, text, Style::Plain),
        SheetCell::Day(day) => match serial(*day) {
            Some(serial) => {
                let _ = write!(xml, "<c s=\"{}\"><v>{serial}</v></c>", Style::Day as u8);
            }
            None => spell_text(xml, &day.to_string(), Style::Plain),
        },
    }
}

fn spell_text(xml: &mut String, text: &str, style: Style) {
    if text.is_empty() {
        xml.push_str("<c/>");
        return;
    }
    let style =
        if style == Style::Plain { String::new() } else { format!(" s=\"{}\"", style as u8) };
    let _ = write!(xml, "<c{style} t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    escape(xml, text);
    xml.push_str("</t></is></c>");
}

/// Whether a spreadsheet keeps every digit of a decimal text.
fn is_kept(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let part = if is_digits(part) { part.trim_end_matches('0') } else { return false };
    let all = format!("{whole}{part}");
    is_digits(whole) && all.trim_start_matches('0').len() <= DIGITS_MAX
}

/// The number of a day; none before March 1900, where spreadsheets count a day that never was.
fn serial(day: NaiveDate) -> Option<i64> {
    let zero = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    Some(day.signed_duration_since(zero).num_days()).filter(|serial| *serial > 60)
}

/// XML has no control characters: they are written as `_x000B_`, and what looks so already is told from them.
fn escape(xml: &mut String, text: &str) {
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        match char {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_keeps() {
        let table = [
            ("a whole number", "42", true),
            ("an amount", "-1234567.80", true),
            ("fifteen digits", "9999999999999.99", true),
            ("a sixteenth would be lost", "99999999999999.99", false),
            ("noughts at the end are no digits", "1234567890123.45000", true),
            ("noughts at the beginning neither", "0.0000000000000012345", true),
            ("a text is no number", "n/a", false),
            ("nor is a formula", "-1+1", false),
            ("nor half a number", "1.", false),
            ("nor nothing", "", false),
        ];
        for (rule, text, kept) in table {
            assert_eq!(is_kept(text), kept, "{rule}");
        }
    }

    /// Microsoft's documentation of DATEVALUE and of the 1900 date system: 2008-01-01 is 39448.
    #[test]
    fn days_are_counted_as_spreadsheets_count_them() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let table = [
            (day(2008, 1, 1), Some(39_448)),
            (day(1900, 3, 1), Some(61)),
            (day(1900, 2, 28), None),
        ];
        for (day, expected) in table {
            assert_eq!(serial(day), expected, "{day}");
        }
    }

    #[test]
    fn names_of_sheets_are_fit_and_their_own() {
        let mut book = Workbook::new(io::Cursor::new(Vec::new())).unwrap();
        let long = "赢单率（按负责人、区域、来源与产品）以及其他许多内容和更多的内容";
        for name in ["Won/Lost [a]", "won lost  a", long, long, "", "''"] {
            book.sheet(name, &[]).unwrap();
        }
        let lengths = book.sheets.iter().map(|name| name.encode_utf16().count());
        assert!(lengths.max().unwrap() <= NAME_MAX);
        let distinct: std::collections::BTreeSet<&String> = book.sheets.iter().collect();
        assert_eq!(distinct.len(), 6, "{:?}", book.sheets);
        assert_eq!(book.sheets.first().unwrap(), "Won Lost  a");
    }
}
