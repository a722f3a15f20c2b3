//! A record goes from one owner to another on purpose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pool::may_give;
use crate::decision::{Check, Refusal};
use crate::lead::Plans;
use crate::settings::User;
use crate::value::{Id, Invalid, Note};

/// To whom something goes, why, and what becomes of the open plans of whoever had it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// To whom.
    pub to: Id<User>,
    /// Why.
    pub reason: String,
    /// `move` (the default), `keep` or `cancel`.
    #[serde(default = "moved")]
    pub plans: Plans,
}

const fn moved() -> Plans {
    Plans::Move
}

/// Whether an actor may hand something of `owner` to another, and why they say they do. Nothing but the owner changes:
/// not the stage, not the links, not who wrote what.
///
/// # Errors
///
/// `owner.not_yours` (id) · `owner.not_active`, `owner.the_same` (to) · `text.*` (reason). Rule FLOW-12 (F013, W07).
pub fn transferable(
    owner: Option<Id<User>>,
    wish: &Transfer,
    to: Option<&User>,
    actor: &User,
) -> Result<Note, Refusal> {
    let mut check = Check::default();
    may_give(owner, actor, &mut check);
    may_take(owner, wish.to, to, &mut check);
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason)
}

fn may_take(owner: Option<Id<User>>, id: Id<User>, to: Option<&User>, check: &mut Check) {
    check.rule(to.is_some_and(|to| to.active), "to", || {
        Invalid::new("owner.not_active", &id.to_string()).limit("an active user")
    });
    check.rule(owner != Some(id), "to", || Invalid::new("owner.the_same", &id.to_string()));
}

/// Whether an actor may hand over what `from` has, all of it or some.
///
/// # Errors
///
/// `owner.not_yours` (from) · `owner.not_active`, `owner.the_same` (to) · `text.*` (reason). Rule FLOW-13 (B28).
pub fn may_hand_over(
    from: Id<User>,
    wish: &Transfer,
    to: Option<&User>,
    actor: &User,
) -> Result<Note, Refusal> {
    transferable(Some(from), wish, to, actor)
}
