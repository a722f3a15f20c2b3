//! What production, shipping and logistics report of orders, and what has to be seen to.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events_of;
use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::order::{
    self, EventKey, EventKind, EventStatus, Order, OrderEvent, OrderException, OrderLine,
    OrderNumber, OrderPolicy, OrderState, OrderStepCode, ReturnGoods, Told,
};
use crate::outbox::{OutboxReply, missing};
use crate::record::{Ext, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Quantity, Timestamp};

/// Reports what happened to an order in production, shipping or logistics. Reports may come in any order and twice: what
/// the order says follows from the set of them. One of an order that nobody knows is kept, and applied once the order is
/// there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordOrderEvent {
    /// Which system says so: a code such as `warehouse`.
    pub source: String,
    /// What it calls the report, 1 to 200 characters: the same key again changes nothing.
    pub key: String,
    /// Of which order, by its number.
    pub order_number: String,
    /// What happened: `production_started`, `production_finished`, `shipped`, `delivered`, `returned`, `quality_issue`,
    /// `quality_resolved`, `logistics`.
    pub kind: String,
    /// To which line: its place in the order, from 0; to the whole order where nothing is said.
    #[serde(default)]
    pub line: Option<u32>,
    /// How much; all of it where nothing is said.
    #[serde(default)]
    pub quantity: Option<String>,
    /// When it happened; now where nothing is said.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
    /// What was said with it: a tracking number, what is wrong.
    #[serde(default)]
    pub note: Option<String>,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventRecorded {
    /// The report.
    pub id: Id<OrderEvent>,
    /// Whether it came for the first time.
    pub new: bool,
    /// Whether the order knows of it.
    pub status: EventStatus,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Code>,
    /// The order, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Id<Order>>,
    /// How far the order is then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<OrderState>,
}

impl RecordOrderEvent {
    /// The report as a row. The errors are `code.*` (source), `text.*` (key, order_number, note), `code.unknown` (kind),
    /// `decimal.*`, `quantity.negative`, `order.line.quantity_zero` and `time.future` (occurred_at).
    fn row(&self, order: Option<Id<Order>>, now: Timestamp) -> Result<OrderEvent, Error> {
        let mut check = Check::default();
        let source = check.take("source", Code::parse(&self.source));
        let key = check.take("key", EventKey::parse(&self.key));
        let order_number = check.take("order_number", OrderNumber::parse(&self.order_number));
        let kind = check.take("kind", self.kind.parse::<EventKind>());
        let quantity = check.parse::<Quantity>("quantity", self.quantity.as_deref());
        check.rule(quantity.is_none_or(|quantity| !quantity.is_zero()), "quantity", || {
            Invalid::new("order.line.quantity_zero", "0").limit("above 0")
        });
        let note = check.parse::<Note>("note", self.note.as_deref());
        let occurred_at = self.occurred_at.unwrap_or(now);
        check.rule(occurred_at <= now, "occurred_at", || {
            Invalid::new("time.future", &occurred_at.to_string()).limit(format!("at most {now}"))
        });
        check.done()?;
        let (Some(source), Some(key), Some(order_number), Some(kind)) =
            (source, key, order_number, kind)
        else {
            return Err(Error::Internal("a report without its parts".to_owned()));
        };
        Ok(OrderEvent {
            id: OrderEvent::id_of(&source, &key),
            source,
            key,
            order_number,
            order,
            kind,
            line: self.line,
            quantity,
            occurred_at,
            received_at: now,
            status: EventStatus::Parked,
            reason: Code::parse("order.unknown").ok(),
            note,
            ext: Ext::new(),
        })
    }
}

impl Operation for RecordOrderEvent {
    const NAME: &'static str = "order.record_event";
    const ACCESS: Access = Access::Record;
    type Response = EventRecorded;

    fn run(&self, cx: &mut Cx<'_>) -> Result<EventRecorded, Error> {
        let number = [Val::from(self.order_number.trim())];
        let order = cx.unique::<Order>(Order::BY_NUMBER, &number)?.map(|order| order.id);
        let row = self.row(order, cx.now())?;
        let id = row.id;
        let known = cx.find(id)?;
        let new = known.is_none();
        match known {
            Some(known) => {
                let same = known.order_number == row.order_number
                    && known.kind == row.kind
                    && known.line == row.line
                    && known.quantity == row.quantity
                    && (self.occurred_at.is_none() || known.occurred_at == row.occurred_at);
                if !same {
                    let conflict = Invalid::new("order.event_conflict", known.key.as_str());
                    let limit = "what was reported by that key before";
                    return Err(Error::invalid("key", conflict.limit(limit)));
                }
            }
            None => cx.put(&row)?,
        }
        if let Some(order) = order.filter(|_| new) {
            settle(cx, order)?;
        }
        let event = cx.get(id)?;
        let order = match event.order {
            Some(order) => cx.find(order)?,
            None => None,
        };
        Ok(EventRecorded {
            id,
            new,
            status: event.status,
            reason: event.reason,
            order: order.as_ref().map(|order| order.id),
            state: order.map(|order| order.state),
        })
    }
}

/// Takes goods of an order back, for a reason: everything that was delivered, or what is named. The customer owes that
/// much less; what was paid for it is their credit. The same key again changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TakeBack(pub ReturnGoods);

impl Operation for TakeBack {
    const NAME: &'static str = "order.return";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Order>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Order>, Error> {
        let wish = &self.0;
        let dossier = cx.order(wish.id)?;
        let source = Code::parse("return").map_err(|invalid| Error::invalid("key", invalid))?;
        let key = |line: u32| {
            EventKey::parse(&format!("{}:{line}:{}", dossier.order.number, wish.key))
                .map_err(|invalid| Error::invalid("key", invalid))
        };
        for line in &dossier.lines {
            if cx.find(OrderEvent::id_of(&source, &key(line.ordinal)?))?.is_some() {
                return cx.seen(wish.id);
            }
        }
        let back = order::returned(&dossier, wish)?;
        let (step, now) = (cx.new_id(), cx.now());
        for (line, quantity) in back {
            let key = key(line)?;
            cx.put(&OrderEvent {
                id: OrderEvent::id_of(&source, &key),
                source: source.clone(),
                key,
                order_number: dossier.order.number.clone(),
                order: Some(wish.id),
                kind: EventKind::Returned,
                line: Some(line),
                quantity: Some(quantity),
                occurred_at: now,
                received_at: now,
                status: EventStatus::Parked,
                reason: None,
                note: Note::parse(&wish.reason).ok(),
                ext: Ext::new(),
            })?;
        }
        let ctx = cx.ordering()?;
        let reason = Note::parse(&wish.reason).ok();
        let stepped = order::step(&dossier, OrderStepCode::Return, reason, step, ctx)?;
        cx.amend(&stepped.order)?;
        cx.put(&stepped.step)?;
        cx.about(wish.id);
        settle(cx, wish.id)?;
        cx.seen(wish.id)
    }
}

/// Will bring an order where its reports say it is, with what is due to it and what has to be seen to. Called whenever
/// an order, or what is known of it, changed.
pub(super) fn settle(cx: &mut Cx<'_>, id: Id<Order>) -> Result<(), Error> {
    let lines = cx.list::<OrderLine>(OrderLine::BY_ORDER, &[Val::Id(id.uuid())])?;
    settle_with(cx, id, lines)
}

/// The same of an order whose lines, in order, are known.
pub(super) fn settle_with(
    cx: &mut Cx<'_>,
    id: Id<Order>,
    lines: Vec<OrderLine>,
) -> Result<(), Error> {
    adopt(cx, id)?;
    let order = cx.get(id)?;
    let events = events_of(cx, id)?;
    let far = order::progress(&order, &lines, &events);
    for (heard, event) in far.heard.iter().filter_map(|heard| {
        let event = events.iter().find(|event| event.id == heard.event)?;
        Some((heard, event))
    }) {
        let (status, reason) = (heard.status, heard.reason.clone());
        cx.put(&OrderEvent { status, reason, ..event.clone() })?;
    }
    let pairs = lines.iter().zip(&far.lines);
    let moved: BTreeSet<u32> =
        pairs.filter(|(line, is)| !is.is_told_by(line)).map(|(line, _)| line.ordinal).collect();
    let (progressed, lines) = order::progressed(order, lines, &far);
    for line in lines.iter().filter(|line| moved.contains(&line.ordinal)) {
        cx.put(line)?;
    }
    cx.put(&progressed)?;
    follow(cx, &progressed, &lines)?;
    let policy = cx.order_policy()?;
    let order = cx.get(id)?;
    if order.state == OrderState::Delivered && policy.complete_on_delivery && order.has_history {
        take(cx, id, OrderStepCode::Complete)?;
    }
    let order = cx.get(id)?;
    exceptions(cx, &policy, &order, &far)?;
    schedule(cx, &policy, &order)?;
    crate::api::payment::follow(cx, id)
}

/// Will see to what the host's stock answered of an order.
pub(in crate::api) fn answered(cx: &mut Cx<'_>, id: Id<Order>) -> Result<(), Error> {
    if cx.find(id)?.is_some() {
        return settle(cx, id);
    }
    Ok(())
}

/// Reports that came before their order are of it now.
fn adopt(cx: &mut Cx<'_>, id: Id<Order>) -> Result<(), Error> {
    let number = cx.get(id)?.number;
    let of = [Val::from(number.as_str())];
    let waiting = cx.list::<OrderEvent>(OrderEvent::BY_NUMBER, &of)?;
    for event in waiting.into_iter().filter(|event| event.order.is_none()) {
        cx.put(&OrderEvent { order: Some(id), ..event })?;
    }
    Ok(())
}

/// Will make the steps that the reports stand for.
fn follow(cx: &mut Cx<'_>, order: &Order, lines: &[OrderLine]) -> Result<(), Error> {
    match order::settled_step(order, lines) {
        Some(step) => take(cx, order.id, step),
        None => Ok(()),
    }
}

/// Will make one step that follows from something else.
pub(super) fn take(cx: &mut Cx<'_>, id: Id<Order>, code: OrderStepCode) -> Result<(), Error> {
    let dossier = cx.order(id)?;
    let (step, ctx) = (cx.new_id(), cx.ordering()?);
    let stepped = order::step(&dossier, code, None, step, ctx)?;
    cx.amend(&stepped.order)?;
    cx.put(&stepped.step)
}

/// Will open what has to be seen to, tell those concerned once, and clear what no longer has to.
fn exceptions(
    cx: &mut Cx<'_>,
    policy: &OrderPolicy,
    order: &Order,
    far: &order::Progress,
) -> Result<(), Error> {
    let now = cx.now();
    let of = [Val::Id(order.id.uuid())];
    let replies = cx.list::<OutboxReply>(OutboxReply::BY_DOCUMENT, &of)?;
    let found = order::standing_exceptions(order, far, now);
    let mut found = found.map_err(|invalid| Error::invalid("", invalid))?;
    found.extend(missing(order, &replies).map_err(|invalid| Error::invalid("", invalid))?);
    let known = cx.list::<OrderException>(OrderException::BY_ORDER, &of)?;
    let stands = |row: &OrderException| {
        found.iter().any(|found| OrderException::id_of(order.id, found.kind, found.since) == row.id)
    };
    for row in known.iter().filter(|row| row.open && !stands(row)) {
        cx.put(&OrderException { open: false, cleared_at: Some(now), ..row.clone() })?;
    }
    for found in found {
        let id = OrderException::id_of(order.id, found.kind, found.since);
        let opened_at = known.iter().find(|row| row.id == id).map_or(now, |row| row.opened_at);
        cx.put(&OrderException {
            id,
            order: order.id,
            kind: found.kind,
            since: found.since,
            opened_at,
            open: true,
            cleared_at: None,
            evidence: found.evidence,
            ext: Ext::new(),
        })?;
        for user in concerned(cx, order, policy.told(found.kind))? {
            let code = format!("order.{}", found.kind);
            cx.tell(user, &code, order.id, found.since, None)?;
        }
    }
    Ok(())
}

/// Whom a rule means: each active user once.
pub(in crate::api) fn concerned(
    cx: &mut Cx<'_>,
    order: &Order,
    told: impl Iterator<Item = Told>,
) -> Result<Vec<Id<User>>, Error> {
    let owner = cx.find(order.owner)?;
    let mut users: Vec<Id<User>> = Vec::new();
    for told in told {
        match told {
            Told::Owner => {
                users.extend(owner.as_ref().filter(|user| user.active).map(|user| user.id))
            }
            Told::Manager => {
                if let Some(manager) = owner.as_ref().and_then(|owner| owner.manager) {
                    let manager = cx.find(manager)?.filter(|user| user.active);
                    users.extend(manager.map(|user| user.id));
                }
            }
            Told::Role(role) => {
                let all = cx.list::<User>(User::BY_LOGIN, &[])?;
                let of_role = all.iter().filter(|user| user.active && user.role == role);
                users.extend(of_role.map(|user| user.id));
            }
        }
    }
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// Will have an order seen to when its day of delivery comes near, and when it is over.
pub(super) fn schedule(cx: &mut Cx<'_>, policy: &OrderPolicy, order: &Order) -> Result<(), Error> {
    let now = cx.now();
    let late = order::late_from(order).filter(|at| *at > now);
    let waits = matches!(order.state, OrderState::Submitted | OrderState::InDelivery);
    cx.schedule(order.id, TimerCode::OrderLate, late.filter(|_| waits))?;
    let remind = order::remind_from(order, policy.remind_days).filter(|at| *at > now);
    cx.schedule(order.id, TimerCode::OrderRemind, remind)
}

/// Does what a timer of an order stands for.
pub(in crate::api) fn timer(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let id = Id::<Order>::new(timer.subject);
    let Some(order) = cx.find(id)? else { return Ok(()) };
    let waits = matches!(order.state, OrderState::Submitted | OrderState::InDelivery);
    if timer.code == TimerCode::OrderRemind && waits {
        let owner = cx.find(order.owner)?.filter(|user| user.active);
        if let Some(owner) = owner {
            cx.notify(owner.id, timer.code, id, timer.due_at)?;
        }
        return Ok(());
    }
    settle(cx, id)
}

/// Reports on orders: of one order in the order in which things happened, or those that wait, the oldest first, each
/// with its reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListOrderEvents {
    /// Of which order.
    pub order: Option<Id<Order>>,
    /// Those that stand so; parked ones where neither this nor an order is named.
    pub status: Option<EventStatus>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListOrderEvents {
    const NAME: &'static str = "order.events";
    const ACCESS: Access = Access::Read;
    type Response = Listed<OrderEvent>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<OrderEvent>, Error> {
        let status = self.status.unwrap_or(EventStatus::Parked);
        let (index, prefix) = match self.order {
            Some(order) => (OrderEvent::BY_ORDER, [Val::Id(order.uuid())]),
            None => (OrderEvent::BY_STATUS, [Val::from(status.code())]),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |event: &OrderEvent| {
            self.status.is_none_or(|status| event.status == status)
        })
    }
}

/// What has to be seen to, the longest first; of one order also what was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListOrderExceptions {
    /// Of which order.
    pub order: Option<Id<Order>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListOrderExceptions {
    const NAME: &'static str = "order.exceptions";
    const ACCESS: Access = Access::Read;
    type Response = Listed<OrderException>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<OrderException>, Error> {
        let (index, prefix) = match self.order {
            Some(order) => (OrderException::BY_ORDER, [Val::Id(order.uuid())]),
            None => (OrderException::BY_OPEN, [Val::Bool(true)]),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |_: &OrderException| true)
    }
}
