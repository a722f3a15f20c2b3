//! Operations on activities.

use core::ops::Bound;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::activity::{
    self, Activity, ActivityKind, ActivityStatus, ActivityWish, AlsoThere, Clash, CompleteActivity,
    NextStep, Participant, Updates, Wording,
};
use crate::decision::{Check, Violation};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::{Entity, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Settings, User};
use crate::store::Scan;
use crate::value::{Id, Invalid, Timestamp};

/// An activity and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noted {
    /// The activity.
    #[serde(flatten)]
    pub activity: Activity,
    /// It was written down long after it happened.
    pub late: bool,
    /// It should have happened and did not.
    pub overdue: bool,
    /// The other side was dealt with.
    pub follow_up: bool,
}

impl Noted {
    fn at(activity: Activity, now: Timestamp) -> Self {
        let (late, overdue) = (activity.is_late(), activity.is_overdue(now));
        Self { late, overdue, follow_up: activity.is_follow_up(), activity }
    }
}

/// An activity that was written down, and the next step after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Logged {
    /// Its id.
    pub id: Id<Activity>,
    /// Its version.
    pub version: u64,
    /// The next step that was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Id<Activity>>,
    /// Who of us is in a visit or meeting elsewhere at that time: a warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clashes: Vec<Clash>,
    /// Who of us turned to the same customer or lead first, within the days that the settings say; said once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoThere>,
}

/// Writes down what was done: a call, visit, e-mail, meeting, task, message or note. The same e-mail twice is there once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LogActivity(pub ActivityWish);

impl Operation for LogActivity {
    const NAME: &'static str = "activity.log";
    const ACCESS: Access = Access::Record;
    type Response = Logged;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Logged, Error> {
        let wish = resolved(cx, &self.0)?;
        let id = match &wish.message_id {
            Some(message) => activity::message_id(message),
            None => cx.id_or(wish.id),
        };
        if wish.message_id.is_some() && cx.find(id)?.is_some() {
            let (clashes, also) = (Vec::new(), Vec::new());
            return Ok(Logged { id, version: cx.version(id), next: None, clashes, also });
        }
        let people = (cx.actor()?.id, cx.owner_or_actor(wish.owner)?);
        let now = cx.now();
        let (mut done, participants) = activity::log(id, &wish, people, now, || cx.new_id())?;
        if let Some(answered) = &wish.reply_to
            && let Some(parent) = cx.find(activity::message_id(answered))?
        {
            done.thread = parent.thread;
        }
        done.ext = cx.custom::<Activity>(&wish.custom)?;
        let Created { version, .. } = cx.create(&done)?;
        participants.iter().try_for_each(|participant| cx.put(participant))?;
        learnt(cx, &done, &wish.updates)?;
        happened(cx, &done)?;
        let next = next_step(cx, &done, wish.next.as_ref())?;
        let also = also(cx, &done)?;
        Ok(Logged { id, version, next, clashes: clashes(cx, &done)?, also })
    }
}

/// Plans what shall be done: a next step, an appointment, a task. The owner is reminded when it is due.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PlanActivity(pub ActivityWish);

impl Operation for PlanActivity {
    const NAME: &'static str = "activity.plan";
    const ACCESS: Access = Access::Record;
    type Response = Logged;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Logged, Error> {
        let wish = resolved(cx, &self.0)?;
        let plan = planned(cx, "", &wish, None)?;
        let (clashes, also) = (clashes(cx, &plan)?, also(cx, &plan)?);
        Ok(Logged { id: plan.id, version: cx.version(plan.id), next: None, clashes, also })
    }
}

impl Operation for CompleteActivity {
    const NAME: &'static str = "activity.complete";
    const ACCESS: Access = Access::Record;
    type Response = Logged;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Logged, Error> {
        let before = cx.get(self.id)?;
        takes_new(cx, &before)?;
        let there = cx.list(Participant::BY_ACTIVITY, &[Val::Id(self.id.uuid())])?;
        known_people(cx, &self.participants)?;
        let now = cx.now();
        let (done, people) = activity::complete(&before, &there, self, now, || cx.new_id())?;
        cx.about(done.id);
        let Seen { version, .. } = cx.amend(&done)?;
        people.iter().try_for_each(|participant| cx.put(participant))?;
        attend(cx, &done)?;
        learnt(cx, &done, &self.updates)?;
        happened(cx, &done)?;
        let next = next_step(cx, &done, self.next.as_ref())?;
        let clashes = clashes(cx, &done)?;
        Ok(Logged { id: done.id, version, next, clashes, also: Vec::new() })
    }
}

/// Moves a planned activity to another time. Its owner is reminded then, and no longer at the time before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleActivity {
    /// Which.
    pub id: Id<Activity>,
    /// When it shall happen.
    pub at: Timestamp,
}

impl Operation for RescheduleActivity {
    const NAME: &'static str = "activity.reschedule";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Noted>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Noted>, Error> {
        let moved = activity::reschedule(&cx.get(self.id)?, self.at, cx.now())?;
        changed(cx, &moved)
    }
}

/// Gives up a planned activity, for a reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelActivity {
    /// Which.
    pub id: Id<Activity>,
    /// Why.
    pub reason: String,
}

impl Operation for CancelActivity {
    const NAME: &'static str = "activity.cancel";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Noted>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Noted>, Error> {
        let cancelled = activity::cancel(&cx.get(self.id)?, &self.reason)?;
        changed(cx, &cancelled)
    }
}

/// Corrects what was written down of an activity that is done, for a reason: edits of `at`, `ends_at`, `subject`, `content`,
/// `place`, `feedback` and `outcome`. What stood there before stays provable: `activity.versions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectActivity {
    /// Which.
    pub id: Id<Activity>,
    /// What to correct: field by field, from what to what.
    pub set: Edits,
    /// Why.
    pub reason: String,
}

impl Operation for CorrectActivity {
    const NAME: &'static str = "activity.correct";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Noted>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Noted>, Error> {
        let before = cx.get(self.id)?;
        let people = cx.list(Participant::BY_ACTIVITY, &[Val::Id(self.id.uuid())])?;
        let wording = amended(&Wording::of(&before), &self.set)?;
        let now = cx.now();
        changed(cx, &activity::correct(&before, &people, &wording, &self.reason, now)?)
    }
}

/// An activity and who took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityDetail {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The activity.
    #[serde(flatten)]
    pub noted: Noted,
    /// Who took part, or shall.
    pub participants: Vec<Participant>,
}

/// An activity by its id, with who took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetActivity {
    /// Which.
    pub id: Id<Activity>,
}

impl Operation for GetActivity {
    const NAME: &'static str = "activity.get";
    const ACCESS: Access = Access::Read;
    type Response = ActivityDetail;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ActivityDetail, Error> {
        let Seen { version, record } = cx.seen(self.id)?;
        let participants = cx.list(Participant::BY_ACTIVITY, &[Val::Id(self.id.uuid())])?;
        Ok(ActivityDetail { version, noted: Noted::at(record, cx.now()), participants })
    }
}

/// Activities, the newest first, a page at a time: of a customer, a deal, a lead, or a user; at least one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListActivities {
    /// Only those with this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those about this deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Only those with this lead.
    pub lead: Option<Id<Lead>>,
    /// Only those that this user wrote down.
    pub author: Option<Id<User>>,
    /// Only those that this user does; without `status`, the planned ones.
    pub owner: Option<Id<User>>,
    /// Only those with this contact, of a customer's, a deal's or a user's.
    pub contact: Option<Id<Contact>>,
    /// Only those of this kind.
    pub kind: Option<ActivityKind>,
    /// Only planned, done or cancelled ones.
    pub status: Option<ActivityStatus>,
    /// Only open ones whose time has passed.
    pub overdue: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListActivities {
    const NAME: &'static str = "activity.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Noted>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Noted>, Error> {
        let now = cx.now();
        let (index, prefix) = self.listing()?;
        let wanted = Wanted::of(index, &prefix).newest_first();
        let page = cx.listed(wanted.page(self.limit, self.after.as_deref()), |activity| {
            self.fits(activity, now)
        })?;
        Ok(page.map(|activity| Noted::at(activity, now)))
    }
}

impl ListActivities {
    /// The narrowest listing that holds everything that is wanted.
    fn listing(&self) -> Result<(u16, Vec<Val>), Error> {
        let of = |index, id: uuid::Uuid| Ok((index, vec![Val::Id(id)]));
        if let Some(deal) = self.opportunity {
            return of(Activity::BY_OPPORTUNITY, deal.uuid());
        }
        if let Some(lead) = self.lead {
            return of(Activity::BY_LEAD, lead.uuid());
        }
        if let Some(customer) = self.customer {
            return of(Activity::BY_CUSTOMER, customer.uuid());
        }
        if let Some(owner) = self.owner {
            let status = self.status.unwrap_or(ActivityStatus::Planned);
            return Ok((Activity::BY_OWNER, vec![Val::Id(owner.uuid()), status.code().into()]));
        }
        if let Some(author) = self.author {
            return of(Activity::BY_AUTHOR, author.uuid());
        }
        let invalid = Invalid::new("request.form", "");
        let limit = "at least one of customer, opportunity, lead, owner and author";
        Err(Error::invalid("customer", invalid.limit(limit)))
    }

    fn fits(&self, activity: &Activity, now: Timestamp) -> bool {
        self.customer.is_none_or(|id| activity.customer == Some(id))
            && self.opportunity.is_none_or(|id| activity.opportunity == Some(id))
            && self.lead.is_none_or(|id| activity.lead == Some(id))
            && self.author.is_none_or(|id| activity.author == id)
            && self.owner.is_none_or(|id| activity.owner == id)
            && self.contact.is_none_or(|id| activity.contact == Some(id))
            && self.kind.is_none_or(|kind| activity.kind == kind)
            && self.status.is_none_or(|status| activity.status == status)
            && (!self.overdue || activity.is_overdue(now))
    }
}

/// The e-mails of ours of the last year that nobody has answered for some days, the newest first: the last of each
/// thread. A page may be short and yet not the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitingReply {
    /// More than so many days ago: 0 to 365.
    pub days: u32,
    /// Only those that this user sent.
    #[serde(default)]
    pub owner: Option<Id<User>>,
    /// E-mails looked at for a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for AwaitingReply {
    const NAME: &'static str = "activity.awaiting_reply";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Noted>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Noted>, Error> {
        if self.days > 365 {
            let invalid = Invalid::new("activity.days", &self.days.to_string()).limit("0 to 365");
            return Err(Error::invalid("days", invalid));
        }
        let now = cx.now();
        let wait = i64::from(self.days);
        let ago = |days: i64| {
            let at = now.checked_add(TimeDelta::days(days.saturating_neg()));
            Val::Int(at.unwrap_or(now).micros())
        };
        let email = [ActivityKind::Email.code().into()];
        let wanted = Wanted {
            range: (Bound::Included(ago(366)), Bound::Excluded(ago(wait))),
            ..Wanted::of(Activity::BY_KIND, &email)
        };
        let wanted = wanted.newest_first().page(self.limit, self.after.as_deref());
        let mut page = cx.listed(wanted, |email: &Activity| {
            self.owner.is_none_or(|owner| email.owner == owner)
        })?;
        let mut waiting = Vec::new();
        for row in page.rows {
            let thread = cx.list(Activity::BY_THREAD, &[Val::Id(row.record.thread)])?;
            if activity::awaits_reply(&row.record, &thread, TimeDelta::days(wait), now) {
                waiting.push(row);
            }
        }
        page.rows = waiting;
        Ok(page.map(|email| Noted::at(email, now)))
    }
}

/// The wish with its customer filled in, once everything that it names is known and takes something new.
fn resolved(cx: &mut Cx<'_>, wish: &ActivityWish) -> Result<ActivityWish, Error> {
    let deal = cx.known_if("opportunity", wish.opportunity)?;
    let contact = cx.known_if("contact", wish.contact)?;
    let customer = activity::customer_of(wish, deal.as_ref(), contact.as_ref())?;
    if let Some(customer) = customer {
        cx.live_customer("customer", customer)?;
    }
    if let Some(lead) = cx.known_if("lead", wish.lead)? {
        lead.takes_new().map_err(|invalid| Error::invalid("lead", invalid))?;
    }
    known_people(cx, &wish.participants)?;
    Ok(ActivityWish { customer, ..wish.clone() })
}

/// Refuses what would happen to an archived customer or a closed lead.
fn takes_new(cx: &mut Cx<'_>, activity: &Activity) -> Result<(), Error> {
    if let Some(customer) = activity.customer {
        cx.live_customer("customer", customer)?;
    }
    match cx.known_if("lead", activity.lead)? {
        Some(lead) => lead.takes_new().map_err(|invalid| Error::invalid("lead", invalid)),
        None => Ok(()),
    }
}

/// Refuses participants whom nobody knows.
fn known_people(cx: &mut Cx<'_>, people: &[activity::Person]) -> Result<(), Error> {
    for (at, person) in people.iter().enumerate() {
        cx.known_if(&format!("participants[{at}].user"), person.user)?;
        cx.known_if(&format!("participants[{at}].contact"), person.contact)?;
    }
    Ok(())
}

/// Will plan an activity, and remind its owner of it.
fn planned(
    cx: &mut Cx<'_>,
    path: &str,
    wish: &ActivityWish,
    follows: Option<Id<Activity>>,
) -> Result<Activity, Error> {
    let id = cx.id_or(wish.id);
    let people = (cx.actor()?.id, cx.owner_or_actor(wish.owner)?);
    let now = cx.now();
    let mut check = Check::default();
    let plan = check.below(path, activity::plan(id, wish, people, now, || cx.new_id()));
    let (mut plan, participants) = check.finish(plan)?;
    plan.follows = follows;
    plan.ext = cx.custom::<Activity>(&wish.custom)?;
    cx.create(&plan)?;
    participants.iter().try_for_each(|participant| cx.put(participant))?;
    timers(cx, &plan)?;
    Ok(plan)
}

/// Will plan the next step after an activity, where there is one.
fn next_step(
    cx: &mut Cx<'_>,
    done: &Activity,
    next: Option<&NextStep>,
) -> Result<Option<Id<Activity>>, Error> {
    let Some(next) = next else { return Ok(None) };
    Ok(Some(planned(cx, "next", &next.after(done), Some(done.id))?.id))
}

/// Activities looked at to find who was there first.
const ALSO_MAX: u32 = 200;

/// Who of us turned to the same customer or lead first, within the days that the settings say around an activity. What
/// happened longer ago than that is told of nobody.
fn also(cx: &mut Cx<'_>, activity: &Activity) -> Result<Vec<AlsoThere>, Error> {
    let days = cx.get(Settings::ID)?.contact_window();
    let window = TimeDelta::days(i64::from(days));
    if days == 0 || !activity.deals() || cx.now().since(activity.at) > window {
        return Ok(Vec::new());
    }
    let bound = |delta: TimeDelta| {
        Bound::Included(Val::Int(activity.at.checked_add(delta).unwrap_or(activity.at).micros()))
    };
    let ago = TimeDelta::days(i64::from(days).saturating_neg());
    let with = [
        (Activity::BY_CUSTOMER, activity.customer.map(Id::uuid)),
        (Activity::BY_LEAD, activity.lead.map(Id::uuid)),
    ];
    let mut found = Vec::new();
    for (index, id) in with {
        let Some(id) = id else { continue };
        let prefix = [Val::Id(id)];
        let scan = Scan {
            range: (bound(ago), bound(window)),
            limit: ALSO_MAX,
            ..Scan::of(cx.tenant(), Activity::KIND, index, &prefix)
        };
        let rows = cx.page::<Activity>(&scan)?.rows;
        let others = rows.iter().map(|(_, other)| other).filter(|other| other.id != activity.id);
        found.extend(activity::also_there(activity.owner, others));
    }
    Ok(found)
}

/// Will change those whom an activity was with by what was learnt.
fn learnt(cx: &mut Cx<'_>, done: &Activity, updates: &Updates) -> Result<(), Error> {
    let nobody = |of: &str| {
        let invalid = Invalid::new("activity.update_of_nobody", of);
        Error::invalid(&format!("updates.{of}"), invalid.limit("what the activity is with"))
    };
    if !updates.customer.is_empty() {
        let id = done.customer.ok_or_else(|| nobody("customer"))?;
        let edit = super::AmendCustomer { id, set: updates.customer.clone() };
        edit.run(cx).map_err(|error| under("updates.customer", error))?;
    }
    if !updates.contact.is_empty() {
        let id = done.contact.ok_or_else(|| nobody("contact"))?;
        let edit = super::AmendContact { id, set: updates.contact.clone() };
        edit.run(cx).map_err(|error| under("updates.contact", error))?;
    }
    if !updates.lead.is_empty() {
        let id = done.lead.ok_or_else(|| nobody("lead"))?;
        let edit = super::AmendLead { id, set: updates.lead.clone() };
        edit.run(cx).map_err(|error| under("updates.lead", error))?;
    }
    Ok(())
}

/// The same error, its paths those of the fields below `path`.
fn under(path: &str, error: Error) -> Error {
    let moved = |violation: &Violation| {
        let field = violation.path.strip_prefix("set.").unwrap_or(&violation.path);
        Violation { path: format!("{path}.{field}"), ..violation.clone() }
    };
    if let Error::Conflict(conflicts) = error {
        return Error::Conflict(conflicts.iter().map(moved).collect());
    }
    if let Error::Request(violation) = error {
        return Error::Request(Box::new(moved(&violation)));
    }
    let Error::Refused(refusal) = error else { return error };
    let mut check = Check::default();
    refusal.violations().for_each(|violation| check.add(moved(violation)));
    check.done().err().map_or(Error::Refused(refusal), Error::Refused)
}

/// What follows when an activity is done: no reminder any more, and its lead is being worked on.
fn happened(cx: &mut Cx<'_>, done: &Activity) -> Result<(), Error> {
    cx.happened_at(done.at);
    if done.due_at.is_some() {
        timers(cx, done)?;
    }
    if let Some(lead) = cx.known_if("lead", done.lead)?.filter(|_| done.is_follow_up()) {
        cx.put(&lead.followed_up())?;
    }
    if let Some(deal) = cx.known_if("opportunity", done.opportunity)? {
        cx.put(&Opportunity { touched_at: cx.now(), ..deal })?;
    }
    Ok(())
}

fn changed(cx: &mut Cx<'_>, activity: &Activity) -> Result<Seen<Noted>, Error> {
    cx.about(activity.id);
    let Seen { version, record } = cx.amend(activity)?;
    attend(cx, activity)?;
    timers(cx, activity)?;
    Ok(Seen { version, record: Noted::at(record, cx.now()) })
}

/// Will have those who take part do so when the activity is.
pub(super) fn attend(cx: &mut Cx<'_>, activity: &Activity) -> Result<(), Error> {
    let people: Vec<Participant> =
        cx.list(Participant::BY_ACTIVITY, &[Val::Id(activity.id.uuid())])?;
    let at = activity.at;
    people.into_iter().try_for_each(|person| cx.put(&Participant { at, ..person }))
}

/// Who of those taking part is elsewhere at the same time: by the visits and meetings that began at most a day before.
fn clashes(cx: &mut Cx<'_>, activity: &Activity) -> Result<Vec<Clash>, Error> {
    let people: Vec<Participant> =
        cx.list(Participant::BY_ACTIVITY, &[Val::Id(activity.id.uuid())])?;
    let ours = people.iter().filter_map(|person| person.user).chain([activity.owner]);
    let users: BTreeSet<Id<User>> = ours.collect();
    let from = activity.at.checked_add(-activity::LOOK_BACK).unwrap_or(activity.at);
    let to = activity.ends_at.unwrap_or(activity.at);
    let range =
        || (Bound::Included(Val::Int(from.micros())), Bound::Included(Val::Int(to.micros())));
    let mut others = Vec::new();
    for user in users {
        let of_user = [Val::Id(user.uuid())];
        let scan = Scan {
            range: range(),
            ..Scan::of(cx.tenant(), Participant::KIND, Participant::BY_USER, &of_user)
        };
        for (_, person) in cx.page::<Participant>(&scan)?.rows {
            others.extend(cx.find(person.activity)?.map(|other| (user, other)));
        }
        for status in [ActivityStatus::Planned, ActivityStatus::Done] {
            let of_owner = [Val::Id(user.uuid()), status.code().into()];
            let scan = Scan {
                range: range(),
                ..Scan::of(cx.tenant(), Activity::KIND, Activity::BY_OWNER, &of_owner)
            };
            let page = cx.page::<Activity>(&scan)?;
            others.extend(page.rows.into_iter().map(|(_, other)| (user, other)));
        }
    }
    Ok(activity::clashes(activity, &others))
}

/// Will set or end the timers of an activity.
pub(super) fn timers(cx: &mut Cx<'_>, of: &Activity) -> Result<(), Error> {
    cx.schedule(of.id, TimerCode::ActivityRemind, activity::remind_at(of))?;
    cx.schedule(of.id, TimerCode::ActivityOverdue, activity::overdue_at(of))
}

/// Tells the owner of an activity what is due.
pub(super) fn remind(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(activity) = cx.find(Id::<Activity>::new(timer.subject))? else { return Ok(()) };
    match activity::due(timer.code, &activity, cx.now()) {
        Some(owner) => cx.notify(owner, timer.code, activity.id, timer.due_at),
        None => Ok(()),
    }
}
