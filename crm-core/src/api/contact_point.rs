//! Operations on phones, e-mail addresses, social accounts and web sites.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Created, Listed};
use crate::access::{Access, Hidden};
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::party::{self, Contact, ContactPoint, Customer, Medium, PointOwner, PointWish, Reach};
use crate::record::Val;
use crate::settings::Settings;
use crate::value::{Id, Invalid};

/// Adds a phone, e-mail address, social account or web site to a customer, a contact or a lead. The same one twice, in
/// whatever spelling, is there once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddContactPoint {
    /// Whom it reaches: `customer`, `contact` or `lead`.
    pub owner_kind: PointOwner,
    /// Whom it reaches: their id.
    pub owner: Uuid,
    /// The way.
    pub point: PointWish,
}

impl Operation for AddContactPoint {
    const NAME: &'static str = "contact_point.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<ContactPoint>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<ContactPoint>, Error> {
        match self.owner_kind {
            PointOwner::Customer => drop(cx.known("owner", Id::<Customer>::new(self.owner))?),
            PointOwner::Contact => drop(cx.known("owner", Id::<Contact>::new(self.owner))?),
            PointOwner::Lead => drop(cx.known("owner", Id::<crate::lead::Lead>::new(self.owner))?),
        }
        let home = cx.get(Settings::ID)?.home();
        let mut check = crate::decision::Check::default();
        let read = check.below("point", party::read(&self.point, home));
        let (reach, label) = check.finish(read)?;
        let key = key(self.owner, Some(&reach));
        if let Some(there) = cx.unique::<ContactPoint>(ContactPoint::BY_OWNER, &key)? {
            return Ok(Created { id: there.id, version: cx.version(there.id) });
        }
        let id = cx.new_id();
        cx.create(&reach.of(id, (self.owner_kind, self.owner), label))
    }
}

/// Removes a phone, e-mail address, social account or web site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveContactPoint {
    /// Which.
    pub id: Id<ContactPoint>,
}

impl Operation for RemoveContactPoint {
    const NAME: &'static str = "contact_point.remove";
    const ACCESS: Access = Access::Record;
    type Response = Created<ContactPoint>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<ContactPoint>, Error> {
        cx.remove(self.id)?;
        Ok(Created { id: self.id, version: cx.version(self.id) })
    }
}

/// The ways to reach somebody; or, by `point`, everybody who is reached so, in whatever spelling it was given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListContactPoints {
    /// Whom they reach: the id of a customer, contact or lead.
    pub owner: Option<Uuid>,
    /// By what they are reached. Either this or `owner`.
    pub point: Option<PointWish>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListContactPoints {
    const NAME: &'static str = "contact_point.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<ContactPoint>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<ContactPoint>, Error> {
        let home = cx.get(Settings::ID)?.home();
        let (index, prefix) = match (self.owner, &self.point) {
            (Some(owner), None) => {
                if let Some(customer) = cx.find(Id::<Customer>::new(owner))? {
                    cx.looked_at(&customer)?;
                }
                if let Some(lead) = cx.find(Id::<Lead>::new(owner))? {
                    cx.looked_at(&lead)?;
                }
                (ContactPoint::BY_OWNER, key(owner, None))
            }
            (None, Some(point)) => {
                let (reach, _) = party::read(point, home)?;
                let hidden = match reach.medium {
                    Medium::Phone => Some(Hidden::Phone),
                    Medium::Email => Some(Hidden::Email),
                    Medium::Social => Some(Hidden::Social),
                    Medium::Url => None,
                };
                hidden.map_or(Ok(()), |hidden| cx.seeks("point.text", hidden, &point.text))?;
                let normal = vec![Val::from(reach.medium.code()), Val::Text(reach.normal)];
                (ContactPoint::BY_NORMAL, normal)
            }
            (Some(_), Some(_)) | (None, None) => {
                let invalid = Invalid::new("request.form", "").limit("either `owner` or `point`");
                return Err(Error::invalid("owner", invalid));
            }
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        let mut found = cx.listed(wanted, |_: &ContactPoint| true)?;
        if cx.is_masked() {
            // The order of what is hidden tells of it.
            found.rows.sort_by_key(|row| row.record.id);
        }
        Ok(found)
    }
}

/// Where the points of an owner stand in their listing; or one of them.
fn key(owner: Uuid, reach: Option<&Reach>) -> Vec<Val> {
    let of = reach.map(|reach| [reach.medium.code().into(), Val::from(reach.normal.as_str())]);
    core::iter::once(Val::Id(owner)).chain(of.into_iter().flatten()).collect()
}

impl Cx<'_> {
    /// Will make contact points of somebody new.
    pub(crate) fn reach(
        &mut self,
        owner: (PointOwner, Uuid),
        reach: Vec<Reach>,
    ) -> Result<(), Error> {
        for reach in reach {
            let id = self.new_id();
            self.put(&reach.of(id, owner, None))?;
        }
        Ok(())
    }

    /// Will remove every contact point of somebody.
    pub(crate) fn unreachable(&mut self, (_, owner): (PointOwner, Uuid)) -> Result<(), Error> {
        let points = self.list::<ContactPoint>(ContactPoint::BY_OWNER, &[Val::Id(owner)])?;
        points.iter().try_for_each(|point| self.remove(point.id))
    }
}
