//! Operations on teams.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::{CreateTeam, Team, create_team};

impl Operation for CreateTeam {
    const NAME: &'static str = "team.create";
    const ACCESS: Access = Access::Configure;
    type Response = Created<Team>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Team>, Error> {
        let id = cx.id_or(self.id);
        let team = create_team(id, self)?;
        let name = team.name.as_str();
        cx.free("name", name, Team::BY_NAME, &[Val::from(name)], id)?;
        cx.create(&team)
    }
}

/// The teams there are, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTeams {
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListTeams {
    const NAME: &'static str = "team.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Team>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Team>, Error> {
        cx.listed(Wanted::of(Team::BY_NAME, &[]).page(self.limit, self.after.as_deref()), |_| true)
    }
}
