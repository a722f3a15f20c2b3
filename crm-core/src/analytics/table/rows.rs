//! What the engine pours in: one plain row per deal, stage move and line.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a deal stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not decided yet.
    Open,
    /// The customer bought.
    Won,
    /// The customer did not.
    Lost,
}

/// One deal. A key of `""` means "has none"; it is its own group, `(none)`, in every report.
#[derive(Clone, Copy, Debug)]
pub struct DealRow<'a> {
    /// Its identity, what members are named by.
    pub id: Uuid,
    /// Key of its owner.
    pub owner: &'a str,
    /// Key of the owner's team.
    pub team: &'a str,
    /// Key of its customer.
    pub customer: &'a str,
    /// Key of its pipeline.
    pub pipeline: &'a str,
    /// Key of the stage it stands in, or was closed from.
    pub stage: &'a str,
    /// Key of its source.
    pub source: &'a str,
    /// Key of its region.
    pub region: &'a str,
    /// Key of the customer's industry.
    pub industry: &'a str,
    /// Key of the reason it was lost for.
    pub reason: &'a str,
    /// Key of the competitor that was named.
    pub competitor: &'a str,
    /// How it stands.
    pub outcome: Outcome,
    /// Its amount in minor units of `currency`.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code of its amount and of its lines.
    pub currency: &'a str,
    /// Its amount in minor units of the table's base currency; `None` is "unpriced": counted, listed, never summed.
    pub base_minor: Option<i64>,
    /// When it began, seconds since 1970 UTC.
    pub created_at: Option<i64>,
    /// When it was won or lost, seconds since 1970 UTC; ignored while open.
    pub closed_at: Option<i64>,
    /// The day it is expected to close, days since 1970-01-01.
    pub expected_day: Option<i32>,
    /// Whether its stage moves are known. Without them it is left out of the funnel and counted as such.
    pub has_history: bool,
}

impl DealRow<'_> {
    /// A deal of which nothing more is known, to be completed by `DealRow { owner, ..DealRow::new(id, outcome) }`.
    pub const fn new(id: Uuid, outcome: Outcome) -> Self {
        Self {
            id,
            owner: "",
            team: "",
            customer: "",
            pipeline: "",
            stage: "",
            source: "",
            region: "",
            industry: "",
            reason: "",
            competitor: "",
            outcome,
            amount_minor: None,
            currency: "",
            base_minor: None,
            created_at: None,
            closed_at: None,
            expected_day: None,
            has_history: false,
        }
    }
}

/// What a stage move was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveKind {
    /// The deal entered its first stage.
    Created,
    /// It went to another stage, forward or back.
    Moved,
    /// It was won in `to`.
    Won,
    /// It was lost in `to`.
    Lost,
    /// It was reopened into `to`.
    Reopened,
}

/// One step of a deal's history, given in the order in which the deal took them.
#[derive(Clone, Copy, Debug)]
pub struct MoveRow<'a> {
    /// The deal, as [`FactTableBuilder::deal`](super::FactTableBuilder::deal) numbered it.
    pub deal: u32,
    /// Key of the stage it left; `""` where it left none.
    pub from: &'a str,
    /// Key of the stage it stood in afterwards.
    pub to: &'a str,
    /// When, seconds since 1970 UTC.
    pub at: i64,
    /// What it was.
    pub kind: MoveKind,
}

/// One line of a deal, in the deal's currency.
#[derive(Clone, Copy, Debug)]
pub struct LineRow<'a> {
    /// The deal, as [`FactTableBuilder::deal`](super::FactTableBuilder::deal) numbered it.
    pub deal: u32,
    /// Key of its product.
    pub product: &'a str,
    /// Key of the product's category.
    pub category: &'a str,
    /// Its net, rounded half up to minor units.
    pub rounded_minor: i64,
    /// Its net before rounding, at most twelve decimals and 10^15 major units.
    pub exact: Decimal,
}
