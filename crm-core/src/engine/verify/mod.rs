//! What must be true of a store, always: the invariants, as a table, and the pass that checks them.

mod depth;
mod documents;
mod domain;
mod flow;
mod money;
mod outbox;
mod plan;
mod segment;
mod service;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::audit::{Broken, Fact, FactSecret, RecordChange, Seal, SecretField, Verifier, hex};
use crate::record::{Entity, Kind, Record, Val, canonical};
use crate::store::{
    Admin, AdminRow, Flow, KINDS, Next, Row, Scan, ScanEnd, Seq, Store, StoreError, StoreResult,
    TenantId,
};
use crate::undo::stands_for;
use crate::value::Id;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// The invariant that does not hold, such as `record.reference`.
    pub invariant: String,
    /// The kind of the record.
    pub kind: String,
    /// Its id; nil where the fault is of the store as a whole.
    pub id: Uuid,
    /// What is wrong with it.
    pub what: String,
}

/// What a check of a store found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// Records that are not deleted, by kind.
    pub records: BTreeMap<String, u64>,
    /// The commit that was checked.
    pub head: u64,
    /// The last commit that a seal covers; what follows is guarded by the dense sequence alone.
    pub sealed_through: u64,
    /// The hash of what is stored, in hexadecimal: equal contents have equal hashes, in whatever store, however they came
    /// about.
    pub state_hash: String,
    /// What is wrong; empty in a sound store.
    pub faults: Vec<Fault>,
}

/// Everything a check looks at: the rows of one tenant.
pub(crate) struct State {
    rows: BTreeMap<Kind, BTreeMap<Uuid, Record>>,
}

impl State {
    /// The rows of a kind that are not deleted, decoded; rows that do not decode are reported elsewhere.
    pub(crate) fn live<T: Entity>(&self) -> impl Iterator<Item = T> {
        let rows = self.rows.get(&T::KIND).into_iter().flat_map(BTreeMap::values);
        rows.filter(|row| !row.deleted).filter_map(|row| T::from_record(row).ok())
    }

    /// One row that is not deleted.
    pub(crate) fn find<T: Entity>(&self, id: Id<T>) -> Option<T> {
        let row = self.rows.get(&T::KIND)?.get(&id.uuid())?;
        if row.deleted { None } else { T::from_record(row).ok() }
    }

    /// The rows of a kind, deleted ones too.
    fn rows(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.rows.get(&kind).into_iter().flat_map(BTreeMap::values)
    }

    /// Whether a row is there, or was before it was deleted.
    pub(crate) fn knows(&self, kind: Kind, id: Uuid) -> bool {
        self.rows.get(&kind).is_some_and(|rows| rows.contains_key(&id))
    }

    fn has(&self, kind: Kind, id: Uuid) -> bool {
        self.rows.get(&kind).and_then(|rows| rows.get(&id)).is_some_and(|row| !row.deleted)
    }
}

/// One thing that must always be true.
pub struct Invariant {
    /// Its stable name.
    pub id: &'static str,
    /// The rule in words.
    pub sentence: &'static str,
    check: fn(&State, &mut Faults),
}

/// Collects what is wrong.
pub(crate) struct Faults {
    invariant: &'static str,
    found: Vec<Fault>,
}

impl Faults {
    /// Reports a record.
    pub(crate) fn report(&mut self, kind: Kind, id: Uuid, what: impl Into<String>) {
        let (invariant, kind) = (self.invariant.to_owned(), kind.name().to_owned());
        self.found.push(Fault { invariant, kind, id, what: what.into() });
    }
}

/// The invariants over records, in the order in which they are checked.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        id: "record.decodes",
        sentence: "every stored row is a value of its type",
        check: decodes,
    },
    Invariant {
        id: "record.reference",
        sentence: "a record that is not deleted names only records that are there and not deleted; what was done with a \
                   contact goes on naming one who was removed",
        check: references,
    },
    Invariant {
        id: "customer.primary_contact",
        sentence: "a primary contact is a contact of that customer",
        check: domain::primary_contact,
    },
    Invariant {
        id: "customer.parent",
        sentence: "no customer stands above itself",
        check: domain::parents,
    },
    Invariant {
        id: "address.default",
        sentence: "a customer has at most one default address for each use",
        check: domain::default_addresses,
    },
    Invariant {
        id: "opportunity.stage",
        sentence: "a deal stands in a stage of its own pipeline, an open one in an open stage",
        check: domain::stages,
    },
    Invariant {
        id: "opportunity.history",
        sentence: "the moves of a deal tell without a gap how it came to stand where it stands",
        check: domain::history,
    },
    Invariant {
        id: "opportunity.lines",
        sentence: "an amount that follows the lines is the sum of their nets, in one currency",
        check: domain::lines,
    },
    Invariant {
        id: "order.totals",
        sentence: "an order comes to what its lines give by its rule of rounding, each line to what its price gives, \
                   or to its share of a quote",
        check: money::totals,
    },
    Invariant {
        id: "order.steps",
        sentence: "the steps of an order tell without a gap how it came to stand where it stands",
        check: money::steps,
    },
    Invariant {
        id: "order.reports",
        sentence: "how far an order is follows from the reports it knows of; every other report waits, with its reason",
        check: money::reports,
    },
    Invariant {
        id: "order.sold",
        sentence: "no more of a line of a deal is ordered than was sold",
        check: money::sold,
    },
    Invariant {
        id: "order.offered",
        sentence: "no more of a line of a quote is ordered than was offered, and all of it for what was offered; the quote \
                   was accepted",
        check: money::offered,
    },
    Invariant {
        id: "order.number",
        sentence: "no order has a number that its year has not given out",
        check: money::numbers,
    },
    Invariant {
        id: "payment.receivable",
        sentence: "instalments add up to their order; what is paid and credited of them are the rows that say so; none is \
                   paid beyond what it asks for",
        check: money::receivables,
    },
    Invariant {
        id: "payment.credit",
        sentence: "what a payment pays for and what was given back are the rows that say so, and never more than it",
        check: money::payments,
    },
    Invariant {
        id: "ledger.balance",
        sentence: "the ledger says of every instalment what is owed and of every payment what credit is left",
        check: money::ledger,
    },
    Invariant {
        id: "outbox.posting",
        sentence: "what was said of an order is what it holds: its messages, counted without a gap, and what was brought in \
                   add up to it",
        check: outbox::postings,
    },
    Invariant {
        id: "rate.frozen",
        sentence: "a figure in the base currency is what the rate that was frozen with it gives",
        check: money::rates,
    },
    Invariant {
        id: "owner.history",
        sentence: "the spells of a record tell without a gap how it came to be with whom it is",
        check: flow::history,
    },
    Invariant {
        id: "lead.keeper",
        sentence: "no lead is with an owner and in a pool at once",
        check: flow::keeper,
    },
    Invariant {
        id: "lead.clock",
        sentence: "an open lead that somebody looks after has a timer at what is due to it next, no other lead has one",
        check: flow::clocks,
    },
    Invariant {
        id: "campaign.member",
        sentence: "a member of a campaign is a record that is or was there, once in it, and what happened to it follows \
                   an order; a lead names a campaign that is there",
        check: domain::campaigns,
    },
    Invariant {
        id: "need.settled",
        sentence: "a need that is settled says since when and by whom; one that stands does not",
        check: depth::needs,
    },
    Invariant {
        id: "promise.ledger",
        sentence: "the versions of a promise are without a gap, and the last one says what the promise says",
        check: depth::promises,
    },
    Invariant {
        id: "deal_member.credit",
        sentence: "the shares of those on a deal add up to all of it; one who left has none",
        check: depth::crews,
    },
    Invariant {
        id: "strategy.versions",
        sentence: "the versions of a deal's strategy are without a gap",
        check: depth::strategies,
    },
    Invariant {
        id: "deal_slumber.times",
        sentence: "a deal sleeps once at a time, falls asleep after it was quiet, and wakes after it fell asleep",
        check: depth::slumbers,
    },
    Invariant {
        id: "milestone.reached",
        sentence: "a milestone says when it was reached exactly while it is, and nothing is planned beside a reached \
                   acceptance",
        check: depth::milestones,
    },
    Invariant {
        id: "process_change.left",
        sentence: "a change of a process has something left to do exactly while it is being applied",
        check: depth::changes,
    },
    Invariant {
        id: "consent.state",
        sentence: "what somebody allows is what they said last, of somebody who is or was there",
        check: domain::consents,
    },
    Invariant {
        id: "share.member",
        sentence: "what is shared is of a record that is or was there, with a user or a team, and ends not before it began",
        check: domain::shares,
    },
    Invariant {
        id: "automation.run",
        sentence: "a run is of a record that is or was there, and says why it did not do what it should",
        check: domain::runs,
    },
    Invariant {
        id: "quote.lines",
        sentence: "a quote comes to what its lines come to by its rules of discount, tax and rounding, to the minor unit",
        check: documents::quote_lines,
    },
    Invariant {
        id: "quote.revisions",
        sentence: "the revisions of a quote are 1, 2, 3…, each but the last is frozen and names the one before",
        check: documents::revisions,
    },
    Invariant {
        id: "approval.waits",
        sentence: "a document waits for approval exactly when one request for it is pending; an order is looked through \
                   while one is",
        check: documents::approvals,
    },
    Invariant {
        id: "contract.signed",
        sentence: "an active or ended contract was signed by both on one document, no other was; what it comes to is what \
                   was agreed",
        check: documents::contracts,
    },
    Invariant {
        id: "contract.timer",
        sentence: "an active contract with an end has a timer at it, no other has one",
        check: documents::contract_timers,
    },
    Invariant {
        id: "bundle.cycle",
        sentence: "no bundle of products contains itself",
        check: documents::bundles,
    },
    Invariant {
        id: "revisit.timer",
        sentence: "a revisit plan that goes on has a step ahead and one timer, at its instant; an ended one has none",
        check: domain::revisits,
    },
    Invariant {
        id: "service.state",
        sentence: "how far a request is follows from when what happened; its pauses follow each other, and its clock \
                   stands still exactly while we wait for the customer or it is resolved",
        check: service::states,
    },
    Invariant {
        id: "service.clock",
        sentence: "an open request has one timer for each clock that runs and has an alarm ahead, no request another",
        check: service::clocks,
    },
    Invariant {
        id: "feedback.state",
        sentence: "a request for feedback is answered exactly when it has a score within its scale, not asked exactly when \
                   it says why, and has a timer at its end exactly while it is asked",
        check: service::feedback,
    },
    Invariant {
        id: "issue.report",
        sentence: "an issue says when it was fixed exactly when it is, and whoever reported it is told exactly then; what a \
                   report came from was there",
        check: service::issues,
    },
    Invariant {
        id: "target.revisions",
        sentence: "the revisions of a target count without a gap; each is somebody's, of a whole period, and asks for what \
                   can be reached",
        check: plan::targets,
    },
    Invariant {
        id: "period.figures",
        sentence: "a closed period has each figure once, and corrects only periods of its length closed before it",
        check: plan::periods,
    },
    Invariant {
        id: "marketing.records",
        sentence: "nobody was brought by whom they brought; money was spent over days that follow each other, and not less \
                   than none; a review scores within its scale",
        check: service::marketing,
    },
    Invariant {
        id: "segment.predicate",
        sentence: "a segment counts its definitions, and its predicate is one that somebody can pass",
        check: segment::segments,
    },
    Invariant {
        id: "grade.ledger",
        sentence: "the versions of how customers are graded are numbered without a gap; a change of a grade names its version,                    and is the first exactly where there was none before",
        check: segment::grades,
    },
    Invariant {
        id: "timer.subject",
        sentence: "what is due is due to a record that is there",
        check: domain::timers,
    },
    Invariant {
        id: "lead.converted",
        sentence: "a lead names what it became exactly when it is converted, and that goes with the customer",
        check: domain::converted,
    },
    Invariant {
        id: "record.merged",
        sentence: "a merged record is no longer live, and what it became part of is there at the end of the chain",
        check: merged,
    },
    Invariant {
        id: "activity.times",
        sentence: "an activity ends not before it begins; what is planned is due when it shall happen",
        check: domain::activities,
    },
    Invariant {
        id: "participant.person",
        sentence: "who takes part is a user, a contact or a name, and does so when the activity is",
        check: domain::participants,
    },
    Invariant {
        id: "notice.subject",
        sentence: "a notice is about a record that is there, or was",
        check: domain::notices,
    },
    Invariant {
        id: "custom.index",
        sentence: "every value of an indexed custom field has its index row, and every index row its value",
        check: domain::custom_index,
    },
    Invariant {
        id: "audit.secret",
        sentence: "what a secret holds is what its fact is committed to",
        check: secrets,
    },
];

/// Checks every invariant over the rows of a tenant, the audit chain, and the store's own tables.
///
/// # Errors
///
/// The store's, `Busy` where others write all the time; a fault is a result, not an error.
pub fn verify(store: &dyn Store, tenant: TenantId) -> StoreResult<Verification> {
    let mut result = Verification::default();
    let (state, head) = snapshot(store, tenant)?;
    result.head = head.0;
    for (kind, rows) in &state.rows {
        let live = rows.values().filter(|row| !row.deleted).count() as u64;
        result.records.insert(kind.name().to_owned(), live);
    }
    let mut faults = Faults { invariant: "", found: Vec::new() };
    for invariant in INVARIANTS {
        faults.invariant = invariant.id;
        (invariant.check)(&state, &mut faults);
    }
    result.state_hash = hash(&state);
    faults.invariant = "audit.chain";
    result.sealed_through = chain(store, tenant, &state, &mut faults)?;
    journal(store, tenant, head, &state, &mut faults)?;
    faults.invariant = "store.consistent";
    let checked = store.admin(&Admin::Check, &mut |row| {
        if let AdminRow::Fault(what) = row {
            faults.report(Kind::Settings, Uuid::nil(), what.clone());
        }
        Flow::Continue(())
    });
    match checked {
        Ok(()) | Err(StoreError::Unsupported(_)) => {}
        Err(error) => return Err(error),
    }
    result.faults = faults.found;
    Ok(result)
}

/// What tells how the records came about, or is derived from them: no part of a state. Reversals are of that sort: with
/// them in it, nothing that was done and undone would be as before.
const NO_STATE: &[Kind] = &[
    Kind::CustomIndex,
    Kind::Receipt,
    Kind::Fact,
    Kind::FactSecret,
    Kind::Seal,
    Kind::Reversal,
    Kind::ReversalEntry,
];

/// The hash of a tenant's state in hexadecimal: SHA-256 over the canonical bytes of every record that is not deleted, in
/// the order of kinds and ids, the length of each before it in eight bytes, big-endian. Versions, facts, secrets, seals,
/// reversals, receipts and index rows are no part of it.
///
/// # Errors
///
/// The store's; `Busy` where others write all the time.
pub fn state_hash(store: &dyn Store, tenant: TenantId) -> StoreResult<String> {
    Ok(hash(&snapshot(store, tenant)?.0))
}

fn hash(state: &State) -> String {
    let kinds = state.rows.iter().filter(|(kind, _)| !NO_STATE.contains(kind));
    let live = kinds.flat_map(|(_, rows)| rows.values()).filter(|row| !row.deleted);
    let hasher = live.map(canonical::encode).fold(Sha256::new(), |hasher, bytes| {
        hasher.chain_update((bytes.len() as u64).to_be_bytes()).chain_update(bytes)
    });
    hex(&hasher.finalize())
}

/// How often a state is read again because others wrote meanwhile.
const ATTEMPTS: u32 = 16;

/// Every row of a tenant, deleted ones too, and the commit whose state it is.
fn snapshot(store: &dyn Store, tenant: TenantId) -> StoreResult<(State, Seq)> {
    if let Some(reading) = store.reading(Next::Other)? {
        let head = reading.get(tenant, &[], &mut |_, _, _| Flow::Continue(()))?;
        return Ok((rows(tenant, |scan, sink| reading.scan(scan, sink))?, head));
    }
    let now = || store.get(tenant, &[], &mut |_, _, _| Flow::Continue(()));
    for _ in 0..ATTEMPTS {
        let head = now()?;
        let state = rows(tenant, |scan, sink| store.scan(scan, sink))?;
        if now()? == head {
            return Ok((state, head));
        }
    }
    Err(StoreError::Busy)
}

/// Every row of a tenant, as one listing after another gives them.
fn rows(
    tenant: TenantId,
    read: impl Fn(&Scan<'_>, Sink<'_>) -> StoreResult<ScanEnd>,
) -> StoreResult<State> {
    let mut state = State { rows: BTreeMap::new() };
    for (kind, _) in KINDS {
        let rows = state.rows.entry(*kind).or_default();
        let all = Scan { deleted: true, ..Scan::of(tenant, *kind, 0, &[]) };
        pages(&read, &all, |_, row| drop(rows.insert(row.id, row.clone())))?;
    }
    Ok(state)
}

/// Every row of a listing, page by page; gives the last snapshot.
pub(crate) fn each(
    store: &dyn Store,
    scan: &Scan<'_>,
    sink: impl FnMut(Seq, &Record),
) -> StoreResult<Seq> {
    pages(|page, sink| store.scan(page, sink), scan, sink)
}

/// What takes the rows of one page.
type Sink<'a> = &'a mut dyn FnMut(Row<'_>) -> Flow;

fn pages(
    read: impl Fn(&Scan<'_>, Sink<'_>) -> StoreResult<ScanEnd>,
    scan: &Scan<'_>,
    mut sink: impl FnMut(Seq, &Record),
) -> StoreResult<Seq> {
    let mut after = scan.after.cloned();
    loop {
        let page = Scan { after: after.as_ref(), ..scan.clone() };
        let end = read(&page, &mut |row| {
            if let Row::Rec(seq, record) = row {
                sink(seq, record);
            }
            Flow::Continue(())
        })?;
        match end.next {
            Some(next) => after = Some(next),
            None => return Ok(end.as_of),
        }
    }
}

fn decodes(state: &State, faults: &mut Faults) {
    for (kind, def) in KINDS {
        for row in state.rows.get(kind).into_iter().flat_map(BTreeMap::values) {
            if let Err(corrupt) = (def().decodes)(row) {
                faults.report(*kind, row.id, corrupt.what);
            }
        }
    }
}

/// What was done with a contact, and stays when the contact is removed: it goes on naming them.
const OUTLIVE_CONTACTS: &[Kind] = &[
    Kind::Opportunity,
    Kind::Activity,
    Kind::Participant,
    Kind::Lead,
    Kind::Quote,
    Kind::Contract,
    Kind::ServiceRequest,
    Kind::FeedbackRequest,
    Kind::IssueReport,
    Kind::Need,
    Kind::Promise,
];

fn references(state: &State, faults: &mut Faults) {
    for row in state.rows.values().flat_map(BTreeMap::values).filter(|row| !row.deleted) {
        for (def, val) in row.def.fields.iter().zip(&row.vals) {
            let (Some(target), Val::Id(id)) = (def.references, val) else { continue };
            let outlived = target == Kind::Contact
                && OUTLIVE_CONTACTS.contains(&row.def.kind)
                && state.rows.get(&target).is_some_and(|rows| rows.contains_key(id));
            if !id.is_nil() && !state.has(target, *id) && !outlived {
                let what = format!("{} names {} {id}, which is not there", def.name, target.name());
                faults.report(row.def.kind, row.id, what);
            }
        }
    }
}

fn merged(state: &State, faults: &mut Faults) {
    for (kind, rows) in &state.rows {
        let into = |id: &Uuid| rows.get(id).and_then(stands_for);
        for (id, row) in rows.iter().filter(|(_, row)| stands_for(row).is_some()) {
            let chain = core::iter::successors(into(id), into).take(rows.len());
            let end = chain.last();
            let there = end.is_some_and(|end| rows.contains_key(&end) && into(&end).is_none());
            if !row.deleted {
                faults.report(*kind, *id, "it is live and says that it was merged");
            } else if !there {
                faults.report(*kind, *id, "what it was merged into is not there");
            }
        }
    }
}

fn secrets(state: &State, faults: &mut Faults) {
    let committed: BTreeMap<Id<Fact>, BTreeSet<String>> = state
        .live::<Fact>()
        .map(|fact| {
            let records: Vec<RecordChange> =
                serde_json::from_str(&fact.changes).unwrap_or_default();
            let fields = records.into_iter().flat_map(|record| record.fields);
            (fact.id, fields.filter_map(|field| field.commitment).collect())
        })
        .collect();
    for secret in state.live::<FactSecret>() {
        let fields: Vec<SecretField> = serde_json::from_str(&secret.values).unwrap_or_default();
        let known = committed.get(&secret.fact);
        let held =
            |field: &SecretField| known.is_some_and(|known| known.contains(&field.commitment()));
        if fields.is_empty() || !fields.iter().all(held) {
            let what = "its values are not those that the fact is committed to";
            faults.report(Kind::FactSecret, secret.id.uuid(), what);
        }
    }
}

/// Facts and seals are written once and stay, also where no seal covers them: the journal, as far as it is kept, tells.
fn journal(
    store: &dyn Store,
    tenant: TenantId,
    head: Seq,
    state: &State,
    faults: &mut Faults,
) -> StoreResult<()> {
    let mut after = Seq(0);
    while after < head {
        let before = after;
        let read = store.changes(tenant, after, 1000, Duration::ZERO, &mut |change| {
            after = change.seq;
            let (key, kept) = (change.key, [Kind::Fact, Kind::Seal].contains(&change.key.kind));
            let ours = kept && change.seq <= head;
            if ours && change.purged {
                faults.report(key.kind, key.id, "it was removed");
            } else if ours && change.version != 1 {
                faults.report(key.kind, key.id, "it was written again");
            } else if ours && !state.has(key.kind, key.id) {
                faults.report(key.kind, key.id, "it was written and is not there");
            }
            Flow::Continue(())
        });
        match read {
            Err(StoreError::Trimmed { first }) if first.0.saturating_sub(1) > after.0 => {
                after = Seq(first.0.saturating_sub(1));
            }
            Err(error) => return Err(error),
            Ok(_) if after == before => break,
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Walks facts and seals in order; gives the last commit that a seal covers.
fn chain(
    store: &dyn Store,
    tenant: TenantId,
    state: &State,
    faults: &mut Faults,
) -> StoreResult<u64> {
    let mut seals: Vec<Seal> = state.live().collect();
    seals.sort_by_key(|seal| seal.ordinal);
    let mut verifier = Verifier::default();
    let mut waiting = seals.iter().peekable();
    let mut previous = None;
    each(store, &Scan::of(tenant, Kind::Fact, Fact::BY_SEQ, &[]), |seq, row| {
        let at = i64::try_from(seq.0).unwrap_or(i64::MAX);
        while let Some(seal) = waiting.next_if(|seal| seal.through < at) {
            verifier.seal(seal, previous.replace(seal));
        }
        if let Ok(fact) = Fact::from_record(row) {
            verifier.fact(&fact);
        }
    })?;
    for seal in waiting {
        verifier.seal(seal, previous.replace(seal));
    }
    for broken in verifier.broken {
        match broken {
            Broken::Root(id) => {
                faults.report(Kind::Fact, id.uuid(), "its contents do not give its root")
            }
            Broken::Order(n) => faults.report(
                Kind::Seal,
                Uuid::nil(),
                format!("seal {n} does not follow the one before"),
            ),
            Broken::Chain(n) => faults.report(
                Kind::Seal,
                Uuid::nil(),
                format!("seal {n} does not fit the facts under it"),
            ),
        }
    }
    let through = previous.map_or(0, |seal| seal.through);
    Ok(u64::try_from(through).unwrap_or(0))
}
