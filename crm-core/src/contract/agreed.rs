//! What was agreed, in one form for quotes, contracts and orders, and where two of them differ.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::Product;
use crate::codes;
use crate::quote::{Quote, QuoteLine, TaxMode};
use crate::value::{Id, Money, Name, Note, Percent, Quantity, UnitPrice};

/// What was agreed: lines, amounts, terms. Whatever kind of document says it can be put into this form and compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// What is sold, in order; none where only an amount was agreed.
    #[serde(default)]
    pub lines: Vec<AgreedLine>,
    /// The sum before tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// Both.
    pub gross: Money,
    /// When what is to be paid.
    #[serde(default)]
    pub payment_terms: Option<Note>,
    /// How and when it is delivered.
    #[serde(default)]
    pub delivery_terms: Option<Note>,
    /// What else was agreed.
    #[serde(default)]
    pub terms: Option<Note>,
}

/// One line of what was agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreedLine {
    /// Which product; nothing for a line of words.
    #[serde(default)]
    pub product: Option<Id<Product>>,
    /// What it is.
    #[serde(default)]
    pub description: Option<Name>,
    /// How many or how much.
    pub quantity: Quantity,
    /// The price of one, before discounts.
    pub unit_price: UnitPrice,
    /// The amount before tax, discounts taken off.
    pub net: Money,
    /// The tax on it.
    pub tax: Money,
    /// The rate of that, in percent, where it is known.
    #[serde(default)]
    pub tax_rate: Option<Percent>,
    /// Whether the price includes the tax.
    #[serde(default)]
    pub tax_included: bool,
}

impl Agreed {
    /// An amount without lines and terms.
    pub const fn amount(net: Money) -> Self {
        Self {
            lines: Vec::new(),
            net,
            tax: Money::zero(net.currency()),
            gross: net,
            payment_terms: None,
            delivery_terms: None,
            terms: None,
        }
    }

    /// What a quote offers: the right amounts, without retyping. Rule CT-4 (F085, W31).
    pub fn of_quote(quote: &Quote, lines: &[QuoteLine]) -> Self {
        let line = |line: &QuoteLine| AgreedLine {
            product: line.product,
            description: line.description.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            net: line.net,
            tax: line.tax,
            tax_rate: Some(line.tax_rate),
            tax_included: quote.tax_mode == TaxMode::Included,
        };
        Self {
            lines: lines.iter().map(line).collect(),
            net: quote.net,
            tax: quote.tax,
            gross: quote.gross,
            payment_terms: quote.payment_terms.clone(),
            delivery_terms: quote.delivery_terms.clone(),
            terms: None,
        }
    }
}

codes! {
    /// In what two agreements differ.
    pub enum DifferenceKind {
        /// The currency.
        Currency = "currency",
        /// A line that only the first has.
        Missing = "missing",
        /// A line that only the second has.
        Extra = "extra",
        /// How many or how much.
        Quantity = "quantity",
        /// The price of one.
        Price = "price",
        /// What a line, or all, comes to before tax.
        Amount = "amount",
        /// The tax on a line, or on all.
        Tax = "tax",
        /// The terms.
        Terms = "terms",
    }
}

/// One difference between two agreements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// In what they differ.
    pub kind: DifferenceKind,
    /// Where: the product or the words of a line, a field, or nothing for the whole.
    pub at: String,
    /// What the first says.
    pub first: Option<String>,
    /// What the second says.
    pub second: Option<String>,
}

/// Where two agreements differ: whole, then line by line in the order of the first, what only the second has last. Lines
/// are the same where they are of one product, or say the same words; of several alike the first meets the first. Nothing
/// is only where they agree in currency, quantities, prices, amounts, tax and terms. Rule CT-5 (F086).
pub fn compare(first: &Agreed, second: &Agreed) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut tell = |kind, at: &str, one: Option<String>, other: Option<String>| {
        if one != other {
            found.push(Difference { kind, at: at.to_owned(), first: one, second: other });
        }
    };
    let currency = |of: &Agreed| Some(of.net.currency().to_string());
    tell(DifferenceKind::Currency, "", currency(first), currency(second));
    tell(DifferenceKind::Amount, "", text(&first.net), text(&second.net));
    tell(DifferenceKind::Tax, "", text(&first.tax), text(&second.tax));
    let terms = [
        ("payment_terms", &first.payment_terms, &second.payment_terms),
        ("delivery_terms", &first.delivery_terms, &second.delivery_terms),
        ("terms", &first.terms, &second.terms),
    ];
    for (field, one, other) in terms {
        let said = |note: &Option<Note>| note.as_ref().map(ToString::to_string);
        tell(DifferenceKind::Terms, field, said(one), said(other));
    }
    let mut left: Vec<&AgreedLine> = second.lines.iter().collect();
    for line in &first.lines {
        let at = line.called();
        let Some(place) = left.iter().position(|other| other.called() == at) else {
            tell(DifferenceKind::Missing, &at, text(&line.quantity), None);
            continue;
        };
        let other = left.remove(place);
        tell(DifferenceKind::Quantity, &at, text(&line.quantity), text(&other.quantity));
        tell(DifferenceKind::Price, &at, text(&line.unit_price), text(&other.unit_price));
        tell(DifferenceKind::Amount, &at, text(&line.net), text(&other.net));
        tell(DifferenceKind::Tax, &at, text(&line.tax), text(&other.tax));
    }
    for line in left {
        tell(DifferenceKind::Extra, &line.called(), None, text(&line.quantity));
    }
    found
}

fn text(value: &impl ToString) -> Option<String> {
    Some(value.to_string())
}

impl AgreedLine {
    /// What tells it from other lines.
    fn called(&self) -> String {
        let words = || self.description.as_ref().map(ToString::to_string).unwrap_or_default();
        self.product.map_or_else(words, |product| product.to_string())
    }
}
