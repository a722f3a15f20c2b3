//! A sink must not call the store that calls it (C15).

use core::cell::RefCell;

use super::{StoreError, StoreResult};

thread_local! {
    /// The stores that have a call open on this thread, by address and type: a wrapper may begin where what it wraps
    /// begins.
    static CALLED: RefCell<Vec<(usize, &'static str)>> = const { RefCell::new(Vec::new()) };
}

/// Marks a store as being called on this thread for as long as it lives. Adapters make one in every call, so that a
/// sink that calls its own store gets an error where it would have met a lock.
#[derive(Debug)]
pub struct Calling((usize, &'static str));

impl Calling {
    /// Marks `store`.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is marked already: a sink called its store.
    pub fn enter<S>(store: &S) -> StoreResult<Self> {
        let store = (core::ptr::from_ref(store).addr(), core::any::type_name::<S>());
        CALLED.with_borrow_mut(|called| {
            if called.contains(&store) {
                return Err(StoreError::Invalid("a sink called its store".to_owned()));
            }
            called.push(store);
            Ok(Self(store))
        })
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        CALLED.with_borrow_mut(|called| called.retain(|store| *store != self.0));
    }
}
