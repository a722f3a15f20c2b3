//! How a deal shall be won, version by version, and what the changes of mind taught.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Strategy;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::opportunity::{Opportunity, Phase};
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Rate, Timestamp};

codes! {
    /// Which part of a strategy was changed.
    pub enum Adjustment {
        /// What is offered.
        Product = "product",
        /// At what price.
        Price = "price",
        /// What is given beside it.
        Promotion = "promotion",
    }
}

/// Sets how a deal shall be won; the version before stays. What is not said is not planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStrategy {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
    /// What is offered.
    #[serde(default)]
    pub product_plan: Option<String>,
    /// At what price.
    #[serde(default)]
    pub price_plan: Option<String>,
    /// What is given beside it.
    #[serde(default)]
    pub promotion: Option<String>,
    /// Why so, or why no longer as before, such as: the budget is limited.
    pub cause: String,
}

/// The next version of a deal's strategy. Rule DP-10 (F070).
///
/// # Errors
///
/// `opportunity.already_closed` · `text.*` (product_plan, price_plan, promotion, cause) · `strategy.empty` where nothing is
/// planned · `strategy.unchanged` where the version before says the same.
pub fn set_strategy(
    id: Id<Strategy>,
    deal: &Opportunity,
    before: Option<&Strategy>,
    wish: &SetStrategy,
    (author, at): (Id<User>, Timestamp),
) -> Result<Strategy, Refusal> {
    deal.open()?;
    let mut check = Check::default();
    let product_plan: Option<Note> = check.parse("product_plan", wish.product_plan.as_deref());
    let price_plan: Option<Note> = check.parse("price_plan", wish.price_plan.as_deref());
    let promotion: Option<Note> = check.parse("promotion", wish.promotion.as_deref());
    let cause = check.take("cause", Note::parse(&wish.cause));
    let planned = [&wish.product_plan, &wish.price_plan, &wish.promotion];
    check.rule(planned.iter().any(|part| part.is_some()), "product_plan", || {
        Invalid::new("strategy.empty", "").limit("a product plan, a price plan or a promotion")
    });
    let next = cause.map(|cause| Strategy {
        id,
        opportunity: deal.id,
        ordinal: before.map_or(1, |before| before.ordinal.saturating_add(1)),
        product_plan,
        price_plan,
        promotion,
        cause,
        author,
        at,
        ext: Default::default(),
    });
    let same = before.zip(next.as_ref()).filter(|(before, next)| adjusted(before, next).is_empty());
    if let Some((before, _)) = same.filter(|_| check.is_clean()) {
        check.refuse("", Invalid::new("strategy.unchanged", &before.ordinal.to_string()));
    }
    check.finish(next)
}

/// The parts of a strategy.
pub type Parts<'a> = [(Adjustment, Option<&'a Note>); 3];

impl Strategy {
    /// Its parts.
    pub fn parts(&self) -> Parts<'_> {
        [
            (Adjustment::Product, self.product_plan.as_ref()),
            (Adjustment::Price, self.price_plan.as_ref()),
            (Adjustment::Promotion, self.promotion.as_ref()),
        ]
    }
}

/// Which parts differ between two versions.
pub fn adjusted(before: &Strategy, after: &Strategy) -> Vec<Adjustment> {
    let pairs = before.parts().into_iter().zip(after.parts());
    pairs.filter(|((_, before), (_, after))| before != after).map(|((part, _), _)| part).collect()
}

/// One part of a strategy in two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Which.
    pub part: Adjustment,
    /// What it said; nothing where that was not planned.
    pub from: Option<String>,
    /// What it says.
    pub to: Option<String>,
}

/// What differs between two versions, part by part. Rule DP-11 (F070).
pub fn diff(before: &Strategy, after: &Strategy) -> Vec<Change> {
    let text = |note: Option<&Note>| note.map(ToString::to_string);
    let pairs = before.parts().into_iter().zip(after.parts());
    let changed = pairs.filter(|((_, before), (_, after))| before != after);
    changed.map(|((part, from), (_, to))| Change { part, from: text(from), to: text(to) }).collect()
}

/// How the closed deals ended in which a part of the strategy was changed; `none` where none was, though there was one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learning {
    /// The part that was changed at least once: `product`, `price`, `promotion`; `none`.
    pub adjustment: String,
    /// How many were won, of how many that are closed.
    pub won: Rate,
    /// How many are still open.
    pub open: u64,
}

/// What changing which part went with: over all deals that have a strategy, won of closed by each part that was changed
/// at least once; a deal counts under each part that was. Counts stand beside every rate, and nothing is said of causes.
/// Rule DP-12 (F070).
pub fn learn(deals: &[(Phase, Vec<Strategy>)]) -> Vec<Learning> {
    let mut counts: BTreeMap<usize, [u64; 3]> = BTreeMap::new();
    let of = |part: Adjustment| Adjustment::ALL.iter().position(|known| *known == part);
    for (phase, versions) in deals.iter().filter(|(_, versions)| !versions.is_empty()) {
        let mut parts: Vec<usize> = versions
            .windows(2)
            .flat_map(|pair| match pair {
                [before, after] => adjusted(before, after),
                _ => Vec::new(),
            })
            .filter_map(of)
            .collect();
        parts.sort_unstable();
        parts.dedup();
        if parts.is_empty() {
            parts.push(Adjustment::ALL.len());
        }
        for part in parts {
            let [won, closed, open] = counts.entry(part).or_default();
            let add = |count: &mut u64, more: bool| *count = count.saturating_add(u64::from(more));
            add(won, matches!(phase, Phase::Won { .. }));
            add(closed, phase.closed_at().is_some());
            add(open, phase.closed_at().is_none());
        }
    }
    let all = (0..=Adjustment::ALL.len()).map(|at| {
        let [won, closed, open] = counts.get(&at).copied().unwrap_or_default();
        let adjustment = Adjustment::ALL.get(at).map_or("none", |part| part.code());
        let won = Rate::new(won, closed).ok()?;
        Some(Learning { adjustment: adjustment.to_owned(), won, open })
    });
    all.flatten().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::{at, deal, won};
    use super::*;
    use crate::decision::broken;

    fn wish(product: &str, price: &str, cause: &str) -> SetStrategy {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        SetStrategy {
            opportunity: deal().id,
            product_plan: text(product),
            price_plan: text(price),
            promotion: None,
            cause: cause.to_owned(),
        }
    }

    fn set(before: Option<&Strategy>, wish: &SetStrategy) -> Result<Strategy, Refusal> {
        set_strategy(Id::new(Uuid::from_u128(1)), &deal(), before, wish, (User::OWNER, at(1)))
    }

    #[test]
    fn a_strategy_changes_for_a_reason() {
        let first = set(None, &wish("Full MES", "List", "A new plant")).unwrap();
        let table = [
            ("a smaller offer", wish("MES light", "List", "预算有限"), ""),
            ("no reason", wish("MES light", "List", ""), "cause text.empty"),
            ("nothing planned", wish("", "", "x"), "product_plan strategy.empty"),
            ("the same again", wish("Full MES", "List", "x"), "strategy.unchanged"),
        ];
        for (rule, wish, expected) in table {
            let next = set(Some(&first), &wish);
            assert_eq!(broken(&next).join(", "), expected, "{rule}");
        }
        let next = set(Some(&first), &wish("MES light", "List", "预算有限")).unwrap();
        assert_eq!(next.ordinal, 2);
        let change = Change {
            part: Adjustment::Product,
            from: Some("Full MES".into()),
            to: Some("MES light".into()),
        };
        assert_eq!(diff(&first, &next), [change]);
        assert_eq!(diff(&first, &first), []);
        let closed =
            set_strategy(first.id, &won(), None, &wish("x", "", "x"), (User::OWNER, at(1)));
        assert_eq!(broken(&closed), ["opportunity.already_closed"]);
    }

    #[test]
    fn what_changing_which_part_went_with() {
        let first = set(None, &wish("Full", "List", "x")).unwrap();
        let cheaper = set(Some(&first), &wish("Full", "Less", "x")).unwrap();
        let other = set(Some(&cheaper), &wish("Light", "Least", "x")).unwrap();
        let (open, won) = (deal().phase, won().phase);
        let deals = [
            (won.clone(), vec![first.clone()]),
            (won, vec![first.clone(), cheaper.clone()]),
            (open.clone(), vec![first.clone(), cheaper.clone(), other]),
            (open, Vec::new()),
        ];
        let found: Vec<_> = learn(&deals)
            .into_iter()
            .map(|row| (row.adjustment, row.won.numerator(), row.won.denominator(), row.open))
            .collect();
        let expected =
            [("product", 0, 0, 1), ("price", 1, 1, 1), ("promotion", 0, 0, 0), ("none", 1, 1, 0)];
        assert_eq!(found, expected.map(|(name, won, of, open)| (name.to_owned(), won, of, open)));
    }
}
