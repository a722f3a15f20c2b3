//! The facts of a tenant, kept in the engine: read from the store once, then brought up to date from its feed of changes.
//!
//! Every report asks for them and takes what it finds. What other calls and other processes wrote is read row by row; the
//! facts are read anew where the feed was trimmed, where it tells of another store than the one that was read, where too
//! much has changed, and where something that every row depends on has changed: the base currency, the teams of users, the
//! regions of teams, the ends of processes. Rule FT-4.

mod names;
pub(super) mod past;
mod read;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::access::Access;
use crate::analytics::{Dashboard, DashboardAsk, FactMove, FactTable, Facts, Keys, TableError};
use crate::engine::{Cx, Env, Error, Session};
use crate::opportunity::{Opportunity, OpportunityLine, StageMove};
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::settings::Settings;
use crate::store::{Change, CommitId, Cursor, Flow, Row, Scan, Seq, StoreError};
use crate::value::Timestamp;
pub(super) use names::Names;

/// Lines of the feed that are read at a time.
const LINES_MAX: u32 = 10_000;
/// Rows that are brought up to date one by one; with more of them, and a quarter of all, everything is read anew.
const PATCH_MAX: usize = 5_000;

/// How often everything is read because others write meanwhile.
const ATTEMPTS: u32 = 4;

/// Kinds of whose rows names are made.
const NAMED: [Kind; 7] = [
    Kind::Settings,
    Kind::User,
    Kind::Team,
    Kind::Term,
    Kind::Pipeline,
    Kind::Stage,
    Kind::Product,
];

/// What is kept of a tenant.
pub(super) struct Kept {
    /// True as of this commit,
    as_of: Seq,
    /// which is this one.
    commit: Option<CommitId>,
    pub(super) names: Names,
    pub(super) facts: Facts,
    /// The table of the reports as of an instant; `None` of the instant is "now".
    table: Option<(Option<i64>, Arc<FactTable>)>,
}

/// Does something with the facts as of the store's head.
pub(super) fn with<T>(
    cx: &mut Cx<'_>,
    look: impl FnOnce(&mut Kept) -> Result<T, Error>,
) -> Result<T, Error> {
    let base = cx.get(Settings::ID)?.base_currency;
    let slot = cx.shelf();
    // A panic leaves the place empty or complete, so a poisoned lock is as good as any.
    let mut slot = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let kept = slot.take().and_then(|kept| kept.downcast::<Kept>().ok());
    let mut kept = match kept {
        Some(mut kept) => match kept.catch_up(cx, base.code())? {
            true => kept,
            false => Box::new(Kept::read(cx)?),
        },
        None => Box::new(Kept::read(cx)?),
    };
    let answer = look(&mut kept);
    *slot = Some(kept);
    answer
}

/// The facts of a tenant, for a Rust host that asks more than reports answer.
pub struct SeenFacts<'a> {
    kept: &'a mut Kept,
}

impl SeenFacts<'_> {
    /// The columns.
    pub const fn facts(&self) -> &Facts {
        &self.kept.facts
    }

    /// What their codes mean.
    pub fn keys(&self) -> &dyn Keys {
        &self.kept.names
    }

    /// Keeps the counters of the dashboard from now on, for months of a zone.
    pub fn keep_dashboard(&mut self, zone: chrono_tz::Tz) {
        self.kept.facts.keep_dashboard(zone);
    }

    /// The dashboard: see [`Facts::dashboard`].
    pub fn dashboard(&self, ask: &DashboardAsk) -> Dashboard {
        self.kept.facts.dashboard(ask, &self.kept.odds())
    }

    /// The dashboard by a pass over the columns: see [`Facts::counted_anew`].
    pub fn counted_anew(&self, ask: &DashboardAsk) -> Dashboard {
        self.kept.facts.counted_anew(ask, &self.kept.odds())
    }
}

/// Looks at the facts of a session's tenant as of the store's head; whoever may read reports may. `look` asks no report
/// of the same engine and tenant: they wait for one another.
///
/// # Errors
///
/// [`Error::Actor`], [`Error::Denied`], then the store's.
pub fn look_at_facts<T>(
    session: &Session,
    env: &Env,
    look: impl FnOnce(SeenFacts<'_>) -> T,
) -> Result<T, Error> {
    session.look(env, Access::Report, |cx| with(cx, |kept| Ok(look(SeenFacts { kept }))))
}

/// The rows that a feed tells of.
#[derive(Default)]
struct Written {
    deals: BTreeSet<Uuid>,
    moves: Vec<Uuid>,
    lines: Vec<Uuid>,
    customers: Vec<Uuid>,
    names: bool,
    /// Something was removed for good that others depend on.
    lost: bool,
}

impl Written {
    fn note(&mut self, change: &Change) {
        let id = change.key.id;
        let kind = change.key.kind;
        let part = matches!(kind, Kind::StageMove | Kind::OpportunityLine);
        if part && change.purged {
            self.lost = true;
        } else if kind == Kind::Opportunity {
            self.deals.insert(id);
        } else if kind == Kind::StageMove {
            self.moves.push(id);
        } else if kind == Kind::OpportunityLine {
            self.lines.push(id);
        } else if kind == Kind::Customer {
            self.customers.push(id);
        } else {
            self.names |= NAMED.contains(&kind);
        }
    }

    fn len(&self) -> usize {
        let rows = self.deals.len().saturating_add(self.moves.len());
        rows.saturating_add(self.lines.len()).saturating_add(self.customers.len())
    }
}

impl Kept {
    /// The odds of an open stage by its code, in basis points.
    pub(super) fn odds(&self) -> impl Fn(u32) -> u32 + '_ {
        |place| self.facts.stage(place).map_or(0, |stage| self.names.odds(stage))
    }

    /// Everything, from the store; again where what all rows depend on was written meanwhile.
    fn read(cx: &mut Cx<'_>) -> Result<Self, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(kept) = Self::attempt(cx)? {
                return Ok(kept);
            }
        }
        Err(StoreError::Busy.into())
    }

    fn attempt(cx: &mut Cx<'_>) -> Result<Option<Self>, Error> {
        let (as_of, commit) = head(cx)?;
        let names = Names::read(cx)?;
        let base = cx.get(Settings::ID)?.base_currency;
        let mut facts = Facts::new(base.code(), base.scale());
        read::scan::<Opportunity>(cx, read::deals(), |cells| {
            facts.put(&read::deal(cells, &names))
        })?;
        pour_moves(cx, &mut facts)?;
        pour_lines(cx, &mut facts)?;
        facts.settle();
        let mut kept = Self { as_of, commit, names, facts, table: None };
        // What was written while it was read.
        let is_whole = kept.catch_up(cx, base.code())?;
        Ok(is_whole.then_some(kept))
    }

    /// Brings the facts up to the store's head; `false` where they have to be read anew.
    fn catch_up(&mut self, cx: &mut Cx<'_>, base: &str) -> Result<bool, Error> {
        if self.facts.currency().0 != base {
            return Ok(false);
        }
        let mut written = Written::default();
        loop {
            let (mut last, mut commit) = (self.as_of, None);
            // Where the last commit is no longer told, what comes after it is all that can be asked.
            let mut is_known = self.commit.is_none();
            let before = Seq(self.as_of.0.saturating_sub(u64::from(!is_known)));
            let told =
                cx.store().changes(cx.tenant(), before, LINES_MAX, Duration::ZERO, &mut |change| {
                    is_known |= change.seq == self.as_of && Some(change.commit) == self.commit;
                    (last, commit) = (change.seq, Some(change.commit));
                    if change.seq > self.as_of {
                        written.note(change);
                    }
                    Flow::Continue(())
                });
            let head = match told {
                Ok(head) => head,
                Err(StoreError::Trimmed { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            if head < self.as_of || !is_known {
                return Ok(false);
            }
            let is_end = last >= head || last == self.as_of;
            (self.as_of, self.commit) = (last, commit.or(self.commit));
            if is_end {
                break;
            }
        }
        let most = PATCH_MAX.max(self.facts.len() / 4);
        if written.lost || written.len() > most {
            return Ok(false);
        }
        self.patch(cx, written)
    }

    fn patch(&mut self, cx: &mut Cx<'_>, mut written: Written) -> Result<bool, Error> {
        if written.names || written.len() > 0 {
            self.table = None;
        }
        if written.names {
            let mut names = Names::without_customers(cx)?;
            if !names.places_rows_as(&self.names) {
                return Ok(false);
            }
            names.take_customers(&mut self.names);
            self.names = names;
        }
        for record in records(cx, Kind::Customer, &written.customers)? {
            let of = read::customers();
            let new = (!record.deleted).then(|| read::buyer(of.record(&record)));
            if self.names.set_customer(record.id, new) {
                written.deals.extend(of_customer(cx, record.id)?);
            }
        }
        let mut anew = BTreeSet::new();
        let shape = read::moves();
        let mut moves: Vec<(Uuid, u32, FactMove)> = Vec::new();
        for record in records(cx, Kind::StageMove, &written.moves)? {
            let (deal, ordinal, step) = read::step(shape.record(&record));
            if record.deleted {
                anew.insert(deal);
            } else {
                moves.push((deal, ordinal, step));
            }
        }
        moves.sort_unstable_by_key(|(deal, ordinal, _)| (*deal, *ordinal));
        let mut lined = BTreeSet::new();
        let shape = read::lines();
        for record in records(cx, Kind::OpportunityLine, &written.lines)? {
            lined.insert(read::line(shape.record(&record)).0);
        }
        let shape = read::deals();
        let wanted: Vec<Uuid> = written.deals.iter().copied().collect();
        let found = records(cx, Kind::Opportunity, &wanted)?;
        let mut missing = written.deals;
        for record in found {
            missing.remove(&record.id);
            if record.deleted {
                self.facts.remove(record.id);
                continue;
            }
            if !self.facts.holds(record.id) {
                anew.insert(record.id);
                lined.insert(record.id);
            }
            let had = self.facts.has_history(record.id);
            self.facts.put(&read::deal(shape.record(&record), &self.names));
            if had != self.facts.has_history(record.id) {
                anew.insert(record.id);
            }
        }
        missing.into_iter().for_each(|id| self.facts.remove(id));
        for (deal, ordinal, step) in moves {
            if !anew.contains(&deal) && !self.facts.add_move(deal, ordinal, step) {
                anew.insert(deal);
            }
        }
        for deal in anew {
            let moves = moves_of(cx, deal)?;
            self.facts.set_moves(deal, &moves);
        }
        for deal in lined {
            let lines = lines_of(cx, deal)?;
            self.facts.set_lines(deal, &lines);
        }
        Ok(true)
    }

    /// The table of the reports as of an instant; made once for as long as nothing changes.
    pub(super) fn table(&mut self, at: Timestamp) -> Result<Arc<FactTable>, TableError> {
        let at = at.utc().timestamp();
        self.table_at((at < self.facts.latest()).then_some(at))
    }

    /// The table of all that is known, what lies ahead too.
    pub(super) fn everything(&mut self) -> Result<Arc<FactTable>, TableError> {
        self.table_at(None)
    }

    fn table_at(&mut self, which: Option<i64>) -> Result<Arc<FactTable>, TableError> {
        if let Some((of, table)) = &self.table
            && *of == which
        {
            return Ok(Arc::clone(table));
        }
        let (currency, scale) = self.facts.currency();
        let mut builder = FactTable::builder(currency, scale);
        self.names.label(&mut builder);
        self.names.label_customers(&mut builder);
        self.facts.pour(&mut builder, &self.names, which.unwrap_or(i64::MAX))?;
        let table = Arc::new(builder.finish()?);
        self.table = Some((which, Arc::clone(&table)));
        Ok(table)
    }
}

/// The store's head, and its commit where the feed still tells it.
fn head(cx: &Cx<'_>) -> Result<(Seq, Option<CommitId>), Error> {
    let head = cx.store().get(cx.tenant(), &[], &mut |_, _, _| Flow::Continue(()))?;
    let before = Seq(head.0.saturating_sub(1));
    let mut commit = None;
    let told = cx.store().changes(cx.tenant(), before, 1, Duration::ZERO, &mut |change| {
        if change.seq == head {
            commit = Some(change.commit);
        }
        Flow::Continue(())
    });
    match told {
        Ok(_) | Err(StoreError::Trimmed { .. }) => Ok((head, commit)),
        Err(error) => Err(error.into()),
    }
}

/// A move while it is sorted.
type Sorted = (Uuid, u32, FactMove);

fn pour_moves(cx: &Cx<'_>, facts: &mut Facts) -> Result<(), Error> {
    let mut all: Vec<Sorted> = Vec::new();
    read::scan::<StageMove>(cx, read::moves(), |cells| all.push(read::step(cells)))?;
    all.sort_unstable_by_key(|(deal, ordinal, _)| (*deal, *ordinal));
    let mut moves = Vec::new();
    for of_deal in all.chunk_by(|one, two| one.0 == two.0) {
        moves.clear();
        moves.extend(of_deal.iter().map(|(_, _, step)| *step));
        if let Some((deal, ..)) = of_deal.first() {
            facts.set_moves(*deal, &moves);
        }
    }
    Ok(())
}

fn pour_lines(cx: &Cx<'_>, facts: &mut Facts) -> Result<(), Error> {
    let mut all = Vec::new();
    read::scan::<OpportunityLine>(cx, read::lines(), |cells| all.push(read::line(cells)))?;
    all.sort_by_key(|(deal, _)| *deal);
    for of_deal in all.chunk_by(|one, two| one.0 == two.0) {
        let lines: Vec<_> = of_deal.iter().map(|(_, line)| *line).collect();
        if let Some((deal, _)) = of_deal.first() {
            facts.set_lines(*deal, &lines);
        }
    }
    Ok(())
}

/// The records of these ids that are there, deleted ones too.
fn records(cx: &Cx<'_>, kind: Kind, ids: &[Uuid]) -> Result<Vec<Record>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    let ids: BTreeSet<Uuid> = ids.iter().copied().collect();
    let keys: Vec<Key> = ids.into_iter().map(|id| Key { kind, id }).collect();
    for keys in keys.chunks(1000) {
        cx.store().get(cx.tenant(), keys, &mut |_, _, record| {
            found.push(record.clone());
            Flow::Continue(())
        })?;
        cx.checkpoint()?;
    }
    Ok(found)
}

/// The rows of a listing of one owner of rows.
fn listing<T: Entity>(cx: &Cx<'_>, index: u16, of: Uuid) -> Result<Vec<Record>, Error> {
    let mut found = Vec::new();
    let mut after: Option<Cursor> = None;
    let prefix = [Val::Id(of)];
    loop {
        let page = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), T::KIND, index, &prefix) };
        let end = cx.store().scan(&page, &mut |row| {
            if let Row::Rec(_, record) = row {
                found.push(record.clone());
            }
            Flow::Continue(())
        })?;
        match end.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

fn moves_of(cx: &Cx<'_>, deal: Uuid) -> Result<Vec<FactMove>, Error> {
    let shape = read::moves();
    let rows = listing::<StageMove>(cx, StageMove::BY_OPPORTUNITY, deal)?;
    Ok(rows.iter().map(|record| read::step(shape.record(record)).2).collect())
}

fn lines_of(cx: &Cx<'_>, deal: Uuid) -> Result<Vec<crate::analytics::FactLine>, Error> {
    let shape = read::lines();
    let rows = listing::<OpportunityLine>(cx, OpportunityLine::BY_OPPORTUNITY, deal)?;
    Ok(rows.iter().map(|record| read::line(shape.record(record)).1).collect())
}

fn of_customer(cx: &Cx<'_>, customer: Uuid) -> Result<Vec<Uuid>, Error> {
    let rows = listing::<Opportunity>(cx, Opportunity::BY_CUSTOMER, customer)?;
    Ok(rows.iter().map(|record| record.id).collect())
}

/// Gives some columns of every row of a kind that is not deleted.
pub(super) fn scan_columns<T: Entity>(
    cx: &Cx<'_>,
    names: &[&str],
    mut sink: impl FnMut(&[Val]),
) -> Result<(), Error> {
    read::scan::<T>(cx, &read::Projection::of::<T>(names), |cells| {
        let vals: Vec<Val> = (0..names.len()).map(|at| cells.at(at).clone()).collect();
        sink(&vals);
    })
}

/// How many rows of a kind are not deleted.
pub(super) fn count<T: Entity>(cx: &Cx<'_>) -> Result<u64, Error> {
    let mut count = 0_u64;
    read::scan::<T>(cx, &read::Projection::of::<T>(&[]), |_| count = count.saturating_add(1))?;
    Ok(count)
}
