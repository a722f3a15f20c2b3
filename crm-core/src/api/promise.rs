//! Operations on the ledger of promises.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::decision::Violation;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::promise::{
    self, Named, Promise, PromiseState, PromiseStep, PromiseVersion, PromiseWish, Promised, Settle,
    open_at_close,
};
use crate::record::{Entity, Kind, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::store::Scan;
use crate::value::{Id, Invalid, Period, Timestamp};

impl Operation for PromiseWish {
    const NAME: &'static str = "promise.make";
    const ACCESS: Access = Access::Record;
    type Response = Created<Promise>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Promise>, Error> {
        let ids = (cx.id_or(self.id), cx.new_id());
        let ext = cx.custom::<Promise>(&self.custom)?;
        let Promised { promise, version } =
            named(cx, self, true, |wish, named| promise::make(ids, wish, named))?;
        let promise = Promise { ext, ..promise };
        let created = cx.create(&promise)?;
        cx.put(&version)?;
        overdue_timer(cx, &promise)?;
        Ok(created)
    }
}

/// What a decision makes of a wish, over the records that it names.
fn named(
    cx: &mut Cx<'_>,
    wish: &PromiseWish,
    is_new: bool,
    decide: impl FnOnce(&PromiseWish, Named<'_>) -> Result<Promised, crate::decision::Refusal>,
) -> Result<Promised, Error> {
    let deal = cx.known_if("opportunity", wish.opportunity)?;
    let contact = cx.known_if("contact", wish.contact)?;
    cx.known_if("activity", wish.activity)?;
    let of_deal = deal.as_ref().map(|deal| deal.customer);
    let of_contact = contact.as_ref().map(|contact| contact.customer);
    let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
    let customer = wish.customer.or(of_deal).or(of_contact).ok_or_else(missing)?;
    let author = cx.actor()?.id;
    let promiser = match wish.promiser {
        Some(user) if !is_new => cx.known("promiser", user)?.id,
        named => cx.owner_or_actor(named)?,
    };
    if is_new {
        cx.live_customer("customer", customer)?;
    }
    let (deal, contact, now) = (deal.as_ref(), contact.as_ref(), cx.now());
    Ok(decide(wish, Named { customer, deal, contact, promiser, author, now })?)
}

/// When the day of an open promise is over where the tenant is.
fn overdue_timer(cx: &mut Cx<'_>, promise: &Promise) -> Result<(), Error> {
    let due = match promise.state {
        PromiseState::Open => cx.day_over(promise.due_on)?,
        PromiseState::Kept
        | PromiseState::Broken
        | PromiseState::Waived
        | PromiseState::Removed => None,
    };
    cx.schedule(promise.id, TimerCode::PromiseOverdue, due)
}

impl Cx<'_> {
    /// The first instant after a day where the tenant is; nothing at the end of time.
    pub(super) fn day_over(&mut self, day: NaiveDate) -> Result<Option<Timestamp>, Error> {
        let zone = self.zone()?;
        let next = day.succ_opt().and_then(|next| Period::new(day, next).ok());
        Ok(next.and_then(|period| period.instants(zone).ok()).map(|span| span.end()))
    }
}

/// Tells whoever promised that the day is over.
pub(super) fn overdue(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(promise) = cx.find(Id::<Promise>::new(timer.subject))? else { return Ok(()) };
    let today = cx.today()?;
    if promise.is_overdue(today) {
        cx.notify(promise.promiser, timer.code, promise.id, timer.due_at)?;
    }
    Ok(())
}

/// Changes what a promise says, its day or its people; the version before stays. Each edit says what it replaces: edits of
/// different fields never conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendPromise {
    /// Which.
    pub id: Id<Promise>,
    /// What shall change.
    pub set: Edits,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Operation for AmendPromise {
    const NAME: &'static str = "promise.amend";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Promise>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Promise>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        if wish.customer != Some(before.customer) {
            let invalid = Invalid::new("promise.customer_fixed", "");
            return Err(Error::invalid("set.customer", invalid));
        }
        let id = cx.new_id();
        let ext = cx.custom_after::<Promise>(&before.ext, &wish.custom)?;
        let reason = self.reason.as_deref();
        let Promised { promise, version } = named(cx, &wish, false, |wish, named| {
            promise::amend(&before, wish, reason, id, named)
        })?;
        let promise = Promise { ext, ..promise };
        let seen = cx.amend(&promise)?;
        cx.put(&version)?;
        overdue_timer(cx, &promise)?;
        Ok(seen)
    }
}

/// The steps by which a promise ends, or is taken up again.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $op:literal $access:ident $step:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which.
            pub id: Id<Promise>,
            /// What there is to say about it.
            #[serde(default)]
            pub note: Option<String>,
        }

        impl Operation for $name {
            const NAME: &'static str = $op;
            const ACCESS: Access = Access::$access;
            type Response = Seen<Promise>;

            fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Promise>, Error> {
                settled(cx, self.id, PromiseStep::$step, self.note.as_deref())
            }
        }
    )+};
}

steps! {
    /// Says that a promise was kept, also late.
    KeepPromise "promise.keep" Record Keep;
    /// Says that a promise was not kept, and why.
    BreakPromise "promise.break" Record Break;
    /// Says that the other side lets us off a promise, and why.
    WaivePromise "promise.waive" Record Waive;
    /// Says that a promise is to be kept after all.
    ReopenPromise "promise.reopen" Record Reopen;
    /// Takes a promise out of the ledger, for a reason. It stays as a tombstone with all its versions.
    RemovePromise "promise.remove" Override Remove;
}

fn settled(
    cx: &mut Cx<'_>,
    id: Id<Promise>,
    step: PromiseStep,
    note: Option<&str>,
) -> Result<Seen<Promise>, Error> {
    let promise = cx.get(id)?;
    let wish = Settle { step, note, by: cx.actor()?.id, now: cx.now() };
    let version = cx.new_id();
    let Promised { promise, version } = promise::settle(&promise, wish, version)?;
    let seen = cx.amend(&promise)?;
    cx.put(&version)?;
    overdue_timer(cx, &promise)?;
    Ok(seen)
}

/// A promise with everything that it ever said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPromise {
    /// Which.
    pub id: Id<Promise>,
}

/// A promise, whether it is overdue, and its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenPromise {
    /// The promise.
    #[serde(flatten)]
    pub promise: Seen<Promise>,
    /// Whether it is to be kept and its day is over.
    pub overdue: bool,
    /// What it said, from the first version on.
    pub versions: Vec<PromiseVersion>,
}

impl Operation for GetPromise {
    const NAME: &'static str = "promise.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenPromise;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenPromise, Error> {
        let promise = cx.seen(self.id)?;
        let overdue = promise.record.is_overdue(cx.today()?);
        let versions = cx.list(PromiseVersion::BY_PROMISE, &[Val::Id(self.id.uuid())])?;
        Ok(SeenPromise { promise, overdue, versions })
    }
}

/// Promises, the earliest day first, a page at a time: of all, or to a customer, about a deal, by one of us.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPromises {
    /// Of which that became: `open` where nothing is said.
    pub state: Option<PromiseState>,
    /// Only open ones whose day is over.
    pub overdue: bool,
    /// Only those to this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those about this deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Only those of this user.
    pub promiser: Option<Id<User>>,
    /// Only those to this person.
    pub contact: Option<Id<Contact>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListPromises {
    const NAME: &'static str = "promise.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Promise>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Promise>, Error> {
        let today = cx.today()?;
        let state = if self.overdue { None } else { self.state }.unwrap_or(PromiseState::Open);
        let state = Val::from(state.code());
        let of = |index, id| (index, vec![Val::Id(id), state.clone()]);
        let (index, prefix) = match (self.opportunity, self.customer, self.promiser) {
            (Some(id), _, _) => of(Promise::BY_OPPORTUNITY, id.uuid()),
            (None, Some(id), _) => of(Promise::BY_CUSTOMER, id.uuid()),
            (None, None, Some(id)) => of(Promise::BY_PROMISER, id.uuid()),
            (None, None, None) => (Promise::BY_DUE, vec![state]),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |promise: &Promise| {
            (!self.overdue || promise.is_overdue(today))
                && self.customer.is_none_or(|id| promise.customer == id)
                && self.promiser.is_none_or(|id| promise.promiser == id)
                && self.contact.is_none_or(|id| promise.contact == Some(id))
        })
    }
}

/// Open promises that a closing names at most.
const WARNED_MAX: u32 = 100;

/// What whoever closes a deal is warned of, whatever operation closes it.
pub(super) fn at_close(cx: &Cx<'_>) -> Result<Vec<Violation>, Error> {
    let mut warnings = Vec::new();
    if !cx.writes_kind(Kind::Opportunity) {
        return Ok(warnings);
    }
    for (before, after) in cx.written(Kind::Opportunity) {
        let (Some(before), false) = (before, after.deleted) else { continue };
        let (before, after) = (Opportunity::from_record(before)?, Opportunity::from_record(after)?);
        if before.phase.closed_at().is_some() || after.phase.closed_at().is_none() {
            continue;
        }
        let open = [Val::Id(after.id.uuid()), Val::from(PromiseState::Open.code())];
        let limit = WARNED_MAX;
        let index = Promise::BY_OPPORTUNITY;
        let scan = Scan { limit, ..Scan::of(cx.tenant(), Promise::KIND, index, &open) };
        let rows = cx.page::<Promise>(&scan)?.rows.into_iter();
        let promises: Vec<Promise> = rows.map(|(_, promise)| promise).collect();
        warnings.extend(open_at_close(&promises));
    }
    Ok(warnings)
}
