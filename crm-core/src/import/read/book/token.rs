//! The tags and texts of a part, straight from its bytes: the sheets and shared texts of large workbooks are read by it.
//!
//! It knows as much of XML as there is in such a part: tags with attributes, texts with references, CDATA; comments and
//! instructions are passed over, document types refused. It is UTF-8, as every office program writes it.

use std::io::{BufRead as _, Read};

use super::xml::{DEPTH_MAX, EVENT_BYTES_MAX, Metered};
use crate::import::read::ReadError;

/// A part, token by token.
pub(super) struct Tokens<R> {
    from: Metered<R>,
    bytes: Vec<u8>,
    /// Where the token begins, and how long it is.
    start: usize,
    length: usize,
    pub(super) part: String,
    depth: u32,
}

/// What stands next in a part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    /// The beginning of an element, or all of it.
    Open(Tag<'a>),
    /// The end of an element of that name.
    Close(&'a [u8]),
    /// Text, with references in it.
    Text(&'a [u8]),
    /// Text as it is.
    Data(&'a [u8]),
    /// Nothing any more.
    End,
}

/// A tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// Its name, behind the prefix.
    pub(super) name: &'a [u8],
    /// Whether the element ends with it.
    pub(super) empty: bool,
    attributes: &'a [u8],
}

/// What a token is, before it is borrowed.
enum Found {
    Open,
    Close,
    Text,
    Data,
    Passed,
    End,
}

impl<R: Read> Tokens<R> {
    pub(super) fn new(part: &str, inner: R, packed: u64) -> Self {
        let from = Metered::new(inner, packed);
        let part = part.to_owned();
        Self { from, bytes: Vec::new(), start: 0, length: 0, part, depth: 0 }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token<'_>, ReadError> {
        let found = loop {
            match self.find()? {
                Found::Passed => {}
                found @ (Found::Open | Found::Close | Found::Text | Found::Data | Found::End) => {
                    break found;
                }
            }
        };
        let whole = self.bytes.get(self.start..self.start.saturating_add(self.length));
        let whole = whole.unwrap_or_default();
        let inside = |before: usize, behind: usize| {
            whole.get(before..whole.len().saturating_sub(behind)).unwrap_or_default()
        };
        Ok(match found {
            Found::Open => {
                let tag = Tag::of(inside(1, 1));
                if !tag.empty {
                    self.depth = self.depth.saturating_add(1);
                    if self.depth > DEPTH_MAX {
                        let reason = "its elements stand in each other more than 64 deep";
                        return Err(hostile(&self.part, reason));
                    }
                }
                Token::Open(tag)
            }
            Found::Close => {
                self.depth = self.depth.saturating_sub(1);
                Token::Close(local(inside(2, 1).trim_ascii_end()))
            }
            Found::Text => Token::Text(whole),
            Found::Data => Token::Data(inside(9, 3)),
            Found::End | Found::Passed if self.depth > 0 => return Err(self.cut_off()),
            Found::End | Found::Passed => Token::End,
        })
    }

    /// Finds the end of the next token.
    fn find(&mut self) -> Result<Found, ReadError> {
        self.start = self.start.saturating_add(self.length);
        self.length = 0;
        let Some(first) = self.byte(0)? else { return Ok(Found::End) };
        if first != b'<' {
            self.length = self.until(0, b"<", false)?;
            return Ok(Found::Text);
        }
        let found = match self.byte(1)? {
            Some(b'/') => {
                self.length = self.closed(2, b">")?;
                Found::Close
            }
            Some(b'?') => {
                self.length = self.closed(2, b"?>")?;
                Found::Passed
            }
            Some(b'!') => self.declared()?,
            Some(_) => {
                self.length = self.tag()?;
                Found::Open
            }
            None => return Err(self.cut_off()),
        };
        Ok(found)
    }

    /// A comment, CDATA, or what may define entities.
    fn declared(&mut self) -> Result<Found, ReadError> {
        let (comment, data) = (b"<!--".as_slice(), b"<![CDATA[".as_slice());
        self.byte(data.len())?;
        let begins =
            |with: &[u8]| self.bytes.get(self.start..).unwrap_or_default().starts_with(with);
        if begins(comment) {
            self.length = self.closed(comment.len(), b"-->")?;
            return Ok(Found::Passed);
        }
        if begins(data) {
            self.length = self.closed(data.len(), b"]]>")?;
            return Ok(Found::Data);
        }
        let reason = "it declares a document type, which may define entities";
        Err(hostile(&self.part, reason))
    }

    /// The length of a tag: up to the first `>` outside quotes.
    fn tag(&mut self) -> Result<usize, ReadError> {
        let (mut at, mut quote) = (1, None);
        loop {
            let rest = self.bytes.get(self.start.saturating_add(at)..).unwrap_or_default();
            for (index, byte) in (at..).zip(rest) {
                match (quote, *byte) {
                    (None, b'>') => return Ok(index.saturating_add(1)),
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(open), close) if open == close => quote = None,
                    _ => {}
                }
            }
            at = at.saturating_add(rest.len());
            if !self.fill()? {
                return Err(self.cut_off());
            }
        }
    }

    /// How far it is to the end of `mark`, which must come.
    fn closed(&mut self, from: usize, mark: &[u8]) -> Result<usize, ReadError> {
        let length = self.until(from, mark, true)?;
        Ok(length.saturating_add(mark.len()))
    }

    /// How far it is to `mark`; to the end of the part where it need not come.
    fn until(&mut self, from: usize, mark: &[u8], must: bool) -> Result<usize, ReadError> {
        let mut at = from;
        loop {
            let rest = self.bytes.get(self.start.saturating_add(at)..).unwrap_or_default();
            let found = match mark {
                [only] => rest.iter().position(|byte| byte == only),
                _ => rest.windows(mark.len()).position(|window| window == mark),
            };
            if let Some(found) = found {
                return Ok(at.saturating_add(found));
            }
            // The mark may begin in what is there.
            let looked = rest.len().saturating_sub(mark.len().saturating_sub(1));
            let all = at.saturating_add(rest.len());
            at = at.saturating_add(looked);
            if !self.fill()? {
                return if must { Err(self.cut_off()) } else { Ok(all) };
            }
        }
    }

    /// A byte of the token; none behind the end.
    fn byte(&mut self, at: usize) -> Result<Option<u8>, ReadError> {
        loop {
            if let Some(byte) = self.bytes.get(self.start.saturating_add(at)) {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads more of the part, and lets go what was read before the token; whether there was any.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.bytes.drain(..self.start.min(self.bytes.len()));
        self.start = 0;
        if self.bytes.len() > EVENT_BYTES_MAX {
            return Err(hostile(&self.part, "a tag or text of it is longer than 2 MiB"));
        }
        self.from.event = 0;
        let more = match self.from.fill_buf() {
            Ok(more) => more,
            Err(error) => {
                return Err(match self.from.over {
                    Some(reason) => hostile(&self.part, reason),
                    None => self.broken(error.to_string()),
                });
            }
        };
        let read = more.len();
        self.bytes.extend(more);
        self.from.consume(read);
        Ok(read > 0)
    }

    fn cut_off(&self) -> ReadError {
        self.broken("it ends in the middle".to_owned())
    }

    fn broken(&self, reason: String) -> ReadError {
        ReadError::Broken { part: self.part.clone(), reason }
    }
}

/// What is wrong with a text.
pub(super) enum Wrong {
    /// It is no XML in UTF-8.
    Broken(String),
    /// It names an entity that only a document type could define.
    Entity,
}

impl Wrong {
    pub(super) fn of(self, part: &str) -> ReadError {
        match self {
            Self::Broken(reason) => ReadError::Broken { part: part.to_owned(), reason },
            Self::Entity => hostile(part, "it uses an entity that it cannot define"),
        }
    }
}

/// Appends a text of a part, its references resolved.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn resolved(raw: &[u8], out: &mut String) -> Result<(), Wrong> {
    let text = core::str::from_utf8(raw).map_err(|error| Wrong::Broken(error.to_string()))?;
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let endless = || Wrong::Broken("a reference has no end".to_owned());
        let (name, behind) = behind.split_once(';').ok_or_else(endless)?;
        out.push(letter(name).ok_or(Wrong::Entity)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(())
}

/// The letter that a reference such as `amp` or `#10` stands for; no part defines references of its own.
fn letter(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        None => {
            let known = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
            return known.into_iter().find(|(known, _)| *known == name).map(|(_, letter)| letter);
        }
        Some(digits) => match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        },
    };
    // NUL is no letter of XML.
    number.ok().filter(|number| *number != 0).and_then(char::from_u32)
}

fn hostile(part: &str, reason: &'static str) -> ReadError {
    ReadError::Hostile { part: part.to_owned(), reason }
}

/// A name behind its prefix.
fn local(name: &[u8]) -> &[u8] {
    let prefix = name.iter().position(|byte| *byte == b':');
    prefix.and_then(|at| name.get(at.saturating_add(1)..)).unwrap_or(name)
}

impl<'a> Tag<'a> {
    /// A tag from what stands between its brackets.
    fn of(inside: &'a [u8]) -> Self {
        let (inside, empty) = match inside {
            [rest @ .., b'/'] => (rest, true),
            whole => (whole, false),
        };
        let end = inside.iter().position(u8::is_ascii_whitespace).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at_checked(end).unwrap_or_default();
        Self { name: local(name), empty, attributes }
    }

    /// Its attributes by their names behind the prefix; references in their values stay as they are.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.attributes;
        core::iter::from_fn(move || {
            let equals = rest.iter().position(|byte| *byte == b'=')?;
            let name = rest.get(..equals)?.trim_ascii();
            let behind = rest.get(equals.saturating_add(1)..)?.trim_ascii_start();
            let (quote, behind) = behind.split_first()?;
            let end = behind.iter().position(|byte| byte == quote)?;
            let (value, behind) = behind.split_at_checked(end)?;
            rest = behind.get(1..)?;
            Some((local(name), value))
        })
    }

    /// One of them as text.
    pub(super) fn attribute(&self, name: &[u8]) -> Option<&'a str> {
        let found = self.attributes().find(|(own, _)| *own == name);
        found.and_then(|(_, value)| core::str::from_utf8(value).ok())
    }
}
