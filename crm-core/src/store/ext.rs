//! What everybody wants of a store, made of the seven methods: nobody implements it. And pointers to stores are stores.

use core::time::Duration;
use std::sync::Arc;

use super::{
    Admin, AdminRow, AggSpec, Applied, Batch, Caps, Change, Flow, Key, Next, Pushed, Reading, Row,
    Scan, ScanEnd, Seq, Store, StoreError, StoreResult, TenantId,
};
use crate::record::{Record, Val};

/// The methods of a pointer to a store: those of the store.
macro_rules! forward {
    () => {
        fn caps(&self) -> Caps {
            (**self).caps()
        }

        fn get(
            &self,
            tenant: TenantId,
            keys: &[Key],
            sink: &mut dyn FnMut(usize, Seq, &Record) -> Flow,
        ) -> StoreResult<Seq> {
            (**self).get(tenant, keys, sink)
        }

        fn scan(
            &self,
            scan: &Scan<'_>,
            sink: &mut dyn FnMut(Row<'_>) -> Flow,
        ) -> StoreResult<ScanEnd> {
            (**self).scan(scan, sink)
        }

        fn reading(&self, next: Next) -> StoreResult<Option<Box<dyn Reading + '_>>> {
            (**self).reading(next)
        }

        fn apply(&self, batches: &[Batch]) -> Vec<StoreResult<Applied>> {
            (**self).apply(batches)
        }

        fn changes(
            &self,
            tenant: TenantId,
            after: Seq,
            limit: u32,
            wait: Duration,
            sink: &mut dyn FnMut(&Change) -> Flow,
        ) -> StoreResult<Seq> {
            (**self).changes(tenant, after, limit, wait, sink)
        }

        fn aggregate(
            &self,
            tenant: TenantId,
            spec: &AggSpec<'_>,
            sink: &mut dyn FnMut(&[Val], i128) -> Flow,
        ) -> StoreResult<Pushed> {
            (**self).aggregate(tenant, spec, sink)
        }

        fn admin(&self, admin: &Admin, out: &mut dyn FnMut(&AdminRow) -> Flow) -> StoreResult<()> {
            (**self).admin(admin, out)
        }
    };
}

/// Conveniences over any store.
pub trait StoreExt: Store {
    /// Applies one batch.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn apply_one(&self, batch: &Batch) -> StoreResult<Applied> {
        let missing = || Err(StoreError::Invalid("the store gave no answer".to_owned()));
        self.apply(core::slice::from_ref(batch)).pop().unwrap_or_else(missing)
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

impl<S: Store + ?Sized> Store for &S {
    forward!();
}

impl<S: Store + ?Sized> Store for Box<S> {
    forward!();
}

impl<S: Store + ?Sized> Store for Arc<S> {
    forward!();
}
