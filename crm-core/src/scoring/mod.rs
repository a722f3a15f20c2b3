//! How promising a lead, customer or deal is, and why: points for behaviours, tables of criteria, models learned from
//! our own closed history, or a scorer of the host's.
//!
//! Every score is a [`Proof`]: whole numbers that sum to it, each with the rule and the input it comes from, which
//! [`check`] derives again without the code that made it.

pub mod learn;

mod behaviour;
mod check;
mod feature;
mod grade;
mod host;
mod known;
mod learned;
mod model;
mod points;
mod preset;
mod proof;
mod score;
mod table;

#[cfg(test)]
mod tests;

pub use behaviour::{Behaviour, BrowsingEvent, RecordBehaviour, browsed, record_behaviour};
pub use check::{check, check_against};
pub use feature::{Features, Input};
pub use grade::{GradeStep, Grades};
pub use host::{Answer, AnswerPart, HostModel, Scorer, Scorers, ask};
pub use known::{Fields, Reached, add_behaviours, of_customer, of_lead, of_opportunity};
pub use learned::{Explained, FeatureTable, Learned, PairTable, Training};
pub use model::{
    DefineScoreModel, Definition, Known, ModelKind, ScoreModel, Target, define, learned,
};
pub use points::{BehaviourPoints, Event, Points};
pub use proof::{Because, Bin, Line, Part, Proof, Unit};
pub use score::Score;
pub use table::{Criterion, Row, Table};
