//! Operations on quotes.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::approval::{Approvable, ApprovalRequest, Measures};
use crate::catalog::{Product, expand};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::opportunity::OpportunityLine;
use crate::party::Customer;
use crate::quote::{
    self, Accept, Catalogue, CreateQuote, Ctx, Decline, Named, Priceable, Quote, QuoteLine,
    QuoteState, RateTotal, ReviseQuote, SendQuote, SetOfQuoteLines, SetQuoteLine, SetQuoteLines,
    WithdrawQuote, copied_from_deal, measures, totals,
};
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::{DocumentNumber, Numbered, Settings, User};
use crate::value::{Id, Invalid, Money, Percent, Period, Quantity, Timestamp, UnitPrice};

/// A quote with its lines and what they come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenQuote {
    /// The quote.
    #[serde(flatten)]
    pub quote: Seen<Quote>,
    /// Its lines, in order.
    pub lines: Vec<QuoteLine>,
    /// What the lines of each rate of tax come to, the lowest first.
    pub rates: Vec<RateTotal>,
    /// What would be measured for its approval.
    pub measures: Measures,
    /// The last request for its approval.
    pub approval: Option<Seen<ApprovalRequest>>,
}

impl Cx<'_> {
    fn quote_ctx(&mut self) -> Result<Ctx, Error> {
        let (by, now) = (self.actor()?.id, self.now());
        Ok(Ctx { by, now, today: self.day(now)? })
    }

    fn quote_lines(&mut self, id: Id<Quote>) -> Result<Vec<QuoteLine>, Error> {
        self.list(QuoteLine::BY_QUOTE, &[Val::Id(id.uuid())])
    }

    fn seen_quote(&mut self, id: Id<Quote>) -> Result<SeenQuote, Error> {
        let (quote, lines) = (self.seen(id)?, self.quote_lines(id)?);
        let priceable: Vec<Priceable> = lines.iter().map(QuoteLine::priceable).collect();
        let rates = totals(&quote.record.terms(), &priceable)?.rates;
        let approval = self.last_approval(id.uuid())?;
        let approval =
            approval.map(|request| Seen { version: self.version(request.id), record: request });
        Ok(SeenQuote { measures: measures(&quote.record, &lines), quote, lines, rates, approval })
    }

    /// The prices of what is wished, for the customer of a quote on a day.
    fn catalogue(
        &mut self,
        quote: &Quote,
        wishes: &[SetQuoteLine],
        ctx: Ctx,
    ) -> Result<Catalogue, Error> {
        let named = wishes.iter().filter_map(|wish| wish.product);
        let known = self.composition(named)?;
        let customer = self.get(quote.customer)?;
        let mut catalogue = Catalogue { known, ..Catalogue::default() };
        for wish in wishes.iter().take(1_000) {
            let Some(product) = wish.product else { continue };
            let Ok(quantity) = wish.quantity.parse::<Quantity>() else { continue };
            self.price(&mut catalogue, quote, &customer, (product, quantity), ctx)?;
            // What cannot be expanded is refused by the decision.
            for part in expand(product, quantity, &catalogue.known).unwrap_or_default() {
                self.price(&mut catalogue, quote, &customer, (part.product, part.quantity), ctx)?;
            }
        }
        Ok(catalogue)
    }

    fn price(
        &mut self,
        catalogue: &mut Catalogue,
        quote: &Quote,
        customer: &Customer,
        key: (Id<Product>, Quantity),
        ctx: Ctx,
    ) -> Result<(), Error> {
        let Some(product) = catalogue.known.products.get(&key.0).cloned() else { return Ok(()) };
        let ask = self.ask(Some(customer), ctx.today, quote.currency, key.1);
        let priced = self.priced(&product, &ask)?;
        catalogue.prices.insert(key, priced);
        Ok(())
    }

    /// Will write a quote with other lines.
    fn put_lines(&mut self, had: &[QuoteLine], set: &SetOfQuoteLines) -> Result<(), Error> {
        for line in &set.lines {
            self.put(line)?;
        }
        for line in had.iter().filter(|had| set.lines.iter().all(|line| line.id != had.id)) {
            self.remove(line.id)?;
        }
        Ok(())
    }

    /// Will write a quote after a decision: its timer and, where it was edited or ended, void approval with it.
    fn put_quote(&mut self, before: &Quote, after: &Quote) -> Result<(), Error> {
        self.put(after)?;
        self.about(after.id);
        let left = [QuoteState::Draft, QuoteState::Withdrawn, QuoteState::Superseded];
        let had = [QuoteState::InApproval, QuoteState::Approved];
        if had.contains(&before.state) && left.contains(&after.state) {
            self.void_approval(after.id.uuid())?;
        }
        let due = match after.state {
            QuoteState::Approved | QuoteState::Sent => Some(self.day_after(after.valid_until)?),
            QuoteState::Draft
            | QuoteState::InApproval
            | QuoteState::Accepted
            | QuoteState::Declined
            | QuoteState::Expired
            | QuoteState::Withdrawn
            | QuoteState::Superseded => None,
        };
        self.schedule(after.id, TimerCode::QuoteExpire, due)
    }

    /// The instant at which a day is over where the tenant is.
    pub(super) fn day_after(&mut self, day: chrono::NaiveDate) -> Result<Timestamp, Error> {
        let zone = self.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC);
        let over = day.succ_opt().unwrap_or(day);
        let whole = Period::new(day, over).and_then(|period| period.instants(zone));
        whole.map(|span| span.end()).map_err(|invalid| Error::invalid("valid_until", invalid))
    }
}

/// Ends a quote whose last day is over, and tells its owner.
pub(super) fn over(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(quote) = cx.find(Id::<Quote>::new(timer.subject))? else { return Ok(()) };
    let ctx = cx.quote_ctx()?;
    let Some(expired) = quote::expire(&quote, ctx) else { return Ok(()) };
    cx.put(&expired)?;
    cx.notify(quote.owner, timer.code, quote.id, timer.due_at)
}

/// What becomes of a quote when the request for its approval ends.
pub(super) fn settled(cx: &mut Cx<'_>, id: Id<Quote>, agreed: bool) -> Result<(), Error> {
    let quote = cx.get(id)?;
    let after = quote::answered(&quote, agreed)?;
    cx.put(&after)?;
    if agreed {
        let due = cx.day_after(after.valid_until)?;
        cx.schedule(id, TimerCode::QuoteExpire, Some(due))?;
    }
    Ok(())
}

impl Operation for CreateQuote {
    const NAME: &'static str = "quote.create";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let deal = cx.known_if("opportunity", self.opportunity)?;
        let customer = self.customer.or(deal.as_ref().map(|deal| deal.customer));
        let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
        let customer = cx.live_customer("customer", customer.ok_or_else(missing)?)?;
        let contact = cx.known_if("contact", self.contact)?;
        let named = Named {
            customer: &customer,
            opportunity: deal.as_ref(),
            contact: contact.as_ref(),
            owner: cx.owner_or_actor(self.owner)?,
            number: cx.numbered(Numbered::Quote, self.number.as_deref())?,
            base: cx.get(Settings::ID)?.base_currency,
        };
        let (id, ctx) = (cx.id_or(self.id), cx.quote_ctx()?);
        let mut quote = quote::create(id, self, &named, ctx)?;
        let key = [Val::from(quote.number.as_str()), Val::Int(1)];
        cx.free("number", quote.number.as_str(), Quote::BY_NUMBER, &key, id)?;
        quote.ext = cx.custom::<Quote>(&self.custom)?;
        let lines = match deal.filter(|_| self.lines_of_opportunity) {
            Some(deal) => {
                let of = [Val::Id(deal.id.uuid())];
                copied_from_deal(&cx.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &of)?)
            }
            None => self.lines.clone(),
        };
        let catalogue = cx.catalogue(&quote, &lines, ctx)?;
        let wish = SetQuoteLines {
            id: Some(id),
            lines,
            discount: self.discount.clone(),
            discount_amount: self.discount_amount,
        };
        let set = quote::set_lines(&quote, &wish, &[], &catalogue, &mut || cx.new_id(), ctx)?;
        cx.create(&set.quote)?;
        cx.put_lines(&[], &set)?;
        cx.about(id);
        cx.seen_quote(id)
    }
}

impl Operation for SetQuoteLines {
    const NAME: &'static str = "quote.set_lines";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let missing = || Error::invalid("id", Invalid::new("reference.missing", ""));
        let quote = cx.get(self.id.ok_or_else(missing)?)?;
        let (had, ctx) = (cx.quote_lines(quote.id)?, cx.quote_ctx()?);
        let catalogue = cx.catalogue(&quote, &self.lines, ctx)?;
        let set = quote::set_lines(&quote, self, &had, &catalogue, &mut || cx.new_id(), ctx)?;
        cx.put_lines(&had, &set)?;
        cx.put_quote(&quote, &set.quote)?;
        cx.seen_quote(quote.id)
    }
}

/// Changes words and terms of a quote: `name`, `contact`, `owner`, `valid_until`, `payment_terms`, `delivery_terms`, `note`
/// and `custom.` fields. A quote that waits for approval or was approved becomes a draft again, and the approval void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendQuote {
    /// Which.
    pub id: Id<Quote>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendQuote {
    const NAME: &'static str = "quote.amend";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.details(), &self.set)?;
        let owner = match wish.owner {
            Some(owner) if owner == before.owner => owner,
            named => cx.owner_or_actor(named)?,
        };
        let contact = wish.contact.filter(|contact| before.contact != Some(*contact));
        let contact = cx.known_if("set.contact", contact)?;
        let ctx = cx.quote_ctx()?;
        let mut after = quote::amend(&before, &wish, (contact.as_ref(), owner), ctx)?;
        after.ext = cx.custom_after::<Quote>(&before.ext, &wish.custom)?;
        cx.amend(&after)?;
        cx.put_quote(&before, &after)?;
        cx.seen_quote(before.id)
    }
}

/// Hands a quote in for approval. Where no rule asks for any, it is approved at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitQuote {
    /// Which.
    pub id: Id<Quote>,
    /// The id that the request for approval shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Id<ApprovalRequest>>,
}

impl Operation for SubmitQuote {
    const NAME: &'static str = "quote.submit";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let quote = cx.get(self.id)?;
        let (lines, ctx) = (cx.quote_lines(quote.id)?, cx.quote_ctx()?);
        let mut after = quote::submit(&quote, lines.len(), ctx)?;
        let subject = (Approvable::Quote, quote.id.uuid());
        let asked =
            cx.ask_approval(subject, (self.approval, quote.author), measures(&quote, &lines))?;
        if asked.is_none() {
            after = quote::answered(&after, true)?;
        }
        cx.put_quote(&quote, &after)?;
        cx.seen_quote(quote.id)
    }
}

impl Operation for SendQuote {
    const NAME: &'static str = "quote.send";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let (quote, ctx) = (cx.get(self.id)?, cx.quote_ctx()?);
        cx.put_quote(&quote, &quote::send(&quote, ctx)?)?;
        cx.seen_quote(self.id)
    }
}

/// The decisions that end a quote for a reason: read, decide, write.
macro_rules! ends {
    ($($wish:ident $name:literal $decide:path;)+) => {$(
        impl Operation for $wish {
            const NAME: &'static str = $name;
            const ACCESS: Access = Access::Sell;
            type Response = SeenQuote;

            fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
                let (quote, ctx) = (cx.get(self.id)?, cx.quote_ctx()?);
                cx.put_quote(&quote, &$decide(&quote, self, ctx)?)?;
                cx.seen_quote(self.id)
            }
        }
    )+};
}

ends! {
    Decline "quote.decline" quote::decline;
    WithdrawQuote "quote.withdraw" quote::withdraw;
}

impl Operation for Accept {
    const NAME: &'static str = "quote.accept";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let quote = cx.get(self.id)?;
        let deal = match quote.opportunity {
            Some(deal) => cx.find(deal)?,
            None => None,
        };
        let ctx = cx.quote_ctx()?;
        let accepted = quote::accept(&quote, self, deal.as_ref(), ctx)?;
        cx.put_quote(&quote, &accepted.quote)?;
        if let Some(deal) = &accepted.deal {
            cx.put(deal)?;
        }
        cx.seen_quote(quote.id)
    }
}

impl Operation for ReviseQuote {
    const NAME: &'static str = "quote.revise";
    const ACCESS: Access = Access::Sell;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        let quote = cx.get(self.id)?;
        let (lines, ctx) = (cx.quote_lines(quote.id)?, cx.quote_ctx()?);
        let number = [Val::from(quote.number.as_str())];
        let later = cx.list::<Quote>(Quote::BY_NUMBER, &number)?;
        let later = later.into_iter().rfind(|other| other.revision > quote.revision);
        let id = cx.id_or(self.new_id);
        let place = (id, later.as_ref());
        let revised = quote::revise(&quote, &lines, self, place, &mut || cx.new_id(), ctx)?;
        cx.put_quote(&quote, &revised.before)?;
        cx.create(&revised.after)?;
        revised.lines.iter().try_for_each(|line| cx.put(line))?;
        cx.about(id);
        cx.seen_quote(id)
    }
}

/// A quote by its id, with its lines, what they come to by rate of tax, and the last request for its approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetQuote {
    /// Which.
    pub id: Id<Quote>,
}

impl Operation for GetQuote {
    const NAME: &'static str = "quote.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenQuote;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenQuote, Error> {
        cx.seen_quote(self.id)
    }
}

/// Quotes, the newest first, a page at a time; the revisions of a number, the first first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuotes {
    /// Only the revisions of this number.
    pub number: Option<String>,
    /// Only those to this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those for this deal.
    pub opportunity: Option<Id<crate::opportunity::Opportunity>>,
    /// Only those that this user looks after.
    pub owner: Option<Id<User>>,
    /// Only those that are so far.
    pub state: Option<QuoteState>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListQuotes {
    const NAME: &'static str = "quote.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Quote>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Quote>, Error> {
        let state = self.state.map(|state| Val::from(state.code()));
        let (index, prefix) = match (&self.number, self.opportunity, self.customer, self.owner) {
            (Some(number), ..) => (Quote::BY_NUMBER, vec![Val::from(number.as_str())]),
            (None, Some(deal), ..) => (Quote::BY_OPPORTUNITY, vec![Val::Id(deal.uuid())]),
            (None, None, Some(of), _) => (Quote::BY_CUSTOMER, vec![Val::Id(of.uuid())]),
            (None, None, None, Some(owner)) => {
                (Quote::BY_OWNER, core::iter::once(Val::Id(owner.uuid())).chain(state).collect())
            }
            (None, None, None, None) => (Quote::BY_STATE, state.into_iter().collect()),
        };
        let mut wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        if self.number.is_none() {
            wanted = wanted.newest_first();
        }
        cx.listed(wanted, |quote: &Quote| {
            self.state.is_none_or(|state| quote.state == state)
                && self.customer.is_none_or(|customer| quote.customer == customer)
                && self.opportunity.is_none_or(|deal| quote.opportunity == Some(deal))
                && self.owner.is_none_or(|owner| quote.owner == owner)
        })
    }
}

/// Prices that one answer tells at most.
const LAST_MAX: usize = 20;

/// What a product was offered to a customer for: the last price that the customer took, and the last that went out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastPrice {
    /// To which customer.
    pub customer: Id<Customer>,
    /// Which product.
    pub product: Id<Product>,
}

/// A price at which a product went out to a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfferedPrice {
    /// On which quote.
    pub quote: Id<Quote>,
    /// What that is called.
    pub number: DocumentNumber,
    /// Its revision.
    pub revision: u32,
    /// What became of it.
    pub state: QuoteState,
    /// When it went out.
    pub sent_at: Timestamp,
    /// How many or how much.
    pub quantity: Quantity,
    /// The price of one, with or without tax as the quote has it.
    pub unit_price: UnitPrice,
    /// What was taken off the line, in percent.
    pub discount: Percent,
    /// What was taken off the line, as an amount.
    pub discount_amount: Option<Money>,
    /// What the line came to before tax, its share of what was taken off the sum taken off.
    pub net: Money,
}

/// The last prices of a product for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LastPrices {
    /// The last that the customer took.
    pub accepted: Option<OfferedPrice>,
    /// All that went out, the last first; at most 20.
    pub offered: Vec<OfferedPrice>,
}

impl Operation for LastPrice {
    const NAME: &'static str = "quote.last_price";
    const ACCESS: Access = Access::Read;
    type Response = LastPrices;

    fn run(&self, cx: &mut Cx<'_>) -> Result<LastPrices, Error> {
        cx.known("customer", self.customer)?;
        cx.known("product", self.product)?;
        let of = [Val::Id(self.customer.uuid()), Val::Id(self.product.uuid())];
        let mut offered = Vec::new();
        for line in cx.list::<QuoteLine>(QuoteLine::BY_CUSTOMER, &of)? {
            let Some(quote) = cx.find(line.quote)? else { continue };
            let Some(sent_at) = quote.sent_at else { continue };
            offered.push(OfferedPrice {
                quote: quote.id,
                number: quote.number,
                revision: quote.revision,
                state: quote.state,
                sent_at,
                quantity: line.quantity,
                unit_price: line.unit_price,
                discount: line.discount,
                discount_amount: line.discount_amount,
                net: line.net,
            });
        }
        offered.sort_by_key(|price| core::cmp::Reverse((price.sent_at, price.quote)));
        let accepted = offered.iter().find(|price| price.state == QuoteState::Accepted).cloned();
        offered.truncate(LAST_MAX);
        Ok(LastPrices { accepted, offered })
    }
}
