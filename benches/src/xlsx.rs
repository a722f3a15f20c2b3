//! A workbook of 100,000 rows and 16 columns: read by the engine's streaming reader and by bare calamine.
//!
//! Both give every cell as a value; calamine by its own stream of cells, which is its fastest way.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use calamine::{DataRef, Xlsx, open_workbook};
use crm_core::import::{Dialect, Rows};
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::data::Random;
use crate::measure::{Cost, Series, load, ms, rounded};
use crate::{Failure, Findings, Line, Options, Scratch};

/// The columns of text, which stand first.
const TEXTS: usize = 9;
const COLUMNS: usize = 16;

/// Runs the benchmark; [`Options::rows`] is the rows of the sheet, 100,000 where nothing is said.
///
/// # Errors
///
/// What the file or a reader reports; texts that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let scratch = Scratch::new(options)?;
    let file = scratch.file("leads.xlsx");
    let rows = options.rows_or(100_000);
    write_book(&file, rows, options.seed)?;
    let mut series: [Series; 4] = Default::default();
    let before = load();
    for _ in 0..options.rounds {
        let (ours, cost) = Cost::of(|| by_engine(&file));
        series[0].push(ms(cost.wall));
        series[1].push(cost.cpu.as_secs_f64() * 1e3);
        let (theirs, cost) = Cost::of(|| by_calamine(&file));
        series[2].push(ms(cost.wall));
        series[3].push(cost.cpu.as_secs_f64() * 1e3);
        let (ours, theirs) = (ours?, theirs?);
        if ours != theirs || ours.0 != rows {
            return Err(format!("the readers differ: {ours:?} and {theirs:?}").into());
        }
    }
    let min = |at: usize| series[at].min();
    let json = json!({
        "rows": rows, "columns": COLUMNS, "file_bytes": std::fs::metadata(&file)?.len(),
        "engine_ms": rounded(min(0)), "engine_cpu_ms": rounded(min(1)), "engine_median_ms": rounded(series[0].median()),
        "calamine_ms": rounded(min(2)), "calamine_cpu_ms": rounded(min(3)),
        "calamine_median_ms": rounded(series[2].median()),
        "ratio": rounded(min(0) / min(2)), "ratio_cpu": rounded(min(1) / min(3)), "load": [before, load()],
    });
    let line = |what: &str, engine, peer| Line {
        what: what.to_owned(),
        unit: "ms",
        engine,
        peer,
        against: "bare calamine, its stream of cells".to_owned(),
    };
    Ok(Findings {
        name: "xlsx",
        lines: vec![
            line("a workbook of 100,000 rows read", min(0), min(2)),
            line("the same, CPU", min(1), min(3)),
        ],
        json: match json {
            Value::Object(map) => map,
            _ => Default::default(),
        },
    })
}

/// How many rows there are below the header, and how long the texts are that they hold.
type Read = (u64, usize);

fn by_engine(path: &Path) -> Result<Read, Failure> {
    let file = BufReader::new(File::open(path)?);
    let mut rows = Rows::open_file(file, &Dialect::default())?;
    let (mut count, mut bytes, mut all) = (0, 0, 0);
    while let Some(row) = rows.next_row()? {
        count += 1;
        bytes += row.cells().take(TEXTS).map(str::len).sum::<usize>();
        all += row.cells().skip(TEXTS).map(str::len).sum::<usize>();
    }
    std::hint::black_box(all);
    Ok((count, bytes))
}

fn by_calamine(path: &Path) -> Result<Read, Failure> {
    let mut book: Xlsx<_> = open_workbook(path)?;
    let mut cells = book.worksheet_cells_reader("Leads")?;
    let (mut count, mut bytes, mut all) = (0, 0, 0.0);
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        if row == 0 {
            continue;
        }
        count += u64::from(column == 0);
        match cell.get_value() {
            DataRef::SharedString(text) => bytes += text.len(),
            DataRef::String(text) => bytes += text.len(),
            DataRef::Float(number) => all += number,
            DataRef::DateTime(moment) => all += moment.as_f64(),
            _ => {}
        }
    }
    std::hint::black_box(all);
    Ok((count, bytes))
}

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

/// The texts that cells share.
#[derive(Default)]
struct Texts {
    known: HashMap<String, usize>,
    all: Vec<String>,
}

impl Texts {
    fn at(&mut self, text: String) -> usize {
        *self.known.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        })
    }
}

/// A workbook as office programs write it: texts shared, days as numbers in a format, some cells without a value.
fn write_book(path: &Path, rows: u64, seed: u64) -> Result<(), Failure> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path)?));
    let options = SimpleFileOptions::default();
    for (name, part) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", PARTS),
        ("xl/styles.xml", STYLES),
    ] {
        zip.start_file(name, options)?;
        zip.write_all(part.as_bytes())?;
    }
    let mut random = Random::new(seed);
    let mut texts = Texts::default();
    let spaces = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
    zip.start_file("xl/worksheets/sheet1.xml", options)?;
    write!(zip, r#"<?xml version="1.0" encoding="UTF-8"?><worksheet {spaces}><sheetData>"#)?;
    let mut line = String::new();
    for row in 1..=rows + 1 {
        line.clear();
        write!(line, r#"<row r="{row}" spans="1:16">"#)?;
        for (at, letter) in ('A'..='P').enumerate() {
            if row == 1 {
                let text = texts.at(format!("column {at}"));
                write!(line, r#"<c r="{letter}1" t="s"><v>{text}</v></c>"#)?;
                continue;
            }
            let place = format!("{letter}{row}");
            match at {
                0..TEXTS => {
                    let text = texts.at(text(at, row, &mut random));
                    write!(line, r#"<c r="{place}" t="s"><v>{text}</v></c>"#)?;
                }
                9 | 10 => {
                    let day = 44_000 + random.below(1_500);
                    write!(line, r#"<c r="{place}" s="1"><v>{day}</v></c>"#)?;
                }
                11 | 12 => {
                    let (whole, cents) = (random.below(100_000), random.below(100));
                    write!(line, r#"<c r="{place}"><v>{whole}.{cents:02}</v></c>"#)?;
                }
                13 => write!(line, r#"<c r="{place}"><v>{}</v></c>"#, random.below(97))?,
                14 => write!(line, r#"<c r="{place}" t="b"><v>{}</v></c>"#, row % 2)?,
                _ => write!(line, r#"<c r="{place}" s="0"/>"#)?,
            }
        }
        line.push_str("</row>");
        zip.write_all(line.as_bytes())?;
    }
    zip.write_all(b"</sheetData></worksheet>")?;
    zip.start_file("xl/sharedStrings.xml", options)?;
    write!(zip, r#"<sst {spaces} uniqueCount="{}">"#, texts.all.len())?;
    for text in &texts.all {
        write!(zip, "<si><t>{text}</t></si>")?;
    }
    zip.write_all(b"</sst>")?;
    zip.finish()?.flush()?;
    Ok(())
}

/// Keys, names, addresses and numbers are everybody's own; regions, sources and the like are few.
fn text(at: usize, row: u64, random: &mut Random) -> String {
    match at {
        0 => format!("L{row:07}"),
        1 => format!("精密机械 {:06}-{row}", random.below(1_000_000)),
        2 => format!("buyer{row}@customer{}.example.com", random.below(100_000)),
        3 => format!("138{row:08}"),
        4 => format!("Street {} No. {row}", random.below(500)),
        _ => format!("{} {at}", random.one(&["华东", "华南", "North", "West"])),
    }
}
