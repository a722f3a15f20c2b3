//! The deals of the tests of this folder: one open, one won, one lost, all made at hour 0.

use crate::opportunity::tests as deals;
use crate::opportunity::{Lose, Opportunity, lose};
use crate::settings::User;
use crate::value::{Id, Timestamp};

pub(super) fn at(hour: u32) -> Timestamp {
    deals::at(hour)
}

pub(super) fn user(number: u8) -> Id<User> {
    deals::user(number.into())
}

pub(super) fn deal() -> Opportunity {
    deals::dossier("a").deal
}

pub(super) fn won() -> Opportunity {
    deals::won().deal
}

pub(super) fn lost() -> Opportunity {
    let open = deals::dossier("a");
    let (id, reason) = (open.deal.id, Some("price".to_owned()));
    let wish = Lose { id, reason, note: None, competitor: None, at: None };
    lose(&open, &wish, deals::move_id(9), deals::ctx(5)).unwrap().deal
}
