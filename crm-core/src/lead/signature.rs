//! What is told of a person in a few lines: a card, the foot of a mail.

use super::CaptureLead;
use crate::value::{Country, EmailAddress, PhoneNumber, Url};

/// The longest text that is read, in characters.
pub const SIGNATURE_MAX: usize = 4000;

/// What a text tells of a person, and the parts of which nothing was made, in order.
///
/// It reads what is sure and leaves the rest: e-mail addresses; phone numbers that are in use, with or without a label
/// (`Tel:`, `手机：`); the first line that names a company by its legal form; of the very first line, a few words that
/// stand alone or beside numbers, as the name. What was said beside the text stays. Rule INT-5 (F023).
pub fn read(wish: &CaptureLead, text: &str, home: Country) -> (CaptureLead, Vec<String>) {
    let mut next = wish.clone();
    let mut rest = Vec::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        let (mut left, mut whole) = (Vec::new(), true);
        for part in line.split(['|', '｜', ',', '，', ';', '；', '\t']).map(str::trim) {
            let rest = point(&mut next, part, home);
            whole = whole && rest.as_deref().is_none_or(|rest| rest == part);
            left.extend(rest);
        }
        // A name stands alone, at most beside numbers and addresses.
        let whole = whole && left.len() == 1;
        let left = left.join(" ");
        if left.is_empty() {
            continue;
        }
        if next.company.is_none() && is_company(&left) {
            next.company = Some(left);
        } else if at == 0 && whole && next.name.is_none() && is_name(&left) {
            next.name = Some(left);
        } else {
            rest.push(left);
        }
    }
    (next, rest)
}

/// Takes a way to reach somebody out of a part of a line; gives what is left of it.
fn point(wish: &mut CaptureLead, part: &str, home: Country) -> Option<String> {
    let bare = unlabelled(part);
    let whole_phone = |text: &str| PhoneNumber::parse(text, home).is_ok();
    if bare.is_empty() {
        return None;
    }
    if whole_phone(bare) {
        push(&mut wish.phones, bare);
        return None;
    }
    // Several in a row: each word by itself.
    let mut left = Vec::new();
    for word in part.split_whitespace() {
        let bare = unlabelled(word).trim_matches(['<', '>', '(', ')', '（', '）']);
        if bare.contains('@') && EmailAddress::parse(bare).is_ok() {
            push(&mut wish.emails, bare);
        } else if whole_phone(bare) {
            push(&mut wish.phones, bare);
        } else if !(LABELS
            .contains(&word.trim_end_matches([':', '：', '.']).to_lowercase().as_str())
            || word.contains('.') && Url::parse(bare).is_ok())
        {
            left.push(word);
        }
    }
    (!left.is_empty()).then(|| left.join(" "))
}

fn push(list: &mut Vec<String>, text: &str) {
    if list.iter().all(|known| known != text) {
        list.push(text.to_owned());
    }
}

/// What stands in front of a number or address.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "电话", "手机", "手机号", "座机", "联系电话", "移动电话", "邮箱", "电子邮箱", "邮件", "网址", "tel", "telephone", "phone", "mobile", "mob",
    "cell", "t", "m", "p", "e", "email", "e-mail", "mail", "web", "www",
];

/// The text behind a label that ends with a colon; the text where there is none.
fn unlabelled(text: &str) -> &str {
    match text.split_once([':', '：']) {
        Some((label, rest)) if LABELS.contains(&label.trim().to_lowercase().as_str()) => {
            rest.trim()
        }
        _ => text.trim(),
    }
}

/// Whether a line names a company by its legal form.
fn is_company(line: &str) -> bool {
    const FORMS: &[&str] =
        &["公司", "集团", "有限合伙", "事务所", "研究院", "研究所", "大学", "医院", "工厂", "商行"];
    const WORDS: &[&str] = &[
        "ltd",
        "limited",
        "inc",
        "corp",
        "corporation",
        "llc",
        "gmbh",
        "ag",
        "bv",
        "sarl",
        "srl",
        "plc",
        "pte",
        "pty",
        "kk",
    ];
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        WORDS.contains(&bare.as_str())
    };
    FORMS.iter().any(|form| line.ends_with(form)) || line.split_whitespace().any(word)
}

/// Whether a line can be a name: a few words of letters.
fn is_name(line: &str) -> bool {
    let letters = |c: char| c.is_alphabetic() || " .-'·•".contains(c);
    line.chars().all(letters) && line.chars().count() <= 40 && line.split_whitespace().count() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_tells_what_is_sure_and_the_rest_is_left() {
        let table = [
            (
                "王伟\n销售经理\n上海精密机械有限公司\n手机：138 0013 8000\n邮箱: wang@example.com.cn\n上海市浦东新区1号",
                "王伟|上海精密机械有限公司|138 0013 8000|wang@example.com.cn|销售经理/上海市浦东新区1号",
            ),
            (
                "Ada King\nAcme Tools Ltd.\nTel: +44 20 7946 0958 | ada@acme.example",
                "Ada King|Acme Tools Ltd.|+44 20 7946 0958|ada@acme.example|",
            ),
            ("上海某某集团\n李雷", "|上海某某集团|||李雷"),
            ("13800138000", "||13800138000||"),
            ("call me 13800138000 or a@example.com", "||13800138000|a@example.com|call me or"),
            ("王伟, 13800138000", "王伟||13800138000||"),
            ("订单 12345", "||||订单 12345"),
            ("E: a@example.com, a@example.com", "|||a@example.com|"),
            ("", "||||"),
        ];
        for (text, expected) in table {
            let (wish, rest) = read(&CaptureLead::default(), text, Country::CHINA);
            let found = [
                wish.name.unwrap_or_default(),
                wish.company.unwrap_or_default(),
                wish.phones.join("/"),
                wish.emails.join("/"),
                rest.join("/"),
            ];
            assert_eq!(found.join("|"), expected, "{text:?}");
        }
        let said = CaptureLead { name: Some("Bo".into()), ..Default::default() };
        let (wish, rest) = read(&said, "Ada King", Country::CHINA);
        assert_eq!((wish.name.as_deref(), rest.len()), (Some("Bo"), 1), "what was said stays");
    }
}
