//! A lead or a customer goes to a colleague.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pool::{Handed, handed};
use super::{Ended, hand};
use crate::access::Access;
use crate::api::Seen;
use crate::engine::{Cx, Error, Operation};
use crate::flow::{Cause, Pooled, Transfer, transferable};
use crate::lead::{Lead, Plans};
use crate::opportunity::{Opportunity, Phase};
use crate::party::Customer;
use crate::record::Val;
use crate::settings::User;
use crate::value::{Id, Note, Timestamp};

/// A lead that changed hands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadHanded {
    /// The lead.
    #[serde(flatten)]
    pub lead: Seen<Lead>,
    /// How many open plans of whoever had it moved, or were cancelled.
    pub plans_concerned: u32,
    /// When something is due to it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Timestamp>,
}

impl From<Handed<Lead>> for LeadHanded {
    fn from(handed: Handed<Lead>) -> Self {
        let Handed { seen, plans_concerned, next_due } = handed;
        Self { lead: seen, plans_concerned, next_due }
    }
}

/// A customer that was claimed or given back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerFlowed {
    /// The customer.
    #[serde(flatten)]
    pub customer: Seen<Customer>,
    /// How many open plans of whoever had it moved, or were cancelled.
    pub plans_concerned: u32,
    /// When something is due to it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Timestamp>,
}

impl From<Handed<Customer>> for CustomerFlowed {
    fn from(handed: Handed<Customer>) -> Self {
        let Handed { seen, plans_concerned, next_due } = handed;
        Self { customer: seen, plans_concerned, next_due }
    }
}

/// Hands a lead to a colleague. Its stage, its links and who wrote what stay as they are; its clock starts anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferLead {
    /// Which.
    pub id: Id<Lead>,
    /// To whom.
    pub to: Id<User>,
    /// Why.
    pub reason: String,
    /// `move` (the default), `keep` or `cancel`: what becomes of the open plans of whoever had it.
    #[serde(default = "moved")]
    pub plans: Plans,
}

const fn moved() -> Plans {
    Plans::Move
}

impl Operation for TransferLead {
    const NAME: &'static str = "lead.transfer";
    const ACCESS: Access = Access::Record;
    type Response = LeadHanded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<LeadHanded, Error> {
        let lead = cx.get(self.id)?;
        let wish = Transfer { to: self.to, reason: self.reason.clone(), plans: self.plans };
        let to = cx.find(self.to)?;
        let reason = transferable(lead.owner, &wish, to.as_ref(), cx.actor()?)?;
        let after = lead.with(self.to);
        handed(cx, &lead, &after, on_purpose(reason, self.plans)).map(LeadHanded::from)
    }
}

/// Why something that somebody hands over changes hands.
pub(super) const fn on_purpose(reason: Note, plans: Plans) -> Ended {
    Ended { cause: Cause::Transfer, reason: Some(reason), rules: None, plans, claim: None }
}

/// A customer that changed hands, and what went along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerHanded {
    /// The customer.
    #[serde(flatten)]
    pub customer: Seen<Customer>,
    /// The open deals that went along.
    pub deals: Vec<Id<Opportunity>>,
    /// How many open plans of whoever had it moved, or were cancelled.
    pub plans_concerned: u32,
}

/// Hands a customer to a colleague, and the open deals of the same owner with it. No deal leaves its stage; links and who
/// wrote what stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferCustomer {
    /// Which.
    pub id: Id<Customer>,
    /// To whom.
    pub to: Id<User>,
    /// Why.
    pub reason: String,
    /// `move` (the default), `keep` or `cancel`: what becomes of the open plans of whoever had it.
    #[serde(default = "moved")]
    pub plans: Plans,
    /// Whether open deals stay with whom they are.
    #[serde(default)]
    pub keep_deals: bool,
}

impl Operation for TransferCustomer {
    const NAME: &'static str = "customer.transfer";
    const ACCESS: Access = Access::Record;
    type Response = CustomerHanded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CustomerHanded, Error> {
        let customer = cx.get(self.id)?;
        let wish = Transfer { to: self.to, reason: self.reason.clone(), plans: self.plans };
        let to = cx.find(self.to)?;
        let reason = transferable(customer.owner, &wish, to.as_ref(), cx.actor()?)?;
        let after = customer.with(self.to);
        let why = || on_purpose(reason.clone(), self.plans);
        let mut plans_concerned = hand(cx, &customer, &after, why())?;
        let mut deals = Vec::new();
        if !self.keep_deals {
            let all = cx
                .list::<Opportunity>(Opportunity::BY_CUSTOMER, &[Val::Id(self.id.uuid())])?
                .into_iter()
                .filter(|deal| Some(deal.owner) == customer.owner)
                .filter(|deal| matches!(deal.phase, Phase::Open { .. }));
            for deal in all {
                let after = Opportunity { owner: self.to, ..deal.clone() };
                plans_concerned = plans_concerned.saturating_add(hand(cx, &deal, &after, why())?);
                deals.push(deal.id);
            }
        }
        let customer = Seen { version: cx.version(self.id), record: after };
        Ok(CustomerHanded { customer, deals, plans_concerned })
    }
}
