//! What quotes, contracts and orders are called: by the host, or by the engine, year by year and without a gap.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Id, Invalid, Text};
use crate::{codes, json_column, record};

/// What a document is called: one line of at most 40 characters.
pub type DocumentNumber = Text<40, false>;

codes! {
    /// Which documents a series is of.
    pub enum Numbered {
        /// Quotes.
        Quote = "quote",
        /// Contracts.
        Contract = "contract",
        /// Orders.
        Order = "order",
    }
}

codes! {
    /// Who says what a document is called.
    pub enum NumberedBy {
        /// The engine: a prefix, the year, a count of six digits.
        Engine = "engine",
        /// The host; each number once.
        Host = "host",
    }
}

/// How many numbers of each year were given out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Given(pub BTreeMap<u32, u32>);

json_column! { Given }

record! {
    /// What documents of one kind are called, and how many of each year were.
    pub struct DocumentSeries: DocumentSeries {
        /// Of which documents.
        1 entity: Numbered;
        /// Who says what they are called.
        2 by: NumberedBy;
        /// What numbers begin with.
        3 prefix: Text<16, false>;
        /// The last count that was given out in each year.
        4 given: Given;
    }
    listings {
        1 unique "by_entity" ["entity"];
    }
}

impl DocumentSeries {
    /// The listing by kind of document.
    pub const BY_ENTITY: u16 = 1;

    /// The id of the series of a kind of document: one for each.
    pub fn id_of(entity: Numbered) -> Id<Self> {
        Id::derived([b"document series".as_slice(), entity.code().as_bytes()])
    }

    /// The series where nobody has defined one: the engine numbers, `QT-2026-000001`, `CT-2026-000001`,
    /// `SO-2026-000001`.
    ///
    /// # Errors
    ///
    /// None: the prefixes are good ones.
    pub fn first(entity: Numbered) -> Result<Self, Invalid> {
        let prefix = match entity {
            Numbered::Quote => "QT",
            Numbered::Contract => "CT",
            Numbered::Order => "SO",
        };
        Ok(Self {
            id: Self::id_of(entity),
            entity,
            by: NumberedBy::Engine,
            prefix: Text::parse(prefix)?,
            given: Given::default(),
            ext: Ext::new(),
        })
    }
}

/// Says what quotes, contracts or orders are called from now on. What was given out stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineSeries {
    /// Of which documents: `quote`, `contract` or `order`.
    pub entity: Numbered,
    /// Who says it: `engine` or `host`.
    pub by: NumberedBy,
    /// What numbers of the engine begin with: 1 to 16 characters; as it was where nothing is said.
    #[serde(default)]
    pub prefix: Option<String>,
}

/// The series as it is wished. Rule QU-15 (F082, F090).
///
/// # Errors
///
/// `text.*` (prefix).
pub fn define_series(
    before: &DocumentSeries,
    wish: &DefineSeries,
) -> Result<DocumentSeries, Refusal> {
    let mut check = Check::default();
    let prefix = match wish.prefix.as_deref() {
        Some(prefix) => check.take("prefix", Text::parse(prefix)),
        None => Some(before.prefix.clone()),
    };
    let series = prefix.map(|prefix| DocumentSeries { by: wish.by, prefix, ..before.clone() });
    check.finish(series)
}

/// The number of a new document of a year, and the series after it. A number is taken in the commit that makes its document,
/// so that no call that fails leaves a gap; a document that is called off keeps its own, and none is given out twice.
/// Rule QU-16 (F082, F090).
///
/// # Errors
///
/// `series.number_by_engine` for a number where the engine gives them · `series.number_missing` where the host does ·
/// `text.*` · `series.exhausted` after 999,999 in a year.
pub fn next_number(
    series: &DocumentSeries,
    wish: Option<&str>,
    year: u32,
) -> Result<(DocumentNumber, DocumentSeries), Refusal> {
    let mut check = Check::default();
    match series.by {
        NumberedBy::Host => {
            check.rule(wish.is_some(), "number", || {
                Invalid::new("series.number_missing", "").limit("the host gives the numbers")
            });
            let number = check.parse("number", wish);
            check.finish(number.map(|number| (number, series.clone())))
        }
        NumberedBy::Engine => {
            check.rule(wish.is_none(), "number", || {
                Invalid::new("series.number_by_engine", wish.unwrap_or_default())
                    .limit("no number: the engine gives them")
            });
            let last = series.given.0.get(&year).copied().unwrap_or(0).saturating_add(1);
            check.rule(last <= 999_999, "number", || {
                Invalid::new("series.exhausted", &last.to_string()).limit("999999 a year")
            });
            let text = format!("{}-{year}-{last:06}", series.prefix);
            let number = check.take("number", DocumentNumber::parse(&text));
            let mut after = series.clone();
            after.given.0.insert(year, last);
            check.finish(number.map(|number| (number, after)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    #[test]
    fn numbers_count_year_by_year_or_are_the_hosts() {
        let series = DocumentSeries::first(Numbered::Quote).unwrap();
        let (number, after) = next_number(&series, None, 2026).unwrap();
        assert_eq!(number.as_str(), "QT-2026-000001");
        let (number, after) = next_number(&after, None, 2026).unwrap();
        assert_eq!(number.as_str(), "QT-2026-000002");
        let (number, after) = next_number(&after, None, 2027).unwrap();
        assert_eq!(number.as_str(), "QT-2027-000001");
        let (number, after) = next_number(&after, None, 2026).unwrap();
        assert_eq!(number.as_str(), "QT-2026-000003", "one of last year goes on where it was");
        let full = DocumentSeries { given: Given([(2026, 999_999)].into()), ..after.clone() };
        assert_eq!(broken(&next_number(&full, None, 2026)), ["number series.exhausted"]);
        assert_eq!(
            broken(&next_number(&after, Some("X"), 2026)),
            ["number series.number_by_engine"]
        );
        let (entity, by) = (Numbered::Quote, NumberedBy::Host);
        let host = define_series(&after, &DefineSeries { entity, by, prefix: None }).unwrap();
        assert_eq!(next_number(&host, Some("2026-A1"), 2026).unwrap().0.as_str(), "2026-A1");
        assert_eq!(broken(&next_number(&host, None, 2026)), ["number series.number_missing"]);
        let bad = DefineSeries { entity, by, prefix: Some(" ".into()) };
        assert_eq!(broken(&define_series(&host, &bad)), ["prefix text.empty"]);
    }
}
