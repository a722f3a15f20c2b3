//! What the page of the dashboard counts from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::document::{Definition, Label, Parameter};
use crate::value::Timestamp;

/// The deals behind a dashboard, as columns: codes of owners and the like, amounts, days; no customer, no contact, no id.
///
/// A code is a place in the list of its kind; place 0 is "none". Lists are in the order of ids or keys and deals in that
/// of their ids, so the same deals give the same columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardData {
    /// The moment the deals are seen from.
    pub as_of: Timestamp,
    /// IANA name of the zone of days and months.
    pub zone: String,
    /// ISO 4217 code of amounts.
    pub currency: String,
    /// Its decimal places.
    pub scale: u32,
    /// An open deal that stands where it stands for more than so many days is stale:
    pub stale_days: u32,
    /// since before this second after 1970.
    pub stale_before: u32,
    /// How many of the best owners are told.
    pub top: u32,
    /// What "none" is called.
    pub none: Label,
    /// What the deals were narrowed by.
    pub parameters: Vec<Parameter>,
    /// What terms mean.
    pub definitions: Vec<Definition>,
    /// Owners.
    pub owners: Vec<DashboardOwner>,
    /// Their teams.
    pub teams: Vec<DashboardValue>,
    /// Regions.
    pub regions: Vec<DashboardValue>,
    /// Sources.
    pub sources: Vec<DashboardValue>,
    /// Products.
    pub products: Vec<DashboardValue>,
    /// Sets of products that deals have lines of.
    pub sets: Vec<Vec<u32>>,
    /// Stages, ends included, in the order of their processes.
    pub stages: Vec<DashboardStage>,
    /// Steps from stage to stage.
    pub steps: Vec<DashboardStep>,
    /// One place a deal.
    pub deals: DashboardDeals,
    /// One place a move, those of one deal side by side.
    pub moves: DashboardMoves,
}

/// A value that deals are narrowed by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardValue {
    /// Its key, as `only` of a report takes it.
    pub key: String,
    /// What people call it.
    pub label: Label,
    /// Whether a deal has it.
    pub is_used: bool,
}

/// An owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardOwner {
    /// Login.
    pub key: String,
    /// Name.
    pub label: Label,
    /// Whether a deal has it.
    pub is_used: bool,
    /// Place of the team.
    pub team: u32,
}

/// A stage, or the end of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardStage {
    /// Its key.
    pub key: String,
    /// Its name.
    pub label: Label,
    /// Whether a deal stands in it, or was closed from it.
    pub is_used: bool,
    /// How deals in it stand: `open`, `won`, `lost`.
    pub outcome: String,
    /// Basis points.
    pub odds: u32,
}

/// A step from one stage to another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct DashboardStep {
    /// Place of the stage that was left; 0 where the deal was made.
    pub from: u32,
    /// Place of the stage that was entered.
    pub to: u32,
    /// Whether a time in a stage ends with it.
    pub timed: bool,
}

/// Columns of deals, all of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardDeals {
    /// Place of the owner.
    pub owner: Vec<u32>,
    /// Place of the region.
    pub region: Vec<u32>,
    /// Place of the source.
    pub source: Vec<u32>,
    /// Place of the stage that it stands in, or was closed from.
    pub stage: Vec<u32>,
    /// Place of the stage that it stands in, or of the end that it came to.
    pub place: Vec<u32>,
    /// Place of its set of products.
    pub products: Vec<u32>,
    /// Amount at the places of the currency; nothing where it is not known in this currency.
    pub amount: Vec<Option<String>>,
    /// Basis points that somebody knows better than the stage.
    pub odds: Vec<Option<u32>>,
    /// When it was made, seconds since 1970,
    pub created: Vec<u32>,
    /// and the day of that in the zone, days since 1970.
    pub created_day: Vec<i32>,
    /// Of an open deal, since when it stands where it stands; of a closed one, when it was closed.
    pub since: Vec<u32>,
    /// The day of that in the zone.
    pub since_day: Vec<i32>,
    /// The day on which it is expected to be won.
    pub expected: Vec<Option<i32>>,
}

/// Columns of moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardMoves {
    /// How many moves each deal has made.
    pub count: Vec<u32>,
    /// Place of the step, one a move.
    pub step: Vec<u32>,
    /// Seconds since the move before it; 0 of the first.
    pub stood: Vec<u32>,
}
