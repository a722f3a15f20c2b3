use super::*;
use crate::analytics::customers::simulate::{Dice, id};

fn owned(sets: &[&[u64]]) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
    (1..).zip(sets).map(|(n, set)| (id(n), set.iter().map(|p| id(*p)).collect())).collect()
}

fn set(of: &[u64]) -> BTreeSet<Uuid> {
    of.iter().map(|product| id(*product)).collect()
}

#[test]
fn who_has_one_thing_and_lacks_another_is_exact() {
    let all = owned(&[&[1], &[1, 2], &[2], &[1, 3], &[]]);
    let table: [(&str, &[u64], &[u64], &[u64]); 5] = [
        ("has 1", &[1], &[], &[1, 2, 4]),
        ("has 1, lacks 2", &[1], &[2], &[1, 4]),
        ("has 1 and 2", &[1, 2], &[], &[2]),
        ("lacks 1", &[], &[1], &[3, 5]),
        ("has and lacks the same", &[1], &[1], &[]),
    ];
    for (rule, has, lacks, expected) in table {
        let expected: Vec<Uuid> = expected.iter().map(|n| id(*n)).collect();
        assert_eq!(has_lacks(&all, &set(has), &set(lacks)), expected, "{rule}");
    }
}

#[test]
fn support_confidence_lift_and_chance_by_hand() {
    // 20 customers: 8 have both, 2 only the one, 2 only the other, 8 have a third thing.
    let mut sets: Vec<&[u64]> = vec![&[1, 2]; 8];
    sets.extend([&[1_u64][..], &[1], &[2], &[2]]);
    sets.extend([&[3_u64][..]; 8]);
    let found = associated(&owned(&sets), 3, 500);
    assert_eq!((found.tests, found.sets), (3, 20));
    let told: Vec<(Uuid, Uuid)> =
        found.pairs.iter().map(|pair| (pair.product, pair.other)).collect();
    assert_eq!(told, [(id(1), id(2)), (id(2), id(1))]);
    let pair = &found.pairs[0];
    assert_eq!((pair.both, pair.having, pair.having_other, pair.of), (8, 10, 10, 20));
    assert_eq!(pair.support().rate().unwrap().to_string(), "0.4000");
    assert_eq!(pair.confidence().rate().unwrap().to_string(), "0.8000");
    assert_eq!(pair.lift().unwrap().to_string(), "1.6000");
    // (C(10,8) C(10,2) + C(10,9) C(10,1) + 1) / C(20,10) = 2126 / 184756 = 1.1507 %, and three times that for three tests.
    assert_eq!((pair.chance, pair.false_share), (116, 346));
}

/// Products that are bought by chance: of what is told, hardly anything; of a planted pair, it alone.
#[test]
fn chance_is_not_told_as_a_finding() {
    let mut told = 0;
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let one = |_| (0..30).filter(|_| dice.below(4) == 0).collect::<Vec<u64>>();
        let sets: Vec<Vec<u64>> = (0..120).map(one).collect();
        let sets: Vec<&[u64]> = sets.iter().map(Vec::as_slice).collect();
        told += usize::from(!associated(&owned(&sets), 3, 500).pairs.is_empty());
    }
    assert!(told <= 3, "{told} of 20 sets without any rule tell one, at 5 %");
    let mut dice = Dice(99);
    let one = |n: u64| {
        let mut set: Vec<u64> = (0..30).filter(|_| dice.below(4) == 0).collect();
        if n.is_multiple_of(4) {
            set.extend([100, 101]);
        }
        set
    };
    let sets: Vec<Vec<u64>> = (0..120).map(one).collect();
    let sets: Vec<&[u64]> = sets.iter().map(Vec::as_slice).collect();
    let found = associated(&owned(&sets), 3, 500);
    assert_eq!((found.pairs[0].product, found.pairs[0].other), (id(100), id(101)));
    assert_eq!(found.pairs.len(), 2, "{:?}", found.pairs);
}
