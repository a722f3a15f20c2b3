//! How a deal is pursued: with which plan, by whom, against whom; how long it slept; and what is built after it is won.

mod crew;
mod milestone;
mod rival;
mod slumber;
mod strategy;

pub use crew::{Member, SetCrew, credits, set_crew};
pub use milestone::{MilestoneWish, Plan, Reached, plan, reschedule, step};
pub use rival::{CompetitorWish, RivalWish, define_competitor, mark};
pub use slumber::{asleep, falls_asleep_at, wakes};
pub use strategy::{
    Adjustment, Change, Learning, Parts, SetStrategy, adjusted, diff, learn, set_strategy,
};

use chrono::NaiveDate;

use crate::machine::Machine;
use crate::opportunity::Opportunity;
use crate::settings::User;
use crate::value::{Code, Id, Money, Name, Note, Timestamp};
use crate::{codes, record};

record! {
    /// One version of how a deal shall be won: what is offered, at what price, with what beside it, and why so. Written
    /// once.
    pub struct Strategy: Strategy, append_only {
        /// Of which deal.
        1 opportunity: Id<Opportunity>;
        /// 1, 2, 3….
        2 ordinal: u32;
        /// What is offered (产品推荐).
        3 product_plan: Option<Note>;
        /// At what price (价格).
        4 price_plan: Option<Note>;
        /// What is given beside it (促销).
        5 promotion: Option<Note>;
        /// Why so, or why no longer as before.
        6 cause: Note;
        /// Who decided.
        7 author: Id<User>;
        /// When.
        8 at: Timestamp;
    }
    listings {
        1 unique "by_opportunity" ["opportunity", "ordinal"];
    }
}

impl Strategy {
    /// The listing by deal, in order.
    pub const BY_OPPORTUNITY: u16 = 1;
}

record! {
    /// Somebody of us who works on a deal, or did.
    pub struct DealMember: DealMember {
        /// On which.
        1 opportunity: Id<Opportunity>;
        /// Who.
        2 user: Id<User>;
        /// As what: a code of the vocabulary `deal_role`.
        3 role: Code;
        /// Which share of the deal counts for them, in basis points; 0 for one who left.
        4 credit_basis_points: u32;
        /// Since when.
        5 joined_at: Timestamp;
        /// Until when; nothing while they are on it.
        6 left_at: Option<Timestamp>;
    }
    listings {
        1 unique "by_opportunity" ["opportunity", "user"];
        2 "by_user" ["user"];
    }
}

impl DealMember {
    /// The listing by deal and who.
    pub const BY_OPPORTUNITY: u16 = 1;
    /// The listing by who.
    pub const BY_USER: u16 = 2;
}

record! {
    /// Somebody else who sells what we sell.
    pub struct Competitor: Competitor {
        /// What it is called; no two have the same.
        1 name: Name;
        /// What it is good at.
        2 strengths: Option<Note>;
        /// What it is not good at.
        3 weaknesses: Option<Note>;
        /// Whether it is still to be reckoned with.
        4 active: bool;
        /// When it was written down.
        5 created_at: Timestamp;
    }
    listings {
        1 unique "by_name" ["name"];
    }
}

impl Competitor {
    /// The listing by name.
    pub const BY_NAME: u16 = 1;
}

codes! {
    /// How a competitor stands in a deal.
    pub enum RivalStatus {
        /// It may be there.
        Suspected = "suspected",
        /// It offers too.
        Competing = "competing",
        /// It is ahead of us.
        Leading = "leading",
        /// It is out.
        Out = "out",
        /// It got the deal.
        Won = "won",
    }
}

record! {
    /// A competitor in a deal.
    pub struct DealCompetitor: DealCompetitor {
        /// In which.
        1 opportunity: Id<Opportunity>;
        /// Who.
        2 competitor: Id<Competitor>;
        /// How it stands.
        3 status: RivalStatus;
        /// What speaks for it here.
        4 strengths: Option<Note>;
        /// What it asks, where that is known, in its own currency.
        5 price: Option<Money>;
        /// When that was last said.
        7 at: Timestamp;
    }
    listings {
        1 unique "by_opportunity" ["opportunity", "competitor"];
        2 "by_competitor" ["competitor"];
    }
}

impl DealCompetitor {
    /// The listing by deal and competitor.
    pub const BY_OPPORTUNITY: u16 = 1;
    /// The listing by competitor.
    pub const BY_COMPETITOR: u16 = 2;

    /// The id of a competitor in a deal: derived from both, so that each is there once.
    pub fn id_of(deal: Id<Opportunity>, competitor: Id<Competitor>) -> Id<Self> {
        let (deal, competitor) = (deal.uuid(), competitor.uuid());
        Id::derived([b"deal_competitor".as_slice(), deal.as_bytes(), competitor.as_bytes()])
    }
}

record! {
    /// A time in which nothing happened to a deal, until something did.
    pub struct DealSlumber: DealSlumber {
        /// To which deal.
        1 opportunity: Id<Opportunity>;
        /// When something had last happened to it.
        2 quiet_since: Timestamp;
        /// From when on it counted as dormant.
        3 dormant_at: Timestamp;
        /// When something happened to it again; nothing while it sleeps.
        4 revived_at: Option<Timestamp>;
        /// Who did that.
        5 revived_by: Option<Id<User>>;
    }
    listings {
        1 unique "by_opportunity" ["opportunity", "quiet_since"];
    }
}

impl DealSlumber {
    /// The listing by deal, in order.
    pub const BY_OPPORTUNITY: u16 = 1;

    /// The id of a slumber: derived from the deal and when it began.
    pub fn id_of(deal: Id<Opportunity>, quiet_since: Timestamp) -> Id<Self> {
        let (deal, since) = (deal.uuid(), quiet_since.micros().to_be_bytes());
        Id::derived([b"deal_slumber".as_slice(), deal.as_bytes(), since.as_slice()])
    }
}

codes! {
    /// What a milestone is about.
    pub enum MilestoneKind {
        /// Finding out what is needed (调研).
        Survey = "survey",
        /// Working out how it is done (方案).
        Design = "design",
        /// Doing it (实施).
        Delivery = "delivery",
        /// The customer takes it over (验收). It closes the project.
        Acceptance = "acceptance",
        /// Anything else.
        Other = "other",
    }
}

codes! {
    /// How far a milestone is.
    pub enum MilestoneState {
        /// It shall be reached.
        Planned = "planned",
        /// It was.
        Reached = "reached",
        /// It will not.
        Cancelled = "cancelled",
    }
}

codes! {
    /// What may be done to a milestone.
    pub enum MilestoneStep {
        /// It moves to another day or owner.
        Reschedule = "reschedule",
        /// It is reached.
        Reach = "reach",
        /// It will not be reached.
        Cancel = "cancel",
        /// It is to be reached again.
        Reopen = "reopen",
    }
}

impl MilestoneState {
    /// What a step makes of it: the table of milestones. Rule DP-20 (F075).
    ///
    /// # Errors
    ///
    /// `milestone.settled` · `milestone.not_settled`.
    pub const fn after(self, step: MilestoneStep) -> Result<Self, &'static str> {
        use MilestoneStep::{Cancel, Reach, Reopen, Reschedule};
        match (self, step) {
            (Self::Planned, Reschedule) => Ok(Self::Planned),
            (Self::Planned, Reach) => Ok(Self::Reached),
            (Self::Planned, Cancel) => Ok(Self::Cancelled),
            (Self::Planned, Reopen) => Err("milestone.not_settled"),
            (Self::Reached | Self::Cancelled, Reopen) => Ok(Self::Planned),
            (Self::Reached | Self::Cancelled, Reschedule | Reach | Cancel) => {
                Err("milestone.settled")
            }
        }
    }
}

/// Milestones as a state machine.
#[derive(Debug)]
pub struct Milestones;

impl Machine for Milestones {
    const NAME: &'static str = "milestone";
    type State = MilestoneState;
    type Step = MilestoneStep;

    fn next(state: MilestoneState, step: MilestoneStep) -> Result<MilestoneState, &'static str> {
        state.after(step)
    }
}

record! {
    /// A step of the project that follows a won deal. What is to be paid may hang on it: its id stays, and `reached_at` is
    /// there exactly while it is reached.
    pub struct Milestone: Milestone {
        /// Of which deal.
        1 opportunity: Id<Opportunity>;
        /// Its place, from 0.
        2 ordinal: u32;
        /// What it is called.
        3 name: Name;
        /// What it is about.
        4 kind: MilestoneKind;
        /// The last day on which it is in time.
        5 due_on: NaiveDate;
        /// Who sees to it.
        6 owner: Id<User>;
        /// How far it is.
        7 state: MilestoneState;
        /// When it was reached.
        8 reached_at: Option<Timestamp>;
        /// Who said so.
        9 reached_by: Option<Id<User>>;
        /// What there is to say about it: who signed, why it was moved.
        10 note: Option<Note>, personal("dealings", 3650);
        /// When it was planned.
        11 created_at: Timestamp;
    }
    listings {
        1 "by_opportunity" ["opportunity", "ordinal"];
        2 "by_due" ["state", "due_on"];
        3 "by_owner" ["owner", "state", "due_on"];
    }
}

impl Milestone {
    /// The listing by deal, in order.
    pub const BY_OPPORTUNITY: u16 = 1;
    /// The listing by how far it is, then day.
    pub const BY_DUE: u16 = 2;
    /// The listing by who sees to it, how far it is, then day.
    pub const BY_OWNER: u16 = 3;

    /// Whether its day is over on `today` and it is not reached. Rule DP-21 (F075).
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.state == MilestoneState::Planned && self.due_on < today
    }
}

#[cfg(test)]
mod tests;
