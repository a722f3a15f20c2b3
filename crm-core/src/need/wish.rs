//! Writing down what a customer wants or minds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Need, NeedKind, NeedState, Urgency};
use crate::activity::Activity;
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Money, Note, Timestamp};

/// A need, a concern or an objection. The customer is that of the deal, where only the deal is named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NeedWish {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Need>>,
    /// Whose.
    pub customer: Option<Id<Customer>>,
    /// About which deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Who there said it.
    pub contact: Option<Id<Contact>>,
    /// `need` (the default), `concern` or `objection`.
    pub kind: Option<String>,
    /// About which product.
    pub product: Option<Id<Product>>,
    /// In their words: 1 to 10,000 characters.
    pub text: String,
    /// What they want to spend, in whatever currency they said it; above 0.
    pub budget: Option<Money>,
    /// `low`, `normal`, `high` or `critical`.
    pub urgency: Option<String>,
    /// Where it was said.
    pub activity: Option<Id<Activity>>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

impl Need {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> NeedWish {
        NeedWish {
            id: None,
            customer: Some(self.customer),
            opportunity: self.opportunity,
            contact: self.contact,
            kind: Some(self.kind.code().to_owned()),
            product: self.product,
            text: self.text.to_string(),
            budget: self.budget,
            urgency: self.urgency.map(|urgency| urgency.code().to_owned()),
            activity: self.activity,
            custom: self.ext.clone(),
        }
    }
}

/// What a wish names, as it is stored: whose it is, and who said it.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The id of the record.
    pub id: Id<Need>,
    /// Whose.
    pub customer: Id<Customer>,
    /// The deal, where one is named.
    pub deal: Option<&'a Opportunity>,
    /// Who said it, where somebody is named.
    pub contact: Option<&'a Contact>,
    /// Who writes it down.
    pub author: Id<User>,
}

/// A need, concern or objection as it was said. Rule DP-2 (F011): its budget stays in the currency in which it was named,
/// and nothing about it is converted.
///
/// # Errors
///
/// `need.deal_elsewhere`, `need.contact_elsewhere` for a deal or contact of another customer · `code.unknown` (kind,
/// urgency) · `text.*` (text) · `need.budget` for one of 0 or less.
pub fn record(named: Named<'_>, wish: &NeedWish, now: Timestamp) -> Result<Need, Refusal> {
    let mut check = Check::default();
    if let Some(deal) = named.deal {
        check.rule(deal.customer == named.customer, "opportunity", || {
            Invalid::new("need.deal_elsewhere", &deal.id.to_string())
                .limit("a deal of the customer")
        });
    }
    if let Some(contact) = named.contact {
        check.rule(contact.customer == named.customer, "contact", || {
            Invalid::new("need.contact_elsewhere", &contact.id.to_string())
                .limit("somebody at the customer")
        });
    }
    let kind: Option<NeedKind> = check.parse("kind", wish.kind.as_deref());
    let text = check.take("text", Note::parse(&wish.text));
    let urgency: Option<Urgency> = check.parse("urgency", wish.urgency.as_deref());
    if let Some(budget) = wish.budget {
        check.rule(!budget.is_negative() && !budget.is_zero(), "budget", || {
            Invalid::new("need.budget", &budget.to_string()).limit("above 0")
        });
    }
    check.finish(text.map(|text| Need {
        id: named.id,
        customer: named.customer,
        opportunity: named.deal.map(|deal| deal.id),
        contact: wish.contact,
        kind: kind.unwrap_or(NeedKind::Need),
        product: wish.product,
        text,
        budget: wish.budget,
        urgency,
        state: NeedState::Open,
        resolution: None,
        settled_at: None,
        settled_by: None,
        activity: wish.activity,
        author: named.author,
        created_at: now,
        ext: wish.custom.clone(),
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    pub(crate) fn named(number: u128) -> Named<'static> {
        Named {
            id: Id::new(Uuid::from_u128(number)),
            customer: Id::new(Uuid::from_u128(1)),
            deal: None,
            contact: None,
            author: User::OWNER,
        }
    }

    #[test]
    fn what_a_customer_says_is_kept_as_it_was_said() {
        let now = Timestamp::from_micros(0).unwrap();
        let money = |text: &str| {
            serde_json::from_value::<Money>(serde_json::json!({"amount": text, "currency": "USD"}))
                .unwrap()
        };
        #[rustfmt::skip]
        let table = [
            // rule, kind, text, budget, urgency, violations
            ("a few words are enough", None, "MES for plant 2", None, None, ""),
            ("a concern", Some("concern"), "Downtime", Some("5000.00"), Some("high"), ""),
            ("a wish is none of them", Some("wish"), "x", None, None, "kind code.unknown"),
            ("nothing was said", None, " ", None, None, "text text.empty"),
            ("a budget of nothing", None, "x", Some("0.00"), None, "budget need.budget"),
            ("a budget below nothing", None, "x", Some("-1.00"), None, "budget need.budget"),
            ("everything at once", Some("?"), "", Some("0.00"), Some("?"),
             "kind code.unknown, text text.empty, urgency code.unknown, budget need.budget"),
        ];
        for (rule, kind, text, budget, urgency, expected) in table {
            let wish = NeedWish {
                kind: kind.map(str::to_owned),
                text: text.to_owned(),
                budget: budget.map(money),
                urgency: urgency.map(str::to_owned),
                ..Default::default()
            };
            let decided = record(named(9), &wish, now);
            assert_eq!(broken(&decided).join(", "), expected, "{rule}");
            if let Ok(need) = decided {
                assert_eq!(need.budget, wish.budget, "{rule}: the budget is kept as given");
                let again = NeedWish { customer: None, ..need.wish() };
                assert_eq!(record(named(9), &again, now), Ok(need), "{rule}: as it is, again");
            }
        }
    }
}
