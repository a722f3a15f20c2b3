//! How good a lead is thought to be, and how that changed while somebody looks after it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lead;
use crate::json_column;
use crate::value::{Code, Timestamp};

/// What one scoring model says of a lead: when its owner got it, or first after that, and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The score then.
    pub score_before: i64,
    /// The score now.
    pub score: i64,
    /// The grade then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade_before: Option<Code>,
    /// The grade now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Code>,
    /// Since when it is as it is now.
    pub changed_at: Timestamp,
}

/// What scoring models say of a lead, by model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Qualities(pub BTreeMap<Code, Quality>);

json_column! { Qualities }

impl Lead {
    /// The lead after a model scored it at `at`. Rule FLOW-18 (F027).
    #[must_use]
    pub fn scored(&self, model: &Code, score: i64, grade: Option<&Code>, at: Timestamp) -> Self {
        let mut all = self.quality.clone().unwrap_or_default();
        let before = all.0.get(model);
        let same = before.is_some_and(|b| b.score == score && b.grade.as_ref() == grade);
        if same {
            return self.clone();
        }
        let grade = grade.cloned();
        let quality = Quality {
            score_before: before.map_or(score, |before| before.score_before),
            score,
            grade_before: before
                .map_or_else(|| grade.clone(), |before| before.grade_before.clone()),
            grade,
            changed_at: at,
        };
        all.0.insert(model.clone(), quality);
        Self { quality: Some(all), ..self.clone() }
    }

    /// What models say of it, as it counts for somebody who gets it now: nothing has changed yet.
    pub fn quality_anew(&self) -> Option<Qualities> {
        let mut all = self.quality.clone()?;
        for quality in all.0.values_mut() {
            quality.score_before = quality.score;
            quality.grade_before.clone_from(&quality.grade);
        }
        Some(all)
    }
}
