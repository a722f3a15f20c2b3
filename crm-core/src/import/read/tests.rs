use proptest::prelude::*;

use super::*;

/// Reads to the end; an error is the last line.
fn read_as(bytes: &[u8], dialect: &Dialect) -> Vec<String> {
    let mut rows = match Rows::open(bytes, dialect) {
        Ok(rows) => rows,
        Err(error) => return vec![format!("{}", error.code())],
    };
    let mut seen = vec![rows.header().join("¦")];
    loop {
        match rows.next_row() {
            Ok(Some(row)) => {
                let cells: Vec<&str> = row.cells().collect();
                seen.push(format!("{}: {}", row.number, cells.join("¦")));
            }
            Ok(None) => return seen,
            Err(error) => {
                seen.push(format!("{} in row {:?}", error.code(), error.row()));
                return seen;
            }
        }
    }
}

#[test]
fn files_are_read_as_rfc_4180_says() {
    let table: [(&str, &str, &[&str]); 18] = [
        ("the boring case", "a,b\n1,2\n", &["a¦b", "2: 1¦2"]),
        ("no end of the last line", "a,b\n1,2", &["a¦b", "2: 1¦2"]),
        ("Windows line ends", "a,b\r\n1,2\r\n", &["a¦b", "2: 1¦2"]),
        ("a delimiter in quotes", "a,b\n\"1,5\",2\n", &["a¦b", "2: 1,5¦2"]),
        ("a line end in quotes", "a,b\n\"1\n5\",2\n3,4\n", &["a¦b", "2: 1\n5¦2", "3: 3¦4"]),
        ("a quote in quotes", "a\n\"say \"\"hi\"\"\"\n", &["a", "2: say \"hi\""]),
        ("empty fields", "a,b\n,\n", &["a¦b", "2: ¦"]),
        ("lines with nothing are no rows", "a\n\n1\n\n", &["a", "2: 1"]),
        ("semicolons are found out", "a;b\n1,5;2\n", &["a¦b", "2: 1,5¦2"]),
        ("tabs are found out", "a\tb\n1\t2\n", &["a¦b", "2: 1¦2"]),
        ("one name twice", "Name,Name\n1,2\n", &["Name¦Name#2", "2: 1¦2"]),
        ("blanks around names", " a , b \n1,2\n", &["a¦b", "2: 1¦2"]),
        ("a short row is still a row", "a,b\n1\n2,3,4\n", &["a¦b", "2: 1", "3: 2¦3¦4"]),
        ("a delimiter that Excel says", "sep=|\r\na|b,c\r\n1|2\r\n", &["a¦b,c", "3: 1¦2"]),
        ("nothing", "", &["file.empty"]),
        ("a packed file", "PK\u{3}\u{4}", &["file.not_seekable"]),
        (
            "an open quote",
            "a,b\n1,2\n3,\"4\n5,6\n",
            &["a¦b", "2: 1¦2", "quote.unclosed in row Some(3)"],
        ),
        ("an open quote at the very end", "a\n\"", &["a", "quote.unclosed in row Some(2)"]),
    ];
    for (rule, text, expected) in table {
        assert_eq!(read_as(text.as_bytes(), &Dialect::default()), expected, "{rule}");
    }
}

#[test]
fn limits_end_the_reading() {
    let wide = format!("{}\n", ",".repeat(COLUMNS_MAX));
    assert_eq!(read_as(wide.as_bytes(), &Dialect::default()), ["row.columns_max"]);
    let long = format!("a\n{}\n", "x".repeat(FIELD_BYTES_MAX + 1));
    let expected = ["a", "field.bytes_max in row Some(2)"];
    assert_eq!(read_as(long.as_bytes(), &Dialect::default()), expected);
    let huge = format!("a\n{}\n", "x".repeat(40 << 20));
    assert_eq!(read_as(huge.as_bytes(), &Dialect::default()), expected);
    let just = format!("a\n{}\n", "x".repeat(FIELD_BYTES_MAX));
    assert_eq!(read_as(just.as_bytes(), &Dialect::default()).len(), 2);
}

#[test]
fn encodings_are_found_out() {
    let text = "公司,城市\n华东机械设备有限公司,上海\n深圳市宏达科技股份有限公司,深圳\n";
    let expected =
        ["公司¦城市", "2: 华东机械设备有限公司¦上海", "3: 深圳市宏达科技股份有限公司¦深圳"];
    let utf16 = |big: bool, mark: bool| {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        units.flat_map(bytes).collect::<Vec<u8>>()
    };
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let table = [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with its mark", format!("\u{feff}{text}").into_bytes()),
        ("GB18030", gb.into_owned()),
        ("UTF-16LE with its mark", utf16(false, true)),
        ("UTF-16BE with its mark", utf16(true, true)),
        ("UTF-16LE without", utf16(false, false)),
        ("UTF-16BE without", utf16(true, false)),
    ];
    for (encoding, bytes) in table {
        assert_eq!(read_as(&bytes, &Dialect::default()), expected, "{encoding}");
    }
    // Headings over numbers are little to guess from, and no letters of an alphabet.
    let (bytes, ..) = encoding_rs::GB18030.encode("商机编号,产品编码,数量\nD0001,CNC-850,2\n");
    let expected_codes = ["商机编号¦产品编码¦数量", "2: D0001¦CNC-850¦2"];
    assert_eq!(read_as(&bytes, &Dialect::default()), expected_codes);
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode("Name;Straße\nMüller;Düsseldorfer Str. 5\n");
    let expected_street = ["Name¦Straße", "2: Müller¦Düsseldorfer Str. 5"];
    assert_eq!(read_as(&bytes, &Dialect::default()), expected_street);
    // Chinese letters after more ASCII than is looked at first.
    let late = format!("a\n{}华东机械设备有限公司\n", "x\n".repeat(SAMPLE_BYTES));
    let (bytes, ..) = encoding_rs::GB18030.encode(&late);
    let rows = read_as(&bytes, &Dialect::default());
    assert_eq!(rows.last().unwrap(), &format!("{}: 华东机械设备有限公司", SAMPLE_BYTES + 2));
    // Without a mark the zero bytes of Latin text tell, or the plan.
    let latin: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_as(&latin, &Dialect::default()), ["a¦b", "2: 1¦2"]);
    let named = Dialect { encoding: Some(encoding_rs::UTF_16BE), ..Dialect::default() };
    assert_eq!(read_as(&utf16(true, false), &named), expected);
}

#[test]
fn broken_letters_stay_with_their_row() {
    let dialect = Dialect { encoding: Some(encoding_rs::UTF_8), ..Dialect::default() };
    let mut rows = Rows::open(&b"a,b\n1,\xff\n2,3\n"[..], &dialect).unwrap();
    assert_eq!(rows.next_row().unwrap().unwrap().damaged, [1]);
    assert_eq!(rows.next_row().unwrap().unwrap().damaged, [0; 0]);
}

#[test]
fn a_file_without_header_is_given_one() {
    let columns = Some(vec!["a".to_owned(), "b".to_owned()]);
    let dialect = Dialect { columns, ..Dialect::default() };
    assert_eq!(read_as(b"1,2\n3,4\n", &dialect), ["a¦b", "1: 1¦2", "2: 3¦4"]);
}

proptest! {
    /// What is written is read, whatever is in the cells and however the bytes arrive.
    #[test]
    fn reading_gives_back_what_was_written(
        cells in proptest::collection::vec(
            proptest::collection::vec("[ -~\n\r\"é中]{0,12}", 3), 1..20),
        step in 1_usize..50,
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
        let text: String = cells.iter().map(|row| line(row) + "\r\n").collect();
        let text = format!("a,b,c\n{text}");
        let mut rows = Rows::open(Slow { bytes: text.as_bytes(), step }, &Dialect::default()).unwrap();
        let mut read = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            read.push(row.cells().map(str::to_owned).collect::<Vec<_>>());
        }
        prop_assert_eq!(read, cells);
    }

    /// Any bytes at all give rows or an error, and end.
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        read_as(&bytes, &Dialect::default());
    }
}

/// Hands out a few bytes at a time.
struct Slow<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl io::Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let some = self.step.min(self.bytes.len()).min(out.len());
        let (now, later) = self.bytes.split_at(some);
        out[..some].copy_from_slice(now);
        self.bytes = later;
        Ok(some)
    }
}
