use uuid::Uuid;

use super::*;
use crate::analytics::{DealRow, LineRow, sample, shared};

/// Owner, day won (in Shanghai, one second past midnight), amount.
fn table_of(deals: &[(&str, &str, Option<i64>)]) -> FactTable {
    let mut builder = FactTable::builder("CNY", 2);
    for (number, (owner, day, base_minor)) in (1u128..).zip(deals) {
        let at = chrono::DateTime::parse_from_rfc3339(&format!("{day}T00:00:01+08:00")).unwrap();
        let row = DealRow {
            owner,
            base_minor: *base_minor,
            closed_at: Some(at.timestamp()),
            ..DealRow::new(Uuid::from_u128(number), Outcome::Won)
        };
        builder.deal(&row).unwrap();
    }
    builder.finish().unwrap()
}

fn spelt(growth: Option<Decimal>) -> String {
    growth.map_or_else(|| "n/a".to_owned(), |growth| growth.to_string())
}

fn rows(found: &TrendGroup) -> Vec<(String, u64, String, String, String)> {
    let row = |bucket: &Bucket| {
        let growth = [bucket.growth, bucket.growth_year].map(spelt);
        let [growth, year] = growth;
        (bucket.name.clone(), bucket.deals, bucket.amount.to_string(), growth, year)
    };
    found.buckets.iter().map(row).collect()
}

fn row(
    name: &str,
    deals: u64,
    amount: &str,
    growth: &str,
    year: &str,
) -> (String, u64, String, String, String) {
    (name.to_owned(), deals, amount.to_owned(), growth.to_owned(), year.to_owned())
}

#[test]
fn buckets_are_dense_and_grow() {
    let table = table_of(&[
        ("a", "2025-01-01", Some(10_000)),
        ("a", "2025-01-31", Some(10_000)),
        ("b", "2025-02-01", Some(30_000)),
        ("b", "2025-04-30", Some(5_000)),
        ("b", "2025-05-01", None),
        ("b", "2026-02-01", Some(33_000)),
    ]);
    let found = trend(&table, &sample::all(), Grain::Month, Basis::Amount).unwrap();
    let expected = [
        row("2025-01", 2, "200.00", "n/a", "n/a"),
        row("2025-02", 1, "300.00", "0.5000", "n/a"),
        row("2025-03", 0, "0.00", "-1.0000", "n/a"),
        row("2025-04", 1, "50.00", "n/a", "n/a"),
        row("2025-05", 1, "0.00", "-1.0000", "n/a"),
    ];
    let all = rows(&found.total);
    assert_eq!(
        all.get(..5),
        Some(expected.as_slice()),
        "empty months stand, growth from nothing does not"
    );
    assert_eq!(all.len(), 14);
    assert_eq!(all.last(), Some(&row("2026-02", 1, "330.00", "n/a", "0.1000")));
    assert_eq!(found.unpriced, 1, "won without an amount: counted, stated, not summed");
}

#[test]
fn a_period_looks_back_for_its_bases() {
    let table = table_of(&[
        ("a", "2025-01-31", Some(10_000)),
        ("a", "2025-02-01", Some(15_000)),
        ("a", "2025-03-01", Some(1)),
    ]);
    let day = |text: &str| text.parse().unwrap();
    let february = sample::all().during(Period::between(day("2025-02-01"), day("2025-03-01")));
    let found = trend(&table, &february, Grain::Month, Basis::Amount).unwrap();
    assert_eq!(rows(&found.total), [row("2025-02", 1, "150.00", "0.5000", "n/a")]);
    assert_eq!(found.total.buckets.first().map(|bucket| bucket.is_partial), Some(false));
    let half = sample::all().during(Period::between(day("2025-02-15"), day("2025-03-15")));
    let found = trend(&table, &half, Grain::Month, Basis::Amount).unwrap();
    let partial: Vec<_> =
        found.total.buckets.iter().map(|bucket| (bucket.deals, bucket.is_partial)).collect();
    assert_eq!(
        partial,
        [(0, true), (1, true)],
        "what was won on 1 February is not in a period from the 15th"
    );
}

#[test]
fn what_is_refused() {
    let table = table_of(&[("a", "0001-01-03", Some(1)), ("a", "2025-01-01", Some(1))]);
    let by_product = sample::all().by([Dimension::Product]);
    let of_product = sample::all().only(Filter::default().with(Dimension::Product, "p"));
    let cases = [
        (
            "a deal's amount belongs to no product",
            by_product,
            Grain::Year,
            TrendError::AmountOfLines,
        ),
        ("nor can it be filtered by one", of_product, Grain::Year, TrendError::AmountOfLines),
        ("two thousand years of days", sample::all(), Grain::Day, TrendError::TooManyBuckets),
    ];
    for (rule, query, grain, refusal) in cases {
        assert_eq!(trend(&table, &query, grain, Basis::Amount), Err(refusal), "{rule}");
    }
}

/// Orders of the Northwind data as won deals, against figures computed elsewhere.
fn northwind() -> Option<(FactTable, serde_json::Value)> {
    let truth = shared::json("data/northwind/truth.json")?;
    let records = |name: &str| shared::records(&format!("data/northwind/{name}.csv"));
    let mut builder = FactTable::builder("USD", 2);
    for employee in records("employees")? {
        let name = format!("{} {}", employee["first_name"], employee["last_name"]);
        builder.label(Dimension::Owner, &employee["employee_id"], &name);
    }
    let mut categories = BTreeMap::new();
    for category in records("categories")? {
        builder.label(Dimension::Category, &category["category_id"], &category["category_name"]);
    }
    for product in records("products")? {
        builder.label(Dimension::Product, &product["product_id"], &product["product_name"]);
        categories.insert(product["product_id"].clone(), product["category_id"].clone());
    }
    let mut orders = BTreeMap::new();
    for order in records("orders")? {
        let date = NaiveDate::parse_from_str(&order["order_date"], "%m/%d/%Y").unwrap();
        let at = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let number: u128 = order["order_id"].parse().unwrap();
        let row = DealRow {
            owner: &order["employee_id"],
            customer: &order["customer_id"],
            currency: "USD",
            created_at: Some(at),
            closed_at: Some(at),
            ..DealRow::new(Uuid::from_u128(number), Outcome::Won)
        };
        orders.insert(order["order_id"].clone(), builder.deal(&row).unwrap());
    }
    for line in records("order_details")? {
        let number = |name: &str| line[name].parse::<Decimal>().unwrap();
        let net = number("unit_price") * number("quantity") * (Decimal::ONE - number("discount"));
        let rounded = crate::analytics::amount::rounded(net, 2);
        let row = LineRow {
            deal: orders[&line["order_id"]],
            product: &line["product_id"],
            category: &categories[&line["product_id"]],
            rounded_minor: i64::try_from(rounded.mantissa()).unwrap(),
            exact: net,
        };
        builder.line(&row).unwrap();
    }
    Some((builder.finish().unwrap(), truth))
}

#[test]
fn northwind_to_the_last_digit() {
    let Some((table, truth)) = northwind() else { return };
    let query = Query::new(chrono_tz::UTC, "1998-05-07T00:00:00Z".parse().unwrap());
    let exact = |by: &[Dimension]| {
        let query = query.clone().by(by.iter().copied());
        trend(&table, &query, Grain::Year, Basis::LinesExact).unwrap()
    };
    let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<Decimal>().unwrap();
    let total = exact(&[]).total;
    assert_eq!((total.deals, total.amount.to_string().as_str()), (830, "1265793.0395"));
    let rounded = trend(&table, &query, Grain::Year, Basis::LinesRounded).unwrap();
    assert_eq!(rounded.total.amount.to_string(), "1265793.29");
    for bucket in &total.buckets {
        assert_eq!(
            bucket.amount.decimal(),
            Some(number(&truth["net_by_year"][&bucket.name])),
            "{}",
            bucket.name
        );
    }
    for (dimension, name, count) in
        [(Dimension::Owner, "net_by_employee", 9), (Dimension::Category, "net_by_category", 8)]
    {
        let found = exact(&[dimension]).groups;
        assert_eq!(found.len(), count);
        for group in found {
            let label = group::labels(&table, &[dimension], &group.codes).join("");
            assert_eq!(group.amount.decimal(), Some(number(&truth[name][&label])), "{label}");
        }
    }
    for (group, (customer, net)) in
        exact(&[Dimension::Customer]).groups.iter().zip(shared::pairs(&truth["top10_customers"]))
    {
        let label = group::labels(&table, &[Dimension::Customer], &group.codes).join("");
        assert_eq!((label, group.amount.decimal()), (customer, Some(number(&net))));
    }
}
