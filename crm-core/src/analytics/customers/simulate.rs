//! Purchases of simulated customers, for tests: what is true of them is known.
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a simulation for tests")]

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::purchase::{Item, Purchase};

/// Numbers that look random and are always the same (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Above 0, at most 1.
    pub(super) fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    pub(super) fn wait(&mut self, rate: f64) -> f64 {
        -libm::log(self.share()) / rate
    }
}

/// A number of days or the like, cut off.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and above 0 in every test"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

pub(super) fn id(bits: u64) -> Uuid {
    Uuid::from_u128(bits.into())
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap()
}

/// A purchase of a customer so many days after 2024-01-01, of so much.
pub(super) fn bought(number: u64, customer: u64, days: u64, money: &str) -> Purchase {
    Purchase {
        id: id(number),
        customer: id(customer),
        day: after(day("2024-01-01"), days),
        money: Some(money.parse().unwrap()),
        items: Vec::new(),
        kept: true,
    }
}

/// The same of products, one of each.
pub(super) fn of(products: &[u64], purchase: Purchase) -> Purchase {
    let items =
        products.iter().map(|product| Item { product: id(*product), quantity: Decimal::ONE });
    Purchase { items: items.collect(), ..purchase }
}

/// Any purchases at all: few customers, few products, some days shared, some amounts unknown, some sent back.
pub(super) fn anything(seed: u64, count: u64) -> Vec<Purchase> {
    let mut dice = Dice(seed);
    let one = |number: u64| {
        let products: Vec<u64> = (0..dice.below(4)).map(|_| 500 + dice.below(6)).collect();
        let mut products = products;
        products.sort_unstable();
        products.dedup();
        let customer = 1 + dice.below(12);
        let days = dice.below(900);
        let made = bought(
            1_000 + number,
            customer,
            days,
            &format!("{}.{:02}", dice.below(900), dice.below(100)),
        );
        let made = of(&products, made);
        let kept = dice.below(12) != 0;
        let money = made.money.filter(|_| dice.below(9) != 0);
        let items = made.items.iter().map(|item| Item {
            quantity: if kept { item.quantity } else { Decimal::ZERO },
            ..*item
        });
        Purchase { items: items.collect(), money, kept, ..made }
    };
    (0..count).map(one).collect()
}

/// How many cases a law is tried on.
pub(super) fn cases() -> u64 {
    u64::from(crate::analytics::laws::proof(200))
}
