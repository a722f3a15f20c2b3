//! Operations on the host's standards of entry, and the check of everything that is written.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::custom::CustomField;
use crate::decision::{Check, Violation};
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::party::{Contact, ContactPoint, Customer, Medium};
use crate::quality::{
    Broken, DefineRule, Document, FieldRule, RuleEntity, Severity, define, judge,
};
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::value::Id;

impl Operation for DefineRule {
    const NAME: &'static str = "quality.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<FieldRule>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<FieldRule>, Error> {
        let key = [Val::from(self.code.as_str())];
        let id = match cx.unique::<FieldRule>(FieldRule::BY_CODE, &key)? {
            Some(defined) => defined.id,
            None => cx.new_id(),
        };
        let (others, known) = match self.entity.parse::<RuleEntity>() {
            Ok(entity) => (rules(cx, entity)?, fields(cx, entity)?),
            Err(_) => (Vec::new(), Vec::new()),
        };
        cx.amend(&define(id, self, &known, &others)?)
    }
}

/// The rules over a kind of record, by code.
pub(super) fn rules(cx: &mut Cx<'_>, entity: RuleEntity) -> Result<Vec<FieldRule>, Error> {
    // All kinds at once: a decision that writes several reads the listing once.
    let mut rules = cx.list::<FieldRule>(FieldRule::BY_ENTITY, &[])?;
    rules.retain(|rule| rule.entity == entity);
    Ok(rules)
}

/// The fields that a rule over a kind of record may name.
pub(super) fn fields(cx: &mut Cx<'_>, entity: RuleEntity) -> Result<Vec<String>, Error> {
    let own = entity.def().fields.iter().map(|field| field.name.clone());
    let mut known: Vec<String> = own.chain(POINTS.map(|(name, _)| name.to_owned())).collect();
    let custom = cx.list::<CustomField>(CustomField::BY_CODE, &[entity.code().into()])?;
    let custom = custom.iter().filter(|field| field.active);
    known.extend(custom.map(|field| format!("custom.{}", field.code)));
    Ok(known)
}

/// The fields that are records of their own.
pub(super) const POINTS: [(&str, Medium); 2] =
    [("phones", Medium::Phone), ("emails", Medium::Email)];

/// The rules over leads, customers and contacts, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListRules {
    /// Only those over this kind of record.
    pub entity: Option<RuleEntity>,
    /// Also retired ones.
    pub retired: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListRules {
    const NAME: &'static str = "quality.rules";
    const ACCESS: Access = Access::Read;
    type Response = Listed<FieldRule>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<FieldRule>, Error> {
        let entity: Vec<Val> = self.entity.iter().map(|entity| entity.code().into()).collect();
        let wanted = Wanted::of(FieldRule::BY_ENTITY, &entity);
        let wanted = wanted.page(self.limit, self.after.as_deref());
        cx.listed(wanted, |rule: &FieldRule| self.retired || rule.active)
    }
}

/// Holds one record, or all of a kind page by page, against the rules. The same records and rules give the same answer;
/// a rule that cannot be judged is told and hides no other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckQuality {
    /// What kind of record: `lead`, `customer` or `contact`.
    pub entity: RuleEntity,
    /// Which one; all where nothing is said.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Records looked at for a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// How many records were looked at.
    pub looked_at: u32,
    /// The records that break a rule, by id.
    pub broken: Vec<CheckedRecord>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A record that breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckedRecord {
    /// The record.
    pub id: Uuid,
    /// Its version.
    pub version: u64,
    /// Every broken rule, in the order of the rules.
    pub rules: Vec<BrokenRule>,
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenRule {
    /// Its code.
    pub rule: String,
    /// What follows when it is broken.
    pub severity: Severity,
    /// What is wrong, and where.
    #[serde(flatten)]
    pub violation: Violation,
}

impl From<Broken> for BrokenRule {
    fn from(broken: Broken) -> Self {
        let Broken { rule, severity, violation } = broken;
        Self { rule: rule.to_string(), severity, violation }
    }
}

impl Operation for CheckQuality {
    const NAME: &'static str = "quality.check";
    const ACCESS: Access = Access::Read;
    type Response = Checked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Checked, Error> {
        match self.entity {
            RuleEntity::Lead => self.checked::<Lead>(cx),
            RuleEntity::Customer => self.checked::<Customer>(cx),
            RuleEntity::Contact => self.checked::<Contact>(cx),
        }
    }
}

impl CheckQuality {
    fn checked<T: Entity>(&self, cx: &mut Cx<'_>) -> Result<Checked, Error> {
        let page = match self.id {
            Some(id) => Listed { rows: vec![cx.seen::<T>(Id::new(id))?], next: None },
            None => {
                let wanted = Wanted::of(0, &[]).page(self.limit, self.after.as_deref());
                cx.listed(wanted, |_: &T| true)?
            }
        };
        let rules = rules(cx, self.entity)?;
        let known = fields(cx, self.entity)?;
        let mut broken = Vec::new();
        for row in &page.rows {
            let document = document(cx, &row.record.record(row.version))?;
            let found = judge(&rules, &document, |field| known.iter().any(|own| own == field));
            let rules: Vec<BrokenRule> = found.into_iter().map(BrokenRule::from).collect();
            if !rules.is_empty() {
                let id = row.record.id().uuid();
                broken.push(CheckedRecord { id, version: row.version, rules });
            }
        }
        let looked_at = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        Ok(Checked { looked_at, broken, next: page.next })
    }
}

/// A record as rules see it, with the ways to reach whom it is about.
fn document(cx: &mut Cx<'_>, record: &Record) -> Result<Document, Error> {
    let points = cx.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(record.id)])?;
    let mut document = Document::of(record);
    for (name, medium) in POINTS {
        let of = points.iter().filter(|point| point.medium == medium);
        document = document.with(name, of.map(|point| point.raw.clone()).collect());
    }
    Ok(document)
}

/// A record that a decision changes, before and after, and whether ways to reach whom it is about change too.
struct Change {
    before: Option<Record>,
    after: Record,
    points: bool,
}

/// Holds what the decision writes of leads, customers and contacts against the rules, every door alike: refuses what a
/// rule refuses, and gives what rules only warn of.
///
/// Of a record that was there before, a rule counts only where a field that it looks at changes: what was entered before
/// a rule was made may stay, and does not stand in the way of other work.
pub(super) fn held(cx: &mut Cx<'_>) -> Result<Vec<Violation>, Error> {
    super::form::held(cx)?;
    let mut any = false;
    for entity in RuleEntity::ALL {
        if cx.writes_kind(entity.def().kind) || cx.writes_kind(Kind::ContactPoint) {
            any = any || rules(cx, *entity)?.iter().any(|rule| rule.active);
        }
    }
    if !any {
        return Ok(Vec::new());
    }
    let changes = changes(cx)?;
    let mut warnings = Vec::new();
    let mut check = Check::default();
    for (entity, changes) in changes {
        let rules = rules(cx, entity)?;
        if rules.iter().all(|rule| !rule.active) {
            continue;
        }
        let known = fields(cx, entity)?;
        for change in changes {
            let document = document(cx, &change.after)?;
            let before = change.before.as_ref().map(Document::of);
            let moved = |field: &str| match &before {
                None => true,
                Some(_) if POINTS.iter().any(|(name, _)| *name == field) => change.points,
                Some(before) => before.get(field) != document.get(field),
            };
            let touched = rules.iter().filter(|rule| rule.test.fields().into_iter().any(moved));
            let found = judge(touched, &document, |field| known.iter().any(|own| own == field));
            for Broken { severity, violation, .. } in found {
                match severity {
                    Severity::Refuse => check.add(violation),
                    Severity::Warn => warnings.push(violation),
                }
            }
        }
    }
    check.done()?;
    Ok(warnings)
}

/// The leads, customers and contacts that the decision writes.
fn changes(cx: &mut Cx<'_>) -> Result<BTreeMap<RuleEntity, Vec<Change>>, Error> {
    let written = cx.part_written(|record| {
        let kind = record.def.kind;
        kind == Kind::ContactPoint || RuleEntity::of(kind).is_some()
    });
    let mut pointed: BTreeSet<Uuid> = BTreeSet::new();
    for (_, record) in written.iter().filter(|(_, record)| record.def.kind == Kind::ContactPoint) {
        pointed.insert(ContactPoint::from_record(record)?.owner);
    }
    let mut changes: BTreeMap<RuleEntity, Vec<Change>> = BTreeMap::new();
    let mut whole = BTreeSet::new();
    for (before, after) in written {
        let Some(entity) = RuleEntity::of(after.def.kind) else { continue };
        whole.insert(after.id);
        if !after.deleted {
            let points = pointed.contains(&after.id);
            changes.entry(entity).or_default().push(Change { before, after, points });
        }
    }
    // A number that is added to somebody who is otherwise left alone.
    for owner in pointed.difference(&whole) {
        for entity in RuleEntity::ALL {
            let key = Key { kind: entity.def().kind, id: *owner };
            if let Some(record) = cx.row(key)?.filter(|record| !record.deleted) {
                let change = Change { before: Some(record.clone()), after: record, points: true };
                changes.entry(*entity).or_default().push(change);
            }
        }
    }
    Ok(changes)
}

/// A refusal with the rules that the refused request breaks besides, so that all is said at once.
pub(super) fn beside<O: Operation>(cx: &mut Cx<'_>, operation: &O, error: Error) -> Error {
    let entity = match O::NAME {
        "lead.capture" => RuleEntity::Lead,
        "customer.create" => RuleEntity::Customer,
        "contact.create" => RuleEntity::Contact,
        _ => return error,
    };
    refused_beside(cx, entity, operation, error)
}

/// The same of a request for a record of that kind.
pub(super) fn refused_beside(
    cx: &mut Cx<'_>,
    entity: RuleEntity,
    wish: &impl Serialize,
    error: Error,
) -> Error {
    let Error::Refused(refusal) = error else { return error };
    let (Ok(Value::Object(asked)), Ok(rules), Ok(known)) =
        (serde_json::to_value(wish), rules(cx, entity), fields(cx, entity))
    else {
        return Error::Refused(refusal);
    };
    let found =
        judge(&rules, &Document::asked(&asked), |field| known.iter().any(|own| own == field));
    let mut check = Check::default();
    refusal.violations().for_each(|violation| check.add(violation.clone()));
    let said: Vec<Violation> = refusal.violations().cloned().collect();
    for Broken { severity, violation, .. } in found {
        if severity == Severity::Refuse && !said.contains(&violation) {
            check.add(violation);
        }
    }
    check.done().err().map_or(Error::Refused(refusal), Error::Refused)
}
