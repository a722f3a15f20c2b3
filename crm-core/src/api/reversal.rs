//! What was done and can be undone.

use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::party::{Customer, place_under};
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::store::{self, Scan};
use crate::undo::{
    Action, Conflict, Entry, Found, Plan, Reversal, ReversalEntry, neighbours, read, restore,
};
use crate::value::Id;

/// What can be undone, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListReversals {
    /// Only of this: `import`, `lead.convert`, `customer.merge`, `contact.merge` or `lead.merge`.
    pub action: Option<Action>,
    /// Only what was done to this record.
    pub subject: Option<Uuid>,
    /// Also what was undone or can no longer be.
    pub all: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListReversals {
    const NAME: &'static str = "reversal.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Reversal>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Reversal>, Error> {
        let (index, prefix) = match (self.subject, self.action) {
            (Some(subject), _) => (Reversal::BY_SUBJECT, vec![Val::Id(subject)]),
            (None, Some(action)) => (Reversal::BY_ACTION, vec![Val::from(action.code())]),
            (None, None) => (Reversal::BY_AT, Vec::new()),
        };
        let now = cx.now();
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |reversal: &Reversal| {
            self.action.is_none_or(|action| reversal.action == action)
                && (self.all || reversal.takes_undo(now).is_ok())
        })
    }
}

/// Something that can be undone, and what would not become as it was: a dry run of `reversal.undo`, which of an import of
/// several commits tells of the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetReversal {
    /// Which.
    pub id: Id<Reversal>,
}

/// Something that was done, and how it would be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenReversal {
    /// What was done.
    pub reversal: Seen<Reversal>,
    /// Whether it can be undone now.
    pub undoable: bool,
    /// How many records the next call of `reversal.undo` would write.
    pub records: u64,
    /// Whether it would need `confirm`.
    pub needs_confirm: bool,
    /// What would not become as it was.
    pub conflicts: Vec<Conflict>,
}

impl Operation for GetReversal {
    const NAME: &'static str = "reversal.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenReversal;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenReversal, Error> {
        let reversal = cx.seen(self.id)?;
        let undoable = reversal.record.takes_undo(cx.now()).is_ok();
        let plan = match undoable {
            true => planned(cx, &reversal.record)?.1,
            false => Plan::default(),
        };
        let needs_confirm = plan.conflicts.iter().any(|conflict| conflict.why.needs_confirm());
        let records = plan.rows.len() as u64;
        Ok(SeenReversal { reversal, undoable, records, needs_confirm, conflicts: plan.conflicts })
    }
}

/// Takes back what was done: a conversion, a merge, an import.
///
/// Where nothing came between, every record is again what it was. A field that was changed since keeps its later value and
/// is listed. A record that was made and that was changed since, or that later records name, would stay: that needs
/// `confirm`, and is listed. An import is undone a commit at a time, backwards: call it again while `more` is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoReversal {
    /// Which.
    pub id: Id<Reversal>,
    /// What was made and is used since may stay.
    #[serde(default)]
    pub confirm: bool,
}

/// What undoing did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Undone {
    /// How many records were written.
    pub records: u64,
    /// Whether more is left to undo.
    pub more: bool,
    /// What did not become as it was.
    pub conflicts: Vec<Conflict>,
}

impl Operation for UndoReversal {
    const NAME: &'static str = "reversal.undo";
    const ACCESS: Access = Access::Record;
    type Response = Undone;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Undone, Error> {
        let reversal = cx.get(self.id)?;
        cx.permit(reversal.action.access())?;
        reversal.takes_undo(cx.now())?;
        cx.about(reversal.id);
        let (entries, plan) = planned(cx, &reversal)?;
        let plan = plan.agreed(self.confirm)?;
        let records = plan.rows.len() as u64;
        let customers: Vec<Uuid> = plan
            .rows
            .iter()
            .filter(|row| row.def.kind == Kind::Customer && !row.deleted)
            .map(|row| row.id)
            .collect();
        plan.rows.into_iter().try_for_each(|row| cx.write(row))?;
        for id in customers {
            // Whoever was placed under another since may stand above it again.
            let customer = cx.get(Id::<Customer>::new(id))?;
            let above = cx.chain("id", customer.parent, |above: &Customer| above.parent)?;
            place_under(customer.id, &above)?;
        }
        let left = reversal.left.saturating_sub(1);
        let done = (left == 0).then_some(cx.now());
        let by = done.map(|_| cx.actor().map(|actor| actor.id)).transpose()?;
        cx.put(&Reversal {
            left,
            undone_at: done,
            undone_by: by,
            forgotten: left == 0,
            ..reversal
        })?;
        // What was kept is used up.
        for entry in entries {
            cx.purge(entry.id, cx.version(entry.id));
        }
        Ok(Undone { records, more: left > 0, conflicts: plan.conflicts })
    }
}

/// What is stored now, read before the decision.
#[derive(Default)]
struct Now {
    rows: BTreeMap<Key, Record>,
    naming: BTreeMap<Key, Vec<Record>>,
}

impl Found for Now {
    fn record(&self, key: Key) -> Option<&Record> {
        self.rows.get(&key)
    }

    fn naming(&self, key: Key) -> &[Record] {
        self.naming.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// The entries of the last commit that is not undone, and what undoing it would write.
fn planned(cx: &mut Cx<'_>, reversal: &Reversal) -> Result<(Vec<ReversalEntry>, Plan), Error> {
    let part = i64::from(reversal.left.saturating_sub(1));
    let of = [Val::Id(reversal.id.uuid()), Val::Int(part)];
    let rows = cx.list::<ReversalEntry>(ReversalEntry::BY_REVERSAL, &of)?;
    let mut entries = Vec::new();
    for row in &rows {
        entries.extend(read(row, store::def)?);
    }
    let mut now = Now::default();
    let mut asked: BTreeSet<Key> = entries.iter().map(Entry::key).collect();
    for entry in &entries {
        if let Entry::Changed { before, after } = entry {
            asked.extend(neighbours(before));
            asked.extend(neighbours(after));
        }
    }
    cx.load(&asked.iter().copied().collect::<Vec<_>>())?;
    for key in asked {
        now.rows.extend(cx.row(key)?.map(|row| (key, row)));
    }
    for entry in &entries {
        let Entry::Made { key, .. } = entry else { continue };
        if now.rows.get(key).is_some_and(|row| !row.deleted) {
            cx.checkpoint()?;
            now.naming.insert(*key, cx.naming(*key)?);
        }
    }
    Ok((rows, restore(&entries, &now)))
}

/// Entries that one call forgets at most.
const FORGOTTEN_MAX: usize = 2_000;

/// Will forget what is kept of one thing that can no longer be undone; whether there may be more. Called as time passes.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<bool, Error> {
    let open = [Val::Bool(false)];
    let due = Scan {
        range: (Bound::Unbounded, Bound::Excluded(Val::Int(cx.now().micros()))),
        limit: 1,
        ..Scan::of(cx.tenant(), Reversal::KIND, Reversal::BY_UNTIL, &open)
    };
    let Some((_, due)) = cx.page::<Reversal>(&due)?.rows.into_iter().next() else {
        return Ok(false);
    };
    // Read again through the unit of work, so that the commit fails where another call was faster.
    let reversal = cx.get(due.id)?;
    let parts = (0..reversal.left).rev();
    let mut kept = Vec::new();
    for part in parts {
        let of = [Val::Id(reversal.id.uuid()), Val::Int(i64::from(part))];
        kept.extend(cx.list::<ReversalEntry>(ReversalEntry::BY_REVERSAL, &of)?);
        if kept.len() >= FORGOTTEN_MAX {
            break;
        }
    }
    let forgotten = kept.len() < FORGOTTEN_MAX;
    for entry in kept.iter().take(FORGOTTEN_MAX) {
        cx.purge(entry.id, cx.version(entry.id));
    }
    cx.quietly(|cx| cx.put(&Reversal { forgotten, ..reversal }))?;
    Ok(true)
}
