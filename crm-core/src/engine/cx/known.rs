//! What was known at an instant: a unit of work over the store as it then was.

use super::super::kept::{Shelf, View};
use super::super::rewind::{Now, rewind, still_holds};
use super::{Cx, Decision, Places, Slot};
use crate::engine::Error;
use crate::store::{PastStore, StoreError};
use crate::value::Timestamp;

/// How often what was known is found out again because others write meanwhile.
const ATTEMPTS: u32 = 4;

/// What was found of what was known at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known<R> {
    /// What was found.
    pub(crate) found: R,
    /// The last commit that was known.
    pub(crate) through: u64,
    /// Records that are told as they are now, since nobody knows what they were.
    pub(crate) untold: u64,
    /// Whether it would have written something; nothing of that is kept.
    pub(crate) writes: bool,
}

impl Cx<'_> {
    /// Looks at the store as it was known at an instant: as if every later commit had not been made, and it were that
    /// instant now. Whoever asks has the rights of today. Nothing is guarded and nothing is written.
    ///
    /// # Errors
    ///
    /// `known_at.before_all` · `known_at.forgotten` · [`Error::Limit`] · what `look` answers · the store's, `Busy` where
    /// others keep writing what is read.
    pub(crate) fn known_at<R>(
        &self,
        at: Timestamp,
        look: impl Fn(&mut Cx<'_>) -> Result<R, Error>,
    ) -> Result<Known<R>, Error> {
        let checkpoint = || self.checkpoint();
        let now = Now { store: self.store, tenant: self.tenant, checkpoint: &checkpoint };
        for _ in 0..ATTEMPTS {
            let Some(rewound) = rewind(now, at)? else { continue };
            let (head, seen, untold) = (rewound.head, rewound.seen, rewound.untold);
            let past = PastStore::new((self.store, self.tenant), head, rewound.rows);
            let mut cx = Cx {
                store: &past,
                reading: None,
                rules: View::new(Shelf::default().of(self.tenant), &past, self.tenant, head)?,
                tenant: self.tenant,
                env: self.env.clone(),
                now: at.min(self.now),
                purpose: self.purpose,
                actor: self.actor.clone(),
                mask: self.mask.clone(),
                ids: self.ids,
                made: Default::default(),
                seen: Default::default(),
                listed: Default::default(),
                touched: None,
                next: Default::default(),
                values: Default::default(),
                places: Places::default(),
                writes_rules: false,
                order: Vec::new(),
                purged: Default::default(),
                decision: Decision::default(),
                undo: None,
                cancelled: self.cancelled,
                scorers: self.scorers(),
                shelf: Slot::default(),
            };
            let found = look(&mut cx);
            let writes = !cx.order.is_empty() || !cx.purged.is_empty();
            drop(cx);
            if still_holds(now, seen, |key| past.tells(key))? {
                return Ok(Known { found: found?, through: head.0, untold, writes });
            }
        }
        Err(StoreError::Busy.into())
    }
}
