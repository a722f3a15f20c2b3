//! Everything that happened with a customer, in one stream.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::activity::{Activity, RevisitPlan};
use crate::audit::{Fact, RecordChange, What};
use crate::campaign::CampaignMember;
use crate::engine::{Cx, Error, Operation, each};
use crate::opportunity::Opportunity;
use crate::party::{Address, Contact, ContactPoint, Customer};
use crate::record::{Entity, Kind, Val};
use crate::store::{Cursor, Scan, Seq};
use crate::value::{Id, Invalid, Timestamp};

/// Objects of one customer whose events are merged at most.
const OBJECTS_MAX: usize = 20_000;

/// Everything that was decided about a customer, their contacts, deals, dealings, plans and campaigns, as one stream in
/// the order in which it was recorded. Nothing is folded: a deal that goes back and forth, a customer who slept for a
/// year are seen as such. Pages are stable: what is recorded later comes after.
///
/// What came from an import stands in no fact of its own. Over 20,000 objects of one customer are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerFeed {
    /// Of which customer.
    pub id: Id<Customer>,
    /// The last first.
    #[serde(default)]
    pub newest_first: bool,
    /// Events in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// A page of what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feed {
    /// The events.
    pub events: Vec<FeedEvent>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedEvent {
    /// The commit.
    pub seq: u64,
    /// The fact.
    pub fact: Id<Fact>,
    /// The operation.
    pub operation: String,
    /// The kind of the object that it is about.
    pub kind: String,
    /// The object that it is about.
    pub subject: Uuid,
    /// Who did it.
    pub actor: Uuid,
    /// When it was true.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What changed, without values: `opportunity created`, `customer.region`.
    pub changed: Vec<String>,
}

impl Operation for CustomerFeed {
    const NAME: &'static str = "customer.feed";
    const ACCESS: Access = Access::Read;
    type Response = Feed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Feed, Error> {
        let limit = super::page::limit(self.limit)?;
        let customer = cx.get(self.id)?;
        cx.looked_at(&customer)?;
        let after = self.after.as_deref().map(place).transpose()?;
        let mut found: BTreeMap<(u64, Uuid), Fact> = BTreeMap::new();
        for (at, object) in self.objects(cx)?.into_iter().enumerate() {
            if at.is_multiple_of(1000) {
                cx.checkpoint()?;
            }
            let prefix = [Val::Id(object)];
            let cursor = after.map(|(seq, id)| Cursor {
                vals: vec![Val::Id(object), Val::Int(i64::try_from(seq).unwrap_or(i64::MAX))],
                id,
            });
            let scan = Scan {
                desc: self.newest_first,
                after: cursor.as_ref(),
                limit: limit.saturating_add(1),
                ..Scan::of(cx.tenant(), Fact::KIND, Fact::BY_SUBJECT, &prefix)
            };
            for (seq, fact) in cx.page::<Fact>(&scan)?.rows {
                found.insert((seq.0, fact.id.uuid()), fact);
            }
            let most = usize::try_from(limit).unwrap_or(0).saturating_add(1);
            while found.len() > most {
                drop(if self.newest_first { found.pop_first() } else { found.pop_last() });
            }
        }
        let mut events: Vec<FeedEvent> =
            found.into_iter().map(|((seq, _), fact)| event(Seq(seq), fact)).collect();
        if self.newest_first {
            events.reverse();
        }
        let more = events.len() > usize::try_from(limit).unwrap_or(0);
        events.truncate(usize::try_from(limit).unwrap_or(0));
        let next = events.last().filter(|_| more).map(|last| format!("{}:{}", last.seq, last.fact));
        Ok(Feed { events, next })
    }
}

impl CustomerFeed {
    /// The customer and every object of theirs, by id.
    fn objects(&self, cx: &Cx<'_>) -> Result<Vec<Uuid>, Error> {
        let mut objects = vec![self.id.uuid()];
        let mut contacts = Vec::new();
        self.each(cx, (Contact::KIND, Contact::BY_CUSTOMER), self.id.uuid(), &mut contacts)?;
        let of_customer = [
            (Address::KIND, Address::BY_CUSTOMER),
            (Opportunity::KIND, Opportunity::BY_CUSTOMER),
            (Activity::KIND, Activity::BY_CUSTOMER),
            (RevisitPlan::KIND, RevisitPlan::BY_CUSTOMER),
        ];
        for listing in of_customer {
            self.each(cx, listing, self.id.uuid(), &mut objects)?;
        }
        for person in contacts.iter().copied().chain([self.id.uuid()]) {
            for listing in [
                (CampaignMember::KIND, CampaignMember::BY_MEMBER),
                (ContactPoint::KIND, ContactPoint::BY_OWNER),
                (RevisitPlan::KIND, RevisitPlan::BY_CONTACT),
            ] {
                self.each(cx, listing, person, &mut objects)?;
            }
        }
        objects.extend(contacts);
        objects.sort_unstable();
        objects.dedup();
        Ok(objects)
    }

    /// The ids of the rows of a listing that lead with an id, deleted ones too: what happened, happened.
    fn each(
        &self,
        cx: &Cx<'_>,
        (kind, index): (Kind, u16),
        of: Uuid,
        objects: &mut Vec<Uuid>,
    ) -> Result<(), Error> {
        let prefix = [Val::Id(of)];
        let scan = Scan { deleted: true, ..Scan::of(cx.tenant(), kind, index, &prefix) };
        each(cx.store(), &scan, |_, row| objects.push(row.id))?;
        if objects.len() > OBJECTS_MAX {
            return Err(Error::Limit {
                what: "objects of one customer",
                limit: OBJECTS_MAX as u64,
            });
        }
        Ok(())
    }
}

/// What a fact says changed, without values.
pub(super) fn changed(fact: &Fact) -> Vec<String> {
    let records: Vec<RecordChange> = serde_json::from_str(&fact.changes).unwrap_or_default();
    let told = |record: &RecordChange| match record.what {
        What::Created => vec![format!("{} created", record.kind)],
        What::Deleted => vec![format!("{} removed", record.kind)],
        What::Changed | What::Restored => {
            let fields = record.fields.iter();
            fields.map(|field| format!("{}.{}", record.kind, field.field)).collect()
        }
    };
    records.iter().flat_map(told).collect()
}

fn event(seq: Seq, fact: Fact) -> FeedEvent {
    let changed = changed(&fact);
    FeedEvent {
        seq: seq.0,
        fact: fact.id,
        operation: fact.operation,
        kind: fact.subject_kind,
        subject: fact.subject,
        actor: fact.actor,
        happened_at: fact.happened_at,
        recorded_at: fact.recorded_at,
        changed,
    }
}

/// The place that a page ended at.
fn place(text: &str) -> Result<(u64, Uuid), Error> {
    let read =
        text.split_once(':').and_then(|(seq, id)| Some((seq.parse().ok()?, id.parse().ok()?)));
    read.ok_or_else(|| {
        let foreign = Invalid::new("page.after", text).limit("what a page gave as `next`");
        Error::invalid("after", foreign)
    })
}
