//! What the contract means, said as plainly as possible: lists, full scans, sorting. It shares no code with any
//! adapter, nor with what adapters share.

use std::ops::Bound;

use crm_core::record::{FieldId, Key, Kind, Record, Val};
use crm_core::store::{
    Applied, Batch, Change, Cursor, Expect, Op, Scan, Seq, StoreError, StoreResult, TenantId,
};

/// A scan that owns what it asks for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub kind: Kind,
    /// The listing.
    pub index: u16,
    /// Equal leading values.
    pub prefix: Vec<Val>,
    /// Bounds on the next column.
    pub range: (Bound<Val>, Bound<Val>),
    /// Reversed.
    pub desc: bool,
    /// Behind this row.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
    /// Soft-deleted ones too.
    pub deleted: bool,
    /// Only these columns.
    pub cols: Vec<FieldId>,
}

impl Query {
    /// Everything in a listing.
    pub fn all(tenant: TenantId, kind: Kind, index: u16) -> Self {
        Self {
            tenant,
            kind,
            index,
            prefix: Vec::new(),
            range: (Bound::Unbounded, Bound::Unbounded),
            desc: false,
            after: None,
            limit: 100_000,
            deleted: false,
            cols: Vec::new(),
        }
    }

    /// As the port takes it.
    pub fn scan(&self) -> Scan<'_> {
        Scan {
            tenant: self.tenant,
            kind: self.kind,
            index: self.index,
            prefix: &self.prefix,
            range: self.range.clone(),
            desc: self.desc,
            after: self.after.as_ref(),
            limit: self.limit,
            deleted: self.deleted,
            cols: &self.cols,
        }
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// A whole record.
    Rec(Seq, Record),
    /// The columns asked for.
    Cols(Vec<Val>),
}

/// The answer to a scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its rows, in order.
    pub rows: Vec<Got>,
    /// Where to go on.
    pub next: Option<Cursor>,
    /// The snapshot.
    pub as_of: Seq,
}

/// A store as the contract has it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    rows: Vec<(TenantId, Seq, Record)>,
    lines: Vec<(TenantId, Change)>,
    commits: Vec<(Seq, Batch)>,
    heads: Vec<(TenantId, Seq)>,
    trimmed: Vec<(TenantId, Seq)>,
}

impl Model {
    /// The last commit of a tenant.
    pub fn head(&self, tenant: TenantId) -> Seq {
        find(&self.heads, tenant)
    }

    /// The last commit of a tenant that was trimmed.
    pub fn trimmed(&self, tenant: TenantId) -> Seq {
        find(&self.trimmed, tenant)
    }

    /// The tenants there are, in order.
    pub fn tenants(&self) -> Vec<(TenantId, Seq)> {
        let mut heads = self.heads.clone();
        heads.sort_by_key(|(tenant, _)| tenant.0);
        heads
    }

    /// The stored row of a key.
    pub fn row(&self, tenant: TenantId, key: Key) -> Option<(Seq, &Record)> {
        let mut rows = self.rows.iter();
        rows.find(|(whose, _, rec)| *whose == tenant && rec.key() == key)
            .map(|(_, seq, rec)| (*seq, rec))
    }

    /// Every stored row of a kind.
    pub fn rows(&self, tenant: TenantId, kind: Kind) -> Vec<(Seq, &Record)> {
        let rows = self.rows.iter();
        rows.filter(|(whose, _, rec)| *whose == tenant && rec.def.kind == kind)
            .map(|(_, seq, rec)| (*seq, rec))
            .collect()
    }

    /// The batches that a resend must find, with their commits.
    pub fn commits(&self) -> &[(Seq, Batch)] {
        &self.commits
    }

    /// Applies a batch, or leaves everything as it was.
    pub fn apply(&mut self, batch: &Batch) -> StoreResult<Applied> {
        let same_id =
            |(_, old): &&(Seq, Batch)| old.tenant == batch.tenant && old.commit == batch.commit;
        if let Some((seq, old)) = self.commits.iter().find(same_id) {
            return if old == batch {
                Ok(Applied { seq: *seq, replayed: true })
            } else {
                Err(StoreError::CommitReused)
            };
        }
        let before = (self.rows.clone(), self.lines.len());
        let seq = Seq(self.head(batch.tenant).0 + 1);
        if let Err(error) = self.judge(batch, seq) {
            self.rows = before.0;
            self.lines.truncate(before.1);
            return Err(error);
        }
        self.commits.push((seq, batch.clone()));
        self.heads.retain(|(tenant, _)| *tenant != batch.tenant);
        self.heads.push((batch.tenant, seq));
        Ok(Applied { seq, replayed: false })
    }

    /// The rows alone, to try operations on.
    pub fn sketch(&self) -> Self {
        Self { rows: self.rows.clone(), ..Self::default() }
    }

    fn judge(&mut self, batch: &Batch, seq: Seq) -> StoreResult<()> {
        for guard in &batch.guards {
            self.expect(batch.tenant, guard.key, guard.expect)?;
        }
        batch.ops.iter().try_for_each(|op| self.operate(batch, seq, op))
    }

    fn expect(&self, tenant: TenantId, key: Key, wanted: Expect) -> StoreResult<()> {
        let found = self.row(tenant, key).map(|(_, rec)| rec.version);
        match (wanted, found) {
            (Expect::Absent, None) => Ok(()),
            (Expect::Version(version), Some(there)) if version == there => Ok(()),
            _ => Err(StoreError::Conflict { key, wanted, found }),
        }
    }

    fn operate(&mut self, batch: &Batch, seq: Seq, op: &Op) -> StoreResult<()> {
        let (tenant, key) = (batch.tenant, op.key());
        let (version, purged) = match op {
            Op::Put { rec, expect } => {
                self.expect(tenant, key, *expect)?;
                self.unique(tenant, rec)?;
                self.remove(tenant, key);
                self.rows.push((tenant, seq, rec.clone()));
                (rec.version, false)
            }
            Op::Purge { version, .. } => {
                self.expect(tenant, key, Expect::Version(*version))?;
                self.remove(tenant, key);
                (*version, true)
            }
        };
        let (commit, at) = (batch.commit, batch.at);
        self.lines.push((tenant, Change { seq, commit, at, key, version, purged }));
        Ok(())
    }

    fn unique(&self, tenant: TenantId, rec: &Record) -> StoreResult<()> {
        for index in rec.def.indexes.iter().filter(|index| index.unique) {
            let values = |rec: &Record| index.cols.iter().map(|c| rec.get(*c)).collect::<Vec<_>>();
            let clash = |(_, other): &(Seq, &Record)| {
                other.id != rec.id && !other.deleted && values(other) == values(rec)
            };
            if !rec.deleted && self.rows(tenant, rec.def.kind).iter().any(clash) {
                return Err(StoreError::Unique { key: rec.key(), index: index.name });
            }
        }
        Ok(())
    }

    fn remove(&mut self, tenant: TenantId, key: Key) {
        self.rows.retain(|(whose, _, rec)| *whose != tenant || rec.key() != key);
    }

    /// A page, cut short by a sink that breaks after `stop` rows.
    pub fn scan(&self, query: &Query, stop: Option<usize>) -> Page {
        let def = crate::data::def(query.kind);
        let cols = def.index(query.index).map_or(Vec::new(), |index| index.cols.clone());
        let key = |seq: Seq, rec: &Record| -> Vec<Val> {
            cols.iter().chain([&FieldId::ID]).map(|col| value(*col, seq, rec)).collect()
        };
        let mut rows = self.rows(query.tenant, query.kind);
        rows.retain(|(_, rec)| query.deleted || !rec.deleted);
        rows.retain(|(seq, rec)| key(*seq, rec).starts_with(&query.prefix));
        rows.retain(|(seq, rec)| {
            let val = &key(*seq, rec)[query.prefix.len()];
            let low = match &query.range.0 {
                Bound::Included(low) => val >= low,
                Bound::Excluded(low) => val > low,
                Bound::Unbounded => true,
            };
            let high = match &query.range.1 {
                Bound::Included(high) => val <= high,
                Bound::Excluded(high) => val < high,
                Bound::Unbounded => true,
            };
            low && high
        });
        rows.sort_by_key(|(seq, rec)| key(*seq, rec));
        if query.desc {
            rows.reverse();
        }
        if let Some(after) = &query.after {
            let after: Vec<Val> = after.vals.iter().cloned().chain([Val::Id(after.id)]).collect();
            rows.retain(|(seq, rec)| {
                let key = key(*seq, rec);
                if query.desc { key < after } else { key > after }
            });
        }
        let length = stop.unwrap_or(usize::MAX).max(1).min(query.limit as usize);
        let has_more = rows.len() > length;
        rows.truncate(length);
        let next = rows.last().filter(|_| has_more).map(|(seq, rec)| Cursor {
            vals: cols.iter().map(|col| value(*col, *seq, rec)).collect(),
            id: rec.id,
        });
        let rows = rows.into_iter().map(|(seq, rec)| got(&query.cols, seq, rec)).collect();
        Page { rows, next, as_of: self.head(query.tenant) }
    }

    /// Journal lines, cut short by a sink that breaks after `stop` lines.
    pub fn changes(
        &self,
        tenant: TenantId,
        after: Seq,
        limit: u32,
        stop: Option<usize>,
    ) -> StoreResult<(Vec<Change>, Seq)> {
        let trimmed = self.trimmed(tenant);
        if after < trimmed {
            return Err(StoreError::Trimmed { first: Seq(trimmed.0 + 1) });
        }
        let mut out: Vec<Change> = Vec::new();
        for seq in after.0 + 1..=self.head(tenant).0 {
            let lines =
                self.lines.iter().filter(|(whose, line)| *whose == tenant && line.seq.0 == seq);
            let lines: Vec<Change> = lines.map(|(_, line)| *line).collect();
            if !out.is_empty() && out.len() + lines.len() > limit as usize {
                break;
            }
            out.extend(lines);
        }
        out.truncate(stop.unwrap_or(usize::MAX).max(1));
        Ok((out, self.head(tenant)))
    }

    /// Groups with their counts or sums, in order.
    pub fn aggregate(
        &self,
        tenant: TenantId,
        kind: Kind,
        group: &[FieldId],
        sum: Option<FieldId>,
    ) -> Vec<(Vec<Val>, i128)> {
        let mut out: Vec<(Vec<Val>, i128)> = Vec::new();
        for (seq, rec) in self.rows(tenant, kind).into_iter().filter(|(_, rec)| !rec.deleted) {
            let key: Vec<Val> = group.iter().map(|col| value(*col, seq, rec)).collect();
            let number = match sum.map(|col| value(col, seq, rec)) {
                None => 1,
                Some(Val::Int(number)) => i128::from(number),
                Some(_) => 0,
            };
            match out.iter_mut().find(|(other, _)| *other == key) {
                Some((_, total)) => *total += number,
                None => out.push((key, number)),
            }
        }
        out.sort();
        out
    }

    /// Forgets journal lines and commits.
    pub fn trim(&mut self, tenant: TenantId, through: Seq) {
        let through = through.min(self.head(tenant)).max(self.trimmed(tenant));
        self.lines.retain(|(whose, line)| *whose != tenant || line.seq > through);
        self.commits.retain(|(seq, batch)| batch.tenant != tenant || *seq > through);
        self.trimmed.retain(|(whose, _)| *whose != tenant);
        self.trimmed.push((tenant, through));
    }

    /// Forgets a tenant.
    pub fn purge(&mut self, tenant: TenantId) {
        self.rows.retain(|(whose, ..)| *whose != tenant);
        self.lines.retain(|(whose, _)| *whose != tenant);
        self.commits.retain(|(_, batch)| batch.tenant != tenant);
        self.heads.retain(|(whose, _)| *whose != tenant);
        self.trimmed.retain(|(whose, _)| *whose != tenant);
    }
}

fn find(list: &[(TenantId, Seq)], tenant: TenantId) -> Seq {
    list.iter().find(|(whose, _)| *whose == tenant).map_or(Seq(0), |(_, seq)| *seq)
}

fn value(col: FieldId, seq: Seq, rec: &Record) -> Val {
    if col == FieldId::SEQ { Val::Int(seq.0 as i64) } else { rec.get(col) }
}

/// A row as it was asked for.
pub fn got(cols: &[FieldId], seq: Seq, rec: &Record) -> Got {
    if cols.is_empty() {
        Got::Rec(seq, rec.clone())
    } else {
        Got::Cols(cols.iter().map(|col| value(*col, seq, rec)).collect())
    }
}
