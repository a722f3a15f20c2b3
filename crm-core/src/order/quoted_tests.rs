//! What parts of a quote come to, whatever parts they are.

use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Quoted;
use crate::quote::QuoteLine;
use crate::value::{Id, Money, Percent, Quantity, UnitPrice};

fn yuan(minor: i64) -> Money {
    Money::from_minor(minor, "CNY".parse().unwrap()).unwrap()
}

fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// A line of a quote of so many at so much, of which nothing is ordered.
fn offered(of: Quantity, net: i64, tax: i64) -> Quoted {
    let id = Id::new(Uuid::from_u128(1));
    let line = QuoteLine {
        id,
        quote: Id::new(Uuid::from_u128(2)),
        ordinal: 0,
        product: None,
        customer: Id::new(Uuid::from_u128(3)),
        description: None,
        quantity: of,
        unit_price: UnitPrice::from(yuan(100)),
        discount: Percent::ZERO,
        discount_amount: None,
        tax_rate: "13".parse().unwrap(),
        list_price: None,
        floor: None,
        cost: None,
        price_list: None,
        bundle: None,
        net: yuan(net),
        tax: yuan(tax),
        gross: yuan(net + tax),
        ext: Default::default(),
    };
    Quoted { line, tax_included: false, taken: Decimal::ZERO, net: yuan(0), tax: yuan(0) }
}

/// One more part of it, or one less.
fn taken(quoted: &Quoted, part: Quantity, amounts: (Money, Money), sign: i64) -> Quoted {
    let of = |sum: Money, more: Money| yuan(sum.minor() + sign * more.minor());
    Quoted {
        taken: quoted.taken + part.number() * Decimal::from(sign),
        net: of(quoted.net, amounts.0),
        tax: of(quoted.tax, amounts.1),
        ..quoted.clone()
    }
}

#[test]
fn a_part_has_its_share_and_the_last_has_what_is_left() {
    let table = [
        // the line: how many, net, tax · the parts · what each comes to
        ("thirds", "3", 1000, 130, vec!["1", "1", "1"], vec![(333, 43), (333, 43), (334, 44)]),
        ("a fen for three", "3", 1, 0, vec!["1", "1", "1"], vec![(0, 0), (0, 0), (1, 0)]),
        ("two fen for three", "3", 2, 0, vec!["1", "1", "1"], vec![(1, 0), (1, 0), (0, 0)]),
        ("halves go up", "2", 5, 1, vec!["1", "1"], vec![(3, 1), (2, 0)]),
        ("pieces of a meter", "2.5", 1000, 130, vec!["0.5", "2"], vec![(200, 26), (800, 104)]),
    ];
    for (rule, of, net, tax, parts, expected) in table {
        let mut line = offered(quantity(of), net, tax);
        let mut found = Vec::new();
        for part in parts {
            let amounts = line.share(quantity(part)).unwrap();
            found.push((amounts.0.minor(), amounts.1.minor()));
            line = taken(&line, quantity(part), amounts, 1);
        }
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn a_price_with_tax_is_told_without_it() {
    let quoted = offered(quantity("3"), 1000, 130);
    assert_eq!(quoted.remaining(), Decimal::from(3));
    assert_eq!(quoted.unit_price().unwrap(), UnitPrice::from(yuan(100)));
    let with_tax = Quoted { tax_included: true, ..quoted };
    assert_eq!(with_tax.unit_price().unwrap().amount().to_string(), "0.884956");
}

proptest! {
    /// Whatever is ordered and called off, in whatever parts: once all of it is ordered, all of the money is.
    #[test]
    fn parts_add_up_whatever_is_called_off(
        of in 1_i64..40, net in 0_i64..100_000, tax in 0_i64..13_000,
        steps in prop::collection::vec((1_i64..10, any::<bool>(), 0_usize..8), 0..24),
    ) {
        let whole = |n: i64| Quantity::new(Decimal::from(n)).unwrap();
        let mut line = offered(whole(of), net, tax);
        let mut parts: Vec<(Quantity, (Money, Money))> = Vec::new();
        for (part, order, which) in steps {
            if order {
                let part = Decimal::from(part).min(line.remaining());
                if part.is_zero() { continue; }
                let part = Quantity::new(part).unwrap();
                let amounts = line.share(part).unwrap();
                prop_assert!(!amounts.0.is_negative() && !amounts.1.is_negative());
                line = taken(&line, part, amounts, 1);
                parts.push((part, amounts));
            } else if !parts.is_empty() {
                let (part, amounts) = parts.remove(which % parts.len());
                line = taken(&line, part, amounts, -1);
            }
            prop_assert!(line.net.minor() <= net && line.tax.minor() <= tax);
        }
        let left = line.remaining();
        if !left.is_zero() {
            let left = Quantity::new(left).unwrap();
            let amounts = line.share(left).unwrap();
            line = taken(&line, left, amounts, 1);
        }
        prop_assert_eq!((line.net.minor(), line.tax.minor()), (net, tax));
    }
}
