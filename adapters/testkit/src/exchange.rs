//! What one store exports, another imports, and exports again as the same bytes.

use crm_core::record::{Key, canonical};
use crm_core::store::{Batch, CommitId, Expect, MemoryStore, Op, Seq, Store, TenantId, def};
use uuid::Uuid;

use crate::data::{self, Rng};
use crate::model::{Got, Query};
use crate::{Target, apply, call};

/// The rows of a tenant, in the order of kinds and ids: version and canonical bytes.
pub type Export = Vec<(Key, u64, Vec<u8>)>;

/// Everything a tenant has.
///
/// # Errors
///
/// What the store answers instead.
pub fn export(store: &dyn Store, tenant: TenantId) -> Result<Export, String> {
    let mut out = Export::new();
    for def in data::kinds() {
        let query = Query { deleted: true, ..Query::all(tenant, def.kind, 0) };
        let pages = call::pages(store, &query, 7).map_err(|error| format!("{error:?}"))?;
        for row in pages.into_iter().flat_map(|page| page.rows) {
            let Got::Rec(_, rec) = row else { return Err("columns for a record".to_owned()) };
            out.push((rec.key(), rec.version, canonical::encode(&rec)));
        }
    }
    Ok(out)
}

/// Puts an export into an empty tenant, in batches of ten.
///
/// # Errors
///
/// What does not decode, or what the store answers instead.
pub fn import(store: &dyn Store, tenant: TenantId, export: &Export) -> Result<(), String> {
    for (n, rows) in (0_u64..).zip(export.chunks(10)) {
        let op = |(_, version, bytes): &(Key, u64, Vec<u8>)| {
            let rec = canonical::decode(bytes, *version, def).map_err(|error| error.to_string())?;
            Ok(Op::Put { rec, expect: Expect::Absent })
        };
        let ops = rows.iter().map(op).collect::<Result<Vec<_>, String>>()?;
        let commit = CommitId(Uuid::from_u64_pair(0xE, n));
        let batch = Batch { tenant, commit, at: 0, guards: Vec::new(), as_of: None, ops };
        apply(store, &batch).map_err(|error| format!("import: {error:?}"))?;
    }
    Ok(())
}

/// Target to memory and back into a fresh target.
pub(crate) fn run(target: &Target, seed: u64) -> Result<(), String> {
    let tenant = TenantId(5);
    let source = target.handle();
    let mut rng = Rng::new(seed);
    let mut n = 0;
    for def in data::kinds() {
        for _ in 0..8 {
            n += 1;
            let mut rec = data::record(def, data::id(n), &mut rng);
            rec.version = 1 + n;
            let ops = vec![Op::Put { rec, expect: Expect::Absent }];
            let commit = CommitId(Uuid::from_u64_pair(0xF, n));
            let batch = Batch { tenant, commit, at: 0, guards: Vec::new(), as_of: None, ops };
            // Repeated values of unique listings are refused, and then not exported.
            let _ = apply(source.store(), &batch);
        }
    }
    let first = export(source.store(), tenant)?;
    let memory = MemoryStore::default();
    import(&memory, tenant, &first)?;
    let second = export(&memory, tenant)?;
    let last = target.handle();
    import(last.store(), tenant, &second)?;
    let third = export(last.store(), tenant)?;
    let changes = call::changes(last.store(), tenant, Seq(0), u32::MAX, None);
    let (lines, _) = changes.map_err(|error| format!("{error:?}"))?;
    if first.is_empty() || first != second || second != third || lines.len() != first.len() {
        return Err(format!("exports of {}, {}, {} rows", first.len(), second.len(), third.len()));
    }
    Ok(())
}
