//! Who had a record, and since when whoever has it now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cause, OwnerSpell};
use crate::lead::{Plans, Pool};
use crate::record::{Ext, Kind};
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// With whom a record is: an owner, a pool, or nobody yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Keeper {
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Id<User>>,
    /// In which pool it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Id<Pool>>,
}

/// The stay of a record where it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Since when.
    pub since: Timestamp,
    /// The pool from which its owner claimed it.
    pub claimed_from: Option<Id<Pool>>,
    /// How often rules moved it since somebody last followed it up or moved it on purpose.
    pub bounces: u32,
    /// When an owner of it last followed it up, in this stay or before.
    pub followed_at: Option<Timestamp>,
}

/// The stay of a record that was made at `made`, after these spells in order; `followed_at` is when an owner of it last
/// followed it up. Whatever ended the last spell, the stay begins there. Rule FLOW-4 (F013, W22).
pub fn stay(made: Timestamp, spells: &[OwnerSpell], followed_at: Option<Timestamp>) -> Stay {
    let last = spells.last();
    let claimed = last.filter(|last| last.cause == Cause::Claim);
    let bounced = spells.iter().rev().take_while(|spell| {
        spell.cause == Cause::Rule && followed_at.is_none_or(|at| at < spell.until)
    });
    Stay {
        since: last.map_or(made, |last| last.until),
        claimed_from: claimed.and_then(|last| last.pool),
        bounces: u32::try_from(bounced.count()).unwrap_or(u32::MAX),
        followed_at,
    }
}

/// The spell that ends when a record goes from `before` to `after` at `now`, after the spells before it. Why it ended and
/// what it took along is for the caller to fill in. Rule FLOW-5 (F013).
pub fn spell(
    (kind, subject): (Kind, Uuid),
    (before, after): (Keeper, Keeper),
    (made, now): (Timestamp, Timestamp),
    spells: &[OwnerSpell],
    by: Id<User>,
) -> OwnerSpell {
    let ordinal = spells.last().map_or(0, |last| last.ordinal.saturating_add(1));
    OwnerSpell {
        id: Id::derived([b"owner_spell".as_slice(), subject.as_bytes(), &ordinal.to_be_bytes()]),
        subject_kind: kind.name().to_owned(),
        subject,
        ordinal,
        owner: before.owner,
        pool: before.pool,
        since: stay(made, spells, None).since,
        until: now,
        next_owner: after.owner,
        next_pool: after.pool,
        by,
        cause: Cause::Edit,
        reason: None,
        rules: None,
        plans: Plans::Keep,
        plans_concerned: 0,
        claimer: None,
        claim_number: 0,
        ext: Ext::new(),
    }
}

impl OwnerSpell {
    /// With whom the record was.
    pub const fn keeper(&self) -> Keeper {
        Keeper { owner: self.owner, pool: self.pool }
    }

    /// With whom it has been from then on.
    pub const fn next_keeper(&self) -> Keeper {
        Keeper { owner: self.next_owner, pool: self.next_pool }
    }

    /// The spell as ended by the `number`-th claim of a user. Its id is that of the claim, so that of two claims of one
    /// user at the same time one is decided again, and limits on claims hold.
    #[must_use]
    pub fn claimed(self, claimer: Id<User>, number: u32) -> Self {
        let parts = [b"claim".as_slice(), claimer.uuid().as_bytes(), &number.to_be_bytes()]
            .map(<[u8]>::to_vec);
        Self {
            id: Id::derived(parts.iter().map(Vec::as_slice)),
            cause: Cause::Claim,
            claimer: Some(claimer),
            claim_number: number,
            ..self
        }
    }
}
