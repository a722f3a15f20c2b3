//! How many records of a pool a user looks at on one day.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use uuid::Uuid;

use crate::access::{Access, permits};
use crate::api::Seen;
use crate::decision::{Refusal, Violation};
use crate::engine::{Cx, Error};
use crate::flow::{PoolView, Pooled};
use crate::lead::Pool;
use crate::party::Customer;
use crate::record::Val;
use crate::settings::Settings;
use crate::value::{Id, Invalid};

/// The zone of the tenant.
pub(super) fn zone(cx: &mut Cx<'_>) -> Result<Tz, Error> {
    Ok(cx.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC))
}

/// How many records the actor may still look at today in a pool, and which they did; nothing where there is no limit for
/// them.
pub(super) fn views_left(
    cx: &mut Cx<'_>,
    pool: &Pool,
) -> Result<Option<(u32, BTreeSet<Uuid>)>, Error> {
    let Some(limit) = limit(cx, pool)? else { return Ok(None) };
    let seen = seen(cx, pool)?.seen.0;
    let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    Ok(Some((limit.saturating_sub(count), seen)))
}

/// The limit of a pool, where it holds for the actor.
fn limit(cx: &Cx<'_>, pool: &Pool) -> Result<Option<u32>, Error> {
    let free = permits(cx.actor()?.role, Access::Override);
    Ok(pool.terms.views_per_day.filter(|_| !free))
}

/// What the actor looked at today in a pool.
fn seen(cx: &mut Cx<'_>, pool: &Pool) -> Result<PoolView, Error> {
    let today = cx.now().day_in(zone(cx)?);
    let fresh = PoolView::on(cx.actor()?.id, pool.id, today);
    let kept = cx.find(fresh.id)?.filter(|kept: &PoolView| kept.day == today);
    Ok(kept.unwrap_or(fresh))
}

/// Counts what the actor looks at in a pool, each record once a day.
///
/// # Errors
///
/// `pool.views_per_day` where it is more than is left; nothing counts then.
pub(super) fn look(cx: &mut Cx<'_>, pool: &Pool, ids: &[Uuid]) -> Result<(), Error> {
    let Some(limit) = limit(cx, pool)? else { return Ok(()) };
    let mut view = seen(cx, pool)?;
    view.seen.0.extend(ids);
    if view.seen.0.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(no_more_views(pool).into());
    }
    cx.put(&view)
}

/// That the actor has looked at as many records of a pool as they may on one day.
pub(super) fn no_more_views(pool: &Pool) -> Refusal {
    let views = pool.terms.views_per_day.unwrap_or(0).to_string();
    let invalid = Invalid::new("pool.views_per_day", &views);
    Refusal::of(Violation::at("id", invalid.limit(format!("a day, in pool `{}`", pool.code))))
}

impl Cx<'_> {
    /// Counts a look at a lead or customer, where it lies in a pool that limits them. Rule FX-2 (F028, W18).
    ///
    /// # Errors
    ///
    /// `pool.views_per_day`; the store's.
    pub(in crate::api) fn looked_at<T: Pooled>(&mut self, item: &T) -> Result<(), Error> {
        let Some(pool) = item.keeper().pool else { return Ok(()) };
        match self.find(pool)? {
            Some(pool) => look(self, &pool, &[item.id().uuid()]),
            None => Ok(()),
        }
    }

    /// Leaves out of a list of people those of customers that it would not show.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(in crate::api) fn leave_out_unseen<T>(
        &mut self,
        rows: &mut Vec<Seen<T>>,
        of: impl Fn(&T) -> Id<Customer>,
    ) -> Result<(), Error> {
        let unseen = self.unseen()?;
        if unseen.pools.is_empty() {
            return Ok(());
        }
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let customer = self.find(of(&row.record))?;
            if !customer.is_some_and(|customer| unseen.hides(&customer)) {
                shown.push(row);
            }
        }
        *rows = shown;
        Ok(())
    }

    /// What lists do not show the actor.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(in crate::api) fn unseen(&mut self) -> Result<Unseen, Error> {
        let mut unseen = Unseen::default();
        for pool in self.list::<Pool>(Pool::BY_CODE, &[] as &[Val])? {
            if limit(self, &pool)?.is_some() {
                unseen.pools.insert(pool.id, seen(self, &pool)?.seen.0);
            }
        }
        Ok(unseen)
    }
}

/// The pools whose records a user sees only one by one, with what they saw of them today.
#[derive(Default)]
pub(in crate::api) struct Unseen {
    pools: BTreeMap<Id<Pool>, BTreeSet<Uuid>>,
}

impl Unseen {
    /// Whether a list leaves a record out: it lies in such a pool, and the user did not look at it today.
    pub(in crate::api) fn hides<T: Pooled>(&self, item: &T) -> bool {
        let pool = item.keeper().pool.and_then(|pool| self.pools.get(&pool));
        pool.is_some_and(|seen| !seen.contains(&item.id().uuid()))
    }
}
