//! What a column holds, told from its values: all of them, in bounded memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::import::format::{DateFormat, Format, SCALES};

/// Distinct values that are kept.
const VALUES_MAX: usize = 200;
/// Values that are remembered to find out whether all differ.
const SEEN_MAX: usize = 200_000;

/// How days and times are written that people write; the most telling first.
const DATES: &[&str] = &[
    "iso",
    "yyyy/m/d",
    "yyyy/m/d h:mi",
    "yyyy/m/d h:mi:ss",
    "yyyy/m/d aph:mi",
    "yyyy/m/d aph:mi:ss",
    "yyyy/m/d ap h:mi",
    "yyyy-m-d aph:mi",
    "yyyy.m.d",
    "yyyy.m.d h:mi",
    "yyyy年m月d日",
    "yyyy年m月d日 h:mi",
    "yyyy年m月d日 h:mi:ss",
    "yyyy年m月d日 aph:mi",
    "yyyy年m月d日 h时mi分",
    "m/d/yyyy",
    "d/m/yyyy",
    "m/d/yyyy h:mi",
    "d/m/yyyy h:mi",
    "m/d/yyyy h:mi:ss",
    "d/m/yyyy h:mi:ss",
    "m/d/yyyy h:mi ap",
    "d/m/yyyy h:mi ap",
    "m/d/yyyy, h:mi:ss ap",
    "d.m.yyyy",
    "d.m.yyyy h:mi",
    "d-m-yyyy",
    "m-d-yyyy",
    "d mmm yyyy",
    "d mmm, yyyy",
    "d mmm, yyyy h:mi",
    "d mmm, yyyy h:mi:ss",
    "d-mmm-yyyy",
    "mmm d, yyyy",
    "mmm d, yyyy h:mi",
    "mmm d, yyyy h:mi ap",
    "mmm d, yyyy h:mi:ss ap",
    "mmm d yyyy",
    "yyyymmdd",
    "unix_ms",
    "excel",
];

/// What the values of a column are.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub(super) rows: u64,
    pub(super) filled: u64,
    pub(super) values: BTreeMap<String, u64>,
    pub(super) more_values: bool,
    seen: BTreeSet<String>,
    pub(super) repeated: bool,
    pub(super) longest: usize,
    dates: Vec<(&'static str, DateFormat, u64)>,
    date_witness: BTreeMap<&'static str, String>,
    numbers: Vec<(NumberStyle, u64)>,
    pub(super) mails: u64,
    pub(super) phones: u64,
    pub(super) listed: BTreeMap<char, u64>,
    pub(super) places: u32,
    currency: BTreeSet<&'static str>,
    grouped: Option<String>,
    telling: bool,
}

/// A way to write numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumberStyle {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
}

const STYLES: [NumberStyle; 3] = [
    NumberStyle { decimal: '.', thousands: Some(',') },
    NumberStyle { decimal: ',', thousands: Some('.') },
    NumberStyle { decimal: ',', thousands: Some(' ') },
];

/// Signs of money, with their currency.
const SYMBOLS: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("$", "USD"),
    ("¥", "CNY"),
    ("元", "CNY"),
    ("RMB", "CNY"),
    ("人民币", "CNY"),
    ("CNY", "CNY"),
    ("USD", "USD"),
    ("€", "EUR"),
    ("EUR", "EUR"),
    ("£", "GBP"),
    ("GBP", "GBP"),
];

/// What a column of days is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dates {
    /// These read every value.
    Known(Vec<&'static str>),
    /// Every value can be read as both.
    Either(&'static str, &'static str, String),
    /// Not all values are days.
    No,
}

/// What a column of numbers is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Known(NumberStyle),
    /// A value that is one number in one style and another in another.
    Either(String),
    No,
}

fn style(style: NumberStyle) -> Format {
    let texts =
        |all: &mut dyn Iterator<Item = &&'static str>| all.map(|text| (*text).to_owned()).collect();
    Format {
        decimal: style.decimal,
        thousands: style.thousands,
        symbols: texts(&mut SYMBOLS.iter().map(|(sign, _)| sign)),
        scales: texts(&mut SCALES.iter().map(|(word, _)| word)),
        parentheses: true,
        zone: Tz::UTC,
        ..Format::default()
    }
}

impl Profile {
    pub(super) fn new() -> Self {
        let dates = DATES.iter().filter_map(|text| Some((*text, DateFormat::parse(text)?, 0)));
        Self {
            rows: 0,
            filled: 0,
            values: BTreeMap::new(),
            more_values: false,
            seen: BTreeSet::new(),
            repeated: false,
            longest: 0,
            dates: dates.collect(),
            date_witness: BTreeMap::new(),
            numbers: STYLES.iter().map(|style| (*style, 0)).collect(),
            mails: 0,
            phones: 0,
            listed: BTreeMap::new(),
            places: 0,
            currency: BTreeSet::new(),
            grouped: None,
            telling: false,
        }
    }

    pub(super) fn observe(&mut self, cell: &str) {
        self.rows = self.rows.saturating_add(1);
        let cell = cell.trim();
        if cell.is_empty() {
            return;
        }
        self.filled = self.filled.saturating_add(1);
        self.longest = self.longest.max(cell.chars().count());
        if !self.repeated && self.seen.len() < SEEN_MAX && !self.seen.insert(cell.to_owned()) {
            self.repeated = true;
            self.seen.clear();
        }
        let room = self.values.len() < VALUES_MAX;
        match self.values.get_mut(cell) {
            Some(count) => *count = count.saturating_add(1),
            None if room => drop(self.values.insert(cell.to_owned(), 1)),
            None => self.more_values = true,
        }
        self.dates_of(cell);
        self.numbers_of(cell);
        let lone = |part: &str| part.matches('@').count() == 1 && part.contains('.');
        let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
        let signs = |part: &str| {
            part.chars().all(|char| char.is_ascii_digit() || "+-() .转ext".contains(char))
        };
        let number = |part: &str| (7..=20).contains(&digits(part)) && signs(part);
        for sign in [';', '；', '/', '、', ',', '，', '\n', '|'] {
            let parts: Vec<&str> = cell.split(sign).map(str::trim).collect();
            let all = |test: &dyn Fn(&str) -> bool| parts.iter().all(|part| test(part));
            if parts.len() > 1 && (all(&lone) || all(&number)) {
                let count = self.listed.entry(sign).or_default();
                *count = count.saturating_add(1);
            }
        }
        let parts = || cell.split([';', '；', '/', '、', ',', '，', '\n', '|']).map(str::trim);
        if parts().filter(|part| !part.is_empty()).all(lone) {
            self.mails = self.mails.saturating_add(1);
        }
        if parts().filter(|part| !part.is_empty()).all(number) {
            self.phones = self.phones.saturating_add(1);
        }
    }

    fn dates_of(&mut self, cell: &str) {
        if cell.len() > 40 || !cell.bytes().any(|byte| byte.is_ascii_digit() || byte >= 0x80) {
            return;
        }
        if self.filled == 1000 {
            self.dates.retain(|(_, _, count)| *count > 0);
        }
        for (name, format, count) in &mut self.dates {
            let plain = Format { dates: vec![format.clone()], ..Format::default() };
            let near = plain.day(cell).is_ok_and(|day| {
                use chrono::Datelike as _;
                (1900..=2100).contains(&day.year())
            });
            let counted =
                *name == "excel" && !(cell.len() >= 5 && cell.starts_with(['2', '3', '4', '5']));
            if near && !counted {
                *count = count.saturating_add(1);
                self.date_witness.entry(name).or_insert_with(|| cell.to_owned());
            }
        }
    }

    fn numbers_of(&mut self, cell: &str) {
        if !cell.chars().any(|char| char.is_numeric()) || cell.len() > 60 {
            return;
        }
        let mut read: Vec<Option<Decimal>> = Vec::new();
        for (one, count) in &mut self.numbers {
            let number = style(*one).number(cell).ok();
            if number.is_some() {
                *count = count.saturating_add(1);
            }
            read.push(number);
        }
        if let Some(number) = read.iter().flatten().next() {
            self.places = self.places.max(number.normalize().scale());
        }
        for (sign, currency) in SYMBOLS {
            let wide = cell.replace('￥', "¥");
            if wide.contains(sign) {
                self.currency.insert(currency);
            }
        }
        let differ = matches!(read.as_slice(), [Some(one), Some(two), ..] if one != two);
        let one_sign = read.iter().flatten().count() == 1 && cell.contains(['.', ',']);
        if differ && self.grouped.is_none() {
            self.grouped = Some(cell.to_owned());
        }
        self.telling |= one_sign;
    }

    pub(super) const fn unique(&self) -> bool {
        !self.repeated && self.filled > 0 && self.filled == self.rows
    }

    /// Whether nearly all values are such.
    pub(super) const fn mostly(&self, count: u64) -> bool {
        self.filled > 0 && count.saturating_mul(10) >= self.filled.saturating_mul(8)
    }

    pub(super) fn currency(&self) -> Option<&'static str> {
        let mut all = self.currency.iter();
        let first = all.next().copied();
        first.filter(|_| all.next().is_none())
    }

    /// The signs that stand in the numbers, for a plan's `symbols`.
    pub(super) fn symbols(&self) -> Vec<&'static str> {
        let text: String = self.values.keys().map(|value| value.replace('￥', "¥")).collect();
        SYMBOLS.iter().map(|(sign, _)| *sign).filter(|sign| text.contains(sign)).collect()
    }

    /// The words that multiply, for a plan's `scales`.
    pub(super) fn scales(&self) -> Vec<&'static str> {
        let ends = |word: &str| {
            self.values.keys().any(|value| {
                let bare = value.trim_end_matches(['元', ')', ' ', '€', '$']);
                let before = bare.strip_suffix(word);
                before.is_some_and(|before| {
                    before.trim_end().ends_with(|char: char| char.is_ascii_digit() || char == '.')
                })
            })
        };
        SCALES.iter().map(|(word, _)| *word).filter(|word| ends(word)).collect()
    }

    pub(super) fn parentheses(&self) -> bool {
        self.values.keys().any(|value| value.starts_with('('))
    }

    /// How its numbers are written.
    pub(super) fn numbers(&self) -> Numbers {
        let all: Vec<NumberStyle> = self
            .numbers
            .iter()
            .filter(|(_, count)| *count == self.filled && *count > 0)
            .map(|(style, _)| *style)
            .collect();
        let dollars =
            self.currency.iter().any(|currency| matches!(*currency, "USD" | "CNY" | "GBP" | "HKD"));
        match (all.as_slice(), &self.grouped) {
            ([], _) => Numbers::No,
            ([first, _, ..], Some(value)) if !dollars => {
                let _ = first;
                Numbers::Either(value.clone())
            }
            ([first, ..], _) => Numbers::Known(*first),
        }
    }

    /// How its days are written.
    pub(super) fn dates(&self) -> Dates {
        if self.filled == 0 {
            return Dates::No;
        }
        let whole: Vec<&(&'static str, DateFormat, u64)> =
            self.dates.iter().filter(|(_, _, count)| *count == self.filled).collect();
        if let Some(first) = whole.first() {
            let other = whole.iter().skip(1).find(|other| first.1.contradicts(&other.1));
            // 44301 and 20210415 are numbers first: only a heading makes them days.
            return match other {
                Some(other) if first.0 != "excel" => {
                    let witness = self.date_witness.get(first.0).cloned().unwrap_or_default();
                    Dates::Either(first.0, other.0, witness)
                }
                Some(_) | None => Dates::Known(vec![first.0]),
            };
        }
        self.several()
    }

    /// Several formats that read all values together, each the rest of the others; none that contradict each other.
    fn several(&self) -> Dates {
        let mut by_count: Vec<&(&'static str, DateFormat, u64)> = self
            .dates
            .iter()
            .filter(|(name, _, count)| *count > 0 && *name != "excel" && *name != "unix_ms")
            .collect();
        by_count.sort_by_key(|(_, _, count)| core::cmp::Reverse(*count));
        let mut chosen: Vec<(&'static str, DateFormat)> = Vec::new();
        let mut left: Vec<&String> = self.values.keys().collect();
        if self.more_values {
            return Dates::No;
        }
        for (name, format, _) in by_count {
            if let Some((other, _)) = chosen.iter().find(|(_, other)| other.contradicts(format)) {
                let alone = |value: &&&String| reads(format, value);
                if let Some(value) = left.iter().find(alone) {
                    return Dates::Either(other, name, (**value).clone());
                }
                continue;
            }
            let before = left.len();
            left.retain(|value| !reads(format, value));
            if left.len() < before {
                chosen.push((name, format.clone()));
            }
            if left.is_empty() {
                return Dates::Known(chosen.iter().map(|(name, _)| *name).collect());
            }
        }
        Dates::No
    }
}

fn reads(format: &DateFormat, value: &str) -> bool {
    let plain = Format { dates: vec![format.clone()], ..Format::default() };
    plain.day(value).is_ok()
}
