//! What a role does not see of how people are reached, and what stands in its place.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::value::Invalid;

codes! {
    /// What can be hidden from a role.
    pub enum Hidden {
        /// Telephone numbers: `138****1234`.
        Phone = "phone",
        /// E-mail addresses: `z***@example.com`.
        Email = "email",
        /// Accounts of social networks, such as WeChat: `l***`.
        Social = "social",
        /// Of postal addresses the street, the postal code, the place on the map and who receives.
        Address = "address",
        /// Custom fields that are declared identifiers, and numbers of identity cards in other text: `****1234`.
        Identifier = "identifier",
    }
}

/// What roles do not see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Masks(pub BTreeMap<Role, BTreeSet<Hidden>>);

json_column! { Masks }

/// Says what a role does not see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMasks {
    /// The role.
    pub role: Role,
    /// What is hidden from it, instead of what was: `phone`, `email`, `social`, `address`, `identifier`; nothing where it
    /// is empty.
    pub hide: BTreeSet<Hidden>,
}

/// The masks after those of one role were set.
///
/// # Errors
///
/// `mask.owner` (hide): an owner, who sets the masks, sees everything. Rule MASK-1 (F190).
pub fn set_masks(before: &Masks, wish: &SetMasks) -> Result<Masks, Refusal> {
    let mut check = Check::default();
    check.rule(wish.role != Role::Owner || wish.hide.is_empty(), "hide", || {
        Invalid::new("mask.owner", wish.role.code()).limit("a role that sets no masks")
    });
    let mut masks = before.clone();
    if wish.hide.is_empty() {
        masks.0.remove(&wish.role);
    } else {
        masks.0.insert(wish.role, wish.hide.clone());
    }
    check.finish(Some(masks))
}

/// What tells a masked form: no value that is shown whole has three asterisks in a row.
const VEIL: &str = "***";
/// Digits of a number that are hidden, and that are shown behind them.
const FOUR: usize = 4;

/// Whether a text holds a masked form.
pub fn is_masked(text: &str) -> bool {
    text.contains(VEIL)
}

/// A digit as it is compared: full-width ones are digits too.
pub(super) fn digit(letter: char) -> Option<char> {
    let value = match letter {
        '0'..='9' => return Some(letter),
        '０'..='９' => u32::from(letter).checked_sub(u32::from('０'))?,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// A telephone number: the last four digits and what stands before the four in front of them. Of a number of less than
/// eight digits the four hidden ones come first. Separators and extensions go. Rule MASK-2 (F014, F190).
pub(crate) fn phone(text: &str) -> String {
    let plus = if text.trim_start().starts_with(['+', '＋']) { "+" } else { "" };
    let mut digits = String::new();
    for letter in text.chars() {
        match digit(letter) {
            Some(digit) => digits.push(digit),
            // An extension is no part of what tells a number from another.
            None if digits.len() > FOUR && (letter.is_alphabetic() || ";#".contains(letter)) => {
                break;
            }
            None => {}
        }
    }
    let count = digits.len();
    let tail = count.saturating_sub(FOUR);
    let head = tail.saturating_sub(FOUR);
    let shown = digits.get(tail.max(FOUR.min(count))..).unwrap_or_default();
    format!("{plus}{}****{shown}", digits.get(..head).unwrap_or_default())
}

/// An e-mail address: the first letter of the box, where it has several, and the host. Rule MASK-3 (F014, F190).
pub(crate) fn email(text: &str) -> String {
    match text.rsplit_once(['@', '＠']) {
        Some((user, host)) => format!("{}@{host}", account(user)),
        None => account(text),
    }
}

/// An account of a social network: its first letter, where it has several; the network before a colon stays.
pub(crate) fn social(text: &str) -> String {
    match text.split_once(':') {
        Some((network, name)) => format!("{network}:{}", account(name)),
        None => account(text),
    }
}

/// The first letter, where there are several.
pub(crate) fn account(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    let first = first.filter(|_| letters.next().is_some());
    first.into_iter().chain(VEIL.chars()).collect()
}

/// A number that names somebody: a quarter of it at the end, at most four. Rule MASK-4 (F190).
pub(crate) fn identifier(text: &str) -> String {
    let count = text.chars().count();
    let shown = count.checked_div(FOUR).unwrap_or_default().min(FOUR);
    let shown = text.chars().skip(count.saturating_sub(shown));
    "****".chars().chain(shown).collect()
}

/// What is hidden as a whole.
pub(crate) fn whole() -> String {
    VEIL.to_owned()
}

/// How a way to reach somebody is shown whose medium nobody says: by its looks.
pub(crate) fn point(text: &str) -> (Hidden, String) {
    let numeric = |letter: char| digit(letter).is_some() || " +-().;=ext/\u{a0}".contains(letter);
    if text.contains(['@', '＠']) {
        (Hidden::Email, email(text))
    } else if text.chars().all(numeric) {
        (Hidden::Phone, phone(text))
    } else {
        (Hidden::Social, social(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    #[test]
    fn an_owner_sees_everything_and_each_role_has_its_own_mask() {
        let wish = |role, hide: &[Hidden]| SetMasks { role, hide: hide.iter().copied().collect() };
        let none = Masks::default();
        let one = set_masks(&none, &wish(Role::Viewer, &[Hidden::Phone, Hidden::Email])).unwrap();
        let two = set_masks(&one, &wish(Role::Rep, &[Hidden::Phone])).unwrap();
        assert_eq!(
            serde_json::to_string(&two).unwrap(),
            r#"{"rep":["phone"],"viewer":["phone","email"]}"#
        );
        let back = set_masks(&two, &wish(Role::Rep, &[])).unwrap();
        assert_eq!(back, one, "nothing hidden is no mask");
        let owner = set_masks(&none, &wish(Role::Owner, &[Hidden::Phone]));
        assert_eq!(broken(&owner), ["hide mask.owner"]);
        assert_eq!(set_masks(&none, &wish(Role::Owner, &[])).unwrap(), none);
    }

    #[test]
    fn of_a_number_the_four_digits_before_the_last_four_are_hidden() {
        let table = [
            ("13812341234", "138****1234"),
            ("+8613812341234", "+86138****1234"),
            ("+86 138-1234-1234", "+86138****1234"),
            ("１３８１２３４１２３４", "138****1234"),
            ("(010) 5234 5678", "010****5678"),
            ("0755-8654321转802", "075****4321"),
            ("+862152345678;ext=12", "+8621****5678"),
            ("+1 650 253 0000", "+165****0000"),
            ("52345678", "****5678"),
            ("5234567", "****567"),
            ("12345", "****5"),
            ("1234", "****"),
            ("", "****"),
        ];
        for (number, shown) in table {
            assert_eq!(phone(number), shown, "{number}");
        }
    }

    #[test]
    fn of_an_address_the_first_letter_and_the_host_are_shown() {
        let table = [
            ("zhang.wei@example.com", "z***@example.com"),
            ("z@example.com", "***@example.com"),
            ("王芳@例子.公司", "王***@例子.公司"),
            ("\"a@b\"@example.com", "\"***@example.com"),
            ("zhang＠example.com", "z***@example.com"),
        ];
        for (address, shown) in table {
            assert_eq!(email(address), shown, "{address}");
        }
        assert_eq!([social("li_wei"), social("wechat:li_wei")], ["l***", "wechat:l***"]);
    }

    #[test]
    fn of_an_identifier_a_quarter_is_shown_at_most_four() {
        let table = [
            ("110101199003070134", "****0134"),
            ("E12345678", "****78"),
            ("1234", "****4"),
            ("123", "****"),
            ("", "****"),
        ];
        for (number, shown) in table {
            assert_eq!(identifier(number), shown, "{number}");
        }
    }

    #[test]
    fn a_masked_form_is_told_from_every_value() {
        let forms = [
            phone("1"),
            phone("13812341234"),
            email("z@x.cn"),
            social("a"),
            identifier("1"),
            whole(),
            account(""),
        ];
        assert!(forms.iter().all(|form| is_masked(form)), "{forms:?}");
        assert!(!is_masked("a** b **c"));
    }
}
