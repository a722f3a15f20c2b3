//! Patterns of texts: few words, and time that grows with the text alone.

use crate::value::Invalid;

/// What one character may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digit,
    Capital,
    Small,
    Letter,
    Han,
    LetterOrDigit,
    Any,
    Exactly(char),
}

impl Class {
    fn fits(self, c: char) -> bool {
        match self {
            Self::Digit => c.is_ascii_digit(),
            Self::Capital => c.is_ascii_uppercase(),
            Self::Small => c.is_ascii_lowercase(),
            Self::Letter => c.is_alphabetic(),
            Self::Han => matches!(c,
                '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' | '\u{3007}'),
            Self::LetterOrDigit => c.is_alphanumeric(),
            Self::Any => true,
            Self::Exactly(own) => own == c,
        }
    }
}

/// A pattern, read: a place for each character that a text may have, some of them optional.
///
/// Matching tries all places at once, so it takes at most places × characters steps whatever the text is (Thompson 1968).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    places: Vec<(Class, bool)>,
}

impl Pattern {
    /// Places of a pattern at most, so that matching stays short.
    pub const PLACES_MAX: usize = 500;

    /// Reads a pattern; see [`RuleTest::Format`](super::RuleTest::Format).
    ///
    /// # Errors
    ///
    /// `pattern.format`, its limit naming the position counted from 1; `pattern.too_long` over 500 places. Rule QUAL-1
    /// (F160).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let chars: Vec<char> = text.chars().collect();
        let wrong = |at: usize, what: &str| {
            let limit = format!("{what}, at {}", at.saturating_add(1));
            Invalid::new("pattern.format", text).limit(limit)
        };
        let mut places: Vec<(Class, bool)> = Vec::new();
        let mut at = 0_usize;
        while let Some(c) = chars.get(at).copied() {
            let begin = at;
            at = at.saturating_add(1);
            let classes: Vec<Class> = match c {
                '9' => vec![Class::Digit],
                'A' => vec![Class::Capital],
                'a' => vec![Class::Small],
                'L' => vec![Class::Letter],
                'H' => vec![Class::Han],
                'X' => vec![Class::LetterOrDigit],
                '?' => vec![Class::Any],
                '\'' => {
                    let quoted: Vec<char> =
                        chars.iter().skip(at).copied().take_while(|c| *c != '\'').collect();
                    at = at.saturating_add(quoted.len()).saturating_add(1);
                    if at > chars.len() || quoted.is_empty() {
                        return Err(wrong(begin, "a closing quote after some text"));
                    }
                    quoted.into_iter().map(Class::Exactly).collect()
                }
                _ => return Err(wrong(begin, "one of 9 A a L H X ? or text in single quotes")),
            };
            let (mut least, mut most) = (1_usize, 1_usize);
            if chars.get(at) == Some(&'{') {
                let inside: String =
                    chars.iter().skip(at.saturating_add(1)).take_while(|c| **c != '}').collect();
                let (low, high) = inside.split_once(',').unwrap_or((&inside, &inside));
                let bounds = low.parse::<usize>().ok().zip(high.parse::<usize>().ok());
                let bounds = bounds.filter(|(low, high)| low <= high && *high > 0);
                let end = at.saturating_add(inside.chars().count()).saturating_add(2);
                (least, most) = bounds
                    .filter(|_| end <= chars.len())
                    .ok_or_else(|| wrong(at, "a count such as {4} or {4,8}"))?;
                at = end;
            }
            if most.saturating_mul(classes.len()).saturating_add(places.len()) > Self::PLACES_MAX {
                let limit = format!("at most {} characters", Self::PLACES_MAX);
                return Err(Invalid::new("pattern.too_long", text).limit(limit));
            }
            if classes.len() > 1 && most != 1 {
                return Err(wrong(begin, "a count after a single character"));
            }
            for round in 0..most {
                places.extend(classes.iter().map(|class| (*class, round >= least)));
            }
        }
        if places.is_empty() {
            return Err(wrong(0, "at least one character"));
        }
        Ok(Self { places })
    }

    /// How many characters a text that fits has: at least and at most.
    pub fn chars(&self) -> (usize, usize) {
        let optional = self.places.iter().filter(|(_, optional)| *optional).count();
        (self.places.len().saturating_sub(optional), self.places.len())
    }

    /// Whether a text as a whole fits.
    pub fn fits(&self, text: &str) -> bool {
        let end = self.places.len();
        let mut here = vec![false; end.saturating_add(1)];
        if let Some(first) = here.first_mut() {
            *first = true;
        }
        self.skip(&mut here);
        for c in text.chars() {
            let mut next = vec![false; end.saturating_add(1)];
            for ((reached, (class, _)), slot) in
                here.iter().zip(&self.places).zip(next.iter_mut().skip(1))
            {
                *slot = *reached && class.fits(c);
            }
            self.skip(&mut next);
            if next.iter().all(|reached| !reached) {
                return false;
            }
            here = next;
        }
        here.last() == Some(&true)
    }

    /// From a place that may be left out, the next one is reached too.
    fn skip(&self, reached: &mut [bool]) {
        let mut before = false;
        let mut optional = false;
        for (slot, place) in reached.iter_mut().zip(self.places.iter().map(Some).chain([None])) {
            *slot = *slot || (before && optional);
            before = *slot;
            optional = place.is_some_and(|(_, optional)| *optional);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_as_a_whole() {
        #[rustfmt::skip]
        let table = [
            ("9{6}", "510000", true), ("9{6}", "51000", false), ("9{6}", "5100000", false),
            ("'SH-'9{4,8}", "SH-1234", true), ("'SH-'9{4,8}", "SH-12345678", true), ("'SH-'9{4,8}", "SH-123", false),
            ("'SH-'9{4,8}", "sh-1234", false), ("A{2}9{0,3}", "AB", true), ("A{2}9{0,3}", "AB12", true),
            ("A9{0,2}9", "A1", true), ("A9{0,2}9", "A123", true), ("A9{0,2}9", "A", false),
            ("H{2,4}", "王伟", true), ("H{2,4}", "Wei", false), ("L{2,4}", "Wei", true), ("?{1,3}", "é!", true),
            ("X{3}", "a1中", true), ("a{0,1}", "", true), ("a", "", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(Pattern::parse(pattern).unwrap().fits(text), expected, "{pattern} {text}");
        }
        let wrong = [
            ("", "pattern.format"),
            ("z", "pattern.format"),
            ("9{", "pattern.format"),
            ("9{4", "pattern.format"),
            ("9{3,2}", "pattern.format"),
            ("9{0}", "pattern.format"),
            ("'", "pattern.format"),
            ("''", "pattern.format"),
            ("'ab'{2}", "pattern.format"),
            ("9{501}", "pattern.too_long"),
            ("9{400}9{101}", "pattern.too_long"),
        ];
        for (pattern, code) in wrong {
            assert_eq!(Pattern::parse(pattern).unwrap_err().code, code, "{pattern}");
        }
    }

    /// Regular expressions with this shape take time exponential in the text where each way is tried in turn.
    #[test]
    fn no_text_takes_long() {
        let pattern = Pattern::parse("9{0,100}9{0,100}9{0,100}9{0,100}9{0,99}A").unwrap();
        assert!(!pattern.fits(&"1".repeat(20_000)));
        assert!(pattern.fits(&format!("{}A", "1".repeat(499))));
    }
}
