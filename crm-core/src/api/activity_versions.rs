//! What an activity said, version by version, each with its proof.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::activity::{Activity, Wording};
use crate::audit::{Fact, FactSecret, RecordChange, SecretField, Verifier, hex};
use crate::engine::{Cx, Error, Operation};
use crate::record::{Entity, Val};
use crate::store::{Scan, Seq};
use crate::value::{Id, Timestamp};

/// What an activity said from its entry on, version by version, as evidence: each version with the root that its fact was
/// committed under, and whether what is stored still gives that root. A root that was noted down at entry, or lies under a
/// published seal, proves what was said then, whatever was corrected since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityVersions {
    /// Which.
    pub id: Id<Activity>,
}

/// One version of an activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityVersion {
    /// 1 is what was entered.
    pub version: u64,
    /// The commit that wrote it.
    pub seq: u64,
    /// What was done: `activity.log`, `activity.correct`….
    pub operation: String,
    /// Who.
    pub actor: Uuid,
    /// When.
    pub recorded_at: Timestamp,
    /// Why, where it was corrected.
    pub reason: Option<String>,
    /// What it said then; personal values only as long as they are kept.
    pub said: Wording,
    /// The root of the fact, in hexadecimal.
    pub root: String,
    /// Whether what is stored gives that root, personal values included; false too where they were erased.
    pub proven: bool,
}

/// The versions of an activity, the first first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// The versions.
    pub versions: Vec<ActivityVersion>,
}

/// Versions that are told of one activity: the facts of one listing page.
const VERSIONS_MAX: u32 = 1000;

impl Operation for ActivityVersions {
    const NAME: &'static str = "activity.versions";
    const ACCESS: Access = Access::Read;
    type Response = Versions;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Versions, Error> {
        cx.get(self.id)?;
        let subject = [Val::Id(self.id.uuid())];
        let scan = Scan {
            limit: VERSIONS_MAX,
            ..Scan::of(cx.tenant(), Fact::KIND, Fact::BY_SUBJECT, &subject)
        };
        let mut said = Said { number: 0, fields: BTreeMap::new() };
        let mut versions = Vec::new();
        for (seq, fact) in cx.page::<Fact>(&scan)?.rows {
            versions.extend(version(cx, seq, fact, self.id.uuid(), &mut said)?);
        }
        Ok(Versions { versions })
    }
}

/// What an activity said, fact by fact.
struct Said {
    number: u64,
    fields: BTreeMap<String, Val>,
}

impl Said {
    fn text(&self, field: &str) -> Option<String> {
        match self.fields.get(field)? {
            Val::Text(text) => Some(text.clone()),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::Bytes(_) | Val::Id(_) => None,
        }
    }

    fn instant(&self, field: &str) -> Option<Timestamp> {
        match self.fields.get(field)? {
            Val::Int(micros) => Timestamp::from_micros(*micros).ok(),
            Val::Null | Val::Bool(_) | Val::Text(_) | Val::Bytes(_) | Val::Id(_) => None,
        }
    }

    fn wording(&self) -> Wording {
        Wording {
            at: self.instant("at"),
            ends_at: self.instant("ends_at"),
            subject: self.text("subject"),
            content: self.text("content"),
            place: self.text("place"),
            feedback: self.text("feedback"),
            outcome: self.text("outcome"),
        }
    }
}

/// What a fact made of what an activity said: its next version, whether what is stored gives the fact's root, and every personal value
/// its commitment; nothing where the fact is of another record. Rule ACT-20 (F045).
fn version(
    cx: &Cx<'_>,
    seq: Seq,
    fact: Fact,
    of: Uuid,
    said: &mut Said,
) -> Result<Option<ActivityVersion>, Error> {
    let changes: Vec<RecordChange> = serde_json::from_str(&fact.changes).unwrap_or_default();
    let Some(change) = changes.iter().find(|change| change.id == of) else {
        return Ok(None);
    };
    let secrets = secrets(cx, &fact, of)?;
    let mut verifier = Verifier::default();
    verifier.fact(&fact);
    let mut proven = verifier.broken.is_empty();
    for field in &change.fields {
        let secret = secrets.get(&field.field);
        if let Some(commitment) = &field.commitment {
            proven &= secret.is_some_and(|secret| secret.commitment() == *commitment);
        }
        let to = secret.map_or(&field.to, |secret| &secret.to);
        said.fields.insert(field.field.clone(), to.clone());
    }
    said.number = said.number.saturating_add(1);
    Ok(Some(ActivityVersion {
        version: said.number,
        seq: seq.0,
        operation: fact.operation,
        actor: fact.actor,
        recorded_at: fact.recorded_at,
        reason: said.text("correction"),
        said: said.wording(),
        root: hex(&fact.root),
        proven,
    }))
}

/// The personal values of one activity that a fact is committed to, by field.
fn secrets(cx: &Cx<'_>, fact: &Fact, of: Uuid) -> Result<BTreeMap<String, SecretField>, Error> {
    let prefix = [Val::Id(fact.id.uuid())];
    let scan = Scan::of(cx.tenant(), FactSecret::KIND, FactSecret::BY_FACT, &prefix);
    let mut found = BTreeMap::new();
    for (_, secret) in cx.page::<FactSecret>(&scan)?.rows {
        if secret.person == of {
            let fields: Vec<SecretField> = serde_json::from_str(&secret.values).unwrap_or_default();
            found.extend(fields.into_iter().map(|field| (field.field.clone(), field)));
        }
    }
    Ok(found)
}
