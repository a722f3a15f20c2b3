//! Bytes to rows, in bounded memory: delimited text in any encoding, workbooks (.xlsx), contact cards (vCard 2.1 to 4.0).
//!
//! What a file is, its first bytes say, not its name.
//! A row keeps its number as a spreadsheet shows it: the header is row 1. What breaks the file as a whole is a
//! [`ReadError`]; what breaks one row (its width, its letters) stays with the row.

mod book;
mod card;
mod decode;
mod table;

use std::io;

use encoding_rs::Encoding;

use decode::Decoded;

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
    /// Which sheet of a workbook: the first that is visible where open.
    pub sheet: Option<SheetName>,
    /// The row that names the columns, where others stand above it; the first with anything on it where open.
    pub header_row: Option<u64>,
}

impl Dialect {
    /// The encoding of that name, as web standards call encodings: `gbk`, `utf-16le`, `windows-1252`.
    pub fn encoding_named(label: &str) -> Option<&'static Encoding> {
        Encoding::for_label(label.as_bytes())
    }
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetName {
    /// By what is written on its tab.
    Called(String),
    /// By its place, from 1.
    Number(usize),
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: None,
            quote: b'"',
            encoding: None,
            columns: None,
            sheet: None,
            header_row: None,
        }
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
    /// A workbook that the caller gave as a stream.
    #[error("a workbook is read from a file that can be sought in")]
    Workbook,
    /// It is neither text nor a workbook nor contact cards.
    #[error("{0}")]
    Format(&'static str),
    /// The workbook has no such sheet.
    #[error("no sheet {wanted}; there are {known}")]
    NoSheet {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// Packed data that grows beyond reason, or XML that no program of offices writes.
    #[error("{part}: {reason}")]
    Hostile {
        /// Which part of the workbook.
        part: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A part of the workbook that cannot be read.
    #[error("{part}: {reason}")]
    Broken {
        /// Which part.
        part: String,
        /// Why.
        reason: String,
    },
    /// A contact card that ends with the file.
    #[error("card {row} begins and does not end")]
    CardUnclosed {
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
            Self::Workbook => "file.not_seekable",
            Self::Format(_) => "file.format",
            Self::NoSheet { .. } => "sheet.unknown",
            Self::Hostile { .. } => "file.hostile",
            Self::Broken { .. } => "file.broken",
            Self::CardUnclosed { .. } => "card.unclosed",
            Self::QuoteUnclosed { .. } => "quote.unclosed",
        }
    }

    /// The row at which reading ended, where it had begun.
    pub const fn row(&self) -> Option<u64> {
        match self {
            Self::Io(_) | Self::Empty | Self::Workbook | Self::Format(_) => None,
            Self::NoSheet { .. } | Self::Hostile { .. } | Self::Broken { .. } => None,
            Self::TooManyColumns { row }
            | Self::CardUnclosed { row }
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
    /// The cells that a workbook holds as something else than text, in their order.
    typed: Vec<(usize, Typed)>,
}

/// What a workbook's cell holds, where that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A number, written with a point and without groups.
    Number,
    /// A day or time, written as ISO 8601.
    Time,
    /// `true` or `false`.
    Flag,
}

impl Row {
    /// A row of these cells.
    pub fn new<T: AsRef<str>>(number: u64, cells: impl IntoIterator<Item = T>) -> Self {
        let mut row = Self { number, ..Self::default() };
        for cell in cells {
            row.push(cell.as_ref());
        }
        row
    }

    /// The cell of a column, as it stands.
    pub fn cell(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(at)?)
    }

    /// What the cell of a column holds, where it is no text.
    pub fn typed(&self, at: usize) -> Option<Typed> {
        let found = self.typed.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        self.typed.get(found).map(|(_, typed)| *typed)
    }

    /// Adds a cell behind the last.
    fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
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
pub struct Rows<R>(Kind<R>);

enum Kind<R> {
    Table(table::Table<R>),
    Cards(Box<card::Cards<R>>),
    Sheet(Box<book::Sheet<R>>),
}

impl<R: io::Read> Rows<R> {
    /// Starts reading text or contact cards: finds out the encoding and the delimiter, and reads the header.
    ///
    /// # Errors
    ///
    /// As [`ReadError`]; a workbook is refused, since it is read from its end: see [`Rows::open_file`].
    pub fn open(bytes: R, dialect: &Dialect) -> Result<Self, ReadError> {
        let bytes = Decoded::open(bytes, dialect.encoding)?;
        let beginning = bytes.beginning();
        if beginning.starts_with(PACKED) {
            return Err(ReadError::Workbook);
        }
        if beginning.starts_with(OLD_OFFICE) {
            let reason =
                "an old or encrypted workbook; save it as .xlsx without a password, or as CSV";
            return Err(ReadError::Format(reason));
        }
        Ok(Self(if card::begins(&bytes) {
            Kind::Cards(Box::new(card::Cards::open(bytes, dialect)))
        } else {
            Kind::Table(table::Table::open(bytes, dialect)?)
        }))
    }

    /// The names of the columns: trimmed, and a second `Name` is `Name#2`.
    pub fn header(&self) -> &[String] {
        match &self.0 {
            Kind::Table(table) => table.header(),
            Kind::Cards(cards) => cards.header(),
            Kind::Sheet(sheet) => sheet.header(),
        }
    }

    /// What the file's bytes were taken for.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Kind::Table(table) => table.encoding().name(),
            Kind::Cards(cards) => cards.encoding().name(),
            Kind::Sheet(_) => "xlsx",
        }
    }

    /// The next row, or nothing at the end. Lines without anything on them are no rows.
    ///
    /// # Errors
    ///
    /// As [`ReadError`]; after one, reading has ended.
    pub fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        match &mut self.0 {
            Kind::Table(table) => table.next_row(),
            Kind::Cards(cards) => cards.next_row(),
            Kind::Sheet(sheet) => sheet.next_row(),
        }
    }
}

impl<R: io::Read + io::Seek> Rows<R> {
    /// Starts reading a file of any kind that is known.
    ///
    /// # Errors
    ///
    /// As [`ReadError`].
    pub fn open_file(mut bytes: R, dialect: &Dialect) -> Result<Self, ReadError> {
        let mut first = Vec::with_capacity(PACKED.len());
        io::Read::read_to_end(&mut io::Read::take(&mut bytes, PACKED.len() as u64), &mut first)?;
        bytes.rewind()?;
        if first == PACKED {
            return Ok(Self(Kind::Sheet(Box::new(book::Sheet::open(bytes, dialect)?))));
        }
        Self::open(bytes, dialect)
    }
}

/// How a packed file begins; every .xlsx is one.
const PACKED: &[u8] = b"PK\x03\x04";
/// How the files of older office programs begin, and encrypted new ones.
const OLD_OFFICE: &[u8] = b"\xd0\xcf\x11\xe0";

#[cfg(test)]
mod tests;
