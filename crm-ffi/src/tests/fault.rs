//! A panic on order, inside the next export of this thread.

use core::cell::Cell;

thread_local! {
    static ARMED: Cell<bool> = const { Cell::new(false) };
}

/// The next guarded body of this thread panics.
pub(crate) fn arm() {
    ARMED.set(true);
}

/// Called in each guarded body.
pub(crate) fn strike() {
    if ARMED.take() {
        panic!("injected");
    }
}
