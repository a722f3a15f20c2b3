//! Operations on what people allowed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::party::{Consent, Contact, Customer, PersonKind, RecordConsent, record_consent};
use crate::record::Val;
use crate::value::{Code, Id};

/// What is kept of what somebody said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Consents {
    /// Each statement.
    pub rows: Vec<Consent>,
}

impl Operation for RecordConsent {
    const NAME: &'static str = "consent.record";
    const ACCESS: Access = Access::Record;
    type Response = Consents;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Consents, Error> {
        match self.person_kind {
            PersonKind::Lead => drop(cx.known::<Lead>("person", Id::new(self.person))?),
            PersonKind::Contact => drop(cx.known::<Contact>("person", Id::new(self.person))?),
            PersonKind::Customer => drop(cx.known::<Customer>("person", Id::new(self.person))?),
        }
        let purpose = Code::parse(&self.purpose).ok();
        cx.terms(&[("purpose", "consent_purpose", None, purpose.as_ref())])?;
        let before = cx.statements(self.person)?;
        let said = record_consent(self, &before, cx.actor()?.id, cx.now())?;
        said.iter().try_for_each(|one| cx.put(one))?;
        Ok(Consents { rows: cx.statements(self.person)? })
    }
}

/// What a lead, contact or customer said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConsents {
    /// Who.
    pub person: Uuid,
}

impl Operation for ListConsents {
    const NAME: &'static str = "consent.list";
    const ACCESS: Access = Access::Read;
    type Response = Consents;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Consents, Error> {
        Ok(Consents { rows: cx.statements(self.person)? })
    }
}

impl Cx<'_> {
    /// What one of them said.
    pub(super) fn statements(&mut self, person: Uuid) -> Result<Vec<Consent>, Error> {
        self.list(Consent::BY_PERSON, &[Val::Id(person)])
    }

    /// What a customer said, and the contact, and the leads that the contact was.
    pub(super) fn said_by(
        &mut self,
        customer: Id<Customer>,
        contact: Option<Id<Contact>>,
    ) -> Result<Vec<Consent>, Error> {
        let mut said = self.statements(customer.uuid())?;
        if let Some(contact) = contact {
            said.extend(self.statements(contact.uuid())?);
            for lead in self.list::<Lead>(Lead::BY_CONTACT, &[Val::Id(contact.uuid())])? {
                said.extend(self.statements(lead.id.uuid())?);
            }
        }
        Ok(said)
    }
}
