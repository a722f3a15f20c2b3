//! Operations on scoring models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::scoring::learn::Method;
use crate::scoring::{self, DefineScoreModel, Definition, Grades, ScoreModel, Target, Training};
use crate::value::{Code, Id, Invalid, Timestamp};

impl Cx<'_> {
    /// The version of a model that counts, or the one that is named.
    pub(super) fn score_model(
        &mut self,
        path: &str,
        name: &str,
        version: Option<u32>,
    ) -> Result<ScoreModel, Error> {
        let found = match version {
            Some(version) => self.find(ScoreModel::id_of(name, version))?,
            None => self.latest_model(name)?,
        };
        found.ok_or_else(|| {
            let named = match version {
                Some(version) => format!("{name} version {version}"),
                None => name.to_owned(),
            };
            Error::invalid(path, Invalid::new("score_model.unknown", &named))
        })
    }

    /// The newest version of a model.
    fn latest_model(&mut self, name: &str) -> Result<Option<ScoreModel>, Error> {
        let versions = self.list::<ScoreModel>(ScoreModel::BY_NAME, &[Val::from(name)])?;
        Ok(versions.into_iter().max_by_key(|model| model.version))
    }

    /// The models that count for a target, by name.
    pub(super) fn active_models(&mut self, target: Target) -> Result<Vec<ScoreModel>, Error> {
        let of = [Val::from(target.code()), Val::Bool(true)];
        let mut models = self.list::<ScoreModel>(ScoreModel::BY_TARGET, &of)?;
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(models)
    }

    /// Will write a version of a model as the one that counts.
    fn put_model(
        &mut self,
        last: Option<&ScoreModel>,
        model: &ScoreModel,
    ) -> Result<Created<ScoreModel>, Error> {
        if let Some(last) = last.filter(|last| last.id != model.id) {
            self.put(&ScoreModel { active: false, ..last.clone() })?;
        }
        self.put(model)?;
        self.about(model.id);
        Ok(Created { id: model.id, version: self.version(model.id) })
    }
}

/// A version of a model that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefinedModel {
    /// Its id.
    pub id: Id<ScoreModel>,
    /// Its version of the model.
    pub version: u32,
    /// SHA-256 of its definition; every proof names it.
    pub digest: String,
    /// The least and the highest score of a table, in thousandths of a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(i64, i64)>,
    /// The scale of grades.
    pub grades: Grades,
    /// What a learned one was learned from, and how good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// The features that a learned one uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// The pairs of features that a learned one uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<(String, String)>,
}

impl From<&ScoreModel> for DefinedModel {
    fn from(model: &ScoreModel) -> Self {
        let learned = match &model.definition {
            Definition::Learned(learned) => Some(learned),
            Definition::Points(_) | Definition::Table(_) | Definition::Host(_) => None,
        };
        let range = match &model.definition {
            Definition::Table(table) => Some(table.range()),
            Definition::Points(_) | Definition::Learned(_) | Definition::Host(_) => None,
        };
        let features = learned.iter().flat_map(|learned| &learned.features);
        let pairs = learned.iter().flat_map(|learned| &learned.pairs);
        Self {
            id: model.id,
            version: model.version,
            digest: model.definition.digest(),
            range,
            grades: model.grades.clone(),
            training: learned.map(|learned| learned.training.clone()),
            features: features.map(|one| one.feature.clone()).collect(),
            pairs: pairs.map(|pair| (pair.first.clone(), pair.second.clone())).collect(),
        }
    }
}

impl Operation for DefineScoreModel {
    const NAME: &'static str = "score_model.define";
    const ACCESS: Access = Access::Configure;
    type Response = DefinedModel;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DefinedModel, Error> {
        let last = cx.latest_model(&self.name)?;
        let model = scoring::define(self, last.as_ref(), cx.now())?;
        cx.put_model(last.as_ref(), &model)?;
        Ok(DefinedModel::from(&model))
    }
}

/// Learns a model from our own closed history: of leads, which were converted and which discarded; of deals, which were
/// won and which lost. Behaviours count until `cut_days`
/// after entry; fields as they stand now, so leave those out that are corrected once the outcome is known.
///
/// The oldest four fifths are learned from and the newest fifth judged by the result, so that the stated quality is
/// that of foretelling; then all are learned from. Refused as `score_model.too_thin` with fewer than 50 of either
/// outcome among the oldest four fifths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainScoreModel {
    /// What it is called. A name that is there gets a new version.
    pub name: String,
    /// What it is for: `lead` or `opportunity`.
    pub target: Target,
    /// How it is learned; `additive` where nothing is said.
    #[serde(default)]
    pub method: Option<Method>,
    /// The features that it may use; all where nothing is said.
    #[serde(default)]
    pub features: Option<Vec<String>>,
    /// Behaviours count until so many days after entry; 0 where nothing is said. Choose fewer than the quickest outcome
    /// takes, or the model learns from what came after it.
    #[serde(default)]
    pub cut_days: Option<u32>,
    /// The scale of grades, in ten-thousandths of log-odds; where nothing is said `a` for the best tenth of what was
    /// learned from, `b` for the fifth after it, `c` for the three tenths after that, `d`.
    #[serde(default)]
    pub grades: Option<Grades>,
}

impl Operation for TrainScoreModel {
    const NAME: &'static str = "score_model.train";
    const ACCESS: Access = Access::Configure;
    type Response = DefinedModel;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DefinedModel, Error> {
        let mut check = Check::default();
        check.take("name", Code::parse(&self.name));
        check.rule(self.target != Target::Customer, "target", || {
            let known = [Target::Lead, Target::Opportunity].map(Target::code);
            Invalid::new("score_model.no_outcome", self.target.code()).allowed(known)
        });
        check.done()?;
        let cut_days = self.cut_days.unwrap_or(0);
        let sheet = super::known::closed(cx, self.target, cut_days, self.features.as_deref())?;
        let method = self.method.unwrap_or(Method::Additive);
        let (learned, usual) = scoring::learn::train(sheet, method, cut_days)
            .map_err(|invalid| Error::invalid("target", invalid))?;
        let grades = self.grades.clone().unwrap_or(usual);
        let last = cx.latest_model(&self.name)?;
        let model =
            scoring::learned(&self.name, self.target, learned, grades, last.as_ref(), cx.now())?;
        cx.put_model(last.as_ref(), &model)?;
        Ok(DefinedModel::from(&model))
    }
}

/// A scoring model: the version that counts, or one of those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetScoreModel {
    /// What it is called.
    pub name: String,
    /// Which version; the one that counts where nothing is said.
    #[serde(default)]
    pub version: Option<u32>,
}

impl Operation for GetScoreModel {
    const NAME: &'static str = "score_model.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<ScoreModel>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ScoreModel>, Error> {
        let model = cx.score_model("name", &self.name, self.version)?;
        cx.seen(model.id)
    }
}

/// Scoring models, by name, without what they say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListScoreModels {
    /// Only those for this.
    pub target: Option<Target>,
    /// Also versions that do not count any more.
    pub all_versions: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// One version of a model, without what it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListedModel {
    /// What it is called.
    pub name: Code,
    /// Its version.
    #[serde(rename = "model_version")]
    pub version: u32,
    /// What it is for.
    pub target: Target,
    /// What it is made of.
    pub kind: scoring::ModelKind,
    /// Whether it is the version that counts.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Operation for ListScoreModels {
    const NAME: &'static str = "score_model.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<ListedModel>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<ListedModel>, Error> {
        let wanted = Wanted::of(ScoreModel::BY_NAME, &[]).page(self.limit, self.after.as_deref());
        let fits = |model: &ScoreModel| {
            (self.all_versions || model.active)
                && self.target.is_none_or(|target| model.target == target)
        };
        Ok(cx.listed(wanted, fits)?.map(|model| ListedModel {
            name: model.name,
            version: model.version,
            target: model.target,
            kind: model.kind,
            active: model.active,
            created_at: model.created_at,
        }))
    }
}
