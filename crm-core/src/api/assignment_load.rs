//! How much open work users have: counted once, and kept between calls.
//!
//! Counting somebody's open leads reads each of them, so a call that assigns leads to people with much work would read
//! far more than it writes. What was counted is kept with the leads that it was counted from, and the commit as of which
//! it is true; a later call reads in the journal which leads were written since, and looks at these alone.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::assignment::LoadWeights;
use crate::engine::{Cx, Error};
use crate::lead::{Lead, LeadStatus};
use crate::record::{Entity, FieldId, Key, Kind, Record, Val};
use crate::settings::User;
use crate::store::{Flow, Row, Scan, Seq, StoreError};
use crate::value::Id;

/// Leads that are remembered; beyond, all is forgotten and counted anew.
const LEADS_MAX: usize = 2_000_000;
/// Lines of the journal that are read at a time to learn what was written since, and in all; beyond, all is forgotten.
const LINES: u32 = 16_384;
const LINES_MAX: usize = 131_072;

/// With whom a lead is, and how far it has come; none of one that is not there, or with nobody.
type Standing = Option<(Id<User>, LeadStatus)>;

/// The open leads of a user by how far they have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    new: i64,
    working: i64,
    qualified: i64,
}

impl Open {
    fn add(&mut self, status: LeadStatus, count: i64) {
        let place = match status {
            LeadStatus::New => &mut self.new,
            LeadStatus::Working => &mut self.working,
            LeadStatus::Qualified => &mut self.qualified,
            LeadStatus::Converted | LeadStatus::Discarded => return,
        };
        *place = place.saturating_add(count);
    }

    fn weighed(self, weights: LoadWeights) -> i64 {
        [
            (self.new, weights.new),
            (self.working, weights.working),
            (self.qualified, weights.qualified),
        ]
        .into_iter()
        .map(|(count, weight)| count.saturating_mul(i64::from(weight)))
        .fold(0, i64::saturating_add)
    }
}

/// What a lead weighs in the load of its owner.
pub(super) fn weight_of(status: LeadStatus, weights: LoadWeights) -> i64 {
    let mut one = Open::default();
    one.add(status, 1);
    one.weighed(weights)
}

/// What was counted, true as of one commit.
#[derive(Debug)]
struct Counts {
    as_of: Seq,
    users: BTreeMap<Id<User>, Open>,
    /// The open leads of these users.
    leads: BTreeMap<Uuid, (Id<User>, LeadStatus)>,
}

impl Counts {
    const fn none(as_of: Seq) -> Self {
        Self { as_of, users: BTreeMap::new(), leads: BTreeMap::new() }
    }

    /// A lead is now with somebody else, or has come further. Whoever was not counted is not counted now either.
    fn stands(&mut self, lead: Uuid, now: Standing) {
        if let Some((user, status)) = self.leads.remove(&lead)
            && let Some(open) = self.users.get_mut(&user)
        {
            open.add(status, -1);
        }
        let Some((user, status)) = now.filter(|(_, status)| is_open(*status)) else { return };
        if let Some(open) = self.users.get_mut(&user) {
            open.add(status, 1);
            self.leads.insert(lead, (user, status));
        }
    }

    /// Learns what was written up to `head`; where the journal does not tell, all is forgotten.
    fn catch_up(&mut self, cx: &Cx<'_>, head: Seq) -> Result<(), Error> {
        let mut changed = BTreeSet::new();
        let (mut last, mut lines) = (self.as_of, 0_usize);
        // Whatever goes wrong below, nothing half learned is left.
        let known = core::mem::replace(self, Self::none(head));
        while last < head {
            let before = last;
            let told =
                cx.store().changes(cx.tenant(), last, LINES, Duration::ZERO, &mut |change| {
                    if change.seq > head {
                        return Flow::Break(());
                    }
                    lines = lines.saturating_add(1);
                    last = change.seq;
                    if change.key.kind == Kind::Lead {
                        changed.insert(change.key);
                    }
                    Flow::Continue(())
                });
            match told {
                Ok(_) if last > before && lines <= LINES_MAX => {}
                Ok(_) | Err(StoreError::Trimmed { .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        *self = Self { as_of: head, ..known };
        let changed: Vec<Key> = changed.into_iter().collect();
        changed.iter().for_each(|key| self.stands(key.id, None));
        let read = cx.peek(&changed, &mut |_, _, record| {
            self.stands(record.id, standing(record));
            Flow::Continue(())
        });
        if let Err(error) = read {
            *self = Self::none(head);
            return Err(error);
        }
        Ok(())
    }

    /// The open leads of a user, counted now where they were not.
    fn of(&mut self, cx: &Cx<'_>, user: Id<User>) -> Result<Open, Error> {
        if let Some(open) = self.users.get(&user) {
            return Ok(*open);
        }
        let (open, leads) = counted(cx, user)?;
        if self.leads.len().saturating_add(leads.len()) > LEADS_MAX {
            *self = Self::none(self.as_of);
        }
        self.users.insert(user, open);
        self.leads.extend(leads.into_iter().map(|(lead, status)| (lead, (user, status))));
        Ok(open)
    }
}

/// The open leads of a user that are stored. They are no guard: that one of them is done meanwhile lets no call run
/// again, as one more would not have.
fn counted(cx: &Cx<'_>, user: Id<User>) -> Result<(Open, Vec<(Uuid, LeadStatus)>), Error> {
    let (mut open, mut leads) = (Open::default(), Vec::new());
    for status in [LeadStatus::New, LeadStatus::Working, LeadStatus::Qualified] {
        let prefix = [Val::Id(user.uuid()), Val::from(status.code())];
        let mut after = None;
        loop {
            let scan = Scan {
                after: after.as_ref(),
                cols: &[FieldId::ID],
                ..Scan::of(cx.tenant(), Kind::Lead, Lead::BY_OWNER_STATUS, &prefix)
            };
            let end = cx.scan(&scan, &mut |row| {
                match row {
                    Row::Cols([Val::Id(id)]) => leads.push((*id, status)),
                    Row::Cols(_) => {}
                    // A store may give more than it is asked for.
                    Row::Rec(_, record) => leads.push((record.id, status)),
                }
                Flow::Continue(())
            })?;
            match end.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    leads.iter().for_each(|(_, status)| open.add(*status, 1));
    Ok((open, leads))
}

const fn is_open(status: LeadStatus) -> bool {
    matches!(status, LeadStatus::New | LeadStatus::Working | LeadStatus::Qualified)
}

/// With whom a stored lead is.
fn standing(record: &Record) -> Standing {
    let at = |name: &str| record.at(Lead::def().field_named(name)?.id);
    match (at("owner"), at("status")) {
        (Some(Val::Id(owner)), Some(Val::Text(status))) if !record.deleted && !owner.is_nil() => {
            Some((Id::new(*owner), status.parse().ok()?))
        }
        _ => None,
    }
}

/// The open work of users as one call sees it: what is stored, and what its unit of work changed before.
#[derive(Debug)]
pub(super) struct Loads {
    weights: LoadWeights,
    head: Seq,
    kept: Arc<Mutex<Counts>>,
    /// The leads that the unit of work had written before this call began to assign.
    own: Vec<(Uuid, Standing)>,
    /// What this call gave and took.
    moved: BTreeMap<Id<User>, i64>,
    /// Who was asked for.
    known: BTreeMap<Id<User>, i64>,
}

impl Loads {
    pub(super) fn begin(cx: &mut Cx<'_>, weights: LoadWeights) -> Result<Self, Error> {
        let mut own = Vec::new();
        for id in cx.written_ids(Kind::Lead) {
            let lead = cx.find(Id::<Lead>::new(id))?;
            own.push((id, lead.and_then(|lead| Some((lead.owner?, lead.status)))));
        }
        let head = cx.peek(&[], &mut |_, _, _| Flow::Continue(()))?;
        let kept =
            cx.once("assignment.open_leads", Uuid::nil(), |_| Ok(Mutex::new(Counts::none(head))))?;
        Ok(Self { weights, head, kept, own, moved: BTreeMap::new(), known: BTreeMap::new() })
    }

    /// The weighted open leads of a user.
    pub(super) fn of(&mut self, cx: &Cx<'_>, user: Id<User>) -> Result<i64, Error> {
        if let Some(known) = self.known.get(&user) {
            return Ok(*known);
        }
        let mut load = self.stored(cx, user)?;
        load = load.saturating_add(self.moved.get(&user).copied().unwrap_or(0));
        self.known.insert(user, load);
        Ok(load)
    }

    /// What is stored, and what of it the unit of work had changed before this call.
    fn stored(&self, cx: &Cx<'_>, user: Id<User>) -> Result<i64, Error> {
        // Every change under the lock is complete in itself, so a poisoned one is as good as any.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ahead = None;
        if kept.as_of < self.head {
            kept.catch_up(cx, self.head)?;
        } else if kept.as_of > self.head {
            // Another thread reads a later state.
            ahead = Some(Counts::none(self.head));
        }
        let counts = ahead.as_mut().unwrap_or(&mut *kept);
        let mut open = counts.of(cx, user)?;
        for (lead, now) in &self.own {
            let before = counts.leads.get(lead).filter(|(owner, _)| *owner == user);
            let now = now.as_ref().filter(|(owner, _)| *owner == user);
            before.into_iter().for_each(|(_, status)| open.add(*status, -1));
            now.into_iter().for_each(|(_, status)| open.add(*status, 1));
        }
        Ok(open.weighed(self.weights))
    }

    /// A lead moved from its owner to another.
    pub(super) fn moved(&mut self, lead: &Lead, to: Option<Id<User>>) {
        let weight = weight_of(lead.status, self.weights);
        for (user, weight) in [(lead.owner, weight.saturating_neg()), (to, weight)] {
            let Some(user) = user else { continue };
            match self.known.get_mut(&user) {
                Some(load) => *load = load.saturating_add(weight),
                None => {
                    let moved = self.moved.entry(user).or_default();
                    *moved = moved.saturating_add(weight);
                }
            }
        }
    }
}
