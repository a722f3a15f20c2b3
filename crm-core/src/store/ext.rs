//! What everybody wants of a store, made of the seven methods. Nobody implements it.

use super::{Applied, Batch, Store, StoreError, StoreResult};

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
