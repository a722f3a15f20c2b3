//! Operations on absences.

use core::ops::Bound;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::assignment::{Absence, AddAbsence, add_absence};
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::User;
use crate::value::Id;

impl Operation for AddAbsence {
    const NAME: &'static str = "absence.add";
    const ACCESS: Access = Access::Record;
    type Response = Created<Absence>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Absence>, Error> {
        cx.known("user", self.user)?;
        let id = cx.id_or(self.id);
        let absence = add_absence(id, self, cx.now())?;
        cx.create(&absence)
    }
}

/// Takes an absence back: who was away gets leads again at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveAbsence {
    /// Which.
    pub id: Id<Absence>,
}

impl Operation for RemoveAbsence {
    const NAME: &'static str = "absence.remove";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Absence>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Absence>, Error> {
        let seen = cx.seen(self.id)?;
        cx.remove(self.id)?;
        Ok(seen)
    }
}

/// Absences that have not ended, the first to end first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListAbsences {
    /// Only those of this user.
    pub user: Option<Id<User>>,
    /// Also those that have ended.
    pub past: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListAbsences {
    const NAME: &'static str = "absence.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Absence>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Absence>, Error> {
        let user = self.user.map(|user| [Val::Id(user.uuid())]);
        let mut wanted = match &user {
            Some(user) => Wanted::of(Absence::BY_USER, user),
            None => Wanted::of(Absence::BY_UNTIL, &[]),
        };
        if !self.past {
            let now = Val::Int(cx.now().micros());
            wanted.range = (Bound::Excluded(now), Bound::Unbounded);
        }
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &Absence| true)
    }
}
