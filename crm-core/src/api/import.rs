//! Bringing rows of another system in: each row is decided like a new record, a bad row stops no good one.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{import_change as change, import_found as found};
use crate::access::Access;
use crate::audit::SourceKey;
use crate::campaign::{Campaign, CreateCampaign};
use crate::catalog::{CreateProduct, Product};
use crate::codes;
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
    /// What rows may do: `create`, `update`, or both (`upsert`, where nothing is said).
    #[serde(default)]
    pub mode: ImportMode,
    /// By which fields a row finds the record it means, where its key never came before: the first that finds one.
    /// `emails`, `phones`, `credit_code`, `code`, `login`, `name`, as the kind has them, or `custom.CODE` of an indexed field.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub match_by: Vec<String>,
    /// What happens to phones and e-mail addresses that a record has and its row has not: they go (`replace`), or stay (`append`).
    #[serde(default)]
    pub lists: ListRule,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// The import that they are part of: what the call before answered, so that `reversal.undo` takes all of it back; a
    /// new one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Id<Reversal>>,
}

codes! {
    /// What rows may do.
    #[derive(Default)]
    pub enum ImportMode {
        /// Make records and change those that are there.
        #[default]
        Upsert = "upsert",
        /// Make records only.
        Create = "create",
        /// Change records only.
        Update = "update",
    }
}

codes! {
    /// What happens to what a list has and a row has not.
    #[derive(Default)]
    pub enum ListRule {
        /// It goes.
        #[default]
        Replace = "replace",
        /// It stays.
        Append = "append",
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    /// Its number in the file; the first line is 1.
    pub row: u64,
    /// Its key over there.
    pub key: String,
    /// The fields, as in the request that makes such a record; `{"link": KEY}` names the record that another row became,
    /// and `null` empties a field of a record that is there.
    pub set: Map<String, Value>,
    /// Custom values by the code of their field.
    #[serde(default)]
    pub custom: Ext,
    /// The product lines of an opportunity or an order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Map<String, Value>>,
}

impl ImportRow {
    /// The row of an item, for hosts that call the engine without JSON.
    ///
    /// # Errors
    ///
    /// `request.form` for a custom value that is no scalar, at `custom.CODE`.
    #[cfg(feature = "import")]
    pub fn of(item: crate::import::ImportItem) -> Result<Self, Error> {
        let crate::import::ImportItem { row, key, set, lines, custom } = item;
        let custom = match custom.is_empty() {
            true => Ext::new(),
            false => crate::engine::fitted(&Value::Object(custom))
                .map_err(|error| super::batch::below("custom", error))?,
        };
        Ok(Self { row, key, set, custom, lines })
    }
}

/// What became of the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// How many are stored: created, updated, or there before and unchanged.
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
    /// It changed the record that is there.
    Updated,
    /// The record is there and says the same.
    Unchanged,
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
    Importer { kind: Kind::Team, links: &[], create: create::<CreateTeam>, update: change::team },
    Importer {
        kind: Kind::User,
        links: &[("team", Kind::Team), ("manager", Kind::User)],
        create: create::<CreateUser>,
        update: |cx, id, set| {
            let wish = cx.get::<User>(Id::new(id))?.wish();
            change::amend::<super::AmendUser, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Customer,
        links: &[("owner", Kind::User), ("parent", Kind::Customer)],
        create: customer,
        update: |cx, id, set| {
            let wish = cx.get::<Customer>(Id::new(id))?.wish();
            change::amend::<super::AmendCustomer, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Contact,
        links: &[("customer", Kind::Customer)],
        create: create::<CreateContact>,
        update: |cx, id, set| {
            let wish = cx.get::<Contact>(Id::new(id))?.wish();
            change::amend::<super::AmendContact, _>(cx, id, &wish, set)
        },
    },
    Importer {
        kind: Kind::Campaign,
        links: &[("owner", Kind::User)],
        create: create::<CreateCampaign>,
        update: |cx, id, set| {
            let wish = cx.get::<Campaign>(Id::new(id))?.wish();
            change::amend::<super::AmendCampaign, _>(cx, id, &wish, set)
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
        // One who is on the list is there once: what happened meanwhile is added.
        update: |cx, _, set| create::<super::AddMember>(cx, Value::Object(set.clone())),
    },
    Importer {
        kind: Kind::Lead,
        links: &[("owner", Kind::User), ("campaign", Kind::Campaign)],
        create: lead,
        update: change::lead,
    },
    Importer {
        kind: Kind::Opportunity,
        links: &[
            ("customer", Kind::Customer),
            ("contact", Kind::Contact),
            ("owner", Kind::User),
            ("pipeline", Kind::Pipeline),
        ],
        create: |cx, set| opportunity(cx, &crate::engine::fitted(&set)?),
        update: |cx, id, set| {
            let mut set = set.clone();
            set.insert("id".to_owned(), json!(id));
            opportunity(cx, &crate::engine::fitted(&Value::Object(set))?)
        },
    },
    Importer {
        kind: Kind::Order,
        links: &[
            ("customer", Kind::Customer),
            ("contact", Kind::Contact),
            ("owner", Kind::User),
            ("opportunity", Kind::Opportunity),
        ],
        create: |cx, set| super::order::imported(cx, &crate::engine::fitted(&set)?),
        update: |cx, id, set| {
            let mut set = set.clone();
            set.insert("id".to_owned(), json!(id));
            super::order::imported(cx, &crate::engine::fitted(&Value::Object(set))?)
        },
    },
    Importer {
        kind: Kind::Instalment,
        links: &[("order", Kind::Order)],
        create: |cx, set| super::payment::imported_instalment(cx, &crate::engine::fitted(&set)?),
        update: |cx, id, set| {
            let mut set = set.clone();
            set.insert("id".to_owned(), json!(id));
            super::payment::imported_instalment(cx, &crate::engine::fitted(&Value::Object(set))?)
        },
    },
    Importer {
        kind: Kind::Payment,
        links: &[("customer", Kind::Customer), ("order", Kind::Order)],
        create: create::<crate::payment::ReceivePayment>,
        // Money that came in is not changed by a file: the same row again is the same payment.
        update: |cx, id, set| {
            let mut set = set.clone();
            set.insert("id".to_owned(), json!(id));
            create::<crate::payment::ReceivePayment>(cx, Value::Object(set))
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
            ("author", Kind::User),
        ],
        create: create::<super::LogActivity>,
        update: change::activity,
    },
    Importer {
        kind: Kind::Product,
        links: &[],
        create: create::<CreateProduct>,
        update: |cx, id, set| {
            let wish = cx.get::<Product>(Id::new(id))?.wish();
            change::amend::<super::AmendProduct, _>(cx, id, &wish, set)
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
        let mut check = Check::default();
        found::judged(importer.kind, &self.match_by, &mut check);
        check.done()?;
        for (at, field) in self.match_by.iter().enumerate() {
            cx.seeks_by(&format!("match[{at}]"), field)?;
        }
        cx.imported_from(format!("{}:{}", self.source, self.file));
        self.load(cx, importer)?;
        let mut results = Vec::with_capacity(self.rows.len());
        let mut codes = found::CreditCodes::default();
        for row in &self.rows {
            let stored = cx.attempt(|cx| self.store(cx, importer, row, &mut codes));
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
        codes: &mut found::CreditCodes,
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
        let known: Option<SourceKey> = cx.find(key)?;
        let target = match &known {
            Some(known) => Some(known.target),
            None if self.match_by.is_empty() => None,
            None => {
                let mut said = set.clone();
                let custom = row.custom.iter();
                said.extend(custom.map(|(code, val)| (format!("custom.{code}"), json!(val))));
                found::found(cx, importer.kind, &self.match_by, &said, codes)?
            }
        };
        self.mode.permits(&row.key, target)?;
        let (status, target) = match target {
            Some(target) => (self.update(cx, importer, row, target, set)?, target),
            None => {
                let target = cx.new_id::<SourceKey>().uuid();
                made(cx, importer, row, target, set)?;
                (RowStatus::Created, target)
            }
        };
        if status == RowStatus::Unchanged && known.is_some() {
            return Ok((status, target));
        }
        // A row that breaks a standard is rejected here, before it could take the others with it.
        super::quality::held(cx)?;
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

    /// Changes what is there.
    fn update(
        &self,
        cx: &mut Cx<'_>,
        importer: &Importer,
        row: &ImportRow,
        target: Uuid,
        mut set: Map<String, Value>,
    ) -> Result<RowStatus, Error> {
        let before = cx.writes();
        for field in KEPT {
            set.remove(*field);
        }
        let beside = change::Beside::taken(&mut set)?;
        let primary = set.remove("primary").is_some_and(|primary| primary == json!(true));
        let custom = row.custom.iter();
        set.extend(custom.map(|(code, val)| (format!("custom.{code}"), json!(val))));
        (importer.update)(cx, target, &set)?;
        if let Some(owner) = change::reached(importer.kind) {
            beside.reach(cx, (owner, target), self.lists)?;
        }
        if importer.kind == Kind::Customer {
            beside.place(cx, target)?;
        }
        if primary && importer.kind == Kind::Contact {
            change::primary(cx, target)?;
        }
        Ok(if cx.writes() == before { RowStatus::Unchanged } else { RowStatus::Updated })
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

/// Fields that say who made a record and when: they are taken once, and stay.
const KEPT: &[&str] = &["created_at", "entered_at", "author"];

impl ImportMode {
    /// Whether a row may do what it would.
    ///
    /// # Errors
    ///
    /// `import.exists`, `import.absent`. Rule IMP-2 (F212).
    fn permits(self, key: &str, target: Option<Uuid>) -> Result<(), Error> {
        let invalid = match (self, target) {
            (Self::Create, Some(id)) => Invalid::new("import.exists", key)
                .limit(format!("a row of which there is no record; {id} is it")),
            (Self::Update, None) => {
                Invalid::new("import.absent", key).limit("a row of which there is a record")
            }
            (Self::Upsert | Self::Create | Self::Update, _) => return Ok(()),
        };
        Err(Error::invalid("key", invalid))
    }
}

/// Makes the record of a row, with who made it there and when.
fn made(
    cx: &mut Cx<'_>,
    importer: &Importer,
    row: &ImportRow,
    target: Uuid,
    mut set: Map<String, Value>,
) -> Result<(), Error> {
    let mut kept = Map::new();
    if matches!(importer.kind, Kind::Customer | Kind::Contact | Kind::Lead | Kind::Activity) {
        for field in KEPT {
            kept.extend(set.remove(*field).map(|value| ((*field).to_owned(), value)));
        }
    }
    without_nulls(&mut set);
    set.insert("id".to_owned(), json!(target));
    if !row.custom.is_empty() {
        let filled = row.custom.iter().filter(|(_, val)| **val != Val::Null);
        set.insert(
            "custom".to_owned(),
            filled.map(|(code, val)| (code.clone(), json!(val))).collect(),
        );
    }
    (importer.create)(cx, Value::Object(set))?;
    change::originals(cx, importer.kind, target, &kept)
}

/// A field that the plan empties is one that a new record does not have.
fn without_nulls(set: &mut Map<String, Value>) {
    set.retain(|_, value| !value.is_null());
    for value in set.values_mut() {
        if let Value::Object(inner) = value {
            inner.retain(|_, value| !value.is_null());
        }
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

/// A lead, and how it ended over there.
fn lead(cx: &mut Cx<'_>, mut set: Value) -> Result<(), Error> {
    let mut taken = |field: &str| {
        let value = set.as_object_mut().and_then(|set| set.remove(field));
        value.and_then(|value| value.as_str().map(str::to_owned))
    };
    let (outcome, reason) = (taken("outcome"), taken("discard_reason"));
    let captured = crate::engine::fitted::<CaptureLead>(&set)?.run(cx)?;
    if let Some(outcome) = outcome {
        let lead = cx.get(captured.id)?;
        cx.put(&crate::lead::ended(&lead, &outcome, reason.as_deref())?)?;
    }
    Ok(())
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
    let before = cx.find(id)?;
    let moves = cx.list::<StageMove>(StageMove::BY_OPPORTUNITY, &[Val::Id(id.uuid())])?;
    let lines =
        cx.list::<OpportunityLine>(OpportunityLine::BY_OPPORTUNITY, &[Val::Id(id.uuid())])?;
    let wish = &ImportOpportunity {
        created_at: wish.created_at.or(before.as_ref().map(|before| before.created_at)),
        ..wish.clone()
    };
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
    let mut imported = opportunity::import(wish, &grounds, new_id, ctx)?;
    // Rows that say what is there are the rows that are there.
    for (new, old) in imported.lines.iter_mut().zip(&lines) {
        new.id = old.id;
    }
    for (new, old) in imported.moves.iter_mut().zip(&moves) {
        (new.id, new.by) = (old.id, old.by);
    }
    let ext = cx.custom::<Opportunity>(&wish.custom)?;
    let touched_at = before.as_ref().map_or(imported.deal.touched_at, |before| before.touched_at);
    let deal = Opportunity { ext, touched_at, ..imported.deal };
    if let Some(before) = &before {
        if *before == deal && imported.lines == lines && imported.moves == moves {
            return Ok(());
        }
        if !moves.is_empty() || cx.version(id) > 1 {
            let invalid = Invalid::new("import.not_updatable", &id.to_string());
            return Err(Error::invalid(
                "key",
                invalid.limit("a deal that nothing happened to here"),
            ));
        }
    }
    for line in lines.iter().skip(imported.lines.len()) {
        cx.remove(line.id)?;
    }
    for line in &imported.lines {
        cx.put(line)?;
    }
    for step in &imported.moves {
        cx.put(step)?;
    }
    cx.put(&deal)
}

/// Makes a record as operation `O` would.
fn create<O: Operation>(cx: &mut Cx<'_>, set: Value) -> Result<(), Error> {
    crate::engine::fitted::<O>(&set)?.run(cx).map(drop)
}
