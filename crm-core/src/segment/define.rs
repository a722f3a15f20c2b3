//! A segment is defined, and refused where nobody could ever belong to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Segment, SegmentTerms};
use crate::assignment::{Condition, Schema, Slots};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name, Timestamp};

/// A segment of customers, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineSegment {
    /// What hosts call it; one of that code is defined anew.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it is used; it is where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
    /// Who belongs to it: a condition over the fields of a customer and the figures of what they bought.
    pub when: Condition,
}

const fn yes() -> bool {
    true
}

/// A segment as wished, where `before` is the one of that code.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `condition.*` at the place in the predicate that is wrong, such as
/// `when.all[1].range.field` · `segment.never` for a predicate that nobody can pass. Rule CU-14 (F143).
pub fn define_segment(
    id: Id<Segment>,
    wish: &DefineSegment,
    before: Option<&Segment>,
    schema: &Schema,
    now: Timestamp,
) -> Result<Segment, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    wish.when.compile(schema, &mut Slots::default(), "when", &mut check);
    check.rule(!never(&wish.when), "when", || {
        Invalid::new("segment.never", &wish.code).limit("an `any` of something")
    });
    let revision = before.map_or(0, |before| before.revision).saturating_add(1);
    let segment = code.zip(name).map(|(code, name)| Segment {
        id: before.map_or(id, |before| before.id),
        code,
        name,
        active: wish.active,
        revision,
        terms: SegmentTerms { when: wish.when.clone() },
        defined_at: now,
        ext: Ext::new(),
    });
    check.finish(segment)
}

/// Whether a predicate holds of nobody whatever they are: an empty `any`, or an `all` with one in it.
pub fn never(when: &Condition) -> bool {
    match when {
        Condition::All(parts) => parts.iter().any(never),
        Condition::Any(parts) => parts.iter().all(never),
        Condition::Not(part) => always(part),
        Condition::In { .. }
        | Condition::Range { .. }
        | Condition::Contains { .. }
        | Condition::Starts { .. }
        | Condition::Missing { .. } => false,
    }
}

fn always(when: &Condition) -> bool {
    match when {
        Condition::All(parts) => parts.iter().all(always),
        Condition::Any(parts) => parts.iter().any(always),
        Condition::Not(part) => never(part),
        Condition::In { .. }
        | Condition::Range { .. }
        | Condition::Contains { .. }
        | Condition::Starts { .. }
        | Condition::Missing { .. } => false,
    }
}
