//! Which customers belong together, and how much they are worth our time.
//!
//! A segment is a saved predicate over what is known of customers: the condition language of assignment and automation, over
//! the fields of a customer and over figures of what they bought ([`FIGURES`]). A grade says how much time a customer is
//! worth: it follows from a value and a potential by a matrix that is versioned policy, and every change is kept with its
//! cause.

mod define;
mod figures;
mod grade;

pub use define::{DefineSegment, define_segment, never};
pub use figures::{FIGURES, schema};
pub use grade::{
    Axis, DefineGradePolicy, Graded, Measured, define_policy, grade, level, matrix_of,
};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assignment::Condition;
use crate::party::Customer;
use crate::settings::User;
use crate::value::{Code, Id, Name, Percent, Timestamp};
use crate::{codes, json_column, record};

record! {
    /// A saved predicate over customers.
    pub struct Segment: Segment {
        /// What hosts call it; no two share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Whether it is used.
        3 active: bool;
        /// Counts its definitions, from 1.
        4 revision: u32;
        /// Who belongs to it.
        5 terms: SegmentTerms;
        /// Since when it says so.
        6 defined_at: Timestamp;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl Segment {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// Who belongs to a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentTerms {
    /// Every active customer of whom this holds.
    pub when: Condition,
}

codes! {
    /// How much time a customer is worth.
    pub enum CustomerGrade {
        /// Little (低价值).
        Low = "low",
        /// They may become worth much (潜在).
        Potential = "potential",
        /// Much (高价值).
        High = "high",
    }
}

codes! {
    /// Where a customer stands on one side of the matrix.
    pub enum GradeLevel {
        /// Below the first cut.
        Low = "low",
        /// From the first cut on.
        Medium = "medium",
        /// From the second cut on.
        High = "high",
    }
}

codes! {
    /// Why a grade was given.
    pub enum GradeCause {
        /// It is the first one.
        First = "first",
        /// What is measured moved.
        Measured = "measured",
        /// The policy is another one.
        Policy = "policy",
    }
}

/// How customers are graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeTerms {
    /// What they are worth.
    pub value: Axis,
    /// What they may become worth.
    pub potential: Axis,
    /// The grade for low, medium and high value, each for low, medium and high potential.
    pub matrix: [[CustomerGrade; 3]; 3],
    /// How far below a cut a customer must fall to lose the level that it gives, in percent of the cut: against grades that
    /// flap.
    pub hysteresis: Percent,
}

json_column! { SegmentTerms, GradeTerms }

record! {
    /// One version of how customers are graded. The last one holds.
    pub struct GradePolicy: GradePolicy, append_only {
        /// 1, 2, 3….
        1 version: u32;
        /// What it says.
        2 terms: GradeTerms;
        /// Since when.
        3 defined_at: Timestamp;
        /// Who said so.
        4 by: Id<User>;
    }
    listings {
        1 unique "by_version" ["version"];
    }
}

impl GradePolicy {
    /// The listing by version.
    pub const BY_VERSION: u16 = 1;
}

record! {
    /// That a customer got a grade, or another level on the way to one, and why. Written once; the last one holds.
    pub struct GradeChange: GradeChange, append_only {
        /// Who.
        1 customer: Id<Customer>;
        /// When.
        2 at: Timestamp;
        /// The grade before; none for the first.
        3 from: Option<CustomerGrade>;
        /// The grade since.
        4 to: CustomerGrade;
        /// Where they stand in value.
        5 value: GradeLevel;
        /// Where they stand in potential.
        6 potential: GradeLevel;
        /// What was measured as value; nothing where there was nothing to measure.
        7 value_measured: Option<Decimal>;
        /// What was measured as potential.
        8 potential_measured: Option<Decimal>;
        /// By which policy.
        9 policy: Id<GradePolicy>;
        /// Its version.
        10 policy_version: u32;
        /// Why.
        11 cause: GradeCause;
        /// Counts the changes of a customer, from 0.
        12 ordinal: u32;
    }
    listings {
        1 "by_customer" ["customer", "at"];
        2 "by_policy" ["policy"];
    }
}

impl GradeChange {
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 1;

    /// Where it stands among the changes of a customer: the last one holds.
    pub const fn place(&self) -> (Timestamp, u32, Id<Self>) {
        (self.at, self.ordinal, self.id)
    }
}

#[cfg(test)]
mod tests;
