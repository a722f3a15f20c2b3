//! Leads after the change-over: rules give them out, tasks remind of them, and who lets one lie for three days loses it.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::at;
use super::live::Ids;
use crate::failure::Failure;
use crate::host::Host;
use crate::sample::Sample;

/// A lead that came in, and the task to call.
pub(super) struct Taken {
    id: String,
    owner: Value,
    task: String,
}

/// What became of the leads.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) taken: usize,
    pub(super) called: usize,
    pub(super) moved: usize,
}

/// How many days after it came in the lead of that number is called; some are not.
pub(super) fn called_after(number: usize) -> Option<u64> {
    [Some(1), Some(2), Some(1), Some(5), None].into_iter().cycle().nth(number).flatten()
}

/// Whom leads go to, in turn, and what happens to one that nobody calls.
pub(super) fn rules(host: &Host, sample: &Sample, ids: &Ids) -> Result<(), Failure> {
    let known = |login: &str| ids.get(&("user".to_owned(), login.to_owned()));
    let of_role = |role: &'static str| {
        sample
            .users
            .iter()
            .filter(move |user| user.role == role)
            .filter_map(|user| known(&user.login))
    };
    let reps: Vec<Value> = of_role("rep").map(|id| json!({ "user": id })).collect();
    let keeper = of_role("manager").next();
    host.call(
        "assignment_policy.define",
        &json!({
            "code": "leads", "name": "线索轮流分配", "on_capture": true,
            "rules": [{ "code": "all", "when": { "all": [] }, "pool": { "users": reps }, "strategy": "rotation" }],
            "fallback": { "queue": "unassigned", "keeper": keeper },
        }),
    )?;
    host.call("pool.define", &json!({ "code": "public", "name": "公海" }))?;
    let terms = json!({
        "when": { "no_first_follow_up": { "days": 3 } }, "then": "reassign", "pool": "public", "max_bounces": 2,
    });
    host.call(
        "flow_rule.define",
        &json!({ "code": "first3d", "name": "3天内未首次跟进", "terms": terms }),
    )?;
    Ok(())
}

/// A lead comes in; the rules say whose it is, and that they shall call within two days.
pub(super) fn take(
    host: &Host,
    sample: &Sample,
    number: usize,
    day: NaiveDate,
) -> Result<Taken, Failure> {
    let lead = &sample.leads[number];
    let request = json!({
        "name": lead.name, "company": lead.company, "phones": [lead.phone], "emails": [lead.email],
        "need": lead.need, "source": lead.source,
    });
    let made = host.call("lead.capture", &request)?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let owner = host.call("lead.get", &json!({ "id": id }))?["owner"].clone();
    let due = at(day.checked_add_days(Days::new(2)).unwrap_or(day), 18)?;
    let task =
        json!({ "kind": "task", "lead": id, "owner": owner, "at": due, "subject": "首次回访" });
    let task = host.call("activity.plan", &task)?["id"].as_str().unwrap_or_default().to_owned();
    Ok(Taken { id, owner, task })
}

/// Whoever has the lead now calls.
pub(super) fn call(host: &Host, taken: &Taken, tally: &mut Tally) -> Result<(), Failure> {
    let owner = host.call("lead.get", &json!({ "id": taken.id }))?["owner"].clone();
    if owner.is_null() {
        return Ok(());
    }
    tally.moved += usize::from(owner != taken.owner);
    tally.called += 1;
    let call = json!({ "kind": "call", "lead": taken.id, "owner": owner, "content": "了解需求，约定下一步", "minutes": 0 });
    host.call("activity.log", &call)?;
    if host.call("activity.get", &json!({ "id": taken.task }))?["status"] == "planned" {
        host.call("activity.complete", &json!({ "id": taken.task }))?;
    }
    Ok(())
}

/// The evening: what is due happens.
pub(super) fn evening(host: &Host, day: NaiveDate) -> Result<(), Failure> {
    host.set_now(at(day, 20)?);
    while host.call("tick", &json!({ "limit": 1000 }))?["more"] == true {}
    Ok(())
}
