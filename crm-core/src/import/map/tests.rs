use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::import::read::{Dialect, Rows};

fn rows(text: &str) -> Rows<&[u8]> {
    Rows::open(text.as_bytes(), &Dialect::default()).unwrap()
}

/// Maps every row of `text` by the first file of `plan`.
fn mapped_with(plan: &str, text: &str, shelf: &Shelf) -> Vec<Mapped> {
    let plan = Plan::parse(plan, chrono_tz::Tz::UTC).unwrap();
    let mut rows = rows(text);
    let header = rows.header().to_vec();
    let mapping = Mapping::bind(&plan, &plan.files[0], ("a.csv", &header), shelf).unwrap();
    core::iter::from_fn(|| rows.next_row().unwrap()).map(|row| mapping.map(&row)).collect()
}

fn item(mapped: &Mapped) -> &ImportItem {
    match mapped {
        Mapped::Item(item) => Some(item),
        Mapped::LeftOut | Mapped::Rejected(_) => None,
    }
    .unwrap()
}

fn faults(mapped: &Mapped) -> &[CellFault] {
    match mapped {
        Mapped::Rejected(faults) => faults,
        Mapped::Item(_) | Mapped::LeftOut => &[],
    }
}

fn told(mapped: &Mapped) -> String {
    match mapped {
        Mapped::Item(item) => serde_json::to_string(&item.set).unwrap(),
        Mapped::LeftOut => "left out".to_owned(),
        Mapped::Rejected(faults) => {
            let each =
                faults.iter().map(|f| format!("{}:{}:{}={}", f.row, f.field, f.code, f.value));
            each.collect::<Vec<_>>().join(" ")
        }
    }
}

const DEAL: &str =
    "source='s'\ncurrency='USD'\n[[file]]\nname='a'\nentity='opportunity'\nkey='id'\n";

#[test]
fn a_row_becomes_what_the_plan_says() {
    let us = "format={ dates=['m/d/yyyy'], thousands=',', symbols=['$'], empty=['NULL'] }\n[file.fields]\n";
    let table = [
        ("a column", "[file.fields]\nname='n'", "n\nAda", r#"{"name":"Ada"}"#),
        (
            "blanks around are no text",
            "[file.fields]\nname='n'",
            "n\n\"  Ada \"",
            r#"{"name":"Ada"}"#,
        ),
        (
            "empty is absent",
            "[file.fields]\nname='n'\nsource='m'",
            "n,m\nAda,",
            r#"{"name":"Ada"}"#,
        ),
        (
            "required is required",
            "[file.fields]\nname={ column='n', required=true }",
            "n,m\n,x",
            "2:name:field.required=",
        ),
        ("a constant", "[file.fields]\nsource={ constant='fair' }", "n\nx", r#"{"source":"fair"}"#),
        (
            "the first that is filled",
            "[file.fields]\nname={ first=['n','m'] }",
            "n,m\n,Bob",
            r#"{"name":"Bob"}"#,
        ),
        (
            "a template leaves no gaps",
            "[file.fields]\nname={ template='{a} {b} {c}' }",
            "a,b,c\nAda,,Byron",
            r#"{"name":"Ada Byron"}"#,
        ),
        ("a link", "[file.fields]\nowner='o'", "o\n5", r#"{"owner":{"link":"5"}}"#),
        (
            "a map",
            "[file.fields]\noutcome={ column='s', map={ 'Closed Won'='won' } }",
            "s\nClosed Won",
            r#"{"outcome":"won"}"#,
        ),
        (
            "a map rejects what it does not know",
            "[file.fields]\noutcome={ column='s', map={ 'Closed Won'='won' } }",
            "s\nLost?",
            "2:outcome:value.unmapped=Lost?",
        ),
        (
            "or has a word for it",
            "[file.fields]\noutcome={ column='s', map={ 'Closed Won'='won' }, otherwise='open' }",
            "s\nPledged",
            r#"{"outcome":"open"}"#,
        ),
        (
            "or keeps it",
            "[file.fields]\nstage={ column='s', map={ 'Closed Won'='won' }, unmapped='keep' }",
            "s\nPledged",
            r#"{"stage":"Pledged"}"#,
        ),
        (
            "a choice is closed",
            "[file.fields]\noutcome='s'",
            "s\nwin",
            "2:outcome:value.choice=win",
        ),
        (
            "money at its scale",
            "[file.fields]\namount='x'",
            "x\n440",
            r#"{"amount":{"amount":"440.00","currency":"USD"}}"#,
        ),
        ("no half cents", "[file.fields]\namount='x'", "x\n0.125", "2:amount:money.scale=0.125"),
        (
            "unless the plan rounds",
            "[file.fields]\namount={ column='x', round={ scale=2, rule='half_up' } }",
            "x\n0.125",
            r#"{"amount":{"amount":"0.13","currency":"USD"}}"#,
        ),
        (
            "a currency of its own",
            "[file.fields]\namount={ column='x', currency_column='c' }",
            "x,c\n440,JPY",
            r#"{"amount":{"amount":"440","currency":"JPY"}}"#,
        ),
        (
            "a currency that is none",
            "[file.fields]\namount={ column='x', currency_column='c' }",
            "x,c\n440,XX",
            "2:amount:money.currency=XX",
        ),
        (
            "arithmetic",
            "[file.fields]\namount={ compute='p * q * (1 - d)' }",
            "p,q,d\n9.8,10,0.15",
            r#"{"amount":{"amount":"83.30","currency":"USD"}}"#,
        ),
        (
            "a computed column",
            "[file.compute]\nnet='p * q'\n[file.fields]\namount={ compute='net * 2' }",
            "p,q\n1.5,2",
            r#"{"amount":{"amount":"6.00","currency":"USD"}}"#,
        ),
        (
            "how the file writes",
            &format!("{us}amount='x'\ncreated_at='d'\nname='n'"),
            "x,d,n\n\"$1,200.50\",7/4/1996,NULL",
            r#"{"amount":{"amount":"1200.50","currency":"USD"},"created_at":"1996-07-04T00:00:00Z"}"#,
        ),
        (
            "every mistake of a row",
            &format!("{us}amount='x'\ncreated_at='d'\noutcome='n'"),
            "x,d,n\n1.200.50,1996-07-04,maybe",
            "2:amount:number.format=1.200.50 2:created_at:time.format=1996-07-04 \
             2:outcome:value.choice=maybe",
        ),
        (
            "conditions leave out",
            "where=[{ column='s', not=['test'] }]\n[file.fields]\nname='n'",
            "s,n\ntest,Ada",
            "left out",
        ),
        ("a short row is rejected", "[file.fields]\nname='n'", "n,m\nAda", "2::row.width=2"),
        (
            "the row number is a column",
            "[file.fields]\nname={ template='{$file}:{$row}' }",
            "n\nx",
            r#"{"name":"a.csv:2"}"#,
        ),
    ];
    for (rule, plan, text, expected) in table {
        let text = format!("id,{}", text.replace('\n', "\nk,"));
        let mapped = mapped_with(&format!("{DEAL}{plan}"), &text, &Shelf::default());
        assert_eq!(told(&mapped[0]), expected, "{rule}");
        if let Some(second) = mapped.get(1) {
            assert_eq!(told(second), r#"{"name":"Bob"}"#, "{rule}");
        }
    }
}

#[test]
fn countries_have_codes_and_names() {
    let plan =
        format!("{}[file.fields]\naddress.country='c'", DEAL.replace("opportunity", "customer"));
    let table = [
        ("CN", "CN"),
        ("Germany", "DE"),
        ("UK", "GB"),
        ("中国", "CN"),
        ("Russia", "RU"),
        ("Atlantis", "2:address.country:country.unknown=Atlantis"),
    ];
    for (text, expected) in table {
        let mapped = mapped_with(&plan, &format!("id,c\nk,{text}\n"), &Shelf::default());
        let expected = match expected.len() {
            2 => format!("{{\"address\":{{\"country\":\"{expected}\"}}}}"),
            _ => expected.to_owned(),
        };
        assert_eq!(told(&mapped[0]), expected, "{text}");
    }
}

#[test]
fn a_blank_row_is_left_out() {
    let plan = format!("{DEAL}[file.fields]\nname='n'");
    assert_eq!(mapped_with(&plan, "id,n\n , \n", &Shelf::default()), [Mapped::LeftOut]);
    let keyless = mapped_with(&plan, "id,n\n,Ada\n", &Shelf::default());
    assert_eq!(told(&keyless[0]), "2::key.missing=");
}

#[test]
fn lists_groups_and_custom_fields_have_their_place() {
    let plan = "source='s'\n[[custom_field]]\nentity='customer'\ncode='fax'\nfield_type='text'\n\
        [[file]]\nname='a'\nentity='customer'\nkey=['x','y']\n[file.fields]\n\
        phones=['p','q']\naddress.city='c'\naddress.use={ constant='billing' }\ncustom.fax='f'\n";
    let text = "x,y,p,q,c,f,z\n1,a|b,111,222,Rome,333,?\n1,c,,222,,,?\n";
    let mapped = mapped_with(plan, text, &Shelf::default());
    let items: Vec<Value> =
        mapped.iter().map(|row| serde_json::to_value(item(row)).unwrap()).collect();
    let first = json!({"row": 2, "key": "1|a\\|b", "custom": {"fax": "333"},
        "set": {"phones": ["111", "222"], "address": {"city": "Rome", "use": "billing"}}});
    // An address of which only its use is known is no address.
    let second = json!({"row": 3, "key": "1|c", "set": {"phones": ["222"]}});
    assert_eq!(items, [first, second]);
}

const ORDERS: &str = "source='s'\ncurrency='USD'\n[[file]]\nname='a'\nentity='opportunity'\nkey='id'\n\
    [file.fields]\nname={ template='Order {id}' }\n\
    amount={ sum='lines', of='price * quantity * (1 - discount)', round_each={ scale=2, rule='half_up' } }\n\
    [file.child.lines]\nfile='lines'\nparent='order'\n\
    lookup.product={ file='products', by='id', on='product' }\n[file.child.lines.fields]\n\
    product='product.code'\nquantity='quantity'\nunit_price='price'\n\
    discount={ compute='discount * 100' }\n";

fn order_shelf(lines: &str) -> Shelf {
    let mut shelf = Shelf::default();
    let lines = ChildTable::load("lines.csv", "order", rows(lines)).unwrap();
    shelf.add_children("lines", "order", lines);
    let products = LookupTable::load("products.csv", "id", rows("id,code\n11,QC\n42,SF\n42,SX\n"));
    shelf.add_lookup("products", "id", products.unwrap());
    shelf
}

#[test]
fn child_rows_become_lines_and_sums() {
    let shelf = order_shelf(
        "order,product,price,quantity,discount\n1,11,0.335,1,0\n2,11,5,1,0\n1,11,0.335,1,0.5\n",
    );
    let mapped = mapped_with(ORDERS, "id\n1\n", &shelf);
    let item = item(&mapped[0]);
    // 0.335 → 0.34 and 0.1675 → 0.17: each line is rounded, then they are added.
    assert_eq!(item.set["amount"], json!({"amount": "0.51", "currency": "USD"}));
    let line = json!({"product": {"link": "QC"}, "quantity": "1", "unit_price": {"amount": "0.335", "currency": "USD"},
        "discount": "50"});
    assert_eq!(Value::Object(item.lines[1].clone()), line);
    assert_eq!(item.lines.len(), 2);
}

#[test]
fn a_mistake_in_a_child_row_rejects_its_parent() {
    let table = [
        ("a number", "1,11,x,1,0", "2:amount:number.format=x 2:lines.unit_price:number.format=x"),
        ("an empty operand", "1,11,1,,0", "2:amount:compute.empty="),
        ("a product that is not there", "1,12,1,1,0", "2:lines.product:lookup.missing=12"),
        ("a product that is there twice", "1,42,1,1,0", "2:lines.product:lookup.ambiguous=42"),
    ];
    for (rule, line, expected) in table {
        let shelf = order_shelf(&format!("order,product,price,quantity,discount\n{line}\n"));
        let mapped = mapped_with(ORDERS, "id\n1\n", &shelf);
        assert_eq!(told(&mapped[0]), expected, "{rule}");
        let faults = faults(&mapped[0]);
        assert!(faults.iter().all(|fault| fault.file.as_deref() == Some("lines.csv")), "{rule}");
    }
}

#[test]
fn binding_reports_every_missing_column_and_file() {
    let plan = Plan::parse(ORDERS, chrono_tz::Tz::UTC).unwrap();
    let header = ["order_id".to_owned()];
    let bind = |shelf: &Shelf| -> Vec<String> {
        let faults = Mapping::bind(&plan, &plan.files[0], ("a.csv", &header), shelf).unwrap_err();
        faults
            .iter()
            .map(|fault| format!("{} {} {}", fault.path, fault.code, fault.value))
            .collect()
    };
    assert_eq!(
        bind(&Shelf::default()),
        [
            "file[0].key plan.column.unknown id",
            "file[0].child.lines.file plan.file.not_given lines",
            "file[0].fields.name plan.column.unknown id",
        ]
    );
    assert_eq!(
        bind(&order_shelf("order,product,price\n")),
        [
            "file[0].key plan.column.unknown id",
            "file[0].child.lines.fields.discount plan.column.unknown discount",
            "file[0].child.lines.fields.quantity plan.column.unknown quantity",
            "file[0].fields.amount plan.column.unknown quantity",
            "file[0].fields.amount plan.column.unknown discount",
            "file[0].fields.name plan.column.unknown id",
        ]
    );
}

#[test]
fn columns_that_nobody_reads_are_named() {
    let plan = Plan::parse(
        &format!("{DEAL}[file.fields]\nname='n'\namount={{ compute='p * q' }}"),
        chrono_tz::Tz::UTC,
    )
    .unwrap();
    let header = ["id", "n", "p", "q", "freight", "note"].map(str::to_owned);
    let shelf = Shelf::default();
    let mapping = Mapping::bind(&plan, &plan.files[0], ("a.csv", &header), &shelf).unwrap();
    assert_eq!(mapping.unmapped(), ["freight", "note"]);
}

proptest! {
    /// Whatever is in a file, every row becomes an item, is left out or is rejected with a reason.
    #[test]
    fn no_row_is_ever_lost(
        cells in proptest::collection::vec(
            proptest::collection::vec("[0-9a-z ./$,-]{0,6}", 0..6), 0..40),
    ) {
        let plan = Plan::parse(&format!(
            "{DEAL}where=[{{ column='s', not=['x'] }}]\n[file.fields]\namount='a'\ncreated_at='d'\nname='n'"
        ), chrono_tz::Tz::UTC).unwrap();
        let header = ["id", "s", "a", "d", "n"].map(str::to_owned);
        let shelf = Shelf::default();
        let mapping = Mapping::bind(&plan, &plan.files[0], ("a.csv", &header), &shelf).unwrap();
        for (at, cells) in cells.iter().enumerate() {
            let row = Row::new(u64::try_from(at).unwrap(), cells);
            match mapping.map(&row) {
                Mapped::Item(item) => {
                    prop_assert_eq!(item.row, row.number);
                    prop_assert_eq!(Some(item.key.as_str()), row.cell(0).map(str::trim));
                }
                Mapped::LeftOut => {
                    let blank = row.cells().all(|cell| cell.trim().is_empty());
                    prop_assert!(blank || row.cell(1).map(str::trim) == Some("x"));
                }
                Mapped::Rejected(faults) => {
                    prop_assert!(!faults.is_empty());
                    prop_assert!(faults.iter().all(|fault| fault.row == row.number));
                }
            }
        }
    }
}
