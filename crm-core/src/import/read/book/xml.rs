//! XML parts of a workbook, read event by event, with an end to everything that could grow.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::import::read::{FIELD_BYTES_MAX, ReadError};

/// How deep elements may stand in each other.
pub(super) const DEPTH_MAX: u32 = 64;
/// The longest tag or text, in bytes.
pub(super) const EVENT_BYTES_MAX: usize = 2 * FIELD_BYTES_MAX;
/// What a part may always grow to when it is unpacked.
const ALWAYS_BYTES: u64 = 16 << 20;
/// How much larger than its packed form a longer part may be: XML of offices packs 5 to 50 times, and no packing of a
/// zip file goes beyond 1,032 times.
const GROWTH_MAX: u64 = 200;
/// What no part may grow to.
const PART_BYTES_MAX: u64 = 4 << 30;

/// Counts what is unpacked, and stops it.
pub(super) struct Metered<R> {
    inner: BufReader<R>,
    bytes_max: u64,
    bytes: u64,
    pub(super) event: usize,
    pub(super) over: Option<&'static str>,
}

impl<R: Read> Metered<R> {
    /// A part of which `packed` bytes are stored.
    pub(super) fn new(inner: R, packed: u64) -> Self {
        let bytes_max = packed.saturating_mul(GROWTH_MAX).clamp(ALWAYS_BYTES, PART_BYTES_MAX);
        Self {
            inner: BufReader::with_capacity(64 << 10, inner),
            bytes_max,
            bytes: 0,
            event: 0,
            over: None,
        }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut from = self.fill_buf()?;
        let read = from.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes > self.bytes_max {
            self.over = Some("it unpacks to far more than a workbook does");
        } else if self.event > EVENT_BYTES_MAX {
            self.over = Some("a tag or text of it is longer than 2 MiB");
        }
        match self.over {
            Some(reason) => Err(io::Error::other(reason)),
            None => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.bytes = self.bytes.saturating_add(amount as u64);
        self.event = self.event.saturating_add(amount);
        self.inner.consume(amount);
    }
}

/// An XML part.
pub(super) struct Xml<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    pub(super) part: String,
    depth: u32,
}

impl<R: Read> Xml<R> {
    pub(super) fn new(part: &str, inner: R, packed: u64) -> Self {
        let mut reader = Reader::from_reader(Metered::new(inner, packed));
        reader.config_mut().check_end_names = false;
        Self { reader, buffer: Vec::new(), part: part.to_owned(), depth: 0 }
    }

    /// The next event; declarations, comments and instructions of no interest are passed over by the caller.
    pub(super) fn next(&mut self) -> Result<Event<'_>, ReadError> {
        self.buffer.clear();
        self.reader.get_mut().event = 0;
        let hostile = |reason| ReadError::Hostile { part: self.part.clone(), reason };
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                return Err(match self.reader.get_ref().over {
                    Some(reason) => hostile(reason),
                    None => {
                        ReadError::Broken { part: self.part.clone(), reason: error.to_string() }
                    }
                });
            }
        };
        match &event {
            Event::Start(_) => {
                self.depth = self.depth.saturating_add(1);
                if self.depth > DEPTH_MAX {
                    return Err(hostile("its elements stand in each other more than 64 deep"));
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => {
                return Err(hostile("it declares a document type, which may define entities"));
            }
            Event::Eof if self.depth > 0 => {
                let reason = "it ends in the middle".to_owned();
                return Err(ReadError::Broken { part: self.part.clone(), reason });
            }
            Event::Empty(_) | Event::Text(_) | Event::CData(_) | Event::Comment(_) => {}
            Event::Decl(_) | Event::PI(_) | Event::GeneralRef(_) | Event::Eof => {}
        }
        Ok(event)
    }
}

/// An attribute by the name behind its prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = tag.attributes();
    let mut all = all.with_checks(false).filter_map(Result::ok);
    let found = all.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::default()).ok().map(|value| value.into_owned())
}
