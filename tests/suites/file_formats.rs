//! Files as other programs write them: CSV edge cases, contact cards, workbooks, encodings; and ours, read back.
//!
//! The csv-spectrum files are read as their JSON says. The contact cards have no truth beside them: what is expected here
//! was read from the files by eye, one property at a time.

use std::fs::File;
use std::path::PathBuf;

use crm_core::import::{Dialect, Rows};
use serde_json::{Map, Value, json};

use crate::command::{Told, command, crm};
use crate::real_data::data;
use crate::repository::Scratch;

/// The rows of a file, each an object of its filled columns.
fn read(path: &PathBuf) -> Vec<Map<String, Value>> {
    read_from(File::open(path).unwrap())
}

fn read_from<R: std::io::Read + std::io::Seek>(bytes: R) -> Vec<Map<String, Value>> {
    let mut rows = Rows::open_file(bytes, &Dialect::default()).unwrap();
    let header = rows.header().to_vec();
    let mut read = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        let cells = header.iter().zip(row.cells());
        read.push(cells.map(|(name, cell)| (name.clone(), json!(cell))).collect());
    }
    read
}

#[test]
fn csv_spectrum_is_read_as_it_means() {
    let Some(data) = data() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(data.join("csv-spectrum")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "csv") {
            continue;
        }
        let truth = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let truth: Value = serde_json::from_str(&truth).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut bytes = std::fs::read(&path).unwrap();
        if name.ends_with("_crlf") && !bytes.contains(&b'\r') {
            // The copy lost what its name says; its truth did not.
            bytes = String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes();
        }
        let rows = read_from(std::io::Cursor::new(bytes));
        if name == "spectrum_location_coordinates" {
            // Its truth has the telephone number of another edition.
            for column in ["Location Coordinates", "Cities", "Counties"] {
                assert_eq!(rows[0][column], truth[column], "{name}: {column}");
            }
        } else {
            let rows = Value::from_iter(rows.into_iter().map(Value::Object));
            assert_eq!(rows, truth, "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 12);
}

/// A file, how many cards it holds, and what stands in the first.
type Cards = (&'static str, usize, &'static [(&'static str, &'static str)]);

/// File, card, and what its columns hold.
const CARDS: &[Cards] = &[
    (
        "John_Doe_ANDROID.vcf",
        0,
        &[("FN", ""), ("EMAIL", "john.doe@company.com"), ("CATEGORIES", "My Contacts")],
    ),
    (
        "John_Doe_ANDROID.vcf",
        2,
        &[("FN", "Ñ Ñ Ñ Ñ Ñ"), ("N.family", "Ñ Ñ Ñ Ñ"), ("TEL.cell", "123456789")],
    ),
    (
        "John_Doe_ANDROID.vcf",
        3,
        &[
            ("FN", "Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ"),
            ("TEL.all", "123456\n234567\n3456789\n45678901"),
            ("TEL.home", "234567"),
            ("NOTE", "Ñ Ñ Ñ Ñ Ñ Ñ Ñ ÑÑ Ñ Ñ Ñ Ñ Ñ Ñ ÑÑ Ñ Ñ Ñ Ñ"),
        ],
    ),
    (
        "John_Doe_ANDROID.vcf",
        4,
        &[
            ("EMAIL.work", "bob@company.com"),
            ("EMAIL.2", "ÑÑÑÑÑÑÑÑÑÑÑÑÑÑ"),
            ("ORG", "ÑÑÑÑÑÑÑÑÑÑÑÑ"),
            ("TEL.work", "123456"),
            ("TEL.fax", "123456"),
            ("PHOTO", "1"),
            ("URL", "www.company.com"),
        ],
    ),
    (
        "John_Doe_ANDROID.vcf",
        5,
        &[("FN", "ÑÑÑÑ"), ("TEL", "55556666"), ("EMAIL", "henry@company.com")],
    ),
    (
        "John_Doe_BLACK_BERRY.vcf",
        0,
        &[
            ("FN", "John Doe"),
            ("N.given", "john"),
            ("ORG", "Acme Solutions"),
            ("TEL.cell", "+96123456789"),
            ("PHOTO", "1"),
            ("NOTE", ""),
        ],
    ),
    (
        "John_Doe_EVOLUTION.vcf",
        0,
        &[
            ("FN", "Mr. John Richter, James Doe Sr."),
            ("N.additional", "Richter, James"),
            ("N.suffix", "Sr."),
            ("ORG", "IBM"),
            ("ORG.unit", "Accounting, Dungeon"),
            ("TEL.cell", "905-666-1234"),
            ("TEL.work", "905-555-1234"),
            ("EMAIL.work", "john.doe@ibm.com"),
            ("ADR.home.po_box", "ASB-123"),
            ("ADR.street", "15 Crescent moon drive"),
            ("ADR.country", "United States of America"),
            ("BDAY", "1980-03-22"),
            ("URL", "http://www.ibm.com"),
            ("TITLE", "Money Counter"),
        ],
    ),
    (
        "John_Doe_GMAIL.vcf",
        0,
        &[
            ("FN", "Mr. John Richter, James Doe Sr."),
            ("EMAIL.home", "john.doe@ibm.com"),
            ("TEL.cell", "905-555-1234"),
            (
                "ADR.home.extended",
                "Crescent moon drive\n555-asd\nNice Area, Albaney, New York 12345\nUnited States of America",
            ),
            ("BDAY", "1980-03-22"),
            ("URL", "http://www.ibm.com"),
        ],
    ),
    (
        "John_Doe_IPHONE.vcf",
        0,
        &[
            ("FN", "Mr. John Richter James Doe Sr."),
            ("TEL", "905-555-1234"),
            (
                "TEL.all",
                "905-555-1234\n905-666-1234\n905-777-1234\n905-222-1234\n905-888-1234\n905-999-1234\n905-111-1234",
            ),
            ("TEL.fax", "905-888-1234"),
            ("ADR.home.city", "New York"),
            ("ADR.work.street", "Street4\nBuilding 6\nFloor 8"),
            ("ADR.street", "Silicon Alley 5,"),
            ("BDAY", "2012-06-06"),
            ("PHOTO", "1"),
        ],
    ),
    (
        "John_Doe_LOTUS_NOTES.vcf",
        0,
        &[
            ("FN", "Mr. Doe John I Johny"),
            ("NICKNAME", "Johny,JayJay"),
            ("ORG", "IBM"),
            ("ORG.unit", "SUN"),
            ("TEL.cell", "+1 (212) 204-34456"),
            ("TEL.fax", "00-1-212-555-7777"),
            ("EMAIL.2", "billy_bob@gmail.com"),
            ("BDAY", "1980-05-21"),
            ("ROLE", "Counting Money"),
            ("ADR.code", "NYC887"),
            ("UID", "0e7602cc-443e-4b82-b4b1-90f62f99a199"),
        ],
    ),
    (
        "John_Doe_MAC_ADDRESS_BOOK.vcf",
        0,
        &[
            ("FN", "Mr. John Richter,James Doe Sr."),
            ("N.additional", "Richter,James"),
            ("TEL", "905-777-1234"),
            ("TEL.cell", "905-555-1234"),
            ("ADR.work.country", "USA"),
            ("PHOTO", "1"),
            ("BDAY", "2012-06-06"),
        ],
    ),
    (
        "John_Doe_MS_OUTLOOK.vcf",
        0,
        &[
            ("FN", "Mr. John Richter James Doe Sr."),
            ("TEL.work", "(905) 555-1234"),
            ("TEL.home", "(905) 666-1234"),
            ("ADR.street", "Cresent moon drive"),
            ("ADR.home.street", "Silicon Alley 5,"),
            ("BDAY", "1980-03-22"),
            ("EMAIL", "john.doe@ibm.cm"),
            ("IM.all", "ms-imaddress:johny5@aol.com"),
            ("PHOTO", "1"),
        ],
    ),
    (
        "fullcontact.vcf",
        0,
        &[
            ("N.prefix", "Prefix"),
            ("TEL.cell", "555-555-1113"),
            ("TEL.fax", "555-555-1116"),
            (
                "EMAIL.all",
                "home@example.com\nwork@example.com\nschool@example.com\nother@example.com\ncustom@example.com",
            ),
            ("ORG", "Organization1"),
            ("ORG.unit", "Department1"),
            ("TITLE", "Title1"),
            ("BDAY", "2016-08-01"),
            ("NOTE", "Notes line 1\nNotes line 2"),
            ("ADR.home.city", "HomeCity"),
            ("ADR.home.country", "HomeCountry"),
            ("PHOTO", "3"),
        ],
    ),
    ("gmail-list.vcf", 1, &[("FN", "Chris Beatle"), ("EMAIL", "chrisy55d@yahoo.com")]),
    (
        "gmail-single.vcf",
        0,
        &[
            ("FN", "Greg Dartmouth"),
            ("TEL.cell", "555 555 1111"),
            ("TEL.2", "555 555 2222"),
            ("ADR.home.street", "123 Home St\nHome City, HM 12345"),
            ("BDAY", "1960-09-10"),
            ("URL", "http://TheProfile.com"),
            (
                "NOTE",
                "This is GMail's note field.\nIt should be added as a NOTE type.\nACustomField: CustomField",
            ),
            ("IM.all", "icq:123456789"),
        ],
    ),
    (
        "gmail-single2.vcf",
        0,
        &[
            ("FN", "VCard Test"),
            ("TEL", "5555551111"),
            ("TEL.home", "5555551112"),
            ("TEL.fax", "5555551117"),
            ("EMAIL.home", "homeemail@example.com"),
            ("EMAIL.work", "workemail@example.com"),
            ("ADR.street", "111 Main St"),
            ("ADR.work.street", "113 Main St"),
            ("BDAY", "1912-06-23"),
            ("TITLE", "TheJobTitle"),
            ("ORG", "TheCompany"),
        ],
    ),
    (
        "issue114.vcf",
        0,
        &[
            ("FN", "Dummy, Dummy"),
            ("ORG", "Dummy GmbH"),
            ("TEL", "+49 1234 56789"),
            ("TEL.work", "+49 9876 54321"),
            ("EMAIL.home", "dummy.dummy@dummy.com"),
            ("ADR.street", "Dummy-Dummy-Strasse 1"),
            ("ADR.city", "Bad Homburg"),
            ("ADR.code", "61352"),
            ("ADR.country", "Germany"),
            ("UID", "8b574c60-fd7f-4e99-b584-c5db131ae687"),
        ],
    ),
    (
        "outlook-2003.vcf",
        0,
        &[
            ("FN", "John Doe III"),
            ("N.prefix", "Mr."),
            ("NICKNAME", "Joey"),
            ("ORG", "Company, The"),
            ("ORG.unit", "TheDepartment"),
            ("TITLE", "The Job Title"),
            ("NOTE", "This is the note field!!\r\nSecond line\r\n\r\nThird line is empty"),
            ("TEL.work", "BusinessPhone"),
            ("TEL.fax", "BusinessFaxPhone"),
            ("ADR.extended", "TheOffice"),
            ("ADR.city", "Austin"),
            ("BDAY", "1980-03-21"),
            ("EMAIL", "jdoe@hotmail.com"),
            ("PHOTO", "1"),
        ],
    ),
    (
        "outlook-2007.vcf",
        0,
        &[
            ("FN", "Mr. Michael Angstadt Jr."),
            ("NICKNAME", "Mike"),
            ("TEL.cell", "(111) 555-4444"),
            ("ADR.street", "222 Broadway"),
            ("BDAY", "1922-03-10"),
            ("EMAIL", "mike.angstadt@gmail.com"),
            ("URL", "http://mikeangstadt.name"),
            ("PHOTO", "2"),
        ],
    ),
    (
        "rfc2426-example.vcf",
        0,
        &[
            ("FN", "Frank Dawson"),
            ("ORG", "Lotus Development Corporation"),
            ("ADR.work.street", "6544 Battleford Drive"),
            ("ADR.city", "Raleigh"),
            ("TEL.work", "+1-919-676-9515"),
            ("TEL.fax", "+1-919-676-9564"),
            ("EMAIL", "Frank_Dawson@Lotus.com"),
            ("EMAIL.2", "fdawson@earthlink.net"),
        ],
    ),
    ("rfc2426-example.vcf", 1, &[("FN", "Tim Howes"), ("ADR.region", "CA"), ("ADR.code", "94043")]),
    (
        "rfc6350-example.vcf",
        0,
        &[
            ("FN", "Simon Perreault"),
            ("N.suffix", "ing. jr,M.Sc."),
            ("BDAY", ""),
            ("BDAY.text", "--0203"),
            ("TEL", "+1-418-656-9254 ext. 102"),
            ("TEL.cell", "+1-418-262-6501"),
            ("EMAIL.work", "simon.perreault@viagenie.ca"),
            ("ORG", "Viagenie"),
            ("ADR.city", "Quebec"),
            ("ADR.extended", "Suite D2-630"),
            ("URL", "http://nomis80.org"),
            ("PHOTO", "1"),
        ],
    ),
    (
        "thunderbird-MoreFunctionsForAddressBook-extension.vcf",
        0,
        &[
            ("FN", "John Doe"),
            ("N.family", "Doe"),
            ("NICKNAME", "Johnny"),
            ("ORG", "TheOrganization"),
            ("ADR.work.extended", "222 Broadway"),
            ("ADR.home.city", "Austin"),
            ("TEL.cell", "555-555-5555"),
            ("TEL.fax", "555-555-3333"),
        ],
    ),
];

#[test]
fn contact_cards_of_many_programs_are_read() {
    let Some(data) = data() else { return };
    for (file, card, expected) in CARDS {
        let cards = read(&data.join("vcards").join(file));
        for (column, text) in *expected {
            assert_eq!(cards[*card][*column], *text, "{file} card {card}: {column}");
        }
    }
    let all = std::fs::read_dir(data.join("vcards")).unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|end| end == "vcf")).collect();
    for path in &all {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(CARDS.iter().any(|(file, ..)| *file == name), "{name} has no expectation");
    }
    let cards: usize = all.iter().map(|path| read(path).len()).sum();
    assert_eq!(cards, 26);
}

/// A store in a folder of its own, and files beside it.
struct Place {
    folder: Scratch,
}

impl Place {
    fn new(name: &str) -> Self {
        Self { folder: Scratch::new(name) }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    fn store(&self, name: &str) -> String {
        format!("sqlite:{}", self.folder.path(name).display())
    }

    fn import(&self, store: &str, plan: &str, files: &[&str], more: &[&str]) -> Value {
        let mut args = vec!["import", "--store", store, "--plan", plan, "--format", "json"];
        args.extend(more);
        args.extend(files);
        crm(&args).json()
    }
}

const LEADS: &str = "姓名,公司名称,手机,邮箱,来源,需求,日期\n\
    王伟,华东机械设备有限公司,13800138000,wang@hd.cn,展会,\"=HYPERLINK(\"\"x\"\")\",2021年4月15日\n\
    李娜,深圳宏达,13900139000/13700137000,li@hd.cn,官网,+1,2021年5月1日\n\
    张三,,13600136000,,抖音,'quoted,2021年6月1日\n";

#[test]
fn a_file_without_a_plan_gets_one_that_runs() {
    let place = Place::new("suggest");
    let encode = |text: &str| encoding_rs_gb(text);
    let file = place.file("线索.csv", encode(LEADS));
    let suggested = crm(&["import", "--suggest", &file]);
    assert_eq!(suggested.exit, Some(0), "{}", suggested.err);
    let plan = place.file("plan.toml", &suggested.out);
    let store = place.store("a.db");
    let dry = place.import(&store, &plan, &[&file], &["--dry-run", "--strict"]);
    assert_eq!(dry["totals"]["created"], 3, "{dry:#}");
    let first = place.import(&store, &plan, &[&file], &[]);
    assert_eq!([&first["totals"]["created"], &first["totals"]["rejected"]], [3, 0], "{first:#}");
    let again = place.import(&store, &plan, &[&file], &[]);
    assert_eq!([&again["totals"]["unchanged"], &again["totals"]["updated"]], [3, 0], "{again:#}");
}

/// GB18030 by the tables of another program, so that we do not check ourselves with ourselves.
fn encoding_rs_gb(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let python = std::process::Command::new("python3")
        .args(["-c", "import sys;sys.stdout.buffer.write(sys.stdin.buffer.read().decode().encode('gb18030'))"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut python) = python else { return text.as_bytes().to_vec() };
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    python.wait_with_output().unwrap().stdout
}

const CUSTOMERS: &str = "source='s'\n[[file]]\nname='*'\nentity='customer'\nkey='id'\n";
const CUSTOMER_FIELDS: &str =
    "[file.fields]\nname='name'\nregion='region'\nphones=['p1','p2']\nemails='mail'\n";

/// A rule, a plan, a file, options, and how many rows are created, changed, unchanged and rejected.
type Mode<'a> = (&'a str, String, String, &'a [&'a str], [u64; 4]);

#[test]
fn rows_create_update_or_leave_what_is_there() {
    let place = Place::new("modes");
    let store = place.store("a.db");
    let plan =
        |name: &str, more: &str| place.file(name, format!("{CUSTOMERS}{more}\n{CUSTOMER_FIELDS}"));
    let file =
        |name: &str, rows: &str| place.file(name, format!("id,name,region,p1,p2,mail\n{rows}"));
    let upsert = plan("upsert.toml", "");
    let first = file("a.csv", "1,甲,华东,021-62345678,,a@b.cn\n2,乙,华北,010-62345678,,\n");
    let rows: [Mode<'_>; 9] = [
        ("a file is new", upsert.clone(), first.clone(), &[], [2, 0, 0, 0]),
        ("the same again changes nothing", upsert.clone(), first.clone(), &[], [0, 0, 2, 0]),
        (
            "another spelling of a phone is no change",
            upsert.clone(),
            file("b.csv", "1,甲,华东,+86 21 6234 5678,,a@b.cn\n"),
            &[],
            [0, 0, 1, 0],
        ),
        (
            "a blank keeps what there is",
            upsert.clone(),
            file("c.csv", "1,甲,,,,\n"),
            &[],
            [0, 0, 1, 0],
        ),
        (
            "what is new is created only",
            plan("create.toml", "mode='create'"),
            file("d.csv", "1,甲,华南,,,\n3,丙,,,,c@b.cn\n"),
            &[],
            [1, 0, 0, 1],
        ),
        (
            "what is there is updated only",
            plan("update.toml", "mode='update'"),
            file("e.csv", "1,甲,华南,,,\n4,丁,,,,\n"),
            &[],
            [0, 1, 0, 1],
        ),
        (
            "lists may grow",
            plan("append.toml", "lists='append'"),
            file("f.csv", "2,乙,华北,021-52345678,,\n"),
            &[],
            [0, 1, 0, 0],
        ),
        (
            "a blank clears where the plan says",
            plan("clear.toml", "blank='clear'"),
            file("g.csv", "2,乙,,,,\n"),
            &[],
            [0, 1, 0, 0],
        ),
        (
            "another key finds it by its mail",
            plan("match.toml", "match=['emails']"),
            file("h.csv", "x9,甲,西北,,,a@b.cn\n"),
            &[],
            [0, 1, 0, 0],
        ),
    ];
    for (rule, plan, file, more, expected) in rows {
        let rejects = place.folder.path("r.csv").display().to_string();
        let mut more = more.to_vec();
        more.extend(["--rejects", &rejects]);
        let told = place.import(&store, &plan, &[&file], &more);
        let found = ["created", "updated", "unchanged", "rejected"]
            .map(|what| told["totals"][what].as_u64().unwrap());
        assert_eq!(found, expected, "{rule}: {told:#}");
    }
    let lines = crm(&["export", "customer", "--store", &store, "--format", "jsonl"]).out;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(rows.len(), 3);
    assert_eq!(found("甲")["region"], "西北");
    assert_eq!([&found("乙")["region"], &found("乙")["phones"]], [&Value::Null, &Value::Null]);
    let verified = crm(&["verify", "--store", &store, "--format", "json"]).json();
    assert_eq!(verified["faults"], json!([]));
}

#[test]
fn rejected_rows_are_mended_and_imported() {
    let place = Place::new("mend");
    let store = place.store("a.db");
    let plan = place.file("p.toml", format!("{CUSTOMERS}{CUSTOMER_FIELDS}"));
    let file =
        place.file("a.csv", "id,name,region,p1,p2,mail,fax\n1,甲,,12,,,9\n2,乙,,,,x,\n3,丙,,,,,\n");
    let rejects = place.folder.path("r.csv").display().to_string();
    let first = place.import(&store, &plan, &[&file], &["--rejects", &rejects]);
    assert_eq!(
        [&first["totals"]["read"], &first["totals"]["created"], &first["totals"]["rejected"]],
        [3, 1, 2]
    );
    assert_eq!(first["losses"][0]["column"], "fax");
    let text = std::fs::read_to_string(&rejects).unwrap();
    assert!(text.contains("phones[0]") && text.contains("emails[0]"), "{text}");
    let mended = place.file(
        "mended.csv",
        text.replace(",甲,,12,", ",甲,,021-62345678,").replace(",乙,,,,x,", ",乙,,,,x@b.cn,"),
    );
    let second = place.import(&store, &plan, &[&mended], &[]);
    assert_eq!([&second["totals"]["created"], &second["totals"]["rejected"]], [2, 0], "{second:#}");
    let strict = crm(&["import", "--store", &store, "--plan", &plan, "--strict", &file]);
    assert_eq!((strict.exit, strict.problem().as_str()), (Some(1), "import.loses_data"));
}

#[test]
fn what_goes_out_comes_back_the_same() {
    let place = Place::new("round-trip");
    let file = place.file("线索.csv", LEADS);
    let people = place.file("人.csv", "编号,姓名,公司,职务,手机,生日,备注\n1,王伟,=华东,-经理,13800138000,1980-03-22,\"a\n'b\"\n2,李娜,华北,,,,\n");
    let (a, b) = (place.store("a.db"), place.store("b.db"));
    for file in [&file, &people] {
        let plan = place.file("s.toml", crm(&["import", "--suggest", file]).out);
        let told = place.import(&a, &plan, &[file], &[]);
        assert_eq!(told["totals"]["rejected"], 0, "{told:#}");
    }
    let out = |store: &str, kind: &str, more: &[&str]| {
        let mut args = vec!["export", kind, "--store", store];
        args.extend(more);
        Told::of(&command(&args).output().unwrap())
    };
    let plan = place.file("back.toml", out(&a, "lead", &["--plan"]).out);
    let kinds = ["user", "customer", "contact", "lead"];
    let mut files = Vec::new();
    for kind in kinds {
        let xlsx = kind == "contact";
        let path = place.folder.path(&format!("{kind}.{}", if xlsx { "xlsx" } else { "csv" }));
        let path = path.display().to_string();
        let format = if xlsx { "xlsx" } else { "csv" };
        let told = out(&a, kind, &["--format", format, "--out", &path, "--encoding", "gb18030"]);
        assert_eq!(told.exit, Some(0), "{}", told.err);
        files.push(path);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let told = place.import(&b, &plan, &files, &[]);
    assert_eq!(told["totals"]["rejected"], 0, "{told:#}");
    for kind in kinds {
        let lines = |store: &str| {
            let mut rows: Vec<Value> = out(store, kind, &["--format", "jsonl"])
                .out
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            rows.iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove("id")));
            rows.sort_by_key(|row| row["key"].to_string());
            rows
        };
        let before: Vec<Value> =
            lines(&a).into_iter().filter(|row| row["login"] != "owner").collect();
        let after: Vec<Value> =
            lines(&b).into_iter().filter(|row| row["login"] != "owner").collect();
        assert_eq!(before, after, "{kind}");
    }
    let csv = out(&a, "lead", &["--format", "csv"]).out;
    assert!(
        csv.contains("\"'=HYPERLINK") && csv.contains("'+1") && csv.contains("''quoted"),
        "{csv}"
    );
    let cards = out(&a, "contact", &["--format", "vcard"]).out;
    assert!(
        cards.contains("FN:王伟\r\nORG:=华东\r\n") && cards.contains("BDAY:19800322"),
        "{cards}"
    );
}

/// A GB18030 file, read from the pipe of a host: the size comes from `CRM_PROOF=full`, a gigabyte then.
#[test]
fn a_long_file_is_read_in_bounded_memory() {
    struct Long {
        left: u64,
        line: &'static [u8],
        at: usize,
    }
    impl std::io::Read for Long {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let mut wrote = 0;
            while wrote < out.len() && self.left > 0 {
                out[wrote] = self.line[self.at];
                self.at = (self.at + 1) % self.line.len();
                (wrote, self.left) = (wrote + 1, self.left - 1);
            }
            Ok(wrote)
        }
    }
    let full = std::env::var("CRM_PROOF").is_ok_and(|proof| proof == "full");
    let bytes = if full { 1 << 30 } else { 8 << 20 };
    let line = b"1234567,Acme Trading,021-62345678,a@b.cn,Shanghai\n";
    let before = resident();
    let mut rows = Rows::open(Long { left: bytes, line, at: 0 }, &Dialect::default()).unwrap();
    let mut count = 1_u64;
    while rows.next_row().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, bytes.div_ceil(line.len() as u64));
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more than before");
    // One line without an end is refused long before its end.
    let endless = Long { left: 1 << 30, line: b"x", at: 0 };
    let refused = Rows::open(endless, &Dialect::default()).err().map(|error| error.code());
    assert_eq!(refused, Some("field.bytes_max"));
}

/// What this process holds in memory, where the machine says it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
