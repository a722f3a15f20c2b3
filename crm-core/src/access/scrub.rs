//! Finding what is hidden within other text: in notes, subjects, what was decided, and what an error repeats.

use core::ops::Range;
use std::collections::BTreeSet;

use uuid::Uuid;

use super::Hidden;
use super::mask::{self, digit};

/// A text with every telephone number, e-mail address and identity number that is hidden in its masked form; nothing
/// where it holds none.
///
/// A number is found with its country code behind `+` or `00`, as a mobile number of China, as one with an area code
/// behind `0`, as a hotline (400, 800), or as `650 253 0000`; full-width digits count, and so do spaces, hyphens, points
/// and brackets between its groups. A short local number without an area code looks like any number and is not found. An
/// identity number is one of 18 places whose check digit is right (GB 11643). Rule MASK-5 (F190).
pub fn scrub(text: &str, hides: &BTreeSet<Hidden>) -> Option<String> {
    if Uuid::try_parse(text).is_ok() {
        return None;
    }
    let mut found = Vec::new();
    if hides.contains(&Hidden::Email) {
        found.extend(addresses(text).map(|at| (at, Hidden::Email)));
    }
    if hides.contains(&Hidden::Identifier) {
        found.extend(identities(text).map(|at| (at, Hidden::Identifier)));
    }
    if hides.contains(&Hidden::Phone) {
        found.extend(numbers(text).into_iter().map(|at| (at, Hidden::Phone)));
    }
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|(at, what)| (at.start, *what != Hidden::Email));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, what) in found {
        if at.end <= done {
            continue;
        }
        out.push_str(text.get(done..at.start).unwrap_or_default());
        let value = text.get(at.clone()).unwrap_or_default();
        out.push_str(&match what {
            Hidden::Email => mask::email(value),
            Hidden::Phone => mask::phone(value),
            Hidden::Identifier => mask::identifier(value),
            Hidden::Social | Hidden::Address => mask::whole(),
        });
        done = at.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

/// Where e-mail addresses stand.
fn addresses(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(['@', '＠']).filter_map(move |(at, sign)| {
        let (before, after) = (text.get(..at)?, text.get(at.saturating_add(sign.len())..)?);
        let start = at.saturating_sub(user(before)?.len());
        let host = |letter: &char| letter.is_alphanumeric() || ".-_".contains(*letter);
        let host: String = after.chars().take_while(host).collect();
        let host = host.trim_end_matches(['.', '-']);
        let end = at.saturating_add(sign.len()).saturating_add(host.len());
        host.contains('.').then_some(start..end)
    })
}

/// The box whose name ends here; letters of other scripts are one only where no others stand there.
fn user(before: &str) -> Option<&str> {
    if let Some(quoted) = before.strip_suffix('"') {
        return before.get(quoted.rfind('"')?..);
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._%+-'*=/!#$&^~".contains(letter);
    let ends = |rest: &str| before.get(rest.len()..).filter(|user| !user.is_empty());
    ends(before.trim_end_matches(plain))
        .or_else(|| ends(before.trim_end_matches(char::is_alphanumeric)))
}

/// Where numbers of identity cards stand.
fn identities(text: &str) -> impl Iterator<Item = Range<usize>> {
    let other = |letter: char| !letter.is_ascii_alphanumeric();
    let words = text.split(other).scan(0_usize, move |next, word| {
        let start = *next;
        let after = text.get(start.saturating_add(word.len())..)?;
        let gap = after.chars().next().map_or(0, char::len_utf8);
        *next = start.saturating_add(word.len()).saturating_add(gap);
        Some((start, word))
    });
    let words = words.filter(|(_, word)| is_identity(word));
    words.map(|(start, word)| start..start.saturating_add(word.len()))
}

/// Whether a word is the number of an identity card: 18 places, the last of which checks the others.
fn is_identity(word: &str) -> bool {
    /// What each place weighs: powers of two modulo 11.
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if word.len() != 18 {
        return false;
    }
    let weighed = WEIGHTS
        .iter()
        .zip(word.chars())
        .map(|(weight, letter)| letter.to_digit(10).map(|value| value.saturating_mul(*weight)));
    let Some(sum) = weighed.sum::<Option<u32>>() else { return false };
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap_or_default());
    word.chars().last().map(|last| last.to_ascii_uppercase()) == check
}

/// Digits without a gap.
#[derive(Default)]
struct Group {
    /// Where they stand, with a `+` before them.
    at: Range<usize>,
    /// The digits.
    digits: String,
    /// Whether a `+` stands before them.
    plus: bool,
    /// What stands between the group before and this one, where that may part a number; nothing where they do not belong
    /// together.
    gap: Option<String>,
    /// Whether no letter touches them on the left, and on the right.
    free: (bool, bool),
}

/// Where telephone numbers stand.
fn numbers(text: &str) -> Vec<Range<usize>> {
    let groups = groups(text);
    let mut found = Vec::new();
    let mut rest = groups.as_slice();
    while let Some((_, behind)) = rest.split_first() {
        let joined = behind.iter().take_while(|group| group.gap.is_some()).count();
        let most = joined.saturating_add(1).min(6);
        let number = (1..=most).rev().find(|count| {
            rest.split_at_checked(*count).is_some_and(|(own, after)| is_number(own, after.first()))
        });
        let Some((own, after)) = number.and_then(|count| rest.split_at_checked(count)) else {
            rest = behind;
            continue;
        };
        let start = own.first().map_or(0, |first| first.at.start);
        let end = own.last().map_or(start, |last| last.at.end);
        // A bracket before the area code is a part of the number where the one behind it is.
        let opened = text.get(..start).is_some_and(|before| before.ends_with('('));
        let closed = text.get(start..end).is_some_and(|number| number.contains(')'));
        found.push(start.saturating_sub(usize::from(opened && closed))..end);
        rest = after;
    }
    found
}

/// The groups of digits of a text.
fn groups(text: &str) -> Vec<Group> {
    let letter = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let mut found: Vec<Group> = Vec::new();
    let mut open: Option<Group> = None;
    let mut before = None;
    for (at, here) in
        text.char_indices().map(|(at, here)| (at, Some(here))).chain([(text.len(), None)])
    {
        match here.and_then(digit) {
            Some(digit) => {
                let group = open.get_or_insert_with(|| {
                    let plus = matches!(before, Some('+' | '＋'));
                    let width = before.filter(|_| plus).map_or(0, char::len_utf8);
                    let start = at.saturating_sub(width);
                    let end = found.last().map_or(0, |last: &Group| last.at.end);
                    let gap = text.get(end..start).filter(|gap| !found.is_empty() && parts(gap));
                    let free = (!before.is_some_and(letter), true);
                    Group {
                        at: start..at,
                        plus,
                        gap: gap.map(str::to_owned),
                        free,
                        ..Group::default()
                    }
                });
                group.digits.push(digit);
            }
            None => {
                if let Some(mut group) = open.take() {
                    group.at.end = at;
                    group.free.1 = !here.is_some_and(letter);
                    found.push(group);
                }
            }
        }
        before = here;
    }
    found
}

/// Whether this may stand between the groups of a number.
fn parts(gap: &str) -> bool {
    let count = gap.chars().count();
    (1..=2).contains(&count)
        && gap.chars().all(|letter| " -.()/\u{a0}\u{3000}‐–－".contains(letter))
}

/// Whether groups that belong together are one telephone number; `after` is the group behind them.
fn is_number(own: &[Group], after: Option<&Group>) -> bool {
    let (Some(first), Some(last)) = (own.first(), own.last()) else { return false };
    if !first.free.0 || !last.free.1 || own.iter().skip(1).any(|group| group.plus) {
        return false;
    }
    let digits: String = own.iter().map(|group| group.digits.as_str()).collect();
    if first.plus {
        return (8..=15).contains(&digits.len());
    }
    // The digits of a fraction are no number, nor those before its point.
    let point = |group: &Group| group.gap.as_deref() == Some(".");
    if own.len() == 1 && (point(first) || after.is_some_and(point)) {
        return false;
    }
    let lens: Vec<usize> = own.iter().map(|group| group.digits.len()).collect();
    if let Some(abroad) = digits.strip_prefix("00") {
        return (10..=15).contains(&abroad.len()) && lens.iter().skip(1).all(|len| *len > 1);
    }
    let (national, lens) = without_country(&digits, &lens);
    is_national(national, lens, national.len() < digits.len())
}

/// A number and the lengths of its groups without the country code of China, written 86.
fn without_country<'a>(digits: &'a str, lens: &'a [usize]) -> (&'a str, &'a [usize]) {
    match (digits.strip_prefix("86"), lens) {
        (Some(rest), [2, lens @ ..]) if rest.len() >= 9 => (rest, lens),
        (Some(rest), [13]) => (rest, &[11]),
        _ => (digits, lens),
    }
}

/// Whether a number without a country code is one that is dialed: by how it begins, how long it is, and how it is grouped.
fn is_national(digits: &str, lens: &[usize], had_country: bool) -> bool {
    let count = digits.len();
    // Days and times are groups of two.
    let wide = lens.iter().all(|len| *len >= 3);
    let second = digits.chars().nth(1).unwrap_or_default();
    let mobile = count == 11 && digits.starts_with('1') && ('3'..='9').contains(&second);
    let area = digits.starts_with('0') && second != '0' && (10..=12).contains(&count);
    let hotline = count == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    let landline = had_country && (9..=11).contains(&count) && !digits.starts_with('0');
    let landline = landline && lens.iter().skip(1).all(|len| *len >= 3);
    let abroad = matches!(lens, [3, 3, 4]) && !digits.starts_with(['0', '1']);
    let abroad = abroad || (matches!(lens, [1, 3, 3, 4]) && digits.starts_with('1'));
    let pairs = matches!(lens, [2, 2, 2, 2, 2]) && digits.starts_with('0');
    let single = lens.len() == 1;
    (mobile && wide)
        || (area && wide && (!single || count > 10))
        || (hotline && wide)
        || landline
        || abroad
        || pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> BTreeSet<Hidden> {
        Hidden::ALL.iter().copied().collect()
    }

    #[test]
    fn numbers_and_addresses_are_found_wherever_they_stand() {
        let table = [
            ("call 13812341234 now", "call 138****1234 now"),
            ("电话13812341234，微信同号", "电话138****1234，微信同号"),
            ("１３８ １２３４ １２３４", "138****1234"),
            ("138-1234-1234", "138****1234"),
            ("86 138 1234 1234", "86138****1234"),
            ("8613812341234", "86138****1234"),
            ("0086 138 1234 1234", "0086138****1234"),
            ("+86 (138) 1234-1234.", "+86138****1234."),
            ("(021)52345678", "021****5678"),
            ("021-5234 5678", "021****5678"),
            ("02152345678", "021****5678"),
            ("86-21-52345678", "8621****5678"),
            ("400-800-1234 / 13912341234", "40****1234 / 139****1234"),
            ("+1 (650) 253-0000", "+165****0000"),
            ("650.253.0000", "65****0000"),
            ("06 12 34 56 78", "06****5678"),
            ("13812341234 13912341234", "138****1234 139****1234"),
            ("2026-11-22 13812341234", "2026-11-22 138****1234"),
            ("mail zhang.wei@example.com!", "mail z***@example.com!"),
            ("邮箱zhang@example.com。", "邮箱z***@example.com。"),
            ("王芳@例子.公司", "王***@例子.公司"),
            ("\"a b\"@example.com", "\"***@example.com"),
            ("a@x.cn,b@y.cn", "***@x.cn,***@y.cn"),
            ("13812341234@qq.com", "1***@qq.com"),
            // The example of GB 11643-1999.
            ("身份证11010519491231002X", "身份证****002X"),
        ];
        for (text, shown) in table {
            assert_eq!(scrub(text, &all()).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn what_is_none_stays() {
        let table = [
            "",
            "2026-11-22 15:04:05",
            "2026-11-22T15:04:05.123456Z",
            "15-11-2026 150 units",
            "01.11.2026 10:30",
            "12,345,678,901",
            "13812341234.50",
            "0.13812341234",
            "SO13812341234",
            "13812341234x",
            "138123412345",
            "52345678",
            "01234567-1381-7138-8138-138123412345",
            "@wang look",
            "a@b",
            "110105194912310021",
            "91310000MA1K35X42A",
            "6901234567892",
            "5b31302c223133383132333431323334225d",
        ];
        for text in table {
            assert_eq!(scrub(text, &all()), None, "{text}");
        }
    }

    #[test]
    fn only_what_is_hidden_is_masked() {
        let text = "13812341234 z.w@example.com 11010519491231002X";
        let table = [
            (Hidden::Phone, "138****1234 z.w@example.com 11010519491231002X"),
            (Hidden::Email, "13812341234 z***@example.com 11010519491231002X"),
            (Hidden::Identifier, "13812341234 z.w@example.com ****002X"),
        ];
        for (hidden, shown) in table {
            assert_eq!(scrub(text, &BTreeSet::from([hidden])).as_deref(), Some(shown));
        }
        assert_eq!(scrub(text, &BTreeSet::from([Hidden::Address])), None);
        let box_of_a_number = scrub("13812341234@qq.com", &BTreeSet::from([Hidden::Phone]));
        assert_eq!(box_of_a_number.as_deref(), Some("138****1234@qq.com"));
    }
}
