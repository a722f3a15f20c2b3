//! The lines of a quote: what is offered, priced by the lists, bundles as what is in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Priceable, Quote, QuoteLine, totals};
use crate::catalog::{Composition, Expanded, Product, expand};
use crate::decision::{Check, Refusal};
use crate::opportunity::OpportunityLine;
use crate::pricing::Priced;
use crate::record::Ext;
use crate::value::{Id, Invalid, Money, Name, Percent, Quantity, Rounding, UnitPrice};

/// Lines that a quote has at most, bundles as what is in them.
const LINES_MAX: usize = 500;

/// Sets the lines of a quote as a whole, and what is taken off their sum. A quote that waits for approval or was approved
/// becomes a draft again, and the approval void.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetQuoteLines {
    /// Which quote.
    pub id: Option<Id<Quote>>,
    /// Its lines, in order.
    pub lines: Vec<SetQuoteLine>,
    /// What is taken off their sum, in percent; nothing where it is left out.
    #[serde(default)]
    pub discount: Option<String>,
    /// What is taken off their sum, as an amount; instead of the percentage.
    #[serde(default)]
    pub discount_amount: Option<Money>,
}

/// One line of a quote as wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetQuoteLine {
    /// Which product; a bundle becomes the lines of what is in it. Nothing for a line of words, such as freight.
    pub product: Option<Id<Product>>,
    /// What it is; needed without a product.
    pub description: Option<String>,
    /// How many or how much: a decimal above 0.
    pub quantity: String,
    /// The price of one; that of the lists, else of the product, where nothing is said.
    pub unit_price: Option<UnitPrice>,
    /// What is taken off, in percent: a decimal from 0 to 100.
    pub discount: Option<String>,
    /// What is taken off the line as an amount; instead of the percentage.
    pub discount_amount: Option<Money>,
    /// The tax, in percent; that of the product, else of the quote, where nothing is said.
    pub tax_rate: Option<String>,
}

/// What the wished products are: bundles, products, and their prices for this customer on this day.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Products, and what bundles consist of.
    pub known: Composition,
    /// The price of so many of a product.
    pub prices: BTreeMap<(Id<Product>, Quantity), Priced>,
}

/// A quote with other lines.
#[derive(Clone, Debug, PartialEq)]
pub struct SetOfQuoteLines {
    /// The quote, with its totals.
    pub quote: Quote,
    /// Its lines.
    pub lines: Vec<QuoteLine>,
}

/// The lines of a deal as those of a quote: products, quantities, prices and discounts as they are. Rule QU-5 (F081, W31).
pub fn copied_from_deal(lines: &[OpportunityLine]) -> Vec<SetQuoteLine> {
    let copied = lines.iter().map(|line| SetQuoteLine {
        product: Some(line.product),
        quantity: line.quantity.to_string(),
        unit_price: Some(line.unit_price),
        discount: Some(line.discount.to_string()).filter(|_| line.discount != Percent::ZERO),
        ..SetQuoteLine::default()
    });
    copied.collect()
}

/// The quote with its lines, and what they come to. Products that are no longer sold are refused unless the quote had them
/// before. A bundle becomes what is in it: at the prices of the parts, or, where the bundle has a price, with the difference
/// taken off the parts in proportion. Rule QU-6 (F080, F081, F082).
///
/// # Errors
///
/// Those of the state (`quote.frozen`) · `quote.too_many_lines` · `decimal.*`, `percent.range` (discount) · line by line
/// `quote.line.nothing` without a product and words, `quote.line.product_unknown`, `quote.line.product_inactive`, `text.*`
/// (description), `decimal.*`, `quantity.negative`, `quote.line.quantity_zero`, `quote.line.price_missing`, `percent.range`,
/// `bundle.*`, `quote.line.bundle_dearer` for a bundle that costs more than what is in it · then those of [`totals`].
pub fn set_lines(
    quote: &Quote,
    wish: &SetQuoteLines,
    had: &[QuoteLine],
    catalogue: &Catalogue,
    new_id: &mut dyn FnMut() -> Id<QuoteLine>,
    ctx: Ctx,
) -> Result<SetOfQuoteLines, Refusal> {
    let edited = quote.edited(ctx)?;
    let mut check = Check::default();
    let discount = check.parse("discount", wish.discount.as_deref()).unwrap_or(Percent::ZERO);
    let edited = Quote { discount, discount_amount: wish.discount_amount, ..edited };
    let mut lines = Vec::new();
    for (index, wish) in wish.lines.iter().enumerate().take(LINES_MAX) {
        let place = Place { quote: &edited, had, catalogue, path: format!("lines[{index}]") };
        lines.extend(place.lines(wish, &mut check).unwrap_or_default());
    }
    let count = lines.len().max(wish.lines.len());
    check.rule(count <= LINES_MAX, "lines", || {
        Invalid::new("quote.too_many_lines", &count.to_string())
            .limit(format!("at most {LINES_MAX}"))
    });
    check.done()?;
    for (line, known) in lines.iter_mut().zip(had.iter().map(Some).chain(core::iter::repeat(None)))
    {
        line.id = known.map_or_else(&mut *new_id, |known| known.id);
    }
    summed(edited, lines)
}

/// The quote and its lines with what they come to.
///
/// # Errors
///
/// Those of [`totals`].
pub(super) fn summed(quote: Quote, mut lines: Vec<QuoteLine>) -> Result<SetOfQuoteLines, Refusal> {
    let priceable: Vec<Priceable> = lines.iter().map(QuoteLine::priceable).collect();
    let totals = totals(&quote.terms(), &priceable)?;
    for ((ordinal, line), total) in (0_u32..).zip(&mut lines).zip(totals.lines) {
        line.ordinal = ordinal;
        (line.net, line.tax, line.gross) = (total.net, total.tax, total.gross);
    }
    let (taken_off, net) = (totals.taken_off, totals.net);
    let (tax, gross) = (totals.tax, totals.gross);
    Ok(SetOfQuoteLines { quote: Quote { taken_off, net, tax, gross, ..quote }, lines })
}

/// Where a wished line stands.
struct Place<'a> {
    quote: &'a Quote,
    had: &'a [QuoteLine],
    catalogue: &'a Catalogue,
    path: String,
}

impl Place<'_> {
    fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    /// The lines that a wished line becomes: one, or those of what is in a bundle.
    fn lines(&self, wish: &SetQuoteLine, check: &mut Check) -> Option<Vec<QuoteLine>> {
        let description: Option<Name> =
            check.parse(&self.at("description"), wish.description.as_deref());
        check.rule(
            wish.product.is_some() || wish.description.is_some(),
            &self.at("product"),
            || Invalid::new("quote.line.nothing", "").limit("a product or words"),
        );
        let quantity = check.take(&self.at("quantity"), wish.quantity.parse::<Quantity>());
        check.rule(
            quantity.is_none_or(|quantity| !quantity.is_zero()),
            &self.at("quantity"),
            || Invalid::new("quote.line.quantity_zero", &wish.quantity).limit("above 0"),
        );
        let discount = check.parse(&self.at("discount"), wish.discount.as_deref());
        let tax_rate: Option<Percent> = check.parse(&self.at("tax_rate"), wish.tax_rate.as_deref());
        let quantity = quantity?;
        let asked = Asked {
            quantity,
            description,
            unit_price: wish.unit_price,
            discount: discount.unwrap_or(Percent::ZERO),
            discount_amount: wish.discount_amount,
            tax_rate,
        };
        let Some(product) = wish.product else {
            return self.line(None, asked, check).map(|line| vec![line]);
        };
        let parts = expand(product, quantity, &self.catalogue.known);
        let parts = check.take(&self.at("product"), parts)?;
        if parts.iter().all(|part| part.product == product) {
            return self.line(Some(product), asked, check).map(|line| vec![line]);
        }
        self.bundle(product, &parts, &asked, check)
    }

    fn line(
        &self,
        product: Option<Id<Product>>,
        asked: Asked,
        check: &mut Check,
    ) -> Option<QuoteLine> {
        let known = product.and_then(|id| self.catalogue.known.products.get(&id));
        if let Some(id) = product {
            self.sold(id, known, check);
        }
        let key = product.map(|id| (id, asked.quantity));
        let priced = key.and_then(|key| self.catalogue.prices.get(&key));
        let list_price = priced.and_then(|priced| priced.price);
        let unit_price = asked.unit_price.or(list_price);
        check.rule(unit_price.is_some(), &self.at("unit_price"), || {
            Invalid::new("quote.line.price_missing", "")
                .limit(format!("no list has a price in {}", self.quote.currency))
        });
        let tax_rate = asked.tax_rate.or(known.and_then(|product| product.tax_rate));
        let none = Money::zero(self.quote.currency);
        Some(QuoteLine {
            // Given when all lines are known.
            id: Id::new(uuid::Uuid::nil()),
            quote: self.quote.id,
            ordinal: 0,
            product,
            customer: self.quote.customer,
            description: asked.description,
            quantity: asked.quantity,
            unit_price: unit_price?,
            discount: asked.discount,
            discount_amount: asked.discount_amount,
            tax_rate: tax_rate.unwrap_or(self.quote.tax_rate),
            list_price,
            floor: priced.and_then(|priced| priced.floor),
            cost: known.and_then(|product| product.cost),
            price_list: priced.and_then(|priced| priced.list.clone()),
            bundle: None,
            net: none,
            tax: none,
            gross: none,
            ext: Ext::new(),
        })
    }

    /// Refuses what is unknown, and what is no longer sold unless the quote had it.
    fn sold(&self, id: Id<Product>, known: Option<&Product>, check: &mut Check) {
        check.rule(known.is_some(), &self.at("product"), || {
            Invalid::new("quote.line.product_unknown", &id.to_string())
        });
        let had = self.had.iter().any(|line| line.product == Some(id) || line.bundle == Some(id));
        check.rule(had || known.is_none_or(|product| product.active), &self.at("product"), || {
            let code = known.map_or("", |product| product.code.as_str());
            Invalid::new("quote.line.product_inactive", code)
        });
    }

    /// What is in a bundle, priced so that it comes to the price of the bundle where that has one.
    fn bundle(
        &self,
        id: Id<Product>,
        parts: &[Expanded],
        asked: &Asked,
        check: &mut Check,
    ) -> Option<Vec<QuoteLine>> {
        self.sold(id, self.catalogue.known.products.get(&id), check);
        let own = self.catalogue.prices.get(&(id, asked.quantity)).and_then(|priced| priced.price);
        let price = asked.unit_price.or(own);
        let mut lines = Vec::with_capacity(parts.len());
        for part in parts {
            let asked = Asked {
                quantity: part.quantity,
                description: asked.description.clone(),
                unit_price: None,
                discount: if price.is_none() { asked.discount } else { Percent::ZERO },
                discount_amount: None,
                tax_rate: asked.tax_rate,
            };
            let line = self.line(Some(part.product), asked, check)?;
            lines.push(QuoteLine { bundle: Some(id), ..line });
        }
        let Some(price) = price else {
            check.rule(asked.discount_amount.is_none(), &self.at("discount_amount"), || {
                Invalid::new("quote.line.bundle_without_price", "").limit("a price of the bundle")
            });
            return Some(lines);
        };
        let cut = self.taken_off(&lines, price, asked);
        let shares = check.take(&self.at("unit_price"), cut)?;
        for (line, share) in lines.iter_mut().zip(shares) {
            line.discount_amount = Some(share).filter(|share| !share.is_zero());
        }
        Some(lines)
    }

    /// What is taken off each part so that together they come to the price of the bundle.
    fn taken_off(
        &self,
        lines: &[QuoteLine],
        price: UnitPrice,
        asked: &Asked,
    ) -> Result<Vec<Money>, Invalid> {
        let rounding = self.quote.rounding.rounding();
        let goal = Money::of_line(price, asked.quantity, asked.discount, rounding)?;
        let goal = match asked.discount_amount {
            Some(amount) => goal.checked_sub(amount)?,
            None => goal,
        };
        let amount = |line: &QuoteLine| {
            Money::of_line(line.unit_price, line.quantity, Percent::ZERO, Rounding::Down)
        };
        let amounts = lines.iter().map(amount).collect::<Result<Vec<_>, _>>()?;
        let sum = Money::sum(self.quote.currency, amounts.iter().copied())?;
        let off = sum.checked_sub(goal)?;
        if off.is_negative() || goal.is_negative() {
            let dearer = Invalid::new("quote.line.bundle_dearer", &goal.to_string());
            return Err(dearer.limit(format!("0 to {sum}, what its parts come to")));
        }
        if off.is_zero() {
            return Ok(vec![off; lines.len()]);
        }
        off.split_over(&amounts)
    }
}

/// A wished line, read.
struct Asked {
    quantity: Quantity,
    description: Option<Name>,
    unit_price: Option<UnitPrice>,
    discount: Percent,
    discount_amount: Option<Money>,
    tax_rate: Option<Percent>,
}
