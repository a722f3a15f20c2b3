//! Operations on scores: why, in which order, brought up to date, checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::codes;
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{self, GradeLead, Lead, LeadStatus};
use crate::opportunity::{Opportunity, Phase};
use crate::party::{Consent, Customer, CustomerStatus};
use crate::record::{Entity, Val};
use crate::scoring::{
    self, Behaviour, BrowsingEvent, Definition, Proof, RecordBehaviour, Score, ScoreModel, Target,
    browsed, record_behaviour,
};
use crate::value::{Id, Timestamp};

impl Cx<'_> {
    /// The score of one of them under a model, with its proof, and what is at stake.
    pub(super) fn scored(
        &mut self,
        model: &ScoreModel,
        subject: Uuid,
        at: Timestamp,
    ) -> Result<(Proof, Score), Error> {
        let found = self.subject(model.target, subject)?;
        let cut_days = match &model.definition {
            Definition::Learned(learned) => Some(learned.cut_days),
            Definition::Points(_) | Definition::Table(_) | Definition::Host(_) => None,
        };
        let known = found.until(cut_days, at);
        let scorers = self.scorers();
        let proof = model
            .score(&known, at, &scorers)
            .map_err(|invalid| Error::invalid("model", invalid))?;
        let score = Score::of(&proof, model.target, subject, found.amount);
        Ok((Proof { subject: Some(subject), ..proof }, score))
    }
}

impl Operation for RecordBehaviour {
    const NAME: &'static str = "behaviour.record";
    const ACCESS: Access = Access::Record;
    type Response = Behaviour;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Behaviour, Error> {
        let behaviour = record_behaviour(self, cx.now())?;
        let id = self.subject;
        match self.subject_kind {
            Target::Lead => drop(cx.known::<Lead>("subject", Id::new(id))?),
            Target::Customer => drop(cx.known::<Customer>("subject", Id::new(id))?),
            Target::Opportunity => drop(cx.known::<Opportunity>("subject", Id::new(id))?),
        }
        kept(cx, behaviour)
    }
}

/// Will keep a behaviour, once.
fn kept(cx: &mut Cx<'_>, behaviour: Behaviour) -> Result<Behaviour, Error> {
    let codes = [
        ("code", "behaviour", None, Some(&behaviour.code)),
        ("source", "source", None, behaviour.source.as_ref()),
    ];
    cx.terms(&codes)?;
    known_to_a_model(cx, &behaviour)?;
    cx.happened_at(behaviour.at);
    if let Some(known) = cx.find(behaviour.id)? {
        return Ok(known);
    }
    cx.put(&behaviour)?;
    Ok(behaviour)
}

/// Records what a lead or customer looked at on the web, where they allow it: their consent to the purpose `browsing` must
/// have been given before the event, and not be withdrawn. It counts as a behaviour of theirs in every way. Refused with
/// `consent.missing` or `consent.withdrawn` (subject); nothing is kept then.
impl Operation for BrowsingEvent {
    const NAME: &'static str = "browsing.record";
    const ACCESS: Access = Access::Record;
    type Response = Behaviour;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Behaviour, Error> {
        let event = browsed(self, cx.now())?;
        match self.subject_kind {
            Target::Lead => drop(cx.known::<Lead>("subject", Id::new(self.subject))?),
            Target::Customer => drop(cx.known::<Customer>("subject", Id::new(self.subject))?),
            Target::Opportunity => {}
        }
        cx.known_if("product", self.product)?;
        cx.allowed(self.subject, Consent::BROWSING, event.at)?;
        kept(cx, event)
    }
}

/// Refuses a behaviour that the models of points for such records all do not know; where there are none, any is taken.
fn known_to_a_model(cx: &mut Cx<'_>, behaviour: &Behaviour) -> Result<(), Error> {
    let mut unknown = None;
    for model in cx.active_models(behaviour.subject_kind)? {
        if let Definition::Points(points) = &model.definition {
            match points.of(&behaviour.code) {
                Ok(_) => return Ok(()),
                Err(invalid) => unknown = Some(invalid),
            }
        }
    }
    unknown.map_or(Ok(()), |invalid| Err(Error::invalid("code", invalid)))
}

/// What a model says of a lead, as it was kept last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradedLead {
    /// The lead with its grade by hand, where it has one.
    pub lead: Seen<Lead>,
    /// The kept scores of it, with their grades, by model.
    pub computed: Vec<Score>,
}

impl Operation for GradeLead {
    const NAME: &'static str = "lead.grade";
    const ACCESS: Access = Access::Record;
    type Response = GradedLead;

    fn run(&self, cx: &mut Cx<'_>) -> Result<GradedLead, Error> {
        let before = cx.get(self.id)?;
        let lead = cx.amend(&lead::grade(&before, self, cx.now())?)?;
        Ok(GradedLead { lead, computed: cx.computed(self.id)? })
    }
}

impl Cx<'_> {
    /// The kept scores of a lead, by model.
    pub(super) fn computed(&mut self, lead: Id<Lead>) -> Result<Vec<Score>, Error> {
        let mut computed = self.list::<Score>(Score::BY_SUBJECT, &[Val::Id(lead.uuid())])?;
        computed.sort_by(|a, b| a.model.cmp(&b.model));
        Ok(computed)
    }
}

/// The score of a lead, customer or deal and why it is what it is: whole numbers that sum to it, each with its rule.
///
/// At an instant in the past it is the score of what had been done by then; fields are as they stand now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainScore {
    /// The model.
    pub model: String,
    /// Which version; the one that counts where nothing is said.
    #[serde(default)]
    pub version: Option<u32>,
    /// Of whom: the id of what the model is for.
    pub subject: Uuid,
    /// At which instant; now where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

impl Operation for ExplainScore {
    const NAME: &'static str = "score.explain";
    const ACCESS: Access = Access::Read;
    type Response = Proof;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Proof, Error> {
        let model = cx.score_model("model", &self.model, self.version)?;
        let at = self.at.unwrap_or_else(|| cx.now());
        Ok(cx.scored(&model, self.subject, at)?.0)
    }
}

/// Checks a proof: that its numbers follow from the rules and inputs it names, and that those are the rules of the
/// stored version of its model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckScore {
    /// The proof, as `score.explain` gave it.
    pub proof: Proof,
}

/// Whether a proof holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckedScore {
    /// Whether it does.
    pub holds: bool,
    /// What does not follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Violation>,
}

impl Operation for CheckScore {
    const NAME: &'static str = "score.check";
    const ACCESS: Access = Access::Read;
    type Response = CheckedScore;

    fn run(&self, cx: &mut Cx<'_>) -> Result<CheckedScore, Error> {
        let name = self.proof.model.as_str();
        let model = cx.score_model("proof.model", name, Some(self.proof.version))?;
        let found = scoring::check_against(&model, &self.proof);
        let faults: Vec<Violation> =
            found.err().iter().flat_map(|refusal| refusal.violations().cloned()).collect();
        Ok(CheckedScore { holds: faults.is_empty(), faults })
    }
}

codes! {
    /// By what an order is.
    pub enum RankBy {
        /// The score, the highest first.
        Score = "score",
        /// Amount times probability, the highest first.
        Expected = "expected",
    }
}

/// Whoever has the highest score first; equal ones by id. As the last `score.refresh` left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankScores {
    /// The model.
    pub model: String,
    /// `score` where nothing is said, or `expected`: amount times probability.
    #[serde(default)]
    pub by: Option<RankBy>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for RankScores {
    const NAME: &'static str = "score.rank";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Score>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Score>, Error> {
        cx.score_model("model", &self.model, None)?;
        let listing = match self.by.unwrap_or(RankBy::Score) {
            RankBy::Score => Score::BY_SCORE,
            RankBy::Expected => Score::BY_EXPECTED,
        };
        let of = [Val::from(self.model.as_str())];
        let wanted = Wanted::of(listing, &of).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |_: &Score| true)
    }
}

/// Brings the kept scores of a model up to date: a page of open leads, of customers that are dealt with, or of open
/// deals. Call it again with what `next` says until it says nothing. Scores of what was closed since are removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshScores {
    /// The model.
    pub model: String,
    /// Records in one call: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the call before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// What became of a page of scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefreshedScores {
    /// How many were scored.
    pub scored: u64,
    /// How many were removed, since there is nothing to score any more.
    pub removed: u64,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Operation for RefreshScores {
    const NAME: &'static str = "score.refresh";
    const ACCESS: Access = Access::Record;
    type Response = RefreshedScores;

    fn run(&self, cx: &mut Cx<'_>) -> Result<RefreshedScores, Error> {
        let model = cx.score_model("model", &self.model, None)?;
        match model.target {
            Target::Lead => self.page(cx, &model, |lead: &Lead| {
                !matches!(lead.status, LeadStatus::Converted | LeadStatus::Discarded)
            }),
            Target::Customer => self
                .page(cx, &model, |customer: &Customer| customer.status == CustomerStatus::Active),
            Target::Opportunity => {
                self.page(cx, &model, |deal: &Opportunity| matches!(deal.phase, Phase::Open { .. }))
            }
        }
    }
}

impl RefreshScores {
    fn page<T: Entity>(
        &self,
        cx: &mut Cx<'_>,
        model: &ScoreModel,
        open: impl Fn(&T) -> bool,
    ) -> Result<RefreshedScores, Error> {
        let wanted = Wanted::of(0, &[]).page(self.limit, self.after.as_deref());
        let page = cx.listed(wanted, |_: &T| true)?;
        let now = cx.now();
        let (mut scored, mut removed) = (0_u64, 0_u64);
        for row in page.rows {
            let subject = row.record.id().uuid();
            let kept = Score::id_of(model.name.as_str(), subject);
            if open(&row.record) {
                let (_, score) = cx.scored(model, subject, now)?;
                cx.put(&score)?;
                scored = scored.saturating_add(1);
            } else if cx.find(kept)?.is_some() {
                cx.remove(kept)?;
                removed = removed.saturating_add(1);
            }
        }
        Ok(RefreshedScores { scored, removed, next: page.next })
    }
}
