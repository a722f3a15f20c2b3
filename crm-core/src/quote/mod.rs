//! A quote: what is offered to a customer, for how much, until when; its versions, and what became of it.
//!
//! A revision freezes what went out and goes on from a copy, so that what the customer has in hand is never edited.

mod answer;
mod create;
mod lines;
mod measure;
mod price;
mod revise;
mod state;

use chrono::NaiveDate;

pub use answer::{
    Accept, Accepted, Basis, Decline, SendQuote, WithdrawQuote, accept, answered, decline, expire,
    send, submit, withdraw,
};
pub use create::{CreateQuote, Details, Named, amend, create};
pub use lines::{
    Catalogue, SetOfQuoteLines, SetQuoteLine, SetQuoteLines, copied_from_deal, set_lines,
};
pub use measure::measures;
pub use price::{LineTotal, Priceable, RateTotal, Terms, Totals, totals};
pub use revise::{ReviseQuote, Revision, revise};
pub use state::{QuoteState, QuoteStep, Quotes};

use crate::catalog::Product;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::settings::{DocumentNumber, User};
use crate::value::{
    Code, Currency, Id, Money, Name, Note, Percent, Quantity, Rounding, Timestamp, UnitPrice,
};
use crate::{codes, record};

codes! {
    /// How prices and tax relate.
    pub enum TaxMode {
        /// The tax comes on top of the prices.
        OnTop = "on_top",
        /// The prices include the tax.
        Included = "included",
    }
}

codes! {
    /// How halves of a minor unit are rounded.
    pub enum RoundingRule {
        /// Away from zero: 四舍五入.
        HalfUp = "half_up",
        /// To the even neighbor.
        HalfEven = "half_even",
    }
}

impl RoundingRule {
    /// As a rule of rounding.
    pub const fn rounding(self) -> Rounding {
        match self {
            Self::HalfUp => Rounding::HalfUp,
            Self::HalfEven => Rounding::HalfEven,
        }
    }
}

codes! {
    /// What is rounded.
    pub enum RoundingScope {
        /// The amount and the tax of each line; totals are their sums.
        Line = "line",
        /// The amount of each line, and the tax of each rate on the sum of its lines, as EN 16931 has it; the lines get
        /// their shares of the tax.
        Rate = "rate",
        /// The sum of the exact amounts, and the tax of each rate on the sum of its lines; the lines get their shares of
        /// both.
        Total = "total",
    }
}

record! {
    /// What is offered to a customer. All revisions of one offer share a number.
    pub struct Quote: Quote {
        /// What it is called.
        1 number: DocumentNumber;
        /// 1, 2, 3… each frozen when the next is made.
        2 revision: u32;
        /// What it is about.
        3 name: Name;
        /// To whom.
        4 customer: Id<Customer>;
        /// To which person there.
        5 contact: Option<Id<Contact>>;
        /// For which deal.
        6 opportunity: Option<Id<Opportunity>>;
        /// Who looks after it.
        7 owner: Id<User>;
        /// Who wrote it as it is: the last who edited it.
        8 author: Id<User>;
        /// How far it is.
        9 state: QuoteState;
        /// The currency of all its amounts.
        10 currency: Currency;
        /// How prices and tax relate.
        11 tax_mode: TaxMode;
        /// How halves are rounded.
        12 rounding: RoundingRule;
        /// What is rounded.
        13 rounding_scope: RoundingScope;
        /// The tax on lines that say no other, and whose product says none.
        14 tax_rate: Percent;
        /// What is taken off the sum of the lines, in percent.
        15 discount: Percent;
        /// What is taken off the sum of the lines, as an amount; instead of the percentage.
        16 discount_amount: Option<Money>;
        /// The first day on which it holds.
        18 valid_from: NaiveDate;
        /// The last day on which it holds.
        19 valid_until: NaiveDate;
        /// What is taken off the sum of the lines, by percentage or amount.
        20 taken_off: Money;
        /// The sum before tax.
        22 net: Money;
        /// The tax.
        24 tax: Money;
        /// The sum with tax.
        26 gross: Money;
        /// When what is to be paid.
        28 payment_terms: Option<Note>;
        /// How and when it is delivered.
        29 delivery_terms: Option<Note>;
        /// Anything else that it says.
        30 note: Option<Note>;
        /// When it was made.
        31 created_at: Timestamp;
        /// When it went out.
        32 sent_at: Option<Timestamp>;
        /// When it was answered, or ended without an answer.
        33 ended_at: Option<Timestamp>;
        /// Why it ended.
        34 reason: Option<Note>;
        /// The revision before it.
        35 previous: Option<Id<Quote>>;
    }
    listings {
        1 unique "by_number" ["number", "revision"];
        2 "by_customer" ["customer", "created_at"];
        3 "by_opportunity" ["opportunity", "created_at"];
        4 "by_contact" ["contact", "created_at"];
        5 "by_owner" ["owner", "state", "created_at"];
        6 "by_state" ["state", "created_at"];
        7 "by_previous" ["previous"];
    }
}

impl Quote {
    /// The listing by number, then revision.
    pub const BY_NUMBER: u16 = 1;
    /// The listing by customer, the oldest first.
    pub const BY_CUSTOMER: u16 = 2;
    /// The listing by deal, the oldest first.
    pub const BY_OPPORTUNITY: u16 = 3;
    /// The listing by contact, the oldest first.
    pub const BY_CONTACT: u16 = 4;
    /// The listing by owner and state, the oldest first.
    pub const BY_OWNER: u16 = 5;
    /// The listing by state, the oldest first.
    pub const BY_STATE: u16 = 6;
    /// The listing by the revision before.
    pub const BY_PREVIOUS: u16 = 7;

    /// By which rules its lines add up.
    pub fn terms(&self) -> Terms {
        Terms {
            currency: self.currency,
            tax_mode: self.tax_mode,
            rounding: self.rounding.rounding(),
            scope: self.rounding_scope,
            discount: self.discount,
            discount_amount: self.discount_amount,
        }
    }

    /// What it is worth to a deal: before tax.
    pub const fn value(&self) -> Money {
        self.net
    }
}

record! {
    /// One line of a quote.
    pub struct QuoteLine: QuoteLine {
        /// Of which.
        1 quote: Id<Quote>;
        /// 0, 1, 2… in their order.
        2 ordinal: u32;
        /// Which product; nothing for a line of words, such as freight.
        3 product: Option<Id<Product>>;
        /// To whom the quote is.
        4 customer: Id<Customer>;
        /// What it is; of a product, what is said of it here.
        5 description: Option<Name>;
        /// How many or how much.
        6 quantity: Quantity;
        /// The price of one, with or without tax as the quote says.
        7 unit_price: UnitPrice;
        /// What is taken off, in percent.
        9 discount: Percent;
        /// What is taken off the line as an amount; instead of the percentage.
        10 discount_amount: Option<Money>;
        /// The tax, in percent.
        12 tax_rate: Percent;
        /// The price of one that lists or the product had.
        13 list_price: Option<UnitPrice>;
        /// The price of one below which it is not sold without being asked for.
        15 floor: Option<UnitPrice>;
        /// What one cost us.
        17 cost: Option<UnitPrice>;
        /// The price list that the list price is from.
        19 price_list: Option<Code>;
        /// The bundle that it is a part of.
        20 bundle: Option<Id<Product>>;
        /// Its amount before tax, its share of what is taken off the sum taken off.
        21 net: Money;
        /// The tax on that.
        23 tax: Money;
        /// Both.
        25 gross: Money;
    }
    listings {
        1 "by_quote" ["quote", "ordinal"];
        2 "by_product" ["product", "customer"];
        3 "by_customer" ["customer", "product"];
        4 "by_bundle" ["bundle"];
    }
}

impl QuoteLine {
    /// The listing by quote, in order.
    pub const BY_QUOTE: u16 = 1;
    /// The listing by product, then customer.
    pub const BY_PRODUCT: u16 = 2;
    /// The listing by customer, then product.
    pub const BY_CUSTOMER: u16 = 3;
    /// The listing by the bundle that they are parts of.
    pub const BY_BUNDLE: u16 = 4;

    /// The terms by which it adds up.
    pub const fn priceable(&self) -> Priceable {
        Priceable {
            unit_price: self.unit_price,
            quantity: self.quantity,
            discount: self.discount,
            discount_amount: self.discount_amount,
            tax_rate: self.tax_rate,
        }
    }
}

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// Who.
    pub by: Id<User>,
    /// When.
    pub now: Timestamp,
    /// On which day that is where the tenant is.
    pub today: NaiveDate,
}

#[cfg(test)]
mod tests;
