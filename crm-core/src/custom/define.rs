//! A custom field is defined, or defined anew.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Choices, CustomField, FieldType};
use crate::decision::{Check, Refusal};
use crate::record::{Ext, Kind, Val};
use crate::value::{Code, Id, Invalid, Name, Text};

/// How long an indexed text may be.
const INDEXED_CHARS_MAX: u32 = 200;
/// How long a text may be.
const CHARS_MAX: u32 = 20_000;
/// How long a text may be where nothing is said.
const CHARS_DEFAULT: u32 = 200;

/// A custom field, new or changed. Its type stays for ever; a removed field comes back with its values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefineCustomField {
    /// The kind of record that has it: `customer`, `contact`, `product`, `opportunity`, `activity`, `lead`, `campaign`,
    /// `quote` or `contract`.
    pub entity: String,
    /// Its code.
    pub code: String,
    /// What people call it.
    pub label: String,
    /// What it holds: `bool`, `int`, `decimal`, `text`, `code`, `date`, `instant` or `link`.
    pub field_type: String,
    /// Whether a new record must have it.
    pub required: bool,
    /// What may be chosen, of a field of type `code`.
    pub choices: Vec<String>,
    /// The least value of a number, day or instant.
    pub min: Option<String>,
    /// The greatest value.
    pub max: Option<String>,
    /// How many characters a text may have: up to 20,000, of an indexed one up to 200; 200 where nothing is said.
    pub max_chars: Option<u32>,
    /// Whether records can be found by it.
    pub indexed: bool,
    /// Whether a value names one person or company, as the number of an identity card does: duplicates are found by it.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub identifier: bool,
    /// The kind of record that a link names.
    pub references: Option<String>,
    /// What it is kept for, where it holds personal data.
    pub purpose: Option<String>,
    /// Days that a personal value may be kept.
    pub retention_days: Option<u32>,
}

/// A field as it is wished, in place of the one there is under that code.
///
/// # Errors
///
/// `code.unknown` (entity, field_type, references) · `code.*` · `text.*` · `custom.type_changed` · `custom.not_of_type`
/// for a property that the type does not have · `custom.choices` without any, or with one twice · `custom.type` (min,
/// max) · `custom.bounds` with the least above the greatest · `custom.max_chars` · `custom.personal` unless purpose and
/// retention are both given or both not. Rule CUST-1 (F210).
pub fn define(
    id: Id<CustomField>,
    before: Option<&CustomField>,
    wish: &DefineCustomField,
) -> Result<CustomField, Refusal> {
    let mut check = Check::default();
    let entity = check.take("entity", one_of(&wish.entity, CustomField::ENTITIES));
    let code = check.take("code", Code::parse(&wish.code));
    let label = check.take("label", Name::parse(&wish.label));
    let field_type = check.parse::<FieldType>("field_type", Some(&wish.field_type));
    if let (Some(now), Some(before)) = (field_type, before) {
        check.rule(now == before.field_type, "field_type", || {
            Invalid::new("custom.type_changed", now.code()).allowed([before.field_type.code()])
        });
    }
    let (min, max) = (wish.min.clone(), wish.max.clone());
    let field = entity.zip(code).zip(label).zip(field_type);
    let field = field.map(|(((entity, code), label), field_type)| CustomField {
        id,
        entity,
        code,
        label,
        field_type,
        required: wish.required,
        choices: choices(&mut check, field_type, &wish.choices),
        min,
        max,
        max_chars: max_chars(&mut check, field_type, wish),
        indexed: wish.indexed,
        references: references(&mut check, field_type, wish.references.as_deref()),
        purpose: check.parse("purpose", wish.purpose.as_deref()),
        retention_days: wish.retention_days,
        active: true,
        identifier: wish.identifier.then_some(true),
        ext: Ext::new(),
    });
    check.rule(wish.purpose.is_some() == wish.retention_days.is_some(), "purpose", || {
        Invalid::new("custom.personal", "").limit("a purpose and the days of retention, or neither")
    });
    let field = field.map(|field| bounded(&mut check, field));
    check.finish(field)
}

fn one_of(text: &str, allowed: &[&str]) -> Result<Code, Invalid> {
    if allowed.contains(&text) {
        return Code::parse(text);
    }
    Err(Invalid::new("code.unknown", text).allowed(allowed.iter().copied()))
}

fn choices(check: &mut Check, of: FieldType, given: &[String]) -> Choices {
    only_of(check, !given.is_empty(), "choices", of, &[FieldType::Code]);
    let mut seen = BTreeSet::new();
    let mut choices = Vec::new();
    for (at, text) in given.iter().enumerate() {
        let path = format!("choices[{at}]");
        let Some(choice) = check.take(&path, Text::parse(text)) else { continue };
        check.rule(seen.insert(choice.clone()), &path, || {
            Invalid::new("custom.choices", text).limit("each choice once")
        });
        choices.push(choice);
    }
    check.rule(of != FieldType::Code || !given.is_empty(), "choices", || {
        Invalid::new("custom.choices", "").limit("at least one choice")
    });
    Choices(choices)
}

fn max_chars(check: &mut Check, of: FieldType, wish: &DefineCustomField) -> Option<u32> {
    only_of(check, wish.max_chars.is_some(), "max_chars", of, &[FieldType::Text]);
    let chars = wish.max_chars.unwrap_or(CHARS_DEFAULT);
    let most = if wish.indexed { INDEXED_CHARS_MAX } else { CHARS_MAX };
    check.rule((1..=most).contains(&chars), "max_chars", || {
        Invalid::new("custom.max_chars", &chars.to_string()).limit(format!("1 to {most}"))
    });
    (of == FieldType::Text).then_some(chars)
}

fn references(check: &mut Check, of: FieldType, kind: Option<&str>) -> Option<Code> {
    only_of(check, kind.is_some(), "references", of, &[FieldType::Link]);
    if of != FieldType::Link {
        return None;
    }
    let kind = kind.unwrap_or_default();
    let known = Kind::named(kind).map_or_else(
        || {
            let names = Kind::ALL.iter().map(|kind| kind.name());
            Err(Invalid::new("code.unknown", kind).allowed(names))
        },
        |kind| Code::parse(kind.name()),
    );
    check.take("references", known)
}

/// The field with its bounds in their one spelling.
fn bounded(check: &mut Check, field: CustomField) -> CustomField {
    use FieldType::{Date, Decimal, Instant, Int};
    let given = [("min", field.min.as_deref()), ("max", field.max.as_deref())];
    let [min, max] = given.map(|(path, text)| {
        only_of(check, text.is_some(), path, field.field_type, &[Int, Decimal, Date, Instant]);
        text.and_then(|text| check.take(path, field.typed(&Val::from(text))))
    });
    if let (Some(min), Some(max)) = (&min, &max) {
        check.rule(field.order(min, max).is_le(), "max", || {
            Invalid::new("custom.bounds", field.max.as_deref().unwrap_or_default())
                .limit("at least the least value")
        });
    }
    let text = |val: Option<Val>| val.map(|val| CustomField::spelled(&val));
    CustomField { min: text(min), max: text(max), ..field }
}

fn only_of(check: &mut Check, given: bool, path: &str, of: FieldType, types: &[FieldType]) {
    check.rule(!given || types.contains(&of), path, || {
        Invalid::new("custom.not_of_type", of.code()).allowed(types.iter().map(|ty| ty.code()))
    });
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    fn wish(field_type: &str) -> DefineCustomField {
        DefineCustomField {
            entity: "customer".into(),
            code: "grade".into(),
            label: "等级".into(),
            field_type: field_type.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_field_has_the_properties_of_its_type() {
        let text = |text: &str| Some(text.to_owned());
        let many = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let table = [
            ("is a kind, a code, a label and a type", wish("bool"), ""),
            (
                "says them",
                DefineCustomField::default(),
                "entity code.unknown, code code.format, label text.empty, field_type code.unknown",
            ),
            (
                "hangs on a kind that takes it",
                DefineCustomField { entity: "fact".into(), ..wish("int") },
                "entity code.unknown",
            ),
            ("of choices has some", wish("code"), "choices custom.choices"),
            (
                "has each choice once",
                DefineCustomField { choices: many(&["A级", " A级"]), ..wish("code") },
                "choices[1] custom.choices",
            ),
            (
                "without choices has none",
                DefineCustomField { choices: many(&["A"]), ..wish("int") },
                "choices custom.not_of_type",
            ),
            (
                "is bounded by its own type",
                DefineCustomField { min: text("one"), ..wish("int") },
                "min custom.type",
            ),
            (
                "has its bounds in order",
                DefineCustomField { min: text("10"), max: text("9"), ..wish("int") },
                "max custom.bounds",
            ),
            (
                "orders decimals by value",
                DefineCustomField { min: text("9.5"), max: text("10"), ..wish("decimal") },
                "",
            ),
            (
                "without order has no bounds",
                DefineCustomField { max: text("x"), ..wish("text") },
                "max custom.not_of_type",
            ),
            (
                "found by is short",
                DefineCustomField { max_chars: Some(201), indexed: true, ..wish("text") },
                "max_chars custom.max_chars",
            ),
            ("that links says what to", wish("link"), "references code.unknown"),
            (
                "that is personal says why and how long",
                DefineCustomField { retention_days: Some(30), ..wish("text") },
                "purpose custom.personal",
            ),
        ];
        for (rule, wish, expected) in table {
            let decided = define(Id::new(Uuid::nil()), None, &wish);
            assert_eq!(broken(&decided).join(", "), expected, "a field {rule}");
        }
    }

    #[test]
    fn a_field_keeps_its_type_for_ever() {
        let id = Id::new(Uuid::nil());
        let before = define(id, None, &wish("int")).unwrap();
        let decided = define(id, Some(&before), &wish("text"));
        assert_eq!(broken(&decided), ["field_type custom.type_changed"]);
        assert!(
            define(id, Some(&before), &DefineCustomField { required: true, ..wish("int") }).is_ok()
        );
    }
}
