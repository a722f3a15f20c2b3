use super::*;

/// The filled columns of every card, without those that are not asked for.
fn read(bytes: &[u8], wanted: &[&str]) -> Vec<String> {
    let decoded = Decoded::open(bytes, None).unwrap();
    assert!(begins(&decoded));
    let mut cards = Cards::open(decoded, &Dialect::default());
    let mut seen = Vec::new();
    loop {
        match cards.next_row() {
            Ok(Some(row)) => {
                let cells = COLUMNS.iter().zip(row.cells());
                let cells = cells.filter(|(name, text)| wanted.contains(name) && !text.is_empty());
                seen.push(
                    cells
                        .map(|(name, text)| format!("{name}={text}"))
                        .collect::<Vec<_>>()
                        .join("¦"),
                );
            }
            Ok(None) => return seen,
            Err(error) => {
                seen.push(format!("{} in card {:?}", error.code(), error.row()));
                return seen;
            }
        }
    }
}

/// A rule, a file, columns, and what they hold.
type Case<'a> = (&'a str, &'a [u8], &'a [&'a str], &'a [&'a str]);

#[test]
fn a_card_says_what_it_says_in_every_version() {
    let (gb, ..) = encoding_rs::GBK.encode("王伟");
    let gb_card =
        [&b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=GBK:"[..], &gb, b"\nEND:VCARD\n"].concat();
    let gb_bare = [&b"BEGIN:VCARD\nVERSION:2.1\nN:"[..], &gb, b";;;;\nEND:VCARD\n"].concat();
    let wide: Vec<u8> = "\u{feff}BEGIN:VCARD\r\nVERSION:3.0\r\nFN:王伟\r\nEND:VCARD\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let table: [Case; 18] = [
        ("a name", b"BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nEND:VCARD\n", &["FN", "NAME"], &["FN=Ada¦NAME=Ada"]),
        ("a name in parts", "BEGIN:VCARD\nN:王;伟;;;\nEND:VCARD\n".as_bytes(), &["NAME", "N.family"], &["NAME=王伟¦N.family=王"]),
        ("two cards", b"BEGIN:VCARD\nFN:A\nEND:VCARD\n\nBEGIN:VCARD\nFN:B\nEND:VCARD", &["FN"], &["FN=A", "FN=B"]),
        ("folded lines", b"BEGIN:VCARD\nNOTE:one \n two\nEND:VCARD\n", &["NOTE"], &["NOTE=one two"]),
        ("line ends in values", b"BEGIN:VCARD\nVERSION:3.0\nNOTE:a\\nb\\, c\nEND:VCARD\n", &["NOTE"], &["NOTE=a\nb, c"]),
        ("backslashes of 2.1", b"BEGIN:VCARD\nVERSION:2.1\nNOTE:C:\\new\nEND:VCARD\n", &["NOTE"], &["NOTE=C:\\new"]),
        (
            "quoted-printable over lines",
            b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=\n=E4=BC=9F\nEND:VCARD\n",
            &["FN"],
            &["FN=王伟"],
        ),
        ("a charset of its own", &gb_card, &["FN"], &["FN=王伟"]),
        ("a charset that nobody says", &gb_bare, &["NAME"], &["NAME=王伟"]),
        ("a card in UTF-16", &wide, &["FN"], &["FN=王伟"]),
        (
            "types of all versions",
            b"BEGIN:VCARD\nTEL;WORK;FAX:1\nTEL;TYPE=cell,voice:2\nTEL;TYPE=\"work,voice\";PREF=1:tel:+86-10-1;ext=8\nEND:VCARD\n",
            &["TEL", "TEL.work", "TEL.cell", "TEL.fax", "TEL.all"],
            &["TEL=+86-10-1 ext. 8¦TEL.cell=2¦TEL.work=+86-10-1 ext. 8¦TEL.fax=1¦TEL.all=+86-10-1 ext. 8\n2\n1"],
        ),
        (
            "an address",
            b"BEGIN:VCARD\nADR;TYPE=work:;;1 Main St;Austin;TX;78701;USA\nEND:VCARD\n",
            &["ADR.street", "ADR.work.city", "ADR.home.city", "ADR.all"],
            &["ADR.street=1 Main St¦ADR.work.city=Austin¦ADR.all=1 Main St, Austin, TX, 78701, USA"],
        ),
        ("a birthday", b"BEGIN:VCARD\nBDAY:19800322\nEND:VCARD\nBEGIN:VCARD\nBDAY:--0203\nEND:VCARD\n", &["BDAY", "BDAY.text"], &["BDAY=1980-03-22", "BDAY.text=--0203"]),
        (
            "pictures are counted, groups taken off, the unknown named",
            b"BEGIN:VCARD\nitem1.EMAIL:a@b.cn\nPHOTO;BASE64:\n  AAAA\n\nX-FOO:1\nTITLE:a\nTITLE:b\nEND:VCARD\n",
            &["EMAIL", "PHOTO", "OTHER", "TITLE"],
            &["TITLE=a¦EMAIL=a@b.cn¦PHOTO=1¦OTHER=TITLE X-FOO"],
        ),
        ("a colon in quotes", b"BEGIN:VCARD\nADR;LABEL=\"a: b\":;;x;;;;\nEND:VCARD\n", &["ADR.street"], &["ADR.street=x"]),
        ("a card in a card", b"BEGIN:VCARD\nFN:A\nAGENT:\nBEGIN:VCARD\nFN:B\nEND:VCARD\nEND:VCARD\n", &["FN", "OTHER"], &["FN=A¦OTHER=AGENT"]),
        ("no end", b"BEGIN:VCARD\nFN:A\n", &["FN"], &["card.unclosed in card Some(1)"]),
        ("an end inside a fold", b"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:a=", &["NOTE"], &["card.unclosed in card Some(1)"]),
    ];
    for (rule, bytes, wanted, expected) in table {
        assert_eq!(read(bytes, wanted), expected, "{rule}");
    }
}

#[test]
fn cards_have_limits() {
    let many = format!("BEGIN:VCARD\n{}END:VCARD\n", "X:1\n".repeat(LINES_MAX + 1));
    assert!(read(many.as_bytes(), &["FN"])[0].starts_with("row.bytes_max"));
    let long = format!("BEGIN:VCARD\nNOTE:{}\nEND:VCARD\n", "x".repeat(40 << 20));
    assert!(read(long.as_bytes(), &["FN"])[0].starts_with("row.bytes_max"));
    let nested = "BEGIN:VCARD\n".repeat(100_000);
    assert!(read(nested.as_bytes(), &["FN"])[0].starts_with("row.bytes_max"));
}
