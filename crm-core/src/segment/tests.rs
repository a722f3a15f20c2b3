use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::decision::broken;

fn id<K>(bits: u128) -> Id<K> {
    Id::new(Uuid::from_u128(bits))
}

fn at(days: i64) -> Timestamp {
    Timestamp::from_micros(days * 86_400_000_000).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn segment(when: serde_json::Value) -> Result<Segment, crate::decision::Refusal> {
    let wish = json!({"code": "big", "name": "大客户", "when": when});
    let wish: DefineSegment = serde_json::from_value(wish).unwrap();
    define_segment(id(1), &wish, None, &schema(&[]), at(0))
}

#[test]
fn a_wrong_predicate_is_refused_with_its_position() {
    let table = [
        (
            "a field and a figure",
            json!({"all": [{"in": {"field": "industry", "values": ["steel"]}}, {"range": {"field": "spent_365", "from": "1000"}}]}),
            "",
        ),
        (
            "an unknown field",
            json!({"all": [{"missing": {"field": "owner"}}, {"in": {"field": "colour", "values": [1]}}]}),
            "when.all[1].in.field condition.field",
        ),
        (
            "a text where a number is",
            json!({"any": [{"not": {"range": {"field": "purchases", "from": "many"}}}]}),
            "when.any[0].not.range.from condition.type",
        ),
        (
            "a grade that there is not",
            json!({"in": {"field": "grade", "values": ["best"]}}),
            "when.in.values[0] code.unknown",
        ),
        (
            "a range of texts",
            json!({"range": {"field": "grade", "from": "low"}}),
            "when.range.field condition.range",
        ),
        ("nobody at all", json!({"all": [{"any": []}]}), "when segment.never"),
        ("not everybody", json!({"not": {"all": []}}), "when segment.never"),
    ];
    for (rule, when, expected) in table {
        assert_eq!(broken(&segment(when)).join(", "), expected, "{rule}");
    }
}

fn wish() -> DefineGradePolicy {
    let axis =
        |measure: &str| Axis { measure: measure.to_owned(), cuts: ["100", "1000"].map(decimal) };
    DefineGradePolicy {
        value: axis("spent_365"),
        potential: axis("open_amount"),
        matrix: None,
        hysteresis: None,
    }
}

fn policy(wish: &DefineGradePolicy, last: u32) -> Result<GradePolicy, crate::decision::Refusal> {
    define_policy(id(9), wish, &schema(&[]), (last, id(2), at(0)))
}

#[test]
fn a_policy_measures_numbers_and_never_punishes_more() {
    use CustomerGrade::{High, Low};
    let axis = |measure: &str, cuts: [&str; 2]| Axis {
        measure: measure.to_owned(),
        cuts: cuts.map(decimal),
    };
    let falls = [[High, Low, Low], [High; 3], [High; 3]];
    let table = [
        ("as usual", wish(), ""),
        (
            "a text is no measure",
            DefineGradePolicy { value: axis("industry", ["1", "2"]), ..wish() },
            "value.measure grade.measure",
        ),
        (
            "cuts rise",
            DefineGradePolicy { potential: axis("open_deals", ["2", "2"]), ..wish() },
            "potential.cuts grade.cuts",
        ),
        (
            "from above nothing",
            DefineGradePolicy { potential: axis("open_deals", ["0", "2"]), ..wish() },
            "potential.cuts grade.cuts",
        ),
        (
            "more potential, lower grade",
            DefineGradePolicy { matrix: Some(falls), ..wish() },
            "matrix grade.matrix_falls",
        ),
        (
            "half at most",
            DefineGradePolicy { hysteresis: Percent::new(decimal("51")).ok(), ..wish() },
            "hysteresis grade.hysteresis",
        ),
    ];
    for (rule, wish, expected) in table {
        assert_eq!(broken(&policy(&wish, 0)).join(", "), expected, "{rule}");
    }
    assert_eq!(policy(&wish(), 4).unwrap().version, 5);
}

#[test]
fn a_level_is_lost_only_well_below_its_cut() {
    use GradeLevel::{High, Low, Medium};
    let ten = Percent::new(decimal("10")).unwrap();
    let cuts = ["100", "1000"].map(decimal);
    let table = [
        ("nothing measured", None, None, Low),
        ("below", Some("99.99"), None, Low),
        ("from the cut on", Some("100"), None, Medium),
        ("from the second on", Some("1000"), None, High),
        ("a little below keeps it", Some("900"), Some(High), High),
        ("more loses it", Some("899.99"), Some(High), Medium),
        ("a little below does not give it", Some("950"), Some(Medium), Medium),
        ("far below loses both", Some("89"), Some(High), Low),
        ("the lower one is kept, too", Some("90"), Some(High), Medium),
        ("nothing measured loses all", None, Some(High), Low),
    ];
    for (rule, measured, before, expected) in table {
        assert_eq!(level(measured.map(decimal), cuts, ten, before), expected, "{rule}");
    }
}

fn graded(
    before: Option<&GradeChange>,
    value: &str,
    potential: &str,
    policy: &GradePolicy,
) -> Option<GradeChange> {
    let measured = Measured { value: Some(decimal(value)), potential: Some(decimal(potential)) };
    grade(before, measured, policy, (id(5), id(6), at(1)))
}

#[test]
fn a_change_is_kept_with_its_cause() {
    let first = policy(&wish(), 0).unwrap();
    let one = graded(None, "50", "50", &first).unwrap();
    assert_eq!((one.from, one.to, one.cause), (None, CustomerGrade::Low, GradeCause::First));
    assert_eq!(graded(Some(&one), "60", "10", &first), None, "nothing changed");
    let two = graded(Some(&one), "1500", "10", &first).unwrap();
    assert_eq!(
        (two.from, two.to, two.cause),
        (Some(CustomerGrade::Low), CustomerGrade::High, GradeCause::Measured)
    );
    assert_eq!(graded(Some(&two), "950", "10", &first), None, "within the hysteresis");
    let strict = DefineGradePolicy { hysteresis: Some(Percent::ZERO), ..wish() };
    let second = policy(&strict, 1).unwrap();
    let three = graded(Some(&two), "950", "10", &second).unwrap();
    assert_eq!(
        (three.to, three.cause, three.policy_version),
        (CustomerGrade::Potential, GradeCause::Policy, 2)
    );
    let level = graded(Some(&three), "950", "200", &second).unwrap();
    assert_eq!(
        (level.from, level.to),
        (Some(CustomerGrade::Potential), CustomerGrade::Potential),
        "another level is kept, too"
    );
}

proptest! {
    /// Whatever wanders within the hysteresis below a cut changes the grade once at most; without hysteresis it may flap.
    #[test]
    fn what_wanders_within_the_hysteresis_does_not_flap(steps in prop::collection::vec(901_u32..1_100, 1..40)) {
        let steady = policy(&wish(), 0).unwrap();
        let mut last: Option<GradeChange> = None;
        let mut changes = 0;
        for value in &steps {
            if let Some(change) = graded(last.as_ref(), &value.to_string(), "0", &steady) {
                changes += 1;
                last = Some(change);
            }
        }
        prop_assert!(changes <= 2, "the first and one more: {changes}");
    }

    /// More of either never gives a lower grade.
    #[test]
    fn more_never_gives_a_lower_grade(value in 0_u32..2_000, potential in 0_u32..2_000, more in 0_u32..2_000) {
        let steady = policy(&wish(), 0).unwrap();
        let of = |value: u32, potential: u32| graded(None, &value.to_string(), &potential.to_string(), &steady).unwrap().to;
        prop_assert!(of(value + more, potential) >= of(value, potential));
        prop_assert!(of(value, potential + more) >= of(value, potential));
    }
}

/// The mutant: without hysteresis the same walk flaps, so the law above can fail.
#[test]
fn without_hysteresis_it_flaps() {
    let strict =
        policy(&DefineGradePolicy { hysteresis: Some(Percent::ZERO), ..wish() }, 0).unwrap();
    let mut last: Option<GradeChange> = None;
    let mut changes = 0;
    for value in ["999", "1001", "999", "1001", "999"] {
        if let Some(change) = graded(last.as_ref(), value, "0", &strict) {
            changes += 1;
            last = Some(change);
        }
    }
    assert_eq!(changes, 5);
}
