//! Whose agreement an order needs: those who approve, and those who signed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::access::Access;
use crate::api::Seen;
use crate::approval::{self, Approvable, ApprovalRequest, ApprovalState, Chain, Measures};
use crate::contract::Contract;
use crate::engine::{Cx, Error, Operation};
use crate::order::{self, Basis, Dossier, Order, OrderState, OrderStep, OrderStepCode};
use crate::record::Val;
use crate::settings::{Settings, User};
use crate::value::{Id, Note};

/// Gives a draft to be looked through (提交审核). Where rules for orders ask for approval, those who must agree are asked;
/// once all have, the order is confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestOrderReview {
    /// Which.
    pub id: Id<Order>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// The id that the request for approval shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Id<ApprovalRequest>>,
}

impl Operation for RequestOrderReview {
    const NAME: &'static str = "order.request_review";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
        let reason = self.reason.as_deref().map(Note::parse).transpose();
        let reason = reason.map_err(|invalid| Error::invalid("reason", invalid))?;
        let seen = cx.stepped(self.id, OrderStepCode::RequestReview, reason)?;
        if cx.approval_policy(Approvable::Order)?.is_some_and(|policy| policy.active) {
            let dossier = cx.order(self.id)?;
            let (author, measures) = (author(cx, &dossier.order)?, cx.order_measures(&dossier)?);
            let subject = (Approvable::Order, self.id.uuid());
            cx.ask_approval(subject, (self.approval, author), measures)?;
            cx.about(self.id);
        }
        Ok(seen)
    }
}

/// Who wrote an order as it is: whoever made it or edited it last; of one that came from elsewhere, who sold it.
fn author(cx: &mut Cx<'_>, order: &Order) -> Result<Id<User>, Error> {
    let steps = cx.list::<OrderStep>(OrderStep::BY_ORDER, &[Val::Id(order.id.uuid())])?;
    let wrote =
        |step: &&OrderStep| matches!(step.step, OrderStepCode::Create | OrderStepCode::Edit);
    Ok(steps.iter().rfind(wrote).map_or(order.owner, |step| step.by))
}

impl Cx<'_> {
    /// What is measured of an order.
    fn order_measures(&mut self, dossier: &Dossier) -> Result<Measures, Error> {
        let order = &dossier.order;
        let customer = self.get(order.customer)?;
        let quoted = self.quoted_of(order, Some(order.id))?;
        let mut basis = Vec::with_capacity(dossier.lines.len());
        for line in &dossier.lines {
            if let Some(of) = line.quote_line {
                let quoted = quoted.iter().find(|quoted| quoted.line.id == of).cloned();
                basis.push(Basis { quoted, ..Basis::default() });
                continue;
            }
            let product = match line.product {
                Some(product) => self.find(product)?,
                None => None,
            };
            let Some(product) = product else {
                basis.push(Basis::default());
                continue;
            };
            let currency = line.unit_price.currency();
            let ask = self.ask(Some(&customer), order.ordered_on, currency, line.quantity);
            let priced = self.priced(&product, &ask)?;
            let (list_price, floor) = (priced.price, priced.floor);
            basis.push(Basis { quoted: None, list_price, floor, cost: product.cost });
        }
        Ok(order::measures(order, &dossier.lines, &basis))
    }

    /// The steps that the rules for orders ask of an order.
    fn order_needs(&mut self, dossier: &Dossier) -> Result<Chain, Error> {
        let policy = self.approval_policy(Approvable::Order)?.filter(|policy| policy.active);
        match policy {
            Some(policy) => {
                let measures = self.order_measures(dossier)?;
                Ok(approval::chain(&policy.steps, &measures))
            }
            None => Ok(Chain::default()),
        }
    }

    /// Refuses to confirm, or to hand over, what somebody must still agree to.
    fn order_agreed(&mut self, dossier: &Dossier) -> Result<(), Error> {
        let last = self.last_approval(dossier.order.id.uuid())?;
        let needed = match last.as_ref().map(|request| request.state) {
            Some(ApprovalState::Pending | ApprovalState::Approved) => Chain::default(),
            Some(ApprovalState::Rejected | ApprovalState::Recalled | ApprovalState::Voided)
            | None => self.order_needs(dossier)?,
        };
        Ok(order::agreed(last.as_ref(), &needed)?)
    }

    /// Refuses a change order that goes beyond what was agreed.
    pub(super) fn order_no_further(
        &mut self,
        before: &Dossier,
        after: &Dossier,
    ) -> Result<(), Error> {
        let needed = self.order_needs(after)?;
        if needed.0.is_empty() {
            return Ok(());
        }
        let had = self.order_needs(before)?;
        let last = self.last_approval(before.order.id.uuid())?;
        Ok(order::no_further(&had, &needed, last.as_ref())?)
    }

    /// The contract under which an order is handed over; nothing where the tenant wants none.
    fn order_contract(&mut self, order: &Order) -> Result<Option<Id<Contract>>, Error> {
        let settings = self.get(Settings::ID)?;
        if settings.contract_before_delivery != Some(true) {
            return Ok(order.contract);
        }
        let mut contracts = Vec::new();
        if let Some(named) = order.contract {
            contracts.extend(self.find(named)?);
        } else {
            if let Some(quote) = order.quote {
                contracts.extend(self.list(Contract::BY_QUOTE, &[Val::Id(quote.uuid())])?);
            }
            if let Some(deal) = order.opportunity {
                contracts.extend(self.list(Contract::BY_OPPORTUNITY, &[Val::Id(deal.uuid())])?);
            }
        }
        let today = self.now().day_in(order.tz());
        let found = order::delivered_under(&settings, &contracts, today);
        let found = found.map_err(|invalid| Error::invalid("contract", invalid))?;
        Ok(found.map(|contract| contract.id))
    }

    /// What a step of ours asks of others: the order as it then is, or the refusal.
    pub(super) fn order_may(
        &mut self,
        dossier: &Dossier,
        code: OrderStepCode,
        after: Order,
    ) -> Result<Order, Error> {
        if matches!(code, OrderStepCode::Confirm | OrderStepCode::Submit) {
            self.order_agreed(dossier)?;
        }
        if code == OrderStepCode::Submit {
            let contract = self.order_contract(&after)?;
            return Ok(Order { contract, ..after });
        }
        let looked_through =
            matches!(dossier.order.state, OrderState::InReview | OrderState::Confirmed);
        if looked_through && matches!(code, OrderStepCode::Reject | OrderStepCode::Cancel) {
            self.void_approval(after.id.uuid())?;
        }
        Ok(after)
    }
}

/// What becomes of an order when the request for its approval ends: confirmed, or a draft again.
pub(in crate::api) fn settled(cx: &mut Cx<'_>, id: Id<Order>, agreed: bool) -> Result<(), Error> {
    event::take(cx, id, if agreed { OrderStepCode::Confirm } else { OrderStepCode::Reject })?;
    event::settle(cx, id)
}
