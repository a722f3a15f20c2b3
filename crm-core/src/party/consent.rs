//! What a person allowed us to do with how they are reached, for which purpose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

codes! {
    /// What somebody who said something is.
    pub enum PersonKind {
        /// A lead.
        Lead = "lead",
        /// A person at a customer.
        Contact = "contact",
        /// A customer: a person, or a company for all its people.
        Customer = "customer",
    }
}

codes! {
    /// By what somebody may be turned to.
    pub enum ConsentChannel {
        /// By anything.
        Any = "any",
        /// By telephone.
        Phone = "phone",
        /// By e-mail.
        Email = "email",
        /// By a message in a social network.
        Message = "message",
    }
}

record! {
    /// That somebody allowed us to turn to them by a channel for a purpose, or forbade it.
    pub struct Consent: Consent {
        /// Who: the kind of record.
        1 person_kind: PersonKind;
        /// Who: the record.
        2 person: Uuid;
        /// For what, such as `marketing` or `feedback`.
        3 purpose: Code;
        /// By what.
        4 channel: ConsentChannel;
        /// Whether they allow it.
        5 given: bool;
        /// How they said so, and where that is kept.
        6 proof: Note, personal("consent", 3650);
        /// When they said so.
        7 said_at: Timestamp;
        /// Who entered it.
        8 by: Id<User>;
    }
    listings {
        1 "by_person" ["person"];
    }
}

codes! {
    /// What follows from what somebody said.
    pub enum Allowed {
        /// They allow it.
        Given = "given",
        /// They said nothing.
        Unsaid = "unsaid",
        /// They forbid it.
        Withdrawn = "withdrawn",
    }
}

impl Consent {
    /// The purpose of asking whether somebody was satisfied.
    pub const FEEDBACK: &'static str = "feedback";
    /// The purpose of turning to somebody to sell.
    pub const MARKETING: &'static str = "marketing";
    /// The listing by person.
    pub const BY_PERSON: u16 = 1;

    /// The id of what one person said of a purpose and a channel: saying it anew takes the place of what was said.
    pub fn id_of(person: Uuid, purpose: &Code, channel: ConsentChannel) -> Id<Self> {
        let (purpose, channel) = (purpose.as_str().as_bytes(), channel.code().as_bytes());
        Id::derived([b"consent".as_slice(), person.as_bytes(), purpose, channel])
    }
}

/// What somebody said: that they allow it, or that they forbid it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    /// Who: the kind of record.
    pub person_kind: PersonKind,
    /// Who: the record.
    pub person: Uuid,
    /// For what: `marketing`, `feedback`, or another code of the vocabulary `consent_purpose`.
    pub purpose: String,
    /// `any` (where nothing is said), `phone`, `email` or `message`.
    #[serde(default)]
    pub channel: Option<ConsentChannel>,
    /// Whether they allow it.
    pub given: bool,
    /// How they said so, and where that is kept.
    pub proof: String,
    /// When; now where nothing is said.
    #[serde(default)]
    pub said_at: Option<Timestamp>,
}

/// What is kept of what somebody said. Of `before`, all that is kept of the same purpose and channel, each takes on what is
/// said now: what came from a merged record, too. What was said earlier than what is kept changes nothing.
///
/// # Errors
///
/// `code.*` (purpose) · `text.*` (proof) · `consent.in_future` (said_at). Rule SV-9 (F180, W13).
pub fn record_consent(
    wish: &RecordConsent,
    before: &[Consent],
    by: Id<User>,
    now: Timestamp,
) -> Result<Vec<Consent>, Refusal> {
    let mut check = Check::default();
    let purpose = check.take("purpose", Code::parse(&wish.purpose));
    let proof = check.take("proof", Note::parse(&wish.proof));
    let said_at = wish.said_at.unwrap_or(now);
    check.rule(said_at <= now, "said_at", || {
        Invalid::new("consent.in_future", &said_at.to_string()).limit(format!("until {now}"))
    });
    let (purpose, proof) = check.finish(purpose.zip(proof))?;
    let channel = wish.channel.unwrap_or(ConsentChannel::Any);
    let said = Consent {
        id: Consent::id_of(wish.person, &purpose, channel),
        person_kind: wish.person_kind,
        person: wish.person,
        purpose,
        channel,
        given: wish.given,
        proof,
        said_at,
        by,
        ext: Ext::new(),
    };
    let same = |kept: &&Consent| kept.purpose == said.purpose && kept.channel == channel;
    let kept: Vec<&Consent> = before.iter().filter(same).collect();
    if kept.is_empty() {
        return Ok(vec![said]);
    }
    let older = kept.into_iter().filter(|kept| kept.said_at <= said_at);
    Ok(older.map(|kept| Consent { id: kept.id, ..said.clone() }).collect())
}

/// Whether somebody may be turned to by a channel for a purpose: what forbids it counts more than what allows it, whoever
/// of the person and their company said it, and whichever came later. Rule SV-10 (F180, F125, W13).
pub fn allowed(said: &[Consent], purpose: &str, channel: ConsentChannel) -> Allowed {
    let concerns = |one: &&Consent| {
        one.purpose.as_str() == purpose
            && (one.channel == channel || one.channel == ConsentChannel::Any)
    };
    let (mut given, mut withdrawn) = (false, false);
    for one in said.iter().filter(concerns) {
        given |= one.given;
        withdrawn |= !one.given;
    }
    match (withdrawn, given) {
        (true, _) => Allowed::Withdrawn,
        (false, true) => Allowed::Given,
        (false, false) => Allowed::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    fn wish(channel: ConsentChannel, given: bool, second: i64) -> RecordConsent {
        RecordConsent {
            person_kind: PersonKind::Contact,
            person: Uuid::from_u128(1),
            purpose: "marketing".into(),
            channel: Some(channel),
            given,
            proof: "电话录音 7".into(),
            said_at: Some(at(second)),
        }
    }

    fn said(channel: ConsentChannel, given: bool, second: i64) -> Consent {
        record_consent(&wish(channel, given, second), &[], User::OWNER, at(9)).unwrap().remove(0)
    }

    #[test]
    fn what_is_said_later_takes_the_place_of_what_was_said_of_the_same() {
        use ConsentChannel::{Any, Email};
        let kept = [
            said(Email, false, 5),
            Consent { id: Id::new(Uuid::from_u128(7)), ..said(Email, true, 6) },
        ];
        let later = record_consent(&wish(Email, true, 8), &kept, User::OWNER, at(9)).unwrap();
        assert_eq!(later.len(), 2, "what came from a merged record, too");
        assert!(later.iter().all(|one| one.given && one.said_at == at(8)));
        assert_eq!(record_consent(&wish(Email, true, 4), &kept, User::OWNER, at(9)), Ok(vec![]));
        assert_eq!(
            record_consent(&wish(Any, true, 4), &kept, User::OWNER, at(9)).unwrap().len(),
            1
        );
        let bad = RecordConsent { purpose: "!".into(), proof: " ".into(), ..wish(Any, true, 10) };
        let refused = record_consent(&bad, &[], User::OWNER, at(9));
        let expected = "purpose code.format, proof text.empty, said_at consent.in_future";
        assert_eq!(broken(&refused).join(", "), expected);
    }

    #[test]
    fn what_forbids_counts_more_than_what_allows() {
        use ConsentChannel::{Any, Email, Phone};
        let table = [
            ("nothing was said", vec![], Email, Allowed::Unsaid),
            ("it was given", vec![said(Email, true, 1)], Email, Allowed::Given),
            ("another channel was given", vec![said(Phone, true, 1)], Email, Allowed::Unsaid),
            ("any channel was given", vec![said(Any, true, 1)], Email, Allowed::Given),
            (
                "any was withdrawn",
                vec![said(Email, true, 2), said(Any, false, 1)],
                Email,
                Allowed::Withdrawn,
            ),
            (
                "both were said of one",
                vec![said(Email, false, 1), said(Email, true, 2)],
                Email,
                Allowed::Withdrawn,
            ),
        ];
        for (rule, said, channel, expected) in table {
            assert_eq!(allowed(&said, "marketing", channel), expected, "where {rule}");
            assert_eq!(allowed(&said, "other", channel), Allowed::Unsaid);
        }
    }
}
