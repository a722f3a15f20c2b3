//! Whether a customer was satisfied: asked once for each document that was completed, answered once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{About, AboutKind, ServicePolicy};
use crate::activity::{Activity, ActivityKind};
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::machine::{self, Machine};
use crate::party::{Allowed, Consent, ConsentChannel, Contact, Customer, allowed};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Note, Timestamp, Wait};
use crate::{codes, record};

codes! {
    /// By what a customer is asked.
    pub enum FeedbackChannel {
        /// One of us calls (电话回访).
        Phone = "phone",
        /// A letter by e-mail (邮件调查).
        Mail = "mail",
        /// A form on the net, whose address the host sends (在线问卷).
        Form = "form",
    }
}

codes! {
    /// How far a request for feedback is.
    pub enum FeedbackState {
        /// It shall be asked.
        Planned = "planned",
        /// It was asked.
        Asked = "asked",
        /// It was answered.
        Answered = "answered",
        /// Nobody answered in time.
        Expired = "expired",
        /// It was called off.
        Cancelled = "cancelled",
        /// It is not asked.
        Skipped = "skipped",
    }
}

codes! {
    /// What may be done with a request for feedback.
    pub enum FeedbackStep {
        /// The customer is asked.
        Ask = "ask",
        /// The customer answers by the token.
        Answer = "answer",
        /// One of us writes down what the customer said.
        Record = "record",
        /// The time to answer is over.
        Expire = "expire",
        /// It is called off.
        Cancel = "cancel",
        /// The customer does not want to be asked, or cannot be.
        Skip = "skip",
    }
}

codes! {
    /// Why a customer is not asked.
    pub enum SkipReason {
        /// They do not want to be asked.
        OptedOut = "opted_out",
        /// There is nothing by which they are reached.
        NoAddress = "no_address",
        /// The customer is archived.
        Archived = "archived",
    }
}

/// Requests for feedback. Rule SV-11 (F112).
#[derive(Debug)]
pub enum Feedbacks {}

impl Machine for Feedbacks {
    const NAME: &'static str = "feedback_request";
    type State = FeedbackState;
    type Step = FeedbackStep;

    fn next(state: FeedbackState, step: FeedbackStep) -> Result<FeedbackState, &'static str> {
        use FeedbackState::{Answered, Asked, Cancelled, Expired, Planned, Skipped};
        use FeedbackStep::{Answer, Ask, Cancel, Expire, Record, Skip};
        match (state, step) {
            (Planned | Asked | Expired, Ask) => Ok(Asked),
            (Asked, Answer) | (Planned | Asked | Expired, Record) => Ok(Answered),
            (Asked, Expire) => Ok(Expired),
            (Planned | Asked, Cancel) => Ok(Cancelled),
            (Planned | Asked | Expired, Skip) => Ok(Skipped),
            (Planned, Answer | Expire) => Err("feedback.not_asked"),
            (Expired, Answer | Expire | Cancel) => Err("feedback.expired"),
            (Answered, Ask | Answer | Record | Expire | Cancel | Skip) => Err("feedback.answered"),
            (Cancelled, Ask | Answer | Record | Expire | Cancel | Skip) => {
                Err("feedback.cancelled")
            }
            (Skipped, Ask | Answer | Record | Expire | Cancel | Skip) => Err("feedback.skipped"),
        }
    }
}

/// How customers are asked, and when an answer is a bad one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackTerms {
    /// By what, the first that reaches them and that they did not forbid.
    pub channels: Vec<FeedbackChannel>,
    /// The best score; the worst is 1.
    pub scale: u32,
    /// The best score of somebody who is unhappy.
    pub low: u32,
    /// For how many days an answer is waited for.
    pub valid_days: u32,
    /// Within what time somebody who is unhappy is turned to, and somebody is called who is asked by telephone.
    pub follow_up: Wait,
    /// What the task is called by which somebody unhappy is turned to; `不满意回访` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Name>,
    /// What the call is called by which somebody is asked; `售后回访` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Name>,
}

impl Default for FeedbackTerms {
    /// By mail, then by telephone; 1 to 5, unhappy up to 2; 14 days; one working day.
    fn default() -> Self {
        Self {
            channels: vec![FeedbackChannel::Mail, FeedbackChannel::Phone],
            scale: 5,
            low: 2,
            valid_days: 14,
            follow_up: Wait::WorkingDays(1),
            task: None,
            call: None,
        }
    }
}

impl FeedbackTerms {
    /// What the task is called by which somebody unhappy is turned to.
    pub fn task(&self) -> &str {
        self.task.as_ref().map_or("不满意回访", Name::as_str)
    }

    /// What the call is called by which somebody is asked.
    pub fn call(&self) -> &str {
        self.call.as_ref().map_or("售后回访", Name::as_str)
    }

    /// What is wrong with them: `feedback.channels` (none, or one twice) · `feedback.scale` (2 to 10) · `feedback.low`
    /// (1 up to below the best) · `feedback.valid_days` (1 to 365) · `feedback.follow_up` for no time. Rule SV-12 (F112, F113).
    pub fn lint(&self, path: &str, check: &mut Check) {
        let at = |field: &str| format!("{path}.{field}");
        let mut once = self.channels.clone();
        once.sort_unstable();
        once.dedup();
        let distinct = once.len() == self.channels.len() && !once.is_empty();
        check.rule(distinct, &at("channels"), || {
            let count = self.channels.len().to_string();
            Invalid::new("feedback.channels", &count)
                .allowed(FeedbackChannel::CODES.iter().copied())
        });
        let mut within = |field: &str, value: u32, least: u32, most: u32| {
            check.rule((least..=most).contains(&value), &at(field), || {
                Invalid::new(&format!("feedback.{field}"), &value.to_string())
                    .limit(format!("{least} to {most}"))
            });
        };
        within("scale", self.scale, 2, 10);
        within("low", self.low, 1, self.scale.saturating_sub(1).max(1));
        within("valid_days", self.valid_days, 1, 365);
        within("follow_up", self.follow_up.count(), 1, u32::MAX);
    }
}

record! {
    /// A request for feedback on one document that was completed. There is one for each.
    pub struct FeedbackRequest: FeedbackRequest {
        /// Of which customer.
        1 customer: Id<Customer>;
        /// Who of them.
        2 contact: Option<Id<Contact>>;
        /// About what: the kind of record.
        3 about_kind: AboutKind;
        /// About what: the record.
        4 about: Uuid;
        /// About which product, where it is one.
        5 product: Option<Id<Product>>;
        /// How far it is.
        6 state: FeedbackState;
        /// By what they are asked.
        7 channel: Option<FeedbackChannel>;
        /// Why they are not asked, of one that is skipped.
        8 skipped: Option<SkipReason>;
        /// When the document was completed.
        9 completed_at: Timestamp;
        /// When it was entered.
        10 created_at: Timestamp;
        /// Who turns to the customer where they are unhappy.
        11 owner: Id<User>;
        /// SHA-256 of the token that answers it, in hexadecimal; empty where there is none.
        12 token_hash: String;
        /// When they were asked, the last time.
        13 asked_at: Option<Timestamp>;
        /// From when on the token answers nothing.
        14 expires_at: Option<Timestamp>;
        /// When it was answered.
        15 answered_at: Option<Timestamp>;
        /// What they think of the product: 1 up to the scale.
        16 product_score: Option<u32>;
        /// What they think of the service: 1 up to the scale.
        17 service_score: Option<u32>;
        /// The best score, as it was when they were asked.
        18 scale: u32;
        /// The best score of somebody who is unhappy.
        19 low: u32;
        /// What they say.
        20 comment: Option<Note>, personal("service", 3650);
        /// What they wish for.
        21 suggestion: Option<Note>, personal("service", 3650);
        /// The revision of the policy by which they are asked; what ships with the engine where none was defined.
        22 policy: Option<Id<ServicePolicy>>;
        /// Why it was called off.
        23 reason: Option<Note>, personal("service", 3650);
    }
    listings {
        1 "by_customer" ["customer", "created_at"];
        2 "by_state" ["state", "created_at"];
        3 "by_token" ["token_hash"];
        4 "by_about" ["about"];
        5 "by_contact" ["contact"];
    }
}

impl FeedbackRequest {
    /// The listing by customer, then age.
    pub const BY_CUSTOMER: u16 = 1;
    /// The listing by how far it is, then age.
    pub const BY_STATE: u16 = 2;
    /// The listing by the hash of the token.
    pub const BY_TOKEN: u16 = 3;
    /// The listing by what it is about.
    pub const BY_ABOUT: u16 = 4;

    /// The id of the one request about a document: whoever completes it again means the same. Rule SV-13 (F097).
    pub fn id_of(about: About) -> Id<Self> {
        Id::derived([b"feedback".as_slice(), about.kind.code().as_bytes(), about.id.as_bytes()])
    }

    /// The id of the plan by which somebody is turned to because of an answer, one of each kind.
    pub fn follow_up(request: Id<Self>, kind: ActivityKind) -> Id<Activity> {
        let (request, kind) = (request.uuid(), kind.code().as_bytes());
        Id::derived([b"feedback".as_slice(), request.as_bytes(), kind])
    }

    /// The hash of a token.
    pub fn hash_of(token: &str) -> String {
        Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether somebody who answered is unhappy with the product or the service.
    pub fn is_low(&self) -> bool {
        let scores = self.product_score.into_iter().chain(self.service_score);
        self.state == FeedbackState::Answered && scores.min().is_some_and(|score| score <= self.low)
    }
}

/// A document that was completed, and who shall be asked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The document.
    pub about: About,
    /// About which product, where it is one.
    pub product: Option<Id<Product>>,
    /// Of which customer.
    pub customer: Id<Customer>,
    /// Who of them.
    pub contact: Option<Id<Contact>>,
    /// Who turns to them where they are unhappy.
    pub owner: Id<User>,
    /// When it was completed.
    pub at: Timestamp,
}

/// By what somebody is reached, and what they said.
#[derive(Clone, Copy, Debug)]
pub struct Reachable<'a> {
    /// Whether a telephone reaches them.
    pub phone: bool,
    /// Whether an e-mail does.
    pub mail: bool,
    /// Whether the customer is archived.
    pub archived: bool,
    /// What they, and their company, said.
    pub said: &'a [Consent],
}

/// By what somebody is asked: the first channel of the policy that reaches them and that they did not forbid. Nobody has to
/// allow being asked about what they bought; whoever forbids it is not.
///
/// # Errors
///
/// Why they are not asked. Rule SV-14 (F097, F112).
pub fn channel(terms: &FeedbackTerms, whom: Reachable<'_>) -> Result<FeedbackChannel, SkipReason> {
    if whom.archived {
        return Err(SkipReason::Archived);
    }
    let reaches = |channel: &&FeedbackChannel| match channel {
        FeedbackChannel::Phone => whom.phone,
        FeedbackChannel::Mail => whom.mail,
        FeedbackChannel::Form => whom.phone || whom.mail,
    };
    let forbidden = |by| allowed(whom.said, Consent::FEEDBACK, by) == Allowed::Withdrawn;
    let free = |channel: &&FeedbackChannel| match channel {
        FeedbackChannel::Phone => !forbidden(ConsentChannel::Phone),
        FeedbackChannel::Mail => !forbidden(ConsentChannel::Email),
        FeedbackChannel::Form => !forbidden(ConsentChannel::Message),
    };
    let mut reaching = terms.channels.iter().filter(reaches).peekable();
    let none = if reaching.peek().is_none() { SkipReason::NoAddress } else { SkipReason::OptedOut };
    reaching.find(free).copied().ok_or(none)
}

/// The one request about a document that was completed: planned, or skipped with the reason.
pub fn request(
    done: Completed,
    by: Result<FeedbackChannel, SkipReason>,
    (policy, terms): (Option<Id<ServicePolicy>>, &FeedbackTerms),
    now: Timestamp,
) -> FeedbackRequest {
    FeedbackRequest {
        id: FeedbackRequest::id_of(done.about),
        customer: done.customer,
        contact: done.contact,
        about_kind: done.about.kind,
        about: done.about.id,
        product: done.product,
        state: if by.is_ok() { FeedbackState::Planned } else { FeedbackState::Skipped },
        channel: by.ok(),
        skipped: by.err(),
        completed_at: done.at,
        created_at: now,
        owner: done.owner,
        token_hash: String::new(),
        asked_at: None,
        expires_at: None,
        answered_at: None,
        product_score: None,
        service_score: None,
        scale: terms.scale,
        low: terms.low,
        comment: None,
        suggestion: None,
        policy,
        reason: None,
        ext: Ext::new(),
    }
}

/// The request as asked by what reaches them now, answered by `token` alone; or skipped where nothing may any more.
///
/// # Errors
///
/// What [`Feedbacks`] refuses, at `id`. Rule SV-15 (F112).
pub fn ask(
    request: &FeedbackRequest,
    by: Result<FeedbackChannel, SkipReason>,
    token: &str,
    valid_days: u32,
    now: Timestamp,
) -> Result<FeedbackRequest, Refusal> {
    let step = if by.is_ok() { FeedbackStep::Ask } else { FeedbackStep::Skip };
    let state = stepped(request, step)?;
    let asked = by.is_ok();
    let valid = chrono::TimeDelta::days(valid_days.into());
    Ok(FeedbackRequest {
        state,
        channel: by.ok(),
        skipped: by.err(),
        token_hash: if asked { FeedbackRequest::hash_of(token) } else { String::new() },
        asked_at: if asked { Some(now) } else { request.asked_at },
        expires_at: if asked { now.checked_add(valid) } else { None },
        ..request.clone()
    })
}

fn stepped(request: &FeedbackRequest, step: FeedbackStep) -> Result<FeedbackState, Refusal> {
    let mut check = Check::default();
    let state = machine::step::<Feedbacks>(request.state, step).map_err(Refusal::of);
    let state = check.below("id", state);
    check.finish(state)
}

/// What somebody answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// What they think of the product: 1 up to the scale.
    pub product: Option<u32>,
    /// What they think of the service: 1 up to the scale.
    pub service: Option<u32>,
    /// What they say.
    pub comment: Option<String>,
    /// What they wish for.
    pub suggestion: Option<String>,
}

/// The request as answered: by the token (`Answer`), until its very end, or by one of us who writes it down (`Record`).
///
/// # Errors
///
/// What [`Feedbacks`] refuses, at `id` · `feedback.expired` at the end or after it · `feedback.empty` without a score ·
/// `feedback.score` (product, service) · `text.*` (comment, suggestion). Rule SV-16 (F112).
pub fn answer(
    request: &FeedbackRequest,
    answer: &Answer,
    step: FeedbackStep,
    now: Timestamp,
) -> Result<FeedbackRequest, Refusal> {
    let mut check = Check::default();
    let state = check.below("", stepped(request, step));
    let over = step == FeedbackStep::Answer
        && request.state == FeedbackState::Asked
        && request.expires_at.is_some_and(|end| end <= now);
    check.rule(!over, "id", || {
        let end = request.expires_at.map(|end| end.to_string()).unwrap_or_default();
        Invalid::new("feedback.expired", &end).limit("before that")
    });
    let scored = answer.product.is_some() || answer.service.is_some();
    check.rule(scored, "service", || {
        Invalid::new("feedback.empty", "").limit("a score of the product or of the service")
    });
    for (path, score) in [("product", answer.product), ("service", answer.service)] {
        let within = score.is_none_or(|score| (1..=request.scale).contains(&score));
        check.rule(within, path, || {
            let score = score.map(|score| score.to_string()).unwrap_or_default();
            Invalid::new("feedback.score", &score).limit(format!("1 to {}", request.scale))
        });
    }
    let comment = check.parse("comment", answer.comment.as_deref());
    let suggestion = check.parse("suggestion", answer.suggestion.as_deref());
    let state = check.finish(state)?;
    Ok(FeedbackRequest {
        state,
        answered_at: Some(now),
        product_score: answer.product,
        service_score: answer.service,
        comment,
        suggestion,
        ..request.clone()
    })
}

/// The request as nobody answers it any more.
///
/// # Errors
///
/// What [`Feedbacks`] refuses, at `id`; while its time is not over, `feedback.not_over`. Rule SV-17 (F112).
pub fn expire(request: &FeedbackRequest, now: Timestamp) -> Result<FeedbackRequest, Refusal> {
    let state = stepped(request, FeedbackStep::Expire)?;
    let over = request.expires_at.is_some_and(|end| end <= now);
    if !over {
        return Err(Refusal::by("feedback.not_over", "id", &request.id.to_string()));
    }
    Ok(FeedbackRequest { state, ..request.clone() })
}

/// The request as called off.
///
/// # Errors
///
/// What [`Feedbacks`] refuses, at `id` · `text.*` (reason). Rule SV-18 (F112).
pub fn cancel(request: &FeedbackRequest, reason: &str) -> Result<FeedbackRequest, Refusal> {
    let mut check = Check::default();
    let state = check.below("", stepped(request, FeedbackStep::Cancel));
    let reason = check.take("reason", Note::parse(reason));
    let state = check.finish(state)?;
    Ok(FeedbackRequest { state, reason, ..request.clone() })
}
