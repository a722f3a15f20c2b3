//! Whose data may leave for what it shall be used for.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::access::Purpose;
use crate::engine::{Cx, Error};
use crate::lead::Lead;
use crate::party::{Consent, ConsentChannel, Contact, Customer, CustomerType, Withheld, may_leave};
use crate::record::{Kind, Record, Val};
use crate::store::{Flow, Scan};
use crate::value::Id;

/// By what somebody may be turned to of whom a row leaves.
type Channels = BTreeSet<ConsentChannel>;

/// Columns that name a person or a company of whichever kind.
const ANYBODY: &[&str] = &["owner", "subject", "person", "member"];

/// Judges the rows of one export.
pub(super) struct Leaving {
    purpose: Purpose,
    /// Nobody said anything, and nobody needs to.
    all: bool,
}

impl Leaving {
    /// For the purpose of the session.
    pub(super) fn of(cx: &Cx<'_>) -> Result<Self, Error> {
        let purpose = cx.purpose();
        let mut said = false;
        let one = Scan { limit: 1, ..Scan::of(cx.tenant(), Kind::Consent, 0, &[]) };
        cx.scan(&one, &mut |_| {
            said = true;
            Flow::Break(())
        })?;
        let whole = matches!(purpose, Purpose::Administration | Purpose::Migration);
        Ok(Self { purpose, all: whole || (!said && purpose != Purpose::Marketing) })
    }

    /// Whether a row leaves, and by what those may be turned to whom it is about; else why it does not.
    pub(super) fn judge(
        &self,
        cx: &mut Cx<'_>,
        record: &Record,
    ) -> Result<Result<Channels, Withheld>, Error> {
        let mut open: Channels = ConsentChannel::ALL.iter().copied().collect();
        if self.all {
            return Ok(Ok(open));
        }
        for (said, is_person) in about(cx, record)? {
            match may_leave(&said, self.purpose, is_person) {
                Ok(channels) => open.retain(|channel| channels.contains(channel)),
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(open))
    }
}

/// What each of those said whom a row is about, and whether it is a person.
fn about(cx: &mut Cx<'_>, record: &Record) -> Result<Vec<(Vec<Consent>, bool)>, Error> {
    let (mut customers, mut contacts, mut leads) = (Vec::new(), Vec::new(), Vec::new());
    let mut name = |kind: Kind, id: Uuid| {
        if kind == Kind::Customer {
            customers.push(Id::<Customer>::new(id));
        } else if kind == Kind::Contact {
            contacts.push(Id::<Contact>::new(id));
        } else if kind == Kind::Lead {
            leads.push(Id::<Lead>::new(id));
        }
    };
    let mut anybody = Vec::new();
    name(record.def.kind, record.id);
    for (def, val) in record.def.fields.iter().zip(&record.vals) {
        let Val::Id(id) = val else { continue };
        match def.references {
            Some(kind) => name(kind, *id),
            None if ANYBODY.contains(&def.name.as_str()) => anybody.push(*id),
            None => {}
        }
    }
    for id in anybody {
        if cx.find(Id::<Contact>::new(id))?.is_some() {
            contacts.push(Id::new(id));
        }
        customers.push(Id::new(id));
        leads.push(Id::new(id));
    }
    let mut found = Vec::new();
    // Of a row about somebody at a customer, what either said counts for them.
    let of_contact = !contacts.is_empty();
    for id in customers {
        if let Some(customer) = cx.find(id)? {
            let is_person = customer.customer_type == CustomerType::Personal && !of_contact;
            found.push((cx.said_by(id, None)?, is_person));
        }
    }
    for id in contacts {
        if let Some(contact) = cx.find(id)? {
            found.push((cx.said_by(contact.customer, Some(id))?, true));
        }
    }
    for id in leads {
        if let Some(lead) = cx.find(id)? {
            let mut said = cx.list::<Consent>(Consent::BY_SUBJECT, &[Val::Id(id.uuid())])?;
            if let Some(customer) = lead.customer {
                said.extend(cx.said_by(customer, lead.contact)?);
            }
            found.push((said, true));
        }
    }
    Ok(found)
}
