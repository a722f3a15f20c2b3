//! Whether somebody is really reached by a phone number or an address: asked of them, answered once, in time.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ContactPoint, Medium, PointOwner};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// Minutes in which an answer is waited for where nobody says how many: three days.
const MINUTES: u32 = 4320;
/// Minutes in which an answer may be waited for: 30 days.
const MINUTES_MAX: u32 = 43_200;

codes! {
    /// Whether somebody is reached.
    pub enum Confirmed {
        /// They were asked, and have not answered.
        Pending = "pending",
        /// They are.
        Confirmed = "confirmed",
        /// They are not.
        Failed = "failed",
    }
}

record! {
    /// Whether somebody is reached by one of their contact points. It is of the value that was asked about, and ends with
    /// it.
    pub struct Confirmation: Confirmation {
        /// The contact point.
        1 point: Uuid;
        /// Whom it reaches.
        2 owner: Uuid;
        /// By what.
        3 medium: Medium;
        /// The form to compare by of what was asked about.
        4 value: String, personal("contact", 1095);
        /// Whether they are reached.
        5 status: Confirmed;
        /// SHA-256 of the token that answers it, in hexadecimal; empty where somebody asked them in person.
        6 token_hash: String;
        /// Who asked.
        7 by: Id<User>;
        /// When.
        8 asked_at: Timestamp;
        /// From when on the token answers nothing.
        9 expires_at: Option<Timestamp>;
        /// When it was answered.
        10 answered_at: Option<Timestamp>;
        /// What was said.
        11 note: Option<Note>, personal("contact", 1095);
        /// Whom it reaches: the kind of record.
        12 owner_kind: PointOwner;
    }
    listings {
        1 "by_token" ["token_hash"];
        2 "by_owner" ["owner", "asked_at"];
    }
}

impl Confirmation {
    /// The listing by the hash of the token.
    pub const BY_TOKEN: u16 = 1;
    /// The listing by whom the point reaches, then when they were asked.
    pub const BY_OWNER: u16 = 2;

    /// The id of the one confirmation of a contact point: asking again takes the place of what was asked before.
    pub fn id_of(point: Uuid) -> Id<Self> {
        Id::derived([b"confirmation".as_slice(), point.as_bytes()])
    }

    /// The hash of a token.
    pub fn hash_of(token: &str) -> String {
        let digest = Sha256::digest(token.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the token answers nothing any more: from its very end on.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.status == Confirmed::Pending && self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether it is about what the point holds.
    pub fn is_of(&self, point: &ContactPoint) -> bool {
        self.point == point.id.uuid() && self.value == point.normal
    }
}

/// A question whether somebody is reached by a contact point, which `token` answers within `minutes`; three days where
/// nothing is said. Of the token the hash alone is kept.
///
/// # Errors
///
/// `confirmation.medium` for a web site · `confirmation.minutes`. Rule FLOW-19 (F164, X16).
pub fn ask(
    point: &ContactPoint,
    token: &str,
    minutes: Option<u32>,
    by: Id<User>,
    now: Timestamp,
) -> Result<Confirmation, Refusal> {
    let mut check = Check::default();
    reaches(point, &mut check);
    let minutes = minutes.unwrap_or(MINUTES);
    check.rule((1..=MINUTES_MAX).contains(&minutes), "minutes", || {
        Invalid::new("confirmation.minutes", &minutes.to_string())
            .limit(format!("1 to {MINUTES_MAX}"))
    });
    check.done()?;
    Ok(Confirmation {
        token_hash: Confirmation::hash_of(token),
        expires_at: now.checked_add(TimeDelta::minutes(minutes.into())),
        ..of(point, Confirmed::Pending, by, now)
    })
}

fn reaches(point: &ContactPoint, check: &mut Check) {
    check.rule(point.medium != Medium::Url, "point", || {
        Invalid::new("confirmation.medium", point.medium.code())
            .allowed(["phone", "email", "social"])
    });
}

fn of(point: &ContactPoint, status: Confirmed, by: Id<User>, now: Timestamp) -> Confirmation {
    Confirmation {
        id: Confirmation::id_of(point.id.uuid()),
        point: point.id.uuid(),
        owner: point.owner,
        medium: point.medium,
        value: point.normal.clone(),
        status,
        token_hash: String::new(),
        by,
        asked_at: now,
        expires_at: None,
        answered_at: None,
        note: None,
        owner_kind: point.owner_kind,
        ext: Ext::new(),
    }
}

/// The question as answered by whoever has its token.
///
/// # Errors
///
/// `confirmation.used` · `confirmation.expired` · `confirmation.value_changed` where the point holds something else, or is
/// gone. Rule FLOW-20 (F164, X16, W37).
pub fn answer(
    question: &Confirmation,
    point: Option<&ContactPoint>,
    confirmed: bool,
    now: Timestamp,
) -> Result<Confirmation, Refusal> {
    let mut check = Check::default();
    check.rule(question.status == Confirmed::Pending, "token", || {
        let at = question.answered_at.map(|at| at.to_string()).unwrap_or_default();
        Invalid::new("confirmation.used", &at).limit("it answers once")
    });
    check.rule(!question.is_expired(now), "token", || {
        let end = question.expires_at.map(|end| end.to_string()).unwrap_or_default();
        Invalid::new("confirmation.expired", &end).limit("before that")
    });
    check.rule(point.is_some_and(|point| question.is_of(point)), "token", || {
        Invalid::new("confirmation.value_changed", "").limit("ask again")
    });
    check.done()?;
    let status = if confirmed { Confirmed::Confirmed } else { Confirmed::Failed };
    Ok(Confirmation { status, answered_at: Some(now), ..question.clone() })
}

/// What somebody found out who asked in person, such as by telephone (电话核实).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConfirmation {
    /// About which contact point.
    pub point: Id<ContactPoint>,
    /// Whether they are reached by it.
    pub confirmed: bool,
    /// What was said, and by whom.
    pub note: String,
}

/// The confirmation that somebody found out in person; it takes the place of any question that waits for its token.
///
/// # Errors
///
/// `confirmation.medium` · `text.*` (note). Rule FLOW-21 (F164, W37).
pub fn record_confirmation(
    point: &ContactPoint,
    wish: &RecordConfirmation,
    by: Id<User>,
    now: Timestamp,
) -> Result<Confirmation, Refusal> {
    let mut check = Check::default();
    reaches(point, &mut check);
    let note = check.take("note", Note::parse(&wish.note));
    let status = if wish.confirmed { Confirmed::Confirmed } else { Confirmed::Failed };
    check.finish(note.map(|note| Confirmation {
        answered_at: Some(now),
        note: Some(note),
        ..of(point, status, by, now)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;
    use crate::party::{PointOwner, Reach};
    use crate::value::Country;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(minute * 60_000_000).unwrap()
    }

    fn just_before(minute: i64) -> Timestamp {
        Timestamp::from_micros(minute * 60_000_000 - 1).unwrap()
    }

    fn point(reach: Result<Reach, Invalid>) -> ContactPoint {
        let owner = (PointOwner::Lead, Uuid::from_u128(5));
        reach.unwrap().of(Id::new(Uuid::from_u128(1)), owner, None)
    }

    fn phone(text: &str) -> ContactPoint {
        point(Reach::phone(text, Country::CHINA))
    }

    #[test]
    fn a_question_is_about_what_can_answer_and_waits_for_some_time() {
        let table = [
            ("a phone", phone("13800138000"), None, ""),
            ("for a minute", phone("13800138000"), Some(1), ""),
            ("for no time", phone("13800138000"), Some(0), "minutes confirmation.minutes"),
            ("for ever", phone("13800138000"), Some(43_201), "minutes confirmation.minutes"),
            ("a web site", point(Reach::url("a.cn")), None, "point confirmation.medium"),
        ];
        for (what, point, minutes, expected) in table {
            let asked = ask(&point, "t", minutes, User::OWNER, at(0));
            assert_eq!(broken(&asked).join(", "), expected, "asked about {what}");
        }
        let asked = ask(&phone("13800138000"), "secret", None, User::OWNER, at(0)).unwrap();
        assert!(!format!("{asked:?}").contains("secret"), "the token itself is not kept");
    }

    #[test]
    fn a_token_answers_once_in_time_and_about_what_was_asked() {
        let own = phone("13800138000");
        let asked = ask(&own, "t", Some(60), User::OWNER, at(0)).unwrap();
        let other = phone("13900139000");
        let done = answer(&asked, Some(&own), true, at(1)).unwrap();
        assert_eq!((done.status, done.answered_at), (Confirmed::Confirmed, Some(at(1))));
        let table = [
            ("in time", &asked, Some(&own), just_before(60), ""),
            ("at its end", &asked, Some(&own), at(60), "token confirmation.expired"),
            ("twice", &done, Some(&own), at(2), "token confirmation.used"),
            (
                "about another number",
                &asked,
                Some(&other),
                at(1),
                "token confirmation.value_changed",
            ),
            ("about what is gone", &asked, None, at(1), "token confirmation.value_changed"),
            (
                "too late about what is gone",
                &asked,
                None,
                at(99),
                "token confirmation.expired, token confirmation.value_changed",
            ),
        ];
        for (when, question, point, now, expected) in table {
            let answered = answer(question, point, false, now);
            assert_eq!(broken(&answered).join(", "), expected, "answered {when}");
            assert!(answered.is_err() || answered.unwrap().status == Confirmed::Failed);
        }
    }

    #[test]
    fn what_is_found_out_in_person_says_how() {
        let own = phone("13800138000");
        let wish =
            |note: &str| RecordConfirmation { point: own.id, confirmed: false, note: note.into() };
        let found = record_confirmation(&own, &wish("空号"), User::OWNER, at(1)).unwrap();
        assert_eq!((found.status, found.token_hash.as_str()), (Confirmed::Failed, ""));
        let silent = record_confirmation(&own, &wish(" "), User::OWNER, at(1));
        assert_eq!(broken(&silent), ["note text.empty"]);
    }
}
