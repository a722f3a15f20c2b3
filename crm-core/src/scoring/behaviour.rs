//! What people did that speaks for or against them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::Target;
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Timestamp, Url};

record! {
    /// Something that a lead or a customer did: opened a mail, came to a demo, asked to be left alone. Never changed.
    pub struct Behaviour: Behaviour, append_only {
        /// What kind of record did it.
        1 subject_kind: Target;
        /// Which.
        2 subject: Uuid;
        /// What: a code of the vocabulary `behaviour`.
        3 code: Code;
        /// When.
        4 at: Timestamp;
        /// Where it was seen: a code of the vocabulary `source`.
        5 source: Option<Code>;
        /// When it was entered.
        6 recorded_at: Timestamp;
        /// The page that was looked at, of a browsing event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        240 page: Option<Url>, personal("consent", 365);
        /// The product that it shows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        241 product: Option<Id<Product>>;
        /// How many seconds they stayed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        242 seconds: Option<u32>;
    }
    listings {
        1 "by_subject" ["subject", "at"];
    }
}

impl Behaviour {
    /// The listing by who did it, then when.
    pub const BY_SUBJECT: u16 = 1;
}

/// Records that a lead or customer did something. The same behaviour of the same one at the same instant is recorded once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordBehaviour {
    /// What kind of record did it: `lead`, `customer` or `opportunity`.
    pub subject_kind: Target,
    /// Which.
    pub subject: Uuid,
    /// What: a code of the vocabulary `behaviour`.
    pub code: String,
    /// When; now where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Where it was seen: a code of the vocabulary `source`.
    #[serde(default)]
    pub source: Option<String>,
}

/// The behaviour as it will be kept.
///
/// # Errors
///
/// `code.*` (code, source) · `time.future` (at). Rule SCO-3 (F048).
pub fn record_behaviour(wish: &RecordBehaviour, now: Timestamp) -> Result<Behaviour, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let source = check.parse("source", wish.source.as_deref());
    let at = wish.at.unwrap_or(now);
    check.rule(at <= now, "at", || {
        Invalid::new("time.future", &at.to_string()).limit(format!("not after {now}"))
    });
    let behaviour = code.map(|code| Behaviour {
        id: Id::derived([
            b"behaviour",
            wish.subject.as_bytes().as_slice(),
            code.as_str().as_bytes(),
            &at.micros().to_be_bytes(),
        ]),
        subject_kind: wish.subject_kind,
        subject: wish.subject,
        code,
        at,
        source,
        recorded_at: now,
        page: None,
        product: None,
        seconds: None,
        ext: Ext::new(),
    });
    check.finish(behaviour)
}

/// Something that a lead or customer looked at on the web: a behaviour, with the page. Kept only with their consent to the
/// purpose `browsing`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowsingEvent {
    /// `lead` or `customer`.
    pub subject_kind: Target,
    /// Which.
    pub subject: Uuid,
    /// What they did: a code of the vocabulary `behaviour`, such as `page_view`.
    pub code: String,
    /// When.
    pub at: Timestamp,
    /// The page.
    pub page: String,
    /// The product that it shows.
    #[serde(default)]
    pub product: Option<Id<Product>>,
    /// How many seconds they stayed: at most 86,400.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Where it was seen: a code of the vocabulary `source`.
    #[serde(default)]
    pub source: Option<String>,
}

/// Seconds on one page at most: a day.
const STAY_MAX: u32 = 86_400;

/// The browsing event as it will be kept. The same code and page of the same one at the same instant is one.
///
/// # Errors
///
/// `browsing.of_kind` (subject_kind) · `code.*` (code, source) · `time.future` (at) · `url.*` (page) ·
/// `browsing.stay_long` (seconds). Rule FX-6 (F127).
pub fn browsed(wish: &BrowsingEvent, now: Timestamp) -> Result<Behaviour, Refusal> {
    let mut check = Check::default();
    check.rule(wish.subject_kind != Target::Opportunity, "subject_kind", || {
        Invalid::new("browsing.of_kind", wish.subject_kind.code())
            .allowed([Target::Lead.code(), Target::Customer.code()])
    });
    let plain = RecordBehaviour {
        subject_kind: wish.subject_kind,
        subject: wish.subject,
        code: wish.code.clone(),
        at: Some(wish.at),
        source: wish.source.clone(),
    };
    let behaviour = check.below("", record_behaviour(&plain, now));
    let page = check.take("page", Url::parse(&wish.page));
    check.rule(wish.seconds.is_none_or(|seconds| seconds <= STAY_MAX), "seconds", || {
        let seconds = wish.seconds.unwrap_or(0).to_string();
        Invalid::new("browsing.stay_long", &seconds).limit(format!("at most {STAY_MAX}"))
    });
    let event = behaviour.zip(page).map(|(behaviour, page)| Behaviour {
        id: Id::derived([behaviour.id.uuid().as_bytes().as_slice(), page.to_string().as_bytes()]),
        page: Some(page),
        product: wish.product,
        seconds: wish.seconds,
        ..behaviour
    });
    check.finish(event)
}
