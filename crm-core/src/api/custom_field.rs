//! Operations on custom fields, and custom values on their way into records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::{Access, Hidden};
use crate::custom::{CustomField, CustomIndex, DefineCustomField, FieldType, accept, define, key};
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Entity, Ext, Key, Kind, Record, Val};
use crate::store::{Cursor, Flow, Row, Scan, def};
use crate::value::{Id, Invalid};

/// Records whose values one call can index anew.
const INDEXED_MAX: usize = 5000;

impl Operation for DefineCustomField {
    const NAME: &'static str = "custom_field.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<CustomField>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<CustomField>, Error> {
        let before = field(cx, &self.entity, &self.code)?;
        let id = before.as_ref().map_or_else(|| cx.new_id(), |before| before.id);
        let after = define(id, before.as_ref(), self)?;
        match before.map(|before| before.indexed) {
            Some(false) if after.indexed => {
                for (subject, val) in holders(cx, &after)? {
                    cx.put(&CustomIndex::of(id, subject, &val))?;
                }
            }
            // Rows that nobody keeps in step would lead astray once it is indexed again.
            Some(true) if !after.indexed => {
                let of_field = [Val::Id(id.uuid())];
                for row in cx.list::<CustomIndex>(CustomIndex::BY_VALUE, &of_field)? {
                    cx.remove(row.id)?;
                }
            }
            _ => {}
        }
        cx.about(id);
        cx.amend(&after)
    }
}

/// Ends a custom field: it takes no more values, and those there are stay until they are purged. What uses it is listed
/// first, and removing it then needs `confirm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveCustomField {
    /// Which.
    pub id: Id<CustomField>,
    /// The caller knows what uses it.
    #[serde(default)]
    pub confirm: bool,
}

impl Operation for RemoveCustomField {
    const NAME: &'static str = "custom_field.remove";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<CustomField>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<CustomField>, Error> {
        let field = cx.get(self.id)?;
        if !self.confirm {
            let mut check = Check::default();
            for (kind, id) in users(cx, &field)? {
                let used = Invalid::new("custom.in_use", &format!("{} {id}", kind.name()));
                check.refuse("confirm", used.limit("confirm to remove it all the same"));
            }
            check.done()?;
        }
        cx.amend(&CustomField { active: false, ..field })
    }
}

/// Custom fields, by kind of record and code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListCustomFields {
    /// Only those of this kind of record.
    pub entity: Option<String>,
    /// Also removed ones.
    pub removed: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListCustomFields {
    const NAME: &'static str = "custom_field.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<CustomField>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<CustomField>, Error> {
        let entity: Vec<Val> = self.entity.as_deref().map(Val::from).into_iter().collect();
        let wanted = Wanted::of(CustomField::BY_CODE, &entity);
        let wanted = wanted.page(self.limit, self.after.as_deref());
        cx.listed(wanted, |field: &CustomField| self.removed || field.active)
    }
}

/// The records that hold a value in an indexed custom field, by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindByCustomField {
    /// The kind of record.
    pub entity: String,
    /// The code of the field.
    pub code: String,
    /// The value.
    pub value: Val,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// The records that were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Their ids.
    pub ids: Vec<Uuid>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Operation for FindByCustomField {
    const NAME: &'static str = "custom_field.find";
    const ACCESS: Access = Access::Read;
    type Response = Found;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Found, Error> {
        let field = field(cx, &self.entity, &self.code)?;
        let Some(field) = field.filter(|field| field.active && field.indexed) else {
            let fields =
                cx.list::<CustomField>(CustomField::BY_CODE, &[self.entity.as_str().into()])?;
            let indexed = fields.iter().filter(|field| field.active && field.indexed);
            let unknown = Invalid::new("custom.unknown", &self.code);
            let unknown = unknown.allowed(indexed.map(|field| field.code.as_str()));
            return Err(Error::invalid("code", unknown));
        };
        if field.identifier == Some(true) {
            let sought = serde_json::to_string(&self.value).unwrap_or_default();
            cx.seeks("value", Hidden::Identifier, &sought)?;
        }
        let value = field.read(&self.value).map_err(|invalid| Error::invalid("value", invalid))?;
        let prefix = [Val::Id(field.id.uuid()), Val::Text(key(&value))];
        let wanted = Wanted::of(CustomIndex::BY_VALUE, &prefix);
        let wanted = wanted.page(self.limit, self.after.as_deref());
        let page = cx.listed(wanted, |_: &CustomIndex| true)?;
        Ok(Found { ids: page.rows.iter().map(|row| row.record.subject).collect(), next: page.next })
    }
}

fn field(cx: &mut Cx<'_>, entity: &str, code: &str) -> Result<Option<CustomField>, Error> {
    cx.unique(CustomField::BY_CODE, &[Val::from(entity), Val::from(code)])
}

impl Cx<'_> {
    /// The custom values of a new record as their definitions want them.
    pub(crate) fn custom<T: Entity>(&mut self, given: &Ext) -> Result<Ext, Error> {
        self.accepted::<T>(None, given)
    }

    /// The custom values of a record that had others.
    pub(crate) fn custom_after<T: Entity>(
        &mut self,
        before: &Ext,
        given: &Ext,
    ) -> Result<Ext, Error> {
        self.accepted::<T>(Some(before), given)
    }

    fn accepted<T: Entity>(&mut self, before: Option<&Ext>, given: &Ext) -> Result<Ext, Error> {
        let fields = self.list::<CustomField>(CustomField::BY_CODE, &[T::KIND.name().into()])?;
        let kept = accept(&fields, before, given)?;
        let mut check = Check::default();
        for field in fields.iter().filter(|field| field.field_type == FieldType::Link) {
            let code = field.code.as_str();
            let Some(val) =
                kept.get(code).filter(|val| before.and_then(|b| b.get(code)) != Some(*val))
            else {
                continue;
            };
            check.rule(self.is_there(field, val)?, &field.path(), || {
                let id = if let Val::Text(id) = val { id } else { "" };
                Invalid::new("reference.unknown", id)
            });
        }
        check.done()?;
        Ok(kept)
    }

    /// Whether the record that a link names is there.
    fn is_there(&self, field: &CustomField, val: &Val) -> Result<bool, Error> {
        let kind = field.references.as_ref().and_then(|kind| Kind::named(kind.as_str()));
        let (Some(kind), Val::Text(id)) = (kind.filter(|kind| def(*kind).is_some()), val) else {
            return Ok(false);
        };
        let Ok(id) = Uuid::try_parse(id) else { return Ok(false) };
        let mut found = false;
        self.peek(&[Key { kind, id }], &mut |_, _, record| {
            found = !record.deleted;
            Flow::Continue(())
        })?;
        Ok(found)
    }

    /// Will keep the index rows of a record in step with its custom values.
    pub(super) fn index<T: Entity>(
        &mut self,
        id: Id<T>,
        before: &Ext,
        after: &Ext,
    ) -> Result<(), Error> {
        self.index_row(T::KIND, id.uuid(), before, after)
    }

    /// The same of a record that is known only by its kind.
    pub(super) fn index_row(
        &mut self,
        kind: Kind,
        id: Uuid,
        before: &Ext,
        after: &Ext,
    ) -> Result<(), Error> {
        if before == after {
            return Ok(());
        }
        let fields = self.list::<CustomField>(CustomField::BY_CODE, &[kind.name().into()])?;
        for field in fields.into_iter().filter(|field| field.indexed) {
            let code = field.code.as_str();
            match (before.get(code), after.get(code)) {
                (before, Some(val)) if before != Some(val) => {
                    self.put(&CustomIndex::of(field.id, id, val))?;
                }
                (Some(_), None) => {
                    let row = CustomIndex::id_of(field.id, id);
                    if self.find(row)?.is_some() {
                        self.remove(row)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The records that hold a value of a field, with the value.
fn holders(cx: &Cx<'_>, field: &CustomField) -> Result<Vec<(Uuid, Val)>, Error> {
    let Some(kind) = Kind::named(field.entity.as_str()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    scan_all(cx, kind, &mut |record| {
        if let Some(val) = record.ext.get(field.code.as_str()) {
            found.push((record.id, val.clone()));
        }
        found.len() <= INDEXED_MAX
    })?;
    if found.len() > INDEXED_MAX {
        let what = "records that hold a value of the field";
        return Err(Error::Limit { what, limit: INDEXED_MAX as u64 });
    }
    Ok(found)
}

/// What uses a field, at most 20: rules that name it, then records that hold a value of it.
fn users(cx: &Cx<'_>, field: &CustomField) -> Result<Vec<(Kind, Uuid)>, Error> {
    const TOLD: usize = 20;
    let path = field.path();
    let names = |val: &Val| matches!(val, Val::Text(text) if text.contains(&path));
    let mut found = Vec::new();
    let of = Kind::named(field.entity.as_str());
    for kind in [Some(Kind::Pipeline), Some(Kind::Stage), of].into_iter().flatten() {
        scan_all(cx, kind, &mut |record| {
            let used = if Some(kind) == of {
                record.ext.contains_key(field.code.as_str())
            } else {
                record.vals.iter().any(names)
            };
            if used {
                found.push((kind, record.id));
            }
            found.len() < TOLD
        })?;
    }
    Ok(found)
}

/// Shows every record of a kind, by id, until `more` says no.
fn scan_all(cx: &Cx<'_>, kind: Kind, more: &mut dyn FnMut(&Record) -> bool) -> Result<(), Error> {
    let mut after: Option<Cursor> = None;
    if def(kind).is_none() {
        return Ok(());
    }
    loop {
        cx.checkpoint()?;
        let scan = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), kind, 0, &[]) };
        let mut enough = false;
        let end = cx.scan(&scan, &mut |row| {
            if let Row::Rec(_, record) = row {
                enough = !more(record);
            }
            if enough { Flow::Break(()) } else { Flow::Continue(()) }
        })?;
        match end.next {
            Some(next) if !enough => after = Some(next),
            _ => return Ok(()),
        }
    }
}
