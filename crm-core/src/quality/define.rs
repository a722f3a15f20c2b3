//! A rule is defined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FieldRule, RuleTest, Severity, lint};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Code, Id, Name};

/// A rule as it is wished. Saying the same twice is saying it once; a later one with the same code replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineRule {
    /// What hosts call it.
    pub code: String,
    /// What kind of record it looks at: `lead`, `customer` or `contact`.
    pub entity: String,
    /// What it asks for.
    pub test: RuleTest,
    /// `refuse` (where nothing is said) or `warn`.
    #[serde(default)]
    pub severity: Option<String>,
    /// What people are told: one line.
    #[serde(default)]
    pub message: Option<String>,
    /// Whether it is looked at no more.
    #[serde(default)]
    pub retired: bool,
}

/// The rule that a wish defines, of fields that are `known`, beside the `others` of the same kind.
///
/// # Errors
///
/// `code.*` (code) · `code.unknown` (entity, severity) · `text.*` (message) · then, of the test: `quality.field`,
/// `quality.empty`, `quality.bound`, `pattern.*`, `quality.nested`, `quality.contradiction` within itself or with another
/// rule, with a witness. Rule QUAL-3 (F160).
pub fn define(
    id: Id<FieldRule>,
    wish: &DefineRule,
    known: &[String],
    others: &[FieldRule],
) -> Result<FieldRule, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let entity = check.parse("entity", Some(&wish.entity));
    let severity = check.parse("severity", wish.severity.as_deref()).unwrap_or(Severity::Refuse);
    let message: Option<Name> = check.parse("message", wish.message.as_deref());
    if entity.is_some() && !wish.retired {
        lint::lint(&mut check, "test", &wish.test, known);
    }
    let rule = code.zip(entity).map(|(code, entity)| FieldRule {
        id,
        code,
        entity,
        test: wish.test.clone(),
        severity,
        message,
        active: !wish.retired,
        ext: Ext::new(),
    });
    if let Some(rule) = rule.as_ref().filter(|_| check.is_clean()) {
        lint::contradictions(&mut check, rule, others);
    }
    check.finish(rule)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_rule_that_nothing_can_keep_to_is_refused_with_a_witness() {
        let known = ["name", "source", "custom.size"].map(ToOwned::to_owned);
        let wish = |code: &str, test: Value| DefineRule {
            code: code.into(),
            entity: "lead".into(),
            test: serde_json::from_value(test).unwrap(),
            severity: None,
            message: None,
            retired: false,
        };
        let rule = |bits: u128, test: Value| {
            define(Id::new(Uuid::from_u128(bits)), &wish("other", test), &known, &[]).unwrap()
        };
        let others = [
            rule(1, json!({"is": "length", "field": "name", "max": 20})),
            rule(2, json!({"is": "range", "field": "custom.size", "max": "100"})),
            rule(3, json!({"is": "one_of", "field": "source", "values": ["web", "fair"]})),
        ];
        #[rustfmt::skip]
        let table = [
            ("fine", json!({"is": "length", "field": "name", "min": 2}), ""),
            ("over an unknown field", json!({"is": "required", "field": "shoe"}), "test.field quality.field"),
            ("of no length", json!({"is": "length", "field": "name"}), "test quality.empty"),
            ("of no text", json!({"is": "length", "field": "name", "min": 3, "max": 2}), "test.max quality.contradiction"),
            ("of no pattern", json!({"is": "format", "field": "name", "pattern": "z"}), "test.pattern pattern.format"),
            ("of no word", json!({"is": "one_of", "field": "source", "values": []}), "test quality.empty"),
            ("of no bound", json!({"is": "range", "field": "custom.size", "min": "x"}), "test.min quality.bound"),
            ("of no value", json!({"is": "range", "field": "custom.size", "min": "2", "max": "1"}), "test.max quality.contradiction"),
            ("against a length", json!({"is": "length", "field": "name", "min": 21}), "test quality.contradiction"),
            ("against a length, by its pattern", json!({"is": "format", "field": "name", "pattern": "L{21,30}"}), "test quality.contradiction"),
            ("beside a length", json!({"is": "format", "field": "name", "pattern": "L{2,30}"}), ""),
            ("against a bound", json!({"is": "range", "field": "custom.size", "min": "101"}), "test quality.contradiction"),
            ("against words", json!({"is": "starts_with", "field": "source", "any_of": ["x"]}), "test quality.contradiction"),
            ("beside some words", json!({"is": "starts_with", "field": "source", "any_of": ["w"]}), ""),
            ("nested", json!({"is": "when", "condition": {"field": "name"}, "then": {"is": "when", "condition": {"field": "name"}, "then": {"is": "required", "field": "name"}}}), "test.then quality.nested"),
            ("wrong inside", json!({"is": "when", "condition": {"field": "shoe"}, "then": {"is": "required", "field": "hat"}}), "test.condition.field quality.field, test.then.field quality.field"),
        ];
        for (what, test, expected) in table {
            let wish = wish("new", test);
            let id = Id::new(Uuid::from_u128(9));
            let decided = define(id, &wish, &known, &others);
            assert_eq!(broken(&decided).join(", "), expected, "a rule {what}");
            let warn = DefineRule { severity: Some("warn".into()), ..wish };
            let softer = broken(&define(id, &warn, &known, &others)).join(", ");
            let alone = softer.replace("test quality.contradiction", "");
            assert_eq!(softer, alone, "a warning contradicts no rule: {what}");
        }
        let all = DefineRule {
            code: "!".into(),
            entity: "order".into(),
            severity: Some("x".into()),
            message: Some(" ".into()),
            ..wish("x", json!({"is": "required", "field": "name"}))
        };
        assert_eq!(
            broken(&define(Id::new(Uuid::nil()), &all, &known, &[])).join(", "),
            "code code.format, entity code.unknown, severity code.unknown, message text.empty"
        );
    }
}
