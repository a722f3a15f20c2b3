//! Making a promise, and changing what it says.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Promise, PromiseState, PromiseStep, PromiseVersion, Promises};
use crate::activity::Activity;
use crate::decision::{Check, Refusal, Violation};
use crate::machine;
use crate::opportunity::Opportunity;
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Note, Timestamp};

/// A promise: to whom, what, until when. The customer is that of the deal, where only the deal is named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromiseWish {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Promise>>,
    /// To whom.
    pub customer: Option<Id<Customer>>,
    /// To whom there.
    pub contact: Option<Id<Contact>>,
    /// About which deal.
    pub opportunity: Option<Id<Opportunity>>,
    /// Who of us; the actor where nobody is named.
    pub promiser: Option<Id<User>>,
    /// What: 1 to 10,000 characters.
    pub text: String,
    /// The last day on which it is kept in time.
    pub due_on: Option<NaiveDate>,
    /// Where it was said.
    pub activity: Option<Id<Activity>>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

impl Promise {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> PromiseWish {
        PromiseWish {
            id: None,
            customer: Some(self.customer),
            contact: self.contact,
            opportunity: self.opportunity,
            promiser: Some(self.promiser),
            text: self.text.to_string(),
            due_on: Some(self.due_on),
            activity: self.activity,
            custom: self.ext.clone(),
        }
    }
}

/// What a wish names, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// To whom.
    pub customer: Id<Customer>,
    /// The deal, where one is named.
    pub deal: Option<&'a Opportunity>,
    /// To whom there, where somebody is named.
    pub contact: Option<&'a Contact>,
    /// Who of us.
    pub promiser: Id<User>,
    /// Who writes it down.
    pub author: Id<User>,
    /// When.
    pub now: Timestamp,
}

/// A promise and the version that tells what it says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Promised {
    /// The promise.
    pub promise: Promise,
    /// Its newest version.
    pub version: PromiseVersion,
}

impl Promised {
    /// A promise with its next version.
    pub(super) fn of(
        promise: Promise,
        id: Id<PromiseVersion>,
        step: PromiseStep,
        reason: Option<Note>,
        (author, at): (Id<User>, Timestamp),
    ) -> Self {
        let version = PromiseVersion {
            id,
            promise: promise.id,
            ordinal: promise.revision,
            text: promise.text.clone(),
            due_on: promise.due_on,
            step,
            state: promise.state,
            reason,
            author,
            at,
            ext: Ext::new(),
        };
        Self { promise, version }
    }
}

/// A new promise and its first version. One may be written down late: its day may be over. Rule DP-6 (F010).
///
/// # Errors
///
/// `promise.deal_elsewhere`, `promise.contact_elsewhere` · `text.*` (text) · `promise.due_missing`.
pub fn make(
    (id, version): (Id<Promise>, Id<PromiseVersion>),
    wish: &PromiseWish,
    named: Named<'_>,
) -> Result<Promised, Refusal> {
    let mut check = Check::default();
    let said = said(wish, named, &mut check);
    let promised = said.map(|(text, due_on)| {
        let promise = Promise {
            id,
            customer: named.customer,
            contact: wish.contact,
            opportunity: named.deal.map(|deal| deal.id),
            promiser: named.promiser,
            text,
            due_on,
            state: PromiseState::Open,
            activity: wish.activity,
            outcome: None,
            settled_at: None,
            settled_by: None,
            revision: 1,
            created_at: named.now,
            ext: wish.custom.clone(),
        };
        Promised::of(promise, version, PromiseStep::Amend, None, (named.author, named.now))
    });
    check.finish(promised)
}

/// The promise as it shall read from now on, and the version that says so; what it said before stays as versions.
/// Rule DP-7 (F010, B26).
///
/// # Errors
///
/// `promise.settled`, `promise.removed` for one that is not open · then as [`make`] · `text.*` (reason).
pub fn amend(
    promise: &Promise,
    wish: &PromiseWish,
    reason: Option<&str>,
    id: Id<PromiseVersion>,
    named: Named<'_>,
) -> Result<Promised, Refusal> {
    let mut check = Check::default();
    if let Err(refused) = machine::step::<Promises>(promise.state, PromiseStep::Amend) {
        check.add(Violation { path: "id".to_owned(), ..refused });
    }
    let said = said(wish, named, &mut check);
    let reason: Option<Note> = check.parse("reason", reason);
    let promised = said.map(|(text, due_on)| {
        let next = Promise {
            contact: wish.contact,
            opportunity: named.deal.map(|deal| deal.id),
            promiser: named.promiser,
            text,
            due_on,
            activity: wish.activity,
            revision: promise.revision.saturating_add(1),
            ext: wish.custom.clone(),
            ..promise.clone()
        };
        Promised::of(next, id, PromiseStep::Amend, reason, (named.author, named.now))
    });
    check.finish(promised)
}

/// What is promised and until when.
fn said(wish: &PromiseWish, named: Named<'_>, check: &mut Check) -> Option<(Note, NaiveDate)> {
    if let Some(deal) = named.deal {
        check.rule(deal.customer == named.customer, "opportunity", || {
            Invalid::new("promise.deal_elsewhere", &deal.id.to_string())
                .limit("a deal of the customer")
        });
    }
    if let Some(contact) = named.contact {
        check.rule(contact.customer == named.customer, "contact", || {
            Invalid::new("promise.contact_elsewhere", &contact.id.to_string())
                .limit("somebody at the customer")
        });
    }
    let text = check.take("text", Note::parse(&wish.text));
    check.rule(wish.due_on.is_some(), "due_on", || {
        Invalid::new("promise.due_missing", "").limit("the last day on which it is kept in time")
    });
    text.zip(wish.due_on)
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    pub(crate) fn named() -> Named<'static> {
        Named {
            customer: Id::new(Uuid::from_u128(1)),
            deal: None,
            contact: None,
            promiser: User::OWNER,
            author: User::OWNER,
            now: Timestamp::from_micros(5).unwrap(),
        }
    }

    pub(crate) fn wish(text: &str) -> PromiseWish {
        let due_on = NaiveDate::from_ymd_opt(2026, 3, 31);
        PromiseWish { text: text.to_owned(), due_on, ..Default::default() }
    }

    pub(crate) fn open() -> Promised {
        make(
            (Id::new(Uuid::from_u128(2)), Id::new(Uuid::from_u128(3))),
            &wish("Spare parts"),
            named(),
        )
        .unwrap()
    }

    #[test]
    fn a_promise_says_what_and_until_when() {
        let ids = (Id::new(Uuid::from_u128(2)), Id::new(Uuid::from_u128(3)));
        let table = [
            ("a promise", wish("Free training"), ""),
            ("nothing", wish(" "), "text text.empty"),
            ("no day", PromiseWish { due_on: None, ..wish("x") }, "due_on promise.due_missing"),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(broken(&make(ids, &wish, named())).join(", "), expected, "{rule}");
        }
        let Promised { promise, version } = open();
        assert_eq!((version.ordinal, version.state), (1, PromiseState::Open));
        let wish = PromiseWish { text: "Spare parts within 4 hours".into(), ..promise.wish() };
        let next = amend(&promise, &wish, Some("asked for"), Id::new(Uuid::from_u128(4)), named());
        let next = next.unwrap();
        assert_eq!(next.promise.revision, 2);
        assert_eq!(next.version.text, next.promise.text);
        assert_eq!(version.text.as_str(), "Spare parts", "what it said before stays");
    }

    #[test]
    fn a_promise_is_overdue_the_day_after() {
        let promise = open().promise;
        let day = |of_april| NaiveDate::from_ymd_opt(2026, 4, of_april).unwrap();
        assert!(!promise.is_overdue(promise.due_on));
        assert!(promise.is_overdue(day(1)));
        let kept = Promise { state: PromiseState::Kept, ..promise };
        assert!(!kept.is_overdue(day(1)));
    }
}
