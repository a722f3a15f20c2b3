//! A lead comes in through a channel: what of its payload is taken, and as what.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{CaptureLead, Lead};
use crate::decision::{Check, Refusal};
use crate::record::{Ext, Val};
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Name, Timestamp};
use crate::{codes, json_column, record};

codes! {
    /// How a channel brings leads.
    pub enum ChannelKind {
        /// A form on a web site (网站表单).
        Website = "website",
        /// People call (电话咨询).
        Phone = "phone",
        /// A social network (社交媒体).
        Social = "social",
        /// A fair (展会).
        Fair = "fair",
        /// Somebody types them in (手动).
        Manual = "manual",
        /// A file (导入).
        Import = "import",
        /// Another system (集成).
        Integration = "integration",
        /// A program that collects them (自动抓取).
        Scrape = "scrape",
        /// A third party that shares them (第三方共享).
        Partner = "partner",
    }
}

/// Which fields of a payload are taken, and as what: the path in the payload (`contact.mobile`), and a field of a lead
/// (`name`, `company`, `phone`, `email`, `need`, `source`, `region`, `country`, or `custom.` and a code).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IntakeFields(pub BTreeMap<String, String>);

json_column! { IntakeFields }

record! {
    /// A channel by which leads come in: which fields of their payloads are taken, and what holds where they say nothing.
    pub struct IntakeSource: IntakeSource {
        /// What hosts call it, such as `website-contact`.
        1 code: Code;
        /// What people call it.
        2 name: Name;
        /// How it brings leads.
        3 kind: ChannelKind;
        /// Which fields are taken; all others are dropped.
        4 fields: IntakeFields;
        /// The source of its leads, where the payload names none: a code of the vocabulary `source`.
        5 source: Option<Code>;
        /// Who looks after its leads at first.
        6 owner: Option<Id<User>>;
        /// The campaign that its leads come from; its id.
        7 campaign: Option<Uuid>;
        /// Whether it takes leads.
        8 active: bool;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl IntakeSource {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
    /// Fields that one channel takes at most.
    pub const FIELDS_MAX: usize = 100;
    /// Names of dropped fields that an answer and a fact list at most.
    pub const DROPPED_MAX: usize = 50;
    /// How deep a payload may be nested; what lies deeper is dropped as a whole.
    pub const DEPTH_MAX: usize = 5;

    /// The id of the lead that a key of a channel stands for: derived from both, so that the same key is the same lead,
    /// in whatever order keys come. Rule INT-1 (F021, F022).
    pub fn lead_of(channel: &Code, key: &str) -> Id<Lead> {
        Id::derived(["intake", channel.as_str(), key].map(str::as_bytes))
    }
}

/// A channel as it is wished. Saying the same twice is saying it once; a later one with the same code replaces it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefineIntake {
    /// What hosts call it.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `website`, `phone`, `social`, `fair`, `manual`, `import`, `integration`, `scrape` or `partner`.
    pub kind: String,
    /// Path in the payload → field of a lead: `name`, `company`, `phone`, `email`, `need`, `source`, `region`, `country`,
    /// or `custom.` and a code. Everything else of a payload is dropped.
    pub fields: BTreeMap<String, String>,
    /// The source of its leads, where the payload names none.
    pub source: Option<String>,
    /// Who looks after its leads at first.
    pub owner: Option<Id<User>>,
    /// The campaign that its leads come from: its id.
    pub campaign: Option<Uuid>,
    /// Whether it takes no leads any more.
    pub retired: bool,
}

/// The fields of a lead that a payload may fill, besides `custom.` ones.
const TARGETS: &[&str] =
    &["name", "company", "phone", "email", "need", "source", "region", "country"];
/// Those of which there may be several; any other is filled by one field of the payload.
const MANY: &[&str] = &["phone", "email"];

/// A channel as it is wished.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `code.unknown` (kind) · `intake.fields` for none or more than 100 fields ·
/// `intake.field_target` for a field that a lead does not have, `intake.field_twice` for one that two paths fill ·
/// `code.*` (source). Rule INT-2 (F021).
pub fn define_intake(id: Id<IntakeSource>, wish: &DefineIntake) -> Result<IntakeSource, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let kind = check.parse("kind", Some(&wish.kind));
    let count = wish.fields.len();
    check.rule((1..=IntakeSource::FIELDS_MAX).contains(&count), "fields", || {
        let limit = format!("1 to {} fields", IntakeSource::FIELDS_MAX);
        Invalid::new("intake.fields", &count.to_string()).limit(limit)
    });
    let mut filled = BTreeSet::new();
    for (path, target) in &wish.fields {
        let at = format!("fields.{path}");
        let custom = target.strip_prefix("custom.").is_some_and(|code| Code::parse(code).is_ok());
        check.rule(custom || TARGETS.contains(&target.as_str()), &at, || {
            Invalid::new("intake.field_target", target)
                .limit("a field of a lead, or `custom.` and a code")
                .allowed(TARGETS.iter().copied())
        });
        let first = filled.insert(target) || MANY.contains(&target.as_str());
        check.rule(first, &at, || Invalid::new("intake.field_twice", target));
    }
    let source = check.parse("source", wish.source.as_deref());
    let channel = code.zip(name).zip(kind).map(|((code, name), kind)| IntakeSource {
        id,
        code,
        name,
        kind,
        fields: IntakeFields(wish.fields.clone()),
        source,
        owner: wish.owner,
        campaign: wish.campaign,
        active: !wish.retired,
        ext: Ext::new(),
    });
    check.finish(channel)
}

/// What a channel makes of a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The lead that it asks for.
    pub wish: CaptureLead,
    /// The paths that were dropped, in order, without their values; at most 50.
    pub dropped: Vec<String>,
    /// Where in the payload a field of the wish came from: `phones[0]` → `payload.contact.mobile`.
    pub origins: BTreeMap<String, String>,
}

/// SHA-256 of a payload, in hexadecimal, its fields in order: by it the same payload is known again.
pub fn digest(payload: &Map<String, Value>) -> String {
    let bytes = serde_json::to_vec(payload).unwrap_or_default();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lead that a payload asks for, through the allow-list of its channel, with the channel's defaults.
///
/// An empty text, `null` and an empty list are nothing. Numbers and truth values are taken as text, but for custom fields.
///
/// # Errors
///
/// `intake.retired` (channel) · `intake.value` for an object or a list where a single value is taken, at
/// `payload.` and its path. Rule INT-3 (F021, F188).
pub fn take(
    channel: &IntakeSource,
    payload: &Map<String, Value>,
    received_at: Option<Timestamp>,
) -> Result<Taken, Refusal> {
    let mut check = Check::default();
    check.rule(channel.active, "channel", || {
        Invalid::new("intake.retired", channel.code.as_str()).limit("a channel that takes leads")
    });
    let mut wish = CaptureLead { received_at, campaign: channel.campaign, ..Default::default() };
    let mut dropped = Vec::new();
    let mut leaves = Vec::new();
    walk("", payload, channel, 1, &mut leaves, &mut dropped);
    let mut origins = BTreeMap::new();
    for (path, target, value) in leaves {
        for val in read(&mut check, &path, value, MANY.contains(&target)) {
            let field = set(&mut wish, target, val);
            origins.insert(field, format!("payload.{path}"));
        }
    }
    if wish.source.is_none() {
        wish.source = channel.source.as_ref().map(ToString::to_string);
    }
    dropped.truncate(IntakeSource::DROPPED_MAX);
    check.finish(Some(Taken { wish, dropped, origins }))
}

/// Sorts what a payload holds into what is taken and what is dropped.
fn walk<'a>(
    above: &str,
    object: &'a Map<String, Value>,
    channel: &'a IntakeSource,
    depth: usize,
    taken: &mut Vec<(String, &'a str, &'a Value)>,
    dropped: &mut Vec<String>,
) {
    for (name, value) in object {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let below = format!("{path}.");
        let leads_on = channel.fields.0.keys().any(|field| field.starts_with(&below));
        match (channel.fields.0.get(&path), value) {
            (Some(target), value) => taken.push((path, target, value)),
            (None, Value::Object(inner)) if leads_on && depth < IntakeSource::DEPTH_MAX => {
                walk(&path, inner, channel, depth.saturating_add(1), taken, dropped);
            }
            // A name can be as long as a payload; what is told of it is not.
            (None, _) => dropped.push(path.chars().take(Invalid::EXCERPT_CHARS_MAX).collect()),
        }
    }
}

/// The single values of a value; `many` allows a list of them.
fn read(check: &mut Check, path: &str, value: &Value, many: bool) -> Vec<Val> {
    let single = |value: &Value| match value {
        Value::Null => Some(None),
        Value::Bool(value) => Some(Some(Val::Bool(*value))),
        Value::Number(value) => {
            let text = || Val::Text(value.to_string());
            Some(Some(value.as_i64().map_or_else(text, Val::Int)))
        }
        Value::String(text) if text.trim().is_empty() => Some(None),
        Value::String(text) => Some(Some(Val::Text(text.clone()))),
        Value::Array(_) | Value::Object(_) => None,
    };
    let list = value.as_array().filter(|_| many);
    let values: Vec<&Value> = list.map_or_else(|| vec![value], |list| list.iter().collect());
    let mut read = Vec::new();
    for value in values {
        match single(value) {
            Some(val) => read.extend(val),
            None => check.refuse(
                format!("payload.{path}"),
                Invalid::new("intake.value", &value.to_string()).limit(if many {
                    "a text, or a list of texts"
                } else {
                    "a text, a number or a truth value"
                }),
            ),
        }
    }
    read
}

/// Puts a value into the wish; gives the path of the field that it fills.
fn set(wish: &mut CaptureLead, target: &str, val: Val) -> String {
    if let Some(code) = target.strip_prefix("custom.") {
        wish.custom.insert(code.to_owned(), val);
        return target.to_owned();
    }
    let text = match val {
        Val::Text(text) => text,
        Val::Bool(value) => value.to_string(),
        Val::Int(value) => value.to_string(),
        Val::Null | Val::Bytes(_) | Val::Id(_) => return target.to_owned(),
    };
    let list = match target {
        "phone" => &mut wish.phones,
        "email" => &mut wish.emails,
        _ => {
            let field = match target {
                "name" => &mut wish.name,
                "company" => &mut wish.company,
                "need" => &mut wish.need,
                "source" => &mut wish.source,
                "region" => &mut wish.region,
                _ => &mut wish.country,
            };
            *field = Some(text);
            return target.to_owned();
        }
    };
    list.push(text);
    format!("{target}s[{}]", list.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::broken;

    fn channel() -> IntakeSource {
        let fields = [
            ("name", "name"),
            ("contact.mobile", "phone"),
            ("contact.tel", "phone"),
            ("mail", "email"),
            ("question", "need"),
            ("size", "custom.size"),
        ];
        let wish = DefineIntake {
            code: "site".into(),
            name: "Web site".into(),
            kind: "website".into(),
            fields: fields.map(|(path, target)| (path.to_owned(), target.to_owned())).into(),
            source: Some("web".into()),
            ..Default::default()
        };
        define_intake(Id::new(Uuid::nil()), &wish).unwrap()
    }

    #[test]
    fn a_channel_maps_paths_to_fields_of_a_lead() {
        let wish = |fields: &[(&str, &str)]| DefineIntake {
            code: "site".into(),
            name: "Web site".into(),
            kind: "website".into(),
            fields: fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..Default::default()
        };
        let table = [
            ("takes something", wish(&[("a", "name")]), ""),
            ("takes not nothing", wish(&[]), "fields intake.fields"),
            ("knows the fields", wish(&[("a", "owner")]), "fields.a intake.field_target"),
            (
                "fills a field once",
                wish(&[("a", "name"), ("b", "name")]),
                "fields.b intake.field_twice",
            ),
            ("may fill several phones", wish(&[("a", "phone"), ("b", "phone")]), ""),
            ("may fill custom fields", wish(&[("a", "custom.size")]), ""),
            (
                "hears of every fault",
                DefineIntake { source: Some("!".into()), ..Default::default() },
                "code code.format, name text.empty, kind code.unknown, fields intake.fields, \
                 source code.format",
            ),
        ];
        for (rule, wish, expected) in table {
            let decided = define_intake(Id::new(Uuid::nil()), &wish);
            assert_eq!(broken(&decided).join(", "), expected, "a channel {rule}");
        }
    }

    #[test]
    fn what_is_not_allowed_is_dropped_and_named() {
        let take = |payload: Value| take(&channel(), payload.as_object().unwrap(), None);
        let taken = take(json!({
            "name": "王伟", "contact": {"mobile": "13800138000", "wechat": "w"},
            "mail": ["a@example.com", "", "b@example.com"], "question": null, "size": 12,
            "id_card": "110101", "utm": {"source": "ad", "deep": {"x": 1}},
        }))
        .unwrap();
        assert_eq!(taken.dropped, ["contact.wechat", "id_card", "utm"]);
        let wish = taken.wish;
        assert_eq!(wish.name.as_deref(), Some("王伟"));
        assert_eq!((wish.phones.len(), wish.emails.len()), (1, 2));
        assert_eq!((wish.need, wish.source.as_deref()), (None, Some("web")));
        assert_eq!(wish.custom.get("size"), Some(&Val::Int(12)));
        assert_eq!(taken.origins["phones[0]"], "payload.contact.mobile");
        assert_eq!(taken.origins["emails[1]"], "payload.mail");
        let bad = take(json!({"name": {"first": "Wei"}, "contact": {"mobile": [["1"]]}}));
        assert_eq!(
            broken(&bad),
            ["payload.contact.mobile intake.value", "payload.name intake.value"]
        );
    }

    #[test]
    fn a_payload_is_known_again_whatever_the_order_of_its_fields() {
        let digest = |text: &str| {
            let payload: Map<String, Value> = serde_json::from_str(text).unwrap();
            super::digest(&payload)
        };
        let one = digest(r#"{"name": "A", "mail": "a@example.com"}"#);
        assert_eq!(one, digest(r#"{"mail": "a@example.com", "name": "A"}"#));
        assert_ne!(one, digest(r#"{"mail": "b@example.com", "name": "A"}"#));
        let code = |text: &str| Code::parse(text).unwrap();
        let lead = IntakeSource::lead_of(&code("site"), "1");
        assert_eq!(lead, IntakeSource::lead_of(&code("site"), "1"));
        assert_ne!(lead, IntakeSource::lead_of(&code("fair"), "1"));
        assert_ne!(lead, IntakeSource::lead_of(&code("site"), "2"));
    }

    #[test]
    fn a_retired_channel_takes_nothing() {
        let retired = IntakeSource { active: false, ..channel() };
        let found = broken(&take(&retired, &Map::new(), None));
        assert_eq!(found, ["channel intake.retired"]);
    }
}
