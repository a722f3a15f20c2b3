//! What customers bought: what every report on customers reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

/// One product of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub product: Uuid,
    /// How much of it was kept: less what came back; 0 where all of it did.
    pub quantity: Decimal,
}

/// One purchase: an order that binds its customer, or a won deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The order or deal.
    pub id: Uuid,
    /// Who bought.
    pub customer: Uuid,
    /// On which day.
    pub day: NaiveDate,
    /// What it came to in the base currency, less what came back; nothing where that is not known.
    pub money: Option<Decimal>,
    /// What it was of.
    pub items: Vec<Item>,
    /// Whether anything of it was kept; what came back in full is no purchase.
    pub kept: bool,
}

/// What each customer bought until a day, the oldest first, equal days by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purchases {
    of: BTreeMap<Uuid, Vec<Purchase>>,
    back: BTreeMap<Uuid, Vec<Purchase>>,
}

impl Purchases {
    /// These purchases by customer, without those after `as_of`: nothing that is computed from them can know the future. What
    /// came back in full is kept apart.
    pub fn until(as_of: NaiveDate, purchases: impl IntoIterator<Item = Purchase>) -> Self {
        let mut found = Self::default();
        for purchase in purchases.into_iter().filter(|purchase| purchase.day <= as_of) {
            let place = if purchase.kept { &mut found.of } else { &mut found.back };
            place.entry(purchase.customer).or_default().push(purchase);
        }
        for own in found.of.values_mut() {
            own.sort_by_key(|purchase| (purchase.day, purchase.id));
        }
        found
    }

    /// How many purchases came back in full.
    pub fn came_back(&self) -> u64 {
        self.back.values().map(|own| own.len() as u64).fold(0, u64::saturating_add)
    }

    /// Each customer who bought, by id, with what they bought.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, &[Purchase])> {
        self.of.iter().map(|(id, own)| (*id, own.as_slice()))
    }

    /// What one customer bought.
    pub fn of(&self, customer: Uuid) -> &[Purchase] {
        self.of.get(&customer).map_or(&[], Vec::as_slice)
    }

    /// How many customers bought.
    pub fn customers(&self) -> u64 {
        self.of.len() as u64
    }

    /// How often they bought.
    pub fn count(&self) -> u64 {
        self.of.values().map(|own| own.len() as u64).fold(0, u64::saturating_add)
    }

    /// How many purchases have no amount in the base currency.
    pub fn unpriced(&self) -> u64 {
        let of = |own: &Vec<Purchase>| own.iter().filter(|one| one.money.is_none()).count() as u64;
        self.of.values().map(of).fold(0, u64::saturating_add)
    }

    /// The products that a customer bought and kept something of.
    pub fn kept(&self, customer: Uuid) -> BTreeSet<Uuid> {
        let items = self.of(customer).iter().flat_map(|purchase| &purchase.items);
        items.filter(|item| !item.quantity.is_zero()).map(|item| item.product).collect()
    }

    /// The products of which a customer bought something and sent all of it back.
    pub fn sent_back(&self, customer: Uuid) -> BTreeSet<Uuid> {
        let kept = self.kept(customer);
        let back = self.back.get(&customer).into_iter().flatten();
        let items = self.of(customer).iter().chain(back).flat_map(|purchase| &purchase.items);
        items.map(|item| item.product).filter(|product| !kept.contains(product)).collect()
    }
}

/// The days on which somebody bought, in order, each once.
pub(super) fn days(own: &[Purchase]) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = own.iter().map(|purchase| purchase.day).collect();
    days.dedup();
    days
}

/// The days from each day to the next.
pub(super) fn gaps(days: &[NaiveDate]) -> Vec<i64> {
    let pair = |pair: &[NaiveDate]| match pair {
        [from, to] => to.signed_duration_since(*from).num_days(),
        _ => 0,
    };
    days.windows(2).map(pair).collect()
}

/// What somebody spent, as far as it is known.
pub(super) fn spent(own: &[Purchase]) -> Decimal {
    own.iter().filter_map(|purchase| purchase.money).fold(Decimal::ZERO, Decimal::saturating_add)
}

/// The middle of ascending numbers; of an even count the mean of the two in the middle. Nothing of none.
pub(super) fn median(ascending: &[Decimal]) -> Option<Decimal> {
    quantile(ascending, 1, 2)
}

/// The `part`/`whole` quantile of ascending numbers, interpolated linearly between the two nearest ranks, exactly
/// (Hyndman and Fan's type 7). Nothing of none.
pub(super) fn quantile(ascending: &[Decimal], part: u64, whole: u64) -> Option<Decimal> {
    let last = u64::try_from(ascending.len()).ok()?.checked_sub(1)?;
    let position = last.checked_mul(part)?;
    let rank = usize::try_from(position.checked_div(whole)?).ok()?;
    let rest = position.checked_rem(whole)?;
    let low = *ascending.get(rank)?;
    let high = ascending.get(rank.saturating_add(1)).copied().unwrap_or(low);
    let step = high.checked_sub(low)?.checked_mul(Decimal::from(rest))?;
    low.checked_add(step.checked_div(Decimal::from(whole))?)
}

/// Whole numbers as decimals, ascending.
pub(super) fn ascending(numbers: impl IntoIterator<Item = i64>) -> Vec<Decimal> {
    let mut numbers: Vec<Decimal> = numbers.into_iter().map(Decimal::from).collect();
    numbers.sort_unstable();
    numbers
}
