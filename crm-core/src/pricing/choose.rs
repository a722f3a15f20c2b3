//! Which price applies, and why no other.

use core::cmp::Reverse;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PriceEntry, PriceList};
use crate::catalog::Product;
use crate::codes;
use crate::party::Customer;
use crate::value::{Code, Currency, Id, Name, Quantity, UnitPrice};

/// What is to be priced: how much of it, for whom, when, in which currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// How many or how much.
    pub quantity: Quantity,
    /// In which currency.
    pub currency: Currency,
    /// On which day, where the tenant is.
    pub day: NaiveDate,
    /// For which customer; nothing for anybody.
    pub customer: Option<Id<Customer>>,
    /// The group that the customer is of.
    pub group: Option<Code>,
    /// The region that the customer belongs to.
    pub region: Option<Name>,
}

/// An entry of a price list, with its list.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The list.
    pub list: PriceList,
    /// The entry.
    pub entry: PriceEntry,
}

codes! {
    /// Whether a price applies, or the first reason why not.
    pub enum Verdict {
        /// It does.
        Applies = "applies",
        /// Its list is not used.
        Inactive = "inactive",
        /// Its list does not hold yet.
        NotYet = "not_yet",
        /// Its list does not hold any more.
        Over = "over",
        /// It is in another currency.
        OtherCurrency = "other_currency",
        /// Its list is for another customer.
        OtherCustomer = "other_customer",
        /// Its list is for another group.
        OtherGroup = "other_group",
        /// Its list is for another region.
        OtherRegion = "other_region",
        /// It is for a larger quantity.
        BelowBreak = "below_break",
        /// Another price of the same list is for a quantity that comes nearer.
        NearerBreak = "nearer_break",
        /// Another list fits better.
        BetterList = "better_list",
    }
}

codes! {
    /// Where a price comes from.
    pub enum PriceSource {
        /// A price list.
        List = "list",
        /// The product itself: no list has a price that applies.
        Product = "product",
        /// Nowhere: nobody says what it costs.
        Nowhere = "nowhere",
    }
}

/// One price that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The code of its list.
    pub list: Code,
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// The first day on which it no longer does.
    pub until: Option<NaiveDate>,
    /// From how many or how much on.
    pub min_quantity: Quantity,
    /// The price of one.
    pub price: UnitPrice,
    /// Whether it applies, or the first reason why not.
    pub verdict: Verdict,
}

/// The price that applies, and every price that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Priced {
    /// The price of one; nothing where nobody says what it costs in that currency.
    pub price: Option<UnitPrice>,
    /// The price of one below which it is not sold without being asked for.
    pub floor: Option<UnitPrice>,
    /// Where the price comes from.
    pub source: PriceSource,
    /// The code of the list that it comes from.
    pub list: Option<Code>,
    /// Every price that was looked at: the better the list fits the earlier, then by list and quantity.
    pub candidates: Vec<Candidate>,
}

/// Which price of a product applies. Of the lists that hold on that day, in that currency and for that customer, one for
/// the customer alone comes before one for its group and region, that before one for its group, that before one for its
/// region, that before one for all; among equals the lower rank, then the one that began later, then the first by code. In
/// a list the largest quantity that is reached counts. Where no list has a price, the product's own applies. The order of
/// `offers` does not matter. Rule PRICE-3 (F080, F084).
pub fn choose(product: &Product, ask: &Ask, offers: &[Offer]) -> Priced {
    let mut judged: Vec<(&Offer, Verdict)> =
        offers.iter().map(|offer| (offer, ask.fits(offer))).collect();
    judged.sort_by_key(|(offer, _)| place(offer));
    let applies = |verdict: Verdict| verdict == Verdict::Applies;
    let best = judged.iter().find(|(_, verdict)| applies(*verdict)).map(|(offer, _)| *offer);
    for (offer, verdict) in judged.iter_mut().filter(|(_, verdict)| applies(*verdict)) {
        let Some(best) = best.filter(|best| best.entry.id != offer.entry.id) else { continue };
        *verdict =
            if best.list.id == offer.list.id { Verdict::NearerBreak } else { Verdict::BetterList };
    }
    let own = product.price.filter(|price| price.currency() == ask.currency);
    let (price, source) = match best {
        Some(offer) => (Some(offer.entry.price), PriceSource::List),
        None if own.is_some() => (own, PriceSource::Product),
        None => (None, PriceSource::Nowhere),
    };
    let floor = best.and_then(|offer| offer.entry.floor).or(product.floor_price);
    let candidates = judged.iter().map(|(Offer { list, entry }, verdict)| Candidate {
        list: list.code.clone(),
        from: list.from,
        until: list.until,
        min_quantity: entry.min_quantity,
        price: entry.price,
        verdict: *verdict,
    });
    Priced {
        price,
        floor: floor.filter(|floor| floor.currency() == ask.currency),
        source,
        list: best.map(|offer| offer.list.code.clone()),
        candidates: candidates.collect(),
    }
}

/// Where an offer stands among others, the best first; no two stand in the same place.
fn place(offer: &Offer) -> impl Ord + use<> {
    let Offer { list, entry } = offer;
    let close = (list.customer.is_some(), list.group.is_some(), list.region.is_some());
    (
        Reverse(close),
        list.rank,
        Reverse(list.from),
        list.code.clone(),
        Reverse(entry.min_quantity),
        entry.id,
    )
}

impl Ask {
    /// Whether a price fits, or the first reason why not.
    fn fits(&self, Offer { list, entry }: &Offer) -> Verdict {
        let other_customer = list.customer.is_some() && list.customer != self.customer;
        let other_group = list.group.is_some() && list.group != self.group;
        let other_region = list.region.is_some() && list.region != self.region;
        let tried = [
            (!list.active, Verdict::Inactive),
            (self.day < list.from, Verdict::NotYet),
            (list.until.is_some_and(|until| self.day >= until), Verdict::Over),
            (list.currency != self.currency, Verdict::OtherCurrency),
            (other_customer, Verdict::OtherCustomer),
            (other_group, Verdict::OtherGroup),
            (other_region, Verdict::OtherRegion),
            (self.quantity < entry.min_quantity, Verdict::BelowBreak),
        ];
        let found = tried.into_iter().find(|(not, _)| *not);
        found.map_or(Verdict::Applies, |(_, why)| why)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::catalog::CreateProduct;
    use crate::record::Ext;
    use crate::value::Money;

    fn price(text: &str) -> UnitPrice {
        UnitPrice::from(text.parse::<Money>().unwrap())
    }

    fn product(own: Option<&str>) -> Product {
        let (code, name) = ("T".into(), "Chai".into());
        let floor_price = own.map(|_| price("5.00 CNY"));
        let price = own.map(price);
        let wish = CreateProduct { code, name, price, floor_price, ..Default::default() };
        crate::catalog::create(Id::new(Uuid::from_u128(7)), &wish).unwrap()
    }

    /// A price of the list `code`, which holds from January up to April 2026, from `quantity` on.
    fn offer(code: &str, quantity: &str, at: &str) -> Offer {
        let bits = code.bytes().fold(0, |bits, byte| bits << 8 | u128::from(byte));
        let at = price(at);
        let list = PriceList {
            id: Id::new(Uuid::from_u128(bits)),
            code: code.parse().unwrap(),
            name: Name::parse(code).unwrap(),
            currency: at.currency(),
            from: "2026-01-01".parse().unwrap(),
            until: Some("2026-04-01".parse().unwrap()),
            customer: None,
            group: None,
            region: None,
            rank: 0,
            active: true,
            ext: Ext::new(),
        };
        let min_quantity = quantity.parse().unwrap();
        let product = Id::new(Uuid::from_u128(7));
        let id = PriceEntry::id_of(list.id, product, min_quantity);
        let (price_list, ext) = (list.id, Ext::new());
        let entry =
            PriceEntry { id, price_list, product, min_quantity, price: at, floor: None, ext };
        Offer { list, entry }
    }

    fn with(mut offer: Offer, change: impl FnOnce(&mut PriceList)) -> Offer {
        change(&mut offer.list);
        offer
    }

    fn ask(day: &str, quantity: &str) -> Ask {
        Ask {
            quantity: quantity.parse().unwrap(),
            currency: "CNY".parse().unwrap(),
            day: day.parse().unwrap(),
            customer: Some(Id::new(Uuid::from_u128(1))),
            group: Some("key".parse().unwrap()),
            region: Some(Name::parse("East").unwrap()),
        }
    }

    fn offers() -> Vec<Offer> {
        let (one, two) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let east = || Name::parse("East").ok();
        let of = |id| move |list: &mut PriceList| list.customer = Some(id);
        vec![
            offer("all", "0", "10.00 CNY"),
            offer("all", "100", "9.00 CNY"),
            offer("abroad", "0", "1.00 USD"),
            with(offer("ranked", "0", "9.90 CNY"), |list| list.rank = 1),
            with(offer("east", "0", "9.50 CNY"), |list| list.region = east()),
            with(offer("west", "0", "9.40 CNY"), |list| list.region = Name::parse("West").ok()),
            with(offer("key", "0", "8.00 CNY"), |list| list.group = "key".parse().ok()),
            with(offer("key-east", "10", "7.50 CNY"), |list| {
                (list.group, list.region) = ("key".parse().ok(), east());
            }),
            with(offer("one", "50", "7.00 CNY"), of(one)),
            with(offer("two", "0", "6.00 CNY"), of(two)),
            with(offer("off", "0", "1.00 CNY"), |list| list.active = false),
        ]
    }

    #[test]
    fn the_list_that_fits_best_says_the_price() {
        let stranger = |ask: Ask| Ask { customer: None, group: None, region: None, ..ask };
        let dollars = |ask: Ask| Ask { currency: "USD".parse().unwrap(), ..ask };
        let table = [
            ("its own list", ask("2026-02-01", "50"), "7.00 CNY list one"),
            (
                "below its break, group and region",
                ask("2026-02-01", "10"),
                "7.50 CNY list key-east",
            ),
            ("below that, the group", ask("2026-02-01", "9.99"), "8.00 CNY list key"),
            ("anybody", stranger(ask("2026-02-01", "1")), "10.00 CNY list all"),
            ("anybody who takes many", stranger(ask("2026-02-01", "100")), "9.00 CNY list all"),
            ("the first day", stranger(ask("2026-01-01", "1")), "10.00 CNY list all"),
            ("the last day", stranger(ask("2026-03-31", "1")), "10.00 CNY list all"),
            ("the day before", stranger(ask("2025-12-31", "1")), "12.00 CNY product"),
            ("the day it is over", stranger(ask("2026-04-01", "1")), "12.00 CNY product"),
            ("another currency", dollars(ask("2026-02-01", "1")), "1.00 USD list abroad"),
            ("no price in it", dollars(ask("2026-05-01", "1")), "nowhere"),
        ];
        for (rule, ask, expected) in table {
            let priced = choose(&product(Some("12.00 CNY")), &ask, &offers());
            let price =
                priced.price.map(|price| format!("{:.2} {} ", price.amount(), price.currency()));
            let list = priced.list.map(|list| format!(" {list}"));
            let (price, list) = (price.unwrap_or_default(), list.unwrap_or_default());
            assert_eq!(format!("{price}{}{list}", priced.source), expected, "{rule}");
        }
        let none = choose(&product(None), &ask("2025-01-01", "1"), &[]);
        assert_eq!((none.price, none.source), (None, PriceSource::Nowhere));
    }

    #[test]
    fn every_price_that_was_looked_at_says_why_not() {
        let found = choose(&product(Some("12.00 CNY")), &ask("2026-02-01", "120"), &offers());
        let why: Vec<String> =
            found.candidates.iter().map(|it| format!("{} {}", it.list, it.verdict)).collect();
        let expected = [
            "one applies",
            "two other_customer",
            "key-east better_list",
            "key better_list",
            "east better_list",
            "west other_region",
            "abroad other_currency",
            "all better_list",
            "all better_list",
            "off inactive",
            "ranked better_list",
        ];
        assert_eq!(why, expected);
        let stranger = Ask { customer: None, ..ask("2026-02-01", "120") };
        let only = choose(&product(None), &stranger, &offers()[..2]);
        let why: Vec<Verdict> = only.candidates.iter().map(|it| it.verdict).collect();
        assert_eq!(why, [Verdict::Applies, Verdict::NearerBreak]);
        let early = choose(&product(None), &ask("2025-02-01", "1"), &offers()[..1]);
        assert_eq!(early.candidates[0].verdict, Verdict::NotYet);
    }

    #[test]
    fn a_floor_is_that_of_the_price_or_of_the_product() {
        let mut offers = offers();
        let floor = |offers: &[Offer]| {
            let priced = choose(&product(Some("12.00 CNY")), &ask("2026-02-01", "1"), offers);
            priced.floor.map(|floor| floor.to_string())
        };
        assert_eq!(floor(&offers).as_deref(), Some("5 CNY"), "the product's");
        offers.iter_mut().for_each(|offer| offer.entry.floor = Some(price("6.00 CNY")));
        assert_eq!(floor(&offers).as_deref(), Some("6 CNY"), "the price's");
    }

    proptest! {
        #[test]
        fn the_order_of_offers_does_not_matter_and_one_applies_at_most(
            shuffled in Just(offers()).prop_shuffle(),
            day in 0_i64..130, quantity in 0_u32..130, known in 0_usize..8,
        ) {
            let mut ask = ask("2025-12-20", &quantity.to_string());
            ask.day += chrono::TimeDelta::days(day);
            if known & 1 == 0 { ask.customer = None }
            if known & 2 == 0 { ask.group = None }
            if known & 4 == 0 { ask.region = None }
            let own = product(Some("12.00 CNY"));
            let priced = choose(&own, &ask, &shuffled);
            prop_assert_eq!(&choose(&own, &ask, &offers()), &priced);
            let applied = priced.candidates.iter().filter(|it| it.verdict == Verdict::Applies);
            let applied: Vec<_> = applied.collect();
            prop_assert_eq!(applied.len(), usize::from(priced.source == PriceSource::List));
            prop_assert!(applied.iter().all(|it| Some(it.price) == priced.price));
        }
    }
}
