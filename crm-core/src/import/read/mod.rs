//! Bytes to rows: RFC 4180 with any delimiter and quote, in any encoding, in bounded memory.
//!
//! A row keeps its number as a spreadsheet shows it: the header is row 1. What breaks the file as a whole is a
//! [`ReadError`]; what breaks one row (its width, its letters) stays with the row.

use std::io;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The most columns that a file may have.
pub const COLUMNS_MAX: usize = 4096;
/// The longest that one field may be, in bytes of UTF-8.
pub const FIELD_BYTES_MAX: usize = 1 << 20;
/// The longest that one row may be.
pub const ROW_BYTES_MAX: usize = 16 << 20;
/// How much of a file is looked at to guess its encoding and delimiter.
const SAMPLE_BYTES: usize = 64 << 10;

/// How the bytes of a file are written. What is left open is found out from the first 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields: `,`, `;`, tab or `|` where open.
    pub delimiter: Option<u8>,
    /// Around fields that hold delimiters or line ends.
    pub quote: u8,
    /// UTF-8 where the bytes are that, else the likeliest.
    pub encoding: Option<&'static Encoding>,
    /// The names of the columns, where the file begins without a header.
    pub columns: Option<Vec<String>>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: None, quote: b'"', encoding: None, columns: None }
    }
}

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The host's reader failed.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// There is not even a header.
    #[error("the file is empty: it has no header")]
    Empty,
    /// A row has more columns than a file may have.
    #[error("row {row} has more than {COLUMNS_MAX} columns")]
    TooManyColumns {
        /// Which.
        row: u64,
    },
    /// A field is longer than a field may be; mostly an opening quote without its end.
    #[error(
        "row {row} has a field of more than {FIELD_BYTES_MAX} bytes; is a closing quote missing?"
    )]
    FieldTooLong {
        /// Which.
        row: u64,
    },
    /// A row is longer than a row may be.
    #[error("row {row} is longer than {ROW_BYTES_MAX} bytes")]
    RowTooLong {
        /// Which.
        row: u64,
    },
    /// The file ends inside quotes, so that rows may hide in the last field.
    #[error("row {row} opens a quote that never closes")]
    QuoteUnclosed {
        /// Where it opens.
        row: u64,
    },
}

impl ReadError {
    /// The stable code of the rule.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "file.read",
            Self::Empty => "file.empty",
            Self::TooManyColumns { .. } => "row.columns_max",
            Self::FieldTooLong { .. } => "field.bytes_max",
            Self::RowTooLong { .. } => "row.bytes_max",
            Self::QuoteUnclosed { .. } => "quote.unclosed",
        }
    }

    /// The row at which reading ended, where it had begun.
    pub const fn row(&self) -> Option<u64> {
        match self {
            Self::Io(_) | Self::Empty => None,
            Self::TooManyColumns { row }
            | Self::FieldTooLong { row }
            | Self::RowTooLong { row }
            | Self::QuoteUnclosed { row } => Some(*row),
        }
    }
}

/// One row of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number; the header is 1.
    pub number: u64,
    text: String,
    ends: Vec<usize>,
    /// The cells that are no text in the file's encoding.
    pub damaged: Vec<usize>,
}

impl Row {
    /// A row of these cells.
    pub fn new<T: AsRef<str>>(number: u64, cells: impl IntoIterator<Item = T>) -> Self {
        let mut row = Self { number, ..Self::default() };
        for cell in cells {
            row.text.push_str(cell.as_ref());
            row.ends.push(row.text.len());
        }
        row
    }

    /// The cell of a column, as it stands.
    pub fn cell(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(at)?)
    }

    /// How many cells it has.
    pub const fn width(&self) -> usize {
        self.ends.len()
    }

    /// All its cells.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.width()).filter_map(|at| self.cell(at))
    }
}

/// The rows of one file.
pub struct Rows<R> {
    bytes: Decoded<R>,
    core: csv_core::Reader,
    header: Vec<String>,
    row: u64,
    /// Decoded bytes that the parser has not seen, from `seen` on.
    input: Vec<u8>,
    seen: usize,
    output: Vec<u8>,
    ends: Vec<usize>,
    ended: bool,
}

impl<R: io::Read> Rows<R> {
    /// Starts reading: finds out the encoding and the delimiter, and reads the header.
    ///
    /// # Errors
    ///
    /// As [`ReadError`].
    pub fn open(bytes: R, dialect: &Dialect) -> Result<Self, ReadError> {
        let mut bytes = Decoded::open(bytes, dialect.encoding)?;
        let mut input = Vec::new();
        while input.len() < SAMPLE_BYTES && bytes.more(&mut input)? {}
        let delimiter =
            dialect.delimiter.unwrap_or_else(|| likeliest_delimiter(&input, dialect.quote));
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).quote(dialect.quote).terminator(Terminator::CRLF);
        let core = builder.build();
        let (output, ends) = (vec![0; 4096], vec![0; 64]);
        let (header, row) = (Vec::new(), 0);
        let mut rows =
            Self { bytes, core, header, row, input, seen: 0, output, ends, ended: false };
        rows.header = match &dialect.columns {
            Some(columns) => columns.clone(),
            None => header_of(&rows.next_row()?.ok_or(ReadError::Empty)?),
        };
        Ok(rows)
    }

    /// The names of the columns: trimmed, and a second `Name` is `Name#2`.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What the file's bytes were taken for.
    pub fn encoding(&self) -> &'static str {
        self.bytes.encoding.name()
    }

    /// The next row, or nothing at the end. Lines without anything on them are no rows.
    ///
    /// # Errors
    ///
    /// As [`ReadError`]; after one, reading has ended.
    pub fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        let found = self.parse_row();
        self.ended = !matches!(found, Ok(Some(_)));
        found
    }

    fn parse_row(&mut self) -> Result<Option<Row>, ReadError> {
        let number = self.row.saturating_add(1);
        let (mut written, mut fields) = (0_usize, 0_usize);
        let mut probed = false;
        loop {
            if self.seen >= self.input.len() {
                self.input.clear();
                self.seen = 0;
                if !self.bytes.more(&mut self.input)? {
                    if probed {
                        // A line end that ends no row is inside quotes, unless nothing was pending at all.
                        let pending = written > 0 || fields > 0;
                        let unclosed = ReadError::QuoteUnclosed { row: number };
                        return if pending { Err(unclosed) } else { Ok(None) };
                    }
                    probed = true;
                    self.input.push(b'\n');
                }
            }
            let input = self.input.get(self.seen..).unwrap_or_default();
            let output = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(fields..).unwrap_or_default();
            let (result, read, wrote, ended) = self.core.read_record(input, output, ends);
            self.seen = self.seen.saturating_add(read);
            written = written.saturating_add(wrote);
            fields = fields.saturating_add(ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.grow_output(number, written, fields)?,
                ReadRecordResult::OutputEndsFull => {
                    if fields >= COLUMNS_MAX {
                        return Err(ReadError::TooManyColumns { row: number });
                    }
                    let larger =
                        self.ends.len().saturating_mul(2).min(COLUMNS_MAX.saturating_add(1));
                    self.ends.resize(larger, 0);
                }
                ReadRecordResult::Record => {
                    self.row = number;
                    return self.row_of(number, written, fields).map(Some);
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn grow_output(&mut self, row: u64, written: usize, fields: usize) -> Result<(), ReadError> {
        let last_end = fields.checked_sub(1).and_then(|at| self.ends.get(at)).copied().unwrap_or(0);
        if written.saturating_sub(last_end) > FIELD_BYTES_MAX {
            return Err(ReadError::FieldTooLong { row });
        }
        if written >= ROW_BYTES_MAX {
            return Err(ReadError::RowTooLong { row });
        }
        self.output.resize(self.output.len().saturating_mul(2), 0);
        Ok(())
    }

    fn row_of(&self, number: u64, written: usize, fields: usize) -> Result<Row, ReadError> {
        if fields > COLUMNS_MAX {
            return Err(ReadError::TooManyColumns { row: number });
        }
        let bytes = self.output.get(..written).unwrap_or_default();
        let ends = self.ends.get(..fields).unwrap_or_default();
        let starts = core::iter::once(0).chain(ends.iter().copied());
        let widest = starts.clone().zip(ends).map(|(start, end)| end.saturating_sub(start)).max();
        if widest.is_some_and(|widest| widest > FIELD_BYTES_MAX) {
            return Err(ReadError::FieldTooLong { row: number });
        }
        let mut row = Row { number, ..Row::default() };
        for (at, (start, end)) in starts.zip(ends).enumerate() {
            let cell = String::from_utf8_lossy(bytes.get(start..*end).unwrap_or_default());
            if cell.contains(char::REPLACEMENT_CHARACTER) {
                row.damaged.push(at);
            }
            row.text.push_str(&cell);
            row.ends.push(row.text.len());
        }
        Ok(row)
    }
}

fn header_of(row: &Row) -> Vec<String> {
    let mut header: Vec<String> = Vec::with_capacity(row.width());
    for cell in row.cells() {
        let name = cell.trim();
        let same = header.iter().filter(|other| other.split('#').next() == Some(name)).count();
        header.push(match same {
            0 => name.to_owned(),
            _ => format!("{name}#{}", same.saturating_add(1)),
        });
    }
    header
}

/// The candidate that the first line has most of, outside quotes.
fn likeliest_delimiter(sample: &[u8], quote: u8) -> u8 {
    let mut quoted = false;
    let first_line = sample.iter().copied().take_while(|byte| {
        quoted ^= *byte == quote;
        quoted || !matches!(byte, b'\n' | b'\r')
    });
    let first_line: Vec<u8> = first_line.collect();
    let count = |wanted: u8| {
        let mut quoted = false;
        let outside = first_line.iter().filter(|byte| {
            quoted ^= **byte == quote;
            !quoted && **byte == wanted
        });
        outside.count()
    };
    // Earlier candidates win among equals.
    let candidates = [b'|', b'\t', b';', b','];
    candidates.into_iter().max_by_key(|candidate| count(*candidate)).unwrap_or(b',')
}

/// The bytes of a file as UTF-8. Bytes that are UTF-8 already pass untouched, broken ones included.
struct Decoded<R> {
    bytes: R,
    encoding: &'static Encoding,
    decoder: Option<encoding_rs::Decoder>,
    sample: Vec<u8>,
    ended: bool,
}

impl<R: io::Read> Decoded<R> {
    fn open(mut bytes: R, encoding: Option<&'static Encoding>) -> Result<Self, ReadError> {
        let mut sample = vec![0; SAMPLE_BYTES];
        let mut filled = 0_usize;
        while let Some(rest) = sample.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match bytes.read(rest) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let ended = filled < sample.len();
        sample.truncate(filled);
        let (found, mark) = match Encoding::for_bom(&sample) {
            Some((encoding, mark)) => (encoding, mark),
            None => (encoding.unwrap_or_else(|| likeliest_encoding(&sample, ended)), 0),
        };
        drop(sample.drain(..mark));
        let decoder = (found != UTF_8).then(|| found.new_decoder_without_bom_handling());
        Ok(Self { bytes, encoding: found, decoder, sample, ended })
    }

    /// Appends some more to `out`; false at the end.
    fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
        if self.sample.is_empty() && self.ended {
            return Ok(self.flush(out));
        }
        if self.sample.is_empty() {
            self.sample.resize(SAMPLE_BYTES, 0);
            let read = loop {
                match self.bytes.read(&mut self.sample) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.sample.truncate(read);
            self.ended = read == 0;
            if self.ended {
                return Ok(self.flush(out));
            }
        }
        match &mut self.decoder {
            None => out.append(&mut self.sample),
            Some(decoder) => decode(decoder, &core::mem::take(&mut self.sample), false, out),
        }
        Ok(true)
    }

    /// What the decoder still holds back at the end.
    fn flush(&mut self, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        if let Some(mut decoder) = self.decoder.take() {
            decode(&mut decoder, &[], true, out);
        }
        out.len() > before
    }
}

fn decode(decoder: &mut encoding_rs::Decoder, mut from: &[u8], last: bool, out: &mut Vec<u8>) {
    loop {
        let start = out.len();
        let room = decoder.max_utf8_buffer_length(from.len()).unwrap_or(from.len()).max(16);
        out.resize(start.saturating_add(room), 0);
        let (result, read, wrote, _) =
            decoder.decode_to_utf8(from, out.get_mut(start..).unwrap_or_default(), last);
        out.truncate(start.saturating_add(wrote));
        from = from.get(read..).unwrap_or_default();
        if result == encoding_rs::CoderResult::InputEmpty {
            break;
        }
    }
}

fn likeliest_encoding(sample: &[u8], whole: bool) -> &'static Encoding {
    let valid = match core::str::from_utf8(sample) {
        Ok(_) => true,
        // A letter that the sample cuts in two.
        Err(error) => !whole && error.error_len().is_none(),
    };
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let many = sample.len().checked_div(8).unwrap_or(0);
    if zeros(1) > many && zeros(0) < zeros(1) {
        return UTF_16LE;
    }
    if zeros(0) > many {
        return UTF_16BE;
    }
    if valid {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // GBK is the older half of it.
    if guess == encoding_rs::GBK || guess.is_single_byte() && is_paired(sample) {
        return encoding_rs::GB18030;
    }
    guess
}

/// Whether all bytes beyond ASCII come in pairs of GB 2312. A few Chinese headings over columns of numbers are too little
/// text for statistics, but letters of an alphabet do not fall into such pairs.
fn is_paired(sample: &[u8]) -> bool {
    let runs = sample.split(u8::is_ascii).filter(|run| !run.is_empty());
    let paired = |pair: &[u8]| match pair {
        [lead, trail] => matches!(lead, 0xa1..=0xa3 | 0xb0..=0xf7) && *trail >= 0xa1,
        _ => false,
    };
    runs.clone().count() > 1 && runs.flat_map(|run| run.chunks(2)).all(paired)
}

#[cfg(test)]
mod tests;
