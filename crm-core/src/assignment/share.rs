//! The ledger of shares as it is stored. A row is written when its user gets a lead, or takes part or stops taking part;
//! between, credits grow with the clock of the rule, which one row keeps.

use std::collections::BTreeMap;

use super::choose::{Seat, price_of, step_of};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id};

record! {
    /// What one user is due of the leads of one rule; and, without a user, the clock of the rule.
    pub struct AssignmentShare: AssignmentShare {
        /// The code of the policy.
        1 policy: Code;
        /// The code of the rule.
        2 rule: Code;
        /// Whose; none for the clock of the rule.
        3 user: Option<Id<User>>;
        /// Their weight.
        4 weight: i64;
        /// Whether they could take the last lead: then credit has grown by weight × what the clock moved since.
        5 sharing: bool;
        /// What they were due less what they got, at `clock`, in units of a lead; 0 for the rule.
        6 credit: i64;
        /// The clock of the rule when this was written.
        7 clock: i64;
        /// How many leads they got; of the rule, how many it handed over.
        8 got: i64;
    }
    listings {
        1 unique "by_rule" ["policy", "rule", "user"];
    }
}

impl AssignmentShare {
    /// The listing by policy and rule.
    pub const BY_RULE: u16 = 1;

    /// The id of a user's share, or of a rule's clock.
    pub fn id_of(policy: &Code, rule: &Code, user: Option<Id<User>>) -> Id<Self> {
        let user = user.map(|user| user.uuid().into_bytes()).unwrap_or_default();
        Id::derived([
            b"assignment_share".as_slice(),
            policy.as_str().as_bytes(),
            rule.as_str().as_bytes(),
            &user,
        ])
    }

    /// The credit when the clock of the rule stands at `clock`.
    pub fn credit_at(&self, clock: i64) -> i64 {
        if !self.sharing {
            return self.credit;
        }
        let moved = clock.saturating_sub(self.clock);
        self.credit.saturating_add(self.weight.saturating_mul(moved))
    }
}

/// The ledger of one rule: its clock and the shares of its users.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    clock: AssignmentShare,
    shares: BTreeMap<Id<User>, AssignmentShare>,
}

impl Ledger {
    /// The ledger that these rows hold.
    pub fn of(policy: &Code, rule: &Code, rows: Vec<AssignmentShare>) -> Self {
        let clock = blank(policy, rule, None);
        let mut ledger = Self { clock, shares: BTreeMap::new() };
        for row in rows {
            ledger.keep(row);
        }
        ledger
    }

    fn keep(&mut self, row: AssignmentShare) {
        match row.user {
            Some(user) => drop(self.shares.insert(user, row)),
            None => self.clock = row,
        }
    }

    /// Everybody who has a share.
    pub fn users(&self) -> impl Iterator<Item = Id<User>> + '_ {
        self.shares.keys().copied()
    }

    /// What a user is due less what they got.
    pub fn credit(&self, user: Id<User>) -> i64 {
        self.shares.get(&user).map_or(0, |share| share.credit_at(self.clock.clock))
    }

    /// How many leads a user got.
    pub fn got(&self, user: Id<User>) -> i64 {
        self.shares.get(&user).map_or(0, |share| share.got)
    }

    /// Says what the credit of a user is who takes no part so far.
    pub fn begin(&mut self, user: Id<User>, credit: i64) {
        let clock = self.clock.clock;
        let share = blank(&self.clock.policy, &self.clock.rule, Some(user));
        self.keep(AssignmentShare { credit, clock, ..share });
    }

    /// Gives a lead to the seat `chosen`. What changes, and is to be stored: the clock, the share of the chosen one, and
    /// the shares of whoever takes part anew, takes part no longer, or with another weight.
    pub fn give(&mut self, seats: &[Seat], chosen: usize) -> Vec<AssignmentShare> {
        let (step, price, clock) = (step_of(seats), price_of(seats), self.clock.clock);
        let mut changed = Vec::new();
        for (at, seat) in (0_usize..).zip(seats) {
            let stored = self.shares.get(&seat.user);
            let (sharing, weight) = (seat.skip.is_none(), seat.weight.unwrap_or(0));
            let same = stored.map_or(!sharing, |stored| {
                stored.sharing == sharing && (!sharing || stored.weight == weight)
            });
            let is_chosen = at == chosen;
            if same && !is_chosen {
                continue;
            }
            let (policy, rule) = (&self.clock.policy, &self.clock.rule);
            let before = stored.cloned().unwrap_or_else(|| blank(policy, rule, Some(seat.user)));
            let credit = seat.credit.saturating_sub(if is_chosen { price } else { 0 });
            let got = before.got.saturating_add(i64::from(is_chosen));
            changed.push(AssignmentShare { weight, sharing, credit, clock, got, ..before });
        }
        let moved = clock.saturating_add(step);
        let got = self.clock.got.saturating_add(1);
        changed.push(AssignmentShare { clock: moved, got, ..self.clock.clone() });
        changed.iter().cloned().for_each(|row| self.keep(row));
        changed
    }
}

/// A share of which nothing is known yet.
fn blank(policy: &Code, rule: &Code, user: Option<Id<User>>) -> AssignmentShare {
    AssignmentShare {
        id: AssignmentShare::id_of(policy, rule, user),
        policy: policy.clone(),
        rule: rule.clone(),
        user,
        weight: 0,
        sharing: false,
        credit: 0,
        clock: 0,
        got: 0,
        ext: Ext::new(),
    }
}
