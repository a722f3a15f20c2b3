//! What somebody allows their data to be used for, and what they no longer do.

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
    /// Who allows something.
    pub enum ConsentOf {
        /// A lead.
        Lead = "lead",
        /// A contact.
        Contact = "contact",
        /// A customer: a person, or an organization for what it says itself.
        Customer = "customer",
    }
}

codes! {
    /// Whether a use is allowed.
    pub enum ConsentState {
        /// It is.
        Given = "given",
        /// It was, and is no more; or it was forbidden from the start.
        Withdrawn = "withdrawn",
    }
}

record! {
    /// What somebody said last of one use of their data. What they said before stands in the trail.
    pub struct Consent: Consent {
        /// Who: the kind.
        1 subject_kind: ConsentOf;
        /// Who: the id.
        2 subject: Uuid;
        /// To what: a code of the vocabulary `consent_purpose`, such as `browsing` or `marketing`.
        3 purpose: Code;
        /// Whether it is allowed.
        4 state: ConsentState;
        /// When it was allowed last.
        5 given_at: Option<Timestamp>;
        /// When it was withdrawn last.
        6 withdrawn_at: Option<Timestamp>;
        /// By which way it was said: a code of the vocabulary `source`.
        7 source: Option<Code>;
        /// What proves it: the form, the recording, the mail.
        8 evidence: Option<Note>, personal("consent", 3650);
        /// When it was entered.
        9 recorded_at: Timestamp;
        /// Who entered it.
        10 recorded_by: Id<User>;
    }
    listings {
        1 unique "by_subject" ["subject", "purpose"];
    }
}

impl Consent {
    /// The listing by who said it, then purpose.
    pub const BY_SUBJECT: u16 = 1;
    /// The purpose that browsing events need.
    pub const BROWSING: &'static str = "browsing";

    /// Whether something that happened at `at` may be used, now that this is what they said last. Withdrawal counts at once
    /// and for what happened before it was entered, too; consent counts from its instant on, never backwards.
    ///
    /// # Errors
    ///
    /// `consent.withdrawn` · `consent.missing` for what happened before it was given. Rule FX-4 (F127).
    pub fn allows(&self, at: Timestamp) -> Result<(), Invalid> {
        let purpose = self.purpose.as_str();
        match (self.state, self.given_at) {
            (ConsentState::Withdrawn, _) => Err(Invalid::new("consent.withdrawn", purpose)),
            (ConsentState::Given, Some(given)) if given <= at => Ok(()),
            (ConsentState::Given, given) => {
                let since = given.map(|given| format!("nothing before {given}"));
                Err(Invalid { limit: since, ..Invalid::new("consent.missing", purpose) })
            }
        }
    }

    /// What two records of one person say together, under this one's id: what is withdrawn in either is withdrawn. Consent is
    /// never widened by a merge. Rule FX-5 (F033, W13).
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        match (self.state, other.state) {
            (ConsentState::Given, ConsentState::Withdrawn) => Self {
                id: self.id,
                subject_kind: self.subject_kind,
                subject: self.subject,
                ..other.clone()
            },
            (ConsentState::Withdrawn, _) | (ConsentState::Given, ConsentState::Given) => {
                self.clone()
            }
        }
    }
}

/// What somebody said of one use of their data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    /// Who: `lead`, `contact` or `customer`.
    pub subject_kind: ConsentOf,
    /// Which.
    pub subject: Uuid,
    /// To what: a code of the vocabulary `consent_purpose`.
    pub purpose: String,
    /// `given` or `withdrawn`.
    pub state: ConsentState,
    /// When they said so; now where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// By which way: a code of the vocabulary `source`.
    #[serde(default)]
    pub source: Option<String>,
    /// What proves it; of what is given always, for a withdrawal nothing need be proved.
    #[serde(default)]
    pub evidence: Option<String>,
}

/// What stands after somebody said something: the later word counts, of two of the same instant the withdrawal. An earlier
/// word that is entered late keeps its instant and changes nothing else, so that the order of entry does not matter.
///
/// # Errors
///
/// `code.*` (purpose, source) · `text.*` (evidence) · `consent.evidence_missing` · `time.future` (at). Rule FX-3 (F127).
pub fn record_consent(
    before: Option<&Consent>,
    wish: &RecordConsent,
    by: Id<User>,
    now: Timestamp,
) -> Result<Consent, Refusal> {
    let mut check = Check::default();
    let purpose = check.take("purpose", Code::parse(&wish.purpose));
    let source = check.parse("source", wish.source.as_deref());
    let evidence = check.parse("evidence", wish.evidence.as_deref());
    let proved = wish.state == ConsentState::Withdrawn || wish.evidence.is_some();
    check.rule(proved, "evidence", || {
        Invalid::new("consent.evidence_missing", "").limit("what proves that it was given")
    });
    let at = wish.at.unwrap_or(now);
    check.rule(at <= now, "at", || {
        Invalid::new("time.future", &at.to_string()).limit(format!("not after {now}"))
    });
    let purpose = check.finish(purpose)?;
    let given_before = before.and_then(|before| before.given_at);
    let withdrawn_before = before.and_then(|before| before.withdrawn_at);
    let (given_at, withdrawn_at) = match wish.state {
        ConsentState::Given => (given_before.max(Some(at)), withdrawn_before),
        ConsentState::Withdrawn => (given_before, withdrawn_before.max(Some(at))),
    };
    let state =
        if withdrawn_at >= given_at { ConsentState::Withdrawn } else { ConsentState::Given };
    let last = match before {
        // Said earlier than what stands: its instant is kept, and what stands goes on standing.
        Some(before) if state != wish.state || given_before > Some(at) => {
            return Ok(Consent { given_at, withdrawn_at, ..before.clone() });
        }
        Some(before) if withdrawn_before > Some(at) => {
            return Ok(Consent { given_at, withdrawn_at, ..before.clone() });
        }
        before => before,
    };
    let id = last.map_or_else(
        || {
            let parts =
                [b"consent".as_slice(), wish.subject.as_bytes(), purpose.as_str().as_bytes()]
                    .map(<[u8]>::to_vec);
            Id::derived(parts.iter().map(Vec::as_slice))
        },
        |last| last.id,
    );
    Ok(Consent {
        id,
        subject_kind: wish.subject_kind,
        subject: wish.subject,
        purpose,
        state,
        given_at,
        withdrawn_at,
        source,
        evidence,
        recorded_at: now,
        recorded_by: by,
        ext: Ext::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    fn at(hour: u32) -> Timestamp {
        format!("2026-03-01T{hour:02}:00:00Z").parse().unwrap()
    }

    fn said(state: ConsentState, hour: u32) -> RecordConsent {
        RecordConsent {
            subject_kind: ConsentOf::Lead,
            subject: Uuid::from_u128(9),
            purpose: Consent::BROWSING.into(),
            state,
            at: Some(at(hour)),
            source: None,
            evidence: Some(format!("form {hour}")),
        }
    }

    fn after(words: &[RecordConsent]) -> Consent {
        let stands = words.iter().fold(None, |before: Option<Consent>, word| {
            Some(record_consent(before.as_ref(), word, User::OWNER, at(23)).unwrap())
        });
        stands.unwrap()
    }

    #[test]
    fn the_last_word_counts_and_of_two_at_once_the_withdrawal() {
        use ConsentState::{Given, Withdrawn};
        #[rustfmt::skip]
        let table: [(&[(ConsentState, u32)], ConsentState); 7] = [
            (&[(Given, 1)], Given),
            (&[(Withdrawn, 1)], Withdrawn),
            (&[(Given, 1), (Withdrawn, 2)], Withdrawn),
            (&[(Given, 1), (Withdrawn, 2), (Given, 3)], Given),
            (&[(Given, 1), (Withdrawn, 1)], Withdrawn),
            (&[(Given, 3), (Withdrawn, 2)], Given),
            (&[(Given, 1), (Withdrawn, 4), (Given, 2)], Withdrawn),
        ];
        for (words, expected) in table {
            let mut words: Vec<RecordConsent> = words.iter().map(|(s, h)| said(*s, *h)).collect();
            let stands = after(&words);
            assert_eq!(stands.state, expected, "{words:?}");
            let last = words.iter().filter(|word| word.state == expected).max_by_key(|w| w.at);
            let evidence = stands.evidence.clone().map(|evidence| evidence.to_string());
            assert_eq!(evidence, last.unwrap().evidence, "the proof of what stands, {words:?}");
            words.reverse();
            let other = after(&words);
            let told = |c: &Consent| (c.state, c.given_at, c.withdrawn_at, c.evidence.clone());
            assert_eq!(
                told(&other),
                told(&stands),
                "whatever order they are entered in, {words:?}"
            );
        }
    }

    #[test]
    fn a_use_is_allowed_from_consent_on_until_it_is_withdrawn() {
        use ConsentState::{Given, Withdrawn};
        let given = after(&[said(Given, 5)]);
        assert_eq!(given.allows(at(5)), Ok(()), "at its very instant");
        assert_eq!(given.allows(at(4)).unwrap_err().code, "consent.missing", "never backwards");
        let withdrawn = after(&[said(Given, 5), said(Withdrawn, 8)]);
        assert_eq!(withdrawn.allows(at(6)).unwrap_err().code, "consent.withdrawn", "at once");
    }

    #[test]
    fn withdrawn_beats_given_whichever_record_is_kept() {
        use ConsentState::{Given, Withdrawn};
        let given = Consent { id: Id::new(Uuid::from_u128(1)), ..after(&[said(Given, 9)]) };
        let no = after(&[said(Given, 1), said(Withdrawn, 2)]);
        let no = Consent { subject: Uuid::from_u128(8), ..no };
        for (kept, gone) in [(&given, &no), (&no, &given)] {
            let one = kept.stricter(gone);
            assert_eq!(
                (one.state, one.withdrawn_at),
                (Withdrawn, Some(at(2))),
                "though it is older"
            );
            assert_eq!((one.id, one.subject), (kept.id, kept.subject), "under the id that is kept");
        }
        assert_eq!(given.stricter(&given), given);
    }

    #[test]
    fn consent_is_proved_and_not_of_tomorrow() {
        let bare = RecordConsent { evidence: None, ..said(ConsentState::Given, 1) };
        let table = [
            ("is proved", bare.clone(), "evidence consent.evidence_missing"),
            (
                "is withdrawn without proof",
                RecordConsent { state: ConsentState::Withdrawn, ..bare.clone() },
                "",
            ),
            (
                "names its purpose, and what was said already",
                RecordConsent { purpose: "no purpose".into(), at: Some(at(23)), ..bare },
                "purpose code.format, evidence consent.evidence_missing, at time.future",
            ),
        ];
        for (rule, wish, expected) in table {
            let found = record_consent(None, &wish, User::OWNER, at(22));
            assert_eq!(broken(&found).join(", "), expected, "consent {rule}");
        }
    }
}
