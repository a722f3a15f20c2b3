//! Who takes part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Activity, Participant};
use crate::decision::Check;
use crate::party::Contact;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Timestamp};

/// One who took part, or shall: a user, a contact, or somebody by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// One of us.
    pub user: Option<Id<User>>,
    /// One of them.
    pub contact: Option<Id<Contact>>,
    /// Somebody else, by name.
    pub name: Option<String>,
    /// Whether somebody by name is one of us.
    pub ours: bool,
}

/// Each person with the name that was read: `participant.unclear` unless exactly one of user, contact and name is given,
/// `participant.twice`, `text.*`.
pub(super) fn read(check: &mut Check, given: &[Person]) -> Vec<(Person, Option<Name>)> {
    let mut people: Vec<(Person, Option<Name>)> = Vec::new();
    for (at, person) in given.iter().enumerate() {
        let path = format!("participants[{at}]");
        let said = [person.user.is_some(), person.contact.is_some(), person.name.is_some()];
        check.rule(said.iter().filter(|said| **said).count() == 1, &path, || {
            Invalid::new("participant.unclear", "").limit("a user, a contact or a name")
        });
        check.rule(people.iter().all(|(other, _)| other != person), &path, || {
            Invalid::new("participant.twice", person.name.as_deref().unwrap_or_default())
        });
        let name = check.parse(&format!("{path}.name"), person.name.as_deref());
        people.push((person.clone(), name));
    }
    people
}

/// How many are of us.
pub(super) fn ours(people: &[(Person, Option<Name>)]) -> usize {
    people.iter().filter(|(person, _)| person.is_ours()).count()
}

impl Person {
    fn is_ours(&self) -> bool {
        self.user.is_some() || (self.ours && self.name.is_some())
    }

    /// The participant of an activity that they are.
    pub(super) fn of(
        &self,
        (activity, at): (Id<Activity>, Timestamp),
        id: Id<Participant>,
        name: Option<Name>,
    ) -> Participant {
        let (ours, user, contact) = (self.is_ours(), self.user, self.contact);
        Participant { id, activity, ours, user, contact, name, at, ext: Ext::new() }
    }
}
