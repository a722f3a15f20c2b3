//! Orders of accepted quotes, and what of a quote is not ordered yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Generated, Origin};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::order::{self, Order, OrderFromQuote, OrderLine, OrderState, QuoteSeed, Quoted};
use crate::quote::{Quote, QuoteLine};
use crate::record::Val;
use crate::value::{Id, Quantity};

impl Cx<'_> {
    /// The lines of a quote, with what its orders have of them; one order may be left out.
    fn quoted(&mut self, quote: &Quote, but: Option<Id<Order>>) -> Result<Vec<Quoted>, Error> {
        let of = [Val::Id(quote.id.uuid())];
        let lines = self.list::<QuoteLine>(QuoteLine::BY_QUOTE, &of)?;
        let mut ordered = Vec::new();
        for order in self.list::<Order>(Order::BY_QUOTE, &of)? {
            if order.state != OrderState::Cancelled && but != Some(order.id) {
                let of = [Val::Id(order.id.uuid())];
                ordered.extend(self.list::<OrderLine>(OrderLine::BY_ORDER, &of)?);
            }
        }
        let of = |line| Quoted::of(quote, line, &ordered);
        let quoted = lines.iter().map(of).collect::<Result<_, _>>();
        quoted.map_err(|invalid| Error::invalid("quote", invalid))
    }

    /// The same of the quote that an order comes from.
    pub(super) fn quoted_of(
        &mut self,
        order: &Order,
        but: Option<Id<Order>>,
    ) -> Result<Vec<Quoted>, Error> {
        let Some(quote) = order.quote else { return Ok(Vec::new()) };
        let quote = self.get(quote)?;
        self.quoted(&quote, but)
    }
}

impl Operation for OrderFromQuote {
    const NAME: &'static str = "order.from_quote";
    const ACCESS: Access = Access::Sell;
    type Response = Generated;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Generated, Error> {
        let quote = cx.known("quote", self.quote)?;
        let of = [Val::Id(quote.id.uuid())];
        let orders = cx.list::<Order>(Order::BY_QUOTE, &of)?;
        let id = match cx.next_order(orders.len(), |round| self.order_id(round))? {
            Ok(id) => id,
            Err(there) => return Ok(there),
        };
        let deal = match quote.opportunity {
            Some(deal) => cx.find(deal)?,
            None => None,
        };
        let orders = match &deal {
            Some(deal) => cx.list::<Order>(Order::BY_OPPORTUNITY, &[Val::Id(deal.id.uuid())])?,
            None => orders,
        };
        let lines = cx.quoted(&quote, None)?;
        let seed = QuoteSeed { quote: &quote, deal: deal.as_ref(), orders: &orders, lines: &lines };
        let wish = order::seed_quoted(self, &seed)?;
        let opportunity = deal.map(|deal| deal.id);
        let origin = Origin { id, opportunity, quote: Some(quote.id), quoted: &lines };
        cx.generated(wish, origin)
    }
}

/// How much of an accepted quote is not ordered yet, line by line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRemaining {
    /// Of which quote.
    pub id: Id<Quote>,
}

/// How much of a quote is not ordered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemainingOfQuote {
    /// Its lines, in order.
    pub lines: Vec<RemainingQuoteLine>,
    /// The orders that were made of it, called off or not.
    pub orders: Vec<Id<Order>>,
}

/// How much of one line of a quote is not ordered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemainingQuoteLine {
    /// Which line of the quote.
    pub line: Id<QuoteLine>,
    /// How much was offered.
    pub offered: Quantity,
    /// How much of it is not ordered.
    pub remaining: Quantity,
}

impl Operation for QuoteRemaining {
    const NAME: &'static str = "quote.remaining";
    const ACCESS: Access = Access::Read;
    type Response = RemainingOfQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<RemainingOfQuote, Error> {
        let quote = cx.get(self.id)?;
        let quoted = cx.quoted(&quote, None)?;
        let orders = cx.list::<Order>(Order::BY_QUOTE, &[Val::Id(quote.id.uuid())])?;
        let left = quoted.iter().map(|quoted| RemainingQuoteLine {
            line: quoted.line.id,
            offered: quoted.line.quantity,
            remaining: Quantity::new(quoted.remaining()).unwrap_or_default(),
        });
        Ok(RemainingOfQuote {
            lines: left.collect(),
            orders: orders.iter().map(|order| order.id).collect(),
        })
    }
}
