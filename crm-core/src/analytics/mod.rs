//! Reports as pure functions over a columnar table of facts.
//!
//! Pour rows into a [`FactTableBuilder`], in any order; ask the [`FactTable`] with a [`Query`]; show the answer, or
//! turn it into a document that [`export`](crate::export) renders. Nothing here reads a store or a clock.
//!
//! ```
//! use crm_core::analytics::{DealRow, Dimension, FactTable, Outcome, Query, winrate};
//! use uuid::Uuid;
//!
//! let mut builder = FactTable::builder("CNY", 2);
//! builder.pipeline("direct", "直销", &[("lead", "初步接触"), ("quote", "方案报价")]);
//! builder.label(Dimension::Owner, "u1", "张伟");
//! for (number, outcome) in [Outcome::Won, Outcome::Won, Outcome::Lost, Outcome::Open].into_iter().enumerate() {
//!     let id = Uuid::from_u128(number as u128);
//!     let row = DealRow { owner: "u1", pipeline: "direct", stage: "quote", ..DealRow::new(id, outcome) };
//!     builder.deal(&row)?;
//! }
//! let table = builder.finish()?;
//!
//! let query = Query::new(chrono_tz::Asia::Shanghai, "2026-11-21T00:00:00Z".parse()?).by([Dimension::Owner]);
//! let found = winrate(&table, &query);
//! assert_eq!((found.total.win().successes, found.total.win().trials), (2, 3));
//! let won = &found.groups[0];
//! assert_eq!(table.members(&won.open, query.zone), [Uuid::from_u128(3)]);
//! println!("{}", crm_core::export::json(&found.report(&table, &query))?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Rules that hold for every figure:
//!
//! - **Every figure names its members**: rows carry the [`Filter`] that [`FactTable::members`] turns into ids.
//! - **Money is exact**: minor units summed in `i128`, written at the currency's places. A deal without an amount in
//!   the base currency is counted and stated, never summed.
//! - **Open deals are stated**, not dropped: beside a rate, as censored in a cycle, as "still there" in a funnel.
//! - **Unknown is a group**: `(none)`, under the key `""`.
//! - **Days are those of a named zone**, periods half-open.
//! - **The order of rows does not matter**, nor does any hash.

mod amount;
mod attainment;
mod changes;
mod changes_document;
mod column;
pub mod customers;
mod cycle;
mod dimension;
mod effect;
mod effort;
mod effort_document;
mod endings;
mod facts;
mod filter;
pub mod forecast;
mod funnel;
mod group;
mod heading;
mod kernel;
mod matters;
pub mod outlook;
mod overview;
mod paths;
mod paths_document;
mod period;
mod query;
mod rollup;
mod stages;
mod stages_document;
mod stats;
mod stewardship;
mod survival;
mod table;
mod tally;
mod tasks;
mod trend;
mod winrate;

#[cfg(test)]
#[path = "laws_tests.rs"]
pub(crate) mod laws;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod shared;

pub use amount::{Amount, shares};
pub use attainment::{Attained, Credit, Entry, Ranked, Reached, SMALL, attained, credits, ranking};
pub use changes::{Change, Changes, Flow, Happening, Past, Standing, Waterfall, changes};
pub use changes_document::ChangesView;
pub use column::Dictionary;
pub use cycle::{Cycle, CycleRow, Durations, cycle};
pub use dimension::Dimension;
pub use effect::{Effect, Effects, Watched, effects};
pub use effort::{Answers, Asked, Done, Effort, answers, efforts};
pub use effort_document::EffortView;
pub use endings::{Beside as EndingsBeside, Tagged, Tags, losses, tagged, wins};
pub use facts::{
    Dashboard, DashboardAsk, FactDeal, FactLine, FactMove, Facts, Keys, MonthTally, OwnerTally,
    PlaceTally, Question, Questions, Spread, Transition, WinCount,
};
pub use filter::Filter;
pub use funnel::{Funnel, FunnelStage, funnel};
pub(crate) use heading::parameters;
pub use matters::{Item, Matter, exceptions, long_stays, risks};
pub use overview::{Counts, LinesTotal, Overview, OverviewRow, overview};
pub use paths::{Allowed, Edge, Node, Paths, Variant, Walked, paths};
pub use period::{Grain, Period, day_start};
pub use query::Query;
pub use rollup::{Branch, Level, organisation, organisation_report, rollup, rollup_report};
pub use stages::{
    Bottleneck, Left, StageStays, StageTimes, Stay, WholeCycle, bottlenecks, stage_times,
};
pub use stats::{FEW, Proportion, Verdict, mean_days, percentile_days, survival_median};
pub use stewardship::{Looked, Measure, Quality, QualityView, Steward, qualities};
pub use survival::{Survival, SurvivalStep};
pub use table::{
    DealRow, FactTable, FactTableBuilder, LineRow, MoveKind, MoveRow, Outcome, TableError,
};
pub use tally::{ByOutcome, Tally};
pub use tasks::{TaskRates, TaskRow, TaskTally, tasks};
pub use trend::{BUCKETS_MAX, Basis, Bucket, Trend, TrendError, TrendGroup, trend};
pub use winrate::{WinRate, WinRow, winrate};
