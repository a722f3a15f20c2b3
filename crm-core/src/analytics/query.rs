//! What every report is asked with.

use chrono_tz::Tz;

use super::{dimension::Dimension, filter::Filter, period::Period};
use crate::value::Timestamp;

/// Which deals, which days, split by what, seen from when. The day a period speaks of is the report's own and stated
/// in its definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The zone of days and months.
    pub zone: Tz,
    /// The moment the facts are seen from: open deals have lasted until then.
    pub as_of: Timestamp,
    /// Which deals.
    pub filter: Filter,
    /// Which days.
    pub period: Period,
    /// What to split by, outermost first.
    pub by: Vec<Dimension>,
}

impl Query {
    /// All deals of all time, not split.
    pub fn new(zone: Tz, as_of: Timestamp) -> Self {
        Self { zone, as_of, filter: Filter::default(), period: Period::ALL, by: Vec::new() }
    }

    /// The same, split by `dimensions`.
    #[must_use]
    pub fn by(mut self, dimensions: impl IntoIterator<Item = Dimension>) -> Self {
        self.by = dimensions.into_iter().collect();
        self
    }

    /// The same over `period`.
    #[must_use]
    pub const fn during(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// The same for the deals that `filter` admits.
    #[must_use]
    pub fn only(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The seconds from which and before which it asks: those of its period, none after the moment it is asked from.
    pub(crate) fn seconds(&self) -> (i64, i64) {
        let within = self.period.seconds_in(self.zone);
        (within.from, within.to.min(self.as_of_seconds().saturating_add(1)))
    }

    /// The moment it is asked from, in seconds since 1970.
    pub(super) const fn as_of_seconds(&self) -> i64 {
        self.as_of.utc().timestamp()
    }
}
