//! A quote is made, and its words and terms are changed.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Ctx, Quote, QuoteState, QuoteStep, RoundingRule, RoundingScope, SetQuoteLine, TaxMode,
};
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::{DocumentNumber, User};
use crate::value::{Currency, Id, Invalid, Money, Name, Percent};

/// Days that a quote holds where nobody says until when.
const HOLDS_DAYS: u64 = 30;

/// A new quote: a customer (or a deal) and a name are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateQuote {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Quote>>,
    /// What it is called, where the host gives the numbers.
    pub number: Option<String>,
    /// What it is about: 1 to 200 characters on one line; that of the deal where nothing is said.
    pub name: String,
    /// To whom; to the customer of the deal where nothing is said.
    pub customer: Option<Id<Customer>>,
    /// For which deal; an open one of that customer.
    pub opportunity: Option<Id<Opportunity>>,
    /// To which person there.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// The currency of all its amounts; the deal's, else the tenant's, where nothing is said.
    pub currency: Option<String>,
    /// `on_top` (the default) or `included`.
    pub tax_mode: Option<String>,
    /// `half_up` (the default) or `half_even`.
    pub rounding: Option<String>,
    /// `line` (the default), `rate` or `total`.
    pub rounding_scope: Option<String>,
    /// The tax on lines that say no other and whose product says none, in percent; 0 where nothing is said.
    pub tax_rate: Option<String>,
    /// What is taken off the sum of the lines, in percent.
    pub discount: Option<String>,
    /// What is taken off the sum of the lines, as an amount; instead of the percentage.
    pub discount_amount: Option<Money>,
    /// The last day on which it holds; 30 days from today where nothing is said.
    pub valid_until: Option<NaiveDate>,
    /// When what is to be paid.
    pub payment_terms: Option<String>,
    /// How and when it is delivered.
    pub delivery_terms: Option<String>,
    /// Anything else that it says.
    pub note: Option<String>,
    /// Its lines, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<SetQuoteLine>,
    /// Whether its lines are those of the deal, instead.
    pub lines_of_opportunity: bool,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// What a quote names, looked up.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The deal.
    pub opportunity: Option<&'a Opportunity>,
    /// The person.
    pub contact: Option<&'a Contact>,
    /// Who looks after it.
    pub owner: Id<User>,
    /// What it is called.
    pub number: DocumentNumber,
    /// The currency of the tenant.
    pub base: Currency,
}

/// A new quote without lines. Rule QU-3 (F082).
///
/// # Errors
///
/// `text.*` (name, payment_terms, delivery_terms, note) · `currency.unknown` · `code.unknown` (tax_mode, rounding,
/// rounding_scope) · `decimal.*`, `percent.range` (tax_rate, discount) · `quote.valid_until` before today ·
/// `contact.of_other_customer` · `quote.opportunity_of_other_customer` · `opportunity.already_closed` ·
/// `quote.lines_twice` for lines of its own and those of a deal, `quote.lines_of_nothing` for those of no deal.
pub fn create(
    id: Id<Quote>,
    wish: &CreateQuote,
    named: &Named<'_>,
    ctx: Ctx,
) -> Result<Quote, Refusal> {
    let mut check = Check::default();
    let of_deal = named.opportunity.map(|deal| deal.name.as_str()).filter(|_| wish.name.is_empty());
    let name = check.take("name", Name::parse(of_deal.unwrap_or(&wish.name)));
    let currency = match wish.currency.as_deref() {
        Some(code) => check.take("currency", Currency::parse(code)),
        None => {
            let amount = named.opportunity.and_then(|deal| deal.amount);
            Some(amount.map_or(named.base, Money::currency))
        }
    };
    let tax_mode = check.parse("tax_mode", wish.tax_mode.as_deref());
    let rounding = check.parse("rounding", wish.rounding.as_deref());
    let scope = check.parse("rounding_scope", wish.rounding_scope.as_deref());
    let tax_rate = check.parse("tax_rate", wish.tax_rate.as_deref());
    let discount = check.parse("discount", wish.discount.as_deref());
    let month = ctx.today.checked_add_days(Days::new(HOLDS_DAYS)).unwrap_or(ctx.today);
    let valid_until = wish.valid_until.unwrap_or(month);
    holds(valid_until, ctx, &mut check);
    let payment_terms = check.parse("payment_terms", wish.payment_terms.as_deref());
    let delivery_terms = check.parse("delivery_terms", wish.delivery_terms.as_deref());
    let note = check.parse("note", wish.note.as_deref());
    if let Some(contact) = named.contact {
        at_customer(contact, named.customer.id, &mut check);
    }
    if let Some(deal) = named.opportunity {
        check.rule(deal.customer == named.customer.id, "opportunity", || {
            Invalid::new("quote.opportunity_of_other_customer", &deal.id.to_string())
        });
        check.below("opportunity", deal.open());
    }
    check.rule(wish.lines.is_empty() || !wish.lines_of_opportunity, "lines", || {
        Invalid::new("quote.lines_twice", &wish.lines.len().to_string())
    });
    check.rule(named.opportunity.is_some() || !wish.lines_of_opportunity, "opportunity", || {
        Invalid::new("quote.lines_of_nothing", "").limit("a deal")
    });
    let quote = name.zip(currency).map(|(name, currency)| Quote {
        id,
        number: named.number.clone(),
        revision: 1,
        name,
        customer: named.customer.id,
        contact: named.contact.map(|contact| contact.id),
        opportunity: named.opportunity.map(|deal| deal.id),
        owner: named.owner,
        author: ctx.by,
        state: QuoteState::Draft,
        currency,
        tax_mode: tax_mode.unwrap_or(TaxMode::OnTop),
        rounding: rounding.unwrap_or(RoundingRule::HalfUp),
        rounding_scope: scope.unwrap_or(RoundingScope::Line),
        tax_rate: tax_rate.unwrap_or(Percent::ZERO),
        discount: discount.unwrap_or(Percent::ZERO),
        discount_amount: wish.discount_amount,
        valid_from: ctx.today,
        valid_until,
        taken_off: Money::zero(currency),
        net: Money::zero(currency),
        tax: Money::zero(currency),
        gross: Money::zero(currency),
        payment_terms,
        delivery_terms,
        note,
        created_at: ctx.now,
        sent_at: None,
        ended_at: None,
        reason: None,
        previous: None,
        ext: Ext::new(),
    });
    check.finish(quote)
}

fn holds(until: NaiveDate, ctx: Ctx, check: &mut Check) {
    check.rule(until >= ctx.today, "valid_until", || {
        let over = Invalid::new("quote.valid_until", &until.to_string());
        over.limit(format!("not before {}", ctx.today))
    });
}

fn at_customer(contact: &Contact, customer: Id<Customer>, check: &mut Check) {
    check.rule(contact.customer == customer, "contact", || {
        Invalid::new("contact.of_other_customer", &contact.id.to_string())
    });
}

/// The words and terms of a quote that are edited one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Details {
    /// What it is about.
    pub name: String,
    /// To which person.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it.
    pub owner: Option<Id<User>>,
    /// The last day on which it holds.
    pub valid_until: Option<NaiveDate>,
    /// When what is to be paid.
    pub payment_terms: Option<String>,
    /// How and when it is delivered.
    pub delivery_terms: Option<String>,
    /// Anything else that it says.
    pub note: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

impl Quote {
    /// Its words and terms as they are.
    pub fn details(&self) -> Details {
        Details {
            name: self.name.to_string(),
            contact: self.contact,
            owner: Some(self.owner),
            valid_until: Some(self.valid_until),
            payment_terms: self.payment_terms.as_ref().map(ToString::to_string),
            delivery_terms: self.delivery_terms.as_ref().map(ToString::to_string),
            note: self.note.as_ref().map(ToString::to_string),
            custom: self.ext.clone(),
        }
    }

    /// The quote as its editor left it: a draft, and theirs; approval that it had or waited for is void.
    ///
    /// # Errors
    ///
    /// Those of [`QuoteState::after`] for an edit.
    pub(super) fn edited(&self, ctx: Ctx) -> Result<Self, Refusal> {
        let state = self.state.after(QuoteStep::Edit)?;
        Ok(Self { state, author: ctx.by, ..self.clone() })
    }
}

/// A quote with other words and terms. Rule QU-4 (F082, F083).
///
/// # Errors
///
/// Those of the state (`quote.frozen` once it went out) · `text.*` (name, payment_terms, delivery_terms, note) ·
/// `quote.valid_until` · `contact.of_other_customer`.
pub fn amend(
    quote: &Quote,
    wish: &Details,
    (contact, owner): (Option<&Contact>, Id<User>),
    ctx: Ctx,
) -> Result<Quote, Refusal> {
    let edited = quote.edited(ctx)?;
    let mut check = Check::default();
    let name = check.take("set.name", Name::parse(&wish.name));
    let valid_until = wish.valid_until.unwrap_or(quote.valid_until);
    if valid_until != quote.valid_until {
        holds(valid_until, ctx, &mut check);
    }
    let payment_terms = check.parse("set.payment_terms", wish.payment_terms.as_deref());
    let delivery_terms = check.parse("set.delivery_terms", wish.delivery_terms.as_deref());
    let note = check.parse("set.note", wish.note.as_deref());
    if let Some(contact) = contact {
        at_customer(contact, quote.customer, &mut check);
    }
    let quote = name.map(|name| Quote {
        name,
        contact: wish.contact,
        owner,
        valid_until,
        payment_terms,
        delivery_terms,
        note,
        ..edited
    });
    check.finish(quote)
}
