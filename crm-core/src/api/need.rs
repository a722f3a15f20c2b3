//! Operations on needs, concerns and objections.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::catalog::Product;
use crate::decision::{Refusal, Violation};
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::machine;
use crate::need::{
    self, Named, Need, NeedKind, NeedState, NeedStep, NeedWish, Needs, ResolveProduct, Settle,
};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::{Entity, Val};
use crate::store::Scan;
use crate::value::{Id, Invalid};

/// Needs that one call settles where nothing is said, and at most.
const RESOLVED: (u32, u32) = (200, 500);

impl Operation for NeedWish {
    const NAME: &'static str = "need.record";
    const ACCESS: Access = Access::Record;
    type Response = Created<Need>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Need>, Error> {
        let id = cx.id_or(self.id);
        let mut need = written(cx, id, self, true)?;
        need.ext = cx.custom::<Need>(&self.custom)?;
        cx.create(&need)
    }
}

/// What a wish says, over the records that it names.
fn written(cx: &mut Cx<'_>, id: Id<Need>, wish: &NeedWish, is_new: bool) -> Result<Need, Error> {
    let deal = cx.known_if("opportunity", wish.opportunity)?;
    let contact = cx.known_if("contact", wish.contact)?;
    cx.known_if("product", wish.product)?;
    cx.known_if("activity", wish.activity)?;
    let of_deal = deal.as_ref().map(|deal| deal.customer);
    let of_contact = contact.as_ref().map(|contact| contact.customer);
    let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
    let customer = wish.customer.or(of_deal).or(of_contact).ok_or_else(missing)?;
    if is_new {
        cx.live_customer("customer", customer)?;
    }
    let named = Named {
        id,
        customer,
        deal: deal.as_ref(),
        contact: contact.as_ref(),
        author: cx.actor()?.id,
    };
    Ok(need::record(named, wish, cx.now())?)
}

/// Changes what was written down of a need, concern or objection that stands. Each edit says what it replaces: edits of
/// different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendNeed {
    /// Which.
    pub id: Id<Need>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendNeed {
    const NAME: &'static str = "need.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Need>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Need>, Error> {
        let before = cx.get(self.id)?;
        if let Err(refused) = machine::step::<Needs>(before.state, NeedStep::Amend) {
            return Err(Refusal::of(Violation { path: "id".to_owned(), ..refused }).into());
        }
        let wish = amended(&before.wish(), &self.set)?;
        let after = written(cx, before.id, &wish, false)?;
        if after.customer != before.customer {
            let fixed = Invalid::new("need.customer_fixed", &after.customer.to_string());
            return Err(Error::invalid("set.customer", fixed));
        }
        let ext = cx.custom_after::<Need>(&before.ext, &wish.custom)?;
        let (author, created_at) = (before.author, before.created_at);
        cx.amend(&Need { author, created_at, ext, ..after })
    }
}

/// A need, concern or objection that was settled, and who else raised one about the same product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// As it is now.
    #[serde(flatten)]
    pub need: Seen<Need>,
    /// The other customers with an open concern or objection about the product, each once, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_raised_by: Vec<Id<Customer>>,
}

/// Says that a need is met, a concern or objection answered, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveNeed {
    /// Which.
    pub id: Id<Need>,
    /// How it was met.
    pub resolution: Option<String>,
}

/// Says that a need, concern or objection no longer matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropNeed {
    /// Which.
    pub id: Id<Need>,
    /// Why.
    #[serde(default)]
    pub resolution: Option<String>,
}

/// Takes a settled need, concern or objection up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenNeed {
    /// Which.
    pub id: Id<Need>,
}

fn settled(
    cx: &mut Cx<'_>,
    id: Id<Need>,
    step: NeedStep,
    note: Option<&str>,
) -> Result<Settled, Error> {
    let need = cx.get(id)?;
    let wish = Settle { step, note, by: cx.actor()?.id, now: cx.now() };
    let next = need::settle(&need, wish)?;
    let also_raised_by = match (step, need.product) {
        (NeedStep::Resolve, Some(product)) => {
            let raised = raised(cx, product, RESOLVED.1)?.into_iter();
            let others = raised.filter(|other| other.customer != need.customer);
            let mut others: Vec<_> = others.map(|other| other.customer).collect();
            others.sort_unstable();
            others.dedup();
            others
        }
        _ => Vec::new(),
    };
    Ok(Settled { need: cx.amend(&next)?, also_raised_by })
}

/// The open concerns and objections about a product, the oldest first.
fn raised(cx: &Cx<'_>, product: Id<Product>, limit: u32) -> Result<Vec<Need>, Error> {
    let open = [Val::Id(product.uuid()), Val::from(NeedState::Open.code())];
    let scan = Scan { limit, ..Scan::of(cx.tenant(), Need::KIND, Need::BY_PRODUCT, &open) };
    let rows = cx.page::<Need>(&scan)?.rows.into_iter().map(|(_, need)| need);
    Ok(rows.filter(|need| need.kind != NeedKind::Need).collect())
}

impl Operation for ResolveNeed {
    const NAME: &'static str = "need.resolve";
    const ACCESS: Access = Access::Record;
    type Response = Settled;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Settled, Error> {
        settled(cx, self.id, NeedStep::Resolve, self.resolution.as_deref())
    }
}

impl Operation for DropNeed {
    const NAME: &'static str = "need.drop";
    const ACCESS: Access = Access::Record;
    type Response = Settled;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Settled, Error> {
        settled(cx, self.id, NeedStep::Drop, self.resolution.as_deref())
    }
}

impl Operation for ReopenNeed {
    const NAME: &'static str = "need.reopen";
    const ACCESS: Access = Access::Record;
    type Response = Settled;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Settled, Error> {
        settled(cx, self.id, NeedStep::Reopen, None)
    }
}

/// What settling the concerns about a product came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductResolved {
    /// Those that were settled, the oldest first.
    pub needs: Vec<Id<Need>>,
    /// The customers that raised them, each once: whom to tell. Their owners have a notice each.
    pub customers: Vec<Id<Customer>>,
    /// Whether there may be more: call it again.
    pub more: bool,
}

impl Operation for ResolveProduct {
    const NAME: &'static str = "need.resolve_product";
    const ACCESS: Access = Access::Record;
    type Response = ProductResolved;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ProductResolved, Error> {
        cx.known("product", self.product)?;
        let limit = self.limit.unwrap_or(RESOLVED.0);
        if !(1..=RESOLVED.1).contains(&limit) {
            let invalid = Invalid::new("page.limit", &limit.to_string());
            let most = RESOLVED.1;
            return Err(Error::invalid("limit", invalid.limit(format!("1 to {most}"))));
        }
        let open = [Val::Id(self.product.uuid()), Val::from(NeedState::Open.code())];
        // Needs stand among them and are left alone: they must not use up the page.
        let page = cx.listed(
            Wanted::of(Need::BY_PRODUCT, &open).page(Some(limit), None),
            |need: &Need| need.kind != NeedKind::Need,
        )?;
        let mut done =
            ProductResolved { needs: Vec::new(), customers: Vec::new(), more: page.next.is_some() };
        cx.about(self.product);
        for row in page.rows {
            // Read again through the unit of work, so that the commit fails where another call was faster.
            let need = cx.get(row.record.id)?;
            let note = Some(self.resolution.as_str());
            let by = cx.actor()?.id;
            let wish = Settle { step: NeedStep::Resolve, note, by, now: cx.now() };
            let next = need::settle(&need, wish)?;
            cx.put(&next)?;
            if let Some(owner) = cx.find(need.customer)?.and_then(|customer| customer.owner) {
                cx.tell(owner, "need.resolved", need.id, cx.now(), None)?;
            }
            done.needs.push(need.id);
            done.customers.push(need.customer);
        }
        done.customers.sort_unstable();
        done.customers.dedup();
        Ok(done)
    }
}

/// Needs, concerns and objections: of a customer, a deal or a product, the oldest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListNeeds {
    /// Of this customer.
    pub customer: Option<Id<Customer>>,
    /// Of this deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// About this product.
    pub product: Option<Id<Product>>,
    /// Only needs, concerns or objections.
    pub kind: Option<NeedKind>,
    /// Only those of which that became.
    pub state: Option<NeedState>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListNeeds {
    const NAME: &'static str = "need.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Need>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Need>, Error> {
        let of = |index, id| (index, vec![Val::Id(id)]);
        let (index, prefix) = match (self.customer, self.opportunity, self.product) {
            (Some(id), None, None) => of(Need::BY_CUSTOMER, id.uuid()),
            (None, Some(id), None) => of(Need::BY_OPPORTUNITY, id.uuid()),
            (None, None, Some(id)) => of(Need::BY_PRODUCT, id.uuid()),
            _ => {
                let which = Invalid::new("need.list_of", "");
                let limit = "exactly one of customer, opportunity and product";
                return Err(Error::invalid("", which.limit(limit)));
            }
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |need: &Need| {
            self.kind.is_none_or(|kind| need.kind == kind)
                && self.state.is_none_or(|state| need.state == state)
        })
    }
}
