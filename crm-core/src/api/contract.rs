//! Operations on contracts.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::approval::{Approvable, ApprovalRequest, Measures};
use crate::contract::{
    self, Agreed, Contract, ContractSignature, ContractState, ContractVersion, CreateContract, Ctx,
    Difference, Ending, Named, Renew, Sign, Terminate, WithdrawContract, compare, renewal_from,
};
use crate::decision::Violation;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::quote::{Quote, QuoteLine, measures};
use crate::record::Val;
use crate::schedule::{Timer, TimerCode};
use crate::settings::{Numbered, Settings, User};
use crate::value::{Id, Invalid};

/// A contract with its signatures and amendments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenContract {
    /// The contract.
    #[serde(flatten)]
    pub contract: Seen<Contract>,
    /// Whether both signed it as it is.
    pub signed: bool,
    /// When it ends and its renewal is due.
    pub ending: Option<Ending>,
    /// Who signed which revision.
    pub signatures: Vec<ContractSignature>,
    /// What its amendments changed, in order.
    pub versions: Vec<ContractVersion>,
    /// The contract that goes on from it.
    pub successor: Option<Id<Contract>>,
    /// The last request for its approval.
    pub approval: Option<Seen<ApprovalRequest>>,
}

impl Cx<'_> {
    fn contract_ctx(&mut self) -> Result<Ctx, Error> {
        let (by, now) = (self.actor()?.id, self.now());
        Ok(Ctx { by, now, today: self.day(now)? })
    }

    fn signatures(&mut self, of: Id<Contract>) -> Result<Vec<ContractSignature>, Error> {
        self.list(ContractSignature::BY_CONTRACT, &[Val::Id(of.uuid())])
    }

    /// The signatures of a contract as it is.
    fn current_signatures(&mut self, of: &Contract) -> Result<Vec<ContractSignature>, Error> {
        let mut all = self.signatures(of.id)?;
        all.retain(|signature| signature.revision == of.revision);
        Ok(all)
    }

    fn successor(&mut self, of: Id<Contract>) -> Result<Option<Contract>, Error> {
        let mut all = self.list::<Contract>(Contract::BY_PREVIOUS, &[Val::Id(of.uuid())])?;
        all.retain(|other| other.state != ContractState::Withdrawn);
        Ok(all.pop())
    }

    fn seen_contract(&mut self, id: Id<Contract>) -> Result<SeenContract, Error> {
        let contract = self.seen(id)?;
        let ctx = self.contract_ctx()?;
        let approval = self.last_approval(id.uuid())?;
        let approval =
            approval.map(|request| Seen { version: self.version(request.id), record: request });
        Ok(SeenContract {
            signed: contract.record.is_signed(),
            ending: contract.record.ending(ctx.today),
            signatures: self.signatures(id)?,
            versions: self.list(ContractVersion::BY_CONTRACT, &[Val::Id(id.uuid())])?,
            successor: self.successor(id)?.map(|other| other.id),
            approval,
            contract,
        })
    }

    fn quote_with_lines(&mut self, id: Id<Quote>) -> Result<(Quote, Vec<QuoteLine>), Error> {
        let quote = self.known("quote", id)?;
        Ok((quote, self.list(QuoteLine::BY_QUOTE, &[Val::Id(id.uuid())])?))
    }

    /// Will write a contract after a decision: its timers and, where it was edited or given up, void approval with it.
    fn put_contract(&mut self, before: &Contract, after: &Contract) -> Result<(), Error> {
        self.put(after)?;
        self.about(after.id);
        let had = [ContractState::InApproval, ContractState::Approved];
        let left = [ContractState::Draft, ContractState::Withdrawn];
        if had.contains(&before.state) && left.contains(&after.state) {
            self.void_approval(after.id.uuid())?;
        }
        self.contract_timers(after)
    }

    fn contract_timers(&mut self, of: &Contract) -> Result<(), Error> {
        let active = of.state == ContractState::Active;
        let over = match of.ends_on.filter(|_| active) {
            Some(end) => Some(self.day_after(end)?),
            None => None,
        };
        let due = match renewal_from(of).filter(|_| active) {
            Some(day) => Some(self.day_after(day.pred_opt().unwrap_or(day))?),
            None => None,
        };
        self.schedule(of.id, TimerCode::ContractExpire, over)?;
        self.schedule(of.id, TimerCode::ContractRenewal, due)
    }
}

/// Ends a contract whose last day is over, or says that its renewal is due.
pub(super) fn due(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let id = Id::<Contract>::new(timer.subject);
    let Some(before) = cx.find(id)? else { return Ok(()) };
    let ctx = cx.contract_ctx()?;
    if timer.code == TimerCode::ContractExpire {
        let Some(after) = contract::expire(&before, ctx) else { return Ok(()) };
        cx.put(&after)?;
        return cx.notify(before.owner, timer.code, id, timer.due_at);
    }
    if before.state != ContractState::Active || cx.successor(id)?.is_some() {
        return Ok(());
    }
    cx.notify(before.owner, timer.code, id, timer.due_at)
}

/// What becomes of a contract when the request for its approval ends.
pub(super) fn settled(cx: &mut Cx<'_>, id: Id<Contract>, agreed: bool) -> Result<(), Error> {
    let before = cx.get(id)?;
    cx.put(&contract::answered(&before, agreed)?)
}

impl Operation for CreateContract {
    const NAME: &'static str = "contract.create";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let quoted = match self.quote {
            Some(quote) => Some(cx.quote_with_lines(quote)?),
            None => None,
        };
        let quote = quoted.as_ref().map(|(quote, _)| quote);
        let deal = self.opportunity.or(quote.and_then(|quote| quote.opportunity));
        let deal = cx.known_if("opportunity", deal)?;
        let customer = self.customer.or(quote.map(|quote| quote.customer));
        let customer = customer.or(deal.as_ref().map(|deal| deal.customer));
        let missing = || Error::invalid("customer", Invalid::new("reference.missing", ""));
        let customer = cx.live_customer("customer", customer.ok_or_else(missing)?)?;
        let contact = cx.known_if("contact", self.contact)?;
        for (at, line) in self.lines.iter().enumerate() {
            cx.known_if(&format!("lines[{at}].product"), line.product)?;
        }
        let named = Named {
            customer: &customer,
            quote: quoted.as_ref().map(|(quote, lines)| (quote, lines.as_slice())),
            opportunity: deal.as_ref(),
            contact: contact.as_ref(),
            owner: cx.owner_or_actor(self.owner)?,
            number: cx.numbered(Numbered::Contract, self.number.as_deref())?,
            base: cx.get(Settings::ID)?.base_currency,
        };
        let (id, ctx) = (cx.id_or(self.id), cx.contract_ctx()?);
        let mut made = contract::create(id, self, &named, ctx)?;
        let number = made.number.to_string();
        cx.free("number", &number, Contract::BY_NUMBER, &[Val::from(number.as_str())], id)?;
        made.ext = cx.custom::<Contract>(&self.custom)?;
        cx.create(&made)?;
        cx.about(id);
        cx.seen_contract(id)
    }
}

/// Changes what a contract says before anybody signed it: `name`, `contact`, `owner`, `our_party`, `their_party`,
/// `starts_on`, `ends_on`, `notice_days`, `amount` or `lines`, `payment_terms`, `delivery_terms`, `terms` and `custom.`
/// fields. One that waits for approval or was approved becomes a draft again, and the approval void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditContract {
    /// Which.
    pub id: Id<Contract>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for EditContract {
    const NAME: &'static str = "contract.edit";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.details(), &self.set)?;
        let (contact, owner) = people(cx, &before, &wish)?;
        let signatures = cx.current_signatures(&before)?.len();
        let ctx = cx.contract_ctx()?;
        let named = (contact.as_ref(), owner);
        let mut after = contract::edit(&before, &wish, signatures, named, ctx)?;
        after.ext = cx.custom_after::<Contract>(&before.ext, &wish.custom)?;
        cx.amend(&after)?;
        cx.put_contract(&before, &after)?;
        cx.seen_contract(before.id)
    }
}

/// Whom a contract names after an edit, looked up where that changed.
fn people(
    cx: &mut Cx<'_>,
    before: &Contract,
    wish: &contract::ContractDetails,
) -> Result<(Option<crate::party::Contact>, Id<User>), Error> {
    let owner = match wish.owner {
        Some(owner) if owner == before.owner => owner,
        named => cx.owner_or_actor(named)?,
    };
    let contact = wish.contact.filter(|contact| before.contact != Some(*contact));
    for (at, line) in wish.lines.iter().enumerate() {
        cx.known_if(&format!("set.lines[{at}].product"), line.product)?;
    }
    Ok((cx.known_if("set.contact", contact)?, owner))
}

/// Changes what a contract says after both signed it: its next revision, which both sign, too, and what changed. The fields
/// are those of `contract.edit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendContract {
    /// Which.
    pub id: Id<Contract>,
    /// What shall change.
    pub set: Edits,
    /// Why.
    pub reason: String,
}

impl Operation for AmendContract {
    const NAME: &'static str = "contract.amend";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.details(), &self.set)?;
        let (contact, owner) = people(cx, &before, &wish)?;
        let (id, ctx) = (cx.new_id(), cx.contract_ctx()?);
        let named = (contact.as_ref(), owner);
        let mut done = contract::amend(&before, &wish, &self.reason, (id, named), ctx)?;
        done.contract.ext = cx.custom_after::<Contract>(&before.ext, &wish.custom)?;
        cx.put(&done.version)?;
        cx.amend(&done.contract)?;
        cx.put_contract(&before, &done.contract)?;
        cx.seen_contract(before.id)
    }
}

/// Hands a contract in for approval. Where no rule asks for any, it is approved at once. Discounts and margin are those of
/// its quote; without one only its amount is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitContract {
    /// Which.
    pub id: Id<Contract>,
    /// The id that the request for approval shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Id<ApprovalRequest>>,
}

impl Operation for SubmitContract {
    const NAME: &'static str = "contract.submit";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let before = cx.get(self.id)?;
        let mut after = contract::submit(&before)?;
        let quoted = match before.quote {
            Some(quote) => {
                let (quote, lines) = cx.quote_with_lines(quote)?;
                Some(measures(&quote, &lines))
            }
            None => None,
        };
        let amount = before.net;
        let measured = match quoted {
            Some(quoted) => Measures { amount, ..quoted },
            None => Measures::of_amount(amount),
        };
        let subject = (Approvable::Contract, before.id.uuid());
        if cx.ask_approval(subject, (self.approval, before.author), measured)?.is_none() {
            after = contract::answered(&after, true)?;
        }
        cx.put_contract(&before, &after)?;
        cx.seen_contract(before.id)
    }
}

impl Operation for Sign {
    const NAME: &'static str = "contract.sign";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let before = cx.get(self.id)?;
        let document = cx.known("document", self.document)?;
        let others = cx.current_signatures(&before)?;
        let (id, ctx) = (cx.new_id(), cx.contract_ctx()?);
        let done = contract::sign(&before, self, &document, &others, (id, ctx))?;
        cx.put(&done.signature)?;
        cx.put_contract(&before, &done.contract)?;
        cx.seen_contract(before.id)
    }
}

impl Operation for Renew {
    const NAME: &'static str = "contract.renew";
    const ACCESS: Access = Access::Sell;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        let before = cx.get(self.id)?;
        let successor = cx.successor(before.id)?;
        let number = cx.numbered(Numbered::Contract, self.number.as_deref())?;
        let (id, ctx) = (cx.id_or(self.new_id), cx.contract_ctx()?);
        let key = [Val::from(number.as_str())];
        cx.free("number", number.as_str(), Contract::BY_NUMBER, &key, id)?;
        let made = contract::renew(&before, self, successor.as_ref(), (id, number), ctx)?;
        cx.create(&made)?;
        cx.about(id);
        cx.seen_contract(id)
    }
}

/// The decisions that end a contract: read, decide, write.
macro_rules! ends {
    ($($wish:ident $name:literal $decide:path;)+) => {$(
        impl Operation for $wish {
            const NAME: &'static str = $name;
            const ACCESS: Access = Access::Sell;
            type Response = SeenContract;

            fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
                let (before, ctx) = (cx.get(self.id)?, cx.contract_ctx()?);
                cx.put_contract(&before, &$decide(&before, self, ctx)?)?;
                cx.seen_contract(self.id)
            }
        }
    )+};
}

ends! {
    Terminate "contract.terminate" contract::terminate;
    WithdrawContract "contract.withdraw" contract::withdraw;
}

/// A contract by its id, with its signatures and amendments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetContract {
    /// Which.
    pub id: Id<Contract>,
}

impl Operation for GetContract {
    const NAME: &'static str = "contract.get";
    const ACCESS: Access = Access::Read;
    type Response = SeenContract;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SeenContract, Error> {
        cx.seen_contract(self.id)
    }
}

/// Contracts, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListContracts {
    /// Only those with this customer.
    pub customer: Option<Id<Customer>>,
    /// Only those of this deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Only those by this quote.
    pub quote: Option<Id<Quote>>,
    /// Only those that are so far.
    pub state: Option<ContractState>,
    /// Only active ones that end on this day or before.
    pub ends_by: Option<NaiveDate>,
    /// Only active ones whose renewal is due and that nothing goes on from.
    pub renewal_due: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListContracts {
    const NAME: &'static str = "contract.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Contract>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Contract>, Error> {
        let today = cx.contract_ctx()?.today;
        let ending = self.ends_by.is_some() || self.renewal_due;
        let state = if ending { Some(ContractState::Active) } else { self.state };
        let (index, prefix) = match (self.opportunity, self.customer, self.quote) {
            (Some(deal), ..) => (Contract::BY_OPPORTUNITY, vec![Val::Id(deal.uuid())]),
            (None, Some(customer), _) => (Contract::BY_CUSTOMER, vec![Val::Id(customer.uuid())]),
            (None, None, Some(quote)) => (Contract::BY_QUOTE, vec![Val::Id(quote.uuid())]),
            (None, None, None) => {
                let state = state.map(|state| Val::from(state.code()));
                (Contract::BY_STATE, state.into_iter().collect())
            }
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        let wanted = wanted.page(self.limit, self.after.as_deref());
        let mut listed = cx.listed(wanted, |of: &Contract| {
            let by = self.ends_by.is_none_or(|day| of.ends_on.is_some_and(|end| end <= day));
            let due = renewal_from(of).is_some_and(|from| from <= today);
            by && (due || !self.renewal_due)
                && state.is_none_or(|state| of.state == state)
                && self.customer.is_none_or(|customer| of.customer == customer)
                && self.opportunity.is_none_or(|deal| of.opportunity == Some(deal))
                && self.quote.is_none_or(|quote| of.quote == Some(quote))
        })?;
        if self.renewal_due {
            let mut kept = Vec::with_capacity(listed.rows.len());
            for row in listed.rows {
                if cx.successor(row.record.id)?.is_none() {
                    kept.push(row);
                }
            }
            listed.rows = kept;
        }
        Ok(listed)
    }
}

/// Where a contract differs from its quote, and from an order, given in the neutral form: price, quantity, terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareContract {
    /// Which.
    pub id: Id<Contract>,
    /// What an order, or any other document, says was agreed.
    #[serde(default)]
    pub order: Option<Agreed>,
}

/// Where a contract differs from other documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContractCompared {
    /// What the quote says otherwise (`first`) than the contract (`second`); nothing where there is no quote.
    pub quote: Option<Vec<Difference>>,
    /// What the contract says otherwise (`first`) than the order (`second`); nothing where none was given.
    pub order: Option<Vec<Difference>>,
}

impl Operation for CompareContract {
    const NAME: &'static str = "contract.compare";
    const ACCESS: Access = Access::Read;
    type Response = ContractCompared;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ContractCompared, Error> {
        let contract = cx.get(self.id)?;
        let quote = match contract.quote {
            Some(quote) => {
                let (quote, lines) = cx.quote_with_lines(quote)?;
                Some(compare(&Agreed::of_quote(&quote, &lines), &contract.agreed))
            }
            None => None,
        };
        let order = self.order.as_ref().map(|order| compare(&contract.agreed, order));
        Ok(ContractCompared { quote, order })
    }
}

/// Whether what a contract is about may be delivered: by the tenant's setting `contract_before_delivery` only once both
/// signed it and while it holds. Writes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckDelivery {
    /// Which; none where there is no contract.
    #[serde(default)]
    pub id: Option<Id<Contract>>,
    /// On which day; today where nothing is said.
    #[serde(default)]
    pub on: Option<NaiveDate>,
}

/// Whether it may be delivered, and why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryChecked {
    /// Whether it may.
    pub allowed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<Violation>,
}

impl Operation for CheckDelivery {
    const NAME: &'static str = "contract.may_deliver";
    const ACCESS: Access = Access::Read;
    type Response = DeliveryChecked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DeliveryChecked, Error> {
        let contract = cx.known_if("id", self.id)?;
        let on = self.on.unwrap_or(cx.contract_ctx()?.today);
        let settings = cx.get(Settings::ID)?;
        let found = contract::may_deliver(&settings, contract.as_ref(), on);
        let why_not = found.err().map(|invalid| Violation::at("", invalid));
        Ok(DeliveryChecked { allowed: why_not.is_none(), why_not })
    }
}
