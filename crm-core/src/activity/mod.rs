//! What is done with whom, and what shall be done: calls, visits, e-mails, meetings, tasks, messages, notes.
//!
//! An activity is planned, done or cancelled. `at` is when it happens or happened, `entered_at` when it was written down.
//! A next step is an activity that is planned. What follows from the record is computed: whether it was entered late,
//! is overdue, was a follow-up.

mod clash;
mod complete;
mod correct;
mod due;
mod email;
mod form;
mod log;
mod people;
mod plan;
mod recurrence;
mod reminder;
mod revisit;
mod subject;
mod twice;

use chrono::TimeDelta;
use uuid::Uuid;

pub use clash::{Clash, LOOK_BACK, clashes};
pub use complete::{CompleteActivity, complete};
pub use correct::{Wording, correct};
pub use due::{due, overdue_at, remind_at};
pub use email::{awaits_reply, message_id};
pub use form::{ActivityWish, NextStep, Updates};
pub use log::log;
pub use people::Person;
pub use plan::{cancel, plan, reschedule};
pub use recurrence::{Recurrence, RecurrenceUnit, WeekDay, instant};
pub use reminder::{deliver, is_due, snooze};
pub use revisit::{PlanRevisit, RevisitEnd, RevisitPlan, plan_revisit};
pub use subject::customer_of;
pub use twice::{AlsoThere, also_there};

use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::settings::User;
use crate::value::{Id, Name, Note, Text, Timestamp};
use crate::{codes, record};

codes! {
    /// What an activity is.
    pub enum ActivityKind {
        /// A telephone call.
        Call = "call",
        /// One of us goes to them (拜访).
        Visit = "visit",
        /// An e-mail.
        Email = "email",
        /// A meeting.
        Meeting = "meeting",
        /// Something that one of us has to do.
        Task = "task",
        /// A message in a social network.
        Message = "message",
        /// Something worth knowing.
        Note = "note",
    }
}

codes! {
    /// Whether an activity happened.
    pub enum ActivityStatus {
        /// It shall happen.
        Planned = "planned",
        /// It did.
        Done = "done",
        /// It will not.
        Cancelled = "cancelled",
    }
}

codes! {
    /// Whether the other side was reached.
    pub enum Outcome {
        /// They were.
        Reached = "reached",
        /// Nobody answered, or was there.
        Missed = "missed",
        /// The e-mail or message came back.
        Bounced = "bounced",
    }
}

codes! {
    /// From whom to whom.
    pub enum Direction {
        /// From us to them.
        Out = "out",
        /// From them to us.
        In = "in",
    }
}

record! {
    /// A call, visit, e-mail, meeting, task, message or note; planned, done or cancelled.
    pub struct Activity: Activity {
        /// What it is.
        1 kind: ActivityKind;
        /// Whether it happened.
        2 status: ActivityStatus;
        /// When it happened; of a planned one, when it shall.
        3 at: Timestamp;
        /// When it was written down.
        4 entered_at: Timestamp;
        /// When it ended; of a planned one, when it shall.
        5 ends_at: Option<Timestamp>;
        /// When it should have happened, where it was planned.
        6 due_at: Option<Timestamp>;
        /// With which customer.
        7 customer: Option<Id<Customer>>;
        /// With which of their people above all.
        8 contact: Option<Id<Contact>>;
        /// About which deal.
        9 opportunity: Option<Id<Opportunity>>;
        /// With which lead.
        10 lead: Option<Id<Lead>>;
        /// Who wrote it down.
        11 author: Id<User>;
        /// Who did it, or has to do it.
        12 owner: Id<User>;
        /// What it is about.
        13 subject: Option<Name>, personal("dealings", 3650);
        /// What was said, sent or found.
        14 content: Option<Note>, personal("dealings", 3650);
        /// Where.
        15 place: Option<Name>, personal("dealings", 3650);
        /// What the other side said to it.
        16 feedback: Option<Note>, personal("dealings", 3650);
        /// Whether the other side was reached.
        17 outcome: Option<Outcome>;
        /// From whom to whom, of calls, e-mails and messages.
        18 direction: Option<Direction>;
        /// The Message-ID of an e-mail, without its angle brackets.
        19 message_id: Option<Text<998, false>>, personal("dealings", 3650);
        /// The first of the thread that it belongs to: itself, unless it answers another.
        20 thread: Uuid;
        /// The activity whose next step it is.
        21 follows: Option<Id<Activity>>;
        /// How many minutes before it is due its owner is reminded.
        22 remind_minutes: Option<u32>;
        /// Why it was cancelled.
        23 cancel_reason: Option<Note>, personal("dealings", 3650);
        /// Why it was corrected, the last time.
        24 correction: Option<Note>, personal("dealings", 3650);
    }
    listings {
        1 "by_customer" ["customer", "at"];
        2 "by_opportunity" ["opportunity", "at"];
        3 "by_author" ["author", "at"];
        4 "by_owner" ["owner", "status", "at"];
        5 "by_lead" ["lead", "at"];
        6 "by_thread" ["thread", "at"];
        7 "by_kind" ["kind", "at"];
    }
}

record! {
    /// One who took part in an activity, or shall: a user, a contact, or somebody by name.
    pub struct Participant: Participant {
        /// In which.
        1 activity: Id<Activity>;
        /// Whether they are one of us.
        2 ours: bool;
        /// One of us.
        3 user: Option<Id<User>>;
        /// One of them.
        4 contact: Option<Id<Contact>>;
        /// Somebody else, by name.
        5 name: Option<Name>, personal("dealings", 3650);
        /// When: `at` of the activity, so that a day of somebody's can be listed.
        6 at: Timestamp;
    }
    listings {
        1 "by_activity" ["activity"];
        2 "by_user" ["user", "at"];
        3 "by_contact" ["contact"];
    }
}

impl Participant {
    /// The listing by activity.
    pub const BY_ACTIVITY: u16 = 1;
    /// The listing by user, then time.
    pub const BY_USER: u16 = 2;
    /// The listing by contact.
    pub const BY_CONTACT: u16 = 3;
}

impl Activity {
    /// The listing by customer, then time.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by deal, then time.
    pub const BY_OPPORTUNITY: u16 = 2;
    /// The listing by who wrote it down, then time.
    pub const BY_AUTHOR: u16 = 3;
    /// The listing by who does it and whether it happened, then time.
    pub const BY_OWNER: u16 = 4;
    /// The listing by lead, then time.
    pub const BY_LEAD: u16 = 5;
    /// The listing by thread, then time.
    pub const BY_THREAD: u16 = 6;
    /// The listing by what they are, then time.
    pub const BY_KIND: u16 = 7;

    /// How long after the event an entry is no longer timely.
    pub const LATE_AFTER: TimeDelta = TimeDelta::days(3);

    /// Whether it was written down long after it happened: more than three days. Rule ACT-1 (F040).
    pub fn is_late(&self) -> bool {
        self.status == ActivityStatus::Done
            && self.entered_at.since(self.at) > Self::LATE_AFTER
            && self.due_at.is_none()
    }

    /// Whether it should have happened before `now` and is still open. Rule ACT-2 (F052).
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == ActivityStatus::Planned && self.at < now
    }

    /// Whether we dealt with the other side: not by a missed call, a bounced e-mail, a task, a note, or what came from
    /// them. Rule ACT-3 (F042, F043).
    pub fn is_follow_up(&self) -> bool {
        use ActivityKind::{Call, Email, Meeting, Message, Note, Task, Visit};
        let dealing = match self.kind {
            Call | Visit | Email | Meeting | Message => true,
            Task | Note => false,
        };
        let reached = !matches!(self.outcome, Some(Outcome::Missed | Outcome::Bounced));
        let ours = self.direction != Some(Direction::In) || self.kind == Call;
        self.status == ActivityStatus::Done && dealing && reached && ours
    }
}

#[cfg(test)]
mod tests;
