//! A scoring model and its versions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::feature::Features;
use super::grade::Grades;
use super::host::{self, HostModel, Scorers};
use super::learn::kernel;
use super::learned::Learned;
use super::points::{Event, Points};
use super::proof::{Line, Proof, Unit};
use super::table::Table;
use crate::decision::{Check, Refusal};
use crate::pipeline::Probability;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// What a model is for.
    pub enum Target {
        /// Leads.
        Lead = "lead",
        /// Customers.
        Customer = "customer",
        /// Deals.
        Opportunity = "opportunity",
    }
}

codes! {
    /// What a model is made of.
    pub enum ModelKind {
        /// Points per behaviour.
        Points = "points",
        /// Weighted tables of criteria.
        Table = "table",
        /// Learned from our own closed history.
        Learned = "learned",
        /// A scorer of the host's.
        Host = "host",
    }
}

/// What a model says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Definition {
    /// Points per behaviour.
    Points(Points),
    /// Weighted tables of criteria.
    Table(Table),
    /// Learned from our own closed history.
    Learned(Box<Learned>),
    /// A scorer of the host's.
    Host(HostModel),
}

json_column! { Definition }

record! {
    /// One version of a scoring model. A version is never changed, so that every proof can be checked for ever.
    pub struct ScoreModel: ScoreModel {
        /// What it is called.
        1 name: Code;
        /// Counts its versions, from 1.
        2 version: u32;
        /// What it is for.
        3 target: Target;
        /// What it is made of.
        4 kind: ModelKind;
        /// What it says.
        5 definition: Definition;
        /// The scale of grades.
        6 grades: Grades;
        /// Whether it is the version that counts.
        7 active: bool;
        /// When it was made.
        8 created_at: Timestamp;
    }
    listings {
        1 unique "by_name" ["name", "version"];
        2 "by_target" ["target", "active"];
    }
}

impl ScoreModel {
    /// The listing by name, then version.
    pub const BY_NAME: u16 = 1;
    /// The listing by what they are for; those that count apart.
    pub const BY_TARGET: u16 = 2;

    /// The id of a version of a model.
    pub fn id_of(name: &str, version: u32) -> Id<Self> {
        Id::derived([b"score_model".as_slice(), name.as_bytes(), &version.to_be_bytes()])
    }
}

/// What is known of one of them at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Its features.
    pub features: Features,
    /// What it did.
    pub events: Vec<Event>,
}

impl Definition {
    /// What it is made of.
    pub const fn kind(&self) -> ModelKind {
        match self {
            Self::Points(_) => ModelKind::Points,
            Self::Table(_) => ModelKind::Table,
            Self::Learned(_) => ModelKind::Learned,
            Self::Host(_) => ModelKind::Host,
        }
    }

    /// What its numbers count.
    pub const fn unit(&self) -> Unit {
        match self {
            Self::Points(_) | Self::Table(_) => Unit::MilliPoints,
            Self::Learned(_) => Unit::LogOdds,
            Self::Host(host) => host.unit,
        }
    }

    /// SHA-256 of its JSON, in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is wrong with it, every fault with a witness. Rules SCO-5 and SCO-8 (F068).
    ///
    /// # Errors
    ///
    /// `score_model.*` and `grade.*`, see the parts.
    pub fn lint(&self, grades: &Grades) -> Result<(), Refusal> {
        let mut check = Check::default();
        match self {
            Self::Points(points) => points.lint(&mut check),
            Self::Table(table) => table.lint(&mut check),
            Self::Learned(_) | Self::Host(_) => {}
        }
        grades.lint(&mut check);
        check.done()
    }

    /// The base and the lines of a score.
    fn lines(
        &self,
        known: &Known,
        at: Timestamp,
        scorers: &Scorers,
    ) -> Result<(i64, Vec<Line>), Invalid> {
        match self {
            Self::Points(points) => Ok((0, points.lines(&known.events, at))),
            Self::Table(table) => Ok((0, table.lines(&known.features))),
            Self::Learned(learned) => Ok((learned.base, learned.lines(&known.features))),
            Self::Host(model) => host::ask(scorers, model, &known.features, at),
        }
    }
}

impl ScoreModel {
    /// The score of one of them at an instant, with its proof. The same of the same knowledge for ever. Rule SCO-12 (B02).
    ///
    /// # Errors
    ///
    /// Those of a host's scorer.
    pub fn score(&self, known: &Known, at: Timestamp, scorers: &Scorers) -> Result<Proof, Invalid> {
        let (base, lines) = self.definition.lines(known, at, scorers)?;
        let value = lines.iter().fold(base, |sum, line| sum.saturating_add(line.adds));
        let unit = self.definition.unit();
        Ok(Proof {
            model: self.name.clone(),
            version: self.version,
            digest: self.definition.digest(),
            subject: None,
            at,
            unit,
            base,
            lines,
            value,
            probability_basis_points: (unit == Unit::LogOdds).then(|| probability(value)).flatten(),
            grades: self.grades.clone(),
            grade: self.grades.of(value).cloned(),
        })
    }
}

/// The probability that a score in ten-thousandths of log-odds stands for: 1 to 9,999 basis points.
fn probability(value: i64) -> Option<Probability> {
    let bound = value.clamp(-400_000, 400_000);
    let value = i32::try_from(bound).ok()?;
    Probability::new(i64::from(kernel::basis_points(value))).ok()
}

/// A model as it is wished: exactly one of `preset`, `points`, `table`, `host`. Learned ones are trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineScoreModel {
    /// What it is called. A name that is there gets a new version, which is the one that counts from now on.
    pub name: String,
    /// What it is for.
    pub target: Target,
    /// The table to begin with: size, purchases, urgency, intent, buying power.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub preset: bool,
    /// Points per behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Weighted tables of criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// A scorer of the host's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostModel>,
    /// The scale of grades, the best first, in the unit of the model (thousandths of a point, ten-thousandths of
    /// log-odds). Of a table, where nothing is said: `a` from four fifths of its range on, `b` from three, `c` from two, `d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<Grades>,
}

/// The next version of a model, or the one that counts where it says the same.
///
/// # Errors
///
/// `code.*` (name) · `score_model.one_definition` · `score_model.target` where the name is for something else · those of
/// [`Definition::lint`]. Rule SCO-8 (F068).
pub fn define(
    wish: &DefineScoreModel,
    last: Option<&ScoreModel>,
    now: Timestamp,
) -> Result<ScoreModel, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Code::parse(&wish.name));
    let preset = wish.preset.then(|| Definition::Table(Table::preset()));
    let wished: Vec<Definition> = [
        preset,
        wish.points.clone().map(Definition::Points),
        wish.table.clone().map(Definition::Table),
        wish.host.clone().map(Definition::Host),
    ]
    .into_iter()
    .flatten()
    .collect();
    let definition = match wished.as_slice() {
        [one] => Some(one.clone()),
        several => {
            let invalid = Invalid::new("score_model.one_definition", &several.len().to_string());
            check.refuse("", invalid.allowed(["preset", "points", "table", "host"]));
            None
        }
    };
    let grades = wish.grades.clone().unwrap_or_else(|| match &definition {
        Some(Definition::Table(table)) => by_range(table.range()),
        Some(Definition::Points(_) | Definition::Learned(_) | Definition::Host(_)) | None => {
            Grades::default()
        }
    });
    if let Some(definition) = &definition {
        check.below("", definition.lint(&grades));
    }
    check_target(&mut check, wish.target, last);
    let model = name.zip(definition);
    let model =
        model.map(|(name, definition)| next(name, wish.target, definition, grades, last, now));
    check.finish(model)
}

/// A learned model as the next version of its name.
///
/// # Errors
///
/// `code.*` (name) · `score_model.target`.
pub fn learned(
    name: &str,
    target: Target,
    learned: Learned,
    grades: Grades,
    last: Option<&ScoreModel>,
    now: Timestamp,
) -> Result<ScoreModel, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Code::parse(name));
    check_target(&mut check, target, last);
    let definition = Definition::Learned(Box::new(learned));
    check.finish(name.map(|name| next(name, target, definition, grades, last, now)))
}

fn check_target(check: &mut Check, target: Target, last: Option<&ScoreModel>) {
    if let Some(last) = last {
        check.rule(last.target == target, "target", || {
            Invalid::new("score_model.target", target.code()).allowed([last.target.code()])
        });
    }
}

fn next(
    name: Code,
    target: Target,
    definition: Definition,
    grades: Grades,
    last: Option<&ScoreModel>,
    now: Timestamp,
) -> ScoreModel {
    if let Some(last) = last
        && last.definition == definition
        && last.grades == grades
    {
        return last.clone();
    }
    let version = last.map_or(1, |last| last.version.saturating_add(1));
    ScoreModel {
        id: ScoreModel::id_of(name.as_str(), version),
        name,
        version,
        target,
        kind: definition.kind(),
        definition,
        grades,
        active: true,
        created_at: now,
        ext: Ext::new(),
    }
}

/// Grades by fifths of what a table can give; none where it always gives the same.
fn by_range((low, high): (i64, i64)) -> Grades {
    let span = high.saturating_sub(low);
    let at =
        |fifths: i64| low.saturating_add(span.saturating_mul(fifths).checked_div(5).unwrap_or(0));
    if span >= 5 { Grades::letters([at(4), at(3), at(2)]) } else { Grades::default() }
}
