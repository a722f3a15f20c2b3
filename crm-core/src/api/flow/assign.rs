//! Who gets a lead that is taken from its owner.

use super::timer::had_their_turn;
use crate::api::assignment::assign_lead;
use crate::decision::Refusal;
use crate::engine::{Cx, Error};
use crate::lead::Lead;

/// The lead with another owner, chosen by the rules of assignment among those who did not have it and let it lie; nothing
/// where nobody is free, or there are no rules. Then nothing of the attempt is written.
///
/// # Errors
///
/// The store's.
pub(super) fn another(cx: &mut Cx<'_>, lead: &Lead, why: &str) -> Result<Option<Lead>, Error> {
    let exclude = had_their_turn(cx, lead)?;
    let assigned = cx.attempt(|cx| {
        let assigned = assign_lead(cx, lead, &exclude, why)?;
        let nobody = || Refusal::by("lead.nobody_free", "id", &lead.id.to_string());
        let owner = assigned.owner.ok_or_else(nobody)?;
        Ok(assigned.with(owner))
    });
    match assigned {
        Ok(lead) => Ok(Some(lead)),
        Err(Error::Refused(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
