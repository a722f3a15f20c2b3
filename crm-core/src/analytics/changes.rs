//! What became of the open pipeline between two instants, so that nothing is unexplained:
//! opening + new + reopened + moved in ± worth changed − moved out − won − lost = closing, in deals and in money.
//!
//! Each deal is a history of single things that happened to it. Whatever happens while a deal is open and in the filter
//! changes one line by what it changes the pipeline; so the law holds for every history, and a deal that was won, lost
//! and reopened within the period stands in all three lines.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{amount::Amount, table::FactTable};

/// One thing that happened to a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was made.
    Created,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
    /// It was opened again.
    Reopened,
    /// It is worth this from now on, in minor units; nothing where nobody knows, or not in the base currency.
    Worth(Option<i64>),
    /// It belongs to this group from now on; nothing where it is not in the filter.
    Group(Option<u32>),
}

/// What is known of a deal: how it began, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its identity.
    pub id: Uuid,
    /// What it was worth when it was made.
    pub worth: Option<i64>,
    /// The group that it belonged to when it was made.
    pub group: Option<u32>,
    /// What happened when, seconds since 1970 UTC, in the order in which it happened.
    pub steps: Vec<(i64, Happening)>,
}

/// A line between the opening and the closing pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Deals that were made.
    New,
    /// Deals that were opened again.
    Reopened,
    /// Deals that came into the filter, or into the group from another one.
    MovedIn,
    /// Open deals that became worth more, or whose worth became known.
    Raised,
    /// Open deals that became worth less, or whose worth is no longer known.
    Lowered,
    /// Deals that left the filter, or the group for another one.
    MovedOut,
    /// Deals that were won.
    Won,
    /// Deals that were lost.
    Lost,
}

impl Flow {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Reopened,
        Self::MovedIn,
        Self::Raised,
        Self::Lowered,
        Self::MovedOut,
        Self::Won,
        Self::Lost,
    ];

    /// What one deal of it does to the number of open deals.
    pub const fn of_deals(self) -> i64 {
        match self {
            Self::New | Self::Reopened | Self::MovedIn => 1,
            Self::Raised | Self::Lowered => 0,
            Self::MovedOut | Self::Won | Self::Lost => -1,
        }
    }

    /// Whether it makes the pipeline worth more.
    pub const fn adds(self) -> bool {
        matches!(self, Self::New | Self::Reopened | Self::MovedIn | Self::Raised)
    }
}

/// How many deals, and what they are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many; of a flow, how often it happened.
    pub deals: u64,
    /// What they are worth, or by how much their worth changed, in minor units of the base currency.
    pub minor: i128,
    /// How many of them have no amount in the base currency.
    pub unpriced: u64,
}

impl Standing {
    fn add(&mut self, worth: Option<i64>) {
        self.deals = self.deals.saturating_add(1);
        self.minor = self.minor.saturating_add(worth.map_or(0, i128::from));
        self.unpriced = self.unpriced.saturating_add(u64::from(worth.is_none()));
    }

    /// What they are worth at the places of the table's currency.
    pub const fn amount(self, table: &FactTable) -> Amount {
        table.amount(self.minor)
    }
}

/// The pipeline before and after, and what lies between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// Open in the filter just before the period.
    pub opening: Standing,
    /// What happened within it.
    pub flows: BTreeMap<Flow, Standing>,
    /// Open in the filter at its end.
    pub closing: Standing,
}

impl Waterfall {
    /// A line of it.
    pub fn flow(&self, flow: Flow) -> Standing {
        self.flows.get(&flow).copied().unwrap_or_default()
    }

    /// Whether opening and flows make the closing, in deals and in money.
    pub fn balances(&self) -> bool {
        let (mut deals, mut minor) = (i128::from(self.opening.deals), self.opening.minor);
        for (flow, of) in &self.flows {
            let count = i128::from(of.deals).saturating_mul(flow.of_deals().into());
            deals = deals.saturating_add(count);
            let worth = if flow.adds() { of.minor } else { of.minor.saturating_neg() };
            minor = minor.saturating_add(worth);
        }
        deals == i128::from(self.closing.deals) && minor == self.closing.minor
    }
}

/// Something that happened within the period to one deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, seconds since 1970 UTC.
    pub at: i64,
    /// To which deal.
    pub id: Uuid,
    /// Under which line of the whole; nothing where it only went from one group to another.
    pub flow: Flow,
    /// What it was worth, or by how much its worth changed.
    pub minor: Option<i64>,
}

/// What changed, as a whole, by group and deal by deal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Everything in the filter; going from one group to another is no change of it.
    pub total: Waterfall,
    /// Each group.
    pub groups: BTreeMap<u32, Waterfall>,
    /// The members of the flows of the whole, by time and id.
    pub members: Vec<Change>,
    /// The deals open in the filter just before the period, by id.
    pub opening: Vec<Uuid>,
    /// Those open in the filter at its end, by id.
    pub closing: Vec<Uuid>,
}

/// What changed from second `from` until just before second `to`. Rule SR-4.
pub fn changes(pasts: &[Past], from: i64, to: i64) -> Changes {
    let mut found = Changes::default();
    for past in pasts {
        let mut deal = Deal { id: past.id, worth: past.worth, group: past.group, is_open: None };
        let mut is_opened = false;
        for (at, happening) in past.steps.iter().take_while(|(at, _)| *at < to) {
            if *at >= from && !is_opened {
                found.open(&deal);
                is_opened = true;
            }
            let noted = (*at >= from).then_some(*at);
            deal.take(*happening, noted, &mut found);
        }
        if !is_opened {
            found.open(&deal);
        }
        found.close(&deal);
    }
    found.members.sort_by_key(|change| (change.at, change.id));
    found.opening.sort_unstable();
    found.closing.sort_unstable();
    found
}

/// A deal on its way.
struct Deal {
    id: Uuid,
    worth: Option<i64>,
    group: Option<u32>,
    /// Nothing before it was made.
    is_open: Option<bool>,
}

impl Deal {
    /// The group in whose pipeline it stands.
    fn stands_in(&self) -> Option<u32> {
        self.group.filter(|_| self.is_open == Some(true))
    }

    /// Lets something happen, noted in `found` where it lies in the period.
    fn take(&mut self, happening: Happening, at: Option<i64>, found: &mut Changes) {
        let was_open = self.is_open;
        let mut note = |flow: Flow, group: Option<u32>, worth: Option<i64>| {
            if let (Some(at), Some(group)) = (at, group) {
                found.note(Change { at, id: self.id, flow, minor: worth }, group);
            }
        };
        match happening {
            Happening::Created | Happening::Reopened => {
                let flow = if was_open.is_none() { Flow::New } else { Flow::Reopened };
                if was_open != Some(true) {
                    note(flow, self.group, self.worth);
                }
                self.is_open = Some(true);
            }
            Happening::Won | Happening::Lost => {
                let flow = if happening == Happening::Won { Flow::Won } else { Flow::Lost };
                if was_open == Some(true) {
                    note(flow, self.group, self.worth);
                }
                self.is_open = Some(false);
            }
            Happening::Worth(worth) => {
                let (before, after) = (self.worth.unwrap_or(0), worth.unwrap_or(0));
                let (flow, by) = if after > before {
                    (Flow::Raised, after.saturating_sub(before))
                } else {
                    (Flow::Lowered, before.saturating_sub(after))
                };
                if was_open == Some(true) && by != 0 {
                    note(flow, self.group, Some(by));
                }
                self.worth = worth;
            }
            Happening::Group(group) => {
                if let Some(at) = at.filter(|_| was_open == Some(true) && group != self.group) {
                    let of = |flow| Change { at, id: self.id, flow, minor: self.worth };
                    found.regroup(of(Flow::MovedOut), of(Flow::MovedIn), self.group, group);
                }
                self.group = group;
            }
        }
    }
}

impl Changes {
    fn note(&mut self, change: Change, group: u32) {
        self.total.flows.entry(change.flow).or_default().add(change.minor);
        let of_group = self.groups.entry(group).or_default();
        of_group.flows.entry(change.flow).or_default().add(change.minor);
        self.members.push(change);
    }

    /// An open deal goes from one group to another; the whole changes where one of them is outside the filter.
    fn regroup(&mut self, out: Change, into: Change, from: Option<u32>, to: Option<u32>) {
        match (from, to) {
            (None, None) => {}
            (Some(from), None) => self.note(out, from),
            (None, Some(to)) => self.note(into, to),
            (Some(from), Some(to)) => {
                for (group, change) in [(from, out), (to, into)] {
                    let of_group = self.groups.entry(group).or_default();
                    of_group.flows.entry(change.flow).or_default().add(change.minor);
                }
            }
        }
    }

    fn open(&mut self, deal: &Deal) {
        let Some(group) = deal.stands_in() else { return };
        self.total.opening.add(deal.worth);
        self.groups.entry(group).or_default().opening.add(deal.worth);
        self.opening.push(deal.id);
    }

    fn close(&mut self, deal: &Deal) {
        let Some(group) = deal.stands_in() else { return };
        self.total.closing.add(deal.worth);
        self.groups.entry(group).or_default().closing.add(deal.worth);
        self.closing.push(deal.id);
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
