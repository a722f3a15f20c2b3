//! What a currency was worth on a day: dated records, which nothing rewrites.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Currency, ExchangeRate, Id, Invalid, Name, Quantity};

/// How many days before a day a rate may have been published to hold on it: weekends and holidays have none.
const DAYS_MAX: i64 = 10;

record! {
    /// What one unit of a currency was worth in another on a day, as a source published it. Written once: a figure that
    /// was frozen by it stays explained.
    pub struct RateRow: ExchangeRate, append_only {
        /// The currency it takes.
        1 from: Currency;
        /// The currency it gives.
        2 to: Currency;
        /// The day.
        3 day: NaiveDate;
        /// Units of `to` for one of `from`.
        4 rate: Decimal;
        /// Who published it.
        5 source: Name;
    }
    listings {
        1 unique "by_pair" ["from", "to", "day"];
    }
}

impl RateRow {
    /// The listing by the two currencies, then by day.
    pub const BY_PAIR: u16 = 1;

    /// The identity of the rate of a day.
    pub fn id_of(from: Currency, to: Currency, day: NaiveDate) -> Id<Self> {
        let day = day.to_string();
        let parts =
            [b"rate".as_slice(), from.code().as_bytes(), to.code().as_bytes(), day.as_bytes()];
        Id::derived(parts)
    }

    /// As a value that converts.
    ///
    /// # Errors
    ///
    /// Those of [`ExchangeRate::new`], which stored rates do not have.
    pub fn value(&self) -> Result<ExchangeRate, Invalid> {
        ExchangeRate::new((self.from, self.to), self.rate, self.day, self.source.clone())
    }
}

/// Records what a currency was worth on a day. Orders and payments of those days that waited for a rate get their figure
/// in the base currency by it; figures that were frozen stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRate {
    /// The currency it takes, such as `USD`.
    pub from: String,
    /// The currency it gives, such as `CNY`.
    pub to: String,
    /// The day.
    pub day: NaiveDate,
    /// Units of `to` for one of `from`: a decimal above 0.
    pub rate: String,
    /// Who published it.
    pub source: String,
}

/// A rate of a day.
///
/// # Errors
///
/// `currency.unknown` (from, to) · `decimal.*` · `text.*` (source) · `time.future` (day) · `exchange_rate.same_currency` ·
/// `exchange_rate.not_positive` · `rate.exists` where that day has another one. Rule PY-17 (F106, X13).
pub fn set_rate(
    wish: &SetRate,
    before: Option<&RateRow>,
    today: NaiveDate,
) -> Result<RateRow, Refusal> {
    let mut check = Check::default();
    let from = check.take("from", Currency::parse(&wish.from));
    let to = check.take("to", Currency::parse(&wish.to));
    let number = check.take("rate", wish.rate.parse::<Quantity>());
    let source = check.take("source", Name::parse(&wish.source));
    check.rule(wish.day <= today, "day", || {
        Invalid::new("time.future", &wish.day.to_string()).limit(format!("at most {today}"))
    });
    let (Some(from), Some(to), Some(number), Some(source)) = (from, to, number, source) else {
        return Err(check.finish::<()>(None).err().unwrap_or_else(|| Refusal::by("rate", "", "")));
    };
    let value = ExchangeRate::new((from, to), number.number(), wish.day, source.clone());
    check.take("rate", value);
    let row = RateRow {
        id: RateRow::id_of(from, to, wish.day),
        from,
        to,
        day: wish.day,
        rate: number.number().normalize(),
        source,
        ext: Ext::new(),
    };
    check.rule(before.is_none_or(|before| before.rate == row.rate), "rate", || {
        let known = before.map(|before| before.rate.to_string()).unwrap_or_default();
        Invalid::new("rate.exists", &wish.rate).limit(format!("that day has {known}"))
    });
    check.finish(Some(before.cloned().unwrap_or(row)))
}

/// The rate that holds on a day: the last one published on it or in the ten days before; none where there is none, and
/// never one of a later day. Rule PY-18 (F106).
pub fn applicable(rates: &[RateRow], day: NaiveDate) -> Option<&RateRow> {
    let age = |rate: &RateRow| day.signed_duration_since(rate.day).num_days();
    let holds = rates.iter().filter(|rate| (0..=DAYS_MAX).contains(&age(rate)));
    holds.max_by_key(|rate| rate.day)
}
