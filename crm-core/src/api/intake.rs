//! Operations by which leads come in: channels, payloads, and a few words.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lead::Provenance;
use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::audit::SourceKey;
use crate::campaign::Campaign;
use crate::decision::{Check, Violation};
use crate::engine::{Cx, Error, Operation};
use crate::lead::{
    self, CaptureLead, DefineIntake, Derived, IntakeSource, Lead, SIGNATURE_MAX, Taken,
};
use crate::record::{Ext, Kind, Val};
use crate::settings::{Settings, User};
use crate::value::{Id, Invalid, Timestamp};

/// Payloads that one call takes at most.
const ROWS_MAX: usize = 1000;
/// Bytes of a key at most.
const KEY_MAX: usize = 200;

impl Operation for DefineIntake {
    const NAME: &'static str = "intake.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<IntakeSource>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<IntakeSource>, Error> {
        let key = [Val::from(self.code.as_str())];
        let id = match cx.unique::<IntakeSource>(IntakeSource::BY_CODE, &key)? {
            Some(defined) => defined.id,
            None => cx.new_id(),
        };
        let channel = lead::define_intake(id, self)?;
        if self.owner.is_some() {
            cx.owner_or_actor(self.owner)?;
        }
        cx.terms(&[("source", "source", None, channel.source.as_ref())])?;
        cx.known_if("campaign", self.campaign.map(Id::<Campaign>::new))?;
        cx.amend(&channel)
    }
}

/// The channels by which leads come in, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListIntakes {
    /// Also retired ones.
    pub retired: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListIntakes {
    const NAME: &'static str = "intake.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<IntakeSource>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<IntakeSource>, Error> {
        let wanted = Wanted::of(IntakeSource::BY_CODE, &[]);
        let wanted = wanted.page(self.limit, self.after.as_deref());
        cx.listed(wanted, |channel: &IntakeSource| self.retired || channel.active)
    }
}

/// Takes a lead in through a channel: the fields that the channel allows, the others are dropped and named. The same key
/// with the same payload is the same lead, once; with another payload it is refused.
///
/// Errors: `reference.unknown` (channel) · `intake.key` · `intake.key_reused` · `intake.retired` · `intake.value` · then
/// those of `lead.capture`, at the place in the payload where the value stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// The code of the channel.
    pub channel: String,
    /// What was received: an object.
    pub payload: Map<String, Value>,
    /// What identifies it over there: 1 to 200 bytes.
    pub key: String,
    /// When it reached us, where that was before it is entered.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
}

/// A lead that came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TakenIn {
    /// Its id.
    pub id: Id<Lead>,
    /// Its version.
    pub version: u64,
    /// It had come in before, with the same key and payload.
    pub again: bool,
    /// The paths of the payload that were dropped, without their values; at most 50.
    pub dropped: Vec<String>,
    /// What was derived and not said.
    pub derived: Vec<Derived>,
}

impl Operation for Intake {
    const NAME: &'static str = "lead.intake";
    const ACCESS: Access = Access::Record;
    type Response = TakenIn;

    fn run(&self, cx: &mut Cx<'_>) -> Result<TakenIn, Error> {
        let channel = channel(cx, &self.channel)?;
        let taken = take_in(cx, &channel, &self.key, &self.payload, self.received_at)?;
        if !taken.again {
            cx.about(taken.id);
            cx.happened_at(self.received_at.unwrap_or_else(|| cx.now()));
            cx.came_from(told(&channel, &taken.dropped));
        }
        Ok(taken)
    }
}

/// Takes up to 1,000 leads in through a channel: the cards of a fair, a night's forms. A payload that is refused stops no
/// other, and the result does not depend on their order. A key that comes twice with different payloads is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeMany {
    /// The code of the channel.
    pub channel: String,
    /// What was received.
    pub rows: Vec<IntakeRow>,
}

/// One payload of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeRow {
    /// What identifies it over there: 1 to 200 bytes.
    pub key: String,
    /// What was received: an object.
    pub payload: Map<String, Value>,
    /// When it reached us, where that was before it is entered.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
}

/// What became of many payloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntakesDone {
    /// How many new leads there are.
    pub created: u32,
    /// One by one, in the order of the request.
    pub results: Vec<IntakeResult>,
}

/// What became of one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntakeResult {
    /// Its key.
    pub key: String,
    /// Whether it made a lead.
    pub status: IntakeStatus,
    /// The lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Lead>>,
    /// The paths of the payload that were dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// What was derived and not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// Why it was refused: every broken rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

/// Whether a payload made a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntakeStatus {
    /// It did.
    Created,
    /// Its lead had come in before.
    Again,
    /// It broke a rule.
    Rejected,
}

impl Operation for IntakeMany {
    const NAME: &'static str = "lead.intake_many";
    const ACCESS: Access = Access::Record;
    type Response = IntakesDone;

    fn run(&self, cx: &mut Cx<'_>) -> Result<IntakesDone, Error> {
        if self.rows.len() > ROWS_MAX {
            let limit = format!("at most {ROWS_MAX}");
            let invalid = Invalid::new("intake.rows", &self.rows.len().to_string()).limit(limit);
            return Err(Error::invalid("rows", invalid));
        }
        let channel = channel(cx, &self.channel)?;
        let mut payloads: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for row in &self.rows {
            payloads.entry(&row.key).or_default().insert(lead::digest(&row.payload));
        }
        let mut results = Vec::with_capacity(self.rows.len());
        let mut dropped = BTreeSet::new();
        for row in &self.rows {
            let torn = payloads.get(row.key.as_str()).is_some_and(|payloads| payloads.len() > 1);
            let taken = cx.attempt(|cx| {
                if torn {
                    let twice = Invalid::new("intake.key_twice", &row.key);
                    return Err(Error::invalid("key", twice.limit("one payload for each key")));
                }
                take_in(cx, &channel, &row.key, &row.payload, row.received_at)
            });
            let result = result(&row.key, taken)?;
            dropped.extend(result.dropped.iter().cloned());
            results.push(result);
        }
        let created = results.iter().filter(|row| row.status == IntakeStatus::Created).count();
        if created > 0 {
            let dropped: Vec<String> =
                dropped.into_iter().take(IntakeSource::DROPPED_MAX).collect();
            cx.came_from(told(&channel, &dropped));
        }
        Ok(IntakesDone { created: u32::try_from(created).unwrap_or(u32::MAX), results })
    }
}

fn result(key: &str, taken: Result<TakenIn, Error>) -> Result<IntakeResult, Error> {
    let (dropped, derived, violations) = (Vec::new(), Vec::new(), Vec::new());
    let (key, status, id) = (key.to_owned(), IntakeStatus::Rejected, None);
    let rejected = IntakeResult { key, status, id, dropped, derived, violations };
    Ok(match taken {
        Ok(TakenIn { id, again, dropped, derived, .. }) => {
            let status = if again { IntakeStatus::Again } else { IntakeStatus::Created };
            IntakeResult { status, id: Some(id), dropped, derived, ..rejected }
        }
        Err(error) => IntakeResult { violations: super::import::reasons(error)?, ..rejected },
    })
}

/// The channel of that code.
fn channel(cx: &mut Cx<'_>, code: &str) -> Result<IntakeSource, Error> {
    let found = cx.unique::<IntakeSource>(IntakeSource::BY_CODE, &[Val::from(code)])?;
    found.ok_or_else(|| {
        let unknown = Invalid::new("reference.unknown", code).limit("the code of an intake source");
        Error::invalid("channel", unknown)
    })
}

/// What a fact tells of where a lead came from: the channel, and the names of what was dropped.
fn told(channel: &IntakeSource, dropped: &[String]) -> String {
    if dropped.is_empty() {
        return format!("intake:{}", channel.code);
    }
    format!("intake:{} dropped: {}", channel.code, dropped.join(", "))
}

/// Will make the lead that a payload asks for, once for each key.
fn take_in(
    cx: &mut Cx<'_>,
    channel: &IntakeSource,
    key: &str,
    payload: &Map<String, Value>,
    received_at: Option<Timestamp>,
) -> Result<TakenIn, Error> {
    if key.is_empty() || key.len() > KEY_MAX {
        let invalid = Invalid::new("intake.key", key).limit(format!("1 to {KEY_MAX} bytes"));
        return Err(Error::invalid("key", invalid));
    }
    let source = format!("intake:{}", channel.code);
    let entry = SourceKey::id_of(&source, Kind::Lead, key);
    let place = format!("sha256:{}", lead::digest(payload));
    if let Some(first) = cx.find(entry)? {
        let id = Id::new(first.target);
        if first.place != place {
            let reused = Invalid::new("intake.key_reused", key);
            let limit = format!("the payload that it came with first, which is lead {id}");
            return Err(Error::invalid("key", reused.limit(limit)));
        }
        cx.find(id)?;
        let (dropped, derived) = (Vec::new(), Vec::new());
        return Ok(TakenIn { id, version: cx.version(id), again: true, dropped, derived });
    }
    let Taken { mut wish, dropped, origins } = lead::take(channel, payload, received_at)?;
    // A lead must not be lost because its first owner left: it comes in with none.
    if let Some(owner) = channel.owner
        && cx.find(owner)?.is_some_and(|user| user.active)
    {
        wish.owner = Some(owner);
    }
    let (wish, derived) = lead::derive(&wish, cx.get(Settings::ID)?.home());
    let id = IntakeSource::lead_of(&channel.code, key);
    let how = Provenance { channel: Some(&channel.code), derived: &derived, keyed: true };
    let created = cx.capture_lead(id, &wish, &how).map_err(|error| at_origin(error, &origins))?;
    let (key, entity) = (key.to_owned(), Kind::Lead.name().to_owned());
    let target = id.uuid();
    super::quality::held(cx).map_err(|error| at_origin(error, &origins))?;
    cx.put(&SourceKey { id: entry, source, entity, key, target, place, ext: Ext::new() })?;
    Ok(TakenIn { id, version: created.version, again: false, dropped, derived })
}

/// The same error, its paths those in the payload.
fn at_origin(error: Error, origins: &BTreeMap<String, String>) -> Error {
    let Error::Refused(refusal) = error else { return error };
    let mut check = Check::default();
    for violation in refusal.violations() {
        let path = origins.get(&violation.path).unwrap_or(&violation.path).clone();
        check.add(Violation { path, ..violation.clone() });
    }
    check.done().err().map_or(Error::Refused(refusal), Error::Refused)
}

/// Takes a lead in from a few words: fields, or a card or signature as `text`, or both. What follows from them is derived
/// and marked; what was said always wins.
///
/// Errors: `text.too_long` (text) · those of `lead.capture`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuickLead {
    /// The id it shall have; made by the engine where there is none.
    pub id: Option<Id<Lead>>,
    /// A card or the foot of a mail: at most 4,000 characters.
    pub text: Option<String>,
    /// Who they are.
    pub name: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// A phone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// What they need, in their words.
    pub need: Option<String>,
    /// A code of the vocabulary `source`.
    pub source: Option<String>,
    /// Their region.
    pub region: Option<String>,
    /// Their country: two letters.
    pub country: Option<String>,
    /// Who looks after it; the actor where nobody is named.
    pub owner: Option<Id<User>>,
    /// The campaign that it came from.
    pub campaign: Option<Id<Campaign>>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

/// A lead from a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quick {
    /// Its id.
    pub id: Id<Lead>,
    /// Its version.
    pub version: u64,
    /// What was derived and not said.
    pub derived: Vec<Derived>,
    /// The parts of the text of which nothing was made.
    pub unread: Vec<String>,
}

impl Operation for QuickLead {
    const NAME: &'static str = "lead.quick";
    const ACCESS: Access = Access::Record;
    type Response = Quick;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Quick, Error> {
        let text = self.text.as_deref().unwrap_or_default();
        if text.chars().nth(SIGNATURE_MAX).is_some() {
            let limit = format!("at most {SIGNATURE_MAX} characters");
            let long = Invalid::new("text.too_long", text).limit(limit);
            return Err(Error::invalid("text", long));
        }
        let home = cx.get(Settings::ID)?.home();
        let said = CaptureLead {
            name: self.name.clone(),
            company: self.company.clone(),
            phones: self.phone.iter().cloned().collect(),
            emails: self.email.iter().cloned().collect(),
            need: self.need.clone(),
            source: self.source.clone(),
            owner: Some(self.owner.unwrap_or(cx.actor()?.id)),
            campaign: self.campaign.map(Id::uuid),
            region: self.region.clone(),
            country: self.country.clone(),
            custom: self.custom.clone(),
            ..Default::default()
        };
        let (wish, unread) = lead::read(&said, text, home);
        let (wish, derived) = lead::derive(&wish, home);
        let id = cx.id_or(self.id);
        let how = Provenance { channel: None, derived: &derived, keyed: false };
        let Created { id, version } = cx.capture_lead(id, &wish, &how)?;
        Ok(Quick { id, version, derived, unread })
    }
}
