//! The operation catalogue: every command and query under its name, one narrow waist for every door.

mod activity;
mod address;
mod audit;
mod batch;
mod calendar;
mod contact;
mod contact_point;
mod custom_field;
mod customer;
mod due;
mod export;
mod import;
mod lead;
mod manual;
mod opportunity;
mod page;
mod pipeline;
mod product;
mod refer;
mod reminder;
mod report;
pub mod script;
mod settings;
mod team;
mod term;
mod tick;
mod user;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Entity, Ext};
use crate::settings::User;
use crate::value::{Id, Invalid};

pub use activity::{
    ActivityDetail, AwaitingReply, CancelActivity, GetActivity, ListActivities, LogActivity,
    Logged, Noted, PlanActivity, RescheduleActivity,
};
pub use address::{AmendAddress, ListAddresses, RemoveAddress};
pub use audit::{PersonalValue, ReadTrail, SealTrail, Sealed, Trail, TrailEntry, Verify};
pub use batch::{BatchDone, Json, RunBatch, Step};
pub use calendar::GetCalendar;
pub use contact::{
    AmendContact, GetContact, ListContacts, MoveContact, RemoveContact, SetPrimaryContact,
};
pub use contact_point::{AddContactPoint, ListContactPoints, RemoveContactPoint};
pub use custom_field::{FindByCustomField, Found, ListCustomFields, RemoveCustomField};
pub use customer::{
    AmendCustomer, ArchiveCustomer, GetCustomer, ListCustomers, RestoreCustomer, SetCustomerType,
};
pub use export::{ExportRecords, Exported};
pub use import::{ImportRow, ImportRows, Imported, RowResult, RowStatus};
pub use lead::{DiscardLead, GetLead, ListLeads, ReactivateLead};
pub use manual::manual;
pub use opportunity::{
    AmendOpportunity, CanEnter, Entrance, FocusOpportunities, Focused, GetHistory, GetOpportunity,
    ListOpportunities, NextMove, SeenHistory, SeenLines, SeenOpportunity, StageStay, StageTime,
    Standing, Withdrawn,
};
pub use page::Listed;
pub use pipeline::{GetPipeline, ListPipelines, ListTemplates, Pipelines, SeenPipeline, Templates};
pub use product::{AmendProduct, GetProduct, ListProducts};
pub use reminder::{DueReminders, Reminders, SnoozeReminder};
pub use report::{
    ReportCycle, ReportFunnel, ReportOverview, ReportQuery, ReportTrend, ReportWinrate,
};
pub use settings::{AmendSettings, GetSettings};
pub use team::ListTeams;
pub use term::{ListTerms, RetireTerm};
pub use tick::{Tick, Ticked};
pub use user::{AmendUser, GetUser, ListUsers};

/// A record and the version under which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seen<T> {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The record.
    #[serde(flatten)]
    pub record: T,
}

/// The identity of a record that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Created<T> {
    /// Its id.
    pub id: Id<T>,
    /// Its version: 1 for a new one.
    pub version: u64,
}

impl Cx<'_> {
    /// Will write a new record.
    pub(crate) fn create<T: Entity>(&mut self, value: &T) -> Result<Created<T>, Error> {
        let id = value.id();
        if self.find(id)?.is_some() {
            let taken = Invalid::new("record.id_taken", &id.to_string());
            return Err(Error::invalid("id", taken));
        }
        self.put(value)?;
        self.index(id, &Ext::new(), value.ext())?;
        Ok(Created { id, version: self.version(id) })
    }

    /// Will write the next version of a record.
    pub(crate) fn amend<T: Entity>(&mut self, value: &T) -> Result<Seen<T>, Error> {
        let before = self.held(value.id())?;
        self.put(value)?;
        self.index(value.id(), &before, value.ext())?;
        Ok(Seen { version: self.version(value.id()), record: value.clone() })
    }

    /// A record as it is.
    pub(crate) fn seen<T: Entity>(&mut self, id: Id<T>) -> Result<Seen<T>, Error> {
        let record = self.get(id)?;
        Ok(Seen { version: self.version(id), record })
    }

    /// The owner that was named, who must be active; or the actor.
    pub(crate) fn owner_or_actor(&mut self, named: Option<Id<User>>) -> Result<Id<User>, Error> {
        let Some(id) = named else { return Ok(self.actor()?.id) };
        match self.find(id)? {
            Some(user) if user.active => Ok(id),
            _ => {
                let invalid = Invalid::new("owner.not_active", &id.to_string());
                Err(Error::invalid("owner", invalid))
            }
        }
    }
}

/// One operation of the catalogue.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The right it needs.
    pub access: Access,
    /// Runs it on a JSON request and gives its JSON response.
    pub run: fn(&mut Cx<'_>, &[u8]) -> Result<Vec<u8>, Error>,
    /// Its documentation.
    pub describe: fn() -> Description,
}

/// What the catalogue says of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// The right it needs.
    pub access: String,
    /// The JSON Schema of its request; its description is the operation's manual.
    pub request: serde_json::Value,
    /// The JSON Schema of its response.
    pub response: serde_json::Value,
}

/// Runs `O` in a unit of work, from JSON to JSON.
fn run<O: Operation>(cx: &mut Cx<'_>, request: &[u8]) -> Result<Vec<u8>, Error> {
    decide(cx, &parse::<O>(request)?)
}

/// Runs an operation in a unit of work: permission, decision, fact.
pub(crate) fn decide<O: Operation>(cx: &mut Cx<'_>, operation: &O) -> Result<Vec<u8>, Error> {
    cx.permit(O::ACCESS)?;
    let response = operation.run(cx)?;
    cx.decided(O::NAME)?;
    serde_json::to_vec(&response).map_err(|e| Error::Internal(e.to_string()))
}

/// A request as its type, or where it does not fit.
fn parse<T: serde::de::DeserializeOwned>(request: &[u8]) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(request);
    let value = fitted(&mut reader)?;
    reader.end().map_err(|e| misfit(String::new(), &e))?;
    Ok(value)
}

/// A JSON value as its type, or where it does not fit.
fn fitted<'de, T: serde::de::DeserializeOwned>(
    value: impl serde::Deserializer<'de, Error = serde_json::Error>,
) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let path = e.path().to_string();
        misfit(if path == "." { String::new() } else { path }, e.inner())
    })
}

fn misfit(path: String, what: &serde_json::Error) -> Error {
    let invalid = Invalid::new("request.form", "").limit(what.to_string());
    Error::Request(Box::new(Violation::at(path, invalid)))
}

fn describe<O: Operation>() -> Description {
    Description {
        name: O::NAME.to_owned(),
        access: format!("{:?}", O::ACCESS),
        request: schemars::schema_for!(O).to_value(),
        response: schemars::schema_for!(O::Response).to_value(),
    }
}

macro_rules! catalogue {
    ($($operation:ty),+ $(,)?) => {
        /// Every operation, by name.
        pub const CATALOGUE: &[Entry] = &[$(Entry {
            name: <$operation as Operation>::NAME,
            access: <$operation as Operation>::ACCESS,
            run: run::<$operation>,
            describe: describe::<$operation>,
        },)+];
    };
}

catalogue! {
    activity::AwaitingReply,
    activity::CancelActivity,
    crate::activity::CompleteActivity,
    activity::GetActivity,
    activity::ListActivities,
    activity::LogActivity,
    activity::PlanActivity,
    activity::RescheduleActivity,
    address::AmendAddress,
    address::ListAddresses,
    address::RemoveAddress,
    audit::ReadTrail,
    audit::SealTrail,
    audit::Verify,
    batch::RunBatch,
    calendar::GetCalendar,
    crate::catalog::CreateProduct,
    contact::AmendContact,
    contact::GetContact,
    contact::ListContacts,
    contact::MoveContact,
    contact::RemoveContact,
    contact::SetPrimaryContact,
    contact_point::AddContactPoint,
    contact_point::ListContactPoints,
    contact_point::RemoveContactPoint,
    crate::custom::DefineCustomField,
    custom_field::FindByCustomField,
    custom_field::ListCustomFields,
    custom_field::RemoveCustomField,
    customer::AmendCustomer,
    customer::ArchiveCustomer,
    customer::GetCustomer,
    customer::ListCustomers,
    customer::RestoreCustomer,
    customer::SetCustomerType,
    export::ExportRecords,
    import::ImportRows,
    crate::lead::CaptureLead,
    lead::DiscardLead,
    lead::GetLead,
    lead::ListLeads,
    lead::ReactivateLead,
    crate::opportunity::Advance,
    opportunity::AmendOpportunity,
    opportunity::CanEnter,
    crate::opportunity::ChangePipeline,
    crate::opportunity::CreateOpportunity,
    opportunity::FocusOpportunities,
    opportunity::GetHistory,
    opportunity::GetOpportunity,
    opportunity::ListOpportunities,
    crate::opportunity::Lose,
    crate::opportunity::Provide,
    crate::opportunity::Reopen,
    crate::opportunity::SetLines,
    crate::opportunity::SetProbability,
    crate::opportunity::Win,
    crate::opportunity::Withdraw,
    crate::party::AddAddress,
    crate::party::CreateContact,
    crate::party::CreateCustomer,
    crate::pipeline::DefinePipeline,
    pipeline::GetPipeline,
    crate::pipeline::InstallTemplate,
    pipeline::ListPipelines,
    pipeline::ListTemplates,
    product::AmendProduct,
    product::GetProduct,
    product::ListProducts,
    reminder::DueReminders,
    reminder::SnoozeReminder,
    report::ReportCycle,
    report::ReportFunnel,
    report::ReportOverview,
    report::ReportTrend,
    report::ReportWinrate,
    settings::AmendSettings,
    crate::settings::CreateTeam,
    crate::settings::CreateUser,
    crate::settings::DefineCalendar,
    crate::settings::DefineTerm,
    settings::GetSettings,
    team::ListTeams,
    term::ListTerms,
    term::RetireTerm,
    tick::Tick,
    user::AmendUser,
    user::GetUser,
    user::ListUsers,
}
/// The operation of that name.
///
/// # Errors
///
/// [`Error::Operation`].
pub fn find(name: &str) -> Result<&'static Entry, Error> {
    let entry = CATALOGUE.iter().find(|entry| entry.name == name);
    entry.ok_or_else(|| Error::Operation(name.to_owned()))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod activity_tests;
#[cfg(test)]
mod party_tests;
