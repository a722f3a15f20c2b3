//! What an order says, changed: freely while it is a draft, by a change order with its difference once it is submitted.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::{Known, agreed_with, due_after, lines, priced, serves};
use super::{
    Ctx, Dossier, Order, OrderChange, OrderLine, OrderMachine, OrderStep, OrderStepCode,
    PaymentTerms, Quoted, SetOrderLine, split, step,
};
use crate::catalog::Product;
use crate::contract::Contract;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::machine::Machine;
use crate::party::Address;
use crate::record::Ext;
use crate::value::{AddressUse, Id, Invalid, Money, Note};

/// What an order shall say. What is not said stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseOrder {
    /// Which.
    pub id: Id<Order>,
    /// The revision that was read, where somebody else may have changed it meanwhile.
    #[serde(default)]
    pub base_revision: Option<u32>,
    /// Why; a change order needs it.
    #[serde(default)]
    pub reason: Option<String>,
    /// The day until which it shall be delivered.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Where the goods go.
    #[serde(default)]
    pub delivery_address: Option<Id<Address>>,
    /// Where the invoice goes.
    #[serde(default)]
    pub billing_address: Option<Id<Address>>,
    /// What bringing it costs the customer.
    #[serde(default)]
    pub freight: Option<Money>,
    /// When what part of it is to be paid; of a draft only: afterwards `payment.plan` says it.
    #[serde(default)]
    pub terms: Option<PaymentTerms>,
    /// The contract under which it is delivered: one with the customer.
    #[serde(default)]
    pub contract: Option<Id<Contract>>,
    /// Its lines as a whole, in order; a line with its `id` stays the line it was. Of a line of a quote the quantity and the
    /// text change alone.
    #[serde(default)]
    pub lines: Option<Vec<SetOrderLine>>,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// One field of an order that a change order changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Which: `due_on`, `total`, `lines[2].quantity`.
    pub path: String,
    /// What it said; nothing for what was not there.
    pub from: Option<String>,
    /// What it says; nothing for what is no longer there.
    pub to: Option<String>,
}

/// Every field of an order that a change order changed, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Differences(pub Vec<Difference>);

json_column! { Differences }

/// An order that says something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Revised {
    /// The order.
    pub order: Order,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// The lines that are no longer there.
    pub removed: Vec<Id<OrderLine>>,
    /// The step that did it.
    pub step: OrderStep,
    /// The change order, of a submitted order.
    pub change: Option<OrderChange>,
}

/// The ids and records that a revision is decided on.
pub struct RevisionGrounds<'a> {
    /// The products that the lines name, as far as they are known.
    pub products: &'a [Product],
    /// The addresses that are named.
    pub addresses: &'a [Address],
    /// The contract that is named.
    pub contract: Option<&'a Contract>,
    /// The lines of the quote, with what other orders have of them.
    pub quoted: &'a [Quoted],
    /// The id of the step.
    pub step: Id<OrderStep>,
    /// The id of the change order.
    pub change: Id<OrderChange>,
    /// The ids of new lines.
    pub new_id: &'a mut dyn FnMut() -> Id<OrderLine>,
}

/// A draft that says something else.
///
/// # Errors
///
/// `order.cancelled`, `order.in_review`, `order.change_order_needed`, `order.already_delivered` · `record.conflict` for
/// another revision than the one that was read · those of a new order for what is said. Rule OR-11 (F092).
pub fn edit(
    dossier: &Dossier,
    wish: &ReviseOrder,
    grounds: RevisionGrounds<'_>,
    ctx: Ctx,
) -> Result<Revised, Refusal> {
    revise(dossier, wish, (OrderStepCode::Edit, None), grounds, ctx)
}

/// A change order: what a submitted order says from now on, with its reason and its difference. What is shipped stays
/// ordered.
///
/// # Errors
///
/// `order.cancelled`, `order.not_submitted`, `order.already_delivered` · `record.conflict` · `order.reason_missing` ·
/// `text.*` (reason) · `order.terms_submitted` · those of a new order · `order.line.below_shipped` for a line that is
/// gone, or says less than was shipped, or another product · `order.nothing_changed`. Rule OR-12 (F092, F095).
pub fn change(
    dossier: &Dossier,
    wish: &ReviseOrder,
    grounds: RevisionGrounds<'_>,
    ctx: Ctx,
) -> Result<Revised, Refusal> {
    let mut check = Check::default();
    let reason = check.parse::<Note>("reason", wish.reason.as_deref());
    let allowed = OrderMachine::next(dossier.order.state, OrderStepCode::Change).is_ok();
    check.rule(!allowed || wish.reason.is_some(), "reason", || {
        Invalid::new("order.reason_missing", "").limit("why a submitted order changes")
    });
    check.rule(!allowed || wish.terms.is_none(), "terms", || {
        Invalid::new("order.terms_submitted", "").limit("plan payments by `payment.plan`")
    });
    check.done()?;
    let revised = revise(dossier, wish, (OrderStepCode::Change, reason), grounds, ctx)?;
    if revised.change.as_ref().is_some_and(|change| change.difference.0.is_empty()) {
        return Err(Refusal::by("order.nothing_changed", "", ""));
    }
    Ok(revised)
}

fn revise(
    dossier: &Dossier,
    wish: &ReviseOrder,
    (code, reason): (OrderStepCode, Option<Note>),
    grounds: RevisionGrounds<'_>,
    ctx: Ctx,
) -> Result<Revised, Refusal> {
    let before = &dossier.order;
    let stepped = step(dossier, code, reason.clone(), grounds.step, ctx)?;
    let mut check = Check::default();
    check.rule(
        wish.base_revision.is_none_or(|read| read == before.revision),
        "base_revision",
        || {
            let read = wish.base_revision.unwrap_or_default();
            Invalid::new("record.conflict", &read.to_string())
                .limit(format!("now {}", before.revision))
        },
    );
    due_after(wish.due_on, before.ordered_on, &mut check);
    for (path, id, purpose) in [
        ("delivery_address", wish.delivery_address, AddressUse::Delivery),
        ("billing_address", wish.billing_address, AddressUse::Billing),
    ] {
        serves(path, id, (before.customer, purpose), grounds.addresses, &mut check);
    }
    agreed_with(grounds.contract, before.customer, &mut check);
    let note = check.parse("note", wish.note.as_deref());
    let wishes: Vec<SetOrderLine> = match &wish.lines {
        Some(lines) => lines.clone(),
        None => dossier.lines.iter().map(OrderLine::wish).collect(),
    };
    let (products, quoted) = (grounds.products, grounds.quoted);
    let known = Known { before: &dossier.lines, products, quoted };
    let mut after = match wish.lines {
        Some(_) => lines(before.id, &wishes, known, grounds.new_id, &mut check),
        None => dossier.lines.clone(),
    };
    if code == OrderStepCode::Change {
        keep_places(&dossier.lines, &mut after);
    }
    for (at, line) in dossier.lines.iter().enumerate().filter(|(_, line)| !line.shipped.is_zero()) {
        let kept = after.iter().find(|other| other.id == line.id);
        let holds =
            kept.is_some_and(|kept| kept.quantity >= line.shipped && kept.product == line.product);
        check.rule(holds || after.is_empty(), &format!("lines[{at}].quantity"), || {
            let quantity = kept.map_or_else(|| "0".to_owned(), |kept| kept.quantity.to_string());
            Invalid::new("order.line.below_shipped", &quantity)
                .limit(format!("at least {}, which is shipped", line.shipped))
        });
    }
    let freight = wish.freight.or(Some(before.freight));
    let priced = priced(&after, freight, before.rounding, &mut check);
    check.done()?;
    let Some((freight, totals)) = priced else {
        return Err(Refusal::by("order.lines_missing", "lines", "0"));
    };
    let mut check = Check::default();
    check.rule(totals.total.currency() == before.total.currency(), "lines", || {
        Invalid::new("order.currency_mixed", totals.total.currency().code())
            .allowed([before.total.currency().code()])
    });
    check.done()?;
    let terms = wish.terms.clone().unwrap_or_else(|| before.terms.clone());
    if code == OrderStepCode::Edit {
        split(totals.total, &terms)?;
    }
    let is_change = code == OrderStepCode::Change;
    let order = Order {
        due_on: wish.due_on.or(before.due_on),
        delivery_address: wish.delivery_address.or(before.delivery_address),
        billing_address: wish.billing_address.or(before.billing_address),
        contract: wish.contract.or(before.contract),
        freight,
        net: totals.net,
        tax: totals.tax,
        total: totals.total,
        terms,
        note: note.or_else(|| before.note.clone()),
        revision: before.revision.saturating_add(u32::from(is_change)),
        ..stepped.order
    };
    let removed = dossier.lines.iter().map(|line| line.id);
    let removed = removed.filter(|id| after.iter().all(|line| line.id != *id)).collect();
    let change = reason.filter(|_| is_change).map(|reason| OrderChange {
        id: grounds.change,
        order: before.id,
        revision: order.revision,
        at: ctx.now,
        by: ctx.by,
        reason,
        total_before: before.total,
        total_after: order.total,
        difference: differences((before, &dossier.lines), (&order, &after)),
        ext: Ext::new(),
    });
    Ok(Revised { order, lines: after, removed, step: stepped.step, change })
}

/// Other systems name a line by its place: one that was there keeps it, new ones follow behind.
fn keep_places(before: &[OrderLine], after: &mut [OrderLine]) {
    let mut next = before.iter().map(|line| line.ordinal.saturating_add(1)).max().unwrap_or(0);
    for line in after.iter_mut() {
        match before.iter().find(|was| was.id == line.id) {
            Some(was) => line.ordinal = was.ordinal,
            None => {
                line.ordinal = next;
                next = next.saturating_add(1);
            }
        }
    }
    after.sort_by_key(|line| line.ordinal);
}

/// What two revisions of an order say differently.
fn differences(
    (before, were): (&Order, &[OrderLine]),
    (after, are): (&Order, &[OrderLine]),
) -> Differences {
    let mut found = Vec::new();
    let mut differ = |path: String, from: Option<String>, to: Option<String>| {
        if from != to {
            found.push(Difference { path, from, to });
        }
    };
    let text = |id: Option<Id<Address>>| id.map(|id| id.to_string());
    let contract = |order: &Order| order.contract.map(|id| id.to_string());
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    differ("due_on".to_owned(), day(before.due_on), day(after.due_on));
    differ(
        "delivery_address".to_owned(),
        text(before.delivery_address),
        text(after.delivery_address),
    );
    differ("billing_address".to_owned(), text(before.billing_address), text(after.billing_address));
    differ("contract".to_owned(), contract(before), contract(after));
    let note = |order: &Order| order.note.as_ref().map(ToString::to_string);
    differ("note".to_owned(), note(before), note(after));
    for (path, from, to) in [
        ("freight", before.freight, after.freight),
        ("net", before.net, after.net),
        ("tax", before.tax, after.tax),
        ("total", before.total, after.total),
    ] {
        differ(path.to_owned(), Some(from.to_string()), Some(to.to_string()));
    }
    let ids = were.iter().map(|line| line.id);
    let new = are.iter().map(|line| line.id).filter(|id| were.iter().all(|line| line.id != *id));
    for id in ids.chain(new) {
        let (was, is) =
            (were.iter().find(|line| line.id == id), are.iter().find(|line| line.id == id));
        let ordinal = was.or(is).map_or(0, |line| line.ordinal);
        let fields: [(&str, fn(&OrderLine) -> String); 5] = [
            ("product", |line| line.product.map(|id| id.to_string()).unwrap_or_default()),
            ("quantity", |line| line.quantity.to_string()),
            ("unit_price", |line| line.unit_price.to_string()),
            ("discount", |line| line.discount.to_string()),
            ("tax_rate", |line| line.tax_rate.to_string()),
        ];
        let mark = if was.is_some() { "" } else { "new " };
        for (field, of) in fields {
            differ(format!("{mark}lines[{ordinal}].{field}"), was.map(of), is.map(of));
        }
    }
    Differences(found)
}
