//! What every adapter decides alike: whether a call is well formed, whether a batch holds, what its digest is.
//!
//! An adapter answers questions about stored rows ([`Draft`]); the order in which they are asked, and what each answer
//! means, stands here once.

use super::{AggSpec, Batch, Caps, Change, Expect, Op, Scan, Seq, StoreError, StoreResult, def};
use crate::record::{ColumnType, FieldDef, FieldId, IndexDef, Key, Kind, KindDef, Record, Val};

/// One batch being written: what an adapter knows of its rows, and how it writes them.
pub trait Draft {
    /// The version of a stored row, soft-deleted or not, as the batch has left it so far.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn version(&mut self, key: Key) -> StoreResult<Option<u64>>;

    /// Whether another row that is not deleted has the values of `rec` in a unique listing.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn taken(&mut self, index: &IndexDef, rec: &Record) -> StoreResult<bool>;

    /// Writes a row at once, where the adapter can do that only if everything holds: what was expected is there, and no
    /// unique listing has its values. `false` where it did not, or cannot tell: then nothing is written, and the row is
    /// judged step by step.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn put_if(&mut self, _seq: Seq, _rec: &Record, _expect: Expect) -> StoreResult<bool> {
        Ok(false)
    }

    /// Writes a row, in place of another where `found`.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn put(&mut self, seq: Seq, rec: &Record, found: bool) -> StoreResult<()>;

    /// Removes a row.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn purge(&mut self, key: Key) -> StoreResult<()>;

    /// Appends a line to the journal; `line` counts from 0 within the commit.
    ///
    /// # Errors
    ///
    /// What the store meets.
    fn journal(&mut self, line: u32, change: &Change) -> StoreResult<()>;
}

/// Judges and writes a batch as commit `seq`: guards in order, then each operation against what the ones before it
/// left: its expected version, then its unique listings by number. After an error the adapter takes back what was
/// written. Guards that were read as of the commit before this one hold, and nothing is looked up for them.
///
/// # Errors
///
/// `Conflict` or `Unique` for the first thing that does not hold; else what the store meets.
pub fn judge(batch: &Batch, seq: Seq, draft: &mut impl Draft) -> StoreResult<()> {
    let is_next = batch.as_of.and_then(|as_of| as_of.0.checked_add(1)) == Some(seq.0);
    if !is_next {
        for guard in &batch.guards {
            holds(guard.key, guard.expect, draft)?;
        }
    }
    for (line, op) in (0..).zip(&batch.ops) {
        let key = op.key();
        let change = |version, purged| {
            let (commit, at) = (batch.commit, batch.at);
            Change { seq, commit, at, key, version, purged }
        };
        match op {
            Op::Put { rec, expect } => {
                if !draft.put_if(seq, rec, *expect)? {
                    put(key, seq, rec, *expect, draft)?;
                }
                draft.journal(line, &change(rec.version, false))?;
            }
            Op::Purge { version, .. } => {
                holds(key, Expect::Version(*version), draft)?;
                draft.purge(key)?;
                draft.journal(line, &change(*version, true))?;
            }
        }
    }
    Ok(())
}

/// Judges and writes one row, step by step.
fn put(
    key: Key,
    seq: Seq,
    rec: &Record,
    expect: Expect,
    draft: &mut impl Draft,
) -> StoreResult<()> {
    let found = holds(key, expect, draft)?;
    for index in rec.def.indexes.iter().filter(|index| index.unique && !rec.deleted) {
        if draft.taken(index, rec)? {
            return Err(StoreError::Unique { key, index: index.name });
        }
    }
    draft.put(seq, rec, found)
}

/// Whether a row is there, if that is as expected.
fn holds(key: Key, wanted: Expect, draft: &mut impl Draft) -> StoreResult<bool> {
    let found = draft.version(key)?;
    let holds = match wanted {
        Expect::Absent => found.is_none(),
        Expect::Version(version) => found == Some(version),
    };
    if holds { Ok(found.is_some()) } else { Err(StoreError::Conflict { key, wanted, found }) }
}

/// The metadata of a kind that is stored.
///
/// # Errors
///
/// `Invalid` for a kind without a table.
pub fn stored(kind: Kind) -> StoreResult<&'static KindDef> {
    def(kind).ok_or_else(|| StoreError::Invalid(format!("{kind:?} is not stored")))
}

/// Refuses a batch that no store may take, before anything is looked up.
///
/// # Errors
///
/// `TooLarge` over the limits of `caps`; `Invalid` for an empty batch, a kind that is not stored, a row that does not
/// fit its metadata, a version that does not grow.
pub fn check_batch(batch: &Batch, caps: &Caps) -> StoreResult<()> {
    let invalid = |why: &str| Err(StoreError::Invalid(why.to_owned()));
    if batch.ops.is_empty() {
        return invalid("a batch without operations");
    }
    limit("operations", batch.ops.len(), caps.max_batch_ops.into())?;
    limit("guards", batch.guards.len(), caps.max_batch_ops.into())?;
    let mut bytes = 0_usize;
    for guard in &batch.guards {
        stored(guard.key.kind)?;
    }
    for op in &batch.ops {
        stored(op.key().kind)?;
        let Op::Put { rec, expect } = op else { continue };
        let replaced = match expect {
            Expect::Absent => 0,
            Expect::Version(version) => *version,
        };
        if rec.version <= replaced || i64::try_from(rec.version).is_err() {
            return invalid("a row's version must be greater than the one it replaces");
        }
        check_record(rec)?;
        for (code, val) in &rec.ext {
            limit("a custom field's code", code.len(), caps.max_value_bytes)?;
            limit("a value", size(val), caps.max_value_bytes)?;
            bytes = bytes.saturating_add(code.len()).saturating_add(size(val));
        }
        for val in &rec.vals {
            limit("a value", size(val), caps.max_value_bytes)?;
            bytes = bytes.saturating_add(size(val));
        }
    }
    limit("a batch", bytes, caps.max_batch_bytes)
}

/// The bytes of a text or of bytes; other values count as 16.
const fn size(val: &Val) -> usize {
    match val {
        Val::Text(text) => text.len(),
        Val::Bytes(bytes) => bytes.len(),
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Id(_) => 16,
    }
}

fn limit(what: &'static str, size: usize, limit: u64) -> StoreResult<()> {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    if size > limit { Err(StoreError::TooLarge { what, size, limit }) } else { Ok(()) }
}

/// Whether a row fits its metadata.
fn check_record(rec: &Record) -> StoreResult<()> {
    let invalid = |name: &str, why: &str| {
        Err(StoreError::Invalid(format!("{}.{name} of {}: {why}", rec.def.name, rec.id)))
    };
    if rec.vals.len() != rec.def.fields.len() {
        return invalid("*", "one value for each field");
    }
    for (field, val) in rec.def.fields.iter().zip(&rec.vals) {
        if val.is_null() {
            if field.required {
                return invalid(&field.name, "required");
            }
        } else if !fits(field.ty, val) {
            return invalid(&field.name, "a value of another type");
        } else if !is_member(field, val) {
            return invalid(&field.name, "no code of its set");
        }
    }
    let cols = rec.def.indexes.iter().flat_map(|index| &index.cols);
    for col in cols.filter(|col| **col != FieldId::SEQ) {
        if rec.at(*col).is_none_or(Val::is_null) {
            let name = rec.def.field(*col).map_or("?", |field| &field.name);
            return invalid(name, "an indexed value is never null");
        }
    }
    Ok(())
}

fn is_member(field: &FieldDef, val: &Val) -> bool {
    match val {
        Val::Text(text) => field.codes.is_empty() || field.codes.contains(&text.as_str()),
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Bytes(_) | Val::Id(_) => true,
    }
}

/// Whether a column of that type holds such values.
const fn fits(ty: ColumnType, val: &Val) -> bool {
    use ColumnType as T;
    match ty {
        T::Bool => matches!(val, Val::Bool(_)),
        T::Int | T::MoneyMinor | T::Instant => matches!(val, Val::Int(_)),
        T::Day | T::Decimal | T::Text | T::Code | T::Json => matches!(val, Val::Text(_)),
        T::Bytes => matches!(val, Val::Bytes(_)),
        T::Id => matches!(val, Val::Id(_)),
    }
}

/// The type of a column, the header's included.
pub fn column_type(def: &KindDef, col: FieldId) -> Option<ColumnType> {
    match col {
        FieldId::ID => Some(ColumnType::Id),
        FieldId::SEQ | FieldId::VERSION => Some(ColumnType::Int),
        col => def.field(col).map(|field| field.ty),
    }
}

/// Refuses a scan that no store may take; else the kind's metadata and the listing's, `None` for the one by id.
///
/// # Errors
///
/// `Invalid`: an unknown kind, listing or column, no limit, a prefix, bound or cursor that does not fit the listing.
pub fn check_scan(scan: &Scan<'_>) -> StoreResult<(&'static KindDef, Option<&'static IndexDef>)> {
    use core::ops::Bound;
    let def = stored(scan.kind)?;
    let index = def.index(scan.index);
    let invalid = |why: &str| Err(StoreError::Invalid(format!("scan of {}: {why}", def.name)));
    if scan.index != 0 && index.is_none() {
        return invalid("no such listing");
    }
    if scan.limit == 0 {
        return invalid("a limit of 0");
    }
    let cols = index.map_or(&[][..], |index| &index.cols);
    if scan.prefix.len() > cols.len() {
        return invalid("a prefix longer than the listing");
    }
    let types = || cols.iter().chain([&FieldId::ID]).map(|col| column_type(def, *col));
    let fit = |val: &Val, ty: Option<ColumnType>| ty.is_some_and(|ty| fits(ty, val));
    if !scan.prefix.iter().zip(types()).all(|(val, ty)| fit(val, ty)) {
        return invalid("a prefix of another type");
    }
    let ranged = types().nth(scan.prefix.len()).flatten();
    let bound = |bound: &Bound<Val>| match bound {
        Bound::Included(val) | Bound::Excluded(val) => fit(val, ranged),
        Bound::Unbounded => true,
    };
    if !bound(&scan.range.0) || !bound(&scan.range.1) {
        return invalid("a bound of another type");
    }
    let cursor = scan.after.is_none_or(|after| {
        after.vals.len() == cols.len() && after.vals.iter().zip(types()).all(|(v, t)| fit(v, t))
    });
    if !cursor {
        return invalid("a cursor of another listing");
    }
    if scan.cols.iter().any(|col| column_type(def, *col).is_none()) {
        return invalid("no such column");
    }
    Ok((def, index))
}

/// Refuses an aggregate that no store may take; else the kind's metadata.
///
/// # Errors
///
/// `Invalid`: an unknown kind or column, or a sum of what is no number.
pub fn check_aggregate(spec: &AggSpec<'_>) -> StoreResult<&'static KindDef> {
    let def = stored(spec.kind)?;
    let summed = spec.sum.map_or(Some(ColumnType::Int), |col| column_type(def, col));
    let number = matches!(summed, Some(ColumnType::Int | ColumnType::MoneyMinor));
    if !number || spec.group.iter().any(|col| column_type(def, *col).is_none()) {
        return Err(StoreError::Invalid(format!("aggregate of {}: no such column", def.name)));
    }
    Ok(def)
}

/// 64 bits over everything in a batch but its commit id and as of when it was read: the same on every platform, and the same after a kind gained
/// fields.
pub fn digest(batch: &Batch) -> u64 {
    let mut hash = Folded(0xCBF2_9CE4_8422_2325);
    hash.number(batch.tenant.0);
    hash.bytes(&batch.at.to_be_bytes());
    for guard in &batch.guards {
        hash.bytes(b"g");
        hash.key(guard.key);
        hash.expect(guard.expect);
    }
    for op in &batch.ops {
        match op {
            Op::Put { rec, expect } => {
                hash.bytes(b"w");
                hash.key(rec.key());
                hash.expect(*expect);
                hash.number(rec.version);
                hash.bytes(&[u8::from(rec.deleted)]);
                for (field, val) in rec.def.fields.iter().zip(&rec.vals) {
                    hash.field(&field.id.0.to_be_bytes(), val);
                }
                for (code, val) in &rec.ext {
                    hash.number(u64::try_from(code.len()).unwrap_or(u64::MAX));
                    hash.field(code.as_bytes(), val);
                }
            }
            Op::Purge { key, version } => {
                hash.bytes(b"p");
                hash.key(*key);
                hash.number(*version);
            }
        }
    }
    hash.0
}

/// Eight bytes at a time, the two halves of a product folded: good enough against accidents; nobody gains by forging their
/// own commit id.
struct Folded(u64);

impl Folded {
    fn word(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let halves = (product ^ (product >> 64)) & u128::from(u64::MAX);
        // What is added keeps a product of zero from forgetting what came before.
        self.0 = u64::try_from(halves).unwrap_or_default().wrapping_add(self.0.rotate_left(32));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let (mut words, rest) = bytes.as_chunks::<8>();
        // A product waits for the one before it, so a long text is folded in four lanes.
        if words.len() >= 64 {
            let (fours, few) = words.as_chunks::<4>();
            let mut lanes = [1_u64, 2, 3, 4].map(|lane| Self(self.0.rotate_left(16) ^ lane));
            for four in fours {
                let lanes = lanes.iter_mut().zip(four);
                lanes.for_each(|(lane, word)| lane.word(u64::from_le_bytes(*word)));
            }
            lanes.into_iter().for_each(|lane| self.word(lane.0));
            words = few;
        }
        words.iter().for_each(|word| self.word(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 8];
            word.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn number(&mut self, number: u64) {
        self.word(number);
    }

    fn key(&mut self, key: Key) {
        self.bytes(&key.kind.code().to_be_bytes());
        self.bytes(key.id.as_bytes());
    }

    fn expect(&mut self, expect: Expect) {
        match expect {
            Expect::Absent => self.bytes(b"a"),
            Expect::Version(version) => {
                self.bytes(b"v");
                self.number(version);
            }
        }
    }

    fn field(&mut self, name: &[u8], val: &Val) {
        let (tag, bytes): (u8, &[u8]) = match val {
            Val::Null => return,
            Val::Bool(value) => (1, &[u8::from(*value)]),
            Val::Int(value) => (2, &value.to_be_bytes()),
            Val::Text(value) => (3, value.as_bytes()),
            Val::Bytes(value) => (4, value),
            Val::Id(value) => (5, value.as_bytes()),
        };
        self.bytes(name);
        self.bytes(&[tag]);
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Folded;

    /// Whatever its length, with lanes or without: no byte of a text is left out of the digest.
    #[test]
    fn every_byte_counts() {
        let folded = |bytes: &[u8]| {
            let mut hash = Folded(1);
            hash.bytes(bytes);
            hash.0
        };
        for length in [1, 7, 8, 511, 512, 513, 520, 536, 543, 1_031] {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] ^= 1;
                assert_ne!(folded(&other), folded(&bytes), "byte {at} of {length}");
            }
        }
    }
}
