use std::path::Path;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Timelike, Utc};
use proptest::prelude::*;

use super::*;

pub(super) fn day(stretches: &str) -> DayHours {
    let stretches = stretches.split_terminator(' ').map(|text| text.parse().unwrap());
    DayHours::new(stretches).unwrap()
}

fn at(zone: Tz, local: &str) -> Timestamp {
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().to_utc().try_into().unwrap()
}

pub(super) fn in_shanghai(local: &str) -> Timestamp {
    at(Tz::Asia__Shanghai, local)
}

fn office() -> WorkCalendar {
    WorkCalendar::mainland_china(&day("09:00-18:00"))
}

fn night_shop(zone: Tz) -> WorkCalendar {
    let night = day("00:00-06:00");
    let week =
        Week { saturday: night.clone(), sunday: night.clone(), ..Week::monday_to_friday(&night) };
    WorkCalendar::new(zone, week)
}

/// Found in frappe/crm at 8b7dfdd: on a rest day its loop adds 24 hours but keeps the clock time, so that the second line
/// ends on Monday at 16:00 and the third on Tuesday; without working days it never ends.
#[test]
fn deadlines_in_an_office_open_09_to_18() {
    let hours = TimeDelta::hours;
    let table = [
        // from, hours, until
        ("2026-11-19 10:00", hours(1), "2026-11-19 11:00"),
        ("2026-11-21 15:00", hours(1), "2026-11-23 10:00"),
        ("2026-11-22 23:30", hours(1), "2026-11-23 10:00"),
        ("2026-11-20 08:00", hours(1), "2026-11-20 10:00"),
        ("2026-11-20 17:00", hours(1), "2026-11-20 18:00"),
        ("2026-11-20 18:00", hours(1), "2026-11-23 10:00"),
        ("2026-11-20 09:00", hours(9), "2026-11-20 18:00"),
        ("2026-11-20 17:30", TimeDelta::minutes(31), "2026-11-23 09:01"),
        ("2026-11-21 15:00", hours(0), "2026-11-21 15:00"),
        ("2026-09-30 17:00", hours(2), "2026-10-08 10:00"), // over the National Day week
        ("2026-10-09 17:00", hours(2), "2026-10-10 10:00"), // a make-up Saturday
        ("2026-11-23 10:00", hours(-1), "2026-11-23 09:00"),
        ("2026-11-23 10:00", hours(-2), "2026-11-20 17:00"),
        ("2026-11-21 15:00", hours(-9), "2026-11-20 09:00"),
    ];
    for (from, amount, until) in table {
        let (start, end) = (in_shanghai(from), in_shanghai(until));
        assert_eq!(office().add_working(start, amount), Ok(end), "{from} + {amount}");
        assert_eq!(office().working_between(start, end), Ok(amount), "{from} to {until}");
    }
}

#[test]
fn a_calendar_without_work_has_no_deadline() {
    let monday = in_shanghai("2026-11-23 09:00");
    let hour = TimeDelta::hours(1);
    let code = |result: Result<Timestamp, Invalid>| result.unwrap_err().code;
    let closed = WorkCalendar::new(Tz::Asia__Shanghai, Week::default());
    assert_eq!(code(closed.add_working(monday, hour)), "calendar.no_working_time");
    assert_eq!(code(closed.add_working(monday, -hour)), "calendar.no_working_time");
    assert_eq!(closed.working_between(monday, monday), Ok(TimeDelta::zero()));
    let fair =
        closed.with_exceptions([("2026-12-01".parse().unwrap(), day("10:00-12:00"))]).unwrap();
    assert_eq!(fair.add_working(monday, hour * 2), Ok(in_shanghai("2026-12-01 12:00")));
    assert_eq!(code(fair.add_working(monday, hour * 3)), "calendar.no_working_time");
    assert_eq!(code(office().add_working(monday, TimeDelta::days(36_500))), "calendar.range");
    assert_eq!(code(office().add_working(monday, TimeDelta::MAX)), "calendar.range");
    assert_eq!(
        code(office().add_working("1969-01-01T00:00:00Z".parse().unwrap(), hour)),
        "calendar.range"
    );
    assert_eq!(
        code(office().add_working("9999-12-31T23:00:00Z".parse().unwrap(), hour)),
        "calendar.range"
    );
    assert!(office().with_exceptions([("2100-01-01".parse().unwrap(), DayHours::REST)]).is_err());
}

#[test]
fn a_skipped_hour_is_not_worked_and_a_repeated_one_twice() {
    use Tz::{
        America__Boa_Vista, America__New_York, America__Sao_Paulo, America__St_Johns,
        Australia__Lord_Howe, Pacific__Apia,
    };
    let table = [
        ("an ordinary night", America__New_York, "2026-03-07", 360),
        ("spring forward 02:00 to 03:00", America__New_York, "2026-03-08", 300),
        ("fall back 02:00 to 01:00", America__New_York, "2026-11-01", 420),
        ("half an hour forward", Australia__Lord_Howe, "2026-10-04", 330),
        ("half an hour back", Australia__Lord_Howe, "2026-04-05", 390),
        ("midnight itself skipped", America__Sao_Paulo, "2018-11-04", 300),
        ("00:01 back to yesterday", America__St_Johns, "2008-11-02", 361),
        ("a summer time of one week", America__Boa_Vista, "2000-10-08", 300),
        ("a day that never was", Pacific__Apia, "2011-12-30", 0),
    ];
    for (rule, zone, date, minutes) in table {
        let shop = night_shop(zone);
        let date: NaiveDate = date.parse().unwrap();
        let noon = |date: Option<NaiveDate>| {
            let noon = date.unwrap().and_hms_opt(12, 0, 0).unwrap();
            Timestamp::try_from(zone.from_local_datetime(&noon).earliest().unwrap().to_utc())
                .unwrap()
        };
        let (from, until) = if date == "2011-12-30".parse().unwrap() {
            (at(zone, "2011-12-29 12:00"), at(zone, "2011-12-31 00:00"))
        } else {
            (noon(date.pred_opt()), noon(Some(date)))
        };
        let worked = shop.working_between(from, until).unwrap();
        assert_eq!(worked, TimeDelta::minutes(minutes), "{rule}");
        assert_eq!(walk(&shop, from, until), minutes, "{rule}, walked");
    }
}

#[test]
fn a_clock_put_back_to_yesterday_counts_every_minute() {
    let zone = Tz::America__St_Johns;
    let late = day("00:00-00:30 23:00-23:45");
    let week = Week { saturday: late.clone(), sunday: late, ..Week::default() };
    let calendar = WorkCalendar::new(zone, week);
    let noon = at(zone, "2008-11-01 12:00");
    let mut now = at(zone, "2008-11-01 22:50");
    for _ in 0..180 {
        let worked = calendar.working_between(noon, now).unwrap();
        assert_eq!(worked, TimeDelta::minutes(walk(&calendar, noon, now)), "{now}");
        if calendar.is_working(now) {
            let next = now.checked_add(TimeDelta::minutes(1)).unwrap();
            assert_eq!(calendar.add_working(noon, worked + TimeDelta::minutes(1)), Ok(next));
        }
        now = now.checked_add(TimeDelta::minutes(1)).unwrap();
    }
}

#[test]
fn a_year_walked_minute_by_minute_is_the_same() {
    for zone in [Tz::America__New_York, Tz::Africa__Casablanca] {
        let week = Week::monday_to_friday(&day("01:30-02:15 09:00-12:00 13:00-24:00"));
        let calendar = WorkCalendar::new(zone, week);
        let (from, until) = (at(zone, "2025-12-31 12:07"), at(zone, "2027-01-04 12:07"));
        let worked = calendar.working_between(from, until).unwrap();
        assert_eq!(worked, TimeDelta::minutes(walk(&calendar, from, until)), "{zone}");
    }
}

#[test]
fn json_holds_the_rules_and_not_the_sums() {
    let json = r#"{
        "zone": "Asia/Shanghai",
        "week": {"monday": ["09:00-12:00", "13:00-18:00"]},
        "exceptions": {"2026-11-23": [], "2026-11-24": ["10:00-11:00"]}
    }"#;
    let calendar: WorkCalendar = serde_json::from_str(json).unwrap();
    assert_eq!(calendar.hours_on("2026-11-30".parse().unwrap()), &day("09:00-12:00 13:00-18:00"));
    assert!(!calendar.is_working(in_shanghai("2026-11-23 10:00")), "an exception");
    assert!(calendar.is_working(in_shanghai("2026-11-24 10:59")), "its last minute");
    assert!(!calendar.is_working(in_shanghai("2026-11-24 11:00")), "its end");
    let again = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<WorkCalendar>(&again).unwrap(), calendar);
    let refused = [
        json.replace("Shanghai", "Peking"),
        json.replace("2026-11-23", "1969-11-23"),
        json.replace("exceptions", "holidays"),
    ];
    for refused in refused {
        assert!(serde_json::from_str::<WorkCalendar>(&refused).is_err(), "{refused}");
    }
}

/// Checks the shipped days against `vectors/cn_workdays.json` of the project's shared folder, where that is present.
#[test]
fn mainland_china_agrees_with_the_shared_vectors() {
    let Some(vectors) = shared("vectors/cn_workdays.json") else { return };
    let vectors: serde_json::Value = serde_json::from_str(&vectors).unwrap();
    let date =
        |value: &serde_json::Value| -> NaiveDate { value.as_str().unwrap().parse().unwrap() };
    let office = office();
    for (year, expected) in vectors["years"].as_object().unwrap() {
        let year: i32 = year.parse().unwrap();
        assert!(office.covers(year));
        let first = |year, month| NaiveDate::from_ymd_opt(year, month, 1).unwrap();
        let whole = office.work_days_between(first(year, 1), first(year + 1, 1)).unwrap();
        assert_eq!(whole, expected["workdays_in_year"].as_i64().unwrap(), "{year}");
        for (month, days) in (1..).zip(expected["workdays_by_month"].as_array().unwrap()) {
            let next = if month == 12 { first(year + 1, 1) } else { first(year, month + 1) };
            let counted = office.work_days_between(first(year, month), next).unwrap();
            assert_eq!(counted, days.as_i64().unwrap(), "{year}-{month}");
        }
        let rests = expected["rest"].as_array().unwrap();
        let make_ups = expected["make_up_workdays"].as_array().unwrap();
        for day in first(year, 1).iter_days().take_while(|day| day.year() == year) {
            let rest = rests.iter().any(|r| (date(&r[0])..=date(&r[1])).contains(&day));
            let make_up = make_ups.iter().any(|m| date(m) == day);
            let works = !rest && (make_up || day.weekday().number_from_monday() <= 5);
            assert_eq!(!office.hours_on(day).is_rest(), works, "{day}");
        }
    }
    for case in vectors["add_workdays"]["cases"].as_array().unwrap() {
        let (start, count) = (date(&case["start"]), case["n"].as_i64().unwrap());
        assert_eq!(office.add_work_days(start, count), Ok(date(&case["expect"])), "{case}");
    }
    for case in vectors["count_workdays"]["cases"].as_array().unwrap() {
        let counted = office.work_days_between(date(&case["start"]), date(&case["end"]));
        assert_eq!(counted.unwrap(), case["expect"].as_i64().unwrap(), "{case}");
    }
}

#[test]
fn years_without_a_notice_are_ordinary_and_say_so() {
    let office = office();
    assert!(
        !office.covers(2022) && office.covers(2023) && office.covers(2026) && !office.covers(2027)
    );
    let (from, until) = ("2027-10-01".parse().unwrap(), "2027-10-09".parse().unwrap());
    assert_eq!(office.work_days_between(from, until), Ok(6), "the ordinary week alone");
    assert_eq!(office.work_days_between(until, from), Ok(-6));
}

/// The text of a file in the folder that the project's repositories share; where it is missing the test is skipped with a
/// word, unless `CRM_REQUIRE=all`.
#[expect(clippy::disallowed_methods, reason = "a test may read its vectors")]
fn shared(path: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let roots = [Some(beside), std::env::var_os("CRM_SHARED").map(Into::into)];
    let text =
        roots.into_iter().flatten().find_map(|root| std::fs::read_to_string(root.join(path)).ok());
    if text.is_none() {
        assert!(std::env::var_os("CRM_REQUIRE").is_none_or(|v| v != "all"), "{path} is missing");
        println!("skipped: {path} is not there");
    }
    text
}

/// The slow twin: asks the wall clock of every minute.
fn walk(calendar: &WorkCalendar, from: Timestamp, until: Timestamp) -> i64 {
    let mut worked = 0;
    let mut now = from;
    while now < until {
        worked += i64::from(works(calendar, now.utc()));
        now = now.checked_add(TimeDelta::minutes(1)).unwrap();
    }
    worked
}

fn works(calendar: &WorkCalendar, at: DateTime<Utc>) -> bool {
    let wall = at.with_timezone(&calendar.zone());
    let minute = u16::try_from(wall.hour() * 60 + wall.minute()).unwrap();
    let hours = calendar.hours_on(wall.date_naive()).stretches();
    hours.iter().any(|h| h.from_minute() <= minute && minute < h.until_minute())
}

fn any_day() -> impl Strategy<Value = DayHours> {
    prop::collection::btree_set(0..=1440_u16, 0..6).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        DayHours::new(cuts.chunks_exact(2).map(|cut| Hours::new(cut[0], cut[1]).unwrap())).unwrap()
    })
}

/// A calendar in a zone, and an instant a few days around one of that zone's odd days.
fn any_calendar() -> impl Strategy<Value = (WorkCalendar, Timestamp)> {
    let odd_days = prop::sample::select(vec![
        (Tz::Asia__Shanghai, "2026-02-15"),
        (Tz::Asia__Shanghai, "1986-05-04"),
        (Tz::America__New_York, "2026-03-08"),
        (Tz::America__New_York, "2026-11-01"),
        (Tz::America__St_Johns, "2008-11-02"),
        (Tz::America__St_Johns, "2008-03-09"),
        (Tz::America__Sao_Paulo, "2018-11-04"),
        (Tz::America__Sao_Paulo, "2018-02-18"),
        (Tz::Australia__Lord_Howe, "2026-04-05"),
        (Tz::Pacific__Apia, "2011-12-30"),
        (Tz::Africa__Casablanca, "2026-02-15"),
        (Tz::America__Boa_Vista, "2000-10-08"),
        (Tz::Asia__Kathmandu, "1986-01-01"),
    ]);
    let week = prop::array::uniform7(any_day());
    let exceptions = prop::collection::vec((-6..8_i64, any_day()), 0..4);
    (odd_days, week, exceptions, -5 * 1440..5 * 1440_i64).prop_map(
        |((zone, odd), week, exceptions, minutes)| {
            let odd: NaiveDate = odd.parse().unwrap();
            let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = week;
            let week = Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
            let exceptions =
                exceptions.into_iter().map(|(days, hours)| (odd + TimeDelta::days(days), hours));
            let calendar = WorkCalendar::new(zone, week).with_exceptions(exceptions).unwrap();
            let midnight =
                Timestamp::try_from(odd.and_hms_opt(0, 0, 0).unwrap().and_utc()).unwrap();
            (calendar, midnight.checked_add(TimeDelta::minutes(minutes)).unwrap())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn equals_the_walk_over_every_minute((calendar, from) in any_calendar(), minutes in 0..6 * 1440_i64) {
        let until = from.checked_add(TimeDelta::minutes(minutes)).unwrap();
        let worked = calendar.working_between(from, until).unwrap();
        prop_assert_eq!(worked, TimeDelta::minutes(walk(&calendar, from, until)));
        prop_assert_eq!(calendar.working_between(until, from).unwrap(), -worked);
        prop_assert_eq!(calendar.is_working(from), works(&calendar, from.utc()));
    }

    #[test]
    fn adding_is_the_inverse_of_measuring((calendar, from) in any_calendar(), minutes in -9000..9000_i64) {
        let amount = TimeDelta::minutes(minutes);
        if let Ok(end) = calendar.add_working(from, amount) {
            prop_assert_eq!(calendar.working_between(from, end).unwrap(), amount);
            // No instant nearer to the work would do.
            let inside = if minutes > 0 { end.checked_add(TimeDelta::microseconds(-1)).unwrap() } else { end };
            prop_assert!(minutes == 0 || calendar.is_working(inside));
        } else {
            prop_assert!(calendar.timeline.rules.week == Week::default());
        }
    }

    #[test]
    fn workdays_are_counted_one_by_one((calendar, from) in any_calendar(), days in 0..30_u64, count in 1..9_i64) {
        let from = from.day_in(calendar.zone());
        let until = from + chrono::Days::new(days);
        let works = |day: &NaiveDate| !calendar.hours_on(*day).is_rest();
        let counted = from.iter_days().take_while(|day| *day < until).filter(works).count();
        prop_assert_eq!(calendar.work_days_between(from, until).unwrap(), i64::try_from(counted).unwrap());
        if let Ok(end) = calendar.add_work_days(from, count) {
            prop_assert!(works(&end) && end > from);
            let next = |day: NaiveDate| day.succ_opt().unwrap();
            prop_assert_eq!(calendar.work_days_between(next(from), next(end)).unwrap(), count);
            let back = calendar.add_work_days(next(end), -count).unwrap();
            prop_assert_eq!(calendar.work_days_between(back, next(end)).unwrap(), count);
            prop_assert!(works(&back));
        }
    }
}
