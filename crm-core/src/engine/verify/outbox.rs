//! What must be true of the messages to the host's other systems.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Faults, State};
use crate::order::{Order, OrderLine};
use crate::outbox::{Levels, OutboxMessage, Posting, order_levels};
use crate::payment::Instalment;
use crate::record::{Entity, Kind};

/// The rows of a kind by the document that they belong to.
fn by<T: Entity>(state: &State, of: fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut rows: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in state.live::<T>() {
        rows.entry(of(&row)).or_default().push(row);
    }
    rows
}

/// A posting is what its order holds, and what its messages and what was brought in add up to.
pub(super) fn postings(state: &State, faults: &mut Faults) {
    let lines = by(state, |row: &OrderLine| row.order.uuid());
    let instalments = by(state, |row: &Instalment| row.order.uuid());
    let messages = by(state, |row: &OutboxMessage| row.document);
    for order in state.live::<Order>() {
        let id = order.id.uuid();
        let lines = lines.get(&id).map_or(&[][..], Vec::as_slice);
        let instalments = instalments.get(&id).map_or(&[][..], Vec::as_slice);
        let said = state.find(Posting::id_of(id)).map(|posting| posting.levels);
        if said.unwrap_or_default() != order_levels(&order, lines, instalments) {
            faults.report(Kind::Order, id, "what was said of it is not what it holds");
        }
    }
    for posting in state.live::<Posting>() {
        let mut fault = |what: &str| faults.report(Kind::Posting, posting.id.uuid(), what);
        let said = messages.get(&posting.document).map_or(&[][..], Vec::as_slice);
        let mut ordinals: Vec<u32> = said.iter().map(|message| message.ordinal).collect();
        ordinals.sort_unstable();
        if !ordinals.into_iter().eq(0..posting.messages) {
            fault("its messages have a gap");
        }
        let sum = said.iter().fold(posting.brought.clone(), |sum, m| sum.after(&m.moves));
        if sum != posting.levels {
            fault("its messages do not add up to it");
        }
        let order = state.find(crate::value::Id::<Order>::new(posting.document));
        if order.is_none() && posting.levels != Levels::default() {
            fault("it is of an order that is not there");
        }
    }
}
