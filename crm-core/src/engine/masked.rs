//! What leaves the engine as its actor may see it, and what comes in that they have never seen.
//!
//! This is the one place: every answer and every refusal of every operation passes here on its way to the host, typed or
//! as JSON, after it was decided on the real values. An answer is masked by the names of its fields, which are those of
//! the records, and within every text by what it looks like, so that a number in a note, in a fact, or in an error is
//! hidden like the one in its own field.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Cx, Error, fit};
use crate::access::{self, Hidden, Masks, is_masked, scrub};
use crate::custom::CustomField;
use crate::decision::{Check, Refusal, Violation};
use crate::record::{Key, Kind, Val};
use crate::settings::Settings;
use crate::value::Invalid;

/// What an actor does not see.
#[derive(Debug)]
pub(super) struct Mask {
    /// What is hidden from their role; nothing where only other roles have masks.
    hides: BTreeSet<Hidden>,
    /// The codes of the custom fields that are identifiers.
    identifiers: BTreeSet<String>,
}

/// Fields whose values are codes and numbers of the host's own, which a telephone number is not.
const CODES: &[&str] = &["code", "login", "number"];
/// Fields of amounts: a value of digits alone is an amount there.
const AMOUNTS: &[&str] = &["amount", "minor", "price", "quantity", "balance", "total", "limit"];

/// The last step of a path: `custom.CODE` for `rows[0].set.custom.CODE`, `phones` for `phones[1]`.
fn step(path: &str) -> &str {
    for own in ["custom.", "ext."] {
        if let Some(at) = path.rfind(own) {
            return path.get(at..).unwrap_or_default();
        }
    }
    let last = path.rsplit('.').next().unwrap_or_default();
    last.split('[').next().unwrap_or_default()
}

impl Mask {
    /// Whether a field is an identifier of the host's own.
    fn identifies(&self, path: &str) -> bool {
        let code = step(path).split_once('.').map(|(_, code)| code);
        code.is_some_and(|code| self.identifiers.contains(code))
    }

    /// What a field of that name holds, and the masked form of its value; nothing where its name does not tell.
    fn by_name(&self, path: &str, text: &str) -> Option<(Hidden, String)> {
        if self.identifies(path) {
            return Some((Hidden::Identifier, access::identifier(text)));
        }
        let name = step(path);
        match name.strip_prefix("postal_").filter(|_| name != "postal_code").unwrap_or(name) {
            "phone" | "phones" if text.chars().any(char::is_numeric) => {
                Some((Hidden::Phone, access::phone(text)))
            }
            "email" | "emails" if text.contains(['@', '＠']) => {
                Some((Hidden::Email, access::email(text)))
            }
            "street" | "postal_code" | "latitude" | "longitude" => {
                Some((Hidden::Address, access::whole()))
            }
            "recipient" if Uuid::try_parse(text).is_err() => {
                Some((Hidden::Address, access::account(text)))
            }
            "raw" | "normal" => Some(access::point(text)),
            _ => None,
        }
    }

    /// A text as it is shown; nothing where it is shown as it is.
    fn text(&self, path: &str, text: &str) -> Option<String> {
        if text.starts_with(['{', '['])
            && let Ok(mut document) = serde_json::from_str::<Value>(text)
        {
            let before = document.clone();
            self.tree(path, &mut document);
            return (document != before).then(|| document.to_string());
        }
        if let Some((what, form)) = self.by_name(path, text)
            && self.hides.contains(&what)
        {
            return Some(form);
        }
        let name = step(path);
        let name = name.rsplit('_').next().unwrap_or(name);
        let digits = |letter: char| letter.is_ascii_digit() || ".-".contains(letter);
        let is_amount = AMOUNTS.contains(&name) && text.chars().all(digits);
        if is_amount || CODES.contains(&name) { None } else { scrub(text, &self.hides) }
    }

    /// Masks what stands at `path`, and all below it.
    fn tree(&self, path: &str, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if self.identifies(path) && self.hides.contains(&Hidden::Identifier) {
                    *value = Value::String(access::identifier(&number.to_string()));
                }
            }
            Value::String(text) => {
                if let Some(shown) = self.text(path, text) {
                    *text = shown;
                }
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.tree(path, item));
                // The order of what is hidden tells of it.
                let hidden = |item: &Value| item.as_str().is_some_and(is_masked);
                if matches!(step(path), "phones" | "emails") && items.iter().any(hidden) {
                    items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                }
            }
            Value::Object(fields) => self.object(path, fields),
        }
    }

    fn object(&self, path: &str, fields: &mut Map<String, Value>) {
        if self.hides.contains(&Hidden::Address) {
            fields.retain(|name, value| match step(name) {
                "location" => value.get("latitude").is_none(),
                name => !name.ends_with("latitude") && !name.ends_with("longitude"),
            });
        }
        let said = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let (field, medium) = (said("field"), said("medium"));
        let own = matches!(step(path), "custom" | "ext");
        for (name, value) in fields.iter_mut() {
            let held =
                matches!(name.as_str(), "from" | "to" | "value" | "before" | "after" | "now");
            let point = matches!(name.as_str(), "raw" | "normal" | "value" | "text");
            match (&field, &medium, value) {
                (_, Some(medium), Value::String(text)) if point => self.reach(medium, text),
                (Some(field), _, value) if held => self.tree(field, value),
                (_, _, value) if own => self.tree(&format!("custom.{name}"), value),
                (_, _, value) => self.tree(name, value),
            }
        }
    }

    /// Masks the value of a contact point.
    fn reach(&self, medium: &str, text: &mut String) {
        let shown = match medium {
            "phone" => (Hidden::Phone, access::phone(text)),
            "email" => (Hidden::Email, access::email(text)),
            "social" => (Hidden::Social, access::social(text)),
            _ => return,
        };
        if self.hides.contains(&shown.0) {
            *text = shown.1;
        }
    }

    fn violation(&self, violation: Violation) -> Violation {
        let Violation { code, path, value, limit, allowed } = violation;
        let shown = |path: &str, text: String| self.text(path, &text).unwrap_or(text);
        // A conflict repeats what is stored; what others say of a limit is ours.
        let told = if code == "record.conflict" { path.as_str() } else { "" };
        Violation {
            limit: limit.map(|limit| shown(told, limit)),
            allowed: allowed.into_iter().map(|one| shown("", one)).collect(),
            value: shown(&path, value),
            code,
            path,
        }
    }

    fn error(&self, error: Error) -> Error {
        match error {
            Error::Request(violation) => Error::Request(Box::new(self.violation(*violation))),
            Error::Conflict(violations) => {
                Error::Conflict(violations.into_iter().map(|one| self.violation(one)).collect())
            }
            Error::Refused(refusal) => {
                let mut check = Check::default();
                refusal.violations().cloned().for_each(|one| check.add(self.violation(one)));
                check.done().err().map_or(Error::Refused(refusal), Error::Refused)
            }
            Error::NotFound { kind, id } => {
                let id = self.text("", &id).unwrap_or(id);
                Error::NotFound { kind, id }
            }
            Error::Corrupt(mut corrupt) => {
                corrupt.what = self.text("", &corrupt.what).unwrap_or(corrupt.what);
                Error::Corrupt(corrupt)
            }
            Error::Internal(what) => Error::Internal(self.text("", &what).unwrap_or(what)),
            // These name no value of a record.
            Error::Operation(_)
            | Error::Denied { .. }
            | Error::Actor(_)
            | Error::KeyReused
            | Error::Limit { .. }
            | Error::Cancelled
            | Error::Store(_) => error,
        }
    }

    /// Finds what was masked when it was read.
    fn masked(&self, path: &str, value: &Value, check: &mut Check) {
        let below =
            |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => {
                let seen_so = !self.hides.is_empty() || self.by_name(path, text).is_some();
                check.rule(!(seen_so && is_masked(text)), path, || veiled(text));
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.masked(&format!("{path}[{at}]"), item, check);
                }
            }
            Value::Object(fields) => {
                let point = fields.contains_key("medium");
                for (name, value) in fields {
                    if point && name == "text" && value.as_str().is_some_and(is_masked) {
                        let text = value.as_str().unwrap_or_default();
                        check.refuse(below(name), veiled(text));
                        continue;
                    }
                    // The edit of a field is told by the field.
                    let edit = matches!(name.as_str(), "from" | "to") && fields.contains_key("to");
                    let path = if edit { path.to_owned() } else { below(name) };
                    self.masked(&path, value, check);
                }
            }
        }
    }
}

/// That a masked form came back as a value.
fn veiled(text: &str) -> Invalid {
    Invalid::new("mask.value", text).limit("the value itself, no masked form of it")
}

impl Cx<'_> {
    /// Looks up what the actor does not see. A tenant without masks costs one look at a field of its settings, which are
    /// read already.
    pub(super) fn look_up_mask(&mut self) -> Result<(), Error> {
        let settings = Key { kind: Kind::Settings, id: Settings::ID.uuid() };
        let Some(Val::Text(masks)) = self.current(settings).and_then(|row| row.at(Settings::MASKS))
        else {
            return Ok(());
        };
        let internal = |e: serde_json::Error| Error::Internal(e.to_string());
        let masks: Masks = serde_json::from_str(masks).map_err(internal)?;
        let hides = masks.0.get(&self.actor()?.role).cloned().unwrap_or_default();
        let fields = self.list::<CustomField>(CustomField::BY_CODE, &[])?;
        let identifiers = fields.iter().filter(|field| field.identifier == Some(true));
        let identifiers = identifiers.map(|field| field.code.to_string()).collect();
        self.mask = Some(Arc::new(Mask { hides, identifiers }));
        Ok(())
    }

    /// Whether something of how people are reached is hidden from the actor.
    pub(crate) fn hides(&self, what: Hidden) -> bool {
        self.mask.as_ref().is_some_and(|mask| mask.hides.contains(&what))
    }

    /// Whether anything is hidden from the actor.
    pub(crate) fn is_masked(&self) -> bool {
        self.mask.as_ref().is_some_and(|mask| !mask.hides.is_empty())
    }

    /// Refuses to look for what is hidden from the actor: who finds by a value knows it.
    ///
    /// # Errors
    ///
    /// `mask.hidden` at `path`. Rule MASK-6 (F014, F190, W12).
    pub(crate) fn seeks(&self, path: &str, what: Hidden, value: &str) -> Result<(), Error> {
        if !self.hides(what) {
            return Ok(());
        }
        let hidden = Invalid::new("mask.hidden", value);
        Err(Error::invalid(path, hidden.limit(format!("{what} is hidden from your role"))))
    }

    /// Refuses to look by a field whose values are hidden from the actor.
    ///
    /// # Errors
    ///
    /// As [`Cx::seeks`].
    pub(crate) fn seeks_by(&self, path: &str, field: &str) -> Result<(), Error> {
        let identifies = |mask: &Arc<Mask>| mask.identifies(field);
        match field {
            "phones" => self.seeks(path, Hidden::Phone, field),
            "emails" => self.seeks(path, Hidden::Email, field),
            _ if self.mask.as_ref().is_some_and(identifies) => {
                self.seeks(path, Hidden::Identifier, field)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a request that gives back a masked form as if it were the value. From whoever has a mask that is any text
    /// with three asterisks in a row; from others one in a field whose values are hidden from somebody.
    ///
    /// # Errors
    ///
    /// `mask.value` at every place. Rule MASK-7 (F190).
    pub(super) fn unmasked(&self, request: &Value) -> Result<(), Error> {
        let Some(mask) = &self.mask else { return Ok(()) };
        let mut check = Check::default();
        mask.masked("", request, &mut check);
        check.done().map_err(|refusal: Refusal| mask.error(refusal.into()))
    }

    /// The same of a request that is no tree yet.
    ///
    /// # Errors
    ///
    /// As [`Cx::unmasked`].
    pub(super) fn unmasked_typed<T: Serialize>(&self, request: &T) -> Result<(), Error> {
        if self.mask.is_none() {
            return Ok(());
        }
        let internal = |e: serde_json::Error| Error::Internal(e.to_string());
        self.unmasked(&serde_json::to_value(request).map_err(internal)?)
    }

    /// A JSON answer, or an error, as the actor may see it. Rule MASK-8 (F014, F190, W12).
    pub(super) fn shown(&self, answer: Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
        let Some(mask) = self.mask.as_ref().filter(|mask| !mask.hides.is_empty()) else {
            return answer;
        };
        let internal = |e: serde_json::Error| Error::Internal(e.to_string());
        let answer = answer.map_err(|error| mask.error(error))?;
        let mut tree = serde_json::from_slice::<Value>(&answer).map_err(internal)?;
        mask.tree("", &mut tree);
        serde_json::to_vec(&tree).map_err(internal)
    }

    /// A typed answer, or an error, as the actor may see it: through the same tree.
    pub(super) fn shown_typed<R: Serialize + DeserializeOwned>(
        &self,
        answer: Result<R, Error>,
    ) -> Result<R, Error> {
        let Some(mask) = self.mask.as_ref().filter(|mask| !mask.hides.is_empty()) else {
            return answer;
        };
        let internal = |e: serde_json::Error| Error::Internal(e.to_string());
        let answer = answer.map_err(|error| mask.error(error))?;
        let mut tree = serde_json::to_value(&answer).map_err(internal)?;
        mask.tree("", &mut tree);
        // An answer of ours that does not fit its own type is no fault of the request, and is not shown unmasked.
        fit::fitted(&tree).map_err(|error| Error::Internal(format!("a masked answer: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask(hides: &[Hidden]) -> Mask {
        Mask {
            hides: hides.iter().copied().collect(),
            identifiers: BTreeSet::from(["id_card".to_owned()]),
        }
    }

    /// A document as somebody sees it from whom everything is hidden.
    fn seen(mut document: Value) -> Value {
        mask(Hidden::ALL).tree("", &mut document);
        document
    }

    #[test]
    fn a_field_is_hidden_by_its_name_and_a_text_by_what_stands_in_it() {
        let table = [
            (
                json!({"phones": ["5234567", "13812341234"]}),
                json!({"phones": ["****567", "138****1234"]}),
            ),
            (json!({"emails": ["z.w@x.cn"]}), json!({"emails": ["z***@x.cn"]})),
            (
                json!({"medium": "social", "raw": "li_wei", "normal": "wechat:li_wei"}),
                json!({"medium": "social", "raw": "l***", "normal": "wechat:l***"}),
            ),
            (
                json!({"medium": "url", "raw": "x.cn", "normal": "https://x.cn"}),
                json!({"medium": "url", "raw": "x.cn", "normal": "https://x.cn"}),
            ),
            (
                json!({"postal": {"use": "home", "city": "上海", "street": "仙霞路 88", "postal_code": "200336",
                "recipient": "王芳", "location": {"latitude": "31", "longitude": "121"}}}),
                json!({"postal": {"use": "home", "city": "上海", "street": "***", "postal_code": "***",
                "recipient": "王***"}}),
            ),
            (
                json!({"postal_street": "仙霞路 88", "postal_code": "200336", "postal_latitude": "31", "postal_city": "上海"}),
                json!({"postal_street": "***", "postal_code": "***", "postal_city": "上海"}),
            ),
            (
                json!({"address.street": "仙霞路 88", "address.location.latitude": "31"}),
                json!({"address.street": "***"}),
            ),
            (
                json!({"custom": {"id_card": "E12345678", "level": "E12345678"}}),
                json!({"custom": {"id_card": "****78", "level": "E12345678"}}),
            ),
            (json!({"ext": {"id_card": 123_456_789}}), json!({"ext": {"id_card": "****89"}})),
            (json!({"ext.id_card": "E12345678"}), json!({"ext.id_card": "****78"})),
            (
                json!({"field": "raw", "from": "li_wei", "to": "5234567"}),
                json!({"field": "raw", "from": "l***", "to": "****567"}),
            ),
            (
                json!({"field": "ext.id_card", "to": "E12345678"}),
                json!({"field": "ext.id_card", "to": "****78"}),
            ),
            (
                json!({"values": r#"[{"field":"raw","to":"li_wei"}]"#}),
                json!({"values": r#"[{"field":"raw","to":"l***"}]"#}),
            ),
            (json!({"note": "call 13812341234"}), json!({"note": "call 138****1234"})),
            (
                json!({"recipient": "00000000-0000-7000-8000-000000000002"}),
                json!({"recipient": "00000000-0000-7000-8000-000000000002"}),
            ),
            (
                json!({"amount": "13812341234", "value_minor": "13812341234", "code": "13812341234"}),
                json!({"amount": "13812341234", "value_minor": "13812341234", "code": "13812341234"}),
            ),
            (
                json!({"fields": {"phone": "phone", "mail": "email"}}),
                json!({"fields": {"phone": "phone", "mail": "email"}}),
            ),
        ];
        for (document, shown) in table {
            assert_eq!(seen(document), shown);
        }
    }

    #[test]
    fn an_error_repeats_nothing_that_is_hidden() {
        let violation = |code: &str, path: &str, value: &str, limit: &str| {
            Violation::at(path, Invalid::new(code, value).limit(limit))
        };
        let conflict = violation("record.conflict", "set.street", "\"a\"", "now \"仙霞路 88\"");
        let refused =
            violation("phone.length", "phones[1]", "138-1234-123", "11 digits, found at 3");
        let mask = mask(Hidden::ALL);
        let shown = |error: Error| mask.error(error).problem().violations.remove(0);
        let found = shown(Error::Conflict(vec![conflict]));
        assert_eq!((found.value.as_str(), found.limit.as_deref()), ("***", Some("***")));
        let found = shown(Error::Refused(Refusal::of(refused)));
        let limit = found.limit.as_deref();
        assert_eq!((found.value.as_str(), limit), ("13****4123", Some("11 digits, found at 3")));
    }

    #[test]
    fn a_masked_form_is_no_value() {
        let found = |hides: &[Hidden], request: &Value| {
            let mut check = Check::default();
            mask(hides).masked("", request, &mut check);
            let refusal = check.done().err();
            let paths = refusal.iter().flat_map(Refusal::violations).map(|one| one.path.clone());
            paths.collect::<Vec<_>>().join(" ")
        };
        let edit = json!({"set": {"emails": {"from": "a@x.cn", "to": "z***@x.cn"}, "note": {"to": "138****1234"}}});
        let row = json!({"rows": [{"set": {"phones": ["138****1234"], "name": "*** A"}, "custom": {"id_card": "****78"}}]});
        let table = [
            (&edit, "set.emails set.note", "set.emails"),
            (
                &row,
                "rows[0].custom.id_card rows[0].set.name rows[0].set.phones[0]",
                "rows[0].custom.id_card rows[0].set.phones[0]",
            ),
        ];
        for (request, of_masked, of_others) in table {
            assert_eq!(found(&[Hidden::Phone], request), of_masked);
            assert_eq!(found(&[], request), of_others);
        }
    }
}
