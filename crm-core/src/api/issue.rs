//! Operations on what customers report and departments of ours do something about.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::party::{Contact, Customer};
use crate::record::{Ext, Key, Kind, Val};
use crate::service::{
    self, FeedbackRequest, Issue, IssueReport, IssueState, IssueStep, RouteIssue, ServiceRequest,
    SourceKind,
};
use crate::store::def;
use crate::value::{Code, Id, Invalid, Timestamp};

impl Operation for RouteIssue {
    const NAME: &'static str = "issue.route";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Issue>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Issue>, Error> {
        let id = cx.id_or(self.id);
        let issue = service::route(id, self, cx.actor()?.id, cx.now())?;
        cx.known_if("product", issue.product)?;
        if issue.owner.is_some() {
            cx.owner_or_actor(issue.owner)?;
        }
        cx.terms(&[
            ("department", "department", None, Some(&issue.department)),
            ("theme", "issue_theme", None, Some(&issue.theme)),
        ])?;
        cx.create(&issue)?;
        Ok(Seen { version: cx.version(id), record: issue })
    }
}

/// Says that a customer reported an issue: from a request, a complaint or an answer, whose customer and contact it takes; or
/// by name. Saying the same twice is saying it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIssue {
    /// Which issue.
    pub id: Id<Issue>,
    /// From what: the kind of record.
    #[serde(default)]
    pub source_kind: Option<SourceKind>,
    /// From what: the record.
    #[serde(default)]
    pub source: Option<Uuid>,
    /// Which customer, where the source is none of theirs.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// Who of them.
    #[serde(default)]
    pub contact: Option<Id<Contact>>,
}

/// A customer who reported an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reporter {
    /// What they are called.
    pub name: String,
    /// Who of them, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// The report.
    #[serde(flatten)]
    pub report: IssueReport,
}

/// An issue and who reported it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSeen {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The issue.
    #[serde(flatten)]
    pub issue: Issue,
    /// Who reported it, the first first.
    pub reporters: Vec<Reporter>,
}

impl Operation for LinkIssue {
    const NAME: &'static str = "issue.link";
    const ACCESS: Access = Access::Record;
    type Response = IssueSeen;

    fn run(&self, cx: &mut Cx<'_>) -> Result<IssueSeen, Error> {
        let issue = cx.get(self.id)?;
        cx.about(issue.id);
        let (customer, contact) = self.reporter(cx)?;
        cx.known("customer", customer)?;
        cx.contact_of("contact", contact, customer)?;
        let source = self.source.unwrap_or(Uuid::nil());
        let id = IssueReport::id_of(issue.id, customer, contact, source);
        if cx.find(id)?.is_none() {
            let (by, at) = (cx.actor()?.id, cx.now());
            let source_kind = self.source_kind;
            let (told_at, ext) = (None, Ext::new());
            let issue = issue.id;
            let report = IssueReport {
                id,
                issue,
                customer,
                contact,
                source_kind,
                source,
                by,
                at,
                told_at,
                ext,
            };
            cx.put(&report)?;
        }
        if issue.state == IssueState::Fixed {
            tell(cx, &issue)?;
        }
        shown(cx, issue)
    }
}

impl LinkIssue {
    /// Whose report it is.
    fn reporter(&self, cx: &mut Cx<'_>) -> Result<(Id<Customer>, Option<Id<Contact>>), Error> {
        let both = self.source_kind.zip(self.source);
        if self.source_kind.is_some() != self.source.is_some() {
            let both =
                Invalid::new("request.form", "").limit("`source_kind` and `source`, or none");
            return Err(Error::invalid("source", both));
        }
        let found = match both {
            Some((SourceKind::ServiceRequest, id)) => {
                let request = cx.known::<ServiceRequest>("source", Id::new(id))?;
                Some((request.customer, request.contact))
            }
            Some((SourceKind::FeedbackRequest, id)) => {
                let request = cx.known::<FeedbackRequest>("source", Id::new(id))?;
                Some((request.customer, request.contact))
            }
            Some((
                kind @ (SourceKind::Activity | SourceKind::Opportunity | SourceKind::Need),
                id,
            )) => customer_of(cx, kind, id)?.map(|customer| (customer, None)),
            None => None,
        };
        let (customer, contact) = match (found, self.customer) {
            (Some((customer, _)), Some(named)) if customer != named => {
                let other = Invalid::new("about.of_other_customer", &customer.to_string());
                return Err(Error::invalid(
                    "source",
                    other.limit(format!("one of customer {named}")),
                ));
            }
            (Some((customer, contact)), _) => (customer, self.contact.or(contact)),
            (None, Some(customer)) => (customer, self.contact),
            (None, None) => {
                let missing = Invalid::new("reference.missing", "").limit("who reported it");
                return Err(Error::invalid("customer", missing));
            }
        };
        Ok((customer, contact))
    }
}

/// The customer that a source names. Of a kind that this build does not have, nothing is known.
fn customer_of(cx: &mut Cx<'_>, kind: SourceKind, id: Uuid) -> Result<Option<Id<Customer>>, Error> {
    let Some(kind) = Kind::named(kind.code()).filter(|kind| def(*kind).is_some()) else {
        return Ok(None);
    };
    let row = cx.row(Key { kind, id })?.filter(|row| !row.deleted).ok_or_else(|| {
        let unknown = Invalid::new("reference.unknown", &id.to_string());
        Error::invalid("source", unknown.limit(format!("the id of a {}", kind.name())))
    })?;
    let customer = row.def.field_named("customer").map(|field| row.get(field.id));
    Ok(match customer {
        Some(Val::Id(customer)) if !customer.is_nil() => Some(Id::new(customer)),
        _ => None,
    })
}

/// The reports of an issue, the first first.
fn reports(cx: &mut Cx<'_>, issue: Id<Issue>) -> Result<Vec<IssueReport>, Error> {
    cx.list(IssueReport::BY_ISSUE, &[Val::Id(issue.uuid())])
}

fn shown(cx: &mut Cx<'_>, issue: Issue) -> Result<IssueSeen, Error> {
    let mut reporters = Vec::new();
    for report in reports(cx, issue.id)? {
        let name = cx.find(report.customer)?.map(|customer| customer.name.to_string());
        let contact = match report.contact {
            Some(contact) => cx.find(contact)?,
            None => None,
        };
        let contact_name = contact.map(|contact| contact.name.to_string());
        reporters.push(Reporter { name: name.unwrap_or_default(), contact_name, report });
    }
    Ok(IssueSeen { version: cx.version(issue.id), issue, reporters })
}

/// Tells everybody who passed on a report of a fixed issue, each once for that fix.
fn tell(cx: &mut Cx<'_>, issue: &Issue) -> Result<(), Error> {
    let Some(fixed_at) = issue.fixed_at else { return Ok(()) };
    for report in reports(cx, issue.id)? {
        if report.told_at.is_none() {
            cx.tell(report.by, FIXED, issue.id, fixed_at, None)?;
            cx.put(&IssueReport { told_at: Some(cx.now()), ..report })?;
        }
    }
    Ok(())
}

/// The code of the notice that an issue is fixed.
const FIXED: &str = "issue.fixed";

/// Does something with an issue: the department accepts it, starts, fixes or rejects it; or it is opened again. When it is
/// fixed, all who reported it are in the answer, and whoever passed their reports on is told, once for each fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProceedIssue {
    /// Which.
    pub id: Id<Issue>,
    /// What: `accept`, `start`, `fix`, `reopen` or `reject`.
    pub step: IssueStep,
    /// What was done, or why nothing will be: of `fix` and `reject`.
    #[serde(default)]
    pub answer: Option<String>,
}

impl Operation for ProceedIssue {
    const NAME: &'static str = "issue.proceed";
    const ACCESS: Access = Access::Record;
    type Response = IssueSeen;

    fn run(&self, cx: &mut Cx<'_>) -> Result<IssueSeen, Error> {
        let before = cx.get(self.id)?;
        cx.about(before.id);
        let issue = service::proceed(&before, self.step, self.answer.as_deref(), cx.now())?;
        cx.amend(&issue)?;
        if before.state == IssueState::Fixed {
            // It was not fixed after all: whoever reported it hears of the next fix.
            for report in reports(cx, issue.id)? {
                cx.put(&IssueReport { told_at: None, ..report })?;
            }
        }
        tell(cx, &issue)?;
        shown(cx, issue)
    }
}

/// An issue by its id, with who reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetIssue {
    /// Which.
    pub id: Id<Issue>,
}

impl Operation for GetIssue {
    const NAME: &'static str = "issue.get";
    const ACCESS: Access = Access::Read;
    type Response = IssueSeen;

    fn run(&self, cx: &mut Cx<'_>) -> Result<IssueSeen, Error> {
        let issue = cx.get(self.id)?;
        shown(cx, issue)
    }
}

/// Issues, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListIssues {
    /// Only those that are so far.
    pub state: Option<IssueState>,
    /// Only those of this department.
    pub department: Option<Code>,
    /// Only those about this product.
    pub product: Option<Id<Product>>,
    /// Only those about this theme.
    pub theme: Option<Code>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListIssues {
    const NAME: &'static str = "issue.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Issue>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Issue>, Error> {
        let (index, prefix) = match (self.product, self.state) {
            (Some(product), _) => (Issue::BY_PRODUCT, vec![Val::Id(product.uuid())]),
            (None, Some(state)) => (Issue::BY_STATE, vec![state.code().into()]),
            (None, None) => (Issue::BY_CREATED, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |issue: &Issue| {
            self.state.is_none_or(|state| issue.state == state)
                && self.department.as_ref().is_none_or(|of| issue.department == *of)
                && self.product.is_none_or(|of| issue.product == Some(of))
                && self.theme.as_ref().is_none_or(|of| issue.theme == *of)
        })
    }
}

/// How many issues there are of each product and theme, and how many customers reported them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SumIssues {
    /// Only those of this department.
    pub department: Option<Code>,
    /// Only those that came in at that instant or later.
    pub since: Option<Timestamp>,
}

/// The issues of one product and theme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSum {
    /// The code of the product; nothing where it is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The theme.
    pub theme: Code,
    /// How many issues.
    pub issues: u32,
    /// How many of them are neither fixed nor rejected.
    pub open: u32,
    /// How many are fixed.
    pub fixed: u32,
    /// How many customers reported them, each counted once.
    pub customers: u32,
    /// How many reports there are.
    pub reports: u32,
}

/// The issues by product and theme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSums {
    /// The most reported first; equally reported ones by product and theme.
    pub rows: Vec<IssueSum>,
}

impl Operation for SumIssues {
    const NAME: &'static str = "issue.themes";
    const ACCESS: Access = Access::Report;
    type Response = IssueSums;

    fn run(&self, cx: &mut Cx<'_>) -> Result<IssueSums, Error> {
        let mut issues: Vec<Issue> = Vec::new();
        super::report::all(cx, |issue: Issue| {
            let department = self.department.as_ref().is_none_or(|of| issue.department == *of);
            if department && self.since.is_none_or(|since| issue.created_at >= since) {
                issues.push(issue);
            }
        })?;
        let mut reported: BTreeMap<Id<Issue>, Vec<Id<Customer>>> = BTreeMap::new();
        super::report::all(cx, |report: IssueReport| {
            reported.entry(report.issue).or_default().push(report.customer);
        })?;
        let mut products: BTreeMap<Id<Product>, String> = BTreeMap::new();
        super::report::all(cx, |product: Product| {
            drop(products.insert(product.id, product.code.to_string()))
        })?;
        Ok(IssueSums { rows: sums(&issues, &reported, &products) })
    }
}

fn sums(
    issues: &[Issue],
    reported: &BTreeMap<Id<Issue>, Vec<Id<Customer>>>,
    products: &BTreeMap<Id<Product>, String>,
) -> Vec<IssueSum> {
    let mut groups: BTreeMap<(Option<String>, Code), Vec<&Issue>> = BTreeMap::new();
    for issue in issues {
        let product = issue.product.and_then(|product| products.get(&product)).cloned();
        groups.entry((product, issue.theme.clone())).or_default().push(issue);
    }
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of = |state: fn(IssueState) -> bool, issues: &[&Issue]| {
        count(issues.iter().filter(|issue| state(issue.state)).count())
    };
    let mut rows: Vec<IssueSum> = groups
        .into_iter()
        .map(|((product, theme), issues)| {
            let reports = issues.iter().flat_map(|issue| reported.get(&issue.id)).flatten();
            let mut customers: Vec<Id<Customer>> = reports.copied().collect();
            let reports = count(customers.len());
            customers.sort_unstable();
            customers.dedup();
            IssueSum {
                product,
                theme,
                issues: count(issues.len()),
                open: of(
                    |state| !matches!(state, IssueState::Fixed | IssueState::Rejected),
                    &issues,
                ),
                fixed: of(|state| state == IssueState::Fixed, &issues),
                customers: count(customers.len()),
                reports,
            }
        })
        .collect();
    rows.sort_by_key(|row| core::cmp::Reverse(row.customers));
    rows
}
