//! What happened with a customer, in the order in which it happened, however much that is.
//!
//! A timeline is merged from sources; each is a listing by customer and instant. A page reads a page of each and no more, so
//! that its cost does not depend on how much there is.

use core::ops::Bound;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::activity::Activity;
use crate::audit::Fact;
use crate::engine::{Cx, Error, Operation};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Corrupt, Entity, Kind, Record, Val};
use crate::settings::User;
use crate::store::{Cursor, Flow, Row, Scan};
use crate::value::{Id, Invalid, Timestamp};

/// Customers that became one and whose past stands on one timeline, at most.
const MERGED_MAX: usize = 100;

/// Characters of a text that a timeline shows.
const SHOWN: usize = 200;

/// A listing by customer and instant, and what stands on a timeline of one of its rows.
struct Source {
    kind: Kind,
    index: u16,
    of: fn(&Record) -> Result<Happening, Corrupt>,
}

/// The sources. A kind with a source of its own also stands in `engine::TOLD_THEMSELVES`, so that the decisions about it
/// are not told beside it.
const SOURCES: &[Source] = &[
    Source { kind: Kind::Activity, index: Activity::BY_CUSTOMER, of: of_activity },
    Source { kind: Kind::Fact, index: Fact::BY_CUSTOMER, of: of_fact },
];

/// What happened with a customer, the last first, a page at a time: what was done with them, and what was decided about
/// them, their contacts, deals, needs, promises. What is planned for later is not there. Pages are stable: a place in a
/// timeline is an instant and an id, so nothing that was there is left out or comes twice, whatever is entered meanwhile.
///
/// Of what came by an import, activities stand there at their instant; other rows of an import do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerTimeline {
    /// Of which customer.
    pub id: Id<Customer>,
    /// Events in a page: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// A page of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// The events, the last first.
    pub events: Vec<Happening>,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that happened. What does not apply is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What: the kind of an activity, or the operation.
    pub what: String,
    /// The kind of the record that it is about.
    pub kind: String,
    /// That record.
    pub id: Uuid,
    /// Who of us.
    pub by: Id<User>,
    /// What it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What was said or found, its first 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether it happened, of an activity: `done`, `planned` and overdue, `cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// About which deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<Id<Opportunity>>,
    /// What changed, without values: `opportunity created`, `customer.region`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Its place among events of one instant.
    #[serde(skip)]
    place: Uuid,
}

impl Operation for CustomerTimeline {
    const NAME: &'static str = "customer.timeline";
    const ACCESS: Access = Access::Read;
    type Response = Timeline;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Timeline, Error> {
        cx.get(self.id)?;
        let limit = super::page::limit(self.limit)?;
        timeline(cx, self.id, limit, self.after.as_deref())
    }
}

/// A page of what happened with a customer, of at most `limit` events. Rule V3-2 (F008).
pub(super) fn timeline(
    cx: &Cx<'_>,
    customer: Id<Customer>,
    limit: u32,
    after: Option<&str>,
) -> Result<Timeline, Error> {
    let after = after.map(place).transpose()?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for whose in became(cx, customer)? {
        for source in SOURCES {
            source.page(cx, whose, after, limit.saturating_add(1), &mut found)?;
        }
    }
    found.sort_by_key(|event| core::cmp::Reverse((event.at, event.place)));
    let more = found.len() > most;
    found.truncate(most);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| format!("{}:{}", last.at.micros(), last.place));
    Ok(Timeline { events: found, next })
}

/// A customer and those that became part of it, each by its id.
fn became(cx: &Cx<'_>, customer: Id<Customer>) -> Result<Vec<Uuid>, Error> {
    let mut all = vec![customer.uuid()];
    let mut at = 0;
    while let Some(one) = all.get(at).copied().filter(|_| all.len() < MERGED_MAX) {
        let prefix = [Val::Id(one)];
        let index = Customer::BY_MERGED_INTO;
        let limit = u32::try_from(MERGED_MAX).unwrap_or(u32::MAX);
        let scan =
            Scan { deleted: true, limit, ..Scan::of(cx.tenant(), Customer::KIND, index, &prefix) };
        cx.scan(&scan, &mut |row| {
            if let Row::Rec(_, row) = row
                && !all.contains(&row.id)
            {
                all.push(row.id);
            }
            Flow::Continue(())
        })?;
        at = at.saturating_add(1);
    }
    Ok(all)
}

impl Source {
    /// The last events of a customer up to now, or before a place.
    fn page(
        &self,
        cx: &Cx<'_>,
        customer: Uuid,
        after: Option<(Timestamp, Uuid)>,
        limit: u32,
        found: &mut Vec<Happening>,
    ) -> Result<(), Error> {
        let prefix = [Val::Id(customer)];
        let cursor = after
            .map(|(at, id)| Cursor { vals: vec![Val::Id(customer), Val::Int(at.micros())], id });
        let scan = Scan {
            range: (Bound::Unbounded, Bound::Included(Val::Int(cx.now().micros()))),
            desc: true,
            after: cursor.as_ref(),
            limit,
            ..Scan::of(cx.tenant(), self.kind, self.index, &prefix)
        };
        let mut fault = None;
        cx.scan(&scan, &mut |row| {
            if let Row::Rec(_, row) = row {
                match (self.of)(row) {
                    Ok(event) => found.push(event),
                    Err(corrupt) => fault = Some(corrupt),
                }
            }
            Flow::Continue(())
        })?;
        fault.map_or(Ok(()), |corrupt| Err(corrupt.into()))
    }
}

/// The place that a page ended at.
fn place(text: &str) -> Result<(Timestamp, Uuid), Error> {
    let read = text.split_once(':').and_then(|(at, id)| {
        Some((Timestamp::from_micros(at.parse().ok()?).ok()?, id.parse().ok()?))
    });
    read.ok_or_else(|| {
        let foreign = Invalid::new("page.after", text).limit("what a page gave as `next`");
        Error::invalid("after", foreign)
    })
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn of_activity(row: &Record) -> Result<Happening, Corrupt> {
    let activity = Activity::from_record(row)?;
    Ok(Happening {
        at: activity.at,
        what: activity.kind.code().to_owned(),
        kind: Activity::KIND.name().to_owned(),
        id: activity.id.uuid(),
        by: activity.owner,
        subject: activity.subject.as_ref().map(ToString::to_string),
        text: activity.content.as_ref().map(|text| shown(text.as_str())),
        status: Some(activity.status.code().to_owned()),
        opportunity: activity.opportunity,
        changed: Vec::new(),
        place: activity.id.uuid(),
    })
}

fn of_fact(row: &Record) -> Result<Happening, Corrupt> {
    let fact = Fact::from_record(row)?;
    let changed = super::feed::changed(&fact);
    let deal = fact.subject_kind == Opportunity::KIND.name();
    Ok(Happening {
        at: fact.happened_at,
        what: fact.operation,
        kind: fact.subject_kind,
        id: fact.subject,
        by: Id::new(fact.actor),
        subject: None,
        text: None,
        status: None,
        opportunity: deal.then(|| Id::new(fact.subject)),
        changed,
        place: fact.id.uuid(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::TOLD_THEMSELVES;

    #[test]
    fn what_stands_on_a_timeline_itself_is_not_told_twice() {
        let own = SOURCES.iter().map(|source| source.kind).filter(|kind| *kind != Kind::Fact);
        assert_eq!(own.collect::<Vec<_>>(), TOLD_THEMSELVES);
        for source in SOURCES {
            let def = crate::store::def(source.kind).unwrap();
            let listing = def.index(source.index).unwrap();
            let named = |at: usize| def.field(listing.cols[at]).unwrap();
            assert_eq!(named(0).name, "customer", "{}", def.name);
            assert_eq!(listing.cols.len(), 2, "{}: customer, then an instant", def.name);
            assert_eq!(named(1).ty, crate::record::ColumnType::Instant, "{}", def.name);
        }
    }
}
