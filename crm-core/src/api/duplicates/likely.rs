//! At entry: who is stored already that the new record is likely to be.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gather;
use crate::api::Created;
use crate::dedupe::{Party, Profile, believed};
use crate::engine::{Cx, Error};
use crate::lead::Lead;
use crate::party::{Contact, ContactPoint, Customer, CustomerType, Medium, PointOwner, Reach};
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::store::{Flow, Scan};
use crate::value::Id;

/// A stored record that a new one is likely to be. It names no value: who may not read the record learns none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LikelyMatch {
    /// `customer`, `contact` or `lead`.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// How likely they are one, in basis points: 5,000 or more.
    pub probability_bp: u16,
    /// The fields that speak for it, the heaviest first.
    pub reasons: Vec<String>,
}

/// The identity of a record that was made, and whom it is likely to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Entered<T> {
    /// Its id.
    pub id: Id<T>,
    /// Its version: 1 for a new one.
    pub version: u64,
    /// The likeliest five stored records that it may be, the likeliest first; none are looked for in an import.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub likely: Vec<LikelyMatch>,
}

impl<T> Entered<T> {
    pub(crate) const fn with(created: Created<T>, likely: Vec<LikelyMatch>) -> Self {
        Self { id: created.id, version: created.version, likely }
    }
}

/// Stored records that one number, mail box or name leads to at most.
const LED_TO_MAX: u32 = 16;
/// Records that are named at most.
const NAMED_MAX: usize = 5;
/// From this probability on a record is named, in basis points.
const WORTH_A_LOOK: u16 = 5_000;

impl Cx<'_> {
    /// Who is stored that a new record is likely to be, found by its numbers, its mail boxes and its name as it is spelled.
    ///
    /// What is read is no guard: whoever changes it meanwhile does not make the call run again.
    pub(crate) fn likely<T: Entity>(
        &self,
        value: &T,
        reach: &[Reach],
    ) -> Result<Vec<LikelyMatch>, Error> {
        if self.is_import() {
            return Ok(Vec::new());
        }
        let record = value.record(0);
        let Some((party, mut own)) = self.said(T::KIND, &record)? else { return Ok(Vec::new()) };
        for reach in reach {
            let id = Id::new(Uuid::nil());
            gather::reached(&mut own, &reach.clone().of(id, (PointOwner::Lead, record.id), None));
        }
        let mut found = Vec::new();
        for (kind, id) in self.led_to(&own, reach)? {
            if id == record.id {
                continue;
            }
            let Some(profile) = self.profile_of(party, kind, id)? else { continue };
            let (probability_bp, reasons) = believed(party, &own, &profile);
            if probability_bp >= WORTH_A_LOOK {
                found.push(LikelyMatch {
                    kind: kind.name().to_owned(),
                    id,
                    probability_bp,
                    reasons,
                });
            }
        }
        found.sort_by_key(|found| (core::cmp::Reverse(found.probability_bp), found.id));
        found.truncate(NAMED_MAX);
        Ok(found)
    }

    /// The stored records that share a number, a mail box or the name.
    fn led_to(&self, own: &Profile, reach: &[Reach]) -> Result<BTreeSet<(Kind, Uuid)>, Error> {
        let mut found = BTreeSet::new();
        for reach in reach {
            let by = [Val::from(reach.medium.code()), Val::from(reach.normal.as_str())];
            let of = ContactPoint::BY_NORMAL;
            let scan = Scan::of(self.tenant(), Kind::ContactPoint, of, &by);
            let page = self.page::<ContactPoint>(&Scan { limit: LED_TO_MAX, ..scan })?;
            found.extend(page.rows.into_iter().map(|(_, point)| {
                let kind = match point.owner_kind {
                    PointOwner::Customer => Kind::Customer,
                    PointOwner::Contact => Kind::Contact,
                    PointOwner::Lead => Kind::Lead,
                };
                (kind, point.owner)
            }));
        }
        let name = [Val::from(own.name.as_str())];
        let scan = Scan::of(self.tenant(), Kind::Customer, Customer::BY_NAME, &name);
        let page = self.page::<Customer>(&Scan { limit: LED_TO_MAX, ..scan })?;
        found.extend(page.rows.into_iter().map(|(_, row)| (Kind::Customer, row.id.uuid())));
        let scan = Scan::of(self.tenant(), Kind::Contact, Contact::BY_NAME, &name);
        let page = self.page::<Contact>(&Scan { limit: LED_TO_MAX, ..scan })?;
        found.extend(page.rows.into_iter().map(|(_, row)| (Kind::Contact, row.id.uuid())));
        Ok(found)
    }

    /// What a stored record says, with the ways to reach it; none where it is deleted, or of the other party.
    fn profile_of(&self, party: Party, kind: Kind, id: Uuid) -> Result<Option<Profile>, Error> {
        let mut record = None;
        self.store().get(self.tenant(), &[Key { kind, id }], &mut |_, _, found| {
            record = Some(found.clone()).filter(|found| !found.deleted);
            Flow::Continue(())
        })?;
        let Some(record) = record else { return Ok(None) };
        let Some((_, mut profile)) = self.said(kind, &record)?.filter(|(of, _)| *of == party)
        else {
            return Ok(None);
        };
        let owner = [Val::Id(id)];
        let scan = Scan::of(self.tenant(), Kind::ContactPoint, ContactPoint::BY_OWNER, &owner);
        for (_, point) in self.page::<ContactPoint>(&scan)?.rows {
            if point.medium != Medium::Social {
                gather::reached(&mut profile, &point);
            }
        }
        Ok(Some(profile))
    }

    /// Whether a record is a person or a company, and what it says by itself.
    fn said(&self, kind: Kind, record: &Record) -> Result<Option<(Party, Profile)>, Error> {
        if kind == Kind::Customer {
            let customer = Customer::from_record(record)?;
            let party = match customer.customer_type {
                CustomerType::Personal => Party::Person,
                CustomerType::Business => Party::Company,
            };
            return Ok(Some((party, gather::of_customer(&customer))));
        }
        if kind == Kind::Contact {
            let contact = Contact::from_record(record)?;
            return Ok(Some((Party::Person, gather::of_contact(&contact, String::new()))));
        }
        if kind != Kind::Lead {
            return Ok(None);
        }
        let lead = Lead::from_record(record)?;
        let party = if gather::is_person(&lead) { Party::Person } else { Party::Company };
        Ok(gather::of_lead(&lead, party).map(|profile| (party, profile)))
    }
}
