//! Who acts: users, their teams and to whom they report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Skills, Team, User};
use crate::access::Role;
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name};

/// A new user: what the host calls them and their name are enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateUser {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<User>>,
    /// What the host calls them; no two users share one.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they may do; `rep` where nothing is said.
    pub role: Option<String>,
    /// Their team.
    pub team: Option<Id<Team>>,
    /// To whom they report.
    pub manager: Option<Id<User>>,
    /// Whether they may act, and may be given work; `true` where nothing is said.
    pub active: Option<bool>,
    /// What they know, as codes that assignment rules ask for.
    pub skills: Vec<String>,
    /// How much open work they may have before assignment rules pass them over: 0 to 1,000,000.
    pub capacity: Option<u32>,
    /// The code of the working calendar in whose hours they get leads; at any hour where nothing is said.
    pub calendar: Option<String>,
}

/// How much open work a user's capacity can be.
const CAPACITY_MAX: u32 = 1_000_000;

impl User {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> CreateUser {
        CreateUser {
            id: None,
            login: self.login.to_string(),
            name: self.name.to_string(),
            role: Some(self.role.code().to_owned()),
            team: self.team,
            manager: self.manager,
            active: Some(self.active),
            skills: self.skills.iter().flat_map(|own| &own.0).map(ToString::to_string).collect(),
            capacity: self.capacity,
            calendar: self.calendar.as_ref().map(ToString::to_string),
        }
    }

    /// Whether they could let others in: nobody else can define users and rules.
    pub fn governs(&self) -> bool {
        self.active && self.role == Role::Owner
    }
}

/// A user as it is wished, who would report to these users, the nearest first.
///
/// # Errors
///
/// `code.*` (login) · `text.*` (name) · `code.unknown` (role) · `user.reports_to_itself` (manager) · `code.*` and
/// `user.skill_twice` (skills) · `user.capacity` · `code.*` (calendar). Rule SET-4.
pub fn create_user(id: Id<User>, wish: &CreateUser, above: &[Id<User>]) -> Result<User, Refusal> {
    let mut check = Check::default();
    let login = check.take("login", Code::parse(&wish.login));
    let name = check.take("name", Name::parse(&wish.name));
    let role = check.parse("role", wish.role.as_deref()).unwrap_or(Role::Rep);
    check.rule(!above.contains(&id), "manager", || {
        Invalid::new("user.reports_to_itself", &id.to_string())
    });
    let mut skills: Vec<Code> = Vec::new();
    for (at, skill) in (0_usize..).zip(&wish.skills) {
        let path = format!("skills[{at}]");
        let Some(skill) = check.take(&path, Code::parse(skill)) else { continue };
        check.rule(!skills.contains(&skill), &path, || {
            Invalid::new("user.skill_twice", skill.as_str())
        });
        skills.push(skill);
    }
    let capacity = wish.capacity;
    check.rule(capacity.is_none_or(|most| most <= CAPACITY_MAX), "capacity", || {
        Invalid::new("user.capacity", &capacity.unwrap_or(0).to_string()).limit("at most 1,000,000")
    });
    let calendar = check.parse("calendar", wish.calendar.as_deref());
    let user = login.zip(name).map(|(login, name)| User {
        id,
        login,
        name,
        role,
        team: wish.team,
        manager: wish.manager,
        active: wish.active.unwrap_or(true),
        skills: (!skills.is_empty()).then_some(Skills(skills)),
        capacity,
        calendar,
        ext: Ext::new(),
    });
    check.finish(user)
}

/// Whether a user may become another: somebody who governs must be left among all users.
///
/// # Errors
///
/// `user.last_owner`. Rule SET-5.
pub fn keep_an_owner(before: &User, after: &User, all: &[User]) -> Result<(), Refusal> {
    let left = after.governs() || all.iter().any(|user| user.id != before.id && user.governs());
    if left || !before.governs() {
        return Ok(());
    }
    let path = if after.active { "set.role" } else { "set.active" };
    Err(Refusal::by("user.last_owner", path, before.login.as_str()))
}

/// A new team of users, usually of a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateTeam {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Team>>,
    /// Its name; no two teams share one.
    pub name: String,
    /// The region it sells in.
    pub region: Option<String>,
}

/// The team of a wish.
///
/// # Errors
///
/// `text.*` (name, region). Rule SET-6.
pub fn create_team(id: Id<Team>, wish: &CreateTeam) -> Result<Team, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Name::parse(&wish.name));
    let region = check.parse("region", wish.region.as_deref());
    check.finish(name.map(|name| Team { id, name, region, ext: Ext::new() }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    fn id(bits: u128) -> Id<User> {
        Id::new(Uuid::from_u128(bits))
    }

    fn user(bits: u128, role: Role, active: bool) -> User {
        let wish = CreateUser {
            login: format!("u{bits}"),
            name: "张三".into(),
            role: Some(role.code().into()),
            active: Some(active),
            ..Default::default()
        };
        create_user(id(bits), &wish, &[]).unwrap()
    }

    #[test]
    fn a_user_has_a_login_a_name_a_role_and_a_chain_of_managers() {
        let table = [
            // a user …                  login    name   role       above        is refused for …
            ("sells by default", "li.wei", "李伟", "", &[2][..], ""),
            ("has a login", "Li Wei", "李伟", "", &[], "login code.format"),
            ("has a known role", "li", " ", "boss", &[], "name text.empty, role code.unknown"),
            (
                "does not report to itself",
                "li",
                "李伟",
                "",
                &[2, 1],
                "manager user.reports_to_itself",
            ),
        ];
        for (rule, login, name, role, above, expected) in table {
            let wish = CreateUser {
                login: login.into(),
                name: name.into(),
                role: (!role.is_empty()).then(|| role.to_owned()),
                ..Default::default()
            };
            let above: Vec<_> = above.iter().map(|bits| id(*bits)).collect();
            let decided = create_user(id(1), &wish, &above);
            assert_eq!(broken(&decided).join(", "), expected, "a user {rule}");
        }
    }

    #[test]
    fn somebody_who_governs_is_left() {
        let (owner, second) = (user(1, Role::Owner, true), user(2, Role::Owner, true));
        let (rep, asleep) = (user(1, Role::Rep, true), user(1, Role::Owner, false));
        let others = [owner.clone(), user(3, Role::Owner, false), user(4, Role::Manager, true)];
        let with_second = [owner.clone(), second];
        let table = [
            // the owner …                 becomes   among            is refused for …
            ("may stay", &owner, &others[..], ""),
            ("may go when there is another", &rep, &with_second[..], ""),
            ("may not be demoted alone", &rep, &others[..], "set.role user.last_owner"),
            ("may not be put to rest alone", &asleep, &others[..], "set.active user.last_owner"),
        ];
        for (rule, after, all, expected) in table {
            let decided = keep_an_owner(&owner, after, all);
            assert_eq!(broken(&decided).join(", "), expected, "the owner {rule}");
        }
    }
}
