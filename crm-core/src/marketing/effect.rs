//! What each campaign or channel cost, and what it is credited with.

use std::collections::BTreeMap;

use super::attribution::{Model, Touch, attribute, in_time};
use crate::campaign::Campaign;
use crate::party::Customer;
use crate::value::{Id, Money, Timestamp};

/// Money that a customer brought: a won deal, or an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Who bought.
    pub customer: Id<Customer>,
    /// When.
    pub at: Timestamp,
    /// For how much.
    pub amount: Money,
    /// What credits it where nothing touched the customer: the source that it names itself.
    pub source: Option<Touch>,
}

/// What a figure is about: a campaign, or a channel; nothing where nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKey {
    /// One campaign.
    Campaign(Id<Campaign>),
    /// One channel.
    Channel(String),
    /// What nobody knows.
    Unknown,
}

/// What one campaign or channel cost and brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectRow {
    /// What it cost.
    pub cost: Money,
    /// How many leads came from it.
    pub leads: u64,
    /// Its shares of sales, in basis points of a sale.
    pub credit: u64,
    /// What it is credited with.
    pub revenue: Money,
}

impl EffectRow {
    const fn none(zero: Money) -> Self {
        Self { cost: zero, leads: 0, credit: 0, revenue: zero }
    }
}

/// What all of them cost and brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// By campaign or channel.
    pub rows: BTreeMap<EffectKey, EffectRow>,
    /// All together: the same under every model.
    pub total: EffectRow,
    /// How many sales.
    pub sales: u64,
    /// How many of them nothing touched and that name no source.
    pub untouched: u64,
}

/// What campaigns or channels cost and brought, where `key` says what a touch is of. A sale that nothing touched is
/// credited to the source that it names, else to nobody; so that the credits of every model sum to all sales.
/// Rule MK-7 (F123).
pub fn effect(
    zero: Money,
    sales: &[Sale],
    touches: &BTreeMap<Id<Customer>, Vec<Touch>>,
    costs: &[(EffectKey, Money)],
    leads: &[EffectKey],
    (model, lookback_days): (Model, Option<u32>),
    key: impl Fn(&Touch) -> EffectKey,
) -> Effect {
    let mut rows: BTreeMap<EffectKey, EffectRow> = BTreeMap::new();
    let mut row = |key: EffectKey, change: &mut dyn FnMut(&mut EffectRow)| {
        change(rows.entry(key).or_insert(EffectRow::none(zero)));
    };
    for (key, cost) in costs {
        row(key.clone(), &mut |row| row.cost = plus(row.cost, *cost));
    }
    for key in leads {
        row(key.clone(), &mut |row| row.leads = row.leads.saturating_add(1));
    }
    let mut untouched = 0_u64;
    for sale in sales {
        let own = touches.get(&sale.customer).map_or(&[][..], Vec::as_slice);
        let mut counted = in_time(own, sale.at, lookback_days);
        if counted.is_empty() {
            counted.extend(sale.source.as_ref());
        }
        if counted.is_empty() {
            untouched = untouched.saturating_add(1);
            row(EffectKey::Unknown, &mut |row| {
                row.credit = row.credit.saturating_add(10_000);
                row.revenue = plus(row.revenue, sale.amount);
            });
        }
        for credit in attribute(sale.amount, counted.len(), model) {
            let key = counted.get(credit.touch).map_or(EffectKey::Unknown, |touch| key(touch));
            row(key, &mut |row| {
                row.credit = row.credit.saturating_add(credit.basis_points.into());
                row.revenue = plus(row.revenue, credit.amount);
            });
        }
    }
    let total = rows.values().fold(EffectRow::none(zero), |sum, row| EffectRow {
        cost: plus(sum.cost, row.cost),
        leads: sum.leads.saturating_add(row.leads),
        credit: sum.credit.saturating_add(row.credit),
        revenue: plus(sum.revenue, row.revenue),
    });
    Effect { rows, total, sales: sales.len() as u64, untouched }
}

/// The sum of two amounts of one currency; beyond what money holds, the first.
fn plus(sum: Money, more: Money) -> Money {
    sum.checked_add(more).unwrap_or(sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn yuan(minor: i64) -> Money {
        Money::from_minor(minor, "CNY".parse().unwrap()).unwrap()
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_micros(day * 86_400_000_000).unwrap()
    }

    fn touch(day: i64, channel: &str) -> Touch {
        Touch { at: at(day), channel: channel.to_owned(), campaign: None }
    }

    fn sale(customer: u128, day: i64, minor: i64) -> Sale {
        let customer = Id::new(Uuid::from_u128(customer));
        Sale { customer, at: at(day), amount: yuan(minor), source: None }
    }

    fn channel(touch: &Touch) -> EffectKey {
        EffectKey::Channel(touch.channel.clone())
    }

    #[test]
    fn a_sale_is_credited_to_its_touches_else_to_its_source_else_to_nobody() {
        let touches = BTreeMap::from([(
            Id::new(Uuid::from_u128(1)),
            vec![touch(1, "fair"), touch(2, "web"), touch(3, "fair")],
        )]);
        let named = Sale { source: Some(touch(0, "phone")), ..sale(2, 9, 70) };
        let sales = [sale(1, 9, 1000), named, sale(3, 9, 5)];
        let costs = [
            (EffectKey::Channel("fair".into()), yuan(300)),
            (EffectKey::Channel("tv".into()), yuan(9)),
        ];
        let leads = [EffectKey::Channel("web".into())];
        let found =
            effect(yuan(0), &sales, &touches, &costs, &leads, (Model::Position, None), channel);
        let row = |key: &str| {
            let row = found.rows[&EffectKey::Channel(key.into())];
            (row.cost.minor(), row.leads, row.credit, row.revenue.minor())
        };
        assert_eq!(row("fair"), (300, 0, 8000, 800));
        assert_eq!(row("web"), (0, 1, 2000, 200));
        assert_eq!(row("phone"), (0, 0, 10_000, 70));
        assert_eq!(row("tv"), (9, 0, 0, 0));
        assert_eq!(found.rows[&EffectKey::Unknown].revenue.minor(), 5);
        assert_eq!((found.sales, found.untouched, found.total.revenue.minor()), (3, 1, 1075));
    }

    proptest! {
        #[test]
        fn another_model_moves_shares_and_no_totals(
            sales in prop::collection::vec((0_u128..5, 0_i64..50, 0_i64..1_000_000), 0..30),
            met in prop::collection::vec((0_u128..5, 0_i64..60, 0_usize..3), 0..40),
        ) {
            let sales: Vec<Sale> = sales.into_iter().map(|(who, day, minor)| sale(who, day, minor)).collect();
            let mut touches: BTreeMap<Id<Customer>, Vec<Touch>> = BTreeMap::new();
            for (who, day, by) in met {
                let by = ["web", "fair", "tv"][by];
                touches.entry(Id::new(Uuid::from_u128(who))).or_default().push(touch(day, by));
            }
            let whole: i64 = sales.iter().map(|sale| sale.amount.minor()).sum();
            for model in Model::ALL {
                let found = effect(yuan(0), &sales, &touches, &[], &[], (*model, Some(20)), channel);
                prop_assert_eq!(found.total.revenue.minor(), whole);
                prop_assert_eq!(found.total.credit, 10_000 * sales.len() as u64);
            }
        }
    }
}
