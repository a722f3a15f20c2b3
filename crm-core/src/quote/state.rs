//! How far a quote is, and what may be done with it then.

use crate::codes;
use crate::decision::Refusal;
use crate::machine::{self, Machine};

codes! {
    /// How far a quote is.
    pub enum QuoteState {
        /// It is written.
        Draft = "draft",
        /// It waits for approval.
        InApproval = "in_approval",
        /// It may go out.
        Approved = "approved",
        /// The customer has it.
        Sent = "sent",
        /// The customer took it.
        Accepted = "accepted",
        /// The customer did not take it.
        Declined = "declined",
        /// Its time ran out.
        Expired = "expired",
        /// We took it back.
        Withdrawn = "withdrawn",
        /// Another revision took its place.
        Superseded = "superseded",
    }
}

codes! {
    /// What is done with a quote.
    pub enum QuoteStep {
        /// Its lines, its terms or its words are changed.
        Edit = "edit",
        /// It is handed in for approval.
        Submit = "submit",
        /// All whose approval it needs agreed, or it needs none.
        Pass = "pass",
        /// It comes back from approval, rejected or recalled.
        Return = "return",
        /// It goes out.
        Send = "send",
        /// The customer takes it.
        Accept = "accept",
        /// The customer does not.
        Decline = "decline",
        /// Its time runs out.
        Expire = "expire",
        /// We take it back.
        Withdraw = "withdraw",
        /// The next revision is made.
        Revise = "revise",
    }
}

/// The state machine of quotes.
#[derive(Debug)]
pub struct Quotes;

impl Machine for Quotes {
    const NAME: &'static str = "quote";
    type State = QuoteState;
    type Step = QuoteStep;

    /// Rule QU-1 (F082, F083).
    fn next(state: QuoteState, step: QuoteStep) -> Result<QuoteState, &'static str> {
        use QuoteState as S;
        use QuoteStep as T;
        match (state, step) {
            (S::Draft | S::InApproval | S::Approved, T::Edit) => Ok(S::Draft),
            (S::Draft, T::Submit) => Ok(S::InApproval),
            (S::InApproval, T::Pass) => Ok(S::Approved),
            (S::InApproval, T::Return) => Ok(S::Draft),
            (S::Approved, T::Send) => Ok(S::Sent),
            (S::Sent, T::Accept) => Ok(S::Accepted),
            (S::Sent, T::Decline) => Ok(S::Declined),
            (S::Approved | S::Sent, T::Expire) => Ok(S::Expired),
            (S::Draft | S::InApproval | S::Approved | S::Sent, T::Withdraw) => Ok(S::Withdrawn),
            (S::Approved | S::Sent, T::Revise) => Ok(S::Superseded),
            // What ended stays as it ended; the next revision goes on from it.
            (S::Declined | S::Expired | S::Withdrawn, T::Revise) => Ok(state),
            (S::Draft | S::InApproval, T::Revise) => Err("quote.edit_instead"),
            (S::Draft | S::InApproval, T::Send) => Err("quote.not_approved"),
            (S::Draft | S::InApproval | S::Approved, T::Accept | T::Decline) => {
                Err("quote.not_sent")
            }
            (S::Draft | S::InApproval, T::Expire) => Err("quote.not_sent"),
            (S::Draft | S::Approved | S::Sent, T::Pass | T::Return) => Err("quote.not_in_approval"),
            (S::InApproval, T::Submit) => Err("quote.in_approval"),
            (S::Approved, T::Submit) => Err("quote.already_approved"),
            (S::Sent, T::Edit) => Err("quote.frozen"),
            (S::Sent, T::Submit | T::Send) => Err("quote.already_sent"),
            (S::Accepted, _) => Err("quote.already_accepted"),
            (S::Declined, _) => Err("quote.already_declined"),
            (S::Expired, _) => Err("quote.expired"),
            (S::Withdrawn, _) => Err("quote.already_withdrawn"),
            (S::Superseded, _) => Err("quote.superseded"),
        }
    }
}

impl QuoteState {
    /// The state after a step.
    ///
    /// # Errors
    ///
    /// The rule that the machine names, with what is allowed instead.
    pub fn after(self, step: QuoteStep) -> Result<Self, Refusal> {
        machine::step::<Quotes>(self, step).map_err(Refusal::of)
    }
}
