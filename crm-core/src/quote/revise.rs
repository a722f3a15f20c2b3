//! The next revision of a quote.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Quote, QuoteLine, QuoteState, QuoteStep};
use crate::decision::{Check, Refusal};
use crate::value::{Id, Invalid};

/// Makes the next revision of a quote: a draft with the same lines and terms. What went out is frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseQuote {
    /// Which; its latest revision.
    pub id: Id<Quote>,
    /// The id that the new revision shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_id: Option<Id<Quote>>,
    /// The last day on which it holds; as many days from today as the one before held where nothing is said.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// A quote and its next revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The one before: superseded, or as it ended.
    pub before: Quote,
    /// The new one: a draft.
    pub after: Quote,
    /// Its lines.
    pub lines: Vec<QuoteLine>,
}

/// The next revision of a quote, of the same number, with the lines and prices as they were; products that are no longer
/// sold stay. Rule QU-11 (F082, W31).
///
/// # Errors
///
/// Those of the state (`quote.edit_instead` for one that never went out and is not approved) · `quote.revised_already`
/// where there is a later revision (the limit names it) · `quote.valid_until` before today.
pub fn revise(
    quote: &Quote,
    lines: &[QuoteLine],
    wish: &ReviseQuote,
    (id, next): (Id<Quote>, Option<&Quote>),
    new_id: &mut dyn FnMut() -> Id<QuoteLine>,
    ctx: Ctx,
) -> Result<Revision, Refusal> {
    let state = quote.state.after(QuoteStep::Revise)?;
    let mut check = Check::default();
    check.rule(next.is_none(), "id", || {
        let next = next.map(|next| format!("revision {}", next.revision)).unwrap_or_default();
        Invalid::new("quote.revised_already", &quote.revision.to_string()).limit(next)
    });
    let held = quote.valid_until.signed_duration_since(quote.valid_from);
    let same = ctx.today.checked_add_signed(held).unwrap_or(ctx.today);
    let valid_until = wish.valid_until.unwrap_or(same);
    check.rule(valid_until >= ctx.today, "valid_until", || {
        let over = Invalid::new("quote.valid_until", &valid_until.to_string());
        over.limit(format!("not before {}", ctx.today))
    });
    let superseded = state == QuoteState::Superseded;
    let before = Quote {
        state,
        ended_at: if superseded { Some(ctx.now) } else { quote.ended_at },
        ..quote.clone()
    };
    let after = Quote {
        id,
        revision: quote.revision.saturating_add(1),
        author: ctx.by,
        state: QuoteState::Draft,
        valid_from: ctx.today,
        valid_until,
        created_at: ctx.now,
        sent_at: None,
        ended_at: None,
        reason: None,
        previous: Some(quote.id),
        ..quote.clone()
    };
    let copied = lines.iter().map(|line| QuoteLine { id: new_id(), quote: id, ..line.clone() });
    let lines = copied.collect();
    check.finish(Some(Revision { before, after, lines }))
}
