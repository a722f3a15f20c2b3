//! A store whose deals, moves and lines are generated while they are read; everything else, and what is written later, is
//! in memory.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_core::opportunity::{Opportunity, OpportunityLine, StageMove};
use crm_core::record::{Entity, FieldId, Key, Kind, KindDef, Record, Val};
use crm_core::store::{
    Admin, AdminRow, AggSpec, Applied, Batch, Caps, Change, CommitId, Cursor, Expect, Flow,
    MemoryStore, Op, Pushed, Row, Scan, ScanEnd, Seq, Store, StoreExt as _, StoreResult, TenantId,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::deals::{Deals, LOST, NOW, ODDS, OWNERS, PRODUCTS, WON};
use crate::Failure;
use crate::data::Host;

const TENANT: TenantId = TenantId(1);
const MICROS: i64 = 1_000_000;

/// The ids that others made: those of the rules, by the numbers of the columns.
#[derive(Clone, Default)]
struct Ids {
    owners: Vec<Uuid>,
    products: Vec<Uuid>,
    stages: Vec<Uuid>,
    pipeline: Uuid,
    customer: Uuid,
}

/// The store.
pub(super) struct Generated {
    deals: Arc<Deals>,
    rest: MemoryStore,
    ids: Mutex<Arc<Ids>>,
    commits: AtomicU64,
    /// The deals that were woken last: row, stage, version, moves.
    awake: Mutex<Vec<(usize, u8, u64, usize)>>,
}

/// The id of a generated row; ids ascend with the number.
fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(kind << 96 | 0x7000_8000_0000_0000_0000 | number as u128)
}

const DEAL: u128 = 0x0190_0000;
const MOVE: u128 = 0x0190_0001;
const LINE: u128 = 0x0190_0002;

fn text(slot: &mut Val, value: &str) {
    match slot {
        Val::Text(text) => {
            text.clear();
            text.push_str(value);
        }
        other => *other = Val::from(value),
    }
}

impl Generated {
    pub(super) fn new(deals: Arc<Deals>) -> Self {
        Self {
            deals,
            rest: MemoryStore::default(),
            ids: Mutex::default(),
            commits: AtomicU64::new(0),
            awake: Mutex::default(),
        }
    }

    fn ids(&self) -> Arc<Ids> {
        Arc::clone(&self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Makes the process, the owners and the products through a host's calls, and learns their ids.
    pub(super) fn found(&self, host: &mut Host) -> Result<(), Failure> {
        let mut stages: Vec<Value> = (0..5)
            .map(|at| json!({"code": format!("stage-{at}"), "name": format!("Stage {at}"), "probability_basis_points": ODDS[at] * 100}))
            .collect();
        stages.push(json!({"code": "won-5", "name": "Won", "kind": "won"}));
        stages.push(json!({"code": "lost-6", "name": "Lost", "kind": "lost"}));
        let process = json!({"name": "Dashboard", "is_default": true, "stages": stages});
        let made = host.call("pipeline.define", &process)?;
        let uuid = |value: &Value| -> Result<Uuid, Failure> {
            Ok(value.as_str().ok_or("no id")?.parse()?)
        };
        let mut ids = Ids { pipeline: uuid(&made["id"])?, ..Ids::default() };
        for stage in made["stages"].as_array().into_iter().flatten() {
            ids.stages.push(uuid(&stage["id"])?);
        }
        for at in 0..OWNERS {
            let user = json!({"login": format!("owner-{at}"), "name": format!("Owner {at}"), "role": "rep"});
            ids.owners.push(uuid(&host.call("user.create", &user)?["id"])?);
        }
        for at in 0..PRODUCTS {
            let product = json!({"code": format!("P-{at}"), "name": format!("Product {at}")});
            ids.products.push(uuid(&host.call("product.create", &product)?["id"])?);
        }
        let customer = json!({"name": "Everybody"});
        let made = host.call("customer.create", &customer)?;
        ids.customer =
            uuid(if made["id"].is_null() { &made["customer"]["id"] } else { &made["id"] })?;
        *self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(ids);
        Ok(())
    }

    /// One column of a deal.
    fn deal(&self, ids: &Ids, row: usize, name: &str, slot: &mut Val) {
        let deals = &*self.deals;
        let stage = deals.stage[row];
        let closed = stage >= WON;
        let micros = |at: u32| Val::Int(i64::from(at) * MICROS);
        match name {
            "name" => text(slot, "Deal"),
            "customer" => *slot = Val::Id(ids.customer),
            "contact" => *slot = Val::Id(Uuid::nil()),
            "owner" => *slot = Val::Id(ids.owners[usize::from(deals.owner[row])]),
            "pipeline" => *slot = Val::Id(ids.pipeline),
            "phase" => text(
                slot,
                match stage {
                    WON => "won",
                    LOST => "lost",
                    _ => "open",
                },
            ),
            "phase_stage" => {
                let last = deals.first[row + 1] as usize - 1;
                let from = if closed { deals.from(last).unwrap_or(0) } else { stage };
                *slot = Val::Id(ids.stages[usize::from(from)]);
            }
            "phase_closed_at" if closed => *slot = micros(deals.changed[row]),
            "phase_loss_reason" if stage == LOST => text(slot, "price"),
            "amount_minor" => *slot = Val::Int(deals.amount[row]),
            "amount_currency" => text(slot, "CNY"),
            "amount_basis" => text(slot, "entered"),
            "expected_close" => {
                let day = chrono_day(deals.expected[row]);
                text(slot, &day);
            }
            "source" => text(slot, &format!("s-{}", deals.source[row])),
            "region" => text(slot, &format!("r-{}", deals.region[row])),
            "stage_entered_at" => *slot = micros(deals.changed[row]),
            "created_at" => *slot = micros(deals.created[row]),
            "touched_at" => *slot = micros(deals.changed[row]),
            "has_history" => *slot = Val::Bool(true),
            _ => *slot = Val::Null,
        }
    }

    /// One column of a move.
    fn step(&self, ids: &Ids, step: usize, name: &str, slot: &mut Val) {
        let deals = &*self.deals;
        let row = deals.deal[step] as usize;
        let (from, to) = (deals.from(step), deals.to[step]);
        let ordinal = step - deals.first[row] as usize;
        match name {
            "opportunity" => *slot = Val::Id(id(DEAL, row)),
            "ordinal" => *slot = Val::Int(ordinal as i64),
            "kind" => text(slot, kind(from, to)),
            "from" => {
                *slot = Val::Id(from.map_or(Uuid::nil(), |from| ids.stages[usize::from(from)]))
            }
            "to" => *slot = Val::Id(ids.stages[usize::from(to)]),
            "at" => *slot = Val::Int(i64::from(deals.at[step]) * MICROS),
            "by" => *slot = Val::Id(ids.owners[0]),
            _ => *slot = Val::Null,
        }
    }

    /// One column of a line.
    fn line(&self, ids: &Ids, row: usize, name: &str, slot: &mut Val) {
        match name {
            "opportunity" => *slot = Val::Id(id(DEAL, row)),
            "ordinal" => *slot = Val::Int(0),
            "product" => *slot = Val::Id(ids.products[usize::from(self.deals.product[row])]),
            "quantity" => text(slot, "1"),
            "unit_price_amount" => text(slot, "1.00"),
            "unit_price_currency" | "net_currency" => text(slot, "CNY"),
            "discount" => text(slot, "0"),
            "net_minor" => *slot = Val::Int(100),
            _ => *slot = Val::Null,
        }
    }

    /// The row of the store that stands at a place of the listing of moves: they come in no order of deals.
    fn shuffled(&self, place: usize) -> usize {
        let all = self.deals.moves() as u64;
        let step = [15_485_863_u64, 32_452_843]
            .into_iter()
            .find(|prime| !all.is_multiple_of(*prime))
            .unwrap_or(1);
        ((place as u64 * step) % all) as usize
    }

    fn cell(&self, ids: &Ids, kind: Kind, place: usize, name: &str, slot: &mut Val) {
        match kind {
            Kind::Opportunity => self.deal(ids, place, name, slot),
            Kind::StageMove => self.step(ids, self.shuffled(place), name, slot),
            _ => self.line(ids, place, name, slot),
        }
    }

    fn record(&self, ids: &Ids, def: &'static KindDef, place: usize, version: u64) -> Record {
        let (tag, _) = self.many(def.kind);
        let mut vals = vec![Val::Null; def.fields.len()];
        for (field, slot) in def.fields.iter().zip(&mut vals) {
            self.cell(ids, def.kind, place, &field.name, slot);
        }
        Record { def, id: id(tag, place), version, deleted: false, ext: Default::default(), vals }
    }

    /// The tag of the ids of a generated kind, and how many rows it has.
    fn many(&self, kind: Kind) -> (u128, usize) {
        match kind {
            Kind::Opportunity => (DEAL, self.deals.rows()),
            Kind::StageMove => (MOVE, self.deals.moves()),
            _ => (LINE, self.deals.rows()),
        }
    }

    fn batch(&self, ops: Vec<Op>) -> Batch {
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        let commit = CommitId(Uuid::from_u128(0xC0FF_EE00 << 96 | u128::from(number)));
        let at = i64::from(NOW) * MICROS + number as i64;
        Batch { tenant: TENANT, commit, at, guards: Vec::new(), as_of: None, ops }
    }

    /// Puts open deals into memory as they are, so that they can change there: other ones in each round.
    pub(super) fn wake(&self, count: usize, round: usize) -> Result<(), Failure> {
        let ids = self.ids();
        let deals = &*self.deals;
        let open = (0..deals.rows()).filter(|row| deals.stage[*row] < 4);
        let rows: Vec<usize> = open.skip(round * count).take(count).collect();
        if rows.len() < count {
            return Err(format!("{} open deals of {count}: take more rows", rows.len()).into());
        }
        let mut ops = Vec::new();
        let mut awake = Vec::new();
        for row in rows {
            let rec = self.record(&ids, Opportunity::def(), row, 1);
            ops.push(Op::Put { rec, expect: Expect::Absent });
            let moves = (deals.first[row + 1] - deals.first[row]) as usize;
            awake.push((row, deals.stage[row], 1, moves));
        }
        for ops in ops.chunks(5000) {
            self.rest.apply_one(&self.batch(ops.to_vec()))?;
        }
        *self.awake.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = awake;
        Ok(())
    }

    /// Moves some of the deals that are awake to their next stage, in one commit.
    pub(super) fn advance(&self, which: Range<usize>) -> Result<(), Failure> {
        let ids = self.ids();
        let mut awake = self.awake.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut ops = Vec::new();
        for (row, stage, version, moves) in awake.get_mut(which).into_iter().flatten() {
            let at = Val::Int(i64::from(NOW) * MICROS);
            let next = ids.stages[usize::from(*stage) + 1];
            let mut rec = self.record(&ids, Opportunity::def(), *row, *version + 1);
            set(&mut rec, "phase_stage", Val::Id(next));
            set(&mut rec, "stage_entered_at", at.clone());
            ops.push(Op::Put { rec, expect: Expect::Version(*version) });
            let number =
                (1 << 60) | (self.commits.load(Ordering::Relaxed) as usize * 10_000 + ops.len());
            let mut rec = self.record(&ids, StageMove::def(), 0, 1);
            rec.id = id(MOVE, number);
            set(&mut rec, "opportunity", Val::Id(id(DEAL, *row)));
            set(&mut rec, "ordinal", Val::Int(*moves as i64));
            text(rec_slot(&mut rec, "kind"), "forward");
            set(&mut rec, "from", Val::Id(ids.stages[usize::from(*stage)]));
            set(&mut rec, "to", Val::Id(next));
            set(&mut rec, "at", at);
            ops.push(Op::Put { rec, expect: Expect::Absent });
            (*stage, *version, *moves) = (*stage + 1, *version + 1, *moves + 1);
        }
        self.rest.apply_one(&self.batch(ops))?;
        Ok(())
    }

    /// Stores all generated rows in another store that has the same rules.
    pub(super) fn copy_to(&self, other: &dyn Store) -> Result<(), Failure> {
        let ids = self.ids();
        for def in [Opportunity::def(), StageMove::def(), OpportunityLine::def()] {
            let (_, rows) = self.many(def.kind);
            let mut place = 0;
            while place < rows {
                let to = rows.min(place + 5000);
                let puts = (place..to).map(|place| Op::Put {
                    rec: self.record(&ids, def, place, 1),
                    expect: Expect::Absent,
                });
                other.apply_one(&self.batch(puts.collect()))?;
                place = to;
            }
        }
        Ok(())
    }
}

fn rec_slot<'a>(rec: &'a mut Record, name: &str) -> &'a mut Val {
    let at = rec.def.fields.iter().position(|field| field.name == name).unwrap_or(0);
    &mut rec.vals[at]
}

fn set(rec: &mut Record, name: &str, value: Val) {
    *rec_slot(rec, name) = value;
}

fn kind(from: Option<u8>, to: u8) -> &'static str {
    match (from, to) {
        (None, _) => "create",
        (_, WON) => "won",
        (_, LOST) => "lost",
        (Some(from), to) if to < from => "back",
        _ => "forward",
    }
}

fn chrono_day(day: u16) -> String {
    let at = crm_core::value::Timestamp::from_micros(i64::from(day) * 86_400 * MICROS);
    at.map(|at| at.utc().date_naive().to_string()).unwrap_or_default()
}

impl Store for Generated {
    fn caps(&self) -> Caps {
        self.rest.caps()
    }

    fn get(
        &self,
        tenant: TenantId,
        keys: &[Key],
        sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
    ) -> StoreResult<Seq> {
        self.rest.get(tenant, keys, sink)
    }

    fn scan(&self, scan: &Scan<'_>, sink: &mut dyn FnMut(Row<'_>) -> Flow) -> StoreResult<ScanEnd> {
        let generated = [Kind::Opportunity, Kind::StageMove, Kind::OpportunityLine];
        if !generated.contains(&scan.kind) || scan.index != 0 || scan.cols.is_empty() {
            return self.rest.scan(scan, sink);
        }
        let as_of = self.rest.get(scan.tenant, &[], &mut |_, _, _| ControlFlow::Continue(()))?;
        let def = match scan.kind {
            Kind::Opportunity => Opportunity::def(),
            Kind::StageMove => StageMove::def(),
            _ => OpportunityLine::def(),
        };
        let ids = self.ids();
        if ids.owners.is_empty() {
            return Ok(ScanEnd { next: None, as_of });
        }
        let (tag, rows) = self.many(scan.kind);
        let from =
            scan.after.map_or(0, |after| (after.id.as_u128() & 0xFFFF_FFFF_FFFF) as usize + 1);
        let names: Vec<&str> = scan
            .cols
            .iter()
            .map(|col| def.field(*col).map_or("id", |field| field.name.as_str()))
            .collect();
        let mut vals = vec![Val::Null; names.len()];
        let to = rows.min(from.saturating_add(scan.limit as usize));
        for place in from..to {
            for ((name, col), slot) in names.iter().zip(scan.cols).zip(&mut vals) {
                if *col == FieldId::ID {
                    *slot = Val::Id(id(tag, place));
                } else {
                    self.cell(&ids, scan.kind, place, name, slot);
                }
            }
            if sink(Row::Cols(&vals)).is_break() {
                break;
            }
        }
        let next = (to < rows).then(|| Cursor { vals: Vec::new(), id: id(tag, to - 1) });
        Ok(ScanEnd { next, as_of })
    }

    fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
        self.rest.apply(batches)
    }

    fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        wait: Duration,
        sink: &mut dyn FnMut(&Change) -> Flow,
    ) -> StoreResult<Seq> {
        self.rest.changes(tenant, after, limit, wait, sink)
    }

    fn aggregate(
        &self,
        tenant: TenantId,
        spec: &AggSpec<'_>,
        sink: &mut dyn FnMut(&[Val], i128) -> Flow,
    ) -> StoreResult<Pushed> {
        self.rest.aggregate(tenant, spec, sink)
    }

    fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
        self.rest.admin(admin, out)
    }
}

/// Reads the columns that facts are made of, and does nothing with them.
pub(super) fn bare_read(store: &dyn Store) -> Result<u64, Failure> {
    let of = |def: &KindDef, names: &[&str]| -> Vec<FieldId> {
        let fields = names.iter().filter_map(|name| def.field_named(name)).map(|field| field.id);
        [FieldId::ID].into_iter().chain(fields).collect()
    };
    let deal = of(
        Opportunity::def(),
        &[
            "customer",
            "owner",
            "pipeline",
            "phase",
            "phase_stage",
            "phase_closed_at",
            "phase_loss_reason",
            "amount_minor",
            "amount_currency",
            "expected_close",
            "source",
            "region",
            "competitor",
            "probability_override_basis_points",
            "stage_entered_at",
            "created_at",
            "has_history",
        ],
    );
    let step = of(StageMove::def(), &["opportunity", "ordinal", "kind", "from", "to", "at"]);
    let line = of(
        OpportunityLine::def(),
        &[
            "opportunity",
            "product",
            "quantity",
            "unit_price_amount",
            "unit_price_currency",
            "discount",
            "net_minor",
            "net_currency",
        ],
    );
    let mut rows = 0;
    for (kind, cols) in
        [(Kind::Opportunity, &deal), (Kind::StageMove, &step), (Kind::OpportunityLine, &line)]
    {
        let all = Scan { limit: u32::MAX, cols, ..Scan::of(TENANT, kind, 0, &[]) };
        store.scan(&all, &mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        })?;
    }
    Ok(rows)
}
