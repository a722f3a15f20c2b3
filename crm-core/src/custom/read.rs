//! A given value becomes a typed one.

use core::cmp::Ordering;
use core::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{CustomField, FieldType};
use crate::record::Val;
use crate::value::{Invalid, Text, Timestamp};

impl CustomField {
    /// A value as this field keeps it: of its type, in its one spelling, within its bounds, of its choices.
    ///
    /// # Errors
    ///
    /// In order of precedence: `custom.type`, `text.*`, `code.unknown` (choices), `custom.too_long`, `custom.range`.
    /// Rule CUST-2 (F210).
    pub fn read(&self, val: &Val) -> Result<Val, Invalid> {
        let read = self.typed(val)?;
        let text = Self::spelled(&read);
        if self.field_type == FieldType::Code && self.choices.0.iter().all(|c| c.as_str() != text) {
            let choices = self.choices.0.iter().map(|choice| choice.as_str());
            return Err(Invalid::new("code.unknown", &text).allowed(choices));
        }
        if let Some(most) = self.max_chars
            && u32::try_from(text.chars().count()).is_ok_and(|chars| chars > most)
        {
            let invalid = Invalid::new("custom.too_long", &text);
            return Err(invalid.limit(format!("at most {most} characters")));
        }
        let bounds = [(&self.min, Ordering::Less, "least"), (&self.max, Ordering::Greater, "most")];
        for (bound, beyond, word) in bounds {
            let Some(bound) = bound else { continue };
            if self.order(&read, &self.typed(&Val::from(bound.as_str()))?) == beyond {
                let invalid = Invalid::new("custom.range", &text);
                return Err(invalid.limit(format!("at {word} {bound}")));
            }
        }
        Ok(read)
    }

    /// A value of the field's type, in its one spelling.
    pub(super) fn typed(&self, val: &Val) -> Result<Val, Invalid> {
        let wrong = || {
            let invalid = Invalid::new("custom.type", &Self::spelled(val));
            invalid.limit(format!("a value of type {}", self.field_type))
        };
        match (self.field_type, val) {
            (FieldType::Bool, Val::Bool(_)) | (FieldType::Int, Val::Int(_)) => Ok(val.clone()),
            (FieldType::Int, Val::Text(text)) => text.parse().map(Val::Int).map_err(|_| wrong()),
            (FieldType::Decimal, Val::Int(number)) => Ok(Val::Text(number.to_string())),
            (FieldType::Decimal, Val::Text(text)) => {
                decimal(text).map(|number| Val::Text(number.to_string())).ok_or_else(wrong)
            }
            (FieldType::Text, Val::Text(text)) => {
                Text::<20_000, true>::parse(text).map(|text| Val::from(text.as_str()))
            }
            (FieldType::Code, Val::Text(text)) => Ok(Val::from(text.trim())),
            (FieldType::Date, Val::Text(text)) => {
                NaiveDate::from_str(text).map(|day| Val::Text(day.to_string())).map_err(|_| wrong())
            }
            (FieldType::Instant, Val::Text(text)) => {
                Timestamp::from_str(text).map(|at| Val::Text(at.to_string())).map_err(|_| wrong())
            }
            (FieldType::Link, Val::Text(text)) => {
                let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
                id.map(|id| Val::Text(id.to_string())).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    /// How two typed values of the field stand to each other.
    pub(super) fn order(&self, a: &Val, b: &Val) -> Ordering {
        match (self.field_type, a, b) {
            (FieldType::Decimal, Val::Text(a), Val::Text(b)) => decimal(a).cmp(&decimal(b)),
            (FieldType::Instant, Val::Text(a), Val::Text(b)) => {
                Timestamp::from_str(a).ok().cmp(&Timestamp::from_str(b).ok())
            }
            _ => a.cmp(b),
        }
    }

    /// A value as text.
    pub(super) fn spelled(val: &Val) -> String {
        match val {
            Val::Text(text) => text.clone(),
            Val::Int(number) => number.to_string(),
            Val::Bool(value) => value.to_string(),
            Val::Id(id) => id.to_string(),
            Val::Null | Val::Bytes(_) => String::new(),
        }
    }
}

/// Plain decimal digits: no exponent, no plus, no grouping.
fn decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    Decimal::from_str_exact(text).ok().filter(|_| plain).map(|number| number.normalize())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{DefineCustomField, define};
    use super::*;
    use crate::value::Id;

    fn field(field_type: &str, min: &str, max: &str) -> CustomField {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let wish = DefineCustomField {
            entity: "customer".into(),
            code: "x".into(),
            label: "x".into(),
            field_type: field_type.into(),
            choices: if field_type == "code" { vec!["A级".into(), "B级".into()] } else { vec![] },
            max_chars: (field_type == "text").then_some(3),
            references: some("customer").filter(|_| field_type == "link"),
            min: some(min),
            max: some(max),
            ..Default::default()
        };
        define(Id::new(Uuid::nil()), None, &wish).unwrap()
    }

    #[test]
    fn a_value_is_of_its_type_in_one_spelling_and_in_bounds() {
        let id = "0198A5C2-0000-7000-8000-000000000001";
        let lower = id.to_lowercase();
        let (int, text) = (Val::Int, |text: &str| Val::from(text));
        let table = [
            // field                      given                 kept, or refused for
            (field("bool", "", ""), Val::Bool(true), Ok("true")),
            (field("bool", "", ""), int(1), Err("custom.type")),
            (field("int", "0", "10"), int(10), Ok("10")),
            (field("int", "0", "10"), text("7"), Ok("7")),
            (field("int", "0", "10"), int(11), Err("custom.range")),
            (field("int", "0", "10"), int(-1), Err("custom.range")),
            (field("int", "", ""), text("9223372036854775808"), Err("custom.type")),
            (field("decimal", "9.5", "10"), text("10.00"), Ok("10")),
            (field("decimal", "9.5", "10"), text("9.49"), Err("custom.range")),
            (field("decimal", "", ""), text("1e3"), Err("custom.type")),
            (field("decimal", "", ""), int(3), Ok("3")),
            (field("text", "", ""), text(" 好的呢 "), Ok("好的呢")),
            (field("text", "", ""), text("好的呢啊"), Err("custom.too_long")),
            (field("text", "", ""), text(" "), Err("text.empty")),
            (field("code", "", ""), text("B级"), Ok("B级")),
            (field("code", "", ""), text("C级"), Err("code.unknown")),
            (field("date", "2026-01-01", ""), text("2026-02-28"), Ok("2026-02-28")),
            (field("date", "2026-01-01", ""), text("2025-12-31"), Err("custom.range")),
            (field("date", "", ""), text("2026-02-30"), Err("custom.type")),
            (
                field("instant", "", ""),
                text("2026-01-01T08:00:00+08:00"),
                Ok("2026-01-01T00:00:00Z"),
            ),
            (field("instant", "", ""), text("2026-01-01"), Err("custom.type")),
            (field("link", "", ""), text(id), Ok(&*lower)),
            (field("link", "", ""), text("42"), Err("custom.type")),
        ];
        for (field, given, expected) in table {
            let read = field.read(&given);
            let found = read.as_ref().map(CustomField::spelled).map_err(|e| e.code.clone());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found, expected, "{} {given:?}", field.field_type);
            if let Ok(kept) = read {
                assert_eq!(field.read(&kept).as_ref(), Ok(&kept), "reading again changes nothing");
            }
        }
    }
}
