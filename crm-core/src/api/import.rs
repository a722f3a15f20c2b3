//! Bringing rows of another system in: each row is decided like a new record, a bad row stops no good one.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::access::Access;
use crate::audit::SourceKey;
use crate::campaign::{Campaign, CreateCampaign};
use crate::catalog::{CreateProduct, Product};
use crate::decision::{Check, Violation};
use crate::engine::{Cx, Error, Operation};
use crate::lead::CaptureLead;
use crate::opportunity::{
    self, ImportGrounds, ImportOpportunity, Opportunity, OpportunityLine, StageMove,
};
use crate::party::{AddAddress, Contact, CreateContact, CreateCustomer, Customer};
use crate::pipeline::choose;
use crate::record::{Ext, Key, Kind, Val};
use crate::settings::{CreateTeam, CreateUser, Settings, User};
use crate::undo::{Action, Keep, Reversal};
use crate::value::{Id, Invalid, Timestamp};

/// Rows in one call at most.
const ROWS_MAX: usize = 1000;

/// Brings up to 1,000 rows of one kind in, in one commit with one fact.
///
/// A row whose key came before updates the record it became then: the fields it names are set, the others stay. A row
/// that breaks a rule is rejected with every reason; the others are stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRows {
    /// The other system, as the import plan calls it.
    pub source: String,
    /// The kind of record that the rows become, such as `customer`.
    pub entity: String,
    /// The file they come from.
    pub file: String,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// The import that they are part of: what the call before answered, so that `reversal.undo` takes all of it back; a
    /// new one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Id<Reversal>>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    /// Its number in the file; the first line is 1.
    pub row: u64,
    /// Its key over there.
    pub key: String,
    /// The fields, as in the request that makes such a record; `{"link": KEY}` names the record that another row became.
    pub set: Map<String, Value>,
    /// Custom values by the code of their field.
    #[serde(default)]
    pub custom: Ext,
    /// The product lines of an opportunity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Map<String, Value>>,
}

/// What became of the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// How many are stored: created or updated.
    pub stored: u64,
    /// Row by row, in the order of the request.
    pub results: Vec<RowResult>,
    /// The import that the rows are part of, where any was stored: the id for `reversal.undo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Id<Reversal>>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowResult {
    /// Its number in the file.
    pub row: u64,
    /// Whether it made a record, changed one, or was rejected.
    pub status: RowStatus,
    /// The record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Why it was rejected: every broken rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

/// Whether a row was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// It made a record.
    Created,
    /// It changed the record that an earlier row of its key made.
    Updated,
    /// It broke a rule; nothing of it is stored.
    Rejected,
}

/// Sets the fields of a record that an earlier row made.
type Update = fn(&mut Cx<'_>, Uuid, &Map<String, Value>) -> Result<(), Error>;

/// How the rows of one kind are brought in.
struct Importer {
    kind: Kind,
    /// The fields that name another record, and its kind.
    links: &'static [(&'static str, Kind)],
    create: fn(&mut Cx<'_>, Value) -> Result<(), Error>,
    update: Update,
}

const IMPORTERS: &[Importer] = &[
    Importer { kind: Kind::Team, links: &[], create: create::<CreateTeam>, update: unchangeable },
    Importer {
        kind: Kind::User,
        links: &[("team", Kind::Team), ("manager", Kind::User)],
        create: create::<CreateUser>,
        update: |cx, id, set| {
            let wish = cx.get::<User>(Id::new(id))?.wish();
            update::<super::AmendUser, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Customer,
        links: &[("owner", Kind::User), ("parent", Kind::Customer)],
        create: customer,
        update: |cx, id, set| {
            let wish = cx.get::<Customer>(Id::new(id))?.wish();
            update::<super::AmendCustomer, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Contact,
        links: &[("customer", Kind::Customer)],
        create: create::<CreateContact>,
        update: |cx, id, set| {
            let wish = cx.get::<Contact>(Id::new(id))?.wish();
            update::<super::AmendContact, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Campaign,
        links: &[("owner", Kind::User)],
        create: create::<CreateCampaign>,
        update: |cx, id, set| {
            let wish = cx.get::<Campaign>(Id::new(id))?.wish();
            update::<super::AmendCampaign, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::CampaignMember,
        links: &[
            ("campaign", Kind::Campaign),
            ("lead", Kind::Lead),
            ("contact", Kind::Contact),
            ("customer", Kind::Customer),
        ],
        create: create::<super::AddMember>,
        update: unchangeable,
    },
    Importer {
        kind: Kind::Lead,
        links: &[("owner", Kind::User), ("campaign", Kind::Campaign)],
        create: create::<CaptureLead>,
        update: unchangeable,
    },
    Importer {
        kind: Kind::Opportunity,
        links: &[
            ("customer", Kind::Customer),
            ("contact", Kind::Contact),
            ("owner", Kind::User),
            ("pipeline", Kind::Pipeline),
        ],
        create: |cx, set| opportunity(cx, &super::fitted(set)?),
        update: |cx, id, set| {
            let mut set = set.clone();
            set.insert("id".to_owned(), json!(id));
            opportunity(cx, &super::fitted(Value::Object(set))?)
        },
    },
    Importer {
        kind: Kind::Activity,
        links: &[
            ("customer", Kind::Customer),
            ("contact", Kind::Contact),
            ("opportunity", Kind::Opportunity),
            ("lead", Kind::Lead),
            ("owner", Kind::User),
        ],
        create: create::<super::LogActivity>,
        update: unchangeable,
    },
    Importer {
        kind: Kind::Product,
        links: &[],
        create: create::<CreateProduct>,
        update: |cx, id, set| {
            let wish = cx.get::<Product>(Id::new(id))?.wish();
            update::<super::AmendProduct, _>(cx, id, &wish, set)
        },
    },
];

impl Operation for ImportRows {
    const NAME: &'static str = "import.rows";
    const ACCESS: Access = Access::Migrate;
    type Response = Imported;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Imported, Error> {
        if self.rows.len() > ROWS_MAX {
            let count = self.rows.len().to_string();
            let invalid = Invalid::new("import.rows", &count).limit(format!("at most {ROWS_MAX}"));
            return Err(Error::invalid("rows", invalid));
        }
        let importer = Kind::named(&self.entity)
            .and_then(|kind| IMPORTERS.iter().find(|importer| importer.kind == kind))
            .ok_or_else(|| {
                let known = IMPORTERS.iter().map(|importer| importer.kind.name());
                Error::invalid("entity", Invalid::new("import.entity", &self.entity).allowed(known))
            })?;
        cx.imported_from(format!("{}:{}", self.source, self.file));
        self.load(cx, importer)?;
        let mut results = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let stored = cx.attempt(|cx| self.store(cx, importer, row));
            results.push(match stored {
                Ok((status, id)) => {
                    RowResult { row: row.row, status, id: Some(id), violations: Vec::new() }
                }
                Err(error) => RowResult {
                    row: row.row,
                    status: RowStatus::Rejected,
                    id: None,
                    violations: reasons(error)?,
                },
            });
        }
        let stored = results.iter().filter(|result| result.status != RowStatus::Rejected).count();
        let import = match stored {
            0 => self.import,
            _ => Some(self.keep(cx)?),
        };
        Ok(Imported { stored: stored as u64, results, import })
    }
}

impl ImportRows {
    /// Will keep what the rows changed, as a part of their import.
    fn keep(&self, cx: &mut Cx<'_>) -> Result<Id<Reversal>, Error> {
        let until = cx.get(Settings::ID)?.undo_until(cx.now());
        let id = cx.id_or(self.import);
        if let Some(known) = cx.find(id)? {
            let goes_on = known.action == Action::Import && known.left == known.parts;
            if !goes_on || known.forgotten {
                let invalid = Invalid::new("import.closed", &id.to_string());
                return Err(Error::invalid("import", invalid.limit("one that goes on")));
            }
        }
        let source = Some(format!("{}:{}", self.source, self.file));
        let subject = Some(Key { kind: Kind::Reversal, id: id.uuid() });
        cx.keep(Keep { id, action: Action::Import, subject, until, source });
        Ok(id)
    }

    /// Reads what the rows became before and what they point at, in two calls of the store instead of some per row.
    fn load(&self, cx: &mut Cx<'_>, importer: &Importer) -> Result<(), Error> {
        let entry = |kind, key: &str| SourceKey::id_of(&self.source, kind, key);
        let mut links = Vec::new();
        for row in &self.rows {
            let named = importer.links.iter().filter_map(|(field, kind)| {
                Some((*kind, entry(*kind, row.set.get(*field)?.get("link")?.as_str()?)))
            });
            links.extend(named);
        }
        let own = self.rows.iter().map(|row| entry(importer.kind, &row.key));
        let entries = own.chain(links.iter().map(|(_, id)| *id));
        let key = |id: Id<SourceKey>| Key { kind: Kind::SourceKey, id: id.uuid() };
        cx.load(&entries.map(key).collect::<Vec<_>>())?;
        let mut targets = Vec::new();
        for (kind, id) in links {
            let target = cx.find(id)?.map(|entry| Key { kind, id: entry.target });
            targets.extend(target);
        }
        cx.load(&targets)
    }

    fn store(
        &self,
        cx: &mut Cx<'_>,
        importer: &Importer,
        row: &ImportRow,
    ) -> Result<(RowStatus, Uuid), Error> {
        if row.key.is_empty() || row.key.len() > 200 {
            let invalid = Invalid::new("import.key", &row.key).limit("1 to 200 bytes");
            return Err(Error::invalid("key", invalid));
        }
        let mut set = row.set.clone();
        let mut check = Check::default();
        self.resolve(cx, importer.links, "", &mut set, &mut check)?;
        let mut lines = row.lines.clone();
        for (at, line) in lines.iter_mut().enumerate() {
            let links = [("product", Kind::Product)];
            self.resolve(cx, &links, &format!("lines[{at}]."), line, &mut check)?;
        }
        check.done()?;
        if !lines.is_empty() {
            set.insert("lines".to_owned(), json!(lines));
        }
        let key = SourceKey::id_of(&self.source, importer.kind, &row.key);
        let known = cx.find(key)?.map(|known: SourceKey| known.target);
        let (status, target) = match known {
            Some(target) => (RowStatus::Updated, target),
            None => (RowStatus::Created, cx.new_id::<SourceKey>().uuid()),
        };
        if known.is_some() {
            set.extend(row.custom.iter().map(|(code, val)| (format!("custom.{code}"), json!(val))));
            (importer.update)(cx, target, &set)?;
        } else {
            set.insert("id".to_owned(), json!(target));
            if !row.custom.is_empty() {
                set.insert("custom".to_owned(), json!(row.custom));
            }
            (importer.create)(cx, Value::Object(set))?;
        }
        cx.put(&SourceKey {
            id: key,
            source: self.source.clone(),
            entity: self.entity.clone(),
            key: row.key.clone(),
            target,
            place: format!("{}:{}", self.file, row.row),
            ext: Ext::new(),
        })?;
        Ok((status, target))
    }

    /// Puts the ids of other records in the place of their keys.
    fn resolve(
        &self,
        cx: &mut Cx<'_>,
        links: &[(&str, Kind)],
        path: &str,
        set: &mut Map<String, Value>,
        check: &mut Check,
    ) -> Result<(), Error> {
        for (field, value) in set.iter_mut() {
            let Some(key) = value.get("link").map(|key| key.as_str().unwrap_or_default()) else {
                continue;
            };
            let kind = links.iter().find(|(name, _)| name == field).map(|(_, kind)| *kind);
            let target = match kind {
                Some(kind) => cx.find(SourceKey::id_of(&self.source, kind, key))?,
                None => None,
            };
            match target {
                Some(target) => *value = json!(target.target),
                None => check.refuse(
                    format!("{path}{field}"),
                    Invalid::new("import.link", key).limit("the key of a row that is stored"),
                ),
            }
        }
        Ok(())
    }
}

/// The reasons why a row is rejected; an error that is not the row's ends the import.
pub(super) fn reasons(error: Error) -> Result<Vec<Violation>, Error> {
    if let Error::NotFound { kind, id } = &error {
        return Ok(vec![Violation::at(kind.name(), Invalid::new(error.code(), id))]);
    }
    let of_the_row = matches!(error, Error::Refused(_) | Error::Request(_) | Error::Conflict(_));
    if of_the_row { Ok(error.problem().violations) } else { Err(error) }
}

/// A kind whose rows are not changed by a later import.
fn unchangeable(_: &mut Cx<'_>, _: Uuid, _: &Map<String, Value>) -> Result<(), Error> {
    let invalid = Invalid::new("import.not_updatable", "");
    Err(Error::invalid("key", invalid.limit("a row of this kind is brought in once")))
}

/// A customer, with its address where the row has one.
fn customer(cx: &mut Cx<'_>, mut set: Value) -> Result<(), Error> {
    let address = set.as_object_mut().and_then(|set| set.remove("address"));
    let id = set.get("id").cloned();
    create::<CreateCustomer>(cx, set)?;
    match address {
        Some(Value::Object(mut address)) => {
            address.extend(id.map(|id| ("customer".to_owned(), id)));
            create::<AddAddress>(cx, Value::Object(address))
                .map_err(|e| super::batch::below("address", e))
        }
        Some(other) => {
            let invalid = Invalid::new("request.form", &other.to_string()).limit("an object");
            Err(Error::invalid("address", invalid))
        }
        None => Ok(()),
    }
}

/// A deal as it stood over there. One that came before is decided anew as a whole, as long as nothing happened to it here.
fn opportunity(cx: &mut Cx<'_>, wish: &ImportOpportunity) -> Result<(), Error> {
    let id = cx.id_or(wish.id);
    let Some(customer) = wish.customer else {
        return Err(Error::invalid("customer", Invalid::new("reference.missing", "")));
    };
    let customer = cx.known("customer", customer)?;
    cx.known_if("contact", wish.contact)?;
    let owner = match cx.known_if("owner", wish.owner)? {
        Some(owner) => owner.id,
        None => cx.actor()?.id,
    };
    let moved = !cx.list::<StageMove>(StageMove::BY_OPPORTUNITY, &[Val::Id(id.uuid())])?.is_empty();
    cx.find(id)?;
    if moved || cx.version(id) > 1 {
        let invalid = Invalid::new("import.not_updatable", &id.to_string());
        return Err(Error::invalid("key", invalid.limit("a deal that nothing happened to here")));
    }
    for line in
        cx.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &[Val::Id(id.uuid())])?
    {
        cx.remove(line.id)?;
    }
    let pipelines = cx.pipelines()?;
    let pipeline = choose(&pipelines, wish.pipeline, customer.customer_type)?.id;
    let process = cx.process(pipeline)?;
    let mut products = Vec::new();
    for line in &wish.lines {
        products.extend(cx.find(line.product)?);
    }
    let zone: Tz = cx.get(Settings::ID)?.zone.parse().unwrap_or(Tz::UTC);
    let day = |at: Timestamp| at.day_in(zone);
    let ctx = cx.deciding()?;
    let grounds = ImportGrounds {
        id,
        customer: customer.id,
        process: &process,
        owner,
        products: &products,
        day: &day,
    };
    let new_id = &mut || cx.new_id::<Opportunity>().uuid();
    let imported = opportunity::import(wish, &grounds, new_id, ctx)?;
    for line in &imported.lines {
        cx.put(line)?;
    }
    for step in &imported.moves {
        cx.put(step)?;
    }
    let ext = cx.custom::<Opportunity>(&wish.custom)?;
    cx.put(&Opportunity { ext, ..imported.deal })
}

/// Makes a record as operation `O` would.
fn create<O: Operation>(cx: &mut Cx<'_>, set: Value) -> Result<(), Error> {
    super::fitted::<O>(set)?.run(cx).map(drop)
}

/// Changes a record as the edits of operation `O` would, whatever its fields held.
fn update<O: Operation, W: Serialize>(
    cx: &mut Cx<'_>,
    id: Uuid,
    wish: &W,
    set: &Map<String, Value>,
) -> Result<(), Error> {
    let current = serde_json::to_value(wish).map_err(|e| Error::Internal(e.to_string()))?;
    let held = |field: &str| match field.split_once('.') {
        Some((object, code)) => current.get(object).and_then(|object| object.get(code)),
        None => current.get(field),
    };
    let edits = set.iter().map(|(field, to)| {
        let from = held(field).cloned().unwrap_or(Value::Null);
        (field.clone(), json!({"from": from, "to": to}))
    });
    let edits: Map<String, Value> = edits.collect();
    create::<O>(cx, json!({"id": id, "set": edits}))
}
