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
    fn printing_and_parsing_again_changes_nothing(minor in -i64::MAX..=i64::MAX) {
        for code in ["CNY", "JPY", "KWD"] {
            let amount = Money::from_minor(minor, code.parse().unwrap()).unwrap();
            prop_assert_eq!(money(&amount.to_string()), amount);
            prop_assert_eq!(Money::new(amount.amount(), amount.currency()).unwrap(), amount);
        }
    }
}
