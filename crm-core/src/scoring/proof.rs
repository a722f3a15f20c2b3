//! A score with its proof: every part of it, the rule that part comes from, and what was known.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::feature::Input;
use super::grade::Grades;
use crate::codes;
use crate::pipeline::Probability;
use crate::value::{Code, Timestamp};

codes! {
    /// What the numbers of a score count.
    pub enum Unit {
        /// Thousandths of a point.
        MilliPoints = "milli_points",
        /// Ten-thousandths of log-odds: 10,000 more is e times the odds.
        LogOdds = "log_odds_10000",
    }
}

/// A score and why it is what it is. The base and what every line adds sum to the value, exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The model.
    pub model: Code,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its definition, in lower-case hexadecimal.
    pub digest: String,
    /// Whom it is about, where they are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uuid>,
    /// The instant whose state it tells.
    pub at: Timestamp,
    /// What the numbers count.
    pub unit: Unit,
    /// Where it begins.
    pub base: i64,
    /// What is added, in the order of the model.
    pub lines: Vec<Line>,
    /// The score.
    pub value: i64,
    /// What it means as a probability, for log-odds; 1 to 9,999 basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability_basis_points: Option<Probability>,
    /// The scale of grades.
    pub grades: Grades,
    /// The grade on it; none where the scale is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Code>,
}

/// One part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What it is about: a feature, a behaviour, a limit.
    pub term: String,
    /// What it adds.
    pub adds: i64,
    /// Whether a value was missing, so that what the model says of missing ones counts.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub missing: bool,
    /// Where that comes from.
    pub because: Because,
}

/// Where a part of a score comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Because {
    /// They did something.
    Behaviour {
        /// When.
        at: Timestamp,
        /// The points of that behaviour.
        points: Decimal,
        /// After how many seconds half of them are left; never where none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        half_life_seconds: Option<i64>,
    },
    /// A score goes no lower.
    Floor {
        /// The points.
        points: Decimal,
    },
    /// A score goes no higher.
    Cap {
        /// The points.
        points: Decimal,
    },
    /// A row of a table of criteria.
    Row {
        /// What is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<Input>,
        /// Which values the row is for.
        when: Bin,
        /// Its points.
        points: Decimal,
        /// What they are multiplied by.
        weight: Decimal,
    },
    /// Bins of a learned table.
    Learned {
        /// One feature, or two.
        of: Vec<Part>,
    },
    /// The host's scorer says so.
    Host {
        /// In its words.
        reason: String,
    },
}

/// One feature's value and the bin it falls into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which feature.
    pub feature: String,
    /// What is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// Where that falls.
    pub bin: Bin,
}

/// Which values a row or an entry is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bin {
    /// None is known.
    Missing,
    /// This one, as it is written.
    Level(String),
    /// One of these, as they are written.
    Levels(Vec<String>),
    /// Numbers above one and up to another, where either is said.
    Range {
        /// Above this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        above: Option<Decimal>,
        /// Up to and with this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        up_to: Option<Decimal>,
    },
    /// Any other.
    Other,
}
