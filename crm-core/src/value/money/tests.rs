use proptest::prelude::*;

use super::*;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn an_amount_has_its_currencys_scale() {
    let max = "92233720368547758.07 CNY";
    let table = [
        ("pads", "12.3 CNY", Ok("12.30 CNY")),
        ("drops zeros only", "12.3000 CNY", Ok("12.30 CNY")),
        ("is never rounded", "12.345 CNY", Err("money.scale")),
        ("has no places in yen", "100 JPY", Ok("100 JPY")),
        ("has none at all in yen", "100.5 JPY", Err("money.scale")),
        ("has three in dinars", "1.234 KWD", Ok("1.234 KWD")),
        ("has no negative zero", "-0.00 CNY", Ok("0.00 CNY")),
        ("reaches 2^63 - 1 fen", max, Ok(max)),
        ("ends there", "92233720368547758.08 CNY", Err("money.overflow")),
        ("ends below too", "-92233720368547758.08 CNY", Err("money.overflow")),
        ("wants a currency", "12.30", Err("money.format")),
        ("wants a known one", "12.30 RMB", Err("currency.unknown")),
        ("wants plain digits", "1,000.00 CNY", Err("decimal.format")),
    ];
    for (rule, text, expected) in table {
        let got = text.parse::<Money>().map(|m| m.to_string()).map_err(|e| e.code);
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(got, expected, "an amount {rule}");
    }
    assert!(Money::from_minor(i64::MIN, money("0 CNY").currency()).is_err());
}

#[test]
fn arithmetic_stays_in_one_currency_and_in_range() {
    let (max, cent) = (money("92233720368547758.07 CNY"), money("0.01 CNY"));
    let code = |result: Result<Money, Invalid>| result.unwrap_err().code;
    assert_eq!(money("0.10 CNY").checked_add(money("0.20 CNY")), Ok(money("0.30 CNY")));
    assert_eq!(code(cent.checked_add(money("0.01 USD"))), "money.currency_mismatch");
    assert_eq!(code(max.checked_add(cent)), "money.overflow");
    assert_eq!(code(max.negated().checked_sub(cent)), "money.overflow");
    assert_eq!(cent.compare(max), Ok(Ordering::Less));
    assert!(cent.compare(money("1 JPY")).is_err());
    let many = [money("1 CNY"), money("2 CNY"), money("-3.5 CNY")];
    assert_eq!(Money::sum(cent.currency(), many), Ok(money("-0.50 CNY")));
}

#[test]
fn splits_give_leftover_units_to_the_largest_remainders() {
    let table = [
        // amount       weights           parts in minor units
        ("1.00 CNY", vec![1, 1, 1], vec![34, 33, 33]),
        ("-1.00 CNY", vec![1, 1, 1], vec![-34, -33, -33]),
        ("0.05 CNY", vec![3, 7], vec![2, 3]),
        ("1.00 CNY", vec![0, 1, 0], vec![0, 100, 0]),
        ("0.01 CNY", vec![1, 2, 3], vec![0, 0, 1]),
        ("0.00 CNY", vec![1, 2], vec![0, 0]),
        ("92233720368547758.07 CNY", vec![u32::MAX], vec![i64::MAX]),
    ];
    for (amount, weights, expected) in table {
        let parts = money(amount).split(&weights).unwrap();
        let minors: Vec<_> = parts.into_iter().map(Money::minor).collect();
        assert_eq!(minors, expected, "{amount} by {weights:?}");
    }
    for none in [&[][..], &[0, 0]] {
        assert_eq!(money("1 CNY").split(none).unwrap_err().code, "money.no_weights");
    }
}

#[test]
fn amounts_rounded_together_lose_nothing_to_their_sum() {
    use Rounding::{Down, HalfEven, HalfUp};
    let table = [
        // exact amounts           rounding   the sum   the shares in minor units
        (vec!["0.335", "0.335"], HalfUp, "0.67 CNY", vec![34, 33]),
        (vec!["0.005", "0.005", "0.005"], HalfUp, "0.02 CNY", vec![1, 1, 0]),
        (vec!["0.005", "0.02"], HalfEven, "0.02 CNY", vec![0, 2]),
        (vec!["0.009", "0.009"], Down, "0.01 CNY", vec![1, 0]),
        (vec!["1", "2.50", "0"], HalfUp, "3.50 CNY", vec![100, 250, 0]),
        (vec![], HalfUp, "0.00 CNY", vec![]),
    ];
    for (exact, rounding, sum, shares) in table {
        let amounts: Vec<Decimal> = exact.iter().map(|text| text.parse().unwrap()).collect();
        let cny = money("0 CNY").currency();
        let (total, parts) = Money::rounded_together(&amounts, cny, rounding).unwrap();
        let parts: Vec<i64> = parts.into_iter().map(Money::minor).collect();
        assert_eq!((total.to_string().as_str(), parts), (sum, shares), "{exact:?}");
    }
    let below = ["-0.01".parse().unwrap()];
    let refused = Money::rounded_together(&below, money("0 CNY").currency(), HalfUp);
    assert_eq!(refused.unwrap_err().code, "money.negative_share");
    let far = ["92233720368547758.08".parse().unwrap()];
    let refused = Money::rounded_together(&far, money("0 CNY").currency(), HalfUp);
    assert_eq!(refused.unwrap_err().code, "money.overflow");
}

#[test]
fn json_is_text_and_code() {
    let json = r#"{"amount":"12.30","currency":"CNY"}"#;
    let parsed: Money = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&parsed).unwrap(), json);
    for refused in [
        r#"{"amount":12.3,"currency":"CNY"}"#,
        r#"{"amount":"12.345","currency":"CNY"}"#,
        r#"{"amount":"1","currency":"CNY","scale":2}"#,
    ] {
        assert!(serde_json::from_str::<Money>(refused).is_err(), "{refused}");
    }
    let schema = schemars::schema_for!(Money).to_value().to_string();
    assert!(schema.contains("amount") && schema.contains("pattern"), "{schema}");
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole_and_credit_mirrors_debit(
        minor in -i64::MAX..=i64::MAX,
        weights in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let whole = Money::from_minor(minor, money("0 CNY").currency()).unwrap();
        let parts = whole.split(&weights).unwrap();
        prop_assert_eq!(Money::sum(whole.currency(), parts.clone()).unwrap(), whole);
        let mirrored = whole.negated().split(&weights).unwrap();
        prop_assert_eq!(parts.into_iter().map(Money::negated).collect::<Vec<_>>(), mirrored);
    }

    #[test]
    fn a_share_over_amounts_is_no_larger_than_its_amount(
        amounts in prop::collection::vec(0_i64..1_000_000, 1..20),
        percent in 0_i64..=10_000,
    ) {
        let cny = money("0 CNY").currency();
        let amounts: Vec<Money> =
            amounts.into_iter().map(|minor| Money::from_minor(minor, cny).unwrap()).collect();
        let sum = Money::sum(cny, amounts.clone()).unwrap();
        prop_assume!(!sum.is_zero());
        let part = Money::from_minor(sum.minor() * percent / 10_000, cny).unwrap();
        let shares = part.split_over(&amounts).unwrap();
        prop_assert_eq!(Money::sum(cny, shares.clone()).unwrap(), part);
        for (share, amount) in shares.into_iter().zip(amounts) {
            prop_assert!(!share.is_negative() && share.minor() <= amount.minor());
        }
    }

    #[test]
    fn shares_of_a_rounded_sum_are_within_a_unit_of_their_amounts(
        mantissas in prop::collection::vec(0_i64..1_000_000_000, 1..20),
        scale in 0_u32..6,
    ) {
        let amounts: Vec<Decimal> = mantissas.iter().map(|m| Decimal::new(*m, scale)).collect();
        let exact: Decimal = amounts.iter().copied().sum();
        for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down] {
            let cny = money("0 CNY").currency();
            let (sum, shares) = Money::rounded_together(&amounts, cny, rounding).unwrap();
            prop_assert_eq!(sum, Money::rounded(exact, cny, rounding).unwrap());
            prop_assert_eq!(Money::sum(cny, shares.clone()).unwrap(), sum);
            for (share, amount) in shares.iter().zip(&amounts) {
                prop_assert!((share.amount() - amount).abs() < Decimal::new(1, 2));
            }
        }
    }

    #[test]
    fn printing_and_parsing_again_changes_nothing(minor in -i64::MAX..=i64::MAX) {
        for code in ["CNY", "JPY", "KWD"] {
            let amount = Money::from_minor(minor, code.parse().unwrap()).unwrap();
            prop_assert_eq!(money(&amount.to_string()), amount);
            prop_assert_eq!(Money::new(amount.amount(), amount.currency()).unwrap(), amount);
        }
    }
}
