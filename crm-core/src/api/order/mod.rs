//! Operations on orders: from the draft to the last step of ours.

mod agree;
mod event;
mod import;
mod query;
mod quoted;
mod report;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Created, Seen};
use crate::access::Access;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::{Opportunity, OpportunityLine};
use crate::order::{
    self, CancelOrder, CreateOrder, Ctx, Dossier, GenerateOrder, Grounds, Order, OrderEvent,
    OrderLine, OrderPolicy, OrderState, OrderStep, OrderStepCode, Quoted, ReviseOrder, Revised,
    RevisionGrounds, Seed, SetOrderLine, SetOrderPolicy,
};
use crate::party::{Address, Customer};
use crate::quote::Quote;
use crate::record::{Key, Kind, Val};
use crate::settings::{Numbered, Settings};
use crate::value::{Id, Invalid, Name, Note};

pub use agree::RequestOrderReview;
pub use event::{EventRecorded, ListOrderEvents, ListOrderExceptions, RecordOrderEvent, TakeBack};
pub use query::{
    CustomerStanding, GetOrder, ListOrders, OrderHistory, OrderRemaining, Remaining, RemainingLine,
    SeenOrder, SeenOrderHistory, SeenStanding,
};
pub use quoted::{QuoteRemaining, RemainingOfQuote, RemainingQuoteLine};
pub use report::{OrderDimension, OrderQuery, ReportOrders};

pub(super) use agree::settled;
pub(super) use event::{answered, concerned, timer};
pub(super) use import::order as imported;

impl Cx<'_> {
    /// Who decides, and when.
    fn ordering(&self) -> Result<Ctx, Error> {
        Ok(Ctx { by: self.actor()?.id, now: self.now() })
    }

    /// An order with everything that a decision about it reads.
    pub(super) fn order(&mut self, id: Id<Order>) -> Result<Dossier, Error> {
        let order = self.get(id)?;
        let of = [Val::Id(id.uuid())];
        let steps = self.list::<OrderStep>(OrderStep::BY_ORDER, &of)?;
        let lines = self.list::<OrderLine>(OrderLine::BY_ORDER, &of)?;
        let steps = steps.last().map_or(0, |last| last.ordinal.saturating_add(1));
        Ok(Dossier { order, lines, steps })
    }

    /// How the tenant runs its orders.
    pub(super) fn order_policy(&mut self) -> Result<OrderPolicy, Error> {
        Ok(self.find(OrderPolicy::ID)?.unwrap_or_else(OrderPolicy::preset))
    }

    /// The zone in which the days of a customer begin.
    pub(super) fn zone_of(&mut self, customer: &Customer) -> Result<Name, Error> {
        match &customer.zone {
            Some(zone) => Ok(zone.clone()),
            None => {
                let zone = self.get(Settings::ID)?.zone;
                Name::parse(&zone).map_err(|invalid| Error::invalid("zone", invalid))
            }
        }
    }

    fn products_of(&mut self, lines: &[SetOrderLine]) -> Result<Vec<Product>, Error> {
        let key = |line: &SetOrderLine| Some(Key { kind: Kind::Product, id: line.product?.uuid() });
        self.load(&lines.iter().filter_map(key).collect::<Vec<_>>())?;
        let mut products: Vec<Product> = Vec::new();
        for id in lines.iter().filter_map(|line| line.product) {
            if products.iter().all(|known| known.id != id) {
                products.extend(self.find(id)?);
            }
        }
        Ok(products)
    }

    fn addresses_of(&mut self, ids: &[Option<Id<Address>>]) -> Result<Vec<Address>, Error> {
        let mut addresses = Vec::new();
        for id in ids.iter().flatten() {
            addresses.extend(self.find(*id)?);
        }
        Ok(addresses)
    }

    /// Will write a new order in draft.
    fn order_made(
        &mut self,
        wish: &CreateOrder,
        origin: Origin<'_>,
    ) -> Result<(Created<Order>, Order), Error> {
        let Origin { id, opportunity, quote, quoted } = origin;
        let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
        let customer = self.known("customer", wish.customer.ok_or_else(missing)?)?;
        let contact = self.known_if("contact", wish.contact)?;
        let owner = self.owner_or_actor(wish.owner)?;
        let zone = self.zone_of(&customer)?;
        let today = self.now().day_in(zone.as_str().parse().unwrap_or(chrono_tz::Tz::UTC));
        let day = wish.ordered_on.unwrap_or(today);
        let number = self.numbered_on(Numbered::Order, wish.number.as_deref(), day)?;
        let holder = self.unique::<Order>(Order::BY_NUMBER, &[Val::from(number.as_str())])?;
        if let Some(holder) = holder {
            let taken = Order::number_taken(number.as_str(), holder.id);
            return Err(Error::invalid("number", taken));
        }
        let products = self.products_of(&wish.lines)?;
        let addresses = self.addresses_of(&[wish.delivery_address, wish.billing_address])?;
        let contract = self.known_if("contract", wish.contract)?;
        let grounds = Grounds {
            id,
            step: self.new_id(),
            number,
            customer: &customer,
            contact: contact.as_ref(),
            owner,
            opportunity,
            quote,
            contract: contract.as_ref(),
            products: &products,
            quoted,
            addresses: &addresses,
            zone,
            today,
        };
        let ctx = self.ordering()?;
        let (mut order, lines, step) = order::create(wish, grounds, &mut || self.new_id(), ctx)?;
        self.terms(&[("method", "payment_method", None, order.method.as_ref())])?;
        order.ext = self.custom::<Order>(&wish.custom)?;
        let created = self.create(&order)?;
        for line in &lines {
            self.put(line)?;
        }
        self.put(&step)?;
        self.by_rule(OrderPolicy::ID);
        event::settle_with(self, order.id, lines)?;
        Ok((created, order))
    }

    /// Will write an order that made a step, and what follows from that.
    pub(super) fn stepped(
        &mut self,
        id: Id<Order>,
        code: OrderStepCode,
        reason: Option<Note>,
    ) -> Result<Seen<Order>, Error> {
        let dossier = self.order(id)?;
        let (step, ctx) = (self.new_id(), self.ordering()?);
        let stepped = order::step(&dossier, code, reason, step, ctx)?;
        let after = self.order_may(&dossier, code, stepped.order)?;
        self.amend(&after)?;
        self.put(&stepped.step)?;
        self.about(id);
        event::settle_with(self, id, dossier.lines)?;
        self.seen(id)
    }
}

impl Operation for CreateOrder {
    const NAME: &'static str = "order.create";
    const ACCESS: Access = Access::Sell;
    type Response = Created<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Order>, Error> {
        let id = cx.id_or(self.id);
        let origin = Origin { id, opportunity: None, quote: None, quoted: &[] };
        let (created, _) = cx.order_made(self, origin)?;
        Ok(created)
    }
}

/// Where a new order comes from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    /// The id that it gets.
    id: Id<Order>,
    /// The deal.
    opportunity: Option<Id<Opportunity>>,
    /// The quote.
    quote: Option<Id<Quote>>,
    /// The lines of that, with what is ordered of them.
    quoted: &'a [Quoted],
}

/// The order of a won deal, or of an accepted quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// Which.
    pub id: Id<Order>,
    /// Its version.
    pub version: u64,
    /// What it is called.
    pub number: String,
    /// Whether this call made it; else it was there.
    pub created: bool,
}

impl Operation for GenerateOrder {
    const NAME: &'static str = "order.generate";
    const ACCESS: Access = Access::Sell;
    type Response = Generated;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Generated, Error> {
        let deal = cx.known("opportunity", self.opportunity)?;
        let of = [Val::Id(deal.id.uuid())];
        let orders = cx.list::<Order>(Order::BY_OPPORTUNITY, &of)?;
        let id = match cx.next_order(orders.len(), |round| self.order_id(round))? {
            Ok(id) => id,
            Err(there) => return Ok(there),
        };
        let lines = cx.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &of)?;
        let mut ordered = Vec::new();
        for line in &lines {
            let of = [Val::Id(line.id.uuid())];
            ordered.extend(cx.list::<OrderLine>(OrderLine::BY_DEAL_LINE, &of)?);
        }
        let seed = Seed { deal: &deal, lines: &lines, orders: &orders, ordered: &ordered };
        let wish = order::seed(self, &seed)?;
        let origin = Origin { id, opportunity: Some(deal.id), quote: None, quoted: &[] };
        cx.generated(wish, origin)
    }
}

impl Cx<'_> {
    /// The id that the next order of a deal or quote gets, or the order that is there: that of a key, unless it was called
    /// off.
    fn next_order(
        &mut self,
        orders: usize,
        id_of: impl Fn(u32) -> Id<Order>,
    ) -> Result<Result<Id<Order>, Generated>, Error> {
        let mut id = id_of(0);
        for round in 0..=u32::try_from(orders).unwrap_or(u32::MAX) {
            id = id_of(round);
            match self.find(id)? {
                Some(order) if order.state == OrderState::Cancelled => {}
                Some(order) => {
                    let (version, number) = (self.version(id), order.number.to_string());
                    return Ok(Err(Generated { id, version, number, created: false }));
                }
                None => break,
            }
        }
        Ok(Ok(id))
    }

    /// Will write the order that a deal or quote asks for.
    fn generated(&mut self, wish: CreateOrder, origin: Origin<'_>) -> Result<Generated, Error> {
        // The seller may have left since; the order is the actor's then.
        let owner = match wish.owner {
            Some(owner) => self.find(owner)?.filter(|user| user.active).map(|user| user.id),
            None => None,
        };
        let contact = match wish.contact {
            Some(contact) => self.find(contact)?.map(|contact| contact.id),
            None => None,
        };
        let wish = CreateOrder { owner, contact, ..wish };
        let (Created { id, version }, order) = self.order_made(&wish, origin)?;
        Ok(Generated { id, version, number: order.number.to_string(), created: true })
    }
}

/// Changes what a draft says. What is not said stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EditOrder(pub ReviseOrder);

impl Operation for EditOrder {
    const NAME: &'static str = "order.edit";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
        revised(cx, &self.0, order::edit)
    }
}

/// A change order: changes what a submitted order says, for a reason, and keeps the difference. What is not said stays,
/// and so does what is shipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ChangeOrder(pub ReviseOrder);

impl Operation for ChangeOrder {
    const NAME: &'static str = "order.change";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
        revised(cx, &self.0, order::change)
    }
}

type Revision = fn(
    &Dossier,
    &ReviseOrder,
    RevisionGrounds<'_>,
    Ctx,
) -> Result<Revised, crate::decision::Refusal>;

fn revised(cx: &mut Cx<'_>, wish: &ReviseOrder, decide: Revision) -> Result<Seen<Order>, Error> {
    let dossier = cx.order(wish.id)?;
    let products = cx.products_of(wish.lines.as_deref().unwrap_or_default())?;
    let addresses = cx.addresses_of(&[wish.delivery_address, wish.billing_address])?;
    let (step, change, ctx) = (cx.new_id(), cx.new_id(), cx.ordering()?);
    let contract = cx.known_if("contract", wish.contract)?;
    let quoted = cx.quoted_of(&dossier.order, Some(wish.id))?;
    let grounds = RevisionGrounds {
        products: &products,
        addresses: &addresses,
        contract: contract.as_ref(),
        quoted: &quoted,
        step,
        change,
        new_id: &mut || cx.new_id(),
    };
    let revised = decide(&dossier, wish, grounds, ctx)?;
    remaining(cx, &dossier, &revised)?;
    if revised.change.is_some() {
        let (order, lines) = (revised.order.clone(), revised.lines.clone());
        cx.order_no_further(&dossier, &Dossier { order, lines, steps: dossier.steps })?;
    }
    for id in &revised.removed {
        cx.remove(*id)?;
    }
    for line in &revised.lines {
        cx.put(line)?;
    }
    cx.amend(&revised.order)?;
    cx.put(&revised.step)?;
    if let Some(change) = &revised.change {
        cx.put(change)?;
    }
    cx.about(wish.id);
    event::settle(cx, wish.id)?;
    cx.seen(wish.id)
}

/// Refuses lines that take more of a deal than it has left beside what this order had of it.
fn remaining(cx: &mut Cx<'_>, before: &Dossier, revised: &Revised) -> Result<(), Error> {
    let Some(deal) = before.order.opportunity else { return Ok(()) };
    let of = [Val::Id(deal.uuid())];
    let orders = cx.list::<Order>(Order::BY_OPPORTUNITY, &of)?;
    let deal = cx.get(deal)?;
    let mut check = crate::decision::Check::default();
    for line in &revised.lines {
        let Some(of_deal) = line.deal_line else { continue };
        let path = format!("lines[{}].quantity", line.ordinal);
        let Some(sold) = cx.find(of_deal)? else {
            let unknown = Invalid::new("order.part.unknown", &of_deal.to_string());
            check.refuse(path, unknown.limit("a line of the deal"));
            continue;
        };
        let others = cx.list::<OrderLine>(OrderLine::BY_DEAL_LINE, &[Val::Id(of_deal.uuid())])?;
        let ordered: Vec<OrderLine> =
            others.into_iter().filter(|other| other.order != before.order.id).collect();
        let seed = Seed { deal: &deal, lines: &[], orders: &orders, ordered: &ordered };
        let left = seed.remaining(&sold);
        check.rule(line.quantity.number() <= left, &path, || {
            Invalid::new("order.part.exceeds_remaining", &line.quantity.to_string())
                .limit(format!("{} left", left.normalize()))
        });
    }
    Ok(check.done()?)
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $step:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which.
            pub id: Id<Order>,
            /// Why.
            #[serde(default)]
            pub reason: Option<String>,
        }

        impl Operation for $name {
            const NAME: &'static str = $text;
            const ACCESS: Access = Access::Sell;
            type Response = Seen<Order>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
                let reason = self.reason.as_deref().map(Note::parse).transpose();
                let reason = reason.map_err(|invalid| Error::invalid("reason", invalid))?;
                cx.stepped(self.id, OrderStepCode::$step, reason)
            }
        }
    )+};
}

steps! {
    /// Gives an order that is looked through, or confirmed, back to its author (驳回). What was said to approve it is void.
    RejectOrder = "order.reject", Reject;
    /// Finds an order good that was looked through (确认). What rules for orders ask approval for is confirmed by those who
    /// agree.
    ConfirmOrder = "order.confirm", Confirm;
    /// Hands a confirmed order to production and finance (提交): from now on it binds the customer, what they owe is known,
    /// and only change orders change it. With the setting `contract_before_delivery` it needs a contract that both signed
    /// and that holds: its own, else that of its quote or deal.
    SubmitOrder = "order.submit", Submit;
    /// Says that a delivered order is done. What asks the customer how it went begins here.
    CompleteOrder = "order.complete", Complete;
}

impl Operation for CancelOrder {
    const NAME: &'static str = "order.cancel";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
        let dossier = cx.order(self.id)?;
        let (step, ctx) = (cx.new_id(), cx.ordering()?);
        let stepped = order::cancel(&dossier, self, step, ctx)?;
        let after = cx.order_may(&dossier, OrderStepCode::Cancel, stepped.order)?;
        cx.amend(&after)?;
        cx.put(&stepped.step)?;
        cx.about(self.id);
        event::settle_with(cx, self.id, dossier.lines)?;
        cx.seen(self.id)
    }
}

impl Operation for SetOrderPolicy {
    const NAME: &'static str = "order.set_policy";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<OrderPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<OrderPolicy>, Error> {
        let before = cx.order_policy()?;
        let policy = order::set_policy(&before, self)?;
        cx.amend(&policy)
    }
}

/// How the tenant runs its orders; version 0 where it never said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrderPolicy {}

impl Operation for GetOrderPolicy {
    const NAME: &'static str = "order.policy";
    const ACCESS: Access = Access::Read;
    type Response = Seen<OrderPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<OrderPolicy>, Error> {
        let record = cx.order_policy()?;
        Ok(Seen { version: cx.version(OrderPolicy::ID), record })
    }
}

/// The reports of an order that are known.
fn events_of(cx: &mut Cx<'_>, id: Id<Order>) -> Result<Vec<OrderEvent>, Error> {
    cx.list::<OrderEvent>(OrderEvent::BY_ORDER, &[Val::Id(id.uuid())])
}
