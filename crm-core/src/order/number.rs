//! What an order is called: by the host, or by the engine, year by year and without a gap.

use super::{NumberBy, Order, OrderNumber, OrderPolicy};
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Id, Invalid};

record! {
    /// How many numbers of a year were given out.
    pub struct NumberSeries: NumberSeries {
        /// Of which year.
        1 year: u32;
        /// The last that was given out; 1 is the first.
        2 last: u32;
    }
    listings {
        1 unique "by_year" ["year"];
    }
}

impl NumberSeries {
    /// The series of a year: one for each.
    pub fn id_of(year: u32) -> Id<Self> {
        Id::derived([b"order number".as_slice(), &year.to_be_bytes()])
    }
}

/// The number of a new order, and the series that gave it. Numbers of the engine are prefix, year and a count of six
/// digits, `SO-2026-000123`. The gap policy: a number is taken in the commit that makes its order, so that no call that
/// fails leaves a gap; a cancelled order keeps its number, and none is ever given out twice.
///
/// # Errors
///
/// `order.number_by_engine` for a number where the engine gives them · `order.number_missing` where the host does ·
/// `text.*` · `order.numbers_exhausted` after 999,999 in a year. Rule OR-6 (F090).
pub fn numbered(
    policy: &OrderPolicy,
    wish: Option<&str>,
    (year, series): (u32, Option<&NumberSeries>),
) -> Result<(OrderNumber, Option<NumberSeries>), Refusal> {
    let mut check = Check::default();
    match policy.number_by {
        NumberBy::Host => {
            check.rule(wish.is_some(), "number", || {
                Invalid::new("order.number_missing", "").limit("the host gives the numbers")
            });
            let number = check.parse("number", wish);
            check.finish(number.map(|number| (number, None)))
        }
        NumberBy::Engine => {
            check.rule(wish.is_none(), "number", || {
                Invalid::new("order.number_by_engine", wish.unwrap_or_default())
                    .limit("no number: the engine gives them")
            });
            let last = series.map_or(0, |series| series.last).saturating_add(1);
            check.rule(last <= 999_999, "number", || {
                Invalid::new("order.numbers_exhausted", &last.to_string()).limit("999999 a year")
            });
            let text = format!("{}-{year}-{last:06}", policy.prefix);
            let number = check.take("number", OrderNumber::parse(&text));
            let id = NumberSeries::id_of(year);
            let series = NumberSeries { id, year, last, ext: Ext::new() };
            check.finish(number.map(|number| (number, Some(series))))
        }
    }
}

impl Order {
    /// The refusal of a number that another order has.
    pub fn number_taken(number: &str, holder: Id<Self>) -> Invalid {
        Invalid::new("order.number_taken", number).limit(format!("it is that of order {holder}"))
    }
}
