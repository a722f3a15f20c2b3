//! At entry: who is stored already that the new record is likely to be.

use core::ops::Bound;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{beginnings, gather};
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

/// Stored records that one number, mail box or name, or how one begins, leads to at most.
const LED_TO_MAX: u32 = 16;
/// Stored records that are compared at most.
const COMPARED_MAX: usize = 160;
/// Records that are named at most.
const NAMED_MAX: usize = 5;
/// From this probability on a record is named, in basis points.
const WORTH_A_LOOK: u16 = 5_000;

impl Cx<'_> {
    /// Who is stored that a new record is likely to be, with the comparison of `duplicates.find` and what is believed of
    /// each field before anything is learned.
    ///
    /// Whom it is compared with is found through the listings that there are, so that entering costs no row more: whoever
    /// has one of its numbers, mail boxes or its name, also where the last digits of the number, the end of the box or
    /// its host, the end of the name, capital letters, or the order of given and family name are others. A record that
    /// differs at the beginning of all of these is left to `duplicates.find`. Rule WH-1 (issue 3, F032).
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
        let (mut keys, mut profiles) = (Vec::new(), Vec::new());
        for (kind, id) in self.led_to(&own, reach)? {
            if id == record.id || keys.len() >= COMPARED_MAX {
                continue;
            }
            if let Some(profile) = self.profile_of(party, kind, id)? {
                keys.push((kind, id));
                profiles.push(profile);
            }
        }
        let judged = believed(party, &own, &profiles).into_iter().zip(keys);
        let likely = judged.filter(|((probability, _), _)| *probability >= WORTH_A_LOOK);
        let mut found: Vec<LikelyMatch> = likely
            .map(|((probability_bp, reasons), (kind, id))| LikelyMatch {
                kind: kind.name().to_owned(),
                id,
                probability_bp,
                reasons,
            })
            .collect();
        found.sort_by_key(|found| (core::cmp::Reverse(found.probability_bp), found.id));
        found.truncate(NAMED_MAX);
        Ok(found)
    }

    /// The stored records that share a number, a mail box or the name, or how one of them begins; those that share one
    /// whole come first.
    fn led_to(&self, own: &Profile, reach: &[Reach]) -> Result<Vec<(Kind, Uuid)>, Error> {
        let mut found = Vec::new();
        for reach in reach {
            self.reached_by(reach.medium, &reach.normal, true, &mut found)?;
        }
        self.named(&own.name, true, &mut found)?;
        for reach in reach {
            for begin in beginnings::of_reach(reach.medium, &reach.normal) {
                self.reached_by(reach.medium, &begin, false, &mut found)?;
            }
        }
        for begin in beginnings::of_name(&own.name) {
            self.named(&begin, false, &mut found)?;
        }
        let mut known = BTreeSet::new();
        found.retain(|key| known.insert(*key));
        Ok(found)
    }

    /// Those whom a number or mail box reaches, or one that begins so.
    fn reached_by(
        &self,
        medium: Medium,
        text: &str,
        whole: bool,
        found: &mut Vec<(Kind, Uuid)>,
    ) -> Result<(), Error> {
        let by = [Val::from(medium.code()), Val::from(text)];
        let scan = self.begun(Kind::ContactPoint, ContactPoint::BY_NORMAL, &by, whole);
        let page = self.page::<ContactPoint>(&scan)?;
        found.extend(page.rows.into_iter().map(|(_, point)| {
            let kind = match point.owner_kind {
                PointOwner::Customer => Kind::Customer,
                PointOwner::Contact => Kind::Contact,
                PointOwner::Lead => Kind::Lead,
            };
            (kind, point.owner)
        }));
        Ok(())
    }

    /// Customers and contacts of a name, or of one that begins so.
    fn named(&self, name: &str, whole: bool, found: &mut Vec<(Kind, Uuid)>) -> Result<(), Error> {
        let by = [Val::from(name)];
        let scan = self.begun(Kind::Customer, Customer::BY_NAME, &by, whole);
        let page = self.page::<Customer>(&scan)?;
        found.extend(page.rows.into_iter().map(|(_, row)| (Kind::Customer, row.id.uuid())));
        let scan = self.begun(Kind::Contact, Contact::BY_NAME, &by, whole);
        let page = self.page::<Contact>(&scan)?;
        found.extend(page.rows.into_iter().map(|(_, row)| (Kind::Contact, row.id.uuid())));
        Ok(())
    }

    /// The rows of a listing with these leading values, the last of which is whole or a beginning.
    fn begun<'a>(&self, kind: Kind, listing: u16, by: &'a [Val], whole: bool) -> Scan<'a> {
        let (last, before) = by.split_last().map_or((None, by), |(last, by)| (Some(last), by));
        let range = match last {
            Some(Val::Text(text)) if !whole => {
                // Behind every text that begins so.
                let end = Val::Text(format!("{text}\u{10FFFF}"));
                Some((Bound::Included(Val::Text(text.clone())), Bound::Included(end)))
            }
            _ => None,
        };
        let scan = match range {
            Some(range) => Scan { range, ..Scan::of(self.tenant(), kind, listing, before) },
            None => Scan::of(self.tenant(), kind, listing, by),
        };
        Scan { limit: LED_TO_MAX, ..scan }
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
