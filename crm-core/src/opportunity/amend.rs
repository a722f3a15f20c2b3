//! The plain fields of a deal, and changing them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AmountBasis, Opportunity};
use crate::decision::{Check, Refusal};
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Name, Note, Timestamp};

/// The plain fields of a deal: those that no rule of the process moves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Details {
    /// What it is called.
    pub name: String,
    /// With whom it is talked about.
    pub contact: Option<Id<Contact>>,
    /// Who looks after it.
    pub owner: Option<Id<User>>,
    /// What it may bring; nothing where nobody knows.
    pub amount: Option<Money>,
    /// The day on which it is expected to be won.
    pub expected_close: Option<NaiveDate>,
    /// A code of the vocabulary `source`.
    pub source: Option<String>,
    /// The region it belongs to.
    pub region: Option<String>,
    /// What the customer needs.
    pub need: Option<String>,
    /// Who else wants to sell it.
    pub competitor: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// The parsed texts of a deal.
pub(super) struct Fields {
    pub(super) name: Name,
    pub(super) source: Option<Code>,
    pub(super) region: Option<Name>,
    pub(super) need: Option<Note>,
    pub(super) competitor: Option<Name>,
}

/// Checks the fields of a deal that was made on day `created`.
pub(super) fn fields(details: &Details, created: NaiveDate, check: &mut Check) -> Option<Fields> {
    let name = check.take("name", Name::parse(&details.name));
    if let Some(amount) = details.amount {
        check.rule(!amount.is_negative(), "amount", || {
            Invalid::new("opportunity.amount.negative", &amount.to_string()).limit("above 0")
        });
        check.rule(!amount.is_zero(), "amount", || {
            Invalid::new("opportunity.amount.zero", &amount.to_string())
                .limit("leave it out where nobody knows it")
        });
    }
    if let Some(day) = details.expected_close {
        check.rule(day >= created, "expected_close", || {
            Invalid::new("opportunity.close_before_creation", &day.to_string())
                .limit(format!("at least {created}"))
        });
    }
    let source = check.parse("source", details.source.as_deref());
    let region = check.parse("region", details.region.as_deref());
    let need = check.parse("need", details.need.as_deref());
    let competitor = check.parse("competitor", details.competitor.as_deref());
    Some(Fields { name: name?, source, region, need, competitor })
}

/// Refuses a contact who is reachable at another customer than the one of the deal.
pub(super) fn at_customer(contact: Option<&Contact>, customer: Id<Customer>, check: &mut Check) {
    let Some(contact) = contact else { return };
    check.rule(contact.customer == customer, "contact", || {
        Invalid::new("opportunity.contact_elsewhere", &contact.id.to_string())
            .limit("somebody at the customer of the deal")
    });
}

/// What the fields of a deal name, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Who looks after it.
    pub owner: Id<User>,
    /// With whom it is talked about, where that changed.
    pub contact: Option<&'a Contact>,
}

/// The deal with other plain fields. `created` is the day on which it was made, in the tenant's zone. Where it stands does
/// not change: handing it to a colleague keeps its stage and its history (W07). Rule OPP-2 (F060, F013).
///
/// # Errors
///
/// `opportunity.already_closed` for amount and expected close of a closed deal, since figures were drawn from them ·
/// `opportunity.amount.follows_lines` for another amount while it is the sum of the lines ·
/// `opportunity.contact_elsewhere` · `text.*` (name, region, need,
/// competitor) · `opportunity.amount.negative` · `opportunity.amount.zero` · `opportunity.close_before_creation` ·
/// `code.*` (source).
pub fn amend(
    deal: &Opportunity,
    details: &Details,
    named: Named<'_>,
    created: NaiveDate,
    now: Timestamp,
) -> Result<Opportunity, Refusal> {
    let mut check = Check::default();
    if let Some(closed_at) = deal.phase.closed_at() {
        let frozen = [
            ("amount", deal.amount == details.amount),
            ("expected_close", deal.expected_close == details.expected_close),
        ];
        for (field, same) in frozen {
            check.rule(same, field, || {
                Invalid::new("opportunity.already_closed", &closed_at.to_string())
                    .limit("reopen it first")
            });
        }
    }
    let bound = deal.amount_basis == AmountBasis::Lines && deal.amount != details.amount;
    check.rule(!bound, "amount", || {
        let given = details.amount.map(|amount| amount.to_string()).unwrap_or_default();
        Invalid::new("opportunity.amount.follows_lines", &given)
            .limit("set the lines, or have the amount entered with opportunity.set_lines")
    });
    at_customer(named.contact, deal.customer, &mut check);
    let fields = fields(details, created, &mut check);
    let next = fields.map(|fields| Opportunity {
        name: fields.name,
        contact: details.contact,
        owner: named.owner,
        amount: details.amount,
        expected_close: details.expected_close,
        source: fields.source,
        region: fields.region,
        need: fields.need,
        competitor: fields.competitor,
        touched_at: now,
        ext: details.custom.clone(),
        ..deal.clone()
    });
    check.finish(next)
}

impl Opportunity {
    /// Its plain fields as they are.
    pub fn details(&self) -> Details {
        Details {
            name: self.name.to_string(),
            contact: self.contact,
            owner: Some(self.owner),
            amount: self.amount,
            expected_close: self.expected_close,
            source: self.source.as_ref().map(ToString::to_string),
            region: self.region.as_ref().map(ToString::to_string),
            need: self.need.as_ref().map(ToString::to_string),
            competitor: self.competitor.as_ref().map(ToString::to_string),
            custom: self.ext.clone(),
        }
    }
}
