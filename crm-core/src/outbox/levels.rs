//! How much of what stands where, and the difference of two such pictures.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{codes, json_column};

codes! {
    /// What a document can hold.
    pub enum Account {
        /// Goods that are kept for it (占用).
        Reserved = "stock.reserved",
        /// Goods that left the house for it, less what came back (出库).
        Issued = "stock.issued",
        /// Money that is asked for it: what is to be paid in all, less what was credited (应收). What is still owed is this
        /// less what was paid.
        Receivable = "ledger.receivable",
        /// Money that was paid for it (实收).
        Received = "ledger.received",
    }
}

/// Of what: the id of a product, or the code of a currency.
pub type Subject = String;

/// How much of what stands where. What is not named is zero; nothing that is named is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Levels(BTreeMap<Account, BTreeMap<Subject, Decimal>>);

impl Levels {
    /// Adds to a level; one that becomes zero is no longer named. Decimals of the engine's quantities and amounts do not
    /// overflow in sums of one document; a sum that would stays as it was.
    pub fn add(&mut self, account: Account, subject: &str, by: Decimal) {
        if by.is_zero() {
            return;
        }
        let subjects = self.0.entry(account).or_default();
        let Some(level) = subjects.get_mut(subject) else {
            subjects.insert(subject.to_owned(), by.normalize());
            return;
        };
        *level = level.checked_add(by).map_or(*level, |sum| sum.normalize());
        if level.is_zero() {
            subjects.remove(subject);
            if subjects.is_empty() {
                self.0.remove(&account);
            }
        }
    }

    /// The levels after these movements.
    #[must_use]
    pub fn after(mut self, moves: &Moves) -> Self {
        for moved in &moves.0 {
            self.add(moved.account, &moved.subject, moved.by);
        }
        self
    }

    /// How much stands there.
    pub fn get(&self, account: Account, subject: &str) -> Decimal {
        self.0.get(&account).and_then(|of| of.get(subject)).copied().unwrap_or_default()
    }

    /// Every level that is not zero, by account and subject.
    pub fn all(&self) -> impl Iterator<Item = (Account, &str, Decimal)> {
        self.0.iter().flat_map(|(account, subjects)| {
            subjects.iter().map(|(subject, level)| (*account, subject.as_str(), *level))
        })
    }
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Move {
    /// Where.
    pub account: Account,
    /// Of what: the id of a product, or the code of a currency.
    pub subject: Subject,
    /// By how much: an exact decimal, below zero where it goes back.
    pub by: Decimal,
    /// How much stands there now, for this document.
    pub level: Decimal,
}

/// Movements, by account and subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Moves(pub Vec<Move>);

json_column! { Levels, Moves }

/// What has to move so that levels that are `from` become `to`.
pub fn between(from: &Levels, to: &Levels) -> Moves {
    let places = from.all().chain(to.all()).map(|(account, subject, _)| (account, subject));
    let places: BTreeSet<(Account, &str)> = places.collect();
    let moved = places.into_iter().filter_map(|(account, subject)| {
        let level = to.get(account, subject);
        let by = level.checked_sub(from.get(account, subject)).unwrap_or_default().normalize();
        (!by.is_zero()).then(|| Move { account, subject: subject.to_owned(), by, level })
    });
    Moves(moved.collect())
}
