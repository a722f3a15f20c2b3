//! A workbook (.xlsx) to rows: one sheet, row by row. Its texts are held in memory, its rows are not.
//!
//! Numbers come as plain digits, days and times as ISO 8601 rounded to milliseconds, whatever their format shows;
//! formulas come as the values that were saved with them. Hidden sheets are read when they are named.

mod style;
mod token;
mod xml;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use flate2::read::DeflateDecoder;
use quick_xml::events::{BytesStart, Event};
use zip::{CompressionMethod, ZipArchive};

use super::table::header_of;
use super::{
    COLUMNS_MAX, Dialect, FIELD_BYTES_MAX, ROW_BYTES_MAX, ReadError, Row, SheetName, Typed,
};
use token::{Tag, Token, Tokens, resolved};
use xml::{Xml, attribute};

/// What the shared texts of a workbook may take in memory.
const TEXTS_BYTES_MAX: usize = 256 << 20;

/// The rows of a sheet.
pub(super) struct Sheet<R> {
    xml: Tokens<Part<R>>,
    book: Book,
    /// The text of the cell that is read.
    text: String,
    header: Vec<String>,
    row: u64,
    ended: bool,
}

/// A part's bytes, unpacked.
enum Part<R> {
    Stored(io::Take<R>),
    Packed(DeflateDecoder<io::Take<R>>),
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(bytes) => bytes.read(out),
            Self::Packed(bytes) => bytes.read(out),
        }
    }
}

/// What cells refer to.
#[derive(Default)]
struct Book {
    since_1904: bool,
    /// By the number of a cell's style: whether it shows a day or a time.
    times: Vec<bool>,
    texts: Texts,
}

/// The texts that cells share, in one string.
#[derive(Default)]
struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    fn get(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start..*self.ends.get(at)?)
    }
}

struct Tab {
    name: String,
    relation: String,
    hidden: bool,
}

impl<R: Read + Seek> Sheet<R> {
    pub(super) fn open(bytes: R, dialect: &Dialect) -> Result<Self, ReadError> {
        let mut archive = ZipArchive::new(bytes).map_err(|error| broken("the file", error))?;
        let root = relations(&mut archive, "_rels/.rels", "")?;
        let main = root.iter().find(|relation| relation.kind.ends_with("/officeDocument"));
        let main = main.map_or("xl/workbook.xml", |main| main.target.as_str()).to_owned();
        let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
        let relations = relations(&mut archive, &format!("{folder}/_rels/{file}.rels"), folder)?;
        let (tabs, since_1904) = workbook(&mut archive, &main)?;
        let tab = chosen(&tabs, dialect.sheet.as_ref())?;
        let target = |test: &dyn Fn(&Relation) -> bool| {
            relations.iter().find(|relation| test(relation)).map(|found| found.target.clone())
        };
        let mut book = Book { since_1904, ..Book::default() };
        if let Some(styles) = target(&|relation| relation.kind.ends_with("/styles")) {
            book.times = styles_of(&mut archive, &styles)?;
        }
        if let Some(texts) = target(&|relation| relation.kind.ends_with("/sharedStrings")) {
            book.texts = texts_of(&mut archive, &texts)?;
        }
        let sheet = target(&|relation| relation.id == tab.relation)
            .ok_or_else(|| broken(&main, "a sheet has no part"))?;
        let xml = stream(archive, &sheet)?;
        let (text, header) = (String::new(), Vec::new());
        let mut sheet = Self { xml, book, text, header, row: 0, ended: false };
        sheet.header = match &dialect.columns {
            Some(columns) => columns.clone(),
            None => sheet.find_header(dialect.header_row.unwrap_or_default())?,
        };
        Ok(sheet)
    }
}

impl<R: Read> Sheet<R> {
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The first row from `first` on that says anything.
    fn find_header(&mut self, first: u64) -> Result<Vec<String>, ReadError> {
        let row = loop {
            let row = self.next_row()?.ok_or(ReadError::Empty)?;
            if row.number >= first {
                break row;
            }
        };
        let mut header = header_of(&row);
        while header.last().is_some_and(String::is_empty) {
            header.pop();
        }
        Ok(header)
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        let found = self.parse_row();
        self.ended = !matches!(found, Ok(Some(_)));
        found
    }

    /// The next row with anything on it.
    fn parse_row(&mut self) -> Result<Option<Row>, ReadError> {
        loop {
            let number = match self.xml.next()? {
                Token::Open(tag) if tag.name == b"row" && !tag.empty => {
                    tag.attribute(b"r").and_then(|number| number.parse().ok())
                }
                Token::End => return Ok(None),
                Token::Open(_) | Token::Close(_) | Token::Text(_) | Token::Data(_) => continue,
            };
            self.row = number.unwrap_or_else(|| self.row.saturating_add(1));
            let mut row = self.cells()?;
            if row.width() > 0 {
                while row.width() < self.header.len() {
                    row.push("");
                }
                return Ok(Some(row));
            }
        }
    }

    /// The cells up to the end of the row; none where all are empty.
    fn cells(&mut self) -> Result<Row, ReadError> {
        let mut row = Row { number: self.row, ..Row::default() };
        let mut at = 0_usize;
        loop {
            let cell = match self.xml.next()? {
                Token::Open(tag) if tag.name == b"c" => {
                    let cell = Cell::of(&tag);
                    if tag.empty {
                        at = cell.at.unwrap_or(at).saturating_add(1);
                        continue;
                    }
                    cell
                }
                Token::Close(b"row") | Token::End => return Ok(row),
                Token::Open(_) | Token::Close(_) | Token::Text(_) | Token::Data(_) => continue,
            };
            at = cell.at.unwrap_or(at);
            let here = at;
            at = at.saturating_add(1);
            self.text.clear();
            text_until(&mut self.xml, b"c", &[b"v", b"t"], &mut self.text)?;
            let (text, typed) = self.book.value(&cell, &self.text);
            if text.is_empty() {
                continue;
            }
            if here >= COLUMNS_MAX {
                return Err(ReadError::TooManyColumns { row: self.row });
            }
            if text.len() > FIELD_BYTES_MAX {
                return Err(ReadError::FieldTooLong { row: self.row });
            }
            if row.text.len().saturating_add(text.len()) > ROW_BYTES_MAX {
                return Err(ReadError::RowTooLong { row: self.row });
            }
            // Cells out of their order are the work of no office program; the first stays.
            if here < row.width() {
                continue;
            }
            while row.width() < here {
                row.push("");
            }
            row.push(&text);
            row.typed.extend(typed.map(|typed| (here, typed)));
        }
    }
}

/// The attributes of a cell.
struct Cell {
    at: Option<usize>,
    style: usize,
    kind: Holds,
}

/// What a cell says that it holds.
#[derive(Clone, Copy)]
enum Holds {
    Number,
    /// The place of a shared text.
    Shared,
    Text,
    Flag,
    Day,
    Error,
}

impl Cell {
    fn of(tag: &Tag<'_>) -> Self {
        let mut cell = Self { at: None, style: 0, kind: Holds::Number };
        for (name, value) in tag.attributes() {
            match name {
                b"r" => cell.at = column(value),
                b"s" => cell.style = digits(value).unwrap_or(0),
                b"t" => {
                    cell.kind = match value {
                        b"s" => Holds::Shared,
                        b"b" => Holds::Flag,
                        b"d" => Holds::Day,
                        b"str" | b"inlineStr" => Holds::Text,
                        b"e" => Holds::Error,
                        _ => Holds::Number,
                    }
                }
                _ => {}
            }
        }
        cell
    }
}

/// A whole number.
fn digits(text: &[u8]) -> Option<usize> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// `C7` is column 2, counted from 0.
fn column(reference: &[u8]) -> Option<usize> {
    let letters = reference.iter().copied().take_while(u8::is_ascii_uppercase);
    let at = letters.take(4).fold(0_usize, |at, letter| {
        at.saturating_mul(26)
            .saturating_add(usize::from(letter.saturating_sub(b'A')).saturating_add(1))
    });
    at.checked_sub(1)
}

impl Book {
    fn value<'a>(&'a self, cell: &Cell, raw: &'a str) -> (Cow<'a, str>, Option<Typed>) {
        match cell.kind {
            Holds::Shared => {
                let text = raw.trim().parse().ok().and_then(|at| self.texts.get(at));
                (Cow::Borrowed(text.unwrap_or_default()), None)
            }
            Holds::Flag => {
                let said = if raw.trim() == "1" { "true" } else { "false" };
                (Cow::Borrowed(said), Some(Typed::Flag))
            }
            Holds::Day => (Cow::Borrowed(raw.trim().trim_end_matches('Z')), Some(Typed::Time)),
            Holds::Text => (unescaped(raw), None),
            Holds::Error => (Cow::Borrowed(raw), None),
            Holds::Number => self.number(cell, raw),
        }
    }

    fn number<'a>(&self, cell: &Cell, raw: &'a str) -> (Cow<'a, str>, Option<Typed>) {
        let shows_time = self.times.get(cell.style) == Some(&true);
        if !shows_time && style::is_plain(raw) {
            return (Cow::Borrowed(raw), Some(Typed::Number));
        }
        if shows_time && let Some(day) = style::whole_day(raw, self.since_1904) {
            return (Cow::Owned(day), Some(Typed::Time));
        }
        let Some(number) = style::plain(raw.trim()) else { return (Cow::Borrowed(raw), None) };
        if shows_time && let Some(moment) = style::moment(number, self.since_1904) {
            return (Cow::Owned(moment), Some(Typed::Time));
        }
        (Cow::Owned(crate::import::plan::plain(number)), Some(Typed::Number))
    }
}

/// `_x000D_` is how these files write a letter that XML does not allow.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("_x") {
        out.push_str(before);
        let code = behind.get(..4).filter(|_| behind.as_bytes().get(4) == Some(&b'_'));
        let letter =
            code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match letter {
            Some(letter) => {
                out.push(letter);
                rest = behind.get(5..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends the text inside `inside` elements up to the end of the element `end`, phonetic runs left out.
fn text_until<R: Read>(
    xml: &mut Tokens<R>,
    end: &[u8],
    inside: &[&[u8]],
    text: &mut String,
) -> Result<(), ReadError> {
    let (mut reading, mut phonetic) = (false, false);
    let begin = text.len();
    loop {
        let read = match xml.next()? {
            Token::Open(tag) if tag.empty => Ok(()),
            Token::Open(tag) => {
                match tag.name {
                    b"rPh" => phonetic = true,
                    name => reading = inside.contains(&name) && !phonetic,
                }
                Ok(())
            }
            Token::Close(name) if name == end => return Ok(()),
            Token::Close(name) => {
                (reading, phonetic) = (reading && name == b"rPh", phonetic && name != b"rPh");
                Ok(())
            }
            Token::Text(raw) if reading => resolved(raw, text),
            Token::Data(raw) if reading => {
                text.push_str(&String::from_utf8_lossy(raw));
                Ok(())
            }
            Token::End => return Ok(()),
            Token::Text(_) | Token::Data(_) => Ok(()),
        };
        read.map_err(|wrong| wrong.of(&xml.part))?;
        if text.len().saturating_sub(begin) > FIELD_BYTES_MAX.saturating_mul(2) {
            let reason = "a text of it is longer than 2 MiB";
            return Err(ReadError::Hostile { part: xml.part.clone(), reason });
        }
    }
}

fn broken(part: &str, reason: impl ToString) -> ReadError {
    ReadError::Broken { part: part.to_owned(), reason: reason.to_string() }
}

/// A part of the archive as XML; nothing where there is none of that name.
fn part<'a, R: Read + Seek>(
    archive: &'a mut ZipArchive<R>,
    name: &str,
) -> Result<Option<Xml<zip::read::ZipFile<'a, R>>>, ReadError> {
    let Some(at) = archive.index_for_name(name) else { return Ok(None) };
    let file = archive.by_index(at).map_err(|error| broken(name, error))?;
    let packed = file.compressed_size();
    Ok(Some(Xml::new(name, file, packed)))
}

/// A part that outlives the archive's directory.
fn stream<R: Read + Seek>(
    mut archive: ZipArchive<R>,
    name: &str,
) -> Result<Tokens<Part<R>>, ReadError> {
    let at = archive.index_for_name(name).ok_or_else(|| broken(name, "there is no such part"))?;
    let (start, packed, method) = {
        let file = archive.by_index_raw(at).map_err(|error| broken(name, error))?;
        let start = file.data_start().ok_or_else(|| broken(name, "it has no beginning"))?;
        (start, file.compressed_size(), file.compression())
    };
    let mut bytes = archive.into_inner();
    bytes.seek(io::SeekFrom::Start(start))?;
    let bytes = bytes.take(packed);
    let part = if method == CompressionMethod::Stored {
        Part::Stored(bytes)
    } else if method == CompressionMethod::Deflated {
        Part::Packed(DeflateDecoder::new(bytes))
    } else {
        return Err(broken(name, "it is packed in a way that workbooks are not"));
    };
    Ok(Tokens::new(name, part, packed))
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

fn relations<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
    folder: &str,
) -> Result<Vec<Relation>, ReadError> {
    let mut found = Vec::new();
    let Some(mut xml) = part(archive, name)? else { return Ok(found) };
    while let Some(tag) = next_tag(&mut xml, "Relationship")? {
        let said = |name: &str| attribute(&tag, name).unwrap_or_default();
        let target = said("Target");
        let target = match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None if folder.is_empty() => target,
            None => format!("{folder}/{target}"),
        };
        found.push(Relation { id: said("Id"), kind: said("Type"), target });
    }
    Ok(found)
}

/// The next element of that name, wherever it stands.
fn next_tag<R: Read>(
    xml: &mut Xml<R>,
    name: &str,
) -> Result<Option<BytesStart<'static>>, ReadError> {
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == name => {
                return Ok(Some(tag.into_owned()));
            }
            Event::Eof => return Ok(None),
            Event::Start(_) | Event::End(_) | Event::Empty(_) | Event::Text(_) => {}
            Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) | Event::GeneralRef(_) => {}
        }
    }
}

/// The sheets in their order, and whether days count from 1904.
fn workbook<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
) -> Result<(Vec<Tab>, bool), ReadError> {
    let (mut tabs, mut since_1904) = (Vec::new(), false);
    let mut xml = part(archive, name)?
        .ok_or(ReadError::Format("a packed file that is no workbook (.xlsx)"))?;
    loop {
        let tag = match xml.next()? {
            Event::Start(tag) | Event::Empty(tag) => tag,
            Event::Eof => return Ok((tabs, since_1904)),
            Event::End(_) | Event::Text(_) | Event::CData(_) | Event::Comment(_) => continue,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::GeneralRef(_) => continue,
        };
        match tag.local_name().as_ref() {
            "workbookPr" => {
                let said = attribute(&tag, "date1904");
                since_1904 = said.is_some_and(|said| said == "1" || said == "true");
            }
            "sheet" => tabs.push(Tab {
                name: attribute(&tag, "name").unwrap_or_default(),
                relation: attribute(&tag, "id").unwrap_or_default(),
                hidden: attribute(&tag, "state").is_some_and(|state| state != "visible"),
            }),
            _ => {}
        }
    }
}

fn chosen<'a>(tabs: &'a [Tab], wanted: Option<&SheetName>) -> Result<&'a Tab, ReadError> {
    let found = match wanted {
        None => tabs.iter().find(|tab| !tab.hidden),
        Some(SheetName::Called(name)) => tabs.iter().find(|tab| tab.name == *name),
        Some(SheetName::Number(number)) => number.checked_sub(1).and_then(|at| tabs.get(at)),
    };
    found.ok_or_else(|| {
        let wanted = match wanted {
            None => "that is visible".to_owned(),
            Some(SheetName::Called(name)) => name.clone(),
            Some(SheetName::Number(number)) => number.to_string(),
        };
        let known: Vec<&str> = tabs.iter().map(|tab| tab.name.as_str()).collect();
        ReadError::NoSheet { wanted, known: known.join(", ") }
    })
}

/// By the number of a cell's style: whether it shows a day or a time.
fn styles_of<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
) -> Result<Vec<bool>, ReadError> {
    let (mut own, mut times, mut of_cells) = (BTreeMap::new(), Vec::new(), false);
    let Some(mut xml) = part(archive, name)? else { return Ok(times) };
    loop {
        let tag = match xml.next()? {
            Event::Start(tag) => {
                of_cells |= tag.local_name().as_ref() == "cellXfs";
                tag
            }
            Event::Empty(tag) => tag,
            Event::End(tag) => {
                of_cells &= tag.local_name().as_ref() != "cellXfs";
                continue;
            }
            Event::Eof => return Ok(times),
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) => continue,
            Event::PI(_) | Event::DocType(_) | Event::GeneralRef(_) => continue,
        };
        let format = |tag: &BytesStart<'_>| attribute(tag, "numFmtId")?.parse::<u32>().ok();
        match tag.local_name().as_ref() {
            "numFmt" => {
                own.extend(format(&tag).zip(attribute(&tag, "formatCode")));
            }
            "xf" if of_cells => {
                times.push(format(&tag).is_some_and(|id| style::shows_time(id, &own)));
            }
            _ => {}
        }
    }
}

fn texts_of<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str) -> Result<Texts, ReadError> {
    let mut texts = Texts::default();
    let Some(at) = archive.index_for_name(name) else { return Ok(texts) };
    let file = archive.by_index(at).map_err(|error| broken(name, error))?;
    let packed = file.compressed_size();
    let mut xml = Tokens::new(name, file, packed);
    let mut text = String::new();
    loop {
        match xml.next()? {
            Token::Open(tag) if tag.name == b"si" => {
                if tag.empty {
                    texts.ends.push(texts.all.len());
                    continue;
                }
            }
            Token::End => return Ok(texts),
            Token::Open(_) | Token::Close(_) | Token::Text(_) | Token::Data(_) => continue,
        }
        text.clear();
        text_until(&mut xml, b"si", &[b"t"], &mut text)?;
        texts.all.push_str(&unescaped(&text));
        texts.ends.push(texts.all.len());
        let held = texts.all.len().saturating_add(texts.ends.len().saturating_mul(8));
        if held > TEXTS_BYTES_MAX {
            let reason = "its texts take more than 256 MiB of memory";
            return Err(ReadError::Hostile { part: name.to_owned(), reason });
        }
    }
}

#[cfg(test)]
mod tests;
