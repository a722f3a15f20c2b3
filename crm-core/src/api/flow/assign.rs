//! Who gets a lead that is taken from its owner.

use super::timer::had_their_turn;
use super::{Ended, hand};
use crate::api::assignment::assign_lead;
use crate::decision::Refusal;
use crate::engine::{Cx, Error};
use crate::flow::{Cause, Pooled};
use crate::lead::{Lead, Plans};
use crate::value::{Id, Note};

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

/// Gives a lead that nobody looks after to somebody, by the rules of assignment, at the call of an automation; into their
/// queue where nobody is free. One that somebody looks after stays with them.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded` · `assignment.no_policy`; the store's.
pub(in crate::api) fn give(cx: &mut Cx<'_>, id: Id<Lead>, why: &str) -> Result<(), Error> {
    let lead = cx.get(id)?;
    lead.takes_new().map_err(|invalid| Error::invalid("assign", invalid))?;
    if lead.owner.is_some() {
        return Ok(());
    }
    let assigned = assign_lead(cx, &lead, &[], why)?;
    let Some(owner) = assigned.owner else { return Ok(()) };
    let (reason, rules) = (Note::parse(why).ok(), Some(why.to_owned()));
    let why = Ended { cause: Cause::Rule, reason, rules, plans: Plans::Move, claim: None };
    hand(cx, &lead, &assigned.with(owner), why).map(drop)
}
