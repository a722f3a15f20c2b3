//! Rows of the store as facts: only the columns that facts need, stored text as it is.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::analytics::{FactDeal, FactLine, FactMove, MoveKind, Outcome};
use crate::engine::{Cx, Error};
use crate::opportunity::{Opportunity, OpportunityLine, StageMove};
use crate::party::Customer;
use crate::record::{Column, Entity, FieldId, Record, Val};
use crate::store::{Cursor, Flow, Row, Scan};
use crate::value::{Percent, Quantity, UnitPrice};

/// Rows that are read at a time: many, so that pages cost nothing; not all, so that a host can cancel.
const PAGE: u32 = 100_000;

/// The columns of a kind that are read, the id before them.
pub(super) struct Projection {
    cols: Vec<FieldId>,
    /// Where they stand in a whole record.
    places: Vec<usize>,
}

impl Projection {
    /// The columns of these names; a test holds that there are such.
    pub(super) fn of<T: Entity>(names: &[&str]) -> Self {
        let fields = names.iter().filter_map(|name| T::def().field_named(name)).map(|def| def.id);
        let fields: Vec<FieldId> = fields.collect();
        let places = fields.iter().filter_map(|field| T::def().position(*field)).collect();
        Self { cols: [FieldId::ID].into_iter().chain(fields).collect(), places }
    }

    pub(super) fn record<'a>(&'a self, record: &'a Record) -> Cells<'a> {
        Cells { id: record.id, of: Of::Record(record, &self.places) }
    }
}

/// The cells of a row, in the order of the projection.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) id: Uuid,
    of: Of<'a>,
}

#[derive(Clone, Copy)]
enum Of<'a> {
    Cols(&'a [Val]),
    Record(&'a Record, &'a [usize]),
}

/// Nothing.
static NULL: Val = Val::Null;

impl<'a> Cells<'a> {
    pub(super) fn at(&self, at: usize) -> &'a Val {
        let found = match self.of {
            Of::Cols(vals) => vals.get(at.saturating_add(1)),
            Of::Record(record, places) => places.get(at).and_then(|place| record.vals.get(*place)),
        };
        found.unwrap_or(&NULL)
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        match self.at(at) {
            Val::Text(text) => text,
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::Bytes(_) | Val::Id(_) => "",
        }
    }

    pub(super) fn int(&self, at: usize) -> Option<i64> {
        match self.at(at) {
            Val::Int(number) => Some(*number),
            Val::Null | Val::Bool(_) | Val::Text(_) | Val::Bytes(_) | Val::Id(_) => None,
        }
    }

    pub(super) fn id(&self, at: usize) -> Uuid {
        match self.at(at) {
            Val::Id(id) => *id,
            Val::Null | Val::Bool(_) | Val::Text(_) | Val::Bytes(_) | Val::Int(_) => Uuid::nil(),
        }
    }

    /// Microseconds as seconds.
    fn second(&self, at: usize) -> Option<i64> {
        self.int(at).map(|micros| micros.div_euclid(1_000_000))
    }

    fn column<C: Column>(&self, at: usize) -> Option<C> {
        let vals: Vec<Val> = (at..).take(C::WIDTH).map(|at| self.at(at).clone()).collect();
        C::take(&vals).ok()
    }
}

/// Gives the cells of every row of a kind that is not deleted, page by page.
pub(super) fn scan<T: Entity>(
    cx: &Cx<'_>,
    of: &Projection,
    mut sink: impl FnMut(Cells<'_>),
) -> Result<(), Error> {
    let mut after: Option<Cursor> = None;
    loop {
        let mut asked = 0_u32;
        let page = Scan {
            after: after.as_ref(),
            limit: PAGE,
            cols: &of.cols,
            ..Scan::of(cx.tenant(), T::KIND, 0, &[])
        };
        let mut cancelled = None;
        let end = cx.store().scan(&page, &mut |row| {
            match row {
                Row::Rec(_, record) => sink(of.record(record)),
                Row::Cols(vals) => {
                    if let Some(Val::Id(id)) = vals.first() {
                        sink(Cells { id: *id, of: Of::Cols(vals) });
                    }
                }
            }
            asked = asked.wrapping_add(1);
            if asked.is_multiple_of(1000)
                && let Err(error) = cx.checkpoint()
            {
                cancelled = Some(error);
                return Flow::Break(());
            }
            Flow::Continue(())
        })?;
        if let Some(error) = cancelled {
            return Err(error);
        }
        match end.next {
            Some(next) => after = Some(next),
            None => return cx.checkpoint(),
        }
    }
}

/// The columns of a deal.
pub(super) fn deals() -> &'static Projection {
    static COLUMNS: LazyLock<Projection> = LazyLock::new(|| Projection::of::<Opportunity>(&DEAL));
    &COLUMNS
}

const DEAL: [&str; 17] = [
    "customer",
    "owner",
    "pipeline",
    "phase",
    "phase_stage",
    "phase_closed_at",
    "phase_loss_reason",
    "amount_minor",
    "amount_currency",
    "expected_close",
    "source",
    "region",
    "competitor",
    "probability_override_basis_points",
    "stage_entered_at",
    "created_at",
    "has_history",
];

/// What a deal's own row does not tell, from those whom it names.
pub(super) trait Beside {
    /// The source of a customer.
    fn source(&self, customer: Uuid) -> &str;
    /// The region of a customer, else of the owner's team.
    fn region(&self, customer: Uuid, owner: Uuid) -> &str;
    /// The stage of a process that stands for an end.
    fn end(&self, pipeline: Uuid, outcome: Outcome) -> Uuid;
}

pub(super) fn deal<'a>(cells: Cells<'a>, beside: &'a dyn Beside) -> FactDeal<'a> {
    let (customer, owner, pipeline) = (cells.id(0), cells.id(1), cells.id(2));
    let outcome = match cells.text(3) {
        "won" => Outcome::Won,
        "lost" => Outcome::Lost,
        _ => Outcome::Open,
    };
    let created_at = cells.second(15).unwrap_or(0);
    let since = if outcome == Outcome::Open { cells.second(14) } else { cells.second(5) };
    let or = |own: &'a str, other: &'a str| if own.is_empty() { other } else { own };
    FactDeal {
        id: cells.id,
        owner,
        customer,
        pipeline,
        stage: cells.id(4),
        outcome,
        end: if outcome == Outcome::Open { Uuid::nil() } else { beside.end(pipeline, outcome) },
        source: or(cells.text(10), beside.source(customer)),
        region: or(cells.text(11), beside.region(customer, owner)),
        reason: cells.text(6),
        competitor: cells.text(12),
        amount: cells.int(7).map(|minor| (minor, cells.text(8))),
        odds: cells.int(13).and_then(|points| u32::try_from(points).ok()),
        created_at,
        since: since.unwrap_or(created_at),
        expected_day: days_since_1970(cells.text(9)),
        has_history: *cells.at(16) == Val::Bool(true),
    }
}

fn days_since_1970(day: &str) -> Option<i32> {
    use chrono::Datelike;
    let day: chrono::NaiveDate = day.parse().ok()?;
    Some(day.num_days_from_ce().saturating_sub(719_163))
}

/// The columns of a move.
pub(super) fn moves() -> &'static Projection {
    static COLUMNS: LazyLock<Projection> = LazyLock::new(|| Projection::of::<StageMove>(&MOVE));
    &COLUMNS
}

const MOVE: [&str; 6] = ["opportunity", "ordinal", "kind", "from", "to", "at"];

/// A move with its deal and its number there.
pub(super) fn step(cells: Cells<'_>) -> (Uuid, u32, FactMove) {
    let kind = match cells.text(2) {
        "create" => MoveKind::Created,
        "won" => MoveKind::Won,
        "lost" => MoveKind::Lost,
        "reopen" => MoveKind::Reopened,
        _ => MoveKind::Moved,
    };
    let at = cells.second(5).unwrap_or(0);
    let ordinal = cells.int(1).and_then(|ordinal| u32::try_from(ordinal).ok()).unwrap_or(0);
    (cells.id(0), ordinal, FactMove { kind, from: cells.id(3), to: cells.id(4), at })
}

/// The columns of a line.
pub(super) fn lines() -> &'static Projection {
    static COLUMNS: LazyLock<Projection> =
        LazyLock::new(|| Projection::of::<OpportunityLine>(&LINE));
    &COLUMNS
}

const LINE: [&str; 8] = [
    "opportunity",
    "product",
    "quantity",
    "unit_price_amount",
    "unit_price_currency",
    "discount",
    "net_minor",
    "net_currency",
];

/// A line with its deal.
pub(super) fn line(cells: Cells<'_>) -> (Uuid, FactLine) {
    let net = cells.column::<crate::value::Money>(6);
    let exact = || {
        let (quantity, price) = (cells.column::<Quantity>(2)?, cells.column::<UnitPrice>(3)?);
        price.line(quantity, cells.column::<Percent>(5)?).ok()
    };
    let rounded_minor = net.map_or(0, |net| net.minor());
    let exact = exact().or(net.map(|net| net.amount())).unwrap_or_default();
    (cells.id(0), FactLine { product: cells.id(1), rounded_minor, exact })
}

/// The columns of a customer.
pub(super) fn customers() -> &'static Projection {
    static COLUMNS: LazyLock<Projection> = LazyLock::new(|| Projection::of::<Customer>(&CUSTOMER));
    &COLUMNS
}

const CUSTOMER: [&str; 4] = ["name", "industry", "source", "region"];

/// What reports need of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Buyer {
    pub(super) name: String,
    pub(super) industry: String,
    pub(super) source: String,
    pub(super) region: String,
}

pub(super) fn buyer(cells: Cells<'_>) -> Buyer {
    let text = |at| cells.text(at).to_owned();
    Buyer { name: text(0), industry: text(1), source: text(2), region: text(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_there() {
        assert_eq!(deals().places.len(), DEAL.len());
        assert_eq!(moves().places.len(), MOVE.len());
        assert_eq!(lines().places.len(), LINE.len());
        assert_eq!(customers().places.len(), CUSTOMER.len());
    }
}
