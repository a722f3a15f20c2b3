//! How likely a deal is won.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ctx, Dossier, Opportunity, Phase};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::pipeline::{Probability, Stage};
use crate::record::{Column, ColumnType, Spec, Val};
use crate::value::{Id, Invalid, Note};

codes! {
    /// Why the odds of a deal are what they are.
    pub enum OddsBasis {
        /// It is closed.
        Closed = "closed",
        /// Somebody knows better than the stage.
        Override = "override",
        /// It is the default of its stage.
        Stage = "stage",
    }
}

/// Odds that somebody knows better than the stage does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbabilityOverride {
    /// How likely it is won.
    pub probability: Probability,
    /// Why they think so.
    pub reason: Note,
}

/// The odds of a deal, and everything they could have come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Odds {
    /// How likely it is won: what counts.
    pub probability: Probability,
    /// Why.
    pub basis: OddsBasis,
    /// What its stage says; of a closed deal, the stage it stood in.
    pub stage_default: Probability,
    /// What somebody said.
    #[serde(rename = "override")]
    pub overridden: Option<ProbabilityOverride>,
    /// What the model says, where it was asked; never 0 or 100 % of an open deal.
    pub model: Option<Probability>,
}

/// Says how likely a deal is won, better than its stage does; or takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetProbability {
    /// Which deal.
    pub id: Id<Opportunity>,
    /// How likely, in basis points: 0 to 10000. Without it the default of the stage counts again.
    #[serde(default)]
    pub probability_basis_points: Option<i64>,
    /// Why. Needed with a probability.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The odds of a deal that stands, or stood, in `stage`. A won deal is certain, a lost one is not to be had; of an open one
/// counts what somebody said, else the default of its stage. What a `model` says is shown beside. Rule OPP-11 (F067).
pub fn odds(deal: &Opportunity, stage: &Stage, model: Option<Probability>) -> Odds {
    let stage_default = stage.probability;
    let overridden = deal.probability_override.clone();
    let (probability, basis) = match (&deal.phase, &overridden) {
        (Phase::Won { .. }, _) => (Probability::CERTAIN, OddsBasis::Closed),
        (Phase::Lost { .. }, _) => (Probability::NEVER, OddsBasis::Closed),
        (Phase::Open { .. }, Some(said)) => (said.probability, OddsBasis::Override),
        (Phase::Open { .. }, None) => (stage_default.opened(), OddsBasis::Stage),
    };
    let model = match deal.phase {
        Phase::Open { .. } => model.map(Probability::opened),
        Phase::Won { .. } | Phase::Lost { .. } => model,
    };
    Odds { probability, basis, stage_default, overridden, model }
}

/// Says how likely an open deal is won, for a reason; or takes it back. Rule OPP-12 (F067).
///
/// # Errors
///
/// `opportunity.already_closed` · `probability.range` · `opportunity.probability_reason_missing` · `text.*` (reason).
pub fn set_probability(
    dossier: &Dossier,
    wish: &SetProbability,
    ctx: Ctx,
) -> Result<Opportunity, Refusal> {
    dossier.deal.open()?;
    let mut check = Check::default();
    let points = wish.probability_basis_points;
    let probability =
        points.and_then(|points| check.take("probability_basis_points", Probability::new(points)));
    check.rule(points.is_none() || wish.reason.is_some(), "reason", || {
        Invalid::new("opportunity.probability_reason_missing", "").limit("why the stage is wrong")
    });
    let reason: Option<Note> = check.parse("reason", wish.reason.as_deref());
    let probability_override = probability
        .zip(reason)
        .map(|(probability, reason)| ProbabilityOverride { probability, reason });
    let deal = dossier.deal.clone();
    check.finish(Some(Opportunity { probability_override, touched_at: ctx.now, ..deal }))
}

impl Column for ProbabilityOverride {
    const WIDTH: usize = 2;

    fn specs() -> Vec<Spec> {
        vec![
            Spec::of(ColumnType::Int).suffix("_basis_points"),
            Spec::of(ColumnType::Text).suffix("_reason"),
        ]
    }

    fn put(&self, out: &mut Vec<Val>) {
        self.probability.put(out);
        self.reason.put(out);
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        let [probability, reason] = vals else {
            return Err(format!("expected odds and a reason, found {vals:?}"));
        };
        Ok(Self {
            probability: Probability::take(core::slice::from_ref(probability))?,
            reason: Note::take(core::slice::from_ref(reason))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{code, ctx, dossier, lost, won};
    use super::*;

    #[test]
    fn the_odds_of_a_deal() {
        let said = |points| {
            let mut dossier = dossier("a");
            let reason = Note::parse("they called").unwrap();
            let probability = Probability::new(points).unwrap();
            dossier.deal.probability_override = Some(ProbabilityOverride { probability, reason });
            dossier
        };
        let kept = |dossier: Dossier| {
            let stated = said(4_200).deal.probability_override;
            Dossier {
                deal: Opportunity { probability_override: stated, ..dossier.deal },
                ..dossier
            }
        };
        let table = [
            ("open: its stage", dossier("b"), None, 2_000, OddsBasis::Stage, None),
            ("open: what was said", said(4_200), None, 4_200, OddsBasis::Override, None),
            (
                "open: even certainty, if said",
                said(10_000),
                None,
                10_000,
                OddsBasis::Override,
                None,
            ),
            ("open: the model is shown", dossier("b"), Some(77), 2_000, OddsBasis::Stage, Some(77)),
            (
                "open: never certain",
                dossier("b"),
                Some(10_000),
                2_000,
                OddsBasis::Stage,
                Some(9_999),
            ),
            ("open: never hopeless", dossier("b"), Some(0), 2_000, OddsBasis::Stage, Some(1)),
            ("won", kept(won()), None, 10_000, OddsBasis::Closed, None),
            ("lost", kept(lost()), None, 0, OddsBasis::Closed, None),
        ];
        for (rule, dossier, model, expected, basis, shown) in table {
            let model = model.map(|points| Probability::new(points).unwrap());
            let odds = odds(&dossier.deal, dossier.stage().unwrap(), model);
            let found = (odds.probability.basis_points(), odds.basis);
            assert_eq!(found, (expected, basis), "{rule}");
            assert_eq!(odds.model.map(Probability::basis_points), shown, "{rule}");
            assert_eq!(odds.overridden, dossier.deal.probability_override, "all are kept: {rule}");
        }
    }

    #[test]
    fn saying_better_odds() {
        let set = |points: Option<i64>, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            let id = dossier("a").deal.id;
            let wish = SetProbability { id, probability_basis_points: points, reason };
            let deal = set_probability(&dossier("a"), &wish, ctx(3)).map_err(|e| code(&e))?;
            let said = deal.probability_override;
            Ok(said.map(|said| said.probability.basis_points()))
        };
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(set(Some(8_000), Some("boss agreed")), Ok(Some(8_000)));
        assert_eq!(set(Some(8_000), None), refused("opportunity.probability_reason_missing"));
        assert_eq!(set(Some(8_000), Some(" ")), refused("text.empty"));
        assert_eq!(set(Some(10_001), Some("sure")), refused("probability.range"));
        assert_eq!(set(None, None), Ok(None), "taken back");
    }
}
