//! Orders of another system, as they stood there.

use super::event::schedule;
use super::events_of;
use crate::engine::{Cx, Error};
use crate::order::{self, ImportGrounds, ImportOrder, Order, OrderLine, OrderStep, SetOrderLine};
use crate::record::Val;
use crate::value::Invalid;

/// An order as it stood over there. One that came before is decided anew as a whole, as long as nothing happened to it
/// here.
pub(in crate::api) fn order(cx: &mut Cx<'_>, wish: &ImportOrder) -> Result<(), Error> {
    let id = cx.id_or(wish.id);
    let Some(customer) = wish.customer else {
        return Err(Error::invalid("customer", Invalid::new("reference.missing", "")));
    };
    let customer = cx.known("customer", customer)?;
    cx.known_if("contact", wish.contact)?;
    cx.known_if("opportunity", wish.opportunity)?;
    let owner = match cx.known_if("owner", wish.owner)? {
        Some(owner) => owner.id,
        None => cx.actor()?.id,
    };
    let holder = cx.unique::<Order>(Order::BY_NUMBER, &[Val::from(wish.number.as_str())])?;
    if let Some(holder) = holder.filter(|holder| holder.id != id) {
        return Err(Error::invalid("number", Order::number_taken(&wish.number, holder.id)));
    }
    let named = |product| SetOrderLine { product, ..SetOrderLine::default() };
    let named: Vec<SetOrderLine> = wish.lines.iter().map(|line| named(line.product)).collect();
    let products = cx.products_of(&named)?;
    let zone = cx.zone_of(&customer)?;
    let grounds = ImportGrounds { id, customer: &customer, owner, products: &products, zone };
    let ctx = cx.ordering()?;
    let mut imported = order::import(wish, &grounds, &mut || cx.new_id(), ctx)?;
    cx.terms(&[("method", "payment_method", None, imported.order.method.as_ref())])?;
    imported.order.ext = cx.custom::<Order>(&wish.custom)?;
    let of = [Val::Id(id.uuid())];
    let before = cx.find(id)?;
    let lines = cx.list::<OrderLine>(OrderLine::BY_ORDER, &of)?;
    if let Some(before) = before {
        // Rows that say what is there are the rows that are there.
        for (new, old) in imported.lines.iter_mut().zip(&lines) {
            new.id = old.id;
        }
        let order = Order {
            touched_at: before.touched_at,
            base_total: before.base_total,
            rate: before.rate,
            rate_day: before.rate_day,
            ..imported.order.clone()
        };
        if order == before && imported.lines == lines {
            return Ok(());
        }
        let steps = cx.list::<OrderStep>(OrderStep::BY_ORDER, &of)?;
        let events = events_of(cx, id)?;
        let ours = events.iter().any(|event| event.source.as_str() != "import");
        let invalid = Invalid::new("import.not_updatable", &id.to_string());
        if !steps.is_empty() || ours || before.is_effective() {
            let limit = "an order that does not bind anybody, and that nothing happened to here";
            return Err(Error::invalid("key", invalid.limit(limit)));
        }
        for line in lines.iter().skip(imported.lines.len()) {
            cx.remove(line.id)?;
        }
    }
    for line in &imported.lines {
        cx.put(line)?;
    }
    for event in &imported.events {
        cx.put(event)?;
    }
    cx.put(&imported.order)?;
    let policy = cx.order_policy()?;
    schedule(cx, &policy, &imported.order)
}
