//! Delimited text to rows.

use std::io;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::decode::Decoded;
use super::{COLUMNS_MAX, Dialect, FIELD_BYTES_MAX, ROW_BYTES_MAX, ReadError, Row, SAMPLE_BYTES};

/// The rows of a file of delimited text.
pub(super) struct Table<R> {
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

impl<R: io::Read> Table<R> {
    /// Starts reading: finds out the encoding and the delimiter, and reads the header.
    ///
    /// # Errors
    ///
    /// As [`ReadError`].
    pub(super) fn open(mut bytes: Decoded<R>, dialect: &Dialect) -> Result<Self, ReadError> {
        let mut input = Vec::new();
        while input.len() < SAMPLE_BYTES && bytes.more(&mut input)? {}
        let said = said_delimiter(&input);
        let found = said.map(|(delimiter, _)| delimiter);
        let likely = || likeliest_delimiter(&input, dialect.quote);
        let delimiter = dialect.delimiter.or(found).unwrap_or_else(likely);
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).quote(dialect.quote).terminator(Terminator::CRLF);
        let core = builder.build();
        let (output, ends) = (vec![0; 4096], vec![0; 64]);
        let (header, row) = (Vec::new(), u64::from(said.is_some()));
        let seen = said.map_or(0, |(_, length)| length);
        let mut rows = Self { bytes, core, header, row, input, seen, output, ends, ended: false };
        rows.header = match &dialect.columns {
            Some(columns) => columns.clone(),
            None => loop {
                let row = rows.next_row()?.ok_or(ReadError::Empty)?;
                if row.number >= dialect.header_row.unwrap_or_default() {
                    break header_of(&row);
                }
            },
        };
        Ok(rows)
    }

    /// The names of the columns: trimmed, and a second `Name` is `Name#2`.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// What the file's bytes were taken for.
    pub(super) const fn encoding(&self) -> &'static encoding_rs::Encoding {
        self.bytes.encoding
    }

    /// The next row, or nothing at the end. Lines without anything on them are no rows.
    ///
    /// # Errors
    ///
    /// As [`ReadError`]; after one, reading has ended.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
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

pub(super) fn header_of(row: &Row) -> Vec<String> {
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

/// The line `sep=;` that Excel writes and reads: the delimiter, and how long the line is.
fn said_delimiter(sample: &[u8]) -> Option<(u8, usize)> {
    match sample {
        [b's', b'e', b'p', b'=', delimiter, b'\r', b'\n', ..] => Some((*delimiter, 7)),
        [b's', b'e', b'p', b'=', delimiter, b'\n', ..] => Some((*delimiter, 6)),
        _ => None,
    }
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
