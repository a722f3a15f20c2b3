//! What lines add up to: discounts, tax, rounding, to the minor unit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RoundingScope, TaxMode};
use crate::decision::{Check, Refusal};
use crate::value::{Currency, Invalid, Money, Percent, Quantity, Rounding, UnitPrice};

/// By which rules lines add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The currency of all amounts.
    pub currency: Currency,
    /// How prices and tax relate.
    pub tax_mode: TaxMode,
    /// How halves are rounded.
    pub rounding: Rounding,
    /// What is rounded.
    pub scope: RoundingScope,
    /// What is taken off the sum of the lines, in percent.
    pub discount: Percent,
    /// What is taken off the sum of the lines, as an amount; instead of the percentage.
    pub discount_amount: Option<Money>,
}

/// A line as it adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priceable {
    /// The price of one, with or without tax as the terms say.
    pub unit_price: UnitPrice,
    /// How many or how much.
    pub quantity: Quantity,
    /// What is taken off, in percent.
    pub discount: Percent,
    /// What is taken off the line as an amount; instead of the percentage.
    pub discount_amount: Option<Money>,
    /// The tax, in percent.
    pub tax_rate: Percent,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTotal {
    /// Before tax, its share of what is taken off the sum taken off.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// Both.
    pub gross: Money,
}

/// What the lines of one rate of tax come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RateTotal {
    /// The rate, in percent.
    pub rate: Percent,
    /// Before tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
}

/// What lines come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The lines, in order.
    pub lines: Vec<LineTotal>,
    /// By rate of tax, the lowest first.
    pub rates: Vec<RateTotal>,
    /// What is taken off the sum of the lines.
    pub taken_off: Money,
    /// Before tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// Both.
    pub gross: Money,
}

/// What lines come to. A line is quantity × unit price less its discount; what is taken off the sum is split over the lines
/// in proportion; then comes the tax. Rounding by the line: each amount and each tax is rounded, and sums are sums of
/// rounded ones. By the rate: each amount is rounded, the tax of each rate is rounded once on the sum of its lines. By the
/// total: the exact amounts are added and rounded once, the tax as by the rate. What is rounded once is split over the
/// lines. Whichever way lines, rates and totals agree to the minor unit, and
/// net and tax give the gross. Where prices include the tax, the tax is rounded and the net is the rest. Rule QU-2
/// (F081, F082).
///
/// # Errors
///
/// Line by line `quote.line.currency` (unit price, discount amount), `quote.line.discount_twice`, `decimal.precision`,
/// `quote.line.discount_above_price` · then `quote.discount_twice`, `quote.discount_currency`, `quote.discount_above_sum`
/// · `money.overflow`.
///
/// # Source
///
/// Rounding by the rate is that of EN 16931-1 (BR-CO-10, -13 to -15, -17); shares are split by largest remainder.
pub fn totals(terms: &Terms, lines: &[Priceable]) -> Result<Totals, Refusal> {
    let mut check = Check::default();
    let exact: Vec<Option<Decimal>> = (0_usize..)
        .zip(lines)
        .map(|(index, line)| check.below(&format!("lines[{index}]"), line.exact(terms.currency)))
        .collect();
    check.done()?;
    let exact: Vec<Decimal> = exact.into_iter().flatten().collect();
    let mut check = Check::default();
    let amounts = check.take("lines", amounts(terms, &exact));
    let Some((sum, amounts)) = amounts else { return check.finish(None) };
    let taken_off = terms.taken_off(sum, &mut check);
    let Some(taken_off) = taken_off else { return check.finish(None) };
    let totals = taxed(terms, lines, &amounts, taken_off);
    let totals = check.take("lines", totals);
    check.finish(totals)
}

impl Priceable {
    /// Quantity × unit price less the discount, exactly.
    fn exact(&self, currency: Currency) -> Result<Decimal, Refusal> {
        let mut check = Check::default();
        let mut same = |path: &str, found: Currency| {
            check.rule(found == currency, path, || {
                Invalid::new("quote.line.currency", found.code()).allowed([currency.code()])
            });
        };
        same("unit_price", self.unit_price.currency());
        if let Some(amount) = self.discount_amount {
            same("discount_amount", amount.currency());
        }
        let twice = self.discount_amount.is_some() && self.discount != Percent::ZERO;
        check.rule(!twice, "discount_amount", || {
            Invalid::new("quote.line.discount_twice", &self.discount.to_string())
                .limit("a percentage or an amount")
        });
        let before = check.take("unit_price", self.unit_price.line(self.quantity, self.discount));
        let off = self.discount_amount.map_or(Decimal::ZERO, Money::amount);
        let exact = before.and_then(|before| before.checked_sub(off));
        check.rule(
            exact.is_none_or(|exact| exact >= Decimal::ZERO && off >= Decimal::ZERO),
            "discount_amount",
            || {
                let above = Invalid::new("quote.line.discount_above_price", &off.to_string());
                above.limit(format!("0 to {}", before.unwrap_or_default()))
            },
        );
        check.finish(exact)
    }
}

/// The lines as amounts of money, and their sum.
fn amounts(terms: &Terms, exact: &[Decimal]) -> Result<(Money, Vec<Money>), Invalid> {
    match terms.scope {
        RoundingScope::Total => Money::rounded_together(exact, terms.currency, terms.rounding),
        RoundingScope::Line | RoundingScope::Rate => {
            let rounded =
                |amount: &Decimal| Money::rounded(*amount, terms.currency, terms.rounding);
            let amounts = exact.iter().map(rounded).collect::<Result<Vec<_>, _>>()?;
            Ok((Money::sum(terms.currency, amounts.iter().copied())?, amounts))
        }
    }
}

impl Terms {
    /// What is taken off a sum.
    fn taken_off(&self, sum: Money, check: &mut Check) -> Option<Money> {
        let Some(amount) = self.discount_amount else {
            return check.take("discount", self.discount.of(sum, self.rounding));
        };
        check.rule(self.discount == Percent::ZERO, "discount_amount", || {
            Invalid::new("quote.discount_twice", &self.discount.to_string())
                .limit("a percentage or an amount")
        });
        let same = amount.currency() == self.currency;
        check.rule(same, "discount_amount", || {
            let other = Invalid::new("quote.discount_currency", amount.currency().code());
            other.allowed([self.currency.code()])
        });
        let fits = !amount.is_negative() && amount.minor() <= sum.minor();
        check.rule(fits || !same, "discount_amount", || {
            Invalid::new("quote.discount_above_sum", &amount.to_string())
                .limit(format!("0 to {sum}"))
        });
        check.is_clean().then_some(amount)
    }
}

/// The lines with their shares of what is taken off, and with tax.
fn taxed(
    terms: &Terms,
    lines: &[Priceable],
    amounts: &[Money],
    taken_off: Money,
) -> Result<Totals, Invalid> {
    let left = if taken_off.is_zero() {
        amounts.to_vec()
    } else {
        let shares = taken_off.split_over(amounts)?;
        let pairs = amounts.iter().zip(shares);
        pairs.map(|(amount, share)| amount.checked_sub(share)).collect::<Result<Vec<_>, _>>()?
    };
    let taxes = match terms.scope {
        RoundingScope::Line => {
            let pairs = lines.iter().zip(&left);
            pairs.map(|(line, left)| terms.tax(line.tax_rate, *left)).collect::<Result<_, _>>()?
        }
        RoundingScope::Rate | RoundingScope::Total => by_rate(terms, lines, &left)?,
    };
    let mut totals = Totals {
        lines: Vec::with_capacity(lines.len()),
        rates: Vec::new(),
        taken_off,
        net: Money::zero(terms.currency),
        tax: Money::zero(terms.currency),
        gross: Money::zero(terms.currency),
    };
    let mut rates: BTreeMap<Percent, (Money, Money)> = BTreeMap::new();
    for ((line, left), tax) in lines.iter().zip(&left).zip(taxes) {
        let (net, gross) = match terms.tax_mode {
            TaxMode::OnTop => (*left, left.checked_add(tax)?),
            TaxMode::Included => (left.checked_sub(tax)?, *left),
        };
        totals.lines.push(LineTotal { net, tax, gross });
        totals.net = totals.net.checked_add(net)?;
        totals.tax = totals.tax.checked_add(tax)?;
        totals.gross = totals.gross.checked_add(gross)?;
        let none = Money::zero(terms.currency);
        let (nets, taxes) = rates.entry(line.tax_rate).or_insert((none, none));
        *nets = nets.checked_add(net)?;
        *taxes = taxes.checked_add(tax)?;
    }
    let rate = |(rate, (net, tax))| RateTotal { rate, net, tax };
    totals.rates = rates.into_iter().map(rate).collect();
    Ok(totals)
}

impl Terms {
    /// The tax on an amount, or in it.
    fn tax(&self, rate: Percent, amount: Money) -> Result<Money, Invalid> {
        match self.tax_mode {
            TaxMode::OnTop => rate.of(amount, self.rounding),
            TaxMode::Included => rate.within(amount, self.rounding),
        }
    }
}

/// The tax of each rate on the sum of its lines, split over them.
fn by_rate(terms: &Terms, lines: &[Priceable], left: &[Money]) -> Result<Vec<Money>, Invalid> {
    let mut groups: BTreeMap<Percent, Vec<(usize, Money)>> = BTreeMap::new();
    for (index, (line, left)) in lines.iter().zip(left).enumerate() {
        groups.entry(line.tax_rate).or_default().push((index, *left));
    }
    let mut taxes = vec![Money::zero(terms.currency); lines.len()];
    for (rate, group) in groups {
        let amounts: Vec<Money> = group.iter().map(|(_, amount)| *amount).collect();
        let sum = Money::sum(terms.currency, amounts.iter().copied())?;
        let tax = terms.tax(rate, sum)?;
        if tax.is_zero() {
            continue;
        }
        for ((index, _), share) in group.iter().zip(tax.split_over(&amounts)?) {
            if let Some(slot) = taxes.get_mut(*index) {
                *slot = share;
            }
        }
    }
    Ok(taxes)
}
