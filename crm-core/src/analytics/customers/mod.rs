//! Customers: how they buy, what they may still be worth, who may be lost, what to offer them. Pure functions over what they
//! bought ([`Purchases`]); every one answers as of a day, and refuses with the reason where there is too little to say
//! ([`Thin`]).

mod basket;
mod bought;
mod btyd;
mod churn;
mod contacts;
mod growth;
mod habits;
mod lifetime;
mod loyalty;
mod next;
mod purchase;
mod recommend;
mod rfm;
mod special;
mod spend;

pub use basket::{Association, Together, associated, has_lacks};
pub use bought::{Asking, OrderKnown, PurchaseBasis, PurchaseSource, of_deal, of_order};
pub use btyd::{BgNbd, Seen};
pub use churn::{Churn, Cycle, Rhythm, Survival, churn};
pub use contacts::{Frequency, Preference, Windows, frequency, preference};
pub use growth::{Growth, Market, growth};
pub use habits::{Band, Favourite, Habits, Interval, habits};
pub use lifetime::{Ahead, Lifetime, LifetimeRow, lifetime};
pub use loyalty::{Cohort, Loyalty, WITHIN, loyalty};
pub use next::{Clue, NextCode, next};
pub use purchase::{Item, Purchase, Purchases};
pub use recommend::{Offer, Offers, Owner, Shelf, Why, WhyNot, offers};
pub use rfm::{Cuts, GROUPS, Group, Rfm, RfmRow, cuts, group, rfm, score};
pub use spend::{GammaGamma, Spent};

#[cfg(test)]
#[path = "laws_tests.rs"]
mod laws;
#[cfg(test)]
mod simulate;

use crate::export::document::Label;

/// Why a figure is not told: there is too little to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thin {
    what: (&'static str, &'static str),
    counts: Option<(u64, u64)>,
}

impl Thin {
    /// The search for the parameters of a model did not settle, or ran to a bound.
    pub const UNSETTLED: Self = Self {
        what: (
            "the data do not determine the model: its parameters run to a bound",
            "数据不足以确定模型：参数趋于边界",
        ),
        counts: None,
    };

    /// What would be compared with began after the stretch before did.
    pub const YOUNG: Self = Self {
        what: ("the history begins after the stretch to compare with", "历史记录晚于基准期开始"),
        counts: None,
    };

    /// Nothing against `have` of something where that is at least `least`.
    ///
    /// # Errors
    ///
    /// The reason, where it is fewer.
    pub const fn least(
        have: u64,
        least: u64,
        what: (&'static str, &'static str),
    ) -> Result<(), Self> {
        if have >= least { Ok(()) } else { Err(Self { what, counts: Some((have, least)) }) }
    }

    /// The reason in words.
    pub fn label(&self) -> Label {
        let (en, zh) = self.what;
        match self.counts {
            None => Label::new(format!("Too little to say: {en}."), format!("数据不足：{zh}。")),
            Some((have, least)) => Label::new(
                format!("Too little to say: {have} {en}, at least {least} are needed."),
                format!("数据不足：{zh} {have}，至少需要 {least}。"),
            ),
        }
    }
}
