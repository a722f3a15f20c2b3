//! Operations on what was decided: the trail, the seal, the check.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Created;
use crate::access::Access;
use crate::audit::{self, Fact, FactSecret, Seal, SecretField};
use crate::engine::{Cx, Error, Operation, Verification, verify};
use crate::record::{Entity, Kind, Val};
use crate::store::{Cursor, Scan};
use crate::value::{Id, Timestamp};

/// Facts in the order in which they were committed: the audit trail, and the feed that a host follows by cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadTrail {
    /// Only facts about this record.
    pub subject: Option<Uuid>,
    /// Only facts of later commits than this one.
    pub after: u64,
    /// At most so many: 1 to 1,000; 50 where nothing is said. A commit is never split: a larger one comes whole.
    pub limit: Option<u32>,
}

/// One fact as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrailEntry {
    /// The commit.
    pub seq: u64,
    /// The fact's id.
    pub id: Id<Fact>,
    /// The operation.
    pub operation: String,
    /// The kind of the record it is about.
    pub subject_kind: String,
    /// The record it is about.
    pub subject: Uuid,
    /// Who; nil for the engine itself.
    pub actor: Uuid,
    /// What for.
    pub purpose: String,
    /// When it was true.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Rule records that decided: kind, id, version.
    pub rules: Value,
    /// What changed, record by record, field by field; personal fields show their commitment.
    pub changes: Value,
    /// The personal values behind the commitments, as long as they are kept.
    pub personal: Vec<PersonalValue>,
    /// Where it came from, for imports.
    pub source: Option<String>,
}

/// A personal value that a fact is committed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PersonalValue {
    /// The record it stood in.
    pub record: Uuid,
    /// The field.
    pub field: String,
    /// Before.
    pub from: Val,
    /// After.
    pub to: Val,
}

/// A page of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trail {
    /// The facts.
    pub facts: Vec<TrailEntry>,
    /// The last commit that this page covers: what to send as `after` for the next.
    pub through: u64,
    /// Whether more is there now.
    pub more: bool,
}

impl Operation for ReadTrail {
    const NAME: &'static str = "audit.trail";
    const ACCESS: Access = Access::Audit;
    type Response = Trail;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Trail, Error> {
        let limit = super::page::limit(self.limit)?;
        let (index, prefix) = match self.subject {
            None => (Fact::BY_SEQ, Vec::new()),
            Some(subject) => (Fact::BY_SUBJECT, vec![Val::Id(subject)]),
        };
        // Behind every fact of commit `after`.
        let mut place = prefix.clone();
        place.push(Val::Int(i64::try_from(self.after).unwrap_or(i64::MAX)));
        let cursor = Cursor { vals: place, id: Uuid::max() };
        let found = cx.whole_commits::<Fact>(index, &prefix, &cursor, limit)?;
        let mut facts = Vec::with_capacity(found.rows.len());
        for (seq, fact) in found.rows {
            facts.push(entry(cx, seq.0, fact)?);
        }
        Ok(Trail { facts, through: found.through.0.max(self.after), more: found.more })
    }
}

fn entry(cx: &Cx<'_>, seq: u64, fact: Fact) -> Result<TrailEntry, Error> {
    let prefix = [Val::Id(fact.id.uuid())];
    let secrets = Scan::of(cx.tenant(), FactSecret::KIND, FactSecret::BY_FACT, &prefix);
    let mut personal = Vec::new();
    for (_, secret) in cx.page::<FactSecret>(&secrets)?.rows {
        let fields: Vec<SecretField> = serde_json::from_str(&secret.values).unwrap_or_default();
        personal.extend(fields.into_iter().map(|SecretField { field, from, to, .. }| {
            PersonalValue { record: secret.person, field, from, to }
        }));
    }
    let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    Ok(TrailEntry {
        seq,
        id: fact.id,
        rules: fact.rules.as_deref().map_or(Value::Null, json),
        changes: json(&fact.changes),
        operation: fact.operation,
        subject_kind: fact.subject_kind,
        subject: fact.subject,
        actor: fact.actor,
        purpose: fact.purpose,
        happened_at: fact.happened_at,
        recorded_at: fact.recorded_at,
        personal,
        source: fact.source,
    })
}

/// Seals the facts since the last seal: chains their roots into a checkpoint that a host can publish.
///
/// At most 10,000 facts a call; call it again while `more` is true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealTrail {}

/// The seal that was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// The new seal; none where there was nothing to seal.
    pub seal: Option<Created<Seal>>,
    /// The last commit that is sealed now.
    pub through: i64,
    /// The chain value, in hexadecimal: publish it, and nobody can change what lies under it unseen.
    pub chain: String,
    /// Whether more facts wait.
    pub more: bool,
}

impl Operation for SealTrail {
    const NAME: &'static str = "audit.seal";
    const ACCESS: Access = Access::Audit;
    type Response = Sealed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Sealed, Error> {
        let newest = Scan {
            desc: true,
            limit: 1,
            ..Scan::of(cx.tenant(), Kind::Seal, Seal::BY_ORDINAL, &[])
        };
        let previous = cx.page::<Seal>(&newest)?.rows.pop().map(|(_, seal)| seal);
        let after = previous.as_ref().map_or(0, |seal| seal.through);
        let cursor = Cursor { vals: vec![Val::Int(after)], id: Uuid::max() };
        let scan = Scan {
            after: Some(&cursor),
            limit: 10_000,
            ..Scan::of(cx.tenant(), Kind::Fact, Fact::BY_SEQ, &[])
        };
        let page = cx.page::<Fact>(&scan)?;
        let more = page.next.is_some();
        let mut rows = page.rows;
        if more && let Some((last, _)) = rows.last().map(|(seq, fact)| (*seq, fact)) {
            rows.retain(|(seq, _)| *seq != last);
        }
        let through =
            rows.last().map_or(after, |(seq, _)| i64::try_from(seq.0).unwrap_or(i64::MAX));
        let facts: Vec<Fact> = rows.into_iter().map(|(_, fact)| fact).collect();
        // A seal leaves a fact of its own; sealing that alone would never come to an end.
        if facts.iter().all(|fact| fact.operation == Self::NAME) {
            let chain = previous.map(|seal| audit::hex(&seal.chain)).unwrap_or_default();
            return Ok(Sealed { seal: None, through, chain, more });
        }
        let seal = audit::seal(cx.new_id(), previous.as_ref(), &facts, through, cx.now());
        let chain = audit::hex(&seal.chain);
        Ok(Sealed { seal: Some(cx.create(&seal)?), through, chain, more })
    }
}

/// Checks everything that must be true of the tenant's data: invariants, references, the audit chain, the store's tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {}

impl Operation for Verify {
    const NAME: &'static str = "store.verify";
    const ACCESS: Access = Access::Audit;
    type Response = Verification;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Verification, Error> {
        Ok(verify(cx.store(), cx.tenant())?)
    }
}
