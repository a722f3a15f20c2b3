//! What becomes of a need, a concern or an objection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Need, NeedState, NeedStep, Needs};
use crate::catalog::Product;
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// What is said when it is settled.
#[derive(Clone, Copy, Debug)]
pub struct Settle<'a> {
    /// Resolved, dropped or reopened.
    pub step: NeedStep,
    /// How it was met, or why it no longer matters.
    pub note: Option<&'a str>,
    /// Who says so.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
}

/// Settles every open concern and objection about a product at once, and names everybody who raised one: what it takes to
/// tell them that it is fixed. Needs are left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveProduct {
    /// Which product.
    pub product: Id<Product>,
    /// What was done about it.
    pub resolution: String,
    /// At most so many: 1 to 500; 200 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// The need, concern or objection after it was resolved, dropped or reopened. Rule DP-3 (F011).
///
/// # Errors
///
/// `need.settled` · `need.not_settled` · `text.*` (resolution); resolving says how: `need.resolution_missing`.
pub fn settle(need: &Need, wish: Settle<'_>) -> Result<Need, Refusal> {
    let mut check = Check::default();
    let state = machine::step::<Needs>(need.state, wish.step);
    let state = state.map_err(|refused| check.add(Violation { path: "id".to_owned(), ..refused }));
    let unsaid = wish.step == NeedStep::Resolve && wish.note.is_none();
    check.rule(!unsaid, "resolution", || {
        Invalid::new("need.resolution_missing", "").limit("how it was met")
    });
    let resolution: Option<Note> = check.parse("resolution", wish.note);
    let settled = |state| match state {
        NeedState::Open => (None, None, None),
        NeedState::Resolved | NeedState::Dropped => (resolution, Some(wish.now), Some(wish.by)),
    };
    check.finish(state.ok().map(|state| {
        let (resolution, settled_at, settled_by) = settled(state);
        Need { state, resolution, settled_at, settled_by, ..need.clone() }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::wish::tests::named;
    use super::super::{NeedWish, record};
    use super::*;
    use crate::decision::broken;

    #[test]
    fn every_state_takes_every_step_or_says_why_not() {
        let now = Timestamp::from_micros(7).unwrap();
        let wish = NeedWish { text: "Noise".into(), ..Default::default() };
        let open = record(named(9), &wish, now).unwrap();
        let go =
            |need: &Need, step, note| settle(need, Settle { step, note, by: User::OWNER, now });
        let resolved = go(&open, NeedStep::Resolve, Some("A quieter fan")).unwrap();
        let dropped = go(&open, NeedStep::Drop, None).unwrap();
        let table = [
            (&open, ["open", "resolved", "dropped", "need.not_settled"]),
            (&resolved, ["need.settled", "need.settled", "need.settled", "open"]),
            (&dropped, ["need.settled", "need.settled", "need.settled", "open"]),
        ];
        assert_eq!(table.map(|(need, _)| need.state).as_slice(), NeedState::ALL);
        for (need, expected) in table {
            for (step, expected) in NeedStep::ALL.iter().zip(expected) {
                let found = match go(need, *step, Some("so")) {
                    Ok(next) => {
                        let told = next.settled_at.is_some() && next.settled_by.is_some();
                        assert_eq!(told, next.state != NeedState::Open);
                        next.state.code().to_owned()
                    }
                    Err(refused) => refused.violations().next().unwrap().code.clone(),
                };
                assert_eq!(found, expected, "{} {step}", need.state);
            }
        }
        assert_eq!(go(&resolved, NeedStep::Reopen, None), Ok(open.clone()));
        let unsaid = go(&open, NeedStep::Resolve, None);
        assert_eq!(broken(&unsaid), ["resolution need.resolution_missing"]);
    }
}
