//! How numbers are written.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::Format;
use crate::import::fault::Unfit;

/// What words behind a number multiply it by, in powers of ten.
pub(crate) const SCALES: &[(&str, u32)] = &[
    ("千", 3),
    ("万", 4),
    ("萬", 4),
    ("w", 4),
    ("W", 4),
    ("百万", 6),
    ("千万", 7),
    ("亿", 8),
    ("億", 8),
    ("k", 3),
    ("K", 3),
    ("m", 6),
    ("M", 6),
    ("mn", 6),
    ("MM", 6),
    ("million", 6),
    ("b", 9),
    ("B", 9),
    ("bn", 9),
    ("billion", 9),
];

/// The power of ten that a word means.
pub(crate) fn scale_of(word: &str) -> Option<u32> {
    SCALES.iter().find(|(name, _)| *name == word).map(|(_, power)| *power)
}

/// Wide letters of East Asian keyboards in their usual width: `１２．３` is `12.3`, `￥` is `¥`.
pub(crate) fn narrow(text: &str) -> Cow<'_, str> {
    let wide = |char| {
        matches!(char, '\u{ff01}'..='\u{ff5e}' | '\u{ffe5}' | '\u{3000}' | '\u{a0}' | '\u{202f}')
    };
    if !text.contains(wide) {
        return Cow::Borrowed(text);
    }
    let narrowed = text.chars().map(|char| match char {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(char).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(char)
        }
        '\u{ffe5}' => '¥',
        '\u{3000}' | '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    });
    Cow::Owned(narrowed.collect())
}

impl Format {
    /// The exact number that is written there.
    pub(crate) fn number(&self, text: &str) -> Result<Decimal, Unfit> {
        let wrong = || Unfit::new("number.format", text).limit(self.number_in_words());
        let letters = narrow(text);
        let plain = letters.trim();
        let enclosed = plain.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let enclosed = enclosed.filter(|_| self.parentheses);
        let body = enclosed.unwrap_or(plain);
        let (negative, body) = match body.strip_prefix(['-', '−']) {
            Some(_) if enclosed.is_some() => return Err(wrong()),
            Some(body) => (true, body),
            None => (enclosed.is_some(), body),
        };
        let body = self.without_symbols(body);
        let (body, power) = self.scaled(body);
        let body = self.without_symbols(body);
        let (negative, body) = match body.strip_prefix(['-', '−']) {
            Some(body) if !negative => (true, body),
            Some(_) | None => (negative, body),
        };
        let (whole, fraction) = match body.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (body, None),
        };
        let whole = self.ungrouped(whole).ok_or_else(wrong)?;
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&whole) || fraction.is_some_and(|fraction| !digits(fraction)) {
            return Err(wrong());
        }
        let sign = if negative { "-" } else { "" };
        let plain = format!("{sign}{whole}.{}", fraction.unwrap_or("0"));
        let number = Decimal::from_str_exact(&plain).ok();
        let factor = 10_i64.checked_pow(power).map(Decimal::from);
        let scaled = match power {
            0 => number,
            _ => number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)),
        };
        scaled.ok_or_else(|| Unfit::new("number.range", text).limit("28 significant digits"))
    }

    /// What is left when the symbols before and behind are taken off, each once.
    fn without_symbols<'a>(&self, text: &'a str) -> &'a str {
        let mut body = text.trim();
        for symbol in &self.symbols {
            let symbol = narrow(symbol);
            body = body.strip_prefix(&*symbol).unwrap_or(body);
            body = body.strip_suffix(&*symbol).unwrap_or(body).trim();
        }
        body
    }

    /// What stands before a word that multiplies, and the power of ten it means; the longest word wins.
    fn scaled<'a>(&self, text: &'a str) -> (&'a str, u32) {
        let found = self.scales.iter().filter_map(|word| {
            let before = text.strip_suffix(word.as_str())?;
            Some((before, scale_of(word)?))
        });
        let shortest = found.min_by_key(|(before, _)| before.len());
        shortest.map_or((text, 0), |(before, power)| (before.trim_end(), power))
    }

    /// The digits without their separators, which must stand between groups of three.
    fn ungrouped(&self, whole: &str) -> Option<String> {
        let Some(separator) = self.thousands.filter(|separator| whole.contains(*separator)) else {
            return Some(whole.to_owned());
        };
        let mut groups = whole.split(separator);
        let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
        (first && groups.all(|group| group.len() == 3)).then(|| whole.replace(separator, ""))
    }

    fn number_in_words(&self) -> String {
        let decimal = self.decimal;
        let groups = self.thousands.map(|sign| format!(", groups of three by {sign:?}"));
        format!("digits with {decimal:?} for decimals{}", groups.unwrap_or_default())
    }
}
