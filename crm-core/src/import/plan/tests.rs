use super::*;

const HEAD: &str = "source = 'shop'\ncurrency = 'USD'\n";

fn faults(text: &str) -> Vec<String> {
    match Plan::parse(text, chrono_tz::Tz::UTC) {
        Ok(_) => Vec::new(),
        Err(faults) => {
            faults.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
        }
    }
}

#[test]
fn mistakes_are_found_with_their_place() {
    let file =
        |rest: &str| format!("{HEAD}[[file]]\nname='a'\nentity='customer'\nkey='id'\n{rest}");
    let deal =
        |rest: &str| format!("{HEAD}[[file]]\nname='a'\nentity='opportunity'\nkey='id'\n{rest}");
    let table: [(&str, String, &[&str]); 19] = [
        ("the boring case", file("[file.fields]\nname='n'"), &[]),
        ("a key that no plan has", format!("{}typo = 1\n", file("[file.fields]\nname='n'\n[x]\n")), &[
            "x plan.key.unknown",
        ]),
        ("no key", format!("{HEAD}[[file]]\nname='a'\nentity='customer'\n[file.fields]\nname='n'"), &[
            "file[0].key plan.key_column.missing",
        ]),
        ("no files", HEAD.to_owned(), &["file plan.key.missing"]),
        ("an unknown entity", format!("{HEAD}[[file]]\nname='a'\nentity='dog'\nkey='id'\n[file.fields]\nx='y'"), &[
            "file[0].entity plan.entity.unknown",
        ]),
        ("an unknown field", file("[file.fields]\nnmae='n'\nname='n'"), &[
            "file[0].fields.nmae plan.field.unknown",
        ]),
        ("a nested field", file("[file.fields]\naddress.city='n'\naddress.town='n'"), &[
            "file[0].fields.address.town plan.field.unknown",
        ]),
        ("two sources", file("[file.fields]\nname={ column='n', constant='x' }"), &[
            "file[0].fields.name plan.source.several",
        ]),
        ("no source", file("[file.fields]\nname={ required=true }"), &[
            "file[0].fields.name plan.source.missing",
        ]),
        ("a wrong type", file("[file.fields]\nname=7"), &["file[0].fields.name plan.type"]),
        ("no expression", deal("[file.fields]\namount={ compute='a +' }"), &[
            "file[0].fields.amount.compute plan.expression",
        ]),
        ("a quotient without end", deal("[file.fields]\namount={ compute='a / b' }"), &[
            "file[0].fields.amount plan.division_without_round",
        ]),
        ("a quotient with an end", deal("[file.fields]\namount={ compute='a / b', round={ scale=2, rule='half_up' } }"), &[]),
        ("columns in a circle", deal("[file.compute]\na='b + 1'\nb='c'\nc='a'\nd='a'\ne='x'\n[file.fields]\nname='n'"), &[
            "file[0].compute plan.compute.cycle",
        ]),
        ("a sum over nothing", deal("[file.fields]\namount={ sum='lines', of='x' }"), &[
            "file[0].fields.amount.sum plan.child.unknown",
        ]),
        ("a link to the wrong thing", deal("[file.fields]\nowner={ link='customer', column='x' }"), &[
            "file[0].fields.owner.link plan.link",
        ]),
        ("a custom field without definition", deal("[file.fields]\ncustom.freight='freight'"), &[
            "file[0].fields.custom.freight plan.field.unknown",
        ]),
        ("an amount without currency", "source='s'\n[[file]]\nname='a'\nentity='opportunity'\nkey='id'\n[file.fields]\namount='a'".to_owned(), &[
            "file[0].fields.amount plan.currency.missing",
        ]),
        ("all at once", format!("zone='Mars'\n[format]\ndates=['d.m']\n{}", "[[file]]\nname=''\nentity='customer'\nkey='id'\nx=1\n[file.fields]\nname={}"), &[
            "source plan.key.missing",
            "zone plan.zone",
            "format.dates plan.format.date",
            "file[0].name plan.empty",
            "file[0].fields.name plan.source.missing",
            "file[0].x plan.key.unknown",
        ]),
    ];
    for (rule, text, expected) in table {
        assert_eq!(faults(&text), expected, "{rule}:\n{text}");
    }
}

#[test]
fn toml_itself_is_checked() {
    assert_eq!(faults("source = "), [" plan.toml"]);
    let twice = format!(
        "{HEAD}[[file]]\nname='a'\nentity='customer'\nkey='id'\n[file.fields]\nname='a'\nname='b'"
    );
    assert_eq!(faults(&twice), [" plan.toml"], "two sources of one field");
}

#[test]
fn files_are_named_by_name_stem_or_pattern() {
    let table = [
        ("orders.csv", "orders.csv", true),
        ("orders", "orders.csv", true),
        ("orders-*", "orders-2024.csv", true),
        ("orders-????", "orders-2024.csv", true),
        ("*", "anything.csv", true),
        ("orders", "order_details.csv", false),
        ("orders.csv", "orders.tsv", false),
    ];
    for (pattern, name, expected) in table {
        assert_eq!(named(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn templates_double_their_braces() {
    let text = format!(
        "{HEAD}[[file]]\nname='a'\nentity='customer'\nkey='id'\n[file.fields]\nname={{ template='{{{{x}}}} {{n}}!' }}"
    );
    let plan = Plan::parse(&text, chrono_tz::Tz::UTC).unwrap();
    let text = |text: &str| Piece::Text(text.to_owned());
    let expected = [text("{x} "), Piece::Column("n".to_owned()), text("!")];
    let from = &plan.files[0].sheet.fields[0].sources[0].from;
    assert!(matches!(from, From::Template(pieces) if *pieces == expected), "{from:?}");
}
