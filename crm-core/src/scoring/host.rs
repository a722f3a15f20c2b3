//! A scorer of the host's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{collections::BTreeMap, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::feature::Features;
use super::proof::{Because, Line, Unit};
use crate::value::{Code, Invalid, Timestamp};

/// Parts of an answer at most.
const PARTS_MAX: usize = 100;
/// A part adds at most so much on either side.
const ADDS_MAX: u64 = 1_000_000_000;
/// Bytes of a term or reason at most.
const TEXT_MAX: usize = 400;

/// A model that the host computes: which of its scorers, and what its numbers count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostModel {
    /// The name under which the scorer is registered.
    pub scorer: Code,
    /// What its numbers count.
    pub unit: Unit,
}

/// What a host's scorer answers: the base and what all parts add sum to the score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Where it begins.
    pub base: i64,
    /// What is added, at most 100 parts.
    pub parts: Vec<AnswerPart>,
}

/// One part of a scorer's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerPart {
    /// What it is about.
    pub term: String,
    /// What it adds.
    pub adds: i64,
    /// Why, in words.
    #[serde(default)]
    pub reason: String,
}

/// A scorer of the host's. It must give the same answer for the same features and instant, or scores are not
/// reproducible. It is called inside an operation: it must not call the engine.
pub trait Scorer: Send + Sync {
    /// The score and its parts.
    ///
    /// # Errors
    ///
    /// Why there is none, in words.
    fn score(&self, features: &Features, at: Timestamp) -> Result<Answer, String>;
}

/// The host's scorers by name.
pub type Scorers = BTreeMap<String, Arc<dyn Scorer>>;

/// Asks a scorer; what it may not answer is refused.
///
/// # Errors
///
/// `scorer.unknown` with the registered ones · `scorer.panicked` · `scorer.failed` with its words · `scorer.answer`
/// where parts are too many, too long or too large. Rule SCO-11 (issue 3).
pub fn ask(
    scorers: &Scorers,
    model: &HostModel,
    features: &Features,
    at: Timestamp,
) -> Result<(i64, Vec<Line>), Invalid> {
    let name = model.scorer.as_str();
    let scorer = scorers.get(name).ok_or_else(|| {
        Invalid::new("scorer.unknown", name).allowed(scorers.keys().map(String::as_str))
    })?;
    let answer = catch_unwind(AssertUnwindSafe(|| scorer.score(features, at)))
        .map_err(|_| Invalid::new("scorer.panicked", name))?
        .map_err(|why| Invalid::new("scorer.failed", name).limit(why))?;
    let bad = |what: &str| Err(Invalid::new("scorer.answer", name).limit(what));
    if answer.parts.len() > PARTS_MAX {
        return bad("at most 100 parts");
    }
    let within = |adds: i64| adds.unsigned_abs() <= ADDS_MAX;
    if !within(answer.base) || !answer.parts.iter().all(|part| within(part.adds)) {
        return bad("a base and parts within 1,000,000,000 on either side");
    }
    let fits = |part: &AnswerPart| {
        !part.term.is_empty() && part.term.len() <= TEXT_MAX && part.reason.len() <= TEXT_MAX
    };
    if !answer.parts.iter().all(fits) {
        return bad("terms of 1 to 400 bytes, reasons of at most 400");
    }
    let line = |part: AnswerPart| Line {
        term: part.term,
        adds: part.adds,
        missing: false,
        because: Because::Host { reason: part.reason },
    };
    Ok((answer.base, answer.parts.into_iter().map(line).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answers = fn() -> Result<Answer, String>;

    struct Host(Answers);

    impl Scorer for Host {
        fn score(&self, _: &Features, _: Timestamp) -> Result<Answer, String> {
            (self.0)()
        }
    }

    fn part(term: &str, adds: i64) -> AnswerPart {
        AnswerPart { term: term.into(), adds, reason: String::new() }
    }

    #[test]
    fn what_a_hosts_scorer_may_not_answer_is_refused() {
        let table: [(&str, Answers, &str); 7] = [
            ("an answer", || Ok(Answer { base: 5, parts: vec![part("size", 7)] }), ""),
            ("its own words", || Err("no license".into()), "scorer.failed"),
            ("a panic", || std::panic::resume_unwind(Box::new("bang")), "scorer.panicked"),
            (
                "too many parts",
                || Ok(Answer { base: 0, parts: vec![part("a", 1); 101] }),
                "scorer.answer",
            ),
            ("too much", || Ok(Answer { base: i64::MIN, parts: vec![] }), "scorer.answer"),
            (
                "a part too much",
                || Ok(Answer { base: 0, parts: vec![part("a", i64::MAX)] }),
                "scorer.answer",
            ),
            ("no name", || Ok(Answer { base: 0, parts: vec![part("", 1)] }), "scorer.answer"),
        ];
        let model = HostModel { scorer: Code::parse("own").unwrap(), unit: Unit::MilliPoints };
        let now = Timestamp::from_micros(1).unwrap();
        for (rule, answer, expected) in table {
            let scorers =
                Scorers::from([("own".to_owned(), Arc::new(Host(answer)) as Arc<dyn Scorer>)]);
            let found = ask(&scorers, &model, &Features::new(), now);
            assert_eq!(found.as_ref().err().map_or("", |e| e.code.as_str()), expected, "{rule}");
            if let Ok((base, lines)) = found {
                assert_eq!((base, lines[0].adds), (5, 7));
            }
        }
        let unknown = ask(&Scorers::new(), &model, &Features::new(), now);
        assert_eq!(unknown.unwrap_err().code, "scorer.unknown");
    }
}
