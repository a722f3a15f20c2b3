//! Columns: dictionary codes as narrow as the data allows, and the dictionaries behind them.

use std::collections::BTreeMap;

/// The key and the label of the group of everything that has no value, code 0 of every dictionary.
pub(super) const NONE_LABEL: &str = "(none)";

/// The values of one dimension: code → key and label, codes in the order of keys, code 0 = no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    keys: Vec<String>,
    labels: Vec<String>,
}

impl Dictionary {
    /// The code of `key` (`""` is "no value"), or nothing where the data never mentions it.
    pub fn code(&self, key: &str) -> Option<u32> {
        let at = self.keys.binary_search_by(|known| known.as_str().cmp(key)).ok()?;
        u32::try_from(at).ok()
    }

    /// The key of `code`.
    pub fn key(&self, code: u32) -> &str {
        text_at(&self.keys, code)
    }

    /// What people call it: its label, else its key, else `(none)`.
    pub fn label(&self, code: u32) -> &str {
        text_at(&self.labels, code)
    }

    /// How many codes there are, the one of "no value" included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it knows no value at all.
    pub fn is_empty(&self) -> bool {
        self.keys.len() <= 1
    }
}

fn text_at(texts: &[String], code: u32) -> &str {
    usize::try_from(code).ok().and_then(|at| texts.get(at)).map_or(NONE_LABEL, String::as_str)
}

/// Gives provisional codes in order of arrival; [`Draft::finish`] makes them those of sorted keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    codes: BTreeMap<String, u32>,
    labels: BTreeMap<String, String>,
}

impl Draft {
    pub(super) fn code(&mut self, key: &str) -> u32 {
        if let Some(code) = self.codes.get(key) {
            return *code;
        }
        let code = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        self.codes.insert(key.to_owned(), code);
        code
    }

    pub(super) fn label(&mut self, key: &str, label: &str) {
        self.code(key);
        self.labels.insert(key.to_owned(), label.to_owned());
    }

    /// The dictionary, and its code for each provisional one.
    pub(super) fn finish(mut self) -> (Dictionary, Vec<u32>) {
        self.code("");
        let mut renumbered = vec![0; self.codes.len()];
        let (mut keys, mut labels) = (Vec::new(), Vec::new());
        for (code, (key, provisional)) in (0..).zip(self.codes) {
            if let Some(slot) =
                usize::try_from(provisional).ok().and_then(|p| renumbered.get_mut(p))
            {
                *slot = code;
            }
            let fallback = if key.is_empty() { NONE_LABEL } else { key.as_str() };
            let label = self.labels.get(&key).filter(|label| !label.is_empty());
            labels.push(label.map_or_else(|| fallback.to_owned(), String::clone));
            keys.push(key);
        }
        (Dictionary { keys, labels }, renumbered)
    }
}

/// One dictionary code a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Codes {
    /// No row has a value.
    None,
    /// At most 256 values.
    U8(Vec<u8>),
    /// At most 65,536 values.
    U16(Vec<u16>),
    /// More.
    U32(Vec<u32>),
}

impl Codes {
    /// The narrowest column for `codes`.
    pub(super) fn narrow(codes: Vec<u32>) -> Self {
        if codes.iter().all(|code| *code == 0) {
            return Self::None;
        }
        if let Some(narrow) = codes.iter().map(|code| u8::try_from(*code).ok()).collect() {
            return Self::U8(narrow);
        }
        if let Some(narrow) = codes.iter().map(|code| u16::try_from(*code).ok()).collect() {
            return Self::U16(narrow);
        }
        Self::U32(codes)
    }

    /// The code of `row`; that of "no value" where there is no such row.
    pub(super) fn at(&self, row: usize) -> u32 {
        match self {
            Self::None => 0,
            Self::U8(codes) => codes.get(row).copied().map_or(0, u32::from),
            Self::U16(codes) => codes.get(row).copied().map_or(0, u32::from),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }

    /// Bytes a row.
    pub(super) const fn width(&self) -> usize {
        match self {
            Self::None => 0,
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::U32(_) => 4,
        }
    }
}
