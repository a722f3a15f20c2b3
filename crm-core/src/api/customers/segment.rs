//! Operations on segments.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::known::{KnownCustomer, known};
use super::{CustomersQuery, Scope};
use crate::access::Access;
use crate::api::Seen;
use crate::api::page::{Listed, Wanted};
use crate::assignment::{Condition, Slots};
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::party::Customer;
use crate::record::Val;
use crate::segment::{DefineSegment, Segment, define_segment};
use crate::value::{Code, Id, Invalid, Timestamp};

impl Operation for DefineSegment {
    const NAME: &'static str = "segment.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Segment>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Segment>, Error> {
        let schema = cx.customer_fields()?;
        let known = cx.list::<Segment>(Segment::BY_CODE, &[Val::from(self.code.as_str())])?;
        let (id, now) = (cx.new_id(), cx.now());
        let segment = define_segment(id, self, known.first(), &schema, now)?;
        cx.about(segment.id);
        cx.amend(&segment)
    }
}

/// The segments, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListSegments {
    /// Also those that are not used.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListSegments {
    const NAME: &'static str = "segment.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Segment>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Segment>, Error> {
        let wanted = Wanted::of(Segment::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |segment: &Segment| self.inactive || segment.active)
    }
}

/// Who belongs to a segment, or to a predicate that is not saved, as of an instant: what was bought, agreed and recorded until
/// then counts, nothing later. Personal fields and custom values are those of now, and so are amounts of deals. Exactly one of
/// `code` and `when`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentMembers {
    /// Which segment.
    pub code: Option<Code>,
    /// Or of whom this holds.
    pub when: Option<Condition>,
    /// The instant; that of the call where nothing is said.
    pub as_of: Option<Timestamp>,
    /// Members in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// The id of the last member of the page before.
    pub after: Option<Id<Customer>>,
}

/// Somebody who belongs to a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// Who.
    pub id: Id<Customer>,
    /// What they are called.
    pub name: String,
    /// What of them the predicate reads.
    pub because: BTreeMap<String, Val>,
}

/// Who belongs to a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Members {
    /// The instant of which this is true.
    pub as_of: Timestamp,
    /// The revision of the segment; none for a predicate that is not saved.
    pub revision: Option<u32>,
    /// The predicate in words.
    pub when: String,
    /// How many belong to it.
    pub count: u64,
    /// Of how many customers.
    pub of: u64,
    /// Those of this page, by id.
    pub members: Vec<Member>,
    /// Say it as `after` for the next page; none where nobody follows.
    pub next: Option<Id<Customer>>,
}

impl Operation for SegmentMembers {
    const NAME: &'static str = "segment.members";
    const ACCESS: Access = Access::Report;
    type Response = Members;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Members, Error> {
        let limit = crate::api::page::limit(self.limit)?;
        let (when, revision) = match (&self.code, &self.when) {
            (Some(code), None) => {
                let segment = cx.segment("code", code)?;
                (segment.terms.when, Some(segment.revision))
            }
            (None, Some(when)) => (when.clone(), None),
            (Some(_), Some(_)) | (None, None) => {
                let invalid = Invalid::new("request.form", "").limit("`code` or `when`");
                return Err(Error::invalid("code", invalid));
            }
        };
        let (fitting, of, as_of) = fitting(cx, &when, self.as_of)?;
        let count = fitting.len() as u64;
        let after = self.after.map(|id| id.uuid());
        let rest = fitting.into_iter().filter(|(one, _)| after.is_none_or(|after| one.id > after));
        let mut members: Vec<Member> = Vec::new();
        let mut next = None;
        for (customer, because) in rest {
            if members.len() as u64 == u64::from(limit) {
                next = members.last().map(|member| member.id);
                break;
            }
            members.push(Member { id: Id::new(customer.id), name: customer.name, because });
        }
        Ok(Members { as_of, revision, when: when.to_string(), count, of, members, next })
    }
}

impl Cx<'_> {
    /// The segment of that code that is used.
    ///
    /// # Errors
    ///
    /// `segment.unknown`.
    pub(super) fn segment(&mut self, path: &str, code: &Code) -> Result<Segment, Error> {
        let found = self.list::<Segment>(Segment::BY_CODE, &[Val::from(code.as_str())])?;
        let found = found.into_iter().find(|segment| segment.active);
        found.ok_or_else(|| Error::invalid(path, Invalid::new("segment.unknown", code.as_str())))
    }
}

impl Cx<'_> {
    /// The ids of those who belong to a segment now.
    ///
    /// # Errors
    ///
    /// `segment.unknown`.
    pub(in crate::api) fn members_of(
        &mut self,
        path: &str,
        code: &Code,
    ) -> Result<BTreeSet<Uuid>, Error> {
        let segment = self.segment(path, code)?;
        let (members, ..) = fitting(self, &segment.terms.when, None)?;
        Ok(members.into_iter().map(|(customer, _)| customer.id).collect())
    }
}

/// Those of whom a predicate holds, by id, with what of them it reads.
type Fitting = Vec<(KnownCustomer, BTreeMap<String, Val>)>;

/// Those of whom a predicate holds as of an instant, out of how many, and which instant. Rule CU-18 (F143).
///
/// # Errors
///
/// `condition.*` with the position in the predicate.
fn fitting(
    cx: &mut Cx<'_>,
    when: &Condition,
    as_of: Option<Timestamp>,
) -> Result<(Fitting, u64, Timestamp), Error> {
    let schema = cx.customer_fields()?;
    let (mut slots, mut check) = (Slots::default(), Check::default());
    let test = when.compile(&schema, &mut slots, "when", &mut check);
    let test = check.finish(test)?;
    let query = CustomersQuery { as_of, ..CustomersQuery::default() };
    let mut scope = Scope::of(cx, &query, &[])?;
    let customers = known(cx, &mut scope)?;
    let of = customers.len() as u64;
    let fitting = customers.into_iter().filter_map(|customer| {
        let holds = test.holds(&slots.row(&customer.facts));
        let because = slots.read_of(&customer.facts);
        holds.then_some((customer, because))
    });
    Ok((fitting.collect(), of, scope.as_of))
}
