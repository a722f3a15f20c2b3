//! When somebody is away: leave, illness, training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

record! {
    /// A stretch of time in which a user gets no leads.
    pub struct Absence: Absence {
        /// Who is away.
        1 user: Id<User>;
        /// From when.
        2 from: Timestamp;
        /// Until when; from this instant on they are back.
        3 until: Timestamp;
        /// Why, such as `年假`.
        4 reason: Option<Note>, personal("leave", 365);
    }
    listings {
        1 "by_user" ["user", "until"];
        2 "by_until" ["until"];
    }
}

impl Absence {
    /// The listing by user, the earliest end first.
    pub const BY_USER: u16 = 1;
    /// The listing of all, the earliest end first.
    pub const BY_UNTIL: u16 = 2;

    /// Whether it covers an instant: from its beginning, up to its end.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// An absence to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAbsence {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Absence>>,
    /// Who will be away.
    pub user: Id<User>,
    /// From when; from now on where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The absence of a wish.
///
/// # Errors
///
/// `absence.range` where it ends before it begins · `absence.past` where it ended before now · `text.*` (reason).
/// Rule ASG-7 (F025, W16).
pub fn add_absence(id: Id<Absence>, wish: &AddAbsence, now: Timestamp) -> Result<Absence, Refusal> {
    let mut check = Check::default();
    let from = wish.from.unwrap_or(now);
    let given = wish.until.to_string();
    check.rule(from < wish.until, "until", || {
        Invalid::new("absence.range", &given).limit(format!("after {from}"))
    });
    check.rule(now < wish.until, "until", || {
        Invalid::new("absence.past", &given).limit(format!("after {now}"))
    });
    let reason = check.parse("reason", wish.reason.as_deref());
    let absence = Absence { id, user: wish.user, from, until: wish.until, reason, ext: Ext::new() };
    check.finish(Some(absence))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn an_absence_ends_after_it_begins_and_after_now() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let table = [
            // now 10: from, until, refused for …
            (Some(5), 20, ""),
            (None, 11, ""),
            (Some(20), 20, "until absence.range"),
            (Some(5), 10, "until absence.past"),
            (None, 10, "until absence.range, until absence.past"),
        ];
        for (from, until, expected) in table {
            let wish = AddAbsence {
                id: None,
                user: Id::new(Uuid::nil()),
                from: from.map(at),
                until: at(until),
                reason: Some("年假".into()),
            };
            let added = add_absence(Id::new(Uuid::nil()), &wish, at(10));
            assert_eq!(broken(&added).join(", "), expected, "{from:?} to {until}");
            if let Ok(absence) = added {
                assert!(absence.covers(absence.from) && !absence.covers(absence.until));
            }
        }
    }
}
