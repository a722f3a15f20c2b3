use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::machine::Machine;

fn cny() -> Currency {
    "CNY".parse().unwrap()
}

fn terms(currency: &str, mode: TaxMode, scope: RoundingScope, discount: &str) -> Terms {
    let amount = discount.parse::<Money>().ok();
    Terms {
        currency: currency.parse().unwrap(),
        tax_mode: mode,
        rounding: Rounding::HalfUp,
        scope,
        discount: if amount.is_some() { Percent::ZERO } else { discount.parse().unwrap() },
        discount_amount: amount,
    }
}

/// A line as `quantity × price CUR - discount @ tax`; the discount is a percentage or an amount.
fn line(text: &str) -> Priceable {
    let (rest, tax) = text.split_once(" @ ").unwrap();
    let (rest, discount) = rest.split_once(" - ").unwrap_or((rest, "0"));
    let (quantity, price) = rest.split_once(" × ").unwrap();
    let (amount, currency) = price.split_once(' ').unwrap();
    let off = discount.parse::<Money>().ok();
    Priceable {
        unit_price: UnitPrice::new(amount.parse().unwrap(), currency.parse().unwrap()).unwrap(),
        quantity: quantity.parse().unwrap(),
        discount: if off.is_some() { Percent::ZERO } else { discount.parse().unwrap() },
        discount_amount: off,
        tax_rate: tax.parse().unwrap(),
    }
}

/// `net tax gross`, then the nets of the lines.
fn told(terms: &Terms, lines: &[&str]) -> String {
    let lines: Vec<Priceable> = lines.iter().map(|text| line(text)).collect();
    match totals(terms, &lines) {
        Ok(found) => {
            let amount = |money: Money| money.amount().to_string();
            let nets: Vec<String> = found.lines.iter().map(|line| amount(line.net)).collect();
            let sums = [found.net, found.tax, found.gross].map(amount).join(" ");
            format!("{sums} [{}]", nets.join(" "))
        }
        Err(refusal) => {
            let found = refusal.violations().map(|v| format!("{} {}", v.path, v.code));
            found.collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn lines_add_up_to_the_minor_unit_by_each_rule_of_rounding() {
    use RoundingScope::{Line, Rate, Total};
    use TaxMode::{Included, OnTop};
    let thirds = ["1 × 0.335 CNY @ 13", "1 × 0.335 CNY @ 13"];
    let mixed = ["3 × 33.33 CNY - 10 @ 13", "2 × 5 CNY - 1.00 CNY @ 6", "1 × 100 CNY @ 0"];
    #[rustfmt::skip]
    let table = [
        // prices, rounding, off the sum     net tax gross [nets of the lines]
        ("each line up", OnTop, Line, "0", &thirds[..], "0.68 0.08 0.76 [0.34 0.34]"),
        ("each line, tax by rate", OnTop, Rate, "0", &thirds[..], "0.68 0.09 0.77 [0.34 0.34]"),
        ("the sum once", OnTop, Total, "0", &thirds[..], "0.67 0.09 0.76 [0.34 0.33]"),
        ("tax within, by line", Included, Line, "0", &thirds[..], "0.60 0.08 0.68 [0.30 0.30]"),
        ("tax within, by the sum", Included, Total, "0", &thirds[..], "0.59 0.08 0.67 [0.30 0.29]"),
        ("several rates", OnTop, Line, "0", &mixed[..], "198.99 12.24 211.23 [89.99 9.00 100.00]"),
        ("a share off each", OnTop, Line, "10", &mixed[..], "179.09 11.02 190.11 [80.99 8.10 90.00]"),
        ("an amount off", OnTop, Line, "0.01 CNY", &mixed[..], "198.98 12.24 211.22 [89.99 9.00 99.99]"),
        ("all of it off", OnTop, Line, "100", &mixed[..], "0.00 0.00 0.00 [0.00 0.00 0.00]"),
        ("nothing", OnTop, Line, "10", &[], "0.00 0.00 0.00 []"),
    ];
    for (rule, mode, scope, discount, lines, expected) in table {
        assert_eq!(told(&terms("CNY", mode, scope, discount), lines), expected, "{rule}");
    }
}

#[test]
fn what_is_taken_off_is_no_more_than_there_is() {
    let by = |discount: &str| terms("CNY", TaxMode::OnTop, RoundingScope::Line, discount);
    let ten = "1 × 10 CNY @ 13";
    let table = [
        (
            "off a line",
            by("0"),
            "1 × 10 CNY - 10.01 CNY @ 13",
            "lines[0].discount_amount quote.line.discount_above_price",
        ),
        ("all off a line", by("0"), "1 × 10 CNY - 10.00 CNY @ 13", "0.00 0.00 0.00 [0.00]"),
        (
            "a negative amount",
            by("0"),
            "1 × 10 CNY - -1.00 CNY @ 13",
            "lines[0].discount_amount quote.line.discount_above_price",
        ),
        ("in dollars", by("0"), "1 × 10 USD @ 13", "lines[0].unit_price quote.line.currency"),
        (
            "off in dollars",
            by("0"),
            "1 × 10 CNY - 1.00 USD @ 13",
            "lines[0].discount_amount quote.line.currency",
        ),
        ("off the sum", by("10.01 CNY"), ten, "discount_amount quote.discount_above_sum"),
        ("off the sum in dollars", by("1.00 USD"), ten, "discount_amount quote.discount_currency"),
        ("beyond money", by("0"), "1000000 × 92233720368547 CNY @ 13", "lines money.overflow"),
    ];
    for (rule, terms, line, expected) in table {
        assert_eq!(told(&terms, &[line]), expected, "{rule}");
    }
    let twice =
        Priceable { discount_amount: "1.00 CNY".parse().ok(), ..line("1 × 9 CNY - 5 @ 13") };
    let refused = totals(&by("0"), &[twice]).unwrap_err();
    let codes: Vec<_> = refused.violations().map(|v| v.code.as_str()).collect();
    assert_eq!(codes, ["quote.line.discount_twice"]);
    let both = Terms { discount: "5".parse().unwrap(), ..by("1.00 CNY") };
    let refused = totals(&both, &[line(ten)]).unwrap_err();
    assert_eq!(refused.violations().next().unwrap().code, "quote.discount_twice");
}

/// Invoices of the conformance examples of EN 16931 (github.com/ConnectingEurope/eInvoicing-EN16931, `ubl/examples`): the
/// ten lines of `ubl-tc434-example8.xml` (Enexis, 21 %) and the lines at 21 % of `ubl-tc434-example1.xml` (De Koksmaat),
/// with the taxable amount, the tax and the totals that they state.
#[test]
fn rounding_by_the_rate_is_that_of_en_16931() {
    let by = terms("EUR", TaxMode::OnTop, RoundingScope::Rate, "0");
    let enexis = [
        "16000 × 0.00880 EUR @ 21",
        "16000 × 0.00101 EUR @ 21",
        "132 × 1.27 EUR @ 21",
        "58 × 1.53 EUR @ 21",
        "1 × 36.75 EUR @ 21",
        "1 × 56.50 EUR @ 21",
        "1 × 83.34 EUR @ 21",
        "1 × 190.31 EUR @ 21",
        "1 × 64.21 EUR @ 21",
        "1 × 64.46 EUR @ 21",
    ];
    let nets = "140.80 16.16 167.64 88.74 36.75 56.50 83.34 190.31 64.21 64.46";
    assert_eq!(told(&by, &enexis), format!("908.91 190.87 1099.78 [{nets}]"));
    let koksmaat =
        ["1 × 10.80 EUR @ 21", "2 × 3.80 EUR @ 21", "2 × 4.67 EUR @ 21", "1 × 18.63 EUR @ 21"];
    assert_eq!(told(&by, &koksmaat), "46.37 9.74 56.11 [10.80 7.60 9.34 18.63]");
    let food: Money = "183.23 EUR".parse().unwrap();
    let six: Percent = "6".parse().unwrap();
    assert_eq!(six.of(food, Rounding::HalfUp).unwrap().to_string(), "10.99 EUR");
}

fn any_line() -> impl Strategy<Value = Priceable> {
    (0_i64..1_000_000, 0_u32..4, 1_i64..10_000, 0_u32..3, 0_i64..=100, 0_usize..4).prop_map(
        |(price, places, quantity, parts, discount, rate)| Priceable {
            unit_price: UnitPrice::new(Decimal::new(price, places), cny()).unwrap(),
            quantity: Quantity::new(Decimal::new(quantity, parts)).unwrap(),
            discount: Percent::new(Decimal::from(discount)).unwrap(),
            discount_amount: None,
            tax_rate: ["0", "6", "9", "13"][rate].parse().unwrap(),
        },
    )
}

proptest! {
    #[test]
    fn lines_rates_and_totals_agree(
        lines in prop::collection::vec(any_line(), 0..12),
        included in any::<bool>(), even in any::<bool>(), scope in 0_usize..3,
        discount in 0_i64..=100,
    ) {
        let terms = Terms {
            currency: cny(),
            tax_mode: if included { TaxMode::Included } else { TaxMode::OnTop },
            rounding: if even { Rounding::HalfEven } else { Rounding::HalfUp },
            scope: RoundingScope::ALL[scope],
            discount: Percent::new(Decimal::from(discount)).unwrap(),
            discount_amount: None,
        };
        let found = totals(&terms, &lines).unwrap();
        let sum = |of: &dyn Fn(&LineTotal) -> Money| {
            Money::sum(cny(), found.lines.iter().map(of)).unwrap()
        };
        prop_assert_eq!(sum(&|line| line.net), found.net);
        prop_assert_eq!(sum(&|line| line.tax), found.tax);
        prop_assert_eq!(sum(&|line| line.gross), found.gross);
        prop_assert_eq!(found.net.checked_add(found.tax).unwrap(), found.gross);
        let rates = Money::sum(cny(), found.rates.iter().map(|rate| rate.tax)).unwrap();
        prop_assert_eq!(rates, found.tax);
        let nets = Money::sum(cny(), found.rates.iter().map(|rate| rate.net)).unwrap();
        prop_assert_eq!(nets, found.net);
        for line in &found.lines {
            prop_assert!(!line.net.is_negative() && !line.tax.is_negative());
        }
        // Before tax, or with it, what is left and what is taken off make what there was.
        let whole = Terms { discount: Percent::ZERO, ..terms };
        let whole = totals(&whole, &lines).unwrap();
        let (left, there) =
            if included { (found.gross, whole.gross) } else { (found.net, whole.net) };
        prop_assert_eq!(left.checked_add(found.taken_off).unwrap(), there);
        // Rounding by the line is off from the exact sum by half a unit a line at most.
        let exact: Decimal = lines.iter().map(|line| {
            line.unit_price.line(line.quantity, line.discount).unwrap()
        }).sum();
        let by_total = terms.scope == RoundingScope::Total;
        let units = Decimal::from(if by_total { 1 } else { lines.len().max(1) });
        let off = (there.amount() - exact).abs();
        prop_assert!(off <= units * Decimal::new(5, 3), "{off}");
    }

    #[test]
    fn the_order_of_lines_does_not_change_the_totals_by_the_total(
        lines in prop::collection::vec(any_line(), 1..8).prop_shuffle(),
    ) {
        let terms = terms("CNY", TaxMode::OnTop, RoundingScope::Total, "0");
        let forth = totals(&terms, &lines).unwrap();
        let reversed = lines.iter().rev().copied().collect::<Vec<_>>();
        let (back, lines) = (totals(&terms, &reversed).unwrap(), lines.len());
        prop_assert_eq!(forth.net, back.net);
        // Among equal remainders the earlier line gets the unit, so that a rate may have one more or less a line.
        for (one, other) in forth.rates.iter().zip(&back.rates) {
            let off = one.net.checked_sub(other.net).unwrap().abs().minor();
            prop_assert!(off <= i64::try_from(lines).unwrap(), "{off}");
        }
    }
}

#[test]
fn only_what_is_not_out_yet_is_edited_and_only_what_is_out_is_answered() {
    use QuoteState as S;
    use QuoteStep as T;
    let may = |step: T| -> Vec<S> {
        S::ALL.iter().copied().filter(|state| Quotes::next(*state, step).is_ok()).collect()
    };
    assert_eq!(may(T::Edit), [S::Draft, S::InApproval, S::Approved]);
    assert_eq!(may(T::Send), [S::Approved]);
    assert_eq!((may(T::Accept), may(T::Decline)), (vec![S::Sent], vec![S::Sent]));
    assert_eq!(may(T::Expire), [S::Approved, S::Sent]);
    assert_eq!(may(T::Revise), [S::Approved, S::Sent, S::Declined, S::Expired, S::Withdrawn]);
    for state in [S::InApproval, S::Approved] {
        assert_eq!(Quotes::next(state, T::Edit), Ok(S::Draft), "an edit voids approval");
    }
    for step in T::ALL {
        assert_eq!(Quotes::next(S::Accepted, *step), Err("quote.already_accepted"));
        assert_eq!(Quotes::next(S::Superseded, *step), Err("quote.superseded"));
    }
}

fn quote_of(lines: &[&str], list: Option<&str>, cost: Option<&str>) -> (Quote, Vec<QuoteLine>) {
    let price = |text: &str| UnitPrice::from(text.parse::<Money>().unwrap());
    let nil = uuid::Uuid::nil();
    let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let none = Money::zero(cny());
    let quote = Quote {
        id: Id::new(nil),
        number: DocumentNumber::parse("QT-1").unwrap(),
        revision: 1,
        name: Name::parse("Q").unwrap(),
        customer: Id::new(nil),
        contact: None,
        opportunity: None,
        owner: User::OWNER,
        author: User::OWNER,
        state: QuoteState::Draft,
        currency: cny(),
        tax_mode: TaxMode::OnTop,
        rounding: RoundingRule::HalfUp,
        rounding_scope: RoundingScope::Line,
        tax_rate: Percent::ZERO,
        discount: Percent::ZERO,
        discount_amount: None,
        valid_from: day,
        valid_until: day,
        taken_off: none,
        net: none,
        tax: none,
        gross: none,
        payment_terms: None,
        delivery_terms: None,
        note: None,
        created_at: Timestamp::from_micros(0).unwrap(),
        sent_at: None,
        ended_at: None,
        reason: None,
        previous: None,
        ext: Default::default(),
    };
    let lines = lines.iter().map(|text| {
        let of = line(text);
        QuoteLine {
            id: Id::new(nil),
            quote: quote.id,
            ordinal: 0,
            product: None,
            customer: quote.customer,
            description: None,
            quantity: of.quantity,
            unit_price: of.unit_price,
            discount: of.discount,
            discount_amount: of.discount_amount,
            tax_rate: of.tax_rate,
            list_price: list.map(price),
            floor: Some(price("8.00 CNY")),
            cost: cost.map(price),
            price_list: None,
            bundle: None,
            net: none,
            tax: none,
            gross: none,
            ext: Default::default(),
        }
    });
    let set = lines::summed(quote.clone(), lines.collect()).unwrap();
    (set.quote, set.lines)
}

#[test]
fn what_is_measured_is_in_doubt_on_the_side_that_asks() {
    let ten = Some("10.00 CNY");
    #[rustfmt::skip]
    let table = [
        // lines, list price, cost                                discount, worst line, margin, below the floor of 8
        ("at the list", &["2 × 10 CNY @ 13"][..], ten, Some("6.00 CNY"), "0 0 40 false"),
        ("a discount", &["2 × 10 CNY - 10 @ 13"][..], ten, Some("6.00 CNY"), "10 10 33.3333 false"),
        ("a lower price is one", &["2 × 9 CNY @ 13"][..], ten, None, "10 10 - false"),
        ("so is an amount", &["1 × 10 CNY - 1.00 CNY @ 13"][..], ten, None, "10 10 - false"),
        ("a higher price is none", &["1 × 12 CNY @ 13"][..], ten, Some("9.00 CNY"), "0 0 25 false"),
        ("the worst line", &["2 × 10 CNY @ 13", "1 × 10 CNY - 50 @ 0"][..], ten, None, "16.6667 50 - true"),
        ("at the floor", &["3 × 8 CNY @ 13"][..], ten, None, "20 20 - false"),
        ("below the floor", &["3 × 7.99 CNY @ 13"][..], ten, None, "20.1 20.1 - true"),
        ("a loss", &["1 × 9 CNY @ 13"][..], None, Some("10.00 CNY"), "0 0 -11.1112 false"),
        ("a third of a fen", &["0.333 × 10.01 CNY @ 13"][..], None, None, "0 0 - false"),
        ("nothing", &[][..], None, None, "0 0 - false"),
    ];
    for (rule, lines, list, cost, expected) in table {
        let (quote, lines) = quote_of(lines, list, cost);
        let of = measures(&quote, &lines);
        let margin = of.margin.map_or("-".to_owned(), |margin| margin.to_string());
        let found = format!("{} {} {margin} {}", of.discount, of.line_discount, of.below_floor);
        assert_eq!(found, expected, "{rule}");
    }
}
