//! The questions of the dashboard, and sets of them.

use crate::codes;

codes! {
    /// A question of the dashboard.
    pub enum Question {
        /// Deals and worth by where they stand.
        Stages = "stages",
        /// Moves by from and to.
        Transitions = "transitions",
        /// Deals that ever moved to a stage.
        Reached = "reached",
        /// Won and lost by owner, region, source, product.
        WinRates = "win_rates",
        /// From the making of a won deal until it was won.
        Cycle = "cycle",
        /// Won by month.
        Won = "won",
        /// Worth times odds of open deals, by month.
        Forecast = "forecast",
        /// The owners with the most won.
        Top = "top_owners",
        /// Time in each open stage until it was left.
        Dwell = "dwell",
        /// Open deals that have stood too long where they stand.
        Stale = "stale",
    }
}

/// Some of the questions. What is not asked is not counted, and columns that only it needs are not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions(u16);

impl Questions {
    /// All ten.
    pub const ALL: Self = Self(0x3FF);

    /// One alone.
    pub const fn of(one: Question) -> Self {
        Self(1 << one as u16)
    }

    /// Whether a question is asked.
    pub const fn has(self, one: Question) -> bool {
        self.0 & Self::of(one).0 != 0
    }

    /// Whether any of these is asked.
    pub const fn has_any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// How many are asked.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether none is asked.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that moves answer.
    pub(super) const MOVES: Self = Self::of(Question::Transitions).and(Self::of(Question::Dwell));
    /// Those that deals answer.
    pub(super) const DEALS: Self = Self(Self::ALL.0 ^ Self::MOVES.0);

    /// Those of these that are asked, too.
    pub(super) const fn among(self, those: Self) -> Self {
        Self(self.0 & those.0)
    }
}

impl FromIterator<Question> for Questions {
    fn from_iter<I: IntoIterator<Item = Question>>(questions: I) -> Self {
        questions.into_iter().fold(Self::default(), |all, one| all.and(Self::of(one)))
    }
}
