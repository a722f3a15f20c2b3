//! Plans by which a customer, a contact or a lead is seen again and again.
//!
//! Of a plan exactly one step lies ahead: it is planned when the one before it is due. After downtime the days that
//! passed meanwhile are left out and counted, so one step is overdue and one lies ahead, never a flood.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::recurrence::instant;
use super::{Activity, ActivityKind, ActivityWish, Person, Recurrence};
use crate::decision::{Check, Refusal};
use crate::lead::Lead;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Timestamp};
use crate::{codes, record};

codes! {
    /// Why a plan ended.
    pub enum RevisitEnd {
        /// Its last step was planned.
        Done = "done",
        /// Somebody ended it.
        Stopped = "stopped",
        /// Whom it is for was archived, converted, discarded or removed.
        Closed = "closed",
    }
}

record! {
    /// A plan by which somebody is seen again and again.
    pub struct RevisitPlan: RevisitPlan {
        /// The customer it is for.
        1 customer: Option<Id<Customer>>;
        /// The contact it is for.
        2 contact: Option<Id<Contact>>;
        /// The lead it is for.
        3 lead: Option<Id<Lead>>;
        /// When it comes again.
        4 rule: Recurrence;
        /// What is done each time.
        5 kind: ActivityKind;
        /// What it is about.
        6 subject: Name, personal("dealings", 3650);
        /// Who has to do it.
        7 owner: Id<User>;
        /// The day from which the rule counts.
        8 starts_on: NaiveDate;
        /// At what time of the day: minutes after midnight.
        9 minute_of_day: u32;
        /// The last day on which it may come.
        10 until: Option<NaiveDate>;
        /// How often it comes, those left out included.
        11 count: Option<u32>;
        /// How often it came, the step ahead included.
        12 planned: u32;
        /// How often it was left out, because nobody let time pass.
        13 skipped: u32;
        /// The day of the last step that was planned.
        14 planned_on: NaiveDate;
        /// When that step is due, and the next one is planned; nothing of a plan that ended.
        15 due_at: Option<Timestamp>;
        /// Why it ended.
        16 ended: Option<RevisitEnd>;
        /// How many minutes before each step its owner is reminded.
        17 remind_minutes: Option<u32>;
        /// When it was made.
        18 created_at: Timestamp;
    }
    listings {
        1 "by_owner" ["owner", "created_at"];
        2 "by_customer" ["customer", "created_at"];
        3 "by_lead" ["lead", "created_at"];
        4 "by_contact" ["contact", "created_at"];
    }
}

impl RevisitPlan {
    /// The listing by owner, then age.
    pub const BY_OWNER: u16 = 1;
    /// The listing by customer, then age.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by lead, then age.
    pub const BY_LEAD: u16 = 3;
    /// The listing by contact, then age.
    pub const BY_CONTACT: u16 = 4;
    /// How often a plan comes at most.
    pub const COUNT_MAX: u32 = 1000;

    /// The step of a day: the same day is the same activity, so that each step is planned once. Rule PLAN-3 (F053).
    pub fn step_of(&self, day: NaiveDate) -> Id<Activity> {
        let (id, day) = (self.id.uuid(), day.to_string());
        Id::derived([b"revisit".as_slice(), id.as_bytes(), day.as_bytes()])
    }

    /// The step of the day that was planned last.
    pub fn step_ahead(&self) -> Id<Activity> {
        self.step_of(self.planned_on)
    }

    /// What the step of `planned_on` asks for.
    pub fn step(&self, at: Timestamp) -> ActivityWish {
        let takes_part = matches!(self.kind, ActivityKind::Visit | ActivityKind::Meeting);
        let owner = Person { user: Some(self.owner), ..Default::default() };
        ActivityWish {
            id: Some(self.step_ahead()),
            kind: self.kind.code().to_owned(),
            at: Some(at),
            customer: self.customer,
            contact: self.contact,
            lead: self.lead,
            subject: Some(self.subject.to_string()),
            participants: if takes_part { vec![owner] } else { Vec::new() },
            remind_minutes: self.remind_minutes,
            ..Default::default()
        }
    }

    /// The plan as ended.
    #[must_use]
    pub fn ended(&self, why: RevisitEnd) -> Self {
        Self { due_at: None, ended: Some(why), ..self.clone() }
    }

    fn time(&self) -> NaiveTime {
        let seconds = self.minute_of_day.saturating_mul(60);
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default()
    }

    /// The days on which it comes from `from` on, with the instants, as far as it goes.
    pub fn days(&self, zone: Tz, from: NaiveDate) -> impl Iterator<Item = (NaiveDate, Timestamp)> {
        let next = move |day: NaiveDate| self.rule.on_or_after(self.starts_on, day);
        let days = core::iter::successors(next(from), move |day| next(day.succ_opt()?));
        let until = move |day: &NaiveDate| self.until.is_none_or(|until| *day <= until);
        days.take_while(until)
            .map_while(move |day| instant(zone, day, self.time()).map(|at| (day, at)))
    }

    /// The plan once its step is due at `now`: with the first day after `now` as the step ahead, those before it left
    /// out; or ended, where none is left. Rule PLAN-4 (F053).
    #[must_use]
    pub fn next(&self, zone: Tz, now: Timestamp) -> Self {
        let came = self.planned.saturating_add(self.skipped);
        let mut left = self.count.map_or(u32::MAX, |count| count.saturating_sub(came));
        let mut skipped = self.skipped;
        let days = self.planned_on.succ_opt().map(|from| self.days(zone, from));
        for (planned_on, at) in days.into_iter().flatten() {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(1);
            if at > now {
                let planned = self.planned.saturating_add(1);
                return Self { planned, skipped, planned_on, due_at: Some(at), ..self.clone() };
            }
            skipped = skipped.saturating_add(1);
        }
        Self { skipped, ..self.ended(RevisitEnd::Done) }
    }
}

/// Plans to see a customer, a contact or a lead again and again: every so many days, weeks, months or years, at a time of
/// the day in the tenant's zone.
///
/// A month without the day has its last day. A time that the clocks skip is the first after it; one that they show twice
/// comes once. One step lies ahead at any time; the next is planned when it is due (`tick`). What passed while nobody
/// let time pass is left out and counted. The plan ends by itself when whom it is for is archived, converted or
/// discarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRevisit {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default)]
    pub id: Option<Id<RevisitPlan>>,
    /// Whom it is for: a customer.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// Or a contact.
    #[serde(default)]
    pub contact: Option<Id<Contact>>,
    /// Or a lead.
    #[serde(default)]
    pub lead: Option<Id<Lead>>,
    /// When it comes again.
    pub rule: Recurrence,
    /// What is done each time: `call` where nothing is said.
    #[serde(default)]
    pub kind: Option<String>,
    /// What it is about: one line.
    pub subject: String,
    /// Who has to do it; the actor where nobody is named.
    #[serde(default)]
    pub owner: Option<Id<User>>,
    /// The day from which the rule counts; today where nothing is said.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// At what time of the day: `09:00` where nothing is said.
    #[serde(default)]
    pub time: Option<String>,
    /// The last day on which it may come.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// How often it comes: 1 to 1,000.
    #[serde(default)]
    pub count: Option<u32>,
    /// How many minutes before each step its owner is reminded.
    #[serde(default)]
    pub remind_minutes: Option<u32>,
}

/// A plan with its first step ahead of `now`.
///
/// # Errors
///
/// `revisit.unclear` unless exactly one of customer, contact and lead is given · `recurrence.*` (rule) · `code.unknown`
/// and `activity.not_of_plan` (kind) · `text.*` (subject) · `time.of_day` (time) · `revisit.count` · `revisit.never`
/// where no day of it is left. Rule PLAN-5 (F053).
pub fn plan_revisit(
    id: Id<RevisitPlan>,
    wish: &PlanRevisit,
    owner: Id<User>,
    zone: Tz,
    now: Timestamp,
) -> Result<RevisitPlan, Refusal> {
    let mut check = Check::default();
    let given = [wish.customer.is_some(), wish.contact.is_some(), wish.lead.is_some()];
    check.rule(given.iter().filter(|given| **given).count() == 1, "customer", || {
        Invalid::new("revisit.unclear", "").limit("a customer, a contact or a lead")
    });
    wish.rule.judge(&mut check);
    let kind: ActivityKind =
        check.parse("kind", wish.kind.as_deref()).unwrap_or(ActivityKind::Call);
    check.rule(kind != ActivityKind::Note, "kind", || {
        Invalid::new("activity.not_of_plan", kind.code())
    });
    let subject = check.take("subject", Name::parse(&wish.subject));
    let minute_of_day = check.take("time", minutes(wish.time.as_deref().unwrap_or("09:00")));
    if let Some(count) = wish.count {
        check.rule((1..=RevisitPlan::COUNT_MAX).contains(&count), "count", || {
            Invalid::new("revisit.count", &count.to_string()).limit("1 to 1,000")
        });
    }
    check.done()?;
    let today = now.day_in(zone);
    let plan = subject.zip(minute_of_day).map(|(subject, minute_of_day)| RevisitPlan {
        id,
        customer: wish.customer,
        contact: wish.contact,
        lead: wish.lead,
        rule: wish.rule.clone(),
        kind,
        subject,
        owner,
        starts_on: wish.starts_on.unwrap_or(today),
        minute_of_day,
        until: wish.until,
        count: wish.count,
        planned: 1,
        skipped: 0,
        planned_on: today,
        due_at: None,
        ended: None,
        remind_minutes: wish.remind_minutes,
        created_at: now,
        ext: Ext::new(),
    });
    let Some(plan) = plan else { return Check::default().finish(None) };
    let first = plan.days(zone, today).find(|(_, at)| *at > now);
    match first {
        Some((planned_on, at)) => Ok(RevisitPlan { planned_on, due_at: Some(at), ..plan }),
        None => {
            let until = wish.until.map(|until| until.to_string()).unwrap_or_default();
            Err(Refusal::by("revisit.never", "until", &until))
        }
    }
}

/// The minutes after midnight of a time such as `09:30`.
fn minutes(text: &str) -> Result<u32, Invalid> {
    let wrong = || Invalid::new("time.of_day", text).limit("such as 09:30");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, end: u32| {
        let number = Some(text).filter(|text| text.len() == 2)?.parse::<u32>().ok()?;
        (number < end).then_some(number)
    };
    let (hours, minutes) = number(hours, 24).zip(number(minutes, 60)).ok_or_else(wrong)?;
    Ok(hours.saturating_mul(60).saturating_add(minutes))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    const ZONE: Tz = Tz::Asia__Shanghai;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn wish(rule: &str) -> PlanRevisit {
        let json = format!(
            r#"{{"customer": "01890000-0000-7000-8000-000000000001", "rule": {rule}, "subject": "回访"}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn plan(wish: &PlanRevisit, now: Timestamp) -> Result<RevisitPlan, Refusal> {
        plan_revisit(Id::new(Uuid::nil()), wish, User::OWNER, ZONE, now)
    }

    #[test]
    fn a_plan_is_for_somebody_and_comes_again() {
        let day = wish(r#"{"unit": "day"}"#);
        let now = at("2026-01-05T00:00:00Z");
        #[rustfmt::skip]
        let table = [
            ("of every day", day.clone(), ""),
            ("for nobody", PlanRevisit { customer: None, ..day.clone() }, "customer revisit.unclear"),
            ("never", wish(r#"{"every": 0, "unit": "day"}"#), "rule.every recurrence.every"),
            ("of days on mondays", wish(r#"{"unit": "day", "weekdays": ["mon"]}"#), "rule.weekdays recurrence.not_of_unit"),
            ("of mondays twice", wish(r#"{"unit": "week", "weekdays": ["mon", "mon"]}"#), "rule.weekdays[1] recurrence.weekday_twice"),
            ("on the 32nd", wish(r#"{"unit": "month", "day_of_month": 32}"#), "rule.day_of_month recurrence.day_of_month"),
            ("of notes", PlanRevisit { kind: Some("note".into()), ..day.clone() }, "kind activity.not_of_plan"),
            ("at 24 o'clock", PlanRevisit { time: Some("24:00".into()), ..day.clone() }, "time time.of_day"),
            ("that is over", PlanRevisit { until: "2026-01-04".parse().ok(), ..day.clone() }, "until revisit.never"),
            ("hears of every fault", PlanRevisit { subject: " ".into(), count: Some(0), ..day }, "subject text.empty, count revisit.count"),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(broken(&plan(&wish, now)).join(", "), expected, "a plan {rule}");
        }
    }

    #[test]
    fn one_step_lies_ahead_and_downtime_leaves_out_what_passed() {
        let monthly =
            PlanRevisit { starts_on: "2026-01-31".parse().ok(), ..wish(r#"{"unit": "month"}"#) };
        let first = plan(&monthly, at("2026-01-05T00:00:00Z")).unwrap();
        assert_eq!(first.due_at, Some(at("2026-01-31T01:00:00Z")), "09:00 in Shanghai");
        #[rustfmt::skip]
        let table = [
            // what, due since, the step ahead, left out
            ("in time", "2026-01-31T01:00:00Z", "2026-02-28", 0),
            ("late by a day", "2026-02-01T01:00:00Z", "2026-02-28", 0),
            ("at the very next", "2026-02-28T01:00:00Z", "2026-03-31", 1),
            ("after months of downtime", "2026-06-15T00:00:00Z", "2026-06-30", 4),
        ];
        for (what, now, ahead, skipped) in table {
            let next = first.next(ZONE, at(now));
            let found = (next.planned_on.to_string(), next.planned, next.skipped);
            assert_eq!(found, (ahead.to_owned(), 2, skipped), "{what}");
            assert_ne!(next.step_ahead(), first.step_ahead(), "{what}");
        }
        let twice = RevisitPlan { count: Some(2), ..first.clone() };
        let second = twice.next(ZONE, at("2026-01-31T01:00:00Z"));
        assert_eq!((second.planned, second.ended), (2, None));
        let over = second.next(ZONE, at("2026-02-28T01:00:00Z"));
        assert_eq!((over.planned, over.ended, over.due_at), (2, Some(RevisitEnd::Done), None));
        let slept = twice.next(ZONE, at("2026-06-15T00:00:00Z"));
        assert_eq!(
            (slept.skipped, slept.ended),
            (1, Some(RevisitEnd::Done)),
            "left out counts too"
        );
        let until = RevisitPlan { until: "2026-02-27".parse().ok(), ..first };
        assert_eq!(until.next(ZONE, at("2026-02-01T01:00:00Z")).ended, Some(RevisitEnd::Done));
    }
}
