//! Random programs: steps whose every answer is compared with the model's; what fails is shrunk by leaving steps out.

use std::ops::Bound;

use crm_core::record::{FieldId, Key, Kind, KindDef, Val};
use crm_core::store::{Admin, Batch, CommitId, Cursor, Expect, Guard, Op, Seq, Store, TenantId};
use uuid::Uuid;

use crate::data::{self, Rng};
use crate::model::{Model, Query};
use crate::{Handle, Target, call};

/// One step of a program.
#[derive(Clone, Debug)]
pub enum Step {
    /// Batches in one call.
    Apply(Vec<Batch>),
    /// Rows by key.
    Get(TenantId, Vec<Key>, Option<usize>),
    /// A page.
    Scan(Query, Option<usize>),
    /// A whole listing, page by page.
    Pages(Query, u32),
    /// Journal lines.
    Changes(TenantId, Seq, u32, Option<usize>),
    /// Counts or sums.
    Aggregate(TenantId, Kind, Vec<FieldId>, Option<FieldId>),
    /// The tenants there are.
    Tenants,
    /// Forget journal lines.
    Trim(TenantId, Seq),
    /// Remove a tenant.
    Purge(TenantId),
    /// Close and open again.
    Reopen,
}

/// A program that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its number, which is its seed.
    pub seed: u64,
    /// The steps that are left of it.
    pub steps: Vec<Step>,
    /// What was not as the model has it.
    pub what: String,
}

/// Makes the program of a seed.
pub fn generate(seed: u64, length: usize) -> Vec<Step> {
    let mut rng = Rng::new(seed);
    let all = data::kinds();
    let mut kinds = vec![data::def(Kind::Seal), data::def(Kind::Fact)];
    kinds.push(*rng.pick(&all));
    let tenants = [TenantId(1), TenantId(2), TenantId(u64::MAX)];
    let mut maker = Maker { rng, model: Model::default(), kinds, tenants, commits: 0, seed };
    (0..length).map(|_| maker.step()).collect()
}

/// Makes steps that are likely to hit something, by running the model along.
struct Maker {
    rng: Rng,
    model: Model,
    kinds: Vec<&'static KindDef>,
    tenants: [TenantId; 3],
    commits: u64,
    seed: u64,
}

impl Maker {
    fn step(&mut self) -> Step {
        match self.rng.below(40) {
            0..=17 => {
                let count = if self.rng.one_in(4) { 1 + self.rng.below(4) } else { 1 };
                let batches: Vec<Batch> = (0..count)
                    .map(|_| {
                        let batch = self.batch();
                        let _ = self.model.apply(&batch);
                        batch
                    })
                    .collect();
                Step::Apply(batches)
            }
            18..=21 => {
                let tenant = self.tenant();
                let keys = (0..self.rng.below(5)).map(|_| self.key(tenant)).collect();
                Step::Get(tenant, keys, self.stop())
            }
            22..=28 => Step::Scan(self.query(), self.stop()),
            29..=31 => {
                let query = self.query();
                Step::Pages(query, 1 + self.rng.below(3) as u32)
            }
            32..=34 => {
                let tenant = self.tenant();
                let head = self.model.head(tenant).0 as usize;
                let after = Seq(self.rng.below(head + 2) as u64);
                let limit = *self.rng.pick(&[0, 1, 2, 3, 100]);
                Step::Changes(tenant, after, limit, self.stop())
            }
            35 | 36 => {
                let (tenant, def) = (self.tenant(), *self.rng.pick(&self.kinds.clone()));
                let group = (0..self.rng.below(3)).map(|_| self.column(def)).collect();
                let numbers = def.fields.iter().filter(|field| {
                    use crm_core::record::ColumnType::{Int, MoneyMinor};
                    matches!(field.ty, Int | MoneyMinor)
                });
                let numbers: Vec<FieldId> = numbers.map(|field| field.id).collect();
                let sum =
                    (!numbers.is_empty() && self.rng.one_in(2)).then(|| *self.rng.pick(&numbers));
                Step::Aggregate(tenant, def.kind, group, sum)
            }
            37 => Step::Tenants,
            38 if self.rng.one_in(2) => {
                let tenant = self.tenant();
                let head = self.model.head(tenant).0 as usize;
                let through = Seq(self.rng.below(head + 2) as u64);
                self.model.trim(tenant, through);
                Step::Trim(tenant, through)
            }
            39 if self.rng.one_in(3) => {
                let tenant = self.tenant();
                self.model.purge(tenant);
                Step::Purge(tenant)
            }
            _ => Step::Reopen,
        }
    }

    fn tenant(&mut self) -> TenantId {
        *self.rng.pick(&self.tenants)
    }

    fn stop(&mut self) -> Option<usize> {
        self.rng.one_in(4).then(|| 1 + self.rng.below(3))
    }

    /// Ids repeat between tenants and kinds.
    fn key(&mut self, _tenant: TenantId) -> Key {
        let kind = self.rng.pick(&self.kinds).kind;
        Key { kind, id: data::id(self.rng.below(5) as u64) }
    }

    fn expect(&mut self, tenant: TenantId, key: Key) -> Expect {
        let found = self.model.row(tenant, key).map(|(_, rec)| rec.version);
        match (found, self.rng.below(12)) {
            (_, 0) => Expect::Absent,
            (Some(version), 1) => Expect::Version(version.saturating_sub(1).max(1)),
            (None, 2) => Expect::Version(1),
            (Some(version), _) => Expect::Version(version),
            (None, _) => Expect::Absent,
        }
    }

    fn batch(&mut self) -> Batch {
        let tenant = self.tenant();
        let known = self.model.commits();
        if !known.is_empty() && self.rng.one_in(10) {
            let (_, batch) = self.rng.pick(known);
            let mut batch = batch.clone();
            match self.rng.below(4) {
                0 => batch.at += 1,
                1 => batch.tenant = tenant,
                _ => {}
            }
            return batch;
        }
        self.commits += 1;
        let commit = CommitId(Uuid::from_u64_pair(self.seed, self.commits));
        let guards = (0..self.rng.below(3).saturating_sub(1)).map(|_| {
            let key = self.key(tenant);
            Guard { key, expect: self.expect(tenant, key) }
        });
        let guards = guards.collect();
        let mut after = self.model.sketch();
        let mut ops = Vec::new();
        for _ in 0..1 + self.rng.below(4) {
            std::mem::swap(&mut self.model, &mut after);
            let op = self.op(tenant);
            // The next operation is made for the state that this one leaves.
            let single = Batch {
                tenant,
                commit: CommitId(Uuid::from_u64_pair(u64::MAX, ops.len() as u64)),
                at: 0,
                guards: Vec::new(),
                as_of: None,
                ops: vec![op.clone()],
            };
            let _ = self.model.apply(&single);
            std::mem::swap(&mut self.model, &mut after);
            ops.push(op);
        }
        Batch { tenant, commit, at: self.commits as i64, guards, as_of: None, ops }
    }

    fn op(&mut self, tenant: TenantId) -> Op {
        let key = self.key(tenant);
        let expect = self.expect(tenant, key);
        match expect {
            Expect::Version(version) if self.rng.one_in(5) => Op::Purge { key, version },
            expect => {
                let mut rec = data::record(data::def(key.kind), key.id, &mut self.rng);
                rec.version = match expect {
                    Expect::Absent => 1 + u64::from(self.rng.one_in(10)),
                    Expect::Version(version) => version + 1,
                };
                Op::Put { rec, expect }
            }
        }
    }

    fn column(&mut self, def: &KindDef) -> FieldId {
        match self.rng.below(8) {
            0 => FieldId::ID,
            1 => FieldId::SEQ,
            2 => FieldId::VERSION,
            _ => self.rng.pick(&def.fields).id,
        }
    }

    fn query(&mut self) -> Query {
        let def = *self.rng.pick(&self.kinds.clone());
        let tenant = self.tenant();
        let mut listings = vec![0];
        listings.extend(def.indexes.iter().map(|index| index.id));
        let mut query = Query::all(tenant, def.kind, *self.rng.pick(&listings));
        let cols = def.index(query.index).map_or(Vec::new(), |index| index.cols.clone());
        let key: Vec<FieldId> = cols.iter().copied().chain([FieldId::ID]).collect();
        let length = self.rng.below(cols.len() + 1);
        query.prefix = key[..length].iter().map(|col| self.value(def, *col)).collect();
        query.range = (self.bound(def, key[length]), self.bound(def, key[length]));
        query.desc = self.rng.one_in(2);
        query.deleted = self.rng.one_in(2);
        query.limit = *self.rng.pick(&[1, 2, 3, 1000, u32::MAX]);
        if self.rng.one_in(3) {
            query.after = Some(Cursor {
                vals: cols.iter().map(|col| self.value(def, *col)).collect(),
                id: data::id(self.rng.below(5) as u64),
            });
        }
        if self.rng.one_in(3) {
            query.cols = (0..1 + self.rng.below(4)).map(|_| self.column(def)).collect();
        }
        query
    }

    fn bound(&mut self, def: &KindDef, col: FieldId) -> Bound<Val> {
        match self.rng.below(5) {
            0 => Bound::Included(self.value(def, col)),
            1 => Bound::Excluded(self.value(def, col)),
            _ => Bound::Unbounded,
        }
    }

    /// A value that a column may hold; of numbers in the header, small ones.
    fn value(&mut self, def: &KindDef, col: FieldId) -> Val {
        match def.field(col) {
            Some(field) => data::any_value(field.ty, field.codes, &mut self.rng),
            None if col == FieldId::ID => Val::Id(data::id(self.rng.below(5) as u64)),
            None => Val::Int(self.rng.below(8) as i64),
        }
    }
}

/// Runs a program on a fresh store.
///
/// # Errors
///
/// The first answer that differs from the model's.
pub fn run(target: &Target, steps: &[Step], calls: &mut u64) -> Result<(), String> {
    let mut handle = target.handle();
    let mut model = Model::default();
    for (at, step) in steps.iter().enumerate() {
        *calls += 1;
        run_step(&mut handle, &mut model, step).map_err(|what| format!("step {at}: {what}"))?;
    }
    finish(handle.store(), &model)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{what}\n  found:  {found:?}\n  wanted: {wanted:?}"))
    }
}

fn run_step(handle: &mut Handle<'_>, model: &mut Model, step: &Step) -> Result<(), String> {
    let store = handle.store();
    let failed = |error| format!("{error:?}");
    match step {
        Step::Apply(batches) => {
            let found = store.apply(batches);
            let wanted: Vec<_> = batches.iter().map(|batch| model.apply(batch)).collect();
            same("apply", &found, &wanted)
        }
        Step::Get(tenant, keys, stop) => {
            let (found, as_of) = call::get(store, *tenant, keys, *stop).map_err(failed)?;
            let rows = keys.iter().enumerate().filter_map(|(at, key)| {
                model.row(*tenant, *key).map(|(seq, rec)| (at, seq, rec.clone()))
            });
            let wanted: Vec<_> = rows.collect();
            same("as_of", &as_of, &model.head(*tenant))?;
            match stop {
                None => same("get", &found, &wanted),
                // Which rows come first is the store's affair.
                Some(stop) => {
                    same("rows of a get", &found.len(), &wanted.len().min(*stop))?;
                    let known = found.iter().all(|row| wanted.contains(row));
                    if known { Ok(()) } else { Err(format!("get: {found:?} not in {wanted:?}")) }
                }
            }
        }
        Step::Scan(query, stop) => {
            let found = call::scan(store, query, *stop).map_err(failed)?;
            same("scan", &found, &model.scan(query, *stop))
        }
        Step::Pages(query, limit) => {
            let found = call::pages(store, query, *limit).map_err(failed)?;
            let rows: Vec<_> = found.iter().flat_map(|page| page.rows.clone()).collect();
            let all = Query { limit: u32::MAX, ..query.clone() };
            same("pages", &rows, &model.scan(&all, None).rows)
        }
        Step::Changes(tenant, after, limit, stop) => {
            let found = call::changes(store, *tenant, *after, *limit, *stop);
            same("changes", &found, &model.changes(*tenant, *after, *limit, *stop))
        }
        Step::Aggregate(tenant, kind, group, sum) => {
            let found = call::aggregate(store, *tenant, *kind, group, *sum).map_err(failed)?;
            let wanted = model.aggregate(*tenant, *kind, group, *sum);
            found.map_or(Ok(()), |found| same("aggregate", &found, &wanted))
        }
        Step::Tenants => same("tenants", &call::tenants(store), &Ok(model.tenants())),
        Step::Trim(tenant, through) => {
            call::admin(store, &Admin::Trim { tenant: *tenant, through: *through })
                .map_err(failed)?;
            model.trim(*tenant, *through);
            Ok(())
        }
        Step::Purge(tenant) => {
            call::admin(store, &Admin::PurgeTenant(*tenant)).map_err(failed)?;
            model.purge(*tenant);
            Ok(())
        }
        Step::Reopen => {
            handle.reopen();
            Ok(())
        }
    }
}

/// Everything there is, once more.
fn finish(store: &dyn Store, model: &Model) -> Result<(), String> {
    let failed = |error| format!("{error:?}");
    same("tenants", &call::tenants(store), &Ok(model.tenants()))?;
    for (tenant, _) in model.tenants() {
        let trimmed = model.trimmed(tenant);
        let found = call::changes(store, tenant, trimmed, u32::MAX, None);
        same("journal", &found, &model.changes(tenant, trimmed, u32::MAX, None))?;
        for def in data::kinds() {
            if model.rows(tenant, def.kind).is_empty() {
                continue;
            }
            for index in [0].into_iter().chain(def.indexes.iter().map(|index| index.id)) {
                let query = Query { deleted: true, ..Query::all(tenant, def.kind, index) };
                let found = call::scan(store, &query, None).map_err(failed)?;
                same("listing", &found, &model.scan(&query, None))?;
            }
        }
    }
    let faults = call::admin(store, &Admin::Check).map_err(failed)?;
    same("check", &faults, &Vec::new())
}

/// Runs the programs of seeds `from..from + count`, and shrinks the first that fails.
///
/// # Errors
///
/// The shrunk program.
pub fn run_many(
    target: &Target,
    from: u64,
    count: u64,
    length: usize,
    calls: &mut u64,
) -> Result<(), Box<Failure>> {
    for seed in from..from + count {
        let steps = generate(seed, length);
        if let Err(what) = run(target, &steps, calls) {
            return Err(Box::new(shrink(target, seed, steps, what)));
        }
    }
    Ok(())
}

/// Leaves out steps, in ever smaller runs, as long as it still fails.
fn shrink(target: &Target, seed: u64, mut steps: Vec<Step>, mut what: String) -> Failure {
    let mut size = steps.len() / 2;
    let mut budget = 400;
    while size > 0 && budget > 0 {
        let mut at = 0;
        while at < steps.len() && budget > 0 {
            budget -= 1;
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            match run(target, &fewer, &mut 0) {
                Err(other) => (steps, what) = (fewer, other),
                Ok(()) => at += size,
            }
        }
        size /= 2;
    }
    Failure { seed, steps, what }
}
