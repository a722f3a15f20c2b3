//! Contact cards (vCard 2.1, 3.0, 4.0) to rows: a card is a row, what it says stands in named columns.
//!
//! Folded lines, quoted-printable, charsets, groups, types and preferences are understood; pictures, sounds and keys are
//! counted and thrown away. What has no column is named in the column `OTHER`, so that nothing is lost in silence.

mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::decode::Decoded;
use super::{Dialect, ROW_BYTES_MAX, ReadError, Row};
use line::{Head, Property};

/// Lines of one card at most.
const LINES_MAX: usize = 10_000;

/// The columns that plans name; `.all` has one value a line, the preferred one first.
pub(super) const COLUMNS: &[&str] = &[
    "FN",
    "NAME",
    "N.family",
    "N.given",
    "N.additional",
    "N.prefix",
    "N.suffix",
    "NICKNAME",
    "ORG",
    "ORG.unit",
    "TITLE",
    "ROLE",
    "TEL",
    "TEL.2",
    "TEL.3",
    "TEL.cell",
    "TEL.work",
    "TEL.home",
    "TEL.fax",
    "TEL.all",
    "EMAIL",
    "EMAIL.2",
    "EMAIL.3",
    "EMAIL.work",
    "EMAIL.home",
    "EMAIL.all",
    "ADR.po_box",
    "ADR.extended",
    "ADR.street",
    "ADR.city",
    "ADR.region",
    "ADR.code",
    "ADR.country",
    "ADR.work.po_box",
    "ADR.work.extended",
    "ADR.work.street",
    "ADR.work.city",
    "ADR.work.region",
    "ADR.work.code",
    "ADR.work.country",
    "ADR.home.po_box",
    "ADR.home.extended",
    "ADR.home.street",
    "ADR.home.city",
    "ADR.home.region",
    "ADR.home.code",
    "ADR.home.country",
    "ADR.all",
    "URL",
    "URL.all",
    "IM.all",
    "BDAY",
    "BDAY.text",
    "ANNIVERSARY",
    "NOTE",
    "CATEGORIES",
    "UID",
    "REV",
    "VERSION",
    "PHOTO",
    "OTHER",
];

const ADDRESS_PARTS: [&str; 7] =
    ["po_box", "extended", "street", "city", "region", "code", "country"];

/// Accounts of chat services; the rest of the name is the service.
const CHATS: &[&str] = &[
    "IMPP",
    "X-AIM",
    "X-GTALK",
    "X-GOOGLE-TALK",
    "X-ICQ",
    "X-JABBER",
    "X-MSN",
    "X-QQ",
    "X-SKYPE",
    "X-SKYPE-USERNAME",
    "X-WECHAT",
    "X-YAHOO",
    "X-MS-IMADDRESS",
];

/// The cards of a file.
pub(super) struct Cards<R> {
    bytes: Decoded<R>,
    named: Option<&'static Encoding>,
    encoding: &'static Encoding,
    header: Vec<String>,
    input: Vec<u8>,
    seen: usize,
    peeked: Option<Vec<u8>>,
    row: u64,
    ended: bool,
}

/// Whether what a column of cards says is said by others too, given those that a plan reads.
pub(crate) fn is_said_elsewhere(column: &str, read: &dyn Fn(&str) -> bool) -> bool {
    match column {
        "VERSION" | "REV" | "UID" => true,
        "FN" | "NAME" => read("FN") || read("NAME"),
        _ if column.starts_with("N.") => read("FN") || read("NAME"),
        _ if column.starts_with("TEL") => read("TEL.all"),
        _ if column.starts_with("EMAIL") => read("EMAIL.all"),
        _ if column.starts_with("ADR.") && column != "ADR.all" => read("ADR.all"),
        "URL" => read("URL.all"),
        _ => false,
    }
}

/// Whether a file begins with a card.
pub(super) fn begins<R: Read>(bytes: &Decoded<R>) -> bool {
    let narrow = bytes.beginning().iter().copied().filter(|byte| *byte != 0);
    let first = narrow.skip_while(u8::is_ascii_whitespace).take(11);
    first.collect::<Vec<u8>>().eq_ignore_ascii_case(b"BEGIN:VCARD")
}

impl<R: Read> Cards<R> {
    pub(super) fn open(mut bytes: Decoded<R>, dialect: &Dialect) -> Self {
        let encoding = bytes.encoding;
        // Each value may have a charset of its own, so that only UTF-16 is decoded as a whole.
        let whole = encoding == UTF_16LE || encoding == UTF_16BE;
        if !whole {
            bytes.leave_as_it_is();
        }
        let named = dialect.encoding.or((encoding != UTF_8).then_some(encoding));
        let named = named.filter(|named| !whole && *named != UTF_8);
        let header = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        let (input, seen, peeked) = (Vec::new(), 0, None);
        Self { bytes, named, encoding, header, input, seen, peeked, row: 0, ended: false }
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) const fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        let found = self.card();
        self.ended = !matches!(found, Ok(Some(_)));
        found
    }

    /// The next card: its number counts cards from 1.
    fn card(&mut self) -> Result<Option<Row>, ReadError> {
        loop {
            match self.property()? {
                None => return Ok(None),
                Some(property) if opens(&property) => break,
                Some(_) => {}
            }
        }
        self.row = self.row.saturating_add(1);
        let (mut depth, mut lines, mut all) = (1_u32, 0_usize, Vec::new());
        let mut bytes = 0_usize;
        while depth > 0 {
            let property = self.property()?.ok_or(ReadError::CardUnclosed { row: self.row })?;
            lines = lines.saturating_add(1);
            bytes = bytes.saturating_add(property.value.len());
            if lines > LINES_MAX || bytes > ROW_BYTES_MAX {
                return Err(ReadError::RowTooLong { row: self.row });
            }
            if opens(&property) {
                // A card in a card: somebody's assistant. It is named, not read.
                depth = depth.saturating_add(1);
            } else if property.name == "END" && property.value.trim().eq_ignore_ascii_case("VCARD")
            {
                depth = depth.saturating_sub(1);
            } else if depth == 1 {
                all.push(property);
            }
        }
        let cells = Card::of(&all).cells();
        let damaged = all.iter().any(|property| property.damaged);
        let mut row = Row::new(
            self.row,
            COLUMNS.iter().map(|name| cells.get(name).map_or("", String::as_str)),
        );
        if damaged {
            let broken = row
                .cells()
                .enumerate()
                .filter(|(_, cell)| cell.contains(char::REPLACEMENT_CHARACTER));
            row.damaged = broken.map(|(at, _)| at).collect();
        }
        Ok(Some(row))
    }

    /// The next line that is whole, as a property; lines without a colon are none.
    fn property(&mut self) -> Result<Option<Property>, ReadError> {
        loop {
            let Some(mut line) = self.line()? else { return Ok(None) };
            let Some(head) = Head::of(&line) else { continue };
            let (soft, binary) = (head.is_quoted_printable(), head.is_binary());
            loop {
                if soft && line.last() == Some(&b'=') {
                    line.pop();
                    match self.line()? {
                        Some(next) => line.extend(next),
                        None => break,
                    }
                } else if self
                    .peek()?
                    .is_some_and(|next| next.starts_with(b" ") || next.starts_with(b"\t"))
                {
                    let next = self.line()?.unwrap_or_default();
                    if !binary {
                        line.extend(next.get(1..).unwrap_or_default());
                    }
                } else if binary
                    && self.peek()?.is_some_and(|next| !next.contains(&b':') && !next.is_empty())
                {
                    self.line()?;
                } else {
                    break;
                }
                if line.len() > ROW_BYTES_MAX {
                    return Err(ReadError::RowTooLong { row: self.row });
                }
            }
            return Ok(Head::of(&line).map(|head| head.property(self.named)));
        }
    }

    fn peek(&mut self) -> Result<Option<&Vec<u8>>, ReadError> {
        if self.peeked.is_none() {
            self.peeked = self.physical()?;
        }
        Ok(self.peeked.as_ref())
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        match self.peeked.take() {
            Some(line) => Ok(Some(line)),
            None => self.physical(),
        }
    }

    /// The next line as it stands in the file, without its end.
    fn physical(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut searched = 0_usize;
        loop {
            let rest = self.input.get(self.seen..).unwrap_or_default();
            let fresh = rest.get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let end = searched.saturating_add(at);
                let line = rest.get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.seen = self.seen.saturating_add(end).saturating_add(1);
                return Ok(Some(line));
            }
            searched = rest.len();
            if searched > ROW_BYTES_MAX {
                return Err(ReadError::RowTooLong { row: self.row });
            }
            drop(self.input.drain(..self.seen));
            self.seen = 0;
            if !self.bytes.more(&mut self.input)? {
                let line = core::mem::take(&mut self.input);
                return Ok((!line.is_empty()).then_some(line));
            }
        }
    }
}

fn opens(property: &Property) -> bool {
    property.name == "BEGIN" && property.value.trim().eq_ignore_ascii_case("VCARD")
}

/// What a card says, by column.
struct Card<'a> {
    all: &'a [Property],
    /// Version 2.1.
    old: bool,
    cells: BTreeMap<&'static str, String>,
    other: BTreeSet<String>,
}

impl<'a> Card<'a> {
    fn of(all: &'a [Property]) -> Self {
        let version = all.iter().find(|property| property.name == "VERSION");
        let old = version.is_some_and(|version| version.value.trim().starts_with('2'));
        Self { all, old, cells: BTreeMap::new(), other: BTreeSet::new() }
    }

    fn cells(mut self) -> BTreeMap<&'static str, String> {
        for name in ["FN", "NICKNAME", "TITLE", "ROLE", "UID", "REV", "VERSION"] {
            self.one(name);
        }
        self.name();
        self.organization();
        self.day("BDAY", "BDAY.text");
        self.day("ANNIVERSARY", "ANNIVERSARY");
        self.numbers();
        self.mails();
        self.addresses();
        self.joined("NOTE", "\n");
        self.joined("CATEGORIES", ",");
        self.listed("URL");
        self.chats();
        self.rest();
        self.cells
    }

    fn put(&mut self, column: &'static str, text: String) {
        if !text.is_empty() {
            self.cells.entry(column).or_insert(text);
        }
    }

    /// The properties of a name that say something, the preferred one first.
    fn named(&self, name: &str) -> Vec<&'a Property> {
        let named = self.all.iter().filter(|property| property.name == name);
        let mut named: Vec<_> =
            named.filter(|property| !property.value.trim().is_empty()).collect();
        named.sort_by_key(|property| property.preference());
        named
    }

    /// The first of a name; more than one are named, unless they say the same in another way.
    fn first(&mut self, name: &str) -> Option<&'a Property> {
        let named = self.named(name);
        let first = named.first().copied();
        let alternative = |one: &Property| {
            one.alternative().is_some()
                && one.alternative() == first.and_then(Property::alternative)
        };
        if named
            .iter()
            .skip(1)
            .any(|one| !alternative(one) && Some(&one.value) != first.map(|first| &first.value))
        {
            self.other.insert(name.to_owned());
        }
        first
    }

    fn one(&mut self, name: &'static str) {
        let text = self.first(name).map(|property| property.text(self.old));
        self.put(name, text.unwrap_or_default());
    }

    fn name(&mut self) {
        let columns = ["N.family", "N.given", "N.additional", "N.prefix", "N.suffix"];
        let parts = self.first("N").map(|property| property.parts(self.old)).unwrap_or_default();
        for (column, part) in columns.into_iter().zip(&parts) {
            self.put(column, part.clone());
        }
        let part = |at: usize| parts.get(at).map(String::as_str).unwrap_or_default();
        let (family, given) = (part(0), part(1));
        // 王 and 伟 are 王伟; Doe and John are John Doe.
        let han = |text: &str| text.chars().any(|char| matches!(char, '\u{3400}'..='\u{9fff}'));
        let whole = match han(family) || han(given) {
            true => format!("{family}{given}"),
            false => [given, family].join(" ").trim().to_owned(),
        };
        let said = |column: &str| self.cells.get(column).cloned();
        let nickname = said("NICKNAME").unwrap_or_default();
        let name = said("FN").unwrap_or(if whole.is_empty() { nickname } else { whole });
        self.put("NAME", name);
    }

    fn organization(&mut self) {
        let parts = self.first("ORG").map(|property| property.parts(self.old)).unwrap_or_default();
        let mut parts = parts.into_iter().filter(|part| !part.is_empty());
        self.put("ORG", parts.next().unwrap_or_default());
        self.put("ORG.unit", parts.collect::<Vec<_>>().join(", "));
    }

    /// A day as ISO 8601, where it is whole; otherwise it stays beside as it is written.
    fn day(&mut self, name: &'static str, text_column: &'static str) {
        let Some(property) = self.first(name) else { return };
        let text = property.text(self.old);
        let date = text.split(['T', ' ']).next().unwrap_or_default();
        let digits: String = date.chars().filter(char::is_ascii_digit).collect();
        let whole =
            digits.len() == 8 && date.chars().all(|char| char.is_ascii_digit() || char == '-');
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        if whole {
            self.put(name, format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8)));
        } else {
            self.put(text_column, text);
        }
    }

    fn numbers(&mut self) {
        let numbers: Vec<(Vec<String>, String)> = self
            .named("TEL")
            .into_iter()
            .map(|property| (property.types(), telephone(&property.text(self.old))))
            .collect();
        let is = |types: &[String], words: &[&str]| {
            types.iter().any(|word| words.contains(&word.as_str()))
        };
        let machine = |types: &[String]| is(types, &["fax", "pager"]);
        let of = |test: &dyn Fn(&[String]) -> bool| {
            let found = numbers.iter().find(|(types, _)| test(types));
            found.map(|(_, number)| number.clone()).unwrap_or_default()
        };
        let kinds: [(&'static str, &[&str]); 3] = [
            ("TEL.cell", &["cell", "mobile", "iphone"]),
            ("TEL.work", &["work"]),
            ("TEL.home", &["home"]),
        ];
        for (column, words) in kinds {
            let number = of(&|types| is(types, words) && !machine(types));
            self.put(column, number);
        }
        let fax = of(&|types| is(types, &["fax"]));
        self.put("TEL.fax", fax);
        let people = numbers.iter().filter(|(types, _)| !machine(types));
        let machines = numbers.iter().filter(|(types, _)| machine(types));
        let numbers = people.chain(machines).map(|(_, number)| number.clone()).collect();
        self.list(["TEL", "TEL.2", "TEL.3"], "TEL.all", numbers);
    }

    fn mails(&mut self) {
        let mut all = Vec::new();
        for property in self.named("EMAIL") {
            let text = property.text(self.old);
            let mail = text.strip_prefix("mailto:").unwrap_or(&text).to_owned();
            for word in property.types() {
                match word.as_str() {
                    "work" => self.put("EMAIL.work", mail.clone()),
                    "home" => self.put("EMAIL.home", mail.clone()),
                    _ => {}
                }
            }
            all.push(mail);
        }
        self.list(["EMAIL", "EMAIL.2", "EMAIL.3"], "EMAIL.all", all);
    }

    fn list(&mut self, firsts: [&'static str; 3], column: &'static str, values: Vec<String>) {
        let mut all: Vec<String> = Vec::with_capacity(values.len());
        for value in values.into_iter().filter(|value| !value.is_empty()) {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        for (column, value) in firsts.into_iter().zip(&all) {
            self.put(column, value.clone());
        }
        self.put(column, all.join("\n"));
    }

    fn addresses(&mut self) {
        let mut lines = Vec::new();
        for property in self.named("ADR") {
            let parts = property.parts(self.old);
            let types = property.types();
            let kinds =
                ["work", "home"].into_iter().filter(|kind| types.iter().any(|word| word == kind));
            let groups: Vec<String> = core::iter::once("ADR.".to_owned())
                .chain(kinds.map(|kind| format!("ADR.{kind}.")))
                .filter(|group| {
                    !self.cells.keys().any(|column| {
                        column
                            .strip_prefix(group.as_str())
                            .is_some_and(|part| !part.contains('.') && part != "all")
                    })
                })
                .collect();
            for group in groups {
                for (part, text) in ADDRESS_PARTS.iter().zip(&parts) {
                    let name = format!("{group}{part}");
                    if let Some(column) = COLUMNS.iter().find(|column| **column == name) {
                        self.put(column, text.clone());
                    }
                }
            }
            let said: Vec<&str> =
                parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            lines.push(said.join(", ").replace('\n', ", "));
        }
        self.put("ADR.all", lines.join("\n"));
    }

    fn joined(&mut self, name: &'static str, between: &str) {
        let mut texts: Vec<String> = Vec::new();
        for property in self.named(name) {
            let text = property.text(self.old);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        self.put(name, texts.join(between));
    }

    fn listed(&mut self, name: &'static str) {
        let texts: Vec<String> =
            self.named(name).iter().map(|property| property.text(self.old)).collect();
        self.put(name, texts.first().cloned().unwrap_or_default());
        self.put("URL.all", texts.join("\n"));
    }

    fn chats(&mut self) {
        let mut lines = Vec::new();
        for property in self.all.iter().filter(|property| CHATS.contains(&property.name.as_str())) {
            let text = property.text(self.old);
            let service = property.name.strip_prefix("X-").map(str::to_ascii_lowercase);
            let line = service.map_or(text.clone(), |service| format!("{service}:{text}"));
            if !text.is_empty() {
                lines.push(line);
            }
        }
        self.put("IM.all", lines.join("\n"));
    }

    /// What is counted, and what has no column.
    fn rest(&mut self) {
        let pictures = ["PHOTO", "LOGO", "SOUND", "KEY", "X-MS-CARDPICTURE"];
        let count =
            self.all.iter().filter(|property| pictures.contains(&property.name.as_str())).count();
        if count > 0 {
            self.put("PHOTO", count.to_string());
        }
        let known = |name: &str| {
            pictures.contains(&name)
                || CHATS.contains(&name)
                || COLUMNS.contains(&name)
                || matches!(
                    name,
                    "N" | "ADR" | "LABEL" | "PRODID" | "X-ABLABEL" | "X-ABADR" | "X-ABUID"
                )
        };
        let unknown = self.all.iter().filter(|property| !known(&property.name));
        self.other.extend(unknown.map(|property| property.name.clone()));
        let other: Vec<&str> = self.other.iter().map(String::as_str).collect();
        let other = other.join(" ");
        self.put("OTHER", other);
    }
}

/// `tel:+1-418-656-9254;ext=102` as people write it.
fn telephone(text: &str) -> String {
    let Some(uri) = text.strip_prefix("tel:") else { return text.to_owned() };
    let mut parts = uri.split(';');
    let number = parts.next().unwrap_or_default();
    match parts.find_map(|part| part.strip_prefix("ext=")) {
        Some(extension) => format!("{number} ext. {extension}"),
        None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests;
