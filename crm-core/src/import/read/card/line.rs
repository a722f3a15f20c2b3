//! One line of a card: its property, its parameters, its value in letters.

use encoding_rs::Encoding;

use crate::import::read::decode::likeliest;

/// A property with its parameters; the value is decoded, and still escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Property {
    /// In capitals, without its group.
    pub(super) name: String,
    params: Vec<(String, String)>,
    pub(super) value: String,
    /// Whether letters of the value could not be read.
    pub(super) damaged: bool,
}

/// What a line says before its value is looked at.
pub(super) struct Head<'a> {
    name: String,
    params: Vec<(String, String)>,
    value: &'a [u8],
}

impl<'a> Head<'a> {
    /// Splits a line at its first colon outside quotes; nothing where it has none.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let mut quoted = false;
        let colon = line.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b':' && !quoted
        })?;
        let (head, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        let head = String::from_utf8_lossy(head);
        let mut parts = unquoted(&head, ';').into_iter();
        let name = parts.next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default().trim().to_ascii_uppercase();
        let params = parts.map(|part| match part.split_once('=') {
            Some((key, value)) => (key.trim().to_ascii_uppercase(), plain(value)),
            // Version 2.1 writes types and encodings without their key.
            None => {
                let upper = part.trim().to_ascii_uppercase();
                let encodings = ["BASE64", "QUOTED-PRINTABLE", "8BIT", "7BIT"];
                let encoding = encodings.contains(&upper.as_str());
                (if encoding { "ENCODING" } else { "TYPE" }.to_owned(), upper)
            }
        });
        Some(Self { name, params: params.collect(), value })
    }

    fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// Whether a `=` at the end means that the value goes on.
    pub(super) fn is_quoted_printable(&self) -> bool {
        self.param("ENCODING").is_some_and(|said| said.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
    }

    /// Whether it holds a picture, a sound or a key.
    pub(super) fn is_binary(&self) -> bool {
        matches!(self.name.as_str(), "PHOTO" | "LOGO" | "SOUND" | "KEY" | "X-MS-CARDPICTURE")
            || self.param("ENCODING").is_some_and(|said| {
                said.eq_ignore_ascii_case("B") || said.eq_ignore_ascii_case("BASE64")
            })
    }

    /// The property, its value in letters: by its own charset, else as the file is written, else UTF-8, else by guess.
    pub(super) fn property(self, named: Option<&'static Encoding>) -> Property {
        if self.is_binary() {
            return Property { name: self.name, params: self.params, ..Property::default() };
        }
        let decoded = match self.is_quoted_printable() {
            true => from_quoted_printable(self.value),
            false => self.value.to_vec(),
        };
        let own = self.param("CHARSET").and_then(|label| Encoding::for_label(label.as_bytes()));
        let (value, damaged) = match (own.or(named), String::from_utf8(decoded)) {
            (None, Ok(text)) => (text, false),
            (None, Err(error)) => letters(likeliest(error.as_bytes(), true), error.as_bytes()),
            (Some(encoding), Ok(text)) => letters(encoding, text.as_bytes()),
            (Some(encoding), Err(error)) => letters(encoding, error.as_bytes()),
        };
        Property { name: self.name, params: self.params, value, damaged }
    }
}

fn letters(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), damaged)
}

impl Property {
    /// The types in small letters: `TYPE=WORK,VOICE`, `TYPE=work;TYPE=voice`, `WORK;VOICE`.
    pub(super) fn types(&self) -> Vec<String> {
        let types = self.params.iter().filter(|(key, _)| key == "TYPE");
        let split = types.flat_map(|(_, value)| value.split(','));
        split.map(|word| word.trim().to_ascii_lowercase()).collect()
    }

    /// How much it is preferred: 1 most, 101 where nothing is said.
    pub(super) fn preference(&self) -> u32 {
        let said = self.params.iter().find(|(key, _)| key == "PREF");
        match said {
            Some((_, value)) => value.parse().unwrap_or(101),
            None if self.types().iter().any(|word| word == "pref") => 1,
            None => 101,
        }
    }

    /// What says that several properties are the same thing, differently written.
    pub(super) fn alternative(&self) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == "ALTID").map(|(_, value)| value.as_str())
    }

    /// The parts between semicolons, unescaped.
    pub(super) fn parts(&self, old: bool) -> Vec<String> {
        let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
        for char in self.value.chars() {
            if char == ';' && !escaped {
                parts.push(unescaped(&part, old));
                part.clear();
                continue;
            }
            escaped = char == '\\' && !escaped;
            part.push(char);
        }
        parts.push(unescaped(&part, old));
        parts
    }

    /// The whole value, unescaped.
    pub(super) fn text(&self, old: bool) -> String {
        unescaped(&self.value, old)
    }
}

/// `\n`, `\,`, `\;`, `\:` and `\\`; version 2.1 has no line ends of this kind, so that `C:\new` stays.
fn unescaped(text: &str, old: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') if !old => out.push('\n'),
            Some(sign @ (',' | ';' | ':' | '\\')) => out.push(sign),
            Some('"') if !old => out.push('"'),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out.trim().to_owned()
}

/// A parameter's value without its quotes; RFC 6868: `^n` is a line end, `^'` a quote, `^^` itself.
fn plain(value: &str) -> String {
    value.replace('"', "").replace("^n", "\n").replace("^'", "\"").replace("^^", "^")
}

fn unquoted(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for char in text.chars() {
        quoted ^= char == '"';
        if char == separator && !quoted {
            parts.push(core::mem::take(&mut part));
        } else {
            part.push(char);
        }
    }
    parts.push(part);
    parts
}

/// RFC 2045, 6.7; what is no pair of hex digits stays as it stands.
fn from_quoted_printable(text: &[u8]) -> Vec<u8> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0_usize;
    while let Some(byte) = text.get(at) {
        let high = hex(text.get(at.saturating_add(1)));
        let low = hex(text.get(at.saturating_add(2)));
        let pair = high.zip(low).filter(|_| *byte == b'=');
        let coded = pair
            .and_then(|(high, low)| u8::try_from(high.saturating_mul(16).saturating_add(low)).ok());
        out.push(coded.unwrap_or(*byte));
        at = at.saturating_add(if coded.is_some() { 3 } else { 1 });
    }
    out
}
