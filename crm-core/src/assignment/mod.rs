//! Who gets which lead: ordered rules as data, a fair choice among those who can take it, and a proof of each decision.
//!
//! A policy is a list of rules; the first whose filter a lead passes decides. Of the pool of that rule those are passed
//! over who cannot take a lead now, each for a reason that is kept; among the others a strategy chooses. Turns are
//! counted in a ledger of shares with a proven bound. A lead that nobody gets waits in a queue whose keeper is told.

mod absence;
mod choose;
mod condition;
mod fair;
mod policy;
mod proof;

pub use absence::{Absence, AddAbsence, add_absence};
pub use choose::{Seat, Skip, choose, price_of, step_of};
pub use condition::{Condition, Datum, Facts, Field, FieldKind, Schema, Slots, Test};
pub use fair::{AssignmentShare, Stake, UNIT, step, thresholds, turn};
pub use policy::{
    AssignmentPolicy, Compiled, DefineAssignmentPolicy, Fallback, Ground, LoadWeights, Match,
    Member, POOL_MAX, Pool, RULES_MAX, Rule, Rules, Strategy, WEIGHT_MAX, define_policy, lacking,
    members,
};
pub use proof::{Assignment, AssignmentHow, Proof, Read, check, facts_of};
