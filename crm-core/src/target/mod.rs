//! What is to be reached: key figures defined as data, targets of people, teams and the house, periods that are closed.
//!
//! A target is never overwritten: a new value is its next revision, and what was in force at an instant is the last one
//! set until then. A closed period keeps its figures; what is corrected later stands as an adjustment in the period that
//! is closed next.

mod close;
mod define;
mod plan;
mod set;
mod span;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use close::{ClosePeriod, Figures, Frozen, adjustments, close};
pub use define::{DefineKpi, define};
pub use plan::{Gap, gap, in_force, rolled_up};
pub use set::{SetTarget, set};
pub use span::Span;

use crate::settings::User;
use crate::value::{Code, Id, Name, Note, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// What a key figure is counted over.
    pub enum KpiOf {
        /// Deals by the day on which they were won.
        Won = "won",
        /// Deals by the day on which they were won or lost.
        Closed = "closed",
        /// Deals by the day on which they were made.
        Created = "created",
        /// Leads by the day on which they reached us.
        Leads = "leads",
        /// Customers by the day on which they were entered.
        Customers = "customers",
        /// Activities by the day on which they happened.
        Activities = "activities",
        /// Answers to requests for feedback by the day of the answer.
        Feedback = "feedback",
        /// Orders that bind their customer, by the day on which they were ordered.
        Orders = "orders",
        /// Payments that are no error, by the day on which they came.
        Payments = "payments",
    }
}

codes! {
    /// What is made of what a key figure is counted over.
    pub enum Aggregation {
        /// How many.
        Count = "count",
        /// The sum of their amounts, in the base currency.
        Sum = "sum",
        /// The mean: amount of a deal, an order or a payment, score of an answer.
        Mean = "mean",
        /// The share that came to something: won of closed deals, converted of leads.
        Rate = "rate",
        /// The sum of amounts over that of the period before, less one.
        Growth = "growth",
    }
}

impl KpiOf {
    /// What can be made of it.
    pub const fn aggregations(self) -> &'static [Aggregation] {
        use Aggregation::{Count, Growth, Mean, Rate, Sum};
        match self {
            Self::Won | Self::Orders | Self::Payments => &[Count, Sum, Mean, Growth],
            Self::Closed | Self::Leads => &[Count, Rate],
            Self::Created => &[Count, Sum, Mean],
            Self::Customers | Self::Activities => &[Count],
            Self::Feedback => &[Count, Mean],
        }
    }

    /// By what it can be narrowed.
    pub const fn narrowed_by(self) -> &'static [&'static str] {
        match self {
            Self::Won | Self::Closed | Self::Created => &[
                "customer",
                "pipeline",
                "stage",
                "source",
                "region",
                "industry",
                "reason",
                "competitor",
                "product",
                "category",
            ],
            Self::Leads | Self::Customers => &["source", "region"],
            Self::Orders | Self::Payments => &["customer", "source", "region", "industry"],
            Self::Activities => &["kind"],
            Self::Feedback => &[],
        }
    }
}

impl Aggregation {
    /// Whether the figures of parts (months of a quarter, members of a team) add up to that of the whole.
    pub const fn adds_up(self) -> bool {
        match self {
            Self::Count | Self::Sum => true,
            Self::Mean | Self::Rate | Self::Growth => false,
        }
    }
}

codes! {
    /// Whose target or figure it is.
    pub enum ScopeKind {
        /// A person's.
        User = "user",
        /// A team's.
        Team = "team",
        /// Everybody's.
        Tenant = "tenant",
    }
}

codes! {
    /// How long a period of plans is.
    pub enum PlanGrain {
        /// A calendar month.
        Month = "month",
        /// Three months from January, April, July or October.
        Quarter = "quarter",
        /// A calendar year.
        Year = "year",
    }
}

/// Whose it is: the kind, and which; nil of the house.
pub type Scope = (ScopeKind, Uuid);

/// What a key figure is narrowed to: by dimension, any of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Narrowed(pub BTreeMap<String, Vec<String>>);

json_column! { Narrowed }

record! {
    /// A key figure as data: what is counted, narrowed to what, and what is made of it.
    pub struct Kpi: Kpi {
        /// What hosts call it.
        1 code: Code;
        /// What people call it.
        2 name: Name;
        /// What it is counted over.
        3 of: KpiOf;
        /// What is made of that.
        4 aggregation: Aggregation;
        /// What it is narrowed to.
        5 only: Narrowed;
        /// Whether it is used.
        6 active: bool;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl Kpi {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

record! {
    /// One revision of what somebody shall reach in a period. Written once.
    pub struct Target: Target, append_only {
        /// Of which key figure.
        1 kpi: Id<Kpi>;
        /// Whose: the kind.
        2 scope_kind: ScopeKind;
        /// Whose: which; nil of the house.
        3 scope: Uuid;
        /// How long the period is.
        4 grain: PlanGrain;
        /// Its first day.
        5 from_day: NaiveDate;
        /// 1, 2, 3… of the same target.
        6 revision: u32;
        /// What shall be reached: money in major units of the base currency, a count, or a share of 1.
        7 value: Decimal;
        /// Why it was changed.
        8 reason: Option<Note>, personal("performance", 3650);
        /// Who set it.
        9 by: Id<User>;
        /// Since when it is in force.
        10 set_at: Timestamp;
    }
    listings {
        1 unique "by_key" ["kpi", "scope", "grain", "from_day", "revision"];
        2 "by_period" ["grain", "from_day"];
    }
}

impl Target {
    /// The listing by what it is about, its revisions in order.
    pub const BY_KEY: u16 = 1;
    /// The listing by period.
    pub const BY_PERIOD: u16 = 2;

    /// Whose it is.
    pub const fn whose(&self) -> Scope {
        (self.scope_kind, self.scope)
    }

    /// Its period.
    pub const fn span(&self) -> Span {
        Span { grain: self.grain, from: self.from_day }
    }
}

record! {
    /// That the figures of a period were frozen. Written once.
    pub struct PeriodClose: PeriodClose, append_only {
        /// How long the period is.
        1 grain: PlanGrain;
        /// Its first day.
        2 from_day: NaiveDate;
        /// Who closed it.
        3 by: Id<User>;
        /// When: figures are those that were known then.
        4 closed_at: Timestamp;
        /// What there is to say about it.
        5 note: Option<Note>, personal("performance", 3650);
    }
    listings {
        1 unique "by_period" ["grain", "from_day"];
    }
}

impl PeriodClose {
    /// The listing by period.
    pub const BY_PERIOD: u16 = 1;

    /// Its period.
    pub const fn span(&self) -> Span {
        Span { grain: self.grain, from: self.from_day }
    }
}

record! {
    /// One frozen figure of a closed period, or one correction of an earlier period's that was booked in it. Written once.
    pub struct PeriodFigure: PeriodFigure, append_only {
        /// In which closing.
        1 close: Id<PeriodClose>;
        /// The closing whose figure it corrects; nothing for a figure of the period itself.
        2 corrects: Option<Id<PeriodClose>>;
        /// Of which key figure.
        3 kpi: Id<Kpi>;
        /// Whose: the kind.
        4 scope_kind: ScopeKind;
        /// Whose: which; nil of the house.
        5 scope: Uuid;
        /// What was reached; of a correction, by how much what is known now is more. Nothing where it cannot be told.
        6 value: Option<Decimal>;
        /// Over how many deals, leads, activities or answers; of a correction, how many more.
        7 count: i64;
        /// What should be reached, as it was in force when the period was closed.
        8 target: Option<Decimal>;
    }
    listings {
        1 "by_close" ["close", "kpi"];
        2 "by_corrected" ["corrects"];
    }
}

impl PeriodFigure {
    /// The listing by closing, then key figure.
    pub const BY_CLOSE: u16 = 1;
    /// The listing by the closing that they correct.
    pub const BY_CORRECTED: u16 = 2;

    /// Whose it is.
    pub const fn whose(&self) -> Scope {
        (self.scope_kind, self.scope)
    }
}
