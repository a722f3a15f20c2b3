//! How an activity is given, and what is wrong with its form.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Activity, ActivityKind, Direction, Outcome, Person, email, people};
use crate::decision::{Check, Edits};
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Note, Text, Timestamp};

/// Minutes of a call, visit or meeting: less than a day.
const MINUTES_END: i64 = 1440;

/// An activity: done (`activity.log`) or planned (`activity.plan`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityWish {
    /// The id it shall have; made by the engine where there is none, of an e-mail from its Message-ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Activity>>,
    /// `call`, `visit`, `email`, `meeting`, `task`, `message` or `note`.
    pub kind: String,
    /// When it happened, now where nothing is said; of a plan, when it shall happen.
    pub at: Option<Timestamp>,
    /// When it ended, or shall end.
    pub ends_at: Option<Timestamp>,
    /// How many minutes it took, or shall take, instead of its end: 0 to 1,439.
    pub minutes: Option<i64>,
    /// With which customer; that of the contact or the deal where nothing is said.
    pub customer: Option<Id<Customer>>,
    /// With which of their people above all.
    pub contact: Option<Id<Contact>>,
    /// About which deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// With which lead.
    pub lead: Option<Id<Lead>>,
    /// Who did it, or has to do it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// What it is about: one line.
    pub subject: Option<String>,
    /// What was said, sent or found.
    pub content: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Who took part, or shall.
    pub participants: Vec<Person>,
    /// What the other side said to it; of what is done.
    pub feedback: Option<String>,
    /// `reached`, `missed` or `bounced`; of what is done.
    pub outcome: Option<String>,
    /// `out`, from us (where nothing is said), or `in`: of a call, e-mail or message.
    pub direction: Option<String>,
    /// The Message-ID of an e-mail: the same one twice is one e-mail.
    pub message_id: Option<String>,
    /// The Message-ID that an e-mail answers.
    pub reply_to: Option<String>,
    /// What shall be done next; of what is done.
    pub next: Option<NextStep>,
    /// How many minutes before it is due the owner is reminded; of a plan.
    pub remind_minutes: Option<u32>,
    /// The plan was made elsewhere, in the past; of a plan.
    pub backfill: bool,
    /// What was learnt: edits of the customer, contact or lead that it is with, in the same commit; of what is done.
    #[serde(skip_serializing_if = "Updates::is_empty")]
    pub updates: Updates,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// Edits of those whom an activity is with, as `amend` takes them: each says what it replaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Updates {
    /// Of the customer.
    #[serde(skip_serializing_if = "Edits::is_empty")]
    pub customer: Edits,
    /// Of the contact.
    #[serde(skip_serializing_if = "Edits::is_empty")]
    pub contact: Edits,
    /// Of the lead.
    #[serde(skip_serializing_if = "Edits::is_empty")]
    pub lead: Edits,
}

impl Updates {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty() && self.contact.is_empty() && self.lead.is_empty()
    }
}

/// What shall be done next, when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NextStep {
    /// When.
    pub at: Option<Timestamp>,
    /// What: `task` where nothing is said.
    pub kind: Option<String>,
    /// What it is about: one line.
    pub plan: String,
}

impl NextStep {
    /// The plan that it is, after an activity.
    pub fn after(&self, done: &Activity) -> ActivityWish {
        ActivityWish {
            kind: self.kind.clone().unwrap_or_else(|| ActivityKind::Task.code().to_owned()),
            at: self.at,
            customer: done.customer,
            contact: done.contact,
            opportunity: done.opportunity,
            lead: done.lead,
            owner: Some(done.owner),
            subject: Some(self.plan.clone()),
            ..Default::default()
        }
    }
}

/// The parts of a wish that parse.
pub(super) struct Parts {
    pub(super) kind: Option<ActivityKind>,
    pub(super) subject: Option<Name>,
    pub(super) content: Option<Note>,
    pub(super) place: Option<Name>,
    pub(super) feedback: Option<Note>,
    pub(super) outcome: Option<Outcome>,
    pub(super) direction: Option<Direction>,
    pub(super) message_id: Option<Text<998, false>>,
    pub(super) reply_to: Option<Text<998, false>>,
    pub(super) people: Vec<(Person, Option<Name>)>,
}

impl ActivityWish {
    /// Reads every part; what does not parse is said.
    pub(super) fn parts(&self, check: &mut Check) -> Parts {
        let kind = check.parse("kind", Some(&self.kind));
        check.rule(self.customer.is_some() || self.lead.is_some(), "customer", || {
            Invalid::new("activity.of_nobody", "").limit("a customer or a lead")
        });
        Parts {
            kind,
            subject: check.parse("subject", self.subject.as_deref()),
            content: check.parse("content", self.content.as_deref()),
            place: check.parse("place", self.place.as_deref()),
            feedback: check.parse("feedback", self.feedback.as_deref()),
            outcome: check.parse("outcome", self.outcome.as_deref()),
            direction: check.parse("direction", self.direction.as_deref()),
            message_id: self.message_text(check, "message_id", self.message_id.as_deref(), kind),
            reply_to: self.message_text(check, "reply_to", self.reply_to.as_deref(), kind),
            people: people::read(check, &self.participants),
        }
    }

    fn message_text(
        &self,
        check: &mut Check,
        path: &str,
        text: Option<&str>,
        kind: Option<ActivityKind>,
    ) -> Option<Text<998, false>> {
        let email = kind.is_none_or(|kind| kind == ActivityKind::Email);
        check.rule(text.is_none() || email, path, || {
            Invalid::new("activity.not_of_kind", text.unwrap_or_default()).limit("only of an email")
        });
        check.take(path, Text::parse(email::bare(text?)))
    }

    /// When it ends: its end, or its start and its minutes.
    pub(super) fn end(&self, check: &mut Check, at: Timestamp) -> Option<Timestamp> {
        end(check, at, self.ends_at, self.minutes)
    }
}

/// When what starts at `at` ends.
pub(super) fn end(
    check: &mut Check,
    at: Timestamp,
    ends_at: Option<Timestamp>,
    minutes: Option<i64>,
) -> Option<Timestamp> {
    check.rule(ends_at.is_none() || minutes.is_none(), "minutes", || {
        Invalid::new("activity.minutes_and_end", "").limit("either minutes or an end")
    });
    if let Some(ends_at) = ends_at {
        check.rule(ends_at >= at, "ends_at", || {
            Invalid::new("activity.ends_before_start", &ends_at.to_string())
                .limit(format!("not before {at}"))
        });
        return Some(ends_at);
    }
    let minutes = minutes?;
    let in_a_day = (0..MINUTES_END).contains(&minutes);
    check.rule(in_a_day, "minutes", || {
        Invalid::new("activity.minutes", &minutes.to_string()).limit("0 to 1439")
    });
    TimeDelta::try_minutes(minutes).filter(|_| in_a_day).and_then(|span| at.checked_add(span))
}

/// What happened did not happen after `now`.
pub(super) fn not_after(check: &mut Check, path: &str, at: Timestamp, now: Timestamp) {
    check.rule(at <= now, path, || {
        Invalid::new("time.future", &at.to_string()).limit(format!("not after {now}"))
    });
}

/// What shall happen does not lie before `now`.
pub(super) fn not_before(check: &mut Check, path: &str, at: Timestamp, now: Timestamp) {
    check.rule(at >= now, path, || {
        Invalid::new("time.past", &at.to_string()).limit(format!("not before {now}"))
    });
}

/// What may be said of what is done, by its kind.
pub(super) struct Happened {
    pub(super) kind: ActivityKind,
    pub(super) at: Timestamp,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) outcome: Option<Outcome>,
    pub(super) direction: Option<Direction>,
    pub(super) ours: usize,
    pub(super) all: usize,
}

impl Happened {
    /// Says what its kind forbids: `activity.not_of_kind` (outcome, direction) · `call.missed_took_time` ·
    /// `visit.without_visitor` · `meeting.without_attendee`.
    pub(super) fn judge(&self, check: &mut Check) {
        use ActivityKind::{Call, Email, Meeting, Message, Note, Task, Visit};
        let (kind, outcome) = (self.kind, self.outcome);
        let fits = match outcome {
            None => true,
            Some(Outcome::Reached) => !matches!(kind, Task | Note),
            Some(Outcome::Missed) => matches!(kind, Call | Visit | Meeting),
            Some(Outcome::Bounced) => matches!(kind, Email | Message),
        };
        check.rule(fits, "outcome", || {
            let outcome = outcome.map_or("", Outcome::code);
            Invalid::new("activity.not_of_kind", outcome).limit(format!("not of a {kind}"))
        });
        let directed = matches!(kind, Call | Email | Message);
        check.rule(self.direction.is_none() || directed, "direction", || {
            Invalid::new("activity.not_of_kind", "direction").limit(format!("not of a {kind}"))
        });
        let took_time = self.ends_at.is_some_and(|end| end > self.at);
        let missed_call = kind == Call && outcome == Some(Outcome::Missed);
        check.rule(!(missed_call && took_time), "minutes", || {
            Invalid::new("call.missed_took_time", "").limit("0 minutes of a missed call")
        });
        check.rule(kind != Visit || self.ours > 0, "participants", || {
            Invalid::new("visit.without_visitor", "").limit("at least one of us")
        });
        check.rule(kind != Meeting || self.all > 0, "participants", || {
            Invalid::new("meeting.without_attendee", "").limit("at least one attendee")
        });
    }
}
