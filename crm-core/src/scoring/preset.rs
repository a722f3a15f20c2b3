//! A table to begin with: size, purchase history, urgency, intent, buying power.

use rust_decimal::Decimal;

use super::proof::Bin;
use super::table::{Criterion, Row, Table};

/// Points of levels, the best first.
type Levels = &'static [(&'static [&'static str], i64)];

/// The criteria with levels: feature, weight in hundredths, levels, any other, missing.
const LEVELS: &[(&str, i64, Levels, i64, i64)] = &[
    ("size", 20, &[(&["large", "enterprise"], 100), (&["medium"], 60), (&["small"], 30)], 30, 20),
    (
        "urgency",
        20,
        &[(&["now", "high"], 100), (&["this_quarter", "medium"], 60), (&["later", "low"], 20)],
        20,
        30,
    ),
    ("intent", 25, &[(&["high"], 100), (&["medium"], 50), (&["low"], 10)], 10, 30),
    ("buying_power", 15, &[(&["high"], 100), (&["medium"], 60), (&["low"], 20)], 20, 40),
];

/// Purchases so far: up to how many, and their points.
const PURCHASES: &[(Option<i64>, i64)] = &[(Some(0), 0), (Some(2), 50), (Some(9), 80), (None, 100)];

impl Table {
    /// 预设评估模型: customer size, purchase history, urgency of need, intent, and buying power, from 13.5 to 100 points.
    /// What is missing counts as little known, not as bad. Rule SCO-7 (F068).
    pub fn preset() -> Self {
        let level =
            |codes: &&[&str]| Bin::Levels(codes.iter().map(|code| (*code).to_owned()).collect());
        let mut criteria: Vec<Criterion> = LEVELS
            .iter()
            .map(|(feature, weight, levels, otherwise, missing)| Criterion {
                feature: (*feature).to_owned(),
                weight: Decimal::new(*weight, 2),
                rows: levels
                    .iter()
                    .map(|(codes, points)| Row {
                        when: level(codes),
                        points: Decimal::from(*points),
                    })
                    .collect(),
                otherwise: Some(Decimal::from(*otherwise)),
                missing: Decimal::from(*missing),
            })
            .collect();
        let mut above = None;
        let rows = PURCHASES.iter().map(|(up_to, points)| {
            let up_to = up_to.map(Decimal::from);
            let when = Bin::Range { above: core::mem::replace(&mut above, up_to), up_to };
            Row { when, points: Decimal::from(*points) }
        });
        criteria.insert(
            1,
            Criterion {
                feature: "purchases".to_owned(),
                weight: Decimal::new(20, 2),
                rows: rows.collect(),
                otherwise: None,
                missing: Decimal::ZERO,
            },
        );
        Self { criteria }
    }
}
