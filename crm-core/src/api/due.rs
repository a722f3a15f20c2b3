//! What happens when a timer is due: the table from its code to the decision.

use crate::engine::{Cx, Error};
use crate::schedule::Timer;

/// Makes the decision that a timer stands for.
///
/// # Errors
///
/// The store's. A record that is gone or closed is no error: nothing happens to it.
pub(super) fn happen(_cx: &mut Cx<'_>, _timer: &Timer) -> Result<(), Error> {
    Ok(())
}
