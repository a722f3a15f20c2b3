//! A quote goes out, and what becomes of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Quote, QuoteState, QuoteStep};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::opportunity::{AmountBasis, Opportunity, Phase};
use crate::value::{Id, Invalid, Money, Note};

/// Sends an approved quote: from now on it is frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendQuote {
    /// Which.
    pub id: Id<Quote>,
}

/// The customer takes a quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Which.
    pub id: Id<Quote>,
    /// What becomes of the amount of its open deal: `follow` (it is what was taken, before tax) or `keep`. It must be said
    /// where the two differ.
    #[serde(default)]
    pub deal_amount: Option<Basis>,
    /// What the customer said.
    #[serde(default)]
    pub note: Option<String>,
}

codes! {
    /// What becomes of the amount of a deal when its quote is taken.
    pub enum Basis {
        /// It is what was taken, before tax.
        Follow = "follow",
        /// It stays as it is.
        Keep = "keep",
    }
}

/// The customer does not take a quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Which.
    pub id: Id<Quote>,
    /// Why.
    pub reason: String,
}

/// We take a quote back, whether it went out or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawQuote {
    /// Which.
    pub id: Id<Quote>,
    /// Why.
    pub reason: String,
}

/// A quote that was taken, and its deal where that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The quote.
    pub quote: Quote,
    /// The deal, its amount as it shall be; nothing where it stays.
    pub deal: Option<Opportunity>,
}

impl Quote {
    fn still_holds(&self, ctx: Ctx, check: &mut Check) {
        check.rule(ctx.today <= self.valid_until, "", || {
            let over = Invalid::new("quote.expired", &ctx.today.to_string());
            over.limit(format!("until {}", self.valid_until))
        });
    }

    fn ended(&self, state: QuoteState, reason: Option<Note>, ctx: Ctx) -> Self {
        Self { state, reason, ended_at: Some(ctx.now), ..self.clone() }
    }
}

/// A quote that is handed in for approval: with lines, and while it holds. Rule QU-18 (F083).
///
/// # Errors
///
/// Those of the state · `quote.no_lines` · `quote.expired` after its last day.
pub fn submit(quote: &Quote, lines: usize, ctx: Ctx) -> Result<Quote, Refusal> {
    let state = quote.state.after(QuoteStep::Submit)?;
    let mut check = Check::default();
    check.rule(lines > 0, "", || Invalid::new("quote.no_lines", "0").limit("at least one"));
    quote.still_holds(ctx, &mut check);
    check.finish(Some(Quote { state, ..quote.clone() }))
}

/// A quote after its approval ended: approved, or a draft again. Rule QU-19 (F083).
///
/// # Errors
///
/// `quote.not_in_approval`.
pub fn answered(quote: &Quote, agreed: bool) -> Result<Quote, Refusal> {
    let step = if agreed { QuoteStep::Pass } else { QuoteStep::Return };
    Ok(Quote { state: quote.state.after(step)?, ..quote.clone() })
}

/// A quote that went out. Rule QU-7 (F082).
///
/// # Errors
///
/// Those of the state (`quote.not_approved`) · `quote.expired` after its last day.
pub fn send(quote: &Quote, ctx: Ctx) -> Result<Quote, Refusal> {
    let state = quote.state.after(QuoteStep::Send)?;
    let mut check = Check::default();
    quote.still_holds(ctx, &mut check);
    check.finish(Some(Quote { state, sent_at: Some(ctx.now), ..quote.clone() }))
}

/// A quote that was taken, until its last day. The amount of an open deal follows it or stays, and where that makes a
/// difference somebody must have said which. Rule QU-8 (F081, F082).
///
/// # Errors
///
/// Those of the state (`quote.not_sent`) · `quote.expired` · `text.*` (note) · `quote.deal_amount_unsaid` (the limit names
/// both amounts) · `quote.deal_amount_zero` for a deal that would follow a quote of nothing.
pub fn accept(
    quote: &Quote,
    wish: &Accept,
    deal: Option<&Opportunity>,
    ctx: Ctx,
) -> Result<Accepted, Refusal> {
    let state = quote.state.after(QuoteStep::Accept)?;
    let mut check = Check::default();
    quote.still_holds(ctx, &mut check);
    let note = check.parse("note", wish.note.as_deref());
    let open = deal.filter(|deal| matches!(deal.phase, Phase::Open { .. }));
    let other = open.filter(|deal| deal.amount != Some(quote.value()));
    let deal = other.and_then(|deal| match wish.deal_amount {
        Some(Basis::Keep) => None,
        Some(Basis::Follow) => {
            check.rule(!quote.value().is_zero(), "deal_amount", || {
                Invalid::new("quote.deal_amount_zero", &quote.value().to_string())
            });
            let (amount, amount_basis) = (Some(quote.value()), AmountBasis::Entered);
            Some(Opportunity { amount, amount_basis, touched_at: ctx.now, ..deal.clone() })
        }
        None if deal.amount.is_none() && !quote.value().is_zero() => {
            // Nobody knew; now it is known.
            let (amount, amount_basis) = (Some(quote.value()), AmountBasis::Entered);
            Some(Opportunity { amount, amount_basis, touched_at: ctx.now, ..deal.clone() })
        }
        None => {
            let amount = deal.amount.map_or_else(|| "nothing".to_owned(), |m: Money| m.to_string());
            let unsaid = Invalid::new("quote.deal_amount_unsaid", "");
            let limit = format!("the deal says {amount}, the quote {}", quote.value());
            check.refuse("deal_amount", unsaid.limit(limit).allowed(Basis::CODES.iter().copied()));
            None
        }
    });
    check.finish(Some(Accepted { quote: quote.ended(state, note, ctx), deal }))
}

/// A quote that the customer did not take. Rule QU-9 (F082).
///
/// # Errors
///
/// Those of the state (`quote.not_sent`) · `text.*` (reason).
pub fn decline(quote: &Quote, wish: &Decline, ctx: Ctx) -> Result<Quote, Refusal> {
    let state = quote.state.after(QuoteStep::Decline)?;
    let mut check = Check::default();
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason.map(|reason| quote.ended(state, Some(reason), ctx)))
}

/// A quote that we took back. Rule QU-10 (F082).
///
/// # Errors
///
/// Those of the state · `text.*` (reason).
pub fn withdraw(quote: &Quote, wish: &WithdrawQuote, ctx: Ctx) -> Result<Quote, Refusal> {
    let state = quote.state.after(QuoteStep::Withdraw)?;
    let mut check = Check::default();
    let reason = check.take("reason", Note::parse(&wish.reason));
    check.finish(reason.map(|reason| quote.ended(state, Some(reason), ctx)))
}

/// A quote whose time ran out: from the day after its last day on. Nothing where it still holds, or ended before.
/// Rule QU-17 (F082).
pub fn expire(quote: &Quote, ctx: Ctx) -> Option<Quote> {
    let state = quote.state.after(QuoteStep::Expire).ok()?;
    (ctx.today > quote.valid_until).then(|| quote.ended(state, None, ctx))
}
