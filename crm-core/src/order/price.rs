//! What the lines of an order come to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{OrderLine, OrderRounding};
use crate::value::{Currency, Invalid, Money, Percent, Quantity, Rounding};

/// What an order comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The lines, less discounts, before tax.
    pub net: Money,
    /// The tax on them.
    pub tax: Money,
    /// Both, and what bringing it costs.
    pub total: Money,
}

impl OrderLine {
    /// Its exact net amount, which `net` rounds; of a line of a quote the net itself, which was offered.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits.
    pub fn exact_net(&self) -> Result<Decimal, Invalid> {
        match self.quote_line {
            Some(_) => Ok(self.net.amount()),
            None => self.unit_price.line(self.quantity, self.discount),
        }
    }

    /// What so much of it comes to, exactly and before tax: never more than all of it.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits.
    pub fn exact_part(&self, quantity: Quantity) -> Result<Decimal, Invalid> {
        let whole = self.exact_net()?;
        let part = match self.quote_line {
            Some(_) => {
                let part = whole.checked_mul(quantity.number());
                let part = part.and_then(|part| part.checked_div(self.quantity.number()));
                let wide = Invalid::new("decimal.precision", &whole.to_string());
                part.ok_or(wide.limit("at most 28 digits"))?
            }
            None => self.unit_price.line(quantity, self.discount)?,
        };
        Ok(part.min(whole))
    }

    /// Net and tax.
    ///
    /// # Errors
    ///
    /// `money.overflow`.
    pub fn gross(&self) -> Result<Money, Invalid> {
        self.net.checked_add(self.tax)
    }
}

/// The sum of decimals, of which no digit is lost.
///
/// # Errors
///
/// `decimal.precision` beyond 28 digits.
pub fn exact_sum(amounts: impl IntoIterator<Item = Decimal>) -> Result<Decimal, Invalid> {
    let wide = |sum: Decimal| {
        Invalid::new("decimal.precision", &sum.to_string()).limit("at most 28 digits")
    };
    amounts.into_iter().try_fold(Decimal::ZERO, |sum, amount| {
        let places = sum.scale().max(amount.scale());
        // A sum that does not fit gives up places: it is refused instead.
        let next = sum.checked_add(amount).filter(|next| next.scale() == places);
        next.ok_or_else(|| wide(sum))
    })
}

/// What lines and freight come to by a rule of rounding. By each line: the sum of the rounded nets and taxes. By the
/// total: the exact nets added and rounded once, and for each rate of tax that share of the exact nets of its lines,
/// rounded.
///
/// # Errors
///
/// `money.currency_mismatch` for a line or a freight in another currency · `money.overflow` · `decimal.precision`.
/// Rule OR-4 (F090, F083).
pub fn price(
    currency: Currency,
    lines: &[OrderLine],
    rounding: OrderRounding,
    freight: Money,
) -> Result<Totals, Invalid> {
    let each = Money::sum(currency, lines.iter().map(|line| line.net))?;
    let (net, tax) = match rounding {
        OrderRounding::EachLine => (each, Money::sum(currency, lines.iter().map(|line| line.tax))?),
        OrderRounding::Total => {
            let mut rates: BTreeMap<Percent, Vec<Decimal>> = BTreeMap::new();
            for line in lines {
                rates.entry(line.tax_rate).or_default().push(line.exact_net()?);
            }
            let all = exact_sum(rates.values().flatten().copied())?;
            let net = Money::rounded(all, currency, Rounding::HalfUp)?;
            let mut tax = Money::zero(currency);
            for (rate, nets) in rates {
                let base = Money::rounded(exact_sum(nets)?, currency, Rounding::HalfUp)?;
                tax = tax.checked_add(rate.of(base, Rounding::HalfUp)?)?;
            }
            (net, tax)
        }
    };
    let total = net.checked_add(tax)?.checked_add(freight)?;
    Ok(Totals { net, tax, total })
}

/// What the customer need not pay of an order for what came back: of each line the part of its net and tax that was
/// returned, rounded halves up; all of net and tax, by whatever rule they were rounded, where everything came back.
/// Freight stays. It never shrinks while more comes back.
///
/// # Errors
///
/// `money.overflow`. Rule OR-5 (F095).
pub fn returned_value(net: Money, tax: Money, lines: &[OrderLine]) -> Result<Money, Invalid> {
    let gross = net.checked_add(tax)?;
    if !lines.is_empty() && lines.iter().all(|line| line.returned >= line.quantity) {
        return Ok(gross);
    }
    let mut value = Money::zero(gross.currency());
    for line in lines.iter().filter(|line| !line.returned.is_zero()) {
        let whole = line.gross()?;
        let part = line.returned.number().min(line.quantity.number());
        let units = Decimal::from(whole.minor()).checked_mul(part);
        let share = units.and_then(|units| units.checked_div(line.quantity.number()));
        let overflow = || Invalid::new("money.overflow", &whole.to_string());
        let exact = share.ok_or_else(overflow)?;
        let scale = whole.amount().scale();
        let major = exact.checked_div(Decimal::from(10_u64.saturating_pow(scale)));
        let rounded =
            Money::rounded(major.ok_or_else(overflow)?, whole.currency(), Rounding::HalfUp)?;
        value = value.checked_add(rounded)?;
    }
    // Lines rounded one by one may come to a unit more than what was rounded once.
    Ok(if value.compare(gross)?.is_gt() { gross } else { value })
}
