//! Where each value came from, and how well sources keep.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::audit::{Fact, FactSecret, RecordChange, SourceKey};
use crate::campaign::CampaignMember;
use crate::engine::{Cx, Error, Operation, each};
use crate::record::{Entity, Key, Kind, Val};
use crate::store::{Scan, Seq};
use crate::value::{Id, Invalid, Rate, Timestamp};

use super::campaign::Share;

/// Who set each field of a record last, when, and where the value came from: from the facts, as they are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueSources {
    /// The kind of record, such as `customer`.
    pub kind: String,
    /// The record.
    pub id: Uuid,
}

/// Where the values of a record came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordSources {
    /// Field by field, by name: those that hold something, or were emptied.
    pub fields: Vec<ValueSource>,
    /// The rows of other systems that became the record: source, key and place. What no fact explains came with them.
    pub imported: Vec<ImportedFrom>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueSource {
    /// The field; of a custom one `ext.` and its code.
    pub field: String,
    /// The operation that set it.
    pub operation: String,
    /// Who did.
    pub actor: Uuid,
    /// When it was true.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The channel or file that it came from.
    pub source: Option<String>,
    /// Whether it was derived and not said, of a lead.
    pub derived: bool,
    /// How often it was set, the first time included.
    pub times: u32,
    /// The fact.
    pub fact: Id<Fact>,
}

/// A row of another system that became a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedFrom {
    /// The other system, or `intake:` and the channel.
    pub source: String,
    /// The row's key over there.
    pub key: String,
    /// The file and the row, or the digest of the payload.
    pub place: String,
}

impl Operation for ValueSources {
    const NAME: &'static str = "audit.value_sources";
    const ACCESS: Access = Access::Audit;
    type Response = RecordSources;

    fn run(&self, cx: &mut Cx<'_>) -> Result<RecordSources, Error> {
        let kind = Kind::named(&self.kind).filter(|kind| crate::store::def(*kind).is_some());
        let kind = kind.ok_or_else(|| {
            Error::invalid("kind", Invalid::new("record.kind_unknown", &self.kind))
        })?;
        let missing = || Error::NotFound { kind, id: self.id.to_string() };
        let row = cx.row(Key { kind, id: self.id })?.ok_or_else(missing)?;
        let derived = row.def.field_named("derived").and_then(|field| row.at(field.id));
        let derived = match derived {
            Some(Val::Text(fields)) => fields.clone(),
            _ => String::new(),
        };
        let mut last: BTreeMap<String, ValueSource> = BTreeMap::new();
        for fact in self.facts(cx)?.into_values() {
            let records: Vec<RecordChange> =
                serde_json::from_str(&fact.changes).unwrap_or_default();
            let own = records.into_iter().filter(|change| change.id == self.id);
            for field in own.flat_map(|change| change.fields).map(|change| change.field) {
                let times = last.get(&field).map_or(0, |before| before.times).saturating_add(1);
                let source = ValueSource {
                    derived: derived.split(' ').any(|derived| derived == field),
                    field: field.clone(),
                    operation: fact.operation.clone(),
                    actor: fact.actor,
                    happened_at: fact.happened_at,
                    recorded_at: fact.recorded_at,
                    source: fact.source.clone(),
                    times,
                    fact: fact.id,
                };
                last.insert(field, source);
            }
        }
        let imported = cx.list::<SourceKey>(SourceKey::BY_TARGET, &[Val::Id(self.id)])?;
        let imported = imported
            .into_iter()
            .map(|SourceKey { source, key, place, .. }| ImportedFrom { source, key, place });
        Ok(RecordSources { fields: last.into_values().collect(), imported: imported.collect() })
    }
}

impl ValueSources {
    /// The facts that tell of the record, in the order of their commits: those about it, and those about something else
    /// that changed it too. Of the latter the personal fields lead to the fact; what changed no personal field there is
    /// found through the activities and campaigns that the record takes part in.
    fn facts(&self, cx: &Cx<'_>) -> Result<BTreeMap<(Seq, Uuid), Fact>, Error> {
        let mut found = BTreeMap::new();
        let mut fault = None;
        let mut about = |subject: Uuid| {
            let prefix = [Val::Id(subject)];
            let scan = Scan::of(cx.tenant(), Fact::KIND, Fact::BY_SUBJECT, &prefix);
            each(cx.store(), &scan, |seq, row| match Fact::from_record(row) {
                Ok(fact) => drop(found.insert((seq, fact.id.uuid()), fact)),
                Err(corrupt) => fault = Some(corrupt),
            })
        };
        about(self.id)?;
        let mut others = Vec::new();
        let prefix = [Val::Id(self.id)];
        let with = [
            (Kind::Activity, crate::activity::Activity::BY_CUSTOMER),
            (Kind::Activity, crate::activity::Activity::BY_LEAD),
            (Kind::Opportunity, crate::opportunity::Opportunity::BY_CUSTOMER),
            (Kind::CampaignMember, CampaignMember::BY_MEMBER),
        ];
        for (kind, index) in with {
            let scan = Scan::of(cx.tenant(), kind, index, &prefix);
            each(cx.store(), &scan, |_, row| others.push(row.id))?;
        }
        for other in others {
            cx.checkpoint()?;
            about(other)?;
        }
        let mut secret = Vec::new();
        let scan = Scan::of(cx.tenant(), FactSecret::KIND, FactSecret::BY_PERSON, &prefix);
        each(cx.store(), &scan, |_, row| secret.extend(FactSecret::from_record(row)))?;
        let keys: Vec<Key> =
            secret.iter().map(|s| Key { kind: Kind::Fact, id: s.fact.uuid() }).collect();
        for chunk in keys.chunks(1000) {
            cx.store().get(cx.tenant(), chunk, &mut |_, seq, row| {
                match Fact::from_record(row) {
                    Ok(fact) => drop(found.insert((seq, fact.id.uuid()), fact)),
                    Err(corrupt) => fault = Some(corrupt),
                }
                crate::store::Flow::Continue(())
            })?;
        }
        match fault {
            Some(corrupt) => Err(corrupt.into()),
            None => Ok(found),
        }
    }
}

/// How well sources keep: of the values that each source set in leads, customers and contacts, how many were later
/// changed. A source is a channel (`intake:` and its code), or `entered` for what people typed; values of imports stand
/// in no fact, so they are not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QualitySources {
    /// Only values that were set at or after this instant.
    pub since: Option<Timestamp>,
}

/// How well each source keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourcesMeasured {
    /// Source by source, by name.
    pub sources: Vec<SourceMeasured>,
}

/// How well a source keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceMeasured {
    /// The source.
    pub source: String,
    /// Values of it that were later changed, of all that it set.
    pub corrected: Share,
    /// The same for each field, by name: of how many values how many were changed.
    pub fields: BTreeMap<String, Rate>,
}

/// Fields that change as work goes on: another value of them corrects nothing.
const WORK: &[&str] =
    &["status", "status_before", "discard_reason", "owner", "derived", "primary_contact"];

impl Operation for QualitySources {
    const NAME: &'static str = "quality.sources";
    const ACCESS: Access = Access::Report;
    type Response = SourcesMeasured;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SourcesMeasured, Error> {
        let mut setters: BTreeMap<(Uuid, String), String> = BTreeMap::new();
        let mut counts: BTreeMap<String, BTreeMap<String, (u64, u64)>> = BTreeMap::new();
        let (mut fault, mut rows) = (None, 0_u32);
        let scan = Scan::of(cx.tenant(), Fact::KIND, Fact::BY_SEQ, &[]);
        each(cx.store(), &scan, |_, row| {
            rows = rows.saturating_add(1);
            match Fact::from_record(row) {
                Ok(fact) => self.count(&fact, &mut setters, &mut counts),
                Err(corrupt) => fault = Some(corrupt),
            }
        })?;
        cx.checkpoint()?;
        if let Some(corrupt) = fault {
            return Err(corrupt.into());
        }
        let rate = |(set, changed): (u64, u64)| Rate::new(changed, set).unwrap_or(Rate::NO_DATA);
        let sources = counts.into_iter().map(|(source, fields)| {
            let sum = fields.values().fold((0_u64, 0_u64), |sum, count| {
                (sum.0.saturating_add(count.0), sum.1.saturating_add(count.1))
            });
            let fields = fields.into_iter().map(|(field, count)| (field, rate(count))).collect();
            SourceMeasured { source, corrected: Share::of(rate(sum)), fields }
        });
        Ok(SourcesMeasured { sources: sources.collect() })
    }
}

impl QualitySources {
    fn count(
        &self,
        fact: &Fact,
        setters: &mut BTreeMap<(Uuid, String), String>,
        counts: &mut BTreeMap<String, BTreeMap<String, (u64, u64)>>,
    ) {
        let source = fact.source.as_deref().and_then(|source| source.split(' ').next());
        let source = source.unwrap_or("entered").to_owned();
        let counted = self.since.is_none_or(|since| fact.recorded_at >= since);
        let records: Vec<RecordChange> = serde_json::from_str(&fact.changes).unwrap_or_default();
        let about = ["lead", "customer", "contact"];
        for record in records.into_iter().filter(|record| about.contains(&record.kind.as_str())) {
            for field in record.fields.into_iter().map(|change| change.field) {
                if WORK.contains(&field.as_str()) || field.ends_with("_at") {
                    continue;
                }
                let place = (record.id, field.clone());
                if let Some(before) = setters.get(&place)
                    && let Some(count) =
                        counts.get_mut(before).and_then(|fields| fields.get_mut(&field))
                {
                    count.1 = count.1.saturating_add(1);
                }
                if counted {
                    let count = counts.entry(source.clone()).or_default().entry(field).or_default();
                    count.0 = count.0.saturating_add(1);
                    setters.insert(place, source.clone());
                } else {
                    setters.remove(&place);
                }
            }
        }
    }
}
