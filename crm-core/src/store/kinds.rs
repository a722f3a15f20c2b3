//! Every kind there is, with its metadata.

use crate::audit::{Fact, FactSecret, Receipt, Seal};
use crate::opportunity::{Evidence, Opportunity, OpportunityLine, StageMove};
use crate::party::Customer;
use crate::pipeline::{Pipeline, Stage};
use crate::record::{Entity, Kind, KindDef};
use crate::schedule::{Notice, Timer};
use crate::settings::{Settings, Team, User};

/// How each kind's metadata is had, in the order of the kinds.
type Def = fn() -> &'static KindDef;

/// The kinds that are stored, in the order of their numbers.
pub const KINDS: &[(Kind, Def)] = &[
    (Kind::Settings, Settings::def),
    (Kind::User, User::def),
    (Kind::Team, Team::def),
    (Kind::Customer, Customer::def),
    (Kind::Pipeline, Pipeline::def),
    (Kind::Stage, Stage::def),
    (Kind::Opportunity, Opportunity::def),
    (Kind::OpportunityLine, OpportunityLine::def),
    (Kind::StageMove, StageMove::def),
    (Kind::Evidence, Evidence::def),
    (Kind::Timer, Timer::def),
    (Kind::Notice, Notice::def),
    (Kind::Receipt, Receipt::def),
    (Kind::Fact, Fact::def),
    (Kind::FactSecret, FactSecret::def),
    (Kind::Seal, Seal::def),
];

/// The metadata of a kind.
pub fn def(kind: Kind) -> Option<&'static KindDef> {
    let at = KINDS.binary_search_by_key(&kind, |(kind, _)| *kind).ok()?;
    KINDS.get(at).map(|(_, def)| def())
}
