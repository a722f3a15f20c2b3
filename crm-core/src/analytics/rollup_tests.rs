use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, sample};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::analytics::laws::proof(24)))]

    /// FEATURES F136: unknown is a group of its own, and the sum over groups is the group above, at every level.
    #[test]
    fn every_level_sums_to_the_one_above(seed in 0u64..1_000_000) {
        let table = sample::pour(&sample::sample(seed, 60));
        use Dimension::{Category, Industry, Owner, Product, Region};
        for by in [vec![Region, Owner, Industry], vec![Region, Product], vec![Category, Product], vec![]] {
            let of_lines = by.iter().any(|of| of.is_of_lines());
            let query = sample::all().by(by.iter().copied());
            let levels = rollup(&table, &query);
            prop_assert!(levels[0].codes.is_empty(), "the total comes first");
            for above in levels.iter().filter(|level| level.codes.len() < by.len()) {
                let depth = above.codes.len();
                let below = levels.iter().filter(|level| {
                    level.codes.len() == depth + 1 && level.codes[..depth] == above.codes
                });
                let sum = below.fold(ByOutcome::default(), |sum, level| sum.and(level.deals));
                prop_assert_eq!(sum.won.minor, above.deals.won.minor);
                prop_assert_eq!(sum.open.minor, above.deals.open.minor);
                if !of_lines {
                    prop_assert_eq!(sum, above.deals);
                }
            }
            if !of_lines {
                prop_assert_eq!(levels[0].deals, winrate::winrate(&table, &query).total.deals);
            }
            let rows = &rollup_report(&table, &query).tables[0];
            prop_assert!(rows.rows.iter().all(|row| row.len() == rows.columns.len()));
        }
    }

    /// The tops of a tree sum to the total, whatever reports to whom, loops included.
    #[test]
    fn the_tops_of_an_organisation_sum_to_the_total(
        seed in 0u64..1_000_000,
        above in prop::collection::btree_map("u[1-8]", "u[1-8]", 0..8),
    ) {
        let table = sample::pour(&sample::sample(seed, 40));
        let query = sample::all();
        let branches = organisation(&table, &query, &above);
        let total = winrate::winrate(&table, &query).total.deals;
        let tops = branches.iter().filter(|branch| branch.depth == 0);
        prop_assert_eq!(tops.fold(ByOutcome::default(), |sum, one| sum.and(one.whole)), total);
        let own = branches.iter().fold(ByOutcome::default(), |sum, one| sum.and(one.own));
        prop_assert_eq!(own, total, "each deal is somebody's own once");
        let keys: BTreeSet<&str> = branches.iter().map(|branch| branch.owner.as_str()).collect();
        prop_assert_eq!(keys.len(), branches.len(), "everybody stands in the tree once");
    }
}

#[test]
fn somebody_counts_with_everybody_below() {
    let mut builder = FactTable::builder("CNY", 2);
    for (bits, owner) in (1u128..).zip(["boss", "li", "li", "wang", "new", ""]) {
        let row = DealRow {
            owner,
            base_minor: Some(100),
            ..DealRow::new(Uuid::from_u128(bits), Outcome::Won)
        };
        builder.deal(&row).unwrap();
    }
    let table = builder.finish().unwrap();
    let managers = [("li", "boss"), ("wang", "li")];
    let managers = managers.map(|(of, above)| (of.to_owned(), above.to_owned())).into();
    let found: Vec<(String, u64, u64, u64, u64)> = organisation(&table, &sample::all(), &managers)
        .into_iter()
        .map(|of| (of.owner, of.depth, of.own.won.deals, of.whole.won.deals, of.below))
        .collect();
    let row = |key: &str, depth, own, whole, below| (key.to_owned(), depth, own, whole, below);
    assert_eq!(
        found,
        [
            row("boss", 0, 1, 4, 2),
            row("li", 1, 2, 3, 1),
            row("wang", 2, 1, 1, 0),
            row("new", 0, 1, 1, 0),
            row("", 0, 1, 1, 0),
        ]
    );
}
