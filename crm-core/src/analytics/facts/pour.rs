//! The facts as of an instant, and the table that the other reports read.

use uuid::Uuid;

use super::{Facts, index, number, second};
use crate::analytics::{
    dimension::{Dimension, PerDimension},
    table::{CodedDeal, FactTableBuilder, MoveKind, Outcome, TableError},
};
use crate::export::document::Label;

/// What ids mean: keys that reports split by, and names for people. Unknown ids are "".
pub trait Keys {
    /// Login, key of the team, and name of a user.
    fn user(&self, id: Uuid) -> (&str, &str, &str);
    /// The industry of a customer.
    fn industry(&self, customer: Uuid) -> &str;
    /// Key and name of a stage.
    fn stage(&self, id: Uuid) -> (&str, &str);
    /// Where a stage comes among all: those of one process side by side, in their order. Unknown ones come last.
    fn order(&self, stage: Uuid) -> u32;
    /// Code, category and name of a product.
    fn product(&self, id: Uuid) -> (&str, &str, &str);
    /// What people call a source.
    fn source(&self, code: &str) -> Label;
}

/// How a deal stood at an instant: outcome, the stage that it stood in or was closed from, its place, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    outcome: Outcome,
    stage: u32,
    place: u32,
    since: u32,
    /// How many of its moves were made until then.
    moves: usize,
}

impl Facts {
    /// How a deal stood at a second; nothing before it was made. By its moves where they are known; else by how it stands
    /// now, and open before it was closed. Rule FT-2.
    fn standing(&self, row: u32, at: u32) -> Option<Standing> {
        let rows = &self.rows;
        let of = |column: &[u32]| column.get(index(row)).copied().unwrap_or(0);
        let place = rows.place.of(row);
        if place == 0 || of(&rows.created) > at {
            return None;
        }
        let span = self.moves.spans.of(row);
        let moves = span.clone().take_while(|step| self.moves.at(*step).1 <= at).count();
        let last = moves.checked_sub(1).and_then(|last| span.start.checked_add(last));
        let last = last.map(|last| self.moves.at(last));
        let step = last.and_then(|(code, second)| Some((self.books.steps.value(code)?, second)));
        if let Some((step, since)) = step {
            let ended = |outcome| {
                let stage = if step.from == 0 { step.to } else { step.from };
                Standing { outcome, stage, place: step.to, since, moves }
            };
            return Some(match step.kind {
                MoveKind::Won => ended(Outcome::Won),
                MoveKind::Lost => ended(Outcome::Lost),
                MoveKind::Created | MoveKind::Moved | MoveKind::Reopened => {
                    let (outcome, stage) = (Outcome::Open, step.to);
                    Standing { outcome, stage, place: stage, since, moves }
                }
            });
        }
        let (outcome, stage) = (self.books.outcome(place), rows.stage.of(row));
        let since = of(&rows.since);
        let open = |since| Standing { outcome: Outcome::Open, stage, place: stage, since, moves };
        Some(match outcome {
            Outcome::Open if since <= at => open(since),
            Outcome::Won | Outcome::Lost if since <= at => {
                Standing { outcome, stage, place, since, moves }
            }
            Outcome::Open | Outcome::Won | Outcome::Lost => open(of(&rows.created)),
        })
    }

    /// The facts that were true at a second, by all that is known now: deals made until then, standing as they stood
    /// then, with the moves made until then. Amounts, owners and names are those of now.
    #[must_use]
    pub fn as_of(&self, at: i64) -> Self {
        let at = second(at);
        let mut past = Self { board: None, ..self.clone() };
        for row in 0..number(self.rows.ids.len()) {
            let Some(standing) = self.standing(row, at) else {
                past.forget(row);
                past.cut_moves(row, 0);
                continue;
            };
            past.rows.stage.set(index(row), standing.stage);
            past.rows.place.set(index(row), standing.place);
            super::put(&mut past.rows.since, index(row), standing.since);
            past.cut_moves(row, standing.moves);
        }
        past.latest = self.latest.min(at);
        past
    }

    /// Keeps the first moves of a deal.
    fn cut_moves(&mut self, row: u32, keep: usize) {
        let span = self.moves.spans.of(row);
        if keep < span.len() {
            let moves: Vec<(u32, u32)> = span.take(keep).map(|at| self.moves.at(at)).collect();
            self.place_moves(row, &moves);
        }
    }

    /// Pours the facts as of a second into the table of the reports; nothing that happens later is told. Rule FT-7.
    ///
    /// # Errors
    ///
    /// Those of the builder.
    pub fn pour(
        &self,
        builder: &mut FactTableBuilder,
        keys: &dyn Keys,
        at: i64,
    ) -> Result<(), TableError> {
        let at = if at >= self.latest() { u32::MAX } else { second(at) };
        let books = &self.books;
        let mut of_texts = |dimension, values: &[String]| -> Vec<u32> {
            values.iter().map(|key| builder.code(dimension, key)).collect()
        };
        let sources = of_texts(Dimension::Source, books.sources.values());
        let regions = of_texts(Dimension::Region, books.regions.values());
        let reasons = of_texts(Dimension::Reason, books.reasons.values());
        let competitors = of_texts(Dimension::Competitor, books.competitors.values());
        let mut of_ids = |dimension, values: &[Uuid], key: &dyn Fn(Uuid) -> String| -> Vec<u32> {
            let key = |id: &Uuid| if id.is_nil() { String::new() } else { key(*id) };
            values.iter().map(|id| builder.code(dimension, &key(id))).collect()
        };
        let (owners, stages) = (books.owners.values(), books.stages.values());
        let (customers, products) = (books.customers.values(), books.products.values());
        let owner = of_ids(Dimension::Owner, owners, &|id| keys.user(id).0.to_owned());
        let team = of_ids(Dimension::Team, owners, &|id| keys.user(id).1.to_owned());
        let customer = of_ids(Dimension::Customer, customers, &|id| id.to_string());
        let industry = of_ids(Dimension::Industry, customers, &|id| keys.industry(id).to_owned());
        let pipeline = of_ids(Dimension::Pipeline, books.pipelines.values(), &|id| id.to_string());
        let stage = of_ids(Dimension::Stage, stages, &|id| keys.stage(id).0.to_owned());
        let product = of_ids(Dimension::Product, products, &|id| keys.product(id).0.to_owned());
        let category = of_ids(Dimension::Category, products, &|id| keys.product(id).1.to_owned());
        let currencies: Vec<u32> =
            books.currencies.values().iter().map(|code| builder.currency(code)).collect();
        let none = builder.code(Dimension::Reason, "");
        let rows = &self.rows;
        let of = |codes: &[u32], code: u32| codes.get(index(code)).copied().unwrap_or(0);
        for row in 0..number(rows.ids.len()) {
            let Some(standing) = self.standing_now(row, at) else { continue };
            let Some(id) = rows.ids.get(index(row)) else { continue };
            let codes = PerDimension {
                owner: of(&owner, rows.owner.of(row)),
                team: of(&team, rows.owner.of(row)),
                customer: of(&customer, rows.customer.of(row)),
                pipeline: of(&pipeline, rows.pipeline.of(row)),
                stage: of(&stage, standing.stage),
                source: of(&sources, rows.source.of(row)),
                region: of(&regions, rows.region.of(row)),
                industry: of(&industry, rows.customer.of(row)),
                reason: match standing.outcome {
                    Outcome::Lost => of(&reasons, rows.reason.of(row)),
                    Outcome::Open | Outcome::Won => none,
                },
                competitor: of(&competitors, rows.competitor.of(row)),
                product: of(&product, 0),
                category: of(&category, 0),
            };
            let time = |column: &[u32]| column.get(index(row)).map(|at| i64::from(*at));
            let currency = rows.currency.of(row);
            let amount = rows.amount.get(index(row)).copied().filter(|_| currency != 0);
            let expected = rows.expected.get(index(row)).copied().filter(|day| *day != 0);
            let is_closed = standing.outcome != Outcome::Open;
            let deal = builder.coded(CodedDeal {
                id: *id,
                codes,
                outcome: standing.outcome,
                currency: of(&currencies, if currency == 0 { super::BASE } else { currency }),
                amount_minor: amount,
                base_minor: amount.filter(|_| currency == super::BASE),
                created_at: time(&rows.created),
                closed_at: is_closed.then_some(i64::from(standing.since)),
                expected_day: expected.map(i32::from),
                has_history: rows.has_history.of(row) != 0,
            })?;
            for place in self.moves.spans.of(row).take(standing.moves) {
                let (code, at) = self.moves.at(place);
                let Some(step) = books.steps.value(code) else { continue };
                // A deal is won and lost in the stage that it stood in; the end is no stage of the funnel.
                let ends = matches!(step.kind, MoveKind::Won | MoveKind::Lost);
                let to = if ends { step.from } else { step.to };
                let (from, to) = (of(&stage, step.from), of(&stage, to));
                builder.coded_move(deal, (from, to), i64::from(at), step.kind);
            }
            for place in self.lines.spans.of(row) {
                let code = self.lines.product.at(place);
                let rounded = self.lines.rounded.get(place).copied().unwrap_or(0);
                let exact = self.lines.exact.get(place).copied().unwrap_or_default();
                let (product, category) = (of(&product, code), of(&category, code));
                builder.coded_line(deal, (product, category), rounded, exact)?;
            }
        }
        Ok(())
    }

    /// As [`Facts::standing`]; as of the last fact and after it, as the row says.
    fn standing_now(&self, row: u32, at: u32) -> Option<Standing> {
        if at != u32::MAX {
            return self.standing(row, at);
        }
        let place = self.rows.place.of(row);
        (place != 0).then(|| Standing {
            outcome: self.books.outcome(place),
            stage: self.rows.stage.of(row),
            place,
            since: self.rows.since.get(index(row)).copied().unwrap_or(0),
            moves: self.moves.spans.of(row).len(),
        })
    }

    /// The ids behind the codes of owners.
    pub fn owner(&self, code: u32) -> Option<Uuid> {
        self.books.owners.value(code).copied().filter(|id| !id.is_nil())
    }

    /// The id behind the code of a stage.
    pub fn stage(&self, code: u32) -> Option<Uuid> {
        self.books.stages.value(code).copied().filter(|id| !id.is_nil())
    }

    /// The id behind the code of a product.
    pub fn product(&self, code: u32) -> Option<Uuid> {
        self.books.products.value(code).copied().filter(|id| !id.is_nil())
    }

    /// The text behind the code of a region; "" for none.
    pub fn region(&self, code: u32) -> &str {
        self.books.regions.value(code).map_or("", String::as_str)
    }

    /// The text behind the code of a source; "" for none.
    pub fn source(&self, code: u32) -> &str {
        self.books.sources.value(code).map_or("", String::as_str)
    }

    /// ISO 4217 code of the base currency, and its decimal places.
    pub fn currency(&self) -> (&str, u32) {
        (&self.currency, self.scale)
    }
}
