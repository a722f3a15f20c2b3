//! Every record of every kind that can name a merged one names the survivor, and goes home again.

use crm_core::record::{ColumnType, Entity, FieldDef, KindDef, Val};
use crm_core::undo::{names, pointers};
use crm_core::{lead::Lead, party::Contact, party::Customer};

use super::*;

/// One row of every kind that can name a record of `kind`, by each column by which it can: planted past the engine, so
/// that a kind is covered that no operation of today makes.
fn plant_children(house: &mut House, kind: Kind, of: Uuid) -> Vec<String> {
    let mut rows = Vec::new();
    let mut planted = Vec::new();
    for (child, def) in KINDS.iter().filter(|(kind, _)| !BOOKKEEPING.contains(kind)) {
        for pointer in pointers(def(), kind) {
            let field = def().field(pointer.field).unwrap().name.clone();
            planted.push(format!("{}.{field}", child.name()));
            if field == "primary_contact" {
                // Only a contact of that customer is one: the house has it, and no row may be planted that is unsound.
                let named = |row: &Record| names(row, Key { kind, id: of });
                assert!(house.rows(*child).iter().any(named));
                continue;
            }
            let own = |row: &Record| row.def.kind == kind && row.id == of;
            let template = house.rows(*child).into_iter().find(|row| !own(row));
            let mut row = template.unwrap_or_else(|| blank(def()));
            row.id =
                Uuid::from_u128(0x0189_1000_0000_7000_8000_0000_0000_0000 + rows.len() as u128);
            row.version = 1;
            if let Some(primary) = row.def.field_named("primary_contact") {
                let at = row.def.position(primary.id).unwrap();
                row.vals[at] = Val::Id(Uuid::nil());
            }
            let mut set = |field, val| {
                let at = row.def.position(field).unwrap();
                row.vals[at] = val;
            };
            set(pointer.field, Val::Id(of));
            if let Some(column) = pointer.kind {
                set(column, Val::from(kind.name()));
            }
            // A unique code of its own.
            for index in row.def.indexes.iter().filter(|index| index.unique) {
                let text = index.cols.iter().rev().find(|col| **col != pointer.field);
                // Where the link alone is unique, no other row names the record by it.
                let Some(at) = text.and_then(|col| row.def.position(*col)) else { continue };
                match &mut row.vals[at] {
                    Val::Text(text) => text.push_str(&format!("{}", rows.len())),
                    Val::Id(id) => *id = Uuid::from_u128(0x7000 + rows.len() as u128),
                    Val::Int(number) => *number += 1_000 + i64::try_from(rows.len()).unwrap(),
                    other => panic!("{other:?}"),
                }
            }
            assert!(names(&row, Key { kind, id: of }), "{}", child.name());
            rows.push(row);
        }
    }
    house.plant(rows);
    planted
}

/// A row of a kind of which the house has none: what its columns ask for, and no more.
fn blank(def: &'static KindDef) -> Record {
    let money = |field: &FieldDef| {
        let at = def.position(field.id).and_then(|at| at.checked_sub(1));
        at.is_some_and(|at| def.fields[at].ty == ColumnType::MoneyMinor)
    };
    let val = |field: &FieldDef| match (field.required, field.ty) {
        (false, _) => Val::Null,
        (true, ColumnType::Code) if money(field) => Val::from("CNY"),
        (true, _) if !field.codes.is_empty() => Val::from(field.codes[0]),
        (true, ColumnType::Bool) => Val::Bool(false),
        (true, ColumnType::Int | ColumnType::MoneyMinor | ColumnType::Instant) => Val::Int(0),
        (true, ColumnType::Bytes) => Val::Bytes(Vec::new()),
        (true, ColumnType::Id) => Val::Id(Uuid::nil()),
        (true, ColumnType::Decimal) => Val::from("0"),
        (true, ColumnType::Day) => Val::from("2026-01-01"),
        (true, ColumnType::Json) => Val::from("[]"),
        (true, ColumnType::Text | ColumnType::Code) => Val::from("x"),
    };
    let vals = def.fields.iter().map(val).collect();
    Record { def, id: Uuid::nil(), version: 1, deleted: false, ext: Default::default(), vals }
}

fn check<T: Entity>(op: &str, keep: u64, gone: u64, at_least: &[&str]) {
    in_every_store(op, |mut house| {
        furnish(&mut house);
        let planted = plant_children(&mut house, T::KIND, uuid(gone));
        for field in at_least {
            assert!(planted.iter().any(|name| name == field), "{field} is not among {planted:?}");
        }
        let (before, hash) = (house.state(), house.hash());
        let gone_key = Key { kind: T::KIND, id: uuid(gone) };
        let named = |state: &State| state.values().filter(|row| names(row, gone_key)).count();
        assert!(named(&before) >= planted.len());
        let merged = house.ok(op, json!({"keep": id(keep), "merge": [id(gone)]}));
        let after = house.state();
        let left: Vec<_> = after.values().filter(|row| names(row, gone_key)).collect();
        assert!(left.is_empty(), "{op}: they still name the merged one: {left:#?}");
        assert!(!after.contains_key(&gone_key));
        let moved = before.values().filter(|row| names(row, gone_key) && row.key() != gone_key);
        let survivor = Key { kind: T::KIND, id: uuid(keep) };
        let mut doubles = 0;
        for row in moved {
            match after.get(&row.key()) {
                Some(now) if now.key() == survivor => {}
                Some(now) => assert!(names(now, survivor), "{now:#?}"),
                None => doubles += 1,
            }
        }
        assert_eq!(merged["doubles"], doubles);
        let undone = house.ok("reversal.undo", json!({"id": merged["reversal"]}));
        assert_eq!((&undone["conflicts"], &undone["more"]), (&json!([]), &json!(false)));
        let again = house.state();
        let differ = before.iter().filter(|(key, row)| {
            again.get(*key).is_none_or(|now| (&now.vals, &now.ext) != (&row.vals, &row.ext))
        });
        assert_eq!(differ.collect::<Vec<_>>(), [], "{op}");
        assert_eq!(house.hash(), hash, "{op}: undone is as before");
    });
}

/// A column of ids says of which kind they are, or a column beside it does, or the one list of exceptions: otherwise a merge
/// would not know.
#[test]
fn every_column_of_ids_says_of_which_kind_they_are() {
    use crm_core::undo::{OF_ONE_KIND, kind_column};
    let mut unclear = Vec::new();
    for (kind, def) in KINDS.iter().filter(|(kind, _)| !BOOKKEEPING.contains(kind)) {
        let def = def();
        for field in def.fields.iter().filter(|field| field.ty == ColumnType::Id) {
            let listed = OF_ONE_KIND.iter().any(|(of, name, _)| of == kind && *name == field.name);
            if field.references.is_none() && kind_column(def).is_none() && !listed {
                unclear.push(format!("{}.{}", kind.name(), field.name));
            }
        }
    }
    assert!(unclear.is_empty(), "{unclear:?}");
}

#[test]
fn everything_that_names_a_merged_customer_names_the_survivor() {
    let known = [
        "address.customer",
        "campaign_member.member",
        "activity.customer",
        "contact.customer",
        "contact_point.owner",
        "customer.parent",
        "lead.customer",
        "notice.subject",
        "opportunity.customer",
        "consent.subject",
        "feedback_request.customer",
        "issue_report.customer",
        "referral.referred",
        "referral.referrer",
        "review.customer",
        "service_request.customer",
        "source_key.target",
        "timer.subject",
    ];
    check::<Customer>("customer.merge", 1, 2, &known);
}

#[test]
fn everything_that_names_a_merged_contact_names_the_survivor() {
    let known = [
        "activity.contact",
        "contact_point.owner",
        "customer.primary_contact",
        "lead.contact",
        "opportunity.contact",
        "consent.subject",
        "feedback_request.contact",
        "issue_report.contact",
        "service_request.contact",
        "participant.contact",
        "source_key.target",
    ];
    check::<Contact>("contact.merge", 13, 5, &known);
}

#[test]
fn everything_that_names_a_merged_lead_names_the_survivor() {
    let known = ["activity.lead", "contact_point.owner", "source_key.target", "timer.subject"];
    check::<Lead>("lead.merge", 7, 8, &known);
}
