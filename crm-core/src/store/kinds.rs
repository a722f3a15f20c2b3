//! Every kind there is, with its metadata.

use crate::audit::{Fact, FactSecret, Seal};
use crate::record::{Entity, Kind, KindDef};

/// How each kind's metadata is had, in the order of the kinds.
type Def = fn() -> &'static KindDef;

/// The kinds that are stored, in the order of their numbers.
pub const KINDS: &[(Kind, Def)] =
    &[(Kind::Fact, Fact::def), (Kind::FactSecret, FactSecret::def), (Kind::Seal, Seal::def)];

/// The metadata of a kind.
pub fn def(kind: Kind) -> Option<&'static KindDef> {
    let at = KINDS.binary_search_by_key(&kind, |(kind, _)| *kind).ok()?;
    KINDS.get(at).map(|(_, def)| def())
}
