//! One unit of work: what a decision read, what it will write, and why.

pub(super) mod known;
mod reads;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use uuid::Uuid;

use crate::access::Purpose;
use crate::audit::{self, Header};
use crate::engine::env::Source;
use crate::engine::kept::{Found, Listing, Row as Kept, Shelf, Value, View, is_rule};
use crate::engine::masked::Mask;
use crate::engine::places::{Places, leads, of_kind};
use crate::engine::session::Slot;
use crate::engine::whose::customer_of;
use crate::engine::{Env, Error};
use crate::record::{Entity, Ext, Key, Kind, Record, Val};
use crate::schedule::{Notice, Timer, TimerCode};
use crate::scoring::Scorers;
use crate::settings::User;
use crate::store::{Batch, CommitId, Expect, Flow, Guard, Next, Op, Reading, Store, TenantId};
use crate::undo::{self, Keep, Reversal, stands_for};
use crate::value::{Id, Invalid, Timestamp};

/// What is known of the rows that a batch writes, each in the place of its write: what is stored, and the value that will
/// be.
pub(in crate::engine) type Noted = Vec<(Option<Arc<Kept>>, Option<Value>)>;

/// Rows that one decision may read from one listing.
const LIST_MAX: usize = 10_000;

/// What an operation sees of the store, and where it leaves what it wants written.
///
/// Reads see the writes made before them in the same unit of work. What is read becomes a guard: if another call changes it
/// before this one is committed, the operation runs again.
pub struct Cx<'a> {
    store: &'a dyn Store,
    /// The one state that is read, where the store has such.
    reading: Option<Box<dyn Reading + 'a>>,
    rules: View,
    tenant: TenantId,
    env: Source,
    now: Timestamp,
    purpose: Purpose,
    pub(super) actor: Option<User>,
    /// What the actor does not see.
    pub(super) mask: Option<Arc<Mask>>,
    ids: u64,
    /// The ids that this call made: nothing that is stored has them, and nothing that is stored names them.
    made: BTreeSet<Uuid>,
    seen: BTreeMap<Key, Option<Arc<Kept>>>,
    /// The stored rows of listings that were read, by their leading values.
    listed: BTreeMap<Listing, Vec<Key>>,
    /// What was read since something began to be made of it.
    touched: Option<Vec<Found>>,
    next: BTreeMap<Key, Record>,
    /// The values of these, where they are known.
    values: BTreeMap<Key, Value>,
    /// Where these will stand in listings.
    places: Places,
    /// Whether a rule record is among what will be written.
    writes_rules: bool,
    order: Vec<Key>,
    /// Rows to remove for good, with their versions.
    purged: BTreeMap<Key, u64>,
    decision: Decision,
    undo: Option<Vec<(Key, Option<Record>)>>,
    cancelled: &'a dyn Fn() -> bool,
    scorers: Arc<Scorers>,
    shelf: Slot,
}

/// The decision that is being made: one operation, one fact.
#[derive(Default)]
struct Decision {
    before: BTreeMap<Key, Option<Record>>,
    /// The keys of `before`, in the order of writing.
    written: Vec<Key>,
    subject: Option<Key>,
    happened_at: Option<Timestamp>,
    rules: Vec<(Key, u64)>,
    source: Option<String>,
    bulk: bool,
    keep: Option<Keep>,
    /// What automations have seen of it: each record that it wrote as it was then.
    had: BTreeMap<Key, Record>,
}

impl<'a> Cx<'a> {
    /// Begins to read: everything is as of one head.
    pub(in crate::engine) fn new(
        (store, shelf, next): (&'a dyn Store, &Shelf, Next),
        tenant: TenantId,
        env: &Env,
        now: Timestamp,
        purpose: Purpose,
        cancelled: &'a dyn Fn() -> bool,
    ) -> Result<Self, Error> {
        let reading = store.reading(next)?;
        let head = match &reading {
            Some(reading) => reading.get(tenant, &[], &mut |_, _, _| Flow::Continue(()))?,
            None => store.get(tenant, &[], &mut |_, _, _| Flow::Continue(()))?,
        };
        let rules = View::new(shelf.of(tenant), store, tenant, head)?;
        Ok(Self {
            store,
            reading,
            rules,
            tenant,
            env: Source::of(env),
            now,
            purpose,
            actor: None,
            mask: None,
            ids: 0,
            made: BTreeSet::new(),
            seen: BTreeMap::new(),
            listed: BTreeMap::new(),
            touched: None,
            next: BTreeMap::new(),
            values: BTreeMap::new(),
            places: Places::default(),
            writes_rules: false,
            order: Vec::new(),
            purged: BTreeMap::new(),
            decision: Decision::default(),
            undo: None,
            cancelled,
            scorers: Arc::default(),
            shelf: Slot::default(),
        })
    }

    /// The instant of the call; never before the last commit of the tenant.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether others may have written since the last unit of work of this engine.
    pub(in crate::engine) const fn others_wrote(&self) -> bool {
        self.rules.others_wrote
    }

    pub(in crate::engine) const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Whose data.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What the data is used for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The store, for readers that fold over more than a decision may hold.
    pub const fn store(&self) -> &'a dyn Store {
        self.store
    }

    /// The scorers that the host registered.
    pub fn scorers(&self) -> Arc<Scorers> {
        Arc::clone(&self.scorers)
    }

    /// Where readers keep what they made of the tenant's records, between calls.
    pub(crate) fn shelf(&self) -> Slot {
        Arc::clone(&self.shelf)
    }

    pub(in crate::engine) fn set_shelf(&mut self, shelf: Slot) {
        self.shelf = shelf;
    }

    pub(in crate::engine) fn set_scorers(&mut self, scorers: Arc<Scorers>) {
        self.scorers = scorers;
    }

    /// Whether the host wants to go on; long operations ask at least every 1,000 rows.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn checkpoint(&self) -> Result<(), Error> {
        if (self.cancelled)() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// The next id of this call; the same call gives the same ids.
    pub fn new_id<K>(&mut self) -> Id<K> {
        self.ids = self.ids.saturating_add(1);
        Id::new(self.made("id", self.ids))
    }

    /// 32 bytes that nobody can guess who does not know the entropy of the call.
    pub(crate) fn secret(&mut self) -> [u8; 32] {
        self.ids = self.ids.saturating_add(1);
        self.env.bytes("secret token", self.ids)
    }

    /// How many ids this call has made: tells what it wrote earlier from what it wrote later.
    pub(crate) const fn made_so_far(&self) -> u64 {
        self.ids
    }

    /// An id that this call makes, for use `label`. Whoever brings the same clock and entropy twice has it refused by
    /// the store, which compares commit ids and expects no row here.
    fn made(&mut self, label: &str, ordinal: u64) -> Uuid {
        let id = self.env.uuid(label, ordinal);
        self.made.insert(id);
        id
    }

    /// The id that the caller chose, or the next one.
    pub fn id_or<K>(&mut self, chosen: Option<Id<K>>) -> Id<K> {
        chosen.unwrap_or_else(|| self.new_id())
    }

    /// The record of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is none, or a deleted one; `KIND.merged` where it became part of another.
    pub fn get<T: Entity>(&mut self, id: Id<T>) -> Result<T, Error> {
        if let Some(found) = self.find(id)? {
            return Ok(found);
        }
        let key = Key { kind: T::KIND, id: id.uuid() };
        let merged = self.merged_into(key, "id")?;
        Err(merged.unwrap_or_else(|| Error::NotFound { kind: T::KIND, id: id.to_string() }))
    }

    /// That a record became part of another, of one that did: `KIND.merged`, with the one that lives on.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(crate) fn merged_into(&mut self, key: Key, path: &str) -> Result<Option<Error>, Error> {
        let mut last = None;
        let mut next = self.row(key)?.as_ref().and_then(stands_for);
        while let Some(id) = next.filter(|id| last != Some(*id)) {
            last = Some(id);
            next = self.row(Key { kind: key.kind, id })?.as_ref().and_then(stands_for);
        }
        let name = key.kind.name();
        Ok(last.map(|survivor| {
            let merged = Invalid::new(&format!("{name}.merged"), &key.id.to_string());
            Error::invalid(path, merged.limit(format!("it became part of {name} {survivor}")))
        }))
    }

    /// The record of that id, or nothing where there is none, or a deleted one.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn find<T: Entity>(&mut self, id: Id<T>) -> Result<Option<T>, Error> {
        let key = Key { kind: T::KIND, id: id.uuid() };
        self.load(&[key])?;
        self.touch(&[key]);
        if let Some(record) = self.next.get(&key) {
            let live = Some(record).filter(|record| !record.deleted);
            return live.map(|record| self.value(key, record)).transpose();
        }
        let stored = self.seen.get(&key).and_then(Option::as_ref);
        let live = stored.filter(|row| !row.record.deleted);
        live.map(|row| row.value()).transpose().map_err(Error::from)
    }

    /// The version under which a record is stored, or will be; 0 for none.
    pub fn version<T: Entity>(&self, id: Id<T>) -> u64 {
        let key = Key { kind: T::KIND, id: id.uuid() };
        self.current(key).map_or(0, |record| record.version)
    }

    /// The custom values of a record as it stands now; none where there is none.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(crate) fn held<T: Entity>(&mut self, id: Id<T>) -> Result<Ext, Error> {
        let key = Key { kind: T::KIND, id: id.uuid() };
        self.load(&[key])?;
        let live = self.current(key).filter(|record| !record.deleted);
        Ok(live.map(|record| record.ext.clone()).unwrap_or_default())
    }

    /// Will write a value: a new record, or the next version of the one there is. An equal one is not written.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn put<T: Entity>(&mut self, value: &T) -> Result<(), Error> {
        let record = value.record(0);
        let key = record.key();
        // What an import writes is seldom asked for again.
        if self.wrote(record)? && !self.decision.bulk {
            self.values.insert(key, Box::new(value.clone()));
        }
        Ok(())
    }

    /// The value of a record that will be written.
    fn value<T: Entity>(&self, key: Key, record: &Record) -> Result<T, Error> {
        let known = self.values.get(&key).and_then(|value| value.downcast_ref::<T>());
        known.map_or_else(|| T::from_record(record).map_err(Error::from), |value| Ok(value.clone()))
    }

    /// Will mark a record as deleted.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; the store's.
    pub fn remove<T: Entity>(&mut self, id: Id<T>) -> Result<(), Error> {
        let record = Record { deleted: true, ..self.get(id)?.record(0) };
        self.write(record)
    }

    /// Will remove a stored row for good: bookkeeping whose time is over. No fact tells of it.
    pub(crate) fn purge<T: Entity>(&mut self, id: Id<T>, version: u64) {
        self.purged.insert(Key { kind: T::KIND, id: id.uuid() }, version);
    }

    /// Will write a row as it is, as the next version of what is there.
    pub(crate) fn write(&mut self, record: Record) -> Result<(), Error> {
        self.wrote(record).map(drop)
    }

    /// The same; whether it is another than there is.
    fn wrote(&mut self, mut record: Record) -> Result<bool, Error> {
        let key = record.key();
        self.load(&[key])?;
        let stored = self.seen.get(&key).and_then(Option::as_ref).map(|stored| &stored.record);
        record.version = stored.map_or(0, |stored| stored.version).saturating_add(1);
        self.writes_rules |= is_rule(key.kind);
        let current = self.next.get(&key).or(stored);
        let same = current.is_some_and(|current| {
            current.vals == record.vals
                && current.ext == record.ext
                && current.deleted == record.deleted
        });
        if same {
            return Ok(false);
        }
        let before = current.cloned();
        self.places.note(&record);
        if let Entry::Vacant(first) = self.decision.before.entry(key) {
            first.insert(before);
            self.decision.written.push(key);
        }
        let replaced = self.next.insert(key, record);
        match replaced {
            Some(_) => drop(self.values.remove(&key)),
            None => self.order.push(key),
        }
        if let Some(undo) = &mut self.undo {
            undo.push((key, replaced));
        }
        Ok(true)
    }

    /// Will have `code` happen to a record at `due`, instead of at any instant set before; never where `due` is none.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn schedule<T: Entity>(
        &mut self,
        subject: Id<T>,
        code: TimerCode,
        due: Option<Timestamp>,
    ) -> Result<(), Error> {
        let subject = subject.uuid();
        // All of the record at once: the next code asks for the same listing.
        let mut set = self.list::<Timer>(Timer::BY_SUBJECT, &[Val::Id(subject)])?;
        set.retain(|timer| timer.code == code);
        for timer in set.iter().filter(|timer| Some(timer.due_at) != due) {
            self.remove(timer.id)?;
        }
        if let Some(due_at) = due.filter(|due| set.iter().all(|timer| timer.due_at != *due)) {
            let id = self.new_id();
            let subject_kind = T::KIND.name().to_owned();
            let (place, ext) = (None, Ext::new());
            self.put(&Timer { id, due_at, code, subject_kind, subject, place, ext })?;
        }
        Ok(())
    }

    /// When the first of the timers is due that this call sets.
    pub(crate) fn timer_set(&self) -> Option<Timestamp> {
        let live = self.written_here(Kind::Timer);
        live.filter_map(|record| Timer::from_record(record).ok()).map(|timer| timer.due_at).min()
    }

    /// Will tell a user what was due to a record; once for each occasion, however often it is said.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn notify<T: Entity>(
        &mut self,
        recipient: Id<User>,
        code: TimerCode,
        subject: Id<T>,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        self.tell(recipient, code.code(), subject, due_at, None)
    }

    /// The same of what no timer stands for, and by which rule.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn tell<T: Entity>(
        &mut self,
        recipient: Id<User>,
        code: &str,
        subject: Id<T>,
        due_at: Timestamp,
        because: Option<String>,
    ) -> Result<(), Error> {
        let occasion = [
            b"notice".as_slice(),
            recipient.uuid().as_bytes(),
            code.as_bytes(),
            subject.uuid().as_bytes(),
            &due_at.micros().to_be_bytes(),
        ]
        .map(<[u8]>::to_vec);
        let id = Id::derived(occasion.iter().map(Vec::as_slice));
        if self.find::<Notice>(id)?.is_some() {
            return Ok(());
        }
        let notice = Notice {
            id,
            recipient,
            code: code.to_owned(),
            subject_kind: T::KIND.name().to_owned(),
            subject: subject.uuid(),
            due_at,
            created_at: self.now,
            delivered: None,
            snoozed_until: None,
            because,
            ext: Ext::new(),
        };
        self.put(&notice)
    }

    /// The records of a kind that this decision has written so far, in that order: as they were before it, nothing where
    /// they were not there, and as they will be, removed ones among them.
    pub fn written(&self, kind: Kind) -> impl Iterator<Item = (Option<&Record>, &Record)> {
        let keys = self.decision.written.iter().filter(move |key| key.kind == kind);
        keys.filter_map(|key| {
            let before = self.decision.before.get(key)?.as_ref();
            Some((before.filter(|before| !before.deleted), self.next.get(key)?))
        })
    }

    /// Runs a part of an operation; where it fails, nothing of it will be written, and the rest goes on.
    ///
    /// Parts do not nest.
    ///
    /// # Errors
    ///
    /// The part's.
    pub fn attempt<R>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let (written, decided) = (self.order.len(), self.decision.written.len());
        self.undo = Some(Vec::new());
        let result = part(self);
        let undo = self.undo.take().unwrap_or_default();
        if result.is_err() {
            for (key, replaced) in undo.into_iter().rev() {
                self.values.remove(&key);
                match replaced {
                    Some(record) => drop(self.next.insert(key, record)),
                    None => drop(self.next.remove(&key)),
                }
            }
            for key in self.decision.written.drain(decided..) {
                self.decision.before.remove(&key);
            }
            self.order.truncate(written);
        }
        result
    }

    /// Runs another operation as a part of this one: what the decision is about, when it happened and where it came from
    /// stay what they are.
    pub(crate) fn aside<R>(&mut self, part: impl FnOnce(&mut Self) -> R) -> R {
        let Decision { subject, happened_at, source, bulk, .. } = &self.decision;
        let (subject, happened_at, source, bulk) = (*subject, *happened_at, source.clone(), *bulk);
        let result = part(self);
        let decision = &mut self.decision;
        (decision.subject, decision.happened_at) = (subject, happened_at);
        (decision.source, decision.bulk) = (source, bulk);
        result
    }

    /// How often the part that runs has written something that was not so before.
    pub(crate) fn writes(&self) -> usize {
        self.undo.as_ref().map_or(0, Vec::len)
    }

    /// The records of a kind that this unit of work has written, and that are not deleted.
    pub(crate) fn written_here(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        of_kind(&self.next, kind).map(|(_, record)| record).filter(|record| !record.deleted)
    }

    /// The ids of all that it has written of a kind, removed ones among them.
    pub(crate) fn written_ids(&self, kind: Kind) -> Vec<Uuid> {
        of_kind(&self.next, kind).map(|(key, _)| key.id).collect()
    }

    /// The records that it has written, and that are not deleted, with these leading values in a listing, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] for a row that is none.
    pub(crate) fn written_under<T: Entity>(
        &mut self,
        index: u16,
        prefix: &[Val],
    ) -> Result<Vec<T>, Error> {
        let keys = self.places.under(T::def(), index, prefix, &self.next);
        let written = keys.iter().filter_map(|key| Some((*key, self.next.get(key)?)));
        let live = written.filter(|(_, record)| !record.deleted && leads(record, index, prefix));
        live.map(|(key, record)| self.value(key, record)).collect()
    }

    /// Whether this unit of work has written a record, or removed it.
    pub(crate) fn is_written<T: Entity>(&self, id: Id<T>) -> bool {
        self.next.contains_key(&Key { kind: T::KIND, id: id.uuid() })
    }

    /// What automations have seen of this decision.
    pub(crate) const fn had(&mut self) -> &mut BTreeMap<Key, Record> {
        &mut self.decision.had
    }

    /// Which record the decision is about; without it, the first one written.
    pub fn about<T: Entity>(&mut self, id: Id<T>) {
        self.decision.subject = Some(Key { kind: T::KIND, id: id.uuid() });
    }

    /// When the decision was true, where that is not now.
    pub fn happened_at(&mut self, at: Timestamp) {
        self.decision.happened_at = Some(at);
    }

    /// Which rule record decided.
    pub fn by_rule<T: Entity>(&mut self, id: Id<T>) {
        let version = self.version(id);
        self.decision.rules.push((Key { kind: T::KIND, id: id.uuid() }, version));
    }

    /// Where the decision came from.
    pub fn came_from(&mut self, source: String) {
        self.decision.source = Some(source);
    }

    /// Where the decision came from, for imports; its fact then holds one root over all rows instead of their values.
    pub fn imported_from(&mut self, source: String) {
        self.decision.source = Some(source);
        self.decision.bulk = true;
    }

    /// Will keep what this decision changes, so that it can be undone.
    pub(crate) fn keep(&mut self, keep: Keep) {
        self.decision.keep = Some(keep);
    }

    /// The reversal that a decision belongs to and its entries, ready to be written.
    fn kept(
        &mut self,
        keep: Keep,
        (written, before): (&[Key], &BTreeMap<Key, Option<Record>>),
        leaves: &[[u8; 32]],
    ) -> Result<(), Error> {
        let known = self.find(keep.id)?;
        let part = known.as_ref().map_or(0, |known| known.parts);
        let first = self.order.len() as u64;
        let id = |ordinal: u64| Id::new(self.env.uuid("undo", first.saturating_add(ordinal)));
        let changes =
            written.iter().filter_map(|key| Some((before.get(key)?.as_ref(), self.next.get(key)?)));
        let entries = undo::capture(keep.id, part, changes, leaves, &id);
        if entries.is_empty() {
            return Ok(());
        }
        for entry in &entries {
            self.made.insert(entry.id.uuid());
            self.put(entry)?;
        }
        let first = keep.subject.or_else(|| written.first().copied());
        let (kind, subject) = first.map_or(("", Uuid::nil()), |key| (key.kind.name(), key.id));
        let next = part.saturating_add(1);
        let written = u32::try_from(written.len()).unwrap_or(u32::MAX);
        let known = known.unwrap_or(Reversal {
            id: keep.id,
            action: keep.action,
            subject_kind: kind.to_owned(),
            subject,
            by: self.actor()?.id,
            at: self.now,
            until: keep.until,
            parts: 0,
            left: 0,
            records: 0,
            undone_at: None,
            undone_by: None,
            source: keep.source,
            forgotten: false,
            ext: Ext::new(),
        });
        let records = known.records.saturating_add(written);
        self.put(&Reversal { parts: next, left: next, records, until: keep.until, ..known })
    }

    /// Writes what is bookkeeping of the engine's own and no part of the decision that is being made.
    pub(crate) fn quietly<R>(&mut self, part: impl FnOnce(&mut Self) -> R) -> R {
        let decision = core::mem::take(&mut self.decision);
        let result = part(self);
        self.decision = decision;
        result
    }

    /// What a record was before this decision wrote it; nothing where it did not, or made it.
    pub(crate) fn before(&self, key: Key) -> Option<&Record> {
        self.decision.before.get(&key).and_then(Option::as_ref)
    }

    /// Whether the decision brings in rows of another system, many at a time.
    pub const fn is_import(&self) -> bool {
        self.decision.bulk
    }

    /// Ends a decision of operation `name`: writes its fact.
    pub(crate) fn decided(&mut self, name: &str) -> Result<(), Error> {
        let mut decision = core::mem::take(&mut self.decision);
        let keep = decision.keep.take();
        let decision = decision;
        let written = &decision.written;
        let Some(first) = written.first() else { return Ok(()) };
        let subject = decision.subject.unwrap_or(*first);
        let header = Header {
            operation: name.to_owned(),
            subject,
            actor: self.actor.as_ref().map_or(Uuid::nil(), |actor| actor.id.uuid()),
            purpose: self.purpose,
            happened_at: decision.happened_at.unwrap_or(self.now),
            recorded_at: self.now,
            rules: decision.rules,
            source: decision.source,
            customer: if decision.bulk { Uuid::nil() } else { customer_of(self, subject)? },
        };
        let id = Id::new(self.made("fact", self.order.len() as u64));
        let changes = written.iter().filter_map(|key| {
            let before = decision.before.get(key)?.as_ref();
            Some((before, self.next.get(key)?))
        });
        // A batch leaves several facts; the secret of one must not tell the salts of another.
        let first = (self.order.len() as u64) << 32;
        let salt = |ordinal: u64| self.env.bytes("salt", first.saturating_add(ordinal));
        let mut leaves = Vec::new();
        let (fact, secrets) = if decision.bulk {
            leaves.extend(changes.map(|(_, after)| audit::record_leaf(after)));
            (audit::bulk_fact(id, header, leaves.clone()), Vec::new())
        } else {
            audit::fact(id, header, changes, &salt, &|ordinal| {
                Id::new(self.env.uuid("secret", ordinal.saturating_add(self.order.len() as u64)))
            })
        };
        self.write(fact.record(0))?;
        for secret in &secrets {
            self.made.insert(secret.id.uuid());
            self.write(secret.record(0))?;
        }
        // Like facts, what is kept for undoing tells of the decision and is no part of it.
        if let Some(keep) = keep {
            self.kept(keep, (&decision.written, &decision.before), &leaves)?;
        }
        self.decision = Decision::default();
        Ok(())
    }

    /// Ends the unit of work: the commit of everything that will be written, and what is known of it; `None` where
    /// that is nothing.
    pub(in crate::engine) fn batch(mut self, attempt: u64) -> Option<(Batch, Noted)> {
        if self.order.is_empty() && self.purged.is_empty() {
            return None;
        }
        let expect = |stored: &Option<Arc<Kept>>| match stored {
            Some(row) => Expect::Version(row.record.version),
            None => Expect::Absent,
        };
        let written = |key: &Key| self.next.contains_key(key) || self.purged.contains_key(key);
        let guards = self.seen.iter().filter(|(key, _)| !written(key));
        let guards = guards.map(|(key, stored)| Guard { key: *key, expect: expect(stored) });
        let guards = guards.collect();
        let (mut ops, mut known) = (Vec::new(), Vec::new());
        for key in &self.order {
            let (Some(rec), Some(stored)) = (self.next.remove(key), self.seen.get(key)) else {
                continue;
            };
            ops.push(Op::Put { rec, expect: expect(stored) });
            known.push((stored.clone(), self.values.remove(key)));
        }
        for (key, version) in &self.purged {
            ops.push(Op::Purge { key: *key, version: *version });
            known.push((self.seen.get(key).cloned().flatten(), None));
        }
        let commit = CommitId(self.env.uuid("commit", attempt));
        let (tenant, at, as_of) = (self.tenant, self.now.micros(), Some(self.rules.head));
        let batch = Batch { tenant, commit, at, guards, as_of, ops };
        Some((batch, known))
    }

    /// The keys that the part of the operation that runs has written; those of the whole decision where none runs.
    fn writing(&self) -> BTreeSet<Key> {
        match &self.undo {
            Some(undo) => undo.iter().map(|(key, _)| *key).collect(),
            None => self.decision.written.iter().copied().collect(),
        }
    }

    /// How many records the decision that is being made writes so far.
    pub(crate) fn writes_so_far(&self) -> usize {
        self.decision.written.len()
    }

    /// Whether the decision that is being made writes records of a kind.
    pub(crate) fn writes_kind(&self, kind: Kind) -> bool {
        let of = |id| Key { kind, id };
        self.decision.before.range(of(Uuid::nil())..=of(Uuid::max())).next().is_some()
    }

    /// What the decision that is being made writes, or the part of it that runs, where it is looked for: each record before
    /// and as it will be.
    pub(crate) fn part_written(
        &self,
        is_sought: impl Fn(&Record) -> bool,
    ) -> Vec<(Option<Record>, Record)> {
        let written = self.writing().into_iter().filter_map(|key| {
            let after = self.next.get(&key).filter(|after| is_sought(after))?;
            Some((self.decision.before.get(&key)?.clone(), after.clone()))
        });
        written.collect()
    }

    /// A row as it is, deleted or not, of whatever kind.
    pub(crate) fn row(&mut self, key: Key) -> Result<Option<Record>, Error> {
        self.load(&[key])?;
        Ok(self.current(key).cloned())
    }

    pub(in crate::engine) fn current(&self, key: Key) -> Option<&Record> {
        let stored = || self.seen.get(&key).and_then(Option::as_ref).map(|row| &row.record);
        self.next.get(&key).or_else(stored)
    }
}
