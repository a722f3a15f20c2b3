//! Typed filters over the fields of a record: a tree that is data, judged when loaded, and says what it means.
//!
//! A test of a missing value is false, so its negation is true; nothing else is ever "unknown". Comparisons are exact:
//! numbers are whole or decimal, days and instants are ordered as time, texts are compared as they are spelled, except
//! by `contains`, which knows no upper and lower case.

use core::fmt;
use core::str::FromStr;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::{Datum, Test};
use crate::custom::{CustomField, FieldType};
use crate::decision::Check;
use crate::record::{ColumnType, KindDef, Val};
use crate::value::{Invalid, Timestamp};

/// How deep a filter may be nested.
const DEPTH_MAX: usize = 16;
/// How many values one test may name.
const VALUES_MAX: usize = 1_000;

/// A filter over the fields of a record. An empty `all` is always true, an empty `any` never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Every one of these holds.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// The field has one of these values.
    In {
        /// The field; a custom one is `custom.` and its code.
        field: String,
        /// The values, at least one.
        values: Vec<Val>,
    },
    /// The field lies in a range: from `from`, itself included, to `to`, itself not.
    Range {
        /// The field.
        field: String,
        /// The least value; without it, whatever is small enough.
        #[serde(default, skip_serializing_if = "Val::is_null")]
        from: Val,
        /// The first value that is too great; without it, whatever is great enough.
        #[serde(default, skip_serializing_if = "Val::is_null")]
        to: Val,
    },
    /// The text contains one of these words, upper and lower case alike.
    Contains {
        /// The field.
        field: String,
        /// The words, at least one.
        words: Vec<String>,
    },
    /// The text begins with one of these, such as the code of a province.
    Starts {
        /// The field.
        field: String,
        /// The beginnings, at least one.
        with: Vec<String>,
    },
    /// The field has no value.
    Missing {
        /// The field.
        field: String,
    },
}

impl Default for Condition {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal.
    Decimal,
    /// Text, codes and ids included.
    Text,
    /// A calendar day.
    Day,
    /// An instant.
    Instant,
}

impl FieldKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Decimal => "a decimal",
            Self::Text => "text",
            Self::Day => "a day such as 2026-11-22",
            Self::Instant => "an instant such as 2026-11-22T08:00:00Z",
        }
    }

    /// Whether its values have an order that a range can use.
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Day | Self::Instant)
    }

    /// A value as this kind of field has it.
    ///
    /// # Errors
    ///
    /// `condition.type`.
    pub fn read(self, val: &Val) -> Result<Datum, Invalid> {
        let read = match (self, val) {
            (_, Val::Null) => Some(Datum::Missing),
            (Self::Bool, Val::Bool(value)) => Some(Datum::Bool(*value)),
            (Self::Int | Self::Instant, Val::Int(value)) => Some(Datum::Int(*value)),
            (Self::Int, Val::Text(text)) => text.parse().ok().map(Datum::Int),
            (Self::Decimal, Val::Int(value)) => Some(Datum::Decimal(Decimal::from(*value))),
            (Self::Decimal, Val::Text(text)) => {
                Decimal::from_str_exact(text).ok().map(|number| Datum::Decimal(number.normalize()))
            }
            (Self::Text, Val::Text(text)) => Some(Datum::Text(text.clone())),
            // A reference to nobody is the nil id.
            (Self::Text, Val::Id(id)) if id.is_nil() => Some(Datum::Missing),
            (Self::Text, Val::Id(id)) => Some(Datum::Text(id.to_string())),
            (Self::Day, Val::Text(text)) => NaiveDate::from_str(text)
                .ok()
                .map(|day| Datum::Int(i64::from(day.num_days_from_ce()))),
            (Self::Instant, Val::Text(text)) => {
                Timestamp::from_str(text).ok().map(|at| Datum::Int(at.micros()))
            }
            _ => None,
        };
        read.ok_or_else(|| Invalid::new("condition.type", &spelled(val)).limit(self.name()))
    }

    /// A datum as the value that reads as it.
    pub fn spell(self, datum: &Datum) -> Val {
        match datum {
            Datum::Missing => Val::Null,
            Datum::Bool(value) => Val::Bool(*value),
            Datum::Int(days) if self == Self::Day => i32::try_from(*days)
                .ok()
                .and_then(NaiveDate::from_num_days_from_ce_opt)
                .map_or(Val::Null, |day| Val::Text(day.to_string())),
            Datum::Int(micros) if self == Self::Instant => {
                Timestamp::from_micros(*micros).map_or(Val::Null, |at| Val::Text(at.to_string()))
            }
            Datum::Int(value) => Val::Int(*value),
            Datum::Decimal(value) => Val::Text(value.to_string()),
            Datum::Text(text) => Val::Text(text.clone()),
        }
    }
}

/// One field that filters may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it holds.
    pub kind: FieldKind,
    /// The values that it can have, where they are a closed set.
    pub choices: Vec<String>,
}

/// The fields of a kind of record, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema(pub BTreeMap<String, Field>);

impl Schema {
    /// The fields of a kind: its columns, and the active custom fields as `custom.` and their code. Documents and bytes
    /// are no fields of a filter.
    pub fn of(def: &KindDef, custom: &[CustomField]) -> Self {
        let declared = def.fields.iter().filter_map(|field| {
            let kind = match field.ty {
                ColumnType::Bool => FieldKind::Bool,
                ColumnType::Int | ColumnType::MoneyMinor => FieldKind::Int,
                ColumnType::Instant => FieldKind::Instant,
                ColumnType::Day => FieldKind::Day,
                ColumnType::Decimal => FieldKind::Decimal,
                ColumnType::Text | ColumnType::Code | ColumnType::Id => FieldKind::Text,
                ColumnType::Json | ColumnType::Bytes => return None,
            };
            let choices = field.codes.iter().map(|code| (*code).to_owned()).collect();
            Some((field.name.clone(), Field { kind, choices }))
        });
        let own = custom.iter().filter(|field| field.active).map(|field| {
            let kind = match field.field_type {
                FieldType::Bool => FieldKind::Bool,
                FieldType::Int => FieldKind::Int,
                FieldType::Decimal => FieldKind::Decimal,
                FieldType::Date => FieldKind::Day,
                FieldType::Instant => FieldKind::Instant,
                FieldType::Text | FieldType::Code | FieldType::Link => FieldKind::Text,
            };
            let choices = field.choices.0.iter().map(|choice| choice.as_str().to_owned());
            (field.path(), Field { kind, choices: choices.collect() })
        });
        Self(declared.chain(own).collect())
    }

    fn get(&self, name: &str) -> Result<&Field, Invalid> {
        let known = || self.0.keys().map(String::as_str);
        self.0.get(name).ok_or_else(|| Invalid::new("condition.field", name).allowed(known()))
    }
}

/// Values by the name of their field; a field without a value is left out.
pub type Facts = BTreeMap<String, Val>;

/// The fields that filters read, each in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// The fields by place: name and definition.
    pub fields: Vec<(String, Field)>,
}

impl Slots {
    fn place(&mut self, name: &str, field: &Field) -> usize {
        let at = self.fields.iter().position(|(known, _)| known == name);
        at.unwrap_or_else(|| {
            self.fields.push((name.to_owned(), field.clone()));
            self.fields.len().saturating_sub(1)
        })
    }

    /// The values in their places; what a record holds that is not of the field's kind counts as missing.
    pub fn row(&self, facts: &Facts) -> Vec<Datum> {
        let read = |(name, field): &(String, Field)| {
            facts.get(name).and_then(|val| field.kind.read(val).ok()).unwrap_or_default()
        };
        self.fields.iter().map(read).collect()
    }

    /// Of these values those that filters read.
    pub fn read_of(&self, facts: &Facts) -> Facts {
        let named = self.fields.iter().filter_map(|(name, _)| {
            let val = facts.get(name).filter(|val| !val.is_null())?;
            Some((name.clone(), val.clone()))
        });
        named.collect()
    }

    /// The values of a row by name again.
    pub fn facts(&self, row: &[Datum]) -> Facts {
        let spelled = self.fields.iter().zip(row).filter_map(|((name, field), datum)| {
            let val = field.kind.spell(datum);
            (!val.is_null()).then(|| (name.clone(), val))
        });
        spelled.collect()
    }
}

impl Condition {
    /// Its parts that must all hold: those of an `all`, or itself.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            Self::Any(_)
            | Self::Not(_)
            | Self::In { .. }
            | Self::Range { .. }
            | Self::Contains { .. }
            | Self::Starts { .. }
            | Self::Missing { .. } => core::slice::from_ref(self),
        }
    }

    /// The filter with its fields looked up and its values typed; what is wrong goes to `check`, below `path`.
    ///
    /// Codes: `condition.field` with the fields there are · `condition.type` · `condition.values` (none, or over 1,000)
    /// · `condition.range` (no bound, or none below the other; or a field without order) · `condition.text` (a word
    /// that is empty, or a field that is no text) · `code.unknown` (a value outside a closed set) · `condition.depth`.
    /// Rule ASG-1 (F024).
    pub fn compile(
        &self,
        schema: &Schema,
        slots: &mut Slots,
        path: &str,
        check: &mut Check,
    ) -> Option<Test> {
        self.compile_at(schema, slots, path, check, 0)
    }

    fn compile_at(
        &self,
        schema: &Schema,
        slots: &mut Slots,
        path: &str,
        check: &mut Check,
        depth: usize,
    ) -> Option<Test> {
        if depth > DEPTH_MAX {
            let invalid = Invalid::new("condition.depth", "");
            check.refuse(path, invalid.limit(format!("at most {DEPTH_MAX} levels")));
            return None;
        }
        let next = depth.saturating_add(1);
        let mut several = |parts: &[Self], word: &str, check: &mut Check| {
            let tests: Vec<Option<Test>> = (0_usize..)
                .zip(parts)
                .map(|(at, part)| {
                    part.compile_at(schema, slots, &format!("{path}.{word}[{at}]"), check, next)
                })
                .collect();
            tests.into_iter().collect::<Option<Vec<Test>>>()
        };
        match self {
            Self::All(parts) => several(parts, "all", check).map(Test::All),
            Self::Any(parts) => several(parts, "any", check).map(Test::Any),
            Self::Not(part) => {
                let part = part.compile_at(schema, slots, &format!("{path}.not"), check, next);
                part.map(|part| Test::Not(Box::new(part)))
            }
            Self::In { field: name, values } => {
                let path = format!("{path}.in");
                let field = check.take(&format!("{path}.field"), schema.get(name))?;
                sized(values.len(), &format!("{path}.values"), check);
                let typed = (0_usize..).zip(values).map(|(at, val)| {
                    let read = field.kind.read(val).and_then(|datum| chosen(field, datum));
                    check.take(&format!("{path}.values[{at}]"), read)
                });
                let typed: Vec<Option<Datum>> = typed.collect();
                let typed = typed.into_iter().collect::<Option<BTreeSet<Datum>>>()?;
                Some(Test::In(slots.place(name, field), typed))
            }
            Self::Range { field: name, from, to } => {
                let path = format!("{path}.range");
                let field = check.take(&format!("{path}.field"), schema.get(name))?;
                check.rule(field.kind.is_ordered(), &format!("{path}.field"), || {
                    Invalid::new("condition.range", name)
                        .limit("a field whose values have an order")
                });
                let from = check.take(&format!("{path}.from"), field.kind.read(from));
                let to = check.take(&format!("{path}.to"), field.kind.read(to));
                let (from, to) = from.zip(to)?;
                let empty = match (&from, &to) {
                    (Datum::Missing, Datum::Missing) => true,
                    (Datum::Missing, _) | (_, Datum::Missing) => false,
                    (from, to) => from >= to,
                };
                check.rule(!empty, &path, || {
                    Invalid::new("condition.range", "").limit("a bound, and `from` below `to`")
                });
                Some(Test::Range(slots.place(name, field), from, to))
            }
            Self::Contains { field: name, words } => {
                let path = format!("{path}.contains");
                let field = texts(schema, name, words, &path, "words", check)?;
                let words = words.iter().map(|word| word.to_lowercase()).collect();
                Some(Test::Contains(slots.place(name, field), words))
            }
            Self::Starts { field: name, with } => {
                let path = format!("{path}.starts");
                let field = texts(schema, name, with, &path, "with", check)?;
                Some(Test::Starts(slots.place(name, field), with.clone()))
            }
            Self::Missing { field: name } => {
                let path = format!("{path}.missing.field");
                let field = check.take(&path, schema.get(name))?;
                Some(Test::Missing(slots.place(name, field)))
            }
        }
    }
}

fn sized(count: usize, path: &str, check: &mut Check) {
    check.rule((1..=VALUES_MAX).contains(&count), path, || {
        Invalid::new("condition.values", &count.to_string()).limit(format!("1 to {VALUES_MAX}"))
    });
}

/// A value that the field can have.
fn chosen(field: &Field, datum: Datum) -> Result<Datum, Invalid> {
    match &datum {
        Datum::Missing => Err(Invalid::new("condition.type", "null").limit("a value")),
        Datum::Text(text) if !field.choices.is_empty() && !field.choices.contains(text) => {
            Err(Invalid::new("code.unknown", text).allowed(field.choices.iter().cloned()))
        }
        Datum::Text(_) | Datum::Bool(_) | Datum::Int(_) | Datum::Decimal(_) => Ok(datum),
    }
}

fn texts<'a>(
    schema: &'a Schema,
    name: &str,
    words: &[String],
    path: &str,
    key: &str,
    check: &mut Check,
) -> Option<&'a Field> {
    let field = check.take(&format!("{path}.field"), schema.get(name))?;
    check.rule(field.kind == FieldKind::Text, &format!("{path}.field"), || {
        Invalid::new("condition.text", name).limit("a field that holds text")
    });
    sized(words.len(), &format!("{path}.{key}"), check);
    for (at, word) in (0_usize..).zip(words) {
        check.rule(!word.is_empty(), &format!("{path}.{key}[{at}]"), || {
            Invalid::new("condition.text", "").limit("at least one character")
        });
    }
    Some(field)
}

fn spelled(val: &Val) -> String {
    serde_json::to_string(val).unwrap_or_default()
}

/// In words: what an explanation shows.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str, none: &str| {
            if parts.is_empty() {
                return f.write_str(none);
            }
            f.write_str("(")?;
            for (at, part) in (0_usize..).zip(parts) {
                if at > 0 {
                    write!(f, " {word} ")?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        let list = |words: &[String]| words.join(" | ");
        match self {
            Self::All(parts) => joined(f, parts, "and", "always"),
            Self::Any(parts) => joined(f, parts, "or", "never"),
            Self::Not(part) => write!(f, "not {part}"),
            Self::In { field, values } => {
                let values: Vec<String> = values.iter().map(spelled).collect();
                write!(f, "{field} is {}", values.join(" | "))
            }
            Self::Range { field, from, to } => match (from, to) {
                (from, Val::Null) => write!(f, "{field} >= {}", spelled(from)),
                (Val::Null, to) => write!(f, "{field} < {}", spelled(to)),
                (from, to) => write!(f, "{} <= {field} < {}", spelled(from), spelled(to)),
            },
            Self::Contains { field, words } => write!(f, "{field} contains {}", list(words)),
            Self::Starts { field, with } => write!(f, "{field} begins with {}", list(with)),
            Self::Missing { field } => write!(f, "{field} is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::broken;

    fn schema() -> Schema {
        let field = |kind, choices: &[&str]| Field {
            kind,
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        };
        let fields = [
            ("source", field(FieldKind::Text, &[])),
            ("status", field(FieldKind::Text, &["new", "working"])),
            ("score", field(FieldKind::Int, &[])),
            ("size", field(FieldKind::Decimal, &[])),
            ("vip", field(FieldKind::Bool, &[])),
            ("since", field(FieldKind::Day, &[])),
            ("at", field(FieldKind::Instant, &[])),
        ];
        Schema(fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect())
    }

    fn compiled(tree: serde_json::Value) -> (Slots, Result<Test, crate::decision::Refusal>) {
        let condition: Condition = serde_json::from_value(tree).unwrap();
        let again = serde_json::to_value(&condition).unwrap();
        assert_eq!(serde_json::from_value::<Condition>(again).unwrap(), condition);
        let (mut slots, mut check) = (Slots::default(), Check::default());
        let test = condition.compile(&schema(), &mut slots, "when", &mut check);
        (slots, check.finish(test))
    }

    #[test]
    fn a_filter_holds_of_a_record_or_not() {
        let lead: Facts = [
            ("source", Val::from("web")),
            ("status", Val::from("new")),
            ("score", Val::Int(50)),
            ("size", Val::from("9.50")),
            ("vip", Val::Bool(true)),
            ("since", Val::from("2026-02-28")),
        ]
        .into_iter()
        .map(|(name, val)| (name.to_owned(), val))
        .collect();
        let table = [
            (json!({"all": []}), true),
            (json!({"any": []}), false),
            (json!({"in": {"field": "source", "values": ["fair", "web"]}}), true),
            (json!({"in": {"field": "source", "values": ["WEB"]}}), false),
            (json!({"contains": {"field": "source", "words": ["WEB"]}}), true),
            (json!({"starts": {"field": "source", "with": ["we"]}}), true),
            (json!({"starts": {"field": "source", "with": ["eb"]}}), false),
            (json!({"range": {"field": "score", "from": 50}}), true),
            (json!({"range": {"field": "score", "to": 50}}), false),
            (json!({"range": {"field": "size", "from": "9.5", "to": 10}}), true),
            (json!({"range": {"field": "since", "to": "2026-03-01"}}), true),
            (json!({"range": {"field": "at", "to": "2026-03-01T00:00:00Z"}}), false),
            (json!({"not": {"range": {"field": "at", "to": "2026-03-01T00:00:00Z"}}}), true),
            (json!({"missing": {"field": "at"}}), true),
            (json!({"in": {"field": "vip", "values": [true]}}), true),
            (
                json!({"any": [{"missing": {"field": "vip"}}, {"in": {"field": "score", "values": [50]}}]}),
                true,
            ),
        ];
        for (tree, expected) in table {
            let (slots, test) = compiled(tree.clone());
            assert_eq!(test.unwrap().holds(&slots.row(&lead)), expected, "{tree}");
        }
    }

    #[test]
    fn a_filter_names_known_fields_and_values_they_can_have() {
        let table = [
            (json!({"in": {"field": "colour", "values": [1]}}), "when.in.field condition.field"),
            (
                json!({"all": [{"in": {"field": "score", "values": ["a", 1, "b"]}}]}),
                "when.all[0].in.values[0] condition.type, when.all[0].in.values[2] condition.type",
            ),
            (
                json!({"in": {"field": "status", "values": ["old"]}}),
                "when.in.values[0] code.unknown",
            ),
            (json!({"in": {"field": "status", "values": []}}), "when.in.values condition.values"),
            (json!({"range": {"field": "score"}}), "when.range condition.range"),
            (
                json!({"range": {"field": "score", "from": 5, "to": 5}}),
                "when.range condition.range",
            ),
            (
                json!({"range": {"field": "source", "from": "a"}}),
                "when.range.field condition.range",
            ),
            (
                json!({"not": {"contains": {"field": "score", "words": [""]}}}),
                "when.not.contains.field condition.text, when.not.contains.words[0] condition.text",
            ),
        ];
        for (tree, expected) in table {
            assert_eq!(broken(&compiled(tree.clone()).1).join(", "), expected, "{tree}");
        }
        let deep = (0..20).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
        assert!(broken(&compiled(deep).1).iter().all(|found| found.ends_with("condition.depth")));
    }

    #[test]
    fn a_filter_says_what_it_means() {
        let tree = json!({"all": [
            {"in": {"field": "source", "values": ["web", "fair"]}},
            {"range": {"field": "score", "from": 50, "to": 80}},
            {"not": {"missing": {"field": "vip"}}},
        ]});
        let condition: Condition = serde_json::from_value(tree).unwrap();
        let words = r#"(source is "web" | "fair" and 50 <= score < 80 and not vip is missing)"#;
        assert_eq!(condition.to_string(), words);
    }
}
