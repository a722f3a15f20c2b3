use std::io::{Cursor, Write as _};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK_RELS: &str = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="/xl/worksheets/sheet2.xml"/><Relationship Id="rId3" Type="x/styles" Target="styles.xml"/><Relationship Id="rId4" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;
const TEXTS: &str = "<sst><si><t>姓名</t></si><si><r><t>a &amp; </t></r><r><t>b_x000A_c</t></r><rPh><t>no</t></rPh></si><si/></sst>";

fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn book(workbook: &str, sheet: &str) -> Vec<u8> {
    packed(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", workbook),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", TEXTS),
        ("xl/worksheets/sheet1.xml", sheet),
        (
            "xl/worksheets/sheet2.xml",
            "<worksheet><sheetData><row r=\"1\"><c t=\"inlineStr\"><is><t>two</t></is></c></row></sheetData></worksheet>",
        ),
    ])
}

const TABS: &str = r#"<workbook><sheets><sheet name="A" r:id="rId1" xmlns:r="x"/><sheet name="B" state="hidden" r:id="rId2"/></sheets></workbook>"#;

fn read(bytes: Vec<u8>, dialect: &Dialect) -> Vec<String> {
    let mut sheet = match Sheet::open(Cursor::new(bytes), dialect) {
        Ok(sheet) => sheet,
        Err(error) => return vec![error.code().to_owned()],
    };
    let mut seen = vec![sheet.header().join("¦")];
    loop {
        match sheet.next_row() {
            Ok(Some(row)) => {
                let cells: Vec<&str> = row.cells().collect();
                seen.push(format!("{}: {}", row.number, cells.join("¦")));
            }
            Ok(None) => return seen,
            Err(error) => {
                seen.push(error.code().to_owned());
                return seen;
            }
        }
    }
}

fn rows(cells: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><worksheet><sheetData><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>x</t></is></c><c r=\"C2\" s=\"1\"/></row>{cells}</sheetData></worksheet>"
    )
}

#[test]
fn cells_say_what_a_reader_of_the_sheet_sees() {
    let table = [
        (
            "shared text, with runs and escapes",
            r#"<row r="4"><c r="A4" t="s"><v>1</v></c></row>"#,
            "4: a & b\nc¦",
        ),
        (
            "numbers with the digits that are shown",
            r#"<row r="3"><c r="A3"><v>0.30000000000000004</v></c><c r="B3"><v>1.5E3</v></c></row>"#,
            "3: 0.3¦1500",
        ),
        (
            "a day by a format of the book",
            r#"<row r="3"><c r="B3" s="1"><v>44301</v></c></row>"#,
            "3: ¦2021-04-15",
        ),
        (
            "a time to the millisecond",
            r#"<row r="3"><c r="B3" s="2"><v>44301.416666666664</v></c></row>"#,
            "3: ¦2021-04-15 10:00:00",
        ),
        (
            "flags",
            r#"<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="b"><v>0</v></c></row>"#,
            "3: true¦false",
        ),
        (
            "what a formula gave",
            r#"<row r="3"><c r="A3" t="str"><f>A1&amp;"b"</f><v>ab</v></c></row>"#,
            "3: ab¦",
        ),
        ("cells and rows without their place", r#"<row><c/><c><v>7</v></c></row>"#, "3: ¦7"),
        (
            "letters by number",
            r#"<row r="3"><c r="A3" t="inlineStr"><is><t>&#29579;&lt;</t></is></c></row>"#,
            "3: 王<¦",
        ),
        ("more cells than the header", r#"<row r="3"><c r="D3"><v>1</v></c></row>"#, "3: ¦¦¦1"),
    ];
    for (rule, cells, expected) in table {
        let seen = read(book(TABS, &rows(cells)), &Dialect::default());
        assert_eq!(seen, ["姓名¦x", expected], "{rule}");
    }
    let since_1904 = TABS.replace("<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
    let day = r#"<row r="3"><c r="B3" s="1"><v>42839</v></c></row>"#;
    assert_eq!(read(book(&since_1904, &rows(day)), &Dialect::default())[1], "3: ¦2021-04-15");
}

#[test]
fn a_sheet_is_chosen_by_name_or_place() {
    let named = |sheet| Dialect { sheet: Some(sheet), ..Dialect::default() };
    let book = || book(TABS, &rows(""));
    assert_eq!(read(book(), &Dialect::default()), ["姓名¦x"]);
    assert_eq!(read(book(), &named(SheetName::Called("B".to_owned()))), ["two"]);
    assert_eq!(read(book(), &named(SheetName::Number(2))), ["two"]);
    assert_eq!(read(book(), &named(SheetName::Number(3))), ["sheet.unknown"]);
}

#[test]
fn hostile_workbooks_are_refused_within_bounds() {
    let bomb =
        rows(&format!("<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>{}", "x".repeat(40 << 20)));
    let blanks = rows(&" ".repeat(90 << 20));
    let deep = rows(&"<a>".repeat(100));
    let wide = rows(r#"<row r="3"><c r="XFD3"><v>1</v></c></row>"#);
    let entities = rows(r#"<row r="3"><c r="A3" t="inlineStr"><is><t>&lol;</t></is></c></row>"#);
    let cyclic = format!("<!DOCTYPE a [<!ENTITY b \"&c;\"><!ENTITY c \"&b;\">]>{}", rows(""));
    let table = [
        ("a text without end", bomb, "file.hostile"),
        ("packed blanks", blanks, "file.hostile"),
        ("elements in elements", deep, "file.hostile"),
        ("a cell far out", wide, "row.columns_max"),
        ("an entity of its own", entities, "file.hostile"),
        ("entities in a circle", cyclic, "file.hostile"),
        ("half a sheet", rows("<row r=\"3\"><c>"), "file.broken"),
    ];
    for (rule, sheet, expected) in table {
        let seen = read(book(TABS, &sheet), &Dialect::default());
        assert_eq!(seen.last().map(String::as_str), Some(expected), "{rule}");
    }
    assert_eq!(read(packed(&[("a.txt", "x")]), &Dialect::default()), ["file.format"]);
    let mut half = book(TABS, &rows(""));
    half.truncate(half.len() / 2);
    assert_eq!(read(half, &Dialect::default()), ["file.broken"]);
}
