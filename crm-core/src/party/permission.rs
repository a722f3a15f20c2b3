//! Whether somebody may be turned to for a purpose by a channel, by all that they and their company said.

use std::collections::BTreeSet;

use super::{Consent, ConsentState};
use crate::access::Purpose;
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

codes! {
    /// Why the data of somebody does not leave for a purpose.
    pub enum Withheld {
        /// Its use is restricted: consent to `processing` was withdrawn.
        Restricted = "restricted",
        /// They forbid this use.
        Withdrawn = "withdrawn",
        /// They did not allow this use, which needs it.
        NoConsent = "no_consent",
    }
}

impl Consent {
    /// The purpose of any use at all: whoever withdraws it has their data kept, and not used.
    pub const PROCESSING: &'static str = "processing";
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

/// Whether the data of somebody may leave for a purpose, and by which channels they may be turned to, by all that they and
/// their company said under the purpose's code (`sales`, `service`, `marketing`, `analysis`):
///
/// - for `administration` and `migration` all of it leaves: who runs the system keeps what is stored;
/// - for every other purpose nothing leaves of whoever withdrew `processing`, or the purpose itself;
/// - for `marketing` of a person what they allowed leaves, and nothing of whoever said nothing; for the others what was not
///   forbidden.
///
/// What was said of one channel alone counts for that channel.
///
/// # Errors
///
/// Why nothing leaves, the first of `restricted`, `withdrawn`, `no_consent`. Rule PRIV-1 (F213, F180, W13).
pub fn may_leave(
    said: &[Consent],
    purpose: Purpose,
    is_person: bool,
) -> Result<BTreeSet<ConsentChannel>, Withheld> {
    let all = || ConsentChannel::ALL.iter().copied();
    let needs_consent = match purpose {
        Purpose::Administration | Purpose::Migration => return Ok(all().collect()),
        Purpose::Marketing => is_person,
        Purpose::Sales | Purpose::Service | Purpose::Analysis => false,
    };
    if allowed(said, Consent::PROCESSING, ConsentChannel::Any) == Allowed::Withdrawn {
        return Err(Withheld::Restricted);
    }
    let of = |channel| allowed(said, purpose.code(), channel);
    let open: BTreeSet<ConsentChannel> = all()
        .filter(|channel| match of(*channel) {
            Allowed::Given => true,
            Allowed::Unsaid => !needs_consent,
            Allowed::Withdrawn => false,
        })
        .collect();
    if of(ConsentChannel::Any) == Allowed::Withdrawn {
        return Err(Withheld::Withdrawn);
    }
    if !open.is_empty() {
        return Ok(open);
    }
    let forbidden = all().any(|channel| of(channel) == Allowed::Withdrawn);
    Err(if forbidden { Withheld::Withdrawn } else { Withheld::NoConsent })
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
    fn what_leaves_follows_from_what_was_said_and_what_it_is_for() {
        use Purpose::{Administration, Analysis, Marketing, Migration, Sales, Service};
        let (all, mail, phone) = ("marketing", "marketing.email", "marketing.phone");
        let restricted = || vec![said("processing", false), said(all, true)];
        let anything = Ok("any phone email message");
        #[rustfmt::skip]
        let table = [
            ("nobody said anything",     vec![],                                  Marketing,      true,  Err(Withheld::NoConsent)),
            ("nor did the company",      vec![],                                  Marketing,      false, anything),
            ("selling needs no word",    vec![],                                  Sales,          true,  anything),
            ("it was given",             vec![said(all, true)],                   Marketing,      true,  anything),
            ("one channel was given",    vec![said(mail, true)],                  Marketing,      true,  Ok("email")),
            ("all but one was given",    vec![said(all, true), said(phone, false)], Marketing,    true,  Ok("any email message")),
            ("one was withdrawn",        vec![said(phone, false)],                Marketing,      true,  Err(Withheld::Withdrawn)),
            ("a company withdrew one",   vec![said(phone, false)],                Marketing,      false, Ok("any email message")),
            ("a company withdrew",       vec![said(all, false)],                  Marketing,      false, Err(Withheld::Withdrawn)),
            ("it was withdrawn",         vec![said(all, false)],                  Marketing,      true,  Err(Withheld::Withdrawn)),
            ("of another purpose",       vec![said(all, false)],                  Sales,          true,  anything),
            ("of this one",              vec![said("sales", false)],              Sales,          true,  Err(Withheld::Withdrawn)),
            ("of service",               vec![said("service", false)],            Service,        true,  Err(Withheld::Withdrawn)),
            ("of figures",               vec![said("analysis", false)],           Analysis,       true,  Err(Withheld::Withdrawn)),
            ("its use is restricted",    restricted(),                            Marketing,      true,  Err(Withheld::Restricted)),
            ("for selling too",          restricted(),                            Sales,          false, Err(Withheld::Restricted)),
            ("it is kept all the same",  restricted(),                            Migration,      true,  anything),
            ("and run",                  restricted(),                            Administration, true,  anything),
        ];
        for (rule, said, purpose, is_person, expected) in table {
            let found = may_leave(&said, purpose, is_person).map(|open| {
                open.iter().map(|channel| channel.code()).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found, expected.map(str::to_owned), "{rule}");
        }
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
