//! Who gets which lead: ordered rules as data, a fair choice among those who can take it, and a proof of each decision.
//!
//! A policy is a list of rules; the first whose filter a lead passes decides. Of the pool of that rule those are passed
//! over who cannot take a lead now, each for a reason that is kept; among the others a strategy chooses. Turns are
//! counted in a ledger of shares with a proven bound. A lead that nobody gets waits in a queue whose keeper is told.

mod absence;
mod axes;
mod choose;
mod condition;
mod desk;
mod fair;
mod filter;
mod index;
mod lint;
mod policy;
mod proof;
mod replay;
mod share;
mod wheel;

pub use absence::{Absence, AddAbsence, add_absence};
pub use choose::{Seat, Skip, choose, price_of, step_of};
pub use condition::{Condition, Facts, Field, FieldKind, Schema, Slots};
pub use desk::{Change, Desk, Rep};
pub use fair::{Stake, UNIT, step, thresholds, turn};
pub use filter::{Datum, Test};
pub use index::{Given, Index, NO_NUMBER};
pub use lint::{Finding, FindingCode, lint_rules, refuse_defects};
pub use policy::{
    AssignmentPolicy, Compiled, DefineAssignmentPolicy, Fallback, Ground, LoadWeights, Match,
    Member, POOL_MAX, Pool, RULES_MAX, Rule, Rules, Strategy, WEIGHT_MAX, define_policy, lacking,
    members,
};
pub use proof::{Assignment, AssignmentHow, Proof, Read, check, facts_of};
pub use replay::{Moved, Portion, Replay, World, replay};
pub use share::{AssignmentShare, Ledger};
pub use wheel::Wheel;

#[cfg(test)]
mod fair_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod rule_tests;
