//! From a text or a number to the JSON value that a field takes.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Raw;
use crate::import::fault::Unfit;
use crate::import::format::{Cut, Format};
use crate::import::plan::{Source, Unmapped, plain};
use crate::import::target::Shape;
use crate::value::{Country, Currency};

/// All that reading a value depends on.
pub(super) struct Setting<'a> {
    pub(super) format: &'a Format,
    pub(super) round: Option<Cut>,
    pub(super) currency: Option<&'a str>,
}

/// The value behind the source's map, where it has one.
pub(super) fn translated<'a>(raw: Raw<'a>, source: &'a Source) -> Result<Option<Raw<'a>>, Unfit> {
    let Some(map) = &source.map else { return Ok(Some(raw)) };
    let text = match raw {
        Raw::Text(text) | Raw::Time(text) => text,
        Raw::Number(number) => Cow::Owned(plain(number)),
    };
    let translated = match (map.get(text.as_ref()), &source.unmapped) {
        (Some(meant), _) | (None, Unmapped::Value(meant)) => Some(Cow::Borrowed(meant.as_str())),
        (None, Unmapped::Keep) => Some(text),
        (None, Unmapped::Empty) => None,
        (None, Unmapped::Reject) => {
            return Err(Unfit::new("value.unmapped", &text).allowed(map.keys().cloned()));
        }
    };
    Ok(translated.filter(|text| !text.is_empty()).map(Raw::Text))
}

/// The value in the shape of its field.
pub(super) fn shaped(raw: Raw<'_>, shape: Shape, setting: &Setting<'_>) -> Result<Value, Unfit> {
    let number = |raw: Raw<'_>| -> Result<Decimal, Unfit> {
        let number = match raw {
            Raw::Number(number) => number,
            Raw::Text(text) | Raw::Time(text) => setting.format.number(&text)?,
        };
        Ok(setting.round.map_or(number, |round| round.apply(number)))
    };
    let text = |raw: Raw<'_>| match raw {
        Raw::Text(text) | Raw::Time(text) => text.into_owned(),
        Raw::Number(_) => number(raw).map(plain).unwrap_or_default(),
    };
    Ok(match shape {
        Shape::Text | Shape::Texts => Value::String(text(raw)),
        Shape::Link(_) => json!({ "link": text(raw) }),
        Shape::Choice(choices) => {
            let text = text(raw);
            if !choices.contains(&text.as_str()) {
                return Err(Unfit::new("value.choice", &text).allowed(choices.iter().copied()));
            }
            Value::String(text)
        }
        Shape::Number => Value::String(plain(number(raw)?)),
        Shape::Whole => whole(number(raw)?)?,
        Shape::Money => money(number(raw)?, setting.currency)?,
        Shape::Price => price(number(raw)?, setting.currency)?,
        Shape::Time => Value::String(clock(&raw, setting).time(&text(raw))?.to_string()),
        Shape::Day => Value::String(clock(&raw, setting).day(&text(raw))?.to_string()),
        Shape::Country => Value::String(country(&text(raw))?),
        Shape::Flag => Value::Bool(setting.format.flag(&text(raw))?),
    })
}

/// The texts of a list that stand in one cell.
pub(super) fn split(value: Value, source: &Source) -> Value {
    let Value::String(text) = &value else { return value };
    if source.split.is_empty() {
        return value;
    }
    let mut parts = vec![text.as_str()];
    for sign in &source.split {
        parts = parts.into_iter().flat_map(|part| part.split(sign.as_str())).collect();
    }
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The text without what is beyond the plan's length.
pub(super) fn cut(value: Value, source: &Source) -> Value {
    match (source.truncate, value) {
        (Some(max), Value::String(text)) => text.chars().take(max).collect::<String>().into(),
        (_, value) => value,
    }
}

/// How a day or time is written: a workbook's in one way, whatever the plan says of texts.
fn clock<'a>(raw: &Raw<'_>, setting: &'a Setting<'a>) -> Cow<'a, Format> {
    match raw {
        Raw::Time(_) => Cow::Owned(Format { zone: setting.format.zone, ..Format::default() }),
        Raw::Text(_) | Raw::Number(_) => Cow::Borrowed(setting.format),
    }
}

fn whole(number: Decimal) -> Result<Value, Unfit> {
    let digits = plain(number);
    let whole: Result<i64, _> = digits.parse();
    whole.map(Value::from).map_err(|_| Unfit::new("number.whole", &digits).limit("a whole number"))
}

fn money(mut number: Decimal, currency: Option<&str>) -> Result<Value, Unfit> {
    let currency = known(currency)?;
    let (code, scale) = (currency.code(), currency.scale());
    if number.normalize().scale() > scale {
        let limit = format!("{scale} decimals for {code}; the plan can say round");
        return Err(Unfit::new("money.scale", &plain(number)).limit(limit));
    }
    number.rescale(scale);
    Ok(json!({ "amount": number.to_string(), "currency": code }))
}

fn price(number: Decimal, currency: Option<&str>) -> Result<Value, Unfit> {
    Ok(json!({ "amount": plain(number), "currency": known(currency)?.code() }))
}

fn known(currency: Option<&str>) -> Result<Currency, Unfit> {
    let code = currency.unwrap_or_default();
    Currency::parse(code).map_err(|_| Unfit::new("money.currency", code).limit("an ISO 4217 code"))
}

/// What people call countries that the standard calls otherwise.
const COUNTRIES: &[(&str, &str)] = &[
    ("Bolivia", "BO"),
    ("Czechia", "CZ"),
    ("Iran", "IR"),
    ("Ivory Coast", "CI"),
    ("Laos", "LA"),
    ("Macedonia", "MK"),
    ("Moldova", "MD"),
    ("North Korea", "KP"),
    ("Palestinian Territory", "PS"),
    ("Russia", "RU"),
    ("South Korea", "KR"),
    ("Swaziland", "SZ"),
    ("Syria", "SY"),
    ("Taiwan", "TW"),
    ("Tanzania", "TZ"),
    ("UK", "GB"),
    ("USA", "US"),
    ("United Kingdom", "GB"),
    ("United States", "US"),
    ("Venezuela", "VE"),
    ("Vietnam", "VN"),
    ("中国", "CN"),
];

fn country(text: &str) -> Result<String, Unfit> {
    let alias = COUNTRIES.iter().find(|(name, _)| *name == text).map(|(_, code)| *code);
    let named = || iso_currency::Country::from_name(text).map(|country| country.to_string());
    let code = alias.map(str::to_owned).or_else(named).unwrap_or_else(|| text.to_owned());
    let known = Country::parse(&code);
    known.map(|country| country.code().to_owned()).map_err(|_| {
        Unfit::new("country.unknown", text).limit("a code of ISO 3166-1, or an English name")
    })
}
