//! A contract is written.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Agreed, AgreedLine, Contract, ContractState, Ctx};
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::quote::{
    Priceable, Quote, QuoteLine, QuoteState, RoundingScope, TaxMode, Terms, totals,
};
use crate::record::Ext;
use crate::settings::{DocumentNumber, User};
use crate::value::{
    Currency, Id, Invalid, Money, Name, Note, Percent, Quantity, Rounding, UnitPrice,
};

/// Days before its last on which the renewal of a contract is due, where nobody says otherwise.
const NOTICE_DAYS: u32 = 30;

/// Days before its last on which a renewal can be due at most.
const NOTICE_DAYS_MAX: u32 = 3_650;

/// Lines that a contract has at most.
const LINES_MAX: usize = 500;

/// A new contract: of an accepted quote, or with lines of its own, or for an amount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateContract {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Contract>>,
    /// What it is called, where the host gives the numbers.
    pub number: Option<String>,
    /// By which quote: an accepted one; customer, deal, lines, amounts and terms are those of the quote.
    pub quote: Option<Id<Quote>>,
    /// With whom; with the customer of the quote or deal where nothing is said.
    pub customer: Option<Id<Customer>>,
    /// Of which deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// What it is about: 1 to 200 characters on one line; that of the quote or deal where nothing is said.
    pub name: String,
    /// With which person there.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// What we are called in it.
    pub our_party: Option<String>,
    /// What the customer is called in it.
    pub their_party: Option<String>,
    /// The first day on which it holds; today where nothing is said.
    pub starts_on: Option<NaiveDate>,
    /// The last day on which it holds; no end where nothing is said.
    pub ends_on: Option<NaiveDate>,
    /// How many days before its last its renewal is due: 0 to 3,650; 30 where nothing is said.
    pub notice_days: Option<u32>,
    /// What it is about, before tax; only of one without lines.
    pub amount: Option<Money>,
    /// What is sold, in order; each line and its tax are rounded halves up. A line that is said as it was keeps its amounts.
    pub lines: Vec<LineWish>,
    /// When what is to be paid.
    pub payment_terms: Option<String>,
    /// How and when it is delivered.
    pub delivery_terms: Option<String>,
    /// What else was agreed.
    pub terms: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// What a contract says, field by field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContractDetails {
    /// What it is about: 1 to 200 characters on one line; that of the quote or deal where nothing is said.
    pub name: String,
    /// With which person there.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// What we are called in it.
    pub our_party: Option<String>,
    /// What the customer is called in it.
    pub their_party: Option<String>,
    /// The first day on which it holds; today where nothing is said.
    pub starts_on: Option<NaiveDate>,
    /// The last day on which it holds; no end where nothing is said.
    pub ends_on: Option<NaiveDate>,
    /// How many days before its last its renewal is due: 0 to 3,650; 30 where nothing is said.
    pub notice_days: Option<u32>,
    /// What it is about, before tax; only of one without lines.
    pub amount: Option<Money>,
    /// What is sold, in order; each line and its tax are rounded halves up. A line that is said as it was keeps its amounts.
    pub lines: Vec<LineWish>,
    /// When what is to be paid.
    pub payment_terms: Option<String>,
    /// How and when it is delivered.
    pub delivery_terms: Option<String>,
    /// What else was agreed.
    pub terms: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// One line as wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LineWish {
    /// Which product.
    pub product: Option<Id<Product>>,
    /// What it is; needed without a product.
    pub description: Option<String>,
    /// How many or how much: a decimal above 0.
    pub quantity: String,
    /// The price of one.
    pub unit_price: Option<UnitPrice>,
    /// What is taken off, in percent.
    pub discount: Option<String>,
    /// The tax, in percent.
    pub tax_rate: Option<String>,
    /// Whether the price includes it; it comes on top where nothing is said.
    pub tax_included: bool,
}

impl CreateContract {
    /// What it shall say.
    pub fn details(&self) -> ContractDetails {
        ContractDetails {
            name: self.name.clone(),
            contact: self.contact,
            owner: self.owner,
            our_party: self.our_party.clone(),
            their_party: self.their_party.clone(),
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            notice_days: self.notice_days,
            amount: self.amount,
            lines: self.lines.clone(),
            payment_terms: self.payment_terms.clone(),
            delivery_terms: self.delivery_terms.clone(),
            terms: self.terms.clone(),
            custom: self.custom.clone(),
        }
    }
}

/// What a contract names, looked up.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The quote and its lines.
    pub quote: Option<(&'a Quote, &'a [QuoteLine])>,
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

/// A new contract: a draft. Rule CT-6 (F085, W31).
///
/// # Errors
///
/// `contract.quote_not_accepted` · `contract.quote_of_other_customer` · `contract.opportunity_of_other_customer` · then
/// those of [`details`].
pub fn create(
    id: Id<Contract>,
    wish: &CreateContract,
    named: &Named<'_>,
    ctx: Ctx,
) -> Result<Contract, Refusal> {
    let mut check = Check::default();
    if let Some((quote, _)) = named.quote {
        check.rule(quote.state == QuoteState::Accepted, "quote", || {
            let not = Invalid::new("contract.quote_not_accepted", quote.state.code());
            not.allowed([QuoteState::Accepted.code()])
        });
        check.rule(quote.customer == named.customer.id, "quote", || {
            Invalid::new("contract.quote_of_other_customer", &quote.id.to_string())
        });
    }
    if let Some(deal) = named.opportunity {
        check.rule(deal.customer == named.customer.id, "opportunity", || {
            Invalid::new("contract.opportunity_of_other_customer", &deal.id.to_string())
        });
    }
    let offered = named.quote.map(|(quote, lines)| Agreed::of_quote(quote, lines));
    let called = named.quote.map(|(quote, _)| &quote.name);
    let called = called.or_else(|| named.opportunity.map(|deal| &deal.name));
    let mut own = wish.details();
    if let Some(name) = called.filter(|_| own.name.is_empty()) {
        own.name = name.to_string();
    }
    // Stands in, as the name does, until the wish says what it is about.
    let empty = Money::zero(named.base);
    let blank = Contract {
        id,
        number: named.number.clone(),
        revision: 1,
        name: named.customer.name.clone(),
        customer: named.customer.id,
        contact: None,
        opportunity: named.opportunity.map(|deal| deal.id),
        quote: named.quote.map(|(quote, _)| quote.id),
        owner: named.owner,
        author: ctx.by,
        state: ContractState::Draft,
        our_party: None,
        their_party: None,
        agreed: offered.unwrap_or_else(|| Agreed::amount(empty)),
        net: empty,
        tax: empty,
        gross: empty,
        starts_on: ctx.today,
        ends_on: None,
        notice_days: NOTICE_DAYS,
        signed_revision: 0,
        signed_on: None,
        created_at: ctx.now,
        ended_at: None,
        terminated_on: None,
        reason: None,
        previous: None,
        ext: Ext::new(),
    };
    let said = named.quote.is_some();
    let contract = details(&blank, &own, said, (named.contact, named.owner));
    let contract = check.below("", contract);
    check.finish(contract)
}

impl Contract {
    /// What it says, field by field.
    pub fn details(&self) -> ContractDetails {
        let text = |note: &Option<Note>| note.as_ref().map(ToString::to_string);
        let line = |line: &AgreedLine| LineWish {
            product: line.product,
            description: line.description.as_ref().map(ToString::to_string),
            quantity: line.quantity.to_string(),
            unit_price: Some(line.unit_price),
            discount: None,
            tax_rate: line.tax_rate.map(|rate| rate.to_string()),
            tax_included: line.tax_included,
        };
        ContractDetails {
            name: self.name.to_string(),
            contact: self.contact,
            owner: Some(self.owner),
            our_party: self.our_party.as_ref().map(ToString::to_string),
            their_party: self.their_party.as_ref().map(ToString::to_string),
            starts_on: Some(self.starts_on),
            ends_on: self.ends_on,
            notice_days: Some(self.notice_days),
            amount: Some(self.net).filter(|_| self.agreed.lines.is_empty()),
            lines: self.agreed.lines.iter().map(line).collect(),
            payment_terms: text(&self.agreed.payment_terms),
            delivery_terms: text(&self.agreed.delivery_terms),
            terms: text(&self.agreed.terms),
            custom: self.ext.clone(),
        }
    }
}

/// A contract with what it shall say. Lines and amount that are not said stay; of a new contract by a quote they are the
/// quote's, and so are the terms. Rule CT-7 (F085).
///
/// # Errors
///
/// `text.*` (name, our_party, their_party, payment_terms, delivery_terms, terms) · `contract.period` for an end before the
/// beginning · `contract.notice_days` · `contact.of_other_customer` · `contract.amount_negative` · `contract.amount_of_lines`
/// for an amount and lines · `contract.amount_missing` · `contract.too_many_lines` · line by line
/// `contract.line.nothing`, `text.*`, `decimal.*`, `quantity.negative`, `contract.line.quantity_zero`,
/// `contract.line.price_missing`, `percent.range`, those of [`totals`] · `money.currency_mismatch`, `money.overflow`.
pub fn details(
    before: &Contract,
    wish: &ContractDetails,
    quoted: bool,
    (contact, owner): (Option<&Contact>, Id<User>),
) -> Result<Contract, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Name::parse(&wish.name));
    let our_party = check.parse("our_party", wish.our_party.as_deref());
    let their_party = check.parse("their_party", wish.their_party.as_deref());
    let payment_terms = check.parse("payment_terms", wish.payment_terms.as_deref());
    let delivery_terms = check.parse("delivery_terms", wish.delivery_terms.as_deref());
    let terms = check.parse("terms", wish.terms.as_deref());
    let starts_on = wish.starts_on.unwrap_or(before.starts_on);
    check.rule(wish.ends_on.is_none_or(|end| end >= starts_on), "ends_on", || {
        let end = wish.ends_on.map(|end| end.to_string()).unwrap_or_default();
        Invalid::new("contract.period", &end).limit(format!("not before {starts_on}"))
    });
    let notice_days = wish.notice_days.unwrap_or(before.notice_days);
    check.rule(notice_days <= NOTICE_DAYS_MAX, "notice_days", || {
        Invalid::new("contract.notice_days", &notice_days.to_string())
            .limit(format!("0 to {NOTICE_DAYS_MAX}"))
    });
    if let Some(contact) = contact {
        check.rule(contact.customer == before.customer, "contact", || {
            Invalid::new("contact.of_other_customer", &contact.id.to_string())
        });
    }
    let agreed = agreed(before, wish, quoted, &mut check);
    let contract = name.zip(agreed).map(|(name, agreed)| {
        let keep = |said: Option<Note>, had: &Option<Note>| {
            if quoted { said.or(had.clone()) } else { said }
        };
        let agreed = Agreed {
            payment_terms: keep(payment_terms, &before.agreed.payment_terms),
            delivery_terms: keep(delivery_terms, &before.agreed.delivery_terms),
            terms: keep(terms, &before.agreed.terms),
            ..agreed
        };
        Contract {
            name,
            contact: wish.contact,
            owner,
            our_party,
            their_party,
            starts_on,
            ends_on: wish.ends_on,
            notice_days,
            net: agreed.net,
            tax: agreed.tax,
            gross: agreed.gross,
            agreed,
            ..before.clone()
        }
    });
    check.finish(contract)
}

/// Lines and amounts as wished; as they were where nothing else is said.
fn agreed(
    before: &Contract,
    wish: &ContractDetails,
    quoted: bool,
    check: &mut Check,
) -> Option<Agreed> {
    check.rule(wish.amount.is_none() || wish.lines.is_empty(), "amount", || {
        let amount = wish.amount.map(|amount| amount.to_string()).unwrap_or_default();
        Invalid::new("contract.amount_of_lines", &amount).limit("an amount or lines")
    });
    let silent = wish.amount.is_none() && wish.lines.is_empty();
    if quoted && silent || !silent && wish.amount.is_none() && wish.lines == before.details().lines
    {
        return Some(before.agreed.clone());
    }
    if let Some(amount) = wish.amount.filter(|_| wish.lines.is_empty()) {
        check.rule(!amount.is_negative(), "amount", || {
            Invalid::new("contract.amount_negative", &amount.to_string()).limit("at least 0")
        });
        return Some(Agreed::amount(amount));
    }
    check.rule(!wish.lines.is_empty(), "amount", || {
        Invalid::new("contract.amount_missing", "").limit("an amount, lines, or a quote")
    });
    check.rule(wish.lines.len() <= LINES_MAX, "lines", || {
        Invalid::new("contract.too_many_lines", &wish.lines.len().to_string())
            .limit(format!("at most {LINES_MAX}"))
    });
    let mut had: Vec<(LineWish, &AgreedLine)> =
        before.details().lines.into_iter().zip(&before.agreed.lines).collect();
    let mut lines = Vec::with_capacity(wish.lines.len());
    for (at, wish) in wish.lines.iter().take(LINES_MAX).enumerate() {
        // A line that is said as it was keeps what it came to, discounts of its quote among that.
        match had.iter().position(|(said, _)| said == wish) {
            Some(place) => lines.push(Some(had.remove(place).1.clone())),
            None => lines.push(line(wish, at, check)),
        }
    }
    let lines: Vec<AgreedLine> = lines.into_iter().collect::<Option<_>>()?;
    let currency = lines.first()?.net.currency();
    let net = check.take("lines", Money::sum(currency, lines.iter().map(|line| line.net)))?;
    let tax = check.take("lines", Money::sum(currency, lines.iter().map(|line| line.tax)))?;
    let gross = check.take("lines", net.checked_add(tax))?;
    Some(Agreed { lines, tax, gross, ..Agreed::amount(net) })
}

fn line(wish: &LineWish, index: usize, check: &mut Check) -> Option<AgreedLine> {
    let at = |field: &str| format!("lines[{index}].{field}");
    let description = check.parse(&at("description"), wish.description.as_deref());
    check.rule(wish.product.is_some() || wish.description.is_some(), &at("product"), || {
        Invalid::new("contract.line.nothing", "").limit("a product or words")
    });
    let quantity = check.take(&at("quantity"), wish.quantity.parse::<Quantity>());
    check.rule(quantity.is_none_or(|quantity| !quantity.is_zero()), &at("quantity"), || {
        Invalid::new("contract.line.quantity_zero", &wish.quantity).limit("above 0")
    });
    check.rule(wish.unit_price.is_some(), &at("unit_price"), || {
        Invalid::new("contract.line.price_missing", "")
    });
    let discount = check.parse(&at("discount"), wish.discount.as_deref());
    let tax_rate = check.parse(&at("tax_rate"), wish.tax_rate.as_deref());
    let (quantity, unit_price) = (quantity?, wish.unit_price?);
    let priceable = Priceable {
        unit_price,
        quantity,
        discount: discount.unwrap_or(Percent::ZERO),
        discount_amount: None,
        tax_rate: tax_rate.unwrap_or(Percent::ZERO),
    };
    let terms = Terms {
        currency: unit_price.currency(),
        tax_mode: if wish.tax_included { TaxMode::Included } else { TaxMode::OnTop },
        rounding: Rounding::HalfUp,
        scope: RoundingScope::Line,
        discount: Percent::ZERO,
        discount_amount: None,
    };
    let total = check.below(&format!("lines[{index}]"), totals(&terms, &[priceable]))?;
    Some(AgreedLine {
        product: wish.product,
        description,
        quantity,
        unit_price,
        net: total.net,
        tax: total.tax,
        tax_rate,
        tax_included: wish.tax_included,
    })
}
