//! Whom an activity is with.

use super::ActivityWish;
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::value::{Id, Invalid};

/// The customer of an activity: the one that is named, else that of its deal or its contact. A moved contact's past
/// activities stay with the customer they were with; new ones are with the customer where they are now.
///
/// # Errors
///
/// `opportunity.of_other_customer` · `contact.of_other_customer`. Rule ACT-17 (F003, F007, F040).
pub fn customer_of(
    wish: &ActivityWish,
    deal: Option<&Opportunity>,
    contact: Option<&Contact>,
) -> Result<Option<Id<Customer>>, Refusal> {
    let of_deal = deal.map(|deal| deal.customer);
    let of_contact = contact.map(|contact| contact.customer);
    let customer = wish.customer.or(of_deal).or(of_contact);
    let mut check = Check::default();
    for (path, of) in [("opportunity", of_deal), ("contact", of_contact)] {
        check.rule(of.is_none() || of == customer, path, || {
            let of = of.map(|id| id.to_string()).unwrap_or_default();
            let customer = customer.map(|id| id.to_string()).unwrap_or_default();
            Invalid::new(&format!("{path}.of_other_customer"), &of)
                .limit(format!("one of customer {customer}"))
        });
    }
    check.finish(Some(customer))
}
