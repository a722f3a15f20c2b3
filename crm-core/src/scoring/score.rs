//! The latest score of each of them under each model, kept for an order.

use uuid::Uuid;

use super::model::Target;
use super::proof::Proof;
use crate::pipeline::Probability;
use crate::record;
use crate::record::Ext;
use crate::value::{Code, Id, Money, Timestamp};

record! {
    /// The latest score of a lead, customer or deal under one model.
    pub struct Score: Score {
        /// The model.
        1 model: Code;
        /// Its version.
        2 version: u32;
        /// What kind of record it is.
        3 subject_kind: Target;
        /// Which.
        4 subject: Uuid;
        /// The score, in the unit of the model.
        5 value: i64;
        /// The score with its sign turned, so that the highest comes first.
        6 place: i64;
        /// What it means as a probability.
        7 probability: Option<Probability>;
        /// The grade.
        8 grade: Option<Code>;
        /// The amount at stake times the probability, in minor units; 0 where either is unknown.
        9 expected_minor: i64;
        /// That with its sign turned.
        10 expected_place: i64;
        /// The instant whose state it tells.
        11 at: Timestamp;
    }
    listings {
        1 "by_score" ["model", "place", "subject"];
        2 "by_expected" ["model", "expected_place", "subject"];
        3 "by_subject" ["subject"];
    }
}

impl Score {
    /// The listing by model, the highest score first; equal ones by the id of whom they are about.
    pub const BY_SCORE: u16 = 1;
    /// The listing by model, the highest expected value first; equal ones as above.
    pub const BY_EXPECTED: u16 = 2;
    /// The listing by whom they are about.
    pub const BY_SUBJECT: u16 = 3;

    /// The id of the score of one of them under a model.
    pub fn id_of(model: &str, subject: Uuid) -> Id<Self> {
        Id::derived([b"score".as_slice(), model.as_bytes(), subject.as_bytes()])
    }

    /// The score that a proof shows. What is expected of an `amount` is the share that the probability is, halves
    /// rounded up. Its places in the listings turn the sign, so that the highest comes first and equal ones are ordered by
    /// the id of whom they are about. Rule SCO-13 (F049, F069).
    pub fn of(proof: &Proof, kind: Target, subject: Uuid, amount: Option<Money>) -> Self {
        let probability = proof.probability_basis_points;
        let expected = probability.zip(amount).and_then(|(odds, amount)| odds.weigh(amount).ok());
        let expected_minor = expected.map_or(0, Money::minor);
        Self {
            id: Self::id_of(proof.model.as_str(), subject),
            model: proof.model.clone(),
            version: proof.version,
            subject_kind: kind,
            subject,
            value: proof.value,
            place: proof.value.saturating_neg(),
            probability,
            grade: proof.grade.clone(),
            expected_minor,
            expected_place: expected_minor.saturating_neg(),
            at: proof.at,
            ext: Ext::new(),
        }
    }
}
