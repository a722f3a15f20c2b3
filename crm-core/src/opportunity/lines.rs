//! The product lines of a deal, and how its amount relates to them.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AmountBasis, Ctx, Dossier, Opportunity, OpportunityLine};
use crate::decision::{Check, Refusal};
use crate::value::{Id, Invalid, Money, Percent, Quantity, Rounding, UnitPrice};

/// How many lines a deal may have.
const LINES_MAX: usize = 500;

/// Sets the product lines of a deal as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLines {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// Its lines in order; none takes all away.
    pub lines: Vec<SetLine>,
    /// `lines`: the amount follows the lines. `entered`: it stays as somebody entered it. Without it, as it was; where an
    /// amount was entered before there were lines and differs from their sum, it must be said.
    #[serde(default)]
    pub amount_basis: Option<String>,
}

/// One product line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLine {
    /// Which product.
    pub product: Uuid,
    /// How many or how much: a decimal above 0.
    pub quantity: String,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// What is taken off, in percent: a decimal from 0 to 100; nothing where it is left out.
    #[serde(default)]
    pub discount: Option<String>,
}

/// A deal with other lines.
#[derive(Clone, Debug, PartialEq)]
pub struct SetOfLines {
    /// The deal.
    pub deal: Opportunity,
    /// Its lines.
    pub lines: Vec<OpportunityLine>,
    /// The lines that are no longer there.
    pub removed: Vec<Id<OpportunityLine>>,
}

impl OpportunityLine {
    /// Its exact net amount, which `net` rounds.
    ///
    /// # Errors
    ///
    /// `decimal.precision` beyond 28 digits.
    pub fn exact_net(&self) -> Result<Decimal, Invalid> {
        self.unit_price.line(self.quantity, self.discount)
    }
}

/// Sets the lines of an open deal. Each is rounded once, halves up, and the sum is that of the rounded lines. The amount
/// follows them or stays as entered; it never changes, and never stays behind, without having been said. Rule OPP-10
/// (F060).
///
/// # Errors
///
/// `opportunity.already_closed` · `opportunity.too_many_lines` · `code.unknown` (amount basis) · line by line `decimal.*`,
/// `quantity.negative`, `opportunity.line.quantity_zero`, `percent.range`, `money.overflow`,
/// `opportunity.line.currency_mixed` (the currency of the first line) · `money.overflow` for the sum ·
/// `opportunity.amount.basis_unsaid` (the limit names both amounts) · `opportunity.amount.zero` for lines that add up to
/// nothing.
pub fn set_lines(
    dossier: &Dossier,
    wish: &SetLines,
    new_id: &mut dyn FnMut() -> Id<OpportunityLine>,
    ctx: Ctx,
) -> Result<SetOfLines, Refusal> {
    dossier.deal.open()?;
    let mut check = Check::default();
    check.rule(wish.lines.len() <= LINES_MAX, "lines", || {
        Invalid::new("opportunity.too_many_lines", &wish.lines.len().to_string())
            .limit(format!("at most {LINES_MAX}"))
    });
    let basis: Option<AmountBasis> = check.parse("amount_basis", wish.amount_basis.as_deref());
    let mut lines = Vec::new();
    for (index, wish) in wish.lines.iter().enumerate().take(LINES_MAX) {
        let known = dossier.lines.get(index).map(|line| line.id);
        let id = known.unwrap_or_else(&mut *new_id);
        let ordinal = u32::try_from(index).unwrap_or(u32::MAX);
        lines.extend(line(dossier, wish, (ordinal, id), &mut check));
    }
    if let Some(first) = wish.lines.first().map(|line| line.unit_price.currency()) {
        for (index, line) in wish.lines.iter().enumerate() {
            let currency = line.unit_price.currency();
            check.rule(currency == first, &format!("lines[{index}].unit_price.currency"), || {
                Invalid::new("opportunity.line.currency_mixed", currency.code())
                    .allowed([first.code()])
            });
        }
    }
    check.done()?;
    let mut check = Check::default();
    let sum = sum(&lines).transpose();
    let sum = sum.and_then(|sum| check.take("lines", sum));
    let basis = basis.or_else(|| unsaid(dossier, sum, &mut check));
    let amount = if basis == Some(AmountBasis::Lines) { sum } else { dossier.deal.amount };
    check.rule(amount.is_none_or(|amount| !amount.is_zero()), "lines", || {
        Invalid::new("opportunity.amount.zero", "0").limit("lines that add up to more than 0")
    });
    let removed = dossier.lines.iter().map(|line| line.id);
    let removed = removed.filter(|id| lines.iter().all(|line| line.id != *id)).collect();
    let deal = basis.map(|amount_basis| Opportunity {
        amount,
        amount_basis,
        touched_at: ctx.now,
        ..dossier.deal.clone()
    });
    check.finish(deal.map(|deal| SetOfLines { deal, lines, removed }))
}

/// The basis of the amount where nobody names one: as it was, unless the first lines contradict an entered amount.
fn unsaid(dossier: &Dossier, sum: Option<Money>, check: &mut Check) -> Option<AmountBasis> {
    let deal = &dossier.deal;
    match (deal.amount_basis, deal.amount, sum) {
        (AmountBasis::Lines, ..) | (AmountBasis::Entered, None, Some(_)) => {
            Some(AmountBasis::Lines)
        }
        (AmountBasis::Entered, _, None) => Some(AmountBasis::Entered),
        (AmountBasis::Entered, Some(_), Some(_)) if !dossier.lines.is_empty() => {
            Some(AmountBasis::Entered)
        }
        (AmountBasis::Entered, Some(amount), Some(sum)) if amount == sum => {
            Some(AmountBasis::Lines)
        }
        (AmountBasis::Entered, Some(amount), Some(sum)) => {
            let limit = format!("{amount} was entered, the lines add up to {sum}");
            let invalid = Invalid::new("opportunity.amount.basis_unsaid", "").limit(limit);
            check.refuse("amount_basis", invalid.allowed(AmountBasis::CODES.iter().copied()));
            None
        }
    }
}

fn line(
    dossier: &Dossier,
    wish: &SetLine,
    (ordinal, id): (u32, Id<OpportunityLine>),
    check: &mut Check,
) -> Option<OpportunityLine> {
    let at = |field: &str| format!("lines[{ordinal}].{field}");
    let quantity = check.take(&at("quantity"), wish.quantity.parse::<Quantity>());
    check.rule(quantity.is_none_or(|quantity| !quantity.is_zero()), &at("quantity"), || {
        Invalid::new("opportunity.line.quantity_zero", &wish.quantity).limit("above 0")
    });
    let discount = match &wish.discount {
        None => Some(Percent::ZERO),
        Some(discount) => check.take(&at("discount"), discount.parse::<Percent>()),
    };
    let (quantity, discount) = (quantity?, discount?);
    let net = Money::of_line(wish.unit_price, quantity, discount, Rounding::HalfUp);
    let net = check.take(&at("unit_price"), net)?;
    Some(OpportunityLine {
        id,
        opportunity: dossier.deal.id,
        ordinal,
        product: wish.product,
        quantity,
        unit_price: wish.unit_price,
        discount,
        net,
        ext: Default::default(),
    })
}

/// What the lines add up to; nothing where there are none.
fn sum(lines: &[OpportunityLine]) -> Result<Option<Money>, Invalid> {
    let Some(first) = lines.first() else { return Ok(None) };
    Money::sum(first.net.currency(), lines.iter().map(|line| line.net)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{code, ctx, dossier};
    use super::*;

    fn wish(lines: &[(&str, &str, &str)], basis: Option<&str>) -> SetLines {
        let line = |(quantity, price, discount): &(&str, &str, &str)| SetLine {
            product: Uuid::from_u128(7),
            quantity: (*quantity).to_owned(),
            unit_price: UnitPrice::from(price.parse::<Money>().unwrap()),
            discount: Some((*discount).to_owned()),
        };
        let id = Id::new(Uuid::from_u128(1));
        let amount_basis = basis.map(str::to_owned);
        SetLines { id, lines: lines.iter().map(line).collect(), amount_basis }
    }

    fn decide(deal: &Dossier, wish: &SetLines) -> Result<SetOfLines, String> {
        let mut next = 70;
        let mut new_id = || {
            next += 1;
            Id::new(Uuid::from_u128(next))
        };
        set_lines(deal, wish, &mut new_id, ctx(9)).map_err(|refusal| code(&refusal))
    }

    #[test]
    fn the_amount_of_a_deal() {
        let two = [("2", "10.00 CNY", "0"), ("3", "0.15 CNY", "33.3")];
        let follows = |entered: Option<&str>, lines: &[(&str, &str, &str)]| {
            let mut dossier = dossier("a");
            dossier.deal.amount = entered.map(|amount| amount.parse().unwrap());
            let set = decide(&dossier, &wish(lines, Some("lines"))).unwrap();
            (dossier.deal, dossier.lines) = (set.deal, set.lines);
            dossier
        };
        let entered = |amount: Option<&str>| {
            let mut dossier = dossier("a");
            dossier.deal.amount = amount.map(|amount| amount.parse().unwrap());
            dossier
        };
        let two_lines = follows(None, &two);
        let ok = |amount: &str, basis| Ok((Some(amount.to_owned()), basis));
        let (by_lines, by_hand) = (AmountBasis::Lines, AmountBasis::Entered);
        let table = [
            (
                "follows the first lines when unknown",
                entered(None),
                &two[..],
                None,
                ok("20.30 CNY", by_lines),
            ),
            (
                "is not replaced in silence",
                entered(Some("5 CNY")),
                &two,
                None,
                Err("opportunity.amount.basis_unsaid".to_owned()),
            ),
            (
                "is replaced when it was said",
                entered(Some("5 CNY")),
                &two,
                Some("lines"),
                ok("20.30 CNY", by_lines),
            ),
            (
                "is kept when it was said",
                entered(Some("5 CNY")),
                &two,
                Some("entered"),
                ok("5.00 CNY", by_hand),
            ),
            (
                "follows lines that say the same",
                entered(Some("20.30 CNY")),
                &two,
                None,
                ok("20.30 CNY", by_lines),
            ),
            ("keeps following", two_lines.clone(), &two[..1], None, ok("20.00 CNY", by_lines)),
            ("is unknown again without lines", two_lines.clone(), &[], None, Ok((None, by_lines))),
            (
                "stays as entered without lines",
                entered(Some("5 CNY")),
                &[],
                None,
                ok("5.00 CNY", by_hand),
            ),
            (
                "is never zero",
                entered(None),
                &[("1", "10 CNY", "100")],
                None,
                Err("opportunity.amount.zero".to_owned()),
            ),
            (
                "has one currency",
                entered(None),
                &[("1", "1 CNY", "0"), ("1", "1 USD", "0")],
                None,
                Err("opportunity.line.currency_mixed".to_owned()),
            ),
            (
                "has lines of something",
                entered(None),
                &[("0", "1 CNY", "0")],
                None,
                Err("opportunity.line.quantity_zero".to_owned()),
            ),
            (
                "has no negative lines",
                entered(None),
                &[("-1", "1 CNY", "0")],
                None,
                Err("quantity.negative".to_owned()),
            ),
            (
                "has a basis that is known",
                entered(None),
                &[],
                Some("guess"),
                Err("code.unknown".to_owned()),
            ),
        ];
        for (rule, dossier, lines, basis, expected) in table {
            let set = decide(&dossier, &wish(lines, basis));
            let found = set.map(|set| {
                (set.deal.amount.map(|amount| amount.to_string()), set.deal.amount_basis)
            });
            assert_eq!(found, expected, "the amount {rule}");
        }
        let fewer = decide(&two_lines, &wish(&two[..1], None)).unwrap();
        assert_eq!(fewer.removed, [two_lines.lines[1].id]);
        assert_eq!(fewer.lines[0].id, two_lines.lines[0].id, "a line keeps its identity");
        assert_eq!(two_lines.lines[1].exact_net().unwrap().to_string(), "0.30015");
    }
}
