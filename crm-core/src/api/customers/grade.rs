//! Operations on how much time customers are worth.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::known::{known, last_changes, measured};
use super::{CustomersQuery, Scope};
use crate::access::Access;
use crate::api::Seen;
use crate::engine::{Cx, Error, Operation};
use crate::party::Customer;
use crate::record::Val;
use crate::segment::{
    CustomerGrade, DefineGradePolicy, GradeChange, GradePolicy, Measured, define_policy, grade,
};
use crate::value::{Id, Invalid, Timestamp};

impl Cx<'_> {
    /// How customers are graded: the last version.
    fn grade_policy(&mut self) -> Result<Option<GradePolicy>, Error> {
        let versions = self.list::<GradePolicy>(GradePolicy::BY_VERSION, &[])?;
        Ok(versions.into_iter().last())
    }
}

impl Operation for DefineGradePolicy {
    const NAME: &'static str = "grade_policy.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<GradePolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<GradePolicy>, Error> {
        let schema = cx.customer_fields()?;
        let last = cx.grade_policy()?.map_or(0, |policy| policy.version);
        let (id, now, by) = (cx.new_id(), cx.now(), cx.actor()?.id);
        let policy = define_policy(id, self, &schema, (last, by, now))?;
        cx.about(policy.id);
        cx.create(&policy)?;
        cx.seen(policy.id)
    }
}

/// How customers are graded: every version, the first first; the last holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetGradePolicy {}

/// How customers are and were graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradePolicies {
    /// The versions, in order.
    pub versions: Vec<GradePolicy>,
}

impl Operation for GetGradePolicy {
    const NAME: &'static str = "grade_policy.get";
    const ACCESS: Access = Access::Read;
    type Response = GradePolicies;

    fn run(&self, cx: &mut Cx<'_>) -> Result<GradePolicies, Error> {
        Ok(GradePolicies { versions: cx.list(GradePolicy::BY_VERSION, &[])? })
    }
}

/// Customers whose grade one call changes at most.
const CHANGES_MAX: u32 = 500;

/// Grades every active customer by what is known of them now, and keeps what changed with its cause: the first grade, what is
/// measured moved, or another policy. Doing it again changes nothing. Up to 500 changes at a time: call it again while `more`
/// is true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshGrades {
    /// Changes at most: 1 to 500; 500 where nothing is said.
    pub limit: Option<u32>,
}

/// What grading changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradesRefreshed {
    /// How many customers were looked at.
    pub looked_at: u64,
    /// What changed, by customer.
    pub changes: Vec<GradeChange>,
    /// Whether more would change.
    pub more: bool,
    /// By which version of the policy.
    pub policy_version: u32,
}

impl Operation for RefreshGrades {
    const NAME: &'static str = "grade.refresh";
    const ACCESS: Access = Access::Record;
    type Response = GradesRefreshed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<GradesRefreshed, Error> {
        let limit = self.limit.unwrap_or(CHANGES_MAX);
        if !(1..=CHANGES_MAX).contains(&limit) {
            let invalid = Invalid::new("page.limit", &limit.to_string());
            return Err(Error::invalid("limit", invalid.limit(format!("1 to {CHANGES_MAX}"))));
        }
        let policy = cx.grade_policy()?.ok_or_else(|| {
            let invalid = Invalid::new("grade.no_policy", "").limit("define one first");
            Error::invalid("", invalid)
        })?;
        cx.about(policy.id);
        let mut scope = Scope::of(cx, &CustomersQuery::default(), &[])?;
        let customers = known(cx, &mut scope)?;
        let before = last_changes(cx, scope.as_of)?;
        let (mut changes, mut more) = (Vec::new(), false);
        let looked_at = customers.len() as u64;
        for customer in customers {
            let own = Measured {
                value: measured(&customer.facts, &policy.terms.value.measure),
                potential: measured(&customer.facts, &policy.terms.potential.measure),
            };
            let last = before.get(&customer.id);
            // The id of a change is that of what it follows: two callers at once write it once.
            let follows = last.map_or(customer.id, |last| last.id.uuid());
            let id = Id::derived([b"grade change".as_slice(), follows.as_bytes()]);
            let new = (id, Id::<Customer>::new(customer.id), scope.as_of);
            let Some(change) = grade(last, own, &policy, new) else { continue };
            if changes.len() as u64 == u64::from(limit) {
                more = true;
                break;
            }
            cx.create(&change)?;
            changes.push(change);
        }
        Ok(GradesRefreshed { looked_at, changes, more, policy_version: policy.version })
    }
}

/// The grade of a customer, and how it came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetGrade {
    /// Whose.
    pub customer: Id<Customer>,
    /// The instant; that of the call where nothing is said.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
}

/// The grade of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenGrade {
    /// The grade; none where the customer was not graded by then.
    pub grade: Option<CustomerGrade>,
    /// What was measured as value when it was given.
    pub value: Option<Decimal>,
    /// What was measured as potential.
    pub potential: Option<Decimal>,
    /// Every change until then with its cause, the oldest first.
    pub changes: Vec<GradeChange>,
}

impl Operation for GetGrade {
    const NAME: &'static str = "grade.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenGrade;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenGrade, Error> {
        cx.known("customer", self.customer)?;
        let prefix = [Val::Id(self.customer.uuid())];
        let mut changes = cx.list::<GradeChange>(GradeChange::BY_CUSTOMER, &prefix)?;
        let as_of = self.as_of.unwrap_or_else(|| cx.now());
        changes.retain(|change| change.at <= as_of);
        changes.sort_by_key(GradeChange::place);
        let last = changes.last();
        Ok(SeenGrade {
            grade: last.map(|change| change.to),
            value: last.and_then(|change| change.value_measured),
            potential: last.and_then(|change| change.potential_measured),
            changes,
        })
    }
}
