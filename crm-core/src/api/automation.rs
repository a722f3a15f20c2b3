//! Operations on automations, and the one place where they are set off: the end of every decision.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::page::Wanted;
use super::{AmendContact, AmendCustomer, AmendLead, AmendOpportunity, Listed, PlanActivity, Seen};
use crate::access::Access;
use crate::activity::{ActivityKind, ActivityWish};
use crate::assignment::Schema;
use crate::automation::{
    Automation, AutomationGrounds, AutomationRun, DEPTH_MAX, DefineAutomation, Fired, NotifyThem,
    PlanTask, RunOutcome, SetField, Then, Watched, When, changed_fields, define_automation, due,
    fires,
};
use crate::custom::CustomField;
use crate::decision::{Edit, Edits};
use crate::engine::{Cx, Error, Operation};
use crate::flow::Recipient;
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer, Pool};
use crate::record::{Entity, Ext, Key, Kind, Record, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::store::{Cursor, Scan};
use crate::value::{Id, Invalid, Timestamp};

/// Records whose times one timer of a sweep sets.
const SWEPT_AT_ONCE: u32 = 200;

/// What sets off nothing: it puts back what was, or makes one of two, and nobody did anything with a record.
const SILENT: &[&str] = &["reversal.undo", "customer.merge", "contact.merge", "lead.merge"];

/// Defines an automation, or defines it anew. What it says counts from now on.
impl Operation for DefineAutomation {
    const NAME: &'static str = "automation.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Automation>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Automation>, Error> {
        let others = cx.list::<Automation>(Automation::BY_CODE, &[])?;
        let before = others.iter().find(|other| other.code.as_str() == self.code).cloned();
        let id = before.as_ref().map_or_else(|| cx.new_id(), |before| before.id);
        let schema = schema(cx, self.terms.of)?;
        let own = schema.0.keys().filter(|name| name.starts_with("custom.")).cloned();
        let plain = self.terms.of.plain_fields().iter().map(|name| (*name).to_owned());
        let settable: BTreeSet<String> = plain.chain(own).collect();
        let pools = cx.list::<Pool>(Pool::BY_CODE, &[])?;
        let now = cx.now();
        let grounds = AutomationGrounds {
            schema: &schema,
            settable: &settable,
            pools: &pools,
            others: &others,
            now,
        };
        let rule = define_automation(id, self, grounds)?;
        cx.known_calendar("terms.calendar", rule.terms.calendar.as_ref())?;
        for (at, then) in rule.terms.then.iter().enumerate() {
            let Then::Notify(NotifyThem { to }) = then else { continue };
            for recipient in to {
                if let Recipient::User(user) = recipient {
                    cx.known::<User>(&format!("terms.then[{at}].notify.to"), *user)?;
                }
            }
        }
        let waits = |rule: &Automation| matches!(rule.terms.on, When::After(_));
        if waits(&rule) || before.as_ref().is_some_and(waits) {
            cx.schedule(rule.id, TimerCode::AutomationSweep, Some(now))?;
        }
        cx.amend(&rule)
    }
}

impl Watched {
    /// The plain fields that an automation sets.
    const fn plain_fields(self) -> &'static [&'static str] {
        match self {
            Self::Lead => &["company", "need", "source", "region", "country"],
            Self::Customer => &["industry", "size", "source", "region", "note", "website"],
            Self::Contact => &["title", "department", "role", "note"],
            Self::Opportunity => &["source", "region", "need", "competitor", "expected_close"],
            Self::Activity => &[],
        }
    }
}

/// The fields of a kind, custom ones among them.
fn schema(cx: &mut Cx<'_>, of: Watched) -> Result<Schema, Error> {
    let custom = cx.list::<CustomField>(CustomField::BY_CODE, &[Val::from(of.code())])?;
    Ok(Schema::of(of.def(), &custom))
}

/// The automations, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListAutomations {
    /// Also those that do not apply.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListAutomations {
    const NAME: &'static str = "automation.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Automation>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Automation>, Error> {
        let wanted = Wanted::of(Automation::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |rule: &Automation| self.inactive || rule.active)
    }
}

/// What automations did to a record, or what one of them did, the last first. Exactly one of `record` and `automation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AutomationRuns {
    /// To which record.
    pub record: Option<Uuid>,
    /// Which automation: its id.
    pub automation: Option<Id<Automation>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for AutomationRuns {
    const NAME: &'static str = "automation.runs";
    const ACCESS: Access = Access::Read;
    type Response = Listed<AutomationRun>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<AutomationRun>, Error> {
        let (index, id) = match (self.record, self.automation) {
            (Some(record), None) => (AutomationRun::BY_SUBJECT, record),
            (None, Some(automation)) => (AutomationRun::BY_AUTOMATION, automation.uuid()),
            _ => {
                let invalid = Invalid::new("request.form", "").limit("`record` or `automation`");
                return Err(Error::invalid("record", invalid));
            }
        };
        let prefix = [Val::Id(id)];
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &AutomationRun| true)
    }
}

/// The automations that apply, in the order in which they go.
fn active(cx: &mut Cx<'_>) -> Result<Vec<Automation>, Error> {
    let mut all = cx.list::<Automation>(Automation::BY_CODE, &[])?;
    all.retain(|rule| rule.active);
    all.sort_by(|a, b| (a.rank, &a.code).cmp(&(b.rank, &b.code)));
    Ok(all)
}

/// Sets off what the decision sets off, and what that sets off, and sets the times of the records that it wrote.
///
/// Each automation is set off once by a record in one decision, and none beyond a depth of five: what would go on is kept as
/// stopped, with the circle. An automation does all it says or nothing; what is refused is kept with the reason and refuses
/// nothing of what set it off. Rule FX-12 (F216).
///
/// # Errors
///
/// The store's.
pub(super) fn settle(cx: &mut Cx<'_>, operation: &str) -> Result<(), Error> {
    let all = active(cx)?;
    if all.is_empty() {
        return Ok(());
    }
    let mut ran: BTreeMap<(Id<Automation>, Uuid), Vec<String>> = BTreeMap::new();
    let mut depth = 0;
    while !SILENT.contains(&operation) {
        let events = events(cx, &all);
        if events.is_empty() {
            break;
        }
        for (of, key, fired) in events {
            let schema = schema(cx, of)?;
            for rule in all.iter().filter(|rule| rule.terms.of == of) {
                if operation == "import.rows" && !rule.terms.imports {
                    continue;
                }
                let now = cx.row(key)?.filter(|row| !row.deleted);
                let Some(by) = now.and_then(|row| fires(rule, &fired, &row, &schema)) else {
                    continue;
                };
                let circle = ran.get(&(rule.id, key.id)).map(|path| path.join(" > "));
                let deep = (depth > DEPTH_MAX).then(|| format!("deeper than {DEPTH_MAX}"));
                let path: Vec<String> = ran.values().flatten().cloned().collect();
                ran.entry((rule.id, key.id)).or_insert(path).push(rule.code.to_string());
                let because = format!("{operation}: {by}");
                let id = cx.new_id();
                set_off(cx, rule, key, (id, depth, because, circle.or(deep)))?;
            }
        }
        depth = depth.saturating_add(1);
        super::flow::settle(cx, operation)?;
    }
    times(cx, &all)
}

/// What the decision did since it was last asked, of kinds that are watched.
fn events(cx: &mut Cx<'_>, all: &[Automation]) -> Vec<(Watched, Key, Fired)> {
    let mut events = Vec::new();
    for of in Watched::ALL.iter().filter(|of| all.iter().any(|rule| rule.terms.of == **of)) {
        let written: Vec<(Option<Record>, Record)> =
            cx.written(of.kind()).map(|(before, after)| (before.cloned(), after.clone())).collect();
        for (before, after) in written {
            let key = after.key();
            let earlier = cx.had().get(&key).or(before.as_ref());
            let fired = match earlier {
                None => Fired::Created,
                Some(earlier) => Fired::Changed(changed_fields(earlier, &after)),
            };
            let nothing = matches!(&fired, Fired::Changed(fields) if fields.is_empty());
            if !after.deleted && !nothing {
                events.push((*of, key, fired));
            }
            cx.had().insert(key, after);
        }
    }
    events
}

/// Has an automation do what it says to a record, and keeps what came of it.
fn set_off(
    cx: &mut Cx<'_>,
    rule: &Automation,
    key: Key,
    (id, depth, because, stopped): (Id<AutomationRun>, u32, String, Option<String>),
) -> Result<(), Error> {
    cx.by_rule(rule.id);
    let (outcome, refused) = match stopped {
        Some(circle) => (RunOutcome::Stopped, Some(circle)),
        None => match cx.attempt(|cx| cx.aside(|cx| act(cx, rule, key))) {
            Ok(()) => (RunOutcome::Done, None),
            Err(error) => (RunOutcome::Refused, Some(reason(error)?)),
        },
    };
    cx.put(&AutomationRun {
        id,
        automation: rule.id,
        subject_kind: key.kind.name().to_owned(),
        subject: key.id,
        at: cx.now(),
        depth,
        outcome,
        because,
        refused,
        ext: Ext::new(),
    })
}

/// Why a decision refused what an automation wanted: the codes and where. What is no refusal goes on as it is.
fn reason(error: Error) -> Result<String, Error> {
    let refused = matches!(
        &error,
        Error::Request(_) | Error::Refused(_) | Error::NotFound { .. } | Error::Conflict(_)
    );
    if !refused {
        return Err(error);
    }
    let problem = error.problem();
    let told: Vec<String> =
        problem.violations.iter().map(|v| format!("{} {}", v.path, v.code)).collect();
    Ok(if told.is_empty() { problem.code } else { told.join(", ") })
}

/// Everything that an automation says.
fn act(cx: &mut Cx<'_>, rule: &Automation, key: Key) -> Result<(), Error> {
    for then in &rule.terms.then {
        match then {
            Then::Notify(notify) => tell(cx, rule, key, notify)?,
            Then::Plan(task) => plan(cx, rule, key, task)?,
            Then::Set(set) => set_field(cx, rule.terms.of, key.id, set)?,
            Then::Assign(_) => super::flow::give(cx, Id::new(key.id), rule.code.as_str())?,
            Then::Pool(into) => match rule.terms.of {
                Watched::Customer => {
                    super::flow::lay::<Customer>(cx, Id::new(key.id), &into.pool, &rule.code)?;
                }
                Watched::Lead => {
                    super::flow::lay::<Lead>(cx, Id::new(key.id), &into.pool, &rule.code)?;
                }
                // Refused when it was defined.
                Watched::Contact | Watched::Opportunity | Watched::Activity => {}
            },
        }
    }
    // What the host's standards refuse, they refuse an automation, too, and not who set it off.
    super::quality::held(cx).map(drop)
}

/// Who looks after a record, where somebody does.
fn owner(cx: &mut Cx<'_>, key: Key) -> Result<Option<Id<User>>, Error> {
    let owner = |row: &Record| {
        let field = row.def.field_named("owner")?;
        let Val::Id(id) = row.get(field.id) else { return None };
        (!id.is_nil()).then(|| Id::new(id))
    };
    if key.kind == Kind::Contact {
        let contact = cx.get(Id::<Contact>::new(key.id))?;
        return Ok(cx.find(contact.customer)?.and_then(|customer| customer.owner));
    }
    Ok(cx.row(key)?.as_ref().and_then(owner))
}

fn tell(cx: &mut Cx<'_>, rule: &Automation, key: Key, notify: &NotifyThem) -> Result<(), Error> {
    // Of what nobody looks after, those are told whom somebody named or who govern.
    let owner = owner(cx, key)?.unwrap_or(User::OWNER);
    let (code, now) = (format!("automation.{}", rule.code), cx.now());
    for user in super::flow::resolved(cx, &notify.to, owner)? {
        let because = Some(rule.code.to_string());
        match rule.terms.of {
            Watched::Lead => cx.tell(user, &code, Id::<Lead>::new(key.id), now, because)?,
            Watched::Customer => cx.tell(user, &code, Id::<Customer>::new(key.id), now, because)?,
            Watched::Contact => cx.tell(user, &code, Id::<Contact>::new(key.id), now, because)?,
            Watched::Opportunity => {
                cx.tell(user, &code, Id::<Opportunity>::new(key.id), now, because)?;
            }
            Watched::Activity => {
                let id = Id::<crate::activity::Activity>::new(key.id);
                cx.tell(user, &code, id, now, because)?;
            }
        }
    }
    Ok(())
}

fn plan(cx: &mut Cx<'_>, rule: &Automation, key: Key, task: &PlanTask) -> Result<(), Error> {
    let calendar = cx.work_calendar(rule.terms.calendar.as_ref())?;
    let due = task.within.due(cx.now(), &calendar);
    let at = due.map_err(|invalid| Error::invalid("plan.within", invalid))?;
    let nobody = || Error::invalid("plan", Invalid::new("automation.nobody", rule.code.as_str()));
    let owner = Some(owner(cx, key)?.ok_or_else(nobody)?);
    let mut wish = ActivityWish {
        kind: ActivityKind::Task.code().to_owned(),
        at: Some(at),
        owner,
        subject: Some(task.subject.to_string()),
        ..ActivityWish::default()
    };
    match rule.terms.of {
        Watched::Lead => wish.lead = Some(Id::new(key.id)),
        Watched::Customer => wish.customer = Some(Id::new(key.id)),
        Watched::Opportunity => wish.opportunity = Some(Id::new(key.id)),
        Watched::Contact | Watched::Activity => {}
    }
    PlanActivity(wish).run(cx).map(drop)
}

fn set_field(cx: &mut Cx<'_>, of: Watched, id: Uuid, set: &SetField) -> Result<(), Error> {
    match of {
        Watched::Lead => {
            let lead = cx.get(Id::<Lead>::new(id))?;
            AmendLead { id: lead.id, set: edits(&lead.wish(), set)? }.run(cx).map(drop)
        }
        Watched::Customer => {
            let customer = cx.get(Id::<Customer>::new(id))?;
            let set = edits(&customer.wish(), set)?;
            AmendCustomer { id: customer.id, set }.run(cx).map(drop)
        }
        Watched::Contact => {
            let contact = cx.get(Id::<Contact>::new(id))?;
            let set = edits(&contact.wish(), set)?;
            AmendContact { id: contact.id, set }.run(cx).map(drop)
        }
        Watched::Opportunity => {
            let deal = cx.get(Id::<Opportunity>::new(id))?;
            let set = edits(&deal.details(), set)?;
            AmendOpportunity { id: deal.id, set }.run(cx).map(drop)
        }
        Watched::Activity => Ok(()),
    }
}

/// The edit by which a field becomes what it shall be, whatever it is.
fn edits<W: Serialize>(wish: &W, set: &SetField) -> Result<Edits, Error> {
    let document = serde_json::to_value(wish).map_err(|e| Error::Internal(e.to_string()))?;
    let held = match set.field.split_once('.') {
        Some(("custom", code)) => document.get("custom").and_then(|custom| custom.get(code)),
        _ => document.get(&set.field),
    };
    let from = held.cloned().unwrap_or(Value::Null);
    Ok(Edits::from([(set.field.clone(), Edit { from, to: set.to.clone() })]))
}

/// Sets the times of the records that the decision wrote.
fn times(cx: &mut Cx<'_>, all: &[Automation]) -> Result<(), Error> {
    let waits = |of: Watched| all.iter().any(|rule| is_timed(rule, of));
    let watched = Watched::ALL.iter().filter(|of| waits(**of));
    let written: Vec<(Watched, Uuid)> = watched
        .flat_map(|of| cx.written(of.kind()).map(|(_, after)| (*of, after.id)).collect::<Vec<_>>())
        .collect();
    for (of, id) in written {
        wind(cx, all, of, id)?;
    }
    Ok(())
}

fn is_timed(rule: &Automation, of: Watched) -> bool {
    rule.terms.of == of && matches!(rule.terms.on, When::After(_))
}

/// When automations that wait are due to a record and did not run, each with its instant.
fn pending(
    cx: &mut Cx<'_>,
    all: &[Automation],
    of: Watched,
    id: Uuid,
) -> Result<Vec<(Automation, Timestamp)>, Error> {
    let row = cx.row(Key { kind: of.kind(), id })?.filter(|row| !row.deleted);
    let Some(row) = row else { return Ok(Vec::new()) };
    let schema = schema(cx, of)?;
    let mut found = Vec::new();
    for rule in all.iter().filter(|rule| is_timed(rule, of)) {
        let calendar = cx.work_calendar(rule.terms.calendar.as_ref())?;
        if let Some(due) = due(rule, &row, &schema, &calendar)
            && cx.find(AutomationRun::at_time(rule.id, id, due))?.is_none()
        {
            found.push((rule.clone(), due));
        }
    }
    Ok(found)
}

/// Sets the timer of a record to what is due to it next.
fn wind(cx: &mut Cx<'_>, all: &[Automation], of: Watched, id: Uuid) -> Result<(), Error> {
    let next = pending(cx, all, of, id)?.into_iter().map(|(_, due)| due).min();
    let code = TimerCode::AutomationDue;
    match of {
        Watched::Lead => cx.schedule(Id::<Lead>::new(id), code, next),
        Watched::Customer => cx.schedule(Id::<Customer>::new(id), code, next),
        Watched::Opportunity => cx.schedule(Id::<Opportunity>::new(id), code, next),
        Watched::Contact | Watched::Activity => Ok(()),
    }
}

/// Does what has become due to a record.
///
/// # Errors
///
/// The store's. A record that is gone is no error: nothing happens to it.
pub(super) fn due_timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let Ok(of) = timer.subject_kind.parse::<Watched>() else { return Ok(()) };
    let all = active(cx)?;
    let key = Key { kind: of.kind(), id: timer.subject };
    for (rule, due) in pending(cx, &all, of, timer.subject)? {
        if due <= cx.now() {
            let run = AutomationRun::at_time(rule.id, key.id, due);
            set_off(cx, &rule, key, (run, 0, format!("tick: {due}"), None))?;
        }
    }
    wind(cx, &all, of, timer.subject)
}

/// Sets the times of some more records after an automation that waits was defined, and sees to the rest.
///
/// # Errors
///
/// The store's.
pub(super) fn sweep_timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    cx.remove(timer.id)?;
    let Some(rule) = cx.find(Id::<Automation>::new(timer.subject))? else { return Ok(()) };
    let of = rule.terms.of;
    let (ids, next) = match of {
        Watched::Lead => page_of::<Lead>(cx, timer.place)?,
        Watched::Customer => page_of::<Customer>(cx, timer.place)?,
        Watched::Opportunity => page_of::<Opportunity>(cx, timer.place)?,
        Watched::Contact | Watched::Activity => return Ok(()),
    };
    let all = active(cx)?;
    for id in ids {
        cx.checkpoint()?;
        wind(cx, &all, of, id)?;
    }
    if let Some(next) = next {
        let (id, due_at) = (cx.new_id(), cx.now());
        cx.put(&Timer { id, due_at, place: Some(next), ..timer.clone() })?;
    }
    Ok(())
}

fn page_of<T: Entity>(
    cx: &Cx<'_>,
    place: Option<Uuid>,
) -> Result<(Vec<Uuid>, Option<Uuid>), Error> {
    let after = place.map(|id| Cursor { vals: Vec::new(), id });
    let scan = Scan {
        after: after.as_ref(),
        limit: SWEPT_AT_ONCE,
        ..Scan::of(cx.tenant(), T::KIND, 0, &[])
    };
    let page = cx.page::<T>(&scan)?;
    let ids = page.rows.iter().map(|(_, row)| row.id().uuid()).collect();
    Ok((ids, page.next.map(|next| next.id)))
}
