//! Instalments of another system, as they were planned there.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{Cx, Error};
use crate::order::{Due, Order};
use crate::payment::{self, Instalment};
use crate::value::{Id, Invalid, Money};

/// An instalment as another system has it: taken from what nobody has planned of its order yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::api) struct ImportInstalment {
    /// The id it shall have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Instalment>>,
    /// Of which order.
    pub order: Option<Id<Order>>,
    /// How much.
    pub amount: Option<Money>,
    /// The day on which it is due.
    pub due_on: Option<NaiveDate>,
    /// Whether it was given up.
    pub written_off: bool,
}

/// Will write an instalment of another system. One that came before stays as it is.
pub(in crate::api) fn instalment(cx: &mut Cx<'_>, wish: &ImportInstalment) -> Result<(), Error> {
    let missing = |path: &str| Error::invalid(path, Invalid::new("reference.missing", ""));
    let order = cx.known("order", wish.order.ok_or_else(|| missing("order"))?)?;
    let amount = wish.amount.ok_or_else(|| missing("amount"))?;
    let id = cx.id_or(wish.id);
    let due = wish.due_on.map_or(Due::Open, Due::On);
    if let Some(known) = cx.find(id)? {
        if known.order == order.id && known.amount == amount && known.due == due {
            return Ok(());
        }
        let invalid = Invalid::new("import.not_updatable", &id.to_string());
        return Err(Error::invalid("key", invalid.limit("plan payments by `payment.plan`")));
    }
    let book = cx.book_of_order(order.id)?;
    let today = cx.now().day_in(order.tz());
    let day = order.submitted_at.map_or(today, |at| at.day_in(order.tz()));
    let mut first = Some(id.uuid());
    cx.posted(book, day, &mut |book, clerk| {
        let mut given = || first.take().unwrap_or_else(|| (clerk.new_id)());
        let mut own =
            payment::Clerk { by: clerk.by, now: clerk.now, day: clerk.day, new_id: &mut given };
        let book = payment::carved(book, &order, (amount, due), &mut own)?;
        Ok(if wish.written_off { book.give_up(id, &mut own)? } else { book })
    })?;
    Ok(())
}
