use super::*;
use crate::analytics::DealRow;

#[test]
fn which_instants_a_period_holds() {
    let day = |text: &str| text.parse().unwrap();
    let may = Period::between(day("2026-05-01"), day("2026-06-01"));
    let table = [
        // closed at …                                             is in May of Shanghai
        ("the last second before its first day", "2026-04-30T15:59:59Z", false),
        ("its first instant", "2026-04-30T16:00:00Z", true),
        ("its last second", "2026-05-31T15:59:59Z", true),
        ("the first instant after it", "2026-05-31T16:00:00Z", false),
    ];
    for (rule, at, expected) in table {
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp();
        let mut builder = FactTable::builder("CNY", 2);
        let id = Uuid::from_u128(1);
        builder.deal(&DealRow { closed_at: Some(at), ..DealRow::new(id, Outcome::Won) }).unwrap();
        let found = builder.finish().unwrap();
        let found = found.members(&Filter::default().closed(may), Tz::Asia__Shanghai);
        assert_eq!(found.contains(&id), expected, "{rule}");
    }
}

#[test]
fn conditions_only_ever_narrow() {
    let owner = |key: &str| Filter::default().with(Dimension::Owner, key);
    let none = owner("ann").with(Dimension::Owner, "bob");
    assert_eq!(none.is.get(&Dimension::Owner), Some(&BTreeSet::new()), "nobody is both");
    let none = Filter::default().outcome(Outcome::Won).outcome(Outcome::Lost);
    assert_eq!(none.outcomes, Some(BTreeSet::new()), "nothing is both won and lost");
    let mut builder = FactTable::builder("CNY", 2);
    builder
        .deal(&DealRow { owner: "ann", ..DealRow::new(Uuid::from_u128(1), Outcome::Won) })
        .unwrap();
    let table = builder.finish().unwrap();
    for (rule, filter, count) in [
        ("all", Filter::default(), 1),
        ("the key", owner("ann"), 1),
        ("a key that nobody has", owner("eve"), 0),
        ("no key", owner(""), 0),
        ("no such outcome", none, 0),
    ] {
        assert_eq!(table.members(&filter, Tz::UTC).len(), count, "{rule}");
    }
}

#[test]
fn a_filter_is_short_in_json() {
    let filter = Filter::default().with(Dimension::Region, "east").outcome(Outcome::Won);
    let text = serde_json::to_string(&filter).unwrap();
    assert_eq!(text, r#"{"is":{"region":["east"]},"outcomes":["won"]}"#);
    assert_eq!(serde_json::from_str::<Filter>(&text).unwrap(), filter);
    assert!(
        serde_json::from_str::<Filter>(r#"{"ownr":"u1"}"#).is_err(),
        "what it does not know it refuses"
    );
}
