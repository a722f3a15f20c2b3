//! Who acts in a unit of work, and what they may.

use super::{Cx, Error};
use crate::access::{Access, permits};
use crate::settings::User;

impl Cx<'_> {
    /// Who acts.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] before the actor was looked up.
    pub fn actor(&self) -> Result<&User, Error> {
        self.actor.as_ref().ok_or_else(|| Error::Internal("no actor".to_owned()))
    }

    pub(super) fn set_actor(&mut self, actor: User) {
        self.actor = Some(actor);
    }

    /// Whether the actor has a right.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`].
    pub fn permit(&self, access: Access) -> Result<(), Error> {
        let role = self.actor()?.role;
        if permits(role, access) { Ok(()) } else { Err(Error::Denied { role, access }) }
    }
}
