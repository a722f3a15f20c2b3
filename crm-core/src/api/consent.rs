//! Operations on what people allow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::party::{Consent, ConsentOf, Contact, Customer, RecordConsent, record_consent};
use crate::record::{Ext, Val};
use crate::value::{Id, Invalid, Timestamp};

/// Records what a lead, contact or customer said of one use of their data. The later word counts, of two of the same
/// instant the withdrawal; the trail keeps every word.
impl Operation for RecordConsent {
    const NAME: &'static str = "consent.record";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Consent>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Consent>, Error> {
        match self.subject_kind {
            ConsentOf::Lead => drop(cx.known::<Lead>("subject", Id::new(self.subject))?),
            ConsentOf::Contact => drop(cx.known::<Contact>("subject", Id::new(self.subject))?),
            ConsentOf::Customer => drop(cx.known::<Customer>("subject", Id::new(self.subject))?),
        }
        let before = cx.consent_to(self.subject, &self.purpose)?;
        let said = record_consent(before.as_ref(), self, cx.actor()?.id, cx.now())?;
        cx.terms(&[
            (
                "purpose",
                "consent_purpose",
                before.as_ref().map(|b| &b.purpose),
                Some(&said.purpose),
            ),
            (
                "source",
                "source",
                before.as_ref().and_then(|b| b.source.as_ref()),
                said.source.as_ref(),
            ),
        ])?;
        cx.happened_at(self.at.unwrap_or(cx.now()));
        cx.amend(&said)
    }
}

/// What a lead, contact or customer said, by purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConsents {
    /// Who.
    pub subject: Uuid,
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Consents {
    /// By purpose, what they said last.
    pub rows: Vec<Consent>,
}

impl Operation for ListConsents {
    const NAME: &'static str = "consent.list";
    const ACCESS: Access = Access::Read;
    type Response = Consents;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Consents, Error> {
        let rows = cx.list::<Consent>(Consent::BY_SUBJECT, &[Val::Id(self.subject)])?;
        Ok(Consents { rows })
    }
}

impl Cx<'_> {
    /// What a customer said, and the contact.
    pub(super) fn said_by(
        &mut self,
        customer: Id<Customer>,
        contact: Option<Id<Contact>>,
    ) -> Result<Vec<Consent>, Error> {
        let mut said = self.list::<Consent>(Consent::BY_SUBJECT, &[Val::Id(customer.uuid())])?;
        if let Some(contact) = contact {
            said.extend(self.list::<Consent>(Consent::BY_SUBJECT, &[Val::Id(contact.uuid())])?);
        }
        Ok(said)
    }

    fn consent_to(&mut self, subject: Uuid, purpose: &str) -> Result<Option<Consent>, Error> {
        self.unique(Consent::BY_SUBJECT, &[Val::Id(subject), Val::from(purpose)])
    }

    /// Whether somebody allows a use of what happened at `at`.
    ///
    /// # Errors
    ///
    /// `consent.missing`, `consent.withdrawn`; the store's.
    pub(super) fn allowed(
        &mut self,
        subject: Uuid,
        purpose: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let missing = || Invalid::new("consent.missing", purpose);
        let said = self.consent_to(subject, purpose)?;
        let allowed = said.map_or_else(|| Err(missing()), |said| said.allows(at));
        allowed.map_err(|invalid| Error::invalid("subject", invalid))
    }

    /// Will have a contact or customer allow what the lead did that they were; what either withdrew stays withdrawn.
    pub(super) fn carry_consents(
        &mut self,
        lead: Uuid,
        (subject_kind, subject): (ConsentOf, Uuid),
    ) -> Result<(), Error> {
        for said in self.list::<Consent>(Consent::BY_SUBJECT, &[Val::Id(lead)])? {
            let carried = match self.consent_to(subject, said.purpose.as_str())? {
                Some(own) => own.stricter(&said),
                None => {
                    Consent { id: self.new_id(), subject_kind, subject, ext: Ext::new(), ..said }
                }
            };
            self.put(&carried)?;
        }
        Ok(())
    }
}
