//! Several records that are one: customers, contacts, leads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{Lead, LeadStatus};
use crate::party::{Address, Consent, Contact, Customer, place_under};
use crate::record::{Entity, Ext, Key, Kind, Record, Val};
use crate::undo::{Action, Chosen, Dropped, Reversal, rehomed, survive};
use crate::value::{Id, Invalid, Timestamp};

/// Records that become part of one in one call.
const MERGED_MAX: usize = 100;

/// Records that change their home in one merge: with what is kept of each for undoing, as many as a commit takes.
const FAMILY_MAX: usize = 4_000;

/// What became of several records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Merged<T> {
    /// The one that lives on, as it is now.
    pub record: T,
    /// Its version.
    pub version: u64,
    /// How many records of other kinds or the same named one of the merged, and name it now.
    pub rehomed: u64,
    /// How many of them it had already, such as the same phone; they are there once.
    pub doubles: u64,
    /// Values that do not live on.
    pub dropped: Vec<Dropped>,
    /// By what it is undone: the id for `reversal.undo`.
    pub reversal: Id<Reversal>,
    /// Until when.
    pub undo_until: Timestamp,
}

/// A merge of records of one kind.
struct Wish<'a> {
    action: Action,
    keep: Uuid,
    gone: Vec<Uuid>,
    fields: &'a Chosen,
}

impl Wish<'_> {
    fn checked(&self) -> Result<(), Error> {
        let mut check = Check::default();
        check.rule((1..=MERGED_MAX).contains(&self.gone.len()), "merge", || {
            let count = self.gone.len().to_string();
            Invalid::new("merge.count", &count).limit(format!("1 to {MERGED_MAX}"))
        });
        for (at, id) in self.gone.iter().enumerate() {
            let again = self.gone.iter().take(at).any(|other| other == id);
            check.rule(*id != self.keep && !again, &format!("merge[{at}]"), || {
                Invalid::new("merge.twice", &id.to_string())
            });
        }
        Ok(check.done()?)
    }

    /// Will make the records one: the survivor, everything that named the others, the others as merged into it.
    fn run<T: Entity>(&self, cx: &mut Cx<'_>) -> Result<Merged<T>, Error> {
        self.checked()?;
        let at = |id| Key { kind: T::KIND, id };
        let mut rows = Vec::new();
        for (path, id) in core::iter::once(("keep".to_owned(), self.keep))
            .chain(self.gone.iter().enumerate().map(|(at, id)| (format!("merge[{at}]"), *id)))
        {
            cx.known(&path, Id::<T>::new(id))?;
            rows.extend(cx.row(at(id))?);
        }
        let Some((keep, gone)) = rows.split_first() else {
            return Err(Error::Internal("no record that is kept".to_owned()));
        };
        let (reversal, undo_until) = cx.reversible(self.action, at(self.keep))?;
        cx.about(Id::<T>::new(self.keep));
        let survival = survive(keep, gone, self.fields)?;
        let mut moved = Moved::default();
        for merged in gone {
            moved.family(cx, merged.key(), keep.key(), &self.gone)?;
        }
        for merged in gone {
            let id = merged.id;
            cx.index_row(T::KIND, id, &merged.ext, &Ext::new())?;
            cx.write(into(merged, self.keep))?;
        }
        cx.write_indexed(keep, survival.record)?;
        let id = Id::<T>::new(self.keep);
        Ok(Merged {
            record: cx.get(id)?,
            version: cx.version(id),
            rehomed: moved.rehomed,
            doubles: moved.doubles,
            dropped: survival.dropped,
            reversal,
            undo_until,
        })
    }
}

/// A record that became part of another: no longer live, and naming it.
fn into(record: &Record, survivor: Uuid) -> Record {
    let mut merged = Record { deleted: true, ..record.clone() };
    let field =
        record.def.field_named("merged_into").and_then(|field| record.def.position(field.id));
    if let Some(slot) = field.and_then(|at| merged.vals.get_mut(at)) {
        *slot = Val::Id(survivor);
    }
    merged
}

#[derive(Default)]
struct Moved {
    rehomed: u64,
    doubles: u64,
}

impl Moved {
    /// Will have everything that names `from` name `to`. What `to` has already is there once, and what named the double
    /// names the one that stays.
    fn family(&mut self, cx: &mut Cx<'_>, from: Key, to: Key, gone: &[Uuid]) -> Result<(), Error> {
        let mut waiting = vec![(from, to)];
        while let Some((from, to)) = waiting.pop() {
            let own = |row: &Record| {
                row.def.kind == to.kind && (row.id == to.id || gone.contains(&row.id))
            };
            for (code, row) in cx.linking(from)? {
                let mut linked = row.clone();
                linked.ext.insert(code, Val::from(to.id.to_string().as_str()));
                cx.write_indexed(&row, linked)?;
                self.count(1)?;
            }
            for row in cx.naming(from)? {
                if own(&row) {
                    continue;
                }
                let home = rehomed(&row, from, to.id);
                if home == row {
                    continue;
                }
                self.count(1)?;
                match double(cx, &home)? {
                    Some(other) => {
                        self.doubles = self.doubles.saturating_add(1);
                        forbid(cx, &home, other)?;
                        cx.write(Record { deleted: true, ..row.clone() })?;
                        waiting.push((row.key(), other));
                    }
                    None => cx.write(home)?,
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, more: u64) -> Result<(), Error> {
        self.rehomed = self.rehomed.saturating_add(more);
        if self.rehomed > FAMILY_MAX as u64 {
            let what = "records that name the merged ones";
            return Err(Error::Limit { what, limit: FAMILY_MAX as u64 });
        }
        Ok(())
    }
}

/// The record that says what a re-homed one says: one with its values in a unique listing, or equal to it but for the id.
fn double(cx: &mut Cx<'_>, home: &Record) -> Result<Option<Key>, Error> {
    let listings = home.def.indexes.iter().filter(|index| index.unique);
    for index in listings {
        let vals: Vec<Val> = index.cols.iter().map(|col| home.get(*col)).collect();
        let found = cx.rows(home.def, index.id, &vals)?;
        if let Some(other) = found.iter().find(|other| other.id != home.id) {
            return Ok(Some(other.key()));
        }
    }
    // Equal rows stand in the same place of every listing; the first one finds them.
    let Some(index) = home.def.indexes.first() else { return Ok(None) };
    if !ONCE.contains(&home.def.kind) {
        return Ok(None);
    }
    let vals: Vec<Val> = index.cols.iter().map(|col| home.get(*col)).collect();
    let found = cx.rows(home.def, index.id, &vals)?;
    let same =
        |other: &&Record| other.id != home.id && other.vals == home.vals && other.ext == home.ext;
    Ok(found.iter().find(same).map(Record::key))
}

/// Will have what is withdrawn in either of two consents to one purpose withdrawn in the one that stays.
fn forbid(cx: &mut Cx<'_>, home: &Record, stays: Key) -> Result<(), Error> {
    if home.def.kind != Kind::Consent {
        return Ok(());
    }
    let gone = Consent::from_record(home)?;
    let stays = cx.get::<Consent>(Id::new(stays.id))?;
    cx.put(&stays.stricter(&gone))
}

/// Kinds of which two that say the same are one: who took part in a meeting took part once.
const ONCE: &[Kind] = &[Kind::Participant];

/// Makes several customers one. Contacts, phones, addresses, deals, activities, leads, everything that named one of the
/// others names the one that is kept; what it has already, such as the same phone, is there once. Its own values live on,
/// those it lacks come from the others, the youngest first; `fields` says otherwise field by field. The others stay as
/// merged: asked for, they say into which. `reversal.undo` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeCustomers {
    /// The one that lives on.
    pub keep: Id<Customer>,
    /// Those that become part of it, 1 to 100.
    pub merge: Vec<Id<Customer>>,
    /// From which of them a field is taken, where not by the rules; a custom field is `custom.` and its code.
    #[serde(default)]
    pub fields: Chosen,
}

impl Operation for MergeCustomers {
    const NAME: &'static str = "customer.merge";
    const ACCESS: Access = Access::Record;
    type Response = Merged<Customer>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Merged<Customer>, Error> {
        let keep = cx.known("keep", self.keep)?;
        let mut check = Check::default();
        for (at, id) in self.merge.iter().enumerate() {
            let path = format!("merge[{at}]");
            let other = cx.known(&path, *id)?;
            check.rule(other.customer_type == keep.customer_type, &path, || {
                let differs = Invalid::new("customer.type_differs", other.customer_type.code());
                differs.limit(format!("a {} customer", keep.customer_type))
            });
        }
        check.done()?;
        let gone = self.merge.iter().map(|id| id.uuid()).collect();
        let (action, keep) = (Action::CustomerMerge, self.keep.uuid());
        let merged: Merged<Customer> = Wish { action, keep, gone, fields: &self.fields }.run(cx)?;
        one_default(cx, self.keep)?;
        super::marketing::no_circle(cx, self.keep)?;
        let above = cx.chain("keep", merged.record.parent, |c: &Customer| c.parent)?;
        place_under(self.keep, &above)?;
        Ok(merged)
    }
}

/// Will leave one default address for each use: the one that the customer had first.
fn one_default(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<(), Error> {
    let addresses = cx.list::<Address>(Address::BY_CUSTOMER, &[Val::Id(customer.uuid())])?;
    let mut own: Vec<(bool, Address)> = Vec::new();
    for address in addresses.into_iter().filter(|address| address.is_default) {
        own.push((
            cx.before(Key { kind: Address::KIND, id: address.id.uuid() }).is_some(),
            address,
        ));
    }
    // The customer's own before those that came with the merge.
    own.sort_by_key(|(came, _)| *came);
    let mut served = Vec::new();
    for (_, address) in own {
        let purpose = address.postal.purpose;
        if served.contains(&purpose) {
            cx.put(&Address { is_default: false, ..address })?;
        } else {
            served.push(purpose);
        }
    }
    Ok(())
}

/// Makes several contacts one, at the customer of the one that is kept. What was done with the others was done with it;
/// the others stay as merged. `reversal.undo` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeContacts {
    /// The one that lives on.
    pub keep: Id<Contact>,
    /// Those that become part of it, 1 to 100.
    pub merge: Vec<Id<Contact>>,
    /// From which of them a field is taken, where not by the rules; a custom field is `custom.` and its code.
    #[serde(default)]
    pub fields: Chosen,
}

impl Operation for MergeContacts {
    const NAME: &'static str = "contact.merge";
    const ACCESS: Access = Access::Record;
    type Response = Merged<Contact>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Merged<Contact>, Error> {
        let keep = cx.known("keep", self.keep)?;
        let mut customers = Vec::new();
        for (at, id) in self.merge.iter().enumerate() {
            customers.push(cx.known(&format!("merge[{at}]"), *id)?.customer);
        }
        let gone = self.merge.iter().map(|id| id.uuid()).collect();
        let (action, id) = (Action::ContactMerge, self.keep.uuid());
        let merged = Wish { action, keep: id, gone, fields: &self.fields }.run(cx)?;
        for customer in customers.into_iter().filter(|customer| *customer != keep.customer) {
            // Somebody at another customer is not whom to turn to there.
            let customer = cx.get(customer)?;
            cx.put(&customer.without_primary(keep.id))?;
        }
        Ok(merged)
    }
}

/// Makes several leads one. Contact points, activities and reminders of the others become those of the one that is kept;
/// the others stay as merged. Converted leads are customers; merge those. `reversal.undo` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeLeads {
    /// The one that lives on.
    pub keep: Id<Lead>,
    /// Those that become part of it, 1 to 100.
    pub merge: Vec<Id<Lead>>,
    /// From which of them a field is taken, where not by the rules; a custom field is `custom.` and its code.
    #[serde(default)]
    pub fields: Chosen,
}

impl Operation for MergeLeads {
    const NAME: &'static str = "lead.merge";
    const ACCESS: Access = Access::Record;
    type Response = Merged<Lead>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Merged<Lead>, Error> {
        let mut check = Check::default();
        let merge = self.merge.iter().enumerate().map(|(at, id)| (format!("merge[{at}]"), *id));
        for (path, id) in core::iter::once(("keep".to_owned(), self.keep)).chain(merge) {
            let lead = cx.known(&path, id)?;
            if lead.status == LeadStatus::Converted {
                check.take(&path, lead.takes_new());
            }
        }
        check.done()?;
        let gone = self.merge.iter().map(|id| id.uuid()).collect();
        let (action, keep) = (Action::LeadMerge, self.keep.uuid());
        Wish { action, keep, gone, fields: &self.fields }.run(cx)
    }
}
