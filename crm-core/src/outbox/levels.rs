//! How much of what stands where, and the difference of two such pictures.

use std::collections::{BTreeMap, btree_map::Entry};
use std::sync::Arc;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[serde(transparent)]
pub struct Levels(BTreeMap<Account, Arc<BTreeMap<Subject, Decimal>>>);

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(account, subjects)| (account, &**subjects)))
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let levels = BTreeMap::<Account, BTreeMap<Subject, Decimal>>::deserialize(deserializer)?;
        Ok(Self(levels.into_iter().map(|(of, subjects)| (of, Arc::new(subjects))).collect()))
    }
}

impl Levels {
    /// Adds to a level; one that becomes zero is no longer named. Decimals of the engine's quantities and amounts do not
    /// overflow in sums of one document; a sum that would stays as it was.
    pub fn add(&mut self, account: Account, subject: &str, by: Decimal) {
        if by.is_zero() {
            return;
        }
        let subjects = Arc::make_mut(self.0.entry(account).or_default());
        match subjects.entry(subject.to_owned()) {
            Entry::Vacant(level) => drop(level.insert(by.normalize())),
            Entry::Occupied(mut level) => {
                let sum = level.get().checked_add(by).map_or(*level.get(), |sum| sum.normalize());
                level.insert(sum);
                if sum.is_zero() {
                    level.remove();
                }
            }
        }
        if subjects.is_empty() {
            self.0.remove(&account);
        }
    }

    /// Those of goods.
    #[must_use]
    pub(crate) fn goods(&self) -> Self {
        let goods = [Account::Reserved, Account::Issued];
        let of = goods.into_iter().filter_map(|account| Some((account, self.0.get(&account)?)));
        Self(of.map(|(account, subjects)| (account, Arc::clone(subjects))).collect())
    }

    /// Those of both, which have no account in common.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
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
pub fn between<'a>(from: &'a Levels, to: &'a Levels) -> Moves {
    let (mut from, mut to) = (from.all().peekable(), to.all().peekable());
    let mut moves = Vec::new();
    loop {
        let place = |level: Option<&(Account, &'a str, Decimal)>| {
            level.map(|(account, subject, _)| (*account, *subject))
        };
        let Some((account, subject)) =
            [place(from.peek()), place(to.peek())].into_iter().flatten().min()
        else {
            break;
        };
        let here = |level: &(Account, &str, Decimal)| (level.0, level.1) == (account, subject);
        let was = from.next_if(here).map_or(Decimal::ZERO, |(.., level)| level);
        let level = to.next_if(here).map_or(Decimal::ZERO, |(.., level)| level);
        let by = level.checked_sub(was).unwrap_or_default().normalize();
        if !by.is_zero() {
            moves.push(Move { account, subject: subject.to_owned(), by, level });
        }
    }
    Moves(moves)
}
