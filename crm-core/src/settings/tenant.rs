//! What a tenant says of itself.

use chrono::TimeDelta;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::decision::{Check, Refusal};
use crate::value::{Code, Country, Currency, Invalid, Timestamp};

/// Days for which what was done can be undone, where the tenant does not say.
const UNDO_DAYS: u32 = 30;

/// What is kept for undoing holds personal values; it is kept for a year at most.
const UNDO_DAYS_MAX: u32 = 365;

/// A tenant's settings as they are wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsWish {
    /// The zone in which days and months are told apart, such as `Asia/Shanghai`.
    pub zone: String,
    /// The currency in which figures are summed, such as `CNY`.
    pub base_currency: String,
    /// The language of what is shown where nobody asked for another, such as `zh-CN`.
    pub locale: String,
    /// The code of the calendar outside whose working time nobody is told anything; of whoever has one of their own, that
    /// one. Without it everybody is told at any hour.
    pub quiet_calendar: Option<String>,
    /// Within how many days two of us who turn to the same customer are told of each other: 0 (never) to 365; 7 where
    /// nothing is said.
    pub contact_window_days: Option<u32>,
    /// For how many days a conversion, a merge or an import can be undone: 0 to 365; 30 where nothing is said.
    pub undo_days: Option<u32>,
    /// Whether nothing is delivered before the contract is signed by both; it may be where nothing is said.
    pub contract_before_delivery: Option<bool>,
}

impl Settings {
    /// The wish that would make them as they are.
    pub fn wish(&self) -> SettingsWish {
        let (zone, locale) = (self.zone.clone(), self.locale.clone());
        SettingsWish {
            zone,
            base_currency: self.base_currency.code().to_owned(),
            locale,
            quiet_calendar: self.quiet_calendar.as_ref().map(Code::to_string),
            contact_window_days: self.contact_window_days,
            undo_days: self.undo_days,
            contract_before_delivery: self.contract_before_delivery,
        }
    }

    /// Within how many days two of us who turn to the same customer are told of each other.
    pub fn contact_window(&self) -> u32 {
        self.contact_window_days.unwrap_or(7)
    }

    /// Until when what is done at `now` can be undone.
    pub fn undo_until(&self, now: Timestamp) -> Timestamp {
        let days = TimeDelta::days(i64::from(self.undo_days.unwrap_or(UNDO_DAYS)));
        now.checked_add(days).unwrap_or(now)
    }

    /// The country that the locale names, where a telephone number without a country is dialed; China where it names
    /// none.
    pub fn home(&self) -> Country {
        let named = self.locale.split('-').skip(1).find_map(|tag| Country::parse(tag).ok());
        named.unwrap_or(Country::CHINA)
    }
}

/// Settings as they are wished.
///
/// # Errors
///
/// `zone.unknown` · `currency.unknown` · `locale.format` · `code.*` (quiet_calendar) · `settings.contact_window` ·
/// `settings.undo_days`. Rule SET-8.
pub fn amend_settings(before: &Settings, wish: &SettingsWish) -> Result<Settings, Refusal> {
    let mut check = Check::default();
    check.rule(wish.zone.parse::<Tz>().is_ok(), "zone", || {
        Invalid::new("zone.unknown", &wish.zone).limit("an IANA zone such as Asia/Shanghai")
    });
    let base_currency = check.take("base_currency", Currency::parse(&wish.base_currency));
    check.rule(is_locale(&wish.locale), "locale", || {
        Invalid::new("locale.format", &wish.locale).limit("a language tag such as zh-CN")
    });
    let quiet_calendar = check.parse("quiet_calendar", wish.quiet_calendar.as_deref());
    let window = wish.contact_window_days;
    check.rule(window.is_none_or(|days| days <= 365), "contact_window_days", || {
        let days = window.map(|days| days.to_string()).unwrap_or_default();
        Invalid::new("settings.contact_window", &days).limit("0 to 365")
    });
    check.rule(wish.undo_days.is_none_or(|days| days <= UNDO_DAYS_MAX), "undo_days", || {
        let days = wish.undo_days.unwrap_or_default().to_string();
        Invalid::new("settings.undo_days", &days).limit(format!("0 to {UNDO_DAYS_MAX}"))
    });
    let (zone, locale) = (wish.zone.clone(), wish.locale.clone());
    let after = base_currency.map(|base_currency| Settings {
        zone,
        base_currency,
        locale,
        quiet_calendar,
        contact_window_days: window,
        undo_days: wish.undo_days,
        contract_before_delivery: wish.contract_before_delivery,
        ..before.clone()
    });
    check.finish(after)
}

/// A language of two or three letters, then subtags of up to eight letters and digits (BCP 47's shape).
fn is_locale(text: &str) -> bool {
    let mut tags = text.split('-');
    let language = tags.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && tags.all(|tag| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    #[test]
    fn settings_name_a_zone_a_currency_and_a_language() {
        let before = Settings {
            id: Settings::ID,
            zone: "Asia/Shanghai".into(),
            base_currency: Currency::parse("CNY").unwrap(),
            locale: "zh-CN".into(),
            quiet_calendar: None,
            contact_window_days: None,
            undo_days: None,
            contract_before_delivery: None,
            forms: None,
            masks: None,
            ext: Default::default(),
        };
        let table = [
            ("Asia/Shanghai", "CNY", "zh-CN", ""),
            ("Europe/Berlin", "EUR", "de", ""),
            ("Asia/Peking", "CNY", "zh-Hans-CN", "zone zone.unknown"),
            ("UTC", "RMB", "zh_CN", "base_currency currency.unknown, locale locale.format"),
            ("UTC", "CNY", "", "locale locale.format"),
        ];
        for (zone, currency, locale, expected) in table {
            let wish = SettingsWish {
                zone: zone.into(),
                base_currency: currency.into(),
                locale: locale.into(),
                ..Default::default()
            };
            let decided = amend_settings(&before, &wish);
            let found = broken(&decided).join(", ");
            assert_eq!(found, expected, "{zone} {currency} {locale}");
        }
    }

    #[test]
    fn the_home_country_is_that_of_the_locale() {
        for (locale, home) in [("zh-CN", "CN"), ("zh-Hant-TW", "TW"), ("de-DE", "DE"), ("en", "CN")]
        {
            let settings = Settings {
                id: Settings::ID,
                zone: "UTC".into(),
                base_currency: Currency::parse("CNY").unwrap(),
                locale: locale.into(),
                quiet_calendar: None,
                contact_window_days: None,
                undo_days: None,
                contract_before_delivery: None,
                forms: None,
                masks: None,
                ext: Default::default(),
            };
            assert_eq!(settings.home().code(), home, "{locale}");
        }
    }
}
