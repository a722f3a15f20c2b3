use uuid::Uuid;

use super::*;
use crate::lead::{CaptureLead, Lead, capture as captured};
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::store::def;
use crate::value::Country;

fn lead(n: u128, name: &str) -> Record {
    let wish = CaptureLead {
        name: Some(name.into()),
        emails: vec!["a@example.com".into()],
        ..Default::default()
    };
    let now = Timestamp::from_micros(1).unwrap();
    let id: Id<Lead> = Id::new(Uuid::from_u128(n));
    captured(id, &wish, Country::CHINA, now).unwrap().0.record(1)
}

fn kept(changes: &[(Option<Record>, Record)]) -> Vec<Entry> {
    let changes = changes.iter().map(|(before, after)| (before.as_ref(), after));
    let rows =
        capture(Id::new(Uuid::nil()), 3, changes, &[], &|n| Id::new(Uuid::from_u128(n.into())));
    assert!(rows.iter().all(|row| row.part == 3));
    // As they are stored and read again.
    let rows = rows.iter().map(|row| ReversalEntry::from_record(&row.record(1)).unwrap());
    rows.flat_map(|row| read(&row, def).unwrap()).collect()
}

#[test]
fn what_a_commit_did_is_kept_and_read_again() {
    let (a, b) = (lead(1, "A"), lead(1, "B"));
    let gone = |row: &Record| Record { deleted: true, ..row.clone() };
    let unversioned = |row: &Record| Record { version: 0, ..row.clone() };
    let changed = |before: &Record, after: &Record| Entry::Changed {
        before: unversioned(before),
        after: unversioned(after),
    };
    let table = [
        ("a change", vec![(Some(a.clone()), b.clone())], vec![changed(&a, &b)]),
        ("a removal", vec![(Some(a.clone()), gone(&a))], vec![changed(&a, &gone(&a))]),
        ("no change", vec![(Some(a.clone()), a.clone())], vec![]),
        ("made and removed", vec![(None, gone(&a))], vec![]),
    ];
    for (what, changes, expected) in table {
        assert_eq!(kept(&changes), expected, "{what}");
    }
    let many: Vec<(Option<Record>, Record)> = (0..4_500).map(|n| (None, lead(n, "A"))).collect();
    let entries = kept(&many);
    let keys: Vec<Key> = entries.iter().map(Entry::key).collect();
    let expected: Vec<Key> = many.iter().map(|(_, after)| after.key()).collect();
    assert_eq!(keys, expected, "made records are packed over several rows, in order");
    let back = kept(&[(Some(gone(&a)), a.clone())]);
    assert!(matches!(back.as_slice(), [Entry::Made { .. }]), "one that was gone is made anew");
}

#[test]
fn a_record_names_others_by_typed_columns_and_by_kind_and_id() {
    let to = |kind, n| Key { kind, id: Uuid::from_u128(n) };
    let mut row = lead(1, "A");
    let at = row.def.position(row.def.field_named("customer").unwrap().id).unwrap();
    row.vals[at] = Val::Id(Uuid::from_u128(7));
    assert!(names(&row, to(Kind::Customer, 7)));
    assert!(!names(&row, to(Kind::Contact, 7)), "another kind of the same id");
    assert!(!names(&row, to(Kind::Customer, 8)));
    assert!(names(
        &rehomed(&row, to(Kind::Customer, 7), Uuid::from_u128(9)),
        to(Kind::Customer, 9)
    ));
    assert_eq!(neighbours(&row), [to(Kind::Customer, 7)]);
    let point = def(Kind::ContactPoint).unwrap();
    let kinds: Vec<_> = pointers(point, Kind::Lead).iter().map(|pointer| pointer.kind).collect();
    assert_eq!(kinds, [point.field_named("owner_kind").map(|field| field.id)]);
}
