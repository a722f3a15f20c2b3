//! A key figure is defined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aggregation, Kpi, KpiOf, Narrowed};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Code, Id, Invalid};

/// A key figure as it is wished. Saying the same twice is saying it once. What it is counted over never changes: figures
/// that were frozen under its code would no longer be of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineKpi {
    /// What hosts call it.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `won`, `closed`, `created` (deals), `leads`, `customers`, `activities`, `feedback`, `orders`, `payments`.
    pub of: String,
    /// `count`, `sum` (amounts), `mean`, `rate`, `growth`.
    pub aggregation: String,
    /// Narrowed to any of these keys, by dimension; as in reports.
    #[serde(default)]
    pub only: Narrowed,
    /// Whether it is used no more.
    #[serde(default)]
    pub retired: bool,
}

/// The key figure that a wish defines, where `before` is what its code stood for.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `code.unknown` (of, aggregation) · `kpi.aggregation` where it makes no sense of what
/// it is counted over · `kpi.dimension`, `kpi.no_key` (only.…) · `kpi.redefined` (of, aggregation). Rule KP-1 (F139).
pub fn define(id: Id<Kpi>, wish: &DefineKpi, before: Option<&Kpi>) -> Result<Kpi, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.parse("name", Some(&wish.name));
    let of: Option<KpiOf> = check.parse("of", Some(&wish.of));
    let aggregation: Option<Aggregation> = check.parse("aggregation", Some(&wish.aggregation));
    if let Some((of, aggregation)) = of.zip(aggregation) {
        let allowed = of.aggregations();
        check.rule(allowed.contains(&aggregation), "aggregation", || {
            let codes = allowed.iter().map(|one| one.code());
            Invalid::new("kpi.aggregation", aggregation.code()).allowed(codes)
        });
    }
    for (dimension, keys) in &wish.only.0 {
        let path = format!("only.{dimension}");
        let allowed = of.map_or(&[][..], KpiOf::narrowed_by);
        check.rule(of.is_none() || allowed.contains(&dimension.as_str()), &path, || {
            Invalid::new("kpi.dimension", dimension).allowed(allowed.iter().copied())
        });
        check.rule(!keys.is_empty(), &path, || Invalid::new("kpi.no_key", dimension));
    }
    if let Some(before) = before {
        let same = |of: &str, was: &str| of == was;
        check.rule(of.is_none_or(|of| same(of.code(), before.of.code())), "of", || {
            Invalid::new("kpi.redefined", &wish.of).limit(before.of.code())
        });
        let kept = aggregation.is_none_or(|one| same(one.code(), before.aggregation.code()));
        check.rule(kept, "aggregation", || {
            Invalid::new("kpi.redefined", &wish.aggregation).limit(before.aggregation.code())
        });
    }
    let parts = code.zip(name).zip(of.zip(aggregation));
    let kpi = parts.map(|((code, name), (of, aggregation))| Kpi {
        id,
        code,
        name,
        of,
        aggregation,
        only: wish.only.clone(),
        active: !wish.retired,
        ext: before.map_or_else(Ext::new, |before| before.ext.clone()),
    });
    check.finish(kpi)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    fn wish(of: &str, aggregation: &str) -> DefineKpi {
        DefineKpi {
            code: "k".into(),
            name: "K".into(),
            of: of.into(),
            aggregation: aggregation.into(),
            only: Narrowed::default(),
            retired: false,
        }
    }

    #[test]
    fn a_key_figure_makes_of_things_what_can_be_made_of_them() {
        let id = Id::new(Uuid::from_u128(1));
        for of in KpiOf::ALL {
            for aggregation in Aggregation::ALL {
                let decided = define(id, &wish(of.code(), aggregation.code()), None);
                let allowed = of.aggregations().contains(aggregation);
                let expected = if allowed { "" } else { "aggregation kpi.aggregation" };
                assert_eq!(broken(&decided).join(", "), expected, "{of} {aggregation}");
            }
        }
        let only = |dimension: &str, keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            let only = Narrowed([(dimension.to_owned(), keys)].into());
            DefineKpi { only, ..wish("won", "sum") }
        };
        let kept = define(id, &wish("won", "sum"), None).unwrap();
        #[rustfmt::skip]
        let table = [
            ("narrowed to a source", only("source", &["fair"]), None, ""),
            ("narrowed by whose it is", only("owner", &["li"]), None, "only.owner kpi.dimension"),
            ("narrowed to nothing", only("source", &[]), None, "only.source kpi.no_key"),
            ("of nothing we know", wish("x", "y"), None, "of code.unknown, aggregation code.unknown"),
            ("said again", wish("won", "sum"), Some(&kept), ""),
            ("made another thing", wish("created", "mean"), Some(&kept), "of kpi.redefined, aggregation kpi.redefined"),
        ];
        for (what, wish, before, expected) in table {
            assert_eq!(broken(&define(id, &wish, before)).join(", "), expected, "a figure {what}");
        }
    }
}
