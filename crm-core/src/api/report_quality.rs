//! The report on the quality of data, and the records behind each of its figures.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::quality::{POINTS, fields, rules};
use super::report::{all, by_id};
use crate::access::Access;
use crate::activity::{Activity, ActivityStatus, Participant};
use crate::analytics::{Looked, Measure, QualityView, Steward, day_start};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Label, Parameter, Report};
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::order::Order;
use crate::party::{Confirmation, Confirmed, Contact, ContactPoint, Customer, CustomerStatus};
use crate::quality::{Document, FieldRule, RuleEntity, RuleTest, judge};
use crate::record::{Entity, Record};
use crate::settings::{Settings, User};
use crate::value::{Id, Invalid, Timestamp};

/// Days of "lately" where nothing is said, and at most.
const DAYS: (u32, u32) = (180, 3650);
/// Months of a trend at most.
const MONTHS_MAX: u32 = 24;

/// What is asked of the quality of data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QualityQuery {
    /// Only this class: `lead`, `customer` or `contact`; all where nothing is said.
    pub entity: Option<RuleEntity>,
    /// Of follow-ups: the first day.
    pub from: Option<NaiveDate>,
    /// Of follow-ups: the day after the last.
    pub to: Option<NaiveDate>,
    /// A record is current that was made, confirmed or worked with in the last so many days: 1 to 3,650; 180 where nothing
    /// is said.
    pub days: Option<u32>,
    /// A trend: the same as it was known at the ends of the last so many months, 1 to 24; none where nothing is said.
    pub months: Option<u32>,
    /// The zone of days; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// How good the data of leads, customers and contacts is, by class and by who looks after it (of a contact, after its
/// customer): accuracy, timeliness, completeness, effect, each with its formula; a trend; follow-ups, different customers and
/// the completeness of their customers' data by person. `quality.members` gives the records behind each figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportQuality(pub QualityQuery);

impl Operation for ReportQuality {
    const NAME: &'static str = "report.quality";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        if self.0.known_at.and(self.0.months).is_some() {
            let invalid = Invalid::new("report.option", "months");
            return Err(Error::invalid("months", invalid.limit("not beside known_at")));
        }
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportQuality {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let asked = &self.0;
        let settings = cx.get(Settings::ID)?;
        let zone = asked.zone.as_deref().unwrap_or(&settings.zone);
        let zone: Tz =
            zone.parse().map_err(|_| Error::invalid("zone", Invalid::new("time.zone", zone)))?;
        let days = within("days", asked.days.unwrap_or(DAYS.0), DAYS.1)?;
        let classes = classes(asked.entity);
        let looked = looked(cx, &classes, days)?;
        let mut before = Vec::new();
        if let Some(months) = asked.months {
            for end in ends(cx.now(), zone, within("months", months, MONTHS_MAX)?) {
                let Ok(at) = Timestamp::from_micros(end.1) else { continue };
                // Of months in which nothing was known, or of which nothing is known any more, nothing is told.
                match cx.known_at(at, |cx| self::looked(cx, &classes, days)) {
                    Ok(known) => before.push((end.0, known.found)),
                    Err(Error::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let users: BTreeMap<Id<User>, User> = by_id(cx)?;
        let name = |who: Uuid| {
            users.get(&Id::<User>::new(who)).map_or_else(String::new, |user| user.name.to_string())
        };
        let stewards = stewards(cx, asked, zone, &users)?;
        let mut standards = Vec::new();
        for class in classes {
            let rules = rules(cx, class)?;
            standards.push((class.def().name, wanted(class, &rules), judging(&rules).len()));
        }
        let parameter = |key: &str, label, value: String| {
            let shown = Label::same(&value);
            Parameter { key: key.to_owned(), label, value, shown }
        };
        let day = |day: Option<NaiveDate>| day.map_or("…".to_owned(), |day| day.to_string());
        let mut parameters = vec![parameter("days", Label::new("Days", "天数"), days.to_string())];
        if asked.from.is_some() || asked.to.is_some() {
            let period = format!("{} – {}", day(asked.from), day(asked.to));
            parameters.push(parameter("period", Label::new("Follow-ups in", "跟进期间"), period));
        }
        let view = QualityView {
            as_of: cx.now(),
            zone,
            currency: settings.base_currency.code().to_owned(),
            parameters,
            looked: &looked,
            stewards: &stewards,
            before: &before,
            name: &name,
            standards,
            days,
        };
        Ok(view.report())
    }
}

fn within(path: &str, number: u32, most: u32) -> Result<u32, Error> {
    if (1..=most).contains(&number) {
        return Ok(number);
    }
    let invalid = Invalid::new("number.range", &number.to_string());
    Err(Error::invalid(path, invalid.limit(format!("1 to {most}"))))
}

fn classes(only: Option<RuleEntity>) -> Vec<RuleEntity> {
    RuleEntity::ALL.iter().copied().filter(|class| only.is_none_or(|only| only == *class)).collect()
}

/// The ends of the last months that are over, the earliest first: what each is called, and its last microsecond.
fn ends(now: Timestamp, zone: Tz, months: u32) -> Vec<(String, i64)> {
    use chrono::Datelike as _;
    let Some(first) = now.day_in(zone).with_day(1) else { return Vec::new() };
    let end = |back: u32| {
        let day = first.checked_sub_months(Months::new(back))?;
        let last = day.checked_sub_days(Days::new(1))?;
        let micros = day_start(day, zone).saturating_mul(1_000_000).saturating_sub(1);
        Some((last.format("%Y-%m").to_string(), micros))
    };
    (0..months).rev().filter_map(end).collect()
}

/// The fields that records of a class shall have: those that rules require, else what a first call needs.
fn wanted(class: RuleEntity, rules: &[FieldRule]) -> Vec<String> {
    let required = rules.iter().filter(|rule| rule.active).filter_map(|rule| match &rule.test {
        RuleTest::Required { field } => Some(field.clone()),
        RuleTest::Length { .. }
        | RuleTest::Format { .. }
        | RuleTest::StartsWith { .. }
        | RuleTest::OneOf { .. }
        | RuleTest::Range { .. }
        | RuleTest::Order { .. }
        | RuleTest::When { .. } => None,
    });
    let required: BTreeSet<String> = required.collect();
    if !required.is_empty() {
        return required.into_iter().collect();
    }
    let usual: &[&str] = match class {
        RuleEntity::Lead => &["company", "need", "phones", "region", "source"],
        RuleEntity::Customer => &["phones", "primary_contact", "region", "source"],
        RuleEntity::Contact => &["phones", "role", "title"],
    };
    usual.iter().map(|field| (*field).to_owned()).collect()
}

/// The rules that records are judged by: all but those that only ask for a field to be filled.
fn judging(rules: &[FieldRule]) -> Vec<&FieldRule> {
    let fills = |rule: &&FieldRule| matches!(rule.test, RuleTest::Required { .. });
    rules.iter().filter(|rule| rule.active && !fills(rule)).collect()
}

/// What is known of all records besides themselves.
struct Around {
    points: BTreeMap<Uuid, Vec<ContactPoint>>,
    /// When each was last confirmed, or worked with.
    last: BTreeMap<Uuid, Timestamp>,
    /// Of which something came.
    used: BTreeSet<Uuid>,
}

impl Around {
    fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut points: BTreeMap<Uuid, Vec<ContactPoint>> = BTreeMap::new();
        all(cx, |point: ContactPoint| points.entry(point.owner).or_default().push(point))?;
        let (mut last, mut used) = (BTreeMap::<Uuid, Timestamp>::new(), BTreeSet::new());
        let mut note = |of: Uuid, at: Timestamp| {
            let known = last.entry(of).or_insert(at);
            *known = at.max(*known);
        };
        all(cx, |asked: Confirmation| {
            if let Some(at) = asked.answered_at.filter(|_| asked.status == Confirmed::Confirmed) {
                note(asked.owner, at);
            }
        })?;
        let mut done: BTreeMap<Id<Activity>, Timestamp> = BTreeMap::new();
        all(cx, |activity: Activity| {
            if activity.status != ActivityStatus::Done || activity.at > cx.now() {
                return;
            }
            done.insert(activity.id, activity.at);
            let with = [
                activity.customer.map(Id::uuid),
                activity.contact.map(Id::uuid),
                activity.lead.map(Id::uuid),
            ];
            with.into_iter().flatten().for_each(|of| note(of, activity.at));
            used.extend(activity.contact.map(Id::uuid));
        })?;
        all(cx, |one: Participant| {
            if let (Some(contact), Some(at)) = (one.contact, done.get(&one.activity)) {
                note(contact.uuid(), *at);
                used.insert(contact.uuid());
            }
        })?;
        all(cx, |deal: Opportunity| {
            used.insert(deal.customer.uuid());
        })?;
        all(cx, |order: Order| {
            if order.is_effective() {
                used.insert(order.customer.uuid());
            }
        })?;
        all(cx, |lead: Lead| {
            if lead.converted_at.is_some() {
                used.insert(lead.id.uuid());
            }
        })?;
        Ok(Self { points, last, used })
    }
}

/// How a class is looked at.
struct Glass<'a> {
    class: &'static str,
    rules: Vec<&'a FieldRule>,
    wanted: Vec<String>,
    known: Vec<String>,
    around: &'a Around,
    since: Timestamp,
}

impl Glass<'_> {
    fn look(&self, record: &Record, steward: Option<Id<User>>, made: Timestamp) -> Looked {
        let mut document = Document::of(record);
        let points = self.around.points.get(&record.id).map_or(&[][..], Vec::as_slice);
        for (name, medium) in POINTS {
            let of = points.iter().filter(|point| point.medium == medium);
            document = document.with(name, of.map(|point| point.raw.clone()).collect());
        }
        let is_known = |field: &str| self.known.iter().any(|own| own == field);
        let broken = judge(self.rules.iter().copied(), &document, is_known);
        // A rule that cannot be judged says nothing of the record.
        let broken = broken.into_iter().filter(|one| one.violation.code != "quality.rule_broken");
        let mut broken: Vec<String> = broken.map(|one| one.rule.to_string()).collect();
        broken.dedup();
        let missing = self.wanted.iter().filter(|field| document.get(field).is_empty());
        let last = self.around.last.get(&record.id).copied().unwrap_or(made).max(made);
        Looked {
            class: self.class,
            id: record.id,
            steward: steward.map(Id::uuid).unwrap_or_default(),
            asked: u32::try_from(self.wanted.len()).unwrap_or(u32::MAX),
            missing: missing.cloned().collect(),
            judged: !self.rules.is_empty(),
            broken,
            current: last >= self.since,
            used: self.around.used.contains(&record.id),
        }
    }
}

/// Looks at every record of some classes that is dealt with: no archived customer, and no contact of one; leads of all kinds.
fn looked(cx: &mut Cx<'_>, classes: &[RuleEntity], days: u32) -> Result<Vec<Looked>, Error> {
    let around = Around::read(cx)?;
    let back = TimeDelta::days(i64::from(days));
    let since = cx.now().utc().checked_sub_signed(back).unwrap_or_default();
    let since = Timestamp::from_micros(since.timestamp_micros())
        .map_err(|invalid| Error::invalid("days", invalid))?;
    let mut stewards: BTreeMap<Id<Customer>, Option<Id<User>>> = BTreeMap::new();
    all(cx, |customer: Customer| {
        if customer.status == CustomerStatus::Active {
            stewards.insert(customer.id, customer.owner);
        }
    })?;
    let mut found = Vec::new();
    for class in classes {
        let rules = rules(cx, *class)?;
        let glass = Glass {
            class: class.def().name,
            rules: judging(&rules),
            wanted: wanted(*class, &rules),
            known: fields(cx, *class)?,
            around: &around,
            since,
        };
        match class {
            RuleEntity::Lead => all(cx, |lead: Lead| {
                found.push(glass.look(&lead.record(0), lead.owner, lead.created_at));
            })?,
            RuleEntity::Customer => all(cx, |customer: Customer| {
                if stewards.contains_key(&customer.id) {
                    let record = customer.record(0);
                    found.push(glass.look(&record, customer.owner, customer.created_at));
                }
            })?,
            RuleEntity::Contact => all(cx, |contact: Contact| {
                if let Some(steward) = stewards.get(&contact.customer) {
                    found.push(glass.look(&contact.record(0), *steward, contact.created_at));
                }
            })?,
        }
    }
    Ok(found)
}

/// What everybody who is active, or did something, did in the period.
fn stewards(
    cx: &Cx<'_>,
    asked: &QualityQuery,
    zone: Tz,
    users: &BTreeMap<Id<User>, User>,
) -> Result<Vec<Steward>, Error> {
    let active = users.values().filter(|user| user.active);
    let mut found: BTreeMap<Uuid, (u64, BTreeSet<Uuid>)> =
        active.map(|user| (user.id.uuid(), Default::default())).collect();
    all(cx, |activity: Activity| {
        let day = activity.at.day_in(zone);
        let is_within = asked.from.is_none_or(|from| day >= from)
            && asked.to.is_none_or(|to| day < to)
            && activity.at <= cx.now();
        if activity.status == ActivityStatus::Done && is_within {
            let (done, with) = found.entry(activity.owner.uuid()).or_default();
            *done = done.saturating_add(1);
            with.extend(activity.customer.map(Id::uuid).or(activity.lead.map(Id::uuid)));
        }
    })?;
    let name = |who: &Uuid| users.get(&Id::<User>::new(*who)).map(|user| user.name.to_string());
    let mut rows: Vec<Steward> = found
        .into_iter()
        .map(|(who, (followed, with))| Steward {
            who,
            followed,
            with: u64::try_from(with.len()).unwrap_or(u64::MAX),
        })
        .collect();
    rows.sort_by_cached_key(|row| (name(&row.who), row.who));
    Ok(rows)
}

/// The records that are short of a measure, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityMembers {
    /// Of this class: `lead`, `customer` or `contact`.
    pub entity: RuleEntity,
    /// Of this measure: `accuracy`, `timeliness`, `completeness` or `effect`.
    pub measure: Measure,
    /// Only of this steward; of all where nothing is said.
    #[serde(default)]
    pub steward: Option<Id<User>>,
    /// Days of "lately", as in the report.
    #[serde(default)]
    pub days: Option<u32>,
    /// How many are told at most: 1 to 10,000; 1,000 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// The records that are short of a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityShort {
    /// How many records were looked at.
    pub looked_at: u64,
    /// How many are short of it, also those that are not told.
    pub count: u64,
    /// Those, by id.
    pub rows: Vec<QualityRow>,
}

/// A record that is short of a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityRow {
    /// Which.
    pub id: Uuid,
    /// Who looks after it.
    pub steward: Option<Id<User>>,
    /// Why: the empty fields, or the rules that it breaks; nothing for timeliness and effect.
    pub why: Vec<String>,
}

impl Operation for QualityMembers {
    const NAME: &'static str = "quality.members";
    const ACCESS: Access = Access::Report;
    type Response = QualityShort;

    fn run(&self, cx: &mut Cx<'_>) -> Result<QualityShort, Error> {
        let days = within("days", self.days.unwrap_or(DAYS.0), DAYS.1)?;
        let most = within("limit", self.limit.unwrap_or(1_000), 10_000)?;
        cx.known_if("steward", self.steward)?;
        let mut found = looked(cx, &[self.entity], days)?;
        found.retain(|one| self.steward.is_none_or(|of| of.uuid() == one.steward));
        found.sort_by_key(|one| one.id);
        let looked_at = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let short = found.iter().filter_map(|one| {
            let why = one.short_of(self.measure)?;
            let steward = (!one.steward.is_nil()).then(|| Id::new(one.steward));
            Some(QualityRow { id: one.id, steward, why })
        });
        let mut rows: Vec<QualityRow> = short.collect();
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(QualityShort { looked_at, count, rows })
    }
}
