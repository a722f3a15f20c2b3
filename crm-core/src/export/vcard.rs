//! Somebody as a contact card: vCard 4.0 (RFC 6350).

/// What a card says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// What identifies it for good: a UUID.
    pub uid: String,
    /// Their name.
    pub name: String,
    /// Where they work, and in which part of it.
    pub organization: Vec<String>,
    /// Their position.
    pub title: String,
    /// Phone numbers.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Their birthday, as ISO 8601.
    pub birthday: String,
    /// Web site.
    pub website: String,
    /// Anything else.
    pub note: String,
}

/// The card, its lines folded at 75 octets, with its line ends. What is empty is left out. Rule IMP-7 (F213).
pub fn vcard(card: &Card) -> String {
    let mut text = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    let organization: Vec<String> = card.organization.iter().map(|part| escaped(part)).collect();
    let lines = [("UID:urn:uuid:", card.uid.clone()), ("FN:", escaped(&card.name))]
        .into_iter()
        .chain([("ORG:", organization.join(";").trim_end_matches(';').to_owned())])
        .chain([("TITLE:", escaped(&card.title))])
        .chain(card.phones.iter().map(|phone| ("TEL;TYPE=voice:", escaped(phone))))
        .chain(card.emails.iter().map(|email| ("EMAIL:", escaped(email))))
        .chain([("BDAY:", card.birthday.replace('-', ""))])
        .chain([("URL:", card.website.clone()), ("NOTE:", escaped(&card.note))]);
    for (name, value) in lines.filter(|(_, value)| !value.is_empty()) {
        folded(&mut text, &format!("{name}{value}"));
    }
    text.push_str("END:VCARD\r\n");
    text
}

fn escaped(text: &str) -> String {
    let plain = text.replace("\r\n", "\n").replace('\\', "\\\\").replace('\n', "\\n");
    plain.replace(',', "\\,").replace(';', "\\;")
}

/// A line no longer than 75 octets, the rest on lines that begin with a blank; letters stay whole.
fn folded(out: &mut String, line: &str) {
    let mut width = 0_usize;
    for char in line.chars() {
        if width.saturating_add(char.len_utf8()) > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(char);
        width = width.saturating_add(char.len_utf8());
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_escaped_and_folded() {
        let card = Card {
            uid: "u".into(),
            name: "王伟".into(),
            organization: vec!["A; B".into(), String::new()],
            phones: vec!["+86 10".into()],
            birthday: "1980-03-22".into(),
            note: format!("a,b\n{}", "中".repeat(30)),
            ..Card::default()
        };
        let text = vcard(&card);
        let expected = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:u\r\nFN:王伟\r\nORG:A\\; B\r\n\
                        TEL;TYPE=voice:+86 10\r\nBDAY:19800322\r\nNOTE:a\\,b\\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert_eq!(text.replace("\r\n ", "").matches('中').count(), 30);
    }
}
