//! Pouring rows into a table.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    Base, DealRow, Deals, FactTable, LineRow, Lines, MoveKind, MoveRow, Moves, Outcome, Stages,
    UNKNOWN,
};
use crate::analytics::{
    column::{Codes, Draft},
    dimension::{Dimension, PerDimension},
};

/// Why rows do not make a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Two rows have one identity.
    #[error("deal {0} was given twice")]
    DuplicateDeal(Uuid),
    /// A move or a line names a deal that was not given before it.
    #[error("deal number {0} was not given")]
    UnknownDeal(u32),
    /// A line's exact net has more than twelve decimals or 10^15 major units.
    #[error("exact net {0} is out of range")]
    ExactOutOfRange(Decimal),
    /// A money amount, time or day uses the number that stands for "not known".
    #[error("deal {0} has a number out of range")]
    NumberOutOfRange(Uuid),
    /// More deals, moves or lines than 2^32.
    #[error("more rows than a table can hold")]
    Full,
}

/// Collects rows; [`FactTableBuilder::finish`] makes the [`FactTable`].
#[derive(Clone, Debug)]
pub struct FactTableBuilder {
    base: Base,
    drafts: PerDimension<Draft>,
    stages: BTreeMap<String, (String, u32)>,
    currencies: Draft,
    deals: Vec<Deal>,
    moves: Vec<Move>,
    lines: Vec<Line>,
    exact_scale: u32,
}

/// A deal whose keys are provisional codes of the builder.
#[derive(Clone, Debug)]
pub(in crate::analytics) struct CodedDeal {
    pub(in crate::analytics) id: Uuid,
    pub(in crate::analytics) codes: PerDimension<u32>,
    pub(in crate::analytics) outcome: Outcome,
    pub(in crate::analytics) currency: u32,
    pub(in crate::analytics) amount_minor: Option<i64>,
    pub(in crate::analytics) base_minor: Option<i64>,
    pub(in crate::analytics) created_at: Option<i64>,
    pub(in crate::analytics) closed_at: Option<i64>,
    pub(in crate::analytics) expected_day: Option<i32>,
    pub(in crate::analytics) has_history: bool,
}

#[derive(Clone, Debug)]
struct Deal {
    id: Uuid,
    codes: PerDimension<u32>,
    outcome: Outcome,
    currency: u32,
    amount_minor: i64,
    base_minor: i64,
    created_at: i64,
    closed_at: i64,
    expected_day: i32,
    has_history: bool,
}

#[derive(Clone, Copy, Debug)]
struct Move {
    deal: u32,
    from: u32,
    to: u32,
    at: i64,
    kind: MoveKind,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    deal: u32,
    product: u32,
    category: u32,
    rounded_minor: i64,
    exact: Decimal,
}

impl FactTableBuilder {
    const EXACT_SCALE_MAX: u32 = 12;
    const EXACT_MAX: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

    pub(super) fn new(currency: &str, scale: u32) -> Self {
        Self {
            base: Base { currency: currency.to_owned(), scale },
            drafts: PerDimension::from_fn(|_| Draft::default()),
            stages: BTreeMap::new(),
            currencies: Draft::default(),
            deals: Vec::new(),
            moves: Vec::new(),
            lines: Vec::new(),
            exact_scale: 0,
        }
    }

    /// Names the value `key` of `dimension`; before or after the rows that use it.
    pub fn label(&mut self, dimension: Dimension, key: &str, label: &str) -> &mut Self {
        self.drafts.get_mut(dimension).label(key, label);
        self
    }

    /// Declares a pipeline and its stages (key, label) in their order: the order of the funnel.
    pub fn pipeline(&mut self, key: &str, label: &str, stages: &[(&str, &str)]) -> &mut Self {
        self.label(Dimension::Pipeline, key, label);
        for (position, (stage, label)) in (0..).zip(stages) {
            self.label(Dimension::Stage, stage, label);
            self.stages.insert((*stage).to_owned(), (key.to_owned(), position));
        }
        self
    }

    /// Adds a deal and numbers it, for its moves and lines.
    ///
    /// # Errors
    ///
    /// [`TableError::NumberOutOfRange`], [`TableError::Full`]. A second row of one id is found by `finish`.
    pub fn deal(&mut self, row: &DealRow<'_>) -> Result<u32, TableError> {
        let number = u32::try_from(self.deals.len()).map_err(|_| TableError::Full)?;
        let or_unknown = |value: Option<i64>| match value {
            Some(UNKNOWN) => Err(TableError::NumberOutOfRange(row.id)),
            Some(value) => Ok(value),
            None => Ok(UNKNOWN),
        };
        let closed_at = row.closed_at.filter(|_| row.outcome != Outcome::Open);
        let codes = PerDimension::from_fn(|dimension| {
            self.drafts.get_mut(dimension).code(key_of(row, dimension))
        });
        self.deals.push(Deal {
            id: row.id,
            codes,
            outcome: row.outcome,
            currency: self.currencies.code(row.currency),
            amount_minor: or_unknown(row.amount_minor)?,
            base_minor: or_unknown(row.base_minor)?,
            created_at: or_unknown(row.created_at)?,
            closed_at: or_unknown(closed_at)?,
            expected_day: row.expected_day.unwrap_or(i32::MIN),
            has_history: row.has_history,
        });
        Ok(number)
    }

    /// Adds a stage move of a deal given before.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownDeal`].
    pub fn stage_move(&mut self, row: &MoveRow<'_>) -> Result<(), TableError> {
        self.known(row.deal)?;
        let stages = self.drafts.get_mut(Dimension::Stage);
        let (from, to) = (stages.code(row.from), stages.code(row.to));
        self.moves.push(Move { deal: row.deal, from, to, at: row.at, kind: row.kind });
        Ok(())
    }

    /// Adds a line of a deal given before.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownDeal`], [`TableError::ExactOutOfRange`].
    pub fn line(&mut self, row: &LineRow<'_>) -> Result<(), TableError> {
        self.known(row.deal)?;
        let exact = self.exact(row.exact)?;
        self.lines.push(Line {
            deal: row.deal,
            product: self.drafts.get_mut(Dimension::Product).code(row.product),
            category: self.drafts.get_mut(Dimension::Category).code(row.category),
            rounded_minor: row.rounded_minor,
            exact,
        });
        Ok(())
    }

    /// The provisional code of a key.
    pub(in crate::analytics) fn code(&mut self, dimension: Dimension, key: &str) -> u32 {
        self.drafts.get_mut(dimension).code(key)
    }

    /// The provisional code of a currency.
    pub(in crate::analytics) fn currency(&mut self, code: &str) -> u32 {
        self.currencies.code(code)
    }

    /// Adds a deal whose keys are provisional codes, and numbers it.
    pub(in crate::analytics) fn coded(&mut self, deal: CodedDeal) -> Result<u32, TableError> {
        let number = u32::try_from(self.deals.len()).map_err(|_| TableError::Full)?;
        let known = |value: Option<i64>| value.unwrap_or(UNKNOWN);
        self.deals.push(Deal {
            id: deal.id,
            codes: deal.codes,
            outcome: deal.outcome,
            currency: deal.currency,
            amount_minor: known(deal.amount_minor),
            base_minor: known(deal.base_minor),
            created_at: known(deal.created_at),
            closed_at: known(deal.closed_at),
            expected_day: deal.expected_day.unwrap_or(i32::MIN),
            has_history: deal.has_history,
        });
        Ok(number)
    }

    /// Adds a move whose stages are provisional codes.
    pub(in crate::analytics) fn coded_move(
        &mut self,
        deal: u32,
        (from, to): (u32, u32),
        at: i64,
        kind: MoveKind,
    ) {
        self.moves.push(Move { deal, from, to, at, kind });
    }

    /// Adds a line whose product and category are provisional codes.
    pub(in crate::analytics) fn coded_line(
        &mut self,
        deal: u32,
        (product, category): (u32, u32),
        rounded_minor: i64,
        exact: Decimal,
    ) -> Result<(), TableError> {
        let exact = self.exact(exact)?;
        self.lines.push(Line { deal, product, category, rounded_minor, exact });
        Ok(())
    }

    /// An exact net that fits, without trailing zeros; the table's scale grows with it.
    fn exact(&mut self, exact: Decimal) -> Result<Decimal, TableError> {
        let normal = exact.normalize();
        if normal.scale() > Self::EXACT_SCALE_MAX || normal.abs() > Self::EXACT_MAX {
            return Err(TableError::ExactOutOfRange(exact));
        }
        self.exact_scale = self.exact_scale.max(normal.scale());
        Ok(normal)
    }

    fn known(&self, deal: u32) -> Result<(), TableError> {
        let given = usize::try_from(deal).is_ok_and(|deal| deal < self.deals.len());
        if given { Ok(()) } else { Err(TableError::UnknownDeal(deal)) }
    }

    /// The table of everything given.
    ///
    /// # Errors
    ///
    /// [`TableError::DuplicateDeal`], [`TableError::Full`].
    pub fn finish(self) -> Result<FactTable, TableError> {
        let Self { base, drafts, stages, currencies, mut deals, moves, lines, exact_scale } = self;
        let ranks = sort_by_id(&mut deals)?;
        let mut dictionaries = PerDimension::from_fn(|_| Draft::default().finish().0);
        let mut renumbered = PerDimension::from_fn(|_| Vec::new());
        for dimension in Dimension::ALL {
            let draft = drafts.get(dimension).clone();
            let (dictionary, codes) = draft.finish();
            *dictionaries.get_mut(dimension) = dictionary;
            *renumbered.get_mut(dimension) = codes;
        }
        let count = deals.len();
        let (currencies, currency_codes) = currencies.finish();
        let stages = stage_order(&stages, &dictionaries.pipeline, &dictionaries.stage);
        Ok(FactTable {
            base,
            stages,
            moves: move_columns(moves, &ranks, count, &renumbered.stage)?,
            lines: line_columns(lines, &ranks, count, &renumbered, exact_scale)?,
            deals: Deals {
                ids: deals.iter().map(|deal| deal.id).collect(),
                codes: PerDimension::from_fn(|dimension| {
                    let codes = renumbered.get(dimension);
                    let of_deals = deals.iter().filter(|_| !dimension.is_of_lines());
                    Codes::narrow(
                        of_deals.map(|d| look_up(codes, *d.codes.get(dimension))).collect(),
                    )
                }),
                outcomes: deals.iter().map(|deal| deal.outcome).collect(),
                currency: Codes::narrow(
                    deals.iter().map(|deal| look_up(&currency_codes, deal.currency)).collect(),
                ),
                currencies: (0..)
                    .take(currencies.len())
                    .map(|c| currencies.key(c).to_owned())
                    .collect(),
                amount_minor: deals.iter().map(|deal| deal.amount_minor).collect(),
                base_minor: deals.iter().map(|deal| deal.base_minor).collect(),
                created_at: deals.iter().map(|deal| deal.created_at).collect(),
                closed_at: deals.iter().map(|deal| deal.closed_at).collect(),
                expected_day: deals.iter().map(|deal| deal.expected_day).collect(),
                has_history: deals.iter().map(|deal| deal.has_history).collect(),
            },
            dictionaries,
        })
    }
}

const fn key_of<'a>(row: &DealRow<'a>, dimension: Dimension) -> &'a str {
    match dimension {
        Dimension::Owner => row.owner,
        Dimension::Team => row.team,
        Dimension::Customer => row.customer,
        Dimension::Pipeline => row.pipeline,
        Dimension::Stage => row.stage,
        Dimension::Source => row.source,
        Dimension::Region => row.region,
        Dimension::Industry => row.industry,
        Dimension::Reason => row.reason,
        Dimension::Competitor => row.competitor,
        Dimension::Product | Dimension::Category => "",
    }
}

/// Sorts deals by id; the result gives each deal's row by its number.
fn sort_by_id(deals: &mut Vec<Deal>) -> Result<Vec<u32>, TableError> {
    let mut numbered: Vec<(u32, Deal)> = (0..).zip(deals.drain(..)).collect();
    numbered.sort_by_key(|(_, deal)| deal.id);
    let mut ranks = vec![0; numbered.len()];
    let mut before = None;
    for (rank, (number, deal)) in (0..).zip(numbered) {
        if before.replace(deal.id) == Some(deal.id) {
            return Err(TableError::DuplicateDeal(deal.id));
        }
        if let Some(slot) = usize::try_from(number).ok().and_then(|number| ranks.get_mut(number)) {
            *slot = rank;
        }
        deals.push(deal);
    }
    Ok(ranks)
}

fn look_up(codes: &[u32], provisional: u32) -> u32 {
    usize::try_from(provisional).ok().and_then(|at| codes.get(at)).copied().unwrap_or(0)
}

fn stage_order(
    declared: &BTreeMap<String, (String, u32)>,
    pipelines: &crate::analytics::column::Dictionary,
    stages: &crate::analytics::column::Dictionary,
) -> Stages {
    let of = |code| declared.get(stages.key(code));
    let codes = || (0..).take(stages.len());
    Stages {
        pipeline: codes()
            .map(|code| of(code).and_then(|(pipeline, _)| pipelines.code(pipeline)).unwrap_or(0))
            .collect(),
        position: codes()
            .map(|code| of(code).map_or(u32::MAX, |(_, position)| *position))
            .collect(),
    }
}

fn move_columns(
    mut moves: Vec<Move>,
    ranks: &[u32],
    deals: usize,
    stages: &[u32],
) -> Result<Moves, TableError> {
    for step in &mut moves {
        step.deal = look_up(ranks, step.deal);
    }
    // Stable: steps of one second keep the order in which the deal took them.
    moves.sort_by_key(|step| (step.deal, step.at));
    Ok(Moves {
        start: starts(moves.iter().map(|step| step.deal), deals)?,
        from: Codes::narrow(moves.iter().map(|step| look_up(stages, step.from)).collect()),
        to: Codes::narrow(moves.iter().map(|step| look_up(stages, step.to)).collect()),
        at: moves.iter().map(|step| step.at).collect(),
        kind: moves.iter().map(|step| step.kind).collect(),
    })
}

fn line_columns(
    mut lines: Vec<Line>,
    ranks: &[u32],
    deals: usize,
    codes: &PerDimension<Vec<u32>>,
    exact_scale: u32,
) -> Result<Lines, TableError> {
    for line in &mut lines {
        line.deal = look_up(ranks, line.deal);
        line.product = look_up(&codes.product, line.product);
        line.category = look_up(&codes.category, line.category);
        line.exact.rescale(exact_scale);
    }
    lines.sort_by_key(|l| (l.deal, l.product, l.category, l.rounded_minor, l.exact));
    Ok(Lines {
        start: starts(lines.iter().map(|line| line.deal), deals)?,
        product: Codes::narrow(lines.iter().map(|line| line.product).collect()),
        category: Codes::narrow(lines.iter().map(|line| line.category).collect()),
        rounded_minor: lines.iter().map(|line| line.rounded_minor).collect(),
        exact: lines.iter().map(|line| line.exact.mantissa()).collect(),
        exact_scale,
    })
}

/// Where the rows of each deal begin, in rows sorted by deal, and where the last one ends.
fn starts(rows: impl Iterator<Item = u32>, deals: usize) -> Result<Vec<u32>, TableError> {
    let mut start = Vec::with_capacity(deals.saturating_add(1));
    start.push(0);
    let mut seen: u32 = 0;
    for deal in rows {
        while u32::try_from(start.len()).is_ok_and(|next| next <= deal) {
            start.push(seen);
        }
        seen = seen.checked_add(1).ok_or(TableError::Full)?;
    }
    start.resize(deals.saturating_add(1), seen);
    Ok(start)
}
