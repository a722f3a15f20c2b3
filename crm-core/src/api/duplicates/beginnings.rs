//! How names, numbers and mail boxes begin that are a slip away from one.

use crate::party::Medium;

/// Of a number all but its last three digits; of a mail box its local part at any host, and without its last two letters.
pub(super) fn of_reach(medium: Medium, normal: &str) -> Vec<String> {
    match medium {
        Medium::Phone => cut(normal, 3, 7).into_iter().collect(),
        Medium::Email => {
            let Some((local, _)) = normal.split_once('@') else { return Vec::new() };
            let box_at = Some(format!("{local}@")).filter(|_| local.chars().nth(2).is_some());
            box_at.into_iter().chain(cut(local, 2, 4)).collect()
        }
        Medium::Url | Medium::Social => Vec::new(),
    }
}

/// Of a name all but its last third, as it is spelled, in small letters, in capitals, with capitals at the beginnings of
/// words; and of a name of two or three words the last word first.
pub(super) fn of_name(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let turned = match words.as_slice() {
        [given @ .., family] if (1..3).contains(&given.len()) => {
            Some(format!("{family} {}", given.join(" ")))
        }
        _ => None,
    };
    let spelled = |name: &str| {
        let small = name.to_lowercase();
        let titled: Vec<String> = small.split_whitespace().map(titled).collect();
        [name.to_owned(), name.to_uppercase(), titled.join(" "), small]
    };
    let mut found: Vec<String> = Vec::new();
    for name in core::iter::once(name).chain(turned.as_deref()) {
        for spelled in spelled(name) {
            let third = spelled.chars().count() / 3;
            let least = if spelled.is_ascii() { 4 } else { 2 };
            let begin = cut(&spelled, third.max(1), least);
            found.extend(begin.filter(|begin| !found.contains(begin)));
        }
    }
    found
}

fn titled(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A text without its last characters, where at least so many are left.
fn cut(text: &str, last: usize, least: usize) -> Option<String> {
    let left = text.chars().count().saturating_sub(last);
    (left >= least).then(|| text.chars().take(left).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_leaves_room_for_a_slip_behind_it() {
        let table = [
            (Medium::Phone, "+8613800138000", vec!["+8613800138"]),
            (Medium::Phone, "+86110", vec![]),
            (Medium::Email, "wang.wei@acme.com", vec!["wang.wei@", "wang.w"]),
            (Medium::Email, "li@acme.com", vec![]),
            (Medium::Url, "acme.com", vec![]),
        ];
        for (medium, normal, begins) in table {
            assert_eq!(of_reach(medium, normal), begins, "{normal}");
        }
        assert_eq!(of_name("王小明"), ["王小"]);
        assert_eq!(of_name("Al"), Vec::<String>::new());
        let found = of_name("ann harris");
        assert_eq!(found, ["ann har", "ANN HAR", "Ann Har", "harris ", "HARRIS ", "Harris "]);
    }
}
