//! The custom values of a record, all at once.

use super::CustomField;
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::Invalid;

/// The values that a record will hold: those given, typed; `null` is none. A value that was there before is kept as it
/// is, even of a field that was removed or narrowed since. Without `before` the record is a new one.
///
/// # Errors
///
/// All violations, each at `custom.` and the code: `custom.unknown` with the codes there are, those of
/// [`CustomField::read`], then `custom.required` for a new record without a required value or an old one that would
/// lose it. Rule CUST-3 (F074, F210).
pub fn accept(fields: &[CustomField], before: Option<&Ext>, given: &Ext) -> Result<Ext, Refusal> {
    let mut check = Check::default();
    let had = |code: &str| before.and_then(|before| before.get(code));
    let active = || fields.iter().filter(|field| field.active);
    // Fields that a later version of the engine wrote: nobody edits them here.
    let later = before.into_iter().flatten().filter(|(code, _)| code.starts_with('#'));
    let mut kept: Ext = later.map(|(code, val)| (code.clone(), val.clone())).collect();
    for (code, val) in given {
        let held = had(code) == Some(val) || val.is_null() || kept.contains_key(code);
        let field = active().find(|field| field.code.as_str() == code);
        let read = match field {
            _ if held => had(code).filter(|_| !val.is_null()).cloned(),
            Some(field) => check.take(&field.path(), field.read(val)),
            None => {
                let codes = active().map(|field| field.code.as_str());
                let unknown = Invalid::new("custom.unknown", code).allowed(codes);
                check.refuse(format!("custom.{code}"), unknown);
                None
            }
        };
        if let Some(read) = read {
            kept.insert(code.clone(), read);
        }
    }
    for field in active().filter(|field| field.required) {
        let code = field.code.as_str();
        let given = given.get(code).is_some_and(|val| !val.is_null());
        check.rule(given || (before.is_some() && had(code).is_none()), &field.path(), || {
            Invalid::new("custom.required", "")
        });
    }
    check.finish(Some(kept))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{DefineCustomField, define};
    use super::*;
    use crate::decision::broken;
    use crate::record::Val;
    use crate::value::Id;

    fn field(code: &str, field_type: &str, required: bool) -> CustomField {
        let wish = DefineCustomField {
            entity: "customer".into(),
            code: code.into(),
            label: code.into(),
            field_type: field_type.into(),
            required,
            ..Default::default()
        };
        define(Id::new(Uuid::nil()), None, &wish).unwrap()
    }

    fn ext<const N: usize>(values: [(&str, Val); N]) -> Ext {
        values.into_iter().map(|(code, val)| (code.to_owned(), val)).collect()
    }

    #[test]
    fn custom_values_are_judged_all_at_once() {
        let gone = CustomField { active: false, ..field("old", "text", true) };
        let fields = [field("seats", "int", true), field("plan", "text", false), gone];
        let (five, old) = (("seats", Val::Int(5)), ("old", Val::from("kept")));
        let (later, plan) = (("#31", Val::Bool(true)), ("plan", Val::from("gold")));
        let none = ("seats", Val::Null);
        let table = [
            // a record …                         was                given            becomes, or is refused for
            ("new has what is required", None, ext([]), Err("custom.seats custom.required")),
            ("new may have no more", None, ext([five.clone()]), Ok(ext([five.clone()]))),
            (
                "hears of every fault",
                None,
                ext([("seats", Val::from("x")), ("nope", Val::Int(1))]),
                Err("custom.nope custom.unknown, custom.seats custom.type"),
            ),
            (
                "gets no value of a removed field",
                None,
                ext([five.clone(), old.clone()]),
                Err("custom.old custom.unknown"),
            ),
            (
                "keeps a value of a removed field",
                Some(ext([old.clone()])),
                ext([old.clone(), plan.clone()]),
                Ok(ext([old.clone(), plan.clone()])),
            ),
            (
                "may be older than a requirement",
                Some(ext([])),
                ext([plan.clone()]),
                Ok(ext([plan.clone()])),
            ),
            (
                "does not lose what is required",
                Some(ext([five.clone()])),
                ext([none]),
                Err("custom.seats custom.required"),
            ),
            (
                "loses a value that is left out",
                Some(ext([plan])),
                ext([five.clone()]),
                Ok(ext([five])),
            ),
            (
                "keeps what a later version wrote",
                Some(ext([later.clone()])),
                ext([]),
                Ok(ext([later])),
            ),
        ];
        for (rule, before, given, expected) in table {
            let decided = accept(&fields, before.as_ref(), &given);
            match expected {
                Ok(kept) => assert_eq!(decided, Ok(kept), "a record {rule}"),
                Err(codes) => assert_eq!(broken(&decided).join(", "), codes, "a record {rule}"),
            }
        }
    }
}
