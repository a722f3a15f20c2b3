//! A lead becomes a customer, with a contact and a deal.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Lead, LeadStatus};
use crate::custom::CustomField;
use crate::opportunity::{CreateOpportunity, Opportunity};
use crate::party::{Contact, CreateContact, CreateCustomer, Customer, CustomerType};
use crate::pipeline::Pipeline;
use crate::record::{Ext, Val};
use crate::settings::User;
use crate::value::{Id, Invalid, Money, Name, Timestamp};

/// The customer that a lead becomes; where nothing is said, the one that is there already, else a new one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntoCustomer {
    /// One that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Customer>>,
    /// A new one, also where others match.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub create: bool,
    /// Of a new one: `business` or `personal`; `business` where the lead names a company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type: Option<String>,
    /// The name of a new one; the lead's company, else its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Custom values of a new one, instead of or besides those of the lead.
    #[serde(skip_serializing_if = "Ext::is_empty")]
    pub custom: Ext,
}

/// The contact that a lead becomes; where nothing is said, the one that is there already, else a new one where the lead
/// names a person at an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntoContact {
    /// One that is there, at that customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Contact>>,
    /// A new one, also where others match.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub create: bool,
    /// None at all.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub none: bool,
    /// Custom values of a new one.
    #[serde(skip_serializing_if = "Ext::is_empty")]
    pub custom: Ext,
}

/// The deal that begins with a conversion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewDeal {
    /// What it is called; as the customer where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The process it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Id<Pipeline>>,
    /// The code of the stage it begins in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What it may bring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The day on which it is expected to be won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_close: Option<NaiveDate>,
    /// Custom values, instead of or besides those of the lead.
    #[serde(skip_serializing_if = "Ext::is_empty")]
    pub custom: Ext,
}

/// Makes a lead a customer, with a contact and, where asked for, a deal; all of it or nothing.
///
/// A customer or contact who is there already is linked, not made again: one who is reached by the same phone or e-mail
/// address, in whatever spelling, or an organization of exactly the company's name. Where several match, they are named
/// and the caller says which. What was done with the lead is then also found with the customer. Values that found no
/// place come back as a list. `reversal.undo` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertLead {
    /// Which.
    pub id: Id<Lead>,
    /// What customer it becomes.
    #[serde(default)]
    pub customer: IntoCustomer,
    /// What contact it becomes.
    #[serde(default)]
    pub contact: IntoContact,
    /// The deal that begins; none where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<NewDeal>,
}

/// A value of a lead that found no place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unmapped {
    /// The field; of a custom field `custom.` and its code.
    pub field: String,
    /// What it holds.
    pub value: Val,
}

/// What a conversion rests on besides lead and wish.
#[derive(Clone, Copy, Debug)]
pub struct ConvertGrounds<'a> {
    /// The customer who is linked; none where a new one is made.
    pub customer: Option<&'a Customer>,
    /// The contact who is linked.
    pub contact: Option<&'a Contact>,
    /// Who looks after what is made.
    pub owner: Id<User>,
    /// Whether the code of its source may still be used for something new.
    pub source_usable: bool,
    /// The custom fields of leads, customers, contacts and deals.
    pub fields: [&'a [CustomField]; 4],
}

/// What is made of a lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The new customer, where none is linked.
    pub customer: Option<CreateCustomer>,
    /// The new contact; its customer is named when that is known.
    pub contact: Option<CreateContact>,
    /// The new deal; customer and contact are named when they are known.
    pub opportunity: Option<CreateOpportunity>,
    /// What found no place.
    pub unmapped: Vec<Unmapped>,
}

/// Which of the records that match a lead becomes: the named one; else the only match; none where a new one is asked for
/// or none matches.
///
/// # Errors
///
/// `lead.ambiguous` with the candidates. Rule REV-6 (F031, W09).
pub fn match_of<T>(
    named: Option<Id<T>>,
    create: bool,
    matches: &[Id<T>],
) -> Result<Option<Id<T>>, Invalid> {
    match (named, matches) {
        (Some(id), _) => Ok(Some(id)),
        (None, [id]) if !create => Ok(Some(*id)),
        (None, [_, _, ..]) if !create => {
            let count = matches.len().to_string();
            let ambiguous = Invalid::new("lead.ambiguous", &count).limit("say which, or `create`");
            Err(ambiguous.allowed(matches.iter().map(ToString::to_string)))
        }
        (None, _) => Ok(None),
    }
}

/// What is made of a lead, and what of it finds no place. Name and company become customer and contact, the need that of
/// the deal, else the note of a new customer; source, region and owner go to whatever is new; a custom value goes to every new
/// record that has a field of the same code and type and takes the value. What is linked is not changed. Rule REV-7
/// (F031, W08).
pub fn convert(lead: &Lead, wish: &ConvertLead, grounds: ConvertGrounds<'_>) -> Conversion {
    let text = |name: &Name| name.to_string();
    let company = lead.company.as_ref();
    let customer_type = match grounds.customer {
        Some(customer) => customer.customer_type,
        None => match wish.customer.customer_type.as_deref() {
            Some(code) => code.parse().unwrap_or(CustomerType::Business),
            None if company.is_some() => CustomerType::Business,
            None => CustomerType::Personal,
        },
    };
    let source = lead.source.as_ref().filter(|_| grounds.source_usable).map(ToString::to_string);
    let need = lead.need.as_ref().map(ToString::to_string);
    let region = lead.region.as_ref().map(ToString::to_string);
    let customer = grounds.customer.is_none().then(|| CreateCustomer {
        customer_type: Some(match &wish.customer.customer_type {
            Some(code) => code.clone(),
            None => customer_type.code().to_owned(),
        }),
        name: wish.customer.name.clone().unwrap_or_else(|| text(company.unwrap_or(&lead.name))),
        source: source.clone(),
        region: region.clone(),
        owner: Some(grounds.owner),
        note: need.clone().filter(|_| wish.opportunity.is_none()),
        custom: carried(lead, grounds, 1, &wish.customer.custom),
        ..Default::default()
    });
    let called = match (&customer, grounds.customer) {
        (Some(new), _) => new.name.clone(),
        (None, Some(linked)) => linked.name.to_string(),
        (None, None) => String::new(),
    };
    let person = Some(&lead.name).filter(|name| {
        company != Some(*name)
            && name.as_str() != called
            && customer_type == CustomerType::Business
            && grounds.contact.is_none()
            && !wish.contact.none
    });
    let contact = person.map(|name| CreateContact {
        name: text(name),
        custom: carried(lead, grounds, 2, &wish.contact.custom),
        ..Default::default()
    });
    let opportunity = wish.opportunity.as_ref().map(|deal| CreateOpportunity {
        name: deal.name.clone().unwrap_or_else(|| called.clone()),
        owner: Some(grounds.owner),
        pipeline: deal.pipeline,
        stage: deal.stage.clone(),
        amount: deal.amount,
        expected_close: deal.expected_close,
        source,
        region,
        need,
        custom: carried(lead, grounds, 3, &deal.custom),
        ..Default::default()
    });
    let made = Conversion { customer, contact, opportunity, unmapped: Vec::new() };
    let unmapped = unmapped(lead, &made, grounds);
    Conversion { unmapped, ..made }
}

/// The custom values of the new record at `place` in the grounds: those given, and those of the lead that it takes.
fn carried(lead: &Lead, grounds: ConvertGrounds<'_>, place: usize, given: &Ext) -> Ext {
    let [of_leads, ..] = grounds.fields;
    let targets = grounds.fields.get(place).copied().unwrap_or_default();
    let field_of = |fields: &'_ [CustomField], code: &str| {
        fields.iter().find(|field| field.active && field.code.as_str() == code).cloned()
    };
    let takes = |code: &str, val: &Val| {
        let (from, to) = (field_of(of_leads, code), field_of(targets, code));
        from.zip(to).is_some_and(|(from, to)| {
            let alike =
                (from.field_type, from.references) == (to.field_type, to.references.clone());
            alike && to.read(val).is_ok()
        })
    };
    let own = lead.ext.iter().filter(|(code, val)| takes(code, val));
    let own = own.map(|(code, val)| (code.clone(), val.clone()));
    own.chain(given.clone()).collect()
}

fn unmapped(lead: &Lead, made: &Conversion, grounds: ConvertGrounds<'_>) -> Vec<Unmapped> {
    let linked = grounds.customer;
    let names = [
        made.customer.as_ref().map(|customer| customer.name.as_str()),
        made.contact.as_ref().map(|contact| contact.name.as_str()),
        linked.map(|customer| customer.name.as_str()),
        grounds.contact.map(|contact| contact.name.as_str()),
    ];
    let named = |name: &Name| names.contains(&Some(name.as_str()));
    let made_any = made.customer.is_some() || made.opportunity.is_some();
    let source_kept = lead.source.is_none()
        || (made_any && grounds.source_usable)
        || linked.is_some_and(|customer| customer.source == lead.source);
    let region_kept = made_any || linked.is_some_and(|customer| customer.region == lead.region);
    let owner_kept = lead.owner.is_none_or(|owner| {
        (made_any && grounds.owner == owner) || linked.is_some_and(|c| c.owner == Some(owner))
    });
    let text = |text: &str| Val::from(text);
    let fields = [
        ("name", Some(text(lead.name.as_str())).filter(|_| !named(&lead.name))),
        (
            "company",
            lead.company.as_ref().filter(|name| !named(name)).map(|name| text(name.as_str())),
        ),
        ("need", lead.need.as_ref().filter(|_| !made_any).map(|need| text(need.as_str()))),
        (
            "source",
            lead.source.as_ref().filter(|_| !source_kept).map(|source| text(source.as_str())),
        ),
        (
            "region",
            lead.region.as_ref().filter(|_| !region_kept).map(|region| text(region.as_str())),
        ),
        ("country", lead.country.map(|country| text(country.code()))),
        ("owner", lead.owner.filter(|_| !owner_kept).map(|owner| Val::Id(owner.uuid()))),
    ];
    let own = fields
        .into_iter()
        .filter_map(|(field, value)| Some(Unmapped { field: field.to_owned(), value: value? }));
    let targets = [
        made.customer.as_ref().map(|customer| &customer.custom),
        made.contact.as_ref().map(|contact| &contact.custom),
        made.opportunity.as_ref().map(|deal| &deal.custom),
    ];
    let carried = |code: &str| targets.iter().flatten().any(|custom| custom.contains_key(code));
    let custom = lead.ext.iter().filter(|(code, _)| !carried(code));
    let custom =
        custom.map(|(code, val)| Unmapped { field: format!("custom.{code}"), value: val.clone() });
    own.chain(custom).collect()
}

impl Lead {
    /// The lead as converted into these. Rule REV-8 (F031).
    #[must_use]
    pub fn converted(
        &self,
        customer: Id<Customer>,
        contact: Option<Id<Contact>>,
        opportunity: Option<Id<Opportunity>>,
        now: Timestamp,
    ) -> Self {
        Self {
            status: LeadStatus::Converted,
            customer: Some(customer),
            contact,
            opportunity,
            converted_at: Some(now),
            ..self.clone()
        }
    }
}
