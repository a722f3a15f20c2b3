//! Named working calendars: deadlines are counted in their hours.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::record;
use crate::record::Ext;
use crate::value::{Code, DayHours, Hours, Id, Invalid, Name, Week, WorkCalendar};

json_column! { WorkCalendar }

record! {
    /// A working calendar under a name.
    pub struct Calendar: Calendar {
        /// What deadlines call it; no two calendars share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// When work is done.
        3 hours: WorkCalendar;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl Calendar {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// A working calendar, new or changed: one that ships with the engine, or one of the host's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefineCalendar {
    /// What deadlines call it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// A calendar that ships with the engine: `cn`, mainland China with its public holidays and make-up workdays.
    pub preset: Option<String>,
    /// The hours of a workday of the preset; 09:00-12:00 and 13:00-18:00 where nothing is said.
    pub hours: Option<DayHours>,
    /// A calendar of the host's own, instead of a preset.
    pub calendar: Option<WorkCalendar>,
    /// Days that differ besides, such as a company's holidays.
    pub exceptions: BTreeMap<NaiveDate, DayHours>,
}

/// A calendar as it is wished.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `calendar.source` unless exactly one of preset and calendar is given ·
/// `code.unknown` (preset) · `calendar.range` (exceptions). Rule SET-7 (B24).
pub fn define_calendar(id: Id<Calendar>, wish: &DefineCalendar) -> Result<Calendar, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let base = check.take("preset", base(wish));
    let hours = base
        .and_then(|base| check.take("exceptions", base.with_exceptions(wish.exceptions.clone())));
    let calendar = code.zip(name).zip(hours);
    check.finish(calendar.map(|((code, name), hours)| Calendar {
        id,
        code,
        name,
        hours,
        ext: Ext::new(),
    }))
}

/// The calendar before its exceptions.
fn base(wish: &DefineCalendar) -> Result<WorkCalendar, Invalid> {
    match (wish.preset.as_deref(), &wish.calendar) {
        (None, Some(calendar)) => Ok(calendar.clone()),
        (Some("cn"), None) => {
            let hours = match &wish.hours {
                Some(hours) => hours.clone(),
                None => DayHours::new(["09:00-12:00".parse()?, "13:00-18:00".parse()?])?,
            };
            Ok(WorkCalendar::mainland_china(&hours))
        }
        (Some(other), None) => Err(Invalid::new("code.unknown", other).allowed(["cn"])),
        (preset, _) => {
            let invalid = Invalid::new("calendar.source", preset.unwrap_or_default());
            Err(invalid.limit("either a preset or a calendar"))
        }
    }
}

/// The hours of a workday where no calendar says otherwise.
fn office() -> DayHours {
    let hours = Hours::new(9 * 60, 18 * 60).and_then(|hours| DayHours::new([hours]));
    hours.unwrap_or(DayHours::REST)
}

impl Settings {
    /// The calendar where none is named: Monday to Friday, 09:00 to 18:00 in the tenant's zone, in China with its holidays.
    pub fn usual_calendar(&self) -> WorkCalendar {
        let zone = self.zone.parse().unwrap_or(Tz::UTC);
        if zone == Tz::Asia__Shanghai {
            return WorkCalendar::mainland_china(&office());
        }
        WorkCalendar::new(zone, Week::monday_to_friday(&office()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;
    use crate::record::Entity;

    fn wish(preset: Option<&str>) -> DefineCalendar {
        DefineCalendar {
            code: "office".into(),
            name: "办公室".into(),
            preset: preset.map(str::to_owned),
            ..Default::default()
        }
    }

    #[test]
    fn a_calendar_is_a_preset_or_the_hosts_own() {
        let id = Id::new(Uuid::nil());
        assert_eq!(broken(&define_calendar(id, &wish(None))), ["preset calendar.source"]);
        assert_eq!(broken(&define_calendar(id, &wish(Some("mars")))), ["preset code.unknown"]);
        let both = DefineCalendar {
            calendar: Some(WorkCalendar::mainland_china(&DayHours::REST)),
            ..wish(Some("cn"))
        };
        assert_eq!(broken(&define_calendar(id, &both)), ["preset calendar.source"]);
    }

    #[test]
    fn the_chinese_preset_rests_on_national_day_and_survives_storage() {
        let calendar = define_calendar(Id::new(Uuid::nil()), &wish(Some("cn"))).unwrap();
        let national_day = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        assert!(calendar.hours.hours_on(national_day).is_rest());
        assert_eq!(Calendar::from_record(&calendar.record(1)).unwrap(), calendar);
    }
}
