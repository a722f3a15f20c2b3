//! A request or complaint comes in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AboutKind, ServiceChannel, ServicePolicy, ServiceRequest, ServiceState, ServiceType, Severity,
};
use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::party::{Contact, Customer};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Note, Timestamp};

/// A record that something is about: its kind and its id.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Of which kind.
    pub kind: AboutKind,
    /// Which.
    pub id: Uuid,
}

/// What of a request may be changed later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceWish {
    /// Who of the customer.
    pub contact: Option<Id<Contact>>,
    /// `question`, `fault`, `maintenance`, `return`, `complaint` or `other`.
    pub request_type: String,
    /// `critical`, `high`, `medium` or `low`; a complaint must say it, else `medium` where nothing is said.
    pub severity: Option<String>,
    /// What it is about: one line.
    pub subject: String,
    /// What they say.
    pub content: Option<String>,
    /// `phone`, `email`, `form`, `message`, `visit` or `feedback`.
    pub channel: Option<String>,
    /// About which product.
    pub product: Option<Id<Product>>,
    /// About which record, such as the line of an order.
    pub about: Option<About>,
}

/// A request or complaint of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpenService {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<ServiceRequest>>,
    /// Of which customer.
    pub customer: Option<Id<Customer>>,
    /// Who of the customer.
    pub contact: Option<Id<Contact>>,
    /// `question`, `fault`, `maintenance`, `return`, `complaint` or `other`.
    pub request_type: String,
    /// `critical`, `high`, `medium` or `low`; a complaint must say it, else `medium` where nothing is said.
    pub severity: Option<String>,
    /// What it is about: one line.
    pub subject: String,
    /// What they say.
    pub content: Option<String>,
    /// `phone`, `email`, `form`, `message`, `visit` or `feedback`.
    pub channel: Option<String>,
    /// About which product.
    pub product: Option<Id<Product>>,
    /// About which record, such as the line of an order.
    pub about: Option<About>,
    /// When it reached us; now where nothing is said.
    pub received_at: Option<Timestamp>,
    /// Who shall handle it; nobody yet where nothing is said.
    pub handler: Option<Id<User>>,
}

impl OpenService {
    /// What of it may be changed later.
    pub fn wish(&self) -> ServiceWish {
        ServiceWish {
            contact: self.contact,
            request_type: self.request_type.clone(),
            severity: self.severity.clone(),
            subject: self.subject.clone(),
            content: self.content.clone(),
            channel: self.channel.clone(),
            product: self.product,
            about: self.about,
        }
    }
}

impl ServiceRequest {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> ServiceWish {
        ServiceWish {
            contact: self.contact,
            request_type: self.request_type.code().to_owned(),
            severity: Some(self.severity.code().to_owned()),
            subject: self.subject.to_string(),
            content: self.content.as_ref().map(ToString::to_string),
            channel: self.channel.map(|channel| channel.code().to_owned()),
            product: self.product,
            about: self.about(),
        }
    }
}

/// What a wish says, read.
pub(super) struct Wording {
    request_type: ServiceType,
    severity: Severity,
    subject: Name,
    content: Option<Note>,
    channel: Option<ServiceChannel>,
}

impl ServiceWish {
    /// What it says, or what is wrong with it.
    pub(super) fn read(&self, check: &mut Check) -> Option<Wording> {
        let request_type = check.parse("request_type", Some(&self.request_type));
        let severity = check.parse("severity", self.severity.as_deref());
        let missing = request_type == Some(ServiceType::Complaint) && self.severity.is_none();
        check.rule(!missing, "severity", || {
            Invalid::new("service.severity_missing", "").allowed(Severity::CODES.iter().copied())
        });
        let subject = check.take("subject", Name::parse(&self.subject));
        let content = check.parse("content", self.content.as_deref());
        let channel = check.parse("channel", self.channel.as_deref());
        let (request_type, subject) = request_type.zip(subject)?;
        let severity = severity.unwrap_or(Severity::Medium);
        Some(Wording { request_type, severity, subject, content, channel })
    }
}

impl ServiceRequest {
    /// The request in another wording.
    pub(super) fn worded(self, wish: &ServiceWish, wording: Wording) -> Self {
        let Wording { request_type, severity, subject, content, channel } = wording;
        let (about_kind, about) = wish.about_columns();
        let (contact, product) = (wish.contact, wish.product);
        Self {
            contact,
            request_type,
            severity,
            subject,
            content,
            channel,
            product,
            about_kind,
            about,
            ..self
        }
    }
}

impl ServiceWish {
    fn about_columns(&self) -> (Option<AboutKind>, Uuid) {
        (self.about.map(|about| about.kind), self.about.map_or(Uuid::nil(), |about| about.id))
    }
}

/// A request as it comes in, entered by `author` under a policy; assigned where it names who shall handle it.
///
/// # Errors
///
/// `service.without_customer` · `code.unknown` (request_type, severity) · `service.severity_missing` of a complaint ·
/// `text.*` (subject, content) · `code.unknown` (channel) · `service.in_future` (received_at). Rule SV-6 (F110, F111).
pub fn open(
    id: Id<ServiceRequest>,
    wish: &OpenService,
    policy: Option<Id<ServicePolicy>>,
    author: Id<User>,
    now: Timestamp,
) -> Result<ServiceRequest, Refusal> {
    let mut check = Check::default();
    check.rule(wish.customer.is_some(), "customer", || {
        Invalid::new("service.without_customer", "").limit("whoever turns to us")
    });
    let said = wish.wish();
    let wording = said.read(&mut check);
    let received = wish.received_at.unwrap_or(now);
    check.rule(received <= now, "received_at", || {
        Invalid::new("service.in_future", &received.to_string()).limit(format!("until {now}"))
    });
    let (about_kind, about) = said.about_columns();
    let request = wish.customer.zip(wording).map(|(customer, wording)| ServiceRequest {
        id,
        customer,
        contact: wish.contact,
        request_type: wording.request_type,
        severity: wording.severity,
        subject: wording.subject,
        content: wording.content,
        state: if wish.handler.is_some() { ServiceState::Assigned } else { ServiceState::New },
        handler: wish.handler,
        channel: wording.channel,
        product: wish.product,
        about_kind,
        about,
        received_at: received,
        created_at: now,
        author,
        policy,
        responded_at: None,
        first_resolved_at: None,
        resolved_at: None,
        closed_at: None,
        reopened: 0,
        response_level: 0,
        resolution_level: 0,
        cause: None,
        resolution: None,
        reason: None,
        ext: Ext::new(),
    });
    check.finish(request)
}
