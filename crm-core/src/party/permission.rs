//! Whether somebody may be turned to for a purpose by a channel, by all that they and their company said.

use super::{Consent, ConsentState};
use crate::codes;

codes! {
    /// By what somebody may be turned to. What is said of a purpose counts for every channel; of one channel alone it is said
    /// under the purpose, a point and the channel: `marketing.email`.
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
}

/// Whether somebody may be turned to by a channel for a purpose: what forbids it counts more than what allows it, whoever
/// of the person and their company said it. Rule SV-10 (F180, F125, W13).
pub fn allowed(said: &[Consent], purpose: &str, channel: ConsentChannel) -> Allowed {
    let alone = format!("{purpose}.{channel}");
    let concerns =
        |one: &&Consent| one.purpose.as_str() == purpose || one.purpose.as_str() == alone;
    let (mut given, mut withdrawn) = (false, false);
    for one in said.iter().filter(concerns) {
        given |= one.state == ConsentState::Given;
        withdrawn |= one.state == ConsentState::Withdrawn;
    }
    match (withdrawn, given) {
        (true, _) => Allowed::Withdrawn,
        (false, true) => Allowed::Given,
        (false, false) => Allowed::Unsaid,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::party::{ConsentOf, RecordConsent, record_consent};
    use crate::settings::User;
    use crate::value::Timestamp;

    /// What somebody said of a purpose.
    pub(crate) fn said(purpose: &str, given: bool) -> Consent {
        let state = if given { ConsentState::Given } else { ConsentState::Withdrawn };
        let wish = RecordConsent {
            subject_kind: ConsentOf::Contact,
            subject: Uuid::from_u128(4),
            purpose: purpose.into(),
            state,
            at: None,
            source: None,
            evidence: Some("信函".into()),
        };
        record_consent(None, &wish, User::OWNER, Timestamp::from_micros(0).unwrap()).unwrap()
    }

    #[test]
    fn what_forbids_counts_more_than_what_allows() {
        use ConsentChannel::{Any, Email};
        let (all, mail, phone) = ("marketing", "marketing.email", "marketing.phone");
        let table = [
            ("nothing was said", vec![], Email, Allowed::Unsaid),
            ("it was given", vec![said(mail, true)], Email, Allowed::Given),
            ("another channel was given", vec![said(phone, true)], Email, Allowed::Unsaid),
            ("every channel was given", vec![said(all, true)], Email, Allowed::Given),
            ("one of all", vec![said(all, true), said(phone, false)], Email, Allowed::Given),
            (
                "all was withdrawn",
                vec![said(mail, true), said(all, false)],
                Email,
                Allowed::Withdrawn,
            ),
            ("one says both", vec![said(all, true), said(all, false)], Any, Allowed::Withdrawn),
        ];
        for (rule, said, channel, expected) in table {
            assert_eq!(allowed(&said, "marketing", channel), expected, "where {rule}");
            assert_eq!(allowed(&said, "other", channel), Allowed::Unsaid);
        }
    }
}
