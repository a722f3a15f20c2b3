//! The ledger of shares as it is stored. A row is written when its user gets a lead, or takes part or stops taking part;
//! between, credits grow with the clock of the rule, which one row keeps.

use crate::record;
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
