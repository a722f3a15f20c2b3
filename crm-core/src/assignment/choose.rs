//! Who of a pool gets a lead, and why each of the others does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fair::{Stake, step, turn};
use super::policy::Strategy;
use crate::codes;
use crate::settings::User;
use crate::value::{Code, Id, Timestamp};

codes! {
    /// Why somebody cannot take a lead.
    pub enum Skip {
        /// They are in the ledger of the rule, but in its pool no more.
        NotInPool = "not_in_pool",
        /// They are not active.
        Inactive = "inactive",
        /// The lead is taken from them, or the caller excluded them.
        Excluded = "excluded",
        /// They are absent.
        Absent = "absent",
        /// Their working calendar rests.
        OffShift = "off_shift",
        /// They lack a skill that the rule asks for.
        LacksSkill = "lacks_skill",
        /// They have as much open work as they may have.
        AtCapacity = "at_capacity",
        /// Their weight is 0.
        NoWeight = "no_weight",
    }
}

/// One candidate of a decision: what was known of them, and why they were passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Who.
    pub user: Id<User>,
    /// Their weight; none where they are in the pool no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// What they were due less what they got, in units of a lead (26,771,144,400 are one).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credit: i64,
    /// Whether they are not active.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inactive: bool,
    /// Whether they were excluded.
    #[serde(default, skip_serializing_if = "is_false")]
    pub excluded: bool,
    /// Until when they are absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_until: Option<Timestamp>,
    /// Whether their working calendar rests.
    #[serde(default, skip_serializing_if = "is_false")]
    pub off_shift: bool,
    /// The skills asked for that they lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<Code>,
    /// Their weighted open work, where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<i64>,
    /// How much they may have, where that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i64>,
    /// Why they cannot take the lead; none where they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Seat {
    /// Somebody of whom nothing speaks against them.
    pub const fn of(user: Id<User>, weight: Option<i64>, credit: i64) -> Self {
        Self {
            user,
            weight,
            credit,
            inactive: false,
            excluded: false,
            absent_until: None,
            off_shift: false,
            lacks: Vec::new(),
            load: None,
            capacity: None,
            skip: None,
        }
    }

    /// The first reason for which they cannot take a lead, in the order of [`Skip`]. Rule ASG-5 (F025, W16).
    pub fn reason(&self) -> Option<Skip> {
        let full = self.capacity.is_some_and(|most| self.load.unwrap_or(0) >= most);
        let reasons = [
            (self.weight.is_none(), Skip::NotInPool),
            (self.inactive, Skip::Inactive),
            (self.excluded, Skip::Excluded),
            (self.absent_until.is_some(), Skip::Absent),
            (self.off_shift, Skip::OffShift),
            (!self.lacks.is_empty(), Skip::LacksSkill),
            (full, Skip::AtCapacity),
            (self.weight == Some(0), Skip::NoWeight),
        ];
        reasons.into_iter().find(|(holds, _)| *holds).map(|(_, skip)| skip)
    }

    /// The same with the reason looked up.
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.skip = self.reason();
        self
    }

    fn stake(&self) -> Stake {
        let able = self.skip.is_none();
        Stake { weight: self.weight.unwrap_or(0).max(0), credit: self.credit, able }
    }
}

/// The place of the seat that gets the lead; none where nobody can take it. Every strategy is deterministic: equal
/// loads are told apart by credit, equal credits by place. Rule ASG-6 (F024, F025, X9).
pub fn choose(strategy: Strategy, seats: &[Seat]) -> Option<usize> {
    let able = || (0_usize..).zip(seats).filter(|(_, seat)| seat.skip.is_none());
    match strategy {
        Strategy::Fixed => able().next().map(|(at, _)| at),
        Strategy::Rotation | Strategy::Weighted => {
            let stakes: Vec<Stake> = seats.iter().map(Seat::stake).collect();
            turn(&stakes)
        }
        Strategy::LeastLoad => {
            let key = |seat: &Seat| (seat.load.unwrap_or(0), core::cmp::Reverse(seat.credit));
            able().min_by_key(|(at, seat)| (key(seat), *at)).map(|(at, _)| at)
        }
    }
}

/// How far the clock of the rule moves when one of these seats gets a lead.
pub fn step_of(seats: &[Seat]) -> i64 {
    let stakes: Vec<Stake> = seats.iter().map(Seat::stake).collect();
    step(&stakes)
}

/// What the chosen one pays: the weights of all who could have taken the lead, times the step of the clock.
pub fn price_of(seats: &[Seat]) -> i64 {
    let able = seats.iter().map(Seat::stake).filter(|stake| stake.able);
    let sum = able.fold(0_i64, |sum, stake| sum.saturating_add(stake.weight));
    sum.saturating_mul(step_of(seats))
}
