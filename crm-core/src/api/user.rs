//! Operations on users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::record::Val;
use crate::settings::{CreateUser, Team, User, create_user, keep_an_owner};
use crate::value::Id;

impl Operation for CreateUser {
    const NAME: &'static str = "user.create";
    const ACCESS: Access = Access::Configure;
    type Response = Created<User>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<User>, Error> {
        let id = cx.id_or(self.id);
        let user = wished(cx, id, self)?;
        cx.create(&user)
    }
}

/// Changes plain fields of a user. Each edit says what it replaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendUser {
    /// Which.
    pub id: Id<User>,
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendUser {
    const NAME: &'static str = "user.amend";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<User>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<User>, Error> {
        let before = cx.get(self.id)?;
        let wish = amended(&before.wish(), &self.set)?;
        let after = wished(cx, before.id, &wish)?;
        let all = cx.list::<User>(User::BY_LOGIN, &[])?;
        keep_an_owner(&before, &after, &all)?;
        cx.amend(&User { ext: before.ext, ..after })
    }
}

/// The user of a wish, with what the wish names looked up.
fn wished(cx: &mut Cx<'_>, id: Id<User>, wish: &CreateUser) -> Result<User, Error> {
    let above = cx.chain("manager", wish.manager, |user: &User| user.manager)?;
    let user = create_user(id, wish, &above)?;
    cx.known_if("team", wish.team)?;
    cx.known_calendar("calendar", user.calendar.as_ref())?;
    let login = user.login.as_str();
    cx.free("login", login, User::BY_LOGIN, &[Val::from(login)], id)?;
    Ok(user)
}

/// A user by its id, active or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetUser {
    /// Which.
    pub id: Id<User>,
}

impl Operation for GetUser {
    const NAME: &'static str = "user.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<User>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<User>, Error> {
        cx.seen(self.id)
    }
}

/// Users, by login; those of a team in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListUsers {
    /// Only those of this team.
    pub team: Option<Id<Team>>,
    /// Also those that are not active.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "user.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<User>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<User>, Error> {
        let team = self.team.map(|team| [Val::Id(team.uuid())]);
        let wanted = match &team {
            Some(team) => Wanted::of(User::BY_TEAM, team),
            None => Wanted::of(User::BY_LOGIN, &[]),
        };
        let wanted = wanted.page(self.limit, self.after.as_deref());
        cx.listed(wanted, |user: &User| self.inactive || user.active)
    }
}
