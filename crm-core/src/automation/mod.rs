//! What happens by itself when a record changes, or when its time has come: rules as data.
//!
//! An automation watches one kind of record, asks a condition of it, and does a few things from a closed set, each by the
//! same decision that a person would call. What it does may set off others, each once for a record in one call and to a
//! bounded depth; automations that could set each other off for ever are refused when they are defined, with the circle.

mod define;
mod fire;
mod loops;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use define::{AutomationGrounds, DefineAutomation, define_automation};
pub use fire::{Fired, changed_fields, due, fires};

use crate::activity::Activity;
use crate::assignment::Condition;
use crate::flow::Recipient;
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::{Entity, Kind, KindDef};
use crate::value::{Code, Id, Name, Timestamp, Wait};
use crate::{codes, json_column, record};

/// How far automations set each other off in one call.
pub const DEPTH_MAX: u32 = 5;

codes! {
    /// What kind of record an automation watches.
    pub enum Watched {
        /// Leads.
        Lead = "lead",
        /// Customers.
        Customer = "customer",
        /// Contacts.
        Contact = "contact",
        /// Deals.
        Opportunity = "opportunity",
        /// Activities.
        Activity = "activity",
    }
}

impl Watched {
    /// The metadata of the kind.
    pub fn def(self) -> &'static KindDef {
        match self {
            Self::Lead => Lead::def(),
            Self::Customer => Customer::def(),
            Self::Contact => Contact::def(),
            Self::Opportunity => Opportunity::def(),
            Self::Activity => Activity::def(),
        }
    }

    /// The kind.
    pub fn kind(self) -> Kind {
        self.def().kind
    }
}

record! {
    /// A rule by which something happens by itself.
    pub struct Automation: Automation {
        /// What hosts call it; no two share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Whether it applies.
        3 active: bool;
        /// Of several that one change sets off, the lowest goes first; among equals the first by code.
        4 rank: u32;
        /// What it says.
        5 terms: AutomationTerms;
        /// Since when it says so: what was due before is passed over.
        6 since: Timestamp;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl Automation {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// What an automation says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationTerms {
    /// `lead`, `customer`, `contact`, `opportunity` or `activity`: what it watches.
    pub of: Watched,
    /// What sets it off: `"created"`, `{"changed":["source"]}` or `{"after":{"field":"created_at","wait":{"days":3}}}`.
    pub on: When,
    /// Only where this holds of the record as it is then; of any where nothing is said.
    #[serde(default)]
    pub only: Condition,
    /// What it does, in this order, all of it or nothing: 1 to 10.
    pub then: Vec<Then>,
    /// The code of the calendar in which waiting counts; without it, that of the tenant's zone.
    #[serde(default)]
    pub calendar: Option<Code>,
    /// Whether records that are imported set it off, too.
    #[serde(default)]
    pub imports: bool,
}

/// What sets an automation off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// A record was made.
    Created,
    /// One of these fields of a record that was there became another; a custom one is `custom.` and its code.
    Changed(BTreeSet<String>),
    /// So long after an instant that the record holds; once for each such instant. Of leads, customers and deals.
    After(After),
}

/// A wait that begins at an instant of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The field with the instant.
    pub field: String,
    /// How long after it.
    pub wait: Wait,
}

/// What an automation does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Tells somebody.
    Notify(NotifyThem),
    /// Plans a task of its owner with it.
    Plan(PlanTask),
    /// Sets a plain field, as the operation `amend` of its kind does; not its owner.
    Set(SetField),
    /// Gives a lead that nobody looks after to somebody, by the rules of assignment.
    Assign(AssignIt),
    /// Puts a lead or customer into a pool.
    Pool(PutIntoPool),
}

/// Whom an automation tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyThem {
    /// Whom: `"owner"`, `"manager"`, `"team"`, `{"role":"finance"}` or `{"user":ID}`.
    pub to: BTreeSet<Recipient>,
}

/// A task that an automation plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTask {
    /// What it is about: one line.
    pub subject: Name,
    /// When it is due, counted from the change.
    pub within: Wait,
}

/// A field that an automation sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetField {
    /// Which; a custom one is `custom.` and its code.
    pub field: String,
    /// To what; `null` empties it.
    pub to: Value,
}

/// Nothing more is said of an assignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignIt {}

/// Into which pool an automation puts a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutIntoPool {
    /// Its code.
    pub pool: Code,
}

json_column! { AutomationTerms }

codes! {
    /// What came of a run.
    pub enum RunOutcome {
        /// Everything it says was done.
        Done = "done",
        /// Something it says was refused; nothing of it was done.
        Refused = "refused",
        /// It was set off again by what it had set off, or too deep; nothing of it was done.
        Stopped = "stopped",
    }
}

record! {
    /// That an automation was set off by a record, why, and what came of it.
    pub struct AutomationRun: AutomationRun {
        /// Which.
        1 automation: Id<Automation>;
        /// By which record: its kind.
        2 subject_kind: String;
        /// By which record: its id.
        3 subject: Uuid;
        /// When.
        4 at: Timestamp;
        /// How far from what somebody did: 0 where that set it off itself.
        5 depth: u32;
        /// What came of it.
        6 outcome: RunOutcome;
        /// What set it off: the operation and the fields, or the instant that had come.
        7 because: String;
        /// The codes of what was refused and where, or the circle in which it was stopped.
        8 refused: Option<String>;
    }
    listings {
        1 "by_subject" ["subject", "at"];
        2 "by_automation" ["automation", "at"];
    }
}

impl AutomationRun {
    /// The listing by record, in order of time.
    pub const BY_SUBJECT: u16 = 1;
    /// The listing by automation, in order of time.
    pub const BY_AUTOMATION: u16 = 2;

    /// The id of a run that a time set off: the same instant of the same record sets it off once.
    pub fn at_time(automation: Id<Automation>, subject: Uuid, due: Timestamp) -> Id<Self> {
        let parts = [
            b"automation_run".as_slice(),
            automation.uuid().as_bytes(),
            subject.as_bytes(),
            &due.micros().to_be_bytes(),
        ]
        .map(<[u8]>::to_vec);
        Id::derived(parts.iter().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests;
