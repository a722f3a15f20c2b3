//! Questions about orders.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::approval::{ApprovalRequest, ApprovalState};
use crate::engine::{Cx, Error, Operation};
use crate::machine::Machine;
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::order::{
    self, ExceptionKind, Order, OrderChange, OrderException, OrderLine, OrderState, OrderStep,
    OrderStepCode, Seed, Standing,
};
use crate::party::Customer;
use crate::quote::Quote;
use crate::record::Val;
use crate::settings::User;
use crate::value::{Id, Quantity};

/// An order with its lines and what can be done to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrder {
    /// Which.
    pub id: Id<Order>,
}

/// An order with what stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenOrder {
    /// The order.
    #[serde(flatten)]
    pub order: Seen<Order>,
    /// Its lines, in order.
    pub lines: Vec<OrderLine>,
    /// What has to be seen to.
    pub exceptions: Vec<ExceptionKind>,
    /// The steps that its state allows; to confirm is for those who must agree, where somebody must.
    pub allowed: Vec<OrderStepCode>,
    /// The last request for its approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Seen<ApprovalRequest>>,
}

impl Operation for GetOrder {
    const NAME: &'static str = "order.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenOrder;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenOrder, Error> {
        let order = cx.seen(self.id)?;
        let of = [Val::Id(self.id.uuid())];
        let lines = cx.list::<OrderLine>(OrderLine::BY_ORDER, &of)?;
        let exceptions = cx.list::<OrderException>(OrderException::BY_ORDER, &of)?;
        let exceptions = exceptions.iter().filter(|row| row.open).map(|row| row.kind).collect();
        let state = order.record.state;
        let approval = cx.last_approval(self.id.uuid())?;
        let pending = approval.as_ref().is_some_and(|last| last.state == ApprovalState::Pending);
        let allowed = OrderStepCode::ALL.iter().copied();
        let allowed = allowed.filter(|step| order::OrderMachine::next(state, *step).is_ok());
        let allowed = allowed.filter(|step| !(pending && *step == OrderStepCode::Confirm));
        let allowed = allowed.collect();
        let approval = approval.map(|last| Seen { version: cx.version(last.id), record: last });
        Ok(SeenOrder { order, lines, exceptions, allowed, approval })
    }
}

/// Orders by day, the newest first, a page at a time: of a customer, of a deal, of a quote, of a seller, in
/// a state, or all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListOrders {
    /// Of which customer.
    pub customer: Option<Id<Customer>>,
    /// Of which deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Of which quote.
    pub quote: Option<Id<Quote>>,
    /// Of which seller.
    pub owner: Option<Id<User>>,
    /// In which state.
    pub state: Option<OrderState>,
    /// Only those that came from no deal: they stand outside the funnel.
    pub direct: bool,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListOrders {
    const NAME: &'static str = "order.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Order>, Error> {
        let id = |id: uuid::Uuid| vec![Val::Id(id)];
        let (index, prefix) = if let Some(customer) = self.customer {
            (Order::BY_CUSTOMER, id(customer.uuid()))
        } else if let Some(deal) = self.opportunity {
            (Order::BY_OPPORTUNITY, id(deal.uuid()))
        } else if let Some(quote) = self.quote {
            (Order::BY_QUOTE, id(quote.uuid()))
        } else if let Some(owner) = self.owner {
            (Order::BY_OWNER, id(owner.uuid()))
        } else if let Some(state) = self.state {
            (Order::BY_STATE, vec![Val::from(state.code())])
        } else {
            (Order::BY_DAY, Vec::new())
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |order: &Order| {
            self.owner.is_none_or(|owner| order.owner == owner)
                && self.opportunity.is_none_or(|deal| order.opportunity == Some(deal))
                && self.quote.is_none_or(|quote| order.quote == Some(quote))
                && self.state.is_none_or(|state| order.state == state)
                && self.from.is_none_or(|from| order.ordered_on >= from)
                && self.to.is_none_or(|to| order.ordered_on < to)
                && !(self.direct && order.opportunity.is_some())
        })
    }
}

/// The steps of an order with who made them and when, and its change orders with their differences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderHistory {
    /// Which.
    pub id: Id<Order>,
}

/// How an order came to say what it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenOrderHistory {
    /// Its steps, in order.
    pub steps: Vec<OrderStep>,
    /// Its change orders, in order.
    pub changes: Vec<OrderChange>,
}

impl Operation for OrderHistory {
    const NAME: &'static str = "order.history";
    const ACCESS: Access = Access::Read;
    type Response = SeenOrderHistory;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenOrderHistory, Error> {
        cx.get(self.id)?;
        let of = [Val::Id(self.id.uuid())];
        Ok(SeenOrderHistory {
            steps: cx.list(OrderStep::BY_ORDER, &of)?,
            changes: cx.list(OrderChange::BY_ORDER, &of)?,
        })
    }
}

/// How much of a deal is not ordered yet, line by line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRemaining {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
}

/// How much of a deal is not ordered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remaining {
    /// Its lines, in order.
    pub lines: Vec<RemainingLine>,
    /// The orders that were made of it, the oldest first.
    pub orders: Vec<Id<Order>>,
}

/// How much of one line is not ordered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemainingLine {
    /// Which line of the deal.
    pub line: Id<OpportunityLine>,
    /// How much was sold.
    pub sold: Quantity,
    /// How much of it is not ordered.
    pub remaining: Quantity,
}

impl Operation for OrderRemaining {
    const NAME: &'static str = "order.remaining";
    const ACCESS: Access = Access::Read;
    type Response = Remaining;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Remaining, Error> {
        let deal = cx.get(self.opportunity)?;
        let of = [Val::Id(deal.id.uuid())];
        let lines = cx.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &of)?;
        let orders = cx.list::<Order>(Order::BY_OPPORTUNITY, &of)?;
        let mut ordered = Vec::new();
        for line in &lines {
            let of = [Val::Id(line.id.uuid())];
            ordered.extend(cx.list::<OrderLine>(OrderLine::BY_DEAL_LINE, &of)?);
        }
        let seed = Seed { deal: &deal, lines: &lines, orders: &orders, ordered: &ordered };
        let left = lines.iter().map(|line| RemainingLine {
            line: line.id,
            sold: line.quantity,
            remaining: Quantity::new(seed.remaining(line)).unwrap_or_default(),
        });
        Ok(Remaining { lines: left.collect(), orders: orders.iter().map(|o| o.id).collect() })
    }
}

/// Whether a customer may buy or has bought (潜在客户, 现有客户). It follows from the orders: nobody sets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerStanding {
    /// Which.
    pub id: Id<Customer>,
}

/// Whether a customer may buy or has bought, and what says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenStanding {
    /// Potential or existing.
    pub standing: Standing,
    /// How many orders bind them; more than one is a repeat purchase.
    pub orders: u32,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Id<Order>>,
    /// The day of the first: since when they are an existing customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// The day of the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ordered_on: Option<NaiveDate>,
}

impl Operation for CustomerStanding {
    const NAME: &'static str = "customer.standing";
    const ACCESS: Access = Access::Read;
    type Response = SeenStanding;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenStanding, Error> {
        cx.get(self.id)?;
        let orders = cx.list::<Order>(Order::BY_CUSTOMER, &[Val::Id(self.id.uuid())])?;
        let basis = order::standing(&orders);
        Ok(SeenStanding {
            standing: basis.standing,
            orders: basis.orders,
            first: basis.first.as_ref().map(|order| order.id),
            since: basis.first.map(|order| order.ordered_on),
            last_ordered_on: basis.last.map(|order| order.ordered_on),
        })
    }
}
